/**
 * Makes a play smaller as long as it fails: fewer founders, fewer operations, and less that is taken at a time of its own. What is left out of a play
 * takes with it what depends on it, and in the end everything that was sent is taken, so each is a play that could be kept.
 *
 * @module
 */
import type { Play, PlayStep } from "../../conformance/protocol/plays.ts"
import { Stage } from "../../vectors/cases/plays/stage.ts"

/** What is done in a play, one thing at a time: an operation, one message that is taken, or an application message that is sealed or that somebody gets. */
type Act = readonly [by: string, verb: "create" | "add" | "remove" | "update" | "takes" | "seals" | "gets", about: string]

const actsOf = (steps: ReadonlyArray<PlayStep>): ReadonlyArray<Act> =>
  steps.flatMap(([by, verb, ...rest]): ReadonlyArray<Act> => {
    if (verb === "takes") return rest.map((name) => [by, verb, name] as const)
    if (verb === "opens" || verb === "refuses") return rest.map((name) => [by, "gets", name] as const)
    if (verb === "seals") return [[by, verb, rest[0]!]]
    if (verb === "create" || verb === "add" || verb === "remove" || verb === "update") return [[by, verb, rest[0] ?? ""]]
    throw new Error(`a play in which somebody ${verb} is not made smaller`)
  })

const isOperation = ([, verb]: Act): boolean => verb !== "takes" && verb !== "seals" && verb !== "gets"

/** The stage of a play that is made of some acts of another one, in which messages may have had other names. */
class Rewriting {
  readonly stage: Stage
  readonly #handles: ReadonlyArray<string>
  readonly #inOrder: boolean
  /** The numbers of operations now, by those that they had. */
  readonly #numbers = new Map<string, string>()
  #before = 0
  /** The names of application messages now, by those that they had. */
  readonly #sealed = new Map<string, string>()

  constructor({ cast, needs }: Play) {
    this.stage = new Stage(cast)
    this.#handles = Object.keys(cast)
    this.#inOrder = !needs.includes("delayed-answers")
  }

  /** Does it, if it can be done. */
  act(act: Act, isLeftOut: boolean): void {
    const [by, verb, about] = act
    if (isOperation(act)) this.#before++
    if (isLeftOut) return
    if (verb === "takes") this.#take(by, about)
    else if (verb === "seals") this.#seal(by, about)
    else if (verb === "gets") this.#get(by, about)
    else if (this.#can(act)) {
      this.#numbers.set(`${this.#before}`, `${this.#numbers.size + 1}`)
      this.#operate(act)
    }
  }

  #seal(by: string, name: string): void {
    if (this.stage.present(by).length === 0) return
    this.stage.seals(by)
    this.#sealed.set(name, this.stage.sealed.at(-1)!)
  }

  #get(to: string, name: string): void {
    const now = this.#sealed.get(name)
    if (now !== undefined && this.stage.hasEntered(to)) this.stage.gets(to, now)
  }

  #can([by, verb, about]: Act): boolean {
    if (verb === "create") return true
    if (verb === "remove") return this.stage.present(by).includes(about)
    return this.stage.present(by).length > 0 && !(verb === "add" && this.stage.hasEntered(about))
  }

  #operate([by, verb, about]: Act): void {
    if (verb === "create") this.stage.creates(by, about)
    else if (verb === "add") this.stage.adds(by, about)
    else if (verb === "remove") this.stage.removes(by, about)
    else this.stage.updates(by)
  }

  #take(to: string, name: string): void {
    const number = this.#numbers.get(/^[0-9]+/u.exec(name)![0])
    const now = name.replace(/^[0-9]+/u, number ?? "")
    if (number !== undefined && this.stage.due(to, this.#inOrder).includes(now)) this.stage.takes(to, now)
  }

  /** All that was sent is taken. */
  settle(): void {
    for (let again = true; again; ) {
      again = false
      for (const to of this.#handles) {
        for (let [next] = this.stage.due(to, this.#inOrder); next !== undefined; [next] = this.stage.due(to, this.#inOrder)) {
          this.stage.takes(to, next)
          again = true
        }
      }
    }
  }
}

const sizeOf = ({ steps }: Pick<Play, "steps">): number => JSON.stringify(steps).length

/** A play made of these acts but those left out; undefined when it is none, or is no smaller. */
const rewritten = (play: Play, acts: ReadonlyArray<Act>, isLeftOut: (index: number) => boolean): Play | undefined => {
  const rewriting = new Rewriting(play)
  try {
    for (const [index, act] of acts.entries()) rewriting.act(act, isLeftOut(index))
    rewriting.settle()
    const { cast, steps, messages } = rewriting.stage.scene()
    const entered = Object.entries(cast).filter(([handle]) => rewriting.stage.hasEntered(handle))
    const needs = rewriting.stage.needs()
    const smaller = { ...play, needs, cast: Object.fromEntries(entered), steps, messages, end: rewriting.stage.end() }
    return sizeOf(smaller) < sizeOf(play) ? smaller : undefined
  } catch {
    // The stage refuses what no member could do.
    return undefined
  }
}

const withFewerFounders = (play: Play): ReadonlyArray<Play | undefined> => {
  const acts = actsOf(play.steps)
  const [[by, verb, founders] = ["", "create", ""] as const, ...rest] = acts
  if (founders.length < 2) return []
  return [...founders].map((one) => {
    const fewer: Act = [by, verb, founders.replace(one, "")]
    return rewritten(play, [fewer, ...rest], () => false)
  })
}

const withFewerOperations = (play: Play): ReadonlyArray<Play | undefined> => {
  const acts = actsOf(play.steps)
  const operations = [...acts.keys()].filter((index) => index > 0 && isOperation(acts[index]!))
  return operations.map((left) => rewritten(play, acts, (index) => index === left))
}

/** Each piece of so many acts is taken in the end only. */
const withFewerTimes = (play: Play, length: number): ReadonlyArray<Play | undefined> => {
  const acts = actsOf(play.steps)
  const pieces = Array.from({ length: Math.ceil(acts.length / length) }, (_, index) => index * length)
  return pieces.map((start) => rewritten(play, acts, (index) => index >= start && index < start + length && !isOperation(acts[index]!)))
}

/** Candidates in the order in which they are tried: those first that leave out most. */
function* candidatesOf(play: Play): Iterable<ReadonlyArray<Play | undefined>> {
  yield withFewerFounders(play)
  yield withFewerOperations(play)
  for (let length = Math.ceil(actsOf(play.steps).length / 2); length > 1; length = Math.ceil(length / 2)) yield withFewerTimes(play, length)
  yield withFewerTimes(play, 1)
}

/**
 * The smallest play found that fails as `play` does.
 *
 * @param failing those of some plays that fail so
 */
export const smallest = async (play: Play, failing: (plays: ReadonlyArray<Play>) => Promise<ReadonlyArray<Play>>): Promise<Play> => {
  for (const some of candidatesOf(play)) {
    const candidates = some.filter((one) => one !== undefined)
    const [least] = (candidates.length === 0 ? [] : await failing(candidates)).toSorted((one, other) => sizeOf(one) - sizeOf(other))
    if (least !== undefined) return smallest(least, failing)
  }
  return play
}
