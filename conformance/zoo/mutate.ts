/**
 * Puts a mutant in place: the text of one file of the reference is changed when it is loaded, which must not have happened yet.
 *
 * @module
 */
import { registerHooks } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Mutant } from "./mutants/mutant.ts"
import { mutants } from "./mutants.ts"

/** The mutant with this name. Throws when there is none. */
export const mutantNamed = (name: string): Mutant => {
  const [mutant, ...others] = mutants.filter((one) => one.name === name)
  if (mutant === undefined || others.length > 0)
    throw new Error(`${name} is the name of ${others.length === 0 ? "no" : "more than one"} mutant`)
  return mutant
}

/** The file of the reference that a mutant changes, by its address. */
export const targetOf = ({ file }: Mutant): string => pathToFileURL(join(import.meta.dirname, "..", "..", "reference", file)).href

/** The source of that file with the fault. Throws when the mutant's text does not stand there exactly once. */
export const mutated = ({ name, file, replace, by }: Mutant, source: string): string => {
  // A mutant whose text has moved would be no mutant.
  if (source.split(replace).length !== 2) throw new Error(`${name}: its text does not stand in ${file} exactly once`)
  return source.replace(replace, () => by)
}

/** Puts the mutant with this name in place. Throws when there is none, and, when its file is loaded, if its text does not stand there exactly once. */
export const applyMutant = (name: string): void => {
  const mutant = mutantNamed(name)
  const target = targetOf(mutant)
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context)
      return url === target ? { ...loaded, source: mutated(mutant, String(loaded.source)) } : loaded
    },
  })
}
