/**
 * The examples in the prose of chapters: blocks marked `ts run`. `expression // => value` in one is a claim: the expression must give the
 * value. A long value goes on in lines of comment that are indented. `node tools/examples.ts` runs the examples of spec/, and writes the
 * values that they give in the place of those claimed.
 *
 * @module
 */
import { writeFileSync } from "node:fs"
import { stripTypeScriptTypes } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { isDeepStrictEqual } from "node:util"
import { commentsOf, type Node, parse, root, type Source, sourcesIn } from "./sources.ts"

/** A block of a chapter, and the line of the comment in which it stands. */
export interface Example {
  readonly at: string
  readonly code: string
}

/** An expression of an example, what it gives, and what the example says that it gives. */
interface Claim {
  readonly expression: string
  readonly gives: unknown
  readonly says: unknown
  /** From the mark of the claim to the end of what is claimed. */
  readonly start: number
  readonly end: number
}

const block = /```ts run\n([\s\S]*?)```/g

/** The examples of a source. */
export const examplesIn = (source: Source): ReadonlyArray<Example> =>
  commentsOf(source)
    .filter(({ isLine, text }) => !isLine && text.startsWith("*"))
    .flatMap(({ text, line }) =>
      [...text.replaceAll(/^ *\* ?/gm, "").matchAll(block)].map((found) => ({ at: `${source.path}:${line}`, code: found[1]! })),
    )

/** The module that an example imports. Examples are written as files of a folder in the root. */
const load = (request: string): Promise<unknown> =>
  import(request.startsWith(".") ? pathToFileURL(join(root, "tools", request)).href : request)

const importing = (node: Node, code: string): string => {
  const { source, specifiers } = node as unknown as {
    readonly source: { readonly value: string }
    readonly specifiers: ReadonlyArray<{ readonly imported?: { readonly name: string }; readonly local: { readonly name: string } }>
  }
  const names = specifiers.map(({ imported, local }) => `${imported?.name}: ${local.name}`)
  if (specifiers.some(({ imported }) => imported === undefined)) throw new Error(`examples import by name: ${code}`)
  return `const { ${names.join(", ")} } = await load(${JSON.stringify(source.value)})`
}

interface Comment {
  readonly value: string
  readonly start: number
  readonly end: number
}

/** The comments of the claim about what ends at `end`: the one after it, and the indented ones on the lines after that. */
const claimAfter = (code: string, comments: ReadonlyArray<Comment>, end: number): ReadonlyArray<Comment> => {
  const first = comments.findIndex(({ start, value }) => start >= end && /^[ ;]*$/.test(code.slice(end, start)) && value.startsWith(" => "))
  if (first === -1) return []
  let last = first
  const goesOn = ({ start, value }: Comment) => /^\n *$/.test(code.slice(comments[last]!.end, start)) && value.startsWith("    ")
  while (comments[last + 1] !== undefined && goesOn(comments[last + 1]!)) last++
  return comments.slice(first, last + 1)
}

/** The body of a function that runs an example and notes its claims. */
const bodyOf = (example: string): string => {
  // Types become white space: what stands in the code stays where it is.
  const code = stripTypeScriptTypes(example)
  const { program, comments } = parse({ path: "example.ts", text: code })
  return (program.body as unknown as ReadonlyArray<Node>)
    .map((node) => {
      const text = code.slice(node.start, node.end)
      if (node.type === "ImportDeclaration") return importing(node, text)
      const claim = claimAfter(code, comments, node.end)
      if (claim.length === 0) return text
      const says = claim
        .map(({ value }) => value)
        .join("")
        .replace(" => ", "")
      const place = `${claim[0]!.start}, ${claim.at(-1)!.end}`
      return `note(${JSON.stringify(text)}, ${text.replace(/;$/, "")}, (${says}), ${place})`
    })
    .join("\n")
}

const AsyncFunction = (async () => {}).constructor as new (
  ...parts: ReadonlyArray<string>
) => (...values: ReadonlyArray<unknown>) => Promise<void>

/** Runs an example; gives its claims. */
export const claimsOf = async (example: string): Promise<ReadonlyArray<Claim>> => {
  const claims: Array<Claim> = []
  const note = (expression: string, gives: unknown, says: unknown, start: number, end: number) =>
    claims.push({ expression, gives, says, start, end })
  await new AsyncFunction("load", "note", bodyOf(example))(load, note)
  return claims
}

const columns = 96

const isLong = (value: unknown): value is string => typeof value === "string" && value.length > columns

const claimText = (value: unknown): string => {
  if (!isLong(value)) return `// => ${JSON.stringify(value)}`
  const lines = value.match(new RegExp(`.{1,${columns}}`, "gsu")) ?? []
  return lines.map((line, at) => `${at === 0 ? "// => " : "//    "}${JSON.stringify(line)}`).join(" +\n")
}

/** An example with the values that it gives in the place of those that it claims. */
export const withClaims = (code: string, claims: ReadonlyArray<Claim>): string =>
  claims
    .filter(({ gives, says }) => isLong(gives) || !isDeepStrictEqual(gives, says))
    .toReversed()
    .reduce((sofar, { gives, start, end }) => sofar.slice(0, start) + claimText(gives) + sofar.slice(end), code)

if (import.meta.main) {
  for (const source of sourcesIn(["spec"])) {
    let { text } = source
    for (const { code } of examplesIn(source)) {
      const inComment = (lines: string) => lines.replaceAll(/^(?=.)/gm, " * ").replaceAll(/^$/gm, " *")
      const written = withClaims(code, await claimsOf(code))
      text = text.replace(inComment(code).trimEnd(), () => inComment(written).trimEnd())
    }
    if (text !== source.text) writeFileSync(join(root, source.path), text)
  }
}
