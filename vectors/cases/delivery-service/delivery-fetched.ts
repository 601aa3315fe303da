/** The layers "tree-kem" and "delivery-service": what is asked for and fetched, and calls of several layers. */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { signCommit } from "../../../reference/delivery-service/cascade.ts"
import type { Move } from "../../../reference/delivery-service/simulation/schedule.ts"
import { unreadable } from "../../../reference/delivery-service/simulation/unreadable.ts"
import { emptyWorld, processOf, runAs, settledWorld, type World } from "../../../reference/delivery-service/simulation/world.ts"
import { signSymbolic } from "../../../reference/delivery-service/tree-kem/symbolic.ts"
import { decodeWire, encodeWire, clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import type { CommitValue } from "../../../spec/delivery-service/cascade.ts"
import { clauses as centralized } from "../../../spec/delivery-service/centralized-delivery-service.ts"
import { clauses, type DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { Proposed } from "../../../spec/delivery-service/murmur.ts"
import { type Move as MoveData, clauses as simulation } from "../../../spec/delivery-service/simulation.ts"
import { SymbolicCommit, SymbolicKeyPackage, clauses as treeKem } from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, aCase, type Case, caseFile, withoutTraces } from "../author.ts"
import { authorPrimitives } from "../primitives.ts"
import { fetch, kinds, receive, said, shows } from "./delivery-edges.ts"
import { naming } from "./delivery-kept.ts"
import { isStuck } from "./delivery-stuck.ts"
import { after, hexOfMessage, put } from "./scenario-case.ts"
import { emptyBundle } from "./schedules.ts"
import { admitted, altered, grown, referenceOf } from "./tree.ts"

const ofKeys = (): ReadonlyArray<Case> => [
  aCase(
    "tree-kem/keys-are-no-points",
    {
      title: "bob updates to a symbolic key of zeros, which no point of small order is: it is admitted, and stands in the next epoch",
      clauses: [treeKem["key-package"], treeKem["key-update"]],
    },
    (author) => {
      grown(author, ["alice", "bob"])
      const { proposal } = author.accepts("tree-kem.propose-update", { on: "bob" })
      admitted(author, ["alice"], altered("symbolic-proposal", proposal, { key: "00".repeat(32) }, "bob"))
      author.accepts("tree-kem.commit", { on: "alice", references: null })
      author.accepts("tree-kem.adopt", { on: "alice" })
    },
  ),
  aCase(
    "tree-kem/adopts-what-is-its-own-still",
    {
      title: "bob and carol commit, and process alice's commit, which removes carol: neither has a commit any more that could be adopted",
      clauses: [verdicts["no-call"], treeKem["own-commit"]],
    },
    (author) => {
      const users = ["alice", "bob", "carol"]
      grown(author, users)
      for (const on of ["bob", "carol"]) author.accepts("tree-kem.commit", { on, references: [] })
      const { leaf } = author.accepts("tree-kem.show", { on: "carol" }).members.find(({ user }) => user === "carol")!
      admitted(author, users, author.accepts("tree-kem.propose-remove", { on: "bob", leaf }).proposal)
      const { commit } = author.accepts("tree-kem.commit", { on: "alice", references: null })
      for (const on of ["bob", "carol"]) {
        author.claim(author.accepts("tree-kem.process", { on, commit }).removed === (on === "carol"), "carol alone is removed")
        author.noCall("tree-kem.adopt", { on })
      }
    },
  ),
]

/** What B and others decide in epoch 1 with two proposals, of which A hears nothing. */
const apart = (one: string, epoch: number): ReadonlyArray<Move> => [
  { cut: [[one], ["A", "B", "C", "D"].filter((user) => user !== one)] },
  { propose: "update", by: "B", as: `p${epoch}` },
  { appear: "E" },
  { propose: "add", by: "B", who: "E", as: `q${epoch}` },
  { drain: "fifo" },
  { commit: [`p${epoch}`, `q${epoch}`], by: one === "A" ? "C" : "A", as: `c${epoch}` },
  { settle: 50 },
]

/** The last decision of B without its proposals, and these. */
const decided = (world: World) => {
  const decision = processOf(world, "B").state!.past.at(-1)!
  return { bare: { ...decision, proposals: [] } satisfies DeliveryMessage, proposals: decision.proposals }
}

const ofDecided = (): ReadonlyArray<Case> => [
  shows(
    "asks-until-it-has-them",
    "A has decided a commit, and nobody gives it the proposals: it asks one after the other, more often than twice each",
    [clauses.complete],
    (author) => {
      const world = after(author, apart("A", 1))
      const first = kinds(author, receive(author, "A", "B", put(author, hexOfMessage(decided(world).bare))))
      author.claim(first === "decision,fetch", "passes the decision on, and asks")
      for (let count = 0; count < 8; count++) {
        const { send } = author.accepts("delivery-service.timeout", { on: "A", name: "1/fetch" })
        author.claim(kinds(author, send) === "fetch", "asks on")
      }
    },
  ),
  shows(
    "commits-though-decided",
    "A has decided, and waits for proposals: it commits, of which nothing is sent, and may not commit once more",
    [clauses["one-commit"], clauses.complete],
    (author) => {
      const world = after(author, apart("A", 1))
      receive(author, "A", "B", put(author, hexOfMessage(decided(world).bare)))
      const { send } = author.accepts("delivery-service.commit", { on: "A", references: [] })
      author.claim(kinds(author, send) === "", "nothing is sent")
      author.refuses(clauses["one-commit"], "delivery-service.commit", { on: "A", references: [] })
    },
  ),
  shows(
    "stuck-sends-what-it-keeps",
    "C is stuck, and keeps one of two proposals of the decided commit: it sends it to whoever asks, with the decision and by itself",
    [clauses["sends-again"], clauses.stuck],
    (author) => {
      const world = after(author, [...isStuck, ...apart("C", 2)])
      const { bare, proposals } = decided(world)
      author.claim(processOf(world, "C").state!.status !== 0 && bare.decide.epoch === 2, "C is stuck, and epoch 2 is decided")
      receive(author, "C", "B", put(author, hexOfMessage(bare)))
      const { group } = world
      const one = put(author, hexOfMessage({ type: "fetched", group, epoch: 2, proposals: proposals.slice(0, 1) }))
      receive(author, "C", "B", one)
      const all = receive(author, "C", "D", fetch(author, world, 2))
      author.claim(kinds(author, all) === "gossiping,decision", "a GOSSIP, and the decision")
      const decision = said(author, all[1]!.message)
      author.claim(decision.type === "decision" && decision.proposals.length === 1, "which has the proposal too")
      const refs = processOf(world, "B")
        .state!.past.at(-1)!
        .decide.heads.flatMap((head) => head.proposals)
      const [answer] = receive(author, "C", "D", fetch(author, world, 2, refs))
      const fetched = said(author, answer!.message)
      author.claim(fetched.type === "fetched" && fetched.proposals.length === 1, "FETCHED has it too")
    },
  ),
]

/** D's proposals to add somebody whose name has so many letters. */
const additions = (world: World, lengths: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const { state, seed } = processOf(world, "D")
  const { group, epoch, me, signingSecretKey } = state!.tree
  const secretKey = new Uint8Array(32).fill(3)
  const sign = (type: "symbolic-key-package" | "symbolic-proposal", value: unknown, key: Uint8Array) =>
    Result.getOrThrow(runAs(world, seed, signSymbolic(type, value, key)))
  return lengths.map((length, index) => {
    const key = { user: "u".repeat(length), signingKey: world.primitives.ed25519PublicKey(secretKey), key: new Uint8Array(32).fill(4) }
    const keyPackage = Result.getOrThrow(decodeWire(SymbolicKeyPackage, sign("symbolic-key-package", key, secretKey)))
    const nonce = new Uint8Array(32).fill(index)
    return sign("symbolic-proposal", { type: "symbolic-add", group, epoch, author: me, nonce, keyPackage }, signingSecretKey)
  })
}

/** As many additions as have this length together, when each is encoded. */
const additionsOf = (world: World, total: number): ReadonlyArray<Uint8Array> => {
  const [one] = additions(world, [40])
  const size = encodeWire(Proposed, one!).length
  const count = Math.floor(total / size)
  const over = total - count * size
  const lengths = Array.from({ length: count }, (_, index) => 40 + Math.min(20, Math.max(0, over - 20 * index)))
  return additions(world, lengths)
}

const ofParts = (): ReadonlyArray<Case> =>
  [32_768, 32_769].map((total) =>
    shows(
      `fetched-of-${total}`,
      `A was told of proposals of ${total} bytes, encoded, and is asked for all: it sends ${total > 32_768 ? "two messages" : "one message"}`,
      [clauses.complete, clauses.size],
      (author) => {
        const world = after(author, [])
        const proposals = additionsOf(world, total)
        author.claim(proposals.reduce((sum, one) => sum + encodeWire(Proposed, one).length, 0) === total, `${total} bytes`)
        const refs = proposals.map((one) => referenceOf(Hex.encode(one))).sort()
        receive(author, "A", "D", put(author, hexOfMessage(naming(world, refs))))
        const { group } = world
        const told = receive(author, "A", "D", put(author, hexOfMessage({ type: "fetched", group, epoch: 1, proposals })))
        author.claim(told.length === 3 * proposals.length, "it passes them on")
        const answer = receive(author, "A", "B", fetch(author, world, 1, refs))
        author.claim(kinds(author, answer) === (total > 32_768 ? "fetched,fetched" : "fetched"), "in parts")
      },
    ),
  )

/** A BUNDLE with the signed value of a commit in C's name, of the state's epoch. */
const inTheNameOfC = (world: World, content: Omit<CommitValue, "author" | "signature">): DeliveryMessage => {
  const { state, seed } = processOf(world, "C")
  const { electorate } = processOf(world, "A").state!.cascade
  const value = { author: state!.tree.me, ...content }
  const signed = Result.getOrThrow(runAs(world, seed, signCommit(electorate, state!.tree.signingSecretKey, value)))
  return emptyBundle(world, electorate.epoch, { commits: [signed.value] })
}

const ofLeaves = (): ReadonlyArray<Case> => [
  shows(
    "stuck-and-its-own-leaf",
    "C is stuck, knows who is faulty, and has a key package to come back with: it finds no commit in its own name valid, not even one whose welcome brings it back",
    [clauses["stuck-votes"], clauses.judged],
    (author) => {
      const world = after(author, [
        ...isStuck,
        { return: "C" },
        { propose: "remove", by: "A", who: "C", as: "-C" },
        { propose: "add", by: "A", who: "C", as: "+C" },
        { drain: "fifo" },
        { cut: [["C"], ["A", "D"], ["B"]] },
        { commit: ["-C", "+C"], by: "B", as: "back" },
      ])
      const { value } = processOf(world, "B").state!.cascade.commits[0]!
      const { me } = processOf(world, "C").state!.tree
      const read = Result.getOrThrow(decodeWire(SymbolicCommit, value.commit))
      const commitOfC = (change: Partial<typeof read>) => encodeWire(SymbolicCommit, { ...read, author: me, ...change })
      const none = { proposals: [], commit: commitOfC({ references: [] }), welcome: null }
      const back = { proposals: value.proposals, commit: commitOfC({}), welcome: value.welcome }
      const takes = (message: DeliveryMessage) => kinds(author, receive(author, "C", "A", put(author, hexOfMessage(message))))
      author.claim(takes(inTheNameOfC(world, none)) === "", "one of nothing")
      author.claim(takes(inTheNameOfC(world, back)) === "", "one that brings it back")
      author.claim(takes(emptyBundle(world, 2, { commits: [value] })) === "agreement", "B's is valid")
    },
  ),
]

const ofEarly = (author: Author): void => {
  const world = after(author, [{ appear: "E" }])
  const message = put(author, hexOfMessage(emptyBundle(world, 2)))
  for (let count = 0; count < 64; count++) author.accepts("delivery-service.receive-early", { on: "E", from: "D", message })
  author.refuses(clauses["early-quota"], "delivery-service.receive-early", { on: "E", from: "D", message })
  author.refuses(encoding.canonical, "delivery-service.receive-early", { on: "E", from: "D", message: put(author, "ff") })
}

const ofReturns = (): ReadonlyArray<Case> => [
  aCase(
    "simulation/acts-while-down",
    { title: "A is down, and proposes, commits and resumes all the same: what it sends reaches the others", clauses: [simulation.trace] },
    (author) => {
      const schedule: ReadonlyArray<MoveData> = [
        { down: "A" },
        { propose: "update", by: "A", as: "p" },
        { drain: "fifo" },
        { commit: [], by: "A", as: "c" },
        { resume: "A" },
        { settle: 20 },
        { up: "A" },
        { resume: "A" },
        { settle: 20 },
      ]
      const run = { members: ["A", "B", "C", "D"], faulty: [], sampleSize: 0, schedule }
      const { processes } = author.accepts("simulation.play", run)
      author.claim(
        processes.every(({ epoch }) => epoch === 2),
        "its commit has taken effect",
      )
    },
  ),
  aCase(
    "simulation/returns-refused",
    {
      title: "C returns twice before it is stuck, which is refused, and then once more: with its first key package to come back with",
      clauses: [simulation.trace],
    },
    (author) => {
      const members = ["A", "B", "C", "D"]
      const world = settledWorld(members, new Map(), emptyWorld(authorPrimitives))
      const inject = hexOfMessage(unreadable(world, processOf(world, "D"), ["C"])!)
      const schedule: ReadonlyArray<MoveData> = [
        { return: "C" },
        { return: "C" },
        ...["A", "B", "C"].map((to) => ({ inject, from: "D", to })),
        { settle: 50 },
        { return: "C" },
        { propose: "remove", by: "A", who: "C", as: "-C" },
        { propose: "add", by: "A", who: "C", as: "+C" },
        { settle: 50 },
        { commit: ["-C", "+C"], by: "B", as: "back" },
        { settle: 50 },
      ]
      const { processes } = author.accepts("simulation.play", { members, faulty: [], sampleSize: 0, schedule })
      const [, , c] = processes
      author.claim(c?.handle === "C" && c.status === "active" && c.epoch === 3, "C is back")
    },
  ),
]

const ofServers = (): ReadonlyArray<Case> => [
  aCase(
    "centralized/commits-for-itself",
    {
      title: "alice commits by the service: that is no commit of hers outside of it, which could be adopted there",
      clauses: [verdicts["no-call"], centralized["in-order"]],
    },
    (author) => {
      grown(author, ["alice", "bob"])
      author.accepts("centralized.open", { on: "alice", number: 1 })
      author.accepts("centralized.commit", { on: "alice", references: null })
      author.noCall("tree-kem.adopt", { on: "alice" })
    },
  ),
]

/** The layer "murmur". */
export const murmurTotality = caseFile({ part: "delivery-service", chapter: "murmur-totality", layer: "murmur", flags: {} }, () => [
  aCase(
    "murmur/totality-of-none",
    { title: "ε is asked for of nobody, of too many, of more than there are, and with the sample size 0", clauses: [verdicts["no-call"]] },
    (author) => {
      const four = { n: 4, honest: 3, sampleSize: 1 }
      author.accepts("murmur.totality", four)
      for (const change of [{ n: 0, honest: 0 }, { honest: 0 }, { honest: 5 }, { n: 201 }, { sampleSize: 0 }])
        author.noCall("murmur.totality", { ...four, ...change })
    },
  ),
])

/** The layer "simulation". */
export const simulationDown = caseFile({ part: "delivery-service", chapter: "simulation-down", layer: "simulation", flags: {} }, ofReturns)

/** The layer "centralized". */
export const centralizedCommits = caseFile(
  { part: "delivery-service", chapter: "centralized-commits", layer: "centralized", flags: {} },
  ofServers,
)

/** The layer "tree-kem". */
export const treeKemKeys = caseFile({ part: "delivery-service", chapter: "tree-kem-keys", layer: "tree-kem", flags: {} }, ofKeys)

/** The layer "delivery-service". */
export default caseFile({ part: "delivery-service", chapter: "delivery-service-fetched", layer: "delivery-service", flags: {} }, () =>
  [
    ...ofDecided(),
    ...ofLeaves(),
    ...ofParts(),
    shows(
      "early-and-malformed",
      "E has kept 64 messages of D before its welcome: another is refused, and what is no message is malformed",
      [clauses["early-quota"], encoding.canonical],
      ofEarly,
    ),
  ].map(withoutTraces),
)
