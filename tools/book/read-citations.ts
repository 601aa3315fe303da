/**
 * Which lines of the reference do a step.
 *
 * A comment line that cites a step stands in a list: of statements, of cases, of elements. The lines from it to the next citation do the
 * step, but none after the end of that list. Citations directly under one another share what follows the last of them.
 *
 * @module
 */
import { stepId } from "../coverage/citations.ts"
import { lineAt, type Node, parse, type Source, walk } from "../sources.ts"
import type { Span } from "./schema.ts"

/** The lines that do a step, and the declaration that they are part of. */
export interface Cited {
  readonly step: string
  readonly at: Span
  readonly within: string
}

/** Where lists stand in syntax trees. */
const lists: Readonly<Record<string, string>> = {
  Program: "body",
  BlockStatement: "body",
  FunctionBody: "body",
  SwitchStatement: "cases",
  SwitchCase: "consequent",
  ArrayExpression: "elements",
  ObjectExpression: "properties",
  CallExpression: "arguments",
}

const listOf = (node: Node): ReadonlyArray<Node> => {
  const list = node[lists[node.type] ?? ""]
  return Array.isArray(list) ? (list as ReadonlyArray<Node | null>).filter((element) => element !== null) : []
}

const encloses = (node: Node, offset: number) => node.start <= offset && offset < node.end

/** The end of the innermost list that has something after the offset. */
const endOfList = (nodes: ReadonlyArray<Node>, offset: number): number => {
  let end = offset
  for (const node of nodes) {
    if (!encloses(node, offset)) continue
    const after = listOf(node).filter(({ start }) => start >= offset)
    if (after.length > 0) end = (node.type === "Program" ? after[0]! : after.at(-1)!).end
  }
  return end
}

interface Named {
  readonly id?: { readonly name?: string } | null
  readonly declaration?: Named | null
  readonly declarations?: ReadonlyArray<Named>
}

/** The name that a statement declares. */
export const declaredBy = (statement: Node): string | undefined => {
  const nameOf = (named: Named): string | undefined =>
    named.id?.name ?? (named.declaration ? nameOf(named.declaration) : undefined) ?? named.declarations?.map(nameOf)[0]
  return nameOf(statement as unknown as Named)
}

/** What a source does of the steps that it cites. */
export const citedIn = (source: Source): ReadonlyArray<Cited> => {
  const { program, comments } = parse(source)
  const citations = comments.filter(({ type, value }) => type === "Line" && stepId.test(value.trim()))
  if (citations.length === 0) return []
  const nodes: Array<Node> = []
  walk(program, (node) => nodes.push(node))
  const lines = source.text.split("\n")
  const statements = program.body as unknown as ReadonlyArray<Node>
  const isBlank = (line: number) => /^\s*(\/\/ \S+)?$/.test(lines[line - 1]!)
  const places = citations.map(({ value, start, end }) => ({ step: value.trim(), start, end, line: lineAt(source.text, start) }))
  return places.map(({ step, start, end, line }, index) => {
    let [from, next] = [line + 1, index + 1]
    while (places[next]?.line === from) [from, next] = [from + 1, next + 1]
    const last = lineAt(source.text, endOfList(nodes, next === index + 1 ? end : places[next - 1]!.end))
    let to = Math.min(last, (places[next]?.line ?? Number.POSITIVE_INFINITY) - 1)
    while (to > from && isBlank(to)) to--
    const statement = statements.find((one) => encloses(one, start)) ?? statements.find((one) => one.start > start)
    const within = (statement && declaredBy(statement)) ?? ""
    return { step, at: { file: source.path, from, to: Math.max(from, to) }, within }
  })
}
