/**
 * Which case is run next, and which are given up. Whatever the order in which lanes finish, the same cases come to the same results.
 *
 * @module
 */
import type { Result } from "../reports/report.ts"
import type { Attempt } from "./ledger.ts"
import type { ListedCase } from "./load.ts"

/** A peer that is started this often and in vain is not started any more. */
const NOT_STARTED = 3

/** See the module's comment. */
export interface Schedule {
  /** The place of the next case to be run. */
  readonly next: () => number | undefined
  readonly done: (place: number, attempt: Attempt) => void
  /** Runs nothing more, for this reason. */
  readonly stop: (reason: string) => void
  /** Every selected case with its result, in order. */
  readonly attempts: () => ReadonlyArray<Attempt>
}

/** How a schedule gives up. */
export interface Patience {
  /** After how many lost peers in a row a layer is given up. */
  readonly restarts: number
  readonly failFast: boolean
}

const LOST: ReadonlySet<string> = new Set(["timeout", "crash", "garbage", "wrong-id", "unsolicited", "flood"])

const losesThePeer = (result: Result | undefined): boolean => result?.status === "failed" && LOST.has(result.failure.kind)

const wasNotStarted = (result: Result | undefined): boolean => result?.status === "failed" && result.failure.method === "hello"

/** The cases of a layer by their places, walked from the first as far as there are results: so it does not matter which came first. */
class Walk {
  readonly #places: Array<number> = []
  #walked = 0
  #lost = 0
  #unstarted = 0
  /** The place after which nothing is run. */
  cut = Number.POSITIVE_INFINITY
  reason = ""
  /** Whether there is no use in trying other layers either. */
  dead = false

  add(place: number): void {
    this.#places.push(place)
  }

  advance(resultAt: (place: number) => Result | undefined, restarts: number): void {
    for (; this.#walked < this.#places.length; this.#walked++) {
      const place = this.#places[this.#walked]!
      const result = resultAt(place)
      if (result === undefined || place > this.cut) return
      if (result.status === "skipped") continue
      this.#lost = losesThePeer(result) ? this.#lost + 1 : 0
      this.#unstarted = wasNotStarted(result) ? this.#unstarted + 1 : 0
      if (this.#lost > restarts)
        this.#giveUp(place, `the peer was lost ${this.#lost} times in a row in this layer (--restarts ${restarts})`)
      if (this.#unstarted >= NOT_STARTED) {
        this.#giveUp(place, `the peer could not be started again ${NOT_STARTED} times in a row`)
        this.dead = true
      }
    }
  }

  #giveUp(place: number, reason: string): void {
    this.cut = place
    this.reason = reason
  }
}

/**
 * A schedule of the selected cases.
 *
 * @param skipped why a case is skipped, if it is
 */
export const scheduleOf = (
  selected: ReadonlyArray<ListedCase>,
  skipped: (vector: ListedCase) => string | undefined,
  { restarts, failFast }: Patience,
): Schedule => {
  const attempts = new Map<number, Attempt>()
  const resultAt = (place: number): Result | undefined => attempts.get(place)?.result
  const walks = new Map<string, Walk>()
  const walkOf = ({ layer }: ListedCase): Walk => walks.get(layer)!
  for (const [place, vector] of selected.entries()) {
    if (!walks.has(vector.layer)) walks.set(vector.layer, new Walk())
    walkOf(vector).add(place)
    const reason = skipped(vector)
    if (reason !== undefined) attempts.set(place, { id: vector.id, result: { status: "skipped", reason }, milliseconds: 0 })
  }
  let at = 0
  let stopped: string | undefined
  let firstFailed = Number.POSITIVE_INFINITY
  const withheld = (place: number): string | undefined => {
    const walk = walkOf(selected[place]!)
    if (place > walk.cut) return walk.reason
    if (failFast && place > firstFailed) return `stopped after ${selected[firstFailed]?.id} (--fail-fast)`
    return undefined
  }
  const next = (): number | undefined => {
    while (stopped === undefined && at < selected.length) {
      const place = at++
      if (!attempts.has(place) && withheld(place) === undefined) return place
    }
    return undefined
  }
  const done = (place: number, attempt: Attempt): void => {
    attempts.set(place, attempt)
    if (attempt.result.status === "failed" || attempt.result.status === "flaky") firstFailed = Math.min(firstFailed, place)
    const walk = walkOf(selected[place]!)
    walk.advance(resultAt, restarts)
    if (walk.dead) stopped ??= walk.reason
  }
  const attemptAt = (vector: ListedCase, place: number): Attempt => {
    const attempt = attempts.get(place)
    if (attempt?.result.status === "skipped") return attempt
    const reason = withheld(place) ?? (attempt === undefined ? (stopped ?? "the run was broken off") : undefined)
    return reason === undefined ? attempt! : { id: vector.id, result: { status: "not-run", reason }, milliseconds: 0 }
  }
  return {
    next,
    done,
    stop: (reason) => {
      stopped ??= reason
    },
    attempts: () => selected.map(attemptAt),
  }
}
