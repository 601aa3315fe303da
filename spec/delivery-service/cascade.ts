/**
 * # Cascade consensus
 *
 * Which of the commits of an epoch takes effect, decided by the voters of the epoch in up to four stages, of which each
 * is entered only when the one before did not suffice (Paillat et al., section 2.2):
 *
 * 1. a **first cooperation** on commits. With a unique certificate the commit is decided: two exchanges of messages;
 * 2. **restrained consensus** among the authors of the candidates, on a set of commits;
 * 3. a **second cooperation**, on the sets that 2. gave, or that a member has accepted in 1. when 2. took too long.
 *    With a unique certificate the set is decided, and the `choice` of it;
 * 4. **global consensus** on a set that the second cooperation accepted.
 *
 * A member sends all that it knows of a cooperation to all others each time it signs something in it, and links are
 * reliable: what one correct member sends to another arrives in the end. That is often enough: whoever accepts a value
 * holds READYs of t + 1 correct signers at least, each of whom has sent a whole witness quorum with its READY, so that
 * every correct member signs READY, and sends it.
 *
 * ## Chain of custody
 *
 * A set counts only with a certificate of the first cooperation for each commit in it, and global consensus admits only
 * sets with a certificate of the second cooperation. So, if somebody holds a unique certificate of a commit, no other
 * commit has a certificate, every set is that one commit, and everything after leads to it; the same goes for sets one
 * stage later. Everybody may therefore decide as soon as it can, and others may go on without it.
 *
 * > **Erratum CC-1** (Paillat et al., section 2.2; the authors' prototype leaves it open). Without certificates, one
 * > faulty author breaks agreement: A holds the only unique certificate, of its commit `a`, and decides. D, the author
 * > of a commit `d` that nobody accepted, endorses {a, d} together with A; restrained consensus gives {a, d}, all
 * > others choose `d`. Vector: `cascade/uncertified-set~refused`, and the scenario `delivery-service/s27`.
 *
 * > **Erratum CC-2** (the authors' prototype). There the signatures are part of a set's identity, so that equal sets
 * > conflict. Here a set is the refs in it; certificates travel beside it and are not part of it. The ref without
 * > certificates is that of all cases with a set, such as `cascade/set-order`.
 *
 * > **Erratum CC-3** (Paillat et al.). Who decides early leaves, and those who remain may lack a quorum. Here who
 * > decides sends a **DECIDE** with the evidence, which decides for whoever gets it, and whoever gets it sends it on,
 * > once. Vectors: `cascade/decide`, `cascade/one-commit`.
 *
 * ## Values
 *
 * A **commit value** is an author (a leaf), the references of the proposals that it commits, the commit, the welcome or
 * null, and the author's signature. Its ref is
 *
 * ```text
 * SHA-256(CBOR([ "conclave/1 delivery commit", group, epoch, author, proposals, SHA-256(commit), SHA-256(welcome) or
 * null ]))
 * ```
 *
 * so that its **head**, a commit value with the digests in place of commit and welcome, has the same ref; and the
 * signature is over `CBOR([ "conclave/1 delivery commit author", ref ])`. A **set value** is a list of refs, ascending,
 * each with its certificate. Its ref is
 *
 * ```text
 * SHA-256(CBOR([ "conclave/1 delivery set", group, epoch, refs ]))
 * ```
 *
 * The **choice** of a set is the commit with the most proposals; among equals that of the author with the lowest leaf;
 * an author with several commits in the set comes after all others; at last the lowest ref.
 *
 * ## Sizes
 *
 * A message is at most 1 MiB (chapter "encoding"), so everything that a member has to send must fit, whatever faulty
 * members make. All that is known of a cooperation may be longer: it goes out in several BUNDLEs. Receiving a BUNDLE in
 * parts is the same as receiving it whole, since each part is a BUNDLE, and links are in order. What cannot be divided
 * is bounded, for at most 1,024 voters:
 *
 * | what | at most | because |
 * | --- | --- | --- |
 * | commit value | 541,000 bytes | commit and welcome 262,144 each, 512 proposals |
 * | certificate of READYs alone | 75,000 bytes | 683 chains of one statement |
 * | unique certificate | 290,000 bytes | 683 chains of at most 4 statements |
 * | set, and PROPOSAL | 700,000 bytes | at most 8 commits, each with READYs alone; or one with a unique certificate, beside which no other has any |
 * | DECIDE | 980,000 bytes | the chosen commit, the heads of at most 7 others, the evidence |
 * | ENDORSE | 300,000 bytes | at most 4 commits of one author |
 *
 * A group whose commits or welcomes grow longer than that has too many members for this delivery service.
 *
 * > **Erratum CC-4** (Conclave). Without bounds on bytes one faulty member of four ends the epoch: it signs two commits
 * > with 600 kB of rubbish each, and from then on every BUNDLE of a correct member is longer than a message may be. So
 * > do 30 members of whom 20 commit at once, none of them faulty, when each set carries whole chains for each commit.
 * > No case shows it, because it takes megabytes; test: `reference/delivery-service/test/sizes.test.ts`.
 *
 * > **Erratum CC-5** (Conclave; found by runs with a liar). Who has witnessed another's commit signs nothing when it
 * > proposes its own, and so would send nothing. If that other commit is valid for it alone, nobody hears of its own,
 * > and the epoch does not end. So what is proposed goes out. Vector: `delivery-service/heard`.
 *
 * > **Erratum CC-6** (Conclave). Of commits that are certified, a faulty member can make as many sets as there are
 * > subsets of them, and send others to each member. If each member unlocked whatever it is sent, it would have no
 * > statement left for the sets of correct members, and no set would get a quorum. So a set is known only when a voter
 * > witnesses it with its **first statement**, or a witness quorum has witnessed it. Of a correct voter there is one
 * > first statement; of a faulty one at most two are held before it is exposed and its number 0 is used up. Each set of
 * > the second kind has t + k correct witnesses, to whom it was first shown, so that at most 3n sets are known in all.
 * > What a correct member proposes first is known to all, and valid for all, since every set with certificates is; and
 * > whoever is ready for a set has sent it with its witness quorum. Vectors: `cascade/sets-bounded`,
 * > `cascade/set-quorum`.
 *
 * > **Erratum CC-7** (Conclave). With 4 commits known of each author, D can show two of its six commits to each pair of
 * > the others, so that all six are certified and nobody knows more than four. The set of all six is valid, and if it
 * > is decided, nobody can say what takes effect. So a commit that a known set names is always known, and BUNDLEs of
 * > the second cooperation have it. Vector: `cascade/set-commits`.
 *
 * ## Timers
 *
 * | timer | begins | lasts, in delay bounds | then |
 * | --- | --- | --- | --- |
 * | `relax/1`, `relax/2` | when that cooperation may first unlock values | 4 | it is relaxed |
 * | `restrained` | when we begin restrained consensus | 2 | it ends with nothing |
 * | `conflict` | with the first acceptance of a commit | 3 | we propose in the second cooperation what we have accepted |
 * | `propose/r`, `prevote/r`, `precommit/r` | as global consensus says | 3 + r | as it says |
 *
 * @module
 */
import type { Cbor } from "../conventions/cbor.ts"
import { check, declareClauses, declareSteps, rule, shownBy } from "../conventions/clauses.ts"
import { bytes, listOf, message, nullable, oneOf, printable, record, uint, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { GroupId } from "../conventions/identifiers.ts"
import { Signature } from "../conventions/suite.ts"
import { agreementLabels } from "./agreement-labels.ts"
import { Certificate, Cooperation, Electorate, Instance, Ref, Statement } from "./cooperation.ts"
import { DecisiveVotes, GlobalConsensus, Precommit, Prevote, Round } from "./global-consensus.ts"
import { Certified, Endorse, RestrainedConsensus, Retract } from "./restrained-consensus.ts"
import { Epoch, Leaf } from "./tree-kem.ts"

const runs = "reference/delivery-service/test/cascade-runs.test.ts"

export const clauses = declareClauses("cascade", {
  epoch: check("MUST", "A message is of this group and epoch.", "Paillat et al. algorithm 1, line 35"),
  "author-signature": check("MUST", "A commit value is signed by its author, a voter of the epoch.", "Paillat et al. section 3.3"),
  "proposals-order": check("MUST", "The proposals of a commit value ascend, each once.", "Conclave"),
  "set-order": check("MUST", "The refs of a set ascend, each once, and there is at least one.", "erratum CC-2"),
  "set-certified": check("MUST", "Each commit of a set has a certificate of the first cooperation.", "erratum CC-1"),
  "proposal-certified": check(
    "MUST",
    "The set of a PROPOSAL is the one that it names, and has a certificate of the second cooperation.",
    "erratum CC-1",
  ),
  "decide-values": check(
    "MUST",
    "A DECIDE has the head of each commit of its set, and the commit that takes effect; the set of a unique commit is that commit.",
    "erratum CC-3",
  ),
  "decide-evidence": check("MUST", "The evidence of a DECIDE verifies for its set.", "erratum CC-3"),
  "early-decision": rule("MUST", "Whoever holds a unique certificate of either cooperation, and what it is of, decides.", "erratum CC-3"),
  choice: rule("MUST", "Of a set that is decided the choice takes effect.", "Paillat et al. section 2.2"),
  "sends-decide": rule("MUST", "Whoever decides sends the DECIDE to all.", "erratum CC-3"),
  "all-certified": rule(
    "MUST",
    "Only commits with a certificate are proposed in the second cooperation, and only sets with one in global consensus.",
    "erratum CC-1",
  ),
  "proposal-sent": rule("MUST", "Whoever proposes a commit sends it, also when it has signed nothing for it.", "erratum CC-5"),
  "sets-bounded": rule(
    "MUST",
    "A set is known when the first statement of a voter or a witness quorum witnesses it, or a PROPOSAL shows its certificate.",
    "erratum CC-6",
  ),
  "set-commits": rule("MUST", "A commit that a known set names is known, however many of its author are.", "erratum CC-7"),
  parts: shownBy(
    "reference/delivery-service/test/sizes.test.ts",
    rule("MUST", "What is longer than a BUNDLE may be goes out in several.", "erratum CC-4"),
  ),
  agreement: shownBy(
    runs,
    rule("MUST", "No two correct members decide different commits of one epoch.", "Paillat et al. section 3.3, Epoch Agreement"),
  ),
  termination: shownBy(
    runs,
    rule(
      "MUST",
      "When a correct member proposes a commit, every correct member decides one.",
      "Paillat et al. section 3.3, Epoch Termination",
    ),
  ),
})

export const steps = declareSteps("cascade", {
  open: ["Open both cooperations (cooperation.open, instances 1 and 2), restrained and global consensus, with no commit and no set known."],
  propose: [
    "If we have decided: nothing happens. Otherwise know our own commit value, as note-commit does but without " +
      "giving it out to be judged, and propose its ref in the first cooperation (cooperation.propose).",
    "A BUNDLE of the first cooperation goes out with it, also when nothing was signed. If note-commit drops it, its " +
      "ref is proposed all the same. Do advance.",
  ],
  validate: [
    "The ref is one that note-commit has given out to be judged in this epoch; whoever uses this chapter sees to that. " +
      "What comes of another ref is free.",
    "If we have decided: nothing happens. Otherwise validate the ref in the first cooperation (cooperation.validate). Do advance.",
  ],
  receive: [
    "If it is of another group or epoch: refused (cascade.epoch).",
    "If we have decided: answer the sender with our DECIDE, unless the message is a DECIDE; nothing else happens.",
    "A BUNDLE: do receive-bundle. A PROPOSAL: do receive-proposal.",
    "An ENDORSE or RETRACT: by restrained consensus (restrained-consensus.receive-endorse, restrained-consensus.receive-retract).",
    "A vote: by global consensus (global-consensus.receive).",
    "A DECIDE: do verify-decide, and take-decision.",
    "Do advance.",
  ],
  "receive-bundle": [
    "Leave out the commits and sets whose refs are known. Check each commit that is left by check-commit, then " +
      "each set that is left by check-set.",
    "Receive its statements in the cooperation that it names (cooperation.receive).",
    "Do note-set for each set that is left, and then note-commit for each commit that is left, in their order.",
  ],
  "receive-proposal": [
    "Check its set by check-set. If the ref of the set is not the one that the PROPOSAL names, or its " +
      "certificate does not verify in the second cooperation (cooperation.verify, instance 2): refused " +
      "(cascade.proposal-certified).",
    "Take in the PROPOSAL itself (global-consensus.receive).",
    "Know the set, whoever has witnessed it. The second cooperation is not told of it, now or later: it is accepted there already.",
    "Admit the set in global consensus (global-consensus.admit), with this certificate, unless it was admitted.",
  ],
  "check-commit": [
    "If its proposals are not strictly ascending: refused (cascade.proposals-order).",
    "If its author is no voter or the signature does not verify: refused (cascade.author-signature).",
  ],
  "check-set": [
    "If its refs are not strictly ascending: refused (cascade.set-order).",
    "If a certificate does not verify for its ref (cooperation.verify, instance 1): refused (cascade.set-certified).",
  ],
  "note-commit": [
    "If its ref is known: nothing happens. If 4 commits of its author are known, and no set that is known names " +
      "this one: it is dropped.",
    "Know it, with its author (for restrained consensus), and tell the first cooperation (cooperation.learn).",
    "Give it out to be judged: whoever uses this chapter answers with validate, or not at all.",
  ],
  "note-set": [
    "If its ref is known: nothing happens. If in the second cooperation no WITNESS of this set with the number 0 is " +
      "held, and W of it is no witness quorum: it is dropped.",
    "Know it, and validate its ref in the second cooperation (cooperation.validate).",
  ],
  advance: [
    "Repeat steps 2 to 9, in this order, until nothing changes or we have decided.",
    "If we have not decided: of the refs with a READY in the first cooperation, ascending, take the first of which the certificate " +
      "(cooperation.certify) is unique and the commit is known. If there is one: take-decision of it alone, with the " +
      "certificate as evidence. Refs after it are not looked at.",
    "If we have not decided: of the refs with a READY in the second cooperation, ascending, take the first of which " +
      "the certificate there is unique, and the set and all its commits are known. If there is one: take-decision of " +
      "the set, with the certificate as evidence.",
    "If we have not decided, and global consensus has, and all commits of the set are known: take-decision of " +
      "the set, with the round and votes as evidence.",
    "If something was accepted in the first cooperation: begin the timer `conflict`, once.",
    "If a commit of ours was accepted there: begin restrained consensus (restrained-consensus.begin) with the " +
      "candidates and the certificates of ours that were accepted, once. If it has signed an ENDORSE by that: " +
      "begin the timer `restrained`, also if it has ended at once.",
    "When restrained consensus has ended after it had begun (its `values` tell, which are not empty then): " +
      "propose-set of the result, or of what we have accepted when there is none.",
    "For each set accepted in the second cooperation of which we have a certificate (cooperation.certify), in " +
      "the order of acceptance: admit it in global consensus (global-consensus.admit), with that certificate, " +
      "unless it was admitted.",
    "If the first cooperation may unlock values now: begin the timer `relax/1`, once. If the second one may: " +
      "`relax/2`, once. Whether they might have in the middle of a step before is not asked.",
    "If we have decided, the DECIDE is all that is sent, and the operation ends. What was given out to be judged " + "stays so.",
    "What restrained consensus has to send goes out first. Then BUNDLEs go out, to all: of each cooperation in " +
      "which this operation has signed a statement or proposed a commit, the first one before the second (do " +
      "bundle).",
    "What global consensus has to send goes out last, to all, in its order: a PROPOSAL with its set, and with " +
      "the certificate with which the set was admitted.",
    "What a cooperation has only learned goes out with its next BUNDLE.",
  ],
  bundle: [
    "It has all statements held in the cooperation, ascending by signer, number, kind and ref. In the first one it has all commits known; " +
      "in the second one all sets known, and all commits of these that we know. Commits and sets ascend by their " +
      "refs.",
    "Statements, then sets, then commits are put into a BUNDLE in their order. When the encodings of those in it and " +
      "of the next one are together longer than 32,768 bytes, the next one begins another BUNDLE. One that is longer " +
      "by itself has a BUNDLE of its own.",
  ],
  "propose-set": [
    "Take those of the refs given for which we have a certificate: from the first cooperation " +
      "(cooperation.certify), or, where that has none, by restrained consensus, each as it is. The commits of all refs " +
      "given are known.",
    "If they are more than 8, take the 8 that come first in the order of the choice.",
    "If we have not proposed a set before, and there are any: know the set of these, and propose its ref in the " +
      "second cooperation (cooperation.propose).",
  ],
  timeout: [
    "If we have decided, or no timer of this name has begun: nothing happens.",
    "`relax/1` and `relax/2`: relax that cooperation (cooperation.relax). `restrained`: end restrained consensus " +
      "(restrained-consensus.timeout). `conflict`: propose-set of what we have accepted in the first cooperation.",
    "`propose/r`, `prevote/r` and `precommit/r`: global-consensus.timeout.",
    "Do advance.",
  ],
  repeat: [
    "For one who may have missed it: when we have decided, the DECIDE, and nothing else.",
    "Otherwise BUNDLEs of each cooperation in which we hold statements (bundle), of the first one first, and " +
      "then all PROPOSALs and votes that global consensus holds, PROPOSALs first, each in the order in which they " +
      "came.",
  ],
  "verify-decide": [
    "Check its heads like commits, by check-commit. If the refs of the heads are not those of the set, in their " +
      "order, or the set does not ascend: refused (cascade.decide-values).",
    "If the digests of its commit and welcome are not those of the head that is the choice: refused (cascade.decide-values).",
    "If the evidence is a unique commit and there is not exactly one ref: refused (cascade.decide-values).",
    "The evidence must verify for the set: a unique commit by cooperation.verify-unique in instance 1 for that " +
      "ref, a unique set likewise in instance 2 for the ref of the set, precommits by " +
      "global-consensus.verify-decision for the ref of the set.",
    "If it does not: refused (cascade.decide-evidence).",
  ],
  "take-decision": [
    "We have decided, for good: the choice of the set. Send the DECIDE to all and nothing else, and stop all " +
      "timers, also those that this operation has begun. A timer that was begun and ends all the same does nothing.",
  ],
})

/** A commit or a welcome, of a length that fits into every message. */
export const CommitBytes = bytes(1, 1 << 18)

/** A commit as it is agreed on. */
export const CommitValue = record("commit-value", {
  author: Leaf,
  proposals: listOf(Ref, 0, 512),
  commit: CommitBytes,
  welcome: nullable(CommitBytes),
  signature: Signature,
})
export type CommitValue = ValueOf<typeof CommitValue>

/** A commit value with the digests of its commit and welcome in place of them. */
export const CommitHead = record("commit-head", {
  author: Leaf,
  proposals: listOf(Ref, 0, 512),
  commit: Ref,
  welcome: nullable(Ref),
  signature: Signature,
})
export type CommitHead = ValueOf<typeof CommitHead>

/** A set of commits, each with its certificate of the first cooperation. */
export const SetValue = record("set-value", { commits: listOf(Certified, 1, 8) })
export type SetValue = ValueOf<typeof SetValue>

const head = { group: GroupId, epoch: Epoch }

/** All that a member knows of one cooperation. */
export const Bundle = message("bundle", 1, {
  ...head,
  instance: Instance,
  statements: listOf(Statement, 0, 1 << 16),
  commits: listOf(CommitValue, 0, 1 << 12),
  sets: listOf(SetValue, 0, 1 << 12),
})
export type Bundle = ValueOf<typeof Bundle>

/** A PROPOSAL of global consensus, with what shows that its value is admissible. */
export const SetProposal = message("set-proposal", 4, {
  ...head,
  round: Round,
  proposer: Leaf,
  ref: Ref,
  validRound: nullable(Round),
  signature: Signature,
  set: SetValue,
  certificate: Certificate,
})
export type SetProposal = ValueOf<typeof SetProposal>

/** Why a decision is one. */
export const Evidence = oneOf("evidence", [
  message("unique-commit", 1, { certificate: Certificate }),
  message("unique-set", 2, { certificate: Certificate }),
  message("precommitted", 3, { round: Round, votes: DecisiveVotes }),
])
export type Evidence = ValueOf<typeof Evidence>

/**
 * What was decided: the set, the heads of all its commits in the order of their refs, the commit and the welcome of the
 * one that takes effect (`choice` of the heads), and why.
 */
export const Decide = message("decide", 7, {
  ...head,
  refs: listOf(Ref, 1, 8),
  heads: listOf(CommitHead, 1, 8),
  commit: CommitBytes,
  welcome: nullable(CommitBytes),
  evidence: Evidence,
})
export type Decide = ValueOf<typeof Decide>

/** Every message of this chapter. */
export const CascadeMessage = oneOf("cascade-message", [Bundle, Endorse, Retract, SetProposal, Prevote, Precommit, Decide])
export type CascadeMessage = ValueOf<typeof CascadeMessage>

/** Of one author at most so many commits are known. */
export const maximumCommits = 4

/** A set has at most so many commits. */
export const maximumSet = 8

/** A BUNDLE, and what else goes out in parts, is closed before it has more bytes than this in more than one thing. */
export const maximumPart = 32_768

/**
 * The state of a member in one epoch. `commits` and `sets` are what is known, `admitted` the sets that global consensus
 * may decide, each with its certificate, `proposedSet` says that we proposed a set, `timers` are those that have begun.
 */
export const Cascade = record("cascade", {
  electorate: Electorate,
  me: Leaf,
  first: Cooperation,
  second: Cooperation,
  restrained: RestrainedConsensus,
  consensus: GlobalConsensus,
  commits: listOf(record("known-commit", { ref: Ref, value: CommitValue }), 0, unlimited),
  sets: listOf(record("known-set", { ref: Ref, value: SetValue }), 0, unlimited),
  admitted: listOf(Certified, 0, unlimited),
  proposedSet: uint(0, 1),
  timers: listOf(printable(1, 32), 0, unlimited),
  decision: nullable(Decide),
})
export type Cascade = ValueOf<typeof Cascade>

/** What is hashed for the ref of a commit value, before encoding; identifiers as bytes. */
export const commitInput = (
  group: Uint8Array,
  epoch: number,
  value: {
    readonly author: number
    readonly proposals: ReadonlyArray<Uint8Array>
    /** The digests. */
    readonly commit: Uint8Array
    readonly welcome: Uint8Array | null
  },
): Cbor => [agreementLabels.commitValue, group, epoch, value.author, value.proposals, value.commit, value.welcome]

/** What the signature of a commit value covers, before encoding. */
export const authorInput = (ref: Uint8Array): Cbor => [agreementLabels.commitAuthor, ref]

/** What is hashed for the ref of a set, before encoding. */
export const setInput = (group: Uint8Array, epoch: number, refs: ReadonlyArray<Uint8Array>): Cbor => [
  agreementLabels.setValue,
  group,
  epoch,
  refs,
]

/** A commit of a set that was decided: what the choice looks at. */
export interface Choosable {
  readonly ref: string
  readonly author: number
  readonly proposals: number
}

/** The order of the choice. */
export const choiceOrder = (set: ReadonlyArray<Choosable>): ReadonlyArray<Choosable> => {
  const isRepeated = (one: Choosable) => set.filter(({ author }) => author === one.author).length > 1
  return set.toSorted(
    (a, b) => Number(isRepeated(a)) - Number(isRepeated(b)) || b.proposals - a.proposals || a.author - b.author || (a.ref < b.ref ? -1 : 1),
  )
}

/** The commit of a set that takes effect. */
export const choice = (set: ReadonlyArray<Choosable>): Choosable => choiceOrder(set)[0]!

/** How long a timer lasts, in delay bounds. */
export const lasts = { relax: 4, restrained: 2, conflict: 3 } as const
