/**
 * Faults put into the reference when it is loaded: what a search must find.
 *
 * @module
 */
import { registerHooks } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { root } from "./sources.ts"

/** A text that stands in a file of reference/ exactly once, and what stands there instead. */
interface Edit {
  readonly file: string
  readonly replace: string
  readonly by: string
}

/** One fault. Some take more than one edit, since the code around them is right too. */
export interface Fault {
  readonly name: string
  readonly does: string
  readonly edits: ReadonlyArray<Edit>
}

const edited = (source: string, name: string, edits: ReadonlyArray<Edit>): string =>
  edits.reduce((text, { file, replace, by }) => {
    // A fault whose text has moved would be none.
    if (text.split(replace).length !== 2) throw new Error(`${name}: its text does not stand in ${file} exactly once`)
    return text.replace(replace, () => by)
  }, source)

/** Puts one of `faults` in place, before the reference is loaded. Throws when there is none of this name, or, when a file is loaded, if its text does not stand there exactly once. */
export const putIn = (faults: ReadonlyArray<Fault>, name: string): void => {
  const fault = faults.find((one) => one.name === name)
  if (fault === undefined) throw new Error(`no fault ${name}`)
  const urlOf = (file: string) => pathToFileURL(join(root, "reference", file)).href
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context)
      const edits = fault.edits.filter(({ file }) => urlOf(file) === url)
      return edits.length === 0 ? loaded : { ...loaded, source: edited(String(loaded.source), name, edits) }
    },
  })
}
