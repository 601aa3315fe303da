/**
 * Receiving an envelope that is not what it should be: damaged, forged, repeated, early, of another group, or properly signed by a member that does not keep to the steps; and
 * attachments and notes made of anything. What every answer has to be stands in `bad-input.ts`.
 *
 * A scenario is played once. Each delivery in it is a situation: a state, and the envelope that it may accept. States are immutable, so every situation is offered bad input again and again,
 * and must accept the honest envelope afterwards, with the same result as in the scenario.
 *
 * @module
 */
import { Result } from "effect"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { encodeCbor } from "../../spec/conventions/cbor.ts"
import { decodeWire, encodeWire } from "../../spec/conventions/encoding.ts"
import { labels } from "../../spec/conventions/labels.ts"
import { Attachment, Envelope, Item, Notes, noDigest } from "../../spec/dcgka/causal-broadcast.ts"
import { ControlMessage } from "../../spec/dcgka/key-agreement.ts"
import { nodePrimitives } from "../crypto/providers/node.ts"
import { labelledDraw } from "../crypto/randomness.ts"
import * as Broadcast from "../dcgka/causal-broadcast.ts"
import { flush, operate, type Participant, participant, receive } from "../simulation/broadcasts.ts"
import { acquainted } from "../simulation/network.ts"
import {
  altered,
  assertSame,
  type Before,
  beforeOf,
  damage,
  keyBytes,
  nameOf,
  offer,
  oversized,
  partly,
  property,
  Tally,
} from "./bad-input.ts"

const runs = 500

const users = ["alice", "bob", "carol", "dave"]
const beginnings = acquainted(users, 2)

/** A state, the envelope that comes next for it, and the state afterwards in bytes. */
interface Situation {
  readonly now: Broadcast.Broadcaster
  readonly before: Before
  readonly envelope: Uint8Array
  readonly after: Uint8Array
}

const bytesIn = ({ state }: Broadcast.Broadcaster) => encodeWire(Broadcast.BroadcastState, state)

/** A group that is played step by step. */
class Play {
  readonly people: ReadonlyArray<Participant> = beginnings.map(participant)
  readonly sent: Array<{ readonly by: Participant; readonly envelope: Uint8Array }> = []
  readonly situations: Array<Situation> = []
  readonly #done = new Set<string>()

  person(user: string): Participant {
    return this.people.find((one) => one.user === user)!
  }

  act(user: string, operation: Parameters<typeof operate>[1]) {
    operate(this.person(user), operation)
    this.post(this.person(user))
  }

  post(one: Participant) {
    for (const envelope of flush(one)) this.sent.push({ by: one, envelope })
  }

  deliver(to: string, index: number) {
    const one = this.person(to)
    const { by, envelope } = this.sent[index]!
    if (by === one || one.now.state.agreement.removed === 1 || this.#done.has(`${to} ${index}`)) return
    this.#done.add(`${to} ${index}`)
    const now = one.now
    const before = beforeOf(one.seed, () => bytesIn(now), now)
    assert.isTrue(Result.isSuccess(receive(one, envelope)), `${to} accepts ${index}`)
    this.situations.push({ now, before, envelope, after: bytesIn(one.now) })
  }

  /** Delivers everything to everybody; those named last get it last. */
  settle(...order: ReadonlyArray<string>) {
    for (let known = -1; known !== this.sent.length; ) {
      known = this.sent.length
      for (const user of order) for (let index = 0; index < known; index++) this.deliver(user, index)
      for (const user of order) this.post(this.person(user))
    }
  }
}

const play = new Play()
play.act("alice", (before) => Broadcast.create(before, ["bob", "carol"]))
play.settle("alice", "bob", "carol")
play.act("bob", Broadcast.update)
play.settle("carol", "alice", "bob")
play.act("alice", (before) => Broadcast.add(before, "dave"))
play.act("bob", Broadcast.update)
play.settle("dave", "bob", "carol", "alice")
const bob = play.person("bob").now.state.agreement.me!
play.act("dave", Broadcast.update)
play.act("alice", (before) => Broadcast.remove(before, bob))
play.act("bob", Broadcast.update)
play.settle("carol", "dave", "bob", "alice")

const elsewhere = new Play()
elsewhere.act("bob", (before) => Broadcast.create(before, ["alice", "carol"]))
elsewhere.settle("alice", "bob", "carol")
elsewhere.act("carol", Broadcast.update)

const { situations } = play
const envelopes = [...play.sent, ...elsewhere.sent].map(({ envelope }) => envelope)
const situation = fc.constantFrom(...situations)
const envelope = fc.constantFrom(...envelopes)

const offerTo = ({ now, before }: Situation, bytes: Uint8Array) => {
  const result = offer(before, Broadcast.receive(now, bytes))
  if (Result.isSuccess(result)) encodeWire(Broadcast.BroadcastState, result.success.after.state)
  return result
}

const taken = (result: ReturnType<typeof offerTo>): number => (Result.isSuccess(result) ? result.success.taken.length : 0)

const named = (result: ReturnType<typeof offerTo>): string =>
  taken(result) > 0 ? "taken" : Result.isSuccess(result) ? "held" : nameOf(result)

const assertHonest = () => {
  for (const one of situations) {
    const result = offerTo(one, one.envelope)
    assertSame(bytesIn(Result.getOrThrow(result).after), one.after)
  }
}

/** The secret keys with which people sign, by their public keys. */
const signingKeys = new Map(
  play.people.flatMap((one) => {
    const { me } = one.now.state.agreement
    const drawn = ["identity/signing", ...Array.from({ length: 12 }, (_, seq) => `signing/${me}/${seq}`)]
    return drawn.map((label) => {
      const secret = labelledDraw(nodePrimitives, one.seed, label, 32)
      return [Buffer.from(nodePrimitives.ed25519PublicKey(secret)).toString("hex"), secret] as const
    })
  }),
)

/** Signs as the sender of these messages would, as far as the one who is to receive them knows. */
const signed = ({ now }: Situation, items: ReadonlyArray<Item>): Uint8Array => {
  const { sender } = items[0]!.control
  const signer = now.state.signers[sender]
  let digest = signer?.digest ?? noDigest
  for (const item of items) {
    const { control } = item
    const open = "ofSeq" in control ? now.state.open.find((one) => one.sender === control.ofSender && one.seq === control.ofSeq) : undefined
    digest = nodePrimitives.sha256(encodeCbor([labels.broadcastMessage, digest, open?.digest ?? null, encodeWire(Item, item)]))
  }
  const first = play.people.find((one) => one.now.state.agreement.me === sender)
  const known = signer?.signingKey ?? first?.now.state.signers[sender]?.signingKey
  const secret = signingKeys.get(Buffer.from(known ?? []).toString("hex")) ?? new Uint8Array(32)
  const signature = nodePrimitives.ed25519Sign(secret, encodeCbor([labels.envelope, digest]))
  return encodeWire(Envelope, { type: "envelope", items, signature })
}

describe("envelopes", () => {
  it("the scenario has situations of every kind", () => {
    assert.isAbove(situations.length, 30)
    assertHonest()
  })

  it("damaged", () => {
    const tally = new Tally()
    property(
      1,
      fc.tuple(situation, envelope, damage),
      ([one, other, apply]) => {
        const bytes = apply(one.envelope, other)
        const result = offerTo(one, bytes)
        if (taken(result) > 0) assert.isTrue(envelopes.some((honest) => Buffer.from(honest).equals(Buffer.from(bytes))))
        tally.add(result)
      },
      2 * runs,
    )
    tally.assertIncludes("encoding.canonical", "encoding.shape", "causal-broadcast.signature")
    assertHonest()
  })

  it("oversized", () => {
    property(
      2,
      fc.tuple(situation, oversized),
      ([one, apply]) => {
        assert.strictEqual(nameOf(offerTo(one, apply(one.envelope, one.envelope))), "encoding.limit")
      },
      50,
    )
  })

  it("of the past, the future and another group", () => {
    const tally = new Map<string, number>()
    property(
      3,
      fc.tuple(situation, envelope),
      ([one, other]) => {
        const name = named(offerTo(one, other))
        tally.set(name, (tally.get(name) ?? 0) + 1)
      },
      2 * runs,
    )
    for (const name of ["taken", "held", "Ignored", "key-agreement.group"]) assert.isTrue(tally.has(name), `${name} was never given`)
    assertHonest()
  })

  it("with other values in its fields, properly signed or not", () => {
    const members = play.people.map((one) => one.now.state.agreement.me!)
    const member = fc.constantFrom(...members)
    const seq = fc.integer({ min: 1, max: 12 })
    const control = partly({
      sender: member,
      seq,
      member,
      ofSender: member,
      ofSeq: seq,
      user: fc.constantFrom(...users, "erin"),
    })
    const chain = fc.option(fc.record({ length: seq, digest: keyBytes }))
    const item = partly({ signingKey: fc.option(keyBytes), chain, directs: fc.dictionary(member, fc.uint8Array({ maxLength: 60 })) })
    const tally = new Tally()
    property(
      4,
      fc.tuple(situation, control, item, fc.boolean(), fc.nat(3)),
      ([one, changes, other, isSigned, repeat]) => {
        const { items, signature } = Result.getOrThrow(decodeWire(Envelope, one.envelope))
        const [first, ...rest] = items
        const bytes = altered(ControlMessage, encodeWire(ControlMessage, first!.control), changes)
        const changed: Item = { ...first!, control: Result.getOrThrow(decodeWire(ControlMessage, bytes)), ...other }
        const all = repeat === 0 ? [changed, changed, ...rest] : [changed, ...rest]
        const crafted = isSigned ? signed(one, all) : encodeWire(Envelope, { type: "envelope", items: all, signature })
        tally.add(offerTo(one, crafted))
      },
      4 * runs,
    )
    tally.assertIncludes(
      "accepted",
      "Ignored",
      "causal-broadcast.one-sender",
      "causal-broadcast.signing-key",
      "causal-broadcast.acknowledges",
      "causal-broadcast.signature",
      "key-agreement.own-message",
      "key-agreement.recipients",
    )
    assertHonest()
  })
})

describe("notes and attachments", () => {
  const notes = encodeWire(Notes, Broadcast.notes(play.person("carol").now.state))

  it("damaged notes are malformed, or compared", () => {
    property(
      5,
      fc.tuple(situation, damage),
      ([one, apply]) => {
        const decoded = decodeWire(Notes, apply(notes, one.envelope))
        if (Result.isFailure(decoded)) return
        const { differ, behind } = Broadcast.compareNotes(one.now.state, decoded.success)
        for (const member of [...differ, ...behind]) assert.isTrue(Object.hasOwn(one.now.state.signers, member))
      },
      runs,
    )
  })

  it("damaged attachments are malformed, or encode to themselves", () => {
    const { signers, open } = play.person("alice").now.state
    const attachment = encodeWire(Attachment, {
      signers: Object.fromEntries(Object.entries(signers).map(([member, { recent: _, ...signer }]) => [member, signer])),
      open,
    })
    property(
      6,
      damage,
      (apply) => {
        const bytes = apply(attachment, notes)
        const decoded = decodeWire(Attachment, bytes)
        if (Result.isSuccess(decoded)) assertSame(encodeWire(Attachment, decoded.success), bytes)
      },
      runs,
    )
  })
})
