/**
 * The MLS back end of the chapter "tree-kem": RFC 9420 by ts-mls. Its states are immutable values, so that trying a commit out is processing it and forgetting the result.
 *
 * @module
 */
import { Effect } from "effect"
import { Hex } from "effect/encoding"
import {
  acceptAll,
  bytesToBase64,
  type CiphersuiteImpl,
  type ClientConfig,
  type ClientState,
  createCommit,
  createGroup,
  createProposal,
  decodeGroupState,
  defaultPaddingConfig,
  emptyPskIndex,
  encodeGroupState,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  type LeafNode,
  type LeafNodeUpdate,
  mlsExporter,
  type Proposal,
  processPublicMessage,
} from "ts-mls"
import { applyProposals } from "ts-mls/clientState.js"
import { encode } from "ts-mls/codec/tlsEncoder.js"
import { signWithLabel } from "ts-mls/crypto/signature.js"
import { verifyKeyPackage } from "ts-mls/keyPackage.js"
import { leafNodeTBSEncoder } from "ts-mls/leafNode.js"
import { unprotectPublicMessage } from "ts-mls/messageProtectionPublic.js"
import { toLeafIndex } from "ts-mls/treemath.js"
import { malformed } from "../../../spec/conventions/verdicts.ts"
import { type Admitted, clauses, lastEpoch, type Member, type MlsGroup, type MlsOutside } from "../../../spec/delivery-service/tree-kem.ts"
import { treeKemLabels as labels } from "../../../spec/delivery-service/tree-kem-labels.ts"
import { bytesOf, sameBytes } from "../../conventions.ts"
import { Crypto, type Primitives } from "../../crypto/crypto.ts"
import { Randomness } from "../../crypto/randomness.ts"
import type { BackEnd } from "./back-end.ts"
import { joinByWelcome } from "./mls-join.ts"
import { attempt, decodeMessage, proposalOf, publicMessageOf, readCommit, readKeyPackage, readProposal, userOf } from "./mls-messages.ts"
import { ascii, drawingSuite, receivingSuite, signatureKeyPair, suiteName } from "./mls-suite.ts"

/** No clock: key packages do not expire. Nothing is kept of former epochs, because the delivery service carries no application messages. */
const configuration: ClientConfig = {
  keyRetentionConfig: { retainKeysForGenerations: 0, retainKeysForEpochs: 0, maximumForwardRatchetSteps: 0 },
  lifetimeConfig: { maximumTotalLifetime: 2n ** 64n, validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: {
    compareKeyPackages: (a, b) => sameBytes(a.leafNode.signaturePublicKey, b.leafNode.signaturePublicKey),
    compareKeyPackageToLeafNode: (a, b) => sameBytes(a.leafNode.signaturePublicKey, b.signaturePublicKey),
  },
  paddingConfig: defaultPaddingConfig,
  authService: { validateCredential: async (credential) => userOf(credential) !== undefined },
}

const capabilities: LeafNode["capabilities"] = {
  versions: ["mls10"],
  ciphersuites: [suiteName],
  extensions: [],
  proposals: [],
  credentials: ["basic"],
}

const lifetime = { notBefore: 0n, notAfter: 2n ** 64n - 1n }

/** The suite, for operations that draw nothing. */
export const receiving = Effect.flatMap(Crypto, (crypto) => Effect.promise(() => receivingSuite(crypto, suiteName)))

const drawing = Effect.fnUntraced(function* (label: string) {
  const crypto = yield* Crypto
  const seed = (yield* Randomness).draw(label, 32)
  return { seed, suite: yield* Effect.promise(() => drawingSuite(crypto, seed)) }
})

const clientOf = (state: MlsGroup): ClientState => ({ ...decodeGroupState(state.state, 0)![0], clientConfig: configuration })

/** The members in a ratchet tree. */
export const membersOfTree = (ratchetTree: ClientState["ratchetTree"]): ReadonlyArray<Member> =>
  ratchetTree.flatMap((node, index) => {
    if (node?.nodeType !== "leaf") return []
    const { credential, signaturePublicKey: signingKey, hpkePublicKey: key } = node.leaf
    return [{ leaf: index / 2, user: userOf(credential)!, signingKey, key }]
  })

/**
 * Without the secret keys of nodes that are blank now, and without the secret trees of former epochs. ts-mls 1.6 keeps the former: they open commits of
 * before (RFC 9420 section 16.6). It keeps the latter of all epochs where it is told to keep those of none.
 */
const withoutFormer = (client: ClientState): ClientState => {
  const { privatePath, ratchetTree } = client
  const privateKeys = Object.fromEntries(
    Object.entries(privatePath.privateKeys).filter(([index]) => ratchetTree[Number(index)] !== undefined),
  )
  return { ...client, historicalReceiverData: new Map(), privatePath: { ...privatePath, privateKeys } }
}

/** A state as it is shown and kept. */
const shownState = async (client: ClientState, draws: number, suite: CiphersuiteImpl): Promise<MlsGroup> => ({
  type: "mls-group",
  group: Hex.encode(client.groupContext.groupId),
  epoch: Number(client.groupContext.epoch),
  me: client.privatePath.leafIndex,
  members: membersOfTree(client.ratchetTree),
  groupKey: await mlsExporter(client.keySchedule.exporterSecret, labels.groupKey, new Uint8Array(), 32, suite),
  authenticator: client.keySchedule.epochAuthenticator,
  signingSecretKey: client.signaturePrivateKey,
  proposals: [],
  draws,
  state: encodeGroupState(withoutFormer(client)),
  updates: [],
})

const init = Effect.fnUntraced(function* (user: string, number: number) {
  const { seed, suite } = yield* drawing(`tree-kem/init/${number}`)
  const keys = signatureKeyPair(yield* Crypto, seed)
  const credential = { credentialType: "basic", identity: ascii(user) } as const
  const { publicPackage, privatePackage } = yield* Effect.promise(() =>
    generateKeyPackageWithKey(credential, capabilities, lifetime, [], keys, suite),
  )
  const keyPackage = encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage: publicPackage })
  const { initPrivateKey: initSecretKey, hpkePrivateKey: leafSecretKey } = privatePackage
  return { type: "mls-outside", user, signingSecretKey: keys.signKey, keyPackage, initSecretKey, leafSecretKey } as const
})

const privatePackageOf = ({ initSecretKey, leafSecretKey, signingSecretKey }: MlsOutside) => ({
  initPrivateKey: initSecretKey,
  hpkePrivateKey: leafSecretKey,
  signaturePrivateKey: signingSecretKey,
})

const found = Effect.fnUntraced(function* (outside: MlsOutside, group: string) {
  const { suite } = yield* drawing(`tree-kem/found/${group}`)
  const { keyPackage } = yield* Effect.orDie(readKeyPackage(outside.keyPackage))
  return yield* Effect.promise(async () => {
    const client = await createGroup(bytesOf(group), keyPackage, privatePackageOf(outside), [], suite, configuration)
    return shownState(client, 0, suite)
  })
})

const nextDraw = ({ group, epoch, draws }: MlsGroup) => drawing(`tree-kem/operation/${group}/${epoch}/${draws}`)

const proposing = Effect.fnUntraced(function* (state: MlsGroup, proposal: Proposal, suite: CiphersuiteImpl) {
  const { message } = yield* Effect.promise(() => createProposal(clientOf(state), true, proposal, suite))
  return { state: { ...state, draws: state.draws + 1 }, proposal: encodeMlsMessage(message) }
})

const proposeAdd = Effect.fnUntraced(function* (state: MlsGroup, bytes: Uint8Array) {
  const { keyPackage } = yield* Effect.orDie(readKeyPackage(bytes))
  const { suite } = yield* nextDraw(state)
  return yield* proposing(state, { proposalType: "add", add: { keyPackage } }, suite)
})

const proposeRemove = Effect.fnUntraced(function* (state: MlsGroup, leaf: number) {
  const { suite } = yield* nextDraw(state)
  return yield* proposing(state, { proposalType: "remove", remove: { removed: leaf } }, suite)
})

/** Our own leaf with a new key, signed for this place (RFC 9420 section 7.2). ts-mls 1.6 has no function for it. */
const updatedLeaf = async (state: MlsGroup, suite: CiphersuiteImpl) => {
  const own = clientOf(state).ratchetTree[2 * state.me]
  if (own?.nodeType !== "leaf") throw new Error("no leaf of ours")
  const { privateKey, publicKey } = await suite.hpke.generateKeyPair()
  const { signaturePublicKey, credential, capabilities, extensions } = own.leaf
  const hpkePublicKey = await suite.hpke.exportPublicKey(publicKey)
  const leaf = { leafNodeSource: "update", hpkePublicKey, signaturePublicKey, credential, capabilities, extensions } as const
  const toBeSigned = encode(leafNodeTBSEncoder)({ ...leaf, groupId: bytesOf(state.group), leafIndex: state.me })
  const signature = await signWithLabel(state.signingSecretKey, "LeafNodeTBS", toBeSigned, suite.signature)
  const leafNode: LeafNodeUpdate = { ...leaf, signature }
  return { leafNode, secretKey: await suite.hpke.exportPrivateKey(privateKey) }
}

const proposeUpdate = Effect.fnUntraced(function* (before: MlsGroup) {
  const { suite } = yield* nextDraw(before)
  const { leafNode, secretKey } = yield* Effect.promise(() => updatedLeaf(before, suite))
  const { state, proposal } = yield* proposing(before, { proposalType: "update", update: { leafNode } }, suite)
  const { ref } = (yield* Effect.orDie(readProposal(proposal))).content
  return { state: { ...state, updates: [...state.updates, { ref, secretKey }] }, proposal }
})

const isAuthentic = Effect.fnUntraced(function* (state: MlsGroup, message: Uint8Array) {
  const suite = yield* receiving
  const { keySchedule, groupContext, ratchetTree } = clientOf(state)
  const authenticated = yield* attempt(() =>
    unprotectPublicMessage(keySchedule.membershipKey, groupContext, ratchetTree, publicMessageOf(message), suite),
  )
  return authenticated !== undefined
})

const withProposals = (state: MlsGroup, proposals: ReadonlyArray<Admitted>): ClientState => ({
  ...clientOf(state),
  unappliedProposals: Object.fromEntries(
    proposals.map(({ ref, author, proposal }) => [bytesToBase64(ref), { proposal: proposalOf(proposal), senderLeafIndex: author }]),
  ),
})

/** Somebody who commits, but is no member whom a proposal could be about. */
const nobody = toLeafIndex(0x7fffffff)

const probe = new Uint8Array(32).fill(1)

/** Whether something can be sealed to this key: to one of small order nothing can, and a member with such a key would stop every committer. */
export const isUsable = (crypto: Primitives, key: Uint8Array) => key.length === 32 && crypto.x25519(probe, key) !== undefined

const sealedTo = (proposal: Proposal): ReadonlyArray<Uint8Array> => {
  if (proposal.proposalType === "update") return [proposal.update.leafNode.hpkePublicKey]
  return proposal.proposalType === "add" ? [proposal.add.keyPackage.initKey, proposal.add.keyPackage.leafNode.hpkePublicKey] : []
}

/** Whether a leaf has the user and the signature key that a member has. */
const isOf = (leaf: LeafNode, member: Member | undefined): boolean =>
  member !== undefined && userOf(leaf.credential) === member.user && sameBytes(leaf.signaturePublicKey, member.signingKey)

/** Whether an update keeps the user and the signature key of its author, by which the epoch's votes are verified. */
export const keepsIdentity = (state: MlsGroup, { author, proposal }: Admitted): boolean => {
  const read = proposalOf(proposal)
  return (
    read.proposalType !== "update" ||
    isOf(
      read.update.leafNode,
      state.members.find(({ leaf }) => leaf === author),
    )
  )
}

/** Whether the path of a commit keeps the user and the signature key of its committer. */
export const pathKeepsIdentity = (state: MlsGroup, bytes: Uint8Array): boolean => {
  const { content } = publicMessageOf(bytes)
  if (content.contentType !== "commit" || content.commit.path === undefined || content.sender.senderType !== "member") return true
  const { leafIndex } = content.sender
  return isOf(
    content.commit.path.leafNode,
    state.members.find(({ leaf }) => leaf === leafIndex),
  )
}

/** Whether something can be sealed to the keys that an addition or an update brings. */
export const bringsUsableKeys = (crypto: Primitives, { proposal }: Admitted): boolean =>
  sealedTo(proposalOf(proposal)).every((key) => isUsable(crypto, key))

const isSigned = Effect.fnUntraced(function* (state: MlsGroup, content: Admitted) {
  if (content.type === "admitted-remove") return true
  const crypto = yield* Crypto
  const suite = yield* receiving
  if (!keepsIdentity(state, content)) return false
  if (!bringsUsableKeys(crypto, content)) return false
  const reference = { proposalOrRefType: "reference", reference: content.ref } as const
  const applied = yield* attempt(() => applyProposals(withProposals(state, [content]), [reference], nobody, emptyPskIndex, false, suite))
  return applied !== undefined
})

const commit = Effect.fnUntraced(function* (before: MlsGroup, proposals: ReadonlyArray<Admitted>) {
  const { suite } = yield* nextDraw(before)
  const state = { ...before, draws: before.draws + 1 }
  return yield* Effect.promise(async () => {
    const context = { state: withProposals(state, proposals), cipherSuite: suite, pskIndex: emptyPskIndex }
    const made = await createCommit(context, { wireAsPublicMessage: true, ratchetTreeExtension: true })
    const { welcome } = made
    return {
      state,
      next: await shownState(made.newState, state.draws, suite),
      commit: encodeMlsMessage(made.commit),
      welcome: welcome === undefined ? null : encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome }),
    }
  })
})

/** With the secret key of our own update, if it is committed: from this commit on, the path is sealed to it. */
const withOwnUpdate = (state: MlsGroup, proposals: ReadonlyArray<Admitted>, client: ClientState): ClientState => {
  const isCommitted = (update: MlsGroup["updates"][number]) => proposals.some(({ ref }) => sameBytes(ref, update.ref))
  const update = state.updates.find(isCommitted)
  if (update === undefined) return client
  const privateKeys = { ...client.privatePath.privateKeys, [2 * state.me]: update.secretKey }
  return { ...client, privatePath: { ...client.privatePath, privateKeys } }
}

/** The public key of a node of a ratchet tree that is not blank. */
export const keyOfNode = (node: ClientState["ratchetTree"][number]) =>
  node?.nodeType === "parent" ? node.parent.hpkePublicKey : node?.leaf.hpkePublicKey

/** Whether the public keys of the tree can be sealed to, and those on our path are those of our secret keys (RFC 9420 section 12.4.2), which ts-mls 1.6 does not check. */
const hasSoundTree = (crypto: Primitives, { ratchetTree, privatePath }: ClientState): boolean =>
  ratchetTree.map(keyOfNode).every((key, index) => {
    const secretKey = privatePath.privateKeys[index]
    if (key === undefined) return true
    return isUsable(crypto, key) && (secretKey === undefined || sameBytes(crypto.x25519PublicKey(secretKey), key))
  })

const process = Effect.fnUntraced(function* (state: MlsGroup, bytes: Uint8Array, proposals: ReadonlyArray<Admitted>) {
  const crypto = yield* Crypto
  const suite = yield* receiving
  if (!pathKeepsIdentity(state, bytes)) return undefined
  const client = withOwnUpdate(state, proposals, withProposals(state, proposals))
  return yield* attempt(async () => {
    const { newState } = await processPublicMessage(client, publicMessageOf(bytes), emptyPskIndex, suite, acceptAll)
    return hasSoundTree(crypto, newState) ? shownState(newState, state.draws, suite) : undefined
  })
})

const confirms = (state: MlsGroup, bytes: Uint8Array) =>
  Effect.sync(() => {
    if (decodeMessage(bytes)?.wireformat !== "mls_public_message") return false
    const { auth } = publicMessageOf(bytes)
    return auth.contentType === "commit" && sameBytes(auth.confirmationTag, clientOf(state).confirmationTag)
  })

const hasOurForm = (client: ClientState): boolean =>
  client.groupContext.groupId.length === 16 &&
  client.groupContext.extensions.length === 0 &&
  client.groupContext.epoch <= BigInt(lastEpoch) &&
  client.ratchetTree.every((node) => node?.nodeType !== "leaf" || userOf(node.leaf.credential) !== undefined)

const join = Effect.fnUntraced(function* (outside: MlsOutside, bytes: Uint8Array) {
  const message = decodeMessage(bytes)
  if (message?.wireformat !== "mls_welcome") return yield* malformed(clauses.message, "no welcome")
  const { keyPackage } = yield* Effect.orDie(readKeyPackage(outside.keyPackage))
  const crypto = yield* Crypto
  const suite = yield* receiving
  const keys = privatePackageOf(outside)
  return yield* attempt(async () => {
    const joining = { welcome: message.welcome, keyPackage, keys, psks: emptyPskIndex, tree: undefined }
    const client = await joinByWelcome(joining, suite, configuration)
    return hasOurForm(client) && hasSoundTree(crypto, client) ? shownState(client, 0, suite) : undefined
  })
})

/** The MLS back end. */
export const mls: BackEnd<MlsOutside, MlsGroup> = {
  init,
  found,
  readKeyPackage: Effect.fnUntraced(function* (bytes) {
    const { user, keyPackage } = yield* readKeyPackage(bytes)
    const suite = yield* receiving
    return { user, isSigned: yield* Effect.promise(() => verifyKeyPackage(keyPackage, suite.signature)) }
  }),
  proposeAdd,
  proposeRemove,
  proposeUpdate,
  readProposal,
  readCommit,
  isAuthentic,
  isSigned,
  commit,
  process,
  confirms,
  join,
}
