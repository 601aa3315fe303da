/**
 * Starts the adapters, plays everything, and gives the report.
 *
 * @module
 */
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
  readonly timeout: number
  /** Told of each result as it comes. */
  readonly progress?: (done: number, result: PlayResult) => void
}

/**
 * Plays all plays by all assignments.
 *
 * @throws PeerUnavailable when an adapter cannot be started or greeted
 */
export const playPlays = async (options: PlaysOptions): Promise<PlaysReport> => {
  const { plays, vectors, assign = "one", timeout, progress } = options
  const programme = { ...vectors, parts: playedParts, options: playOptions }
  const seats: Array<Seat> = []
  try {
    for (const { name, command } of options.seats) {
      seats.push(await seatOf(name, () => new Connection({ ...options, command, timeouts: timeoutsOf(timeout) }), programme))
    }
    const results: Array<PlayResult> = []
    for (const assignment of assignmentsOf(seats, assign)) {
      for (const play of plays) {
        const result = await perform(play, assignment)
        if (result === undefined) continue
        results.push(result)
        progress?.(results.length, result)
      }
    }
    return {
      format: "conclave-plays-report/1",
      runner,
      plays: { sha256: vectors.sha256, count: plays.length },
      seats: seats.map(({ name, hello }) => ({ seat: name, hello })),
      results,
    }
  } finally {
    for (const seat of seats) await seat.close()
  }
}
