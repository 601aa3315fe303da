/**
 * Saving and loading a session: chapter "extensions".
 *
 * @module
 */
import { Effect } from "effect"
import { decodeCbor } from "../../../spec/conventions/cbor.ts"
import { clauses, encodeWire, record, uint } from "../../../spec/conventions/encoding.ts"
import { malformed } from "../../../spec/conventions/verdicts.ts"
import { outside } from "../session/channel.ts"
import { Session } from "../session/state.ts"

const SavedSession = record("saved-session", { version: uint(1, 1), session: Session })

/** A session in bytes, with all its keys. */
export const save = (session: Session): Uint8Array => encodeWire(SavedSession, { version: 1, session })

/** The session that was saved. It has no limit of length: it comes from ourselves. */
export const load = Effect.fnUntraced(function* (bytes: Uint8Array) {
  // extensions.load.1
  const value = decodeCbor(bytes)
  if (value === undefined) return yield* malformed(clauses.canonical, `${bytes.length} bytes`)
  const saved = SavedSession.decode(value)
  if (saved === undefined) return yield* malformed(clauses.shape, "saved session")
  return saved.session
})

/** The session that one begins anew from a backup: outside of the channel, with its identity, its choices and its log. */
export const restore = Effect.fnUntraced(function* (bytes: Uint8Array) {
  // extensions.restore.1
  const session = yield* load(bytes)
  // extensions.restore.2
  const restored: Session = { ...session, ...outside, proposal: null, joining: null, rejoin: null }
  return restored
})
