/**
 * What dcgka does not promise, each with the smallest scenario that shows it. A part of the chapter "security".
 *
 * @module
 */
import { declareLimits } from "../conventions/guarantees.ts"

export const limits = declareLimits("dcgka", {
  "removal-is-a-right": {
    limit: "A member can remove any other member, and a former one can as long as a member has not processed its removal.",
    against: ["member", "former-member"],
    scenario: "Bob, whom Alice is removing, removes Carol before she has processed Alice's removal: Carol is out.",
    witnesses: ["broadcast/former-unaware", "broadcast/former-shown-by-another", "spec/proofs/FormerMembers.v#another_former_member_shows"],
  },
  "acknowledgement-lent": {
    limit: "A member can make count what a former member sends, by acknowledging it, and is not named for it.",
    against: ["former-member", "colluding-members"],
    scenario:
      "All have processed Bob's removal. Bob removes Carol, and all withhold it. Dave acknowledges it all the same: " +
      "Carol is out, in Bob's name.",
    witnesses: ["broadcast/former-lent"],
  },
  "apart-after-mutual-removal": {
    limit: "Two who remove each other while nobody else acknowledges either do not agree.",
    against: ["network"],
    scenario: "Alice removes Bob, and Bob removes Alice, in a group of two: each goes on alone.",
    witnesses: ["broadcast/former-alone"],
  },
  "cut-off-by-a-member": {
    limit: "A member can cut another one off from the group.",
    against: ["member"],
    scenario:
      "Mallory's update has for Bob a direct message that does not open. Bob refuses it, and everything after it waits at Bob: he has to be added again.",
    witnesses: ["key-agreement/direct-changed~refused"],
  },
  "wrong-secret-handed-over": {
    limit: "A new member alone cannot tell a wrong ratchet or secret that is handed over and committed to; others can.",
    against: ["member"],
    scenario:
      "Alice adds Dave. Mallory's add-ack brings him another ratchet than all others have, and commits to it. They " +
      "refuse the add-ack and name Mallory (key-agreement.commitment). Dave takes it, and acknowledges what she sends " +
      "next, which they never take: so they wait for that before they take more of Dave's. He has to be added again.",
    witnesses: ["key-agreement/ratchet-another-for-one", "tools/test/attack.test.ts"],
  },
  "a-ghost": {
    limit: "A member can have others wait by adding a user whose bundles they cannot get.",
    against: ["member"],
    scenario:
      "Mallory adds a user of whom nobody else has a bundle. All wait for one with all that Mallory sends, until somebody removes Mallory who has not handled the addition.",
    witnesses: ["group-messaging/held-after-own-removal"],
  },
  "gaps-or-lies": {
    limit: "Nobody can tell a chain that its member has overstated from one of which the network has lost messages.",
    against: ["member", "network"],
    scenario:
      "Mallory says yes to Alice and no to Bob, skips 255 numbers, and writes once more. Both are told that 255 " +
      "messages have not come, and nobody that the first one differs.",
    witnesses: ["application-messages/overstated", "group-messaging/uncompared"],
  },
  "two-acknowledgements": {
    limit: "A member that sends different acknowledgements under one number is not seen before its next other message.",
    against: ["member", "thief"],
    scenario:
      "Mallory says yes to Alice and no to Bob, and ends the chain with two acknowledgements, one to each, that " +
      "state what each has read. Both are content until Mallory updates, removes or adds, or they compare notes.",
    witnesses: ["broadcast/two-chains-in-acknowledgements"],
  },
  "until-confirmed": {
    limit: "Until an honest member has answered the add that a new member has, this one has its adder's word for all.",
    against: ["member"],
    scenario:
      "Alice sends Dave another add than all others, with a key of hers as Bob's. Dave takes removals in Bob's " +
      "name that Alice has signed, until the first add-ack of somebody else comes.",
    witnesses: ["tools/test/attack.test.ts"],
  },
  "unknown-identity": {
    limit: "Of one who has sent only acknowledgements a new member has its adder's word for the key, without a bundle.",
    against: ["member"],
    scenario: "Bob has only ever acknowledged, and Dave has no bundle of his. Alice gives Dave a key of hers as Bob's.",
    witnesses: ["broadcast/welcome-lies-about-key"],
  },
  "word-handed-on": {
    limit: "A new member that adds another before all have confirmed to it hands on its adder's word as its own.",
    against: ["member"],
    scenario: "Alice tells Dave that nothing is open. Dave adds Erin, who refuses Bob's acknowledgement and names Bob and Dave.",
    witnesses: ["broadcast/welcome-lies-about-what-is-open"],
  },
  "adder-no-member": {
    limit: "What an adder states is not compared by those who have neither it nor its new member as a member.",
    against: ["former-member"],
    scenario: "Mallory, whom Alice has removed, tells Dave too small a number of Bob's. Alice refuses what Dave acknowledges.",
    witnesses: ["broadcast/former-unaware", "broadcast/former-shown-by-another", "spec/proofs/FormerMembers.v#another_former_member_shows"],
  },
  "two-creates": {
    limit: "A creator can make several creates with one group identifier, with different seeds or signing keys.",
    against: ["member"],
    scenario:
      "Mallory sends two creates that differ in the signing key, one to Alice and one to Bob. It is an " +
      "equivocation as any: Alice and Bob refuse each other's acknowledgements.",
    witnesses: ["broadcast/two-creates"],
  },
  "open-messages-add-up": {
    limit: "What is open has no bound but the number of messages, and makes adds too long in the end.",
    against: ["member"],
    scenario:
      "Mallory has two memberships, of which the second acknowledges nothing, and sends 10,000 updates. Each is " +
      "open for good at all others. An attachment with them fits into no welcome: whoever adds is refused " +
      "(channel.payload-length). A bound would have to be met by all at the same message, and they take " +
      "acknowledgements at different times. The members make another group.",
    witnesses: [],
  },
  "shown-again": {
    limit: "A message is shown once only as long as it is one of the last 1,024 of its group that were shown.",
    against: ["network"],
    scenario:
      "Bob and Carol both add Dave. The network keeps back what Dave lacks for his second membership, until 1,024 " +
      "messages have been shown to him. Then it delivers an old one again: the second membership opens it, and it is " +
      "shown again, with the same member, number and index. These alone do not tell it from another message, which a " +
      "liar has made for one membership; its bytes would have to be kept. No case shows it, for its length.",
    witnesses: [],
  },
  "invitations-crowded-out": {
    limit: "An invitation that waits for a bundle is lost, without an event, when 256 later ones wait too.",
    against: ["network", "stranger", "contact"],
    scenario:
      "Bob lacks a bundle of Alice's when her create comes. A stranger sends 256 adds of Bob to the same group, in " +
      "the name of a user whose bundle he lacks too. The create has to be sent again. Were the newest lost, who " +
      "comes first would keep all others out.",
    witnesses: ["group-messaging/invitation-crowded-out"],
  },
  "room-in-a-name": {
    limit: "Whoever sends junk in a member's name takes the room in which early messages of that member are held.",
    against: ["network", "stranger", "contact", "member", "former-member"],
    scenario:
      "Mallory sends Alice a thousand envelopes in Bob's name, with numbers to come. Envelopes of Bob that come " +
      "before what they wait for are refused for want of room. Alice needs them again; those that come in order are taken.",
    witnesses: ["reference/dcgka/test/work.test.ts"],
  },
  "after-a-withheld-one": {
    limit: "What a former member sends after a message that is withheld is not verified, and stands in no notes.",
    against: ["former-member"],
    scenario:
      "Alice has removed Bob, and withholds an update of his. After it he sends one update to her and another one to " +
      "Carol. Alice refuses Carol's acknowledgements for their signature, and their notes do not differ. Of two that " +
      "come to her the first is tried. Carol is cut off from Alice, and has to be removed and added again.",
    witnesses: ["broadcast/former-two-after-a-withheld-one"],
  },
  "room-of-the-removed": {
    limit: "What comes early in the name of one who has been removed is held only as far as strangers leave room for it.",
    against: ["network", "stranger", "contact", "member", "former-member"],
    scenario:
      "Strangers have filled their share at Alice, and an acknowledgement of Bob's is held. Alice removes Bob: his " +
      "acknowledgement is the newest of the strangers' share now, and is dropped, which is an event. If something " +
      "waits for it, it is missing, and Alice asks for it again.",
    witnesses: ["broadcast/held-share-of-the-removed", "group-messaging/share-of-the-removed", "tools/test/attack.test.ts"],
  },
  "room-for-newcomers": {
    limit: "A new member whose add has not come, or whose adder is not known either, is a stranger.",
    against: ["network", "stranger", "contact", "member", "former-member"],
    scenario:
      "Strangers have filled their share at Alice. Bob adds Dave, and Dave's answer reaches Alice before the add does: " +
      "it is refused for want of room. Alice needs it again.",
    witnesses: ["broadcast/held-newcomer~refused", "broadcast/held-limit~refused"],
  },
  "a-former-member-writes": {
    limit: "A removed member can go on writing in its last chain, and so can a thief of its state.",
    against: ["former-member", "thief"],
    scenario:
      "Alice removes Bob. Bob writes once more, in the chain of his last control message: Alice is shown it, as that " +
      "of a former member, since he may have written it before he could know.",
    witnesses: ["group-messaging/removed-writes"],
  },
  "former-members-stay": {
    limit: "Whoever has been in a group leaves names, keys and two changes at all others, for as long as they are in it.",
    against: ["member", "former-member"],
    scenario:
      "A thousand guests come and go. Bob could still lend one of them his acknowledgement, and Alice would have to " +
      "process what it acknowledges: so she keeps some 900 bytes of each guest, and her next welcome tells of all.",
    witnesses: ["broadcast/former-lent", "tools/test/sizes.test.ts"],
  },
  "two-of-whom-one-lies": {
    limit: "A contradiction between an adder and a member shows that one of the two has lied, and not which.",
    against: ["member"],
    scenario: "Bob confirms to Dave something else than he has sent to all others.",
    witnesses: ["broadcast/confirmation~refused"],
  },
  "concurrent-updates": {
    limit: "Two thieves whose victims update concurrently can put together what they know until an update follows both.",
    against: ["thief", "colluding-members"],
    scenario:
      "The states of Alice and Bob were stolen. Both update at once. Neither update reaches beyond the other (ePrint 2020/1281 section 7.5).",
    witnesses: ["reference/dcgka/test/heal.test.ts", "tools/test/game.test.ts"],
  },
  "under-way": {
    limit: "A thief of a state reads what has been sent to its member and has not come.",
    against: ["thief"],
    scenario: "Alice updates. Bob's state is stolen before her update has come: it opens the update.",
    witnesses: ["tools/test/game.test.ts"],
  },
  "never-acknowledged": {
    limit: "A thief of a state gets the update secrets of acknowledgements that have not come, however late they are.",
    against: ["thief"],
    scenario:
      "Bob acknowledges Alice's update, and his acknowledgement does not reach her. Her state keeps his member secret " +
      "until it comes, also when Bob is removed.",
    witnesses: ["tools/test/game.test.ts"],
  },
  "used-by-another": {
    limit: "While a user is more than one member, a thief of its state reads what one has used, by what another has not.",
    against: ["thief"],
    scenario:
      "Dave has been added twice, and writes. His other member is not given the message, and keeps the chain from " +
      "which its key follows, as one of which a message is to come.",
    witnesses: ["tools/test/game.test.ts"],
  },
  "thief-in-time": {
    limit: "A thief of a state writes in the victim's name until the victim's next create, update or remove has come.",
    against: ["thief"],
    scenario:
      "The thief sends an update before Bob does: both continue under one number, which all see as an equivocation. Or " +
      "it writes to Alice in Bob's chain: she is shown that as Bob's, and is told when his update comes that the chain " +
      "is another one.",
    witnesses: ["group-messaging/stolen-in-time", "tools/test/game.test.ts", "tools/test/attack.test.ts"],
  },
  "prekeys-stolen": {
    limit: "Who has stolen a user's signed prekey can write a first contact to it in any user's name.",
    against: ["thief"],
    scenario:
      "The thief of Dave's signed prekey and a one-time prekey confirms to Dave in Bob's name, until Dave has published others (X3DH section 4.6).",
    witnesses: ["tools/test/game.test.ts"],
  },
  "memory-not-overwritten": {
    limit: "Nothing is overwritten: a deleted secret may stay in memory, and on disk, until these are used again.",
    against: ["thief"],
    scenario:
      "Bob's program has deleted a seed. Who reads all its memory, and not only its state, may find the seed. No " +
      "case shows it, because a case sees messages and saved states alone.",
    witnesses: [],
  },
  "nothing-is-deniable": {
    limit: "Messages can be shown to others as their sender's.",
    against: ["member"],
    scenario: "Bob shows an envelope of Alice's, with its signature, to somebody outside.",
    witnesses: [],
  },
  "metadata-in-clear": {
    limit: "Who is in a group, and what kinds of messages they send when, is not hidden.",
    against: ["network", "stranger"],
    scenario: "Creates and adds name users in clear.",
    witnesses: ["encoding/create"],
  },
})
