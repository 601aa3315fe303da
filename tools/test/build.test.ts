/** Building implementations: what a machine lacks is skipped, what is broken fails. */
import { describe, expect, it } from "vitest"
import { build } from "../implementations/build.ts"
import type { Implementation } from "../implementations/list.ts"
import { root } from "../sources.ts"

const builtWith = (how: Partial<NonNullable<Implementation["build"]>>) => {
  const command = [process.execPath, "-e", ""]
  return build({ name: "some", about: "", command: [], build: { needs: process.execPath, command, folder: root, ...how } })
}

const fails = [process.execPath, "-e", "process.exit(1)"]

describe("build", () => {
  it("builds what can be built, and what needs no building", () => {
    expect(builtWith({})).toEqual({ status: "built" })
    expect(builtWith({ fetch: [process.execPath, "-e", ""] })).toEqual({ status: "built" })
    expect(build({ name: "some", about: "", command: [] })).toEqual({ status: "built" })
  })

  it("skips what lacks its toolchain, or its libraries", () => {
    expect(builtWith({ needs: "no-such-toolchain" })).toEqual({ status: "skipped", why: "no-such-toolchain is not here" })
    expect(builtWith({ fetch: fails })).toEqual({ status: "skipped", why: "what it is built of is not to be had" })
  })

  it("fails when the build does", () => {
    expect(builtWith({ command: fails })).toEqual({ status: "failed", why: "it does not build" })
  })
})
