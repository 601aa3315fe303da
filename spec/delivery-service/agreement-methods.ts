/**
 * # Methods of the agreement on commits
 *
 * How a test calls the functions of the chapters "cooperation" to "delivery-service"; what holds for all methods stands in the convention "methods". Values of wire types are given in their JSON form.
 *
 * `on` names a **handle**: one voter in one epoch. `cooperation.open` gives it a cooperation, with the secret half of its leaf signature key.
 *
 * | layer | what a port needs for it |
 * | --- | --- |
 * | cooperation | chapters "cbor", "encoding", "labels", "suite", "cooperation" |
 *
 * @module
 */
import { Schema } from "effect"
import type { Wire } from "../conventions/encoding.ts"
import { Key } from "../conventions/identifiers.ts"
import { Count, Hex, HexOut, method, Name } from "../conventions/methods.ts"
import { Certificate, Electorate, Instance, Ref, Statement } from "./cooperation.ts"
import { Leaf } from "./tree-kem.ts"

/** The JSON form of a value: bytes are lower-case hex. */
type Json<A> = A extends Uint8Array
  ? string
  : A extends ReadonlyArray<infer B>
    ? ReadonlyArray<Json<B>>
    : A extends object
      ? { readonly [K in keyof A]: Json<A[K]> }
      : A

const json = <A>(wire: Wire<A>) => wire.json as Schema.Codec<A, Json<A>>
const list = <A>(wire: Wire<A>) => Schema.Array(json(wire))

const RefJson = json(Ref)
const Cooperated = {
  signed: list(Statement),
  accepted: Schema.Array(Schema.Struct({ ref: RefJson, candidates: Schema.Array(RefJson) })),
}
const WireType = Schema.Literals(["statement", "certificate", "electorate"])

/** The layers of these methods, in the order in which a port gets them right. */
export const agreementLayers = ["cooperation"] as const

const cooperation = {
  "agreement.decode": method(
    "cooperation",
    "Decodes the bytes of a wire type of these chapters (encoding.decode).",
    { type: WireType, bytes: Hex },
    { value: Schema.Json },
  ),
  "agreement.encode": method(
    "cooperation",
    "Encodes a value of a wire type of these chapters.",
    { type: WireType, value: Schema.Json },
    { bytes: HexOut },
  ),
  "cooperation.thresholds": method(
    "cooperation",
    "The thresholds of n voters with t faulty ones and the sensitivity k, and the usual t.",
    { n: Count, faults: Count, sensitivity: Count },
    { usualFaults: Count, witness: Count, ready: Count, gate: Count, candidate: Count },
  ),
  "cooperation.unlock-threshold": method(
    "cooperation",
    "θ of n voters with t faulty ones, when so many values are witnessed (at least one).",
    { n: Count, faults: Count, values: Count },
    { threshold: Count },
  ),
  "cooperation.sign": method(
    "cooperation",
    "Signs a statement of `signer` in an instance; its signature is the one to be made, whatever stands in `statement`.",
    { electorate: json(Electorate), instance: json(Instance), statement: json(Statement), secretKey: json(Key) },
    { statement: json(Statement) },
  ),
  "cooperation.verify": method(
    "cooperation",
    "Verifies a certificate of a value (cooperation.verify).",
    { electorate: json(Electorate), instance: json(Instance), certificate: json(Certificate), ref: RefJson },
    {},
  ),
  "cooperation.verify-unique": method(
    "cooperation",
    "Verifies a unique certificate of a value (cooperation.verify-unique).",
    { electorate: json(Electorate), instance: json(Instance), certificate: json(Certificate), ref: RefJson },
    {},
  ),
  "cooperation.open": method(
    "cooperation",
    "Opens the handle's cooperation (cooperation.open); makes the handle, or makes it anew.",
    { on: Name, electorate: json(Electorate), instance: json(Instance), me: json(Leaf), secretKey: json(Key) },
    {},
  ),
  "cooperation.propose": method("cooperation", "Proposes (cooperation.propose).", { on: Name, ref: RefJson }, Cooperated),
  "cooperation.learn": method(
    "cooperation",
    "The content of a value has arrived (cooperation.learn).",
    { on: Name, ref: RefJson },
    Cooperated,
  ),
  "cooperation.validate": method("cooperation", "A value was found valid (cooperation.validate).", { on: Name, ref: RefJson }, Cooperated),
  "cooperation.relax": method("cooperation", "Unlocks everything from now on (cooperation.relax).", { on: Name }, Cooperated),
  "cooperation.receive": method(
    "cooperation",
    "Takes in statements (cooperation.receive).",
    { on: Name, statements: list(Statement) },
    Cooperated,
  ),
  "cooperation.certify": method(
    "cooperation",
    "The certificate of a value (cooperation.certify), or null, and whether it is unique.",
    { on: Name, ref: RefJson },
    { certificate: Schema.NullOr(json(Certificate)), unique: Schema.Boolean },
  ),
  "cooperation.held": method(
    "cooperation",
    "The statements held in ascending order of signer, number, kind and ref, whether values may be unlocked, and what is accepted.",
    { on: Name },
    {
      statements: list(Statement),
      mayUnlock: Schema.Boolean,
      accepted: Schema.Array(RefJson),
      candidates: Schema.NullOr(Schema.Array(RefJson)),
    },
  ),
} as const

/** Every method of these chapters. */
export const agreementMethods = { ...cooperation } as const
