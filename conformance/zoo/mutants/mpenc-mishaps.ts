/**
 * Mutants of the chapters "session" and "extensions" of mpenc that go wrong only when something is lost, comes late, or is not honest.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const mpencMishaps: ReadonlyArray<Mutant> = [
  {
    name: "never-tries-again",
    does: "drops the messages that came before the operation was complete",
    breaks: "session.waiting-packets",
    caughtBy: "session/before-the-operation-is-complete",
    file: "mpenc/session/operations.ts",
    replace: "  yield* retry(turn)\n",
    by: "",
  },
  {
    name: "splices-now-or-never",
    does: "gives up the log's parents when a message before the subsession has not come yet",
    breaks: "transcript.log-splice",
    caughtBy: "session/history-missing",
    file: "mpenc/session/operations.ts",
    replace: "if (Result.isSuccess(spliced)) update(turn, { log: spliced.success, splice: null })",
    by: "update(turn, Result.isSuccess(spliced) ? { log: spliced.success, splice: null } : { splice: null })",
  },
  {
    name: "forgets-what-it-noted",
    does: "joins by a parent that it had noted before its first operation failed",
    breaks: "server-order.newcomer",
    caughtBy: "session/refused-parents-stay",
    file: "mpenc/session/operations.ts",
    replace: "union(noted, [order.line[0]!.id])",
    by: "[order.line[0]!.id]",
  },
  {
    name: "asks-to-leave-once",
    does: "asks to leave the channel only once",
    breaks: "session.expelled",
    caughtBy: "session/asked-again",
    file: "mpenc/session/settle.ts",
    replace: "if (leaving !== null || isOver) leaveChannel(turn)",
    by: "if (isOver) leaveChannel(turn)",
  },
  {
    name: "proposes-though-excluded",
    does: "proposes after an operation that has excluded it and was complete at once",
    breaks: "session.busy",
    caughtBy: "session/expelled-proposes",
    file: "mpenc/session/state.ts",
    replace: "running(order) === null && expelled === null",
    by: "running(order) === null",
  },
  {
    name: "joins-since-the-first-time",
    does: "counts the time for joining from the first entering",
    breaks: "session.rejoin",
    caughtBy: "session/kicked-twice",
    file: "mpenc/session/tick.ts",
    replace: "update(turn, { rejoin: null, joining: turn.now })",
    by: "update(turn, { rejoin: null })",
  },
  {
    name: "verifies-one-signature",
    does: "accepts an abort whose SESSION_SIGNATURE is wrong",
    breaks: "extensions.abort-signature",
    caughtBy: "extensions/abort-faults",
    file: "mpenc/extensions/packets.ts",
    replace: "ed25519Verify(identityKey, digest, abort.sessionSignature) && ",
    by: "",
  },
  {
    name: "puts-earlier-messages-below-now",
    does: "gives a message of the previous subsession the log parents of the current one",
    breaks: "transcript.log-splice",
    caughtBy: "session/earlier-message-of-the-second",
    file: "mpenc/transcript.ts",
    replace: "isEarlier ? log.previousBase : log.base",
    by: "log.base",
  },
  {
    name: "gives-a-text-twice",
    does: "has a text that was typed outside of a session sent twice when an earlier one has failed",
    breaks: "send-queue.again",
    caughtBy: "send-queue/once-and-in-order",
    file: "mpenc/send-queue.ts",
    replace: "noted.send.filter(({ number }) => !again.send.some((one) => one.number === number))",
    by: "noted.send",
  },
  {
    name: "excludes-somebody-twice",
    does: "excludes who is named twice",
    breaks: "cliques.exclude-members",
    caughtBy: "cliques/exclude-somebody-twice~refused",
    file: "mpenc/cliques.ts",
    replace: "!areOthers || new Set(others).size !== others.length",
    by: "!areOthers",
  },
]
