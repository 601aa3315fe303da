import { Hex } from "effect/encoding"
import { memberId } from "../../../reference/simulation/network.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { ApplicationMessage } from "../../../spec/dcgka/application-messages.ts"
import { Envelope } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses, leastWaiting, maximumLog, maximumWaiting } from "../../../spec/dcgka/group-messaging.ts"
import { type Case, caseFile, fork, twins } from "../author.ts"
import { filled, first, flipped } from "../people.ts"
import { itemsOf } from "./broadcast-group.ts"
import { MessengerGroup, memberOf, messengerCase } from "./messenger-group.ts"

const abc = first(3)

/** How long the large envelopes are: three fit exactly into the strangers' share, with 16 short ones. */
const large = maximumLog.strangers / 4

const between = (first: number, last: number): ReadonlyArray<number> => Array.from({ length: last - first + 1 }, (_, at) => first + at)

/** An envelope that nobody has signed, which waits for this message of `ofSender`, which never comes; of this length, or a short one. */
const unsigned = (group: string, sender: string, seq: number, ofSender: string, ofSeq: number, length?: number): string => {
  const control = { type: "ack", group, sender, seq, ofSender, ofSeq } as const
  const withDirect = (of: number) => {
    const directs = of === 0 ? {} : { [filled(1, 16)]: new Uint8Array(of) }
    return encodeWire(Envelope, {
      type: "envelope",
      items: [{ control, signingKey: null, cut: null, chain: null, directs }],
      signature: new Uint8Array(64),
    })
  }
  if (length === undefined) return Hex.encode(withDirect(0))
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

  /** Three large envelopes come in the name of a member, the next of it, and 16 short ones, which wait for the messages 51 to 69 of Alice's; the third is longer by `more`. */
  getsMany(member: string, seq: number, more: number): void {
    const { author, group } = this.messengers
    for (const ofSeq of between(51, 69)) {
      const length = ofSeq > 53 ? undefined : large + (ofSeq === 53 ? more : 0)
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
        title: `Large and short envelopes in Carol's name are in Dave's log when she is removed, ${more === 0 ? "which just fit into the strangers' share" : "a byte more than there is room for: the oldest is lost at the end of this step"}, and a membership that is made in the next one is given ${more === 0 ? "them all" : "the others"}`,
        clauses: [clauses["log-shares"]],
      },
      abc,
      (messengers) => {
        const { author, group } = messengers
        const dave = new AddedTwice(messengers)
        dave.getsMany(memberOf(messengers, "carol", null, 0), 2, more)
        author.gives("messenger.forget-held", { on: "dave", group }, {})
        messengers.receive("dave", messengers.remove("alice", "carol").packets[0]!)
        messengers.heard("dave", "user-removed carol")
        dave.joins(more === 0 ? between(51, 69) : between(52, 69))
      },
      policies,
    ),
  ),
  messengerCase(
    "log-of-whom-nobody-adds",
    {
      title:
        "Envelopes in Dave's log are of one whom Alice would add by what he holds: when this is refused, the log loses the oldest, and his membership the newest",
      clauses: [clauses["log-shares"], clauses["refused-told"]],
    },
    abc,
    (messengers) => {
      const dave = new AddedTwice(messengers)
      messengers.meet("alice", "erin")
      const [update] = messengers.update("alice").packets
      const [addition] = messengers.add("alice", "erin").packets
      messengers.author.accepts("messenger.receive", { on: "dave", packet: flipped(addition!, -1) })
      dave.getsMany(addedBy(addition!, "erin"), 1, 1)
      messengers.receive("dave", update!)
      messengers.heard("dave", "envelope-refused alice", "envelope-refused null")
      dave.joins(between(51, 69), "envelope-refused alice")
    },
    policies,
  ),
  messengerCase(
    "log-after-forgetting",
    {
      title:
        "Envelopes in Dave's log are of one whom Alice would add by what he holds, and forgets: the next step, which does nothing else, loses the oldest",
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
      dave.getsMany(addedBy(addition!, "erin"), 1, 1)
      author.gives("messenger.forget-held", { on: "dave", group }, {})
      messengers.retry("dave", [{ bundle: "bob" }])
      dave.joins([seq, ...between(52, 69)])
    },
    policies,
  ),
]

/** An application message that nobody wrote, which waits for a control message that never comes. */
const unwritten = (group: string, sender: string, seq: number, length = 16) => {
  const place = { type: "application-message", group, sender, seq, index: 0 } as const
  const message = { ...place, guard: new Uint8Array(8), ciphertext: new Uint8Array(length), signature: new Uint8Array(64) }
  return { on: "bob", packet: Hex.encode(encodeWire(ApplicationMessage, message)) }
}

/** Bob is removed, and added again: he has a second membership. */
const returns = (messengers: MessengerGroup): void => {
  messengers.meet("alice", "bob")
  messengers.remove("alice", "bob")
  messengers.flood(abc)
  messengers.add("alice", "bob")
  messengers.flood(abc)
  messengers.heard("bob", "left", "joined", "user-added bob", "user-added alice", "user-added carol")
  const { memberships } = messengers.author.accepts("messenger.memberships", { on: "bob", group: messengers.group })
  messengers.author.claim(
    memberships.map(({ removed }) => removed).join() === "true,false",
    "Bob has two memberships, of which one is over",
  )
}

const messages = (): ReadonlyArray<Case> => [
  ...twins(
    "group-messaging/held-to-the-byte",
    clauses["held-limit"],
    "63 short messages wait in the name of one who is not in the group, and one comes that is a byte too long for what is left",
    (author) => {
      const { group } = MessengerGroup.settled(author, first(2))
      const nobody = filled(0xee, 16)
      for (const seq of between(1, 63)) author.accepts("messenger.receive", unwritten(group, nobody, seq))
      const around = unwritten(group, nobody, 64, 1024).packet.length / 2 - 1024
      const left = maximumWaiting.strangers - 63 * leastWaiting
      return fork("messenger.receive", unwritten(group, nobody, 64, left - around), unwritten(group, nobody, 64, left + 1 - around))
    },
  ),
  ...(["one", "another"] as const).map((membership) =>
    messengerCase(
      membership === "one" ? "one-lost-of-the-removed" : "one-lost-of-the-removed-in-another-membership",
      {
        title:
          `65 messages wait in Carol's name when she is removed, and more in Alice's: Carol's newest is lost, and refused when it comes again` +
          (membership === "one" ? "" : "; Bob was removed once, and is back"),
        clauses: [clauses["held-limit"], clauses["held-shares"], clauses["loss-told"]],
      },
      abc,
      (messengers) => {
        if (membership === "another") returns(messengers)
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
  ),
]

/** What there is room for, and when it changes in whose share something counts. */
export default caseFile({ part: "dcgka", chapter: "group-messaging-rooms", layer: "messaging", flags: {} }, () => [
  ...logs(),
  ...messages(),
])
