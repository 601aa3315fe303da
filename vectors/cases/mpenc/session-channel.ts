/**
 * People with sessions over a channel, for the cases of the layers "session" and "extensions": a server that takes requests in the order in which they are made and shows everybody everything at once, and a clock
 * that the case turns.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import type { Author, OutputOf, ParamsOf } from "../author.ts"
import { repeated } from "../people.ts"

type Event = ParamsOf<"session.receive">["event"]
export type Action = ParamsOf<"session.act">["action"]
export type Options = ParamsOf<"session.make">["options"]
type Stepped = OutputOf<"session.receive">
type Request = Stepped["requests"][number]
type Notice = Stepped["notices"][number]

const defaults: Options = {
  autoInclude: 0,
  stayAlone: 0,
  repeatLists: 0,
  cipherKeyBytes: 16,
  padding: 1,
  orderAcknowledgements: 0,
  publishKey: 0,
  direct: 0,
  ratchet: 0,
}

/** What somebody is shown of an event. */
type Tamper = (event: Event, to: string) => ReadonlyArray<Event>

export const identityKey = (name: string): string => repeated(`${name} identity `)

export const publicKey = (secretKey: string): string => Hex.encode(nodePrimitives.ed25519PublicKey(bytesOf(secretKey)))

export class SessionChannel {
  now = 0
  members: Array<string> = []
  readonly names: ReadonlyArray<string>
  readonly options: Options
  readonly notices: Array<readonly [string, Notice]> = []
  /** All packets that were sent, by whom. */
  readonly packets: Array<{ readonly sender: string; readonly text: string }> = []
  /** Whose requests the server does not take. */
  readonly ignored = new Set<string>()
  tamper: Tamper = (event) => [event]
  readonly #author: Author
  readonly #queue: Array<readonly [string, Request]> = []

  /** `others` are options of single members that differ. */
  constructor(
    author: Author,
    names: ReadonlyArray<string>,
    options: Partial<Options> = {},
    others: Readonly<Record<string, Partial<Options>>> = {},
  ) {
    this.#author = author
    this.names = names
    this.options = { ...defaults, ...options }
    const known = names.map((member) => ({ member, publicKey: publicKey(identityKey(member)) }))
    for (const on of names) {
      const identities = { secretKey: identityKey(on), known }
      author.accepts("session.make", {
        on,
        me: on,
        identities,
        options: { ...this.options, ...others[on] },
        seed: repeated(`${on} session `),
      })
    }
  }

  /** Takes what a step of somebody gave. */
  do(name: string, { requests, notices }: Stepped) {
    for (const notice of notices) this.notices.push([name, notice])
    for (const request of requests) this.#queue.push([name, request])
  }

  /** Shows an event to one; gives whether it was accepted. */
  show(to: string, event: Event): boolean {
    const stepped = this.#author.outcome("session.receive", { on: to, event, now: this.now })
    if (stepped !== null) this.do(to, stepped)
    return stepped !== null
  }

  #reveal(to: string, event: Event) {
    for (const shown of this.tamper(event, to)) this.show(to, shown)
  }

  enter(name: string, isSettled = true) {
    if (this.members.includes(name)) return
    for (const to of this.members) this.#reveal(to, { type: "enter", members: [name] })
    this.members = [...this.members, name]
    this.#reveal(name, { type: "entered", members: this.members })
    if (isSettled) this.settle()
  }

  leave(name: string, isSettled = true) {
    if (!this.members.includes(name)) return
    this.members = this.members.filter((one) => one !== name)
    for (const to of this.members) this.#reveal(to, { type: "leave", members: [name] })
    this.#reveal(name, { type: "left" })
    if (isSettled) this.settle()
  }

  /** The event by which a packet is shown. */
  static packet(sender: string, text: string): Event {
    return { type: "packet", sender, text }
  }

  #serve(from: string, request: Request) {
    if (this.ignored.has(from)) return
    if (request.type === "enter") this.enter(from, false)
    else if (!this.members.includes(from)) return
    else if (request.type === "send") this.broadcast(from, request.text)
    else if (request.type === "send-directly")
      for (const to of request.recipients) this.#reveal(to, { type: "direct", sender: from, text: request.text })
    else if (request.type === "let-in") for (const name of request.members) this.enter(name, false)
    else for (const name of request.type === "kick" ? request.members : [from]) this.leave(name, false)
  }

  broadcast(from: string, text: string) {
    this.packets.push({ sender: from, text })
    for (const to of this.members) this.#reveal(to, SessionChannel.packet(from, text))
  }

  /** The server takes one request, of this member if one is named; gives whether there was one. */
  step(of?: string): boolean {
    const at = this.#queue.findIndex(([name]) => of === undefined || name === of)
    const [next] = at < 0 ? [] : this.#queue.splice(at, 1)
    if (next === undefined) return false
    this.#serve(...next)
    return true
  }

  /** The server loses the requests of this type of one person that wait. Gives the texts of those that were to be sent. */
  lose(name: string, type: Request["type"]): ReadonlyArray<string> {
    const isLost = ([who, request]: readonly [string, Request]) => who === name && request.type === type
    const lost = this.#queue.filter(isLost)
    this.#queue.splice(0, this.#queue.length, ...this.#queue.filter((one) => !isLost(one)))
    return lost.flatMap(([, request]) => ("text" in request ? [request.text] : []))
  }

  /** Requests that wait. */
  get waiting(): ReadonlyArray<readonly [string, Request]> {
    return this.#queue
  }

  settle() {
    while (this.step());
  }

  want(name: string, action: Action, isSettled = true) {
    this.do(name, this.#author.accepts("session.act", { on: name, action, now: this.now }))
    if (isSettled) this.settle()
  }

  look(name: string) {
    return this.#author.accepts("session.look", { on: name })
  }

  /** Turns the clock to `until`, for these people. */
  run(until: number, names: ReadonlyArray<string> = this.names) {
    for (;;) {
      const due = names.map((name) => ({ name, at: this.look(name).at })).filter(({ at }) => at !== null && at <= until)
      if (due.length === 0) break
      this.now = Math.max(this.now, Math.min(...due.map(({ at }) => at!)))
      for (const { name, at } of due) if (at! <= this.now) this.do(name, this.#author.accepts("session.tick", { on: name, now: this.now }))
      this.settle()
    }
    this.now = until
  }

  /** What `name` was told of these types, in short. */
  told(name: string, ...types: ReadonlyArray<Notice["type"]>): ReadonlyArray<Notice> {
    return this.notices.filter(([to, { type }]) => to === name && types.includes(type)).map(([, notice]) => notice)
  }
}

/** Alice has begun a session with `others`. */
export const begun = (
  author: Author,
  others: ReadonlyArray<string>,
  more: ReadonlyArray<string> = [],
  options: Partial<Options> = {},
): SessionChannel => {
  const channel = new SessionChannel(author, ["alice", ...others, ...more], options)
  for (const name of ["alice", ...others]) channel.enter(name)
  channel.want("alice", { type: "include", members: others })
  author.claim(channel.look("alice").state === "joined", "the session has begun")
  return channel
}
