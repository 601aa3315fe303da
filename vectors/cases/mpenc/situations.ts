/**
 * Situations in which a member receives a right packet or a wrong one.
 *
 * @module
 */
import { type Author, type Case, type Fork, fork, twins } from "../author.ts"
import { altered, GreetingChannel, recordedFor, type Sent, sharesOf, startedBy } from "./greeting-channel.ts"
import type { JsonGreeting } from "./packets.ts"
import { people } from "./people.ts"

/** A member, the packet that comes next, and the ephemeral secret key that each has by now. */
export interface Situation {
  readonly channel: GreetingChannel
  readonly me: string
  readonly next: Sent
  readonly keyOf: (member: string) => string
}

/** Makes a situation. Of it, a case records what the member itself calls; without an author, nothing is recorded. */
export type Prepare = (author: Author | null) => Situation

const after = (channel: GreetingChannel, me: string, count: number, keyOf: Situation["keyOf"]): Situation => {
  for (let index = 0; index < count; index++) channel.deliver()
  return { channel, me, next: channel.next(), keyOf }
}

/** Alice starts with the others of the first n; `count` packets have been delivered. */
export const starting =
  (n: number, me: string, count: number): Prepare =>
  (author) => {
    const channel = new GreetingChannel(recordedFor(author, me), people(n))
    channel.propose("alice", { include: people(n).slice(1) })
    return after(channel, me, count, (member) => sharesOf(member, 1).ephemeralSecretKey)
  }

/** A member of a session of the first m of n begins an operation; `count` packets have been delivered. */
const changing =
  (m: number, n: number, initiator: string, change: Parameters<GreetingChannel["propose"]>[1], me: string, count: number): Prepare =>
  (author) => {
    const channel = new GreetingChannel(recordedFor(author, me), people(n), startedBy(people(m)))
    channel.operation = 1
    channel.propose(initiator, change)
    return after(channel, me, count, (member) => sharesOf(member, people(m).includes(member) ? 1 : 2).ephemeralSecretKey)
  }

/** Alice, one of three, includes Dave and Erin. */
export const including = (me: string, count: number) => changing(3, 5, "alice", { include: ["dave", "erin"] }, me, count)

/** Alice, one of four, includes Erin and Frank. */
export const includingInFour = (me: string, count: number) => changing(4, 6, "alice", { include: ["erin", "frank"] }, me, count)

/** Alice, one of four, excludes Dave. */
export const excluding = (me: string, count: number) => changing(4, 4, "alice", { exclude: ["dave"] }, me, count)

/** Alice, one of three, refreshes the group key. */
export const refreshing = (me: string) => changing(3, 3, "alice", {}, me, 0)

const paramsOf = ({ channel, me, next }: Situation) => channel.receiving(me, next)

/** What is wrong in the call of `greeting.receive`. */
type Wrong = Partial<ReturnType<typeof paramsOf>>

type Clause = Parameters<typeof twins>[1]

/** A pair in which the packet that comes next is received, and in its place a wrong one. */
export const wrong = (
  id: string,
  clause: Clause,
  title: string,
  prepare: Prepare,
  make: (situation: Situation) => Wrong,
): ReadonlyArray<Case> =>
  twins(`greeting/${id}`, clause, title, (author): Fork<"greeting.receive"> => {
    const situation = prepare(author)
    return fork("greeting.receive", paramsOf(situation), make(situation))
  })

/** A pair in which the wrong packet is the right one with something changed, and signed again by its sender. */
export const changed = (
  id: string,
  clause: Clause,
  title: string,
  prepare: Prepare,
  change: (packet: JsonGreeting, situation: Situation) => Partial<JsonGreeting>,
): ReadonlyArray<Case> =>
  wrong(id, clause, title, prepare, (situation) => ({
    text: altered(situation.next.text, situation.keyOf(situation.next.sender), (packet) => change(packet, situation)),
  }))
