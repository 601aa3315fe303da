/**
 * Faults put into the reference, each of which the search must find: rules left out that hold against dishonest members.
 *
 * @module
 */
import type { Fault } from "../faults.ts"

const fault = (name: string, does: string, file: string, replace: string, by: string): Fault => ({
  name,
  does,
  edits: [{ file: `dcgka/${file}`, replace, by }],
})

/** Those that were there, and were mended. */
const mended: ReadonlyArray<Fault> = [
  fault(
    "seed-without-commitment",
    "A7: a seed that is not the one committed to is taken: two halves have different seeds, and nobody is to blame",
    "key-agreement/commitment.ts",
    "if (!isCommitted)",
    "if (isCommitted === undefined)",
  ),
  fault(
    "any-recipients",
    "nobody looks for whom direct messages came: one who gets none counts as no recipient",
    "key-agreement/process.ts",
    "if (!isRight)",
    "if (isRight === undefined)",
  ),
  {
    name: "no-confirmation",
    does: "A3, 1.2: a new member believes the counts and digests in its welcome, whatever the add-acks of the others confirm",
    edits: [
      {
        file: "dcgka/causal-broadcast/accept.ts",
        replace: "if (!sameBytes(processed.confirmation, expected))",
        by: "if (processed.confirmation.length === 0)",
      },
      {
        file: "dcgka/causal-broadcast/accept.ts",
        replace: "if (arrival === undefined ||",
        by: "if (arrival === undefined || arrival !== undefined ||",
      },
    ],
  },
  {
    name: "believes-what-is-counted",
    does: "a new member ignores what its welcome counts too much, and blames whoever acknowledges it",
    edits: [
      {
        file: "dcgka/causal-broadcast/accept.ts",
        replace: "if (before === undefined && countsOtherwise(state, envelope))",
        by: "if (before !== undefined && countsOtherwise(state, envelope))",
      },
      {
        file: "dcgka/causal-broadcast/accept.ts",
        replace: "...(KeyAgreement.isAcknowledgement(control) ? [control.ofSender] : [])",
        by: "",
      },
    ],
  },
  fault(
    "removed-counts",
    "A5: a removed member removes others, adds ghosts, and has everybody rekey",
    "causal-broadcast/accept.ts",
    "return isChange && removalsOf(state.agreement.history, sender).length > 0",
    "return isChange && removalsOf(state.agreement.history, sender).length < 0",
  ),
  fault(
    "notes-of-last-envelopes",
    "1.5: notes are compared with the ends of the last four envelopes only",
    "causal-broadcast/notes.ts",
    "state.open.find((open) => open.sender === member && open.seq === seq)",
    "undefined",
  ),
  fault(
    "any-voice",
    "A1: whoever adds a user who is a member makes it another member, as which it may come to speak",
    "group-messaging/join.ts",
    "return !memberships.some(isAlive) && !isKnown",
    "return memberships.length >= 0 || isKnown",
  ),
  {
    name: "chains-never-end",
    does: "A4: what is written beyond the length that its sender has stated is opened, and chains stay",
    edits: [
      {
        file: "dcgka/application-messages.ts",
        replace: "ended !== null && skipped.length === 0 && index >= ended.length",
        by: "ended !== null && skipped.length < 0 && index >= ended.length",
      },
      {
        file: "dcgka/application-messages.ts",
        replace: "const isClosed = chain.ended !== null && index >= chain.ended.length",
        by: "const isClosed = chain.ended !== null && index < 0",
      },
    ],
  },
  fault(
    "tries-all-that-is-held",
    "A6: whatever is held is tried at each message, also when what it waits for has not come",
    "causal-broadcast/held.ts",
    "if (needs.every((one) => isSeen(seen, one))) return true",
    "if (needs.length >= 0) return true",
  ),
  fault(
    "tries-nothing-itself",
    "A8: what is held is not tried again after an operation of one's own",
    "group-messaging/membership.ts",
    "if (after.state.held.length === 0) return placed",
    "if (after.state.held.length >= 0) return placed",
  ),
  fault(
    "no-guard",
    "A9: of a message with the number of another nothing is drawn: who loads an old state again seals two texts under one key and nonce",
    "application-messages.ts",
    "const guard = (yield* Randomness)",
    "const guard = new Uint8Array(8) || (yield* Randomness)",
  ),
  fault(
    "no-room-for-invitations",
    "A14: who has logs of as many groups as there may be is told of no invitation by somebody of whom it has no bundle",
    "group-messaging/receive.ts",
    "if (!isInvited(groupOf(working))) return",
    "if (groupOf(working).memberships.length === 0) return",
  ),
  fault(
    "far-ahead",
    "A13: a message may be as far ahead in its chain as it says",
    "application-messages.ts",
    "if (index > chain.index + maximumAhead)",
    "if (index > chain.index + 100 * maximumAhead)",
  ),
  fault(
    "eight-chains",
    "1.3: of each member the last eight chains are kept, and nothing is said of what was in the others",
    "application-messages.ts",
    `  chains = chains.slice(-maximumChains)
  const after`,
    `  chains = chains.slice(-1)
  const after`,
  ),
  fault(
    "waits-for-gaps",
    "a chain that ends with gaps, and so is never compared, is no event: its sender has stated more than it has written",
    "application-messages.ts",
    "toCome === 0 ? [] :",
    "toCome >= 0 ? [] :",
  ),
  fault(
    "two-texts",
    "1.6: a chain whose messages are not those that its sender states is no event",
    "application-messages.ts",
    "ended !== null && opened === ended.length && !sameBytes(digest, ended.digest)",
    "ended !== null && opened === ended.length && sameBytes(digest, ended.digest) && false",
  ),
]

/** Further ones, of our own choosing. */
const further: ReadonlyArray<Fault> = [
  {
    name: "any-cut",
    does: "a welcome may have members as they were before what its adder has acknowledged, or with other signing keys",
    edits: [
      { file: "dcgka/causal-broadcast/accept.ts", replace: "if (!isIt) return", by: "if (!isIt && cut.length === 0) return" },
      {
        file: "dcgka/causal-broadcast/accept.ts",
        replace: "if (!isCut) return",
        by: "if (!isCut && signers[sender] === undefined) return",
      },
      {
        file: "dcgka/causal-broadcast/state.ts",
        replace: "seq, add, previous, signingKey, cut]))",
        by: "seq, add, previous, signingKey]))",
      },
    ],
  },
  fault(
    "add-without-commitment",
    "what an add commits to is not looked at: a new member begins with another ratchet of its adder's than all others have",
    "key-agreement/addition.ts",
    "  yield* checkCommitment(state.group, message, welcomed.updateSecret)\n",
    "",
  ),
  fault(
    "strangers-hold-all",
    "what is held of those who are no members may take all the room there is",
    "causal-broadcast/shares.ts",
    "ofStrangers.size > most.strangers",
    "ofStrangers.size > most.all",
  ),
  fault(
    "share-for-good",
    "what is held in the name of a member that has been removed keeps a share of its own",
    "causal-broadcast/receive.ts",
    "const bounded = current.state.agreement.removed === 1 ?",
    "const bounded = current.state.agreement.removed >= 0 ?",
  ),
  fault(
    "newcomers-are-strangers",
    "what comes from a new member before its add can be processed counts as the strangers'",
    "causal-broadcast/shares.ts",
    "(adders.get(member) ?? strangers)",
    "strangers",
  ),
  fault(
    "hides-behind-a-forgery",
    "an envelope in a former member's name that waits hides the one with its number that is withheld",
    "causal-broadcast/held.ts",
    "const next = candidates.find(fits)",
    "const next = candidates.find((one) => fits(one) && candidates.find((other) => other.sender === one.sender && other.seq === one.seq) === one)",
  ),
  fault(
    "missing-after-operations-untold",
    "what is missing is not told when what is held is tried after an operation of one's own",
    "group-messaging/membership.ts",
    "return alsoMissing(retried.working, retried.missing)",
    "return retried.working",
  ),
  fault(
    "missing-after-joining-untold",
    "who joins is not told what is missing of that for which the log waits",
    "group-messaging/join.ts",
    "return alsoMissing(working, Broadcast.missing(",
    "return alsoMissing(working, [] || Broadcast.missing(",
  ),
  fault(
    "voice-changes-in-silence",
    "one who comes to speak as another member is not told",
    "group-messaging/finish.ts",
    "anew || voice === next ? []",
    "anew || voice !== undefined ? []",
  ),
  fault(
    "released-by-anybody",
    "what a removed member sends counts as soon as another former member acknowledges it",
    "causal-broadcast/receive.ts",
    "return KeyAgreement.ourView(state.agreement).includes(sender) ||",
    "return sender.length > 0 ||",
  ),
  fault(
    "everybody-removes-who-leaves",
    "each member removes one who leaves, and not the one whose task it is",
    "group-messaging/finish.ts",
    "remover === undefined || userOf(membership, remover) !== userOf(membership, memberOf(membership))",
    "remover === undefined",
  ),
  fault(
    "refused-in-silence",
    "what was held and is refused when its turn comes is forgotten, and nobody is told",
    "causal-broadcast/receive.ts",
    `      current = withoutHeld(current, held)
      refused.push(...refusalOf(held, result.failure))`,
    "      current = withoutHeld(current, held)",
  ),
  fault(
    "withheld-not-refused",
    "what is withheld and is refused when it is shown to count stays withheld, and nobody is told",
    "causal-broadcast/receive.ts",
    "refused.push(...refusalOf(held, verdict))",
    "return waitingAs(before, [], missing)",
  ),
  fault(
    "repetitions-in-silence",
    "what was held beside another message with its number is forgotten, and nobody is told",
    "causal-broadcast/receive.ts",
    "    if (Result.isFailure(result)) refused.push(...refusalOf(held, result.failure))\n",
    "",
  ),
  fault(
    "behind-another-membership",
    "what one membership refuses and another takes is taken, and nobody is told",
    "group-messaging/receive.ts",
    "const isTold = packet !== undefined && Result.isFailure(outcome)",
    "const isTold = packet !== undefined && Result.isFailure(outcome) && index < 0",
  ),
  fault(
    "kept-twice",
    "what is held is kept in the log and in the membership that holds it",
    "group-messaging/finish.ts",
    "withGroup(ended, packed(groupOf(ended)))",
    "packed === undefined ? ended : withGroup(ended, groupOf(ended))",
  ),
  fault(
    "withheld-twins",
    "a second message with the number of one that is withheld is withheld too",
    "causal-broadcast/accept.ts",
    "if (twin !== undefined && !sameBytes",
    "if (twin !== undefined && digests.length < 0 && !sameBytes",
  ),
  fault(
    "withheld-not-compared",
    "what is withheld is compared with nobody's notes",
    "causal-broadcast/notes.ts",
    ".filter(({ sender }) => sender === member)",
    ".filter(({ sender }) => sender !== member && sender === member)",
  ),
  fault(
    "blames-for-a-signature",
    "what does not verify by what the welcome says is refused in the name of its sender",
    "causal-broadcast/accept.ts",
    "if (!isConfirmed && inDoubt",
    "if (isConfirmed && inDoubt",
  ),
  fault(
    "blames-by-the-adders-word",
    "what does not keep to the rules by what the welcome says is refused in the name of its sender",
    "causal-broadcast/accept.ts",
    "return yield* isWord && inDoubt !== undefined ?",
    "return yield* isWord && inDoubt !== undefined && inDoubt.length === 0 ?",
  ),
  fault(
    "confirms-no-cut",
    "a new member does not learn from an add-ack what its sender has acknowledged",
    "causal-broadcast/state.ts",
    "seq, add, previous, signingKey, cut]))",
    "seq, add, previous, signingKey]))",
  ),
  fault(
    "unsigned",
    "envelopes are taken whatever their signature",
    "causal-broadcast/accept.ts",
    "if (!(yield* isValid(envelope, signingKey, digests.at(-1)!)))",
    "if (digests.length === 0)",
  ),
  fault(
    "unsigned-messages",
    "application messages are opened whatever their signature: any member writes in the chain of any other",
    "application-messages.ts",
    "if (!isSigned)",
    "if (isSigned === undefined)",
  ),
  fault(
    "former-seeds",
    "a seed goes to all members that are known, former ones too",
    "key-agreement/seed.ts",
    "const recipients = ourView(recorded).filter((member) => member !== before.me)",
    "const recipients = Object.keys(recorded.users).sort().filter((member) => member !== before.me)",
  ),
]

/** All faults. */
export const faults: ReadonlyArray<Fault> = [...mended, ...further]
