/** The maker of mutants: finds a hole that is made for it, and kills what the vectors can tell. `npm run mutate` plays them all. */
import { mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { type ListedCase, loadVectors } from "../../conformance/runner/load.ts"
import { allSources, importsAmong } from "../mutate/loading.ts"
import { isMutated, type Mutant, mutantsApart, mutantsOf } from "../mutate/mutants.ts"
import { reachOf } from "../mutate/reach.ts"
import { readLines, resultsOf } from "../mutate/results.ts"
import { measureReach, play } from "../mutate/run.ts"
import { type Accepted, keyOf, scoreOf, tooLow } from "../mutate/score.ts"
import type { Reached } from "../mutate/worker.ts"
import { root } from "../sources.ts"

const sources = allSources()

const mutantOf = (file: string, change: RegExp) => {
  const mutants = mutantsOf(sources.find(({ path }) => path === file)!).filter((one) => change.test(`${one.operator}: ${one.change}`))
  expect(mutants).toHaveLength(1)
  return mutants[0]!
}

const played = async (mutant: Mutant, reached: ReadonlyArray<Reached>) => {
  const run = { imports: importsAmong(sources), reach: reachOf(sources, reached), times: new Map(), budget: 60_000, told: () => {} }
  const [outcome] = await play({ ...run, mutants: [mutant] })
  return outcome!
}

const ids = loadVectors(join(root, "vectors"))
  .cases.filter(({ layer }) => layer === "key-bundles")
  .map(({ id }) => id)

// key-bundles.verify.4
const guard = mutantOf("reference/dcgka/key-bundles.ts", /^guard removed: if \(now >= bundle\.expires\)/)

it("kills a mutant by a case, and finds a hole where its cases are taken away", async () => {
  const reached = await measureReach(sources, ids)
  expect(await played(guard, reached)).toMatchObject({ fate: "killed", how: "wrong-answer" })
  const seeing = reachOf(sources, reached).casesFor(guard)
  expect(seeing).toContain("key-bundles/expired~refused")
  const outcome = await played(
    guard,
    reached.filter(({ id }) => !seeing.includes(id)),
  )
  expect(outcome).toMatchObject({ fate: "survived", cases: 0 })
  const [goals, run] = [
    { guards: 1, all: 0.98 },
    { mutants: 1, of: 1, seed: 0 },
  ]
  expect(tooLow(scoreOf([outcome], [], { goals, run }), { goals })).toHaveLength(2)
  const accepted: Accepted = { ...outcome, because: "outside", why: "its cases were taken away" }
  expect(tooLow(scoreOf([outcome], [accepted], { goals, run }), { goals })).toEqual([])
})

it("makes each kind of change", () => {
  const text = `import { refuse } from "x"
export const f = function* (state: S, n: number) {
  if (n > 3 && state.ok) return yield* refuse(clauses.big, "is too big")
  yield* checked(n)
  const most = state.list.filter((one) => one.some(isNew)).sort()
  return { ...state, list: [...most, n ?? 0], gone: null }
}`
  const changes = mutantsOf({ path: "reference/dcgka/f.ts", text }).map(({ operator, change, line }) => `${line} ${operator}: ${change}`)
  expect(changes).toEqual(
    expect.arrayContaining([
      '3 guard removed: if (n > 3 && state.ok) return yield* refuse(clauses.big, "is too big") → {}',
      "3 condition negated: n > 3 && state.ok → !(n > 3 && state.ok)",
      "3 conjunct dropped: n > 3 && state.ok → (n > 3)",
      "3 conjunct dropped: n > 3 && state.ok → (state.ok)",
      "3 comparison changed: n > 3 → n >= 3",
      "3 number changed: n > 3 → n > 4",
      "4 check dropped: yield* checked(n) → {}",
      "5 sorting dropped: state.list.filter((one) => one.some(isNew)).sort() → state.list.filter((one) => one.some(isNew))",
      "5 filter dropped: state.list.filter((one) => one.some(isNew)) → state.list",
      "5 every for some: one.some(isNew) → one.every(isNew)",
      "6 state not updated: list: [...most, n ?? 0], → nothing",
      "6 deletion dropped: , gone: null → nothing",
      "6 elements swapped: ...most, n ?? 0 → n ?? 0, ...most",
      "6 default dropped: n ?? 0 → (n)",
    ]),
  )
  expect(changes).toHaveLength(21)
  // What a refusal tells people is left alone.
  expect(changes.some((change) => change.includes("too big~"))).toBe(false)
})

it("keeps others apart", () => {
  const text = `export const f = (state: State, sender: string, member: string) => {
  const after = noted(state, sender, member)
  for (const one of state.list) if (one.seq > one.sender) continue
  const found = after.list.find((one) => isNew(one))
  return { state: state, sender, found: found }
}`
  const changes = mutantsApart({ path: "reference/dcgka/f.ts", text }).map(({ operator, change, line }) => `${line} ${operator}: ${change}`)
  expect(changes).toEqual(
    expect.arrayContaining([
      "2 parameter exchanged: noted(state, sender, member) → noted(state, member, member)",
      "2 arguments swapped: noted(state, sender, member) → noted(state, member, sender)",
      "3 loop ended: if (one.seq > one.sender) continue → if (one.seq > one.sender) break",
      "3 property exchanged: if (one.seq > one.sender) continue → if (one.sender > one.sender) continue",
      "4 other stage: after.list.find((one) => isNew(one)) → state.list.find((one) => isNew(one))",
      "4 other end: found = after.list.find((one) => isNew(one)) → found = after.list.findLast((one) => isNew(one))",
      "4 predicate negated: after.list.find((one) => isNew(one)) → after.list.find((one) => !(isNew(one)))",
      "5 fields exchanged: state: state, sender → state: sender, sender: state",
    ]),
  )
})

it("accepts only mutants that there are, each with a reason", () => {
  const accepted = JSON.parse(readFileSync(join(root, "tools/mutate/accepted.json"), "utf8")) as ReadonlyArray<Accepted>
  const files = new Set(accepted.map(({ file }) => file))
  const keys = new Set(
    sources
      .filter(({ path }) => files.has(path) && isMutated(path))
      .flatMap((source) => [...mutantsOf(source), ...mutantsApart(source)])
      .map(keyOf),
  )
  expect(accepted.filter((one) => !keys.has(keyOf(one)) || one.why === "")).toEqual([])
})

it("keeps what was found as long as the program and the case that has killed a mutant are the same", () => {
  const file = join(mkdtempSync(join(tmpdir(), "conclave-mutate-")), "results")
  const all = loadVectors(join(root, "vectors"))
  const vectors = { ...all, cases: all.cases.slice(0, 5) }
  const { id } = vectors.cases[0]!
  const path = "reference/dcgka/f.ts"
  const text = "export const f = (n: number) => {\n  // one\n  if (n > 3) return 1\n  return 2\n}\n"
  const found = (now: string, judges = vectors) =>
    mutantsOf({ path, text: now }).map((one) => resultsOf(readLines(file), [{ path, text: now }], judges).known(one)?.fate)
  for (const one of mutantsOf({ path, text })) {
    resultsOf([], [{ path, text }], vectors).add(file, { ...one, fate: "killed", by: id, how: "", cases: 1 })
  }
  const killed = mutantsOf({ path, text }).map(() => "killed")
  expect(killed.length).toBeGreaterThan(2)
  expect(found(text)).toEqual(killed)
  expect(found(text.replace("  // one\n", "").replace("{", "{ // more").replace("2", "2 /* two */"))).toEqual(killed)
  const chapter = {
    path: "spec/dcgka/f.ts",
    text: 'const f = (n: number) => (n > 3 ? "a" : "b")\nconst steps = ["One does all of this.", "Or else " + "one does that."]\n',
  }
  const inChapter = (now: string) => {
    const source = { ...chapter, text: now }
    return mutantsOf(source).map((one) => resultsOf(readLines(file), [source], vectors).known(one)?.fate)
  }
  for (const one of mutantsOf(chapter)) resultsOf([], [chapter], vectors).add(file, { ...one, fate: "killed", by: id, how: "", cases: 1 })
  expect(inChapter(chapter.text).filter((fate) => fate === "killed").length).toBeGreaterThan(2)
  expect(inChapter(chapter.text.replace("this.", "something else.").replace('"Or else " + "one does', '"Or else one does'))).toEqual(
    inChapter(chapter.text),
  )
  expect(inChapter(chapter.text.replace('"a"', '"c"'))).not.toContain("killed")
  expect(found(text.replace("return 2", "return 4"))).not.toContain("killed")
  const changed = { ...vectors, sha256: "other", stepsOf: (one: ListedCase) => (one.id === id ? [] : vectors.stepsOf(one)) }
  expect(found(text, changed)).not.toContain("killed")
  const [mutant] = mutantsOf({ path, text })
  const isSurvived = (judges = vectors) => resultsOf(readLines(file), [{ path, text }], judges).survived(mutant!)
  expect(isSurvived()(id)).toBe(false)
  const [other, unplayed] = vectors.cases.slice(1).map((one) => one.id)
  resultsOf([], [{ path, text }], vectors).add(file, { ...mutant!, fate: "survived", left: 1, unplayed: [unplayed!], cases: 3 })
  expect([id, other!, unplayed!].map(isSurvived())).toEqual([true, true, false])
  expect([id, other!, unplayed!].map(isSurvived(changed))).toEqual([false, true, false])
})
