/**
 * Steps of a messenger with a store: commit first, then send.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import type { NotAccepted } from "../../spec/conventions/verdicts.ts"
import { Event } from "../../spec/dcgka/group-messaging.ts"
import type { Messenger } from "../dcgka/group-messaging.ts"
import type { Store } from "./store.ts"

/** What a step of group messaging gives. */
interface Done {
  readonly messenger: Messenger
  readonly packets: ReadonlyArray<Uint8Array>
  readonly events: ReadonlyArray<Event>
}

/** Sends and shows what is committed and not yet marked; each is marked when `send` or `show` has returned. */
export const deliverOutput = (store: Store, send: (packet: Uint8Array) => void, show: (event: Uint8Array) => void): void => {
  for (const { id, bytes } of store.unsent()) {
    send(bytes)
    store.sent(id)
  }
  for (const { id, bytes } of store.unshown()) {
    show(bytes)
    store.shown(id)
  }
}

/**
 * Handles the next inputs: does the steps, the first on the stored messenger and each other one after it, and commits them together. An input that is not accepted is handled too: it counts, and changes nothing else. Gives the verdicts
 * on those that were not accepted, in their order. Throws when another input has been handled in the meantime.
 */
export const handle = Effect.fnUntraced(function* <R>(
  store: Store,
  steps: ReadonlyArray<(messenger: Messenger) => Effect.Effect<Done, NotAccepted, R>>,
) {
  const loaded = store.load()
  let { messenger } = loaded
  const packets: Array<Uint8Array> = []
  const events: Array<Event> = []
  const verdicts: Array<NotAccepted> = []
  for (const step of steps) {
    const result = yield* Effect.result(step(messenger))
    if (Result.isFailure(result)) verdicts.push(result.failure)
    else {
      messenger = result.success.messenger
      packets.push(...result.success.packets)
      events.push(...result.success.events)
    }
  }
  const inputs = steps.length
  // group-messaging.persist-before-send: nothing leaves before this returns.
  store.commit({ messenger, position: loaded.position + inputs, inputs, packets, events: events.map((event) => encodeWire(Event, event)) })
  return verdicts
})
