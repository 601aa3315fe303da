import { clauses } from "../../../spec/delivery-service/cascade.ts"
import { type Author, aCase, caseFile, fork, twins } from "../author.ts"
import { first, hexOf } from "../people.ts"
import { CascadeVoters, type CommitJson, type DecideJson, decidedOf, messageOf } from "./cascade-voters.ts"
import { chainOf, electorateOf, named, secretKeyOf, signedStatement } from "./cooperation-voters.ts"

const electorate = electorateOf(4, 1)
const { group, epoch } = electorate
const users = first(4)
const proposal = named("proposal")

const certificateOf = (ref: string, instance: 1 | 2 = 1) => [0, 1, 2].map((leaf) => chainOf(electorate, leaf, [ref], ref, instance))
const certified = (ref: string) => ({ ref, certificate: certificateOf(ref) })

const bundle = (content: object) =>
  messageOf({ type: "bundle", group, epoch, instance: 1, statements: [], commits: [], sets: [], ...content })

/** dave's WITNESS of the set of these commits, without which nobody takes it in. */
const witnessed = (author: Author, commits: ReadonlyArray<{ readonly ref: string }>) => {
  const { ref } = author.accepts("cascade.set", { electorate, refs: commits.map((one) => one.ref) })
  return [signedStatement(electorate, { type: "witness", signer: 3, seq: 0, ref }, 2)]
}

const functions = () => [
  aCase("cascade/choice", { title: "Which commit of a set takes effect", clauses: [clauses.choice] }, (author) => {
    const [one, two, three] = [named("a"), named("b"), named("c")]
    const commit = (ref: string, leaf: number, proposals: number) => ({ ref, author: leaf, proposals })
    author.gives("cascade.choice", { set: [commit(one, 0, 1), commit(two, 1, 2)] }, { ref: two })
    author.gives("cascade.choice", { set: [commit(one, 1, 2), commit(two, 0, 2)] }, { ref: two })
    author.gives("cascade.choice", { set: [commit(one, 0, 3), commit(two, 0, 2), commit(three, 1, 0)] }, { ref: three })
    author.gives("cascade.choice", { set: [commit(two, 0, 2), commit(one, 0, 2)] }, { ref: one })
    author.gives("cascade.choice", { set: [commit(one, 0, 0)] }, { ref: one })
  }),
  aCase("cascade/refs", { title: "The refs of commits and of sets", clauses: [clauses.choice] }, (author) => {
    const value = { author: 1, proposals: [proposal], commit: hexOf("commit"), welcome: null }
    const base = { electorate, secretKey: secretKeyOf("bob"), ...value }
    const changes = [{}, { author: 2 }, { proposals: [] }, { commit: hexOf("another") }, { welcome: hexOf("welcome") }, { welcome: "00" }]
    const refs = changes.map((change) => author.accepts("cascade.commit", { ...base, ...change }).ref)
    author.claim(new Set(refs).size === refs.length, "all differ")
    const sets = [[refs[0]!], refs.slice(0, 2), refs.slice(1, 3)].map((of) => author.accepts("cascade.set", { electorate, refs: of }).ref)
    author.claim(new Set([...sets, refs[0]]).size === 4, "all differ")
  }),
]

const flows = () => [
  aCase(
    "cascade/one-commit",
    {
      title: "One commit: decided by a unique certificate, and sent to all",
      clauses: [clauses["early-decision"], clauses["sends-decide"]],
    },
    (author) => {
      const voters = new CascadeVoters(author, electorate)
      const commit = voters.commit("alice", [proposal])
      voters.propose("alice", commit)
      for (let round = 0; round < 3; round++) voters.deliver(...users)
      for (const user of users) author.claim(voters.decisions.get(user) === commit.ref, `${user} decides`)
      author.claim(voters.flights.length > 0, "each sends the DECIDE")
      const { send } = voters.receive("dave", "alice", bundle({}))
      author.claim(send.length === 1 && JSON.stringify(send[0]!.to) === "[0]", "who asks after the decision gets the DECIDE")
    },
  ),
  aCase("cascade/alone", { title: "A group of one decides at once", clauses: [clauses["early-decision"]] }, (author) => {
    const voters = new CascadeVoters(author, electorateOf(1, 0))
    const commit = voters.commit("alice")
    author.claim(voters.propose("alice", commit).decision === commit.ref, "at once")
  }),
  aCase(
    "cascade/two-commits",
    {
      title: "Two members commit at once: restrained consensus, and a second cooperation",
      clauses: [clauses.choice, clauses["all-certified"]],
    },
    (author) => {
      const voters = new CascadeVoters(author, electorateOf(2, 0))
      const [one, two] = [voters.commit("alice"), voters.commit("bob", [proposal])]
      voters.propose("alice", one)
      voters.propose("bob", two)
      for (let round = 0; round < 6; round++) voters.deliver("alice", "bob")
      author.claim(voters.decisions.get("alice") === two.ref && voters.decisions.get("bob") === two.ref, "the one with more proposals")
    },
  ),
  aCase(
    "cascade/conflict-timer",
    { title: "Restrained consensus takes too long: what was accepted is proposed", clauses: [clauses["all-certified"]] },
    (author) => {
      const voters = new CascadeVoters(author, electorate, ["carol"])
      const [one, two] = [voters.commit("alice"), voters.commit("bob")] as [CommitJson, CommitJson]
      const witnesses = [0, 1, 3].map((leaf) => chainOf(electorate, leaf, [one.ref, two.ref], one.ref))
      const { timers } = voters.receive("carol", "alice", bundle({ statements: witnesses.flat(), commits: [one.value, two.value] }))
      author.claim(
        timers.some(({ name, delay }) => name === "conflict" && delay === 3),
        "accepted beside another candidate",
      )
      const { send } = voters.timeout("carol", "conflict")
      author.claim(send.length === 1, "a bundle of the second cooperation")
      author.claim(voters.timeout("carol", "conflict").send.length === 0, "once")
    },
  ),
]

/** Carol's handle, and a commit of alice. */
const withCommit = (...args: ConstructorParameters<typeof CascadeVoters>) => {
  const voters = new CascadeVoters(args[0], args[1], ["carol"])
  return { hall: voters, commit: voters.commit("alice", [proposal]) }
}

const bundles = () => [
  ...twins("cascade/epoch", clauses.epoch, "A bundle of the next epoch", (author) => {
    const { commit } = withCommit(author, electorate)
    const right = { on: "carol", from: 0, message: bundle({ commits: [commit.value] }) }
    return fork("cascade.receive", right, { message: bundle({ commits: [commit.value], epoch: epoch + 1 }) })
  }),
  ...twins("cascade/author-signature", clauses["author-signature"], "A commit in the name of another", (author) => {
    const { commit } = withCommit(author, electorate)
    const right = { on: "carol", from: 0, message: bundle({ commits: [commit.value] }) }
    return fork("cascade.receive", right, { message: bundle({ commits: [{ ...commit.value, author: 1 }] }) })
  }),
  ...twins("cascade/author-voter", clauses["author-signature"], "A commit of one who is no voter", (author) => {
    const { commit } = withCommit(author, electorate)
    const right = { on: "carol", from: 0, message: bundle({ commits: [commit.value] }) }
    return fork("cascade.receive", right, { message: bundle({ commits: [{ ...commit.value, author: 9 }] }) })
  }),
  ...twins("cascade/proposals-order", clauses["proposals-order"], "A commit that names a proposal twice", (author) => {
    const { hall: voters, commit } = withCommit(author, electorate)
    const right = { on: "carol", from: 0, message: bundle({ commits: [commit.value] }) }
    const wrong = voters.commit("alice", [proposal, proposal])
    return fork("cascade.receive", right, { message: bundle({ commits: [wrong.value] }) })
  }),
  ...twins("cascade/set-order", clauses["set-order"], "A set whose refs do not ascend", (author) => {
    const { commit, hall: voters } = withCommit(author, electorate)
    const both = [commit, voters.commit("bob")].sort((a, b) => (a.ref < b.ref ? -1 : 1)).map(({ ref }) => certified(ref))
    const statements = witnessed(author, both)
    const of = (commits: typeof both) => bundle({ instance: 2, statements, sets: [{ commits }] })
    return fork("cascade.receive", { on: "carol", from: 0, message: of(both) }, { message: of([...both].reverse()) })
  }),
  ...twins("cascade/uncertified-set", clauses["set-certified"], "A set with a commit whose certificate is another's", (author) => {
    const { commit, hall: voters } = withCommit(author, electorate)
    const both = [commit, voters.commit("bob")].sort((a, b) => (a.ref < b.ref ? -1 : 1)).map(({ ref }) => certified(ref))
    const statements = witnessed(author, both)
    const of = (commits: typeof both) => bundle({ instance: 2, statements, sets: [{ commits }] })
    const wrong = [both[0]!, { ...both[1]!, certificate: both[0]!.certificate }]
    return fork("cascade.receive", { on: "carol", from: 0, message: of(both) }, { message: of(wrong) })
  }),
]

/** A DECIDE of one commit by a unique certificate. */
const decideOf = (commit: CommitJson, change: Partial<DecideJson> = {}): DecideJson => ({
  type: "decide",
  group,
  epoch,
  ...decidedOf([commit]),
  evidence: { type: "unique-commit", certificate: certificateOf(commit.ref) },
  ...change,
})

const decisions = () => [
  ...twins("cascade/decide", clauses["decide-evidence"], "A DECIDE with two chains", (author) => {
    const { commit } = withCommit(author, electorate)
    const evidence = { type: "unique-commit" as const, certificate: certificateOf(commit.ref).slice(1) }
    return fork(
      "cascade.receive",
      { on: "carol", from: 0, message: messageOf(decideOf(commit)) },
      { message: messageOf(decideOf(commit, { evidence })) },
    )
  }),
  ...twins("cascade/decide-gap", clauses["decide-evidence"], "A DECIDE with a gap in a chain", (author) => {
    const { commit } = withCommit(author, electorate)
    const certificate = certificateOf(commit.ref).map((chain, index) => (index === 0 ? chain.slice(1) : chain))
    return fork(
      "cascade.verify-decide",
      { electorate, decide: decideOf(commit) },
      {
        decide: decideOf(commit, { evidence: { type: "unique-commit", certificate } }),
      },
    )
  }),
  ...twins("cascade/decide-stage", clauses["decide-evidence"], "A certificate of the first cooperation as one of the second", (author) => {
    const { commit } = withCommit(author, electorate)
    const { ref } = author.accepts("cascade.set", { electorate, refs: [commit.ref] })
    const right = decideOf(commit, { evidence: { type: "unique-set", certificate: certificateOf(ref, 2) } })
    const wrong = decideOf(commit, { evidence: { type: "unique-set", certificate: certificateOf(commit.ref) } })
    return fork("cascade.verify-decide", { electorate, decide: right }, { decide: wrong })
  }),
  ...twins("cascade/decide-group", clauses["decide-evidence"], "A DECIDE of another group's voters", (author) => {
    const { commit } = withCommit(author, electorate)
    const foreign = { ...electorate, group: "55".repeat(16) }
    const { ref, value } = author.accepts("cascade.commit", {
      electorate: foreign,
      secretKey: secretKeyOf("alice"),
      author: 0,
      proposals: [],
      commit: hexOf("commit"),
      welcome: null,
    })
    const decide = decideOf({ ref, value }, { evidence: { type: "unique-commit", certificate: certificateOf(ref) } })
    return fork("cascade.verify-decide", { electorate, decide: decideOf(commit) }, { electorate: foreign, decide })
  }),
  ...twins("cascade/decide-values", clauses["decide-values"], "A DECIDE with another commit than it names", (author) => {
    const { hall: voters, commit } = withCommit(author, electorate)
    const wrong = decideOf(commit, { heads: decidedOf([voters.commit("bob")]).heads })
    return fork("cascade.verify-decide", { electorate, decide: decideOf(commit) }, { decide: wrong })
  }),
  ...twins("cascade/decide-content", clauses["decide-values"], "A DECIDE with the commit of another head", (author) => {
    const { hall: voters, commit } = withCommit(author, electorate)
    const wrong = decideOf(commit, { commit: voters.commit("bob").value.commit })
    return fork("cascade.verify-decide", { electorate, decide: decideOf(commit) }, { decide: wrong })
  }),
  ...twins("cascade/decide-welcome", clauses["decide-values"], "A DECIDE with a welcome that its head has not", (author) => {
    const { commit } = withCommit(author, electorate)
    const wrong = decideOf(commit, { welcome: "00" })
    return fork("cascade.verify-decide", { electorate, decide: decideOf(commit) }, { decide: wrong })
  }),
  ...twins("cascade/decide-two", clauses["decide-values"], "A unique commit beside another", (author) => {
    const { hall: voters, commit } = withCommit(author, electorate)
    const both = [commit, voters.commit("bob")].sort((a, b) => (a.ref < b.ref ? -1 : 1))
    const wrong = decideOf(commit, decidedOf(both))
    return fork("cascade.verify-decide", { electorate, decide: decideOf(commit) }, { decide: wrong })
  }),
  ...twins(
    "cascade/proposal-certified",
    clauses["proposal-certified"],
    "A PROPOSAL with a certificate of the first cooperation",
    (author) => {
      // Epoch 7 of four: dave, on leaf 3, proposes in round 0.
      const { commit } = withCommit(author, electorate)
      const { ref } = author.accepts("cascade.set", { electorate, refs: [commit.ref] })
      author.accepts("global-consensus.open", { on: "dave", electorate, me: 3, secretKey: secretKeyOf("dave") })
      const { send } = author.accepts("global-consensus.admit", { on: "dave", ref })
      const right = { ...send[0]!, type: "set-proposal", set: { commits: [certified(commit.ref)] }, certificate: certificateOf(ref, 2) }
      const of = (change: object) => messageOf({ ...right, ...change })
      return fork("cascade.receive", { on: "carol", from: 3, message: of({}) }, { message: of({ certificate: certificateOf(ref) }) })
    },
  ),
]

/** The layer "cascade". */
export default caseFile({ part: "delivery-service", chapter: "cascade", layer: "cascade", flags: {} }, () => [
  ...functions(),
  ...flows(),
  ...bundles(),
  ...decisions(),
])
