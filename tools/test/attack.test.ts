/**
 * The search for attacks finds nothing in the reference within small bounds, and finds each of a list of faults put into it, each in the smallest scenario that shows it.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { sampleOf } from "../../reference/simulation/sample.ts"
import { faults } from "../attack/faults.ts"
import { insiderLies } from "../attack/insider-lies.ts"
import { inWords, playAll, type Scenario, type Step } from "../attack/scenario.ts"
import { Findings, search } from "../attack/search.ts"

const program = join(import.meta.dirname, "..", "attack.ts")

const played = (fault: string, steps: ReadonlyArray<Step>) => {
  const scenario: Scenario = { base: "member", steps }
  const { status, stdout } = spawnSync(process.execPath, [program, "--fault", fault, "--play", JSON.stringify(scenario)], {
    encoding: "utf8",
  })
  return { status, kinds: stdout.split("\n").flatMap((line) => /^([a-z-]+): /.exec(line)?.[1] ?? []) }
}

const removal: Step = { by: "alice", does: "remove", user: "mallory" }

const removalOfBob: Step = { by: "alice", does: "remove", user: "bob" }
const junk: Step = { lie: "a stranger sends alice 90 packets of junk in the names of nobody" }
const forBobAlone: Step = { lie: "an update for bob alone" }
const ghostForBob: Step = { lie: "adds a ghost whose bundle only bob can get" }

const spoken: ReadonlyArray<Step> = [
  { to: "bob", network: "keeps back" },
  { by: "alice", does: "say" },
  { by: "alice", does: "update" },
  { to: "bob", network: "gives applications last" },
]

/** Each fault with a scenario that shows it, and the kind of what is found. */
const seeded: ReadonlyArray<readonly [fault: string, kind: string, steps: ReadonlyArray<Step>]> = [
  ["any-voice", "counts", [{ lie: "zed, as if bob had added it, adds alice to the group" }]],
  ["no-confirmation", "counts", [{ lie: "adds dave, counting too many of alice's" }]],
  [
    "chains-never-end",
    "forged",
    [{ lie: "steals bob's state" }, { by: "bob", does: "update" }, { lie: "as bob, with the stolen state, says something" }],
  ],
  [
    "believes-what-is-counted",
    "blames",
    [removal, { lie: "adds dave, counting too many of alice's", racing: true }, { by: "alice", does: "add", user: "dave" }],
  ],
  ["removed-counts", "closed-view", [removal, { lie: "removes alice" }]],
  ["removed-counts", "closed-packets", [removal, { lie: "adds ten ghosts" }]],
  ["removed-counts", "closed-packets", [removal, { lie: "an update" }]],
  ["tries-all-that-is-held", "work", [{ lie: "a stranger sends alice 40 packets of junk" }]],
  ["seed-without-commitment", "other-ratchet", [{ lie: "an update, another seed for alice" }]],
  ["any-recipients", "other-ratchet", [{ lie: "an update, nothing for alice" }]],
  ["tries-nothing-itself", "other-ratchet", [ghostForBob, removal]],
  ["far-ahead", "work", [{ lie: "says something 1024 ahead" }]],
  ["eight-chains", "lost", spoken],
  ["notes-of-last-envelopes", "notes", [{ lie: "two updates in one envelope for alice, another one for bob" }]],
  ["two-texts", "two-texts", [{ lie: "says yes to alice and no to bob" }]],
  ["any-cut", "blames", [{ by: "bob", does: "update" }, { lie: "adds dave, with bob as he was before his last envelope" }]],
  [
    "blames-for-a-signature",
    "other-ratchet",
    [
      { by: "alice", does: "update" },
      { lie: "adds dave, with another digest for alice", racing: true },
    ],
  ],
  ["blames-by-the-adders-word", "blames", [{ lie: "removes bob" }, { lie: "adds dave, with alice knowing nothing" }]],
  ["blames-by-the-adders-word", "blames", [{ lie: "an update for bob alone" }, { lie: "adds dave, with nothing open" }]],
  ["confirms-no-cut", "other-ratchet", [{ lie: "adds dave, with what is open awaiting bob" }, { by: "bob", does: "update" }]],
  ["waits-for-gaps", "two-texts", [{ lie: "says yes to alice and no to bob" }, { lie: "says something 256 ahead" }]],
  [
    "refused-in-silence",
    "other-ratchet",
    [
      { by: "mallory", does: "update" },
      { lie: "an update, another seed for alice", racing: true },
    ],
  ],
  ["withheld-not-refused", "other-ratchet", [removal, { lie: "an update, another seed for alice", racing: true }]],
  [
    "repetitions-in-silence",
    "twins",
    [
      { by: "mallory", does: "update" },
      { lie: "two updates with one number for everybody", racing: true },
    ],
  ],
  [
    "behind-another-membership",
    "other-ratchet",
    [
      { by: "bob", does: "add", user: "dave" },
      { lie: "adds dave, with another digest for alice", racing: true },
    ],
  ],
  ["kept-twice", "closed-growth", [removal, { lie: "a stranger sends alice 40 packets of junk" }]],
  ["withheld-twins", "twins", [removal, { lie: "two updates with one number for everybody", racing: true }]],
  ["withheld-not-compared", "blames", [removal, { lie: "one update for alice, another for bob", racing: true }]],
  ["unsigned", "parted", [{ lie: "a removal of alice in the name of bob" }]],
  ["unsigned-messages", "forged", [{ lie: "says something in bob's chain" }]],
  ["former-seeds", "derives", [removal]],
  ["no-guard", "two-texts-one-key", [{ lie: "bob's program says something, loads the state of before, and says something else" }]],
  [
    "no-room-for-invitations",
    "parted",
    [{ lie: "a stranger fills the room that frank has for groups that he is not in" }, { by: "alice", does: "add", user: "frank" }],
  ],
  ["add-without-commitment", "other-ratchet", [{ lie: "adds dave, with another ratchet of its own" }]],
  ["strangers-hold-all", "room", [junk]],
  ["share-for-good", "room", [{ lie: "a stranger sends alice 40 packets of junk" }, junk, removalOfBob]],
  ["newcomers-are-strangers", "blames", [forBobAlone, junk, { by: "mallory", does: "add", user: "erin" }]],
  ["hides-behind-a-forgery", "other-ratchet", [{ lie: "acknowledges what bob has not sent" }, ghostForBob, removal]],
  ["missing-after-operations-untold", "other-ratchet", [ghostForBob, forBobAlone, removal]],
  ["missing-after-joining-untold", "parted", [forBobAlone, { lie: "removes alice" }, { by: "alice", does: "add", user: "dave" }]],
  [
    "voice-changes-in-silence",
    "voice",
    [
      { to: "bob", network: "keeps back" },
      { by: "alice", does: "add", user: "dave" },
      { by: "bob", does: "add", user: "dave" },
      { by: "bob", does: "remove", user: "alice" },
      { to: "bob", network: "gives" },
    ],
  ],
  [
    "released-by-anybody",
    "closed-view",
    [
      { by: "alice", does: "add", user: "zed" },
      removal,
      { by: "alice", does: "remove", user: "zed" },
      { lie: "removes alice" },
      { lie: "zed, who was removed, acknowledges mallory's last" },
    ],
  ],
  ["everybody-removes-who-leaves", "removed-twice", [{ by: "mallory", does: "leave" }]],
]

describe("the search for attacks", () => {
  it("finds nothing in the reference, one lie being told to a group of three", () => {
    const findings = new Findings()
    search({ base: "member", before: 0, after: 0, lies: 1, racing: false }, findings)
    const told = [...findings.all.values()].map(({ scenario }) => scenario.steps.map(inWords).join(" | "))
    expect(told).toEqual([])
    expect(findings.counts.scenarios).toBeGreaterThan(50)
  })

  it.each(sampleOf(seeded, 3))("finds the fault %s: %s", (fault, kind, steps) => {
    const { status, kinds } = played(fault, steps)
    expect(kinds).toContain(kind)
    expect(status).toBe(1)
    expect(playAll({ base: "member", steps }).violations.map((one) => one.kind)).not.toContain(kind)
  })

  it("finds all faults of the list", () => {
    expect(faults.map(({ name }) => name).filter((name) => !seeded.some(([fault]) => fault === name))).toEqual([])
  })
})

const adding = (how: string): Step => ({ lie: `adds dave, ${how}` })
const overtaking = (lie: string): Step => ({ lie, racing: true })

/** What the search has found in the reference, and is mended. */
const mended: ReadonlyArray<readonly [name: string, steps: ReadonlyArray<Step>]> = [
  [
    "a removed member has itself heard by one that it adds and removes",
    [removal, { lie: "removes alice" }, adding("truly"), { lie: "removes dave" }],
  ],
  ["a welcome brings another ratchet of the adder's", [adding("with another ratchet of its own")]],
  [
    "an add-ack brings another ratchet of its sender's, who adds somebody later",
    [
      { by: "alice", does: "add", user: "dave" },
      overtaking("answers the addition that comes with another ratchet of its own"),
      { by: "mallory", does: "add", user: "erin" },
    ],
  ],
  [
    "a removal waits for what it cancels",
    [{ by: "alice", does: "add", user: "dave" }, overtaking("adds a ghost whose bundle only bob can get"), removal],
  ],
  ["what was held is refused in silence", [{ by: "mallory", does: "update" }, overtaking("an update, another seed for alice")]],
  ["what was withheld is refused in silence", [removal, overtaking("an update, another seed for alice")]],
  ["a withheld message has a twin", [removal, overtaking("one update for alice, another for bob")]],
  ["a stranger's packet is kept twice (group-messaging.kept-once)", [removal, { lie: "a stranger sends alice 40 packets of junk" }]],
  ["two messages with one number were held", [{ by: "mallory", does: "update" }, overtaking("two updates with one number for everybody")]],
  ["two messages with one number were withheld", [removal, overtaking("two updates with one number for everybody")]],
  [
    "two messages with one number are withheld from one who is added",
    [removal, { lie: "two updates with one number for everybody" }, { by: "alice", does: "add", user: "dave" }],
  ],
  ["a chain is said to be longer than it is", [{ lie: "says yes to alice and no to bob" }, { lie: "says something 256 ahead" }]],
  ["a welcome counts too few", [{ by: "alice", does: "update" }, adding("counting one too few of bob's")]],
  [
    "a welcome has one as it was before what the adder has acknowledged",
    [{ by: "bob", does: "update" }, adding("with bob as he was before his last envelope")],
  ],
  [
    "a message of one who has not confirmed is refused",
    [{ by: "alice", does: "update" }, overtaking("adds dave, with another digest for alice")],
  ],
  [
    "the refusal of one membership hides behind another",
    [{ by: "bob", does: "add", user: "dave" }, overtaking("adds dave, with another digest for alice")],
  ],
  ["a welcome says that one knows nothing", [{ lie: "removes bob" }, adding("with alice knowing nothing")]],
  [
    "a welcome counts too many of the one who removes the adder",
    [removal, overtaking("adds dave, counting too many of alice's"), { by: "alice", does: "add", user: "dave" }],
  ],
  [
    "a thief in time writes before its victim heals",
    [{ lie: "steals bob's state" }, { lie: "as bob, with the stolen state, says something" }, { by: "bob", does: "update" }],
  ],
  [
    "two halves of the group were told different things, and one waits for a ghost's bundle",
    [ghostForBob, { lie: "five updates for alice, five others for bob, in envelopes that end elsewhere" }, removal],
  ],
  ["what is held of one who is removed was acknowledged by others", [junk, forBobAlone, removalOfBob]],
  ["a welcome says that nothing is open", [{ lie: "an update for bob alone" }, adding("with nothing open")]],
]

describe("what was found", () => {
  it.each(sampleOf(mended, 2))("%s: no more", (_, steps) => {
    expect(playAll({ base: "member", steps }).violations).toEqual([])
  })
})

describe("another ratchet than its sender's, with an add-ack", () => {
  const refusing = (lie: string) => {
    const steps: ReadonlyArray<Step> = [{ by: "alice", does: "add", user: "dave" }, overtaking(lie)]
    const isCommitment = (clause: string) => clause === "key-agreement.commitment"
    return playAll({ base: "member", steps }).world.honest.flatMap(({ user, verdicts, events }) => {
      const isRefused = verdicts.some(({ says }) => isCommitment(says))
      const isTold = events.some((event) => event.type === "envelope-refused" && isCommitment(event.clause))
      return isRefused || isTold ? [user] : []
    })
  }

  it.each([
    ["than it commits to", ["dave"]],
    ["", ["alice", "bob"]],
  ])("is refused by whoever can compare it: another ratchet of its own %s", (how, users) => {
    const played = refusing(`answers the addition that comes with another ratchet of its own ${how}`.trim())
    expect(played).toEqual(users)
  })
})

describe("signed lies of insiders", () => {
  it("throw nothing, change nothing where they are refused, and part nobody without blame", () => {
    const { counts, broken } = insiderLies(200, 1)
    expect(broken).toEqual([])
    expect(counts.told).toBe(200)
  })
})
