/**
 * Operators on constants: numbers, texts, limits, clauses.
 *
 * @module
 */
import {
  type Change,
  calledName,
  child,
  children,
  inChapter,
  inFunction,
  nameOf,
  type Operator,
  type Place,
  replaced,
  written,
} from "./syntax.ts"

const numbers: Operator = (place) => {
  const { node, source } = place
  if (node.type !== "Literal" || typeof node.value !== "number") return []
  const operator = inChapter(place) && !inFunction(place) ? "limit or wire type changed" : "number changed"
  const shown = place.parents.findLast(({ end, start }) => end - start < 120 && end - start > written(source, node).length) ?? node
  const changed = (value: number): Change => replaced(operator, node, String(value), { shown })
  return node.value > 0 ? [changed(node.value + 1), changed(node.value - 1)] : [changed(node.value + 1)]
}

const booleans: Operator = (place) => {
  const { node, parents } = place
  if (node.type !== "Literal" || typeof node.value !== "boolean" || !inFunction(place)) return []
  return [replaced("boolean changed", node, String(!node.value), { shown: parents.at(-1) ?? node })]
}

const isKey = ({ node, parents }: Place): boolean => {
  const parent = parents.at(-1)
  // The name of a record stands in schemas alone.
  if (calledName(parent) === "record" && children(parent!, "arguments")[0] === node) return true
  if (parent?.type === "MemberExpression" || parent?.type === "ImportDeclaration") return true
  // A tag is compared with the type of the language, which the mutant would break; a field's name is the schema's.
  return parent?.type === "Property" && (child(parent, "key") === node || nameOf(child(parent, "key")) === "type")
}

const texts: Operator = (place) => {
  const { node, parents, source } = place
  if (node.type !== "Literal" || typeof node.value !== "string" || isKey(place)) return []
  if (inChapter(place) && !inFunction(place) && !source.path.includes("labels")) return []
  const shown = parents.findLast(({ end, start }) => end - start < 120 && end - start > node.end - node.start) ?? node
  return [replaced("text changed", node, JSON.stringify(`${node.value}~`), { shown })]
}

const templates: Operator = (place) => {
  const { node, parents, source } = place
  const raw = (node.value as { readonly raw?: string } | undefined)?.raw
  if (node.type !== "TemplateElement" || !raw || !inFunction(place)) return []
  const start = source.text.indexOf(raw, node.start)
  const parent = parents.at(-1)!
  return [
    { operator: "text changed", edits: [{ start: start + raw.length, end: start + raw.length, by: "~" }], at: parent.start, shown: parent },
  ]
}

const clausesNamed: Operator = ({ node, parents, source }) => {
  if (node.type !== "MemberExpression" || source.path.startsWith("spec/")) return []
  const of = nameOf(child(node, "object"))
  if (/labels$/i.test(of)) return [replaced("label changed", node, `(${written(source, node)} + "~")`, { shown: parents.at(-1) ?? node })]
  return of === "clauses" ? [replaced("clause changed", node, '"no.clause"', { shown: parents.at(-1) ?? node })] : []
}

const checks: Operator = ({ node }) => {
  const expression = node.type === "ExpressionStatement" ? child(node, "expression") : undefined
  // What is traced is there to locate a failure, and is not compared.
  const isChecked = expression?.type === "YieldExpression" && calledName(child(expression, "argument")) !== "trace"
  return isChecked ? [replaced("check dropped", node, "{}")] : []
}

const slices: Operator = ({ node, source }) => {
  const name = child(node, "callee")?.type === "MemberExpression" ? calledName(node) : ""
  if (!/^(?:filter|slice|subarray)$/.test(name)) return []
  const of = child(child(node, "callee"), "object")!
  return [replaced(name === "filter" ? "filter dropped" : "slice dropped", node, written(source, of))]
}

/** Operators on constants, and on what is taken of a value. */
export const onValues: ReadonlyArray<Operator> = [numbers, booleans, texts, templates, clausesNamed, checks, slices]
