import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { aesCtr } from "../../../reference/mpenc/messages/cipher.ts"
import { clauses } from "../../../spec/mpenc/messages.ts"
import { clauses as records } from "../../../spec/mpenc/records.ts"
import { aCase, type Case, caseFile, type Fork, fork, twins } from "../author.ts"
import { filled, flipped, hexOf } from "../people.ts"
import { unrecorded } from "./greeting-channel.ts"
import { changed, errorRecords, type HexRecord, textOf, tlvOf } from "./packets.ts"
import { publicKeyOf, secretOf, signedBy } from "./people.ts"
import { ephemeralOf, groupKey, iv, opening, parent, payload, sealing, sessionId, withLength } from "./sealing.ts"

/** A message with any plaintext, signed and encrypted as Alice does. */
const crafted = (plaintext: string): string => {
  const hash = nodePrimitives.sha256(bytesOf(sessionId + groupKey))
  const data = Buffer.from(aesCtr(bytesOf(groupKey).subarray(0, 16), bytesOf(iv), bytesOf(plaintext))).toString("hex")
  const rest: ReadonlyArray<HexRecord> = [
    ["PROTOCOL_VERSION", "01"],
    ["MESSAGE_TYPE", "03"],
    ["MESSAGE_IV", iv],
    ["MESSAGE_PAYLOAD", data],
  ]
  return signedAs("datamsgsig", Buffer.from(hash).toString("hex"), rest)
}

const signedAs = (context: string, middle: string, rest: ReadonlyArray<HexRecord>, secretKey = ephemeralOf("alice")): string => {
  const signature = signedBy(secretKey, bytesOf(hexOf(context) + middle + tlvOf(rest)))
  const hash = Buffer.from(nodePrimitives.sha256(bytesOf(sessionId + groupKey))).toString("hex")
  return textOf([["SIDKEY_HINT", hash.slice(0, 2)], ["MESSAGE_SIGNATURE", signature], ...rest])
}

const sealed = () => unrecorded().accepts("messages.seal", sealing()).text

const recordsIn = (text: string): ReadonlyArray<HexRecord> => {
  const { packet } = unrecorded().accepts("mpenc-records.decode", { text })
  if (packet.type !== "data") throw new Error(packet.type)
  return [
    ["SIDKEY_HINT", packet.hint],
    ["MESSAGE_SIGNATURE", packet.signature],
    ["PROTOCOL_VERSION", "01"],
    ["MESSAGE_TYPE", "03"],
    ["MESSAGE_IV", packet.iv],
    ["MESSAGE_PAYLOAD", packet.payload],
  ]
}

type Clause = Parameters<typeof twins>[1]

/** A pair in which Bob opens a message of Alice's, and a wrong one. */
const wrong = (
  id: string,
  clause: Clause,
  title: string,
  make: (text: string) => Partial<ReturnType<typeof opening>>,
): ReadonlyArray<Case> =>
  twins(`messages/${id}`, clause, title, (): Fork<"messages.open"> => {
    const text = sealed()
    return fork("messages.open", opening(text), make(text))
  })

/** A pair of plaintexts. */
const plaintexts = (id: string, clause: Clause, title: string, plaintext: string) =>
  wrong(id, clause, title, () => ({ text: crafted(plaintext) }))

const flippedIn = (text: string, name: "SIDKEY_HINT" | "MESSAGE_SIGNATURE" | "MESSAGE_IV" | "MESSAGE_PAYLOAD", at: number): string => {
  const all = recordsIn(text)
  return textOf(changed(all, name, flipped(all.find(([type]) => type === name)![1], at)))
}

const belongings = (): ReadonlyArray<Case> => [
  ...wrong("kind", clauses.kind, "A query", () => ({ text: "?mpENC:AAEAAQEAAgABAQ==." })),
  ...wrong("malformed", records.tlv, "A packet that is cut", (text) => ({ text: textOf(recordsIn(text)).replace(/.{4}\.$/, ".") })),
  ...wrong("hint", clauses.hint, "Another hint", (text) => ({ text: flippedIn(text, "SIDKEY_HINT", 0) })),
  ...wrong("other-group-key", clauses.hint, "A message of a subsession with another group key", () => ({
    groupKey: secretOf("other", "key"),
  })),
  ...wrong("other-session-id", clauses.hint, "A message of a subsession with another session id", () => ({ sessionId: filled(0x52, 32) })),
  ...wrong("author", clauses.author, "A message of somebody who is no member", () => ({ sender: "mallory" })),
  ...wrong("other-author", clauses.signature, "A message of Alice's, as from Carol", () => ({ sender: "carol" })),
  ...wrong("signature", clauses.signature, "A changed signature", (text) => ({ text: flippedIn(text, "MESSAGE_SIGNATURE", 0) })),
  ...wrong("signature-s", clauses.signature, "A signature with another S", (text) => ({ text: flippedIn(text, "MESSAGE_SIGNATURE", 32) })),
  ...wrong("s-not-reduced", clauses.signature, "A signature whose S is not below the group order", (text) => {
    const all = recordsIn(text)
    return { text: textOf(changed(all, "MESSAGE_SIGNATURE", withOrder(all[1]![1]))) }
  }),
  ...wrong("iv", clauses.signature, "A changed IV", (text) => ({ text: flippedIn(text, "MESSAGE_IV", 11) })),
  ...wrong("ciphertext", clauses.signature, "A changed ciphertext", (text) => ({ text: flippedIn(text, "MESSAGE_PAYLOAD", -1) })),
  ...wrong("signed-as-a-greeting", clauses.signature, "A signature with the context of greetings", (text) => ({
    text: signedAs("greetmsgsig", "", recordsIn(text).slice(2)),
  })),
  ...wrong("signed-as-an-error", clauses.signature, "A signature with the context of errors", (text) => ({
    text: signedAs("errormsgsig", "", recordsIn(text).slice(2)),
  })),
  ...wrong("signed-without-the-subsession", clauses.signature, "A signature without the subsession hash", (text) => ({
    text: signedAs("datamsgsig", "", recordsIn(text).slice(2)),
  })),
  ...wrong("signed-by-another", clauses.signature, "A signature by another key", (text) => {
    const hash = Buffer.from(nodePrimitives.sha256(bytesOf(sessionId + groupKey))).toString("hex")
    return { text: signedAs("datamsgsig", hash, recordsIn(text).slice(2), ephemeralOf("mallory")) }
  }),
]

/** The group order of Ed25519. */
const order = 2n ** 252n + 27742317777372353535851937790883648493n

const withOrder = (signature: string): string => {
  const s = BigInt(`0x${Buffer.from(signature.slice(64), "hex").reverse().toString("hex")}`)
  return (
    signature.slice(0, 64) +
    Buffer.from((s + order).toString(16).padStart(64, "0"), "hex")
      .reverse()
      .toString("hex")
  )
}

const bodyRecord: HexRecord = ["MESSAGE_BODY", `00${hexOf('["hello"]')}`]

const contents = (): ReadonlyArray<Case> => [
  ...plaintexts("no-plaintext", clauses.length, "An empty plaintext", ""),
  ...plaintexts("half-a-length", clauses.length, "A plaintext of one byte", "00"),
  ...plaintexts("length-too-large", clauses.length, "A length larger than what follows", withLength(tlvOf([bodyRecord]), 1)),
  ...plaintexts("padding-not-zero", clauses.padding, "Padding that is not zero", `${withLength(tlvOf([bodyRecord]))}0000000001`),
  ...plaintexts("length-too-small", clauses.padding, "A length smaller than the content", withLength(tlvOf([bodyRecord]), -1)),
  ...plaintexts("no-content", clauses.content, "A content of nothing", "0000"),
  ...plaintexts("no-body", clauses.content, "A parent without a body", withLength(tlvOf([["MESSAGE_PARENT", parent(1)]]))),
  ...plaintexts("two-bodies", clauses.content, "Two bodies", withLength(tlvOf([bodyRecord, bodyRecord]))),
  ...plaintexts(
    "parent-after-body",
    clauses.content,
    "A parent after the body",
    withLength(tlvOf([bodyRecord, ["MESSAGE_PARENT", parent(1)]])),
  ),
  ...plaintexts("unknown-record-inside", clauses.content, "An unknown record", withLength(tlvOf([[0x0015, "00000001"], bodyRecord]))),
  ...plaintexts(
    "short-parent",
    clauses.content,
    "A parent of 19 bytes",
    withLength(tlvOf([["MESSAGE_PARENT", filled(1, 19)], bodyRecord])),
  ),
  ...plaintexts("empty-body", clauses.content, "An empty body", withLength(tlvOf([["MESSAGE_BODY", ""]]))),
  ...plaintexts("cut-record", clauses.content, "A record that is cut", withLength(tlvOf([bodyRecord]).slice(0, -2))),
  ...plaintexts(
    "parent-twice",
    clauses.parents,
    "A parent twice",
    withLength(tlvOf([["MESSAGE_PARENT", parent(1)], ["MESSAGE_PARENT", parent(1)], bodyRecord])),
  ),
  ...twins("messages/sealed-parent-twice", clauses.parents, "A parent twice, on sending", () =>
    fork("messages.seal", sealing({ parents: [parent(1), parent(2)] }), { parents: [parent(1), parent(1)] }),
  ),
  ...twins("messages/sealed-empty-text", clauses.body, "An empty text, on sending", () =>
    fork("messages.seal", sealing(), { body: payload("") }),
  ),
]

/** Wrong values of a body, in hex or, after the byte of the kind, as JSON. */
const wrongBodies: Readonly<Record<string, string>> = {
  "kind-5": `05${hexOf("[]")}`,
  "kind-ff": `ff${hexOf("[]")}`,
  "kind-only": "00",
  "not-json": `00${hexOf("hello")}`,
  "not-utf-8": `00${hexOf('["')}ff${hexOf('"]')}`,
  "not-an-array": `00${hexOf('"hello"')}`,
  "an-object": `00${hexOf('{"0":"hello"}')}`,
  "white-space": `00${hexOf('["hello" ]')}`,
  "white-space-after": `00${hexOf('["hello"]\n')}`,
  "escaped-slash": `00${hexOf('["\\/"]')}`,
  "escaped-letter": `00${hexOf('["\\u0061"]')}`,
  "upper-case-escape": `00${hexOf('["\\u001F"]')}`,
  surrogate: `00${hexOf('["\\ud800"]')}`,
  "byte-order-mark": `00efbbbf${hexOf('["hello"]')}`,
  "no-text": `00${hexOf("[]")}`,
  "empty-text": `00${hexOf('[""]')}`,
  "a-number": `00${hexOf("[1]")}`,
  "two-texts": `00${hexOf('["a","b"]')}`,
  "acknowledgement-of-nothing": `01${hexOf("[]")}`,
  "acknowledgement-by-number": `01${hexOf("[1]")}`,
  "acknowledgement-with-more": `01${hexOf("[true,true]")}`,
  "heartbeat-with-more": `02${hexOf("[true]")}`,
  "heartbeat-of-null": `02${hexOf("null")}`,
  "consistency-by-text": `03${hexOf('["true"]')}`,
  "consistency-with-more": `03${hexOf("[true,null]")}`,
  "order-of-one": `04${hexOf(`["${filled(1, 32)}"]`)}`,
  "order-in-upper-case": `04${hexOf(`["${filled(0xab, 32).toUpperCase()}","${filled(1, 32)}"]`)}`,
  "order-too-short": `04${hexOf(`["${filled(1, 31)}","${filled(1, 32)}"]`)}`,
  "order-of-three": `04${hexOf(`["${filled(1, 32)}","${filled(1, 32)}","${filled(1, 32)}"]`)}`,
}

const bodyChecks = (): ReadonlyArray<Case> =>
  Object.entries(wrongBodies).flatMap(([name, value]) =>
    twins(`messages/body-${name}`, clauses.body, `A body: ${name.replaceAll("-", " ")}`, () =>
      fork("messages.open", opening(sealed()), { text: crafted(withLength(tlvOf([["MESSAGE_BODY", value]]))) }),
    ),
  )

/** Contents with two faults each, on sending. */
const twoFaults = (): Case =>
  aCase(
    "messages/sealed-with-two-faults",
    {
      title: "A parent twice beside an empty text, and beside a text that is too long: the parents come first, on sending",
      clauses: [clauses.parents, clauses.body, clauses.size],
    },
    (author) => {
      const twice = [parent(1), parent(1)]
      const long = payload("a".repeat(33_000))
      for (const body of [payload(""), long]) {
        author.refuses(clauses.parents, "messages.encode-content", { parents: twice, body, padding: true })
        author.refuses(clauses.parents, "messages.seal", sealing({ parents: twice, body }))
      }
      author.refuses(clauses.body, "messages.seal", sealing({ body: payload("") }))
      author.refuses(clauses.size, "messages.seal", sealing({ body: long }))
    },
  )

/** What is decrypted, though it is no body. */
const raw = (): Case =>
  aCase(
    "messages/raw-body",
    {
      title: "The value of a MESSAGE_BODY that is no body is decrypted, and not opened",
      clauses: [clauses.body],
      twin: "messages/body-kind-5",
    },
    (author) => {
      const text = crafted(
        withLength(
          tlvOf([
            ["MESSAGE_PARENT", parent(1)],
            ["MESSAGE_BODY", hexOf("foo")],
          ]),
        ),
      )
      const { parents, value } = author.accepts("messages.decrypt", opening(text))
      author.claim(parents.join() === parent(1) && value === hexOf("foo"), "the parents and the value")
      author.refuses(clauses.body, "messages.open", opening(text))
    },
  )

const errors = (): ReadonlyArray<Case> => {
  const verifying = () => {
    const packet = { type: "error" as const, signature: null, source: "alice", severity: "warning" as const, text: "inconsistent history" }
    const { text } = unrecorded().accepts("messages.sign-error", { packet, ephemeralSecretKey: ephemeralOf("alice") })
    return { text, publicKey: publicKeyOf(ephemeralOf("alice")) }
  }
  const rest: ReadonlyArray<HexRecord> = errorRecords
  const signedWith = (context: string) =>
    textOf([["MESSAGE_SIGNATURE", signedBy(ephemeralOf("alice"), bytesOf(hexOf(context) + tlvOf(rest)))], ...rest])
  return [
    ...twins("messages/error-kind", clauses.kind, "A query for an error", () =>
      fork("messages.verify-error", verifying(), { text: "?mpENC:AAEAAQEAAgABAQ==." }),
    ),
    ...twins("messages/error-unsigned", clauses.error, "An error without a signature", () =>
      fork("messages.verify-error", verifying(), { text: textOf(rest) }),
    ),
    ...twins("messages/error-of-another", clauses.error, "An error that is signed by another key", () =>
      fork("messages.verify-error", verifying(), { publicKey: publicKeyOf(ephemeralOf("bob")) }),
    ),
    ...twins("messages/error-as-data", clauses.error, "An error with the context of data packets", () =>
      fork("messages.verify-error", verifying(), { text: signedWith("datamsgsig") }),
    ),
    ...twins("messages/error-as-greeting", clauses.error, "An error with the context of greetings", () =>
      fork("messages.verify-error", verifying(), { text: signedWith("greetmsgsig") }),
    ),
  ]
}

/** Each kind of body with the array of each. */
const arrays = (): Case =>
  aCase(
    "messages/arrays-of-other-bodies",
    { title: "Each kind of body with the arrays of all kinds, and hashes in an array of their own", clauses: [clauses.body] },
    (author) => {
      const hash = filled(0xab, 32)
      const ofKinds = [['["hello"]'], ["[true]", "[false]"], ["[]"], ["[true]", "[false]"], [`["${hash}","${hash}"]`]]
      const all = [...new Set(ofKinds.flat()), `[["${hash}"],"${hash}"]`, `["${hash}",["${hash}"]]`]
      for (let kind = 0; kind <= ofKinds.length; kind++)
        for (const array of all) {
          const value = `0${kind}${hexOf(array)}`
          if (ofKinds[kind]?.includes(array)) author.accepts("messages.decode-body", { value })
          else author.refuses(clauses.body, "messages.decode-body", { value })
        }
    },
  )

/** The layer "messages": what is refused. */
export default caseFile({ part: "mpenc", chapter: "messages-refusals", layer: "messages", flags: {} }, () => [
  ...belongings(),
  ...contents(),
  ...bodyChecks(),
  twoFaults(),
  raw(),
  arrays(),
  ...errors(),
])
