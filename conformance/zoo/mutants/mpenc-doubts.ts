/**
 * Mutants of mpenc: readings that a further port found to pass, of packets, plans, kicks and order acknowledgements.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const mpencDoubts: ReadonlyArray<Mutant> = [
  {
    name: "indexed-only-in-a-subsession",
    does: "looks at the form of a data packet with an index only when a subsession tries it",
    breaks: "extensions.data-form",
    caughtBy: "extensions/indexed-form-anywhere",
    file: "mpenc/session/cipher.ts",
    replace: "options.ratchet === 1 ? yield* decodeIndexed(text) : null\n  return",
    by: "options.ratchet === 1 ? yield* Effect.orElseSucceed(decodeIndexed(text), () => ({ hint: Uint8Array.of(0) }) as never) : null\n  return",
  },
  {
    name: "abort-with-a-member-twice",
    does: "takes an abort that has a MEMBER twice for malformed",
    breaks: "extensions.abort-operation",
    caughtBy: "extensions/abort-member-twice~refused",
    file: "mpenc/extensions/packets.ts",
    replace: "  if (isWrong) return yield* wrong\n",
    by: "  if (isWrong || new Set(members.map(({ value }) => Hex.encode(value))).size < members.length) return yield* wrong\n",
  },
  {
    name: "direct-in-the-channel-only",
    does: "takes what comes by another transport only in the channel",
    breaks: "extensions.direct-data",
    caughtBy: "extensions/direct-from-outside",
    file: "mpenc/session/channel.ts",
    replace: `  // extensions.direct.1
`,
    by: `  if (turn.session.channel === null) return yield* refuse(clauses["channel-event"], sender)
  // extensions.direct.1
`,
  },
  {
    name: "keeps-claims-once",
    does: "keeps the same order acknowledgement of one author once",
    breaks: "extensions.order-disputed",
    caughtBy: "extensions/claimed-twice",
    file: "mpenc/session/order.ts",
    replace: "  if (at < 0) update(turn, { claims: keep(claims, claim) })",
    by: "  if (at < 0 && claims.some(({ author, id, chainHash }) => author === claim.author && id === claim.id && chainHash === claim.chainHash)) return\n  if (at < 0) update(turn, { claims: keep(claims, claim) })",
  },
  {
    name: "no-plan-while-parting",
    does: "refuses to include while it wants to part",
    breaks: "session.busy",
    caughtBy: "session/includes-while-parting",
    file: "mpenc/session/actions.ts",
    replace: "  if (proposal !== null || plan !== null || !isIdle(turn.session))",
    by: "  if (proposal !== null || plan !== null || !isIdle(turn.session) || turn.session.departing === 1)",
  },
  {
    name: "parting-ends-plans",
    does: "gives up its plan when its user parts",
    breaks: "session.parting",
    caughtBy: "session/parts-with-a-plan",
    file: "mpenc/session/actions.ts",
    replace: `  // session.part.3
`,
    by: `  if (turn.session.plan !== null) {
    turn.notices.push({ type: "operation", stage: "failed", id: null, by: null, include: turn.session.plan.include, exclude: turn.session.plan.exclude })
    update(turn, { plan: null })
  }
  // session.part.3
`,
  },
  {
    name: "parting-has-asked",
    does: "counts the abort of who parts as one that was asked for because the operation is late",
    breaks: "extensions.abort-leaving",
    caughtBy: "extensions/parts-and-is-late",
    file: "mpenc/session/actions.ts",
    replace: `yield* abort(turn, "leaving")
`,
    by: `{
    yield* abort(turn, "leaving")
    update(turn, { started: { ...turn.session.started!, asked: turn.now } })
  }
`,
  },
  {
    name: "parents-sorted",
    does: "sorts the parents of a membership",
    breaks: "session.atomic",
    caughtBy: "session/parents-as-they-stand",
    file: "mpenc/session/operations.ts",
    replace: "exclude: without(before, members), parents: latest })",
    by: "exclude: without(before, members), parents: latest.toSorted() })",
  },
  {
    name: "quiet-stays",
    does: "stays a newcomer at a later operation",
    breaks: "session.waiting-packets",
    caughtBy: "session/newcomer-until-the-next",
    file: "mpenc/session/operations.ts",
    replace: "turn.now + times.shutdown + times.latency : null",
    by: "turn.now + times.shutdown + times.latency : turn.session.quiet",
  },
  {
    name: "withdrawn-for-good",
    does: "passes over a text that was withdrawn each time that it comes",
    breaks: "session.own-proposal",
    caughtBy: "session/withdrawn-comes-twice",
    file: "mpenc/session/operations.ts",
    replace: "  update(turn, { withdrawn: kept })\n",
    by: "",
  },
  {
    name: "same-words-and-members",
    does: "takes a text to be sent by a message with its words and members only",
    breaks: "send-queue.remembered",
    caughtBy: "send-queue/words-of-other-members",
    file: "mpenc/send-queue.ts",
    replace: 'one.state === "unsent" && one.text === text)',
    by: 'one.state === "unsent" && one.text === text && one.members.join() === queue.members.join())',
  },
  {
    name: "reads-keys-of-any-length",
    does: "takes a text over 1 MiB for a published key",
    breaks: "mpenc-records.limit",
    caughtBy: "extensions/key-over-the-limit",
    file: "mpenc/extensions/packets.ts",
    replace: "  if (text.length > maximumText) return []\n",
    by: "",
  },
]
