/**
 * Loads the reference again and again in one process, each time with other texts of some files. What does not import them is loaded once.
 *
 * @module
 */
import { registerHooks, stripTypeScriptTypes } from "node:module"
import { join, posix } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { Method } from "../../conformance/protocol/serve.ts"
import { importsOf, isTest, root, type Source, sourcesIn } from "../sources.ts"

const PEER = "conformance/peers/reference.ts"

const QUERY = "?variant="

const base = pathToFileURL(join(root, "/")).href

/** The reference, the chapters, and the peer. */
export const allSources = (): ReadonlyArray<Source> =>
  sourcesIn(["reference", "spec", "conformance/peers"]).filter(({ path }) => !isTest(path))

/** By file: what it imports. */
export type Imports = ReadonlyMap<string, ReadonlyArray<string>>

/** What each of these files imports. */
export const importsAmong = (sources: ReadonlyArray<Source>): Imports =>
  new Map(
    sources.map((source) => [
      source.path,
      importsOf(source)
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => posix.join(posix.dirname(source.path), specifier)),
    ]),
  )

/** A file and all that import it, also by way of others. */
export const dependents = (imports: Imports, file: string): ReadonlySet<string> => {
  const found = new Set([file])
  // What is added while this goes on is visited, too.
  for (const each of found) for (const [path, imported] of imports) if (imported.includes(each)) found.add(path)
  return found
}

/** The files that the peer loads. */
export const loadedFiles = (imports: Imports): ReadonlySet<string> => {
  const found = new Set([PEER])
  for (const each of found) for (const imported of imports.get(each) ?? []) if (imports.has(imported)) found.add(imported)
  return found
}

interface Variant {
  readonly fresh: ReadonlySet<string>
  readonly texts: ReadonlyMap<string, string>
}

const plain = (text: string): string => stripTypeScriptTypes(text, { mode: "strip" })

/** Loads the reference as a peer with other texts of the files that `texts` names, as often as it is called. */
export const variants = (sources: ReadonlyArray<Source>, imports: Imports) => {
  const originals = new Map(sources.map(({ path, text }) => [path, text]))
  const stripped = new Map<string, string>()
  const all = new Map<string, Variant>()
  registerHooks({
    resolve: (specifier, context, nextResolve) => {
      const resolved = nextResolve(specifier, context)
      const [, name = ""] = context.parentURL?.split(QUERY) ?? []
      const isFresh = all.get(name)?.fresh.has(resolved.url.slice(base.length)) === true
      return isFresh ? { ...resolved, url: `${resolved.url}${QUERY}${name}` } : resolved
    },
    load: (url, context, nextLoad) => {
      const [file = "", name] = url.split(QUERY)
      if (name === undefined) return nextLoad(url, context)
      const path = fileURLToPath(file)
        .slice(root.length + 1)
        .replaceAll("\\", "/")
      const other = all.get(name)?.texts.get(path)
      const text = other === undefined ? (stripped.get(path) ?? plain(originals.get(path)!)) : plain(other)
      if (other === undefined) stripped.set(path, text)
      return { format: "module", source: text, shortCircuit: true }
    },
  })
  let loaded = 0
  return async (texts: ReadonlyMap<string, string>): Promise<Readonly<Record<string, Method>>> => {
    const name = String(loaded++)
    all.set(name, { texts, fresh: new Set([PEER, ...[...texts.keys()].flatMap((file) => [...dependents(imports, file)])]) })
    const { referenceMethods } = (await import(`${base}${PEER}${QUERY}${name}`)) as {
      readonly referenceMethods: Readonly<Record<string, Method>>
    }
    return referenceMethods
  }
}
