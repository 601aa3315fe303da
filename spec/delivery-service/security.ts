/**
 * # Security of the delivery service
 *
 * Who may be dishonest, what is promised against whom and under which clause, and what is not promised.
 *
 * ## Assumptions
 *
 * All promises of this part rest on these, and on nothing else:
 *
 * 1. **Leaves.** In an epoch of n members at most t = ⌊(n−1)/3⌋ leaves are faulty. Leaves are counted, not people:
 *    whoever has two leaves counts twice, and any member may propose any user. Who may be added is for the application
 *    to decide. A member that restarts from an older state and does not say so is faulty
 *    (delivery-service.persist-before-send). A member that is away, or restored, is not faulty in what it says, but
 *    absent: it counts among the t where the end of an epoch is promised. A member that is stuck is not faulty and not
 *    absent: it votes, for what brings it back, and with t of 1 for what others commit.
 * 2. **Links.** What one correct member sends to another arrives in the end, unchanged, in order, and the receiver
 *    knows from whom. Confidentiality of links is not assumed.
 * 3. **Synchrony.** Agreement needs none. That an epoch ends is promised when messages arrive within the delay bound,
 *    or within some bound that is not known, from some time on.
 * 4. **Keys.** The primitives of suite 1 hold. A leaf signature key is known to its member alone while the epoch lasts;
 *    for members that catch up later, also afterwards (limit *long-range*).
 * 5. **Names.** A credential is a name in clear, and whoever makes a key package writes the name. That a key package
 *    belongs to the user whom it names is for an Authentication Service to show, as RFC 9750 has it. The application
 *    asks it before it commits an addition, and before it lets its user trust the members of a group that was joined.
 *
 * ## Adversaries
 *
 * | who | can |
 * | --- | --- |
 * | network | delay, reorder and drop what goes between members, and read it; more only where assumption 2 is broken |
 * | stranger | send anything under a name of its own |
 * | member, colluding members | sign and send anything, or nothing, to anybody; up to t of them |
 * | former member | what a stranger can, with its old keys and all that it has seen |
 * | thief | use a copy of a state of a member |
 * | server | in the centralized delivery service: order, delay, drop and show different orders |
 *
 * ## By property
 *
 * - **Agreement**: up to t colluding members cannot make two correct members take different commits in one epoch.
 * - **Confidentiality** before joining and after removal, **forward secrecy** and **healing** are those of MLS for the
 *   line of commits that is agreed on, as the chapter "security-game" has them. The delivery service adds nothing to
 *   them, and keeps no secrets but the MLS state. The symbolic back end has none of them.
 * - **Authenticity of control**: a commit is its author's, by the author's signature of the value; a proposal by that
 *   of MLS. An ENDORSE, a vote, a statement and a PROPOSAL are refused when anything that they are judged by was
 *   changed by another.
 * - **Order and completeness**: epochs come without a gap, and a commit comes after the proposals that it names.
 * - **Membership shown truly**: members are those of the line of commits. What the first welcome says is believed.
 * - **Availability**: up to t members, faulty or away, do not stop an epoch in which a correct member commits. What is
 *   kept and sent is bounded in bytes; no rate is bounded.
 * - **Deniability** is not promised: every statement, vote and commit is signed, and a DECIDE proves to anybody who
 *   took part.
 * - **Metadata**: proposals, commits and all messages of the agreement are in clear: who is a member, who adds and
 *   removes whom, and when, is seen by whoever sees the links.
 *
 * ## What is proved
 *
 * Proved in `spec/proofs` are, of cooperation, that a unique certificate excludes every other value, and what may still
 * be accepted is foreseen; and of global consensus, that no two correct voters decide differently. Faulty voters sign
 * anything there, and are at most t. Not proved are the fast path, unlocking, restrained consensus, the cascade as a
 * whole, that anything ends, gossip, and all of MLS: tests and cases show these. Secrecy is not proved.
 *
 * @module
 */
import { declareClauses, declareSteps } from "../conventions/clauses.ts"
import { declareGuarantees, declareLimits } from "../conventions/guarantees.ts"

export const clauses = declareClauses("delivery-service-security", {})

export const steps = declareSteps("delivery-service-security", {})

const runs = "reference/delivery-service/test/delivery-service-runs.test.ts"
const lies = "reference/delivery-service/test/lies.test.ts"
const sizes = "reference/delivery-service/test/sizes.test.ts"

export const guarantees = declareGuarantees("delivery-service", {
  agreement: {
    promise: "With at most t faulty leaves, two correct members never tell of different commits of one epoch.",
    against: ["network", "stranger", "former-member", "member", "colluding-members"],
    clauses: ["delivery-service.properties", "cascade.agreement", "cooperation.agreement", "global-consensus.agreement"],
    witnesses: [
      runs,
      lies,
      "spec/proofs/GlobalConsensus.v#agreement",
      "spec/proofs/Cooperation.v#unique_decides",
      "delivery-service/s25",
      "delivery-service/s27",
    ],
  },
  termination: {
    promise:
      "With at most t leaves faulty or away, when a correct member commits, the epoch ends for every correct member " +
      "that is reached; with t of 2 or more, when the commit brings back the correct members that are stuck. " +
      "However much faulty voters sign.",
    against: ["stranger", "former-member", "member", "colluding-members"],
    clauses: [
      "cascade.termination",
      "delivery-service.properties",
      "delivery-service.stuck-votes",
      "cascade.parts",
      "cooperation.exposed",
      "global-consensus.exposed",
      "cascade.sets-bounded",
    ],
    witnesses: [
      runs,
      lies,
      sizes,
      "delivery-service/s20",
      "delivery-service/stuck-votes",
      "cooperation/flood",
      "global-consensus/flood",
      "cascade/sets-bounded",
    ],
  },
  "faulty-authors": {
    promise:
      "Up to t faulty authors, whatever they commit, in turn or together, leave t + 1 correct members that are " +
      "not stuck, or that they have removed; and whoever is stuck can be brought back.",
    against: ["member", "colluding-members"],
    clauses: ["delivery-service.stuck-votes", "delivery-service.judged", "delivery-service.back-in-place"],
    witnesses: [
      "delivery-service/stuck-votes",
      "delivery-service/stuck-distrusts",
      "delivery-service/in-turn",
      "reference/delivery-service/test/in-turn.test.ts",
      lies,
    ],
  },
  order: {
    promise: "A correct member tells of commits epoch by epoch, each after its proposals, however many are faulty.",
    against: ["network", "stranger", "former-member", "member", "colluding-members"],
    clauses: ["delivery-service.complete", "delivery-service.commit-first", "delivery-service.properties"],
    witnesses: [runs, "delivery-service/s07", "delivery-service/s12"],
  },
  authors: {
    promise: "However many are faulty, what is told of as a correct member's proposal or commit is its own.",
    against: ["network", "stranger", "former-member", "member", "colluding-members", "server"],
    clauses: ["tree-kem.signature", "cascade.author-signature", "delivery-service.properties"],
    witnesses: [runs, "tree-kem/proposal-signature~refused", "cascade/decide-author~refused"],
  },
  "nothing-cut-out": {
    promise: "Whoever passes a signed message on cannot change what it is judged by without its being refused.",
    against: ["network", "member"],
    clauses: ["restrained-consensus.signature", "cascade.proposal-certified", "cascade.decide-evidence", "cascade.decide-values"],
    witnesses: ["restrained-consensus/certificates-cut-out~refused", "cascade/decide-content~refused", lies],
  },
  "former-members": {
    promise: "What a removed member says does not count in the epochs after its removal.",
    against: ["former-member"],
    clauses: ["cooperation.voter", "tree-kem.author"],
    witnesses: ["delivery-service/s32"],
  },
  bounds: {
    promise: "With at most t faulty leaves, what waits in memory, and is sent at once, is bounded in count and bytes.",
    against: ["stranger", "member", "colluding-members"],
    clauses: [
      "delivery-service.quota",
      "delivery-service.early-quota",
      "murmur.quota",
      "delivery-service.size",
      "cascade.parts",
      "cascade.sets-bounded",
    ],
    witnesses: [sizes, "cascade/sets-bounded", "delivery-service/s50", "delivery-service/early-flood"],
  },
  restart: {
    promise: "A member that says that its state is an older one contradicts nothing that it has signed before.",
    against: ["member"],
    clauses: ["delivery-service.silent", "delivery-service.silent-votes", "delivery-service.persist-before-send"],
    witnesses: ["delivery-service/restored", "reference/delivery-service/test/restarted-voter.test.ts"],
  },
  askers: {
    promise: "A stranger gets no decision, proposal or vote by asking.",
    against: ["stranger"],
    clauses: ["delivery-service.asker"],
    witnesses: ["delivery-service/asker~refused"],
  },
  "no-exception": {
    promise: "Any bytes, from however many, get a verdict that names a clause, and what is refused changes nothing.",
    against: ["network", "stranger", "member", "colluding-members", "server"],
    clauses: ["tree-kem.message", "tree-kem.welcome", "cooperation.electorate", "encoding.shape"],
    witnesses: [lies, "tree-kem/welcome-order~refused", "global-consensus/electorate~refused"],
  },
})

export const limits = declareLimits("delivery-service", {
  "more-than-t": {
    limit: "With more than t faulty leaves neither agreement nor an end is promised.",
    against: ["colluding-members"],
    scenario:
      "Of four members two start again from the states that they had when the epoch began, after a decision: " +
      "with the third they decide another commit.",
    witnesses: ["reference/delivery-service/test/restarted-voter.test.ts"],
  },
  "late-messages": {
    limit: "An epoch that needs global consensus, and has not ended after 512 rounds of it, does not end.",
    against: ["network"],
    scenario:
      "For 132,352 delay bounds the network delivers each PROPOSAL just too late, and all votes in time. After round " +
      "511 nobody votes any more. A delay bound that fits the network, or that grows with each such epoch, mends it.",
    witnesses: ["global-consensus/last-round"],
  },
  "leaves-not-people": {
    limit: "Nothing keeps a member from adding leaves of its own until it has a third of them.",
    against: ["member"],
    scenario: "Mallory, one of four, proposes users m1 to m4, and a commit with all of them is decided: five of eight leaves are its own.",
    witnesses: ["delivery-service/s33"],
  },
  "brought-back-by-others": {
    limit: "With t of 2 or more, an epoch with stuck members may end only with a commit that brings them back.",
    against: ["colluding-members"],
    scenario:
      "Of seven members F makes D and E stuck, and is silent with G. What A commits is valid for A, B and C " +
      "only, three of the five that are needed. A waits for the key packages of D and E, which their " +
      "applications have to hand on.",
    witnesses: ["delivery-service/in-turn"],
  },
  "welcome-believed": {
    limit:
      "Who joins believes the welcome: a member may hand out that of a commit which was never decided. It shows when others of the " +
      "epoch are heard of, and a DECIDE in it would show no more.",
    against: ["member"],
    scenario:
      "A commits an addition of E and hands it the welcome at once. Another commit is decided. E is in an epoch that nobody else has.",
    witnesses: ["delivery-service/undecided-welcome"],
  },
  names: {
    limit: "Nothing here shows that a key package belongs to the user whom it names.",
    against: ["member", "stranger"],
    scenario: "D makes a key package with the name of E and its own keys, proposes it, and it is committed: all see a member E.",
    witnesses: ["delivery-service/s33"],
  },
  "long-range": {
    limit: "A member that lags verifies past decisions with the keys that it knows, also when their owners have left.",
    against: ["colluding-members", "former-member", "thief"],
    scenario:
      "C is three epochs behind. n − t of the leaf signature keys of C's epoch, all of members who have left " +
      "since and kept them, sign a decision of their own, and C follows it. It needs no more than the " +
      "verification of any decision, so there is nothing else to show; members should delete the signature keys " +
      "of leaves that they have left.",
    witnesses: [],
  },
  "never-renewed": {
    limit: "A member that never commits and never updates costs the group its forward secrecy against two thefts.",
    against: ["thief"],
    scenario:
      "The state of Alice is stolen in epoch 1. She commits, and ends it. The state of Bob, who has not been renewed " +
      "since, is stolen in epoch 3: it opens her commit, and with the state of epoch 1 gives epoch 2.",
    witnesses: ["tools/test/game.test.ts"],
  },
  "epochs-are-not-time": {
    limit: "A member that is more than 64 epochs behind does not catch up, however short the time was.",
    against: ["member"],
    scenario:
      "While C is away for a minute the others end 65 epochs, each with an empty commit; nobody has the decision " +
      "of C's epoch any more.",
    witnesses: ["delivery-service/past"],
  },
  rates: {
    limit: "No rate is bounded: a member may ask for all decisions that are kept as often as it likes.",
    against: ["member"],
    scenario: "D sends a FETCH of an old epoch again and again, and is answered with up to 64 decisions each time.",
    witnesses: ["delivery-service/past"],
  },
  withholding: {
    limit: "A faulty member can keep a commit of its own from being decided, and cost the quick paths their speed.",
    against: ["member"],
    scenario: "D endorses two different sets, or none: restrained consensus ends without it or with nothing, and later stages decide.",
    witnesses: ["restrained-consensus/two-endorsements", "delivery-service/s21"],
  },
  metadata: {
    limit: "Who is a member, who changes what, and how each voted is not hidden from whoever sees the links.",
    against: ["network", "server"],
    scenario: "Every message of the agreement is in clear; that it is so is what its wire formats say.",
    witnesses: ["delivery-service/s01"],
  },
  "server-order": {
    limit: "The server of the centralized delivery service can stop a group, and show two members different orders.",
    against: ["server"],
    scenario:
      "It orders one commit first for A and another first for B: both apply what they see, and are in different " +
      "epochs. Members compare authenticators to notice; nothing here does it for them.",
    witnesses: [],
  },
})
