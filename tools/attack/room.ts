/**
 * The room for what nobody has verified: that it is bounded, and whom it goes to.
 *
 * @module
 */
import { ourView } from "../../reference/dcgka/key-agreement.ts"
import { leastHeld, maximumHeld } from "../../spec/dcgka/causal-broadcast.ts"
import { leastLogged, leastWaiting, maximumLog, maximumWaiting } from "../../spec/dcgka/group-messaging.ts"
import { alive, type Person, type World } from "./world.ts"

type Membership = ReturnType<typeof alive>[number]

interface Kept {
  readonly sender: string
  readonly bytes: Uint8Array
}

/** How many bytes count of what is kept in the names of those who are no members, and whom no member is adding. */
const strangersPart = ({ broadcast: { agreement, held } }: Membership, kept: ReadonlyArray<Kept>, least: number): number => {
  const view = new Set(ourView(agreement))
  const added = new Set(held.filter(({ sender }) => view.has(sender)).map(({ makes }) => makes))
  const ofStrangers = kept.filter(({ sender }) => !view.has(sender) && !added.has(sender))
  return ofStrangers.reduce((sum, { bytes }) => sum + Math.max(bytes.length, least), 0)
}

/** What is held and has not been verified, and the bytes of the whole. */
const heldIn = ({ broadcast: { held } }: Membership): { readonly unverified: ReadonlyArray<Kept>; readonly all: number } => ({
  unverified: held.filter(({ withheld }) => withheld === null).map(({ sender, envelope: bytes }) => ({ sender, bytes })),
  all: held.reduce((sum, { envelope }) => sum + Math.max(envelope.length, leastHeld), 0),
})

/** What is kept of those who are no members is bounded, and takes no room of the members'. Gives how many checks were made. */
export const checkRoom = (world: World, say: (kind: string, says: string) => void): number => {
  let looked = 0
  for (const person of world.honest) {
    const group = person.messenger.groups[world.group]
    for (const membership of group === undefined ? [] : alive(person, world.group)) {
      looked++
      const { held } = membership.broadcast
      const { unverified, all } = heldIn(membership)
      const waiting = membership.waiting.map(({ sender, packet: bytes }) => ({ sender, bytes }))
      const logged = group!.log.map(({ sender, packet: bytes }) => ({ sender, bytes }))
      if (strangersPart(membership, unverified, leastHeld) > maximumHeld.strangers)
        say("room", `${person.user} holds ${held.length} envelopes of strangers`)
      if (all > maximumHeld.all) say("room", `${person.user} holds ${held.length} envelopes`)
      const withheld = held.filter((one) => one.withheld !== null).map(({ sender }) => sender)
      if (new Set(withheld).size < withheld.length) say("room", `${person.user} withholds two envelopes of one member`)
      if (strangersPart(membership, waiting, leastWaiting) > maximumWaiting.strangers)
        say("room", `${waiting.length} messages of strangers wait at ${person.user}`)
      if (membership === alive(person, world.group)[0] && strangersPart(membership, logged, leastLogged) > maximumLog.strangers)
        say("room", `${person.user} logs ${logged.length} packets of strangers`)
    }
  }
  return looked
}

/** Whether an envelope of one who was removed is held no more because strangers have taken the room that is left to it (limit dcgka.room-of-the-removed). */
export const isCrowdedOut = (
  world: World,
  person: Person,
  { member, clause }: { readonly member: string; readonly clause: string },
): boolean =>
  clause === "causal-broadcast.held-limit" &&
  alive(person, world.group).some((membership) => {
    const { agreement } = membership.broadcast
    const isFormer = Object.hasOwn(agreement.users, member) && !ourView(agreement).includes(member)
    return isFormer && strangersPart(membership, heldIn(membership).unverified, leastHeld) > maximumHeld.strangers - leastHeld
  })
