/**
 * # Security considerations of dcgka
 *
 * Who may be dishonest, what this part promises all the same, and what it does not promise. The promises and the limits
 * are data, below: each promise names those against whom it holds, the clauses under which it is held, and the cases
 * and tests that show it. What is not promised here is not promised.
 *
 * ## Who may be dishonest
 *
 * The convention "guarantees" says what each adversary does. In this part:
 *
 * - The **network** carries packets. It may drop, repeat, reorder, change and invent them. No server is needed.
 * - A **stranger** has no key that a member knows. It sees packets, and so group and member identifiers, kinds of
 *   control messages, and who has acknowledged what: none of this is hidden.
 * - A **contact** has exchanged key bundles with a member. It can make groups of its own, and add the member to these.
 * - A **member** can send each control message that its view allows, with any lie in it, and different ones to each.
 * - A **former member** has all that it had as a member. It may go on as if it did not know of its removal.
 * - A **thief** has copied the state of an honest member at one moment, and does not have it any more.
 * - Whoever hands out key bundles is trusted to hand out those of the user that it is asked for. It can make a user
 *   unreachable, and it can put itself in a user's place where nobody compares identity keys.
 *
 * Applications, the machines they run on, and people who are shown what is written are outside of all promises.
 *
 * ## Agreement
 *
 * Members who have processed the same messages have the same view and the same secrets. Of views this is proved whoever
 * is dishonest; of secrets, of members who are all honest. Against others, secrets are bound by commitments, which
 * cases show. One who is lied to refuses, or, a new member alone, takes what all others refuse (limit
 * *wrong-secret-handed-over*). What is refused is signed by the one who lied, or by one of two of whom one has lied: an
 * adder, and a member of whom the adder has said something else than the member confirms or does. Two
 * halves of a group that were told different things cannot process each other's messages: nobody is split silently.
 * Nothing brings the halves together but people.
 *
 * ## Confidentiality before joining and after removal
 *
 * An update secret is known to the members of its sender's view, and to those for whom they forward it, who are
 * members of theirs. That a new member takes no older one is proved where all are honest; what a dishonest one can put
 * together is shown by the game and the cases alone. Everybody checks for whom the direct messages of everybody are.
 * So what a member encrypts after it has processed a removal is sealed to nobody who was removed by it, whatever the
 * removed one and its adder have told whom. The exception is known from the paper: two who are removed concurrently,
 * or two whose states were stolen before concurrent updates, can put together what they know until an update follows
 * all of that; the policy *heal* has one sent.
 *
 * ## Forward secrecy and healing
 *
 * Keys are deleted when they have been used. A stolen state gives what is awaited but not yet received, and no more of
 * the past, with two exceptions. While a user is more than one member, it may give what one of them has used and
 * another has not (limit *used-by-another*). And a chain in which messages are still to come is held, whoever writes
 * in it: a state gives what will be written in it later, until the chain has ended. An update that all have processed
 * heals what the thief could read. It heals authenticity too: control messages at once, application messages when the
 * next control message of the member has come, because it says how many messages the chain before had.
 *
 * ## Authenticity
 *
 * Control messages are signed, and bound to all that their sender has sent and to what they acknowledge. Application
 * messages are signed under the key of their chain. Deniability is not promised: signatures are transferable.
 *
 * ## Membership shown truly
 *
 * A user is shown the members of the view as which it speaks. That view is its own from its first moment on; what came
 * before is what its adder has told and all others have checked: the history, the signing keys, and what of each member
 * the adder had taken. Nobody but a member whom a living membership of a user
 * has can make that user a further membership.
 *
 * ## Availability and cost
 *
 * Any member can stop being useful to any other by sending it what does not open; the other is told who it was. A
 * member can remove others: this is a right, and how a group guards against its abuse is for the application. What one
 * packet costs is bounded by its size and by what its sender has shown to be.
 *
 * ## Metadata
 *
 * Nothing is promised. Packets show the group, the sender's member identifier, numbers, kinds, users in creates and
 * adds, and lengths.
 *
 * @module
 */
import { declareClauses, declareSteps } from "../conventions/clauses.ts"
import { declareGuarantees } from "../conventions/guarantees.ts"

export { limits } from "./security-limits.ts"

export const clauses = declareClauses("security", {})

export const steps = declareSteps("security", {})

export const guarantees = declareGuarantees("dcgka", {
  "agreement-on-views": {
    promise:
      "Members who have processed the same messages have the same view, in whatever order these came, and however " +
      "many others lie together.",
    against: ["network", "stranger", "contact", "member", "former-member", "colluding-members"],
    clauses: ["membership.members", "membership.view", "key-agreement.add-history", "causal-broadcast.withheld"],
    witnesses: [
      "spec/proofs/MembershipMembers.v#views_convergent",
      "spec/proofs/MembershipRemoval.v#view_is_local",
      "reference/dcgka/test/membership.test.ts",
      "reference/dcgka/test/broadcast.test.ts",
      "key-agreement/welcome-other-history~refused",
      "key-agreement/add-other-history~refused",
    ],
  },
  "agreement-on-secrets": {
    promise:
      "Members who have processed the same messages, and refused none, take the same update secrets, also when these " +
      "follow from what acknowledgements have handed over; the theorem is of honest members only, and the cases of " +
      "others.",
    against: ["network", "stranger", "contact", "member", "former-member"],
    clauses: ["key-agreement.commitment", "key-agreement.recipients", "ratchet.step"],
    witnesses: [
      "spec/proofs/UpdateSecrets.v#update_secrets_agree",
      "reference/dcgka/test/broadcast.test.ts",
      "key-agreement/commitment~refused",
      "key-agreement/ratchet-another~refused",
      "key-agreement/ratchet-another-committed~refused",
      "key-agreement/forward-another",
      "key-agreement/forward-another-committed~refused",
      "key-agreement/seed-for-one-less~refused",
    ],
  },
  "no-silent-split": {
    promise:
      "Members who were given different messages with one number refuse each other's acknowledgements of them, " +
      "and see in notes by whom they were told so, also while one of them withholds it (but not what comes after it).",
    against: ["member", "former-member", "thief"],
    clauses: ["causal-broadcast.split", "causal-broadcast.equivocation", "causal-broadcast.notes"],
    witnesses: [
      "broadcast/equivocation-splits",
      "broadcast/acknowledges-another~refused",
      "broadcast/notes-of-open-messages",
      "broadcast/former-in-notes",
      "broadcast/former-twin~refused",
    ],
  },
  "after-removal": {
    promise: "What a member encrypts after it has processed a removal is sealed to nobody who was removed by it.",
    against: ["former-member", "member"],
    clauses: [
      "key-agreement.nobody-outside",
      "key-agreement.recipients",
      "key-agreement.own-ack-first",
      "key-agreement.forward",
      "key-agreement.add-history",
      "key-agreement.rekey",
    ],
    witnesses: [
      "key-agreement/f1-nothing-for-the-removed",
      "key-agreement/s1-rekey-after-a-removal",
      "key-agreement/seed-for-one-more~refused",
      "key-agreement/welcome-other-history~refused",
      "tools/test/game.test.ts",
    ],
  },
  "before-joining": {
    promise: "A new member gets no secret that is older than its addition.",
    against: ["member"],
    clauses: ["key-agreement.forward", "key-agreement.cancelled-addition", "key-agreement.no-view-no-secret"],
    witnesses: [
      "spec/proofs/UpdateSecrets.v#update_secrets_one",
      "key-agreement/f3-no-ratchet-for-a-cancelled-addition",
      "key-agreement/f7-no-secret-without-view",
      "tools/test/game.test.ts",
    ],
  },
  "forward-secrecy": {
    promise: "A state holds no seed, member secret, ratchet state, message key or channel key that has been used.",
    against: ["thief"],
    clauses: ["key-agreement.delete-used", "application-messages.key-used-once", "channel.key-deleted", "channel.key-superseded"],
    witnesses: ["reference/dcgka/test/secrets.test.ts", "reference/dcgka/test/sizes.test.ts", "tools/test/game.test.ts"],
  },
  healing: {
    promise: "What a thief of a state could read ends with an update of that member that all members have processed.",
    against: ["thief"],
    clauses: ["key-agreement.recipients", "key-agreement.rekey", "group-messaging.heal"],
    witnesses: ["reference/dcgka/test/heal.test.ts", "reference/dcgka/test/rekey.test.ts", "tools/test/game.test.ts"],
  },
  "control-authenticity": {
    promise: "A control message that is processed was signed by its sender's current key, after all that the sender sent before.",
    against: ["network", "stranger", "contact", "member", "former-member"],
    clauses: ["causal-broadcast.signature", "causal-broadcast.heals", "key-agreement.ack-complete"],
    witnesses: [
      "broadcast/heals~refused",
      "broadcast/other-digest-before~refused",
      "key-agreement/ack-leaves-out-what-is-before~refused",
      "tools/test/game.test.ts",
    ],
  },
  "new-members-are-told-the-truth": {
    promise: "What a welcome says of a member is true when that member has confirmed it.",
    against: ["member", "network"],
    clauses: ["causal-broadcast.confirmation"],
    witnesses: [
      "broadcast/confirmation~refused",
      "broadcast/welcome-lies-about-key",
      "broadcast/welcome-lies-about-digest",
      "broadcast/welcome-lies-about-count",
      "broadcast/welcome-lies-about-open-message",
    ],
  },
  "welcomes-are-checked-by-all": {
    promise:
      "The signing keys in a welcome, and what its adder has acknowledged, are as all have them who take the add; one " +
      "honest member's add-ack shows it.",
    against: ["member", "former-member"],
    clauses: ["causal-broadcast.cut", "key-agreement.add-history"],
    witnesses: [
      "spec/proofs/Acknowledgements.v#cut_by_the_lists",
      "spec/proofs/Acknowledgements.v#cut_is_local",
      "broadcast/add-other-cut~refused",
      "broadcast/welcome-other-key~refused",
      "broadcast/welcome-update-not-counted~refused",
      "broadcast/added-otherwise",
      "tools/test/attack.test.ts",
    ],
  },
  "nobody-is-blamed-for-an-adder": {
    promise: "What a new member refuses because of what its adder has told it names the adder, too.",
    against: ["member"],
    clauses: ["causal-broadcast.unconfirmed", "causal-broadcast.confirmation", "causal-broadcast.cut"],
    witnesses: [
      "broadcast/unconfirmed-acknowledges~refused",
      "broadcast/welcome-lies-about-knowledge",
      "broadcast/welcome-lies-about-what-is-open",
      "broadcast/welcome-lies-about-what-is-acknowledged",
      "broadcast/unconfirmed-added~refused",
      "tools/test/attack.test.ts",
    ],
  },
  "nobody-is-deaf-by-an-adder": {
    promise:
      "A new member whose adder has counted too many messages of another refuses the first of that one's updates, " +
      "removals and additions that comes, and whatever acknowledges it, and names the adder.",
    against: ["member", "former-member"],
    clauses: ["causal-broadcast.unconfirmed", "causal-broadcast.cut"],
    witnesses: [
      "broadcast/welcome-counts-what-was-not-sent",
      "broadcast/welcome-lies-about-what-is-acknowledged",
      "tools/test/attack.test.ts",
    ],
  },
  "groups-commit-to-their-creator": {
    promise: "Nobody but its creator makes a create with a group's identifier, and all of these name the same users.",
    against: ["network", "stranger", "contact", "member", "former-member"],
    clauses: ["identifiers.group-id", "key-agreement.group-id"],
    witnesses: ["key-agreement/create-other-key~refused", "key-agreement/create-other-users~refused"],
  },
  "application-authenticity": {
    promise: "A message that is shown as a member's was written by it, and is none of the last 1,024 shown before it.",
    against: ["network", "stranger", "contact", "member", "former-member"],
    clauses: ["application-messages.signature", "application-messages.commitment", "group-messaging.one-event"],
    witnesses: ["application-messages/commitment~refused", "reference/dcgka/test/hijack.test.ts"],
  },
  "chains-end": {
    promise: "Nothing is opened in a chain beyond the length that its sender states in its next control message.",
    against: ["thief", "former-member"],
    clauses: ["application-messages.closed", "causal-broadcast.chain-stated"],
    witnesses: ["application-messages/closed~refused", "reference/dcgka/test/chains.test.ts"],
  },
  "no-key-with-two-texts": {
    promise: "One key and nonce never seal two texts, also when an old state was loaded.",
    against: ["network"],
    clauses: ["application-messages.guard"],
    witnesses: ["application-messages/guarded", "application-messages/guard-changed~refused", "tools/test/attack.test.ts"],
  },
  "one-text-for-all": {
    promise:
      "After its next create, update, remove or add, a member that writes different texts under one number is told " +
      "of, or is refused by one of those who have read them, or its messages cannot be compared, and this is told.",
    against: ["member", "thief"],
    clauses: [
      "application-messages.equivocation",
      "application-messages.differs",
      "application-messages.uncompared",
      "causal-broadcast.split",
    ],
    witnesses: [
      "application-messages/equivocation~refused",
      "application-messages/differs-at-the-end",
      "application-messages/overstated",
      "application-messages/not-compared",
      "tools/test/attack.test.ts",
    ],
  },
  "no-silent-refusal": {
    promise: "What is refused is told with its sender and the clause, whenever it is judged.",
    against: ["member", "former-member", "thief"],
    clauses: ["causal-broadcast.refused-told", "group-messaging.refused-told", "causal-broadcast.equivocation"],
    witnesses: [
      "broadcast/held-and-refused",
      "broadcast/withheld-and-refused",
      "broadcast/held-twins",
      "group-messaging/refused-when-held",
      "group-messaging/refused-from-the-log",
      "group-messaging/refused-when-the-bundle-comes",
      "group-messaging/refused-after-own-operation",
      "tools/test/attack.test.ts",
    ],
  },
  "no-silent-loss": {
    promise: "A message that was held and is not opened, or that its sender states and that does not come, is an event.",
    against: ["network"],
    clauses: ["group-messaging.loss-told", "group-messaging.held-tried", "application-messages.lost"],
    witnesses: [
      "group-messaging/twelve-chains",
      "group-messaging/held-and-refused",
      "group-messaging/share-of-the-removed",
      "application-messages/lost",
    ],
  },
  "nobody-waits-in-silence": {
    promise: "What an envelope waits for that is held is told, so that it can be asked for.",
    against: ["network", "member", "former-member"],
    clauses: ["group-messaging.missing-told", "causal-broadcast.held-retried"],
    witnesses: [
      "broadcast/held-still-missing",
      "group-messaging/missing-after-own-operation",
      "group-messaging/missing-after-joining",
      "tools/test/attack.test.ts",
    ],
  },
  "own-voice": {
    promise: "A user speaks as the member that it has been longest, and nobody else chooses as which.",
    against: ["contact", "member", "former-member"],
    clauses: ["group-messaging.one-voice", "group-messaging.same-addition", "group-messaging.member-changed"],
    witnesses: ["reference/dcgka/test/hijack.test.ts", "group-messaging/addition-withheld"],
  },
  "removed-for-good": {
    promise:
      "When all members are known to have processed all removals, nothing that removed ones send later, however " +
      "many they are, changes anything, unless one of the members acknowledges it.",
    against: ["former-member", "colluding-members"],
    clauses: ["causal-broadcast.withheld"],
    witnesses: [
      "spec/proofs/MembershipForGood.v#out_for_good",
      "spec/proofs/FormerMembers.v#nothing_counts",
      "broadcast/former-for-good",
      "broadcast/former-aware",
      "broadcast/former-two-of-them",
      "broadcast/former-own-answer",
      "broadcast/former-behind-a-forgery",
    ],
  },
  "told-of-its-removal": {
    promise:
      "A member that withholds its own removal leaves when all has come that an envelope acknowledges by which others " +
      "take the removal, in whatever order, and whatever is forged beside it; and by nothing that they refuse for a " +
      "rule for which no secret is needed.",
    against: ["network", "stranger", "former-member"],
    clauses: ["causal-broadcast.judged-alike", "causal-broadcast.withheld", "causal-broadcast.held-retried"],
    witnesses: [
      "reference/dcgka/test/former.test.ts",
      "broadcast/former-update-after-removal",
      "broadcast/former-removed-with-more",
      "broadcast/former-update-last",
      "broadcast/former-forged-before-it",
      "broadcast/former-forged-that-needs",
      "broadcast/former-left-by-a-forgery~refused",
      "broadcast/former-left-by-what-others-refuse~refused",
    ],
  },
  "bounded-work": {
    promise: "What is held, logged and waiting is bounded in number and bytes, by share of who claims to have sent it.",
    against: ["network", "stranger", "contact", "member", "former-member"],
    clauses: [
      "causal-broadcast.bounded-work",
      "causal-broadcast.held-limit",
      "group-messaging.kept-once",
      "group-messaging.held-limit",
      "group-messaging.log-shares",
      "group-messaging.strangers",
    ],
    witnesses: [
      "broadcast/held-share-of-the-removed",
      "group-messaging/share-of-the-removed",
      "reference/dcgka/test/work.test.ts",
      "tools/test/attack.test.ts",
    ],
  },
})
