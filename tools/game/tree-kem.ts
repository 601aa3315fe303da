/**
 * The game of TreeKEM with the MLS back end: random lines of commits, the state of every member taken in every epoch, before and after it proposes, and of every user outside; and the secrets of every epoch as challenges.
 *
 * @module
 */
import { Effect } from "effect"
import { Crypto, type Primitives } from "../../reference/crypto/crypto.ts"
import { labelledDraw, Randomness } from "../../reference/crypto/randomness.ts"
import * as TreeKem from "../../reference/delivery-service/tree-kem.ts"
import { type Choose, chooser } from "../../reference/simulation/conversation.ts"
import { seedOf } from "../../reference/simulation/network.ts"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import { type Begun, type Corruption, safeEpochs } from "../../spec/delivery-service/security-game.ts"
import { Outside, TreeKemGroup } from "../../spec/delivery-service/tree-kem.ts"
import { type GameCounts, noteLimit, tallyOf } from "./challenges.ts"
import { Knowledge, type Token } from "./knowledge.ts"

const group = "22".repeat(16)
const users = ["alice", "bob", "carol", "dave"]

interface Taken extends Corruption {
  readonly held: ReadonlyArray<Token>
}

interface Inside {
  readonly stay: string
  state: TreeKemGroup
}

/** A line of commits in which everything is noted. */
class Line {
  readonly knowledge: Knowledge
  readonly begun: Array<Begun> = []
  readonly taken: Array<Taken> = []
  readonly secrets: Array<Token> = []
  readonly packets: Array<Uint8Array> = []
  readonly #inside = new Map<string, Inside>()
  readonly #packages = new Map<string, number>()
  readonly #outside = new Map<string, ReadonlyArray<{ readonly stay: string; readonly outside: Outside }>>()
  /** By the user of an update that is proposed: its number. */
  readonly #proposed = new Map<string, number>()
  #updates = 0
  readonly #choose: Choose

  constructor(primitives: Primitives, seed: number) {
    this.knowledge = new Knowledge(primitives)
    this.#choose = chooser(seed)
  }

  #as<A, E>(user: string, step: Effect.Effect<A, E, Crypto | Randomness>): Promise<A> {
    const { primitives } = this.knowledge
    return Effect.runPromise(
      step.pipe(
        Effect.provideService(Crypto, primitives),
        Effect.provideService(Randomness, { draw: (label, length) => labelledDraw(primitives, seedOf(user), label, length) }),
      ),
    )
  }

  #pick<A>(list: ReadonlyArray<A>): A {
    return list[this.#choose(list.length)]!
  }

  #take(user: string): void {
    const { stay, state } = this.#inside.get(user)!
    const held = this.knowledge.tokensIn(encodeWire(TreeKemGroup, state))
    this.taken.push({ stay, epoch: this.begun.length - 1, updates: this.#updates, held })
  }

  async #package(user: string) {
    const number = this.#packages.get(user) ?? 0
    this.#packages.set(user, number + 1)
    const outside = await this.#as(user, TreeKem.init("mls", user, number))
    const stay = `${user} ${number}`
    this.#outside.set(user, [...(this.#outside.get(user) ?? []), { stay, outside }])
    this.packets.push(outside.keyPackage)
    this.taken.push({ stay, epoch: null, updates: this.#updates, held: this.knowledge.tokensIn(encodeWire(Outside, outside)) })
    return { stay, outside }
  }

  /** By the key package of those of the user that the welcome is for. */
  async #join(user: string, welcome: Uint8Array): Promise<Inside> {
    for (const { stay, outside } of this.#outside.get(user)!) {
      const joined = await this.#as(user, Effect.result(TreeKem.join(outside, welcome)))
      if (joined._tag === "Success") return { stay, state: joined.success }
    }
    throw new Error(`a welcome for no key package of ${user}`)
  }

  #begin(committer: string, hasPath: boolean, added: ReadonlySet<string>): void {
    const members = new Set([...this.#inside.values()].map(({ stay }) => stay))
    const updated = new Map([...this.#proposed].map(([user, number]) => [this.#inside.get(user)?.stay ?? "", number]))
    this.begun.push({ committer, hasPath, members, added, updated })
    const [one] = this.#inside.values()
    this.secrets.push(this.knowledge.tokenOf(one!.state.groupKey)!)
    this.#proposed.clear()
    for (const user of this.#inside.keys()) this.#take(user)
  }

  async found(): Promise<void> {
    const { stay, outside } = await this.#package("alice")
    const state = await this.#as("alice", TreeKem.found(outside, group))
    this.#inside.set("alice", { stay, state })
    // Whoever has its key package has what the founder begins with.
    this.#begin("", true, new Set())
  }

  async #proposal(author: Inside, user: string): Promise<void> {
    const kind = this.#choose(5)
    const away = users.filter((one) => !this.#inside.has(one))
    const made =
      (kind < 2 || this.#inside.size === 1) && away.length > 0
        ? await this.#as(user, TreeKem.proposeAdd(author.state, (await this.#package(this.#pick(away))).outside.keyPackage))
        : kind === 2 && this.#inside.size > 2
          ? await this.#as(user, TreeKem.proposeRemove(author.state, this.#pick([...this.#inside.values()]).state.me))
          : await this.#update(author, user)
    author.state = made.state
    this.packets.push(made.proposal)
    // The same removal may have been proposed before.
    for (const [name, one] of this.#inside) {
      const admitted = await this.#as(name, Effect.result(TreeKem.admit(one.state, made.proposal)))
      if (admitted._tag === "Success") one.state = admitted.success.state
    }
  }

  async #update(author: Inside, user: string) {
    this.#proposed.set(user, this.#updates++)
    return await this.#as(user, TreeKem.proposeUpdate(author.state))
  }

  /** One epoch: some proposals, and the commit of one of the members. */
  async epoch(): Promise<void> {
    for (let count = this.#choose(3); count > 0; count--) {
      const user = this.#pick([...this.#inside.keys()])
      await this.#proposal(this.#inside.get(user)!, user)
      this.#take(user)
    }
    const committer = this.#pick([...this.#inside.keys()])
    const { stay, state } = this.#inside.get(committer)!
    const chosen = TreeKem.select(state)
    const made = await this.#as(committer, TreeKem.commit(state, chosen))
    const { key } = await this.#as(committer, TreeKem.readCommit(made.commit))
    this.packets.push(made.commit, ...(made.welcome === null ? [] : [made.welcome]))
    for (const [user, one] of [...this.#inside]) {
      if (user === committer) one.state = made.next
      else {
        const processed = await this.#as(user, TreeKem.process(one.state, made.commit))
        if (processed.removed) this.#inside.delete(user)
        else one.state = processed.state
      }
    }
    const added = new Set<string>()
    for (const { user } of made.next.members.filter(({ user }) => !this.#inside.has(user))) {
      const joined = await this.#join(user, made.welcome!)
      this.#inside.set(user, joined)
      added.add(joined.stay)
    }
    const isChosen = (ref: Uint8Array) => chosen.some((one) => Buffer.from(one).equals(ref))
    for (const { type, ref, author } of state.proposals) {
      const of = [...this.#inside].find(([, one]) => one.state.me === author)?.[0]
      if (type === "admitted-update" && of !== undefined && !isChosen(ref)) this.#proposed.delete(of)
    }
    this.#begin(stay, key !== null, added)
  }
}

/** Plays a line of so many epochs, and takes every state, and every two. Throws when a safe epoch is derivable. */
export const playTreeKem = async (primitives: Primitives, seed: number, epochs: number, counts: GameCounts): Promise<void> => {
  const line = new Line(primitives, seed)
  await line.found()
  for (let count = 0; count < epochs; count++) await line.epoch()
  counts.traces++
  const everybody = line.packets.flatMap((packet) => line.knowledge.tokensIn(packet))
  const sets = line.taken.flatMap((one, index) => [[one], ...line.taken.slice(index + 1).map((other) => [one, other])])
  for (const set of [[], ...sets]) {
    counts.corruptions++
    const known = line.knowledge.closure([...everybody, ...set.flatMap(({ held }) => held)])
    const safe = safeEpochs(line.begun, set)
    for (const [epoch, secret] of line.secrets.entries()) {
      const tally = tallyOf(counts, safe[epoch]! ? "dominated" : "unsafe", "epoch")
      tally.challenges++
      if (!known.has(secret)) continue
      tally.derivable++
      const whose = set.map((one) => `${one.stay} ${one.epoch === null ? "outside" : `in epoch ${one.epoch}`}`).join(" and of ")
      const [one, other] = set
      if (other?.epoch !== undefined && one?.epoch !== null && other.epoch !== null && one!.epoch < epoch && other.epoch > epoch) {
        const alone = safeEpochs(line.begun, [one!])[epoch]! && safeEpochs(line.begun, [other])[epoch]!
        if (alone)
          noteLimit(
            counts,
            "delivery-service.never-renewed",
            `the state of ${whose} gives the secrets of epoch ${epoch}, which neither gives alone`,
          )
      }
      if (safe[epoch]!) throw new Error(`the secrets of epoch ${epoch}, which is safe, follow from the state of ${whose || "nobody"}`)
    }
  }
}
