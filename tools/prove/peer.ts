/**
 * A process that answers the conformance protocol, asked for one thing after another.
 *
 * @module
 */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"

/** A peer that was started. `ask` makes all its calls at once, and gives the answers in their order. */
export interface Peer {
  readonly ask: (method: string, calls: ReadonlyArray<unknown>) => Promise<ReadonlyArray<unknown>>
  readonly stop: () => void
}

/** Starts a program. */
export const startPeer = (program: string): Peer => {
  const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    ask: async (method, calls) => {
      child.stdin.write(calls.map((params, id) => `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`).join(""))
      const answers: Array<unknown> = []
      for (const _ of calls) {
        const { value, done } = await lines.next()
        if (done === true) throw new Error(`${program} has ended`)
        answers.push((JSON.parse(value) as { readonly result?: unknown }).result)
      }
      return answers
    },
    stop: () => child.stdin.end(),
  }
}
