/**
 * What the book takes of documents that stand beside the chapters: the protocol of the runner, and what the proofs are about.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs"
import { join, posix } from "node:path"
import { readTheorems } from "../coverage/theorems.ts"
import { root } from "../sources.ts"
import type { Book } from "./schema.ts"

const link = /\[([^\]]*)\]\(([^)]*)\)/g

/**
 * A document whose links to chapters lead to these, relative to the first page; all others are words. Code in it is left as it is.
 */
const linked = (text: string, file: string): string =>
  text
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part) =>
      part.startsWith("```")
        ? part
        : part.replaceAll(link, (_, says: string, to: string) => {
            const [, chapter] = /^spec\/([\w-]+\/[\w-]+)\.ts$/.exec(posix.normalize(posix.join(posix.dirname(file), to))) ?? []
            return chapter !== undefined && existsSync(join(root, `spec/${chapter}.ts`)) ? `[${says}](${chapter}.html)` : says
          }),
    )
    .join("")

const sectionsOf = (file: string): ReadonlyMap<string, string> => {
  const [, ...sections] = readFileSync(join(root, file), "utf8").split(/^## /m)
  return new Map(
    sections.map((section) => [section.slice(0, section.indexOf("\n")), linked(section.slice(section.indexOf("\n")).trim(), file)]),
  )
}

/** The sections of the runner's document that a port has to know, as Markdown. */
export const readProtocol = (): Book["protocol"] => {
  const sections = sectionsOf("conformance/README.md")
  const wanted = [
    "Framing",
    "hello",
    "reset",
    "Steps and verdicts",
    "State: `on`",
    "Saved states: `state`",
    "Errors",
    "The practice layer",
    "Debugging one case",
  ]
  return wanted.map((title) => {
    const markdown = sections.get(title)
    if (markdown === undefined) throw new Error(`conformance/README.md has no section "${title}"`)
    return { title, markdown }
  })
}

/** The theorems, and which parts they are about and which not. */
export const readProofs = (): Book["proofs"] => {
  const about = sectionsOf("spec/proofs/README.md").get("What is modelled, and what is not")
  if (about === undefined) throw new Error("spec/proofs/README.md does not say what is modelled")
  return { theorems: readTheorems().map(({ at, says, clauses }) => ({ at, says, clauses: [...clauses] })), about }
}
