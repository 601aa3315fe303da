/**
 * Sessions of mpENC and runs of the delivery service as pictures.
 *
 * @module
 */
import { count, escaped, link, type Page } from "./html.ts"
import { places } from "./names.ts"
import { causesAttribute, fewLanes, type Mark, picture, positionsAttribute, type Row, rowHeight, rowsOf, shapes } from "./picture.ts"
import type { Talk, TalkEvent } from "./schema.ts"
import type { Loom } from "./write-chapters.ts"
import { runAddress } from "./write-play.ts"

const isGood = ({ verdict }: TalkEvent) => verdict === "accepted" || verdict === "ignored"

const shapeOf = (event: TalkEvent): Mark["shape"] => {
  if (!isGood(event)) return shapes.refused
  switch (event.kind) {
    case "act":
      return event.colour === "ack" ? shapes.dot : shapes[event.colour]
    case "place":
      return shapes.see
    case "hear":
      return shapes.hear
    case "timer":
      return shapes.timer
    case "take":
      return shapes.dot
  }
}

const markOf = (event: TalkEvent): Mark => ({
  lane: event.lane,
  from: event.from,
  quiet: event.quiet,
  shape: shapeOf(event),
  line: event.colour,
  sealed: false,
  concurrent: false,
  ends: event.tells.some((tell) => tell === "ended" || tell.startsWith("removed")) || event.says === "is out of the channel",
})

const sayingOf = ({ says, sends, tells, verdict }: TalkEvent, who: string): string =>
  [
    who,
    says,
    ...sends.map((one) => `, sends ${one}`),
    ...tells.map((one) => ` → ${one}`),
    verdict === "accepted" ? "" : ` ${verdict}`,
  ].join("")

const saying = (event: TalkEvent, { lanes }: Talk, loom: Loom, page: string): string => {
  const { lane, says, sends, tells, verdict, clause } = event
  const sending = sends.length === 0 ? "" : `, sends ${sends.map((one) => `<em>${escaped(one)}</em>`).join(" and ")}`
  const telling = tells.length === 0 ? "" : ` <span class="tells">→ ${tells.map(escaped).join("; ")}</span>`
  const not =
    verdict === "accepted"
      ? ""
      : ` <strong class="${isGood(event) ? "note" : "bad"}">${verdict}</strong> ${clause === null ? "" : loom.prose.name(clause, page, "clause")}`
  return `<strong>${escaped(lanes[lane] ?? "")}</strong> ${escaped(says)}${sending}${telling}${not}`
}

// As many letters fit beside the picture in a line; longer sentences get more lines, and their rows the height for it.
const letters = 100
const lineHeight = 20

const heightOf = ({ events }: Row<TalkEvent>, { lanes }: Talk): number => {
  const [event] = events
  if (event!.quiet) return rowHeight
  return rowHeight + lineHeight * Math.floor(sayingOf(event!, lanes[event!.lane] ?? "").length / letters)
}

const item = (row: Row<TalkEvent>, height: number, talk: Talk, loom: Loom, page: string): string => {
  const { events, positions } = row
  const [event] = events
  const style = `style="height:${height}px" ${positionsAttribute(row)}`
  const index = event!.index === null ? `class="unnumbered"` : `id="e${event!.index}" value="${event!.index}"`
  if (event!.quiet)
    return `<li ${index} ${style}><span class="note">${count(positions.length, "packet")} taken that nothing comes of, to step ${events.at(-1)!.index}</span></li>`
  return `<li ${index} ${style}><span class="says">${saying(event!, talk, loom, page)}</span></li>`
}

const legends: Readonly<Record<string, string>> = {
  mpenc: `<ul class="legend"><li><b>□</b> the server puts a packet into its place</li><li><b class="k add">▲</b> start, include</li><li><b class="k remove">■</b> exclude</li>
<li><b class="k update">◆</b> refresh</li><li><b class="k create">●</b> a text</li><li><b>○</b> hears who is in the channel</li><li><b>◷</b> a clock</li></ul>`,
  "delivery-service": `<ul class="legend"><li><b class="k create">●</b> a commit; READY, ENDORSE, PRECOMMIT</li><li><b class="k add">▲</b> WITNESS, PREVOTE</li><li><b class="k update">◆</b> proposals</li>
<li><b class="k remove">■</b> decisions</li><li><b>◷</b> a timer</li></ul>`,
}

/** The page of a talk. */
export const talkPage = (loom: Loom, talk: Talk): Page => {
  const path = places.run(talk.id)
  const entry = loom.book.cases.find(({ id }) => id === talk.id)
  const rows = rowsOf(talk.events, ({ quiet }) => quiet)
  const heights = rows.map((row) => heightOf(row, talk))
  const shown = (entry?.clauses ?? []).map((clause) => loom.prose.name(clause, path, "clause")).join(", ")
  const names = talk.lanes.map((lane) => `<span>${escaped(lane)}</span>`).join("")
  const marks = talk.events.map(markOf)
  const drawn = picture(talk.lanes.length, marks, rows, heights)
  const items = rows.map((row, at) => item(row, heights[at]!, talk, loom, path))
  const address =
    entry === undefined ? "" : ` ${link(path, runAddress(entry.file, talk.id), "Run it here")}, step by step, with all its bytes.`
  return {
    path,
    title: talk.title,
    scripts: ["runs.js"],
    body: `<p class="note">${link(path, `${places.layer(entry?.layer ?? "session")}#${talk.id}`, `<code>${escaped(talk.id)}</code>`)}</p>
<h1>${escaped(talk.title)}</h1><p>Shows ${shown}.${address}</p><pre tabindex="0"><code>npx conclave repro ${escaped(talk.id)} -- ./my-port</code></pre>
${legends[entry?.part ?? ""] ?? ""}
<p class="note narrow">In a wider window there is a picture beside this list.</p>
<div class="run talk${talk.lanes.length > fewLanes ? "" : " few"}" role="region" aria-label="The run" tabindex="0"><div class="lanes" aria-hidden="true">${names}</div>${drawn}
<ol class="rows" ${causesAttribute(marks)}>${items.join("\n")}</ol></div>`,
  }
}
