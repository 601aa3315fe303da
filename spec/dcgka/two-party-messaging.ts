/**
 * # Two-party messaging (2SM)
 *
 * Clauses and steps of this chapter are called `channel.*`.
 *
 * A **channel** carries secrets from one member to another, and heals from compromise with each message: whenever a
 * member sends, it makes two new key pairs, one of its own for the next message towards it, and one *for the peer*,
 * whose secret half it sends along. Each secret key opens one message and is then deleted, which gives forward secrecy;
 * what was stolen before a send opens nothing that is sent after the peer has received it, which gives post-compromise
 * security. (ePrint 2020/1281, figure 2 and appendix C.)
 *
 * Both sides may send at any time and messages may cross. What one side sends must be received in the order sent, and
 * is authenticated from outside: both is the business of causal broadcast. A channel belongs to two members of one
 * group.
 *
 * What a message carries is its **payload**. With it goes **outer**, bytes that the caller wants bound to it: those of
 * the control message with which it travels. A message is of **kind** 0 when it is sealed with a key bundle, 1 when its
 * recipient made the key, and 2 when its sender made it. `receivedKey` is the secret key that came with the last
 * message of the peer. In three messages that alternate, with public halves in capitals:
 *
 * ```text
 * Alice → Bob    kind 0            sealed with a bundle of Bob's        brings A1 of her own, index 1, and x1 for Bob
 * Bob   → Alice  kind 1, index 1   sealed to A1; Alice deletes a1       brings B1 of his own, index 1, and y1 for Alice
 * Alice → Bob    kind 1, index 1   sealed to B1; Bob deletes b1         brings A2 of her own, index 2, and x2 for Bob
 * ```
 *
 * Had Alice sent the third before the second came, it would be of kind 2, sealed to X1: Bob has x1 as `receivedKey`.
 *
 * ## Which key a message is sealed to
 *
 * `peerKey` is the public key to which the next message to the peer is sealed, and who made it:
 *
 * - at first there is none: the message is a **first contact** with a key bundle of the peer;
 * - after receiving, it is the key that the peer made for itself: the message names it by its index;
 * - after sending, it is the key that we made for the peer: the peer knows it as its `receivedKey`.
 *
 * > **Erratum 2SM-1.** Figure 2 attaches to a message "who made the key", as seen by its sender, and its receiver
 * > compares that with *me* without changing the point of view: read literally, the very first message is opened with
 * > the wrong key. Here a message says whether its **recipient** or its **sender** made the key: kind 1 or kind 2.
 * > Vectors: `channel/key-made-by-recipient`, `channel/key-made-by-sender`, and all crossings.
 *
 * ## Context and associated data
 *
 * The **context** of a direction is `CBOR([ "conclave/1 channel", group, sender, recipient ])`, the three identifiers
 * as byte strings. The associated data of a message is
 *
 * ```text
 * CBOR([ "conclave/1 channel", group, sender, recipient, kind, index, outer ])
 * ```
 *
 * where `index` is the index of the recipient's key for kind 1 and 0 otherwise, and `outer` is a byte string that the
 * caller wants bound to the message (the control message that it travels with).
 *
 * Kind 0 is sealed with the first-contact key (chapter "key-bundles", with this context). Kinds 1 and 2 are sealed with
 * HPKE (chapter "suite") with the context as `info`. What is sealed is the encoding of `ChannelPlaintext`.
 *
 * @module
 */
import { check, declareClauses, declareSteps, provedBy, rule, shownBy, theorems } from "../conventions/clauses.ts"
import { bytes, listOf, message, nullable, oneOf, record, uint, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { GroupId, Key, KeyIndex, MemberId, UserId } from "../conventions/identifiers.ts"
import { Ciphertext } from "./key-bundles.ts"

export const clauses = declareClauses("channel", {
  "first-contact-once": check(
    "MUST",
    "A first contact is accepted only before anything else from the same peer.",
    "ePrint 2020/1281 figure 2",
  ),
  "peer-user": check("MUST", "A first contact names the user that the peer was made of.", "Conclave"),
  "key-held": check("MUST", "A message names a key that the recipient holds.", "ePrint 2020/1281 figure 2"),
  opens: provedBy(
    theorems("TwoPartyMessaging", "every_message_opens"),
    check("MUST", "A message opens under the key that it names, with its context and associated data.", "ePrint 2020/1281 figure 2"),
  ),
  "peer-key-zero": check("MUST", "The public key that a message brings is not of small order.", "RFC 7748 section 6.1"),
  "payload-length": check("MUST", "A payload is at most 1,047,552 bytes long.", "Conclave"),
  plaintext: check("MUST", "What a message contains is the encoding of a channel plaintext.", "ePrint 2020/1281 figure 2"),
  "index-rises": provedBy(
    theorems("TwoPartyMessaging", "opens_once"),
    check("MUST", "The index of the key that the peer made for itself is higher than that of the one before.", "ePrint 2020/1281 figure 2"),
  ),
  "key-choice": rule(
    "MUST",
    "A message is sealed to the newest key known for the peer: its own as last received, or the one made for it since.",
    "ePrint 2020/1281 figure 2; erratum 2SM-1",
  ),
  "key-deleted": rule(
    "MUST",
    "A secret key is deleted when it has opened a message, and with a key of our own all those with a lower index.",
    "ePrint 2020/1281 figure 2",
  ),
  "key-superseded": provedBy(
    theorems("TwoPartyMessaging", "every_message_opens"),
    shownBy(
      "reference/dcgka/test/sizes.test.ts",
      rule(
        "MUST",
        "When it is known that the peer has processed a message, the own keys of all messages before it are " + "deleted.",
        "Conclave",
      ),
    ),
  ),
  "two-new-keys": rule("MUST", "Each message brings a new key of the sender and a new key for the recipient.", "ePrint 2020/1281 figure 2"),
  "bound-context": rule("MUST", "A message is bound to group, sender, recipient, kind, key index and the outer message.", "Conclave"),
})

export const steps = declareSteps("channel", {
  processed: [
    "The layer above says that the peer has processed all our messages up to a **mark**: a number that it " +
      "gives with each message, and that does not fall. Of the own keys with this mark or a lower one, only " +
      "the last is kept.",
  ],
  open: ["A new channel has no own keys, no received key, no key for the peer, and `nextIndex` 1."],
  send: [
    "If the payload is longer than 1,047,552 bytes: refused (channel.payload-length).",
    "Draw a secret key of our own, `channel/{me}/{peer}/{nextIndex}/own`, and one for the peer, " +
      "`channel/{me}/{peer}/{nextIndex}/peer`, 32 bytes each.",
    "Encode the plaintext: payload, the secret key for the peer, nextIndex, our new public key.",
    "Draw the ephemeral secret key, `channel/{me}/{peer}/{nextIndex}/ephemeral`, 32 bytes.",
    "If there is no key for the peer: take a bundle of the peer's user (key-bundles.take) and seal as a " +
      "first contact (key-bundles.initiate), kind 0, which names our own user and the two prekey ids of the " +
      "bundle.",
    "Otherwise seal to the key for the peer with HPKE. If the peer made this key for itself, the message is of kind 1, " +
      "with the index of the key; if we made it, of kind 2.",
    "Keep our new secret key under nextIndex with the mark of the message, which is 0 if the layer above " +
      "gives none. Count nextIndex up by one. The key for the peer is now the public half of the one we " +
      "made for it.",
  ],
  receive: [
    "Decode the message (encoding.decode).",
    "Kind 0: if anything was accepted from the peer before (its index is not 0): refused (channel.first-contact-once).",
    "Kind 0: if the user named is not the peer's: refused (channel.peer-user).",
    "Kind 0: if we have no contact with that user: waiting for a bundle of the user. Otherwise open by " +
      "key-bundles.respond, with the agreement key of that contact: what does not open is refused by " +
      "suite.aead-opens there.",
    "Kind 1: if we hold no own key with the index named: refused (channel.key-held); else open with HPKE; " +
      "if it does not open: refused (channel.opens).",
    "Kind 2: if there is no received key: refused (channel.key-held); else open with HPKE; if it does not " +
      "open: refused (channel.opens).",
    "Decode the plaintext; if it is not a channel plaintext: refused (channel.plaintext).",
    "If the index in it is not higher than the last that the peer sent (0 before the first): refused " + "(channel.index-rises).",
    "If X25519 of the secret key and the public key in it is all zero: refused (channel.peer-key-zero). " +
      "The public key is of small order, and nothing could ever be sealed to it.",
    "Delete the key used: for kind 1 our own key with the index named and all with a lower one; for kind " +
      "2 the received key (which the next step replaces).",
    "Keep the received key and the peer's new public key with its index; it is now the key for the peer. " + "Give the payload.",
  ],
})

/** The longest payload, in bytes: with it, a message of any kind is within the limit of messages. */
export const maximumPayload = (1 << 20) - 1024

/**
 * What a channel message seals. `secretKey` is the key made for the recipient; `publicKey` with `index` is the key that
 * the sender made for itself.
 */
export const ChannelPlaintext = record("channel-plaintext", {
  payload: bytes(0, maximumPayload),
  secretKey: Key,
  index: uint(1, 0xffffffff),
  publicKey: Key,
})
export type ChannelPlaintext = ValueOf<typeof ChannelPlaintext>

/**
 * Kind 0: sealed with a key bundle of the recipient. `user` is the user that the sender was made of, whose agreement
 * key the recipient needs.
 */
export const FirstContact = message("first-contact", 0, {
  user: UserId,
  ephemeralKey: Key,
  signedPrekeyId: KeyIndex,
  oneTimePrekeyId: KeyIndex,
  ciphertext: Ciphertext,
})

/** Kind 1: sealed to a key that the recipient made for itself. */
export const ToRecipientKey = message("to-recipient-key", 1, { index: KeyIndex, encapsulatedKey: Key, ciphertext: Ciphertext })

/** Kind 2: sealed to the key that the sender made for the recipient with its message before. */
export const ToSenderKey = message("to-sender-key", 2, { encapsulatedKey: Key, ciphertext: Ciphertext })

/** A message on a channel. */
export const ChannelMessage = oneOf("channel-message", [FirstContact, ToRecipientKey, ToSenderKey])
export type ChannelMessage = ValueOf<typeof ChannelMessage>

/**
 * Who made the key to which the next message to the peer is sealed; never sent. `index` is the peer's own index, 0 when
 * we made the key.
 */
export const PeerKey = record("peer-key", { madeByPeer: uint(0, 1), index: KeyIndex, publicKey: Key })

/**
 * The state of a channel, as held by `me`; never sent. `peerIndex` is the highest index that the peer has sent, 0
 * before its first message was accepted.
 */
export const Channel = record("channel", {
  group: GroupId,
  me: MemberId,
  peer: MemberId,
  peerUser: UserId,
  ownKeys: listOf(record("own-key", { index: KeyIndex, mark: uint(0, 0xffffffff), secretKey: Key }), 0, unlimited),
  nextIndex: uint(1, 0xffffffff),
  receivedKey: nullable(Key),
  peerIndex: KeyIndex,
  peerKey: nullable(PeerKey),
})
export type Channel = ValueOf<typeof Channel>
