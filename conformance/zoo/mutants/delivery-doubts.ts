/**
 * Mutants of the delivery service: readings that a further port found to pass.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const deliveryDoubts: ReadonlyArray<Mutant> = [
  {
    name: "locks-on-the-lowest",
    does: "locks on the lowest of several values that a quorum has prevoted",
    breaks: "global-consensus.lock",
    caughtBy: "global-consensus/admissible-first",
    file: "delivery-service/global-consensus/settle.ts",
    replace: 'state.admissible.find((one) => hasQuorum(state, "prevote", round, one))',
    by: 'state.admissible.toSorted().find((one) => hasQuorum(state, "prevote", round, one))',
  },
  {
    name: "keeps-the-earlier-round",
    does: "keeps the round in which a value was first prevoted",
    breaks: "global-consensus.lock",
    caughtBy: "global-consensus/prevoted-once-more",
    file: "delivery-service/global-consensus/settle.ts",
    replace: "(step === roundSteps.precommit && valid?.round === round)",
    by: "(step === roundSteps.precommit && valid?.ref === ref)",
  },
  {
    name: "knows-all-of-its-own",
    does: "knows its own commits however many they are",
    breaks: "cascade.set-commits",
    caughtBy: "cascade/fifth-of-our-own",
    file: "delivery-service/cascade/draft.ts",
    replace: "(ofAuthor >= maximumCommits && !isNamed)",
    by: "(ofAuthor >= maximumCommits && !isNamed && value.author !== state.first.me)",
  },
  {
    name: "silent-before-active",
    does: "looks whether it is silent before it looks whether it is stuck",
    breaks: "verdicts.order-of-checks",
    caughtBy: "delivery-service/stuck-before-silent",
    file: "delivery-service/delivery-service.ts",
    replace: "if (status === statuses.active && isSilent(state))",
    by: "if (isSilent(state))",
  },
  {
    name: "sends-to-nobody",
    does: "resumes with a FETCH to nobody",
    breaks: "delivery-service.sends-again",
    caughtBy: "delivery-service/alone-and-resumes",
    file: "delivery-service/delivery-service.ts",
    replace: `  return send(draft, others(tree), { type: "fetch", group: tree.group, epoch: tree.epoch, refs: [] })`,
    by: `  const message = { type: "fetch", group: tree.group, epoch: tree.epoch, refs: [] } as const
  return { ...draft, send: [...draft.send, { to: others(tree), message }] }`,
  },
  {
    name: "drops-when-removed",
    does: "drops what it has kept of later epochs when it is removed",
    breaks: "delivery-service.keeps-later",
    caughtBy: "delivery-service/removed-keeps-what-waits",
    file: "delivery-service/delivery-service/epoch.ts",
    replace: "status: statuses.removed } }",
    by: "status: statuses.removed, later: [] } }",
  },
  {
    name: "asks-members-only",
    does: "asks nobody when who has sent a commit is no member",
    breaks: "delivery-service.complete",
    caughtBy: "delivery-service/asks-who-is-none",
    file: "delivery-service/delivery-service/proposals.ts",
    replace: "send(draft, [user], {",
    by: "send(draft, others(tree).filter((one) => one === user), {",
  },
  {
    name: "takes-all-that-is-missing",
    does: "takes proposals of a DECISION that only other commits name",
    breaks: "delivery-service.complete",
    caughtBy: "delivery-service/decision-brings-what-it-names",
    file: "delivery-service/delivery-service.ts",
    replace: "takeFetched(draft, proposals, Cascades.chosenOf(decide).value.proposals)",
    by: "takeFetched(draft, proposals, [...Cascades.chosenOf(decide).value.proposals, ...missingRefs(draft.state)])",
  },
  {
    name: "joins-after-many",
    does: "resumes when it joins only if it has kept 64 messages of one sender",
    breaks: "delivery-service.sends-again",
    caughtBy: "delivery-service/joins-after-256",
    file: "delivery-service/delivery-service.ts",
    replace: "const isFull = early.length >= limits.early || early",
    by: "const isFull = early",
  },
  {
    name: "stuck-authors-wait",
    does: "keeps the welcome of its own commit like another's when it is stuck",
    breaks: "delivery-service.welcome",
    caughtBy: "delivery-service/stuck-author-welcomes",
    file: "delivery-service/delivery-service/epoch.ts",
    replace: "if (value.author === before.me) return",
    by: "if (value.author === before.me && draft.state.status === statuses.active) return",
  },
]
