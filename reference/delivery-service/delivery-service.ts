/**
 * The distributed delivery service: chapter "delivery-service".
 *
 * @module
 */
import { Effect, Result } from "effect"
import { Hex } from "effect/encoding"
import { Ignored, refuse } from "../../spec/conventions/verdicts.ts"
import {
  clauses,
  type Decision,
  type Delivery,
  type DeliveryMessage,
  type Early,
  limits,
  statuses,
} from "../../spec/delivery-service/delivery-service.ts"
import type { Outside, TreeKemGroup } from "../../spec/delivery-service/tree-kem.ts"
import { bytesOf } from "../conventions.ts"
import * as Cascades from "./cascade.ts"
import {
  cascaded,
  type DeliveryEvent,
  type DeliveryTimer,
  type Draft,
  draftOf,
  fetchedOf,
  leafOf,
  murmured,
  others,
  partsOfDecision,
  type Sent,
  send,
  tell,
} from "./delivery-service/draft.ts"
import { epochOf, isSilent, leavesOf, settle } from "./delivery-service/epoch.ts"
import { askNext, missingRefs, publish, takeFetched, takeGossip } from "./delivery-service/proposals.ts"
import type { Addressed } from "./murmur.ts"
import * as Murmur from "./murmur.ts"
import * as TreeKem from "./tree-kem.ts"

export type { DeliveryEvent, DeliveryTimer, Sent } from "./delivery-service/draft.ts"

/** What a step gives: the state, what is to be sent, what the application is told, the timers that begin. */
export interface Delivered {
  readonly state: Delivery
  readonly send: ReadonlyArray<Sent>
  readonly events: ReadonlyArray<DeliveryEvent>
  readonly timers: ReadonlyArray<DeliveryTimer>
}

const done = ({ state, send: messages, events, timers }: Draft): Delivered => ({ state, send: messages, events, timers })

const begin = Effect.fnUntraced(function* (tree: TreeKemGroup, sampleSize: number) {
  const place = { group: tree.group, epoch: tree.epoch, me: tree.me, members: leavesOf(tree) }
  const { state: murmur, sends } = yield* Murmur.open(place, sampleSize)
  const state: Delivery = {
    status: statuses.active,
    murmur,
    sampleSize,
    later: [],
    past: [],
    former: [],
    blamed: [],
    returning: null,
    silent: null,
    ...(yield* epochOf(tree)),
  }
  return murmured(draftOf(state), sends)
})

/** Founds a group: we alone, in epoch 0. */
export const found = Effect.fnUntraced(function* (outside: Outside, group: string, sampleSize: number) {
  // delivery-service.found.1
  return done(yield* begin(yield* TreeKem.found(outside, group), sampleSize))
})

const ofSender = (early: Early, sender: string): number => early.filter(({ from }) => from === sender).length

/** Keeps a message that comes to somebody who is no member yet. */
export const receiveEarly = Effect.fnUntraced(function* (early: Early, from: string, message: DeliveryMessage) {
  // delivery-service.receive-early.1
  if (ofSender(early, from) >= limits.kept || early.length >= limits.early) return yield* refuse(clauses["early-quota"], from)
  // delivery-service.receive-early.2
  return [...early, { from, message }]
})

/** Becomes a member by a welcome. `early` are the messages that were kept before it. */
export const join = Effect.fnUntraced(function* (outside: Outside, welcome: Uint8Array, sampleSize: number, early: Early) {
  const tree = yield* TreeKem.join(outside, welcome)
  // delivery-service.join.1
  let draft = tell(yield* begin(tree, sampleSize), { type: "joined", epoch: tree.epoch })
  // delivery-service.join.2
  for (const { from, message } of early) draft = yield* takeIn(draft, from, message)
  const joined = yield* follow(draft)
  const isFull = early.length >= limits.early || early.some(({ from }) => ofSender(early, from) >= limits.kept)
  // delivery-service.join.3
  return done(isFull ? askAll(joined) : joined)
})

const active = Effect.fnUntraced(function* (state: Delivery) {
  const { status } = state
  if (status === statuses.active && isSilent(state)) return yield* refuse(clauses.silent, `epoch ${state.tree.epoch}`)
  if (status !== statuses.active) return yield* refuse(clauses.active, status === statuses.removed ? "removed" : "stuck")
})

/** What a member can propose: to add whoever has this key package, to remove a leaf, to replace its own key. */
export type Proposing =
  | { readonly type: "add"; readonly keyPackage: Uint8Array }
  | { readonly type: "remove"; readonly leaf: number }
  | { readonly type: "update" }

const make = (tree: TreeKemGroup, proposing: Proposing) => {
  if (proposing.type === "add") return TreeKem.proposeAdd(tree, proposing.keyPackage)
  return proposing.type === "remove" ? TreeKem.proposeRemove(tree, proposing.leaf) : TreeKem.proposeUpdate(tree)
}

/** Proposes. */
export const propose = Effect.fnUntraced(function* (state: Delivery, proposing: Proposing) {
  // delivery-service.propose.1
  yield* active(state)
  // delivery-service.propose.2
  const made = yield* make(state.tree, proposing)
  // delivery-service.propose.3
  if (made.proposal.length > limits.proposal) return yield* refuse(clauses.size, `${made.proposal.length} bytes`)
  return done(yield* publish(draftOf({ ...state, tree: made.state }), made.proposal))
})

/** The users who are members and whom these proposals add. */
const broughtBack = ({ tree: { members, proposals } }: Delivery, refs: ReadonlyArray<string>): ReadonlyArray<string> =>
  proposals.flatMap((one) => {
    const isBack = one.type === "admitted-add" && refs.includes(Hex.encode(one.ref)) && members.some(({ user }) => user === one.user)
    return isBack ? [one.user] : []
  })

/** Commits the proposals with these references, or when they are null, those that we would choose. */
export const commit = Effect.fnUntraced(function* (state: Delivery, references: ReadonlyArray<string> | null) {
  // delivery-service.commit.1
  yield* active(state)
  // delivery-service.commit.2
  const refs = references === null ? TreeKem.select(state.tree) : references.map(bytesOf)
  const before = state.own.flatMap(({ ref }) => state.cascade.commits.find((known) => known.ref === ref)?.value.proposals ?? [])
  const isFurther = broughtBack(
    state,
    refs.map((ref) => Hex.encode(ref)),
  ).some((user) => !broughtBack(state, before).includes(user))
  const mayCommit = state.own.length === 0 || (isFurther && state.own.length < limits.commits)
  // delivery-service.commit.3
  if (!mayCommit) return yield* refuse(clauses["one-commit"], `epoch ${state.tree.epoch}`)
  // delivery-service.commit.4
  const made = yield* TreeKem.commit(state.tree, refs)
  const proposals = refs.map((ref) => Hex.encode(ref)).sort()
  const isShort = [made.commit, made.welcome].every((bytes) => bytes === null || bytes.length <= limits.commit)
  if (!isShort || refs.length > limits.named) return yield* refuse(clauses.size, `${refs.length} proposals`)
  const value = { author: state.tree.me, proposals, commit: made.commit, welcome: made.welcome }
  return yield* commitValue({ ...state, tree: made.state }, made.next, value)
})

/** Proposes a commit of our own that was made already, with the state after it. */
const commitValue = Effect.fnUntraced(function* (state: Delivery, next: TreeKemGroup, value: Parameters<typeof Cascades.signCommit>[2]) {
  const secretKey = state.tree.signingSecretKey
  const named = yield* Cascades.signCommit(state.cascade.electorate, secretKey, value)
  // delivery-service.commit.5
  const draft = draftOf({ ...state, own: [...state.own, { ref: named.ref, next }] })
  // delivery-service.commit.6
  return done(yield* follow(cascaded(draft, "", yield* Cascades.propose(state.cascade, secretKey, named))))
})

/** The decisions that are kept of this epoch and the next ones; none when that of this epoch is not. */
const decisionsFrom = ({ past }: Delivery, epoch: number): ReadonlyArray<Decision> => {
  const first = past.findIndex(({ decide }) => decide.epoch === epoch)
  return first < 0 ? [] : past.slice(first)
}

/** Sends what belongs to the present epoch to one who may have missed it. */
const sendAgain = (draft: Draft, to: string): Draft => {
  const { tree, cascade } = draft.state
  const gossip = tree.proposals.map(({ proposal }): Addressed => ({ to: leafOf(tree, to), message: { type: "murmur-gossip", proposal } }))
  const repeated = Cascades.repeat(cascade).map((message) => ({ to: [leafOf(tree, to)], message }))
  // delivery-service.send-again.1
  return cascaded(murmured(draft, gossip), "", { state: cascade, send: repeated, judge: [], timers: [] })
}

/** Group and epoch of a message; undefined for a proposal, of which murmur judges. */
const placeOf = (message: DeliveryMessage) => {
  if (message.type === "gossiping") return message.message.type === "murmur-subscribe" ? message.message : undefined
  if (message.type === "agreement") return message.message
  return message.type === "decision" ? message.decide : message
}

/** Whether a user is a member, or was one in an epoch of which the decision is kept. */
const isKnown = ({ tree, former }: Delivery, from: string): boolean =>
  tree.members.some(({ user }) => user === from) || former.some(({ user }) => user === from)

const answerPast = (draft: Draft, from: string, message: DeliveryMessage, epoch: number): Draft => {
  if (message.type !== "agreement" && message.type !== "fetch") return draft
  // delivery-service.answer-past.1
  const kept = decisionsFrom(draft.state, epoch)
  // delivery-service.answer-past.2
  const answers = message.type === "fetch" ? kept : kept.slice(0, 1)
  const answered = answers.flatMap(partsOfDecision).reduce((now, answer) => send(now, [from], answer), draft)
  // delivery-service.answer-past.3
  const isAskedForAll = message.type === "fetch" && message.refs.length === 0
  return isAskedForAll && answers.length > 0 && draft.state.status !== statuses.removed ? sendAgain(answered, from) : answered
}

const keep = Effect.fnUntraced(function* (draft: Draft, from: string, message: DeliveryMessage, epoch: number) {
  const { state } = draft
  const { tree, later, asked } = state
  // delivery-service.keep-later.1
  if (epoch > tree.epoch + limits.horizon) return yield* refuse(clauses.horizon, `${epoch}, now ${tree.epoch}`)
  const isMember = (user: string) => tree.members.some((member) => member.user === user)
  const isCounted = (user: string) => user === from || !(isMember(user) || isMember(from))
  const kept = later.filter((one) => one.epoch === epoch && isCounted(one.from)).length
  // delivery-service.keep-later.2
  if (kept >= limits.kept) return yield* refuse(clauses.quota, from)
  // delivery-service.keep-later.3
  const after = { ...draft, state: { ...state, later: [...later, { from, epoch, message }], asked: [...new Set([...asked, from])] } }
  // delivery-service.keep-later.4
  if (asked.includes(from)) return after
  return send(after, [from], { type: "fetch", group: tree.group, epoch: tree.epoch, refs: [] })
})

const takeDecision = Effect.fnUntraced(function* (draft: Draft, from: string, { decide, proposals }: Decision) {
  const { cascade, tree } = draft.state
  // delivery-service.take-decision.1
  yield* Cascades.verifyDecide(cascade.electorate, decide)
  const filled = yield* takeFetched(draft, proposals, Cascades.chosenOf(decide).value.proposals)
  // delivery-service.take-decision.2
  const result = yield* Cascades.receive(filled.state.cascade, tree.signingSecretKey, leafOf(tree, from), decide)
  return cascaded(filled, from, result)
})

const heardOf = (draft: Draft, from: string): Draft => {
  const { welcome } = draft.state
  if (welcome === null) return draft
  return { ...draft, state: { ...draft.state, welcome: { ...welcome, users: welcome.users.filter((user) => user !== from) } } }
}

const subscribe = Effect.fnUntraced(function* (
  draft: Draft,
  from: string,
  subscription: { readonly group: string; readonly epoch: number },
) {
  const { murmur, tree } = draft.state
  // delivery-service.take-in.8
  const { state, sends } = yield* Murmur.receiveSubscribe(murmur, leafOf(tree, from), subscription)
  return murmured(heardOf({ ...draft, state: { ...draft.state, murmur: state } }, from), sends)
})

const answerFetch = (draft: Draft, from: string, refs: ReadonlyArray<string>): Draft => {
  if (refs.length === 0) return sendAgain(draft, from)
  const { group, epoch, proposals } = draft.state.tree
  const found = proposals.filter(({ ref }) => refs.includes(Hex.encode(ref))).map(({ proposal }) => proposal)
  // delivery-service.take-in.9
  return fetchedOf(group, epoch, found).reduce((now, part) => send(now, [from], part), draft)
}

const dispatch = Effect.fnUntraced(function* (draft: Draft, from: string, message: DeliveryMessage) {
  const { tree, cascade } = draft.state
  switch (message.type) {
    case "agreement":
      // delivery-service.take-in.5
      if (isSilent(draft.state) && cascade.decision === null) return draft
      return cascaded(draft, from, yield* Cascades.receive(cascade, tree.signingSecretKey, leafOf(tree, from), message.message))
    case "decision":
      // delivery-service.take-in.6
      return yield* takeDecision(draft, from, message)
    case "gossiping":
      if (message.message.type === "murmur-subscribe") return yield* subscribe(draft, from, message.message)
      return yield* takeGossip(draft, message.message.proposal)
    case "fetch":
      return answerFetch(draft, from, message.refs)
    case "fetched":
      // delivery-service.take-in.10
      return yield* takeFetched(draft, message.proposals, missingRefs(draft.state))
    case "welcoming":
      // delivery-service.take-in.11
      return yield* new Ignored({ reason: "duplicate" })
  }
})

/** Steps delivery-service.take-in. */
const takeOne = Effect.fnUntraced(function* (draft: Draft, from: string, message: DeliveryMessage) {
  const { tree, status } = draft.state
  const place = placeOf(message)
  // delivery-service.take-in.1
  if (place !== undefined && place.group !== tree.group) return yield* refuse(clauses.group, place.group)
  const epoch = place?.epoch ?? tree.epoch
  const isAsking = message.type === "fetch" || (message.type === "agreement" && epoch < tree.epoch)
  // delivery-service.take-in.2
  if (isAsking && epoch <= tree.epoch && !isKnown(draft.state, from)) return yield* refuse(clauses.asker, from)
  // delivery-service.take-in.3
  if (status === statuses.removed || epoch < tree.epoch) return answerPast(draft, from, message, epoch)
  // delivery-service.take-in.4
  if (epoch > tree.epoch) return yield* keep(draft, from, message, epoch)
  return yield* dispatch(draft, from, message)
})

/** Takes in one message among several: what is refused is dropped. */
const takeIn = Effect.fnUntraced(function* (draft: Draft, from: string, message: DeliveryMessage) {
  const taken = yield* Effect.result(takeOne(draft, from, message))
  return Result.isSuccess(taken) ? taken.success : draft
})

/** Steps delivery-service.follow. */
const follow = Effect.fnUntraced(function* (before: Draft) {
  let draft = yield* settle(before)
  // delivery-service.follow.3
  for (;;) {
    const { tree, later, status } = draft.state
    const next = later.find((one) => one.epoch <= tree.epoch)
    if (next === undefined || status === statuses.removed) return draft
    const without = { ...draft, state: { ...draft.state, later: later.filter((one) => one !== next) } }
    draft = yield* settle(yield* takeIn(without, next.from, next.message))
  }
})

/** Takes in a message that came from a user. Verdicts: those of the steps delivery-service.take-in. */
export const receive = Effect.fnUntraced(function* (state: Delivery, from: string, message: DeliveryMessage) {
  // delivery-service.receive.1
  return done(yield* follow(yield* takeOne(draftOf(state), from, message)))
})

const elapsed = Effect.fnUntraced(function* (draft: Draft, name: string) {
  const { state } = draft
  const { tree, welcome, cascade } = state
  // delivery-service.timeout.2
  if (name === "fetch") return askNext(draft)
  // delivery-service.timeout.3
  if (name === "welcome") {
    const { group, epoch } = tree
    return send(draft, welcome?.users ?? [], { type: "welcoming", group, epoch, welcome: welcome?.welcome ?? new Uint8Array(1) })
  }
  if (isSilent(state)) return draft
  // delivery-service.timeout.4
  return cascaded(draft, "", yield* Cascades.timeout(cascade, tree.signingSecretKey, name))
})

/** A timer is over. */
export const timeout = Effect.fnUntraced(function* (state: Delivery, name: string) {
  const [epoch, ...rest] = name.split("/")
  // delivery-service.timeout.1
  if (Number(epoch) !== state.tree.epoch || state.status === statuses.removed) return done(draftOf(state))
  // delivery-service.timeout.5
  return done(yield* follow(yield* elapsed(draftOf(state), rest.join("/"))))
})

/** Asks all others for all that we have missed. */
const askAll = (draft: Draft): Draft => {
  const { tree, status } = draft.state
  // delivery-service.resume.1
  if (status === statuses.removed) return draft
  return send(draft, others(tree), { type: "fetch", group: tree.group, epoch: tree.epoch, refs: [] })
}

/** Goes on with a state that is older than what has left; `through` is the last epoch in which we may have signed. */
export const restore = (state: Delivery, through: number): Delivered => {
  // delivery-service.restore.2
  const silent = Math.max(through, state.tree.epoch, state.silent ?? 0)
  // delivery-service.restore.1
  return done(askAll(draftOf({ ...state, silent })))
}

/** Makes a key package of this number, to come back with. */
export const comeBack = Effect.fnUntraced(function* (state: Delivery, number: number) {
  // delivery-service.come-back.1
  if (state.status !== statuses.stuck) return yield* refuse(clauses["comes-back"], `epoch ${state.tree.epoch}`)
  const user = state.tree.members.find(({ leaf }) => leaf === state.tree.me)!.user
  // delivery-service.come-back.2
  const returning = yield* TreeKem.init(TreeKem.backEndNameOf(state.tree), user, number)
  return { state: { ...state, returning }, keyPackage: returning.keyPackage }
})

/** Begins again after an absence. */
export const resume = (state: Delivery): Delivered => done(askAll(draftOf(state)))
