/**
 * The security game on random conversations of messengers: everything that a user keeps is taken at every step, and every key of an application message is a challenge.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Result } from "effect"
import { equalBytes } from "../../reference/conventions.ts"
import type { Primitives } from "../../reference/crypto/crypto.ts"
import * as Messaging from "../../reference/dcgka/group-messaging.ts"
import { type Choose, Conversation, chooser, operation, type Participant } from "../../reference/simulation/conversation.ts"
import { Violation } from "../../reference/simulation/locals.ts"
import { runOn } from "../../reference/simulation/network.ts"
import { createStore } from "../../reference/store/sqlite.ts"
import type { Store } from "../../reference/store/store.ts"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import { maximumChains } from "../../spec/dcgka/application-messages.ts"
import { type Corruption, speaksFor } from "../../spec/dcgka/security-game.ts"
import { type GameCounts, judgementOf, noteLimit, tallyOf } from "./challenges.ts"
import { Knowledge, type Token } from "./knowledge.ts"
import { keyOf, placeOf, Record, run, type Sent } from "./record.ts"

/** What a user had at one moment. */
interface Taken {
  readonly user: string
  readonly step: number
  /** Of each membership that is alive: which control messages it had. */
  readonly members: ReadonlyArray<{
    readonly member: string
    readonly seen: Readonly<{ [sender: string]: number }>
    /** How many of its own messages it had still to send. */
    readonly queued: number
  }>
  /** By which keys it would take control messages and application messages of others, and the control message of which the key is. */
  readonly voices: ReadonlyArray<{
    readonly of: "controls" | "chains"
    readonly member: string
    readonly seq: number
    readonly key: Uint8Array
  }>
  /** The application messages whose key had been used. */
  readonly opened: ReadonlySet<string>
  /** The tokens in the state of the group, and in the keyring. */
  readonly held: ReadonlyArray<Token>
  readonly keyring: ReadonlyArray<Token>
  /** The keys by which it had opened something, and sealed something. */
  readonly used: ReadonlySet<Token>
  readonly sealed: ReadonlySet<Token>
}

const voicesIn = ({ broadcast, application }: Messaging.Group["memberships"][number]): Taken["voices"] => {
  const { me, seen } = broadcast.agreement
  const others = Object.entries(broadcast.signers).filter(([member]) => member !== me)
  return [
    ...others.map(([member, { signingKey }]) => ({ of: "controls" as const, member, seq: seen[member] ?? 0, key: signingKey })),
    ...Object.entries(application.chains).flatMap(([member, chains]) =>
      chains.map(({ seq, signingKey }) => ({ of: "chains" as const, member, seq, key: signingKey })),
    ),
  ]
}

type Doing = ReturnType<Parameters<Conversation["act"]>[1]>

/** Which challenges are made. */
interface Challenge {
  readonly most: 1 | 2
  readonly from?: number
  readonly isHealed?: boolean
  readonly keyrings?: boolean
}

/** The packets of a group that have come, and that are held. */
const heldIn = (group: Messaging.Group | undefined): ReadonlyArray<Uint8Array> => {
  const held = group?.memberships.flatMap(({ broadcast }) => broadcast.held) ?? []
  const isHeld = (digest: Uint8Array) => held.some((one) => equalBytes(one.digest, digest))
  return group?.log.flatMap(({ digest, packet }) => (isHeld(digest) ? [packet] : [])) ?? []
}

/** A conversation in which everything is noted. */
class Game {
  readonly knowledge: Knowledge
  readonly conversation: Conversation
  readonly record: Record
  readonly taken: Array<Taken> = []
  readonly #used = new Map<string, Set<Token>>()
  readonly #sealed = new Map<string, Set<Token>>()
  readonly #opened = new Map<string, Set<string>>()
  readonly #told = new Map<string, number>()
  readonly #membersOf = new Map<string, Set<string>>()
  readonly #choose: Choose
  readonly #file: string | undefined
  #store: Store | undefined
  #position = 0
  #step = 0

  /** With `file`, everything of Bob's is kept in that file, and what is taken of him is the file. */
  constructor(primitives: Primitives, users: ReadonlyArray<string>, policy: Messaging.Messenger["policy"], seed: number, file?: string) {
    this.#file = file
    this.knowledge = new Knowledge(primitives)
    this.#choose = chooser(seed)
    this.conversation = new Conversation(users, policy, 2, undefined, runOn(this.knowledge.primitives))
    this.record = new Record(primitives)
    const [creator] = this.conversation.people
    // The identifier of the group is known when it has been created.
    this.#act(creator!, (messenger) => Messaging.create(messenger, users.slice(1, 3)))
    this.conversation.group = Object.keys(creator!.messenger.groups)[0]!
    this.#take(creator!)
  }

  #act(one: Participant, step: Parameters<Conversation["act"]>[1]): void {
    this.#see(this.conversation.act(one, step))
    if (this.conversation.group !== "") this.#take(one)
  }

  /** Whatever a refusal says, everybody may read: it must not have a secret in it. */
  #see(result: Result.Result<unknown, unknown>): void {
    if (Result.isSuccess(result)) return
    const tokens = this.knowledge.tokensInText(JSON.stringify(result.failure))
    const everybody = this.knowledge.closure(this.#everybody())
    if (tokens.some((token) => !everybody.has(token))) throw new Violation("a refusal has a secret in its text")
  }

  #everybody(): ReadonlyArray<Token> {
    return [...new Set(this.conversation.sent.flatMap((packet) => this.knowledge.tokensIn(packet)))]
  }

  /** Notes what a user has after a step. */
  #take(one: Participant): void {
    const { user, messenger, events } = one
    const { group, sent } = this.conversation
    this.record.read(sent)
    // What is held may have been opened to see whether it counts; it is not taken yet, and nothing of it is used.
    const waiting = new Set(heldIn(messenger.groups[group]).flatMap((packet) => this.knowledge.keysOver(packet)))
    const opened = this.knowledge.takeOpened().filter((token) => !waiting.has(token))
    const used = new Set([...(this.#used.get(user) ?? []), ...opened])
    const sealed = new Set([...(this.#sealed.get(user) ?? []), ...this.knowledge.takeSealed()])
    this.#used.set(user, used)
    this.#sealed.set(user, sealed)
    const state = messenger.groups[group]
    if (state === undefined) return
    const read = this.#opened.get(user) ?? new Set()
    const own = this.#membersOf.get(user) ?? new Set()
    for (const { broadcast } of state.memberships) if (broadcast.agreement.me !== null) own.add(broadcast.agreement.me)
    this.#membersOf.set(user, own)
    for (const { message } of this.record.applications) if (own.has(message.sender)) read.add(placeOf(message))
    for (const event of events.slice(this.#told.get(user) ?? 0)) {
      if (event.type === "message") read.add(placeOf({ sender: event.member, seq: event.seq, index: event.index }))
    }
    this.#told.set(user, events.length)
    this.#opened.set(user, read)
    const alive = state.memberships.filter(({ broadcast: { agreement } }) => agreement.me !== null && agreement.removed === 0)
    const isStored = this.#file !== undefined && user === "bob"
    if (isStored) this.#keep(messenger)
    this.taken.push({
      user,
      step: this.#step++,
      members: alive.map(({ broadcast: { agreement, queue } }) => ({ member: agreement.me!, seen: agreement.seen, queued: queue.length })),
      voices: alive.flatMap(voicesIn),
      opened: new Set(read),
      held: this.knowledge.tokensIn(isStored ? readFileSync(this.#file!) : encodeWire(Messaging.Group, state)),
      keyring: this.knowledge.tokensIn(encodeWire(Messaging.Messenger, { ...messenger, groups: {} })),
      used,
      sealed,
    })
  }

  #keep(messenger: Messaging.Messenger): void {
    if (this.#store === undefined) this.#store = createStore(this.#file!, messenger)
    else this.#store.commit({ messenger, position: ++this.#position, packets: [], events: [] })
  }

  close(): void {
    this.#store?.close()
  }

  /** What the first user writes reaches nobody. */
  lose(step: (messenger: Messaging.Messenger, group: string) => Doing): void {
    const [one, ...others] = this.conversation.people
    this.#act(one!, (messenger) => step(messenger, this.conversation.group))
    for (const other of others) other.inbox = []
  }

  /** One user does something, and everything is delivered. */
  only(user: string, step: (messenger: Messaging.Messenger, group: string) => Doing): void {
    this.#act(this.conversation.person(user), (messenger) => step(messenger, this.conversation.group))
    this.settle()
  }

  /** The keys of messages that were told as lost do not follow from what is kept. */
  checkLost(counts: GameCounts): void {
    const everybody = this.#everybody()
    for (const { user, events } of this.conversation.people) {
      for (const event of events) {
        if (event.type !== "messages-lost") continue
        const last = this.taken.findLast((one) => one.user === user)!
        const known = this.knowledge.closure([...everybody, ...last.held, ...last.keyring])
        for (const { message } of this.record.applications.filter(
          ({ message: one }) => one.sender === event.member && one.seq === event.seq,
        )) {
          counts.gone++
          if (known.has(this.knowledge.keyOf(message.ciphertext)!)) throw new Violation(`${user} keeps the key of a lost message`)
        }
      }
    }
    if (counts.gone === 0) throw new Violation("no message was told as lost")
  }

  /** Delivers a packet to one who has some; now and then with a bit changed before, which is refused. */
  #deliver(): boolean {
    const busy = this.conversation.people.filter(({ inbox }) => inbox.length > 0)
    if (busy.length === 0) return false
    const one = busy[this.#choose(busy.length)]!
    const index = this.#choose(one.inbox.length)
    const [packet] = one.inbox.splice(index, 1)
    if (this.#choose(4) === 0) {
      const changed = packet!.slice()
      changed[this.#choose(changed.length)]! ^= 1 << this.#choose(8)
      this.#see(this.conversation.act({ ...one, inbox: [] }, (messenger) => Messaging.receive(messenger, changed)))
      this.knowledge.takeOpened()
    }
    this.#act(one, (messenger) => Messaging.receive(messenger, packet!))
    return true
  }

  settle(): void {
    while (this.#deliver());
  }

  /** Random operations, and deliveries between them. */
  play(operations: number): void {
    for (let count = 0; count < operations; count++) {
      const inside = this.conversation.inside()
      if (inside.length === 0) return
      const one = inside[this.#choose(inside.length)]!
      this.#act(one, operation(this.conversation, one, this.#choose, `text ${count}`))
      for (let deliveries = this.#choose(5); deliveries > 0; deliveries--) this.#deliver()
    }
  }

  /** Everybody who is in the group does something at once, and then everything is delivered. */
  atOnce(step: (messenger: Messaging.Messenger, group: string) => Doing): void {
    for (const one of this.conversation.inside()) this.#act(one, (messenger) => step(messenger, this.conversation.group))
    this.settle()
  }

  /** Everybody who is in the group does something, one after the other, and everything is delivered. */
  everybody(step: (messenger: Messaging.Messenger, group: string) => Doing): void {
    for (const one of this.conversation.inside()) {
      this.#act(one, (messenger) => step(messenger, this.conversation.group))
      this.settle()
    }
  }

  #corruptionsBy({ members, opened }: Taken): ReadonlyArray<Corruption<Sent>> {
    // Of several members of a user it is not said here which has had an application message: as if none had.
    const hadMessage = (place: string) => members.length < 2 && opened.has(place)
    return members.map(({ member, seen }) => ({
      member,
      had: ({ place, control: { sender, seq } }) => (place === undefined ? (seen[sender] ?? 0) >= seq : hadMessage(place)),
    }))
  }

  #sealedTo(user: string): ReadonlySet<Token> {
    const isMine = (member: string) => this.record.userOf.get(member) === user
    return new Set(this.record.directs.flatMap(({ to, direct }) => (isMine(to) ? this.knowledge.keysOver(direct) : [])))
  }

  /** The keys of application messages, for a user that is several members: one may have used a key that another has not. */
  #usedByOthers({ length }: Taken["members"]): ReadonlySet<Token> {
    return new Set(length < 2 ? [] : this.record.applications.map(({ message }) => this.knowledge.keyOf(message.ciphertext)!))
  }

  /** What a user has used does not follow from anything that it keeps afterwards. */
  checkGone(counts: GameCounts): void {
    const everybody = this.#everybody()
    // An operation that is put off may have sealed what is then forgotten.
    const sent = new Set(this.conversation.sent.flatMap((packet) => this.knowledge.keysOver(packet)))
    for (const { user, step, members, held, keyring, used, sealed } of this.taken) {
      const known = this.knowledge.closure([...everybody, ...held, ...keyring])
      // What one sends to oneself as another member is under way until it has been opened.
      const toItself = this.#sealedTo(user)
      const byOthers = this.#usedByOthers(members)
      for (const token of [...used, ...sealed].filter((one) => byOthers.has(one))) {
        const says = `the state of ${user} at step ${step} gives a key that another of its members has used`
        if (known.has(token)) noteLimit(counts, "dcgka.used-by-another", says)
      }
      const sealedToOthers = [...sealed].filter((one) => sent.has(one) && !toItself.has(one))
      for (const token of [...used, ...sealedToOthers].filter((one) => !byOthers.has(one))) {
        counts.gone++
        if (known.has(token)) throw new Violation(`${user} keeps, at step ${step}, what gives a key that it has used`)
      }
    }
  }

  /** Every key of an application message from the number `from` on, with a state of each user, and with those of each two. `isHealed` says that safe is enough; `keyrings`, that keyrings are taken too. */
  challenge(counts: GameCounts, { most, from = 0, isHealed = false, keyrings = false }: Challenge): void {
    const everybody = this.#everybody()
    counts.traces++
    for (const [index, one] of this.taken.entries()) {
      const others = most < 2 ? [] : this.taken.slice(index + 1).filter(({ user }) => user !== one.user)
      for (const taken of [[one], ...others.map((other) => [one, other])]) {
        this.#challenge(counts, everybody, taken, { most, from, isHealed, keyrings })
      }
    }
  }

  /** Whether somebody makes first contact with a user whose keyring was taken, in a message that it had not processed by then. */
  #isContacted({ user, members }: Taken): boolean {
    return this.record.contacts.some(({ sender, seq, to }) => {
      if (this.record.userOf.get(to) !== user) return false
      const seen = members.find(({ member }) => member === to)?.seen
      return seen === undefined || (seen[sender] ?? 0) < seq
    })
  }

  #challenge(counts: GameCounts, everybody: ReadonlyArray<Token>, taken: ReadonlyArray<Taken>, how: Required<Challenge>) {
    const { from, isHealed, keyrings } = how
    counts.corruptions++
    const held = taken.flatMap((one) => (keyrings ? [...one.held, ...one.keyring] : one.held))
    const known = this.knowledge.closure([...everybody, ...held])
    const isContacted = keyrings && taken.some((one) => this.#isContacted(one))
    const corruptions = taken.flatMap((one) => this.#corruptionsBy(one))
    for (const { message, sent } of this.record.applications.slice(from)) {
      const key = this.knowledge.keyOf(message.ciphertext)!
      const judged = judgementOf(run, sent, corruptions)
      const judgement = isContacted && (judged === "processed" || judged === "dominated") ? "contact" : judged
      const tally = tallyOf(counts, judgement, "application")
      tally.challenges++
      if (!known.has(key)) continue
      tally.derivable++
      if (judgement === "unsafe" || judgement === "contact" || (judgement === "safe" && !isHealed)) continue
      const whose = taken.map(({ user, step }) => `${user} at step ${step}`).join(" and of ")
      throw new Violation(`the key of ${placeOf(message)}, which is ${judgement}, follows from the state of ${whose}`)
    }
  }

  /** The number of the last control message of a member up to `seq` that brought a signing key. */
  #periodOf(member: string, seq: number): number {
    for (let at = seq; at > 0; at--) {
      const control = this.record.controls.get(keyOf(member, at))
      if (control !== undefined && run.bringsSeed(control)) return at
    }
    return 0
  }

  /** The keys by which anybody takes something in the name of a member: no state gives one that does not speak for the member in the period of the key. */
  checkVoices(counts: GameCounts): void {
    const everybody = this.#everybody()
    const heard = new Map(
      this.taken
        .flatMap(({ voices }) => voices)
        .map(({ of, member, seq, key }) => {
          const voice = { member, period: this.#periodOf(member, seq) }
          return [`${of} ${member} ${voice.period} ${key}`, { of, voice, secret: this.knowledge.secretOf(key) }]
        }),
    )
    for (const { user, step, members, held, keyring } of this.taken) {
      const known = this.knowledge.closure([...everybody, ...held, ...keyring])
      const robbed = members.map(({ member, seen, queued }) => {
        const last = seen[member] ?? 0
        const made = Array.from({ length: queued + 1 }, (_, index) => this.#periodOf(member, last - index))
        return { member, periods: new Set(made) }
      })
      const ofUser = this.#membersOf.get(user) ?? new Set()
      for (const { of, voice, secret } of heard.values()) {
        counts.voices++
        const isSafe = !speaksFor(voice, robbed, ofUser)
        const tally = tallyOf(counts, isSafe ? "dominated" : "unsafe", `voice-in-${of}`)
        tally.challenges++
        if (secret === undefined || !known.has(secret)) continue
        tally.derivable++
        const heardAt = `${voice.member}, in ${of} of ${voice.period}`
        if (!isSafe) noteLimit(counts, "dcgka.thief-in-time", `the state of ${user} at step ${step} speaks for ${heardAt}`)
        if (isSafe) throw new Violation(`the state of ${user} at step ${step} still speaks for ${heardAt}`)
      }
    }
  }
}

const writes = (messenger: Messaging.Messenger, group: string) => Messaging.send(messenger, group, new TextEncoder().encode("text"))

/**
 * A whole game: operations and deliveries in any order; updates of everybody at once; messages of everybody; an update of everybody, one after the other. All checks. Throws a `Violation`.
 */
export const playConversation = (
  primitives: Primitives,
  users: ReadonlyArray<string>,
  policy: Messaging.Messenger["policy"],
  seed: number,
  operations: number,
  counts: GameCounts,
): void => {
  const game = new Game(primitives, users, policy, seed)
  game.settle()
  game.play(operations)
  game.settle()
  game.atOnce(Messaging.update)
  // What is delayed is sent: the update that heals, too, which may be made when others have sent.
  for (let sent = -1; sent < game.conversation.sent.length; ) {
    sent = game.conversation.sent.length
    game.everybody(Messaging.flush)
  }
  const healed = game.record.applications.length
  game.everybody(writes)
  game.everybody(Messaging.update)
  game.checkGone(counts)
  game.challenge(counts, { most: 2, from: healed, isHealed: policy.heal === 1 })
  game.challenge(counts, { most: 1, keyrings: true })
  game.challenge(counts, { most: 1 })
  game.checkVoices(counts)
}

/**
 * Messages that never arrive, until the chain in which they were written is forgotten and they are told as lost: their keys must be gone then. Throws a `Violation`.
 */
export const playLost = (primitives: Primitives, counts: GameCounts): void => {
  const game = new Game(primitives, ["alice", "bob", "carol"], { delay: 0, heal: 0 }, 0)
  game.settle()
  for (let count = 0; count <= maximumChains; count++) {
    game.lose(writes)
    game.only("alice", Messaging.update)
  }
  game.checkLost(counts)
}

/** A conversation in which one user is kept in a file of SQLite: what it has used is not in any part of the file. Throws a `Violation`. */
export const playStored = (primitives: Primitives, seed: number, counts: GameCounts): void => {
  const folder = mkdtempSync(join(tmpdir(), "conclave-game-"))
  try {
    const game = new Game(primitives, ["alice", "bob", "carol"], { delay: 0, heal: 0 }, seed, join(folder, "bob"))
    game.settle()
    game.play(12)
    game.settle()
    game.checkGone(counts)
    game.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
