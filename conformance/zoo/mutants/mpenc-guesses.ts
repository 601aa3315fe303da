/**
 * Mutants of mpenc: what porters had to guess, guessed otherwise.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const mpencGuesses: ReadonlyArray<Mutant> = [
  {
    name: "signs-plain-texts",
    does: "gives an empty signed part for a plain packet",
    breaks: "verdicts.no-call",
    caughtBy: "no-calls/mpenc-records",
    file: "methods/mpenc.ts",
    replace: 'throw new BrokenCall("a plain packet has no records")',
    by: "return Effect.succeed({ bytes: new Uint8Array() })",
  },
  {
    name: "takes-any-summary",
    does: "offers a summary of what is neither initial nor final",
    breaks: "verdicts.no-call",
    caughtBy: "no-calls/server-order",
    file: "methods/mpenc-session.ts",
    replace: `      if (metadata === null ? ends === null : ends !== null && ends !== id) throw new BrokenCall("no packet that counts")
`,
    by: "",
  },
  {
    name: "members-in-any-order",
    does: "takes a membership whose halves have the members in another order",
    breaks: "verdicts.no-call",
    caughtBy: "no-calls/greeting",
    file: "methods/mpenc/greeting.ts",
    replace: "member === exchange.members[index]",
    by: "index >= 0 && exchange.members.includes(member)",
  },
  {
    name: "begins-a-log-with-a-liveness",
    does: "empties the log when a liveness is made",
    breaks: "verdicts.no-call",
    caughtBy: "no-calls/liveness",
    file: "methods/mpenc-session.ts",
    replace: `      handle.seed = seed
      handle.transcripts`,
    by: `      handle.seed = seed
      handle.log = Transcripts.emptyLog
      handle.transcripts`,
  },
  {
    name: "ended-stays-ended",
    does: "stays parted when a FIN of its own comes after the end",
    breaks: "liveness.shutdown",
    caughtBy: "liveness/fin-after-the-end",
    file: "mpenc/liveness.ts",
    replace: 'kind === "fin" ? { ...noted, phase: "parting",',
    by: 'kind === "fin" ? { ...noted, phase: noted.phase === "joined" ? "parting" : noted.phase,',
  },
  {
    name: "no-newcomer-alone",
    does: "counts as no newcomer any more when it is left alone",
    breaks: "session.waiting-packets",
    caughtBy: "session/newcomer-left-alone",
    file: "mpenc/session/operations.ts",
    replace: `  // session.finish.8
`,
    by: `  if (members.length === 1) update(turn, { quiet: null })
  // session.finish.8
`,
  },
  {
    name: "any-kick-counts",
    does: "counts the kick of an operation as one of those that are repeated",
    breaks: "session.excluded",
    caughtBy: "session/kicked-by-the-end-of-another",
    file: "mpenc/session/operations.ts",
    replace: `  if (previous !== null) kick(turn, toKick)
`,
    by: `  if (previous !== null) kick(turn, toKick)
  if (previous !== null) update(turn, { kickedAt: turn.now })
`,
  },
  {
    name: "keeps-what-is-refused",
    does: "keeps what the try of a packet has changed that is refused",
    breaks: "extensions.ratchet-index",
    caughtBy: "extensions/tried-in-vain",
    file: "mpenc/session/data.ts",
    replace: `    if (isOpen) adopt(turn, before)
`,
    by: `    adopt(turn, before)
`,
  },
  {
    name: "own-before-the-key",
    does: "looks whether a message is its own before it takes its key",
    breaks: "verdicts.order-of-checks",
    caughtBy: "extensions/index-before-own-message",
    file: "mpenc/session/subsession.ts",
    replace: "  const { parents, body, ratchet } = yield* read(subsession",
    by: `  if (author === turn.session.me) return yield* refuse(clauses["own-message"], id)
  const { parents, body, ratchet } = yield* read(subsession`,
  },
  {
    name: "own-before-published",
    does: "refuses its own message before it looks whether its key is published",
    breaks: "verdicts.order-of-checks",
    caughtBy: "extensions/own-key-published",
    file: "mpenc/session/subsession.ts",
    replace: `  // session.open.4
`,
    by: `  if (author === turn.session.me) return yield* refuse(clauses["own-message"], id)
  // session.open.4
`,
  },
  {
    name: "publishes-directly",
    does: "publishes its key by the other transport",
    breaks: "extensions.publish-safely",
    caughtBy: "extensions/key-by-the-channel",
    file: "mpenc/session/extending.ts",
    replace: 'turn.requests.push({ type: "send", recipients: agreement.members,',
    by: 'turn.requests.push({ type: options.direct === 1 ? "send-directly" : "send", recipients: agreement.members,',
  },
  {
    name: "forgives-by-any-fin",
    does: "forgives those who have ended the subsession before that they have not confirmed the order",
    breaks: "extensions.order-acknowledged",
    caughtBy: "extensions/unconfirmed-after-a-fin",
    file: "mpenc/session/order.ts",
    replace: `const hasEndedHere = ({ current }: Session, member: string): boolean =>
  current !== null && by(current.transcript, member).some(({ kind }) => kind === "fin")`,
    by: `const hasEndedHere = ({ current, previous }: Session, member: string): boolean =>
  [current, previous].some((one) => one !== null && by(one.transcript, member).some(({ kind }) => kind === "fin"))`,
  },
  {
    name: "lets-all-in",
    does: "asks to let all in who are to be included, when one of them is not there",
    breaks: "session.new-members",
    caughtBy: "session/lets-in-the-absent",
    file: "mpenc/session/actions.ts",
    replace: 'turn.requests.push({ type: "let-in", members: invited })',
    by: 'turn.requests.push({ type: "let-in", members: include })',
  },
  {
    name: "publishes-once",
    does: "ignores a key that is published already",
    breaks: "extensions.key-fits",
    caughtBy: "extensions/key-published-twice",
    file: "mpenc/session/extending.ts",
    replace: "  update(turn, { published: [...published.filter((key) => !sameBytes(key, publicKey)), publicKey] })\n",
    by: `  if (published.some((key) => sameBytes(key, publicKey))) return yield* refuse(clauses["key-fits"], "published")
  update(turn, { published: [...published, publicKey] })
`,
  },
  {
    name: "excludes-in-session-order",
    does: "excludes those who have left in the order of the session",
    breaks: "session.absent",
    caughtBy: "session/excluded-in-the-order-named",
    file: "mpenc/session/channel.ts",
    replace: "absent = members.filter((member) => membersOf(turn.session).includes(member))",
    by: "absent = membersOf(turn.session).filter((member) => members.includes(member))",
  },
]
