/**
 * Operators on states: what is not noted, and what is not forgotten.
 *
 * @module
 */
import type { Node } from "../sources.ts"
import { type Change, calledName, child, children, inFunction, methodName, nameOf, type Operator, replaced, written } from "./syntax.ts"

const empty = /^(?:null|\[\]|\{\}|undefined|""|new Uint8Array\(\d*\))$/

const forgetting = /\.filter\(|\.slice\(|without|forget|remaining|rest/i

/** An element of a list, taken out with its comma. */
const takenOut = (list: ReadonlyArray<Node>, index: number) => {
  const [before, one, after] = [list[index - 1], list[index]!, list[index + 1]]
  if (after !== undefined) return { start: one.start, end: after.start, by: "" }
  return { start: before?.end ?? one.start, end: one.end, by: "" }
}

const fields: Operator = ({ node, source }) => {
  const properties = node.type === "ObjectExpression" ? children(node, "properties") : []
  if (!properties.some(({ type }) => type === "SpreadElement")) return []
  return properties.map((property, index): Change => {
    const value = child(property, "value")
    const text = value === undefined ? "" : written(source, value)
    const kind = empty.test(text) || forgetting.test(text) ? "deletion dropped" : "state not updated"
    const operator = property.type === "SpreadElement" ? "state not kept" : kind
    return { operator, edits: [takenOut(properties, index)], at: property.start, shown: property }
  })
}

const growing: Operator = ({ node, source }) =>
  /^(?:concat|with|union|difference)$/.test(methodName(node))
    ? [replaced("state not updated", node, written(source, child(child(node, "callee"), "object")!))]
    : []

const collected: Readonly<Record<string, string>> = {
  push: "state not updated",
  set: "state not updated",
  add: "state not updated",
  unshift: "state not updated",
  update: "state not updated",
  delete: "deletion dropped",
  clear: "deletion dropped",
}

const statements: Operator = (place) => {
  const { node } = place
  const expression = node.type === "ExpressionStatement" && inFunction(place) ? child(node, "expression")! : undefined
  if (expression === undefined) return []
  if (expression.type === "AssignmentExpression") return [replaced("state not updated", node, "{}")]
  const operator = collected[calledName(expression)]
  return operator === undefined ? [] : [replaced(operator, node, "{}")]
}

const elements: Operator = ({ node, source }) => {
  const all = node.type === "ArrayExpression" ? children(node, "elements") : []
  if (all.length < 2) return []
  return all.flatMap((one, index): ReadonlyArray<Change> => {
    const isAdded = one.type === "SpreadElement" || all.some(({ type }) => type === "SpreadElement")
    const others = all.filter((_, at) => at !== index).map((other) => written(source, other))
    return isAdded ? [replaced("element dropped", node, `[${others.join(", ")}]`)] : []
  })
}

const before =
  /^(?:state|before|draft|session|greeting|channel|messenger|history|joined|queue|order|transcript|subsession|keys|cooperation|consensus)$/
const after = /^(?:after|now|state|draft|joined|next|noted|extended|done)$/

/** The state before in place of the one after. */
const returned: Operator = ({ node, parents, source }) => {
  const of = parents.findLast(({ type }) => type.includes("Function"))
  if (of === undefined || node.type !== "ReturnStatement") return []
  const parameters = children(of, "params").map(nameOf)
  const state = parameters.find((name) => before.test(name))
  const result = child(node, "argument")
  if (state === undefined || result === undefined || result === null) return []
  if (result.type === "Identifier") {
    return after.test(nameOf(result)) && nameOf(result) !== state ? [replaced("state not updated", result, state, { shown: node })] : []
  }
  const properties = result.type === "ObjectExpression" ? children(result, "properties") : []
  return properties
    .filter((one) => one.type === "Property" && nameOf(child(one, "key")) === state && written(source, child(one, "value")!) !== state)
    .map((one) => replaced("state not updated", one, `${state}: ${state}`))
}

/** Operators on states. */
export const onState: ReadonlyArray<Operator> = [fields, growing, statements, elements, returned]
