/**
 * The game of mpENC: random operations in a channel; every person's whole state taken before, within and after them; every group secret, and every key by which members sign, as challenges.
 *
 * @module
 */
import { Result } from "effect"
import { Base64, Hex } from "effect/encoding"
import type { Primitives } from "../../reference/crypto/crypto.ts"
import { Session } from "../../reference/mpenc/session/state.ts"
import { defaults } from "../../reference/mpenc/session.ts"
import { type Choose, chooser } from "../../reference/simulation/conversation.ts"
import { type GroupChannel, groupChannel, pass, personOf, want } from "../../reference/simulation/group-channel.ts"
import { Violation } from "../../reference/simulation/locals.ts"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import { groupKeyInfo } from "../../spec/mpenc/cliques.ts"
import { extensionLabels, SenderChains } from "../../spec/mpenc/extensions.ts"
import type { Membership } from "../../spec/mpenc/greeting.ts"
import type { UserAction } from "../../spec/mpenc/notices.ts"
import { type Contributed, type Corruption, productFollows, safe } from "../../spec/mpenc/security-game.ts"
import { type GameCounts, noteLimit, tallyOf } from "./challenges.ts"
import { Knowledge, type Token } from "./knowledge.ts"

const names = ["ann", "ben", "cas", "dan"]

const hex = Hex.encode

type Factors = ReadonlyArray<string>

const sorted = (factors: Factors) => factors.toSorted().join()

/** What X25519 gave is a product of scalars and the base point: which scalars, by product, both in hex. */
class Products {
  readonly factors = new Map<string, Factors>()
  readonly byFactors = new Map<string, string>()

  around(inner: Primitives): Primitives {
    return {
      ...inner,
      x25519PublicKey: (scalar) => this.#note(inner.x25519PublicKey(scalar), [hex(scalar)]),
      x25519: (scalar, point) => {
        const product = inner.x25519(scalar, point)
        return product && this.#note(product, [...(this.factors.get(hex(point)) ?? [hex(point)]), hex(scalar)])
      },
    }
  }

  #note(product: Uint8Array, factors: Factors): Uint8Array {
    this.factors.set(hex(product), factors)
    this.byFactors.set(sorted(factors), hex(product))
    return product
  }

  /** The products that stand in these bytes, as their factors. */
  in(blobs: ReadonlyArray<Uint8Array>): ReadonlyArray<Factors> {
    const text = blobs.map(hex).join(" ")
    return [...this.factors].filter(([product]) => text.includes(product)).map(([, factors]) => factors)
  }
}

interface Subsession {
  /** When it was first seen. */
  readonly at: number
  readonly contributed: Contributed<number>
  readonly secret: Uint8Array
  readonly factors: Factors
}

interface Taken {
  readonly at: number
  readonly says: string
  readonly corruptions: ReadonlyArray<Corruption<number>>
  readonly held: ReadonlyArray<Token>
  readonly products: ReadonlyArray<Factors>
}

const ascii = new TextEncoder()

// By their number, and not by their value: that each one is fresh is for the game to find out.
const numbered = (contributions: ReadonlyArray<Uint8Array>): ReadonlyArray<number> => contributions.map((_, index) => index)

const stayOf = (name: string, ephemeralSecretKey: Uint8Array) => `${name} ${hex(ephemeralSecretKey)}`

/** A channel in which everything is noted. */
class Talk {
  readonly products = new Products()
  readonly knowledge: Knowledge
  readonly channel: GroupChannel
  readonly subsessions = new Map<string, Subsession>()
  readonly taken: Array<Taken> = []

  constructor(primitives: Primitives, options: Partial<typeof defaults> = {}) {
    this.knowledge = new Knowledge(this.products.around(primitives))
    this.channel = groupChannel(names, { primitives: this.knowledge.primitives, options: { ...defaults, ...options } })
  }

  /** The packets, without their armour. */
  packets(): ReadonlyArray<Uint8Array> {
    return this.channel.events.flatMap((event) => {
      if (event.type !== "packet") return []
      const bytes = Base64.decode(event.text.slice(event.text.indexOf(":") + 1, -1))
      return Result.isSuccess(bytes) ? [bytes.success] : []
    })
  }

  everybody(): ReadonlyArray<Token> {
    return this.packets().flatMap((packet) => this.knowledge.tokensIn(packet))
  }

  session(name: string): Session {
    return personOf(this.channel, name).session
  }

  present(): ReadonlyArray<string> {
    return names.filter((name) => this.session(name).membership !== null)
  }

  /** Somebody wants something, and time passes; on the way everybody's state is taken. */
  act(name: string, action: UserAction): void {
    if (want(this.channel, name, action) !== null) return
    for (const span of [60, 60, 120, 20_000]) {
      pass(this.channel, span)
      for (const one of names) this.#take(one)
    }
    this.#note()
  }

  #take(name: string): void {
    const session = this.session(name)
    const { membership, current, previous, greeting, proposal } = session
    const held = new Map<string, Set<number>>()
    const hold = (key: Uint8Array, contributions: ReadonlyArray<Uint8Array>) => {
      const stay = stayOf(name, key)
      held.set(stay, new Set([...(held.get(stay) ?? []), ...numbered(contributions)]))
    }
    const memberships = [membership, current?.membership, previous?.membership, greeting?.previous, proposal?.greeting.previous]
    for (const one of memberships) if (one) hold(one.ephemeralSecretKey, one.agreement.contributions)
    for (const one of [greeting, proposal?.greeting]) {
      if (one?.ephemeralSecretKey && one.agreement) hold(one.ephemeralSecretKey, one.agreement.contributions)
    }
    const bytes = encodeWire(Session, session)
    this.taken.push({
      at: this.channel.now,
      says: `${name} at ${this.channel.now}`,
      corruptions: [...held].map(([stay, contributions]) => ({ stay, held: contributions })),
      held: this.knowledge.tokensIn(bytes),
      products: this.products.in([bytes]),
    })
  }

  /** Notes the subsession that those have who have the same members and session. */
  #note(): void {
    const memberships = names.flatMap((name) => {
      const { membership } = this.session(name)
      return membership === null ? [] : [{ name, membership }]
    })
    for (const { name, membership } of memberships) {
      const { agreement } = membership
      const own = agreement.intermediateKeys[agreement.members.indexOf(name)]
      if (own === undefined) continue
      const factors = [...(this.products.factors.get(hex(own)) ?? []), ...agreement.contributions.map(hex)]
      const secret = this.products.byFactors.get(sorted(factors))
      if (secret === undefined || this.subsessions.has(secret)) continue
      const isHere = (other: Membership) =>
        other.agreement.intermediateKeys.some((key, index) => hex(key) === hex(agreement.intermediateKeys[index] ?? key))
      const contributed = memberships
        .filter((one) => agreement.members.includes(one.name) && isHere(one.membership))
        .map((one) => [stayOf(one.name, one.membership.ephemeralSecretKey), numbered(one.membership.agreement.contributions)] as const)
      this.subsessions.set(secret, { at: this.channel.now, contributed: new Map(contributed), secret: Buffer.from(secret, "hex"), factors })
    }
  }

  /** What follows from these states and the packets; group secrets by their factors. */
  known(taken: ReadonlyArray<Taken>, everybody: ReadonlyArray<Token>, sent: ReadonlyArray<Factors>): ReadonlySet<Token> {
    const { closure, tokenOf } = {
      closure: (all: Iterable<Token>) => this.knowledge.closure(all),
      tokenOf: this.knowledge.tokenOf.bind(this.knowledge),
    }
    const first = closure([...everybody, ...taken.flatMap(({ held }) => held)])
    const all = [...this.products.factors.values()].flat()
    const scalars = new Set(all.filter((scalar) => first.has(tokenOf(Buffer.from(scalar, "hex")) ?? -1)))
    const products = [...sent, ...taken.flatMap((one) => one.products)]
    const secrets = [...this.subsessions.values()].filter(({ factors }) => productFollows(factors, products, scalars))
    return closure([...first, ...secrets.flatMap(({ secret }) => tokenOf(secret) ?? [])])
  }

  groupKeyOf({ secret }: Subsession): Uint8Array {
    const { hkdfExtract, hkdfExpand } = this.knowledge.primitives
    return hkdfExpand(hkdfExtract(new Uint8Array(), secret), ascii.encode(groupKeyInfo), 32)!
  }
}

const pick = <A>(choose: Choose, list: ReadonlyArray<A>): A => list[choose(list.length)]!

const next = (talk: Talk, choose: Choose): readonly [string, UserAction] => {
  const inside = talk.present()
  const out = names.filter((name) => !inside.includes(name))
  const away = names.filter((name) => talk.session(name).channel === null)
  if (away.length > 0 && choose(3) === 0) return [pick(choose, away), { type: "join" }]
  const waiting = out.filter((name) => !away.includes(name))
  if (inside.length === 0) return [waiting[0] ?? "ann", { type: "include", members: waiting.slice(1) }]
  const one = pick(choose, inside)
  const others = inside.filter((name) => name !== one)
  const kind = choose(6)
  if (kind < 2 && waiting.length > 0) return [one, { type: "include", members: [pick(choose, waiting)] }]
  if (kind === 2 && others.length > 1) return [one, { type: "exclude", members: [pick(choose, others)] }]
  if (kind === 3) return [one, { type: "part" }]
  return kind === 4 ? [one, { type: "send", text: "hello" }] : [one, { type: "refresh" }]
}

/** Plays random operations, and takes every state, and every two. Throws a `Violation`. */
export const playMpenc = (primitives: Primitives, seed: number, operations: number, counts: GameCounts): void => {
  const talk = new Talk(primitives)
  const choose = chooser(seed)
  for (const name of names.slice(0, 3)) talk.act(name, { type: "join" })
  talk.act("ann", { type: "include", members: ["ben", "cas"] })
  for (let count = 0; count < operations; count++) talk.act(...next(talk, choose))
  counts.traces++
  const everybody = talk.everybody()
  const sent = talk.products.in(talk.packets())
  const sets = talk.taken.flatMap((one, index) => {
    // Of the second states, a sample.
    const others = talk.taken.slice(index + 1).filter(() => choose(8) === 0)
    return [[one], ...others.map((other) => [one, other])]
  })
  for (const taken of [[], ...sets]) {
    counts.corruptions++
    const known = talk.known(taken, everybody, sent)
    const corruptions = taken.flatMap((one) => one.corruptions)
    const says = taken.map((one) => one.says).join(" and of ") || "nobody"
    for (const subsession of talk.subsessions.values()) {
      const isSafe = safe(subsession.contributed, corruptions)
      const [only] = taken
      if (!isSafe && only !== undefined && taken.length === 1) {
        const id = only.at > subsession.at ? "mpenc.weak-forward-secrecy" : "mpenc.no-healing"
        noteLimit(counts, id, `the state of ${says} gives the group secret of ${subsession.at}`)
      }
      challenge(counts, "group-secret", isSafe, known.has(talk.knowledge.tokenOf(subsession.secret)!), says)
    }
    for (const name of talk.present()) {
      const key = talk.session(name).membership!.ephemeralSecretKey
      const isSafe = !corruptions.some(({ stay }) => stay === stayOf(name, key))
      challenge(counts, "voice", isSafe, known.has(talk.knowledge.tokenOf(key)!), says)
    }
  }
}

const challenge = (counts: GameCounts, type: string, isSafe: boolean, follows: boolean, says: string): void => {
  const tally = tallyOf(counts, isSafe ? "dominated" : "unsafe", type)
  tally.challenges++
  if (follows) tally.derivable++
  if (isSafe && follows) throw new Violation(`a ${type} that is safe follows from the state of ${says}`)
}

/** A session with the ratchet: its chains alone give no key of a message that all have acknowledged, the whole state gives all of them. Throws a `Violation`. */
export const playRatchet = (primitives: Primitives, counts: GameCounts): void => {
  const talk = new Talk(primitives, { ratchet: 1 })
  for (const name of names.slice(0, 3)) talk.act(name, { type: "join" })
  talk.act("ann", { type: "include", members: ["ben", "cas"] })
  for (const name of ["ann", "ben", "ann"]) talk.act(name, { type: "send", text: "hello" })
  counts.traces++
  const { hkdfExtract, hkdfExpand } = talk.knowledge.primitives
  const derive = (key: Uint8Array, label: string) => hkdfExpand(hkdfExtract(new Uint8Array(), key), ascii.encode(label), 32)!
  const everybody = talk.everybody()
  const sent = talk.products.in(talk.packets())
  const [subsession] = [...talk.subsessions.values()]
  const groupKey = talk.groupKeyOf(subsession!)
  for (const name of talk.present()) {
    const session = talk.session(name)
    const { chains, kept } = session.current!.ratchet!.chains
    const alone = talk.known([], [...everybody, ...talk.knowledge.tokensIn(encodeWire(SenderChains, { chains, kept }))], sent)
    const whole = talk.known([talk.taken.findLast(({ says }) => says.startsWith(name))!], everybody, sent)
    for (const [author, { index: end }] of Object.entries(chains)) {
      let key = hkdfExpand(
        hkdfExtract(new Uint8Array(), groupKey),
        Buffer.concat([ascii.encode(extensionLabels.senderChain), ascii.encode(author)]),
        32,
      )!
      for (let index = 0; index < end; index++) {
        const token = talk.knowledge.tokenOf(derive(key, extensionLabels.messageKey))!
        key = derive(key, extensionLabels.chainStep)
        if (kept.some((one) => one.author === author && one.index === index)) continue
        challenge(counts, "message-from-chains", true, alone.has(token), name)
        challenge(counts, "message-from-state", false, whole.has(token), name)
      }
    }
  }
}

/** A member that parts publishes its key: before, nobody else can sign as it; afterwards everybody can, and nobody has it as a member's. Throws a `Violation`. */
export const playPublished = (primitives: Primitives, counts: GameCounts): void => {
  const talk = new Talk(primitives, { publishKey: 1 })
  for (const name of names.slice(0, 3)) talk.act(name, { type: "join" })
  talk.act("ann", { type: "include", members: ["ben", "cas"] })
  for (const name of ["ann", "ben", "cas"]) talk.act(name, { type: "send", text: "hello" })
  counts.traces++
  const key = talk.session("ann").membership!.ephemeralSecretKey
  const token = talk.knowledge.tokenOf(key)!
  const others = talk.taken.filter(({ says }) => !says.startsWith("ann"))
  const before = talk.known(others, talk.everybody(), talk.products.in(talk.packets()))
  challenge(counts, "forgery-before", true, before.has(token), "all others")
  talk.act("ann", { type: "part" })
  talk.act("ben", { type: "refresh" })
  const after = talk.known([], talk.everybody(), talk.products.in(talk.packets()))
  challenge(counts, "forgery-after", false, after.has(token), "nobody")
  const publicKey = hex(talk.knowledge.primitives.ed25519PublicKey(key))
  for (const name of talk.present()) {
    counts.voices++
    const { exchange } = talk.session(name).membership!
    if (exchange.publicKeys.some((one) => hex(one) === publicKey)) throw new Violation(`${name} has a published key as a member's`)
  }
}
