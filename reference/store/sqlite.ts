/**
 * A store in a file of SQLite, which node brings along.
 *
 * A file belongs to one program for as long as that program lives, and can be read by its owner only. Each row carries a digest of itself, so that a damaged file is an error and not another state. It is no protection against somebody who can
 * write the file.
 *
 * @module
 */
import { closeSync, linkSync, mkdtempSync, openSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
// biome-ignore lint/correctness/noUnresolvedImports: a module of node that the linter does not know
import { DatabaseSync } from "node:sqlite"
import { sha256 } from "@noble/hashes/sha2.js"
import { encodeCbor } from "../../spec/conventions/cbor.ts"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import { sameBytes, stateOf } from "../conventions.ts"
import { Messenger } from "../dcgka/group-messaging.ts"
import type { Entry, Store } from "./store.ts"

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
  CREATE TABLE packet (id INTEGER PRIMARY KEY AUTOINCREMENT, bytes BLOB NOT NULL, digest BLOB NOT NULL) STRICT;
  CREATE TABLE event (id INTEGER PRIMARY KEY AUTOINCREMENT, bytes BLOB NOT NULL, digest BLOB NOT NULL) STRICT;
`

type Table = "messenger" | "packet" | "event"

/** What a row carries beside its bytes: of the messenger the position, of an entry its id. */
const digestOf = (table: Table, number: number, bytes: Uint8Array): Uint8Array => sha256(encodeCbor([table, number, bytes]))

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

const loadFrom = (database: DatabaseSync) => {
  const rows = database.prepare("SELECT position AS number, bytes, digest FROM messenger").all()
  if (rows.length !== 1) throw new Error("the store is damaged: it has no messenger")
  const { number: position, bytes } = intact("messenger", rows[0])
  return { messenger: stateOf(Messenger, bytes), position }
}

/** Writes the messenger in place of the one before which `position` - 1 inputs had been handled. */
const replaceIn = (database: DatabaseSync, messenger: Messenger, position: number): void => {
  const bytes = encodeWire(Messenger, messenger)
  const replace = database.prepare("UPDATE messenger SET bytes = ?, position = ?, digest = ? WHERE position = ?")
  const { changes } = replace.run(bytes, position, digestOf("messenger", position, bytes), position - 1)
  if (changes !== 1) throw new Error(`input ${position} is not the next: another one has been handled since the messenger was loaded`)
}

/** The entries of a table: all of them, one more, and one less. */
const entriesIn = (database: DatabaseSync, table: "packet" | "event") => ({
  all: (): ReadonlyArray<Entry> =>
    database
      .prepare(`SELECT id AS number, bytes, digest FROM ${table} ORDER BY id`)
      .all()
      .map((row) => intact(table, row))
      .map(({ number, bytes }) => ({ id: number, bytes })),
  add: (bytes: Uint8Array): void => {
    const { lastInsertRowid } = database.prepare(`INSERT INTO ${table} (bytes, digest) VALUES (?, x'')`).run(bytes)
    const id = Number(lastInsertRowid)
    database.prepare(`UPDATE ${table} SET digest = ? WHERE id = ?`).run(digestOf(table, id, bytes), id)
  },
  remove: (id: number): void => {
    database.prepare(`DELETE FROM ${table} WHERE id = ?`).run(id)
  },
})

const storeIn = (database: DatabaseSync): Store => {
  const packets = entriesIn(database, "packet")
  const events = entriesIn(database, "event")
  // The file is ours alone: once read, what it has is what was committed last.
  let kept: ReturnType<Store["load"]> | undefined
  return {
    load: () => {
      kept ??= loadFrom(database)
      return kept
    },
    commit: (change) => {
      transaction(database, () => {
        replaceIn(database, change.messenger, change.position)
        for (const packet of change.packets) packets.add(packet)
        for (const event of change.events) events.add(event)
      })
      kept = { messenger: change.messenger, position: change.position }
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
      const bytes = encodeWire(Messenger, messenger)
      database.prepare("INSERT INTO messenger VALUES (0, ?, 0, ?)").run(bytes, digestOf("messenger", 0, bytes))
    })
    database.close()
    linkSync(fresh, file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return openStore(file)
}
