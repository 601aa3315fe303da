/** Messages of real MLS that a member makes who keeps to every format, and to some rules only. */
import { Effect, Layer } from "effect"
import {
  type CiphersuiteImpl,
  type ClientState,
  createCommit,
  createProposal,
  decodeGroupState,
  decodeMlsMessage,
  emptyPskIndex,
  encodeMlsMessage,
  type LeafNode,
  type LeafNodeUpdate,
  type MLSMessage,
  type Proposal,
  type PublicKey,
  type PublicMessage,
} from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import { encode } from "ts-mls/codec/tlsEncoder.js"
import { signWithLabel } from "ts-mls/crypto/signature.js"
import { createConfirmationTag } from "ts-mls/framedContent.js"
import { extractWelcomeSecret, type GroupInfo, ratchetTreeFromExtension, signGroupInfo } from "ts-mls/groupInfo.js"
import { makeKeyPackageRef } from "ts-mls/keyPackage.js"
import { deriveKeySchedule } from "ts-mls/keySchedule.js"
import { leafNodeTBSEncoder } from "ts-mls/leafNode.js"
import { encodeRatchetTree, type RatchetTree } from "ts-mls/ratchetTree.js"
import { treeHashRoot } from "ts-mls/treeHash.js"
import { decryptGroupInfo, decryptGroupSecrets, encryptGroupInfo, encryptGroupSecrets } from "ts-mls/welcome.js"
import { Crypto } from "../../../reference/crypto/crypto.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { injected } from "../../../reference/crypto/randomness.ts"
import { drawingSuite } from "../../../reference/delivery-service/tree-kem/mls-suite.ts"
import * as TreeKem from "../../../reference/delivery-service/tree-kem.ts"
import type { MlsGroup, MlsOutside, TreeKemGroup } from "../../../spec/delivery-service/tree-kem.ts"
import { repeated } from "../people.ts"

/** The group of these cases. */
export const group = "6d".repeat(16)

const as = <A, E, R>(user: string, effect: Effect.Effect<A, E, R>): Promise<A> => {
  const layer = Layer.provideMerge(injected(Uint8Array.from(Buffer.from(repeated(user), "hex"))), Layer.succeed(Crypto, nodePrimitives))
  return Effect.runPromise(effect.pipe(Effect.provide(layer)) as Effect.Effect<A, E>)
}

/** The suite with which lies are made. */
export const lyingSuite = (): Promise<CiphersuiteImpl> => drawingSuite(nodePrimitives, new Uint8Array(32).fill(9))

/** A message read. */
export const read = (bytes: Uint8Array): MLSMessage => decodeMlsMessage(bytes, 0)![0]

/** The public message in some bytes. */
export const publicOf = (bytes: Uint8Array): PublicMessage => {
  const message = read(bytes)
  if (message.wireformat !== "mls_public_message") throw new Error("no public message")
  return message.publicMessage
}

/** A public message in bytes. */
export const inBytes = (publicMessage: PublicMessage): Uint8Array =>
  encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage })

/** A state as ts-mls has it. */
export const clientOf = (state: TreeKemGroup): ClientState => ({
  ...decodeGroupState((state as MlsGroup).state, 0)![0],
  clientConfig: defaultClientConfig,
})

/**
 * alice's group, in which carol follows: three members beside them, then two leaves that become free, a path of alice's, and bob and frank on these
 * leaves by a commit of additions only, so that parents list them as unmerged.
 */
export interface Stage {
  readonly alice: MlsGroup
  readonly carol: MlsGroup
  readonly bob: MlsOutside
  /** A member on the leaf beside bob's, as it was before. */
  readonly dave: MlsOutside
  readonly frank: MlsOutside
  readonly welcome: Uint8Array
}

type Change = (state: TreeKemGroup) => ReturnType<typeof TreeKem.proposeAdd>

const adding =
  ({ keyPackage }: MlsOutside): Change =>
  (state) =>
    TreeKem.proposeAdd(state, keyPackage)

const removing =
  (leaf: number): Change =>
  (state) =>
    TreeKem.proposeRemove(state, leaf) as ReturnType<typeof TreeKem.proposeAdd>

/** alice proposes these and commits them; carol, if it is there, follows. */
const committed = async (alice: TreeKemGroup, carol: TreeKemGroup | null, changes: ReadonlyArray<Change>) => {
  let [state, follower] = [alice, carol]
  for (const change of changes) {
    const made = await as("alice", change(state))
    state = (await as("alice", TreeKem.admit(made.state, made.proposal))).state
    if (follower !== null) follower = (await as("carol", TreeKem.admit(follower, made.proposal))).state
  }
  const { next, commit, welcome } = await as("alice", TreeKem.commit(state, TreeKem.select(state)))
  const after = follower === null ? null : (await as("carol", TreeKem.process(follower, commit))).state
  return { alice: next, carol: after, welcome }
}

/** Makes the group. */
export const stage = async (): Promise<Stage> => {
  const users = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"]
  const made = await Promise.all(users.map((user) => as(user, TreeKem.init("mls", user, 0))))
  const [alice, bob, carol, dave, erin, frank, grace, heidi] = made as ReadonlyArray<unknown> as [MlsOutside, ...Array<MlsOutside>]
  const founded = await as("alice", TreeKem.found(alice, group))
  const first = await committed(founded, null, [adding(carol!)])
  let now = { ...first, carol: (await as("carol", TreeKem.join(carol!, first.welcome!))) as TreeKemGroup | null }
  for (const one of [dave, grace, erin, heidi]) now = await committed(now.alice, now.carol, [adding(one!)])
  now = await committed(now.alice, now.carol, [removing(3), removing(5)])
  const { alice: committer, carol: follower, welcome } = await committed(now.alice, now.carol, [adding(bob!), adding(frank!)])
  return { alice: committer as MlsGroup, carol: follower as MlsGroup, bob: bob!, dave: dave!, frank: frank!, welcome: welcome! }
}

/** A proposal of carol's, framed by ts-mls. */
export const proposalOf = async ({ carol }: Stage, proposal: Proposal): Promise<Uint8Array> =>
  encodeMlsMessage((await createProposal(clientOf(carol), true, proposal, await lyingSuite())).message)

/** An update of carol's own leaf with something changed, signed with this key. */
export const updateOf = async (
  { carol }: Stage,
  change: Partial<{
    readonly identity: string
    readonly signaturePublicKey: Uint8Array
    readonly hpkePublicKey: Uint8Array
    readonly asCommitted: boolean
  }>,
  signKey = carol.signingSecretKey,
): Promise<Uint8Array> => {
  const suite = await lyingSuite()
  const own = clientOf(carol).ratchetTree[2 * carol.me]
  if (own?.nodeType !== "leaf") throw new Error("no leaf")
  const { signaturePublicKey, credential, capabilities, extensions } = own.leaf
  const { publicKey } = await suite.hpke.generateKeyPair()
  const { identity } = change
  const source = change.asCommitted === true ? { leafNodeSource: "commit", parentHash: new Uint8Array() } : { leafNodeSource: "update" }
  const leaf = {
    ...(source as { readonly leafNodeSource: "update" }),
    hpkePublicKey: change.hpkePublicKey ?? (await suite.hpke.exportPublicKey(publicKey)),
    signaturePublicKey: change.signaturePublicKey ?? signaturePublicKey,
    credential: identity === undefined ? credential : ({ credentialType: "basic", identity: new TextEncoder().encode(identity) } as const),
    capabilities,
    extensions,
  } as const
  const toBeSigned = encode(leafNodeTBSEncoder)({ ...leaf, groupId: Buffer.from(group, "hex"), leafIndex: carol.me })
  const signature = await signWithLabel(signKey, "LeafNodeTBS", toBeSigned, suite.signature)
  return proposalOf({ carol } as Stage, { proposalType: "update", update: { leafNode: { ...leaf, signature } } })
}

/** An empty commit of carol's, with keys on its path that `publicKey` has changed, from a state that was changed. */
export const commitOf = async (
  { carol }: Stage,
  publicKey: (key: PublicKey, suite: CiphersuiteImpl) => Promise<PublicKey> = async (key) => key,
  change: (state: ClientState) => ClientState = (state) => state,
): Promise<Uint8Array> => {
  const suite = await lyingSuite()
  const deriveKeyPair: typeof suite.hpke.deriveKeyPair = async (material) => {
    const pair = await suite.hpke.deriveKeyPair(material)
    return { ...pair, publicKey: await publicKey(pair.publicKey, suite) }
  }
  const rigged = { ...suite, hpke: { ...suite.hpke, deriveKeyPair } }
  const context = { state: change(clientOf(carol)), cipherSuite: rigged, pskIndex: emptyPskIndex }
  return encodeMlsMessage((await createCommit(context, { wireAsPublicMessage: true })).commit)
}

/** What a lying adder changes in the group info, before and after it is tagged and signed. */
export interface Lie {
  readonly tree?: (tree: RatchetTree, suite: CiphersuiteImpl) => Promise<RatchetTree>
  readonly context?: (context: GroupInfo["groupContext"]) => GroupInfo["groupContext"]
  readonly tag?: (tag: Uint8Array) => Uint8Array
  readonly signature?: (signature: Uint8Array) => Uint8Array
  /** The secret of the path that the group's commit had not. */
  readonly pathSecret?: Uint8Array
}

/** Bob's welcome with a lie in it: everything else is as it must be for what it says. */
export const welcomeOf = async ({ alice, bob, welcome }: Stage, lie: Lie = {}): Promise<Uint8Array> => {
  const suite = await lyingSuite()
  const [message, packaged] = [read(welcome), read(bob.keyPackage)]
  if (message.wireformat !== "mls_welcome" || packaged.wireformat !== "mls_key_package") throw new Error("no welcome")
  const initKey = await suite.hpke.importPrivateKey(bob.initSecretKey)
  const reference = await makeKeyPackageRef(packaged.keyPackage, suite.hash)
  const secrets = (await decryptGroupSecrets(initKey, reference, message.welcome, suite.hpke))!
  const noPsk = new Uint8Array(suite.kdf.size)
  const info = (await decryptGroupInfo(message.welcome, secrets.joinerSecret, noPsk, suite))!
  const tree = (await lie.tree?.(ratchetTreeFromExtension(info)!, suite)) ?? ratchetTreeFromExtension(info)!
  const hashed = { ...info.groupContext, treeHash: await treeHashRoot(tree, suite.hash) }
  const groupContext = lie.context?.(hashed) ?? hashed
  const [schedule] = await deriveKeySchedule(secrets.joinerSecret, noPsk, groupContext, suite.kdf)
  const tag = await createConfirmationTag(schedule.confirmationKey, groupContext.confirmedTranscriptHash, suite.hash)
  const extensions = info.extensions.map((one) =>
    one.extensionType === "ratchet_tree" ? { ...one, extensionData: encodeRatchetTree(tree) } : one,
  )
  const toBeSigned = { groupContext, extensions, confirmationTag: lie.tag?.(tag) ?? tag, signer: info.signer }
  const signed = await signGroupInfo(toBeSigned, alice.signingSecretKey, suite.signature)
  const said = { ...signed, signature: lie.signature?.(signed.signature) ?? signed.signature }
  const welcomeSecret = await extractWelcomeSecret(secrets.joinerSecret, noPsk, suite.kdf)
  const encryptedGroupInfo = await encryptGroupInfo(said, welcomeSecret, suite)
  const publicKey = await suite.hpke.importPublicKey(packaged.keyPackage.initKey)
  const told = { ...secrets, pathSecret: lie.pathSecret ?? secrets.pathSecret } as typeof secrets
  const { ct, enc } = await encryptGroupSecrets(publicKey, encryptedGroupInfo, told, suite.hpke)
  const newMember = { newMember: reference, encryptedGroupSecrets: { kemOutput: enc, ciphertext: ct } }
  const forged = { ...message.welcome, secrets: [newMember], encryptedGroupInfo }
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome: forged })
}

/** An update, with something else in it of which reading asks no more than that it is well-formed. */
export const otherwise = (right: Uint8Array): ReadonlyArray<Uint8Array> => {
  const before = publicOf(right)
  const { content, auth } = before
  if (content.contentType !== "proposal" || content.proposal.proposalType !== "update") throw new Error("no update")
  const { proposal } = content
  const withLeaf = (change: Partial<LeafNode>) =>
    ({
      ...before,
      content: {
        ...content,
        proposal: { ...proposal, update: { leafNode: { ...proposal.update.leafNode, ...change } as LeafNodeUpdate } },
      },
    }) as PublicMessage
  return [
    { ...before, auth: { ...auth, signature: new Uint8Array(3) } } as PublicMessage,
    { ...before, membershipTag: new Uint8Array(0) } as PublicMessage,
    { ...before, content: { ...content, authenticatedData: new Uint8Array(70) } } as PublicMessage,
    withLeaf({ signature: new Uint8Array(0) }),
    withLeaf({ capabilities: { versions: [], ciphersuites: [], extensions: [], proposals: [], credentials: [] } }),
    withLeaf({ extensions: [{ extensionType: 0xf00d, extensionData: Uint8Array.of(1, 2, 3) }] }),
  ].map(inBytes)
}
