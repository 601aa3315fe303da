/** The layer "delivery-service": which welcomes bring a stuck member back, and what it follows that more than t voters have decided. */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { headOf } from "../../../reference/delivery-service/cascade/values.ts"
import { type NamedCommit, propose, signCommit } from "../../../reference/delivery-service/cascade.ts"
import { signedBytes } from "../../../reference/delivery-service/cooperation/settle.ts"
import type { Move } from "../../../reference/delivery-service/simulation/schedule.ts"
import { processOf, runAs, type World } from "../../../reference/delivery-service/simulation/world.ts"
import { commitFor, signSymbolic } from "../../../reference/delivery-service/tree-kem/symbolic.ts"
import * as TreeKem from "../../../reference/delivery-service/tree-kem.ts"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import type { CommitValue } from "../../../spec/delivery-service/cascade.ts"
import type { Statement } from "../../../spec/delivery-service/cooperation.ts"
import { clauses, type DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import {
  lastEpoch,
  SymbolicCommit,
  type SymbolicGroup,
  SymbolicKeyPackage,
  SymbolicWelcome,
  type TreeKemGroup,
} from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, type Case, caseFile, withoutTraces } from "../author.ts"
import { filled } from "../people.ts"
import { kinds, said, shows } from "./delivery-edges.ts"
import { naming } from "./delivery-judged.ts"
import { addedApart, isStuck, stuckAgain } from "./delivery-stuck.ts"
import { after, hexOfMessage, put, scenarioCase } from "./scenario-case.ts"
import { emptyBundle } from "./schedules.ts"

const elsewhere = filled(0x77, 16)

/** What a user could commit with, who has the secrets of the epoch from A: its own state may be that of one who is stuck. */
const treeOf = (world: World, user: string): SymbolicGroup => {
  const { me, signingSecretKey, draws } = processOf(world, user).state!.tree
  return { ...processOf(world, "A").state!.tree, me, signingSecretKey, draws } as SymbolicGroup
}

/** A commit value by a user, signed, with its ref. */
const named = (
  world: World,
  user: string,
  { commit, welcome = null, proposals = [] }: Pick<CommitValue, "commit"> & Partial<Pick<CommitValue, "welcome" | "proposals">>,
  epoch = processOf(world, "A").state!.tree.epoch,
): NamedCommit => {
  const { me, signingSecretKey } = treeOf(world, user)
  const electorate = { ...processOf(world, "A").state!.cascade.electorate, epoch }
  const value = { author: me, proposals, commit, welcome }
  return Result.getOrThrow(runAs(world, processOf(world, user).seed, signCommit(electorate, signingSecretKey, value)))
}

/** A user's commit of nothing, and a welcome of the epoch after it for the key package that C has made last, with something changed. */
const bringsBack = (world: World, user: string, change: Partial<SymbolicWelcome> = {}): NamedCommit => {
  const { commit, next } = Result.getOrThrow(runAs(world, processOf(world, user).seed, TreeKem.commit(treeOf(world, user), [])))
  const { group, epoch, members, secret } = next as SymbolicGroup
  const keyPackage = Result.getOrThrow(decodeWire(SymbolicKeyPackage, processOf(world, "C").outside.keyPackage))
  const { signingKey, key } = keyPackage
  const listed = members.map((member) => (member.user === "C" ? { ...member, signingKey, key } : member))
  const welcome = { type: "symbolic-welcome", group, epoch, keyPackages: [keyPackage], members: listed, secret, ...change } as const
  return named(world, user, { commit, welcome: encodeWire(SymbolicWelcome, welcome) })
}

/** Statements by which these users decide. */
const decisive = (world: World, users: ReadonlyArray<string>, ref: string, epoch: number): ReadonlyArray<ReadonlyArray<Statement>> => {
  const { first } = processOf(world, "A").state!.cascade
  const instance = { ...first, electorate: { ...first.electorate, epoch } }
  return users.map((user) => {
    const { me, signingSecretKey } = treeOf(world, user)
    return (["witness", "ready"] as const).map((type, seq) => {
      const statement = { type, signer: me, seq, ref }
      return { ...statement, signature: world.primitives.ed25519Sign(signingSecretKey, signedBytes(instance, statement)) }
    })
  })
}

/** A DECISION of it by these users. */
const decided = (
  world: World,
  { ref, value }: NamedCommit,
  users: ReadonlyArray<string> = ["A", "B", "D"],
  epoch = processOf(world, "A").state!.tree.epoch,
  proposals: ReadonlyArray<Uint8Array> = [],
): DeliveryMessage => {
  const { state, seed } = processOf(world, "A")
  const { group } = state!.tree
  const heads = [Result.getOrThrow(runAs(world, seed, headOf(value)))]
  const evidence = { type: "unique-commit", certificate: decisive(world, users, ref, epoch) } as const
  const { commit, welcome } = value
  return { type: "decision", decide: { type: "decide", group, epoch, refs: [ref], heads, commit, welcome, evidence }, proposals }
}

const takes = (author: Author, on: string, from: string, message: DeliveryMessage) =>
  author.accepts("delivery-service.receive", { on, from, message: put(author, hexOfMessage(message)) })

const told = ({ events }: { readonly events: ReadonlyArray<{ readonly type: string; readonly epoch: number }> }): string =>
  events.map(({ type, epoch }) => `${type} ${epoch}`).join()

const place = (author: Author, on: string): string => {
  const { status, epoch } = author.accepts("delivery-service.shows", { on })
  return `${status} ${epoch}`
}

/** C is stuck in epoch 2, and has made a key package. */
const hasReturned: ReadonlyArray<Move> = [...isStuck, { return: "C" }]

const ofG = (world: World): DeliveryMessage => {
  const { state, seed } = processOf(world, "G")
  const { cascade, tree } = state!
  const { send } = Result.getOrThrow(runAs(world, seed, propose(cascade, tree.signingSecretKey, bringsBack(world, "G"))))
  return { type: "agreement", message: send[0]!.message }
}

const welcomes = (): ReadonlyArray<Case> => [
  scenarioCase("returns-once", {
    title: "C came back, and G makes it stuck again: a welcome for the key package that it came back with does not bring it back",
    clauses: [clauses["back-in-place"], clauses["stuck-votes"]],
    ...stuckAgain,
    schedule: [...stuckAgain.schedule, ...["A", "B", "C", "D"].map((to): Move => ({ inject: ofG, from: "G", to })), { settle: 50 }],
    claims: (outcome) => {
      outcome.all("C", "stuck 1 joined 3 stuck 3")
      outcome.claim(outcome.shows("A").epoch === 5, "the commit takes effect")
      outcome.claim(outcome.shows("C").status === "stuck" && outcome.shows("C").epoch === 5, "and C follows")
    },
  }),
  shows(
    "welcome-of-this-commit",
    "D's commit comes to C, who is stuck: with its welcome C is back; with one of another group or epoch, or with another secret, it is not",
    [clauses["back-in-place"], clauses["stuck-votes"]],
    (author) => {
      const changes = [{ group: elsewhere }, { epoch: 4 }, { epoch: 2 }, { secret: new Uint8Array(32) }, {}]
      for (const change of changes) {
        const world = after(author, hasReturned)
        const isRight = Object.keys(change).length === 0
        const made = bringsBack(world, "D", change)
        const { send } = takes(author, "C", "B", emptyBundle(world, 2, { commits: [made.value] }))
        author.claim(kinds(author, send) === (isRight ? "agreement" : ""), "C votes for what brings it back")
        const outcome = takes(author, "C", "B", decided(world, made))
        author.claim(told(outcome) === (isRight ? "joined 3" : ""), "and is back by that only")
        author.claim(place(author, "C") === (isRight ? "active 3" : "stuck 3"), "in the next epoch")
      }
    },
  ),
  shows(
    "comes-back-and-brings-another",
    "C keeps a BUNDLE of the next epoch; one decides what brings C back, and has commits whose bytes are of the next epoch: these are not judged",
    [clauses.judged, clauses.forgets, clauses["back-in-place"]],
    (author) => {
      const world = after(author, hasReturned)
      const { ref, value } = bringsBack(world, "B")
      const lost = filled(0xab, 32)
      const others = [naming(world, "D", [lost], { epoch: 3 }), naming(world, "A", [lost], { epoch: 3 })]
      const statements = decisive(world, ["A", "B", "D"], ref, 2).flat()
      takes(author, "C", "A", emptyBundle(world, 3))
      const outcome = takes(author, "C", "D", emptyBundle(world, 2, { statements, commits: [value, ...others] }))
      author.claim(told(outcome) === "joined 3", "back")
      author.claim(
        outcome.send.every(({ message }) => said(author, message).type !== "fetch"),
        "and nothing is asked for",
      )
      author.claim(author.accepts("delivery-service.shows", { on: "C" }).incomplete === 0, "nothing waits")
    },
  ),
]

/** D's commit of nothing that says something else, signed by D. */
const changedBy = (world: World, change: Partial<SymbolicCommit>): NamedCommit => {
  const { seed } = processOf(world, "D")
  const tree = treeOf(world, "D")
  const { commit } = Result.getOrThrow(runAs(world, seed, TreeKem.commit(tree, [])))
  const value = { ...Result.getOrThrow(decodeWire(SymbolicCommit, commit)), ...change }
  const signed = Result.getOrThrow(runAs(world, seed, signSymbolic("symbolic-commit", value, tree.signingSecretKey)))
  return named(world, "D", { commit: signed, proposals: value.references.map((one) => Hex.encode(one)).sort() })
}

const beyond = (): ReadonlyArray<Case> => [
  shows(
    "decided-elsewhere",
    "Three of four have decided a commit of another group, or of another epoch: C is stuck, and stays in the epoch",
    [clauses.stuck],
    (author) => {
      for (const change of [{ group: elsewhere }, { epoch: 2 }, { epoch: 0 }]) {
        const world = after(author, [])
        author.claim(told(takes(author, "C", "B", decided(world, changedBy(world, change)))) === "stuck 1", "stuck")
        author.claim(place(author, "C") === "stuck 1", "in the epoch")
      }
      const world = after(author, [])
      author.claim(told(takes(author, "C", "B", decided(world, changedBy(world, {})))) === "commit 1", "a right one takes effect")
    },
  ),
  shows(
    "follows-to-another-leaf",
    "C is stuck, and three of four decide what removes B and C and adds somebody with C's signature key, on B's leaf: C is removed",
    [clauses["stuck-votes"], clauses.stuck],
    (author) => {
      const world = after(author, isStuck)
      const { seed } = processOf(world, "D")
      let tree: TreeKemGroup = treeOf(world, "D")
      const [b, c] = ["B", "C"].map((user) => tree.members.find((member) => member.user === user)!)
      author.claim(b!.leaf < c!.leaf, "B's leaf is the lower one")
      const { signingSecretKey } = processOf(world, "C").state!.tree
      const taken = { user: "X", signingKey: c!.signingKey, key: bytesOf(filled(0x5a, 32)) }
      const keyPackage = Result.getOrThrow(runAs(world, seed, signSymbolic("symbolic-key-package", taken, signingSecretKey)))
      const changes: ReadonlyArray<(now: TreeKemGroup) => ReturnType<typeof TreeKem.proposeAdd>> = [
        (now) => TreeKem.proposeRemove(now, b!.leaf),
        (now) => TreeKem.proposeRemove(now, c!.leaf),
        (now) => TreeKem.proposeAdd(now, keyPackage),
      ]
      const proposals = changes.map((change) => {
        const made = Result.getOrThrow(runAs(world, seed, change(tree)))
        tree = made.state
        return made.proposal
      })
      const references = proposals.map((one) => Result.getOrThrow(runAs(world, seed, TreeKem.readProposal(one))).ref)
      const outcome = takes(author, "C", "B", decided(world, changedBy(world, { references }), ["A", "B", "D"], 2, proposals))
      author.claim(told(outcome) === "removed 2", "C is removed")
    },
  ),
  shows(
    "decided-in-the-last-epoch",
    "E is welcomed to the last epoch there is, and four of five decide a commit of it: E is stuck, and stays in the epoch",
    [clauses.stuck, clauses.welcome],
    (author) => {
      const world = after(author, addedApart)
      const known = processOf(world, "A").state!.past.at(-1)!.decide.welcome!
      const welcome = { ...Result.getOrThrow(decodeWire(SymbolicWelcome, known)), epoch: lastEpoch }
      author.accepts("delivery-service.join", { on: "E", welcome: Hex.encode(encodeWire(SymbolicWelcome, welcome)), sampleSize: 0 })
      author.claim(place(author, "E") === `active ${lastEpoch}`, "a member")
      const tree = { ...treeOf(world, "D"), epoch: lastEpoch }
      const { commit } = Result.getOrThrow(runAs(world, processOf(world, "D").seed, commitFor(tree, [], [])))
      const message = decided(world, named(world, "D", { commit }, lastEpoch), ["A", "B", "C", "D"], lastEpoch)
      author.claim(told(takes(author, "E", "B", message)) === `stuck ${lastEpoch}`, "stuck")
      author.claim(place(author, "E") === `stuck ${lastEpoch}`, "in the epoch")
    },
  ),
]

export default caseFile({ part: "delivery-service", chapter: "delivery-service-welcomes", layer: "delivery-service", flags: {} }, () =>
  [...welcomes(), ...beyond()].map(withoutTraces),
)
