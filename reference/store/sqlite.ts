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
import { sameBytes } from "../conventions.ts"
import { Messenger } from "../dcgka/group-messaging.ts"
import { type Part, readState, writeState } from "./parts.ts"
import { checkIntact, digestOf, type Row, Slots } from "./slots.ts"
import type { Store } from "./store.ts"

// The lock is taken with the first transaction and kept. A commit waits for the disk, and what the database frees is overwritten in the file; the journal, which has the pages as they were before a commit, is cut to nothing
// (under a lasting lock, the mode DELETE would leave them in it). The disk may keep copies all the same.
export const settings = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = TRUNCATE;
  PRAGMA synchronous = FULL;
  PRAGMA secure_delete = ON;
`

const schema = `
  CREATE TABLE messenger (id INTEGER PRIMARY KEY CHECK (id = 0), bytes BLOB NOT NULL, position INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
  CREATE TABLE part (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, digest BLOB NOT NULL) STRICT;
  CREATE TABLE packet (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, digest BLOB NOT NULL) STRICT;
  CREATE TABLE event (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, digest BLOB NOT NULL) STRICT;
`

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

/** What was committed last: the messenger in parts, and how many inputs had been handled. */
interface Kept {
  readonly part: Part<Messenger>
  readonly position: number
}

/** The store in a database; it begins with `first`, if it is a new one. */
const storeIn = (database: DatabaseSync, first?: Messenger): Store => {
  const parts = new Slots(database, "part")
  const packets = new Slots(database, "packet")
  const events = new Slots(database, "event")
  const replace = database.prepare("UPDATE messenger SET bytes = ?, position = ?, digest = ? WHERE position = ?")

  const loaded = (): Kept => {
    packets.load()
    events.load()
    const heads = database.prepare("SELECT position AS number, bytes, digest FROM messenger").all() as unknown as ReadonlyArray<Row>
    if (heads.length !== 1) throw new Error("the store is damaged: it has no messenger")
    const { number: position, bytes } = heads[0]!
    checkIntact("messenger", heads[0]!)
    const part = readState(
      Messenger,
      parts.load().map(({ id, bytes: row }) => [id, row]),
    )
    if (!sameBytes(parts.sum, bytes)) throw new Error("the store is damaged: its parts are not those that were written")
    return { part, position }
  }

  /** Writes a messenger in place of the one before: of its parts those that have changed. */
  const write = (messenger: Messenger, before: Part | undefined, position: number, inputs: number): Kept => {
    const part = writeState(Messenger, messenger, before, parts)
    const { changes } = replace.run(parts.sum, position, digestOf("messenger", position, parts.sum), position - inputs)
    if (changes !== 1) throw new Error(`input ${position} is not the next: another one has been handled since the messenger was loaded`)
    return { part, position }
  }

  // The file is ours alone: once read, what it has is what was committed last.
  let kept: Kept | undefined
  if (first !== undefined) transaction(database, () => write(first, undefined, 0, 1))

  const load = (): Kept => {
    kept ??= loaded()
    return kept
  }
  return {
    load: () => ({ messenger: load().part.value, position: load().position }),
    commit: (change) => {
      const before = load()
      // Unless it comes to the end, the file is read anew.
      kept = undefined
      let after: Kept | undefined
      transaction(database, () => {
        after = write(change.messenger, before.part, change.position, change.inputs ?? 1)
        for (const packet of change.packets) packets.put(packets.newId(), packet)
        for (const event of change.events) events.put(events.newId(), event)
      })
      kept = after
    },
    unsent: () => packets.load(),
    sent: packets.remove,
    unshown: () => events.load(),
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
      database.exec("INSERT INTO messenger VALUES (0, x'', -1, x'')")
    })
    storeIn(database, messenger).close()
    linkSync(fresh, file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return openStore(file)
}
