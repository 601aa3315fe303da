/**
 * The matrix of concurrency: which two operations are started at once, and for each order in which members can hear of them a run.
 *
 * @module
 */
import { escaped, link, type Page, slugOf, table } from "./html.ts"
import { places } from "./names.ts"
import type { Run } from "./schema.ts"
import type { Loom } from "./write-chapters.ts"

const groups: Readonly<Record<string, string>> = {
  "2": "Of two members",
  "3": "Of three members",
  "3r": "Of three members, with one removed before",
  "4r": "Of four members, with one removed before",
}

/** "alice-add-dave" in words. */
const words = (operation: string): string => operation.replaceAll("-", " ")

interface Cell extends Run {
  readonly group: string
  readonly first: string
  readonly second: string
  readonly order: string
}

const cellOf = (run: Run): ReadonlyArray<Cell> => {
  const [, group, first, second, order] = /^concurrency\/([^/]+)\/([^/+]+)\+([^/+]+)\/(.+)$/.exec(run.id) ?? []
  return order === undefined ? [] : [{ ...run, group: group!, first: first!, second: second!, order }]
}

/** The page of the matrix. */
export const matrixPage = ({ book }: Loom): Page => {
  const path = "matrix.html"
  const tables = [...Map.groupBy(book.runs.flatMap(cellOf), ({ group }) => group)].map(([group, cells]) => {
    const title = groups[group] ?? `Group ${group}`
    const columns = [...new Set(cells.map(({ second }) => second))]
    const rows = [...Map.groupBy(cells, ({ first }) => first)].map(([first, of]) => ({
      cells: [
        escaped(words(first)),
        ...columns.map((second) =>
          of
            .filter((cell) => cell.second === second)
            .map(({ id, order }) =>
              link(path, places.run(id), escaped(order), `aria-label="${escaped(`${words(first)}, ${words(second)}, order ${order}`)}"`),
            )
            .join(" "),
        ),
      ],
    }))
    return `<h2 id="${slugOf(group)}">${title}</h2><div class="matrix">${table(
      title,
      ["", ...columns.map((one) => escaped(words(one)))].map((one) => one || "at once with"),
      rows,
    )}</div>`
  })
  return {
    path,
    title: "The matrix of concurrency",
    body: `<h1>The matrix of concurrency</h1><p>Two operations are started at once. Each number is a run: one order in which the members can hear of them.</p>${tables.join("\n")}`,
  }
}
