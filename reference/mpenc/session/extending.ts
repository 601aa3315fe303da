/**
 * Aborts and published keys in a session: chapter "extensions".
 *
 * @module
 */
import { Effect } from "effect"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { type AbortReason, clauses } from "../../../spec/mpenc/extensions.ts"
import { operationTime, times } from "../../../spec/mpenc/liveness.ts"
import { patience, clauses as sessionClauses } from "../../../spec/mpenc/session.ts"
import { sameBytes } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { type Abort, encodeAbort, encodePublishedKey, isSignedBy, type PublishedKey } from "../extensions/packets.ts"
import * as Order from "../server-order.ts"
import { packetId } from "../server-order.ts"
import { by, unacknowledged, unacknowledgedBy } from "../transcript.ts"
import { fail } from "./operations.ts"
import { channelOf, membersOf, type Session, type Turn, union, update } from "./state.ts"

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
  if (abort.source !== sender || !operation.targets.includes(sender)) return yield* refuse(clauses["abort-author"], abort.source)
  // extensions.receive-abort.4
  const key = yield* identityKeyOf(turn.session, abort.source)
  if (key === undefined || !(yield* isSignedBy(abort, key))) return yield* refuse(clauses["abort-signature"], abort.source)
  // extensions.receive-abort.5
  const id = yield* packetId(sender, channelOf(turn.session), text)
  const final = { id, metadata: null, ends: operation.id, targets: membersOf(turn.session) }
  const offered = yield* Order.offer(order, me, final, channelOf(turn.session))
  update(turn, { order: offered.state })
  yield* fail(turn, operation)
})

/** Aborts the running operation. */
export const abort = Effect.fnUntraced(function* (turn: Turn, reason: AbortReason) {
  const { order, me, identities } = turn.session
  const operation = Order.running(order)
  // extensions.abort.1
  if (operation === null || !operation.targets.includes(me)) return yield* refuse(sessionClauses["no-operation"], "abort")
  const text = yield* encodeAbort(me, identities.secretKey, operation.targets, operation.id, reason)
  turn.requests.push({ type: "send", recipients: union(membersOf(turn.session), operation.targets), text })
})

/** Whether we came into the line by the operation that is running. */
const isNewcomer = ({ order, membership, me }: Session): boolean =>
  order.initials.length === 1 && membership === null && order.initials[0]!.metadata!.author !== me

/** When we give the running operation up; null when it is none of ours. */
export const lateAt = (session: Session): number | null => {
  const operation = Order.running(session.order)
  const { started, me } = session
  if (operation === null || started === null || !operation.targets.includes(me)) return null
  const position = operation.metadata!.author === me ? 0 : times.latency * operation.targets.indexOf(me)
  const due = started.at + patience * operationTime(operation.targets.length) + position
  return started.asked === null ? due : Math.max(due, started.asked + times.latency)
}

/** Gives up an operation that takes too long. */
export const abortLate = Effect.fnUntraced(function* (turn: Turn) {
  const at = lateAt(turn.session)
  // extensions.abort-late.1
  if (at === null || turn.now < at) return
  update(turn, { started: { ...turn.session.started!, asked: turn.now } })
  if (!isNewcomer(turn.session)) return yield* abort(turn, "late")
  turn.requests.push({ type: "leave" })
  update(turn, { joining: turn.now })
})

/** Whether it is safe to publish the key that we write with in `current`. */
const isSafe = ({ current, me }: Session): boolean => {
  if (current === null) return false
  const { transcript } = current
  const own = unacknowledged(transcript).some(({ author, kind }) => author === me && kind !== "ack")
  const fins = transcript.messages.some(({ message: { id, kind } }) => kind === "fin" && unacknowledgedBy(transcript, id).includes(me))
  return !own && !fins && by(transcript, me).filter(({ kind }) => kind === "fin").length === 2
}

/** Publishes our ephemeral key, before we leave. */
export const publishKey = Effect.fnUntraced(function* (turn: Turn) {
  const { options, current, me, hashes } = turn.session
  // extensions.publish-key.1
  if (options.publishKey === 0 || current === null || !isSafe(turn.session)) return
  const { ephemeralSecretKey, agreement } = current.membership
  turn.requests.push({ type: "send", recipients: agreement.members, text: yield* encodePublishedKey(me, ephemeralSecretKey, hashes) })
})

/** Receives a published key. */
export const receiveKey = Effect.fnUntraced(function* (turn: Turn, sender: string, { source, secretKey }: PublishedKey) {
  const { ed25519PublicKey } = yield* Crypto
  const publicKey = ed25519PublicKey(secretKey)
  const { current, previous, published } = turn.session
  // extensions.receive-key.2
  const isKeyIn = (one: Session["current"]) => {
    const exchange = one?.membership.exchange
    const key = exchange?.publicKeys[exchange.members.indexOf(source)]
    return key !== undefined && sameBytes(key, publicKey)
  }
  if (source !== sender || !(isKeyIn(current) || isKeyIn(previous))) return yield* refuse(clauses["key-fits"], source)
  // extensions.receive-key.3
  update(turn, { published: [...published.filter((key) => !sameBytes(key, publicKey)), publicKey] })
})
