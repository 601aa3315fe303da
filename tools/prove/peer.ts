/**
 * A process that answers the conformance protocol, asked for one thing after another.
 *
 * @module
 */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"

/** A peer that was started. */
export interface Peer {
  readonly ask: (method: string, params: unknown) => Promise<unknown>
  readonly stop: () => void
}

/** Starts a program. */
export const startPeer = (program: string): Peer => {
  const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let id = 0
  return {
    ask: async (method, params) => {
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params })}\n`)
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`${program} has ended`)
      return (JSON.parse(value) as { readonly result?: unknown }).result
    },
    stop: () => child.stdin.end(),
  }
}
