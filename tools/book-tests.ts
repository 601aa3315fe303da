/**
 * `npm run book-tests`: builds the book, and does in a browser what its readers do. `--only tasks`, `playing` or `pages` for a part;
 * `--match regex` for the pages of the last; `--site folder` for a book that is built already.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { readBook } from "./book/schema.ts"
import { build, serve } from "./book.ts"
import { openBrowser, Report } from "./book-tests/browser.ts"
import { everyPage } from "./book-tests/pages.ts"
import { playing } from "./book-tests/playing.ts"
import { tasks } from "./book-tests/tasks.ts"

const parts = { tasks, playing, pages: everyPage }

if (import.meta.main) {
  const { values } = parseArgs({
    options: { only: { type: "string", multiple: true }, site: { type: "string" }, match: { type: "string" } },
  })
  const folder = values.site ?? mkdtempSync(join(tmpdir(), "conclave-book-"))
  if (values.site === undefined) await build(folder)
  const book = readBook(JSON.parse(readFileSync(join(folder, "book.json"), "utf8")))
  const server = await serve(folder, 0)
  const browser = await openBrowser()
  const report = new Report()
  try {
    const site = { browser, folder, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
    for (const [name, run] of Object.entries(parts)) if (values.only?.includes(name) ?? true) await run(report, site, book, values.match)
  } finally {
    await browser.close()
    server.close()
    if (values.site === undefined) rmSync(folder, { recursive: true })
  }
  process.stdout.write(`${report.passes} passed, ${report.failures} failed\n`)
  if (report.failures > 0) process.exitCode = 1
}
