/**
 * What is checked of a greeting packet of somebody else, before anything is done with it.
 *
 * @module
 */
import { Effect } from "effect"
import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import type { Exchange } from "../../../spec/mpenc/aske.ts"
import { clauses, type Greeting, type Identities, type Membership, type OperationName } from "../../../spec/mpenc/greeting.ts"
import type { GreetingPacket } from "../../../spec/mpenc/records.ts"
import { sameBytes } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { hasSmallOrder } from "../../crypto/small-order.ts"
import * as Aske from "../aske.ts"
import { signedBytes } from "./send.ts"

type Names = ReadonlyArray<string>

/** The operation that a packet belongs to. */
export const operationOf = ({ greetType }: GreetingPacket): OperationName => greetType.split("-")[0] as OperationName

/** How many of the members of an initial packet are not new. */
export const settledOf = (packet: GreetingPacket): number => {
  const operation = operationOf(packet)
  if (operation === "start") return 1
  return operation === "include" ? packet.nonces.length : packet.members.length
}

const isSubset = (some: Names, all: Names) => some.every((one) => all.includes(one))

const areSame = (some: Names, others: Names) => some.length === others.length && isSubset(some, others)

const isChange = (packet: GreetingPacket, previous: Names): boolean => {
  const { members } = packet
  switch (operationOf(packet)) {
    // greeting.check-initial.4
    case "include":
      return areSame(members.slice(0, settledOf(packet)), previous)
    // greeting.check-initial.5
    case "exclude":
      return members.length < previous.length && isSubset(members, previous)
    // greeting.check-initial.6
    default:
      return areSame(members, previous)
  }
}

const needsPrevious = (packet: GreetingPacket, me: string): boolean => {
  const operation = operationOf(packet)
  if (operation === "include") return packet.members.slice(0, settledOf(packet)).includes(me)
  return operation !== "start"
}

const checkInitial = Effect.fnUntraced(function* ({ me, previous }: Greeting, packet: GreetingPacket) {
  const operation = operationOf(packet)
  // greeting.check-initial.1
  // greeting.check-initial.2
  const isOutOfPlace = previous === null ? needsPrevious(packet, me) : operation === "start"
  if (isOutOfPlace) return yield* refuse(clauses.previous, operation)
  // greeting.check-initial.3
  if (previous !== null) {
    const { members } = previous.agreement
    if (!members.includes(packet.source) || !isChange(packet, members)) return yield* refuse(clauses.change, operation)
  }
  // greeting.check-initial.7
  if (operation !== "exclude" && !packet.members.includes(me)) return yield* refuse(clauses.member, operation)
})

/** The ephemeral public key of a member in lists, if it is there. */
export const keyIn = (lists: Pick<Exchange, "members" | "publicKeys"> | null | undefined, member: string): Uint8Array | undefined =>
  lists?.publicKeys[lists.members.indexOf(member)]

const isKey = (given: Uint8Array | undefined, key: Uint8Array | undefined): boolean =>
  given === undefined || key === undefined || sameBytes(given, key)

const checkKeys = Effect.fnUntraced(function* ({ previous, initial }: Greeting, packet: GreetingPacket) {
  const areKept = packet.publicKeys.every((key, index) => isKey(key, keyIn(previous?.exchange, packet.members[index]!)))
  // greeting.check-packet.4
  if (!areKept) return yield* refuse(clauses["key-kept"], "PUB_KEY")
  // greeting.check-packet.5
  if (initial === null || isKey(keyIn(packet, initial.initiator), initial.initiatorKey)) return
  return yield* refuse(clauses["initiator-key"], initial.initiator)
})

const checkSignature = Effect.fnUntraced(function* ({ previous, exchange, version }: Greeting, packet: GreetingPacket) {
  const crypto = yield* Crypto
  const { source } = packet
  // greeting.check-packet.7
  const key = keyIn(exchange, source) ?? keyIn(previous?.exchange, source) ?? keyIn(packet, source)!
  const isValid = crypto.ed25519Verify(key, yield* signedBytes(packet, version), packet.signature)
  if (!isValid) return yield* refuse(clauses.signature, `of ${source}`)
})

/** The first other member whose identity key we do not know. */
export const unknownOf = (me: string, members: Names, { known }: Identities): string | undefined =>
  members.find((name) => name !== me && !known.some(({ member }) => member === name))

/** Refuses a packet whose acknowledgement is not its source's, for these lists. */
export const verifyAcknowledgement = Effect.fnUntraced(function* (
  exchange: Exchange,
  { source, sessionSignature }: GreetingPacket,
  { known }: Identities,
) {
  const identity = known.find(({ member }) => member === source)
  // greeting.verify-acknowledgement.1
  if (identity === undefined) return yield* refuse(clauses.identity, source)
  // greeting.verify-acknowledgement.2
  yield* Aske.verify(exchange, source, identity.publicKey, sessionSignature!)
})

/** Refuses a packet with an intermediate key that somebody cannot multiply, whoever that is. */
export const checkKeyOrders = Effect.fnUntraced(function* ({ source, intermediateKeys }: GreetingPacket) {
  if (intermediateKeys.some(hasSmallOrder)) return yield* refuse(suite["x25519-zero"], source)
})

/** Refuses an initial packet for what all members before it can see, whether it is for them or not. */
const checkAlike = Effect.fnUntraced(function* ({ exchange }: Membership, packet: GreetingPacket, identities: Identities) {
  const { source, members, nonces, publicKeys } = packet
  const isKept = (nonce: Uint8Array, place: number) => {
    const before = exchange.members.indexOf(members[place]!)
    return members[place] === source || before < 0 || sameBytes(nonce, exchange.nonces[before]!)
  }
  // greeting.check-alike.1
  if (!nonces.every(isKept)) return yield* refuse(clauses["nonce-kept"], source)
  if (operationOf(packet) === "include") return
  // greeting.check-alike.2
  yield* checkKeyOrders(packet)
  if (operationOf(packet) === "refresh") return
  // greeting.check-alike.3
  yield* verifyAcknowledgement(yield* Aske.complete(members, nonces, publicKeys), packet, identities)
})

const areEqual = (some: Names, others: Names) => some.length === others.length && some.every((one, index) => one === others[index])

/** Refuses a packet that does not belong to the operation, or is not signed by its source. */
export const checkPacket = Effect.fnUntraced(function* (greeting: Greeting, packet: GreetingPacket, identities: Identities) {
  const { initial, previous } = greeting
  const isInitial = packet.metadata !== null
  // greeting.check-packet.1
  if (isInitial && initial !== null) return yield* refuse(clauses["one-initial"], packet.greetType)
  if (!isInitial && initial === null) return yield* refuse(clauses["initial-first"], packet.greetType)
  // greeting.check-packet.2
  if (initial === null) yield* checkInitial(greeting, packet)
  // greeting.check-packet.3
  else if (operationOf(packet) !== initial.operation) return yield* refuse(clauses["same-operation"], packet.greetType)
  else if (!areEqual(packet.members, initial.members)) return yield* refuse(clauses["same-members"], packet.greetType)
  yield* checkKeys(greeting, packet)
  // greeting.check-packet.6
  const isConfirm = packet.greetType.endsWith("-confirm")
  if (isConfirm && greeting.exchange === null) return yield* refuse(clauses["downflow-first"], packet.greetType)
  yield* checkSignature(greeting, packet)
  // greeting.check-packet.8
  if (isInitial && previous !== null) yield* checkAlike(previous, packet, identities)
})

/** Our nonce in this operation: the one that we drew, or the previous one. */
export const ownNonce = ({ me, nonce, previous }: { me: string; nonce: Uint8Array | null; previous: Membership | null }) =>
  nonce ?? previous?.exchange.nonces[previous.exchange.members.indexOf(me)]
