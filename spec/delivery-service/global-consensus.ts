/**
 * # Global consensus
 *
 * The last resort, of all voters: single-decree **Tendermint** (Buchman, Kwon, Milosevic, arXiv 1807.04938, algorithm
 * 1) with **external validity**. It decides one of the values that are *admissible*: what is admissible everybody can
 * check for itself (chapter "cascade": a set of values with a certificate of the second cooperation). At most `t` of `n
 * ≥ 3t + 1` voters are faulty; agreement needs no synchrony, an end needs messages that arrive within some bound from
 * some time on. Agreement is proved in `spec/proofs/GlobalConsensus.v`.
 *
 * > **Erratum GC-1** (Paillat et al., section 2.2, "a classical Consensus algorithm"; the authors' prototype). The
 * > prototype has PBFT without certificates of what was prepared, with the quorum 2f + 1 for every `n`. A new leader
 * > may propose another value after somebody has decided, and with n = 5 two quorums may have only the faulty member in
 * > common. Tendermint carries its locks in its rounds, and its quorum here is `n − t`: two of them have n − 2t ≥ t + 1
 * > voters in common. Vector: `global-consensus/locked`.
 *
 * ## Rounds
 *
 * Rounds are numbered from 0 to 511. The **proposer** of round `r` is the voter number `(epoch + r) mod n`, in
 * ascending order of the leaves. In a round the proposer sends a PROPOSAL; everybody sends a PREVOTE for it, or for
 * nothing, and then a PRECOMMIT of what `n − t` have prevoted, or of nothing. `n − t` PRECOMMITs of one value decide.
 * Who precommits a value is **locked** on it, and prevotes another one later only if a PROPOSAL shows that `n − t`
 * prevoted that in a later round.
 *
 * | timer | begins | lasts, in delay bounds |
 * | --- | --- | --- |
 * | `propose/r` | with round r | 3 + r |
 * | `prevote/r` | when n − t voters have prevoted anything in round r, while we have not precommitted | 3 + r |
 * | `precommit/r` | when n − t voters have precommitted anything in round r | 3 + r |
 *
 * Who has no admissible value yet holds messages, and enters round 0 with the first one that it gets, its own or
 * another's. Quorums count for a value also without the PROPOSAL of that round, once it is known to be admissible.
 *
 * Tendermint assumes that what one correct voter receives, all receive. So everybody **sends on** what it holds for the
 * first time.
 *
 * > **Erratum GC-2** (found by the simulations of this project). Reliable links between correct voters are not enough.
 * > A faulty voter shows its PRECOMMIT to one correct voter only, which has a quorum with it and goes to the next round
 * > without a PRECOMMIT of its own. The others wait for that one for ever, and they are fewer than t + 1 who could be
 * > followed. Vector: `global-consensus/sends-on`.
 *
 * A voter is **exposed** when two different votes by it of one kind and one round are held. A correct voter signs one,
 * so it is never exposed. Of a voter two votes of one kind and round are held, and any others are dropped. What one
 * correct voter holds of another voter, all others hold too, or they have dropped it, and then that voter is exposed
 * for them. So whoever is exposed **counts as having sent every vote** where something is begun, locked or prevoted.
 * Where it is decided only what is held counts, since a decision has to be shown. Counting too much loses nothing: all
 * that is argued of faulty voters is that they may have signed anything.
 *
 * > **Erratum GC-3** (Conclave). Tendermint keeps all votes. With a bound on them, and nothing said of those beyond it,
 * > a faulty voter fills the room of C and D with votes that are good for nothing, and does with its next PRECOMMIT
 * > what erratum GC-2 tells. Vectors: `global-consensus/flood`, `global-consensus/exposed`.
 *
 * Each round that decides nothing lasts 3 + r delay bounds at least, for whoever goes on by itself. So 512 rounds last
 * 132,352 delay bounds: a day and a half when the delay bound is a second. That messages arrive within some bound from
 * some time on is needed before that. There are never t + 1 faulty proposers in a row, and t is at most 341.
 *
 * Who has decided signs nothing more. So it hands on the decision, which decides for whoever verifies it (chapter
 * "cascade", DECIDE).
 *
 * ```text
 * signed by a PROPOSAL: CBOR([ "conclave/1 delivery proposal", group, epoch, round, proposer, ref, validRound ])
 * signed by a vote:     CBOR([ "conclave/1 delivery vote", group, epoch, kind, round, voter, ref ])
 * ```
 *
 * with kind 5 for PREVOTE and 6 for PRECOMMIT, `ref` null for a vote for nothing, `validRound` null for a value that no
 * round has prevoted.
 *
 * @module
 */
import type { Cbor } from "../conventions/cbor.ts"
import { check, declareClauses, declareSteps, provedBy, rule, shownBy, theorems } from "../conventions/clauses.ts"
import { listOf, message, nullable, oneOf, record, uint, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { GroupId } from "../conventions/identifiers.ts"
import { Signature } from "../conventions/suite.ts"
import { agreementLabels } from "./agreement-labels.ts"
import { Electorate, Ref } from "./cooperation.ts"
import { Epoch, Leaf } from "./tree-kem.ts"

const runs = "reference/delivery-service/test/global-consensus-runs.test.ts"

export const clauses = declareClauses("global-consensus", {
  epoch: check("MUST", "A PROPOSAL or vote is of this group and epoch.", "Conclave"),
  signature: check("MUST", "A PROPOSAL or vote is signed by a voter of the epoch.", "arXiv 1807.04938"),
  proposer: check("MUST", "A PROPOSAL is by the proposer of its round.", "arXiv 1807.04938 section 3"),
  "earlier-round": check("MUST", "The valid round of a PROPOSAL is before its round.", "arXiv 1807.04938 algorithm 1"),
  "decision-quorum": provedBy(
    theorems("GlobalConsensus", "decision_for_good"),
    check("MUST", "A decision has PRECOMMITs of one value in one round by n − t distinct voters.", "arXiv 1807.04938 algorithm 1"),
  ),
  "prevote-valid": rule(
    "MUST",
    "Only an admissible value is prevoted, and one that a lock excludes only if a later round has prevoted it.",
    "arXiv 1807.04938 algorithm 1",
  ),
  lock: provedBy(
    theorems("GlobalConsensus", "lock_holds"),
    rule("MUST", "Who precommits a value is locked on it, and proposes what was last prevoted by n − t.", "arXiv 1807.04938 algorithm 1"),
  ),
  "sends-on": rule("MUST", "What is held for the first time is sent on to all.", "erratum GC-2"),
  "later-round": rule("MUST", "Who hears t + 1 voters in a later round goes there.", "arXiv 1807.04938 algorithm 1"),
  exposed: rule(
    "MUST",
    "A voter of whom two votes of one kind and round are held counts as having sent every vote, but not in a decision.",
    "erratum GC-3",
  ),
  agreement: provedBy(
    theorems("GlobalConsensus", "agreement"),
    shownBy(runs, rule("MUST", "No two correct voters decide differently.", "arXiv 1807.04938 section 4")),
  ),
})

export const steps = declareSteps("global-consensus", {
  open: ["If the electorate is none (cooperation.open): refused (cooperation.electorate). We have not entered, and hold nothing."],
  admit: ["Note the value as admissible. If we have not entered: it is our own value; enter round 0 (start-round).", "Do settle."],
  receive: [
    "If it is of another group or epoch: refused (global-consensus.epoch).",
    "If its voter or proposer is no voter, or the signature does not verify: refused (global-consensus.signature).",
    "A PROPOSAL by another than the proposer of its round: refused (global-consensus.proposer).",
    "A PROPOSAL whose valid round is not before its round: refused (global-consensus.earlier-round).",
    "Hold a PROPOSAL if none of its round is held. Hold a vote if none of its voter is held with the same kind, round " +
      "and value, and fewer than two of its voter, kind and round.",
    "If it was not held before and is now, and we have not decided: send it on to all, before what we sign ourselves. Do settle.",
  ],
  "start-round": [
    "The round is this one, and the step is propose.",
    "If we are its proposer, and some value was last prevoted by n − t: sign a PROPOSAL of that value, with its " +
      "round as the valid round. If there is none, sign one of our own value without a valid round.",
    "If we are not its proposer, or have neither value: begin the timer `propose/r`.",
  ],
  timeout: [
    "If we have decided, or the round is not that of the timer: nothing happens. The round is 0 before we enter. Whether " +
      "the timer had begun is not asked: `precommit/0` starts round 1 for one who has not entered, too.",
    "If it is `propose/r` and the step is propose: prevote nothing. A timer with the step 0, which is never begun, " +
      "does nothing by this step and the next two.",
    "If it is `prevote/r` and the step is prevote: precommit nothing.",
    "If it is `precommit/r`: start round r + 1, if r is below 511. In each case do settle then.",
  ],
  settle: [
    "If we have not entered or have decided: the operation ends.",
    "Follow the first of steps 3 to 11 whose condition holds and that changes something. Then begin again with " +
      "step 1. If there is none, the operation ends. In steps 4 to 11 an exposed voter counts as having sent every vote. " +
      "Of several values the first that became admissible is meant.",
    "If PRECOMMITs of one admissible value in one round by n − t voters are held: decide it. The round may have passed; " +
      "of several such rounds it is the lowest. The decision has all PRECOMMITs of it in that round that are held, in " +
      "ascending order of the leaves.",
    "If there are later rounds of each of which something is held, and t + 1 voters have sent something (votes or the " +
      "PROPOSAL): start the latest of them.",
    "If the step is propose, and we hold a PROPOSAL of the round without a valid round, whose value is " +
      "admissible: prevote the value if we are not locked or locked on it, and otherwise nothing.",
    "The same with a PROPOSAL that has a valid round v, if n − t voters have prevoted its value in round v. Prevote " +
      "the value if we are not locked, or locked on it, or were locked in round v or before, and otherwise nothing.",
    "If the step is prevote, and n − t voters have prevoted one admissible value in the round: lock on it in " +
      "this round, and precommit it. It is the value last prevoted, of this round.",
    "If the step is precommit, the value last prevoted is not of this round, and n − t voters have prevoted one " +
      "admissible value in the round: that is the value last prevoted, of this round.",
    "If the step is prevote and n − t voters have prevoted nothing in the round: precommit nothing.",
    "If the step is prevote and n − t voters have prevoted anything in the round: begin the timer `prevote/r`, once.",
    "In whatever step: if n − t voters have precommitted anything in the round: begin the timer `precommit/r`, once.",
    "Prevoting: the step is prevote; sign the PREVOTE. Precommitting: the step is precommit; sign the PRECOMMIT.",
    "What we sign, votes and PROPOSALs, we hold, and send to all.",
  ],
  "verify-decision": [
    "If the electorate is none (cooperation.open): refused (cooperation.electorate).",
    "If there are fewer than n − t votes, or two are by one voter: refused (global-consensus.decision-quorum).",
    "If one is by no voter, or its signature as a PRECOMMIT of the value in the round does not verify: refused " +
      "(global-consensus.signature). In what order the votes stand is not looked at.",
  ],
})

/** The last round. */
export const lastRound = 511

/** A round of one epoch. */
export const Round = uint(0, lastRound)

const head = { group: GroupId, epoch: Epoch, round: Round }

/** The proposer's value of a round. */
export const Proposal = message("proposal", 4, {
  ...head,
  proposer: Leaf,
  ref: Ref,
  validRound: nullable(Round),
  signature: Signature,
})
export type Proposal = ValueOf<typeof Proposal>

/** Votes; `ref` is null for nothing. */
export const Prevote = message("prevote", 5, { ...head, voter: Leaf, ref: nullable(Ref), signature: Signature })
export const Precommit = message("precommit", 6, { ...head, voter: Leaf, ref: nullable(Ref), signature: Signature })
export const Vote = oneOf("vote", [Prevote, Precommit])
export type Vote = ValueOf<typeof Vote>

/** PRECOMMITs of a value and a round that are known, in ascending order of the leaves. */
export const DecisiveVotes = listOf(record("decisive-vote", { voter: Leaf, signature: Signature }), 1, 1024)

/** What decides: PRECOMMITs of one value in one round. */
export const ConsensusDecision = record("consensus-decision", {
  ref: Ref,
  round: Round,
  votes: DecisiveVotes,
})
export type ConsensusDecision = ValueOf<typeof ConsensusDecision>

/** How far we are in a round: 0 not entered, 1 propose, 2 prevote, 3 precommit. */
export const RoundStep = uint(0, 3)
export const roundSteps = { outside: 0, propose: 1, prevote: 2, precommit: 3 } as const

/** A value with a round. */
export const RoundValue = record("round-value", { ref: Ref, round: Round })

/** Of a voter at most so many votes of one kind and round are held. */
export const maximumVotes = 2

/** The state of a member. `valid` is the value last prevoted by n − t; `timers` are those that have begun. */
export const GlobalConsensus = record("global-consensus", {
  electorate: Electorate,
  me: Leaf,
  admissible: listOf(Ref, 0, unlimited),
  own: nullable(Ref),
  round: Round,
  step: RoundStep,
  locked: nullable(RoundValue),
  valid: nullable(RoundValue),
  proposals: listOf(Proposal, 0, unlimited),
  votes: listOf(Vote, 0, unlimited),
  timers: listOf(record("round-timer", { kind: uint(1, 3), round: Round }), 0, unlimited),
  decision: nullable(ConsensusDecision),
})
export type GlobalConsensus = ValueOf<typeof GlobalConsensus>

/** The proposer of a round: a leaf. */
export const proposerOf = ({ voters, epoch }: Pick<Electorate, "voters" | "epoch">, round: number): number =>
  voters[(epoch + round) % voters.length]!.leaf

/** How long the timers of a round last, in delay bounds. */
export const patienceOf = (round: number): number => 3 + round

/** What the signature of a PROPOSAL covers, before encoding; identifiers as bytes. */
export const proposalInput = (
  group: Uint8Array,
  epoch: number,
  content: { readonly round: number; readonly proposer: number; readonly ref: Uint8Array; readonly validRound: number | null },
): Cbor => [agreementLabels.proposal, group, epoch, content.round, content.proposer, content.ref, content.validRound]

/** What the signature of a vote covers, before encoding; `kind` is 5 or 6. */
export const voteInput = (
  group: Uint8Array,
  epoch: number,
  content: { readonly kind: number; readonly round: number; readonly voter: number; readonly ref: Uint8Array | null },
): Cbor => [agreementLabels.vote, group, epoch, content.kind, content.round, content.voter, content.ref]
