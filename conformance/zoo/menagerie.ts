/**
 * Many mutants as peers of one process: `node conformance/zoo/menagerie.ts`. For each name on a line of its input it loads that mutant, and writes a line with
 * the address of a socket on which it is served. Hundreds of processes would spend most of their time on starting.
 *
 * @module
 */
import { once } from "node:events"
import { readdirSync, readFileSync } from "node:fs"
import { registerHooks } from "node:module"
import { type AddressInfo, createServer } from "node:net"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { pathToFileURL } from "node:url"
import { serveOver } from "../protocol/serve.ts"
import { mutantNamed, mutated, targetOf } from "./mutate.ts"

const root = join(import.meta.dirname, "..", "..")
const urlOf = (path: string): string => pathToFileURL(join(root, path)).href
const peer = "conformance/peers/reference.ts"

/** By module of the reference those that import it, by their addresses. */
const importers = new Map<string, Set<string>>()
const files = readdirSync(join(root, "reference"), { recursive: true, encoding: "utf8" }).map((name) => join("reference", name))
for (const path of [...files.filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts")), peer]) {
  for (const [, request] of readFileSync(join(root, path), "utf8").matchAll(/from "(\.[^"]+)"/gu)) {
    const imported = new URL(request!, urlOf(path)).href
    importers.set(imported, (importers.get(imported) ?? new Set()).add(urlOf(path)))
  }
}

/** The module at an address, and all that depend on it. */
const dependents = (url: string): ReadonlySet<string> => {
  const all = new Set([url])
  for (const one of all) for (const importer of importers.get(one) ?? []) all.add(importer)
  return all
}

/** The mutant beside the others: what depends on the changed file is loaded anew under another address, the rest is shared. */
const load = async (name: string): Promise<typeof import("../peers/reference.ts")> => {
  const mutant = mutantNamed(name)
  const target = targetOf(mutant)
  const anew = dependents(target)
  const mark = `?mutant=${encodeURIComponent(name)}`
  const hooks = registerHooks({
    resolve: (specifier, context, nextResolve) => {
      const resolved = nextResolve(specifier, context)
      return context.parentURL?.endsWith(mark) && anew.has(resolved.url) ? { ...resolved, url: `${resolved.url}${mark}` } : resolved
    },
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context)
      return url === `${target}${mark}` ? { ...loaded, source: mutated(mutant, String(loaded.source)) } : loaded
    },
  })
  const loaded: Promise<typeof import("../peers/reference.ts")> = import(`${urlOf(peer)}${mark}`)
  return loaded.finally(() => hooks.deregister())
}

const addressOf = async (name: string): Promise<string> => {
  const { referenceMethods } = await load(name)
  const server = createServer((socket) => void serveOver(referenceMethods, socket, socket).finally(() => socket.destroy()))
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

for await (const name of createInterface({ input: process.stdin })) {
  process.stdout.write(`${await addressOf(name).catch((error: Error) => error.message)}\n`)
}
process.exit()
