/**
 * A play: a group of four that is partitioned, in which two commit at the same time, and of whom one is faulty and shows different commits to different members.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import { violationsAtRest } from "../../reference/delivery-service/simulation/properties.ts"
import { type Move, nothingPlayed, type Played, play as playMoves } from "../../reference/delivery-service/simulation/schedule.ts"
import { handleOf, type Process, settledWorld } from "../../reference/delivery-service/simulation/world.ts"

const people: Readonly<Record<string, string>> = { A: "Alice", B: "Bob", C: "Carol", D: "Dave", "D'1": "Dave's other face" }

const nameOf = (process: Process): string => people[handleOf(process)]!

/** One scene: its title, what is said, what happens then, and what to make of it. */
interface Scene {
  readonly title: string
  readonly says: string
  readonly moves: ReadonlyArray<Move>
  readonly means: string
}

const scenes: ReadonlyArray<Scene> = [
  {
    title: "The network falls apart",
    says: "Alice and Bob cannot reach Carol and Dave. Bob and Dave each propose a new key of their own; Alice and Carol each commit what they know, at the same time.",
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
    means: "Two of four are too few to decide, so no half goes its own way.",
  },
  {
    title: "The network is whole again",
    says: "What was sent arrives. There are two commits for one epoch, each with two supporters.",
    moves: [{ heal: true }, { settle: 100 }],
    means: "All have agreed on one of the two; Carol's commit is void, and she may make another in the new epoch.",
  },
  {
    title: "Dave cheats",
    says: "Dave is faulty. He shows one commit to Alice and Bob, and by a second face another one to Carol, so that they would end up with different keys.",
    moves: [
      { propose: "update", by: "A", as: "Alice's update" },
      { drain: "fifo" },
      { commit: ["Alice's update"], by: "D", as: "Dave's commit" },
      { commit: [], by: "D'1", as: "Dave's other commit" },
      { drain: "seed demo" },
      { settle: 100 },
    ],
    means:
      "It does not work: one of his commits is decided, for all. His other face made the other one, has no key that goes with the decision, and is out.",
  },
  {
    title: "Dave has to go",
    says: "Bob proposes to remove Dave, and commits it. Until that is decided, Dave may vote on it.",
    moves: [
      { propose: "remove", by: "B", who: "D", as: "Dave's removal" },
      { drain: "fifo" },
      { commit: ["Dave's removal"], by: "B", as: "Bob's commit" },
      { settle: 100 },
    ],
    means: "Three are left, with a key that Dave does not know.",
  },
]

const evidence = {
  "unique-commit": "at once: it was the only candidate",
  "unique-set": "after a conflict, which the authors settled among themselves",
  precommitted: "after a conflict, by a consensus of all",
} as const

const inWords = (names: ReadonlyArray<string>): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`

/** What a process was told since, in words. */
const told = ({ events, state }: Process, { names }: Played, since: number): ReadonlyArray<string> => {
  const called = (ref: string) => [...names].find(([, known]) => known === ref)?.[0] ?? "something"
  const news = events.slice(since)
  const proposals = news.flatMap((event) => (event.type === "proposal" ? [called(event.ref)] : [])).sort()
  const heard = proposals.length === 0 ? [] : [`told of ${inWords(proposals)}`]
  const rest = news.flatMap((event) => {
    if (event.type === "removed") return ["not a member any more"]
    if (event.type === "stuck") return [`stuck in epoch ${event.epoch}`]
    if (event.type !== "commit") return []
    const decided = state!.past.find(({ decide }) => decide.epoch === event.epoch)!
    return [`epoch ${event.epoch} is ended by ${called(event.ref)}, ${evidence[decided.decide.evidence.type]}`]
  })
  return [...heard, ...rest]
}

/** What all were told since, those together that were told the same. */
const tell = (shown: ReadonlyArray<Process>, played: Played, counts: ReadonlyMap<Process, number>, print: (line: string) => void): void => {
  const lines = shown.map((process) => ({ process, says: told(process, played, counts.get(process) ?? 0).join("; ") }))
  for (const [says, same] of Map.groupBy(lines, (line) => line.says)) {
    if (says !== "") print(`  ${inWords(same.map(({ process }) => nameOf(process)))}: ${says}.`)
  }
}

/** In which epoch the members are, and with which key. */
const stand = (shown: ReadonlyArray<Process>, print: (line: string) => void): void => {
  const members = shown.filter(({ state }) => state?.status === 0)
  const place = ({ state }: Process) => `in epoch ${state!.tree.epoch}, key ${Hex.encode(state!.tree.groupKey).slice(0, 8)}...`
  for (const [where, same] of Map.groupBy(members, place)) print(`  > ${inWords(same.map(nameOf))}: ${where}`)
}

const kinds: Readonly<Record<string, string>> = {
  "murmur-gossip": "proposals, gossiped",
  bundle: "bundles of WITNESSes and READYs, with the commits that they are about",
  endorse: "endorsements, between the authors of a conflict",
  retract: "retractions, between the authors of a conflict",
  decision: "decisions, each with its proof",
}

/** Plays, line by line. */
export const play = (print: (line: string) => void): void => {
  const world = settledWorld(["A", "B", "C", "D"], new Map([["D", [["A", "B"], ["C"]]]]))
  const played = nothingPlayed()
  const counts = new Map<Process, number>()
  print(
    "Alice, Bob, Carol and Dave are a group without a server. Members propose changes; a commit puts proposals into effect, ends the epoch, and gives",
  )
  print(
    "the group a new key. Which commit that is they agree on by voting, and one of the four may be faulty. Lines with > say where everybody stands.",
  )
  for (const [index, { title, says, moves, means }] of scenes.entries()) {
    print("")
    print(`${index + 1}. ${title}`)
    print(`   ${says}`)
    playMoves(world, moves, played)
    // Nobody knows of a second face before it is shown.
    const shown = world.processes.filter(({ face }) => face === 0 || index >= 2)
    tell(shown, played, counts, print)
    for (const process of world.processes) counts.set(process, process.events.length)
    stand(shown, print)
    print(`   ${means}`)
  }
  print("")
  const keys = new Set(world.processes.filter(({ isFaulty }) => !isFaulty).map(({ state }) => state!.tree.authenticator.join()))
  print(keys.size === 1 ? "Alice, Bob and Carol have the same key." : "The keys differ!")
  const wrong = violationsAtRest(world)
  print(wrong.length === 0 ? "Nothing that must hold was broken." : wrong.join("; "))
  print("Messages sent:")
  for (const [kind, count] of world.sent) print(`  ${String(count).padStart(4)} ${kinds[kind] ?? kind}`)
}
