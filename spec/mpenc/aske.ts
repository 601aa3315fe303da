/**
 * # ASKE, the signature key exchange
 *
 * Clauses and steps of this chapter are called `aske.*`.
 *
 * Each member has a long-term Ed25519 **identity key**, and in a session an **ephemeral key** (Ed25519 too), by which
 * it signs its packets and messages. The exchange ties the ephemeral keys of all members to their identity keys, and
 * all of them to one **session id**, in which each member has put a fresh **nonce**. (Design document section 5.2.2.)
 *
 * An operation on the members collects nonces and ephemeral public keys, in the order of the members. When the lists
 * are complete, everybody computes the session id and broadcasts an **acknowledgement**: a signature of its own
 * *authenticator* by its identity key. The exchange has succeeded when each member has verified the acknowledgements of
 * all.
 *
 * ## Session id
 *
 * ```text
 * sid = SHA-256(name 1 || ... || name n || nonce 1 || ... || nonce n)
 * ```
 *
 * with the names sorted (chapter "records") and the nonces in the order of their members' names.
 *
 * > **Erratum A21** (section 5.2.2, "lexical order"): the original sorts as JavaScript sorts texts, which outside of
 * > ASCII is the order of neither code points nor bytes. Here the order is that of the UTF-8 bytes; for ASCII it is the
 * > same. Vector: `aske/sorted-by-bytes`.
 *
 * > **Erratum A24.** Names stand in `sid`, and in the authenticator, without a length or an end, so `a`, `bc` and `ab`,
 * > `c` with equal nonces give one session id. It is kept, to be compatible. It does no harm by itself: an
 * > authenticator has its member's own name, followed by a fixed number of bytes, and nonces are fresh. Vector:
 * > `aske/names-run-together`.
 *
 * ## Acknowledgement
 *
 * ```text
 * authenticator of i = "acksig" || name of i || ephemeral public key of i || nonce of i || sid
 * SESSION_SIGNATURE of i = Ed25519(identity key of i, SHA-256(authenticator of i))
 * ```
 *
 * > **Erratum A4** (section 5.2.2 signs the authenticator itself): what is signed is its hash, as the original does.
 * > Vector: `aske/acknowledge-2`.
 *
 * ## When nonces and keys change
 *
 * | operation | nonces | ephemeral keys |
 * | --- | --- | --- |
 * | start | each member makes one, on the upflow | likewise |
 * | include | the initiator replaces its own, each new member makes one | each new member makes one |
 * | exclude | those of the excluded go, the initiator replaces its own | those of the excluded go |
 * | refresh | unchanged, and so is the session id | unchanged |
 *
 * The initiator of an exclusion must replace its nonce because the same members may have had a session before. A member
 * keeps its ephemeral key for as long as it stays.
 *
 * > **Erratum A15** (section 5.2.2, by which an include begins with the nonces that exist): the original's initiator
 * > replaces its own on an include too, and so it is here. Vector: `greeting/include-3-to-5-by-alice`.
 *
 * > **Errata A8, A9.** Section 5.2.3 puts a SESSION_SIGNATURE into every downflow packet, and section 5.2.2 leaves
 * > refresh open. A refresh has none; its freshness comes from PREV_PF and the signature of the packet, and two
 * > subsessions with one session id differ in their group key (chapter "messages"). Vector:
 * > `greeting/refresh-3-by-alice`.
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule } from "../conventions/clauses.ts"
import { bytes, listOf, record, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { Key } from "../conventions/identifiers.ts"
import { Hash, MemberName } from "./records.ts"

const source = "design document section 5.2.2"

export const clauses = declareClauses("aske", {
  members: check("MUST", "The members of an exchange are distinct, and each has a nonce and an ephemeral key.", source),
  member: check("MUST", "Whoever acknowledges is a member.", source),
  acknowledgement: check("MUST", "An acknowledgement is a signature of the authenticator's hash by the member's identity key.", source),
  "session-id": rule("MUST", "The session id is computed as above.", `${source}; errata A21, A24`),
  authenticator: rule("MUST", "The authenticator is made as above, and its hash is signed.", `${source}; erratum A4`),
})

export const steps = declareSteps("aske", {
  complete: [
    "If the members are not distinct, or there are not as many nonces and ephemeral public keys as members: " + "refused (aske.members).",
    "Sort the names, with their nonces. The session id is the hash of all names, then all nonces.",
  ],
  authenticator: [
    "If the member is not one of the exchange: refused (aske.member).",
    "The authenticator is `acksig` in ASCII, the member's name in UTF-8, its ephemeral public key, its nonce and " + "the session id.",
  ],
  acknowledge: ["Make our own authenticator (aske.authenticator), and sign its SHA-256 by our identity key."],
  verify: [
    "Make the authenticator of the member (aske.authenticator). If strict verification by the member's identity " +
      "key does not accept the signature of its SHA-256: refused (aske.acknowledgement).",
  ],
})

/** What the authenticator begins with, in ASCII. */
export const authenticatorContext = "acksig"

/** A nonce. */
export const Nonce = bytes(32)

/**
 * An exchange whose lists are complete: the members in the order of the flow, their nonces and ephemeral public keys in
 * the same order, and the session id.
 */
export const Exchange = record("mpenc-exchange", {
  members: listOf(MemberName, 1, unlimited),
  nonces: listOf(Nonce, 1, unlimited),
  publicKeys: listOf(Key, 1, unlimited),
  sessionId: Hash,
})
export type Exchange = ValueOf<typeof Exchange>
