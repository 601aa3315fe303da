import { clauses } from "../../../spec/dcgka/two-party-messaging.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { acquainted, type Person, peerOf, receive, send } from "./two-party-messaging.ts"

type Order = string

const orders = (sends: number, receives: number): ReadonlyArray<Order> => {
  if (sends === 0) return ["r".repeat(receives)]
  if (receives === 0) return ["s".repeat(sends)]
  return [...orders(sends - 1, receives).map((rest) => `s${rest}`), ...orders(sends, receives - 1).map((rest) => `r${rest}`)]
}

/** Plays the two orders against each other; gives the events in one order that fits both, or undefined when none does. */
const schedule = (orderOf: Record<Person, Order>): ReadonlyArray<readonly [Person, "s" | "r"]> | undefined => {
  const at = { alice: 0, bob: 0 }
  const sent = { alice: 0, bob: 0 }
  const received = { alice: 0, bob: 0 }
  const events: Array<readonly [Person, "s" | "r"]> = []
  for (;;) {
    const isEnabled = (person: Person) => {
      const event = orderOf[person][at[person]]
      return event === "s" || (event === "r" && received[person] < sent[peerOf(person)])
    }
    const person = (["alice", "bob"] as const).find(isEnabled)
    if (person === undefined) break
    const event = orderOf[person][at[person]++] as "s" | "r"
    if (event === "s") sent[person]++
    else received[person]++
    events.push([person, event])
  }
  return events.length === orderOf.alice.length + orderOf.bob.length ? events : undefined
}

const crossing = (alice: Order, bob: Order): ReadonlyArray<Case> => {
  const events = schedule({ alice, bob })
  if (events === undefined) return []
  const write = (author: Author) => {
    acquainted(author)
    const queue: Record<Person, Array<readonly [string, string]>> = { alice: [], bob: [] }
    const count = { alice: 0, bob: 0 }
    for (const [person, event] of events) {
      if (event === "s") {
        const text = `${person} ${++count[person]}`
        queue[person].push([send(author, person, text), text])
      } else {
        const [message, text] = queue[peerOf(person)].shift()!
        receive(author, person, message, text)
      }
    }
  }
  const about = {
    title: `Three messages each way: Alice does ${alice}, Bob does ${bob} (s sends, r receives)`,
    clauses: [clauses["key-choice"], clauses["key-deleted"]],
    flags: ["CrossingMessages"],
  }
  return [aCase(`channel/crossing-${alice}-${bob}`, about, write)]
}

/**
 * Every interleaving of three messages a side. Events at different sides that do not depend on each other commute, so an interleaving is the pair of the
 * orders of events at each side; those of fewer messages are beginnings of these.
 */
export default caseFile(
  {
    part: "dcgka",
    chapter: "two-party-messaging-crossings",
    layer: "channel",
    flags: {
      CrossingMessages: {
        note: "Messages of both sides are under way at once.",
        effect: "A port that keeps one key in place of several loses messages.",
      },
    },
  },
  () => orders(3, 3).flatMap((alice) => orders(3, 3).flatMap((bob) => crossing(alice, bob))),
)
