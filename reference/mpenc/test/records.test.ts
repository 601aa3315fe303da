/** The codec of packets, on every kind of packet and on strange input. */
import { Effect, Result } from "effect"
import { Base64, Hex } from "effect/encoding"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { type GreetingPacket, type GreetType, greetTypes, maximumText, type Packet } from "../../../spec/mpenc/records.ts"
import { bytesOf } from "../../conventions.ts"
import { armoured, decodePacket, encodePacket, signedPart } from "../records.ts"

const run = <A, E>(effect: Effect.Effect<A, E>) => Effect.runSync(Effect.result(effect))

const accepted = <A, E>(effect: Effect.Effect<A, E>): A => Result.getOrThrow(run(effect))

const clauseOf = (text: string): string => {
  const result = run(decodePacket(text))
  return Result.isFailure(result) ? result.failure.clause : "accepted"
}

const filled = (byte: number, length: number) => new Uint8Array(length).fill(byte)
const times = (count: number, value: Uint8Array) => Array.from({ length: count }, () => value)

interface Outline {
  readonly greetType: GreetType
  readonly n: number
  readonly p: number
  readonly keys: number
  readonly shares: number
}

/** Every greeting with 1 to 8 members, without regard to what the keys are. */
const outlines: ReadonlyArray<Outline> = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) =>
  Array.from({ length: n }, (_, p): ReadonlyArray<Outline> => {
    const one = (greetType: GreetType, keys: number, shares: number): Outline => ({ greetType, n, p, keys, shares })
    const include = Array.from({ length: n }, (_, m) => m).filter((m) => m >= 2 && p < m)
    return [
      ...(p === 0 && n >= 2 ? [one("start-initial", 2, 1)] : []),
      ...(p >= 1 && p <= n - 2 ? [one("start-upflow", p + 2, p + 1)] : []),
      ...(p === n - 1 && n >= 2 ? [one("start-downflow", n, n)] : []),
      ...(p < n - 1 ? [one("start-confirm", 0, 0), one("start-confirm", 0, n)] : []),
      ...include.map((m) => one("include-initial", m + 1, m)),
      ...(p >= 2 && p <= n - 2 ? [one("include-upflow", p + 2, p + 1)] : []),
      ...(p === n - 1 && n >= 3 ? [one("include-downflow", n, n)] : []),
      ...(p < n - 1 && n >= 3 ? [one("include-confirm", 0, 0), one("include-confirm", 0, n)] : []),
      one("exclude-initial", n, n),
      ...(n >= 2 ? [one("exclude-confirm", 0, 0), one("exclude-confirm", 0, n), one("refresh-initial", n, 0)] : []),
    ]
  }).flat(),
)

const names = ["a", "b", "c", "d", "é", "f@example.org/x", "g", "h"]

const packetOf = ({ greetType, n, p, keys, shares }: Outline): GreetingPacket => {
  const members = names.slice(0, n)
  const isUpflow = (greetTypes[greetType] & 2) === 0
  const isInitial = (greetTypes[greetType] & 0x80) !== 0
  const next = greetType === "include-initial" ? shares : p + 1
  const first = greetType === "start-initial" ? [new Uint8Array()] : []
  return {
    type: "greeting",
    signature: filled(1, 64),
    greetType,
    source: members[p]!,
    destination: isUpflow ? members[next]! : null,
    members,
    intermediateKeys: [...first, ...times(keys - first.length, filled(2, 32))],
    nonces: times(shares, filled(3, 32)),
    publicKeys: times(shares, filled(4, 32)),
    metadata: isInitial
      ? { previousFinal: "05".repeat(32), chainHash: "06".repeat(32), latestMessages: ["07".repeat(20), "08".repeat(20)] }
      : null,
    sessionSignature: isUpflow || greetType === "refresh-initial" ? null : filled(9, 64),
  }
}

describe("packets", () => {
  it("reads the query of the original, and writes it", () => {
    const text = armoured(bytesOf("00010001010002000101"))
    assert.deepEqual(accepted(decodePacket(text)), { type: "query" })
    assert.equal(accepted(encodePacket({ type: "query" })), text)
  })

  it.each(outlines)("$greetType of $p in $n with $keys keys and $shares shares comes back", (outline) => {
    const packet = packetOf(outline)
    const text = accepted(encodePacket(packet))
    assert.deepEqual(accepted(decodePacket(text)), packet)
  })

  it.each(outlines)("$greetType of $p in $n with $keys keys and $shares shares has these numbers only", (outline) => {
    const isOther = (one: Outline) => outlines.every((other) => JSON.stringify(other) !== JSON.stringify(one))
    const changed = [
      { ...outline, keys: outline.keys + 1 },
      { ...outline, keys: outline.keys - 1 },
      { ...outline, shares: outline.shares + 1 },
      { ...outline, shares: outline.shares - 1 },
      { ...outline, keys: outline.keys + 1, shares: outline.shares + 1 },
    ].filter((one) => one.keys >= 0 && one.shares >= 0 && isOther(one))
    for (const one of changed) assert.isTrue(Result.isFailure(run(encodePacket(packetOf(one)))), JSON.stringify(one))
  })

  it("takes the signed part from PROTOCOL_VERSION on", () => {
    const packet: Packet = { type: "data", hint: filled(1, 1), signature: filled(2, 64), iv: filled(3, 12), payload: filled(4, 5) }
    const bytes = Result.getOrThrow(Base64.decode(accepted(encodePacket(packet)).slice(7, -1)))
    assert.equal(Hex.encode(accepted(signedPart(packet))), Hex.encode(bytes.subarray(5 + 68)))
  })

  it("never throws, and what it accepts it writes in the same way", () => {
    const valid = outlines.map((outline) => Base64.decode(accepted(encodePacket(packetOf(outline))).slice(7, -1)))
    const mutated = fc
      .tuple(fc.constantFrom(...valid.map(Result.getOrThrow)), fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(3))
      .map(([bytes, at, byte, kind]) => {
        const index = at % bytes.length
        const [before, after] = [bytes.subarray(0, index), bytes.subarray(index)]
        if (kind === 0) return before
        if (kind === 1) return Uint8Array.of(...before, byte, ...after)
        if (kind === 2) return Uint8Array.of(...before, ...after.subarray(1))
        return Uint8Array.of(...before, byte, ...after.subarray(1))
      })
    const property = (bytes: Uint8Array) => {
      const text = armoured(bytes)
      const decoded = run(decodePacket(text))
      if (Result.isSuccess(decoded)) assert.equal(accepted(encodePacket(decoded.success)), text)
    }
    fc.assert(fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 400 })), property), { seed: 1, numRuns: 1000 })
  })
})

describe("armour", () => {
  it.each([
    ["", "mpenc-records.limit"],
    ["é".repeat(maximumText / 2 + 1), "mpenc-records.limit"],
    ["x".repeat(maximumText), "accepted"],
    ["?mpEN", "accepted"],
    ["?mpENC", "mpenc-records.armour"],
    ["?mpENC:", "mpenc-records.armour"],
    ["?mpENC:AAEAAQEAAgABAQ==", "mpenc-records.armour"],
    ["?mpENC:AAEAAQEAAgABAQ==.", "accepted"],
    ["?mpENC:AAEAAQEAAgABAQ==.\n", "mpenc-records.armour"],
    ["?mpENC:AAEAAQEAAgABAQ.", "mpenc-records.armour"],
    ["?mpENC:AAEAAQEAAgABAR==.", "mpenc-records.armour"],
    ["?mpENC:AAEAAQEA AgABAQ==.", "mpenc-records.armour"],
    ["?mpENC:.", "mpenc-records.order"],
  ])("%s is %s", (text, verdict) => {
    assert.equal(clauseOf(text), verdict)
  })

  it("does not write a plain text that would be read as a packet", () => {
    const result = run(encodePacket({ type: "plain", content: "?mpENC:AAEAAQEAAgABAQ==." }))
    assert.isTrue(Result.isFailure(result) && result.failure.clause === "mpenc-records.armour")
  })
})
