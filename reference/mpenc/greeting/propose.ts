/**
 * Beginning an operation: its first packet.
 *
 * @module
 */
import { Effect } from "effect"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses, type Greeting, type Identities, type Membership, type OperationName, type Shares } from "../../../spec/mpenc/greeting.ts"
import { type Metadata, sorted } from "../../../spec/mpenc/records.ts"
import { Crypto } from "../../crypto/crypto.ts"
import * as Aske from "../aske.ts"
import * as Cliques from "../cliques.ts"
import { begin, type GreetingParameters } from "./begin.ts"
import { send } from "./send.ts"

/** The change that is proposed. */
interface Change {
  readonly include: ReadonlyArray<string>
  readonly exclude: ReadonlyArray<string>
}

type Proposal = { readonly shares: Shares; readonly metadata: Metadata }

const initialOf = (
  operation: OperationName,
  initiator: string,
  initiatorKey: Uint8Array,
  members: ReadonlyArray<string>,
  settled: number,
) => ({
  // greeting.propose.5
  operation,
  initiator,
  initiatorKey,
  members,
  settled,
})

const proposeStart = Effect.fnUntraced(function* (greeting: Greeting, include: ReadonlyArray<string>, { shares, metadata }: Proposal) {
  const crypto = yield* Crypto
  const { contribution, nonce, ephemeralSecretKey } = shares
  // greeting.propose-start.1
  const { agreement, keys } = yield* Cliques.start(greeting.me, sorted(include), contribution)
  const publicKey = crypto.ed25519PublicKey(ephemeralSecretKey)
  const initial = initialOf("start", greeting.me, publicKey, agreement.members, 1)
  const begun: Greeting = { ...greeting, initial, agreement, nonce, ephemeralSecretKey }
  return yield* send(begun, {
    greetType: "start-initial",
    destination: agreement.members[1]!,
    intermediateKeys: keys,
    nonces: [nonce],
    publicKeys: [publicKey],
    metadata,
  })
})

/** The previous exchange, and our place in it. */
const ourPlace = (greeting: Greeting, { exchange }: Membership) => {
  const position = exchange.members.indexOf(greeting.me)
  return { ...exchange, position, publicKey: exchange.publicKeys[position]! }
}

const proposeInclude = Effect.fnUntraced(function* (
  greeting: Greeting,
  previous: Membership,
  include: ReadonlyArray<string>,
  { shares, metadata }: Proposal,
) {
  const { nonces, publicKeys, position, publicKey } = ourPlace(greeting, previous)
  const settled = previous.agreement.members.length
  // greeting.propose-include.1
  const { agreement, keys } = yield* Cliques.include(previous.agreement, greeting.me, sorted(include), shares.contribution)
  const initial = initialOf("include", greeting.me, publicKey, agreement.members, settled)
  const begun: Greeting = { ...greeting, initial, agreement, nonce: shares.nonce }
  // greeting.propose-include.2
  return yield* send(begun, {
    greetType: "include-initial",
    destination: agreement.members[settled]!,
    intermediateKeys: keys,
    nonces: nonces.with(position, shares.nonce),
    publicKeys,
    metadata,
  })
})

const proposeExclude = Effect.fnUntraced(function* (
  greeting: Greeting,
  previous: Membership,
  exclude: ReadonlyArray<string>,
  { shares, metadata }: Proposal,
  identities: Identities,
) {
  const { members, nonces, publicKeys, position, publicKey } = ourPlace(greeting, previous)
  // greeting.propose-exclude.1
  const { agreement, keys } = yield* Cliques.exclude(previous.agreement, greeting.me, exclude, shares.contribution)
  const remains = (_: Uint8Array, index: number) => !exclude.includes(members[index]!)
  const ourNonces = nonces.with(position, shares.nonce)
  // greeting.propose-exclude.2
  const exchange = yield* Aske.complete(agreement.members, ourNonces.filter(remains), publicKeys.filter(remains))
  const initial = initialOf("exclude", greeting.me, publicKey, agreement.members, agreement.members.length)
  const begun: Greeting = { ...greeting, initial, agreement, nonce: shares.nonce, exchange }
  // greeting.propose-exclude.3
  return yield* send(begun, {
    greetType: "exclude-initial",
    destination: null,
    intermediateKeys: keys,
    nonces: exchange.nonces,
    publicKeys: exchange.publicKeys,
    metadata,
    sessionSignature: yield* Aske.acknowledge(exchange, greeting.me, identities.secretKey),
  })
})

const proposeRefresh = Effect.fnUntraced(function* (greeting: Greeting, previous: Membership, { shares, metadata }: Proposal) {
  const { publicKey } = ourPlace(greeting, previous)
  // greeting.propose-refresh.1
  const { agreement, keys } = yield* Cliques.refresh(previous.agreement, greeting.me, shares.contribution)
  const initial = initialOf("refresh", greeting.me, publicKey, agreement.members, agreement.members.length)
  const lists = { nonces: [], publicKeys: [] }
  return yield* send(
    { ...greeting, initial, agreement },
    { greetType: "refresh-initial", destination: null, intermediateKeys: keys, ...lists, metadata },
  )
})

/**
 * Proposes a change of the membership before, which is null when there is none: include or exclude others, or neither, to make a new key. Gives the greeting to go on with when the
 * packet comes back, and the packet's text.
 *
 * Verdicts: refused, by greeting.one-change, greeting.previous, and those of the key agreement.
 */
export const propose = Effect.fnUntraced(function* (
  me: string,
  previous: Membership | null,
  parameters: GreetingParameters,
  identities: Identities,
  change: Change,
  { shares, metadata }: Proposal,
) {
  // greeting.propose.1
  const greeting = begin(me, previous, parameters)
  const proposal = { shares, metadata: { ...metadata, latestMessages: metadata.latestMessages.toSorted() } }
  const { include, exclude } = change
  // greeting.propose.2
  if (include.length > 0 && exclude.length > 0) return yield* refuse(clauses["one-change"], "include and exclude")
  // greeting.propose.4
  if (greeting.previous === null) {
    // greeting.propose.3
    if (include.length === 0) return yield* refuse(clauses.previous, "no session with others")
    return yield* proposeStart(greeting, include, proposal)
  }
  if (include.length > 0) return yield* proposeInclude(greeting, greeting.previous, include, proposal)
  if (exclude.length > 0) return yield* proposeExclude(greeting, greeting.previous, exclude, proposal, identities)
  return yield* proposeRefresh(greeting, greeting.previous, proposal)
})
