/**
 * What is proved: theorems, with the clauses that they are about, and what no theorem says.
 *
 * @module
 */
import { count, escaped, link, type Page, table } from "./html.ts"
import { places } from "./names.ts"
import type { Loom } from "./write-chapters.ts"

const fileOf = (at: string): string => at.split("#")[0]!

/** The page of proofs. */
export const proofPage = ({ book, prose }: Loom): Page => {
  const { path, ids } = { path: places.proofs, ids: new Set<string>() }
  const { theorems, about } = book.proofs
  const promising = (at: string) =>
    [...book.guarantees, ...book.limits].filter(({ witnesses }) => witnesses.includes(at)).map(({ id }) => id)
  const tables = [...Map.groupBy(theorems, ({ at }) => fileOf(at))].map(([file, of]) => {
    const rows = of.map(({ at, says, clauses }) => ({
      id: places.theorem(at).split("#")[1]!,
      cells: [
        `<code>${escaped(at.split("#")[1]!)}</code>`,
        prose.plain(says, { page: path, ids }),
        clauses.map((id) => prose.name(id, path, "clause")).join("<br>"),
        promising(at)
          .map((id) => prose.name(id, path, "guarantee", "limit"))
          .join("<br>"),
      ],
    }))
    return `<h3><code>${escaped(file)}</code></h3>${table(`Theorems of ${file}`, ["theorem", "says", "clauses", "witness of"], rows)}`
  })
  const proved = book.chapters.flatMap(({ clauses }) => clauses.filter(({ provedBy }) => provedBy.length > 0))
  const mutants = link(path, "mutants.html", "Mutants")
  return {
    path,
    title: "Proofs",
    entries: [
      { id: "boundary", title: "What is proved and what is not" },
      { id: "theorems", title: "Theorems" },
    ],
    body: `<h1>Proofs</h1><p class="lead">${count(theorems.length, "theorem")}, of ${count(proved.length, "clause")}: each holds of every history, not of some. Secrecy is not proved.</p>
<p>The machine has read the proofs (Coq 8.16). In a clone, <code>npm run prove</code> reads them again, and asks whether they rest on axioms. ${mutants} and cases show the same clauses of code, which no theorem speaks of.</p>
<h2 id="boundary">What is proved and what is not</h2>${prose.markdown(about, { page: path, ids })}
<h2 id="theorems">Theorems</h2>${tables.join("\n")}`,
  }
}
