/**
 * `npm run explore:delivery`: what can happen in the agreement on commits, in full, within bounds: the models of tools/explore/delivery-service/ say what is explored, and up to which equivalence. Orders of delivery are explored up to 60,000 states
 * each, everything else in full; `--most n` stops each exploration after so many states.
 *
 * Exit code 0 when nothing was found, and each fault put into a model was.
 *
 * @module
 */
import { parseArgs } from "node:util"
import { exploreCascade } from "./explore/delivery-service/cascade-model.ts"
import { exploreConsensus } from "./explore/delivery-service/consensus-model.ts"
import { exploreCooperation } from "./explore/delivery-service/cooperation-model.ts"
import { beginnings, exploreOrders } from "./explore/delivery-service/cooperation-orders.ts"

const { values } = parseArgs({ options: { most: { type: "string" } } })
const most = values.most === undefined ? Number.POSITIVE_INFINITY : Number(values.most)

let isRight = true

const report = (what: string, counts: string, violation: string | undefined, isExpected = false): void => {
  if ((violation !== undefined) !== isExpected) isRight = false
  process.stdout.write(`${what}: ${counts}, ${violation === undefined ? "no violation" : `violation found: ${violation}`}\n`)
}

const completely = (complete: boolean): string => (complete ? "all" : "not all")

for (const certainty of ["certificate", "candidates"] as const) {
  const { states, all, violation, complete } = exploreCooperation(certainty, undefined, most)
  report(`cooperation, ${certainty}`, `${states} states up to renaming, ${all} in full (${completely(complete)})`, violation)
}
for (const fault of ["witness-after-ready", "gaps", "witness-quorum-2t", "candidates-k-plus-1"] as const) {
  const { states, violation } = exploreCooperation("certificate", fault, most)
  report(`cooperation with the fault ${fault}`, `${states} states`, violation, true)
}
for (const beginning of beginnings) {
  const { states, ends, found, complete } = exploreOrders(beginning, Math.min(most, 60_000))
  report(`orders, ${beginning.name}`, `${states} states, ${ends} ends (${completely(complete)})`, found[0])
}
for (const proposers of [
  [0, 1],
  [-1, 1],
  [0, -1],
  [-1, 0],
]) {
  const { states, violation, complete } = exploreConsensus(proposers, undefined, most)
  report(`global consensus, proposers ${proposers.join(" ")}`, `${states} states up to renaming (${completely(complete)})`, violation)
}
for (const fault of ["no-lock", "quorum-2t", "any-valid-round"] as const) {
  const { states, violation } = exploreConsensus([0, -1], fault, most)
  report(`global consensus with the fault ${fault}`, `${states} states`, violation, true)
}
for (const fault of [undefined, "uncertified-sets", "uncertified-consensus"] as const) {
  const { behaviours, violation } = exploreCascade(fault)
  report(fault === undefined ? "cascade" : `cascade with the fault ${fault}`, `${behaviours} behaviours`, violation, fault !== undefined)
}
process.exitCode = isRight ? 0 : 1
