/**
 * Operators on what decides: guards, branches, conditions, comparisons.
 *
 * @module
 */

import type { Node } from "../sources.ts"
import { type Change, calledName, child, children, methodName, nameOf, type Operator, type Place, replaced, written } from "./syntax.ts"

const refusing = /^(?:refuse|malformed|fail|Waiting|Ignored|wrong\w*|broken\w*|not[A-Z]\w*)$/

const isRefusalOf = (value: Node | undefined): boolean => {
  if (value?.type === "YieldExpression") return isRefusalOf(child(value, "argument"))
  return refusing.test(calledName(value))
}

const isRefusal = (statement: Node): boolean => {
  const [only, ...others] = statement.type === "BlockStatement" ? children(statement, "body") : [statement]
  if (only === undefined || others.length > 0) return false
  return only.type === "ThrowStatement" || (only.type === "ReturnStatement" && isRefusalOf(child(only, "argument")))
}

const negated = ({ source }: Place, test: Node, shown: Node = test): Change =>
  replaced("condition negated", test, `!(${written(source, test)})`, { shown })

const ifs: Operator = (place) => {
  const { node, source } = place
  if (node.type !== "IfStatement") return []
  const consequent = child(node, "consequent")!
  const alternate = child(node, "alternate")
  const operator = isRefusal(consequent) ? "guard removed" : "branch removed"
  const without = replaced(operator, node, alternate ? written(source, alternate) : "{}", { at: consequent.start })
  const otherwise: ReadonlyArray<Change> = alternate
    ? [{ operator: "branch removed", edits: [{ start: consequent.end, end: alternate.end, by: "" }], at: alternate.start, shown: node }]
    : []
  return [without, ...otherwise, negated(place, child(node, "test")!)]
}

const conditionals: Operator = (place) => {
  const { node, source } = place
  if (node.type !== "ConditionalExpression") return []
  const [test, yes, no] = [child(node, "test")!, child(node, "consequent")!, child(node, "alternate")!]
  const only = (kept: Node, other: Node) =>
    replaced(isRefusalOf(other) ? "guard removed" : "branch removed", node, `(${written(source, kept)})`, { at: other.start })
  const branches = [...(isRefusalOf(no) ? [] : [only(no, yes)]), ...(isRefusalOf(yes) ? [] : [only(yes, no)])]
  return [...branches, negated(place, test, node)]
}

const conjuncts: Operator = ({ node, source }) => {
  if (node.type !== "LogicalExpression") return []
  const [left, right] = [child(node, "left")!, child(node, "right")!]
  if (node.operator === "??") return [replaced("default dropped", node, `(${written(source, left)})`, { at: right.start })]
  return [
    replaced("conjunct dropped", node, `(${written(source, left)})`, { at: right.start }),
    replaced("conjunct dropped", node, `(${written(source, right)})`),
  ]
}

const opposite: Readonly<Record<string, string>> = { "<": "<=", "<=": "<", ">": ">=", ">=": ">", "===": "!==", "!==": "===" }

/** The operator sign of a binary expression, replaced. */
const signed = (operator: string, { node, source }: Place, by: string): Change => {
  const sign = node.operator as string
  const start = source.text.indexOf(sign, child(node, "left")!.end)
  return { operator, edits: [{ start, end: start + sign.length, by }], at: node.start, shown: node }
}

const inComparator = ({ parents, node }: Place): boolean =>
  [...parents.slice(1), node].some(
    (one, at) => /^(?:sort|toSorted)$/.test(methodName(parents[at]!)) && child(parents[at], "callee") !== one,
  )

const comparisons: Operator = (place) => {
  const by = place.node.type === "BinaryExpression" ? opposite[place.node.operator as string] : undefined
  return by === undefined ? [] : [signed(inComparator(place) ? "order changed" : "comparison changed", place, by)]
}

const sums: Readonly<Record<string, string>> = { "+": "-", "-": "+", "*": "+", "/": "*", "%": "+" }

const arithmetic: Operator = (place) => {
  const { node, source } = place
  const by = node.type === "BinaryExpression" ? sums[node.operator as string] : undefined
  if (by === undefined || /["'`]/.test(written(source, node))) return []
  return [signed(inComparator(place) ? "order changed" : "arithmetic changed", place, by)]
}

const negations: Operator = ({ node, parents, source }) =>
  node.type === "UnaryExpression" && node.operator === "!" && parents.at(-1)?.type !== "IfStatement"
    ? [replaced("condition negated", node, `(${written(source, child(node, "argument")!)})`)]
    : []

const quantifiers: Operator = ({ node }) => {
  if (!/^(?:every|some)$/.test(methodName(node))) return []
  const property = child(child(node, "callee"), "property")!
  return [replaced("every for some", property, nameOf(property) === "every" ? "some" : "every", { at: node.start, shown: node })]
}

/** Operators on what decides. */
export const onConditions: ReadonlyArray<Operator> = [ifs, conditionals, conjuncts, comparisons, arithmetic, negations, quantifiers]
