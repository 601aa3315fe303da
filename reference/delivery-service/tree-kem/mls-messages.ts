/**
 * The messages of the MLS back end, read: RFC 9420 section 6, by ts-mls.
 *
 * @module
 */
import { Effect, Option, Schema } from "effect"
import { Hex } from "effect/encoding"
import {
  type Commit,
  type Credential,
  decodeMlsMessage,
  encodeMlsMessage,
  type KeyPackage,
  type LeafNode,
  type MLSMessage,
  type Proposal,
  type PublicMessage,
} from "ts-mls"
import { makeProposalRef } from "ts-mls/authenticatedContent.js"
import { UserId } from "../../../spec/conventions/identifiers.ts"
import { type Malformed, malformed } from "../../../spec/conventions/verdicts.ts"
import { type Admitted, clauses } from "../../../spec/delivery-service/tree-kem.ts"
import { sameBytes } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { receivingSuite, suiteName } from "./mls-suite.ts"

/** What `make` gives; `undefined` when it throws, which ts-mls does for input that RFC 9420 refuses. */
export const attempt = <A>(make: () => Promise<A>): Effect.Effect<A | undefined> =>
  Effect.promise(async () => {
    try {
      return await make()
    } catch {
      return undefined
    }
  })

/** The MLS message that these bytes encode, and nothing after it; `undefined` when they encode none. Never throws. */
export const decodeMessage = (bytes: Uint8Array): MLSMessage | undefined => {
  try {
    const decoded = decodeMlsMessage(bytes, 0)
    if (decoded === undefined || decoded[1] !== bytes.length) return undefined
    return sameBytes(encodeMlsMessage(decoded[0]), bytes) ? decoded[0] : undefined
  } catch {
    return undefined
  }
}

/** The highest number of a leaf. */
const highestLeaf = 0xffff

const none = (says: string): Effect.Effect<never, Malformed> => Effect.fail(malformed(clauses.message, says))

/** The user that a credential names, if it is one of ours. */
export const userOf = (credential: Credential): string | undefined => {
  if (credential.credentialType !== "basic") return undefined
  const name = Schema.decodeUnknownOption(UserId.json)(String.fromCharCode(...credential.identity.subarray(0, 65)))
  return Option.getOrUndefined(name)
}

const isOurLength = ({ length }: Uint8Array): boolean => length === 32

/** The user of a leaf whose keys have our lengths. */
const userOfLeaf = ({ signaturePublicKey, hpkePublicKey, credential }: LeafNode): string | undefined =>
  isOurLength(signaturePublicKey) && isOurLength(hpkePublicKey) ? userOf(credential) : undefined

/** The key package in an MLSMessage, and its user. */
export const readKeyPackage = Effect.fnUntraced(function* (bytes: Uint8Array) {
  const message = decodeMessage(bytes)
  if (message?.wireformat !== "mls_key_package") return yield* none("no key package")
  return { keyPackage: message.keyPackage, user: yield* userOfPackage(message.keyPackage) }
})

const userOfPackage = Effect.fnUntraced(function* (keyPackage: KeyPackage) {
  const user = userOfLeaf(keyPackage.leafNode)
  const isOurs = keyPackage.cipherSuite === suiteName && isOurLength(keyPackage.initKey)
  if (user === undefined || !isOurs) return yield* none("a key package of another kind")
  return user
})

/** A public message by a member, and what can be read of its head. */
const readPublic = Effect.fnUntraced(function* (bytes: Uint8Array) {
  const message = decodeMessage(bytes)
  if (message?.wireformat !== "mls_public_message") return yield* none("no public message")
  const { content } = message.publicMessage
  if (content.sender.senderType !== "member") return yield* none("not by a member")
  if (content.epoch > 0xffffffffn || content.sender.leafIndex > highestLeaf) return yield* none("an epoch or leaf that we do not have")
  const head = { group: Hex.encode(content.groupId), epoch: Number(content.epoch), author: content.sender.leafIndex }
  return { head, publicMessage: message.publicMessage }
})

/** The public message of a proposal or commit that was read before. */
export const publicMessageOf = (bytes: Uint8Array): PublicMessage => {
  const message = decodeMessage(bytes)
  if (message?.wireformat !== "mls_public_message") throw new Error("no public message")
  return message.publicMessage
}

/** The proposal in a public message that was read before. */
export const proposalOf = (bytes: Uint8Array): Proposal => {
  const { content } = publicMessageOf(bytes)
  if (content.contentType !== "proposal") throw new Error("no proposal")
  return content.proposal
}

const contentOf = Effect.fnUntraced(function* (proposal: Proposal, common: Pick<Admitted, "ref" | "author" | "proposal">) {
  if (proposal.proposalType === "remove" && proposal.remove.removed > highestLeaf) return yield* none("a leaf that we do not have")
  if (proposal.proposalType === "remove") return { type: "admitted-remove", ...common, leaf: proposal.remove.removed } as const
  if (proposal.proposalType === "update") {
    if (userOfLeaf(proposal.update.leafNode) === undefined) return yield* none("a leaf of another kind")
    return { type: "admitted-update", ...common, key: proposal.update.leafNode.hpkePublicKey } as const
  }
  if (proposal.proposalType !== "add") return yield* none("a proposal of another kind")
  const { keyPackage } = proposal.add
  const { signaturePublicKey, hpkePublicKey } = keyPackage.leafNode
  const user = yield* userOfPackage(keyPackage)
  return { type: "admitted-add", ...common, user, signingKey: signaturePublicKey, key: hpkePublicKey } as const
})

/** What can be read of a proposal. */
export const readProposal = Effect.fnUntraced(function* (bytes: Uint8Array) {
  const crypto = yield* Crypto
  const { head, publicMessage } = yield* readPublic(bytes)
  const { content, auth } = publicMessage
  if (content.contentType !== "proposal") return yield* none("no proposal")
  const authenticated = { wireformat: "mls_public_message", content, auth } as const
  const ref = yield* Effect.promise(async () => makeProposalRef(authenticated, (await receivingSuite(crypto, suiteName)).hash))
  return { ...head, content: yield* contentOf(content.proposal, { ref, author: head.author, proposal: bytes }) }
})

const referencesOf = (commit: Commit) => commit.proposals.flatMap((one) => (one.proposalOrRefType === "reference" ? [one.reference] : []))

/** What can be read of a commit. */
export const readCommit = Effect.fnUntraced(function* (bytes: Uint8Array) {
  const { head, publicMessage } = yield* readPublic(bytes)
  const { content } = publicMessage
  if (content.contentType !== "commit") return yield* none("no commit")
  const references = referencesOf(content.commit)
  const byValue = references.length < content.commit.proposals.length
  const { path } = content.commit
  if (!references.every(isOurLength)) return yield* none("a reference of another length")
  const hasOurs =
    path === undefined || (userOfLeaf(path.leafNode) !== undefined && path.nodes.every((node) => isOurLength(node.hpkePublicKey)))
  if (!hasOurs) return yield* none("a path of another kind")
  return { ...head, references, byValue, key: path?.leafNode.hpkePublicKey ?? null }
})
