/**
 * Challenges: cases that nobody has seen. They are made at run time from published ones and a seed, and another peer, the oracle, says what
 * the answers are: the runner knows none. A peer that looks its answers up in the published files has nothing to find.
 *
 * A case is changed in one of two ways. *Redrawn*: users, handles, seeds, keys and contents are drawn afresh, each old value giving the same new one
 * wherever it stands, and what the oracle answers takes the place of what the published case has from there on. *Canary*: one byte of one
 * parameter is another, and all else is as published.
 *
 * @module
 */
import { createHmac } from "node:crypto"
import { type Json, readAnswer } from "../protocol/messages.ts"
import { INVALID_PARAMS } from "../protocol/serve.ts"
import { type Step, sha256Of } from "../protocol/vectors.ts"
import { Connection } from "./connection.ts"
import { CallFailure, timeoutsOf } from "./conversation.ts"
import { type Greeting, type Peer, startPeer } from "./peer.ts"

/** What a challenge is made from. */
export interface Challenge {
  readonly seed: string
  /** The command of the oracle. */
  readonly oracle: ReadonlyArray<string>
}

/** Makes the steps of a case afresh. */
export interface Challenger {
  readonly stepsOf: (id: string, steps: ReadonlyArray<Step>) => Promise<ReadonlyArray<Step>>
  readonly close: () => Promise<void>
}

type Params = Step["params"]

/** Draws that depend on the seed of the challenge and on what they are for. */
type Draw = (purpose: string, bytes: number) => Buffer

const drawing =
  (seed: string, id: string): Draw =>
  (purpose, bytes) => {
    const block = (count: number) => createHmac("sha256", seed).update(`${id}\0${purpose}\0${count}`).digest()
    return Buffer.concat(Array.from({ length: Math.ceil(bytes / 32) || 1 }, (_, count) => block(count))).subarray(0, bytes)
  }

/** Parameters that name a user or a handle. */
const NAMES: ReadonlySet<string> = new Set(["on", "user", "users", "me", "peerUser"])

/** Parameters that may be anything: randomness, and what a user says. */
const CONTENTS =
  /^(seed|payload|plaintext|data|associatedData|context|info|salt|input|initial|contributions?|nonces?|commit|sessionId|group|messageKey)$|secret(key)?$|priv$/iu

const isHex = (value: unknown): value is string => typeof value === "string" && value.length % 2 === 0 && /^[0-9a-f]+$/u.test(value)

const isName = (value: unknown): value is string => typeof value === "string" && /^[A-Za-z][A-Za-z0-9-]{1,40}$/u.test(value)

/** All texts of a value, each with the parameter that it belongs to. */
const textsIn = function* (value: Json, key = ""): Generator<readonly [key: string, text: string]> {
  if (typeof value === "string") yield [key, value]
  else if (Array.isArray(value)) for (const inner of value) yield* textsIn(inner, key)
  else if (typeof value === "object" && value !== null) for (const [name, inner] of Object.entries(value)) yield* textsIn(inner, name)
}

const mapTexts = (value: Json, change: (text: string) => string): Json => {
  if (typeof value === "string") return change(value)
  if (Array.isArray(value)) return value.map((inner) => mapTexts(inner, change))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, change)]))
}

/** A part of a text that is not full of itself, and long enough to mean what it says wherever it stands: 8 bytes. */
const FINDABLE = 16

/** Old texts and the new ones that stand for them. */
class Substitution {
  readonly #whole = new Map<string, string>()
  /** Parts by how they begin, longest first: there are thousands of them, and texts of megabytes to look through. */
  readonly #parts = new Map<string, Array<readonly [old: string, fresh: string]>>()

  add(old: string, fresh: string): void {
    if (old === fresh || this.#whole.has(old)) return
    this.#whole.set(old, fresh)
    if (old.length < FINDABLE || old.length !== fresh.length || !isHex(old)) return
    const start = old.slice(0, FINDABLE)
    const parts = [...(this.#parts.get(start) ?? []), [old, fresh] as const]
    this.#parts.set(
      start,
      parts.sort(([left], [right]) => right.length - left.length),
    )
  }

  has(old: string): boolean {
    return this.#whole.has(old)
  }

  apply(text: string): string {
    const whole = this.#whole.get(text)
    if (whole !== undefined) return whole
    if (text.length <= FINDABLE || !isHex(text)) return text
    const pieces: Array<string> = []
    let done = 0
    for (let at = 0; at + FINDABLE <= text.length; ) {
      const found = this.#parts.get(text.slice(at, at + FINDABLE))?.find(([old]) => text.startsWith(old, at))
      if (found === undefined) {
        at += 2
        continue
      }
      pieces.push(text.slice(done, at), found[1])
      at += found[0].length
      done = at
    }
    return pieces.length === 0 ? text : pieces.join("") + text.slice(done)
  }
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz"

// Another last letter: names keep their length, and mostly their order.
const renamed = (name: string, draw: Draw, taken: ReadonlySet<string>): string => {
  const candidates = [...draw(`name ${name}`, 32)].map((byte) => name.slice(0, -1) + LETTERS[byte % LETTERS.length])
  return candidates.find((one) => !taken.has(one)) ?? name
}

const freshInputs = (steps: ReadonlyArray<Step>, draw: Draw): Substitution => {
  const texts = steps.flatMap(({ params }) => [...textsIn(params)])
  const outputs = new Set(
    steps.flatMap(({ expect }) => (expect.verdict === "accepted" ? [...textsIn(expect.output)].map(([, text]) => text) : [])),
  )
  const taken = new Set(texts.map(([, text]) => text))
  const fresh = new Substitution()
  for (const [key, text] of texts) {
    if (outputs.has(text) || fresh.has(text)) continue
    if (NAMES.has(key) && isName(text)) {
      const name = renamed(text, draw, taken)
      taken.add(name)
      fresh.add(text, name)
    } else if (CONTENTS.test(key) && isHex(text)) fresh.add(text, draw(`bytes ${sha256Of(text)}`, text.length / 2).toString("hex"))
  }
  return fresh
}

/** From here on, what the oracle answered stands for what the published case has. */
const learn = (fresh: Substitution, published: Json, answered: Json): void => {
  if (typeof published === "string" && typeof answered === "string") fresh.add(published, answered)
  else if (Array.isArray(published) && Array.isArray(answered)) {
    for (const [index, inner] of published.entries()) if (answered[index] !== undefined) learn(fresh, inner, answered[index])
  } else if (typeof published === "object" && published !== null && typeof answered === "object" && answered !== null) {
    for (const [key, inner] of Object.entries(published)) {
      const other = (answered as Readonly<Record<string, Json>>)[key]
      if (other !== undefined) learn(fresh, inner, other)
    }
  }
}

const expectOf = (result: unknown): Step["expect"] => {
  const answer = readAnswer(result)
  if (answer.verdict === "refused" || answer.verdict === "malformed") return { verdict: answer.verdict, clause: answer.clause }
  return answer
}

// How a state is saved is everybody's own.
const isCompared = ({ expect }: Step): boolean => expect.verdict !== "keeps"

/** Asks the oracle. `undefined` when the call is none that it could answer. */
const asked = async ({ connection }: Peer, method: string, params: Params, wanted: Step["expect"]): Promise<Step["expect"] | undefined> => {
  try {
    return await connection.call(method, params, expectOf)
  } catch (error) {
    if (error instanceof CallFailure && error.code === INVALID_PARAMS && wanted.verdict === "no-call") return { verdict: "no-call" }
    if (error instanceof CallFailure && error.kind === "peer-error") return undefined
    throw error
  }
}

const redrawn = async (oracle: Peer, steps: ReadonlyArray<Step>, draw: Draw): Promise<ReadonlyArray<Step>> => {
  const fresh = freshInputs(steps, draw)
  const made: Array<Step> = []
  for (const { method, params, expect } of steps.filter(isCompared)) {
    const changed = mapTexts(params, (text) => fresh.apply(text)) as Params
    const answer = await asked(oracle, method, changed, expect)
    // What comes after a call that is none would be about another state than the one it was written for.
    if (answer === undefined) break
    if (expect.verdict === "accepted" && answer.verdict === "accepted") learn(fresh, expect.output, answer.output)
    made.push({ method, params: changed, expect: answer })
  }
  return made
}

const flippedAt = (params: Params, target: number, byte: number): Params => {
  let at = -1
  return mapTexts(params, (text) => {
    if (!isHex(text) || ++at !== target) return text
    const index = 2 * (byte % (text.length / 2))
    const other = (Number.parseInt(text.slice(index, index + 2), 16) ^ (1 + (byte % 255))).toString(16).padStart(2, "0")
    return text.slice(0, index) + other + text.slice(index + 2)
  }) as Params
}

const hexCount = (params: Params): number => [...textsIn(params)].filter(([, text]) => isHex(text)).length

/** A canary changes what a step says, not the seeds and names that all others build upon. */
const canary = async (oracle: Peer, steps: ReadonlyArray<Step>, draw: Draw, attempt: number): Promise<ReadonlyArray<Step>> => {
  const places = steps.flatMap(({ params }, step) => Array.from({ length: hexCount(params) }, (_, target) => ({ step, target })))
  const number = draw(`canary ${attempt}`, 8)
  const place = places[places.length === 0 ? 0 : number.readUInt32BE(0) % places.length]
  const made: Array<Step> = []
  for (const [index, { method, params, expect }] of steps.entries()) {
    if (!isCompared(steps[index]!)) continue
    const changed = place?.step === index ? flippedAt(params, place.target, number.readUInt32BE(4)) : params
    const answer = await asked(oracle, method, changed, expect)
    if (answer === undefined) break
    made.push({ method, params: changed, expect: answer })
  }
  return made
}

const differs = (made: ReadonlyArray<Step>, steps: ReadonlyArray<Step>): boolean =>
  made.some(({ params }, index) => JSON.stringify(params) !== JSON.stringify(steps[index]?.params))

/** How often a canary is tried: some bytes make a call that is none. */
const CANARIES = 4

const reset = (oracle: Peer): Promise<unknown> => oracle.connection.call("reset", {}, readAnswer)

/** The peer that knows the answers: started when it is first needed, and again when it is lost. */
export interface Oracle {
  readonly peer: () => Promise<Peer>
  readonly close: () => Promise<void>
}

/** An oracle by its command. */
export const oracleOf = (command: ReadonlyArray<string>, greeting: Greeting): Oracle => {
  let oracle: Peer | undefined
  const connect = () => new Connection({ command, timeouts: timeoutsOf(60_000) })
  return {
    peer: async () => {
      if (oracle === undefined || oracle.connection.broken) oracle = await startPeer(connect, greeting)
      return oracle
    },
    close: async () => oracle?.connection.close(),
  }
}

/** The steps of a case, made afresh from a seed. */
export const challengingSteps = async (
  oracle: Oracle,
  seed: string,
  id: string,
  steps: ReadonlyArray<Step>,
): Promise<ReadonlyArray<Step>> => {
  const peer = await oracle.peer()
  const draw = drawing(seed, id)
  const makers = Array.from({ length: CANARIES }, (_, attempt) => () => canary(peer, steps, draw, attempt))
  // Half of the cases are canaries; where one way changes nothing, the other is taken.
  if (draw("kind", 1)[0]! % 2 === 0) makers.unshift(() => redrawn(peer, steps, draw))
  else makers.push(() => redrawn(peer, steps, draw))
  for (const make of makers) {
    await reset(peer)
    const made = await make()
    if (made.length > 0 && differs(made, steps)) return made
  }
  return steps
}

/** A maker of challenges, with an oracle of its own. */
export const challengerOf = ({ seed, oracle: command }: Challenge, greeting: Greeting): Challenger => {
  const oracle = oracleOf(command, greeting)
  return { stepsOf: (id, steps) => challengingSteps(oracle, seed, id, steps), close: oracle.close }
}
