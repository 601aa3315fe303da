/**
 * The theorems of spec/proofs: each with the sentence above it, and the clauses that the sentence names.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Chapter } from "../../spec/contents.ts"
import { root } from "../sources.ts"

/** A theorem. `at` is how clauses and promises name it: `spec/proofs/File.v#theorem`. */
export interface Theorem {
  readonly at: string
  readonly says: string
  readonly clauses: ReadonlyArray<string>
}

const folder = "spec/proofs"

const statement = /(?:\(\*\*((?:(?!\*\)).)*)\*\)\s*)?^[ \t]*(?:Theorem|Corollary) (\w+)/gms

/** The theorems of a file, in their order. */
export const theoremsOf = (path: string, text: string): ReadonlyArray<Theorem> =>
  [...text.matchAll(statement)].map(([, comment = "", name]) => {
    const [, tags = "", says = ""] = /^\s*(?:\[([^\]]*)\]\s)?(.*)$/s.exec(comment) ?? []
    const clauses = tags.split(",").map((tag) => tag.trim())
    return { at: `${path}#${name}`, says: says.replaceAll(/\s+/g, " ").trim(), clauses: clauses.filter((tag) => tag !== "") }
  })

/** All theorems, in the order in which the files are built. */
export const readTheorems = (): ReadonlyArray<Theorem> => {
  const order = readFileSync(join(root, folder, "_CoqProject"), "utf8").split("\n")
  const files = readdirSync(join(root, folder)).filter((name) => name.endsWith(".v"))
  return files
    .sort((a, b) => order.indexOf(a) - order.indexOf(b))
    .flatMap((name) => theoremsOf(`${folder}/${name}`, readFileSync(join(root, folder, name), "utf8")))
}

type Chapters = ReadonlyArray<Chapter>

const clausesOf = (chapters: Chapters) => chapters.flatMap((chapter) => Object.values(chapter.clauses))

/** Clauses that name a theorem which does not exist or does not name them; theorems that name a clause which names none, or that no sentence explains. */
export const theoremGaps = ({
  chapters,
  theorems,
}: {
  readonly chapters: Chapters
  readonly theorems: ReadonlyArray<Theorem>
}): ReadonlyArray<{ readonly about: string; readonly says: string }> => {
  const clauses = clausesOf(chapters)
  const ofClauses = clauses.flatMap(({ id, provedBy = [] }) =>
    provedBy.flatMap((at) => {
      const theorem = theorems.find((one) => one.at === at)
      if (theorem === undefined) return { about: id, says: `${id} is said to be proved by ${at}, which does not exist` }
      return theorem.clauses.includes(id) ? [] : { about: id, says: `${id} is said to be proved by ${at}, which does not name it` }
    }),
  )
  const ofTheorems = theorems.flatMap((theorem) => {
    const unknown = theorem.clauses.filter((id) => !clauses.some((clause) => clause.id === id && clause.provedBy !== undefined))
    const gaps = unknown.map((id) => ({ about: id, says: `${theorem.at} names ${id}, which is no clause that says what proves it` }))
    return theorem.says === "" ? [...gaps, { about: "", says: `${theorem.at} has no sentence above it` }] : gaps
  })
  return [...ofClauses, ...ofTheorems]
}

const nameOf = (at: string): string => at.split("#")[1]!

const fileOf = (at: string): string => at.slice(folder.length + 1).split("#")[0]!

const row = (cells: ReadonlyArray<string>): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`

/** Clauses with the theorems that prove something of them, and all theorems, as Markdown. */
export const proofsText = (chapters: Chapters, theorems: ReadonlyArray<Theorem>): string => {
  const proved = clausesOf(chapters).filter(({ provedBy = [] }) => provedBy.length > 0)
  const naming = (id: string) => theorems.filter((theorem) => theorem.clauses.includes(id))
  const clauses = proved.map(({ id }) => [
    `\`${id}\``,
    naming(id)
      .map(({ at }) => `\`${nameOf(at)}\``)
      .join(", "),
  ])
  const statements = theorems.map(({ at, says }) => [`\`${fileOf(at)}\``, `\`${nameOf(at)}\``, says])
  const head = (cells: ReadonlyArray<string>) => [cells, cells.map(() => "---")]
  return `# What is proved

Generated from the chapters and from the theorems in spec/proofs, which \`npm run prove\` checks. A clause that is in the first table is
shown by vectors or tests as all are. Its theorems say what follows from it, or what it follows from, in every
history, not in some; what they suppose, and who is honest, is said in [spec/proofs](../spec/proofs).

${[...head(["clause", "theorems"]), ...clauses].map(row).join("")}
## Theorems

${[...head(["file", "theorem", "says"]), ...statements].map(row).join("")}`
}
