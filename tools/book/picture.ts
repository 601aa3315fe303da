/**
 * Space-time diagrams: a lane for each who takes part, time downward, a row for each event or for several in which nothing is to be seen.
 * The list beside a picture says the same row by row; the picture is hidden from those who cannot see it.
 *
 * @module
 */

/** An event as it is drawn. */
export interface Mark {
  readonly lane: number
  /** The event, by its position, that sent what is taken. */
  readonly from: number | null
  readonly quiet: boolean
  /** Its shape, at a place. */
  readonly shape: (x: number, y: number) => string
  /** The class of the line by which it hears of something. */
  readonly line: string
  readonly sealed: boolean
  readonly concurrent: boolean
  /** Whether its lane ends here. */
  readonly ends: boolean
}

/** A row: one event, or several quiet ones after one another. Positions are those among all events. */
export interface Row<E> {
  readonly events: ReadonlyArray<E>
  readonly positions: ReadonlyArray<number>
}

/** Events in rows. */
export const rowsOf = <E>(events: ReadonlyArray<E>, isQuiet: (event: E) => boolean): ReadonlyArray<Row<E>> => {
  const rows: Array<{ events: Array<E>; positions: Array<number> }> = []
  for (const [at, event] of events.entries()) {
    const last = rows.at(-1)
    if (last !== undefined && isQuiet(event) && isQuiet(last.events[0]!)) {
      last.events.push(event)
      last.positions.push(at)
    } else rows.push({ events: [event], positions: [at] })
  }
  return rows
}

/** As many lanes have room beside the list in a window of usual width. */
export const fewLanes = 5

/** The height of a row of one line. */
export const rowHeight = 30

const width = 60

const xOf = (lane: number) => 30 + lane * width

/** Shapes that pictures share. */
export const shapes = {
  dot: (x: number, y: number) => `<circle class="dot" cx="${x}" cy="${y}" r="4"/>`,
  create: (x: number, y: number) => `<circle class="create" cx="${x}" cy="${y}" r="6"/>`,
  update: (x: number, y: number) => `<path class="update" d="M${x} ${y - 8}l8 8-8 8-8-8z"/>`,
  add: (x: number, y: number) => `<path class="add" d="M${x} ${y - 8}l8 14h-16z"/>`,
  remove: (x: number, y: number) =>
    `<path class="remove" d="M${x - 6} ${y - 6}h12v12h-12z"/><path class="cross" d="M${x - 4} ${y - 4}l8 8m0-8l-8 8"/>`,
  see: (x: number, y: number) => `<path class="see" d="M${x - 5} ${y - 5}h10v10h-10z"/>`,
  refused: (x: number, y: number) => `<circle class="dot" cx="${x}" cy="${y}" r="4"/><path class="bar" d="M${x - 8} ${y + 7}h16"/>`,
  removed: (x: number, y: number) =>
    `<circle class="dot" cx="${x}" cy="${y}" r="4"/><path class="bar" d="M${x - 6} ${y - 6}l12 12m0-12l-12 12"/>`,
  hear: (x: number, y: number) => `<circle class="see" cx="${x}" cy="${y}" r="4"/>`,
  timer: (x: number, y: number) => `<circle class="see" cx="${x}" cy="${y}" r="6"/><path d="M${x} ${y - 4}v4l3 2"/>`,
} as const

interface Point {
  readonly lane: number
  readonly y: number
}

/** A message from one row to another. It is bent where it would cross the events of other lanes. */
const lineOf = (from: Point, to: Point, { line, sealed }: Mark, at: number): string => {
  const [x1, y1, x2, y2] = [xOf(from.lane), from.y, xOf(to.lane), to.y]
  const isFar = Math.abs(to.lane - from.lane) > 1
  const [cx, cy] = [x1 + (x2 - x1) * (isFar ? 0.65 : 0.5), y1 + (y2 - y1) * (isFar ? 0.2 : 0.5)]
  const length = Math.hypot(x2 - cx, y2 - cy) || 1
  const [ex, ey] = [x2 - ((x2 - cx) / length) * 6, y2 - ((y2 - cy) / length) * 6]
  const [mx, my] = [(x1 + 2 * cx + x2) / 4, (y1 + 2 * cy + y2) / 4]
  const seal = sealed ? `<path class="seal" d="M${mx} ${my - 5}l5 5-5 5-5-5z"/>` : ""
  return `<g class="message ${line}" data-at="${at}"><path d="M${x1} ${y1}Q${cx.toFixed(1)} ${cy.toFixed(1)} ${ex.toFixed(1)} ${ey.toFixed(1)}" marker-end="url(#arrow)"/>${seal}</g>`
}

const arrow = `<defs><marker id="arrow" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L10 5L0 10z" fill="context-stroke"/></marker></defs>`

const topsOf = (heights: ReadonlyArray<number>): ReadonlyArray<number> => {
  const tops = [0]
  for (const height of heights) tops.push(tops.at(-1)! + height)
  return tops
}

/** What comes directly before each event, by positions: what its lane did before it, and what was sent that it takes. */
const causesOf = (marks: ReadonlyArray<Mark>): ReadonlyArray<ReadonlyArray<number>> => {
  const last = new Map<number, number>()
  return marks.map(({ lane, from }, at) => {
    const before = last.get(lane)
    last.set(lane, at)
    return [...new Set([before, from].filter((cause) => cause !== undefined && cause !== null))]
  })
}

/** What the script needs of a list beside a picture to say what is before, after and beside an event. */
export const causesAttribute = (marks: ReadonlyArray<Mark>): string => `data-causes="${JSON.stringify(causesOf(marks))}"`

/** The same, of one row of it. */
export const positionsAttribute = ({ positions }: Row<unknown>): string =>
  `data-from="${positions[0]}"${positions.length > 1 ? ` data-to="${positions.at(-1)}"` : ""}`

/** The picture of rows of these heights. */
export const picture = (
  lanes: number,
  marks: ReadonlyArray<Mark>,
  rows: ReadonlyArray<Row<unknown>>,
  heights: ReadonlyArray<number>,
): string => {
  const tops = topsOf(heights)
  const all = tops.at(-1)!
  const yOf = (row: number) => tops[row]! + rowHeight / 2
  const rowAt = new Map(rows.flatMap(({ positions }, row) => positions.map((position) => [position, row] as const)))
  const shown = rows.flatMap(({ positions }, row) => {
    const mark = marks[positions[0]!]!
    return mark.quiet ? [] : [{ mark, row, at: positions[0]! }]
  })
  const right = xOf(lanes - 1)
  const laneLines = Array.from({ length: lanes }, (_, lane) => {
    const own = shown.filter(({ mark }) => mark.lane === lane)
    const [first, last] = [own[0]?.row ?? 0, own.find(({ mark }) => mark.ends)?.row ?? rows.length - 1]
    const x = xOf(lane)
    return `<path class="outside" d="M${x} 0V${yOf(first)}"/><path class="lane" d="M${x} ${yOf(first)}V${yOf(last)}"/><path class="outside" d="M${x} ${yOf(last)}V${all}"/>`
  })
  const bands = shown
    .filter(({ mark }) => mark.concurrent)
    .map(({ row }) => `<path class="band" d="M2 ${tops[row]}h${right + 26}v${heights[row]}h-${right + 26}z"/>`)
  const lines = shown.flatMap(({ mark, row, at }) => {
    if (mark.from === null) return []
    const source = marks[mark.from]!
    return [lineOf({ lane: source.lane, y: yOf(rowAt.get(mark.from)!) }, { lane: mark.lane, y: yOf(row) }, mark, at)]
  })
  const drawn = rows.map(({ positions }, row) => {
    const of = positions.map((position) => marks[position]!)
    if (!of[0]!.quiet) return `<g data-at="${positions[0]}">${of[0]!.shape(xOf(of[0]!.lane), yOf(row))}</g>`
    return [...new Set(of.map(({ lane }) => lane))].map((lane) => `<path class="tick" d="M${xOf(lane) - 5} ${yOf(row)}h10"/>`).join("")
  })
  return `<svg class="spacetime" aria-hidden="true" width="${right + 30}" height="${all}" viewBox="0 0 ${right + 30} ${all}">${arrow}
${[...bands, ...laneLines, ...lines, ...drawn].join("\n")}</svg>`
}
