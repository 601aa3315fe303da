/**
 * A play while it is written: who has sent and taken what, by the definitions of the chapter "What can be observed" alone. So the expectations of a play
 * are what the chapters say, and nothing that the reference does.
 *
 * @module
 */
import type { DcgkaChange, Play, PlayStep } from "../../../conformance/protocol/plays.ts"
import {
  chainAfter,
  givesSecret,
  isAnswered,
  isApart,
  isFor,
  isFormer,
  isRekeyed,
  membersAfter,
  type ObservationOption,
  observationOptions,
  pastOf,
  recipients,
  type Sealed,
  type Sent,
  viewOf,
} from "../../../spec/dcgka/observations.ts"
import { expectedOf, text } from "./expected.ts"

/** A member of a play. */
interface Actor {
  readonly user: string
  readonly had: Set<Sent>
  /** What it got and was not for it. */
  readonly heard: Set<Sent>
  last: Sent | undefined
  /** What brought it in. */
  joined: Sent | undefined
  /** Its view, as of when it had so many messages. */
  seen?: { readonly size: number; readonly view: ReadonlyArray<string> }
  /** The application messages that it has opened. */
  readonly opened: Set<Sealed>
  /** Of whom it is a copy. */
  readonly copyOf?: string
}

/** What is written of a play by its steps. */
export type Scene = Pick<Play, "cast" | "steps" | "messages">

const isOperation = ({ kind }: Sent): boolean => kind === "create" || kind === "add" || kind === "remove" || kind === "update"

/** The stage of one play. Every act throws an Error when no member could do it. */
export class Stage {
  readonly #cast: Readonly<Record<string, string>>
  readonly #actors = new Map<string, Actor>()
  readonly #messages = new Map<string, Sent>()
  /** What the sender of a message had taken and sent when it sent it. */
  readonly #clocks = new Map<Sent, ReadonlySet<Sent>>()
  readonly #needs = new Set<ObservationOption>()
  readonly #sealed = new Map<string, Sealed>()
  #steps: Array<PlayStep> = []
  #operations = 0
  #written = 0

  /** @param cast the user of each member, by letter */
  constructor(cast: Readonly<Record<string, string>>) {
    this.#cast = cast
    for (const [handle, user] of Object.entries(cast))
      this.#actors.set(handle, { user, had: new Set(), heard: new Set(), last: undefined, joined: undefined, opened: new Set() })
  }

  /** `by` creates a group with `others`. */
  creates(by: string, others: string): this {
    this.#steps.push([by, "create", others])
    this.#operate(by, "create", [by, ...others])
    return this
  }

  updates(by: string): this {
    this.#steps.push([by, "update"])
    this.#operate(by, "update", [])
    return this
  }

  /** `by` adds the user of `member`, who becomes this member. */
  adds(by: string, member: string): this {
    this.#steps.push([by, "add", member])
    const before = pastOf(this.#actor(by).last!)
    this.#noteReaddition(member, before)
    this.#operate(by, "add", [member])
    return this
  }

  removes(by: string, member: string): this {
    this.#steps.push([by, "remove", member])
    this.#operate(by, "remove", [member])
    return this
  }

  /** `to` takes messages, in this order. */
  takes(to: string, ...names: ReadonlyArray<string>): this {
    for (const name of names) {
      this.#take(to, this.#message(name))
      this.#note(to, "takes", name)
    }
    return this
  }

  /** `to` gets messages again that it has taken. */
  takesAgain(to: string, ...names: ReadonlyArray<string>): this {
    this.#needs.add("duplicates")
    for (const name of names) {
      if (!this.#actor(to).had.has(this.#message(name))) throw new Error(`${to} has not taken ${name}`)
      this.#note(to, "again", name)
    }
    return this
  }

  /** `to` gets a message before the one of its sender that comes before it. */
  takesEarly(to: string, name: string): this {
    this.#needs.add("order")
    const { joined, had } = this.#actor(to)
    const { previous } = this.#message(name)
    if (joined === undefined || previous === undefined || had.has(previous)) throw new Error(`${name} is not early for ${to}`)
    this.#note(to, "early", name)
    return this
  }

  /** `to` gets messages that are not for it. */
  overhears(to: string, ...names: ReadonlyArray<string>): this {
    for (const name of names) {
      if (viewOf(this.#message(name)).includes(to)) throw new Error(`${name} is for ${to}`)
      this.#actor(to).heard.add(this.#message(name))
      this.#note(to, "overhears", name)
    }
    return this
  }

  /** Everything that was sent by `senders`, and what follows from it, is taken by `handles`, each as soon as it can be. */
  settles(handles: string, senders = handles): this {
    for (let again = true; again; ) {
      again = false
      for (const [name, message] of [...this.#messages]) {
        for (const to of handles) {
          if (!senders.includes(message.sender) || !this.#isDue(to, message)) continue
          this.takes(to, name)
          again = true
        }
      }
    }
    return this
  }

  /** The messages that a member can take, by their names; with `inOrder`, only those whose senders had nothing that it has not. */
  due(to: string, inOrder: boolean): ReadonlyArray<string> {
    const isTaken = (message: Sent) => this.#isDue(to, message) && !(inOrder && this.#isEarly(this.#actor(to), message))
    return [...this.#messages].filter(([, message]) => isTaken(message)).map(([name]) => name)
  }

  /** The members that somebody can do an operation on: those in its view, when it is one of them. */
  present(handle: string): ReadonlyArray<string> {
    if (this.#actor(handle).joined === undefined) return []
    const view = this.#view(handle)
    return view.includes(handle) ? view : []
  }

  /** The state of `of` is copied, by a thief who gets a letter of its own. */
  copies(of: string, as: string): this {
    this.#needs.add("copies")
    this.#steps.push([of, "copy", as])
    const { user, had, heard, last, joined, opened } = this.#actor(of)
    this.#actors.set(as, { user, had: new Set(had), heard: new Set(heard), last, joined, opened: new Set(opened), copyOf: of })
    return this
  }

  /** A thief gets everything that was sent since, but by the one robbed. */
  steals(as: string): this {
    const { had, copyOf } = this.#actor(as)
    for (const [name, message] of this.#messages) if (!had.has(message) && message.sender !== copyOf) this.#note(as, "steals", name)
    return this
  }

  /** `to` gets what was changed on the way, which it has to refuse, and could take as it was sent. */
  getsChanged(to: string, how: DcgkaChange, name: string): this {
    const sealed = this.#sealed.get(name)
    if (sealed === undefined) this.#checkChange(to, how, this.#message(name))
    else if (this.#opening(to, sealed) !== "opens") throw new Error(`${to} cannot open ${name} anyway`)
    this.#steps.push([to, "changed", how, name])
    return this
  }

  #checkChange(to: string, how: DcgkaChange, message: Sent): void {
    if (!this.#isDue(to, message)) throw new Error(`${to} cannot take ${message.name} anyway`)
    const forWhom = recipients(message)
    const isOfDirect = how.includes("direct")
    // Whether a message for all is as its sender wrote it is for the layer above to say, where it can be read at all.
    if (!isOfDirect && how !== "cut" && how !== "empty") throw new Error(`${message.name} may be taken, changed so (${how})`)
    if (isOfDirect && !forWhom.includes(to)) throw new Error(`${message.name} has no direct message for ${to}`)
    if (how === "direct-of-another" && forWhom.length < 2) throw new Error(`${message.name} has no other direct message`)
  }

  /** Somebody seals an application message. */
  seals(by: string): this {
    this.#needs.add("messages")
    const { last } = this.#actor(by)
    if (last === undefined || !this.#view(by).includes(by)) throw new Error(`${by} cannot seal`)
    const name = `m${this.#sealed.size + 1}`
    this.#sealed.set(name, { sender: by, chain: chainAfter(last) })
    this.#steps.push([by, "seals", name])
    return this
  }

  /** Members open application messages, in this order. */
  opens(handles: string, ...names: ReadonlyArray<string>): this {
    for (const to of handles) {
      for (const name of names) {
        const sealed = this.#message(name, this.#sealed)
        if (this.#opening(to, sealed) !== "opens") throw new Error(`${to} need not open ${name}`)
        const { had, opened } = this.#actor(to)
        if (isFormer(sealed, to, had)) this.#needs.add("former-messages")
        opened.add(sealed)
        this.#note(to, "opens", name)
      }
    }
    return this
  }

  /** Somebody gets application messages that it must not open. */
  refuses(handles: string, ...names: ReadonlyArray<string>): this {
    for (const to of handles) {
      for (const name of names) {
        if (this.#opening(to, this.#message(name, this.#sealed)) !== "refuses") throw new Error(`${to} need not refuse ${name}`)
        this.#note(to, "refuses", name)
      }
    }
    return this
  }

  /** Somebody gets all application messages that it has not opened, and opens or refuses each, as it has to. */
  reads(handles: string): this {
    for (const to of handles) {
      for (const [name, sealed] of this.#sealed) {
        if (!this.#actor(to).opened.has(sealed) && sealed.sender !== to) this.gets(to, name)
      }
    }
    return this
  }

  /** Somebody gets an application message, and opens or refuses it, as it has to; nothing is done where the chapter leaves it open. */
  gets(to: string, name: string): this {
    const opening = this.#opening(to, this.#message(name, this.#sealed))
    return opening === undefined ? this : this[opening](to, name)
  }

  /** The application messages that there are. */
  get sealed(): ReadonlyArray<string> {
    return [...this.#sealed.keys()]
  }

  /** The application messages that somebody can open. */
  readable(to: string): ReadonlyArray<string> {
    return [...this.#sealed].filter(([, sealed]) => this.#opening(to, sealed) === "opens").map(([name]) => name)
  }

  /** Whether `to` would be a member in its own view after it has taken a message. */
  staysAfter(to: string, name: string): boolean {
    return membersAfter([...this.#actor(to).had, this.#message(name)]).includes(to)
  }

  /** `to`, who has been removed and does not know it, takes everything that it can take without learning of it. */
  catchesUp(to: string): this {
    const all = [...this.#messages.keys()]
    for (let size = -1; size !== this.#actor(to).had.size; ) {
      size = this.#actor(to).had.size
      for (const name of all) if (this.#isDue(to, this.#message(name)) && this.staysAfter(to, name)) this.takes(to, name)
    }
    return this
  }

  /** After catching up, `to` gets all the rest, what it would learn its removal from at the end. */
  listens(to: string): this {
    this.catchesUp(to)
    const { had } = this.#actor(to)
    const rest = [...this.#messages.keys()].filter((name) => !had.has(this.#message(name)) && !viewOf(this.#message(name)).includes(to))
    const tells = (name: string) => this.#message(name).kind === "remove"
    return this.overhears(to, ...rest.filter((name) => !tells(name)), ...rest.filter(tells))
  }

  /** The view of `of`, now. */
  views(of: string): this {
    this.#steps.push([of, "views", text(this.#view(of))])
    return this
  }

  /** Whether somebody has been added, or has created the group. */
  hasEntered(handle: string): boolean {
    return [...this.#messages.values()].some(({ kind, about }) => (kind === "create" || kind === "add") && about.includes(handle))
  }

  /** The name of the message that `sender` sent as its number `seq`. */
  nameOf(sender: string, seq: number): string {
    const all = [...this.#messages].filter(([, message]) => message.sender === sender)
    const found = all[seq - 1]
    if (found === undefined) throw new Error(`${sender} has sent no message ${seq}`)
    return found[0]
  }

  /** What has been written since the last call. */
  scene(): Scene {
    const messages = [...this.#messages].slice(this.#written)
    this.#written = this.#messages.size
    const steps = this.#steps
    this.#steps = []
    return { cast: this.#cast, steps, messages: Object.fromEntries(messages.map(([name, message]) => [name, expectedOf(message)])) }
  }

  /** Options that the play needs. */
  needs(): ReadonlyArray<ObservationOption> {
    return observationOptions.filter((option) => this.#needs.has(option))
  }

  /** What is to be seen at the end. */
  end(): Play["end"] {
    const [first] = this.#messages.values()
    // Of the first group, where there is more than one.
    const members = membersAfter([...this.#messages.values()].filter((one) => first !== undefined && pastOf(one).has(first)))
    for (const member of members) {
      if (text(this.#view(member)) !== text(members)) throw new Error(`${member} has the view ${this.#view(member)}, not ${members}`)
      const actor = this.#actor(member)
      const missing = [...this.#messages.values()].find((one) => {
        return one.sender !== member && members.includes(one.sender) && !actor.had.has(one) && !this.#isCovered(actor, one)
      })
      if (missing !== undefined) throw new Error(`${member} has not taken ${missing.name}`)
    }
    const outside = [...this.#actors].filter(([handle, { joined }]) => joined !== undefined && !members.includes(handle))
    const apart = members.map((member) => [member, this.#apart(member, outside)] as const).filter(([, others]) => others !== "")
    return { members: text(members), apart: Object.fromEntries(apart) }
  }

  #apart(member: string, outside: ReadonlyArray<readonly [string, Actor]>): string {
    const present = [...this.#messages.values()].findLast((one) => one.sender === member && givesSecret(one))
    if (present === undefined) return ""
    return text(
      outside.filter(([handle, { had, copyOf }]) => isApart(present, copyOf ?? handle, (one) => had.has(one))).map(([handle]) => handle),
    )
  }

  #actor(handle: string): Actor {
    const actor = this.#actors.get(handle)
    if (actor === undefined) throw new Error(`nobody is called ${handle}`)
    return actor
  }

  #message(name: string): Sent
  #message<A>(name: string, all: ReadonlyMap<string, A>): A
  #message(name: string, all: ReadonlyMap<string, unknown> = this.#messages): unknown {
    const message = all.get(name)
    if (message === undefined) throw new Error(`no message ${name}; there are ${[...all.keys()].join(" ")}`)
    return message
  }

  /** What somebody has to do who gets an application message; undefined where the chapter leaves it open. */
  #opening(to: string, sealed: Sealed): "opens" | "refuses" | undefined {
    const { had, heard, opened, copyOf } = this.#actor(to)
    if (sealed.sender === to || opened.has(sealed)) return "refuses"
    if (copyOf !== undefined) return isApart(sealed.chain, copyOf, (one) => had.has(one)) ? "refuses" : undefined
    if (!isFor(sealed, to) || !had.has(sealed.chain)) return "refuses"
    return membersAfter([...had, ...heard]).includes(to) ? "opens" : undefined
  }

  // What is done by one member in a row is one step.
  #note(to: string, verb: "takes" | "again" | "early" | "overhears" | "steals" | "opens" | "refuses", name: string): void {
    const last = this.#steps.at(-1)
    if (verb !== "early" && last?.[0] === to && last[1] === verb) this.#steps[this.#steps.length - 1] = [...last, name]
    else this.#steps.push([to, verb, name])
  }

  #view(handle: string): ReadonlyArray<string> {
    const actor = this.#actor(handle)
    // What somebody had only grows.
    if (actor.seen?.size !== actor.had.size) actor.seen = { size: actor.had.size, view: membersAfter(actor.had) }
    return actor.seen.view
  }

  #send(by: string, name: string, kind: Sent["kind"], about: ReadonlyArray<string>, of?: Sent): Sent {
    const actor = this.#actor(by)
    const message: Sent = { name, sender: by, kind, about, of, previous: actor.last }
    const covered = actor.joined === undefined ? [] : this.#clocks.get(actor.joined)!
    this.#clocks.set(message, new Set([...covered, ...actor.had]))
    actor.last = message
    actor.had.add(message)
    this.#messages.set(name, message)
    return message
  }

  #operate(by: string, kind: Sent["kind"], about: ReadonlyArray<string>): void {
    const actor = this.#actor(by)
    if ((kind === "create") === (actor.joined !== undefined)) throw new Error(`${by} cannot ${kind}`)
    this.#operations++
    const sent = this.#send(by, String(this.#operations), kind, about)
    actor.joined ??= sent
  }

  #noteReaddition(member: string, before: ReadonlySet<Sent>): void {
    const user = this.#actor(member).user
    const same = [...this.#messages.values()].filter(({ kind, about }) => {
      const makes = kind === "create" || kind === "add"
      return makes && about.some((one) => one !== member && this.#actor(one).user === user)
    })
    if (same.some((one) => before.has(one))) this.#needs.add("re-additions")
    if (same.some((one) => !before.has(one))) this.#needs.add("added-twice")
  }

  #isCovered({ joined }: Actor, message: Sent): boolean {
    return joined !== undefined && (this.#clocks.get(joined)?.has(message) ?? false)
  }

  /** Whether the sender of a message had something that a member has not. */
  #isEarly(actor: Actor, message: Sent): boolean {
    if (actor.joined === undefined) return false
    return [...this.#clocks.get(message)!].some((one) => !actor.had.has(one) && !this.#isCovered(actor, one))
  }

  #isDue(to: string, message: Sent): boolean {
    const actor = this.#actor(to)
    const { joined, had } = actor
    if (message.sender === to || had.has(message)) return false
    if (joined === undefined) return (message.kind === "create" || message.kind === "add") && message.about.includes(to)
    if (!this.#view(to).includes(to) || this.#isCovered(actor, message)) return false
    return [message.previous, message.of].every((one) => one === undefined || had.has(one) || this.#isCovered(actor, one))
  }

  #take(to: string, message: Sent): void {
    const actor = this.#actor(to)
    if (!this.#isDue(to, message)) throw new Error(`${to} cannot take ${message.name}`)
    if (this.#isEarly(actor, message)) this.#needs.add("delayed-answers")
    actor.joined ??= message
    actor.had.add(message)
    if (!isOperation(message) || !isAnswered(message) || !this.#view(to).includes(to)) return
    const kind = message.kind === "add" && !message.about.includes(to) ? "add-ack" : "ack"
    this.#send(to, `${message.name}>${to}`, kind, [], message)
    if (isRekeyed(message, to)) this.#send(to, `${message.name}>${to}+`, "update", [])
  }
}
