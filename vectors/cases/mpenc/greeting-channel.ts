/**
 * A group channel for cases: it gives every packet to every member, its sender included, in the order in which they were sent.
 *
 * @module
 */
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { session } from "../../../reference/methods.ts"
import type { InJson } from "../../../spec/conventions/methods.ts"
import type { Identities, Membership, Shares } from "../../../spec/mpenc/greeting.ts"
import type { Metadata } from "../../../spec/mpenc/records.ts"
import type { Author } from "../author.ts"
import { everybody, filled } from "../people.ts"
import type { JsonGreeting } from "./packets.ts"
import { publicKeyOf, secretOf } from "./people.ts"

export type JsonMembership = InJson<Membership>

/** What a member draws for its operation with this number. */
export const sharesOf = (member: string, operation = 1): InJson<Shares> => ({
  contribution: secretOf(member, `contribution ${operation}`),
  nonce: secretOf(member, `nonce ${operation}`),
  ephemeralSecretKey: secretOf(member, `ephemeral ${operation}`),
})

/** What the first packet of the operation with this number says of the session before. */
export const metadataOf = (operation = 1): InJson<Metadata> => ({
  previousFinal: filled(operation, 32),
  chainHash: filled(0x40 + operation, 32),
  latestMessages: operation === 1 ? [] : [filled(0x80 + operation, 20)],
})

/** A member's identity key, and everybody's. */
const identitiesOf = (member: string): InJson<Identities> => ({
  secretKey: secretOf(member, "identity"),
  known: everybody.map((one) => ({ member: one, publicKey: publicKeyOf(secretOf(one, "identity")) })),
})

/** Memberships by their members. */
export type Memberships = ReadonlyMap<string, JsonMembership>

/** The methods that members of a case call: the author's, or those of a session of which nothing is recorded. */
export type Calls = Pick<Author, "accepts">

/** Calls that no case records. */
export const unrecorded = (): Calls => {
  const { call } = session(nodePrimitives)
  return {
    accepts: (method, params) => {
      const verdict = call(method, params)
      if (verdict.verdict !== "accepted") throw new Error(`${method}: ${JSON.stringify(verdict)}`)
      return verdict.output as never
    },
  }
}

/** Calls of which a case records those on the handle of one member; the others happen beside it, and all of them when there is no author. */
export const recordedFor = (author: Author | null, member: string): Calls => {
  const beside = unrecorded()
  return { accepts: (method, params) => ((params as { on?: string }).on === member ? (author ?? beside) : beside).accepts(method, params) }
}

/** The greeting in a text. */
export const greetingIn = (text: string): JsonGreeting => {
  const { packet } = unrecorded().accepts("mpenc-records.decode", { text })
  return packet as JsonGreeting
}

/** The text of a greeting, signed with an ephemeral secret key. */
const signed = (packet: JsonGreeting, ephemeralSecretKey: string): string =>
  unrecorded().accepts("greeting.sign", { packet, ephemeralSecretKey }).text

/** A text with something changed in its greeting, signed again with an ephemeral secret key. */
export const altered = (text: string, ephemeralSecretKey: string, change: (packet: JsonGreeting) => Partial<JsonGreeting>): string => {
  const packet = greetingIn(text)
  return signed({ ...packet, ...change(packet) }, ephemeralSecretKey)
}

/** The parameters of the call that makes the handle of a member. */
export const appearing = (me: string, membership: JsonMembership | null, repeatLists = false) => ({
  on: me,
  me,
  identities: identitiesOf(me),
  repeatLists,
  membership,
})

/** A text that a member has sent. */
export interface Sent {
  readonly sender: string
  readonly text: string
}

/** The channel. `operation` is the number of the operation that runs, which every draw has. */
export class GreetingChannel {
  readonly members: ReadonlyArray<string>
  readonly calls: Calls
  operation = 0
  readonly finished = new Set<string>()
  readonly excluded = new Set<string>()
  readonly log: Array<Sent> = []
  /** Those who take part in the operation: who receives its packets. */
  participants: ReadonlyArray<string> = []
  #current: ReadonlyArray<string>
  #waiting: Array<Sent> = []

  /** Makes the handles of the members. Those who repeat the lists in their confirms are in `repeating`. */
  constructor(calls: Calls, members: ReadonlyArray<string>, memberships: Memberships = new Map(), repeating: ReadonlyArray<string> = []) {
    this.members = members
    this.calls = calls
    this.#current = [...memberships.keys()]
    for (const me of members) calls.accepts("greeting.appear", appearing(me, memberships.get(me) ?? null, repeating.includes(me)))
  }

  /** Proposes an operation. Its first packet waits to be delivered. */
  propose(sender: string, change: { include?: ReadonlyArray<string>; exclude?: ReadonlyArray<string> }): Sent {
    this.operation++
    this.finished.clear()
    this.excluded.clear()
    const { include = [], exclude = [] } = change
    this.participants = this.members.filter((member) => [sender, ...this.#current, ...include].includes(member))
    const metadata = metadataOf(this.operation)
    const shares = sharesOf(sender, this.operation)
    const { text } = this.calls.accepts("greeting.propose", { on: sender, include, exclude, metadata, shares })
    const sent = { sender, text }
    this.#waiting.push(sent)
    return sent
  }

  /** The text that waits longest, and the parameters by which a member receives it. */
  receiving(me: string, { sender, text }: Sent) {
    return { on: me, sender, text, shares: sharesOf(me, this.operation) }
  }

  /** Delivers the text that waits longest to these members, all who take part if not said otherwise, and has their answers wait. */
  deliver(to: ReadonlyArray<string> = this.participants): Sent {
    const sent = this.#waiting.shift()
    if (sent === undefined) throw new Error("nothing waits")
    this.log.push(sent)
    for (const me of to) {
      if (this.finished.has(me) || this.excluded.has(me)) continue
      const { text, finished, excluded } = this.calls.accepts("greeting.receive", this.receiving(me, sent))
      if (finished) this.finished.add(me)
      if (excluded) this.excluded.add(me)
      if (text !== null) this.#waiting.push({ sender: me, text })
    }
    if (this.finished.size > 0) this.#current = [...this.finished]
    return sent
  }

  /** The text that waits longest. */
  next(): Sent {
    return this.#waiting[0]!
  }

  /** Delivers until nothing waits. */
  run(): this {
    while (this.#waiting.length > 0) this.deliver()
    return this
  }

  /** The memberships that the members have now. */
  memberships(): Memberships {
    const all = this.members.map((on) => [on, this.calls.accepts("greeting.membership", { on }).membership] as const)
    return new Map(all.filter((pair): pair is readonly [string, JsonMembership] => pair[1] !== null))
  }
}

const started = new Map<string, Memberships>()

/** The memberships after a start by the first of these members. */
export const startedBy = (members: ReadonlyArray<string>): Memberships => {
  const key = members.join()
  const known = started.get(key)
  if (known !== undefined) return known
  const channel = new GreetingChannel(unrecorded(), members)
  channel.propose(members[0]!, { include: members.slice(1) })
  const memberships = channel.run().memberships()
  started.set(key, memberships)
  return memberships
}
