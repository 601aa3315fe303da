/** The layer "delivery-service": which commits are judged at all, in which order, and what is asked for. */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { signCommit } from "../../../reference/delivery-service/cascade.ts"
import { signedBytes } from "../../../reference/delivery-service/cooperation/settle.ts"
import { processOf, runAs, type World } from "../../../reference/delivery-service/simulation/world.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import type { CommitValue } from "../../../spec/delivery-service/cascade.ts"
import type { Electorate } from "../../../spec/delivery-service/cooperation.ts"
import { clauses, type DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { SymbolicCommit } from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, type Case, caseFile, withoutTraces } from "../author.ts"
import { filled, repeated } from "../people.ts"
import { fetch, kinds, receive, said, shows } from "./delivery-edges.ts"
import { addedApart, isStuck } from "./delivery-stuck.ts"
import { after, hexOfMessage, put } from "./scenario-case.ts"
import { emptyBundle } from "./schedules.ts"
import { group as groupOfTwo } from "./tree.ts"

const [lost, gone] = [filled(0xab, 32), filled(0xcd, 32)]

/** A symbolic commit by a member, which nobody can process. */
const commitBy = (world: World, user: string, refs: ReadonlyArray<string>, change: Partial<SymbolicCommit> = {}): Uint8Array => {
  const { group, epoch, me } = processOf(world, user).state!.tree
  const zeros = { key: new Uint8Array(32), confirmation: new Uint8Array(32), signature: new Uint8Array(64) }
  const references = refs.map(bytesOf)
  return encodeWire(SymbolicCommit, { type: "symbolic-commit", group, epoch, author: me, references, unreadable: [], ...zeros, ...change })
}

/** A commit value that a user signs, of any bytes. */
const signedBy = (world: World, user: string, commit: Uint8Array, proposals: ReadonlyArray<string>): CommitValue => {
  const { state, seed } = processOf(world, user)
  const { cascade, tree } = state!
  const value = { author: tree.me, proposals, commit, welcome: null }
  return Result.getOrThrow(runAs(world, seed, signCommit(cascade.electorate, tree.signingSecretKey, value))).value
}

/** A commit value of a user that names these refs, and whose commit does so too. */
export const naming = (world: World, user: string, refs: ReadonlyArray<string>, change: Partial<SymbolicCommit> = {}): CommitValue =>
  signedBy(world, user, commitBy(world, user, refs, change), refs)

/** A BUNDLE with these commits. */
export const bundleOf = (world: World, epoch: number, commits: ReadonlyArray<CommitValue>): DeliveryMessage =>
  emptyBundle(world, epoch, { commits })

/** What a member asks for, of whom, when it takes in a message. */
const asked = (author: Author, send: ReadonlyArray<{ readonly to: ReadonlyArray<string>; readonly message: string }>): string =>
  send
    .flatMap(({ to, message }) => {
      const one = said(author, message)
      return one.type === "fetch" ? [`${to.join()}: ${one.refs.map((ref) => ref.slice(0, 2)).join(" ")}`] : []
    })
    .join(", ")

const takes = (author: Author, on: string, from: string, message: DeliveryMessage) =>
  receive(author, on, from, put(author, hexOfMessage(message)))

const elsewhere = "77".repeat(16)

const neverJudged = (): ReadonlyArray<Case> => [
  shows(
    "asks-for-none-of-these",
    "Values whose commits are none, or of another group, epoch or author, or by oneself: nothing is asked for, though they name proposals",
    [clauses.judged],
    (author) => {
      const world = after(author, [])
      const refs = [lost]
      const values = [
        signedBy(world, "D", Uint8Array.of(1, 2, 3), refs),
        naming(world, "D", refs, { group: elsewhere }),
        naming(world, "D", refs, { epoch: 2 }),
        naming(world, "D", refs, { epoch: 0 }),
      ]
      for (const value of values) author.claim(takes(author, "A", "D", bundleOf(world, 1, [value])).length === 0, "nothing")
      const others = [signedBy(world, "B", commitBy(world, "C", refs), refs), naming(world, "A", refs)]
      for (const value of others) author.claim(takes(author, "A", "D", bundleOf(world, 1, [value])).length === 0, "nothing")
      author.claim(author.accepts("delivery-service.shows", { on: "A" }).incomplete === 0, "and nothing waits")
      author.claim(asked(author, takes(author, "A", "D", bundleOf(world, 1, [naming(world, "C", refs)]))) === "D: ab", "of a right one")
    },
  ),
  shows(
    "stuck-looks",
    "C is stuck and knows the faulty one: it votes for B's commit, and for none that is no commit, or of another group or epoch",
    [clauses["stuck-votes"], clauses.judged],
    (author) => {
      const world = after(author, isStuck)
      const values = [
        signedBy(world, "B", Uint8Array.of(1, 2, 3), []),
        naming(world, "B", [], { group: elsewhere }),
        naming(world, "B", [], { epoch: 1 }),
      ]
      for (const value of values) author.claim(takes(author, "C", "D", bundleOf(world, 2, [value])).length === 0, "nothing")
      const sent = takes(author, "C", "D", bundleOf(world, 2, [naming(world, "A", [])]))
      author.claim(kinds(author, sent) === "agreement", "a vote for what A has committed")
    },
  ),
]

/** Statements with which A's last decision was reached: a WITNESS and a READY of each of three voters. */
const decisive = (world: World, electorate: Pick<Electorate, "group" | "epoch">, ref: string) =>
  ["B", "C", "D"].flatMap((user) => {
    const { me, signingSecretKey } = processOf(world, user).state!.tree
    const { first } = processOf(world, user).state!.cascade
    if (electorate.epoch !== first.electorate.epoch) throw new Error("of another epoch")
    return (["witness", "ready"] as const).map((type, seq) => {
      const statement = { type, signer: me, seq, ref }
      return { ...statement, signature: world.primitives.ed25519Sign(signingSecretKey, signedBytes(first, statement)) }
    })
  })

const orders = (): ReadonlyArray<Case> => [
  shows(
    "decides-and-brings-another",
    "A BUNDLE decides a commit and brings another one, whose bytes are of the next epoch: that is not judged, neither now nor then",
    [clauses.judged, clauses.forgets],
    (author) => {
      const world = after(author, [{ cut: [["B"], ["A", "C", "D"]] }, { commit: [], by: "B", as: "cB" }])
      const { value, ref } = processOf(world, "B").state!.cascade.commits[0]!
      const { electorate } = processOf(world, "A").state!.cascade
      const statements = decisive(world, electorate, ref)
      const commits = [value, naming(world, "D", [lost], { epoch: 2 }), naming(world, "C", [lost])]
      takes(author, "A", "C", emptyBundle(world, 2))
      const message = put(author, hexOfMessage(emptyBundle(world, 1, { statements, commits })))
      const { events, send } = author.accepts("delivery-service.receive", { on: "A", from: "D", message })
      author.claim(events.map(({ type, epoch }) => `${type} ${epoch}`).join() === "commit 1", "decided")
      author.claim(asked(author, send) === "", "and nothing is asked for")
      author.claim(author.accepts("delivery-service.shows", { on: "A" }).incomplete === 0, "nothing waits")
    },
  ),
  shows(
    "early-judged",
    "Before its welcome E was sent a commit by A and one by B: it joins, judges A's first, and asks for what each misses",
    [clauses.judged, clauses.welcome],
    (author) => {
      const world = after(author, addedApart)
      const early = (from: string, message: DeliveryMessage) =>
        author.accepts("delivery-service.receive-early", { on: "E", from, message: put(author, hexOfMessage(message)) })
      early("A", bundleOf(world, 2, [naming(world, "A", [lost])]))
      early("B", bundleOf(world, 2, [naming(world, "B", [gone])]))
      const welcome = Hex.encode(processOf(world, "A").state!.past.at(-1)!.decide.welcome!)
      const { send } = author.accepts("delivery-service.join", { on: "E", welcome, sampleSize: 0 })
      author.claim(asked(author, send) === "A: ab, B: ab cd", "A for one, and B for both")
    },
  ),
  shows(
    "silent-judges-nothing",
    "A misses a proposal of B's commit, and is restored before it comes: it passes the proposal on, and says nothing of the commit",
    [clauses["silent-votes"], clauses.judged],
    (author) => {
      const world = after(author, [
        { cut: [["A"], ["B", "C", "D"]] },
        { propose: "update", by: "D", as: "p" },
        { drain: "fifo" },
        { commit: ["p"], by: "B", as: "cB" },
      ])
      const proposal = processOf(world, "B").state!.tree.proposals[0]!
      const { value } = processOf(world, "B").state!.cascade.commits[0]!
      const ref = Hex.encode(proposal.ref)
      author.claim(asked(author, takes(author, "A", "B", bundleOf(world, 1, [value]))) === `B: ${ref.slice(0, 2)}`, "it is missing")
      author.accepts("delivery-service.restore", { on: "A", through: 1 })
      const gossip = takes(author, "A", "B", { type: "gossiping", message: { type: "murmur-gossip", proposal: proposal.proposal } })
      author.claim(kinds(author, gossip) === "gossiping,gossiping,gossiping", "passed on, and no vote")
    },
  ),
]

/** How often a member asks for what it misses. */
const patience = (): ReadonlyArray<Case> => [
  shows(
    "asks-twice-each",
    "A commit misses a proposal that nobody has: its timer asks each of the others twice, and no more; the one of two members asks twice",
    [clauses.complete],
    (author) => {
      for (const [users, turns] of [
        [["A", "B", "C", "D"], 8],
        [["A", "D"], 4],
      ] as const) {
        const world = after(author, [], users)
        author.claim(asked(author, takes(author, "A", "D", bundleOf(world, 1, [naming(world, "D", [lost])]))) === "D: ab", "D first")
        const leaves = processOf(world, "A").state!.tree.members.map(({ user }) => user)
        const ends = () => asked(author, author.accepts("delivery-service.timeout", { on: "A", name: "1/fetch" }).send)
        const found = Array.from({ length: turns }, ends)
        const others = leaves.filter((user) => user !== "A").map((user) => `${user}: ab`)
        author.claim(found.join() === [...others, ...others, "", ""].join(), "each in its turn, twice")
      }
    },
  ),
  shows(
    "asks-on-when-decided",
    "A decided commit misses a proposal: the timer asks on, however often it ends",
    [clauses.complete],
    (author) => {
      const world = after(author, [
        { cut: [["C"], ["A", "B", "D"]] },
        { propose: "update", by: "B", as: "p" },
        { drain: "fifo" },
        { commit: ["p"], by: "A", as: "c1" },
        { settle: 50 },
      ])
      takes(author, "C", "A", { ...processOf(world, "A").state!.past.at(-1)!, proposals: [] })
      for (let turn = 0; turn < 9; turn++) {
        const { send, timers } = author.accepts("delivery-service.timeout", { on: "C", name: "1/fetch" })
        author.claim(kinds(author, send) === "fetch" && timers.length === 1, "asked")
      }
    },
  ),
  shows(
    "fetched-with-what-is-none",
    "A asks for a proposal, and is sent what is none, one that it did not ask for, the one it wants, and what is none again: it is told of one",
    [clauses.complete],
    (author) => {
      const world = after(author, [
        { cut: [["A"], ["B", "C", "D"]] },
        { propose: "update", by: "D", as: "p" },
        { propose: "update", by: "B", as: "q" },
        { drain: "fifo" },
      ])
      const [p, q] = ["D", "B"].map((by) =>
        processOf(world, "C").state!.tree.proposals.find(({ author: leaf }) => leaf === processOf(world, by).state!.tree.me),
      )
      takes(author, "A", "C", bundleOf(world, 1, [naming(world, "D", [Hex.encode(p!.ref)])]))
      const proposals = [Uint8Array.of(1, 2, 3), q!.proposal, p!.proposal, Uint8Array.of(0)]
      const message = put(author, hexOfMessage({ type: "fetched", group: world.group, epoch: 1, proposals }))
      const { events } = author.accepts("delivery-service.receive", { on: "A", from: "C", message })
      author.claim(events.map((event) => ("ref" in event ? event.ref : "")).join() === Hex.encode(p!.ref), "told of p")
    },
  ),
  shows("asks-nobody", "Who is alone and waits for a proposal of a decided commit asks nobody", [clauses.complete], (author) => {
    for (const on of ["alice", "again"]) {
      author.accepts("delivery-service.appear", { on, user: "alice", seed: repeated("alice"), backEnd: "symbolic", number: 0 })
      author.accepts("delivery-service.found", { on, group: groupOfTwo, sampleSize: 0 })
    }
    const appearing = { on: "bob", user: "bob", seed: repeated("bob"), backEnd: "symbolic", number: 0 } as const
    const { keyPackage } = author.accepts("delivery-service.appear", appearing)
    author.accepts("delivery-service.propose", { on: "alice", proposing: { type: "add", keyPackage } })
    author.accepts("delivery-service.commit", { on: "alice", references: null })
    const [answer] = receive(author, "alice", "bob", fetch(author, { group: groupOfTwo }, 0))
    const decision = said(author, answer!.message)
    if (decision.type !== "decision") return author.disagree("no decision")
    const message = put(author, hexOfMessage({ ...decision, proposals: [] }))
    const nothing = { send: [], events: [], timers: [] }
    author.gives("delivery-service.receive", { on: "again", from: "bob", message }, nothing)
    author.gives("delivery-service.timeout", { on: "again", name: "0/fetch" }, nothing)
    const told = author.accepts("delivery-service.receive", { on: "again", from: "bob", message: answer!.message })
    author.claim(told.events.map(({ type }) => type).join() === "proposal,stuck", "it has waited")
  }),
]

export default caseFile({ part: "delivery-service", chapter: "delivery-service-judged", layer: "delivery-service", flags: {} }, () =>
  [...neverJudged(), ...orders(), ...patience()].map(withoutTraces),
)
