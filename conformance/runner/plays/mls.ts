/**
 * Performs plays of MLS groups: the part mls. What has to be seen stands in the play; here it is looked at.
 *
 * @module
 */
import type { Json } from "../../protocol/messages.ts"
import { type Change, type MlsStep, type MlsView, readMls, readNothing } from "../../protocol/plays.ts"
import { changedText } from "./changed.ts"
import type { MlsListed } from "./files.ts"
import { type Answered, Performance } from "./performance.ts"
import type { Seat } from "./seats.ts"

const clauses = {
  sameKey: "tree-kem.same-key",
  leaf: "tree-kem.lowest-leaf",
  decrypts: "tree-kem.decrypts",
  welcome: "tree-kem.welcome",
  removed: "tree-kem.removes-member",
  apart: "tree-kem.key-update",
} as const

/** The identifier of the group of a play, and those of further ones, by how many were founded before. */
const groupOf = (before: number): string => (0x4d + before).toString(16).repeat(16)

/** Somebody while a play goes on. */
interface Member {
  readonly handle: string
  readonly user: string
  card: string | undefined
  /** The epoch that it is in, by the play. */
  epoch: string | undefined
  /** Its name in the epoch. */
  name: string | undefined
  /** All authenticators that it ever showed. */
  readonly shown: Set<string>
}

/** What somebody has sent. */
type Message =
  | { readonly type: "proposal"; readonly text: string }
  | { readonly type: "commit"; readonly text: string; readonly welcome: string | null }
  | { readonly type: "message"; readonly text: string; readonly content: string }

/** What the first one to enter an epoch showed. */
interface Shown {
  readonly by: string
  readonly authenticator: string
  readonly exported: string
  readonly leaves: string
}

const leavesOf = ({ members }: MlsView): string =>
  members
    .map(({ member, user }) => `${member} ${user}`)
    .sort()
    .join(", ")

class Acting {
  readonly #play: MlsListed
  readonly #performance: Performance
  readonly #members = new Map<string, Member>()
  readonly #epochs: MlsListed["epochs"]
  readonly #shown = new Map<string, Shown>()
  readonly #messages = new Map<string, Message>()
  /** How many messages the play has had, whether or not there was still somebody to send them. */
  #sent = 0
  #founded = 0

  constructor(play: MlsListed, performance: Performance) {
    this.#play = play
    this.#performance = performance
    this.#epochs = { ...play.opening.epochs, ...play.epochs }
    for (const [handle, user] of Object.entries(play.cast))
      this.#members.set(handle, { handle, user, card: undefined, epoch: undefined, name: undefined, shown: new Set() })
  }

  async enter(): Promise<void> {
    const copies = this.#play.steps.flatMap(([, verb, as]) => (verb === "copy" ? [as] : []))
    for (const member of this.#members.values()) {
      if (copies.includes(member.handle)) continue
      const published = await this.#call(member, "mls.publish", { user: member.user, signing: null }, readMls.card)
      if ("output" in published) member.card = published.output.card
      else this.#performance.diverge(member.handle, `publishes no key package: ${published.not}`)
    }
  }

  async step([handle, verb, ...rest]: MlsStep): Promise<void> {
    const member = this.#members.get(handle)!
    const sends = verb === "adds" || verb === "removes" || verb === "updates" || verb === "commits" || verb === "seals"
    if (sends) this.#sent++
    if (this.#performance.isLost(member.user)) return
    switch (verb) {
      case "founds":
        return await this.#found(member)
      case "adds":
      case "removes":
      case "updates":
        return await this.#propose(member, verb, rest[0])
      case "commits":
        return await this.#commit(member, rest)
      case "seals":
        return await this.#seal(member)
      case "copy":
        return await this.#copy(member, rest[0]!)
      case "changed":
        return await this.#change(member, rest[0] as Change, rest[1]!)
      default:
        for (const name of rest) await this.#take(member, verb, name)
    }
  }

  finish(): void {
    const { epoch, apart } = this.#play.end
    const last = this.#shown.get(epoch)
    for (const handle of apart) {
      const { shown } = this.#members.get(handle)!
      if (last === undefined || !shown.has(last.authenticator)) continue
      this.#performance.diverge(handle, `has the authenticator of the last epoch, and should not`, clauses.apart, undefined, true)
    }
  }

  #call<A>({ user, handle }: Member, method: string, params: Readonly<Record<string, Json>>, read: (output: unknown) => A) {
    return this.#performance.call(user, method, { on: handle, ...params }, read)
  }

  async #found(member: Member): Promise<void> {
    const before = this.#founded++
    const founded = await this.#call(member, "mls.found", { group: groupOf(before) }, readNothing)
    if ("not" in founded) this.#performance.diverge(member.handle, `founds no group: ${founded.not}`)
    else await this.#goOn(member, before === 0 ? "0" : `0${member.handle}`)
  }

  async #propose(member: Member, verb: "adds" | "removes" | "updates", about: string | undefined): Promise<void> {
    const other = about === undefined ? undefined : this.#members.get(about)!
    const params = verb === "adds" ? { card: other?.card ?? "" } : verb === "removes" ? { member: other?.name ?? "" } : {}
    const made = await this.#call(member, `mls.${verb.slice(0, -1)}`, params, readMls.proposal)
    if ("output" in made) this.#messages.set(`${this.#sent}`, { type: "proposal", text: made.output.proposal })
    else this.#performance.diverge(member.handle, `cannot propose (${[verb, about].join(" ").trim()}): ${made.not}`)
  }

  async #commit(member: Member, names: ReadonlyArray<string>): Promise<void> {
    const name = `${this.#sent}`
    const proposals = names.map((one) => this.#messages.get(one)?.text ?? "")
    const made = await this.#call(member, "mls.commit", { proposals }, readMls.commit)
    if ("not" in made) return this.#performance.diverge(member.handle, `cannot commit ${names.join(", ") || "nothing"}: ${made.not}`)
    const { commit, welcome } = made.output
    this.#messages.set(name, { type: "commit", text: commit, welcome })
    await this.#stays(member, `its commit ${name}`)
  }

  async #seal(member: Member): Promise<void> {
    const name = `${this.#sent}`
    const content = `message ${name}`
    const sealed = await this.#call(member, "mls.seal", { text: content }, readMls.message)
    if ("output" in sealed) this.#messages.set(name, { type: "message", text: sealed.output.message, content })
    else this.#performance.diverge(member.handle, `cannot seal: ${sealed.not}`)
  }

  async #copy(member: Member, as: string): Promise<void> {
    const copied = await this.#call(member, "mls.copy", { as }, readNothing)
    const copy = this.#members.get(as)!
    copy.epoch = member.epoch
    copy.name = member.name
    for (const one of member.shown) copy.shown.add(one)
    if ("not" in copied) this.#performance.diverge(member.handle, `cannot be copied: ${copied.not}`)
  }

  async #take(member: Member, verb: "admits" | "processes" | "leaves" | "joins" | "opens" | "refuses" | "steals", name: string) {
    const message = this.#messages.get(name)
    // What was never made was told of where it should have been.
    if (message === undefined) return
    switch (verb) {
      case "refuses":
        return await this.#refuse(member, name, message)
      case "steals":
        return await this.#steal(member, message)
      case "joins":
        return await this.#join(member, name, message)
      case "opens":
        return await this.#open(member, name, message)
      case "admits": {
        const admitted = await this.#call(member, "mls.admit", { proposal: message.text }, readNothing)
        if ("not" in admitted) this.#performance.diverge(member.handle, `does not admit ${name}: ${admitted.not}`, this.#play.clauses[0])
        return
      }
      default:
        return await this.#process(member, name, message, verb === "leaves")
    }
  }

  async #process(member: Member, name: string, message: Message, leaves: boolean): Promise<void> {
    const processed = await this.#call(member, "mls.process", { commit: message.text }, readMls.process)
    if ("not" in processed) return this.#performance.diverge(member.handle, `does not process ${name}: ${processed.not}`, clauses.decrypts)
    if (processed.output.removed !== leaves) {
      const says = leaves ? `does not say that ${name} removes it` : `says that ${name} removes it`
      this.#performance.diverge(member.handle, says, clauses.removed)
    }
    if (leaves) await this.#stays(member, `its removal by ${name}`)
    else await this.#goOn(member, name)
  }

  async #join(member: Member, name: string, message: Message): Promise<void> {
    const welcome = message.type === "commit" ? message.welcome : null
    if (welcome === null) return this.#performance.diverge(member.handle, `has no welcome of ${name} to join by`, clauses.welcome)
    const joined = await this.#call(member, "mls.join", { welcome }, readNothing)
    if ("not" in joined) this.#performance.diverge(member.handle, `does not join by ${name}: ${joined.not}`, clauses.welcome)
    else await this.#goOn(member, name)
  }

  async #open(member: Member, name: string, message: Message): Promise<void> {
    const opened = await this.#call(member, "mls.open", { message: message.text }, readMls.text)
    if ("not" in opened) return this.#performance.diverge(member.handle, `does not open ${name}: ${opened.not}`, clauses.sameKey)
    if (message.type === "message" && opened.output.text !== message.content)
      this.#performance.diverge(member.handle, `finds another text in ${name}`, clauses.sameKey)
  }

  /** Gives a message to somebody, whatever comes of it; undefined where it has no welcome for one who is outside. */
  async #give(member: Member, message: Message): Promise<Answered<unknown> | undefined> {
    const calls = {
      proposal: () => this.#call(member, "mls.admit", { proposal: message.text }, readNothing),
      commit: () => this.#call(member, "mls.process", { commit: message.text }, readMls.process),
      message: () => this.#call(member, "mls.open", { message: message.text }, readMls.text),
    }
    if (message.type !== "commit" || member.epoch !== undefined) return await calls[message.type]()
    return message.welcome === null ? undefined : await this.#call(member, "mls.join", { welcome: message.welcome }, readNothing)
  }

  async #change(member: Member, how: Change, name: string): Promise<void> {
    const message = this.#messages.get(name)
    if (message === undefined) return
    const changed = { ...message, text: changedText(message.text, how) }
    const withWelcome =
      changed.type === "commit" && changed.welcome !== null ? { ...changed, welcome: changedText(changed.welcome, how) } : changed
    const answer = await this.#give(member, withWelcome)
    if (answer === undefined) return
    const what = `${name}, which was changed on the way (${how})`
    this.#performance.refused(member.handle, what, answer, this.#play.clauses[0])
    await this.#stays(member, what)
  }

  async #refuse(member: Member, name: string, message: Message): Promise<void> {
    const answer = await this.#give(member, message)
    if (answer !== undefined && "output" in answer)
      this.#performance.diverge(member.handle, `takes ${name}, which it has to refuse`, this.#play.clauses[0])
    await this.#stays(member, `what it refuses, ${name}`)
  }

  // What comes of it is looked at when the play ends.
  async #steal(member: Member, message: Message): Promise<void> {
    await this.#give(member, message)
    const view = await this.#call(member, "mls.view", {}, readMls.view)
    if ("output" in view && view.output.authenticator !== null) member.shown.add(view.output.authenticator)
  }

  async #goOn(member: Member, epoch: string): Promise<void> {
    member.epoch = epoch
    await this.#look(member, "")
  }

  async #stays(member: Member, after: string): Promise<void> {
    await this.#look(member, `after ${after}: `)
  }

  /** Its view is that of the epoch it is in, or of nobody. */
  async #look(member: Member, after: string): Promise<void> {
    const { handle, epoch } = member
    const answer = await this.#call(member, "mls.view", {}, readMls.view)
    const diverge = (says: string, clause: string) => this.#performance.diverge(handle, `${after}${says}`, clause)
    if ("not" in answer) return diverge(`has no view: ${answer.not}`, clauses.sameKey)
    const view = answer.output
    if (epoch === undefined) {
      if (view.me !== null) diverge("is a member before it has joined", clauses.welcome)
      return
    }
    member.name = view.me ?? undefined
    const { number, members } = this.#epochs[epoch]!
    if (view.epoch !== number) diverge(`is in epoch ${view.epoch}, not ${number}`, clauses.sameKey)
    const wanted = [...members]
      .map((one) => this.#members.get(one)!.user)
      .sort()
      .join(", ")
    const seen = view.members
      .map(({ user }) => user)
      .sort()
      .join(", ")
    if (seen !== wanted) diverge(`has ${seen || "nobody"} in its view, not ${wanted}`, clauses.sameKey)
    const { authenticator, exported } = view
    if (authenticator === null || exported === null) return diverge("has no authenticator, or exports no secret", clauses.sameKey)
    member.shown.add(authenticator)
    this.#compare(epoch, { by: handle, authenticator, exported, leaves: leavesOf(view) }, diverge)
  }

  #compare(epoch: string, now: Shown, diverge: (says: string, clause: string) => void): void {
    const first = this.#shown.get(epoch)
    if (first === undefined) {
      const same = [...this.#shown].find(
        ([, { authenticator, exported }]) => authenticator === now.authenticator || exported === now.exported,
      )
      if (same !== undefined) diverge(`has the secrets of epoch ${same[0]} in epoch ${epoch}`, clauses.sameKey)
      this.#shown.set(epoch, now)
      return
    }
    if (now.authenticator !== first.authenticator)
      diverge(`has another authenticator than ${first.by} in the epoch of ${epoch}`, clauses.sameKey)
    else if (now.exported !== first.exported) diverge(`exports another secret than ${first.by} in the epoch of ${epoch}`, clauses.sameKey)
    if (now.leaves !== first.leaves) diverge(`has members on other leaves than ${first.by}: ${now.leaves}`, clauses.leaf)
  }
}

/** Performs a play with its users in these seats; gives what was otherwise than it should be. */
export const performMls = async (play: MlsListed, seats: ReadonlyMap<string, Seat>): Promise<Performance["divergences"]> => {
  const performance = new Performance(play.cast, seats)
  await performance.begin()
  const acting = new Acting(play, performance)
  await acting.enter()
  await performance.steps(play, (step) => acting.step(step))
  performance.at = "end"
  acting.finish()
  return performance.divergences
}
