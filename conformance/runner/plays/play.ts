/**
 * Plays the plays: each by each assignment of seats, and gives what became of it.
 *
 * @module
 */
import { type Assignment, seatsFor } from "./assignments.ts"
import { performDcgka } from "./dcgka.ts"
import type { ListedPlay } from "./files.ts"
import { performMls } from "./mls.ts"
import { performMpenc } from "./mpenc.ts"
import type { Divergence } from "./performance.ts"
import type { Seat } from "./seats.ts"

/** What became of a play by one assignment. */
export interface PlayResult {
  readonly play: string
  readonly set: string
  readonly assignment: string
  readonly status: "passed" | "failed" | "skipped"
  /** Why it was skipped. */
  readonly reason?: string
  readonly divergences: ReadonlyArray<Divergence>
}

/** The options that adapters of a part may lack. */
const parts: Readonly<Record<ListedPlay["part"], ReadonlyArray<string>>> = {
  dcgka: ["re-additions", "added-twice", "delayed-answers", "duplicates", "order", "copies", "messages", "former-messages"],
  mls: ["copies", "messages", "former-messages", "delivery"],
  mpenc: [],
}

/** The parts whose plays can be performed. */
export const playedParts = Object.keys(parts)

/** The options that adapters may lack. */
export const playOptions = [...new Set(Object.values(parts).flat())]

const skipReason = ({ part, needs }: ListedPlay, seats: ReadonlyArray<Seat>): string | undefined => {
  for (const { name, hello } of seats) {
    if (!hello.parts.includes(part)) return `${name} does not declare the part ${part}`
    const missing = needs.find((option) => !hello.options.includes(option))
    if (missing !== undefined) return `${name} does not declare the option ${missing}`
  }
  return undefined
}

const performPart = (play: ListedPlay, seats: ReadonlyMap<string, Seat>) => {
  if (play.part === "mls") return performMls(play, seats)
  return play.part === "mpenc" ? performMpenc(play, seats) : performDcgka(play, seats)
}

/** Plays one play by an assignment; undefined when the play has too few users for it. */
export const perform = async (play: ListedPlay, assignment: Assignment): Promise<PlayResult | undefined> => {
  const seats = seatsFor(play, assignment)
  if (seats === undefined) return undefined
  const about = { play: play.id, set: play.set, assignment: assignment.name }
  const reason = skipReason(play, assignment.seats)
  if (reason !== undefined) return { ...about, status: "skipped", reason, divergences: [] }
  const divergences = await performPart(play, seats)
  return { ...about, status: divergences.length === 0 ? "passed" : "failed", divergences }
}
