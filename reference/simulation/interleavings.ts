/**
 * Worlds of sessions whose server takes the requests of its users in any order. A world is a value: going another way from one is starting from it again.
 *
 * @module
 */
import { Context, Effect, Result } from "effect"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import type { NotAccepted } from "../../spec/conventions/verdicts.ts"
import type { ChannelEvent, Notice, Request, UserAction } from "../../spec/mpenc/notices.ts"
import { Crypto } from "../crypto/crypto.ts"
import { noblePrimitives } from "../crypto/providers/noble.ts"
import { nodePrimitives } from "../crypto/providers/node.ts"
import { labelledDraw, Randomness } from "../crypto/randomness.ts"
import type { Services } from "../mpenc/session/state.ts"
import * as Sessions from "../mpenc/session.ts"
import { identitiesOf } from "./group-channel.ts"
import { rememberingPrimitives } from "./remembering-primitives.ts"

/** What happens by itself in a world: somebody wants something, or the transport brings or takes somebody. */
export type Happening = { readonly who: string; readonly wants: UserAction } | { readonly enters: string } | { readonly leaves: string }

export interface World {
  readonly now: number
  readonly members: ReadonlyArray<string>
  readonly sessions: Readonly<Record<string, Sessions.Session>>
  readonly queues: Readonly<Record<string, ReadonlyArray<Request>>>
  readonly happenings: ReadonlyArray<Happening>
  /** Whose wishes to kick somebody the server does not grant. */
  readonly barred: string | null
  readonly notices: ReadonlyArray<readonly [string, Notice]>
  /** Who has refused what, and the event by which it came, if it was one. */
  readonly refused: ReadonlyArray<readonly [string, NotAccepted, ChannelEvent | null]>
}

/** Everybody computes the same, on every way again. */
const primitives = rememberingPrimitives(nodePrimitives)

const contexts = new Map<string, Context.Context<Services>>()

/** What the steps of `name` ask for: made once, for there are very many steps. */
const contextOf = (name: string): Context.Context<Services> => {
  const known = contexts.get(name)
  if (known !== undefined) return known
  const seed = labelledDraw(noblePrimitives, new Uint8Array(32), `interleaving ${name}`, 32)
  const draw = (label: string, length: number) => labelledDraw(primitives, seed, label, length)
  const context = Context.make(Crypto, primitives).pipe(Context.add(Randomness, { draw }))
  contexts.set(name, context)
  return context
}

/** Nobody is in the channel yet. */
export const worldOf = (names: ReadonlyArray<string>, options = Sessions.defaults): World => ({
  now: 0,
  members: [],
  sessions: Object.fromEntries(names.map((name) => [name, Sessions.create(name, identitiesOf(name, names), options)])),
  queues: Object.fromEntries(names.map((name) => [name, []])),
  happenings: [],
  barred: null,
  notices: [],
  refused: [],
})

/** Computes what somebody could, with the randomness of `name`. Throws when it fails. */
export const computed = <A>(name: string, effect: Effect.Effect<A, NotAccepted, Services>): A =>
  Result.getOrThrow(Effect.runSync(Effect.result(effect).pipe(Effect.provideContext(contextOf(name)))))

const run = (
  world: World,
  name: string,
  step: Effect.Effect<Sessions.Stepped, NotAccepted, Services>,
  event: ChannelEvent | null = null,
): World => {
  const result = Effect.runSync(Effect.result(step).pipe(Effect.provideContext(contextOf(name))))
  if (Result.isFailure(result)) return { ...world, refused: [...world.refused, [name, result.failure, event]] }
  const { session, requests, notices } = result.success
  return {
    ...world,
    sessions: { ...world.sessions, [name]: session },
    queues: { ...world.queues, [name]: [...world.queues[name]!, ...requests] },
    notices: [...world.notices, ...notices.map((notice) => [name, notice] as const)],
  }
}

export const want = (world: World, name: string, action: UserAction): World =>
  run(world, name, Sessions.act(world.sessions[name]!, action, world.now))

/** Shows an event to these. */
export const show = (world: World, names: ReadonlyArray<string>, event: ChannelEvent): World =>
  names.reduce((after, name) => run(after, name, Sessions.receive(after.sessions[name]!, event, after.now), event), world)

export const enters = (world: World, name: string): World => {
  if (world.members.includes(name)) return world
  const members = [...world.members, name]
  const seen = show({ ...world, members }, world.members, { type: "enter", members: [name] })
  return show(seen, [name], { type: "entered", members })
}

const leaves = (world: World, name: string): World => {
  if (!world.members.includes(name)) return world
  const members = world.members.filter((member) => member !== name)
  // What it had asked for and the server has not taken yet is lost.
  const gone = { ...world, members, queues: { ...world.queues, [name]: [] } }
  return show(show(gone, members, { type: "leave", members: [name] }), [name], { type: "left" })
}

const serve = (world: World, from: string, request: Request): World => {
  if (request.type === "enter") return enters(world, from)
  if (!world.members.includes(from) || (request.type === "kick" && from === world.barred)) return world
  if (request.type === "send") return show(world, world.members, { type: "packet", sender: from, text: request.text })
  if (request.type === "send-directly") return show(world, request.recipients, { type: "direct", sender: from, text: request.text })
  if (request.type === "let-in") return request.members.reduce(enters, world)
  return (request.type === "leave" ? [from] : request.members).reduce(leaves, world)
}

/** Who has asked for something, and "*" when something happens by itself. */
export const choices = ({ queues, happenings }: World): ReadonlyArray<string> => [
  ...Object.keys(queues).filter((name) => queues[name]!.length > 0),
  ...(happenings.length > 0 ? ["*"] : []),
]

/** The world after the next request of `name`, or the next thing that happens by itself. */
export const choose = (world: World, name: string): World => {
  const [happening, ...rest] = world.happenings
  if (name === "*") {
    const after = { ...world, happenings: rest }
    if ("wants" in happening!) return want(after, happening.who, happening.wants)
    return "enters" in happening! ? enters(after, happening.enters) : leaves(after, happening!.leaves)
  }
  const [request, ...later] = world.queues[name]!
  return serve({ ...world, queues: { ...world.queues, [name]: later } }, name, request!)
}

const isMessage = (request: Request): boolean => "text" in request && request.text.startsWith("?mpENC:ABI")

/** Requests of whoever has been asked by a person to write. */
const texts = new WeakSet<Request>()

/** Marks what has just been written by a person's wish: when the server takes that matters. */
const marked = (world: World): World => {
  for (const queue of Object.values(world.queues)) for (const request of queue) if (isMessage(request)) texts.add(request)
  return world
}

const isIdle = ({ members }: World, request: Request): boolean => {
  if (request.type === "kick") return request.members.every((member) => !members.includes(member))
  return request.type === "let-in" && request.members.every((member) => members.includes(member))
}

/** Takes what changes nothing about operations, whenever it is taken: messages that sessions write by themselves, and requests for what is so already. */
const flushed = (world: World): World => {
  const taken = Object.keys(world.queues).find((name) => {
    const [request] = world.queues[name]!
    return request !== undefined && (isIdle(world, request) || (isMessage(request) && !texts.has(request)))
  })
  return taken === undefined ? world : flushed(choose(world, taken))
}

/** The world after the next request of `name`, or the next thing that happens, and all that follows by itself. */
const after = (world: World, name: string): World => {
  const [happening] = world.happenings
  const chosen = choose(world, name)
  return flushed(name === "*" && "wants" in happening! && happening.wants.type === "send" ? marked(chosen) : chosen)
}

const digests = new WeakMap<Sessions.Session, string>()

/** What a world is, without what was told. */
export const digestOf = ({ members, sessions, queues, happenings }: World): string => {
  const names = Object.keys(sessions).map((name) => {
    const session = sessions[name]!
    const known = digests.get(session) ?? Buffer.from(nodePrimitives.sha256(encodeWire(Sessions.Session, session))).toString("base64")
    digests.set(session, known)
    return known
  })
  return JSON.stringify([members, names, queues, happenings.length])
}

/** Every order in which the server can take what is asked, and things can happen: how many worlds there are on the way, and those in which nothing is left to be taken. Ways that lead to the same world are one from there on. */
export const everyOrder = (world: World): { readonly worlds: number; readonly ends: ReadonlyArray<World> } => {
  const start = flushed(world)
  const ends: Array<World> = []
  let worlds = 1
  for (let level = new Map([[digestOf(start), start]]); level.size > 0; ) {
    const next = new Map<string, World>()
    for (const one of level.values()) {
      const open = choices(one)
      if (open.length === 0) ends.push(one)
      for (const name of open) {
        const then = after(one, name)
        next.set(digestOf(then), then)
      }
    }
    worlds += next.size
    level = next
  }
  return { worlds, ends }
}

/** Takes requests in turn until there are none. */
export const drain = (world: World): World => {
  let after = world
  for (let open = choices(after); open.length > 0; open = choices(after))
    after = open.reduce((one, name) => (choices(one).includes(name) ? choose(one, name) : one), after)
  return after
}

/** Turns the clock to `until`, taking requests as they come. */
export const pass = (world: World, until: number): World => {
  let after = drain(world)
  for (;;) {
    const times = Object.values(after.sessions)
      .map((session) => Sessions.nextTick(session))
      .filter((at) => at !== null)
    const now = Math.max(after.now, Math.min(...times))
    if (now > until) return { ...after, now: until }
    after = { ...after, now }
    for (const name of Object.keys(after.sessions)) {
      const at = Sessions.nextTick(after.sessions[name]!)
      if (at !== null && at <= now) after = run(after, name, Sessions.tick(after.sessions[name]!, now))
    }
    after = drain(after)
  }
}
