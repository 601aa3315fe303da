/**
 * Mutants of mpenc: other readings of versions, of forms, of who is known by which key, of times and of what is checked first.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const mpencChecks: ReadonlyArray<Mutant> = [
  {
    name: "asks-in-version-1",
    does: "has version 1 in queries and errors of a session with the ratchet, too",
    breaks: "mpenc-records.version",
    caughtBy: "extensions/ratchet-version-of-query",
    file: "mpenc/records.ts",
    replace: "version.value[0] !== expected)",
    by: "version.value[0] !== ([1, 4].includes(type.value[0]!) ? protocolVersion : expected))",
  },
  {
    name: "bounds-packets",
    does: "takes a packet of more than 2 MiB for no call",
    breaks: "mpenc-records.limit",
    caughtBy: "mpenc-records/more-than-two-mebibytes",
    file: "methods/mpenc.ts",
    replace: '"mpenc-records.encode": ({ packet }) => Effect.map(encodePacket(packet), (text) => ({ text })),',
    by: `"mpenc-records.encode": ({ packet }) =>
    Effect.flatMap(packet.type === "plain" ? Effect.succeed(new Uint8Array()) : signedPart(packet), (bytes) =>
      Effect.map((answerable(bytes), encodePacket(packet)), (text) => ({ text })),
    ),`,
  },
  {
    name: "last-identity-counts",
    does: "takes the last of two identity keys of a member",
    breaks: "greeting.identity",
    caughtBy: "greeting/identity-first-counts",
    file: "mpenc/greeting/checks.ts",
    replace: "const identity = known.find(",
    by: "const identity = known.findLast(",
  },
  {
    name: "knows-itself-by-others",
    does: "looks for its own identity key among those that it knows",
    breaks: "extensions.abort-signature",
    caughtBy: "extensions/own-identity-among-others",
    file: "mpenc/session/extending.ts",
    replace:
      "return member === me ? ed25519PublicKey(identities.secretKey) : identities.known.find((one) => one.member === member)?.publicKey",
    by: "return identities.known.find((one) => one.member === member)?.publicKey ?? (member === me ? ed25519PublicKey(identities.secretKey) : undefined)",
  },
  {
    name: "members-as-a-set",
    does: "takes members that are named twice for the same as when they are named once",
    breaks: "transcript.membership",
    caughtBy: "transcript/members-named-twice",
    file: "mpenc/transcript.ts",
    replace: "a.length === b.length && a.every((member) => b.includes(member))",
    by: "b.every((member) => a.includes(member)) && a.every((member) => b.includes(member))",
  },
  {
    name: "keeps-the-transcript-before",
    does: "keeps the transcript before beside the one that a new liveness begins",
    breaks: "verdicts.no-call",
    caughtBy: "no-calls/liveness",
    file: "methods/mpenc-session.ts",
    replace: "      handle.transcripts = [Transcripts.empty(members)]\n      const others = members.filter((member) => member !== me)\n",
    by: "      handle.transcripts = [Transcripts.empty(members), ...handle.transcripts.slice(1)]\n      const others = members.filter((member) => member !== me)\n",
  },
  {
    name: "kicked-in-the-last-order",
    does: "puts who is to be kicked already after those who were excluded with it",
    breaks: "session.excluded",
    caughtBy: "session/to-be-kicked-before-another",
    file: "mpenc/session/operations.ts",
    replace: "toKick: union(toKick, present)",
    by: "toKick: union(without(toKick, present), present)",
  },
  {
    name: "kicks-the-last-first",
    does: "kicks who was excluded in the other order",
    breaks: "session.excluded",
    caughtBy: "session/kicks-two-in-the-order-of-the-session",
    file: "mpenc/session/operations.ts",
    replace: "const present = exclude.filter((member) => channel?.includes(member))",
    by: "const present = exclude.filter((member) => channel?.includes(member)).toReversed()",
  },
  {
    name: "looks-when-late-for-the-first",
    does: "has its clock looked at when an operation is late for its initiator",
    breaks: "extensions.abort-late",
    caughtBy: "extensions/late-by-position",
    file: "mpenc/session/tick.ts",
    replace: "    lateAt(session),\n    // session.due.9",
    by: "    lateAt(session) === null ? null : lateAt({ ...session, me: session.order.initials.at(-1)!.metadata!.author }),\n    // session.due.9",
  },
  {
    name: "own-message-before-its-key",
    does: "refuses a message in its own name before it is decrypted",
    breaks: "session.own-message",
    caughtBy: "extensions/ratchet-opens-before-own-message",
    file: "mpenc/session/subsession.ts",
    replace: "  const { parents, body, ratchet } = yield* read(subsession, turn.session.options, opened)\n",
    by: `  if (author === turn.session.me) return yield* refuse(clauses["own-message"], id)
  const { parents, body, ratchet } = yield* read(subsession, turn.session.options, opened)
`,
  },
  {
    name: "judges-the-form-of-long-texts",
    does: "reads data packets with an index, aborts and published keys of any length",
    breaks: "mpenc-records.limit",
    caughtBy: "extensions/indexed-over-the-limit",
    file: "mpenc/extensions/packets.ts",
    replace: "  if (text.length > maximumText) return []",
    by: "  if (text.length > 2 * maximumText) return []",
  },
  {
    name: "aborts-of-somebody",
    does: "makes no abort without members",
    breaks: "extensions.abort-form",
    caughtBy: "extensions/abort-of-nobody~refused",
    file: "methods/mpenc-session.ts",
    replace: '"extensions.abort": ({ me, identityKey, members, operation, reason }) =>\n      Effect.map(',
    by: `"extensions.abort": ({ me, identityKey, members, operation, reason }) =>
      members.length === 0
        ? Effect.sync(() => { throw new BrokenCall("no members") })
        : Effect.map(`,
  },
]
