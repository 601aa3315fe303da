/**
 * Faults put into the reference, each of which the search must find: rules left out that hold against dishonest members.
 *
 * @module
 */
import { registerHooks } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

/** A text that stands in a file of the reference exactly once, and what stands there instead. */
interface Edit {
  readonly file: string
  readonly replace: string
  readonly by: string
}

/** One fault. */
export interface Fault {
  readonly name: string
  readonly does: string
  readonly edits: ReadonlyArray<Edit>
}

/** All faults. */
export const faults: ReadonlyArray<Fault> = []

const edited = (source: string, name: string, edits: ReadonlyArray<Edit>): string =>
  edits.reduce((text, { file, replace, by }) => {
    // A fault whose text has moved would be none.
    if (text.split(replace).length !== 2) throw new Error(`${name}: its text does not stand in ${file} exactly once`)
    return text.replace(replace, () => by)
  }, source)

/** Puts a fault in place, before the reference is loaded. Throws when there is none of this name, or, when a file is loaded, if its text does not stand there exactly once. */
export const applyFault = (name: string): void => {
  const fault = faults.find((one) => one.name === name)
  if (fault === undefined) throw new Error(`no fault ${name}`)
  const urlOf = (file: string) => pathToFileURL(join(import.meta.dirname, "..", "..", "reference", file)).href
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context)
      const edits = fault.edits.filter(({ file }) => urlOf(file) === url)
      return edits.length === 0 ? loaded : { ...loaded, source: edited(String(loaded.source), name, edits) }
    },
  })
}
