/** The layer "delivery-service": who is stuck or removed, and how it comes back. */
import type { Move } from "../../../reference/delivery-service/simulation/schedule.ts"
import { unreadable as unreadableBy } from "../../../reference/delivery-service/simulation/unreadable.ts"
import { processOf, type World } from "../../../reference/delivery-service/simulation/world.ts"
import { clauses, type DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { aCase, type Case, caseFile, fork, twins, withoutTraces } from "../author.ts"
import { repeated } from "../people.ts"
import { after, scenarioCase } from "./scenario-case.ts"

const seven = ["A", "B", "C", "D", "E", "F", "G"]

const leafOf = (world: World, user: string): number => processOf(world, user).state!.tree.me

/** A commit by `author` that these users cannot decrypt, witnessed by `helper` too when there is one. */
const unreadable = (world: World, author: string, users: ReadonlyArray<string>, helper?: string): DeliveryMessage =>
  unreadableBy(world, processOf(world, author), users, helper === undefined ? undefined : processOf(world, helper))!

const toAll = (from: string, to: ReadonlyArray<string>, inject: (world: World) => DeliveryMessage): ReadonlyArray<Move> =>
  to.map((one): Move => ({ inject, from, to: one }))

/** D and E cannot decrypt what F has committed; G would have B and C follow them. */
const inTurn: ReadonlyArray<Move> = [
  ...toAll("F", ["A", "B", "C", "D", "E"], (world) => unreadable(world, "F", ["D", "E"])),
  { settle: 50 },
  ...toAll("G", ["A", "B", "C", "D", "E"], (world) => unreadable(world, "G", ["B", "C"], "F")),
  { settle: 50 },
]

const stuck = (): ReadonlyArray<Case> => [
  scenarioCase("in-turn", {
    title: "F makes D and E stuck, G tries B and C: D and E do not vote for it, and come back by a second commit of B",
    clauses: [clauses["stuck-votes"], clauses["back-in-place"], clauses["one-commit"]],
    members: seven,
    faulty: { F: [[]], G: [[]] },
    schedule: [
      ...inTurn,
      { commit: [], by: "B", as: "alone" },
      { settle: 50 },
      { return: "D" },
      { return: "E" },
      ...["D", "E"].flatMap(
        (who): ReadonlyArray<Move> => [
          { propose: "remove", by: "A", who, as: `-${who}` },
          { propose: "add", by: "B", who, as: `+${who}` },
        ],
      ),
      { propose: "remove", by: "A", who: "F", as: "-F" },
      { settle: 50 },
      { commit: ["-D", "+D", "-E", "+E", "-F"], by: "B", as: "back" },
      { settle: 50 },
      { commit: [], by: "D", as: "on" },
      { settle: 50 },
    ],
    claims: (told) => {
      for (const user of "ABC") told.claim(told.events(user).endsWith("C2:back C3:on"), `${user} goes on, and is told ${told.events(user)}`)
      told.all("DE", "stuck 1 joined 3 C3:on")
      for (const user of "ABCDE") told.claim(told.shows(user).status === "active", `${user} is not stuck`)
    },
  }),
  scenarioCase("returns-too-late", {
    title: "C is stuck, and has made another key package since the one that is added: it is removed, and not back",
    clauses: [clauses["back-in-place"]],
    faulty: { D: [[]] },
    schedule: [
      ...toAll("D", ["A", "B", "C"], (world) => unreadable(world, "D", ["C"])),
      { settle: 50 },
      { return: "C" },
      { return: "C" },
      { propose: "remove", by: "A", who: "C", as: "-C" },
      { propose: "add", by: "A", who: "C", as: "+C" },
      { settle: 50 },
      { return: "C" },
      { commit: ["-C", "+C"], by: "B", as: "c" },
      { settle: 50 },
    ],
    claims: (told) => told.all("C", "stuck 1 removed 2"),
  }),
  scenarioCase("removed-returns", {
    title: "D is removed, and added again: as somebody new, with the next key package",
    clauses: [clauses.welcome],
    schedule: [
      { propose: "remove", by: "A", who: "D", as: "r" },
      { drain: "fifo" },
      { commit: ["r"], by: "B", as: "c1" },
      { settle: 50 },
      { appear: "D" },
      { propose: "add", by: "A", who: "D", as: "a" },
      { drain: "fifo" },
      { commit: ["a"], by: "B", as: "c2" },
      { settle: 50 },
      { commit: [], by: "D'1", as: "c3" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("D", "P:r C1:c1 removed 1")
      told.all(["D'1"], "joined 3 C3:c3")
      told.claim(told.events("A").endsWith("C2:c2 C3:c3"), "it takes part")
    },
  }),
]

const isStuck: ReadonlyArray<Move> = [...toAll("D", ["A", "B", "C"], (world) => unreadable(world, "D", ["C"])), { settle: 50 }]

const checks = (): ReadonlyArray<Case> => [
  ...twins(
    "delivery-service/comes-back",
    clauses["comes-back"],
    "A member that is not stuck makes a key package to come back with",
    (author) => {
      after(author, isStuck)
      return fork("delivery-service.come-back", { on: "C", number: 1 }, { on: "B" })
    },
  ),
  ...twins("delivery-service/stuck-commits", clauses.active, "A stuck member commits", (author) => {
    after(author, isStuck)
    return fork("delivery-service.commit", { on: "B", references: [] }, { on: "C" })
  }),
  ...twins(
    "delivery-service/one-commit-back",
    clauses["one-commit"],
    "A third commit that brings back nobody whom the second did not",
    (author) => {
      after(author, [{ commit: [], by: "A", as: "c" }])
      const again = (user: string, number: number) => {
        const { keyPackage } = author.accepts("delivery-service.appear", {
          on: `${user}-${number}`,
          user,
          seed: repeated(user),
          backEnd: "symbolic",
          number,
        })
        const added = author.accepts("delivery-service.propose", { on: "A", proposing: { type: "add", keyPackage } })
        const { leaf } = author.accepts("delivery-service.shows", { on: "A" }).members.find((member) => member.user === user)!
        const removed = author.accepts("delivery-service.propose", { on: "A", proposing: { type: "remove", leaf } })
        return [...removed.events, ...added.events].flatMap((event) => (event.type === "proposal" ? [event.ref] : []))
      }
      const b = again("B", 1)
      author.accepts("delivery-service.commit", { on: "A", references: b })
      const c = again("C", 1)
      return fork("delivery-service.commit", { on: "A", references: [...b, ...c] }, { references: b })
    },
  ),
  aCase(
    "delivery-service/four-commits",
    { title: "A member commits four times in an epoch, and not five times, whomever it brings back", clauses: [clauses["one-commit"]] },
    (author) => {
      const world = after(author, [{ commit: [], by: "A", as: "c" }], ["A", "B", "C", "D", "E"])
      for (const [index, user] of ["B", "C", "D", "E"].entries()) {
        const { keyPackage } = author.accepts("delivery-service.appear", {
          on: `${user}-1`,
          user,
          seed: repeated(user),
          backEnd: "symbolic",
          number: 1,
        })
        const refs = [
          { type: "add" as const, keyPackage },
          { type: "remove" as const, leaf: leafOf(world, user) },
        ].flatMap((proposing) => author.accepts("delivery-service.propose", { on: "A", proposing }).events)
        const references = refs.flatMap((event) => (event.type === "proposal" ? [event.ref] : []))
        if (index < 3) author.accepts("delivery-service.commit", { on: "A", references })
        else author.refuses(clauses["one-commit"], "delivery-service.commit", { on: "A", references })
      }
    },
  ),
]

/** Stuck members, and what they may do. */
export default caseFile({ part: "delivery-service", chapter: "delivery-service-returns", layer: "delivery-service", flags: {} }, () =>
  [...stuck(), ...checks()].map(withoutTraces),
)
