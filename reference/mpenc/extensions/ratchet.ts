/**
 * The ratchet inside of a subsession: chapter "extensions".
 *
 * @module
 */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js"
import { Effect } from "effect"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses, extensionLabels, maximumAhead, type SenderChains } from "../../../spec/mpenc/extensions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { trace } from "../../crypto/trace.ts"

const derive = Effect.fnUntraced(function* (key: Uint8Array, label: string, name = "") {
  const { hkdfExtract, hkdfExpand } = yield* Crypto
  return hkdfExpand(hkdfExtract(new Uint8Array(), key), concatBytes(utf8ToBytes(label), utf8ToBytes(name)), 32)!
})

/** The chains of a subsession. */
export const begin = Effect.fnUntraced(function* (groupKey: Uint8Array, members: ReadonlyArray<string>) {
  const chains: Array<readonly [string, SenderChains["chains"][string]]> = []
  // extensions.ratchet-begin.1
  for (const member of members) chains.push([member, { key: yield* derive(groupKey, extensionLabels.senderChain, member), index: 0 }])
  // From entries, for a table has nothing but its own keys, and "__proto__" is a possible member.
  const state: SenderChains = { chains: Object.fromEntries(chains), kept: [] }
  return state
})

const isKept = (author: string, index: number) => (one: SenderChains["kept"][number]) => one.author === author && one.index === index

/** The key of a message of `author`, which is kept until it is forgotten. */
export const messageKey = Effect.fnUntraced(function* (state: SenderChains, author: string, index: number) {
  const chain = Object.hasOwn(state.chains, author) ? state.chains[author] : undefined
  const known = state.kept.find(isKept(author, index))
  const isReachable = chain !== undefined && index >= chain.index && index <= chain.index + maximumAhead
  // extensions.ratchet-key.1
  if (known === undefined && !isReachable) return yield* refuse(clauses["ratchet-index"], `${index} of ${author}`)
  // extensions.ratchet-key.2
  if (known !== undefined) return { state, key: known.key }
  // extensions.ratchet-key.3
  let { key } = chain!
  const derived: Array<SenderChains["kept"][number]> = []
  for (let at = chain!.index; at <= index; at++) {
    const messageKey = yield* derive(key, extensionLabels.messageKey)
    yield* trace("extensions.message-key", messageKey)
    derived.push({ author, index: at, key: messageKey })
    key = yield* derive(key, extensionLabels.chainStep)
    yield* trace("extensions.chain-key", key)
  }
  const after: SenderChains = { chains: { ...state.chains, [author]: { key, index: index + 1 } }, kept: [...state.kept, ...derived] }
  return { state: after, key: derived.at(-1)!.key }
})

/** The message is fully acknowledged: its key is deleted. */
export const forget = (state: SenderChains, author: string, index: number): SenderChains => ({
  // extensions.ratchet-forget.1
  ...state,
  kept: state.kept.filter((one) => !isKept(author, index)(one)),
})
