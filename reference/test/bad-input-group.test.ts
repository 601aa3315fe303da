/**
 * Processing a control message that is not what it should be: damaged, crafted, repeated, early, late, from another group, with somebody else's direct
 * message or none, or from a member that does not keep to the steps. What every answer has to be stands in `bad-input.ts`.
 *
 * A scenario is played once, in which messages of every kind are delivered, some concurrent to others. Each delivery in it is a situation: a state, and the
 * message that it may accept. States are immutable, so every situation is offered bad input again and again, and must accept the honest message
 * afterwards, with the same result as in the scenario.
 *
 * @module
 */
import { Effect, Result } from "effect"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { decodeWire, encodeWire, type ValueOf } from "../../spec/conventions/encoding.ts"
import type { NotAccepted } from "../../spec/conventions/verdicts.ts"
import { ControlMessage, Welcome } from "../../spec/dcgka/key-agreement.ts"
import { memberIdOf } from "../conventions.ts"
import type { Crypto } from "../crypto/crypto.ts"
import { node } from "../crypto/providers/node.ts"
import type { Randomness } from "../crypto/randomness.ts"
import * as KeyAgreement from "../dcgka/key-agreement.ts"
import * as Channels from "../dcgka/two-party-messaging.ts"
import { type Actor, accepted, acquainted, controlOf, deliver, operate, type Sent } from "../simulation/network.ts"
import { altered, assertSame, type Before, beforeOf, damage, nameOf, offer, oversized, partly, property, RUNS, Tally } from "./bad-input.ts"

type State = KeyAgreement.State
type Own = Effect.Effect<{ state: State; outgoing: KeyAgreement.Outgoing; updateSecret: Uint8Array }, NotAccepted, Crypto | Randomness>

/** A message on its way, and its sender as it was before. */
interface Posted {
  readonly sent: Sent
  readonly sender: Actor
  readonly before: State
}

/** A state, the message that comes next for it, and the state afterwards in bytes. */
interface Situation {
  readonly state: State
  readonly before: Before
  readonly posted: Posted
  readonly control: Uint8Array
  readonly direct: Uint8Array | null
  readonly me: string
  readonly after: Uint8Array
}

/** The member that `state` is, or becomes by the message. */
const identify = (state: State, message: ValueOf<typeof ControlMessage>): string => {
  const adder = message.type === "add" ? message.sender : null
  const made = memberIdOf(message.group, state.keys.user, adder, adder === null ? 0 : message.seq)
  return state.me ?? Effect.runSync(Effect.provide(made, node))
}

/** A group that is played step by step. */
class Play {
  readonly actors: ReadonlyArray<Actor>
  readonly posted: Array<Posted> = []
  readonly situations: Array<Situation> = []
  readonly #done = new Set<string>()

  constructor(actors: ReadonlyArray<Actor>) {
    this.actors = actors
  }

  act(user: string, operation: (state: State) => Own) {
    const sender = this.actors.find((one) => one.user === user)!
    const before = sender.state
    this.posted.push({ sent: operate(sender, operation), sender, before })
  }

  member(user: string): string {
    return this.actors.find((one) => one.user === user)!.state.me!
  }

  #deliver(one: Actor, posted: Posted): boolean {
    const { sent, sender } = posted
    const key = `${one.user} ${sent.sender} ${sent.seq}`
    if (sender === one || one.state.removed === 1 || this.#done.has(key)) return false
    const state = one.state
    const me = identify(state, controlOf(sent.outgoing))
    const result = deliver(one, sent, me)
    if (Result.isFailure(result)) return false
    this.#done.add(key)
    const direct = sent.outgoing.directs.find(({ to }) => to === me)?.message ?? null
    const before = beforeOf(one.seed, () => encodeWire(KeyAgreement.State, state), state)
    const after = encodeWire(KeyAgreement.State, one.state)
    this.situations.push({ state, before, posted, control: sent.outgoing.control, direct, me, after })
    const { response } = result.success
    if (response !== undefined) this.posted.push({ sent: response, sender: one, before: state })
    return true
  }

  /** Delivers everything to everybody; those named last get it last. */
  settle(...order: ReadonlyArray<string>) {
    const rank = ({ user }: Actor) => order.indexOf(user)
    const actors = [...this.actors].sort((a, b) => rank(a) - rank(b))
    for (let again = true; again; ) {
      again = false
      for (const one of actors) for (const posted of [...this.posted]) if (this.#deliver(one, posted)) again = true
    }
  }
}

const users = ["alice", "bob", "carol", "dave"]

/** Everybody as before the plays. */
const people = acquainted(users, 2)
const beginnings = people.map(({ state }) => state)

const play = new Play(people)
play.act("alice", (state) => KeyAgreement.create(state, ["bob", "carol"]))
play.settle("alice", "bob", "carol")
play.act("bob", KeyAgreement.update)
play.settle("carol", "alice")
play.act("alice", (state) => KeyAgreement.add(state, "dave"))
play.act("bob", KeyAgreement.update)
play.settle("dave", "bob", "carol", "alice")
const bob = play.member("bob")
play.act("dave", KeyAgreement.update)
play.act("alice", (state) => KeyAgreement.remove(state, bob))
play.act("bob", KeyAgreement.update)
play.settle("carol", "dave", "bob", "alice")

/** The same people in another group. */
const elsewhere = new Play(people.map(({ user, seed }, index) => ({ user, seed, state: beginnings[index]! })))
elsewhere.act("bob", (state) => KeyAgreement.create(state, ["alice", "carol"]))
elsewhere.settle("alice", "carol")
elsewhere.act("alice", KeyAgreement.update)
elsewhere.act("carol", (state) => KeyAgreement.add(state, "dave"))
elsewhere.settle("dave", "bob")

const { situations } = play
const everything = [...play.posted, ...elsewhere.posted]
const controls = everything.map(({ sent }) => sent.outgoing.control)
const directs = everything.flatMap(({ sent }) => sent.outgoing.directs.map(({ message }) => message))

const situation = fc.nat(situations.length - 1)
const control = fc.nat(controls.length - 1).map((index) => controls[index]!)
const direct = fc.option(
  fc.nat(directs.length - 1).map((index) => directs[index]!),
  { freq: 4 },
)

/** For whom direct messages came with these bytes, or with the message that they were made of; and for us when there is one for us. */
const recipientsFor = (state: State, bytes: Uint8Array, own: Uint8Array | null): ReadonlyArray<string> => {
  const sent = everything.find(({ sent }) => sent.outgoing.control === bytes)
  const me = identify(state, controlOf((sent ?? everything[0]!).sent.outgoing))
  const others = (sent?.sent.outgoing.directs ?? []).map(({ to }) => to).filter((to) => to !== me)
  return own === null ? others : [...others, me].sort()
}

/** Offers a message; a state that it gives must be one that can be stored. */
const process = ({ state, before }: Situation, bytes: Uint8Array, withDirect: Uint8Array | null) => {
  const result = offer(before, KeyAgreement.process(state, bytes, { recipients: recipientsFor(state, bytes, withDirect), own: withDirect }))
  if (Result.isSuccess(result)) encodeWire(KeyAgreement.State, result.success.state)
  return result
}

const assertHonest = (one: Situation) => {
  const result = process(one, one.control, one.direct)
  if (Result.isFailure(result)) assert.fail(`the honest message is answered ${nameOf(result)}`)
  assertSame(encodeWire(KeyAgreement.State, result.success.state), one.after)
}

const sameBytes = (a: Uint8Array | null, b: Uint8Array | null) => (a === null || b === null ? a === b : Buffer.from(a).equals(b))

const members = [...new Set(everything.map(({ sent }) => sent.sender)), "00".repeat(16)]
const groups = [play.posted[0]!, elsewhere.posted[0]!].map(({ sent }) => controlOf(sent.outgoing).group)
const seq = fc.oneof(fc.integer({ min: 1, max: 14 }), fc.constant(0xffffffff))
const member = fc.constantFrom(...members)
const user = fc.constantFrom(...users, "erin")

/** Values for the fields of control messages. */
const keyBytes = fc.uint8Array({ minLength: 32, maxLength: 32 })

const fields = {
  group: fc.constantFrom(...groups, groups[0]!, groups[0]!),
  sender: member,
  seq,
  users: fc.array(user, { minLength: 1, maxLength: 4 }),
  member,
  user,
  ofSender: member,
  ofSeq: seq,
  signingKey: keyBytes,
  nonce: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  commitment: keyBytes,
  history: keyBytes,
}

const kinds = {
  create: ["group", "sender", "seq", "users", "signingKey", "nonce", "commitment"],
  update: ["group", "sender", "seq", "commitment"],
  remove: ["group", "sender", "seq", "member", "commitment"],
  add: ["group", "sender", "seq", "user", "history", "commitment"],
  ack: ["group", "sender", "seq", "ofSender", "ofSeq"],
  "add-ack": ["group", "sender", "seq", "ofSender", "ofSeq", "commitment"],
  forward: ["group", "sender", "seq", "ofSender", "ofSeq", "commitment"],
} as const

/** A well-formed control message that `one` could get next from somebody, as far as its number goes. */
const crafted = fc
  .record({ type: fc.constantFrom(...(Object.keys(kinds) as Array<keyof typeof kinds>)), isNext: fc.boolean(), ...fields })
  .map(({ type, isNext, ...values }) => (state: State): Uint8Array => {
    const next = isNext ? { seq: (state.seen[values.sender] ?? 0) + 1 } : {}
    const message = { ...values, ...next }
    const content = Object.fromEntries(kinds[type].map((field) => [field, message[field]]))
    return encodeWire(ControlMessage, { type, ...content } as ValueOf<typeof ControlMessage>)
  })

describe("the scenario", () => {
  it("has every kind of message, with and without direct messages, before and after joining", () => {
    const kindsOf = situations.map((one) => controlOf(one.posted.sent.outgoing).type)
    for (const kind of Object.keys(kinds)) assert.include(kindsOf, kind)
    assert.isTrue(situations.some(({ state }) => state.me === null))
    assert.isTrue(situations.some(({ direct: one }, index) => one !== null && kindsOf[index] === "forward"))
    situations.forEach(assertHonest)
  })
})

describe("key-agreement.process", () => {
  it("a damaged control message", () => {
    const tally = new Tally()
    property(1, fc.tuple(situation, control, damage), ([index, other, apply]) => {
      const one = situations[index]!
      tally.add(process(one, apply(one.control, other), one.direct))
    })
    tally.assertIncludes("encoding.canonical", "encoding.shape", "key-agreement.group", "Waiting")
    situations.forEach(assertHonest)
  })

  it("a damaged direct message", () => {
    const addressed = situations.filter((one) => one.direct !== null)
    const tally = new Tally()
    property(2, fc.tuple(fc.nat(addressed.length - 1), fc.nat(directs.length - 1), damage), ([index, other, apply]) => {
      const one = addressed[index]!
      const damaged = apply(one.direct!, directs[other]!)
      const result = process(one, one.control, damaged)
      if (!sameBytes(damaged, one.direct)) assert.isTrue(Result.isFailure(result))
      tally.add(result)
    })
    tally.assertIncludes("encoding.canonical", "encoding.shape", "channel.opens", "suite.aead-opens", "key-bundles.prekey-held")
    situations.forEach(assertHonest)
  })

  it("the honest control message with another direct message, or without one", () => {
    const tally = new Tally()
    property(3, fc.tuple(situation, direct), ([index, other]) => {
      const one = situations[index]!
      const result = process(one, one.control, other)
      const isRemoval = Result.isSuccess(result) && result.success.state.removed === 1
      if (!sameBytes(other, one.direct) && !isRemoval) assert.isTrue(Result.isFailure(result))
      tally.add(result)
    })
    tally.assertIncludes("key-agreement.recipients", "channel.key-held", "channel.first-contact-once", "channel.opens")
    situations.forEach(assertHonest)
  })

  it("any message of this group and of another, with any direct message: repeated, early, late, foreign", () => {
    const tally = new Tally()
    property(4, fc.tuple(situation, control, direct), ([index, other, withDirect]) => {
      tally.add(process(situations[index]!, other, withDirect))
    })
    tally.assertIncludes("Ignored", "Waiting", "key-agreement.group", "key-agreement.recipients")
    situations.forEach(assertHonest)
  })

  it("a message of this group or another with the direct message that belongs to it, or with that to somebody else", () => {
    const tally = new Tally()
    property(5, fc.tuple(situation, fc.nat(everything.length - 1), fc.nat(5)), ([index, which, addressee]) => {
      const { outgoing } = everything[which]!.sent
      tally.add(process(situations[index]!, outgoing.control, outgoing.directs[addressee]?.message ?? null))
    })
    tally.assertIncludes("accepted", "Ignored", "Waiting", "key-agreement.group", "key-agreement.recipients")
    situations.forEach(assertHonest)
  })

  it("the honest message with other values in its fields", () => {
    const tally = new Tally()
    property(6, fc.tuple(situation, partly(fields), direct, fc.boolean()), ([index, changes, other, isOwnDirect]) => {
      const one = situations[index]!
      tally.add(process(one, altered(ControlMessage, one.control, changes), isOwnDirect ? one.direct : other))
    })
    tally.assertIncludes("key-agreement.group", "Waiting", "Ignored", "key-agreement.own-message")
    situations.forEach(assertHonest)
  })

  it("a message made up", () => {
    const tally = new Tally()
    property(
      7,
      fc.tuple(situation, crafted, direct),
      ([index, craft, other]) => {
        const one = situations[index]!
        tally.add(process(one, craft(one.state), other))
      },
      2 * RUNS,
    )
    tally.assertIncludes("key-agreement.ack-unsent", "key-agreement.ack-kind", "key-agreement.ack-once", "key-agreement.ack-other")
    tally.assertIncludes("key-agreement.joined-once", "key-agreement.add-new", "key-agreement.remove-member", "key-agreement.sender-member")
    situations.forEach(assertHonest)
  })

  it("oversized messages", () => {
    property(8, fc.tuple(situation, oversized, fc.boolean()), ([index, apply, isControl]) => {
      const one = situations[index]!
      const long = apply(one.control, one.control)
      if (isControl) return assert.strictEqual(nameOf(process(one, long, one.direct)), "encoding.limit")
      const result = process(one, one.control, long)
      if (one.direct !== null) assert.strictEqual(nameOf(result), "encoding.limit")
    })
    situations.forEach(assertHonest)
  })
})

/** The channel message that the honest sender would have sent, with another payload. */
const sealInstead = ({ posted, me, state }: Situation, payload: Uint8Array): Uint8Array => {
  const { before, sent, sender } = posted
  const { keys, contacts, channels } = before
  const channel = channels[me] ?? Channels.open(controlOf(sent.outgoing).group, sent.sender, me, state.keys.user)
  return accepted(sender.seed, Channels.send(channel, { keys, contacts }, payload, sent.outgoing.control)).message
}

describe("key-agreement.process, of what a member seals that does not keep to the steps", () => {
  const addressed = situations.filter((one) => one.direct !== null)
  const joining = addressed.filter((one) => controlOf(one.posted.sent.outgoing).type === "add")
  const welcomes = joining.map((one) => {
    const { keys, contacts } = one.state
    const { sender, sent } = one.posted
    const channel = Channels.open(controlOf(sent.outgoing).group, one.me, sent.sender, sender.user)
    return Result.getOrThrow(
      decodeWire(Welcome, accepted(one.before.seed, Channels.receive(channel, { keys, contacts }, one.direct!, one.control)).payload),
    )
  })
  type AnyEntry = ValueOf<typeof Welcome>["changes"][number]

  it("seals as the sender did", () => {
    for (const [index, one] of joining.entries())
      assert.isTrue(sameBytes(sealInstead(one, encodeWire(Welcome, welcomes[index]!)), one.direct))
  })

  it("payloads of any content and length", () => {
    const tally = new Tally()
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.constant(new Uint8Array(32)),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
    )
    property(9, fc.tuple(fc.nat(addressed.length - 1), payload), ([index, bytes]) => {
      const one = addressed[index]!
      tally.add(process(one, one.control, sealInstead(one, bytes)))
    })
    tally.assertIncludes("key-agreement.commitment", "key-agreement.secret-length", "encoding.canonical")
    situations.forEach(assertHonest)
  })

  it("damaged welcomes", () => {
    const tally = new Tally()
    const [one, honest] = [joining[0]!, encodeWire(Welcome, welcomes[0]!)]
    property(10, damage, (apply) => tally.add(process(one, one.control, sealInstead(one, apply(honest, honest)))))
    tally.assertIncludes("encoding.canonical", "encoding.shape", "key-agreement.welcome-history")
    situations.forEach(assertHonest)
  })

  const change = fc
    .record({ type: fc.constantFrom("welcome-create", "welcome-add", "remove"), ...fields })
    .map(({ type, sender, seq: number, users: named, user: added, member: removed }): AnyEntry["change"] => {
      const head = { sender, seq: number }
      if (type === "welcome-create") return { type, ...head, users: named, signingKey: new Uint8Array(32), nonce: new Uint8Array(16) }
      return type === "welcome-add" ? { type, ...head, user: added } : { type: "remove", ...head, member: removed }
    })
  const position = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 0xffff }))
  const positions = fc.oneof(fc.constant([]), fc.array(position, { maxLength: 3 }))
  const entry = fc.record({ change, unknown: positions })
  const edit = fc.tuple(fc.constantFrom("drop", "repeat", "insert", "replace", "swap", "forget"), fc.nat(40), entry)

  const edited = (changes: ReadonlyArray<AnyEntry>, [kind, where, other]: [string, number, AnyEntry]) => {
    const list = [...changes]
    const index = where % list.length
    if (kind === "drop" && list.length > 1) list.splice(index, 1)
    if (kind === "repeat") list.splice(index, 0, list[index]!)
    if (kind === "insert") list.splice(index, 0, other)
    if (kind === "replace") list[index] = other
    if (kind === "forget") list[index] = { ...list[index]!, unknown: other.unknown }
    if (kind === "swap") [list[0], list[index]] = [list[index]!, list[0]!]
    return list
  }

  it("welcomes in which members know something else", () => {
    const tally = new Tally()
    const knowledge = fc.record({
      length: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 0x10000 })),
      unknown: positions,
    })
    const known = fc.dictionary(member, knowledge, { maxKeys: 3 })
    property(13, fc.tuple(fc.nat(joining.length - 1), known), ([index, other]) => {
      const [one, welcome] = [joining[index]!, welcomes[index]!]
      tally.add(process(one, one.control, sealInstead(one, encodeWire(Welcome, { ...welcome, known: other }))))
    })
    tally.assertIncludes("accepted", "key-agreement.welcome-history")
    situations.forEach(assertHonest)
  })

  it("welcomes with another history or other counts", () => {
    const tally = new Tally()
    const counts = fc.dictionary(member, fc.integer({ min: 1, max: 14 }), { maxKeys: 3 })
    property(
      11,
      fc.tuple(fc.nat(joining.length - 1), fc.array(edit, { maxLength: 3 }), counts, fc.boolean()),
      ([index, edits, changed, isWhole]) => {
        const [one, welcome] = [joining[index]!, welcomes[index]!]
        const seen = isWhole ? { ...welcome.seen, ...changed } : changed
        const bytes = encodeWire(Welcome, { ...welcome, changes: edits.reduce(edited, welcome.changes), seen })
        tally.add(process(one, one.control, sealInstead(one, bytes)))
      },
    )
    tally.assertIncludes("accepted", "key-agreement.welcome-history", "key-agreement.welcome-seen")
    situations.forEach(assertHonest)
  })

  it("a welcome that says how many messages the new member has sent", () => {
    const [one, welcome] = [joining[0]!, welcomes[0]!]
    for (const count of [1, 1000, 0xfffffffe, 0xffffffff]) {
      const bytes = encodeWire(Welcome, { ...welcome, seen: { ...welcome.seen, [one.me]: count } })
      assert.strictEqual(nameOf(process(one, one.control, sealInstead(one, bytes))), "key-agreement.welcome-seen")
    }
  })
})

describe("a whole scenario in random order", () => {
  // Carol takes no step of her own and sends nobody a direct message, so that what the others sent is right for every order in which she gets it.
  const group = new Play(people.map(({ user, seed }, which) => ({ user, seed, state: beginnings[which]! })))
  group.act("alice", (state) => KeyAgreement.create(state, ["bob", "carol", "dave"]))
  group.settle("alice", "bob", "carol", "dave")
  group.act("alice", KeyAgreement.update)
  group.act("bob", KeyAgreement.update)
  group.act("dave", (state) => KeyAgreement.remove(state, group.member("bob")))
  group.settle("carol", "alice", "dave", "bob")
  group.act("alice", KeyAgreement.update)
  group.act("dave", KeyAgreement.update)
  group.settle("carol", "dave", "alice")

  const carol = group.actors.find(({ user }) => user === "carol")!
  const { seed, state: final } = carol
  const beginning = beginnings[users.indexOf("carol")]!
  const forCarol = group.posted.filter(({ sender }) => sender !== carol)
  const begun = (state: State) => ({ state, before: beforeOf(seed, () => encodeWire(KeyAgreement.State, state), state) })
  type Offer = readonly [which: number, apply: ((bytes: Uint8Array, other: Uint8Array) => Uint8Array) | null]

  /** Offers a message or what damage makes of it; gives what is the case then. */
  const take = (now: ReturnType<typeof begun>, [which, apply]: Offer) => {
    const { outgoing } = forCarol[which]!.sent
    const me = identify(now.state, controlOf(outgoing))
    // Without its last byte nothing is a message, so that damage never makes an update of another sender.
    const bytes = apply === null ? outgoing.control : apply(outgoing.control, outgoing.control).slice(0, -1)
    const result = offer(now.before, KeyAgreement.process(now.state, bytes, KeyAgreement.directsFor(outgoing.directs, me)))
    return Result.isSuccess(result) ? begun(result.success.state) : now
  }

  // Carol's own ratchet follows the order in which she answered.
  const others = ({ ratchets }: State) => ({ ...ratchets, [final.me!]: null })

  it("ends as it should, whatever comes between", () => {
    const offers = fc.array(fc.tuple(fc.nat(forCarol.length - 1), fc.option(damage, { freq: 3 })), { maxLength: 15, size: "max" })
    const check = (list: ReadonlyArray<Offer>) => {
      const random = list.reduce(take, begun(beginning))
      const { state } = forCarol.map((_, which): Offer => [which, null]).reduce(take, random)
      assert.deepEqual(KeyAgreement.ourView(state), KeyAgreement.ourView(final))
      assert.deepEqual(others(state), others(final))
      assert.deepEqual(state.memberSecrets, final.memberSecrets)
    }
    property(12, offers, check, RUNS / 2)
  })
})
