/**
 * Which code runs: each statement and each branch of an expression notes that it was reached. The engine's own coverage is not used:
 * it leaves out calls of functions that it has inlined.
 *
 * @module
 */
import { type Node, parse, type Source, walk } from "../sources.ts"
import { child, children, type Edit } from "./syntax.ts"

/** A part of a file that runs, or does not, as one. `number` is unique among all files. */
export interface Region {
  readonly file: string
  readonly start: number
  readonly end: number
  readonly number: number
}

/** The name of the array that the code notes in. */
export const NOTED = "$reached"

interface Point {
  readonly node: Node
  /** How it is put around: before a statement, in braces, or in parentheses. */
  readonly form: "before" | "braces" | "parentheses"
}

const bodies = (node: Node): ReadonlyArray<Node | undefined> => {
  if (node.type === "IfStatement") return [child(node, "consequent"), child(node, "alternate")]
  return /^(?:For|While|DoWhile)/.test(node.type) ? [child(node, "body")] : []
}

const pointsAt = (node: Node): ReadonlyArray<Point> => {
  if (node.type === "BlockStatement") return children(node, "body").map((one) => ({ node: one, form: "before" }))
  if (node.type === "SwitchCase") return children(node, "consequent").map((one) => ({ node: one, form: "before" }))
  const statements = bodies(node).filter((one) => one !== undefined && one !== null && one.type !== "BlockStatement")
  const isExpressionBody = node.type === "ArrowFunctionExpression" && child(node, "body")!.type !== "BlockStatement"
  const expressions = [
    ...(isExpressionBody ? [child(node, "body")!] : []),
    ...(node.type === "ConditionalExpression" ? [child(node, "consequent")!, child(node, "alternate")!] : []),
    ...(node.type === "LogicalExpression" ? [child(node, "right")!] : []),
  ]
  return [
    ...statements.map((one): Point => ({ node: one!, form: "braces" })),
    ...expressions.map((one): Point => ({ node: one, form: "parentheses" })),
  ]
}

const marks: Readonly<Record<Point["form"], readonly [string, string, string]>> = {
  before: ["", ";", ""],
  braces: ["{", ";", "}"],
  parentheses: ["(", ",", ")"],
}

/** A source that notes what it reaches, and its regions, numbered from `first`. */
export const instrumented = (source: Source, first: number): { readonly text: string; readonly regions: ReadonlyArray<Region> } => {
  const points: Array<Point> = []
  walk(parse(source).program.body, (node) => points.push(...pointsAt(node)))
  const inserted = points.flatMap(({ node, form }, index): ReadonlyArray<Edit & { readonly depth: number }> => {
    const [open, separator, close] = marks[form]
    return [
      { start: node.start, end: node.start, by: `${open}${NOTED}[${first + index}]=1${separator}`, depth: index },
      { start: node.end, end: node.end, by: close, depth: -index },
    ]
  })
  // Outer nodes come first in `points`: they open before the inner ones that begin at the same place, and close after them.
  const isOpening = ({ by }: Edit): number => (by.includes(NOTED) ? 1 : 0)
  const ordered = inserted.sort((a, b) => a.start - b.start || isOpening(a) - isOpening(b) || a.depth - b.depth)
  let text = ""
  let at = 0
  for (const { start, by } of ordered) {
    text += source.text.slice(at, start) + by
    at = start
  }
  const regions = points.map(({ node: { start, end } }, index) => ({ file: source.path, start, end, number: first + index }))
  return { text: text + source.text.slice(at), regions }
}

/** The innermost region with this offset; none at the top of a file, where all runs when it is loaded. */
export const regionAt = (regions: ReadonlyArray<Region>, offset: number): Region | undefined =>
  regions
    .filter(({ start, end }) => start <= offset && offset < end)
    .reduce<Region | undefined>((best, one) => (best === undefined || one.end - one.start <= best.end - best.start ? one : best), undefined)
