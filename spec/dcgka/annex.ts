/**
 * # Annex: adding a user again, in the paper
 *
 * The CCS text of the paper (section 2.1) assumes that each addition is of somebody new. The long text (ePrint
 * 2020/1281) also lets a user be added again, or by two members at once, and has that user go on as the same member:
 * its section 8.1, appendix A (the game) and appendix D (figure 12) are about that. Here **additions are unique**:
 * each makes another member, with its own identifier, channels, ratchet and secrets (chapters "identifiers" and
 * "group-messaging"). So appendix D is not followed, and what is said below is not needed. This annex says why: each
 * erratum has the smallest scenario that fails, and what happens here in its place. The scenarios are played on the
 * paper's rules, as printed, in `reference/dcgka/test/annex.test.ts`.
 *
 * `A2` is the second control message of A. Groups have been created by A, and everybody has acknowledged that.
 *
 * > **Erratum F8** (figure 4, process-welcome; figure 12). By figure 4 a welcome replaces the history of whoever
 * > gets it. In {A, B, C}, B and C both add D. D takes B's welcome, and then C's, whose history has no addition by
 * > B. A acknowledges B's addition. D does not find itself in A's view, and has no secret of A, who has it as a
 * > member. Figure 12 mends this, and has slips of its own: it fills `perMemberForward` and reads `memberFwd`; the
 * > type of a payload is outside of the ciphertext when it is sent, and inside when it is read; and a user is not
 * > left out of those to whom it forwards. Here B and C add two members. Each of them takes one welcome, and each
 * > has the other's addition as any addition. Vectors: `group-messaging/second-later`,
 * > `key-agreement/one-user-added-twice`, `key-agreement/removed-and-added-again`.
 *
 * > **Erratum F10** (figures 7 and 8, the game). As printed, `add-ready` asks that the added user has been delivered
 * > each message that it should decrypt. The addition itself is such a message, so that it is never ready; what is
 * > meant are the messages before the addition. The game does not mark a user's own adds, removes and updates as
 * > delivered, so that nothing that comes after them is ever ready for that user. And a removed user is never
 * > eligible for the removal. Here a message is processed when the one before it of its sender, and what it
 * > acknowledges, have been; our own messages count as processed when they are made; and a removed member processes
 * > its removal, and leaves. No case shows it, because the game is no part of the protocol; test: F10 in
 * > `reference/dcgka/test/annex.test.ts`.
 *
 * > **Erratum O1** (figure 8; added again by one who is being removed). In {A, B, D}: D removes A (D2), and B
 * > acknowledges it. A, who does not know, removes B (A2) and adds it again (A3). D acknowledges both, and adds B
 * > itself (D5). B should decrypt A3, which is before D5, so that D5 waits for A3. But B must not receive A3, since
 * > A was being removed. B is stuck. Here A3 and D5 make two members. The first is in nobody's view but A's; the
 * > second joins by D5, and waits for nothing else. Test: O1 in `reference/dcgka/test/annex.test.ts`.
 *
 * > **Erratum O2** (the game delivers no removal to the removed). If a user learns of its removal and stops, and is
 * > added again as the same member, its channels have gaps. In {A, B, C}: A removes B, and C, who does not know,
 * > sends B a seed by an update. B has stopped. A adds B again, and C sends B its ratchet by the same channel. B has
 * > not taken the seed, and cannot open what follows it. Here the new member has new channels, whose first message
 * > is a first contact. Test: O2 in `reference/dcgka/test/annex.test.ts`. Vector:
 * > `key-agreement/removed-and-added-again`.
 *
 * > **Erratum O3** (appendix D; forgetting one's keys). That a removed user deletes its keys contradicts appendix D.
 * > In {A, B}: A removes B, who learns of it and deletes its keys. A adds B again. By B's acknowledgement of its
 * > welcome B takes a step of its ratchet from the empty state, and A from the old one: they have different update
 * > secrets of B. Here the ratchet of the new member is empty for both, and keys are deleted (clause
 * > key-agreement.wipe). Test: O3 in `reference/dcgka/test/annex.test.ts`.
 *
 * ## Safe and dom-safe
 *
 * The paper has two properties of secrecy (appendix A). Let m be a message whose update secret is asked for.
 *
 * - **safe**, the goal: whoever has corrupted a member X before X received m learns nothing, when X should not decrypt
 *   m, or when X has sent an update after the corruption that is before m, or is m.
 * - **dom-safe**, what the paper claims for figure 4, and what the exploration of this project checks: besides, there
 *   is one create, update or remove that is before m, or is m, and at or after all these updates, of which no X that
 *   was corrupted and has not healed was a recipient; and no such X was added in between.
 *
 * The difference is in concurrency: two members who were both corrupted, or both removed, and whose updates or
 * removals are concurrent, can together follow the group until an update that is after both. The policy `heal` of
 * the chapter "group-messaging" has somebody send that update. And outside of dom-safe: when A removes B and adds it
 * again, while B removes A, then B can follow the others until the next seed that B does not hold.
 *
 * ## Errata that cannot occur here
 *
 * Of the errata in the chapters two, F6 and F7, need additions that are not unique to make a difference, as printed.
 * Put back literally, they change no case and no schedule. F6: an update of A is acknowledged by C, B removes A and
 * adds it again, and A gets the addition before C's acknowledgement; in A's copy of the history C has by then
 * acknowledged the removal. F7: C adds A again after B's removal of A, and A still has a member secret for B's
 * acknowledgement of its update. What the cases with their names show is the rule that stands here in their place,
 * and what the seeded faults with their names break is that rule.
 *
 * @module
 */
import { declareClauses, declareSteps } from "../conventions/clauses.ts"

export const clauses = declareClauses("annex", {})

export const steps = declareSteps("annex", {})
