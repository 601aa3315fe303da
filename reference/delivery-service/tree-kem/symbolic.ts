/**
 * The symbolic back end of the chapter "tree-kem".
 *
 * @module
 */
import { Effect, Result } from "effect"
import { type Cbor, decodeCbor, encodeCbor } from "../../../spec/conventions/cbor.ts"
import { decodeWire, encodeWire, type Wire } from "../../../spec/conventions/encoding.ts"
import { malformed } from "../../../spec/conventions/verdicts.ts"
import {
  type Admitted,
  clauses,
  type Member,
  SymbolicCommit,
  type SymbolicGroup,
  SymbolicKeyPackage,
  type SymbolicOutside,
  SymbolicProposal,
  SymbolicWelcome,
} from "../../../spec/delivery-service/tree-kem.ts"
import { treeKemLabels as labels } from "../../../spec/delivery-service/tree-kem-labels.ts"
import { bytesOf, sameBytes } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { Randomness } from "../../crypto/randomness.ts"
import { trace } from "../../crypto/trace.ts"
import type { BackEnd } from "./back-end.ts"
import { membersAfter } from "./members.ts"

const decode = <A>(wire: Wire<A>, input: Uint8Array) =>
  Effect.fromResult(Result.mapError(decodeWire(wire, input), () => malformed(clauses.message, wire.cddl)))

const digest = (...values: ReadonlyArray<Cbor>) => Effect.map(Crypto, (crypto) => crypto.sha256(encodeCbor(values)))

const emptySignature = new Uint8Array(64)

/** What the signature of a message covers: the label, and all elements before the signature. */
const covered = <A extends object>(wire: Wire<A>, value: A, label: string): Uint8Array => {
  const elements = decodeCbor(encodeWire(wire, { ...value, signature: emptySignature })) as ReadonlyArray<Cbor>
  return encodeCbor([label, ...elements.slice(0, -1)])
}

const signed = <A extends { readonly signature: Uint8Array }>(
  wire: Wire<A>,
  value: Omit<A, "signature">,
  label: string,
  secretKey: Uint8Array,
) =>
  Effect.map(Crypto, (crypto) => {
    const unsigned = { ...value, signature: emptySignature } as A
    return encodeWire(wire, { ...unsigned, signature: crypto.ed25519Sign(secretKey, covered(wire, unsigned, label)) })
  })

/** A symbolic message with the signature of this key, as bytes, whatever signature stands in it. */
export const signSymbolic = (
  type: "symbolic-key-package" | "symbolic-proposal" | "symbolic-commit",
  value: unknown,
  secretKey: Uint8Array,
): Effect.Effect<Uint8Array, never, Crypto> => {
  if (type === "symbolic-key-package") return signed(SymbolicKeyPackage, value as SymbolicKeyPackage, labels.keyPackage, secretKey)
  return type === "symbolic-proposal"
    ? signed(SymbolicProposal, value as SymbolicProposal, labels.proposal, secretKey)
    : signed(SymbolicCommit, value as SymbolicCommit, labels.commit, secretKey)
}

const isSignedBy = <A extends { readonly signature: Uint8Array }>(wire: Wire<A>, value: A, label: string, signingKey: Uint8Array) =>
  Effect.map(Crypto, (crypto) => crypto.ed25519Verify(signingKey, covered(wire, value, label), value.signature))

const draw = Effect.fnUntraced(function* (state: SymbolicGroup) {
  const bytes = (yield* Randomness).draw(`tree-kem/operation/${state.group}/${state.epoch}/${state.draws}`, 32)
  return { bytes, state: { ...state, draws: state.draws + 1 } }
})

const init = Effect.fnUntraced(function* (user: string, number: number) {
  const secretKey = (yield* Randomness).draw(`tree-kem/init/${number}`, 32)
  const signingKey = (yield* Crypto).ed25519PublicKey(secretKey)
  const key = yield* digest(labels.first, secretKey)
  const keyPackage = yield* signed(SymbolicKeyPackage, { user, signingKey, key }, labels.keyPackage, secretKey)
  return { type: "symbolic-outside", user, signingSecretKey: secretKey, keyPackage } as const
})

const shownKeys = Effect.fnUntraced(function* (secret: Uint8Array) {
  return { secret, groupKey: yield* digest(labels.groupKey, secret), authenticator: yield* digest(labels.authenticator, secret) }
})

const memberOf = (leaf: number, { user, signingKey, key }: SymbolicKeyPackage): Member => ({ leaf, user, signingKey, key })

const found = Effect.fnUntraced(function* (outside: SymbolicOutside, group: string) {
  const keyPackage = yield* Effect.orDie(decode(SymbolicKeyPackage, outside.keyPackage))
  const secret = yield* digest(labels.first, bytesOf(group), outside.keyPackage)
  const { signingSecretKey } = outside
  const begun = { group, epoch: 0, me: 0, members: [memberOf(0, keyPackage)], signingSecretKey, proposals: [], draws: 0 }
  return { type: "symbolic-group", ...begun, ...(yield* shownKeys(secret)) } as const
})

const readKeyPackage = Effect.fnUntraced(function* (bytes: Uint8Array) {
  const keyPackage = yield* decode(SymbolicKeyPackage, bytes)
  return { user: keyPackage.user, isSigned: yield* isSignedBy(SymbolicKeyPackage, keyPackage, labels.keyPackage, keyPackage.signingKey) }
})

type Content = { readonly keyPackage: SymbolicKeyPackage } | { readonly leaf: number } | { readonly key: Uint8Array }

const typeOf = (content: Content) => {
  if ("keyPackage" in content) return "symbolic-add"
  return "leaf" in content ? "symbolic-remove" : "symbolic-update"
}

const propose = Effect.fnUntraced(function* (before: SymbolicGroup, content: (drawn: Uint8Array) => Content) {
  const { bytes, state } = yield* draw(before)
  const { group, epoch, me } = state
  const proposed = content(bytes)
  const value = { type: typeOf(proposed), group, epoch, author: me, nonce: bytes, ...proposed } as unknown as SymbolicProposal
  return { state, proposal: yield* signed(SymbolicProposal, value, labels.proposal, state.signingSecretKey) }
})

const contentOf = (value: SymbolicProposal, ref: Uint8Array, proposal: Uint8Array): Admitted => {
  const common = { ref, author: value.author, proposal }
  if (value.type === "symbolic-remove") return { type: "admitted-remove", ...common, leaf: value.leaf }
  if (value.type === "symbolic-update") return { type: "admitted-update", ...common, key: value.key }
  const { user, signingKey, key } = value.keyPackage
  return { type: "admitted-add", ...common, user, signingKey, key }
}

const readProposal = Effect.fnUntraced(function* (proposal: Uint8Array) {
  const value = yield* decode(SymbolicProposal, proposal)
  const ref = yield* digest(labels.reference, proposal)
  yield* trace("tree-kem.reference", ref)
  const content = contentOf(value, ref, proposal)
  return { group: value.group, epoch: value.epoch, author: value.author, content }
})

const isSigned = Effect.fnUntraced(function* (_state: SymbolicGroup, content: Admitted) {
  const value = yield* Effect.orDie(decode(SymbolicProposal, content.proposal))
  if (value.type !== "symbolic-add") return true
  return yield* isSignedBy(SymbolicKeyPackage, value.keyPackage, labels.keyPackage, value.keyPackage.signingKey)
})

const readCommit = (commit: Uint8Array) =>
  Effect.map(decode(SymbolicCommit, commit), ({ group, epoch, author, references, key }) => ({
    group,
    epoch,
    author,
    references,
    byValue: false,
    key,
  }))

const isAuthentic = Effect.fnUntraced(function* (state: SymbolicGroup, bytes: Uint8Array) {
  const commit = decodeWire(SymbolicCommit, bytes)
  const signingKeyOf = (author: number) => state.members.find(({ leaf }) => leaf === author)!.signingKey
  if (Result.isSuccess(commit)) return yield* isSignedBy(SymbolicCommit, commit.success, labels.commit, signingKeyOf(commit.success.author))
  const proposal = yield* Effect.orDie(decode(SymbolicProposal, bytes))
  return yield* isSignedBy(SymbolicProposal, proposal, labels.proposal, signingKeyOf(proposal.author))
})

/** The members after the proposals, and the key packages of those who are added. */
const applied = (state: SymbolicGroup, proposals: ReadonlyArray<Admitted>, committer: number, key: Uint8Array | null) => {
  const values = proposals.map(({ proposal }) => Result.getOrThrow(decodeWire(SymbolicProposal, proposal)))
  const keyPackages = values.flatMap((value) => (value.type === "symbolic-add" ? [value.keyPackage] : []))
  return { members: membersAfter(state.members, proposals, committer, key), keyPackages }
}

type Progress = Pick<SymbolicCommit, "author" | "references" | "key">

const nextSecret = Effect.fnUntraced(function* (state: SymbolicGroup, { author, references, key }: Progress) {
  const secret = yield* digest(labels.next, state.secret, bytesOf(state.group), state.epoch, author, references, key)
  yield* trace("tree-kem.secret", secret)
  return secret
})

const moved = Effect.fnUntraced(function* (state: SymbolicGroup, members: ReadonlyArray<Member>, secret: Uint8Array) {
  return { ...state, epoch: state.epoch + 1, members, proposals: [], ...(yield* shownKeys(secret)) }
})

/** A commit that those on the leaves `unreadable` cannot decrypt: what a dishonest committer can make (erratum D27). */
export const commitFor = Effect.fnUntraced(function* (
  before: SymbolicGroup,
  proposals: ReadonlyArray<Admitted>,
  unreadable: ReadonlyArray<number>,
) {
  const { bytes, state } = yield* draw(before)
  const onlyAdds = proposals.length > 0 && proposals.every(({ type }) => type === "admitted-add")
  const key = onlyAdds ? null : bytes
  const references = proposals.map(({ ref }) => ref)
  const { group, epoch, me } = state
  const secret = yield* nextSecret(state, { author: me, references, key })
  const confirmation = yield* digest(labels.confirmation, secret)
  const value = { type: "symbolic-commit", group, epoch, author: me, references, key, unreadable, confirmation } as const
  const commit = yield* signed(SymbolicCommit, value, labels.commit, state.signingSecretKey)
  const { members, keyPackages } = applied(state, proposals, me, key)
  const welcome = { type: "symbolic-welcome", group, epoch: epoch + 1, keyPackages, members, secret } as const
  const next = yield* moved(state, members, secret)
  return { state, next, commit, welcome: keyPackages.length === 0 ? null : encodeWire(SymbolicWelcome, welcome) }
})

const process = Effect.fnUntraced(function* (state: SymbolicGroup, bytes: Uint8Array, proposals: ReadonlyArray<Admitted>) {
  const commit = yield* Effect.orDie(decode(SymbolicCommit, bytes))
  if (commit.unreadable.includes(state.me)) return undefined
  const secret = yield* nextSecret(state, commit)
  if (!sameBytes(commit.confirmation, yield* digest(labels.confirmation, secret))) return undefined
  return yield* moved(state, applied(state, proposals, commit.author, commit.key).members, secret)
})

const confirms = Effect.fnUntraced(function* ({ secret }: SymbolicGroup, bytes: Uint8Array) {
  const commit = decodeWire(SymbolicCommit, bytes)
  return Result.isSuccess(commit) && sameBytes(commit.success.confirmation, yield* digest(labels.confirmation, secret))
})

const join = Effect.fnUntraced(function* (outside: SymbolicOutside, bytes: Uint8Array) {
  const { group, epoch, keyPackages, members, secret } = yield* decode(SymbolicWelcome, bytes)
  const { user, signingKey, key } = yield* Effect.orDie(decode(SymbolicKeyPackage, outside.keyPackage))
  const isOwn = (member: Member) => member.user === user && sameBytes(member.signingKey, signingKey) && sameBytes(member.key, key)
  const own = members.find(isOwn)
  const isMine = keyPackages.some((keyPackage) => sameBytes(encodeWire(SymbolicKeyPackage, keyPackage), outside.keyPackage))
  if (own === undefined || !isMine) return undefined
  const { signingSecretKey } = outside
  const joined = { group, epoch, me: own.leaf, members, signingSecretKey, proposals: [], draws: 0 }
  return { type: "symbolic-group", ...joined, ...(yield* shownKeys(secret)) } as const
})

/** The symbolic back end. */
export const symbolic: BackEnd<SymbolicOutside, SymbolicGroup> = {
  init,
  found,
  readKeyPackage,
  proposeAdd: (state, bytes) =>
    Effect.flatMap(Effect.orDie(decode(SymbolicKeyPackage, bytes)), (keyPackage) => propose(state, () => ({ keyPackage }))),
  proposeRemove: (state, leaf) => propose(state, () => ({ leaf })),
  proposeUpdate: (state) => propose(state, (key) => ({ key })),
  readProposal,
  readCommit,
  isAuthentic,
  isSigned,
  commit: (state, proposals) => commitFor(state, proposals, []),
  process,
  confirms,
  join,
}
