/** Members who go through operations in a channel that gives every packet to all of them, and may change it on the way. */
import { Effect, Result } from "effect"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { Greeting, type Identities, type Membership, type Shares } from "../../../spec/mpenc/greeting.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { seeded } from "../../crypto/test/seeded.ts"
import * as Greetings from "../greeting.ts"

export const run = <A, E>(effect: Effect.Effect<A, E, Crypto>) =>
  Effect.runSync(Effect.result(Effect.provideService(effect, Crypto, nodePrimitives)))

export const accepted = <A, E>(effect: Effect.Effect<A, E, Crypto>): A => Result.getOrThrow(run(effect))

const secretOf = (name: string, what: string) => seeded(`${name} ${what}`).bytes(32)

/** What a member draws for the operation with this number. */
export const sharesOf = (name: string, operation: number): Shares => ({
  contribution: secretOf(name, `contribution ${operation}`),
  nonce: secretOf(name, `nonce ${operation}`),
  ephemeralSecretKey: secretOf(name, `ephemeral ${operation}`),
})

const everybody = ["alice", "bob", "carol", "dave", "erin"]

const identitiesOf = (name: string): Identities => ({
  secretKey: secretOf(name, "identity"),
  known: everybody.map((member) => ({ member, publicKey: nodePrimitives.ed25519PublicKey(secretOf(member, "identity")) })),
})

const metadata = { previousFinal: "70".repeat(32), chainHash: "71".repeat(32), latestMessages: [] }

export interface Sent {
  readonly sender: string
  readonly text: string
}

/** What is delivered to a member in the place of a packet: other texts, or none. */
export type Attack = (sent: Sent, receiver: string) => ReadonlyArray<Sent>

const parameters: Greetings.GreetingParameters = { repeatLists: 0, version: 1 }

const honest: Attack = (sent) => [sent]

const copied = (greeting: Greeting): Greeting => Result.getOrThrow(decodeWire(Greeting, encodeWire(Greeting, greeting)))

export class People {
  readonly memberships = new Map<string, Membership>()
  readonly running = new Map<string, Greeting>()
  readonly refusals: Array<{ readonly by: string; readonly clause: string }> = []
  /** The packets of the operation that were delivered. */
  readonly log: Array<Sent> = []
  readonly excluded: Array<string> = []
  operation = 0
  /** The packets that wait to be delivered, first the one that was sent first. */
  waiting: Array<Sent> = []

  propose(me: string, include: ReadonlyArray<string>, exclude: ReadonlyArray<string> = []) {
    this.operation++
    const previous = this.memberships.get(me) ?? null
    const proposal = { shares: sharesOf(me, this.operation), metadata }
    const { greeting, text } = accepted(Greetings.propose(me, previous, parameters, identitiesOf(me), { include, exclude }, proposal))
    const others = [...(previous?.agreement.members ?? []), ...include].filter((name) => name !== me)
    this.running.clear()
    this.log.length = 0
    for (const name of others) this.running.set(name, Greetings.begin(name, this.memberships.get(name) ?? null, parameters))
    this.running.set(me, greeting)
    this.waiting = [{ sender: me, text }]
  }

  /** One member receives a packet. */
  receive(me: string, { sender, text }: Sent) {
    const greeting = this.running.get(me)
    if (greeting === undefined) return
    const result = run(Greetings.receive(copied(greeting), identitiesOf(me), sender, text, sharesOf(me, this.operation)))
    if (Result.isFailure(result)) {
      this.refusals.push({ by: me, clause: "clause" in result.failure ? result.failure.clause : result.failure._tag })
      return
    }
    const { membership, excluded } = result.success
    this.running.set(me, result.success.greeting)
    if (result.success.text !== null) this.waiting.push({ sender: me, text: result.success.text })
    if (membership !== null) this.memberships.set(me, membership)
    if (excluded) this.excluded.push(me)
    if (membership !== null || excluded) this.running.delete(me)
  }

  /** Delivers the packet at this place of those that wait. */
  deliver(index = 0, attack: Attack = honest) {
    const [sent] = this.waiting.splice(index, 1)
    if (sent === undefined) return
    this.log.push(sent)
    for (const me of [...this.running.keys()]) {
      for (const one of attack(sent, me)) this.receive(me, one)
    }
  }

  run(attack: Attack = honest): this {
    while (this.waiting.length > 0) this.deliver(0, attack)
    return this
  }
}
