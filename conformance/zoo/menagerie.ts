/**
 * Many mutants in one process: `node conformance/zoo/menagerie.ts <folder> <mutant>…` waits for each on a local socket, named after it, in the folder.
 * To start a process for each takes most of the time. Says `ready` when the sockets are there.
 *
 * @module
 */
import { createServer } from "node:net"
import { join } from "node:path"
import { type Method, serveOver } from "../protocol/serve.ts"
import { mutantReferences } from "./mutate.ts"

const [folder = "", ...names] = process.argv.slice(2)

const load = mutantReferences()

for (const name of names) {
  const server = createServer(async (socket) => {
    socket.on("error", () => {})
    const { referenceMethods } = (await load(name)) as { readonly referenceMethods: Readonly<Record<string, Method>> }
    await serveOver(referenceMethods, socket, socket)
    socket.end()
  })
  await new Promise<void>((resolve) => server.listen(join(folder, name), resolve))
}

process.stdout.write("ready\n")
// Whoever started it ends it so.
process.stdin.on("end", () => process.exit()).resume()
