/** group-messaging.persist-before-send: a program that is killed again and again loses nothing, uses nothing twice, and sends nothing twice with different content. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { decodeWire } from "../../../spec/conventions/encoding.ts"
import { Event, Packet } from "../../../spec/dcgka/group-messaging.ts"
import { bytesOf } from "../../conventions.ts"
import * as Messaging from "../../dcgka/group-messaging.ts"
import { acquaintedMessengers, type Person } from "../../simulation/messengers.ts"
import { accepted, runStep } from "../../simulation/network.ts"
import { createStore, openStore } from "../sqlite.ts"
import type { Input } from "./victim.ts"

const victim = join(import.meta.dirname, "victim.ts")
const folder = mkdtempSync(join(tmpdir(), "conclave-store-"))
const file = join(folder, "carol.sqlite")
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Line {
  readonly packet?: string
  readonly event?: string
  readonly position?: number
}

interface Life {
  readonly lines: ReadonlyArray<Line>
  readonly wasKilled: boolean
}

/** One life of the victim: to the end of the inputs, or to its `moment`. */
const live = (inputs: ReadonlyArray<Input>, moment: number): Life => {
  const input = inputs.map((one) => `${JSON.stringify(one)}\n`).join("")
  const { stdout, stderr, signal, status } = spawnSync(process.execPath, [victim, file, String(moment)], { input, encoding: "utf8" })
  if (signal !== "SIGKILL" && status !== 0) throw new Error(`the victim failed: ${stderr}`)
  const lines = stdout.split("\n").filter((line) => line !== "")
  return { lines: lines.map((line) => JSON.parse(line) as Line), wasKilled: signal === "SIGKILL" }
}

/** What names a packet's contents: no two packets may have one of these in common and differ. */
const namesOf = (hex: string): ReadonlyArray<string> => {
  const packet = Result.getOrThrow(decodeWire(Packet, bytesOf(hex)))
  if (packet.type === "application-message") return [`${packet.sender} ${packet.seq} ${packet.index}`]
  return packet.items.map(({ control }) => `${control.sender} ${control.seq}`)
}

const text = (words: string) => new TextEncoder().encode(words)

/** Alice and bob in memory, carol in a store; carol's inputs are all that was ever sent to her, and what she was told to do. */
class Play {
  readonly inputs: Array<Input> = []
  readonly sent: Array<string> = []
  readonly shown: Array<string> = []
  readonly heard = new Map<string, Array<string>>([
    ["alice", []],
    ["bob", []],
  ])
  readonly people: ReadonlyArray<Person>
  kills = 0

  constructor() {
    const [alice, bob, carol] = acquaintedMessengers(["alice", "bob", "carol"], 6, { delay: 0, heal: 1 })
    this.people = [alice!, bob!]
    createStore(file, carol!.messenger).close()
  }

  person(user: string): Person {
    return this.people.find((one) => one.user === user)!
  }

  get group(): string {
    return Object.keys(this.person("alice").messenger.groups)[0]!
  }

  private took(person: Person, done: { messenger: Messaging.Messenger; packets: ReadonlyArray<Uint8Array>; events: ReadonlyArray<Event> }) {
    person.messenger = done.messenger
    for (const event of done.events)
      if (event.type === "message") this.heard.get(person.user)!.push(new TextDecoder().decode(event.payload))
    for (const packet of done.packets) {
      this.inputs.push({ do: "receive", packet: Hex.encode(packet) })
      this.give(
        this.people.filter((one) => one !== person),
        packet,
      )
    }
  }

  private give(to: ReadonlyArray<Person>, packet: Uint8Array) {
    for (const person of to) {
      const result = runStep(person.seed, Messaging.receive(person.messenger, packet))
      if (Result.isSuccess(result)) this.took(person, result.success)
      else expect(result.failure._tag).toBe("Ignored")
    }
  }

  act(user: string, step: (messenger: Messaging.Messenger) => Parameters<typeof accepted<Parameters<Play["took"]>[1]>>[1]) {
    const person = this.person(user)
    this.took(person, accepted(person.seed, step(person.messenger)))
  }

  /** Lets carol live, and die at the moments given in turn, until she has handled all inputs. */
  carol(moments: Iterator<number>) {
    for (;;) {
      const { lines, wasKilled } = live(this.inputs, moments.next().value as number)
      if (wasKilled) this.kills++
      for (const { packet, event } of lines) {
        if (event !== undefined) this.shown.push(event)
        if (packet === undefined) continue
        this.sent.push(packet)
        this.give(this.people, bytesOf(packet))
      }
      if (!wasKilled && lines.at(-1)?.position === this.inputs.length) return
    }
  }
}

/** Moments around and in the first three transactions of a life, again and again. */
function* moments(): Generator<number> {
  for (;;) yield* [1, 2, 6, 3, 9, 4, 7, 5, 12]
}

describe("a messenger that is killed", () => {
  const play = new Play()
  const sayings = ["one", "two", "three"]
  beforeAll(() => {
    const times = moments()
    play.act("alice", (messenger) => Messaging.create(messenger, ["bob", "carol"]))
    play.carol(times)
    for (const saying of sayings) {
      play.inputs.push({ do: "update", group: play.group })
      play.inputs.push({ do: "send", group: play.group, payload: Hex.encode(text(`carol ${saying}`)) })
      play.act("bob", (messenger) => Messaging.send(messenger, play.group, text(`bob ${saying}`)))
      if (saying === "two") play.act("alice", (messenger) => Messaging.update(messenger, play.group))
      play.carol(times)
    }
  })

  it("was killed many times", () => {
    expect(play.kills).toBeGreaterThan(10)
  })

  it("sends nothing twice with different content", () => {
    const contents = new Map<string, string>()
    for (const packet of play.sent) {
      for (const name of namesOf(packet)) {
        expect(contents.get(name) ?? packet).toBe(packet)
        contents.set(name, packet)
      }
    }
    expect(play.sent.length).toBeGreaterThan(new Set(play.sent).size)
  })

  it("is heard by the others, each message once and in order", () => {
    for (const heard of play.heard.values()) {
      expect(heard.filter((one) => one.startsWith("carol"))).toEqual(sayings.map((saying) => `carol ${saying}`))
    }
  })

  it("loses nothing that was said", () => {
    const events = play.shown.map((event) => Result.getOrThrow(decodeWire(Event, bytesOf(event))))
    const heard = new Set(events.flatMap((event) => (event.type === "message" ? [new TextDecoder().decode(event.payload)] : [])))
    expect([...heard]).toEqual(sayings.map((saying) => `bob ${saying}`))
  })

  it("is in agreement with the others in the end", () => {
    const store = openStore(file)
    const { messenger } = store.load()
    store.close()
    const signers = (one: Messaging.Messenger) => {
      const membership = one.groups[play.group]!.memberships[0]!
      const { agreement } = membership.broadcast
      return { seen: agreement.seen, ratchets: agreement.ratchets, users: Messaging.usersOf(one.groups[play.group]!) }
    }
    expect(signers(messenger)).toEqual(signers(play.person("alice").messenger))
  })
})
