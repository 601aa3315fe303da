/**
 * Puts a mutant in place: the text of one file of the reference is changed when it is loaded, which must not have happened yet.
 *
 * @module
 */
import { registerHooks } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { mutants } from "./mutants.ts"

/** Puts the mutant with this name in place. Throws when there is none, and, when its file is loaded, if its text does not stand there exactly once. */
export const applyMutant = (name: string): void => {
  const [mutant, ...others] = mutants.filter((one) => one.name === name)
  if (mutant === undefined || others.length > 0)
    throw new Error(`${name} is the name of ${others.length === 0 ? "no" : "more than one"} mutant`)
  const { file, replace, by } = mutant
  const target = pathToFileURL(join(import.meta.dirname, "..", "..", "reference", file)).href
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context)
      if (url !== target) return loaded
      const source = String(loaded.source)
      // A mutant whose text has moved would be no mutant.
      if (source.split(replace).length !== 2) throw new Error(`${name}: its text does not stand in ${file} exactly once`)
      return { ...loaded, source: source.replace(replace, () => by) }
    },
  })
}
