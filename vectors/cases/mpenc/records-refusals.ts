/** The layer "mpenc-records": packets with one record that is wrong, missing or too many. */
import { clauses, type GreetType, greetTypes, type RecordName, recordTypes } from "../../../spec/mpenc/records.ts"
import { aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled, hexOf } from "../people.ts"
import {
  changed,
  dataRecords,
  errorRecords,
  greetingOf,
  type HexRecord,
  inserted,
  type JsonGreeting,
  memberNames,
  type Outline,
  outlinesOf,
  recordsOf,
  textOf,
} from "./packets.ts"

const allGreetTypes = Object.keys(greetTypes) as ReadonlyArray<GreetType>

const outline = (greetType: GreetType, n: number, at = 0): Outline => outlinesOf(greetType, n)[at]!

/** A pair in which a packet with right records and one with wrong records are decoded. */
const records = (
  id: string,
  clause: Parameters<typeof twins>[1],
  title: string,
  right: ReadonlyArray<HexRecord>,
  wrong: ReadonlyArray<HexRecord>,
): ReadonlyArray<Case> =>
  twins(`mpenc-records/${id}`, clause, title, () => fork("mpenc-records.decode", { text: textOf(right) }, { text: textOf(wrong) }))

const initial = recordsOf(greetingOf(outline("start-initial", 3)))
const upflow = recordsOf(greetingOf(outline("start-upflow", 3)))
const downflow = recordsOf(greetingOf(outline("start-downflow", 3)))
const confirm = recordsOf(greetingOf(outline("start-confirm", 3)))
const include = recordsOf(greetingOf(outline("include-initial", 4)))
const exclude = recordsOf(greetingOf(outline("exclude-initial", 3)))
const refresh = recordsOf(greetingOf(outline("refresh-initial", 3)))

const order = (): ReadonlyArray<Case> => [
  ...records("nothing", clauses.order, "No records at all", confirm, []),
  ...records("no-version", clauses.order, "No PROTOCOL_VERSION", confirm, changed(confirm, "PROTOCOL_VERSION", null)),
  ...records(
    "another-record-for-the-version",
    clauses.order,
    "A SOURCE in the place of PROTOCOL_VERSION",
    confirm,
    inserted(changed(confirm, "PROTOCOL_VERSION", null), "MESSAGE_TYPE", ["SOURCE", hexOf("alice")]),
  ),
  ...records(
    "version-before-signature",
    clauses.version,
    "A hint, no MESSAGE_SIGNATURE, and version 2: the version is looked at first",
    dataRecords,
    changed(changed(dataRecords, "MESSAGE_SIGNATURE", null), "PROTOCOL_VERSION", "02"),
  ),
  ...records("no-message-type", clauses.order, "No MESSAGE_TYPE", confirm, changed(confirm, "MESSAGE_TYPE", null)),
  ...records("no-signature", clauses.order, "A greeting without MESSAGE_SIGNATURE", confirm, changed(confirm, "MESSAGE_SIGNATURE", null)),
  ...records("no-greet-type", clauses.order, "A greeting without GREET_TYPE", confirm, changed(confirm, "GREET_TYPE", null)),
  ...records("no-source", clauses.order, "A greeting without SOURCE", confirm, changed(confirm, "SOURCE", null)),
  ...records("no-destination", clauses.order, "A broadcast without DEST", confirm, changed(confirm, "DEST", null)),
  ...records("second-source", clauses.order, "A second SOURCE", confirm, inserted(confirm, "DEST", ["SOURCE", hexOf("alice")])),
  ...records(
    "second-session-signature",
    clauses.order,
    "A second SESSION_SIGNATURE",
    confirm,
    inserted(confirm, null, ["SESSION_SIGNATURE", filled(0xa2, 64)]),
  ),
  ...records("trailing-record", clauses.order, "A record after the last", initial, inserted(initial, null, [0x0fff, ""])),
  ...records("unknown-record", clauses.order, "An unknown record among the lists", initial, inserted(initial, "NONCE", [0x0fff, "00"])),
  ...records("signing-key", clauses.order, "The record that is reserved", downflow, inserted(downflow, null, [0x0107, filled(1, 32)])),
  ...records(
    "lists-in-another-order",
    clauses.order,
    "A nonce before the intermediate keys",
    initial,
    inserted(changed(initial, "NONCE", null), "INT_KEY", ["NONCE", filled(0x30, 32)]),
  ),
  ...records(
    "query-with-more",
    clauses.order,
    "A query with a signature",
    [
      ["PROTOCOL_VERSION", "01"],
      ["MESSAGE_TYPE", "01"],
    ],
    [
      ["MESSAGE_SIGNATURE", filled(1, 64)],
      ["PROTOCOL_VERSION", "01"],
      ["MESSAGE_TYPE", "01"],
    ],
  ),
  ...records(
    "greeting-with-hint",
    clauses.order,
    "A greeting with a hint",
    confirm,
    inserted(confirm, "MESSAGE_SIGNATURE", ["SIDKEY_HINT", "00"]),
  ),
  ...(["SIDKEY_HINT", "MESSAGE_SIGNATURE", "MESSAGE_IV", "MESSAGE_PAYLOAD"] as const).flatMap((name) =>
    records(
      `data-without-${name.toLowerCase().replace("_", "-")}`,
      clauses.order,
      `A data packet without ${name}`,
      dataRecords,
      changed(dataRecords, name, null),
    ),
  ),
  ...(["SOURCE", "SEVERITY", "MESSAGE_PAYLOAD"] as const).flatMap((name) =>
    records(
      `error-without-${name.toLowerCase().replace("_", "-")}`,
      clauses.order,
      `An error without ${name}`,
      errorRecords,
      changed(errorRecords, name, null),
    ),
  ),
]

const head = (): ReadonlyArray<Case> => [
  ...records("version-2", clauses.version, "Version 2", confirm, changed(confirm, "PROTOCOL_VERSION", "02")),
  ...records("version-of-two-bytes", clauses.version, "The version in two bytes", confirm, changed(confirm, "PROTOCOL_VERSION", "0001")),
  ...records("version-and-a-byte", clauses.version, "A byte after the version", confirm, changed(confirm, "PROTOCOL_VERSION", "0100")),
  ...records("message-type-0", clauses["message-type"], "MESSAGE_TYPE 00", confirm, changed(confirm, "MESSAGE_TYPE", "00")),
  ...records("message-type-5", clauses["message-type"], "MESSAGE_TYPE 05", confirm, changed(confirm, "MESSAGE_TYPE", "05")),
  ...records(
    "message-type-of-two-bytes",
    clauses["message-type"],
    "MESSAGE_TYPE in two bytes",
    confirm,
    changed(confirm, "MESSAGE_TYPE", "0002"),
  ),
  ...records(
    "message-type-and-a-byte",
    clauses["message-type"],
    "A byte after MESSAGE_TYPE",
    confirm,
    changed(confirm, "MESSAGE_TYPE", "0200"),
  ),
  ...records(
    "greet-type-of-nothing",
    clauses["greet-type"],
    "A GREET_TYPE that is not in the table",
    confirm,
    changed(confirm, "GREET_TYPE", "0000"),
  ),
  ...records("quit", clauses["greet-type"], "The quit of early versions", confirm, changed(confirm, "GREET_TYPE", "00d3")),
  ...records(
    "greet-type-high-byte",
    clauses["greet-type"],
    "A GREET_TYPE with a bit in its high byte",
    confirm,
    changed(confirm, "GREET_TYPE", "011a"),
  ),
]

/** For each record of a fixed length: a packet that has it. */
const fixed: ReadonlyArray<readonly [RecordName, ReadonlyArray<HexRecord>]> = [
  ["MESSAGE_SIGNATURE", confirm],
  ["GREET_TYPE", confirm],
  ["INT_KEY", downflow],
  ["NONCE", initial],
  ["PUB_KEY", initial],
  ["PREV_PF", initial],
  ["CHAIN_HASH", initial],
  ["LATEST_PM", initial],
  ["SESSION_SIGNATURE", confirm],
  ["SIDKEY_HINT", dataRecords],
  ["MESSAGE_IV", dataRecords],
  ["SEVERITY", errorRecords],
]

const lengths = (): ReadonlyArray<Case> => [
  ...fixed.flatMap(([name, right]) => {
    const { maximum } = recordTypes[name].lengths
    return [maximum - 1, maximum + 1].flatMap((length) =>
      records(
        `${name.toLowerCase().replaceAll("_", "-")}-of-${length}`,
        clauses.lengths,
        `${name} of ${length} bytes`,
        right,
        changed(right, name, filled(0, length)),
      ),
    )
  }),
  ...records("empty-member", clauses.lengths, "An empty MEMBER", initial, inserted(initial, "INT_KEY", ["MEMBER", ""])),
  ...records("empty-source", clauses.lengths, "An empty SOURCE", initial, changed(initial, "SOURCE", "")),
]

const names = (): ReadonlyArray<Case> => [
  ...records(
    "member-with-line-feed",
    clauses.name,
    "A line feed in a name",
    initial,
    inserted(initial, "INT_KEY", ["MEMBER", hexOf("eve\n")]),
  ),
  ...records("member-with-nul", clauses.name, "A control character in a name", initial, inserted(initial, "INT_KEY", ["MEMBER", "00"])),
  ...records("member-with-c1", clauses.name, "U+0085 in a name", initial, inserted(initial, "INT_KEY", ["MEMBER", hexOf("eve\u0085")])),
  ...records("member-not-utf-8", clauses.name, "A name that is not UTF-8", initial, inserted(initial, "INT_KEY", ["MEMBER", "ff"])),
  ...records("member-overlong", clauses.name, "A name in overlong UTF-8", initial, inserted(initial, "INT_KEY", ["MEMBER", "c1a1"])),
  ...records("source-not-utf-8", clauses.name, "A source that is not UTF-8", initial, changed(initial, "SOURCE", "ff")),
  ...records("destination-not-utf-8", clauses.name, "A destination that is not UTF-8", initial, changed(initial, "DEST", "ff")),
  ...records("error-source", clauses.name, "The source of an error with a line feed", errorRecords, changed(errorRecords, "SOURCE", "0a")),
  ...records(
    "error-text-before-source",
    clauses.text,
    "A text that is not UTF-8 and a source with a line feed: the text is looked at first",
    errorRecords,
    changed(changed(errorRecords, "SOURCE", "0a"), "MESSAGE_PAYLOAD", "ff"),
  ),
  ...records("error-severity", clauses.text, "A severity of 3", errorRecords, changed(errorRecords, "SEVERITY", "03")),
  ...records(
    "error-text",
    clauses.text,
    "A payload of an error that is not UTF-8",
    errorRecords,
    changed(errorRecords, "MESSAGE_PAYLOAD", "c0"),
  ),
  ...records(
    "member-twice",
    clauses["distinct-members"],
    "A member twice",
    initial,
    inserted(initial, "INT_KEY", ["MEMBER", hexOf("alice")]),
  ),
]

const outOfPlace = (greetType: GreetType, n: number, at: number, source: string): ReadonlyArray<Case> => {
  const right = recordsOf(greetingOf(outline(greetType, n, at)))
  return records(
    `${greetType}-from-${source.toLowerCase().replace(/@.*/, "")}`,
    clauses.source,
    `A ${greetType} of ${n} from ${source}`,
    right,
    changed(right, "SOURCE", hexOf(source)),
  )
}

const sources = (): ReadonlyArray<Case> => [
  ...outOfPlace("start-initial", 3, 0, "mallory"),
  ...outOfPlace("start-initial", 3, 0, "alice"),
  ...outOfPlace("start-upflow", 3, 0, "dave"),
  ...outOfPlace("start-upflow", 3, 0, "bob@example.org"),
  ...outOfPlace("start-downflow", 3, 0, "alice"),
  ...outOfPlace("start-confirm", 3, 0, "bob@example.org"),
  ...outOfPlace("include-initial", 4, 0, "bob@example.org"),
  ...outOfPlace("include-upflow", 4, 0, "alice"),
  ...outOfPlace("include-upflow", 4, 0, "Carol"),
  ...outOfPlace("include-downflow", 3, 0, "alice"),
  ...outOfPlace("include-confirm", 3, 0, "bob@example.org"),
  ...outOfPlace("exclude-initial", 3, 0, "mallory"),
  ...outOfPlace("exclude-confirm", 3, 0, "mallory"),
  ...outOfPlace("refresh-initial", 3, 0, "mallory"),
]

const parallel = ["INT_KEY", "NONCE", "PUB_KEY"] as const

/** A packet with one record of a list more, and with one less. */
const miscounted = (greetType: GreetType, n: number, at: number): ReadonlyArray<Case> => {
  const one = outline(greetType, n, at)
  const right = recordsOf(greetingOf(one))
  return parallel.flatMap((name, index) => {
    const isAfter = ([type]: HexRecord) => [...parallel.slice(index + 1), "PREV_PF", "SESSION_SIGNATURE"].includes(`${type}`)
    const end = right.findIndex(isAfter) < 0 ? right.length : right.findIndex(isAfter)
    const more = [...right.slice(0, end), [name, filled(0xee, 32)] as const, ...right.slice(end)]
    const slug = `${greetType}-${one.shares}-${name.toLowerCase().replace("_", "-")}`
    const pairs = records(`${slug}-more`, clauses.counts, `A ${greetType} with a ${name} more`, right, more)
    if (!right.some(([type]) => type === name)) return pairs
    const less = [...right.slice(0, end - 1), ...right.slice(end)]
    return [...pairs, ...records(`${slug}-less`, clauses.counts, `A ${greetType} with a ${name} less`, right, less)]
  })
}

/** An include of four members, of whom so many are said to have been there. */
const includeOf = (settled: number): ReadonlyArray<HexRecord> =>
  recordsOf({
    ...greetingOf({ greetType: "include-initial", n: 4, p: 0, keys: settled + 1, shares: settled }),
    destination: memberNames[Math.min(settled, 3)]!,
  })

const alone = recordsOf({ ...greetingOf(outline("refresh-initial", 2)), members: ["dave"], intermediateKeys: [filled(0x10, 32)] })

/** Packets of fewer members than there can be, with all that so many have. */
const tooFew: ReadonlyArray<readonly [title: string, right: ReadonlyArray<HexRecord>, wrong: JsonGreeting]> = [
  [
    "A start-initial of one member, to all",
    initial,
    { ...greetingOf({ greetType: "start-initial", n: 1, p: 0, keys: 2, shares: 1 }), destination: null },
  ],
  ["A start-downflow of one member", downflow, greetingOf({ greetType: "start-downflow", n: 1, p: 0, keys: 1, shares: 1 })],
  [
    "An include-downflow of two members",
    recordsOf(greetingOf(outline("include-downflow", 3))),
    greetingOf({ greetType: "include-downflow", n: 2, p: 1, keys: 2, shares: 2 }),
  ],
  [
    "An include-confirm of two members",
    recordsOf(greetingOf(outline("include-confirm", 3))),
    greetingOf({ greetType: "include-confirm", n: 2, p: 0, keys: 0, shares: 0 }),
  ],
  [
    "An exclude-confirm of one member",
    recordsOf(greetingOf(outline("exclude-confirm", 3))),
    greetingOf({ greetType: "exclude-confirm", n: 1, p: 0, keys: 0, shares: 0 }),
  ],
]

const counts = (): ReadonlyArray<Case> => [
  ...allGreetTypes.flatMap((greetType) => miscounted(greetType, 4, 0)),
  ...miscounted("start-confirm", 4, 1),
  ...records("include-of-one", clauses.counts, "An include by a session of one, with keys to match", include, includeOf(1)),
  ...records("include-of-nobody", clauses.counts, "An include with as many NONCEs as MEMBERs", include, includeOf(4)),
  ...records("refresh-alone", clauses.counts, "A refresh of one member", refresh, alone),
  ...tooFew.flatMap(([title, right, wrong]) => records(`${wrong.greetType}-of-too-few`, clauses.counts, title, right, recordsOf(wrong))),
  ...records("no-previous-final", clauses.counts, "CHAIN_HASH without PREV_PF", initial, changed(initial, "PREV_PF", null)),
  ...records("no-chain-hash", clauses.counts, "PREV_PF without CHAIN_HASH", initial, changed(initial, "CHAIN_HASH", null)),
  ...records("metadata-in-an-upflow", clauses.counts, "Metadata in a packet that is not the first", upflow, [
    ...upflow,
    ["PREV_PF", filled(1, 32)],
    ["CHAIN_HASH", filled(2, 32)],
  ]),
  ...records("latest-in-an-upflow", clauses.counts, "LATEST_PM in a packet that is not the first", upflow, [
    ...upflow,
    ["LATEST_PM", filled(1, 20)],
  ]),
  ...records("signed-upflow", clauses.counts, "SESSION_SIGNATURE in an upflow", upflow, [...upflow, ["SESSION_SIGNATURE", filled(1, 64)]]),
  ...records("signed-refresh", clauses.counts, "SESSION_SIGNATURE in a refresh", refresh, [
    ...refresh,
    ["SESSION_SIGNATURE", filled(1, 64)],
  ]),
  ...records(
    "unsigned-downflow",
    clauses.counts,
    "No SESSION_SIGNATURE in a downflow",
    downflow,
    changed(downflow, "SESSION_SIGNATURE", null),
  ),
  ...records("unsigned-confirm", clauses.counts, "No SESSION_SIGNATURE in a confirm", confirm, changed(confirm, "SESSION_SIGNATURE", null)),
]

const rest = (): ReadonlyArray<Case> => [
  ...records("destination", clauses.destination, "A broadcast to one member", confirm, changed(confirm, "DEST", hexOf("alice"))),
  ...records("upflow-to-all", clauses.destination, "An upflow to all", upflow, changed(upflow, "DEST", "")),
  ...records("upflow-back", clauses.destination, "An upflow to the member before", upflow, changed(upflow, "DEST", hexOf("dave"))),
  ...records(
    "initial-over-one",
    clauses.destination,
    "A first packet to the third member",
    initial,
    changed(initial, "DEST", hexOf("bob@example.org")),
  ),
  ...records(
    "include-to-an-old-member",
    clauses.destination,
    "The first packet of an include to an old member",
    include,
    changed(include, "DEST", hexOf("alice")),
  ),
  ...records(
    "base-point",
    clauses["base-point"],
    "The first key of a start is not empty",
    initial,
    changed(initial, "INT_KEY", filled(0x10, 32)),
  ),
  ...records(
    "destination-before-base-point",
    clauses.destination,
    "A first packet to the third member, whose first key is not empty: DEST is looked at first",
    initial,
    changed(changed(initial, "DEST", hexOf("bob@example.org")), "INT_KEY", filled(0x10, 32)),
  ),
  ...records(
    "second-base-point",
    clauses["base-point"],
    "The second key of a start is empty",
    initial,
    inserted(changed(initial, "INT_KEY", null), "NONCE", ["INT_KEY", ""]).with(-1, initial.at(-1)!),
  ),
  ...records("base-point-in-an-exclude", clauses["base-point"], "An empty key in an exclude", exclude, changed(exclude, "INT_KEY", "")),
  ...records("latest-twice", clauses["distinct-ids"], "A LATEST_PM twice", initial, [...initial, ["LATEST_PM", filled(0x80, 20)]]),
]

const withoutMembers = (): Case =>
  aCase(
    "mpenc-records/written-without-members",
    { title: "A greeting without members is written: its source is none of them", clauses: [clauses.source] },
    (author) => {
      const packet = greetingOf(outline("start-initial", 3))
      author.accepts("mpenc-records.encode", { packet })
      author.refuses(clauses.source, "mpenc-records.encode", { packet: { ...packet, members: [] } })
    },
  )

export default caseFile({ part: "mpenc", chapter: "records-refusals", layer: "mpenc-records", flags: {} }, () => [
  ...order(),
  ...head(),
  ...lengths(),
  ...names(),
  ...sources(),
  withoutMembers(),
  ...counts(),
  ...rest(),
])
