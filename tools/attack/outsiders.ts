/**
 * What those do who are no members, and what happens to an honest member without anybody's lying.
 *
 * @module
 */
import { lastDigest } from "../../reference/dcgka/causal-broadcast/state.ts"
import * as Messaging from "../../reference/dcgka/group-messaging.ts"
import { maximumStrangers } from "../../spec/dcgka/group-messaging.ts"
import { headOf, type Liar, lastOf, membershipOf, meOf, raw } from "./lies.ts"
import { type Lie, liarOf, put } from "./telling.ts"
import { junk } from "./voices.ts"
import { alive } from "./world.ts"

/** Of bob, whose program loads an older state again: what another program, or whoever restores a copy of its file, does to it. */
export const restarts: ReadonlyArray<Lie> = [
  {
    id: "bob's program says something, loads the state of before, and says something else",
    tell: (world) => {
      const before = world.person("bob")
      if (alive(before, world.group).length === 0) return false
      const say = (words: string) =>
        world.act("bob", words, (messenger) => Messaging.send(messenger, world.group, new TextEncoder().encode(words)))
      // It keeps no promise any more, and draws other numbers.
      world.change("bob", { honest: false })
      world.notebook = { ...world.notebook, restarted: "bob" }
      const isSaid = say("bob says one thing")
      world.change("bob", { messenger: before.messenger, seed: before.seed.toReversed() })
      return isSaid && say("bob says another thing")
    },
  },
]

/** A liar that knows the digest of another's last message. */
const withDigest = (liar: Liar, member: string, digest: Uint8Array): Liar => {
  const { messenger, group } = liar
  const known = membershipOf(liar)!
  const { signers } = known.broadcast
  const informed = { ...known, broadcast: { ...known.broadcast, signers: { ...signers, [member]: { ...signers[member]!, digest } } } }
  const memberships = messenger.groups[group]!.memberships.map((one) => (one === known ? informed : one))
  return { ...liar, messenger: { ...messenger, groups: { ...messenger.groups, [group]: { ...messenger.groups[group]!, memberships } } } }
}

/** Of zed, who is no member. */
export const outsiders: ReadonlyArray<Lie> = [
  {
    id: "a stranger sends alice 90 packets of junk in the names of nobody",
    tell: (world) => {
      if (alive(world.person("alice"), world.group).length === 0) return false
      world.send("zed", junk(world.group, "f".repeat(32), 90, 2), { to: ["alice"], first: world.racing })
      return true
    },
  },
  {
    id: "a stranger fills the room that frank has for groups that he is not in",
    tell: (world) => {
      if (Object.hasOwn(world.people, "frank")) return false
      world.enter("frank", true)
      world.change("frank", { cutOff: false })
      const groups = Array.from({ length: maximumStrangers }, (_, index) => (index + 1).toString(16).padStart(32, "0"))
      world.send(
        "zed",
        groups.flatMap((group) => junk(group, "f".repeat(32), 1, 1)),
        { to: ["frank"] },
      )
      return true
    },
  },
  {
    id: "zed, who was removed, acknowledges mallory's last",
    tell: (world) => {
      const [zed, mallory] = [liarOf(world, "zed"), liarOf(world, "mallory")]
      if (zed === undefined || mallory === undefined) return false
      const [member, ofSeq] = [meOf(mallory), lastOf(mallory, meOf(mallory))]
      const informed = withDigest(zed, member, lastDigest(membershipOf(mallory)!.broadcast, member))
      return put(world, "zed", raw(informed, { type: "ack", ...headOf(zed), ofSender: member, ofSeq }))
    },
  },
]
