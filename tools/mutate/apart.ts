/**
 * Operators that are kept apart: mistakes of other kinds than those that the score counts. The cases were not written against their mutants, of which a sample shows how well the vectors judge what
 * nobody has thought of.
 *
 * @module
 */
import type { Node } from "../sources.ts"
import { neighbours, swapped } from "./order.ts"
import { type Change, child, children, inFunction, methodName, nameOf, type Operator, type Place, replaced, written } from "./syntax.ts"

const shownIn = ({ node, parents }: Place): Node => parents.findLast(({ start, end }) => end - start < 140 && end - start > 20) ?? node

/** Whether an identifier is a value that is used: no name that is bound, and no key. */
const isUsed = ({ node, parents }: Place): boolean => {
  const parent = parents.at(-1)
  if (node.type !== "Identifier" || parent === undefined || parent.type.startsWith("TS")) return false
  if (parent.type === "MemberExpression") return child(parent, "object") === node || parent.computed === true
  if (parent.type === "Property")
    return child(parent, "value") === node && child(parent, "key")!.start !== node.start && !isBinding(parent, parents)
  return !(isBinding(node, parents) || isCalled(node, parents))
}

/** Whether it is what a call calls. */
const isCalled = (node: Node, parents: ReadonlyArray<Node>): boolean =>
  parents.at(-1)?.type === "CallExpression" && child(parents.at(-1), "callee") === node

/** Whether it stands in a pattern, among parameters, or where a name is declared. */
const isBinding = (node: Node, parents: ReadonlyArray<Node>): boolean =>
  parents.some((one, at) => {
    const inner = parents[at + 1] ?? node
    if (one.type === "VariableDeclarator") return child(one, "id") === inner
    if (one.type.endsWith("Pattern")) return true
    return one.type.includes("Function") && children(one, "params").includes(inner)
  })

const typeOf = ({ source }: Place, parameter: Node): string => {
  const annotation = child(parameter, "typeAnnotation")
  return parameter.type === "Identifier" && annotation ? written(source, annotation) : ""
}

/** Another parameter of the same type in the place of one. */
const parameters: Operator = (place) => {
  const { node, parents } = place
  if (!isUsed(place)) return []
  const all = parents.filter(({ type }) => type.includes("Function")).flatMap((one) => children(one, "params"))
  const own = all.findLast((one) => nameOf(one) === nameOf(node))
  const type = own === undefined ? "" : typeOf(place, own)
  return all
    .filter((one) => type !== "" && typeOf(place, one) === type && nameOf(one) !== nameOf(node))
    .map((one) => replaced("parameter exchanged", node, nameOf(one), { shown: shownIn(place) }))
}

const stages = /^(?:state|before|after|now|next|noted|draft|working|joined|turn|last|extended|taken|kept|settled)$/

/** The value of an earlier stage, or of a later one that is there already. */
const earlier: Operator = (place) => {
  const { node, parents, source } = place
  if (!isUsed(place) || !stages.test(nameOf(node))) return []
  const of = parents.findLast(({ type, body }) => type.includes("Function") && (body as Node | undefined)?.type === "BlockStatement")
  if (of === undefined) return []
  const bound = children(child(of, "body")!, "body").flatMap((one) =>
    one.type === "VariableDeclaration" && one.end < node.start
      ? children(one, "declarations").map((each) => nameOf(child(each, "id")))
      : [],
  )
  return [...children(of, "params").map(nameOf), ...bound]
    .filter((name) => stages.test(name) && name !== nameOf(node) && written(source, of).includes(name))
    .map((name) => replaced("other stage", node, name, { shown: shownIn(place) }))
}

/** Another property that is taken of the same value, in the same function. */
const properties: Operator = (place) => {
  const { node, parents, source } = place
  if (node.type !== "MemberExpression" || node.computed === true || child(node, "object")?.type !== "Identifier" || !inFunction(place))
    return []
  if (isBinding(node, parents) || isCalled(node, parents)) return []
  const of = nameOf(child(node, "object"))
  // Of a module, a table of clauses or of labels, each name is another thing.
  if (/^[A-Z]|[cC]lauses$|[lL]abels$|^(?:crypto|Math|Number|Object)$/.test(of)) return []
  const outermost = parents.find(({ type }) => type.includes("Function"))!
  const taken = [...written(source, outermost).matchAll(new RegExp(`(?<![\\w.])${of}\\.(\\w+)\\b(?!\\()`, "g"))].map(([, name]) => name!)
  const own = nameOf(node)
  return [...new Set(taken)]
    .filter((name) => name !== own)
    .map((name) => replaced("property exchanged", child(node, "property")!, name, { at: node.start, shown: shownIn(place) }))
}

/** Two arguments that follow each other. */
const calls: Operator = (place) => {
  const { node, source } = place
  if (node.type !== "CallExpression" || !inFunction(place)) return []
  const list = children(node, "arguments").filter(({ type }) => /^(?:Identifier|MemberExpression)$/.test(type))
  return neighbours(list).map(([a, b]) => swapped("arguments swapped", source, node, a, b))
}

const counterparts: Readonly<Record<string, string>> = {
  find: "findLast",
  findLast: "find",
  findIndex: "findLastIndex",
  findLastIndex: "findIndex",
  indexOf: "lastIndexOf",
  lastIndexOf: "indexOf",
  min: "max",
  max: "min",
  startsWith: "endsWith",
  endsWith: "startsWith",
  union: "intersection",
  intersection: "union",
  push: "unshift",
  unshift: "push",
}

/** The last for the first, and the like. */
const ends: Operator = (place) => {
  const { node } = place
  const by = counterparts[methodName(node)]
  if (by !== undefined)
    return [replaced("other end", child(child(node, "callee"), "property")!, by, { at: node.start, shown: shownIn(place) })]
  const [at] = methodName(node) === "at" ? children(node, "arguments") : []
  if (at === undefined) return []
  return [replaced("other end", at, at.type === "Literal" ? "-1" : "0", { at: node.start, shown: shownIn(place) })]
}

/** What is left out instead of what is taken. */
const predicates: Operator = (place) => {
  const { node, parents, source } = place
  const body = node.type === "ArrowFunctionExpression" ? child(node, "body") : undefined
  if (body === undefined || body.type === "BlockStatement") return []
  if (!/^(?:filter|find|findLast|findIndex|some|every)$/.test(methodName(parents.at(-1)!))) return []
  return [replaced("predicate negated", body, `!(${written(source, body)})`, { shown: shownIn(place) })]
}

const jumps: Operator = (place) => {
  const { node } = place
  if (node.type === "ContinueStatement") return [replaced("loop ended", node, "break", { shown: shownIn(place) })]
  return node.type === "BreakStatement" ? [replaced("loop ended", node, "continue", { shown: shownIn(place) })] : []
}

/** Two fields of one value, each with that of the other. */
const fields: Operator = (place) => {
  const { node, source } = place
  if (node.type !== "ObjectExpression" || !inFunction(place)) return []
  const list = children(node, "properties").filter((one) => one.type === "Property" && !/Function|Literal/.test(child(one, "value")!.type))
  return neighbours(list).map(([a, b]): Change => {
    const [one, other] = [a, b].map((each) => ({
      key: written(source, child(each, "key")!),
      value: written(source, child(each, "value")!),
    }))
    return {
      operator: "fields exchanged",
      edits: [
        { start: a.start, end: a.end, by: `${one!.key}: ${other!.value}` },
        { start: b.start, end: b.end, by: `${other!.key}: ${one!.value}` },
      ],
      at: node.start,
      shown: { start: a.start, end: b.end },
    }
  })
}

/** Operators that are kept apart. */
export const keptApart: ReadonlyArray<Operator> = [parameters, earlier, properties, calls, ends, predicates, jumps, fields]
