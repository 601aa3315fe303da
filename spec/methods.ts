/**
 * All methods, of all parts.
 *
 * @module
 */
import * as dcgka from "./dcgka/methods.ts"
import { agreementLayers, agreementMethods } from "./delivery-service/agreement-methods.ts"
import * as deliveryService from "./delivery-service/methods.ts"
import * as mpenc from "./mpenc/methods.ts"
import * as mpencSession from "./mpenc/session-methods.ts"

/** The layers, in the order in which a port gets them right. */
export const layers = [...dcgka.layers, ...deliveryService.layers, ...agreementLayers, ...mpenc.layers, ...mpencSession.layers] as const
export type Layer = (typeof layers)[number]

/** Every method, by its name. */
export const methods = {
  ...dcgka.methods,
  ...deliveryService.methods,
  ...agreementMethods,
  ...mpenc.methods,
  ...mpencSession.methods,
} as const

/** The name of a method. */
export type MethodName = keyof typeof methods
