/** The layer "cascade": what is left out because it is known, what is not, and which of two faults is refused. */
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/delivery-service/cascade.ts"
import { type Author, aCase, type Case, caseFile, fork, type ParamsOf, twins } from "../author.ts"
import { first, flipped, hexOf } from "../people.ts"
import { ascending, bundle, certificateOf, commitOf, decideOf, four, setOf, setProposal, settled, stranger } from "./cascade-evidence.ts"
import { CascadeVoters, type CommitJson, messageOf } from "./cascade-voters.ts"
import { chainOf, named, secretKeyOf, signedStatement } from "./cooperation-voters.ts"

type Content = Pick<ParamsOf<"cascade.commit">, "author" | "proposals" | "commit" | "welcome">

const proposal = named("proposal")
const base: Content = { author: 0, proposals: [proposal], commit: hexOf("commit"), welcome: hexOf("welcome") }

const commitWith = (author: Author, content: Content): CommitJson =>
  author.accepts("cascade.commit", { electorate: four, secretKey: secretKeyOf(first(4)[content.author]!), ...content })

const unsigned = ({ value }: CommitJson) => ({ ...value, signature: flipped(value.signature, 0) })

const certified = ({ ref }: CommitJson) => ({ ref, certificate: certificateOf(four, ref) })

/** The first WITNESS of a voter of a set. */
const witnessOf = (signer: number, ref: string) => signedStatement(four, { type: "witness", signer, seq: 0, ref }, 2)

const leftOut = (): ReadonlyArray<Case> => [
  aCase(
    "cascade/known-is-not-checked",
    {
      title: "Two commits, one without a welcome, and a set are known: they come again with what would be refused, and are left out",
      clauses: [clauses["author-signature"], clauses["set-certified"]],
    },
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const commits = [commitWith(author, base), commitWith(author, { ...base, author: 1, welcome: null })]
      const set = [commits[0]!]
      const statements = [witnessOf(3, setOf(author, four, set))]
      const known = bundle({
        ...{ instance: 2, statements, sets: [{ commits: set.map(certified) }] },
        commits: commits.map(({ value }) => value),
      })
      author.claim(settled(author, "carol", messageOf(known)).judge.length === 2, "both are judged")
      const wrong = set.map(({ ref }) => ({ ref, certificate: certificateOf(four, stranger) }))
      const again = bundle({ instance: 2, statements, sets: [{ commits: wrong }], commits: commits.map(unsigned) })
      author.gives(
        "cascade.receive",
        { on: "carol", from: 0, message: messageOf(again) },
        { send: [], judge: [], timers: [], decision: null },
      )
    },
  ),
  aCase(
    "cascade/another-commit",
    {
      title: "A commit that differs from a known one in its author, its proposals, its commit or its welcome alone is another",
      clauses: [clauses["author-signature"]],
    },
    (author) => {
      const others: ReadonlyArray<readonly [Content, Content]> = [
        [base, { ...base, author: 1 }],
        [base, { ...base, proposals: [named("another")] }],
        [base, { ...base, commit: hexOf("another") }],
        [base, { ...base, welcome: hexOf("another") }],
        [base, { ...base, welcome: null }],
        [{ ...base, welcome: null }, base],
      ]
      for (const pair of others) {
        const [one, two] = pair.map((content) => commitWith(author, content)) as [CommitJson, CommitJson]
        new CascadeVoters(author, four, ["carol"])
        settled(author, "carol", messageOf(bundle({ commits: [one.value] })))
        author.claim(settled(author, "carol", messageOf(bundle({ commits: [two.value] }))).judge.join() === two.ref, "it is judged")
      }
    },
  ),
  aCase(
    "cascade/commit-twice",
    {
      title: "bob's commit stands in a BUNDLE twice, and alice proposes hers twice: each is known once",
      clauses: [clauses["proposal-sent"]],
    },
    (author) => {
      new CascadeVoters(author, four, ["alice"])
      const [one, two] = [commitOf(author, four, "alice"), commitOf(author, four, "bob")]
      const { judge } = settled(author, "alice", messageOf(bundle({ commits: [two.value, two.value] })))
      author.claim(judge.join() === two.ref, "judged once")
      const sent = [one, one].map(({ value }) => author.accepts("cascade.propose", { on: "alice", value }).send)
      author.claim(JSON.stringify(sent[0]) === JSON.stringify(sent[1]), "the same BUNDLE twice")
    },
  ),
]

const ofSets = (): ReadonlyArray<Case> => [
  aCase(
    "cascade/set-commits-two",
    { title: "A fifth commit of alice is known when a set names it beside one of bob", clauses: [clauses["set-commits"]] },
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const commits = Array.from({ length: 5 }, (_, index) => commitWith(author, { ...base, commit: hexOf(`commit ${index}`) }))
      settled(author, "carol", messageOf(bundle({ commits: commits.slice(0, 4).map(({ value }) => value) })))
      const both = ascending([commits[4]!, commitWith(author, { ...base, author: 1 })])
      const statements = [witnessOf(3, setOf(author, four, both))]
      const sets = [{ commits: both.map(certified) }]
      const message = bundle({ instance: 2, statements, sets, commits: both.map(({ value }) => value) })
      author.claim(settled(author, "carol", messageOf(message)).judge.join() === both.map(({ ref }) => ref).join(), "both are judged")
    },
  ),
  aCase(
    "cascade/set-ready-first",
    {
      title: "dave's first statement is a READY of a set: that is no WITNESS, and the set is not known",
      clauses: [clauses["sets-bounded"]],
    },
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const commit = commitOf(author, four, "alice")
      const ref = setOf(author, four, [commit])
      const sets = [{ commits: [certified(commit)] }]
      const ready = bundle({ instance: 2, statements: chainOf(four, 3, [], ref, 2), sets })
      author.claim(settled(author, "carol", messageOf(ready)).send.length === 0, "carol does not witness it")
      const witness = bundle({ instance: 2, statements: [witnessOf(1, ref)], sets })
      author.claim(settled(author, "carol", messageOf(witness)).send.length === 1, "now she does")
    },
  ),
]

const refusals = (): ReadonlyArray<Case> => [
  ...twins(
    "cascade/proposal-names-another",
    clauses["proposal-certified"],
    "A PROPOSAL that names another set than it has, with a certificate of the one that it has",
    (author) => {
      const { commits, certified: shown, of, one } = setProposal(author)
      const set = [shown(commits[0]!)]
      const wrong = of(set, stranger, { certificate: certificateOf(four, one, { instance: 2 }) })
      return fork("cascade.receive", { on: "carol", from: 3, message: of(set, one) }, { message: wrong })
    },
  ),
  ...twins(
    "cascade/checks-order-proposal",
    clauses["proposal-certified"],
    "A PROPOSAL with a certificate of the first cooperation that nobody has signed: the certificate comes first",
    (author) => {
      const { commits, certified: shown, of, one } = setProposal(author)
      const set = [shown(commits[0]!)]
      const wrong = of(set, one, { certificate: certificateOf(four, one), signature: "00".repeat(64) })
      return fork("cascade.receive", { on: "carol", from: 3, message: of(set, one) }, { message: wrong })
    },
    [verdicts["order-of-checks"]],
  ),
  ...twins(
    "cascade/checks-order-commit",
    clauses["proposals-order"],
    "A commit that names a proposal twice, and is badly signed: the proposals come first",
    (author) => {
      new CascadeVoters(author, four, ["carol"])
      const [right, wrong] = [[proposal], [proposal, proposal]].map((proposals) => commitWith(author, { ...base, proposals }))
      const of = (value: CommitJson["value"]) => messageOf(bundle({ commits: [value] }))
      return fork("cascade.receive", { on: "carol", from: 0, message: of(right!.value) }, { message: of(unsigned(wrong!)) })
    },
    [verdicts["order-of-checks"]],
  ),
  ...twins(
    "cascade/decide-refs",
    clauses["decide-values"],
    "A DECIDE that names another commit beside the one that takes effect than its heads have",
    (author) => {
      const commits = ascending(["alice", "bob"].map((user) => commitOf(author, four, user)))
      const of = (refs: ReadonlyArray<string>) => {
        const { ref } = author.accepts("cascade.set", { electorate: four, refs })
        const evidence = { type: "unique-set" as const, certificate: certificateOf(four, ref, { instance: 2 }) }
        return { ...decideOf(four, commits, evidence), refs }
      }
      const refs = commits.map(({ ref }) => ref)
      // alice's takes effect. The other ref stays before or after hers.
      const wrong = commits.map(({ ref, value }, place) => (value.author === 0 ? ref : (place === 0 ? "00" : "ff").repeat(32)))
      return fork("cascade.verify-decide", { electorate: four, decide: of(refs) }, { decide: of(wrong) })
    },
  ),
]

/** The layer "cascade". */
export default caseFile({ part: "delivery-service", chapter: "cascade-known", layer: "cascade", flags: {} }, () => [
  ...leftOut(),
  ...ofSets(),
  ...refusals(),
])
