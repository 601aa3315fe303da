/**
 * What the attacker can compute from all that its accounts ever held, and from all that honest members sealed for them: by steps of ratchets whose inputs it has, and from seeds.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import { addInput, emptyRatchet, welcomeInput } from "../../spec/dcgka/ratchet.ts"
import { payloadOf, secretsOfSeed } from "./lies.ts"
import type { Evidence, World } from "./world.ts"

interface Step {
  readonly state: string
  readonly input: string
  readonly updateSecret: string
  readonly next: string
}

interface Read {
  /** The values traced that are secrets. */
  readonly values: ReadonlyArray<string>
  readonly steps: ReadonlyArray<Step>
  readonly sealed: ReadonlyArray<{ readonly user: string | undefined; readonly payload: string }>
  readonly seeds: ReadonlyArray<{ readonly sender: string; readonly seq: number; readonly seed: Uint8Array }>
}

const constants = [addInput, emptyRatchet, welcomeInput].map((one) => Hex.encode(one))

const reads = new WeakMap<Evidence, Read>()

// The trace of one step of a ratchet is state, input, update secret, next, in this order.
const stepsIn = (traced: Evidence["hands"]["traced"]): ReadonlyArray<Step> => {
  const ofRatchets = traced
    .filter(({ name }) => /^ratchet\.(state|input|update-secret|next) /.test(name))
    .map(({ value }) => Hex.encode(value))
  return Array.from({ length: ofRatchets.length / 4 }, (_, index) => {
    const [state, input, updateSecret, next] = ofRatchets.slice(4 * index, 4 * index + 4)
    return { state: state!, input: input!, updateSecret: updateSecret!, next: next! }
  })
}

const readOf = (evidence: Evidence): Read => {
  const known = reads.get(evidence)
  if (known !== undefined) return known
  const { traced, sealed, seeds } = evidence.hands
  const values = traced.filter(({ name, value }) => value.length === 32 && (name.startsWith("ratchet.") || name === "key-agreement.seed"))
  const read: Read = {
    values: values.map(({ value }) => Hex.encode(value)),
    steps: stepsIn(traced),
    sealed: sealed.map(({ to, plaintext }) => ({ user: evidence.users[to], payload: Hex.encode(payloadOf(plaintext)) })),
    seeds,
  }
  reads.set(evidence, read)
  return read
}

/** All secrets, as hex, that the accounts of the attacker know or can compute. */
export const knownToAttacker = (world: World): ReadonlySet<string> => {
  const known = new Set(constants)
  const steps: Array<Step> = []
  const seeds: Array<Read["seeds"][number]> = []
  const members = new Set<string>()
  const isAttacker = (user: string | undefined) => user !== undefined && world.people[user]?.honest === false
  for (let one = world.evidence; one !== undefined; one = one.before) {
    const read = readOf(one)
    steps.push(...read.steps)
    seeds.push(...read.seeds)
    for (const member of Object.keys(one.users)) members.add(member)
    if (isAttacker(one.by)) for (const value of read.values) known.add(value)
    // A welcome is longer than a secret; the ratchet in it is the state before a step that its sender took.
    for (const { user, payload } of read.sealed) if (isAttacker(user)) known.add(payload)
  }
  for (const { sender, seq, seed } of seeds) {
    if (!known.has(Hex.encode(seed))) continue
    for (const secret of secretsOfSeed(world.group, { sender, seq }, seed, members)) known.add(Hex.encode(secret))
  }
  for (let size = -1; size !== known.size; ) {
    size = known.size
    for (const { state, input, updateSecret, next } of steps) if (known.has(state) && known.has(input)) known.add(updateSecret).add(next)
  }
  return known
}
