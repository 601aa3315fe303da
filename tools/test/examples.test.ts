/** The examples in the prose of chapters: each block marked `ts run` is run, and each `expression // => value` in it must hold. */
import { stripTypeScriptTypes } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, it } from "vitest"
import { commentsOf, type Node, parse, root, type Source, sourcesIn } from "../sources.ts"

interface Example {
  readonly at: string
  readonly code: string
}

/** An expression of an example, what it gives, and what the example says that it gives. */
interface Claim {
  readonly expression: string
  readonly gives: unknown
  readonly says: unknown
}

const block = /```ts run\n([\s\S]*?)```/g

const examplesIn = (source: Source): ReadonlyArray<Example> =>
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

/** The body of a function that runs an example and notes its claims. */
const bodyOf = (example: string): string => {
  const code = stripTypeScriptTypes(example)
  const { program, comments } = parse({ path: "example.ts", text: code })
  const statements = program.body as unknown as ReadonlyArray<Node>
  return statements
    .map((node) => {
      const text = code.slice(node.start, node.end)
      if (node.type === "ImportDeclaration") return importing(node, text)
      const claim = comments.find(
        ({ start, value }) => start >= node.end && !code.slice(node.end, start).includes("\n") && value.startsWith(" => "),
      )
      return claim === undefined ? text : `note(${JSON.stringify(text)}, ${text.replace(/;$/, "")}, (${claim.value.slice(" => ".length)}))`
    })
    .join("\n")
}

const AsyncFunction = (async () => {}).constructor as new (
  ...parts: ReadonlyArray<string>
) => (...values: ReadonlyArray<unknown>) => Promise<void>

const claimsOf = async (example: string): Promise<ReadonlyArray<Claim>> => {
  const claims: Array<Claim> = []
  const note = (expression: string, gives: unknown, says: unknown) => claims.push({ expression, gives, says })
  await new AsyncFunction("load", "note", bodyOf(example))(load, note)
  return claims
}

const holds = ({ gives, says }: Claim): boolean => {
  try {
    expect(gives).toStrictEqual(says)
    return true
  } catch {
    return false
  }
}

const examples = sourcesIn(["spec"]).flatMap(examplesIn)

describe("the examples of chapters", () => {
  it("exist", () => {
    expect(examples.length).toBeGreaterThanOrEqual(2)
  })

  it.each(examples)("hold: $at", async ({ code }) => {
    const claims = await claimsOf(code)
    expect(claims.length).toBeGreaterThan(0)
    for (const { expression, gives, says } of claims) expect(gives, expression).toStrictEqual(says)
  })
})

describe("an example", () => {
  const code = `import { Hex } from "effect/encoding"
import { decodeCbor as decode } from "../spec/conventions/cbor.ts"
const bytes: Uint8Array = new Uint8Array([1, 2])
Hex.encode(bytes) // => "0102"
decode(Uint8Array.of(0x81, 0x00)) // => [0]
`

  it("is found in a comment that documents, with its marks taken off", () => {
    const text = `/**\n * Prose.\n *\n * \`\`\`ts run\n${code.trimEnd().replaceAll(/^/gm, " * ")}\n * \`\`\`\n *\n * \`\`\`ts\n * not run\n * \`\`\`\n */`
    expect(examplesIn({ path: "spec/a.ts", text })).toEqual([{ at: "spec/a.ts:1", code }])
  })

  it("holds as it is, and does not when a value is another", async () => {
    expect((await claimsOf(code)).map(holds)).toEqual([true, true])
    expect((await claimsOf(code.replace('"0102"', '"0103"'))).map(holds)).toEqual([false, true])
    expect((await claimsOf(code.replace("[0]", "[]"))).map(holds)).toEqual([true, false])
  })
})
