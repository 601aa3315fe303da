/**
 * The whole, with real MLS groups: ten founding members, a third of all faulty, proposals of all kinds, commits that compete, random orders of delivery. What it records of a member that only follows is a transcript, which any
 * implementation of MLS can replay.
 *
 * The world of `world.ts` with the MLS back end, whose library is asynchronous.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { Hex } from "effect/encoding"
import type { NotAccepted } from "../../../spec/conventions/verdicts.ts"
import { type Delivery, type DeliveryMessage, type Early, statuses } from "../../../spec/delivery-service/delivery-service.ts"
import type { MlsOutside, Outside, TreeKemGroup } from "../../../spec/delivery-service/tree-kem.ts"
import { Crypto, type Primitives } from "../../crypto/crypto.ts"
import { labelledDraw, Randomness } from "../../crypto/randomness.ts"
import { chosenOf } from "../cascade.ts"
import { commit, type Delivered, found, join, type Proposing, propose, receive, receiveEarly, timeout } from "../delivery-service.ts"
import * as TreeKem from "../tree-kem.ts"
import { type Stream, streamOf } from "./random.ts"

/** A user; a faulty one says nothing (`sees` nobody) or is two copies, each of which is seen by some. */
interface Process {
  readonly user: string
  readonly isFaulty: boolean
  readonly sees: (user: string) => boolean
  readonly seed: Uint8Array
  readonly outside: Outside
  early: Early
  state: Delivery | null
}

interface Timer {
  readonly of: Process
  readonly name: string
  readonly at: number
}

/** What an epoch of the run was: who committed, how the members were told, and what all correct members share after it. */
export interface RunEpoch {
  readonly epoch: number
  readonly members: number
  readonly commits: number
  readonly proposals: ReadonlyArray<string>
  readonly commit: string
  readonly authenticator: string
  readonly messages: number
  /** The back ends of the correct members after it. */
  readonly backEnds: ReadonlyArray<TreeKem.BackEndName>
}

/** Somebody who joins: its key package with its secret keys, its welcome, and the authenticator of the epoch in which it is a member then. */
export interface Joiner {
  readonly user: string
  readonly keyPackage: string
  readonly signingSecretKey: string
  readonly leafSecretKey: string
  readonly initSecretKey: string
  readonly welcome: string
  readonly epoch: number
  readonly authenticator: string
}

/** A member that only follows: how it joined, and by epoch what it has to process; and those who joined later, of whom only that. */
export interface Transcript {
  readonly follower: Joiner
  readonly epochs: ReadonlyArray<Pick<RunEpoch, "epoch" | "proposals" | "commit" | "authenticator">>
  readonly joiners: ReadonlyArray<Joiner>
}

/** What the follower was given, in order: a message, or the end of a timer. */
export type Input = { readonly from: string; readonly message: DeliveryMessage } | { readonly timer: string }

type Step<A> = Effect.Effect<A, NotAccepted, Crypto | Randomness>

const joinerOf = (user: string, outside: MlsOutside, welcome: Uint8Array, { epoch, authenticator }: TreeKemGroup): Joiner => ({
  user,
  keyPackage: Hex.encode(outside.keyPackage),
  signingSecretKey: Hex.encode(outside.signingSecretKey),
  leafSecretKey: Hex.encode(outside.leafSecretKey),
  initSecretKey: Hex.encode(outside.initSecretKey),
  welcome: Hex.encode(welcome),
  epoch,
  authenticator: Hex.encode(authenticator),
})

/** The back end of a user; `number` says how many appeared before it. */
export type BackEndOf = (number: number) => TreeKem.BackEndName

const tsMls: BackEndOf = () => "mls"

/** A run in progress. */
class Run {
  readonly group = "4d".repeat(16)
  readonly processes: Array<Process> = []
  readonly links = new Map<string, Array<{ readonly from: Process; readonly to: Process; readonly message: DeliveryMessage }>>()
  readonly random: Stream
  readonly joiners: Array<Joiner> = []
  readonly inputs: Array<Input> = []
  timers: Array<Timer> = []
  sent = 0
  now = 0
  readonly #primitives: Primitives
  readonly #backEndOf: BackEndOf
  #appeared = 0

  constructor(primitives: Primitives, seed: string, backEndOf: BackEndOf = tsMls) {
    this.#primitives = primitives
    this.#backEndOf = backEndOf
    this.random = streamOf(seed, "mls-run")
  }

  async as<A>(seed: Uint8Array, step: Step<A>): Promise<Result.Result<A, NotAccepted>> {
    const draw = (label: string, length: number) => labelledDraw(this.#primitives, seed, label, length)
    const provided = Effect.result(step).pipe(Effect.provideService(Crypto, this.#primitives), Effect.provideService(Randomness, { draw }))
    return Effect.runPromise(provided)
  }

  async appear(user: string, sides: ReadonlyArray<(user: string) => boolean> | null = null): Promise<Process> {
    const seed = labelledDraw(this.#primitives, new Uint8Array(32), `mls-run ${user}`, 32)
    const outside = Result.getOrThrow(await this.as(seed, TreeKem.init(this.#backEndOf(this.#appeared++), user, 0)))
    const isFaulty = sides !== null
    const made = (sides ?? [() => true]).map((sees): Process => ({ user, isFaulty, sees, seed, outside, early: [], state: null }))
    this.processes.push(...made)
    return made[0]!
  }

  /** Takes over what a process has done. */
  take(process: Process, { state, send, timers }: Delivered): void {
    process.state = state
    for (const { to, message } of send) {
      for (const receiver of this.processes) {
        if (receiver.user === process.user || !to.includes(receiver.user) || !process.sees(receiver.user)) continue
        const link = `${this.processes.indexOf(process)}>${this.processes.indexOf(receiver)}`
        this.links.set(link, [...(this.links.get(link) ?? []), { from: process, to: receiver, message }])
        this.sent++
      }
    }
    for (const { name, delay } of timers) this.timers.push({ of: process, name, at: this.now + delay })
  }

  async act(process: Process, step: (state: Delivery) => Step<Delivered>): Promise<boolean> {
    const result = await this.as(process.seed, step(process.state!))
    if (Result.isSuccess(result)) this.take(process, result.success)
    return Result.isSuccess(result)
  }

  async arrive(from: Process, to: Process, message: DeliveryMessage): Promise<void> {
    if (to.user === follower) this.inputs.push({ from: from.user, message })
    if (to.state !== null) {
      await this.act(to, (state) => receive(state, from.user, message))
      return
    }
    if (message.type !== "welcoming") {
      const kept = await this.as(to.seed, receiveEarly(to.early, from.user, message))
      if (Result.isSuccess(kept)) to.early = kept.success
      return
    }
    const joined = await this.as(to.seed, join(to.outside, message.welcome, 0, to.early))
    if (Result.isFailure(joined)) return
    this.take(to, joined.success)
    if (to.outside.type === "mls-outside") this.joiners.push(joinerOf(to.user, to.outside, message.welcome, joined.success.state.tree))
  }

  /** Delivers everything, in the order of each link and in random order otherwise, and ends timers when nothing is on its way. Fails when that takes too long. */
  async drain(): Promise<void> {
    for (let steps = 0; steps < 100_000; steps++) {
      const open = [...this.links].filter(([, flights]) => flights.length > 0)
      if (open.length === 0) {
        if (!(await this.#endTimer())) return
        continue
      }
      const [link, [flight, ...rest]] = this.random.pick(open)
      this.links.set(link, rest)
      await this.arrive(flight!.from, flight!.to, flight!.message)
    }
    throw new Error("the run does not come to rest")
  }

  async #endTimer(): Promise<boolean> {
    const isAlive = ({ of, name }: Timer) =>
      of.state !== null && of.state.status !== statuses.removed && Number(name.split("/")[0]) === of.state.tree.epoch
    this.timers = this.timers.filter(isAlive).sort((a, b) => a.at - b.at)
    const timer = this.timers.shift()
    if (timer === undefined) return false
    this.now = Math.max(this.now, timer.at)
    if (timer.of.user === follower) this.inputs.push({ timer: timer.name })
    await this.act(timer.of, (state) => timeout(state, timer.name))
    return true
  }
}

const isActive = (process: Process): process is Process & { readonly state: Delivery } =>
  process.state !== null && process.state.status === statuses.active

/** Correct members. */
const correct = (run: Run) => run.processes.filter((one) => !one.isFaulty).filter(isActive)

const trees = (run: Run): ReadonlyArray<TreeKemGroup> => correct(run).map(({ state }) => state.tree)

/** The member whose transcript is kept: it proposes and commits nothing. */
const follower = "ben"

const founders = ["anna", "ben", "cleo", "dan", "emma", "finn", "gina", "hugo", "iris", "jon"] as const

type Faulty = Readonly<Record<string, ReadonlyArray<(user: string) => boolean>>>

const isEven = (user: string) => founders.indexOf(user as (typeof founders)[number]) % 2 === 0

const twoFaces = [isEven, (user: string) => !isEven(user)]

/** These users found a group, all in its first epoch. */
const beginning = async (run: Run, users: ReadonlyArray<string>, faulty: Faulty): Promise<void> => {
  for (const user of users) await run.appear(user, faulty[user] ?? null)
  const founder = run.processes[0]!
  run.take(founder, Result.getOrThrow(await run.as(founder.seed, found(founder.outside, run.group, 0))))
  for (const user of users.slice(1)) {
    const { keyPackage } = run.processes.find((one) => one.user === user)!.outside
    await run.act(founder, (state) => propose(state, { type: "add", keyPackage }))
  }
  await run.act(founder, (state) => commit(state, null))
  await run.drain()
}

/**
 * Proposals of an epoch: updates of some correct members; every fourth epoch, and whenever there are no more correct members than at the beginning, somebody is added, and two epochs later somebody is removed, so that at most a third is
 * faulty; the two-faced member updates on one side.
 */
const proposeSome = async (run: Run, epoch: number): Promise<void> => {
  const eligible = correct(run).filter(({ user }) => user !== follower)
  for (let count = 1 + run.random.below(2); count > 0; count--) {
    await run.act(run.random.pick(eligible), (state) => propose(state, { type: "update" }))
  }
  const proposer = run.random.pick(eligible)
  const isSafe = correct(run).length > founders.length - 3
  if (!isSafe || epoch % 4 === 1) {
    const { outside } = await run.appear(`new${epoch}`)
    await run.act(proposer, (state) => propose(state, { type: "add", keyPackage: outside.keyPackage }))
  }
  if (isSafe && epoch % 4 === 3) {
    const gone = run.random.pick(eligible.filter(({ user }) => user !== proposer.user))
    const removal: Proposing = { type: "remove", leaf: gone.state.tree.me }
    await run.act(proposer, (state) => propose(state, removal))
  }
  const [, otherSide] = run.processes.filter(({ user }) => user === "iris").filter(isActive)
  if (epoch % 3 === 0 && otherSide !== undefined) await run.act(otherSide, (state) => propose(state, { type: "update" }))
}

/** One or two correct members commit, and in every fifth epoch both sides of the two-faced one, differently. Gives how many commits there are. */
const commitSome = async (run: Run, epoch: number): Promise<number> => {
  const eligible = correct(run).filter(({ user }) => user !== follower)
  const committers = [run.random.pick(eligible), ...(run.random.below(3) === 0 ? [run.random.pick(eligible)] : [])]
  let commits = 0
  for (const committer of committers) if (await run.act(committer, (state) => commit(state, null))) commits++
  const twoFaced = run.processes.filter(({ user }) => user === "iris").filter(isActive)
  if (epoch % 5 === 0) for (const [side, one] of twoFaced.entries()) await run.act(one, (state) => commit(state, side === 0 ? null : []))
  return commits + (epoch % 5 === 0 ? twoFaced.length : 0)
}

/** Fails unless all correct members are in this epoch, and share the authenticator. */
const agreed = (run: Run, epoch: number): TreeKemGroup => {
  const all = trees(run)
  const [first] = all
  const same = (tree: TreeKemGroup) => tree.epoch === epoch && Hex.encode(tree.authenticator) === Hex.encode(first!.authenticator)
  if (!all.every(same)) throw new Error(`no agreement after epoch ${epoch - 1}: ${all.map((tree) => tree.epoch)}`)
  return first!
}

const runEpochs = async (run: Run, epochs: number): Promise<ReadonlyArray<RunEpoch>> => {
  await beginning(run, founders, { hugo: [() => false], iris: twoFaces, jon: [() => false] })
  agreed(run, 1)
  const done: Array<RunEpoch> = []
  for (let epoch = 1; epoch <= epochs; epoch++) {
    run.sent = 0
    const members = trees(run)[0]!.members.length
    await proposeSome(run, epoch)
    await run.drain()
    const commits = await commitSome(run, epoch)
    await run.drain()
    const { authenticator } = agreed(run, epoch + 1)
    const decision = run.processes.find(({ user }) => user === follower)!.state!.past.at(-1)!
    const proposals = decision.proposals.map((proposal) => Hex.encode(proposal))
    const chosen = Hex.encode(chosenOf(decision.decide).value.commit)
    const backEnds = correct(run).map(({ state }) => TreeKem.backEndNameOf(state.tree))
    done.push({
      epoch,
      members,
      commits,
      proposals,
      commit: chosen,
      authenticator: Hex.encode(authenticator),
      messages: run.sent,
      backEnds,
    })
  }
  return done
}

/** Runs so many epochs, with ts-mls. Fails when correct members disagree after one of them, or do not all reach it. */
export const runWithMls = async (
  primitives: Primitives,
  seed: string,
  epochs: number,
): Promise<{ readonly epochs: ReadonlyArray<RunEpoch>; readonly transcript: Transcript }> => {
  const run = new Run(primitives, seed)
  const done = await runEpochs(run, epochs)
  const followed = done.map(({ epoch, proposals, commit, authenticator }) => ({ epoch, proposals, commit, authenticator }))
  const joiners = run.joiners.filter(({ epoch }) => epoch > 1)
  return { epochs: done, transcript: { follower: run.joiners.find(({ user }) => user === follower)!, epochs: followed, joiners } }
}

/** Runs so many epochs, with members on several back ends. Fails as `runWithMls` does. */
export const runWithBackEnds = (primitives: Primitives, seed: string, epochs: number, backEndOf: BackEndOf) =>
  runEpochs(new Run(primitives, seed, backEndOf), epochs)

/** What a member of a small group with real MLS was given, from its first message on: its keys, every input, and the authenticators that all correct members share in the epochs from 1. */
export interface Following {
  readonly follower: Joiner
  readonly inputs: ReadonlyArray<Input>
  readonly authenticators: ReadonlyArray<string>
}

/** Lets somebody do something, and everything that follows from it. */
const doing = async (run: Run, user: string, step: (state: Delivery) => Step<Delivered>): Promise<void> => {
  for (const one of run.processes.filter((process) => process.user === user).filter(isActive)) await run.act(one, step)
}

/**
 * Four members, of whom the last has two faces: an update, and commits of two correct members and of both faces at once; then somebody new; then the faulty one is removed. Fails when correct members disagree.
 */
export const followMls = async (primitives: Primitives, seed: string): Promise<Following> => {
  const run = new Run(primitives, seed)
  await beginning(run, founders.slice(0, 4), { dan: twoFaces })
  const authenticators = [agreed(run, 1).authenticator]
  const epoch = async (...steps: ReadonlyArray<readonly [user: string, step: (state: Delivery) => Step<Delivered>]>) => {
    for (const [user, step] of steps) await doing(run, user, step)
    await run.drain()
  }
  const commits = (state: Delivery) => commit(state, null)
  await epoch(["cleo", (state) => propose(state, { type: "update" })])
  await epoch(["anna", commits], ["cleo", commits], ["dan", (state) => commit(state, state.tree.proposals.length > 0 ? [] : null)])
  authenticators.push(agreed(run, 2).authenticator)
  const { outside } = await run.appear("erin")
  await epoch(["anna", (state) => propose(state, { type: "add", keyPackage: outside.keyPackage })])
  await epoch(["cleo", commits])
  authenticators.push(agreed(run, 3).authenticator)
  const leaf = trees(run)[0]!.members.find(({ user }) => user === "dan")!.leaf
  await epoch(["erin", (state) => propose(state, { type: "remove", leaf })])
  await epoch(["anna", commits])
  authenticators.push(agreed(run, 4).authenticator)
  return {
    follower: run.joiners.find(({ user }) => user === follower)!,
    inputs: run.inputs,
    authenticators: authenticators.map((authenticator) => Hex.encode(authenticator)),
  }
}
