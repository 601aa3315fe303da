/**
 * Runs as space-time diagrams: a lane for each member, time downward, and beside it a list that says the same row by row. The list is what
 * is read; the picture is hidden from those who cannot see it.
 *
 * @module
 */
import { count, escaped, link, type Page } from "./html.ts"
import { places } from "./names.ts"
import type { Run, RunEvent } from "./schema.ts"
import type { Loom } from "./write-chapters.ts"
import { runAddress } from "./write-play.ts"

/** A row: one event, or several acknowledgements taken one after the other. Positions are those in the run. */
interface Row {
  readonly events: ReadonlyArray<RunEvent>
  readonly positions: ReadonlyArray<number>
}

const isQuietAck = ({ takes, sends, verdict }: RunEvent) =>
  takes !== null && /ack$/.test(takes.type) && sends.length === 0 && verdict === "accepted"

const rowsOf = ({ events }: Run): ReadonlyArray<Row> => {
  const rows: Array<{ events: Array<RunEvent>; positions: Array<number> }> = []
  for (const [at, event] of events.entries()) {
    const last = rows.at(-1)
    if (last !== undefined && isQuietAck(event) && isQuietAck(last.events[0]!)) {
      last.events.push(event)
      last.positions.push(at)
    } else rows.push({ events: [event], positions: [at] })
  }
  return rows
}

const verbs: Readonly<Record<string, string>> = {
  "group.create": "creates the group",
  "group.update": "updates",
  "group.add": "adds",
  "group.remove": "removes",
  "group.members": "sees",
}

const hues = 8

const chip = (secret: string): string => `<span class="chip h${Number.parseInt(secret, 16) % hues}">${secret}</span>`

const sending = ({ sends, takes }: RunEvent): string => {
  const said = sends.map(({ type, name, directs }) => `${type} <em>${escaped(name)}</em>${directs > 0 ? `, ${directs} sealed` : ""}`)
  if (said.length === 0) return ""
  return takes === null
    ? ` (${sends.map(({ name, directs }) => `${escaped(name)}${directs > 0 ? `, ${directs} sealed` : ""}`).join("; ")})`
    : `, sends ${said.join(" and ")}`
}

const saying = (event: RunEvent, { lanes }: Run, loom: Loom, page: string): string => {
  const { lane, method, takes, about, members, verdict, clause, removed } = event
  const who = `<strong>${escaped(lanes[lane] ?? "")}</strong>`
  const what =
    takes === null
      ? `${verbs[method] ?? escaped(method)}${about === null ? "" : ` ${escaped(about)}`}${members === null ? "" : ` ${members.map(escaped).join(", ")}`}`
      : `takes ${escaped(takes.type)} <em>${escaped(takes.name)}</em>`
  const not =
    verdict === "accepted"
      ? ""
      : ` <strong class="bad">${verdict}</strong> ${clause === null ? "" : loom.prose.name(clause, page, "clause")}`
  return `${who} ${what}${sending(event)}${removed ? ' <strong class="bad">is removed</strong>' : ""}${not}${event.concurrent ? ' <span class="beside">‖ concurrent</span>' : ""}`
}

const secretsOf = ({ takes, senderSecret, ownSecret, verdict, removed, members }: RunEvent): string => {
  if (verdict !== "accepted" || members !== null) return ""
  const learnt =
    senderSecret === null ? (takes === null || removed ? "" : '<span class="note">learns no secret</span>') : chip(senderSecret)
  return `${learnt}${ownSecret === null ? "" : ` → ${chip(ownSecret)}`}`
}

const height = 30
const width = 60

const xOf = (lane: number) => 30 + lane * width
const yOf = (row: number) => 15 + row * height

const shapes: Readonly<Record<string, (x: number, y: number) => string>> = {
  "group.create": (x, y) => `<circle class="create" cx="${x}" cy="${y}" r="6"/>`,
  "group.update": (x, y) => `<path class="update" d="M${x} ${y - 8}l8 8-8 8-8-8z"/>`,
  "group.add": (x, y) => `<path class="add" d="M${x} ${y - 8}l8 14h-16z"/>`,
  "group.remove": (x, y) =>
    `<path class="remove" d="M${x - 6} ${y - 6}h12v12h-12z"/><path class="cross" d="M${x - 4} ${y - 4}l8 8m0-8l-8 8"/>`,
  "group.members": (x, y) => `<path class="see" d="M${x - 5} ${y - 5}h10v10h-10z"/>`,
}

const refused = (x: number, y: number) => `<circle class="dot" cx="${x}" cy="${y}" r="4"/><path class="bar" d="M${x - 8} ${y + 7}h16"/>`

const shapeOf = ({ method, lane, verdict, removed }: RunEvent, row: number): string => {
  const [x, y] = [xOf(lane), yOf(row)]
  if (verdict !== "accepted") return refused(x, y)
  if (removed) return `<circle class="dot" cx="${x}" cy="${y}" r="4"/><path class="bar" d="M${x - 6} ${y - 6}l12 12m0-12l-12 12"/>`
  return shapes[method]?.(x, y) ?? `<circle class="dot" cx="${x}" cy="${y}" r="4"/>`
}

/** A message from one row to another. It is bent where it would cross the events of other lanes. */
const lineOf = (from: RunEvent, fromRow: number, to: RunEvent, row: number): string => {
  const [x1, y1, x2, y2] = [xOf(from.lane), yOf(fromRow), xOf(to.lane), yOf(row)]
  const isFar = Math.abs(to.lane - from.lane) > 1
  const [cx, cy] = [x1 + (x2 - x1) * (isFar ? 0.65 : 0.5), y1 + (y2 - y1) * (isFar ? 0.2 : 0.5)]
  const length = Math.hypot(x2 - cx, y2 - cy) || 1
  const [ex, ey] = [x2 - ((x2 - cx) / length) * 6, y2 - ((y2 - cy) / length) * 6]
  const [mx, my] = [(x1 + 2 * cx + x2) / 4, (y1 + 2 * cy + y2) / 4]
  const seal = to.direct ? `<path class="seal" d="M${mx} ${my - 5}l5 5-5 5-5-5z"/>` : ""
  const kind = to.takes?.type ?? "ack"
  return `<g class="message ${kind}"><path d="M${x1} ${y1}Q${cx.toFixed(1)} ${cy.toFixed(1)} ${ex.toFixed(1)} ${ey.toFixed(1)}" marker-end="url(#arrow)"/>${seal}</g>`
}

const picture = (run: Run, rows: ReadonlyArray<Row>): string => {
  const rowAt = new Map(rows.flatMap(({ positions }, row) => positions.map((position) => [position, row] as const)))
  const single = rows.map((row, at) => ({ ...row, at })).filter(({ events }) => !isQuietAck(events[0]!))
  const lanes = run.lanes.map((_, lane) => {
    const own = single.filter(({ events }) => events[0]!.lane === lane).map(({ at }) => at)
    const out = single.find(({ events }) => events[0]!.lane === lane && events[0]!.removed)?.at
    const [first, last] = [own[0] ?? 0, out ?? rows.length - 1]
    const x = xOf(lane)
    return `<path class="outside" d="M${x} 0V${yOf(first)}"/><path class="lane" d="M${x} ${yOf(first)}V${yOf(last)}"/><path class="outside" d="M${x} ${yOf(last)}V${rows.length * height}"/>`
  })
  const bands = single
    .filter(({ events }) => events[0]!.concurrent)
    .map(
      ({ at }) =>
        `<path class="band" d="M2 ${at * height}h${xOf(run.lanes.length - 1) + 26}v${height}h-${xOf(run.lanes.length - 1) + 26}z"/>`,
    )
  const lines = single.flatMap(({ events: [event], at }) => {
    if (event === undefined || event.from === null) return []
    return [lineOf(run.events[event.from]!, rowAt.get(event.from)!, event, at)]
  })
  const marks = rows.map(({ events }, at) =>
    isQuietAck(events[0]!)
      ? [...new Set(events.map(({ lane }) => lane))].map((lane) => `<path class="tick" d="M${xOf(lane) - 5} ${yOf(at)}h10"/>`).join("")
      : shapeOf(events[0]!, at),
  )
  const wide = xOf(run.lanes.length - 1) + 30
  return `<svg class="spacetime" aria-hidden="true" width="${wide}" height="${rows.length * height}" viewBox="0 0 ${wide} ${rows.length * height}"><defs><marker id="arrow" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L10 5L0 10z" fill="context-stroke"/></marker></defs>
${[...bands, ...lanes, ...lines, ...marks].join("\n")}</svg>`
}

const legend = `<ul class="legend"><li><b class="k create">●</b> create</li><li><b class="k update">◆</b> update</li><li><b class="k add">▲</b> add</li>
<li><b class="k remove">■</b> remove</li><li><b>◇</b> on a line: a sealed secret for who takes it</li><li><b class="beside">‖</b> concurrent</li>
<li><span class="chip h1">1ad6</span> a secret, by its first bytes: equal chips, equal secrets</li></ul>`

const rowItem = ({ events, positions }: Row, run: Run, loom: Loom, page: string): string => {
  const [event] = events
  if (events.length > 1 || isQuietAck(event!))
    return `<li id="e${event!.index}" value="${event!.index}"><span class="note">${count(positions.length, "ack")} taken, to step ${events.at(-1)!.index}</span></li>`
  return `<li id="e${event!.index}" value="${event!.index}"${event!.concurrent ? ' class="concurrent"' : ""}><span class="says">${saying(event!, run, loom, page)}</span> <span class="secrets">${secretsOf(event!)}</span></li>`
}

/** The page of a run. */
const runPage = (loom: Loom, run: Run): Page => {
  const path = places.run(run.id)
  const entry = loom.book.cases.find(({ id }) => id === run.id)
  const rows = rowsOf(run)
  const shown = (entry?.clauses ?? []).map((clause) => loom.prose.name(clause, path, "clause")).join(", ")
  const [title, ...rest] = run.title.split(". ")
  const names = run.lanes.map((lane) => `<span>${escaped(lane)}</span>`).join("")
  const all = run.events.map((event) => `<li value="${event.index}">${saying(event, run, loom, path)} ${secretsOf(event)}</li>`)
  const first = run.events[0]?.index ?? 0
  return {
    path,
    title: title!,
    body: `<p class="note">${link(path, `${places.layer(entry?.layer ?? "key-agreement")}#${run.id}`, `<code>${escaped(run.id)}</code>`)}</p>
<h1>${escaped(title!)}</h1>${rest.length === 0 ? "" : `<p>${escaped(rest.join(". "))}</p>`}
<p>Shows ${shown}.${entry === undefined ? "" : ` ${link(path, runAddress(entry.file, run.id), "Run it here")}, step by step, with all its bytes.`}</p><pre tabindex="0"><code>npx conclave repro ${escaped(run.id)} -- ./my-port</code></pre>
${legend}
<p class="note">In steps 0 to ${first - 1} all make keys and learn each other's. Then:</p>
<div class="run" role="region" aria-label="The run" tabindex="0"><div class="lanes" aria-hidden="true">${names}</div>${picture(run, rows)}
<ol class="rows">${rows.map((row) => rowItem(row, run, loom, path)).join("\n")}</ol></div>
<details><summary>Every step, acks too</summary><ol>${all.join("\n")}</ol></details>`,
  }
}

/** All runs, in a list. */
export const runPages = (loom: Loom): ReadonlyArray<Page> => {
  const path = "runs.html"
  const { runs } = loom.book
  const groups = Map.groupBy(runs, ({ id }) =>
    id
      .split("/")
      .slice(0, id.startsWith("concurrency/") ? 2 : 1)
      .join("/"),
  )
  const lists = [...groups].map(
    ([group, of]) =>
      `<h2>${escaped(group)}</h2><ul>${of.map(({ id, title }) => `<li>${link(path, places.run(id), escaped(title.split(". ")[0]!))} <span class="note"><code>${escaped(id)}</code></span></li>`).join("\n")}</ul>`,
  )
  const body = `<h1>Runs</h1><p>${count(runs.length, "case")} of key agreement as pictures: what happens when two do something at once, in each order in which the others can hear of it.</p>${lists.join("\n")}`
  return [{ path, title: "Runs", body }, ...runs.map((run) => runPage(loom, run))]
}
