/** The layer "tree-kem": symbolic messages of another group with each list and number at its bounds, and beyond them. */
import { Hex } from "effect/encoding"
import { type Cbor, encodeCbor } from "../../../spec/conventions/cbor.ts"
import { clauses } from "../../../spec/delivery-service/tree-kem.ts"
import { aCase, type Case, caseFile, withoutTraces } from "../author.ts"
import { first } from "../people.ts"
import { appear, grown } from "./tree.ts"

const [alice, bob] = first(2) as [string, string]

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(0x55)
const [key, signature] = [bytes(32), bytes(64)]

/** So many references, of which no two are the same. */
const references = (count: number): ReadonlyArray<Cbor> =>
  Array.from({ length: count }, (_, index) => Uint8Array.from([index >> 8, index & 0xff, ...bytes(30)]))

const leaves = (count: number, leaf = 0): ReadonlyArray<Cbor> => Array.from({ length: count }, () => leaf)

interface Fields {
  readonly epoch?: number
  readonly author?: number
  readonly refs?: ReadonlyArray<Cbor>
  readonly unreadable?: ReadonlyArray<Cbor>
}

const commit = ({ epoch = 1, author = 1, refs = [], unreadable = [] }: Fields): Cbor => [
  ...[4, bytes(16), epoch, author],
  ...[refs, key, unreadable],
  ...[key, signature],
]

/** A commit of another group that has the shape of one is refused for its group, and one that has not for its shape. */
const bounds = (id: string, title: string, right: ReadonlyArray<Fields>, wrong: ReadonlyArray<Fields>): Case =>
  aCase(`tree-kem/limit-${id}`, { title, clauses: [clauses.message, clauses.group] }, (author) => {
    grown(author, [alice, bob])
    const process = (fields: Fields) => ({ on: alice, commit: Hex.encode(encodeCbor(commit(fields))) })
    for (const fields of right) author.refuses(clauses.group, "tree-kem.process", process(fields))
    for (const fields of wrong) author.refuses(clauses.message, "tree-kem.process", process(fields))
  })

const limits = (): ReadonlyArray<Case> => [
  bounds("references", "A symbolic commit names up to 4,096 proposals", [{ refs: references(4096) }], [{ refs: references(4097) }]),
  bounds(
    "unreadable",
    "A symbolic commit can be unreadable on up to 65,536 leaves, each one at most 65,535",
    [{ unreadable: leaves(1 << 16) }, { unreadable: leaves(1, 0xffff) }],
    [{ unreadable: leaves((1 << 16) + 1) }, { unreadable: leaves(1, 1 << 16) }],
  ),
  bounds(
    "head",
    "An epoch is at most 2^32 - 1, and a leaf at most 65,535",
    [{ epoch: 0xffffffff }, { epoch: 0 }, { author: 0xffff }],
    [{ epoch: 2 ** 32 }, { author: 1 << 16 }],
  ),
  aCase("tree-kem/limit-welcome", { title: "A welcome has a key package and a member", clauses: [clauses.message] }, (author) => {
    appear(author, bob)
    const keyPackage: Cbor = [alice, key, key, signature]
    const member: Cbor = [0, alice, key, key]
    const joining = (keyPackages: ReadonlyArray<Cbor>, members: ReadonlyArray<Cbor>) => ({
      on: bob,
      welcome: Hex.encode(encodeCbor([5, bytes(16), 1, keyPackages, members, key])),
    })
    author.refuses(clauses.welcome, "tree-kem.join", joining([keyPackage], [member]))
    author.refuses(clauses.message, "tree-kem.join", joining([], [member]))
    author.refuses(clauses.message, "tree-kem.join", joining([keyPackage], []))
  }),
]

/** The layer "tree-kem". */
export default caseFile({ part: "delivery-service", chapter: "tree-kem-limits", layer: "tree-kem", flags: {} }, () =>
  limits().map(withoutTraces),
)
