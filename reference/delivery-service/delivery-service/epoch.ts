/**
 * From one epoch to the next: commits are judged, and the one that is decided is applied.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { Hex } from "effect/encoding"
import type { NotAccepted } from "../../../spec/conventions/verdicts.ts"
import { type Electorate, usualFaults } from "../../../spec/delivery-service/cooperation.ts"
import { type Delivery, limits, statuses } from "../../../spec/delivery-service/delivery-service.ts"
import type { TreeKemGroup } from "../../../spec/delivery-service/tree-kem.ts"
import { remembering } from "../../conventions.ts"
import * as Cascades from "../cascade.ts"
import * as Murmur from "../murmur.ts"
import * as TreeKem from "../tree-kem.ts"
import { beginTimer, cascaded, type Draft, murmured, send, tell, toldOf, userOf, withProposals } from "./draft.ts"
import { ask, askNext, takeGossip } from "./proposals.ts"

const electorateOf = ({ group, epoch, members }: TreeKemGroup): Electorate => ({
  group,
  epoch,
  // delivery-service.begin-epoch.1
  voters: members.map(({ leaf, signingKey }) => ({ leaf, key: signingKey })),
  faults: usualFaults(members.length),
  sensitivity: 1,
  fastPath: 0,
})

/** The part of the state that begins with each epoch. */
export const epochOf = Effect.fnUntraced(function* (tree: TreeKemGroup) {
  // delivery-service.begin-epoch.2
  const cascade = yield* Effect.orDie(Cascades.open(electorateOf(tree), tree.me))
  return { tree, cascade, own: [], incomplete: [], asked: [], fetches: 0, welcome: null }
})

/** Whether we sign nothing in the present epoch. */
export const isSilent = ({ silent, tree }: Delivery): boolean =>
  // delivery-service.restore.3
  silent !== null && tree.epoch <= silent

/** The leaves of the members. */
export const leavesOf = ({ members }: TreeKemGroup): ReadonlyArray<number> => members.map(({ leaf }) => leaf)

const isAsSaid = Effect.fnUntraced(function* ({ tree }: Delivery, { value }: Cascades.NamedCommit) {
  const read = yield* Effect.result(TreeKem.readCommit(value.commit))
  if (Result.isFailure(read)) return false
  const { group, epoch, author, references } = read.success
  const refs = references.map((ref) => Hex.encode(ref)).sort()
  // delivery-service.judge.2
  const isSame = group === tree.group && epoch === tree.epoch && author === value.author && refs.join() === value.proposals.join()
  // delivery-service.judge.3
  return isSame && author !== tree.me
})

/** The state of a stuck member that comes back by a commit. */
const broughtBack = Effect.fnUntraced(function* ({ returning, tree }: Delivery, { value }: Cascades.NamedCommit) {
  if (returning === null) return undefined
  const back = yield* Effect.result(TreeKem.rejoin(returning, tree, value.commit, value.welcome))
  return Result.isSuccess(back) ? back.success : undefined
})

/** Whether a stuck member finds a commit valid. */
const isFoundValid = Effect.fnUntraced(function* (state: Delivery, commit: Cascades.NamedCommit) {
  const { blamed, tree, cascade } = state
  // delivery-service.judge-stuck.1
  if ((yield* broughtBack(state, commit)) !== undefined) return true
  const known = tree.members.filter(({ user }) => blamed.includes(user))
  // delivery-service.judge-stuck.2
  return known.length >= cascade.electorate.faults && !known.some(({ leaf }) => leaf === commit.value.author)
})

type Processed = Result.Result<Effect.Success<ReturnType<typeof TreeKem.process>>, NotAccepted>

// A commit is processed to be judged, and is applied when it is decided: it is processed once for both.
const processedIn = remembering((_: TreeKemGroup): Map<string, Processed> => new Map())

const processOnce = Effect.fnUntraced(function* (tree: TreeKemGroup, { ref, value }: Cascades.NamedCommit) {
  const known = processedIn(tree).get(ref)
  if (known !== undefined) return known
  const processed: Processed = yield* Effect.result(TreeKem.process(tree, value.commit))
  processedIn(tree).set(ref, processed)
  return processed
})

/** Steps delivery-service.judge. */
const judge = Effect.fnUntraced(function* (draft: Draft, commit: Cascades.NamedCommit, from: string | undefined) {
  const { state } = draft
  // delivery-service.judge.1
  if (isSilent(state) || !(yield* isAsSaid(state, commit))) return draft
  // delivery-service.judge.4
  if (state.status === statuses.stuck && !(yield* isFoundValid(state, commit))) return draft
  if (state.status === statuses.stuck) {
    // delivery-service.judge-stuck.3
    return cascaded(draft, from ?? "", yield* Cascades.validate(state.cascade, state.tree.signingSecretKey, commit.ref))
  }
  const told = toldOf(state.tree)
  const missing = commit.value.proposals.filter((ref) => !told.has(ref))
  // delivery-service.judge.5
  if (missing.length > 0) {
    const noted = { ...draft, state: { ...state, incomplete: [...state.incomplete, { ref: commit.ref, missing }] } }
    return from === undefined ? askNext(noted) : ask(noted, from)
  }
  if (Result.isFailure(yield* processOnce(state.tree, commit))) return draft
  // delivery-service.judge.6
  return cascaded(draft, from ?? "", yield* Cascades.validate(state.cascade, state.tree.signingSecretKey, commit.ref))
})

const judgeAll = Effect.fnUntraced(function* (before: Draft) {
  let draft = before
  for (const { from, ...commit } of before.judge) draft = yield* judge({ ...draft, judge: draft.judge.slice(1) }, commit, from)
  const complete = draft.state.incomplete.filter(({ missing }) => missing.length === 0).map(({ ref }) => ref)
  for (const ref of complete.toSorted()) {
    const { state } = draft
    const value = state.cascade.commits.find((known) => known.ref === ref)!.value
    const without = { ...draft, state: { ...state, incomplete: state.incomplete.filter((one) => one.ref !== ref) } }
    draft = yield* judge(without, { ref, value }, undefined)
  }
  return draft
})

const nextOf = Effect.fnUntraced(function* ({ own, tree, status }: Delivery, commit: Cascades.NamedCommit) {
  if (status === statuses.stuck) return undefined
  // delivery-service.apply.3
  const kept = own.find(({ ref }) => ref === commit.ref)
  if (kept !== undefined) return { state: kept.next, removed: false }
  const processed = yield* processOnce(tree, commit)
  return Result.isSuccess(processed) ? processed.success : undefined
})

/** Becomes stuck by a decided commit, or goes on so: gives the draft, and what can be seen of the next epoch, if it can be. */
const stuckBy = Effect.fnUntraced(function* (before: Draft, { value }: Cascades.NamedCommit) {
  const { state } = before
  const { tree } = state
  const isNew = state.status === statuses.active
  const author = userOf(tree, value.author)
  // delivery-service.apply.5
  const blamed = isNew && author !== undefined ? [...new Set([...state.blamed, author])] : state.blamed
  const stuck = { ...before, state: { ...state, status: statuses.stuck, blamed } }
  const followed = yield* Effect.result(TreeKem.follow(tree, value.commit))
  // delivery-service.apply.7
  const draft = isNew ? tell(stuck, { type: "stuck", epoch: tree.epoch }) : stuck
  return { draft, next: Result.isSuccess(followed) ? followed.success : undefined }
})

const welcomed = (draft: Draft, before: TreeKemGroup, { value }: Cascades.NamedCommit): Draft => {
  const { tree } = draft.state
  const known = before.members.map(({ user, signingKey }) => `${user} ${Hex.encode(signingKey)}`)
  const users = tree.members.filter(({ user, signingKey }) => !known.includes(`${user} ${Hex.encode(signingKey)}`)).map(({ user }) => user)
  const added = users.filter((user) => user !== userOf(tree, tree.me))
  if (value.welcome === null || added.length === 0) return draft
  const { group, epoch } = tree
  // delivery-service.apply.10
  if (value.author === before.me) return send(draft, added, { type: "welcoming", group, epoch, welcome: value.welcome })
  // delivery-service.apply.11
  return beginTimer({ ...draft, state: { ...draft.state, welcome: { users: added, welcome: value.welcome } } }, "welcome", 1)
}

const advanceMurmur = Effect.fnUntraced(function* (before: Draft) {
  const { tree, murmur, sampleSize } = before.state
  const place = { epoch: tree.epoch, me: tree.me, members: leavesOf(tree) }
  const { state, sends, due } = yield* Murmur.advance(murmur, place, sampleSize)
  let draft = murmured({ ...before, state: { ...before.state, murmur: state } }, sends)
  // delivery-service.apply.12
  for (const proposal of due) {
    const taken = yield* Effect.result(takeGossip(draft, proposal))
    if (Result.isSuccess(taken)) draft = taken.success
  }
  return draft
})

/** What is kept beyond an epoch: messages of later ones, and who was a member. */
const remainingOf = ({ tree: { epoch, members }, later, former }: Delivery, next: TreeKemGroup): Pick<Delivery, "later" | "former"> => {
  const gone = members.filter(({ user }) => !next.members.some((member) => member.user === user)).map(({ user }) => ({ user, epoch }))
  return {
    later: later.filter((one) => one.epoch > epoch),
    former: [...former, ...gone].filter((one) => one.epoch + limits.past > epoch),
  }
}

/** Steps delivery-service.come-in. */
const comeIn = Effect.fnUntraced(function* (before: Draft, tree: TreeKemGroup) {
  const { state } = before
  const { group, epoch, me } = tree
  const { state: murmur, sends } = yield* Murmur.open({ group, epoch, me, members: leavesOf(tree) }, state.sampleSize)
  // delivery-service.come-in.1
  const kept = { ...state, ...remainingOf(state, tree), status: statuses.active, returning: null }
  const back = { ...before, state: { ...kept, ...(yield* epochOf(tree)), murmur }, judge: [] }
  // delivery-service.come-in.2
  return murmured(tell(back, { type: "joined", epoch }), sends)
})

/** Steps delivery-service.apply, on a decision that was taken. */
const apply = Effect.fnUntraced(function* (before: Draft) {
  const { state } = before
  const { tree, cascade } = state
  const chosen = Cascades.chosenOf(cascade.decision!)
  const known = toldOf(tree)
  const isWaiting = chosen.value.proposals.some((ref) => !known.has(ref))
  // delivery-service.apply.1
  if (isWaiting) return state.fetches > 0 ? before : askNext(before)
  // delivery-service.apply.2
  const past = [...state.past.filter(({ decide }) => decide.epoch < tree.epoch), withProposals(tree, cascade.decision!)].slice(-limits.past)
  const kept = { ...before, state: { ...state, past } }
  const back = state.status === statuses.stuck ? yield* broughtBack(state, chosen) : undefined
  // delivery-service.apply.6
  if (back !== undefined) return yield* comeIn(kept, back)
  const processed = yield* nextOf(state, chosen)
  const { draft: taken, next } = processed === undefined ? yield* stuckBy(kept, chosen) : { draft: kept, next: processed }
  // delivery-service.apply.8
  if (next === undefined) return taken
  const { epoch } = tree
  const isStuck = processed === undefined
  const telling = { type: "commit", epoch, author: chosen.value.author, ref: chosen.ref } as const
  const told = isStuck ? taken : tell(taken, telling)
  // delivery-service.apply.4
  if (next.removed) {
    return tell({ ...told, state: { ...told.state, status: statuses.removed } }, { type: "removed", epoch })
  }
  const begun: Delivery = { ...told.state, ...(yield* epochOf(next.state)), ...remainingOf(state, next.state) }
  // delivery-service.apply.9
  return yield* advanceMurmur(welcomed({ ...told, state: begun, judge: [] }, tree, chosen))
})

/** Judges what there is to judge, and applies what is decided. Gives whether an epoch has begun. */
export const settle = Effect.fnUntraced(function* (before: Draft) {
  let draft = before
  const isOpen = ({ judge: commits, state }: Draft) => commits.length > 0 || state.incomplete.some(({ missing }) => missing.length === 0)
  // delivery-service.follow.1
  while (draft.state.cascade.decision === null && isOpen(draft)) draft = yield* judgeAll(draft)
  if (draft.state.cascade.decision === null || draft.state.status === statuses.removed) return draft
  // delivery-service.follow.2
  return yield* apply(draft)
})
