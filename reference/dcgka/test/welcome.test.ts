/**
 * Welcomes over random histories: whatever honest members did, the welcome is taken, and its reader keeps what its sender kept. Whatever is changed in it, it is taken if and only if what everybody knows is closed and makes its reader a member.
 */
import { Effect, Result } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import type { Operation } from "../../../spec/dcgka/group-membership.ts"
import { Welcome } from "../../../spec/dcgka/key-agreement.ts"
import { maximumPayload } from "../../../spec/dcgka/two-party-messaging.ts"
import { groupIdOf } from "../../conventions.ts"
import { node } from "../../crypto/providers/node.ts"
import { type Actor, acquainted, actor, memberId, operate, runStep } from "../../simulation/network.ts"
import { append, emptyHistory, knows, members, viewOf } from "../group-membership.ts"
import type { Joined } from "../key-agreement/state.ts"
import { takeWelcome, welcomeOf } from "../key-agreement/welcome.ts"
import * as KeyAgreement from "../key-agreement.ts"

const origin = { signingKey: new Uint8Array(32).fill(3), nonce: new Uint8Array(16).fill(4) }

/** One attempt: the member at `who` acknowledges the change at `what` (kinds 0 to 2), or adds somebody new, or removes the member at `what`. */
const attempt = fc.record({ who: fc.nat(), what: fc.nat(), kind: fc.nat(4) })
type Attempt = typeof attempt extends fc.Arbitrary<infer A> ? A : never

const { state: unjoined }: Actor = actor("reader", 0).actor

/** A group as one sees it who has seen everything: its history, users, and the numbers of the last messages. */
class Seen {
  history = emptyHistory
  readonly users: Record<string, string> = {}
  readonly group: string

  constructor(initial: number) {
    const users = Array.from({ length: initial }, (_, index) => `user-${index}`)
    this.group = Effect.runSync(Effect.provide(groupIdOf(origin.signingKey, users, origin.nonce), node))
    for (const user of users) this.users[memberId(this.group, user, null, 0)] = user
    const all = Object.keys(this.users)
    this.history = Effect.runSync(append(emptyHistory, { type: "create", sender: all[0]!, seq: 1, members: all.toSorted() }))
  }

  next(sender: string): number {
    return (this.history.senders[sender]?.last ?? 0) + 1
  }

  /** Records an operation, unless its sender is no member as of it. */
  try(operation: Operation): boolean {
    const after = Effect.runSync(append(this.history, operation))
    if (!viewOf(after, operation.sender).includes(operation.sender)) return false
    this.history = after
    return true
  }

  add(sender: string, user: string): string | undefined {
    const seq = this.next(sender)
    const member = memberId(this.group, user, sender, seq)
    if (!this.try({ type: "add", sender, seq, member })) return undefined
    this.users[member] = user
    return member
  }

  acknowledge(sender: string, at: number) {
    const { change } = this.history.entries[at]!
    const known = this.history.senders[sender]?.knowledge
    const isNew = change.sender !== sender && (known === undefined || !knows(known, at))
    if (isNew) this.try({ type: "ack", sender, seq: this.next(sender), ofSender: change.sender, ofSeq: change.seq })
  }

  attempt({ who, what, kind }: Attempt) {
    const all = Object.keys(this.users)
    const sender = all[who % all.length]!
    if (kind < 3) return this.acknowledge(sender, what % this.history.entries.length)
    if (this.history.senders[sender] === undefined) return
    const view = viewOf(this.history, sender).filter((member) => member !== sender)
    if (kind === 3) this.add(sender, `guest-${all.length}`)
    else if (view.length > 0) this.try({ type: "remove", sender, seq: this.next(sender), member: view[what % view.length]! })
  }

  /** The state of a member that acknowledges everything and then adds the reader, with the reader; undefined when it is no member then. */
  addReader(who: number): { readonly adder: Joined; readonly reader: string } | undefined {
    const view = members(this.history)
    const me = view[who % view.length]
    if (me === undefined) return undefined
    for (const at of this.history.entries.keys()) this.acknowledge(me, at)
    const reader = this.add(me, "reader")
    if (reader === undefined || this.history.entries.at(-1)!.unknown.length > 0) return undefined
    const seen = Object.fromEntries(Object.entries(this.history.senders).map(([member, { last }]) => [member, last]))
    return { adder: { ...unjoined, group: this.group, origin, me, users: this.users, history: this.history, seen }, reader }
  }
}

const made = (initial: number, attempts: ReadonlyArray<Attempt>, who: number) => {
  const seen = new Seen(initial)
  for (const one of attempts) seen.attempt(one)
  return seen.addReader(who)
}

const taken = ({ adder, reader }: NonNullable<ReturnType<typeof made>>, welcome: Welcome) => {
  const decoded = Result.getOrThrow(decodeWire(Welcome, encodeWire(Welcome, welcome)))
  const step = takeWelcome(
    { ...unjoined, group: adder.group, me: reader, users: {} },
    decoded,
    { sender: adder.me, seq: adder.seen[adder.me]! },
    adder.users[adder.me]!,
  )
  return Effect.runSync(Effect.result(Effect.provide(step, node)))
}

const scenario = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.array(attempt, { minLength: 10, maxLength: 120, size: "max" }), fc.nat())

describe("the welcome of an honest adder", () => {
  it("is taken, and its reader keeps what the adder kept", () => {
    const counts = { all: 0, concurrent: 0, behind: 0, gaps: 0 }
    fc.assert(
      fc.property(scenario, (drawn) => {
        const group = made(...drawn)
        if (group === undefined) return
        const welcome = welcomeOf(group.adder, new Uint8Array())
        const joined = Result.getOrThrow(taken(group, welcome))
        expect(joined.history).toEqual(group.adder.history)
        expect(joined.users).toEqual(group.adder.users)
        expect(joined.seen).toEqual(group.adder.seen)
        counts.all++
        if (welcome.changes.some(({ unknown }) => unknown.length > 0)) counts.concurrent++
        if (Object.keys(welcome.known).length > 0) counts.behind++
        if (Object.values(welcome.known).some(({ unknown }) => unknown.length > 0)) counts.gaps++
      }),
      { seed: 31, numRuns: 500 },
    )
    expect(Math.min(counts.all, counts.concurrent, counts.behind, counts.gaps), JSON.stringify(counts)).toBeGreaterThan(100)
  })
})

describe("a welcome with something else unknown", () => {
  it("is taken if and only if whatever is before what somebody knows is known to it, its own changes among that, and nothing else as of a last message that is a change", () => {
    const tally = { taken: 0, refused: 0 }
    const edit = fc.tuple(fc.nat(), fc.array(fc.nat(), { maxLength: 4 }))
    fc.assert(
      fc.property(scenario, edit, (drawn, [where, picks]) => {
        const group = made(...drawn)
        if (group === undefined) return
        const welcome = welcomeOf(group.adder, new Uint8Array())
        const at = 1 + (where % (welcome.changes.length - 1))
        const unknown = [...new Set(picks.map((pick) => pick % at))].filter((position) => position > 0).sort((a, b) => a - b)
        const changes = welcome.changes.map((entry, position) => (position === at ? { ...entry, unknown } : entry))
        const isKnown = (earlier: number, later: number) =>
          earlier === later || (earlier < later && !changes[later]!.unknown.includes(earlier))
        const positions = [...changes.keys()]
        const isClosed = (of: (position: number) => boolean) =>
          positions.every((later) => !of(later) || positions.every((earlier) => !isKnown(earlier, later) || of(earlier)))
        const ownOf = (sender: string) => positions.filter((position) => changes[position]!.change.sender === sender)
        const isSound = (later: number) =>
          isClosed((position) => isKnown(position, later)) &&
          ownOf(changes[later]!.change.sender).every((own) => own > later || isKnown(own, later))
        const isSoundOf = (member: string) => {
          const knowledge = welcome.known[member]!
          return isClosed((position) => knows(knowledge, position))
        }
        // Of whose last message is a change it is known what it knew then: what is before that change.
        const isAsOfLast = (member: string) => {
          const own = ownOf(member).at(-1)
          if (own === undefined || own === changes.length - 1 || changes[own]!.change.seq !== welcome.seen[member]) return true
          const knowledge = welcome.known[member] ?? { length: changes.length - 1, unknown: [] }
          return positions.every((position) => knows(knowledge, position) === isKnown(position, own))
        }
        const isRight =
          positions.every(isSound) &&
          Object.keys(welcome.known).every(isSoundOf) &&
          Object.keys(welcome.seen).every(isAsOfLast) &&
          changes.at(-1)!.unknown.length === 0
        const entries = group.adder.history.entries.map((entry, position) => ({ ...entry, unknown: changes[position]!.unknown }))
        // With something else unknown the reader may be no member.
        const isWhole = isRight && members({ entries, senders: {} }).includes(group.reader)
        expect(Result.isSuccess(taken(group, { ...welcome, changes }))).toBe(isWhole)
        tally[isWhole ? "taken" : "refused"]++
      }),
      { seed: 32, numRuns: 800 },
    )
    expect(Math.min(tally.taken, tally.refused), JSON.stringify(tally)).toBeGreaterThan(50)
  })
})

describe("an add", () => {
  it("is refused when the welcome does not fit into a message", () => {
    const [alice] = acquainted(["alice", "bob"]) as [Actor, Actor]
    operate(alice, (state) => KeyAgreement.create(state, []))
    const attached = (length: number) => runStep(alice.seed, KeyAgreement.add(alice.state, "bob", new Uint8Array(length)))
    const rest = encodeWire(Welcome, welcomeOf(Result.getOrThrow(attached(0)).state, new Uint8Array(0x10000))).length - 0x10000
    expect(Result.isSuccess(attached(maximumPayload - rest))).toBe(true)
    for (const length of [maximumPayload - rest + 1, maximumPayload, 2 * maximumPayload])
      expect(attached(length)).toMatchObject({ failure: { _tag: "Refused", clause: "channel.payload-length" } })
  })
})
