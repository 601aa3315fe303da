/**
 * Longer scenarios of concurrency, by name: what people who use a group without a server will meet.
 *
 * @module
 */
import { isDue } from "../../../reference/simulation/locals.ts"
import { type Base, bases, labFor, worldOf } from "../../../reference/simulation/scenarios.ts"
import { toyPrimitives } from "../../../reference/simulation/toy-primitives.ts"
import { act, deliver, type Start, settle, type World, waysTo } from "../../../reference/simulation/world.ts"
import { clauses as membership } from "../../../spec/dcgka/group-membership.ts"
import { clauses } from "../../../spec/dcgka/key-agreement.ts"
import { type About, aCase, type Case, caseFile, withoutTraces } from "../author.ts"
import { playSchedule } from "./concurrency-play.ts"

const does = (world: World, by: string, kind: Start["kind"], user?: string): World => {
  const start: Start = { by, kind, ...(user === undefined ? {} : { user }) }
  return act(world, start, waysTo(world.locals[by]!, start)[0]!.member)
}

/** Everything that was sent among `names` is delivered among them. */
const among = (world: World, names: ReadonlyArray<string>): World => {
  let after = world
  for (let again = true; again; ) {
    again = false
    for (const sent of after.sent.filter(({ message }) => names.includes(message.by))) {
      for (const name of names) {
        const local = after.locals[name]
        if (local === undefined || !isDue(local, sent.message)) continue
        after = deliver(after, name, sent)
        again = true
      }
    }
  }
  return after
}

interface Scenario {
  readonly id: string
  readonly base: Base
  readonly about: About
  readonly play: (world: World) => World
  readonly replays?: boolean
}

const scenarios: ReadonlyArray<Scenario> = [
  {
    id: "partition-and-merge",
    base: bases["4"],
    about: {
      title: "A group is cut in two; both halves change it, and come together again",
      clauses: [membership.members, membership.view, clauses.recipients, clauses.forward, clauses.rekey],
    },
    play: (world) => {
      const left = ["alice", "bob", "erin/alice2"]
      const right = ["carol", "dave", "frank/dave3"]
      let after = among(does(world, "alice", "add", "erin"), left)
      after = among(does(after, "bob", "update"), left)
      after = among(does(after, "carol", "remove", "bob"), right)
      return among(does(after, "dave", "add", "frank"), right)
    },
  },
  {
    id: "late-joiner",
    base: bases["3"],
    about: {
      title: "A new member learns of its addition when the others have long gone on, and catches up",
      clauses: [membership.members, clauses.recipients],
    },
    play: (world) => {
      const present = ["alice", "bob", "carol"]
      let after = among(does(world, "alice", "add", "dave"), present)
      after = among(does(after, "bob", "update"), present)
      after = among(does(after, "carol", "add", "erin"), present)
      return among(does(after, "alice", "update"), present)
    },
  },
  {
    id: "removal-of-the-adder",
    base: bases["3"],
    about: {
      title: "An addition is cancelled by the removal of its adder, after somebody has answered it",
      clauses: [membership.members, clauses["cancelled-addition"], clauses["nobody-outside"]],
    },
    play: (world) =>
      among(does(among(does(world, "alice", "add", "dave"), ["alice", "carol", "dave/alice2"]), "bob", "remove", "alice"), [
        "bob",
        "carol",
      ]),
  },
  {
    id: "additions-by-the-added",
    base: bases["3"],
    about: {
      title: "Whom a member brings in while it is being removed, and whom those bring in, are members for nobody who knows",
      clauses: [membership.members, membership.view, clauses["cancelled-addition"], clauses["nobody-outside"]],
    },
    play: (world) => {
      const cut = ["alice", "dave/alice2", "erin/dave/alice22"]
      const removed = among(does(world, "bob", "remove", "alice"), ["bob", "carol"])
      const added = among(does(removed, "alice", "add", "dave"), cut)
      return among(does(added, "dave/alice2", "add", "erin"), cut)
    },
  },
  {
    id: "removed-member-keeps-sending",
    base: bases["3"],
    about: {
      title: "A member who does not know of its removal goes on; those who do not know either follow, and in the end it is out",
      clauses: [membership.members, membership.view, clauses.recipients, clauses["nobody-outside"]],
    },
    play: (world) => {
      const unaware = ["bob", "carol"]
      const removed = does(world, "alice", "remove", "carol")
      const updated = among(does(removed, "carol", "update"), unaware)
      return among(does(among(does(updated, "carol", "add", "dave"), unaware), "carol", "update"), ["alice", ...unaware])
    },
  },
  {
    id: "replayed-messages",
    base: bases["3"],
    about: {
      title: "Everything that was sent comes a second time, and is ignored",
      clauses: [membership.members, clauses.recipients],
    },
    play: (world) => settle(does(does(world, "alice", "add", "dave"), "bob", "update")),
    replays: true,
  },
]

const caseOf = ({ id, base, about, play, replays }: Scenario): Case => {
  const end = settle(
    play(
      worldOf(
        base,
        labFor(base, toyPrimitives, () => {}),
      ),
    ),
  )
  return withoutTraces(aCase(`concurrency/${id}`, about, (author) => playSchedule(author, base, end, replays)))
}

export default caseFile({ part: "dcgka", chapter: "concurrency-scenarios", layer: "key-agreement", flags: {} }, () => scenarios.map(caseOf))
