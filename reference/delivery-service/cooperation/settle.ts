/**
 * The rules of cooperation, done until nothing changes.
 *
 * @module
 */
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import {
  type Cooperation,
  maximumSigned,
  maximumUnlocking,
  type Statement,
  statementInput,
  unlockThreshold,
} from "../../../spec/delivery-service/cooperation.ts"
import { bytesOf } from "../../conventions.ts"
import type { Primitives } from "../../crypto/crypto.ts"
import {
  candidateValues,
  compareStatements,
  hasWitnessed,
  kindOf,
  linked,
  mayUnlock,
  readiesOf,
  spokenOf,
  type Tally,
  tallyOf,
  thresholdsOf,
  witnessesOf,
} from "./tally.ts"

/** An acceptance, with the candidates as they were then. */
export interface Acceptance {
  readonly ref: string
  readonly candidates: ReadonlyArray<string>
}

/** What a step of cooperation gives: the state, the statements that were signed, and what was accepted, both in their order. */
export interface Cooperated {
  readonly state: Cooperation
  readonly signed: ReadonlyArray<Statement>
  readonly accepted: ReadonlyArray<Acceptance>
}

/** The bytes that the signature of a statement covers. */
export const signedBytes = ({ electorate, instance }: Cooperation, statement: Omit<Statement, "signature">): Uint8Array => {
  const content = { signer: statement.signer, seq: statement.seq, kind: kindOf(statement as Statement), ref: bytesOf(statement.ref) }
  return encodeCbor(statementInput(bytesOf(electorate.group), electorate.epoch, instance, content))
}

/** Signs the next statement of our chain. */
export const signNext = (
  crypto: Primitives,
  before: Cooperated,
  secretKey: Uint8Array,
  type: Statement["type"],
  ref: string,
): Cooperated => {
  const { state } = before
  const own = linked(state.statements).filter(({ signer }) => signer === state.me)
  // cooperation.settle.2
  const unsigned = { type, signer: state.me, seq: own.length === 0 ? 0 : own.at(-1)!.seq + 1, ref }
  const statement: Statement = { ...unsigned, signature: crypto.ed25519Sign(secretKey, signedBytes(state, unsigned)) }
  const statements = [...state.statements, statement].sort(compareStatements)
  return { ...before, state: { ...state, statements }, signed: [...before.signed, statement] }
}

const accept = (before: Cooperated, ref: string, tally: Tally): Cooperated => {
  const { state } = before
  // cooperation.settle.11
  const candidates = state.candidates ?? candidateValues(state, tally)
  return {
    ...before,
    state: { ...state, accepted: [...state.accepted, ref], candidates },
    accepted: [...before.accepted, { ref, candidates }],
  }
}

/** What a rule wants done. */
interface Wish {
  readonly type: Statement["type"] | "accept"
  readonly ref: string
}

type Rule = (state: Cooperation, tally: Tally) => ReadonlyArray<Wish>

const wishes = (type: Wish["type"], refs: ReadonlyArray<string>): ReadonlyArray<Wish> => refs.map((ref) => ({ type, ref }))

const firstWitness: Rule = ({ valid, me }, tally) => {
  // cooperation.settle.4
  return tally.spoken.has(me) ? [] : wishes("witness", valid.slice(0, 1))
}

const ownCount = (statements: ReadonlyArray<Statement>, me: number): number =>
  // cooperation.settle.3
  statements.filter(({ signer }) => signer === me).length

const ready: Rule = ({ electorate, me, statements }, tally) => {
  const { witness, gate } = thresholdsOf(electorate)
  const isOpen = [...tally.witnesses.keys()].some((ref) => witnessesOf(tally, ref).size >= gate)
  const isDue = (ref: string) => witnessesOf(tally, ref).size >= witness && !readiesOf(tally, ref).has(me)
  const room = Math.max(0, maximumSigned(electorate.voters.length) - ownCount(statements, me))
  // cooperation.settle.5
  const due = [...tally.witnesses.keys()].sort().filter((ref) => isDue(ref) && (isOpen || readiesOf(tally, ref).size > 0))
  return wishes("ready", due.slice(0, room))
}

const fastPath: Rule = ({ electorate, known, accepted }, tally) => {
  const [ref] = tally.witnesses.keys()
  const isAlone = electorate.fastPath === 1 && tally.witnesses.size === 1 && ref !== undefined
  // cooperation.settle.6
  const isFast = isAlone && known.includes(ref) && witnessesOf(tally, ref).size >= thresholdsOf(electorate).ready
  return isFast && !accepted.includes(ref) ? wishes("accept", [ref]) : []
}

/** The values that may be unlocked, in ascending order. */
const unlockable = ({ electorate, relaxed, valid }: Cooperation, tally: Tally): ReadonlyArray<string> => {
  const { voters, faults, fastPath } = electorate
  const n = voters.length
  const all = [...tally.witnesses.keys()].sort()
  // cooperation.settle.8
  const ahead = fastPath === 1 ? all.filter((ref) => witnessesOf(tally, ref).size >= spokenOf(tally).size - 2 * faults) : []
  if (ahead.length > 0) return ahead
  if (relaxed === 1) return valid
  const threshold = all.length === 0 ? 1 : unlockThreshold(n, faults, all.length)
  return all.filter((ref) => witnessesOf(tally, ref).size >= threshold)
}

const unlock: Rule = (state, tally) => {
  // cooperation.settle.7
  if (!mayUnlock(state, tally)) return []
  const isDue = (ref: string) => state.valid.includes(ref) && !hasWitnessed(tally, ref, state.me)
  const room = Math.max(0, maximumUnlocking(state.electorate.voters.length) - ownCount(state.statements, state.me))
  // cooperation.settle.9
  return wishes("witness", unlockable(state, tally).filter(isDue).slice(0, room))
}

const quorum: Rule = ({ electorate, known, accepted }, tally) => {
  const isAccepted = (ref: string) => readiesOf(tally, ref).size >= thresholdsOf(electorate).ready
  // cooperation.settle.10
  const due = [...tally.readies.keys()].sort().filter((ref) => isAccepted(ref) && known.includes(ref) && !accepted.includes(ref))
  return wishes("accept", due)
}

const rules: ReadonlyArray<Rule> = [firstWitness, ready, fastPath, unlock, quorum]

/** Steps cooperation.settle. */
export const settle = (crypto: Primitives, before: Cooperated, secretKey: Uint8Array): Cooperated => {
  let now = before
  // cooperation.settle.1
  for (let isChanged = true; isChanged; ) {
    isChanged = false
    for (const rule of rules) {
      const tally = tallyOf(now.state.statements)
      for (const { type, ref } of rule(now.state, tally)) {
        now = type === "accept" ? accept(now, ref, tally) : signNext(crypto, now, secretKey, type, ref)
        isChanged = true
      }
    }
  }
  return now
}
