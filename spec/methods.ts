/**
 * All methods, of all parts.
 *
 * @module
 */
import * as dcgka from "./dcgka/methods.ts"
import { agreementLayers, agreementMethods } from "./delivery-service/agreement-methods.ts"

/** The layers, in the order in which a port gets them right. */
export const layers = [...dcgka.layers, ...agreementLayers] as const
export type Layer = (typeof layers)[number]

/** Every method, by its name. */
export const methods = { ...dcgka.methods, ...agreementMethods } as const

/** The name of a method. */
export type MethodName = keyof typeof methods
