/**
 * Mutants of the delivery service: whom resuming counts as asked, what is broadcast, and links and faces of simulations.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

const schedule = "delivery-service/simulation/schedule.ts"

/** In the order of the chapters. */
export const deliveryReadings: ReadonlyArray<Mutant> = [
  {
    name: "adopts-when-it-is-removed",
    does: "keeps its own commit, which can be adopted, when it processes one that removes it",
    breaks: "verdicts.no-call",
    caughtBy: "tree-kem/adopts-what-is-its-own-still",
    file: "methods/delivery-service/tree-kem.ts",
    replace: "removed: after.removed, ...enter(handle, after.state) })",
    by: "removed: after.removed, ...(after.removed ? shown(after.state) : enter(handle, after.state)) })",
  },
  {
    name: "broadcasts-proposals-only",
    does: "broadcasts by the server only what it can read as a proposal",
    breaks: "centralized.first-valid",
    caughtBy: "centralized/broadcasts-anything",
    file: "delivery-service/centralized-delivery-service.ts",
    replace: "  return operated(client, { sends: submitted(client, proposal) })",
    by: "  yield* TreeKem.readProposal(proposal)\n  return operated(client, { sends: submitted(client, proposal) })",
  },
  {
    name: "admits-what-is-uncertified",
    does: "admits a set in global consensus that the fast path has accepted, and of which it has no certificate",
    breaks: "cascade.all-certified",
    caughtBy: "cascade/fast-path-uncertified-set",
    file: "delivery-service/cascade/advance.ts",
    replace: "if (certificate !== undefined) draft = yield* admitSet(draft, secretKey, ref, certificate)",
    by: "draft = yield* admitSet(draft, secretKey, ref, certificate ?? [])",
  },
  {
    name: "resuming-has-asked",
    does: "asks nobody who sends of a later epoch when it has asked all others by resuming",
    breaks: "delivery-service.keeps-later",
    caughtBy: "delivery-service/asks-after-resuming",
    file: "delivery-service/delivery-service.ts",
    replace: '  return send(draft, others(tree), { type: "fetch"',
    by: '  return send({ ...draft, state: { ...draft.state, asked: [...new Set([...draft.state.asked, ...others(tree)])] } }, others(tree), { type: "fetch"',
  },
  {
    name: "asking-for-proposals-has-asked",
    does: "asks nobody who sends of a later epoch whom it has asked for a proposal",
    breaks: "delivery-service.keeps-later",
    caughtBy: "delivery-service/asks-after-asking-for-a-proposal",
    file: "delivery-service/delivery-service/proposals.ts",
    replace: '  const asked = send(draft, [user], { type: "fetch", group: tree.group, epoch: tree.epoch, refs })',
    by: '  const asked = send({ ...draft, state: { ...draft.state, asked: [...new Set([...draft.state.asked, user])] } }, [user], { type: "fetch", group: tree.group, epoch: tree.epoch, refs })',
  },
  {
    name: "faces-are-seen-at-first",
    does: "shows all faces of a user to everybody while the group settles",
    breaks: "simulation.trace",
    caughtBy: "simulation/faces-while-settling",
    file: "delivery-service/simulation/world.ts",
    replace: "side === null || side.includes(other)",
    by: "side === null || side.includes(other) || world.made.size > 0",
  },
  {
    name: "delivers-on-links-only",
    does: "leaves a message on its way that a move delivers on a link that is cut",
    breaks: "simulation.trace",
    caughtBy: "simulation/delivers-on-cut-links",
    file: schedule,
    replace: "deliverOne(world, played, flightOf(world, move.deliver))",
    by: "isFree(world, flightOf(world, move.deliver)) && deliverOne(world, played, flightOf(world, move.deliver))",
  },
  {
    name: "repeats-on-links-only",
    does: "repeats nothing on a link that is cut",
    breaks: "simulation.trace",
    caughtBy: "simulation/delivers-on-cut-links",
    file: schedule,
    replace: "world.flights.filter((one) => isMeant(move, one))) arrive(world, flight)",
    by: "world.flights.filter((one) => isMeant(move, one) && isFree(world, one))) arrive(world, flight)",
  },
  {
    name: "loses-on-links-only",
    does: "loses nothing on a link that is cut",
    breaks: "simulation.trace",
    caughtBy: "simulation/loses-on-cut-links",
    file: schedule,
    replace: "filter((one) => !isMeant(move, one)))",
    by: "filter((one) => !isMeant(move, one) || !isFree(world, one)))",
  },
  {
    name: "drops-on-links-only",
    does: "drops nothing on a link that is cut",
    breaks: "simulation.trace",
    caughtBy: "simulation/loses-on-cut-links",
    file: schedule,
    replace: "world.flights.splice(world.flights.indexOf(flightOf(world, move.drop)), 1)",
    by: "isFree(world, flightOf(world, move.drop)) && world.flights.splice(world.flights.indexOf(flightOf(world, move.drop)), 1)",
  },
]
