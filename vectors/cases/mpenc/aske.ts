import { bytesOf } from "../../../reference/conventions.ts"
import { clauses } from "../../../spec/mpenc/aske.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled, flipped, hexOf } from "../people.ts"
import { hashSignedBy, people, publicKeyOf, secretOf, signedBy } from "./people.ts"

/** The group order of Ed25519, little-endian. */
const order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"

const listsOf = (members: ReadonlyArray<string>) => ({
  members,
  nonces: members.map((member) => secretOf(member, "nonce")),
  publicKeys: members.map((member) => publicKeyOf(secretOf(member, "ephemeral"))),
})

const completed = (members: ReadonlyArray<string>) => ({ ...listsOf(members), sessionId: null })

const identityOf = (member: string) => secretOf(member, "identity")

const acknowledge = (author: Author, members: ReadonlyArray<string>, me: string): string =>
  author.accepts("aske.acknowledge", { ...completed(members), me, identitySecretKey: identityOf(me) }).signature

const verifying = (members: ReadonlyArray<string>, member: string, signature: string) => ({
  ...completed(members),
  member,
  identityKey: publicKeyOf(identityOf(member)),
  signature,
})

const sizes = [1, 2, 3, 4, 5, 6, 7, 8]

const acknowledged = (n: number): Case =>
  aCase(
    `aske/acknowledge-${n}`,
    { title: `The session id of ${n}; each acknowledges, and is verified`, clauses: [clauses["session-id"], clauses.authenticator] },
    (author) => {
      const members = people(n).toReversed()
      author.accepts("aske.complete", listsOf(members))
      for (const member of members) {
        author.accepts("aske.authenticator", { ...completed(members), member })
        author.gives("aske.verify", verifying(members, member, acknowledge(author, members, member)), {})
      }
    },
  )

const given = (): Case =>
  aCase(
    "aske/given-session-id",
    { title: "An acknowledgement of a session id that is given", clauses: [clauses.authenticator] },
    (author) => {
      const right = { ...completed(people(2)), sessionId: filled(0x5d, 32) }
      const { signature } = author.accepts("aske.acknowledge", { ...right, me: "alice", identitySecretKey: identityOf("alice") })
      const verified = { member: "alice", identityKey: publicKeyOf(identityOf("alice")), signature }
      author.gives("aske.verify", { ...right, ...verified }, {})
    },
  )

const sessionIds = (): ReadonlyArray<Case> => [
  aCase(
    "aske/order-of-members",
    { title: "The session id does not depend on the order of the members", clauses: [clauses["session-id"]] },
    (author) => {
      const all = [people(3), people(3).toReversed(), ["bob", "alice", "carol"]]
      const ids = all.map((members) => author.accepts("aske.complete", listsOf(members)).sessionId)
      author.claim(new Set(ids).size === 1, "one session id")
    },
  ),
  aCase("aske/sorted-by-bytes", { title: "Names are sorted by their UTF-8 bytes", clauses: [clauses["session-id"]] }, (author) => {
    // In 16-bit units the second would come first.
    const members = ["～", "🙂"]
    const sorted = author.accepts("aske.complete", listsOf(members)).sessionId
    author.claim(author.accepts("aske.complete", listsOf(members.toReversed())).sessionId === sorted, "one session id")
  }),
  aCase("aske/names-run-together", { title: "Two groups with one session id", clauses: [clauses["session-id"]] }, (author) => {
    const { nonces, publicKeys } = listsOf(people(2))
    const first = author.accepts("aske.complete", { members: ["a", "bc"], nonces, publicKeys })
    author.gives("aske.complete", { members: ["ab", "c"], nonces, publicKeys }, first)
    const ours = author.accepts("aske.authenticator", { members: ["a", "bc"], nonces, publicKeys, sessionId: null, member: "a" })
    const theirs = author.accepts("aske.authenticator", { members: ["ab", "c"], nonces, publicKeys, sessionId: null, member: "ab" })
    author.claim(ours.authenticator !== theirs.authenticator, "their authenticators differ")
  }),
]

/** A pair in which Bob's acknowledgement is verified, and a wrong one. */
const refused = (id: string, title: string, wrong: (signature: string, author: Author) => Partial<ReturnType<typeof verifying>>) =>
  twins(`aske/${id}`, clauses.acknowledgement, title, (author) => {
    const right = verifying(people(3), "bob", acknowledge(author, people(3), "bob"))
    return fork("aske.verify", right, wrong(right.signature, author))
  })

const withOrder = (signature: string): string => {
  const little = (hex: string) => BigInt(`0x${Buffer.from(hex, "hex").reverse().toString("hex")}`)
  const sum = (little(signature.slice(64)) + little(order)).toString(16).padStart(64, "0")
  return signature.slice(0, 64) + Buffer.from(sum, "hex").reverse().toString("hex")
}

const checks = (): ReadonlyArray<Case> => [
  ...refused("flipped", "A changed signature", (signature) => ({ signature: flipped(signature, 0) })),
  ...refused("flipped-s", "A signature with another S", (signature) => ({ signature: flipped(signature, 32) })),
  ...refused("s-not-reduced", "A signature whose S is not below the group order", (signature) => ({ signature: withOrder(signature) })),
  ...refused("other-identity", "Somebody else's identity key", () => ({ identityKey: publicKeyOf(identityOf("mallory")) })),
  ...refused("small-order-identity", "An identity key of small order", () => ({ identityKey: filled(0, 32) })),
  ...refused("of-another", "The acknowledgement of another member", (_, author) => ({
    signature: acknowledge(author, people(3), "carol"),
  })),
  ...refused("of-others", "An acknowledgement of other members", (_, author) => ({ signature: acknowledge(author, people(4), "bob") })),
  ...refused("other-nonce", "Another member's nonce is another", () => {
    const { nonces } = listsOf(people(3))
    return { nonces: nonces.with(2, filled(1, 32)) }
  }),
  ...refused("nonces-exchanged", "The nonces of two members exchanged", () => {
    const { nonces } = listsOf(people(3))
    return { nonces: [nonces[2]!, nonces[1]!, nonces[0]!] }
  }),
  ...refused("other-own-key", "The member's own ephemeral key is another", () => {
    const { publicKeys } = listsOf(people(3))
    return { publicKeys: publicKeys.with(1, publicKeyOf(secretOf("mallory", "ephemeral"))) }
  }),
  ...refused("not-hashed", "A signature of the authenticator itself", (_, author) => {
    const { authenticator } = author.accepts("aske.authenticator", { ...completed(people(3)), member: "bob" })
    return { signature: signedBy(identityOf("bob"), bytesOf(authenticator)) }
  }),
  ...refused("without-context", "A signature without the context", (_, author) => {
    const { authenticator } = author.accepts("aske.authenticator", { ...completed(people(3)), member: "bob" })
    return { signature: hashSignedBy(identityOf("bob"), bytesOf(authenticator.slice(hexOf("acksig").length))) }
  }),
  ...twins("aske/members-twice", clauses.members, "A member twice", () => {
    const right = listsOf(people(2))
    return fork("aske.complete", right, { members: ["alice", "alice"] })
  }),
  ...twins("aske/nonce-missing", clauses.members, "A nonce too few", () => {
    const right = listsOf(people(3))
    return fork("aske.complete", right, { nonces: right.nonces.slice(1) })
  }),
  ...twins("aske/public-key-missing", clauses.members, "An ephemeral key too few", () => {
    const right = listsOf(people(3))
    return fork("aske.complete", right, { publicKeys: right.publicKeys.slice(1) })
  }),
  ...twins("aske/outsider", clauses.member, "An acknowledgement by somebody who is no member", () => {
    const right = { ...completed(people(3)), me: "bob", identitySecretKey: identityOf("bob") }
    return fork("aske.acknowledge", right, { me: "mallory" })
  }),
]

/** The layer "aske". */
export default caseFile({ part: "mpenc", chapter: "aske", layer: "aske", flags: {} }, () => [
  ...sizes.map(acknowledged),
  given(),
  ...sessionIds(),
  ...checks(),
])
