/**
 * How cases are written: the author says what each step does and claims its verdict; the reference answers; a difference stops the
 * build. What the reference puts out is recorded, and authors claim what they can about it.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util"
import { BrokenCall, type Session, session, type WireVerdict } from "../../reference/methods.ts"
import type { Clause, Level } from "../../spec/conventions/clauses.ts"
import { type Missing, clauses as verdicts } from "../../spec/conventions/verdicts.ts"
import { type Layer, type MethodName, methods } from "../../spec/methods.ts"
import { authorPrimitives } from "./primitives.ts"

/** The parameters and the output of a method, in JSON. */
export type ParamsOf<M extends MethodName> = (typeof methods)[M]["params"]["Encoded"]
export type OutputOf<M extends MethodName> = (typeof methods)[M]["output"]["Encoded"]

/** A value with its name: bytes in hex. */
export interface Named {
  readonly name: string
  readonly value: string
}

/** The intermediate values of a step. */
interface Traced {
  readonly trace?: ReadonlyArray<Named>
}

/** What a step must be answered: a verdict without words for people. */
export type Expected =
  | ({ readonly verdict: "accepted"; readonly output: unknown } & Traced)
  | ({ readonly verdict: "refused" | "malformed"; readonly clause: string } & Traced)
  | ({ readonly verdict: "waiting"; readonly missing: ReadonlyArray<unknown> } & Traced)
  | ({ readonly verdict: "ignored"; readonly reason: string } & Traced)
  | { readonly verdict: "no-call" }
  | { readonly verdict: "keeps"; readonly held: ReadonlyArray<Named>; readonly gone: ReadonlyArray<Named> }

/** A step of a case, as it goes into the vectors. */
export interface Step {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly expect: Expected
}

/** A case, as it goes into the vectors. */
export interface Case {
  readonly id: string
  readonly title: string
  readonly level: Level
  readonly clauses: ReadonlyArray<string>
  readonly flags: ReadonlyArray<string>
  readonly twin?: string
  readonly needs?: ReadonlyArray<string>
  readonly steps: ReadonlyArray<Step>
}

/** What is said of a case beside its steps. */
export interface About {
  readonly title: string
  readonly clauses: ReadonlyArray<Clause>
  readonly flags?: ReadonlyArray<string>
  readonly twin?: string
}

/** The author claimed something else than the reference answers. */
class Disagreement extends Error {}

const withoutWords = (verdict: WireVerdict): Expected => {
  if (verdict.verdict !== "refused" && verdict.verdict !== "malformed") return verdict
  const { clause, trace } = verdict
  return { verdict: verdict.verdict, clause, ...(trace === undefined ? {} : { trace }) }
}

/** Whether a method draws: a case with one of them needs a peer that takes its randomness from the seed. */
const draws = (method: string): boolean => method !== "state" && methods[method as MethodName].draws

const verdictOf = (clause: Clause) =>
  /^(encoding\.|mpenc-records\.|extensions\.\w+-form$|tree-kem\.message$)/.test(clause.id) ? "malformed" : "refused"

/** Writes the steps of one case, and has the reference answer them. */
export class Author {
  readonly steps: Array<Step> = []
  readonly #session: Session = session(authorPrimitives)
  readonly #id: string

  constructor(id: string) {
    this.#id = id
  }

  #step(method: MethodName, params: Readonly<Record<string, unknown>>, claimed: Partial<Expected>): Expected {
    return this.#answered(method, params, claimed, this.#session.call(method, params))
  }

  #answered(method: MethodName, params: Readonly<Record<string, unknown>>, claimed: Partial<Expected>, verdict: WireVerdict): Expected {
    const expect = withoutWords(verdict)
    const agrees = Object.entries(claimed).every(([key, value]) => isDeepStrictEqual(expect[key as keyof Expected], value))
    if (!agrees) this.disagree(`${method}: the author claimed ${JSON.stringify(claimed)}, the reference answered ${JSON.stringify(expect)}`)
    this.steps.push({ method, params, expect })
    return expect
  }

  /** Stops the build. */
  disagree(says: string): never {
    throw new Disagreement(`${this.#id}, step ${this.steps.length + 1}: ${says}`)
  }

  /** A step that must be accepted; gives its output. */
  accepts<M extends MethodName>(method: M, params: ParamsOf<M>): OutputOf<M> {
    const expect = this.#step(method, params, { verdict: "accepted" })
    return (expect as { output: OutputOf<M> }).output
  }

  /** A step that must be accepted, of a method of MLS; gives its output. */
  async acceptsLater<M extends MethodName>(method: M, params: ParamsOf<M>, claimed: Partial<OutputOf<M>> = {}): Promise<OutputOf<M>> {
    const { output } = this.#answered(method, params, { verdict: "accepted" }, await this.#session.callLater(method, params)) as {
      readonly output: OutputOf<M>
    }
    for (const [name, value] of Object.entries(claimed)) {
      this.claim(isDeepStrictEqual(output[name as keyof OutputOf<M>], value), `${method} gives this ${name}: ${JSON.stringify(value)}`)
    }
    return output
  }

  /** A step of a method of MLS that the clause refuses. */
  async refusesLater<M extends MethodName>(clause: Clause, method: M, params: ParamsOf<M>): Promise<void> {
    this.#answered(method, params, { verdict: verdictOf(clause), clause: clause.id }, await this.#session.callLater(method, params))
  }

  /** A step of a method of MLS of which only the method is claimed; gives what the reference answers. */
  async answersLater<M extends MethodName>(method: M, params: ParamsOf<M>): Promise<Expected> {
    return this.#answered(method, params, {}, await this.#session.callLater(method, params))
  }

  /** A step of which only the method is claimed; gives what the reference answers. */
  answers<M extends MethodName>(method: M, params: ParamsOf<M>): Expected {
    return this.#step(method, params, {})
  }

  /** A step that must be accepted with exactly this output. */
  gives<M extends MethodName>(method: M, params: ParamsOf<M>, output: OutputOf<M>): void {
    this.#step(method, params, { verdict: "accepted", output })
  }

  /** A step that the clause refuses; for the clauses of the chapters "encoding" and "records", of the form of a packet, and of messages of MLS, one that it calls malformed. */
  refuses<M extends MethodName>(clause: Clause, method: M, params: ParamsOf<M>): void {
    this.#step(method, params, { verdict: verdictOf(clause), clause: clause.id })
  }

  /** A step of a scenario that may be accepted, refused or ignored; what the author claims is what comes of it. Gives the output, or null. */
  outcome<M extends MethodName>(method: M, params: ParamsOf<M>): OutputOf<M> | null {
    const expect = this.#step(method, params, {})
    return expect.verdict === "accepted" ? (expect.output as OutputOf<M>) : null
  }

  /** A step that has to wait. */
  waits<M extends MethodName>(missing: Missing, method: M, params: ParamsOf<M>): void {
    this.#step(method, params, { verdict: "waiting", missing: [missing] })
  }

  /** A step that was done before. */
  ignores<M extends MethodName>(method: M, params: ParamsOf<M>): void {
    this.#step(method, params, { verdict: "ignored", reason: "duplicate" })
  }

  /** A step that is no call of the method: its parameters may be of any shape. */
  noCall(method: MethodName, params: Readonly<Record<string, unknown>>): void {
    try {
      this.disagree(`${method}: the author claimed no call, the reference answered ${JSON.stringify(this.#session.call(method, params))}`)
    } catch (error) {
      if (!(error instanceof BrokenCall)) throw error
    }
    this.steps.push({ method, params, expect: { verdict: "no-call" } })
  }

  /** The saved state of a handle has some values, and others not any more. */
  keeps(on: string, held: ReadonlyArray<Named>, gone: ReadonlyArray<Named>): void {
    const { output } = this.#session.state({ on }) as { readonly output: { readonly state: string } }
    for (const { name, value } of held) this.claim(output.state.includes(value), `${on} keeps ${name}`)
    for (const { name, value } of gone) this.claim(!output.state.includes(value), `${on} has deleted ${name}`)
    this.steps.push({ method: "state", params: { on }, expect: { verdict: "keeps", held, gone } })
  }

  /** The intermediate values of the last step. */
  traced(): ReadonlyArray<Named> {
    const last = this.steps.at(-1)?.expect
    return last !== undefined && "trace" in last ? (last.trace ?? []) : []
  }

  /** A claim about outputs. */
  claim(holds: boolean, sentence: string): void {
    if (!holds) this.disagree(`the author claimed: ${sentence}`)
  }
}

/** The options without which a peer cannot be asked these steps. */
const needing = (steps: ReadonlyArray<Step>): { readonly needs?: ReadonlyArray<string> } => {
  const needs = [
    ...(steps.some(({ method }) => draws(method)) ? ["randomness"] : []),
    ...(steps.some(({ method }) => method === "state") ? ["state"] : []),
  ]
  return needs.length === 0 ? {} : { needs }
}

const finish = (id: string, about: About, steps: ReadonlyArray<Step>): Case => ({
  id,
  title: about.title,
  level: about.clauses.some((clause) => clause.level === "MUST") ? "MUST" : (about.clauses[0]?.level ?? "MUST"),
  clauses: about.clauses.map((clause) => clause.id),
  flags: about.flags ?? [],
  ...(about.twin === undefined ? {} : { twin: about.twin }),
  ...needing(steps),
  steps,
})

/** One case. */
export const aCase = (id: string, about: About, write: (author: Author) => void): Case => {
  const author = new Author(id)
  write(author)
  return finish(id, about, author.steps)
}

/** One case with methods of MLS. */
export const aCaseLater = async (id: string, about: About, write: (author: Author) => Promise<void>): Promise<Case> => {
  const author = new Author(id)
  await write(author)
  return finish(id, about, author.steps)
}

/** One call in two forms: right, and with one fault. */
export interface Fork<M extends MethodName> {
  readonly method: M
  readonly right: ParamsOf<M>
  readonly wrong: ParamsOf<M>
}

/** The two forms of one call. */
export const fork = <M extends MethodName>(method: M, right: ParamsOf<M>, wrong: Partial<ParamsOf<M>>): Fork<M> => ({
  method,
  right,
  wrong: { ...right, ...wrong },
})

/**
 * A check, as two cases that differ in one fault: `id`, in which the call is accepted, and `id~refused`, in which the faulty call is refused and the
 * right one is accepted after it, as if nothing had happened. `also` are rules that the pair shows beside the check.
 */
export const twins = (
  id: string,
  clause: Clause,
  title: string,
  write: (author: Author) => Fork<MethodName>,
  also: ReadonlyArray<Clause> = [],
): ReadonlyArray<Case> => {
  const positive = new Author(id)
  const { method, right } = write(positive)
  positive.accepts(method, right)
  const negativeId = `${id}~refused`
  const negative = new Author(negativeId)
  const again = write(negative)
  negative.refuses(clause, again.method, again.wrong)
  negative.accepts(again.method, again.right)
  const faulty = {
    title,
    clauses: [clause, ...also, verdicts["state-unchanged"]],
    twin: id,
  }
  return [
    finish(id, { title: `The twin without the fault: ${title}`, clauses: [clause, ...also] }, positive.steps),
    finish(negativeId, faulty, negative.steps),
  ]
}

/** The steps of one handle, out of a scenario with several: what that member alone sends and receives. */
export const projected = (id: string, about: About, handle: string, steps: ReadonlyArray<Step>): Case =>
  finish(
    id,
    about,
    steps.filter((step) => step.params.on === handle),
  )

const withoutTrace = (expect: Expected): Expected => {
  const { trace: _, ...rest } = expect as Expected & Traced
  return rest
}

/** A case without intermediate values: of many cases of one kind it is enough that some have them. */
export const withoutTraces = (one: Case): Case => ({
  ...one,
  steps: one.steps.map((step) => ({ ...step, expect: withoutTrace(step.expect) })),
})

/** So many characters of intermediate values a case has at most: more would hide what it is about. */
const longestTraces = 6_000

/** Cases, without the intermediate values of those that have very many. */
export const withFewTraces = (cases: ReadonlyArray<Case>): ReadonlyArray<Case> =>
  cases.map((one) => {
    const traced = one.steps.flatMap(({ expect }) => ("trace" in expect ? (expect.trace ?? []) : []))
    return traced.reduce((sum, { value }) => sum + value.length, 0) > longestTraces ? withoutTraces(one) : one
  })

/** What a flag means, for the people who read the vectors. */
export interface Flag {
  readonly note: string
  readonly effect: string
}

/** A file of cases. */
export interface CaseFile {
  readonly part: string
  readonly chapter: string
  readonly layer: Layer
  readonly flags: Readonly<Record<string, Flag>>
  readonly cases: ReadonlyArray<Case>
}

/** A file of cases; writing the cases is put off until the file is generated. */
export const caseFile =
  (file: Omit<CaseFile, "cases">, write: () => ReadonlyArray<Case> | Promise<ReadonlyArray<Case>>): (() => Promise<CaseFile>) =>
  async () => ({
    ...file,
    cases: await write(),
  })
