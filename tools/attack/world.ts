/**
 * A group of messengers, honest ones and accounts of an attacker, and the network between them. A world is cheap to fork: what it holds does not change, it is replaced.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { viewOf } from "../../reference/dcgka/group-membership.ts"
import { noGroup, voiceOf } from "../../reference/dcgka/group-messaging/state.ts"
import * as Messaging from "../../reference/dcgka/group-messaging.ts"
import * as KeyBundles from "../../reference/dcgka/key-bundles.ts"
import type { Step } from "../../reference/simulation/network.ts"
import { seedOf } from "../../reference/simulation/network.ts"
import { decodeWire, encodeWire } from "../../spec/conventions/encoding.ts"
import type { Missing } from "../../spec/conventions/verdicts.ts"
import { type Event, Packet } from "../../spec/dcgka/group-messaging.ts"
import { type Cost, type Hands, must, type Ran, run } from "./running.ts"

export type Messenger = Messaging.Messenger

/** What a step of a messenger gives. */
export type Done = Effect.Success<ReturnType<typeof Messaging.receive>>

/** A packet on the network. */
export interface Sent {
  readonly id: number
  /** Who put it there: not always whom it names. */
  readonly by: string
  /** Whether an honest messenger made it. */
  readonly honest: boolean
  readonly bytes: Uint8Array
  /** What it is, for people. */
  readonly is: string
  /** The messages in it: their sender, the first number and the last. None in an application message. */
  readonly brings: { readonly sender: string; readonly first: number; readonly last: number } | undefined
  /** The users whom it invites. */
  readonly invites: ReadonlyArray<string>
}

/** What a messenger said of a packet: "accepted", "ignored", "malformed", the clause of a refusal, or "threw". */
export interface Verdict {
  readonly packet: Sent
  readonly says: string
  readonly cost: Cost
  /** Whether it was in the group before. */
  readonly present: boolean
}

/** One account. */
export interface Person {
  readonly user: string
  readonly honest: boolean
  readonly seed: Uint8Array
  readonly messenger: Messenger
  readonly inbox: ReadonlyArray<Sent>
  readonly events: ReadonlyArray<Event>
  readonly verdicts: ReadonlyArray<Verdict>
  /** What it said at any time that it misses. */
  readonly missing: ReadonlyArray<Missing>
  /** Whether what comes for it is kept back. */
  readonly cutOff: boolean
  /** Whether it has had a seed of an honest member for whom, as it sees it, no account of the attacker was a member; and has none in its view since. */
  readonly safe: boolean
}

/** Something that an honest user said, and who of the honest was there to read it. */
export interface Said {
  readonly by: string
  readonly text: string
  readonly readers: ReadonlyArray<string>
}

/** What went through whose hands, newest first. */
export interface Evidence {
  readonly by: string
  readonly hands: Hands
  /** The messenger after the step: it knows the users of members. */
  readonly users: Readonly<Record<string, string>>
  readonly before: Evidence | undefined
}

const rememberedAtMost = 40_000
let memory = new WeakMap<Messenger, Map<unknown, Ran<Done>>>()
let count = 0

/** What a messenger did at the same step before, if that is remembered: many scenarios have much in common. */
const remembered = (messenger: Messenger, key: unknown, make: () => Ran<Done>): Ran<Done> => {
  const of = memory.get(messenger) ?? new Map<unknown, Ran<Done>>()
  const known = of.get(key)
  if (known !== undefined) return known
  const made = make()
  if (++count > rememberedAtMost) {
    memory = new WeakMap()
    count = 0
  }
  memory.set(messenger, of.set(key, made))
  return made
}

/** What a user is told when it speaks as another member. */
const tellsOfVoice: ReadonlySet<Event["type"]> = new Set(["member-changed", "joined"])

/** A step that threw. */
export class Threw extends Error {}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

const describe = (bytes: Uint8Array): Pick<Sent, "is" | "brings" | "invites"> => {
  const packet = decodeWire(Packet, bytes)
  if (Result.isFailure(packet)) return { is: `${bytes.length} bytes`, brings: undefined, invites: [] }
  if (packet.success.type === "application-message")
    return { is: `application ${packet.success.seq}/${packet.success.index}`, brings: undefined, invites: [] }
  const controls = packet.success.items.map(({ control }) => control)
  const { sender, seq: first } = controls[0]!
  const invites = controls.flatMap((one) => (one.type === "create" ? one.users.slice(1) : one.type === "add" ? [one.user] : []))
  return { invites, is: controls.map(({ type, seq }) => `${type} ${seq}`).join("+"), brings: { sender, first, last: controls.at(-1)!.seq } }
}

/** The users of the members that a messenger knows in its groups. */
const usersIn = ({ groups }: Messenger): Readonly<Record<string, string>> =>
  Object.assign({}, ...Object.values(groups).flatMap(({ memberships }) => memberships.map(({ broadcast }) => broadcast.agreement.users)))

const newPerson = (user: string, honest: boolean): Person => {
  const seed = seedOf(user)
  const keys = must(
    seed,
    Effect.flatMap(KeyBundles.generate(user), (generated) => KeyBundles.rotate(generated, 2_000_000_000)),
  )
  const messenger = Messaging.messenger(keys, { delay: 0, heal: 0 })
  return { user, honest, seed, messenger, inbox: [], events: [], verdicts: [], missing: [], cutOff: false, safe: false }
}

/** Whether a person is given what comes for it. It makes no difference to one who has not been invited, so that costs nothing. */
const isReached = ({ user, cutOff, inbox, messenger }: Person, group: string): boolean => {
  if (cutOff || inbox.length === 0) return false
  return Object.hasOwn(messenger.groups, group) || inbox.some(({ invites }) => invites.includes(user))
}

/** The world. Its fields are replaced, never changed. */
export class World {
  people: Readonly<Record<string, Person>>
  group = ""
  said: ReadonlyArray<Said> = []
  sent: ReadonlyArray<Sent> = []
  evidence: Evidence | undefined
  /** Of users whose bundles not everybody gets: who does. */
  fetchable: Readonly<Record<string, ReadonlyArray<string>>> = {}
  /** The messengers of accounts of the attacker, as they were before they were removed. */
  formers: Readonly<Record<string, Messenger>> = {}
  /** What is being given to whom. */
  giving: { readonly to: string; readonly sender: string | undefined } | undefined
  /** Whether the lie that is being told overtakes what is on its way. */
  racing = false
  /** The packets by which different people were told different things under one number, side by side. */
  faces: ReadonlyArray<{ readonly packets: ReadonlyArray<ReadonlyArray<number>>; readonly present: ReadonlyArray<string> }> = []
  /** The packets with different messages under one number that went to everybody, by two. */
  twins: ReadonlyArray<readonly [number, number]> = []
  /** What an attacker keeps from lie to lie. */
  notebook: Readonly<Record<string, unknown>> = {}
  /** Honest people who came to speak as another member, and were not told. */
  changed: ReadonlyArray<string> = []

  constructor(users: ReadonlyArray<string>, dishonest: ReadonlyArray<string>) {
    this.people = Object.fromEntries(users.map((user) => [user, newPerson(user, !dishonest.includes(user))]))
  }

  /** A world that goes on by itself. */
  fork(): World {
    return Object.assign(Object.create(World.prototype) as World, this)
  }

  /** The account of a user. */
  person(user: string): Person {
    return this.people[user]!
  }

  /** All honest people. */
  get honest(): ReadonlyArray<Person> {
    return Object.values(this.people).filter(({ honest }) => honest)
  }

  /** Replaces what is said of a person. */
  change(user: string, changes: Partial<Person>): void {
    this.people = { ...this.people, [user]: { ...this.person(user), ...changes } }
  }

  /** A user who is not there yet, and never is reached. */
  enter(user: string, honest: boolean): void {
    if (!Object.hasOwn(this.people, user)) this.people = { ...this.people, [user]: { ...newPerson(user, honest), cutOff: true } }
  }

  /** One takes in key bundles of another, if it can get them. */
  meet(one: string, other: string, count: number): boolean {
    const only = this.fetchable[other]
    if (!Object.hasOwn(this.people, other) || (only !== undefined && !only.includes(one))) return false
    for (let index = 0; index < count; index++) {
      const owner = this.person(other)
      const { messenger, bundle } = must(owner.seed, Messaging.publish(owner.messenger))
      this.change(other, { messenger })
      const { seed, messenger: learner } = this.person(one)
      this.change(one, { messenger: must(seed, Messaging.learn(learner, bundle, 1_000_000_000)) })
    }
    return true
  }

  /** Keeps what went through the hands of a step. */
  witness(by: string, hands: Hands): void {
    this.evidence = { by, hands, users: usersIn(this.person(by).messenger), before: this.evidence }
  }

  /** Puts packets on the network, for all or some, behind or before what is there. */
  send(
    by: string,
    packets: ReadonlyArray<Uint8Array>,
    { to, first = false }: { to?: ReadonlyArray<string>; first?: boolean } = {},
  ): ReadonlyArray<Sent> {
    const { honest } = this.person(by)
    const made = packets.map((bytes, index): Sent => ({ id: this.sent.length + index, by, honest, bytes, ...describe(bytes) }))
    this.sent = [...this.sent, ...made]
    for (const { user, inbox } of Object.values(this.people)) {
      if (user === by || (to !== undefined && !to.includes(user))) continue
      this.change(user, { inbox: first ? [...made, ...inbox] : [...inbox, ...made] })
    }
    return made
  }

  /** A step of a messenger on its group; bundles that it waits for are fetched, and it is done again. Steps with the same key, of the same messenger, are the same. */
  step(user: string, key: unknown, make: (messenger: Messenger) => Step<Done>): Ran<Done> {
    const person = this.person(user)
    const ran = remembered(person.messenger, key, () => run(person.seed, make(person.messenger)))
    if (ran.threw !== undefined) throw new Threw(`${user} throws: ${ran.threw}`)
    const result = ran.result!
    if (Result.isSuccess(result)) {
      const { messenger, packets, events, missing } = result.success
      this.change(user, { messenger, events: [...person.events, ...events], missing: [...person.missing, ...missing] })
      const [voice, next] = [person.messenger, messenger].map(({ groups }) => voiceOf(groups[this.group] ?? noGroup))
      const isTold = voice === undefined || next === undefined || voice === next || events.some(({ type }) => tellsOfVoice.has(type))
      if (person.honest && !isTold) this.changed = [...this.changed, user]
      if (person.honest) this.change(user, { safe: isSafe(this, this.person(user), ran.hands) })
      const isLeaving = !person.honest && alive(person, this.group).length > 0 && alive({ messenger }, this.group).length === 0
      if (isLeaving) this.formers = { ...this.formers, [user]: person.messenger }
      this.witness(user, ran.hands)
      this.send(user, packets)
    }
    const missing = Result.isSuccess(result) ? result.success.missing : result.failure._tag === "Waiting" ? result.failure.missing : []
    const wanted = missing.flatMap((one) => ("bundle" in one ? [one.bundle] : []))
    const fetched = wanted.filter((one) => this.meet(user, one, 1))
    if (fetched.length === 0) return ran
    const again = Result.isSuccess(result) ? (messenger: Messenger) => Messaging.retry(messenger, this.group) : make
    return { ...this.step(user, Result.isSuccess(result) ? "retry" : key, again), cost: ran.cost }
  }

  /** A step of a messenger that has to be accepted; false when it is not. */
  act(user: string, key: string, make: (messenger: Messenger) => Step<Done>): boolean {
    const { result } = this.step(user, key, make)
    return result !== undefined && Result.isSuccess(result)
  }

  /** Gives a packet to a person. */
  give(user: string, packet: Sent): Verdict {
    const present = alive(this.person(user), this.group).length > 0
    this.giving = { to: user, sender: packet.brings?.sender }
    const { result, cost } = this.step(user, packet.bytes, (messenger) => Messaging.receive(messenger, packet.bytes))
    this.giving = undefined
    const failure = result !== undefined && Result.isFailure(result) ? result.failure : undefined
    const says =
      failure === undefined
        ? "accepted"
        : failure._tag === "Refused" || failure._tag === "Malformed"
          ? failure.clause
          : failure._tag.toLowerCase()
    const verdict: Verdict = { packet, says, cost, present }
    this.change(user, { verdicts: [...this.person(user).verdicts, verdict] })
    return verdict
  }

  /** Whether everything has arrived that can. */
  get isQuiet(): boolean {
    return !Object.values(this.people).some((person) => isReached(person, this.group))
  }

  /** Delivers everything that is not kept back, until nothing is left. Gives how many packets honest people sent meanwhile. */
  settle(): number {
    const before = this.sent.length
    for (;;) {
      const next = Object.values(this.people).find((person) => isReached(person, this.group))
      if (next === undefined) return this.sent.slice(before).filter(({ honest }) => honest).length
      this.change(next.user, { inbox: next.inbox.slice(1) })
      this.give(next.user, next.inbox[0]!)
    }
  }

  /** Whoever misses a message is given what another honest person has of it; of what honest people sent, also what came before it was a member. Gives the world after it, which is this one if nothing is left to be handed on. */
  gossiped(): World {
    const world = this.fork()
    for (const packet of this.sent) {
      const { brings } = packet
      if (brings === undefined) continue
      const had = ({ verdicts }: Person) => verdicts.filter(({ present }) => present || !packet.honest).map((one) => one.packet)
      const has = (person: Person) => [...had(person), ...person.inbox].some(({ id }) => id === packet.id)
      if (!this.honest.some(has)) continue
      const isReachable = (person: Person) => !packet.honest || alive(person, this.group).length > 0
      const misses = ({ user, missing, messenger }: Person) =>
        (!packet.honest && packet.invites.includes(user)) ||
        missing.some(
          (one) =>
            (!packet.honest && "join" in one && alive({ messenger }, this.group).length === 0) ||
            ("message" in one && one.message.sender === brings.sender && one.message.seq >= brings.first && one.message.seq <= brings.last),
        )
      for (const one of this.honest)
        if (one.user !== packet.by && !has(one) && !one.cutOff && isReachable(one) && misses(one))
          world.change(one.user, { inbox: [...one.inbox, packet] })
    }
    if (world.people === this.people) return this
    world.settle()
    // What has come may show that something else is missing.
    return world.gossiped()
  }

  /** An honest user says something to the group, to all who are in it as far as it and they can know. */
  say(user: string): boolean {
    const line = `${user} says ${this.said.length}`
    const present = new Set(viewedBy(this.person(user), this.group))
    const isReader = (other: Person) =>
      other.user !== user && other.honest && present.has(other.user) && usersOf(other, this.group).includes(user)
    const readers = this.honest.filter(isReader).map((one) => one.user)
    const isSent = this.act(user, line, (messenger) => Messaging.send(messenger, this.group, new TextEncoder().encode(line)))
    if (isSent) this.said = [...this.said, { by: user, text: line, readers }]
    return isSent
  }
}

/** Our memberships in the group that are alive. */
export const alive = ({ messenger }: Pick<Person, "messenger">, group: string) =>
  (messenger.groups[group]?.memberships ?? []).filter(({ broadcast: { agreement } }) => agreement.me !== null && agreement.removed === 0)

/** Whether a person is safe after a step in which it may have had a seed, as it sees what the seed's sender knew. */
const isSafe = (world: World, person: Person, { traced, seeds }: Hands): boolean => {
  const membership = alive(person, world.group)[0]
  if (membership === undefined) return false
  const { history, users, me } = membership.broadcast.agreement
  const isHonest = (member: string) => world.people[users[member]!]?.honest === true
  if (!viewOf(history, me!).every(isHonest)) return false
  const drawn = seeds.map(({ seed }) => seed)
  const received = traced.filter(({ name, value }) => name === "key-agreement.seed" && !drawn.includes(value)).length > 0
  const last = received ? lastSeedSender(world, person) : undefined
  return person.safe || drawn.length > 0 || (last !== undefined && isHonest(last) && viewOf(history, last).every(isHonest))
}

/** The sender of the packet that a person is being given. */
const lastSeedSender = (world: World, { user }: Person): string | undefined => (world.giving?.to === user ? world.giving.sender : undefined)

/** The users that a person is shown as being in the group; none when it is in it no more. */
export const usersOf = ({ messenger }: Pick<Person, "messenger">, group: string): ReadonlyArray<string> => {
  const known = messenger.groups[group]
  return known === undefined ? [] : Messaging.usersOf(known)
}

/** The users in the views of all memberships of a person. */
const viewedBy = (person: Person, group: string): ReadonlyArray<string> => {
  const one = alive(person, group)[0]
  if (one === undefined) return []
  const only = { memberships: [one], log: [] }
  return Messaging.usersOf({ ...person.messenger.groups[group]!, ...only })
}

/** What the messages told to a person say, with the user each is said to be of. */
export const shownTo = ({ events }: Person): ReadonlyArray<{ readonly user: string; readonly text: string; readonly name: string }> =>
  events.flatMap((event) =>
    event.type === "message" ? [{ user: event.user, text: text(event.payload), name: `${event.member} ${event.seq} ${event.index}` }] : [],
  )

/** How many bytes a messenger takes. */
export const sizeOf = ({ messenger }: Person): number => encodeWire(Messaging.Messenger, messenger).length
