/**
 * All methods, of all parts.
 *
 * @module
 */
import * as dcgka from "./dcgka/methods.ts"

/** The layers, in the order in which a port gets them right. */
export const layers = [...dcgka.layers] as const
export type Layer = (typeof layers)[number]

/** Every method, by its name. */
export const methods = { ...dcgka.methods } as const

/** The name of a method. */
export type MethodName = keyof typeof methods
