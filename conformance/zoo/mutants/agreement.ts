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

const restrained: ReadonlyArray<Mutant> = [
  {
    name: "begins-after-hearing",
    does: "holds an ENDORSE that comes before it has begun, and does not retract",
    breaks: "restrained-consensus.retract",
    caughtBy: "restrained-consensus/retract",
    file: "delivery-service/restrained-consensus.ts",
    replace: "if (state.phase === phases.idle) return yield* retract(state, secretKey, heard)",
    by: "if (state.phase === phases.idle) return quiet(state)",
  },
  {
    name: "counts-the-retracted",
    does: "takes the values of those who retracted into the result",
    breaks: "restrained-consensus.outcome",
    caughtBy: "restrained-consensus/retract",
    file: "delivery-service/restrained-consensus.ts",
    replace: "const left = state.values.filter((ref) => !state.retracted.includes(state.authors[ref]!))",
    by: "const left = state.values",
  },
  {
    name: "endorses-without-proof",
    does: "does not look at the certificates of an ENDORSE",
    breaks: "restrained-consensus.proof",
    caughtBy: "restrained-consensus/uncertified",
    file: "delivery-service/restrained-consensus.ts",
    replace: "if (!(yield* isProven(state, heard))) return quiet(ended(state, null))",
    by: "",
  },
  {
    name: "waits-for-ever",
    does: "never ends restrained consensus",
    breaks: "restrained-consensus.patience",
    caughtBy: "restrained-consensus/timeout",
    file: "delivery-service/restrained-consensus.ts",
    replace: "state.phase === phases.begun ? ended(state, null) : state",
    by: "state",
  },
]

const consensus: ReadonlyArray<Mutant> = [
  {
    name: "prevotes-anything",
    does: "prevotes a value that is not known to be admissible",
    breaks: "global-consensus.prevote-valid",
    caughtBy: "global-consensus/not-admissible",
    file: "delivery-service/global-consensus/settle.ts",
    replace: "if (!state.admissible.includes(ref)) return undefined",
    by: "",
  },
  {
    name: "forgets-locks",
    does: "prevotes another value than the one it is locked on",
    breaks: "global-consensus.lock",
    caughtBy: "global-consensus/locked",
    file: "delivery-service/global-consensus/settle.ts",
    replace: "const isLockedOnIt = locked === null || locked.ref === ref",
    by: "const isLockedOnIt = true || locked === null || locked.ref === ref",
  },
  {
    name: "stays-behind",
    does: "stays in its round when others have gone on",
    breaks: "global-consensus.later-round",
    caughtBy: "global-consensus/later-round",
    file: "delivery-service/global-consensus/settle.ts",
    replace: "const due = [...rounds].filter((round) => heard(round).size > state.electorate.faults)",
    by: "const due = [...rounds].filter((round) => heard(round).size > state.electorate.voters.length)",
  },
  {
    name: "keeps-votes-to-itself",
    does: "sends on nothing of what it receives",
    breaks: "global-consensus.sends-on",
    caughtBy: "global-consensus/sends-on",
    file: "delivery-service/global-consensus.ts",
    replace: "send: isNew ? [message] : []",
    by: "send: [] as ReadonlyArray<Proposal | Vote>",
  },
]

const cascade: ReadonlyArray<Mutant> = [
  {
    name: "waits-for-all-stages",
    does: "decides by global consensus only",
    breaks: "cascade.early-decision",
    caughtBy: "cascade/one-commit",
    file: "delivery-service/cascade/advance.ts",
    replace: "for (const { ref, certificate } of uniqueIn(draft.state.first))",
    by: "for (const { ref, certificate } of uniqueIn(draft.state.first).slice(1))",
  },
  {
    name: "chooses-the-lowest-leaf",
    does: "chooses by the author alone",
    breaks: "cascade.choice",
    caughtBy: "cascade/two-commits",
    file: "delivery-service/cascade/values.ts",
    replace: "proposals: value.proposals.length }",
    by: "proposals: 0 }",
  },
  {
    name: "decides-silently",
    does: "tells nobody that it has decided",
    breaks: "cascade.sends-decide",
    caughtBy: "cascade/one-commit",
    file: "delivery-service/cascade/draft.ts",
    replace: 'send: [...draft.send, { to: "all", message: decision }] })',
    by: "send: draft.send })",
  },
  {
    name: "proposes-all-candidates",
    does: "proposes all candidates in the second cooperation, certified or not",
    breaks: "cascade.all-certified",
    caughtBy: "cascade/conflict-timer",
    file: "delivery-service/cascade.ts",
    replace: "return yield* proposeSet(draft, secretKey, first.accepted)",
    by: "return yield* proposeSet(draft, secretKey, [])",
  },
]

/** In the order of the chapters. */
export const agreement: ReadonlyArray<Mutant> = [...cooperation, ...restrained, ...consensus, ...cascade]
