/**
 * # CLIQUES, the group key agreement
 *
 * Clauses and steps of this chapter are called `cliques.*`.
 *
 * The members of a group agree on a **group secret**: the base point G, multiplied by a secret **contribution** of each
 * of them. Nobody ever sends it. What they send each other are **intermediate keys**: the one at index i is G
 * multiplied by all contributions but those of member i, so that member i, and nobody outside, gets from it to the
 * group secret. (CLIQUES: Steiner, Tsudik and Waidner 1998, IKA.1 and AKA; with X25519 in place of powers. Design
 * document section 5.2.1.)
 *
 * The initial agreement has an **upflow**, from member to member, in which the list of intermediate keys grows, and a
 * **downflow**, one broadcast of the finished list. The members' order is the order of the flow. Four members with
 * contributions x1 to x4 send, in this order,
 *
 * | packet | intermediate keys |
 * | --- | --- |
 * | first to second | G, x1 G |
 * | second to third | x2 G, x1 G, x2 x1 G |
 * | third to fourth | x3 x2 G, x3 x1 G, x2 x1 G, x3 x2 x1 G |
 * | fourth to all | x4 x3 x2 G, x4 x3 x1 G, x4 x2 x1 G, x3 x2 x1 G |
 *
 * (design document, figures u1, u2, u3 and d). The last element of an upflow list is the **cardinal key**; it has all
 * contributions so far. The last member keeps its cardinal key, which is the group secret, to itself.
 *
 * Everybody keeps the finished list. So any member can later change the group: it makes a new contribution, multiplies
 * all intermediate keys but its own by it, and begins an upflow to new members (include), or broadcasts the list at
 * once (exclude, refresh).
 *
 * ## Multiplication
 *
 * `x P` is X25519(x, P), and X25519(x, base point) when the intermediate key P is empty. A contribution is 32 random
 * bytes, clamped by X25519 whenever it is used, and kept as drawn. The product of several contributions with a key is
 * computed one after the other, in the order in which they were made.
 *
 * A member has one contribution more for each change that it has begun, and keeps them all, apart. They cannot be
 * multiplied into one number, because X25519 clamps it; and an old one must not be multiplied into the member's own
 * intermediate key: that product is the group secret of before, and would be sent to all.
 *
 * ## Group key
 *
 * ```text
 * group key = HKDF-Expand(HKDF-Extract(salt = "", group secret), info = "mpenc group key", 32)
 * ```
 *
 * ## What this does not give
 *
 * Against somebody who changes packets this agreement is helpless; the signature key exchange in the same packets finds
 * that out (chapter "aske"). And no step confirms that all have the same key: a member can give
 * others different keys. They then form groups that cannot read each other, which each notices by acknowledgements that
 * do not come (design document section 5.2.2, "Confirmation of the Shared Group Key").
 *
 * > **Erratum MK-1** (sections 2.1 and 6.2.1, by which older subsessions stay secret when the secrets of a session
 * > leak). A member keeps its contributions for as long as it stays, for the reason above, and its intermediate keys
 * > were sent in clear. So who learns the contributions, and has kept the packets, computes the group secret of every
 * > subsession since this member entered, though the group keys themselves are long deleted. What stays secret is what
 * > was before the member entered, or when it has entered anew since (start): then its contributions are new. Whoever
 * > implements this should keep contributions apart from the keys of messages, which alone do not lead back; and a
 * > group that wants more begins a new session now and then. No case shows it, because cases see no thief; tests:
 * > `reference/mpenc/test/cliques.test.ts` and `tools/test/game.test.ts`.
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule } from "../conventions/clauses.ts"
import { listOf, nullable, record, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { Key } from "../conventions/identifiers.ts"
import { IntermediateKey, MemberName } from "./records.ts"

const source = "design document section 5.2.1"

export const clauses = declareClauses("cliques", {
  members: check("MUST", "The members of an agreement are distinct, and we are one of them.", source),
  others: check("MUST", "An agreement is begun with others.", source),
  "upflow-keys": check("MUST", "The member at position p of the upflow, which is not the first, gets p + 1 intermediate keys.", source),
  last: check("MUST", "The last member of an upflow, and no other, ends it.", source),
  "downflow-keys": check("MUST", "A downflow has an intermediate key for each member.", source),
  contributed: check("MUST", "A downflow is for whoever has made a contribution.", source),
  agreed: check("MUST", "A group is changed by a member that has a group key.", source),
  "include-others": check("MUST", "Those who are included are not members, and at least one.", source),
  "exclude-members": check("MUST", "Those who are excluded are other members, and at least one.", source),
  "own-key-stays": rule("MUST", "A new contribution is multiplied into all intermediate keys but one's own.", source),
  "all-contributions": rule("MUST", "The cardinal key has all of one's own contributions.", source),
  "fresh-start": rule("MUST", "Whoever is in an upflow for the first time begins with no contributions.", source),
  "group-key": rule("MUST", "The group key is derived from the group secret, as above.", "design document section 5.4"),
})

export const steps = declareSteps("cliques", {
  renew: [
    "Add the new contribution to the end of our contributions.",
    "Multiply every intermediate key but our own (the one at our position) by the new contribution. If the result " +
      "of an X25519 is all zero: refused (suite.x25519-zero).",
    "The cardinal key is our own intermediate key, multiplied by all our contributions. If a result is all zero: " +
      "refused (suite.x25519-zero).",
  ],
  derive: ["The group key is HKDF-Expand(HKDF-Extract(empty salt, group secret), `mpenc group key`, 32)."],
  start: [
    "The members are we, then the others. If they are not distinct: refused (cliques.members). If there are no " +
      "others: refused (cliques.others).",
    "With the one empty intermediate key and no contributions, renew (cliques.renew). Send the intermediate keys " +
      "and, after them, the cardinal key.",
  ],
  forward: [
    "If the members are not distinct, or we are not one of them: refused (cliques.members).",
    "If our position p is 0, or there are not p + 1 keys: refused (cliques.upflow-keys). If we are the last " +
      "member: refused (cliques.last).",
    "The keys are our intermediate keys (the cardinal key that was sent to us stands at our position), and we have " + "no contributions.",
    "Renew (cliques.renew). Send the intermediate keys and, after them, the cardinal key.",
  ],
  close: [
    "As in steps 1 to 3 of forward; but in place of the last check of its step 2, if we are not the last member: " +
      "refused (cliques.last).",
    "Renew (cliques.renew). The cardinal key is the group secret: derive the group key (cliques.derive). Send the " + "intermediate keys.",
  ],
  receive: [
    "If the members are not distinct, or we are not one of them: refused (cliques.members).",
    "If there are not as many keys as members: refused (cliques.downflow-keys). If we have no contributions: " +
      "refused (cliques.contributed).",
    "The members and the keys are now ours. The group secret is the key at our position, multiplied by all our " +
      "contributions; if a result is all zero: refused (suite.x25519-zero).",
    "Derive the group key (cliques.derive).",
  ],
  "check-agreed": [
    "If the members are not distinct, or we are not one of them: refused (cliques.members).",
    "If there are not as many intermediate keys as members: refused (cliques.downflow-keys).",
    "If there is no group key: refused (cliques.agreed).",
  ],
  include: [
    "Check the agreement (by check-agreed).",
    "If nobody is included, or a member, or somebody twice: refused (cliques.include-others).",
    "Add the new members to the end. Renew (cliques.renew). Send the intermediate keys and, after them, the " +
      "cardinal key. We have no group key until the downflow.",
  ],
  exclude: [
    "Check the agreement (by check-agreed).",
    "If nobody is excluded, or somebody who is no member, or we, or somebody twice: refused (cliques.exclude-members).",
    "Remove those who are excluded, and their intermediate keys. Renew (cliques.renew). Derive the group key from " +
      "the cardinal key (cliques.derive). Send the intermediate keys.",
  ],
  refresh: [
    "Check the agreement (by check-agreed).",
    "Renew (cliques.renew). Derive the group key from the cardinal key (cliques.derive). Send the intermediate keys.",
  ],
})

/** The `info` of the derivation of a group key, in ASCII. */
export const groupKeyInfo = "mpenc group key"

/**
 * What a member holds of an agreement: the members in their order, their intermediate keys in the same order (fewer
 * while an upflow is under way), its own contributions, oldest first, and the group key once it has one.
 */
export const Agreement = record("mpenc-agreement", {
  members: listOf(MemberName, 1, unlimited),
  intermediateKeys: listOf(IntermediateKey, 0, unlimited),
  contributions: listOf(Key, 0, unlimited),
  groupKey: nullable(Key),
})
export type Agreement = ValueOf<typeof Agreement>
