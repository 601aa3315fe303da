/** The examples with their bytes in the overviews are what the reference computes. */
import { readFileSync } from "node:fs"
import { relative } from "node:path"
import { describe, expect, it } from "vitest"
import { root } from "../sources.ts"
import { examples, withExample } from "../worked-example.ts"

describe.each(examples.map((example) => [relative(root, example.chapter), example] as const))("%s", (_, example) => {
  const text = readFileSync(example.chapter, "utf8")

  it("has the example as it is played now", () => {
    expect(withExample(example, text)).toBe(text)
  })

  it("would be found out with another byte", () => {
    const [wrong] = /[0-9a-f]{64}/u.exec(text)!
    const changed = text.replace(
      wrong,
      wrong.replace(/.$/u, (last) => (last === "0" ? "1" : "0")),
    )
    expect(changed).not.toBe(text)
    expect(withExample(example, changed)).toBe(text)
  })
})
