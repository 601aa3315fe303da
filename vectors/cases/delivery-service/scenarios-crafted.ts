import { Result } from "effect"
import { Hex } from "effect/encoding"
import * as Cascades from "../../../reference/delivery-service/cascade.ts"
import { signedBytes } from "../../../reference/delivery-service/cooperation/settle.ts"
import { violationsAtRest } from "../../../reference/delivery-service/simulation/properties.ts"
import type { Move } from "../../../reference/delivery-service/simulation/schedule.ts"
import { processOf, runAs, type World } from "../../../reference/delivery-service/simulation/world.ts"
import { commitFor } from "../../../reference/delivery-service/tree-kem/symbolic.ts"
import { clauses as cascade } from "../../../spec/delivery-service/cascade.ts"
import { type Certificate, clauses as cooperation, type Statement } from "../../../spec/delivery-service/cooperation.ts"
import { clauses, type Decision, type DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { clauses as consensus } from "../../../spec/delivery-service/global-consensus.ts"
import { clauses as murmur } from "../../../spec/delivery-service/murmur.ts"
import { clauses as restrained } from "../../../spec/delivery-service/restrained-consensus.ts"
import { type SymbolicGroup, clauses as treeKem } from "../../../spec/delivery-service/tree-kem.ts"
import { type Case, caseFile } from "../author.ts"
import { scenarioCase } from "./scenario-case.ts"
import { emptyBundle } from "./schedules.ts"

const waves = (count: number) => Array.from({ length: count }, () => ({ wave: true }) as const)

/** The decision that A has taken last. */
const decisionOfA = (world: World): Decision => processOf(world, "A").state!.past.at(-1)!

const certificateOf = ({ decide: { evidence } }: Decision): Certificate => {
  if (evidence.type !== "unique-commit") throw new Error("decided otherwise")
  return evidence.certificate
}

/** A's decision with other chains. */
const withChains =
  (change: (certificate: Certificate, world: World) => Certificate) =>
  (world: World): DeliveryMessage => {
    const decision = decisionOfA(world)
    return {
      ...decision,
      decide: { ...decision.decide, evidence: { type: "unique-commit", certificate: change(certificateOf(decision), world) } },
    }
  }

const unchanged = (world: World): DeliveryMessage => decisionOfA(world)

/** A, B and C decide A's commit; D has heard nothing. */
const withoutD: ReadonlyArray<Move> = [
  { commit: [], by: "A", as: "cA" },
  { lose: true, to: ["D"] },
  { drain: "fifo", to: ["A", "B", "C"] },
  { lose: true, to: ["D"] },
]

const inject = (message: (world: World) => DeliveryMessage): Move => ({ inject: message, from: "A", to: "D" })

const onlyReadies = (world: World): DeliveryMessage =>
  emptyBundle(world, 1, {
    statements: certificateOf(decisionOfA(world))
      .flat()
      .filter(({ type }) => type === "ready"),
    commits: [Cascades.chosenOf(decisionOfA(world).decide).value],
  })

const onlyWitnesses = (world: World): DeliveryMessage =>
  emptyBundle(world, 1, {
    statements: certificateOf(decisionOfA(world))
      .flat()
      .filter(({ type }) => type === "witness"),
  })

const gaps = (): ReadonlyArray<Case> => [
  scenarioCase("s18", {
    title: "S18: every READY comes before its signer's WITNESS: none counts",
    clauses: [cooperation.linked],
    unfinished: true,
    schedule: [...withoutD, inject(onlyReadies), { drain: "fifo", to: ["D"] }],
    claims: (told) => {
      told.all("ABC", "C1:cA")
      told.all("D", "")
      const { first } = processOf(told.world, "D").state!.cascade
      told.claim(first.accepted.length === 0 && first.statements.length >= 3, "held, and nothing is accepted")
    },
  }),
  scenarioCase("s18-linked", {
    title: "S18, and then: the WITNESSes come, and all counts",
    clauses: [cooperation.linked, cascade["early-decision"]],
    schedule: [
      ...withoutD,
      inject(onlyReadies),
      { drain: "fifo", to: ["D"] },
      inject(onlyWitnesses),
      { drain: "fifo", to: ["D"] },
      { settle: 50 },
    ],
    claims: (told) => told.all("ABCD", "C1:cA"),
  }),
]

/** A statement that D signs. */
const byD = (world: World, type: Statement["type"], seq: number, ref: string): Statement => {
  const { tree, cascade: own } = processOf(world, "D").state!
  const statement = { type, signer: tree.me, seq, ref }
  const signature = world.primitives.ed25519Sign(tree.signingSecretKey, signedBytes(own.first, statement))
  return { ...statement, signature }
}

const chosenRef = (world: World): string => decisionOfA(world).decide.refs[0]!

/** Two correct chains and one of D, which has witnessed something else first, or says that it has not. */
const withChainOfD = (isStripped: boolean) =>
  withChains((certificate, world) => {
    const ready = (seq: number) => byD(world, "ready", seq, chosenRef(world))
    const chain = isStripped ? [ready(0)] : [byD(world, "witness", 0, "ee".repeat(32)), ready(1)]
    const others = certificate.filter(([first]) => first!.signer !== processOf(world, "D").state!.tree.me)
    return [...others.slice(0, 2), chain]
  })

const decisions = (): ReadonlyArray<Case> => [
  scenarioCase("s29", {
    title: "S29: DECIDEs with a gap in a chain, with two chains, of an epoch that has passed, and of another group; then the right one",
    clauses: [cascade["decide-evidence"], clauses.group],
    schedule: [
      ...withoutD,
      inject(withChains(([first, ...rest]) => [first!.slice(1), ...rest])),
      inject(withChains((certificate) => certificate.slice(0, 2))),
      inject((world) => ({ ...decisionOfA(world), decide: { ...decisionOfA(world).decide, epoch: 0 } })),
      inject((world) => ({ ...decisionOfA(world), decide: { ...decisionOfA(world).decide, group: "77".repeat(16) } })),
      inject(unchanged),
      { drain: "fifo", to: ["D"] },
      { settle: 50 },
    ],
    claims: (told) => {
      told.claim(
        told.verdicts("D", 5) === "cascade.decide-evidence cascade.decide-evidence accepted delivery-service.group accepted",
        `refused, refused, nothing, refused, and accepted, not ${told.verdicts("D", 5)}`,
      )
      told.all("ABCD", "C1:cA")
    },
  }),
  scenarioCase("s30", {
    title: "S30: a faulty member hands on a DECIDE with a chain of its own in which a WITNESS is left out, and decides nothing else by it",
    clauses: [cascade["decide-evidence"], cascade["early-decision"]],
    faulty: { D: [[]] },
    schedule: [
      { commit: [], by: "A", as: "cA" },
      { lose: true, to: ["C"] },
      { lose: true, to: ["D"] },
      { drain: "fifo", from: ["A"], to: ["B"] },
      ...["A", "B"].map(
        (to): Move => ({
          inject: (world) => {
            const { ref } = processOf(world, "A").state!.own[0]!
            return emptyBundle(world, 1, { statements: [byD(world, "witness", 0, ref), byD(world, "ready", 1, ref)] })
          },
          from: "D",
          to,
        }),
      ),
      { drain: "fifo", to: ["A", "B"] },
      { lose: true, to: ["C"] },
      { inject: withChainOfD(false), from: "D", to: "C" },
      { inject: withChainOfD(true), from: "D", to: "C" },
      { drain: "fifo", to: ["C"] },
      { settle: 50 },
    ],
    claims: (told) => told.all("ABC", "C1:cA"),
  }),
]

const proposalsOf = (message: DeliveryMessage) =>
  message.type === "agreement" && message.message.type === "set-proposal" ? [message.message] : []

const fallback = (): ReadonlyArray<Case> => [
  scenarioCase("s24", {
    title: "S24: some are locked in round 0 of global consensus, and the proposer of a later round proposes that value again",
    clauses: [consensus.lock, cascade["all-certified"]],
    schedule: [
      { commit: [], by: "A", as: "cA" },
      { commit: [], by: "B", as: "cB" },
      { chaos: "s24 2", haste: 30, most: 600 },
      { settle: 200 },
    ],
    claims: (told) => {
      const again = told.world.messages.flatMap(proposalsOf).find(({ validRound }) => validRound !== null)
      told.claim(again !== undefined && again.round > again.validRound!, "a value that was prevoted is proposed again")
      const { evidence } = processOf(told.world, "A").state!.past.at(-1)!.decide
      told.claim(evidence.type === "precommitted" && evidence.round >= again!.round, "and decided then")
      told.all("BCD", told.events("A"))
    },
  }),
]

/** The first RETRACT that anybody has sent. */
const oldRetract =
  (change: { readonly epoch?: number; readonly voter?: number }) =>
  (world: World): DeliveryMessage => {
    const sent = world.messages.flatMap((message) =>
      message.type === "agreement" && message.message.type === "retract" ? [message.message] : [],
    )
    return { type: "agreement", message: { ...sent[0]!, ...change } }
  }

const replays = (): ReadonlyArray<Case> => [
  scenarioCase("s52", {
    title:
      "S52: a RETRACT of the epoch before, the same as if of this one, and one by an outsider; restrained consensus succeeds nevertheless",
    clauses: [restrained.signature, clauses["answers-past"], cascade.choice],
    schedule: [
      { commit: [], by: "A", as: "one" },
      { commit: [], by: "B", as: "two" },
      { drain: "fifo", from: ["A"], to: ["C"] },
      { drain: "fifo", from: ["B"], to: ["D"] },
      { drain: "fifo", to: ["A", "C", "D"] },
      { drain: "fifo", to: ["B"], kinds: ["endorse"] },
      { drain: "fifo" },
      { settle: 50 },
      { commit: [], by: "A", as: "cA" },
      { commit: [], by: "B", as: "cB" },
      { drain: "fifo", from: ["A"], to: ["C"] },
      { drain: "fifo", from: ["B"], to: ["D"] },
      ...[oldRetract({}), oldRetract({ epoch: 2 }), oldRetract({ epoch: 2, voter: 9 })].map(
        (inject): Move => ({ inject, from: "D", to: "A" }),
      ),
      { drain: "fifo", from: ["D"], to: ["A"], kinds: ["retract"] },
      ...waves(10),
      { settle: 50 },
    ],
    claims: (told) => {
      const refused = told.world.calls!.filter(
        ({ verdict }) => verdict !== "accepted" && "clause" in verdict && verdict.clause === restrained.signature.id,
      )
      told.claim(refused.length === 2, "two are refused")
      told.claim(
        told.decided("A") === "cA,cB" && told.sent("endorse") === 3 && told.sent("retract") === 4,
        "both endorse, and their set is decided",
      )
      told.all("BCD", told.events("A"))
    },
  }),
]

/** D's commit of all proposals that it was told of, whether they go together or not. */
const everything = (world: World): DeliveryMessage => {
  const { state, seed } = processOf(world, "D")
  const { tree, cascade: own } = state!
  const made = Result.getOrThrow(runAs(world, seed, commitFor(tree as SymbolicGroup, tree.proposals, [])))
  const refs = tree.proposals.map(({ ref }) => Hex.encode(ref)).sort()
  const value = { author: tree.me, proposals: refs, commit: made.commit, welcome: null }
  const named = Result.getOrThrow(runAs(world, seed, Cascades.signCommit(own.electorate, tree.signingSecretKey, value)))
  const { send } = Result.getOrThrow(runAs(world, seed, Cascades.propose(own, tree.signingSecretKey, named)))
  return { type: "agreement", message: send[0]!.message }
}

const twice: ReadonlyArray<Move> = [
  { appear: "E" },
  { propose: "add", by: "A", who: "E", as: "first" },
  { propose: "add", by: "B", who: "E", as: "second" },
  { drain: "fifo" },
]

const conflicts = (): ReadonlyArray<Case> => [
  scenarioCase("s37-twice", {
    title: "S37: two propose to add one user: the committer takes one of the proposals",
    clauses: [treeKem.selection, clauses.welcome],
    schedule: [...twice, { commit: null, by: "C", as: "cC" }, { settle: 50 }],
    claims: (told) => {
      told.claim(told.world.processes[0]!.state!.past.at(-1)!.proposals.length === 1, "one is committed")
      told.claim(told.shows("A").members.length === 5, "five members")
      told.all("E", "joined 2")
    },
  }),
  scenarioCase("s37-both", {
    title: "S37: a faulty member commits two proposals that do not go together: nobody witnesses it, and another commit is decided",
    clauses: [clauses.judged],
    faulty: { D: [[]] },
    schedule: [
      ...twice,
      ...["A", "B", "C"].map((to): Move => ({ inject: everything, from: "D", to })),
      { drain: "fifo", from: ["D"] },
      { commit: ["first"], by: "A", as: "cA" },
      { settle: 50 },
    ],
    claims: (told) => {
      for (const user of "ABC") told.claim(told.events(user).endsWith("C1:cA"), `cA, and not ${told.events(user)}`)
      const leafOfD = processOf(told.world, "D").state!.tree.me
      const sent = told.world.messages.flatMap((message) =>
        message.type === "agreement" && message.message.type === "bundle" ? [message.message] : [],
      )
      const ofOthers = sent
        .flatMap(({ statements }) => statements)
        .filter(({ signer, ref }) => signer !== leafOfD && ref !== told.played.names.get("cA"))
      told.claim(ofOthers.length === 0, "no correct member has signed anything about it")
    },
  }),
]

/** Who can be reached from a user by gossip, without those who are down. */
const reached = (world: World, from: string): string => {
  const found = new Set([from])
  for (const user of found) {
    const { state } = processOf(world, user)
    const peers = state!.tree.members.filter(({ leaf }) => state!.murmur.peers.includes(leaf)).map((member) => member.user)
    for (const peer of peers) if (!processOf(world, peer).isDown) found.add(peer)
  }
  return [...found].sort().join("")
}

const gossip = (): ReadonlyArray<Case> => [
  scenarioCase("s45", {
    title: "S45: gossip in a sparse graph, in which a relay is down: all others are reached on other ways",
    clauses: [murmur.relay],
    members: [..."ABCDEFG"],
    sampleSize: 3,
    schedule: [{ down: "B" }, { propose: "update", by: "A", as: "p" }, { drain: "fifo" }],
    claims: (told) => {
      told.claim(reached(told.world, "A") === "ACDEFG", "E only by F")
      told.all("ACDEFG", "P:p")
      told.all("B", "")
    },
  }),
  scenarioCase("s46", {
    title: "S46: both peers of E are down: a proposal does not reach it, which is what the probability is for",
    clauses: [murmur.relay],
    members: [..."ABCDEFG"],
    sampleSize: 3,
    unfinished: true,
    schedule: [{ down: "B" }, { down: "F" }, { propose: "update", by: "A", as: "p" }, { drain: "fifo" }],
    claims: (told) => {
      told.claim(reached(told.world, "A") === "ACDG", "E is cut off")
      told.all("ACDG", "P:p")
      told.all("E", "")
      told.claim(
        violationsAtRest(told.world).join() === "P6 proposals that not all were told of, in epoch 1",
        "and that is all that is wrong",
      )
    },
  }),
  scenarioCase("s46-commit", {
    title: "S46, and then: the proposal is committed; E asks for it, and its vote makes the quorum",
    clauses: [clauses.judged],
    members: [..."ABCDEFG"],
    sampleSize: 3,
    schedule: [
      { down: "B" },
      { down: "F" },
      { propose: "update", by: "A", as: "p" },
      { drain: "fifo" },
      { commit: ["p"], by: "C", as: "cC" },
      { settle: 50 },
    ],
    claims: (told) => told.all("ACDEG", "P:p C1:cC"),
  }),
]

/** Scenarios with what only faulty members or networks do. */
export default caseFile({ part: "delivery-service", chapter: "delivery-service-crafted", layer: "delivery-service", flags: {} }, () => [
  ...gaps(),
  ...decisions(),
  ...fallback(),
  ...replays(),
  ...conflicts(),
  ...gossip(),
])
