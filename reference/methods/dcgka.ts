/**
 * The methods of the part dcgka.
 *
 * @module
 */
import { encodeWire } from "../../spec/conventions/encoding.ts"
import type { methods } from "../../spec/dcgka/methods.ts"
import type { messagingMethods } from "../../spec/dcgka/methods-messaging.ts"
import { Channel } from "../../spec/dcgka/two-party-messaging.ts"
import { BroadcastState } from "../dcgka/causal-broadcast.ts"
import * as KeyAgreement from "../dcgka/key-agreement.ts"
import type { MethodsOf, Part } from "./call.ts"
import type { Handles } from "./dcgka/handles.ts"
import { onHandles } from "./dcgka/on-handles.ts"
import { stateless } from "./dcgka/stateless.ts"

/** The part but for messaging, with no handles yet. */
export const dcgka = (): Part => {
  const handles: Handles = new Map()
  const implementation: MethodsOf<Omit<typeof methods, keyof typeof messagingMethods>> = { ...stateless, ...onHandles(handles) }
  return {
    methods: implementation,
    reset: () => handles.clear(),
    seedOf: (on) => handles.get(on)?.seed,
    stateOf: (on) => {
      const handle = handles.get(on)
      if (handle === undefined) return undefined
      const channel = handle.channel === null ? [] : [encodeWire(Channel, handle.channel)]
      return [encodeWire(KeyAgreement.State, handle.state), ...channel, encodeWire(BroadcastState, handle.broadcast)]
    },
  }
}
