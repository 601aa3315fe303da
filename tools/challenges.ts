/**
 * Challenges from many seeds: the reference passes each, and a peer that looks its answers up in the published vectors fails each.
 * `node tools/challenges.ts [--seeds 1000] [--lookups 100] [--cases 10]`: from each seed so many cases, drawn from all by the seed.
 *
 * @module
 */
import { join } from "node:path"
import { parseArgs } from "node:util"
import { sha256Of } from "../conformance/protocol/vectors.ts"
import { runCase } from "../conformance/runner/case.ts"
import { challengingSteps, oracleOf } from "../conformance/runner/challenge.ts"
import { type ListedCase, loadVectors, type VectorSet } from "../conformance/runner/load.ts"
import { ownVectors, referencePeer } from "../conformance/runner/places.ts"
import { greetingOf } from "../conformance/runner/run.ts"

/** How the peer fared in the cases of one seed. */
export interface Fared {
  readonly seed: string
  readonly passed: number
  /** What went wrong, by case. */
  readonly failed: ReadonlyArray<string>
}

const drawn = ({ cases }: VectorSet, seed: string, count: number): ReadonlyArray<ListedCase> => {
  const rank = new Map(cases.map(({ id }) => [id, sha256Of(`${seed} ${id}`)]))
  return [...cases].sort((left, right) => (rank.get(left.id)! < rank.get(right.id)! ? -1 : 1)).slice(0, count)
}

/**
 * Puts challenges to a peer, with the reference as the oracle.
 *
 * @param count how many cases are drawn from each seed
 */
export const challenge = async (
  command: ReadonlyArray<string>,
  seeds: ReadonlyArray<string>,
  count: number,
  vectors = ownVectors(),
): Promise<ReadonlyArray<Fared>> => {
  const set = loadVectors(vectors)
  const greeting = greetingOf(set)
  const [oracle, peer] = [oracleOf(referencePeer(), greeting), oracleOf(command, greeting)]
  const drawnBy = new Map(seeds.map((seed) => [seed, new Set(drawn(set, seed, count))]))
  const failures = new Map(seeds.map((seed): [string, Array<string>] => [seed, []]))
  // By case, not by seed: each file of cases is read once.
  for (const vector of set.cases) {
    for (const seed of seeds.filter((one) => drawnBy.get(one)!.has(vector))) {
      const steps = await challengingSteps(oracle, seed, vector.id, set.stepsOf(vector))
      const { result } = await runCase(await peer.peer(), steps)
      if (result.status === "failed") failures.get(seed)!.push(`${vector.id}: ${result.failure.message}`)
    }
  }
  await Promise.all([oracle.close(), peer.close()])
  return seeds.map((seed) => ({ seed, passed: drawnBy.get(seed)!.size - failures.get(seed)!.length, failed: failures.get(seed)! }))
}

/** The peer that looks everything up, in all layers. */
export const lookupPeer = (vectors = ownVectors()): ReadonlyArray<string> => {
  const layers = new Set(loadVectors(vectors).cases.map(({ layer }) => layer))
  return [process.execPath, join(import.meta.dirname, "..", "conformance", "zoo", "lookup.ts"), vectors, ...layers]
}

const seedsUpTo = (count: string): ReadonlyArray<string> => Array.from({ length: Number(count) }, (_, index) => `seed ${index}`)

const main = async (): Promise<void> => {
  const number = (value: string) => ({ type: "string", default: value }) as const
  const { values } = parseArgs({ options: { seeds: number("1000"), lookups: number("100"), cases: number("10") } })
  const say = (text: string): void => void process.stdout.write(`${text}\n`)
  const sum = (fared: ReadonlyArray<Fared>): string =>
    `${fared.length} seeds, ${fared.reduce((total, { passed, failed }) => total + passed + failed.length, 0)} cases, ${fared.reduce((total, { failed }) => total + failed.length, 0)} failed`
  const looked = await challenge(lookupPeer(), seedsUpTo(values.lookups), Number(values.cases))
  const unharmed = looked.filter(({ failed }) => failed.length === 0)
  say(`lookup: ${sum(looked)}; ${unharmed.length} seeds that it passed`)
  const reference = await challenge(referencePeer(), seedsUpTo(values.seeds), Number(values.cases))
  for (const { seed, failed } of reference) for (const each of failed) say(`the reference fails ${seed}: ${each}`)
  say(`reference: ${sum(reference)}`)
  if (unharmed.length > 0 || reference.some(({ failed }) => failed.length > 0)) process.exitCode = 1
}

if (import.meta.main) await main()
