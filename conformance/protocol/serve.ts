/**
 * The peer's side of `conclave-peer/1` for peers written in TypeScript: reads requests line by line, answers them in order, and
 * survives whatever is written to it. Authors of ports in other languages find the same rules in `conformance/README.md`.
 *
 * No Effect here: a peer starts for every run, and must start fast.
 *
 * @module
 */
import { once } from "node:events"
import type { Readable, Writable } from "node:stream"
import { lineSplitter, MAX_LINE_BYTES, textOf } from "./lines.ts"

/**
 * A method: takes the `params` object of a request, gives the verdict (any JSON value). Throwing {@link BadParams} answers -32602; any
 * other exception is a bug of the peer and answers -32603.
 */
export type Method = (params: unknown) => unknown | Promise<unknown>

/** Thrown by a method whose `params` have the wrong shape; the message is sent. Not for what a rule refuses: that is a verdict. */
export class BadParams extends Error {}

/** The code of what is no call of a method (JSON-RPC 2.0, section 5.1). */
export const INVALID_PARAMS = -32602
/** The other error codes. */
const PARSE_ERROR = -32700
const INVALID_REQUEST = -32600
const METHOD_NOT_FOUND = -32601
const INTERNAL_ERROR = -32603

type Id = number | string | null

const failure = (id: Id, code: number, message: string): string => JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } })

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isId = (value: unknown): value is number | string => typeof value === "string" || Number.isSafeInteger(value)

const success = (id: Id, result: unknown): string => {
  // A method that forgot to return would otherwise send a reply without a result.
  if (result === undefined) throw new TypeError("no result")
  return JSON.stringify({ jsonrpc: "2.0", id, result })
}

const call = async (method: Method, id: Id, params: unknown): Promise<string> => {
  try {
    return success(id, await method(params))
  } catch (error) {
    if (error instanceof BadParams) return failure(id, INVALID_PARAMS, error.message)
    // What went wrong may hold key material: the message says nothing.
    return failure(id, INTERNAL_ERROR, "internal error")
  }
}

const parsed = (bytes: Uint8Array): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(textOf(bytes)) }
  } catch {
    return undefined
  }
}

const answer = (methods: Readonly<Record<string, Method>>, bytes: Uint8Array): string | Promise<string> => {
  const json = parsed(bytes)
  if (json === undefined) return failure(null, PARSE_ERROR, "not a line of JSON in UTF-8")
  const request = json.value
  if (!isObject(request) || request.jsonrpc !== "2.0" || typeof request.method !== "string" || !isId(request.id)) {
    return failure(null, INVALID_REQUEST, "not a JSON-RPC 2.0 request with an id")
  }
  const method = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined
  if (method === undefined) return failure(request.id, METHOD_NOT_FOUND, "no such method")
  if (!isObject(request.params)) return failure(request.id, INVALID_PARAMS, "params must be an object")
  return call(method, request.id, request.params)
}

/**
 * Serves `methods` over two streams until the input ends or the output is closed. One line at a time: a request is answered before the
 * next one is looked at. A line that is no request gets an error reply, and the next line is read as usual.
 */
export const serveOver = async (
  methods: Readonly<Record<string, Method>>,
  input: Readable,
  output: Writable,
  longestLine: number = MAX_LINE_BYTES,
): Promise<void> => {
  const splitter = lineSplitter(longestLine)
  let closed = false
  output.once("error", () => {
    closed = true
    input.destroy()
  })
  const write = async (line: string): Promise<void> => {
    if (!closed && !output.write(`${line}\n`)) await once(output, "drain").catch(() => {})
  }
  try {
    for await (const chunk of input) {
      for (const line of splitter.push(chunk)) {
        const tooLong = failure(null, INVALID_REQUEST, `a line over ${longestLine} bytes`)
        await write(line === "too long" ? tooLong : await answer(methods, line.bytes))
      }
    }
  } catch (error) {
    // Reading stops with an error when the output was closed under us: the runner is gone, which is no fault.
    if (!closed) throw error
  }
}

/**
 * Serves `methods` on standard input and output, until the runner closes the input.
 *
 * Requests with an unknown method are answered -32601, with params that are no object -32602, lines that are no JSON -32700, JSON that
 * is no request -32600. Standard output belongs to the protocol: write logs to standard error.
 */
export const serve = (methods: Readonly<Record<string, Method>>, longestLine?: number): Promise<void> =>
  serveOver(methods, process.stdin, process.stdout, longestLine)
