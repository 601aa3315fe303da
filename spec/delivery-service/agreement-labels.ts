/**
 * # Labels of the agreement on commits
 *
 * What the chapters from "cooperation" to "delivery-service" sign and hash begins with a label of its own, as the
 * chapter "labels" says. Signatures are made with the leaf signature key that a member has in the tree of the epoch;
 * MLS puts "MLS 1.0 " before everything that it signs with that key, so no signature is valid for both.
 *
 * @module
 */

/** All labels of these chapters. */
export const agreementLabels = {
  /** What the signature of a WITNESS or READY covers (chapter "cooperation"). */
  statement: "conclave/1 delivery statement",
  /** The ref of a commit, and what its author signs (chapter "cascade"). */
  commitValue: "conclave/1 delivery commit",
  commitAuthor: "conclave/1 delivery commit author",
  /** The ref of a set of commits (chapter "cascade"). */
  setValue: "conclave/1 delivery set",
  /** What the signatures of ENDORSE and RETRACT cover (chapter "restrained-consensus"). */
  endorse: "conclave/1 delivery endorse",
  retract: "conclave/1 delivery retract",
  /** What the signatures of PROPOSAL, PREVOTE and PRECOMMIT cover (chapter "global-consensus"). */
  proposal: "conclave/1 delivery proposal",
  vote: "conclave/1 delivery vote",
  /** What the trace of a run covers (chapter "simulation"). */
  trace: "conclave/1 delivery trace",
} as const
