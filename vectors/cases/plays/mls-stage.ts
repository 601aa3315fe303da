/**
 * A play of MLS while it is written: who is in which epoch, by the definitions of the chapter "What can be observed of MLS groups" alone.
 *
 * @module
 */
import type { Change, MlsPlay, MlsStep } from "../../../conformance/protocol/plays.ts"
import {
  contradiction,
  type Epoch,
  epochAfter,
  isApart,
  type MlsObservationOption,
  mlsObservationOptions,
  type Proposed,
} from "../../../spec/delivery-service/observations.ts"

/** Somebody in a play. */
interface Actor {
  /** Undefined while it is outside. */
  epoch: Epoch | undefined
  readonly admitted: Set<Proposed>
  /** What it has opened. */
  readonly opened: Set<Sealed>
  /** Of whom it is a copy, and since when. */
  readonly copyOf?: { readonly member: string; readonly from: Epoch }
}

/** An application message. */
interface Sealed {
  readonly type: "sealed"
  readonly by: string
  readonly epoch: Epoch
}

/** A commit, and the epoch that it begins. */
interface Committed {
  readonly type: "commit"
  readonly by: string
  readonly epoch: Epoch
}

type Message = ({ readonly type: "proposal" } & Proposed) | Committed | Sealed

/** What is written of a play by its steps. */
export type MlsScene = Pick<MlsPlay, "cast" | "steps" | "epochs">

const text = (members: ReadonlyArray<string>): string => [...members].sort().join("")

/** The epoch that a group began with. */
const rootOf = (epoch: Epoch): Epoch => (epoch.begun === undefined ? epoch : rootOf(epoch.begun.before))

/** The stage of one play. Every act throws an Error when it would not go as it says. */
export class MlsStage {
  readonly #cast: Readonly<Record<string, string>>
  readonly #actors = new Map<string, Actor>()
  readonly #messages = new Map<string, Message>()
  readonly #needs = new Set<MlsObservationOption>()
  #epochs = new Map<string, Epoch>()
  #steps: Array<MlsStep> = []
  #last: Epoch | undefined

  /** @param cast the user of each member, by letter */
  constructor(cast: Readonly<Record<string, string>>) {
    this.#cast = cast
    for (const handle of Object.keys(cast)) this.#actors.set(handle, { epoch: undefined, admitted: new Set(), opened: new Set() })
  }

  /** The first who founds a group founds the one of the play; others found further ones. */
  founds(by: string): this {
    const name = this.#last === undefined ? "0" : `0${by}`
    const epoch: Epoch = { name, number: 0, members: [by], begun: undefined }
    this.#epochs.set(name, epoch)
    this.#steps.push([by, "founds"])
    return this.#enter(by, epoch)
  }

  adds(by: string, about: string): this {
    if (this.#actor(about).epoch !== undefined) throw new Error(`${about} is a member`)
    return this.#propose(by, "add", about, [by, "adds", about])
  }

  removes(by: string, about: string): this {
    if (!this.members(by).includes(about)) throw new Error(`${about} is no member`)
    return this.#propose(by, "remove", about, [by, "removes", about])
  }

  updates(by: string): this {
    return this.#propose(by, "update", by, [by, "updates"])
  }

  /** `to` takes proposals of others. */
  admits(to: string, ...names: ReadonlyArray<string>): this {
    for (const name of names) {
      const proposal = this.#proposal(name)
      if (proposal.epoch !== this.#epoch(to) || proposal.author === to) throw new Error(`${to} cannot admit ${name}`)
      this.#actor(to).admitted.add(proposal)
      this.#note(to, "admits", name)
    }
    return this
  }

  /** Everybody in the epoch of its author takes a proposal. */
  spreads(...names: ReadonlyArray<string>): this {
    for (const name of names) {
      const { epoch, author } = this.#proposal(name)
      for (const [handle, actor] of this.#actors) {
        if (actor.epoch === epoch && handle !== author && actor.copyOf === undefined) this.admits(handle, name)
      }
    }
    return this
  }

  commits(by: string, ...names: ReadonlyArray<string>): this {
    const before = this.#epoch(by)
    const proposals = names.map((name) => this.#proposal(name))
    const unknown = proposals.find((one) => !this.#actor(by).admitted.has(one))
    if (unknown !== undefined) throw new Error(`${by} has not admitted ${unknown.name}`)
    const reason = contradiction(proposals, by)
    if (reason !== undefined) throw new Error(`${by} cannot commit ${names.join(", ")}: ${reason}`)
    const name = this.#next()
    const epoch = epochAfter(before, name, by, proposals)
    this.#epochs.set(name, epoch)
    this.#messages.set(name, { type: "commit", by, epoch })
    this.#steps.push([by, "commits", ...names])
    return this
  }

  /** Members process a commit; those whom it removes are told so. */
  processes(handles: string, name: string): this {
    const { epoch } = this.#committed(name)
    for (const to of handles) {
      if (!this.#canProcess(to, epoch)) throw new Error(`${to} cannot process ${name}`)
      if (epoch.members.includes(to)) {
        this.#note(to, "processes", name)
        this.#enter(to, epoch)
      } else this.#steps.push([to, "leaves", name])
    }
    return this
  }

  joins(to: string, name: string): this {
    const { epoch } = this.#committed(name)
    if (!this.#canJoin(to, epoch)) throw new Error(`${to} cannot join by ${name}`)
    this.#steps.push([to, "joins", name])
    return this.#enter(to, epoch)
  }

  /** A commit is decided: everybody takes it, and whoever it adds joins. */
  decides(name: string): this {
    const { epoch } = this.#committed(name)
    for (const [handle, { copyOf }] of this.#actors) {
      if (copyOf !== undefined) continue
      if (this.#canProcess(handle, epoch)) this.processes(handle, name)
      else if (this.#canJoin(handle, epoch)) this.joins(handle, name)
    }
    return this
  }

  seals(by: string): this {
    this.#needs.add("messages")
    const name = this.#next()
    this.#messages.set(name, { type: "sealed", by, epoch: this.#epoch(by) })
    this.#steps.push([by, "seals"])
    return this
  }

  opens(handles: string, ...names: ReadonlyArray<string>): this {
    for (const to of handles) {
      for (const name of names) {
        const sealed = this.#message(name)
        if (sealed.type !== "sealed" || !this.#canOpen(to, sealed)) throw new Error(`${to} cannot open ${name}`)
        if (sealed.epoch !== this.#epoch(to)) this.#needs.add("former-messages")
        this.#actor(to).opened.add(sealed)
        this.#note(to, "opens", name)
      }
    }
    return this
  }

  /** Somebody gets what it has to refuse. */
  refuses(handles: string, ...names: ReadonlyArray<string>): this {
    for (const to of handles) {
      for (const name of names) {
        if (this.#isTaken(to, this.#message(name))) throw new Error(`${to} need not refuse ${name}`)
        this.#note(to, "refuses", name)
      }
    }
    return this
  }

  /** Members get messages changed on the way, which they have to refuse, and could take as they were sent. */
  getChanged(handles: string, how: Change, ...names: ReadonlyArray<string>): this {
    for (const to of handles) {
      for (const name of names) {
        if (!this.#isTaken(to, this.#message(name))) throw new Error(`${to} cannot take ${name} anyway`)
        this.#steps.push([to, "changed", how, name])
      }
    }
    return this
  }

  /** A thief has the state of a member from now on. */
  copies(of: string, as: string): this {
    this.#needs.add("copies")
    const from = this.#epoch(of)
    this.#actors.set(as, { epoch: from, admitted: new Set(), opened: new Set(), copyOf: { member: of, from } })
    this.#steps.push([of, "copy", as])
    return this
  }

  /** A thief gets everything of these names, in this order. */
  steals(as: string, ...names: ReadonlyArray<string>): this {
    for (const name of names) {
      this.#message(name)
      this.#note(as, "steals", name)
    }
    return this
  }

  /** The members in somebody's view. */
  members(of: string): ReadonlyArray<string> {
    return this.#epoch(of).members
  }

  /** Whether somebody has ever been a member. */
  isMember(handle: string): boolean {
    return this.#actor(handle).epoch !== undefined
  }

  /** How many epochs came before the one that a member is in. */
  number(handle: string): number {
    return this.#epoch(handle).number
  }

  /** How many messages have been sent. */
  get sent(): number {
    return this.#messages.size
  }

  /** What has been written since the last call. */
  scene(): MlsScene {
    const [steps, epochs] = [this.#steps, this.#epochs]
    this.#steps = []
    this.#epochs = new Map()
    const written = [...epochs].map(([name, { number, members }]) => [name, { number, members: text(members) }])
    return { cast: this.#cast, steps, epochs: Object.fromEntries(written) }
  }

  /** Options that the play needs. */
  needs(): ReadonlyArray<MlsObservationOption> {
    return mlsObservationOptions.filter((option) => this.#needs.has(option))
  }

  /** What is to be seen at the end: of the epoch that was entered last. */
  end(): MlsPlay["end"] {
    const last = this.#last
    if (last === undefined) throw new Error("nobody has founded a group")
    const apart = [...this.#actors].filter(([handle, { copyOf }]) =>
      copyOf === undefined ? !last.members.includes(handle) : isApart(last, copyOf.member, copyOf.from),
    )
    return { epoch: last.name, apart: text(apart.map(([handle]) => handle)) }
  }

  #actor(handle: string): Actor {
    const actor = this.#actors.get(handle)
    if (actor === undefined) throw new Error(`nobody is called ${handle}`)
    return actor
  }

  #epoch(handle: string): Epoch {
    const { epoch } = this.#actor(handle)
    if (epoch === undefined) throw new Error(`${handle} is no member`)
    return epoch
  }

  #message(name: string): Message {
    const message = this.#messages.get(name)
    if (message === undefined) throw new Error(`no message ${name}`)
    return message
  }

  #proposal(name: string): Proposed {
    const message = this.#message(name)
    if (message.type !== "proposal") throw new Error(`${name} is no proposal`)
    return message
  }

  #committed(name: string): Committed {
    const message = this.#message(name)
    if (message.type !== "commit") throw new Error(`${name} is no commit`)
    return message
  }

  #next(): string {
    return `${this.#messages.size + 1}`
  }

  // What is done by one member in a row is one step.
  #note(to: string, verb: "admits" | "processes" | "opens" | "refuses" | "steals", name: string): void {
    const last = this.#steps.at(-1)
    if (last?.[0] === to && last[1] === verb) this.#steps[this.#steps.length - 1] = [...last, name]
    else this.#steps.push([to, verb, name])
  }

  #propose(by: string, kind: Proposed["kind"], about: string, step: MlsStep): this {
    const name = this.#next()
    const proposal = { type: "proposal", name, kind, author: by, about, epoch: this.#epoch(by) } as const
    this.#messages.set(name, proposal)
    this.#actor(by).admitted.add(proposal)
    this.#steps.push(step)
    return this
  }

  #enter(handle: string, epoch: Epoch): this {
    this.#actor(handle).epoch = epoch
    if (this.#last === undefined || (epoch.number >= this.#last.number && rootOf(epoch) === rootOf(this.#last))) this.#last = epoch
    return this
  }

  #canProcess(to: string, { begun }: Epoch): boolean {
    const { epoch, admitted } = this.#actor(to)
    return epoch !== undefined && epoch === begun?.before && (begun.by === to || begun.proposals.every((one) => admitted.has(one)))
  }

  #canJoin(to: string, { begun }: Epoch): boolean {
    const adds = begun?.proposals.some(({ kind, about }) => kind === "add" && about === to) ?? false
    return this.#actor(to).epoch === undefined && adds
  }

  // Nobody opens what it has sealed, nor the same twice; of the epochs that it was in, only the one before is promised.
  #canOpen(to: string, sealed: Sealed): boolean {
    const { epoch, opened } = this.#actor(to)
    if (epoch === undefined || sealed.by === to || opened.has(sealed)) return false
    return sealed.epoch === epoch || (sealed.epoch === epoch.begun?.before && sealed.epoch.members.includes(to))
  }

  #isTaken(to: string, message: Message): boolean {
    const { epoch } = this.#actor(to)
    if (message.type === "proposal") return message.epoch === epoch
    if (message.type === "sealed") return this.#canOpen(to, message)
    return this.#canProcess(to, message.epoch) || this.#canJoin(to, message.epoch)
  }
}
