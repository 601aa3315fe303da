/**
 * Schedules that are cases and, in tools/explore/delivery-service/, what looks for the faults M1 to M8.
 *
 * @module
 */
import { Result } from "effect"
import { setRef } from "../../../reference/delivery-service/cascade.ts"
import { signedBytes } from "../../../reference/delivery-service/cooperation/settle.ts"
import type { Move } from "../../../reference/delivery-service/simulation/schedule.ts"
import { processOf, runAs, type World } from "../../../reference/delivery-service/simulation/world.ts"
import type { Bundle } from "../../../spec/delivery-service/cascade.ts"
import type { DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"

/** A bundle with nothing in it but what is given. */
export const emptyBundle = (world: Pick<World, "group">, epoch: number, change: Partial<Bundle> = {}): DeliveryMessage => ({
  type: "agreement",
  message: { type: "bundle", group: world.group, epoch, instance: 1, statements: [], commits: [], sets: [], ...change },
})

/** A set of A's commit, certified, and D's own, which nobody has accepted, with the certificate of A's; D witnesses it. */
const uncertified = (world: World): DeliveryMessage => {
  const { decide } = processOf(world, "A").state!.past.at(-1)!
  const { evidence, refs } = decide
  if (evidence.type !== "unique-commit") throw new Error("decided otherwise")
  const { state, seed } = processOf(world, "D")
  const { cascade, tree, own } = state!
  const both = [refs[0]!, own[0]!.ref].sort()
  const commits = both.map((ref) => ({ ref, certificate: evidence.certificate }))
  const ref = Result.getOrThrow(runAs(world, seed, setRef(cascade.electorate, both)))
  const unsigned = { type: "witness", signer: tree.me, seq: 0, ref } as const
  const signature = world.primitives.ed25519Sign(tree.signingSecretKey, signedBytes(cascade.second, unsigned))
  return emptyBundle(world, decide.epoch, { instance: 2, statements: [{ ...unsigned, signature }], sets: [{ commits }] })
}

/** S27: an early decider, and a faulty author who offers the others a set with a commit of its own. */
export const custody = {
  faulty: { D: [["B", "C"]] },
  schedule: [
    { propose: "update", by: "B", as: "p" },
    { drain: "fifo" },
    { commit: [], by: "A", as: "cA" },
    { commit: ["p"], by: "D", as: "cD" },
    { drain: "fifo", from: ["A"], to: ["B", "C"] },
    { drain: "fifo", from: ["B", "C"], to: ["B", "C"] },
    { drain: "fifo", to: ["A"] },
    { cut: [["A"], ["B", "C", "D"]] },
    { drain: "fifo", from: ["D"], to: ["B", "C"] },
    ...["B", "C", "D"].map((to): Move => ({ inject: uncertified, from: "D", to })),
    { drain: "fifo", from: ["D"] },
    { drain: "fifo" },
    { heal: true },
    { settle: 100 },
  ] satisfies ReadonlyArray<Move>,
}

/** S12: a proposal of the next epoch comes before the commit of this one. */
export const early = {
  schedule: [
    { cut: [["B"], ["A", "C", "D"]] },
    { commit: [], by: "A", as: "c1" },
    { drain: "fifo" },
    { propose: "update", by: "C", as: "p" },
    { heal: true },
    { drain: "lifo", to: ["B"], kinds: ["murmur-gossip"] },
    { settle: 50 },
  ] satisfies ReadonlyArray<Move>,
}
