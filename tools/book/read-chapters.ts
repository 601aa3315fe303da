/**
 * A chapter's file as blocks, in the order in which they stand in it: prose, clauses, operations, wire types, definitions.
 *
 * @module
 */
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { inLines } from "../schemas.ts"
import { lineAt, type Node, parse, root, type Source } from "../sources.ts"
import { declaredBy } from "./read-citations.ts"
import type { Block } from "./schema.ts"

interface WireLike {
  readonly cddl: string
  readonly rules: Readonly<Record<string, string>>
}

const isWire = (value: unknown): value is WireLike =>
  typeof value === "object" && value !== null && "cddl" in value && "rules" in value && "json" in value

/** The text of a doc comment, without its stars and its tags. */
const markdownOf = (comment: string): string =>
  comment
    .replace(/^\*/, "")
    .replaceAll(/^ *\* ?/gm, "")
    .replaceAll(/^@module\s*$/gm, "")
    .trim()

interface Doc {
  readonly start: number
  readonly end: number
  readonly markdown: string
}

const docsOf = ({ comments }: ReturnType<typeof parse>): ReadonlyArray<Doc> =>
  comments
    .filter(({ type, value }) => type === "Block" && value.startsWith("*"))
    .map(({ start, end, value }) => ({ start, end, markdown: markdownOf(value) }))

const special: Readonly<Record<string, "clauses" | "operations" | "promises">> = {
  clauses: "clauses",
  steps: "operations",
  guarantees: "promises",
}

const isDeclaration = ({ type }: Node) => !/^Import|ExportAll/.test(type)

const wireBlock = (definition: Omit<Extract<Block, { kind: "definition" }>, "kind">, { cddl, rules }: WireLike): Block => {
  const rule = rules[cddl]
  return { kind: "wire", ...definition, rule: cddl, cddl: rule === undefined ? cddl : `${cddl} = ${inLines(rule)}` }
}

const isTitle = /^# (.*)\n*/

/** The title and the blocks of a chapter. */
export const readChapter = async (source: Source): Promise<{ readonly title: string; readonly blocks: ReadonlyArray<Block> }> => {
  const parsed = parse(source)
  const module = (await import(pathToFileURL(join(root, source.path)).href)) as Readonly<Record<string, unknown>>
  const docs = docsOf(parsed)
  const head = docs[0]?.markdown ?? ""
  const blocks: Array<Block> = [{ kind: "prose", markdown: head.replace(isTitle, "") }]
  let end = docs[0]?.end ?? 0
  for (const statement of parsed.program.body as unknown as ReadonlyArray<Node>) {
    const before = docs.filter((doc) => doc.start >= end && doc.end <= statement.start)
    end = statement.end
    const name = declaredBy(statement)
    if (!isDeclaration(statement) || name === undefined || (name === "limits" && "guarantees" in module)) continue
    const kind = name in module ? special[name] : undefined
    const own = before.at(-1)
    if (kind !== undefined) {
      if (own !== undefined) blocks.push({ kind: "prose", markdown: own.markdown })
      blocks.push({ kind })
      continue
    }
    const at = { file: source.path, from: lineAt(source.text, statement.start), to: lineAt(source.text, statement.end) }
    const definition = { name, exported: statement.type.startsWith("Export"), markdown: own?.markdown ?? "", at }
    const earlier = blocks.at(-1)
    // A type that has the name of the value before it is of one definition with it.
    if (earlier !== undefined && "name" in earlier && earlier.name === name) {
      blocks[blocks.length - 1] = { ...earlier, at: { ...earlier.at, to: at.to } }
      continue
    }
    const value = module[name]
    blocks.push(isWire(value) ? wireBlock(definition, value) : { kind: "definition", ...definition })
  }
  return { title: isTitle.exec(head)?.[1] ?? source.path, blocks }
}
