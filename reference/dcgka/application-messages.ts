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
  clauses,
  maximumAhead,
  maximumChains,
  maximumComplete,
  maximumMessages,
  maximumPayload,
  maximumSkipped,
  noMessages,
  nonceOf,
  rememberedMessages,
} from "../../spec/dcgka/application-messages.ts"
import { Chain as Statement } from "../../spec/dcgka/causal-broadcast.ts"
import { bytesOf, decodeMessage, sameBytes, withEntry } from "../conventions.ts"
import { Crypto, type Primitives } from "../crypto/crypto.ts"
import { Randomness } from "../crypto/randomness.ts"
import { trace } from "../crypto/trace.ts"

const Index = uint(0, maximumMessages)

const Chain = record("kept-chain", {
  seq: Seq,
  index: Index,
  state: Key,
  commitment: Key,
  signingKey: Key,
  skipped: listOf(record("skipped-key", { index: Index, key: Key }), 0, maximumSkipped),
  /** How many messages from 0 on have been opened, and the digest over them. */
  opened: Index,
  digest: Key,
  recent: listOf(record("opened-message", { index: Index, digest: Key }), 0, rememberedMessages),
  ended: nullable(Statement),
})
type Chain = ValueOf<typeof Chain>

const Complete = record("complete-chain", { seq: Seq, length: Index })

/** The chains of a member of a group, as they are kept. */
export const ApplicationState = record("application-state", {
  own: nullable(record("own-chain", { seq: Seq, index: Index, state: Key, commitment: Key, digest: Key })),
  chains: table(MemberId, listOf(Chain, 0, maximumChains)),
  complete: table(MemberId, listOf(Complete, 0, maximumComplete)),
})
export type ApplicationState = ValueOf<typeof ApplicationState>

/** Before the first update secret. */
export const noChains: ApplicationState = { own: null, chains: {}, complete: {} }

/** Names a message: group, sender, number of the chain, index. */
type Context = Pick<ApplicationMessage, "group" | "sender" | "seq" | "index">

interface Counted {
  readonly seq: number
  readonly count: number
}

/** What is told of a member's chains: which differ, of which how many messages are lost, and which cannot be compared because so many have not come. */
export interface Told {
  readonly differ: ReadonlyArray<number>
  readonly lost: ReadonlyArray<Counted>
  readonly uncompared: ReadonlyArray<Counted>
}

const nothing: Told = { differ: [], lost: [], uncompared: [] }

const contextOf = ({ group, sender, seq, index }: Context): ReadonlyArray<Cbor> => [bytesOf(group), bytesOf(sender), seq, index]

const commitmentOf = (crypto: Primitives, secret: Uint8Array, { group, sender, seq }: Omit<Context, "index">): Uint8Array =>
  crypto.hkdfExpand(secret, encodeCbor([labels.applicationCommitment, bytesOf(group), bytesOf(sender), seq]), 32)!

const stepOf = (crypto: Primitives, state: Uint8Array, context: Context) => {
  const both = crypto.hkdfExpand(state, encodeCbor([labels.applicationChain, ...contextOf(context)]), 64)!
  return { key: both.slice(0, 32), next: both.slice(32) }
}

const associatedData = (context: Context) => encodeCbor([labels.applicationMessage, ...contextOf(context)])

const signedContent = (message: Context & Pick<ApplicationMessage, "guard" | "ciphertext">, commitment: Uint8Array) =>
  encodeCbor([labels.applicationSignature, ...contextOf(message), commitment, message.guard, message.ciphertext])

const digestAfter = (crypto: Primitives, digest: Uint8Array, ofMessage: Uint8Array): Uint8Array =>
  crypto.sha256(encodeCbor([labels.applicationDigest, digest, ofMessage]))

/** Begins the chain of an update secret of our own, as member `sender` of `group`. */
export const beginOwn = Effect.fnUntraced(function* (
  state: ApplicationState,
  place: Pick<Context, "group" | "sender">,
  seq: number,
  secret: Uint8Array,
) {
  const crypto = yield* Crypto
  // application-messages.begin.1
  const own = { seq, index: 0, state: secret, commitment: commitmentOf(crypto, secret, { ...place, seq }), digest: noMessages }
  const after: ApplicationState = { ...state, own }
  return after
})

/** Begins the chain of an update secret of another member, `sender`, whose public signing key is now `signingKey`. */
export const beginOther = Effect.fnUntraced(function* (
  state: ApplicationState,
  { group, sender }: Pick<Context, "group" | "sender">,
  seq: number,
  secret: Uint8Array,
  signingKey: Uint8Array,
) {
  const crypto = yield* Crypto
  // application-messages.begin.2
  const commitment = commitmentOf(crypto, secret, { group, sender, seq })
  const key = { seq, index: 0, state: secret, commitment, signingKey, skipped: [] }
  const chain: Chain = { ...key, opened: 0, digest: noMessages, recent: [], ended: null }
  const chains = withEntry(state.chains, sender, [...(state.chains[sender] ?? []), chain])
  return tidy({ ...state, chains }, sender)
})

const countSkipped = (chains: ReadonlyArray<Chain>): number => chains.reduce((sum, { skipped }) => sum + skipped.length, 0)

/** How many messages of a chain are known to be to come. */
const countToCome = ({ skipped, index, ended }: Chain): number => skipped.length + Math.max(0, (ended?.length ?? 0) - index)

const isOver = ({ index, skipped, ended }: Chain): boolean => ended !== null && skipped.length === 0 && index >= ended.length

const differs = ({ opened, digest, ended }: Chain): boolean => ended !== null && opened === ended.length && !sameBytes(digest, ended.digest)

/** Deletes what is not kept any more of a member's chains, and tells what is lost and what differs. */
const tidy = (state: ApplicationState, member: string) => {
  let chains = state.chains[member]!
  const lost = new Map<number, number>()
  const lose = (seq: number, count: number) => (count > 0 ? lost.set(seq, (lost.get(seq) ?? 0) + count) : lost)
  // application-messages.tidy.1
  for (let more = countSkipped(chains) - maximumSkipped; more > 0; more--) {
    const first = chains.find(({ skipped }) => skipped.length > 0)!
    chains = chains.map((chain) => (chain === first ? { ...chain, skipped: chain.skipped.slice(1) } : chain))
    lose(first.seq, 1)
  }
  // application-messages.tidy.2
  const over = chains.filter(isOver)
  const differ = over.filter(differs).map(({ seq }) => seq)
  const uncompared = over.filter(({ opened, ended }) => opened < ended!.length).map(({ seq }) => ({ seq, count: 0 }))
  // application-messages.tidy.3
  chains = chains.filter((chain) => !isOver(chain))
  const done = over.map(({ seq, ended }) => ({ seq, length: ended!.length })).filter(({ length }) => length > 0)
  const complete = [...(state.complete[member] ?? []), ...done].slice(-maximumComplete)
  // application-messages.tidy.4
  for (const chain of chains.slice(0, -maximumChains)) lose(chain.seq, countToCome(chain))
  chains = chains.slice(-maximumChains)
  const after: ApplicationState = {
    ...state,
    chains: withEntry(state.chains, member, chains),
    complete: withEntry(state.complete, member, complete),
  }
  // application-messages.tidy.5
  const told: Told = {
    differ,
    lost: [...lost].sort(([a], [b]) => a - b).map(([seq, count]) => ({ seq, count })),
    uncompared,
  }
  return { state: after, told }
}

/** Ends the chain before the control message with number `seq` of another member, which states what was written in it. */
export const end = (state: ApplicationState, member: string, seq: number, statement: Statement | null) => {
  // application-messages.end.1
  const chain = state.chains[member]?.find((one) => one.seq === seq - 1)
  if (chain === undefined) return { state, told: nothing }
  // application-messages.end.2
  const ended = statement ?? { length: 0, digest: noMessages }
  const kept = { ...chain, skipped: chain.skipped.filter(({ index }) => index < ended.length), ended }
  const tooMany = chain.index > ended.length ? [chain.seq] : []
  // application-messages.end.3
  const toCome = countToCome(kept)
  const uncompared = toCome === 0 ? [] : [{ seq: chain.seq, count: toCome }]
  // application-messages.end.4
  const tidied = tidy(replaced(state, member, chain, kept), member)
  const told: Told = {
    ...tidied.told,
    differ: [...new Set([...tooMany, ...tidied.told.differ])],
    uncompared: [...uncompared, ...tidied.told.uncompared],
  }
  return { state: tidied.state, told }
}

const replaced = (state: ApplicationState, member: string, chain: Chain, by: Chain): ApplicationState => {
  const chains = state.chains[member]!.map((one) => (one === chain ? by : one))
  return { ...state, chains: withEntry(state.chains, member, chains) }
}

const noKey = new Uint8Array(32)

/** The state without any key, from which can only be told what has been opened. */
export const forgetKeys = ({ chains, complete }: ApplicationState): ApplicationState => {
  // application-messages.forget-keys.1
  const blank = (chain: Chain): Chain => ({
    ...chain,
    state: noKey,
    commitment: noKey,
    signingKey: noKey,
    skipped: chain.skipped.map(({ index }) => ({ index, key: noKey })),
  })
  const blanked = Object.fromEntries(Object.entries(chains).map(([member, ofMember]) => [member, ofMember.map(blank)]))
  return { own: null, chains: blanked, complete }
}

/** Seals and signs `payload` as `sender` in `group`. Gives what our next control message states. */
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
  const { seq, index, commitment } = state.own
  // application-messages.seal.3
  if (index >= maximumMessages) return yield* refuse(clauses["chain-length"], `${index} messages`)
  // application-messages.seal.4
  const guard = (yield* Randomness).draw(`application/${group}/${sender}/${seq}/${index}`, 8)
  // application-messages.seal.5
  const context: Context = { group, sender, seq, index }
  const { key, next } = stepOf(crypto, state.own.state, context)
  const ciphertext = crypto.aeadSeal(key, nonceOf(guard), associatedData(context), payload)
  yield* trace("application-messages.key", key)
  // application-messages.seal.6
  const content = signedContent({ ...context, guard, ciphertext }, commitment)
  yield* trace("application-messages.signed", content)
  const signature = crypto.ed25519Sign(signingSecretKey, content)
  const message = encodeWire(ApplicationMessage, { type: "application-message", ...context, guard, ciphertext, signature })
  // application-messages.seal.7
  const digest = digestAfter(crypto, state.own.digest, crypto.sha256(message))
  const after: ApplicationState = { ...state, own: { seq, index: index + 1, state: next, commitment, digest } }
  const chain: Statement = { length: index + 1, digest }
  return { state: after, message, chain }
})

const isUsed = (chain: Chain, index: number) => index < chain.index && !chain.skipped.some((one) => one.index === index)

const chainFor = Effect.fnUntraced(function* (state: ApplicationState, { sender, seq, index }: Context, seen: number) {
  // application-messages.open.4
  const complete = state.complete[sender]?.find((one) => one.seq === seq)
  if (complete !== undefined) {
    if (index < complete.length) return yield* new Ignored({ reason: "duplicate" })
    return yield* refuse(clauses.closed, `${index} of ${complete.length} of ${sender} ${seq}`)
  }
  // application-messages.open.5
  const chain = state.chains[sender]?.find((one) => one.seq === seq)
  if (chain !== undefined) return chain
  if (seq > seen) return yield* new Waiting({ missing: [{ message: { sender, seq } }] })
  return yield* refuse(clauses.chain, `no chain ${seq} of ${sender}`)
})

const check = Effect.fnUntraced(function* (chain: Chain, message: ApplicationMessage, digest: Uint8Array) {
  const crypto = yield* Crypto
  const { sender, seq, index } = message
  const before = chain.recent.find((one) => one.index === index)
  // application-messages.open.6
  if (before !== undefined && sameBytes(before.digest, digest)) return yield* new Ignored({ reason: "duplicate" })
  // application-messages.open.7
  const content = signedContent(message, chain.commitment)
  yield* trace("application-messages.signed", content)
  const isSigned = crypto.ed25519Verify(chain.signingKey, content, message.signature)
  if (!isSigned) return yield* refuse(clauses.signature, `of ${sender}`)
  // application-messages.open.8
  const isClosed = chain.ended !== null && index >= chain.ended.length
  if (isClosed) return yield* refuse(clauses.closed, `${index} of ${chain.ended.length} of ${sender} ${seq}`)
  // application-messages.open.9
  if (isUsed(chain, index)) {
    if (before === undefined) return yield* new Ignored({ reason: "duplicate" })
    return yield* refuse(clauses.equivocation, `${sender} ${seq} ${index}`)
  }
  // application-messages.open.10
  if (index > chain.index + maximumAhead) return yield* refuse(clauses.ahead, `${index} with ${chain.index} next`)
})

/** Takes the key of a message from its chain. */
const takeKey = (crypto: Primitives, chain: Chain, message: ApplicationMessage) => {
  // application-messages.open.11
  const kept = chain.skipped.find(({ index }) => index === message.index)
  if (kept !== undefined) return { key: kept.key, chain: { ...chain, skipped: chain.skipped.filter((one) => one !== kept) } }
  const skipped = [...chain.skipped]
  let { state } = chain
  for (let index = chain.index; index < message.index; index++) {
    const { key, next } = stepOf(crypto, state, { ...message, index })
    skipped.push({ index, key })
    state = next
  }
  const { key, next } = stepOf(crypto, state, message)
  return { key, chain: { ...chain, index: message.index + 1, state: next, skipped } }
}

/** Keeps the digest of a message that was opened. */
const withOpened = (crypto: Primitives, chain: Chain, index: number, ofMessage: Uint8Array): Chain => {
  // application-messages.open.13
  const recent = [...chain.recent, { index, digest: ofMessage }].sort((a, b) => a.index - b.index)
  let { opened, digest } = chain
  for (const one of recent) {
    if (one.index !== opened) continue
    digest = digestAfter(crypto, digest, one.digest)
    opened++
  }
  return { ...chain, opened, digest, recent: recent.slice(-rememberedMessages) }
}

/** Opens a message as member `me` of `group`. `seen` gives the number of the last control message seen of a member, 0 for none. */
export const open = Effect.fnUntraced(function* (
  state: ApplicationState,
  { group, me }: { readonly group: string; readonly me: string },
  seen: (member: string) => number,
  bytes: Uint8Array,
) {
  // application-messages.open.1
  return yield* openDecoded(state, { group, me }, seen, yield* decodeMessage(ApplicationMessage, bytes), bytes)
})

/** The same of a message that has been decoded from these bytes. */
export const openDecoded = Effect.fnUntraced(function* (
  state: ApplicationState,
  { group, me }: { readonly group: string; readonly me: string },
  seen: (member: string) => number,
  message: ApplicationMessage,
  bytes: Uint8Array,
) {
  const crypto = yield* Crypto
  const { sender } = message
  // application-messages.open.2
  if (message.group !== group) return yield* refuse(clauses.group, message.group)
  // application-messages.open.3
  if (sender === me) return yield* new Ignored({ reason: "duplicate" })
  const found = yield* chainFor(state, message, seen(sender))
  const digest = crypto.sha256(bytes)
  yield* check(found, message, digest)
  const { key, chain } = takeKey(crypto, found, message)
  yield* trace("application-messages.key", key)
  // application-messages.open.12
  const payload = crypto.aeadOpen(key, nonceOf(message.guard), associatedData(message), message.ciphertext)
  if (payload === undefined) return yield* refuse(clauses.opens, `of ${sender}`)
  const opened = withOpened(crypto, chain, message.index, digest)
  // application-messages.open.14
  const { state: after, told } = tidy(replaced(state, sender, found, opened), sender)
  return { state: after, told, message, payload }
})
