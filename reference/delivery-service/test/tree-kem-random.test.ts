/** Random histories of groups with each back end: whoever processes the same commits has the same view, authenticator and key, and the same calls make the same bytes. */
import { Effect, Layer } from "effect"
import { Hex } from "effect/encoding"
import { describe, expect, it } from "vitest"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { TreeKemGroup } from "../../../spec/delivery-service/tree-kem.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { injected } from "../../crypto/randomness.ts"
import { type Seeded, seeded } from "../../crypto/test/seeded.ts"
import * as TreeKem from "../tree-kem.ts"

const group = "22".repeat(16)

const seedOf = (user: string) => new TextEncoder().encode(user.repeat(32).slice(0, 32))

const as = <A, E, R>(user: string, effect: Effect.Effect<A, E, R>): Promise<A> =>
  Effect.runPromise(
    effect.pipe(Effect.provide(Layer.provideMerge(injected(seedOf(user)), Layer.succeed(Crypto, nodePrimitives)))) as Effect.Effect<A, E>,
  )

interface World {
  readonly members: Map<string, TreeKemGroup>
  readonly packages: Map<string, number>
  readonly log: Array<string>
}

const pick = <A>(random: Seeded, list: ReadonlyArray<A>): A => list[random.integer(list.length)]!

const leafOf = (world: World, user: string) => world.members.get(user)!.me

/** One proposal of somebody, admitted by all members. */
const propose = async (world: World, random: Seeded, backEnd: TreeKem.BackEndName, users: ReadonlyArray<string>) => {
  const names = [...world.members.keys()]
  const author = pick(random, names)
  const state = world.members.get(author)!
  const kind = random.integer(4)
  const outsiders = users.filter((user) => !names.includes(user))
  let made: { state: TreeKemGroup; proposal: Uint8Array }
  if (kind === 0 && outsiders.length > 0) {
    const user = pick(random, outsiders)
    const number = world.packages.get(user) ?? 0
    made = await as(author, TreeKem.proposeAdd(state, (await as(user, TreeKem.init(backEnd, user, number))).keyPackage))
  } else if (kind === 1 && names.length > 2) {
    made = await as(author, TreeKem.proposeRemove(state, leafOf(world, pick(random, names))))
  } else {
    made = await as(author, TreeKem.proposeUpdate(state))
  }
  world.members.set(author, made.state)
  for (const [user, member] of world.members) {
    const admitted = await as(user, Effect.result(TreeKem.admit(member, made.proposal)))
    if (admitted._tag === "Success") world.members.set(user, admitted.success.state)
  }
}

/** A commit by somebody, processed by all the others; those it adds join, those it removes are gone. */
const commit = async (world: World, random: Seeded, backEnd: TreeKem.BackEndName) => {
  const before = new Map(world.members)
  const committer = pick(random, [...before.keys()])
  const state = before.get(committer)!
  const made = await as(committer, TreeKem.commit(state, TreeKem.select(state)))
  world.log.push(Hex.encode(made.commit))
  world.members.set(committer, made.next)
  for (const [user, member] of before) {
    if (user === committer) continue
    const processed = await as(user, TreeKem.process(member, made.commit))
    if (processed.removed) world.members.delete(user)
    else world.members.set(user, processed.state)
  }
  const added = made.next.members.map(({ user }) => user).filter((user) => !before.has(user))
  for (const user of added) {
    const number = world.packages.get(user) ?? 0
    const outside = await as(user, TreeKem.init(backEnd, user, number))
    world.members.set(user, await as(user, TreeKem.join(outside, made.welcome!)))
  }
  for (const user of before.keys()) if (!world.members.has(user)) world.packages.set(user, (world.packages.get(user) ?? 0) + 1)
}

const shown = ({ group: of, epoch, members, groupKey, authenticator }: TreeKemGroup) => ({ of, epoch, members, groupKey, authenticator })

const run = async (backEnd: TreeKem.BackEndName, seed: string, epochs: number, mostProposals = 4) => {
  const users = ["alice", "bob", "carol", "dave", "erin", "frank", "grace"]
  const random = seeded(seed)
  const founder = await as("alice", TreeKem.found(await as("alice", TreeKem.init(backEnd, "alice", 0)), group))
  const world: World = { members: new Map([["alice", founder]]), packages: new Map(), log: [] }
  const keys = new Set<string>()
  const places: Array<string> = []
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let count = random.integer(mostProposals + 1); count > 0; count--) await propose(world, random, backEnd, users)
    await commit(world, random, backEnd)
    const views = [...world.members.values()]
    for (const view of views) expect(shown(view)).toEqual(shown(views[0]!))
    keys.add(Hex.encode(views[0]!.groupKey))
    places.push(views[0]!.members.map(({ leaf, user }) => `${leaf} ${user}`).join())
    for (const [user, state] of world.members) expect(leafOf(world, user)).toBe(state.members.find((one) => one.user === user)!.leaf)
  }
  expect(keys.size).toBe(epochs)
  return { places, log: world.log, states: [...world.members.values()].map((state) => Hex.encode(encodeWire(TreeKemGroup, state))) }
}

describe.each(["symbolic", "mls"] as const)("random groups with the back end %s", (backEnd) => {
  it.each(["one", "two", "three"])("agree in every epoch (%s)", async (seed) => {
    await run(backEnd, seed, 25)
  })

  it("make the same bytes of the same seeds", async () => {
    expect(await run(backEnd, "again", 10)).toEqual(await run(backEnd, "again", 10))
  })
})

describe("the back ends", () => {
  // With one proposal at a time: the order of several depends on their references, which differ.
  it.each(["four", "five"])("put the same members on the same leaves (%s)", async (seed) => {
    const [symbolic, mls] = [await run("symbolic", seed, 50, 1), await run("mls", seed, 50, 1)]
    expect(symbolic.places).toEqual(mls.places)
    expect(new Set(symbolic.places).size).toBeGreaterThan(3)
  })
})
