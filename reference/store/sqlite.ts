/**
 * A store in a file of SQLite, which node brings along.
 *
 * @module
 */
// biome-ignore lint/correctness/noUnresolvedImports: a module of node that the linter does not know
import { DatabaseSync } from "node:sqlite"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import { stateOf } from "../conventions.ts"
import { Messenger } from "../dcgka/group-messaging.ts"
import type { Entry, Store } from "./store.ts"

// A commit waits for the disk, and what is deleted is overwritten in the file. The disk may keep copies all the same.
const schema = `
  PRAGMA journal_mode = DELETE;
  PRAGMA synchronous = FULL;
  PRAGMA secure_delete = ON;
  CREATE TABLE IF NOT EXISTS messenger (id INTEGER PRIMARY KEY CHECK (id = 0), bytes BLOB NOT NULL, position INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS packet (id INTEGER PRIMARY KEY AUTOINCREMENT, bytes BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY AUTOINCREMENT, bytes BLOB NOT NULL) STRICT;
`

/** Opens the store in `file`, which is made if it is not there. */
export const openStore = (file: string): Store => {
  const database = new DatabaseSync(file)
  database.exec(schema)
  const replace = database.prepare("INSERT OR REPLACE INTO messenger (id, bytes, position) VALUES (0, ?, ?)")
  const addPacket = database.prepare("INSERT INTO packet (bytes) VALUES (?)")
  const addEvent = database.prepare("INSERT INTO event (bytes) VALUES (?)")
  const entries = (table: "packet" | "event") => () =>
    database.prepare(`SELECT id, bytes FROM ${table} ORDER BY id`).all() as unknown as ReadonlyArray<Entry>
  const forget = (table: "packet" | "event") => (id: number) => {
    database.prepare(`DELETE FROM ${table} WHERE id = ?`).run(id)
  }
  return {
    load: () => {
      const row = database.prepare("SELECT bytes, position FROM messenger").get()
      if (row === undefined) return undefined
      return { messenger: stateOf(Messenger, row.bytes as Uint8Array), position: row.position as number }
    },
    commit: ({ messenger, position, packets, events }) => {
      database.exec("BEGIN IMMEDIATE")
      try {
        replace.run(encodeWire(Messenger, messenger), position)
        for (const packet of packets) addPacket.run(packet)
        for (const event of events) addEvent.run(event)
        database.exec("COMMIT")
      } catch (error) {
        database.exec("ROLLBACK")
        throw error
      }
    },
    unsent: entries("packet"),
    sent: forget("packet"),
    unshown: entries("event"),
    shown: forget("event"),
    close: () => database.close(),
  }
}
