/** Reading replies: whatever the bytes are, they are a reply or an error that says what is wrong; and the README shows what is read. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Schema } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Json, Request, readAnswer, readHello, readReply } from "../protocol/messages.ts"
import { PLAYS_PROTOCOL, readAdapterHello } from "../protocol/plays.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const outcomeOf = (read: () => unknown): unknown => {
  try {
    return read()
  } catch (error) {
    return error
  }
}

describe("readReply", () => {
  it("never throws anything but an Error with a message", () => {
    const line = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json().map(bytes),
      fc
        .record({ jsonrpc: fc.constant("2.0"), id: fc.oneof(fc.nat(), fc.jsonValue()), result: fc.jsonValue() })
        .map((reply) => bytes(JSON.stringify(reply))),
    )
    fc.assert(
      fc.property(line, (input) => {
        const outcome = outcomeOf(() => readReply(input))
        if (outcome instanceof Error) expect(outcome.message).not.toBe("")
        else expect(outcome).toMatchObject({ jsonrpc: "2.0" })
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  it.for<[string, string]>([
    ['{"jsonrpc":"2.0","id":1}', '["result"]'],
    ['{"id":1,"result":{}}', '["jsonrpc"]'],
    ['{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}', '["result"]'],
    ['{"jsonrpc":"2.0","id":1.5,"result":{}}', "1.5 is not written as a whole number"],
    ['{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":""}}', '["error"]["code"]'],
    ['{"jsonrpc":"2.0","id":1,"result":1e400}', "1e400 is not written as a whole number"],
    ["\ufeff{}", "JSON"],
    ["{}{}", "JSON"],
  ])("says what is wrong with %s", ([line, says]) => {
    expect(() => readReply(bytes(line))).toThrow(says)
  })
})

describe("readAnswer", () => {
  it("never throws anything but an Error with a message", () => {
    const verdict = fc.constantFrom("accepted", "refused", "malformed", "waiting", "ignored", "Accepted", "constructor")
    const result = fc.oneof(fc.jsonValue(), fc.record({ verdict, output: fc.jsonValue(), clause: fc.string() }, { requiredKeys: [] }))
    fc.assert(
      fc.property(result, (input) => {
        const outcome = outcomeOf(() => readAnswer(input))
        if (outcome instanceof Error) expect(outcome.message).not.toBe("")
        else expect(outcome).toHaveProperty("verdict")
      }),
      { seed: 1, numRuns: 500 },
    )
  })
})

describe("the README", () => {
  const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8")
  const conversation = [...readme.matchAll(/^```jsonl\n(.*?)^```$/gmsu)].flatMap(([, block = ""]) => block.trimEnd().split("\n"))

  it("shows lines that the runner sends, and lines that it accepts", () => {
    const methods = new Map<Json, string>()
    let isOfPlays = false
    for (const line of conversation) {
      const direction = line.slice(0, 2)
      const text = line.slice(2)
      if (direction === "> ") {
        const { id, method } = Schema.decodeUnknownSync(Request, { onExcessProperty: "error" })(JSON.parse(text))
        methods.set(id, method)
        if (method === "hello") isOfPlays = text.includes(PLAYS_PROTOCOL)
        continue
      }
      expect(direction).toBe("< ")
      const reply = readReply(bytes(text))
      if ("error" in reply) continue
      if (methods.get(reply.id) !== "hello") readAnswer(reply.result)
      else if (isOfPlays) readAdapterHello(reply.result)
      else readHello(reply.result)
    }
    expect(conversation.length).toBeGreaterThan(15)
  })
})
