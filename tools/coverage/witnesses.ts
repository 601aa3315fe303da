/**
 * How the security chapters name tests as witnesses.
 *
 * @module
 */
import { type Node, parse, walk } from "../sources.ts"

/** The file of a witness that is a test, and the name of the test in it if the witness gives one; undefined for a case. */
export const testOf = (witness: string): { readonly file: string; readonly name?: string } | undefined => {
  const [, file, , name] = /^([^#]+\.ts)(#(.*))?$/s.exec(witness) ?? []
  if (file === undefined) return undefined
  return name === undefined ? { file } : { file, name }
}

interface Call {
  readonly callee: Node & { readonly name?: string; readonly object?: Node; readonly callee?: Node }
  readonly arguments: ReadonlyArray<Node & { readonly value?: unknown }>
}

/** Whether a call is one of `it`, `it.each(…)` and their like. */
const declaresTest = (callee: Call["callee"] | undefined): boolean => {
  if (callee === undefined) return false
  if (callee.type === "Identifier") return ["it", "test", "describe"].includes(callee.name!)
  return declaresTest((callee.object ?? callee.callee) as Call["callee"] | undefined)
}

/** The names that a file of tests gives to its tests. What a name takes in stands in it as it is written there. */
export const testNamesIn = (path: string, text: string): ReadonlyArray<string> => {
  const names: Array<string> = []
  walk(parse({ path, text }).program, (node) => {
    if (node.type !== "CallExpression") return
    const { callee, arguments: given } = node as unknown as Call
    const [title] = given
    if (title === undefined || !declaresTest(callee)) return
    if (typeof title.value === "string") names.push(title.value)
    if (title.type === "TemplateLiteral") names.push(text.slice(title.start + 1, title.end - 1))
  })
  return names
}
