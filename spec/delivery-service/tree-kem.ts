/**
 * # TreeKEM
 *
 * The group key agreement that the delivery service serves, in the formalisation of the paper (FPS 2023 section 3.1). A
 * group goes from **epoch** to epoch. In an epoch its members make **proposals**: to add a user, to remove a member, to
 * replace one's own key. A **commit** names proposals and begins the next epoch with a new group key; for those that it
 * adds there is a **welcome**. Commits of one epoch exclude each other, so all members have to process the same one. To
 * see to that is the delivery service's business; here are the operations that it is for.
 *
 * | paper | operation | gives |
 * | --- | --- | --- |
 * | INIT(ID) | `init`, and `found` for the first member of a group | somebody outside, with a key package; a group of one |
 * | PROPOSEADD(s, ID') | `propose-add` | a proposal; ID' is given by its key package |
 * | PROPOSEREMOVE(s, ID') | `propose-remove` | a proposal; ID' is given by its leaf |
 * | PROPOSEUPDATE(s, k) | `propose-update` | a proposal; k is drawn |
 * | (is valid) | `admit` | the proposal, checked and remembered: it may be committed now |
 * | COMMIT(s, P) | `commit` | the commit, the welcome if P adds somebody, and the state after it |
 * | PROCESS(s, commit) | `process` | the state after it |
 * | PROCESS(s, welcome) | `join` | the state of a new member |
 *
 * A **leaf** is the place of a member, a number from 0; a leaf that becomes free is taken again. The state of a member
 * shows the group, the epoch, its own leaf, the members with their signature keys, and the **group key** K of the
 * formalisation. It also shows the **authenticator**: a public value that two members in one epoch share if and only if
 * they share the epoch's secrets.
 *
 * COMMIT leaves the committer where it was: the epoch changes only when the delivery service has decided, and it may
 * decide for another's commit. So `commit` gives the state after the commit beside the old one; who committed keeps it
 * until then, because nobody can process its own commit. `process` is also the test whether a commit is valid: nothing
 * less tells whether it can be decrypted, and the state given to it is not touched.
 *
 * ## Two back ends
 *
 * The operations are done by one of two back ends; the state tells which.
 *
 * - **MLS** (RFC 9420), cipher suite 3 (MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519, the primitives of our
 *   suite 1), with basic credentials that are the user's name in ASCII. A key package is an MLSMessage with a
 *   KeyPackage, proposals and commits are MLSMessages with a PublicMessage, a welcome is an MLSMessage with a Welcome,
 *   whose group info has the ratchet tree as an extension. No pre-shared keys, no external senders, no other
 *   extensions, and epochs up to 2^32 - 1. A proposal's reference is its ProposalRef (RFC 9420 section 5.2); the group
 *   key is MLS-Exporter("conclave/1 tree-kem group key", "", 32), the authenticator is the epoch authenticator.
 * - **Symbolic**: the same operations without encryption, for exploration and for testing a delivery service without an
 *   implementation of MLS. Everything that the delivery service can observe is as with MLS: epochs, leaves, references,
 *   signatures, who can process what. Messages are CBOR, below. Secrets stand openly in a welcome, so it protects
 *   nothing.
 *
 * What of MLS is answered by which clause, where RFC 9420 has no name of ours for it:
 *
 * | in MLS | answer |
 * | --- | --- |
 * | an update that changes its author's credential or signature key | refused (tree-kem.key-package): the votes of the epoch are verified with that key |
 * | a commit whose path changes them | refused (tree-kem.decrypts) |
 * | a path with a wrong number of nodes, parent hash or leaf signature, or a key nothing can be sealed to | refused (tree-kem.decrypts) |
 * | a welcome to a group with extensions in its context, required_capabilities among them | refused (tree-kem.welcome) |
 * | a welcome to a group whose identifier has not 16 bytes, or to an epoch over 2^32 - 1 | refused (tree-kem.welcome) |
 * | a welcome whose path secret gives other keys than its tree has | refused (tree-kem.welcome) |
 * | a welcome whose tree breaks RFC 9420 or has a key nothing can be sealed to | refused (tree-kem.welcome) |
 * | a proposal or commit with keys (HPKE or signature key of a leaf, a key on a path) or references of another length than ours; a credential that is not basic or no user; another suite; a leaf with the source of another place (key_package in an addition, update in an update, commit on a path) | malformed (tree-kem.message) |
 * | a key package whose init key has not 32 bytes | malformed (tree-kem.message) |
 * | a sender that is external or a new member | malformed (tree-kem.message) |
 * | a proposal or commit of an epoch over 2^32 - 1, or by or of a leaf over 65,535 | malformed (tree-kem.message) |
 * | a proposal or commit of a group whose identifier has not 16 bytes | can be read; refused (tree-kem.group) |
 * | a wrong membership tag, or a wrong signature | refused (tree-kem.signature) |
 *
 * ### What a library of MLS must be able to do
 *
 * | it must | because |
 * | --- | --- |
 * | send and receive proposals and commits as PublicMessages, and give the ProposalRef of one | proposals are named by it in commits, before anybody processes them |
 * | read group, epoch, sender and references of a commit without a state | who is stuck, and who judges, reads commits that it may not be able to process |
 * | make a commit of exactly these proposals, in this order, all by reference | choosing pending proposals by itself gives another commit than was asked for |
 * | make a commit and go on in the old state, several times in one epoch | another commit may be decided; with the centralized service, and for coming back, a member commits again |
 * | process a commit and forget the result | a commit is processed for trial before it is voted for; where states are changed in place, that is done on a copy |
 * | join by a welcome and forget the result | who is stuck tries a welcome before it votes for it |
 * | show leaves with credential, signature key and HPKE key, and the confirmation tag of a state | votes are verified by the signature keys; a welcome and its commit are compared by the tag |
 * | validate no lifetime by a clock | operations read no clock: key packages are made with the lifetime 0 to 2^64 - 1, and any other is taken |
 *
 * The chapter "What can be observed of MLS groups" has methods by which a library in any language does this.
 *
 * These are free:
 *
 * - whether a commit of additions only has a path;
 * - the init key of a key package, which does not count for `fresh-keys`;
 * - what capabilities a key package lists beside those that RFC 9420 section 7.2 asks for (suite 3 and basic
 *   credentials), GREASE values among them;
 * - the extension external_pub of a group info, which is not used;
 * - authenticated_data, which the signature covers, and nobody looks at.
 *
 * A proposal is read as a whole, also by who only passes it on (murmur). If it is no PublicMessage by RFC 9420, or has
 * another wire format, sender type, content type or kind of proposal, or bytes after it: malformed (tree-kem.message).
 * Of signatures, the membership tag, lifetimes, capabilities and extensions, reading asks only that they are
 * well-formed: their lengths and contents are looked at by admit.
 *
 * The vectors of the layer "mls" include twelve of the MLS working group's own (`mls/passive-client-1` to `-12`); the
 * README beside their data says how to run a whole file of them.
 *
 * A message of MLS begins with the bytes 0001 (its version), a symbolic one with a byte from 80 to 9f, so that nobody
 * mistakes one for the other.
 *
 * ## Draws
 *
 * The own operations of a member that need randomness (the three proposals, `commit`) draw 32 bytes under the label
 * `tree-kem/operation/{group}/{epoch}/{draws}` and add one to `draws`, which begins at 0 when one becomes a member. The
 * state after a commit has the count as it was right after the commit; what the old state draws later does not change
 * that (no draw is repeated, since the label names the epoch). A symbolic back end uses these bytes as they are. MLS
 * needs more of them, and takes them for the seed of a generator of its own: what bytes an implementation of MLS makes
 * of the draw is free. Founding a group draws 32 bytes too with MLS, under `tree-kem/found/{group}`.
 *
 * ## Symbolic messages
 *
 * A signature covers CBOR([label, all elements of the message before the signature]), the number of the kind included,
 * where the message has one, with the labels
 *
 * | message | label |
 * | --- | --- |
 * | key package | `conclave/1 tree-kem key package` |
 * | proposals | `conclave/1 tree-kem proposal` |
 * | commit | `conclave/1 tree-kem commit` |
 *
 * and everything else is a SHA-256 of a CBOR array:
 *
 * | value | array |
 * | --- | --- |
 * | public key of a new key package | `"conclave/1 tree-kem first", draw` |
 * | reference of a proposal | `"conclave/1 tree-kem reference", proposal` |
 * | secret of epoch 0 | `"conclave/1 tree-kem first", group, founder's key package` (three elements, so none of the first row's) |
 * | secret of the next epoch | `"conclave/1 tree-kem next", secret, group, epoch, author, references, key` of the commit |
 * | confirmation of a commit | `"conclave/1 tree-kem confirmation", secret of the next epoch` |
 * | group key | `"conclave/1 tree-kem group key", secret` |
 * | authenticator | `"conclave/1 tree-kem authenticator", secret` |
 *
 * where proposal and key package stand for their encodings as byte strings, and the references are an array. The
 * signature key of a new key package is the Ed25519 key whose secret key is the draw.
 *
 * ## Which proposals go together
 *
 * A commit's proposals must not contradict each other (RFC 9420 section 12.2):
 *
 * - none is an update or a removal of the committer, whose key the commit replaces anyway;
 * - no member is updated or removed by two;
 * - no user is added by two, and no key is brought by two;
 * - no user is added who is a member, unless the commit removes that member;
 * - there are at most 1,024 members after it.
 *
 * `conflict` below is this as a definition, and `selection` the choice that a committer makes
 * when it is not told which proposals to commit. Proposals are applied updates first, then removals, then additions,
 * each in the order of the commit; who is added takes the lowest free leaf (RFC 9420 section 12.3).
 *
 * > **Erratum D28** (FPS 2023 algorithm 1, line 37): a commit's "proposals" are those that it references. MLS also lets
 * > a commit carry proposals itself (by value), which no member has delivered before, so that Epoch-Content Consistency
 * > would mean nothing for them. A commit with a proposal by value is refused. Vector: `tree-kem/by-value~refused`.
 *
 * > **Erratum D27** (FPS 2023 section 4): "all members agree that this commit is valid" cannot be seen to. A committer
 * > can encrypt its path so that some members open it and others do not, and each member can only judge for itself. A
 * > symbolic commit says so in the field `unreadable`. A member that cannot process the commit that was decided has to
 * > be added again. Vector: `tree-kem/decrypts~refused`.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import { check, declareClauses, declareSteps, rule } from "../conventions/clauses.ts"
import { bytes, listOf, message, nullable, oneOf, record, uint, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { GroupId, Key, UserId } from "../conventions/identifiers.ts"
import { Signature } from "../conventions/suite.ts"

export const clauses = declareClauses("tree-kem", {
  message: check("MUST", "A message is one of the back end's messages of the kind expected, and nothing after it.", "RFC 9420 section 6"),
  group: check("MUST", "A proposal or commit is of the state's group.", "RFC 9420 section 6.1"),
  epoch: check("MUST", "A proposal or commit is of the state's epoch, and the last epoch has no commit.", "RFC 9420 section 6.1"),
  author: check("MUST", "The author of a proposal or commit is a member.", "RFC 9420 section 6.1"),
  signature: check("MUST", "A proposal or commit carries its author's signature.", "RFC 9420 section 6.1"),
  "key-package": check(
    "MUST",
    "What an addition or an update brings is signed with the signature key that it names, an update keeps its " +
      "author's, and something can be sealed to the keys that they bring.",
    "RFC 9420 section 10.1",
  ),
  "fresh-keys": check(
    "MUST",
    "The keys that an addition, an update or a commit brings are no member's, nor brought by another proposal of the same commit.",
    "RFC 9420 section 7.3",
  ),
  "removes-member": check("MUST", "Who is removed is a member.", "RFC 9420 section 12.1.3"),
  "by-reference": check("MUST", "A commit names its proposals by reference, each once.", "Conclave, erratum D28"),
  known: check("MUST", "Every proposal that a commit names has been admitted in its epoch.", "RFC 9420 section 12.4.2"),
  conflict: check(
    "MUST",
    "The proposals of a commit do not contradict each other, nor make more than 1,024 members.",
    "RFC 9420 section 12.2",
  ),
  path: check(
    "MUST",
    "A commit brings a new key of its committer, unless it has proposals and all of them are additions.",
    "RFC 9420 section 12.4",
  ),
  decrypts: check(
    "MUST",
    "The member that processes a commit can decrypt it, and finds its confirmation tag right.",
    "RFC 9420 section 12.4.2",
  ),
  "own-commit": check("MUST", "Nobody processes its own commit.", "RFC 9420 section 12.4.2"),
  welcome: check(
    "MUST",
    "A welcome is for the key package of the one who joins, opens, names its members in order, each once, and has no extensions.",
    "RFC 9420 section 12.4.3.1",
  ),
  "same-key": rule(
    "MUST",
    "Members that process the same commits have the same group key and authenticator, and each epoch has its own.",
    "FPS 2023 section 3.1",
  ),
  "key-update": rule(
    "MUST",
    "A commit replaces the keys of those whose updates it names, and of its committer if it brings one.",
    "RFC 9420 section 12.4",
  ),
  "lowest-leaf": rule("MUST", "Who is added takes the lowest leaf that is free after the removals.", "RFC 9420 section 7.7"),
  "ascending-references": rule(
    "MUST",
    "A committer names the proposals in ascending order of their references; who processes takes any order.",
    "Conclave",
  ),
  selection: rule(
    "MUST",
    "A committer that is not told which proposals to commit commits those of the definition `selection`.",
    "RFC 9420 section 12.2",
  ),
})

export const steps = declareSteps("tree-kem", {
  init: [
    "With the randomness of the draw `tree-kem/init/{number}` (32 bytes), make a signature key and a key package " +
      "of the user. The number, from 0, tells several of one user apart.",
  ],
  found: ["Make a group with this identifier, in epoch 0, whose only member is the founder, on leaf 0."],
  "propose-add": [
    "If the key package is none: malformed (tree-kem.message). If its signature is wrong: refused (tree-kem.key-package).",
    "Make the proposal, signed; count the draw.",
  ],
  "propose-remove": ["If the leaf is not a member's: refused (tree-kem.removes-member). Make the proposal, signed; count the draw."],
  "propose-update": [
    "Make a new key, and the proposal with its public part, signed; keep the secret part under the proposal's " +
      "reference; count the draw.",
  ],
  "read-proposal": [
    "Decode the proposal, with all that stands in it. If it is none, or is none of the three kinds: malformed (tree-kem.message).",
    "Give its group, epoch, author and reference.",
  ],
  "read-commit": [
    "Decode the commit; if it is none: malformed (tree-kem.message).",
    "If a proposal stands in it by value, or a reference stands in it twice: refused (tree-kem.by-reference).",
    "Give its group, epoch, author and references.",
  ],
  admit: [
    "By read-proposal, read it. If it is of another group: refused (tree-kem.group). If it is of another epoch: " +
      "refused (tree-kem.epoch).",
    "If a proposal with its reference was admitted in this epoch: ignored.",
    "If its author is no member: refused (tree-kem.author). If the signature is not its author's: refused (tree-kem.signature).",
    "If a key that it brings is a member's (any of its keys, signature key or other, any of the member's): " +
      "refused (tree-kem.fresh-keys).",
    "If what it adds or updates is not signed with the signature key that it names, or brings a key of HPKE to which " +
      "nothing can be sealed (of small order): refused (tree-kem.key-package). The keys of the symbolic back end are " +
      "no points, and none of them is of small order.",
    "If it removes a leaf that is not a member's: refused (tree-kem.removes-member).",
    "Remember the proposal with its reference.",
  ],
  commit: [
    "If the epoch is 2^32 - 1, the last one: refused (tree-kem.epoch).",
    "If a reference is named twice: refused (tree-kem.by-reference). If one was not admitted: refused (tree-kem.known).",
    "If the proposals contradict each other, or add a user who is a member and whom none of them removes: " +
      "refused (tree-kem.conflict).",
    "Make the commit of the proposals in ascending order of their references, with a new key of the committer " +
      "unless there are proposals and all of them are additions. Count the draw, also when no key is made of it.",
    "Make the state after the commit, and, if a proposal adds somebody, the welcome, with the key packages in " +
      "the order in which the commit names their additions.",
  ],
  process: [
    "By read-commit, read it. If it is of another group: refused (tree-kem.group).",
    "If it is of another epoch, or of the last one, 2^32 - 1: refused (tree-kem.epoch).",
    "If its author is no member: refused (tree-kem.author). If it is one's own: refused (tree-kem.own-commit).",
    "If the signature is not its author's: refused (tree-kem.signature).",
    "If a proposal that it names, in whatever order, was not admitted: refused (tree-kem.known).",
    "If its proposals contradict each other: refused (tree-kem.conflict).",
    "If it brings no new key of its committer and must: refused (tree-kem.path). One of additions only may bring one.",
    "If it brings a key that is a member's, or that one of its proposals brings: refused (tree-kem.fresh-keys). " +
      "The signature key and the other key of an addition both count.",
    "If it removes oneself: the state stays as it is, and one is told so, whatever its confirmation tag; the operation ends.",
    "If it cannot be decrypted, or its confirmation tag is wrong: refused (tree-kem.decrypts).",
    "Apply the proposals, replace the keys, and derive the new epoch's secrets; forget the proposals of the old " +
      "epoch, and the secret keys of nodes of the tree that are blank now.",
  ],
  keep: [
    'Who is stuck (chapter "delivery-service") reads a proposal that a decided commit names (read-proposal), and ' +
      "remembers it with its reference, once. Whether it is authentic cannot be seen without the epoch's secrets; " +
      "that the commit names this reference is enough.",
  ],
  follow: [
    "Who cannot process a decided commit reads it (read-commit), and checks group and epoch as process does.",
    "If a proposal that it names is not remembered: refused (tree-kem.known). Apply the proposals to the " +
      "members: updates, removals, additions, and the committer's new key.",
    "If the member itself is not on its leaf any more, with its signature key: it is told that it is removed, " +
      "and the state stays as it is. Otherwise the epoch is the next one, with these members and no proposals. Its " +
      "secrets stay unknown.",
  ],
  join: [
    "If the welcome is none: malformed (tree-kem.message).",
    "If it is not for this key package, or does not open, or no member in it has the user and the keys of the " +
      "key package: refused (tree-kem.welcome).",
    "If its members are not in strictly ascending order of their leaves, or two have one user, or there are more " +
      "than 1,024: refused (tree-kem.welcome).",
    "Take the state of the new epoch from it.",
  ],
  rejoin: [
    "Who is stuck, and has made a key package to come back with, joins by the welcome that goes with a commit " +
      "(join). If there is none: refused (tree-kem.welcome).",
    "If the new state is of another group, or not of the next epoch, or its confirmation tag is not that of the " +
      "commit: refused (tree-kem.welcome). With the tag the welcome and the commit lead to one epoch, so no " +
      "proposals are looked at.",
  ],
})

/** The last epoch, which no commit ends. */
export const lastEpoch = 0xffffffff
/** An epoch, from 0. */
export const Epoch = uint(0, lastEpoch)
/** A group has at most so many members. */
export const maximumMembers = 1024
/** A leaf: the place of a member. */
export const Leaf = uint(0, 0xffff)
/** The reference of a proposal. */
export const ProposalRef = bytes(32)
/** A message of the back end: key package, proposal, commit or welcome. */
export const BackEndMessage = bytes(1, 1 << 20)

/**
 * A member: its leaf, its user, the key that its signatures are verified with, and the public key of its leaf (with MLS
 * its HPKE key).
 */
export const Member = record("tree-kem-member", { leaf: Leaf, user: UserId, signingKey: Key, key: Key })
export type Member = ValueOf<typeof Member>

const proposed = { ref: ProposalRef, author: Leaf, proposal: BackEndMessage }
/**
 * A proposal that was admitted: one that adds `user`, one that updates its author, one that removes `leaf`. `key` is
 * the public key that is brought.
 */
export const AdmittedAdd = message("admitted-add", 1, { ...proposed, user: UserId, signingKey: Key, key: Key })
export const AdmittedUpdate = message("admitted-update", 2, { ...proposed, key: Key })
export const AdmittedRemove = message("admitted-remove", 3, { ...proposed, leaf: Leaf })
export const Admitted = oneOf("admitted-proposal", [AdmittedAdd, AdmittedUpdate, AdmittedRemove])
export type Admitted = ValueOf<typeof Admitted>

/**
 * What both back ends show of a member's state. Members are in ascending order of their leaves, proposals in the order
 * in which they were admitted; `draws` counts the own operations of this member that drew.
 */
const shown = {
  group: GroupId,
  epoch: Epoch,
  me: Leaf,
  members: listOf(Member, 1, 1 << 16),
  groupKey: Key,
  authenticator: Key,
  signingSecretKey: Key,
  proposals: listOf(Admitted, 0, unlimited),
  draws: uint(0, 0xffffffff),
}

/**
 * A symbolic key package: a user, the key that its signatures are verified with, and a public key that stands for its
 * HPKE key.
 */
export const SymbolicKeyPackage = record("symbolic-key-package", { user: UserId, signingKey: Key, key: Key, signature: Signature })
export type SymbolicKeyPackage = ValueOf<typeof SymbolicKeyPackage>

const head = { group: GroupId, epoch: Epoch, author: Leaf }
/** Symbolic proposals. `nonce`, as drawn, makes them distinct; `key` is the author's new public key, as drawn. */
export const SymbolicAdd = message("symbolic-add", 1, { ...head, nonce: Key, keyPackage: SymbolicKeyPackage, signature: Signature })
export const SymbolicUpdate = message("symbolic-update", 2, { ...head, key: Key, signature: Signature })
export const SymbolicRemove = message("symbolic-remove", 3, { ...head, nonce: Key, leaf: Leaf, signature: Signature })
export const SymbolicProposal = oneOf("symbolic-proposal", [SymbolicAdd, SymbolicUpdate, SymbolicRemove])
export type SymbolicProposal = ValueOf<typeof SymbolicProposal>

/**
 * A symbolic commit. `key` is the committer's new public key, as drawn, or null when it has proposals and all of them
 * are additions; `unreadable` are the leaves whose members cannot decrypt it (erratum D27), none in an honest one.
 */
export const SymbolicCommit = message("symbolic-commit", 4, {
  ...head,
  references: listOf(ProposalRef, 0, 1 << 12),
  key: nullable(Key),
  unreadable: listOf(Leaf, 0, 1 << 16),
  confirmation: Key,
  signature: Signature,
})
export type SymbolicCommit = ValueOf<typeof SymbolicCommit>

/** A symbolic welcome, for those with these key packages: the new epoch as it is. */
export const SymbolicWelcome = message("symbolic-welcome", 5, {
  group: GroupId,
  epoch: Epoch,
  keyPackages: listOf(SymbolicKeyPackage, 1, 1 << 12),
  members: listOf(Member, 1, 1 << 16),
  secret: Key,
})
export type SymbolicWelcome = ValueOf<typeof SymbolicWelcome>

/**
 * Somebody who is in no group yet: its user, its signature key, its key package, and with MLS the secrets of that (HPKE
 * init key, HPKE leaf key).
 */
const outside = { user: UserId, signingSecretKey: Key, keyPackage: BackEndMessage }
export const SymbolicOutside = message("symbolic-outside", 6, outside)
export type SymbolicOutside = ValueOf<typeof SymbolicOutside>
export const MlsOutside = message("mls-outside", 7, { ...outside, initSecretKey: Key, leafSecretKey: Key })
export type MlsOutside = ValueOf<typeof MlsOutside>
export const Outside = oneOf("tree-kem-outside", [SymbolicOutside, MlsOutside])
export type Outside = ValueOf<typeof Outside>

/** The state of a symbolic member. */
export const SymbolicGroup = message("symbolic-group", 8, { ...shown, secret: Key })
export type SymbolicGroup = ValueOf<typeof SymbolicGroup>
/**
 * The state of an MLS member: beside what is shown, the MLS state in a form of the implementation's own, and the HPKE
 * secret keys of its updates by their references.
 */
export const MlsGroup = message("mls-group", 9, {
  ...shown,
  state: bytes(0, unlimited),
  updates: listOf(record("mls-update", { ref: ProposalRef, secretKey: Key }), 0, unlimited),
})
export type MlsGroup = ValueOf<typeof MlsGroup>
/** The state of a member. */
export const TreeKemGroup = oneOf("tree-kem-group", [SymbolicGroup, MlsGroup])
export type TreeKemGroup = ValueOf<typeof TreeKemGroup>

/** What can be read of a proposal or of a commit without being a member. */
export interface Read {
  readonly group: string
  readonly epoch: number
  readonly author: number
}

/** What a commit does to members: `welcome` is null when it adds nobody. */
export const Committed = record("tree-kem-committed", { commit: BackEndMessage, welcome: nullable(BackEndMessage) })
export type Committed = ValueOf<typeof Committed>

const touched = (proposal: Admitted): number | undefined => {
  if (proposal.type === "admitted-remove") return proposal.leaf
  return proposal.type === "admitted-update" ? proposal.author : undefined
}

/** The public keys that a proposal brings. */
export const keysOf = (proposal: Admitted): ReadonlyArray<Uint8Array> => {
  if (proposal.type === "admitted-add") return [proposal.signingKey, proposal.key]
  return proposal.type === "admitted-update" ? [proposal.key] : []
}

/**
 * Why these proposals cannot be committed together by `committer`, or `undefined` when they can. Source: RFC 9420
 * section 12.2.
 */
export const conflict = (
  proposals: ReadonlyArray<Admitted>,
  committer: number,
  members: ReadonlyArray<Pick<Member, "leaf" | "user">>,
): string | undefined => {
  const leaves = proposals.map(touched).filter((leaf) => leaf !== undefined)
  const users = proposals.flatMap((proposal) => (proposal.type === "admitted-add" ? [proposal.user] : []))
  const keys = proposals.flatMap(keysOf).map((key) => Hex.encode(key))
  const removed = proposals.flatMap((proposal) => (proposal.type === "admitted-remove" ? [proposal.leaf] : []))
  if (leaves.includes(committer)) return "touches the committer"
  if (new Set(leaves).size < leaves.length) return "touches a member twice"
  if (new Set(users).size < users.length) return "adds a user twice"
  if (new Set(keys).size < keys.length) return "brings a key twice"
  const stays = members.some(({ leaf, user }) => users.includes(user) && !removed.includes(leaf))
  if (stays) return "adds a member"
  return members.length - removed.length + users.length > maximumMembers ? "makes too many members" : undefined
}

const rank = { "admitted-remove": 0, "admitted-update": 1, "admitted-add": 2 } as const

const byReference = (a: Admitted, b: Admitted): number => (Hex.encode(a.ref) < Hex.encode(b.ref) ? -1 : 1)

/**
 * The proposals that `committer` commits when it is not told which: removals before updates before additions, each in
 * ascending order of their references, and each only if it goes together with those taken before it. In ascending order
 * of their references.
 */
export const selection = (
  proposals: ReadonlyArray<Admitted>,
  committer: number,
  members: ReadonlyArray<Pick<Member, "leaf" | "user">>,
): ReadonlyArray<Admitted> => {
  const taken: Array<Admitted> = []
  for (const proposal of proposals.toSorted((a, b) => rank[a.type] - rank[b.type] || byReference(a, b))) {
    if (conflict([...taken, proposal], committer, members) === undefined) taken.push(proposal)
  }
  return taken.sort(byReference)
}
