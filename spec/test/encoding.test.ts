/**
 * The decoders on bytes that are no messages: they answer *malformed* with a clause of the chapter, or a value that
 * encodes to the same bytes. They never throw.
 *
 * A second codec (cbor2), which shares nothing with the one in use, has to agree on what is deterministic CBOR of the
 * data model.
 *
 * @module
 */
import { decode } from "cbor2"
import { Arbitrary, Effect, Result, Schema } from "effect"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { type Cbor, decodeCbor, encodeCbor, maximumNesting } from "../conventions/cbor.ts"
import { bytes, clauses, decodeWire, encodeWire, maximumLength, record, table, uint, type Wire } from "../conventions/encoding.ts"
import { MemberId, Seq, UserId } from "../conventions/identifiers.ts"
import { Knowledge } from "../dcgka/group-membership.ts"
import { ControlMessage, Welcome } from "../dcgka/key-agreement.ts"
import { KeyBundle } from "../dcgka/key-bundles.ts"
import { ChannelMessage, ChannelPlaintext } from "../dcgka/two-party-messaging.ts"

const RUNS = 1000

const valuesOf = <A>(wire: Wire<A>): Arbitrary.Arbitrary<A> => Arbitrary.schema(Schema.toType(wire.json))

const tableOf = <A>(value: Wire<A>) =>
  Arbitrary.map(Arbitrary.array(Arbitrary.all([valuesOf(MemberId), valuesOf(value)])), (pairs) => Object.fromEntries(pairs))

/** A table's keys are any text in its schema, so the tables of a welcome are generated as pairs. */
const welcomes = Arbitrary.map(
  Arbitrary.all([valuesOf(Welcome), tableOf(Knowledge), tableOf(Seq)]),
  ([welcome, known, seen]): typeof Welcome extends Wire<infer A> ? A : never => ({ ...welcome, known, seen }),
)

const wires: ReadonlyArray<{ readonly name: string; readonly wire: Wire<any>; readonly values: Arbitrary.Arbitrary<any> }> = [
  { name: "KeyBundle", wire: KeyBundle, values: valuesOf(KeyBundle) },
  { name: "ChannelMessage", wire: ChannelMessage, values: valuesOf(ChannelMessage) },
  { name: "ChannelPlaintext", wire: ChannelPlaintext, values: valuesOf(ChannelPlaintext) },
  { name: "ControlMessage", wire: ControlMessage, values: valuesOf(ControlMessage) },
  { name: "Welcome", wire: Welcome, values: welcomes },
]

const samples = new Map<string, ReadonlyArray<any>>()

/** A thousand values of a wire type, from its schema. */
const samplesOf = ({ name, values }: (typeof wires)[number]): ReadonlyArray<any> => {
  const drawn = samples.get(name) ?? Effect.runSync(Arbitrary.sampleEffect(values, { count: RUNS, seed: name }))
  samples.set(name, drawn)
  return drawn
}

const known = [clauses.limit, clauses.canonical, clauses.shape].map(({ id }) => id)

const assertSame = (actual: Uint8Array, expected: Uint8Array) => assert.isTrue(Buffer.from(actual).equals(expected), "the bytes differ")

/** Decodes; gives the clause of the verdict, or undefined for a value, which must encode to the same bytes. */
const clauseOf = (wire: Wire<any>, input: Uint8Array): string | undefined => {
  const result = decodeWire(wire, input)
  if (Result.isFailure(result)) {
    assert.strictEqual(result.failure._tag, "Malformed")
    assert.include(known, result.failure.clause)
    return result.failure.clause
  }
  assertSame(encodeWire(wire, result.success), input)
  return undefined
}

/** The same for the codec. */
const isCbor = (input: Uint8Array): boolean => {
  const value = decodeCbor(input)
  if (value === undefined) return false
  assertSame(encodeCbor(value), input)
  return true
}

/** Both decoders on one input. What is no CBOR is no message. */
const clauseOfBoth = (wire: Wire<any>, input: Uint8Array): string | undefined => {
  const clause = clauseOf(wire, input)
  if (input.length <= maximumLength) assert.strictEqual(clause === clauses.canonical.id, !isCbor(input))
  return clause
}

type Damage = (message: Uint8Array, other: Uint8Array) => Uint8Array

const at = (fraction: number, length: number): number => Math.floor(fraction * (length + 1))

const fraction = fc.nat(0xffff).map((part) => part / 0x10000)

const flipping = fc.array(fc.tuple(fraction, fc.nat(7)), { minLength: 1, maxLength: 4 }).map(
  (flips): Damage =>
    (message) => {
      const damaged = Uint8Array.from(message)
      for (const [where, bit] of flips) damaged[at(where, message.length - 1)]! ^= 1 << bit
      return damaged
    },
)

const splicing = fc.tuple(fraction, fraction, fc.boolean()).map(
  ([mine, others, swapped]): Damage =>
    (message, other) => {
      const parts = [message.subarray(0, at(mine, message.length)), other.subarray(at(others, other.length))]
      return Uint8Array.from(Buffer.concat(swapped ? parts.reverse() : parts))
    },
)

const inserting = fc.tuple(fraction, fraction, fc.uint8Array({ maxLength: 20 })).map(
  ([from, to, bytes]): Damage =>
    (message) => {
      const [start, end] = [at(from, message.length), at(to, message.length)].sort((a, b) => a - b)
      return Uint8Array.from(Buffer.concat([message.subarray(0, start), bytes, message.subarray(end)]))
    },
)

const damages: ReadonlyArray<readonly [string, fc.Arbitrary<Damage>]> = [
  ["flipped bits", flipping],
  ["two messages spliced", splicing],
  ["bytes inserted, replaced or left out", inserting],
]

/** `item` after a head that is not the shortest: 1, 2, 4 or 8 bytes of argument. */
const head = (major: number, argument: number, size: number): Uint8Array => {
  const bytes = Buffer.alloc(9)
  bytes.writeBigUInt64BE(BigInt(argument), 1)
  bytes[8 - size] = (major << 5) | (24 + Math.log2(size))
  return bytes.subarray(8 - size)
}

const shortestSize = (argument: number): number =>
  argument < 24 ? 0 : argument < 0x100 ? 1 : argument < 0x10000 ? 2 : argument < 2 ** 32 ? 4 : 8

const longerHeads = (major: number, argument: number): ReadonlyArray<Uint8Array> =>
  [1, 2, 4, 8].filter((size) => size > shortestSize(argument)).map((size) => head(major, argument, size))

const joined = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => Uint8Array.from(Buffer.concat(parts))

const float64 = (value: number): Uint8Array => {
  const bytes = Buffer.from([0xfb, 0, 0, 0, 0, 0, 0, 0, 0])
  bytes.writeDoubleBE(value, 1)
  return bytes
}

const indefinite = (major: number, ...content: ReadonlyArray<Uint8Array>) =>
  joined(Uint8Array.of((major << 5) | 31), ...content, Uint8Array.of(0xff))

/** Every other spelling of a value, of the value itself and not of its elements. */
const spellings = (value: Cbor): ReadonlyArray<Uint8Array> => {
  const canonical = encodeCbor(value)
  const tagged = [joined(Uint8Array.of(0xc1), canonical), joined(Uint8Array.of(0xd9, 0xd9, 0xf7), canonical)]
  if (value === null) return [...tagged, Uint8Array.of(0xf8, 22)]
  if (typeof value === "number") return [...tagged, ...longerHeads(0, value), float64(value)]
  const major = value instanceof Uint8Array ? 2 : typeof value === "string" ? 3 : 4
  const length = value instanceof Uint8Array || typeof value !== "string" ? value.length : Buffer.from(value).length
  const content = canonical.subarray(1 + shortestSize(length))
  const whole = major === 4 ? indefinite(major, content) : indefinite(major, canonical)
  return [...tagged, ...longerHeads(major, length).map((long) => joined(long, content)), whole]
}

/** The values in a value, itself first. */
const partsOf = (value: Cbor): ReadonlyArray<Cbor> => [value, ...(Array.isArray(value) ? value.flatMap(partsOf) : [])]

/** Encodes `value`, but its part number `which` in another spelling. */
const encodeOtherwise = (value: Cbor, which: number, spelling: number): Uint8Array => {
  let count = 0
  const encodePart = (part: Cbor): Uint8Array => {
    if (count++ === which) {
      const others = spellings(part)
      return others[spelling % others.length]!
    }
    if (!Array.isArray(part)) return encodeCbor(part)
    const start = encodeCbor(part.map(() => 0)).subarray(0, 1 + shortestSize(part.length))
    return joined(start, ...part.map(encodePart))
  }
  return encodePart(value)
}

const nested = (depth: number, inner: Uint8Array): Uint8Array => joined(new Uint8Array(depth).fill(0x81), inner)

describe.for(wires)("decoding a $name", (one) => {
  const { wire } = one
  const message = fc.nat(RUNS - 1).map((index) => encodeWire(wire, samplesOf(one)[index]))

  it("gives every value back", () => {
    for (const value of samplesOf(one)) {
      const bytes = encodeWire(wire, value)
      assert.deepEqual(Result.getOrThrow(decodeWire(wire, bytes)), value)
      assert.isUndefined(clauseOfBoth(wire, bytes))
    }
  })

  it("gives every value back by its form in JSON", () => {
    for (const value of samplesOf(one)) {
      const text = JSON.stringify(Schema.encodeSync(wire.json)(value))
      assert.deepEqual(Schema.decodeUnknownSync(wire.json, { onExcessProperty: "error" })(JSON.parse(text)), value)
    }
  })

  it("refuses every beginning of a message", () => {
    for (const value of samplesOf(one).slice(0, 20)) {
      const bytes = encodeWire(wire, value)
      for (const length of bytes.keys()) assert.strictEqual(clauseOfBoth(wire, bytes.subarray(0, length)), clauses.canonical.id)
    }
  })

  it("refuses a message that is cut anywhere", () => {
    const cut = fc.tuple(message, fraction)
    fc.assert(
      fc.property(cut, ([bytes, where]) => {
        assert.strictEqual(clauseOfBoth(wire, bytes.subarray(0, at(where, bytes.length - 1))), clauses.canonical.id)
      }),
      { seed: 1, numRuns: RUNS },
    )
  })

  it("answers random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400, size: "max" }), (bytes) => void clauseOfBoth(wire, bytes)),
      { seed: 2, numRuns: RUNS },
    )
  })

  it.for(damages)("answers %s", ([, damage]) => {
    fc.assert(
      fc.property(message, message, damage, (bytes, other, apply) => void clauseOfBoth(wire, apply(bytes, other))),
      { seed: 3, numRuns: RUNS },
    )
  })

  it("refuses every other spelling of a message", () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.nat(), (bytes, which, spelling) => {
        const value = decodeCbor(bytes)!
        const other = encodeOtherwise(value, which % partsOf(value).length, spelling)
        assert.strictEqual(clauseOfBoth(wire, other), clauses.canonical.id)
      }),
      { seed: 4, numRuns: RUNS },
    )
  })

  it("refuses what is too long, whatever it is", () => {
    const item = encodeCbor(new Uint8Array(maximumLength))
    const filled = new Uint8Array(maximumLength + 100)
    fc.assert(
      fc.property(message, fc.integer({ min: 1, max: 100 }), (start, excess) => {
        filled.set(start)
        assert.strictEqual(clauseOf(wire, filled.subarray(0, maximumLength + excess)), clauses.limit.id)
        assert.strictEqual(clauseOf(wire, item), clauses.limit.id)
      }),
      { seed: 5, numRuns: RUNS },
    )
  })

  it("refuses deep nesting, however deep", () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(40), fc.nat(maximumLength)), message, fc.boolean(), (drawn, inner, isWhole) => {
        const depth = Math.min(drawn, maximumLength - inner.length)
        const clause = clauseOfBoth(wire, nested(depth, isWhole ? inner : inner.subarray(0, 1)))
        if (depth > 0) assert.isDefined(clause)
        if (depth > maximumNesting) assert.strictEqual(clause, clauses.canonical.id)
      }),
      { seed: 6, numRuns: RUNS },
    )
  })
})

describe("the limits of messages", () => {
  const letter = record("letter", { payload: bytes(0, maximumLength) })
  // A payload this long has a head of 5 bytes, and the array one of 1.
  const longest = maximumLength - 6

  it("a message of exactly 1 MiB is decoded", () => {
    const whole = encodeWire(letter, { payload: new Uint8Array(longest) })
    assert.lengthOf(whole, maximumLength)
    assert.isUndefined(clauseOf(letter, whole))
  })

  it("one byte more is refused for its length, before anything else", () => {
    assert.strictEqual(clauseOf(letter, encodeWire(letter, { payload: new Uint8Array(longest + 1) })), clauses.limit.id)
    assert.strictEqual(clauseOf(letter, new Uint8Array(maximumLength + 1).fill(0xff)), clauses.limit.id)
  })

  it("lengths that no input can have are refused at once", () => {
    for (const major of [2, 3, 4, 5]) {
      for (const argument of ["ffffffff", "7fffffffffffffff", "ffffffffffffffff", "0020000000000000", "001fffffffffffff"]) {
        const start = ((major << 5) | (argument.length === 8 ? 26 : 27)).toString(16)
        assert.isUndefined(decodeCbor(Buffer.from(start + argument, "hex")))
      }
    }
  })
})

/** Values of the data model. A text that begins with U+FEFF has a test of its own. */
const model = fc.letrec<{ value: Cbor; list: Array<Cbor> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.oneof(fc.nat(30), fc.nat(70_000), fc.maxSafeNat()),
    fc.uint8Array({ maxLength: 30 }),
    fc.string({ unit: "binary", maxLength: 30 }).filter((text) => !text.startsWith("\ufeff")),
    fc.constant(null),
    tie("list"),
  ),
  list: fc.array(tie("value"), { maxLength: 6 }),
})).value

/** A head that is mostly shortest and mostly of the data model, with any major type and any argument now and then. */
const anyHead = fc
  .tuple(
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom(0, 2, 3, 4) }, { weight: 1, arbitrary: fc.nat(7) }),
    fc.nat(31),
    fc.uint8Array({ minLength: 8, maxLength: 8 }),
  )
  .map(([major, information, argument]) => {
    const size = information < 24 || information > 27 ? 0 : 2 ** (information - 24)
    return joined(Uint8Array.of((major << 5) | information), argument.subarray(0, size))
  })

/** Bytes that are nearly CBOR. */
const nearly: fc.Arbitrary<Uint8Array> = fc.oneof(
  model.map((value) => encodeCbor(value)),
  fc
    .tuple(
      model.map((value) => encodeCbor(value)),
      model.map((value) => encodeCbor(value)),
      fc.oneof(flipping, splicing, inserting),
    )
    .map(([a, b, apply]) => apply(a, b)),
  fc.tuple(model, fc.nat(), fc.nat()).map(([value, which, spelling]) => encodeOtherwise(value, which % partsOf(value).length, spelling)),
  fc.array(anyHead, { maxLength: 8 }).map((heads) => joined(...heads)),
  fc.tuple(fc.nat(9), fc.array(anyHead, { maxLength: 9 })).map(([length, heads]) => joined(Uint8Array.of(0x80 + length), ...heads)),
  fc.tuple(fc.nat(20), anyHead).map(([depth, inner]) => nested(depth, inner)),
)

const strictest = {
  cde: true,
  ignoreGlobalTags: true,
  preferMap: true,
  rejectBigInts: true,
  rejectDuplicateKeys: true,
  rejectFloats: true,
  rejectLongFloats: true,
  rejectNegativeZero: true,
  rejectSimple: true,
  rejectStreaming: true,
  rejectUndefined: true,
  requirePreferred: true,
}

const isOfModel = (value: unknown, depth = 0): boolean => {
  if (Array.isArray(value)) return depth < maximumNesting && value.every((one) => isOfModel(one, depth + 1))
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0
  return value === null || typeof value === "string" || value instanceof Uint8Array
}

/** What the independent codec says, with the rules of the data model that it does not know. */
const independently = (bytes: Uint8Array): unknown => {
  try {
    const value = decode(bytes, strictest)
    return isOfModel(value) ? value : undefined
  } catch {
    return undefined
  }
}

describe("an independent codec", () => {
  it("accepts the same bytes, and reads the same values", () => {
    const counts = { accepted: 0, refused: 0 }
    fc.assert(
      fc.property(nearly, (bytes) => {
        const value = decodeCbor(bytes)
        counts[value === undefined ? "refused" : "accepted"]++
        assert.deepEqual(value, independently(bytes), Buffer.from(bytes).toString("hex"))
        assert.strictEqual(isCbor(bytes), value !== undefined)
      }),
      { seed: 7, numRuns: 20 * RUNS },
    )
    assert.isAbove(Math.min(counts.accepted, counts.refused), 2 * RUNS)
  })

  it("agrees on all that is up to two bytes long", () => {
    for (let length = 0; length <= 2; length++) {
      for (let number = 0; number < 256 ** length; number++) {
        const bytes = new Uint8Array(length).map((_, at) => number >> (8 * at))
        const value = decodeCbor(bytes)
        assert.strictEqual(isCbor(bytes), value !== undefined)
        const other = independently(bytes)
        const isSame = value === other || JSON.stringify([value]) === JSON.stringify([other])
        assert.isTrue(isSame, Buffer.from(bytes).toString("hex"))
      }
    }
  })

  it("agrees on messages and on damaged ones", () => {
    for (const one of wires) {
      const message = fc.nat(RUNS - 1).map((index) => encodeWire(one.wire, samplesOf(one)[index]))
      fc.assert(
        fc.property(
          message,
          message,
          fc.oneof(
            fc.constant<Damage>((bytes) => bytes),
            flipping,
            splicing,
            inserting,
          ),
          (bytes, other, apply) => {
            const damaged = apply(bytes, other)
            assert.deepEqual(decodeCbor(damaged), independently(damaged))
          },
        ),
        { seed: 8, numRuns: RUNS },
      )
    }
  })

  it("agrees on texts that begin with U+FEFF, which is a character like others", () => {
    for (const text of ["\ufeff", "\ufeffabc", "\ufeff\ufeff", "abc\ufeff"]) {
      const content = Buffer.from(text)
      const bytes = joined(Uint8Array.of(0x60 + content.length), content)
      assert.strictEqual(independently(bytes), text)
      assert.strictEqual(decodeCbor(bytes), text)
    }
  })
})

describe("a value that is not of its type", () => {
  const wire = record("thing", { name: UserId, count: uint(1, 9), key: bytes(2) })
  const thing = { name: "alice", count: 1, key: new Uint8Array(2) }

  it.for<[string, object]>([
    ["of another length", { key: new Uint8Array(3) }],
    ["out of range", { count: 10 }],
    ["no whole number", { count: 1.5 }],
    ["the number -0", { count: -0 }],
    ["another text", { name: "a b" }],
    ["missing", { key: undefined }],
    ["of another kind", { name: 1 }],
  ])("is not encoded: %s", ([, change]) => {
    assert.isUndefined(clauseOf(wire, encodeWire(wire, thing)))
    assert.throws(() => encodeWire(wire, { ...thing, ...change } as never), TypeError)
  })
})

describe("tables", () => {
  it("hold any identifier, also one that every object has as a property", () => {
    const wire = table(UserId, uint())
    const names = ["__proto__", "constructor", "hasOwnProperty", "toString", "valueOf"]
    const pairs = names.map((name, index) => [name, index] as const)
    const bytes = encodeCbor(pairs)
    const value = Result.getOrThrow(decodeWire(wire, bytes))
    assert.deepEqual(Object.entries(value).sort(), [...pairs])
    assertSame(encodeWire(wire, value), bytes)
  })

  it("are in ascending order of their keys, each key once", () => {
    const wire = table(UserId, uint())
    const key = fc.constantFrom("a", "b", "ab", "B", "1", "10", "9")
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.nat(3)), { maxLength: 4 }), (pairs) => {
        const ascends = pairs.every(([name], index) => index === 0 || pairs[index - 1]![0] < name)
        assert.strictEqual(clauseOf(wire, encodeCbor(pairs)), ascends ? undefined : clauses.shape.id)
      }),
      { seed: 9, numRuns: RUNS },
    )
  })
})
