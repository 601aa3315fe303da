/** A thief of a member's state, who writes on in the chain that the member had then, after the member has healed. */
import { Result } from "effect"
import { assert, describe, it } from "vitest"
import { clauses } from "../../../spec/dcgka/application-messages.ts"
import { Conversation, chooser } from "../../simulation/conversation.ts"
import { accepted, runStep } from "../../simulation/network.ts"
import * as Messaging from "../group-messaging.ts"

const text = (words: string) => new TextEncoder().encode(words)

describe("a stolen state", () => {
  it.each([
    { written: 0, clause: clauses.chain.id },
    { written: 2, clause: clauses.closed.id },
  ])("with $written messages in its chain: what the thief writes after the next update is refused by all", ({ written, clause }) => {
    const conversation = new Conversation(["alice", "bob", "carol"], { delay: 0, heal: 0 }, 1)
    const [alice, bob, carol] = conversation.people
    const choose = chooser(written)
    const settled = (one: typeof alice, act: (messenger: Messaging.Messenger) => ReturnType<typeof Messaging.update>) => {
      conversation.act(one!, act)
      conversation.settle(choose)
    }
    conversation.act(alice!, (messenger) => Messaging.create(messenger, ["bob", "carol"]))
    conversation.group = Object.keys(alice!.messenger.groups)[0]!
    const { group } = conversation
    conversation.settle(choose)
    for (let count = 0; count < written; count++) settled(bob, (messenger) => Messaging.send(messenger, group, text("hello")))
    const stolen = bob!.messenger
    for (const one of [bob, alice, bob]) settled(one, (messenger) => Messaging.update(messenger, group))
    settled(bob, (messenger) => Messaging.send(messenger, group, text("healed")))
    const [forged] = accepted(bob!.seed, Messaging.send(stolen, group, text("pay to account 666"))).packets
    for (const one of [alice!, carol!]) {
      const verdict = runStep(one.seed, Messaging.receive(one.messenger, forged!))
      assert.strictEqual(Result.isFailure(verdict) && verdict.failure._tag === "Refused" && verdict.failure.clause, clause, one.user)
    }
  })
})
