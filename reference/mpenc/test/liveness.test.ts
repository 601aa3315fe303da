/** Liveness in conversations over channels that lose, delay and repeat, on a clock that the test turns. */
import { Effect, Layer, Result } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { type Action, dueTimes, Liveness, nextTick, operationTime, times } from "../../../spec/mpenc/liveness.ts"
import type { Kind, Message } from "../../../spec/mpenc/transcript.ts"
import { node } from "../../crypto/providers/node.ts"
import { injected } from "../../crypto/randomness.ts"
import * as Steps from "../liveness.ts"
import * as Transcript from "../transcript.ts"

interface Member {
  readonly name: string
  transcript: Transcript.Transcript
  liveness: Liveness
  readonly told: Array<Action>
  readonly received: Set<string>
}

interface Packet {
  readonly to: Member
  readonly message: Message
  readonly at: number
}

/** How long a packet takes to a member; null when it is lost. Repeated deliveries are several numbers. */
type Channel = (sender: string, to: string, message: Message, now: number) => ReadonlyArray<number>

const run = <A>(
  seed: string,
  step: Effect.Effect<A, never, typeof Transcript extends never ? never : import("../../crypto/randomness.ts").Randomness>,
): A => Effect.runSync(Effect.provide(step, Layer.provide(injected(new TextEncoder().encode(seed.padEnd(32, ".").slice(0, 32))), node)))

/** A conversation: its members, a clock, and packets under way. */
class World {
  now = 0
  readonly members: ReadonlyArray<Member>
  readonly channel: Channel
  #under: Array<Packet> = []
  #count = 0

  constructor(names: ReadonlyArray<string>, channel: Channel) {
    this.channel = channel
    this.members = names.map((name) => ({
      name,
      transcript: Transcript.empty(names),
      liveness: Steps.begin(
        names.filter((one) => one !== name),
        0,
      ),
      told: [],
      received: new Set<string>(),
    }))
  }

  member(name: string): Member {
    return this.members.find((one) => one.name === name)!
  }

  #deliver(sender: string, message: Message) {
    for (const to of this.members)
      for (const delay of to.name === sender ? [0] : this.channel(sender, to.name, message, this.now))
        this.#under.push({ to, message, at: this.now + delay })
  }

  write(name: string, kind: Kind): Message {
    const member = this.member(name)
    const readers = this.members.map((one) => one.name).filter((one) => one !== name)
    const id = (++this.#count).toString(16).padStart(40, "0")
    const message: Message = { id, author: name, parents: Transcript.heads(member.transcript), readers, kind }
    this.#receive(member, message)
    this.#deliver(name, message)
    return message
  }

  #receive(member: Member, message: Message) {
    const received = Effect.runSync(Effect.result(Transcript.receive(member.transcript, message)))
    if (Result.isFailure(received)) {
      if (received.failure._tag === "Ignored")
        this.#take(member, Steps.duplicate(member.liveness, member.transcript, member.name, message.id, this.now))
      else throw new Error(JSON.stringify(received.failure))
      return
    }
    const { transcript, accepted, missing, dropped } = received.success
    member.transcript = transcript
    if (missing.length > 0)
      member.liveness = Steps.held(
        member.liveness,
        message.id,
        dropped.map(({ id }) => id),
        this.now,
      )
    for (const one of accepted) {
      member.received.add(one.message.id)
      this.#take(
        member,
        run(member.name, Steps.accepted(member.liveness, transcript, member.name, one.message, one.fullyAcknowledged, this.now)),
      )
    }
  }

  #take(member: Member, { state, actions }: Steps.Stepped) {
    member.liveness = state
    for (const action of actions) {
      if (action.type === "acknowledge") this.write(member.name, "ack")
      else if (action.type === "heartbeat") this.write(member.name, "heartbeat")
      else if (action.type === "resend") this.#deliver(member.name, Transcript.find(member.transcript, action.id)!)
      else member.told.push(action)
    }
  }

  /** The next time at which something happens: a packet arrives, or a member has something to do. */
  #next(): number {
    const ticks = this.members.map(({ liveness }) => nextTick(liveness)).filter((at) => at !== null)
    return Math.min(...this.#under.map(({ at }) => at), ...ticks)
  }

  /** Turns the clock to `until`. */
  run(until: number) {
    for (let next = this.#next(); next <= until; next = this.#next()) {
      this.now = Math.max(this.now, next)
      const arrived = this.#under.filter(({ at }) => at <= this.now)
      this.#under = this.#under.filter(({ at }) => at > this.now)
      for (const { to, message } of arrived) this.#receive(to, message)
      for (const member of this.members) this.#take(member, Steps.tick(member.liveness, member.transcript, member.name, this.now))
    }
    this.now = until
  }
}

const names = ["ann", "ben", "cas"]
const first = "1".padStart(40, "0")
const hour = 3_600_000
const honest: Channel = () => [400]

const toldOf = (world: World) => world.members.flatMap(({ name, told }) => told.map((action) => ({ name, ...action })))

const payloads = ({ transcript }: Member) => transcript.messages.map(({ message }) => message).filter(({ kind }) => kind === "payload")

/** Whether everybody has every payload, and knows it of everybody. */
const isConverged = (world: World) =>
  world.members.every(
    (member) =>
      payloads(member).length === new Set(world.members.flatMap(payloads).map(({ id }) => id)).size &&
      Transcript.unacknowledged(member.transcript).every(({ kind }) => kind !== "payload"),
  )

describe("an honest channel", () => {
  it("gives no warnings in hours of silence and talk (liveness.no-false-alarm)", () => {
    const world = new World(names, (sender, to) => [sender < to ? 400 : 4_900])
    world.run(hour)
    for (let turn = 0; turn < 30; turn++) {
      world.write(names[turn % 3]!, "payload")
      world.run(world.now + 1_000 * turn)
    }
    world.run(3 * hour)
    expect(toldOf(world)).toEqual([])
    expect(isConverged(world)).toBe(true)
  })

  it("lets one acknowledgement answer for all that is due", () => {
    const world = new World(names, honest)
    for (let count = 0; count < 10; count++) world.write("ann", "payload")
    world.run(60_000)
    const acks = world.member("ann").transcript.messages.filter(({ message }) => message.kind === "ack")
    expect(acks.map(({ message }) => message.author).sort()).toEqual(["ben", "cas"])
    expect(Transcript.unacknowledged(world.member("ann").transcript).map(({ kind }) => kind)).toEqual(["ack", "ack"])
  })

  it("ends well after a FIN, in little more than the grace", () => {
    const world = new World(names, honest)
    world.write("ann", "payload")
    for (const name of names) world.write(name, "fin")
    world.run(8_000)
    expect(world.members.map(({ liveness }) => liveness.phase)).toEqual(["parted", "parted", "parted"])
    expect(toldOf(world)).toEqual(names.map((name) => ({ name, type: "ended", good: true })))
    expect(nextTick(world.member("ann").liveness)).toBeNull()
  })

  it("takes whose FIN is acknowledged for absent, not for expired", () => {
    const world = new World(names, honest)
    world.write("cas", "fin")
    world.run(hour)
    expect(toldOf(world)).toEqual([{ name: "cas", type: "ended", good: true }])
  })
})

describe("a member that is cut off", () => {
  const cutOff: Channel = (sender, to, _message, now) => ((sender === "cas") !== (to === "cas") && now < hour ? [] : [400])

  it("expires for all others, and they for it; a payload warns after its time; and all comes back", () => {
    const world = new World(names, cutOff)
    world.run(1_000)
    const { id } = world.write("ann", "payload")
    world.run(hour - 1)
    const told = toldOf(world)
    expect(told).toContainEqual({ name: "ann", type: "not-acknowledged", id, by: ["cas"], last: false })
    expect(told.filter(({ type }) => type === "expired")).toHaveLength(4)
    world.write("cas", "fin")
    world.run(hour + 1_000_000)
    // The monitors of the first hour have run out; later messages name the earlier ones as parents, and these are held.
    expect(toldOf(world).some(({ type }) => type === "not-accepted")).toBe(true)
  })

  it("for some minutes only, has everything in the end", () => {
    const brief: Channel = (sender, to, _message, now) => ((sender === "cas") !== (to === "cas") && now < 90_000 ? [] : [400])
    const world = new World(names, brief)
    world.write("ann", "payload")
    world.run(500)
    world.write("ben", "payload")
    world.run(1_000)
    world.write("cas", "payload")
    world.run(900_000)
    expect(isConverged(world)).toBe(true)
    const held = toldOf(world).filter(({ type }) => type === "expired")
    expect(held).toEqual([])
  })
})

describe("a channel that loses, delays and repeats", () => {
  it("converges when it gets better, or somebody is warned: never silence about a loss (S20)", () => {
    const fates = fc.array(fc.constantFrom([400], [], [], [4_000], [400, 700], [12_000]), { minLength: 20, maxLength: 60 })
    fc.assert(
      fc.property(
        fates,
        fc.array(fc.tuple(fc.constantFrom(...names), fc.integer({ min: 0, max: 20_000 })), { maxLength: 8 }),
        (fate, turns) => {
          let packets = 0
          const world = new World(names, () => fate[packets++] ?? [400])
          for (const [name, pause] of turns) {
            world.write(name, "payload")
            world.run(world.now + pause)
          }
          world.run(world.now + 800_000)
          expect(isConverged(world)).toBe(true)
        },
      ),
      { numRuns: 150 },
    )
  })

  it("that loses everything of one message warns its author, whoever else has it", () => {
    for (const victim of ["ben", "cas"]) {
      const world = new World(names, (_sender, to, message) => (to === victim && message.id === first ? [] : [400]))
      const { id } = world.write("ann", "payload")
      world.run(700_000)
      expect(world.member("ann").told).toContainEqual({ type: "not-acknowledged", id, by: [victim], last: false })
      expect(world.member("ann").told.filter(({ type }) => type === "not-acknowledged")).toHaveLength(1)
    }
  })

  it("resends at most once in the time in which a packet may still be under way", () => {
    const sightings: Array<number> = []
    const world = new World(names, (_sender, to, message, now) => {
      if (message.id === first && to === "cas") sightings.push(now)
      return to === "cas" ? [] : [400]
    })
    world.write("ann", "payload")
    world.run(700_000)
    expect(sightings.length).toBeGreaterThan(4)
    for (const [index, at] of sightings.slice(1).entries()) expect(at - sightings[index]!).toBeGreaterThanOrEqual(times.latency)
    expect(sightings.length).toBeLessThanOrEqual(dueTimes(0).length + 1)
  })

  it("that loses an acknowledgement: the duplicate of what it acknowledged brings it again", () => {
    let lost = 0
    const world = new World(["ann", "ben"], (_sender, _to, message) => (message.kind === "ack" && lost++ === 0 ? [] : [400]))
    world.write("ann", "payload")
    world.run(60_000)
    expect(Transcript.unacknowledged(world.member("ann").transcript).map(({ kind }) => kind)).toEqual(["ack"])
    expect(lost).toBe(2)
  })

  it("that loses a FIN's acknowledgements: the end is told to be no good one (S25)", () => {
    const world = new World(["ann", "ben"], (sender) => (sender === "ben" ? [] : [400]))
    const { id } = world.write("ann", "payload")
    world.write("ann", "fin")
    world.run(hour)
    const { told, liveness } = world.member("ann")
    expect(liveness.phase).toBe("part-failed")
    expect(told.slice(-2)).toEqual([
      { type: "not-acknowledged", id, by: ["ben"], last: true },
      { type: "ended", good: false },
    ])
  })
})

describe("state and times", () => {
  it("are as the table says", () => {
    expect(times).toEqual({
      latency: 5_000,
      full: 26_000,
      acknowledgeAfter: 16_000,
      acknowledgeSoon: 1_000,
      idle: 104_000,
      expiry: 136_500,
      shutdown: 80_000,
      grace: 5_000,
      latest: 2 ** 52,
    })
    expect(dueTimes(1_000)).toEqual([27_000, 32_000, 42_000, 62_000, 102_000, 182_000, 342_000, 662_000])
    expect(operationTime(4)).toBe(36_000)
  })

  it("can be saved and loaded at any point", () => {
    const world = new World(names, (_sender, to, _message, now) => (to === "cas" && now < 50_000 ? [] : [400]))
    for (let turn = 0; turn < 12; turn++) {
      world.write(names[turn % 3]!, turn === 11 ? "fin" : "payload")
      for (const { liveness } of world.members)
        expect(decodeWire(Liveness, encodeWire(Liveness, liveness))).toEqual(Result.succeed(liveness))
      world.run(world.now + 7_000)
    }
  })
})
