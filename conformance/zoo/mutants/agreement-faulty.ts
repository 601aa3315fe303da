/** Mutants of the agreement on commits: what faulty members could make of it. */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const agreementFaulty: ReadonlyArray<Mutant> = [
  {
    name: "relaxes-to-the-witnessed",
    does: "witnesses, when it is relaxed, only what somebody has witnessed",
    breaks: "cooperation.unlock",
    caughtBy: "cooperation/relax-unwitnessed",
    file: "delivery-service/cooperation/settle.ts",
    replace: "if (relaxed === 1) return valid",
    by: "if (relaxed === 1) return valid.filter((ref) => all.includes(ref))",
  },
  {
    name: "knows-any-set",
    does: "knows every set that has certificates, whoever has witnessed it",
    breaks: "cascade.sets-bounded",
    caughtBy: "cascade/sets-bounded",
    file: "delivery-service/cascade/advance.ts",
    replace: "one.ref === ref && brought(one.signer) < maximumBrought",
    by: "one.ref === ref",
  },
  {
    name: "drops-what-a-set-names",
    does: "knows four commits of each author, and no other",
    breaks: "cascade.set-commits",
    caughtBy: "cascade/set-commits",
    file: "delivery-service/cascade/draft.ts",
    replace: "(ofAuthor >= maximumCommits && !isNamed)",
    by: "ofAuthor >= maximumCommits || isNamed === null",
  },
  {
    name: "stuck-is-silent",
    does: "takes part no more when it is stuck",
    breaks: "delivery-service.stuck-votes",
    caughtBy: "delivery-service/stuck-votes",
    file: "delivery-service/delivery-service.ts",
    replace: "if (status === statuses.removed || epoch < tree.epoch)",
    by: "if (status !== statuses.active || epoch < tree.epoch)",
  },
  {
    name: "stuck-trusts-all",
    does: "votes, when it is stuck, also for commits by the author that made it stuck",
    breaks: "delivery-service.stuck-votes",
    caughtBy: "delivery-service/stuck-distrusts",
    file: "delivery-service/delivery-service/epoch.ts",
    replace: "&& !known.some(({ leaf }) => leaf === commit.value.author)",
    by: "",
  },
  {
    name: "stuck-trusts-too-soon",
    does: "finds valid, when it is stuck, what another commits, though it knows only some of the faulty members",
    breaks: "delivery-service.stuck-votes",
    caughtBy: "delivery-service/in-turn",
    file: "delivery-service/delivery-service/epoch.ts",
    replace: "return known.length >= cascade.electorate.faults &&",
    by: "return known.length >= Math.min(1, cascade.electorate.faults) &&",
  },
  {
    name: "stuck-for-good",
    does: "never comes back in its place when it is stuck",
    breaks: "delivery-service.back-in-place",
    caughtBy: "delivery-service/stuck-votes",
    file: "delivery-service/delivery-service/epoch.ts",
    replace: "if (back !== undefined) return yield* comeIn(kept, back)",
    by: "",
  },
]
