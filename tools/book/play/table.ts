/**
 * A group of messengers at one table, with a network that can be cut: does the actions of a script, and says what there is to see.
 * All of it goes through the methods of the specification, so that it can be saved as a case.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import type { VectorFile } from "../../../conformance/protocol/vectors.ts"
import { type Answered, type Output, Recorder } from "./recorder.ts"
import type { Action, Script } from "./script.ts"

/** Something that somebody did or was given, and what came of it. */
export interface Happened {
  /** The number of the action that it is part of, from 0. */
  readonly action: number
  readonly who: string
  readonly says: string
  /** The packet that was given. */
  readonly packet: number | null
  readonly verdict: Answered["verdict"]
  readonly clause: string | null
  readonly tells: ReadonlyArray<string>
  readonly sends: ReadonlyArray<number>
  /** Whether it is a packet that nobody has to know of: an acknowledgement, or one that came to somebody outside. */
  readonly quiet: boolean
}

/** Something that was sent. */
export interface Packet {
  readonly number: number
  readonly from: string
  readonly says: string
  readonly hex: string
  /** Who has not been given it yet. */
  readonly waits: ReadonlyArray<string>
}

/** A secret, or a text, and who has it. */
export interface Known {
  readonly name: string
  readonly says: string
  readonly has: ReadonlyArray<string>
  readonly thief: boolean
  readonly short: string
}

/** All that there is to see. */
export interface View {
  readonly users: ReadonlyArray<{
    readonly user: string
    readonly apart: boolean
    readonly sees: ReadonlyArray<string>
    readonly robbed: boolean
    /** Whether it has been robbed, and the thief cannot compute the newest secret that it has made since. */
    readonly healed: boolean
    readonly waits: number
  }>
  readonly group: { readonly by: string } | null
  readonly cut: boolean
  readonly happened: ReadonlyArray<Happened>
  readonly packets: ReadonlyArray<Packet>
  readonly secrets: ReadonlyArray<Known>
  readonly texts: ReadonlyArray<Known>
}

interface Parcel {
  readonly number: number
  readonly from: string
  readonly to: string
}

interface Secret {
  readonly name: string
  readonly says: string
  readonly secret: string
  readonly has: Set<string>
}

interface Text {
  readonly from: string
  readonly text: string
  readonly packet: string
  readonly has: Set<string>
}

const hexOf = (text: string) => Hex.encode(new TextEncoder().encode(text))

const textIn = (hex: string) => new TextDecoder().decode(Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)))

const seedOf = (name: string) => hexOf(name.repeat(32)).slice(0, 64)

const now = 1_700_000_000
const expires = 2_000_000_000

interface Control {
  readonly type: string
  readonly sender: string
  readonly seq: number
}

const done: Answered = { verdict: "accepted", clause: undefined, output: {}, secrets: [] }

/** The table. */
export class Table {
  readonly #recorder = new Recorder()
  readonly #users: ReadonlyArray<string>
  readonly #happened: Array<Happened> = []
  readonly #packets: Array<{ readonly from: string; readonly hex: string; readonly says: string; readonly quiet: boolean }> = []
  readonly #secrets = new Map<string, Secret>()
  /** How many secrets there were when a state was last copied. */
  readonly #robbedAt = new Map<string, number>()
  readonly #texts: Array<Text> = []
  readonly #named = new Set<string>()
  #parcels: ReadonlyArray<Parcel> = []
  #apart = new Set<string>()
  #group: { readonly id: string; readonly by: string; readonly users: ReadonlyArray<string> } | undefined
  #actions = 0

  constructor(users: ReadonlyArray<string>) {
    this.#users = users
    for (const user of users) this.#make(user, user, user)
    for (const one of users) for (const other of users) this.#meet(one, other)
  }

  #make(on: string, user: string, seed: string): void {
    this.#recorder.call("messenger.generate", { on, user, seed: seedOf(seed), delay: false, heal: true })
    this.#recorder.call("messenger.rotate", { on, expires })
  }

  /** `one` learns a key bundle of `other`. */
  #meet(one: string, other: string): void {
    if (one === other) return
    const { bundle } = this.#recorder.call("messenger.publish", { on: other }).output
    if (bundle !== undefined) this.#recorder.call("messenger.learn", { on: one, bundle, now })
  }

  /** Does what comes next. */
  act(action: Action): void {
    this.#do(action)
    this.#actions++
  }

  #do(action: Action): void {
    const group = this.#group?.id ?? "00".repeat(16)
    switch (action.does) {
      case "create": {
        for (const user of [action.who, ...action.users]) this.#named.add(user)
        const { output } = this.#call(action.who, `creates a group with ${action.users.join(", ")}`, "messenger.create", {
          users: [...action.users],
        })
        if (output.group !== undefined) this.#group = { id: output.group, by: action.who, users: action.users }
        return
      }
      case "add":
        this.#named.add(action.user)
        // Keys for first contact can be used once: whoever is added again needs new ones.
        for (const user of this.#users) {
          this.#meet(user, action.user)
          this.#meet(action.user, user)
        }
        this.#call(action.who, `adds ${action.user}`, "messenger.add", { group, user: action.user })
        return
      case "remove":
        this.#call(action.who, `removes ${action.user}`, "messenger.remove", { group, user: action.user })
        return
      case "update":
        this.#call(action.who, "updates", "messenger.update", { group })
        return
      case "say":
        this.#say(action.who, action.text, group)
        return
      case "again":
        this.#again(action.who, action.user)
        return
      case "cut":
        this.#apart = new Set(action.users)
        return
      case "heal":
        this.#apart = new Set()
        return
      case "deliver":
        this.#deliver()
        return
      case "give":
        this.#give(action)
        return
      case "steal":
        this.#recorder.steal(action.who)
        this.#robbedAt.set(action.who, this.#secrets.size)
        this.#tell(action.who, "loses a copy of its state to a thief", null, done, [])
    }
  }

  /** A call of somebody, and all that is to be seen of it. */
  #call(
    who: string,
    says: string,
    method: string,
    params: Readonly<Record<string, string | ReadonlyArray<string>>>,
    packet: number | null = null,
  ): Answered {
    const answered = this.#recorder.call(method, { on: who, ...params })
    const sends = (answered.output.packets ?? []).map((hex) => this.#send(who, hex))
    this.#learn(who, answered, sends)
    this.#tell(who, says, packet, answered, sends)
    return answered
  }

  #tell(who: string, says: string, packet: number | null, { verdict, clause, output }: Answered, sends: ReadonlyArray<number>): void {
    const missing = (output.missing ?? []).map((one) => `misses ${Object.keys(one).join(", ")}`)
    const events = output.events ?? []
    // Who joins is told of all who are there.
    const isJoining = events.some(({ type }) => type === "joined")
    const told = events.filter(({ type }) => !isJoining || type !== "user-added").map((event) => this.#eventSays(event))
    const tells = [...told, ...new Set(missing)]
    const isOutside = !this.#named.has(who)
    const quiet =
      packet !== null && verdict === "accepted" && (isOutside || (this.#packets[packet]!.quiet && tells.length === 0 && sends.length === 0))
    this.#happened.push({ action: this.#actions, who, says, packet, verdict, clause: clause ?? null, tells, sends, quiet })
  }

  #eventSays(event: NonNullable<Output["events"]>[number]): string {
    if (event.type === "message") return `reads, from ${event.user}: ${textIn(String(event.payload))}`
    return "user" in event ? `${event.type} ${event.user}` : event.type
  }

  #send(from: string, hex: string): number {
    const number = this.#packets.length
    const controls = this.#controlsIn(hex)
    const says = controls.length === 0 ? "message" : controls.map(({ type }) => type).join(", ")
    this.#packets.push({ from, hex, says, quiet: controls.length > 0 && controls.every(({ type }) => type === "ack") })
    const others = this.#users.filter((user) => user !== from)
    this.#parcels = [...this.#parcels, ...others.map((to) => ({ number, from, to }))]
    return number
  }

  #controlsIn(hex: string): ReadonlyArray<Control> {
    const { value } = this.#recorder.look("encoding.decode", { type: "packet", bytes: hex }) as {
      readonly value?: { readonly items?: ReadonlyArray<{ readonly control: Control }> }
    }
    return (value?.items ?? []).map(({ control }) => control)
  }

  /** Who has which secrets and texts now. The secrets of what one sends oneself get their names here. */
  #learn(who: string, { secrets, output }: Answered, sends: ReadonlyArray<number>): void {
    const controls = sends.flatMap((number) => this.#controlsIn(this.#packets[number]!.hex))
    const me = controls[0]?.sender
    const own = [...new Set(secrets.filter(({ member }) => member === me).map(({ secret }) => secret))].filter(
      (one) => !this.#secrets.has(one),
    )
    const named = controls.slice(-own.length)
    for (const [at, secret] of own.entries()) {
      const { type, seq } = named[at] ?? { type: "?", seq: 0 }
      this.#secrets.set(secret, { name: `${who} ${seq}`, says: type, secret, has: new Set() })
    }
    for (const { secret } of secrets) this.#secrets.get(secret)?.has.add(who)
    for (const event of output.events ?? []) {
      if (event.type !== "message") continue
      this.#texts.find(({ from, text }) => from === event.user && text === textIn(String(event.payload)))?.has.add(who)
    }
  }

  #say(who: string, text: string, group: string): void {
    const { output } = this.#call(who, `writes “${text}”`, "messenger.send", { group, payload: hexOf(text) })
    const packet = output.packets?.find((hex) => this.#controlsIn(hex).length === 0)
    if (packet !== undefined) this.#texts.push({ from: who, text, packet, has: new Set([who]) })
  }

  /**
   * The creator of the group plays its beginning again, apart from the others and with puppets in their places, and has `victim` join
   * that: the same identifier, and nobody in it but the creator.
   */
  #again(who: string, victim: string): void {
    const { id: group, by, users } = this.#group ?? { id: "", by: "", users: [] }
    if (by !== who || !users.includes(victim)) return
    const apart = `${who}-again`
    const puppets = users.filter((user) => user !== victim).map((user) => ({ user, on: `${user}-puppet` }))
    this.#make(apart, who, who)
    for (const { user, on } of puppets) {
      this.#make(on, user, on)
      this.#meet(apart, on)
      this.#meet(on, apart)
    }
    this.#meet(apart, victim)
    this.#meet(apart, victim)
    const packetsOf = (method: string, params: Readonly<Record<string, string | ReadonlyArray<string>>>) =>
      this.#recorder.call(method, params).output.packets ?? []
    const before = [
      ...packetsOf("messenger.create", { on: apart, users }),
      ...packetsOf("messenger.remove", { on: apart, group, user: victim }),
    ]
    const added = packetsOf("messenger.add", { on: apart, group, user: victim })
    const [puppet] = puppets
    const answers =
      puppet === undefined ? [] : [...before, ...added].flatMap((packet) => packetsOf("messenger.receive", { on: puppet.on, packet }))
    const lie = puppet === undefined ? [] : packetsOf("messenger.send", { on: puppet.on, group, payload: hexOf(`I am ${puppet.user}`) })
    const sends = [
      ...added.map((hex) => this.#slip(who, victim, hex, "addition, of the group played again")),
      ...answers.map((hex) => this.#slip(who, victim, hex, `answer, of a puppet ${puppet?.user}`)),
      ...lie.map((hex) => this.#slip(who, victim, hex, `text “I am ${puppet?.user}”, of a puppet ${puppet?.user}`)),
    ]
    const names = puppets.map(({ user }) => user).join(" and ")
    this.#tell(who, `plays the group again with puppets for ${names}, and adds ${victim} to that`, null, done, sends)
  }

  /** Sends something to one user only. */
  #slip(from: string, to: string, hex: string, says: string): number {
    const number = this.#packets.length
    this.#packets.push({ from, hex, says, quiet: false })
    this.#parcels = [...this.#parcels, { number, from, to }]
    return number
  }

  #reaches(from: string, to: string): boolean {
    return this.#apart.has(from) === this.#apart.has(to)
  }

  #deliver(): void {
    for (let left = 10_000; left > 0; left--) {
      const parcel = this.#parcels.find(({ from, to }) => this.#reaches(from, to))
      if (parcel === undefined) return
      this.#hand(parcel.to, parcel.number, null)
    }
  }

  #give({ who, packet, flip }: Extract<Action, { does: "give" }>): void {
    if (packet >= this.#packets.length || !this.#users.includes(who)) return
    this.#hand(who, packet, flip)
  }

  #hand(to: string, number: number, flip: number | null): void {
    const { from, says, hex } = this.#packets[number]!
    if (flip === null) this.#parcels = this.#parcels.filter((one) => one.to !== to || one.number !== number)
    const place = flip === null ? 0 : 2 * (flip % (hex.length / 2))
    const changed = (Number.parseInt(hex.slice(place, place + 2), 16) ^ 1).toString(16).padStart(2, "0")
    const packet = flip === null ? hex : `${hex.slice(0, place)}${changed}${hex.slice(place + 2)}`
    const about = flip === null ? "" : `, with byte ${flip} changed`
    this.#call(to, `is given ${from}'s ${says}${about}`, "messenger.receive", { packet }, number)
  }

  #seenBy(user: string): ReadonlyArray<string> {
    return this.#group === undefined ? [] : (this.#recorder.look("messenger.users", { on: user, group: this.#group.id }).users ?? [])
  }

  /** All that there is to see now. */
  get view(): View {
    const thief = this.#recorder.thief()
    const hasHealed = (user: string) => {
      const since = [...this.#secrets.values()].slice(this.#robbedAt.get(user) ?? Number.POSITIVE_INFINITY)
      const newest = since.filter(({ name }) => name.startsWith(`${user} `)).at(-1)
      return newest !== undefined && !thief.knows(newest.secret)
    }
    const waitsFor = (number: number) => this.#parcels.filter((parcel) => parcel.number === number).map(({ to }) => to)
    const isUseful = ({ number, to }: Parcel) => this.#named.has(to) && !this.#packets[number]!.quiet
    return {
      users: this.#users.map((user) => ({
        user,
        apart: this.#apart.has(user),
        sees: this.#seenBy(user),
        robbed: this.#recorder.robbed.includes(user),
        healed: hasHealed(user),
        waits: this.#parcels.filter((parcel) => parcel.to === user && isUseful(parcel)).length,
      })),
      group: this.#group === undefined ? null : { by: this.#group.by },
      cut: this.#apart.size > 0,
      happened: this.#happened,
      packets: this.#packets.map(({ from, says, hex }, number) => ({ number, from, says, hex, waits: waitsFor(number) })),
      secrets: [...this.#secrets.values()].map(({ name, says, secret, has }) => ({
        ...{ name, says, has: [...has], thief: thief.knows(secret), short: secret.slice(0, 4) },
      })),
      texts: this.#texts.map(({ from, text, packet, has }) => ({
        name: from,
        says: text,
        has: [...has],
        thief: thief.reads(packet),
        short: "",
      })),
    }
  }

  /** What was done, as a file with one case, which any port can be asked. */
  vectors(script: string): VectorFile {
    const group = this.#group?.id
    const views = group === undefined ? [] : this.#users.map((on) => ({ on, group, users: this.#seenBy(on) }))
    const claims = views.map(({ on, group: of, users }) => ({
      method: "messenger.users",
      params: { on, group: of },
      expect: { verdict: "accepted" as const, output: { users } },
    }))
    const one = { id: "own/played", title: `Played: ${script}`, level: "MUST" as const, clauses: [], flags: [], needs: ["randomness"] }
    const cases = [{ ...one, steps: [...this.#recorder.steps, ...claims] }]
    return { format: "conclave-vectors/1", part: "own", chapter: "group-messaging", layer: "messaging", flags: {}, cases }
  }
}

/** A table at which a script was played. */
export const played = ({ users, actions }: Script): Table => {
  const table = new Table(users)
  for (const action of actions) table.act(action)
  return table
}
