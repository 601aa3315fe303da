/** The layer "delivery-service": what who is stuck keeps and forgets, and who is on no leaf. */
import { Hex } from "effect/encoding"
import { processOf } from "../../../reference/delivery-service/simulation/world.ts"
import { clauses, type DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { clauses as murmur } from "../../../spec/delivery-service/murmur.ts"
import { type Case, caseFile, withoutTraces } from "../author.ts"
import { fetch, kinds, receive, said, shows } from "./delivery-edges.ts"
import { addedApart, isStuck } from "./delivery-stuck.ts"
import { after, hexOfMessage, put, scenarioCase } from "./scenario-case.ts"
import { emptyBundle } from "./schedules.ts"
import { forged, said as symbolic } from "./tree.ts"

const stuck = (): ReadonlyArray<Case> => [
  shows(
    "stuck-forgets-proposals",
    "C is told of a proposal, and stuck in that epoch: in the next one it sends it to nobody",
    [clauses.forgets, clauses["stuck-votes"]],
    (author) => {
      const world = after(author, [{ propose: "update", by: "A", as: "p" }, { drain: "fifo" }, ...isStuck])
      author.claim(author.accepts("delivery-service.shows", { on: "C" }).status === "stuck", "stuck")
      author.claim(receive(author, "C", "B", fetch(author, world, 2)).length === 0, "there is nothing of the present epoch")
      author.claim(kinds(author, receive(author, "C", "B", fetch(author, world, 1))) === "decision", "and of the past one the decision")
    },
  ),
  shows(
    "stuck-keeps-once",
    "C is stuck, and has decided what names two proposals: of one that comes twice in a FETCHED it keeps one",
    [clauses["stuck-votes"], clauses.complete],
    (author) => {
      const world = after(author, [
        ...isStuck,
        { cut: [["C"], ["A", "B", "D"]] },
        { propose: "update", by: "A", as: "p" },
        { propose: "remove", by: "B", who: "D", as: "q" },
        { drain: "fifo" },
        { commit: ["p", "q"], by: "B", as: "c2" },
        { settle: 50 },
      ])
      const decision = processOf(world, "A").state!.past.at(-1)!
      receive(author, "C", "A", put(author, hexOfMessage({ ...decision, proposals: [] })))
      const [first] = decision.proposals
      const { group } = world
      const fetched: DeliveryMessage = { type: "fetched", group, epoch: 2, proposals: [first!, first!, first!] }
      const output = author.accepts("delivery-service.receive", { on: "C", from: "B", message: put(author, hexOfMessage(fetched)) })
      author.claim(output.events.length === 0, "who is stuck tells of no proposals, and waits for the other one")
      const again = receive(author, "C", "B", fetch(author, world, 2))
      author.claim(kinds(author, again) === "gossiping,decision", "once, and the decision")
    },
  ),
  scenarioCase("stuck-without-welcome", {
    title: "C is stuck, and has made a key package: a commit without a welcome does not bring it back, and C follows it",
    clauses: [clauses["stuck-votes"], clauses["back-in-place"]],
    faulty: { D: [[]] },
    schedule: [
      ...isStuck,
      { return: "C" },
      { commit: [], by: "A", as: "c2" },
      { settle: 50 },
      { commit: [], by: "B", as: "c3" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("C", "stuck 1")
      told.claim(told.shows("C").epoch === 4 && told.shows("C").status === "stuck", "it follows")
    },
  }),
]

const strangers = (): ReadonlyArray<Case> => [
  shows(
    "leaf-65535",
    "E is welcomed to a group in which D is on leaf 65,535: X, who is no member, has no leaf, and is not taken for D",
    [murmur.subscriber, clauses.welcome],
    (author) => {
      const world = after(author, addedApart)
      const { group } = world
      const welcome = Hex.encode(processOf(world, "A").state!.past.at(-1)!.decide.welcome!)
      const { members } = symbolic("symbolic-welcome", welcome) as unknown as { members: ReadonlyArray<{ leaf: number; user: string }> }
      const others = members.filter(({ user }) => user !== "D")
      const moved = [...others, { ...members.find(({ user }) => user === "D")!, leaf: 0xffff }]
      const wrong = forged("symbolic-welcome", welcome, { members: moved })
      author.accepts("delivery-service.join", { on: "E", welcome: wrong, sampleSize: 1 })
      const message = put(author, hexOfMessage({ type: "gossiping", message: { type: "murmur-subscribe", group, epoch: 2 } }))
      author.refuses(murmur.subscriber, "delivery-service.receive", { on: "E", from: "X", message })
      author.accepts("delivery-service.receive", { on: "E", from: "D", message })
      const all = fetch(author, world, 2)
      author.accepts("delivery-service.propose", { on: "E", proposing: { type: "update" } })
      author.refuses(clauses.asker, "delivery-service.receive", { on: "E", from: "X", message: all })
      const [again] = receive(author, "E", "D", all)
      author.claim(again!.to.join() === "D" && said(author, again!.message).type === "gossiping", "D is sent what there is")
      author.claim(receive(author, "E", "X", put(author, hexOfMessage(emptyBundle(world, 2)))).length === 0, "and X nothing")
    },
  ),
]

export default caseFile({ part: "delivery-service", chapter: "delivery-service-follows", layer: "delivery-service", flags: {} }, () =>
  [...stuck(), ...strangers()].map(withoutTraces),
)
