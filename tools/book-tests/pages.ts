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

/** Every page that a reader begins with, every chapter, and some of those that there are hundreds of. */
const pagesOf = ({ chapters, layers, runs, talks, cases, files }: Book): ReadonlyArray<string> => [
  ...guides,
  ...chapters.map(({ id }) => places.chapter(id)),
  ...["conventions", "dcgka", "mpenc", "delivery-service"].flatMap((part) => [places.part(part)]),
  ...["dcgka", "mpenc", "delivery-service"].flatMap((part) => [places.promises(part), places.mutants(part), places.methods(part)]),
  ...layers.filter((layer) => cases.some((one) => one.layer === layer)).map(places.layer),
  ...[...runs, ...talks].filter((_, at) => at % 40 === 0).map(({ id }) => places.run(id)),
  ...files.filter((_, at) => at % 60 === 0).map(({ path }) => places.file(path)),
  places.clause("membership"),
  played,
  `case.html#dcgka/ratchet:${cases.find(({ file }) => file === "dcgka/ratchet.json")?.id}`,
]

interface Finding {
  readonly id: string
  readonly impact: string
  readonly nodes: ReadonlyArray<{ readonly target: ReadonlyArray<string> }>
}

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

const accessible = (site: Site, pages: ReadonlyArray<string>, colorScheme: "light" | "dark") =>
  withPage(site, { colorScheme }, async (page, to) => {
    const found: Array<string> = []
    for (const path of pages) {
      await to("index.html")
      await to(path)
      if (path.includes("#")) await page.getByText(/^(Played|Run) in/).waitFor()
      await page.evaluate(axe)
      const violations = (await page.evaluate(
        `axe.run({ runOnly: ${JSON.stringify(tags)} }).then(({ violations }) => violations)`,
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

/** All of it. */
export const everyPage = async (report: Report, site: Site, book: Book): Promise<void> => {
  const pages = pagesOf(book)
  for (const scheme of ["light", "dark"] as const) await report.test(`axe finds nothing, ${scheme}`, () => accessible(site, pages, scheme))
  for (const width of [390, 768, 1440]) await report.test(`nothing scrolls sideways at ${width}`, () => fitting(site, pages, width))
}
