/**
 * What the statements held amount to: who has witnessed what, who is ready for what.
 *
 * @module
 */
import type { Cooperation, Electorate, Statement } from "../../../spec/delivery-service/cooperation.ts"
import { thresholds } from "../../../spec/delivery-service/cooperation.ts"

const kinds = { witness: 0, ready: 1 } as const

/** The number that stands for the kind of a statement in bytes. */
export const kindOf = (statement: Statement): number => kinds[statement.type]

/** The order in which statements are held: by signer, number, kind and ref. */
export const compareStatements = (a: Statement, b: Statement): number =>
  a.signer - b.signer || a.seq - b.seq || kindOf(a) - kindOf(b) || (a.ref < b.ref ? -1 : a.ref > b.ref ? 1 : 0)

/** For each signer the lowest number of which no statement is held: statements below it are linked. */
const gaps = (statements: ReadonlyArray<Statement>): ReadonlyMap<number, number> => {
  const gap = new Map<number, number>()
  // Statements of one signer ascend, so each either repeats a number, or is the next one, or comes after a gap.
  for (const { signer, seq } of statements) if (seq === (gap.get(signer) ?? 0)) gap.set(signer, seq + 1)
  return gap
}

/** The statements that are linked, in their order. */
export const linked = (statements: ReadonlyArray<Statement>): ReadonlyArray<Statement> => {
  const gap = gaps(statements)
  return statements.filter(({ signer, seq }) => seq < (gap.get(signer) ?? 0))
}

/** W, R and P of the chapter, as they are signed, and who is exposed. */
export interface Tally {
  readonly witnesses: ReadonlyMap<string, ReadonlySet<number>>
  readonly readies: ReadonlyMap<string, ReadonlySet<number>>
  readonly spoken: ReadonlySet<number>
  readonly exposed: ReadonlySet<number>
}

const noOne: ReadonlySet<number> = new Set()

/** The signers of two statements with one number. */
const exposedOf = (statements: ReadonlyArray<Statement>): ReadonlySet<number> =>
  // Statements of one signer with one number are neighbours.
  new Set(
    statements
      .filter(({ signer, seq }, index) => statements[index - 1]?.signer === signer && statements[index - 1]!.seq === seq)
      .map(({ signer }) => signer),
  )

/** Counts linked statements. */
export const tallyOf = (statements: ReadonlyArray<Statement>): Tally => {
  const exposed = exposedOf(statements)
  const tally = { witnesses: new Map<string, Set<number>>(), readies: new Map<string, Set<number>>(), spoken: new Set<number>(), exposed }
  for (const { type, ref, signer } of linked(statements)) {
    const sets = type === "witness" ? tally.witnesses : tally.readies
    sets.set(ref, (sets.get(ref) ?? new Set()).add(signer))
    tally.spoken.add(signer)
  }
  return tally
}

/** W(ref). */
export const witnessesOf = ({ witnesses, exposed }: Tally, ref: string): ReadonlySet<number> => {
  const signed = witnesses.get(ref)
  return signed === undefined ? noOne : new Set([...signed, ...exposed])
}

/** P. */
export const spokenOf = ({ spoken, exposed }: Tally): ReadonlySet<number> => new Set([...spoken, ...exposed])

/** Whether a signer has a linked WITNESS of a value. */
export const hasWitnessed = ({ witnesses }: Tally, ref: string, signer: number): boolean => witnesses.get(ref)?.has(signer) === true

/** R(ref). */
export const readiesOf = (tally: Tally, ref: string): ReadonlySet<number> => tally.readies.get(ref) ?? noOne

/** The thresholds of an electorate. */
export const thresholdsOf = ({ voters, faults, sensitivity }: Electorate) => thresholds(voters.length, faults, sensitivity)

/** The values that k members have witnessed, in ascending order. */
export const candidateValues = (state: Cooperation, tally: Tally): ReadonlyArray<string> =>
  [...tally.witnesses.keys()].filter((ref) => witnessesOf(tally, ref).size >= thresholdsOf(state.electorate).candidate).sort()

/** Whether values may be unlocked: we are ready for nothing, and n - t members have spoken. */
export const mayUnlock = (state: Cooperation, tally: Tally = tallyOf(state.statements)): boolean =>
  ![...tally.readies.values()].some((signers) => signers.has(state.me)) && spokenOf(tally).size >= thresholdsOf(state.electorate).ready

/** Whether a witness quorum has witnessed a value. */
export const hasWitnessQuorum = (electorate: Electorate, statements: ReadonlyArray<Statement>, ref: string): boolean =>
  witnessesOf(tallyOf(statements), ref).size >= thresholdsOf(electorate).witness
