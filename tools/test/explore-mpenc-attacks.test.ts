/** The search for attacks on mpENC finds the faults that it is there for, when they are put back, each by one lie; without them, it finds nothing there. */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { scenarios, server } from "../../reference/simulation/dishonest/scenarios.ts"
import { liesIn } from "../../reference/simulation/dishonest/search.ts"
import { sampleOf } from "../../reference/simulation/sample.ts"

const run = promisify(execFile)

const root = join(import.meta.dirname, "..", "..")

const search = async (options: ReadonlyArray<string>): Promise<string> => {
  const command = [join(root, "tools", "explore-mpenc-attacks.ts"), "--most", "1", ...options]
  const { stdout } = await run(process.execPath, command).catch((error: { readonly stdout: string }) => error)
  return stdout
}

interface Fault {
  readonly mutant: string
  readonly scenario: string
  /** Who lies; cas if nobody is named. */
  readonly liar?: string
  /** Before which request of the honest run; the first if none is named. */
  readonly point?: number
  readonly what: string
  readonly says: RegExp
}

const faults: ReadonlyArray<Fault> = [
  { mutant: "believes-one-accuser", scenario: "all write", what: "order: another chain hash", says: /has ended, and not by an operation/ },
  {
    mutant: "takes-any-chain-hash",
    scenario: "ann includes dan",
    what: "include-initial, another CHAIN_HASH",
    says: /is told of dan, who is honest/,
  },
  {
    mutant: "checks-its-own-nonce-only",
    scenario: "ann includes dan",
    what: "exclude-initial, NONCE: another first",
    says: /who is honest \(extensions.order-disputed\)/,
  },
  {
    mutant: "keeps-the-old-order-of-keys",
    scenario: "ann makes a new key",
    what: "refresh-initial, MEMBERs reversed, with their keys",
    says: /cannot exclude cas/,
  },
  {
    mutant: "multiplies-its-own-key-only",
    scenario: "ann makes a new key",
    what: "refresh-initial, INT_KEY of small order",
    says: /cannot exclude cas/,
  },
  {
    mutant: "lets-the-excluded-believe-anything",
    scenario: "ann makes a new key",
    what: "exclude-initial, another acknowledgement",
    says: /cannot exclude cas/,
  },
  {
    mutant: "overlooks-unknown-packets",
    scenario: "all write",
    what: "order: an unknown packet",
    says: /ann is not told that cas disputes the order/,
  },
  {
    mutant: "overlooks-another-chain-hash",
    scenario: "all write",
    what: "order: another chain hash",
    says: /ann is not told that cas disputes the order/,
  },
  {
    mutant: "takes-a-key-at-any-time",
    scenario: "ann makes a new key",
    what: "a payload that ann is shown first, and its ephemeral key",
    says: /ben never reads what ann has read of cas/,
  },
  {
    mutant: "names-no-author",
    scenario: "ann excludes cas",
    liar: "ben",
    point: 1,
    what: "an abort (user)",
    says: /ann is not told that ben has aborted/,
  },
  {
    mutant: "trusts-the-order",
    scenario: "ann makes a new key",
    liar: server,
    what: "shows cas that mallory enters",
    says: /cas goes on, though ann and ben have another line/,
  },
  {
    mutant: "needs-two-of-two",
    scenario: "ann excludes cas",
    liar: server,
    what: "shows ben that mallory enters",
    says: /goes on, though (?:ann|ben) ha(?:s|ve) another line/,
  },
]

describe("one lie", () => {
  it.each(sampleOf(faults, 3))("finds the fault $mutant: $what", async ({ mutant, scenario, liar = "cas", point = 0, what, says }) => {
    const options = ["--scenario", scenario, "--liar", liar, "--point", `${point}`, "--what", what]
    expect(await search([...options, "--mutant", mutant])).toMatch(says)
    const lies = liesIn(scenarios.find(({ name }) => name === scenario)!, liar, point).filter((lie) => lie.what.includes(what))
    for (const lie of lies) expect(lie.judged()).toBeUndefined()
    expect(lies.length).toBeGreaterThan(0)
  })
})
