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
 * | `joined` | we are a member, from this epoch on; also when we were stuck, and have come back |
 * | `removed` | the commit that ended this epoch removed us; nothing follows |
 * | `stuck` | this epoch was decided by a commit that we cannot process; only `joined` or `removed` follows, we have to come back |
 *
 * ## What holds
 *
 * - **Epoch Agreement.** Two correct members never tell of different commits of one epoch.
 * - **Epoch order.** A member tells of commits epoch by epoch, without a gap.
 * - **Epoch Validity.** The commit is valid in its epoch for whoever tells of it, and carries the signature of its
 *   author.
 * - **Epoch Termination.** When a correct member commits, every correct member of that epoch tells of some commit of
 *   it, tells that it is stuck, or was stuck before and goes on to the next epoch too. With t of 2 or more the commit
 *   has to bring back the correct members that are stuck, or 2t + k others have to find it valid. Who is stuck does not
 *   count among the t faulty ones. A group of at most three tolerates no fault: there one absent member is enough to
 *   wait for.
 * - **Proposal Totality.** What one correct member tells of, every other does that is still in the epoch when it
 *   arrives, but for the probability of the chapter "murmur".
 * - **Epoch-Content Consistency.** Whoever tells of a commit has told of all proposals that it names before.
 *
 * > **Erratum DS-1** (section 3.3, Proposal Validity and Epoch Validity). Both say that the sender "is a correct
 * > process". Nobody can know: a faulty member can make valid proposals and commits. What can be had is the signature.
 * > No case shows it, because nothing is computed otherwise; the signatures are shown by
 * > `tree-kem/proposal-signature~refused` and `cascade/author-signature~refused`.
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
 * > that is agreed on. Once it is decided its author sends it, and everybody who has not heard of the new member after
 * > one delay bound. Who is removed takes part until the commit that removes it is decided. Vectors:
 * > `delivery-service/s31`, `delivery-service/s33`, `delivery-service/s34`.
 *
 * > **Erratum DS-12** (section 5, future work). A member that was away for at most 64 epochs and kept its state catches
 * > up from any other by the decisions of each epoch. It verifies them one after the other with the voters that it
 * > knows. Then it is sent again what belongs to the present epoch. Who was away for longer has to be added again.
 * > Vectors: `delivery-service/catch-up`, `delivery-service/catch-up-within`, `delivery-service/past`.
 *
 * > **Erratum DS-13** (line 17). A commit is called valid by whoever could process it; another may find that it cannot
 * > (tree-kem, erratum D27). Here a member processes it for trial before it witnesses it, so that a decided commit
 * > works for t + k correct members at least; whoever it does not work for says so, and is stuck. Vector:
 * > `delivery-service/s38`.
 *
 * > **Erratum DS-14** (section 4). If whoever cannot process the decided commit took part no more, it would still be a
 * > voter of the next epoch, and one faulty author would end the group. With four members it makes a commit that one of
 * > the others cannot decrypt, and is silent from then on. Two of four vote, and three are needed. Here **who is stuck
 * > votes on**. READYs and all later votes need only what everybody can see. Of a commit it finds valid what brings it
 * > back, since it can try the welcome; and what others commit only when it knows all t faulty members, since they have
 * > made it stuck. Vectors: `delivery-service/stuck-votes`, `delivery-service/in-turn`.
 *
 * Why that is enough, with any number of faulty authors up to t that act in turn: whatever takes effect has 2t + k
 * witnesses, of whom t + k are correct. Of a commit by a faulty author each of these has processed it for trial, or has
 * opened its welcome; one that knows all faulty members is no witness of it. So after each such commit t + k correct
 * members at least are not stuck, or are removed by it. A commit of a correct author is valid for all who are not
 * stuck. It takes effect when it brings back the stuck: then all n − t correct members are its witnesses. With t = 1
 * nobody has to be brought back for that. Property: `reference/delivery-service/test/in-turn.test.ts`.
 *
 * ## Messages
 *
 * A member **was told of** a proposal when TreeKEM has admitted it in this epoch, its own ones too. A stuck member
 * tells its application of no proposals, and was told of those that TreeKEM keeps for it (tree-kem.keep): what a step
 * says of proposals that were told of, or were not, holds for these.
 *
 * Members are addressed by their users. A user that is no member has no leaf: what the cascade or murmur answers to it
 * is not sent. Its messages are taken in all the same, since what counts in them is signed. Links between correct
 * members are reliable and in order. What the cascade sends goes out as AGREEMENT, except a DECIDE: that goes out as
 * DECISION, with those proposals that the commit which takes effect names and of which we have been told by then. "All"
 * are all other members of the epoch, in ascending order of their leaves.
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
 * | `{epoch}/fetch` | when proposals are asked for (ask) | 1 | the next member is asked (ask-next) |
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
 * | former members, each with its last epoch | those whose last epoch is one of the last 64; whether one that is a member again stays noted is free | they are not answered |
 * | refs in a FETCH | 1,024, the lowest | the others are asked for when these have come |
 * | proposals | 64 of each author and epoch, 256 of a later epoch (murmur.quota); beside these, those that a commit names and that were asked for | the proposal; it is asked for when a commit names it |
 * | commits of the present epoch | 4 of each author, and those that a known set names (cascade.note-commit) | the commit |
 * | sets of commits | of certified commits, 3n (cascade.note-set) | the set, which is no correct voter's first |
 * | statements | of each voter two with each number below 16n (cooperation.receive) | the statement, of a voter that is exposed |
 * | votes | of each voter two of each kind and round (global-consensus.receive) | the vote, of a voter that is exposed |
 *
 * What is sent is bounded too, so that it fits into messages of 1 MiB (chapter "cascade", *Sizes*). A proposal has at
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
 * ## Coming back
 *
 * Who is **stuck** makes a key package (come-back) and hands it to members that are not, by a way of the application's
 * own. One of them proposes to remove the leaf of the stuck one and to add the key package, and commits both. When that
 * takes effect, the stuck one is a member again, with the state that it has: it is told `joined`. Its application
 * should do so at once, and those of the others should bring back whoever asks before they commit anything else: a
 * member that has committed already may commit again for that. Vectors: `delivery-service/stuck-votes`,
 * `delivery-service/in-turn`.
 *
 * Who was **removed**, or has lost its state, comes back like somebody new: with another key package (tree-kem.init,
 * with the next number), receiving as one who is no member yet (receive-early), by a welcome (join). Who is more than
 * 64 epochs behind does the same, and a member removes its old leaf with the commit that adds it. Vector:
 * `delivery-service/removed-returns`.
 *
 * Who has joined by a welcome believes it: that its commit was decided it sees by and by. As soon as t + 1 of those
 * whom its user trusts have sent it a message of the epoch, one of them is correct, and a correct member is in an epoch
 * only when that has begun. What its application shows until then is free. A WELCOME has no DECIDE in it, since who
 * made up a welcome can make up voters too, whose keys the joining member does not know.
 *
 * Whose state went back, or who has two states of one member, may commit twice in one epoch; when the commit is decided
 * of which its present state has no next state, it is **stuck** like one that cannot decrypt. That never happens to a
 * correct member. A commit value carries its author's signature, and its ref covers all of it but the signature. A
 * correct member keeps the state after each that it signs, as long as the epoch lasts. So what is decided of its own is
 * what it has kept, whoever sends it. Vector: `delivery-service/two-states`.
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule, shownBy } from "../conventions/clauses.ts"
import { listOf, message, nullable, oneOf, record, uint, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { GroupId, UserId } from "../conventions/identifiers.ts"
import { Cascade, CascadeMessage, Decide } from "./cascade.ts"
import { Ref } from "./cooperation.ts"
import { Murmur, MurmurMessage, Proposed, SampleSize } from "./murmur.ts"
import { BackEndMessage, Epoch, Outside, TreeKemGroup } from "./tree-kem.ts"

const runs = "reference/delivery-service/test/delivery-service-runs.test.ts"

export const clauses = declareClauses("delivery-service", {
  active: check("MUST", "Only a member that is neither removed nor stuck proposes and commits.", "Paillat et al. section 3.3"),
  "one-commit": check(
    "MUST",
    "A member commits once in an epoch, and up to three times more, each time bringing back somebody whom it has not.",
    "Paillat et al. algorithm 1, line 35; erratum DS-14",
  ),
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
    "Who is stuck votes on: it finds valid what brings it back, and, when t members have made it stuck, what another one commits.",
    "erratum DS-14",
  ),
  "comes-back": check("MUST", "Only a member that is stuck makes a key package to come back with.", "erratum DS-14"),
  "back-in-place": rule(
    "MUST",
    "Who is stuck is a member again when a commit is decided whose welcome it can open and that belongs to that commit.",
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
  found: ["Found a group of TreeKEM (tree-kem.found), and begin its epoch (begin-epoch), with murmur opened (murmur.open)."],
  join: [
    "Join by the welcome (tree-kem.join), and begin the epoch (begin-epoch), with murmur opened (murmur.open). Tell `joined`.",
    "Take in the messages that were kept before (receive-early), in their order, each by take-in. What is " +
      "refused is dropped. Do follow, once, after all of them.",
    "If 64 of one sender or 256 in all were kept: do resume.",
  ],
  "receive-early": [
    "For a user that is no member yet: if 64 messages of this sender or 256 in all are kept: refused (delivery-service.early-quota).",
    "Keep it.",
  ],
  "begin-epoch": [
    "The voters are the members, with their leaf signature keys; t is the usual number, k is 1, and there is no fast path.",
    "Open a cascade of the epoch (cascade.open). Nothing is incomplete, fetched or decided, nobody was asked, " +
      "and we have no commit of our own.",
  ],
  propose: [
    "If we are removed or stuck: refused (delivery-service.active). If we are silent: refused (delivery-service.silent).",
    "Make the proposal by TreeKEM (tree-kem.propose-add, tree-kem.propose-remove, tree-kem.propose-update).",
    "If it is longer than 65,536 bytes: refused (delivery-service.size).",
    "Admit it (tree-kem.admit), tell `proposal`, and gossip it (murmur.dispatch).",
  ],
  commit: [
    "If we are removed or stuck: refused (delivery-service.active). If we are silent: refused (delivery-service.silent).",
    "The proposals are those named, or the selection when none are named. They **bring back** each user that is " +
      "a member and whom one of them adds.",
    "If we have committed in this epoch, and they bring back nobody beyond those whom our earlier commits bring back, " +
      "or we have committed four times: refused (delivery-service.one-commit).",
    "Make the commit (tree-kem.commit). If it has more than 512 proposals, or it or its welcome is longer than " +
      "262,144 bytes: refused (delivery-service.size).",
    "Keep the state after it, also when we have decided, and sign the commit value, with its proposals in " +
      "ascending order and its welcome.",
    "Propose the commit value in the cascade (cascade.propose). Do follow.",
  ],
  receive: ["Do take-in, and then follow."],
  "take-in": [
    "Group and epoch of a proposal in a GOSSIP are looked at by murmur, which refuses one of a past epoch. Any " +
      "other message that is of another group: refused (delivery-service.group).",
    "A FETCH of our epoch or a past one, or an AGREEMENT of a past one, whose sender is no member, and was none in any " +
      "of the 64 epochs before ours: refused (delivery-service.asker), and not answered. Other messages of a past " +
      "epoch have no answer, whoever sends them.",
    "If we are removed, whatever it is, or it is of a past epoch and no proposal in a GOSSIP: do answer-past, and nothing else.",
    "If it is of a later epoch and no proposal in a GOSSIP: do keep-later, and nothing else.",
    "An AGREEMENT: if we are silent and have not decided, nothing happens, and nothing in it is checked. Otherwise by " +
      "the cascade (cascade.receive), with the leaf of the sender.",
    "A DECISION: do take-decision.",
    "A proposal in a GOSSIP: if we are stuck, nothing happens. Otherwise do take-proposal.",
    "A SUBSCRIBE in a GOSSIP: by murmur (murmur.receive-subscribe); the user of the sender is noted as heard of.",
    "A FETCH with refs: answer FETCHED with those of the proposals that we have told of in this epoch, in the " +
      "order in which we were told of them (send-proposals), also to a former member. One without refs: do send-again.",
    "FETCHED: do take-fetched, with what an incomplete commit or the decided one misses.",
    "A WELCOME: the verdict is ignored, since we are a member.",
  ],
  "answer-past": [
    "If the decision of its epoch is not kept (any more, or not yet), or it is neither an AGREEMENT nor a FETCH: nothing happens.",
    "An AGREEMENT is answered by the decision of its epoch. A FETCH is answered by the decisions of its epoch " +
      "and of those after it, in their order.",
    "If it is a FETCH without refs, and we are not removed: do send-again, after these.",
  ],
  "keep-later": [
    "If it is more than two epochs ahead: refused (delivery-service.horizon).",
    "If 64 of this sender and epoch are kept: refused (delivery-service.quota). If the sender is no member, and " +
      "64 of that epoch by users that are none are kept: likewise.",
    "Keep it, with the user that sent it and its epoch. (A SUBSCRIBE too: a leaf may be another's in that epoch, or nobody's yet.)",
    "If this step has not asked this sender in this epoch: send it a FETCH of our epoch without refs. What " +
      "resume or a timer asks does not count.",
  ],
  "take-decision": [
    "If its DECIDE does not verify (cascade.verify-decide): refused, by that clause.",
    "Do take-fetched of its proposals, with what the commit that takes effect names. Then take in the DECIDE by " +
      "the cascade (cascade.receive).",
  ],
  "take-proposal": [
    "Admit it (tree-kem.admit): it is valid if that accepts it. Take it in by murmur, whose verdict is the verdict: " +
      "by murmur.receive-wanted if take-fetched takes it in, and otherwise by murmur.receive-gossip. One in a GOSSIP " +
      "never counts as asked for, even if a commit misses it.",
    "If murmur delivers it: tell `proposal`, and note it in each incomplete commit that names it.",
  ],
  "take-fetched": [
    "Of the proposals those are taken whose refs are wanted, in their order. The others, and what is none, are left out.",
    "Take each in, as one that was asked for (take-proposal); those that are refused are left out. But if we are stuck, " +
      "keep it (tree-kem.keep).",
  ],
  "send-proposals": [
    "Proposals go out after a DECIDE in its DECISION, or by themselves in FETCHED, in their order. A FETCHED after a " +
      "DECISION has the epoch of its DECIDE. When there are no proposals for it, no FETCHED goes out.",
    "When the encodings of the DECIDE and the proposals that are in a message, and of the next proposal, are " +
      "together longer than 32,768 bytes: the next one begins a FETCHED message, which follows. The encoding of a " +
      "proposal is the byte string that it is in the message, its length included.",
  ],
  "send-again": [
    "To the one who asked, if it is a member: each proposal that we were told of in this epoch (or keep, when we " +
      "are stuck), in that order, as a GOSSIP; then what the cascade repeats (cascade.repeat).",
  ],
  judge: [
    "If we are silent: nothing happens.",
    "Read the commit (tree-kem.read-commit). If it is none, or of another group or epoch, or by another author " +
      "or with other proposals than its value says, in whatever order: it is never validated.",
    "If it is by our own leaf: it is never validated, also when we are stuck. (It was made by another handle of " +
      "ours, or before our state went back: what we propose ourselves is not given out.)",
    "If we are stuck: do judge-stuck, and nothing else.",
    "If proposals that it names were not told of: note it as incomplete. Do ask, of the user that sent the message " +
      "by which the commit became known, be it a member or not. It became known in this operation: when an incomplete " +
      "one is judged again, nothing of it is missing.",
    "Otherwise process it for trial (tree-kem.process). If that is accepted: validate it in the cascade " +
      "(cascade.validate). If not, it is never validated.",
  ],
  "judge-stuck": [
    "If we have made a key package to come back with, and the commit and its welcome bring us back " +
      "(tree-kem.rejoin): validate it in the cascade (cascade.validate).",
    "Otherwise, if its author is blamed, or fewer than t of the members are: it is never validated.",
    "Otherwise validate it in the cascade. All t faulty members are known to us then, and it is not by one of them.",
  ],
  ask: [
    "Send the user who is asked a FETCH of this epoch with the refs that are missing, the 1,024 lowest in " +
      "ascending order: those that incomplete commits miss, and those that the decided commit misses.",
    "Begin the timer `{epoch}/fetch`, also when one is running.",
  ],
  "ask-next": [
    "If nothing is missing, or there are no other members: nothing happens. If nothing is decided, and this step " +
      "has asked twice as many times in this epoch as there are other members: nothing happens.",
    "Do ask, of the next member: they take turns in ascending order of their leaves, beginning with the first in " +
      "each epoch. Only what this step asks counts as a turn.",
  ],
  follow: [
    "While nothing is decided, repeat until nothing changes: judge each commit that the cascade gave out, in its " +
      "order, and each incomplete commit of which nothing is missing any more, in ascending order of the refs.",
    "If the cascade has decided, and we are not removed: apply.",
    "If an epoch has begun: take the first message that is kept for it out of what is kept, and take it in " +
      "(take-in) from the sender that it had. What is refused is dropped. Then do follow again, until no message " +
      "is kept for the present epoch, or we are removed: then what is left stays kept.",
  ],
  apply: [
    "If proposals that the commit names were not told of: wait. If ask-next has asked nobody in this epoch: do ask-next.",
    "Keep the decision with the proposals, to answer with, and the 63 before it; also when we get stuck or are removed " +
      "by it. What is kept of this epoch already stays, and nothing is added.",
    "If we are not stuck, and the commit is one of our own: the next state is the one that we kept. Otherwise, " +
      "if we are not stuck, process it (tree-kem.process).",
    "If we are not stuck, and it removes us: tell `commit` and `removed`. We are removed, stay in the epoch that " +
      "has ended, and the operation ends here.",
    "If processing it is refused: we are stuck; tell `stuck`. The user of its author is blamed from now on, also if " +
      "that is our own user.",
    "If we are stuck, have made a key package to come back with, and the commit and its welcome bring us back " +
      "(tree-kem.rejoin): do come-in, and nothing else.",
    "If we are stuck: follow the commit (tree-kem.follow). If it removes us: tell `removed`, after the `stuck` of the " +
      "step before if there was one; we are removed, as above.",
    "If following it is refused, which takes more than t faulty voters: we stay in the epoch that has ended, and " +
      "the operation ends. Each later operation comes here again by follow, and tells nothing more.",
    "If we are not stuck: tell `commit`. Stuck or not, the epoch is the next one: forget what waited and what is kept " +
      "for epochs that have passed. But keep the messages that came for the epoch that begins. Whoever was a member and " +
      "is none now is noted as former, with the epoch that has ended. Do begin-epoch.",
    "If the commit has a welcome, and users are members now that were none, or have another signature key than " +
      "they had: they are **added**, without us. If the commit is of our leaf: send the added the WELCOME of the epoch " +
      "that begins, as one sending, in ascending order of their leaves.",
    "If the commit is another's and users were added: keep the welcome and their names, and begin the timer `{epoch}/welcome`.",
    "Advance murmur (murmur.advance), and take in the proposals that it gives back, each by take-proposal; if we " +
      "are stuck, none. What is refused is dropped.",
  ],
  "come-in": [
    "We are a member again, and not stuck, with the state of the welcome, in the epoch that begins. Forget the " +
      "key package, what waited, and what is kept for epochs that have passed. Who is blamed stays blamed. Whoever was a " +
      "member and is none now is noted as former, with the epoch that has ended.",
    "Do begin-epoch, with murmur opened anew (murmur.open). Tell `joined`, and no `commit`.",
  ],
  timeout: [
    "If it is of another epoch than ours, or we are removed: nothing happens.",
    "`fetch`: do ask-next.",
    "`welcome`: send the WELCOME to those that were added and not heard of, as one sending, in ascending order of their " +
      "leaves. It stays kept, so that the same is done if this timer ends once more.",
    "Any other: if we are silent, nothing happens; otherwise by the cascade (cascade.timeout).",
    "Do follow.",
  ],
  "come-back": [
    "If we are not stuck: refused (delivery-service.comes-back).",
    "Make a key package with this number (tree-kem.init), which was not used before, and keep it with its " +
      "secrets in place of an earlier one. Give it to the application, which hands it to members that are not " +
      "stuck.",
  ],
  restore: [
    "For one who goes on with a state that is older than what has left: be silent through the epoch given, the " +
      "last one in which it may have signed. It may be far ahead of the state. Do resume.",
    "Of the epoch given, that of the state, and one given before, the latest counts.",
    "We are silent in all epochs up to that one. From the next one on we take part again.",
  ],
  resume: [
    "If we are removed: nothing happens. Otherwise send a FETCH of our epoch without refs to all other members. " +
      "Who comes back after an absence begins with it.",
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
export const Fetch = message("fetch", 4, { group: GroupId, epoch: Epoch, refs: listOf(Ref, 0, 1024) })
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
 * or welcome; proposals of a commit; commits of our own in an epoch.
 */
export const limits = {
  horizon: 2,
  kept: 64,
  early: 256,
  past: 64,
  asks: 2,
  asked: 1024,
  proposal: 1 << 16,
  commit: 1 << 18,
  named: 512,
  commits: 4,
} as const

/** What somebody who is no member yet has kept. */
export const Early = listOf(record("early-message", { from: UserId, message: DeliveryMessage }), 0, limits.early)
export type Early = ValueOf<typeof Early>

/** What we are: 0 a member, 1 removed, 2 stuck. */
export const statuses = { active: 0, removed: 1, stuck: 2 } as const

/**
 * The state of a member. `own` are our commits of this epoch with the states after them; `incomplete` are commits with
 * proposals that were not told of; `asked` are the users asked for decisions in this epoch; `fetches` counts requests
 * of the timer; `welcome` is one to be sent on, with the users that were not heard of; `past` are the last decisions of
 * the epochs that we took part in; `former` are those who are no members any more, with their last epoch, 64 epochs
 * long; `blamed` are the users whose commits we could not process; `returning` is the key package made to come back
 * with, with its secrets; `silent` is the last epoch in which nothing is signed.
 */
export const Delivery = record("delivery", {
  status: uint(0, 2),
  tree: TreeKemGroup,
  murmur: Murmur,
  sampleSize: SampleSize,
  cascade: Cascade,
  own: listOf(record("own-commit", { ref: Ref, next: TreeKemGroup }), 0, limits.commits),
  incomplete: listOf(record("incomplete-commit", { ref: Ref, missing: listOf(Ref, 0, 512) }), 0, unlimited),
  later: listOf(record("later-message", { from: UserId, epoch: Epoch, message: DeliveryMessage }), 0, unlimited),
  asked: listOf(UserId, 0, unlimited),
  fetches: uint(),
  welcome: nullable(record("kept-welcome", { users: listOf(UserId, 0, 4096), welcome: BackEndMessage })),
  past: listOf(Decision, 0, limits.past),
  former: listOf(record("former-member", { user: UserId, epoch: Epoch }), 0, unlimited),
  blamed: listOf(UserId, 0, unlimited),
  returning: nullable(Outside),
  silent: nullable(Epoch),
})
export type Delivery = ValueOf<typeof Delivery>
