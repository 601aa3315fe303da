/**
 * Operators on order: of lists, of checks, of draws.
 *
 * @module
 */
import type { Node, Source } from "../sources.ts"
import {
  type Change,
  calledName,
  child,
  children,
  inChapter,
  inFunction,
  methodName,
  nameOf,
  type Operator,
  replaced,
  written,
} from "./syntax.ts"

const sorts: Operator = ({ node, source }) => {
  if (/^(?:sort|toSorted|reverse|toReversed)$/.test(methodName(node))) {
    return [replaced("sorting dropped", node, written(source, child(child(node, "callee"), "object")!))]
  }
  const [list, ...others] = calledName(node) === "sorted" ? children(node, "arguments") : []
  return list === undefined || others.length > 0 ? [] : [replaced("sorting dropped", node, `[...${written(source, list)}]`)]
}

/** One change that puts two nodes in each other's place. */
export const swapped = (operator: string, source: Source, shown: Pick<Node, "start" | "end">, a: Node, b: Node): Change => ({
  operator,
  edits: [
    { start: a.start, end: a.end, by: written(source, b) },
    { start: b.start, end: b.end, by: written(source, a) },
  ],
  at: a.start,
  shown,
})

/** What follows each other in a list. */
export const neighbours = (list: ReadonlyArray<Node>): ReadonlyArray<readonly [Node, Node]> =>
  list.slice(1).map((one, index) => [list[index]!, one] as const)

const joining = /^(?:concatBytes|deriveSecret|hkdfExtract|hkdfExpand|x25519|aeadSeal|aeadOpen)$/

const elements: Operator = (place) => {
  const { node, source } = place
  const isList = node.type === "ArrayExpression" && (!inChapter(place) || inFunction(place))
  const list = isList ? children(node, "elements") : joining.test(calledName(node)) ? children(node, "arguments") : []
  return neighbours(list)
    .filter(([a, b]) => written(source, a) !== written(source, b))
    .map(([a, b]) => swapped("elements swapped", source, { start: a.start, end: b.end }, a, b))
}

/** The names that a pattern binds. */
export const boundNames = (pattern: Node | undefined): ReadonlyArray<string> => {
  if (pattern === undefined || pattern === null) return []
  if (pattern.type === "Identifier") return [nameOf(pattern)]
  if (pattern.type === "ObjectPattern") {
    return children(pattern, "properties").flatMap((one) => boundNames(child(one, "value") ?? child(one, "argument")))
  }
  return pattern.type === "ArrayPattern" ? children(pattern, "elements").flatMap(boundNames) : boundNames(child(pattern, "left"))
}

/** Asking for a service does nothing. */
const asksForService = (source: Source, statement: Node): boolean => /^const [^=]+ = yield\* [A-Z]\w*$/.test(written(source, statement))

const hasEffect = (source: Source, statement: Node): boolean => {
  const isMovable =
    /^(?:VariableDeclaration|ExpressionStatement)$/.test(statement.type) || (statement.type === "IfStatement" && !statement.alternate)
  if (!isMovable || asksForService(source, statement)) return false
  return /yield\*|draw\(|push\(|update\(/.test(written(source, statement))
}

/** Where a statement notes something: in the session, among the requests, or among the notices; undefined when it does more than that. */
const noteOf = (source: Source, statement: Node): string | undefined =>
  /^(?:(update)\(turn,|turn\.(requests|notices)\.push\((?!.*turn\.session))/s.exec(written(source, statement))?.slice(1).find(Boolean)

/** What goes to two places goes there in any order. */
const areApart = (source: Source, a: Node, b: Node): boolean => {
  const places = [a, b].map((one) => noteOf(source, one))
  return !places.includes(undefined) && places[0] !== places[1]
}

/** Two checks, draws or notes, the second first, where it does not need what the first has found. */
const statements: Operator = ({ node, source }) => {
  if (node.type !== "BlockStatement" || source.path.startsWith("spec/")) return []
  return neighbours(children(node, "body"))
    .filter(([a, b]) => hasEffect(source, a) && hasEffect(source, b))
    .filter(([a, b]) => !areApart(source, a, b))
    .filter(([a, b]) => {
      const bound = a.type === "VariableDeclaration" ? children(a, "declarations").flatMap((one) => boundNames(child(one, "id"))) : []
      return !bound.some((name) => new RegExp(`\\b${name}\\b`).test(written(source, b)))
    })
    .map(([a, b]) => swapped("statements swapped", source, { start: a.start, end: b.end }, a, b))
}

/** Operators on order. */
export const onOrder: ReadonlyArray<Operator> = [sorts, elements, statements]
