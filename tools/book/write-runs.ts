/**
 * Runs of key agreement as pictures, and the list of all pictures.
 *
 * @module
 */
import { count, escaped, link, type Page } from "./html.ts"
import { places } from "./names.ts"
import { causesAttribute, fewLanes, type Mark, picture, positionsAttribute, type Row, rowHeight, rowsOf, shapes } from "./picture.ts"
import type { Run, RunEvent } from "./schema.ts"
import type { Loom } from "./write-chapters.ts"
import { matrixScript, playAddress, runAddress } from "./write-play.ts"
import { talkPage } from "./write-talks.ts"

const isQuietAck = ({ takes, sends, verdict }: RunEvent) =>
  takes !== null && /ack$/.test(takes.type) && sends.length === 0 && verdict === "accepted"

const verbs: Readonly<Record<string, string>> = {
  "group.create": "creates the group",
  "group.update": "updates",
  "group.add": "adds",
  "group.remove": "removes",
  "group.members": "sees",
}

/** The operation of key agreement that takes each kind of message. */
const takers: Readonly<Record<string, string>> = {
  create: "process-create",
  update: "process-seed",
  remove: "process-seed",
  add: "process-add",
  ack: "process-ack",
  "add-ack": "process-add-ack",
}

const operationOf = ({ takes, method }: RunEvent): string =>
  `key-agreement.${takes === null ? method.replace("group.", "") : (takers[takes.type] ?? "process")}`

const hues = 8

const chip = (secret: string): string => `<span class="chip h${Number.parseInt(secret, 16) % hues}">${secret}</span>`

const sending = ({ sends, takes }: RunEvent, loom: Loom, page: string): string => {
  const said = sends.map(({ type, name, directs }) => `${type} <em>${escaped(name)}</em>${directs > 0 ? `, ${directs} sealed` : ""}`)
  if (said.length === 0) return ""
  return takes === null
    ? ` (${sends.map(({ name, directs }) => `${escaped(name)}${directs > 0 ? `, ${directs} sealed` : ""}`).join("; ")})`
    : `, ${loom.prose.toOperation("key-agreement.acknowledge", page, "sends")} ${said.join(" and ")}`
}

const saying = (event: RunEvent, { lanes }: Run, loom: Loom, page: string): string => {
  const { lane, method, takes, about, members, verdict, clause, removed } = event
  const who = `<strong>${escaped(lanes[lane] ?? "")}</strong>`
  const what =
    takes === null
      ? `${loom.prose.toOperation(operationOf(event), page, verbs[method] ?? escaped(method))}${about === null ? "" : ` ${escaped(about)}`}${members === null ? "" : ` ${members.map(escaped).join(", ")}`}`
      : `takes ${loom.prose.toOperation(operationOf(event), page, escaped(takes.type))} <em>${escaped(takes.name)}</em>`
  const not =
    verdict === "accepted"
      ? ""
      : ` <strong class="bad">${verdict}</strong> ${clause === null ? "" : loom.prose.name(clause, page, "clause")}`
  return `${who} ${what}${sending(event, loom, page)}${removed ? ' <strong class="bad">is removed</strong>' : ""}${not}${event.concurrent ? ' <span class="beside">‖ concurrent</span>' : ""}`
}

const secretsOf = ({ takes, senderSecret, ownSecret, verdict, removed, members }: RunEvent): string => {
  if (verdict !== "accepted" || members !== null) return ""
  const learnt =
    senderSecret === null ? (takes === null || removed ? "" : '<span class="note">learns no secret</span>') : chip(senderSecret)
  return `${learnt}${ownSecret === null ? "" : ` → ${chip(ownSecret)}`}`
}

const shapeOf = ({ method, verdict, removed }: RunEvent): Mark["shape"] => {
  if (verdict !== "accepted") return shapes.refused
  if (removed) return shapes.removed
  const kind = method === "group.members" ? "see" : method.replace("group.", "")
  return kind in shapes ? shapes[kind as keyof typeof shapes] : shapes.dot
}

const markOf = (event: RunEvent): Mark => ({
  lane: event.lane,
  from: event.from,
  quiet: isQuietAck(event),
  shape: shapeOf(event),
  line: event.takes?.type ?? "ack",
  sealed: event.direct,
  concurrent: event.concurrent,
  ends: event.removed,
})

/** What is said of runs of the matrix, in which nothing stands between key agreement and the network. */
const alone = ({ prose }: Loom, page: string): string =>
  `<p class="note">This is key agreement alone, without causal broadcast, which may withhold one of the two (${prose.name("causal-broadcast.withheld", page, "clause")}).</p>`

const legend = `<ul class="legend"><li><b class="k create">●</b> create</li><li><b class="k update">◆</b> update</li><li><b class="k add">▲</b> add</li>
<li><b class="k remove">■</b> remove</li><li><b>◇</b> on a line: a sealed secret for who takes it</li><li><b class="beside">‖</b> concurrent</li>
<li><span class="chip h1">1ad6</span> a secret, by its first bytes: equal chips, equal secrets</li></ul>`

const rowItem = (row: Row<RunEvent>, run: Run, loom: Loom, page: string): string => {
  const { events, positions } = row
  const [event] = events
  const place = positionsAttribute(row)
  if (events.length > 1 || isQuietAck(event!))
    return `<li id="e${event!.index}" value="${event!.index}" ${place}><span class="note">${count(positions.length, "ack")} taken, to step ${events.at(-1)!.index}</span></li>`
  return `<li id="e${event!.index}" value="${event!.index}" ${place}${event!.concurrent ? ' class="concurrent"' : ""}><span class="says">${saying(event!, run, loom, page)}</span> <span class="secrets">${secretsOf(event!)}</span></li>`
}

/** The page of a run. */
const runPage = (loom: Loom, run: Run): Page => {
  const path = places.run(run.id)
  const entry = loom.book.cases.find(({ id }) => id === run.id)
  const rows = rowsOf(run.events, isQuietAck)
  const shown = (entry?.clauses ?? []).map((clause) => loom.prose.name(clause, path, "clause")).join(", ")
  const [title, ...rest] = run.title.split(". ")
  const names = run.lanes.map((lane) => `<span>${escaped(lane)}</span>`).join("")
  const all = run.events.map((event) => `<li value="${event.index}">${saying(event, run, loom, path)} ${secretsOf(event)}</li>`)
  const first = run.events[0]?.index ?? 0
  const script = matrixScript(run.id)
  const played =
    script === undefined ? "" : ` ${link(path, playAddress(script), "Play it")}: the same two, and who hears of what first is yours.`
  const heights = rows.map(() => rowHeight)
  const marks = run.events.map(markOf)
  const drawn = picture(run.lanes.length, marks, rows, heights)
  return {
    path,
    title: title!,
    scripts: ["runs.js"],
    body: `<p class="note">${link(path, `${places.layer(entry?.layer ?? "key-agreement")}#${run.id}`, `<code>${escaped(run.id)}</code>`)}</p>
<h1>${escaped(title!)}</h1>${rest.length === 0 ? "" : `<p>${escaped(rest.join(". "))}</p>`}${run.id.startsWith("concurrency/") ? alone(loom, path) : ""}
<p>Shows ${shown}.${entry === undefined ? "" : ` ${link(path, runAddress(entry.file, run.id), "Run it here")}, step by step, with all its bytes.`}${played}</p><pre tabindex="0"><code>npx conclave repro ${escaped(run.id)} -- ./my-port</code></pre>
${legend}
<p class="note">In steps 0 to ${first - 1} all make keys and learn each other's. Then:</p>
<p class="note narrow">In a wider window there is a picture beside this list.</p>
<div class="run${run.lanes.length > fewLanes ? "" : " few"}" role="region" aria-label="The run" tabindex="0"><div class="lanes" aria-hidden="true">${names}</div>${drawn}
<ol class="rows" ${causesAttribute(marks)}>${rows.map((row) => rowItem(row, run, loom, path)).join("\n")}</ol></div>
<details><summary>Every step, acks too</summary><ol>${all.join("\n")}</ol></details>`,
  }
}

/** Who hears of what first: by this alone runs of the same two operations differ. */
const firsts = (title: string): string => {
  const [, orders] = /\. Orders: (.*)$/.exec(title) ?? []
  if (orders === undefined) return ""
  const heard = orders.split("; ").flatMap((order) => {
    const [, who, first] = /^(\S+) \(([^,)]+)/.exec(order) ?? []
    return who === undefined ? [] : [{ who, first: first! }]
  })
  const said = [...Map.groupBy(heard, ({ first }) => first)].map(([first, of]) => `${first} first: ${of.map(({ who }) => who).join(", ")}`)
  return `. ${said.join("; ")}`
}

const item = (path: string, { id, title }: Pick<Run, "id" | "title">, isSame: boolean): string =>
  `<li>${link(path, places.run(id), escaped(title.split(". ")[0]!))}${isSame ? escaped(firsts(title)) : ""} <span class="note"><code>${escaped(id)}</code></span></li>`

/** All runs, in a list. */
export const runPages = (loom: Loom): ReadonlyArray<Page> => {
  const path = "runs.html"
  const { runs, talks, cases } = loom.book
  const groupOf = (id: string) =>
    id
      .split("/")
      .slice(0, id.startsWith("concurrency/") ? 2 : 1)
      .join("/")
  const hasNamesake = ({ id, title }: Pick<Run, "id" | "title">, among: ReadonlyArray<Pick<Run, "id" | "title">>) =>
    among.some((one) => one.id !== id && one.title.split(". ")[0] === title.split(". ")[0])
  const lists = (of: ReadonlyArray<Pick<Run, "id" | "title">>) =>
    [...Map.groupBy(of, ({ id }) => groupOf(id))]
      .map(
        ([group, those]) => `<h3>${escaped(group)}</h3><ul>${those.map((one) => item(path, one, hasNamesake(one, those))).join("\n")}</ul>`,
      )
      .join("\n")
  const isOf = (part: string) => new Set(cases.filter((one) => one.part === part).map(({ id }) => id))
  const [mpenc, delivery] = [isOf("mpenc"), isOf("delivery-service")]
  const body = `<h1>Runs</h1><p>${count(runs.length + talks.length, "case")} as pictures, each beside a list that says the same.</p>
<h2 id="key-agreement">Key agreement without a server</h2><p>What happens when two do something at once, in each order in which the others can hear of it; ${link(path, "matrix.html", "the same as a matrix")}.</p>${alone(loom, path).replace("This is", "Those under concurrency are")}${lists(runs)}
<h2 id="mpenc">mpENC sessions</h2><p>The server has a lane of its own: it puts each packet into its place, and shows it to all.</p>${lists(talks.filter(({ id }) => mpenc.has(id)))}
<h2 id="delivery-service">The delivery service</h2><p>Proposals, commits, statements, certificates, decisions and timers.</p>${lists(talks.filter(({ id }) => delivery.has(id)))}`
  const entries = [
    { id: "key-agreement", title: "Key agreement" },
    { id: "mpenc", title: "mpENC sessions" },
    { id: "delivery-service", title: "The delivery service" },
  ]
  return [{ path, title: "Runs", body, entries }, ...runs.map((run) => runPage(loom, run)), ...talks.map((talk) => talkPage(loom, talk))]
}
