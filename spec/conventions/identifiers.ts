/**
 * # Identifiers
 *
 * A **user** is a person or a device with long-term identity keys. A **member** is one addition of a user to one group:
 * whoever is removed and added again, or added by two members at once, is so many different members, each with its own
 * identifier, key bundle, channels and ratchet. The paper assumes this (CCS 2021 section 2.1, "unique additions"); here
 * it holds by construction, because a member's identifier is computed from the message that adds it.
 *
 * The identifier of a group is the first 16 bytes of
 *
 * ```text
 * SHA-256(CBOR([ "conclave/1 group id", signingKey, users, nonce ]))
 * ```
 *
 * where `signingKey` is the public identity signing key of the user that creates the group, `users` are the users of
 * the *create* message in its order, and `nonce` is drawn. So nobody but the creator can make a create with this
 * identifier, and all that it makes name the same users. Everybody who is shown the create can check that. Several
 * creates with one identifier, which differ in something else, are an equivocation as any.
 *
 * The identifier of a member is the first 16 bytes of
 *
 * ```text
 * SHA-256(CBOR([ "conclave/1 member id", group, user, adder, seq ]))
 * ```
 *
 * where `adder` and `seq` are the sender and the sequence number of the *add* message, and for those whom the *create*
 * message names, `adder` is null and `seq` is 0. An adder can find two additions of its own with one identifier in some
 * 2^64 steps. What then follows has not been examined, and nothing is promised against whoever can do that.
 *
 * Every control message has a **sender** (a member) and a **sequence number**: each member counts its control messages
 * from 1, without gaps. The pair names the message in the whole group.
 *
 * In memory and in JSON, group and member identifiers are handled as lower-case hex, in bytes as byte strings. Where an
 * implementation gives a list of members, it is in ascending order, unless a chapter says otherwise; lists that it is
 * given may be in any.
 *
 * @module
 */
import type { Cbor } from "./cbor.ts"
import { declareClauses, declareSteps, rule } from "./clauses.ts"
import { bytes, hexIdentifier, printable, uint, type ValueOf } from "./encoding.ts"
import { labels } from "./labels.ts"

export const clauses = declareClauses("identifiers", {
  "group-id": rule(
    "MUST",
    "The identifier of a group is computed from its creator's signing key, the users of its create and a " + "nonce, as above.",
    "Conclave",
  ),
  "member-id": rule(
    "MUST",
    "The identifier of a member is computed from group, user, adder and the add's sequence number, as above.",
    "CCS 2021 section 2.1",
  ),
})

export const steps = declareSteps("identifiers", {})

/** A group: 16 bytes, as above. */
export const GroupId = hexIdentifier(16)
export type GroupId = ValueOf<typeof GroupId>

/** A member: 16 bytes, as above. */
export const MemberId = hexIdentifier(16)
export type MemberId = ValueOf<typeof MemberId>

/** A user: 1 to 64 characters of printable ASCII without spaces, so that one name has one spelling. */
export const UserId = printable(1, 64)
export type UserId = ValueOf<typeof UserId>

/** A sequence number, from 1. */
export const Seq = uint(1, 0xffffffff)

/** A key id, counted by its owner. */
export const KeyIndex = uint(0, 0xffffffff)

/**
 * A point in time: whole seconds since 1970-01-01T00:00:00Z. Operations never read a clock, the time is always an
 * input. What expires at a time is valid before it, and has expired at it. Time may go back from one call to the next;
 * each call is judged by the time that it is given.
 */
export const Time = uint()

/** A 32-byte key, secret or public. */
export const Key = bytes(32)

/** The nonce of a group identifier. */
export const GroupNonce = bytes(16)

/** The value whose encoding is hashed for a group's identifier. */
export const groupIdInput = (signingKey: Uint8Array, users: ReadonlyArray<UserId>, nonce: Uint8Array): Cbor => [
  labels.groupId,
  signingKey,
  [...users],
  nonce,
]

/**
 * The value whose encoding is hashed for a member's identifier. Identifiers are given as bytes; `adder` is null and
 * `seq` 0 for the members named by a create.
 */
export const memberIdInput = (group: Uint8Array, user: UserId, adder: Uint8Array | null, seq: number): Cbor => [
  labels.memberId,
  group,
  user,
  adder,
  seq,
]
