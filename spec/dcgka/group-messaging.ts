/**
 * # Group messaging
 *
 * Clauses and steps: `group-messaging`. Layer and cases: `messaging`. Methods: `messenger.…`.
 *
 * What an application uses: groups of *users*, messages between them, and events. Everything below is hidden: members,
 * welcomes, acknowledgements, chains.
 *
 * A user has a **messenger** with its keyring and its groups. An operation, or a **packet** that comes from the
 * network, gives a new messenger, packets to send to all others in the group, and events for the application. A packet
 * is an envelope (chapter "causal-broadcast") or an application message.
 *
 * ## Users and members
 *
 * Each addition makes a member of its own (chapter "identifiers"), so a user can be in a group more than once: after it
 * was removed and added again, or because two members added it at once. Each of these is a **membership**, with a state
 * of its own. It is **alive** when it has joined and has not been removed. An application sees users only:
 *
 * - We **speak as** the membership that was made first among those alive. This is a fact of ours, which nobody else can
 *   choose.
 * - The membership as which we speak **retires** the others: it removes each other member of our user that is in its
 *   view, so that one remains. It does so when everybody of other users in its view has acknowledged the message that
 *   made it: before that, others may still send what only the other memberships can read, and somebody may be removing
 *   the one who added it, so that none would remain. Until then the user is a member twice, which costs messages, and
 *   shows nowhere else.
 * - To remove a user is to remove all its members in our view.
 * - A message that several memberships can open is one event. Whether it is the same is decided by its bytes.
 *
 * The welcome by which a membership is made says what its group is: whose it is, who is in it, who signs with which
 * key. Whoever knows a user and has seen a group's identifier, which stands in every packet, can send that user an add
 * into a group that has the same identifier and nobody else in it. So as long as a membership is alive, a further one
 * is made only by an add that one of ours has taken as a message of a member of its group: the same message, by the
 * digest of chapter "causal-broadcast". Any other add stays in the log, tells nothing and makes nothing. When no
 * membership is alive, there is nothing to compare with: whoever knows us can add us, as to any group, and the
 * application is told that we have joined. An application that has joined a group that is not what it should be leaves
 * it, and forgets it.
 *
 * Packets that others sent before they knew of a new membership may be for it as well. So of each group the last
 * packets are kept, the **log**, and a new membership is given all of them. What is not in the log any more is missing
 * when something waits for it, is reported with the next envelope that is accepted, and has to be asked for.
 *
 * What is in the log has not been verified. It is divided into the same shares as what is held (chapter
 * "causal-broadcast"), by the membership as which we speak: the held adds that count are those that this membership
 * holds, and none that stands in the log only. While no membership is alive, all is the strangers'. A packet counts
 * with its length, and with 4,096 bytes if it is shorter; a log counts 1,048,576 bytes at most, and the strangers'
 * share 262,144 of them while a membership is alive. With each packet the log keeps which member of our user it would
 * make, if any, so that nothing of the log is read again for a packet that has nothing to do with it.
 *
 * Each step on a group says what is missing in it: messages, or key bundles of users. When a bundle that is missing has
 * been learned, the application does **retry** in the group.
 *
 * The envelopes that we send in a group, our other memberships in it process too. For that a user needs key bundles of
 * its own: two are always kept. Our application messages are given to none of them. If one comes back, and another
 * membership of ours opens it, our data are no event. That we leave is one, as anybody's leave is, and so are notes of
 * ours that differ from those of that membership. Vector: `group-messaging/own-leave-comes-back`.
 *
 * An application message whose sender is not in our view any more is marked as one of a **former** member: it was
 * written before the member knew of its removal, or by one that does not keep to the rules. An application may show it
 * differently; what it says about the group is worth nothing.
 *
 * Application messages may be lost, and some may come too late (chapter "application-messages"). Nothing is lost in
 * silence: a message that was held and is refused at last, messages that can never be opened any more, a chain that is
 * not what its sender states it to be, and one that has ended and of which messages have not come, are events. There
 * are two exceptions. What was held and turns out to be signed by somebody else was no message of the member. What was
 * held for a chain of which we were given no secret was not written for us.
 *
 * What is held has not been verified: anybody can have messages held, in any member's name. The room for them is
 * divided into the same shares as that for envelopes (chapter "causal-broadcast"), by the membership that holds them:
 * who is added by an add that it holds counts as its adder here, too. A message counts with its length in bytes, and
 * with 4,096 if it is shorter. All shares together have 4,194,304 bytes, of which the strangers' share has 262,144 at
 * most. Shares follow the view: so they are counted anew at the end of each step. What a share loses is an event, and
 * may come again.
 *
 * ## What is refused later
 *
 * The verdict on a packet is given to whoever brings it. Some envelopes are judged later: one that was held or
 * withheld (chapter "causal-broadcast"), one that came before the membership to which the log is given, and one of the
 * log by which we would join, when the bundle that it waits for has come. And one that a membership of ours accepts
 * may be refused by another one. So each refusal that is not the verdict of the step is an event,
 * **envelope-refused**, with the clause. The member did not keep to the rules, unless anybody can have made the
 * envelope: that is so if it is refused for its signature, or by a check before that. The user is the one of this
 * member as far as the membership that refuses it knows it, and null otherwise. Within one step, such events that are
 * equal are one: two memberships that refuse an envelope by the same clause tell it once, and so do two envelopes with
 * one number. In a later step it is told again, when an envelope comes again or is given to a further membership.
 *
 * ## Leaving
 *
 * Nobody can remove itself: its removal has to be acknowledged, and followed by new keys, by those who stay. A user who
 * **leaves** says so in a message of the group, signed like every other, and its application does nothing there from
 * then on. Its messenger answers what comes, and retires and heals as ever. Of those who have opened this message, the
 * one with the smallest member identifier in its view, of a user who does not leave, removes all members of that user.
 * Everybody follows this rule in its own view. So if that one is removed meanwhile, the next one does it. One that is
 * away does it when it comes back; until then, anybody may remove the user, whom the event `leaving` names. What a
 * member sends after it has said that it leaves is no event. Its acknowledgements count, so that nobody waits for them.
 * It can still read until its removal; and a member that does not keep to the rules can still operate until then, as
 * one that has not said anything.
 *
 * The application that leaves is told `left` when its removal has come. It may forget the group at once; then its
 * answers are missing to the others until it has been removed. Who is alone in a group forgets it after leaving.
 *
 * ## What a removed member can still do
 *
 * A removed member that does not acknowledge its removal, or has a copy of its state from before, can go on as if it
 * did not know of it. What it sends is withheld until it shows that it counts (chapter "causal-broadcast"): until a
 * member in our view has taken it, which did not know of the removal at that time.
 *
 * - So it can **remove others** as long as somebody has not heard of its removal: since all removals count (chapter
 *   "group-membership"), these are out, whatever came meanwhile, but those who were added after its own removal. Whom
 *   it has removed has to be added again.
 * - Its additions bring in nobody, its updates give it nothing to read, and its messages are marked as those of a
 *   former member.
 *
 * An application should show its people who removed whom, and let them add again whom a removed member has removed.
 * What has been lost in this way is membership and no secret.
 *
 * ## A user whom only its adder can contact
 *
 * Who processes an add needs a key bundle of the new user. A member can add a user, a **ghost**, of whom nobody else
 * gets bundles: then all others wait, for this add, for all later messages of its sender, and for all that acknowledge
 * it. It shows as a bundle that stays missing. The way out is to remove the adder: once its removal has been processed,
 * the addition counts for nobody who did not know of it, no bundle is needed, and what was held is processed. So each
 * member that waits removes the adder itself, or waits for the removal by another one that waits. A removal by a member
 * that has taken the add does not help those that wait for the bundle: for it, the ghost is a member; it has to remove
 * the ghost, too, and be removed or added again if it does not. If the adder gave bundles to some, they are asked to
 * hand them on: a bundle is for one contact, so each who waits needs another one.
 *
 * ## Acknowledgements
 *
 * By default a packet is answered at once. With the policy **delay**, answers stay in the queue until the next
 * operation of ours, the next application message, or `flush`; then they go out in one envelope. This costs time until
 * others hear from us: those that wait for our answers are healed later; it saves an envelope (about 70 bytes) for each
 * answer.
 *
 * ## Heal on concurrency
 *
 * Key agreement heals after one update that follows all others. Updates or removals that are concurrent heal what each
 * of them covers, but two whose keys were stolen, or two removed users, can put together what they know until an update
 * follows them all (ePrint 2020/1281 sections 7.5 and appendix A: the difference between *dom-safe* and *safe*). The
 * paper names the remedy and leaves it out. It is the policy **heal**: a messenger keeps the **frontier**: those
 * creates, updates and removes that no other one known to it comes after. When there are two or more, the *healer*
 * sends an update: the one with the smallest identifier among the senders in the frontier that are members in our view,
 * or among all members of our view if there are none. A later message of a sender follows its earlier ones, so a
 * frontier has at most one message of each sender. A message of a member that was removed follows no message of one who
 * knew of that removal.
 *
 * It costs one update (about 39 kB in all with 128 members) when the healer has seen all that is concurrent. Where it
 * has not, there may be several healers, whose updates are concurrent in their turn; but the largest of *n* concurrent
 * senders is no healer, so that after n - 1 rounds it ends, and after n(n - 1)/2 updates at the very most. All members
 * should have the policy, and nothing is healed while the healer is away; an update of anybody who has seen all does it
 * too.
 *
 * ## Comparing notes
 *
 * `compare` sends our notes (chapter "causal-broadcast") as an application message. Who gets notes that differ from its
 * own is given the event `equivocation` with the members whose messages differ, and the one who says so: it may be
 * lying.
 *
 * An equivocation by a message that is answered splits the group at once: those who got different ones refuse each
 * other's answers, and with them all chains that begin later, so that no application message crosses any more. It shows
 * in packets that are refused or wait for ever; to find who is to blame, the notes have to come on another way. For
 * that an application can take its notes as bytes, and give those of others to be **checked**.
 *
 * ## Events
 *
 * | event | when |
 * | --- | --- |
 * | left | we had an alive membership, and have none any more, or speak as one that was made anew (join) |
 * | joined | a membership was made anew (create or join), and is alive at the end of the step |
 * | member-changed | we speak as another member than before, without having left or joined |
 * | user-added, user-removed | a user has come into, or gone from, the view of the membership as which we speak; when we join all users are added, ourselves among them, and when we leave nobody is removed |
 * | message | a payload from a user: its member, and number and index of the message; and whether the member is a former one. One that signs two messages with one number and index can cause two such events, if memberships of ours open one each |
 * | messages-lost | so many messages of this chain can never be opened any more |
 * | message-refused | this message was held, and is refused by this clause: when it could be judged, and its member has signed it; or for want of room (group-messaging.held-limit), and anybody can have made it |
 * | envelope-refused | an envelope of this member, which begins with this number, was refused by this clause, and it is not the verdict of the step |
 * | chain-differs | what this member states to have written in this chain is not what we have opened |
 * | chain-uncompared | this chain has ended, and so many of its messages have not come that it cannot be compared; with 0, all have come, too far out of order |
 * | leaving | this user wants to leave |
 * | equivocation | the notes of this user and member differ from ours about these members |
 *
 * A chain that differs was another one for others: its member has told them something else, or somebody else has
 * written with the keys of the member. Of a chain that is uncompared nobody knows this until its messages have come.
 * When they do not come to anybody, those who have opened some of it should compare what they were told.
 *
 * In one step they come in the order of the table's rows, those of one kind sorted by the bytes of their encoding, but
 * messages in the order in which they were opened, and refused envelopes in that in which they were judged.
 *
 * ## State
 *
 * | state | content |
 * | --- | --- |
 * | keyring | key store and contacts, of all groups |
 * | policy | delay and heal, each 0 or 1 |
 * | groups | by group: the memberships, in the order in which they were made, removed ones too; the log; by member of our user the digest of an add that a membership has taken; the SHA-256 of the last 1,024 messages opened; whether we leave |
 *
 * Of each packet of the log are kept its SHA-256, its sender, the member of our user that it would make, whether it was
 * tried, and the user for whose bundle it waits, with how many bundles of that user had been taken in when it was
 * tried. A packet that is in the log and is held by memberships is kept once. So what anybody sends takes no more room
 * than its own length, beside the names of the messages that it needs, and at most 400 bytes for one membership.
 *
 * The identifier of a group is made from its create, with a nonce that is drawn (chapter "identifiers"). So two groups
 * that we create have different identifiers, but for a fault of the source of randomness; that is refused
 * (group-messaging.new-group). A group in which we have no membership any more is kept, for its log, until the
 * application **forgets** it; after that, no old packet brings it back, because the prekeys with which we joined are
 * used up.
 *
 * A new membership begins with an empty frontier, which a create by which it joins enters: what was concurrent before
 * it is the business of the others. A membership has the state of the broadcast, that of application messages, its
 * frontier (sender and number each, in ascending order), by member the place of the message by which it has said that
 * it leaves, and the application messages that wait for the beginning of their chain, in the order in which they came.
 *
 * ## Persist before send
 *
 * A messenger whose packets have left, and that is then loaded from an earlier state, would use a key and a number
 * twice with different contents. So a new state is made durable, together with the packets of its step, before any of
 * them is sent; and what has been sent is sent again only as the same bytes. Several steps can be made durable at
 * once; the packets of all of them leave after that.
 *
 * A key that a step deletes must go from the disk as well. It is overwritten where it stands: a database that moves a
 * row, and deletes it later, may leave a copy in the place where the row was before.
 *
 * ## Backups
 *
 * So a backup must not simply be loaded: the messenger in it has sent, since, what it does not know of. What is left of
 * it are the identity of its user and the identities of others. To **restore** is to give up the rest: all memberships
 * end, as if removed, so that nothing is sent by them any more; and all prekeys are deleted, and all bundles of others,
 * because they may have been used since. New prekeys have numbers that were, with all likelihood, not given out before.
 *
 * Others cannot be told by messages of the group, since the old members are silent now. The application publishes new
 * key bundles, and tells the people in its groups, on whatever way it publishes bundles, that the user has to be
 * removed and added again. Until it has been removed, its old members are silent members. Those who take in a new
 * bundle see the same identity.
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule, shownBy } from "../conventions/clauses.ts"
import { bytes, listOf, message, nullable, oneOf, printable, uint, type ValueOf } from "../conventions/encoding.ts"
import { GroupId, MemberId, Seq, UserId } from "../conventions/identifiers.ts"
import { ApplicationMessage, maximumMessages, maximumPayload } from "./application-messages.ts"
import { Envelope, Notes } from "./causal-broadcast.ts"

export const clauses = declareClauses("group-messaging", {
  member: check("MUST", "Only who has a membership in a group acts in it.", "Conclave"),
  "no-such-group": check("MUST", "Only in a group that is known something is tried again.", "Conclave"),
  "no-such-user": check("MUST", "Only a user who is in our view is removed.", "Conclave"),
  "new-group": check("MUST", "A new group has an identifier that none of our groups has.", "Conclave"),
  strangers: check("MUST", "Logs are kept of at most 64 groups in which we never had a membership.", "Conclave"),
  "own-identity": check("MUST", "No key bundle of our own user is taken in but with our own keys.", "Conclave"),
  "forget-left": check("MUST", "No group is forgotten in which we have a membership, unless we leave it.", "Conclave"),
  "held-limit": check(
    "MUST",
    "The messages that wait count 4,194,304 bytes at most, 4,096 each at least; those of the strangers' share count " + "262,144 at most.",
    "Conclave",
  ),
  "held-shares": rule("MUST", "Who fills one share of what waits takes nothing from a smaller one.", "Conclave"),
  "kept-once": shownBy(
    "tools/test/attack.test.ts",
    rule("MUST", "A packet that is in the log is not kept a second time by a membership that holds it.", "Conclave"),
  ),
  "held-tried": rule(
    "MUST",
    "A message that waits is tried when its chain has begun, before the next control message is taken.",
    "CCS 2021 section 2",
  ),
  "missing-told": rule(
    "MUST",
    "What the envelopes wait for that are held is missing in each step that tries them, also after an operation of ours " +
      "and when a new membership has been given the log.",
    "Conclave",
  ),
  "loss-told": rule("MUST", "What is lost of a member's messages, or held and then refused, is an event.", "Conclave"),
  "chain-compared": rule(
    "MUST",
    "A chain that is not what its sender states is an event, and so is one that has ended and cannot be compared.",
    "Conclave",
  ),
  "refused-told": rule(
    "MUST",
    "An envelope that is refused, by a step of which this is not the verdict, is an event with the clause.",
    "Conclave",
  ),
  leaving: check("MUST", "Who leaves a group does nothing in it any more but answer.", "Conclave"),
  content: check("MUST", "What an application message carries is content as defined here.", "Conclave"),
  "one-voice": rule(
    "MUST",
    "A user speaks as one member, of those alive the one made first, and retires its others.",
    "CCS 2021 section 2.1",
  ),
  "one-event": rule(
    "MUST",
    "A message is one event, through however many memberships it is opened, while it is among the last 1,024; its " +
      "bytes tell whether it is the same.",
    "Conclave",
  ),
  "same-addition": rule(
    "MUST",
    "While a membership is alive, an add makes a further one only if one of ours has taken the same message.",
    "Conclave",
  ),
  "member-changed": rule("MUST", "When we speak as another member than before, it is an event.", "Conclave"),
  "log-shares": rule("MUST", "Who fills one share of a log takes nothing from a smaller one.", "Conclave"),
  "invitations-kept": rule("MUST", "What makes us a member is kept rather than what does not.", "Conclave"),
  "leave-carried-out": rule("MUST", "Who wants to leave is removed, by one of those who stay.", "Conclave"),
  "leaver-silent": rule("MUST", "What a member writes after it has said that it leaves is no event.", "Conclave"),
  restored: rule("MUST", "Who restores a backup acts as none of its members, and uses none of its prekeys.", "Conclave"),
  retried: rule("MUST", "What waits for a key bundle is processed when it has been learned, and is tried again.", "Conclave"),
  former: rule("MUST", "A message of a member that is not in our view any more is marked.", "ePrint 2020/1281 section 5"),
  "log-replayed": rule("MUST", "A new membership is given the packets of the log.", "Conclave"),
  coalesced: rule("MUST", "Delayed answers leave in one envelope, before anything else of ours.", "ePrint 2020/1281 section 8.1"),
  heal: rule(
    "MUST",
    "With the policy heal, concurrent updates and removals are followed by an update that comes after them all.",
    "ePrint 2020/1281 section 7.5",
  ),
  "notes-compared": rule("MUST", "Notes that differ are an event.", "Conclave"),
  "persist-before-send": shownBy(
    "reference/store/test/kill.test.ts",
    rule("MUST", "A packet leaves only when the state after it is durable, and leaves again only as the same bytes.", "Conclave"),
  ),
})

export const steps = declareSteps("group-messaging", {
  prepare: [
    "While fewer than two key bundles of our own user are kept, and we have a signed prekey: publish one, " +
      "and learn it ourselves, with the time 0. If learning it is not accepted, that bundle is not " +
      "published either, and we go on without.",
    "This operation is done before everything that a membership does with the broadcast: an operation, an " +
      "envelope, a retry, joining; so not before an application message. It is undone with it when that is not accepted.",
  ],
  learn: [
    "Learn the key bundle (key-bundles.learn).",
    "If it is of our own user, and has another signing key or agreement key than we have: refused " + "(group-messaging.own-identity).",
  ],
  create: [
    "Create the group with a new membership (causal-broadcast.operate). If we have a group with its " +
      "identifier: refused (group-messaging.new-group).",
    "The membership is in a new group with an empty log. Take its update secret, and finish.",
  ],
  check: [
    "Decode the content, which has to be of the kind notes-to-compare (encoding.decode), and compare its " +
      "notes with those of the membership as which we speak (causal-broadcast.compare-notes); if there is " +
      "none: refused (group-messaging.member).",
  ],
  forget: [
    "If a membership in the group is alive, unless we leave it: refused (group-messaging.forget-left).",
    "Delete the group. If we have none of this identifier, nothing is deleted.",
  ],
  notes: [
    "Our notes are those of the membership as which we speak (causal-broadcast.compare-notes), as the content " +
      "notes-to-compare. If there is no such membership: refused (group-messaging.member).",
  ],
  "forget-held": [
    "Each membership in the group holds nothing any more, neither envelopes nor application messages. The " +
      "log stays. If we have no group of this identifier, nothing is done.",
  ],
  act: [
    "The membership is the one as which we speak; if there is none: refused (group-messaging.member).",
    "If we leave the group: refused (group-messaging.leaving).",
    "Add: add the user (causal-broadcast.operate).",
    "Remove: remove each member of the user in our view (causal-broadcast.operate), in ascending order; " +
      "if there is none: refused (group-messaging.no-such-user). Our own member is refused by " +
      "key-agreement.remove-other. Who is not in our view any more when its turn comes, by what step 6 has released, is " +
      "passed over; so are all if we have been removed.",
    "Update (causal-broadcast.operate).",
    "Take the update secret of each. After each of these operations, and of those that finish does by " +
      "itself: if the membership holds envelopes, retry, as the second step of retry says. What is missing then is " +
      "missing in this step.",
    "Finish.",
  ],
  send: [
    "If the payload is longer than 1,047,536 bytes: refused (application-messages.payload-length). The membership " +
      "is the one as which we speak, by the first two steps of act.",
    "Flush all of this membership's queue, as finish does: the control message that began our chain leaves first.",
    "Seal (application-messages.seal) the encoding of the content with the membership's signing key. What sealing " +
      "gives of the chain is what our next control message states (causal-broadcast.write).",
    "The message is the packet after those flushed; no membership of ours is given it. Finish.",
  ],
  flush: [
    "If there is no membership as which we speak: refused (group-messaging.member). Who leaves the group " + "flushes as anybody does.",
    "Finish.",
  ],
  leave: ["Send the content `leave`, by send.", "From then on we leave the group: already when send finishes."],
  receive: [
    "Decode the packet (encoding.decode). Its group is the one that it names; if that is a new one, begin " +
      "it with no membership and an empty log.",
    "If it is an envelope, or no membership of the group is alive: do log.",
    "Give it to each membership that is alive, by deliver, in their order. Then do candidates.",
    "If it is an envelope, and a membership refuses it, or finds it malformed, that is an event, in case that the " +
      "verdict is another. It stands before what candidates tell, which is judged later.",
    "The first that applies: a membership accepted the packet, or was made by it: accepted. Step 3 gave it to " +
      "memberships: ignored if one ignored it, else the verdict of the first. Join was done with it and is not " +
      "waiting: the verdict of join. No join was done with it, and the log had it before: ignored. Otherwise: accepted.",
    "If we never had a membership in the group: do strangers.",
    "Missing is, each once, what deliver found missing for this packet, membership by membership; then what join " +
      "found missing; then what the candidates after the joins wait for, in the order of the log. If none of these is, " +
      "and we never had a membership in the group: to join the group is missing.",
    "Nothing is added to what is missing by application messages that waited before, or by what our other memberships " +
      "are given of ours.",
    "Finish.",
  ],
  log: [
    "If the log has a packet with the same SHA-256, this one is not put into it. Otherwise it is put at " +
      "the end, not tried yet. If its first message is a create that names our user, or an add of our user, the " +
      "member that this message makes is kept with it.",
    "Do causal-broadcast.bound with the packets of the log, and with 1,048,576 bytes in place of 4,194,304; while no " +
      "membership is alive, the strangers' share may have all of them. Each packet counts by share alone, also one that " +
      "is withheld. A share loses its oldest packet that makes no member, or its oldest if there is none.",
  ],
  retry: [
    "If we have no group of this identifier, not even a log: refused (group-messaging.no-such-group).",
    "Each membership that is alive, in their order: causal-broadcast.retry, and go on with what it gives " + "as deliver does.",
    "Do candidates. What is missing is as receive says. Finish.",
  ],
  strangers: [
    "If we had the group before, or had fewer than 64 groups before in which we never had a membership, " + "the group is kept.",
    "If no packet of its log waits for a bundle: refused (group-messaging.strangers).",
    "It takes the place of the one of those 64 with the smallest identifier in whose log no packet waits " +
      "for a bundle, which is deleted. If there is none: waiting for the bundle.",
  ],
  candidates: [
    "A packet that makes a member is a candidate if we have no membership of that member, and either the " +
      "group keeps a digest for it, or no membership is alive and none knows that member.",
    "Do join with each candidate of the log, from the first, that was not tried before, or that waited " +
      "for a bundle of a user of whom one has been taken in since. Each is looked at once: what becomes a candidate by a " +
      "later one is tried in the next step.",
    "If the verdict is waiting for a bundle, the packet waits for that, and is tried. With any other but " +
      "accepted, also ignored or another waiting, it makes no member any more; if it is refused or malformed, that is " +
      "an event, with the user for whose bundle it has waited, null if for none.",
  ],
  deliver: [
    "An envelope: causal-broadcast.receive. The next two steps are for each message that was processed, in order, " +
      "also when we are removed in the end.",
    "Take the update secrets of the message.",
    "Open each application message that waits for this message, in ascending order of index, as the steps below " +
      "say. It waits no more. If it is refused by application-messages.equivocation, " +
      "application-messages.ahead, application-messages.opens or group-messaging.content, which only what its sender " +
      "has signed is refused by, that is an event.",
    "An application message: application-messages.open. If it waits: do hold.",
    "If it is opened: decode its content; if it is none: refused (group-messaging.content). What opening tells of a " +
      "chain (that it differs, is uncompared, or that messages of it are lost) is an event.",
    "What its sender has sent after it has said that it leaves (with a higher number, or the same number and a " +
      "higher index) is no event. Any other `leave` is an event, ours too. The membership keeps the number and " +
      "index of its message, in the place of those of one before, also if another membership has told it.",
    "Notes are compared with those of this membership, and if some differ it is an event.",
    "Data are an event, unless another membership of ours, which may have been removed, has sent the " +
      "message. It is one of a former member when its sender is not in the view of the membership that opens it.",
    "None of the events of the three steps before is told if the group keeps the SHA-256 of the message. " +
      "Otherwise the SHA-256 is kept from now on, of the last 1,024 messages opened, also of those that were " +
      "no event.",
    "Of each add of our user that an envelope brought, but that of this membership, the group keeps the " +
      "digest, by the member that it makes.",
    "Each envelope that the broadcast has held and refused (causal-broadcast.retry) is an event.",
  ],
  join: [
    "Give the packet to a new membership (causal-broadcast.receive). If it was only held: waiting for " +
      "what is missing. What was processed is taken as deliver does.",
    "If the group keeps a digest for the member, and that of the message is another: ignored.",
    "The membership is the last of the group, which forgets that digest. If it kept none, the membership was made " +
      "anew, and we leave the group no more. What was kept by one that was removed meanwhile counts as well.",
    "Deliver each packet of the log to the new membership, in order, whatever the verdicts, until it has been removed.",
    "That an envelope of the log is refused, or malformed, is an event. So is an application message, as one " +
      "that was held (deliver), unless the group keeps its SHA-256.",
    "What the envelopes wait for that the new membership then holds is missing (causal-broadcast.retry).",
  ],
  restore: [
    "Each membership that is alive ends as if it had been removed (causal-broadcast.retry, key-agreement.leave, " +
      "and step 7 of finish). Groups without a membership are deleted. Of the others the log and the digests of " +
      "additions are emptied, and we leave none of them any more. The SHA-256 of the messages opened are kept.",
    "Draw `restore/{id}`, 3 bytes, where id is the next prekey id.",
    "All prekeys are deleted. The next prekey id is counted up by 1 and those bytes as a number, the " +
      "first one counting most. Of each contact all bundles are deleted as if they had been taken.",
    "That we left each group in which a membership was alive is an event, in ascending order.",
  ],
  hold: [
    "If the same message is held already: ignored.",
    "With it as the last that waits, do room. If this message is lost: refused (group-messaging.held-limit), and " +
      "no other one is lost then.",
    "It waits. This is accepted, and the control message for which it waits is missing. Each other message that is lost " + "is an event.",
  ],
  room: ["Do causal-broadcast.bound with the messages that wait. What is lost is refused (group-messaging.held-limit)."],
  "take-secrets": [
    "The message ends a chain of its sender (application-messages.end), with the chain that it states.",
    "A secret of our own begins our chain, another its sender's (application-messages.begin), with the sender's " +
      "signing key as of that message. What ending and beginning tell of chains are events.",
    "A create, update or remove joins the frontier. Another message leaves the frontier if it is of the same " +
      "sender, or if the sender of the one that joins had seen it (it is not among what was not seen, " +
      "causal-broadcast.take).",
    "A message stays in the frontier all the same if its sender knew that the sender of the one that joins had been " +
      "removed. What it knew is taken as of its last message that the broadcast has processed, those of this packet " +
      "included. So it heals once too often now and then, and never too seldom.",
    "If our own message, a rekey too, joins the frontier, the frontier is it alone.",
  ],
  finish: [
    "This step is for a membership as which we speak that has other members of our user in its view. If " +
      'the create or add that made it is not open (chapter "causal-broadcast"), or awaits no member of its ' +
      "view that is of another user: it removes each of those others still in view, in ascending order.",
    "This step is for a group that we do not leave, where members in the view of the membership as " +
      "which we speak have told it that they leave. If the smallest member of the view of a user who stays is " +
      "of our user: the membership removes all members in the view of users who leave, in ascending order.",
    "With the policy heal, if the frontier of the membership as which we speak has two or more and we are " + "the healer: it updates.",
    "If an operation of these three steps, of which each removal is one, is not accepted, the others are done " +
      "all the same. It is tried again whenever these steps, done again, still demand it: by step 6, or at the " +
      "end of the next step of the group. What it waits for is missing, too.",
    "If the policy delay holds and this is a step of receive or retry, the next step is left out, its repetition " +
      "too: the three first ones are done, once.",
    "For each membership that is alive, in their order, and while its queue is not empty: flush it " +
      "(causal-broadcast.flush). The envelope is a packet. Log it, and give it to our other memberships that are " +
      "alive, by deliver, whatever the verdicts (a refusal is an event). After the last: repeat from the first " +
      "step, if there was any envelope.",
    "A membership that has been removed forgets its keys (application-messages.forget-keys), frontier, " +
      "waiting messages, and who has said that it leaves.",
    "Do room in each membership that is alive. Each message that is lost is an event.",
    "The log is bounded, as the second step of log says.",
    "A packet that the log has is not kept a second time by memberships that hold it; if the log loses " + "it, they " + "keep it.",
    "Events are `left` and `joined`, or `member-changed`, as the table says. The users in the view of the membership " +
      "as which we speak are compared with those before the step: who was not there was added, who no longer is was " +
      "removed. If we have joined, nobody was there before. If we have left, nobody is removed.",
    "Of the events of this step that are equal only the first is told. So it is for envelopes that are refused: " +
      "of one member, one number and one clause there is one event in a step.",
  ],
})

/** How much a log may have: in all, and in the strangers' share while we have a membership. */
export const maximumLog = { all: 1 << 20, strangers: 256 << 10 } as const
/** With how many bytes a packet of the log counts at least. */
export const leastLogged = 4096
/** The most groups of which there is only a log. */
export const maximumStrangers = 64
/** Of how many messages of a group it is known that they were told. */
export const maximumTold = 1024
/** How many bytes the application messages count that wait in a membership: in all, and in the strangers' share. */
export const maximumWaiting = { all: 4 << 20, strangers: 256 << 10 } as const
/** With how many bytes a message that waits counts at least. */
export const leastWaiting = 4096

/** What goes over the network. */
export const Packet = oneOf("packet", [Envelope, ApplicationMessage])
export type Packet = ValueOf<typeof Packet>

/**
 * The longest payload of the application, in bytes: with it, the content is a payload of the chapter
 * "application-messages".
 */
export const maximumData = maximumPayload - 16

/** A payload of the application. */
export const Data = message("data", 0, { payload: bytes(0, maximumData) })
/** Notes to be compared. */
export const NotesContent = message("notes-to-compare", 1, { notes: Notes })
/** The wish of a member to leave. */
export const LeaveContent = message("leave", 2, {})
/** What an application message carries. */
export const Content = oneOf("content", [Data, NotesContent, LeaveContent])
export type Content = ValueOf<typeof Content>

/** What an application is told. */
export const Event = oneOf("event", [
  message("joined", 0, { group: GroupId }),
  message("left", 1, { group: GroupId }),
  message("user-added", 2, { group: GroupId, user: UserId }),
  message("user-removed", 3, { group: GroupId, user: UserId }),
  message("message", 4, {
    group: GroupId,
    user: UserId,
    member: MemberId,
    seq: Seq,
    index: uint(0, 0xffffffff),
    former: uint(0, 1),
    payload: bytes(0, maximumData),
  }),
  message("messages-lost", 8, { group: GroupId, user: UserId, member: MemberId, seq: Seq, count: uint() }),
  message("message-refused", 9, {
    group: GroupId,
    user: nullable(UserId),
    member: MemberId,
    seq: Seq,
    index: uint(0, maximumMessages - 1),
    clause: printable(1, 128),
  }),
  message("chain-differs", 10, { group: GroupId, user: UserId, member: MemberId, seq: Seq }),
  message("envelope-refused", 12, {
    group: GroupId,
    user: nullable(UserId),
    member: MemberId,
    seq: Seq,
    clause: printable(1, 128),
  }),
  message("chain-uncompared", 11, { group: GroupId, user: UserId, member: MemberId, seq: Seq, count: uint() }),
  message("equivocation", 5, { group: GroupId, user: UserId, member: MemberId, members: listOf(MemberId, 1, 65_536) }),
  message("member-changed", 6, { group: GroupId, member: MemberId }),
  message("leaving", 7, { group: GroupId, user: UserId }),
])
export type Event = ValueOf<typeof Event>
