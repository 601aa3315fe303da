/**
 * Greeting packets of our own.
 *
 * @module
 */
import { concatBytes } from "@noble/hashes/utils.js"
import { Effect } from "effect"
import { type Greeting, greetingContext } from "../../../spec/mpenc/greeting.ts"
import { type GreetingPacket, protocolVersion } from "../../../spec/mpenc/records.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { trace } from "../../crypto/trace.ts"
import { encodePacket, signedPart } from "../records.ts"

/** What a packet says, without what all packets of ours have in common. */
export type Outgoing = Pick<GreetingPacket, "greetType" | "destination" | "intermediateKeys" | "nonces" | "publicKeys"> &
  Partial<Pick<GreetingPacket, "metadata" | "sessionSignature">>

/** What the MESSAGE_SIGNATURE of a greeting covers. */
export const signedBytes = Effect.fnUntraced(function* (packet: GreetingPacket, version: number = protocolVersion) {
  const signed = concatBytes(new TextEncoder().encode(greetingContext), yield* signedPart(packet, version))
  yield* trace("greeting.signed", signed)
  return signed
})

/** Signs a packet to the members of our agreement. Gives the greeting that expects it back, and the packet's text. */
export const send = Effect.fnUntraced(function* (greeting: Greeting, outgoing: Outgoing) {
  const crypto = yield* Crypto
  const unsigned: GreetingPacket = {
    type: "greeting",
    signature: new Uint8Array(64),
    source: greeting.me,
    members: greeting.initial!.members,
    metadata: null,
    sessionSignature: null,
    ...outgoing,
  }
  // greeting.send.1
  const signature = crypto.ed25519Sign(greeting.ephemeralSecretKey!, yield* signedBytes(unsigned, greeting.version))
  const text = yield* encodePacket({ ...unsigned, signature }, greeting.version)
  return { greeting: { ...greeting, sent: [...greeting.sent, signature] }, text }
})
