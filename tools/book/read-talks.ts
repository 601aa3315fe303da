/**
 * Cases of mpENC's sessions and of the delivery service as talks: who sends what, who takes it when, and what comes of it.
 *
 * @module
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type Case, readVectorFile } from "../../conformance/protocol/vectors.ts"
import { root } from "../sources.ts"
import { deliveryTalk } from "./read-delivery.ts"
import { sessionTalk } from "./read-sessions.ts"
import type { Talk } from "./schema.ts"

const files: ReadonlyArray<readonly [file: string, read: (one: Case) => Talk]> = [
  ["mpenc/session", sessionTalk],
  ["mpenc/session-mishaps", sessionTalk],
  ["mpenc/session-adversaries", sessionTalk],
  ["mpenc/extensions-order", sessionTalk],
  ["delivery-service/delivery-service", deliveryTalk],
  ["delivery-service/delivery-service-epochs", deliveryTalk],
]

/** Larger ones are lists of calls only. */
const longest = 260

const isTalk = ({ lanes, events }: Talk) => lanes.length > 1 && events.length > 4 && events.length <= longest

/** The talks that the book shows. */
export const readTalks = (): ReadonlyArray<Talk> =>
  files.flatMap(([file, read]) =>
    readVectorFile(JSON.parse(readFileSync(join(root, `vectors/${file}.json`), "utf8")))
      .cases.map(read)
      .filter(isTalk),
  )
