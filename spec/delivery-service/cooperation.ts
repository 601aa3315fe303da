/**
 * # Cooperation (CAC)
 *
 * Several members may propose a value at the same time. **Context-adaptive cooperation** (Albouy, Frey, Gestin, Raynal,
 * Taïani, arXiv 2311.08776; Paillat et al., section 2.2) is weaker than consensus and needs no synchrony. Every correct
 * member *accepts* the same set of proposed values, one at a time, in any order. With the first one that a member
 * accepts it learns which others it may still accept, the **candidates** (the *conflict set*). When there is only one
 * candidate, cooperation alone has decided.
 *
 * - **Prediction.** A value that is not among the candidates of a member is never accepted by it.
 * - **Local termination.** A correct member that proposes accepts some value in the end.
 * - **Global termination.** A value accepted by one correct member is in the end accepted by all of them.
 *
 * ## Who votes
 *
 * The `n` **voters** of an epoch are the members of its group, with their leaf signature keys, before the commit of the
 * epoch is applied: those whom it removes still vote, those whom it adds do not yet. At most `t` of them are faulty;
 * `k` is the sensitivity to conflicts. `n ≥ 3t + k` and `k ≥ 1`; unless an application says otherwise, `t = ⌊(n−1)/3⌋`
 * and `k = 1`.
 *
 * | threshold | value | meaning |
 * | --- | --- | --- |
 * | witness quorum | 2t + k | so many WITNESSes make a value ready |
 * | ready quorum | n − t | so many READYs make it accepted |
 * | gate | ⌊(n + t)/2⌋ + 1 | so many WITNESSes of one value, before values are unlocked, show that it is ahead of any other |
 * | candidate | k | so many WITNESSes make a value a candidate |
 *
 * Groups of one, two and three have `t = 0`: with one member of two or three away, nothing is decided. This is so for
 * every protocol that tolerates Byzantine members.
 *
 * > **Erratum CAC-1** (Paillat et al., section 2.2). The witness quorum 2t + k is given without the bound on `n` that
 * > it needs, and without the ready quorum. Both are stated here; with a witness quorum of 2t the exploration of this
 * > project finds two members that are each certain of another value. Vector: `cooperation/thresholds`.
 *
 * ## Statements
 *
 * A member **signs** statements: `WITNESS(value)`, "I saw this value and found it valid", and `READY(value)`, "enough
 * have witnessed it". It numbers them from 0, without gaps, all values of the instance in one count: its **chain**. A
 * value is named by its **ref**, a hash of 32 bytes. What is signed is
 *
 * ```text
 * CBOR([ "conclave/1 delivery statement", group, epoch, instance, signer, seq, kind, ref ])
 * ```
 *
 * with kind 0 for WITNESS and 1 for READY, and `group` and `ref` as byte strings. `instance` is 1 for cooperation on
 * commits and 2 for cooperation on sets of them (chapter "cascade"). A statement is **linked** when a statement of its
 * signer with each lower number is held too; only linked ones count. `M` are the refs of all linked WITNESSes. `R(m)`
 * are the signers of a linked `READY(m)`. `W(m)`, of an `m` in `M`, are the signers of a linked `WITNESS(m)` and the
 * exposed ones. `P` are the signers of any linked statement and the exposed ones.
 *
 * A signer is **exposed** when two different statements by it with one number are held, linked or not. A correct member
 * signs one statement with each number, so it is never exposed, and the two signatures prove to anybody who is faulty.
 *
 * A faulty signer may sign several statements with one number. Two of them are held and count; any others are dropped.
 *
 * > **Erratum CAC-2** (Conclave). It is not enough to hold the first statement of each signer and number. B signs
 * > `WITNESS(m)` for A and `WITNESS(m')` for C with the number 0. A counts B for `m`, signs `READY(m)` and may witness
 * > nothing more; D does the same for another value. C, which holds only the other branch, never reaches the quorum for
 * > either, and nobody can help it. So branches are merged. What excludes a value (a certificate, below) relies on
 * > correct signers only, which have one branch. Vector: `cooperation/both-branches-count`.
 *
 * > **Erratum CAC-8** (Conclave). Not everything that a faulty signer signs can be held. If each member held the first
 * > so many statements of it and nothing were said of the others, it could fill the room of C and D with rubbish and
 * > then show `WITNESS(m)` to A alone. A counts it, signs `READY(m)` and may witness nothing more; C and D have no room
 * > for it, and no value ever gets a quorum. Here only statements of exposed signers are dropped, and whoever is
 * > exposed counts for each value. Vectors: `cooperation/flood`, `cooperation/exposed`.
 *
 * ## Why the bounds stop nobody
 *
 * What one correct member counts of a signer, every other correct member counts too, once it has what that one sends.
 * For it holds the same statements, or it has dropped one of them. Then it holds two others with that number, so that
 * the signer is exposed, and counts for every value. Nothing is lost by counting too much: the arguments below grant
 * that faulty signers have witnessed everything. READYs of faulty signers may be dropped: the n − t that accept a value
 * come from correct members.
 *
 * A correct member unlocks values only with its first 4n statements, and signs at most 16n in an instance. In the first
 * instance 4 commits of each author are known, in the second at most 3n sets (chapter "cascade", erratum CC-6), so
 * there is a WITNESS for each value that can be valid. Values with a witness quorum have t + k correct witnesses. With
 * n ≤ 3t + 3, as it is usual, there are at most 12n of them, so that there is room for each READY.
 *
 * ## Unlocking
 *
 * When `n − t` members have witnessed but no value has a quorum, members witness more values, those with at least `θ`
 * WITNESSes, until one of them does:
 *
 * ```text
 * θ = max(1, min(n − (|M| + 1)·t, ⌈(n − t) / |M|⌉))
 * ```
 *
 * > **Erratum CAC-3** (Paillat et al., section 2.2, "a lower threshold"; the authors' prototype has max(1, n − (|M| +
 * > 1)·t)). With that threshold nothing is unlocked when `n > 5t + 1`, in every group of two or three for one: two
 * > members who propose at the same time each wait for the other for ever. Of `n − t` first WITNESSes over `|M|` values
 * > some value has at least ⌈(n − t)/|M|⌉. Safety does not depend on `θ`. Vector: `cooperation/two-of-two`.
 *
 * > **Erratum CAC-4** (Conclave). Whether a commit is valid may differ between members (its author can encrypt rubbish
 * > for some), so a value over `θ` may never become valid here while others stay under it. After four times the delay
 * > bound members are **relaxed**, and witness every valid value. Vector: `cooperation/relax`.
 *
 * > **Erratum CAC-7** (found by runs in which faulty authors act in turn). It is not enough that `θ` becomes 1 then. Of
 * > four members D makes three commits, each of which one of the others can decrypt. Each of them has witnessed one.
 * > What A commits now, valid for all, has no WITNESS, and nobody ever gives it the first: not even A, which has
 * > spoken. So who is relaxed witnesses it too. Vectors: `cooperation/relax-unwitnessed`, `delivery-service/one-each`.
 *
 * ## Why prediction holds
 *
 * Let a member hold the chains of `n − t` signers of `READY(m)`, each cut at that statement, and let `m'` be accepted
 * by a correct member at any time. Then 2t + k members witnessed `m'`, of whom at least t + k are correct. Two sets of
 * `n − t` and of `t + k` members have at least `k` in common, correct ones. A correct member witnesses nothing after
 * its first READY, so its `WITNESS(m')` is before its `READY(m)`, and a chain has no gaps. So the member that holds the
 * chains sees at least `k` WITNESSes of `m'` in them, and `m'` is a candidate.
 *
 * ## Certificates
 *
 * A **certificate** of `m` is a list of chains of at least `n − t` distinct signers, each of which ends with a
 * `READY(m)`. A chain is the `READY(m)` alone, or all statements of its signer from number 0 up to it. A certificate
 * proves to anybody that `m` will be accepted by every correct member; for that the READYs are enough.
 *
 * It is **unique** when all its chains begin with number 0, and every other value is witnessed in fewer than `k` of
 * them: then by the argument above no other value is ever accepted by anybody. Having a unique certificate is deciding;
 * it can be handed on. If `m` has a unique certificate, another value has no certificate at all, not even one of READYs
 * alone. For one of its READYs would be a correct member's, so t + k correct members would have witnessed it before
 * they were ready for anything. A faulty member cannot forge one: it cannot sign for others, and cannot leave out a
 * statement in the middle of a chain.
 *
 * > **Erratum CAC-5** (Paillat et al., section 2.2, "a conflict-set of size 1"). As described, a member that accepts
 * > one value with a conflict set of size 1 decides and leaves, and the others may be left without a quorum. A conflict
 * > set is one member's knowledge at one moment and convinces nobody else. The unique certificate does, and is stricter
 * > and more frequent at once, since it looks at the chains of the READY signers only. Vector:
 * > `cooperation/unique-certificate`.
 *
 * ## The fast path
 *
 * Optional, off unless the group says so, and allowed when `n > 5t`: a value witnessed by `n − t` members while nothing
 * else is witnessed is accepted without waiting for READY. With it (and only then) unlocking has to be careful: when
 * some value has at least `|P| − 2t` WITNESSes, only that one may be witnessed, also when `relax` is on. The price is
 * that such a value, when a faulty author has made it so that it is valid for some only, keeps the others waiting; so
 * without the fast path nothing is preferred.
 *
 * > **Erratum CAC-6** (the authors' prototype). When that value is already witnessed, the prototype falls through to
 * > the general rule and witnesses others: with n = 6 and t = 1, one member accepts `m` as the only candidate, and `m'`
 * > is accepted as well. Vector: `cooperation/fast-path-unlock`.
 *
 * @module
 */

import type { Cbor } from "../conventions/cbor.ts"
import { check, declareClauses, declareSteps, provedBy, rule, shownBy, theorems } from "../conventions/clauses.ts"
import { hexIdentifier, listOf, message, nullable, oneOf, record, uint, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { GroupId, Key } from "../conventions/identifiers.ts"
import { Signature } from "../conventions/suite.ts"
import { agreementLabels } from "./agreement-labels.ts"
import { Epoch, Leaf } from "./tree-kem.ts"

const properties = "reference/delivery-service/test/cooperation-runs.test.ts"

export const clauses = declareClauses("cooperation", {
  electorate: check(
    "MUST",
    "Voters stand in ascending order of their leaves, n ≥ 3t + k, k ≥ 1, and the fast path needs n > 5t.",
    "Paillat et al. section 2.2; erratum CAC-1",
  ),
  voter: check("MUST", "A statement is signed by a voter of the epoch.", "Conclave"),
  signature: check(
    "MUST",
    "The signature of a statement verifies with the leaf signature key of its signer.",
    "Paillat et al. section 2.2",
  ),
  "certificate-quorum": check("MUST", "A certificate has chains of at least n − t distinct voters.", "Conclave"),
  "certificate-chain": check(
    "MUST",
    "A chain is by one voter and ends with READY of the value; it is that READY alone, or has the numbers 0, 1, " +
      "2 and so on, and so has each chain of a unique certificate.",
    "Conclave",
  ),
  "certificate-unique": provedBy(
    theorems("Cooperation", "unique_decides"),
    check("MUST", "In a unique certificate every other value is witnessed in fewer than k chains.", "erratum CAC-5"),
  ),
  "witness-once": rule(
    "MUST",
    "The first valid value is witnessed, when nothing was signed before; proposing afterwards does nothing.",
    "Paillat et al. section 2.2",
  ),
  "no-witness-after-ready": rule("MUST", "After its first READY a member signs no WITNESS.", "arXiv 2311.08776"),
  "ready-quorum": rule(
    "MUST",
    "READY is signed for a value with the witness quorum, when some value has passed the gate or a READY of it is known.",
    "Paillat et al. section 2.2",
  ),
  "accept-quorum": rule("MUST", "A value is accepted when n − t members are ready for it.", "Paillat et al. section 2.2"),
  candidates: provedBy(
    theorems("Cooperation", "prediction", "prediction_of_accepted"),
    rule(
      "MUST",
      "The candidates are fixed at the first acceptance: the values that k members have witnessed; they stay as they are.",
      "arXiv 2311.08776",
    ),
  ),
  linked: rule("MUST", "Only linked statements count.", "arXiv 2311.08776"),
  branches: rule("MUST", "Two statements of a signer with one number are held, and count.", "erratum CAC-2"),
  exposed: rule(
    "MUST",
    "A signer of whom two statements with one number are held counts as one that has witnessed each value.",
    "erratum CAC-8",
  ),
  unlock: rule(
    "MUST",
    "When n − t members have spoken and we are not ready for anything, values with θ WITNESSes are witnessed, " +
      "and all valid ones when we are relaxed.",
    "errata CAC-3, CAC-4, CAC-7",
  ),
  "fast-path": rule(
    "MAY",
    "With the fast path, a value that n − t members witnessed is accepted while there is no other, and unlocking " +
      "prefers the value with |P| − 2t WITNESSes.",
    "erratum CAC-6",
  ),
  agreement: shownBy(
    properties,
    rule("MUST", "Correct members accept the same values, and never one that was excluded.", "arXiv 2311.08776"),
  ),
})

export const steps = declareSteps("cooperation", {
  open: [
    "If the voters are not in strictly ascending order of their leaves, or n < 3t + k, or the fast path is on " +
      "and n ≤ 5t: refused (cooperation.electorate).",
    "A new instance has no statements, knows no value, finds none valid and has accepted none. Its candidates " +
      "are not fixed: anything is possible.",
  ],
  propose: ["Note the value as known and as valid.", "If no linked statement is ours: sign WITNESS of it with the number 0. Do settle."],
  learn: ["Note the value as known: its content is here, whether valid or not. Do settle."],
  validate: ["Note the value as known and as valid. Do settle."],
  relax: ["From now on we are relaxed. Do settle."],
  receive: [
    "Leave out each statement that is held already, or stands in the message before: one with the same signer, " +
      "number, kind and ref. When none is left, the message is accepted all the same.",
    "Leave out each statement with a number of 16n or more: no correct member signs so many.",
    "If the signer of a statement that is left is no voter: refused (cooperation.voter).",
    "If the signature of a statement that is left does not verify: refused (cooperation.signature).",
    "Hold those that are left, one after the other. Drop one when two statements by its signer with its number are " +
      "held then. Do settle.",
  ],
  settle: [
    "A pass is steps 4 to 10, each once, in this order. A pass that has changed something is followed by one more. " +
      "When a pass has changed nothing, the operation ends.",
    "Refs are gone through in ascending order. A statement that we sign has the lowest number of which no " +
      "statement of ours is held, and counts at once.",
    "How many statements we have signed is how many of ours are held, linked or not, whoever made them. For " +
      "everything else only linked ones count, ours too.",
    "First witness: if no linked statement is ours, and some value is valid: sign WITNESS of the valid value with the lowest ref.",
    "Ready: for each value with the witness quorum of which no linked READY is ours: if some value has passed " +
      "the gate, or a READY of this one is linked: sign READY of it, unless we have signed 16n statements.",
    "Fast path: if it is on, and |M| = 1, and that value is known and has n − t WITNESSes: accept it, unless it was accepted.",
    "We **may unlock** values if no linked READY is ours and |P| ≥ n − t. Otherwise steps 8 and 9 are left out.",
    "The values to be unlocked are those of M with at least θ WITNESSes; when we are relaxed, all valid values, " +
      "also those that nobody has witnessed. But when the fast path is on and some value has at least |P| − 2t " +
      "WITNESSes, they are those that have as many.",
    "Unlock: sign WITNESS of each value to be unlocked that is valid and of which no linked WITNESS is ours, as " +
      "long as we have signed fewer than 4n statements.",
    "Accept: each known value with n − t READYs that was not accepted.",
    "Accepting a value: if none was accepted before, the candidates become all values with at least k WITNESSes. " +
      "They stay as they are from then on.",
  ],
  certify: [
    "Take the signers of a linked READY of the value. Of a signer with several of them, the one with the lowest number counts.",
    "The chain of a signer is, for each number below that of its READY, the held statement of that number; where " +
      "there are several, the first in ascending order of kind and ref. Its last statement is that READY.",
    "Leave out chains of more than 4 statements. If n − t are left, take the best n − t of them. If every other " +
      "value is witnessed in fewer than k of these, they are the certificate, and it is unique.",
    "Otherwise, if there are fewer than n − t chains of any length: there is no certificate. Otherwise take the " +
      "best n − t; of each the certificate has the last statement alone, the READY.",
    "The best chains are those in which the fewest different other values are witnessed, and among equals those " +
      "with the lowest leaves. The certificate has them in ascending order of the leaves.",
  ],
  verify: [
    "If the electorate is none (as in open): refused (cooperation.electorate).",
    "The signer of a chain is that of its first statement here. If the chains are of fewer than n − t signers, or two " +
      "are of one: refused (cooperation.certificate-quorum). More than n − t chains are as good.",
    "If the statements of a chain are not by one signer, or the last is not READY of the value, or they are " +
      "several and have not the numbers from 0: refused (cooperation.certificate-chain).",
    "If a signer is no voter: refused (cooperation.voter).",
    "If a signature does not verify: refused (cooperation.signature).",
  ],
  "verify-unique": [
    "Verify the certificate (cooperation.verify). If a chain does not begin with number 0: refused (cooperation.certificate-chain).",
    "If another value is witnessed in k or more of the chains: refused (cooperation.certificate-unique).",
  ],
})

/** The name of a value: a hash of 32 bytes. */
export const Ref = hexIdentifier(32)

/** A member that votes, with its leaf signature key. */
export const Voter = record("voter", { leaf: Leaf, key: Key })

/** Those who vote in an epoch. `faults` is t, `sensitivity` is k, `fastPath` is 1 when it is on. */
export const Electorate = record("electorate", {
  group: GroupId,
  epoch: Epoch,
  voters: listOf(Voter, 1, 1024),
  faults: uint(0, 1024),
  sensitivity: uint(1, 1024),
  fastPath: uint(0, 1),
})
export type Electorate = ValueOf<typeof Electorate>

const statement = { signer: Leaf, seq: uint(0, 16_383), ref: Ref, signature: Signature }
/** "I saw this value and found it valid." */
export const Witness = message("witness", 0, statement)
/** "Enough have witnessed this value." */
export const Ready = message("ready", 1, statement)
/** A signed statement. */
export const Statement = oneOf("statement", [Witness, Ready])
export type Statement = ValueOf<typeof Statement>

/** The first statements of one signer. */
export const Chain = listOf(Statement, 1, 256)

/** Chains that end with READY of one value, in ascending order of their signers' leaves. */
export const Certificate = listOf(Chain, 1, 1024)
export type Certificate = ValueOf<typeof Certificate>

/** Which cooperation of the epoch: 1 on commits, 2 on sets of commits. */
export const Instance = uint(1, 2)

/** So many statements a correct one of `n` voters signs at most in an instance, each with a number of its own. */
export const maximumSigned = (n: number): number => 16 * n

/** Of one signer at most so many statements with one number are held. */
export const maximumBranches = 2

/** With so many of its first statements a voter unlocks values. */
export const maximumUnlocking = (n: number): number => 4 * n

/**
 * The state of one member in one instance. `candidates` is null before the first acceptance; `accepted` is in the order
 * of acceptance, all other lists ascend.
 */
export const Cooperation = record("cooperation", {
  electorate: Electorate,
  instance: Instance,
  me: Leaf,
  statements: listOf(Statement, 0, unlimited),
  known: listOf(Ref, 0, unlimited),
  valid: listOf(Ref, 0, unlimited),
  accepted: listOf(Ref, 0, unlimited),
  candidates: nullable(listOf(Ref, 0, unlimited)),
  relaxed: uint(0, 1),
})
export type Cooperation = ValueOf<typeof Cooperation>

/** Chains of a unique certificate have at most so many statements, so that it fits into a message. */
export const maximumChain = 4

/** How many faulty members a group of `n` tolerates, unless an application says otherwise. */
export const usualFaults = (n: number): number => Math.floor((n - 1) / 3)

/** The thresholds of a group of `n` with `t` faulty ones and the sensitivity `k`. */
export const thresholds = (n: number, t: number, k: number) => ({
  witness: 2 * t + k,
  ready: n - t,
  gate: Math.floor((n + t) / 2) + 1,
  candidate: k,
})

/** θ: so many WITNESSes unlock a value, when `values` values are witnessed (at least 1). */
export const unlockThreshold = (n: number, t: number, values: number): number =>
  Math.max(1, Math.min(n - (values + 1) * t, Math.ceil((n - t) / values)))

/**
 * What the signature of a statement covers, before encoding. `group` and `ref` are given as bytes, `kind` is 0 or 1.
 */
export const statementInput = (
  group: Uint8Array,
  epoch: number,
  instance: number,
  content: { readonly signer: number; readonly seq: number; readonly kind: number; readonly ref: Uint8Array },
): Cbor => [agreementLabels.statement, group, epoch, instance, content.signer, content.seq, content.kind, content.ref]
