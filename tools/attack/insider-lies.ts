/**
 * `npm run insider-lies`: signed lies of insiders. Envelopes whose messages have one to three things changed at random, rightly signed, the same bytes for all honest messengers. Nothing throws, what is refused
 * changes nothing, and no two honest members are apart without one of them having refused the liar's message.
 *
 * `--lies n` (20000), `--seed n` (0), `--real` for real primitives. Exit code 0 when nothing was found, 1 otherwise. Progress is shown on a terminal only.
 *
 * @module
 */
import { parseArgs } from "node:util"
import { SingleBar } from "cli-progress"
import { sameBytes } from "../../reference/conventions.ts"
import { nodePrimitives } from "../../reference/crypto/providers/node.ts"
import * as Messaging from "../../reference/dcgka/group-messaging.ts"
import { chooser } from "../../reference/simulation/conversation.ts"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import { check, type Violation } from "./checks.ts"
import { chosenLie } from "./fields.ts"
import { usePrimitives } from "./running.ts"
import { baseOf, begin, inWords, play } from "./scenario.ts"
import { moves } from "./search.ts"
import type { Lie } from "./telling.ts"
import { alive, Threw, type World } from "./world.ts"

/** What a run did. */
export interface LieCounts {
  told: number
  taken: number
  refused: number
}

/** A lie that broke something, and when. */
export interface Broken extends Violation {
  readonly group: number
  readonly before: ReadonlyArray<string>
  readonly lie: string
}

const encoded = (world: World): ReadonlyArray<Uint8Array> => world.honest.map(({ messenger }) => encodeWire(Messaging.Messenger, messenger))

const isAccepted = (says: string) => says === "accepted"

/** Tells one lie in a world of its own, and looks at what became of it. */
const tellOne = (from: World, lie: Lie, counts: LieCounts): ReadonlyArray<Violation> => {
  const world = from.fork()
  const before = encoded(world)
  if (!lie.tell(world)) return []
  counts.told++
  const packets = world.sent.slice(from.sent.length)
  const violations: Array<Violation> = []
  let isTaken = false
  for (const [index, { user }] of world.honest.entries()) {
    const was = world.person(user).messenger
    for (const packet of packets) {
      const { says, present } = world.give(user, packet)
      const isPresent = present || alive(world.person(user), world.group).length > 0
      if (isAccepted(says)) isTaken ||= isPresent
      else if (!sameBytes(before[index]!, encodeWire(Messaging.Messenger, was)))
        violations.push({ kind: "changed", says: `${user} refused it, and changed` })
      if (isAccepted(says)) break
    }
  }
  if (!isTaken) {
    counts.refused++
    return violations
  }
  counts.taken++
  for (const user of Object.keys(world.people))
    world.change(user, { inbox: world.person(user).inbox.filter((packet) => !packets.includes(packet)) })
  world.settle()
  const talk = () => {
    for (const { user } of world.honest) world.say(user)
    world.settle()
    return check(world)
  }
  return [...violations, ...check(world), ...talk()]
}

const attempt = (from: World, lie: Lie, counts: LieCounts): ReadonlyArray<Violation> => {
  try {
    return tellOne(from, lie, counts)
  } catch (error) {
    if (!(error instanceof Threw)) throw error
    return [{ kind: "threw", says: error.message }]
  }
}

const perGroup = 100

/** Tells so many lies; `tick` is called after each. */
export const insiderLies = (
  lies: number,
  seed: number,
  tick: () => void = () => {},
): { readonly counts: LieCounts; readonly broken: ReadonlyArray<Broken> } => {
  const counts: LieCounts = { told: 0, taken: 0, refused: 0 }
  const broken: Array<Broken> = []
  baseOf("member")
  for (let group = seed; counts.told < lies; group++) {
    const choose = chooser(group)
    let played = begin("member")
    for (let left = choose(6); left > 0; left--) played = play(played, moves[choose(moves.length)]!)
    for (let left = perGroup; left > 0 && counts.told < lies; left--) {
      const lie = chosenLie(played.world, choose)
      if (lie === undefined) continue
      const before = counts.told
      for (const violation of attempt(played.world, lie, counts)) {
        broken.push({ ...violation, group, before: played.steps.map(inWords), lie: lie.id })
      }
      if (counts.told > before) tick()
    }
  }
  return { counts, broken }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      lies: { type: "string", default: "20000" },
      seed: { type: "string", default: "0" },
      real: { type: "boolean", default: false },
    },
  })
  if (values.real) usePrimitives(nodePrimitives)
  const bar = process.stderr.isTTY ? new SingleBar({ format: "lies {bar} {value}/{total}", stream: process.stderr }) : undefined
  bar?.start(Number(values.lies), 0)
  const { counts, broken } = insiderLies(Number(values.lies), Number(values.seed), () => bar?.increment())
  bar?.stop()
  for (const { kind, says, group, before, lie } of broken) {
    process.stdout.write(`${kind}: ${says}\n  group ${group}: ${before.join(" | ")}\n  mallory: ${lie}\n`)
  }
  process.stdout.write(
    `${counts.told} lies: ${counts.refused} refused by all, ${counts.taken} taken by somebody; ${broken.length} violations\n`,
  )
  process.exitCode = broken.length === 0 ? 0 : 1
}
