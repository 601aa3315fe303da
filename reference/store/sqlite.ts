/**
 * A store in a file of SQLite, which node brings along.
 *
 * A file belongs to one program for as long as that program lives, and can be read by its owner only. Each row carries a digest of itself, so that a damaged file is an error and not another state. It is no protection against somebody who can
 * write the file.
 *
 * @module
 */
import { hash } from "node:crypto"
import { closeSync, linkSync, mkdtempSync, openSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
// biome-ignore lint/correctness/noUnresolvedImports: a module of node that the linter does not know
import { DatabaseSync } from "node:sqlite"
import { encodeCbor } from "../../spec/conventions/cbor.ts"
import { sameBytes } from "../conventions.ts"
import { Messenger } from "../dcgka/group-messaging.ts"
import { type Part, readState, writeState } from "./parts.ts"
import type { Change, Entry, Store } from "./store.ts"

// The lock is taken with the first transaction and kept. A commit waits for the disk, and what is deleted is overwritten in the file; the journal, which has the pages as they were before a commit, is cut to nothing
// (under a lasting lock, the mode DELETE would leave them in it). The disk may keep copies all the same.
const settings = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = TRUNCATE;
  PRAGMA synchronous = FULL;
  PRAGMA secure_delete = ON;
`

const schema = `
  CREATE TABLE messenger (id INTEGER PRIMARY KEY CHECK (id = 0), bytes BLOB NOT NULL, position INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
  CREATE TABLE part (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, digest BLOB NOT NULL) STRICT;
  CREATE TABLE packet (id INTEGER PRIMARY KEY AUTOINCREMENT, bytes BLOB NOT NULL, digest BLOB NOT NULL) STRICT;
  CREATE TABLE event (id INTEGER PRIMARY KEY AUTOINCREMENT, bytes BLOB NOT NULL, digest BLOB NOT NULL) STRICT;
`

type Table = "messenger" | "part" | "packet" | "event"

/** What a row carries beside its bytes: of the messenger the position, of any other its id. */
const digestOf = (table: Table, number: number, bytes: Uint8Array): Uint8Array =>
  hash("sha256", encodeCbor([table, number, bytes]), "buffer")

interface Row {
  readonly number: number
  readonly bytes: Uint8Array
  readonly digest: Uint8Array
}

const intact = (table: Table, row: unknown): Row => {
  const { number, bytes, digest } = row as Row
  if (!sameBytes(digest, digestOf(table, number, bytes))) throw new Error(`the store is damaged: a row of ${table} is not what was written`)
  return { number, bytes, digest }
}

const transaction = (database: DatabaseSync, change: () => void): void => {
  database.exec("BEGIN IMMEDIATE")
  try {
    change()
    database.exec("COMMIT")
  } catch (error) {
    // A full disk has ended the transaction already.
    if (database.isTransaction) database.exec("ROLLBACK")
    throw error
  }
}

/** What was committed last: the messenger in parts, their digests with the sum of these, the highest id of a part, and how many inputs had been handled. */
interface Kept {
  readonly part: Part<Messenger> | undefined
  readonly digests: Map<number, Uint8Array>
  readonly sum: Uint8Array
  readonly highest: number
  readonly position: number
}

const noDigest = new Uint8Array(32)

/** Before a store has a messenger. */
const nothing = (): Kept => ({ part: undefined, digests: new Map(), sum: noDigest, highest: 0, position: -1 })

/** The sum of digests, bit by bit. By that of all parts is noticed that one is missing, or an older one. */
const sumOf = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, index) => byte ^ b[index]!)

const loadFrom = (database: DatabaseSync): Kept & { readonly part: Part<Messenger> } => {
  const heads = database.prepare("SELECT position AS number, bytes, digest FROM messenger").all()
  if (heads.length !== 1) throw new Error("the store is damaged: it has no messenger")
  const { number: position, bytes: sum } = intact("messenger", heads[0])
  const all = database.prepare("SELECT id AS number, bytes, digest FROM part ORDER BY id").all()
  const rows = all.map((row) => intact("part", row))
  const isWhole = sameBytes(rows.map(({ digest }) => digest).reduce(sumOf, noDigest), sum)
  if (!isWhole) throw new Error("the store is damaged: its parts are not those that were written")
  return {
    part: readState(
      Messenger,
      rows.map(({ number, bytes }) => [number, bytes]),
    ),
    digests: new Map(rows.map(({ number, digest }) => [number, digest])),
    sum,
    highest: rows.at(-1)!.number,
    position,
  }
}

/** Writes a messenger in place of the one that is `kept`: of its parts those that have changed. */
const writerIn = (database: DatabaseSync) => {
  const insert = database.prepare("INSERT INTO part VALUES (?, ?, ?)")
  const update = database.prepare("UPDATE part SET bytes = ?, digest = ? WHERE id = ?")
  const remove = database.prepare("DELETE FROM part WHERE id = ?")
  const replace = database.prepare("UPDATE messenger SET bytes = ?, position = ?, digest = ? WHERE position = ?")
  return (kept: Kept, { messenger, position, inputs = 1 }: Pick<Change, "messenger" | "position" | "inputs">): Kept => {
    const { digests } = kept
    let { sum, highest } = kept
    const add = (digest: Uint8Array) => {
      sum = sumOf(sum, digest)
    }
    const part = writeState(Messenger, messenger, kept.part, {
      newId: () => ++highest,
      put: (id, bytes) => {
        const [known, digest] = [digests.get(id), digestOf("part", id, bytes)]
        if (known === undefined) insert.run(id, bytes, digest)
        else if (sameBytes(known, digest)) return
        else update.run(bytes, digest, id)
        add(known ?? noDigest)
        add(digest)
        digests.set(id, digest)
      },
      remove: (id) => {
        remove.run(id)
        add(digests.get(id)!)
        digests.delete(id)
      },
    })
    const { changes } = replace.run(sum, position, digestOf("messenger", position, sum), position - inputs)
    if (changes !== 1) throw new Error(`input ${position} is not the next: another one has been handled since the messenger was loaded`)
    return { part, digests, sum, highest, position }
  }
}

/** The entries of a table: all of them, one more, and one less. */
const entriesIn = (database: DatabaseSync, table: "packet" | "event") => {
  const all = database.prepare(`SELECT id AS number, bytes, digest FROM ${table} ORDER BY id`)
  const insert = database.prepare(`INSERT INTO ${table} (bytes, digest) VALUES (?, x'')`)
  const seal = database.prepare(`UPDATE ${table} SET digest = ? WHERE id = ?`)
  const remove = database.prepare(`DELETE FROM ${table} WHERE id = ?`)
  return {
    all: (): ReadonlyArray<Entry> =>
      all
        .all()
        .map((row) => intact(table, row))
        .map(({ number, bytes }) => ({ id: number, bytes })),
    add: (bytes: Uint8Array): void => {
      const id = Number(insert.run(bytes).lastInsertRowid)
      seal.run(digestOf(table, id, bytes), id)
    },
    remove: (id: number): void => {
      remove.run(id)
    },
  }
}

const storeIn = (database: DatabaseSync): Store => {
  const packets = entriesIn(database, "packet")
  const events = entriesIn(database, "event")
  const write = writerIn(database)
  // The file is ours alone: once read, what it has is what was committed last.
  let kept: Kept | undefined
  return {
    load: () => {
      kept ??= loadFrom(database)
      return { messenger: kept.part!.value, position: kept.position }
    },
    commit: (change) => {
      const before = kept ?? loadFrom(database)
      // Unless it comes to the end, the file is read anew.
      kept = undefined
      let after: Kept | undefined
      transaction(database, () => {
        after = write(before, change)
        for (const packet of change.packets) packets.add(packet)
        for (const event of change.events) events.add(event)
      })
      kept = after
    },
    unsent: packets.all,
    sent: packets.remove,
    unshown: events.all,
    shown: events.remove,
    close: () => database.close(),
  }
}

// The number of SQLite for a lock that another holds.
const busy = 5

/** The database in `file`, which nobody else can open from now on. */
const lockedDatabase = (file: string): DatabaseSync => {
  const database = new DatabaseSync(file)
  try {
    database.exec(settings)
    database.exec("BEGIN EXCLUSIVE; COMMIT")
    return database
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode === busy) throw new Error(`${file} is in use by another program`, { cause: error })
    throw error
  }
}

/** Throws when others than the owner can read or write the file, or when there is none. Windows has no such bits. */
const checkPrivate = (file: string): void => {
  const { mode } = statSync(file)
  if (process.platform !== "win32" && (mode & 0o077) !== 0) throw new Error(`others can read or write ${file}: its mode must be 0600`)
}

/**
 * Opens the store in `file`. Throws when there is none, when others can read it, when another program has it open, and when it is damaged. A file that is empty is a store that was lost: `createStore` leaves none behind,
 * wherever it stops.
 */
export const openStore = (file: string): Store => {
  checkPrivate(file)
  const database = lockedDatabase(file)
  try {
    const problems = database.prepare("PRAGMA integrity_check").all()
    if (problems[0]?.integrity_check !== "ok") throw new Error(`the store is damaged: ${JSON.stringify(problems[0])}`)
    const store = storeIn(database)
    store.load()
    store.unsent()
    store.unshown()
    return store
  } catch (error) {
    database.close()
    throw new Error(`${file} cannot be opened as a store`, { cause: error })
  }
}

/** Makes a store with a messenger that has handled no input, and opens it. Throws when there is a file already, whatever is in it. */
export const createStore = (file: string, messenger: Messenger): Store => {
  // The file comes to its place whole or not at all. The folder and the file are the owner's alone from the beginning.
  const folder = mkdtempSync(`${file}.new-`)
  try {
    const fresh = join(folder, "store")
    closeSync(openSync(fresh, "wx", 0o600))
    const database = lockedDatabase(fresh)
    transaction(database, () => {
      database.exec(schema)
      const first = nothing()
      database.prepare("INSERT INTO messenger VALUES (0, ?, ?, x'')").run(first.sum, first.position)
      writerIn(database)(first, { messenger, position: 0 })
    })
    database.close()
    linkSync(fresh, file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return openStore(file)
}
