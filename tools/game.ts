/**
 * `npm run game`: the security game (chapter "security-game" of dcgka). Every call of a primitive is noted, with its real bytes; all that an adversary can compute from what was sent and from the states that it takes is computed; and
 * held against what the chapter calls safe.
 *
 * - `--deep`: what takes long. Without it, what takes some minutes.
 * - `--explored 3,2,0`: all schedules of what members start at once, as in `npm run explore`: a group, how many start something, whether one further operation follows. `--scenario name`: only that one. May be repeated.
 * - `--channels n`: all interleavings of a channel with n messages of each side.
 * - `--conversations n`: n random conversations of messengers, with the seeds from `--seed` (0) on.
 * - `--lost`, `--stored`: a conversation in which messages are lost; one that is kept in a file.
 * - `--leak name`: with one of the leaks of tools/game/leaks.ts put into the reference. `--leaks` names them.
 *
 * Exit code 0 when nothing safe could be derived, 1 otherwise.
 *
 * @module
 */
import { parseArgs } from "node:util"
import { SingleBar } from "cli-progress"
import { applyLeak, leaks } from "./game/leaks.ts"

const { values } = parseArgs({
  options: {
    deep: { type: "boolean", default: false },
    explored: { type: "string", multiple: true },
    scenario: { type: "string" },
    channels: { type: "string" },
    conversations: { type: "string" },
    seed: { type: "string", default: "0" },
    lost: { type: "boolean", default: false },
    stored: { type: "boolean", default: false },
    leak: { type: "string" },
    leaks: { type: "boolean", default: false },
  },
})

if (values.leak !== undefined) applyLeak(values.leak)

// Loaded only now, so that the leak is in place.
const { noGame } = await import("./game/challenges.ts")
const { countScenarios, playAll } = await import("./game/explored.ts")
const { interleavings, playChannel } = await import("./game/channels.ts")
const { playConversation, playLost, playStored } = await import("./game/conversations.ts")
const { boundsOf } = await import("./explore/sets.ts")
const { toyPrimitives } = await import("../reference/simulation/toy-primitives.ts")

const print = (text: string) => process.stdout.write(`${text}\n`)

let found = 0

const report = (title: string, counts: ReturnType<typeof noGame>): void => {
  const { traces, corruptions, gone, voices, challenges, limit } = counts
  print(`${title}: ${traces} traces, ${corruptions} corruptions, ${gone} used values looked for, ${voices} signing keys looked for`)
  for (const [judgement, byType] of Object.entries(challenges)) {
    for (const [type, { challenges: made, derivable }] of Object.entries(byType)) {
      print(`  ${judgement} ${type}: ${made} challenges, ${derivable} derivable`)
    }
  }
  if (limit === undefined) return
  print(`  the limit of figure 4: ${limit.says}`)
  for (const line of limit.schedule) print(`      ${JSON.stringify(line)}`)
}

const bar = (title: string, total: number) => {
  const shown = process.stderr.isTTY ? new SingleBar({ format: `${title} {bar} {value}/{total}`, stream: process.stderr }) : undefined
  shown?.start(total, 0)
  return { tick: () => shown?.increment(), stop: () => shown?.stop() }
}

const tell = (title: string, play: (counts: ReturnType<typeof noGame>) => void): void => {
  const counts = noGame()
  try {
    play(counts)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    found++
    print(`${title}: ${error.message}`)
  }
  report(title, counts)
}

const explored = (text: string): void => {
  const bounds = boundsOf(text)
  if (bounds === undefined) throw new Error(`no bounds: ${text}`)
  const { base, starters, further } = bounds
  const game = { base, starters, further, taken: 2 as const, only: values.scenario }
  const counts = noGame()
  const progress = bar(text, countScenarios(game))
  const findings = playAll(game, counts, 5, progress.tick)
  progress.stop()
  report(text, counts)
  for (const { scenario, says, schedule } of findings) {
    found++
    print(`  ${scenario}\n    ${says}`)
    for (const line of schedule) print(`      ${JSON.stringify(line)}`)
  }
}

const channels = (sends: number): void =>
  tell(`channels, ${sends} messages of each side`, (counts) => {
    const all = interleavings(sends)
    const progress = bar("channels", all.length)
    for (const steps of all) {
      playChannel(toyPrimitives, steps, counts)
      progress.tick()
    }
    progress.stop()
  })

const users = ["alice", "bob", "carol", "dave"]

const conversations = (count: number): void => {
  const first = Number(values.seed)
  for (const [heal, title] of [
    [0, "conversations"],
    [1, "conversations, healing"],
  ] as const) {
    tell(title, (counts) => {
      const progress = bar(title, count)
      for (let seed = first; seed < first + count; seed++) {
        playConversation(toyPrimitives, users, { delay: seed % 2, heal }, seed, 12, counts)
        progress.tick()
      }
      progress.stop()
    })
  }
}

const lost = () => tell("lost messages", (counts) => playLost(toyPrimitives, counts))
const stored = () => tell("a store", (counts) => playStored(toyPrimitives, Number(values.seed), counts))

if (values.leaks) {
  for (const { name, does } of leaks) print(`${name}: ${does}`)
} else {
  const { explored: sets, channels: sends, conversations: count } = values
  for (const text of sets ?? []) explored(text)
  if (sends !== undefined) channels(Number(sends))
  if (count !== undefined) conversations(Number(count))
  if (values.lost) lost()
  if (values.stored) stored()
  if (sets === undefined && sends === undefined && count === undefined && !values.lost && !values.stored) {
    const { deep } = values
    for (const text of deep
      ? ["2,2,0", "3,2,0", "3r,2,0", "4r,2,0", "2,2,1", "4,2,0", "3,3,0", "3r,2,1"]
      : ["2,2,0", "3,2,0", "3r,2,0", "4r,2,0"])
      explored(text)
    channels(deep ? 3 : 2)
    conversations(deep ? 200 : 20)
    lost()
    stored()
  }
  print(`${found} findings`)
}
process.exitCode = found === 0 ? 0 : 1
