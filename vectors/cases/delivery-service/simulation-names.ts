/** The layer "simulation": whom moves may name, what is done by who was removed, and what counts as delivered. */

import { clauses, type Move } from "../../../spec/delivery-service/simulation.ts"
import { aCase, type Case, caseFile, type OutputOf, type ParamsOf } from "../author.ts"
import { hexOfMessage } from "./scenario-case.ts"

type Run = ParamsOf<"simulation.play">
type Played = OutputOf<"simulation.play">

const members = ["A", "B", "C", "D"]
const run = (schedule: ReadonlyArray<Move>, change: Partial<Run> = {}): Run => ({ members, faulty: [], sampleSize: 0, schedule, ...change })

const shown = ({ processes }: Played, handle: string) => processes.find((one) => one.handle === handle)!

/** How many of the last moves have entered nothing in the trace. */
const idle = ({ traces }: Played): number => {
  const last = traces.at(-1)
  return traces.length - traces.indexOf(last!) - 1
}

/** C is removed in epoch 1. */
const removal: ReadonlyArray<Move> = [
  { propose: "remove", by: "A", who: "C", as: "c" },
  { drain: "fifo" },
  { commit: ["c"], by: "A", as: "one" },
  { settle: 50 },
]

const names = (): ReadonlyArray<Case> => [
  aCase(
    "simulation/who-is-a-user",
    { title: "`who` is the name of a user: the handle of a second face is none, and a schedule with it is none", clauses: [clauses.trace] },
    (author) => {
      const faulty = [{ user: "D", faces: [["A", "B"], ["C"]] }]
      author.noCall("simulation.play", run([{ propose: "add", by: "A", who: "D'1", as: "d" }], { faulty }))
    },
  ),
  aCase(
    "simulation/removes-no-member",
    {
      title:
        "A proposes to remove E, who is no member: that is refused, and a commit of it has nothing to name. To remove who has not appeared is no schedule",
      clauses: [clauses.trace],
    },
    (author) => {
      const schedule: ReadonlyArray<Move> = [
        { appear: "E" },
        { propose: "remove", by: "A", who: "E", as: "e" },
        { commit: ["e"], by: "A", as: "one" },
      ]
      const played = author.accepts("simulation.play", run(schedule))
      author.claim(idle(played) === 2 && shown(played, "A").sent === 0, "nothing happens")
      author.noCall("simulation.play", run(schedule.slice(1)))
    },
  ),
  aCase(
    "simulation/lists-of-nobody",
    {
      title: "Lists of handles, kinds and users with names that nobody has, yet: they mean nothing, and E, who appears later, is cut off",
      clauses: [clauses.trace],
    },
    (author) => {
      const schedule: ReadonlyArray<Move> = [
        { cut: [["E"], ["Z"], members] },
        { propose: "update", by: "A", as: "p" },
        { wave: true, to: ["Z"] },
        { repeat: true, from: ["Z", "A'1"] },
        { lose: true, kinds: ["nothing"] },
        { drain: "fifo", to: ["E"] },
        { appear: "E" },
        { propose: "add", by: "A", who: "E", as: "e" },
        { drain: "fifo" },
        { commit: null, by: "A", as: "one" },
        { settle: 50 },
      ]
      const played = author.accepts("simulation.play", run(schedule))
      author.claim(new Set(played.traces.slice(1, 7)).size === 1, "nothing is meant, and nothing lost")
      author.claim(shown(played, "B").epoch === 2 && shown(played, "E").status === "outside", "no WELCOME comes to E")
    },
  ),
  aCase(
    "simulation/faulty-members",
    {
      title: "A faulty user is a member, and not the first, and no member is named twice: anything else is no run",
      clauses: [clauses.trace],
    },
    (author) => {
      const faces = [["A"], ["B"]]
      for (const user of ["E", "A"]) author.noCall("simulation.play", run([], { faulty: [{ user, faces }] }))
      author.noCall("simulation.play", run([], { members: ["A", "B", "B"] }))
      author.accepts("simulation.play", run([], { faulty: [{ user: "D", faces }] }))
    },
  ),
]

const removed = (): ReadonlyArray<Case> => [
  aCase(
    "simulation/acts-when-removed",
    {
      title: "C was removed, and proposes, commits, resumes and returns: the schedule is one, and nothing happens",
      clauses: [clauses.trace],
    },
    (author) => {
      const schedule: ReadonlyArray<Move> = [
        ...removal,
        { propose: "update", by: "C", as: "p" },
        { commit: [], by: "C", as: "two" },
        { resume: "C" },
        { return: "C" },
      ]
      const played = author.accepts("simulation.play", run(schedule))
      author.claim(shown(played, "C").status === "removed" && idle(played) === 4, "four moves do nothing")
    },
  ),
  aCase(
    "simulation/two-of-one-user",
    {
      title: "C was removed and is a member again: what its new process answers its old one is not sent, since both are one user",
      clauses: [clauses.trace],
    },
    (author) => {
      const again: ReadonlyArray<Move> = [
        ...removal,
        { appear: "C" },
        { propose: "add", by: "B", who: "C", as: "again" },
        { drain: "fifo" },
        { commit: ["again"], by: "B", as: "two" },
        { settle: 50 },
        { commit: [], by: "A", as: "three" },
        { settle: 50 },
      ]
      const asked = (from: string): Played => {
        const inject = hexOfMessage({ type: "fetch", group: "66".repeat(16), epoch: 3, refs: [] })
        return author.accepts("simulation.play", run([...again, { inject, from, to: "C'1" }, { drain: "fifo" }]))
      }
      const [ofOne, ofAnother] = ["C", "A"].map((from) => shown(asked(from), "C'1"))
      author.claim(ofOne!.epoch === 4, "C is a member again")
      author.claim(ofAnother!.sent === ofOne!.sent + 1, "A is answered, and the old process of C is not")
    },
  ),
  aCase(
    "simulation/drains-to-one-down",
    {
      title: "B is down, and two of three messages are delivered: the one to B is lost, and is one of the two",
      clauses: [clauses.trace],
    },
    (author) => {
      const schedule: ReadonlyArray<Move> = [{ propose: "update", by: "A", as: "p" }, { down: "B" }, { drain: "fifo", most: 2 }]
      const played = author.accepts("simulation.play", run(schedule))
      const [b, c, d] = ["B", "C", "D"].map((handle) => shown(played, handle).told)
      author.claim(b === 0 && c! + d! === 1, "one of C and D is not told yet")
    },
  ),
]

/** Names in simulations, and who has none. */
export default caseFile({ part: "delivery-service", chapter: "simulation-names", layer: "simulation", flags: {} }, () => [
  ...names(),
  ...removed(),
])
