/** The layer "mls": what a member makes who keeps to the formats of RFC 9420 and not to all of its rules, or not to those of this part. */
import { Effect, Layer } from "effect"
import { Hex } from "effect/encoding"
import { createProposal, encodeMlsMessage, generateKeyPackageWithKey, type LeafNode } from "ts-mls"
import { createMembershipTag } from "ts-mls/authenticatedContent.js"
import { encode } from "ts-mls/codec/tlsEncoder.js"
import { signWithLabel } from "ts-mls/crypto/signature.js"
import { createContentCommitSignature } from "ts-mls/framedContent.js"
import { type LeafNodeTBSKeyPackage, leafNodeTBSEncoder } from "ts-mls/leafNode.js"
import type { RatchetTree } from "ts-mls/ratchetTree.js"
import { Crypto } from "../../../reference/crypto/crypto.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { injected } from "../../../reference/crypto/randomness.ts"
import { receivingSuite } from "../../../reference/delivery-service/tree-kem/mls-suite.ts"
import * as TreeKem from "../../../reference/delivery-service/tree-kem.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses, type MlsOutside } from "../../../spec/delivery-service/tree-kem.ts"
import type { MethodName } from "../../../spec/methods.ts"
import { type Author, aCaseLater, type Case, caseFile, type ParamsOf } from "../author.ts"
import {
  clientOf,
  commitOf,
  group,
  inBytes,
  type Lie,
  lyingSuite,
  proposalOf,
  publicOf,
  read,
  type Stage,
  stage,
  updateOf,
  welcomeOf,
} from "./mls-forge.ts"

/** A handle for somebody outside. */
export const appears = (author: Author, { user, keyPackage, signingSecretKey, leafSecretKey, initSecretKey }: MlsOutside) => {
  const keys = { keyPackage, signingSecretKey, leafSecretKey, initSecretKey }
  const inHex = Object.fromEntries(Object.entries(keys).map(([name, bytes]) => [name, Hex.encode(bytes)])) as Record<
    keyof typeof keys,
    string
  >
  return author.acceptsLater("mls.outside", { on: user, user, ...inHex })
}

/** One call right, and one wrong. */
const twins = async <M extends MethodName>(
  id: string,
  clause: Clause,
  title: string,
  made: Stage,
  method: M,
  [right, wrong]: readonly [ParamsOf<M>, ParamsOf<M>],
): Promise<ReadonlyArray<Case>> => {
  const before = async (author: Author) => {
    await appears(author, made.bob)
    if (method !== "tree-kem.join") await author.acceptsLater("tree-kem.join", { on: "bob", welcome: Hex.encode(made.welcome) })
  }
  return [
    await aCaseLater(`mls/${id}`, { title: `The twin without the fault: ${title}`, clauses: [clause] }, async (author) => {
      await before(author)
      await author.acceptsLater(method, right)
    }),
    await aCaseLater(`mls/${id}~refused`, { title, clauses: [clause, verdicts["state-unchanged"]], twin: `mls/${id}` }, async (author) => {
      await before(author)
      await author.refusesLater(clause, method, wrong)
      await author.acceptsLater(method, right)
    }),
  ]
}

const changedAt = (bytes: Uint8Array, index: number): Uint8Array => bytes.map((byte, at) => (at === index ? byte ^ 1 : byte))

type Node = RatchetTree[number]

/** A tree with the node at an index changed. */
export const withNode = (tree: RatchetTree, index: number, change: (node: Node) => Node): RatchetTree =>
  tree.map((node, at) => (at === index ? change(node) : node))

const unmerged = (index: number, leaves: ReadonlyArray<number>): Lie => ({
  tree: async (tree) =>
    withNode(tree, index, (node) => {
      if (node?.nodeType !== "parent") throw new Error("no parent")
      return { ...node, parent: { ...node.parent, unmergedLeaves: [...leaves] } }
    }),
})

const leafOf = (change: (leaf: LeafNode) => LeafNode | Promise<LeafNode>, index: number): Lie => ({
  tree: async (tree) => {
    const node = tree[index]
    if (node?.nodeType !== "leaf") throw new Error("no leaf")
    const leaf = await change(node.leaf)
    return withNode(tree, index, () => ({ ...node, leaf }))
  },
})

/** frank's leaf, signed by frank again after a change. */
const signedByFrank =
  ({ frank }: Stage, change: (leaf: LeafNode) => LeafNode) =>
  async (before: LeafNode): Promise<LeafNode> => {
    const leaf = change(before)
    const { signature: _, ...toBeSigned } = leaf
    const suite = await lyingSuite()
    const covered = encode(leafNodeTBSEncoder)(toBeSigned as LeafNodeTBSKeyPackage)
    return { ...leaf, signature: await signWithLabel(frank.signingSecretKey, "LeafNodeTBS", covered, suite.signature) }
  }

const welcomes = async (made: Stage): Promise<ReadonlyArray<Case>> => {
  const lies: ReadonlyArray<readonly [id: string, title: string, lie: Lie]> = [
    ["info-signature", "whose group info is badly signed", { signature: (signature) => changedAt(signature, 0) }],
    ["info-tag", "whose confirmation tag is not the one of its epoch", { tag: (tag) => changedAt(tag, 0) }],
    ["tree-hash", "whose tree is not the group's", { context: (context) => ({ ...context, treeHash: changedAt(context.treeHash, 0) }) }],
    [
      "parent-hash",
      "in whose tree a parent has another parent hash",
      {
        tree: async (tree) =>
          withNode(tree, 3, (node) =>
            node?.nodeType === "parent" ? { ...node, parent: { ...node.parent, parentHash: changedAt(node.parent.parentHash, 0) } } : node,
          ),
      },
    ],
    [
      "leaf-signature",
      "in whose tree a leaf is badly signed",
      leafOf((leaf) => ({ ...leaf, signature: changedAt(leaf.signature, 0) }), 10),
    ],
    [
      "key-twice",
      "in whose tree two leaves have one key",
      leafOf(
        signedByFrank(made, (leaf) => ({ ...leaf, hpkePublicKey: made.carol.members[1]!.key })),
        10,
      ),
    ],
    ["unmerged-order", "in whose tree unmerged leaves descend", unmerged(7, [5, 3])],
    ["unmerged-between", "in whose tree a parent between does not list an unmerged leaf", unmerged(3, [])],
    ["unmerged-blank", "in whose tree a leaf that is blank is listed as unmerged", unmerged(7, [3, 5, 6])],
    ["unmerged-outside", "in whose tree a parent lists an unmerged leaf that is not below it", unmerged(3, [3, 5])],
    [
      "joins-extensions",
      "into a group with an extension in its context",
      { context: (one) => ({ ...one, extensions: [unknownExtension] }) },
    ],
    [
      "joins-required",
      "into a group with required capabilities",
      { context: (one) => ({ ...one, extensions: [{ extensionType: "required_capabilities", extensionData: new Uint8Array(3) }] }) },
    ],
  ]
  const cases: Array<Case> = []
  for (const [id, title, lie] of lies) {
    const [right, wrong] = [Hex.encode(await welcomeOf(made)), Hex.encode(await welcomeOf(made, lie))]
    const params = [right, wrong].map((welcome) => ({ on: "bob", welcome })) as [ParamsOf<"tree-kem.join">, ParamsOf<"tree-kem.join">]
    cases.push(...(await twins(id, clauses.welcome, `A welcome ${title}`, made, "tree-kem.join", params)))
  }
  return cases
}

const unknownExtension = { extensionType: 0xff01, extensionData: new Uint8Array(1) } as const

const smallOrder = new Uint8Array(32)

/** Proposals of carol's that are wrong, with the clause that each breaks. */
export const wrongProposals = async (made: Stage) => {
  const right = await updateOf(made, {})
  const before = publicOf(right)
  const other = nodePrimitives.ed25519PublicKey(made.frank.signingSecretKey)
  const suite1 = await receivingSuite(nodePrimitives, "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519")
  const credential = { credentialType: "basic", identity: new TextEncoder().encode("grace") } as const
  const capabilities = { versions: ["mls10" as const], ciphersuites: [], extensions: [], proposals: [], credentials: ["basic" as const] }
  const lifetime = { notBefore: 0n, notAfter: 2n ** 64n - 1n }
  const keys = { signKey: made.frank.signingSecretKey, publicKey: other }
  const drawn = await lyingSuite()
  const { generateKeyPair, exportPublicKey, exportPrivateKey } = drawn.hpke
  const suite = { ...suite1, rng: drawn.rng, hpke: { ...suite1.hpke, generateKeyPair, exportPublicKey, exportPrivateKey } }
  const foreign = (await generateKeyPackageWithKey(credential, capabilities, lifetime, [], keys, suite)).publicPackage
  const add = await packageOf("heidi", 3)
  const lies: ReadonlyArray<readonly [id: string, clause: Clause, title: string, proposal: Uint8Array]> = [
    ["update-credential", clauses["key-package"], "An update that changes the credential", await updateOf(made, { identity: "mallory" })],
    [
      "update-signature-key",
      clauses["key-package"],
      "An update that changes the signature key",
      await updateOf(made, { signaturePublicKey: other }, made.frank.signingSecretKey),
    ],
    [
      "update-leaf-signature",
      clauses["key-package"],
      "An update whose leaf is badly signed",
      await updateOf(made, {}, made.frank.signingSecretKey),
    ],
    [
      "update-small-order",
      clauses["key-package"],
      "An update to a key of small order",
      await updateOf(made, { hpkePublicKey: smallOrder }),
    ],
    [
      "update-key-length",
      clauses.message,
      "An update to a key of 31 bytes",
      await updateOf(made, { hpkePublicKey: new Uint8Array(31).fill(7) }),
    ],
    [
      "update-signature-key-length",
      clauses.message,
      "An update with a signature key of 31 bytes",
      await updateOf(made, { signaturePublicKey: new Uint8Array(31).fill(7) }),
    ],
    ["update-name", clauses.message, "An update to a name that is no user", await updateOf(made, { identity: "" })],
    [
      "update-leaf-source",
      clauses.message,
      "An update whose leaf is one of a commit, and signed as such",
      await updateOf(made, { asCommitted: true }),
    ],
    [
      "add-leaf-source",
      clauses.message,
      "An addition of a key package whose leaf is one of an update",
      await proposalOf(made, {
        proposalType: "add",
        add: { keyPackage: { ...add, leafNode: { ...add.leafNode, leafNodeSource: "update" } as never } },
      }),
    ],
    [
      "add-suite",
      clauses.message,
      "An addition of a key package of another suite",
      await proposalOf(made, { proposalType: "add", add: { keyPackage: foreign } }),
    ],
    [
      "add-credential",
      clauses.message,
      "An addition of somebody with another kind of credential",
      await proposalOf(made, {
        proposalType: "add",
        add: { keyPackage: { ...add, leafNode: { ...add.leafNode, credential: { credentialType: "x509", certificates: [] } } } },
      }),
    ],
    [
      "add-name",
      clauses.message,
      "An addition of somebody whose name is no user",
      await proposalOf(made, {
        proposalType: "add",
        add: {
          keyPackage: { ...add, leafNode: { ...add.leafNode, credential: { credentialType: "basic", identity: Uint8Array.of(0) } } },
        },
      }),
    ],
    [
      "psk",
      clauses.message,
      "A proposal of a pre-shared key",
      await proposalOf(made, {
        proposalType: "psk",
        psk: { preSharedKeyId: { psktype: "external", pskId: new Uint8Array(1), pskNonce: new Uint8Array(32) } },
      }),
    ],
    [
      "context-extensions",
      clauses.message,
      "A proposal of extensions of the context",
      await proposalOf(made, { proposalType: "group_context_extensions", groupContextExtensions: { extensions: [] } }),
    ],
    [
      "external-sender",
      clauses.message,
      "A proposal by an external sender",
      inBytes({
        content: { ...before.content, sender: { senderType: "external", senderIndex: 0 } },
        auth: before.auth,
        senderType: "external",
      } as never),
    ],
    [
      "far-epoch",
      clauses.message,
      "A proposal of an epoch over 2^32 - 1",
      inBytes({ ...before, content: { ...before.content, epoch: 2n ** 32n } }),
    ],
    [
      "other-epoch",
      clauses.epoch,
      "A proposal of an epoch to come",
      inBytes({ ...before, content: { ...before.content, epoch: before.content.epoch + 1n } }),
    ],
    [
      "short-group",
      clauses.group,
      "A proposal of a group whose identifier has 15 bytes",
      inBytes({ ...before, content: { ...before.content, groupId: before.content.groupId.slice(1) } }),
    ],
    [
      "far-leaf",
      clauses.message,
      "A proposal by a leaf over 65,535",
      inBytes({ ...before, content: { ...before.content, sender: { senderType: "member", leafIndex: 0x10000 } } } as never),
    ],
    [
      "far-removal",
      clauses.message,
      "A removal of a leaf over 65,535",
      await proposalOf(made, { proposalType: "remove", remove: { removed: 0x10000 } }),
    ],
    ["commit-as-proposal", clauses.message, "A commit where a proposal is wanted", await commitOf(made)],
    ["not-minimal", clauses.message, "A proposal with a length in two bytes where one is enough", lengthened(right)],
    ["private-message", clauses.message, "A proposal as a private message", await asPrivate(made)],
  ]
  return { right, lies }
}

const proposals = async (made: Stage): Promise<ReadonlyArray<Case>> => {
  const { right, lies } = await wrongProposals(made)
  const cases: Array<Case> = []
  for (const [id, clause, title, wrong] of lies) {
    const params = [right, wrong].map((one) => ({ on: "bob", proposal: Hex.encode(one) })) as [
      ParamsOf<"tree-kem.admit">,
      ParamsOf<"tree-kem.admit">,
    ]
    cases.push(...(await twins(id, clause, title, made, "tree-kem.admit", params)))
  }
  return cases
}

/** The group identifier with its length in two bytes. */
const lengthened = (bytes: Uint8Array): Uint8Array => {
  const at = Buffer.from(bytes).indexOf(Buffer.from(group, "hex")) - 1
  return Uint8Array.from([...bytes.subarray(0, at), 0x40, bytes[at]!, ...bytes.subarray(at + 1)])
}

const asPrivate = async ({ carol }: Stage): Promise<Uint8Array> => {
  const proposal = { proposalType: "remove", remove: { removed: 0 } } as const
  return encodeMlsMessage((await createProposal(clientOf(carol), false, proposal, await lyingSuite())).message)
}

/** Somebody who is not in the group. */
export const outsideOf = (user: string, number: number): Promise<MlsOutside> => {
  const layer = Layer.succeed(Crypto, nodePrimitives)
  return Effect.runPromise(
    TreeKem.init("mls", user, number).pipe(Effect.provide(Layer.provideMerge(injected(new Uint8Array(32).fill(number)), layer))),
  ) as Promise<MlsOutside>
}

/** The key package of somebody who is not in the group. */
export const packageOf = async (user: string, number: number) => {
  const message = read((await outsideOf(user, number)).keyPackage)
  if (message.wireformat !== "mls_key_package") throw new Error("no key package")
  return message.keyPackage
}

const commits = async (made: Stage): Promise<ReadonlyArray<Case>> => {
  const right = await commitOf(made)
  const other = await commitOf(made, async (_, suite) => (await suite.hpke.generateKeyPair()).publicKey)
  let keys = 0
  const small = await commitOf(made, async (_, suite) => suite.hpke.importPublicKey(new Uint8Array(32).fill(0, 1).fill(keys++ % 2, 0, 1)))
  const renamed = await commitOf(made, undefined, (state) => ({
    ...state,
    ratchetTree: state.ratchetTree.map((node, index) =>
      node?.nodeType === "leaf" && index === 2 * made.carol.me
        ? { ...node, leaf: { ...node.leaf, credential: { credentialType: "basic", identity: new TextEncoder().encode("mallory") } } }
        : node,
    ) as RatchetTree,
  }))
  const before = publicOf(right)
  const { content } = before
  if (content.contentType !== "commit" || content.commit.path === undefined) throw new Error("no path")
  const shorter = { ...content.commit.path, nodes: content.commit.path.nodes.slice(1) }
  const short = await reframed(made, right, shorter)
  const { leafNode } = content.commit.path
  const sourced = await reframed(made, right, { ...content.commit.path, leafNode: { ...leafNode, leafNodeSource: "update" } })
  const lies: ReadonlyArray<readonly [id: string, clause: Clause, title: string, commit: Uint8Array]> = [
    ["path-other-keys", clauses.decrypts, "A commit with other keys on its path than it has derived", other],
    ["path-small-order", clauses.decrypts, "A commit with keys of small order on its path", small],
    ["path-credential", clauses.decrypts, "A commit whose path changes the credential of its committer", renamed],
    ["path-short", clauses.decrypts, "A commit whose path has a node too few", short],
    ["path-leaf-source", clauses.message, "A commit on whose path the leaf is one of an update", sourced],
    ["proposal-as-commit", clauses.message, "A proposal where a commit is wanted", await updateOf(made, {})],
  ]
  const cases: Array<Case> = []
  for (const [id, clause, title, wrong] of lies) {
    const params = [right, wrong].map((one) => ({ on: "bob", commit: Hex.encode(one) })) as [
      ParamsOf<"tree-kem.process">,
      ParamsOf<"tree-kem.process">,
    ]
    cases.push(...(await twins(id, clause, title, made, "tree-kem.process", params)))
  }
  return cases
}

/** carol's commit with another path and other proposals, signed and tagged again. */
export const reframed = async (
  { carol }: Stage,
  bytes: Uint8Array,
  path: unknown,
  proposals: ReadonlyArray<unknown> = [],
): Promise<Uint8Array> => {
  const suite = await lyingSuite()
  const client = clientOf(carol)
  const before = publicOf(bytes)
  const sender = { senderType: "member", leafIndex: carol.me } as const
  const commit = { proposals, path } as never
  const key = carol.signingSecretKey
  const { signature, framedContent } = await createContentCommitSignature(
    client.groupContext,
    "mls_public_message",
    commit,
    sender,
    new Uint8Array(),
    key,
    suite.signature,
  )
  const auth = { ...before.auth, signature } as typeof before.auth
  const { groupContext: context } = client
  const tbm = {
    contentTbs: {
      protocolVersion: context.version,
      wireformat: "mls_public_message",
      content: framedContent,
      senderType: "member",
      context,
    },
    auth,
  }
  const membershipTag = await createMembershipTag(client.keySchedule.membershipKey, tbm as never, suite.hash)
  return inBytes({ content: framedContent, auth, senderType: "member", membershipTag } as never)
}

/** The layer "mls". */
export default caseFile({ part: "delivery-service", chapter: "mls-insiders", layer: "mls", flags: {} }, async () => {
  const made = await stage()
  return [...(await welcomes(made)), ...(await proposals(made)), ...(await commits(made))]
})
