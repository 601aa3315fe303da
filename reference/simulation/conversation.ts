/**
 * A group of messengers in memory, driven at random: what everybody sends goes into everybody else's inbox, and is delivered in any order.
 *
 * @module
 */
import { type Effect, Result } from "effect"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import type { NotAccepted } from "../../spec/conventions/verdicts.ts"
import { Event } from "../../spec/dcgka/group-messaging.ts"
import * as Messaging from "../dcgka/group-messaging.ts"
import { meet, newPerson, type Person } from "./messengers.ts"
import { type RunStep, runStep, type Step } from "./network.ts"

/** What a step of a messenger gives. */
type Done = Effect.Success<ReturnType<typeof Messaging.receive>>

/** A choice among the first `count` numbers. */
export type Choose = (count: number) => number

/** Choices that are the same for the same seed (a linear congruential generator with the constants of Knuth's MMIX). */
export const chooser = (seed: number): Choose => {
  let state = BigInt(seed)
  return (count) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n)
    return Number((state >> 33n) % BigInt(count))
  }
}

/** A participant: a person with an inbox, and the events told. */
export interface Participant extends Person {
  inbox: Array<Uint8Array>
  events: Array<Event>
}

/** People and their network. `reload` is done to a messenger before each of its steps, and `run` does a step. */
export class Conversation {
  readonly people: ReadonlyArray<Participant>
  readonly sent: Array<Uint8Array> = []
  readonly verdicts = new Map<string, number>()
  readonly #reload: (messenger: Messaging.Messenger) => Messaging.Messenger
  readonly #run: RunStep
  group = ""

  constructor(
    users: ReadonlyArray<string>,
    policy: Messaging.Messenger["policy"],
    bundles: number,
    reload: (messenger: Messaging.Messenger) => Messaging.Messenger = (messenger) => messenger,
    run: RunStep = runStep,
  ) {
    this.people = users.map((user) => ({ ...newPerson(user, policy, run), inbox: [], events: [] }))
    this.#reload = reload
    this.#run = run
    for (const one of this.people) for (const other of this.people) if (one !== other) meet(one, other, bundles, run)
  }

  person(user: string): Participant {
    return this.people.find((one) => one.user === user)!
  }

  /** The users in the view of a person. */
  users(one: Participant): ReadonlyArray<string> {
    return Messaging.usersOf(one.messenger.groups[this.group] ?? Messaging.noGroup)
  }

  /** Those who are in the group, as far as they know. */
  inside(): ReadonlyArray<Participant> {
    return this.people.filter((one) => this.users(one).length > 0)
  }

  /** Does a step of a person; takes in the key bundles that it waits for, and does it again. */
  act(one: Participant, step: (messenger: Messaging.Messenger) => Step<Done>): Result.Result<Done, NotAccepted> {
    one.messenger = this.#reload(one.messenger)
    const result = this.#run(one.seed, step(one.messenger))
    const name = Result.isSuccess(result) ? "accepted" : "clause" in result.failure ? result.failure.clause : result.failure._tag
    this.verdicts.set(name, (this.verdicts.get(name) ?? 0) + 1)
    const missing = Result.isSuccess(result) ? result.success.missing : result.failure._tag === "Waiting" ? result.failure.missing : []
    if (Result.isSuccess(result)) this.#take(one, result.success)
    // A packet that was changed may name somebody who does not exist: nobody has a bundle of that.
    const awaited = this.people.filter(({ user }) => missing.some((missed) => "bundle" in missed && missed.bundle === user))
    for (const other of awaited) meet(one, other, 1, this.#run)
    if (awaited.length === 0) return result
    // What was accepted, and waits, is tried again; what was not is done again.
    return this.act(one, Result.isSuccess(result) ? (messenger) => Messaging.retry(messenger, this.group) : step)
  }

  #take(one: Participant, { messenger, packets, events }: Done) {
    one.messenger = messenger
    one.events.push(...events)
    this.sent.push(...packets)
    for (const other of this.people) if (other !== one) other.inbox.push(...packets)
  }

  /** Delivers one packet, chosen from the inbox. */
  deliver(one: Participant, choose: Choose): void {
    const packet = one.inbox.splice(choose(one.inbox.length), 1)[0]!
    this.act(one, (messenger) => Messaging.receive(messenger, packet))
  }

  /** Delivers everything, in an order that is chosen. */
  settle(choose: Choose): void {
    for (;;) {
      const busy = this.people.filter(({ inbox }) => inbox.length > 0)
      if (busy.length === 0) return
      this.deliver(busy[choose(busy.length)]!, choose)
    }
  }

  /** Everything that everybody holds, in bytes. */
  state(): ReadonlyArray<Uint8Array> {
    return this.people.map(({ messenger }) => encodeWire(Messaging.Messenger, messenger))
  }

  /** The events told to a person, in bytes. */
  told(one: Participant): ReadonlyArray<Uint8Array> {
    return one.events.map((event) => encodeWire(Event, event))
  }
}

/** A random operation of `one`. */
export const operation = (conversation: Conversation, one: Participant, choose: Choose, text: string) => {
  const { group, people } = conversation
  const other = people[choose(people.length)]!
  const users = conversation.users(one)
  const isInside = users.includes(other.user)
  // A group of two goes on as one of two, so that a run does not end before it has begun.
  const isMembership = other !== one && (!isInside || users.length > 2)
  const kind = choose(10)
  return (messenger: Messaging.Messenger): Step<Done> => {
    if (kind < 4) return Messaging.send(messenger, group, new TextEncoder().encode(text))
    if (kind < 6) return Messaging.update(messenger, group)
    if (kind < 9 && isMembership)
      return isInside ? Messaging.remove(messenger, group, other.user) : Messaging.add(messenger, group, other.user)
    return kind === 9 ? Messaging.compare(messenger, group) : Messaging.flush(messenger, group)
  }
}
