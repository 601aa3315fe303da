/**
 * The file of known failures: what a port does wrong and its authors know. Each entry pins how a case fails, so that another failure of the same
 * case is seen, and so that one that is gone is taken out.
 *
 * @module
 */
import { readFileSync } from "node:fs"
import { Schema } from "effect"
import picomatch from "picomatch"
import { type CaseReport, failureKinds, type Known, type Report } from "../reports/report.ts"
import { messageOf, UsageError } from "./errors.ts"

const Entry = Schema.Struct({
  /** An id, or a glob over ids. */
  id: Schema.NonEmptyString,
  kind: Schema.Literals(failureKinds),
  /** How exactly; any message of that kind when it is left out. */
  message: Schema.optionalKey(Schema.String),
  /** It does not fail every time. */
  flaky: Schema.optionalKey(Schema.Boolean),
  as: Schema.Literals(["bug", "not-yet", "deviation"]),
  why: Schema.NonEmptyString,
  link: Schema.optionalKey(Schema.String),
  /** The last day on which it is expected: `2027-01-31`. */
  expires: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/u))),
})
/** See the module's comment. */
export type KnownFailure = typeof Entry.Type

/** The form of the file: `conclave-known-failures/1`. */
export const KnownFailures = Schema.Struct({ format: Schema.Literal("conclave-known-failures/1"), entries: Schema.Array(Entry) })

const decode = Schema.decodeUnknownSync(KnownFailures, { onExcessProperty: "error" })

/**
 * Reads a file of known failures.
 *
 * @throws UsageError
 */
export const readKnown = (file: string): ReadonlyArray<KnownFailure> => {
  try {
    return decode(JSON.parse(readFileSync(file, "utf8"))).entries
  } catch (error) {
    throw new UsageError(`${file}: ${messageOf(error).replace(/\n\s*/gu, " ")}`)
  }
}

const hasExpired = ({ expires }: KnownFailure, today: string): boolean => expires !== undefined && expires < today

const explains = (entry: KnownFailure, { result }: CaseReport, today: string): boolean => {
  if (result.status !== "failed" && result.status !== "flaky") return false
  if (hasExpired(entry, today) || (entry.flaky ?? false) !== (result.status === "flaky")) return false
  const { kind, message } = result.failure
  return entry.kind === kind && (entry.message === undefined || entry.message === message)
}

const matcherOf = ({ id }: KnownFailure): ((vector: CaseReport) => boolean) => {
  const matches = picomatch(id)
  return (vector) => vector.id === id || matches(vector.id)
}

const knownOf = ({ as, why, link, expires }: KnownFailure): Known => ({
  as,
  why,
  ...(link !== undefined && { link }),
  ...(expires !== undefined && { expires }),
})

const faultsOf = (
  entry: KnownFailure,
  cases: ReadonlyArray<CaseReport>,
  notSelected: ReadonlyArray<string>,
  today: string,
): ReadonlyArray<string> => {
  const isMeant = matcherOf(entry)
  const meant = cases.filter(isMeant)
  const elsewhere = notSelected.some((id) => isMeant({ id } as CaseReport))
  if (meant.length === 0 && !elsewhere) return [`${entry.id} matches no case`]
  if (hasExpired(entry, today)) return [`${entry.id} expired on ${entry.expires}`]
  return meant.filter(({ result }) => result.status === "passed").map(({ id }) => `${id} passes now`)
}

/** Marks the failures that are known, and says which entries do not hold any more. */
export const applyKnown = (
  { cases, notSelected }: Pick<Report, "cases" | "notSelected">,
  entries: ReadonlyArray<KnownFailure>,
  today: string,
): { readonly cases: ReadonlyArray<CaseReport>; readonly stale: ReadonlyArray<string> } => {
  const matchers = entries.map((entry) => ({ entry, isMeant: matcherOf(entry) }))
  const marked = cases.map((each) => {
    const found = matchers.find(({ entry, isMeant }) => isMeant(each) && explains(entry, each, today))
    return found === undefined ? each : { ...each, known: knownOf(found.entry) }
  })
  return { cases: marked, stale: entries.flatMap((entry) => faultsOf(entry, cases, notSelected, today)) }
}

/**
 * The known failures as a run found them: what is known keeps its reason, what is new waits for one, what passes is gone.
 *
 * @throws UsageError when the run did not come to an end: it says nothing about the cases that are missing
 */
export const updatedKnown = (report: Report, entries: ReadonlyArray<KnownFailure>): string => {
  if (report.outcome.exitCode === 4 || report.outcome.exitCode === 130) {
    throw new UsageError(`known failures are not written after a run that was broken off (${report.outcome.reason})`)
  }
  const ran = new Set(report.cases.map(({ id }) => id))
  const kept = entries.filter(({ id }) => !ran.has(id) && report.notSelected.includes(id))
  const found = report.cases.flatMap(({ id, result }): ReadonlyArray<KnownFailure> => {
    if (result.status !== "failed" && result.status !== "flaky") return []
    const before = entries.find((entry) => entry.id === id)
    const { kind, message } = result.failure
    const reason = before === undefined ? { as: "bug" as const, why: "not looked into yet" } : knownOf(before)
    return [{ id, kind, message, ...(result.status === "flaky" && { flaky: true }), ...reason }]
  })
  return `${JSON.stringify({ format: "conclave-known-failures/1", entries: [...kept, ...found] }, null, 2)}\n`
}
