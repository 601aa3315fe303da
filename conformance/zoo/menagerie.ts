/**
 * Many mutants in one process: `node conformance/zoo/menagerie.ts <folder> <mutant>…` waits for each on a local socket in the folder, named by its number: paths of sockets are short.
 * To start a process for each takes most of the time. Says `ready` when the sockets are there.
 *
 * @module
 */
import { createServer, type Socket } from "node:net"
import { join } from "node:path"
import { type Method, serveOver } from "../protocol/serve.ts"
import { mutantReferences } from "./mutate.ts"

const [folder = "", ...names] = process.argv.slice(2)

const load = mutantReferences()

const attend = async (name: string, socket: Socket): Promise<void> => {
  const { referenceMethods } = (await load(name)) as { readonly referenceMethods: Readonly<Record<string, Method>> }
  await serveOver(referenceMethods, socket, socket)
  socket.end()
}

for (const [number, name] of names.entries()) {
  const server = createServer((socket) => {
    socket.on("error", () => {})
    // One that cannot be loaded is no reason to keep the others from being played.
    void attend(name, socket).catch((error: unknown) => {
      process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`)
      socket.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(join(folder, String(number)), resolve))
}

process.stdout.write("ready\n")
// Whoever started it ends it so.
process.stdin.on("end", () => process.exit()).resume()
