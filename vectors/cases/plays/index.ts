/**
 * All files of plays.
 *
 * @module
 */
import type { AnyPlayFile } from "../../../conformance/protocol/plays.ts"
import { changedMlsPlays, changedPlays } from "./changed.ts"
import { historyPlays } from "./histories.ts"
import { messagePlays } from "./messages.ts"
import { mlsPlays } from "./mls.ts"
import { mpencPlays } from "./mpenc.ts"
import { concurrencyPlays } from "./pairs.ts"
import { randomPlays, triples } from "./random.ts"

/** The files of plays, in the order in which they are played. */
export const playFiles = (): ReadonlyArray<AnyPlayFile> => [
  historyPlays(),
  ...concurrencyPlays(),
  triples("3"),
  randomPlays(12),
  ...messagePlays(),
  changedPlays(),
  ...mlsPlays(),
  changedMlsPlays(),
  ...mpencPlays(),
]

/** A file of plays as it is written: a line for each play. */
export const playFileText = ({ plays, ...head }: AnyPlayFile): string => {
  const lines = plays.map((play) => `  ${JSON.stringify(play)}`)
  return `${JSON.stringify(head).slice(0, -1)},"plays":[\n${lines.join(",\n")}\n]}\n`
}
