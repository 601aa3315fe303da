/** Framing: lines out of chunks, and never more held than the limit. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Line, lineSplitter, textOf } from "../protocol/lines.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const shown = (line: Line): string => (line === "too long" ? "TOO LONG" : textOf(line.bytes))

describe("lineSplitter", () => {
  it("gives lines wherever the chunks were cut", () => {
    const text = fc.array(fc.stringMatching(/^[a-zäß😀]{0,12}$/u), { maxLength: 8 })
    fc.assert(
      fc.property(text, fc.array(fc.nat(40), { maxLength: 8 }), (lines, cuts) => {
        const all = bytes(lines.map((line) => `${line}\n`).join(""))
        const at = [0, ...cuts.filter((cut) => cut < all.length).sort((left, right) => left - right), all.length]
        const splitter = lineSplitter(64)
        const got = at.slice(1).flatMap((end, index) => splitter.push(all.slice(at[index], end)).map(shown))
        expect(got).toEqual(lines)
        expect(splitter.held()).toBe(0)
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  it("says once that a line is too long, holds nothing of it, and reads the next", () => {
    const splitter = lineSplitter(4)
    expect(splitter.push(bytes("1234")).map(shown)).toEqual([])
    expect(splitter.held()).toBe(4)
    expect(splitter.push(bytes("5")).map(shown)).toEqual(["TOO LONG"])
    expect(splitter.push(bytes("6789")).map(shown)).toEqual([])
    expect(splitter.held()).toBe(0)
    expect(splitter.push(bytes("0\n1234\n12345\nok\n")).map(shown)).toEqual(["1234", "TOO LONG", "ok"])
  })

  it("keeps a byte order mark and refuses invalid UTF-8", () => {
    expect(textOf(new Uint8Array([0xef, 0xbb, 0xbf, 0x7b]))).toBe("\ufeff{")
    expect(() => textOf(new Uint8Array([0xc0, 0x80]))).toThrow(TypeError)
  })
})
