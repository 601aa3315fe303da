/**
 * The methods of TreeKEM, murmur and the centralized service, called with anything: each call gives a verdict that names a check, or is no call; and unless it is accepted, the handle is as it was.
 */
import { describe, expect, it } from "vitest"
import { chapters } from "../../../spec/contents.ts"
import { methods } from "../../../spec/delivery-service/methods.ts"
import entries from "../../../vectors/cases/delivery-service/data/mls-passive-client.json" with { type: "json" }
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { seeded } from "../../crypto/test/seeded.ts"
import { BrokenCall, type Session, session, type WireVerdict } from "../../methods.ts"

const group = "55".repeat(16)
const key = "0a".repeat(32)
const users = ["alice", "bob", "carol"]

const checks = new Set(
  chapters.flatMap((chapter) => Object.values(chapter.clauses)).flatMap(({ id, kind }) => (kind === "check" ? [id] : [])),
)

/** A session with handles of all kinds, and all texts of hex that it put out. */
const made = async () => {
  const made = session(nodePrimitives)
  const seen = new Set<string>()
  const call = async (name: string, params: object) => {
    const verdict = await made.callLater(name, params)
    if (verdict.verdict !== "accepted") throw new Error(`${name}: ${JSON.stringify(verdict)}`)
    for (const text of JSON.stringify(verdict.output).match(/(?<=")([0-9a-f]{2})+(?=")/g) ?? []) seen.add(text)
    return verdict.output as Record<string, string>
  }
  for (const backEnd of ["symbolic", "mls"]) {
    const on = (user: string) => (backEnd === "mls" ? `${user}-mls` : user)
    for (const user of users) await call("tree-kem.init", { on: on(user), seed: key, backEnd, user, number: users.indexOf(user) })
    await call("tree-kem.found", { on: on("alice"), group })
    const { keyPackage } = await call("tree-kem.init", { on: on("bob"), seed: "0b".repeat(32), backEnd, user: "bob", number: 7 })
    const { proposal } = await call("tree-kem.propose-add", { on: on("alice"), keyPackage })
    await call("tree-kem.admit", { on: on("alice"), proposal })
    const { welcome } = await call("tree-kem.commit", { on: on("alice"), references: null })
    await call("tree-kem.adopt", { on: on("alice") })
    await call("tree-kem.join", { on: on("bob"), welcome })
    await call("tree-kem.propose-update", { on: on("bob") })
    await call("tree-kem.commit", { on: on("bob"), references: [] })
  }
  await call("centralized.server", { on: "alice", group })
  await call("centralized.open", { on: "bob", number: 1 })
  await call("murmur.open", { on: "alice", seed: key, group, epoch: 1, me: 0, members: [0, 1, 2], sampleSize: 3 })
  for (const text of ["aa", ""])
    seen.add((await call("centralized.encode", { value: { type: "centralized-submit", group, message: text || "00" } })).bytes!)
  for (const proposal of [...seen].filter((text) => text.startsWith("8") || text.startsWith("0001"))) {
    await call("murmur.encode", { value: { type: "murmur-gossip", proposal } })
    await call("centralized.encode", { value: { type: "centralized-ordered", group, number: 1, message: proposal } })
  }
  const entry = entries[6]!
  for (const text of [entry.key_package, entry.welcome, entry.epochs[0]!.commit, entry.init_priv]) seen.add(text)
  return { session: made, texts: [...seen] }
}

type Random = ReturnType<typeof seeded>

const pick = <A>(random: Random, list: ReadonlyArray<A>): A => list[random.integer(list.length)]!

const damaged = (random: Random, text: string): string => {
  const at = 2 * random.integer(Math.max(1, text.length / 2))
  const changes = [text.slice(0, at), `${text}00`, text.slice(0, at) + Buffer.from(random.bytes(1)).toString("hex") + text.slice(at + 2)]
  return pick(random, changes)
}

const junk: ReadonlyArray<unknown> = [null, true, -1, 0.5, 2 ** 53, "", "0", "AB", "zz", [], {}, [null], "00".repeat(40), { type: "x" }]

const messageOf = (random: Random, texts: ReadonlyArray<string>) => {
  const text = pick(random, texts)
  return random.integer(3) > 0 ? text : damaged(random, text)
}

/** A value for a parameter, mostly of the right form. */
const valueFor = (random: Random, field: string, texts: ReadonlyArray<string>): unknown => {
  if (random.integer(12) === 0) return pick(random, junk)
  const numbers = [0, 1, 2, 3, 5, 64, 200, 65535, 0xffffffff]
  const fields: Readonly<Record<string, () => unknown>> = {
    on: () => pick(random, [...users, "alice-mls", "bob-mls", "carol-mls", "nobody"]),
    user: () => pick(random, users),
    backEnd: () => pick(random, ["symbolic", "mls"]),
    type: () => pick(random, ["symbolic-key-package", "symbolic-proposal", "symbolic-commit", "symbolic-welcome"]),
    group: () => pick(random, [group, "56".repeat(16)]),
    members: () => (random.integer(2) === 0 ? [0, 1, 2, 7] : []),
    references: () => pick(random, [null, [], [key], [key, key]]),
    proposals: () => [messageOf(random, texts)],
    externalPsks: () => [],
    ratchetTree: () => pick(random, [null, messageOf(random, texts)]),
    valid: () => random.integer(2) === 0,
    value: () =>
      pick(random, [{ type: "murmur-subscribe", group, epoch: 1 }, { type: "centralized-fetch", group, number: 1 }, { type: "x" }]),
  }
  if (fields[field] !== undefined) return fields[field]()
  if (/seed|SecretKey|secretKey|Priv$/.test(field)) return pick(random, [key, "0b".repeat(32), "00".repeat(32)])
  return /message|bytes|proposal|commit|welcome|keyPackage/.test(field) ? messageOf(random, texts) : pick(random, numbers)
}

const call = async (on: Session, name: string, params: unknown): Promise<WireVerdict | undefined> => {
  try {
    return await on.callLater(name, params)
  } catch (error) {
    if (error instanceof BrokenCall) return undefined
    throw error
  }
}

describe.for(Object.keys(methods) as ReadonlyArray<keyof typeof methods>)("%s", (name) => {
  it("gives a verdict to anything, and changes nothing unless it accepts", async () => {
    const random = seeded(name)
    const { session: world, texts } = await made()
    for (let count = 0; count < 300; count++) {
      const params = Object.fromEntries(Object.keys(methods[name].params.fields).map((field) => [field, valueFor(random, field, texts)]))
      const on = typeof params.on === "string" && /^[!-~]{1,64}$/.test(params.on) ? params.on : "alice"
      const before = JSON.stringify(world.fingerprint({ on }))
      const verdict = await call(world, name, params)
      if (verdict?.verdict !== "accepted") expect(JSON.stringify(world.fingerprint({ on }))).toBe(before)
      if (verdict !== undefined && "clause" in verdict) expect(checks, verdict.clause).toContain(verdict.clause)
    }
  })
})
