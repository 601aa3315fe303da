/**
 * A subsession of Alice, Bob and Carol, and what is sealed and opened in it.
 *
 * @module
 */
import type { InJson } from "../../../spec/conventions/methods.ts"
import type { Body } from "../../../spec/mpenc/messages.ts"
import { filled } from "../people.ts"
import { people, publicKeyOf, secretOf } from "./people.ts"

export type JsonBody = InJson<Body>

export const sessionId = filled(0x51, 32)
export const groupKey = secretOf("group", "key")
export const iv = filled(0x17, 12)
export const parent = (byte: number) => filled(byte, 20)

export const ephemeralOf = (member: string) => secretOf(member, "ephemeral")

export const readingKeys = (n = 3) => ({
  sessionId,
  groupKey,
  members: people(n),
  publicKeys: people(n).map((member) => publicKeyOf(ephemeralOf(member))),
})

export const payload = (text: string): JsonBody => ({ type: "payload", text })

export const sealing = (
  changes: Partial<{ parents: ReadonlyArray<string>; body: JsonBody; cipherKeyBytes: 16 | 32; padding: boolean }> = {},
) => ({
  sessionId,
  groupKey,
  ephemeralSecretKey: ephemeralOf("alice"),
  parents: [],
  body: payload("hello"),
  iv,
  cipherKeyBytes: 16 as const,
  padding: true,
  ...changes,
})

export const opening = (text: string, cipherKeyBytes: 16 | 32 = 16) => ({ ...readingKeys(), sender: "alice", text, cipherKeyBytes })

/** A content with its length before it. */
export const withLength = (content: string, more = 0): string => (content.length / 2 + more).toString(16).padStart(4, "0") + content
