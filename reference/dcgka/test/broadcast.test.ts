/**
 * Causal broadcast in random schedules, with envelopes reordered, repeated, lost for a while and forged; and what does not fit into an envelope.
 */
import { Effect, Result } from "effect"
import { Hex } from "effect/encoding"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { decodeWire, encodeWire, maximumLength } from "../../../spec/conventions/encoding.ts"
import { Envelope, maximumHeld } from "../../../spec/dcgka/causal-broadcast.ts"
import { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { agreementOf, flush, operate, type Participant, participant, receive, reload } from "../../simulation/broadcasts.ts"
import { accepted, acquainted, runStep } from "../../simulation/network.ts"
import { send } from "../causal-broadcast/send.ts"
import * as Broadcast from "../causal-broadcast.ts"
import * as KeyAgreement from "../key-agreement.ts"

const users = ["alice", "bob", "carol", "dave", "erin", "frank"]
const beginnings = acquainted(users, 3)

const isIn = (one: Participant) => one.now.state.agreement.me !== null && one.now.state.agreement.removed === 0

/** An envelope that somebody without keys makes of another: another signature, another direct message, or another signing key. */
const forged = (envelope: Uint8Array, choice: number): Uint8Array => {
  const { items, signature, type } = Result.getOrThrow(decodeWire(Envelope, envelope))
  const [first, ...rest] = items
  const directs = Object.fromEntries(Object.keys(first!.directs).map((to) => [to, new Uint8Array(choice)]))
  const signingKey = first!.signingKey && new Uint8Array(32).fill(choice)
  const flipped = signature.map((byte, index) => (index === choice % 64 ? byte ^ 1 : byte))
  const isOther = choice % 3 === 1 && (signingKey !== null || Object.keys(directs).length > 0)
  return encodeWire(
    Envelope,
    isOther ? { type, items: [{ ...first!, signingKey, directs }, ...rest], signature } : { type, items, signature: flipped },
  )
}

/** A run: people, the envelopes sent, and who was given which. */
class Run {
  readonly people: ReadonlyArray<Participant> = beginnings.map(participant)
  readonly sent: Array<{ readonly by: Participant; readonly envelope: Uint8Array }> = []
  readonly #given = new Set<string>()
  readonly #invited = new Set<string>()
  readonly #secrets = new Map<string, string>()

  constructor(initial: number) {
    this.#operate(this.people[0]!, (before) => Broadcast.create(before, users.slice(1, initial)))
    this.post(this.people[0]!)
  }

  #remember(member: string, seq: number, secret: Uint8Array) {
    const known = this.#secrets.get(`${member} ${seq}`) ?? Hex.encode(secret)
    assert.strictEqual(known, Hex.encode(secret), `the update secret of ${member} ${seq}`)
    this.#secrets.set(`${member} ${seq}`, known)
  }

  #operate(one: Participant, operation: Parameters<typeof operate>[1]) {
    const { seq, updateSecret } = operate(one, operation)
    this.#remember(one.now.state.agreement.me!, seq, updateSecret)
  }

  post(one: Participant) {
    for (const envelope of flush(one)) this.sent.push({ by: one, envelope })
  }

  act(one: Participant, choice: number) {
    if (!isIn(one)) return
    const { users: known, me } = one.now.state.agreement
    const view = KeyAgreement.ourView(agreementOf(one))
    // Every user is added once only: additions again are the business of the chapter "group-messaging".
    const outside = users.filter((user) => !Object.values(known).includes(user) && !this.#invited.has(user))
    const others = view.filter((member) => member !== me)
    if (choice % 3 === 0) this.#operate(one, Broadcast.update)
    if (choice % 3 === 1 && outside.length > 0) {
      const user = outside[choice % outside.length]!
      if (this.people.some((other) => other.user === user && other.now.state.agreement.me !== null)) return
      this.#invited.add(user)
      this.#operate(one, (before) => Broadcast.add(before, user))
    }
    if (choice % 3 === 2 && others.length > 0) this.#operate(one, (before) => Broadcast.remove(before, others[choice % others.length]!))
  }

  /** Key agreement and broadcast keep for different ends who has still to acknowledge an update: they say the same. */
  assertAwaited(one: Participant): number {
    const { agreement, open } = one.now.state
    for (const { sender, seq, awaited } of isIn(one) ? agreement.updates : []) {
      const kept = open.find((message) => message.sender === sender && message.seq === seq)?.awaited ?? []
      assert.deepEqual(
        awaited,
        kept.filter((member) => member !== agreement.me),
        `${one.user}: who has to acknowledge ${sender} ${seq}`,
      )
    }
    return agreement.updates.length
  }

  /** Gives an envelope to somebody for the first time, or again. */
  give(one: Participant, index: number) {
    const { by, envelope } = this.sent[index]!
    const isAgain = this.#given.has(`${one.user} ${index}`) || by === one
    const wasIn = isIn(one) || one.now.state.agreement.me === null
    const result = receive(one, envelope)
    this.#given.add(`${one.user} ${index}`)
    if (Result.isSuccess(result)) {
      assert.isTrue(!isAgain || result.success.length === 0, "nothing is processed twice")
      for (const { secrets } of result.success) for (const { member, seq, secret } of secrets) this.#remember(member, seq, secret)
      return
    }
    const { failure } = result
    if (isAgain && failure._tag === "Ignored") return
    assert.isTrue(!wasIn && failure._tag === "Refused", `${one.user}: ${JSON.stringify(failure)}`)
  }

  forge(one: Participant, index: number, choice: number) {
    const before = one.now.state.held.length
    const result = receive(one, forged(this.sent[index]!.envelope, choice))
    if (Result.isSuccess(result)) assert.strictEqual(one.now.state.held.length, before + 1, "a forged envelope is at most held")
  }

  settle() {
    for (let index = 0, posted = -1; posted !== this.sent.length; index = 0) {
      posted = this.sent.length
      for (const one of this.people) {
        for (index = 0; index < this.sent.length; index++) {
          if (this.sent[index]!.by !== one && !this.#given.has(`${one.user} ${index}`)) this.give(one, index)
        }
      }
      for (const one of this.people) this.post(one)
    }
  }

  assertAgreement() {
    const remaining = this.people.filter(isIn)
    // Those who have removed each other, so that nobody is left whom both have as a member, go on apart.
    for (const one of remaining) {
      const view = KeyAgreement.ourView(agreementOf(one))
      const companions = remaining.filter((other) => view.includes(other.now.state.agreement.me!))
      assert.strictEqual(companions.length, view.length, `all whom ${one.user} has as members are members`)
      for (const other of companions) {
        assert.deepEqual(KeyAgreement.ourView(agreementOf(other)), view)
        const { differ, behind } = Broadcast.compareNotes(one.now.state, Broadcast.notes(other.now.state))
        assert.deepEqual(differ, [])
        assert.isFalse(behind.some((member) => view.includes(member)))
      }
      const held = one.now.state.held.map(({ sender }) => sender)
      assert.isFalse(
        held.some((sender) => view.includes(sender)),
        `${one.user} holds nothing of a member`,
      )
    }
  }
}

const event = fc.record({ kind: fc.nat(9), who: fc.nat(5), what: fc.nat(1000) })

describe("random schedules", () => {
  it("all who are members at the end agree, whatever was reordered, repeated, lost and forged", () => {
    let members = 0
    let compared = 0
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(event, { minLength: 5, maxLength: 60 }), (initial, events) => {
        const run = new Run(initial)
        if (events.length % 2 === 0) run.settle()
        for (const { kind, who, what } of events) {
          const one = run.people[who]!
          const index = what % run.sent.length
          if (kind <= 1) run.act(one, what)
          else if (kind === 2) run.post(one)
          else if (kind === 3 && run.sent[index]!.by !== one) run.forge(one, index, what)
          else run.give(one, index)
          compared += run.assertAwaited(one)
          if (kind === 4) reload(one)
        }
        run.settle()
        run.assertAgreement()
        for (const one of run.people) compared += run.assertAwaited(one)
        members += run.people.filter(isIn).length
      }),
      { seed: 30, numRuns: 150 },
    )
    assert.isAbove(members, 150, "the groups are not all dissolved")
    assert.isAbove(compared, 100, "acknowledgements of updates are awaited")
  })
})

/** Alice alone in a group, and updates of hers made by hand, with that many bytes of direct messages. */
const alone = () => {
  const alice = participant(beginnings[0]!)
  operate(alice, (before) => Broadcast.create(before, []))
  flush(alice)
  const { group, me } = alice.now.state.agreement
  const update = (seq: number, length: number) => {
    const control = encodeWire(ControlMessage, { type: "update", group: group!, sender: me!, seq, commitment: new Uint8Array(32) })
    const directs = Array.from({ length: Math.ceil(length / 100_000) }, (_, index) => ({
      to: index.toString(16).padStart(32, "0"),
      message: new Uint8Array(Math.min(100_000, length - index * 100_000)),
    }))
    return send(alice.now, { control, directs })
  }
  return { alice, update }
}

describe("what is held", () => {
  const early = (sender: string, seq: number, length: number) =>
    encodeWire(Envelope, {
      type: "envelope",
      items: [
        {
          control: { type: "update", group: "11".repeat(16), sender, seq, commitment: new Uint8Array(32) },
          signingKey: new Uint8Array(32),
          cut: new Uint8Array(32),
          chain: null,
          directs: { [sender]: new Uint8Array(length) },
        },
      ],
      signature: new Uint8Array(64),
    })

  const bytesHeld = (one: Participant) => one.now.state.held.reduce((sum, { envelope }) => sum + envelope.length, 0)

  it("of strangers at most 256 KiB", () => {
    const bob = participant(beginnings[1]!)
    const sender = "ee".repeat(16)
    const overhead = early(sender, 1, 60_000).length - 60_000
    const rest = maximumHeld.strangers - 4 * (60_000 + overhead) - overhead
    const results = [60_000, 60_000, 60_000, 60_000, rest + 1].map((length, seq) => receive(bob, early(sender, seq + 1, length)))
    assert.deepEqual(results.map(Result.isSuccess), [true, true, true, true, false])
    assert.isTrue(Result.isSuccess(receive(bob, early("dd".repeat(16), 9, rest))))
    assert.strictEqual(bytesHeld(bob), maximumHeld.strangers)
  })
})

describe("what fits into an envelope", () => {
  it("a message that is longer than 1 MiB in its envelope is refused (causal-broadcast.size)", () => {
    const { alice, update } = alone()
    const lengths = [1_048_000, 1_048_200].map((length) => {
      const result = runStep(alice.seed, update(2, length))
      return Result.isFailure(result) ? (result.failure as { clause?: string }).clause : "accepted"
    })
    assert.deepEqual(lengths, ["accepted", "causal-broadcast.size"])
  })

  it("as many messages as fit go together", () => {
    const { alice, update } = alone()
    for (let seq = 2; seq < 26; seq++)
      alice.now = accepted(
        alice.seed,
        Effect.suspend(() => update(seq, 99_000)),
      )
    const envelopes = flush(alice)
    const counts = envelopes.map((envelope) => Result.getOrThrow(decodeWire(Envelope, envelope)).items.length)
    assert.deepEqual(counts, [10, 10, 4])
    for (const [index, envelope] of envelopes.entries()) {
      assert.isAtMost(envelope.length, maximumLength)
      const next = Result.getOrUndefined(decodeWire(Envelope, envelopes[index + 1] ?? new Uint8Array()))
      if (next !== undefined) assert.isAbove(envelope.length + 99_000, maximumLength)
    }
  })

  it("and at most 1,024", () => {
    const { alice, update } = alone()
    for (let seq = 2; seq < 1502; seq++)
      alice.now = accepted(
        alice.seed,
        Effect.suspend(() => update(seq, 0)),
      )
    const counts = flush(alice).map((envelope) => Result.getOrThrow(decodeWire(Envelope, envelope)).items.length)
    assert.deepEqual(counts, [1024, 476])
  })

  it("the last message that fits goes with the others, byte for byte", () => {
    for (const others of [22, 23, 24, 254, 255, 256]) {
      const { alice, update } = alone()
      for (let seq = 2; seq < 2 + others; seq++)
        alice.now = accepted(
          alice.seed,
          Effect.suspend(() => update(seq, 0)),
        )
      const lengthWith = (length: number): ReadonlyArray<number> => {
        const state = accepted(alice.seed, update(2 + others, length))
        return flush({ ...alice, now: state }).map((envelope) => envelope.length)
      }
      const room = maximumLength - lengthWith(1_010_000)[0]!
      assert.deepEqual(lengthWith(1_010_000 + room), [maximumLength], `${others} others`)
      assert.strictEqual(lengthWith(1_010_000 + room + 1).length, 2, `${others} others`)
    }
  })
})
