/**
 * Mutants of mpenc: readings of steps that were left open, of kicks, parting, joining and published keys.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const mpencQuestions: ReadonlyArray<Mutant> = [
  {
    name: "readers-with-keys",
    does: "counts those members only whose public keys are given as readers",
    breaks: "messages.author",
    caughtBy: "messages/members-without-keys",
    file: "mpenc/messages.ts",
    replace: "const readers = keys.members.filter((member) => member !== sender)",
    by: "const readers = keys.members.slice(0, keys.publicKeys.length).filter((member) => member !== sender)",
  },
  {
    name: "kicks-last",
    does: "asks to kick after all else when more is to be kicked",
    breaks: "session.kick-once",
    caughtBy: "session/kicks-once-and-again",
    file: "mpenc/session/state.ts",
    replace: 'requests[at] = { type: "kick", members: union(first.members, members) }',
    by: "requests.push({ ...requests.splice(at, 1)[0]!, members: union(first.members, members) } as never)",
  },
  {
    name: "kicked-is-done",
    does: "forgets that it was to kick whom an operation includes when it has asked for that",
    breaks: "session.strangers",
    caughtBy: "session/kicks-once-and-again",
    file: "mpenc/session/operations.ts",
    replace: "  // session.initial.11\n",
    by: "  update(turn, { toKick: without(turn.session.toKick, include) })\n  // session.initial.11\n",
  },
  {
    name: "leaves-after-the-previous",
    does: "leaves only when the subsession before has ended",
    breaks: "session.parting",
    caughtBy: "session/leaves-beside-the-previous",
    file: "mpenc/session/settle.ts",
    replace: "  if (current === null) return leaveChannel(turn)",
    by: "  if (current === null) return turn.session.previous === null ? leaveChannel(turn) : undefined",
  },
  {
    name: "alone-and-not-leaving",
    does: "forgets that it has asked to leave when an operation leaves it alone",
    breaks: "session.alone",
    caughtBy: "session/left-alone-while-leaving",
    file: "mpenc/session/operations.ts",
    replace: "  // session.finish.8\n",
    by: "  update(turn, { leaving: null })\n  // session.finish.8\n",
  },
  {
    name: "splices-what-goes-on",
    does: "does not splice the log to a subsession that has ended",
    breaks: "session.previous-ends",
    caughtBy: "session/splices-what-has-ended",
    file: "mpenc/session/operations.ts",
    replace: "  if (pending === null) return\n",
    by: '  if (pending === null || !["joined", "parting"].includes(previous!.liveness.phase)) return\n',
  },
  {
    name: "excludes-later",
    does: "does not note while an operation runs who has parted",
    breaks: "session.absent",
    caughtBy: "session/parts-while-another-is-excluded",
    file: "mpenc/session/subsession.ts",
    replace: "const isLeaving = which",
    by: "const isLeaving = turn.session.greeting === null && which",
  },
  {
    name: "tells-newcomers-later",
    does: "tells a newcomer of the packets that wait when it is none any more",
    breaks: "session.waiting-packets",
    caughtBy: "session/newcomer-left-alone",
    file: "mpenc/session/data.ts",
    replace: "at: turn.now, told: isQuiet ? 1 : 0 }",
    by: "at: isQuiet ? Math.max(turn.now, turn.session.quiet! - 5_000) : turn.now, told: 0 }",
  },
  {
    name: "joins-since-before",
    does: "is joining since when it was before, when it gives up its first operation",
    breaks: "extensions.abort-late",
    caughtBy: "extensions/joins-since-it-was-late",
    file: "mpenc/session/abort.ts",
    replace: "update(turn, { joining: turn.now })",
    by: "update(turn, { joining: turn.session.joining ?? turn.now })",
  },
  {
    name: "publishes-in-order-only",
    does: "publishes no key when the order is inconsistent",
    breaks: "extensions.publish-safely",
    caughtBy: "extensions/publishes-in-any-order",
    file: "mpenc/session/settle.ts",
    replace: "if (isOver && leaving === null)",
    by: "if (isOver && leaving === null && turn.session.distrusted === 0)",
  },
]
