/**
 * Pages that lead through everything of a kind: clauses, promises, errata, cases, mutants, methods, wire formats, code.
 *
 * @module
 */
import { count, escaped, link, type Page, table } from "./html.ts"
import { partTitles } from "./layout.ts"
import { markdownOf, partOfLayer, partOfMutant, places } from "./names.ts"
import type { Place } from "./prose.ts"
import type { CaseEntry, Chapter, Clause, Guarantee, Limit, Mutant } from "./schema.ts"
import { clauseBox, codeRow, type Loom, lineOfMutant, provedRow } from "./write-chapters.ts"
import { runAddress } from "./write-play.ts"
import { getIt } from "./write-protocol.ts"

const parts = Object.keys(partTitles)

const at = (page: string): Place => ({ page, ids: new Set() })

const list = (items: ReadonlyArray<string>): string => `<ul>${items.map((item) => `<li>${item}</li>`).join("\n")}</ul>`

const chaptersWithClauses = ({ book }: Loom) => book.chapters.filter(({ clauses }) => clauses.length > 0)

const clausesOfChapter = (loom: Loom, chapter: Chapter): Page => {
  const path = places.clause(chapter.name!)
  const place = { ...at(path), chapter }
  const names = (ids: ReadonlyArray<string>, ...kinds: ReadonlyArray<"case" | "mutant">) =>
    ids.map((id) => loom.prose.name(id, path, ...kinds)).join(", ")
  const row = (title: string, ids: ReadonlyArray<string>, inner: string) => (ids.length === 0 ? "" : `<dt>${title}</dt><dd>${inner}</dd>`)
  const all = (clause: Clause) => {
    const { steps, accepted, refused, mutants, shownBy } = clause
    return `<dl>${[
      row("Steps", steps, names(steps)),
      row(`${count(refused.length, "case")}, refused`, refused, names(refused, "case")),
      row(`${count(accepted.length, "case")}, satisfied`, accepted, names(accepted, "case")),
      row("Mutants", mutants, names(mutants, "mutant")),
      codeRow(loom, clause, path),
      shownBy === null ? "" : `<dt>Test</dt><dd><code>${escaped(shownBy)}</code></dd>`,
      provedRow(clause, path),
    ].join("")}</dl>`
  }
  return {
    path,
    title: `What shows the clauses of ${chapter.title}`,
    body: `<h1>What shows the clauses of ${link(path, places.chapter(chapter.id), escaped(chapter.title))}</h1>
${chapter.clauses.map((clause) => clauseBox(loom, clause, place, all(clause))).join("\n")}`,
  }
}

/** All clauses in one table, and a page for each chapter with all that shows them. */
export const clausePages = (loom: Loom): ReadonlyArray<Page> => {
  const path = "clauses.html"
  const chapters = chaptersWithClauses(loom)
  const rows = (chapter: Chapter) =>
    chapter.clauses.map(({ id, level, kind, text, accepted, refused, mutants, shownBy }) => ({
      id,
      cells: [
        loom.prose.name(id, path, "clause"),
        `${level} ${kind}`,
        loom.prose.plain(text, at(path)),
        accepted.length + refused.length > 0
          ? link(path, `${places.clause(chapter.name!)}#${id}`, `${count(accepted.length + refused.length, "case")}`)
          : shownBy === null
            ? "none"
            : "a test",
        mutants.length > 0 || kind === "rule" ? `${mutants.length}` : "twin",
      ],
    }))
  const total = chapters.reduce((sum, { clauses }) => sum + clauses.length, 0)
  const tables = chapters.map(
    (chapter) => `<h2 id="${chapter.name}">${link(path, places.chapter(chapter.id), escaped(chapter.title))}</h2>
${table(`Clauses of ${chapter.title}`, ["clause", "level", "sentence", "shown by", "mutants"], rows(chapter))}`,
  )
  const entries = chapters.map(({ name, title }) => ({ id: name!, title }))
  const body = `<h1>Clauses</h1><p>${count(total, "clause")}: each is shown by cases, or by a test where no case can. A check has a twin, <code>~refused</code>, one fault away from what it lets through: where no mutant is named, a port without the check fails that twin.</p>${tables.join("\n")}`
  return [{ path, title: "Clauses", entries, body }, ...chapters.map((chapter) => clausesOfChapter(loom, chapter))]
}

/** The adversaries of a promise, each a link to what it does. */
const against = (path: string, names: ReadonlyArray<string>): string =>
  `<p>${names.map((name) => link(path, `guarantees.html#adversary-${name}`, escaped(name))).join(", ")}</p>`

const witnessesOf = ({ book, prose }: Loom, { witnesses }: Guarantee | Limit, path: string): string => {
  const titleOf = (id: string) => book.cases.find((one) => one.id === id)?.title
  return list(
    witnesses.map((id) => {
      const title = titleOf(id)
      const [file, name] = id.split("#")
      if (title !== undefined) return `${prose.name(id, path, "case")} ${escaped(title)}`
      if (book.proofs.theorems.some(({ at }) => at === id))
        return `theorem ${link(path, places.theorem(id), `<code>${escaped(name!)}</code>`)} ${escaped(book.proofs.theorems.find(({ at }) => at === id)!.says)}`
      return `test <code>${escaped(file!)}</code>${name === undefined ? "" : ` ${escaped(name)}`}`
    }),
  )
}

const guarantee = (loom: Loom, one: Guarantee, path: string): string => {
  const { book, prose } = loom
  const wrong = book.mutants.filter(({ breaks }) => one.clauses.includes(breaks))
  const clauseText = (id: string) => book.chapters.flatMap(({ clauses }) => clauses).find((clause) => clause.id === id)?.text ?? ""
  const mutants = wrong.map(({ name, does }) => `${prose.name(name, path, "mutant")} ${escaped(does)}`)
  return `<article class="promise" id="${one.id}"><h3><a href="#${one.id}"><code>${one.id}</code></a></h3><p class="lead">${escaped(one.text)}</p>
<h4>Against</h4>${against(path, one.against)}
<h4>Held by</h4>${list(one.clauses.map((id) => `${prose.name(id, path, "clause")} ${prose.plain(clauseText(id), at(path))}`))}
<h4>Attacks and witnesses</h4>${witnessesOf(loom, one, path)}
${mutants.length === 0 ? "" : `<details><summary>What goes wrong without it: ${count(mutants.length, "mutant")}</summary>${list(mutants)}</details>`}</article>`
}

const limit = (loom: Loom, one: Limit, path: string): string =>
  `<article class="promise limit" id="${one.id}"><h3><a href="#${one.id}"><code>${one.id}</code></a></h3><p class="lead">${escaped(one.text)}</p>
<p>${loom.prose.plain(one.scenario, at(path))}</p>
${one.against.length === 0 ? "" : `<h4>Against</h4>${against(path, one.against)}`}
${one.witnesses.length === 0 ? "" : `<h4>Shown by</h4>${witnessesOf(loom, one, path)}`}</article>`

/** What is promised and what is not: a table, and a page for each part. */
export const promisePages = (loom: Loom): ReadonlyArray<Page> => {
  const { book, prose } = loom
  const path = "guarantees.html"
  const named = parts.filter((part) => book.guarantees.some((one) => one.part === part))
  const adversaries = Object.keys(book.adversaries)
  const rowOf = (one: Guarantee | Limit) => ({
    cells: [prose.name(one.id, path, "guarantee", "limit"), escaped(one.text), one.against.map(escaped).join(", ")],
  })
  const ofPart = (part: string): Page => {
    const page = places.promises(part)
    const [guarantees, limits] = [book.guarantees.filter((one) => one.part === part), book.limits.filter((one) => one.part === part)]
    const title = `Guarantees and limits of ${partTitles[part]}`
    return {
      path: page,
      title,
      body: `<h1>${title}</h1><h2 id="guarantees">Guarantees</h2>${guarantees.map((one) => guarantee(loom, one, page)).join("\n")}
<h2 id="limits">Limits</h2><p>What a reader could hope for and does not get.</p>${limits.map((one) => limit(loom, one, page)).join("\n")}`,
    }
  }
  const tables = named.map((part) => {
    const head = link(path, places.promises(part), partTitles[part]!)
    const [guarantees, limits] = [book.guarantees.filter((one) => one.part === part), book.limits.filter((one) => one.part === part)]
    return `<h2 id="${part}">${head}</h2>${table(`Guarantees of ${part}`, ["guarantee", "promise", "against"], guarantees.map(rowOf))}
${table(`Limits of ${part}`, ["limit", "what is not promised", "against"], limits.map(rowOf))}`
  })
  const who = table(
    "Adversaries",
    ["adversary", "what it does"],
    adversaries.map((name) => ({ id: `adversary-${name}`, cells: [escaped(name), escaped(book.adversaries[name]!)] })),
  )
  const body = `<h1>Guarantees and limits</h1><p>What is promised, against whom, and what is not promised. Each promise leads to its clauses,
and to the attacks that witness it.</p>${who}${tables.join("\n")}`
  return [
    { path, title: "Guarantees and limits", body, entries: named.map((id) => ({ id, title: partTitles[id]! })) },
    ...named.map(ofPart),
  ]
}

/** All errata. */
export const errataPage = ({ book, prose }: Loom): Page => {
  const path = "errata.html"
  const place = at(path)
  const boxes = book.chapters.flatMap((chapter) => {
    const texts = chapter.blocks.flatMap((block) => markdownOf(block).match(/^> \*\*Errat(?:[^\n]*\n)(?:>[^\n]*\n?)*/gm) ?? [])
    if (texts.length === 0) return []
    const head = `<h2>${link(path, places.chapter(chapter.id), escaped(chapter.title))}</h2>`
    return [head + texts.map((text) => prose.markdown(text, { ...place, chapter })).join("\n")]
  })
  return {
    path,
    title: "Errata",
    body: `<h1>Errata</h1><p>Where the papers are wrong or silent, and what holds here.</p>${boxes.join("\n")}`,
  }
}

const caseRow = ({ book, prose }: Loom, { id, file, title, level, clauses, twin }: CaseEntry, path: string) => {
  const catches = book.mutants.filter(({ caughtBy }) => caughtBy === id).map(({ name }) => prose.name(name, path, "mutant"))
  const about = [
    link(path, runAddress(file, id), "run here"),
    [...book.runs, ...book.talks].some((run) => run.id === id) ? link(path, places.run(id), "as a picture") : "",
    twin === null ? "" : `twin ${prose.name(twin, path, "case")}`,
    catches.length === 0 ? "" : `catches ${catches.join(", ")}`,
    level === "MUST" ? "" : level,
  ].filter((text) => text !== "")
  return {
    id,
    cells: [
      `<a class="id case" href="#${encodeURI(id)}"><code>${escaped(id)}</code></a>`,
      `${escaped(title)}<br><code class="command">npx conclave repro ${escaped(id)} -- ./my-port</code>${about.length === 0 ? "" : `<br><span class="note">${about.join("; ")}</span>`}`,
      clauses.map((clause) => prose.name(clause, path, "clause")).join("<br>"),
    ],
  }
}

/** All layers, and a page for each with its cases. */
export const casePages = (loom: Loom): ReadonlyArray<Page> => {
  const { book } = loom
  const path = "cases.html"
  const of = (layer: string) => book.cases.filter((one) => one.layer === layer)
  const ofLayer = (layer: string): Page => {
    const page = places.layer(layer)
    const cases = of(layer)
    const files = Map.groupBy(cases, ({ file }) => file)
    const entries = [...files].map(([file]) => ({
      id: `file-${file.replace(/^.*\/|\.json$/g, "")}`,
      title: file.replace(/^.*\/|\.json$/g, ""),
    }))
    const tables = [...files].map(
      (
        [file, inFile],
        index,
      ) => `<h2 id="${entries[index]!.id}">${link(page, `vectors/${file}.gz`, `<code>vectors/${escaped(file)}</code>`, "download")}</h2>
${table(
  `Cases of ${file}`,
  ["case", "title, and how to run it", "clauses"],
  inFile.map((one) => caseRow(loom, one, page)),
)}`,
    )
    const command = `<pre tabindex="0"><code>npx conclave run --layer ${layer} -- ./my-port</code></pre>`
    const protocol = link(page, "protocol.html", "The conformance protocol")
    const body = `<h1>Cases of the layer ${layer}</h1><p>${count(cases.length, "case")}. All of them against a port:</p>${command}
<p>${protocol} says how a port is called, and ${link(page, "cases.html#get-it", "how to get the runner")}. Each file of cases is JSON, compressed (gzip).</p>${tables.join("\n")}`
    return { path: page, title: `Cases: ${layer}`, body, entries }
  }
  const rows = book.layers
    .filter((layer) => of(layer).length > 0)
    .map((layer) => ({
      cells: [
        link(path, places.layer(layer), `<code>${layer}</code>`),
        link(path, places.part(partOfLayer(book, layer)), partTitles[partOfLayer(book, layer)]!),
        of(layer).length.toLocaleString("en"),
        `<code class="command">npx conclave run --layer ${layer} -- ./my-port</code>`,
      ],
    }))
  const body = `<h1>Cases</h1><p>${count(book.cases.length, "case")} in ${count(rows.length, "layer")}, in the order in which a port gets them right.</p>
${table("Layers", ["layer", "part", "cases", "to run them"], rows)}${getIt(path)}`
  return [{ path, title: "Cases", body }, ...book.layers.filter((layer) => of(layer).length > 0).map(ofLayer)]
}

const mutant = ({ book, prose }: Loom, { name, does, breaks, caughtBy, file, replace, by }: Mutant, path: string): string =>
  `<article class="mutant" id="mutant-${name}"><h3><a href="#mutant-${name}"><code>${escaped(name)}</code></a></h3><p>${escaped(does)}</p>
<dl><dt>Breaks</dt><dd>${prose.name(breaks, path, "clause")}</dd><dt>Caught by</dt><dd>${prose.name(caughtBy, path, "case")}</dd>
<dt>In</dt><dd>${link(path, `${places.file(`reference/${file}`)}#L${lineOfMutant(book, { file, replace })}`, `<code>${escaped(file)}</code>`)}</dd></dl>
<details><summary>The change</summary><pre class="code" tabindex="0"><code><del>${prose.code(replace)}</del>
<ins>${prose.code(by)}</ins></code></pre></details></article>`

/** All wrong implementations. */
export const mutantPages = (loom: Loom): ReadonlyArray<Page> => {
  const { book, prose } = loom
  const path = "mutants.html"
  const named = parts.filter((part) => book.mutants.some(({ file }) => partOfMutant(file) === part))
  const of = (part: string) => book.mutants.filter(({ file }) => partOfMutant(file) === part)
  const ofPart = (part: string): Page => {
    const page = places.mutants(part)
    const body = `<h1>Mutants of ${partTitles[part]}</h1>${of(part)
      .map((one) => mutant(loom, one, page))
      .join("\n")}`
    return { path: page, title: `Mutants of ${partTitles[part]}`, body }
  }
  const rows = (part: string) =>
    of(part).map(({ name, does, breaks, caughtBy }) => ({
      cells: [prose.name(name, path, "mutant"), escaped(does), prose.name(breaks, path, "clause"), prose.name(caughtBy, path, "case")],
    }))
  const tables = named.map(
    (part) => `<h2 id="${part}">${link(path, places.mutants(part), partTitles[part]!)}</h2>
${table(`Mutants of ${part}`, ["mutant", "what it does", "breaks", "caught by"], rows(part))}`,
  )
  const body = `<h1>Mutants</h1><p>${count(book.mutants.length, "wrong implementation")}: the reference with one fault, as a mistake that a port could make.
Each is caught by the case named.</p>${tables.join("\n")}`
  return [{ path, title: "Mutants", body, entries: named.map((id) => ({ id, title: partTitles[id]! })) }, ...named.map(ofPart)]
}

/** All methods. */
export const methodPages = ({ book, prose }: Loom): ReadonlyArray<Page> => {
  const path = "methods.html"
  const partOf = (layer: string) => partOfLayer(book, layer)
  const named = parts.filter((part) => book.methods.some(({ layer }) => partOf(layer) === part))
  const fields = (of: ReadonlyArray<{ readonly name: string; readonly type: string }>) =>
    of.length === 0
      ? "nothing"
      : of.map(({ name, type }) => `<code>${escaped(name)}</code> <span class="note">${escaped(type)}</span>`).join("<br>")
  const ofPart = (part: string): Page => {
    const page = places.methods(part)
    const layers = book.layers.filter((layer) => book.methods.some((one) => one.layer === layer) && partOf(layer) === part)
    const rows = (of: string) =>
      book.methods
        .filter(({ layer }) => layer === of)
        .map(({ name, text, draws, params, output }) => ({
          id: `method-${name}`,
          cells: [
            `<a class="id method" href="#method-${name}"><code>${name}</code></a>`,
            `${prose.plain(text, at(page))}${draws ? ' <span class="note">Draws.</span>' : ""}`,
            fields(params),
            fields(output),
          ],
        }))
    const tables = layers.map(
      (layer) => `<h2 id="layer-${layer}">Layer ${link(page, places.layer(layer), layer)}</h2>
${table(`Methods of ${layer}`, ["method", "what it does", "takes", "gives"], rows(layer))}`,
    )
    const entries = layers.map((layer) => ({ id: `layer-${layer}`, title: layer }))
    return {
      path: page,
      title: `Methods of ${partTitles[part]}`,
      entries,
      body: `<h1>Methods of ${partTitles[part]}</h1>${tables.join("\n")}`,
    }
  }
  const conventions = book.chapters.find(({ id }) => id === "conventions/methods")
  const how =
    conventions === undefined
      ? ""
      : ` How they are called: ${link(path, places.chapter(conventions.id), "Calling a method")}; how the runner sends a call: ${link(path, "protocol.html", "the conformance protocol")}.`
  const items = named.map((part) => {
    const layers = book.layers.filter((layer) => partOf(layer) === part && book.methods.some((one) => one.layer === layer))
    const namesOf = (of: string) => book.methods.filter(({ layer }) => layer === of).map(({ name }) => prose.name(name, path, "method"))
    const rows = layers.map((layer) => ({ cells: [link(path, places.layer(layer), layer), namesOf(layer).join(", ")] }))
    return `<h2>${link(path, places.methods(part), partTitles[part]!)}</h2>${table(`Methods of ${partTitles[part]}`, ["layer", "methods"], rows)}`
  })
  const body = `<h1>Methods</h1><p>${count(book.methods.length, "method")}, by which a test calls an implementation.${how}</p>${items.join("\n")}`
  return [{ path, title: "Methods", body }, ...named.map(ofPart)]
}

/** All wire formats. */
export const wirePage = ({ book, prose }: Loom): Page => {
  const path = "wire.html"
  const tables = book.chapters.flatMap((chapter) => {
    const wires = chapter.blocks.flatMap((block) => (block.kind === "wire" && block.exported ? [block] : []))
    if (wires.length === 0) return []
    const rows = wires.map((wire) => ({
      cells: [
        link(path, `${places.chapter(chapter.id)}#def-${wire.name}`, `<code>${wire.name}</code>`, 'class="id definition"'),
        /kind: (\d+)/.exec(wire.cddl)?.[1] ?? "",
        `<code>${escaped(wire.cddl)}</code>`,
        prose.plain(wire.markdown.split("\n\n")[0]!.replaceAll("`", ""), at(path)),
      ],
    }))
    return [
      `<h2>${link(path, places.chapter(chapter.id), escaped(chapter.title))}</h2>${table(`Wire formats of ${chapter.title}`, ["type", "kind", "CDDL", "what it is"], rows)}`,
    ]
  })
  return { path, title: "Wire formats", body: `<h1>Wire formats</h1>${tables.join("\n")}` }
}

/** The files of chapters and reference, whole. */
export const codePages = ({ book, linesOf, prose }: Loom): ReadonlyArray<Page> => {
  const path = "code.html"
  const ofFile = (file: string): Page => {
    const page = places.file(file)
    const cite = (line: string) =>
      line.replace(/\/\/ ([a-z][\w-]*\.[\w-]+\.\d+)/, (_, step: string) => `// ${prose.name(step, page, "step")}`)
    const lines = linesOf(file).map((line, index) => {
      const number = index + 1
      return `<span class="l${/\/\/ [a-z][\w-]*\.[\w-]+\.\d+/.test(line) ? " cites" : ""}" id="L${number}"><a href="#L${number}">${number}</a>${cite(line)}</span>`
    })
    return {
      path: page,
      title: file,
      body: `<h1><code>${escaped(file)}</code></h1><pre class="file" tabindex="0"><code>${lines.join("\n")}</code></pre>`,
    }
  }
  const folders = Map.groupBy(book.files, (file) => file.path.split("/").slice(0, -1).join("/"))
  const lists = [...folders].map(
    ([folder, files]) =>
      `<h2 id="${folder}"><code>${folder}/</code></h2>${list(files.map((file) => link(path, places.file(file.path), `<code>${escaped(file.path.split("/").at(-1)!)}</code>`)))}`,
  )
  const body = `<h1>Code</h1><p>The chapters and the reference, file by file. In the reference, a comment such as <code>// membership.append.3</code> leads to the step that the lines under it do.</p>${lists.join("\n")}`
  return [{ path, title: "Code", body }, ...book.files.map((file) => ofFile(file.path))]
}
