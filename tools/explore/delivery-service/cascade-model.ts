/**
 * The cascade with its parts taken as their specifications, explored exhaustively: three correct voters and a faulty one, up to three commits, of which one is the faulty voter's.
 *
 * A cooperation may do whatever its properties allow: any set of values may be accepted, by each member in any order and up to any point so far; who has seen of a single accepted value may or may not hold a unique certificate. Restrained consensus may
 * give each author anything that is certified, or nothing; a timer may end at any time; the second cooperation may accept any of the sets that anybody could propose; global consensus may decide any accepted set.
 *
 * @module
 */
import { choice } from "../../../spec/delivery-service/cascade.ts"

/** A fault that can be put into the model, each of which must be found. */
export type CascadeFault = "uncertified-sets" | "uncertified-consensus"

/** The commits: of two correct authors, and of the faulty one, which has the most proposals. */
const commits = [
  { ref: "a", author: 0, proposals: 1 },
  { ref: "b", author: 1, proposals: 2 },
  { ref: "d", author: 3, proposals: 3 },
]

const subsets = <A>(list: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: 2 ** list.length }, (_, bits) => list.filter((_one, place) => (bits >> place) & 1))

const nonEmpty = <A>(list: ReadonlyArray<A>) => subsets(list).filter((set) => set.length > 0)

/** All ways of giving each of three members one of these. */
const each = <A>(list: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  list.flatMap((x) => list.flatMap((y) => list.map((z) => [x, y, z])))

type Refs = ReadonlyArray<string>

const chosen = (set: Refs): string => choice(commits.filter(({ ref }) => set.includes(ref))).ref

/** What the members decide when the first cooperation accepts `accepted`, the sets proposed then are `sets`, and those accepted are `second`. */
const decisions = function* (accepted: Refs, second: ReadonlyArray<Refs>, fault: CascadeFault | undefined, sets: ReadonlyArray<Refs>) {
  const early = accepted.length === 1 ? [accepted[0]!, null] : [null]
  const later = second.length === 1 ? [chosen(second[0]!), null] : [null]
  const final = fault === "uncertified-consensus" ? sets : second
  for (const first of each(early)) {
    for (const middle of each(later)) {
      for (const last of final) yield [0, 1, 2].map((member) => first[member] ?? middle[member] ?? chosen(last))
    }
  }
}

/** Explores all behaviours. Stops at the first disagreement. */
export const exploreCascade = (fault?: CascadeFault) => {
  let behaviours = 0
  const refs = commits.map(({ ref }) => ref)
  for (const accepted of nonEmpty(refs)) {
    // Only what was accepted has a certificate; a candidate that was not has none.
    const certified = fault === "uncertified-sets" ? refs : accepted
    const sets = nonEmpty(certified)
    for (const second of nonEmpty(sets)) {
      for (const decided of decisions(accepted, second, fault, nonEmpty(accepted))) {
        behaviours++
        if (new Set(decided).size > 1) {
          const violation = `accepted ${accepted.join()}, then ${second.map((set) => `{${set.join()}}`).join()}: decided ${decided.join()}`
          return { behaviours, violation }
        }
      }
    }
  }
  return { behaviours, violation: undefined }
}
