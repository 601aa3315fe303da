/**
 * Mutants of the delivery service: readings of steps that were left open, of what is asked for and sent again, of who is stuck, and of sizes.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

const service = "delivery-service/delivery-service.ts"
const draft = "delivery-service/delivery-service/draft.ts"
const epoch = "delivery-service/delivery-service/epoch.ts"

/** In the order of the chapters. */
export const deliveryQuestions: ReadonlyArray<Mutant> = [
  {
    name: "symbolic-keys-are-points",
    does: "takes no symbolic key of zeros",
    breaks: "tree-kem.key-package",
    caughtBy: "tree-kem/keys-are-no-points",
    file: "delivery-service/tree-kem/symbolic.ts",
    replace: 'if (value.type !== "symbolic-add") return true',
    by: 'if (value.type !== "symbolic-add") return value.type !== "symbolic-update" || value.key.some((byte) => byte !== 0)',
  },
  {
    name: "epsilon-of-none",
    does: "computes ε for the sample size 0 too",
    breaks: "verdicts.no-call",
    caughtBy: "murmur/totality-of-none",
    file: "methods/delivery-service/murmur.ts",
    replace: 'inRange(sampleSize, 1, 64, "sampleSize")',
    by: 'inRange(sampleSize, 0, 64, "sampleSize")',
  },
  {
    name: "known-is-valid",
    does: "takes a proposal with a reference that it knows for valid, whatever its other bytes are",
    breaks: "murmur.valid",
    caughtBy: "delivery-mls/damaged",
    file: "delivery-service/delivery-service/proposals.ts",
    replace: "receive(draft.state.murmur, proposal, Result.isSuccess(judged))",
    by: 'receive(draft.state.murmur, proposal, Result.isSuccess(judged) || judged.failure._tag === "Ignored")',
  },
  {
    name: "asks-twice-each",
    does: "asks each other member at most twice for proposals, also when the commit is decided",
    breaks: "delivery-service.complete",
    caughtBy: "delivery-service/asks-until-it-has-them",
    file: "delivery-service/delivery-service/proposals.ts",
    replace: "const isPatient = state.cascade.decision !== null || ",
    by: "const isPatient = ",
  },
  {
    name: "commits-in-vain",
    does: "does not count what it commits when the epoch is decided",
    breaks: "delivery-service.one-commit",
    caughtBy: "delivery-service/commits-though-decided",
    file: service,
    replace: "own: [...state.own, { ref: named.ref, next }]",
    by: "own: state.cascade.decision === null ? [...state.own, { ref: named.ref, next }] : state.own",
  },
  {
    name: "stuck-has-no-proposals",
    does: "sends no proposals again when it is stuck",
    breaks: "delivery-service.sends-again",
    caughtBy: "delivery-service/stuck-sends-what-it-keeps",
    file: service,
    replace: "const gossip = tree.proposals.map(",
    by: "const gossip = (draft.state.status === statuses.stuck ? [] : tree.proposals).map(",
  },
  {
    name: "stuck-judges-its-own",
    does: "judges a commit in its own name like another's when it is stuck",
    breaks: "delivery-service.stuck-votes",
    caughtBy: "delivery-service/stuck-and-its-own-leaf",
    file: epoch,
    replace: "return isSame && author !== tree.me",
    by: "return isSame && (author !== tree.me || arguments[0].status === statuses.stuck)",
  },
  {
    name: "stuck-returns-by-its-own",
    does: "finds a commit in its own name valid that brings it back",
    breaks: "delivery-service.stuck-votes",
    caughtBy: "delivery-service/stuck-and-its-own-leaf",
    file: epoch,
    replace: "!(yield* isAsSaid(state, commit))",
    by: "(!(yield* isAsSaid(state, commit)) && (state.status === statuses.active || (yield* broughtBack(state, commit)) === undefined))",
  },
  {
    name: "parts-below-the-limit",
    does: "begins another FETCHED message when proposals have just as many bytes as one may have",
    breaks: "delivery-service.size",
    caughtBy: "delivery-service/fetched-of-32768",
    file: draft,
    replace: "total + length > maximumPart",
    by: "total + length >= maximumPart",
  },
  {
    name: "parts-by-contents",
    does: "counts the bytes of proposals without those that say how long each is",
    breaks: "delivery-service.size",
    caughtBy: "delivery-service/fetched-of-32769",
    file: draft,
    replace: "const { length } = encodeWire(Proposed, proposal)",
    by: "const { length } = proposal",
  },
  {
    name: "early-unread",
    does: "reads a message that comes before the welcome only when there is room for it",
    breaks: "encoding.canonical",
    caughtBy: "delivery-service/early-and-malformed",
    file: "methods/delivery-service/delivery.ts",
    replace: "const decoded = yield* decodeMessage(DeliveryMessage, bytesOfMessage(session, message))\n      user.early",
    by: "yield* Deliveries.receiveEarly(user.early, from, null as never)\n      const decoded = yield* decodeMessage(DeliveryMessage, bytesOfMessage(session, message))\n      user.early",
  },
  {
    name: "down-proposes-nothing",
    does: "has a process that is down propose nothing",
    breaks: "simulation.trace",
    caughtBy: "simulation/acts-while-down",
    file: "delivery-service/simulation/world.ts",
    replace: "  const params = () => ({ proposing: proposingJson(proposing) })\n",
    by: "  if (process.isDown) return undefined\n  const params = () => ({ proposing: proposingJson(proposing) })\n",
  },
  {
    name: "counts-refused-returns",
    does: "uses up the number of a key package when it may not come back",
    breaks: "simulation.trace",
    caughtBy: "simulation/returns-refused",
    file: "delivery-service/simulation/world.ts",
    replace: '  note(world, "delivery-service.come-back", () => ({ on: handleOf(process), number }), result)\n',
    by: '  note(world, "delivery-service.come-back", () => ({ on: handleOf(process), number }), result)\n  if (Result.isFailure(result)) process.returns++\n',
  },
]
