/**
 * The security game on explored schedules of key agreement: the state of every member, and the states of every two, taken at every point, and every update secret as a challenge.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import * as KeyAgreement from "../../reference/dcgka/key-agreement.ts"
import { type Check, isPresent, type Local, type Message, seenBy, Violation } from "../../reference/simulation/locals.ts"
import type { World } from "../../reference/simulation/world.ts"
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
 * How a message is judged when some states are taken. `processed`: nobody whose state was taken had yet to process it; `dominated`: dominated safe otherwise; `safe`: safe, and not dominated safe; `unsafe`: not safe.
 */
export type Judgement = "processed" | "dominated" | "safe" | "unsafe"

/** What a game has counted. */
export interface GameCounts {
  traces: number
  corruptions: number
  /** How often a value that had been used was looked for in what a later state gives. */
  gone: number
  /** By judgement, then by the type of the message. */
  readonly challenges: Readonly<Record<Judgement, Record<string, Tally>>>
}

/** Nothing counted. */
export const noGame = (): GameCounts => ({
  traces: 0,
  corruptions: 0,
  gone: 0,
  challenges: { processed: {}, dominated: {}, safe: {}, unsafe: {} },
})

/** The definitions of the chapter "security-game", on messages as the explorer knows them. */
export const run: Run<Message> = {
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
  readonly local: Local
  readonly corruption: Corruption<Message>
  readonly held: ReadonlyArray<Token>
}

const describe = (taken: ReadonlyArray<Taken>) =>
  taken.map(({ local }) => `${local.name} after ${local.cause?.name ?? local.last?.name ?? "nothing"}`).join(" and of ")

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
export const gameOn = (knowledge: Knowledge, counts: GameCounts) => {
  const opened = new WeakMap<Local, ReadonlyArray<Token>>()

  const takenOf = cached((local: Local): Taken => {
    const { state } = KeyAgreement.parted(local.state)
    const held = knowledge.tokensIn(encodeWire(KeyAgreement.GroupState, state))
    return { local, corruption: { member: local.member, had: hadBy(local) }, held }
  })

  const goneAfter = cached((local: Local): ReadonlyArray<Token> => {
    const used = usedIn(local).flatMap((value) => knowledge.tokenOf(value) ?? [])
    return [...used, ...(opened.get(local) ?? [])]
  })

  const packetsOf = cached(({ outgoing: { control, directs } }: Message): ReadonlyArray<Token> =>
    [control, ...directs.map(({ message }) => message)].flatMap((bytes) => knowledge.tokensIn(bytes)),
  )

  const secretOf = cached(({ secret }: Message) => (secret === undefined ? undefined : knowledge.tokenOf(Buffer.from(secret, "hex"))))

  /** Forward secrecy: what a member has used cannot be derived from any later state of its own. */
  const checkGone = (path: ReadonlyArray<Local>, isPoint: (local: Local) => boolean, everybody: ReadonlyArray<Token>) => {
    const gone = new Set<Token>()
    for (const local of path) {
      for (const token of goneAfter(local)) gone.add(token)
      if (!isPoint(local)) continue
      const known = knowledge.closure([...everybody, ...takenOf(local).held])
      for (const token of gone) {
        counts.gone++
        if (known.has(token)) throw new Violation(`from the state of ${describe([takenOf(local)])} follows what it has used`)
      }
    }
  }

  const judge = (message: Message, taken: ReadonlyArray<Taken>): Judgement => {
    const corruptions = taken.map(({ corruption }) => corruption)
    if (!corruptions.some((one) => matters(one, message))) return "processed"
    if (dominatedSafe(run, message, corruptions)) return "dominated"
    return safe(run, message, corruptions) ? "safe" : "unsafe"
  }

  const challenge = (messages: ReadonlyArray<Message>, taken: ReadonlyArray<Taken>, everybody: ReadonlyArray<Token>) => {
    counts.corruptions++
    const known = knowledge.closure([...everybody, ...taken.flatMap(({ held }) => held)])
    for (const message of messages) {
      const secret = secretOf(message)
      if (secret === undefined) continue
      const judgement = judge(message, taken)
      const tallies = counts.challenges[judgement]
      const tally = (tallies[message.control.type] ??= { challenges: 0, derivable: 0 })
      tally.challenges++
      if (!known.has(secret)) continue
      tally.derivable++
      if (judgement === "unsafe" || judgement === "safe") continue
      throw new Violation(`the secret of ${message.name} follows from the state of ${describe(taken)}`)
    }
  }

  return {
    /** To be called at each delivery: notes by which keys something was opened. */
    note: ((_before, _message, _processed, after) => {
      opened.set(after, knowledge.takeOpened())
    }) satisfies Check,

    /** Plays the game at the end of a schedule that began in `base`: a state of each member taken at each point since, and of each two at each two points. */
    play: (end: World, base: World, most: number): void => {
      counts.traces++
      const paths = Object.values(end.locals).map(pathOf)
      const everybody = [...new Set(paths.flatMap((path) => path.flatMap(({ emitted }) => emitted.flatMap(packetsOf))))]
      const isPoint = (local: Local) => isPresent(local) && (base.locals[local.name] === undefined || local.id >= base.locals[local.name]!.id)
      for (const path of paths) checkGone(path, isPoint, everybody)
      const points = paths.map((path) => path.filter(isPoint).map(takenOf))
      const messages = end.sent.map(({ message }) => message)
      for (const [index, ofOne] of points.entries()) {
        for (const one of ofOne) {
          challenge(messages, [one], everybody)
          if (most < 2) continue
          for (const ofOther of points.slice(index + 1)) for (const other of ofOther) challenge(messages, [one, other], everybody)
        }
      }
    },
  }
}
