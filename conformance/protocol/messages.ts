/**
 * The messages of `conclave-peer/1` as Schema: what the runner sends, and what it accepts from a peer. The prose for authors of ports
 * is `conformance/README.md`.
 *
 * @module
 */
import { Schema } from "effect"
import { textOf } from "./lines.ts"
import { parseStrict } from "./strict-json.ts"

/** The name and version of the protocol, as offered in `hello`. */
export const PROTOCOL = "conclave-peer/1"

/** Any JSON value. */
export type Json = typeof Schema.Json.Type

/** Unknown keys are an error everywhere: a misspelt optional key must not pass for an absent one. */
const strict = { onExcessProperty: "error" } as const

/** Names that a peer gives itself, short enough for any report. */
const Label = Schema.String.check(Schema.isMaxLength(200))

/** A named intermediate value, in the order in which the specification computes them. Bytes are lower-case hex. */
const Traced = Schema.Struct({ name: Schema.String, value: Schema.String })

const Trace = Schema.Array(Traced)

const traced = { trace: Schema.optionalKey(Trace) }
const accepted = { verdict: Schema.Literal("accepted"), output: Schema.Json, ...traced }
const refused = { verdict: Schema.Literal("refused"), clause: Schema.String, ...traced }
const malformed = { verdict: Schema.Literal("malformed"), clause: Schema.String, ...traced }
const waiting = { verdict: Schema.Literal("waiting"), missing: Schema.Array(Schema.Json), ...traced }
const ignored = { verdict: Schema.Literal("ignored"), reason: Schema.Literal("duplicate"), ...traced }

/** What a vector wants of a saved state: bytes that it has, and bytes that it does not have any more. */
const Kept = Schema.Struct({ verdict: Schema.Literal("keeps"), held: Trace, gone: Trace })
export type Kept = typeof Kept.Type

/** What a vector wants: a verdict; that the call is refused as none; or what a saved state has. Never sent to a peer. */
export const ExpectedVerdict = Schema.Union([
  Schema.Struct({ verdict: Schema.Literal("no-call") }),
  Kept,
  Schema.Struct(accepted),
  Schema.Struct(refused),
  Schema.Struct(malformed),
  Schema.Struct(waiting),
  Schema.Struct(ignored),
])
export type ExpectedVerdict = typeof ExpectedVerdict.Type

/** A result read as a verdict, by its name. `detail` and `where` are for people and never compared. */
const readers = {
  accepted: Schema.decodeUnknownSync(Schema.Struct(accepted), strict),
  refused: Schema.decodeUnknownSync(Schema.Struct({ ...refused, detail: Schema.optionalKey(Schema.Json) }), strict),
  malformed: Schema.decodeUnknownSync(Schema.Struct({ ...malformed, where: Schema.optionalKey(Schema.Json) }), strict),
  waiting: Schema.decodeUnknownSync(Schema.Struct(waiting), strict),
  ignored: Schema.decodeUnknownSync(Schema.Struct(ignored), strict),
}

/** The verdict that a peer answered. */
export type Answer = ReturnType<(typeof readers)[keyof typeof readers]>

/** The form of a verdict that a peer answers. */
export const Answer = Schema.Union([
  Schema.Struct(accepted),
  Schema.Struct({ ...refused, detail: Schema.optionalKey(Schema.Json) }),
  Schema.Struct({ ...malformed, where: Schema.optionalKey(Schema.Json) }),
  Schema.Struct(waiting),
  Schema.Struct(ignored),
])

const verdictNames = Object.keys(readers) as ReadonlyArray<keyof typeof readers>

const verdictNameOf = (result: unknown): keyof typeof readers => {
  const name = typeof result === "object" && result !== null && "verdict" in result ? result.verdict : undefined
  const found = verdictNames.find((one) => one === name)
  if (found !== undefined) return found
  const came = name === undefined ? "there is no verdict" : `the verdict is ${JSON.stringify(name).slice(0, 100)}`
  throw new Error(`${came}; at ["verdict"] one of ${verdictNames.join(", ")} is wanted`)
}

/**
 * Reads the result of a call as a verdict.
 *
 * @throws Error saying which key is wrong, when the result is no verdict
 */
export const readAnswer = (result: unknown): Answer => readers[verdictNameOf(result)](result)

/** The parameters of `hello`. */
export const HelloParams = Schema.Struct({
  protocols: Schema.Array(Schema.String),
  runner: Schema.Struct({ name: Schema.String, version: Schema.String }),
  vectors: Schema.Struct({ version: Schema.String, sha256: Schema.String }),
})
export type HelloParams = typeof HelloParams.Type

/** The result of `hello`: who the peer is and what it implements. */
export const Hello = Schema.Struct({
  protocol: Label,
  name: Label,
  version: Label,
  language: Label,
  url: Schema.optionalKey(Label),
  /** What exactly was built: a commit, with a mark when there were changes beside it. */
  commit: Schema.optionalKey(Label),
  suites: Schema.Array(Schema.Natural).check(Schema.isMaxLength(100)),
  layers: Schema.Array(Label).check(Schema.isMaxLength(1000)),
  options: Schema.Array(Label).check(Schema.isMaxLength(1000)),
})
export type Hello = typeof Hello.Type

const decodeProtocol = Schema.decodeUnknownSync(Schema.Struct({ protocol: Label }))

/**
 * Reads the protocol that a `hello` result names, whatever else is in it: a later version may have other keys.
 *
 * @throws Error when there is none
 */
export const readProtocol = (result: unknown): string => decodeProtocol(result).protocol

/**
 * Reads the result of `hello`.
 *
 * @throws Error saying which key is wrong
 */
export const readHello = Schema.decodeUnknownSync(Hello, strict)

// No digest is longer; and a pattern must not meet a text of megabytes.
const Hex = Schema.String.check(Schema.isBetweenLength(2, 1024).abort(), Schema.isPattern(/^([0-9a-f]{2})+$/u))

const decodeFingerprint = Schema.decodeUnknownSync(Schema.Struct({ fingerprint: Hex }), strict)

/**
 * Reads the output of an accepted `fingerprint` call: any digest of the state, as hex.
 *
 * @throws Error when it is something else
 */
export const readFingerprint = (output: unknown): string => decodeFingerprint(output).fingerprint

/** A request. The runner's ids count up from 1. */
export const Request = Schema.Struct({
  jsonrpc: Schema.Literal("2.0"),
  id: Schema.Natural,
  method: Schema.String,
  params: Schema.Record(Schema.String, Schema.Json),
})
export type Request = typeof Request.Type

const Success = Schema.Struct({ jsonrpc: Schema.Literal("2.0"), id: Schema.Natural, result: Schema.Json })

// JSON-RPC answers with a null id what it could not read as a request.
const Failure = Schema.Struct({
  jsonrpc: Schema.Literal("2.0"),
  id: Schema.NullOr(Schema.Natural),
  error: Schema.Struct({ code: Schema.Int, message: Schema.String, data: Schema.optionalKey(Schema.Json) }),
})

/** One line from a peer, read: a result or a JSON-RPC error. */
export type Reply = typeof Success.Type | typeof Failure.Type

/** The form of a line from a peer. */
export const Reply = Schema.Union([Success, Failure])

const readSuccess = Schema.decodeUnknownSync(Success, strict)
const readFailure = Schema.decodeUnknownSync(Failure, strict)

/**
 * Reads one line of a peer as a reply.
 *
 * @throws Error saying what is wrong with it: not UTF-8, not JSON as strict as the protocol wants it, no reply of JSON-RPC 2.0
 */
export const readReply = (line: Uint8Array): Reply => {
  const value = parseStrict(textOf(line))
  const isError = typeof value === "object" && value !== null && Object.hasOwn(value, "error")
  return isError ? readFailure(value) : readSuccess(value)
}
