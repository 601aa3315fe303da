/**
 * What a saved state must have, and must not have any more.
 *
 * @module
 */
import { Schema } from "effect"
import type { Answer, Kept } from "../protocol/messages.ts"

const readState = Schema.decodeUnknownSync(Schema.Struct({ state: Schema.String.check(Schema.isPattern(/^([0-9a-f]{2})*$/u)) }), {
  onExcessProperty: "error",
})

// What stands of bytes in Base64, wherever they begin: the digits that no other bytes have a part in.
const inBase64 = (bytes: Uint8Array): ReadonlyArray<string> =>
  [0, 1, 2].map((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/u, "")
    const whole = Math.floor(((before + bytes.length) * 8) / 6)
    return digits.slice(Math.ceil((before * 8) / 6), whole)
  })

/** Whether bytes stand in others: as they are, in hex, or in Base64 of either alphabet. */
const stands = (value: string, state: Buffer, text: string): boolean => {
  const bytes = Buffer.from(value, "hex")
  const digits = inBase64(bytes)
  const safe = digits.map((one) => one.replaceAll("+", "-").replaceAll("/", "_"))
  return state.includes(bytes) || text.toLowerCase().includes(value) || [...digits, ...safe].some((one) => text.includes(one))
}

/** What is wrong with the answer to `state`, in words; `undefined` when it is as wanted. */
export const wrongState = ({ held, gone }: Kept, answer: Answer): string | undefined => {
  if (answer.verdict !== "accepted") return `answered "${answer.verdict}" where its saved state was wanted`
  const state = Buffer.from(readState(answer.output).state, "hex")
  const text = state.toString("latin1")
  const kept = gone.find(({ value }) => stands(value, state, text))
  if (kept !== undefined) return `its saved state still has ${kept.name}, which must be gone`
  const missing = held.find(({ value }) => !stands(value, state, text))
  return missing && `its saved state does not have ${missing.name}, which is needed: it is not all that is saved, or not in clear`
}
