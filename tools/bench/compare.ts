/**
 * Ratios against those that are committed. Times depend on the machine; how many times its own calls a step needs does not.
 *
 * @module
 */
import type { Row } from "./run.ts"

/** So many times the committed ratio are too many. */
const tolerance = 1.3

/** What a row is of. */
export const keyOf = ({ name, provider, n, history, past, operation, who }: Row): string =>
  `${name}, ${provider}, ${n} members, ${history} past ${past ?? "operations"}: ${operation}, ${who}`

/** The ratios that are too high, one a line. */
export const slower = (rows: ReadonlyArray<Row>, committed: ReadonlyArray<Row>): ReadonlyArray<string> => {
  const before = new Map(committed.map((row) => [keyOf(row), row.ratio]))
  return rows.flatMap((row) => {
    const was = before.get(keyOf(row))
    const isSlower = was !== undefined && row.ratio !== undefined && row.ratio > tolerance * was
    return isSlower ? [`${keyOf(row)}: ${row.ratio.toFixed(2)} times its own calls, before ${was.toFixed(2)}`] : []
  })
}
