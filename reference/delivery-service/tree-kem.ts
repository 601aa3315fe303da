/**
 * TreeKEM: chapter "tree-kem". The steps that both back ends have in common; the back end is the one that the state, or the first byte of a message, tells.
 *
 * @module
 */
import { Effect } from "effect"
import { Hex } from "effect/encoding"
import { Ignored, refuse } from "../../spec/conventions/verdicts.ts"
import {
  type Admitted,
  clauses,
  conflict,
  keysOf,
  lastEpoch,
  type Member,
  maximumMembers,
  type Outside,
  type SymbolicGroup,
  selection,
  type TreeKemGroup,
} from "../../spec/delivery-service/tree-kem.ts"
import { sameBytes } from "../conventions.ts"
import type { BackEnd } from "./tree-kem/back-end.ts"
import { membersAfter } from "./tree-kem/members.ts"
import { mls } from "./tree-kem/mls.ts"
import { commitFor, symbolic } from "./tree-kem/symbolic.ts"

/** The name of a back end: one of the two, or one that was added. */
export type BackEndName = "symbolic" | "mls" | `on${string}`

// A state's type tells its back end, which no type says here.
const backEnds = { symbolic, mls } as unknown as Record<string, BackEnd<Outside, TreeKemGroup>>

/** Adds a back end on another library of MLS. The types of its states begin with the name. */
export const addBackEnd = <O, G>(name: `on${string}`, backEnd: BackEnd<O, G>): void => {
  backEnds[name] = backEnd as unknown as BackEnd<Outside, TreeKemGroup>
}

/** The name of the back end of a state. */
export const backEndNameOf = (state: TreeKemGroup | Outside) => state.type.split("-")[0] as BackEndName

const backEndOf = (state: TreeKemGroup | Outside) => backEnds[backEndNameOf(state)]!

const readerOf = (message: Uint8Array) => (message[0] === 0 ? backEnds.mls! : backEnds.symbolic!)

/** Somebody outside of all groups, with a key package (`keyPackage` of the state). `number` tells several key packages of one user apart. */
export const init = Effect.fnUntraced(function* (backEnd: BackEndName, user: string, number: number) {
  // tree-kem.init.1
  return yield* backEnds[backEnd]!.init(user, number)
})

/** The state of the founder of a group: it alone, in epoch 0. */
export const found = Effect.fnUntraced(function* (outside: Outside, group: string) {
  // tree-kem.found.1
  return yield* backEndOf(outside).found(outside, group)
})

/** PROPOSEADD: proposes to add the user with this key package. */
export const proposeAdd = Effect.fnUntraced(function* (state: TreeKemGroup, keyPackage: Uint8Array) {
  // tree-kem.propose-add.1
  const { user, isSigned } = yield* backEndOf(state).readKeyPackage(keyPackage)
  if (!isSigned) return yield* refuse(clauses["key-package"], user)
  // tree-kem.propose-add.2
  return yield* backEndOf(state).proposeAdd(state, keyPackage)
})

const isMember = (state: TreeKemGroup, leaf: number) => state.members.some((member) => member.leaf === leaf)

/** PROPOSEREMOVE: proposes to remove the member on this leaf. */
export const proposeRemove = Effect.fnUntraced(function* (state: TreeKemGroup, leaf: number) {
  // tree-kem.propose-remove.1
  if (!isMember(state, leaf)) return yield* refuse(clauses["removes-member"], `leaf ${leaf}`)
  return yield* backEndOf(state).proposeRemove(state, leaf)
})

/** PROPOSEUPDATE: proposes to replace our own key. */
export const proposeUpdate = Effect.fnUntraced(function* (state: TreeKemGroup) {
  // tree-kem.propose-update.1
  return yield* backEndOf(state).proposeUpdate(state)
})

/** What anybody can read of a proposal: group, epoch, author, reference. */
export const readProposal = Effect.fnUntraced(function* (proposal: Uint8Array) {
  // tree-kem.read-proposal.1
  const { group, epoch, author, content } = yield* readerOf(proposal).readProposal(proposal)
  // tree-kem.read-proposal.2
  return { group, epoch, author, ref: content.ref }
})

const readCommitBy = Effect.fnUntraced(function* (backEnd: BackEnd<Outside, TreeKemGroup>, commit: Uint8Array) {
  // tree-kem.read-commit.1
  const { byValue, ...read } = yield* backEnd.readCommit(commit)
  // tree-kem.read-commit.2
  if (byValue) return yield* refuse(clauses["by-reference"], "a proposal by value")
  const names = read.references.map((ref) => Hex.encode(ref))
  if (new Set(names).size < names.length) return yield* refuse(clauses["by-reference"], "a reference twice")
  // tree-kem.read-commit.3
  return read
})

/** What anybody can read of a commit: group, epoch, author, references. */
export const readCommit = (commit: Uint8Array) => readCommitBy(readerOf(commit), commit)

const ofThisEpoch = Effect.fnUntraced(function* (
  state: TreeKemGroup,
  { group, epoch }: { readonly group: string; readonly epoch: number },
) {
  if (group !== state.group) return yield* refuse(clauses.group, group)
  if (epoch !== state.epoch) return yield* refuse(clauses.epoch, `${epoch}, not ${state.epoch}`)
})

const beforeTheLast = ({ epoch }: TreeKemGroup) => (epoch === lastEpoch ? Effect.fail(refuse(clauses.epoch, "the last one")) : Effect.void)

const keysOfMember = ({ signingKey, key }: Member) => [signingKey, key]

const fresh = (keys: ReadonlyArray<Uint8Array>, others: ReadonlyArray<Uint8Array>) =>
  keys.some((key) => others.some((other) => sameBytes(key, other)))
    ? Effect.fail(refuse(clauses["fresh-keys"], "somebody has this key"))
    : Effect.void

/** Checks a proposal and remembers it, so that it can be committed. Gives what it proposes. */
export const admit = Effect.fnUntraced(function* (state: TreeKemGroup, proposal: Uint8Array) {
  const backEnd = backEndOf(state)
  // tree-kem.admit.1
  const { content, ...head } = yield* backEnd.readProposal(proposal)
  yield* ofThisEpoch(state, head)
  // tree-kem.admit.2
  if (state.proposals.some(({ ref }) => sameBytes(ref, content.ref))) return yield* new Ignored({ reason: "duplicate" })
  // tree-kem.admit.3
  if (!isMember(state, head.author)) return yield* refuse(clauses.author, `leaf ${head.author}`)
  if (!(yield* backEnd.isAuthentic(state, proposal))) return yield* refuse(clauses.signature, `leaf ${head.author}`)
  // tree-kem.admit.4
  yield* fresh(keysOf(content), state.members.flatMap(keysOfMember))
  // tree-kem.admit.5
  if (!(yield* backEnd.isSigned(state, content))) return yield* refuse(clauses["key-package"], `leaf ${head.author}`)
  // tree-kem.admit.6
  if (content.type === "admitted-remove" && !isMember(state, content.leaf)) {
    return yield* refuse(clauses["removes-member"], `leaf ${content.leaf}`)
  }
  // tree-kem.admit.7
  return { state: { ...state, proposals: [...state.proposals, content] } as TreeKemGroup, admitted: content }
})

const named = Effect.fnUntraced(function* (state: TreeKemGroup, references: ReadonlyArray<Uint8Array>) {
  const proposals: Array<Admitted> = []
  for (const reference of references) {
    const found = state.proposals.find(({ ref }) => sameBytes(ref, reference))
    if (found === undefined) return yield* refuse(clauses.known, Hex.encode(reference))
    proposals.push(found)
  }
  return proposals
})

const compatible = Effect.fnUntraced(function* (state: TreeKemGroup, proposals: ReadonlyArray<Admitted>, committer: number) {
  const reason = conflict(proposals, committer, state.members)
  if (reason !== undefined) return yield* refuse(clauses.conflict, reason)
})

const chosen = Effect.fnUntraced(function* (state: TreeKemGroup, references: ReadonlyArray<Uint8Array>) {
  // tree-kem.commit.1
  yield* beforeTheLast(state)
  // tree-kem.commit.2
  const names = references.map((ref) => Hex.encode(ref))
  if (new Set(names).size < names.length) return yield* refuse(clauses["by-reference"], "a reference twice")
  const proposals = yield* named(state, references)
  // tree-kem.commit.3
  yield* compatible(state, proposals, state.me)
  return proposals.toSorted((a, b) => (Hex.encode(a.ref) < Hex.encode(b.ref) ? -1 : 1))
})

/**
 * COMMIT: the commit of these proposals, its welcome (null when it adds nobody), the state after it (`next`, for when it is decided) and the state
 * until then.
 */
export const commit = Effect.fnUntraced(function* (state: TreeKemGroup, references: ReadonlyArray<Uint8Array>) {
  const proposals = yield* chosen(state, references)
  // tree-kem.commit.4
  // tree-kem.commit.5
  return yield* backEndOf(state).commit(state, proposals)
})

/** What a dishonest committer with the symbolic back end can do: a commit that the members on the leaves `unreadable` cannot decrypt (erratum D27). */
export const commitUnreadable = Effect.fnUntraced(function* (
  state: SymbolicGroup,
  references: ReadonlyArray<Uint8Array>,
  unreadable: ReadonlyArray<number>,
) {
  return yield* commitFor(state, yield* chosen(state, references), unreadable)
})

/** The references of the proposals that we commit when we are not told which. */
export const select = (state: TreeKemGroup): ReadonlyArray<Uint8Array> =>
  selection(state.proposals, state.me, state.members).map(({ ref }) => ref)

const needsPath = (proposals: ReadonlyArray<Admitted>) => proposals.length === 0 || proposals.some(({ type }) => type !== "admitted-add")

/** PROCESS of a commit: the state after it, and whether it removes us, which leaves the state as it is. Also the test whether a commit is valid. */
export const process = Effect.fnUntraced(function* (state: TreeKemGroup, commit: Uint8Array) {
  const backEnd = backEndOf(state)
  // tree-kem.process.1
  const { author, references, key, ...head } = yield* readCommitBy(backEnd, commit)
  // tree-kem.process.2
  yield* ofThisEpoch(state, head)
  yield* beforeTheLast(state)
  // tree-kem.process.3
  if (!isMember(state, author)) return yield* refuse(clauses.author, `leaf ${author}`)
  if (author === state.me) return yield* refuse(clauses["own-commit"], `leaf ${author}`)
  // tree-kem.process.4
  if (!(yield* backEnd.isAuthentic(state, commit))) return yield* refuse(clauses.signature, `leaf ${author}`)
  // tree-kem.process.5
  const proposals = yield* named(state, references)
  // tree-kem.process.6
  yield* compatible(state, proposals, author)
  // tree-kem.process.7
  if (key === null && needsPath(proposals)) return yield* refuse(clauses.path, `by leaf ${author}`)
  // tree-kem.process.8
  yield* fresh(key === null ? [] : [key], [...state.members.flatMap(keysOfMember), ...proposals.flatMap(keysOf)])
  // tree-kem.process.9
  const removed = proposals.some((proposal) => proposal.type === "admitted-remove" && proposal.leaf === state.me)
  if (removed) return { state, removed }
  // tree-kem.process.10
  const after = yield* backEnd.process(state, commit, proposals)
  if (after === undefined) return yield* refuse(clauses.decrypts, `by leaf ${author}`)
  // tree-kem.process.11
  return { state: after, removed }
})

/** Keeps a proposal that a decided commit names, for one who cannot tell whether it is authentic. */
export const keep = Effect.fnUntraced(function* (state: TreeKemGroup, proposal: Uint8Array) {
  const { content } = yield* readerOf(proposal).readProposal(proposal)
  // tree-kem.keep.1
  const isHeld = state.proposals.some(({ ref }) => sameBytes(ref, content.ref))
  return isHeld ? state : ({ ...state, proposals: [...state.proposals, content] } as TreeKemGroup)
})

/** What everybody can see of a commit, for one who cannot process it: the next epoch without its secrets, and whether we are no member in it. */
export const follow = Effect.fnUntraced(function* (state: TreeKemGroup, commit: Uint8Array) {
  // tree-kem.follow.1
  const { author, references, key, ...head } = yield* readCommit(commit)
  yield* ofThisEpoch(state, head)
  yield* beforeTheLast(state)
  // tree-kem.follow.2
  const proposals = yield* named(state, references)
  const members = membersAfter(state.members, proposals, author, key)
  const own = state.members.find(({ leaf }) => leaf === state.me)
  const isHere = members.some(({ leaf, signingKey }) => leaf === state.me && own !== undefined && sameBytes(signingKey, own.signingKey))
  // tree-kem.follow.3
  if (!isHere) return { state, removed: true }
  return { state: { ...state, epoch: state.epoch + 1, members, proposals: [] } as TreeKemGroup, removed: false }
})

/** PROCESS of a welcome: the state of a new member. */
export const join = Effect.fnUntraced(function* (outside: Outside, welcome: Uint8Array) {
  // tree-kem.join.1
  const state = yield* backEndOf(outside).join(outside, welcome)
  // tree-kem.join.2
  if (state === undefined) return yield* refuse(clauses.welcome, outside.user)
  const { members } = state
  const isOrdered = members.every(({ leaf }, index) => index === 0 || members[index - 1]!.leaf < leaf)
  const isOnce = new Set(members.map(({ user }) => user)).size === members.length
  // tree-kem.join.3
  if (!isOrdered || !isOnce || members.length > maximumMembers) return yield* refuse(clauses.welcome, "its members")
  // tree-kem.join.4
  return state
})

/** The state of a member that comes back by the welcome of a commit, with a key package that it made for that. */
export const rejoin = Effect.fnUntraced(function* (
  outside: Outside,
  { group, epoch }: Pick<TreeKemGroup, "group" | "epoch">,
  commit: Uint8Array,
  welcome: Uint8Array | null,
) {
  // tree-kem.rejoin.1
  if (welcome === null) return yield* refuse(clauses.welcome, "none")
  const state = yield* join(outside, welcome)
  const isNext = state.group === group && state.epoch === epoch + 1
  // tree-kem.rejoin.2
  if (!isNext || !(yield* backEndOf(outside).confirms(state, commit))) return yield* refuse(clauses.welcome, "of another epoch")
  return state
})
