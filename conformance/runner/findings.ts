/**
 * What is wrong with a peer but belongs to no case.
 *
 * @module
 */
import type { Hello } from "../protocol/messages.ts"
import type { Seen } from "./case.ts"

/** From how many different histories on a fingerprint has to tell states apart. */
const HISTORIES = 5

/** Watches the fingerprints of a run. */
export interface FingerprintWatch {
  readonly saw: (seen: ReadonlyArray<Seen>) => void
  readonly findings: () => ReadonlyArray<string>
}

/** A peer whose fingerprint is always the same would pass every check that a state has not changed. */
export const watchFingerprints = (): FingerprintWatch => {
  const histories = new Set<string>()
  const fingerprints = new Set<string>()
  return {
    saw: (seen) => {
      for (const { history, fingerprint } of seen) {
        histories.add(history)
        if (fingerprints.size < 2) fingerprints.add(fingerprint)
      }
    },
    findings: () =>
      histories.size >= HISTORIES && fingerprints.size === 1
        ? [
            `the peer gave the same fingerprint for states that came about in ${HISTORIES} or more different ways: it does not look at the state`,
          ]
        : [],
  }
}

/** Layers that were to be tested, and that the peer does not declare. */
export const missingLayers = (required: ReadonlyArray<string>, hello: Hello | undefined): ReadonlyArray<string> =>
  hello === undefined
    ? []
    : required
        .filter((layer) => !hello.layers.includes(layer))
        .map((layer) => `the peer does not declare the layer ${layer}, which --require-layer asks for`)
