/**
 * Mutants of the agreement on commits.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

const settle = "delivery-service/cooperation/settle.ts"
const tally = "delivery-service/cooperation/tally.ts"

const cooperation: ReadonlyArray<Mutant> = [
  {
    name: "witnesses-each-valid-value",
    does: "witnesses every value that it finds valid, not only the first",
    breaks: "cooperation.witness-once",
    caughtBy: "cooperation/one-proposer",
    file: settle,
    replace: 'return tally.spoken.has(me) ? [] : wishes("witness", valid.slice(0, 1))',
    by: 'return wishes("witness", valid.filter((ref) => !witnessesOf(tally, ref).has(me)))',
  },
  {
    name: "witness-after-ready",
    does: "witnesses a value that became valid after it was ready for another",
    breaks: "cooperation.no-witness-after-ready",
    caughtBy: "cooperation/no-witness-after-ready",
    file: tally,
    replace: "![...tally.readies.values()].some((signers) => signers.has(state.me)) && ",
    by: "",
  },
  {
    name: "witness-quorum-2t",
    does: "is ready with 2t WITNESSes",
    breaks: "cooperation.ready-quorum",
    caughtBy: "cooperation/one-proposer",
    file: settle,
    replace: "witnessesOf(tally, ref).size >= witness &&",
    by: "witnessesOf(tally, ref).size >= witness - 1 &&",
  },
  {
    name: "accepts-with-fewer",
    does: "accepts a value with n - t - 1 READYs",
    breaks: "cooperation.accept-quorum",
    caughtBy: "cooperation/one-proposer",
    file: settle,
    replace: "readiesOf(tally, ref).size >= thresholdsOf(electorate).ready",
    by: "readiesOf(tally, ref).size >= thresholdsOf(electorate).ready - 1",
  },
  {
    name: "candidates-k-plus-1",
    does: "takes as candidates only what k + 1 members have witnessed",
    breaks: "cooperation.candidates",
    caughtBy: "cooperation/one-candidate-witness",
    file: tally,
    replace: ".size >= thresholdsOf(state.electorate).candidate)",
    by: ".size > thresholdsOf(state.electorate).candidate)",
  },
  {
    name: "counts-across-gaps",
    does: "counts statements whose signer's earlier ones are missing",
    breaks: "cooperation.linked",
    caughtBy: "cooperation/linked",
    file: tally,
    replace: "seq < (gap.get(signer) ?? 0))",
    by: "seq < (gap.get(signer) ?? 0) || seq > 0)",
  },
  {
    name: "holds-one-branch",
    does: "holds only the first statement of a signer with one number",
    breaks: "cooperation.branches",
    caughtBy: "cooperation/both-branches-count",
    file: "delivery-service/cooperation.ts",
    replace: "const fresh = statements.filter(isFresh)",
    by: "const fresh = statements.filter(isFresh).filter(({ signer, seq }) => !state.statements.some((one) => one.signer === signer && one.seq === seq))",
  },
  {
    name: "prototype-unlock-threshold",
    does: "unlocks with max(1, n - (|M| + 1)t) WITNESSes, as the authors' prototype does",
    breaks: "cooperation.unlock",
    caughtBy: "cooperation/two-of-two",
    file: settle,
    replace: "unlockThreshold(n, faults, all.length)",
    by: "Math.max(1, n - (all.length + 1) * faults)",
  },
  {
    name: "fast-path-falls-through",
    does: "unlocks other values when the one that is ahead is witnessed already",
    breaks: "cooperation.fast-path",
    caughtBy: "cooperation/fast-path-unlock",
    file: settle,
    replace: "if (ahead.length > 0) return ahead",
    by: "if (ahead.length > 1) return ahead",
  },
]

/** In the order of the chapters. */
export const agreement: ReadonlyArray<Mutant> = [...cooperation]
