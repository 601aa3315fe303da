/**
 * A group of messengers in a case: users do things, and their packets are delivered in the order that the case says.
 *
 * @module
 */
import type { Missing } from "../../../spec/conventions/verdicts.ts"
import type { About, Author, Case, OutputOf } from "../author.ts"
import { aCase } from "../author.ts"
import { expires, hexOf, now, repeated } from "../people.ts"

/** What a method of a messenger gives. */
type Done = OutputOf<"messenger.send">

/** A packet on its way, and who sent it. */
interface PacketInTransit {
  readonly by: string
  readonly packet: string
}

/** Who delays answers, and whether everybody heals. */
export interface Policies {
  readonly delay?: ReadonlyArray<string>
  readonly heal?: boolean
}

/** An event, as JSON. */
export type EventJson = Readonly<Record<string, unknown>> & { readonly type: string }

/** A group whose handles are named like their users. */
export class MessengerGroup {
  readonly author: Author
  group = ""
  readonly #inboxes = new Map<string, Array<PacketInTransit>>()
  readonly #events = new Map<string, Array<EventJson>>()

  /** Makes messengers for all of `users`. Only those that have been created or added, or that listen, are given packets. */
  constructor(author: Author, users: ReadonlyArray<string>, { delay = [], heal = false }: Policies = {}) {
    this.author = author
    for (const user of users) {
      author.accepts("messenger.generate", { on: user, user, seed: repeated(user), delay: delay.includes(user), heal })
      author.accepts("messenger.rotate", { on: user, expires })
    }
  }

  /** `one` takes in a bundle of `other`. */
  meet(one: string, other: string): void {
    const { bundle } = this.author.accepts("messenger.publish", { on: other })
    this.author.accepts("messenger.learn", { on: one, bundle, now })
  }

  /** Everybody takes in `each` bundles of everybody else. */
  acquaint(users: ReadonlyArray<string>, each = 1): void {
    for (let count = 0; count < each; count++) for (const one of users) for (const other of users) if (one !== other) this.meet(one, other)
  }

  /** `user` is given all packets from now on. */
  listen(user: string): void {
    if (!this.#inboxes.has(user)) this.#inboxes.set(user, [])
  }

  /** Takes what a step has given: its packets are on their way, its events are remembered. */
  take(by: string, done: Done): Done {
    for (const [user, inbox] of this.#inboxes) if (user !== by) inbox.push(...done.packets.map((packet) => ({ by, packet })))
    this.#events.set(by, [...(this.#events.get(by) ?? []), ...(done.events as ReadonlyArray<EventJson>)])
    return done
  }

  create(by: string, users: ReadonlyArray<string>): Done {
    for (const user of [by, ...users]) this.listen(user)
    const done = this.author.accepts("messenger.create", { on: by, users })
    this.group = done.group
    return this.take(by, done)
  }

  add(by: string, user: string): Done {
    this.listen(user)
    return this.take(by, this.author.accepts("messenger.add", { on: by, group: this.group, user }))
  }

  remove(by: string, user: string): Done {
    return this.take(by, this.author.accepts("messenger.remove", { on: by, group: this.group, user }))
  }

  update(by: string): Done {
    return this.take(by, this.author.accepts("messenger.update", { on: by, group: this.group }))
  }

  flush(by: string): Done {
    return this.take(by, this.author.accepts("messenger.flush", { on: by, group: this.group }))
  }

  leave(by: string): Done {
    return this.take(by, this.author.accepts("messenger.leave", { on: by, group: this.group }))
  }

  /** The handle `by` is given packets in place of `user`, who is on the network no more. */
  replace(user: string, by: string): void {
    this.#inboxes.delete(user)
    this.listen(by)
  }

  compare(by: string): Done {
    return this.take(by, this.author.accepts("messenger.compare", { on: by, group: this.group }))
  }

  say(by: string, text: string): Done {
    return this.take(by, this.author.accepts("messenger.send", { on: by, group: this.group, payload: hexOf(text) }))
  }

  /** Takes the first packet from one of `from`, or from anybody, out of the inbox of `to`. */
  next(to: string, from?: ReadonlyArray<string>): string | undefined {
    const inbox = this.#inboxes.get(to)!
    const index = inbox.findIndex(({ by }) => from === undefined || from.includes(by))
    return index === -1 ? undefined : inbox.splice(index, 1)[0]!.packet
  }

  /** All that is on its way to `user`. */
  waitingFor(user: string): ReadonlyArray<string> {
    return this.#inboxes.get(user)!.map(({ packet }) => packet)
  }

  /** What is on its way to `user` comes in this order from now on. */
  reorder(user: string, order: (packets: ReadonlyArray<string>) => ReadonlyArray<string>): void {
    const inbox = this.#inboxes.get(user)!
    const packets = order(inbox.map(({ packet }) => packet))
    this.#inboxes.set(
      user,
      packets.map((packet) => ({ packet, by: inbox.find((one) => one.packet === packet)!.by })),
    )
  }

  /** Gives a packet to `to`, which accepts it. */
  receive(to: string, packet: string): Done {
    return this.take(to, this.author.accepts("messenger.receive", { on: to, packet }))
  }

  /** Tries again what waits; `missing` is missing then. */
  retry(by: string, missing: ReadonlyArray<Missing> = []): Done {
    const done = this.take(by, this.author.accepts("messenger.retry", { on: by, group: this.group }))
    this.author.claim(
      JSON.stringify(done.missing) === JSON.stringify(missing),
      `${by} lacks ${JSON.stringify(missing)}, not ${JSON.stringify(done.missing)}`,
    )
    return done
  }

  /** Delivers what is on its way to `users`, of what they themselves have sent, and their answers, until nothing is left. */
  settle(users: ReadonlyArray<string>, from = users): void {
    for (let again = true; again; ) {
      again = false
      for (const user of users) {
        const packet = this.next(user, from)
        if (packet === undefined) continue
        again = true
        this.receive(user, packet)
      }
    }
  }

  /** The same, whatever the verdicts. */
  flood(users: ReadonlyArray<string>): void {
    for (let again = true; again; ) {
      again = false
      for (const user of users) {
        const packet = this.next(user)
        if (packet === undefined) continue
        again = true
        const expect = this.author.answers("messenger.receive", { on: user, packet })
        if (expect.verdict === "accepted") this.take(user, expect.output as Done)
      }
    }
  }

  /** Claims that all of `users` have each other, and nobody else, as users of the group. */
  agree(users: ReadonlyArray<string>): void {
    for (const user of users) this.author.gives("messenger.users", { on: user, group: this.group }, { users: [...users].sort() })
  }

  /** The events of `user` since the last time, of one type. */
  #forget(user: string): ReadonlyArray<EventJson> {
    const events = this.#events.get(user) ?? []
    this.#events.set(user, [])
    return events
  }

  /** Claims what `user` was told since the last time, in this order: `alice: text` for a message, `type user` for the others. */
  heard(user: string, ...claimed: ReadonlyArray<string>): void {
    const told = this.#forget(user).map(wordsOf)
    this.author.claim(told.join() === claimed.join(), `${user} hears ${claimed.join()}, not ${told.join()}`)
  }

  /** Claims that of messages `user` was told these since the last time, in any order. */
  read(user: string, ...claimed: ReadonlyArray<string>): void {
    const told = this.#forget(user)
      .filter(({ type }) => type === "message")
      .map(wordsOf)
      .sort()
    this.author.claim(told.join() === [...claimed].sort().join(), `${user} reads ${claimed.join()}, not ${told.join()}`)
  }

  /** A group of `users`, created by the first and settled; everybody has a bundle of everybody, of the outsiders too. */
  static settled(
    author: Author,
    users: ReadonlyArray<string>,
    outsiders: ReadonlyArray<string> = [],
    policies: Policies = {},
    strangers: ReadonlyArray<string> = [],
  ): MessengerGroup {
    const messengers = new MessengerGroup(author, [...users, ...outsiders, ...strangers], policies)
    messengers.acquaint([...users, ...outsiders])
    // Who is added twice has to be contacted twice.
    for (const outsider of outsiders)
      for (const user of users)
        for (const [one, other] of [
          [user, outsider],
          [outsider, user],
        ] as const)
          messengers.meet(one, other)
    messengers.create(users[0]!, users.slice(1))
    messengers.settle(users)
    for (const user of users) messengers.#forget(user)
    return messengers
  }
}

const textOf = (hex: unknown): string => Buffer.from(String(hex), "hex").toString()

const wordsOf = ({ type, user, former, payload, count }: EventJson): string => {
  if (count !== undefined) return `${type} ${user} ${count}`
  if (type !== "message") return user === undefined ? type : `${type} ${user}`
  return `${former === 1 ? "former " : ""}${user}: ${textOf(payload)}`
}

/** Who is there beside the group: those whom everybody can contact, and those whom nobody can. */
interface Others {
  readonly outsiders?: ReadonlyArray<string>
  readonly strangers?: ReadonlyArray<string>
}

/** A case of a settled group of messengers. */
export const messengerCase = (
  id: string,
  about: About,
  users: ReadonlyArray<string>,
  play: (messengers: MessengerGroup) => void,
  { outsiders = [], strangers = [], ...policies }: Policies & Others = {},
): Case => aCase(`group-messaging/${id}`, about, (author) => play(MessengerGroup.settled(author, users, outsiders, policies, strangers)))

/** A second handle with all that a user has: a twin of it, or a thief of its state. */
export const copyOf = (messengers: MessengerGroup, user: string): string => {
  const copy = `${user}-again`
  const mine = messengers.author.steps.filter(({ params }) => params.on === user)
  for (const { method, params } of mine) messengers.author.answers(method as "messenger.receive", { ...params, on: copy } as never)
  return copy
}

/** The member made of a user, by an add or by the create. */
export const memberOf = (messengers: MessengerGroup, user: string, adder: string | null, seq: number): string =>
  messengers.author.accepts("identifiers.member", { group: messengers.group, user, adder, seq }).member

/** The users of those that a create has made, in the order of their member identifiers. */
export const inOrder = (messengers: MessengerGroup, users: ReadonlyArray<string>): ReadonlyArray<string> =>
  users.toSorted((a, b) => (memberOf(messengers, a, null, 0) < memberOf(messengers, b, null, 0) ? -1 : 1))

/** Alice and Bob add Dave at once, and write. */
export const twoAdditions = (messengers: MessengerGroup): void => {
  messengers.add("alice", "dave")
  messengers.add("bob", "dave")
  messengers.say("alice", "from alice")
  messengers.say("bob", "from bob")
}
