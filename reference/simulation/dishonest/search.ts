/**
 * A search for attacks on mpENC: a session of three, or its beginning, in which one member or the server tells one lie at each point, or several at random; and what has to be true of the honest ones afterwards.
 *
 * @module
 */

import type { ChannelEvent, Request } from "../../../spec/mpenc/notices.ts"
import { defaults, membersOf } from "../../mpenc/session.ts"
import { choices, choose, drain, show, type World } from "../interleavings.ts"
import { judge } from "./judgement.ts"
import { altered, inventions, type Lie } from "./packets.ts"
import { begin, type Liar, liarsIn, type Scenario, scenarios, server } from "./scenarios.ts"

/** A world in which the server is about to take a request, and the packets that it has shown before. */
interface Point {
  readonly world: World
  readonly next: string
  readonly shown: ReadonlyArray<ChannelEvent>
}

const requestAt = ({ world, next }: Point): Request => world.queues[next]![0]!

const eventOf = (point: Point): ChannelEvent | null => {
  const request = requestAt(point)
  return request.type === "send" ? { type: "packet", sender: point.next, text: request.text } : null
}

/** The points of an honest run, in which the server takes requests in turn. */
const pointsOf = (start: World): ReadonlyArray<Point> => {
  const points: Array<Point> = []
  let world = start
  let turn = 0
  let shown: ReadonlyArray<ChannelEvent> = []
  for (let open = choices(world); open.length > 0; open = choices(world)) {
    const point: Point = { world, next: open[turn++ % open.length]!, shown }
    points.push(point)
    const event = eventOf(point)
    shown = event === null ? shown : [...shown, event]
    world = choose(world, point.next)
  }
  return points
}

/** A world after a lie. */
export interface Lied {
  readonly what: string
  /** The world after it; computed only when it is looked at, for it may throw. */
  readonly after: () => World
}

const tell = (world: World, sender: string, texts: ReadonlyArray<string>): World =>
  texts.reduce((after, text) => show(after, after.members, { type: "packet", sender, text }), world)

/** The world after a liar has told a lie. */
const lied = (world: World, liar: string, { texts, session, first = [] }: Lie): World => {
  // Whoever may kick others in a channel needs no lie to end a session.
  const start: World = { ...world, barred: liar, sessions: { ...world.sessions, [liar]: session ?? world.sessions[liar]! } }
  const begun = first.reduce((after, { to, text }) => show(after, [to], { type: "packet", sender: liar, text }), start)
  const told = tell(begun, liar, texts)
  const isRefused = Object.keys(world.sessions).every((name) => name === liar || told.sessions[name] === world.sessions[name])
  // What nobody has taken is as good as silence, and many lies are: so what comes of them is computed once.
  return isRefused ? { ...world, barred: liar, notices: told.notices, refused: told.refused } : told
}

const insiderLies = (point: Point, liar: string): ReadonlyArray<Lied> => {
  const { world, next, shown } = point
  const request = requestAt(point)
  const strangers = world.members.filter((member) => !membersOf(world.sessions[liar]!).includes(member))
  const rest = { ...world, queues: { ...world.queues, [next]: world.queues[next]!.slice(1) } }
  const replaced =
    next === liar && request.type === "send"
      ? [
          { what: "says nothing", after: () => rest },
          ...altered(world, liar, request.text, strangers).map((lie) => ({
            what: `in its place: ${lie.what}`,
            after: () => lied(rest, liar, lie),
          })),
        ]
      : []
  const invented = inventions(world, liar).map((lie) => ({ what: lie.what, after: () => lied(world, liar, lie) }))
  const replayed = shown.flatMap((event, place) =>
    event.type === "packet" ? [{ what: `packet ${place} again`, after: () => tell(world, liar, [event.text]) }] : [],
  )
  return [...replaced, ...invented, ...replayed]
}

/** The world after the next request, which `lied` of the members are shown otherwise. */
const except = ({ world, next }: Point, lied: ReadonlyArray<string>, otherwise: (world: World, event: ChannelEvent) => World): World => {
  const [request, ...later] = world.queues[next]!
  const rest = { ...world, queues: { ...world.queues, [next]: later } }
  if (request?.type !== "send") return rest
  const event: ChannelEvent = { type: "packet", sender: next, text: request.text }
  const others = world.members.filter((member) => !lied.includes(member))
  return otherwise(show(rest, others, event), event)
}

const serverLies = (point: Point): ReadonlyArray<Lied> => {
  const { world, next, shown } = point
  const { members } = world
  const isPacket = requestAt(point).type === "send"
  const ofPacket = !isPacket
    ? []
    : [
        ...[...members.map((member) => [member]), members].flatMap(
          (lied): ReadonlyArray<Lied> => [
            { what: `drops it for ${lied}`, after: () => except(point, lied, (after) => after) },
            { what: `shows it to ${lied} too late`, after: () => except(point, lied, (after, event) => show(drain(after), lied, event)) },
            {
              what: `shows it to ${lied} after the next`,
              after: () =>
                except(point, lied, (after, event) =>
                  show(choices(after).length === 0 ? after : choose(after, choices(after)[0]!), lied, event),
                ),
            },
            { what: `shows it to ${lied} twice`, after: () => except(point, [], (after, event) => show(after, lied, event)) },
            {
              what: `changes it for ${lied}`,
              after: () =>
                except(point, lied, (after, event) =>
                  show(after, lied, { ...event, text: "text" in event ? event.text.replace(/.{8}\.$/u, "AAAAAAAA.") : "" } as ChannelEvent),
                ),
            },
            ...members
              .filter((sender) => sender !== next)
              .map((sender) => ({
                what: `shows it to ${lied} as of ${sender}`,
                after: () => except(point, lied, (after, event) => show(after, lied, { ...event, sender } as ChannelEvent)),
              })),
          ],
        ),
      ]
  const ofMembership = members.flatMap(
    (member): ReadonlyArray<Lied> => [
      { what: `shows ${member} that mallory enters`, after: () => show(world, [member], { type: "enter", members: ["mallory"] }) },
      ...members
        .filter((other) => other !== member)
        .map((other) => ({
          what: `shows ${member} that ${other} leaves`,
          after: () => show(world, [member], { type: "leave", members: [other] }),
        })),
    ],
  )
  const replays = shown.flatMap((event, place) =>
    members.map((member) => ({ what: `shows ${member} packet ${place} again`, after: () => show(world, [member], event) })),
  )
  return [...ofPacket, ...ofMembership, ...replays]
}

/** How many points a scenario has. */
export const pointsIn = (scenario: Scenario): number => pointsOf(begin(scenario, defaults)).length

/** Every lie of one, at every point of a scenario, or at one of them. */
export const liesIn = (scenario: Scenario, liar: Liar, only: number | null = null) => {
  const start = begin(scenario, defaults)
  return pointsOf(start).flatMap((point, place) => {
    if (only !== null && place !== only) return []
    const lies = liar === server ? serverLies(point) : insiderLies(point, liar)
    return lies.map(({ what, after }) => ({
      scenario: scenario.name,
      liar,
      point: place,
      what,
      judged: () => judge(scenario, start, liar, what, after),
    }))
  })
}

/** Numbers from 0 to below a limit, the same for one seed. */
const numbers = (seed: number) => {
  let state = Math.imul(seed + 1, 0x9e3779b1)
  return (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >> 8) % limit
  }
}

/** A run with up to three lies of one liar at random points, the server taking requests in a random order. */
export const randomRun = (seed: number) => {
  const pick = numbers(seed)
  const scenario = scenarios[pick(scenarios.length)]!
  const liars = liarsIn(scenario)
  const liar = liars[pick(liars.length)]!
  const start = begin(scenario, defaults)
  const told: Array<string> = []
  const after = () => {
    let world = start
    let shown: ReadonlyArray<ChannelEvent> = []
    for (let open = choices(world); open.length > 0; open = choices(world)) {
      const point: Point = { world, next: open[pick(open.length)]!, shown }
      const event = eventOf(point)
      shown = event === null ? shown : [...shown, event]
      const lies = told.length < 3 && pick(6) === 0 ? (liar === server ? serverLies(point) : insiderLies(point, liar)) : []
      const lie = lies.length === 0 ? undefined : lies[pick(lies.length)]!
      if (lie !== undefined) told.push(lie.what)
      world = lie === undefined ? choose(world, point.next) : lie.after()
    }
    return world
  }
  let world: World | undefined
  let failure: unknown
  try {
    world = after()
  } catch (error) {
    failure = error
  }
  const play = (): World => {
    if (world === undefined) throw failure
    return world
  }
  const says = judge(scenario, start, liar, told.join("; "), play)
  return { scenario: scenario.name, liar, what: told.join("; "), says }
}
