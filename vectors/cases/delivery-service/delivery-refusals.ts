import { Hex } from "effect/encoding"
import { type Move, play } from "../../../reference/delivery-service/simulation/schedule.ts"
import { unreadable as unreadableBy } from "../../../reference/delivery-service/simulation/unreadable.ts"
import { processOf, type World } from "../../../reference/delivery-service/simulation/world.ts"
import { clauses as cascade } from "../../../spec/delivery-service/cascade.ts"
import { clauses as cooperation } from "../../../spec/delivery-service/cooperation.ts"
import { clauses, type DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { aCase, type Case, caseFile, fork, type OutputOf, twins, withoutTraces } from "../author.ts"
import { after, hexOfMessage, put, scenarioCase } from "./scenario-case.ts"
import { custody, emptyBundle } from "./schedules.ts"

/** What D proposes: a commit that these users, C when nobody is named, cannot decrypt. */
const unreadable = (world: World, ...users: ReadonlyArray<string>): DeliveryMessage =>
  unreadableBy(world, processOf(world, "D"), users.length === 0 ? ["C"] : users)!

/** What D, who was removed, would say in the next epoch. */
const voteOfTheRemoved = (world: World): DeliveryMessage => {
  const { state } = processOf(world, "D")
  const { cascade: old } = state!
  const [statement] = old.first.statements.filter(({ signer }) => signer === old.me)
  return emptyBundle(world, old.electorate.epoch + 1, { statements: [{ ...statement!, signer: 9 }] })
}

const crafted = (): ReadonlyArray<Case> => [
  scenarioCase("s27", {
    title: "S27: A has decided and is cut off; D offers the others a set with a commit of its own that was never accepted",
    clauses: [cascade["early-decision"], cascade["set-certified"]],
    ...custody,
    claims: (told) => {
      told.all("ABC", "P:p C1:cA")
      const isRefused = ({ verdict }: (typeof calls)[number]) =>
        verdict !== "accepted" && verdict._tag === "Refused" && verdict.clause === "cascade.set-certified"
      const calls = told.world.calls!
      told.claim(calls.filter(isRefused).length === 3, "refused by all three")
    },
  }),
  scenarioCase("s32", {
    title: "S32: what a removed member says in the next epoch does not count",
    clauses: [cooperation.voter],
    schedule: [
      { propose: "remove", by: "A", who: "D", as: "r" },
      { drain: "fifo" },
      { commit: ["r"], by: "B", as: "c1" },
      { settle: 50 },
      { inject: voteOfTheRemoved, from: "D", to: "A" },
      { drain: "fifo" },
    ],
    claims: (told) => {
      const verdict = told.last()
      told.claim(verdict !== "accepted" && verdict._tag === "Refused" && verdict.clause === "cooperation.voter", "refused")
    },
  }),
  scenarioCase("s38", {
    title: "S38: a commit that C cannot decrypt is decided: C is stuck, and tells of no commit",
    clauses: [clauses.stuck, clauses.judged],
    faulty: { D: [[]] },
    schedule: [...["A", "B", "C"].map((to): Move => ({ inject: (world) => unreadable(world), from: "D", to })), { settle: 50 }],
    claims: (told) => {
      for (const user of "AB") told.claim(told.events(user).startsWith("C1:"), "decided")
      told.all("C", "stuck 1")
      told.claim(told.shows("C").status === "stuck", "stuck")
    },
  }),
  scenarioCase("stuck-votes", {
    title: "S38, played on: D is silent; A, B and C, who is stuck, remove D and C's old leaf and add C, who comes back",
    clauses: [clauses["stuck-votes"], clauses.stuck, clauses["back-in-place"]],
    faulty: { D: [[]] },
    schedule: [
      ...["A", "B", "C"].map((to): Move => ({ inject: (world) => unreadable(world), from: "D", to })),
      { settle: 50 },
      { return: "C" },
      { propose: "remove", by: "A", who: "D", as: "d" },
      { propose: "remove", by: "B", who: "C", as: "c" },
      { propose: "add", by: "A", who: "C", as: "again" },
      { settle: 50 },
      { commit: ["d", "c", "again"], by: "A", as: "cA" },
      { settle: 50 },
      { propose: "update", by: "C", as: "u" },
      { settle: 50 },
      { commit: ["u"], by: "B", as: "cB" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("C", "stuck 1 joined 3 P:u C3:cB")
      for (const user of "AB") told.claim(told.events(user).endsWith("C2:cA P:u C3:cB"), "the group goes on")
      told.claim(told.shows("C").status === "active", "C is back")
    },
  }),
  scenarioCase("stuck-distrusts", {
    title: "D makes C stuck, and then a commit that B cannot decrypt: C does not vote for it, and so nobody else gets stuck",
    clauses: [clauses["stuck-votes"]],
    faulty: { D: [["A", "B", "C"]] },
    schedule: [
      ...["A", "B", "C"].map((to): Move => ({ inject: (world) => unreadable(world), from: "D", to })),
      { settle: 50 },
      ...["A", "B", "C"].map((to): Move => ({ inject: (world) => unreadable(world, "B"), from: "D", to })),
      { settle: 50 },
      { commit: [], by: "B", as: "cB" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("C", "stuck 1")
      for (const user of "AB") told.claim(told.events(user).endsWith("C2:cB"), `${user} is told of B's commit`)
    },
  }),
  scenarioCase("heard", {
    title: "A has witnessed a commit of D that B and C cannot decrypt, and then commits: its own commit is heard of",
    clauses: [cascade["proposal-sent"]],
    faulty: { D: [[]] },
    schedule: [
      ...["A", "B", "C"].map((to): Move => ({ inject: (world) => unreadable(world, "B", "C"), from: "D", to })),
      { settle: 50 },
      { commit: [], by: "A", as: "cA" },
      { settle: 50 },
    ],
    claims: (told) => told.all("ABC", "C1:cA"),
  }),
  scenarioCase("s48", {
    title: "S48: a bundle of the past epoch is answered by the decision, and does nothing else",
    clauses: [clauses["answers-past"]],
    schedule: [
      { commit: [], by: "A", as: "cA" },
      { drain: "fifo", to: ["A", "C", "D"] },
      { drain: "fifo", to: ["B"], kinds: ["decision"] },
      { drain: "fifo", to: ["B"], kinds: ["bundle"] },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("ABCD", "C1:cA")
      told.claim(told.world.counters.get(processOf(told.world, "B"))! > 3, "B answers")
    },
  }),
  scenarioCase("s50", {
    title: "S50: D floods with messages of the next epoch: they are bounded, and this epoch goes on",
    clauses: [clauses.quota],
    faulty: { D: [[]] },
    schedule: [
      ...Array.from({ length: 66 }, (): Move => ({ inject: (world) => emptyBundle(world, 2), from: "D", to: "B" })),
      { drain: "fifo", from: ["D"] },
      { commit: [], by: "A", as: "cA" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("ABC", "C1:cA")
      told.claim(told.shows("B").later === 0, "nothing is kept of it")
    },
  }),
]

const checks = () => [
  ...twins("delivery-service/active", clauses.active, "A removed member commits", (author) => {
    after(author, [
      { propose: "remove", by: "A", who: "D", as: "r" },
      { drain: "fifo" },
      { commit: ["r"], by: "B", as: "c" },
      { settle: 50 },
    ])
    return fork("delivery-service.commit", { on: "A", references: [] }, { on: "D" })
  }),
  ...twins("delivery-service/one-commit", clauses["one-commit"], "A second commit in one epoch", (author) => {
    after(author, [{ commit: [], by: "A", as: "c" }])
    return fork("delivery-service.commit", { on: "B", references: [] }, { on: "A" })
  }),
  ...twins("delivery-service/silent", clauses.silent, "A restored member commits", (author) => {
    after(author, [])
    author.accepts("delivery-service.restore", { on: "A", through: 1 })
    return fork("delivery-service.commit", { on: "B", references: [] }, { on: "A" })
  }),
  ...twins("delivery-service/silent-proposal", clauses.silent, "A restored member proposes", (author) => {
    after(author, [])
    author.accepts("delivery-service.restore", { on: "A", through: 0 })
    return fork("delivery-service.propose", { on: "B", proposing: { type: "update" } }, { on: "A" })
  }),
  aCase(
    "delivery-service/restored",
    {
      title: "B is restored: it signs nothing in this epoch, takes the decision, and votes in the next one",
      clauses: [clauses["silent-votes"]],
    },
    (author) => {
      after(author, [])
      const asks = author.accepts("delivery-service.restore", { on: "B", through: 1 })
      author.claim(asks.send.length === 1 && asks.send[0]!.to.toSorted().join() === "A,C,D", "asks all others")
      type Outcome = OutputOf<"delivery-service.receive">
      const flights: Array<readonly [from: string, to: string, message: string]> = []
      const launch = (from: string, { send }: Outcome) => {
        for (const { to, message } of send) flights.push(...to.map((one) => [from, one, message] as const))
      }
      const arrivals: Array<Outcome> = []
      const settle = () => {
        for (let flight = flights.shift(); flight !== undefined; flight = flights.shift()) {
          const [from, on, message] = flight
          const outcome = author.accepts("delivery-service.receive", { on, from, message })
          if (on === "B") arrivals.push(outcome)
          launch(on, outcome)
        }
      }
      launch("A", author.accepts("delivery-service.commit", { on: "A", references: [] }))
      settle()
      const isTaken = ({ events }: Outcome) => events.some(({ type }) => type === "commit")
      const before = arrivals.slice(0, arrivals.findIndex(isTaken))
      author.claim(before.length > 0 && before.every(({ send, timers }) => send.length + timers.length === 0), "B signs nothing")
      author.claim(arrivals.some(isTaken), "B takes the decision")
      launch("A", author.accepts("delivery-service.commit", { on: "A", references: [] }))
      const [, to, message] = flights.find(([, one]) => one === "B")!
      const { send } = author.accepts("delivery-service.receive", { on: to, from: "A", message })
      author.claim(send.length > 0, "B votes again")
    },
  ),
  ...twins("delivery-service/asker", clauses.asker, "A stranger asks for what was missed", (author) => {
    const world = after(author, [{ appear: "E" }])
    const message = put(author, hexOfMessage({ type: "fetch", group: world.group, epoch: 1, refs: [] }))
    return fork("delivery-service.receive", { on: "A", from: "B", message }, { from: "E" })
  }),
  ...twins("delivery-service/group", clauses.group, "A bundle of another group", (author) => {
    const world = after(author, [])
    const right = put(author, hexOfMessage(emptyBundle(world, 1)))
    const wrong = put(author, hexOfMessage(emptyBundle(world, 1, { group: "77".repeat(16) })))
    return fork("delivery-service.receive", { on: "A", from: "B", message: right }, { message: wrong })
  }),
  ...twins("delivery-service/horizon", clauses.horizon, "A bundle three epochs ahead", (author) => {
    const world = after(author, [])
    const right = put(author, hexOfMessage(emptyBundle(world, 3)))
    const wrong = put(author, hexOfMessage(emptyBundle(world, 4)))
    return fork("delivery-service.receive", { on: "A", from: "B", message: right }, { message: wrong })
  }),
  ...twins("delivery-service/quota", clauses.quota, "The 65th message of one sender for the next epoch", (author) => {
    const world = after(author, [])
    const message = put(author, hexOfMessage(emptyBundle(world, 2)))
    for (let count = 0; count < 64; count++) author.accepts("delivery-service.receive", { on: "A", from: "D", message })
    return fork("delivery-service.receive", { on: "A", from: "B", message }, { from: "D" })
  }),
  ...twins("delivery-service/quota-others", clauses.quota, "The 65th message of those who are no members, for the next epoch", (author) => {
    const world = after(author, [])
    const message = put(author, hexOfMessage(emptyBundle(world, 2)))
    for (let count = 0; count < 64; count++) author.accepts("delivery-service.receive", { on: "A", from: `X${count % 2}`, message })
    return fork("delivery-service.receive", { on: "A", from: "B", message }, { from: "X2" })
  }),
  ...twins("delivery-service/early-quota", clauses["early-quota"], "The 65th message of one sender before the welcome", (author) => {
    const world = after(author, [{ appear: "E" }])
    const message = put(author, hexOfMessage(emptyBundle(world, 2)))
    for (let count = 0; count < 64; count++) author.accepts("delivery-service.receive-early", { on: "E", from: "D", message })
    return fork("delivery-service.receive-early", { on: "E", from: "B", message }, { from: "D" })
  }),
]

const bounds = () => [
  aCase(
    "delivery-service/early-full",
    { title: "The 257th message before the welcome, of four senders and a fifth", clauses: [clauses["early-quota"]] },
    (author) => {
      const world = after(author, [{ appear: "E" }], ["A"])
      const message = put(author, hexOfMessage(emptyBundle(world, 2)))
      for (let count = 0; count < 256; count++)
        author.accepts("delivery-service.receive-early", { on: "E", from: `X${count % 4}`, message })
      author.refuses(clauses["early-quota"], "delivery-service.receive-early", { on: "E", from: "A", message })
    },
  ),
  scenarioCase("early-flood", {
    title: "D floods E before its welcome, and E resumes when it has joined: it takes part",
    clauses: [clauses["early-quota"], clauses.welcome],
    faulty: { D: [[]] },
    schedule: [
      { appear: "E" },
      { propose: "add", by: "A", who: "E", as: "e" },
      { drain: "fifo" },
      { commit: ["e"], by: "A", as: "c1" },
      { drain: "fifo", to: ["A", "B", "C", "D"] },
      ...Array.from({ length: 65 }, (): Move => ({ inject: (world) => emptyBundle(world, 2), from: "D", to: "E" })),
      { drain: "fifo", from: ["D"], to: ["E"] },
      { drain: "fifo", kinds: ["welcoming"] },
      { commit: [], by: "E", as: "c2" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("ABC", "P:e C1:c1 C2:c2")
      told.all("E", "joined 2 C2:c2")
      told.claim(told.sent("fetch") === 4, "E resumes")
    },
  }),
  aCase(
    "delivery-service/undecided-welcome",
    { title: "E joins by the welcome of a commit that is not decided: it cannot tell", clauses: [clauses.welcome] },
    (author) => {
      const world = after(author, [{ appear: "E" }, { propose: "add", by: "A", who: "E", as: "e" }, { drain: "fifo" }])
      play(world, [{ commit: null, by: "A", as: "cA" }])
      const welcome = processOf(world, "A").state!.cascade.commits[0]!.value.welcome!
      const { events } = author.accepts("delivery-service.join", { on: "E", welcome: Hex.encode(welcome), sampleSize: 0 })
      author.claim(events[0]?.type === "joined" && events[0].epoch === 2, "joined")
      author.claim(author.accepts("delivery-service.shows", { on: "A" }).epoch === 1, "and nobody else is there")
    },
  ),
  aCase(
    "delivery-service/past",
    { title: "After 66 epochs the decisions of the last 64 are kept, and no others", clauses: [clauses["keeps-past"]] },
    (author) => {
      const world = after(
        author,
        Array.from({ length: 65 }, (_, count): Move => ({ commit: [], by: "A", as: `c${count}` })),
        ["A"],
      )
      const asking = (epoch: number) =>
        author.accepts("delivery-service.receive", {
          on: "A",
          from: "A",
          message: put(author, hexOfMessage({ type: "fetch", group: world.group, epoch, refs: [] })),
        })
      author.claim(asking(1).send.length === 0, "no decision of epoch 1, and so none of later ones")
      author.claim(asking(2).send.length === 64, "all from epoch 2 on")
    },
  ),
]

/** Scenarios with messages made by hand, and the checks. */
export default caseFile({ part: "delivery-service", chapter: "delivery-service-refusals", layer: "delivery-service", flags: {} }, () =>
  [...crafted(), ...checks(), ...bounds()].map(withoutTraces),
)
