/** The layers "tree-kem" and "cooperation": what a port of the delivery service alone needs of encodings and of signatures. */
import { Hex } from "effect/encoding"
import { type Cbor, encodeCbor } from "../../../spec/conventions/cbor.ts"
import { clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { clauses } from "../../../spec/delivery-service/cooperation.ts"
import { clauses as treeKem } from "../../../spec/delivery-service/tree-kem.ts"
import { aCase, type Case, caseFile, type ParamsOf } from "../author.ts"
import { filled, first } from "../people.ts"
import { electorateOf, named, secretKeyOf } from "./cooperation-voters.ts"
import { appear, grown } from "./tree.ts"

type Type = ParamsOf<"tree-kem.decode">["type"]

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(0x55)
const [group, key, signature] = [bytes(16), bytes(32), bytes(64)]

const keyPackage = (user: string): ReadonlyArray<Cbor> => [user, key, key, signature]

const messages: ReadonlyArray<readonly [Type, Cbor]> = [
  ["symbolic-key-package", keyPackage("alice")],
  ["symbolic-proposal", [1, group, 7, 1, key, keyPackage("alice"), signature]],
  ["symbolic-proposal", [2, group, 7, 1, key, signature]],
  ["symbolic-proposal", [3, group, 7, 1, key, 0xffff, signature]],
  ["symbolic-commit", [4, group, 7, 1, [key], null, [0], key, signature]],
  ["symbolic-welcome", [5, group, 7, [keyPackage("alice")], [[0, "alice", key, key]], key]],
]

const hexOfCbor = (value: Cbor): string => Hex.encode(encodeCbor(value))

const symbolic = (): ReadonlyArray<Case> => [
  aCase(
    "tree-kem/encodings",
    {
      title: "Each symbolic message, decoded and encoded; with a byte more it is none, nor with a field more",
      clauses: [encoding.shape, encoding.canonical],
    },
    (author) => {
      for (const [type, message] of messages) {
        const encoded = hexOfCbor(message)
        const { value } = author.accepts("tree-kem.decode", { type, bytes: encoded })
        author.gives("tree-kem.encode", { type, value }, { bytes: encoded })
        author.refuses(encoding.canonical, "tree-kem.decode", { type, bytes: `${encoded}00` })
        const longer = [...(message as ReadonlyArray<Cbor>), 0]
        author.refuses(encoding.shape, "tree-kem.decode", { type, bytes: hexOfCbor(longer) })
      }
    },
  ),
  aCase(
    "tree-kem/encoding-user",
    {
      title: "Names that are no user's: with a space, beyond ASCII, of 65 characters, of none, and one that is not UTF-8",
      clauses: [encoding.shape, encoding.canonical, treeKem.message],
    },
    (author) => {
      const [alice] = first(1) as [string]
      grown(author, [alice])
      const wrong = ["bob marley", "zoé", "x".repeat(65), ""].map((user) => [encoding.shape, hexOfCbor(keyPackage(user))] as const)
      const notUtf8 = hexOfCbor(keyPackage("bob")).replace("63626f62", "6362ff62")
      for (const [clause, encoded] of [...wrong, [encoding.canonical, notUtf8] as const]) {
        author.refuses(clause, "tree-kem.decode", { type: "symbolic-key-package", bytes: encoded })
        author.refuses(treeKem.message, "tree-kem.propose-add", { on: alice, keyPackage: encoded })
      }
      author.accepts("tree-kem.propose-add", { on: alice, keyPackage: appear(author, "x".repeat(64)) })
    },
  ),
]

/** The neutral element of the curve, which is of order 1. */
const neutral = named("\u0001")

const strict = (): ReadonlyArray<Case> => [
  aCase(
    "cooperation/key-of-small-order",
    {
      title: "dave's key is of small order, and so is the R of his signature, for which the equation of Ed25519 holds: it does not verify",
      clauses: [clauses.signature, suite["ed25519-strict"]],
      twin: "cooperation/signature-ref",
    },
    (author) => {
      const honest = electorateOf(4, 1)
      const voters = honest.voters.map((voter) => (voter.leaf === 3 ? { leaf: 3, key: neutral } : voter))
      const electorate = { ...honest, voters }
      author.accepts("cooperation.open", { on: "alice", electorate, instance: 1, me: 0, secretKey: secretKeyOf("alice") })
      const statement = { type: "witness" as const, signer: 3, seq: 0, ref: named("one"), signature: neutral + filled(0, 32) }
      author.refuses(clauses.signature, "cooperation.receive", { on: "alice", statements: [statement] })
    },
  ),
  aCase(
    "cooperation/encoding-empty",
    { title: "A certificate without a chain, and one with an empty chain; a message of no kind there is", clauses: [encoding.shape] },
    (author) => {
      for (const empty of ["80", "8180"]) author.refuses(encoding.shape, "agreement.decode", { type: "certificate", bytes: empty })
      author.refuses(encoding.shape, "agreement.decode", { type: "delivery-message", bytes: "8100" })
      author.refuses(encoding.shape, "agreement.decode", { type: "delivery-message", bytes: "8107" })
    },
  ),
]

const long = (): ReadonlyArray<Case> => [
  aCase(
    "cooperation/encoding-limit",
    { title: "A message of one byte more than 1 MiB", clauses: [encoding.limit], twin: "encoding/limit" },
    (author) => {
      author.refuses(encoding.limit, "agreement.decode", { type: "delivery-message", bytes: filled(0, (1 << 20) + 1) })
    },
  ),
]

/** The layer "tree-kem". */
export const treeKemEncodings = caseFile({ part: "delivery-service", chapter: "tree-kem-encodings", layer: "tree-kem", flags: {} }, () =>
  symbolic(),
)

/** The layer "cooperation". */
export default caseFile({ part: "delivery-service", chapter: "cooperation-encodings", layer: "cooperation", flags: {} }, () => strict())

/** What is long of it. */
export const encodingsLong = caseFile(
  { part: "delivery-service", chapter: "cooperation-encodings-long", layer: "cooperation", flags: {} },
  () => long(),
)
