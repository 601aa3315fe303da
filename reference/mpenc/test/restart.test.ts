/** Members whose programs stop at any point, and members who restore a backup. */
import { Effect, Result } from "effect"
import { describe, expect, it } from "vitest"
import { type GroupChannel, groupChannel, pass, personOf, serve, want } from "../../simulation/group-channel.ts"
import { load, restore, save } from "../extensions/saving.ts"
import { membersOf } from "../session.ts"

const names = ["ann", "ben", "cas"]

const loaded = (bytes: Uint8Array) => Result.getOrThrow(Effect.runSync(Effect.result(load(bytes))))

const restored = (bytes: Uint8Array) => Result.getOrThrow(Effect.runSync(Effect.result(restore(bytes))))

const begun = (grants?: GroupChannel["grants"]): GroupChannel => {
  const channel = groupChannel(names, grants === undefined ? {} : { grants })
  for (const name of names) {
    want(channel, name, { type: "join" })
    pass(channel, 2_000)
  }
  want(channel, "ann", { type: "include", members: ["ben", "cas"] })
  pass(channel, 40_000)
  return channel
}

const alarms = (channel: GroupChannel) =>
  names.flatMap((name) =>
    personOf(channel, name)
      .notices.filter(({ type }) => type === "security")
      .map((notice) => ({ name, notice })),
  )

const refusals = (channel: GroupChannel, name: string) =>
  personOf(channel, name).refused.flatMap((verdict) => (verdict._tag === "Refused" ? [verdict.clause] : []))

/** Ann's program stops after each of her steps: between the state and the requests, when `isDurable`, or before the state is durable and after the requests. */
const stoppingAnn = (isDurable: boolean) => {
  let durable: Uint8Array | null = null
  let kept: Array<Parameters<typeof serve>[2]> = []
  let isStopping = false
  const channel = begun((from, request) => {
    if (from !== "ann" || !isStopping || !isDurable) return true
    kept.push(request)
    return false
  })
  const stop = () => {
    const person = personOf(channel, "ann")
    // What is durable is the state after the step, or, for whom sends first, the one before it.
    person.session = loaded(durable ?? save(person.session))
    isStopping = false
    const again = kept
    kept = []
    for (const request of again) serve(channel, "ann", request)
  }
  const act = (action: Parameters<typeof want>[2]) => {
    const person = personOf(channel, "ann")
    durable = isDurable ? null : save(person.session)
    isStopping = true
    expect(want(channel, "ann", action)).toBeNull()
    if (isDurable) durable = save(person.session)
    stop()
    pass(channel, 500)
  }
  return { channel, act }
}

const talk = (act: (action: Parameters<typeof want>[2]) => void) => {
  for (const text of ["one", "two", "three"]) act({ type: "send", text })
  act({ type: "refresh" })
}

describe("a program that stops", () => {
  it("after the state was durable, and before the requests were made, goes on as if nothing had happened (extensions.persist-before-send)", () => {
    const { channel, act } = stoppingAnn(true)
    talk(act)
    pass(channel, 60_000)
    expect(alarms(channel)).toEqual([])
    for (const name of names) {
      expect(refusals(channel, name)).toEqual([])
      const texts = personOf(channel, name).notices.flatMap((notice) => (notice.type === "message" ? [notice.text] : []))
      expect(texts, name).toEqual(["one", "two", "three"])
      expect(membersOf(personOf(channel, name).session)).toHaveLength(3)
    }
  })

  it("after the requests were made, and before the state was durable, contradicts itself", () => {
    const { channel, act } = stoppingAnn(false)
    talk(act)
    pass(channel, 60_000)
    expect(refusals(channel, "ben")).toContain("transcript.own-line")
    expect(refusals(channel, "ann")).toContain("session.own-message")
  })
})

describe("a backup", () => {
  const later = (): { readonly channel: GroupChannel; readonly backup: Uint8Array } => {
    const channel = begun()
    const backup = save(personOf(channel, "ann").session)
    want(channel, "ann", { type: "send", text: "lost to Ann" })
    pass(channel, 30_000)
    return { channel, backup }
  }

  it("that is simply loaded makes its owner contradict itself", () => {
    const { channel, backup } = later()
    personOf(channel, "ann").session = loaded(backup)
    want(channel, "ann", { type: "send", text: "again" })
    pass(channel, 1_000)
    expect(refusals(channel, "ben")).toContain("transcript.own-line")
  })

  it("that is restored makes its owner a newcomer, and alarms nobody (extensions.restored)", () => {
    const { channel, backup } = later()
    personOf(channel, "ann").session = restored(backup)
    serve(channel, "ann", { type: "leave" })
    pass(channel, 1_000)
    want(channel, "ann", { type: "join" })
    pass(channel, 60_000)
    expect([...membersOf(personOf(channel, "ben").session)].sort()).toEqual(["ben", "cas"])
    want(channel, "ben", { type: "include", members: ["ann"] })
    pass(channel, 60_000)
    for (const name of names) expect([...membersOf(personOf(channel, name).session)].sort(), name).toEqual(names)
    expect(alarms(channel)).toEqual([])
    expect(want(channel, "ann", { type: "send", text: "here again" })).toBeNull()
    pass(channel, 30_000)
    expect(personOf(channel, "cas").notices.some((notice) => notice.type === "message" && notice.text === "here again")).toBe(true)
  })

  it("holds no key of the session that it is from, once restored", () => {
    const { backup } = later()
    const session = restored(backup)
    expect([session.membership, session.current, session.previous, session.greeting, session.proposal, session.channel]).toEqual(
      Array(6).fill(null),
    )
    expect(session.log.entries).toEqual(loaded(backup).log.entries)
  })
})
