/**
 * Runs with a member that sends any well-formed bytes: messages of its own and of others with a field changed, signed again where it has the key, and commits that some cannot decrypt. Whatever it does, the properties hold, and every
 * answer is a verdict.
 *
 * @module
 */
import { Result } from "effect"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import type { CascadeMessage, CommitValue } from "../../../spec/delivery-service/cascade.ts"
import type { Statement } from "../../../spec/delivery-service/cooperation.ts"
import { DeliveryMessage, statuses } from "../../../spec/delivery-service/delivery-service.ts"
import { proposalInput, voteInput } from "../../../spec/delivery-service/global-consensus.ts"
import { phases, retractInput } from "../../../spec/delivery-service/restrained-consensus.ts"
import { SymbolicWelcome } from "../../../spec/delivery-service/tree-kem.ts"
import { bytesOf } from "../../conventions.ts"
import { signCommit } from "../cascade.ts"
import { signedBytes } from "../cooperation/settle.ts"
import { join, restore } from "../delivery-service.ts"
import { coveredByEndorse } from "../restrained-consensus.ts"
import { violations, violationsAtRest } from "./properties.ts"
import { type Stream, streamOf } from "./random.ts"
import { play } from "./schedule.ts"
import { unreadable } from "./unreadable.ts"
import { appear, commitIn, launch, type Process, processOf, proposeIn, runAs, settledWorld, type World } from "./world.ts"

const honest = ["A", "B", "C"]

/** Another value of the same form, somewhere in `value`. */
const altered = (value: unknown, random: Stream): unknown => {
  if (typeof value === "number") return random.pick([0, value + 1, Math.max(0, value - 1), 0xffff])
  if (typeof value === "string") return /^([0-9a-f]{2})+$/u.test(value) ? random.pick(["00".repeat(value.length / 2), value]) : value
  if (value instanceof Uint8Array) return value.map((byte, index) => (index === 0 ? byte ^ 1 : byte))
  if (Array.isArray(value)) {
    const at = random.below(Math.max(1, value.length))
    const how = random.below(4)
    if (value.length === 0 || how === 0) return value.slice(0, at)
    if (how === 1) return [...value, value[at]]
    if (how === 2) return value.toReversed()
    return value.map((one, index) => (index === at ? altered(one, random) : one))
  }
  if (value === null || typeof value !== "object") return value
  const key = random.pick(Object.keys(value).filter((name) => name !== "type"))
  const record = value as Readonly<Record<string, unknown>>
  return { ...record, [key]: random.below(8) === 0 ? null : altered(record[key], random) }
}

/** Whatever the liar can sign in a message, signed again. */
const signedBy = (world: World, liar: Process, message: CascadeMessage): CascadeMessage => {
  const { tree, cascade } = liar.state!
  const { signingSecretKey: key, me } = tree
  const { primitives } = world
  const sign = (covered: Uint8Array) => primitives.ed25519Sign(key, covered)
  const group = bytesOf(message.group)
  const stated = (one: Statement, instance: number) =>
    one.signer === me ? { ...one, signature: sign(signedBytes({ ...cascade.first, instance }, one)) } : one
  const valued = (one: CommitValue) =>
    one.author === me ? Result.getOrThrow(runAs(world, liar.seed, signCommit(cascade.electorate, key, one))).value : one
  switch (message.type) {
    case "bundle":
      return {
        ...message,
        statements: message.statements.map((one) => stated(one, message.instance)),
        commits: message.commits.map(valued),
      }
    case "endorse":
      if (message.endorser !== me) return message
      return { ...message, signature: sign(Result.getOrThrow(runAs(world, liar.seed, coveredByEndorse(message)))) }
    case "retract":
      return message.retractor === me ? { ...message, signature: sign(encodeCbor(retractInput(group, message.epoch, me))) } : message
    case "set-proposal":
      if (message.proposer !== me) return message
      return { ...message, signature: sign(encodeCbor(proposalInput(group, message.epoch, { ...message, ref: bytesOf(message.ref) }))) }
    case "prevote":
    case "precommit": {
      if (message.voter !== me) return message
      const kind = message.type === "prevote" ? 5 : 6
      const content = { ...message, kind, ref: message.ref === null ? null : bytesOf(message.ref) }
      return { ...message, signature: sign(encodeCbor(voteInput(group, message.epoch, content))) }
    }
    default:
      return message
  }
}

/** A message that was sent, with up to three fields changed; undefined when that has no form. */
const lieOf = (world: World, liar: Process, random: Stream): DeliveryMessage | undefined => {
  const said = world.messages.slice(-40)
  if (said.length === 0) return undefined
  let lie: unknown = random.pick(said)
  for (let count = random.below(3); count >= 0; count--) lie = altered(lie, random)
  try {
    const encoded = decodeWire(DeliveryMessage, encodeWire(DeliveryMessage, lie as DeliveryMessage))
    if (Result.isFailure(encoded)) return undefined
    const message = encoded.success
    return message.type === "agreement" ? { ...message, message: signedBy(world, liar, message.message) } : message
  } catch {
    // What cannot be encoded is no message.
    return undefined
  }
}

const tell = (world: World, liar: Process, lie: DeliveryMessage | undefined, users: ReadonlyArray<string>): void => {
  if (lie === undefined) return
  for (const to of users) launch(world, liar, processOf(world, to), lie)
}

/** Whether somebody that altered a correct member's ENDORSE has ended restrained consensus with it. */
const endsByRelay = (world: World, random: Stream): boolean => {
  const said = world.messages.flatMap((one) => (one.type === "agreement" && one.message.type === "endorse" ? [one.message] : []))
  const begun = honest.map((user) => processOf(world, user)).filter(({ state }) => state?.cascade.restrained.phase === phases.begun)
  if (said.length === 0 || begun.length === 0) return false
  const victim = random.pick(begun)
  const { endorser } = random.pick(said)
  if (endorser === victim.state!.tree.me || endorser === processOf(world, "D").state!.tree.me) return false
  const endorse = said.findLast((one) => one.endorser === endorser)!
  const before = world.answers.length
  const cut: DeliveryMessage = { type: "agreement", message: { ...endorse, certificates: [] } }
  launch(world, processOf(world, "D"), victim, cut)
  play(world, [{ deliver: world.flights.at(-1)!.id }])
  return world.answers.length === before && victim.state!.cascade.restrained.phase === phases.ended
}

/** A newcomer joins by its welcome, with a field changed in different ways. */
const joins = (random: Stream): void => {
  const world: World = { ...settledWorld(["A", "B"]), calls: [] }
  const { outside, seed } = appear(world, "E")
  const founder = processOf(world, "A")
  proposeIn(world, founder, { type: "add", keyPackage: outside.keyPackage })
  commitIn(world, founder, null)
  play(world, [{ settle: 50 }])
  const sent = world.messages.find((one) => one.type === "welcoming")
  const said = Result.getOrThrow(decodeWire(SymbolicWelcome, sent?.type === "welcoming" ? sent.welcome : new Uint8Array()))
  for (let count = 0; count < 20; count++) {
    let lie: Uint8Array | undefined
    try {
      lie = encodeWire(SymbolicWelcome, altered(said, random) as SymbolicWelcome)
    } catch {
      continue
    }
    runAs(world, seed, join(outside, lie, 0, []))
  }
}

/** One run of four members, of whom D lies, over some epochs; what was found, and how many lies were told. */
const lyingRun = (seed: string, epochs = 3): { readonly found: ReadonlyArray<string>; readonly lies: number } => {
  const random = streamOf(seed, "lies")
  const faces = random.pick([[[]], [["A", "B", "C"]], [["A"], ["B", "C"]]])
  const world: World = { ...settledWorld(["A", "B", "C", "D"], new Map([["D", faces]])), calls: [] }
  const liar = processOf(world, "D")
  const found = new Set<string>()
  const verified = new Set<unknown>()
  const isStuckMaker = random.below(3) === 0
  let lies = 0
  const look = () => {
    for (const violation of violations(world, verified)) found.add(violation)
  }
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const able = honest.map((user) => processOf(world, user)).filter(({ state }) => state?.status === statuses.active)
      if (able.length === 0) break
      if (isStuckMaker) {
        tell(world, liar, unreadable(world, liar, [random.pick(able).user]), honest)
        play(world, [{ settle: 50 }])
      }
      proposeIn(world, random.pick(able), { type: "update" })
      for (const committer of able.filter((_, index) => index === 0 || random.below(2) === 0)) commitIn(world, committer, [])
      for (let turn = 0; turn < 8; turn++) {
        if (liar.state!.status !== statuses.removed) tell(world, liar, lieOf(world, liar, random), [random.pick(honest)])
        lies++
        play(world, [{ chaos: `${seed} ${epoch} ${turn}`, haste: 5, most: 6 }])
        if (endsByRelay(world, random)) found.add("P21 an ENDORSE that somebody else has changed ends restrained consensus")
        look()
      }
      play(world, [{ settle: 300 }])
      look()
      for (const violation of violationsAtRest(world)) found.add(violation)
    }
    const isActive = (user: string) => processOf(world, user).state?.status === statuses.active
    if (honest.filter(isActive).length < 2) found.add("P23 fewer than t + 1 correct members are not stuck")
    joins(random)
  } catch (error) {
    found.add(`P22 an exception: ${String(error)}`)
  }
  return { found: [...found], lies }
}

/** Two of four members lose their states in an epoch, and say so; the others, and those that come back, agree. */
const restartingRun = (seed: string): ReadonlyArray<string> => {
  const random = streamOf(seed, "restarts")
  const world = settledWorld(["A", "B", "C", "D"])
  const before = new Map(world.processes.map((process) => [process, process.state!]))
  const committers = random.pick([["A"], ["A", "B"]])
  for (const user of committers) commitIn(world, processOf(world, user), [])
  world.isCut = (from, to) => from === "D" || to === "D"
  play(world, [{ settle: random.below(3) }, { lose: true }])
  for (const user of ["B", "C"]) {
    const process = processOf(world, user)
    process.state = restore(before.get(process)!, 1).state
    process.events.length = 0
  }
  world.isCut = (from, to) => from === "A" || to === "A"
  commitIn(world, processOf(world, "D"), [])
  play(world, [{ settle: 50 }, { heal: true }, ...["A", "B", "C", "D"].map((resume) => ({ resume })), { settle: 50 }])
  return violations(world)
}

/** D's statements of the first cooperation about values that nobody has, two with each of the first numbers. */
const rubbishOf = (world: World, liar: Process, random: Stream): DeliveryMessage => {
  const { tree, cascade } = liar.state!
  const statements = Array.from({ length: 2 + 2 * random.below(4) }, (_, index): Statement => {
    const unsigned = { type: "witness", signer: tree.me, seq: index >> 1, ref: index.toString(16).padStart(64, "0") } as const
    return { ...unsigned, signature: world.primitives.ed25519Sign(tree.signingSecretKey, signedBytes(cascade.first, unsigned)) }
  })
  const { group, epoch } = cascade.electorate
  return { type: "agreement", message: { type: "bundle", group, epoch, instance: 1, statements, commits: [], sets: [] } }
}

/** D fills the room that two of the others have for it, and shows a commit that one of them cannot read, with its WITNESS, to the third only; the one commits, too. */
const floodingRun = (seed: string): ReadonlyArray<string> => {
  const random = streamOf(seed, "flood")
  const world = settledWorld(["A", "B", "C", "D"], new Map([["D", [[]]]]))
  const liar = processOf(world, "D")
  const [friend, committer, other] = random.pick([
    ["A", "B", "C"],
    ["B", "C", "A"],
    ["C", "A", "B"],
  ]) as [string, string, string]
  tell(world, liar, rubbishOf(world, liar, random), [committer, other])
  play(world, [{ settle: 1 }])
  tell(world, liar, unreadable(world, liar, [committer]), [friend])
  play(world, [{ settle: 1 }])
  commitIn(world, processOf(world, committer), [])
  play(world, [{ settle: 300 }])
  return violationsAtRest(world)
}

/** What is looked for in the first `runs` runs: the first thing that is found, if any. */
export const findLie = (runs: number): string | undefined => {
  for (let run = 0; run < runs; run++) {
    const [first] = [...lyingRun(String(run)).found, ...restartingRun(String(run)), ...floodingRun(String(run))]
    if (first !== undefined) return `run ${run}: ${first}`
  }
  return undefined
}
