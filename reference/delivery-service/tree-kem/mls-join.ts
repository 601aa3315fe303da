/**
 * Joining by a welcome: RFC 9420 section 12.4.3.1, of the parts that ts-mls has.
 *
 * Its own `joinGroup` of 1.6 asks of unmerged leaves that all nodes on their way to the root list the same ones. RFC 9420 section 7.9.2 asks less: that each node between a leaf and a node that lists it lists it as well. So it refuses many groups to which
 * members were added at different times, and cannot be used.
 *
 * @module
 */
import type { CiphersuiteImpl, ClientConfig, ClientState, GroupInfo, KeyPackage, LeafNode, PskIndex, RatchetTree, Welcome } from "ts-mls"
import { extensionsSupportedByCapabilities } from "ts-mls/extension.js"
import { ratchetTreeFromExtension, verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from "ts-mls/groupInfo.js"
import { makeKeyPackageRef } from "ts-mls/keyPackage.js"
import { deriveKeySchedule } from "ts-mls/keySchedule.js"
import { type LeafNodeKeyPackage, verifyLeafNodeSignature, verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js"
import { verifyParentHashes } from "ts-mls/parentHash.js"
import { pathToRoot } from "ts-mls/pathSecrets.js"
import { mergePrivateKeyPaths, toPrivateKeyPath } from "ts-mls/privateKeyPath.js"
import { accumulatePskSecret } from "ts-mls/pskIndex.js"
import { findLeafIndex } from "ts-mls/ratchetTree.js"
import { createSecretTree } from "ts-mls/secretTree.js"
import { treeHashRoot } from "ts-mls/treeHash.js"
import { directPath, leafToNodeIndex, leafWidth, toLeafIndex, toNodeIndex } from "ts-mls/treemath.js"
import { firstCommonAncestor } from "ts-mls/updatePath.js"
import { decryptGroupInfo, decryptGroupSecrets } from "ts-mls/welcome.js"
import { sameBytes } from "../../conventions.ts"

/** What somebody joins with. `tree` is given when the welcome does not have it. */
export interface Joining {
  readonly welcome: Welcome
  readonly keyPackage: KeyPackage
  readonly keys: { readonly initPrivateKey: Uint8Array; readonly hpkePrivateKey: Uint8Array; readonly signaturePrivateKey: Uint8Array }
  readonly psks: PskIndex
  readonly tree: RatchetTree | undefined
}

const must = (holds: boolean, says: string): void => {
  if (!holds) throw new Error(says)
}

const present = <A>(value: A | undefined, says: string): A => {
  if (value === undefined) throw new Error(says)
  return value
}

const leavesOf = (tree: RatchetTree) =>
  tree.flatMap((node, index) => (node?.nodeType === "leaf" ? [{ leaf: node.leaf, place: index / 2, index }] : []))

const isSigned = (leaf: LeafNode, place: number, groupId: Uint8Array, suite: CiphersuiteImpl) =>
  leaf.leafNodeSource === "key_package"
    ? verifyLeafNodeSignatureKeyPackage(leaf as LeafNodeKeyPackage, suite.signature)
    : verifyLeafNodeSignature(leaf, groupId, place, suite.signature)

/** RFC 9420 section 7.9.2: what a parent lists as unmerged are leaves below it, ascending, and the nodes between list them too. */
const hasSoundUnmergedLeaves = (tree: RatchetTree): boolean =>
  tree.every((node, index) => {
    if (node?.nodeType !== "parent") return true
    const { unmergedLeaves } = node.parent
    return unmergedLeaves.every((unmerged, at) => {
      const leaf = leafToNodeIndex(toLeafIndex(unmerged))
      const path = directPath(leaf, leafWidth(tree.length))
      const between = path.slice(0, path.indexOf(toNodeIndex(index)))
      const lists = between.every((one) => tree[one]?.nodeType !== "parent" || tree[one].parent.unmergedLeaves.includes(unmerged))
      const ascends = at === 0 || unmergedLeaves[at - 1]! < unmerged
      return tree[leaf]?.nodeType === "leaf" && path.includes(toNodeIndex(index)) && lists && ascends
    })
  })

const areDistinct = (keys: ReadonlyArray<Uint8Array>) => new Set(keys.map(String)).size === keys.length

/** RFC 9420 section 12.4.3.1: the tree is that of the group, and sound. */
const checkTree = async (tree: RatchetTree, { groupContext }: GroupInfo, suite: CiphersuiteImpl, configuration: ClientConfig) => {
  const nodeKeys = tree.flatMap((node) => {
    if (node === undefined) return []
    return [node.nodeType === "leaf" ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey]
  })
  const leaves = leavesOf(tree)
  const isInPlace = tree.every((node, index) => node === undefined || (node.nodeType === "leaf") === (index % 2 === 0))
  must(isInPlace, "leaves and parents alternate")
  must(areDistinct(nodeKeys) && areDistinct(leaves.map(({ leaf }) => leaf.signaturePublicKey)), "keys are distinct")
  must(hasSoundUnmergedLeaves(tree), "unmerged leaves are sound")
  const credentialTypes = new Set(leaves.map(({ leaf }) => leaf.credential.credentialType))
  for (const { leaf, place } of leaves) {
    must(await isSigned(leaf, place, groupContext.groupId, suite), "leaves are signed")
    must(await configuration.authService.validateCredential(leaf.credential, leaf.signaturePublicKey), "credentials are valid")
    must(extensionsSupportedByCapabilities(leaf.extensions, leaf.capabilities), "leaves know their extensions")
    must(
      [...credentialTypes].every((type) => leaf.capabilities.credentials.includes(type)),
      "all know all kinds of credentials",
    )
  }
  must(await verifyParentHashes(tree, suite.hash), "parent hashes are right")
  must(sameBytes(await treeHashRoot(tree, suite.hash), groupContext.treeHash), "the tree is the group's")
}

/** The state of a new member. Throws when the welcome is not for it, or not in order. */
export const joinByWelcome = async (joining: Joining, suite: CiphersuiteImpl, clientConfig: ClientConfig): Promise<ClientState> => {
  const { welcome, keyPackage, keys } = joining
  const initKey = await suite.hpke.importPrivateKey(keys.initPrivateKey)
  const reference = await makeKeyPackageRef(keyPackage, suite.hash)
  const secrets = present(await decryptGroupSecrets(initKey, reference, welcome, suite.hpke), "group secrets")
  const noPsk = new Uint8Array(suite.kdf.size)
  const [pskSecret] = await accumulatePskSecret(secrets.psks, joining.psks, suite, noPsk)
  const info = present(await decryptGroupInfo(welcome, secrets.joinerSecret, pskSecret, suite), "group info")
  const { groupContext, signer } = info
  must(groupContext.cipherSuite === keyPackage.cipherSuite, "the suite is that of the key package")
  must(extensionsSupportedByCapabilities(groupContext.extensions, keyPackage.leafNode.capabilities), "we know the group's extensions")
  const tree = present(ratchetTreeFromExtension(info) ?? joining.tree, "a tree")
  const signerLeaf = tree[leafToNodeIndex(toLeafIndex(signer))]
  must(signerLeaf?.nodeType === "leaf", "the signer is a member")
  const { signaturePublicKey } = (signerLeaf as { readonly leaf: LeafNode }).leaf
  must(await verifyGroupInfoSignature(info, signaturePublicKey, suite.signature), "the group info is signed")
  await checkTree(tree, info, suite, clientConfig)
  const leafIndex = present(findLeafIndex(tree, keyPackage.leafNode), "our leaf")
  const ownPath = { leafIndex, privateKeys: { [leafToNodeIndex(leafIndex)]: keys.hpkePrivateKey } }
  const privatePath = await pathOf(tree, ownPath, toLeafIndex(signer), secrets.pathSecret, suite)
  const [keySchedule, encryptionSecret] = await deriveKeySchedule(secrets.joinerSecret, pskSecret, groupContext, suite.kdf)
  must(await verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, pskSecret, suite), "the confirmation tag is right")
  return {
    groupContext,
    ratchetTree: tree,
    privatePath,
    signaturePrivateKey: keys.signaturePrivateKey,
    confirmationTag: info.confirmationTag,
    unappliedProposals: {},
    keySchedule,
    secretTree: await createSecretTree(leafWidth(tree.length), encryptionSecret, suite.kdf),
    historicalReceiverData: new Map(),
    groupActiveState: { kind: "active" },
    clientConfig,
  }
}

type OwnPath = ClientState["privatePath"]

/** Our secret keys: of our leaf, and, when the commit had a path, of the nodes that we share with its committer. */
const pathOf = async (
  tree: RatchetTree,
  own: OwnPath,
  signer: ReturnType<typeof toLeafIndex>,
  pathSecret: Uint8Array | undefined,
  suite: CiphersuiteImpl,
): Promise<OwnPath> => {
  if (pathSecret === undefined) return own
  const ancestor = firstCommonAncestor(tree, toLeafIndex(own.leafIndex), signer)
  const shared = await pathToRoot(tree, toNodeIndex(ancestor), pathSecret, suite.kdf)
  return mergePrivateKeyPaths(await toPrivateKeyPath(shared, own.leafIndex, suite), own)
}
