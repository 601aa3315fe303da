/**
 * A play: a group of four that is partitioned, in which two commit at the same time, and one proposes to some what it does not show to others.
 *
 * @module
 */
import { violationsAtRest } from "../../reference/delivery-service/simulation/properties.ts"
import { type Move, nothingPlayed, type Played, play as playMoves } from "../../reference/delivery-service/simulation/schedule.ts"
import { handleOf, type Process, settledWorld, type World } from "../../reference/delivery-service/simulation/world.ts"

const people: Readonly<Record<string, string>> = { A: "Alice", B: "Bob", C: "Carol", D: "Dave" }

const named = (handle: string): string => (handle === "D'1" ? "Dave's other face" : people[handle]!)

/** One scene: what is said, and what happens then. */
interface Scene {
  readonly says: string
  readonly moves: ReadonlyArray<Move>
}

const scenes: ReadonlyArray<Scene> = [
  {
    says: "The network falls apart: Alice and Bob here, Carol and Dave there. Alice and Carol commit at the same time.",
    moves: [
      {
        cut: [
          ["A", "B"],
          ["C", "D"],
        ],
      },
      { propose: "update", by: "B", as: "Bob's update" },
      { propose: "update", by: "D", as: "Dave's update" },
      { drain: "fifo" },
      { commit: null, by: "A", as: "Alice's commit" },
      { commit: null, by: "C", as: "Carol's commit" },
      { drain: "fifo" },
    ],
  },
  {
    says: "The network is whole again. What was sent arrives, and what is waited for is waited for.",
    moves: [{ heal: true }, { settle: 100 }],
  },
  {
    says: "Now Dave, who is faulty, shows one commit to Alice and Bob, and another to Carol.",
    moves: [
      { propose: "update", by: "A", as: "Alice's update" },
      { drain: "fifo" },
      { commit: ["Alice's update"], by: "D", as: "Dave's commit" },
      { commit: [], by: "D'1", as: "Dave's other commit" },
      { drain: "seed demo" },
      { settle: 100 },
    ],
  },
  {
    says: "Bob proposes to remove Dave, and commits it. Dave may vote on it.",
    moves: [
      { propose: "remove", by: "B", who: "D", as: "Dave's removal" },
      { drain: "fifo" },
      { commit: ["Dave's removal"], by: "B", as: "Bob's commit" },
      { settle: 100 },
    ],
  },
]

const evidence = {
  "unique-commit": "all at once",
  "unique-set": "after a conflict, among the authors",
  precommitted: "by a consensus of all",
} as const

const tellOne = (process: Process, played: Played, from: number): ReadonlyArray<string> => {
  const nameOf = (ref: string) => [...played.names].find(([, known]) => known === ref)?.[0] ?? "something"
  return process.events.slice(from).map((event) => {
    if (event.type === "proposal") return `hears of ${nameOf(event.ref)}`
    if (event.type !== "commit") return event.type === "removed" ? "is no member any more" : event.type
    const decided = process.state?.past.find(({ decide }) => decide.epoch === event.epoch)
    return `ends epoch ${event.epoch} by ${nameOf(event.ref)} (decided ${evidence[decided!.decide.evidence.type]})`
  })
}

const tell = (world: World, played: Played, told: Map<Process, number>, print: (line: string) => void): void => {
  for (const process of world.processes) {
    const lines = tellOne(process, played, told.get(process) ?? 0)
    told.set(process, process.events.length)
    if (!process.isFaulty || lines.length > 0)
      print(`  ${named(handleOf(process))}: ${lines.length === 0 ? "nothing happens" : lines.join("; ")}`)
  }
}

/** Plays, line by line. */
export const play = (print: (line: string) => void): void => {
  const world = settledWorld(["A", "B", "C", "D"], new Map([["D", [["A", "B"], ["C"]]]]))
  const played = nothingPlayed()
  const told = new Map<Process, number>()
  print("Alice, Bob, Carol and Dave are a group without a server. One of four may be faulty.")
  for (const { says, moves } of scenes) {
    print("")
    print(says)
    playMoves(world, moves, played)
    tell(world, played, told, print)
  }
  print("")
  const keys = new Set(world.processes.filter(({ isFaulty }) => !isFaulty).map(({ state }) => state!.tree.authenticator.join()))
  print(keys.size === 1 ? "Alice, Bob and Carol have the same key." : "The keys differ!")
  const wrong = violationsAtRest(world)
  print(wrong.length === 0 ? "Nothing that must hold was broken." : wrong.join("; "))
  const sent = [...world.sent].map(([kind, count]) => `${count} ${kind}`).join(", ")
  print(`Sent: ${sent}.`)
}
