/** What is looked for in a saved state, and in which forms. */
import { describe, expect, it } from "vitest"
import type { Kept } from "../protocol/messages.ts"
import { wrongState } from "../runner/kept.ts"

const secret = { name: "the seed", value: "fbefbe00112233445566778899aabbccddeeff0102030405060708090a0b0c0d" }
const wants = (part: Partial<Kept>): Kept => ({ verdict: "keeps", held: [], gone: [], ...part })
const bytes = Buffer.from(secret.value, "hex")
const saved = (state: Uint8Array | string) => ({ verdict: "accepted" as const, output: { state: Buffer.from(state).toString("hex") } })

const forms: ReadonlyArray<readonly [name: string, state: Uint8Array | string]> = [
  ["bytes", Buffer.concat([Buffer.of(1, 2, 3), bytes, Buffer.of(4)])],
  ["hex", `{"seed":"${secret.value}"}`],
  ["upper-case hex", `{"seed":"${secret.value.toUpperCase()}"}`],
  ...[0, 1, 2].flatMap((before): ReadonlyArray<readonly [string, string]> => {
    const all = Buffer.concat([Buffer.alloc(before, 7), bytes, Buffer.of(9)])
    return [
      [`Base64, after ${before} bytes`, `"${all.toString("base64")}"`],
      [`Base64url, after ${before} bytes`, `"${all.toString("base64url")}"`],
    ]
  }),
]

describe("a saved state", () => {
  it.each(forms)("has a secret that stands in it as %s", (_, state) => {
    expect(wrongState(wants({ held: [secret] }), saved(state))).toBeUndefined()
    expect(wrongState(wants({ gone: [secret] }), saved(state))).toBe("its saved state still has the seed, which must be gone")
  })

  it("has none of which a byte is another", () => {
    for (const [, state] of forms) {
      const other = { ...secret, value: secret.value.replace("5566", "5567") }
      expect(wrongState(wants({ gone: [other] }), saved(state))).toBeUndefined()
      expect(wrongState(wants({ held: [other] }), saved(state))).toMatch(/does not have the seed/)
    }
  })

  it("has to come", () => {
    expect(wrongState(wants({}), { verdict: "refused", clause: "a.b" })).toMatch(/answered "refused"/)
    expect(() => wrongState(wants({}), { verdict: "accepted", output: { state: "0A" } })).toThrow()
    expect(() => wrongState(wants({}), { verdict: "accepted", output: {} })).toThrow()
  })
})
