/**
 * Starts the adapters, plays everything, and gives the report.
 *
 * @module
 */
import { MAX_PLAY_LINE_BYTES } from "../../protocol/lines.ts"
import type { PlaysReport } from "../../reports/plays.ts"
import { Connection } from "../connection.ts"
import { timeoutsOf } from "../conversation.ts"
import type { EnvironmentOptions } from "../environment.ts"
import { runner } from "../peer.ts"
import { type Arrangement, assignmentsOf } from "./assignments.ts"
import type { ListedPlay } from "./files.ts"
import { type PlayResult, perform, playedParts, playOptions } from "./play.ts"
import { type Seat, seatOf } from "./seats.ts"

/** A program by the name of its seat. */
export interface SeatOption {
  readonly name: string
  readonly command: ReadonlyArray<string>
}

/** What is played, and by whom. */
export interface PlaysOptions extends EnvironmentOptions {
  readonly seats: ReadonlyArray<SeatOption>
  readonly plays: ReadonlyArray<ListedPlay>
  /** What an adapter is told of the plays. */
  readonly vectors: { readonly version: string; readonly sha256: string }
  readonly assign?: Arrangement
  /** No seat by itself. */
  readonly onlyMixed?: boolean
  readonly timeout: number
  /** How many processes of each adapter share the plays. Default 1. */
  readonly jobs?: number
}

/** One process of each adapter. */
const companyOf = async ({ vectors, timeout, ...options }: PlaysOptions): Promise<ReadonlyArray<Seat>> => {
  const programme = { ...vectors, parts: playedParts, options: playOptions }
  const seats: Array<Seat> = []
  try {
    for (const { name, command } of options.seats) {
      const how = { ...options, command, timeouts: timeoutsOf(timeout), longestLine: MAX_PLAY_LINE_BYTES }
      seats.push(await seatOf(name, () => new Connection(how), programme))
    }
    return seats
  } catch (error) {
    for (const seat of seats) await seat.close()
    throw error
  }
}

/** What is to be played, in order: each play by each assignment, by its number. */
const turnsOf = ({ plays, assign = "one", onlyMixed }: PlaysOptions, seats: ReadonlyArray<Seat>) =>
  assignmentsOf(seats, assign, onlyMixed).flatMap((_, assignment) => plays.map((play) => ({ play, assignment })))

/**
 * Plays all plays by all assignments.
 *
 * @throws PeerUnavailable when an adapter cannot be started or greeted
 */
export const playPlays = async (options: PlaysOptions): Promise<PlaysReport> => {
  const { plays, vectors, jobs = 1 } = options
  const companies: Array<ReadonlyArray<Seat>> = []
  try {
    // Those of the first are greeted alone: what is wrong with an adapter is told once.
    for (let left = jobs; left > 0; left--) companies.push(await companyOf(options))
    const turns = turnsOf(options, companies[0]!)
    const results: Array<PlayResult | undefined> = turns.map(() => undefined)
    let next = 0
    const playOn = async (seats: ReadonlyArray<Seat>): Promise<void> => {
      const assignments = assignmentsOf(seats, options.assign ?? "one", options.onlyMixed)
      for (let turn = next++; turn < turns.length; turn = next++) {
        const { play, assignment } = turns[turn]!
        results[turn] = await perform(play, assignments[assignment]!)
      }
    }
    await Promise.all(companies.map(playOn))
    return {
      format: "conclave-plays-report/1",
      runner,
      plays: { sha256: vectors.sha256, count: plays.length },
      seats: companies[0]!.map(({ name, hello }) => ({ seat: name, hello })),
      results: results.filter((one) => one !== undefined),
    }
  } finally {
    for (const seat of companies.flat()) await seat.close()
  }
}
