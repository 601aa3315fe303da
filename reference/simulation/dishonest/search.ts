/**
 * A search for attacks on mpENC: a session of three, or its beginning, in which one member or the server tells one lie at each point, or several at random; and what has to be true of the honest ones afterwards.
 *
 * @module
 */

import { encodeWire } from "../../../spec/conventions/encoding.ts"
import type { ChannelEvent, Notice, Request, UserAction } from "../../../spec/mpenc/session.ts"
import { defaults, membersOf, type Options, publicState, Session } from "../../mpenc/session.ts"
import { choices, choose, drain, enters, pass, show, type World, want, worldOf } from "../interleavings.ts"
import { altered, inventions, type Lie } from "./packets.ts"

/** Who lies: a member, or the server. */
export type Liar = string

/** The server, among liars. */
const server: Liar = "the server"

const people = ["ann", "ben", "cas", "dan"]

/** What the honest ones do. */
export interface Scenario {
  readonly name: string
  /** Who is in the channel; the first three have a session unless it begins only. */
  readonly present: ReadonlyArray<string>
  readonly isBegun: boolean
  readonly wishes: ReadonlyArray<readonly [who: string, wish: UserAction]>
}

const include = (...members: ReadonlyArray<string>): UserAction => ({ type: "include", members })
const exclude = (...members: ReadonlyArray<string>): UserAction => ({ type: "exclude", members })
const send = (text: string): UserAction => ({ type: "send", text })

const three = people.slice(0, 3)

/** What is searched. */
export const scenarios: ReadonlyArray<Scenario> = [
  { name: "ann starts with ben and cas", present: three, isBegun: false, wishes: [["ann", include("ben", "cas")]] },
  {
    name: "all write",
    present: three,
    isBegun: true,
    wishes: [
      ["ann", send("one")],
      ["ben", send("two")],
      ["cas", send("three")],
    ],
  },
  {
    name: "ann makes a new key",
    present: three,
    isBegun: true,
    wishes: [
      ["ann", { type: "refresh" }],
      ["ben", send("two")],
    ],
  },
  {
    name: "ann includes dan",
    present: people,
    isBegun: true,
    wishes: [
      ["ann", include("dan")],
      ["ben", send("two")],
    ],
  },
  {
    name: "ann excludes cas",
    present: three,
    isBegun: true,
    wishes: [
      ["ann", exclude("cas")],
      ["ben", send("two")],
    ],
  },
  {
    name: "ann excludes ben",
    present: three,
    isBegun: true,
    wishes: [
      ["ann", exclude("ben")],
      ["cas", send("three")],
    ],
  },
  {
    name: "ann and ben make a new key at once",
    present: three,
    isBegun: true,
    wishes: [
      ["ann", { type: "refresh" }],
      ["ben", { type: "refresh" }],
    ],
  },
  {
    name: "ben parts",
    present: three,
    isBegun: true,
    wishes: [
      ["ben", { type: "part" }],
      ["ann", send("one")],
    ],
  },
]

const begin = ({ present, isBegun, wishes }: Scenario, options: Options): World => {
  const there = present.slice(0, 3).reduce(enters, worldOf(people, options))
  const inside = isBegun ? pass(drain(want(there, "ann", include("ben", "cas"))), 3_000) : there
  const all = present.slice(3).reduce(enters, inside)
  const start: World = { ...all, notices: [], refused: [] }
  return wishes.reduce((world, [who, wish]) => want(world, who, wish), start)
}

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
const lied = (world: World, liar: string, { texts, session }: Lie): World =>
  // Whoever may kick others in a channel needs no lie to end a session.
  tell({ ...world, barred: liar, sessions: { ...world.sessions, [liar]: session ?? world.sessions[liar]! } }, liar, texts)

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

const alarming: ReadonlyArray<Notice["type"]> = [
  "security",
  "not-acknowledged",
  "not-accepted",
  "not-decrypted",
  "history-missing",
  "order-unconfirmed",
  "expired",
]

const isAlarm = (notice: Notice): boolean =>
  alarming.includes(notice.type) ||
  (notice.type === "operation" && (notice.stage === "failed" || notice.stage === "late")) ||
  (notice.type === "ended" && !notice.good)

const names = (notice: Notice, liar: Liar): boolean =>
  (notice.type === "security" && notice.member === liar) ||
  (notice.type === "operation" && notice.by === liar) ||
  (notice.type === "leaving" && notice.member === liar)

/** What an honest member is shown. */
interface Outcome {
  readonly world: World
  readonly honest: ReadonlyArray<string>
  readonly liar: Liar
  readonly what: string
}

const toldOf = ({ world, honest }: Outcome): ReadonlyArray<Notice> =>
  world.notices.filter(([name]) => honest.includes(name)).map(([, notice]) => notice)

const isNamed = (outcome: Outcome): boolean => {
  const { world, honest, liar } = outcome
  if (liar === server) return toldOf(outcome).some(isAlarm) || world.refused.some(([name]) => honest.includes(name))
  const refused = world.refused.filter(([name]) => honest.includes(name))
  const isHis = ([, verdict, event]: World["refused"][number]) =>
    (event !== null && "sender" in event && event.sender === liar) || (verdict._tag === "Refused" && verdict.detail.includes(liar))
  // Nobody can prove whose intermediate key was wrong (erratum MK-1 and the limits of the chapter "security"): that it is noticed is enough.
  const isOfKeys = outcome.what.includes("INT_KEY")
  return toldOf(outcome).some((notice) => names(notice, liar)) || refused.some(isHis) || (isOfKeys && toldOf(outcome).some(isAlarm))
}

const together = (world: World, a: string, b: string): boolean =>
  [a, b].every((name) => publicState(world.sessions[name]!) === "joined") &&
  membersOf(world.sessions[a]!).includes(b) &&
  membersOf(world.sessions[b]!).includes(a)

const keyOf = (world: World, name: string): string =>
  Buffer.from(world.sessions[name]!.membership?.agreement.groupKey ?? []).toString("hex")

const tipOf = (world: World, name: string): string => world.sessions[name]!.order.line.at(-1)?.chainHash ?? ""

const textsOf = (world: World, name: string): ReadonlyArray<string> =>
  world.notices.flatMap(([to, notice]) => (to === name && notice.type === "message" ? [`${notice.author}: ${notice.text}`] : []))

const blameClauses = ["extensions.order-disputed", "extensions.order-inconsistent", "aske.acknowledgement", "greeting.identity"]

/** Who is told of something that an honest one has not done. By a server's word, some clauses name whom it has shown something false. */
const framed = (outcome: Outcome): string | undefined => {
  const { world, honest, liar } = outcome
  for (const [to, notice] of world.notices) {
    if (!honest.includes(to) || notice.type !== "security" || !honest.includes(notice.member)) continue
    if (liar === server && blameClauses.includes(notice.clause)) continue
    return `${to} is told of ${notice.member}, who is honest (${notice.clause})`
  }
  for (const [to, verdict, event] of world.refused) {
    if (!honest.includes(to) || verdict._tag !== "Refused" || !verdict.clause.startsWith("transcript.")) continue
    if (honest.includes(verdict.detail))
      return `${to} refuses a message of ${verdict.detail}, who is honest (${verdict.clause}, from ${event !== null && "sender" in event ? event.sender : "?"})`
  }
  return undefined
}

/** What is wrong between two honest members, when it is not told. */
const divided = (outcome: Outcome): string | undefined => {
  const { world, honest } = outcome
  const inside = honest.filter((name) => publicState(world.sessions[name]!) === "joined")
  for (const a of inside) {
    for (const b of inside) {
      if (a === b || !membersOf(world.sessions[a]!).includes(b)) continue
      if (!membersOf(world.sessions[b]!).includes(a)) return `${a} has ${b} in its session, which has ${a} not in its own`
      if (keyOf(world, a) !== keyOf(world, b)) return `${a} and ${b} have different keys`
      if (tipOf(world, a) !== tipOf(world, b)) return `${a} and ${b} have different lines`
      if (!textsOf(world, b).includes(`${a}: probe`)) return `${b} has not read what ${a} wrote last`
    }
  }
  return undefined
}

/** Whether those who were together are so no more. */
const ended = ({ world, honest }: Outcome, before: World, parting: ReadonlyArray<string>): string | undefined => {
  const stay = honest.filter((name) => !parting.includes(name))
  for (const a of stay)
    for (const b of stay) if (a < b && together(before, a, b) && !together(world, a, b)) return `the session of ${a} and ${b} has ended`
  return undefined
}

/** Whether the liar has begun an operation, and all honest ones were told so. */
const hasOperated = ({ world, honest, liar }: Outcome, before: World): boolean =>
  honest
    .filter((name) => membersOf(before.sessions[name]!).includes(liar))
    .every((name) =>
      world.notices.some(([to, one]) => to === name && one.type === "operation" && one.by === liar && one.stage === "started"),
    )

/** What has to be true after a lie; undefined when it is. */
const faultOf = (outcome: Outcome, before: World, parting: ReadonlyArray<string>): string | undefined => {
  const blame = framed(outcome)
  if (blame !== undefined) return blame
  const over = ended(outcome, before, parting)
  if (over !== undefined && outcome.liar !== server && !hasOperated(outcome, before)) return `${over}, and not by an operation`
  const wrong = divided(outcome) ?? over
  return wrong === undefined || isNamed(outcome) ? undefined : `${wrong}, and nobody is told who is at fault`
}

/** The honest ones exclude the liar, if it is in their session; what is wrong when they cannot. */
const excluded = (outcome: Outcome): string | undefined => {
  const { world, honest, liar, what } = outcome
  const [first, ...others] = honest.filter((name) => honest.some((one) => one !== name && together(world, name, one)))
  if (liar === server || first === undefined || !membersOf(world.sessions[first]!).includes(liar)) return undefined
  const after = pass(drain(want(world, first, { type: "exclude", members: [liar] })), world.now + 30_000)
  const rest = [first, ...others.filter((name) => together(world, first, name))]
  const isOut = rest.every((name) => !membersOf(after.sessions[name]!).includes(liar) && membersOf(after.sessions[name]!).includes(first))
  if (!isOut) return `${rest.join()} cannot exclude ${liar}`
  const isOne = new Set(rest.map((name) => keyOf(after, name))).size === 1
  return isOne || what.includes("INT_KEY") ? undefined : `${rest.join()} have different keys after they have excluded ${liar}`
}

const settled = (world: World): World => pass(drain(world), world.now + 70_000)

/** Everybody writes once more, and time passes. */
const probed = (world: World, honest: ReadonlyArray<string>): World => {
  const inside = honest.filter((name) => publicState(world.sessions[name]!) === "joined")
  const asked = inside.reduce((after, name) => want(after, name, { type: "send", text: "probe" }), world)
  return pass(drain(asked), world.now + 35_000)
}

const partingIn = ({ wishes }: Scenario): ReadonlyArray<string> =>
  wishes.flatMap(([who, wish]) => (wish.type === "part" ? [who] : wish.type === "exclude" ? wish.members : []))

const canBeEncoded = ({ sessions }: World, honest: ReadonlyArray<string>): void => {
  for (const name of honest) encodeWire(Session, sessions[name]!)
}

/** Plays what follows from lies, and judges it. */
const judge = (scenario: Scenario, before: World, liar: Liar, what: string, after: () => World): string | undefined => {
  const honest = people.filter((name) => name !== liar && before.members.includes(name))
  try {
    const world = probed(settled(after()), honest)
    canBeEncoded(world, honest)
    const outcome = { world, honest, liar, what }
    return faultOf(outcome, before, partingIn(scenario)) ?? excluded(outcome)
  } catch (error) {
    return `an exception: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`
  }
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

/** Who can lie in a scenario. */
export const liarsIn = ({ present }: Scenario): ReadonlyArray<Liar> => [...present, server]

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
