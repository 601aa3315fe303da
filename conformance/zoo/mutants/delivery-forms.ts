/**
 * Mutants of the delivery service: other readings of the forms of proposals and calls, and of whom a stuck member blames.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const deliveryForms: ReadonlyArray<Mutant> = [
  {
    name: "updates-to-any-leaf",
    does: "looks at the HPKE key alone when it reads an update of MLS",
    breaks: "tree-kem.message",
    caughtBy: "murmur/mls-update-signature-key-length~refused",
    file: "delivery-service/tree-kem/mls-messages.ts",
    replace: "if (userOfLeaf(proposal.update.leafNode) === undefined)",
    by: "if (proposal.update.leafNode.hpkePublicKey.length !== 32)",
  },
  {
    name: "reads-whole-signatures",
    does: "reads no proposal of MLS whose signature has not 64 bytes",
    breaks: "murmur.relay",
    caughtBy: "murmur/mls-of-any-length",
    file: "delivery-service/tree-kem/mls-messages.ts",
    replace: 'if (content.contentType !== "proposal") return yield* none("no proposal")\n  const authenticated',
    by: 'if (content.contentType !== "proposal" || auth.signature.length !== 64) return yield* none("no proposal")\n  const authenticated',
  },
  {
    name: "picks-somebody",
    does: "has no picks of the sample size 0",
    breaks: "murmur.full-mesh",
    caughtBy: "murmur/picks-none",
    file: "methods/delivery-service/murmur.ts",
    replace: 'inRange(n, 1, 1 << 16, "n")\n      return Effect.map(Murmurs.picks',
    by: 'inRange(n, 1, 1 << 16, "n")\n      inRange(sampleSize, 1, 64, "sampleSize")\n      return Effect.map(Murmurs.picks',
  },
  {
    name: "never-blames-itself",
    does: "blames nobody when a commit of its own user has made it stuck",
    breaks: "delivery-service.stuck-votes",
    caughtBy: "delivery-service/blames-itself",
    file: "delivery-service/delivery-service/epoch.ts",
    replace: "const blamed = isNew && author !== undefined ?",
    by: "const blamed = isNew && author !== undefined && value.author !== tree.me ?",
  },
  {
    name: "decided-timers-are-gone",
    does: "takes the timers of who has decided out of a run",
    breaks: "simulation.trace",
    caughtBy: "simulation/decided-and-waiting",
    file: "delivery-service/simulation/world.ts",
    replace: "of.state !== null && of.state.status !== statuses.removed && Number(",
    by: "of.state !== null && (of.state.cascade.decision === null || /(fetch|welcome)$/.test(name)) && of.state.status !== statuses.removed && Number(",
  },
]
