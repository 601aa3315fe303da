/**
 * Performs plays of key agreement: the part dcgka. What has to be seen stands in the play; here it is looked at.
 *
 * @module
 */
import {
  type Change,
  type DcgkaChange,
  type Expected,
  readCard,
  readNothing,
  readOpened,
  readProcessed,
  readSealed,
  readSends,
  readView,
  type SentOut,
} from "../../protocol/plays.ts"
import { changedText } from "./changed.ts"
import type { DcgkaListed } from "./files.ts"
import { Performance } from "./performance.ts"
import type { Seat } from "./seats.ts"

/** A member while a play goes on. */
interface Member {
  readonly handle: string
  readonly user: string
  /** Its name in the implementation, once it is known. */
  name: string | undefined
  /** All secrets that it has ever had, and the one that it has from its own last message. */
  readonly secrets: Set<string>
  present: string | undefined
  /** The application messages that it has opened. */
  readonly opened: Set<string>
}

interface Message {
  readonly sender: string
  readonly out: SentOut
  /** The members that it has direct messages for. */
  readonly to: string
}

/** An application message, and what is in it. */
interface Sealed {
  readonly sender: string
  readonly message: string
  readonly text: string
}

const clauses = {
  recipients: "key-agreement.recipients",
  forward: "key-agreement.forward",
  outside: "key-agreement.nobody-outside",
  cancelled: "key-agreement.cancelled-addition",
  ownAck: "key-agreement.own-ack-first",
  answers: "key-agreement.record-every-ack",
  noSecret: "key-agreement.no-view-no-secret",
  rekey: "key-agreement.rekey",
  members: "membership.members",
  chain: "application-messages.chain",
  ofSecret: "application-messages.chain-of-secret",
  inAnyOrder: "application-messages.out-of-order",
  once: "application-messages.key-used-once",
} as const

const sorted = (letters: Iterable<string>): string => [...letters].sort().join("")

const listed = (letters: string): string => (letters === "" ? "nobody" : [...letters].join(", "))

type Verb = "create" | "add" | "remove" | "update"

class Acting {
  readonly #play: DcgkaListed
  readonly #performance: Performance
  readonly #members = new Map<string, Member>()
  readonly #expected: Readonly<Record<string, Expected>>
  readonly #messages = new Map<string, Message>()
  readonly #sealed = new Map<string, Sealed>()
  /** The verbs of the operations, and whom they are about, by their number. */
  readonly #operations = new Map<string, { readonly verb: Verb; readonly about: string }>()

  constructor(play: DcgkaListed, performance: Performance) {
    this.#play = play
    this.#performance = performance
    this.#expected = { ...play.opening.messages, ...play.messages }
    for (const [handle, user] of Object.entries(play.cast))
      this.#members.set(handle, { handle, user, name: undefined, secrets: new Set(), present: undefined, opened: new Set() })
  }

  /** All users appear, and each has what each of its members needs to write to every other member. */
  async enter(): Promise<void> {
    const copies = this.#play.steps.flatMap(([, verb, as]) => (verb === "copy" ? [as] : []))
    const handles = [...this.#members.values()].filter(({ handle }) => !copies.includes(handle))
    const counts = new Map<string, number>()
    for (const { user } of handles) counts.set(user, (counts.get(user) ?? 0) + 1)
    for (const user of counts.keys()) await this.#prepare(user, "user.appear", { user })
    for (const [user, count] of counts) {
      for (const [other, others] of counts) {
        const pairs = user === other ? count * (count - 1) : count * others
        for (let left = pairs; left > 0; left--) await this.#meet(user, other)
      }
    }
    for (const { handle, user } of handles) await this.#prepare(user, "member.enter", { on: handle, user })
  }

  async #prepare(user: string, method: string, params: Readonly<Record<string, string>>): Promise<void> {
    const answer = await this.#performance.call(user, method, params, readNothing)
    if ("not" in answer) this.#performance.diverge(this.#anyOf(user), `${method}: ${answer.not}`)
  }

  async #meet(user: string, other: string): Promise<void> {
    const published = await this.#performance.call(other, "user.publish", { user: other }, readCard)
    if ("output" in published) await this.#prepare(user, "user.meet", { user, other, card: published.output.card })
    else this.#performance.diverge(this.#anyOf(other), `user.publish: ${published.not}`)
  }

  #anyOf(user: string): string {
    return [...this.#members.values()].find((one) => one.user === user)!.handle
  }

  async step(step: DcgkaListed["steps"][number]): Promise<void> {
    const [handle, verb, ...rest] = step
    const member = this.#members.get(handle)!
    const isOperation = verb === "create" || verb === "add" || verb === "remove" || verb === "update"
    // They are counted whether or not there is still somebody to do them.
    if (isOperation) this.#operations.set(`${this.#operations.size + 1}`, { verb, about: rest[0] ?? "" })
    if (this.#performance.isLost(member.user)) return
    switch (verb) {
      case "create":
      case "add":
      case "remove":
      case "update":
        return await this.#operate(member, `${this.#operations.size}`)
      case "views":
        return await this.#look(member, rest[0]!)
      case "copy":
        return await this.#copy(member, rest[0]!)
      case "steals":
        for (const name of rest) await this.#steal(member, name)
        return
      case "changed":
        return await this.#change(member, rest[0] as DcgkaChange, rest[1]!)
      case "seals":
        return await this.#seal(member, rest[0]!)
      case "opens":
      case "refuses":
        for (const name of rest) await this.#open(member, verb, name)
        return
      default:
        for (const name of rest) await this.#deliver(member, verb, name)
    }
  }

  /** At the end: who is a member, who has what of whom, and that all agree. */
  async finish(): Promise<void> {
    const { members, apart } = this.#play.end
    const present = [...members].map((handle) => this.#members.get(handle)!).filter(({ user }) => !this.#performance.isLost(user))
    for (const member of present) await this.#look(member, members)
    for (const [handle, others] of Object.entries(apart)) this.#keepApart(this.#members.get(handle)!, others)
    this.#performance.at = "last updates"
    const updates: Array<string> = []
    for (const member of present) {
      const name = `${this.#operations.size + 1}`
      this.#operations.set(name, { verb: "update", about: "" })
      await this.#operate(member, name, { to: sorted([...members].filter((one) => one !== member.handle)) })
      updates.push(name)
    }
    for (const member of present) {
      for (const name of updates) {
        const message = this.#messages.get(name)
        if (message !== undefined && message.sender !== member.handle) await this.#process(member, name, message, { read: members })
      }
    }
  }

  #keepApart({ handle, present }: Member, others: string): void {
    if (present === undefined) return
    const erratum = this.#rekeyOf(handle)
    for (const other of others) {
      const says = `${other}, who should not, has the present secret of ${handle}`
      if (this.#members.get(other)!.secrets.has(present)) this.#performance.diverge(handle, says, clauses.rekey, erratum)
    }
  }

  /** Who does not rekey where it is due does what the paper has. */
  #rekeyOf(handle: string): "S1" | undefined {
    return Object.keys(this.#expected).some((name) => name.endsWith(`>${handle}+`)) ? "S1" : undefined
  }

  async #look(member: Member, expected: string): Promise<void> {
    const answer = await this.#performance.call(member.user, "member.view", { on: member.handle }, readView)
    const wanted = [...expected].map((handle) => this.#members.get(handle)!.user).sort()
    if ("not" in answer) return this.#performance.diverge(member.handle, `its view: ${answer.not}`, clauses.members)
    const seen = answer.output.members.map(({ user }) => user).sort()
    if (String(seen) === String(wanted)) return
    this.#performance.diverge(member.handle, `has ${seen.join(", ") || "nobody"} in its view, not ${wanted.join(", ")}`, clauses.members)
  }

  async #operate(member: Member, name: string, expected?: Expected): Promise<void> {
    const { verb, about } = this.#operations.get(name)!
    const answer = await this.#performance.call(member.user, `member.${verb}`, this.#paramsOf(member, verb, about), readSends)
    if ("not" in answer) return this.#performance.diverge(member.handle, `cannot ${verb} ${about}: ${answer.not}`)
    const [out, ...more] = answer.output.sent
    if (out === undefined) return this.#performance.diverge(member.handle, `sends nothing for ${verb} ${about}`)
    this.#learn(member, verb, about, out)
    if (verb === "create") await this.#learnOwn(member)
    this.#send(member, name, out, expected ?? this.#expected[name] ?? {})
    if (more.length > 0) this.#performance.diverge(member.handle, `sends ${1 + more.length} messages for ${verb} ${about}`)
  }

  #paramsOf({ handle }: Member, verb: Verb, about: string) {
    const users = [...about].map((one) => this.#members.get(one)!.user)
    if (verb === "create") return { on: handle, users }
    if (verb === "add") return { on: handle, user: users[0]! }
    return verb === "remove" ? { on: handle, member: this.#members.get(about)!.name ?? "" } : { on: handle }
  }

  // Whoever is made by a message has a direct message with it, by which its name becomes known.
  #learn({ handle }: Member, verb: Verb, about: string, { directs }: SentOut): void {
    if (verb !== "create" && verb !== "add") return
    for (const made of about) {
      const member = this.#members.get(made)!
      const direct = directs.find(({ user }) => user === member.user)
      if (direct === undefined)
        this.#performance.diverge(handle, `has no direct message for ${made}, whom it brings in`, clauses.recipients)
      else member.name = direct.member
    }
  }

  async #learnOwn(member: Member): Promise<void> {
    const answer = await this.#performance.call(member.user, "member.view", { on: member.handle }, readView)
    if ("output" in answer && answer.output.me !== null) member.name = answer.output.me
    else this.#performance.diverge(member.handle, "is nobody after its create", clauses.members)
  }

  #send(member: Member, name: string, out: SentOut, { to = "", silent, printed = {} }: Expected): void {
    const got = sorted(out.directs.map((direct) => this.#handleOf(direct.member)))
    this.#messages.set(name, { sender: member.handle, out, to: got })
    if (out.secret !== null) {
      member.present = out.secret
      member.secrets.add(out.secret)
    } else if (silent !== true) {
      this.#performance.diverge(member.handle, `has no new secret by its message ${name}`, clauses.recipients)
    }
    if (got === to) return
    const [erratum] = Object.entries(printed).find(([, members]) => members === got) ?? []
    const says = `its message ${name} has direct messages for ${listed(got)}, not for ${listed(to)}`
    this.#performance.diverge(member.handle, says, this.#clauseOf(name, got, to), erratum)
  }

  #handleOf(name: string): string {
    return [...this.#members.values()].find((one) => one.name === name)?.handle ?? "?"
  }

  #clauseOf(name: string, got: string, to: string): string {
    const answered = this.#answered(name)
    if (answered === undefined) return clauses.recipients
    const extra = [...got].some((one) => !to.includes(one))
    if (answered.verb === "add") return extra ? clauses.cancelled : clauses.recipients
    if (!extra) return clauses.forward
    return answered.verb === "remove" && got.includes(answered.about) ? clauses.ownAck : clauses.outside
  }

  /** The operation that a message answers; a rekey answers none. */
  #answered(name: string) {
    const at = name.lastIndexOf(">")
    if (at < 0 || name.endsWith("+")) return undefined
    const of = name.slice(0, at)
    return of.includes(">") ? { verb: "update" as const, about: "" } : this.#operations.get(of)
  }

  async #deliver(member: Member, verb: "takes" | "again" | "early" | "overhears", name: string): Promise<void> {
    const message = this.#messages.get(name)
    // What an implementation does not send was told of where it should have been sent, or need not be sent.
    if (message === undefined) return
    if (verb === "takes") await this.#process(member, name, message, this.#expected[name] ?? {})
    else await this.#refuse(member, verb, name, message)
  }

  #call({ user, handle, name }: Member, { out }: Message, parts: Parts = partsFor(out, name)) {
    const recipients = out.directs.map((one) => one.member)
    return this.#performance.call(user, "member.process", { on: handle, recipients, ...parts }, readProcessed)
  }

  async #process(member: Member, name: string, message: Message, { read = "" }: Expected): Promise<void> {
    const answer = await this.#call(member, message)
    const { handle } = member
    if ("not" in answer) return this.#performance.diverge(handle, `does not take ${name}: ${answer.not}`)
    const { secret, sent } = answer.output
    if (secret !== null) member.secrets.add(secret)
    const { secret: senders } = message.out
    if (read.includes(handle) && senders !== null && secret !== senders) {
      const says = `takes ${secret === null ? "no secret" : "another secret"} from ${name} of ${message.sender}, where it has to take the sender's`
      const clause = this.#answered(name)?.verb === "update" ? clauses.forward : clauses.recipients
      this.#performance.diverge(handle, says, clause, undefined, secret !== null)
    }
    if (!read.includes(handle) && secret !== null) {
      this.#performance.diverge(handle, `takes a secret from ${name}, which has none for it`, clauses.noSecret, "F7")
    }
    this.#answer(member, name, sent)
  }

  #answer(member: Member, name: string, sent: ReadonlyArray<SentOut>): void {
    const [answer, rekey, ...more] = sent
    const expected = this.#expected[`${name}>${member.handle}`]
    // One who is removed may answer its removal, and the last updates are answered by everybody: nobody is sent that.
    if (expected === undefined) return
    if (answer === undefined) this.#performance.diverge(member.handle, `does not answer ${name}`, clauses.answers)
    else this.#send(member, `${name}>${member.handle}`, answer, expected)
    if (rekey === undefined) return
    const ofRekey = this.#expected[`${name}>${member.handle}+`]
    if (ofRekey !== undefined) this.#send(member, `${name}>${member.handle}+`, rekey, ofRekey)
    if (ofRekey === undefined || more.length > 0)
      this.#performance.diverge(member.handle, `sends ${sent.length} messages after ${name}, one or more too many`)
  }

  async #copy(member: Member, as: string): Promise<void> {
    const { user, handle, name } = member
    const copy = this.#members.get(as)!
    copy.name = name
    for (const secret of member.secrets) copy.secrets.add(secret)
    for (const one of member.opened) copy.opened.add(one)
    const answer = await this.#performance.call(user, "member.copy", { on: handle, as }, readNothing)
    if ("not" in answer) this.#performance.diverge(handle, `cannot be copied: ${answer.not}`)
  }

  // What comes of it is looked at when the play ends.
  async #steal(member: Member, name: string): Promise<void> {
    const message = this.#messages.get(name)
    const answer = message === undefined ? undefined : await this.#call(member, message)
    if (answer === undefined || "not" in answer) return
    const { secret, sent } = answer.output
    for (const one of [secret, ...sent.map((out) => out.secret)]) if (one !== null) member.secrets.add(one)
  }

  async #change(member: Member, how: DcgkaChange, name: string): Promise<void> {
    const { user, handle } = member
    const view = () => this.#performance.call(user, "member.view", { on: handle }, readView)
    const before = await view()
    const answer = await this.#giveChanged(member, how, name)
    if (answer === undefined) return
    this.#performance.refused(handle, `${name}, which was changed on the way (${how})`, answer, this.#play.clauses[0])
    if (JSON.stringify(await view()) !== JSON.stringify(before))
      this.#performance.diverge(handle, `has another view after ${name}, which was changed on the way (${how})`, this.#play.clauses[0])
  }

  async #giveChanged(member: Member, how: DcgkaChange, name: string) {
    const { user, handle: on } = member
    const sealed = this.#sealed.get(name)
    if (sealed !== undefined) {
      const message = changedText(sealed.message, how as Change)
      return await this.#performance.call(user, "member.open", { on, message }, readOpened)
    }
    const message = this.#messages.get(name)
    const changed = message === undefined ? undefined : changedParts(message.out, member.name, how)
    return message === undefined || changed === undefined ? undefined : await this.#call(member, message, changed)
  }

  async #seal({ user, handle }: Member, name: string): Promise<void> {
    const text = `message ${name}`
    const sealed = await this.#performance.call(user, "member.seal", { on: handle, text }, readSealed)
    if ("output" in sealed) this.#sealed.set(name, { sender: handle, message: sealed.output.message, text })
    else this.#performance.diverge(handle, `cannot seal ${name}: ${sealed.not}`, clauses.ofSecret)
  }

  async #open({ user, handle, opened }: Member, verb: "opens" | "refuses", name: string): Promise<void> {
    const sealed = this.#sealed.get(name)
    // What was never sealed was told of where it should have been.
    if (sealed === undefined) return
    const answer = await this.#performance.call(user, "member.open", { on: handle, message: sealed.message }, readOpened)
    if ("not" in answer) {
      const isLate = [...opened].some((one) => this.#sealed.get(one)!.sender === sealed.sender && numberOf(one) > numberOf(name))
      const says = `does not open ${name} of ${sealed.sender}: ${answer.not}`
      if (verb === "opens") this.#performance.diverge(handle, says, isLate ? clauses.inAnyOrder : clauses.ofSecret)
      return
    }
    if (verb === "refuses") {
      const isOnce = opened.has(name) || sealed.sender === handle
      const says = `opens ${name} of ${sealed.sender}, which ${isOnce ? "it has had" : "is not for it"}`
      const erratum = isOnce ? undefined : this.#rekeyOf(sealed.sender)
      this.#performance.diverge(handle, says, isOnce ? clauses.once : clauses.chain, erratum, true)
    }
    opened.add(name)
    if (answer.output.text !== sealed.text)
      this.#performance.diverge(handle, `finds another text in ${name}`, clauses.ofSecret, undefined, true)
  }

  async #refuse(member: Member, verb: "again" | "early" | "overhears", name: string, message: Message): Promise<void> {
    const answer = await this.#call(member, message)
    if ("not" in answer) return
    const { secret, sent } = answer.output
    if (secret !== null) member.secrets.add(secret)
    const learns = secret !== null && (verb !== "overhears" || secret === message.out.secret)
    if (learns) this.#performance.diverge(member.handle, `learns a secret from ${name}, which it ${verbs[verb]}`, this.#play.clauses[0])
    if (verb === "early") this.#performance.diverge(member.handle, `takes ${name} before what comes before it`)
    if (verb === "again" && sent.length > 0) this.#performance.diverge(member.handle, `answers ${name}, which it gets a second time`)
  }
}

/** What one member gets of what is sent. */
interface Parts {
  readonly message: string
  readonly direct: string | null
}

const partsFor = ({ message, directs }: SentOut, member: string | undefined): Parts => ({
  message,
  direct: directs.find((one) => one.member === member)?.direct ?? null,
})

/** What one member gets when it was changed on the way; undefined where there is nothing to change. */
const changedParts = (out: SentOut, member: string | undefined, how: DcgkaChange): Parts | undefined => {
  const { message, direct } = partsFor(out, member)
  if (how === "bit" || how === "cut" || how === "longer" || how === "empty") return { message: changedText(message, how), direct }
  const other = out.directs.find((one) => one.member !== member)?.direct
  if (direct === null || (how === "direct-of-another" && other === undefined)) return undefined
  if (how === "no-direct") return { message, direct: null }
  return { message, direct: how === "direct-of-another" ? other! : changedText(direct, how.slice("direct-".length) as Change) }
}

/** The number of an application message. */
const numberOf = (name: string): number => Number(name.slice(1))

const verbs = { again: "gets a second time", early: "gets too early", overhears: "only overhears" } as const

/** Performs a play with its users in these seats; gives what was otherwise than it should be. */
export const performDcgka = async (play: DcgkaListed, seats: ReadonlyMap<string, Seat>): Promise<Performance["divergences"]> => {
  const performance = new Performance(play.cast, seats)
  await performance.begin()
  const acting = new Acting(play, performance)
  await acting.enter()
  await performance.steps(play, (step) => acting.step(step))
  performance.at = "end"
  await acting.finish()
  return performance.divergences
}
