/**
 * `npm run game`: the security game (the chapters "security-game"). Every call of a primitive is noted, with its real bytes; all that an adversary can compute from what was sent and from the states that it takes is computed; and
 * held against what the chapter calls safe.
 *
 * - `--deep`: what takes long. Without it, what takes some minutes.
 * - `--explored 3,2,0`: all schedules of what members start at once, as in `npm run explore`: a group, how many start something, whether one further operation follows. `--scenario name`: only that one. May be repeated.
 * - `--channels n`: all interleavings of a channel with n messages of each side.
 * - `--conversations n`: n random conversations of messengers, with the seeds from `--seed` (0) on; with `--heal 0` only those without healing, with `--heal 1` only those with it.
 * - `--lost`, `--stored`: a conversation in which messages are lost; one that is kept in a file.
 * - `--contact`: a first contact, with every set of its keys and of states.
 * - `--mpenc n`: n random mpENC sessions; one with the ratchet, and one with published keys.
 * - `--tree-kem n`: n random lines of commits with the MLS back end.
 * - `--leak name`: with one of the leaks of tools/game/leaks.ts put into the reference. `--leaks` names them.
 *
 * In the end come the limits of the chapters "security" that have been seen, each with the first trace that shows it.
 *
 * Exit code 0 when nothing safe could be derived, 1 otherwise.
 *
 * @module
 */
import { parseArgs } from "node:util"
import { SingleBar } from "cli-progress"
import { putIn } from "./faults.ts"
import { leaks } from "./game/leaks.ts"

const { values } = parseArgs({
  options: {
    deep: { type: "boolean", default: false },
    explored: { type: "string", multiple: true },
    scenario: { type: "string" },
    channels: { type: "string" },
    conversations: { type: "string" },
    seed: { type: "string", default: "0" },
    heal: { type: "string" },
    lost: { type: "boolean", default: false },
    stored: { type: "boolean", default: false },
    contact: { type: "boolean", default: false },
    mpenc: { type: "string" },
    "tree-kem": { type: "string" },
    leak: { type: "string" },
    leaks: { type: "boolean", default: false },
  },
})

if (values.leak !== undefined) putIn(leaks, values.leak)

// Loaded only now, so that the leak is in place.
const { noGame } = await import("./game/challenges.ts")
const { countScenarios, playAll } = await import("./game/explored.ts")
const { interleavings, playChannel } = await import("./game/channels.ts")
const { playConversation, playLost, playStored } = await import("./game/conversations.ts")
const { playContact } = await import("./game/contacts.ts")
const { playMpenc, playPublished, playRatchet } = await import("./game/mpenc.ts")
const { playTreeKem } = await import("./game/tree-kem.ts")
const { boundsOf } = await import("./explore/sets.ts")
const { nodePrimitives } = await import("../reference/crypto/providers/node.ts")
const { toyPrimitives } = await import("../reference/simulation/toy-primitives.ts")
const { chapters } = await import("../spec/contents.ts")

const print = (text: string) => process.stdout.write(`${text}\n`)

let found = 0

type Counts = ReturnType<typeof noGame>

const limits: Counts["limits"] = new Map()

const report = (title: string, counts: Counts): void => {
  const { traces, corruptions, gone, voices, challenges } = counts
  print(`${title}: ${traces} traces, ${corruptions} corruptions, ${gone} used values looked for, ${voices} signing keys looked for`)
  for (const [judgement, byType] of Object.entries(challenges)) {
    for (const [type, { challenges: made, derivable }] of Object.entries(byType)) {
      print(`  ${judgement} ${type}: ${made} challenges, ${derivable} derivable`)
    }
  }
  for (const [id, shown] of counts.limits) if (!limits.has(id)) limits.set(id, shown)
}

const promised = chapters.flatMap((chapter) => chapter.limits)

const reportLimits = (): void => {
  for (const [id, { says, schedule }] of limits) {
    const owned = promised.find((one) => one.id === id)
    if (owned === undefined) throw new Error(`no chapter owns up to ${id}`)
    print(`${id}: ${owned.limit}\n  ${says}`)
    for (const line of schedule) print(`      ${JSON.stringify(line)}`)
  }
}

const bar = (title: string, total: number) => {
  const shown = process.stderr.isTTY ? new SingleBar({ format: `${title} {bar} {value}/{total}`, stream: process.stderr }) : undefined
  shown?.start(total, 0)
  return { tick: () => shown?.increment(), stop: () => shown?.stop() }
}

const tell = async (title: string, play: (counts: Counts) => void | Promise<void>): Promise<void> => {
  const counts = noGame()
  try {
    await play(counts)
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

const channels = (sends: number) =>
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

const first = Number(values.seed)

const ofSeeds = (title: string, count: number, play: (seed: number, counts: Counts) => void | Promise<void>) =>
  tell(title, async (counts) => {
    const progress = bar(title, count)
    for (let seed = first; seed < first + count; seed++) {
      await play(seed, counts)
      progress.tick()
    }
    progress.stop()
  })

const conversations = async (count: number) => {
  for (const [heal, title] of [
    [0, "conversations"],
    [1, "conversations, healing"],
  ] as const) {
    if (values.heal !== undefined && values.heal !== String(heal)) continue
    await ofSeeds(title, count, (seed, counts) => playConversation(toyPrimitives, users, { delay: seed % 2, heal }, seed, 12, counts))
  }
}

const lost = () => tell("lost messages", (counts) => playLost(toyPrimitives, counts))
const stored = () => tell("a store", (counts) => playStored(toyPrimitives, first, counts))
const contact = () => tell("first contact", (counts) => playContact(toyPrimitives, counts))

const mpenc = async (count: number) => {
  await ofSeeds("mpENC", count, (seed, counts) => playMpenc(nodePrimitives, seed, 8, counts))
  await tell("mpENC with the ratchet", (counts) => playRatchet(nodePrimitives, counts))
  await tell("mpENC with published keys", (counts) => playPublished(nodePrimitives, counts))
}

const treeKem = (count: number) => ofSeeds("TreeKEM", count, (seed, counts) => playTreeKem(toyPrimitives, seed, 8, counts))

const sets = values.explored ?? []

const asked: ReadonlyArray<(() => void | Promise<void>) | false | undefined> = [
  ...sets.map((text) => () => explored(text)),
  values.channels !== undefined && (() => channels(Number(values.channels))),
  values.contact && contact,
  values.conversations !== undefined && (() => conversations(Number(values.conversations))),
  values.lost && lost,
  values.stored && stored,
  values.mpenc !== undefined && (() => mpenc(Number(values.mpenc))),
  values["tree-kem"] !== undefined && (() => treeKem(Number(values["tree-kem"]))),
]

const { deep } = values
const usual = ["2,1,0", "2,2,0", "3,2,0", "3r,2,0", "4r,2,0"]
const beyond = ["2,2,1", "4,2,0", "3,3,0", "3r,2,1"]
const all = [
  ...(deep ? [...usual, ...beyond] : usual).map((text) => () => explored(text)),
  () => channels(deep ? 3 : 2),
  contact,
  () => conversations(deep ? 200 : 20),
  lost,
  stored,
  () => mpenc(deep ? 100 : 10),
  () => treeKem(deep ? 300 : 30),
]

if (values.leaks) {
  for (const { name, does } of leaks) print(`${name}: ${does}`)
} else {
  const chosen = asked.filter((one) => typeof one === "function")
  for (const play of chosen.length > 0 ? chosen : all) await play()
  reportLimits()
  print(`${found} findings`)
}
process.exitCode = found === 0 ? 0 : 1
