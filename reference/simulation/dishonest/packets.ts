/**
 * What a dishonest member of an mpENC session can write: any well-formed packet that its keys allow.
 *
 * @module
 */
import { Effect } from "effect"
import { Hex } from "effect/encoding"
import type { NotAccepted } from "../../../spec/conventions/verdicts.ts"
import { type AbortReason, abortReasons } from "../../../spec/mpenc/extensions.ts"
import type { Body } from "../../../spec/mpenc/messages.ts"
import type { UserAction } from "../../../spec/mpenc/notices.ts"
import { type GreetingPacket, greetTypes } from "../../../spec/mpenc/records.ts"
import { Crypto } from "../../crypto/crypto.ts"
import * as Aske from "../../mpenc/aske.ts"
import { encodeAbort, encodePublishedKey } from "../../mpenc/extensions/packets.ts"
import { signedBytes } from "../../mpenc/greeting/send.ts"
import { decodePacket, encodePacket } from "../../mpenc/records.ts"
import * as Order from "../../mpenc/server-order.ts"
import { seal } from "../../mpenc/session/cipher.ts"
import type { Services, Session, Subsession } from "../../mpenc/session/state.ts"
import { membersOf } from "../../mpenc/session.ts"
import { by, heads } from "../../mpenc/transcript.ts"
import { computed, type World, want } from "../interleavings.ts"

/** One lie: what it is, the texts that are sent, one after the other, and the liar's session if it goes on as if it had meant them. */
export interface Lie {
  readonly what: string
  readonly texts: ReadonlyArray<string>
  readonly session?: Session
  /** What only one is shown, before all others are shown the rest. */
  readonly first?: ReadonlyArray<{ readonly to: string; readonly text: string }>
}

type Change = readonly [what: string, packet: GreetingPacket]

const other = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte)

const id = (length: number, byte: number): string => Hex.encode(other(length, byte))

const ephemeralKeyOf = ({ greeting, membership, proposal }: Session): Uint8Array | null =>
  greeting?.ephemeralSecretKey ?? membership?.ephemeralSecretKey ?? proposal?.greeting.ephemeralSecretKey ?? null

/** The text of a greeting, signed by our ephemeral key. */
const signed = (session: Session, packet: GreetingPacket): Effect.Effect<string, NotAccepted, Services> =>
  Effect.gen(function* () {
    const { ed25519Sign } = yield* Crypto
    const key = ephemeralKeyOf(session) ?? other(32, 1)
    return yield* encodePacket({ ...packet, signature: ed25519Sign(key, yield* signedBytes(packet)) })
  })

/** A list of keys or nonces with one lie. */
const listLies = (list: ReadonlyArray<Uint8Array>, valid: Uint8Array): ReadonlyArray<readonly [string, ReadonlyArray<Uint8Array>]> =>
  list.length === 0
    ? []
    : [
        ["another first", [valid, ...list.slice(1)]],
        ["another last", [...list.slice(0, -1), valid]],
        ["reversed", list.toReversed()],
        ["one less", list.slice(1)],
        ["twice the first", list.map(() => list[0]!)],
      ]

const metadataLies = (packet: GreetingPacket): ReadonlyArray<Change> => {
  const { metadata } = packet
  if (metadata === null) return []
  return [
    ["another PREV_PF", { ...packet, metadata: { ...metadata, previousFinal: id(32, 5) } }],
    ["another CHAIN_HASH", { ...packet, metadata: { ...metadata, chainHash: id(32, 6) } }],
    ["an unknown LATEST_PM", { ...packet, metadata: { ...metadata, latestMessages: [id(20, 7)] } }],
    ["no LATEST_PM", { ...packet, metadata: { ...metadata, latestMessages: [] } }],
  ]
}

const memberLies = (packet: GreetingPacket, strangers: ReadonlyArray<string>): ReadonlyArray<Change> => {
  const { members, intermediateKeys, nonces, publicKeys } = packet
  const places = members.map((_, place) => place)
  const reversed = places.toReversed()
  const isFull = (list: ReadonlyArray<Uint8Array>) => list.length === members.length
  const along = (list: ReadonlyArray<Uint8Array>) => (isFull(list) ? reversed.map((place) => list[place]!) : list)
  return [
    [
      "MEMBERs reversed, with their keys",
      {
        ...packet,
        members: members.toReversed(),
        intermediateKeys: along(intermediateKeys),
        nonces: along(nonces),
        publicKeys: along(publicKeys),
      },
    ],
    ["INT_KEY: MEMBERs reversed, and no keys", { ...packet, members: members.toReversed() }],
    ["a MEMBER less", { ...packet, members: members.slice(0, -1) }],
    ...strangers.map((name): Change => [`the MEMBER ${name} more`, { ...packet, members: [...members, name] }]),
  ]
}

/** The packet with lists that are changed, and acknowledged as they are then. */
const consistent = (session: Session, packet: GreetingPacket): Effect.Effect<ReadonlyArray<Change>, NotAccepted, Services> =>
  Effect.gen(function* () {
    const { nonces, publicKeys, members } = packet
    if (nonces.length !== members.length || packet.sessionSignature === null) return []
    const lies: Array<Change> = []
    for (const [place, member] of members.entries()) {
      const changed = { ...packet, nonces: nonces.with(place, other(32, 8)) }
      const exchange = yield* Aske.complete(members, changed.nonces, publicKeys)
      const sessionSignature = yield* Aske.acknowledge(exchange, session.me, session.identities.secretKey)
      lies.push([`another nonce of ${member}, acknowledged`, { ...changed, sessionSignature }])
    }
    return lies
  })

const changesOf = (session: Session, packet: GreetingPacket, strangers: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { x25519, ed25519PublicKey } = yield* Crypto
    const valid = x25519(other(32, 3), ed25519PublicKey(other(32, 4))) ?? other(32, 9)
    const changes: Array<Change> = [...metadataLies(packet), ...memberLies(packet, strangers)]
    const small = packet.intermediateKeys.map((key, place) => (place === 0 ? other(32, 0) : key))
    if (small.length > 0) changes.push(["INT_KEY of small order", { ...packet, intermediateKeys: small }])
    for (const [what, intermediateKeys] of listLies(packet.intermediateKeys, valid))
      changes.push([`INT_KEY: ${what}`, { ...packet, intermediateKeys }])
    for (const [what, nonces] of listLies(packet.nonces, other(32, 8))) changes.push([`NONCE: ${what}`, { ...packet, nonces }])
    for (const [what, publicKeys] of listLies(packet.publicKeys, ed25519PublicKey(other(32, 4))))
      changes.push([`PUB_KEY: ${what}`, { ...packet, publicKeys }])
    if (packet.sessionSignature !== null) changes.push(["another acknowledgement", { ...packet, sessionSignature: other(64, 1) }])
    for (const greetType of Object.keys(greetTypes) as ReadonlyArray<GreetingPacket["greetType"]>)
      if (greetType !== packet.greetType) changes.push([`as ${greetType}`, { ...packet, greetType }])
    changes.push(...(yield* consistent(session, packet)))
    return changes
  })

/** The session of one who has sent this greeting in the place of that which it has proposed or answered. */
const believing = (session: Session, text: string, { signature, metadata }: GreetingPacket): Session => {
  const { proposal, greeting } = session
  const isProposal = metadata !== null && proposal !== null
  return {
    ...session,
    proposal: isProposal
      ? { ...proposal, text: new TextEncoder().encode(text), greeting: { ...proposal.greeting, sent: [signature] } }
      : proposal,
    greeting: greeting === null ? null : { ...greeting, sent: [...greeting.sent, signature] },
  }
}

/** What `name` could send in the place of a greeting of its own, or of one that it has received. */
export const altered = (world: World, name: string, text: string, strangers: ReadonlyArray<string>): ReadonlyArray<Lie> => {
  const session = world.sessions[name]!
  const make = Effect.gen(function* () {
    const packet = yield* decodePacket(text)
    if (packet.type !== "greeting") return []
    const lies: Array<Lie> = []
    for (const [what, changed] of yield* changesOf(session, { ...packet, source: name }, strangers)) {
      const written = yield* Effect.result(signed(session, changed))
      if (written._tag === "Failure") continue
      const sent = yield* decodePacket(written.success)
      const believed = sent.type === "greeting" ? believing(session, written.success, sent) : session
      lies.push({ what: `${packet.greetType}, ${what}`, texts: [written.success], session: believed })
    }
    return lies
  })
  return computed(name, make)
}

const sealed = (session: Session, subsession: Subsession, parents: ReadonlyArray<string>, body: Body, byte: number) =>
  computed(session.me, seal(subsession, session.me, session.options, parents, body, other(12, byte)))

/** Messages that `name` could write into its subsession. */
const messageLies = (session: Session): ReadonlyArray<Lie> => {
  const { current, order } = session
  if (current === null) return []
  const now = heads(current.transcript)
  const last = order.line.at(-1)!
  const one = (what: string, body: Body, parents = now): Lie => ({ what, texts: [sealed(session, current, parents, body, 1).text] })
  const payload: Body = { type: "payload", text: "a lie" }
  const fin: Body = { type: "consistency", close: true }
  const first = sealed(session, current, now, fin, 2)
  const second = sealed(session, current, [first.id], fin, 3)
  const others = by(current.transcript, session.me)
  return [
    one("order: another chain hash", { type: "order-acknowledgement", packetId: last.id, chainHash: id(32, 9) }),
    one("order: an unknown packet", { type: "order-acknowledgement", packetId: id(32, 9), chainHash: id(32, 9) }),
    one("order: the first packet with another chain hash", {
      type: "order-acknowledgement",
      packetId: order.line[0]!.id,
      chainHash: id(32, 9),
    }),
    one("a payload", payload),
    one("a payload without parents", payload, []),
    one("a payload with an unknown parent", payload, [id(20, 9)]),
    one(
      "a payload with many unknown parents",
      payload,
      Array.from({ length: 1_200 }, (_, index) => id(18, 9) + index.toString(16).padStart(4, "0")),
    ),
    one("a FIN", fin),
    { what: "two FINs", texts: [first.text, second.text] },
    { what: "a payload after two FINs", texts: [first.text, second.text, sealed(session, current, [second.id], payload, 4).text] },
    ...(others.length > 0 ? [one("a payload beside its own line", payload, others.at(-1)!.parents)] : []),
    one("an acknowledgement", { type: "acknowledgement", manual: true }),
  ]
}

const abortLies = (session: Session): ReadonlyArray<Lie> => {
  const { order, me, identities } = session
  const operation = Order.running(order)
  const write = (operationId: string, members: ReadonlyArray<string>, reason: AbortReason) =>
    computed(me, encodeAbort(me, identities.secretKey, members, operationId, reason))
  if (operation === null) return [{ what: "an abort of nothing", texts: [write(id(32, 9), membersOf(session), "user")] }]
  return [
    ...(Object.keys(abortReasons) as ReadonlyArray<AbortReason>).map((reason) => ({
      what: `an abort (${reason})`,
      texts: [write(operation.id, operation.targets, reason)],
    })),
    { what: "an abort with other members", texts: [write(operation.id, operation.targets.toReversed(), "user")] },
    { what: "an abort of another operation", texts: [write(id(32, 9), operation.targets, "user")] },
  ]
}

const keyLies = (session: Session): ReadonlyArray<Lie> => {
  const key = ephemeralKeyOf(session)
  if (key === null) return []
  const text = computed(session.me, encodePublishedKey(session.me, key, session.hashes))
  const { current, me } = session
  const alone: Lie = { what: "its ephemeral key", texts: [text] }
  if (current === null) return [alone]
  const written = sealed(session, current, heads(current.transcript), { type: "payload", text: "read by one" }, 5).text
  const readByOne = membersOf(session)
    .filter((member) => member !== me)
    .map(
      (to): Lie => ({
        what: `a payload that ${to} is shown first, and its ephemeral key`,
        texts: [text, written],
        first: [{ to, text: written }],
      }),
    )
  return [alone, ...readByOne]
}

const wishes = (session: Session, strangers: ReadonlyArray<string>): ReadonlyArray<UserAction> => {
  const others = membersOf(session).filter((member) => member !== session.me)
  return [
    { type: "refresh" },
    ...others.map((member): UserAction => ({ type: "exclude", members: [member] })),
    ...(others.length > 1 ? [{ type: "exclude" as const, members: others }] : []),
    ...strangers.map((name): UserAction => ({ type: "include", members: [name] })),
  ]
}

/** Initial packets that `name` could send now: right ones, and such with a lie. */
const initialLies = (world: World, name: string, strangers: ReadonlyArray<string>): ReadonlyArray<Lie> =>
  wishes(world.sessions[name]!, strangers).flatMap((wish) => {
    const after = want({ ...world, queues: { ...world.queues, [name]: [] } }, name, wish)
    const sent = after.queues[name]!.find((request) => request.type === "send")
    if (sent?.type !== "send" || after.refused.length > world.refused.length) return []
    const right: Lie = { what: `${wish.type}, as it should be`, texts: [sent.text], session: after.sessions[name]! }
    return [right, ...altered(after, name, sent.text, strangers)]
  })

/** What `name` could send at any time, beside what it should. */
export const inventions = (world: World, name: string): ReadonlyArray<Lie> => {
  const session = world.sessions[name]!
  const strangers = world.members.filter((member) => !membersOf(session).includes(member))
  return [...messageLies(session), ...abortLies(session), ...keyLies(session), ...initialLies(world, name, strangers)]
}
