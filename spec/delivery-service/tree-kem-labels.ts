/**
 * # Labels of tree-kem and murmur
 *
 * What the symbolic back end of the chapter "tree-kem" hashes and signs, and what the chapter "murmur" hashes. Like all
 * labels of this specification, a label is the first element of the CBOR array that is hashed or signed. The MLS back
 * end hashes and signs under the labels of RFC 9420.
 *
 * @module
 */

/** All labels of the chapters "tree-kem" and "murmur". */
export const treeKemLabels = {
  /** What the signature of a symbolic key package covers. */
  keyPackage: "conclave/1 tree-kem key package",
  /** What the signature of a symbolic proposal covers. */
  proposal: "conclave/1 tree-kem proposal",
  /** The reference of a symbolic proposal. */
  reference: "conclave/1 tree-kem reference",
  /** What the signature of a symbolic commit covers. */
  commit: "conclave/1 tree-kem commit",
  /** The secret of the first epoch of a symbolic group. */
  first: "conclave/1 tree-kem first",
  /** The secret of the next epoch of a symbolic group. */
  next: "conclave/1 tree-kem next",
  /** The group key, from the secret of a symbolic epoch. */
  groupKey: "conclave/1 tree-kem group key",
  /** The epoch authenticator, from the secret of a symbolic epoch. */
  authenticator: "conclave/1 tree-kem authenticator",
  /** The confirmation tag, from the secret of the epoch that a symbolic commit begins. */
  confirmation: "conclave/1 tree-kem confirmation",
  /** The identity of a gossiped message (chapter "murmur"). */
  gossip: "conclave/1 murmur message",
} as const
