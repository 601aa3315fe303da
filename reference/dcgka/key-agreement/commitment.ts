/**
 * What a control message commits to: the seed that it brings, the member secret that a new member begins with, and what an acknowledgement hands over.
 *
 * @module
 */
import { Effect } from "effect"
import { labels } from "../../../spec/conventions/labels.ts"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/dcgka/key-agreement.ts"
import { bytesOf, deriveSecret, sameBytes } from "../../conventions.ts"
import type { MessageRef } from "./state.ts"

/** The commitment of a message to a secret of 32 bytes. */
export const commitmentOf = (group: string, { sender, seq }: MessageRef, secret: Uint8Array) =>
  deriveSecret(new Uint8Array(), secret, [labels.commitment, bytesOf(group), bytesOf(sender), seq])

/** Refuses another secret than the one that the message commits to. */
export const checkCommitment = Effect.fnUntraced(function* (
  group: string,
  message: MessageRef & { readonly commitment: Uint8Array },
  secret: Uint8Array,
) {
  const isCommitted = sameBytes(yield* commitmentOf(group, message, secret), message.commitment)
  if (!isCommitted) return yield* refuse(clauses.commitment, `${message.sender} ${message.seq}`)
})
