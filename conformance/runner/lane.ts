/**
 * One of the processes that share a run: a peer that is greeted at the start, and started again when a case has lost it.
 *
 * @module
 */
import type { Hello } from "../protocol/messages.ts"
import type { Step } from "../protocol/vectors.ts"
import type { Result } from "../reports/report.ts"
import { type Played, runCase } from "./case.ts"
import type { Conversation } from "./conversation.ts"
import type { ListedCase } from "./load.ts"
import { type Greeting, type Peer, PeerUnavailable, startPeer } from "./peer.ts"

/**
 * Why a peer skips a case: it does not implement the layer, or an option that the case needs. `undefined` when it runs.
 */
export const skipReason = (hello: Hello, { layer, needs = [] }: ListedCase): string | undefined => {
  if (!hello.layers.includes(layer)) return `the peer does not declare the layer ${layer}`
  const missing = needs.find((option) => !hello.options.includes(option))
  return missing === undefined ? undefined : `the peer does not declare the option ${missing}`
}

/** See the module's comment. */
export interface Lane {
  readonly play: (steps: ReadonlyArray<Step>) => Promise<Played>
  readonly close: () => Promise<void>
  readonly kill: () => void
}

/** How a peer failed to be started again. */
const notStarted = ({ message, failure }: PeerUnavailable): Result => ({
  status: "failed",
  failure: {
    kind: failure?.kind ?? "crash",
    message: `could not be started again: ${message}`,
    step: 0,
    method: "hello",
    ...(failure !== undefined && failure.stderr !== "" && { stderr: failure.stderr }),
  },
})

/**
 * A lane over a peer. Its first peer may be one that runs already.
 *
 * @param connect starts a process, or whatever else there is to talk to
 */
export const laneOf = (connect: () => Conversation, greeting: Greeting, first?: Peer): Lane => {
  let peer = first
  return {
    play: async (steps) => {
      try {
        if (peer === undefined || peer.connection.broken) peer = await startPeer(connect, greeting)
      } catch (error) {
        if (!(error instanceof PeerUnavailable)) throw error
        return { result: notStarted(error), seen: [] }
      }
      return await runCase(peer, steps)
    },
    close: async () => peer?.connection.close(),
    kill: () => peer?.connection.kill(),
  }
}
