/** The layer "mls": limits of what a message may have, and trees in which all hashes and signatures are right, and something else is not. */
import { Hex } from "effect/encoding"
import type { CiphersuiteImpl, LeafNode, Proposal } from "ts-mls"
import { encode } from "ts-mls/codec/tlsEncoder.js"
import { signWithLabel } from "ts-mls/crypto/signature.js"
import { leafNodeTBSEncoder } from "ts-mls/leafNode.js"
import { calculateParentHash } from "ts-mls/parentHash.js"
import type { RatchetTree } from "ts-mls/ratchetTree.js"
import { toNodeIndex } from "ts-mls/treemath.js"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, aCaseLater, type Case, caseFile } from "../author.ts"
import {
  commitOf,
  group,
  inBytes,
  type Lie,
  lyingSuite,
  proposalOf,
  publicOf,
  type Stage,
  stage,
  updateOf,
  welcomeOf,
} from "./mls-forge.ts"
import { appears, packageOf, reframed, withNode } from "./mls-insiders.ts"

/** A leaf signed again, by whose key it is. */
export const signed = async (
  leaf: LeafNode,
  place: number,
  secretKey: Uint8Array,
  groupId: Uint8Array = Buffer.from(group, "hex"),
): Promise<LeafNode> => {
  const { signature } = await lyingSuite()
  const toBeSigned = { ...leaf, groupId, leafIndex: place }
  const covered = encode(leafNodeTBSEncoder)(toBeSigned as never)
  return { ...leaf, signature: await signWithLabel(secretKey, "LeafNodeTBS", covered, signature) }
}

/** A tree with a parent changed. */
export const withParent = (tree: RatchetTree, index: number, change: object): RatchetTree =>
  withNode(tree, index, (node) => {
    if (node?.nodeType !== "parent") throw new Error("no parent")
    return { ...node, parent: { ...node.parent, ...change } }
  })

/** A tree with a leaf changed. */
export const withLeaf = async (
  tree: RatchetTree,
  place: number,
  change: (leaf: LeafNode) => LeafNode | Promise<LeafNode>,
): Promise<RatchetTree> => {
  const node = tree[2 * place]
  if (node?.nodeType !== "leaf") throw new Error("no leaf")
  const leaf = await change(node.leaf)
  return withNode(tree, 2 * place, () => ({ ...node, leaf }))
}

type Hash = CiphersuiteImpl["hash"]

const parentHashOf = async (tree: RatchetTree, index: number, hash: Hash) => (await calculateParentHash(tree, toNodeIndex(index), hash))[0]

/** What alice says for a tree that has changed beside her path: her path's hashes are made anew, and her leaf is signed. */
export const pathAnew = async ({ alice }: Stage, before: RatchetTree, hash: Hash): Promise<RatchetTree> => {
  const tree = withParent(before, 1, { parentHash: await parentHashOf(before, 1, hash) })
  const parentHash = await parentHashOf(tree, 0, hash)
  return withLeaf(tree, 0, (leaf) => signed({ ...leaf, parentHash } as LeafNode, 0, alice.signingSecretKey))
}

/** A node between bob's leaf and the root does not list it. */
const unlisted =
  (made: Stage): NonNullable<Lie["tree"]> =>
  (tree, { hash }) =>
    pathAnew(made, withParent(tree, 3, { unmergedLeaves: [] }), hash)

/** dave has made a node right above bob's leaf, which does not list it. */
const unlistedAbove =
  (made: Stage): NonNullable<Lie["tree"]> =>
  async (before, { hash }) => {
    const parent = {
      hpkePublicKey: nodePrimitives.x25519PublicKey(new Uint8Array(32).fill(8)),
      parentHash: new Uint8Array(),
      unmergedLeaves: [],
    }
    const above = withNode(before, 5, () => ({ nodeType: "parent", parent }))
    const parentHash = await parentHashOf(above, 4, hash)
    const tree = await withLeaf(above, 2, ({ hpkePublicKey, signaturePublicKey, credential, capabilities, extensions }) => {
      const leaf = {
        hpkePublicKey,
        signaturePublicKey,
        credential,
        capabilities,
        extensions,
        leafNodeSource: "commit",
        parentHash,
      } as const
      return signed(leaf as unknown as LeafNode, 2, made.dave.signingSecretKey)
    })
    return pathAnew(made, tree, hash)
  }

const trees = (made: Stage): ReadonlyArray<Lie> => {
  const signaturePublicKey = nodePrimitives.ed25519PublicKey(made.carol.signingSecretKey)
  return [
    { tree: unlisted(made) },
    { tree: unlistedAbove(made) },
    // The same leaf twice.
    { tree: async (tree) => withParent(tree, 7, { unmergedLeaves: [3, 3, 5] }) },
    // frank with carol's signature key, which carol has let him use.
    { tree: (tree) => withLeaf(tree, 5, (leaf) => signed({ ...leaf, signaturePublicKey }, 5, made.carol.signingSecretKey)) },
    // Somebody else on bob's leaf.
    { tree: (tree) => withLeaf(tree, 3, async () => (await packageOf("heidi", 3)).leafNode) },
  ]
}

const welcomes = async (made: Stage): Promise<Case> => {
  const lies = await Promise.all(trees(made).map((lie) => welcomeOf(made, lie)))
  return aCaseLater(
    "mls/trees-well-hashed",
    {
      title:
        "Welcomes into trees whose hashes and signatures are right, but which have a parent between that does not list an unmerged leaf, one listed twice, a signature key twice, or somebody else in our place",
      clauses: [clauses.welcome, verdicts["state-unchanged"]],
      twin: "mls/tree-hash",
    },
    async (author) => {
      await appears(author, made.bob)
      for (const lie of lies) await author.refusesLater(clauses.welcome, "tree-kem.join", { on: "bob", welcome: Hex.encode(lie) })
      await author.acceptsLater("tree-kem.join", { on: "bob", welcome: Hex.encode(made.welcome) })
    },
  )
}

/** bob has joined. */
export const joined = async (author: Author, made: Stage) => {
  await appears(author, made.bob)
  await author.acceptsLater("tree-kem.join", { on: "bob", welcome: Hex.encode(made.welcome) })
}

/** The neutral element, of order 1. */
const neutral = Uint8Array.of(1, ...new Uint8Array(31))
/** Under a key of order 1 it is valid for every message, where signatures are not verified strictly. */
const weak = Uint8Array.of(...neutral, ...new Uint8Array(32))

const proposals = async (made: Stage): Promise<Case> => {
  const before = publicOf(await updateOf(made, {}))
  const own = await packageOf("heidi", 3)
  const adding = (leafNode: Partial<LeafNode>, signature = own.signature): Proposal => ({
    proposalType: "add",
    add: { keyPackage: { ...own, signature, leafNode: { ...own.leafNode, ...leafNode } as never } },
  })
  const named = (length: number) =>
    adding({ credential: { credentialType: "basic", identity: new TextEncoder().encode("h".repeat(length)) } })
  const short = new Uint8Array(31).fill(7)
  const lies: ReadonlyArray<readonly [Clause, Uint8Array]> = [
    [clauses.author, inBytes({ ...before, content: { ...before.content, sender: { senderType: "member", leafIndex: 0xffff } } } as never)],
    [clauses["removes-member"], await proposalOf(made, { proposalType: "remove", remove: { removed: 0xffff } })],
    [clauses.epoch, inBytes({ ...before, content: { ...before.content, epoch: 2n ** 32n - 1n } })],
    [clauses["key-package"], await proposalOf(made, named(64))],
    [clauses.message, await proposalOf(made, named(65))],
    [clauses.message, await proposalOf(made, named(200_000))],
    [clauses.message, await proposalOf(made, adding({ signaturePublicKey: short }))],
    [clauses.message, await proposalOf(made, adding({ hpkePublicKey: short }))],
    [clauses.message, await proposalOf(made, { proposalType: "add", add: { keyPackage: { ...own, initKey: short } } })],
    [clauses["key-package"], await proposalOf(made, adding({ signaturePublicKey: neutral, signature: weak }, weak))],
  ]
  return aCaseLater(
    "mls/proposal-bounds",
    {
      title:
        "Proposals by, and of, the highest leaf and in the last epoch, of a name with a character too many, of keys with a byte too few, and of a signature key of order 1",
      clauses: [clauses.message, clauses["key-package"], verdicts["state-unchanged"]],
      twin: "mls/far-leaf",
    },
    async (author) => {
      const { keyPackage, signingSecretKey, leafSecretKey, initSecretKey } = made.bob
      const keys = { signingSecretKey: Hex.encode(signingSecretKey), leafSecretKey: Hex.encode(leafSecretKey) }
      const outside = { on: "bob", user: "bob", ...keys, initSecretKey: Hex.encode(initSecretKey) }
      await author.refusesLater(clauses.message, "mls.outside", { ...outside, keyPackage: Hex.encode(made.welcome) })
      await author.refusesLater(clauses.message, "mls.outside", { ...outside, keyPackage: Hex.encode(keyPackage).slice(2) })
      await joined(author, made)
      for (const [clause, lie] of lies) await author.refusesLater(clause, "tree-kem.admit", { on: "bob", proposal: Hex.encode(lie) })
      await author.acceptsLater("tree-kem.admit", { on: "bob", proposal: Hex.encode(await proposalOf(made, adding({}))) })
    },
  )
}

const commits = async (made: Stage): Promise<Case> => {
  const right = await commitOf(made)
  const { content } = publicOf(right)
  if (content.contentType !== "commit" || content.commit.path === undefined) throw new Error("no path")
  const { path } = content.commit
  const short = new Uint8Array(31).fill(7)
  const withLeaf = (change: Partial<LeafNode>) =>
    reframed(made, right, { ...path, leafNode: { ...path.leafNode, ...change } as typeof path.leafNode })
  const named = (reference: Uint8Array) => reframed(made, right, path, [{ proposalOrRefType: "reference", reference }])
  const lies: ReadonlyArray<readonly [Clause, Uint8Array]> = [
    [clauses.message, await named(short)],
    [clauses.known, await named(new Uint8Array(32).fill(7))],
    [clauses.message, await withLeaf({ hpkePublicKey: short })],
    [clauses.message, await withLeaf({ signaturePublicKey: short })],
    [clauses.message, await withLeaf({ credential: { credentialType: "x509", certificates: [] } })],
    [clauses.message, await reframed(made, right, { ...path, nodes: path.nodes.map((node) => ({ ...node, hpkePublicKey: short })) })],
    [clauses.message, await reframed(made, right, { ...path, nodes: [...path.nodes, { ...path.nodes[0]!, hpkePublicKey: short }] })],
  ]
  return aCaseLater(
    "mls/commit-bounds",
    {
      title:
        "Commits with 31 bytes of a reference, of each key of the committer and of a key on the path, and with another kind of credential",
      clauses: [clauses.message, verdicts["state-unchanged"]],
      twin: "mls/proposal-as-commit",
    },
    async (author) => {
      await joined(author, made)
      for (const [clause, lie] of lies) await author.refusesLater(clause, "tree-kem.process", { on: "bob", commit: Hex.encode(lie) })
      await author.acceptsLater("tree-kem.process", { on: "bob", commit: Hex.encode(right) })
    },
  )
}

/** The layer "mls". */
export default caseFile({ part: "delivery-service", chapter: "mls-bounds", layer: "mls", flags: {} }, async () => {
  const made = await stage()
  return [await welcomes(made), await proposals(made), await commits(made)]
})
