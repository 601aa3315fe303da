/**
 * Leaks put into the reference, each of which the game must find: a secret that stays, or goes where it must not.
 *
 * @module
 */
import type { Fault } from "../faults.ts"

const leak = (name: string, does: string, file: string, replace: string, by: string): Fault => ({
  name,
  does,
  edits: [{ file, replace, by }],
})

/** All leaks. */
export const leaks: ReadonlyArray<Fault> = [
  leak(
    "seed-kept",
    "a seed is kept after all member secrets have been derived from it",
    "dcgka/key-agreement/seed.ts",
    "memberSecrets: [...state.memberSecrets, ...kept] }",
    "memberSecrets: [...state.memberSecrets, ...kept, { sender, seq, member: sender, secret: seed }] }",
  ),
  leak(
    "member-secret-kept",
    "a member secret stays when it has been fed to a ratchet",
    "dcgka/key-agreement/state.ts",
    "memberSecrets: state.memberSecrets.filter((one) => !isKeptFor(one, message, member)),",
    "memberSecrets: state.memberSecrets.filter((one) => !isKeptFor(one, message, member) || member !== ''),",
  ),
  leak(
    "channel-key-kept",
    "a key of a channel stays when a message to it has been opened",
    "dcgka/two-party-messaging.ts",
    "const ownKeys = channel.ownKeys.filter((key) => key.index > used)",
    "const ownKeys = channel.ownKeys.filter((key) => key.index > used - 2)",
  ),
  {
    name: "earlier-ratchet",
    does: "a new member gets a ratchet as it was before its owner's last step, and nobody looks at commitments",
    edits: [
      {
        file: "dcgka/key-agreement/state.ts",
        replace: "  const { updateSecret, next } = yield* updateRatchet(",
        by: '  Object.assign(globalThis, { earlier: { ...Reflect.get(globalThis, "earlier"), [member]: state.ratchets[member] ?? emptyRatchet } })\n  const { updateSecret, next } = yield* updateRatchet(',
      },
      {
        file: "dcgka/key-agreement/addition.ts",
        replace: "concatBytes(ratchet, confirmation)",
        by: 'concatBytes(Reflect.get(globalThis, "earlier")[me] ?? emptyRatchet, confirmation)',
      },
      { file: "dcgka/key-agreement/commitment.ts", replace: "if (!isCommitted)", by: "if (isCommitted === undefined)" },
    ],
  },
  {
    name: "forwards-to-the-removed",
    does: "a member secret is forwarded to a member that was removed, and nobody looks for whom direct messages are",
    edits: [
      {
        file: "dcgka/key-agreement/acknowledgement.ts",
        replace: "const forwardTo = ourView(recorded).filter(",
        by: "const forwardTo = Object.keys(recorded.users).filter(",
      },
      { file: "dcgka/key-agreement/process.ts", replace: "if (!isRight)", by: "if (isRight === undefined)" },
    ],
  },
  leak(
    "welcome-with-too-much",
    "a welcome brings all ratchets of its sender's, and the member secrets that it keeps",
    "dcgka/key-agreement/welcome.ts",
    "return { changes, known, seen, ratchet: ratchets[me] ?? emptyRatchet, attachment }",
    "return { changes, known, seen, ratchet: ratchets[me] ?? emptyRatchet, attachment: Buffer.concat([attachment, ...Object.values(ratchets), ...state.memberSecrets.map(({ secret }) => secret)]) }",
  ),
  leak(
    "stale-update",
    "an update brings no fresh seed, but the state of its sender's ratchet",
    "dcgka/key-agreement/seed.ts",
    "const seed = (yield* Randomness)",
    "const seed = before.ratchets[before.me] ?? (yield* Randomness)",
  ),
  leak(
    "message-key-kept",
    "the key of an application message stays when the message has been opened",
    "dcgka/application-messages.ts",
    "  return { key, chain: { ...chain, index: message.index + 1, state: next, skipped } }",
    "  return { key, chain: { ...chain, index: message.index + 1, state: next, skipped: [...skipped, { index: message.index, key }] } }",
  ),
  leak(
    "skipped-keys-beyond-their-window",
    "messages are told as lost while the chain with their keys stays",
    "dcgka/application-messages.ts",
    "of chains.slice(0, -maximumChains)",
    "of chains.slice(0, 1 - maximumChains)",
  ),
  {
    name: "old-signing-key",
    does: "an update brings no signing key, so the old one is still accepted",
    edits: [
      {
        file: "dcgka/causal-broadcast/state.ts",
        replace: 'type === "create" || type === "update" || type === "remove"',
        by: 'type === "create"',
      },
    ],
  },
  leak(
    "prekey-kept",
    "a one-time prekey stays when it has been used",
    "dcgka/key-bundles.ts",
    "keys.oneTimePrekeys.filter((prekey) => prekey.id !== header.oneTimePrekeyId)",
    "keys.oneTimePrekeys.filter((prekey) => prekey.id >= 0)",
  ),
  leak(
    "secret-in-a-refusal",
    "a refusal says in its text by which key it was checked",
    "dcgka/application-messages.ts",
    "if (!isSigned) return yield* refuse(clauses.signature, ",
    'if (!isSigned) return yield* refuse(clauses.signature, Buffer.from(chain.state).toString("hex") + ',
  ),
  leak(
    "store-without-deletion",
    "what is given up in the store stays in its file",
    "store/slots.ts",
    "this.#update.run(new Uint8Array(length), noDigest, row)",
    "this.#update.run(new Uint8Array(length).fill(0), noDigest, -row)",
  ),
  leak(
    "key-for-the-peer-kept",
    "the sender of a direct message keeps the key that it has made for the recipient",
    "dcgka/two-party-messaging.ts",
    "ownKeys: [...channel.ownKeys, { index, mark, secretKey }],",
    "ownKeys: [...channel.ownKeys, { index, mark, secretKey }, { index, mark, secretKey: secretKeyForPeer }],",
  ),
  leak(
    "blanked-key-kept",
    "the secret keys of nodes of the MLS tree that are blank now stay",
    "delivery-service/tree-kem/mls.ts",
    "state: encodeGroupState(withoutFormer(client)),",
    "state: encodeGroupState(withoutFormer({ ...client, ratchetTree: client.ratchetTree.map((node) => node ?? client.ratchetTree[0]) }) && client),",
  ),
  leak(
    "contribution-not-fresh",
    "a refresh of mpENC brings the contribution of the operation before once more",
    "mpenc/cliques.ts",
    "const contributions = [...agreement.contributions, contribution]",
    "contribution = agreement.contributions.at(-1) ?? contribution\n  const contributions = [...agreement.contributions, contribution]",
  ),
]
