/**
 * The methods of the chapters "tree-kem", "murmur" and "centralized-delivery-service". Those of the chapters between stand in `delivery-service/agreement.ts`.
 *
 * @module
 */
import type { methods } from "../../spec/delivery-service/methods.ts"
import type { MethodsOf, Part } from "./call.ts"
import { centralized, noCentralized, stateOfCentralized } from "./delivery-service/centralized.ts"
import { type MurmurHandles, murmur, stateOfMurmur } from "./delivery-service/murmur.ts"
import { noTreeKems, stateOfTreeKem, treeKem } from "./delivery-service/tree-kem.ts"

/** These methods, with no handles yet. */
export const deliveryService = (): Part => {
  const treeKems = noTreeKems()
  const murmurs: MurmurHandles = new Map()
  const others = noCentralized()
  const implementation: MethodsOf<typeof methods> = { ...treeKem(treeKems), ...murmur(murmurs), ...centralized(others, treeKems) }
  return {
    methods: implementation,
    reset: () => {
      treeKems.users.clear()
      treeKems.passive.clear()
      murmurs.clear()
      others.servers.clear()
      others.members.clear()
    },
    seedOf: (on) => treeKems.users.get(on)?.seed ?? murmurs.get(on)?.seed,
    stateOf: (on) => [...stateOfTreeKem(treeKems, on), ...stateOfMurmur(murmurs, on), ...stateOfCentralized(others, on)],
  }
}
