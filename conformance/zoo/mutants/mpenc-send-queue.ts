/**
 * Mutants of mpenc's chapter "send-queue", and of what sessions do at bad times.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

export const mpencSendQueue: ReadonlyArray<Mutant> = [
  {
    name: "lets-deceivers-be",
    does: "goes on with an operation in which a member has signed what is not true",
    breaks: "extensions.abort-verification",
    caughtBy: "session/wrong-identity",
    file: "mpenc/session/abort.ts",
    replace: "if (!isDeceived || ",
    by: "if (isDeceived || ",
  },
  {
    name: "parts-without-abort",
    does: "parts while an operation runs that has it as a target, and lets that stand",
    breaks: "extensions.abort-leaving",
    caughtBy: "extensions/abort-leaving",
    file: "mpenc/session/actions.ts",
    replace: 'yield* abort(turn, "leaving")',
    by: "update(turn, {})",
  },
  {
    name: "forgets-that-it-wants-to-part",
    does: "stays when an operation succeeds while it is parting",
    breaks: "session.parting",
    caughtBy: "session/parting-meanwhile",
    file: "mpenc/session/actions.ts",
    replace: "  update(turn, { departing: 1 })\n  yield* settle(turn)",
    by: "  update(turn, { departing: 1 })\n  yield* settle(turn)\n  update(turn, { departing: 0 })",
  },
  {
    name: "lets-early-returners-in",
    does: "does not kick one who is included before it was kicked",
    breaks: "session.strangers",
    caughtBy: "session/included-before-it-left",
    file: "mpenc/session/operations.ts",
    replace: 'if (early.length > 0) turn.requests.push({ type: "kick", members: early })',
    by: "",
  },
  {
    name: "keeps-three-subsessions-quiet",
    does: "drops the subsession before last without a word",
    breaks: "session.previous-ends",
    caughtBy: "session/two-in-a-row",
    file: "mpenc/session/operations.ts",
    replace:
      'if (action.type === "not-acknowledged" || action.type === "ended") turn.notices.push(action)\n  update(turn, { previous: null })',
    by: "action.type\n  update(turn, { previous: null })",
  },
  {
    name: "answers-itself",
    does: "takes its own messages for logical parents",
    breaks: "send-queue.remembered",
    caughtBy: "send-queue/logical-parents",
    file: "mpenc/send-queue.ts",
    replace: "lines.filter(({ author }) => author !== me).map",
    by: "lines.map",
  },
  {
    name: "never-sends-again",
    does: "sends no text again by itself",
    breaks: "send-queue.again",
    caughtBy: "send-queue/again",
    file: "mpenc/send-queue.ts",
    replace: "if (first < 0) return",
    by: "if (first < 1_000_000) return",
  },
  {
    name: "sends-to-whoever-is-there",
    does: "sends a failed text again to other members",
    breaks: "send-queue.not-again",
    caughtBy: "send-queue/other-members",
    file: "mpenc/send-queue.ts",
    replace: "areSame(text.members, queue.members) && ",
    by: "",
  },
  {
    name: "answers-what-it-had-not-read",
    does: "sends a failed text again though somebody has written meanwhile",
    breaks: "send-queue.not-again",
    caughtBy: "send-queue/other-parents",
    file: "mpenc/send-queue.ts",
    replace: " && areSame(text.parents, parents)",
    by: "",
  },
  {
    name: "sends-what-was-typed-outside",
    does: "sends what was typed outside of a session whatever the option says",
    breaks: "send-queue.later",
    caughtBy: "send-queue/outside-kept",
    file: "mpenc/send-queue.ts",
    replace: "isJoined(joined) && queue.sendLater === 1",
    by: "isJoined(joined)",
  },
  {
    name: "resends-under-a-new-number",
    does: "gives a text that is sent by hand another number",
    breaks: "send-queue.by-hand",
    caughtBy: "send-queue/outside-kept",
    file: "mpenc/send-queue.ts",
    replace: "return append(yield* drop(queue, number), number, text)",
    by: "return write(yield* drop(queue, number), text)",
  },
]
