/** The server order against its definition, for all short sequences of what a channel can show. */
import { Effect, Result } from "effect"
import { describe, expect, it } from "vitest"
import { type ChannelEvent, operationsOf, type Summary } from "../../../spec/mpenc/server-order.ts"
import { node } from "../../crypto/providers/node.ts"
import * as ServerOrder from "../server-order.ts"

const run = <A, E>(effect: Effect.Effect<A, E, typeof node extends import("effect").Layer.Layer<infer R> ? R : never>) =>
  Effect.runSync(Effect.result(Effect.provide(effect, node)))

const idOf = (name: string) => Buffer.from(name.padEnd(32, ".")).toString("hex")

const begin = idOf("begin")

const initial = (name: string, parent: string, targets: string, isAlsoFinal = false): Summary => ({
  id: idOf(name),
  metadata: { previousFinal: parent, chainHash: idOf("hash"), author: targets[0]!, latestMessages: [] },
  ends: isAlsoFinal ? idOf(name) : null,
  targets: [...targets],
})

const final = (name: string, ends: string, targets: string): Summary => ({
  id: idOf(name),
  metadata: null,
  ends: idOf(ends),
  targets: [...targets],
})

/** What can happen next: packets, and somebody who comes or goes. */
type Happening = { readonly packet: Summary } | { readonly leave: string } | { readonly enter: string }

const happenings: ReadonlyArray<Happening> = [
  { packet: initial("X", begin, "abc") },
  { packet: initial("Y", begin, "ab") },
  { packet: initial("R", begin, "abc", true) },
  { packet: initial("Z", idOf("F"), "ab") },
  { packet: initial("Q", idOf("R"), "abcd") },
  { packet: final("F", "X", "abc") },
  { packet: final("G", "Y", "ab") },
  { leave: "c" },
  { enter: "d" },
]

const departureId = (initial: string, leavers: ReadonlyArray<string>, channel: ReadonlyArray<string>) =>
  Result.getOrThrow(run(ServerOrder.departureId(initial, leavers, channel)))

const operations = ({ initials, finals }: ReturnType<typeof asState>) =>
  initials.map(({ id }, index) => ({ initial: id, final: finals[index + 1] ?? null }))

const tipOf = (state: typeof ServerOrder.unsynced) => state.finals.at(-1)!

const asState = (state: typeof ServerOrder.unsynced) => state

/** What a member makes of an event. */
const take = (state: typeof ServerOrder.unsynced, me: string, event: ChannelEvent) => {
  const step: Effect.Effect<ServerOrder.Offered, unknown, never> = Effect.provide(
    event.type === "packet"
      ? ServerOrder.offer(state, me, event.summary, event.channel)
      : ServerOrder.depart(state, event.leavers, event.channel, ["a", "b", "c"]),
    node,
  )
  return Result.getOrElse(Effect.runSync(Effect.result(step)), () => ({ state, initial: false, final: false }))
}

/** An initial packet with the chain hash that its parent has in the line: who is honest lies about none. */
const chained = ({ line }: ReturnType<typeof asState>, summary: Summary): Summary => {
  const parent = line.find(({ id }) => id === summary.metadata?.previousFinal)
  return summary.metadata === null || parent === undefined
    ? summary
    : { ...summary, metadata: { ...summary.metadata, chainHash: parent.chainHash } }
}

const eventOf = (state: ReturnType<typeof asState>, happening: Happening, channel: ReadonlyArray<string>): ChannelEvent | null => {
  if ("packet" in happening) return { type: "packet", summary: chained(state, happening.packet), channel }
  return "leave" in happening && channel.includes(happening.leave)
    ? { type: "leave", leavers: [happening.leave], channel: channel.filter((one) => one !== happening.leave) }
    : null
}

const channelAfter = (happening: Happening, channel: ReadonlyArray<string>) => {
  if ("packet" in happening) return channel
  return "leave" in happening ? channel.filter((one) => one !== happening.leave) : [...new Set([...channel, happening.enter])]
}

describe("all sequences of what a channel shows", () => {
  it("give those who are synced the operations of the definition, and newcomers the same line from where they join", () => {
    const senior = Result.getOrThrow(run(ServerOrder.begin(begin)))
    const counts = { sequences: 0, completed: 0, joined: 0 }
    const visit = (
      depth: number,
      events: ReadonlyArray<ChannelEvent>,
      channel: ReadonlyArray<string>,
      state: typeof senior,
      newcomer: typeof senior | null,
      // The last finals since the newcomer entered: whoever is honest proposes on one of them.
      parents: ReadonlyArray<string>,
    ) => {
      counts.sequences += 1
      expect(operations(state)).toEqual(operationsOf(begin, events, departureId))
      if (ServerOrder.running(state) === null && state.initials.length > 0) counts.completed += 1
      if (newcomer !== null && ServerOrder.isSynced(newcomer)) {
        counts.joined += 1
        const ids = newcomer.line.map(({ id }) => id)
        expect(state.line.map(({ id }) => id).slice(-ids.length)).toEqual(ids)
      }
      if (depth === 0) return
      for (const happening of happenings) {
        const event = eventOf(state, happening, channel)
        const next = channelAfter(happening, channel)
        const after = event === null ? state : take(state, "a", event).state
        // Who enters while an operation runs is kicked; here it is as if it had not entered.
        const isEntering = "enter" in happening && !channel.includes(happening.enter)
        const entered = isEntering && ServerOrder.running(state) === null ? ServerOrder.unsynced : newcomer
        const known = isEntering ? [] : parents
        const isHonest =
          !("packet" in happening) || [...known, tipOf(state)].includes(happening.packet.metadata?.previousFinal ?? tipOf(state))
        const later = entered === null || event === null || !isHonest ? entered : take(entered, "d", event).state
        visit(depth - 1, event === null ? events : [...events, event], next, after, isHonest ? later : null, [...known, tipOf(state)])
      }
    }
    visit(5, [], ["a", "b", "c"], senior, null, [])
    expect(counts).toEqual({ sequences: 66_430, completed: 27_055, joined: 555 })
  })
})
