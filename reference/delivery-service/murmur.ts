/**
 * MURMUR: chapter "murmur".
 *
 * @module
 */
import { Effect } from "effect"
import { encodeCbor } from "../../spec/conventions/cbor.ts"
import { Ignored, refuse } from "../../spec/conventions/verdicts.ts"
import {
  clauses,
  type Held,
  horizon,
  laterQuota,
  type Murmur,
  type MurmurMessage,
  quota,
  thresholds,
} from "../../spec/delivery-service/murmur.ts"
import { treeKemLabels as labels } from "../../spec/delivery-service/tree-kem-labels.ts"
import { sameBytes } from "../conventions.ts"
import { Crypto } from "../crypto/crypto.ts"
import { Randomness } from "../crypto/randomness.ts"
import { trace } from "../crypto/trace.ts"
import * as TreeKem from "./tree-kem.ts"

/** A message for the member on a leaf. */
export interface Addressed {
  readonly to: number
  readonly message: MurmurMessage
}

/** What an operation does: the state after it, what is sent, and the proposal that is delivered. */
export interface Murmured {
  readonly state: Murmur
  readonly sends: ReadonlyArray<Addressed>
  readonly delivered: Uint8Array | null
}

const murmured = (state: Murmur, sends: ReadonlyArray<Addressed> = [], delivered: Uint8Array | null = null): Murmured => ({
  state,
  sends,
  delivered,
})

/** Where somebody is: its group, epoch and leaf, and the leaves of all members. */
export type Place = Pick<Murmur, "group" | "epoch" | "me" | "members">

const ascending = (leaves: Iterable<number>): ReadonlyArray<number> => [...new Set(leaves)].sort((a, b) => a - b)

/** The picks of a sample: places in the list of `n` members, as drawn. */
export const picks = Effect.fnUntraced(function* (group: string, epoch: number, n: number, sampleSize: number) {
  const { draw } = yield* Randomness
  let draws = 0
  const next = (): number => {
    const bytes = draw(`murmur/sample/${group}/${epoch}/${draws++}`, 4)
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
  }
  const below = 2 ** 32 - (2 ** 32 % n)
  const pick = (): number => {
    const drawn = next()
    return drawn < below ? drawn % n : pick()
  }
  const first = next()
  const count = thresholds(sampleSize).findIndex((threshold) => first < threshold)
  return Array.from({ length: count }, pick)
})

const sample = Effect.fnUntraced(function* ({ group, epoch, me, members }: Place, sampleSize: number) {
  // murmur.sample.1
  if (sampleSize === 0) return members.filter((leaf) => leaf !== me)
  // murmur.sample.2
  const picked = yield* picks(group, epoch, members.length, sampleSize)
  return ascending(picked.map((place) => members[place]!)).filter((leaf) => leaf !== me)
})

const toAll = (peers: ReadonlyArray<number>, message: MurmurMessage): ReadonlyArray<Addressed> => peers.map((to) => ({ to, message }))

/** Begins with nothing held, in a new group or as a new member: subscribes to the peers. */
export const open = Effect.fnUntraced(function* (place: Place, sampleSize: number) {
  // murmur.open.1
  const peers = yield* sample(place, sampleSize)
  // murmur.open.2
  const { group, epoch } = place
  const sends = toAll(peers, { type: "murmur-subscribe", group, epoch })
  return murmured({ ...place, peers, held: [], early: [] }, sends)
})

/** Enters another epoch. `due` are the proposals of that epoch that came before; each is to be received again, now that it can be judged. */
export const advance = Effect.fnUntraced(function* (before: Murmur, place: Omit<Place, "group">, sampleSize: number) {
  const { group } = before
  const { epoch, members } = place
  // murmur.advance.1
  const early = before.early.filter((one) => one.epoch >= epoch)
  const held = before.held.filter((one) => one.epoch >= epoch)
  const sampled = yield* sample({ group, ...place }, sampleSize)
  const sends = sampleSize === 0 ? [] : toAll(sampled, { type: "murmur-subscribe", group, epoch })
  // murmur.advance.2
  const subscribers = early
    .filter((one) => one.epoch === epoch && one.leaf !== place.me && members.includes(one.leaf))
    .map(({ leaf }) => leaf)
  const peers = ascending([...sampled, ...subscribers])
  // murmur.advance.3
  const due = held.filter((one) => one.epoch === epoch).map(({ proposal }) => proposal)
  const isLater = (one: { readonly epoch: number }) => one.epoch > epoch
  const state: Murmur = { group, ...place, peers, held: held.filter(isLater), early: early.filter(isLater) }
  return { state, sends, due }
})

const ofReachableEpoch = Effect.fnUntraced(function* (state: Murmur, { group, epoch }: { readonly group: string; readonly epoch: number }) {
  if (group !== state.group) return yield* refuse(clauses.group, group)
  if (epoch < state.epoch) return yield* refuse(clauses.past, `${epoch}, now ${state.epoch}`)
  if (epoch > state.epoch + horizon) return yield* refuse(clauses.horizon, `${epoch}, now ${state.epoch}`)
})

/** Takes in a subscription from the member on the leaf `from`. */
export const receiveSubscribe = Effect.fnUntraced(function* (
  state: Murmur,
  from: number,
  subscription: { readonly group: string; readonly epoch: number },
) {
  // murmur.receive-subscribe.1
  yield* ofReachableEpoch(state, subscription)
  const { epoch } = subscription
  // murmur.receive-subscribe.2
  if (epoch > state.epoch) {
    const isKept = state.early.some((one) => one.leaf === from && one.epoch === epoch)
    const early = isKept ? state.early : [...state.early, { leaf: from, epoch }]
    return murmured({ ...state, early })
  }
  // murmur.receive-subscribe.3
  if (from === state.me || !state.members.includes(from)) return yield* refuse(clauses.subscriber, `leaf ${from}`)
  // murmur.receive-subscribe.4
  const sends = state.held
    .filter((one) => one.epoch === epoch)
    .map(({ proposal }): Addressed => ({ to: from, message: { type: "murmur-gossip", proposal } }))
  return murmured({ ...state, peers: ascending([...state.peers, from]) }, sends)
})

/** The identity of a proposal. */
const identityOf = (proposal: Uint8Array) => Effect.map(Crypto, (crypto) => crypto.sha256(encodeCbor([labels.gossip, proposal])))

/** Takes in a gossiped proposal; `isValid` is what TreeKEM says of it, and counts only when it is of the present epoch. */
export const receiveGossip = (state: Murmur, proposal: Uint8Array, isValid: boolean) => receiveProposal(state, proposal, isValid, false)

/** Takes in a proposal that was asked for, however many are held. */
export const receiveWanted = (state: Murmur, proposal: Uint8Array, isValid: boolean) =>
  // murmur.receive-wanted.1
  receiveProposal(state, proposal, isValid, true)

const receiveProposal = Effect.fnUntraced(function* (state: Murmur, proposal: Uint8Array, isValid: boolean, isWanted: boolean) {
  // murmur.receive-gossip.1
  const { author, ...head } = yield* TreeKem.readProposal(proposal)
  yield* ofReachableEpoch(state, head)
  // murmur.receive-gossip.2
  const id = yield* identityOf(proposal)
  yield* trace("murmur.identity", id)
  if (state.held.some((one) => sameBytes(one.id, id))) return yield* new Ignored({ reason: "duplicate" })
  // murmur.receive-gossip.3
  const { epoch } = head
  const isPresent = epoch === state.epoch
  if (isPresent && !isValid) return yield* refuse(clauses.valid, `by leaf ${author}`)
  // murmur.receive-gossip.4
  const ofAuthor = state.held.filter((one) => one.author === author && one.epoch === epoch).length
  const ofEpoch = state.held.filter((one) => one.epoch === epoch).length
  const isFull = ofAuthor >= quota || (!isPresent && ofEpoch >= laterQuota)
  if (isFull && !isWanted) return yield* refuse(clauses.quota, `leaf ${author}`)
  // murmur.receive-gossip.5
  const held: Held = { id, epoch, author, proposal }
  const sends = toAll(state.peers, { type: "murmur-gossip", proposal })
  return murmured({ ...state, held: [...state.held, held] }, sends, isPresent ? proposal : null)
})

/** Broadcasts our own valid proposal of the present epoch. */
export const dispatch = Effect.fnUntraced(function* (state: Murmur, proposal: Uint8Array) {
  // murmur.dispatch.1
  return yield* receiveGossip(state, proposal, true)
})
