/**
 * Aborts and published keys in a session: chapter "extensions".
 *
 * @module
 */
import { Effect } from "effect"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/mpenc/extensions.ts"
import { sameBytes } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { type Abort, encodePublishedKey, isSignedBy, type PublishedKey } from "../extensions/packets.ts"
import * as Order from "../server-order.ts"
import { packetId } from "../server-order.ts"
import { by, type Transcript, unacknowledged, unacknowledgedBy } from "../transcript.ts"
import { fail } from "./operations.ts"
import { channelOf, isNewcomer, membersOf, type Session, type Subsession, type Turn, update } from "./state.ts"

const identityKeyOf = Effect.fnUntraced(function* ({ me, identities }: Session, member: string) {
  const { ed25519PublicKey } = yield* Crypto
  return member === me ? ed25519PublicKey(identities.secretKey) : identities.known.find((one) => one.member === member)?.publicKey
})

/** Receives an abort. */
export const receiveAbort = Effect.fnUntraced(function* (turn: Turn, sender: string, abort: Abort, text: string) {
  const { order, me } = turn.session
  const operation = Order.running(order)
  // extensions.receive-abort.2
  const isThis = operation !== null && abort.operation === operation.id && abort.members.join("\n") === operation.targets.join("\n")
  if (!isThis) return yield* refuse(clauses["abort-operation"], abort.operation)
  // extensions.receive-abort.3
  const isAllowed = operation.targets.includes(sender) && !isNewcomer(turn.session, sender)
  if (abort.source !== sender || !isAllowed) return yield* refuse(clauses["abort-author"], abort.source)
  // extensions.receive-abort.4
  const key = yield* identityKeyOf(turn.session, abort.source)
  if (key === undefined || !(yield* isSignedBy(abort, key))) return yield* refuse(clauses["abort-signature"], abort.source)
  // extensions.receive-abort.5
  const id = yield* packetId(sender, channelOf(turn.session), text)
  const final = { id, metadata: null, ends: operation.id, targets: membersOf(turn.session) }
  const offered = yield* Order.offer(order, me, final, channelOf(turn.session))
  update(turn, { order: offered.state })
  yield* fail(turn, operation, abort.source)
})

/** Whether a member has written both its FINs. */
const hasParted = (transcript: Transcript, member: string): boolean =>
  by(transcript, member).filter(({ kind }) => kind === "fin").length === 2

/** Whether it is safe to publish the key that we write with in a subsession. */
const isSafe = ({ transcript }: Subsession, me: string): boolean => {
  // extensions.publish-key.2
  const own = unacknowledged(transcript).some(({ author, kind }) => author === me && kind !== "ack")
  // extensions.publish-key.3
  const fins = transcript.messages.some(({ message: { id, kind } }) => kind === "fin" && unacknowledgedBy(transcript, id).includes(me))
  return !own && !fins && hasParted(transcript, me)
}

/** Publishes our ephemeral key, before we leave. */
export const publishKey = Effect.fnUntraced(function* (turn: Turn, current: Subsession) {
  const { options, me, hashes } = turn.session
  // extensions.publish-key.1
  if (options.publishKey === 0 || !isSafe(current, me)) return
  // extensions.publish-key.4
  const { ephemeralSecretKey, agreement } = current.membership
  turn.requests.push({ type: "send", recipients: agreement.members, text: yield* encodePublishedKey(me, ephemeralSecretKey, hashes) })
})

/** Receives a published key. */
export const receiveKey = Effect.fnUntraced(function* (turn: Turn, sender: string, { source, secretKey }: PublishedKey) {
  const { ed25519PublicKey } = yield* Crypto
  const publicKey = ed25519PublicKey(secretKey)
  const { current, previous, published } = turn.session
  // extensions.receive-key.2
  const isKeyIn = ({ membership: { exchange } }: Subsession) => {
    const key = exchange.publicKeys[exchange.members.indexOf(source)]
    return key !== undefined && sameBytes(key, publicKey)
  }
  const used = [current, previous].filter((one) => one !== null).filter(isKeyIn)
  if (source !== sender || used.length === 0) return yield* refuse(clauses["key-fits"], source)
  // extensions.receive-key.3
  if (!used.some(({ transcript }) => hasParted(transcript, source))) return yield* refuse(clauses["key-early"], source)
  // extensions.receive-key.4
  update(turn, { published: [...published.filter((key) => !sameBytes(key, publicKey)), publicKey] })
})
