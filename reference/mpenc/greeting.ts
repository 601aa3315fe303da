/**
 * Greeting: chapter "greeting".
 *
 * @module
 */
import { Effect } from "effect"
import { refuse } from "../../spec/conventions/verdicts.ts"
import type { Exchange } from "../../spec/mpenc/aske.ts"
import { clauses, type Greeting, type Identities, type Membership, type Shares } from "../../spec/mpenc/greeting.ts"
import type { GreetingPacket } from "../../spec/mpenc/records.ts"
import { sameBytes } from "../conventions.ts"
import { checkPacket, keyIn, operationOf, settledOf } from "./greeting/checks.ts"
import { processConfirm, processDownflow, processRefresh, processUpflow } from "./greeting/process.ts"
import { decodePacket } from "./records.ts"

export { begin, drawShares, type GreetingParameters } from "./greeting/begin.ts"
export { propose } from "./greeting/propose.ts"

/** A packet of ours that comes back. */
const receiveOwn = Effect.fnUntraced(function* (greeting: Greeting, packet: GreetingPacket) {
  const isThis = (signature: Uint8Array) => sameBytes(signature, packet.signature)
  // greeting.receive-own.1
  if (!greeting.sent.some(isThis)) return yield* refuse(clauses["own-packet"], packet.greetType)
  const sent = greeting.sent.filter((signature) => !isThis(signature))
  // greeting.receive-own.2
  const own = packet.sessionSignature === null ? [] : [{ member: greeting.me, signature: packet.sessionSignature }]
  return { greeting: { ...greeting, sent, acknowledgements: [...greeting.acknowledgements, ...own] }, text: null }
})

/** The greeting that knows what the first packet says. */
const noteInitial = (greeting: Greeting, packet: GreetingPacket): Greeting => {
  const { source, members, metadata } = packet
  // greeting.receive.5
  if (metadata === null) return greeting
  // greeting.note-initial.1
  const initiatorKey = keyIn(packet, source) ?? keyIn(greeting.previous!.exchange, source)!
  // greeting.note-initial.2
  return { ...greeting, initial: { operation: operationOf(packet), initiator: source, initiatorKey, members, settled: settledOf(packet) } }
}

const process = (greeting: Greeting, packet: GreetingPacket, shares: Shares, identities: Identities) => {
  const { greetType } = packet
  // greeting.receive.7
  if (greetType === "refresh-initial") return processRefresh(greeting, packet)
  if (greetType.endsWith("-confirm")) return processConfirm(greeting, packet, identities)
  if (greetType.endsWith("-downflow") || greetType === "exclude-initial") return processDownflow(greeting, packet, identities)
  // greeting.receive.8
  return processUpflow(greeting, packet, shares, identities)
}

const receiveOther = Effect.fnUntraced(function* (greeting: Greeting, packet: GreetingPacket, shares: Shares, identities: Identities) {
  // greeting.receive.4
  yield* checkPacket(greeting, packet, identities)
  const noted = noteInitial(greeting, packet)
  // greeting.receive.6
  if (!packet.members.includes(greeting.me)) return { greeting: noted, text: null, excluded: true }
  return { ...(yield* process(noted, packet, shares, identities)), excluded: false }
})

/** An exchange with its lists in another order of its members. */
const inOrder = (exchange: Exchange, members: ReadonlyArray<string>): Exchange => {
  // greeting.receive.10
  const places = members.map((member) => exchange.members.indexOf(member))
  return {
    ...exchange,
    members,
    nonces: places.map((place) => exchange.nonces[place]!),
    publicKeys: places.map((place) => exchange.publicKeys[place]!),
  }
}

/** The new membership, if a greeting is finished by a packet. */
const finished = ({ previous, agreement, exchange, acknowledgements, ephemeralSecretKey }: Greeting, packet: GreetingPacket) => {
  // greeting.receive.9
  const isRefresh = packet.greetType === "refresh-initial"
  const isComplete = exchange !== null && acknowledgements.length === exchange.members.length
  if (!isRefresh && !isComplete) return null
  const membership: Membership = {
    agreement: agreement!,
    exchange: isRefresh ? inOrder(previous!.exchange, packet.members) : exchange!,
    ephemeralSecretKey: ephemeralSecretKey!,
  }
  return membership
}

/**
 * Receives the text of a packet from a sender. Gives the greeting afterwards, the text to send to the channel, if any, the new membership when the operation is
 * finished by it, and whether we are excluded. `shares` are used if it is our turn in an upflow.
 *
 * Verdicts: those of the steps greeting.receive; ignored, for an acknowledgement that has come before.
 */
export const receive = Effect.fnUntraced(function* (
  greeting: Greeting,
  identities: Identities,
  sender: string,
  text: string,
  shares: Shares,
) {
  // greeting.receive.1
  const packet = yield* decodePacket(text, greeting.version)
  if (packet.type !== "greeting") return yield* refuse(clauses.kind, packet.type)
  // greeting.receive.2
  if (packet.source !== sender) return yield* refuse(clauses.sender, `${packet.source}, from ${sender}`)
  // greeting.receive.3
  const isOwn = packet.source === greeting.me
  const received = isOwn
    ? { ...(yield* receiveOwn(greeting, packet)), excluded: false }
    : yield* receiveOther(greeting, packet, shares, identities)
  return { ...received, membership: received.excluded ? null : finished(received.greeting, packet) }
})
