/** The layer "mpenc-records": packets that are read and written, and texts and heads that are not. */
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses, type GreetType, greetTypes, maximumText } from "../../../spec/mpenc/records.ts"
import { aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled } from "../people.ts"
import {
  changed,
  dataRecords,
  errorRecords,
  greetingOf,
  type HexRecord,
  memberNames,
  type Outline,
  outlinesOf,
  recordsOf,
  textOf,
  textOfHex,
  tlvOf,
} from "./packets.ts"

const allGreetTypes = Object.keys(greetTypes) as ReadonlyArray<GreetType>

const outline = (greetType: GreetType, n: number, at = 0): Outline => outlinesOf(greetType, n)[at]!

/** A pair in which a right text and a wrong one are decoded. */
const texts = (id: string, clause: Parameters<typeof twins>[1], title: string, right: string, wrong: string): ReadonlyArray<Case> =>
  twins(`mpenc-records/${id}`, clause, title, () => fork("mpenc-records.decode", { text: right }, { text: wrong }))

const wholePackets = (): ReadonlyArray<Case> => [
  aCase(
    "mpenc-records/query",
    { title: "The query; the version is one byte", clauses: [clauses.version, clauses["message-type"]] },
    (author) => {
      author.gives("mpenc-records.decode", { text: textOfHex("00010001010002000101") }, { packet: { type: "query" } })
      author.gives("mpenc-records.encode", { packet: { type: "query" } }, { text: "?mpENC:AAEAAQEAAgABAQ==." })
    },
  ),
  aCase("mpenc-records/plain", { title: "Texts that are not ours", clauses: [clauses.armour] }, (author) => {
    for (const content of ["hello", "?mpEN", "?MPENC:AAEAAQEAAgABAQ==.", " ?mpENC:AAEAAQEAAgABAQ==.", "naïve 🙂", "\u0000"]) {
      author.gives("mpenc-records.decode", { text: content }, { packet: { type: "plain", content } })
      author.gives("mpenc-records.encode", { packet: { type: "plain", content } }, { text: content })
    }
  }),
  aCase("mpenc-records/data", { title: "A data packet", clauses: [clauses.order, clauses.lengths] }, (author) => {
    const packet = { type: "data" as const, hint: "5a", signature: filled(0xa1, 64), iv: filled(0xb1, 12), payload: filled(0xc1, 128) }
    author.gives("mpenc-records.decode", { text: textOf(dataRecords) }, { packet })
    author.gives("mpenc-records.encode", { packet }, { text: textOf(dataRecords) })
    author.gives("mpenc-records.signed-part", { packet }, { bytes: tlvOf(dataRecords.slice(2)) })
  }),
  aCase("mpenc-records/errors", { title: "Errors, signed and not, of each severity", clauses: [clauses.text] }, (author) => {
    for (const [index, severity] of (["information", "warning", "terminal"] as const).entries()) {
      for (const signature of [null, filled(0xa1, 64)]) {
        const packet = { type: "error" as const, signature, source: "alice", severity, text: "inconsistent history" }
        const head: ReadonlyArray<HexRecord> = signature === null ? [] : [["MESSAGE_SIGNATURE", signature]]
        const text = textOf([...head, ...changed(errorRecords, "SEVERITY", `0${index}`)])
        author.gives("mpenc-records.decode", { text }, { packet })
        author.gives("mpenc-records.encode", { packet }, { text })
      }
    }
  }),
  ...allGreetTypes.map((greetType) =>
    aCase(
      `mpenc-records/${greetType}`,
      {
        title: `Each ${greetType} of 1 to 8 members`,
        clauses: [clauses.counts, clauses.source, clauses.destination, clauses["base-point"]],
      },
      (author) => {
        const all = memberNames.flatMap((_, index) =>
          index === 0 && greetType !== "exclude-initial" ? [] : outlinesOf(greetType, index + 1),
        )
        for (const one of all) {
          const packet = greetingOf(one)
          author.gives("mpenc-records.decode", { text: textOf(recordsOf(packet)) }, { packet })
          author.gives("mpenc-records.encode", { packet }, { text: textOf(recordsOf(packet)) })
        }
      },
    ),
  ),
  aCase("mpenc-records/confirm-with-lists", { title: "A confirm repeats the lists, or not", clauses: [clauses.counts] }, (author) => {
    for (const one of outlinesOf("start-confirm", 3)) {
      const packet = greetingOf(one)
      author.gives("mpenc-records.decode", { text: textOf(recordsOf(packet)) }, { packet })
    }
  }),
  aCase(
    "mpenc-records/latest-in-any-order",
    { title: "LATEST_PM stands in any order, which is kept", clauses: [clauses["distinct-ids"]] },
    (author) => {
      const packet = greetingOf(outline("start-initial", 2))
      const metadata = packet.metadata!
      const descending = { ...packet, metadata: { ...metadata, latestMessages: metadata.latestMessages.toReversed() } }
      author.gives("mpenc-records.decode", { text: textOf(recordsOf(descending)) }, { packet: descending })
      author.gives("mpenc-records.encode", { packet: descending }, { text: textOf(recordsOf(descending)) })
    },
  ),
  aCase(
    "mpenc-records/empty-payload",
    { title: "A data packet with an empty payload is one; that nothing can be read in it shows later", clauses: [clauses.lengths] },
    (author) => {
      author.accepts("mpenc-records.decode", { text: textOf(changed(dataRecords, "MESSAGE_PAYLOAD", "")) })
    },
  ),
  aCase(
    "mpenc-records/records-of-any-type",
    { title: "A TLV string is divided into records of any types, and written again", clauses: [clauses.tlv] },
    (author) => {
      const records = [
        { type: 0xffff, value: "" },
        { type: 0, value: "00010002" },
      ]
      const bytes = "ffff00000000000400010002"
      author.gives("mpenc-records.encode-records", { records }, { bytes })
      author.gives("mpenc-records.decode-records", { bytes }, { records })
      author.gives("mpenc-records.decode-records", { bytes: "" }, { records: [] })
      for (const cut of [2, 6, 10, bytes.length - 2])
        author.refuses(clauses.tlv, "mpenc-records.decode-records", { bytes: bytes.slice(0, cut) })
    },
  ),
  aCase("mpenc-records/sorted-names", { title: "Names in the order of their UTF-8 bytes", clauses: [clauses.name] }, (author) => {
    // U+FF5E comes before U+1F642 in bytes, and after it in 16-bit units.
    const names = ["b", "🙂", "a", "ab", "～", "B", "é"]
    author.gives("mpenc-records.sort", { names }, { names: ["B", "a", "ab", "b", "é", "～", "🙂"] })
  }),
  aCase(
    "mpenc-records/longest-names",
    {
      title:
        "A name of 65,535 characters of one byte each is one, and so is one of fewer characters and as many bytes; one byte more is none",
      clauses: [clauses.name, verdicts["no-call"]],
    },
    (author) => {
      for (const longest of ["a".repeat(65_535), `${"é".repeat(32_767)}a`]) {
        author.gives("mpenc-records.sort", { names: [longest] }, { names: [longest] })
        author.noCall("mpenc-records.sort", { names: [`${longest}a`] })
      }
    },
  ),
]

const query = "?mpENC:AAEAAQEAAgABAQ==."

const armour = (): ReadonlyArray<Case> => [
  ...texts("empty-text", clauses.limit, "The empty text", query, ""),
  ...texts("no-colon", clauses.armour, "No colon", query, "?mpENC;AAEAAQEAAgABAQ==."),
  ...texts("no-full-stop", clauses.armour, "No full stop", query, "?mpENC:AAEAAQEAAgABAQ=="),
  ...texts("another-end", clauses.armour, "Another character in the place of the full stop", query, "?mpENC:AAEAAQEAAgABAQ==!"),
  ...texts("after-full-stop", clauses.armour, "Something after the full stop", query, "?mpENC:AAEAAQEAAgABAQ==.\n"),
  ...texts("prefix-only", clauses.armour, "Nothing but the prefix", query, "?mpENC"),
  ...texts("white-space", clauses.armour, "White space in the base64", query, "?mpENC:AAEAAQEA AgABAQ==."),
  ...texts("no-padding", clauses.armour, "No padding", query, "?mpENC:AAEAAQEAAgABAQ."),
  ...texts("spare-bits", clauses.armour, "A spare bit that is not zero", query, "?mpENC:AAEAAQEAAgABAR==."),
  ...texts(
    "other-alphabet",
    clauses.armour,
    "The alphabet for addresses",
    textOf(dataRecords),
    textOf(changed(dataRecords, "MESSAGE_IV", filled(0xff, 12))).replaceAll("/", "_"),
  ),
  ...twins("mpenc-records/plain-that-is-none", clauses.armour, "A plain packet that would be read as another one", () =>
    fork("mpenc-records.encode", { packet: { type: "plain", content: "query" } }, { packet: { type: "plain", content: query } }),
  ),
]

const wholeData = tlvOf(dataRecords)

const tlv = (): ReadonlyArray<Case> => [
  ...texts("cut-value", clauses.tlv, "A value that is cut", textOfHex(wholeData), textOfHex(wholeData.slice(0, -2))),
  ...texts("cut-header", clauses.tlv, "Two bytes where a header should be", textOfHex(wholeData), textOfHex(`${wholeData}0001`)),
  ...texts("no-value", clauses.tlv, "A header, and nothing after it", textOfHex(wholeData), textOfHex(`${wholeData}00010001`)),
  ...texts("three-bytes", clauses.tlv, "Three bytes where a header should be", textOfHex(wholeData), textOfHex(`${wholeData}000100`)),
  ...texts(
    "length-too-large",
    clauses.tlv,
    "A length larger than what is left",
    textOf(dataRecords),
    textOfHex(`${wholeData.slice(0, -260)}0081${wholeData.slice(-256)}`),
  ),
]

/** Sizes at their limit and over it, in a file of their own, because they are large. */
export const limits = caseFile({ part: "mpenc", chapter: "records-limits", layer: "mpenc-records", flags: {} }, () => [
  ...twins("mpenc-records/limit", clauses.limit, "A text of one byte more than 1 MiB", () =>
    fork("mpenc-records.decode", { text: "short" }, { text: `${"x".repeat(maximumText - 1)}é` }),
  ),
  aCase(
    "mpenc-records/limit-reached",
    { title: "A text of exactly 1 MiB is within the limit, and judged by its form", clauses: [clauses.limit], twin: "mpenc-records/query" },
    (author) => {
      author.refuses(clauses.armour, "mpenc-records.decode", { text: "?mpENC".padEnd(maximumText - 2, "x").concat("é") })
    },
  ),
  aCase(
    "mpenc-records/more-than-two-mebibytes",
    {
      title: "A packet of more than 2 MiB of records to be encoded: its text is too long, and it is a call all the same",
      clauses: [clauses.limit],
    },
    (author) => {
      const packet = greetingOf(outline("start-initial", 2))
      const members = Array.from({ length: 33 }, (_, index) => String(index).padStart(65_000, "x"))
      author.refuses(clauses.limit, "mpenc-records.encode", { packet: { ...packet, members } })
    },
  ),
  ...twins("mpenc-records/longest-value", clauses.tlv, "A value of 65,536 bytes", () =>
    fork(
      "mpenc-records.encode-records",
      { records: [{ type: 1, value: filled(3, 0xffff) }] },
      { records: [{ type: 1, value: filled(3, 0x10000) }] },
    ),
  ),
])

export default caseFile({ part: "mpenc", chapter: "records", layer: "mpenc-records", flags: {} }, () => [
  ...wholePackets(),
  ...armour(),
  ...tlv(),
])
