/** A store writes what a step has changed, and nothing else; what it has afterwards is the messenger, all of it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Hex } from "effect/encoding"
import fc from "fast-check"
import { afterAll, describe, expect, it } from "vitest"
import { type Cbor, decodeCbor } from "../../../spec/conventions/cbor.ts"
import { bytes, encodeWire, hexIdentifier, listOf, nullable, record, table, uint } from "../../../spec/conventions/encoding.ts"
import * as Messaging from "../../dcgka/group-messaging.ts"
import { acquaintedMessengers } from "../../simulation/messengers.ts"
import { accepted } from "../../simulation/network.ts"
import { type Part, readState, writeState } from "../parts.ts"
import { createStore, openStore } from "../sqlite.ts"

/** The byte strings of 32 bytes in a value: keys, digests and secrets. */
const keysIn = (value: Cbor): ReadonlyArray<string> => {
  if (value instanceof Uint8Array) return value.length === 32 ? [Hex.encode(value)] : []
  return Array.isArray(value) ? value.flatMap(keysIn) : []
}

/** Rows in memory, with how many bytes were ever written, and all keys that were. */
class Sheet {
  readonly rows = new Map<number, Uint8Array>()
  readonly keys = new Set<string>()
  written = 0
  #last = 0
  readonly newId = () => ++this.#last
  readonly put = (id: number, row: Uint8Array) => {
    const known = this.rows.get(id)
    if (known !== undefined && Buffer.compare(known, row) === 0) return
    this.rows.set(id, row)
    this.written += row.length
    for (const key of keysIn(decodeCbor(row)!)) this.keys.add(key)
  }
  readonly remove = (id: number) => expect(this.rows.delete(id)).toBe(true)

  /** The keys that were written and are nowhere any more. */
  gone(): ReadonlyArray<string> {
    const left = [...this.rows.values()].map((row) => Hex.encode(row)).join()
    return [...this.keys].filter((key) => !left.includes(key))
  }
}

describe("a state in parts", () => {
  const Inner = record("inner", { name: bytes(1, 4), list: listOf(uint(), 0, 1000), short: listOf(uint(), 0, 8) })
  const State = record("state", {
    table: table(hexIdentifier(1), Inner),
    list: listOf(uint(), 1, 1000),
    perhaps: nullable(record("perhaps", { list: listOf(bytes(1), 0, 1000) })),
  })
  const numbers = (maxLength: number) => fc.array(fc.nat(9), { maxLength })
  const byte = fc.uint8Array({ minLength: 1, maxLength: 1 })
  const inner = fc.record({ name: fc.uint8Array({ minLength: 1, maxLength: 4 }), list: numbers(6), short: numbers(4) })
  const state = fc.record({
    table: fc.dictionary(fc.constantFrom("00", "01", "0a", "ff"), inner, { noNullPrototype: true }),
    list: fc.array(fc.nat(9), { minLength: 1, maxLength: 8 }),
    perhaps: fc.option(fc.record({ list: fc.array(byte, { maxLength: 5 }) })),
  })

  it("is read as it was written, whatever was there before", () => {
    fc.assert(
      fc.property(fc.array(state, { minLength: 1, maxLength: 6 }), (states) => {
        const sheet = new Sheet()
        let part: Part | undefined
        for (const one of states) {
          // Some of it is shared with the state before.
          const before = part?.value as typeof one | undefined
          const shared = before === undefined ? one : { ...one, table: { ...before.table, ...one.table } }
          part = writeState(State, shared, part, sheet)
          expect(encodeWire(State, readState(State, sheet.rows).value)).toEqual(encodeWire(State, shared))
        }
        // What is read is written anew without writing anything.
        const { written } = sheet
        const again = readState(State, sheet.rows)
        writeState(State, { ...again.value }, again, sheet)
        expect(sheet.written).toBe(written)
      }),
      { numRuns: 300 },
    )
  })

  it("keeps the elements of a list where they are when others go, come or change", () => {
    const sheet = new Sheet()
    const list = Array.from({ length: 500 }, (_, index) => index)
    let part = writeState(State, { table: {}, list, perhaps: null }, undefined, sheet)
    for (const changed of [list.slice(1), list.filter((one) => one !== 250), [...list, 500], list.map((one) => (one === 9 ? 777 : one))]) {
      const { written } = sheet
      const after = writeState(State, { table: {}, list: changed, perhaps: null }, part, sheet)
      expect(sheet.written - written).toBeLessThan(30)
      part = writeState(State, { table: {}, list, perhaps: null }, after, sheet)
    }
  })
})

describe("a store of a messenger", () => {
  const folder = mkdtempSync(join(tmpdir(), "conclave-parts-"))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it("has what was committed when it is opened again, and an acknowledgement or a message changes little of it", () => {
    const users = ["alice", "bob", ...Array.from({ length: 10 }, (_, index) => `user-${index}`)]
    const people = acquaintedMessengers(users, 4, { delay: 0, heal: 1 })
    const file = join(folder, "bob")
    let store = createStore(file, people[1]!.messenger)
    const sheet = new Sheet()
    let part: Part = writeState(Messaging.Messenger, people[1]!.messenger, undefined, sheet)
    let position = 0
    const writtenBy = (messenger: Messaging.Messenger): number => {
      const { written } = sheet
      part = writeState(Messaging.Messenger, messenger, part, sheet)
      store.commit({ messenger, position: ++position, packets: [], events: [] })
      return sheet.written - written
    }
    /** Everybody gets what one has sent, and what others answer. Gives what bob's store has written for each packet but the first. */
    const deliver = (packets: ReadonlyArray<Uint8Array>, from: number): ReadonlyArray<number> => {
      const written: Array<number> = []
      const queue = packets.map((packet) => ({ packet, from }))
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        for (const [at, person] of people.entries()) {
          if (at === next.from) continue
          const done = accepted(person.seed, Messaging.receive(person.messenger, next.packet))
          person.messenger = done.messenger
          if (at === 1) written.push(writtenBy(done.messenger))
          queue.push(...done.packets.map((packet) => ({ packet, from: at })))
        }
      }
      return written.slice(packets.length)
    }
    const act = (step: (messenger: Messaging.Messenger, group: string) => ReturnType<typeof Messaging.update>): ReadonlyArray<number> => {
      const [alice] = people
      const done = accepted(alice!.seed, step(alice!.messenger, Object.keys(alice!.messenger.groups)[0]!))
      alice!.messenger = done.messenger
      return deliver(done.packets, 0)
    }
    act((messenger) => Messaging.create(messenger, users.slice(1)))
    const ofAcks = act((messenger, group) => Messaging.update(messenger, group))
    expect(ofAcks).toHaveLength(users.length - 2)
    // The packet itself is in the log.
    for (const one of ofAcks) expect(one).toBeLessThan(2500)
    act((messenger, group) => Messaging.send(messenger, group, new Uint8Array(8)))
    for (let more = 0; more < 5; more++) act((messenger, group) => Messaging.update(messenger, group))
    // Pages that were split or filled anew have nothing left of what was in them.
    const inFile = readFileSync(file).toString("hex")
    const gone = sheet.gone()
    expect(gone.length).toBeGreaterThan(200)
    expect(gone.filter((key) => inFile.includes(key))).toEqual([])
    store.close()
    store = openStore(file)
    const bob = people[1]!.messenger
    expect(encodeWire(Messaging.Messenger, store.load().messenger)).toEqual(encodeWire(Messaging.Messenger, bob))
    expect(store.load().messenger).toEqual(bob)
    const after = accepted(people[1]!.seed, Messaging.update(store.load().messenger, Object.keys(bob.groups)[0]!)).messenger
    store.commit({ messenger: after, position: position + 1, packets: [], events: [] })
    store.close()
    store = openStore(file)
    expect(store.load().messenger).toEqual(after)
    store.close()
  })
})
