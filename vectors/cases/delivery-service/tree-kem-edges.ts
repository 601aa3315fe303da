/** The layer "tree-kem": what a port can get wrong in what fits together, and in the order of checks. */

import { labelledDraw } from "../../../reference/crypto/randomness.ts"
import type { Cbor } from "../../../spec/conventions/cbor.ts"
import { clauses, maximumMembers } from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, aCase, type Case, caseFile, fork, type ParamsOf, twins } from "../author.ts"
import { filled, first, flipped, repeated } from "../people.ts"
import { authorPrimitives } from "../primitives.ts"
import { admitted, altered, appear, digest, forged, group, grown, referenceOf, said, secretOf } from "./tree.ts"

const [alice, bob, carol] = first(3) as [string, string, string]
const trio = [alice, bob, carol]

type AdmittedJson = ParamsOf<"tree-kem.conflict">["proposals"][number]

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"))

/** 32 bytes that are a number's own. */
const own = (number: number): string => filled(number, 32)

const members = [0, 1, 2].map((leaf) => ({ leaf, user: trio[leaf]!, signingKey: own(0x10 + leaf), key: own(0x20 + leaf) }))

const common = (ref: number, author: number) => ({ ref: own(ref), author, proposal: "00" })

const add = (ref: number, user: string, signingKey: number, key: number): AdmittedJson => ({
  type: "admitted-add",
  ...common(ref, 0),
  user,
  signingKey: own(signingKey),
  key: own(key),
})

const update = (ref: number, author: number, key: number): AdmittedJson => ({
  type: "admitted-update",
  ...common(ref, author),
  key: own(key),
})

const remove = (ref: number, leaf: number): AdmittedJson => ({ type: "admitted-remove", ...common(ref, 0), leaf })

/** A member as a symbolic welcome lists it. */
interface Listed {
  readonly leaf: number
  readonly user: string
}

/** A member, with its keys. */
interface Member extends Listed {
  readonly signingKey: string
  readonly key: string
}

/** alice founds a group and adds bob: the welcome. */
const welcomeOf = (author: Author): string => {
  const keyPackage = appear(author, bob)
  appear(author, alice)
  author.accepts("tree-kem.found", { on: alice, group })
  admitted(author, [alice], author.accepts("tree-kem.propose-add", { on: alice, keyPackage }).proposal)
  return author.accepts("tree-kem.commit", { on: alice, references: null }).welcome!
}

const definitions = (): ReadonlyArray<Case> => [
  aCase("tree-kem/conflict-each", { title: "Each way to contradict, alone", clauses: [clauses.conflict] }, (author) => {
    const conflicts = (proposals: ReadonlyArray<AdmittedJson>, conflict: boolean) =>
      author.gives("tree-kem.conflict", { proposals, committer: 0, members }, { conflict })
    const dave = add(1, "dave", 0x51, 0x52)
    conflicts([], false)
    conflicts([dave, add(2, "erin", 0x53, 0x54), update(3, 1, 0x55), remove(4, 2)], false)
    conflicts([dave, add(2, "dave", 0x53, 0x54)], true)
    conflicts([dave, add(2, "erin", 0x53, 0x52)], true)
    conflicts([dave, add(2, "erin", 0x51, 0x54)], true)
    conflicts([dave, add(2, "erin", 0x52, 0x54)], true)
    conflicts([dave, update(2, 1, 0x52)], true)
    conflicts([dave, update(2, 1, 0x51)], true)
    conflicts([update(2, 1, 0x55), update(3, 2, 0x55)], true)
    conflicts([update(2, 1, 0x55), update(3, 1, 0x56)], true)
    conflicts([update(2, 1, 0x55), remove(3, 1)], true)
    conflicts([remove(2, 1), remove(3, 1)], true)
    conflicts([update(2, 0, 0x55)], true)
    conflicts([remove(2, 0)], true)
    conflicts([add(1, carol, 0x51, 0x52)], true)
    conflicts([add(1, carol, 0x51, 0x52), remove(2, 1)], true)
    conflicts([add(1, carol, 0x51, 0x52), remove(2, 2)], false)
  }),
  aCase(
    "tree-kem/conflict-of-most",
    { title: "Additions that make 1,024 members, one too many, and one too many but for a removal", clauses: [clauses.conflict] },
    (author) => {
      const most = Array.from({ length: maximumMembers - 1 }, (_, leaf) => ({
        ...{ leaf, user: `u${leaf}` },
        signingKey: `01${leaf.toString(16).padStart(62, "0")}`,
        key: `02${leaf.toString(16).padStart(62, "0")}`,
      }))
      const conflicts = (proposals: ReadonlyArray<AdmittedJson>, conflict: boolean) =>
        author.gives("tree-kem.conflict", { proposals, committer: 0, members: most }, { conflict })
      const [dave, erin] = [add(1, "dave", 0x51, 0x52), add(2, "erin", 0x53, 0x54)]
      conflicts([dave], false)
      conflicts([dave, erin], true)
      conflicts([dave, erin, remove(3, 7)], false)
    },
  ),
  aCase("tree-kem/selection-ranks", { title: "What goes before what, whatever the references", clauses: [clauses.selection] }, (author) => {
    const selects = (proposals: ReadonlyArray<AdmittedJson>, ...refs: ReadonlyArray<number>) =>
      author.gives("tree-kem.selection", { proposals, committer: 0, members }, { references: refs.map(own) })
    selects([add(1, "dave", 0x51, 0x52), update(2, 1, 0x52)], 2)
    selects([update(1, 1, 0x55), remove(2, 1)], 2)
    selects([add(1, carol, 0x51, 0x52), remove(2, 2)], 1, 2)
    selects([add(2, "dave", 0x51, 0x52), add(1, "dave", 0x53, 0x54)], 1)
    selects([update(9, 2, 0x56), update(3, 1, 0x55), add(5, "dave", 0x51, 0x52)], 3, 5, 9)
  }),
]

/** alice has added bob and carol; bob has two additions admitted like alice, and the secret of the epoch is known. */
const twoAdditions = (author: Author) => {
  const keyPackages = trio.map((user) => appear(author, user))
  author.accepts("tree-kem.found", { on: alice, group })
  for (const keyPackage of keyPackages.slice(1))
    admitted(author, [alice], author.accepts("tree-kem.propose-add", { on: alice, keyPackage }).proposal)
  const { welcome } = author.accepts("tree-kem.commit", { on: alice, references: null })
  author.accepts("tree-kem.adopt", { on: alice })
  for (const on of [bob, carol]) author.accepts("tree-kem.join", { on, welcome: welcome! })
  const added = ["dave", "erin"].map((user) => {
    const keyPackage = appear(author, user)
    return admitted(author, [alice, bob], author.accepts("tree-kem.propose-add", { on: bob, keyPackage }).proposal)
  })
  const author1 = author.accepts("tree-kem.show", { on: bob }).me
  const references = added.map(referenceOf).sort()
  const { commit } = author.accepts("tree-kem.commit", { on: bob, references })
  const { secret } = said("symbolic-welcome", welcome!) as unknown as { readonly secret: string }
  /** bob's commit with these references and this key, with the confirmation that is right for them. */
  const changed = (refs: ReadonlyArray<string>, key: string | null): string => {
    const inputs: ReadonlyArray<Cbor> = [bytes(secret), bytes(group), 1, author1, refs.map(bytes), key === null ? null : bytes(key)]
    const next = digest("conclave/1 tree-kem next", ...inputs)
    const confirmation = digest("conclave/1 tree-kem confirmation", bytes(next))
    return altered("symbolic-commit", commit, { references: refs, key, confirmation }, bob)
  }
  return { commit, references, changed }
}

const orders = (): ReadonlyArray<Case> => [
  aCase(
    "tree-kem/descending",
    {
      title: "A commit that names its proposals in descending order takes effect in that order",
      clauses: [clauses["ascending-references"]],
    },
    (author) => {
      const { references, changed, commit } = twoAdditions(author)
      author.claim(changed(references, null) === commit, "the confirmation is made as the chapter says")
      const view = author.accepts("tree-kem.process", { on: alice, commit: changed(references.toReversed(), null) })
      author.claim(view.epoch === 2 && view.members.length === 5, "processed")
    },
  ),
  aCase(
    "tree-kem/additions-with-path",
    { title: "A commit of additions only may bring a key", clauses: [clauses.path, clauses["key-update"]] },
    (author) => {
      const { references, changed } = twoAdditions(author)
      const view = author.accepts("tree-kem.process", { on: alice, commit: changed(references, own(0x77)) })
      author.claim(view.members.find(({ user }) => user === bob)!.key === own(0x77), "bob has it")
    },
  ),
  aCase(
    "tree-kem/next-draws",
    { title: "What is drawn after a commit does not count in the state after it", clauses: [clauses["same-key"]] },
    (author) => {
      grown(author, [alice, bob])
      const drawn = (label: string) => Buffer.from(labelledDraw(authorPrimitives, bytes(repeated(alice)), label, 32)).toString("hex")
      author.accepts("tree-kem.commit", { on: alice, references: [] })
      const before = author.accepts("tree-kem.propose-update", { on: alice }).proposal
      author.claim(said("symbolic-proposal", before).key === drawn(`tree-kem/operation/${group}/1/3`), "the fourth draw")
      author.accepts("tree-kem.adopt", { on: alice })
      const after = author.accepts("tree-kem.propose-update", { on: alice }).proposal
      author.claim(said("symbolic-proposal", after).key === drawn(`tree-kem/operation/${group}/2/3`), "the fourth again, of another epoch")
    },
  ),
  aCase(
    "tree-kem/removed-unconfirmed",
    { title: "Who is removed does not look at the confirmation, which it could not check", clauses: [clauses.decrypts] },
    (author) => {
      grown(author, trio)
      const { me } = author.accepts("tree-kem.show", { on: carol })
      admitted(author, trio, author.accepts("tree-kem.propose-remove", { on: bob, leaf: me }).proposal)
      const { commit } = author.accepts("tree-kem.commit", { on: bob, references: null })
      const wrong = altered("symbolic-commit", commit, { confirmation: own(0x44) }, bob)
      author.refuses(clauses.decrypts, "tree-kem.process", { on: alice, commit: wrong })
      author.claim(author.accepts("tree-kem.process", { on: carol, commit: wrong }).removed, "removed")
    },
  ),
  aCase(
    "tree-kem/reference-twice-unknown",
    { title: "To commit twice what was never admitted: named twice comes first", clauses: [clauses["by-reference"], clauses.known] },
    (author) => {
      grown(author, [alice, bob])
      author.refuses(clauses["by-reference"], "tree-kem.commit", { on: alice, references: [own(0x44), own(0x44)] })
      author.refuses(clauses.known, "tree-kem.commit", { on: alice, references: [own(0x44)] })
    },
  ),
]

/** alice has bob's commit of nothing before it. */
const ofNothing = (id: string, clause: (typeof clauses)[keyof typeof clauses], title: string, change: (author: Author) => object) =>
  twins(`tree-kem/${id}`, clause, title, (author) => {
    grown(author, trio)
    const { commit } = author.accepts("tree-kem.commit", { on: bob, references: [] })
    return fork("tree-kem.process", { on: alice, commit }, { commit: altered("symbolic-commit", commit, { ...change(author) }, bob) })
  })

const carolOf = (author: Author) => author.accepts("tree-kem.show", { on: alice }).members.find(({ user }) => user === carol)!

const keys = (): ReadonlyArray<Case> => [
  ...ofNothing("empty-path", clauses.path, "A commit of nothing that brings no key", () => ({ key: null })),
  ...ofNothing("commit-members-key", clauses["fresh-keys"], "A commit with a key that is a member's", (author) => ({
    key: carolOf(author).key,
  })),
  ...ofNothing("commit-signature-key", clauses["fresh-keys"], "A commit with a key that is a member's signature key", (author) => ({
    key: carolOf(author).signingKey,
  })),
  ...twins(
    "tree-kem/commit-added-key",
    clauses["fresh-keys"],
    "A commit with a key that is the signature key of one whom it adds",
    (author) => {
      const dave = appear(author, "dave")
      grown(author, trio)
      admitted(author, trio, author.accepts("tree-kem.propose-add", { on: bob, keyPackage: dave }).proposal)
      admitted(author, trio, author.accepts("tree-kem.propose-update", { on: carol }).proposal)
      const { commit } = author.accepts("tree-kem.commit", { on: bob, references: null })
      const { signingKey } = said("symbolic-key-package", dave) as unknown as { readonly signingKey: string }
      return fork("tree-kem.process", { on: alice, commit }, { commit: altered("symbolic-commit", commit, { key: signingKey }, bob) })
    },
  ),
  aCase(
    "tree-kem/own-commit-first",
    { title: "One's own commit with a wrong signature: that it is one's own comes first", clauses: [clauses["own-commit"]] },
    (author) => {
      grown(author, [alice, bob])
      const { commit } = author.accepts("tree-kem.commit", { on: alice, references: [] })
      const wrong = forged("symbolic-commit", commit, { signature: filled(1, 64) })
      author.refuses(clauses["own-commit"], "tree-kem.process", { on: alice, commit: wrong })
      author.refuses(clauses.signature, "tree-kem.process", { on: bob, commit: wrong })
    },
  ),
  aCase(
    "tree-kem/conflict-before-path",
    {
      title: "A commit of its author's own update without a new key: that its proposals contradict comes first",
      clauses: [clauses.conflict],
    },
    (author) => {
      grown(author, [alice, bob])
      const { proposal } = author.accepts("tree-kem.propose-update", { on: bob })
      admitted(author, [alice], proposal)
      const { commit } = author.accepts("tree-kem.commit", { on: bob, references: [] })
      const wrong = altered("symbolic-commit", commit, { references: [referenceOf(proposal)], key: null }, bob)
      author.refuses(clauses.conflict, "tree-kem.process", { on: alice, commit: wrong })
      const without = altered("symbolic-commit", commit, { key: null }, bob)
      author.refuses(clauses.path, "tree-kem.process", { on: alice, commit: without })
    },
  ),
  ...twins("tree-kem/encoding-leaf", clauses.message, "A removal of a leaf over 65,535", (author) => {
    grown(author, [alice, bob])
    const { proposal } = author.accepts("tree-kem.propose-remove", { on: bob, leaf: 0 })
    const right = forged("symbolic-proposal", proposal, { leaf: 0xffff })
    // 19ffff is 65,535, and 1a00010000 is one more.
    return fork("tree-kem.read-proposal", { proposal: right }, { proposal: right.replace("19ffff", "1a00010000") })
  }),
  aCase(
    "tree-kem/sign",
    { title: "Each signed symbolic message, signed", clauses: [clauses.signature, clauses["key-package"]] },
    (author) => {
      const dave = appear(author, "dave")
      grown(author, [alice, bob])
      const proposals = [
        author.accepts("tree-kem.propose-add", { on: bob, keyPackage: dave }).proposal,
        author.accepts("tree-kem.propose-update", { on: bob }).proposal,
        author.accepts("tree-kem.propose-remove", { on: bob, leaf: 0 }).proposal,
      ]
      const { commit } = author.accepts("tree-kem.commit", { on: bob, references: [] })
      const signed = (type: ParamsOf<"tree-kem.sign">["type"], bytes: string, user: string) => {
        const value = { ...said(type, bytes), signature: filled(0, 64) } as never
        author.gives("tree-kem.sign", { type, value, secretKey: secretOf(user) }, { bytes })
      }
      signed("symbolic-key-package", dave, "dave")
      for (const proposal of proposals) signed("symbolic-proposal", proposal, bob)
      signed("symbolic-commit", commit, bob)
    },
  ),
  aCase(
    "tree-kem/welcome-in-order",
    {
      title: "A welcome has the key packages in the order in which the commit names the additions",
      clauses: [clauses["ascending-references"]],
    },
    (author) => {
      const added = ["dave", "erin", "frank"].map((user) => appear(author, user))
      grown(author, [alice])
      const proposals = added.map((keyPackage) => author.accepts("tree-kem.propose-add", { on: alice, keyPackage }).proposal)
      for (const proposal of proposals) admitted(author, [alice], proposal)
      const { commit, welcome } = author.accepts("tree-kem.commit", { on: alice, references: null })
      const inOrder = said("symbolic-commit", commit).references.map((ref) => {
        const proposal = proposals.find((one) => referenceOf(one) === ref)!
        return JSON.stringify(said("symbolic-proposal", proposal).keyPackage)
      })
      const named = said("symbolic-welcome", welcome!).keyPackages.map((one) => JSON.stringify(one))
      author.claim(named.join() === inOrder.join() && said("symbolic-commit", commit).key === null, "and no key of the committer")
    },
  ),
  ...twins("tree-kem/taken-signature-key", clauses["fresh-keys"], "An update to what is a member's signature key", (author) => {
    grown(author, trio)
    const { proposal } = author.accepts("tree-kem.propose-update", { on: bob })
    const wrong = altered("symbolic-proposal", proposal, { key: carolOf(author).signingKey }, bob)
    return fork("tree-kem.admit", { on: alice, proposal }, { proposal: wrong })
  }),
  ...twins(
    "tree-kem/taken-key-package",
    clauses["fresh-keys"],
    "An addition of a member's key, badly signed: the key comes first",
    (author) => {
      const dave = appear(author, "dave")
      grown(author, trio)
      const { proposal } = author.accepts("tree-kem.propose-add", { on: bob, keyPackage: dave })
      const { keyPackage } = said("symbolic-proposal", proposal)
      const wrong = altered("symbolic-proposal", proposal, { keyPackage: { ...keyPackage, key: carolOf(author).key } }, bob)
      return fork("tree-kem.admit", { on: alice, proposal }, { proposal: wrong })
    },
  ),
  ...(
    [
      ["order", "in which two members stand in the wrong order", (listed: ReadonlyArray<Listed>) => listed.toReversed()],
      ["leaf", "in which two members are on one leaf", (listed: ReadonlyArray<Listed>) => listed.map((member) => ({ ...member, leaf: 1 }))],
      ["user", "in which two members are one user", (listed: ReadonlyArray<Listed>) => listed.map((member) => ({ ...member, user: bob }))],
    ] as const
  ).flatMap(([name, title, change]) =>
    twins(`tree-kem/welcome-${name}`, clauses.welcome, `A welcome ${title}`, (author) => {
      const welcome = welcomeOf(author)
      const { members } = said("symbolic-welcome", welcome) as unknown as { readonly members: ReadonlyArray<Listed> }
      return fork("tree-kem.join", { on: bob, welcome }, { welcome: forged("symbolic-welcome", welcome, { members: change(members) }) })
    }),
  ),
  aCase(
    "tree-kem/welcome-lookalikes",
    {
      title:
        "A welcome in which somebody has two of bob's user, signature key and key: it is not bob's where bob is not in it, and bob is on his own leaf where he is",
      clauses: [clauses.welcome],
    },
    (author) => {
      const welcome = welcomeOf(author)
      const { members: listed } = said("symbolic-welcome", welcome) as unknown as { readonly members: ReadonlyArray<Member> }
      const [first, own] = listed as [Member, Member]
      const joining = (...others: ReadonlyArray<Member>) => ({ on: bob, welcome: forged("symbolic-welcome", welcome, { members: others }) })
      const lookalikes = [
        { ...own, user: carol },
        { ...own, signingKey: first.signingKey },
        { ...own, key: first.key },
      ]
      for (const one of lookalikes) author.refuses(clauses.welcome, "tree-kem.join", joining(first, one))
      const { me } = author.accepts("tree-kem.join", joining({ ...own, leaf: 0, user: carol }, own))
      author.claim(me === own.leaf, "his own leaf")
    },
  ),
  aCase("tree-kem/last-epoch", { title: "The last epoch has no commit", clauses: [clauses.epoch] }, (author) => {
    const welcome = welcomeOf(author)
    author.accepts("tree-kem.join", { on: bob, welcome: forged("symbolic-welcome", welcome, { epoch: 0xfffffffe }) })
    author.accepts("tree-kem.commit", { on: bob, references: [] })
    author.accepts("tree-kem.adopt", { on: bob })
    author.refuses(clauses.epoch, "tree-kem.commit", { on: bob, references: [] })
  }),
  ...twins("tree-kem/welcome-members", clauses.welcome, "A welcome in which the newcomer has another key", (author) => {
    const keyPackage = appear(author, bob)
    appear(author, alice)
    author.accepts("tree-kem.found", { on: alice, group })
    admitted(author, [alice], author.accepts("tree-kem.propose-add", { on: alice, keyPackage }).proposal)
    const { welcome } = author.accepts("tree-kem.commit", { on: alice, references: null })
    const { members: listed } = said("symbolic-welcome", welcome!) as unknown as { readonly members: ReadonlyArray<{ key: string }> }
    const wrong = listed.map((member, index) => (index === 1 ? { ...member, key: flipped(member.key, 0) } : member))
    return fork("tree-kem.join", { on: bob, welcome: welcome! }, { welcome: forged("symbolic-welcome", welcome!, { members: wrong }) })
  }),
  ...twins(
    "tree-kem/welcome-key-package",
    clauses["key-package"],
    "An addition that is signed with another key than it names",
    (author) => {
      const dave = appear(author, "dave")
      grown(author, trio)
      const { proposal } = author.accepts("tree-kem.propose-add", { on: bob, keyPackage: dave })
      const { signature } = said("symbolic-key-package", altered("symbolic-key-package", dave, {}, bob)) as unknown as { signature: string }
      const { keyPackage } = said("symbolic-proposal", proposal)
      author.claim(secretOf("dave") !== secretOf(bob), "another's")
      const wrong = altered("symbolic-proposal", proposal, { keyPackage: { ...keyPackage, signature } }, bob)
      return fork("tree-kem.admit", { on: alice, proposal }, { proposal: wrong })
    },
  ),
]

export default caseFile({ part: "delivery-service", chapter: "tree-kem-edges", layer: "tree-kem", flags: {} }, () => [
  ...definitions(),
  ...orders(),
  ...keys(),
])
