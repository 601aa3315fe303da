/**
 * # Messages
 *
 * Clauses and steps of this chapter are called `messages.*`.
 *
 * A message is written in a subsession: encrypted with its group key, and signed by the ephemeral key of its author.
 * (Design document section 5.3.)
 *
 * ## Keys
 *
 * `sid` is the session id and `gk` the group key, of 32 bytes. The **subsession hash** is
 *
 * ```text
 * SHA-256(sid || gk)
 * ```
 *
 * and its first byte is the SIDKEY_HINT of each message, by which a reader of several subsessions finds the right one.
 * It is a hint: it is not signed, and two subsessions may have the same. But a packet whose hint is another than that
 * of a subsession does not belong there, and nothing more is computed for it.
 *
 * The **cipher key** is the first `cipherKeyBytes` bytes of `gk`, 16 or 32, a parameter of the session.
 *
 * > **Erratum A3** (section 5.4, "AES128"): the original passes all 32 bytes of the group key to its cipher, which then
 * > is AES-256. The default is 16, as the design document says; 32 reads and writes what the original did. All members
 * > must have the same. Vectors: `messages/cipher-key-16` and `messages/cipher-key-32`.
 *
 * ## Plaintext
 *
 * ```text
 * content   = MESSAGE_PARENT records || MESSAGE_BODY record
 * plaintext = length of content (16 bits, big-endian) || content || zero bytes
 * ```
 *
 * With **padding**, there are as many zero bytes as make the plaintext 128, 256, 512, ... or 32,768 bytes long, the
 * smallest of these that suffices, so that the content has at most 32,766 bytes. Without, there are none, and the
 * content has at most 65,533. Padding is a parameter too, and is on unless said otherwise; a reader takes any number of
 * zero bytes.
 *
 * > **Erratum A13** (section 5.3, "the value of MESSAGE_BODY is prepended"): the length stands before all of the
 * > records. Vector: `messages/plaintext`.
 *
 * The MESSAGE_PARENTs are the identifiers of the messages after which this one was written (chapter "transcript"), in
 * ascending order; a reader takes any order, without duplicates.
 *
 * MESSAGE_PAYLOAD is the plaintext, encrypted with AES in counter mode (NIST SP 800-38A) under the cipher key. The
 * first counter block is MESSAGE_IV (12 random bytes, never twice with one key) and four zero bytes; blocks are counted
 * up as big-endian numbers. The mode has no authentication of its own; the signature is what protects the ciphertext.
 *
 * ## Body
 *
 * MESSAGE_BODY is one byte for the kind, and a JSON array in UTF-8:
 *
 * | byte | body | array |
 * | --- | --- | --- |
 * | 00 | payload | `["text"]`, the text not empty |
 * | 01 | acknowledgement of its own | `[true]` if the user asked for it, `[false]` if not |
 * | 02 | heartbeat | `[]` |
 * | 03 | consistency | `[true]` if its author writes no more (FIN), otherwise `[false]` |
 * | 04 | order acknowledgement | `["packet id","chain hash"]`, each 64 lower-case hex digits |
 *
 * The array has one form, that of JavaScript's `JSON.stringify`: no white space; in a text, `"` and `\` are written
 * with a `\` before them, U+0008, U+0009, U+000A, U+000C and U+000D as `\b`, `\t`, `\n`, `\f` and `\r`, any other
 * character below U+0020 as `\u` and four lower-case hex digits, and everything else as itself.
 *
 * > **Erratum A14** (section 5.3, by which the body is the text itself). The kinds 00, 01 and 03 are the original's,
 * > which refuses 02; 02 and 04 are ours, and serve what the design document announces in section 6.1. Vector:
 * > `messages/bodies`.
 *
 * ## Signature and identifier
 *
 * ```text
 * MESSAGE_SIGNATURE of a data packet = Ed25519(ephemeral key of the author, "datamsgsig" || subsession hash || signed part)
 * MESSAGE_SIGNATURE of an error      = Ed25519(ephemeral key of SOURCE, "errormsgsig" || signed part)
 * identifier of a message            = the first 20 bytes of SHA-256(MESSAGE_SIGNATURE || signed part)
 * ```
 *
 * The identifier covers the signature. Therefore verification is strict: a second signature that others accept would be
 * a second identifier of the same message (erratum A41). It does not cover the hint.
 *
 * Who wrote a message is not in the packet: it is the transport's sender, whose key must verify the signature. Its
 * **readers** are the other members of the subsession.
 *
 * @module
 */
import { Schema } from "effect"
import { check, declareClauses, declareSteps, rule } from "../conventions/clauses.ts"
import { asItIs, bytes, listOf, message, oneOf, record, unlimited, type ValueOf, type Wire } from "../conventions/encoding.ts"
import { Key } from "../conventions/identifiers.ts"
import { MemberName, maximumText, PacketId, type Place, textUpTo } from "./records.ts"

const section = "design document section 5.3"

export const clauses = declareClauses("messages", {
  kind: check("MUST", "A message is a data packet.", section),
  hint: check("MUST", "The hint of a message is that of the subsession.", section),
  author: check("MUST", "The author of a message is a member of the subsession.", section),
  signature: check("MUST", "A message is signed by its author's ephemeral key, for this subsession.", section),
  length: check("MUST", "The length in a plaintext is not larger than what follows it.", "Conclave; the original reads on"),
  padding: check("MUST", "What follows the content in a plaintext is zero.", "Conclave; the original reads on"),
  content: check("MUST", "A content is any number of MESSAGE_PARENTs of 20 bytes, then one MESSAGE_BODY.", section),
  parents: check("MUST", "No parent stands in a message twice.", "Conclave"),
  body: check("MUST", "A body is one of the table, in its one form.", "original implementation, made exact; erratum A14"),
  size: check("MUST", "A content is at most 32,766 bytes long, or 65,533 without padding.", "Conclave; the original fails later"),
  error: check("MUST", "A signed error is signed by the ephemeral key of its source.", "original implementation"),
  "subsession-hash": rule("MUST", "The subsession hash is computed as above, of the whole group key.", section),
  "cipher-key": rule(
    "MUST",
    "The cipher key is the first bytes of the group key, as many as the parameter says.",
    "design document section 5.4; erratum A3",
  ),
  padded: rule("MUST", "A plaintext is padded to the smallest of the sizes.", section),
  "parents-order": rule("MUST", "Parents are written in ascending order.", "Conclave"),
  identifier: rule("MUST", "The identifier of a message is computed as above.", "original implementation"),
})

export const steps = declareSteps("messages", {
  seal: [
    "If the parents are not distinct: refused (messages.parents). If the body is a payload with an empty text: " +
      "refused (messages.body).",
    "The content is the parents, in ascending order, then the body. If it is longer than 32,766 bytes, or 65,533 " +
      "without padding: refused (messages.size).",
    "The plaintext is the length of the content, the content, and the padding.",
    "Encrypt it under the cipher key with the IV given.",
    "Sign the packet by our ephemeral key, as above. The hint is the first byte of the subsession hash. Encode the " +
      "packet (mpenc-records.encode), and compute its identifier.",
  ],
  open: [
    "Decode the text (mpenc-records.decode). If it is no data packet: refused (messages.kind).",
    "If its hint is not the first byte of the subsession hash: refused (messages.hint).",
    "The author is the sender. If it is not a member of the subsession: refused (messages.author).",
    "If strict verification by the author's ephemeral key does not accept the signature: refused (messages.signature).",
    "Decrypt the payload under the cipher key. If it has no two bytes for the length, or the length is larger than " +
      "what follows: refused (messages.length).",
    "If a byte after the content is not zero: refused (messages.padding).",
    "If the content is not records of the layout MESSAGE_PARENT*, MESSAGE_BODY, with lengths that their types " +
      "allow: refused (messages.content).",
    "If a parent stands there twice: refused (messages.parents).",
    "If the body is none of the table in its one form: refused (messages.body).",
    "Give the identifier, the author, the readers (the other members, in their order), the parents as they stand " + "there, and the body.",
  ],
  "sign-error": [
    "Sign `errormsgsig` in ASCII and the signed part of the error by our ephemeral key, and encode it " + "(mpenc-records.encode).",
  ],
  "verify-error": [
    "Decode the text (mpenc-records.decode). If it is no error: refused (messages.kind).",
    "If it has no signature, or strict verification by the key given does not accept it: refused (messages.error).",
  ],
})

/** What the signed bytes begin with, in ASCII. */
export const contexts = { data: "datamsgsig", error: "errormsgsig" } as const

/** The layout of a content. */
export const contentLayout: ReadonlyArray<Place> = ["MESSAGE_PARENT*", "MESSAGE_BODY"]

/** The smallest padded plaintext, and the largest, in bytes. */
export const paddedSizes = { smallest: 128, largest: 32768 } as const

/** The longest content, in bytes, with padding and without. */
export const maximumContent = { padded: 32766, unpadded: 65533 } as const

/** Yes or no: 1 or 0 in bytes. */
const flag: Wire<boolean> = {
  encode: (value) => (value ? 1 : 0),
  decode: (value) => (value === 0 || value === 1 ? value === 1 : undefined),
  json: Schema.Boolean,
  cddl: "0..1",
  rules: {},
}

/** What a message says. `manual`: whether the user asked for the acknowledgement; `close`: whether it is a FIN. */
export const Body = oneOf("mpenc-body", [
  message("payload", 0, { text: textUpTo(/^\P{Cs}*$/u, maximumText) }),
  message("acknowledgement", 1, { manual: flag }),
  message("heartbeat", 2, {}),
  message("consistency", 3, { close: flag }),
  message("order-acknowledgement", 4, { packetId: PacketId, chainHash: PacketId }),
])
export type Body = ValueOf<typeof Body>

/** How many bytes of the group key are the cipher key. */
export const CipherKeyBytes: Wire<16 | 32> = {
  ...asItIs<16 | 32>((value) => value === 16 || value === 32),
  json: Schema.Literals([16, 32]),
  cddl: "16 / 32",
  rules: {},
}

/** How a session encrypts. */
export const CipherParameters = record("mpenc-cipher-parameters", { cipherKeyBytes: CipherKeyBytes, padding: flag })
export type CipherParameters = ValueOf<typeof CipherParameters>

/**
 * What is needed to read the messages of a subsession: its members with their ephemeral public keys, the session id and
 * the group key.
 */
export const ReadingKeys = record("mpenc-reading-keys", {
  members: listOf(MemberName, 0, unlimited),
  publicKeys: listOf(Key, 0, unlimited),
  sessionId: bytes(32),
  groupKey: Key,
})
export type ReadingKeys = ValueOf<typeof ReadingKeys>
