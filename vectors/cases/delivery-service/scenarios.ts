import { clauses as cascade } from "../../../spec/delivery-service/cascade.ts"
import { clauses } from "../../../spec/delivery-service/delivery-service.ts"
import { type Case, caseFile } from "../author.ts"
import { scenarioCase } from "./scenario-case.ts"

const waves = (count: number) => Array.from({ length: count }, () => ({ wave: true }) as const)
const conflictKinds = ["endorse", "retract", "set-proposal", "prevote", "precommit"]

const calm = (): ReadonlyArray<Case> => [
  scenarioCase("s01", {
    traced: true,
    title: "S01: one proposal, one commit",
    clauses: [clauses["own-state"], cascade["early-decision"]],
    schedule: [{ propose: "update", by: "B", as: "p" }, { drain: "fifo" }, { commit: ["p"], by: "A", as: "cA" }, { settle: 50 }],
    claims: (told) => {
      told.all("ABCD", "P:p C1:cA")
      told.claim(
        conflictKinds.every((kind) => told.sent(kind) === 0),
        "no conflict",
      )
      told.claim(told.evidence("D") === "unique-commit", "by a unique commit")
    },
  }),
  scenarioCase("s06", {
    title: "S06: two commits, one of them seen first by three: no unlocking, the lone author follows",
    clauses: [clauses["own-state"], cascade["early-decision"]],
    schedule: [
      { commit: [], by: "A", as: "cA" },
      { commit: [], by: "B", as: "cB" },
      { drain: "fifo", from: ["A"], to: ["C", "D"], most: 2 },
      { drain: "fifo", from: ["A", "C", "D"], to: ["A", "C", "D"] },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("ABCD", "C1:cA")
      told.claim(told.evidence("B") === "unique-commit", "by a unique commit")
    },
  }),
  scenarioCase("s16", {
    title: "S16: a proposal comes three times",
    clauses: [clauses["commit-first"]],
    schedule: [{ propose: "update", by: "A", as: "p" }, { repeat: true, to: ["B"] }, { repeat: true, to: ["B"] }, { drain: "fifo" }],
    claims: (told) => told.all("ABCD", "P:p"),
  }),
  scenarioCase("s17", {
    title: "S17: bundles come in reverse order, and twice",
    clauses: [cascade["early-decision"]],
    schedule: [
      { propose: "update", by: "B", as: "p" },
      { drain: "lifo" },
      { commit: ["p"], by: "A", as: "cA" },
      { repeat: true, to: ["B", "C"] },
      { drain: "lifo" },
      { settle: 50 },
    ],
    claims: (told) => told.all("ABCD", "P:p C1:cA"),
  }),
  scenarioCase("s36", {
    title: "S36: the committer leaves out its own update",
    clauses: [clauses["own-state"]],
    schedule: [
      { propose: "update", by: "A", as: "pA" },
      { propose: "update", by: "B", as: "pB" },
      { drain: "fifo" },
      { commit: null, by: "A", as: "cA" },
      { settle: 50 },
    ],
    claims: (told) => {
      const { state } = told.world.processes[1]!
      told.claim(state?.past.at(-1)?.proposals.length === 1, "one proposal is committed")
      for (const user of "ABCD") told.claim(told.events(user).endsWith("C1:cA"), "decided")
    },
  }),
  scenarioCase("s37", {
    title: "S37: a member is to be removed and to be updated: the committer takes the removal",
    clauses: [clauses["own-state"]],
    schedule: [
      { propose: "update", by: "D", as: "update" },
      { propose: "remove", by: "B", who: "D", as: "remove" },
      { drain: "fifo" },
      { commit: null, by: "A", as: "cA" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.claim(told.shows("A").members.length === 3, "removed")
      told.claim(told.shows("D").status === "removed", "and so for D")
    },
  }),
  scenarioCase("s51", {
    title: "S51: A commits after it has witnessed another's commit",
    clauses: [clauses["own-state"]],
    schedule: [
      { commit: [], by: "B", as: "cB" },
      { drain: "fifo", from: ["B"], to: ["A"], most: 1 },
      { commit: [], by: "A", as: "cA" },
      { settle: 50 },
    ],
    claims: (told) => told.all("ABCD", "C1:cB"),
  }),
]

const contended = (): ReadonlyArray<Case> => [
  scenarioCase("s02", {
    traced: true,
    title: "S02: two commits at once; restrained consensus of both authors",
    clauses: [cascade.choice, cascade["all-certified"]],
    schedule: [
      { propose: "update", by: "C", as: "p" },
      { drain: "fifo" },
      { commit: [], by: "A", as: "cA" },
      { commit: ["p"], by: "B", as: "cB" },
      { drain: "fifo", from: ["A"], to: ["C"] },
      { drain: "fifo", from: ["B"], to: ["D"] },
      ...waves(10),
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("ABCD", "P:p C1:cB")
      told.claim(told.sent("endorse") === 2 && told.sent("retract") === 0, "both endorse")
      told.claim(told.evidence("A") === "unique-set", "by a unique set")
      for (const user of "ABCD") told.claim(told.decided(user) === "cA,cB", "the set of both, of which cB has more proposals")
    },
  }),
  scenarioCase("s03", {
    title: "S03: B hears of A's endorsement before it has begun, and retracts",
    clauses: [cascade.choice, cascade["all-certified"]],
    schedule: [
      { commit: [], by: "A", as: "cA" },
      { commit: [], by: "B", as: "cB" },
      { drain: "fifo", from: ["A"], to: ["C"] },
      { drain: "fifo", from: ["B"], to: ["D"] },
      { drain: "fifo", to: ["A", "C", "D"] },
      { drain: "fifo", to: ["B"], kinds: ["endorse"] },
      { drain: "fifo" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("ABCD", "C1:cA")
      told.claim(told.sent("retract") === 1, "retracts")
      for (const user of "ABCD")
        told.claim(told.decided(user) === "cA" && told.evidence(user) === "unique-set", "the set of cA alone, in the second cooperation")
    },
  }),
  scenarioCase("s04", {
    title: "S04: three commits at once",
    clauses: [cascade.choice],
    schedule: [
      { commit: [], by: "A", as: "cA" },
      { commit: [], by: "B", as: "cB" },
      { commit: [], by: "C", as: "cC" },
      ...waves(10),
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("ABCD", "C1:cA")
      told.claim(told.sent("endorse") === 6, "all three authors endorse, to two others each")
      for (const user of "ABCD")
        told.claim(told.decided(user) === "cA,cB,cC" && told.evidence(user) === "unique-set", "the set of all three")
    },
  }),
  scenarioCase("s05", {
    title: "S05: four commits at once: nobody is a bystander",
    clauses: [cascade.choice],
    schedule: [
      { commit: [], by: "A", as: "cA" },
      { commit: [], by: "B", as: "cB" },
      { commit: [], by: "C", as: "cC" },
      { commit: [], by: "D", as: "cD" },
      ...waves(10),
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("ABCD", "C1:cA")
      told.claim(told.sent("endorse") === 12, "all four authors endorse, to three others each")
      told.claim(!told.played.moves.some((move) => "end" in move && move.end.endsWith("conflict")), "no timer is needed")
      for (const user of "ABCD")
        told.claim(told.decided(user) === "cA,cB,cC,cD" && told.evidence(user) === "unique-set", "the set of all four")
    },
  }),
  scenarioCase("s22", {
    title: "S22: timers end at different times, different sets are proposed, global consensus decides",
    clauses: [cascade.choice, cascade["all-certified"]],
    schedule: [
      { commit: [], by: "A", as: "cA" },
      { commit: [], by: "B", as: "cB" },
      { chaos: "s22 45", haste: 20, most: 400 },
      { settle: 200 },
    ],
    claims: (told) => {
      told.all("BCD", told.events("A"))
      told.claim(told.evidence("A") === "precommitted", "by global consensus")
    },
  }),
  scenarioCase("s40", {
    traced: true,
    title: "S40: a group of two, both commit",
    clauses: [cascade.choice],
    members: ["A", "B"],
    schedule: [{ commit: [], by: "A", as: "cA" }, { commit: [], by: "B", as: "cB" }, { settle: 50 }],
    claims: (told) => told.all("B", told.events("A")),
  }),
  scenarioCase("s41", {
    title: "S41: a group of three, all commit",
    clauses: [cascade.choice],
    members: ["A", "B", "C"],
    schedule: [{ commit: [], by: "A", as: "cA" }, { commit: [], by: "B", as: "cB" }, { commit: [], by: "C", as: "cC" }, { settle: 50 }],
    claims: (told) => told.all("BC", told.events("A")),
  }),
  scenarioCase("s41b", {
    title: "S41b: a group of three, of which one is away: nothing is decided, and nothing is wrong",
    clauses: [cascade["early-decision"]],
    members: ["A", "B", "C"],
    unfinished: true,
    schedule: [{ down: "C" }, { commit: [], by: "A", as: "cA" }, { settle: 50 }],
    claims: (told) => told.all("AB", ""),
  }),
]

const absent = (): ReadonlyArray<Case> => [
  scenarioCase("s19", {
    title: "S19: one of four is silent",
    clauses: [cascade["early-decision"], clauses.active, clauses["one-commit"], clauses.group],
    schedule: [{ down: "D" }, { commit: [], by: "A", as: "cA" }, { settle: 50 }],
    claims: (told) => told.all("ABC", "C1:cA"),
  }),
  scenarioCase("s20", {
    title: "S20: one of four is silent, and two commit",
    clauses: [cascade.choice],
    schedule: [
      { down: "D" },
      { commit: [], by: "A", as: "cA" },
      { commit: [], by: "B", as: "cB" },
      { drain: "fifo", from: ["A"], to: ["C"] },
      ...waves(8),
      { settle: 80 },
    ],
    claims: (told) => told.all("BC", told.events("A")),
  }),
  scenarioCase("s21", {
    title: "S21: an author is silent after its commit: restrained consensus ends by the timer",
    clauses: [cascade.choice, cascade["all-certified"]],
    schedule: [
      { commit: [], by: "A", as: "cA" },
      { commit: [], by: "D", as: "cD" },
      { drain: "fifo", from: ["D"], to: ["B"] },
      { down: "D" },
      { drain: "fifo", from: ["A"], to: ["C"] },
      ...waves(8),
      { settle: 80 },
    ],
    claims: (told) => told.all("BC", told.events("A")),
  }),
  scenarioCase("s23", {
    title: "S23: the proposer of round 0 of global consensus is away",
    clauses: [cascade.choice],
    schedule: [
      { commit: [], by: "A", as: "cA" },
      { commit: [], by: "B", as: "cB" },
      { down: "D" },
      { chaos: "s23 20", haste: 20, most: 400 },
      { settle: 200 },
    ],
    claims: (told) => {
      told.all("BC", told.events("A"))
      told.claim(told.evidence("A") === "precommitted" && told.sent("precommit") > 0, "by global consensus")
    },
  }),
  scenarioCase("s42", {
    title: "S42: two of seven are silent",
    clauses: [cascade["early-decision"]],
    members: [..."ABCDEFG"],
    schedule: [{ down: "F" }, { down: "G" }, { commit: [], by: "A", as: "cA" }, { settle: 50 }],
    claims: (told) => told.all("ABCDE", "C1:cA"),
  }),
  scenarioCase("s47", {
    title: "S47: two and two are apart; nothing is decided until they meet",
    clauses: [cascade.choice],
    schedule: [
      {
        cut: [
          ["A", "B"],
          ["C", "D"],
        ],
      },
      { commit: [], by: "A", as: "cA" },
      { commit: [], by: "C", as: "cC" },
      { drain: "fifo" },
      { heal: true },
      { settle: 80 },
    ],
    claims: (told) => {
      told.claim(told.events("A") !== "", "decided in the end")
      told.all("BCD", told.events("A"))
    },
  }),
  scenarioCase("s28", {
    title: "S28: who has decided is cut off after telling one other; that one tells the rest",
    clauses: [cascade["sends-decide"]],
    unfinished: true,
    schedule: [
      { commit: [], by: "A", as: "cA" },
      { drain: "fifo", to: ["B", "C"], kinds: ["bundle"] },
      { drain: "fifo", to: ["A"], kinds: ["bundle"] },
      { drain: "fifo", from: ["A"], to: ["B"], kinds: ["decision"] },
      { lose: true, from: ["A"] },
      { cut: [["A"], ["B", "C", "D"]] },
      { drain: "fifo", from: ["B"], kinds: ["decision"] },
    ],
    claims: (told) => told.all("ABCD", "C1:cA"),
  }),
  scenarioCase("catch-up", {
    title: "A member that was away for three epochs catches up by their decisions",
    clauses: [clauses["answers-past"]],
    schedule: [
      { down: "D" },
      ...[1, 2, 3].flatMap((epoch) => [
        { propose: "update", by: "B", as: `p${epoch}` } as const,
        { drain: "fifo" } as const,
        { commit: [`p${epoch}`], by: "A", as: `c${epoch}` } as const,
        { settle: 50 } as const,
      ]),
      { up: "D" },
      { resume: "D" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("ABCD", "P:p1 C1:c1 P:p2 C2:c2 P:p3 C3:c3")
      told.claim(told.shows("D").authenticator === told.shows("A").authenticator, "the same keys")
    },
  }),
  scenarioCase("catch-up-within", {
    title: "A member that was away hears of nothing, and resumes: it is sent what belongs to the epoch, which cannot end without it",
    clauses: [clauses["sends-again"]],
    schedule: [
      { down: "C" },
      { down: "D" },
      { propose: "update", by: "B", as: "p" },
      { drain: "fifo" },
      { commit: ["p"], by: "A", as: "cA" },
      { settle: 50 },
      { up: "D" },
      { resume: "D" },
      { settle: 50 },
    ],
    claims: (told) => told.all("ABD", "P:p C1:cA"),
  }),
  scenarioCase("s49", {
    title: "S49: five epochs, in each another member is away",
    clauses: [clauses["answers-past"], clauses["commit-first"]],
    schedule: [0, 1, 2, 3, 4].flatMap((epoch) => {
      const away = "ABCD"[epoch % 4]!
      const by = "ABCD"[(epoch + 1) % 4]!
      return [
        { down: away } as const,
        { commit: [], by, as: `c${epoch}` } as const,
        { drain: `seed ${epoch}` } as const,
        { settle: 50 } as const,
        { up: away } as const,
        { resume: away } as const,
        { settle: 50 } as const,
      ]
    }),
    claims: (told) => told.all("ABCD", "C1:c0 C2:c1 C3:c2 C4:c3 C5:c4"),
  }),
]

/** Scenarios without messages made by hand. */
export default caseFile({ part: "delivery-service", chapter: "delivery-service", layer: "delivery-service", flags: {} }, () => [
  ...calm(),
  ...contended(),
  ...absent(),
])
