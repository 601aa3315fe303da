/** The layer "cascade": what a DECIDE and the PROPOSAL of a set have to show, each fault by itself, and electorates whose thresholds differ. */
import { clauses } from "../../../spec/delivery-service/cascade.ts"
import { clauses as cooperation } from "../../../spec/delivery-service/cooperation.ts"
import { clauses as consensus } from "../../../spec/delivery-service/global-consensus.ts"
import { clauses as restrained } from "../../../spec/delivery-service/restrained-consensus.ts"
import { type Author, aCase, type Case, caseFile, fork, type ParamsOf, twins } from "../author.ts"
import { first, hexOf } from "../people.ts"
import { CascadeVoters, type CommitJson, type DecideJson, decidedOf, messageOf } from "./cascade-voters.ts"
import { consensusMessagesOf } from "./consensus-messages.ts"
import { chainOf, type ElectorateJson, electorateOf, named, secretKeyOf, signedStatement } from "./cooperation-voters.ts"

/** Four voters, one of whom may be faulty. */
export const four = electorateOf(4, 1)
/** A value that is none of the commits. */
export const stranger = named("another value")

type EvidenceJson = DecideJson["evidence"]

/** A commit of one of the first users. */
export const commitOf = (author: Author, electorate: ElectorateJson, user: string, signer = user): CommitJson =>
  author.accepts("cascade.commit", {
    electorate,
    secretKey: secretKeyOf(signer),
    author: first(10).indexOf(user),
    proposals: [],
    commit: hexOf(`commit of ${user}`),
    welcome: null,
  })

/** Chains of the first `count` voters up to READY of a value; those of `stray` have witnessed another before. */
export const certificateOf = (
  electorate: ElectorateJson,
  ref: string,
  { count = electorate.voters.length - electorate.faults, instance = 1 as 1 | 2, stray = [] as ReadonlyArray<number> } = {},
) => Array.from({ length: count }, (_, leaf) => chainOf(electorate, leaf, stray.includes(leaf) ? [stranger, ref] : [ref], ref, instance))

/** In ascending order of the refs. */
export const ascending = (commits: ReadonlyArray<CommitJson>) => commits.toSorted((a, b) => (a.ref < b.ref ? -1 : 1))

/** A DECIDE of these commits. */
export const decideOf = ({ group, epoch }: ElectorateJson, commits: ReadonlyArray<CommitJson>, evidence: EvidenceJson): DecideJson => ({
  type: "decide",
  group,
  epoch,
  ...decidedOf(commits),
  evidence,
})

/** Evidence by the first cooperation. */
export const uniqueCommit = (certificate: ReturnType<typeof certificateOf>): EvidenceJson => ({ type: "unique-commit", certificate })
const uniqueSet = (certificate: ReturnType<typeof certificateOf>): EvidenceJson => ({ type: "unique-set", certificate })

/** The ref of a set. */
export const setOf = (author: Author, electorate: ElectorateJson, commits: ReadonlyArray<CommitJson>): string =>
  author.accepts("cascade.set", { electorate, refs: commits.map(({ ref }) => ref) }).ref

/** A DECIDE of alice's commit by chains of the first cooperation, right and wrong. */
const chains = (
  id: string,
  title: string,
  electorate: ElectorateJson,
  right: Parameters<typeof certificateOf>[2],
  wrong: Parameters<typeof certificateOf>[2],
) =>
  twins(`cascade/${id}`, clauses["decide-evidence"], title, (author) => {
    const commit = commitOf(author, electorate, "alice")
    const of = (options: Parameters<typeof certificateOf>[2]) =>
      decideOf(electorate, [commit], uniqueCommit(certificateOf(electorate, commit.ref, options)))
    return fork("cascade.verify-decide", { electorate, decide: of(right) }, { decide: of(wrong) })
  })

/** A DECIDE of the commits of alice and bob by PRECOMMITs, right and wrong. */
const precommitted = (
  id: string,
  title: string,
  electorate: ElectorateJson,
  wrong: (
    votes: ReturnType<ReturnType<typeof consensusMessagesOf>["decisive"]>,
    ref: string,
  ) => ReturnType<ReturnType<typeof consensusMessagesOf>["decisive"]>,
) =>
  twins(`cascade/${id}`, clauses["decide-evidence"], title, (author) => {
    const signers = consensusMessagesOf(electorate)
    const commits = ascending(["alice", "bob"].map((user) => commitOf(author, electorate, user)))
    const ref = setOf(author, electorate, commits)
    const votes = signers.decisive(3, ref, ...signers.users.slice(0, electorate.voters.length - electorate.faults))
    const of = (some: typeof votes) => decideOf(electorate, commits, { type: "precommitted", round: 3, votes: some })
    return fork("cascade.verify-decide", { electorate, decide: of(votes) }, { decide: of(wrong(votes, ref)) })
  })

const five = electorateOf(5, 1)
/** Five voters, one faulty, with the sensitivity 2: one chain may stray. */
const insensitive = electorateOf(5, 1, { sensitivity: 2 })

const evidence = (): ReadonlyArray<Case> => [
  ...chains("decide-not-unique", "A DECIDE whose certificate is right, but not unique", four, {}, { stray: [1] }),
  ...chains("decide-five", "A DECIDE with the chains of three of five", five, {}, { count: 3 }),
  ...chains(
    "decide-insensitive",
    "With the sensitivity 2 one chain may stray, two may not",
    insensitive,
    { stray: [1] },
    { stray: [1, 3] },
  ),
  ...twins("cascade/decide-set-not-unique", clauses["decide-evidence"], "A DECIDE of a set whose certificate is not unique", (author) => {
    const commits = ascending(["alice", "bob"].map((user) => commitOf(author, four, user)))
    const ref = setOf(author, four, commits)
    const of = (stray: ReadonlyArray<number>) => decideOf(four, commits, uniqueSet(certificateOf(four, ref, { instance: 2, stray })))
    return fork("cascade.verify-decide", { electorate: four, decide: of([]) }, { decide: of([2]) })
  }),
  ...precommitted("decide-precommits", "A DECIDE with two PRECOMMITs", four, (votes) => votes.slice(1)),
  ...precommitted("decide-precommits-five", "A DECIDE with the PRECOMMITs of three of five", five, (votes) => votes.slice(1)),
  ...precommitted("decide-precommit-twice", "A DECIDE with a PRECOMMIT that stands there twice", four, (votes) => [
    ...votes.slice(1),
    votes[1]!,
  ]),
  ...precommitted("decide-precommit-round", "A DECIDE with a PRECOMMIT of another round", four, (votes, ref) => [
    ...votes.slice(0, 2),
    ...consensusMessagesOf(four).decisive(2, ref, "carol"),
  ]),
  ...precommitted("decide-precommit-value", "A DECIDE with a PRECOMMIT of another set", four, (votes) => [
    ...votes.slice(0, 2),
    ...consensusMessagesOf(four).decisive(3, stranger, "carol"),
  ]),
  ...twins("cascade/decide-author", clauses["author-signature"], "A DECIDE of a commit that its author has not signed", (author) => {
    const [right, wrong] = ["alice", "bob"].map((signer) => commitOf(author, four, "alice", signer))
    const of = (commit: CommitJson) => decideOf(four, [commit], uniqueCommit(certificateOf(four, right!.ref)))
    return fork("cascade.verify-decide", { electorate: four, decide: of(right!) }, { decide: of(wrong!) })
  }),
  ...twins("cascade/decide-descending", clauses["decide-values"], "A DECIDE whose refs descend", (author) => {
    const up = ascending(["alice", "bob"].map((user) => commitOf(author, four, user)))
    const of = (commits: ReadonlyArray<CommitJson>) =>
      decideOf(four, commits, uniqueSet(certificateOf(four, setOf(author, four, commits), { instance: 2 })))
    return fork("cascade.verify-decide", { electorate: four, decide: of(up) }, { decide: of(up.toReversed()) })
  }),
]

/** carol's handle, dave's PROPOSAL of round 0 (epoch 7 of four) of the set of alice's commit, and a way to change it. */
export const setProposal = (author: Author) => {
  const voters = new CascadeVoters(author, four, ["carol"])
  const commits = ["alice", "bob"].map((user) => commitOf(author, four, user))
  const signers = consensusMessagesOf(four)
  const certified = ({ ref }: CommitJson) => ({ ref, certificate: certificateOf(four, ref) })
  const of = (set: ReadonlyArray<{ ref: string; certificate: ReturnType<typeof certificateOf> }>, ref: string, change: object = {}) =>
    messageOf({
      ...signers.proposal("dave", 0, ref),
      type: "set-proposal",
      set: { commits: set },
      certificate: certificateOf(four, ref, { instance: 2 }),
      ...change,
    })
  const one = setOf(author, four, commits.slice(0, 1))
  return { hall: voters, commits, certified, of, one }
}

type Proposed = ReturnType<typeof setProposal>

const proposing = (
  id: string,
  clause: (typeof clauses)[keyof typeof clauses],
  title: string,
  wrong: (made: Proposed, author: Author) => string,
) =>
  twins(`cascade/${id}`, clause, title, (author) => {
    const made = setProposal(author)
    const right = made.of([made.certified(made.commits[0]!)], made.one)
    return fork("cascade.receive", { on: "carol", from: 3, message: right }, { message: wrong(made, author) })
  })

const proposals = (): ReadonlyArray<Case> => [
  ...proposing(
    "proposal-uncertified",
    clauses["set-certified"],
    "A PROPOSAL of a set with a commit that has the certificate of another",
    (made) => {
      const [alice, bob] = made.commits as [CommitJson, CommitJson]
      return made.of([{ ref: alice.ref, certificate: certificateOf(four, bob.ref) }], made.one)
    },
  ),
  ...proposing("proposal-order", clauses["set-order"], "A PROPOSAL of a set whose refs descend", (made, author) => {
    const down = ascending(made.commits).toReversed()
    return made.of(down.map(made.certified), setOf(author, four, down))
  }),
  ...proposing("proposal-ref", clauses["proposal-certified"], "A PROPOSAL of another set than it names", (made, author) =>
    made.of([made.certified(made.commits[0]!)], setOf(author, four, made.commits.slice(1))),
  ),
  ...proposing("proposal-group", clauses.epoch, "A PROPOSAL of another group", (made) =>
    made.of([made.certified(made.commits[0]!)], made.one, { group: "55".repeat(16) }),
  ),
  ...proposing("proposal-epoch", clauses.epoch, "A PROPOSAL of another epoch", (made) =>
    made.of([made.certified(made.commits[0]!)], made.one, { epoch: 8 }),
  ),
]

/** A message of the cascade to carol, right, and of another group. */
const foreign = (id: string, title: string, right: (author: Author) => object) =>
  twins(`cascade/${id}`, clauses.epoch, title, (author) => {
    new CascadeVoters(author, four, ["carol"])
    const message = right(author)
    return fork(
      "cascade.receive",
      { on: "carol", from: 0, message: messageOf(message) },
      { message: messageOf({ ...message, group: "55".repeat(16) }) },
    )
  })

/** A BUNDLE with nothing in it but what is given. */
export const bundle = (content: object) => ({
  type: "bundle",
  group: four.group,
  epoch: four.epoch,
  instance: 1,
  statements: [],
  commits: [],
  sets: [],
  ...content,
})

const groups = (): ReadonlyArray<Case> => [
  ...foreign("group", "A BUNDLE of another group", () => bundle({})),
  ...foreign("group-vote", "A vote of another group", () => consensusMessagesOf(four).vote("bob", "prevote", 0, stranger)),
  ...foreign("group-decide", "A DECIDE of another group", (author) => {
    const commit = commitOf(author, four, "alice")
    return decideOf(four, [commit], uniqueCommit(certificateOf(four, commit.ref)))
  }),
  ...twins("cascade/voter", consensus.signature, "A vote by one who is no voter", (author) => {
    new CascadeVoters(author, four, ["carol"])
    const right = messageOf(consensusMessagesOf(four).vote("bob", "prevote", 0, stranger))
    const wrong = messageOf(consensusMessagesOf(electorateOf(10, 1)).vote("judy", "prevote", 0, stranger))
    return fork("cascade.receive", { on: "carol", from: 0, message: right }, { message: wrong })
  }),
]

/** A DECIDE in place of what the case says, for the last step of it. */
export const settled = (author: Author, on: string, message: ParamsOf<"cascade.receive">["message"]) =>
  author.accepts("cascade.receive", { on, from: 0, message })

const stages = (): ReadonlyArray<Case> => [
  aCase(
    "cascade/precommitted",
    {
      title: "PRECOMMITs came before the set: it is accepted beside another, and decided at once; the DECIDE is all that goes out",
      clauses: [clauses["sends-decide"], clauses["all-certified"]],
    },
    (author) => {
      const { commits, certified } = setProposal(author)
      const [commit] = commits as [CommitJson, CommitJson]
      const ref = setOf(author, four, [commit])
      const signers = consensusMessagesOf(four)
      settled(author, "carol", messageOf(bundle({ commits: [commit.value] })))
      for (const vote of signers.precommits(2, ref, "alice", "bob", "dave")) settled(author, "carol", messageOf(vote))
      const statements = [0, 1, 3].flatMap((leaf) => chainOf(four, leaf, [stranger, ref], ref, 2))
      const set = bundle({ instance: 2, statements, commits: [], sets: [{ commits: [certified(commit)] }] })
      const { send, timers, decision } = settled(author, "carol", messageOf(set))
      author.claim(decision === commit.ref, "decided")
      author.claim(send.length === 1 && timers.length === 0, "one message, no timer")
    },
  ),
  aCase(
    "cascade/nothing-to-restrain",
    {
      title:
        "A candidate whose commit is not here: restrained consensus ends before it has begun, and what was accepted waits for the timer",
      clauses: [clauses["all-certified"]],
    },
    (author) => {
      const voters = new CascadeVoters(author, four, ["alice"])
      const commit = voters.commit("alice")
      voters.propose("alice", commit)
      const statements = [1, 2, 3].flatMap((leaf) => chainOf(four, leaf, [stranger, commit.ref], commit.ref))
      const { timers, send } = voters.receive("alice", "bob", messageOf(bundle({ statements })))
      author.claim(timers.some(({ name }) => name === "conflict") && !timers.some(({ name }) => name === "restrained"), "only `conflict`")
      author.claim(send.length === 1, "no BUNDLE of the second cooperation, no ENDORSE")
      author.claim(voters.timeout("alice", "restrained").send.length === 0, "a timer that was not begun")
      author.claim(voters.timeout("alice", "conflict").send.length === 1, "now it is proposed")
    },
  ),
  aCase(
    "cascade/certified-by-endorse",
    {
      title: "A commit whose certificate came only with an ENDORSE goes into the set that is proposed",
      clauses: [clauses["all-certified"], restrained.outcome],
    },
    (author) => {
      const two = electorateOf(4, 1)
      const voters = new CascadeVoters(author, two, ["alice"])
      const [one, other] = [voters.commit("alice"), voters.commit("bob")] as [CommitJson, CommitJson]
      voters.propose("alice", one)
      const statements = [1, 2, 3].flatMap((leaf) => chainOf(two, leaf, [other.ref, one.ref], one.ref))
      voters.receive("alice", "bob", messageOf(bundle({ statements, commits: [other.value] })))
      author.accepts("restrained-consensus.open", {
        on: "bob",
        electorate: two,
        me: 1,
        secretKey: secretKeyOf("bob"),
        authors: [
          { ref: one.ref, author: 0 },
          { ref: other.ref, author: 1 },
        ],
      })
      const certificates = [{ ref: other.ref, certificate: [1, 2, 3].map((leaf) => chainOf(two, leaf, [one.ref, other.ref], other.ref)) }]
      const { send } = author.accepts("restrained-consensus.begin", { on: "bob", values: [one.ref, other.ref], certificates })
      const after = voters.receive("alice", "bob", messageOf(send[0]!.message))
      const ref = setOf(author, two, ascending([one, other]))
      author.claim(after.send.length === 1 && after.send[0]!.message.includes(ref), "a WITNESS of the set of both")
    },
  ),
]

const custody = (): ReadonlyArray<Case> => [
  aCase(
    "cascade/many-commits",
    { title: "Of one author 4 commits are known, the others are dropped", clauses: [clauses["author-signature"]] },
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
      const { judge } = settled(author, "carol", messageOf(bundle({ commits: commits.map(({ value }) => value) })))
      author.claim(
        judge.join() ===
          commits
            .slice(0, 4)
            .map(({ ref }) => ref)
            .join(),
        "the first 4, in the order of the BUNDLE",
      )
      const again = settled(author, "carol", messageOf(bundle({ commits: [commits[4]!.value, commitOf(author, four, "bob").value] })))
      author.claim(again.judge.length === 1, "and one of another")
    },
  ),
  ...twins("cascade/set-five", clauses["set-certified"], "A set of a commit with the chains of three of five", (author) => {
    new CascadeVoters(author, five, ["carol"])
    const commit = commitOf(author, five, "alice")
    const { ref } = commit
    const statements = [signedStatement(five, { type: "witness", signer: 3, seq: 0, ref: setOf(author, five, [commit]) }, 2)]
    const of = (count: number) =>
      messageOf({
        ...bundle({}),
        instance: 2,
        statements,
        sets: [{ commits: [{ ref, certificate: certificateOf(five, ref, { count }) }] }],
      })
    return fork("cascade.receive", { on: "carol", from: 0, message: of(4) }, { message: of(3) })
  }),
  ...twins(
    "cascade/checks-order",
    clauses["author-signature"],
    "A BUNDLE with a bad commit, a bad set and a bad statement: the commit comes first",
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const [right, wrong] = ["alice", "bob"].map((signer) => commitOf(author, four, "alice", signer))
      const [statement] = chainOf(four, 0, [right!.ref], right!.ref)
      const bad = { commits: [{ ref: stranger, certificate: certificateOf(four, right!.ref) }] }
      const faulty = bundle({ statements: [{ ...statement, seq: 9 }], commits: [wrong!.value], sets: [bad] })
      return fork(
        "cascade.receive",
        { on: "carol", from: 0, message: messageOf(bundle({ commits: [right!.value] })) },
        { message: messageOf(faulty) },
      )
    },
  ),
  ...twins(
    "cascade/checks-order-set",
    clauses["set-certified"],
    "A BUNDLE with a bad set and a bad statement: the set comes first",
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const { ref } = commitOf(author, four, "alice")
      const [statement] = chainOf(four, 0, [ref], ref)
      const bad = { commits: [{ ref: stranger, certificate: certificateOf(four, ref) }] }
      return fork(
        "cascade.receive",
        { on: "carol", from: 0, message: messageOf(bundle({ statements: [statement] })) },
        { message: messageOf(bundle({ statements: [{ ...statement, seq: 9 }], sets: [bad] })) },
      )
    },
  ),
  ...twins(
    "cascade/decide-not-here",
    cooperation.signature,
    "A BUNDLE whose statement is badly signed leaves its commits unknown",
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const commit = commitOf(author, four, "alice")
      const [statement] = chainOf(four, 0, [commit.ref], commit.ref)
      const right = bundle({ statements: [statement], commits: [commit.value] })
      const wrong = bundle({ statements: [{ ...statement, seq: 9 }], commits: [commit.value] })
      return fork("cascade.receive", { on: "carol", from: 0, message: messageOf(right) }, { message: messageOf(wrong) })
    },
  ),
]

/** The layer "cascade". */
export default caseFile({ part: "delivery-service", chapter: "cascade-evidence", layer: "cascade", flags: {} }, () => [
  ...evidence(),
  ...proposals(),
  ...groups(),
  ...stages(),
  ...custody(),
])
