/**
 * # Restrained consensus
 *
 * When cooperation leaves more than one candidate, those who proposed them try to agree among themselves, which costs a
 * few messages in place of a consensus of all (Paillat et al., section 2.2). In good cases it takes one round trip: all
 * of them are correct, messages arrive in time, and all begin before they hear of the others. In bad cases it ends with
 * nothing, and nothing is lost: its result is **never trusted**, but goes into a second cooperation like any other
 * proposal (chapter "cascade").
 *
 * - An **ENDORSE** is signed by an author of a candidate, and says: I endorse every set of values in `refs` of which
 *   one is mine. It carries the certificates (chapter "cooperation") of its author's own values.
 * - A **RETRACT** says: I had not begun when I heard of another. Its signer's values are out.
 *
 * The result is the set of the values of all who did not retract, as soon as each of these authors has endorsed it.
 *
 * ```text
 * signed by an ENDORSE:
 *   CBOR([ "conclave/1 delivery endorse", group, epoch, endorser, refs, SHA-256(CBOR(certificates)) ])
 *
 * signed by a RETRACT:
 *   CBOR([ "conclave/1 delivery retract", group, epoch, retractor ])
 * ```
 *
 * with `group` and each of `refs` as byte strings, and `certificates` as they stand in the ENDORSE.
 *
 * > **Erratum RC-1** (the authors' prototype; the paper gives no detail). The prototype signs each set apart, the
 * > power set of the candidates: 128 signatures for eight authors. One signature of the whole says the same. No case
 * > shows it, because the two say the same; that the one signature counts is shown by
 * > `restrained-consensus/signature~refused`.
 *
 * > **Erratum RC-2** (the authors' prototype). There any message that is not valid ends the protocol, so that anybody
 * > can disable it with one packet, and a RETRACT does not name its epoch, so that an old one can be sent again. Here
 * > only what an author itself signed can end it, and all signatures name the group and the epoch. Vector:
 * > `restrained-consensus/old-retract~refused`.
 *
 * > **Erratum RC-3** (Conclave). Whoever has an ENDORSE can pass it on without its certificates, or with other ones. If
 * > the signature did not cover them, the receiver would take that for the fault of the author, and end. Here the
 * > signature covers a digest of the certificates, so what somebody else has changed is refused.
 * > Vector: `restrained-consensus/certificates-cut-out~refused`.
 *
 * @module
 */
import type { Cbor } from "../conventions/cbor.ts"
import { check, declareClauses, declareSteps, rule } from "../conventions/clauses.ts"
import { listOf, message, nullable, record, table, uint, type ValueOf } from "../conventions/encoding.ts"
import { GroupId } from "../conventions/identifiers.ts"
import { Signature } from "../conventions/suite.ts"
import { agreementLabels } from "./agreement-labels.ts"
import { Certificate, Electorate, Ref } from "./cooperation.ts"
import { Epoch, Leaf } from "./tree-kem.ts"

export const clauses = declareClauses("restrained-consensus", {
  epoch: check("MUST", "An ENDORSE or RETRACT is of this group and epoch.", "erratum RC-2"),
  signature: check(
    "MUST",
    "An ENDORSE or RETRACT is signed by a voter of the epoch, an ENDORSE with its certificates.",
    "errata RC-2, RC-3",
  ),
  "own-value": check("MUST", "An ENDORSE is for those whose values it names.", "Paillat et al. section 2.2"),
  retract: rule("MUST", "Who hears an ENDORSE before it has begun retracts, and never begins.", "Paillat et al. section 2.2"),
  outcome: rule(
    "MUST",
    "The result is the values of all who did not retract, when each of them has endorsed all of these.",
    "Paillat et al. section 2.2",
  ),
  proof: rule("MUST", "An ENDORSE that is signed and not as it must be ends the protocol with nothing.", "erratum RC-2"),
  patience: rule("MUST", "After twice the delay bound the protocol ends with nothing.", "Paillat et al. section 2.2"),
})

export const steps = declareSteps("restrained-consensus", {
  open: [
    "If the electorate is none (cooperation.open): refused (cooperation.electorate). Nothing is begun, endorsed " +
      "or retracted, and no author is known.",
  ],
  begin: [
    "If we have begun, retracted or ended: nothing happens.",
    "Values of authors unknown to us are left out, and each value counts once. If fewer than two are left, or they " +
      "are of more than eight authors, ours included: end with nothing.",
    "If none of the values that are left is ours, or a certificate of one that is ours was not given: end with nothing. " +
      "Certificates of other values are left out.",
    "Sign an ENDORSE of the values in ascending order, with the certificates of those of them that are ours, in that " +
      "order. Send it, as one sending, to the other authors in ascending order of their leaves, if there are any.",
    "Note it like one received, and do conclude.",
  ],
  "receive-endorse": [
    "If it is of another group or epoch: refused (restrained-consensus.epoch).",
    "If its endorser is no voter or the signature, which covers its certificates too, does not verify: refused " +
      "(restrained-consensus.signature).",
    "If it names no value of ours: refused (restrained-consensus.own-value). The values of ours are those that we know to be.",
    "If we have not begun, and have not retracted or ended: sign a RETRACT. Send it, as one sending, to the " +
      "endorser and to the other authors that we know of the values named, in ascending order of their leaves.",
    "If we are not in phase 1 (begun) now, the operation ends here: what comes after the end changes nothing.",
    "If its values are not strictly ascending, or its certificates are not of exactly those of its values that " +
      "we know to be its endorser's, in their order, or a certificate does not verify (cooperation.verify, " +
      "instance 1): end with nothing.",
    "If we hold an ENDORSE of this endorser for the same values: nothing happens, as it is the same one come twice.",
    "If we hold one of this endorser for other values, note the endorser as retracted. Otherwise note the " +
      "ENDORSE and its certificates. Do conclude.",
  ],
  "receive-retract": [
    "If it is of another group or epoch: refused (restrained-consensus.epoch).",
    "If its retractor is no voter or the signature does not verify: refused (restrained-consensus.signature).",
    "Note the retractor as retracted, also before we begin. Do conclude.",
  ],
  timeout: ["If we have begun and not ended: end with nothing."],
  conclude: [
    "If we have not begun, or have ended: nothing happens. Take the values that we endorsed without those of " +
      "authors who retracted. If there is none left: end with nothing.",
    "If each author of one of them has endorsed all of them, and of each we hold a certificate (its author's " +
      "ENDORSE has brought it, or we have it from begin): end with them as the result.",
  ],
})

/** A value with its certificate in the first cooperation. */
export const Certified = record("certified-value", { ref: Ref, certificate: Certificate })
export type Certified = ValueOf<typeof Certified>

const head = { group: GroupId, epoch: Epoch }

/** The certificates of an ENDORSE, of which its signature covers a digest. */
export const Endorsed = listOf(Certified, 0, 256)

/** "I endorse every set of these values of which one is mine." */
export const Endorse = message("endorse", 2, {
  ...head,
  endorser: Leaf,
  refs: listOf(Ref, 1, 256),
  certificates: Endorsed,
  signature: Signature,
})
export type Endorse = ValueOf<typeof Endorse>

/** "I had not begun when I heard of another." */
export const Retract = message("retract", 3, { ...head, retractor: Leaf, signature: Signature })
export type Retract = ValueOf<typeof Retract>

/** At most so many authors try to agree among themselves. */
export const maximumAuthors = 8

/** How far we are: 0 not begun, 1 begun, 2 retracted, 3 ended. */
export const Phase = uint(0, 3)
export const phases = { idle: 0, begun: 1, retracted: 2, ended: 3 } as const

/**
 * The state of a member. `authors` are the authors of the values that it knows, `values` what it endorsed itself,
 * ascending; `outcome` is the result, null when there is none (yet, or for ever when the phase is 3).
 */
export const RestrainedConsensus = record("restrained-consensus", {
  electorate: Electorate,
  me: Leaf,
  phase: Phase,
  authors: table(Ref, Leaf),
  values: listOf(Ref, 0, 256),
  endorsed: listOf(record("endorsement", { endorser: Leaf, refs: listOf(Ref, 1, 256) }), 0, 1024),
  certified: listOf(Certified, 0, 1024),
  retracted: listOf(Leaf, 0, 1024),
  outcome: nullable(listOf(Ref, 1, 256)),
})
export type RestrainedConsensus = ValueOf<typeof RestrainedConsensus>

/** What the signature of an ENDORSE covers, before encoding; identifiers as bytes, the certificates by their digest. */
export const endorseInput = (
  group: Uint8Array,
  epoch: number,
  endorser: number,
  refs: ReadonlyArray<Uint8Array>,
  certificates: Uint8Array,
): Cbor => [agreementLabels.endorse, group, epoch, endorser, refs, certificates]

/** What the signature of a RETRACT covers, before encoding. */
export const retractInput = (group: Uint8Array, epoch: number, retractor: number): Cbor => [
  agreementLabels.retract,
  group,
  epoch,
  retractor,
]
