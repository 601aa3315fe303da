/**
 * All mutants of the reference, and of the wire types, limits and definitions of the chapters that it uses.
 *
 * @module
 */
import { lineAt, type Node, parse, type Source } from "../sources.ts"
import { keptApart } from "./apart.ts"
import { onConditions } from "./conditions.ts"
import { boundNames, onOrder } from "./order.ts"
import { onState } from "./state.ts"
import { type Change, calledName, child, children, edited, type Operator } from "./syntax.ts"
import { onValues } from "./values.ts"

/** A mutant: a file with one change. */
export interface Mutant extends Pick<Change, "operator" | "edits" | "at"> {
  readonly file: string
  readonly part: string
  readonly line: number
  /** The declaration that it changes. */
  readonly in: string
  /** The text before and after, on one line. */
  readonly change: string
}

const counted: ReadonlyArray<Operator> = [...onConditions, ...onValues, ...onState, ...onOrder]

/** What a refusal tells people is not compared, and what a chapter says of its rules is prose. */
const prose =
  /^(?:refuse|malformed|none|wrong\w*|broken\w*|BrokenCall|\w*Error|trace|declareClauses|declareSteps|check|rule|shownBy|declareGuarantees)$/

const isSkipped = (node: Node): boolean =>
  /^(?:Import|ExportAll)/.test(node.type) ||
  (node.type === "ExportNamedDeclaration" && Boolean(node.source)) ||
  (node.type.startsWith("TS") && !("expression" in node))

/** Whether the node, within its parent, is prose: an argument of a call that tells something, but for the clause. */
const isProse = (node: Node, parent: Node | undefined): boolean => {
  // What must hold comes first, and then what is said if it does not.
  if (parent !== undefined && /^(?:must|present)$/.test(calledName(parent))) return node === children(parent, "arguments").at(-1)
  if (!prose.test(calledName(parent)) || child(parent, "callee") === node) return false
  return node.type !== "MemberExpression"
}

const squeezed = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim()
  return line.length <= 160 ? line : `${line.slice(0, 120)} … ${line.slice(-36)}`
}

/** The smallest part of two texts around where they differ, so that a small change of a large node is seen. */
const difference = (was: string, is: string): string => {
  if (was.length <= 160) return `${squeezed(was)} → ${squeezed(is) || "nothing"}`
  let same = 0
  while (was[same] === is[same]) same++
  const from = Math.max(0, same - 40)
  return `${squeezed(was.slice(from))} → ${squeezed(is.slice(from)) || "nothing"}`
}

const declared = (statement: Node): Node | undefined => {
  const declaration = child(statement, "declaration") ?? statement
  const [first] = (declaration?.declarations ?? []) as ReadonlyArray<Node>
  return child(first ?? declaration, "id")
}

/** The names that a file gives to what it imports under others. */
const renamed = (statement: Node): ReadonlyArray<string> => {
  if (statement.type !== "ImportDeclaration") return []
  const pairs = children(statement, "specifiers").map((one) => [child(one, "imported")?.name, child(one, "local")?.name])
  return pairs.flatMap(([imported, local]) => (typeof local === "string" && imported !== local ? [local] : []))
}

/**
 * What is declared at the top of a file, and where. What is taken apart at once has no name, and the names of its parts;
 * an import has those that it gives.
 */
export interface Declaration {
  readonly name: string
  readonly names: ReadonlyArray<string>
  readonly start: number
  readonly end: number
}

export const declarationsOf = (source: Source): ReadonlyArray<Declaration> =>
  (parse(source).program.body as unknown as ReadonlyArray<Node>).map((statement) => {
    const id = declared(statement)
    const name = typeof id?.name === "string" ? id.name : ""
    const { start, end } = statement
    return { name, names: name === "" ? [...boundNames(id), ...renamed(statement)] : [name], start, end }
  })

/** The part of what all parts use. */
export const ofAllParts = "conventions"

/** The part to which a file belongs. */
export const partOf = (file: string): string => /^\w+\/(dcgka|mpenc|delivery-service)\//.exec(file)?.[1] ?? ofAllParts

const changesOf = (source: Source, operators: ReadonlyArray<Operator>): ReadonlyArray<Change> => {
  const found: Array<Change> = []
  const visit = (value: unknown, parents: ReadonlyArray<Node>): void => {
    if (Array.isArray(value)) for (const one of value) visit(one, parents)
    else if (typeof value === "object" && value !== null && "type" in value) {
      const node = value as Node
      if (isSkipped(node) || isProse(node, parents.at(-1))) return
      for (const operator of operators) found.push(...operator({ source, node, parents }))
      for (const inner of Object.values(node)) visit(inner, [...parents, node])
    }
  }
  visit(parse(source).program.body, [])
  return found
}

const mutantsBy = (source: Source, operators: ReadonlyArray<Operator>): ReadonlyArray<Mutant> => {
  const declarations = declarationsOf(source)
  const { text, path } = source
  return changesOf(source, operators)
    .filter(({ edits }) => edited(text, edits) !== text)
    .map(({ operator, edits, at, shown }) => {
      const [start, end] = [Math.min(shown.start, ...edits.map((one) => one.start)), Math.max(shown.end, ...edits.map((one) => one.end))]
      const inside = edits.map((one) => ({ ...one, start: one.start - start, end: one.end - start }))
      const was = text.slice(start, end)
      return {
        operator,
        edits,
        at,
        file: path,
        part: partOf(path),
        line: lineAt(text, edits[0]!.start),
        in: declarations.find((one) => one.start <= start && end <= one.end)?.name ?? "",
        change: difference(was, edited(was, inside)),
      }
    })
}

/** All mutants of a source that the score counts. */
export const mutantsOf = (source: Source): ReadonlyArray<Mutant> => mutantsBy(source, counted)

/** Those by the operators that are kept apart. */
export const mutantsApart = (source: Source): ReadonlyArray<Mutant> => mutantsBy(source, keptApart)

const shared = /^(?:reference\/(?:conventions|crypto\/[\w-]+)|spec\/conventions\/[\w-]+)\.ts$/

const left = /\/(?:test|simulation)\/|simulation\.ts$|methods|observations|security|overview|example|annex|clauses|guarantees|crypto\/trace/

/** Whether it is noted what of a file runs: what simulates, what speaks of methods or of what plays observe, and what chapters are made of, is not the protocol. */
export const isNoted = (path: string): boolean =>
  (shared.test(path) || /^(?:reference|spec)\/(?:dcgka|mpenc|delivery-service)\//.test(path)) && !left.test(path)

/** Whether a file is mutated: other vectors than ours judge the passive client. */
export const isMutated = (path: string): boolean => isNoted(path) && !path.endsWith("passive-client.ts")
