/**
 * The game of one channel: two sides that send and receive in any interleaving, each side's messages in their order, with first contact or without; and states taken at any point.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { Crypto, type Primitives } from "../../reference/crypto/crypto.ts"
import * as KeyBundles from "../../reference/dcgka/key-bundles.ts"
import * as Channels from "../../reference/dcgka/two-party-messaging.ts"
import { type RunStep, runOn, seedOf } from "../../reference/simulation/network.ts"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import { KeyStore } from "../../spec/dcgka/key-bundles.ts"
import { type ChannelCorruption, type ChannelPlayed, twoPartySafe } from "../../spec/dcgka/security-game.ts"
import { Channel } from "../../spec/dcgka/two-party-messaging.ts"
import { type GameCounts, tallyOf } from "./challenges.ts"
import { Knowledge, type Token } from "./knowledge.ts"

/** A step of a channel game: a side sends, or receives the next message of the other. */
export type ChannelStep = { readonly side: "a" | "b"; readonly does: "send" | "receive" }

interface Side {
  readonly name: "a" | "b"
  readonly seed: Uint8Array
  channel: Channel
  keyring: Channels.Keyring
  sent: number
  received: number
}

interface Message extends ChannelPlayed {
  readonly bytes: Uint8Array
  readonly payload: Token
}

interface Taken extends ChannelCorruption {
  readonly held: ReadonlyArray<Token>
  readonly keys: ReadonlyArray<Token>
}

const must = <A>(run: RunStep, seed: Uint8Array, step: Parameters<RunStep>[1]): A => Result.getOrThrow(run(seed, step)) as A

const group = "00".repeat(16)
const members = { a: "aa".repeat(16), b: "bb".repeat(16) } as const

/** All interleavings of `sends` messages of each side that end when everything has been received. */
export const interleavings = (sends: number): ReadonlyArray<ReadonlyArray<ChannelStep>> => {
  const all: Array<ReadonlyArray<ChannelStep>> = []
  const go = (steps: ReadonlyArray<ChannelStep>, sent: { a: number; b: number }, received: { a: number; b: number }) => {
    let more = false
    for (const side of ["a", "b"] as const) {
      const other = side === "a" ? "b" : "a"
      if (sent[side] < sends) {
        more = true
        go([...steps, { side, does: "send" }], { ...sent, [side]: sent[side] + 1 }, received)
      }
      if (received[side] < sent[other]) {
        more = true
        go([...steps, { side, does: "receive" }], sent, { ...received, [side]: received[side] + 1 })
      }
    }
    if (!more) all.push(steps)
  }
  go([], { a: 0, b: 0 }, { a: 0, b: 0 })
  return all
}

const person = (run: RunStep, user: string) => {
  const seed = seedOf(user)
  const keys = must<KeyStore>(
    run,
    seed,
    Effect.flatMap(KeyBundles.generate(user), (one) => KeyBundles.rotate(one, 2_000_000_000)),
  )
  return { seed, keys }
}

/** Plays one interleaving, and takes each side's state at each point, alone and with each of the other side. Throws when a payload that is 2SM-safe can be derived. */
export const playChannel = (primitives: Primitives, steps: ReadonlyArray<ChannelStep>, counts: GameCounts): void => {
  const knowledge = new Knowledge(primitives)
  const run = runOn(knowledge.primitives)
  const people = { a: person(run, "alice"), b: person(run, "bob") }
  const sideOf = (name: "a" | "b"): Side => {
    const other = name === "a" ? "b" : "a"
    const published = must<{ keys: KeyStore; bundle: Uint8Array }>(run, people[other].seed, KeyBundles.publish(people[other].keys))
    people[other].keys = published.keys
    const contacts = must<KeyBundles.Contacts>(run, people[name].seed, KeyBundles.learn({}, published.bundle, 1_000_000_000))
    const channel = Channels.open(group, members[name], members[other], other === "a" ? "alice" : "bob")
    return { name, seed: people[name].seed, channel, keyring: { keys: people[name].keys, contacts }, sent: 0, received: 0 }
  }
  const sides = { a: sideOf("a"), b: sideOf("b") }
  // The prekeys that were published for the other side are there for it.
  for (const name of ["a", "b"] as const) sides[name].keyring = { ...sides[name].keyring, keys: people[name].keys }
  const messages: Array<Message> = []
  const taken: Array<Taken> = []
  const take = ({ name, channel, keyring, sent, received }: Side) =>
    taken.push({
      of: name,
      sent,
      received,
      held: knowledge.tokensIn(encodeWire(Channel, channel)),
      keys: knowledge.tokensIn(encodeWire(KeyStore, keyring.keys)),
    })
  for (const side of Object.values(sides)) take(side)
  for (const { side: name, does } of steps) {
    const side = sides[name]
    if (does === "send") {
      side.sent++
      const payload = must<Uint8Array>(
        run,
        side.seed,
        Effect.map(
          Crypto,
          (crypto) =>
            crypto.hkdfExpand(
              crypto.hkdfExtract(new TextEncoder().encode("conclave/1 draw"), side.seed),
              new TextEncoder().encode(`payload ${side.sent}`),
              32,
            )!,
        ),
      )
      const result = must<Effect.Success<ReturnType<typeof Channels.send>>>(
        run,
        side.seed,
        Channels.send(side.channel, side.keyring, payload, new Uint8Array(), side.sent),
      )
      side.channel = result.channel
      side.keyring = result.keyring
      messages.push({ from: name, number: side.sent, received: side.received, bytes: result.message, payload: knowledge.tokenOf(payload)! })
    } else {
      side.received++
      const next = messages.find(({ from, number }) => from !== name && number === side.received)!
      const result = must<Effect.Success<ReturnType<typeof Channels.receive>>>(
        run,
        side.seed,
        Channels.receive(side.channel, side.keyring, next.bytes, new Uint8Array()),
      )
      side.channel = result.channel
      side.keyring = result.keyring
    }
    take(side)
  }
  judgeChannel(knowledge, messages, taken, counts)
}

const judgeChannel = (knowledge: Knowledge, messages: ReadonlyArray<Message>, taken: ReadonlyArray<Taken>, counts: GameCounts): void => {
  const everybody = messages.flatMap(({ bytes }) => knowledge.tokensIn(bytes))
  counts.traces++
  const sets = taken.flatMap((one, index) => [
    [one],
    ...taken
      .slice(index + 1)
      .filter(({ of }) => of !== one.of)
      .map((other) => [one, other]),
  ])
  for (const set of sets) {
    counts.corruptions++
    const known = knowledge.closure([...everybody, ...set.flatMap(({ held, keys }) => [...held, ...keys])])
    for (const message of messages) {
      const judgement = twoPartySafe(message, set) ? "dominated" : "unsafe"
      const tally = tallyOf(counts, judgement, "channel")
      tally.challenges++
      if (!known.has(message.payload)) continue
      tally.derivable++
      if (judgement === "unsafe") continue
      const whose = set.map(({ of, sent, received }) => `${of} (${sent} sent, ${received} received)`).join(" and of ")
      throw new Error(`message ${message.number} of ${message.from} follows from the state of ${whose}`)
    }
  }
}
