/**
 * `npm run sizes`: how large the state of a member and a welcome are, as tables in Markdown.
 *
 * The state is that of a member of a real group: its creator, when all have acknowledged the create, and after updates of its own that nobody has acknowledged; once that of key agreement alone, and once all that a
 * messenger has of the group but the log, which has a bound of its own. The welcome is that of a group in which all have
 * acknowledged everything, and which has added and removed members in turn.
 *
 * @module
 */
import { Effect, Result } from "effect"
import * as Membership from "../reference/dcgka/group-membership.ts"
import * as Messaging from "../reference/dcgka/group-messaging.ts"
import { welcomeOf } from "../reference/dcgka/key-agreement/welcome.ts"
import * as KeyAgreement from "../reference/dcgka/key-agreement.ts"
import * as KeyBundles from "../reference/dcgka/key-bundles.ts"
import { acquaintedMessengers, meet, newPerson, type Person } from "../reference/simulation/messengers.ts"
import { type Actor, accepted, actor, deliver, memberId, operate } from "../reference/simulation/network.ts"
import { encodeWire } from "../spec/conventions/encoding.ts"
import type { Operation } from "../spec/dcgka/group-membership.ts"
import { Welcome } from "../spec/dcgka/key-agreement.ts"

const usersOf = (size: number): ReadonlyArray<string> => Array.from({ length: size }, (_, index) => `user-${index}`)

const learn = (one: Actor, bundle: Uint8Array) => {
  const contacts = accepted(one.seed, KeyBundles.learn(one.state.contacts, bundle, 1_000_000_000))
  one.state = { ...one.state, contacts }
}

/** The creator of a group of `size`, when it has seen the acknowledgements of all others. */
export const creatorOf = (size: number): Actor => {
  const creator = actor("user-0", size)
  const others = usersOf(size)
    .slice(1)
    .map((user) => actor(user, 1))
  for (const [index, other] of others.entries()) {
    learn(creator.actor, other.bundles[0]!)
    learn(other.actor, creator.bundles[index]!)
  }
  const created = operate(creator.actor, (state) => KeyAgreement.create(state, usersOf(size).slice(1)))
  for (const { actor: other } of others) {
    const group = creator.actor.state.group!
    const delivered = Result.getOrThrow(deliver(other, created, memberId(group, other.user, null, 0)))
    Result.getOrThrow(deliver(creator.actor, delivered.response!))
  }
  return creator.actor
}

/** The bytes of the state of a member, without the keys of its user and without contacts. */
export const stateBytes = ({ state }: Actor): number => encodeWire(KeyAgreement.GroupState, KeyAgreement.parted(state).state).length

/** The messenger that has created a group of `size`, when it has seen the acknowledgements of all others; and the group. */
const founderOf = (size: number): { readonly founder: Person; readonly group: string } => {
  const people = usersOf(size).map((user) => newPerson(user, { delay: 0, heal: 0 }))
  const [founder, ...others] = people as [Person, ...Array<Person>]
  for (const other of others) {
    meet(founder, other, 1)
    meet(other, founder, 1)
  }
  const created = accepted(founder.seed, Messaging.create(founder.messenger, usersOf(size).slice(1)))
  founder.messenger = created.messenger
  for (const other of others) {
    const { packets } = accepted(other.seed, Messaging.receive(other.messenger, created.packets[0]!))
    for (const packet of packets) founder.messenger = accepted(founder.seed, Messaging.receive(founder.messenger, packet)).messenger
  }
  return { founder, group: created.group }
}

type Does = (messenger: Messaging.Messenger) => ReturnType<typeof Messaging.receive>

/** Does something as the first of some people, which the others answer: everybody gets everything. */
const settle = (people: ReadonlyArray<Person>, does: Does) => {
  const act = (by: Person, one: Does) => {
    const { messenger, packets } = accepted(by.seed, one(by.messenger))
    by.messenger = messenger
    return packets.map((packet) => ({ by, packet }))
  }
  let sent = act(people[0]!, does)
  while (sent.length > 0) {
    sent = sent.flatMap(({ by, packet }) =>
      people.filter((one) => one !== by).flatMap((one) => act(one, (messenger) => Messaging.receive(messenger, packet))),
    )
  }
}

/** A guest is added by the first of the members of a group, answers, and is removed; the others answer. */
const host = (members: ReadonlyArray<Person>, group: string, user: string) => {
  const guest = newPerson(user, { delay: 0, heal: 0 })
  for (const one of members) {
    meet(one, guest, 1)
    meet(guest, one, 1)
  }
  settle([...members, guest], (messenger) => Messaging.add(messenger, group, user))
  settle(members, (messenger) => Messaging.remove(messenger, group, user))
}

/** The bytes of what a messenger has of a group, without the log. */
const groupBytes = ({ founder, group }: ReturnType<typeof founderOf>): number =>
  encodeWire(Messaging.Group, { ...founder.messenger.groups[group]!, log: [] }).length

/** The state of the creator of a settled group of `size` which has added and removed guests in turn, `changes` in all, when it has just added one more. */
const settledState = (size: number, changes: number): Parameters<typeof welcomeOf>[0] => {
  const group = "00".repeat(16)
  const users: Record<string, string> = {}
  for (const user of usersOf(size)) users[memberId(group, user, null, 0)] = user
  const members = Object.keys(users)
  const me = members[0]!
  const seen: Record<string, number> = {}
  let history = Membership.emptyHistory
  const next = (sender: string) => (seen[sender] ?? 0) + 1
  const record = (operation: Operation) => {
    seen[operation.sender] = operation.seq
    history = Effect.runSync(Membership.append(history, operation))
  }
  const settle = (by: ReadonlyArray<string>) => {
    for (const sender of by) if (sender !== me) record({ type: "ack", sender, seq: next(sender), ofSender: me, ofSeq: seen[me]! })
  }
  const add = (user: string) => {
    const seq = next(me)
    const member = memberId(group, user, me, seq)
    users[member] = user
    record({ type: "add", sender: me, seq, member })
    return member
  }
  record({ type: "create", sender: me, seq: 1, members: members.toSorted() })
  settle(members)
  for (let change = 0, guest = ""; change < changes; change++) {
    if (change % 2 === 0) guest = add(`guest-${change}`)
    else record({ type: "remove", sender: me, seq: next(me), member: guest })
    settle(change % 2 === 0 ? [...members, guest] : members)
  }
  add(`user-${size}`)
  const origin = { signingKey: new Uint8Array(32), nonce: new Uint8Array(16) }
  return { ...actor(users[me]!, 0).actor.state, group, me, origin, users, history, seen }
}

/** The bytes of a welcome to a settled group of `size` after so many changes, with no attachment. */
export const welcomeBytes = (size: number, changes: number): number =>
  encodeWire(Welcome, welcomeOf(settledState(size, changes), new Uint8Array())).length

const row = (cells: ReadonlyArray<string | number>) => `| ${cells.join(" | ")} |\n`

const table = (corner: string, columns: ReadonlyArray<number>, rows: ReadonlyArray<readonly [number, ReadonlyArray<number>]>): string =>
  row([corner, ...columns]) + row([corner, ...columns].map(() => "---:")) + rows.map(([name, cells]) => row([name, ...cells])).join("")

const sizes = [2, 8, 32, 128]

/** What is measured after so many of the same, for each of these counts, which ascend. */
const after = (counts: ReadonlyArray<number>, does: (done: number) => void, measure: () => number): ReadonlyArray<number> => {
  let done = 0
  return counts.map((count) => {
    for (; done < count; done++) does(done)
    return measure()
  })
}

/** The same of key agreement alone. */
export const statesOf = (size: number, unacknowledged: ReadonlyArray<number>): ReadonlyArray<number> => {
  const one = creatorOf(size)
  const update = () => operate(one, (state) => KeyAgreement.update(state))
  return after(unacknowledged, update, () => stateBytes(one))
}

/** The bytes of what the creator of a group of `size` has of it, by how many updates of its own nobody has acknowledged. */
export const groupsOf = (size: number, unacknowledged: ReadonlyArray<number>): ReadonlyArray<number> => {
  const one = founderOf(size)
  const update = () => {
    one.founder.messenger = accepted(one.founder.seed, Messaging.update(one.founder.messenger, one.group)).messenger
  }
  return after(unacknowledged, update, () => groupBytes(one))
}

/** The bytes of what the creator of a group of `size` has of it, by how many guests have come and gone, when all have acknowledged everything. */
export const afterGuests = (size: number, guests: ReadonlyArray<number>): ReadonlyArray<number> => {
  const members = acquaintedMessengers(usersOf(size), 1, { delay: 0, heal: 0 })
  settle(members, (messenger) => Messaging.create(messenger, usersOf(size).slice(1)))
  const [founder] = members as [Person, ...Array<Person>]
  const [group] = Object.keys(founder.messenger.groups) as [string]
  const come = (done: number) => host(members, group, `guest-${String(done).padStart(4, "0")}`)
  return after(guests, come, () => groupBytes({ founder, group }))
}

if (import.meta.main) {
  const print = (
    title: string,
    columns: ReadonlyArray<number>,
    rows: ReadonlyArray<number>,
    bytes: (size: number, columns: ReadonlyArray<number>) => ReadonlyArray<number>,
  ) => {
    const lines = rows.map((size) => [size, bytes(size, columns)] as const)
    process.stdout.write(`${title}:\n\n${table("members", columns, lines)}\n`)
  }
  const unacknowledged = [0, 1, 8, 32]
  print(
    "State of a member, in bytes, by the size of the group and how many updates of its own nobody has acknowledged",
    unacknowledged,
    sizes,
    statesOf,
  )
  print("The same of all that a messenger has of the group, without the log", unacknowledged, sizes, groupsOf)
  print("The same, by the size of the group and how many guests have come and gone", [0, 1, 10, 100], [2, 8], afterGuests)
  print(
    "Welcome, in bytes, by the size of the group and how many changes of membership all have acknowledged",
    [0, 10, 100, 1000],
    sizes,
    (size, changes) => changes.map((count) => welcomeBytes(size, count)),
  )
}
