/**
 * A browser for the tests of the book, and what they say.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { performance } from "node:perf_hooks"
// biome-ignore lint/correctness/noUnresolvedImports: Node resolves it.
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core"

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]

const installed = (): string | undefined => {
  if (process.env.CHROMIUM) return process.env.CHROMIUM
  const folders = (process.env.PATH ?? "").split(delimiter)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
}

const install = (): void => {
  process.stderr.write("No Chromium is here: installing Debian's (apt-get install chromium)\n")
  const isRoot = process.getuid?.() === 0
  const run = (...args: ReadonlyArray<string>) =>
    spawnSync(isRoot ? "apt-get" : "sudo", [...(isRoot ? [] : ["-n", "apt-get"]), ...args], { stdio: ["ignore", 2, 2] })
  run("update", "-q")
  run("install", "-y", "-q", "--no-install-recommends", "chromium")
}

/** The browser; installs one where there is none. */
export const openBrowser = async (): Promise<Browser> => {
  if (installed() === undefined) install()
  const executablePath = installed()
  if (executablePath === undefined) throw new Error("There is no Chromium, and none could be installed: name one in CHROMIUM.")
  return await chromium.launch({ executablePath, args: ["--no-sandbox"] })
}

/** What a test has of the book. */
export interface Site {
  readonly browser: Browser
  readonly origin: string
  readonly folder: string
}

/** Does something with a page of its own; fails when the page asks for anything elsewhere or has an error. */
export const withPage = async <A>(
  { browser, origin }: Site,
  options: BrowserContextOptions,
  use: (page: Page, to: (path: string) => Promise<unknown>) => Promise<A>,
): Promise<A> => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", ...options })
  try {
    const page = await context.newPage()
    const faults: Array<string> = []
    page.on("request", (request) => {
      if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(origin)) faults.push(`asks for ${request.url()}`)
    })
    page.on("pageerror", ({ message }) => faults.push(message))
    const result = await use(page, (path) => page.goto(`${origin}/${path}`))
    if (faults.length > 0) throw new Error(faults.join("; "))
    return result
  } finally {
    await context.close()
  }
}

/** Whether what a selector finds first is inside of the window, at least its beginning. */
export const isInView = (page: Page, selector: string): Promise<boolean> =>
  page.evaluate(
    `(() => { const { top, bottom, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect(); return height > 0 && top >= 0 && top < innerHeight && Math.min(bottom, top + 40) <= innerHeight })()`,
  )

/** Runs tests one after the other, and counts those that fail. */
export class Report {
  failures = 0
  passes = 0

  async test(name: string, run: () => Promise<string | undefined>): Promise<void> {
    const began = performance.now()
    const took = () => `${((performance.now() - began) / 1000).toFixed(1)} s`
    try {
      const says = await run()
      this.passes++
      process.stdout.write(`ok    ${name} (${took()}${says === undefined ? "" : `; ${says}`})\n`)
    } catch (error) {
      this.failures++
      process.stdout.write(`FAIL  ${name} (${took()})\n      ${(error as Error).message.split("\n").slice(0, 80).join("\n      ")}\n`)
    }
  }
}
