/**
 * # Methods of the delivery service
 *
 * How a test calls the functions of the chapters "tree-kem", "murmur" and "centralized-delivery-service"; those of the
 * chapters between have a chapter of their own, "agreement-methods". What holds for all methods stands in the
 * convention "methods". Values of wire types are given in their JSON form. Bytes that are no message of ours (of
 * murmur, of the server) are malformed by the clauses of "encoding", those that are no message of the back end, also
 * inside a message of ours, by `tree-kem.message`.
 *
 * `on` names a **handle**: what one user holds for one of these chapters; a handle of each chapter may have the same
 * name.
 *
 * - tree-kem: somebody outside or a member, and the commit that it made and that is not decided yet. `tree-kem.init`
 *   makes the handle with the seed of its draws, or makes it anew; `mls.outside` makes one that holds given keys, as
 *   somebody outside, and draws nothing. Calling what needs a member for somebody outside, or the other way round, is
 *   no call.
 * - murmur: the gossip of one member, made by `murmur.open`. Its samples are drawn from the seed that it gives. Members
 *   that are not in ascending order, or without `me`, are no call.
 * - centralized: a server, made by `centralized.server`; or what a member needs beside its tree-kem handle of the same
 *   name, whose state it shares, made by `centralized.open`.
 * - the passive client of the layer "mls": `mls.passive-join` makes it, once it has joined.
 *
 * A peer may report intermediate values of a call, whatever its verdict, in a `trace`, as in the chapter "methods" of
 * dcgka: `tree-kem.reference` of a symbolic proposal that was read, `tree-kem.secret` of the epoch after a symbolic
 * commit, and `murmur.identity` of a proposal that was received.
 *
 * | layer | what a port needs for it |
 * | --- | --- |
 * | tree-kem | chapters "cbor", "encoding", "labels", "suite", "randomness", "tree-kem" with the symbolic back end |
 * | mls | chapter "tree-kem" with the MLS back end: an implementation of RFC 9420 with cipher suites 1 and 3. Its cases only receive, because what an implementation of MLS makes of its randomness is its own business |
 * | murmur | chapter "murmur", and of "tree-kem" the reading of proposals of both back ends |
 * | centralized | chapter "centralized-delivery-service" and the layer "tree-kem" |
 *
 * @module
 */
import { Schema } from "effect"
import { uint } from "../conventions/encoding.ts"
import { GroupId, Key, Seq, UserId } from "../conventions/identifiers.ts"
import { Count, drawing, Hex, HexOut, inJson, method, Name } from "../conventions/methods.ts"
import { CentralizedMessage } from "./centralized-delivery-service.ts"
import { Held, MurmurMessage, SampleSize } from "./murmur.ts"
import { Admitted, BackEndMessage, Epoch, Leaf, Member, ProposalRef } from "./tree-kem.ts"

const Group = inJson(GroupId)
const User = inJson(UserId)
const Message = inJson(BackEndMessage)
const Reference = inJson(ProposalRef)
const References = Schema.Array(Reference)
const Members = Schema.Array(inJson(Member))
const SymbolicType = Schema.Literals(["symbolic-key-package", "symbolic-proposal", "symbolic-commit", "symbolic-welcome"])
const Shown = { group: Group, epoch: inJson(Epoch), me: inJson(Leaf), members: Members, groupKey: inJson(Key), authenticator: inJson(Key) }
const AnyGroup = Schema.String.check(Schema.isPattern(/^([0-9a-f]{2})*$/u))
const Head = { group: AnyGroup, epoch: Count, author: Count }

/** The layers of these methods, in the order in which a port gets them right. */
export const layers = ["tree-kem", "mls", "murmur", "centralized"] as const

const treeKem = {
  "tree-kem.decode": method(
    "tree-kem",
    "Decodes the bytes of a symbolic message (encoding.decode).",
    { type: SymbolicType, bytes: Hex },
    { value: Schema.Json },
  ),
  "tree-kem.encode": method("tree-kem", "Encodes a symbolic message.", { type: SymbolicType, value: Schema.Json }, { bytes: HexOut }),
  "tree-kem.sign": method(
    "tree-kem",
    "Signs a symbolic message but a welcome; its signature is the one to be made, whatever stands in `value`.",
    { type: Schema.Literals(["symbolic-key-package", "symbolic-proposal", "symbolic-commit"]), value: Schema.Json, secretKey: inJson(Key) },
    { bytes: HexOut },
  ),
  "tree-kem.read-proposal": method(
    "tree-kem",
    "Reads a proposal of either back end (tree-kem.read-proposal).",
    { proposal: Message },
    { ...Head, ref: Reference },
  ),
  "tree-kem.read-commit": method(
    "tree-kem",
    "Reads a commit of either back end (tree-kem.read-commit).",
    { commit: Message },
    { ...Head, references: References },
  ),
  "tree-kem.conflict": method(
    "tree-kem",
    "Whether these proposals cannot be committed together by this committer among these members (the definition `conflict`).",
    { proposals: Schema.Array(inJson(Admitted)), committer: inJson(Leaf), members: Members },
    { conflict: Schema.Boolean },
  ),
  "tree-kem.selection": method(
    "tree-kem",
    "The references of the proposals that this committer commits of these (the definition `selection`).",
    { proposals: Schema.Array(inJson(Admitted)), committer: inJson(Leaf), members: Members },
    { references: References },
  ),
  "tree-kem.init": drawing(
    "tree-kem",
    "Makes the handle: somebody outside with a key package (tree-kem.init).",
    { on: Name, seed: inJson(Key), backEnd: Schema.Literals(["symbolic", "mls"]), user: User, number: Count },
    { keyPackage: HexOut },
  ),
  "tree-kem.found": drawing("tree-kem", "Founds a group (tree-kem.found).", { on: Name, group: Group }, Shown),
  "tree-kem.propose-add": drawing(
    "tree-kem",
    "PROPOSEADD (tree-kem.propose-add).",
    { on: Name, keyPackage: Message },
    { proposal: HexOut },
  ),
  "tree-kem.propose-remove": drawing(
    "tree-kem",
    "PROPOSEREMOVE (tree-kem.propose-remove).",
    { on: Name, leaf: inJson(Leaf) },
    { proposal: HexOut },
  ),
  "tree-kem.propose-update": drawing("tree-kem", "PROPOSEUPDATE (tree-kem.propose-update).", { on: Name }, { proposal: HexOut }),
  "tree-kem.admit": method(
    "tree-kem",
    "Checks and remembers a proposal (tree-kem.admit).",
    { on: Name, proposal: Message },
    { admitted: inJson(Admitted) },
  ),
  "tree-kem.commit": drawing(
    "tree-kem",
    "COMMIT of these proposals, or of the selection when `references` is null (tree-kem.commit). The handle " +
      "keeps the state after it until it is adopted or another commit is processed, also one that removes it.",
    { on: Name, references: Schema.NullOr(References) },
    { commit: HexOut, welcome: Schema.NullOr(HexOut) },
  ),
  "tree-kem.adopt": method(
    "tree-kem",
    "The handle's own commit, the last that tree-kem.commit has made, was decided: its state is now the one after it. " +
      "Without such a commit it is no call.",
    { on: Name },
    Shown,
  ),
  "tree-kem.show": method("tree-kem", "What a member's state shows.", { on: Name }, Shown),
  "tree-kem.process": method(
    "tree-kem",
    "PROCESS of a commit (tree-kem.process). What is shown is the state after it; if one is removed, the last one.",
    { on: Name, commit: Message },
    { removed: Schema.Boolean, ...Shown },
  ),
  "tree-kem.join": method("tree-kem", "PROCESS of a welcome (tree-kem.join).", { on: Name, welcome: Message }, Shown),
} as const

const mls = {
  "mls.outside": method(
    "mls",
    "Makes a tree-kem handle for somebody outside with the MLS back end, out of its key package and secret keys: " +
      "of its signature, of its leaf (HPKE), of its key package (HPKE). What is no key package is malformed " +
      "(tree-kem.message); one of another user is no call.",
    { on: Name, user: User, keyPackage: Message, signingSecretKey: inJson(Key), leafSecretKey: inJson(Key), initSecretKey: inJson(Key) },
    {},
  ),
  "mls.passive-join": method(
    "mls",
    "A client of plain MLS joins by a welcome: the passive client of the MLS working group's vectors, with any " +
      "credentials and pre-shared keys. The tree is given when it does not stand in the welcome. Suite 1 or 3.",
    {
      on: Name,
      suite: Count,
      keyPackage: Hex,
      signaturePriv: Hex,
      encryptionPriv: Hex,
      initPriv: Hex,
      welcome: Hex,
      ratchetTree: Schema.NullOr(Hex),
      externalPsks: Schema.Array(Schema.Struct({ pskId: Hex, psk: Hex })),
    },
    { epochAuthenticator: HexOut },
  ),
  "mls.passive-epoch": method(
    "mls",
    "The passive client processes the proposals of an epoch, in this order, and then its commit: public or " +
      "private messages, proposals by value too.",
    { on: Name, proposals: Schema.Array(Hex), commit: Hex },
    { epochAuthenticator: HexOut },
  ),
} as const

const Leaves = Schema.Array(inJson(Leaf))
const Sent = Schema.Array(Schema.Struct({ to: inJson(Leaf), message: HexOut }))
const Murmured = { sends: Sent, delivered: Schema.NullOr(Message) }
const Digits = Schema.String.check(Schema.isPattern(/^[0-9]\.[0-9]{2}e[+-][0-9]{1,3}$/u))

const murmur = {
  "murmur.decode": method("murmur", "Decodes a message (encoding.decode).", { bytes: Hex }, { value: inJson(MurmurMessage) }),
  "murmur.encode": method("murmur", "Encodes a message.", { value: inJson(MurmurMessage) }, { bytes: HexOut }),
  "murmur.thresholds": method(
    "murmur",
    "The thresholds of a sample size (the definition `thresholds`).",
    { sampleSize: inJson(SampleSize) },
    { thresholds: Schema.Array(Count) },
  ),
  "murmur.totality": method(
    "murmur",
    "ε and its bound, of n members (1 to 200) with `honest` honest ones (1 to n), in scientific notation with three " +
      "digits. Other numbers are no call, nor is the sample size 0.",
    { n: Count, honest: Count, sampleSize: inJson(SampleSize) },
    { bound: Digits, epsilon: Digits },
  ),
  "murmur.picks": drawing(
    "murmur",
    "The places that a sample picks among n members, as drawn; none with the sample size 0.",
    { seed: inJson(Key), group: Group, epoch: inJson(Epoch), n: inJson(uint(1, 1 << 16)), sampleSize: inJson(SampleSize) },
    { picks: Schema.Array(Count) },
  ),
  "murmur.open": drawing(
    "murmur",
    "Makes the handle (murmur.open).",
    { on: Name, seed: inJson(Key), group: Group, epoch: inJson(Epoch), me: inJson(Leaf), members: Leaves, sampleSize: inJson(SampleSize) },
    { sends: Sent },
  ),
  "murmur.advance": drawing(
    "murmur",
    "Enters another epoch (murmur.advance).",
    { on: Name, epoch: inJson(Epoch), me: inJson(Leaf), members: Leaves, sampleSize: inJson(SampleSize) },
    { sends: Sent, due: Schema.Array(Message) },
  ),
  "murmur.receive": method(
    "murmur",
    "Takes in a message from the member on the leaf `from` (murmur.receive-subscribe, murmur.receive-gossip). " +
      "`valid` is what TreeKEM says of a gossiped proposal of the present epoch.",
    { on: Name, from: inJson(Leaf), message: Hex, valid: Schema.Boolean },
    Murmured,
  ),
  "murmur.receive-wanted": method(
    "murmur",
    "Takes in a proposal that was asked for (murmur.receive-wanted). `valid` is what TreeKEM says of it.",
    { on: Name, proposal: Message, valid: Schema.Boolean },
    Murmured,
  ),
  "murmur.dispatch": method("murmur", "Broadcasts an own proposal (murmur.dispatch).", { on: Name, proposal: Message }, Murmured),
  "murmur.held": method(
    "murmur",
    "The peers, and the proposals that are held.",
    { on: Name },
    { peers: Leaves, held: Schema.Array(inJson(Held)) },
  ),
} as const

const Event = Schema.Union([
  Schema.Struct({ type: Schema.Literal("proposal"), author: inJson(Leaf), proposal: Message }),
  Schema.Struct({ type: Schema.Literal("commit"), epoch: inJson(Epoch), author: inJson(Leaf), commit: Message }),
  Schema.Struct({ type: Schema.Literals(["stuck", "removed"]), epoch: inJson(Epoch) }),
])
const Welcomes = Schema.Array(Schema.Struct({ users: Schema.Array(User), message: HexOut }))
const ToServer = Schema.Array(HexOut)

const centralized = {
  "centralized.decode": method(
    "centralized",
    "Decodes a message (encoding.decode).",
    { bytes: Hex },
    { value: inJson(CentralizedMessage) },
  ),
  "centralized.encode": method("centralized", "Encodes a message.", { value: inJson(CentralizedMessage) }, { bytes: HexOut }),
  "centralized.server": method("centralized", "Makes a server of a group that has ordered nothing.", { on: Name, group: Group }, {}),
  "centralized.serve": method(
    "centralized",
    "The server takes in SUBMIT or FETCH from a subscriber (centralized.submit, centralized.fetch). Other messages are no call.",
    { on: Name, from: inJson(Leaf), message: Hex },
    { sends: Sent },
  ),
  "centralized.open": method(
    "centralized",
    "Begins as a member (centralized.open-member) with the state of its tree-kem handle.",
    { on: Name, number: inJson(Seq) },
    { sends: ToServer },
  ),
  "centralized.broadcast": method(
    "centralized",
    "Broadcasts a proposal (centralized.broadcast-proposal).",
    { on: Name, proposal: Message },
    { sends: ToServer },
  ),
  "centralized.commit": drawing(
    "centralized",
    "Proposes a commit (centralized.propose-commit) of these references, or of the selection when null.",
    { on: Name, references: Schema.NullOr(References) },
    { sends: ToServer },
  ),
  "centralized.receive": method(
    "centralized",
    "Takes in ORDERED (centralized.receive). Other messages are no call.",
    { on: Name, message: Hex },
    { delivered: Schema.Array(Event), welcomes: Welcomes, epoch: inJson(Epoch), authenticator: inJson(Key) },
  ),
} as const

/** Every method of these chapters. */
export const methods = { ...treeKem, ...mls, ...murmur, ...centralized } as const
