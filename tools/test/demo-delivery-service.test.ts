/** The play is played to its end, and its end is a happy one. */
import { expect, it } from "vitest"
import { play } from "../demo/delivery-service.ts"

it("tells of a partition, two commits and a faulty member, and nothing breaks", () => {
  const lines: Array<string> = []
  play((line) => lines.push(line))
  const text = lines.join("\n")
  expect(text).toContain("falls apart")
  expect(text).toContain("Alice, Bob, Carol and Dave: told of Alice's update; epoch 2 is ended by Dave's commit")
  expect(text).toMatch(/> Alice, Bob and Carol: in epoch 4, key [0-9a-f]{8}/)
  expect(text).toContain("Alice, Bob and Carol have the same key.")
  expect(text).toContain("Nothing that must hold was broken.")
})
