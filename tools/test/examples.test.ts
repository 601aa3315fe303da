/** The examples in the prose of chapters: each block marked `ts run` is run, and each `expression // => value` in it must hold. */
import { describe, expect, it } from "vitest"
import { claimsOf, examplesIn, withClaims } from "../examples.ts"
import { sourcesIn } from "../sources.ts"

const examples = sourcesIn(["spec"]).flatMap(examplesIn)

describe("the examples of chapters", () => {
  it("exist", () => {
    expect(examples.length).toBeGreaterThanOrEqual(2)
  })

  it.each(examples)("hold, and are written as they are made: $at", async ({ code }) => {
    const claims = await claimsOf(code)
    expect(claims.length).toBeGreaterThan(0)
    for (const { expression, gives, says } of claims) expect(gives, expression).toStrictEqual(says)
    expect(claims.length).toBe(code.match(/\/\/ => /g)?.length)
    if (code.includes("//    ")) expect(withClaims(code, claims)).toBe(code)
  })
})

describe("an example", () => {
  const code = `import { Hex } from "effect/encoding"
import { decodeCbor as decode } from "../spec/conventions/cbor.ts"
const bytes: Uint8Array = new Uint8Array([1, 2])
Hex.encode(bytes) // => "0102"
decode(Uint8Array.of(0x81, 0x00)) // => [0]
"a".repeat(100) // => "${"a".repeat(96)}" +
//    "aaaa"
`

  const holding = async (changed: string) =>
    (await claimsOf(changed)).map(({ gives, says }) => JSON.stringify(gives) === JSON.stringify(says))

  it("is found in a comment that documents, with its marks taken off", () => {
    const text = `/**\n * Prose.\n *\n * \`\`\`ts run\n${code.trimEnd().replaceAll(/^/gm, " * ")}\n * \`\`\`\n *\n * \`\`\`ts\n * not run\n * \`\`\`\n */`
    expect(examplesIn({ path: "spec/a.ts", text })).toEqual([{ at: "spec/a.ts:1", code }])
  })

  it("holds as it is, and does not when a value is another", async () => {
    expect(await holding(code)).toEqual([true, true, true])
    expect(await holding(code.replace('"0102"', '"0103"'))).toEqual([false, true, true])
    expect(await holding(code.replace("[0]", "[]"))).toEqual([true, false, true])
    expect(await holding(code.replace('"aaaa"', '"aaab"'))).toEqual([true, true, false])
  })

  it("is written with the values that it gives", async () => {
    const wrong = code.replace('"0102"', "0").replace(' +\n//    "aaaa"', "")
    expect(withClaims(wrong, await claimsOf(wrong))).toBe(code.replace("[0]", "[0]"))
  })
})
