/** Who may import whom, and that chapters keep to the stable part of Effect. */
import { existsSync, readFileSync } from "node:fs"
import { join, posix } from "node:path"
import { describe, expect, it } from "vitest"
import { importsOf, isTest, lineAt, type Node, parse, root, type Source, sourcesIn, walk } from "../sources.ts"

/**
 * Room, then what it may import: rooms, files, packages (with all that is in them), `node:` for all modules of Node. The first line that fits a file
 * counts. Inside a folder `test` the line "test" counts.
 */
const mayImport: ReadonlyArray<readonly [room: string, ...imports: ReadonlyArray<string>]> = [
  ["spec/conventions/cbor.ts", "cborg"],
  ["spec/conventions/encoding.ts", "spec", "effect", "@noble"],
  ["spec", "spec", "effect"],
  ["reference/crypto/providers", "spec", "reference", "effect", "@noble", "node:crypto"],
  ["reference/crypto/randomness.ts", "spec", "reference", "effect", "node:crypto"],
  ["reference/delivery-service/tree-kem", "spec", "reference", "effect", "@noble", "ts-mls"],
  ["reference/store", "spec", "reference", "effect", "@noble", "node:crypto", "node:fs", "node:path", "node:sqlite"],
  ["reference", "spec", "reference", "effect", "@noble"],
  ["vectors/cases/dcgka/another-signature.ts", "@noble"],
  ["vectors/cases/dcgka/ed25519-edges.ts", "spec", "vectors/cases", "effect", "@noble"],
  ["vectors/cases/delivery-service/mls-forge.ts", "spec", "reference", "vectors/cases", "effect", "ts-mls"],
  ["vectors/cases/delivery-service/mls-insiders.ts", "spec", "reference", "vectors/cases", "effect", "ts-mls"],
  ["vectors/cases/delivery-service/mls-bounds.ts", "spec", "reference", "vectors/cases", "effect", "ts-mls"],
  ["vectors/cases/delivery-service/mls-sealed.ts", "spec", "reference", "vectors/cases", "effect", "ts-mls"],
  ["vectors/cases/delivery-service/delivery-mls-limits.ts", "spec", "reference", "vectors/cases", "effect", "ts-mls"],
  ["vectors/cases/plays", "spec", "reference", "vectors/cases", "conformance/protocol", "effect", "node:"],
  ["vectors/cases", "spec", "reference", "vectors/cases", "effect", "node:util"],
  ["conformance/protocol", "conformance/protocol", "effect", "node:"],
  ["conformance/reports", "conformance/protocol", "conformance/runner", "conformance/reports", "effect", "xmlbuilder2", "node:"],
  ["conformance/runner/wire.ts", "conformance/runner", "cborg"],
  [
    "conformance/runner",
    "conformance/protocol",
    "conformance/runner",
    "conformance/reports",
    "effect",
    "commander",
    "cli-progress",
    "fastest-levenshtein",
    "picomatch",
    "package.json",
    "node:",
  ],
  ["conformance/peers/ts-mls.ts", "spec", "reference", "conformance/protocol", "effect", "ts-mls", "package.json"],
  ["conformance/peers", "spec", "reference", "conformance/protocol", "conformance/peers", "effect", "package.json", "node:"],
  ["conformance/zoo", "spec", "reference", "conformance/protocol", "conformance/peers", "conformance/zoo", "effect", "node:"],
  ["conformance", "conformance/runner", "conformance/reports", "conformance/protocol", "node:"],
  ["tools/bench/mls.ts", "tools/bench", "ts-mls"],
  ["tools/bench/report.ts", "tools/bench", "@observablehq/plot", "jsdom"],
  ["tools/book-tests", "tools/book-tests", "tools/book", "conformance", "vectors", "playwright-core", "axe-core", "node:"],
  ["tools/book/extras.ts", "tools", "vectors", "reference", "conformance", "spec", "esbuild", "pagefind", "node:"],
  ["tools/delivery-costs.ts", "reference", "@observablehq/plot", "jsdom", "node:"],
  // What makes the pages of the book has the book only, and opens no source.
  ["tools/book/prose.ts", "tools/book", "markdown-it"],
  ["tools/book/code.ts", "tools/book", "shiki"],
  ["tools/book/html.ts", "node:path"],
  ["tools/book/layout.ts", "tools/book"],
  ["tools/book/names.ts", "tools/book"],
  ["tools/book/write.ts", "tools/book", "node:fs", "node:path"],
  ["tools/book/write-chapters.ts", "tools/book"],
  ["tools/book/write-home.ts", "tools/book"],
  ["tools/book/write-lists.ts", "tools/book"],
  ["tools/book/write-runs.ts", "tools/book"],
  [
    "tools",
    "spec",
    "reference",
    "vectors",
    "conformance",
    "tools",
    "effect",
    "oxc-parser",
    "quicktype-core",
    "cli-progress",
    "esbuild",
    "package.json",
    "node:",
  ],
]

/** Tests may import all rooms but tools, and every package; those of tools also tools. */
const testsMayImport = ["spec", "reference", "vectors", "conformance"]

/** Where a module is loaded only at run time: after a mutant has been put in place, because an example names it, and because all chapters are read. */
const dynamicImports = [
  "conformance/zoo/mutant.ts",
  "conformance/zoo/mutate.ts",
  "reference/dcgka/test/work.test.ts",
  "reference/mpenc/test/work.test.ts",
  "tools/attack.ts",
  "tools/book/read-chapters.ts",
  "tools/delivery-lies.ts",
  "tools/delivery-mutant.ts",
  "tools/demo.ts",
  "tools/examples.ts",
  "tools/explore-mpenc-attacks.ts",
  "tools/explore.ts",
  "tools/faulty-adapter.ts",
  "tools/game.ts",
  "tools/mutate/loading.ts",
  "tools/test/demo.test.ts",
]

const forbiddenNames = ["utils", "helpers", "common", "types"]

const folders = mayImport.map(([room]) => room.split("/")[0]!)
const sources = sourcesIn([...new Set(folders)])

const isIn = (target: string, place: string) => target === place || target.startsWith(place.endsWith(":") ? place : `${place}/`)

/** The file that a relative import leads to, or the package as it is written. */
const targetOf = (path: string, request: string) => (request.startsWith(".") ? posix.join(posix.dirname(path), request) : request)

const isPackage = (target: string) => !folders.some((folder) => isIn(target, folder))

const isAllowed = (path: string, target: string): boolean => {
  if (isTest(path))
    return isPackage(target) || testsMayImport.some((room) => isIn(target, room)) || (isIn(path, "tools") && isIn(target, "tools"))
  const line = mayImport.find(([room]) => isIn(path, room))
  return line !== undefined && !isTest(target) && line.slice(1).some((place) => isIn(target, place))
}

const arrows = (files: ReadonlyArray<Source>) =>
  files.flatMap((source) => importsOf(source).map((request) => ({ path: source.path, target: targetOf(source.path, request) })))

const wrongArrows = (files: ReadonlyArray<Source>): ReadonlyArray<string> =>
  arrows(files)
    .filter(({ path, target }) => !isAllowed(path, target))
    .map(({ path, target }) => `${path} must not import ${target}`)

const cycles = (files: ReadonlyArray<Source>): ReadonlyArray<string> => {
  const edges = Map.groupBy(arrows(files), ({ path }) => path)
  const found: Array<string> = []
  const done = new Set<string>()
  const visit = (path: string, trail: ReadonlyArray<string>): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(" -> "))
    if (trail.includes(path) || done.has(path)) return
    for (const { target } of edges.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const { path } of files) visit(path, [])
  return found
}

const importsAtRunTime = (files: ReadonlyArray<Source>): ReadonlyArray<string> =>
  files.filter((source) => parse(source).module.dynamicImports.length > 0).map(({ path }) => path)

const wrongNames = (files: ReadonlyArray<Source>): ReadonlyArray<string> =>
  files.map(({ path }) => path).filter((path) => path.split("/").some((part) => forbiddenNames.includes(part.replace(/\..*$/, ""))))

describe("imports", () => {
  it("follow the table", () => {
    expect(wrongArrows(sources)).toEqual([])
  })

  it.each([
    ["conformance/runner/run.ts", "../../spec/contents.ts"],
    ["conformance/reports/text.ts", "../../reference/methods.ts"],
    ["conformance/protocol/lines.ts", "../runner/run.ts"],
    ["spec/dcgka/ratchet.ts", "../../reference/conventions.ts"],
    ["spec/dcgka/ratchet.ts", "node:crypto"],
    ["spec/conventions/encoding.ts", "cborg"],
    ["reference/dcgka/ratchet.ts", "node:crypto"],
    ["reference/dcgka/ratchet.ts", "../../vectors/cases/author.ts"],
    ["reference/dcgka/ratchet.ts", "./test/schedules.test.ts"],
    ["reference/dcgka/ratchet.ts", "effective"],
    ["reference/dcgka/test/schedules.test.ts", "../../../tools/generate.ts"],
    ["vectors/cases/index.ts", "../../tools/generate.ts"],
    ["attic/old.ts", "effect"],
  ])("may not lead from %s to %s", (path, request) => {
    expect(wrongArrows([{ path, text: `export * from "${request}"` }])).toEqual([`${path} must not import ${targetOf(path, request)}`])
    for (const text of [`import type { x } from "${request}"`, `const x = await import("${request}")`]) {
      expect(wrongArrows([{ path, text }]), text).toHaveLength(1)
    }
  })

  it("make no cycle", () => {
    expect(cycles(sources)).toEqual([])
    const circle = ["a", "b", "c"].map((name, index, all) => ({ path: `spec/${name}.ts`, text: `import "./${all[(index + 1) % 3]}.ts"` }))
    expect(cycles(circle)).toEqual(["spec/a.ts -> spec/b.ts -> spec/c.ts -> spec/a.ts"])
  })

  it("are static, but for those listed", () => {
    expect(importsAtRunTime(sources)).toEqual(dynamicImports)
    expect(importsAtRunTime([{ path: "spec/a.ts", text: 'const late = await import("./b.ts")' }])).toEqual(["spec/a.ts"])
  })
})

describe("names", () => {
  it(`of files and folders are not ${forbiddenNames.join(", ")}`, () => {
    expect(wrongNames(sources)).toEqual([])
    expect(
      wrongNames([
        { path: "spec/utils/bytes.ts", text: "" },
        { path: "spec/helpers.ts", text: "" },
      ]),
    ).toHaveLength(2)
  })
})

interface Use {
  readonly module: string
  readonly name: string
  readonly at: string
}

type Identifier = { readonly type: string; readonly name: string }

/** The member that a node takes from a namespace, in a value (`Schema.Int`) or in a type (`Schema.Codec`). */
const memberOf = (node: Node): readonly [namespace: string, member: string] | undefined => {
  const { object, property, left, right } = node as unknown as Readonly<Record<string, Identifier>>
  if (node.type === "MemberExpression" && object!.type === "Identifier" && property!.type === "Identifier")
    return [object!.name, property!.name]
  if (node.type === "TSQualifiedName" && left!.type === "Identifier") return [left!.name, right!.name]
  return undefined
}

/** What a source takes from Effect: the names that it imports, and the members of these. */
const usesOf = (source: Source): ReadonlyArray<Use> => {
  const { module, program } = parse(source)
  const imported = module.staticImports
    .filter(({ moduleRequest }) => isIn(moduleRequest.value, "effect"))
    .flatMap(({ moduleRequest, entries }) =>
      entries.map(({ importName, localName }) => ({
        module: moduleRequest.value,
        name: importName.name ?? "*",
        local: localName.value,
        at: source.path,
      })),
    )
  const members: Array<Use> = []
  walk(program, (node) => {
    const [namespace, member] = memberOf(node) ?? []
    const from = imported.find(({ local }) => local === namespace)
    if (from === undefined || member === undefined) return
    members.push({ module: `${from.module}/${from.name}`, name: member, at: `${source.path}:${lineAt(source.text, node.start)}` })
  })
  return [...imported, ...members]
}

const declarationsOf = (module: string): Source => {
  const inside = module === "effect" ? "index" : module.slice("effect/".length)
  const path = [`${inside}.d.ts`, `${inside}/index.d.ts`]
    .map((file) => `node_modules/effect/dist/${file}`)
    .find((file) => existsSync(join(root, file)))
  if (path === undefined) throw new Error(`no declarations of ${module}`)
  return { path, text: readFileSync(join(root, path), "utf8") }
}

/** The names that a statement or a specifier exports. */
const exportedNames = (node: Node): ReadonlyArray<string> => {
  const { declaration, exported } = node as unknown as {
    readonly declaration?: { readonly id?: Identifier; readonly declarations?: ReadonlyArray<{ readonly id: Identifier }> } | null
    readonly exported?: Identifier | null
  }
  const variables = declaration?.declarations?.map(({ id }) => id) ?? []
  return [...variables, declaration?.id, exported].filter((id) => id !== undefined && id !== null).map(({ name }) => name)
}

/** By exported name of a module: what its doc comments say of its stability. */
const stabilitiesOf = (declarations: Source): ReadonlyMap<string, ReadonlySet<string>> => {
  const { program, comments } = parse(declarations)
  const stabilities = new Map<string, Set<string>>()
  const note = (node: Node) => {
    const doc = comments.findLast(({ end }) => end <= node.start)
    const isItsOwn = doc !== undefined && /^[\s{,]*$/.test(declarations.text.slice(doc.end, node.start))
    const [, stability] = (isItsOwn && /@stability (\w+)/.exec(doc.value)) || []
    for (const name of exportedNames(node))
      stabilities.set(name, new Set([...(stabilities.get(name) ?? []), ...(stability === undefined ? [] : [stability])]))
  }
  for (const statement of program.body as unknown as ReadonlyArray<Node>) {
    if (!statement.type.startsWith("Export")) continue
    note(statement)
    for (const specifier of (statement.specifiers as ReadonlyArray<Node> | undefined) ?? []) note(specifier)
  }
  return stabilities
}

const unstableUses = (files: ReadonlyArray<Source>): ReadonlyArray<string> => {
  const uses = files.flatMap(usesOf)
  const modules = new Map([...new Set(uses.map(({ module }) => module))].map((module) => [module, stabilitiesOf(declarationsOf(module))]))
  return uses
    .filter(({ module, name }) => [...(modules.get(module)?.get(name) ?? [])].join() !== "stable")
    .map(({ module, name, at }) => `${at} uses ${name} of ${module}, which is not marked stable`)
}

describe("chapters", () => {
  const chapters = sources.filter(({ path }) => isIn(path, "spec") && !isTest(path))

  it("use of Effect only what it marks stable", () => {
    expect(chapters.flatMap(usesOf).length).toBeGreaterThan(50)
    expect(unstableUses(chapters)).toEqual([])
  })

  it("would be found out", () => {
    const text =
      'import { Arbitrary, Schema as S } from "effect"\nimport * as all from "effect"\nimport { Csv, Hex } from "effect/encoding"\ntype A = S.Codec<1>\nS.no(S.Array(Hex.encode))'
    expect(unstableUses([{ path: "spec/a.ts", text }])).toEqual([
      "spec/a.ts uses Arbitrary of effect, which is not marked stable",
      "spec/a.ts uses * of effect, which is not marked stable",
      "spec/a.ts uses Csv of effect/encoding, which is not marked stable",
      "spec/a.ts:5 uses no of effect/Schema, which is not marked stable",
    ])
  })
})
