import { Hex } from "effect/encoding"
import { memberId } from "../../../reference/simulation/network.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { ApplicationMessage } from "../../../spec/dcgka/application-messages.ts"
import { Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses, maximumLog } from "../../../spec/dcgka/group-messaging.ts"
import { type Case, caseFile } from "../author.ts"
import { filled, first, flipped } from "../people.ts"
import { itemsOf } from "./broadcast-group.ts"
import { type MessengerGroup, memberOf, messengerCase } from "./messenger-group.ts"

const abc = first(3)

/** How long the large envelopes are: four fit exactly into the strangers' share. */
const large = maximumLog.strangers / 4

/** An envelope of this length that nobody has signed, which waits for this message of `ofSender`, which never comes. */
const unsigned = (group: string, sender: string, seq: number, ofSender: string, ofSeq: number, length: number): string => {
  const control = { type: "ack", group, sender, seq, ofSender, ofSeq } as const
  const withDirect = (of: number) => {
    const items = [{ control, signingKey: null, cut: null, chain: null, directs: { [filled(1, 16)]: new Uint8Array(of) } }]
    return encodeWire(Envelope, { type: "envelope", items, signature: new Uint8Array(64) })
  }
  const around = withDirect(length / 2).length - length / 2
  return Hex.encode(withDirect(length - around))
}

/** The member that an add makes. */
const addedBy = (addition: string, user: string): string => {
  const { group, sender, seq } = itemsOf(addition)[0]!.control
  return memberId(group, user, sender, seq)
}

/** Dave, who delays his answers and so logs nothing of his own. He is in by Alice's addition, and has taken Bob's, by which he joins when he has a bundle of Bob's. */
class AddedTwice {
  readonly messengers: MessengerGroup
  readonly #alice: string

  constructor(messengers: MessengerGroup) {
    this.messengers = messengers
    this.#alice = memberOf(messengers, "alice", null, 0)
    for (const user of ["alice", "carol"]) messengers.meet("dave", user)
    for (const user of abc) for (let count = 0; count < 2; count++) messengers.meet(user, "dave")
    const [one] = messengers.add("alice", "dave").packets
    const [other] = messengers.add("bob", "dave").packets
    for (const packet of [one!, other!]) messengers.receive("dave", packet)
    messengers.heard("dave", "joined", "user-added bob", "user-added dave", "user-added alice", "user-added carol")
  }

  /** Four large envelopes come in the name of a member, the next of it, which wait for the messages 51 to 54 of Alice's; the last is longer by `more`. */
  getsFour(member: string, seq: number, more: number): void {
    const { author, group } = this.messengers
    for (let ofSeq = 51; ofSeq <= 54; ofSeq++) {
      const length = large + (ofSeq === 54 ? more : 0)
      author.accepts("messenger.receive", { on: "dave", packet: unsigned(group, member, seq, this.#alice, ofSeq, length) })
    }
  }

  /** He joins by Bob's addition, too; afterwards these messages of Alice's are missing: what waits for the others is held nowhere. */
  joins(lacking: ReadonlyArray<number>, ...heard: ReadonlyArray<string>): void {
    const { messengers } = this
    messengers.meet("dave", "bob")
    messengers.retry(
      "dave",
      lacking.map((seq) => ({ message: { sender: this.#alice, seq } })),
    )
    const { memberships } = messengers.author.accepts("messenger.memberships", { on: "dave", group: messengers.group })
    messengers.author.claim(memberships.length === 2, "Dave has two memberships")
    messengers.heard("dave", ...heard)
  }
}

const policies = { strangers: ["dave", "erin"], delay: ["dave"] }

const logs = (): ReadonlyArray<Case> => [
  ...[0, 1].map((more) =>
    messengerCase(
      `log-of-the-removed-${more}`,
      {
        title: `Four large envelopes in Carol's name are in Dave's log when she is removed, ${more === 0 ? "which just fit into the strangers' share" : "a byte more than there is room for: the oldest is lost at the end of this step"}, and a membership that is made in the next one is given ${more === 0 ? "them all" : "the others"}`,
        clauses: [clauses["log-shares"]],
      },
      abc,
      (messengers) => {
        const { author, group } = messengers
        const dave = new AddedTwice(messengers)
        dave.getsFour(memberOf(messengers, "carol", null, 0), 2, more)
        author.gives("messenger.forget-held", { on: "dave", group }, {})
        messengers.receive("dave", messengers.remove("alice", "carol").packets[0]!)
        messengers.heard("dave", "user-removed carol")
        dave.joins(more === 0 ? [51, 52, 53, 54] : [52, 53, 54])
      },
      policies,
    ),
  ),
  messengerCase(
    "log-of-whom-nobody-adds",
    {
      title:
        "Four large envelopes in Dave's log are of one whom Alice would add by what he holds: when this is refused, the log loses the oldest, and his membership the newest",
      clauses: [clauses["log-shares"], clauses["refused-told"]],
    },
    abc,
    (messengers) => {
      const dave = new AddedTwice(messengers)
      messengers.meet("alice", "erin")
      const [update] = messengers.update("alice").packets
      const [addition] = messengers.add("alice", "erin").packets
      messengers.author.accepts("messenger.receive", { on: "dave", packet: flipped(addition!, -1) })
      dave.getsFour(addedBy(addition!, "erin"), 1, 1)
      messengers.receive("dave", update!)
      messengers.heard("dave", "envelope-refused alice", "envelope-refused null")
      dave.joins([51, 52, 53, 54], "envelope-refused alice")
    },
    policies,
  ),
  messengerCase(
    "log-after-forgetting",
    {
      title:
        "Four large envelopes in Dave's log are of one whom Alice would add by what he holds, and forgets: the next step, which does nothing else, loses the oldest",
      clauses: [clauses["log-shares"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const dave = new AddedTwice(messengers)
      messengers.meet("alice", "erin")
      const { seq } = itemsOf(messengers.update("alice").packets[0]!)[0]!.control
      const [addition] = messengers.add("alice", "erin").packets
      author.accepts("messenger.receive", { on: "dave", packet: addition! })
      dave.getsFour(addedBy(addition!, "erin"), 1, 1)
      author.gives("messenger.forget-held", { on: "dave", group }, {})
      messengers.retry("dave", [{ bundle: "bob" }])
      dave.joins([seq, 52, 53, 54])
    },
    policies,
  ),
]

/** An application message that nobody wrote, which waits for a control message that never comes. */
const unwritten = (group: string, sender: string, seq: number) => {
  const place = { type: "application-message", group, sender, seq, index: 0 } as const
  const message = { ...place, guard: new Uint8Array(8), ciphertext: new Uint8Array(16), signature: new Uint8Array(64) }
  return { on: "bob", packet: Hex.encode(encodeWire(ApplicationMessage, message)) }
}

const messages = (): ReadonlyArray<Case> => [
  messengerCase(
    "one-lost-of-the-removed",
    {
      title:
        "65 messages wait in Carol's name when she is removed, and more in Alice's: Carol's newest is lost, and refused when it comes again",
      clauses: [clauses["held-limit"], clauses["held-shares"], clauses["loss-told"]],
    },
    abc,
    (messengers) => {
      const { author, group } = messengers
      const [alice, carol] = ["alice", "carol"].map((user) => memberOf(messengers, user, null, 0)) as [string, string]
      for (let seq = 101; seq <= 166; seq++) author.accepts("messenger.receive", unwritten(group, alice, seq))
      for (let seq = 101; seq <= 165; seq++) author.accepts("messenger.receive", unwritten(group, carol, seq))
      messengers.receive("bob", messengers.remove("alice", "carol").packets[0]!)
      messengers.heard("bob", "user-removed carol", "message-refused carol")
      author.refuses(clauses["held-limit"], "messenger.receive", unwritten(group, carol, 165))
      for (const one of [unwritten(group, carol, 164), unwritten(group, alice, 166)]) author.ignores("messenger.receive", one)
    },
  ),
]

/** What there is room for, and when it changes in whose share something counts. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-rooms", layer: "messaging", flags: {} }, () => [
  ...logs(),
  ...messages(),
])
