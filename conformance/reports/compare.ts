/**
 * What has changed from one report to another.
 *
 * @module
 */
import type { Report } from "./report.ts"
import { printable } from "./text.ts"

/** The ids that changed, by how. */
export interface Delta {
  readonly broken: ReadonlyArray<string>
  readonly fixed: ReadonlyArray<string>
  /** Still failing, but otherwise. */
  readonly otherwise: ReadonlyArray<string>
  readonly fresh: ReadonlyArray<string>
  readonly gone: ReadonlyArray<string>
  /** Cases of the same id that ask something else than before. */
  readonly rewritten: ReadonlyArray<string>
}

const stateOf = ({ result }: Report["cases"][number]): string =>
  "failure" in result ? `${result.status} ${result.failure.kind} ${result.failure.message}` : result.status

const isGood = (state: string): boolean => state === "passed"

/** Compares two reports case by case. */
export const deltaOf = (before: Report, after: Report): Delta => {
  const old = new Map(before.cases.map((each) => [each.id, each]))
  const now = new Map(after.cases.map((each) => [each.id, each]))
  const both = [...now.values()].flatMap((each) => {
    const was = old.get(each.id)
    return was === undefined ? [] : [{ id: each.id, was: stateOf(was), is: stateOf(each), same: was.digest === each.digest }]
  })
  const ids = (test: (each: (typeof both)[number]) => boolean) => both.filter(test).map(({ id }) => id)
  return {
    broken: ids(({ was, is }) => isGood(was) && !isGood(is)),
    fixed: ids(({ was, is }) => !isGood(was) && isGood(is)),
    otherwise: ids(({ was, is }) => !isGood(was) && !isGood(is) && was !== is),
    fresh: [...now.keys()].filter((id) => !old.has(id)),
    gone: [...old.keys()].filter((id) => !now.has(id)),
    rewritten: ids(({ same }) => !same),
  }
}

const SHOWN = 50

const titles: Readonly<Record<keyof Delta, string>> = {
  broken: "passed before, and does not now",
  fixed: "passes now, and did not before",
  otherwise: "fails, but otherwise than before",
  fresh: "was not run before",
  gone: "was run before only",
  rewritten: "is another case under the same id",
}

/** A comparison in lines. */
export const deltaText = (delta: Delta): string => {
  const lines = (Object.keys(titles) as ReadonlyArray<keyof Delta>).flatMap((key) => {
    const ids = delta[key]
    if (ids.length === 0) return []
    const rest = ids.length > SHOWN ? [`  … ${ids.length - SHOWN} more`] : []
    return [`${ids.length} ${titles[key]}:`, ...ids.slice(0, SHOWN).map((id) => `  ${printable(id, 300)}`), ...rest]
  })
  return `${lines.length === 0 ? "nothing has changed" : lines.join("\n")}\n`
}
