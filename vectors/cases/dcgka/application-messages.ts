import { Effect } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { node } from "../../../reference/crypto/providers/node.ts"
import { beginOwn, noChains, seal } from "../../../reference/dcgka/application-messages.ts"
import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { clauses, maximumPayload, maximumSkipped } from "../../../spec/dcgka/application-messages.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled, flipped, hexOf, repeated } from "../people.ts"

const group = filled(0x99, 16)
const alice = filled(0xaa, 16)
const bob = filled(0xbb, 16)
const secrets = { alice: repeated("alice's signing key"), bob: repeated("bob's signing key") }

/** The update secret that Alice's message with this number gave. */
const secretOf = (seq: number): string => repeated(`update secret ${seq}`)

/** The first `count` messages of Alice's chain with the number `seq`, as anybody who knows its secret can seal them; signed with the key given. */
const messagesOf = (seq: number, count: number, { signedBy = secrets.alice, inGroup = group } = {}): ReadonlyArray<string> => {
  let state = beginOwn(noChains, seq, bytesOf(secretOf(seq)))
  const messages: Array<string> = []
  for (let index = 0; index < count; index++) {
    const payload = new TextEncoder().encode(`message ${index}`)
    const sealed = seal(state, { group: inGroup, sender: alice }, bytesOf(signedBy), payload)
    const done = Effect.runSync(Effect.provide(sealed, node))
    state = done.state
    messages.push(Hex.encode(done.message))
  }
  return messages
}

const publicKey = (author: Author, secretKey: string) => author.accepts("primitives.ed25519-public", { secretKey }).publicKey

/** Bob, who has Alice's chains with these numbers. */
const bobWith = (author: Author, ...chains: ReadonlyArray<number>) => {
  const signingKey = publicKey(author, secrets.alice)
  author.accepts("application.start", { on: "bob", group, me: bob })
  for (const seq of chains) {
    author.accepts("application.begin-other", { on: "bob", member: alice, seq, updateSecret: secretOf(seq), signingKey })
  }
}

/** Alice, with her chain 1. */
const aliceWith = (author: Author) => {
  author.accepts("application.start", { on: "alice", group, me: alice })
  author.accepts("application.begin-own", { on: "alice", seq: 1, updateSecret: secretOf(1) })
}

const seals = (author: Author, text: string, on = "alice") =>
  author.accepts("application.seal", { on, signingSecretKey: secrets.alice, payload: hexOf(text) }).message

const opens = (author: Author, message: string, seq: number, index: number, text = `message ${index}`) =>
  author.gives("application.open", { on: "bob", seen: 9, message }, { sender: alice, seq, index, payload: hexOf(text) })

const opening = (message: string, wrong: string) => fork("application.open", { on: "bob", seen: 9, message }, { message: wrong })

const rules = (): ReadonlyArray<Case> => [
  aCase(
    "application-messages/sealed",
    { title: "Two messages of a chain, and one of the next chain", clauses: [clauses["chain-of-secret"], clauses["key-used-once"]] },
    (author) => {
      aliceWith(author)
      bobWith(author, 1, 4)
      opens(author, seals(author, "one"), 1, 0, "one")
      opens(author, seals(author, ""), 1, 1, "")
      author.accepts("application.begin-own", { on: "alice", seq: 4, updateSecret: secretOf(4) })
      opens(author, seals(author, "three"), 4, 0, "three")
    },
  ),
  aCase(
    "application-messages/out-of-order",
    { title: "The messages of two chains in another order", clauses: [clauses["out-of-order"], clauses["key-used-once"]] },
    (author) => {
      bobWith(author, 1, 2)
      const [first, second] = [messagesOf(1, 5), messagesOf(2, 2)]
      for (const index of [3, 0]) opens(author, first[index]!, 1, index)
      opens(author, second[1]!, 2, 1)
      for (const index of [4, 2]) opens(author, first[index]!, 1, index)
      opens(author, second[0]!, 2, 0)
      opens(author, first[1]!, 1, 1)
    },
  ),
  aCase(
    "application-messages/once",
    { title: "Messages that come again, in order and out of order, are ignored", clauses: [clauses["key-used-once"]] },
    (author) => {
      bobWith(author, 1)
      const messages = messagesOf(1, 3)
      opens(author, messages[0]!, 1, 0)
      author.ignores("application.open", { on: "bob", seen: 9, message: messages[0]! })
      opens(author, messages[2]!, 1, 2)
      opens(author, messages[1]!, 1, 1)
      for (const message of messages) author.ignores("application.open", { on: "bob", seen: 9, message })
    },
  ),
  aCase(
    "application-messages/own",
    { title: "Our own message, come back to us, is ignored", clauses: [clauses["key-used-once"]] },
    (author) => {
      aliceWith(author)
      author.ignores("application.open", { on: "alice", seen: 1, message: seals(author, "one") })
    },
  ),
  aCase(
    "application-messages/before-its-chain",
    { title: "A message waits for the control message that begins its chain", clauses: [clauses["chain-of-secret"]] },
    (author) => {
      bobWith(author, 1)
      const message = messagesOf(4, 1)[0]!
      author.waits({ message: { sender: alice, seq: 4 } }, "application.open", { on: "bob", seen: 3, message })
      const signingKey = publicKey(author, secrets.alice)
      author.accepts("application.begin-other", { on: "bob", member: alice, seq: 4, updateSecret: secretOf(4), signingKey })
      opens(author, message, 4, 0)
    },
  ),
  aCase(
    "application-messages/skipped",
    { title: "Of the keys skipped 1,024 are kept; the first go first", clauses: [clauses.skipped, clauses["out-of-order"]] },
    (author) => {
      bobWith(author, 1)
      const messages = messagesOf(1, maximumSkipped + 3)
      opens(author, messages[maximumSkipped]!, 1, maximumSkipped)
      opens(author, messages[maximumSkipped + 2]!, 1, maximumSkipped + 2)
      author.ignores("application.open", { on: "bob", seen: 9, message: messages[0]! })
      opens(author, messages[1]!, 1, 1)
      opens(author, messages[maximumSkipped + 1]!, 1, maximumSkipped + 1)
    },
  ),
  aCase(
    "application-messages/keys-forgotten",
    {
      title: "Without keys, what was opened is still ignored, and nothing is sealed; the group is looked at before the sender",
      clauses: [clauses["key-used-once"]],
    },
    (author) => {
      bobWith(author, 1)
      const messages = messagesOf(1, 3)
      opens(author, messages[1]!, 1, 1)
      author.accepts("application.forget-keys", { on: "bob" })
      author.ignores("application.open", { on: "bob", seen: 9, message: messages[1]! })
      author.refuses(clauses.signature, "application.open", { on: "bob", seen: 9, message: messages[0]! })
      aliceWith(author)
      const elsewhere = messagesOf(1, 1, { inGroup: filled(0x98, 16) })[0]!
      author.ignores("application.open", { on: "alice", seen: 9, message: messages[0]! })
      author.refuses(clauses.group, "application.open", { on: "alice", seen: 9, message: elsewhere })
      author.accepts("application.forget-keys", { on: "alice" })
      author.refuses(clauses["no-secret"], "application.seal", { on: "alice", signingSecretKey: secrets.alice, payload: "00" })
    },
  ),
]

const checks = (): ReadonlyArray<Case> => [
  ...twins("application-messages/no-secret", clauses["no-secret"], "Sealing before there is an update secret", (author) => {
    aliceWith(author)
    author.accepts("application.start", { on: "bob", group, me: bob })
    return fork("application.seal", { on: "alice", signingSecretKey: secrets.alice, payload: hexOf("hello") }, { on: "bob" })
  }),
  ...twins("application-messages/group", clauses.group, "A message of the same member in another group", (author) => {
    bobWith(author, 1)
    return opening(messagesOf(1, 1)[0]!, messagesOf(1, 1, { inGroup: filled(0x98, 16) })[0]!)
  }),
  ...twins("application-messages/no-chain", clauses.chain, "A message of a chain that we were not given", (author) => {
    bobWith(author, 1)
    return opening(messagesOf(1, 1)[0]!, messagesOf(2, 1)[0]!)
  }),
  ...twins("application-messages/ninth-chain", clauses.chain, "A message of the ninth chain from the end", (author) => {
    bobWith(author, 1, 2, 3, 4, 5, 6, 7, 8, 9)
    return opening(messagesOf(2, 1)[0]!, messagesOf(1, 1)[0]!)
  }),
  ...twins("application-messages/ahead", clauses.ahead, "A message 1,025 ahead", (author) => {
    bobWith(author, 1)
    const messages = messagesOf(1, maximumSkipped + 2)
    return opening(messages[maximumSkipped]!, messages[maximumSkipped + 1]!)
  }),
  ...twins("application-messages/signature", clauses.signature, "A message whose signature is changed", (author) => {
    bobWith(author, 1)
    const message = messagesOf(1, 1)[0]!
    return opening(message, flipped(message, -1))
  }),
  ...twins("application-messages/forged", clauses.signature, "A message that another member sealed in Alice's chain", (author) => {
    bobWith(author, 1)
    return opening(messagesOf(1, 1)[0]!, messagesOf(1, 1, { signedBy: secrets.bob })[0]!)
  }),
  ...twins("application-messages/old-signing-key", clauses.signature, "A chain begun with another signing key", (author) => {
    bobWith(author, 1)
    const signingKey = publicKey(author, secrets.bob)
    author.accepts("application.begin-other", { on: "bob", member: alice, seq: 4, updateSecret: secretOf(4), signingKey })
    return opening(messagesOf(4, 1, { signedBy: secrets.bob })[0]!, messagesOf(4, 1)[0]!)
  }),
  ...twins("application-messages/ahead-and-forged", clauses.ahead, "A forged message 1,025 ahead", (author) => {
    bobWith(author, 1)
    const messages = messagesOf(1, maximumSkipped + 2)
    return opening(messages[maximumSkipped]!, flipped(messages[maximumSkipped + 1]!, -1))
  }),
  ...twins("application-messages/own-secret-length", suite.length, "Our update secret a byte too short", (author) => {
    author.accepts("application.start", { on: "alice", group, me: alice })
    return fork("application.begin-own", { on: "alice", seq: 1, updateSecret: secretOf(1) }, { updateSecret: secretOf(1).slice(2) })
  }),
  ...twins("application-messages/other-secret-length", suite.length, "An update secret of another a byte too long", (author) => {
    author.accepts("application.start", { on: "bob", group, me: bob })
    const signingKey = publicKey(author, secrets.alice)
    const right = { on: "bob", member: alice, seq: 1, updateSecret: secretOf(1), signingKey }
    return fork("application.begin-other", right, { updateSecret: `${secretOf(1)}00` })
  }),
  ...twins("application-messages/opens", clauses.opens, "A message sealed under a key of another update secret", (author) => {
    aliceWith(author)
    bobWith(author, 1)
    const right = messagesOf(1, 1)[0]!
    author.accepts("application.begin-own", { on: "alice", seq: 1, updateSecret: secretOf(2) })
    return opening(right, seals(author, "message 0"))
  }),
]

/** Application messages, on chains of given update secrets. */
export default caseFile({ part: "dcgka", chapter: "application-messages", layer: "application", flags: {} }, () => [
  ...rules(),
  ...checks(),
])

/** What is too long for most readers. */
export const limits = caseFile({ part: "dcgka", chapter: "application-messages-limits", layer: "application", flags: {} }, () =>
  twins("application-messages/payload-length", clauses["payload-length"], "A payload of 1,047,553 bytes", (author) => {
    aliceWith(author)
    const right = { on: "alice", signingSecretKey: secrets.alice, payload: "" }
    return fork("application.seal", right, { payload: "00".repeat(maximumPayload + 1) })
  }),
)
