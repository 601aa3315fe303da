import { clauses } from "../../../spec/mpenc/messages.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled, flipped, hexOf } from "../people.ts"
import { unrecorded } from "./greeting-channel.ts"
import { dataRecords, type HexRecord, textOf, tlvOf } from "./packets.ts"
import { people, publicKeyOf } from "./people.ts"
import { ephemeralOf, groupKey, type JsonBody, opening, parent, payload, readingKeys, sealing, sessionId, withLength } from "./sealing.ts"
import { workedExample } from "./worked-example.ts"

/** Seals a message of Alice's, and has Bob open it. */
const exchange = (author: Author, changes: Parameters<typeof sealing>[0] = {}) => {
  const params = sealing(changes)
  const { text, id } = author.accepts("messages.seal", params)
  const parents = params.parents.toSorted()
  const readers = people(3).slice(1)
  author.gives("messages.open", opening(text, params.cipherKeyBytes), { id, author: "alice", readers, parents, body: params.body })
  return { text, id }
}

const payloadLength = (text: string): number => {
  const { packet } = unrecorded().accepts("mpenc-records.decode", { text })
  return packet.type === "data" ? packet.payload.length / 2 : -1
}

const bodies: ReadonlyArray<readonly [body: JsonBody, value: string]> = [
  [payload("hello"), `00${hexOf('["hello"]')}`],
  [payload('"\\/\b\f\n\r\t\u0000\u001f\u007f'), `00${hexOf('["\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u007f"]')}`],
  [payload("naïve 🙂 \u2028"), `00${hexOf('["naïve 🙂 \u2028"]')}`],
  [{ type: "acknowledgement", manual: true }, `01${hexOf("[true]")}`],
  [{ type: "acknowledgement", manual: false }, `01${hexOf("[false]")}`],
  [{ type: "heartbeat" }, `02${hexOf("[]")}`],
  [{ type: "consistency", close: true }, `03${hexOf("[true]")}`],
  [{ type: "consistency", close: false }, `03${hexOf("[false]")}`],
  [
    { type: "order-acknowledgement", packetId: filled(0xab, 32), chainHash: filled(0xcd, 32) },
    `04${hexOf(`["${filled(0xab, 32)}","${filled(0xcd, 32)}"]`)}`,
  ],
]

const small = (): ReadonlyArray<Case> => [
  aCase(
    "messages/subsession-hash",
    { title: "The subsession hash, of group keys of both lengths", clauses: [clauses["subsession-hash"]] },
    (author) => {
      author.accepts("messages.subsession-hash", { sessionId, groupKey })
      author.accepts("messages.subsession-hash", { sessionId, groupKey: groupKey.slice(0, 32) })
    },
  ),
  aCase(
    "messages/cipher",
    {
      title: "AES in counter mode (NIST SP 800-38A, F.5.1 and F.5.5, with counters that begin at 0 instead)",
      clauses: [clauses["cipher-key"]],
    },
    (author) => {
      for (const key of ["2b7e151628aed2a6abf7158809cf4f3c", "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"]) {
        for (const length of [0, 1, 15, 16, 17, 64, 4096 + 1]) {
          const { data } = author.accepts("messages.cipher", { key, iv: "f0f1f2f3f4f5f6f7f8f9fafb", data: filled(0x6b, length) })
          author.gives("messages.cipher", { key, iv: "f0f1f2f3f4f5f6f7f8f9fafb", data }, { data: filled(0x6b, length) })
        }
      }
    },
  ),
  aCase("messages/bodies", { title: "Each body, in its one form", clauses: [clauses.body] }, (author) => {
    for (const [body, value] of bodies) {
      author.gives("messages.encode-body", { body }, { value })
      author.gives("messages.decode-body", { value }, { body })
    }
  }),
  aCase(
    "messages/plaintext",
    { title: "The length stands before all of the records", clauses: [clauses.length, clauses.content] },
    (author) => {
      const content: ReadonlyArray<HexRecord> = [
        ["MESSAGE_PARENT", parent(1)],
        ["MESSAGE_PARENT", parent(2)],
        ["MESSAGE_BODY", `00${hexOf('["hello"]')}`],
      ]
      const given = { parents: [parent(1), parent(2)], body: payload("hello") }
      const plaintext = `003e${tlvOf(content)}`
      author.gives("messages.encode-content", { ...given, padding: false }, { plaintext })
      author.gives("messages.encode-content", { ...given, padding: true }, { plaintext: plaintext.padEnd(256, "0") })
      for (const zeros of [0, 1, 64, 200]) author.gives("messages.decode-content", { plaintext: plaintext + filled(0, zeros) }, given)
    },
  ),
]

/** How long a text must be for a plaintext of `length` bytes without padding. */
const textFor = (length: number): string => "x".repeat(length - 2 - 4 - 1 - 4)

const sizes = (): ReadonlyArray<Case> => [
  aCase("messages/padding", { title: "Plaintexts at the limits of each size", clauses: [clauses.padded] }, (author) => {
    for (let size = 128; size <= 8192; size *= 2) {
      for (const length of [size / 2 + 1, size - 1, size]) {
        if (length < 13) continue
        const { plaintext } = author.accepts("messages.encode-content", { parents: [], body: payload(textFor(length)), padding: true })
        author.claim(plaintext.length / 2 === size, `${length} bytes are padded to ${size}`)
      }
    }
  }),
  aCase("messages/no-padding", { title: "Without padding", clauses: [clauses.padded] }, (author) => {
    for (const length of [13, 127, 128, 129]) {
      const { text } = exchange(author, { body: payload(textFor(length)), padding: false })
      author.claim(payloadLength(text) === length, "nothing is added")
    }
  }),
  ...twins("messages/largest", clauses.size, "A content of 32,767 bytes, with padding", () =>
    fork("messages.encode-content", { parents: [], body: payload(textFor(32768)), padding: true }, { body: payload(textFor(32769)) }),
  ),
  ...twins("messages/largest-with-parents", clauses.size, "A content that parents make too long", () =>
    fork(
      "messages.encode-content",
      { parents: [parent(1)], body: payload(textFor(32768 - 24)), padding: true },
      { parents: [parent(1), parent(2)] },
    ),
  ),
  ...twins("messages/largest-without-padding", clauses.size, "A content of 65,534 bytes, without padding", () =>
    fork("messages.encode-content", { parents: [], body: payload(textFor(65535)), padding: false }, { body: payload(textFor(65536)) }),
  ),
]

const whole = (): ReadonlyArray<Case> => [
  ...([16, 32] as const).map((cipherKeyBytes) =>
    aCase(
      `messages/cipher-key-${cipherKeyBytes}`,
      {
        title: `A cipher key of ${cipherKeyBytes} bytes`,
        clauses: [clauses["cipher-key"], clauses["subsession-hash"], clauses.identifier],
      },
      (author) => {
        for (const [body] of bodies) exchange(author, { body, cipherKeyBytes })
      },
    ),
  ),
  aCase(
    "messages/group-key-of-16-bytes",
    { title: "A group key of 16 bytes, as in test data", clauses: [clauses["cipher-key"]] },
    (author) => {
      for (const cipherKeyBytes of [16, 32] as const) {
        const short = { groupKey: groupKey.slice(0, 32) }
        const { text } = author.accepts("messages.seal", { ...sealing({ cipherKeyBytes }), ...short })
        author.accepts("messages.open", { ...opening(text, cipherKeyBytes), ...short })
      }
    },
  ),
  aCase(
    "messages/parents",
    { title: "Parents are written in ascending order, and read in any", clauses: [clauses["parents-order"], clauses.parents] },
    (author) => {
      for (const parents of [[], [parent(1)], [parent(3), parent(1), parent(2)], [parent(9), parent(8), parent(0xa), parent(0x10)]])
        exchange(author, { parents })
      const content: ReadonlyArray<HexRecord> = [
        ["MESSAGE_PARENT", parent(2)],
        ["MESSAGE_PARENT", parent(1)],
        ["MESSAGE_BODY", `02${hexOf("[]")}`],
      ]
      author.gives(
        "messages.decode-content",
        { plaintext: withLength(tlvOf(content)) },
        { parents: [parent(2), parent(1)], body: { type: "heartbeat" } },
      )
    },
  ),
  aCase(
    "messages/identifier",
    { title: "The identifier covers signature and signed part, and not the hint", clauses: [clauses.identifier] },
    (author) => {
      const ids = dataRecords.map(([name], index) => {
        const value = dataRecords[index]![1]
        const isFixed = name === "PROTOCOL_VERSION" || name === "MESSAGE_TYPE"
        return author.accepts("messages.id", { text: textOf(isFixed ? dataRecords : dataRecords.with(index, [name, flipped(value, 0)])) })
          .id
      })
      author.claim(new Set(ids).size === 4, "changed by signature, IV and payload only")
    },
  ),
  aCase(
    "messages/readers",
    { title: "Each of 1 to 8 members writes, and the others are its readers", clauses: [clauses.author, clauses.signature] },
    (author) => {
      for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) {
        const sender = people(n).at(-1)!
        const { text, id } = author.accepts("messages.seal", { ...sealing(), ephemeralSecretKey: ephemeralOf(sender) })
        const readers = people(n - 1)
        const given = { ...readingKeys(n), sender, text, cipherKeyBytes: 16 as const }
        author.gives("messages.open", given, { id, author: sender, readers, parents: [], body: payload("hello") })
      }
    },
  ),
  aCase(
    "messages/of-another-kind",
    { title: "A query has no identifier, and is signed as no error", clauses: [clauses.kind], twin: "messages/errors" },
    (author) => {
      author.refuses(clauses.kind, "messages.id", { text: "?mpENC:AAEAAQEAAgABAQ==." })
      author.refuses(clauses.kind, "messages.id", { text: "hello" })
      author.refuses(clauses.kind, "messages.sign-error", { packet: { type: "query" }, ephemeralSecretKey: ephemeralOf("alice") })
    },
  ),
  aCase("messages/errors", { title: "Signed errors", clauses: [clauses.error] }, (author) => {
    const packet = { type: "error" as const, signature: null, source: "alice", severity: "terminal" as const, text: "inconsistent history" }
    const { text } = author.accepts("messages.sign-error", { packet, ephemeralSecretKey: ephemeralOf("alice") })
    author.accepts("messages.verify-error", { text, publicKey: publicKeyOf(ephemeralOf("alice")) })
  }),
]

/** The layer "messages". */
export default caseFile({ part: "mpenc", chapter: "messages", layer: "messages", flags: {} }, () => [
  workedExample,
  ...small(),
  ...sizes(),
  ...whole(),
])
