/** Sessions over a channel that is honest, slow, lossy, or lying. */
import { describe, expect, it } from "vitest"
import type { ChannelEvent, Notice, UserAction } from "../../../spec/mpenc/notices.ts"
import { type Fate, type GroupChannel, groupChannel, pass, personOf, serve, show, want } from "../../simulation/group-channel.ts"
import { defaults, membersOf, publicState } from "../session.ts"

const names = ["ann", "ben", "cas", "dan"]

/** A generator of numbers from 0 to below `limit`, the same in every run. */
const numbers = (seed: number) => {
  let state = seed
  return (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >> 8) % limit
  }
}

const alarming: ReadonlyArray<Notice["type"]> = [
  "security",
  "not-acknowledged",
  "not-accepted",
  "not-decrypted",
  "expired",
  "history-missing",
  "order-unconfirmed",
]

const alarms = (channel: GroupChannel, people: ReadonlyArray<string> = names) =>
  people.flatMap((name) =>
    personOf(channel, name)
      .notices.filter(({ type }) => alarming.includes(type))
      .map((notice) => ({ name, ...notice })),
  )

const joined = (count: number, fate?: Fate, ratchet = 0): GroupChannel => {
  const options = { ...defaults, ratchet }
  const channel = groupChannel(names, fate === undefined ? { options } : { fate, options })
  for (const name of names.slice(0, count)) {
    want(channel, name, { type: "join" })
    pass(channel, 2_000)
  }
  want(channel, "ann", { type: "include", members: names.slice(1, count) })
  pass(channel, 10_000)
  expect(membersOf(personOf(channel, "ann").session)).toHaveLength(count)
  return channel
}

const read = (channel: GroupChannel, name: string): ReadonlyArray<string> =>
  personOf(channel, name).notices.flatMap((notice) => (notice.type === "message" ? [notice.text] : []))

const chainHash = (channel: GroupChannel, name: string) => personOf(channel, name).session.order.line.at(-1)?.chainHash

const groupKey = (channel: GroupChannel, name: string) =>
  Buffer.from(personOf(channel, name).session.membership?.agreement.groupKey ?? []).toString("hex")

const expectAgreement = (channel: GroupChannel, people: ReadonlyArray<string>) => {
  const expected = [...people].sort()
  for (const name of people) {
    expect([...membersOf(personOf(channel, name).session)].sort(), name).toEqual(expected)
    expect(chainHash(channel, name)).toBe(chainHash(channel, people[0]!))
    expect(groupKey(channel, name)).toBe(groupKey(channel, people[0]!))
  }
}

describe("an honest channel", () => {
  it("in long random sessions alarms nobody, and all agree (S16, S26)", () => {
    for (const seed of [1, 2, 3]) {
      const random = numbers(seed)
      // Each member's events come in order, but each member is slow in its own way.
      const last = new Map<string, number>()
      const fate: Fate = (event, to, { now }) => {
        const at = Math.max(now + 10 + random(900), last.get(to) ?? 0)
        last.set(to, at)
        return [{ event, delay: at - now }]
      }
      const channel = joined(4, fate, seed % 2)
      for (let turn = 0; turn < 40; turn++) {
        const who = names[random(3)]!
        const others = membersOf(personOf(channel, who).session).filter((name) => name !== who)
        const isDanIn = others.includes("dan")
        const actions: ReadonlyArray<UserAction> = [
          { type: "send", text: `message ${turn}` },
          { type: "send", text: "x".repeat(1 + random(400)) },
          { type: "refresh" },
          isDanIn ? { type: "exclude", members: ["dan"] } : { type: "include", members: ["dan"] },
        ]
        want(channel, who, actions[random(turn % 3 === 0 ? 4 : 2)]!)
        pass(channel, 100 + random(4_000))
      }
      pass(channel, 100_000)
      expectAgreement(channel, membersOf(personOf(channel, "ann").session))
      const inside = ["ann", "ben", "cas"]
      expect(read(channel, "ann").length).toBeGreaterThan(15)
      // A subsession that is replaced twice in a few seconds ends before all of it can be acknowledged, which its members are told.
      expect(
        alarms(channel, inside).filter(({ type }) => type !== "not-acknowledged"),
        `seed ${seed}`,
      ).toEqual([])
      for (const name of inside) expect(read(channel, name).length).toBe(read(channel, "ann").length)
    }
  })

  it("changes nothing of a session before the final packet (S13, S17)", () => {
    const channel = joined(3)
    want(channel, "dan", { type: "join" })
    pass(channel, 100)
    const before = groupKey(channel, "ben")
    want(channel, "ann", { type: "include", members: ["dan"] })
    let packets = 0
    while (personOf(channel, "ben").session.membership!.agreement.members.length === 3) {
      expect(groupKey(channel, "ben")).toBe(before)
      expect(membersOf(personOf(channel, "ben").session)).toEqual(["ann", "ben", "cas"])
      want(channel, "ben", { type: "send", text: `during ${packets++}` })
      // Another proposal meanwhile is refused.
      if (personOf(channel, "ben").session.greeting !== null)
        expect(want(channel, "ben", { type: "refresh" })).toMatchObject({ clause: "session.busy" })
      pass(channel, 50)
    }
    expect(packets).toBeGreaterThan(2)
    expect(groupKey(channel, "ben")).not.toBe(before)
    pass(channel, 30_000)
    expectAgreement(channel, names)
    expect(read(channel, "dan")).toEqual([])
    expect(read(channel, "cas")).toHaveLength(packets)
  })

  it("brings everybody in and out by their own wish, one by one", () => {
    const channel = joined(4)
    for (const name of ["dan", "ben"]) {
      want(channel, name, { type: "part" })
      pass(channel, 30_000)
      expect(publicState(personOf(channel, name).session)).toBe("parted")
    }
    expectAgreement(channel, ["ann", "cas"])
    want(channel, "cas", { type: "part" })
    pass(channel, 200_000)
    expect(channel.members).toEqual([])
    expect(alarms(channel)).toEqual([])
  })
})

describe("a channel that loses, reorders and repeats messages", () => {
  const isData = (event: ChannelEvent) => event.type === "packet" && Buffer.from(event.text.slice(7, 15), "base64")[1] === 0x12

  it("converges when it gets better, and everybody who was not acknowledged in time was told (S20, S22)", () => {
    for (const seed of [4, 5]) {
      const random = numbers(seed)
      const fate: Fate = (event, _to, { now }) => {
        if (!isData(event) || now > 60_000) return [{ event, delay: 50 }]
        const chance = random(10)
        if (chance < 3) return []
        const delay = chance < 6 ? 50 + random(6_000) : 50
        return chance === 9
          ? [
              { event, delay },
              { event, delay: delay + 700 },
            ]
          : [{ event, delay }]
      }
      const channel = joined(3, fate, seed % 2)
      for (let turn = 0; turn < 12; turn++) {
        want(channel, names[turn % 3]!, { type: "send", text: `${turn}` })
        pass(channel, random(6_000))
      }
      pass(channel, 500_000)
      for (const name of ["ann", "ben", "cas"]) {
        expect([...read(channel, name)].sort()).toEqual(Array.from({ length: 12 }, (_, turn) => `${turn}`).sort())
        const { current } = personOf(channel, name).session
        expect(
          current!.transcript.messages.filter(({ message, unacknowledged }) => message.kind === "payload" && unacknowledged.length > 0),
        ).toEqual([])
      }
    }
  })

  it("that cuts somebody off warns both sides, and what was written is there afterwards", () => {
    let isCut = false
    const fate: Fate = (event, to) => {
      const from = event.type === "packet" ? event.sender : ""
      return isCut && isData(event) && (from === "cas") !== (to === "cas") ? [] : [{ event, delay: 50 }]
    }
    const channel = joined(3, fate)
    isCut = true
    want(channel, "ann", { type: "send", text: "to all" })
    want(channel, "cas", { type: "send", text: "from afar" })
    pass(channel, 150_000)
    const told = alarms(channel)
    for (const name of ["ann", "cas"]) {
      expect(told.some((one) => one.name === name && one.type === "not-acknowledged")).toBe(true)
      expect(told.some((one) => one.name === name && one.type === "expired")).toBe(true)
    }
    isCut = false
    pass(channel, 300_000)
    for (const name of ["ann", "ben", "cas"]) expect([...read(channel, name)].sort()).toEqual(["from afar", "to all"])
    expect(personOf(channel, "ann").notices.some(({ type }) => type === "back")).toBe(true)
  })

  it("keeps no more than a few packets of junk, and does nothing by them (S23)", () => {
    const channel = joined(3)
    want(channel, "cas", { type: "send", text: "real" })
    pass(channel, 500)
    const real = channel.events.findLast((event) => event.type === "packet" && event.sender === "cas" && isData(event))!
    const text = real.type === "packet" ? real.text : ""
    for (let number = 0; number < 300; number++) {
      const bytes = Buffer.from(text.slice(7, -1), "base64")
      bytes[4] = number & 0xff
      bytes[20] = number >> 8
      bytes[30]! ^= 1
      show(channel, "ann", { type: "packet", sender: "cas", text: `?mpENC:${bytes.toString("base64")}.` })
    }
    const { session, refused } = personOf(channel, "ann")
    expect(session.waiting.length).toBeLessThanOrEqual(4)
    expect(read(channel, "ann")).toEqual(["real"])
    expect(refused.every((verdict) => verdict._tag !== "Malformed")).toBe(true)
  })
})

describe("a member with other ideas", () => {
  it("who includes one that was excluded and is still in the channel: it is kicked, and the operation fails (IAL)", () => {
    const channel = joined(3)
    want(channel, "ann", { type: "exclude", members: ["cas"] })
    pass(channel, 200)
    expect(channel.members).toContain("cas")
    const ben = personOf(channel, "ben")
    ben.session = { ...ben.session, toKick: [] }
    expect(want(channel, "ben", { type: "include", members: ["cas"] })).toBeNull()
    pass(channel, 500)
    expect(channel.members).not.toContain("cas")
    const stages = personOf(channel, "ann").notices.flatMap((notice) => (notice.type === "operation" ? [notice.stage] : []))
    expect(stages.slice(-2)).toEqual(["started", "failed"])
    pass(channel, 30_000)
    expectAgreement(channel, ["ann", "ben"])
  })
})

describe("a server that does not do what it is asked", () => {
  it("is asked again, and nothing hangs", () => {
    const channel = groupChannel(names, { grants: (_from, { type }) => type === "enter" || type === "send" })
    for (const name of names) {
      want(channel, name, { type: "join" })
      pass(channel, 100)
    }
    want(channel, "ann", { type: "include", members: ["ben", "cas", "dan"] })
    pass(channel, 5_000)
    for (const excluded of ["dan", "cas"]) {
      want(channel, "ann", { type: "exclude", members: [excluded] })
      pass(channel, 20_000)
    }
    want(channel, "ben", { type: "part" })
    pass(channel, 400_000)
    expect(channel.members).toEqual(names)
    for (const name of ["ben", "cas", "dan"]) expect(publicState(personOf(channel, name).session)).toBe("parting")
  })
})

describe("a server or a member that lies", () => {
  it("cannot show an order to one that others do not have, without its coming out (S18)", () => {
    // Cas gets Ben's refresh before Ann's; the others the other way round.
    const held: Array<ChannelEvent> = []
    let isLying = false
    const fate: Fate = (event, to) => {
      if (isLying && to === "cas" && event.type === "packet" && event.sender === "ann" && held.length === 0) {
        held.push(event)
        return []
      }
      return [{ event, delay: 50 }]
    }
    const channel = joined(3, fate)
    isLying = true
    want(channel, "ann", { type: "refresh" })
    want(channel, "ben", { type: "refresh" })
    pass(channel, 100)
    isLying = false
    show(channel, "cas", held[0]!)
    pass(channel, 60_000)
    expect(chainHash(channel, "cas")).not.toBe(chainHash(channel, "ann"))
    for (const name of ["ann", "ben", "cas"])
      expect(
        alarms(channel).some((one) => one.name === name),
        name,
      ).toBe(true)
  })

  it("cannot split the group's key in silence (S15)", () => {
    const channel = joined(3)
    const cas = personOf(channel, "cas")
    // What an insider can do with intermediate keys: Cas has another group key than the others.
    const { current } = cas.session
    const agreement = { ...current!.membership.agreement, groupKey: new Uint8Array(32).fill(9) }
    cas.session = { ...cas.session, current: { ...current!, membership: { ...current!.membership, agreement } } }
    want(channel, "ann", { type: "send", text: "hello" })
    pass(channel, 40_000)
    expect(read(channel, "cas")).toEqual([])
    expect(read(channel, "ben")).toEqual(["hello"])
    expect(alarms(channel, ["ann"]).some(({ type }) => type === "not-acknowledged")).toBe(true)
    expect(alarms(channel, ["cas"]).some(({ type }) => type === "not-decrypted")).toBe(true)
  })

  it("cannot tell readers different things in silence (S21)", () => {
    let isDifferent = false
    const channel = joined(3, (event, to) => {
      const isOfAnn = event.type === "packet" && event.sender === "ann" && isDifferent && to === "cas"
      return isOfAnn ? [] : [{ event, delay: 50 }]
    })
    const ann = personOf(channel, "ann")
    const before = ann.session
    isDifferent = true
    want(channel, "ann", { type: "send", text: "to Ben" })
    pass(channel, 100)
    isDifferent = false
    // The same state writes again, for Cas; Ben sees it too, and refuses it.
    ann.session = { ...before, draws: { ...before.draws, iv: before.draws.iv + 100 } }
    want(channel, "ann", { type: "send", text: "to Cas" })
    pass(channel, 60_000)
    expect(read(channel, "ben")).toEqual(["to Ben"])
    expect(read(channel, "cas")).toEqual(["to Cas"])
    expect(personOf(channel, "ben").refused).toContainEqual(expect.objectContaining({ clause: "transcript.own-line" }))
    for (const name of ["ben", "cas"])
      expect(
        alarms(channel, [name]).some(({ type }) => type === "not-acknowledged"),
        name,
      ).toBe(true)
  })

  it("cannot make one believe an operation that the others do not have: the newcomer leaves and comes again", () => {
    const channel = joined(2)
    want(channel, "dan", { type: "join" })
    pass(channel, 100)
    // Ben's proposal comes after Ann's refresh, and Dan has left and come back in between: the others refuse it, Dan takes it.
    want(channel, "ann", { type: "refresh" })
    want(channel, "ben", { type: "include", members: ["dan"] })
    const proposal = channel.events.pop()!
    channel.arrivals = channel.arrivals.filter(({ event }) => event !== proposal)
    serve(channel, "ann", { type: "kick", members: ["dan"] })
    pass(channel, 200)
    serve(channel, "dan", { type: "enter" })
    pass(channel, 200)
    show(channel, "dan", proposal)
    expect(personOf(channel, "dan").session.greeting).not.toBeNull()
    for (const name of ["ann", "ben"]) show(channel, name, proposal)
    pass(channel, 120_000)
    expect(personOf(channel, "dan").session.greeting).toBeNull()
    expect(channel.members).toContain("dan")
    want(channel, "ann", { type: "include", members: ["dan"] })
    pass(channel, 20_000)
    expectAgreement(channel, ["ann", "ben", "dan"])
  })
})
