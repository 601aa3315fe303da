/**
 * Lies in acknowledgements, and none where one is due.
 *
 * @module
 */
import type { ControlMessage } from "../../spec/dcgka/key-agreement.ts"
import {
  answerUncommitted,
  answerWithRatchet,
  headOf,
  type Liar,
  lastOf,
  memberOfUser,
  membersOf,
  meOf,
  operations,
  raw,
  type Told,
  tell,
} from "./lies.ts"
import { type Lie, liarOf, lie, otherSeed, put, withMember } from "./telling.ts"
import { sendAs } from "./voices.ts"

/** Mallory answers the addition that is on its way to it. */
const answering = (id: string, answer: (liar: Liar, packet: Uint8Array) => Told | undefined): Lie => ({
  id: `answers the addition that comes ${id}`,
  tell: (world) => {
    const { inbox } = world.person("mallory")
    const liar = liarOf(world, "mallory")
    const addition = inbox.find(({ is }) => is.startsWith("add "))
    const told = liar === undefined || addition === undefined ? undefined : answer(liar, addition.bytes)
    if (told === undefined) return false
    world.change("mallory", { messenger: told.messenger, inbox: inbox.filter((packet) => packet !== addition) })
    return put(world, "mallory", told)
  },
})

/** All of them. */
export const acknowledgements: ReadonlyArray<Lie> = [
  {
    id: "falls silent",
    tell: (world) => {
      world.change("mallory", { cutOff: true })
      return true
    },
  },
  lie("acknowledges alice's last, and what is before it not", (liar) => {
    const alice = memberOfUser(liar, "alice")
    if (alice === undefined || lastOf(liar, alice) === 0) return undefined
    return tell(liar, operations.acknowledge({ sender: alice, seq: lastOf(liar, alice) }))
  }),
  {
    id: "leaves out the acknowledgement of what comes, and acknowledges what comes after",
    tell: (world) => {
      const mallory = world.person("mallory")
      const pending = mallory.inbox.filter(({ honest }) => honest)
      const liar = liarOf(world, "mallory")
      if (pending.length < 2 || liar === undefined) return false
      // What it would know if it had handled both.
      const ahead = world.fork()
      for (const packet of pending.slice(0, 2)) ahead.give("mallory", packet)
      const informed = liarOf(ahead, "mallory")
      const last = pending[1]!
      const sender = Object.keys(informed === undefined ? {} : membersOf(informed)).find(
        (member) => membersOf(informed!)[member] === last.by,
      )
      if (informed === undefined || sender === undefined) return false
      const control: ControlMessage = { type: "ack", ...headOf(liar), ofSender: sender, ofSeq: lastOf(informed, sender) }
      return put(world, "mallory", raw(informed, { ...control, seq: headOf(liar).seq }))
    },
  },
  {
    id: "acknowledges what comes from alice in the name of bob",
    tell: (world) => {
      const ahead = world.fork()
      for (const packet of world.person("mallory").inbox) ahead.give("mallory", packet)
      const liar = liarOf(ahead, "mallory")
      const [alice, bob] = liar === undefined ? [] : [memberOfUser(liar, "alice"), memberOfUser(liar, "bob")]
      if (liar === undefined || alice === undefined || bob === undefined) return false
      return put(
        world,
        "mallory",
        sendAs(liar, bob, (head) => ({ type: "ack", ...head, ofSender: alice, ofSeq: lastOf(liar, alice) })),
      )
    },
  },
  answering("with another ratchet of its own", (liar, packet) => answerWithRatchet(liar, packet, otherSeed)),
  answering("with another ratchet of its own than it commits to", (liar, packet) => answerUncommitted(liar, packet, "dave", otherSeed)),
  lie("acknowledges itself", (liar) => raw(liar, { type: "ack", ...headOf(liar), ofSender: meOf(liar), ofSeq: 1 })),
  lie(
    "acknowledges what bob has not sent",
    withMember("bob", (liar, bob) => raw(liar, { type: "ack", ...headOf(liar), ofSender: bob, ofSeq: lastOf(liar, bob) + 7 })),
  ),
]
