import type { Schema } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { type Cbor, decodeCbor, encodeCbor } from "../../../spec/conventions/cbor.ts"
import { clauses, maximumLength } from "../../../spec/conventions/encoding.ts"
import { clauses as identifiers } from "../../../spec/conventions/identifiers.ts"
import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { aCase, type Case, caseFile, fork, type ParamsOf, twins } from "../author.ts"
import { filled, repeated } from "../people.ts"

const group = filled(0x11, 16)
const alice = filled(0xa1, 16)
const bob = filled(0xb0, 16)
const key = (byte: number) => filled(byte, 32)
const head = { group, sender: alice, seq: 3 }

const answer = { control: { type: "ack", ...head, ofSender: bob, ofSeq: 2 }, signingKey: null, cut: null, directs: {} }
const by = { group, user: "bob", member: bob, seq: 2 }
const written = {
  type: "application-message",
  ...head,
  index: 4294967294,
  guard: filled(22, 8),
  ciphertext: filled(23, 16),
  signature: filled(24, 64),
}

/** One value of each kind of message. */
const examples: ReadonlyArray<readonly [string, ParamsOf<"encoding.decode">["type"], Schema.Json]> = [
  [
    "create",
    "control-message",
    { type: "create", ...head, seq: 1, users: ["alice", "bob"], signingKey: key(3), nonce: filled(4, 16), commitment: key(5) },
  ],
  ["update", "control-message", { type: "update", ...head, commitment: key(5) }],
  ["remove", "control-message", { type: "remove", ...head, member: bob, commitment: key(5) }],
  ["add", "control-message", { type: "add", ...head, user: "carol", history: key(6), commitment: key(5) }],
  ["ack", "control-message", { type: "ack", ...head, ofSender: bob, ofSeq: 70000 }],
  ["add-ack", "control-message", { type: "add-ack", ...head, ofSender: bob, ofSeq: 4294967295, commitment: null }],
  ["add-ack-committed", "control-message", { type: "add-ack", ...head, ofSender: bob, ofSeq: 2, commitment: key(5) }],
  ["forward", "control-message", { type: "forward", ...head, ofSender: bob, ofSeq: 2, commitment: key(5) }],
  [
    "first-contact",
    "channel-message",
    { type: "first-contact", user: "alice", ephemeralKey: key(1), signedPrekeyId: 0, oneTimePrekeyId: 24, ciphertext: filled(2, 16) },
  ],
  ["to-recipient-key", "channel-message", { type: "to-recipient-key", index: 255, encapsulatedKey: key(3), ciphertext: filled(4, 300) }],
  ["to-sender-key", "channel-message", { type: "to-sender-key", encapsulatedKey: key(5), ciphertext: filled(6, 17) }],
  ["channel-plaintext", "channel-plaintext", { payload: "", secretKey: key(7), index: 1, publicKey: key(8) }],
  [
    "key-bundle",
    "key-bundle",
    {
      suite: 1,
      user: "alice",
      signingKey: key(9),
      agreementKey: key(10),
      signedPrekeyId: 0,
      signedPrekey: key(11),
      oneTimePrekeyId: 1,
      oneTimePrekey: key(12),
      expires: 9007199254740991,
      signature: filled(13, 64),
    },
  ],
  [
    "welcome",
    "welcome",
    {
      changes: [
        {
          change: { type: "welcome-create", sender: alice, seq: 1, users: ["alice", "bob"], signingKey: key(3), nonce: filled(4, 16) },
          unknown: [],
        },
        { change: { type: "remove", sender: alice, seq: 2, member: bob }, unknown: [] },
        { change: { type: "welcome-add", sender: bob, seq: 2, user: "dave" }, unknown: [1] },
        { change: { type: "welcome-add", sender: alice, seq: 5, user: "carol" }, unknown: [] },
      ],
      known: { [bob]: { length: 3, unknown: [1] } },
      seen: { [alice]: 5, [bob]: 2 },
      ratchet: key(14),
      attachment: "0a",
    },
  ],
  [
    "item",
    "item",
    {
      control: { type: "update", ...head, commitment: key(5) },
      signingKey: key(15),
      cut: key(22),
      chain: { length: 3, digest: key(16) },
      directs: { [alice]: "", [bob]: filled(16, 30) },
    },
  ],
  [
    "envelope",
    "envelope",
    {
      type: "envelope",
      items: [
        { control: { type: "ack", ...head, ofSender: bob, ofSeq: 2 }, signingKey: null, cut: null, chain: null, directs: {} },
        {
          control: { type: "update", ...head, seq: 4, commitment: key(5) },
          signingKey: key(15),
          cut: key(22),
          chain: null,
          directs: { [bob]: "00" },
        },
      ],
      signature: filled(17, 64),
    },
  ],
  [
    "attachment",
    "attachment",
    {
      signers: {
        [alice]: { signingKey: key(18), digest: key(19), last: 3 },
        [bob]: { signingKey: key(20), digest: key(21), last: 0 },
      },
      open: [{ sender: alice, seq: 3, digest: key(19), before: { seq: 1, signingKey: key(23) }, awaited: [bob] }],
    },
  ],
  [
    "notes",
    "notes",
    { [alice]: { seq: 3, digest: key(19), withheld: null }, [bob]: { seq: 24, digest: key(21), withheld: { seq: 25, digest: key(22) } } },
  ],
  ["application-message", "application-message", written],
  ["packet-application", "packet", written],
  [
    "packet-envelope",
    "packet",
    { type: "envelope", items: [{ ...answer, chain: { length: 1, digest: key(16) } }], signature: filled(17, 64) },
  ],
  ["content-data", "content", { type: "data", payload: "" }],
  ["content-notes", "content", { type: "notes-to-compare", notes: { [alice]: { seq: 3, digest: key(19), withheld: null } } }],
  ["content-leave", "content", { type: "leave" }],
  ["event-joined", "event", { type: "joined", group }],
  ["event-left", "event", { type: "left", group }],
  ["event-user-added", "event", { type: "user-added", group, user: "bob" }],
  ["event-user-removed", "event", { type: "user-removed", group, user: "bob" }],
  ["event-message", "event", { type: "message", ...by, index: 0, former: 1, payload: "00ff" }],
  ["event-messages-lost", "event", { type: "messages-lost", ...by, count: 256 }],
  ["event-message-refused", "event", { type: "message-refused", ...by, index: 4294967294, clause: "group-messaging.content" }],
  ["event-chain-differs", "event", { type: "chain-differs", ...by }],
  ["event-equivocation", "event", { type: "equivocation", group, user: "bob", member: bob, members: [alice] }],
  ["event-member-changed", "event", { type: "member-changed", group, member: bob }],
  ["event-leaving", "event", { type: "leaving", group, user: "bob" }],
  ["event-chain-uncompared", "event", { type: "chain-uncompared", ...by, count: 2 }],
  [
    "event-envelope-refused",
    "event",
    { type: "envelope-refused", group, user: null, member: bob, seq: 24, clause: "key-agreement.commitment" },
  ],
]

const roundTrips = examples.map(([name, type, value]) =>
  aCase(
    `encoding/${name}`,
    { title: `A ${name}, encoded and decoded`, clauses: [clauses.canonical, clauses.shape, clauses.limit] },
    (author) => {
      const { bytes } = author.accepts("encoding.encode", { type, value })
      author.gives("encoding.decode", { type, bytes }, { value })
    },
  ),
)

/** The first value of each wire type without its last field. */
const shapes = (): ReadonlyArray<Case> =>
  [...Map.groupBy(examples, ([, type]) => type)].flatMap(([type, [first]]) =>
    twins(`encoding/fields-of-${type}`, clauses.shape, `A ${type} without its last field`, (author) => {
      const { bytes } = author.accepts("encoding.encode", { type, value: first![2] })
      const fields = decodeCbor(bytesOf(bytes)) as ReadonlyArray<Cbor>
      return fork("encoding.decode", { type, bytes }, { bytes: Hex.encode(encodeCbor(withoutLast(type, fields))) })
    }),
  )

// The last pair of a table may be missing.
const withoutLast = (type: string, fields: ReadonlyArray<Cbor>): Cbor =>
  type === "notes" ? [...fields.slice(0, -1), (fields.at(-1) as ReadonlyArray<Cbor>).slice(0, -1)] : fields.slice(0, -1)

const some = new Uint8Array(32).fill(5)
const update = [1, new Uint8Array(16).fill(0x11), new Uint8Array(16).fill(0xa1), 3, some] as const
const good = Hex.encode(encodeCbor([4, update[1], update[2], 3, new Uint8Array(16).fill(0xb0), 3]))

/** Faults of form: not the one encoding of a value. */
const notCanonical: ReadonlyArray<readonly [string, string, string]> = [
  ["empty", "no bytes at all", ""],
  ["truncated", "the last byte missing", good.slice(0, -2)],
  ["trailing", "a byte after the end", `${good}00`],
  ["long-integer", "an integer not in its shortest form", `${good.slice(0, -2)}1803`],
  ["long-length", "a length not in its shortest form", good.replace("50", "5810")],
  ["indefinite-array", "an array of indefinite length", `9f${good.slice(2)}ff`],
  ["indefinite-bytes", "a byte string of indefinite length", good.replace("50", "5f50").replace("50a1", "ff50a1")],
  ["tag", "a tag", `c1${good}`],
  ["float", "a float for an integer", `${good.slice(0, -2)}f94200`],
  ["map", "a map", "a10102"],
  ["true", "a boolean", `${good.slice(0, -2)}f5`],
  ["undefined", "undefined", `${good.slice(0, -2)}f7`],
  ["negative", "a negative integer", `${good.slice(0, -2)}20`],
  ["huge-integer", "an integer of 2^53", `${good.slice(0, -2)}1b0020000000000000`],
  ["huge-length", "a length of 2^63", "5b8000000000000000"],
  ["array-too-short", "an array shorter than it says", "8401"],
  ["nesting", "arrays nested 17 deep", `${"81".repeat(17)}00`],
  ["nesting-empty", "an empty array in 16 others", `${"81".repeat(16)}80`],
  ["nesting-thousand", "arrays nested 2,000 deep", `${"81".repeat(2000)}00`],
]

/** Faults of shape: the one encoding of another value. */
const wrongShape: ReadonlyArray<readonly [string, string, unknown]> = [
  ["no-array", "a number", 1],
  ["kind", "a kind that does not exist", [9, ...update.slice(1)]],
  ["kind-text", "the kind as text", ["update", ...update.slice(1)]],
  ["field-missing", "a field missing", update.slice(0, 4)],
  ["field-more", "a field too many", [...update, 0]],
  ["group-short", "a group of 15 bytes", [1, new Uint8Array(15), update[2], 3, some]],
  ["group-long", "a group of 17 bytes", [1, new Uint8Array(17), update[2], 3, some]],
  ["group-text", "a group as text", [1, "1111111111111111", update[2], 3, some]],
  ["sender-null", "null for the sender", [1, update[1], null, 3, some]],
  ["seq-zero", "the sequence number 0", [1, update[1], update[2], 0, some]],
  ["seq-large", "the sequence number 2^32", [1, update[1], update[2], 2 ** 32, some]],
  ["users-empty", "a create without users", [0, update[1], update[2], 1, [], some, some.subarray(16), some]],
  ["user-empty", "an empty user name", [3, update[1], update[2], 2, "", some, some]],
  ["user-long", "a user name of 65 characters", [3, update[1], update[2], 2, "x".repeat(65), some, some]],
  ["user-space", "a user name with a space", [3, update[1], update[2], 2, "bob marley", some, some]],
  ["user-accent", "a user name beyond ASCII", [3, update[1], update[2], 2, "zoé", some, some]],
  ["user-bom", "a user name that begins with a byte order mark", [3, update[1], update[2], 2, "\ufeffbob", some, some]],
  ["user-newline", "a user name that ends with a line feed", [3, update[1], update[2], 2, "bob\n", some, some]],
]

const decodes = (bytes: string) => fork("encoding.decode", { type: "control-message", bytes: good }, { bytes })

const tableOrder = (first: number, second: number) => {
  const create = [0, new Uint8Array(16).fill(1), 1, ["alice"], some, some.subarray(16)]
  const pair = (byte: number) => [new Uint8Array(16).fill(byte), 1]
  return Hex.encode(encodeCbor([[[create, []]], [], [pair(first), pair(second)], new Uint8Array(32), new Uint8Array()]))
}

/** Messages at the limit and over it, in a file of their own, because they are large. */
export const limits = caseFile({ part: "dcgka", chapter: "encoding-limits", layer: "encoding", flags: {} }, () => [
  ...twins("encoding/limit", clauses.limit, "A message over 1 MiB", () => decodes("00".repeat(maximumLength + 1))),
  aCase(
    "encoding/limit-reached",
    { title: "A message of exactly 1 MiB is within the limit, and judged by its form", clauses: [clauses.limit], twin: "encoding/update" },
    (author) => {
      author.refuses(clauses.canonical, "encoding.decode", { type: "control-message", bytes: "00".repeat(maximumLength) })
    },
  ),
])

/** A message with a field at its bound, and beyond it. */
export const bounded = (id: string, title: string, name: string, field: string, right: (old: Cbor) => Cbor, wrong: (old: Cbor) => Cbor) =>
  twins(`encoding/${id}`, clauses.shape, title, (author) => {
    const [, type, value] = examples.find(([one]) => one === name)!
    const fields = decodeCbor(bytesOf(author.accepts("encoding.encode", { type, value }).bytes)) as ReadonlyArray<Cbor>
    const at = Object.keys(value as object).indexOf(field)
    const withField = (change: (old: Cbor) => Cbor) => Hex.encode(encodeCbor(fields.with(at, change(fields[at]!))))
    return fork("encoding.decode", { type, bytes: withField(right) }, { bytes: withField(wrong) })
  })

const tables = (): ReadonlyArray<Case> => [
  ...twins("encoding/table-order", clauses.shape, "A table whose keys do not ascend", () =>
    fork("encoding.decode", { type: "welcome", bytes: tableOrder(1, 2) }, { bytes: tableOrder(2, 1) }),
  ),
  ...twins("encoding/table-repeated", clauses.shape, "A table with one key twice", () =>
    fork("encoding.decode", { type: "welcome", bytes: tableOrder(1, 2) }, { bytes: tableOrder(1, 1) }),
  ),
  ...twins("encoding/utf8-invalid", clauses.canonical, "A text that is not UTF-8", () => {
    const add = Hex.encode(encodeCbor([3, update[1], update[2], 2, "bob", some, some]))
    return fork("encoding.decode", { type: "control-message", bytes: add }, { bytes: add.replace("626f62", "62ff62") })
  }),
]

const members = aCase(
  "encoding/member-id",
  { title: "Identifiers of members: of a create, of an add, and of the same user added again", clauses: [identifiers["member-id"]] },
  (author) => {
    const created = author.accepts("identifiers.member", { group, user: "carol", adder: null, seq: 0 })
    const added = author.accepts("identifiers.member", { group, user: "carol", adder: alice, seq: 2 })
    const again = author.accepts("identifiers.member", { group, user: "carol", adder: alice, seq: 4 })
    const byBob = author.accepts("identifiers.member", { group, user: "carol", adder: bob, seq: 2 })
    const elsewhere = author.accepts("identifiers.member", { group: repeated("x").slice(0, 32), user: "carol", adder: alice, seq: 2 })
    // The method computes what it is given, also where no addition has it.
    const createdLater = author.accepts("identifiers.member", { group, user: "carol", adder: null, seq: 2 })
    const addedAtFirst = author.accepts("identifiers.member", { group, user: "carol", adder: alice, seq: 0 })
    const all = [created, added, again, byBob, elsewhere, createdLater, addedAtFirst].map(({ member }) => member)
    author.claim(new Set(all).size === 7, "each addition makes another member")
  },
)

const groups = aCase(
  "encoding/group-id",
  { title: "Identifiers of groups: each part of a create counts, and the order of its users", clauses: [identifiers["group-id"]] },
  (author) => {
    const params = { signingKey: key(1), users: ["alice", "bob", "carol"], nonce: filled(2, 16) }
    const others = [{ signingKey: key(3) }, { users: ["alice", "carol", "bob"] }, { users: ["alice", "bob"] }, { nonce: filled(4, 16) }]
    const all = [{}, ...others].map((change) => author.accepts("identifiers.group", { ...params, ...change }).group)
    author.claim(new Set(all).size === 5, "each of them makes another group")
  },
)

const groupLengths = [
  ["signing-key", "signing key", { signingKey: filled(1, 31) }],
  ["nonce", "nonce", { nonce: filled(2, 15) }],
] as const

/** The layer "encoding". */
export default caseFile({ part: "dcgka", chapter: "encoding", layer: "encoding", flags: {} }, () => [
  ...roundTrips,
  ...shapes(),
  groups,
  ...groupLengths.flatMap(([name, words, wrong]) =>
    twins(`encoding/group-id-${name}-length`, suite.length, `The identifier of a group whose ${words} is a byte too short`, () =>
      fork("identifiers.group", { signingKey: filled(1, 32), users: ["alice"], nonce: filled(2, 16) }, wrong),
    ),
  ),
  members,
  ...notCanonical.flatMap(([name, title, bytes]) => twins(`encoding/${name}`, clauses.canonical, title, () => decodes(bytes))),
  ...wrongShape.flatMap(([name, title, value]) =>
    twins(`encoding/${name}`, clauses.shape, title, () => decodes(Hex.encode(encodeCbor(value as Cbor)))),
  ),
  ...tables(),
])
