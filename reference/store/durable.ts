/**
 * A step of a messenger with a store: commit first, then send.
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
 * Handles the next input: does `step` on the stored messenger, and commits. An input that is not accepted is handled too: it counts, and changes nothing else. Gives the verdict on it, or nothing. Throws when another
 * input has been handled in the meantime.
 */
export const handle = <R>(store: Store, step: (messenger: Messenger) => Effect.Effect<Done, NotAccepted, R>) =>
  Effect.gen(function* () {
    const loaded = store.load()
    const position = loaded.position + 1
    const result = yield* Effect.result(step(loaded.messenger))
    const done: Done = Result.isSuccess(result) ? result.success : { messenger: loaded.messenger, packets: [], events: [] }
    // group-messaging.persist-before-send: nothing leaves before this returns.
    store.commit({ ...done, position, events: done.events.map((event) => encodeWire(Event, event)) })
    return Result.isSuccess(result) ? undefined : result.failure
  })
