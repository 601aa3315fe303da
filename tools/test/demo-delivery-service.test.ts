/** The play is played to its end, and its end is a happy one. */
import { expect, it } from "vitest"
import { play } from "../demo/delivery-service.ts"

it("tells of a partition, two commits and a faulty member, and nothing breaks", () => {
  const lines: Array<string> = []
  play((line) => lines.push(line))
  const text = lines.join("\n")
  expect(text).toContain("falls apart")
  expect(text).toContain("ends epoch 2 by")
  expect(text).toContain("Alice, Bob and Carol have the same key.")
  expect(text).toContain("Nothing that must hold was broken.")
})
