/**
 * Which cases of a set are run.
 *
 * @module
 */
import picomatch from "picomatch"
import { NothingSelected } from "./errors.ts"
import type { ListedCase } from "./load.ts"

/** What was asked for. Within one list any term may match; the lists must all match. An empty list asks for nothing in particular. */
export interface Selection {
  /** Globs over ids: `*` stays within a part between slashes, `**` does not. */
  readonly select: ReadonlyArray<string>
  readonly layers: ReadonlyArray<string>
  readonly clauses: ReadonlyArray<string>
}

type Test = (vector: ListedCase) => boolean

const anyOf = (cases: ReadonlyArray<ListedCase>, kind: string, terms: ReadonlyArray<string>, testFor: (term: string) => Test): Test => {
  const tests = terms.map((term) => {
    const test = testFor(term)
    // A term that matches nothing is a typing error that would otherwise pass as a green run.
    if (!cases.some(test)) throw new NothingSelected(`no case matches ${kind} ${term}`)
    return test
  })
  return (vector) => tests.length === 0 || tests.some((test) => test(vector))
}

/**
 * The selected cases, in the order of the set.
 *
 * @throws NothingSelected when nothing is left, or when a glob, layer or clause matches no case at all
 */
export const selectCases = (cases: ReadonlyArray<ListedCase>, { select, layers, clauses }: Selection): ReadonlyArray<ListedCase> => {
  const tests = [
    anyOf(cases, "--select", select, (glob) => {
      const matches = picomatch(glob)
      return ({ id }) => matches(id)
    }),
    anyOf(cases, "--layer", layers, (layer) => (vector) => vector.layer === layer),
    anyOf(cases, "--clause", clauses, (clause) => (vector) => vector.clauses.includes(clause)),
  ]
  const selected = cases.filter((vector) => tests.every((test) => test(vector)))
  if (selected.length === 0) throw new NothingSelected("no case is selected")
  return selected
}
