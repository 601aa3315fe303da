import { clauses } from "../../../spec/dcgka/application-messages.ts"
import { aCase, type Case } from "../author.ts"
import { filled } from "../people.ts"
import { alice, aliceWith, bobWith, committedBy, messagesOf, opens, publicKey, seals, secretsOf, signingKeys } from "./chains.ts"

type Secrets = ReturnType<typeof secretsOf>

/** What saved states have of chains. */
export const kept = (): ReadonlyArray<Case> => [
  aCase(
    "application-messages/kept",
    {
      title: "What a saved state has of a chain: the keys of messages that are to come, and no key or state that was used",
      clauses: [clauses["key-used-once"], clauses["out-of-order"]],
    },
    (author) => {
      bobWith(author, 1)
      const messages = messagesOf(1, 4)
      const [zero, one, two, three] = [0, 1, 2, 3].map((index) => secretsOf(1, index)) as [Secrets, Secrets, Secrets, Secrets]
      author.keeps("bob", [zero.state], [])
      opens(author, messages[2]!, 1, 2)
      author.keeps("bob", [zero.key, one.key, three.state], [zero.state, one.state, two.state, two.key])
      opens(author, messages[0]!, 1, 0)
      author.keeps("bob", [one.key, three.state], [zero.key])
      opens(author, messages[3]!, 1, 3)
      author.keeps("bob", [one.key], [three.state, three.key])
      author.accepts("application.end", { on: "bob", member: alice, seq: 2, chain: { length: 1, digest: filled(0x11, 32) } })
      author.keeps("bob", [], [one.key])
    },
  ),
  aCase(
    "application-messages/kept-without-keys",
    {
      title: "What a saved state has of a chain when the keys are forgotten: none of them",
      clauses: [clauses["key-used-once"]],
    },
    (author) => {
      bobWith(author, 1)
      opens(author, messagesOf(1, 2)[1]!, 1, 1)
      const kept = [secretsOf(1, 0).key, secretsOf(1, 2).state, committedBy(1)]
      const all = [...kept, { name: "the signing key of the chain", value: publicKey(author, signingKeys.alice) }]
      author.keeps("bob", all, [])
      author.accepts("application.forget-keys", { on: "bob" })
      author.keeps("bob", [], all)
    },
  ),
  aCase(
    "application-messages/kept-by-the-sender",
    { title: "What the saved state of a sender has of its chain: the next state, and no key", clauses: [clauses["key-used-once"]] },
    (author) => {
      aliceWith(author)
      const [zero, one] = [secretsOf(1, 0), secretsOf(1, 1)]
      author.keeps("alice", [zero.state], [])
      seals(author, "one")
      author.keeps("alice", [one.state], [zero.state, zero.key])
    },
  ),
]
