/** The layer "delivery-service": what is kept, asked for and forgotten. */
import { unreadable } from "../../../reference/delivery-service/simulation/unreadable.ts"
import { processOf, type World } from "../../../reference/delivery-service/simulation/world.ts"
import { clauses as cooperation } from "../../../spec/delivery-service/cooperation.ts"
import { clauses, type DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { type Case, caseFile, withoutTraces } from "../author.ts"
import { ended, fetch, kinds, receive, said, shows, toOthers } from "./delivery-edges.ts"
import { after, hexOfMessage, put, scenarioCase } from "./scenario-case.ts"
import { emptyBundle } from "./schedules.ts"

/** What is kept, asked for and forgotten. */
const waiting = (): ReadonlyArray<Case> => [
  scenarioCase("kept-refused", {
    title: "A kept message is refused when its epoch has begun: it is dropped, and the others are taken",
    clauses: [clauses["keeps-later"]],
    schedule: [
      { cut: [["B"], ["A", "C", "D"]] },
      { commit: [], by: "A", as: "c1" },
      { drain: "fifo" },
      { commit: [], by: "C", as: "c2" },
      { drain: "fifo" },
      { heal: true },
      { inject: (world) => unsigned(world, 2), from: "D", to: "B" },
      { drain: "lifo", to: ["B"] },
      { settle: 50 },
    ],
    claims: (told) => told.all("ABCD", "C1:c1 C2:c2"),
  }),
  shows(
    "kept-forgotten",
    "Of the messages that are kept for an epoch the first one decides it: the others are forgotten, and not answered",
    [clauses.forgets, clauses["keeps-later"]],
    (author) => {
      const world = after(author, [{ cut: [["B"], ["A", "C", "D"]] }, ...ended("A", "c1"), ...ended("C", "c2")])
      const [first, second] = processOf(world, "A")
        .state!.past.slice(-2)
        .map((decision) => put(author, hexOfMessage(decision)))
      receive(author, "B", "A", second!)
      receive(author, "B", "C", put(author, hexOfMessage(emptyBundle(world, 2))))
      const { events, send } = author.accepts("delivery-service.receive", { on: "B", from: "A", message: first! })
      author.claim(events.map(({ type, epoch }) => `${type} ${epoch}`).join() === "commit 1,commit 2", "both")
      author.claim(send.length === 2 && send.every(({ to }) => to.length === 3), "two DECISIONs to all, and none to C alone")
    },
  ),
  shows(
    "asks-for-all",
    "A decided commit waits for a proposal: all that is missing is asked for, of one member after the other, as turns of the timer",
    [clauses.complete, clauses["sends-again"]],
    (author) => {
      const world = after(author, [
        { cut: [["C"], ["A", "B", "D"]] },
        { propose: "update", by: "A", as: "p" },
        { propose: "update", by: "B", as: "q" },
        { drain: "fifo" },
        { commit: ["q"], by: "A", as: "cA" },
        { commit: ["p"], by: "B", as: "cB" },
        { settle: 50 },
      ])
      const isBoth = (one: DeliveryMessage) => one.type === "agreement" && one.message.type === "bundle" && one.message.commits.length === 2
      const { refs } = fetched(receive(author, "C", "B", put(author, hexOfMessage(world.messages.find(isBoth)!))))
      author.claim(refs.length === 2, "both are incomplete; each asks, the second for both")
      const decision = { ...processOf(world, "A").state!.past.at(-1)!, proposals: [] }
      const taken = author.accepts("delivery-service.receive", { on: "C", from: "D", message: put(author, hexOfMessage(decision)) })
      const asked = fetched(taken.send)
      author.claim(asked.refs.join() === refs.toSorted().join() && asked.to === "A", "A first, for both")
      author.claim(
        taken.timers.some(({ name }) => name === "1/fetch"),
        "and the timer begins again",
      )
      const late = receive(author, "C", "B", put(author, hexOfMessage(emptyBundle(world, 1))))
      author.claim(kinds(author, late) === "decision", "the next operation does not ask again")
      const next = author.accepts("delivery-service.timeout", { on: "C", name: "1/fetch" }).send
      const [, second] = processOf(world, "C").state!.tree.members.filter(({ user }) => user !== "C")
      author.claim(fetched(next).to === second!.user && fetched(next).refs.join() === asked.refs.join(), "the next one, for both")
      author.claim(
        kinds(author, receive(author, "C", "B", fetch(author, world, 1))) === "decision",
        "who asks for all gets the DECIDE alone",
      )

      function fetched(send: ReadonlyArray<{ readonly to: ReadonlyArray<string>; readonly message: string }>) {
        const found = send.flatMap(({ to, message }) => {
          const one = said(author, message)
          return one.type === "fetch" ? [{ to: to.join(), refs: one.refs }] : []
        })
        author.claim(found.length > 0, "a FETCH")
        return found.at(-1)!
      }
    },
  ),
  scenarioCase("welcome-after-removal", {
    title: "B is removed in the epoch of which it has a WELCOME to send on: when the timer ends it sends nothing",
    clauses: [clauses.active],
    schedule: [
      { appear: "E" },
      { propose: "add", by: "A", who: "E", as: "e" },
      { drain: "fifo" },
      { cut: [["E"], ["A", "B", "C", "D"]] },
      { commit: ["e"], by: "A", as: "c1" },
      { drain: "fifo" },
      { propose: "remove", by: "A", who: "B", as: "r" },
      { drain: "fifo" },
      { commit: ["r"], by: "C", as: "c2" },
      { drain: "fifo" },
      { end: "2/welcome", of: "B" },
      { heal: true },
      { settle: 50 },
    ],
    claims: (told) => {
      told.claim(told.events("B").endsWith("removed 2"), "removed")
      told.claim(told.sent("welcoming") === 1, "only A has sent it")
    },
  }),
  shows(
    "repeats-in-order",
    "Who asks for all in the middle of global consensus is sent both cooperations, then the PROPOSAL, then the votes",
    [clauses["sends-again"]],
    (author) => {
      const world = after(author, [
        { commit: [], by: "A", as: "cA" },
        { commit: [], by: "B", as: "cB" },
        { chaos: "s22 45", haste: 20, most: 76 },
      ])
      const sent = receive(author, "D", "C", fetch(author, world, 1)).map(({ message }) => {
        const one = said(author, message)
        return one.type === "agreement" ? one.message.type : one.type
      })
      author.claim(sent.join() === "bundle,bundle,set-proposal,prevote,prevote", `in this order: ${sent.join()}`)
    },
  ),
  scenarioCase("one-each", {
    title: "D makes three commits, of which A, B and C can decrypt one each; then A commits: that is decided",
    clauses: [cooperation.unlock, clauses.judged],
    faulty: { D: [[]] },
    schedule: [
      ...[
        ["B", "C"],
        ["A", "C"],
        ["A", "B"],
      ].flatMap((users) => toOthers((world) => unreadable(world, processOf(world, "D"), users)!)),
      { settle: 50 },
      { commit: [], by: "A", as: "cA" },
      { settle: 50 },
    ],
    claims: (told) => told.all("ABC", "C1:cA"),
  }),
]

/** A BUNDLE of an epoch with a statement of D that is badly signed. */
const unsigned = (world: World, epoch: number): DeliveryMessage => {
  const { me } = processOf(world, "D").state!.tree
  const statement = { type: "witness", signer: me, seq: 0, ref: "11".repeat(32), signature: new Uint8Array(64) } as const
  return emptyBundle(world, epoch, { statements: [statement] })
}

/** What waits. */
export default caseFile({ part: "delivery-service", chapter: "delivery-service-waiting", layer: "delivery-service", flags: {} }, () =>
  waiting().map(withoutTraces),
)
