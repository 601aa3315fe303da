/**
 * A mutant as a peer: `node conformance/zoo/mutant.ts <name>`. Changes the text of one file of the reference while it is loaded, and then is the reference peer.
 *
 * @module
 */
import { registerHooks } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { serve } from "../protocol/serve.ts"
import { mutants } from "./mutants.ts"

const name = process.argv[2]
const mutant = mutants.find((one) => one.name === name)
if (mutant === undefined) {
  process.stderr.write(`no mutant ${name}\n`)
  process.exit(2)
}

const target = pathToFileURL(join(import.meta.dirname, "..", "..", "reference", mutant.file)).href

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context)
    if (url !== target) return loaded
    const source = String(loaded.source)
    // A mutant whose text has moved would be no mutant.
    if (source.split(mutant.replace).length !== 2) throw new Error(`${mutant.name}: its text does not stand in ${mutant.file} exactly once`)
    return { ...loaded, source: source.replace(mutant.replace, () => mutant.by) }
  },
})

// Loaded only now, so that the change is in place.
const { referenceMethods } = await import("../peers/reference.ts")
await serve(referenceMethods)
