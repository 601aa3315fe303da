/**
 * The first half of the weaver: reads the project, gives the book as data.
 *
 * @module
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { MANIFEST_PATH, readManifest } from "../../conformance/protocol/vectors.ts"
import { mutants } from "../../conformance/zoo/mutants.ts"
import { type Chapter as Contents, chapters as contents } from "../../spec/contents.ts"
import type { Clause as Declared } from "../../spec/conventions/clauses.ts"
import { adversaries } from "../../spec/conventions/guarantees.ts"
import { layers } from "../../spec/methods.ts"
import { namesIn } from "../coverage/citations.ts"
import { guaranteesOf, limitsOf } from "../coverage/guarantees.ts"
import { isTest, root, type Source, sourcesIn } from "../sources.ts"
import { readChapter } from "./read-chapters.ts"
import { type Cited, citedIn } from "./read-citations.ts"
import { readProofs, readProtocol } from "./read-documents.ts"
import { readMethods } from "./read-methods.ts"
import { readRuns } from "./read-runs.ts"
import { readTalks } from "./read-talks.ts"
import type { Book, CaseEntry, Chapter, Clause, Operation } from "./schema.ts"

const partOf = (id: string): string => id.split("/")[0]!

const readCases = (): ReadonlyArray<CaseEntry> => {
  const manifest = readManifest(JSON.parse(readFileSync(join(root, "vectors", MANIFEST_PATH), "utf8")))
  return manifest.files.flatMap(({ path, part, layer, cases }) => {
    if (part === null || layer === null) return []
    return cases.map(({ id, title, level, clauses, twin }) => ({
      ...{ id, layer, part, file: path, level, clauses, twin: twin ?? null },
      title: title.replace(/^A (?=[aeiou])/, "An "),
    }))
  })
}

/** Overviews come first, methods and examples after the chapters with rules. */
const rank = ({ id, name }: Pick<Chapter, "id" | "name">): number => {
  if (id.endsWith("/overview")) return 0
  if (id.startsWith("conventions/") && name === null) return id.endsWith("/clauses") ? 0 : 2
  return name === null && !id.endsWith("/security") ? 3 : 1
}

const operationsOf = ({ steps }: Contents, cited: ReadonlyMap<string, Cited>): ReadonlyArray<Operation> =>
  Object.entries(steps.operations).map(([name, sentences]) => ({
    id: `${steps.chapter}.${name}`,
    name,
    steps: sentences.map((text, index) => {
      const id = `${steps.chapter}.${name}.${index + 1}`
      const found = cited.get(id)
      return { id, number: index + 1, text, at: found?.at ?? null, within: found?.within ?? "" }
    }),
  }))

const stepsNaming = (): ReadonlyMap<string, ReadonlyArray<string>> => {
  const naming = new Map<string, Array<string>>()
  for (const { steps } of contents)
    for (const [operation, sentences] of Object.entries(steps.operations))
      for (const [index, text] of sentences.entries())
        for (const name of new Set(namesIn(text))) {
          const list = naming.get(name) ?? []
          naming.set(name, list)
          list.push(`${steps.chapter}.${operation}.${index + 1}`)
        }
  return naming
}

const clauseReader = (cases: ReadonlyArray<CaseEntry>) => {
  const naming = stepsNaming()
  const listing = Map.groupBy(
    cases.flatMap(({ id, clauses }) => clauses.map((clause) => ({ id, clause }))),
    ({ clause }) => clause,
  )
  const isRefused = (id: string) => id.includes("~refused")
  return ({ id, level, kind, text, source, shownBy, provedBy = [] }: Declared): Clause => {
    const ids = (listing.get(id) ?? []).map((one) => one.id)
    return {
      ...{ id, level, kind, text, source, shownBy: shownBy ?? null },
      steps: naming.get(id) ?? [],
      accepted: ids.filter((one) => !isRefused(one)),
      refused: ids.filter(isRefused),
      mutants: mutants.filter(({ breaks }) => breaks === id).map(({ name }) => name),
      provedBy,
    }
  }
}

const chapterReader = (cases: ReadonlyArray<CaseEntry>, cited: ReadonlyMap<string, Cited>) => {
  const clauseOf = clauseReader(cases)
  return async (source: Source): Promise<Chapter> => {
    const file = source.path.replace(/^spec\//, "")
    const id = file.replace(/\.ts$/, "")
    const listed = contents.find((chapter) => chapter.file === file)
    const { title, blocks } = await readChapter(source)
    const rules = {
      clauses: listed === undefined ? [] : Object.values(listed.clauses).map(clauseOf),
      operations: listed === undefined ? [] : operationsOf(listed, cited),
    }
    const hasRules = rules.clauses.length + rules.operations.length > 0
    const name = listed !== undefined && hasRules ? listed.steps.chapter : null
    return { id, part: partOf(id), file: source.path, title: listed?.title ?? title, name, blocks, ...rules }
  }
}

const parts = ["conventions", "dcgka", "mpenc", "delivery-service"]

const inReadingOrder = (chapters: ReadonlyArray<Chapter>): ReadonlyArray<Chapter> => {
  const placeOf = ({ file }: Chapter) => {
    const place = contents.findIndex((chapter) => `spec/${chapter.file}` === file)
    return place === -1 ? contents.length : place
  }
  return chapters.toSorted(
    (a, b) => parts.indexOf(a.part) - parts.indexOf(b.part) || rank(a) - rank(b) || placeOf(a) - placeOf(b) || (a.id < b.id ? -1 : 1),
  )
}

const promised = { part: (id: string) => partOf(id.replace(".", "/")) }

/** The project as a book. `keep` says which chapters it has. */
export const read = async (keep: (path: string) => boolean = () => true): Promise<Book> => {
  const files = sourcesIn(["spec", "reference"]).filter(({ path }) => !isTest(path))
  const cited = new Map(files.flatMap(citedIn).map((one) => [one.step, one]))
  const cases = readCases()
  const ofChapter = files.filter(({ path }) => path.split("/").length === 3 && path.startsWith("spec/") && keep(path))
  const limitsAlone = ({ path }: Source) => /\/security-limits\.ts$/.test(path)
  const chapters = await Promise.all(ofChapter.filter((one) => !limitsAlone(one)).map(chapterReader(cases, cited)))
  return {
    format: "conclave-book/1",
    version: JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version,
    chapters: inReadingOrder(chapters),
    adversaries,
    guarantees: guaranteesOf(contents).map(({ promise, ...one }) => ({ ...one, part: promised.part(one.id), text: promise })),
    limits: limitsOf(contents).map(({ limit, ...one }) => ({ ...one, part: promised.part(one.id), text: limit })),
    mutants,
    layers: [...layers],
    cases,
    methods: readMethods(),
    runs: readRuns(),
    talks: readTalks(),
    proofs: readProofs(),
    protocol: readProtocol(),
    files,
  }
}
