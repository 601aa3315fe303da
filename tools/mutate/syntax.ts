/**
 * What the operators ask of a syntax tree.
 *
 * @module
 */
import type { Node, Source } from "../sources.ts"

/** A replacement of the text from `start` to `end`. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly by: string
}

/** A change of a source that is likely to be a mistake. */
export interface Change {
  readonly operator: string
  readonly edits: ReadonlyArray<Edit>
  /** Nothing changes unless the code at this offset runs. */
  readonly at: number
  /** What a reader is shown, before and after. */
  readonly shown: Pick<Node, "start" | "end">
}

/** A node where it stands. */
export interface Place {
  readonly source: Source
  readonly node: Node
  /** Outermost first. */
  readonly parents: ReadonlyArray<Node>
}

/** Makes changes of one kind. */
export type Operator = (place: Place) => ReadonlyArray<Change>

/** A node within a node. */
export const child = (node: Node | undefined, key: string): Node | undefined => node?.[key] as Node | undefined

/** The nodes of a list within a node. */
export const children = (node: Node, key: string): ReadonlyArray<Node> =>
  ((node[key] ?? []) as ReadonlyArray<Node | null>).filter((one) => one !== null)

/** The text of a node. */
export const written = ({ text }: Source, { start, end }: Pick<Node, "start" | "end">): string => text.slice(start, end)

/** The name of an identifier, or of the member that is taken. */
export const nameOf = (node: Node | undefined): string => {
  const name = node?.type === "MemberExpression" ? child(node, "property")?.name : node?.name
  return typeof name === "string" ? name : ""
}

/** The name of what is called, if it is a call. */
export const calledName = (node: Node | undefined): string =>
  node?.type === "CallExpression" || node?.type === "NewExpression" ? nameOf(child(node, "callee")) : ""

/** The name of the method, if it is a call of one. */
export const methodName = (node: Node): string => (child(node, "callee")?.type === "MemberExpression" ? calledName(node) : "")

/** Whether it stands in a function. */
export const inFunction = ({ parents }: Place): boolean => parents.some(({ type }) => type.includes("Function"))

/** Whether it stands in a chapter. */
export const inChapter = ({ source }: Place): boolean => source.path.startsWith("spec/")

/** One change that replaces a node. */
export const replaced = (operator: string, node: Node, by: string, others: Partial<Pick<Change, "at" | "shown">> = {}): Change => ({
  operator,
  edits: [{ start: node.start, end: node.end, by }],
  at: node.start,
  shown: node,
  ...others,
})

/** The text with the changes made. */
export const edited = (text: string, edits: ReadonlyArray<Edit>): string =>
  [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((changed, { start, end, by }) => changed.slice(0, start) + by + changed.slice(end), text)
