/**
 * A group channel in memory, for tests, exploration and demonstrations: people with sessions of mpENC, a server that puts their requests into one line, and a clock that only the caller turns. The server is honest,
 * unless it is given a `fate`, which decides what each member gets of each event, and when: so it can drop, delay, reorder, replay, invent, and tell different members different things.
 *
 * @module
 */
import { Effect, Result } from "effect"
import type { NotAccepted } from "../../spec/conventions/verdicts.ts"
import type { Identities } from "../../spec/mpenc/greeting.ts"
import type { ChannelEvent, Notice, Request, UserAction } from "../../spec/mpenc/notices.ts"
import { Crypto, type Primitives } from "../crypto/crypto.ts"
import { noblePrimitives } from "../crypto/providers/noble.ts"
import { nodePrimitives } from "../crypto/providers/node.ts"
import { labelledDraw, Randomness, seeded } from "../crypto/randomness.ts"
import type { Services } from "../mpenc/session/state.ts"
import * as Sessions from "../mpenc/session.ts"

/** A person: a session, what it told, and what it refused. */
export interface Person {
  readonly name: string
  readonly seed: Uint8Array
  session: Sessions.Session
  readonly notices: Array<Notice>
  readonly refused: Array<NotAccepted>
}

/** What a member gets of an event: these events, each after so many milliseconds. */
export type Fate = (
  event: ChannelEvent,
  to: string,
  channel: GroupChannel,
) => ReadonlyArray<{ readonly event: ChannelEvent; readonly delay: number }>

interface Arrival {
  readonly to: string
  readonly event: ChannelEvent
  readonly at: number
}

/** The channel, its people, and what is under way. */
export interface GroupChannel {
  now: number
  members: ReadonlyArray<string>
  readonly people: ReadonlyMap<string, Person>
  readonly fate: Fate
  /** Whether the server does what somebody asks for. */
  readonly grants: (from: string, request: Request) => boolean
  /** What has happened in the channel, in the server's order. */
  readonly events: Array<ChannelEvent>
  arrivals: Array<Arrival>
  /** Told of each notice, as it comes. */
  readonly listen: (person: string, notice: Notice) => void
  /** What the people compute with. */
  readonly primitives: Primitives
}

/** Gives everybody everything after 50 milliseconds. */
const honest: Fate = (event) => [{ event, delay: 50 }]

/** The seed of a person here: public, and obviously so. */
const seedOf = (name: string): Uint8Array => labelledDraw(noblePrimitives, new Uint8Array(32), `channel ${name}`, 32)

const identitySecret = (name: string) => labelledDraw(noblePrimitives, seedOf(name), "identity", 32)

/** The identity keys of one who knows all of `names`. */
export const identitiesOf = (name: string, names: ReadonlyArray<string>): Identities => ({
  secretKey: identitySecret(name),
  known: names.map((member) => ({ member, publicKey: noblePrimitives.ed25519PublicKey(identitySecret(member)) })),
})

/** A channel with nobody in it, for these people, who know each other's identity keys. */
export const groupChannel = (
  names: ReadonlyArray<string>,
  {
    fate = honest,
    grants = () => true,
    options = Sessions.defaults,
    listen = () => {},
    primitives = nodePrimitives,
  }: Partial<Pick<GroupChannel, "fate" | "grants" | "listen" | "primitives">> & { readonly options?: Sessions.Options } = {},
): GroupChannel => {
  const person = (name: string): Person => ({
    name,
    seed: seedOf(name),
    session: Sessions.create(name, identitiesOf(name, names), options),
    notices: [],
    refused: [],
  })
  return {
    now: 0,
    members: [],
    people: new Map(names.map((name) => [name, person(name)])),
    fate,
    grants,
    events: [],
    arrivals: [],
    listen,
    primitives,
  }
}

/** A person by name. */
export const personOf = (channel: GroupChannel, name: string): Person => channel.people.get(name)!

type Step = Effect.Effect<Sessions.Stepped, NotAccepted, Services>

/** Runs a step of a person's session; gives the verdict when it is not accepted. */
const run = (channel: GroupChannel, person: Person, step: Step): NotAccepted | null => {
  const result = Effect.runSync(
    Effect.result(step).pipe(
      Effect.provideService(Crypto, channel.primitives),
      Effect.provideService(Randomness, seeded(channel.primitives, person.seed)),
    ),
  )
  if (Result.isFailure(result)) return result.failure
  person.session = result.success.session
  for (const notice of result.success.notices) {
    person.notices.push(notice)
    channel.listen(person.name, notice)
  }
  for (const request of result.success.requests) serve(channel, person.name, request)
  return null
}

/** Lets `to` know of an event, by the server's will. */
const deliver = (channel: GroupChannel, event: ChannelEvent, to: string): void => {
  for (const { event: shown, delay } of channel.fate(event, to, channel))
    channel.arrivals.push({ to, event: shown, at: channel.now + delay })
}

const happen = (channel: GroupChannel, event: ChannelEvent, to: ReadonlyArray<string>): void => {
  channel.events.push(event)
  for (const member of to) deliver(channel, event, member)
}

const admit = (channel: GroupChannel, names: ReadonlyArray<string>): void => {
  for (const name of names) {
    if (channel.members.includes(name) || !channel.people.has(name)) continue
    happen(channel, { type: "enter", members: [name] }, channel.members)
    channel.members = [...channel.members, name]
    deliver(channel, { type: "entered", members: channel.members }, name)
  }
}

const dismiss = (channel: GroupChannel, names: ReadonlyArray<string>): void => {
  for (const name of names) {
    if (!channel.members.includes(name)) continue
    channel.members = channel.members.filter((member) => member !== name)
    happen(channel, { type: "leave", members: [name] }, channel.members)
    deliver(channel, { type: "left" }, name)
  }
}

/** The server does what is asked. */
export const serve = (channel: GroupChannel, from: string, request: Request): void => {
  if (!channel.grants(from, request)) return
  if (request.type === "enter") admit(channel, [from])
  else if (!channel.members.includes(from)) return
  else if (request.type === "send") happen(channel, { type: "packet", sender: from, text: request.text }, channel.members)
  else if (request.type === "send-directly")
    for (const to of request.recipients) deliver(channel, { type: "direct", sender: from, text: request.text }, to)
  else if (request.type === "let-in") admit(channel, request.members)
  else dismiss(channel, request.type === "leave" ? [from] : request.members)
}

/** A person wants something; gives the verdict when it is not accepted. */
export const want = (channel: GroupChannel, name: string, action: UserAction): NotAccepted | null => {
  const person = personOf(channel, name)
  return run(channel, person, Sessions.act(person.session, action, channel.now))
}

/** A person gets an event now. What is not accepted is noted. */
export const show = (channel: GroupChannel, to: string, event: ChannelEvent): void => {
  const person = personOf(channel, to)
  const verdict = run(channel, person, Sessions.receive(person.session, event, channel.now))
  if (verdict !== null) person.refused.push(verdict)
}

const nextTime = (channel: GroupChannel): number => {
  const ticks = [...channel.people.values()].map(({ session }) => Sessions.nextTick(session)).filter((at) => at !== null)
  return Math.min(...channel.arrivals.map(({ at }) => at), ...ticks)
}

const tickAll = (channel: GroupChannel): void => {
  for (const person of channel.people.values()) {
    const at = Sessions.nextTick(person.session)
    if (at !== null && at <= channel.now) run(channel, person, Sessions.tick(person.session, channel.now))
  }
}

/** Turns the clock by `span` milliseconds, with all that happens meanwhile. */
export const pass = (channel: GroupChannel, span: number): void => {
  const until = channel.now + span
  for (let next = nextTime(channel); next <= until; next = nextTime(channel)) {
    channel.now = Math.max(channel.now, next)
    const arrived = channel.arrivals.filter(({ at }) => at <= channel.now)
    channel.arrivals = channel.arrivals.filter(({ at }) => at > channel.now)
    for (const { to, event } of arrived) show(channel, to, event)
    tickAll(channel)
  }
  channel.now = until
}
