/**
 * Pages, and the links between them. All links are relative: the book can stand in any folder, of a server or of a disk.
 *
 * @module
 */
import { posix } from "node:path"

/** A heading that the list of contents of a page names. */
interface Entry {
  readonly id: string
  readonly title: string
}

/** A page: where it stands, what it says, and under what in the navigation. */
export interface Page {
  readonly path: string
  readonly title: string
  readonly body: string
  readonly entries?: ReadonlyArray<Entry>
  /** Scripts of its own, besides that of all pages. */
  readonly scripts?: ReadonlyArray<string>
}

/** A text in HTML. */
export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

/** The address of a place, a path with or without a fragment, as seen from the page `from`. */
export const addressOf = (from: string, to: string): string => {
  const [path, fragment] = to.split("#") as [string, string | undefined]
  const relative = path === from || path === "" ? "" : posix.relative(posix.dirname(from), path)
  return escaped(fragment === undefined ? relative || posix.basename(from) : `${relative}#${encodeURI(fragment)}`)
}

/** A link; `inner` is HTML. */
export const link = (from: string, to: string, inner: string, attributes = ""): string =>
  `<a${attributes && ` ${attributes}`} href="${addressOf(from, to)}">${inner}</a>`

/** An identifier that ends in nothing that a fragment cannot have. */
export const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, "-")
    .replaceAll(/^-|-$/gu, "")

/** A table in a region that scrolls by itself; cells are HTML. Rows may have an id. Cells name their column, for where there is no room for a head. */
export const table = (
  caption: string,
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<{ readonly id?: string; readonly cells: ReadonlyArray<string> }>,
): string => {
  const row = ({ id, cells }: (typeof rows)[number]) =>
    `<tr${id === undefined ? "" : ` id="${escaped(id)}"`}><th scope="row">${cells[0]}</th>${cells
      .slice(1)
      .map((cell, column) => `<td data-column="${escaped(head[column + 1] ?? "")}">${cell}</td>`)
      .join("")}</tr>`
  const columns = head.map((cell) => `<th scope="col">${cell}</th>`).join("")
  return `<div class="scroll" role="region" aria-label="${escaped(caption)}" tabindex="0"><table><thead><tr>${columns}</tr></thead><tbody>
${rows.map(row).join("\n")}
</tbody></table></div>`
}

/** "1 case", "2 cases". */
export const count = (number: number, what: string): string => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`
