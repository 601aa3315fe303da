/**
 * A group that loses its server, goes on over another one, then over a mesh of radios that is cut in two; people are added and removed on both sides, and it comes together again.
 *
 * @module
 */
import { Result } from "effect"
import * as Messaging from "../../reference/dcgka/group-messaging.ts"
import { acquaintedMessengers, type Person } from "../../reference/simulation/messengers.ts"
import { accepted, runStep, type Step } from "../../reference/simulation/network.ts"
import type { Event } from "../../spec/dcgka/group-messaging.ts"

/** A step on a messenger: what it gives. */
type Act = (messenger: Messaging.Messenger) => Step<{
  readonly messenger: Messaging.Messenger
  readonly packets: ReadonlyArray<Uint8Array>
  readonly events: ReadonlyArray<Event>
}>

interface Parcel {
  readonly from: string
  readonly to: string
  readonly packet: Uint8Array
}

const everybody = ["alice", "bob", "carol", "dave", "erin", "frank"]

const names = (users: ReadonlyArray<string>): string => (users.length === 0 ? "nobody" : users.join(", "))

/** Six people, and a network that keeps what it cannot deliver. */
class Stage {
  readonly #print: (line: string) => void
  readonly #people: ReadonlyMap<string, Person>
  #parcels: ReadonlyArray<Parcel> = []
  #reaches: (from: string, to: string) => boolean = () => true
  #bytes = 0

  constructor(print: (line: string) => void) {
    this.#print = print
    const people = acquaintedMessengers(everybody, 4, { delay: 0, heal: 1 })
    this.#people = new Map(people.map((person) => [person.user, person]))
  }

  #person(user: string): Person {
    return this.#people.get(user)!
  }

  get #group(): string {
    return Object.keys(this.#person("alice").messenger.groups)[0]!
  }

  #take(
    person: Person,
    done: { readonly messenger: Messaging.Messenger; readonly packets: ReadonlyArray<Uint8Array>; readonly events: ReadonlyArray<Event> },
  ) {
    person.messenger = done.messenger
    for (const event of done.events) this.#tell(person.user, event)
    for (const packet of done.packets) {
      this.#bytes += packet.length
      this.#parcels = [
        ...this.#parcels,
        ...everybody.filter((user) => user !== person.user).map((to) => ({ from: person.user, to, packet })),
      ]
    }
  }

  #tell(user: string, event: Event) {
    if (event.type === "message") this.#print(`    ${user} reads, from ${event.user}: ${new TextDecoder().decode(event.payload)}`)
    if (event.type === "joined")
      this.#print(`    ${user} is in the group: ${names(Messaging.usersOf(this.#person(user).messenger.groups[event.group]!))}`)
    if (event.type === "left") this.#print(`    ${user} is out of the group, and has deleted its secrets`)
    if (event.type === "user-removed") this.#print(`    ${user} learns that ${event.user} has been removed`)
    if (event.type === "equivocation") this.#print(`    ${user} finds that it was told something else than others`)
  }

  /** A heading. */
  scene(title: string, reaches: (from: string, to: string) => boolean) {
    this.#print("")
    this.#print(title)
    this.#reaches = reaches
  }

  /** `user` does something. */
  act(user: string, says: string, act: (group: string) => Act) {
    this.#print(`  ${user} ${says}`)
    const person = this.#person(user)
    this.#take(person, accepted(person.seed, act(this.#group)(person.messenger)))
  }

  say(user: string, words: string) {
    this.act(user, `writes: ${words}`, (group) => (messenger) => Messaging.send(messenger, group, new TextEncoder().encode(words)))
  }

  add(user: string, added: string) {
    this.act(user, `adds ${added}`, (group) => (messenger) => Messaging.add(messenger, group, added))
  }

  remove(user: string, removed: string) {
    this.act(user, `removes ${removed}`, (group) => (messenger) => Messaging.remove(messenger, group, removed))
  }

  /** Delivers what can be delivered, and what is answered to it. */
  deliver() {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const parcel = next
      this.#parcels = this.#parcels.filter((one) => one !== parcel)
      const person = this.#person(parcel.to)
      const result = runStep(person.seed, Messaging.receive(person.messenger, parcel.packet))
      // Who has been removed, or got a packet before over another way, has no use for it.
      if (Result.isSuccess(result)) this.#take(person, result.success)
    }
  }

  #next(): Parcel | undefined {
    return this.#parcels.find(({ from, to }) => this.#reaches(from, to))
  }

  /** What each of `users` thinks that the group is. */
  census(users: ReadonlyArray<string>) {
    const views = Map.groupBy(users, (user) =>
      names(Messaging.usersOf(this.#person(user).messenger.groups[this.#group] ?? Messaging.noGroup)),
    )
    for (const [view, who] of views) this.#print(`  In the eyes of ${names(who)}, the group is: ${view}`)
  }

  /** The state of the group, in figures. */
  figures() {
    const undelivered = this.#parcels.filter(
      ({ to }) => Messaging.usersOf(this.#person(to).messenger.groups[this.#group] ?? Messaging.noGroup).length > 0,
    )
    this.#print("")
    this.#print(`All packets together: ${this.#bytes} bytes. Undelivered: ${undelivered.length}.`)
  }
}

const anywhere = () => true
const nowhere = () => false
const within =
  (...islands: ReadonlyArray<ReadonlyArray<string>>) =>
  (from: string, to: string) =>
    islands.some((island) => island.includes(from) && island.includes(to))

/** Plays it; `print` takes the lines. */
export const play = (print: (line: string) => void): void => {
  const stage = new Stage(print)
  stage.scene("1. Over the server north.example", anywhere)
  stage.act("alice", "creates a group with bob, carol and dave", () => (messenger) => Messaging.create(messenger, ["bob", "carol", "dave"]))
  stage.deliver()
  stage.say("alice", "Meet at the fountain.")
  stage.deliver()

  stage.scene("2. north.example is blocked: nothing gets through", nowhere)
  stage.say("bob", "Does anybody hear me?")
  stage.act("carol", "updates her keys", (group) => (messenger) => Messaging.update(messenger, group))
  stage.deliver()

  stage.scene("3. Over another server, south.example: what was waiting is sent there, and no server had to hand over anything", anywhere)
  stage.deliver()
  stage.say("dave", "Yes, over here.")
  stage.deliver()

  const [west, east] = [
    ["alice", "bob", "erin"],
    ["carol", "dave", "frank"],
  ] as const
  stage.scene(
    "4. No server at all: a mesh, which is cut in two, alice and bob with erin near, carol and dave with frank near",
    within(west, east),
  )
  stage.add("alice", "erin")
  stage.add("carol", "frank")
  stage.deliver()
  stage.remove("dave", "bob")
  stage.deliver()
  stage.say("erin", "Hello from the west.")
  stage.say("frank", "Hello from the east.")
  stage.deliver()
  stage.census([...west, ...east])

  stage.scene("5. The two halves meet again", anywhere)
  stage.deliver()
  stage.say("erin", "So we are all here?")
  stage.deliver()
  stage.act("alice", "compares notes", (group) => (messenger) => Messaging.compare(messenger, group))
  stage.deliver()
  stage.census(everybody)
  stage.figures()
}
