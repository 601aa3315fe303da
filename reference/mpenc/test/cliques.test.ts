/** The agreement against the formulas of the design document, and in random sequences of changes. */
import { Effect, Result } from "effect"
import { Hex } from "effect/encoding"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import type { Agreement } from "../../../spec/mpenc/cliques.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { seeded } from "../../crypto/test/seeded.ts"
import { Trace } from "../../crypto/trace.ts"
import * as Cliques from "../cliques.ts"

const accepted = <A, E>(effect: Effect.Effect<A, E, Crypto>): A =>
  Result.getOrThrow(Effect.runSync(Effect.result(Effect.provideService(effect, Crypto, nodePrimitives))))

const contributionOf = (name: string) => seeded(name).bytes(32)

/** The base point, multiplied by the contributions of these names, the last one first. */
const product = (...names: ReadonlyArray<string>): string => {
  const [first, ...rest] = names.toReversed()
  if (first === undefined) return ""
  const begin = nodePrimitives.x25519PublicKey(contributionOf(first))
  return Hex.encode(rest.reduce((point, name) => nodePrimitives.x25519(contributionOf(name), point)!, begin))
}

const hexes = (keys: ReadonlyArray<Uint8Array>) => keys.map((key) => Hex.encode(key))

const members = ["p1", "p2", "p3", "p4"]

const startOf4 = () => {
  const u1 = accepted(Cliques.start("p1", ["p2", "p3", "p4"], contributionOf("x1")))
  const u2 = accepted(Cliques.forward(members, "p2", u1.keys, contributionOf("x2")))
  const u3 = accepted(Cliques.forward(members, "p3", u2.keys, contributionOf("x3")))
  const d = accepted(Cliques.close(members, "p4", u3.keys, contributionOf("x4")))
  return { u1, u2, u3, d }
}

describe("the examples of the design document", () => {
  it("start (section 5.2.1, figures u1 to d)", () => {
    const { u1, u2, u3, d } = startOf4()
    assert.deepEqual(hexes(u1.keys), [product(), product("x1")])
    assert.deepEqual(hexes(u2.keys), [product("x2"), product("x1"), product("x2", "x1")])
    assert.deepEqual(hexes(u3.keys), [product("x3", "x2"), product("x3", "x1"), product("x2", "x1"), product("x3", "x2", "x1")])
    assert.deepEqual(hexes(d.keys), [
      product("x4", "x3", "x2"),
      product("x4", "x3", "x1"),
      product("x4", "x2", "x1"),
      product("x3", "x2", "x1"),
    ])
  })

  it("member inclusion (figures u1' and d')", () => {
    const { d, u1 } = startOf4()
    const p1 = accepted(Cliques.receive(members, "p1", d.keys, u1.agreement.contributions))
    const up = accepted(Cliques.include(p1, "p1", ["p5"], contributionOf("x1'")))
    assert.deepEqual(hexes(up.keys), [
      product("x4", "x3", "x2"),
      product("x1'", "x4", "x3", "x1"),
      product("x1'", "x4", "x2", "x1"),
      product("x1'", "x3", "x2", "x1"),
      product("x1'", "x1", "x4", "x3", "x2"),
    ])
    const down = accepted(Cliques.close([...members, "p5"], "p5", up.keys, contributionOf("x5")))
    assert.deepEqual(hexes(down.keys), [
      product("x5", "x4", "x3", "x2"),
      product("x5", "x1'", "x4", "x3", "x1"),
      product("x5", "x1'", "x4", "x2", "x1"),
      product("x5", "x1'", "x3", "x2", "x1"),
      product("x1'", "x1", "x4", "x3", "x2"),
    ])
  })
})

/** A world of members who change a group, and everything that was ever sent. */
class World {
  readonly held = new Map<string, Agreement>()
  readonly sent = new Set<string>()
  readonly secrets = new Map<string, string>()
  #draws = 0

  #contribution() {
    return contributionOf(`contribution ${this.#draws++}`)
  }

  #run<A, E>(effect: Effect.Effect<A, E, Crypto>): A {
    const report = (name: string, value: Uint8Array) => {
      if (name === "cliques.group-secret") this.secrets.set(Hex.encode(value), name)
    }
    return accepted(Effect.provideService(effect, Trace, report))
  }

  #send({ agreement, keys }: { agreement: Agreement; keys: ReadonlyArray<Uint8Array> }, by: string) {
    this.held.set(by, agreement)
    for (const key of keys) this.sent.add(Hex.encode(key))
    return keys
  }

  #broadcast(all: ReadonlyArray<string>, by: string, keys: ReadonlyArray<Uint8Array>) {
    for (const me of all) {
      if (me !== by) this.held.set(me, this.#run(Cliques.receive(all, me, keys, this.held.get(me)!.contributions)))
    }
    assert.equal(new Set(all.map((me) => Hex.encode(this.held.get(me)!.groupKey!))).size, 1)
  }

  #up(all: ReadonlyArray<string>, keys: ReadonlyArray<Uint8Array>) {
    let going = keys
    for (const me of all.slice(keys.length - 1, -1))
      going = this.#send(this.#run(Cliques.forward(all, me, going, this.#contribution())), me)
    const last = all.at(-1)!
    this.#broadcast(all, last, this.#send(this.#run(Cliques.close(all, last, going, this.#contribution())), last))
  }

  start(all: ReadonlyArray<string>) {
    const [me, ...others] = all as [string, ...Array<string>]
    this.#up(all, this.#send(this.#run(Cliques.start(me, others, this.#contribution())), me))
  }

  include(me: string, others: ReadonlyArray<string>) {
    const begun = this.#run(Cliques.include(this.held.get(me)!, me, others, this.#contribution()))
    this.#up(begun.agreement.members, this.#send(begun, me))
  }

  exclude(me: string, others: ReadonlyArray<string>) {
    const sent = this.#run(Cliques.exclude(this.held.get(me)!, me, others, this.#contribution()))
    this.#broadcast(sent.agreement.members, me, this.#send(sent, me))
  }

  refresh(me: string) {
    const sent = this.#run(Cliques.refresh(this.held.get(me)!, me, this.#contribution()))
    this.#broadcast(sent.agreement.members, me, this.#send(sent, me))
  }

  /** Everything that one can compute from contributions and from what was sent, with at most two contributions one after the other. */
  reachable(contributions: ReadonlyArray<Uint8Array>): ReadonlySet<string> {
    const byOne = (points: Iterable<string>) =>
      [...points].flatMap((point) =>
        contributions.map((contribution) => {
          const key = Result.getOrThrow(Hex.decode(point))
          return Hex.encode(key.length === 0 ? nodePrimitives.x25519PublicKey(contribution) : nodePrimitives.x25519(contribution, key)!)
        }),
      )
    const once = byOne(this.sent)
    return new Set([...this.sent, ...once, ...byOne(once)])
  }
}

const names = ["a", "b", "c", "d", "e", "f", "g", "h"]

describe("any sequence of changes", () => {
  const change = fc.record({ kind: fc.constantFrom("include", "exclude", "refresh"), by: fc.nat(), count: fc.integer({ min: 1, max: 3 }) })

  const play = (world: World, all: ReadonlyArray<string>, { kind, by, count }: { kind: string; by: number; count: number }) => {
    const me = all[by % all.length]!
    const outside = names.filter((name) => !all.includes(name)).slice(0, count)
    const others = all.filter((name) => name !== me).slice(0, count)
    if (kind === "include" && outside.length > 0) {
      world.include(me, outside)
      return [...all, ...outside]
    }
    if (kind === "exclude" && all.length - others.length >= 2) {
      world.exclude(me, others)
      return all.filter((name) => !others.includes(name))
    }
    world.refresh(me)
    return all
  }

  it("gives all members one key, another one each time, and never sends a group secret", () => {
    const property = (count: number, changes: ReadonlyArray<{ kind: string; by: number; count: number }>) => {
      const world = new World()
      let all: ReadonlyArray<string> = names.slice(0, count)
      world.start(all)
      for (const one of changes) all = play(world, all, one)
      assert.equal(world.secrets.size, changes.length + 1)
      for (const secret of world.secrets.keys()) assert.isFalse(world.sent.has(secret))
    }
    fc.assert(fc.property(fc.integer({ min: 2, max: 5 }), fc.array(change, { maxLength: 8 }), property), { seed: 1, numRuns: 30 })
  })
})

describe("who is outside", () => {
  it("an excluded member cannot compute the new secret from all that was sent and all its contributions", () => {
    const world = new World()
    world.start(["a", "b", "c"])
    const old = [...world.secrets.keys()]
    const excluded = world.held.get("b")!.contributions
    world.exclude("a", ["b"])
    const secret = [...world.secrets.keys()].find((one) => !old.includes(one))!
    assert.isTrue(world.reachable(excluded).has(old[0]!), "the search finds the secret of which it was a part")
    assert.isFalse(world.reachable(excluded).has(secret))
  })

  it("a new member cannot compute the old secret", () => {
    const world = new World()
    world.start(["a", "b"])
    const [old] = [...world.secrets.keys()]
    world.include("a", ["c"])
    const reachable = world.reachable(world.held.get("c")!.contributions)
    assert.isTrue([...world.secrets.keys()].some((secret) => reachable.has(secret)))
    assert.isFalse(reachable.has(old!))
  })

  it("whoever learns the contributions of a member computes the secrets of before from what was sent", () => {
    const world = new World()
    world.start(["a", "b", "c"])
    const [first] = [...world.secrets.keys()]
    world.refresh("a")
    world.refresh("c")
    for (const name of ["a", "b", "c"]) assert.isTrue(world.reachable(world.held.get(name)!.contributions).has(first!), name)
  })

  it("with an empty contribution list nothing is reached but what was sent", () => {
    const world = new World()
    world.start(["a", "b", "c"])
    assert.deepEqual(world.reachable([]), world.sent)
  })
})
