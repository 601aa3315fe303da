/**
 * Mutants of mpenc's chapter "send-queue".
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

export const mpencSendQueue: ReadonlyArray<Mutant> = [
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
