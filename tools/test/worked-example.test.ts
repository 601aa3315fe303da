/** The example with its bytes in the overview of mpENC is what the reference computes. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { root } from "../sources.ts"
import { withExample } from "../worked-example.ts"

const text = readFileSync(join(root, "spec", "mpenc", "overview.ts"), "utf8")

it("the chapter has the example as it is played now", () => {
  expect(withExample(text)).toBe(text)
})

it("another byte would be found out", () => {
  const [wrong] = /[0-9a-f]{64}/u.exec(text)!
  const changed = text.replace(
    wrong,
    wrong.replace(/.$/u, (last) => (last === "0" ? "1" : "0")),
  )
  expect(changed).not.toBe(text)
  expect(withExample(changed)).toBe(text)
})
