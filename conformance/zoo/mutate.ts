/**
 * Puts mutants in place: the text of one file of the reference is changed when it is loaded.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs"
import { registerHooks } from "node:module"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { Mutant } from "./mutants/mutant.ts"
import { mutants } from "./mutants.ts"

const mutantOf = (name: string): Mutant => {
  const [mutant, ...others] = mutants.filter((one) => one.name === name)
  if (mutant === undefined || others.length > 0)
    throw new Error(`${name} is the name of ${others.length === 0 ? "no" : "more than one"} mutant`)
  return mutant
}

const reference = pathToFileURL(join(import.meta.dirname, "..", "..", "reference", "/")).href

const changed = ({ name, file, replace, by }: Mutant, source: string): string => {
  // A mutant whose text has moved would be no mutant.
  if (source.split(replace).length !== 2) throw new Error(`${name}: its text does not stand in ${file} exactly once`)
  return source.replace(replace, () => by)
}

/**
 * Puts the mutant with this name in place, in all of this process; its file must not have been loaded yet. Throws when there is none, and, when its file
 * is loaded, if its text does not stand there exactly once.
 */
export const applyMutant = (name: string): void => {
  const mutant = mutantOf(name)
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context)
      return url === reference + mutant.file ? { ...loaded, source: changed(mutant, String(loaded.source)) } : loaded
    },
  })
}

const PEER = new URL("../peers/reference.ts", import.meta.url).href

const QUERY = "?mutant="

const textAt = (url: string): string => readFileSync(fileURLToPath(url), "utf8")

/** The files of the reference, each with those that it imports. */
const importsOfReference = (): ReadonlyMap<string, ReadonlyArray<string>> => {
  const names = readdirSync(fileURLToPath(reference), { recursive: true, encoding: "utf8" })
  const urls = names.filter((name) => name.endsWith(".ts") && !name.includes("test")).map((name) => reference + name.replaceAll("\\", "/"))
  return new Map(
    [...urls, PEER].map((url) => {
      const imported = textAt(url).matchAll(/ from "(\.[^"]+)"/gu)
      return [url, [...imported].map(([, specifier = ""]) => new URL(specifier, url).href)]
    }),
  )
}

/** A file and all that import it, also by way of others: these are what a change of the file changes. */
const dependents = (imports: ReadonlyMap<string, ReadonlyArray<string>>, file: string): ReadonlySet<string> => {
  const found = new Set([file])
  // What is added while this goes on is visited, too.
  for (const each of found) for (const [url, imported] of imports) if (imported.includes(each)) found.add(url)
  return found
}

/** Loads the reference as a peer with a mutant in place, as often as it is called, and gives what the module of the peer exports. */
export const mutantReferences = (): ((name: string) => Promise<unknown>) => {
  const imports = importsOfReference()
  const copied = new Map<string, ReadonlySet<string>>()
  registerHooks({
    resolve: (specifier, context, nextResolve) => {
      const resolved = nextResolve(specifier, context)
      const [, name = ""] = context.parentURL?.split(QUERY) ?? []
      return copied.get(name)?.has(resolved.url) ? { ...resolved, url: `${resolved.url}${QUERY}${name}` } : resolved
    },
    load: (url, context, nextLoad) => {
      const [file = "", name] = url.split(QUERY)
      if (name === undefined) return nextLoad(url, context)
      const mutant = mutantOf(name)
      const text = file === reference + mutant.file ? changed(mutant, textAt(file)) : textAt(file)
      return { format: "module-typescript", source: text, shortCircuit: true }
    },
  })
  return (name) => {
    copied.set(name, dependents(imports, reference + mutantOf(name).file))
    return import(`${PEER}${QUERY}${name}`)
  }
}
