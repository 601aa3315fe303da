/**
 * What runs in the pages answers as the vectors want it; what is searched for is found.
 *
 * @module
 */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { readVectorFile } from "../../conformance/protocol/vectors.ts"
import { replay } from "../book/play/replay.ts"
import type { Book } from "../book/schema.ts"
import { type Report, type Site, withPage } from "./browser.ts"

/** A file of each layer; those of the largest are left to `npm test`, which asks the same reference. */
const filesOf = ({ cases, layers }: Book): ReadonlyArray<string> =>
  layers.flatMap((layer) => {
    const files = [
      ...Map.groupBy(
        cases.filter((one) => one.layer === layer),
        ({ file }) => file,
      ),
    ]
    const smallest = files.filter(([file]) => !file.includes("/no-calls-")).toSorted(([, a], [, b]) => a.length - b.length)[0]
    return smallest === undefined ? [] : [smallest[0]]
  })

const equal = (site: Site, file: string) =>
  withPage(site, {}, async (page, to) => {
    await to("case.html")
    const [cases, steps, wrong] = (await page.evaluate(`(async () => {
      const response = await fetch("vectors/${file}.gz")
      const { cases } = await new Response(response.body.pipeThrough(new DecompressionStream("gzip"))).json()
      let steps = 0
      const wrong = []
      for (const one of cases) {
        const { answer } = await window.conclaveAsk({ asks: "replay", case: one, change: null })
        steps += answer.length
        for (const [at, { wrong: why }] of answer.entries()) if (why !== null) wrong.push(one.id + " step " + at + ": " + why)
      }
      return [cases.length, steps, wrong]
    })()`)) as readonly [number, number, ReadonlyArray<string>]
    assert.deepEqual(wrong, [])
    return `${cases} cases, ${steps} steps`
  })

/** What is played is saved as a file of cases, which is one, and which the reference passes. */
const saved = (site: Site) =>
  withPage(site, { acceptDownloads: true }, async (page, to) => {
    await to("play.html#alice,bob,carol,dave;create.alice.bob.carol;deliver;cut.carol;add.alice.dave;say.carol.Hello;deliver;heal;deliver")
    await page.getByText("Played in").waitFor()
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as a vector" }).click()])
    const { cases } = readVectorFile(JSON.parse(readFileSync(await download.path(), "utf8")))
    const answers = await replay(cases[0]!)
    assert.deepEqual(
      answers.filter(({ wrong }) => wrong !== null),
      [],
    )
    return `${answers.length} steps`
  })

const defended = (site: Site) =>
  withPage(site, {}, async (page, to) => {
    await to("play.html")
    await page.getByRole("link", { name: "The voice that was to be stolen" }).click()
    await page.getByText("Played in").waitFor()
    const happened = await page.locator(".happened > li").allInnerTexts()
    assert.ok(happened.some((text) => /plays the group again/.test(text)))
    assert.deepEqual(
      happened.filter((text) => /alice.*reads.*I am/.test(text)),
      [],
    )
    for (const one of ["mallory", "bob", "carol"])
      assert.ok(happened.some((text) => text.startsWith(one) && /reads, from alice: The plan/.test(text)))
    return undefined
  })

const healed = (site: Site) =>
  withPage(site, {}, async (page, to) => {
    await to("play.html")
    await page.getByRole("link", { name: "A stolen state heals" }).click()
    await page.getByText("Played in").waitFor()
    const thief = async (text: string) =>
      await page.getByRole("region", { name: "Texts" }).locator("tr", { hasText: text }).locator("td").last().innerText()
    assert.deepEqual([await thief("Before"), await thief("Stolen"), await thief("Healed")], ["–", "reads it", "–"])
    return undefined
  })

const searched = (site: Site) =>
  withPage(site, {}, async (page, to) => {
    await to("dcgka/ratchet.html")
    await page.keyboard.press("/")
    await page.keyboard.type("radio silence of a member who restores a backup")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("forward secrecy")
    await page.locator("#found li", { hasText: "text:" }).first().waitFor()
    await page.keyboard.press("End")
    const count = await page.locator("#found li").count()
    for (let at = 1; at < count; at++) await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.waitForFunction(`!location.pathname.endsWith("/dcgka/ratchet.html") || location.hash !== ""`)
    assert.match((await page.locator("main").innerText()).toLowerCase(), /secre/)
    return undefined
  })

/** All of it. */
export const playing = async (report: Report, site: Site, book: Book): Promise<void> => {
  for (const file of filesOf(book)) await report.test(`the page answers as ${file} wants`, () => equal(site, file))
  await report.test("what was played is a case", () => saved(site))
  await report.test("a second membership is not made", () => defended(site))
  await report.test("a thief reads until its victim heals", () => healed(site))
  await report.test("text is found, by keyboard", () => searched(site))
}
