/**
 * The peer over a whole run: greeted at the start, and started again when a case has lost it.
 *
 * @module
 */
import type { Hello } from "../protocol/messages.ts"
import type { Result } from "../reports/report.ts"
import { runCase } from "./case.ts"
import type { ConnectionOptions } from "./connection.ts"
import type { ListedCase, VectorSet } from "./load.ts"
import { type Peer, PeerUnavailable, startPeer } from "./peer.ts"

/**
 * Why a peer skips a case: it does not implement the layer, or an option that the case needs. `undefined` when it runs.
 */
export const skipReason = (hello: Hello, { layer, needs = [] }: ListedCase): string | undefined => {
  if (!hello.layers.includes(layer)) return `the peer does not declare the layer ${layer}`
  const missing = needs.find((option) => !hello.options.includes(option))
  return missing === undefined ? undefined : `the peer does not declare the option ${missing}`
}

/** The peer over the whole run: it is started again after it was lost, and at some point no more. */
export interface Supervisor {
  /** As it was when it was first started; `undefined` when it never was. */
  readonly first: Peer | undefined
  /** Why the peer is not started any more, if so. */
  readonly lost: () => string | undefined
  readonly attempt: (vector: ListedCase) => Promise<Result>
  readonly close: () => Promise<void>
}

/**
 * Starts a peer and keeps it running. A peer that cannot be started is not an error here: every attempt is then `not-run`.
 *
 * @param limit how often in a row the peer may be started again without a case that came to an answer
 */
export const supervise = async (options: ConnectionOptions, limit: number, vectors: VectorSet): Promise<Supervisor> => {
  let peer: Peer | undefined
  let lost: string | undefined
  let restarts = 0

  const start = async (): Promise<void> => {
    try {
      peer = await startPeer(options, { version: vectors.version, sha256: vectors.sha256 })
    } catch (error) {
      if (!(error instanceof PeerUnavailable)) throw error
      lost = error.message
    }
  }

  const restart = async (): Promise<void> => {
    if (restarts >= limit) {
      lost = `the peer was lost ${restarts + 1} times in a row without coming to an answer (--restarts ${limit})`
      return
    }
    restarts++
    await start()
  }

  const attempt = async (vector: ListedCase): Promise<Result> => {
    if (lost === undefined && peer?.connection.broken) await restart()
    if (lost !== undefined || peer === undefined) return { status: "not-run", reason: lost ?? "the peer was never started" }
    const result = await runCase(peer, vector)
    if (!peer.connection.broken) restarts = 0
    return result
  }

  await start()
  return { first: peer, lost: () => lost, attempt, close: async () => peer?.connection.close() }
}
