/**
 * The security game on explored schedules of key agreement: the state of every member, and the states of every two, taken at every point, and every update secret as a challenge.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import * as KeyAgreement from "../../reference/dcgka/key-agreement.ts"
import { type Check, isPresent, type Local, type Message, seenBy, Violation } from "../../reference/simulation/locals.ts"
import { type Line, scheduleOf, type World } from "../../reference/simulation/world.ts"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import { welcomeInput } from "../../spec/dcgka/ratchet.ts"
import { type Corruption, dominatedSafe, matters, type Run, safe } from "../../spec/dcgka/security-game.ts"
import { isSeed, pastOf, viewOf } from "../explore/oracle.ts"
import type { Knowledge, Token } from "./knowledge.ts"

/** How often one kind of challenge was made, and how often the secret could be derived. */
export interface Tally {
  challenges: number
  derivable: number
}

/**
 * How a message is judged when some states are taken. `processed`: nobody whose state was taken had yet to process it; `dominated`: dominated safe otherwise; `safe`: safe, and not dominated safe; `unsafe`: not safe. `contact`: one of
 * the first two, but the keyring of a user was taken too, and somebody has made first contact with that user later.
 */
export type Judgement = "processed" | "dominated" | "safe" | "unsafe" | "contact"

/** What a game has counted. */
export interface GameCounts {
  traces: number
  /** How many keys were looked at by which others would take something in the name of a member. */
  voices: number
  corruptions: number
  /** How often a value that had been used was looked for in what a later state gives. */
  gone: number
  /** By judgement, then by the type of the message. */
  readonly challenges: Readonly<Record<Judgement, Record<string, Tally>>>
  /** By limit of the chapters "security": the first trace that shows it. */
  readonly limits: Map<LimitId, Shown>
}

/** The limits of the chapters "security" that a game shows. */
export type LimitId =
  | "dcgka.concurrent-updates"
  | "dcgka.under-way"
  | "dcgka.never-acknowledged"
  | "dcgka.prekeys-stolen"
  | "dcgka.thief-in-time"
  | "dcgka.used-by-another"
  | "mpenc.weak-forward-secrecy"
  | "mpenc.no-healing"
  | "delivery-service.never-renewed"

/** What shows a limit: in words, and the schedule where there is one. */
interface Shown {
  readonly says: string
  readonly schedule: ReadonlyArray<Line>
}

/** Nothing counted. */
export const noGame = (): GameCounts => ({
  traces: 0,
  voices: 0,
  corruptions: 0,
  gone: 0,
  challenges: { processed: {}, dominated: {}, safe: {}, unsafe: {}, contact: {} },
  limits: new Map(),
})

/** Notes what shows a limit, if nothing has before. */
export const noteLimit = ({ limits }: GameCounts, id: LimitId, says: string, schedule: () => ReadonlyArray<Line> = () => []): void => {
  if (!limits.has(id)) limits.set(id, { says, schedule: schedule() })
}

/** The tally of one kind of challenge. */
export const tallyOf = ({ challenges }: GameCounts, judgement: Judgement, type: string): Tally => {
  const tallies = challenges[judgement]
  const tally = tallies[type] ?? { challenges: 0, derivable: 0 }
  tallies[type] = tally
  return tally
}

/** How a message is judged when these states are taken, by the definitions of the chapter "security-game". */
export const judgementOf = <M>(game: Run<M>, message: M, corruptions: ReadonlyArray<Corruption<M>>): Judgement => {
  if (!corruptions.some((one) => matters(one, message))) return "processed"
  if (dominatedSafe(game, message, corruptions)) return "dominated"
  return safe(game, message, corruptions) ? "safe" : "unsafe"
}

/** The definitions of the chapter "security-game", on messages as the explorer knows them. */
const run: Run<Message> = {
  senderOf: ({ sender }) => sender,
  bringsSeed: isSeed,
  adds: ({ makes }) => Object.keys(makes),
  removes: ({ control }) => (control.type === "remove" ? control.member : undefined),
  past: pastOf,
  view: viewOf,
}

const welcome = Hex.encode(welcomeInput)

// Seeds; and of each step of a ratchet the state before it, its input and its update secret: what is traced of a step is state, input, update secret, next, in this order. What a step with the input `welcome` gives is the
// first member secret of a new member, which is kept until that member has acknowledged its addition.
const usedIn = ({ traced }: Local): ReadonlyArray<Uint8Array> =>
  traced.flatMap(({ name, value }, index) => {
    const isInStep = name.startsWith("ratchet.state ") || name.startsWith("ratchet.input ")
    const isTaken = name.startsWith("ratchet.update-secret ") && Hex.encode(traced[index - 1]!.value) !== welcome
    return name === "key-agreement.seed" || isInStep || isTaken ? [value] : []
  })

// From the first step on.
const pathOf = (local: Local): ReadonlyArray<Local> => {
  const path: Array<Local> = []
  for (let at: Local | undefined = local; at !== undefined; at = at.parent) path.push(at)
  return path.reverse()
}

const hadBy =
  (local: Local) =>
  (message: Message): boolean =>
    message.sender === local.member ? message.seq <= (local.last?.seq ?? 0) : seenBy(local, message.sender) >= message.seq

interface Taken {
  /** Whether it is what one state had, and not all that a user ever had. */
  readonly isState: boolean
  /** Whose, and when, in words. */
  readonly says: string
  readonly corruptions: ReadonlyArray<Corruption<Message>>
  readonly held: ReadonlyArray<Token>
}

const describe = (taken: ReadonlyArray<Taken>) => taken.map(({ says }) => says).join(" and of ")

const momentOf = ({ name, cause, last }: Local) => `${name} after ${cause?.name ?? last?.name ?? "nothing"}`

const cached = <K extends WeakKey, V>(make: (key: K) => V): ((key: K) => V) => {
  const made = new WeakMap<K, V>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    made.set(key, value)
    return value
  }
}

/** The game over everything that is explored on the primitives of one `knowledge`. */
export class ExploredGame {
  readonly #knowledge: Knowledge
  readonly #counts: GameCounts
  readonly #opened = new WeakMap<Local, ReadonlyArray<Token>>()

  constructor(knowledge: Knowledge, counts: GameCounts) {
    this.#knowledge = knowledge
    this.#counts = counts
  }

  /** To be called at each delivery: notes by which keys something was opened. */
  readonly note: Check = (_before, _message, _processed, after) => {
    this.#opened.set(after, this.#knowledge.takeOpened())
  }

  readonly #takenOf = cached((local: Local): Taken => {
    const { state } = KeyAgreement.parted(local.state)
    const held = this.#knowledge.tokensIn(encodeWire(KeyAgreement.GroupState, state))
    return { isState: true, says: momentOf(local), corruptions: [{ member: local.member, had: hadBy(local) }], held }
  })

  readonly #everHeld = cached((local: Local): ReadonlyArray<Token> => this.#knowledge.tokensIn(encodeWire(KeyAgreement.State, local.state)))

  /** A user that keeps all that it ever had, as all its members, and heals nothing. */
  #keeper(paths: ReadonlyArray<ReadonlyArray<Local>>): Taken {
    const ends = paths.map((path) => path.at(-1)!)
    const held = [...new Set(paths.flat().flatMap((local) => this.#everHeld(local)))]
    const corruptions = ends.map(({ member }) => ({ member, had: ({ sender }: Message) => sender === member }))
    return { isState: false, says: `${ends[0]!.user} at any time`, corruptions, held }
  }

  readonly #goneAfter = cached((local: Local): ReadonlyArray<Token> => {
    const used = usedIn(local).flatMap((value) => this.#knowledge.tokenOf(value) ?? [])
    return [...used, ...(this.#opened.get(local) ?? [])]
  })

  readonly #packetsOf = cached(
    ({ outgoing: { control, directs } }: Message): ReadonlyArray<Token> =>
      [control, ...directs.map(({ message }) => message)].flatMap((bytes) => this.#knowledge.tokensIn(bytes)),
  )

  readonly #secretOf = cached(({ secret }: Message) =>
    secret === undefined ? undefined : this.#knowledge.tokenOf(Buffer.from(secret, "hex")),
  )

  /** Forward secrecy: what a member has used cannot be derived from any later state of its own. */
  #checkGone(path: ReadonlyArray<Local>, isPoint: (local: Local) => boolean, everybody: ReadonlyArray<Token>) {
    const gone = new Set<Token>()
    for (const local of path) {
      for (const token of this.#goneAfter(local)) gone.add(token)
      if (!isPoint(local)) continue
      const known = this.#knowledge.closure([...everybody, ...this.#takenOf(local).held])
      for (const token of gone) {
        this.#counts.gone++
        if (known.has(token)) throw new Violation(`from the state of ${describe([this.#takenOf(local)])} follows what it has used`)
      }
    }
  }

  #challenge(end: World, messages: ReadonlyArray<Message>, taken: ReadonlyArray<Taken>, everybody: ReadonlyArray<Token>) {
    this.#counts.corruptions++
    const known = this.#knowledge.closure([...everybody, ...taken.flatMap(({ held }) => held)])
    for (const message of messages) {
      const secret = this.#secretOf(message)
      if (secret === undefined) continue
      const judgement = judgementOf(
        run,
        message,
        taken.flatMap(({ corruptions }) => corruptions),
      )
      const tally = tallyOf(this.#counts, judgement, message.control.type)
      tally.challenges++
      if (!known.has(secret)) continue
      tally.derivable++
      const says = `the secret of ${message.name}, which is ${judgement}, follows from the state of ${describe(taken)}`
      if (judgement === "safe") noteLimit(this.#counts, "dcgka.concurrent-updates", says, () => scheduleOf(end))
      if (judgement === "unsafe" && taken.length === 1 && taken[0]!.isState)
        noteLimit(this.#counts, waitsFor(message), says, () => scheduleOf(end))
      if (judgement !== "unsafe" && judgement !== "safe") throw new Violation(says)
    }
  }

  /** Plays the game at the end of a schedule that began in `base`: all that each user ever had taken; a state of each member taken at each point since, and, when `most` is 2, of each two at each two points. Throws a `Violation`. */
  play(end: World, base: World, most: 1 | 2): void {
    this.#counts.traces++
    const paths = Object.values(end.locals).map(pathOf)
    const everybody = [...new Set(paths.flatMap((path) => path.flatMap(({ emitted }) => emitted.flatMap(this.#packetsOf))))]
    const isPoint = (local: Local) => isPresent(local) && local.id >= (base.locals[local.name]?.id ?? 0)
    for (const path of paths) this.#checkGone(path, isPoint, everybody)
    const points = paths.map((path) => path.filter(isPoint).map(this.#takenOf))
    const messages = end.sent.map(({ message }) => message)
    for (const ofUser of Map.groupBy(paths, (path) => path[0]!.user).values()) {
      const own = ofUser.map((path) => path.at(-1)!.member)
      const others = messages.filter(({ sender }) => !own.includes(sender))
      this.#challenge(end, others, [this.#keeper(ofUser)], everybody)
    }
    for (const [index, ofOne] of points.entries()) {
      const others = most < 2 ? [] : points.slice(index + 1).flat()
      for (const one of ofOne)
        for (const taken of [[one], ...others.map((other) => [one, other])]) this.#challenge(end, messages, taken, everybody)
    }
  }
}

// Of what a state opens, and its member has not had: what was sealed to it, or what the answer will be made of that it awaits.
const waitsFor = (message: Message): LimitId => (isSeed(message) ? "dcgka.under-way" : "dcgka.never-acknowledged")
