/** The layer "simulation": links that are cut, faces while the group settles, and several timers of one name. */
import { clauses, type Move } from "../../../spec/delivery-service/simulation.ts"
import { type Author, aCase, type Case, caseFile, type OutputOf, type ParamsOf } from "../author.ts"

type Run = ParamsOf<"simulation.play">
type Played = OutputOf<"simulation.play">

const members = ["A", "B", "C", "D"]
const play = (author: Author, schedule: ReadonlyArray<Move>, change: Partial<Run> = {}): Played =>
  author.accepts("simulation.play", { members, faulty: [], sampleSize: 0, schedule, ...change })

const shown = ({ processes }: Played, handle: string) => processes.find((one) => one.handle === handle)!

/** A's proposal goes to D, B and C, in this order; then no two are linked. */
const cut: ReadonlyArray<Move> = [{ propose: "update", by: "A", as: "p" }, { cut: members.map((one) => [one]) }]

const whole: ReadonlyArray<Move> = [{ heal: true }, { drain: "fifo" }]

const links = (): ReadonlyArray<Case> => [
  aCase(
    "simulation/delivers-on-cut-links",
    {
      title: "All links are cut: nothing is drained, by whichever move; what a move delivers or repeats arrives all the same",
      clauses: [clauses.trace],
    },
    (author) => {
      const idle: ReadonlyArray<Move> = [{ drain: "fifo" }, { wave: true }, { settle: 3 }, { chaos: "none", haste: 0, most: 3 }]
      const played = play(author, [...cut, ...idle, { deliver: "A>B#1" }, { repeat: true, from: ["A"], to: ["C"] }])
      const [before, ...after] = played.traces.slice(-3)
      author.claim(
        played.traces.slice(cut.length - 1, -2).every((trace) => trace === before),
        "nothing is delivered",
      )
      author.claim(new Set([before, ...after]).size === 3, "and then one message, and another one")
      author.claim(["B", "C", "D"].map((user) => shown(played, user).told).join() === "1,1,0", "B and C are told of the proposal")
    },
  ),
  aCase(
    "simulation/loses-on-cut-links",
    { title: "All links are cut: what a move drops or loses is lost all the same", clauses: [clauses.trace] },
    (author) => {
      const played = play(author, [...cut, { drop: "A>D#0" }, { lose: true, to: ["B", "C"] }, ...whole])
      author.claim(new Set(played.traces).size === 1, "nothing is left to be delivered")
      const dropped = play(author, [...cut, { drop: "A>D#0" }, { drop: "A>B#1" }, { drop: "A>C#2" }, ...whole])
      author.claim(new Set(dropped.traces).size === 1, "likewise")
    },
  ),
]

const faces = (): ReadonlyArray<Case> => [
  aCase(
    "simulation/faces-while-settling",
    {
      title: "Peers are sampled, and D has drawn B, who has not drawn D: only if B sees D from the beginning, B sends D its proposal",
      clauses: [clauses.trace],
    },
    (author) => {
      const sent = [["B", "C"], ["C"]].map((face) => {
        const faulty = [{ user: "D", faces: [face] }]
        return shown(play(author, [{ propose: "update", by: "B", as: "b" }], { faulty, sampleSize: 1 }), "B").sent
      })
      author.claim(sent.join() === "2,1", "one message more")
    },
  ),
]

export default caseFile({ part: "delivery-service", chapter: "simulation-links", layer: "simulation", flags: {} }, () => [
  ...links(),
  ...faces(),
])
