/**
 * The journal of a run: `results.jsonl`, with each result as it comes. It is there as long as the run has not ended, and is then replaced by
 * the report; so whatever ends a run, what was known is still known, and cannot be taken for a finished run.
 *
 * @module
 */
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from "node:fs"
import path from "node:path"
import { Schema } from "effect"
import { Hello } from "../protocol/messages.ts"
import { Report, Result } from "../reports/report.ts"
import { printableJson } from "../reports/text.ts"
import { messageOf, UsageError } from "./errors.ts"
import type { Attempt } from "./ledger.ts"

const Head = Schema.Struct({
  format: Schema.Literal("conclave-results/1"),
  note: Schema.String,
  runner: Report.fields.runner,
  protocol: Schema.String,
  vectors: Report.fields.vectors,
  extra: Schema.NullOr(Report.fields.vectors),
  command: Report.fields.command,
  program: Report.fields.program,
  peer: Schema.NullOr(Hello),
  selection: Report.fields.selection,
  challenge: Report.fields.challenge,
  repeat: Report.fields.repeat,
  startedAt: Schema.String,
  selected: Schema.Array(Schema.String),
})
/** The first line of a journal. */
export type JournalHead = typeof Head.Type

const Line = Schema.Struct({ id: Schema.String, result: Result, milliseconds: Schema.Natural })

const readHead = Schema.decodeUnknownSync(Head, { onExcessProperty: "error" })
const readLine = Schema.decodeUnknownSync(Line, { onExcessProperty: "error" })

/** The file's name in the folder of reports. */
export const JOURNAL = "results.jsonl"

const NOTE = "This run has not ended, or was broken off: what is here is all that is known. `conclave report` shows it."

/** Writes a journal. It never fails: a full disk must not cost the run. */
export interface Journal {
  readonly begin: (head: Omit<JournalHead, "format" | "note">) => void
  readonly result: (attempt: Attempt) => void
  readonly end: () => void
}

/** A journal that nobody wants. */
export const noJournal: Journal = { begin: () => {}, result: () => {}, end: () => {} }

/**
 * A journal in `folder`.
 *
 * @param trouble told once, when it cannot be written
 */
export const journalIn = (folder: string, trouble: (message: string) => void): Journal => {
  const file = path.join(folder, JOURNAL)
  let descriptor: number | undefined
  const guarded = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      trouble(`${file}: ${messageOf(error)}`)
      descriptor = undefined
    }
  }
  const line = (value: unknown): void =>
    guarded(() => {
      if (descriptor !== undefined) writeSync(descriptor, `${printableJson(value)}\n`)
    })
  return {
    begin: (head) => {
      guarded(() => {
        descriptor = openSync(file, "w")
      })
      line({ format: "conclave-results/1", note: NOTE, ...head })
    },
    result: ({ id, result, milliseconds }) => line({ id, result, milliseconds }),
    end: () => {
      if (descriptor === undefined) return
      const open = descriptor
      guarded(() => {
        closeSync(open)
        rmSync(file)
      })
    },
  }
}

/** A journal, read: the run broke off after these. */
export interface BrokenOff {
  readonly head: JournalHead
  readonly attempts: ReadonlyArray<Attempt>
}

/**
 * Reads the journal in `folder`. Its last line may have been cut off by what ended the run.
 *
 * @returns `undefined` when there is none
 * @throws UsageError when the file is something else
 */
export const readJournal = (folder: string): BrokenOff | undefined => {
  const file = path.join(folder, JOURNAL)
  if (!existsSync(file)) return undefined
  const [head = "", ...lines] = readFileSync(file, "utf8").split("\n").slice(0, -1)
  try {
    return { head: readHead(JSON.parse(head)), attempts: lines.map((line) => readLine(JSON.parse(line))) }
  } catch (error) {
    throw new UsageError(`${file} is no journal of a run: ${messageOf(error).replace(/\n\s*/gu, " ")}`)
  }
}
