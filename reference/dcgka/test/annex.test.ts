/** The scenarios of the chapter "annex": what the paper's rules give when a user is added again as the same member, and what unique additions give. */
import { Effect, Result } from "effect"
import { describe, expect, it } from "vitest"
import { causalOrder, type History, members, memberView, type Operation } from "../../../spec/dcgka/group-membership.ts"
import { emptyRatchet } from "../../../spec/dcgka/ratchet.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { accepted, actor, runStep } from "../../simulation/network.ts"
import * as KeyBundles from "../key-bundles.ts"
import { updateRatchet } from "../ratchet.ts"
import * as Channels from "../two-party-messaging.ts"

/** A history in short form, as in the cases of the chapter "group-membership"; users are letters. */
const history = (text: string): History =>
  text.split("; ").map((one): Operation => {
    const [by, type, of] = one.split(" ") as [string, string, string]
    const head = { sender: by[0]!, seq: Number(by.slice(1)) }
    if (type === "create") return { type, ...head, members: [...of] }
    if (type === "ack") return { type, ...head, ofSender: of[0]!, ofSeq: Number(of.slice(1)) }
    return { type: type as "add" | "remove", ...head, member: of }
  })

const nameOf = ({ sender, seq }: Operation) => `${sender}${seq}`

/** The game of appendix A, as printed but for what its errata are about. */
const game = (all: History) => {
  const before = causalOrder(all)
  const past = (one: Operation) => all.filter((other) => other === one || before(other, one))
  const shouldDecrypt = (one: Operation, user: string) => members(past(one), before).includes(user)
  const isDelivered = (delivered: ReadonlySet<string>, one: Operation) => delivered.has(nameOf(one))
  return {
    /** Whether a user is a member after what it has been delivered and what is before the message. */
    shouldReceive: (one: Operation, user: string, delivered: ReadonlySet<string>) =>
      members(
        all.filter((other) => isDelivered(delivered, other) || past(one).includes(other)),
        before,
      ).includes(user),
    /** Whether a user has been delivered all that it should decrypt: of all messages as printed, or of those before the one. */
    isReady: (one: Operation, user: string, delivered: ReadonlySet<string>, of: "all" | "before" = "before") =>
      all.every((other) => (of === "before" && !before(other, one)) || !shouldDecrypt(other, user) || isDelivered(delivered, other)),
  }
}

const byName = (all: History, name: string) => all.find((one) => nameOf(one) === name)!

describe("F8", () => {
  const base = "A1 create ABC; B1 ack A1; C1 ack A1"
  const [ofB, ofC] = ["B2 add D", "C2 add D"]

  it("by figure 4 the second welcome replaces the history: D is not in A's view, who has it as a member", () => {
    const replaced = history(`${base}; ${ofC}; A2 ack B2`)
    expect(memberView(replaced, "A", 2)).toEqual(["A", "B", "C"])
    expect(memberView(history(`${base}; ${ofB}; A2 ack B2`), "A", 2)).toContain("D")
  })

  it("here the two additions make two members, of whom each has one welcome", () => {
    const both = history(`${base}; B2 add D; C2 add E; A2 ack B2; A3 ack C2`)
    expect(memberView(both, "A", 2)).toEqual(["A", "B", "C", "D"])
    expect(members(both)).toEqual(["A", "B", "C", "D", "E"])
  })
})

describe("F10", () => {
  it("as printed, an addition waits for itself", () => {
    const all = history("A1 create AB; B1 ack A1; A2 add C")
    const { isReady } = game(all)
    expect(isReady(byName(all, "A2"), "C", new Set(), "all")).toBe(false)
    expect(isReady(byName(all, "A2"), "C", new Set())).toBe(true)
  })

  it("as printed, nothing after an own message is ready", () => {
    const all = history("A1 create AB; B1 ack A1; A2 add C; B2 ack A2")
    const { isReady } = game(all)
    expect(isReady(byName(all, "B2"), "A", new Set(["A1", "B1"]))).toBe(false)
    expect(isReady(byName(all, "B2"), "A", new Set(["A1", "B1", "A2"]))).toBe(true)
  })

  it("a removed user is not eligible for its removal", () => {
    const all = history("A1 create AB; B1 ack A1; A2 remove B")
    expect(game(all).shouldReceive(byName(all, "A2"), "B", new Set(["A1", "B1"]))).toBe(false)
  })
})

describe("O1", () => {
  const told = (again: string, once: string) =>
    `A1 create ABD; B1 ack A1; D1 ack A1; D2 remove A; B2 ack D2; A2 remove B; A3 add ${again}; D3 ack A2; D4 ack A3; D5 add ${once}`

  it("by the game B waits for ever for what it must not receive", () => {
    const all = history(told("B", "B"))
    const { shouldReceive, isReady } = game(all)
    const delivered = new Set(["A1", "B1", "D1", "D2", "B2"])
    for (const _ of all)
      for (const one of all) if (shouldReceive(one, "B", delivered) && isReady(one, "B", delivered)) delivered.add(nameOf(one))
    expect([...delivered]).toEqual(["A1", "B1", "D1", "D2", "B2"])
    expect(shouldReceive(byName(all, "D5"), "B", delivered)).toBe(true)
    expect(shouldReceive(byName(all, "A3"), "B", delivered)).toBe(false)
    expect(isReady(byName(all, "D5"), "B", new Set([...delivered, "A3"]))).toBe(true)
  })

  it("here each addition makes a member, of whom one counts and waits for nothing", () => {
    const all = history(told("E", "F"))
    expect(members(all)).toEqual(["D", "F"])
    expect(game(all).isReady(byName(all, "D5"), "F", new Set())).toBe(true)
  })
})

const group = "ab".repeat(16)
const run = <A, E>(effect: Effect.Effect<A, E, Crypto>) => Effect.runSync(Effect.provideService(effect, Crypto, nodePrimitives))

describe("O2", () => {
  const [carol, bob] = [actor("carol", 1), actor("bob", 2)]
  const bobs = bob.bundles.reduce(
    (contacts, bundle) => accepted(carol.actor.seed, KeyBundles.learn(contacts, bundle, 1_000_000_000)),
    carol.actor.state.contacts,
  )
  const carols = accepted(bob.actor.seed, KeyBundles.learn(bob.actor.state.contacts, carol.bundles[0]!, 1_000_000_000))
  const keyring = { ...carol.actor.state, contacts: bobs }
  const [c, b, anew] = ["0c".repeat(16), "0b".repeat(16), "1b".repeat(16)]
  const outer = new Uint8Array(8)
  const send = (channel: ReturnType<typeof Channels.open>, from: typeof keyring, byte: number) =>
    accepted(carol.actor.seed, Channels.send(channel, from, new Uint8Array(32).fill(byte), outer))
  const receive = (me: string, bytes: Uint8Array) =>
    runStep(bob.actor.seed, Channels.receive(Channels.open(group, me, c, "carol"), { ...bob.actor.state, contacts: carols }, bytes, outer))
  const seed = send(Channels.open(group, c, b, "bob"), keyring, 1)

  it("on the channel of before, who has stopped cannot open what is sent after its removal", () => {
    const ratchet = send(seed.channel, { ...keyring, ...seed.keyring }, 2)
    expect(Result.isSuccess(receive(b, seed.message))).toBe(true)
    expect(Result.isFailure(receive(b, ratchet.message))).toBe(true)
  })

  it("here a new member has a new channel", () => {
    const ratchet = send(Channels.open(group, c, anew, "bob"), { ...keyring, ...seed.keyring }, 2)
    expect(Result.isSuccess(receive(anew, ratchet.message))).toBe(true)
  })
})

describe("O3", () => {
  const secretAfter = (state: Uint8Array, member: string) =>
    run(Effect.orDie(updateRatchet(state, new Uint8Array(32).fill(1), group, member))).updateSecret

  it("by appendix D whoever has deleted its keys and whoever has not take different secrets", () => {
    const old = new Uint8Array(32).fill(2)
    const member = "cd".repeat(16)
    expect(secretAfter(emptyRatchet, member)).not.toEqual(secretAfter(old, member))
  })

  it("here both begin with the empty ratchet of a new member", () => {
    const ratchets: Readonly<Record<string, Uint8Array>> = { ["cd".repeat(16)]: new Uint8Array(32).fill(2) }
    const anew = "ef".repeat(16)
    expect(secretAfter(ratchets[anew] ?? emptyRatchet, anew)).toEqual(secretAfter(emptyRatchet, anew))
  })
})
