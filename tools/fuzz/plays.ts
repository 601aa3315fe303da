/**
 * Plays of the vectors' cases, into which calls with wrong parameters are put. Whatever is called: there is a verdict or a broken call, never another exception; what is not accepted changes no handle; every
 * state can be encoded; and no call takes long.
 *
 * @module
 */
import { type Case, MANIFEST_PATH, readManifest, readVectorFile } from "../../conformance/protocol/vectors.ts"
import type { Primitives } from "../../reference/crypto/crypto.ts"
import { BrokenCall, type Session, session } from "../../reference/methods.ts"
import { type MethodName, methods } from "../../spec/methods.ts"
import { type Numbers, numbersFrom, pick } from "../explore/random.ts"
import { type Corpus, corpusOf, type Json, mutated } from "./mutations.ts"

const names = Object.keys(methods) as ReadonlyArray<MethodName>

/** A call that broke a promise. `seed` is that of its play. */
export interface Finding {
  readonly seed: number
  readonly method: string
  readonly params: Json
  readonly says: string
}

/** What the plays are made from. */
export interface Material {
  readonly cases: ReadonlyArray<Case>
  /** For each method, the cases that call it and the index of the first such step. */
  readonly calling: ReadonlyMap<string, ReadonlyArray<{ readonly one: Case; readonly index: number }>>
  readonly corpus: Corpus
}

/** What plays did: of each method, how many wrong calls had which answer. */
export type Counts = Map<string, { accepted: number; notAccepted: number; broken: number }>

/** Reads the cases by `read`, which gives the text of a file of the vectors. */
export const materialFrom = (read: (path: string) => string): Material => {
  const files = readManifest(JSON.parse(read(MANIFEST_PATH))).files.filter(({ layer }) => layer !== null)
  const cases = files.flatMap(({ path }) => readVectorFile(JSON.parse(read(path))).cases)
  const calling = new Map<string, Array<{ one: Case; index: number }>>()
  for (const one of cases) {
    for (const [index, { method }] of one.steps.entries()) {
      const known = calling.get(method) ?? []
      calling.set(method, known)
      if (known.at(-1)?.one !== one) known.push({ one, index })
    }
  }
  // Each method's values, not only those of the methods that are called most.
  const perMethod = [...calling.entries()].flatMap(([method, known]) =>
    known.slice(0, 40).flatMap(({ one }) => one.steps.filter((step) => step.method === method).slice(0, 4)),
  )
  return { cases, calling, corpus: corpusOf(perMethod.map(({ params }) => params as Json)) }
}

// A call that takes longer does work that its input does not pay for: most take less than a thousandth of it.
const longest = 20_000

class Play {
  readonly findings: Array<Finding> = []
  readonly #session: Session
  readonly #seed: number
  readonly #handles = new Set<string>()
  #states = ""

  constructor(session: Session, seed: number) {
    this.#session = session
    this.#seed = seed
  }

  #find(method: string, params: Json, says: string) {
    this.findings.push({ seed: this.#seed, method, params, says })
  }

  #note(params: Json) {
    const on = typeof params === "object" && params !== null && "on" in params ? params.on : undefined
    if (typeof on === "string" && /^[!-~]{1,64}$/.test(on)) this.#handles.add(on)
  }

  #look(): string {
    return JSON.stringify([...this.#handles].map((on) => this.#session.fingerprint({ on })))
  }

  /** A step of the case, whatever comes of it after what was called before. */
  async step(method: string, params: Json): Promise<void> {
    this.#note(params)
    await this.#session.callLater(method, params).catch((error) => {
      if (!(error instanceof BrokenCall)) this.#find(method, params, `throws ${error}`)
    })
  }

  /** Before the first of some wrong calls. */
  remember() {
    this.#states = this.#look()
  }

  /** A wrong call. Gives the kind of its answer; when a promise is broken, nothing: the play is over. */
  async wrong(method: string, params: Json): Promise<"accepted" | "notAccepted" | "broken" | undefined> {
    const known = this.#handles.size
    this.#note(params)
    if (this.#handles.size > known) this.remember()
    const from = performance.now()
    let answer: "accepted" | "notAccepted" | "broken"
    try {
      const verdict = await this.#session.callLater(method, params)
      JSON.stringify(verdict)
      answer = verdict.verdict === "accepted" ? "accepted" : "notAccepted"
    } catch (error) {
      if (!(error instanceof BrokenCall)) return this.#find(method, params, `throws ${error}`) as undefined
      answer = "broken"
    }
    const took = performance.now() - from
    if (took > longest) return this.#find(method, params, "takes long") as undefined
    try {
      const states = this.#look()
      if (answer !== "accepted" && states !== this.#states)
        return this.#find(method, params, "is not accepted and changes a state") as undefined
      this.#states = states
    } catch (error) {
      return this.#find(method, params, `leaves a state that cannot be encoded: ${error}`) as undefined
    }
    return answer
  }
}

/** A run of the simulation is as long as its parameters say. */
const isShort = (method: string, params: Json): boolean => {
  if (method !== "simulation.play") return true
  const text = JSON.stringify(params)
  return text.length < 20_000 && !/:\d{4,}/.test(text)
}

/** A moment of a case, and a call that could be made then. */
interface Moment {
  readonly one: Case
  readonly index: number
  readonly method: string
  readonly params: Json
}

/** The cheapest of a few moments at which the method is called. A method of no case is called at one of its layer, with what stood under the names of its parameters elsewhere. */
const momentFor = (numbers: Numbers, { calling, corpus }: Material, target: MethodName): Moment => {
  const { layer, params } = methods[target]
  const known = calling.get(target)
  if (known !== undefined) {
    const { one, index } = [1, 2, 3].map(() => pick(numbers, known)!).sort((a, b) => a.index - b.index)[0]!
    return { one, index, method: target, params: one.steps[index]!.params as Json }
  }
  const near = [...calling].filter(([name]) => methods[name as MethodName].layer === layer).flatMap(([, moments]) => moments)
  const made = Object.keys(params.fields).map((field) => [field, pick(numbers, corpus.get(field) ?? []) ?? ""])
  return { ...pick(numbers, near)!, method: target, params: Object.fromEntries(made) }
}

/** How long plays are, and of which method. */
export interface Length {
  readonly calls: number
  readonly method?: MethodName | undefined
}

/** One play, given by its seed: a case up to a moment at which a method is called, then wrong calls of it and of its neighbours. As many seeds in a row as there are methods play all of them. */
export const play = async (
  material: Material,
  primitives: Primitives,
  seed: number,
  counts: Counts,
  { calls, method }: Length,
): Promise<ReadonlyArray<Finding>> => {
  const numbers = numbersFrom(seed)
  const moment = momentFor(numbers, material, method ?? names[seed % names.length]!)
  const game = new Play(session(primitives), seed)
  for (const step of moment.one.steps.slice(0, moment.index)) await game.step(step.method, step.params as Json)
  game.remember()
  const near = moment.one.steps.slice(0, moment.index + 6).slice(-12)
  for (let call = 0; call < calls; call++) {
    const step = numbers(3) > 0 ? moment : pick(numbers, near)!
    const params = mutated(numbers, step.params as Json, material.corpus)
    if (!isShort(step.method, params)) continue
    const answer = await game.wrong(step.method, params)
    if (answer === undefined) break
    const count = counts.get(step.method) ?? { accepted: 0, notAccepted: 0, broken: 0 }
    count[answer]++
    counts.set(step.method, count)
  }
  return game.findings
}
