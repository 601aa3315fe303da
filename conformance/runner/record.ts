/**
 * The record of a run: every reply of the peer and every failure of a call, by case. A run can be played again from it without the peer, and
 * comes to the same report.
 *
 * @module
 */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs"
import { Schema } from "effect"
import { Hello, readReply } from "../protocol/messages.ts"
import { sha256Of } from "../protocol/vectors.ts"
import { CallFailure, type CallFailureKind, type Conversation, resultOf, type Transcript } from "./conversation.ts"
import { messageOf, UsageError } from "./errors.ts"

const Head = Schema.Struct({
  format: Schema.Literal("conclave-record/1"),
  vectors: Schema.Struct({ version: Schema.String, sha256: Schema.String }),
  command: Schema.Array(Schema.String),
  program: Schema.NullOr(Schema.String),
  hello: Schema.NullOr(Hello),
  stderr: Schema.optionalKey(Schema.String),
  lost: Schema.optionalKey(Schema.String),
})
/** The first line of a record. */
export type RecordHead = typeof Head.Type

const Entry = Schema.Struct({
  /** The case, and which run of it. */
  of: Schema.String,
  method: Schema.String,
  params: Schema.String,
  reply: Schema.optionalKey(Schema.String),
  failure: Schema.optionalKey(Schema.Struct({ kind: Schema.String, message: Schema.String, stderr: Schema.String })),
})
type Entry = typeof Entry.Type

const readHead = Schema.decodeUnknownSync(Head, { onExcessProperty: "error" })
const readEntry = Schema.decodeUnknownSync(Entry, { onExcessProperty: "error" })

const digestOfParams = (params: unknown): string => sha256Of(JSON.stringify(params)).slice(0, 16)

/** Writes a record. */
export interface Recorder {
  readonly head: (head: Omit<RecordHead, "format">) => void
  /** What one lane of the run says while it plays a case. */
  readonly transcript: (of: () => string) => Transcript
  readonly close: () => void
}

/** Begins a record. Throws Error of the file system. */
export const recordTo = (file: string): Recorder => {
  const descriptor = openSync(file, "w")
  const line = (value: unknown): void => void writeSync(descriptor, `${JSON.stringify(value)}\n`)
  return {
    head: (head) => line({ format: "conclave-record/1", ...head }),
    transcript: (of) => ({
      ended: ({ method, params }, end) => {
        // That of the first greeting stands in the head; of later ones only failures are news.
        if (method === "hello" && (typeof end === "string" || of() === "")) return
        const call = { of: of(), method, params: digestOfParams(params) }
        if (typeof end === "string") line({ ...call, reply: end })
        else line({ ...call, failure: { kind: end.kind, message: end.message, stderr: end.stderr } })
      },
    }),
    close: () => closeSync(descriptor),
  }
}

/** A record, read. */
export interface Recorded {
  readonly head: RecordHead
  /** A conversation that says what was said in the case. */
  readonly conversation: (of: () => string) => Conversation
}

const parsed = (file: string): { readonly head: RecordHead; readonly entries: ReadonlyArray<Entry> } => {
  try {
    const [head, ...lines] = readFileSync(file, "utf8").trimEnd().split("\n")
    return { head: readHead(JSON.parse(head ?? "")), entries: lines.map((line) => readEntry(JSON.parse(line))) }
  } catch (error) {
    throw new UsageError(`${file} is no record of a run: ${messageOf(error).replace(/\n\s*/gu, " ")}`)
  }
}

const failureOf = ({ failure }: Entry): CallFailure | undefined =>
  failure && new CallFailure(failure.kind as CallFailureKind, failure.message, failure.stderr)

/**
 * Reads a record.
 *
 * @throws UsageError
 */
export const readRecord = (file: string): Recorded => {
  const { head, entries } = parsed(file)
  const left = new Map<string, Array<Entry>>()
  for (const entry of entries) left.set(entry.of, [...(left.get(entry.of) ?? []), entry])
  const conversation = (of: () => string): Conversation => {
    let broken = false
    const next = (method: string, params: unknown): Entry => {
      const entry = left.get(of())?.shift()
      if (entry?.method !== method || entry.params !== digestOfParams(params)) {
        throw new UsageError(`${file}: the record of ${of()} does not fit these vectors`)
      }
      return entry
    }
    const call: Conversation["call"] = async (method, params, read) => {
      if (method === "hello" && left.get(of())?.[0]?.method !== "hello") return read(head.hello)
      const entry = next(method, params)
      const failure = failureOf(entry)
      if (failure !== undefined) {
        broken = failure.kind !== "peer-error"
        throw failure
      }
      return resultOf(readReply(Buffer.from(entry.reply ?? "")), read, "")
    }
    return {
      get broken() {
        return broken
      },
      call,
      close: async () => {},
      kill: () => {},
    }
  }
  return { head, conversation }
}
