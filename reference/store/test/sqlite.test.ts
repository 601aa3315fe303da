/** The store in a file: one program, one owner, one input after another, and never another state than the one that was written. */
import { spawnSync } from "node:child_process"
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeEach, describe, expect, it } from "vitest"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { Messenger } from "../../dcgka/group-messaging.ts"
import { acquaintedMessengers } from "../../simulation/messengers.ts"
import { createStore, openStore } from "../sqlite.ts"
import type { Store } from "../store.ts"

const folder = mkdtempSync(join(tmpdir(), "conclave-sqlite-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const [messenger, next] = acquaintedMessengers(["alice", "bob"], 4, { delay: 0, heal: 1 }).map((one) => one.messenger) as [
  Messenger,
  Messenger,
]
const packet = new TextEncoder().encode("a packet with a name of its own")
const event = new TextEncoder().encode("an event with a name of its own")

let count = 0
let file: string
beforeEach(() => {
  file = join(folder, `${count++}.sqlite`)
})

const contentOf = (store: Store) => {
  const { messenger, position } = store.load()
  return { messenger: encodeWire(Messenger, messenger), position, packets: store.unsent(), events: store.unshown() }
}

/** A store with one input handled, whose packet and event have not left. */
const written = () => {
  const store = createStore(file, messenger)
  store.commit({ messenger: next, position: 1, packets: [packet], events: [event] })
  const content = contentOf(store)
  store.close()
  return content
}

describe("a store", () => {
  it("is made once, with a messenger that has handled nothing", () => {
    const store = createStore(file, messenger)
    expect(store.load()).toEqual({ messenger, position: 0 })
    store.close()
    expect(() => createStore(file, next)).toThrow("EEXIST")
    expect(readdirSync(folder).filter((name) => name.includes(".new-"))).toEqual([])
  })

  it("is not made by opening", () => {
    expect(() => openStore(file)).toThrow("ENOENT")
    expect(existsSync(file)).toBe(false)
  })

  it("handles one input after another: one that was handled in the meantime is an error, and changes nothing", () => {
    const store = createStore(file, messenger)
    const change = { messenger: next, position: 1, packets: [packet], events: [event] }
    store.commit(change)
    const content = contentOf(store)
    for (const position of [0, 1, 3])
      expect(() => store.commit({ ...change, messenger, position })).toThrow(`input ${position} is not the next`)
    expect(contentOf(store)).toEqual(content)
    store.close()
  })

  it("keeps nothing of what was replaced and sent, neither in the file nor in its journal", () => {
    const store = createStore(file, messenger)
    store.commit({ messenger: next, position: 1, packets: [packet], events: [event] })
    store.sent(store.unsent()[0]!.id)
    store.shown(store.unshown()[0]!.id)
    expect(statSync(`${file}-journal`).size).toBe(0)
    const bytes = readFileSync(file)
    const includes = (part: Uint8Array) => bytes.includes(Buffer.from(part))
    expect(includes(next.keyring.keys.signingSecretKey)).toBe(true)
    for (const gone of [packet, event, messenger.keyring.keys.signingSecretKey, messenger.keyring.keys.agreementSecretKey])
      expect(includes(gone)).toBe(false)
    store.close()
  })
})

describe("two programs", () => {
  it("do not have one file", () => {
    const store = createStore(file, messenger)
    const again = "is in use by another program"
    expect(() => openStore(file)).toThrow(again)
    const open = `import("${new URL("../sqlite.ts", import.meta.url)}").then(({ openStore }) => openStore(${JSON.stringify(file)}).close())`
    const other = () => spawnSync(process.execPath, ["--input-type=module", "-e", open], { encoding: "utf8" })
    expect(other().stderr).toContain(again)
    store.commit({ messenger: next, position: 1, packets: [], events: [] })
    expect(other().stderr).toContain(again)
    store.close()
    expect(other()).toMatchObject({ status: 0, stderr: "" })
  })
})

describe.skipIf(process.platform === "win32")("the file", () => {
  it("is its owner's from the beginning, with its journal", () => {
    const before = process.umask(0)
    const store = createStore(file, messenger)
    store.commit({ messenger: next, position: 1, packets: [], events: [] })
    process.umask(before)
    for (const name of [file, `${file}-journal`]) expect(statSync(name).mode & 0o777).toBe(0o600)
    store.close()
  })

  it("is not opened when others can read or write it", () => {
    written()
    for (const mode of [0o640, 0o604, 0o620, 0o602, 0o644]) {
      chmodSync(file, mode)
      expect(() => openStore(file)).toThrow("its mode must be 0600")
    }
    chmodSync(file, 0o600)
    openStore(file).close()
  })
})

describe("a damaged file", () => {
  /** Opens what `damage` made of a store: it throws, or nothing of it has changed. */
  const isNoticed = (damage: (bytes: Buffer) => Buffer, content: ReturnType<typeof written>, copy: string): void => {
    writeFileSync(copy, damage(readFileSync(file)), { mode: 0o600 })
    let store: Store
    try {
      store = openStore(copy)
    } catch {
      return
    }
    expect(contentOf(store)).toEqual(content)
    store.close()
  }

  it("is an error, or the bit was of no use", () => {
    const content = written()
    const { size } = statSync(file)
    const flips = fc.tuple(fc.nat(size - 1), fc.nat(7))
    fc.assert(
      fc.property(flips, ([at, bit]) => isNoticed((bytes) => bytes.fill(bytes[at]! ^ (1 << bit), at, at + 1), content, `${file}-flipped`)),
      { numRuns: 400 },
    )
  })

  it("is an error when the end is missing, and when all is missing", () => {
    const content = written()
    const lengths = fc.nat(statSync(file).size - 1)
    fc.assert(
      fc.property(lengths, (length) => isNoticed((bytes) => bytes.subarray(0, length), content, `${file}-cut`)),
      { numRuns: 100 },
    )
    truncateSync(file, 0)
    expect(() => openStore(file)).toThrow("cannot be opened as a store")
    expect(() => createStore(file, messenger)).toThrow("EEXIST")
  })

  it("is an error when a row was written by something else", () => {
    written()
    const other = `${file}-other`
    copyFileSync(file, other)
    const sql = ["UPDATE messenger SET position = 0", "UPDATE packet SET bytes = x'00'", "UPDATE event SET id = 7", "DELETE FROM messenger"]
    for (const statement of sql) {
      copyFileSync(file, other)
      const change = `const { DatabaseSync } = require("node:sqlite"); new DatabaseSync(${JSON.stringify(other)}).exec(${JSON.stringify(statement)})`
      expect(spawnSync(process.execPath, ["-e", change]).status).toBe(0)
      expect(() => openStore(other)).toThrow("cannot be opened as a store")
    }
  })
})

describe.skipIf(process.platform === "win32")("a full disk", () => {
  it("is told as what it is, and nothing has been handled", () => {
    const content = written()
    const source = `
      import { openStore } from ${JSON.stringify(new URL("../sqlite.ts", import.meta.url).href)}
      const store = openStore(${JSON.stringify(file)})
      const { messenger } = store.load()
      try {
        store.commit({ messenger, position: 2, packets: [new Uint8Array(1 << 20)], events: [] })
      } catch ({ message }) {
        console.log(message, store.load().position, store.unsent().length)
      }
    `
    // A file may not become longer than this many blocks of 512 or 1,024 bytes.
    const limited = ["-c", 'trap "" XFSZ; ulimit -f 400; exec "$0" --input-type=module -e "$1"', process.execPath, source]
    const { stdout } = spawnSync("sh", limited, { encoding: "utf8" })
    expect(stdout).toMatch(/^(database or disk is full|disk I\/O error) 1 1\n$/)
    const store = openStore(file)
    expect(contentOf(store)).toEqual(content)
    store.close()
  })
})
