/**
 * # Application messages
 *
 * Clauses and steps: `application-messages`. Layer, methods and cases: `application`.
 *
 * What people write to each other, encrypted under keys made from update secrets. (ePrint 2020/1281 section 7.6: FS-AEAD.)
 *
 * Each update secret of a member starts a new **chain** of that member, named by the member and the number of the control message that gave the secret. Message number `index` of a chain, counted from
 * 0, has a key of its own, which is deleted when it has been used; from a chain's state nothing can be computed about keys before it. The chain is secret as long as the update secret is, and the next update secret
 * makes a new one: forward secrecy within a chain, and healing between chains.
 *
 * With `group` and `sender` as byte strings, a chain begins with the update secret as its state, and one step of it is
 *
 * ```text
 * context = [ group, sender, seq, index ]
 * key     = HKDF-Expand(HKDF-Extract(salt = 32 zero bytes, input = state), info = CBOR([ "conclave/1 application key", ...context ]), 32)
 * next    = HKDF-Expand(HKDF-Extract(salt = 32 zero bytes, input = state), info = CBOR([ "conclave/1 application chain", ...context ]), 32)
 * ```
 *
 * where `...context` stands for the four elements. A message is sealed with ChaCha20-Poly1305 under the key, the nonce of 12 zero bytes, and `CBOR([ "conclave/1 application message", ...context ])` as associated data, and signed over
 * `CBOR([ "conclave/1 application signature", ...context, ciphertext ])`.
 *
 * The signature is by the sender's current signing key as of the control message that began the chain: the one that this message brought, or that was current before it. It says which member wrote the message;
 * the sealing alone would show only that somebody in the group did.
 *
 * ## Order and loss
 *
 * Application messages have no place in the order of control messages. They may be lost, and come in any order, within bounds: the keys of messages skipped are kept, the last 1,024 of a chain, and a
 * message may be at most 1,024 ahead of the **next** one, whose index is one more than the highest that has been opened. Of each member the last 8 chains are kept. A message of a chain that is still to begin waits for the control message that begins it.
 *
 * A chain does not end when its member is removed: what it wrote before it could know is for all who were members then. Nothing in a message says when it was written, so a removed member that does not keep to the rules
 * can go on in its last chain. It cannot read anything by that, and the chapter "group-messaging" marks what it writes.
 *
 * ## State
 *
 * | state | content |
 * | --- | --- |
 * | own | our chain: its number, the index of our next message, and its state; null before we have an update secret |
 * | chains | by member: its last chains, oldest first. Of each the number, the index of the next message, its state at that index, the signing key, and the skipped keys with their indexes |
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule } from "../conventions/clauses.ts"
import { bytes, message, uint, type ValueOf } from "../conventions/encoding.ts"
import { GroupId, MemberId, Seq } from "../conventions/identifiers.ts"
import { Signature } from "../conventions/suite.ts"

export const clauses = declareClauses("application-messages", {
  "no-secret": check("MUST", "Nobody sends who has no update secret.", "ePrint 2020/1281 section 7.6"),
  "payload-length": check("MUST", "A payload is at most 1,047,552 bytes long.", "Conclave"),
  group: check("MUST", "A message is opened only in the group that it names.", "Conclave"),
  chain: check("MUST", "A message is opened with a chain that we have, one of the last 8 of its sender.", "Conclave"),
  ahead: check("MUST", "A message is at most 1,024 ahead in its chain.", "Conclave"),
  signature: check("MUST", "A message is signed by its sender.", "ePrint 2020/1281 section 5"),
  opens: check("MUST", "A message opens with its key.", "ePrint 2020/1281 section 7.6"),
  "chain-of-secret": rule(
    "MUST",
    "Each update secret begins a chain, and messages are sent in the chain of our last one.",
    "ePrint 2020/1281 section 7.6",
  ),
  "key-used-once": rule(
    "MUST",
    "A key is used once: it is deleted when its message has been sealed or opened.",
    "ePrint 2020/1281 section 7.6",
  ),
  skipped: rule(
    "MUST",
    "At most 1,024 keys are kept for messages of a chain that have not come; when there are more, those of the first messages are deleted.",
    "Conclave",
  ),
  "out-of-order": rule("MUST", "The messages of a chain are opened in whatever order they come.", "ePrint 2020/1281 section 7.6"),
})

export const steps = declareSteps("application-messages", {
  begin: [
    "An update secret of ours, with the number of the message that gave it, becomes our chain, with index 0; the chain before it is deleted.",
    "An update secret of another member becomes the last of its chains, with index 0 and the member's current signing key. If it has more than 8 now, the first is deleted with its skipped keys.",
  ],
  seal: [
    "If there is no own chain: refused (application-messages.no-secret).",
    "If the payload is longer than 1,047,552 bytes: refused (application-messages.payload-length).",
    "Take a step of our chain: the key seals the payload; the next state replaces the state, and the index is counted up.",
    "Sign with our secret signing key.",
  ],
  "forget-keys": [
    "The own chain is deleted. Of the others, the state, the signing key and the skipped keys are replaced by 32 zero bytes each: what remains tells the messages that have been opened, and opens none.",
  ],
  open: [
    "Decode the message (encoding.decode).",
    "If it names another group than ours: refused (application-messages.group).",
    "If the sender is we ourselves: ignored.",
    "If we have no such chain of the sender: if its number is above that of the last control message seen of the sender: waiting for the control message with that number; otherwise refused (application-messages.chain).",
    "If the index is below the chain's and its key is not among the skipped ones, because it was used or deleted: ignored.",
    "If the index is more than 1,024 above the chain's: refused (application-messages.ahead).",
    "If the strict verification of the signature under the chain's signing key fails: refused (application-messages.signature).",
    "If the index is below the chain's: take the key from the skipped ones and delete it there. Otherwise step the chain up to the index, keeping the keys before it as skipped, and take the key at the index; the chain's index is one more from now on. While more than 1,024 are kept, delete the one with the lowest index.",
    "Open the ciphertext; if it does not open: refused (application-messages.opens).",
  ],
})

/** The longest payload, in bytes. */
export const maximumPayload = (1 << 20) - 1024
/** How far ahead in its chain a message may be, and how many keys of a chain are kept for messages that have not come. */
export const maximumSkipped = 1024
/** How many chains are kept of each member. */
export const maximumChains = 8
/** The nonce under which a key seals its one message. */
export const applicationNonce = new Uint8Array(12)
/** The salt of a chain's derivations. */
export const chainSalt = new Uint8Array(32)

/** What is sent. `seq` and `index` name the key. */
export const ApplicationMessage = message("application", 1, {
  group: GroupId,
  sender: MemberId,
  seq: Seq,
  index: uint(0, 0xffffffff),
  ciphertext: bytes(16, maximumPayload + 16),
  signature: Signature,
})
export type ApplicationMessage = ValueOf<typeof ApplicationMessage>
