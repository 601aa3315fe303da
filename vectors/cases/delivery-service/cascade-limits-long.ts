/** The layer "cascade": the limits of what is long. */
import type { Case } from "../author.ts"
import { caseFile } from "../author.ts"
import { bounds, bundle, commitValue, setValue } from "./cascade-limits.ts"

const most = 1 << 18
const many = <A>(count: number, one: A): ReadonlyArray<A> => Array.from({ length: count }, () => one)

const limits = (): ReadonlyArray<Case> => [
  bounds(
    "commit",
    "A commit has up to 262,144 bytes",
    [bundle({ commits: [commitValue(most)] })],
    [bundle({ commits: [commitValue(most + 1)] })],
  ),
  bounds(
    "commits",
    "A BUNDLE has up to 4,096 commits",
    [bundle({ commits: many(4096, commitValue()) })],
    [bundle({ commits: many(4097, commitValue()) })],
  ),
  bounds("sets", "A BUNDLE has up to 4,096 sets", [bundle({ sets: many(4096, setValue()) })], [bundle({ sets: many(4097, setValue()) })]),
]

/** The layer "cascade". */
export default caseFile({ part: "delivery-service", chapter: "cascade-limits-long", layer: "cascade", flags: {} }, limits)
