/**
 * The first page, and the first page of each part.
 *
 * @module
 */
import { count, escaped, link, type Page } from "./html.ts"
import { partTitles } from "./layout.ts"
import { places } from "./names.ts"
import type { Book } from "./schema.ts"
import type { Loom } from "./write-chapters.ts"
import { sceneList } from "./write-play.ts"
import { getIt } from "./write-protocol.ts"

const about: Readonly<Record<string, string>> = {
  conventions: "What all parts share: verdicts, bytes and their canonical encoding, identifiers, the cipher suite, randomness.",
  dcgka:
    "Decentralized continuous group key agreement (DCGKA), without a server: members add, remove and update at once, and each message can come at any time. After Weidner, Kleppmann, Hugenroth and Beresford, CCS 2021.",
  mpenc:
    "Encrypted group chat over a server that orders packets: a key agreement and a signature key exchange for each subsession, a transcript that all can compare. After MEGA's mpENC, 2015.",
  "delivery-service":
    "A delivery service for MLS that no one runs: members agree among themselves on the commit of each epoch, though some of them lie. After Paillat and others, FPS 2023.",
}

const sums = ({ chapters, cases, mutants, guarantees, limits, proofs }: Book): string => {
  const clauses = chapters.reduce((sum, one) => sum + one.clauses.length, 0)
  const steps = chapters.reduce((sum, one) => sum + one.operations.reduce((inner, { steps }) => inner + steps.length, 0), 0)
  return `${count(clauses, "clause")}, ${count(steps, "step")}, ${count(cases.length, "case")}, ${count(mutants.length, "mutant")}, ${count(guarantees.length, "guarantee")}, ${count(limits.length, "limit")}, ${count(proofs.theorems.length, "theorem")}`
}

const path = "index.html"

const door = (title: string, says: string, steps: ReadonlyArray<string>): string =>
  `<section class="door"><h2>${title}</h2><p>${says}</p><ol>${steps.map((step) => `<li>${step}</li>`).join("\n")}</ol></section>`

/** Links to chapters, of those that the book has. */
const chapterLink = (book: Book, id: string, says: string): string =>
  book.chapters.some((chapter) => chapter.id === id) ? link(path, places.chapter(id), says) : escaped(says)

const doors = (book: Book): string => {
  const to = (id: string, says: string) => chapterLink(book, id, says)
  return `<div class="doors">
${door("You implement it", "Write a port from the chapters alone; the cases say when it is right.", [
  `${to("conventions/clauses", "Clauses and steps")}: how a chapter is read`,
  `the other ${link(path, places.part("conventions"), "conventions")}, then the part that you want`,
  `${link(path, "protocol.html", "The conformance protocol")} and ${link(path, "methods.html", "methods")}: how a test calls your code`,
  `${link(path, "cases.html", "Cases")}, layer by layer, each with the command that runs it`,
])}
${door("You audit it", "Begin with what is promised, and follow each promise down to the line.", [
  `${link(path, "guarantees.html", "Guarantees and limits")}, against whom, and the attacks on each`,
  `${link(path, "clauses.html", "Clauses")}: what holds them, and what shows them`,
  "in a chapter, each step beside the lines of the reference that do it",
  `${link(path, "mutants.html", "Mutants")} and ${link(path, "errata.html", "errata")}: what goes wrong otherwise`,
  `${link(path, "proofs.html", "Proofs")}: ${link(path, "proofs.html#boundary", "what is proved and what is not")}`,
])}
${door(
  "You know MLS",
  "MLS leaves to others in which order commits come. The three parts are three answers; a chapter and pictures show what comes of them.",
  [
    `${to("delivery-service/overview", "The delivery service")}: MLS as you know it, its commits agreed on by the members`,
    `${to("dcgka/overview", "DCGKA")}, decentralized continuous group key agreement: no order at all, and no commit that is lost`,
    `${to("dcgka/group-membership", "Group membership")}: who is in, when two remove each other`,
    `${link(path, "runs.html", "Runs")}: the same as pictures, in each order in which it can happen, also as ${link(path, "matrix.html", "a matrix")}`,
    `${to("mpenc/overview", "mpENC")}: an older design, with a server that orders`,
  ],
)}
</div>
<section class="door wide"><h2>You play with it</h2><p>The reference runs in a page: people, a network that can be cut, thieves and attackers. Begin with one of these, and go on as you like.</p>${sceneList(path)}</section>`
}

const example = ({ book, prose }: Loom): string => {
  const step = book.chapters
    .flatMap(({ operations }) => operations.flatMap(({ steps }) => steps))
    .find(({ id }) => id === "membership.append.4")
  if (step === undefined) return ""
  return `<h2 id="reading">How a page is read</h2>
<ul class="key"><li><span class="swatch step">blue</span> a step: a numbered sentence, such as ${prose.name(step.id, path)}, with the lines that do it beside it</li>
<li><span class="swatch clause">ochre</span> a clause: what must hold, such as ${prose.name("membership.ack-known", path)}; a refusal names it</li>
<li><span class="swatch case">violet</span> a case: input and expected answer, for any port</li>
<li><span class="swatch code">green</span> code of the reference; its caption leads to the whole file</li>
<li><span class="swatch erratum">red</span> an erratum against a paper, or a mutant that a case catches</li></ul>
<p>Every identifier is a link, and an address: <code>…/${places.chapter("dcgka/group-membership")}#${step.id}</code>. The key <kbd>/</kbd> finds any of them by its name.</p>`
}

/** The first page. */
export const homePage = (loom: Loom): Page => {
  const { book } = loom
  const named = Object.keys(partTitles).filter((part) => book.chapters.some((chapter) => chapter.part === part))
  const items = named.map((part) => `<li>${link(path, places.part(part), partTitles[part]!)}. ${escaped(about[part]!)}</li>`)
  return {
    path,
    title: "Conclave",
    body: `<h1>Conclave</h1>
<p class="lead">The formal, executable specification of decentralized group key agreement: each rule beside the code that obeys it, the cases that show it, and the mistakes that they catch.</p>
<p class="note">A <b>clause</b> is a rule with an identifier; a <b>step</b> is a numbered sentence of an operation. A <b>case</b> is an input and the answer that any port has to give to it;
cases come in <b>layers</b>, each above the last. A <b>mutant</b> is the reference with one fault, which a case catches. A <b>port</b> is an implementation that is tested.</p>
<p class="note">Version ${escaped(book.version)} · ${sums(book)}</p>
${doors(book)}
<h2 id="parts">The parts</h2><ul>${items.join("\n")}</ul>
${getIt(path)}
${example(loom)}`,
  }
}

/** Where a part is seen at work. */
const atWork: Readonly<Record<string, ReadonlyArray<readonly [place: string, says: string]>>> = {
  dcgka: [
    ["runs.html#key-agreement", "runs as pictures"],
    ["matrix.html", "the matrix of concurrency"],
    ["play.html", "a group to play with"],
  ],
  mpenc: [["runs.html#mpenc", "sessions as pictures, with their server"]],
  "delivery-service": [["runs.html#delivery-service", "epochs as pictures, with statements, certificates and timers"]],
}

const summary = (book: Book, page: string, part: string): string => {
  const chapters = book.chapters.filter((chapter) => chapter.part === part)
  return chapters
    .map(({ id, title, clauses, operations }) => {
      const steps = operations.reduce((sum, one) => sum + one.steps.length, 0)
      const says = [clauses.length > 0 ? count(clauses.length, "clause") : "", steps > 0 ? count(steps, "step") : ""].filter(
        (text) => text !== "",
      )
      return `<li>${link(page, places.chapter(id), escaped(title))} <span class="note">${says.join(", ")}</span></li>`
    })
    .join("\n")
}

/** The first page of each part. */
export const partPages = ({ book }: Loom): ReadonlyArray<Page> =>
  Object.keys(partTitles)
    .filter((part) => book.chapters.some((chapter) => chapter.part === part))
    .map((part) => {
      const page = places.part(part)
      const layers = book.layers.filter((layer) => book.cases.some((one) => one.layer === layer && one.part === part))
      const promises = book.guarantees.some((one) => one.part === part)
        ? `<p>${link(page, places.promises(part), "Guarantees and limits")}, with the attacks on each.</p>`
        : ""
      const links = (atWork[part] ?? []).map(([place, says]) => link(page, place, says))
      const seen = links.length === 0 ? "" : `<p>To see it at work: ${links.join(", ")}.</p>`
      const cases =
        layers.length === 0
          ? ""
          : `<h2>Layers of cases</h2><p>${layers.map((layer) => link(page, places.layer(layer), layer)).join(", ")}; ${link(page, places.methods(part), "their methods")}.</p>`
      return {
        path: page,
        title: partTitles[part]!,
        body: `<h1>${partTitles[part]}</h1><p class="lead">${escaped(about[part]!)}</p>${promises}${seen}<h2>Chapters</h2><ol>${summary(book, page, part)}</ol><p>${link(page, places.print(part), "All chapters on one page")}, to be printed.</p>${cases}`,
      }
    })
