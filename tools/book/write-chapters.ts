/**
 * One page for each chapter.
 *
 * @module
 */
import { count, escaped, link, type Page, slugOf } from "./html.ts"
import { places } from "./names.ts"
import type { Place, Prose } from "./prose.ts"
import type { Block, Book, Chapter, Clause, Mutant, Operation, Span, Step } from "./schema.ts"

/** What pages are made with. */
export interface Loom {
  readonly book: Book
  readonly prose: Prose
  /** The coloured lines of a file. */
  linesOf(file: string): ReadonlyArray<string>
}

type InChapter = Place & { readonly chapter: Chapter }

/** A line in HTML, hung at its indentation, less the indentation of all. */
const hung = (line: string, cut: number): string => {
  const indent = /^(?:<i[^>]*>)?( *)/.exec(line)![1]!.length
  return `<span class="l" style="--i:${Math.max(0, indent - cut)}">${line.replace(/^((?:<i[^>]*>)?) */, "$1") || " "}</span>`
}

const indentOf = (line: string): number => (line === "" ? Number.POSITIVE_INFINITY : /^(?:<i[^>]*>)?( *)/.exec(line)![1]!.length)

/** What a file imports from libraries. */
const foreignIn = (text: string): ReadonlySet<string> =>
  new Set(
    [...text.matchAll(/^import (?:type )?([^"]*?) from "[^."]/gms)].flatMap(([, names]) =>
      names!.split(/[{},]/).map((name) => name.trim().replace(/^.* as |^type /, "")),
    ),
  )

/** The lines of a span, with a caption that leads to the whole file. */
const excerpt = (loom: Loom, { file, from, to }: Span, around: Place, says: string): string => {
  const { linesOf, prose } = loom
  const { page } = around
  const place = { ...around, foreign: foreignIn(loom.book.files.find(({ path }) => path === file)?.text ?? "") }
  const lines = linesOf(file).slice(from - 1, to)
  const cut = Math.min(...lines.map(indentOf))
  const range = from === to ? `${from}` : `${from}–${to}`
  const caption = link(page, `${places.file(file)}#L${from}`, `${escaped(file.replace(/^reference\//, ""))}:${range}`)
  return `<figure class="code"><figcaption>${caption}${says === "" ? "" : ` · ${escaped(says)}`}</figcaption><pre><code>${lines
    .map((line) => prose.coded(hung(line, cut), place))
    .join("\n")}</code></pre></figure>`
}

const stepRow = (loom: Loom, { id, number, text, at, within }: Step, place: InChapter): string =>
  `<li id="${id}"><a class="number" href="#${id}" aria-label="Step ${id}">${number}</a><p>${loom.prose.step(text, place)}</p>
${at === null ? "" : excerpt(loom, at, place, within)}</li>`

const operation = (loom: Loom, { id, name, steps }: Operation, place: InChapter): string =>
  `<section><h3 id="operation-${name}">Operation <code>${name}</code></h3>
<p class="note">Steps <code>${id}.1</code>${steps.length > 1 ? ` to <code>${id}.${steps.length}</code>` : ""}</p>
<ol class="steps">
${steps.map((step) => stepRow(loom, step, place)).join("\n")}
</ol></section>`

const few = 4

/** The line of the reference that a mutant changes, the first of them. */
export const lineOfMutant = ({ files }: Book, { file, replace }: Pick<Mutant, "file" | "replace">): number => {
  const text = files.find(({ path }) => path === `reference/${file}`)?.text ?? ""
  return text.slice(0, Math.max(0, text.indexOf(replace))).split("\n").length
}

/** Where the code of a clause stands that no step names: the lines that its mutants change, and the steps that these lines do. */
export const codeRow = ({ book, prose }: Loom, clause: Clause, page: string): string => {
  if (clause.steps.length > 0) return ""
  const lines = book.mutants.filter(({ breaks }) => breaks === clause.id).map((one) => ({ file: one.file, line: lineOfMutant(book, one) }))
  const steps = book.chapters.flatMap(({ operations }) => operations.flatMap((operation) => operation.steps))
  const found = [...new Map(lines.map((one) => [`${one.file}:${one.line}`, one])).values()].map(({ file, line }) => {
    const step = steps.find(({ at }) => at !== null && at.file === `reference/${file}` && at.from <= line && line <= at.to)
    const to = link(page, `${places.file(`reference/${file}`)}#L${line}`, `<code>${escaped(file)}:${line}</code>`)
    return step === undefined ? to : `${to} (${prose.name(step.id, page, "step")})`
  })
  return found.length === 0 ? "" : `<dt>Code</dt><dd>${found.join(", ")}</dd>`
}

/** The theorems about a clause. */
export const provedRow = ({ provedBy }: Clause, page: string): string => {
  const names = provedBy.map((at) => link(page, places.theorem(at), `<code>${escaped(at.split("#")[1]!)}</code>`))
  return names.length === 0 ? "" : `<dt>Proved by</dt><dd>${names.join(", ")}</dd>`
}

/** What shows a clause: some of its cases, and where all are; mutants, or the test. */
const evidence = (loom: Loom, clause: Clause, { page, chapter }: InChapter): string => {
  const { prose } = loom
  const cases = [...clause.refused, ...clause.accepted]
  const shown = [...clause.refused.slice(0, few / 2), ...clause.accepted.slice(0, few / 2)].map((id) => prose.name(id, page, "case"))
  const all = link(page, `${places.clause(chapter.name!)}#${clause.id}`, `${count(cases.length, "case")}`)
  const parts = [
    clause.steps.length === 0
      ? ""
      : `<dt>Steps</dt><dd>${clause.steps
          .slice(0, 8)
          .map((id) => prose.name(id, page))
          .join(", ")}</dd>`,
    cases.length === 0 ? "" : `<dt>${all}</dt><dd>${shown.join(", ")}${cases.length > shown.length ? " …" : ""}</dd>`,
    clause.mutants.length === 0
      ? ""
      : `<dt>Mutants</dt><dd>${clause.mutants.map((name) => prose.name(name, page, "mutant")).join(", ")}</dd>`,
    codeRow(loom, clause, page),
    clause.shownBy === null ? "" : `<dt>Test</dt><dd><code>${escaped(clause.shownBy)}</code></dd>`,
    provedRow(clause, page),
  ]
  return `<dl>${parts.join("")}</dl>`
}

/** A clause in its box. */
export const clauseBox = (loom: Loom, clause: Clause, place: InChapter, inner = evidence(loom, clause, place)): string => {
  const { id, level, kind, text, source } = clause
  return `<article class="clause" id="${id}"><p class="head"><a class="id clause" href="#${id}"><code>${id}</code></a>
<span class="level">${level}</span> <span class="note">${kind}</span></p>
<p>${loom.prose.plain(text, place)}</p><p class="note">${escaped(source)}</p>${inner}</article>`
}

const cddl = (text: string, name: string, { page, chapter }: InChapter, book: Book): string => {
  const wires = (of: ReadonlyArray<Chapter>) =>
    of.flatMap(({ id, blocks }) => blocks.flatMap((block) => (block.kind === "wire" ? [{ id, block }] : [])))
  const near = [...wires([chapter]), ...wires(book.chapters)]
  return escaped(text).replaceAll(/&quot;.*?&quot;|[a-zA-Z][\w-]*:?/g, (token) => {
    const found = token === name ? undefined : near.find(({ block }) => block.rule === token && block.cddl.startsWith(`${token} = `))
    return found === undefined ? token : link(page, `${places.chapter(found.id)}#def-${found.block.name}`, token, 'class="id"')
  })
}

const definition = (loom: Loom, block: Extract<Block, { kind: "definition" | "wire" }>, place: InChapter): string => {
  const { name, markdown, at } = block
  const fields = block.kind === "wire" ? [...block.cddl.matchAll(/^\s+(\w+): /gm)].map((field) => field[1]!) : []
  const wire =
    block.kind === "wire"
      ? `<pre class="cddl" tabindex="0" aria-label="CDDL of ${name}"><code>${cddl(block.cddl, block.rule, place, loom.book)}</code></pre>`
      : ""
  return `<section class="definition" id="def-${name}"><h3><a href="#def-${name}"><code>${name}</code></a>${
    block.kind === "wire" ? ' <span class="note">wire format</span>' : ""
  }</h3>${loom.prose.markdown(markdown, { ...place, fields })}${wire}${excerpt(loom, at, place, "")}</section>`
}

const promises = ({ book, prose }: Loom, { page, chapter }: InChapter): string => {
  const list = (of: Book["guarantees"] | Book["limits"]) =>
    of
      .filter(({ part }) => part === chapter.part)
      .map(({ id, text }) => `<li>${prose.name(id, page, "guarantee", "limit")} ${escaped(text)}</li>`)
  return `<h2 id="promises">Guarantees</h2><p>${link(page, places.promises(chapter.part), "All with their adversaries, clauses and witnesses")}.</p>
<ul>${list(book.guarantees).join("\n")}</ul><h2 id="limits">Limits</h2><ul>${list(book.limits).join("\n")}</ul>`
}

/** The chapters of methods: their methods are a page of their own, too. */
const isListOfMethods = (id: string) => /(^|[/-])methods(-|$)/.test(id) && !id.startsWith("conventions/")

const blockOf = (loom: Loom, block: Block, place: InChapter): string => {
  const { chapter } = place
  switch (block.kind) {
    case "prose":
      return loom.prose.markdown(block.markdown, place)
    case "clauses":
      return chapter.clauses.length === 0
        ? ""
        : `<h2 id="clauses">Clauses</h2>${chapter.clauses.map((clause) => clauseBox(loom, clause, place)).join("\n")}`
    case "operations":
      return chapter.operations.length === 0
        ? ""
        : `<h2 id="operations">Operations</h2>${chapter.operations.map((one) => operation(loom, one, place)).join("\n")}`
    case "promises":
      return promises(loom, place)
    default:
      return definition(loom, block, place)
  }
}

const entriesOf = ({ clauses, operations, blocks }: Chapter) => {
  const headings = [...(blocks[0]?.kind === "prose" ? blocks[0].markdown : "").matchAll(/^## (.*)$/gm)].map(([, title]) => ({
    id: `s-${slugOf(title!)}`,
    title: title!.replaceAll("`", ""),
  }))
  return [
    ...headings,
    ...(clauses.length > 0 ? [{ id: "clauses", title: "Clauses" }] : []),
    ...operations.map(({ name }) => ({ id: `operation-${name}`, title: name })),
    ...(blocks.some(({ kind }) => kind === "definition" || kind === "wire") ? [{ id: "definitions", title: "Definitions" }] : []),
  ]
}

/** The page of a chapter. */
export const chapterPage = (loom: Loom, chapter: Chapter): Page => {
  const path = places.chapter(chapter.id)
  const place: InChapter = { page: path, chapter, ids: new Set() }
  const isDefinition = ({ kind }: Block) => kind === "definition" || kind === "wire"
  const entries = entriesOf(chapter)
  const rules = chapter.blocks.filter((block) => !isDefinition(block)).map((block) => blockOf(loom, block, place))
  const definitions = chapter.blocks.filter(isDefinition).map((block) => blockOf(loom, block, place))
  const hasDefinitions = entries.some(({ id }) => id === "definitions")
  const methods = isListOfMethods(chapter.id) ? `<p>${link(path, places.methods(chapter.part), "All methods of this part")}.</p>` : ""
  const source = link(path, places.file(chapter.file), `<code>${escaped(chapter.file)}</code>`)
  return {
    path,
    title: chapter.title,
    entries,
    body: `<p class="note">${source}</p><h1>${escaped(chapter.title)}</h1>
${rules.join("\n")}${methods}${hasDefinitions ? `<h2 id="definitions">Definitions</h2>${definitions.join("\n")}` : ""}`,
  }
}
