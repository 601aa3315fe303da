/** The layer "cascade": what goes out before what, which commits are proposed when they are too many, and what is done after the end. */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { CascadeMessage, CommitValue, clauses } from "../../../spec/delivery-service/cascade.ts"
import { Statement } from "../../../spec/delivery-service/cooperation.ts"
import { retractInput } from "../../../spec/delivery-service/restrained-consensus.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { first, hexOf } from "../people.ts"
import { authorPrimitives } from "../primitives.ts"
import { ascending, bundle, certificateOf, commitOf, decideOf, four, setOf, settled, uniqueCommit } from "./cascade-evidence.ts"
import { CascadeVoters, type CommitJson, messageOf } from "./cascade-voters.ts"
import { chainOf, named, secretKeyOf, signedStatement } from "./cooperation-voters.ts"

/** A message that was sent. */
export const decoded = (message: string) => Result.getOrThrow(decodeWire(CascadeMessage, bytesOf(message)))

/** What was sent, as "bundle 1 to all". */
export const said = (send: ReadonlyArray<{ readonly to: "all" | ReadonlyArray<number>; readonly message: string }>): string =>
  send
    .map(({ to, message }) => {
      const sent = decoded(message)
      return `${sent.type}${sent.type === "bundle" ? ` ${sent.instance}` : ""} to ${to}`
    })
    .join("; ")

/** A RETRACT of a user. */
export const retractOf = (user: string) => {
  const { group, epoch } = four
  const retractor = first(4).indexOf(user)
  const covered = encodeCbor(retractInput(bytesOf(group), epoch, retractor))
  return {
    type: "retract",
    group,
    epoch,
    retractor,
    signature: Hex.encode(authorPrimitives.ed25519Sign(bytesOf(secretKeyOf(user)), covered)),
  }
}

/** A commit of a user with this content that names so many proposals. */
const naming = (author: Author, leaf: number, content: string, count: number): CommitJson =>
  author.accepts("cascade.commit", {
    electorate: four,
    secretKey: secretKeyOf(first(4)[leaf]!),
    author: leaf,
    proposals: Array.from({ length: count }, (_, index) => named(`proposal ${index}`)),
    commit: hexOf(content),
    welcome: null,
  })

/** bob has retracted, and alice gets statements on her commit and on his: the timers of restrained consensus and of conflict begin. */
const disputed = (author: Author) => {
  const voters = new CascadeVoters(author, four, ["alice"])
  const [one, two] = [commitOf(author, four, "alice"), commitOf(author, four, "bob")]
  voters.propose("alice", one)
  settled(author, "alice", messageOf(retractOf("bob")))
  const statements = [1, 2, 3].flatMap((leaf) => chainOf(four, leaf, leaf === 3 ? [one.ref] : [two.ref, one.ref], one.ref))
  return { one, two, output: settled(author, "alice", messageOf(bundle({ statements, commits: [two.value] }))) }
}

const orders = (): ReadonlyArray<Case> => [
  aCase(
    "cascade/ends-at-once",
    {
      title: "bob has retracted: alice's restrained consensus ends as it begins; ENDORSE, both BUNDLEs, and its timer begins all the same",
      clauses: [clauses["all-certified"]],
    },
    (author) => {
      const { send, timers } = disputed(author).output
      author.claim(said(send) === "endorse to 1; bundle 1 to all; bundle 2 to all", said(send))
      author.claim(timers.map(({ name }) => name).join() === "conflict,restrained", "both, in this order")
    },
  ),
  aCase(
    "cascade/eight-of-nine",
    {
      title: "Of nine commits that are accepted the eight are proposed that come first in the order of the choice",
      clauses: [clauses["all-certified"], clauses.choice],
    },
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const commits = ascending(
        [0, 0, 0, 1, 1, 1, 3, 3, 3].map((leaf, index) => naming(author, leaf, `commit ${index}`, index === 4 ? 0 : 1)),
      )
      const refs = commits.map(({ ref }) => ref)
      const last = commits.find(({ value }) => value.proposals.length === 0)!
      author.claim(last !== commits.at(-1), "the one without proposals has not the highest ref")
      const statements = [0, 1, 3].flatMap((leaf) => [
        ...refs.map((ref, seq) => signedStatement(four, { type: "witness", signer: leaf, seq, ref })),
        ...refs.map((ref, index) => signedStatement(four, { type: "ready", signer: leaf, seq: 9 + index, ref })),
      ])
      settled(author, "carol", messageOf(bundle({ statements, commits: commits.map(({ value }) => value) })))
      const { send } = author.accepts("cascade.timeout", { on: "carol", name: "conflict" })
      const sent = decoded(send[0]!.message)
      const proposed = sent.type === "bundle" ? sent.sets.map((set) => set.commits.map(({ ref }) => ref).join()) : []
      author.claim(proposed.join() === refs.filter((ref) => ref !== last.ref).join(), "all but that one, in ascending order")
    },
  ),
  aCase(
    "cascade/after-decision",
    {
      title: "After the decision a DECIDE is not looked at, and whatever else comes is answered by ours",
      clauses: [clauses["sends-decide"], clauses["decide-evidence"]],
    },
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const [one, two] = [commitOf(author, four, "alice"), commitOf(author, four, "bob")]
      const decide = decideOf(four, [one], uniqueCommit(certificateOf(four, one.ref)))
      settled(author, "carol", messageOf(decide))
      const wrong = decideOf(four, [two], uniqueCommit(certificateOf(four, one.ref)))
      const nothing = { send: [], judge: [], timers: [], decision: one.ref }
      author.gives("cascade.receive", { on: "carol", from: 1, message: messageOf(wrong) }, nothing)
      author.gives("cascade.receive", { on: "carol", from: 1, message: messageOf(decide) }, nothing)
      const unsigned = messageOf({ ...retractOf("bob"), signature: "00".repeat(64) })
      const { send } = author.accepts("cascade.receive", { on: "carol", from: 1, message: unsigned })
      author.claim(said(send) === "decide to 1", "also what would be refused")
      author.refuses(clauses.epoch, "cascade.receive", { on: "carol", from: 1, message: messageOf({ ...wrong, epoch: 8 }) })
    },
  ),
  aCase(
    "cascade/set-linked",
    { title: "WITNESSes of a set that are not linked make no quorum of it", clauses: [clauses["sets-bounded"]] },
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const commit = commitOf(author, four, "alice")
      const ref = setOf(author, four, [commit])
      const sets = [{ commits: [{ ref: commit.ref, certificate: certificateOf(four, commit.ref) }] }]
      const statements = [0, 1, 3].map((signer) => signedStatement(four, { type: "witness", signer, seq: 1, ref }, 2))
      author.claim(settled(author, "carol", messageOf(bundle({ instance: 2, statements, sets }))).send.length === 0, "not known")
      const before = [0, 1, 3].map((signer) => signedStatement(four, { type: "witness", signer, seq: 0, ref: named("first") }, 2))
      const linked = settled(author, "carol", messageOf(bundle({ instance: 2, statements: before, sets })))
      author.claim(said(linked.send) === "bundle 2 to all", "known, and carol signs")
    },
  ),
]

/** How many bytes of statements and commits these BUNDLEs have. */
const lengthOf = (send: ReturnType<typeof proposes>): number =>
  send
    .flatMap(({ message }) => {
      const sent = decoded(message)
      if (sent.type !== "bundle") return []
      return [
        ...sent.statements.map((one) => encodeWire(Statement, one).length),
        ...sent.commits.map((one) => encodeWire(CommitValue, one).length),
      ]
    })
    .reduce((sum, length) => sum + length, 0)

/** alice proposes a commit with which her first BUNDLE has so many bytes of statements and commits; gives what goes out. */
const proposes = (author: Author, length: number) => {
  new CascadeVoters(author, four, ["alice"])
  // Beside the bytes of the commit itself a WITNESS and a commit value have 177.
  const { value } = naming(author, 0, "x".repeat(length - 177), 0)
  const { send } = author.accepts("cascade.propose", { on: "alice", value })
  author.claim(lengthOf(send) === length, `${lengthOf(send)} bytes`)
  return send
}

const ends = (): ReadonlyArray<Case> => [
  aCase(
    "cascade/nothing-after-the-decision",
    {
      title: "Timers of alice run, and then she decides: her own proposal, what she finds valid, and the end of a timer change nothing",
      clauses: [clauses["sends-decide"]],
    },
    (author) => {
      const { one, two, output } = disputed(author)
      const { timers } = output
      author.claim(timers.map(({ name }) => name).join() === "conflict,restrained", "two timers run")
      const decide = decideOf(four, [one], uniqueCommit(certificateOf(four, one.ref)))
      const { decision } = settled(author, "alice", messageOf(decide))
      author.claim(decision !== null, "she decides")
      const nothing = { send: [], judge: [], timers: [], decision }
      author.gives("cascade.propose", { on: "alice", value: naming(author, 0, "another", 0).value }, nothing)
      author.gives("cascade.validate", { on: "alice", ref: two.ref }, nothing)
      for (const { name } of timers) author.gives("cascade.timeout", { on: "alice", name }, nothing)
    },
  ),
  aCase(
    "cascade/timer-that-has-not-begun",
    { title: "The end of a timer is told that has not begun: nothing happens", clauses: [clauses["all-certified"]] },
    (author) => {
      const voters = new CascadeVoters(author, four, ["alice"])
      voters.propose("alice", commitOf(author, four, "alice"))
      for (const name of ["conflict", "restrained", "relax/1", "relax/2", "propose/0", "prevote/0"])
        author.gives("cascade.timeout", { on: "alice", name }, { send: [], judge: [], timers: [], decision: null })
    },
  ),
]

const parts = (): ReadonlyArray<Case> => [
  aCase(
    "cascade/bundle-parts",
    { title: "32,768 bytes of statements and commits are one BUNDLE, one byte more are two", clauses: [clauses.parts] },
    (author) => {
      author.claim(said(proposes(author, 32_768)) === "bundle 1 to all", "one")
      const two = proposes(author, 32_769)
      const contents = two.map(({ message }) => {
        const sent = decoded(message)
        return sent.type === "bundle" ? `${sent.statements.length} ${sent.commits.length}` : ""
      })
      author.claim(contents.join() === "1 0,0 1", "the statement, and then the commit")
    },
  ),
]

/** The layer "cascade". */
export default caseFile({ part: "delivery-service", chapter: "cascade-orders", layer: "cascade", flags: {} }, () => [
  ...orders(),
  ...ends(),
  ...parts(),
])
