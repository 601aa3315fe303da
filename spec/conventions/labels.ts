/**
 * # Labels
 *
 * Every derivation, signature and encryption has a label of its own, so that nothing made for one purpose is valid for
 * another. All labels stand in this table; a label is the first element of the CBOR array that is hashed, signed, or
 * given as `info` or associated data. Changing a byte of a label changes the version of the protocol.
 *
 * @module
 */

/** All labels of the dcgka part. */
export const labels = {
  /** Identifier of a group (chapter "identifiers"). */
  groupId: "conclave/1 group id",
  /** Identifier of a member (chapter "identifiers"). */
  memberId: "conclave/1 member id",
  /** The deterministic randomness of vectors (chapter "randomness"). */
  draw: "conclave/1 draw",
  /** What the signature of a key bundle covers (chapter "key-bundles"). */
  keyBundle: "conclave/1 key bundle",
  /** The key of a first-contact message (chapter "key-bundles"). */
  firstContact: "conclave/1 first contact",
  /** Context and associated data of channel messages (chapter "two-party-messaging"). */
  channel: "conclave/1 channel",
  /** The digest of a change with all that is before it (chapter "key-agreement"). */
  change: "conclave/1 change",
  /** The digest of a history (chapter "key-agreement"). */
  history: "conclave/1 history",
  /** The commitment to a seed, or to the first member secret of a new member (chapter "key-agreement"). */
  commitment: "conclave/1 commitment",
  /** The cut of a member (chapter "causal-broadcast"). */
  cut: "conclave/1 cut",
  /** What a member confirms to a new one (chapter "causal-broadcast"). */
  confirmation: "conclave/1 confirmation",
  /** A member secret, from a seed (chapter "ratchet"). */
  memberSecret: "conclave/1 member secret",
  /** An update secret, from a ratchet (chapter "ratchet"). */
  updateSecret: "conclave/1 update secret",
  /** The next state of a ratchet (chapter "ratchet"). */
  ratchet: "conclave/1 ratchet",
  /** The digest of a message (chapter "causal-broadcast"). */
  broadcastMessage: "conclave/1 broadcast message",
  /** What the signature of an envelope covers (chapter "causal-broadcast"). */
  envelope: "conclave/1 envelope",
  /** The commitment of a chain of application messages (chapter "application-messages"). */
  applicationCommitment: "conclave/1 application commitment",
  /** A step of a chain of application messages: a key and the next state (chapter "application-messages"). */
  applicationChain: "conclave/1 application chain",
  /** The associated data of an application message (chapter "application-messages"). */
  applicationMessage: "conclave/1 application message",
  /** The digest over the messages of a chain (chapter "application-messages"). */
  applicationDigest: "conclave/1 application digest",
  /** What the signature of an application message covers (chapter "application-messages"). */
  applicationSignature: "conclave/1 application signature",
} as const
