/** The layer "cascade": timers that have begun or not, what comes in which order, and which evidence decides. */
import { Result } from "effect"
import { bytesOf } from "../../../reference/conventions.ts"
import { decodeWire } from "../../../spec/conventions/encoding.ts"
import { CascadeMessage, clauses } from "../../../spec/delivery-service/cascade.ts"
import { clauses as cooperation } from "../../../spec/delivery-service/cooperation.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { first } from "../people.ts"
import {
  ascending,
  bundle,
  certificateOf,
  commitOf,
  decideOf,
  four,
  setOf,
  setProposal,
  settled,
  stranger,
  uniqueCommit,
} from "./cascade-evidence.ts"
import { retractOf, said } from "./cascade-orders.ts"
import { CascadeVoters, type CommitJson, messageOf } from "./cascade-voters.ts"
import { consensusMessagesOf } from "./consensus-messages.ts"
import { chainOf, electorateOf, signedStatement } from "./cooperation-voters.ts"

const five = electorateOf(5, 1)
const nothing = { send: [], judge: [], timers: [], decision: null }

const witnessIn = (instance: 1 | 2, signer: number, ref: string) =>
  signedStatement(five, { type: "witness", signer, seq: 0, ref }, instance)

/** Of five voters alice and bob witness the first value, and dave the second: with carol four have spoken, and the second is under θ. */
const underThreshold = (instance: 1 | 2, one: string, two: string) => [
  ...[0, 1].map((signer) => witnessIn(instance, signer, one)),
  witnessIn(instance, 3, two),
]

const namesOf = ({ timers }: { readonly timers: ReadonlyArray<{ readonly name: string }> }) => timers.map(({ name }) => name).join()

const commitsOf = (author: Author, electorate: typeof five, ...users: ReadonlyArray<string>) =>
  users.map((user) => commitOf(author, electorate, user))

const relaxing = (): ReadonlyArray<Case> => [
  aCase(
    "cascade/relax-first",
    {
      title: "The end of `relax/1` is told before it has begun, and once more when it has: only then is a commit under θ witnessed",
      clauses: [cooperation.unlock],
    },
    (author) => {
      new CascadeVoters(author, five, ["carol"])
      author.gives("cascade.timeout", { on: "carol", name: "relax/1" }, nothing)
      const [one, two] = commitsOf(author, five, "alice", "bob") as [CommitJson, CommitJson]
      settled(author, "carol", messageOf(bundle({ commits: [one.value, two.value] })))
      for (const { ref } of [one, two]) author.accepts("cascade.validate", { on: "carol", ref })
      const output = settled(author, "carol", messageOf(bundle({ statements: underThreshold(1, one.ref, two.ref) })))
      author.claim(output.send.length === 0 && namesOf(output) === "relax/1", "she has witnessed the first, and not the second")
      const { send } = author.accepts("cascade.timeout", { on: "carol", name: "relax/1" })
      author.claim(said(send) === "bundle 1 to all", "now she witnesses the second")
    },
  ),
  aCase(
    "cascade/relax-second",
    { title: "When `relax/2` is over, a set under θ is witnessed", clauses: [cooperation.unlock] },
    (author) => {
      new CascadeVoters(author, five, ["carol"])
      const commits = commitsOf(author, five, "alice", "bob")
      const sets = commits.map(({ ref }) => ({ commits: [{ ref, certificate: certificateOf(five, ref) }] }))
      const [one, two] = commits.map((commit) => setOf(author, five, [commit])) as [string, string]
      const message = bundle({ instance: 2, statements: underThreshold(2, one, two), sets })
      const output = settled(author, "carol", messageOf(message))
      author.claim(said(output.send) === "bundle 2 to all" && namesOf(output) === "relax/2", "she witnesses the first")
      const { send } = author.accepts("cascade.timeout", { on: "carol", name: "relax/2" })
      author.claim(said(send) === "bundle 2 to all", "and now the second")
      author.gives("cascade.timeout", { on: "carol", name: "relax/2" }, nothing)
    },
  ),
]

const rounds = (): ReadonlyArray<Case> => [
  aCase(
    "cascade/precommit-timer",
    {
      title: "The end of `precommit/0` is told before it has begun, and when carol has decided: no round begins",
      clauses: [clauses["sends-decide"]],
    },
    (author) => {
      const { commits, certified, of, one } = setProposal(author)
      author.gives("cascade.timeout", { on: "carol", name: "precommit/0" }, nothing)
      author.accepts("cascade.receive", { on: "carol", from: 3, message: of([certified(commits[0]!)], one) })
      author.gives("cascade.timeout", { on: "carol", name: "precommit/0" }, nothing)
      const votes = consensusMessagesOf(four).precommits(0, null, "alice", "bob", "dave")
      const began = votes.map((vote) => namesOf(settled(author, "carol", messageOf(vote))))
      author.claim(began.at(-1) === "precommit/0", "with three votes it begins")
      const [commit] = commits as [CommitJson]
      const { decision } = settled(author, "carol", messageOf(decideOf(four, [commit], uniqueCommit(certificateOf(four, commit.ref)))))
      author.claim(decision === commit.ref, "she decides")
      author.gives("cascade.timeout", { on: "carol", name: "precommit/0" }, { ...nothing, decision })
    },
  ),
  aCase(
    "cascade/timers-order",
    {
      title:
        "alice's commit is accepted beside those of bob and dave, who have retracted, and others have accepted the set of it: all four timers begin in the order of the steps",
      clauses: [clauses["all-certified"]],
    },
    (author) => {
      const voters = new CascadeVoters(author, four, ["alice"])
      const [one, two, three] = commitsOf(author, four, "alice", "bob", "dave") as [CommitJson, CommitJson, CommitJson]
      voters.propose("alice", one)
      for (const user of ["bob", "dave"]) settled(author, "alice", messageOf(retractOf(user)))
      settled(author, "alice", messageOf(bundle({ commits: [two.value, three.value] })))
      const set = setOf(author, four, [one])
      const accepted = [1, 2, 3].flatMap((leaf) => chainOf(four, leaf, [stranger, set], set, 2))
      settled(author, "alice", messageOf(bundle({ instance: 2, statements: accepted })))
      const statements = [1, 2, 3].flatMap((leaf) => chainOf(four, leaf, [leaf === 3 ? three.ref : two.ref], one.ref))
      const output = settled(author, "alice", messageOf(bundle({ statements })))
      author.claim(namesOf(output) === "conflict,restrained,propose/0,relax/1", namesOf(output))
      author.claim(output.decision === null, "nothing is decided")
    },
  ),
]

/** By what evidence a DECIDE that was sent decides. */
const evidenceIn = (send: ReadonlyArray<{ readonly message: string }>): string => {
  const sent = Result.getOrThrow(decodeWire(CascadeMessage, bytesOf(send[0]!.message)))
  return sent.type === "decide" ? sent.evidence.type : sent.type
}

const evidence = (): ReadonlyArray<Case> => [
  aCase(
    "cascade/first-evidence",
    {
      title: "A commit is missing, of which all evidence is here: with it the first cooperation decides, then the second, then precommits",
      clauses: [clauses["early-decision"]],
    },
    (author) => {
      for (const expected of ["unique-commit", "unique-set", "precommitted"]) {
        const { commits, certified, of, one } = setProposal(author)
        const [commit] = commits as [CommitJson]
        author.accepts("cascade.receive", { on: "carol", from: 3, message: of([certified(commit)], one) })
        const votes = consensusMessagesOf(four).precommits(0, one, "alice", "bob", "dave")
        const decisions = votes.map((vote) => settled(author, "carol", messageOf(vote)).decision)
        const second = bundle({ instance: 2, statements: certificateOf(four, one, { instance: 2 }).flat() })
        if (expected !== "precommitted") decisions.push(settled(author, "carol", messageOf(second)).decision)
        const statements = certificateOf(four, commit.ref).flat()
        if (expected === "unique-commit") decisions.push(settled(author, "carol", messageOf(bundle({ statements }))).decision)
        author.claim(
          decisions.every((decision) => decision === null),
          "the commit is not here",
        )
        const { send } = settled(author, "carol", messageOf(bundle({ commits: [commit.value] })))
        author.claim(evidenceIn(send) === expected, expected)
      }
    },
  ),
  aCase(
    "cascade/two-unique",
    {
      title: "Three liars are ready for two commits, of which both have a unique certificate: the one with the lower ref is decided",
      clauses: [clauses["early-decision"]],
    },
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const commits = ascending(commitsOf(author, four, "alice", "bob"))
      const [low, high] = commits.map(({ ref }) => ref) as [string, string]
      settled(author, "carol", messageOf(bundle({ commits: commits.map(({ value }) => value) })))
      const statements = [0, 1, 3].flatMap((signer) =>
        [high, low].map((ref, seq) => signedStatement(four, { type: "ready", signer, seq, ref })),
      )
      const { decision, send } = settled(author, "carol", messageOf(bundle({ statements })))
      author.claim(decision === low && said(send) === "decide to all", "the lower one")
    },
  ),
  aCase(
    "cascade/fast-path-uncertified",
    {
      title: "With the fast path a commit is accepted without READYs: it has no certificate, and is not proposed when `conflict` is over",
      clauses: [clauses["all-certified"]],
    },
    (author) => {
      const six = electorateOf(6, 1, { fastPath: 1 })
      new CascadeVoters(author, six, ["carol"])
      const commit = commitOf(author, six, "alice")
      const others = first(6).flatMap((user, leaf) => (user === "carol" ? [] : [leaf]))
      const statements = others.map((signer) => signedStatement(six, { type: "witness", signer, seq: 0, ref: commit.ref }))
      const output = settled(author, "carol", messageOf(bundle({ statements, commits: [commit.value] })))
      author.claim(namesOf(output) === "conflict", "it is accepted")
      author.gives("cascade.timeout", { on: "carol", name: "conflict" }, nothing)
    },
  ),
  aCase(
    "cascade/fast-path-uncertified-set",
    {
      title:
        "With the fast path a set is accepted without READYs of others: it has no certificate, and is not admitted in global consensus",
      clauses: [clauses["all-certified"]],
    },
    (author) => {
      const six = electorateOf(6, 1, { fastPath: 1 })
      new CascadeVoters(author, six, ["carol"])
      const commit = commitOf(author, six, "alice")
      const others = [0, 1, 3, 4, 5]
      const certificate = others.map((leaf) => chainOf(six, leaf, [commit.ref], commit.ref))
      const ref = setOf(author, six, [commit])
      const statements = others.map((signer) => signedStatement(six, { type: "witness", signer, seq: 0, ref }, 2))
      const sets = [{ commits: [{ ref: commit.ref, certificate }] }]
      const output = settled(author, "carol", messageOf(bundle({ instance: 2, statements, commits: [commit.value], sets })))
      author.claim(said(output.send) === "bundle 2 to all" && namesOf(output) === "", "she is ready, and no round begins")
    },
  ),
]

/** The layer "cascade". */
export default caseFile({ part: "delivery-service", chapter: "cascade-timers", layer: "cascade", flags: {} }, () => [
  ...relaxing(),
  ...rounds(),
  ...evidence(),
])
