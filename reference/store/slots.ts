/**
 * Tables whose rows stay where they are.
 *
 * A database moves rows from page to page when others come, go, or change their length, and a copy can stay behind in the page in which a row was, whatever becomes of the row later. So no row of these tables is ever deleted, or gets
 * another length: one that is given up is overwritten with zeros, in its place, and taken again for something of the same length.
 *
 * @module
 */
import { hash } from "node:crypto"
// biome-ignore lint/correctness/noUnresolvedImports: a module of node that the linter does not know
import type { DatabaseSync, StatementSync } from "node:sqlite"
import { decodeCbor, encodeCbor } from "../../spec/conventions/cbor.ts"
import { sameBytes } from "../conventions.ts"
import type { Rows } from "./parts.ts"
import type { Entry } from "./store.ts"

type Table = "messenger" | "part" | "packet" | "event"

/** A row as it is read. The number is its id; of the messenger it is the position. */
export interface Row {
  readonly number: number
  readonly bytes: Uint8Array
  readonly digest: Uint8Array
}

/** What a row carries beside its bytes. */
export const digestOf = (table: Table, number: number, bytes: Uint8Array): Uint8Array => {
  return hash("sha256", encodeCbor([table, number, bytes]), "buffer")
}

/** Throws when a row is not what was written. */
export const checkIntact = (table: Table, { number, bytes, digest }: Row): void => {
  if (!sameBytes(digest, digestOf(table, number, bytes))) throw new Error(`the store is damaged: a row of ${table} is not what was written`)
}

const noDigest: Uint8Array = new Uint8Array(32)

const sumOf = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, index) => byte ^ b[index]!)

/** An entry with its length before it and zeros after it. There are few lengths, so that a row fits what comes after. */
const padded = ({ id, bytes }: Entry): Uint8Array => {
  const content = encodeCbor([id, bytes])
  const needed = 4 + content.length
  const row = new Uint8Array(needed <= 512 ? 64 * Math.ceil(needed / 64) : 2 ** Math.ceil(Math.log2(needed)))
  new DataView(row.buffer).setUint32(0, content.length)
  row.set(content, 4)
  return row
}

const entryIn = (row: Uint8Array): Entry => {
  const length = new DataView(row.buffer, row.byteOffset).getUint32(0)
  const [id, bytes] = decodeCbor(row.subarray(4, 4 + length)) as [number, Uint8Array]
  return { id, bytes }
}

interface Slot {
  readonly row: number
  readonly length: number
  readonly digest: Uint8Array
}

/** A table of entries with numbers. */
export class Slots implements Rows {
  readonly #table: Table
  readonly #select: StatementSync
  readonly #insert: StatementSync
  readonly #update: StatementSync
  readonly #slots = new Map<number, Slot>()
  readonly #free = new Map<number, Array<number>>()
  #rows = 0
  #highest = 0
  #sum = noDigest

  constructor(database: DatabaseSync, table: "part" | "packet" | "event") {
    this.#table = table
    this.#select = database.prepare(`SELECT id AS number, bytes, digest FROM ${table} ORDER BY id`)
    this.#insert = database.prepare(`INSERT INTO ${table} VALUES (?, ?, ?)`)
    this.#update = database.prepare(`UPDATE ${table} SET bytes = ?, digest = ? WHERE id = ?`)
  }

  /** The sum of the digests of all entries, bit by bit: it tells that one is missing, or is an older one. */
  get sum(): Uint8Array {
    return this.#sum
  }

  /** All entries, in the order of their numbers, as they are in the file. */
  load(): ReadonlyArray<Entry> {
    this.#slots.clear()
    this.#free.clear()
    this.#rows = 0
    this.#highest = 0
    this.#sum = noDigest
    const entries: Array<Entry> = []
    for (const row of this.#select.all() as unknown as ReadonlyArray<Row>) {
      const { number, bytes, digest } = row
      this.#rows = number
      if (sameBytes(digest, noDigest)) {
        this.#isFree(number, bytes.length)
        continue
      }
      checkIntact(this.#table, row)
      const entry = entryIn(bytes)
      entries.push(entry)
      this.#isIn(entry.id, { row: number, length: bytes.length, digest })
    }
    return entries.sort((a, b) => a.id - b.id)
  }

  readonly newId = (): number => this.#highest + 1

  readonly put = (id: number, bytes: Uint8Array): void => {
    const row = padded({ id, bytes })
    const known = this.#slots.get(id)
    const isFitting = known?.length === row.length
    if (known !== undefined && !isFitting) this.remove(id)
    const taken = isFitting ? known!.row : this.#free.get(row.length)?.pop()
    const at = taken ?? ++this.#rows
    const digest = digestOf(this.#table, at, row)
    if (isFitting && sameBytes(known!.digest, digest)) return
    if (isFitting) this.#sum = sumOf(this.#sum, known!.digest)
    if (taken === undefined) this.#insert.run(at, row, digest)
    else this.#update.run(row, digest, at)
    this.#isIn(id, { row: at, length: row.length, digest })
  }

  readonly remove = (id: number): void => {
    const known = this.#slots.get(id)
    if (known === undefined) return
    const { row, length, digest } = known
    this.#update.run(new Uint8Array(length), noDigest, row)
    this.#slots.delete(id)
    this.#sum = sumOf(this.#sum, digest)
    this.#isFree(row, length)
  }

  #isIn(id: number, slot: Slot): void {
    this.#slots.set(id, slot)
    this.#highest = Math.max(this.#highest, id)
    this.#sum = sumOf(this.#sum, slot.digest)
  }

  #isFree(row: number, length: number): void {
    const rows = this.#free.get(length)
    if (rows === undefined) this.#free.set(length, [row])
    else rows.push(row)
  }
}
