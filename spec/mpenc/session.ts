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
 * What it is given, what it asks of the channel, and what it tells its user stands in the chapter "notices". The server
 * that runs the channel is not trusted with anything but that it delivers at all: that it drops shows in
 * acknowledgements, and that it invents, in signatures. That it lies about order or membership shows in packet ids and
 * chain hashes: in part in each initial packet (server-order.same-chain), and wholly with the option
 * `orderAcknowledgements` (chapter "extensions").
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
 * A data packet that no subsession can open may belong to one that is not there yet, and waits. Greetings never wait:
 * one that does not fit now never will.
 *
 * What waits has bounds, and is tried again in the order in which it came, or came last when it came again:
 *
 * | what | at most | dropped | tried again | steps |
 * | --- | --- | --- | --- | --- |
 * | data packets that no subsession of ours can open | 4 of each sender | that sender's oldest | when an operation has succeeded | data, retry |
 * | messages that lack parents | those of a buffer, in each subsession | the oldest | after each message that is accepted in it | transcript.receive |
 * | order acknowledgements that name packets that we do not know | 4 of each author | that author's oldest | after each final packet | extensions.receive-order |
 * | foreign hints | 16 | the oldest | never | note-foreign |
 *
 * A packet that waits and comes again keeps its place; a message of the buffer that comes again goes to its end.
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
 * we have ended.
 *
 * ## Words of the steps
 *
 * | word | meaning |
 * | --- | --- |
 * | the members of our session | those of the last operation, in the order of its MEMBERs; we alone, if there was none |
 * | we have a membership | we were in a session with others since we entered the channel, even if we alone are left of it |
 * | target | a member of the session that an operation creates: its MEMBERs |
 * | the running operation | that whose initial packet the server order has accepted, and no final one (chapter "server-order") |
 * | an operation that excludes us was accepted | *expelled*, below, is there |
 * | parting from a subsession | what a member does in it from its FIN in it on (*phase*, chapter "liveness"): in the previous one, everybody |
 * | wants to part | what a member does from its user's *part* until it has left the channel (*departing*, below) |
 * | to kick | to ask the channel, once, to put somebody out (rules EO, EAL, IAL) |
 * | to be kicked | a task: who was excluded is kicked when the subsession with it has ended, and again after `latency`, while it is there |
 * | to be excluded | a task: who has left the channel or the session is excluded by the next operation that we can propose |
 * | plan | a change that our user wants, until all whom it includes are in the channel |
 * | proposal | an initial packet of ours that has not come back: at most one |
 * | withdrawn | the text of a proposal of ours in whose place another packet was accepted before it came back |
 * | a hint is foreign | it is noted (*note-foreign*) as that of a subsession that is not ours, or not any more |
 * | a newcomer | a member until `shutdown` and `latency` after it was included (*quiet*, below) |
 *
 * The state *parting* that an application shows is a third use of the word: the steps of *shown* say when it is so.
 * What others resend to those who were there before a newcomer is no reason to warn it; hence its silence.
 *
 * ## Actions
 *
 * join, part, include(members), exclude(members), refresh, send(text), abort (chapter "extensions"). The first two and
 * the changes of membership take a while, and end with the notice *membership* or with *operation* (rejected or
 * failed). Include, exclude and refresh are the steps of *change*. A text is written once, or refused; who has it
 * written again, and when, stands in the chapter "send-queue". A rejected proposal is not made again by itself, except
 * one that excludes somebody who has left.
 *
 * ## Times
 *
 * `operationTime(n)` and the other names are those of the chapter "liveness". Two times are computed by it:
 *
 * | name | is |
 * | --- | --- |
 * | expected time of an operation | `operationTime` of the number of its targets |
 * | time for an operation | `operationTime` of the number of members that the channel has now, of none outside of it; while we are joining, of one more |
 *
 * The clock has to be looked at (*tick*) when the steps of *due* say so. What is due is done then, so that no time of
 * them stays in the past.
 *
 * ## Draws
 *
 * `session/previous-final/{n}` (32 bytes, rule sync), `session/iv/{n}` (12, for each message), `session/rejoin/{n}` (2,
 * a big-endian number, rule kicked), and those of the chapters "greeting" and "liveness"; each kind is counted from 1.
 * What a call that is not accepted would have counted is not counted.
 *
 * Shares are drawn by the steps of *draw-shares*: for each proposal that we make, and for each initial packet that a
 * greeting of ours receives, our own proposals included. So our first proposal has 1; when it comes back, 2 is used up
 * (a greeting receives it, but uses nothing of it); the next initial packet of somebody else has 3, and so have our
 * answers in its operation.
 *
 * ## State
 *
 * | state | content | at first |
 * | --- | --- | --- |
 * | me, identities, options | our name, our identity key and those that we know, the choices of the application | as given |
 * | draws | by kind (previousFinal, shares, iv, rejoin) how many there were | 0 |
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
 * | quiet | until when, that time left out, a newcomer is not told of packets that wait | null |
 * | toExclude, toKick | those who are to be excluded, and to be kicked | none |
 * | kickedAt | when step 3 of after-previous last asked to kick those who are to be kicked | null |
 * | departing | whether the user wants to part | no |
 * | leaving | when we last asked to leave the channel | null |
 * | ordering | the last final packet, when it came, whether extensions.check-order has looked at it | null |
 * | claims | order acknowledgements that name unknown packets: author, packet id, chain hash, when it came | none |
 * | disputing | members that dispute the order | none |
 * | distrusted | whether an order is inconsistent | no |
 * | toEnd | whether the FIN for that is still to be written | no |
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
    "An event of the channel, an action of the user, or the clock comes with a time `now`. If `now` is later than " +
      "`latest`: refused (session.clock).",
    "The requests and notices of the call are given in the order in which its steps make them.",
  ],
  entered: [
    "If we are in the channel, or are not one of the members, or somebody is named twice: refused " + "(session.channel-event).",
    "We do not enter again by ourselves. Since when we are joining stays.",
    "The members of the channel are these, in this order. All others were there before us (seniors). We are not " + "synced.",
    "Do settle.",
  ],
  left: [
    "If we are not in the channel: refused (session.channel-event).",
    "Stop the previous subsession, if there is one that has not ended (liveness.stop). Then stop the current one " + "likewise.",
    "If our session has other members: notice *membership*. Its `remain` is we alone, its `exclude` the others; " +
      "`include` and `parents` are empty.",
    "If we have a proposal, it has failed: notice *operation* (failed). If we have a plan, it has failed likewise.",
    "Forget the state from `channel` on. A running operation is forgotten with it, without a notice.",
    "If we are joining: enter again floor(t / 2 + t · r / (4 · 65,536)) milliseconds from now. Here t = 3/2 · " +
      "(`operationTime`(n + 1) + `latency`), n is how many members the channel had, ourselves among them, and r is " +
      "the two drawn bytes as a number.",
  ],
  enter: [
    "If we are not in the channel, or somebody named is in it, or is named twice, or nobody is named: refused " +
      "(session.channel-event). Otherwise add those named to the channel, at the end.",
    "If we are synced: kick those named who are members of our session. They have left before, and are to be excluded.",
    "If we are synced, and a target of a running operation: kick those named who are no targets of it.",
    "If we are synced, no operation runs or has excluded us, and steps 2 and 3 do not kick all who are named: do " + "tell-present.",
    "Do settle.",
  ],
  leave: [
    "If we are not in the channel, or somebody named is not in it, or is ourselves, or is named twice, or nobody is " +
      "named: refused (session.channel-event).",
    "Remove those named from the channel, from those who were there before us, and from those to be kicked.",
    "The server order takes note of them (server-order.depart). If the running operation has failed by it: do fail.",
    "Those named who are members of our session are to be excluded, in the order in which they are named.",
    "Do settle.",
  ],
  packet: [
    "If we are not in the channel, or the sender is not: refused (session.channel-event).",
    "An abort is received by extensions.receive-abort, and a published key by extensions.receive-key. After either " +
      "of them go on with step 6.",
    "Any other text is decoded (mpenc-records.decode). With the ratchet, a text that begins as step 1 of " +
      "extensions.ratchet-open says is a data packet, and step 2 there is done here, whether we have a subsession or not. " +
      "A plain text is told to the user (notice *plain*). A query does nothing, nor does an error.",
    "A greeting is received by greeting, a data packet by data. Whether what was decoded here is decoded again where " +
      "these steps say so is free: it gives the same.",
    "Do splice.",
    "Do settle.",
  ],
  greeting: [
    "If SOURCE is not the sender: refused (greeting.sender). Compute the packet id (server-order.packet-id), and " +
      "peek (server-order.peek).",
    "If the packet is initial: receive it by initial, and nothing else.",
    "If no greeting is running for us: refused (session.no-operation).",
    "The running greeting receives the packet (greeting.receive), with the shares that were drawn last. If the " +
      "verdict is not *accepted*: do extensions.abort-deceived, and nothing else.",
    "If the greeting is finished by it: offer the packet to the server order as final (server-order.offer), and do " + "finish.",
    "Ask the channel to send what the greeting answers, to the targets of the operation in their order.",
  ],
  initial: [
    "If its text is one of those withdrawn: that is withdrawn no more, and the operation *initial* ends here, " + "accepted.",
    "If its author is ourselves, and its text is not that of our proposal: refused (session.own-proposal).",
    "If we are synced, and its author is no member of our session: refused (session.author).",
    "If we are a target, or are synced: do draw-shares, and have a greeting receive the packet (greeting.receive). " +
      "That greeting is our proposal's if we are the author, and otherwise a new one (greeting.begin). Shares are " +
      "drawn for our own packet too.",
    "Offer the packet to the server order (server-order.offer). If the verdict is not *accepted*, and we are not " +
      "the author: that is the verdict.",
    "If the verdict is not *accepted*, and we are the author: our proposal is rejected. Notice *operation* " +
      "(rejected), and *initial* ends here, accepted.",
    "If the server order has accepted no initial packet by it: *initial* ends here, accepted.",
    "If we are the author: we have no proposal any more. If another is, and we have a proposal: it is rejected. " +
      "Notice *operation* (rejected), and its text is withdrawn.",
    "The operation has started `now`. Notice *operation* (started). Note the parents that the server order had " + "refused before step 5.",
    "Kick those whom the operation includes and who are to be kicked, in the order in which they became so. They " +
      "are to be kicked still.",
    "The greeting is running for us, unless the operation excludes us. If it does: note `now`, and how many " +
      "targets it has, as *expelled*.",
    "If there is a current subsession that we are not parting from: write a consistency message in it.",
    "If the packet is final too, and the operation does not exclude us: do finish. One that excludes us runs no " +
      "more, but what step 11 noted stays.",
    "Ask the channel to send what the greeting answers, to the targets of the operation in their order.",
  ],
  "draw-shares": ["Count the draws of shares up by one. Draw shares with this number (greeting.draw)."],
  "tell-operation": [
    "`include` of a notice *operation* is those targets that are no members of our session, in the order of the " +
      "targets. `exclude` is those members of our session that are no targets, in the order of our session.",
    "For a proposal or plan of our own, `include` and `exclude` are as the user or the plan named them, or, of " +
      "those to be excluded, in the order in which they became so.",
    "`id` is the packet id of the initial packet of what has started, succeeded or failed. Of what was rejected, " +
      "it is that of our own packet (step 6 of initial), or of the one accepted in its place (step 8).",
    "`id` is null for what has no place in the line: a proposal that is proposed, late, or failed because we left " +
      "the channel, and a plan that has failed.",
    "`by` is the author of the initial packet of what has started or succeeded. Of what was rejected for another " +
      "packet (step 8 of initial), it is the author of that packet; of what an abort ended, the author of the " +
      "abort. Otherwise `by` is null.",
  ],
  finish: [
    "Notice *operation* (succeeded).",
    "If there is a previous subsession: kick those who are to be kicked. *kickedAt* stays as it is: it changes by " +
      "step 3 of after-previous only.",
    "Those excluded are to be excluded no more. Those of them that are in the channel are to be kicked, in the order " +
      "of our session. Whoever is to be kicked already keeps its place.",
    "If there is a previous subsession: stop it (liveness.stop) and forget it. Its hint is foreign.",
    "The current subsession, if there is one, is the previous one now, and the membership is that of the greeting, " +
      "which is over. If we are not parting from the previous subsession: write a FIN in it.",
    "Begin the log of what follows (transcript.begin), also when alone; without a previous subsession we join with " +
      "it. If the membership has others: begin a new current subsession (liveness.begin) and note its hash; we are " +
      "joining no more, and have not asked to leave. Who is left alone has asked still, if it had; it was not joining.",
    "If the membership has others: we are a newcomer until `now` + `shutdown` + `latency` if the operation is an " +
      "include and we had no membership before, and none if not. If the membership has no others, *quiet* stays as " +
      "it is.",
    "If the membership has others, and there is a previous subsession: LATEST_PM of the initial packet wait to be " +
      "spliced since `now`. Otherwise nothing waits to be spliced.",
    "Notice *membership*, as tell-membership says.",
    "Do splice.",
    "Do retry.",
    "The packets that wait still wait no more, and their hints are foreign, in their order.",
    "Do extensions.acknowledge-order.",
  ],
  "tell-membership": [
    "`remain` of the notice *membership* is the new members that were members of our session before; `include` is " +
      "the other new members. Both are in the order of the new members.",
    "`exclude` is the members of our session before that are none any more, in their order. `parents` is LATEST_PM " +
      "of the initial packet, as they stand there.",
  ],
  splice: [
    "If nothing waits to be spliced: nothing.",
    "Otherwise splice the log (transcript.splice) in the transcript of the previous subsession, also when that has " +
      "ended. If the verdict is *waiting*: LATEST_PM wait still. Otherwise nothing waits to be spliced any more.",
  ],
  fail: [
    "The running operation is forgotten, and `expelled` with it. Whom it would have excluded is a member as before.",
    "Notice *operation* (failed).",
    "The packets that wait wait no more, and their hints are foreign, in their order.",
    "If we have no membership, and are not the author of the initial packet: we are not synced any more. The " +
      "parents refused are those noted in step 9 of initial, and after them its PREV_PF. So we join by no packet " +
      "that the members cannot accept. Nothing depends on the order of the parents refused.",
    "Otherwise do extensions.acknowledge-order.",
  ],
  data: [
    "Try the current subsession, and then the previous one, by open. The first to which the packet belongs gives " + "the verdict.",
    "If the packet belongs to none, and its hint is foreign: refused (session.foreign).",
    "If the packet belongs to none, and an operation that excludes us was accepted: refused (session.foreign).",
    "If the packet belongs to none, and there is neither a current nor a previous subsession, nor a greeting that " +
      "is running for us: refused (session.foreign).",
    "If the packet belongs to none otherwise, and the same text of the same sender waits already: ignored.",
    "If the packet belongs to none otherwise: it waits, since `now`. While we are a newcomer, it counts as told, " +
      "for good. If the sender has 4 packets that wait already: the oldest of them waits no more.",
  ],
  retry: [
    "Try the packets that wait, each once, in their order, by open.",
    "A packet that is accepted waits no more.",
    "A packet that is refused waits no more. Its verdict is told to nobody, and nothing that the try has made is kept, " +
      "nor any key that the ratchet has derived in it. What the try has added to a request to kick is taken back too.",
  ],
  open: [
    "Open the packet (messages.open) with the sender as the author. If the sender is no member of the subsession, " +
      "or the signature does not fit: with each other member in their order. With the ratchet, " +
      "extensions.ratchet-open is done instead.",
    "If the hint does not fit, or no member's signature does: the packet does not belong here.",
    "If the transcript has the message: it is a duplicate. Liveness takes note (liveness.duplicate), what liveness " +
      "says is done (by perform), and the packet is accepted.",
    "If its author's key is published: refused (extensions.key-published).",
    "If its author is ourselves: refused (session.own-message).",
    "Receive the message in the transcript (transcript.receive), and keep its packet. Forget the packets of " +
      "messages that the buffer dropped, and of those of the buffer that are refused.",
    "If the message has to wait: liveness takes note (liveness.held).",
    "Each message of the buffer that is refused is told to the user: notice *security*, with the clause and the " +
      "author of that message. Liveness takes note (liveness.refused).",
    "Each message that is accepted, in order: do accept.",
  ],
  accept: [
    "Liveness takes note of the message (liveness.accepted).",
    "A payload goes into the log (transcript.append) and to the user: do tell-message.",
    "An order acknowledgement is received by extensions.receive-order.",
    "Each message that has become fully acknowledged, in order: forget its packet, and, if it is a payload, notice " +
      "*acknowledged*. If it is the second FIN in a row of another member, in the current subsession: that member " +
      "is to be excluded, also while an operation runs.",
    "If the message is the second FIN in a row of another member: notice *leaving*.",
    "Do what liveness says in step 1 (by perform).",
  ],
  "tell-message": [
    "`members` of the notice *message* is all members of the subsession, in its order. `isEarlier` says that this " +
      "is the previous subsession. `positions` and `marked` are those of the log.",
  ],
  perform: [
    "To *acknowledge*: write an acknowledgement that the user did not ask for. To write a *heartbeat*: write one.",
    "To *resend*: if the packet is kept, ask the channel to send it to the members of the subsession, in their order.",
    "Anything else that liveness says is a notice.",
  ],
  write: [
    "The parents are the heads of the transcript. Draw the IV and seal the message (messages.seal; with the " +
      "ratchet, extensions.ratchet-seal).",
    "Accept the message in the transcript (transcript.accept), keep its packet, and do accept.",
    "Then ask the channel to send the packet to the members of the subsession, in their order, ourselves among " +
      "them. With the option `direct`, ask to send it directly.",
  ],
  settle: [
    "If we are in the channel, are not synced, and nobody is left who was there before us: do begin-line.",
    "Do propose-due.",
    "Do after-previous.",
    "Do depart.",
    "Do extensions.end-disputed.",
  ],
  "begin-line": [
    "Draw the previous final and begin a line with it (server-order.begin). We are joining no more. Our session " +
      "has no others, and we have no membership, as before.",
    "Do tell-present.",
  ],
  "tell-present": [
    "Those *present* are the members of the channel who are neither members of our session nor to be kicked, in " +
      "the order of the channel. If there are none: nothing. Otherwise notice *present*.",
    "With the option `autoInclude`, and neither a plan nor a proposal: make a plan, `now`, to include all who are " + "present.",
  ],
  "propose-due": [
    "If we are not synced, an operation runs or has excluded us, we have a proposal, or an order is inconsistent: " + "nothing.",
    "If we want to part, or have asked to leave: nothing.",
    "If we have a plan that includes a member of our session, or one who is to be kicked, or that excludes one who " +
      "is no member: it has failed. Notice *operation* (failed).",
    "If somebody is to be excluded, who is a member of our session, a plan waits. If all other members are in the " +
      "channel (they are: whoever has left is to be excluded): propose to exclude those who are to be, in the " +
      "order in which they became so.",
    "Otherwise, if we have a plan, and all others who would be members by it are in the channel: it is no plan any " + "more. Propose it.",
  ],
  "after-previous": [
    "If there is a previous subsession that has not ended: nothing.",
    "If there is one that has ended: forget it with its keys. Its hint is foreign, and nothing waits to be spliced " + "any more.",
    "If somebody is to be kicked, unless this step asked for it less than `latency` ago: kick those who are to be " + "kicked.",
    "If we have a membership, are its only member, and the option `stayAlone` is off: do leave-channel.",
  ],
  depart: [
    "If we want to part, and there is no current subsession: do leave-channel, also while the previous one goes on.",
    "If we want to part, and there is a current subsession that we are not parting from: write a FIN in it, and " +
      "then another one. That may be a new subsession, if an operation has succeeded meanwhile.",
    "If the current subsession has ended, and the user wants to part: do " +
      "extensions.publish-key, unless we have asked to leave before, and then leave-channel.",
    "If we have asked to leave, for whatever reason: do leave-channel.",
  ],
  "leave-channel": [
    "If we asked to leave less than `latency` ago: nothing. Otherwise ask the channel to leave, and note that we " + "asked `now`.",
  ],
  "note-foreign": [
    "A hint that becomes foreign, or does so once more, is noted at the end of the foreign hints, and nowhere else " +
      "among them. Several hints are noted one after the other. Of more than 16, the first is dropped.",
  ],
  kick: [
    "If a request of this call to kick is there already: add to its members those who are not among them. The " +
      "request keeps its place among the requests. " +
      "Otherwise, if there is somebody to kick: ask the channel to kick them, in the order in which they became " +
      "due.",
  ],
  propose: [
    "The metadata are the last final packet, the last chain hash, and the heads of the current transcript, none if " + "there is none.",
    "Do draw-shares, and propose (greeting.propose), which refuses nothing that comes here. That is our proposal, made `now`.",
    "Ask the channel to send it to the members of our session, and then to those included, each in their order.",
    "Notice *operation* (proposed).",
  ],
  join: [
    "If we are in the channel: nothing.",
    "Otherwise ask to enter it. We are joining since `now`, and do not enter again by ourselves.",
  ],
  part: [
    "We are joining no more, and do not enter again. A request to enter that is under way stands. If we are not in " +
      "the channel: nothing else.",
    "If an operation of which we are a target, and no newcomer, is running: abort it with the reason 04 " + "(extensions.send-abort).",
    "We want to part, until we have left the channel.",
    "Do settle.",
  ],
  change: [
    "If we are not in the channel or not synced, or an order is inconsistent: refused (session.synced).",
    "If an operation runs or has excluded us, or we have a proposal or a plan: refused (session.busy).",
    "If somebody to be included is a member of our session (we are one), or to be kicked, or is named twice: " +
      "refused (session.new-members).",
    "If somebody to be excluded is no member, or is ourselves, or is named twice: refused (session.old-members).",
    "If nobody is included or excluded, it is a refresh: if there is no current subsession that we are not parting " +
      "from: refused (session.joined).",
    "Ask the channel to let those in who are to be included and are not there, if there are any, in the order in " +
      "which the user named them.",
    "The plan is made `now`. Do settle. A plan to refresh never waits: settle proposes it at once.",
  ],
  send: [
    "If there is no current subsession, or we are parting from it: refused (session.joined).",
    "Write a payload (by write). Settle is not done.",
  ],
  tick: [
    "Do liveness.tick for the current subsession, and what it says (by perform); then the same for the previous one.",
    "For each packet that has waited for `latency` and does not count as told: notice *not-decrypted*. It counts " + "as told from now on.",
    "If LATEST_PM have waited for `latency` to be spliced, and the user was not told: " +
      "notice *history-missing*, with those that its transcript lacks, in ascending order.",
    "If our proposal has not come back within the time for an operation, and the user was not told: notice " +
      "*operation* (late). It may still come.",
    "If our plan was made the time for an operation ago: it has failed. Notice *operation* (failed).",
    "If an operation that excludes us was accepted 3/2 of its expected time, `shutdown` and `latency` ago, and we " +
      "have not asked to leave: do leave-channel.",
    "If it is time to enter again: ask to enter. We are joining since `now`, and do not enter again by ourselves.",
    "Otherwise, if we have been joining for the time for an operation, and are not to enter again: we are joining " +
      "no more. Notice *not-joined*.",
    "Do extensions.abort-late.",
    "Do extensions.check-order.",
    "Do settle.",
  ],
  due: [
    "The clock has to be looked at at the earliest of the times of this operation. There is none if all of them " + "are absent.",
    'What `nextTick` (chapter "liveness") says of the current subsession, and of the previous one.',
    "`latency` after a packet began to wait that does not count as told.",
    "`latency` after LATEST_PM began to wait to be spliced, while the user was not told.",
    "The time for an operation after our proposal was made, if the user was not told that it is late; and after " + "our plan was made.",
    "3/2 of its expected time, `shutdown` and `latency` after an operation that excludes us was accepted, unless " +
      "we have asked to leave.",
    "When we enter again.",
    "When the running operation is late for us, by steps 1 to 3 of extensions.abort-late together.",
    "`full` after the last final packet, with the option `orderAcknowledgements`, if extensions.check-order has " + "not looked at it.",
    "`full` after an order acknowledgement that is kept came.",
    "The time for an operation after we began to join, unless we are to enter again.",
    "`latency` after we last asked to leave.",
    "`latency` after step 3 of after-previous last asked to kick, if somebody is to be kicked, and there is no " + "previous subsession.",
  ],
  shown: [
    "If we are not in the channel: *joining* if we are joining, otherwise *parted*.",
    "If we have asked to leave, or an operation that excludes us was accepted, or we are parting from the current " +
      "subsession: *parting*.",
    "If there is a current subsession: *joined*.",
    "If we have a membership: *parting*. Otherwise: *joining*.",
    "The members that are shown are those of our session, in its order.",
  ],
})

/** At most so many packets of one sender wait. */
export const maximumWaiting = 4

/** So many foreign hints are kept. */
export const maximumForeign = 16

/** How much longer than its expected time an operation may take, before it is given up: times `patience`. */
export const patience = 3 / 2
