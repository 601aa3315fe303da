/**
 * What a step of the delivery service has done so far, and how it sends.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { Decide, maximumPart } from "../../../spec/delivery-service/cascade.ts"
import type { Decision, Delivery, DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { Proposed } from "../../../spec/delivery-service/murmur.ts"
import type { TreeKemGroup } from "../../../spec/delivery-service/tree-kem.ts"
import { type Cascaded, chosenOf, type NamedCommit } from "../cascade.ts"
import type { Addressed } from "../murmur.ts"

/** A message for users. */
export interface Sent {
  readonly to: ReadonlyArray<string>
  readonly message: DeliveryMessage
}

/** What the application is told. `author` is a leaf, `ref` that of the proposal or commit. */
export type DeliveryEvent =
  | { readonly type: "proposal" | "commit"; readonly epoch: number; readonly author: number; readonly ref: string }
  | { readonly type: "joined" | "removed" | "stuck"; readonly epoch: number }

/** A timer that begins, and how long it lasts, in delay bounds. */
export interface DeliveryTimer {
  readonly name: string
  readonly delay: number
}

/** A commit that is to be judged, and who sent it. */
interface Doubtful extends NamedCommit {
  readonly from: string
}

/** The state, what is to be sent, what is told, the timers that begin, and the commits that are to be judged. */
export interface Draft {
  readonly state: Delivery
  readonly send: ReadonlyArray<Sent>
  readonly events: ReadonlyArray<DeliveryEvent>
  readonly timers: ReadonlyArray<DeliveryTimer>
  readonly judge: ReadonlyArray<Doubtful>
}

/** Nothing done yet. */
export const draftOf = (state: Delivery): Draft => ({ state, send: [], events: [], timers: [], judge: [] })

/** The user on our leaf. */
export const userOf = ({ members }: TreeKemGroup, leaf: number): string | undefined => members.find((member) => member.leaf === leaf)?.user

// Who makes up a welcome can put a member on any leaf that there is.
const nobodysLeaf = 0x10000

/** The leaf of a user; one that nobody can have when it is no member. */
export const leafOf = ({ members }: TreeKemGroup, user: string): number =>
  members.find((member) => member.user === user)?.leaf ?? nobodysLeaf

/** All other members, in ascending order of their leaves. */
export const others = ({ members, me }: TreeKemGroup): ReadonlyArray<string> =>
  members.filter(({ leaf }) => leaf !== me).map(({ user }) => user)

const usersOf = (tree: TreeKemGroup, leaves: ReadonlyArray<number>): ReadonlyArray<string> =>
  leaves.map((leaf) => userOf(tree, leaf)).filter((user) => user !== undefined)

/** Sends, if there is anybody to send to. */
export const send = (draft: Draft, to: ReadonlyArray<string>, message: DeliveryMessage): Draft =>
  to.length === 0 ? draft : { ...draft, send: [...draft.send, { to, message }] }

/** Tells the application. */
export const tell = (draft: Draft, event: DeliveryEvent): Draft => ({ ...draft, events: [...draft.events, event] })

/** Begins a timer of the present epoch. */
export const beginTimer = (draft: Draft, name: string, delay: number): Draft => ({
  ...draft,
  timers: [...draft.timers, { name: `${draft.state.tree.epoch}/${name}`, delay }],
})

/** The references of the proposals that were told of in this epoch. */
export const toldOf = ({ proposals }: TreeKemGroup): ReadonlySet<string> => new Set(proposals.map(({ ref }) => Hex.encode(ref)))

/** A DECIDE with those of its proposals that were told of. */
export const withProposals = (tree: TreeKemGroup, decide: Decide): Decision => {
  const { value } = chosenOf(decide)
  const named = tree.proposals.filter(({ ref }) => value.proposals.includes(Hex.encode(ref)))
  return { type: "decision", decide, proposals: named.map(({ proposal }) => proposal) }
}

/** FETCHED messages with these proposals, and one that has `used` bytes before them. */
const parted = (proposals: ReadonlyArray<Uint8Array>, used: number): ReadonlyArray<ReadonlyArray<Uint8Array>> => {
  const parts: Array<Array<Uint8Array>> = [[]]
  let total = used
  for (const proposal of proposals) {
    const { length } = encodeWire(Proposed, proposal)
    // delivery-service.send-proposals.2
    if (total > 0 && total + length > maximumPart) {
      parts.push([])
      total = 0
    }
    parts.at(-1)!.push(proposal)
    total += length
  }
  return parts
}

/** Proposals, in as many FETCHED messages as they need. */
export const fetchedOf = (group: string, epoch: number, proposals: ReadonlyArray<Uint8Array>): ReadonlyArray<DeliveryMessage> =>
  // delivery-service.send-proposals.1
  parted(proposals, 0).flatMap((part) => (part.length === 0 ? [] : [{ type: "fetched", group, epoch, proposals: part }]))

/** A DECISION, and FETCHED messages with those of its proposals for which it has no room. */
export const partsOfDecision = ({ decide, proposals }: Decision): ReadonlyArray<DeliveryMessage> => {
  const [first, ...rest] = parted(proposals, encodeWire(Decide, decide).length)
  const { group, epoch } = decide
  return [{ type: "decision", decide, proposals: first! }, ...rest.flatMap((part) => fetchedOf(group, epoch, part))]
}

/** Takes over what the cascade has done, on a message of `from` if there was one. */
export const cascaded = (before: Draft, from: string, { state, send: messages, judge, timers }: Cascaded): Draft => {
  const { tree } = before.state
  let draft: Draft = { ...before, state: { ...before.state, cascade: state } }
  for (const { to, message } of messages) {
    const users = to === "all" ? others(tree) : usersOf(tree, to)
    const parts: ReadonlyArray<DeliveryMessage> =
      message.type === "decide" ? partsOfDecision(withProposals(tree, message)) : [{ type: "agreement", message }]
    for (const part of parts) draft = send(draft, users, part)
  }
  for (const { name, delay } of timers) draft = beginTimer(draft, name, delay)
  return { ...draft, judge: [...draft.judge, ...judge.map((commit) => ({ ...commit, from }))] }
}

/** Takes over what murmur sends. */
export const murmured = (before: Draft, messages: ReadonlyArray<Addressed>): Draft =>
  messages.reduce((draft, { to, message }) => send(draft, usersOf(draft.state.tree, [to]), { type: "gossiping", message }), before)
