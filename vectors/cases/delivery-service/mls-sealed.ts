/** The layer "mls": keys to which nothing can be sealed, in every place that has one, and what else of a key package and of a welcome only who looks for it finds. */
import { Hex } from "effect/encoding"
import type { KeyPackage, LeafNode } from "ts-mls"
import { signKeyPackage } from "ts-mls/keyPackage.js"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses, lastEpoch } from "../../../spec/delivery-service/tree-kem.ts"
import { aCaseLater, type Case, caseFile } from "../author.ts"
import { joined, pathAnew, signed, withLeaf, withParent } from "./mls-bounds.ts"
import { commitOf, type Lie, lyingSuite, proposalOf, publicOf, type Stage, stage, updateOf, welcomeOf } from "./mls-forge.ts"
import { appears, outsideOf, packageOf } from "./mls-insiders.ts"

const smallOrder = new Uint8Array(32)

const additions = async (made: Stage): Promise<Case> => {
  const [own, { signingSecretKey }] = [await packageOf("heidi", 3), await outsideOf("heidi", 3)]
  const { signature } = await lyingSuite()
  const adding = async (change: Partial<KeyPackage>, leaf: Partial<LeafNode> = {}) => {
    const leafNode = await signed({ ...own.leafNode, ...leaf } as LeafNode, 0, signingSecretKey)
    const { signature: _, ...toBeSigned } = { ...own, ...change, leafNode: leafNode as typeof own.leafNode }
    return proposalOf(made, { proposalType: "add", add: { keyPackage: await signKeyPackage(toBeSigned, signingSecretKey, signature) } })
  }
  const unusable = [await adding({ initKey: smallOrder }), await adding({}, { hpkePublicKey: smallOrder })]
  const expired = await adding({}, { lifetime: { notBefore: 1n, notAfter: 2n } } as Partial<LeafNode>)
  return aCaseLater(
    "mls/additions-sealed",
    {
      title:
        "Additions with an init key and with a leaf's key of small order, and one whose lifetime is long over, which counts for nothing",
      clauses: [clauses["key-package"], verdicts["state-unchanged"]],
      twin: "mls/update-small-order",
    },
    async (author) => {
      await joined(author, made)
      for (const one of unusable) {
        await author.refusesLater(clauses["key-package"], "tree-kem.admit", { on: "bob", proposal: Hex.encode(one) })
      }
      await author.acceptsLater("tree-kem.admit", { on: "bob", proposal: Hex.encode(expired) })
    },
  )
}

/** carol's commit with a key of small order in one place of her path: of these, none is on bob's. */
const paths = async (made: Stage): Promise<Case> => {
  const right = await commitOf(made)
  const { content } = publicOf(right)
  if (content.contentType !== "commit" || content.commit.path === undefined) throw new Error("no path")
  const { leafNode, nodes } = content.commit.path
  const replaced = [leafNode.hpkePublicKey, nodes[0]!.hpkePublicKey]
  const lies = await Promise.all(
    replaced.map((key) =>
      commitOf(made, async (public_, suite) =>
        Buffer.compare(await suite.hpke.exportPublicKey(public_), key) === 0 ? suite.hpke.importPublicKey(smallOrder) : public_,
      ),
    ),
  )
  return aCaseLater(
    "mls/path-beside",
    {
      title:
        "Commits with a key of small order on their paths where it is not on ours: their committer's leaf, and the node right above it",
      clauses: [clauses.decrypts, verdicts["state-unchanged"]],
      twin: "mls/path-small-order",
    },
    async (author) => {
      await joined(author, made)
      for (const lie of lies) await author.refusesLater(clauses.decrypts, "tree-kem.process", { on: "bob", commit: Hex.encode(lie) })
      await author.acceptsLater("tree-kem.process", { on: "bob", commit: Hex.encode(right) })
    },
  )
}

/** The group with another identifier: alice's leaf, whose signature covers it, is signed again. */
const groupOf = ({ alice }: Stage, groupId: Uint8Array): Lie => ({
  tree: (tree) => withLeaf(tree, 0, (leaf) => signed(leaf, 0, alice.signingSecretKey, groupId)),
  context: (context) => ({ ...context, groupId }),
})

const inEpoch = (epoch: number): Lie => ({ context: (context) => ({ ...context, epoch: BigInt(epoch) }) })

const welcomes = async (made: Stage): Promise<Case> => {
  const lies: ReadonlyArray<Lie> = [
    { tree: (tree, { hash }) => pathAnew(made, withParent(tree, 1, { hpkePublicKey: smallOrder }), hash) },
    { tree: (tree) => withLeaf(tree, 5, (leaf) => signed({ ...leaf, hpkePublicKey: smallOrder }, 5, made.frank.signingSecretKey)) },
    { pathSecret: new Uint8Array(32).fill(7) },
    groupOf(made, new Uint8Array(15).fill(0x6d)),
    groupOf(made, new Uint8Array(17).fill(0x6d)),
    inEpoch(lastEpoch + 1),
  ]
  const wrong: ReadonlyArray<readonly [Clause, Uint8Array]> = [
    ...(await Promise.all([updateOf(made, {}), commitOf(made)])).map((one) => [clauses.message, one] as const),
    [clauses.message, made.bob.keyPackage],
    ...(await Promise.all(lies.map((lie) => welcomeOf(made, lie)))).map((one) => [clauses.welcome, one] as const),
  ]
  const last = Hex.encode(await welcomeOf(made, inEpoch(lastEpoch)))
  return aCaseLater(
    "mls/welcomes-sealed",
    {
      title:
        "What is no welcome; welcomes with a parent's or a leaf's key of small order, with secrets that are not those of the path, to groups whose identifiers have 15 and 17 bytes, and of the epochs 2^32 and, which is right, 2^32 - 1",
      clauses: [clauses.message, clauses.welcome, verdicts["state-unchanged"]],
      twin: "mls/tree-hash",
    },
    async (author) => {
      await appears(author, made.bob)
      for (const [clause, one] of wrong) await author.refusesLater(clause, "tree-kem.join", { on: "bob", welcome: Hex.encode(one) })
      await author.acceptsLater("tree-kem.join", { on: "bob", welcome: last }, { epoch: lastEpoch })
    },
  )
}

/** The layer "mls". */
export default caseFile({ part: "delivery-service", chapter: "mls-sealed", layer: "mls", flags: {} }, async () => {
  const made = await stage()
  return [await additions(made), await paths(made), await welcomes(made)]
})
