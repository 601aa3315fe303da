/**
 * # Methods of the agreement on commits
 *
 * How a test calls the functions of the chapters "cooperation" to "delivery-service", and plays runs of the chapter
 * "simulation"; what holds for all methods stands in the convention "methods". Values of wire types are given in their
 * JSON form.
 *
 * `on` names a **handle**: one voter in one epoch. `cooperation.open` gives it a cooperation, with the secret half of
 * its leaf signature key; `restrained-consensus.open`, `global-consensus.open` and `cascade.open` likewise the state of
 * their chapters. A handle may have one of each. Messages of the cascade are bytes; `to` is the list of the leaves that
 * a message goes to, or "all" for all other voters. Timers are begun by the peer (`timers`, with their lengths in whole
 * delay bounds) and ended by the test, which may also end one that was never begun. A second call with the same
 * parameters is a call like the first: what it gives then is what the steps say, mostly nothing.
 *
 * | layer | what a port needs for it |
 * | --- | --- |
 * | cooperation | chapters "cbor", "encoding" (of which the layer of that name shows more, with messages of dcgka), "labels", "suite", "cooperation" |
 * | restrained-consensus | chapter "restrained-consensus" |
 * | global-consensus | chapter "global-consensus" |
 * | cascade | chapter "cascade" |
 * | delivery-service | chapters "tree-kem" (with symbolic messages), "murmur" and "delivery-service" |
 * | delivery-mls | the layer "mls", and the layer "delivery-service" with groups of MLS. Its cases follow a run as a member who votes, and makes no proposals and commits: what it sends is made of its keys and of what it received, whatever an implementation of MLS makes of its randomness |
 * | simulation | chapter "simulation" |
 *
 * Lists of what a step gives out stand in the order in which it comes about; of one group of things that come about
 * together, in the order that the chapter says. In `send` each sending has an entry of its own: what the cascade sends
 * to several has one entry with all of them, in ascending order of their leaves; what murmur sends has one for each
 * peer. A sending to nobody has no entry. In the layer cascade, where `to` is the word "all", what is sent to all has
 * one also where there are no others. In `timers` each timer has an entry as often as it begins: one that is begun
 * again while it runs is one more, and each of them ends. In `events` the `ref` of a proposal is its reference, that of
 * a commit the ref of its commit value; `epoch` is the one in which something was told of, for `commit`, `stuck` and
 * `removed` the one that ended, for `joined` the one that begins.
 *
 * A peer may report intermediate values of a call, whatever its verdict, in a `trace`, as in the chapter "methods" of
 * dcgka. What is hashed or signed, before that: `cooperation.statement-input`, `restrained-consensus.endorse-input`,
 * `restrained-consensus.retract-input`, `global-consensus.proposal-input`, `global-consensus.prevote-input`,
 * `global-consensus.precommit-input`, `cascade.commit-input`, `cascade.set-input`. Each message that was sent, in
 * bytes: `delivery-service.message`. Each entry of the trace of a run, before it is hashed: `simulation.entry`. Of the
 * cases of whole scenarios a few have them.
 *
 * In the layer "delivery-service" a handle is a user, whom `delivery-service.appear` makes, with the seed of its draws
 * and a key package, or `delivery-service.outside`, out of keys. What the latter draws is free: it is asked for nothing
 * whose answer depends on that. Faulty users are several handles of one user. Messages are named by their **digest**,
 * the SHA-256 of their bytes in hex: a peer remembers every message that one of its handles has sent, or that was put
 * in by `delivery-service.put`, until it is reset. To name any other is no call. Any bytes can be put in. Who is given
 * a message by `delivery-service.receive` or `delivery-service.receive-early` decodes it before the first step, so that
 * bytes that are none are malformed, whatever the steps would say.
 *
 * @module
 */
import { Schema } from "effect"
import { hexIdentifier, oneOf, uint, type Wire } from "../conventions/encoding.ts"
import { GroupId, Key, UserId } from "../conventions/identifiers.ts"
import { Count, drawing, Hex, HexOut, inJson, Label, method, Name } from "../conventions/methods.ts"
import { CommitValue, Decide } from "./cascade.ts"
import { Certificate, Electorate, Instance, Ref, Statement } from "./cooperation.ts"
import { ConsensusDecision, Precommit, Prevote, Proposal, Round, RoundStep } from "./global-consensus.ts"
import { SampleSize } from "./murmur.ts"
import { Certified, Endorse, Phase, Retract } from "./restrained-consensus.ts"
import { Run } from "./simulation.ts"
import { BackEndMessage, Epoch, Leaf } from "./tree-kem.ts"

const list = <A>(wire: Wire<A>) => Schema.Array(inJson(wire))

const RefJson = inJson(Ref)
const Cooperated = {
  signed: list(Statement),
  accepted: Schema.Array(Schema.Struct({ ref: RefJson, candidates: Schema.Array(RefJson) })),
}
const WireType = Schema.Literals([
  "statement",
  "certificate",
  "electorate",
  "endorse",
  "retract",
  "proposal",
  "vote",
  "commit-value",
  "set-value",
  "cascade-message",
  "delivery-message",
])
const Opening = { on: Name, electorate: inJson(Electorate), me: inJson(Leaf), secretKey: inJson(Key) }
const Leaves = Schema.Array(inJson(Leaf))
const Restrained = {
  send: Schema.Array(Schema.Struct({ to: Leaves, message: inJson(oneOf("restrained-message", [Endorse, Retract])) })),
  phase: inJson(Phase),
  outcome: Schema.NullOr(Schema.Array(RefJson)),
}
const Consented = {
  send: Schema.Array(inJson(oneOf("consensus-message", [Proposal, Prevote, Precommit]))),
  timers: Schema.Array(Schema.Struct({ kind: inJson(RoundStep), round: inJson(Round) })),
  round: inJson(Round),
  step: inJson(RoundStep),
  decision: Schema.NullOr(inJson(ConsensusDecision)),
}
const Timers = Schema.Array(Schema.Struct({ name: Name, delay: Count }))
const Cascaded = {
  send: Schema.Array(Schema.Struct({ to: Schema.Union([Schema.Literal("all"), Leaves]), message: HexOut })),
  judge: Schema.Array(RefJson),
  timers: Timers,
  decision: Schema.NullOr(RefJson),
}

/** The layers of these methods, in the order in which a port gets them right. */
export const agreementLayers = [
  "cooperation",
  "restrained-consensus",
  "global-consensus",
  "cascade",
  "delivery-service",
  "delivery-mls",
  "simulation",
] as const

const cooperation = {
  "agreement.decode": method(
    "cooperation",
    "Decodes the bytes of a wire type of these chapters (encoding.decode).",
    { type: WireType, bytes: Hex },
    { value: Schema.Json },
  ),
  "agreement.encode": method(
    "cooperation",
    "Encodes a value of a wire type of these chapters.",
    { type: WireType, value: Schema.Json },
    { bytes: HexOut },
  ),
  "cooperation.thresholds": method(
    "cooperation",
    "The thresholds of n voters with t faulty ones and the sensitivity k, and the usual t. Where n < 3t + k or k " +
      "< 1: refused (cooperation.electorate).",
    { n: Count, faults: Count, sensitivity: Count },
    { usualFaults: Count, witness: Count, ready: Count, gate: Count, candidate: Count },
  ),
  "cooperation.unlock-threshold": method(
    "cooperation",
    "θ of n voters with t faulty ones, when so many values are witnessed: at least one. What is answered to 0 is " + "free.",
    { n: Count, faults: Count, values: Count },
    { threshold: Count },
  ),
  "cooperation.sign": method(
    "cooperation",
    "Signs a statement of `signer` in an instance; its signature is the one to be made, whatever stands in `statement`.",
    { electorate: inJson(Electorate), instance: inJson(Instance), statement: inJson(Statement), secretKey: inJson(Key) },
    { statement: inJson(Statement) },
  ),
  "cooperation.verify": method(
    "cooperation",
    "Verifies a certificate of a value (cooperation.verify).",
    { electorate: inJson(Electorate), instance: inJson(Instance), certificate: inJson(Certificate), ref: RefJson },
    {},
  ),
  "cooperation.verify-unique": method(
    "cooperation",
    "Verifies a unique certificate of a value (cooperation.verify-unique).",
    { electorate: inJson(Electorate), instance: inJson(Instance), certificate: inJson(Certificate), ref: RefJson },
    {},
  ),
  "cooperation.open": method(
    "cooperation",
    "Opens the handle's cooperation (cooperation.open); makes the handle, or makes it anew.",
    { on: Name, electorate: inJson(Electorate), instance: inJson(Instance), me: inJson(Leaf), secretKey: inJson(Key) },
    {},
  ),
  "cooperation.propose": method("cooperation", "Proposes (cooperation.propose).", { on: Name, ref: RefJson }, Cooperated),
  "cooperation.learn": method(
    "cooperation",
    "The content of a value has arrived (cooperation.learn).",
    { on: Name, ref: RefJson },
    Cooperated,
  ),
  "cooperation.validate": method("cooperation", "A value was found valid (cooperation.validate).", { on: Name, ref: RefJson }, Cooperated),
  "cooperation.relax": method("cooperation", "Unlocks everything from now on (cooperation.relax).", { on: Name }, Cooperated),
  "cooperation.receive": method(
    "cooperation",
    "Takes in statements (cooperation.receive).",
    { on: Name, statements: list(Statement) },
    Cooperated,
  ),
  "cooperation.certify": method(
    "cooperation",
    "The certificate of a value (cooperation.certify), or null, and whether it is unique.",
    { on: Name, ref: RefJson },
    { certificate: Schema.NullOr(inJson(Certificate)), unique: Schema.Boolean },
  ),
  "cooperation.held": method(
    "cooperation",
    "The statements held in ascending order of signer, number, kind and ref, whether values may be unlocked, and what is accepted.",
    { on: Name },
    {
      statements: list(Statement),
      mayUnlock: Schema.Boolean,
      accepted: Schema.Array(RefJson),
      candidates: Schema.NullOr(Schema.Array(RefJson)),
    },
  ),
} as const

const restrained = {
  "restrained-consensus.open": method(
    "restrained-consensus",
    "Opens the handle's restrained consensus (restrained-consensus.open); `authors` are the values that it knows, with their authors.",
    { ...Opening, authors: Schema.Array(Schema.Struct({ ref: RefJson, author: inJson(Leaf) })) },
    {},
  ),
  "restrained-consensus.begin": method(
    "restrained-consensus",
    "Begins (restrained-consensus.begin).",
    { on: Name, values: Schema.Array(RefJson), certificates: list(Certified) },
    Restrained,
  ),
  "restrained-consensus.endorse": method(
    "restrained-consensus",
    "Takes in an ENDORSE (restrained-consensus.receive-endorse).",
    { on: Name, message: inJson(Endorse) },
    Restrained,
  ),
  "restrained-consensus.retract": method(
    "restrained-consensus",
    "Takes in a RETRACT (restrained-consensus.receive-retract).",
    { on: Name, message: inJson(Retract) },
    Restrained,
  ),
  "restrained-consensus.timeout": method(
    "restrained-consensus",
    "Ends the timer (restrained-consensus.timeout).",
    { on: Name },
    Restrained,
  ),
} as const

const consensus = {
  "global-consensus.proposer": method(
    "global-consensus",
    "The proposer of a round.",
    { electorate: inJson(Electorate), round: inJson(Round) },
    { proposer: inJson(Leaf) },
  ),
  "global-consensus.verify": method(
    "global-consensus",
    "Verifies a decision (global-consensus.verify-decision).",
    { electorate: inJson(Electorate), decision: inJson(ConsensusDecision) },
    {},
  ),
  "global-consensus.open": method("global-consensus", "Opens the handle's global consensus (global-consensus.open).", Opening, {}),
  "global-consensus.admit": method(
    "global-consensus",
    "A value is admissible (global-consensus.admit).",
    { on: Name, ref: RefJson },
    Consented,
  ),
  "global-consensus.receive": method(
    "global-consensus",
    "Takes in a PROPOSAL or a vote (global-consensus.receive).",
    { on: Name, message: inJson(oneOf("consensus-message", [Proposal, Prevote, Precommit])) },
    Consented,
  ),
  "global-consensus.timeout": method(
    "global-consensus",
    "Ends a timer of a step and round (global-consensus.timeout).",
    { on: Name, kind: inJson(RoundStep), round: inJson(Round) },
    Consented,
  ),
} as const

const cascade = {
  "cascade.commit": method(
    "cascade",
    "A commit value with its author's signature, and its ref.",
    {
      electorate: inJson(Electorate),
      secretKey: inJson(Key),
      author: inJson(Leaf),
      proposals: Schema.Array(RefJson),
      commit: inJson(BackEndMessage),
      welcome: Schema.NullOr(inJson(BackEndMessage)),
    },
    { ref: RefJson, value: inJson(CommitValue) },
  ),
  "cascade.set": method(
    "cascade",
    "The ref of a set of commits.",
    { electorate: inJson(Electorate), refs: Schema.Array(RefJson) },
    { ref: RefJson },
  ),
  "cascade.choice": method(
    "cascade",
    "The commit of a set (of at least one) that takes effect; `proposals` is how many proposals each commits.",
    { set: Schema.Array(Schema.Struct({ ref: RefJson, author: inJson(Leaf), proposals: Count })) },
    { ref: RefJson },
  ),
  "cascade.verify-decide": method(
    "cascade",
    "Verifies a DECIDE (cascade.verify-decide); gives the commit that takes effect.",
    { electorate: inJson(Electorate), decide: inJson(Decide) },
    { ref: RefJson },
  ),
  "cascade.open": method("cascade", "Opens the handle's cascade (cascade.open).", Opening, {}),
  "cascade.propose": method("cascade", "Proposes (cascade.propose).", { on: Name, value: inJson(CommitValue) }, Cascaded),
  "cascade.validate": method("cascade", "A commit was found valid (cascade.validate).", { on: Name, ref: RefJson }, Cascaded),
  "cascade.receive": method(
    "cascade",
    "Takes in a message from a voter (cascade.receive).",
    { on: Name, from: inJson(Leaf), message: Hex },
    Cascaded,
  ),
  "cascade.timeout": method("cascade", "Ends a timer (cascade.timeout).", { on: Name, name: Name }, Cascaded),
} as const

const Digest = inJson(hexIdentifier(32))
const Outcome = {
  send: Schema.Array(Schema.Struct({ to: Schema.Array(inJson(UserId)), message: Digest })),
  events: Schema.Array(
    Schema.Union([
      Schema.Struct({ type: Schema.Literals(["proposal", "commit"]), epoch: inJson(Epoch), author: inJson(Leaf), ref: RefJson }),
      Schema.Struct({ type: Schema.Literals(["joined", "removed", "stuck"]), epoch: inJson(Epoch) }),
    ]),
  ),
  timers: Timers,
}
const Proposing = Schema.Union([
  Schema.Struct({ type: Schema.Literal("add"), keyPackage: Hex }),
  Schema.Struct({ type: Schema.Literal("remove"), leaf: inJson(Leaf) }),
  Schema.Struct({ type: Schema.Literal("update") }),
])

const delivery = {
  "delivery-service.appear": drawing(
    "delivery-service",
    "Makes a user, or makes it anew, with its key package of this number (tree-kem.init); only a peer of the " +
      'layer "delivery-mls" is asked for one of MLS.',
    { on: Name, user: inJson(UserId), seed: inJson(Key), backEnd: Schema.Literals(["symbolic", "mls"]), number: Count },
    { keyPackage: HexOut },
  ),
  "delivery-service.outside": method(
    "delivery-mls",
    "Makes a user with the MLS back end out of its key package and secret keys, like mls.outside.",
    {
      on: Name,
      user: inJson(UserId),
      keyPackage: Hex,
      signingSecretKey: inJson(Key),
      leafSecretKey: inJson(Key),
      initSecretKey: inJson(Key),
    },
    {},
  ),
  "delivery-service.found": drawing(
    "delivery-service",
    "Founds a group (delivery-service.found).",
    { on: Name, group: inJson(GroupId), sampleSize: inJson(SampleSize) },
    Outcome,
  ),
  "delivery-service.join": drawing(
    "delivery-service",
    "Joins by a welcome (delivery-service.join), with what was kept before. `welcome` is the welcome of the back " +
      "end, as it stands in a WELCOME.",
    { on: Name, welcome: Hex, sampleSize: inJson(SampleSize) },
    Outcome,
  ),
  "delivery-service.receive-early": method(
    "delivery-service",
    "Somebody who is no member yet keeps a message from a user (delivery-service.receive-early).",
    { on: Name, from: inJson(UserId), message: Digest },
    {},
  ),
  "delivery-service.propose": drawing(
    "delivery-service",
    "Proposes (delivery-service.propose).",
    { on: Name, proposing: Proposing },
    Outcome,
  ),
  "delivery-service.commit": drawing(
    "delivery-service",
    "Commits these proposals, or the selection (delivery-service.commit).",
    { on: Name, references: Schema.NullOr(Schema.Array(RefJson)) },
    Outcome,
  ),
  "delivery-service.receive": drawing(
    "delivery-service",
    "Takes in a message from a user (delivery-service.receive).",
    { on: Name, from: inJson(UserId), message: Digest },
    Outcome,
  ),
  "delivery-service.timeout": drawing("delivery-service", "Ends a timer (delivery-service.timeout).", { on: Name, name: Name }, Outcome),
  "delivery-service.come-back": drawing(
    "delivery-service",
    "Makes the key package of this number to come back with (delivery-service.come-back).",
    { on: Name, number: Count },
    { keyPackage: HexOut },
  ),
  "delivery-service.resume": method("delivery-service", "Asks for what was missed (delivery-service.resume).", { on: Name }, Outcome),
  "delivery-service.restore": method(
    "delivery-service",
    "The handle's state is taken for an older one, and goes on through this epoch without signing (delivery-service.restore).",
    { on: Name, through: inJson(Epoch) },
    Outcome,
  ),
  "delivery-service.put": method("delivery-service", "Puts in a message, so that it can be named.", { message: Hex }, { digest: Digest }),
  "delivery-service.get": method("delivery-service", "The bytes of a message.", { digest: Digest }, { message: HexOut }),
  "delivery-service.shows": method(
    "delivery-service",
    "What a member shows: its status, epoch, members, authenticator (of the last epoch that it could process), " +
      "how many commits are incomplete, how many messages are kept, and by what evidence the last epoch was " +
      "decided.",
    { on: Name },
    {
      status: Schema.Literals(["active", "removed", "stuck"]),
      epoch: inJson(Epoch),
      members: Schema.Array(Schema.Struct({ leaf: inJson(Leaf), user: inJson(UserId) })),
      authenticator: inJson(Key),
      incomplete: Count,
      later: Count,
      evidence: Schema.NullOr(Schema.Literals(["unique-commit", "unique-set", "precommitted"])),
    },
  ),
} as const

const simulation = {
  "simulation.numbers": method(
    "simulation",
    "The first numbers of a stream, one below each of these limits.",
    { seed: Label, name: Label, limits: Schema.Array(inJson(uint(1, 2 ** 32))) },
    { numbers: Schema.Array(Count) },
  ),
  "simulation.play": method(
    "simulation",
    "Plays a run (simulation.settle, simulation.play). `traces` has the trace after each move; of each process " +
      "at the end `told` says how much it was told, and `sent` how many messages it has put on their way. What is " +
      "no schedule is no call.",
    Run.fields,
    {
      traces: Schema.Array(Digest),
      processes: Schema.Array(
        Schema.Struct({
          handle: Name,
          status: Schema.Literals(["outside", "active", "removed", "stuck"]),
          epoch: Schema.NullOr(inJson(Epoch)),
          authenticator: Schema.NullOr(inJson(Key)),
          told: Count,
          sent: Count,
        }),
      ),
    },
  ),
} as const

/** Every method of these chapters. */
export const agreementMethods = { ...cooperation, ...restrained, ...consensus, ...cascade, ...delivery, ...simulation } as const
