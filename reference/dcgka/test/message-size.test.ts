/** What an application message costs over its payload. */
import { Result } from "effect"
import { assert, describe, it } from "vitest"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses, maximumPayload } from "../../../spec/dcgka/application-messages.ts"
import { Content } from "../../../spec/dcgka/group-messaging.ts"
import { Conversation, chooser } from "../../simulation/conversation.ts"
import { accepted, runStep } from "../../simulation/network.ts"
import * as Application from "../application-messages.ts"
import * as Messaging from "../group-messaging.ts"

describe("an application message", () => {
  it("is at most 149 bytes longer than its payload, of whatever length", () => {
    const conversation = new Conversation(["alice", "bob"], { delay: 0, heal: 1 }, 1)
    const [alice, bob] = conversation.people
    conversation.act(alice!, (messenger) => Messaging.create(messenger, ["bob"]))
    conversation.group = Object.keys(alice!.messenger.groups)[0]!
    conversation.settle(chooser(1))
    for (const length of [0, 1, 23, 24, 32, 100, 255, 256, 1000, 65_536, maximumPayload - 16]) {
      const { packets } = accepted(alice!.seed, Messaging.send(alice!.messenger, conversation.group, new Uint8Array(length)))
      assert.strictEqual(packets.length, 1)
      assert.isAtMost(packets[0]!.length - length, 149, `${length} bytes`)
      const { events } = accepted(bob!.seed, Messaging.receive(bob!.messenger, packets[0]!))
      assert.deepEqual(
        events.map((event) => (event.type === "message" ? event.payload.length : -1)),
        [length],
      )
    }
  })

  it("is so with the largest numbers, too, after which there is no index left (application-messages.chain-length)", () => {
    const largest = 0xffffffff
    const key = new Uint8Array(32)
    const state = { ...Application.noChains, own: { seq: largest, index: largest - 1, state: key, commitment: key, digest: key } }
    const place = { group: "00".repeat(16), sender: "11".repeat(16) }
    const content = encodeWire(Content, { type: "data", payload: new Uint8Array(maximumPayload - 16) })
    const { state: after, message } = accepted(key, Application.seal(state, place, key, content))
    assert.strictEqual(message.length - (maximumPayload - 16), 149)
    const full = runStep(key, Application.seal(after, place, key, content))
    assert.strictEqual(Result.isFailure(full) && full.failure._tag === "Refused" && full.failure.clause, clauses["chain-length"].id)
  })
})
