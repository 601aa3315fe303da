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

const words = (length: number) => "x".repeat(length)

const refusals = ["message", "envelope"].flatMap((one) => {
  const name = `event-${one}-refused`
  return [
    ...bounded(
      `${name}-clause-long`,
      `The event ${one}-refused with a clause of 129 characters`,
      name,
      "clause",
      is(words(128)),
      is(words(129)),
    ),
    ...bounded(`${name}-clause-none`, `The event ${one}-refused with a clause without characters`, name, "clause", is("x"), is("")),
  ]
})

const events = (): ReadonlyArray<Case> => [
  ...bounded("event-message-index", "The event of a message with the index 2^32", "event-message", "index", is(most), is(most + 1)),
  ...bounded("event-message-former", "The event of a message that is twice of a former member", "event-message", "former", is(0), is(2)),
  ...bounded("event-message-empty", "The event of a message with a text as its payload", "event-message", "payload", zeros(0), is("")),
  ...bounded(
    "event-refused-index",
    "The event message-refused with the index 2^32 - 1",
    "event-message-refused",
    "index",
    is(most - 1),
    is(most),
  ),
  ...bounded("event-refused-first", "The event message-refused with a text as its index", "event-message-refused", "index", is(0), is("")),
  ...bounded("event-members-none", "The event equivocation without members", "event-equivocation", "members", firstOf(1), firstOf(0)),
  ...refusals,
]

const keys = (): ReadonlyArray<Case> => [
  ...bounded("users-none", "A create without users", "create", "users", users(1), users(0)),
  ...beyond("welcome-users-none", "A welcome with a create without users", "welcome", "changes", [0, 0, 3], ["alice"], []),
  ...bounded("welcome-changes-none", "A welcome without changes", "welcome", "changes", firstOf(1), firstOf(0)),
  ...bounded("bundle-suite-large", "A key bundle of the suite 256", "key-bundle", "suite", is(255), is(256)),
  ...bounded("bundle-suite-small", "A key bundle with a text as its suite", "key-bundle", "suite", is(0), is("")),
  ...bounded("first-contact-short", "A first contact with a ciphertext of 15 bytes", "first-contact", "ciphertext", zeros(16), zeros(15)),
  ...bounded("plaintext-index-none", "A channel plaintext with the index 0", "channel-plaintext", "index", is(1), is(0)),
  ...bounded("plaintext-index-large", "A channel plaintext with the index 2^32", "channel-plaintext", "index", is(most), is(most + 1)),
]

/** Fields at their bounds and beyond. */
export default caseFile({ part: "dcgka", chapter: "encoding-bounds", layer: "encoding", flags: {} }, () => [
  ...bounds(),
  ...inside(),
  ...events(),
  ...keys(),
])
