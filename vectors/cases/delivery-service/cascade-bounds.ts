/** The layer "cascade": what is known beyond the bounds, decisions that wait for a commit, and the messages as bytes. */
import { Result } from "effect"
import { bytesOf } from "../../../reference/conventions.ts"
import { decodeWire, clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { CascadeMessage, clauses } from "../../../spec/delivery-service/cascade.ts"
import { type Author, aCase, type Case, caseFile, fork, type ParamsOf, twins } from "../author.ts"
import { first, hexOf } from "../people.ts"
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
import { CascadeVoters, type CommitJson, messageOf } from "./cascade-voters.ts"
import { consensusMessagesOf } from "./consensus-messages.ts"
import { secretKeyOf, signedStatement } from "./cooperation-voters.ts"

/** Three commits, one of bob and two of dave; ascending. */
const threeCommits = (author: Author): ReadonlyArray<CommitJson> =>
  ascending(
    [1, 3, 3].map((leaf, index) =>
      author.accepts("cascade.commit", {
        electorate: four,
        secretKey: secretKeyOf(first(4)[leaf]!),
        author: leaf,
        proposals: [],
        commit: hexOf(`commit ${index}`),
        welcome: null,
      }),
    ),
  )

/** All parts of these that are not empty. */
const parts = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: 2 ** all.length - 1 }, (_, number) => all.filter((_one, place) => ((number + 1) >> place) % 2 === 1))

interface NamedSet {
  readonly ref: string
  readonly set: { readonly commits: ReadonlyArray<{ readonly ref: string; readonly certificate: ReturnType<typeof certificateOf> }> }
}

/** All sets of these commits. */
const setsOf = (author: Author, commits: ReadonlyArray<CommitJson>): ReadonlyArray<NamedSet> => {
  const certificates = new Map(commits.map(({ ref }) => [ref, certificateOf(four, ref).map((chain) => chain.slice(-1))]))
  return parts(commits).map((part) => ({
    ref: setOf(author, four, part),
    set: { commits: part.map(({ ref }) => ({ ref, certificate: certificates.get(ref)! })) },
  }))
}

/** The WITNESSes of a voter of these sets, numbered from 0. */
const witnessedBy = (signer: number, sets: ReadonlyArray<NamedSet>) =>
  sets.map(({ ref }, seq) => signedStatement(four, { type: "witness", signer, seq, ref }, 2))

/** The sets that are known, in a BUNDLE of the second cooperation that was sent. */
const setsIn = (send: ReadonlyArray<{ readonly message: string }>): number =>
  send.flatMap(({ message }) => {
    const sent = Result.getOrThrow(decodeWire(CascadeMessage, bytesOf(message)))
    return sent.type === "bundle" ? sent.sets : []
  }).length

const bounded = (): ReadonlyArray<Case> => [
  aCase(
    "cascade/sets-bounded",
    {
      title: "dave witnesses seven sets: carol knows the one that he witnesses first, and two when his first statement is another, too",
      clauses: [clauses["sets-bounded"]],
    },
    (author) => {
      const named = setsOf(author, threeCommits(author))
      const sets = named.map(({ set }) => set)
      const [one, two, three] = named as [NamedSet, NamedSet, NamedSet]
      const known = (statements: ReturnType<typeof witnessedBy>) => {
        new CascadeVoters(author, four, ["carol"])
        return setsIn(settled(author, "carol", messageOf(bundle({ instance: 2, statements, sets }))).send)
      }
      author.claim(known(witnessedBy(3, named)) === 1, "the one with the number 0")
      author.claim(known(witnessedBy(3, named.toReversed())) === 1, "the one with the number 0, which is the last in the BUNDLE")
      const firsts = [one, two, three].flatMap((set) => witnessedBy(3, [set]))
      author.claim(known(firsts) === 2, "of three with the number 0 two are held")
      author.claim(known([...firsts, ...witnessedBy(0, [three])]) === 3, "the third is the first of alice")
    },
  ),
  aCase(
    "cascade/set-quorum",
    {
      title: "A set that is nobody's first here is known when a witness quorum has witnessed it",
      clauses: [clauses["sets-bounded"]],
    },
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const [one, two] = setsOf(author, threeCommits(author)) as [NamedSet, NamedSet]
      const two3 = witnessedBy(3, [one, two])
      const quiet = bundle({ instance: 2, statements: [...two3, ...witnessedBy(1, [one, two])], sets: [two.set] })
      author.claim(setsIn(settled(author, "carol", messageOf(quiet)).send) === 0, "two WITNESSes with the number 1")
      const third = bundle({ instance: 2, statements: witnessedBy(0, [one, two]), sets: [two.set] })
      author.claim(setsIn(settled(author, "carol", messageOf(third)).send) === 1, "three")
    },
  ),
  aCase(
    "cascade/set-unwitnessed",
    { title: "A set that nobody has witnessed is dropped, though it is certified", clauses: [clauses["sets-bounded"]] },
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const commit = commitOf(author, four, "alice")
      const sets = [{ commits: [{ ref: commit.ref, certificate: certificateOf(four, commit.ref) }] }]
      author.claim(settled(author, "carol", messageOf(bundle({ instance: 2, sets }))).send.length === 0, "carol does not witness it")
      const statement = signedStatement(four, { type: "witness", signer: 1, seq: 0, ref: setOf(author, four, [commit]) }, 2)
      author.claim(
        settled(author, "carol", messageOf(bundle({ instance: 2, statements: [statement], sets }))).send.length === 1,
        "now it does",
      )
    },
  ),
  aCase(
    "cascade/set-commits",
    { title: "A fifth commit of alice is known when a set names it, in the same BUNDLE", clauses: [clauses["set-commits"]] },
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const commits = Array.from({ length: 5 }, (_, index) =>
        author.accepts("cascade.commit", {
          electorate: four,
          secretKey: secretKeyOf("alice"),
          author: 0,
          proposals: [],
          commit: hexOf(`commit ${index}`),
          welcome: null,
        }),
      )
      const fifth = commits[4]!
      const first = settled(author, "carol", messageOf(bundle({ commits: commits.map(({ value }) => value) })))
      author.claim(first.judge.length === 4, "four")
      const statement = signedStatement(four, { type: "witness", signer: 3, seq: 0, ref: setOf(author, four, [fifth]) }, 2)
      const sets = [{ commits: [{ ref: fifth.ref, certificate: certificateOf(four, fifth.ref) }] }]
      const again = settled(author, "carol", messageOf(bundle({ instance: 2, statements: [statement], commits: [fifth.value], sets })))
      author.claim(again.judge.join() === fifth.ref, "the fifth")
    },
  ),
]

/** Lists at their bounds, as bytes. */
const lists = (): ReadonlyArray<Case> => [
  ...twins("cascade/encoding-proposals", encoding.shape, "A commit value with 513 proposals", (author) => {
    const { value } = commitOf(author, four, "alice")
    const refs = Array.from({ length: 513 }, (_, index) => index.toString(16).padStart(64, "0"))
    const [right, wrong] = [512, 513].map((count) => {
      const { bytes } = author.accepts("agreement.encode", {
        type: "commit-value",
        value: { ...value, proposals: refs.slice(0, 512) } as never,
      })
      // An array of 512 begins with 990200, and one of 513 has an element more.
      return count === 512 ? bytes : bytes.replace("990200", `9902015820${refs[512]!}`)
    })
    return fork("agreement.decode", { type: "commit-value", bytes: right! }, { bytes: wrong! })
  }),
  ...twins("cascade/encoding-set", encoding.shape, "A set of nine commits", (author) => {
    const certificate = certificateOf(four, stranger).map((chain) => chain.slice(-1))
    const one = { ref: stranger, certificate }
    const of = (count: number) => {
      const { bytes } = author.accepts("agreement.encode", {
        type: "set-value",
        value: { commits: Array.from({ length: 8 }, () => one) } as never,
      })
      const element = bytes.slice(4, 4 + (bytes.length - 4) / 8)
      return count === 8 ? bytes : `8189${bytes.slice(4)}${element}`
    }
    return fork("agreement.decode", { type: "set-value", bytes: of(8) }, { bytes: of(9) })
  }),
]

/** Decisions that wait for a commit that is not known yet. */
const awaited = (): ReadonlyArray<Case> => [
  aCase(
    "cascade/awaits-commit",
    { title: "A unique certificate comes before its commit: with the commit it decides", clauses: [clauses["early-decision"]] },
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const commit = commitOf(author, four, "alice")
      const statements = certificateOf(four, commit.ref).flat()
      author.claim(settled(author, "carol", messageOf(bundle({ statements }))).decision === null, "what would it decide?")
      author.claim(settled(author, "carol", messageOf(bundle({ commits: [commit.value] }))).decision === commit.ref, "this")
    },
  ),
  aCase(
    "cascade/awaits-commit-of-set",
    { title: "A set has a unique certificate, and one of its two commits is not known yet", clauses: [clauses["early-decision"]] },
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const commits = ascending(["alice", "bob"].map((user) => commitOf(author, four, user)))
      const [one, two] = commits as [CommitJson, CommitJson]
      const ref = setOf(author, four, commits)
      const sets = [{ commits: commits.map((commit) => ({ ref: commit.ref, certificate: certificateOf(four, commit.ref) })) }]
      const statements = certificateOf(four, ref, { instance: 2 }).flat()
      const before = bundle({ instance: 2, statements, sets, commits: [one.value] })
      author.claim(settled(author, "carol", messageOf(before)).decision === null, "one of two")
      const { decision } = settled(author, "carol", messageOf(bundle({ commits: [two.value] })))
      author.claim(decision !== null, "both")
    },
  ),
  aCase(
    "cascade/awaits-commit-precommitted",
    { title: "Global consensus has decided a set, and one of its two commits is not known yet", clauses: [clauses["early-decision"]] },
    (author) => {
      const { commits, certified, of } = setProposal(author)
      const both = ascending(commits)
      const [one, two] = both as [CommitJson, CommitJson]
      const ref = setOf(author, four, both)
      settled(author, "carol", messageOf(bundle({ commits: [one.value] })))
      author.accepts("cascade.receive", { on: "carol", from: 3, message: of(both.map(certified), ref) })
      const votes = consensusMessagesOf(four).precommits(0, ref, "alice", "bob", "dave")
      const decisions = votes.map((vote) => settled(author, "carol", messageOf(vote)).decision)
      author.claim(
        decisions.every((decision) => decision === null),
        "one of two",
      )
      author.claim(settled(author, "carol", messageOf(bundle({ commits: [two.value] }))).decision !== null, "both")
    },
  ),
  aCase(
    "cascade/encoding",
    { title: "A commit value, a set and each message as bytes", clauses: [encoding.shape, encoding.canonical] },
    (author) => {
      const { commits, certified, of, one } = setProposal(author)
      const commit = commits[0]!
      const same = (type: ParamsOf<"agreement.encode">["type"], value: unknown, wrong: ParamsOf<"agreement.encode">["type"]) => {
        const { bytes } = author.accepts("agreement.encode", { type, value: value as never })
        author.gives("agreement.decode", { type, bytes }, { value: value as never })
        author.refuses(encoding.shape, "agreement.decode", { type: wrong, bytes })
      }
      same("commit-value", commit.value, "set-value")
      same("set-value", { commits: [certified(commit)] }, "commit-value")
      const decide = decideOf(four, [commit], uniqueCommit(certificateOf(four, commit.ref)))
      for (const value of [bundle({ commits: [commit.value] }), decide]) same("cascade-message", value, "vote")
      const proposal = of([certified(commit)], one)
      const { value } = author.accepts("agreement.decode", { type: "cascade-message", bytes: proposal })
      author.gives("agreement.encode", { type: "cascade-message", value }, { bytes: proposal })
    },
  ),
]

/** The layer "cascade". */
export default caseFile({ part: "delivery-service", chapter: "cascade-bounds", layer: "cascade", flags: {} }, () => [
  ...bounded(),
  ...lists(),
  ...awaited(),
])
