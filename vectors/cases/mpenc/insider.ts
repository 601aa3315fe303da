/**
 * What a member of a session knows and a user interface never shows: its secrets, computed from its own draws and the packets of the start. With them a case does what no honest session does.
 *
 * @module
 */
import { Effect } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { node, nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { labelledDraw } from "../../../reference/crypto/randomness.ts"
import * as Aske from "../../../reference/mpenc/aske.ts"
import * as Cliques from "../../../reference/mpenc/cliques.ts"
import { decodePacket } from "../../../reference/mpenc/records.ts"
import type { Author } from "../author.ts"
import { repeated } from "../people.ts"
import type { JsonGreeting } from "./packets.ts"
import { SessionChannel } from "./session-channel.ts"

/** What `name` drew for the operation that it took part in first. */
const drawnBy = (name: string, what: "contribution" | "nonce" | "ephemeral"): string =>
  Hex.encode(labelledDraw(nodePrimitives, bytesOf(repeated(`${name} session `)), `mpenc/greeting/1/${what}`, 32))

const knowledge = Effect.fnUntraced(function* (name: string, texts: ReadonlyArray<string>, version: number) {
  for (const text of texts) {
    const packet = yield* decodePacket(text, version)
    if (packet.type !== "greeting" || packet.greetType !== "start-downflow") continue
    const { members, nonces, publicKeys, intermediateKeys } = packet
    const agreement = yield* Cliques.receive(members, name, intermediateKeys, [bytesOf(drawnBy(name, "contribution"))])
    const { sessionId } = yield* Aske.complete(members, nonces, publicKeys)
    const hash = nodePrimitives.sha256(Uint8Array.of(...sessionId, ...agreement.groupKey!))
    return {
      members,
      publicKeys: publicKeys.map((key) => Hex.encode(key)),
      sessionId: Hex.encode(sessionId),
      groupKey: Hex.encode(agreement.groupKey!),
      hash: Hex.encode(hash),
      ephemeralSecretKey: drawnBy(name, "ephemeral"),
    }
  }
  throw new Error("no start-downflow")
})

/** The keys of the subsession that a start has created, as `name` has them. */
export const insiderOf = (name: string, packets: ReadonlyArray<{ readonly text: string }>, version = 1) =>
  Effect.runSync(
    Effect.provide(
      knowledge(
        name,
        packets.map(({ text }) => text),
        version,
      ),
      node,
    ),
  )

/**
 * Has `name`, who takes part for the first time, send another packet in the place of its greeting of this type: with something changed, and signed again by its ephemeral key. `change` is also told who is shown the packet.
 */
export const altering = (
  author: Author,
  channel: SessionChannel,
  name: string,
  greetType: JsonGreeting["greetType"],
  change: (packet: JsonGreeting, to: string) => Partial<JsonGreeting>,
) => {
  channel.tamper = (event, to) => {
    if (event.type !== "packet" || event.sender !== name || to === name || !event.text.startsWith("?mpENC")) return [event]
    const { packet } = author.accepts("mpenc-records.decode", { text: event.text })
    if (packet.type !== "greeting" || packet.greetType !== greetType) return [event]
    const altered = { ...packet, ...change(packet, to) }
    const { text } = author.accepts("greeting.sign", { packet: altered, ephemeralSecretKey: drawnBy(name, "ephemeral") })
    return [SessionChannel.packet(name, text)]
  }
}
