import { Hex } from "effect/encoding"
import { memberId } from "../../../reference/simulation/network.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses, Envelope, leastHeld, maximumHeld } from "../../../spec/dcgka/causal-broadcast.ts"
import type { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { aCase, type Case, caseFile, fork, type Step, twins } from "../author.ts"
import { filled, first } from "../people.ts"
import { BroadcastGroup, broadcastScenario as scenario } from "./broadcast-group.ts"
import { ofBob, strangers } from "./causal-broadcast-held.ts"

const abc = first(3)

const takenBeforeBound = (): Case =>
  scenario(
    "held-taken-before-it-is-lost",
    {
      title:
        "70 envelopes are held in Alice's name when her removal is taken: the newest is taken, too, and five forged ones are lost after that",
      clauses: [clauses["held-limit"], clauses.shares, clauses["held-retried"]],
    },
    abc,
    [],
    (group) => {
      const alice = group.member("alice")
      const [update, removal] = [group.update("carol"), group.remove("carol", "alice")]
      const answer = group.answer(update, "alice")
      const before = { message: { sender: group.member("carol"), seq: 2 } }
      group.holds(removal, "bob", before)
      const missing = { message: { sender: alice, seq: 2 } }
      for (let seq = 4; seq <= 72; seq++) group.holds({ envelope: strangers(group.id, alice, seq) }, "bob", missing)
      group.holds(answer, "bob", before)
      const refused = [72, 71, 70, 69, 68].map((seq) => group.refusedLater("alice", seq, clauses["held-limit"]))
      group.deliver(update, "bob", 3, [{ message: { sender: alice, seq: 3 } }], refused)
    },
  )

/** An envelope that nobody has signed with a message that nobody has made, and bytes for its receiver. */
const unsigned = (control: ControlMessage, cut: Uint8Array | null, length = 0): string => {
  const directs = length === 0 ? {} : { [filled(1, 16)]: new Uint8Array(length) }
  return Hex.encode(
    encodeWire(Envelope, {
      type: "envelope",
      items: [{ control, signingKey: null, cut, chain: null, directs }],
      signature: new Uint8Array(64),
    }),
  )
}

/** An envelope of this length that nobody has signed. */
const unsignedOf = (group: string, sender: string, seq: number, length: number): string => {
  const control = { type: "ack", group, sender, seq, ofSender: filled(0xef, 16), ofSeq: 1 } as const
  // Its head has as many bytes for each direct message of 256 bytes or more.
  const rest = unsigned(control, null, 256).length / 2 - 256
  return unsigned(control, null, length - rest)
}

/** An add that nobody has signed. */
const unsignedAdd = (group: string, sender: string, seq: number, user: string): string => {
  const key = new Uint8Array(32)
  return unsigned({ type: "add", group, sender, seq, user, history: key, commitment: key }, key)
}

/** Bob holds adds by Alice, by the one whom she adds, and by a stranger, and the strangers' share is full. Then comes one more envelope. */
const adders = (id: string, title: string, crowded: "erin" | "frank"): ReadonlyArray<Case> =>
  twins(
    `broadcast/${id}`,
    clauses["held-limit"],
    title,
    (author) => {
      const group = BroadcastGroup.acquainted(author, abc)
      const [alice, nobody] = [group.member("alice"), filled(0xee, 16)]
      const give = (envelope: string) => author.accepts("broadcast.receive", { on: "bob", envelope })
      give(unsignedAdd(group.id, alice, 9, "dave"))
      const dave = memberId(group.id, "dave", alice, 9)
      give(unsignedAdd(group.id, dave, 9, "erin"))
      give(unsignedAdd(group.id, nobody, 9, "frank"))
      const added = { erin: memberId(group.id, "erin", dave, 9), frank: memberId(group.id, "frank", nobody, 9) }
      const most = maximumHeld.strangers / leastHeld
      // The stranger's add counts as well.
      for (let seq = 3; seq < 34; seq++) give(strangers(group.id, added.erin, seq))
      for (let seq = 3; seq < most + 2 - 31; seq++) give(strangers(group.id, added.frank, seq))
      return fork(
        "broadcast.receive",
        { on: "bob", envelope: strangers(group.id, dave, 99) },
        { envelope: strangers(group.id, added[crowded], 99) },
      )
    },
    [clauses.shares],
  )

const added = (): ReadonlyArray<Case> => [
  ...adders(
    "held-adders",
    "What is in the name of one whom a member adds has the member's share; not so whom that one adds in turn",
    "erin",
  ),
  ...adders("held-by-a-stranger", "What is in the name of one whom a stranger adds has the strangers' share", "frank"),
]

const inBytes = (): ReadonlyArray<Case> =>
  twins(
    "broadcast/held-limit-in-bytes",
    clauses["held-limit"],
    "A stranger's envelope of 8,192 bytes, where there is room for so much, has one byte more",
    (author) => {
      author.accepts("keys.generate", { on: "bob", user: "bob", seed: filled(1, 32) })
      const [group, nobody] = [filled(3, 16), filled(0xee, 16)]
      const of = (length: number) => unsignedOf(group, nobody, 1, length)
      const room = 2 * leastHeld
      author.claim(of(room).length / 2 === room, "the envelope is as long as wanted")
      const most = (maximumHeld.strangers - room) / leastHeld
      for (let seq = 3; seq < most + 3; seq++) author.accepts("broadcast.receive", { on: "bob", envelope: strangers(group, nobody, seq) })
      return fork("broadcast.receive", { on: "bob", envelope: of(room) }, { envelope: of(room + 1) })
    },
  )

const equalShares = (): Case => {
  const others = Array.from({ length: 16 }, (_, index) => `user-${String(index + 1).padStart(2, "0")}`)
  return aCase(
    "broadcast/held-equal-shares",
    {
      title:
        "There is room for 16 shares of 64 envelopes: when somebody else sends one of 12,288 bytes, the strangers lose, and then the smallest member loses an add, and with it the share of the added one",
      clauses: [clauses["held-limit"], clauses.shares],
    },
    (author) => {
      const group = new BroadcastGroup(author, ["alice", ...others])
      for (const user of others) group.introduce("alice", user)
      const create = group.create(["alice", ...others])
      group.deliver(create, "user-01")
      const [alice, ...members] = ["alice", ...others.slice(1)].map((user) => group.member(user)) as [string, ...Array<string>]
      const nobody = filled(0, 16)
      const each = maximumHeld.strangers / leastHeld
      const give = (member: string, seq: number) =>
        author.accepts("broadcast.receive", { on: "user-01", envelope: strangers(group.id, member, seq) }).refused
      const [smallest, ...rest] = [...members].sort() as [string, ...Array<string>]
      const added = memberId(group.id, "xavier", smallest, each)
      for (const seq of [3, 4]) give(added, seq)
      for (let seq = 3; seq < each; seq++) give(smallest, seq)
      author.accepts("broadcast.receive", { on: "user-01", envelope: unsignedAdd(group.id, smallest, each, "xavier") })
      for (const member of [...rest, nobody]) for (let seq = 3; seq < each + 3; seq++) give(member, seq)
      const claimLost = (refused: ReadonlyArray<unknown>, ...all: ReadonlyArray<readonly [string, number]>) => {
        const wanted = all.map(([sender, seq]) => ({ sender, seq, clause: clauses["held-limit"].id }))
        author.claim(JSON.stringify(refused) === JSON.stringify(wanted), `what is lost is ${JSON.stringify(wanted)}`)
      }
      const long = unsignedOf(group.id, alice, 3, 3 * leastHeld)
      const { refused } = author.accepts("broadcast.receive", { on: "user-01", envelope: long })
      claimLost(refused, [nobody, each + 2], [smallest, each], [nobody, each + 1])
    },
  )
}

const seenBy = (user: string, one: Case): Case => ({
  ...one,
  steps: one.steps.filter(({ params }: Step) => params.on === user),
})

/** In whose share what is held counts, and what a share loses. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-shares", layer: "broadcast", flags: {} }, () => [
  ...[...added(), ...inBytes(), takenBeforeBound()].map(ofBob),
  seenBy("user-01", equalShares()),
])
