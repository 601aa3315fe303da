import type { Cbor } from "../../../spec/conventions/cbor.ts"
import { type Case, caseFile } from "../author.ts"
import { bounded } from "./encoding.ts"

const zeros = (length: number) => () => new Uint8Array(length)
const firstOf = (count: number) => (old: Cbor) => Array.from({ length: count }, () => (old as ReadonlyArray<Cbor>)[0]!)
const users = (count: number) => () => Array.from({ length: count }, (_, at) => `u${at}`)
const ofLength = (length: number) => (old: Cbor) => (old as ReadonlyArray<Cbor>).with(0, length)

const bounds = (): ReadonlyArray<Case> => [
  ...bounded("ciphertext-short", "A ciphertext of 15 bytes", "application-message", "ciphertext", zeros(16), zeros(15)),
  ...bounded(
    "index-large",
    "The index 2^32 - 1",
    "application-message",
    "index",
    () => 2 ** 32 - 2,
    () => 2 ** 32 - 1,
  ),
  ...bounded("chain-empty", "A chain that is stated with the length 0", "item", "chain", ofLength(1), ofLength(0)),
  ...bounded("items-none", "An envelope without messages", "envelope", "items", firstOf(1), firstOf(0)),
  ...bounded("items-many", "An envelope of 1,025 messages", "envelope", "items", firstOf(1024), firstOf(1025)),
  ...bounded("users-many", "A create with 1,025 users", "create", "users", users(1024), users(1025)),
]

/** Changes what stands at the end of a path of positions. */
const at =
  (...[index, ...path]: ReadonlyArray<number>) =>
  (change: (old: Cbor) => Cbor) =>
  (old: Cbor): Cbor => {
    const inner = path.length === 0 ? change : at(...path)(change)
    const list = old as ReadonlyArray<Cbor>
    return list.with(index!, inner(list[index!]!))
  }

const most = 2 ** 32 - 1
const is = (value: Cbor) => () => value

const beyond = (id: string, title: string, name: string, field: string, path: ReadonlyArray<number>, right: Cbor, wrong: Cbor) =>
  bounded(id, title, name, field, at(...path)(is(right)), at(...path)(is(wrong)))

const inside = (): ReadonlyArray<Case> => [
  ...beyond("chain-long", "A chain that is stated with the length 2^32", "item", "chain", [0], most, most + 1),
  ...beyond(
    "attachment-last",
    "An attachment in which the last message of a member has the number 2^32",
    "attachment",
    "signers",
    [0, 1, 2],
    most,
    most + 1,
  ),
  ...beyond(
    "open-before",
    "An attachment in which the message before an open one has the number 2^32",
    "attachment",
    "open",
    [0, 3, 0],
    most,
    most + 1,
  ),
  ...beyond(
    "open-awaited-none",
    "An attachment with an open message that awaits nobody",
    "attachment",
    "open",
    [0, 4],
    [new Uint8Array(16)],
    [],
  ),
  ...beyond("unknown-create", "A welcome in which the sender of a change does not know the create", "welcome", "changes", [2, 1], [1], [0]),
  ...beyond("known-unknown-create", "A welcome in which a member does not know the create", "welcome", "known", [0, 1, 1], [1], [0]),
  ...beyond("known-nothing", "A welcome in which a member knows nothing", "welcome", "known", [0, 1], [1, []], [0, []]),
]

/** Fields at their bounds and beyond. */
export default caseFile({ part: "dcgka", chapter: "encoding-bounds", layer: "encoding", flags: {} }, () => [...bounds(), ...inside()])
