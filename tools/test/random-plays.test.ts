/** Plays by seeds that fail: made smaller, kept, and played again. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type Play, readPlayFile } from "../../conformance/protocol/plays.ts"
import { loadPlays } from "../../conformance/runner/plays/files.ts"
import { randomPlay } from "../../vectors/cases/plays/random.ts"
import { smallest } from "../plays/smaller.ts"
import { root } from "../sources.ts"

/** As if an implementation had an erratum. */
const failingBy = (erratum: string) => async (plays: ReadonlyArray<Play>) =>
  plays.filter(({ messages }) => Object.values(messages).some(({ printed = {} }) => printed[erratum] !== undefined))

const operationsOf = ({ steps }: Play) => steps.filter(([, verb]) => verb !== "takes").map(([, verb]) => verb)

describe("a play that is made smaller", () => {
  it.each([
    [2, "F1", 2, ["create", "remove"]],
    [7, "F3", 3, ["create", "remove", "add"]],
    [14, "F4", 4, ["create", "add"]],
  ] as const)("of the seed %i, fails as before: %s", async (seed, erratum, most, kinds) => {
    const play = randomPlay(seed, 4, 4)
    const least = await smallest(play, failingBy(erratum))
    expect(await failingBy(erratum)([play, least])).toHaveLength(2)
    expect(operationsOf(least).length).toBeLessThanOrEqual(most)
    expect(operationsOf(least)).toEqual(expect.arrayContaining([...kinds]))
    // Who does nothing in it is not in it.
    expect(Object.keys(least.cast).length).toBeLessThan(Object.keys(play.cast).length)
  })

  it("fails as before by what somebody opens, and is written with fewer messages", async () => {
    const play = randomPlay(1, 4, 3, true)
    const opens = (by: string) => async (plays: ReadonlyArray<Play>) =>
      plays.filter(({ steps }) => steps.some(([one, verb]) => one === by && verb === "opens"))
    const least = await smallest(play, opens("b"))
    expect(await opens("b")([play, least])).toHaveLength(2)
    expect(least.steps.filter(([, verb]) => verb === "seals")).toHaveLength(1)
  })

  it("stays as it is when nothing smaller fails", async () => {
    const play = randomPlay(1, 3)
    expect(await smallest(play, async () => [])).toBe(play)
  })

  it("has no thieves in it", async () => {
    const { plays } = loadPlays(join(root, "vectors"))
    const play = plays.find(({ id }) => id === "histories/an-update-heals") as Play
    await expect(smallest(play, async () => [])).rejects.toThrow("is not made smaller")
  })
})

describe("tools/random-plays.ts", () => {
  it("keeps what fails, made smaller, and plays it again", () => {
    const folder = mkdtempSync(join(tmpdir(), "conclave-random-"))
    const play = (...args: ReadonlyArray<string>) =>
      spawnSync(process.execPath, [join(root, "tools", "random-plays.ts"), "--out", folder, ...args], { encoding: "utf8", cwd: root })
    const [faulty, good] = ["faulty=node conformance/zoo/mutant.ts forwards-to-all", "good=reference"] as const
    const { stdout, status } = play("--seed", "2", "--count", "1", "--operations", "3", "--founders", "3", faulty, good)
    expect(stdout).toContain("faulty, random/2: key-agreement.nobody-outside")
    expect(stdout).toContain("good+faulty, random/2: ")
    expect(status).toBe(1)
    const file = join(folder, readdirSync(folder)[0]!)
    const [least] = readPlayFile(JSON.parse(readFileSync(file, "utf8"))).plays as ReadonlyArray<Play>
    expect(operationsOf(least!)).toEqual(["create"])
    expect(play("--again", file, faulty).stdout).toContain("0 passed, 1 failed, 0 skipped")
    expect(play("--again", file, good).stdout).toContain("1 passed, 0 failed, 0 skipped")
    rmSync(folder, { recursive: true })
  })
})
