import { processOf, type World } from "../../../reference/delivery-service/simulation/world.ts"
import { clauses as cascade } from "../../../spec/delivery-service/cascade.ts"
import { clauses, type DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { type Case, caseFile } from "../author.ts"
import { scenarioCase } from "./scenario-case.ts"
import { early } from "./schedules.ts"

/** A's last decision, without the proposals that should travel with it. */
const bareDecision = (world: World): DeliveryMessage => ({ ...processOf(world, "A").state!.past.at(-1)!, proposals: [] })

const waiting = (): ReadonlyArray<Case> => [
  scenarioCase("s07", {
    title: "S07: C lacks the proposal of the commit that is decided: it asks for it, and waits",
    clauses: [clauses.complete],
    schedule: [
      { propose: "update", by: "B", as: "p" },
      { drain: "fifo", to: ["A", "B", "D"] },
      { lose: true, to: ["C"] },
      { commit: ["p"], by: "A", as: "cA" },
      { drain: "fifo", to: ["A", "B", "D"] },
      { lose: true, to: ["C"] },
      { inject: bareDecision, from: "A", to: "C" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("ABCD", "P:p C1:cA")
      told.claim(told.sent("fetch") > 0, "asked for, and answered with the decision")
    },
  }),
  scenarioCase("s08", {
    title: "S08: two members lack the proposal: nothing is decided until it reaches one of them",
    clauses: [clauses.judged],
    schedule: [
      { propose: "update", by: "B", as: "p" },
      { drain: "fifo", to: ["A", "B"] },
      { commit: ["p"], by: "A", as: "cA" },
      { drain: "fifo", kinds: ["bundle"] },
      { drain: "fifo", to: ["C"], kinds: ["murmur-gossip"], most: 1 },
      { drain: "fifo", to: ["A", "B", "C"] },
      { settle: 50 },
    ],
    claims: (told) => told.all("ABCD", "P:p C1:cA"),
  }),
  scenarioCase("s09", {
    title: "S09: only the committer has the proposal, which its faulty author showed to nobody else: the others ask for it",
    clauses: [clauses.judged, clauses.complete],
    faulty: { D: [["A"]] },
    schedule: [
      { propose: "update", by: "D", as: "p" },
      { drain: "fifo", to: ["A"] },
      { lose: true, kinds: ["murmur-gossip"] },
      { commit: null, by: "A", as: "cA" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("ABC", "P:p C1:cA")
      told.claim(told.sent("fetched") >= 2, "sent on demand")
    },
  }),
  scenarioCase("s10", {
    title: "S10: a commit of a proposal that nobody else ever gets is never valid; another is decided",
    clauses: [clauses.judged, clauses.forgets],
    faulty: { D: [["A", "B", "C"]] },
    schedule: [
      { propose: "update", by: "B", as: "p" },
      { drain: "fifo", to: ["D"] },
      { lose: true, kinds: ["murmur-gossip"] },
      { propose: "remove", by: "D", who: "A", as: "secret" },
      { lose: true, kinds: ["murmur-gossip"] },
      { commit: ["secret"], by: "D", as: "cD" },
      { drain: "fifo", kinds: ["bundle"] },
      { lose: true, kinds: ["fetch"] },
      { commit: [], by: "A", as: "cA" },
      { drain: "fifo", to: ["A", "B", "C"] },
      { settle: 50 },
    ],
    claims: (told) => {
      for (const user of "ABC") told.claim(told.events(user).endsWith("C1:cA"), "the other commit")
      told.claim(told.shows("C").incomplete === 0, "nothing incomplete is left")
    },
  }),
  scenarioCase("s10-patience", {
    title: "S10, alone: proposals that nobody has are asked for twice round, and then no more",
    clauses: [clauses.judged],
    faulty: { D: [["A", "B", "C"]] },
    unfinished: true,
    schedule: [
      { propose: "remove", by: "D", who: "A", as: "secret" },
      { lose: true, kinds: ["murmur-gossip"] },
      { commit: ["secret"], by: "D", as: "cD" },
      { drain: "fifo", kinds: ["bundle"] },
      { down: "D" },
      { settle: 200 },
    ],
    claims: (told) => {
      told.all("ABC", "")
      told.claim(told.sent("fetch") < 30 && told.world.timers.every(({ name }) => !name.endsWith("fetch")), "it ends")
    },
  }),
  scenarioCase("s11", {
    title: "S11: B is an epoch behind, and gets what belongs to the next one",
    clauses: [clauses["keeps-later"]],
    schedule: [
      { cut: [["B"], ["A", "C", "D"]] },
      { commit: [], by: "A", as: "c1" },
      { drain: "fifo" },
      { commit: [], by: "C", as: "c2" },
      { drain: "fifo", most: 3 },
      { heal: true },
      { drain: "lifo", to: ["B"], kinds: ["bundle"] },
      { settle: 50 },
    ],
    claims: (told) => told.all("ABCD", "C1:c1 C2:c2"),
  }),
  scenarioCase("s12", {
    title: "S12: a proposal of the next epoch is told of after the commit of this one",
    clauses: [clauses["commit-first"]],
    ...early,
    claims: (told) => told.all("ABCD", "C1:c1 P:p"),
  }),
  scenarioCase("s13", {
    title: "S13: a proposal of the next epoch, by one who is added by the commit of this one",
    clauses: [clauses["commit-first"], clauses.welcome],
    schedule: [
      { appear: "E" },
      { propose: "add", by: "A", who: "E", as: "e" },
      { drain: "fifo" },
      { cut: [["B"], ["A", "C", "D", "E"]] },
      { commit: ["e"], by: "A", as: "c1" },
      { drain: "fifo" },
      { propose: "update", by: "E", as: "p" },
      { heal: true },
      { drain: "lifo", to: ["B"], kinds: ["murmur-gossip"] },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("ABCD", "P:e C1:c1 P:p")
      told.all("E", "joined 2 P:p")
    },
  }),
  scenarioCase("s14", {
    title: "S14: a proposal of the past epoch is dropped",
    clauses: [clauses.forgets],
    unfinished: true,
    schedule: [
      { propose: "update", by: "C", as: "p" },
      { commit: [], by: "A", as: "c1" },
      { drain: "fifo", kinds: ["bundle", "decision"] },
      { drain: "fifo" },
    ],
    claims: (told) => {
      told.all("B", "C1:c1")
      told.claim(told.shows("B").later === 0, "nothing is kept")
    },
  }),
  scenarioCase("s15", {
    title: "S15: a commit becomes complete when its epoch has passed: nothing happens",
    clauses: [clauses.forgets],
    faulty: { D: [["B"]] },
    unfinished: true,
    schedule: [
      { propose: "remove", by: "D", who: "C", as: "p" },
      { commit: ["p"], by: "D", as: "cD" },
      { drain: "fifo", to: ["B"], kinds: ["bundle"] },
      { lose: true, kinds: ["fetch"] },
      { commit: [], by: "A", as: "cA" },
      { drain: "fifo", to: ["A", "B", "C"], kinds: ["bundle", "decision"] },
      { drain: "fifo", to: ["B"], kinds: ["murmur-gossip"] },
    ],
    claims: (told) => {
      told.all("ABC", "C1:cA")
      told.claim(told.shows("B").incomplete === 0, "nothing is incomplete")
    },
  }),
]

const membership = (): ReadonlyArray<Case> => [
  scenarioCase("s31", {
    title: "S31: a commit removes D, who votes on it",
    clauses: [clauses.forgets],
    schedule: [
      { propose: "remove", by: "A", who: "D", as: "r" },
      { drain: "fifo" },
      { down: "C" },
      { commit: ["r"], by: "A", as: "c1" },
      { settle: 50 },
      { up: "C" },
      { resume: "C" },
      { settle: 50 },
      { commit: [], by: "B", as: "c2" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("ABC", "P:r C1:c1 C2:c2")
      told.all("D", "P:r C1:c1 removed 1")
      told.claim(told.shows("D").status === "removed" && told.shows("A").members.length === 3, "removed")
    },
  }),
  scenarioCase("s33", {
    title: "S33: a commit adds E, who takes part in the next epoch",
    clauses: [clauses.welcome],
    schedule: [
      { appear: "E" },
      { propose: "add", by: "B", who: "E", as: "e" },
      { drain: "fifo" },
      { commit: ["e"], by: "A", as: "c1" },
      { settle: 50 },
      { commit: [], by: "E", as: "c2" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("ABCD", "P:e C1:c1 C2:c2")
      told.all("E", "joined 2 C2:c2")
      told.claim(told.shows("E").authenticator === told.shows("A").authenticator, "the same keys")
    },
  }),
  scenarioCase("s34", {
    title: "S34: the author goes down after the decision; another sends the welcome",
    clauses: [clauses.welcome],
    schedule: [
      { appear: "E" },
      { propose: "add", by: "B", who: "E", as: "e" },
      { drain: "fifo" },
      { commit: ["e"], by: "A", as: "c1" },
      { drain: "fifo", kinds: ["bundle", "decision"] },
      { lose: true, kinds: ["welcoming"] },
      { down: "A" },
      { settle: 50 },
    ],
    claims: (told) => told.all("E", "joined 2"),
  }),
  scenarioCase("s35", {
    title: "S35: the welcome comes after messages of its epoch",
    clauses: [clauses.welcome, clauses["keeps-later"]],
    schedule: [
      { appear: "E" },
      { propose: "add", by: "B", who: "E", as: "e" },
      { drain: "fifo" },
      { commit: ["e"], by: "A", as: "c1" },
      { drain: "fifo", to: ["A", "B", "C", "D"] },
      { propose: "update", by: "C", as: "p" },
      { commit: [], by: "B", as: "c2" },
      { drain: "fifo", to: ["E"], kinds: ["bundle", "murmur-gossip"] },
      { drain: "fifo", to: ["E"], kinds: ["welcoming"] },
      { settle: 50 },
    ],
    claims: (told) => {
      told.claim(told.events("E").startsWith("joined 2") && told.events("E").endsWith("C2:c2"), "both")
      told.claim(told.shows("E").authenticator === told.shows("A").authenticator, "the same keys")
    },
  }),
  scenarioCase("s39", {
    title: "S39: the founder adds somebody, alone",
    clauses: [clauses["own-state"], clauses.welcome],
    members: ["A"],
    schedule: [{ appear: "B" }, { propose: "add", by: "A", who: "B", as: "b" }, { commit: ["b"], by: "A", as: "c" }, { settle: 50 }],
    claims: (told) => {
      told.all("A", "P:b C1:c")
      told.all("B", "joined 2")
    },
  }),
]

const faulty = (): ReadonlyArray<Case> => [
  scenarioCase("two-states", {
    title: "Who has two states of one member commits with one of them: the other is stuck when that is decided",
    clauses: [clauses.stuck, clauses["own-state"]],
    faulty: { D: [["A", "B", "C"], []] },
    schedule: [{ commit: [], by: "D", as: "cD" }, { settle: 50 }],
    claims: (told) => {
      told.all(["A", "B", "C", "D"], "C1:cD")
      told.all(["D'1"], "stuck 1")
    },
  }),
  scenarioCase("s25", {
    title: "S25: a faulty member shows one commit to some and another to the others",
    clauses: [cascade.choice],
    faulty: { D: [["A", "B"], ["C"]] },
    schedule: [
      { propose: "update", by: "A", as: "p" },
      { drain: "fifo" },
      { commit: ["p"], by: "D", as: "one" },
      { commit: [], by: "D'1", as: "other" },
      { drain: "seed s25" },
      { settle: 100 },
    ],
    claims: (told) => told.all("BC", told.events("A")),
  }),
  scenarioCase("s26", {
    title: "S26: a faulty member witnesses one commit towards some and the other towards the others",
    clauses: [cascade.choice],
    faulty: { D: [["A"], ["B", "C"]] },
    schedule: [
      { commit: [], by: "A", as: "cA" },
      { commit: [], by: "B", as: "cB" },
      { drain: "fifo", from: ["A"], to: ["D"] },
      { drain: "fifo", from: ["B"], to: ["D'1"] },
      { drain: "seed s26" },
      { settle: 100 },
    ],
    claims: (told) => told.all("BC", told.events("A")),
  }),
]

/** Scenarios of several epochs, of membership, and of faulty members. */
export default caseFile({ part: "delivery-service", chapter: "delivery-service-epochs", layer: "delivery-service", flags: {} }, () => [
  ...waiting(),
  ...membership(),
  ...faulty(),
])
