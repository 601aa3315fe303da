/**
 * Twelve things that a reader wants, each done as a reader does it. Typing is free; clicks and Enter on a result are few.
 *
 * @module
 */
import assert from "node:assert/strict"
// biome-ignore lint/correctness/noUnresolvedImports: Node resolves it.
import type { Page } from "playwright-core"
import { places } from "../book/names.ts"
import { fieldsOf } from "../book/play/fields.ts"
import { scriptOf } from "../book/play/script.ts"
import { Table } from "../book/play/table.ts"
import type { Book, Run } from "../book/schema.ts"
import { isInView, type Report, type Site, withPage } from "./browser.ts"

/** Types into the search, and takes the first that is found. */
const find = async (page: Page, text: string): Promise<void> => {
  await page.waitForLoadState()
  await page.keyboard.press("/")
  await page.keyboard.type(text)
  await page.locator("#found li").first().waitFor()
  await page.keyboard.press("Enter")
  await page.waitForURL(/#/)
}

const visible = async (page: Page, selector: string): Promise<void> => {
  await page.locator(selector).first().waitFor()
  await page.waitForFunction(`document.readyState === "complete"`)
  assert.ok(await isInView(page, selector), `${selector} is not in view`)
}

const idOf = (id: string): string => `[id="${id}"]`

const step = (site: Site) =>
  withPage(site, {}, async (page, to) => {
    await to("index.html")
    await find(page, "key-agreement.process.3")
    const row = idOf("key-agreement.process.3")
    await visible(page, row)
    assert.match(await page.locator(`${row} figcaption`).innerText(), /key-agreement\/\S+\.ts:\d+/)
    await visible(page, `${row} figure .l`)
    return undefined
  })

const clause = (site: Site) =>
  withPage(site, {}, async (page, to) => {
    await to("index.html")
    await find(page, "membership.ack-known")
    const box = idOf("membership.ack-known")
    await visible(page, box)
    const cases = page.locator(`${box} dt a`, { hasText: /\d+ cases?/ })
    assert.match((await cases.getAttribute("href")) ?? "", /clauses\/membership\.html#membership\.ack-known/)
    await cases.click()
    await visible(page, box)
    return undefined
  })

/** The run in which two remove each other, and a third takes both. */
const removal = ({ runs }: Book): Run => {
  const found = runs.find(({ id }) => id.startsWith("concurrency/3/alice-remove-bob+bob-remove-alice/"))
  assert.ok(found, "no run in which alice and bob remove each other")
  return found
}

const eachOther = (site: Site, book: Book) =>
  withPage(site, {}, async (page, to) => {
    const run = removal(book)
    await to("index.html")
    await page.getByRole("navigation", { name: "Guides" }).getByRole("link", { name: "Runs" }).click()
    await page.locator(`main a[href="${places.run(run.id)}"]`).click()
    const rows = page.locator(".run .rows > li")
    const concurrent = await page.locator(".run .rows > li.concurrent").allInnerTexts()
    assert.equal(concurrent.filter((text) => /removes/.test(text)).length, 2)
    const texts = await rows.allInnerTexts()
    const begun = texts.findLastIndex((text) => /removes/.test(text))
    const after = texts.slice(begun + 1)
    assert.equal(after.filter((text) => /carol takes remove.*sends ack/s.test(text)).length, 2)
    assert.deepEqual(
      after.filter((text) => /^\S*\s*(alice|bob) .*sends/s.test(text) && !/takes update/.test(text)),
      [],
    )
    await rows.locator("a.operation", { hasText: "remove" }).first().click()
    assert.match(page.url(), /key-agreement\.html#operation-/)
    return `${run.id}`
  })

const fields = (site: Site) =>
  withPage(site, {}, async (page, to) => {
    await to("index.html")
    await find(page, "AckControl")
    const cddl = page.locator(`${idOf("def-AckControl")} .cddl`)
    await visible(page, idOf("def-AckControl"))
    const text = await cddl.innerText()
    const named = [...text.matchAll(/(\w+): /g)].map(([, name]) => name)
    assert.deepEqual(named, ["kind", "group", "sender", "seq", "ofSender", "ofSeq"])
    assert.match(text, /seq: 1\.\.4294967295/)
    for (const name of ["MemberId", "Seq"]) {
      await page.locator(`${idOf("def-AckControl")} figure a.definition`, { hasText: new RegExp(`^${name}$`) }).click()
      await visible(page, idOf(`def-${name}`))
      await page.goBack()
    }
    return undefined
  })

const beside = (site: Site, book: Book) =>
  withPage(site, {}, async (page, to) => {
    await to(places.run(removal(book).id))
    const place = (await page.locator(".run .rows > li.concurrent").first().getAttribute("id"))!
    const isThere = `document.activeElement?.closest("li")?.id === ${JSON.stringify(place)}`
    for (let presses = 0; !(await page.evaluate(isThere)); presses++) {
      assert.ok(presses < 400, "the row is not reached by Tab")
      await page.keyboard.press("Tab")
    }
    await page.keyboard.press("Enter")
    assert.equal(await page.evaluate("document.activeElement.getAttribute('aria-pressed')"), "true")
    const other = page.locator(".run .rows > li.concurrent").nth(1)
    assert.match(await other.innerText(), /neither before nor after/)
    assert.match(page.url(), new RegExp(`#${place}$`))
    await page.keyboard.press("Escape")
    assert.equal(await page.locator(".run.picking").count(), 0)
    return undefined
  })

const backwards = (site: Site) =>
  withPage(site, {}, async (page, to) => {
    await to("code/reference/dcgka/key-agreement/process.html")
    const citation = page.locator(".l.cites a.step").first()
    const name = await citation.innerText()
    await citation.click()
    await visible(page, idOf(name))
    return name
  })

const same = (site: Site, { runs }: Book) =>
  withPage(site, {}, async (page, to) => {
    const run = runs.find(({ id }) => id.startsWith("concurrency/3/alice-add-dave+bob-add-dave/"))!
    await to(places.run(run.id))
    const rows = page.locator(".run .rows > li")
    const counts: Array<number> = []
    for (const name of ["alice", "bob"]) {
      const taken = rows.filter({ hasText: new RegExp(`takes add ${name} 2`) }).filter({ hasNotText: "learns no secret" })
      const chips = await Promise.all((await taken.all()).map((row) => row.locator(".chip").first().innerText()))
      assert.equal(new Set(chips).size, 1)
      counts.push(chips.length)
    }
    const none = await rows.filter({ hasText: "learns no secret" }).count()
    assert.ok(none >= 2, `${none} rows say that no secret is learnt`)
    return `${counts.join(" and ")} equal chips, ${none} rows without a secret`
  })

const users = "alice,bob,carol,dave,erin,frank,grace,heidi"
const group = `${users};create.${users.replaceAll(",", ".")};deliver`

/** What an update costs in a group that is there already: the least of some, since other programs run on the machine too. */
const quickest = async (page: Page): Promise<number> => {
  const took = async () => Number(await page.locator("#status").getAttribute("data-took"))
  let least = Number.POSITIVE_INFINITY
  for (const who of ["carol", "dave", "erin", "frank"]) {
    await page.locator("#who").selectOption(who)
    await page.getByRole("button", { name: "Do it" }).click()
    await page.locator(".happened > li", { hasText: `${who} updates` }).waitFor()
    const sent = await took()
    await page.getByRole("button", { name: "Deliver all" }).click()
    await page
      .locator(".happened > li", { hasText: `is given ${who}'s update` })
      .first()
      .waitFor()
    least = Math.min(least, sent + (await took()))
  }
  return least
}

const eight = (site: Site) =>
  withPage(site, {}, async (page, to) => {
    await to("index.html")
    await page.getByRole("link", { name: "An update among eight" }).click()
    await page.getByText("Played in").waitFor()
    const packet = page.locator("button.packet", { hasText: "update" }).last()
    const number = Number(await packet.getAttribute("data-packet"))
    await packet.click()
    await page.locator("table.fields").waitFor()
    const table = new Table(users.split(","))
    for (const action of scriptOf(`${group};update.bob;deliver`)!.actions) table.act(action)
    const { field, bytes } = fieldsOf(table.view.packets[number]!.hex)!
    const cells = "[...row.cells].slice(0, 4).map((cell) => cell.textContent)"
    const rows = await page.evaluate(`[...document.querySelectorAll("table.fields tbody tr")].map((row) => ${cells})`)
    const wanted: Array<ReadonlyArray<string>> = []
    const add = ({ name, from, to: end, says, inner }: typeof field): void => {
      wanted.push([name, `${from}`, `${end - from}`, says])
      for (const one of inner) add(one)
    }
    add(field)
    assert.deepEqual(rows, wanted)
    const whole = await quickest(page)
    assert.ok(whole < 1000, `an update among eight takes ${Math.round(whole)} ms`)
    return `${bytes.length / 2} bytes, ${wanted.length} fields; an update delivered and acknowledged in ${Math.round(whole)} ms`
  })

const broken = (site: Site, book: Book) =>
  withPage(site, {}, async (page, to) => {
    const id = removal(book).id
    await to(places.run(id))
    await page.getByRole("link", { name: "Run it here" }).click()
    await page.locator("#verdict").waitFor()
    assert.match(await page.locator("#verdict").innerText(), /^All \d+ steps are equal/)
    const step = page.locator(".replayed > li", { hasText: "group.process" }).first()
    await step.locator("summary").click()
    const form = step.locator("form").first()
    await form.locator("input").fill("0")
    await form.getByRole("button").click()
    await page.getByText("With the byte changed").waitFor()
    const verdict = await page.locator("#verdict").innerText()
    assert.match(verdict, /(refused|malformed) by [a-z-]+\.[a-z-]+/)
    const clause = page.locator(".replayed .changed > a.clause").first()
    const href = await clause.getAttribute("href")
    await page.reload()
    await page.getByText("With the byte changed").waitFor()
    assert.equal(await page.locator("#verdict").innerText(), verdict)
    await page.goto(new URL(href!, page.url()).href)
    await visible(page, idOf(href!.split("#")[1]!))
    return verdict.split(";")[0]
  })

const errata = (site: Site) =>
  withPage(site, {}, async (page, to) => {
    await to("index.html")
    await page.getByRole("navigation", { name: "Guides" }).getByRole("link", { name: "Errata" }).click()
    await find(page, "F5")
    const box = page.locator(`blockquote:has(${idOf("erratum-F5")})`)
    await box.waitFor()
    assert.ok(await isInView(page, `blockquote:has(${idOf("erratum-F5")})`))
    const links = await page.locator(`blockquote:has(${idOf("erratum-F5")}) a.id`).count()
    assert.ok(links > 0, "no clause or case is linked from it")
    return undefined
  })

const phone = async (site: Site, { chapters }: Book) => {
  await withPage(site, { viewport: { width: 390, height: 800 } }, async (page, to) => {
    for (const { id } of chapters) {
      await to(places.chapter(id))
      const wide = (await page.evaluate("document.documentElement.scrollWidth")) as number
      assert.ok(wide <= 390, `${id} is ${wide} pixels wide`)
    }
    await page.getByRole("link", { name: "Chapters", exact: true }).click()
    await visible(page, "nav#contents a")
  })
  await withPage(site, { javaScriptEnabled: false }, async (page, to) => {
    const chapter = chapters.find(({ id }) => id === "dcgka/key-agreement")!
    await to(places.chapter(chapter.id))
    const steps = chapter.operations.flatMap((operation) => operation.steps)
    assert.equal(await page.locator(".steps > li").count(), steps.length)
    assert.equal(await page.locator(".steps > li figure pre").count(), steps.filter(({ at }) => at !== null).length)
    await to("runs/session.resent-by-another.html")
    assert.ok((await page.locator(".run .rows > li").count()) > 10)
  })
  return `${chapters.length} chapters`
}

const printed = (site: Site, book: Book) =>
  withPage(site, { colorScheme: "dark" }, async (page, to) => {
    const pages: Array<string> = []
    for (const path of ["dcgka/key-agreement.html", places.run(removal(book).id)]) {
      await to(path)
      await page.emulateMedia({ media: "print", colorScheme: "dark" })
      const back = (await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")) as string
      assert.ok(
        [...back.matchAll(/\d+/g)].slice(0, 3).every(([part]) => Number(part) > 240),
        `the background is ${back}`,
      )
      assert.equal(await page.locator("header").isVisible(), false)
      const torn = await page.evaluate(
        `[...document.querySelectorAll(".steps > li, article.clause, .run .rows > li")].filter((one) => getComputedStyle(one).breakInside !== "avoid").length`,
      )
      assert.equal(torn, 0)
      const pdf = await page.pdf({ format: "A4" })
      pages.push(`${path}: ${pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0} pages`)
    }
    return pages.join(", ")
  })

/** All twelve. */
export const tasks = async (report: Report, site: Site, book: Book): Promise<void> => {
  await report.test("task 1: a step and the line that does it", () => step(site))
  await report.test("task 2: what a clause says, and which cases show it", () => clause(site))
  await report.test("task 3: what is sent when two remove each other", () => eachOther(site, book))
  await report.test("task 4: the fields of an ack", () => fields(site))
  await report.test("task 5: what is before, after and beside, by keyboard", () => beside(site, book))
  await report.test("task 6: from a line of the reference to its rule", () => backwards(site))
  await report.test("task 7: who learns which secret", () => same(site, book))
  await report.test("task 8: an update among eight, field by field", () => eight(site))
  await report.test("task 9: a case is run, and broken", () => broken(site, book))
  await report.test("task 10: an erratum and what it changes", () => errata(site))
  await report.test("task 11: on a phone, and without scripts", () => phone(site, book))
  await report.test("task 12: printed", () => printed(site, book))
}
