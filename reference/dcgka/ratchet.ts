/**
 * Seeds, member secrets and the ratchet: chapter "ratchet".
 *
 * @module
 */
import { Effect } from "effect"
import { encodeCbor } from "../../spec/conventions/cbor.ts"
import { labels } from "../../spec/conventions/labels.ts"
import { clauses as suite } from "../../spec/conventions/suite.ts"
import { refuse } from "../../spec/conventions/verdicts.ts"
import { bytesOf } from "../conventions.ts"
import { Crypto } from "../crypto/crypto.ts"
import { traceAll } from "../crypto/trace.ts"

/** The member secrets of `members` for the message (`sender`, `seq`), in their order. */
export const memberSecrets = Effect.fnUntraced(function* (
  seed: Uint8Array,
  group: string,
  message: { readonly sender: string; readonly seq: number },
  members: ReadonlyArray<string>,
) {
  const crypto = yield* Crypto
  // ratchet.member-secret.1
  if (seed.length !== 32) return yield* refuse(suite.length, `a seed of ${seed.length} bytes`)
  // The same for all members, so it is extracted once.
  const key = crypto.hkdfExtract(new Uint8Array(), seed)
  const ofMessage = [labels.memberSecret, bytesOf(group), bytesOf(message.sender), message.seq]
  const secrets = members.map((member) => crypto.hkdfExpand(key, encodeCbor([...ofMessage, bytesOf(member)]), 32)!)
  yield* traceAll(members.map((member, index) => [`ratchet.member-secret ${member}`, secrets[index]!]))
  return secrets
})

/** The member secret of `member` for the message (`sender`, `seq`). */
export const memberSecret = (
  ...[seed, group, message, member]: [Uint8Array, string, { readonly sender: string; readonly seq: number }, string]
) => Effect.map(memberSecrets(seed, group, message, [member]), ([secret]) => secret!)

/** One step of the ratchet of `member`: its update secret and the next state, 32 bytes each. */
export const updateRatchet = Effect.fnUntraced(function* (state: Uint8Array, input: Uint8Array, group: string, member: string) {
  const crypto = yield* Crypto
  // ratchet.update.1
  if (state.length !== 32) return yield* refuse(suite.length, `a state of ${state.length} bytes`)
  const key = crypto.hkdfExtract(state, input)
  const expand = (label: string) => crypto.hkdfExpand(key, encodeCbor([label, bytesOf(group), bytesOf(member)]), 32)!
  const step = { updateSecret: expand(labels.updateSecret), next: expand(labels.ratchet) }
  yield* traceAll([
    [`ratchet.state ${member}`, state],
    [`ratchet.input ${member}`, input],
    [`ratchet.update-secret ${member}`, step.updateSecret],
    [`ratchet.next ${member}`, step.next],
  ])
  return step
})
