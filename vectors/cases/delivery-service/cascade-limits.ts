/** The layer "cascade": messages of another group with each list at its bounds, and beyond them, and the order of the choice. */
import { Hex } from "effect/encoding"
import { type Cbor, encodeCbor } from "../../../spec/conventions/cbor.ts"
import { clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses } from "../../../spec/delivery-service/cascade.ts"
import { aCase, type Case, caseFile, withoutTraces } from "../author.ts"
import { four } from "./cascade-evidence.ts"
import { CascadeVoters } from "./cascade-voters.ts"
import { named } from "./cooperation-voters.ts"

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(0x55)
const many = (count: number, one: Cbor): ReadonlyArray<Cbor> => Array.from({ length: count }, () => one)

const [ref, signature] = [bytes(32), bytes(64)]
const head = [bytes(16), 7]

const statement = (seq = 0): Cbor => [1, 0, seq, ref, signature]
const certified: Cbor = [ref, [[statement()]]]
const commitHead = (proposals = 0): Cbor => [0, many(proposals, ref), ref, null, signature]

/** A commit value of a commit of so many bytes. */
export const commitValue = (commit = 1, welcome: number | null = null): Cbor => [
  ...[0, [], bytes(commit)],
  ...[welcome === null ? null : bytes(welcome), signature],
]

/** A set of so many commits. */
export const setValue = (count = 1): Cbor => [many(count, certified)]

/** A BUNDLE. */
export const bundle = ({ instance = 1, statements = [], commits = [], sets = [] }: Readonly<Record<string, Cbor>>): Cbor => [
  ...[1, ...head, instance],
  ...[statements, commits, sets],
]

const endorse = (refs: number, certificates: number): Cbor => [2, ...head, 0, many(refs, ref), many(certificates, certified), signature]

const proposal = (certificate: Cbor, round = 0): Cbor => [4, ...head, round, 0, ref, null, signature, setValue(), certificate]

/** A DECIDE. */
export const decide = ({ refs = [ref], heads = [commitHead()], evidence = [1, [[statement()]]] }: Readonly<Record<string, Cbor>>): Cbor => [
  7,
  ...head,
  refs,
  heads,
  bytes(1),
  null,
  evidence,
]

const votes = (count: number): Cbor => [3, 0, many(count, [0, signature])]

/** A message of another group that has the shape of one is refused for its group, and one that has not for its shape. */
export const bounds = (id: string, title: string, right: ReadonlyArray<Cbor>, wrong: ReadonlyArray<Cbor>): Case =>
  withoutTraces(
    aCase(`cascade/limit-${id}`, { title, clauses: [encoding.shape, clauses.epoch] }, (author) => {
      new CascadeVoters(author, four, ["carol"])
      const message = (value: Cbor) => ({ on: "carol", from: 0, message: Hex.encode(encodeCbor(value)) })
      for (const value of right) author.refuses(clauses.epoch, "cascade.receive", message(value))
      for (const value of wrong) author.refuses(encoding.shape, "cascade.receive", message(value))
    }),
  )

const limits = (): ReadonlyArray<Case> => [
  bounds(
    "content",
    "A commit and a welcome have at least one byte",
    [bundle({ commits: [commitValue(1, 1)] })],
    [bundle({ commits: [commitValue(0)] }), bundle({ commits: [commitValue(1, 0)] })],
  ),
  bounds(
    "instance",
    "A BUNDLE is of the first or the second cooperation",
    [bundle({ instance: 1 }), bundle({ instance: 2 })],
    [bundle({ instance: 0 }), bundle({ instance: 3 })],
  ),
  bounds(
    "number",
    "A statement has a number up to 16,383",
    [bundle({ statements: [statement(16_383)] })],
    [bundle({ statements: [statement(16_384)] })],
  ),
  bounds(
    "set",
    "A set has one commit to eight",
    [bundle({ sets: [setValue(1)] }), bundle({ sets: [setValue(8)] })],
    [bundle({ sets: [setValue(0)] }), bundle({ sets: [setValue(9)] })],
  ),
  bounds(
    "chain",
    "A chain has one statement to 256",
    [proposal([many(1, statement())]), proposal([many(256, statement())])],
    [proposal([[]]), proposal([many(257, statement())])],
  ),
  bounds(
    "certificate",
    "A certificate has one chain to 1,024",
    [proposal(many(1, [statement()])), proposal(many(1024, [statement()]))],
    [proposal([]), proposal(many(1025, [statement()]))],
  ),
  bounds("round", "Rounds are those up to 511", [proposal([[statement()]], 511)], [proposal([[statement()]], 512)]),
  bounds(
    "endorse",
    "An ENDORSE has one value to 256, and no certificate to 256",
    [endorse(1, 0), endorse(256, 256)],
    [endorse(0, 0), endorse(257, 0), endorse(1, 257)],
  ),
  bounds(
    "decide",
    "A DECIDE has one ref to eight, and one head to eight",
    [decide({}), decide({ refs: many(8, ref), heads: many(8, commitHead()) })],
    [...[decide({ refs: [] }), decide({ refs: many(9, ref) })], ...[decide({ heads: [] }), decide({ heads: many(9, commitHead()) })]],
  ),
  bounds("head", "A head has up to 512 proposals", [decide({ heads: [commitHead(512)] })], [decide({ heads: [commitHead(513)] })]),
  bounds(
    "votes",
    "A decision has one vote to 1,024",
    [decide({ evidence: votes(1) }), decide({ evidence: votes(1024) })],
    [decide({ evidence: votes(0) }), decide({ evidence: votes(1025) })],
  ),
]

const choices = (): ReadonlyArray<Case> => [
  aCase(
    "cascade/choice-in-any-order",
    {
      title: "Which commit of a set takes effect, in whatever order the set is given",
      clauses: [clauses.choice],
    },
    (author) => {
      const commit = (name: string, leaf: number, proposals: number) => ({ ref: named(name), author: leaf, proposals })
      const sets = [
        // Of two authors with one commit each: more proposals, then the lower leaf.
        [commit("b", 5, 3), commit("a", 4, 2)],
        [commit("b", 0, 3), commit("a", 1, 2)],
        [commit("b", 2, 2), commit("a", 3, 2)],
        // All authors have several: more proposals, then the lower leaf, then the lower ref.
        [commit("d", 3, 2), commit("a", 0, 1), commit("b", 0, 1), commit("c", 3, 1)],
        [commit("c", 1, 1), commit("a", 2, 1), commit("b", 2, 1), commit("d", 1, 1)],
        [commit("a", 1, 1), commit("b", 1, 1), commit("c", 1, 1)],
        // An author with one commit comes before all with several.
        [commit("d", 9, 0), commit("a", 1, 5), commit("b", 1, 5), commit("c", 1, 5)],
        [commit("d", 2, 1), commit("c", 9, 1), commit("a", 1, 5), commit("b", 1, 5)],
      ]
      for (const set of sets)
        for (const given of [set, set.toReversed()]) author.gives("cascade.choice", { set: given }, { ref: set[0]!.ref })
    },
  ),
]

/** The layer "cascade". */
export default caseFile({ part: "delivery-service", chapter: "cascade-limits", layer: "cascade", flags: {} }, () => [
  ...limits(),
  ...choices(),
])
