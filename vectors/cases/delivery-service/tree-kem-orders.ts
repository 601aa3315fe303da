/** The layer "tree-kem": of two faults the one that the steps look at first. */
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { filled, first } from "../people.ts"
import { admitted, altered, appear, forged, group, grown, referenceOf, said } from "./tree.ts"

const trio = first(3)
const [alice, bob, carol] = trio as [string, string, string]
const [elsewhere, unknown, unsigned] = [filled(0x78, 16), filled(0x44, 32), filled(1, 64)]

const shows = (id: string, title: string, about: ReadonlyArray<Clause>, write: (author: Author) => void) =>
  aCase(`tree-kem/${id}`, { title, clauses: [...about, verdicts["order-of-checks"]] }, write)

/** Each of these in turn has the fault of its clause and those of all that come after it. */
type Faults = ReadonlyArray<readonly [Clause, string]>

const keyOf = (author: Author, user: string): string =>
  author.accepts("tree-kem.show", { on: alice }).members.find((member) => member.user === user)!.key

const leafOf = (author: Author, user: string): number =>
  author.accepts("tree-kem.show", { on: alice }).members.find((member) => member.user === user)!.leaf

const proposals = (): ReadonlyArray<Case> => [
  shows(
    "admit-order",
    "Proposals with several faults each: group, epoch, author, signature, keys, in this order",
    [clauses.group, clauses.epoch, clauses.author, clauses.signature, clauses["fresh-keys"]],
    (author) => {
      grown(author, trio)
      const { proposal } = author.accepts("tree-kem.propose-update", { on: bob })
      const taken = { key: keyOf(author, carol) }
      const faults: Faults = [
        [clauses.group, forged("symbolic-proposal", proposal, { ...taken, author: 9, epoch: 2, group: elsewhere })],
        [clauses.group, forged("symbolic-proposal", proposal, { ...taken, author: 9, epoch: 0, group: elsewhere })],
        [clauses.epoch, forged("symbolic-proposal", proposal, { ...taken, author: 9, epoch: 2 })],
        [clauses.epoch, forged("symbolic-proposal", proposal, { ...taken, author: 9, epoch: 0 })],
        [clauses.author, forged("symbolic-proposal", proposal, { ...taken, author: 9 })],
        [clauses.signature, forged("symbolic-proposal", proposal, taken)],
        [clauses["fresh-keys"], altered("symbolic-proposal", proposal, taken, bob)],
      ]
      for (const [clause, wrong] of faults) author.refuses(clause, "tree-kem.admit", { on: alice, proposal: wrong })
      admitted(author, [alice], proposal)
    },
  ),
  shows(
    "removal-order",
    "A removal of nobody that is badly signed, and one that is not",
    [clauses.signature, clauses["removes-member"]],
    (author) => {
      grown(author, trio)
      const { proposal } = author.accepts("tree-kem.propose-remove", { on: bob, leaf: 0 })
      const nobody = altered("symbolic-proposal", proposal, { leaf: 7 }, bob)
      const wrong = forged("symbolic-proposal", nobody, { signature: unsigned })
      author.refuses(clauses.signature, "tree-kem.admit", { on: alice, proposal: wrong })
      author.refuses(clauses["removes-member"], "tree-kem.admit", { on: alice, proposal: nobody })
    },
  ),
]

const commits = (): ReadonlyArray<Case> => [
  shows(
    "process-order",
    "Commits with several faults each: group, epoch, author, signature, names, contradictions, path, in this order",
    [clauses.group, clauses.epoch, clauses.author, clauses.signature, clauses.known, clauses.conflict, clauses.path],
    (author) => {
      grown(author, trio)
      const updates = [bob, bob].map((on) =>
        referenceOf(admitted(author, [alice], author.accepts("tree-kem.propose-update", { on }).proposal)),
      )
      const { commit } = author.accepts("tree-kem.commit", { on: bob, references: [] })
      const twice = [...updates, ...updates]
      const all = { key: null, references: [...updates, unknown] }
      const faults: Faults = [
        [clauses["by-reference"], forged("symbolic-commit", commit, { ...all, references: twice, author: 9, epoch: 0, group: elsewhere })],
        [clauses.group, forged("symbolic-commit", commit, { ...all, author: 9, epoch: 0, group: elsewhere })],
        [clauses.group, forged("symbolic-commit", commit, { ...all, author: 0, epoch: 2, group: elsewhere })],
        [clauses.epoch, forged("symbolic-commit", commit, { ...all, author: 9, epoch: 0 })],
        [clauses.epoch, forged("symbolic-commit", commit, { ...all, author: 0, epoch: 2 })],
        [clauses.author, forged("symbolic-commit", commit, { ...all, author: 9 })],
        [clauses["own-commit"], forged("symbolic-commit", commit, { ...all, author: 0 })],
        [clauses.signature, forged("symbolic-commit", commit, all)],
        [clauses.known, altered("symbolic-commit", commit, all, bob)],
        [clauses.known, altered("symbolic-commit", commit, { ...all, references: [unknown, ...updates] }, bob)],
        [clauses.conflict, altered("symbolic-commit", commit, { ...all, references: updates }, bob)],
        [clauses.path, altered("symbolic-commit", commit, { ...all, references: [] }, bob)],
      ]
      for (const [clause, wrong] of faults) author.refuses(clause, "tree-kem.process", { on: alice, commit: wrong })
      author.accepts("tree-kem.process", { on: alice, commit })
    },
  ),
  shows(
    "removed-checks",
    "A commit that removes carol and is not in order: carol is not told that it is removed, but what is wrong",
    [clauses["fresh-keys"], clauses.path, clauses.decrypts],
    (author) => {
      grown(author, trio)
      const removal = author.accepts("tree-kem.propose-remove", { on: bob, leaf: leafOf(author, carol) }).proposal
      const update = author.accepts("tree-kem.propose-update", { on: alice }).proposal
      for (const proposal of [removal, update]) admitted(author, trio, proposal)
      const { commit } = author.accepts("tree-kem.commit", { on: bob, references: null })
      const faults: Faults = [
        [clauses.path, altered("symbolic-commit", commit, { key: null }, bob)],
        [clauses["fresh-keys"], altered("symbolic-commit", commit, { key: keyOf(author, alice) }, bob)],
        [clauses["fresh-keys"], altered("symbolic-commit", commit, { key: said("symbolic-proposal", update).key }, bob)],
      ]
      for (const [clause, wrong] of faults) author.refuses(clause, "tree-kem.process", { on: carol, commit: wrong })
      const unreadable = altered("symbolic-commit", commit, { unreadable: [0, 1, 2], confirmation: unknown }, bob)
      author.refuses(clauses.decrypts, "tree-kem.process", { on: alice, commit: unreadable })
      const { removed, epoch } = author.accepts("tree-kem.process", { on: carol, commit: unreadable })
      author.claim(removed && epoch === 1, "it is removed, and stays in the epoch")
    },
  ),
  shows(
    "commit-order",
    "What is to be committed with several faults: a reference twice, an unknown one, a contradiction, in this order",
    [clauses["by-reference"], clauses.known, clauses.conflict],
    (author) => {
      grown(author, trio)
      const updates = [bob, bob].map((on) =>
        referenceOf(admitted(author, [alice], author.accepts("tree-kem.propose-update", { on }).proposal)),
      )
      const refuses = (clause: Clause, references: ReadonlyArray<string>) =>
        author.refuses(clause, "tree-kem.commit", { on: alice, references })
      refuses(clauses["by-reference"], [...updates, unknown, unknown])
      refuses(clauses["by-reference"], [updates[0]!, updates[1]!, updates[0]!])
      refuses(clauses.known, [...updates, unknown])
      refuses(clauses.known, [unknown, ...updates])
      refuses(clauses.conflict, updates)
      author.accepts("tree-kem.commit", { on: alice, references: updates.slice(1) })
    },
  ),
  shows(
    "last-epoch-order",
    "In the last epoch a commit is refused for that, whatever else is wrong with it",
    [clauses.epoch, clauses["by-reference"], clauses.group],
    (author) => {
      const keyPackages = [bob, carol].map((user) => appear(author, user))
      appear(author, alice)
      author.accepts("tree-kem.found", { on: alice, group })
      for (const keyPackage of keyPackages)
        admitted(author, [alice], author.accepts("tree-kem.propose-add", { on: alice, keyPackage }).proposal)
      const { welcome } = author.accepts("tree-kem.commit", { on: alice, references: null })
      const last = forged("symbolic-welcome", welcome!, { epoch: 0xffffffff })
      const next = forged("symbolic-welcome", welcome!, { epoch: 0xfffffffe })
      author.accepts("tree-kem.join", { on: bob, welcome: last })
      author.refuses(clauses.epoch, "tree-kem.commit", { on: bob, references: [unknown, unknown] })
      author.accepts("tree-kem.join", { on: carol, welcome: next })
      const { commit } = author.accepts("tree-kem.commit", { on: carol, references: [] })
      const process = (change: object) => ({ on: bob, commit: forged("symbolic-commit", commit, { epoch: 0xffffffff, ...change }) })
      author.refuses(clauses.epoch, "tree-kem.process", process({ author: 9 }))
      author.refuses(clauses.epoch, "tree-kem.process", process({ author: author.accepts("tree-kem.show", { on: bob }).me }))
      author.refuses(clauses.group, "tree-kem.process", process({ group: elsewhere }))
      author.refuses(clauses["by-reference"], "tree-kem.process", process({ references: [unknown, unknown] }))
      author.accepts("tree-kem.propose-update", { on: bob })
    },
  ),
]

const kinds = (): ReadonlyArray<Case> => [
  aCase(
    "tree-kem/mixed-path",
    { title: "A commit of an addition and of an update has to bring a key, in whichever order it names them", clauses: [clauses.path] },
    (author) => {
      const dave = appear(author, "dave")
      grown(author, trio)
      const made = [
        author.accepts("tree-kem.propose-add", { on: bob, keyPackage: dave }).proposal,
        author.accepts("tree-kem.propose-update", { on: carol }).proposal,
      ]
      const references = made.map((proposal) => referenceOf(admitted(author, trio, proposal)))
      const { commit } = author.accepts("tree-kem.commit", { on: bob, references })
      for (const named of [references, references.toReversed()]) {
        const wrong = altered("symbolic-commit", commit, { key: null, references: named }, bob)
        author.refuses(clauses.path, "tree-kem.process", { on: alice, commit: wrong })
      }
      const { members } = author.accepts("tree-kem.process", { on: alice, commit })
      author.claim(members.length === 4, "dave is a member")
    },
  ),
  aCase(
    "tree-kem/leaf-zero",
    {
      title: "bob removes the founder and carol, and adds dave and erin: they are on the leaves that are free, from leaf 0 on",
      clauses: [clauses["lowest-leaf"]],
    },
    (author) => {
      const added = ["dave", "erin"].map((user) => appear(author, user))
      grown(author, [...trio, "frank"])
      const propose = (proposal: string) => admitted(author, [bob, "frank"], proposal)
      for (const user of [alice, carol])
        propose(author.accepts("tree-kem.propose-remove", { on: bob, leaf: leafOf(author, user) }).proposal)
      for (const keyPackage of added) propose(author.accepts("tree-kem.propose-add", { on: bob, keyPackage }).proposal)
      const free = [alice, carol].map((user) => leafOf(author, user)).sort()
      author.claim(free[0] === 0, "the founder is on leaf 0")
      const { commit } = author.accepts("tree-kem.commit", { on: bob, references: null })
      for (const view of [author.accepts("tree-kem.process", { on: "frank", commit }), author.accepts("tree-kem.adopt", { on: bob })]) {
        const taken = view.members.filter(({ user }) => user === "dave" || user === "erin").map(({ leaf }) => leaf)
        author.claim(taken.join() === free.join(), "dave and erin are on these two")
      }
    },
  ),
]

export default caseFile({ part: "delivery-service", chapter: "tree-kem-orders", layer: "tree-kem", flags: {} }, () => [
  ...proposals(),
  ...commits(),
  ...kinds(),
])
