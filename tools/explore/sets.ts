/**
 * Which bounds are explored: usually, and in the deep run.
 *
 * @module
 */
import { type BaseName, bases } from "../../reference/simulation/scenarios.ts"
import type { Bounds } from "./all.ts"

const wholly = { placing: "all", rekeys: "ordered" } as const
const briefly = { placing: "extremes", rekeys: "placed" } as const

const pairs = (base: BaseName): Bounds => ({ base, starters: 2, further: false, ...wholly })

/** All pairs, some pairs with a further operation, and all triples of groups of three; in some minutes. */
export const usual: ReadonlyArray<Bounds> = [
  pairs("2"),
  pairs("3"),
  pairs("3r"),
  pairs("4r"),
  pairs("4"),
  { base: "2", starters: 2, further: true, ...wholly },
  { base: "3r", starters: 2, further: true, ...wholly },
  { base: "3", starters: 3, further: false, ...briefly },
  { base: "4r", starters: 3, further: false, ...briefly },
  { base: "3", starters: 2, further: true, ...briefly },
]

/** What is beyond: triples with every order of rekeys and all places of answers, triples beside a fourth member, and triples with a further operation. */
export const deep: ReadonlyArray<Bounds> = [
  { base: "3", starters: 3, further: false, ...wholly },
  { base: "4r", starters: 3, further: false, ...wholly },
  { base: "3", starters: 2, further: true, ...wholly },
  { base: "4r", starters: 2, further: true, ...briefly },
  { base: "4", starters: 3, further: false, ...briefly },
  { base: "3", starters: 3, further: true, ...briefly },
]

/** The bounds that a text such as `3,2,1` names: base, how many start, how many follow; with `,brief` after it, as in the usual run of triples. Undefined when it names none. */
export const boundsOf = (text: string): Bounds | undefined => {
  const matched = /^(2|3|4|3r|4r),([1-4]),([01])(,brief)?$/u.exec(text)
  if (matched === null) return undefined
  const [, base, starters, further, brief] = matched
  if (Number(starters) > bases[base as BaseName].members) return undefined
  return {
    base: base as BaseName,
    starters: Number(starters),
    further: further === "1",
    ...(brief === undefined ? wholly : briefly),
  }
}

/** Names bounds, for people. */
export const titleOf = ({ base, starters, further, placing, rekeys }: Bounds): string => {
  const { members, removed, outsiders } = bases[base]
  const group = `${members} members${removed === 1 ? ", one removed" : ""}, ${outsiders} outsider${outsiders === 1 ? "" : "s"}`
  const how = [...(placing === "extremes" ? ["answers early and late"] : []), ...(rekeys === "placed" ? ["rekeys early and late"] : [])]
  return `${group}: ${starters} start${further ? ", one more follows" : ""}${how.length === 0 ? "" : ` (${how.join(", ")})`}`
}
