/**
 * What all pages have around them.
 *
 * @module
 */
import { addressOf, escaped, link, type Page } from "./html.ts"
import { places } from "./names.ts"
import type { Book } from "./schema.ts"

/** The names of the parts. */
export const partTitles: Readonly<Record<string, string>> = {
  conventions: "Conventions",
  dcgka: "DCGKA",
  mpenc: "mpENC",
  "delivery-service": "Delivery service",
}

/** The pages that lead through everything of a kind. */
const guides: ReadonlyArray<readonly [path: string, title: string]> = [
  ["guarantees.html", "Guarantees"],
  ["clauses.html", "Clauses"],
  ["errata.html", "Errata"],
  ["cases.html", "Cases"],
  ["runs.html", "Runs"],
  ["mutants.html", "Mutants"],
  ["proofs.html", "Proofs"],
  ["methods.html", "Methods"],
  ["protocol.html", "Protocol"],
  ["wire.html", "Wire formats"],
  ["code.html", "Code"],
  ["play.html", "Play"],
]

/** The guides of pages that do not lie in the folder of their guide. */
const belongsTo: Readonly<Record<string, string>> = { "matrix.html": "runs.html", "case.html": "cases.html" }

const navigation = (book: Book, { path, entries = [] }: Page): string => {
  const current = (to: string) => (to === path ? 'aria-current="page"' : "")
  const inner = entries.map(({ id, title }) => `<li><a href="#${encodeURI(id)}">${escaped(title)}</a></li>`).join("")
  const chapter = (id: string, title: string) => {
    const to = places.chapter(id)
    return `<li>${link(path, to, escaped(title), current(to))}${to === path && inner !== "" ? `<ol class="here">${inner}</ol>` : ""}</li>`
  }
  const part = (name: string) => {
    const chapters = book.chapters.filter((one) => one.part === name)
    if (chapters.length === 0) return ""
    const head = link(path, places.part(name), partTitles[name] ?? name, current(places.part(name)))
    return `<h2>${head}</h2><ol>${chapters.map(({ id, title }) => chapter(id, title)).join("")}</ol>`
  }
  return `<nav id="contents" aria-label="Chapters">${Object.keys(partTitles).map(part).join("\n")}</nav>`
}

/** A page as a file of HTML. */
export const fileOf = (book: Book, page: Page): string => {
  const { path, title, body, scripts = [] } = page
  const isHome = path === "index.html"
  const current = (to: string) => (to === path ? 'aria-current="page"' : "")
  const isBelow = (guide: string) => path !== guide && (path.startsWith(guide.replace(".html", "/")) || belongsTo[path] === guide)
  const to = (place: string) => addressOf(path, place)
  return `<!doctype html>
<html lang="en" data-root="${isHome ? "" : to("index.html").replace(/index\.html$/, "")}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}${isHome ? "" : " · Conclave"}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${to("book.css")}">
${["book.js", ...scripts].map((script) => `<script src="${to(script)}" defer></script>`).join("\n")}
</head>
<body>
<a class="skip" href="#text">To the text</a>
<header>
${link(path, "index.html", "Conclave", `class="home" ${current("index.html")}`)}
<nav aria-label="Guides">${guides.map(([place, name]) => link(path, place, name, isBelow(place) ? 'aria-current="true"' : current(place))).join("\n")}</nav>
<a class="to-contents" href="#contents">Chapters</a>
<form id="search" role="search" hidden><label for="q">Search</label>
<input id="q" type="search" autocomplete="off" spellcheck="false" placeholder="Identifiers and text  /" role="combobox" aria-expanded="false" aria-controls="found" aria-autocomplete="list">
<ul id="found" role="listbox" aria-label="Found" hidden></ul></form>
<button id="scheme" type="button" hidden>Theme: auto</button>
</header>
<main id="text" tabindex="-1">
${body}
</main>
${navigation(book, page)}
</body>
</html>
`
}
