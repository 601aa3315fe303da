/** Saving and loading at any point, and what the ratchet forgets. */
import { Effect, Result } from "effect"
import { describe, expect, it } from "vitest"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { node } from "../../crypto/providers/node.ts"
import { groupChannel, pass, personOf, want } from "../../simulation/group-channel.ts"
import * as Ratchet from "../extensions/ratchet.ts"
import { load, save } from "../extensions/saving.ts"
import { Subsession } from "../session/state.ts"
import { defaults, Session } from "../session.ts"

const loaded = (bytes: Uint8Array) => Effect.runSync(Effect.result(load(bytes)))

const names = ["ann", "ben", "cas"]

/** A conversation with operations; `between` is done after each step. */
const play = (between: (channel: ReturnType<typeof groupChannel>) => void) => {
  const channel = groupChannel(names)
  const steps: ReadonlyArray<() => void> = [
    ...names.map((name) => () => want(channel, name, { type: "join" })),
    () => want(channel, "ann", { type: "include", members: ["ben"] }),
    () => want(channel, "ben", { type: "send", text: "hello" }),
    () => want(channel, "ben", { type: "include", members: ["cas"] }),
    () => want(channel, "cas", { type: "send", text: "hi" }),
    () => want(channel, "ann", { type: "refresh" }),
    () => want(channel, "cas", { type: "exclude", members: ["ben"] }),
    () => want(channel, "ann", { type: "part" }),
  ]
  for (const step of steps) {
    step()
    // Short enough for packets to be on their way, greetings half done, messages unacknowledged.
    for (let time = 0; time < 12; time++) {
      pass(channel, time % 3 === 0 ? 40 : 5_000)
      between(channel)
    }
  }
  return channel
}

describe("saving", () => {
  it("and loading at any point changes nothing that follows (extensions.saved)", () => {
    const plain = play(() => {})
    const reloaded = play((channel) => {
      for (const name of names) {
        const person = personOf(channel, name)
        person.session = Result.getOrThrow(loaded(save(person.session)))
      }
    })
    for (const name of names) {
      expect(personOf(reloaded, name).notices).toEqual(personOf(plain, name).notices)
      expect(personOf(reloaded, name).session).toEqual(personOf(plain, name).session)
    }
  })

  it("has one form, and other bytes are malformed (extensions.saved)", () => {
    const channel = play(() => {})
    const bytes = save(personOf(channel, "cas").session)
    expect(loaded(bytes)).toEqual(Result.succeed(personOf(channel, "cas").session))
    expect(loaded(Uint8Array.of(...bytes, 0))).toMatchObject({ failure: { clause: "encoding.canonical" } })
    expect(loaded(bytes.slice(0, -1))).toMatchObject({ failure: { clause: "encoding.canonical" } })
    expect(loaded(encodeWire(Session, personOf(channel, "cas").session))).toMatchObject({ failure: { clause: "encoding.shape" } })
    expect(loaded(Uint8Array.of(...bytes.slice(0, 1), 2, ...bytes.slice(2)))).toMatchObject({ failure: { clause: "encoding.shape" } })
  })
})

describe("the ratchet", () => {
  const groupKey = new Uint8Array(32).fill(7)
  const begin = () => Effect.runSync(Effect.provide(Ratchet.begin(groupKey, ["ann", "ben"]), node))
  const keyOf = (state: ReturnType<typeof begin>, index: number) =>
    Effect.runSync(Effect.provide(Effect.result(Ratchet.messageKey(state, "ann", index)), node))

  it("deletes a chain key with the next one, and a message key when told (extensions.ratchet-forgets)", () => {
    const first = begin()
    const { state, key } = Result.getOrThrow(keyOf(first, 2))
    const held = JSON.stringify([state.chains, state.kept].flat().map((one) => JSON.stringify(one)))
    expect(state.chains.ann!.key).not.toEqual(first.chains.ann!.key)
    expect(held).not.toContain(JSON.stringify(first.chains.ann!.key))
    expect(state.kept.map(({ index }) => index)).toEqual([0, 1, 2])
    const after = Ratchet.forget(state, "ann", 2)
    expect(after.kept.some((one) => Buffer.from(one.key).equals(Buffer.from(key)))).toBe(false)
    expect(keyOf(after, 2)).toMatchObject({ failure: { clause: "extensions.ratchet-index" } })
    expect(Result.isSuccess(keyOf(after, 1))).toBe(true)
  })

  it("of a session forgets the group key at once, and message keys with the last acknowledgement (extensions.ratchet-forgets)", () => {
    const channel = groupChannel(names, { options: { ...defaults, ratchet: 1, orderAcknowledgements: 0 } })
    for (const name of names) want(channel, name, { type: "join" })
    pass(channel, 500)
    want(channel, "ann", { type: "include", members: ["ben", "cas"] })
    pass(channel, 2_000)
    const subsession = () => personOf(channel, "cas").session.current!
    const chainOf = (author: string) => Buffer.from(subsession().ratchet!.chains.chains[author]!.key)
    const groupKey = Buffer.from(personOf(channel, "cas").session.membership!.agreement.groupKey!)
    const first = chainOf("ben")
    const holds = (key: Buffer) => Buffer.from(encodeWire(Subsession, subsession())).includes(key)
    expect([holds(groupKey), holds(first)]).toEqual([false, true])
    want(channel, "ben", { type: "send", text: "secret" })
    pass(channel, 1_000)
    const [kept] = subsession().ratchet!.chains.kept
    expect(kept).toMatchObject({ author: "ben", index: 0 })
    expect([holds(first), holds(Buffer.from(kept!.key))]).toEqual([false, true])
    expect(personOf(channel, "ben").session.current!.ratchet!.chains.kept).toEqual([])
    pass(channel, 40_000)
    expect(holds(Buffer.from(kept!.key))).toBe(false)
    expect(personOf(channel, "cas").notices.filter(({ type }) => type === "acknowledged")).toHaveLength(1)
  })
})
