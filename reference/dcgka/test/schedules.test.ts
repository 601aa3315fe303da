/**
 * Random schedules: whatever the order of delivery, all members take the same update secret from a message, and nobody else takes any; a new member knows of the group what its adder knew.
 */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { type Actor, acquainted, controlOf, deliver, memberId, operate, type Sent, withPrimitives } from "../../simulation/network.ts"
import { toyPrimitives } from "../../simulation/toy-primitives.ts"
import { viewOf } from "../group-membership.ts"
import * as KeyAgreement from "../key-agreement.ts"

const users = ["alice", "bob", "carol", "dave", "erin", "frank"]

/** A run: actors, everything sent, and who took which secret from what. */
class Run {
  readonly actors: ReadonlyArray<Actor>
  readonly sent: Array<Sent> = []
  readonly delivered = new Set<string>()
  readonly secrets = new Map<string, string>()

  constructor(initial: number) {
    this.actors = acquainted(users, 3)
    const others = users.slice(1, initial)
    this.sent.push(operate(this.actors[0]!, (state) => KeyAgreement.create(state, others)))
  }

  idOf(one: Actor, sent: Sent): string | null {
    if (one.state.me !== null) return one.state.me
    const control = controlOf(sent.outgoing)
    if (control.type === "add" && control.user === one.user) return memberId(control.group, one.user, control.sender, control.seq)
    return control.type === "create" ? memberId(control.group, one.user, null, 0) : null
  }

  /** Tries one delivery; returns whether it was accepted. */
  tryDeliver(one: Actor, sent: Sent): boolean {
    const key = `${one.user} ${sent.sender} ${sent.seq}`
    const isOutside = one.state.me === null
    if (this.delivered.has(key) || one.state.removed === 1 || one.state.me === sent.sender) return false
    const result = deliver(one, sent, this.idOf(one, sent))
    if (Result.isFailure(result)) {
      const tag = result.failure._tag
      const isLegitimate = tag === "Waiting" || tag === "Ignored"
      if (!isLegitimate)
        throw new Error(`${one.user} refuses ${JSON.stringify(controlOf(sent.outgoing))}: ${JSON.stringify(result.failure)}`)
      return false
    }
    this.delivered.add(key)
    const { processed, response, rekey } = result.success
    for (const answer of [response, rekey]) if (answer !== undefined) this.sent.push(answer)
    this.check(one, sent, processed)
    if (isOutside && controlOf(sent.outgoing).type === "add") this.checkWelcomed(processed.state, `${sent.sender} ${sent.seq}`)
    return true
  }

  check(one: Actor, sent: Sent, processed: KeyAgreement.Processed) {
    const control = controlOf(sent.outgoing)
    if (processed.state.removed === 1) return expect(processed.senderSecret).toBeUndefined()
    const view = viewOf(processed.state.history, sent.sender)
    const should = view.includes(processed.state.me!) && sent.secret !== undefined
    expect(processed.senderSecret !== undefined, `${one.user} takes a secret from ${control.type} ${sent.sender} ${sent.seq}`).toBe(should)
    if (processed.senderSecret !== undefined) expect(Hex.encode(processed.senderSecret)).toBe(Hex.encode(sent.secret!))
  }

  /** What the new member knows is what its adder knew when it had added it, and the addition. */
  checkWelcomed(state: KeyAgreement.State, addition: string) {
    const adder = this.adders.get(addition)!
    const { [state.me!]: own, ...senders } = state.history.senders
    const withCounts = Object.entries(adder.history.senders).map(([member, { knowledge }]) => [
      member,
      { last: adder.seen[member], knowledge },
    ])
    expect(state.history.entries).toEqual(adder.history.entries)
    expect(senders).toEqual(Object.fromEntries(withCounts))
    expect(own).toEqual({ last: 1, knowledge: { length: adder.history.entries.length, unknown: [] } })
    expect(state.users).toEqual(adder.users)
    expect(decodeWire(KeyAgreement.State, encodeWire(KeyAgreement.State, state))).toEqual(Result.succeed(state))
    this.welcomes++
  }
  readonly adders = new Map<string, KeyAgreement.State>()
  welcomes = 0

  act(one: Actor, choice: number) {
    const { state } = one
    if (state.me === null || state.removed === 1) return
    const view = KeyAgreement.ourView(state)
    const present = view.map((member) => state.users[member])
    // Every user is added once only: additions again are the business of unique additions above this layer.
    const outsiders = users.filter((user) => !present.includes(user) && this.actors.some((a) => a.user === user && a.state.me === null))
    const others = view.filter((member) => member !== state.me)
    const kind = choice % 3
    if (kind === 0) this.sent.push(operate(one, (before) => KeyAgreement.update(before)))
    if (kind === 1 && outsiders.length > 0) {
      const user = outsiders[choice % outsiders.length]!
      if (this.invited.has(user)) return
      this.invited.add(user)
      const sent = operate(one, (before) => KeyAgreement.add(before, user))
      this.sent.push(sent)
      this.adders.set(`${sent.sender} ${sent.seq}`, one.state)
    }
    if (kind === 2 && others.length > 0) {
      const member = others[choice % others.length]!
      this.sent.push(operate(one, (before) => KeyAgreement.remove(before, member)))
    }
  }
  readonly invited = new Set<string>()

  settle() {
    for (let again = true; again; ) {
      again = false
      for (const sent of [...this.sent]) for (const one of this.actors) if (this.tryDeliver(one, sent)) again = true
    }
  }

  checkAgreement() {
    const remaining = this.actors.filter((one) => one.state.me !== null && one.state.removed === 0)
    const views = remaining.map((one) => KeyAgreement.ourView(one.state).join())
    expect(new Set(views).size).toBeLessThanOrEqual(1)
    for (const one of remaining) {
      for (const member of KeyAgreement.ourView(one.state)) {
        const owner = remaining.find(({ state }) => state.me === member)
        const [theirs, own] = [one.state.ratchets[member], owner?.state.ratchets[member]]
        expect(theirs && Hex.encode(theirs), `${one.user} has the ratchet of ${owner?.user}`).toBe(own && Hex.encode(own))
        expect(own).toBeDefined()
      }
    }
  }
}

/** Plays a schedule to its end; gives how many were welcomed. */
const play = (initial: number, events: ReadonlyArray<{ readonly act: boolean; readonly who: number; readonly what: number }>): number => {
  const run = new Run(initial)
  if (events.length % 2 === 0) run.settle()
  for (const { act, who, what } of events) {
    const one = run.actors[who]!
    if (act && what < 50) run.act(one, what)
    else run.tryDeliver(one, run.sent[what % run.sent.length]!)
  }
  run.settle()
  run.checkAgreement()
  return run.welcomes
}

describe("random schedules", () => {
  it.for([
    ["node", nodePrimitives, 20, 2],
    ["toy", toyPrimitives, 200, 50],
  ] as const)(
    "with %s primitives: every member takes the sender's secret, nobody else does, and all agree at the end",
    ([, primitives, numRuns, least]) => {
      const schedule = fc.array(fc.record({ act: fc.boolean(), who: fc.nat(5), what: fc.nat(100) }), { minLength: 5, maxLength: 50 })
      let welcomes = 0
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 4 }), schedule, (initial, events) => {
          welcomes += withPrimitives(primitives, () => play(initial, events))
        }),
        { seed: 20, numRuns },
      )
      expect(welcomes).toBeGreaterThan(least)
    },
  )
})
