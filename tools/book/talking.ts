/**
 * What the readers of talks share.
 *
 * @module
 */
import type { Step } from "../../conformance/protocol/vectors.ts"
import type { TalkEvent } from "./schema.ts"

/** An event in which nothing happens yet. */
export const quietEvent = (index: number | null, lane: number): TalkEvent => ({
  index,
  lane,
  kind: "take",
  colour: "ack",
  says: "",
  sends: [],
  tells: [],
  from: null,
  verdict: "accepted",
  clause: null,
  quiet: false,
})

/** The verdict that a step wants, and its clause. */
export const verdictOf = ({ expect }: Step): Pick<TalkEvent, "verdict" | "clause"> => ({
  verdict: expect.verdict,
  clause: "clause" in expect && typeof expect.clause === "string" ? expect.clause : null,
})

/** The output that a step wants; nothing when it is not accepted. */
export const outputOf = <A>({ expect }: Step): Partial<A> => (expect.verdict === "accepted" ? expect.output : {}) as Partial<A>

/** An identifier by its first bytes. */
export const short = (hex: string): string => hex.slice(0, 4)
