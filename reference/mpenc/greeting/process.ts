/**
 * What is done with a greeting packet of somebody else that was checked. Each kind gives the greeting afterwards, and the text to send, if any.
 *
 * @module
 */
import { Effect } from "effect"
import { Ignored, refuse } from "../../../spec/conventions/verdicts.ts"
import type { Exchange } from "../../../spec/mpenc/aske.ts"
import { clauses, type Greeting, type Identities, type Shares } from "../../../spec/mpenc/greeting.ts"
import type { GreetingPacket, GreetType } from "../../../spec/mpenc/records.ts"
import { sameBytes } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import * as Aske from "../aske.ts"
import * as Cliques from "../cliques.ts"
import { checkKeyOrders, keyIn, operationOf, ownNonce, unknownOf, verifyAcknowledgement } from "./checks.ts"
import { send } from "./send.ts"

/** What is done with a packet. */
export interface Processed {
  readonly greeting: Greeting
  readonly text: string | null
}

const typeOf = (packet: GreetingPacket, stage: "upflow" | "downflow" | "confirm") => `${operationOf(packet)}-${stage}` as GreetType

const checkTurn = Effect.fnUntraced(function* ({ me, nonce, initial }: Greeting, packet: GreetingPacket) {
  // greeting.process-upflow.2
  const isOutOfTurn = nonce !== null || packet.members.indexOf(me) < initial!.settled
  if (isOutOfTurn) return yield* refuse(clauses.turn, packet.greetType)
})

/** Our turn in an upflow, if it is. */
export const processUpflow = Effect.fnUntraced(function* (
  greeting: Greeting,
  packet: GreetingPacket,
  shares: Shares,
  identities: Identities,
) {
  const crypto = yield* Crypto
  const { members, intermediateKeys } = packet
  const untouched: Processed = { greeting, text: null }
  // greeting.process-upflow.1
  if (packet.destination !== greeting.me) return untouched
  yield* checkTurn(greeting, packet)
  const { contribution, nonce, ephemeralSecretKey } = shares
  // greeting.process-upflow.3
  const nonces = [...packet.nonces, nonce]
  const publicKeys = [...packet.publicKeys, crypto.ed25519PublicKey(ephemeralSecretKey)]
  const next = members[members.indexOf(greeting.me) + 1]
  if (next !== undefined) {
    // greeting.process-upflow.4
    const { agreement, keys } = yield* Cliques.forward(members, greeting.me, intermediateKeys, contribution)
    const lists = { intermediateKeys: keys, nonces, publicKeys }
    return yield* send(
      { ...greeting, agreement, nonce, ephemeralSecretKey },
      { greetType: typeOf(packet, "upflow"), destination: next, ...lists },
    )
  }
  // greeting.process-upflow.5
  const { agreement, keys } = yield* Cliques.close(members, greeting.me, intermediateKeys, contribution)
  const exchange = yield* Aske.complete(members, nonces, publicKeys)
  const sessionSignature = yield* Aske.acknowledge(exchange, greeting.me, identities.secretKey)
  // greeting.process-upflow.6
  return yield* send(
    { ...greeting, agreement, nonce, ephemeralSecretKey, exchange },
    { greetType: typeOf(packet, "downflow"), destination: null, intermediateKeys: keys, nonces, publicKeys, sessionSignature },
  )
})

const areEqual = (some: ReadonlyArray<Uint8Array>, others: ReadonlyArray<Uint8Array>) =>
  some.length === others.length && some.every((one, index) => sameBytes(one, others[index]!))

const repeatsLists = ({ nonces, publicKeys }: GreetingPacket, exchange: Exchange) =>
  areEqual(nonces, exchange.nonces) && areEqual(publicKeys, exchange.publicKeys)

/** Whether the sender of a downflow packet has sent another one before. */
const isAnotherDownflow = ({ acknowledgements, agreement, exchange }: Greeting, packet: GreetingPacket) =>
  acknowledgements.some(({ member }) => member === packet.source) &&
  !(repeatsLists(packet, exchange!) && areEqual(packet.intermediateKeys, agreement!.intermediateKeys))

const checkNotAcknowledged = Effect.fnUntraced(function* ({ acknowledgements }: Greeting, packet: GreetingPacket) {
  const earlier = acknowledgements.find(({ member }) => member === packet.source)
  // greeting.process-downflow.2
  // greeting.process-confirm.1
  if (earlier === undefined) return
  if (sameBytes(earlier.signature, packet.sessionSignature!)) return yield* new Ignored({ reason: "duplicate" })
  return yield* refuse(clauses["one-acknowledgement"], packet.source)
})

/** The greeting with the acknowledgement of a packet, verified. */
const noteAcknowledgement = Effect.fnUntraced(function* (
  greeting: Greeting,
  exchange: Exchange,
  packet: GreetingPacket,
  identities: Identities,
) {
  yield* verifyAcknowledgement(exchange, packet, identities)
  const acknowledgement = { member: packet.source, signature: packet.sessionSignature! }
  return { ...greeting, exchange, acknowledgements: [...greeting.acknowledgements, acknowledgement] }
})

const checkOwnShare = Effect.fnUntraced(function* (greeting: Greeting, exchange: Exchange) {
  const crypto = yield* Crypto
  const { me, ephemeralSecretKey } = greeting
  const nonce = ownNonce(greeting)
  const isOurs =
    nonce !== undefined &&
    sameBytes(exchange.nonces[exchange.members.indexOf(me)]!, nonce) &&
    sameBytes(keyIn(exchange, me)!, crypto.ed25519PublicKey(ephemeralSecretKey!))
  // greeting.process-downflow.6
  if (!isOurs) return yield* refuse(clauses["own-share"], me)
})

/** The first downflow packet: the finished lists, and an acknowledgement. We answer with ours. */
export const processDownflow = Effect.fnUntraced(function* (greeting: Greeting, packet: GreetingPacket, identities: Identities) {
  // greeting.process-downflow.1
  if (isAnotherDownflow(greeting, packet)) return yield* refuse(clauses["one-downflow"], packet.source)
  yield* checkNotAcknowledged(greeting, packet)
  // greeting.process-downflow.3
  yield* checkKeyOrders(packet)
  // greeting.process-downflow.4
  const unknown = operationOf(packet) === "exclude" ? undefined : unknownOf(greeting.me, packet.members, identities)
  if (unknown !== undefined) return yield* refuse(clauses.identity, unknown)
  // greeting.process-downflow.5
  const exchange = yield* Aske.complete(packet.members, packet.nonces, packet.publicKeys)
  yield* checkOwnShare(greeting, exchange)
  const contributions = greeting.agreement!.contributions
  // greeting.process-downflow.7
  const agreement = yield* Cliques.receive(packet.members, greeting.me, packet.intermediateKeys, contributions)
  // greeting.process-downflow.8
  const noted = yield* noteAcknowledgement(greeting, exchange, packet, identities)
  // greeting.process-downflow.9
  const sessionSignature = yield* Aske.acknowledge(exchange, greeting.me, identities.secretKey)
  const lists = greeting.repeatLists === 1 ? exchange : { nonces: [], publicKeys: [] }
  return yield* send(
    { ...noted, agreement },
    {
      greetType: typeOf(packet, "confirm"),
      destination: null,
      intermediateKeys: [],
      nonces: lists.nonces,
      publicKeys: lists.publicKeys,
      sessionSignature,
    },
  )
})

/** An acknowledgement. */
export const processConfirm = Effect.fnUntraced(function* (greeting: Greeting, packet: GreetingPacket, identities: Identities) {
  const exchange = greeting.exchange!
  yield* checkNotAcknowledged(greeting, packet)
  // greeting.process-confirm.2
  if (packet.nonces.length > 0 && !repeatsLists(packet, exchange)) return yield* refuse(clauses["same-lists"], packet.source)
  // greeting.process-confirm.3
  const processed: Processed = { greeting: yield* noteAcknowledgement(greeting, exchange, packet, identities), text: null }
  return processed
})

/** A new key. */
export const processRefresh = Effect.fnUntraced(function* (greeting: Greeting, packet: GreetingPacket) {
  const contributions = greeting.agreement!.contributions
  // greeting.process-refresh.1
  const agreement = yield* Cliques.receive(packet.members, greeting.me, packet.intermediateKeys, contributions)
  const processed: Processed = { greeting: { ...greeting, agreement }, text: null }
  return processed
})
