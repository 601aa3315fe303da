/**
 * Application messages: chapter "application-messages".
 *
 * @module
 */
import { Effect } from "effect"
import { type Cbor, encodeCbor } from "../../spec/conventions/cbor.ts"
import { encodeWire, listOf, nullable, record, table, uint, type ValueOf } from "../../spec/conventions/encoding.ts"
import { Key, MemberId, Seq } from "../../spec/conventions/identifiers.ts"
import { labels } from "../../spec/conventions/labels.ts"
import { Ignored, refuse, Waiting } from "../../spec/conventions/verdicts.ts"
import {
  ApplicationMessage,
  applicationNonce,
  chainSalt,
  clauses,
  maximumChains,
  maximumPayload,
  maximumSkipped,
} from "../../spec/dcgka/application-messages.ts"
import { bytesOf, decodeMessage, deriveSecret } from "../conventions.ts"
import { Crypto } from "../crypto/crypto.ts"

const Index = uint(0, 0xffffffff)

const Chain = record("chain", {
  seq: Seq,
  index: Index,
  state: Key,
  signingKey: Key,
  skipped: listOf(record("skipped-key", { index: Index, key: Key }), 0, maximumSkipped),
})
type Chain = ValueOf<typeof Chain>

/** The chains of a member of a group, as they are kept. */
export const ApplicationState = record("application-state", {
  own: nullable(record("own-chain", { seq: Seq, index: Index, state: Key })),
  chains: table(MemberId, listOf(Chain, 0, maximumChains)),
})
export type ApplicationState = ValueOf<typeof ApplicationState>

/** Before the first update secret. */
export const noChains: ApplicationState = { own: null, chains: {} }

/** Names a message: group, sender, number of the chain, index. */
type Context = Pick<ApplicationMessage, "group" | "sender" | "seq" | "index">

const contextOf = ({ group, sender, seq, index }: Context): ReadonlyArray<Cbor> => [bytesOf(group), bytesOf(sender), seq, index]

const stepOf = Effect.fnUntraced(function* (state: Uint8Array, context: Context) {
  const key = yield* deriveSecret(chainSalt, state, [labels.applicationKey, ...contextOf(context)])
  const next = yield* deriveSecret(chainSalt, state, [labels.applicationChain, ...contextOf(context)])
  return { key, next }
})

const associatedData = (context: Context) => encodeCbor([labels.applicationMessage, ...contextOf(context)])

const signedContent = (message: Context & { readonly ciphertext: Uint8Array }) =>
  encodeCbor([labels.applicationSignature, ...contextOf(message), message.ciphertext])

/** Begins the chain of an update secret of our own. */
export const beginOwn = (state: ApplicationState, seq: number, secret: Uint8Array): ApplicationState => ({
  ...state,
  // application-messages.begin.1
  own: { seq, index: 0, state: secret },
})

/** Begins the chain of an update secret of another member, whose public signing key is now `signingKey`. */
export const beginOther = (
  state: ApplicationState,
  member: string,
  seq: number,
  secret: Uint8Array,
  signingKey: Uint8Array,
): ApplicationState => {
  // application-messages.begin.2
  const chains = [...(state.chains[member] ?? []), { seq, index: 0, state: secret, signingKey, skipped: [] }]
  return { ...state, chains: { ...state.chains, [member]: chains.slice(-maximumChains) } }
}

const noKey = new Uint8Array(32)

/** The state without any key, from which can only be told what has been opened. */
export const forgetKeys = ({ chains }: ApplicationState): ApplicationState => {
  // application-messages.forget-keys.1
  const blank = (chain: Chain): Chain => ({
    ...chain,
    state: noKey,
    signingKey: noKey,
    skipped: chain.skipped.map(({ index }) => ({ index, key: noKey })),
  })
  return { own: null, chains: Object.fromEntries(Object.entries(chains).map(([member, ofMember]) => [member, ofMember.map(blank)])) }
}

/** Seals and signs `payload` as `sender` in `group`. */
export const seal = Effect.fnUntraced(function* (
  state: ApplicationState,
  { group, sender }: Pick<Context, "group" | "sender">,
  signingSecretKey: Uint8Array,
  payload: Uint8Array,
) {
  const crypto = yield* Crypto
  // application-messages.seal.1
  if (state.own === null) return yield* refuse(clauses["no-secret"], "no update secret of our own")
  // application-messages.seal.2
  if (payload.length > maximumPayload) return yield* refuse(clauses["payload-length"], `${payload.length} bytes`)
  // application-messages.seal.3
  const { seq, index } = state.own
  const context: Context = { group, sender, seq, index }
  const { key, next } = yield* stepOf(state.own.state, context)
  const ciphertext = crypto.aeadSeal(key, applicationNonce, associatedData(context), payload)
  // application-messages.seal.4
  const signature = crypto.ed25519Sign(signingSecretKey, signedContent({ ...context, ciphertext }))
  const message = encodeWire(ApplicationMessage, { type: "application", ...context, ciphertext, signature })
  const after: ApplicationState = { ...state, own: { seq, index: index + 1, state: next } }
  return { state: after, message }
})

/** Takes the key of a message from its chain. */
const takeKey = Effect.fnUntraced(function* (chain: Chain, message: ApplicationMessage) {
  // application-messages.open.8
  const kept = chain.skipped.find(({ index }) => index === message.index)
  if (kept !== undefined) return { key: kept.key, chain: { ...chain, skipped: chain.skipped.filter((one) => one !== kept) } }
  const skipped = [...chain.skipped]
  let { state } = chain
  for (let index = chain.index; index < message.index; index++) {
    const { key, next } = yield* stepOf(state, { ...message, index })
    skipped.push({ index, key })
    state = next
  }
  const { key, next } = yield* stepOf(state, message)
  return { key, chain: { ...chain, index: message.index + 1, state: next, skipped: skipped.slice(-maximumSkipped) } }
})

const chainFor = Effect.fnUntraced(function* (state: ApplicationState, message: ApplicationMessage, seen: number) {
  const { sender, seq, index } = message
  // application-messages.open.4
  const chain = state.chains[sender]?.find((one) => one.seq === seq)
  if (chain === undefined) {
    if (seq > seen) return yield* new Waiting({ missing: [{ message: { sender, seq } }] })
    return yield* refuse(clauses.chain, `no chain ${seq} of ${sender}`)
  }
  // application-messages.open.5
  if (isUsed(chain, index)) return yield* new Ignored({ reason: "duplicate" })
  // application-messages.open.6
  if (index > chain.index + maximumSkipped) return yield* refuse(clauses.ahead, `${index} with ${chain.index} next`)
  return chain
})

/** Whether the key of a message has been used. */
export const hasOpened = (state: ApplicationState, { sender, seq, index }: Pick<ApplicationMessage, "sender" | "seq" | "index">): boolean =>
  (state.chains[sender] ?? []).some((chain) => chain.seq === seq && isUsed(chain, index))

const isUsed = (chain: Chain, index: number) => index < chain.index && !chain.skipped.some((one) => one.index === index)

/** Opens a message as member `me` of `group`. `seen` gives the number of the last control message seen of a member, 0 for none. */
export const open = Effect.fnUntraced(function* (
  state: ApplicationState,
  { group, me }: { readonly group: string; readonly me: string },
  seen: (member: string) => number,
  bytes: Uint8Array,
) {
  const crypto = yield* Crypto
  // application-messages.open.1
  const message = yield* decodeMessage(ApplicationMessage, bytes)
  const { sender } = message
  // application-messages.open.2
  if (message.group !== group) return yield* refuse(clauses.group, message.group)
  // application-messages.open.3
  if (sender === me) return yield* new Ignored({ reason: "duplicate" })
  const found = yield* chainFor(state, message, seen(sender))
  // application-messages.open.7
  const isSigned = crypto.ed25519Verify(found.signingKey, signedContent(message), message.signature)
  if (!isSigned) return yield* refuse(clauses.signature, `of ${sender}`)
  const { key, chain } = yield* takeKey(found, message)
  // application-messages.open.9
  const payload = crypto.aeadOpen(key, applicationNonce, associatedData(message), message.ciphertext)
  if (payload === undefined) return yield* refuse(clauses.opens, `of ${sender}`)
  const chains = state.chains[sender]!.map((one) => (one === found ? chain : one))
  return { state: { ...state, chains: { ...state.chains, [sender]: chains } }, message, payload }
})
