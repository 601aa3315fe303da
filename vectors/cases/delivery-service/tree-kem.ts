/** The layer "tree-kem". */
import type { Schema } from "effect"
import { clauses } from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, aCase, type Case, caseFile, fork, type OutputOf, twins } from "../author.ts"
import { filled, first, flipped } from "../people.ts"
import { admitted, agree, altered, appear, digest, forged, group, grown, referenceOf, said, secretOf } from "./tree.ts"

const trio = first(3)
const [alice, bob, carol] = trio as [string, string, string]
const key = filled(0x55, 32)

/** Commits as `committer`, adopts, and has the others process it. */
const advanced = (author: Author, committer: string, others: ReadonlyArray<string>, references: ReadonlyArray<string> | null = null) => {
  const { commit, welcome } = author.accepts("tree-kem.commit", { on: committer, references })
  const own = author.accepts("tree-kem.adopt", { on: committer })
  const processed = others.map((on) => author.accepts("tree-kem.process", { on, commit }))
  return { commit, welcome, own, processed }
}

const leaves = (view: OutputOf<"tree-kem.adopt">) => view.members.map(({ leaf, user }) => `${leaf} ${user}`)

const keysOf = (view: OutputOf<"tree-kem.adopt">) => Object.fromEntries(view.members.map(({ user, key }) => [user, key]))

const shows = (id: string, title: string, about: ReadonlyArray<(typeof clauses)[keyof typeof clauses]>, write: (author: Author) => void) =>
  aCase(`tree-kem/${id}`, { title, clauses: about }, write)

const operations = (): ReadonlyArray<Case> => [
  shows("alone", "A group of one that commits nothing", [clauses["same-key"], clauses["key-update"]], (author) => {
    appear(author, alice)
    const before = author.accepts("tree-kem.found", { on: alice, group })
    const { own } = advanced(author, alice, [])
    author.claim(own.epoch === 1 && own.groupKey !== before.groupKey && own.authenticator !== before.authenticator, "a new epoch")
    author.claim(own.members[0]!.key !== before.members[0]!.key, "a new key")
  }),
  shows(
    "additions",
    "Two are added by one commit, without a path",
    [clauses["same-key"], clauses["lowest-leaf"], clauses.path],
    (author) => {
      const [own, ...keyPackages] = trio.map((user) => appear(author, user))
      const before = author.accepts("tree-kem.found", { on: alice, group })
      for (const keyPackage of keyPackages) {
        admitted(author, [alice], author.accepts("tree-kem.propose-add", { on: alice, keyPackage }).proposal)
      }
      const { commit, welcome } = author.accepts("tree-kem.commit", { on: alice, references: null })
      author.claim(said("symbolic-commit", commit).key === null, "no path")
      const views = [
        author.accepts("tree-kem.adopt", { on: alice }),
        ...[bob, carol].map((on) => author.accepts("tree-kem.join", { on, welcome: welcome! })),
      ]
      agree(author, views)
      author.claim(keysOf(views[0]!)[alice] === keysOf(before)[alice] && own !== undefined, "the committer keeps its key")
      author.claim(leaves(views[0]!).join().startsWith("0 alice,1 "), "the next leaves")
    },
  ),
  shows("update", "An update by another than the committer", [clauses["same-key"], clauses["key-update"]], (author) => {
    grown(author, trio)
    const { proposal } = author.accepts("tree-kem.propose-update", { on: bob })
    admitted(author, trio, proposal)
    const { own, processed } = advanced(author, carol, [alice, bob])
    agree(author, [own, ...processed])
    author.claim(keysOf(own)[bob] === said("symbolic-proposal", proposal).key, "bob has the key that it proposed")
  }),
  shows("path-only", "A commit without proposals gives the committer a new key", [clauses["same-key"], clauses["key-update"]], (author) => {
    grown(author, trio)
    const { own, processed, commit } = advanced(author, bob, [alice, carol])
    agree(author, [own, ...processed])
    author.claim(keysOf(own)[bob] === said("symbolic-commit", commit).key, "bob has the key of its commit")
  }),
  shows("removal", "A removal, and what the removed member sees", [clauses["same-key"], clauses["lowest-leaf"]], (author) => {
    grown(author, trio)
    const { proposal } = author.accepts("tree-kem.propose-remove", { on: carol, leaf: 1 })
    admitted(author, trio, proposal)
    const { commit, own, processed } = advanced(author, alice, [])
    author.claim(processed.length === 0 && leaves(own).length === 2, "one less")
    const at1 = trio.find((user) => user !== alice && !leaves(own).some((leaf) => leaf.endsWith(user)))!
    const stays = trio.find((user) => user !== alice && user !== at1)!
    agree(author, [own, author.accepts("tree-kem.process", { on: stays, commit })])
    const gone = author.accepts("tree-kem.process", { on: at1, commit })
    author.claim(gone.removed && gone.epoch === 1 && gone.groupKey !== own.groupKey, "the removed member stays behind")
  }),
  shows(
    "lowest-leaf",
    "Who comes takes the leaf of who went, in the same commit",
    [clauses["lowest-leaf"], clauses["same-key"]],
    (author) => {
      grown(author, trio)
      const dave = appear(author, "dave")
      admitted(author, trio, author.accepts("tree-kem.propose-remove", { on: alice, leaf: 1 }).proposal)
      admitted(author, trio, author.accepts("tree-kem.propose-add", { on: alice, keyPackage: dave }).proposal)
      const { own, welcome } = advanced(author, alice, [])
      author.claim(leaves(own).includes("1 dave"), "dave is on leaf 1")
      agree(author, [own, author.accepts("tree-kem.join", { on: "dave", welcome: welcome! })])
    },
  ),
  shows(
    "same-user-again",
    "A user is replaced by itself with a new key package in one commit",
    [clauses.conflict, clauses["same-key"]],
    (author) => {
      grown(author, [alice, bob])
      admitted(author, [alice], author.accepts("tree-kem.propose-remove", { on: alice, leaf: 1 }).proposal)
      const again = author.accepts("tree-kem.init", {
        on: "bob-again",
        seed: filled(0xb0, 32),
        backEnd: "symbolic",
        user: bob,
        number: 1,
      })
      admitted(author, [alice], author.accepts("tree-kem.propose-add", { on: alice, keyPackage: again.keyPackage }).proposal)
      const { own, welcome } = advanced(author, alice, [])
      agree(author, [own, author.accepts("tree-kem.join", { on: "bob-again", welcome: welcome! })])
    },
  ),
  shows("ascending", "The proposals stand in ascending order of their references", [clauses["ascending-references"]], (author) => {
    grown(author, trio)
    const proposals = [bob, carol].map((on) => admitted(author, trio, author.accepts("tree-kem.propose-update", { on }).proposal))
    const references = proposals.map(referenceOf).sort()
    for (const order of [references, references.toReversed()]) {
      const { commit } = author.accepts("tree-kem.commit", { on: alice, references: order })
      author.claim(String(said("symbolic-commit", commit).references) === String(references), "ascending")
    }
  }),
  shows("key-schedule", "Secrets, tags and references are the hashes that the chapter gives", [clauses["same-key"]], (author) => {
    grown(author, [alice, bob])
    const { proposal } = author.accepts("tree-kem.propose-update", { on: bob })
    admitted(author, [alice, bob], proposal)
    const bytes = Uint8Array.from(Buffer.from(proposal, "hex"))
    author.claim(referenceOf(proposal) === digest("conclave/1 tree-kem reference", bytes), "the reference")
    const { commit, own, processed } = advanced(author, alice, [bob])
    agree(author, [own, ...processed])
    author.accepts("tree-kem.read-commit", { commit })
    author.accepts("tree-kem.read-proposal", { proposal })
    author.accepts("tree-kem.decode", { type: "symbolic-commit", bytes: commit })
    const value = said("symbolic-proposal", proposal)
    author.gives("tree-kem.encode", { type: "symbolic-proposal", value: value as unknown as Schema.Json }, { bytes: proposal })
  }),
]

/** alice, bob and carol, the proposals of bob and carol that they have admitted, and what alice may choose. */
const contended = (author: Author) => {
  const keyPackages = grown(author, trio)
  const dave = appear(author, "dave")
  const proposals = {
    bobUpdates: author.accepts("tree-kem.propose-update", { on: bob }).proposal,
    bobUpdatesAgain: author.accepts("tree-kem.propose-update", { on: bob }).proposal,
    bobAddsDave: author.accepts("tree-kem.propose-add", { on: bob, keyPackage: dave }).proposal,
    carolAddsDave: author.accepts("tree-kem.propose-add", { on: carol, keyPackage: dave }).proposal,
    carolRemoves1: author.accepts("tree-kem.propose-remove", { on: carol, leaf: 1 }).proposal,
    carolRemovesAlice: author.accepts("tree-kem.propose-remove", { on: carol, leaf: 0 }).proposal,
    aliceUpdates: author.accepts("tree-kem.propose-update", { on: alice }).proposal,
  }
  for (const proposal of Object.values(proposals)) admitted(author, [alice], proposal)
  return { proposals, keyPackages }
}

type Contended = ReturnType<typeof contended>["proposals"]

const selections = (): ReadonlyArray<Case> => [
  shows("selection", "What alice commits of everything", [clauses.selection], (author) => {
    const { proposals } = contended(author)
    const { commit } = author.accepts("tree-kem.commit", { on: alice, references: null })
    const chosen: ReadonlyArray<string> = said("symbolic-commit", commit).references
    const name = (ref: string) => Object.entries(proposals).find(([, proposal]) => referenceOf(proposal) === ref)![0]
    const names = chosen.map(name)
    author.claim(names.includes("carolRemoves1"), "a removal goes before an update")
    author.claim(names.filter((one) => one.endsWith("AddsDave")).length === 1, "dave once")
    author.claim(!names.includes("carolRemovesAlice") && !names.includes("aliceUpdates"), "nothing about alice")
  }),
  shows("selection-as-definition", "The definitions by themselves", [clauses.selection, clauses.conflict], (author) => {
    const { proposals } = contended(author)
    const members =
      author.accepts("tree-kem.commit", { on: alice, references: [] }) && author.accepts("tree-kem.adopt", { on: alice }).members
    grown(author, trio)
    const list = Object.values(proposals).slice(0, 6)
    const all = list.map((proposal) => author.accepts("tree-kem.admit", { on: bob, proposal }).admitted)
    for (const committer of [0, 1, 2, 3]) {
      const { references } = author.accepts("tree-kem.selection", { proposals: all, committer, members })
      const taken = all.filter(({ ref }) => references.includes(ref))
      author.gives("tree-kem.conflict", { proposals: taken, committer, members }, { conflict: false })
      author.gives("tree-kem.conflict", { proposals: all, committer, members }, { conflict: true })
    }
  }),
]

const conflicting = (id: string, title: string, right: ReadonlyArray<keyof Contended>, wrong: ReadonlyArray<keyof Contended>) =>
  twins(`tree-kem/${id}`, clauses.conflict, title, (author) => {
    const { proposals } = contended(author)
    const references = (names: ReadonlyArray<keyof Contended>) => names.map((name) => referenceOf(proposals[name]))
    return fork("tree-kem.commit", { on: alice, references: references(right) }, { references: references(wrong) })
  })

const conflicts = (): ReadonlyArray<Case> => [
  ...conflicting("own-update", "The committer's own update", ["bobUpdates"], ["bobUpdates", "aliceUpdates"]),
  ...conflicting("own-removal", "The committer's own removal", ["bobUpdates"], ["bobUpdates", "carolRemovesAlice"]),
  ...conflicting("two-updates", "Two updates of one member", ["bobUpdates"], ["bobUpdates", "bobUpdatesAgain"]),
  ...conflicting("added-twice", "Two additions of one user", ["bobAddsDave"], ["bobAddsDave", "carolAddsDave"]),
]

/** alice and bob are members and have admitted what is asked for; alice has what bob sends it, and bob what alice sends it. */
const proposing = (id: string, clause: (typeof clauses)[keyof typeof clauses], title: string, wrong: (proposal: string) => string) =>
  twins(`tree-kem/${id}`, clause, title, (author) => {
    grown(author, [alice, bob])
    const { proposal } = author.accepts("tree-kem.propose-update", { on: bob })
    return fork("tree-kem.admit", { on: alice, proposal }, { proposal: wrong(proposal) })
  })

const proposals = (): ReadonlyArray<Case> => [
  ...proposing("proposal-message", clauses.message, "A proposal with a byte too many", (proposal) => `${proposal}00`),
  ...proposing("proposal-group", clauses.group, "A proposal for another group", (proposal) =>
    altered("symbolic-proposal", proposal, { group: filled(0x78, 16) }, bob),
  ),
  ...proposing("proposal-epoch", clauses.epoch, "A proposal of the epoch before", (proposal) =>
    altered("symbolic-proposal", proposal, { epoch: 0 }, bob),
  ),
  ...proposing("proposal-future", clauses.epoch, "A proposal of the next epoch", (proposal) =>
    altered("symbolic-proposal", proposal, { epoch: 2 }, bob),
  ),
  ...proposing("proposal-author", clauses.author, "A proposal by a leaf where nobody is", (proposal) =>
    altered("symbolic-proposal", proposal, { author: 7 }, bob),
  ),
  ...proposing("proposal-of-another", clauses.signature, "A proposal in another's name", (proposal) =>
    altered("symbolic-proposal", proposal, { author: 0 }, bob),
  ),
  ...proposing("proposal-signature", clauses.signature, "A proposal under the signature of another one", (proposal) =>
    forged("symbolic-proposal", proposal, { key }),
  ),
  ...proposing("taken-key", clauses["fresh-keys"], "An update to a key that is a member's", (proposal) =>
    altered(
      "symbolic-proposal",
      proposal,
      { key: digest("conclave/1 tree-kem first", Uint8Array.from(Buffer.from(secretOf(alice), "hex"))) },
      bob,
    ),
  ),
  ...twins("tree-kem/removes-member", clauses["removes-member"], "A removal of nobody", (author) => {
    grown(author, trio)
    return fork("tree-kem.propose-remove", { on: alice, leaf: 2 }, { leaf: 3 })
  }),
  ...twins("tree-kem/removed-is-member", clauses["removes-member"], "Another's removal of nobody", (author) => {
    grown(author, trio)
    const { proposal } = author.accepts("tree-kem.propose-remove", { on: bob, leaf: 0 })
    return fork("tree-kem.admit", { on: alice, proposal }, { proposal: altered("symbolic-proposal", proposal, { leaf: 3 }, bob) })
  }),
  ...twins("tree-kem/key-package", clauses["key-package"], "A key package whose user was changed", (author) => {
    const dave = appear(author, "dave")
    grown(author, trio)
    return fork(
      "tree-kem.propose-add",
      { on: alice, keyPackage: dave },
      { keyPackage: forged("symbolic-key-package", dave, { user: "mallory" }) },
    )
  }),
  ...twins("tree-kem/added-key-package", clauses["key-package"], "Another adds a key package whose user was changed", (author) => {
    const dave = appear(author, "dave")
    grown(author, trio)
    const { proposal } = author.accepts("tree-kem.propose-add", { on: bob, keyPackage: dave })
    const { keyPackage } = said("symbolic-proposal", proposal)
    const wrong = altered("symbolic-proposal", proposal, { keyPackage: { ...keyPackage, user: "mallory" } }, bob)
    return fork("tree-kem.admit", { on: alice, proposal }, { proposal: wrong })
  }),
  shows("duplicate", "A proposal that comes twice", [clauses.known], (author) => {
    grown(author, [alice, bob])
    const { proposal } = author.accepts("tree-kem.propose-update", { on: bob })
    admitted(author, [alice], proposal)
    author.ignores("tree-kem.admit", { on: alice, proposal })
  }),
]

/** alice has bob's commit of carol's update before it, which is to be changed. */
const committing = (
  id: string,
  clause: (typeof clauses)[keyof typeof clauses],
  title: string,
  wrong: (commit: string, author: Author) => string,
) =>
  twins(`tree-kem/${id}`, clause, title, (author) => {
    grown(author, trio)
    const { proposal } = author.accepts("tree-kem.propose-update", { on: carol })
    admitted(author, [alice, bob], proposal)
    const { commit } = author.accepts("tree-kem.commit", { on: bob, references: null })
    return fork("tree-kem.process", { on: alice, commit }, { commit: wrong(commit, author) })
  })

const commits = (): ReadonlyArray<Case> => [
  ...committing("commit-message", clauses.message, "A commit with a byte missing", (commit) => commit.slice(0, -2)),
  ...committing("commit-group", clauses.group, "A commit for another group", (commit) =>
    altered("symbolic-commit", commit, { group: filled(0x78, 16) }, bob),
  ),
  ...committing("commit-epoch", clauses.epoch, "A commit of the next epoch", (commit) =>
    altered("symbolic-commit", commit, { epoch: 2 }, bob),
  ),
  ...committing("commit-author", clauses.author, "A commit by a leaf where nobody is", (commit) =>
    altered("symbolic-commit", commit, { author: 9 }, bob),
  ),
  ...committing("commit-signature", clauses.signature, "A commit under the signature of another one", (commit) =>
    forged("symbolic-commit", commit, { key }),
  ),
  ...committing("own-commit", clauses["own-commit"], "A commit in one's own name", (commit) =>
    altered("symbolic-commit", commit, { author: 0 }, alice),
  ),
  ...committing("reference-twice", clauses["by-reference"], "A reference that stands there twice", (commit) => {
    const { references } = said("symbolic-commit", commit)
    return altered("symbolic-commit", commit, { references: [...references, ...references] }, bob)
  }),
  ...committing("known", clauses.known, "A commit of a proposal that was not admitted", (commit) =>
    altered("symbolic-commit", commit, { references: [filled(0x44, 32)] }, bob),
  ),
  ...committing("path", clauses.path, "A commit of an update that brings no new key of its committer", (commit) =>
    altered("symbolic-commit", commit, { key: null }, bob),
  ),
  ...committing("commit-key", clauses["fresh-keys"], "A commit with the key that one of its proposals brings", (commit, author) => {
    const { proposal } = author.accepts("tree-kem.propose-update", { on: carol })
    admitted(author, [alice], proposal)
    const { key: brought } = said("symbolic-proposal", proposal)
    return altered("symbolic-commit", commit, { key: brought, references: [referenceOf(proposal)] }, bob)
  }),
  ...committing("decrypts", clauses.decrypts, "A commit that some can decrypt and this member cannot", (commit) =>
    altered("symbolic-commit", commit, { unreadable: [0] }, bob),
  ),
  ...committing("confirmation", clauses.decrypts, "A commit with another confirmation tag", (commit) =>
    altered("symbolic-commit", commit, { confirmation: flipped(said("symbolic-commit", commit).confirmation, 0) }, bob),
  ),
  ...twins("tree-kem/commit-twice", clauses["by-reference"], "To commit one proposal twice", (author) => {
    grown(author, trio)
    const { proposal } = author.accepts("tree-kem.propose-update", { on: carol })
    admitted(author, [alice], proposal)
    const ref = referenceOf(proposal)
    return fork("tree-kem.commit", { on: alice, references: [ref] }, { references: [ref, ref] })
  }),
  ...twins("tree-kem/commit-unknown", clauses.known, "To commit a proposal that was not admitted", (author) => {
    grown(author, trio)
    return fork("tree-kem.commit", { on: alice, references: [] }, { references: [filled(0x44, 32)] })
  }),
  ...twins("tree-kem/commit-conflict", clauses.conflict, "Another commits its own update", (author) => {
    grown(author, trio)
    const proposals = [carol, bob].map((on) => admitted(author, [alice, bob], author.accepts("tree-kem.propose-update", { on }).proposal))
    const { commit } = author.accepts("tree-kem.commit", { on: bob, references: null })
    const references = proposals.map(referenceOf).sort()
    return fork("tree-kem.process", { on: alice, commit }, { commit: altered("symbolic-commit", commit, { references }, bob) })
  }),
  ...twins("tree-kem/another-members-commit", clauses["own-commit"], "To process what one has committed oneself", (author) => {
    grown(author, trio)
    const own = author.accepts("tree-kem.commit", { on: alice, references: null })
    const { commit } = author.accepts("tree-kem.commit", { on: bob, references: null })
    return fork("tree-kem.process", { on: alice, commit }, { commit: own.commit })
  }),
  ...twins("tree-kem/unreadable", clauses.decrypts, "A commit that carol cannot decrypt, and the next one that it can", (author) => {
    grown(author, trio)
    const { commit } = author.accepts("tree-kem.commit", { on: bob, references: null })
    return fork("tree-kem.process", { on: carol, commit }, { commit: altered("symbolic-commit", commit, { unreadable: [1, 2] }, bob) })
  }),
]

const welcomes = (): ReadonlyArray<Case> => [
  ...twins("tree-kem/welcome-message", clauses.message, "A welcome that is a commit", (author) => {
    const { commit, welcome } = welcomed(author)
    return fork("tree-kem.join", { on: bob, welcome }, { welcome: commit })
  }),
  ...twins("tree-kem/welcome", clauses.welcome, "A welcome for another", (author) => {
    const { welcome } = welcomed(author)
    const { keyPackages } = said("symbolic-welcome", welcome)
    const other = { ...keyPackages[0], user: "mallory" }
    return fork("tree-kem.join", { on: bob, welcome }, { welcome: forged("symbolic-welcome", welcome, { keyPackages: [other] }) })
  }),
]

/** bob is about to be in alice's group. */
function welcomed(author: Author) {
  const keyPackage = appear(author, bob)
  appear(author, alice)
  author.accepts("tree-kem.found", { on: alice, group })
  admitted(author, [alice], author.accepts("tree-kem.propose-add", { on: alice, keyPackage }).proposal)
  const { commit, welcome } = author.accepts("tree-kem.commit", { on: alice, references: null })
  return { commit, welcome: welcome! }
}

export default caseFile({ part: "delivery-service", chapter: "tree-kem", layer: "tree-kem", flags: {} }, () => [
  ...operations(),
  ...selections(),
  ...conflicts(),
  ...proposals(),
  ...commits(),
  ...welcomes(),
])
