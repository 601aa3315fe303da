/**
 * # Key agreement (DCGKA)
 *
 * Members of a group agree on keys without a server and without agreeing on an order. Each control message gives its
 * sender a new **update secret** that all members as of that message know, and nobody else; application messages are
 * encrypted under keys made from it. (CCS 2021 section 6; ePrint 2020/1281 section 7, definition 7 and figure 4.)
 *
 * - **create** and **remove** and **update** send a fresh seed to each recipient. From it every recipient gets a new
 *   update secret of the sender, and, when they acknowledge, of each other member: the group is rekeyed.
 * - **add** sends the new member a **welcome** with the history and the sender's ratchet. The other members answer by
 *   sending theirs.
 * - **ack** and **add-ack** are the answers. An ack that brings direct messages is called **forward**; what is said of
 *   acks is said of it too.
 *
 * ## Messages
 *
 * An operation gives a **control message** for everybody and **direct messages**, each for one member. A direct message
 * travels with its control message and is processed in the same step. It is a message of the channel between the two
 * members, with the bytes of the control message as `outer`.
 *
 * The sender of a control message is authenticated outside of this chapter, and the messages of one sender arrive
 * complete and in order; what comes too early is answered *waiting*, what comes again *ignored*. A message must come
 * after what it acknowledges. More order is not needed (ePrint 2020/1281 section 8.1).
 *
 * Members who are honest and process the same messages derive the same update secrets, however additions, removals and
 * updates are concurrent. This is proved in `spec/proofs/UpdateSecrets.v`, with secrets as terms; who cannot derive
 * them is not.
 *
 * ## Views
 *
 * What is **recorded**, as operations of the chapter "group-membership", is creates, removes, adds and the
 * acknowledgements of these: an ack or add-ack of a create, remove or add is an `ack`. Updates, their acks, and acks of
 * acks are not. A create, remove or add that was recorded **is in the history**; an ack never is. **The sender's view**
 * of a control message is the sender's view as of that message, the message itself included. **Our view** is the
 * members after everything in the history. A message **is recorded** when it, as an operation, has been appended.
 *
 * A sender's view is asked for while its message is being processed, so it is the view as of its last operation so far,
 * and of a create, remove or add also later. So the history can be kept without acks, as the chapter "group-membership"
 * describes. Of an update, something else is kept, of which more below.
 *
 * > **Erratum F1** (ePrint 2020/1281 figure 4, process-seed; also called DGM-1). As printed, a member that processes a
 * > removal takes its own view before its own acknowledgement is recorded, and so forwards its member secret to the
 * > very user who was just removed, with no concurrency at all: A removes B from {A, B, C}; C forwards to B; B follows
 * > C's update secrets from there on. Here the own acknowledgement is recorded first. Vector:
 * > `key-agreement/f1-nothing-for-the-removed`.
 *
 * > **Erratum F2** (figure 4, process-seed). A member that is not a recipient acknowledges, but as printed does not
 * > record its own acknowledgement, and its view stays behind: A adds D, B concurrently removes C; D still has C as a
 * > member and will send C its next seed. Here every acknowledgement is recorded by its sender too. Vector:
 * > `key-agreement/f2-non-recipient-records-its-ack`.
 *
 * > **Erratum F3** (figure 4, process-add). As printed, everybody answers an add with its ratchet, also when the adder
 * > was concurrently removed, so that the added user is not a member for those who know of both: A adds C, B
 * > concurrently removes A; B gives C its ratchet. Here the ratchet is sent only to a member of our view; the add-ack
 * > itself is sent in any case. Vector: `key-agreement/f3-no-ratchet-for-a-cancelled-addition`.
 *
 * > **Erratum F7** (figure 4, process-ack). As printed, an acknowledgement is used also by those whom its sender did
 * > not have as members. Here such a message is recorded and gives no secret. Put back literally into process-ack,
 * > the erratum changes nothing that a case or a schedule shows, because additions are unique: whoever has a member
 * > secret of the ack's sender was a recipient, and that sender had it as a member (chapter "annex"). What is shown
 * > is the rule, of adds and add-acks. Vector: `key-agreement/f7-no-secret-without-view`.
 *
 * > **Erratum S1** (theorem 8 and the predicate dom-safe). An update or a remove does not reach a member that is added
 * > concurrently, and so does not rekey it: A adds D, B concurrently removes C; C, who does not know yet, handles the
 * > add and so knows D's ratchet; B's seed does not reach D; whatever D sends, C can follow, though it was removed,
 * > until D gets a seed that C does not have. The same goes for an update, which then does not heal what D's ratchet
 * > was made from. The proof's step that the challenged secret depends on the seed of the removal is false for D. Here
 * > D, who notices that it is no recipient, sends an update of its own at once. Such an update may meet a further
 * > addition; each round names the members it missed, so it ends. Vector: `key-agreement/s1-rekey-after-a-removal`.
 *
 * ## Whose acknowledgements of an update are to come
 *
 * Everybody who processes an update acknowledges it once. Who that will be is kept from the moment at which we send or
 * process the update until all have acknowledged it:
 *
 * - The recipients: the members of the sender's view but the sender.
 * - Members that an add brings in of which the sender did not know; they process the update as no recipients. Who added
 *   them had not processed the update: otherwise its acknowledgement would have come before its add, and we would have
 *   processed the update before that add.
 * - Members that are added later by somebody whose acknowledgement of the update is still to come. Whoever adds after
 *   its acknowledgement has covered the update in its welcome, and the new member never processes it.
 *
 * What the sender of the update knew is kept with it: so the recipients are known later, too.
 *
 * Nobody else acknowledges it. Take a member that is not in the sender's view although the sender knew of its addition:
 * then the sender knew of its removal, too. That removal comes before the update, so the member has left when the
 * update reaches it. So an acknowledgement of an update can be checked without keeping who has acknowledged what. Of a
 * create, remove or add the history itself says who has acknowledged it: who knows it.
 *
 * A new member does not learn of the updates that its welcome covers, and need not. Its adder has acknowledged these
 * updates before the add. So whoever has processed the add has processed and acknowledged them, too. Whoever has still
 * to acknowledge one of them does not have the new member as a member then: its acknowledgement has nothing for the new
 * member, which lets it pass.
 *
 * Who was removed may never acknowledge what it was a recipient of. Such an update is kept until the group is left,
 * like the member secrets for one who was removed. What this section says is proved in
 * `spec/proofs/Acknowledgements.v`.
 *
 * ## For whom direct messages are
 *
 * Which members a control message has direct messages for follows from the views. Everybody is shown for whom they are,
 * and everybody checks it, not only those whom it concerns. So nobody can give a seed to one whom the others do not
 * have as a member, or leave out one whom they have, without being refused by all alike.
 *
 * | control message | members with a direct message | it carries |
 * | --- | --- | --- |
 * | create, update, remove | the sender's view without the sender | the seed, 32 bytes |
 * | add | the added member | the encoding of `Welcome` |
 * | ack of a create, update or remove | of the sender's view as of the ack, those that are not in the view of the acknowledged message, if the ack's sender is in the latter; if there are any, it is a forward | the sender's member secret, 32 bytes |
 * | ack of an add | none (by the rule above; the added member has its adder's view) | |
 * | add-ack | the added member, if it is in the sender's view | the sender's ratchet and its confirmation, 64 bytes |
 *
 * > **Addition** (Conclave). In the paper only the recipient of a direct message learns whether it got one. A new
 * > member with a false history then sends its seeds to somebody whom nobody else has as a member, and no one sees it.
 *
 * ## Commitments
 *
 * A create, an update and a remove commit to their seed:
 *
 * ```text
 * commitment = HKDF-Expand(HKDF-Extract(salt = "", seed), CBOR([ "conclave/1 commitment", group, sender, seq ]), 32)
 * ```
 *
 * Who is given another seed than the others refuses the message, and knows who lied. The others go on. An add commits
 * in the same way, with the added member's first member secret in the place of the seed: everybody who has the sender's
 * ratchet makes that secret from it, and the new member makes it from the ratchet in its welcome.
 *
 * An acknowledgement commits in the same way to what it hands over: a forward to the member secret that it forwards, an
 * add-ack to the ratchet that it brings. Who is given something else refuses it. And whoever the sender has as a member
 * has the same ratchet of it, and keeps the same member secret of it, so all of them compare the commitment with their
 * own, and refuse a false one. Not all acks commit, since most bring nothing, and they are most of what is sent.
 *
 * A commitment tells nothing of what it commits to: that is 32 bytes that nobody can guess, never the empty ratchet,
 * because every member has fed its ratchet with its first message. A liar can still hand over something false and
 * commit to it. Then all refuse it but the one to whom it is handed over, who has nothing to compare it with.
 *
 * > **Addition** (Conclave). In the paper a sender can give two recipients different seeds. Their ratchets part, and
 * > stay apart whatever anybody sends later, because each state of a ratchet depends on the one before. Nobody can be
 * > blamed.
 *
 * ## The digest of a history
 *
 * Each change has a digest, which depends on the change and on all that is before it:
 *
 * ```text
 * digest of a change  = SHA-256(CBOR([ "conclave/1 change", group, change, heads ]))
 * digest of a history = SHA-256(CBOR([ "conclave/1 history", ...heads ]))
 * ```
 *
 * `change` is the encoding of `Change` (chapter "group-membership") as a byte string; the members of a create ascend in
 * it. In the first array the heads are one element, a list; in the second each is an element of its own. The **heads**
 * of what somebody knows are the digests of those changes that are before no other known change, in ascending order; of
 * a change they are the heads of what its sender knew before it. The digest does not depend on the order in which
 * concurrent changes came.
 *
 * An add carries the digest of the history that its sender knew before it. Everybody who processes the add checks it,
 * and the new member compares it with its welcome. So a welcome has the history that the others know, or the add is
 * refused by them all.
 *
 * A user who is added while it is a member already, through somebody who did not know, is another member from then on,
 * with a state of its own: the first one answers that add like any other, on a channel with a member made of its own
 * user. Which of the two a user speaks as is the business of the layers above.
 *
 * So each addition makes a member of its own with a state of its own, as the CCS text assumes. What the paper does when
 * a user is added by two at once, or again after its removal, and where that fails, stands in the chapter "annex" as
 * errata F8 and O1 to O3. When a message may be processed is said by the steps of key-agreement.process; what is wrong
 * with the paper's game on this is erratum F10 there.
 *
 * Member secrets that are kept for one who was removed stay until the group is left: its acknowledgements may still be
 * under way, and this chapter cannot tell when they no longer are. The same goes for its ratchet, and for the channel
 * with it (chapter "causal-broadcast", "Former members").
 *
 * ## Waiting for key bundles
 *
 * Whoever has to send to a member for the first time needs a key bundle of its user: the adder, everybody who answers
 * an add, everybody who forwards, and every new member. Until it has one, the operation or the message waits, and so
 * does everything that comes after that message. So a user sees to it that enough of its bundles are to be had before
 * it is added. A group in which some member can get none of a new member's bundles is stuck for that member.
 *
 * ## What a new member takes on trust
 *
 * A welcome has the history without acks: the changes, with what each sender did not know, and what the members knew as
 * of their last messages (chapter "group-membership", "A history without acks"). All those that the adder has seen a
 * message of know all changes before the add, unless the welcome says otherwise; all others have sent nothing, and know
 * nothing; the add itself only its sender knows. So a welcome grows by some 40 bytes with each change of membership,
 * and by as much with each former member, but not with the acknowledgements. It has to fit into one message of 1 MiB,
 * which leaves room for some 10,000 changes; an add whose welcome does not fit is refused (channel.payload-length).
 *
 * What somebody knows has to be closed: whatever is before a known change is known. To see that, it is enough to look
 * at the latest known change, and at each known change that is not before that one: of each of these, whatever is
 * unknown at a lower position has to be among its `unknown` too. (What is before the latest known change has been
 * checked when that change was.) Where nothing is unknown there is nothing to look at. So the check takes time in
 * proportion to the length of the welcome for what honest members send, and not much more for anything else.
 *
 * A new member checks the history in its welcome for form, and compares it with the digest in the add, which all others
 * check too. Likewise the layer above has in the add a digest, which all others check, of what its adder has
 * acknowledged of each member, and of the members' signing keys (chapter "causal-broadcast", "Cuts"). So the new member
 * acknowledges nothing that its adder has acknowledged already. The adder's ratchet is what the add commits to.
 *
 * What remains to be believed is: which acknowledgements of each member the adder has seen, and so what the others knew
 * as of their last messages, the numbers of these messages, and what else the layer above attaches. An adder who lies
 * there harms its new member, and nobody else: the new member refuses a message of an honest member, or waits for one
 * that was sent before its addition. Each member's add-ack brings a **confirmation** under its own identity, which
 * shows such a lie. Until a member has confirmed, the new member has its adder's word for this, and blames nobody
 * alone.
 *
 * ## Clean up
 *
 * A seed is deleted when the member secrets have been derived, a member secret when it has been fed to a ratchet, a
 * ratchet state when there is a next one. A member whose view does not contain it any more has been removed: it deletes
 * every secret of the group, keeps the history, and sends and takes nothing more.
 *
 * ## State
 *
 * | state | content |
 * | --- | --- |
 * | keys, contacts | the user's key store, and by user its identity keys and key bundles (chapter "key-bundles"): the **keyring**, one for all groups of the user |
 * | group, me | the group and our member, once we have joined |
 * | removed | whether we have been removed |
 * | users | by member: the user it was made of |
 * | history | the operations recorded, without the acks: the changes with what their senders did not know, and by sender what it knew as of its last operation |
 * | seen | by member: the number of its last message processed; for ourselves the number of the last message we made, which making a control message counts up |
 * | updates | in the order in which they were processed: sender and number of each update whose acknowledgements are not all there, the members whose are to come, in ascending order, and what the sender knew as of it |
 * | ratchets | by member: the state of its ratchet, 32 zero bytes when there is none |
 * | member secrets | by message (sender, number) and member: kept until that member's acknowledgement of the message |
 * | channels | by member: the channel with it; opened (channel.open) when first needed |
 *
 * @module
 */
import { check, declareClauses, declareSteps, provedBy, rule, shownBy, theorems } from "../conventions/clauses.ts"
import { bytes, listOf, message, nullable, oneOf, record, table, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { GroupId, GroupNonce, Key, MemberId, Seq, UserId } from "../conventions/identifiers.ts"
import { Knowledge, Position, Remove } from "./group-membership.ts"

export const clauses = declareClauses("key-agreement", {
  "joined-once": check(
    "MUST",
    "One who is or was a member creates no group, and is not created again, in the same state.",
    "ePrint 2020/1281 definition 7",
  ),
  joined: check("MUST", "Only a member adds, removes or updates.", "ePrint 2020/1281 definition 7"),
  removed: provedBy(
    theorems("KeyAgreement", "removed_for_good"),
    check("MUST", "Who has been removed itself sends and takes nothing more.", "ePrint 2020/1281 section 5"),
  ),
  group: check("MUST", "A control message is processed only in the group that it names.", "Conclave"),
  "own-message": check("MUST", "A message in our own name that we did not send is refused.", "Conclave"),
  "sender-member": provedBy(
    theorems("KeyAgreement", "added_is_in"),
    check(
      "MUST",
      "The sender is a member in its own view as of the message, and began with the ack of the create or add that brought it in.",
      "ePrint 2020/1281 section 5",
    ),
  ),
  "create-users": check(
    "MUST",
    "A create names each user once, and at most 1,024: its sender's first, and the others in ascending order.",
    "ePrint 2020/1281 definition 7",
  ),
  "group-id": check("MUST", "The group that a create names is that of its creator's signing key, its users and its nonce.", "Conclave"),
  "create-sender": check(
    "MUST",
    "A create has the sequence number 1, and its sender is the member made of the first user it names.",
    "Conclave",
  ),
  "add-history": check(
    "MUST",
    "An add carries the digest of the history that its sender knows, and its welcome has that history.",
    "Conclave",
  ),
  "add-new": check("MUST", "Nobody adds a user who is a member in the sender's view already.", "CCS 2021 section 2.1"),
  "remove-member": check("MUST", "Nobody removes one who is not a member in the sender's view.", "ePrint 2020/1281 definition 7"),
  "remove-other": check("MUST", "Nobody removes itself.", "ePrint 2020/1281 definition 7"),
  "ack-other": check("MUST", "Nobody acknowledges a message of its own.", "ePrint 2020/1281 figure 4"),
  "ack-kind": check(
    "MUST",
    "An ack is of a create, update or remove, or by the added member of its add; an add-ack is of an add, " +
      "by another than the added member.",
    "ePrint 2020/1281 figure 4",
  ),
  "ack-unsent": check("MUST", "Nobody acknowledges a message that was not sent.", "ePrint 2020/1281 section 5"),
  "ack-once": provedBy(
    [
      ...theorems("KeyAgreement", "who_knows_has_acknowledged", "nobody_else_acknowledges"),
      ...theorems("Acknowledgements", "on_the_list", "whom_it_awaits", "acknowledges_rightly", "acknowledges_all", "nothing_for_the_new"),
    ],
    check("MUST", "Nobody acknowledges one message twice, or one that it need not acknowledge.", "ePrint 2020/1281 figure 4"),
  ),
  "ack-complete": provedBy(
    [
      ...theorems("KeyAgreement", "one_change_a_message", "comes_in_by_its_addition"),
      ...theorems("Acknowledgements", "at_once", "at_once_there"),
    ],
    check(
      "MUST",
      "Whoever acknowledges a message knows all changes that are before it, and has acknowledged the earlier updates of its sender.",
      "ePrint 2020/1281 section 5",
    ),
  ),
  recipients: check(
    "MUST",
    "A control message brings direct messages for exactly the members that its sender's view demands.",
    "ePrint 2020/1281 figure 4",
  ),
  commitment: check(
    "MUST",
    "A seed, the first member secret of an added member, and what an acknowledgement hands over, is what its control " +
      "message commits to.",
    "Conclave",
  ),
  "secret-length": check("MUST", "A seed and a member secret are 32 bytes, and what an add-ack brings its new member is 64.", "Conclave"),
  "welcome-history": provedBy(
    [
      ...theorems("MembershipClosed", "is_closed_right", "kept_passes", "kept_passes_changes"),
      ...theorems("MembershipRealisable", "realisable"),
    ],
    check(
      "MUST",
      "The history in a welcome could have been recorded: it begins with its only create, numbers of a " +
        "sender rise, and everybody knows its own changes and whatever is before what it knows. It ends with " +
        "the add, has the added member as a member, and makes the add's sender of the user that sent the " +
        "welcome.",
      "Conclave",
    ),
  ),
  "welcome-seen": check(
    "MUST",
    "The counts of seen messages in a welcome cover the history, have the number of the add for its " +
      "sender, and nothing for its reader.",
    "Conclave",
  ),
  "nobody-outside": rule(
    "MUST",
    "Nothing is ever encrypted to one who is not a member in our view.",
    "ePrint 2020/1281 section 7; errata F1, F3",
  ),
  "own-ack-first": rule("MUST", "The own acknowledgement is recorded before the own view is taken.", "erratum F1"),
  "record-every-ack": provedBy(
    theorems("Recorded", "recorded_views"),
    rule("MUST", "Every acknowledgement of a create, remove or add is recorded, by its sender too, and by non-recipients.", "erratum F2"),
  ),
  forward: provedBy(
    theorems("UpdateSecrets", "update_secrets_agree"),
    rule(
      "MUST",
      "Whoever acknowledges a seed sends its member secret to each member of its view that the seed's sender did not have.",
      "ePrint 2020/1281 figure 4",
    ),
  ),
  "no-view-no-secret": provedBy(
    theorems("UpdateSecrets", "update_secrets_one"),
    rule("MUST", "A message whose sender does not have us as a member gives no secret, and leaves the ratchets alone.", "erratum F7"),
  ),
  "cancelled-addition": rule(
    "MUST",
    "An add is answered by an add-ack also when the added user is not a member in our view, but then " + "without the ratchet.",
    "erratum F3",
  ),
  wipe: shownBy(
    "reference/dcgka/test/secrets.test.ts",
    rule("MUST", "A member that is not in its own view any more deletes all secrets of the group.", "CCS 2021 section 2.1"),
  ),
  rekey: rule(
    "MUST",
    "Whoever acknowledges an update or a remove as a non-recipient sends an update of its own right after " +
      "that acknowledgement, before anything else.",
    "erratum S1",
  ),
  "delete-used": rule(
    "MUST",
    "A seed, a member secret and a replaced ratchet state are deleted when they have been used.",
    "ePrint 2020/1281 section 7",
  ),
})

export const steps = declareSteps("key-agreement", {
  create: [
    "If we have joined, also when we have been removed since: refused (key-agreement.joined-once).",
    "If a user is named twice, or we name ourselves, or there would be more than 1,024 with us: refused " + "(key-agreement.create-users).",
    "Draw the nonce, `group`, 16 bytes. The users of the create are our own, then those named, in " +
      "ascending order. Compute the group's identifier (identifiers.group-id) with our public signing key, " +
      "and each member's identifier (identifiers.member-id), with no adder.",
    "Make the control message create with our sequence number 1, and do send-seed with it.",
  ],
  update: ["By act.", "Make the control message update with our next sequence number, and do send-seed with it."],
  remove: [
    "By act.",
    "If the member to remove is we ourselves: refused (key-agreement.remove-other).",
    "If it is not in our view: refused (key-agreement.remove-member).",
    "Make the control message remove with our next sequence number, and do send-seed with it.",
  ],
  add: [
    "By act.",
    "If a member of our view is of this user: refused (key-agreement.add-new).",
    "Make the control message add with our next sequence number and the digest of the history that we " +
      "know. It commits to the update secret that `welcome` fed to our ratchet would give. It adds the " +
      "member with the identifier made of our own, that number and the user.",
    "Record the message.",
    "Send the added member a direct message with the welcome (key-agreement.make-welcome).",
    "Do take-addition with ourselves as the sender: our new update secret is the result.",
  ],
  "make-welcome": [
    "The changes of the history in their order, this add the last, each with its `unknown`. The create " +
      "has the users, the signing key and the nonce that it had.",
    "The knowledge of each member but us of which a message was seen and that misses a change before this add.",
    "By member the number of its last message seen; for ourselves that of this add.",
    "Our ratchet as it is before this add, and what the layer above sends along, the attachment.",
  ],
  act: ["If we have not joined: refused (key-agreement.joined).", "If we have been removed: refused (key-agreement.removed)."],
  "send-seed": [
    "Draw the seed, `seed/{me}/{seq}`, 32 bytes. The message carries the commitment to it.",
    "Record the message, if it is a create or a remove.",
    "The recipients are the members of our view but us. Send each of them the seed in a direct message, " +
      "in ascending order of the members. If the message is an update, do await with it.",
    "Do take-seed with ourselves as the sender: our new update secret is the result.",
  ],
  "take-seed": [
    "Derive the member secret (ratchet.member-secret) of each recipient, in ascending order, then of the " +
      "sender, from the seed, and delete the seed. The recipients are the members of the sender's view but " +
      "the sender (for a message of our own that is our view). Keep their secrets, our own among them.",
    "Feed the sender's member secret to the sender's ratchet (ratchet.update). The update secret is the sender's.",
  ],
  "take-addition": [
    "Feed `welcome` to the sender's ratchet (ratchet.update). The update secret is the member secret of " +
      "the added member for this message; keep it.",
    "If the commitment to that secret is not the one in the message: refused (key-agreement.commitment).",
    "Feed `add` to the sender's ratchet. The update secret is the sender's.",
  ],
  process: [
    "Decode the control message (encoding.decode).",
    "If we have not joined: a create is processed by process-create, and an add of our user by " +
      "process-welcome; for everything else: waiting to join the group that the message names.",
    "If it names another group than ours: refused (key-agreement.group).",
    "If we have been removed: refused (key-agreement.removed).",
    "If its sequence number is not above the last one seen of its sender: ignored.",
    "If the sender is we ourselves: refused (key-agreement.own-message).",
    "If messages of the sender between the last one seen and this one are missing: waiting for the first of them.",
    "If it is an ack or add-ack of a message of ours that we have not sent: refused " +
      "(key-agreement.ack-unsent). If it is one of a message of somebody else than ourselves and the " +
      "sender, which we have not seen: waiting for the acknowledged message itself, also when others before " +
      "it are missing too.",
    "If it is a create: refused (key-agreement.joined-once). If it is a remove of its sender: refused " + "(key-agreement.remove-other).",
    "Record it, unless it is an update, or the ack or add-ack of a message that is not in the history. If " +
      "the sender is not in the sender's view, or this is its first message and not the ack (or forward) of the " +
      "create or add that brought it in: refused (key-agreement.sender-member).",
    "Check it by check-remove, check-add or check-ack, as its kind is.",
    "Check for whom direct messages came with it, by check-recipients.",
    "Note it as seen, and do await with it. If it acknowledges a message of ours: our messages up to that " +
      "one are processed on the channel with its sender (channel.processed); the mark of a direct message " +
      "is the number of its control message. If we are not in our view any more: do leave, and the " +
      "operation ends here.",
    "Go on with process-seed for an update or a remove, with process-add, process-ack or process-add-ack " + "for the others.",
  ],
  "check-remove": [
    "If the member removed is not in the view of the sender as of the message before this one: refused " + "(key-agreement.remove-member).",
  ],
  "check-add": [
    "If a member of the view of the sender as of the message before this one is of the user added: " + "refused (key-agreement.add-new).",
    "If its digest is not that of the history that the sender knew as of the message before this one: " +
      "refused (key-agreement.add-history).",
  ],
  "check-ack": [
    "If the message acknowledged is the sender's own: refused (key-agreement.ack-other).",
    "If what is acknowledged is in the history: an ack must be of a create, of a remove, or of the add by " +
      "which its sender was added; otherwise refused (key-agreement.ack-kind). An add-ack must be of an add " +
      "by which somebody else was added; otherwise refused (key-agreement.ack-kind).",
    "If what is acknowledged is not in the history, it counts as an update; it may be an ack or add-ack, " +
      "which cannot be told apart any more. An add-ack of it is refused (key-agreement.ack-kind).",
    "If what is acknowledged is in the history, and the sender knew it as of the message before this one: " +
      "refused (key-agreement.ack-once). Before its first message a member knew nothing.",
    "If what is acknowledged is not in the history, we are in the sender's view, and it is no update " +
      "whose acknowledgement by the sender is to come: refused (key-agreement.ack-once).",
    "If the acknowledgement by the sender of an update with a lower number, by the member whose message " +
      "is acknowledged, is to come: refused (key-agreement.ack-complete).",
    "If there is a change before the message acknowledged that the sender did not know as of the message " +
      "before this one: refused (key-agreement.ack-complete). This is not asked of the sender's first " +
      "message, nor of an ack of an update that is not kept. (After its first message a sender knows the create at least.)",
  ],
  "check-recipients": [
    "Of a create, an update and a remove the recipients are the members of the sender's view but the " +
      "sender. If direct messages came for other members, or not for all of these, or two for one of them: refused " +
      "(key-agreement.recipients); so in the steps below.",
    "Of an add the recipient is the added member.",
    "Of an add-ack the recipient is the added member if it is in the sender's view; otherwise there is none.",
    "Of an ack of an update that is not kept: if a direct message for us came with it: refused " +
      "(key-agreement.recipients). Those for others are not looked at. Step 5 is passed over; go on with step 6.",
    "Of any other ack two views count: that of its sender as of the ack, and that of the acknowledged " +
      "message's sender as of that message. If the ack's sender is in the second one, the recipients are " +
      "the members of the first that are not in the second, without the ack's sender. If it is not, there " +
      "is none.",
    "If an ack that is no forward brings a direct message, or a forward brings none, or an add-ack brings one and does " +
      "not commit, or commits and brings none: refused (key-agreement.commitment).",
  ],
  await: [
    "If it is an update, acknowledgements of it are to come from the members of the sender's view. They are also " +
      "to come from those brought in by an add in the history that the sender did not know as of the update, in " +
      "our view or not. They are not to come from the sender or from ourselves.",
    "If it is an update, keep with it the members whose acknowledgements are to come, and what its sender " +
      "knew as of it. If there are no such members, nothing is kept.",
    "If it is an add: in every update for which the acknowledgement by the add's sender is to come, that " +
      "of the added member is to come too.",
    "If it is an ack of an update: the acknowledgement by its sender is not to come any more. An update " +
      "for which none is to come is kept no longer.",
  ],
  leave: [
    "Delete all ratchets, member secrets and channels, and keep the rest. Give that we were removed; " +
      "there is no response and no secret.",
  ],
  "process-create": [
    "Check it by check-create.",
    "If our user is the first of those named: refused (key-agreement.own-message). If it is not among " +
      "them: waiting to join the group that the message names.",
    "If we have no contact with the first user named: waiting for a bundle of that user. If the contact " +
      "has another signing key than the message: refused (key-agreement.group-id).",
    "We are the member made of our user. Record the message, check for whom direct messages came with it, " +
      "by check-recipients, note it as seen, and go on with process-seed.",
  ],
  "check-create": [
    "If the users after the first are not in ascending order, or the first is among the others: refused " + "(key-agreement.create-users).",
    "If the group is not the one made of its signing key, its users and its nonce (identifiers.group-id): " +
      "refused (key-agreement.group-id).",
    "If the sequence number is not 1, or the sender is not the member made of the first user named: " +
      "refused (key-agreement.create-sender).",
  ],
  "process-seed": [
    "If there is no direct message for us, we are no recipient. Do acknowledge without a secret. Then " +
      "make the control message update with our next sequence number, and do send-seed with it: it is the " +
      "rekey, and its update secret is ours. The operation ends here.",
    "Receive it on the channel with the sender (channel.receive). If the payload is not 32 bytes: refused " +
      "(key-agreement.secret-length). It is the seed.",
    "If the commitment to the seed is not the one in the message: refused (key-agreement.commitment).",
    "Do take-seed: the sender's update secret is the result.",
    "Do acknowledge with our member secret for this message.",
  ],
  acknowledge: [
    "The ack has our next sequence number. Record it, if it is of a create, remove or add.",
    "If we have a secret, it is for each member of our view that is not in the view of the acknowledged message's " +
      "sender as of that message, but not for ourselves. If we have none, it is for nobody.",
    "If it is for nobody: make the control message ack. Otherwise make the control message forward, which commits to " +
      "the secret, and send the secret in a direct message to each of these members, in ascending order.",
    "If we have a secret: feed it to our ratchet (ratchet.update) and delete it. The update secret is ours.",
  ],
  "process-ack": [
    "If we are not in the sender's view: the operation ends here, with no secret.",
    "If a member secret is kept for the sender and the acknowledged message: take it, and delete it.",
    "Else, if there is no direct message for us: the ack's sender was no recipient of the acknowledged " +
      "message, and the operation ends here, with no secret.",
    "Else receive it on the channel with the sender (channel.receive). If the payload is not 32 bytes: " +
      "refused (key-agreement.secret-length). It is the secret.",
    "If the message is a forward, and its commitment is not to the secret: refused (key-agreement.commitment).",
    "Feed the secret to the sender's ratchet (ratchet.update). The update secret is the sender's.",
  ],
  "process-add": [
    "If we are in the sender's view: do take-addition: the sender's update secret is the result.",
    "The add-ack has our next sequence number. Record it.",
    "If the added member is in our view, make the control message add-ack with the commitment to our ratchet; " + "otherwise with none.",
    "If the added member is in our view: send it, in a direct message, our ratchet followed by the " +
      "confirmation that the layer above gives, 32 bytes; 32 zero bytes if it gives none.",
    "Feed `add` to our ratchet (ratchet.update). The update secret is ours.",
  ],
  "process-add-ack": [
    "If there is a direct message for us: receive it on the channel with the sender (channel.receive). If " +
      "the payload is not 64 bytes: refused (key-agreement.secret-length). The first 32 bytes are the " +
      "sender's ratchet; the others are its confirmation, which is a result.",
    "If it commits, we are in the sender's view, and the commitment is not to the sender's ratchet as we have it: " +
      "refused (key-agreement.commitment).",
    "If we are in the sender's view: feed `add` to the sender's ratchet (ratchet.update). The update " + "secret is the sender's.",
  ],
  "process-welcome": [
    "We are the member made of the sender, the sequence number and our user. If there is no direct " +
      "message for us, or one for anybody else: refused (key-agreement.recipients).",
    "Decode the direct message (encoding.decode); if it is not a first contact: refused " +
      "(channel.key-held). Receive it (channel.receive) on a new channel with the sender, whose user is the " +
      "one that the first contact names.",
    "Decode the welcome (encoding.decode); what is no welcome is malformed, as any message.",
    "Check its changes by check-changes.",
    "If the last of them is not the add, or there is one that the add's sender did not know: refused " + "(key-agreement.welcome-history).",
    "If we are not in our view after all of them, or the add's sender was not made of the user that the " +
      "first contact named: refused (key-agreement.welcome-history).",
    "Of each sender of a change: if there is no count of its seen messages, or one lower than its highest number " +
      "in the history: refused (key-agreement.welcome-seen). So too if the add's sender has another count than " +
      "the add's number, or if we have one. A count of one whom no change brings in is taken over as any.",
    "Check what the members know by check-knowledge.",
    "Take over history, counts and the sender's ratchet. The add's sender knew everything as of its last " +
      "message. All others with a count knew what the welcome says, or else all changes before the add; the " +
      "number of their last operation, for membership.append, is their count, or any lower one.",
    "If the digest of the changes before the add is not the one in the add: refused (key-agreement.add-history).",
    "Do take-addition: the sender's update secret is the result. Do acknowledge with our member secret " +
      "for this message. The attachment is a result too.",
  ],
  "check-changes": [
    "If the first change is no create, or another one is: refused (key-agreement.welcome-history). If the " +
      "create is refused by check-create: refused (key-agreement.welcome-history).",
    "Of each change: if its `unknown` does not ascend, or names a position that is not lower than its " +
      "own: refused (key-agreement.welcome-history).",
    "If there is an earlier change of the same sender, and its number is not lower, or it is among those " +
      "unknown: refused (key-agreement.welcome-history).",
    "If it is not the create, and has the number 1: refused (key-agreement.welcome-history). The first " +
      "message of everybody but the creator is an ack.",
    "If what its sender knew of the changes at lower positions is not closed: refused (key-agreement.welcome-history).",
  ],
  "check-knowledge": [
    "Of the knowledge of each member: if there is no count of seen messages for it: refused " + "(key-agreement.welcome-history).",
    "If `length` is larger than the position of the add, or `unknown` does not ascend, or names a " +
      "position that is not lower than `length` - 1, or the member misses no change before the add: refused " +
      "(key-agreement.welcome-history).",
    "If the member does not know its own last change, or what it knows is not closed: refused " + "(key-agreement.welcome-history).",
    "Of each sender of a change but the add's: if the count of its seen messages is the number of its last change, " +
      "that change is its last message. If it knows other changes than this one and all before it: refused " +
      "(key-agreement.welcome-history). Of whom the welcome has no knowledge, that one knows all changes before the add.",
  ],
})

const head = { group: GroupId, sender: MemberId, seq: Seq }

/** The largest number of users in a create. */
export const maximumUsers = 1024

/**
 * Creates the group of the members made of `users`: the sender's first, then the others in ascending order.
 * `signingKey` is the sender's identity signing key, and `commitment` is to the seed.
 */
export const CreateControl = message("create", 0, {
  ...head,
  users: listOf(UserId, 1, maximumUsers),
  signingKey: Key,
  nonce: GroupNonce,
  commitment: Key,
})
/** Rekeys the sender. */
export const UpdateControl = message("update", 1, { ...head, commitment: Key })
/** Removes `member`. */
export const RemoveControl = message("remove", 2, { ...head, member: MemberId, commitment: Key })
/**
 * Adds the member made of the sender, `seq` and `user`. `history` is the digest of what the sender knew before it,
 * `commitment` is to the new member's secret.
 */
export const AddControl = message("add", 3, { ...head, user: UserId, history: Key, commitment: Key })
/** Answers the create, update, remove, or (by the added member) add of `ofSender` numbered `ofSeq`. */
export const AckControl = message("ack", 4, { ...head, ofSender: MemberId, ofSeq: Seq })
/** Answers the add of `ofSender` numbered `ofSeq`. `commitment` is to the ratchet for the added member, null if there is none. */
export const AddAckControl = message("add-ack", 5, { ...head, ofSender: MemberId, ofSeq: Seq, commitment: nullable(Key) })
/** An ack that forwards the sender's member secret; `commitment` is to this. */
export const ForwardControl = message("forward", 6, { ...head, ofSender: MemberId, ofSeq: Seq, commitment: Key })

/** A control message. */
export const ControlMessage = oneOf("control-message", [
  CreateControl,
  UpdateControl,
  RemoveControl,
  AddControl,
  AckControl,
  AddAckControl,
  ForwardControl,
])
export type ControlMessage = ValueOf<typeof ControlMessage>

/** A create in a welcome. */
export const WelcomeCreate = message("welcome-create", 0, {
  sender: MemberId,
  seq: Seq,
  users: listOf(UserId, 1, maximumUsers),
  signingKey: Key,
  nonce: GroupNonce,
})
/** An add in a welcome: as an operation, with the user in place of the member. */
export const WelcomeAdd = message("welcome-add", 3, { sender: MemberId, seq: Seq, user: UserId })
/** A change in a welcome. */
export const WelcomeChange = oneOf("welcome-change", [WelcomeCreate, Remove, WelcomeAdd])
export type WelcomeChange = ValueOf<typeof WelcomeChange>

/** A change in a welcome, with the positions of the earlier ones that its sender did not know. */
export const WelcomeEntry = record("welcome-entry", { change: WelcomeChange, unknown: listOf(Position, 0, unlimited) })

/**
 * What a new member gets: the changes with its own addition at the end; what is known to the members that have sent
 * something and do not know all changes before the addition; for each member that has sent anything, former ones too,
 * the number of its last message seen; the adder's ratchet before the addition; and what the layer above sends along.
 */
export const Welcome = record("welcome", {
  changes: listOf(WelcomeEntry, 1, unlimited),
  known: table(MemberId, Knowledge),
  seen: table(MemberId, Seq),
  ratchet: Key,
  attachment: bytes(0, 1 << 20),
})
export type Welcome = ValueOf<typeof Welcome>
