/** The layer "delivery-service": who is answered, and which check comes first. */
import { Result } from "effect"
import { signCommit } from "../../../reference/delivery-service/cascade.ts"
import type { Move } from "../../../reference/delivery-service/simulation/schedule.ts"
import { processOf, runAs, type World } from "../../../reference/delivery-service/simulation/world.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses as cascade } from "../../../spec/delivery-service/cascade.ts"
import { clauses, type Decision, type DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { clauses as treeKem } from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, type Case, caseFile, type OutputOf, withoutTraces } from "../author.ts"
import { filled, repeated } from "../people.ts"
import { ended, fetch, kinds, receive, said, shows } from "./delivery-edges.ts"
import { after, hexOfMessage, put } from "./scenario-case.ts"
import { emptyBundle } from "./schedules.ts"

const unknown = filled(9, 32)

/** D is removed by B's commit. */
const removal: ReadonlyArray<Move> = [
  { propose: "remove", by: "A", who: "D", as: "r" },
  { drain: "fifo" },
  { commit: ["r"], by: "B", as: "c" },
  { settle: 50 },
]

/** C has not heard of the proposals p of A and q of B, nor of A's commit of both, which is decided. */
const decidedApart: ReadonlyArray<Move> = [
  { cut: [["C"], ["A", "B", "D"]] },
  { propose: "update", by: "B", as: "q" },
  { propose: "update", by: "D", as: "p" },
  { drain: "fifo" },
  { commit: ["p", "q"], by: "A", as: "c1" },
  { settle: 50 },
]

const decisionOf = (world: World): Decision => processOf(world, "A").state!.past.at(-1)!

/** A decision whose first statement is signed otherwise. */
const unsigned = (decision: Decision): Decision => {
  const { decide } = decision
  const { evidence } = decide
  if (evidence.type !== "unique-commit") throw new Error("decided otherwise")
  const [[first, ...others], ...chains] = evidence.certificate as [(typeof evidence.certificate)[number], ...typeof evidence.certificate]
  const certificate = [[{ ...first!, signature: new Uint8Array(64) }, ...others], ...chains]
  return { ...decision, decide: { ...decide, evidence: { ...evidence, certificate } } }
}

const firstChecks = (): ReadonlyArray<Case> => [
  shows(
    "status-first",
    "Who is removed or silent is told so, whatever it proposes or commits",
    [clauses.active, clauses.silent, verdicts["order-of-checks"]],
    (author) => {
      after(author, removal)
      author.accepts("delivery-service.restore", { on: "A", through: 2 })
      const proposing = { type: "remove", leaf: 77 } as const
      for (const [on, clause] of [
        ["D", clauses.active],
        ["A", clauses.silent],
      ] as const) {
        author.refuses(clause, "delivery-service.propose", { on, proposing })
        author.refuses(clause, "delivery-service.commit", { on, references: [unknown] })
      }
      author.refuses(treeKem["removes-member"], "delivery-service.propose", { on: "B", proposing })
      author.refuses(treeKem.known, "delivery-service.commit", { on: "B", references: [unknown] })
    },
  ),
  shows(
    "one-commit-first",
    "Who has committed names a proposal that nobody knows: that it has committed comes first",
    [clauses["one-commit"], verdicts["order-of-checks"]],
    (author) => {
      after(author, [{ commit: [], by: "A", as: "c" }])
      author.refuses(clauses["one-commit"], "delivery-service.commit", { on: "A", references: [unknown] })
      author.refuses(treeKem.known, "delivery-service.commit", { on: "B", references: [unknown] })
    },
  ),
]

/** A proposes to add a user with the key package of this number; gives the refs. */
const adds = (author: Author, user: string, number: number): ReadonlyArray<string> => {
  const appearing = { on: `${user}-${number}`, user, seed: repeated(user), backEnd: "symbolic", number } as const
  const { keyPackage } = author.accepts("delivery-service.appear", appearing)
  const { events } = author.accepts("delivery-service.propose", { on: "A", proposing: { type: "add", keyPackage } })
  return events.flatMap((event) => (event.type === "proposal" ? [event.ref] : []))
}

const removes = (author: Author, user: string): ReadonlyArray<string> => {
  const { leaf } = author.accepts("delivery-service.shows", { on: "A" }).members.find((member) => member.user === user)!
  const { events } = author.accepts("delivery-service.propose", { on: "A", proposing: { type: "remove", leaf } })
  return events.flatMap((event) => (event.type === "proposal" ? [event.ref] : []))
}

const furtherCommits = (): ReadonlyArray<Case> => [
  shows("new-user-is-not-back", "A second commit that adds a user who is no member", [clauses["one-commit"]], (author) => {
    after(author, [])
    const added = adds(author, "E", 0)
    author.accepts("delivery-service.commit", { on: "A", references: [] })
    author.refuses(clauses["one-commit"], "delivery-service.commit", { on: "A", references: added })
    author.refuses(clauses["one-commit"], "delivery-service.commit", { on: "A", references: null })
  }),
  shows(
    "first-brings-back",
    "The first commit brings back B: a second one that does so too is refused, and one that brings back C is not",
    [clauses["one-commit"]],
    (author) => {
      after(author, [])
      const [b, c] = ["B", "C"].map((user) => [...removes(author, user), ...adds(author, user, 1)]) as [Array<string>, Array<string>]
      author.accepts("delivery-service.commit", { on: "A", references: b })
      author.refuses(clauses["one-commit"], "delivery-service.commit", { on: "A", references: b })
      author.accepts("delivery-service.commit", { on: "A", references: c })
      author.refuses(clauses["one-commit"], "delivery-service.commit", { on: "A", references: [...b, ...c] })
    },
  ),
]

const answered = (): ReadonlyArray<Case> => [
  shows(
    "asks-from-too-early",
    "Who asks for all from an epoch on whose decision is not kept is sent nothing, not even of the present one",
    [clauses["answers-past"], clauses["sends-again"]],
    (author) => {
      const world = after(author, [{ propose: "update", by: "A", as: "p" }, { drain: "fifo" }])
      author.claim(receive(author, "B", "C", fetch(author, world, 0)).length === 0, "nothing")
      author.claim(kinds(author, receive(author, "B", "C", fetch(author, world, 1))) === "gossiping", "p")
    },
  ),
  shows(
    "strangers",
    "Of a past epoch a stranger's FETCH and AGREEMENT are refused, and anything else does nothing; of a later one all is kept",
    [clauses.asker, clauses["answers-past"], clauses["keeps-later"]],
    (author) => {
      const world = after(author, [...ended("A", "c1"), ...ended("B", "c2")])
      const { group } = world
      const of = (epoch: number): ReadonlyArray<DeliveryMessage> => [
        { type: "gossiping", message: { type: "murmur-subscribe", group, epoch } },
        { type: "fetched", group, epoch, proposals: [new Uint8Array(3)] },
        { type: "welcoming", group, epoch, welcome: new Uint8Array(3) },
      ]
      const [decision, present] = [decisionOf(world), emptyBundle(world, 3)]
      for (const message of [...of(2), ...of(1), decision]) {
        const output = author.accepts("delivery-service.receive", { on: "A", from: "X", message: put(author, hexOfMessage(message)) })
        author.claim(output.send.length === 0 && output.events.length === 0, "nothing happens")
      }
      const refuses = (message: string) => author.refuses(clauses.asker, "delivery-service.receive", { on: "A", from: "X", message })
      for (const epoch of [0, 1, 2]) refuses(put(author, hexOfMessage(emptyBundle(world, epoch))))
      for (const epoch of [0, 2, 3]) refuses(fetch(author, world, epoch))
      for (const one of [1, 2]) {
        const answer = receive(author, "A", one === 1 ? "X" : "B", put(author, hexOfMessage(present)))
        author.claim(answer.length === 0, "there is nothing to say of the present epoch")
      }
      author.claim(kinds(author, receive(author, "A", "X", fetch(author, world, 4))) === "fetch", "a FETCH of the next epoch is kept")
      for (const message of of(5)) receive(author, "A", "X", put(author, hexOfMessage(message)))
      author.claim(author.accepts("delivery-service.shows", { on: "A" }).later === 4, "four messages")
    },
  ),
  shows(
    "quota-apart",
    "What members have sent of a later epoch does not count against strangers, nor what strangers have against members",
    [clauses.quota],
    (author) => {
      const world = after(author, [])
      const message = put(author, hexOfMessage(emptyBundle(world, 2)))
      const kept = (from: string, count: number) => {
        for (let sent = 0; sent < count; sent++) author.accepts("delivery-service.receive", { on: "A", from, message })
      }
      const refuses = (from: string) => author.refuses(clauses.quota, "delivery-service.receive", { on: "A", from, message })
      kept("D", 64)
      kept("X", 40)
      kept("Y", 24)
      for (const from of ["D", "X", "Y", "Z"]) refuses(from)
      kept("B", 1)
      author.claim(author.accepts("delivery-service.shows", { on: "A" }).later === 129, "129 messages")
    },
  ),
]

/** The ref of the proposal that was told of. */
const toldOf = ({ events }: OutputOf<"delivery-service.receive">): string => {
  const [event] = events
  return event?.type === "proposal" ? event.ref : ""
}

const decided = (): ReadonlyArray<Case> => [
  shows(
    "more-heads-than-refs",
    "A DECISION has one head more than it has refs, of D, who names more proposals than the other: it is refused, and a right one is taken",
    [cascade["author-signature"], cascade["decide-values"]],
    (author) => {
      const world = after(author, decidedApart)
      const decision = decisionOf(world)
      const { decide } = decision
      const { tree } = processOf(world, "D").state!
      const { electorate } = processOf(world, "C").state!.cascade
      const refs = Array.from({ length: 9 }, (_, index) => filled(index, 32))
      const value = { author: tree.me, proposals: refs, commit: decide.commit, welcome: decide.welcome }
      const signed = Result.getOrThrow(runAs(world, processOf(world, "D").seed, signCommit(electorate, tree.signingSecretKey, value)))
      const { signature } = signed.value
      const receiving = (heads: Decision["decide"]["heads"]) => ({
        ...{ on: "C", from: "B" },
        message: put(author, hexOfMessage({ ...decision, decide: { ...decide, heads } })),
      })
      const [first] = decide.heads
      const head = { ...first!, author: tree.me, proposals: refs }
      author.refuses(cascade["author-signature"], "delivery-service.receive", receiving([first!, head]))
      author.refuses(cascade["decide-values"], "delivery-service.receive", receiving([first!, { ...head, signature }]))
      author.accepts("delivery-service.receive", receiving(decide.heads))
    },
  ),
  shows(
    "badly-decided-while-waiting",
    "C has decided and waits for proposals: a DECISION that does not verify is refused, with all that it brings; a right one is taken",
    [cascade["decide-evidence"], clauses.complete],
    (author) => {
      const world = after(author, decidedApart)
      const decision = decisionOf(world)
      const message = (one: Decision) => put(author, hexOfMessage(one))
      const takes = (one: Decision) => author.accepts("delivery-service.receive", { on: "C", from: "B", message: message(one) })
      author.claim(takes({ ...decision, proposals: [] }).events.length === 0, "it waits")
      author.refuses(cascade["decide-evidence"], "delivery-service.receive", { on: "C", from: "B", message: message(unsigned(decision)) })
      const [first, second] = decision.proposals
      const half = takes({ ...decision, proposals: [first!] })
      author.claim(half.events.map(({ type }) => type).join() === "proposal", "told of one")
      const asked = author.accepts("delivery-service.timeout", { on: "C", name: "1/fetch" }).send.map((sent) => said(author, sent.message))
      const missing = processOf(world, "A")
        .state!.past.at(-1)!
        .decide.heads[0]!.proposals.filter((ref) => ref !== toldOf(half))
      author.claim(asked[0]?.type === "fetch" && asked[0].refs.join() === missing.join(), "it asks for the other one alone")
      const { events } = takes({ ...decision, proposals: [new Uint8Array(3), second!, first!] })
      author.claim(events.map(({ type }) => type).join() === "proposal,commit", "and of the other, and of the commit")
    },
  ),
  shows(
    "silent-and-decided",
    "C is restored, and has decided: while it waits for proposals it answers with the decision, and before it answered nothing",
    [clauses["silent-votes"], clauses.complete],
    (author) => {
      const world = after(author, decidedApart)
      author.accepts("delivery-service.restore", { on: "C", through: 1 })
      const bundle = put(author, hexOfMessage(emptyBundle(world, 1)))
      author.claim(receive(author, "C", "B", bundle).length === 0, "nothing")
      receive(author, "C", "A", put(author, hexOfMessage({ ...decisionOf(world), proposals: [] })))
      const [answer, ...others] = receive(author, "C", "B", bundle)
      author.claim(others.length === 0 && answer!.to.join() === "B" && kinds(author, [answer!]) === "decision", "the decision")
    },
  ),
  shows(
    "removed-while-following",
    "D keeps the decision that removes it and a BUNDLE of that epoch: when it is removed it takes in no more, and answers nobody",
    [clauses["keeps-later"], clauses.active],
    (author) => {
      const world = after(author, [
        { cut: [["D"], ["A", "B", "C"]] },
        ...ended("B", "c1"),
        { propose: "remove", by: "A", who: "D", as: "r" },
        { drain: "fifo" },
        { commit: ["r"], by: "B", as: "c2" },
        { settle: 50 },
      ])
      const [first, second] = processOf(world, "A")
        .state!.past.slice(-2)
        .map((decision) => put(author, hexOfMessage(decision)))
      receive(author, "D", "A", second!)
      receive(author, "D", "C", put(author, hexOfMessage(emptyBundle(world, 2))))
      const { events, send } = author.accepts("delivery-service.receive", { on: "D", from: "A", message: first! })
      author.claim(events.map(({ type, epoch }) => `${type} ${epoch}`).join() === "commit 1,proposal 2,commit 2,removed 2", "removed")
      const forC = send.filter(({ to }) => to.join() === "C")
      author.claim(new Set(kinds(author, forC).split(",")).size === 1 && kinds(author, forC).startsWith("gossiping"), "C alone is sent r")
      author.claim(author.accepts("delivery-service.shows", { on: "D" }).later === 1, "the BUNDLE stays")
    },
  ),
]

const resumed = (): ReadonlyArray<Case> => [
  shows(
    "asks-after-resuming",
    "A has resumed, and asked all others for what it missed: whoever sends of a later epoch is asked all the same, once",
    [clauses["keeps-later"]],
    (author) => {
      const world = after(author, [])
      author.claim(kinds(author, author.accepts("delivery-service.resume", { on: "A" }).send) === "fetch", "it asks all")
      const later = put(author, hexOfMessage(emptyBundle(world, 2)))
      author.claim(kinds(author, receive(author, "A", "B", later)) === "fetch", "and B again")
      author.claim(receive(author, "A", "B", put(author, hexOfMessage(emptyBundle(world, 3)))).length === 0, "once")
    },
  ),
  shows(
    "asks-after-asking-for-a-proposal",
    "A has asked D for a proposal, and by its timer another: whoever sends of a later epoch is asked for all that was missed, too",
    [clauses["keeps-later"]],
    (author) => {
      const world = after(author, [
        { cut: [["A"], ["B", "C", "D"]] },
        { propose: "update", by: "B", as: "p" },
        { drain: "fifo" },
        { commit: ["p"], by: "D", as: "c" },
        { lose: true, to: ["A"], kinds: ["murmur-gossip"] },
        { heal: true },
        { drain: "fifo", to: ["A"], from: ["D"], kinds: ["bundle"], most: 1 },
      ])
      author.claim(processOf(world, "A").state!.incomplete.length === 1, "A misses the proposal")
      for (let turn = 0; turn < 3; turn++) author.accepts("delivery-service.timeout", { on: "A", name: "1/fetch" })
      const later = put(author, hexOfMessage(emptyBundle(world, 2)))
      const asked = ["B", "C", "D"].map((from) => kinds(author, receive(author, "A", from, later)))
      author.claim(asked.join() === "fetch,fetch,fetch", "each is asked")
    },
  ),
]

export default caseFile({ part: "delivery-service", chapter: "delivery-service-askers", layer: "delivery-service", flags: {} }, () =>
  [...firstChecks(), ...furtherCommits(), ...answered(), ...decided(), ...resumed()].map(withoutTraces),
)
