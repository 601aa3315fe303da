/**
 * Mutants of mpenc: what pends, what is done after a step besides the step, and who may be included.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

const actions = "mpenc/session/actions.ts"
const channel = "mpenc/session/channel.ts"
const greeting = '  if (decoded.type === "greeting") yield* receiveGreeting(turn, sender, decoded, text)\n'

/** In the order of the steps. */
export const mpencSettling: ReadonlyArray<Mutant> = [
  {
    name: "nothing-pends-below-an-empty-log",
    does: "takes the parents of a subsession to be none when it begins while the log is empty",
    breaks: "transcript.log-splice",
    caughtBy: "liveness/pending-below-an-empty-log",
    file: "mpenc/transcript.ts",
    replace: "  base: isJoining ? [] : null,",
    by: "  base: isJoining || log.entries.length === 0 ? [] : null,",
  },
  {
    name: "rests-after-what-is-of-no-use",
    does: "does nothing that is due when a greeting packet has come of which nothing comes",
    breaks: "session.excluded",
    caughtBy: "session/settles-after-what-was-withdrawn",
    file: channel,
    replace: greeting,
    by: `${greeting}  if (decoded.type === "greeting" && turn.requests.length + turn.notices.length === 0) return\n`,
  },
  {
    name: "rests-when-it-is-rejected",
    does: "does nothing that is due when its own proposal has come back and is rejected",
    breaks: "session.excluded",
    caughtBy: "session/settles-after-what-was-rejected",
    file: channel,
    replace: greeting,
    by: `${greeting}  if (turn.notices.some((notice) => notice.type === "operation" && notice.stage === "rejected" && notice.by === null)) return\n`,
  },
  {
    name: "includes-who-is-to-be-excluded",
    does: "includes a member that has left the channel and was not excluded yet",
    breaks: "session.new-members",
    caughtBy: "session/include-of-one-to-be-excluded~refused",
    file: actions,
    replace: "[...members, ...toKick].includes(member)",
    by: "[...without(members, turn.session.toExclude), ...toKick].includes(member)",
  },
  {
    name: "settles-after-words",
    does: "does what is due when its user sends a text",
    breaks: "session.excluded",
    caughtBy: "session/sends-and-nothing-more",
    file: actions,
    replace: 'yield* write(turn, "current", { type: "payload", text })',
    by: 'yield* write(turn, "current", { type: "payload", text })\n  yield* settle(turn)',
  },
  {
    name: "settles-after-an-abort",
    does: "does what is due when its user aborts an operation",
    breaks: "session.excluded",
    caughtBy: "session/aborts-and-nothing-more",
    file: actions,
    replace: 'return yield* abort(turn, "user")',
    by: 'yield* abort(turn, "user")\n      return yield* settle(turn)',
  },
]
