/**
 * Cooperation (CAC): chapter "cooperation".
 *
 * @module
 */
import { Effect } from "effect"
import {
  type Cooperation,
  type Electorate,
  maximumBranches,
  maximumSigned,
  type Statement,
} from "../../spec/delivery-service/cooperation.ts"
import { Crypto } from "../crypto/crypto.ts"
import { checkElectorate, checkStatements } from "./cooperation/certificate.ts"
import { settle, signNext } from "./cooperation/settle.ts"
import { compareStatements, tallyOf } from "./cooperation/tally.ts"

export { certify, checkElectorate, isUnique, verify, verifyUnique } from "./cooperation/certificate.ts"
export type { Acceptance, Cooperated } from "./cooperation/settle.ts"
export { hasWitnessQuorum, mayUnlock } from "./cooperation/tally.ts"

/** A new instance of `me`. Verdicts: those of the steps cooperation.open. */
export const open = Effect.fnUntraced(function* (electorate: Electorate, instance: number, me: number) {
  yield* checkElectorate(electorate)
  const empty = { statements: [], known: [], valid: [], accepted: [], candidates: null, relaxed: 0 }
  // cooperation.open.2
  const state: Cooperation = { electorate, instance, me, ...empty }
  return state
})

const withRef = (refs: ReadonlyArray<string>, ref: string): ReadonlyArray<string> => (refs.includes(ref) ? refs : [...refs, ref].sort())

const known = (state: Cooperation, ref: string): Cooperation => ({ ...state, known: withRef(state.known, ref) })

const valid = (state: Cooperation, ref: string): Cooperation => ({ ...known(state, ref), valid: withRef(state.valid, ref) })

const nothing = { signed: [], accepted: [] }

/** Proposes a value of our own, whose content and validity we know. */
export const propose = Effect.fnUntraced(function* (before: Cooperation, secretKey: Uint8Array, ref: string) {
  const crypto = yield* Crypto
  // cooperation.propose.1
  const state = valid(before, ref)
  const isFirst = !tallyOf(state.statements).spoken.has(state.me)
  // cooperation.propose.2
  const done = isFirst ? signNext(crypto, { state, ...nothing }, secretKey, "witness", ref) : { state, ...nothing }
  return settle(crypto, done, secretKey)
})

/** The content of a value has arrived. */
export const learn = Effect.fnUntraced(function* (state: Cooperation, secretKey: Uint8Array, ref: string) {
  // cooperation.learn.1
  return settle(yield* Crypto, { state: known(state, ref), ...nothing }, secretKey)
})

/** A value was found valid. */
export const validate = Effect.fnUntraced(function* (state: Cooperation, secretKey: Uint8Array, ref: string) {
  // cooperation.validate.1
  return settle(yield* Crypto, { state: valid(state, ref), ...nothing }, secretKey)
})

/** The time for unlocking with θ is over. */
export const relax = Effect.fnUntraced(function* (state: Cooperation, secretKey: Uint8Array) {
  // cooperation.relax.1
  return settle(yield* Crypto, { state: { ...state, relaxed: 1 }, ...nothing }, secretKey)
})

const nameOf = ({ signer, seq, type, ref }: Statement): string => `${signer} ${seq} ${type} ${ref}`

const numberOf = ({ signer, seq }: Statement): string => `${signer} ${seq}`

/** Holds statements, one after the other: two of a signer with one number expose it, and a third says no more. */
const hold = (held: ReadonlyArray<Statement>, fresh: ReadonlyArray<Statement>): ReadonlyArray<Statement> => {
  const counts = new Map([...Map.groupBy(held, numberOf)].map(([number, { length }]) => [number, length]))
  const kept = fresh.filter((statement) => {
    const count = 1 + (counts.get(numberOf(statement)) ?? 0)
    counts.set(numberOf(statement), count)
    return count <= maximumBranches
  })
  return [...held, ...kept].sort(compareStatements)
}

/** Takes in statements of others. Verdicts: those of the steps cooperation.receive. */
export const receive = Effect.fnUntraced(function* (state: Cooperation, secretKey: Uint8Array, statements: ReadonlyArray<Statement>) {
  const names = new Set(state.statements.map(nameOf))
  const isFresh = (statement: Statement) => names.size < names.add(nameOf(statement)).size
  // cooperation.receive.1
  const fresh = statements.filter(isFresh)
  const most = maximumSigned(state.electorate.voters.length)
  // cooperation.receive.2
  const numbered = fresh.filter(({ seq }) => seq < most)
  // cooperation.receive.3
  // cooperation.receive.4
  yield* checkStatements(state.electorate, state.instance, numbered)
  // cooperation.receive.5
  const held = { ...state, statements: hold(state.statements, numbered) }
  return settle(yield* Crypto, { state: held, ...nothing }, secretKey)
})
