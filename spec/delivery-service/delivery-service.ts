/**
 * # The distributed delivery service
 *
 * The members of a group are its delivery service: proposals are gossiped (chapter "murmur"), and which commit ends an
 * epoch is agreed on (chapter "cascade"). This chapter puts both on top of TreeKEM (chapter "tree-kem"): algorithm 1 of
 * Paillat et al., section 4, corrected. The application proposes and commits; the delivery service tells it, in this
 * order for each epoch, which proposals it may commit, and which commit took effect:
 *
 * | event | meaning |
 * | --- | --- |
 * | `proposal` | a valid proposal of this epoch: it may be committed now |
 * | `commit` | the commit that ends this epoch; the next one has begun |
 * | `joined` | we are a member, from this epoch on |
 * | `removed` | the commit that ended this epoch removed us; nothing follows |
 * | `stuck` | this epoch was decided by a commit that we cannot process; only `removed` follows, we have to be added again |
 *
 * ## What holds
 *
 * - **Epoch Agreement.** Two correct members never tell of different commits of one epoch.
 * - **Epoch order.** A member tells of commits epoch by epoch, without a gap.
 * - **Epoch Validity.** The commit is valid in its epoch for whoever tells of it, and carries the signature of its
 *   author.
 * - **Epoch Termination.** When a correct member commits, every correct member of that epoch tells of some commit of
 *   it, tells that it is stuck, or was stuck before and goes on to the next epoch too. Who is stuck does not count
 *   among the t faulty ones. A group of at most three tolerates no fault: there one absent member is enough to wait
 *   for.
 * - **Proposal Totality.** What one correct member tells of, every other does that is still in the epoch when it
 *   arrives, but for the probability of the chapter "murmur".
 * - **Epoch-Content Consistency.** Whoever tells of a commit has told of all proposals that it names before.
 *
 * > **Erratum DS-1** (section 3.3, Proposal Validity and Epoch Validity). Both say that the sender "is a correct
 * > process". Nobody can know: a faulty member can make valid proposals and commits. What can be had is the signature.
 *
 * > **Erratum DS-2** (section 3.3, Epoch-Content Consistency; section 4, "only when all members agree"). As printed,
 * > all correct members have told of the proposals when one tells of the commit. A witness quorum shows only that t + k
 * > correct members had. It holds as above: for each member itself. Vector: `delivery-service/s07`.
 *
 * ## Departures from algorithm 1
 *
 * > **Erratum DS-3** (lines 14 to 17). The test is for later epochs only, so that a commit of an *earlier* one, whose
 * > proposals arrive late, is validated in the present one. Here what is incomplete is forgotten with its epoch, and a
 * > message of a past epoch is answered by the decision of that epoch, nothing else. Vector: `delivery-service/s15`.
 *
 * > **Erratum DS-4** (lines 35, 43, 53). There is one instance of the consensus for all epochs, and what it delivers
 * > does not say of which epoch it is. Here each epoch has a cascade of its own, and every message and signature names
 * > group and epoch. Vector: `delivery-service/s48`.
 *
 * > **Erratum DS-5** (line 57). A commit is told of after the proposals of the next epoch (line 47) and after commits
 * > of the next epoch were validated (line 53), which may decide it on the spot. Here it is told of right after it was
 * > applied. Vector: `delivery-service/s12`.
 *
 * > **Erratum DS-6** (line 44). A decision can be reached by others while a member still lacks proposals that the
 * > commit names, and applying it fails. Here a decided commit waits for them; they travel with the decision, and are
 * > asked for. Vector: `delivery-service/s07`.
 *
 * > **Erratum DS-7** (line 21). Proposals of later epochs, which nobody has verified, count for the completeness of a
 * > commit (lines 23 and 37). Here a commit is complete when each proposal that it names was told of, in its epoch.
 * > Vector: `delivery-service/s10`.
 *
 * > **Erratum DS-8** (lines 30, 31, 38, 46 to 49, 52 to 55). Proposals of past epochs are kept as future ones, and
 * > nothing that turns out to be invalid, or waits for what never comes, is ever forgotten. Here everything kept is
 * > bounded, and forgotten when its epoch has passed. Vectors: `delivery-service/s14`, `delivery-service/s50`.
 *
 * > **Erratum DS-9** (lines 36 to 41). The proposals of a commit are looked at before its epoch, though for a commit of
 * > a later epoch nobody can say. Here the epoch comes first: messages of up to two epochs ahead are kept as they are.
 * > Vector: `delivery-service/s11`.
 *
 * > **Erratum DS-10** (line 44). MLS cannot process one's own commit. Here the state after it is kept from the moment
 * > it is made. Vector: `delivery-service/s01`.
 *
 * > **Erratum DS-11** (section 4). Neither welcomes nor members who leave appear. Here the welcome is part of the value
 * > that is agreed on, and is sent once it is decided, by its author, or, when nobody has heard of the new member after
 * > one delay bound, by everybody; and who is removed takes part until the commit that removes it is decided. Vectors:
 * > `delivery-service/s31`, `delivery-service/s33`, `delivery-service/s34`.
 *
 * > **Erratum DS-12** (section 5, future work). A member that was away for at most 64 epochs and kept its state catches
 * > up from any other by the decisions of each epoch, which it verifies one after the other with the voters that it
 * > knows; then it is sent again what belongs to the present epoch. Who was away for longer has to be added again.
 * > Vectors: `delivery-service/catch-up`, `delivery-service/catch-up-within`, `delivery-service/past`.
 *
 * > **Erratum DS-13** (line 17). A commit is called valid by whoever could process it; another may find that it cannot
 * > (tree-kem, erratum D27). Here a member processes it for trial before it witnesses it, so that a decided commit
 * > works for t + k correct members at least; whoever it does not work for says so, and is stuck. Vector:
 * > `delivery-service/s38`.
 *
 * > **Erratum DS-14** (section 4). If whoever cannot process the decided commit took part no more, it would still be a
 * > voter of the next epoch, and one faulty author would end the group: with four members it makes a commit that one of
 * > the others cannot decrypt, and is silent from then on. Two of four vote, and three are needed. Here **who is stuck
 * > votes on**. Voting needs only what everybody can see: the members of the epoch and their leaf signature keys. It
 * > cannot try commits out, so it finds valid every commit that reads as its value says, but none by the author that
 * > made it stuck. Vector: `delivery-service/stuck-votes`.
 *
 * Why that is enough, with one faulty author: those who could process its first such commit are t + k correct members
 * at least, none of whom is stuck. To another commit of that author no stuck member is a witness. So of its 2t + k
 * witnesses t + k are correct members who have processed it for trial, and t + k correct members stay that are not
 * stuck. A commit of a correct member is valid for all who are not stuck, and is witnessed by the stuck too. Several
 * faulty authors that take turns, in epochs that follow each other, can leave nobody who is not stuck (chapter
 * "delivery-service-security").
 *
 * ## Messages
 *
 * Members are addressed by their users. Links between correct members are reliable and in order. What the cascade sends
 * goes out as AGREEMENT, except a DECIDE: that goes out as DECISION, with those proposals that the commit which takes
 * effect names and of which we have been told by then. "All" are all other members of the epoch, in ascending order of
 * their leaves.
 *
 * | message | content | answered by |
 * | --- | --- | --- |
 * | AGREEMENT | a message of the cascade | see "cascade" |
 * | GOSSIP | a message of murmur | see "murmur" |
 * | DECISION | a DECIDE, and those proposals that its commit names of which the sender was told, in the order in which it was | |
 * | FETCH | an epoch, refs of proposals; without refs: all that was missed | decisions from that epoch on; proposals; what was sent in the present epoch |
 * | FETCHED | proposals, in the order in which the sender was told of them | |
 * | WELCOME | the welcome of a group | |
 *
 * ## Timers
 *
 * | timer | begins | lasts, in delay bounds | then |
 * | --- | --- | --- | --- |
 * | `{epoch}/{name}` | as the cascade says, name being its own | as it says | cascade.timeout; nothing when the epoch has passed |
 * | `{epoch}/fetch` | when proposals are asked for | 1 | the next member in ascending order of the leaves is asked, as long as they are missing, and for a commit that is not decided at most twice round |
 * | `{epoch}/welcome` | with the epoch that begins, when the commit that began it added somebody and is another's | 1 | the welcome is sent to those who were not heard of |
 *
 * ## What is kept
 *
 * Everything that waits is bounded, so that nobody can fill a member's memory:
 *
 * | kept | at most | what is lost beyond it |
 * | --- | --- | --- |
 * | messages of each of the next two epochs | 64 of each member, and 64 of all others together | the message, which is refused; the FETCH that was sent for the first one brings back what it was about |
 * | messages that come before the welcome | 64 of one sender, 256 in all | the message, which is refused; who joins when a bound was reached resumes |
 * | decisions of past epochs | those of the last 64 epochs | members that are further behind are not answered, and have to be added again |
 * | refs in a FETCH | 4,096, the lowest | the others are asked for when these have come |
 * | proposals | 64 of each author and epoch, 256 of a later epoch (murmur.quota) | the proposal; it is asked for when a commit names it |
 * | commits of the present epoch | 4 of each author (cascade.note-commit) | the commit |
 * | sets of commits | those of certified commits | nothing |
 * | statements, votes | 1,024 of each voter (cooperation.receive, global-consensus.receive) | the statement or vote, of a voter that is faulty |
 *
 * What is sent is bounded too, so that it fits into messages of 1 MiB (chapter "cascade", *Sizes*): a proposal has at
 * most 65,536 bytes, a commit names at most 512, and it and its welcome have at most 262,144 bytes each. A DECISION has
 * as many proposals as there is room for after its DECIDE; FETCHED messages with the others follow it.
 *
 * ## Failure and absence
 *
 * A member that kept its state goes on where it was, and resumes. One that lost it, or has only an older one, may sign
 * what contradicts what it has signed: a second statement with one number, a second PRECOMMIT in one round. Such a
 * restart is a fault like any other, and counts among the t. Two members of four that start again from old states are
 * two faults, and can decide a second commit with the third. So a state is durable before anything leaves that was
 * signed with it: whoever operates writes the new state, then hands on what is to be sent, and after a crash hands on
 * again what was not confirmed.
 *
 * Who has to go on with an older state is **restored**: it signs nothing, and only takes decisions, through the last
 * epoch in which it may have signed. Its application has to know that epoch from elsewhere; if nobody knows it, the
 * member is removed and added again. A restored member is absent in these epochs, and counts among the t faulty ones
 * until they are over. If its own commit is decided, of which the older state has no next one, it is stuck. Vector:
 * `delivery-service/restored`.
 *
 * Who is stuck or removed comes back like somebody new. It makes another key package (tree-kem.init, with the next
 * number), hands it to a member by a way of the application's own, and receives as one who is no member yet
 * (receive-early). A member proposes to remove the leaf of the stuck one and to add the key package, and commits both;
 * the welcome makes a state of its own (join). Until then the stuck state votes on, beside the new one; it ends with
 * `removed`. Vector: `delivery-service/stuck-votes`.
 *
 * Whose state went back, or who has two states of one member, may commit twice in one epoch; when the commit is decided
 * of which its present state has no next state, it is **stuck** like one that cannot decrypt. That never happens to a
 * correct member: a commit value carries its author's signature, its ref covers all of it but the signature, and a
 * correct member signs one in an epoch and keeps the state after it as long as the epoch lasts; so what is decided of
 * its own is what it has kept, whoever sends it. Vector: `delivery-service/two-states`.
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule, shownBy } from "../conventions/clauses.ts"
import { listOf, message, nullable, oneOf, record, uint, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { GroupId, UserId } from "../conventions/identifiers.ts"
import { Cascade, CascadeMessage, Decide } from "./cascade.ts"
import { Ref } from "./cooperation.ts"
import { Murmur, MurmurMessage, Proposed, SampleSize } from "./murmur.ts"
import { BackEndMessage, Epoch, TreeKemGroup } from "./tree-kem.ts"

const runs = "reference/delivery-service/test/delivery-service-runs.test.ts"

export const clauses = declareClauses("delivery-service", {
  active: check("MUST", "Only a member that is neither removed nor stuck proposes and commits.", "Paillat et al. section 3.3"),
  "one-commit": check("MUST", "A member commits once in an epoch.", "Paillat et al. algorithm 1, line 35"),
  group: check("MUST", "A message is of our group.", "erratum DS-4"),
  horizon: check("MUST", "A message is at most two epochs ahead.", "erratum DS-9"),
  asker: check("MUST", "Answers go to members, and to those who were members in the last 64 epochs.", "Conclave"),
  quota: check("MUST", "Of one member, and of all others together, at most 64 messages of each later epoch are kept.", "erratum DS-8"),
  "early-quota": check(
    "MUST",
    "Of the messages that come before the welcome at most 64 of one sender and 256 in all are kept.",
    "erratum DS-8",
  ),
  "keeps-past": rule("MUST", "The decisions of the last 64 epochs are kept, and no others.", "erratum DS-8"),
  "sends-again": rule("MUST", "Whoever asks for all that it missed is sent again what belongs to the present epoch.", "erratum DS-12"),
  "commit-first": rule("MUST", "A commit is told of before anything of the next epoch.", "erratum DS-5"),
  complete: rule("MUST", "A commit is told of after all proposals that it names; until then a decision waits.", "erratum DS-6"),
  judged: rule("MUST", "A commit is validated when all its proposals were told of and it was processed for trial.", "errata DS-7, DS-13"),
  forgets: rule("MUST", "With an epoch all that waited in it is forgotten.", "errata DS-3, DS-8"),
  "answers-past": rule(
    "MUST",
    "A message of a past epoch is answered by the decision of that epoch, and does nothing else.",
    "errata DS-3, DS-12",
  ),
  "keeps-later": rule("MUST", "Messages of the next two epochs are kept, and taken in when their epoch begins.", "erratum DS-9"),
  "own-state": rule("MUST", "The state after one's own commit is the one made with it.", "erratum DS-10"),
  welcome: rule("MUST", "A welcome is sent when its commit is decided, and not before.", "erratum DS-11"),
  stuck: rule(
    "MUST",
    "Who cannot process the decided commit tells so, and proposes, commits and tells of commits no more.",
    "erratum DS-13",
  ),
  "stuck-votes": rule(
    "MUST",
    "Who is stuck votes on, for every commit that reads as its value says, but for none by the author that made it stuck.",
    "erratum DS-14",
  ),
  size: shownBy(
    "reference/delivery-service/test/sizes.test.ts",
    check("MUST", "A proposal, a commit and a welcome are no longer than the bounds of what is sent.", "erratum CC-4"),
  ),
  parts: shownBy(
    "reference/delivery-service/test/sizes.test.ts",
    rule("MUST", "Proposals for which a DECISION or FETCHED has no room follow in FETCHED messages.", "erratum CC-4"),
  ),
  "persist-before-send": shownBy(
    "reference/delivery-service/test/restarted-voter.test.ts",
    rule("MUST", "A state is durable before anything leaves that was signed with it.", "Conclave"),
  ),
  silent: check("MUST", "Who was restored proposes and commits nothing through the last epoch in which it may have signed.", "Conclave"),
  "silent-votes": rule("MUST", "Who was restored signs nothing through that epoch, and takes decisions only.", "Conclave"),
  properties: shownBy(runs, rule("MUST", "What holds, above, holds in all runs.", "Paillat et al. section 3.3")),
})

export const steps = declareSteps("delivery-service", {
  found: ["Found a group of TreeKEM (tree-kem.found), and begin its epoch (begin-epoch)."],
  join: [
    "Join by the welcome (tree-kem.join), and begin the epoch (begin-epoch), with murmur opened (murmur.open). Tell `joined`. Take in the messages that were kept before (receive-early), in their order, each by receive but for its last sentence; what is refused is dropped. Do follow.",
    "If 64 of one sender or 256 in all were kept: do resume.",
  ],
  "receive-early": [
    "For a user that is no member yet: if 64 messages of this sender or 256 in all are kept: refused (delivery-service.early-quota). Keep it.",
  ],
  "begin-epoch": [
    "The voters are the members, with their leaf signature keys; t is the usual number, k is 1, and there is no fast path. Open a cascade of the epoch (cascade.open). Nothing is incomplete, fetched or decided, and we have no commit of our own.",
  ],
  propose: [
    "If we are removed or stuck: refused (delivery-service.active). If we are silent: refused (delivery-service.silent). Make the proposal by TreeKEM (tree-kem.propose-add, tree-kem.propose-remove, tree-kem.propose-update).",
    "If it is longer than 65,536 bytes: refused (delivery-service.size). Admit it (tree-kem.admit), tell `proposal`, and gossip it (murmur.dispatch).",
  ],
  commit: [
    "If we are removed or stuck: refused (delivery-service.active). If we are silent: refused (delivery-service.silent). If we have committed in this epoch: refused (delivery-service.one-commit).",
    "Make the commit of the proposals named, or of the selection when none are named (tree-kem.commit). If they are more than 512, or the commit or the welcome is longer than 262,144 bytes: refused (delivery-service.size). Keep the state after it, and sign the commit value, with its proposals in ascending order and its welcome.",
    "Propose it in the cascade (cascade.propose). Do follow.",
  ],
  receive: [
    "Group and epoch of a proposal in a GOSSIP are looked at by murmur, which refuses one of a past epoch. If any other message is of another group: refused (delivery-service.group). If we are removed (also for a proposal), or it is no proposal and of a past epoch: an AGREEMENT is answered by the decision of that epoch, and a FETCH by the decisions of that epoch and the next ones, and then, if it has no refs and we are not removed, by send-again; when the decision of that epoch is not kept (any more, or not yet), it is not answered. Nothing else happens.",
    "If it is a FETCH of our epoch or a past one, or an AGREEMENT of a past one, and its sender neither is a member nor was " +
      "one in the last 64 epochs: refused (delivery-service.asker), and not answered.",
    "If it is of a later epoch and no proposal in a GOSSIP (a SUBSCRIBE is kept too, with its user: a leaf may be another's in that epoch, or nobody's yet): if it is more than two ahead: refused (delivery-service.horizon). If 64 of this sender and epoch are kept, or, when the sender is no member, 64 of that epoch by any that are none: refused (delivery-service.quota). Keep it. If we have not asked this sender in this epoch: send it a FETCH of our epoch without refs.",
    "An AGREEMENT: if we are silent and have not decided, nothing happens; otherwise by the cascade (cascade.receive). A DECISION: its DECIDE likewise; but first, if it verifies (cascade.verify-decide), take in, like FETCHED, those of its proposals that the commit which takes effect names, and no others.",
    "A GOSSIP: if we are stuck and it is a proposal, nothing happens. A proposal of this epoch is admitted (tree-kem.admit), which shows whether it is valid; then by murmur (murmur.receive-gossip, murmur.receive-subscribe). What murmur delivers: tell `proposal`. With a SUBSCRIBE, the user of the sender is noted as heard of.",
    "A FETCH of this epoch: answer FETCHED with those of the proposals that we have told of, if there are any; one without refs by send-again.",
    "Proposals that are sent, after a DECIDE in its DECISION or by themselves in FETCHED, go out in parts, in their order: " +
      "when the encodings of all that is in a message and of the next proposal are together longer than 1,000,000 bytes, the " +
      "next one begins a FETCHED message, which follows.",
    "FETCHED: of its proposals those are taken in like gossiped ones that an incomplete or decided commit misses; the others are left out, and so are those that are refused. If we are stuck, those that the decided commit misses are kept (tree-kem.keep).",
    "A WELCOME: the verdict is ignored, since we are a member. Do follow.",
  ],
  "send-again": [
    "To the one who asked, if it is a member: each proposal that we were told of in this epoch, in that order, as a GOSSIP; then what the cascade repeats (cascade.repeat).",
  ],
  judge: [
    "If we are silent: nothing happens. Read the commit (tree-kem.read-commit). If it is none, or of another group or epoch, or by another author or with other proposals than its value says (the order in the commit does not matter), or one of our own (by another handle of ours, or from before our state went back: what we propose ourselves is not given out): it is never validated.",
    "If we are stuck: if its author is the user that made us stuck, it is never validated; otherwise validate it in the " +
      "cascade (cascade.validate). The steps below are not for us.",
    "If proposals that it names were not told of: note it as incomplete, and ask for them (FETCH) the sender of the message by which it became known; begin the timer `{epoch}/fetch`.",
    "Process it for trial (tree-kem.process). If that is accepted: validate it in the cascade (cascade.validate). Otherwise it is never validated.",
  ],
  follow: [
    "While nothing is decided, repeat until nothing changes: judge each commit that the cascade gave out, in its order, and each incomplete commit of which nothing is missing any more, in ascending order of the refs.",
    "If the cascade has decided: apply. Then take in the messages that were kept for the epoch that has begun, in the order in which they came, each by receive, from the sender that it had; what is refused is dropped.",
  ],
  apply: [
    "If proposals that the commit names were not told of: wait; and if nobody was asked by the timer in this epoch: ask the first member in ascending order of the leaves (FETCH), as that timer would, and begin the timer `{epoch}/fetch`.",
    "Keep the decision with the proposals, to answer with, and the 63 before it; also when we get stuck or are removed by it.",
    "If it is our own: the next state is the one we kept. Otherwise process it (tree-kem.process). If it removes us: tell `commit` and `removed`; we are removed, stay in the epoch that has ended, and the operation ends here.",
    "If it is refused: we are stuck by the user of its author; tell `stuck`. Then, and if we were stuck before: follow it " +
      "(tree-kem.follow). If it removes us: tell `removed`; we are removed, as above. If that is refused too, which only a " +
      "majority of faulty voters can bring about: we stay in the epoch that has ended.",
    "Tell `commit`, unless we are stuck. The epoch is the next one: forget what waited and what is kept for epochs that have passed, and begin-epoch.",
    "If the commit added somebody: if it is ours, send them the WELCOME; otherwise keep it and begin the timer `{epoch}/welcome`.",
    "Advance murmur (murmur.advance), and take in the proposals that it gives back, each as a GOSSIP; if we are stuck, none.",
  ],
  timeout: [
    "If it is of another epoch than ours, or we are removed: nothing happens.",
    "`fetch`: if proposals are missing, for incomplete commits or for the decided one, ask the next member for all of them, in ascending order of their refs; the members take turns in ascending order of the leaves, beginning with the first in each epoch; and the timer begins again. But when nothing is decided yet, no more than twice as many times in the epoch as there are other members. `welcome`: send the WELCOME to those that were added and not heard of. Otherwise by the cascade (cascade.timeout), unless we are silent. Do follow.",
  ],
  restore: [
    "For one who goes on with a state that is older than what has left: be silent through the epoch given, the last one in " +
      "which it may have signed, and at least through that of the state. Do resume.",
    "We are silent in all epochs up to that one. From the next one on we take part again.",
  ],
  resume: [
    "If we are removed: nothing happens. Otherwise send a FETCH of our epoch without refs to all other members. Who comes back after an absence begins with it.",
  ],
})

/** A message of the cascade. */
export const Agreement = message("agreement", 1, { message: CascadeMessage })
/** A message of murmur. */
export const Gossiping = message("gossiping", 2, { message: MurmurMessage })
/** A decision, and the proposals that its commit names. */
export const Decision = message("decision", 3, { decide: Decide, proposals: listOf(Proposed, 0, 512) })
export type Decision = ValueOf<typeof Decision>
/** Asks for decisions from this epoch on, or for proposals of this epoch. */
export const Fetch = message("fetch", 4, { group: GroupId, epoch: Epoch, refs: listOf(Ref, 0, 4096) })
/** Proposals that were asked for. */
export const Fetched = message("fetched", 5, { group: GroupId, epoch: Epoch, proposals: listOf(Proposed, 0, 4096) })
/** For new members: the group, the epoch that begins with them, and the welcome. */
export const Welcoming = message("welcoming", 6, { group: GroupId, epoch: Epoch, welcome: BackEndMessage })
/** Every message of the delivery service. */
export const DeliveryMessage = oneOf("delivery-message", [Agreement, Gossiping, Decision, Fetch, Fetched, Welcoming])
export type DeliveryMessage = ValueOf<typeof DeliveryMessage>

/**
 * Epochs ahead; messages kept of a sender and epoch, and of a sender before the welcome; of all before it; decisions
 * kept; requests to each member for what an undecided commit misses; refs in a FETCH; bytes of a proposal, of a commit
 * or welcome; proposals of a commit.
 */
export const limits = {
  horizon: 2,
  kept: 64,
  early: 256,
  past: 64,
  asks: 2,
  asked: 4096,
  proposal: 1 << 16,
  commit: 1 << 18,
  named: 512,
} as const

/** What somebody who is no member yet has kept. */
export const Early = listOf(record("early-message", { from: UserId, message: DeliveryMessage }), 0, limits.early)
export type Early = ValueOf<typeof Early>

/** What we are: 0 a member, 1 removed, 2 stuck. */
export const statuses = { active: 0, removed: 1, stuck: 2 } as const

/**
 * The state of a member. `own` is our commit of this epoch with the state after it; `incomplete` are commits with
 * proposals that were not told of; `asked` are the users asked for decisions in this epoch; `fetches` counts requests
 * of the timer; `welcome` is one to be sent on, with the users that were not heard of; `past` are the last decisions of
 * the epochs that we took part in; `former` are those who are no members any more, with their last epoch, 64 epochs
 * long; `stuckBy` is the user whose commit we could not process; `silent` is the last epoch in which nothing is signed.
 */
export const Delivery = record("delivery", {
  status: uint(0, 2),
  tree: TreeKemGroup,
  murmur: Murmur,
  sampleSize: SampleSize,
  cascade: Cascade,
  own: nullable(record("own-commit", { ref: Ref, next: TreeKemGroup })),
  incomplete: listOf(record("incomplete-commit", { ref: Ref, missing: listOf(Ref, 0, 512) }), 0, unlimited),
  later: listOf(record("later-message", { from: UserId, epoch: Epoch, message: DeliveryMessage }), 0, unlimited),
  asked: listOf(UserId, 0, unlimited),
  fetches: uint(),
  welcome: nullable(record("kept-welcome", { users: listOf(UserId, 0, 4096), welcome: BackEndMessage })),
  past: listOf(Decision, 0, limits.past),
  former: listOf(record("former-member", { user: UserId, epoch: Epoch }), 0, unlimited),
  stuckBy: nullable(UserId),
  silent: nullable(Epoch),
})
export type Delivery = ValueOf<typeof Delivery>
