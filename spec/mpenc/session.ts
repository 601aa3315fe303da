/**
 * # Session
 *
 * Clauses and steps of this chapter are called `session.*`.
 *
 * A **session** is one member's view of a group that talks over a **group channel**: it turns events of the channel and
 * wishes of the user into greetings, subsessions and messages. Everything before this chapter works without it; here it
 * is put together, so that what happens in the channel (somebody comes, goes, or does both during an operation) and
 * what happens in the session fit each other. (Design document sections 2.2, 3.3 and 4.2, and the appendix on hybrid
 * ordering of the notes that it cites.)
 *
 * ## The channel
 *
 * A group channel is a line of **events**, the same for all who are in it, each seen by those who are members at that
 * point:
 *
 * | event | meaning |
 * | --- | --- |
 * | entered(members) | we have entered, and these are the members, we among them |
 * | left | we have left, or have been kicked |
 * | enter(members) | these others have entered |
 * | leave(members) | these others have left, or have been kicked |
 * | packet(sender, text) | a packet; those of our own come back to us too |
 *
 * and takes **requests**: to send a packet, to enter, to leave, to let somebody in, to kick somebody. A request may be
 * ignored, or satisfied once, later. The server that runs the channel is not trusted with anything but that it delivers
 * at all: that it drops shows in acknowledgements, and that it invents, in signatures. That it lies about order or
 * membership shows in packet ids and chain hashes: in part in each initial packet (server-order.same-chain), and wholly
 * with the option `orderAcknowledgements` (chapter "extensions").
 *
 * ## Three memberships
 *
 * Who is in the channel, who is in the session, and who shall be, are three things, and only a finished operation
 * changes the second. The rules that bring them together:
 *
 * | rule | when | what we do |
 * | --- | --- | --- |
 * | sync | we have entered, and nobody is left who was there before us | begin a session of our own: a new line (chapter "server-order") |
 * | XP | an initial packet comes while a target is not in the channel | it does not count |
 * | EIO, EII | an initial packet comes before we are synced | chapter "server-order", newcomers |
 * | ES | somebody enters while no operation runs | tell the user; with the option `autoInclude`, propose to include |
 * | EO | somebody enters during an operation of which it is no target | kick |
 * | EAL | somebody enters whom we still have to exclude | kick |
 * | IAL | an initial packet includes somebody who was excluded and has not left the channel yet | kick |
 * | LI | we have left the channel | forget the line, tasks, proposals and the running operation; the subsession ends |
 * | LOI | a target leaves during its operation | the operation has failed |
 * | LS, LOX | a member of the session has left the channel, and no operation runs any more | propose to exclude it |
 * | excluded | members were excluded and are still in the channel | kick them, when the subsession with them has ended |
 * | alone | we are the only member left | leave the channel when the subsession before has ended; with the option `stayAlone`, stay |
 * | expelled | an operation that excludes us was accepted | we cannot see its end: wait to be kicked, and leave by ourselves after a while |
 * | kicked | we are kicked while joining | enter again after a random while |
 *
 * Nobody ever proposes to exclude itself. To part, a member writes two FINs in a row, the second with the first as its
 * only parent: by one alone it would end the subsession only, as everybody does after each operation. It leaves the
 * channel when they are acknowledged; the others then exclude it.
 *
 * ## Operations and messages
 *
 * While an operation runs, messages are written in the subsession as it is. The membership changes in one step, with
 * the final packet: the new subsession begins, and the one before ends by a FIN, while it can still be read. To make
 * that short, everybody writes a consistency message when an operation begins, which is acknowledged at once. Because
 * the check of a packet never has an effect before all checks have passed, a final packet that is not valid is no final
 * packet, and nothing has to be taken back.
 *
 * **Operations in a row.** There are never more than two subsessions: the current one, and the previous one until it
 * has ended. When another operation succeeds before that, the previous one is ended at once: no acknowledgement of what
 * was written in it can come any more, so the user is told of each payload that lacks one, for the last time
 * (not-acknowledged), and that it did not end well (ended); those who were excluded with it are kicked. So two changes
 * within the seconds that acknowledgements take cost the knowledge, and never the silence, of who has read the last
 * words before them. Whoever wants to be sure waits for *ended* before the next change, and a program may send the
 * words again (chapter "send-queue"). Vector: `session/two-in-a-row`.
 *
 * A data packet that no subsession can open may belong to one that is not there yet. It waits: up to 4 packets of each
 * sender, the oldest dropped first; the user is told after `latency`. Greetings never wait: one that does not fit now
 * never will.
 *
 * A data packet does not say who wrote it, and whoever resends is not its author. So the sender's key is tried first,
 * and then those of the other members; the hint keeps this from costing much.
 *
 * > **Erratum MS-1** (the original takes the transport's sender for the author). Then nobody could resend what another
 * > wrote, as section 3.5 asks for. Vector: `session/resent-by-another`.
 *
 * But a newcomer sees packets of a subsession that it never was in: the others end it after the newcomer has joined.
 * These are no reason for a warning. Packets that came before the end of an operation and cannot be opened after it are
 * **foreign**, and so is whatever comes with the same hint and cannot be opened; likewise packets of subsessions that
 * we have ended. The last 16 foreign hints are kept. And for `shutdown` and `latency` after it was included, a newcomer
 * is told of no packet that it cannot open: for so long others may resend what they wrote before, to those who were
 * there then.
 *
 * ## Two words for the way out
 *
 * A member is **parting from a subsession** from its FIN in it on (*phase*, chapter "liveness"), as everybody is in the
 * previous one. A member **wants to part** from the user's *part* until it has left the channel (*departing* below).
 * The steps say which of the two they mean; the state *parting* that an application shows is a third, defined below.
 *
 * ## To kick, once and again
 *
 * To **kick** is to ask the channel once (rules EO, EAL, IAL). Who is **to be kicked** is a task: those who were
 * excluded are kicked when the subsession
 * with them has ended, and again after `latency`, for as long as they are there. All kicks of one step are one request,
 * in the place of the first of them;
 * nobody is named twice in it.
 *
 * ## What the user is told
 *
 * | notice | for (design document section 2.3) |
 * | --- | --- |
 * | message(id, author, text, members, positions, marked, isEarlier) | a message; real parents; a message of another membership than now |
 * | acknowledged(id), not-acknowledged(id, by, last) | messages not yet acknowledged |
 * | not-accepted(id, author, missing), not-decrypted(sender, size) | messages out of order |
 * | operation(stage, id, by, include, exclude) | progress of an operation: proposed, late, rejected, started, succeeded, failed |
 * | membership(remain, include, exclude, parents) | the result of one |
 * | present(members) | who is in the channel and not in the session |
 * | leaving(member), ended(good) | a member's leave intent; the end of a subsession |
 * | expired(member), back(member) | users not responding |
 * | security(clause, member) | something that an honest channel with honest members does not do |
 * | history-missing(ids) | messages before this subsession that we lack |
 * | plain(sender, text) | a text that is not ours, neither authentic nor secret |
 * | order-unconfirmed(members) | who has not confirmed the order of operations (chapter "extensions") |
 * | not-joined | nobody has included us in the time for it |
 *
 * What is included, remains and is excluded is told from where we stand: to a newcomer its first operation includes
 * everybody else, and it remains itself.
 *
 * Content of messages that wait is never shown. `size` is the length of the packet's text, in bytes. Requests and
 * notices of one call come in the order of the steps.
 *
 * The `id` of *operation* is the packet id of an initial packet: that of the operation which started, succeeded or
 * failed; for *rejected*, that of our own packet, if it came back and was refused, and otherwise that of the one which
 * was accepted in its place. It is null for what has no place in the line: a proposal (proposed, late, or failed
 * because we left the channel) and a plan (failed).
 *
 * `by` of *operation* says whose doing it is: of what started or succeeded, the author of its initial packet; of what
 * was rejected in favour of another
 * operation, the author of that; of what failed by an abort, the author of the abort. Otherwise it is null. So no
 * member ends a session, makes a new key, or
 * stops an operation, without being named.
 *
 * Lists of members are not sorted here. `include` and `remain` are in the order of the targets (of a proposal, as the
 * user or the plan named them), `exclude` in the order of our session, order-unconfirmed in the order of the targets,
 * *present* in the order of the channel (as *entered* named them, and then as they entered), kicks in the order in
 * which they became due, `members` of *message* in the order of its subsession, the members that an application shows
 * in the order of our session: that of the last operation's MEMBERs.
 *
 * ## Actions
 *
 * join, part, include(members), exclude(members), refresh, send(text), abort (chapter "extensions"). The first two and
 * the changes of membership take a while, and end with the notice *membership* or with *operation* (rejected or
 * failed). There is at most one proposal of our own at a time. A change is first a **plan**, which waits until all whom
 * it includes are in the channel, and then a proposal. A text is written once, or refused; who has it written again,
 * and when, stands in the chapter "send-queue". A rejected proposal is not made again by itself, except one that
 * excludes somebody who has left.
 *
 * **Recipients.** A request to send names whom it is for; the channel gives every packet to everybody all the same. A
 * message is for the members of its subsession, what a greeting answers for the targets of the operation, each in their
 * order; a proposal and an abort for the members of our session and then the other targets.
 *
 * ## What an application shows
 *
 * The *members of our session* are those of the last operation, or we alone. We *have a membership* when we were in a
 * session with others since we entered the channel, even if we alone are left of it.
 *
 * | state | when, the first line that fits |
 * | --- | --- |
 * | joining | we are not in the channel, and have asked to join |
 * | parted | we are not in the channel |
 * | parting | we have asked to leave, an operation that excludes us was accepted, or we are parting from the current subsession |
 * | joined | there is a current subsession |
 * | parting | we are synced, and have been in a session that has no others any more |
 * | joining | otherwise |
 *
 * Who is **present** is in the channel, not a member of our session, and not to be kicked; nobody is told when nobody
 * is.
 *
 * ## Times
 *
 * `operationTime(n)` and the other names are those of the chapter "liveness". Two times are computed by it:
 *
 * | name | is |
 * | --- | --- |
 * | expected time of an operation | `operationTime` of the number of its targets |
 * | time for an operation | `operationTime` of the number of members that the channel has now; while we are joining, of one more; outside of the channel, of one |
 *
 * The clock has to be looked at (*tick*) at the earliest of these, and what is due is done then, so that none of them
 * stays in the past:
 *
 * | when | for |
 * | --- | --- |
 * | what `nextTick` says of the current and of the previous subsession | liveness.tick |
 * | `latency` after a packet began to wait, if the user was not told | not-decrypted |
 * | `latency` after a splice began to wait, if the user was not told, while there is a previous subsession | history-missing |
 * | the time for an operation after our proposal, if the user was not told | operation (late) |
 * | the time for an operation after the plan was made | operation (failed) |
 * | 3/2 of its expected time, `shutdown` and `latency` after an operation that excludes us was accepted, unless we have asked to leave | rule expelled |
 * | when we enter again | rule kicked |
 * | the time for an operation after we began to join, unless we are to enter again | not-joined |
 * | `latency` after we last asked to leave | asking again |
 * | `latency` after step 3 of settle last asked to kick those who are to be kicked (one time for all), if somebody is to be kicked, while there is no previous subsession | asking again |
 * | when the running operation is late | extensions.abort-late, definition there |
 * | `full` after the last final packet, with the option `orderAcknowledgements`, if this was not looked at | extensions.check-order |
 * | `full` after an order acknowledgement that is kept came | extensions.check-order |
 *
 * ## Draws
 *
 * `session/previous-final/{n}` (32 bytes, rule sync), `session/iv/{n}` (12, for each message), `session/rejoin/{n}` (2,
 * a big-endian number, rule kicked), and those of the chapters "greeting" and "liveness"; each kind is counted from 1.
 * The number of the greeting's draws is counted up by each proposal that we make, and by each initial packet that a
 * greeting of ours receives in a step that is accepted, our own proposals included; a later packet of the operation has
 * the number of then. So our first proposal has 1; when it comes back, 2 is used up (a greeting receives it, but draws
 * nothing); the next initial packet of somebody else has 3, and so have our answers in its operation.
 *
 * ## State
 *
 * | state | content | at first |
 * | --- | --- | --- |
 * | me, identities, options | our name, our identity key and those that we know, the choices of the application | as given |
 * | draws | by kind (previous-final, greeting, iv, rejoin) how many there were | 0 |
 * | log | chapter "transcript" | empty |
 * | joining | since when we are joining | null |
 * | rejoin | when we enter again | null |
 * | channel | its members, ourselves among them | null |
 * | seniors | those of them who were there before us | none |
 * | order | chapter "server-order" | not synced |
 * | membership | of our session | null |
 * | greeting | that is running for us | null |
 * | started | when the running operation was accepted, when we last did extensions.abort-late or abort-deceived in it, and the parents that server-order had noted before | null |
 * | expelled | when an operation that excludes us was accepted, with how many targets | null |
 * | proposal | of our own, that has not come back: its greeting, text, time, whether the user was told that it is late, include, exclude | null |
 * | withdrawn | texts of our proposals that were rejected by another packet, and have not come back | none |
 * | plan | its time, include, exclude | null |
 * | current, previous | subsessions: the membership's keys, transcript, liveness, packets by message, and with the ratchet its chains and the hash | null |
 * | splice | LATEST_PM while the splice waits, since when, whether the user was told | null |
 * | waiting | packets that wait: sender, text, since when, whether the user was told | none |
 * | foreign | foreign hints, at most 16, the oldest first | none |
 * | quiet | until when a newcomer is not told of packets that wait | null |
 * | toExclude, toKick | those who are to be excluded, and to be kicked | none |
 * | kickedAt | when step 3 of settle last asked to kick those who are to be kicked | null |
 * | departing | whether the user wants to part | no |
 * | leaving | when we last asked to leave the channel | null |
 * | ordering | the last final packet, when it came, whether extensions.check-order has looked at it | null |
 * | claims | order acknowledgements that name unknown packets: author, packet id, chain hash, when it came | none |
 * | disputing | members that dispute the order | none |
 * | distrusted | whether an order is inconsistent, and whether the FIN for that is still to be written | no |
 * | published | ephemeral keys that were published | none |
 * | hashes | of all subsessions of ours since we entered, in their order | none |
 *
 * From `channel` on, all this is forgotten when we enter and when we leave the channel.
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule } from "../conventions/clauses.ts"

const integration = "design document section 3.3"

export const clauses = declareClauses("session", {
  "channel-event": check(
    "MUST",
    "The events of a channel follow each other: who is in it enters no more, who is not does not leave, and only members send.",
    "design document section 4.1",
  ),
  clock: check("MUST", 'The time of a step is not later than the latest time (chapter "liveness").', "Conclave"),
  "own-proposal": check(
    "MUST",
    "An initial packet in our own name is the one that we have proposed and that has not come back.",
    integration,
  ),
  author: check("MUST", "The author of an initial packet is a member of our session, if we have one.", integration),
  "no-operation": check("MUST", "A greeting packet is for an operation that is running for us.", "design document section 4.2"),
  foreign: check("MUST", "A data packet is for a subsession that we are in, or that may come.", "Conclave"),
  "own-message": check("MUST", "A message in our own name is one that we have written.", "Conclave"),
  synced: check("MUST", "Only who is synced and in the channel proposes.", integration),
  busy: check("MUST", "There is one proposal of our own at a time, and none while an operation runs.", integration),
  "new-members": check("MUST", "Only those are included who are not members and whom nobody is about to exclude or kick.", integration),
  "old-members": check("MUST", "Only other members are excluded.", integration),
  joined: check(
    "MUST",
    "Texts are sent, and keys refreshed, only in a subsession that we are not parting from.",
    "design document section 3.1",
  ),
  sync: rule("MUST", "Who has entered and finds nobody there before it begins a line of its own (rule sync).", integration),
  strangers: rule(
    "MUST",
    "Who enters during an operation, or before it was excluded, and who is included before it was kicked, is kicked (rules EO, EAL, IAL).",
    integration,
  ),
  absent: rule("MUST", "Who has left the channel is excluded when no operation runs (rules LS, LOX).", integration),
  "left-channel": rule(
    "MUST",
    "Who leaves the channel forgets the line, tasks, proposals and the running operation, and its subsession ends (rule LI).",
    integration,
  ),
  atomic: rule(
    "MUST",
    "The membership changes with the final packet of an operation, and with nothing else.",
    "design document section 3.1",
  ),
  "previous-ends": rule(
    "MUST",
    "When an operation has succeeded, the subsession before ends by a FIN, and is read until then.",
    "design document section 3.1",
  ),
  consistency: rule(
    "MUST",
    "When an operation is accepted, a consistency message is written in the current subsession.",
    "design document section 3.5",
  ),
  excluded: rule("MUST", "Excluded members are kicked when the subsession with them has ended (rule excluded).", integration),
  alone: rule("MUST", "The only member left leaves the channel, or stays if the option says so (rule alone).", integration),
  expelled: rule("MUST", "Who was excluded leaves after a while by itself (rule expelled).", integration),
  rejoin: rule("MUST", "Who is kicked while joining enters again after a random while (rule kicked).", integration),
  parting: rule(
    "MUST",
    "A member parts by two FINs in a row, and leaves the channel when they are acknowledged; the others exclude it.",
    integration,
  ),
  "waiting-packets": rule(
    "MUST",
    "Data packets that cannot be opened wait, up to 4 of each sender; greeting packets never wait.",
    "design document section 4.2",
  ),
  "kick-once": rule("MUST", "All kicks of one step are one request, in which nobody is named twice.", "Conclave"),
  named: rule("MUST", "The user is told who has begun an operation, and who has aborted it.", "Conclave"),
  resent: rule("MUST", "A message that another member resends is accepted as its author's.", "design document section 6.1.1, flow control"),
  "other-membership": rule("MUST", "A message of the subsession before is shown with its own members.", "design document section 2.3"),
})

export const steps = declareSteps("session", {
  step: [
    "An event of the channel, a wish of the user, or the clock comes with a time `now`. If `now` is later than " +
      "`latest`: refused (session.clock).",
  ],
  entered: [
    "If we are in the channel, or are not one of the members: refused (session.channel-event).",
    "The members of the channel are these; all others were there before us. We are not synced. Everything else is forgotten but identities, options, log, draws, and since when we are joining.",
    "Do settle.",
  ],
  left: [
    "If we are not in the channel: refused (session.channel-event).",
    "Stop the previous and then the current subsession, unless they have ended (liveness.stop). If we were in a session with others: notice membership, in which we remain, the others are excluded, and there are no parents. Our proposal, and then our plan, have failed: notice operation (failed). Forget what the table of states says, and with it the running operation, without a notice.",
    "If we were joining: enter again floor(t / 2 + t · r / (4 · 65,536)) milliseconds from now. Here t = 3/2 · " +
      "(`operationTime`(n + 1) + `latency`), n is how many members the channel had, ourselves among them, and r is " +
      "the two drawn bytes as a number.",
  ],
  enter: [
    "If we are not in the channel, or one of these is, or nobody is named: refused (session.channel-event). Add them to the channel.",
    "If we are synced: kick those who are to be excluded or are members still; they are to be excluded, if they are not targets of a running operation.",
    "If an operation runs of which we are a target: kick those of them that are no targets, in the same request after the others. If no operation runs or has excluded us, we are synced, and not all of them are kicked: tell the user who is present; with the option `autoInclude`, and no plan or proposal yet, plan to include all who are present.",
    "Do settle.",
  ],
  leave: [
    "If we are not in the channel, or one of these is not, or is ourselves, or nobody is named: refused (session.channel-event). Remove them from the channel, from those who were there before us, and from those to be kicked.",
    "The server order takes note (server-order.depart). If the operation has failed by it: by fail.",
    "Those of them who are members of the session are to be excluded.",
    "Do settle.",
  ],
  packet: [
    "If we are not in the channel, or the sender is not: refused (session.channel-event).",
    "An abort is received by extensions.receive-abort, a published key by extensions.receive-key; then do settle. Any other text is decoded (mpenc-records.decode). A plain text is told to the user; a query or error packet does nothing.",
    "A greeting is received by greeting, a data packet by data.",
    "Do settle.",
  ],
  greeting: [
    "If SOURCE is not the sender: refused (greeting.sender). Compute the packet id (server-order.packet-id), and peek (server-order.peek).",
    "If it is initial: by initial.",
    "Otherwise, if no greeting is running for us: refused (session.no-operation). The greeting receives it (greeting.receive).",
    "If the greeting refuses it: by extensions.abort-deceived.",
    "If the greeting is finished by it: offer it to the server order as final (server-order.offer), and do finish.",
    "Send what the greeting answers.",
  ],
  initial: [
    "If its author is ourselves: if it is the text of a proposal of ours that was rejected: it is forgotten, and nothing else is done. If it is not the text of our proposal: refused (session.own-proposal).",
    "If we are synced, and its author is no member of our session: refused (session.author).",
    "If we are a target, or are synced: a greeting receives it, ours if it is our proposal, otherwise a new one (greeting.receive, with newly drawn shares; for later packets of the operation they are the same draws). So what is not valid does not count.",
    "Offer it (server-order.offer). If that is refused and it was our proposal: it was rejected; notice operation (rejected), and accepted with nothing else done.",
    "If it is refused or ignored: that is the verdict. If it is accepted with nothing done: accepted, and nothing else is done. If we had another proposal: it is rejected; notice operation (rejected), and keep its text until it comes back.",
    "Notice operation (started). Kick whom it includes and who is to be kicked. The greeting is running, unless it excludes us: then note when. If we have a current subsession that we are not parting from, write a consistency message.",
    "If it was final too, and does not exclude us, do finish. (An operation that is initial and final and excludes us runs no more, but what step 6 noted stays.) Send what the greeting answers.",
  ],
  finish: [
    "Notice operation (succeeded). If there is a previous subsession still, kick those who are to be kicked: it ends now. The new membership is that of the greeting, which is over. Those excluded are to be excluded no more; those of them that are in the channel are to be kicked.",
    "A subsession that is still previous is stopped (liveness.stop); its hint is foreign. The current one is the previous one now; if we are not parting from it, write a FIN.",
    "If there are others, a new subsession begins, with the log (transcript.begin); LATEST_PM of the initial packet are what it begins after, unless there was no current subsession: then there is nothing to splice. We are joining no more, and have not asked to leave. If we had no membership and were included (not started): we are a newcomer until `shutdown` and `latency` from now. Notice membership, with LATEST_PM as the parents.",
    "Splice the log (transcript.splice), now or with a later message of the previous subsession; if it waits for `latency`, tell the user what is missing.",
    "Try the waiting packets again (by retry). Those that wait still are dropped, and their hints foreign. Acknowledge the order (extensions.acknowledge-order).",
  ],
  fail: [
    "The running operation is forgotten, by those whom it would have excluded too, so that they are members as before. Notice operation (failed). Waiting packets are dropped, and their hints foreign.",
    "If we came into the line by it, and so have no membership: we are not synced any more, and the parents " +
      "refused are those that we had noted before it, and the one that its initial packet names (PREV_PF); the " +
      "members go on without us. Otherwise acknowledge the order (extensions.acknowledge-order).",
  ],
  data: [
    "Try the current subsession, then the previous one, by open. A verdict other than that it does not belong there is the verdict.",
    "If it belongs to none, it is refused (session.foreign) in each of these cases: its hint is foreign; there is " +
      "neither a current nor a previous subsession, and no greeting is running for us; an operation that excludes " +
      "us was accepted.",
    "If it belongs to none otherwise: if the same text of the same sender waits already: ignored. It waits (and counts as told while we are a newcomer); if the sender has more than 4 waiting, its oldest is dropped.",
    "If it was accepted: try the waiting packets again (by retry).",
  ],
  retry: [
    "Try the waiting packets in their order, by open. Those that are accepted, ignored or refused wait no more; after one that was accepted, begin again.",
  ],
  open: [
    "Open the packet (messages.open) with the sender as the author, and if the signature does not fit, with each other member in their order. If the hint does not fit, or no signature: it does not belong here. With the ratchet, packets are opened by extensions.ratchet-open instead.",
    "If the transcript has the message: it is a duplicate; liveness takes note (liveness.duplicate); resend what that says; accepted.",
    "If its author's key is published: refused (extensions.key-published). If its author is ourselves: refused (session.own-message).",
    "Receive the message in the transcript (transcript.receive), and keep its packet; if it has to wait, liveness takes note (liveness.held). A refusal of a message that had waited is told to the user, with its author (security).",
    "Each message that is accepted: keep its packet until it is fully acknowledged; liveness takes note (liveness.accepted); a payload goes into the log (transcript.append) and to the user, an order acknowledgement is compared (extensions.receive-order). Each payload that has become fully acknowledged is told (acknowledged).",
    "The second FIN in a row of another member is its leave intent: tell the user. When it has become fully acknowledged in the current subsession, the member is to be excluded. What liveness says is done last.",
  ],
  write: [
    "The parents are the heads of the transcript. Draw the IV, seal the message (messages.seal; with the ratchet, extensions.ratchet-seal), receive it in the transcript as in step 5 of open, and send the packet to the members of the subsession.",
  ],
  settle: [
    "If we are in the channel, not synced, and nobody is left who was there before us: draw the previous final " +
      "and begin a line (server-order.begin). Our session has no others, and we are joining no more. Tell the user " +
      "who is present.",
    "If we are synced, no operation runs or has excluded us, we have no proposal, no order is inconsistent, we are not parting from the current subsession, and neither want to part nor have asked to leave: a plan that includes a member or one who is to be excluded or kicked, or excludes one who is no member, has failed (the members have changed): notice operation (failed). If members are to be excluded: propose that, if all other members are in the channel. Otherwise, if there is a plan, and all others who would be members by it are in the channel: there is no plan any more; propose it.",
    "If the previous subsession has ended: forget it with its keys, and its hint is foreign. If there is no " +
      "previous subsession (any more): kick those who are to be kicked, unless this step did so less than `latency` " +
      "ago; if we have a membership and are its only member, and the option `stayAlone` is off: leave the channel.",
    "If we want to part: write a FIN, and another one, in a current subsession that we are not parting from; that " +
      "may be a new one, if an operation has succeeded meanwhile. If there is none: leave the channel. If the " +
      "current subsession has ended (because of an inconsistent order, only if the user wants to part): publish our " +
      "key (extensions.publish-key), unless we have asked to leave before, and leave the channel. Whoever has asked " +
      "to leave, for whatever reason, and is in the channel still, asks again when `latency` has passed, not " +
      "before. If an order has become inconsistent, end the subsession (extensions.dispute-order).",
  ],
  propose: [
    "The metadata are the last final packet, the last chain hash, and the heads of the current transcript, none if there is none. Draw shares and propose (greeting.propose); send the packet. Notice operation (proposed).",
  ],
  join: [
    "If we are in the channel: nothing. Otherwise enter it; we are joining since now, and have not to enter again, until there is a notice membership, we are synced with nobody else there, or the time for an operation is over.",
  ],
  part: [
    "We are joining no more, and are not to enter again; a request to enter that is under way stands. If we are not in the channel: nothing else.",
    "If an operation of which we are a target is running: abort it with the reason 04 (extensions.send-abort). We want to part, until we have left the channel. Do settle.",
  ],
  change: [
    "If we are not in the channel or not synced, or an order is inconsistent: refused (session.synced).",
    "If an operation runs or has excluded us, or we have a proposal or a plan: refused (session.busy).",
    "If somebody to be included is a member, or to be excluded or kicked, or is ourselves: refused (session.new-members). If somebody to be excluded is no member, or is ourselves: refused (session.old-members). So is whoever is named twice.",
    "If nobody is included or excluded, it is a refresh: if there is no current subsession that we are not parting from: refused (session.joined).",
    "Ask the channel to let those in who are to be included and are not there. The plan is made; do settle.",
  ],
  send: ["If there is no current subsession, or we are parting from it: refused (session.joined).", "Write a payload (by write)."],
  tick: [
    "See what is due in the current and the previous subsession (liveness.tick): write, resend (only packets that are kept) and tell what it says.",
    "Tell of each packet that has waited for `latency`, once, and of a splice that has.",
    "If our proposal has not come back in the time for an operation: tell the user, once (operation, late); it may still come. If the plan was not ready in it: it has failed.",
    "If an operation that excludes us was accepted 3/2 of its expected time, `shutdown` and `latency` ago, and we have not " +
      "asked to leave: leave the channel.",
    "If it is time to enter again: enter; we are joining since now. Otherwise, if we are joining for the time for an " +
      "operation or longer, and are not to enter again: join no more, and tell the user (not-joined).",
    "Look after the running operation (extensions.abort-late) and the order (extensions.check-order).",
    "Do settle.",
  ],
})

/** At most so many packets of one sender wait. */
export const maximumWaiting = 4

/** So many foreign hints are kept. */
export const maximumForeign = 16

/** How much longer than its expected time an operation may take, before it is given up: times `patience`. */
export const patience = 3 / 2

/** What is asked of the channel. */
export type Request =
  | { readonly type: "send"; readonly recipients: ReadonlyArray<string>; readonly text: string }
  | { readonly type: "send-directly"; readonly recipients: ReadonlyArray<string>; readonly text: string }
  | { readonly type: "enter" }
  | { readonly type: "leave" }
  | { readonly type: "let-in"; readonly members: ReadonlyArray<string> }
  | { readonly type: "kick"; readonly members: ReadonlyArray<string> }

/** What the user is told. */
export type Notice =
  | {
      readonly type: "message"
      readonly id: string
      readonly author: string
      readonly text: string
      readonly members: ReadonlyArray<string>
      readonly positions: ReadonlyArray<number>
      readonly marked: boolean
      readonly isEarlier: boolean
    }
  | { readonly type: "acknowledged"; readonly id: string }
  | { readonly type: "not-acknowledged"; readonly id: string; readonly by: ReadonlyArray<string>; readonly last: boolean }
  | { readonly type: "not-accepted"; readonly id: string; readonly author: string; readonly missing: ReadonlyArray<string> }
  | { readonly type: "not-decrypted"; readonly sender: string; readonly size: number }
  | {
      readonly type: "operation"
      readonly stage: "proposed" | "late" | "rejected" | "started" | "succeeded" | "failed"
      readonly id: string | null
      readonly by: string | null
      readonly include: ReadonlyArray<string>
      readonly exclude: ReadonlyArray<string>
    }
  | {
      readonly type: "membership"
      readonly remain: ReadonlyArray<string>
      readonly include: ReadonlyArray<string>
      readonly exclude: ReadonlyArray<string>
      readonly parents: ReadonlyArray<string>
    }
  | { readonly type: "present"; readonly members: ReadonlyArray<string> }
  | { readonly type: "leaving" | "expired" | "back"; readonly member: string }
  | { readonly type: "ended"; readonly good: boolean }
  | { readonly type: "security"; readonly clause: string; readonly member: string }
  | { readonly type: "history-missing"; readonly ids: ReadonlyArray<string> }
  | { readonly type: "plain"; readonly sender: string; readonly text: string }
  | { readonly type: "not-joined" }
  | { readonly type: "order-unconfirmed"; readonly members: ReadonlyArray<string> }

/** An event of the channel. */
export type ChannelEvent =
  | { readonly type: "entered"; readonly members: ReadonlyArray<string> }
  | { readonly type: "left" }
  | { readonly type: "enter" | "leave"; readonly members: ReadonlyArray<string> }
  | { readonly type: "packet" | "direct"; readonly sender: string; readonly text: string }

/** What the user wants. */
export type UserAction =
  | { readonly type: "join" | "part" | "refresh" | "abort" }
  | { readonly type: "include" | "exclude"; readonly members: ReadonlyArray<string> }
  | { readonly type: "send"; readonly text: string }

/** What the application shows: in the channel or not, in a session or not, and what is under way. */
export type PublicState = "parted" | "joining" | "joined" | "parting"
