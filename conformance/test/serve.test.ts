/** The peer's side of the protocol, in memory. */
import { PassThrough, Readable } from "node:stream"
import { text } from "node:stream/consumers"
import { describe, expect, it } from "vitest"
import { MAX_LINE_BYTES } from "../protocol/lines.ts"
import { BadParams, type Method, serveOver } from "../protocol/serve.ts"

const methods: Readonly<Record<string, Method>> = {
  echo: (params) => ({ verdict: "accepted", output: params }),
  late: async () => await Promise.resolve({ verdict: "ignored", reason: "duplicate" }),
  fussy: () => {
    throw new BadParams("value is missing")
  },
  broken: () => {
    throw new Error("the secret key was 5eed")
  },
  rejected: () => Promise.reject(new Error("the secret key was 5eed")),
  forgetful: () => undefined,
  unspeakable: () => 1n,
}

const answersTo = async (...chunks: ReadonlyArray<string | Uint8Array>): Promise<ReadonlyArray<unknown>> => {
  const output = new PassThrough()
  const all = text(output)
  await serveOver(methods, Readable.from(chunks.map((chunk) => Buffer.from(chunk))), output)
  output.end()
  return (await all)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
}

const request = (id: unknown, method: string, params: unknown = {}): string => `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`

const error = (id: unknown, code: number, message: unknown = expect.any(String)) => ({ jsonrpc: "2.0", id, error: { code, message } })

describe("serveOver", () => {
  it("answers in order, over any chunks", async () => {
    const [first = "", ...rest] = [request(1, "late"), request(2, "echo", { a: "ß" })].join("").match(/.{1,7}|\n/gsu) ?? []
    expect(await answersTo(first, ...rest)).toEqual([
      { jsonrpc: "2.0", id: 1, result: { verdict: "ignored", reason: "duplicate" } },
      { jsonrpc: "2.0", id: 2, result: { verdict: "accepted", output: { a: "ß" } } },
    ])
  })

  it.for([
    ["nonsense\n", -32700],
    ["\n", -32700],
    ["\ufeff{}\n", -32700],
    ["[]\n", -32600],
    ["null\n", -32600],
    ['{"jsonrpc":"2.0","method":"echo","params":{}}\n', -32600],
    ['{"jsonrpc":"1.0","id":1,"method":"echo","params":{}}\n', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"echo","params":{}}\n', -32600],
  ] as const)("answers %j with %i and reads the next line", async ([line, code]) => {
    const answers = await answersTo(line, request(2, "echo"))
    expect(answers).toEqual([error(null, code), expect.objectContaining({ id: 2, result: expect.anything() })])
  })

  it("answers invalid UTF-8 and lines over the limit, and reads the next line", async () => {
    const answers = await answersTo(new Uint8Array([0xff, 0x0a]), "x".repeat(MAX_LINE_BYTES + 1), `xx\n${request(2, "echo")}`)
    expect(answers).toEqual([error(null, -32700), error(null, -32600), expect.objectContaining({ id: 2 })])
  })

  it("answers -32601 for a method it does not have, also one that every object inherits", async () => {
    expect(await answersTo(request(1, "nope"), request(2, "constructor"))).toEqual([error(1, -32601), error(2, -32601)])
  })

  it("answers -32602 for bad params", async () => {
    const answers = await answersTo(request(1, "echo", [1]), request(2, "echo", null), request("three", "fussy"))
    expect(answers).toEqual([error(1, -32602), error(2, -32602), error("three", -32602, "value is missing")])
  })

  it("answers -32603 without details for a bug in a method", async () => {
    const answers = await answersTo(request(1, "broken"), request(2, "rejected"), request(3, "forgetful"), request(4, "unspeakable"))
    expect(answers).toEqual([1, 2, 3, 4].map((id) => error(id, -32603, "internal error")))
  })

  it("ends quietly when the other side has closed the output", async () => {
    const output = new PassThrough()
    const input = new PassThrough()
    const served = serveOver(methods, input, output)
    output.destroy(new Error("EPIPE"))
    input.write(request(1, "echo"))
    await expect(served).resolves.toBeUndefined()
  })
})
