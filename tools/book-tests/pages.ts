/**
 * What holds on pages of every kind: nothing that axe finds, in either scheme, and no layout wider than the window.
 *
 * @module
 */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { places } from "../book/names.ts"
import type { Book } from "../book/schema.ts"
import { type Report, type Site, withPage } from "./browser.ts"

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

const guides = ["index", "guarantees", "clauses", "errata", "cases", "runs", "matrix", "mutants", "methods", "wire", "code"].map(
  (name) => `${name}.html`,
)

const played = "play.html#alice,bob,carol;create.alice.bob.carol;deliver;steal.carol;update.bob;say.alice.Hello;give.bob.4.100;deliver"

/** Every page that a reader begins with, every chapter, and some of those of which there are hundreds. */
const pagesOf = ({ chapters, runs, talks, cases, files }: Book): ReadonlyArray<string> => [
  ...guides,
  ...chapters.map(({ id }) => places.chapter(id)),
  places.part("dcgka"),
  places.promises("dcgka"),
  places.methods("mpenc"),
  places.clause("membership"),
  places.layer("ratchet"),
  ...[...runs, ...talks].filter((_, at) => at % 60 === 0).map(({ id }) => places.run(id)),
  ...files.filter((_, at) => at % 100 === 0).map(({ path }) => places.file(path)),
  played,
  `case.html#dcgka/ratchet:${cases.find(({ file }) => file === "dcgka/ratchet.json")?.id}`,
]

/** Those, and all that have wide tables. */
const widePagesOf = (book: Book): ReadonlyArray<string> => [
  ...pagesOf(book),
  ...["mpenc", "delivery-service"].flatMap((part) => [places.promises(part), places.part(part)]),
  ...["dcgka", "mpenc", "delivery-service"].map(places.mutants),
  ...["dcgka", "delivery-service"].map(places.methods),
  ...book.layers.filter((layer) => book.cases.some((one) => one.layer === layer)).map(places.layer),
]

interface Finding {
  readonly id: string
  readonly impact: string
  readonly nodes: ReadonlyArray<{ readonly target: ReadonlyArray<string> }>
}

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

/** What is looked for in a scheme: the second has other colours, and all else is the same. */
const rulesOf = { light: tags, dark: { type: "rule", values: ["color-contrast", "link-in-text-block"] } } as const

const accessible = (site: Site, pages: ReadonlyArray<string>, colorScheme: "light" | "dark") =>
  withPage(site, { colorScheme }, async (page, to) => {
    const found: Array<string> = []
    for (const path of pages) {
      await to("index.html")
      await to(path)
      if (path.includes("#")) await page.getByText(/^(Played|Run) in/).waitFor()
      await page.evaluate(axe)
      const violations = (await page.evaluate(
        `axe.run({ runOnly: ${JSON.stringify(rulesOf[colorScheme])}, resultTypes: ["violations"] }).then(({ violations }) => violations)`,
      )) as ReadonlyArray<Finding>
      for (const { id, impact, nodes } of violations)
        found.push(`${path}: ${id} (${impact}) at ${nodes.length} places, ${nodes[0]?.target.join(" ")}`)
    }
    assert.deepEqual(found, [])
    return `${pages.length} pages`
  })

const fitting = (site: Site, pages: ReadonlyArray<string>, width: number) =>
  withPage(site, { viewport: { width, height: 900 } }, async (page, to) => {
    const wide: Array<string> = []
    for (const path of pages) {
      await to("index.html")
      await to(path)
      if (path.includes("#")) await page.getByText(/^(Played|Run) in/).waitFor()
      const is = (await page.evaluate("document.documentElement.scrollWidth")) as number
      if (is > width) wide.push(`${path} is ${is} wide`)
    }
    assert.deepEqual(wide, [])
    return `${pages.length} pages`
  })

const faces = (site: Site) =>
  withPage(site, {}, async (page, to) => {
    await to("dcgka/key-agreement.html")
    const loaded = await page.evaluate(
      `document.fonts.ready.then((all) => [...all].filter(({ status }) => status === "loaded").map(({ family }) => family.replaceAll('"', "")))`,
    )
    assert.deepEqual([...new Set(loaded as ReadonlyArray<string>)].toSorted(), ["Book Mono", "Book Sans", "Book Serif"])
    return undefined
  })

/** All of it, of the pages whose address matches. */
export const everyPage = async (report: Report, site: Site, book: Book, match = ""): Promise<void> => {
  const pages = pagesOf(book).filter((page) => new RegExp(match).test(page))
  const wide = widePagesOf(book).filter((page) => new RegExp(match).test(page))
  await report.test("the letters are the book's own", () => faces(site))
  for (const scheme of ["light", "dark"] as const) await report.test(`axe finds nothing, ${scheme}`, () => accessible(site, pages, scheme))
  for (const width of [390, 768, 1440]) await report.test(`nothing scrolls sideways at ${width}`, () => fitting(site, wide, width))
}
