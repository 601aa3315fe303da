/**
 * Greeting packets: from their records, and whether they are what the table of greet types says.
 *
 * @module
 */
import { Effect, Schema } from "effect"
import { Hex } from "effect/encoding"
import { type Malformed, malformed } from "../../../spec/conventions/verdicts.ts"
import { clauses, type GreetingPacket, type GreetType, greetTypes, MemberName, type RecordName } from "../../../spec/mpenc/records.ts"
import { bytesOf } from "../../conventions.ts"
import type { NamedRecord, Values } from "./tlv.ts"

const utf8 = new TextEncoder()
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The text that bytes are in UTF-8; `undefined` when they are not. */
export const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return undefined
  }
}

const isName = Schema.is(MemberName.json)

/** The member's name that bytes are. */
export const nameOf = (bytes: Uint8Array): Effect.Effect<string, Malformed> => {
  const text = textOf(bytes)
  return isName(text) ? Effect.succeed(text) : Effect.fail(malformed(clauses.name, `${bytes.length} bytes`))
}

/** How many records a greeting has, with n members, its source at position p, and the nonces that it has. */
interface Shape {
  readonly leastMembers: number
  readonly isPosition: (p: number, n: number, nonces: number) => boolean
  readonly intermediateKeys: (p: number, n: number, nonces: number) => number
  /** The allowed numbers of nonces and of public keys. */
  readonly shares: (p: number, n: number, nonces: number) => ReadonlyArray<number>
  readonly isInitial: boolean
  readonly isSigned: boolean
  /** The position of the destination, or null. */
  readonly destination: (p: number, nonces: number) => number | null
}

const broadcast = () => null

const upflow = (leastPosition: number): Shape => ({
  leastMembers: leastPosition + 2,
  isPosition: (p, n) => leastPosition <= p && p <= n - 2,
  intermediateKeys: (p) => p + 2,
  shares: (p) => [p + 1],
  isInitial: false,
  isSigned: false,
  destination: (p) => p + 1,
})

const downflow = (leastMembers: number): Shape => ({
  leastMembers,
  isPosition: (p, n) => p === n - 1,
  intermediateKeys: (_p, n) => n,
  shares: (_p, n) => [n],
  isInitial: false,
  isSigned: true,
  destination: broadcast,
})

const confirm = (leastMembers: number, isPosition: Shape["isPosition"]): Shape => ({
  leastMembers,
  isPosition,
  intermediateKeys: () => 0,
  shares: (_p, n) => [0, n],
  isInitial: false,
  isSigned: true,
  destination: broadcast,
})

const notLast = (p: number, n: number) => p < n - 1
const anywhere = () => true

const shapes: Readonly<Record<GreetType, Shape>> = {
  "start-initial": {
    leastMembers: 2,
    isPosition: (p) => p === 0,
    intermediateKeys: () => 2,
    shares: () => [1],
    isInitial: true,
    isSigned: false,
    destination: () => 1,
  },
  "start-upflow": upflow(1),
  "start-downflow": downflow(2),
  "start-confirm": confirm(2, notLast),
  "include-initial": {
    leastMembers: 3,
    isPosition: (p, _n, nonces) => p < nonces,
    intermediateKeys: (_p, _n, nonces) => nonces + 1,
    shares: (_p, n, nonces) => (2 <= nonces && nonces < n ? [nonces] : []),
    isInitial: true,
    isSigned: false,
    destination: (_p, nonces) => nonces,
  },
  "include-upflow": upflow(2),
  "include-downflow": downflow(3),
  "include-confirm": confirm(3, notLast),
  "exclude-initial": { ...downflow(1), isPosition: anywhere, isInitial: true },
  "exclude-confirm": confirm(2, anywhere),
  "refresh-initial": { ...downflow(2), isPosition: anywhere, shares: () => [0], isInitial: true, isSigned: false },
}

const hasCounts = (shape: Shape, values: Values, p: number): boolean => {
  const count = (name: RecordName) => values[name]!.length
  const [n, nonces, initial] = [count("MEMBER"), count("NONCE"), shape.isInitial ? 1 : 0]
  return (
    n >= shape.leastMembers &&
    count("INT_KEY") === shape.intermediateKeys(p, n, nonces) &&
    shape.shares(p, n, nonces).includes(nonces) &&
    count("PUB_KEY") === nonces &&
    count("PREV_PF") === initial &&
    count("CHAIN_HASH") === initial &&
    (shape.isInitial || count("LATEST_PM") === 0) &&
    count("SESSION_SIGNATURE") === (shape.isSigned ? 1 : 0)
  )
}

const hasBasePoint = (greetType: GreetType, intermediateKeys: ReadonlyArray<Uint8Array>): boolean =>
  intermediateKeys.every((key, index) => (key.length === 0) === (greetType === "start-initial" && index === 0))

const areDistinct = (values: ReadonlyArray<string>): boolean => new Set(values).size === values.length

const greetTypeOf = (value: Uint8Array): GreetType | undefined =>
  (Object.keys(greetTypes) as Array<GreetType>).find((name) => greetTypes[name] === value[0]! * 256 + value[1]!)

/** The names in a greeting. */
const namesOf = Effect.fnUntraced(function* (values: Values) {
  const destination = values.DEST![0]!
  return {
    source: yield* nameOf(values.SOURCE![0]!),
    destination: destination.length === 0 ? null : yield* nameOf(destination),
    members: yield* Effect.forEach(values.MEMBER!, nameOf),
  }
})

/** The greeting that records are which fit its layout, if it is what the table of greet types says. */
export const readGreeting = Effect.fnUntraced(function* (values: Values) {
  // mpenc-records.check-greeting.1
  const greetType = greetTypeOf(values.GREET_TYPE![0]!)
  if (greetType === undefined) return yield* malformed(clauses["greet-type"], "GREET_TYPE")
  const shape = shapes[greetType]
  // mpenc-records.check-greeting.2
  const { source, destination, members } = yield* namesOf(values)
  // mpenc-records.check-greeting.3
  if (!areDistinct(members)) return yield* malformed(clauses["distinct-members"], "MEMBER")
  const intermediateKeys = values.INT_KEY!
  const nonces = values.NONCE!
  // mpenc-records.check-greeting.4
  const p = members.indexOf(source)
  if (p < 0 || !shape.isPosition(p, members.length, nonces.length)) return yield* malformed(clauses.source, `position ${p}`)
  // mpenc-records.check-greeting.5
  if (!hasCounts(shape, values, p)) return yield* malformed(clauses.counts, greetType)
  // mpenc-records.check-greeting.6
  const position = shape.destination(p, nonces.length)
  if (destination !== (position === null ? null : members[position])) return yield* malformed(clauses.destination, greetType)
  // mpenc-records.check-greeting.7
  if (!hasBasePoint(greetType, intermediateKeys)) return yield* malformed(clauses["base-point"], greetType)
  const latestMessages = values.LATEST_PM!.map((id) => Hex.encode(id))
  // mpenc-records.check-greeting.8
  if (!areDistinct(latestMessages)) return yield* malformed(clauses["distinct-ids"], "LATEST_PM")
  const packet: GreetingPacket = {
    type: "greeting",
    signature: values.MESSAGE_SIGNATURE![0]!,
    greetType,
    source,
    destination,
    members,
    intermediateKeys,
    nonces,
    publicKeys: values.PUB_KEY!,
    metadata: shape.isInitial
      ? { previousFinal: Hex.encode(values.PREV_PF![0]!), chainHash: Hex.encode(values.CHAIN_HASH![0]!), latestMessages }
      : null,
    sessionSignature: values.SESSION_SIGNATURE![0] ?? null,
  }
  return packet
})

const uint16 = (value: number) => Uint8Array.of(value >> 8, value & 0xff)

const all = (name: RecordName, values: ReadonlyArray<Uint8Array>): ReadonlyArray<NamedRecord> => values.map((value) => [name, value])

/** The records of a greeting from GREET_TYPE on. */
export const greetingRecords = (packet: GreetingPacket): ReadonlyArray<NamedRecord> => {
  const { metadata, sessionSignature } = packet
  return [
    ["GREET_TYPE", uint16(greetTypes[packet.greetType])],
    ["SOURCE", utf8.encode(packet.source)],
    ["DEST", utf8.encode(packet.destination ?? "")],
    ...all(
      "MEMBER",
      packet.members.map((member) => utf8.encode(member)),
    ),
    ...all("INT_KEY", packet.intermediateKeys),
    ...all("NONCE", packet.nonces),
    ...all("PUB_KEY", packet.publicKeys),
    ...all("PREV_PF", metadata === null ? [] : [bytesOf(metadata.previousFinal)]),
    ...all("CHAIN_HASH", metadata === null ? [] : [bytesOf(metadata.chainHash)]),
    ...all("LATEST_PM", metadata === null ? [] : metadata.latestMessages.map(bytesOf)),
    ...all("SESSION_SIGNATURE", sessionSignature === null ? [] : [sessionSignature]),
  ]
}
