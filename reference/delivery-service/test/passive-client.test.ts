/** The MLS back end against the published vectors: a dozen of them stand here, and `MLS_PASSIVE_CLIENT` may name a whole file. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { suites } from "../tree-kem/passive-client.ts"
import { computed, type Entry, published } from "./passive-client.ts"

const file =
  process.env.MLS_PASSIVE_CLIENT ?? join(import.meta.dirname, "../../../vectors/cases/delivery-service/data/mls-passive-client.json")

const entries = (JSON.parse(readFileSync(file, "utf8")) as ReadonlyArray<Entry>)
  .map((entry, index) => ({ index, suite: entry.cipher_suite, entry }))
  .filter(({ suite }) => suite in suites)

describe("passive client", () => {
  it("has entries of suites 1 and 3", () => {
    expect(entries.length).toBeGreaterThan(0)
  })

  it.each(entries)("computes the authenticators of entry $index, of suite $suite", async ({ entry }) => {
    expect(await computed(entry)).toEqual(published(entry))
  })

  it("does not join by a welcome that was changed", async () => {
    const { entry } = entries[0]!
    const changed = entry.welcome.slice(0, -2) + (entry.welcome.endsWith("00") ? "01" : "00")
    expect(await computed({ ...entry, welcome: changed })).toMatchObject({ _tag: "Refused", clause: "tree-kem.welcome" })
  })
})
