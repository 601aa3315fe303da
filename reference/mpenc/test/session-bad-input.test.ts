/** Whatever a channel shows, a session answers with a verdict; and what is not accepted leaves no trace. */
import { describe, expect, it } from "vitest"
import type { ChannelEvent, UserAction } from "../../../spec/mpenc/notices.ts"
import { type GroupChannel, groupChannel, pass, personOf, show, want } from "../../simulation/group-channel.ts"

const names = ["ann", "ben", "cas", "__proto__"]

const numbers = (seed: number) => {
  let state = seed
  return (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >> 8) % limit
  }
}

type Random = ReturnType<typeof numbers>

const wrongEvents = (random: Random): ReadonlyArray<ChannelEvent> => [
  { type: "entered", members: [] },
  { type: "entered", members: names },
  { type: "enter", members: [] },
  { type: "enter", members: ["ann", "nobody"] },
  { type: "leave", members: ["nobody"] },
  { type: "leave", members: names },
  { type: "packet", sender: "nobody", text: "" },
  { type: "packet", sender: "ben", text: "" },
  { type: "packet", sender: "ben", text: "?mpENC" },
  { type: "packet", sender: "ben", text: `?mpENC:${Buffer.from([0, random(4), 0, 1, random(256)]).toString("base64")}.` },
  { type: "direct", sender: "ben", text: "?mpENC:." },
]

/** A packet with one byte changed, cut short, made longer, or sent by another. */
const damaged = (event: ChannelEvent, random: Random): ChannelEvent => {
  if (event.type !== "packet") return event
  const bytes = Buffer.from(event.text.slice(7, -1), "base64")
  const kind = random(5)
  if (kind === 0) return { ...event, sender: names[random(4)]! }
  if (kind === 1) return { ...event, type: "direct" }
  const at = random(bytes.length)
  if (kind < 4) bytes[at]! ^= 1 << random(8)
  const cut = kind === 4 ? bytes.subarray(0, at) : bytes
  return { ...event, text: `?mpENC:${cut.toString("base64")}.` }
}

/** Shows an event; what is not accepted must leave the session as it was. */
const check = (channel: GroupChannel, name: string, event: ChannelEvent): boolean => {
  const person = personOf(channel, name)
  const before = person.session
  const refused = person.refused.length
  show(channel, name, event)
  const isRefused = person.refused.length > refused
  if (isRefused) expect(person.session).toBe(before)
  return isRefused
}

const actions: ReadonlyArray<UserAction> = [
  { type: "send", text: "hello" },
  { type: "send", text: "" },
  { type: "send", text: "x".repeat(70_000) },
  { type: "refresh" },
  { type: "abort" },
  { type: "include", members: ["__proto__"] },
  { type: "exclude", members: ["__proto__"] },
  { type: "include", members: ["ann", "ann", "nobody"] },
  { type: "exclude", members: [] },
]

describe("a session", () => {
  it("answers damaged packets and impossible events with verdicts, and goes on", () => {
    const random = numbers(11)
    const channel = groupChannel(names)
    for (const name of names) {
      want(channel, name, { type: "join" })
      pass(channel, 100)
    }
    want(channel, "ann", { type: "include", members: ["ben", "cas"] })
    let refused = 0
    for (let turn = 0; turn < 120; turn++) {
      want(channel, names[random(3)]!, actions[random(actions.length)]!)
      pass(channel, 60)
      const target = names[random(4)]!
      const seen = channel.events.slice(-6)
      for (const event of [damaged(seen[random(seen.length)]!, random), wrongEvents(random)[random(11)]!])
        if (channel.members.includes(target) && event.type !== "leave" && event.type !== "enter")
          refused += check(channel, target, event) ? 1 : 0
      pass(channel, random(3_000))
    }
    expect(refused).toBeGreaterThan(80)
    pass(channel, 200_000)
    const inside = ["ann", "ben", "cas"].map((name) => personOf(channel, name).session.order.line.at(-1)?.chainHash)
    expect(new Set(inside).size).toBe(1)
  })
})
