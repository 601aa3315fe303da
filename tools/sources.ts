/**
 * The project's own TypeScript, read: files, comments, imports, syntax trees.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parseSync } from "oxc-parser"

/** The root of the project. */
export const root = join(import.meta.dirname, "..")

/** A file of TypeScript. `path` is relative to the root, with forward slashes. */
export interface Source {
  readonly path: string
  readonly text: string
}

/** A comment without its marks, and the line on which it begins. */
export interface Comment {
  readonly isLine: boolean
  readonly text: string
  readonly line: number
}

/** A node of a syntax tree, in ESTree form. */
export type Node = Readonly<Record<string, unknown>> & { readonly type: string; readonly start: number; readonly end: number }

/** Whether a file stands in a folder of tests. */
export const isTest = (path: string): boolean => path.split("/").includes("test")

/** All files of TypeScript in `folders`, in the order of their paths. */
export const sourcesIn = (folders: ReadonlyArray<string>): ReadonlyArray<Source> =>
  folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name.replaceAll("\\", "/")}`),
    )
    .filter((path) => path.endsWith(".ts"))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))

/** The syntax tree, module record and comments of a source. Throws when it is not TypeScript. */
export const parse = ({ path, text }: Source) => {
  const parsed = parseSync(path, text)
  const [error] = parsed.errors
  if (error !== undefined) throw new Error(`${path}: ${error.message}`)
  return parsed
}

/** The line of the offset, from 1. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length

/** All comments of a source. */
export const commentsOf = (source: Source): ReadonlyArray<Comment> =>
  parse(source).comments.map(({ type, value, start }) => ({ isLine: type === "Line", text: value, line: lineAt(source.text, start) }))

/** What a source imports or exports again, as it is written there; of imports at run time, those that name it. */
export const importsOf = (source: Source): ReadonlyArray<string> => {
  const { staticImports, staticExports, dynamicImports } = parse(source).module
  const requests = [...staticImports, ...staticExports.flatMap(({ entries }) => entries)].map(({ moduleRequest }) => moduleRequest?.value)
  const late = dynamicImports.map(({ moduleRequest: { start, end } }) => /^["'](.*)["']$/.exec(source.text.slice(start, end))?.[1])
  return [...new Set([...requests, ...late].filter((request) => request !== undefined))]
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value

/** Calls `visit` with every node of a syntax tree, outer ones first. */
export const walk = (node: unknown, visit: (node: Node) => void): void => {
  if (isNode(node)) visit(node)
  if (typeof node === "object" && node !== null) for (const inner of Object.values(node)) walk(inner, visit)
}
