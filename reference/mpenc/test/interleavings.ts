/**
 * Worlds of sessions whose server takes the requests of its users in any order that a test chooses. A world is a value: going another way from one is starting from it again.
 */
import { Effect, Layer, Result } from "effect"
import type { NotAccepted } from "../../../spec/conventions/verdicts.ts"
import type { ChannelEvent, Notice, Request, UserAction } from "../../../spec/mpenc/session.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { noblePrimitives } from "../../crypto/providers/noble.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { injected, labelledDraw } from "../../crypto/randomness.ts"
import { identitiesOf } from "../../simulation/group-channel.ts"
import type { Services } from "../session/state.ts"
import * as Sessions from "../session.ts"

/** What happens by itself in a world: somebody wants something, or the transport brings or takes somebody. */
export type Happening = { readonly who: string; readonly wants: UserAction } | { readonly enters: string } | { readonly leaves: string }

export interface World {
  readonly now: number
  readonly members: ReadonlyArray<string>
  readonly sessions: Readonly<Record<string, Sessions.Session>>
  readonly queues: Readonly<Record<string, ReadonlyArray<Request>>>
  readonly happenings: ReadonlyArray<Happening>
  readonly notices: ReadonlyArray<readonly [string, Notice]>
  readonly refused: ReadonlyArray<readonly [string, NotAccepted]>
}

/** Everybody verifies the same signatures, on every way again. */
const remembered = (): typeof nodePrimitives => {
  const known = new Map<string, boolean>()
  const keyOf = (...parts: ReadonlyArray<Uint8Array>) => parts.map((part) => Buffer.from(part).toString("latin1")).join("|")
  return {
    ...nodePrimitives,
    ed25519Verify: (publicKey, message, signature) => {
      const key = keyOf(publicKey, signature, message)
      const valid = known.get(key) ?? nodePrimitives.ed25519Verify(publicKey, message, signature)
      known.set(key, valid)
      return valid
    },
  }
}

const crypto = Layer.succeed(Crypto, remembered())

const seeds = new Map<string, Uint8Array>()

const seedOf = (name: string): Uint8Array => {
  const seed = seeds.get(name) ?? labelledDraw(noblePrimitives, new Uint8Array(32), `interleaving ${name}`, 32)
  seeds.set(name, seed)
  return seed
}

/** Nobody is in the channel yet. */
export const worldOf = (names: ReadonlyArray<string>, options = Sessions.defaults): World => ({
  now: 0,
  members: [],
  sessions: Object.fromEntries(names.map((name) => [name, Sessions.create(name, identitiesOf(name, names), options)])),
  queues: Object.fromEntries(names.map((name) => [name, []])),
  happenings: [],
  notices: [],
  refused: [],
})

const run = (world: World, name: string, step: Effect.Effect<Sessions.Stepped, NotAccepted, Services>): World => {
  const result = Effect.runSync(Effect.result(step).pipe(Effect.provide(Layer.provideMerge(injected(seedOf(name)), crypto))))
  if (Result.isFailure(result)) return { ...world, refused: [...world.refused, [name, result.failure]] }
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

const show = (world: World, names: ReadonlyArray<string>, event: ChannelEvent): World =>
  names.reduce((after, name) => run(after, name, Sessions.receive(after.sessions[name]!, event, after.now)), world)

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
  if (!world.members.includes(from)) return world
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
