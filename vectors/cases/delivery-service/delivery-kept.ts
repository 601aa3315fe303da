/** The layers "global-consensus", "cascade" and "delivery-service": quorums, commits of our own, and what is kept and asked for. */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { signCommit } from "../../../reference/delivery-service/cascade.ts"
import { processOf, runAs, type World } from "../../../reference/delivery-service/simulation/world.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses as cascade } from "../../../spec/delivery-service/cascade.ts"
import { clauses, type DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { clauses as consensus } from "../../../spec/delivery-service/global-consensus.ts"
import { SymbolicCommit } from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, aCase, type Case, caseFile, withoutTraces } from "../author.ts"
import { hexOf } from "../people.ts"
import { four } from "./cascade-evidence.ts"
import { CascadeVoters } from "./cascade-voters.ts"
import { consensusMessagesOf, other, value } from "./consensus-messages.ts"
import { electorateOf, named, secretKeyOf } from "./cooperation-voters.ts"
import { ended, kinds, receive, said, shows } from "./delivery-edges.ts"
import { addedApart, isStuck } from "./delivery-stuck.ts"
import { after, hexOfMessage, put, scenarioCase } from "./scenario-case.ts"
import { emptyBundle } from "./schedules.ts"

// Epoch 8 of four voters: alice proposes in round 0, bob in round 1, carol in round 2.
const { proposal, opened, receive: hold, own, prevotes, precommits } = consensusMessagesOf(electorateOf(4, 1, { epoch: 8 }))

const ofConsensus = (): ReadonlyArray<Case> => [
  aCase(
    "global-consensus/admissible-first",
    {
      title:
        "Three voters are exposed, so that each of two admissible values has a quorum: dave locks on the one that was admissible first",
      clauses: [consensus.lock, consensus.exposed],
    },
    (author) => {
      for (const values of [
        [value, other],
        [other, value],
      ]) {
        opened(author, "dave", ...values)
        const rest = ["alice", "bob", "carol"]
        hold(author, "dave", ...precommits(0, null, ...rest), ...precommits(0, named("set three"), ...rest))
        const output = author.accepts("global-consensus.timeout", { on: "dave", kind: 1, round: 0 })
        author.claim(own("dave", output) === `prevote nothing,precommit ${values[0] === value ? "one" : "two"}`, "the first")
      }
    },
  ),
  aCase(
    "global-consensus/prevoted-once-more",
    {
      title: "carol precommits a value in round 0, and it is prevoted in round 1 too: in round 2 she proposes it with the valid round 1",
      clauses: [consensus.lock],
    },
    (author) => {
      opened(author, "carol", value)
      hold(author, "carol", proposal("alice", 0, value), ...prevotes(0, value, "alice", "bob"))
      hold(author, "carol", ...precommits(1, null, "alice", "bob"))
      author.accepts("global-consensus.timeout", { on: "carol", kind: 1, round: 1 })
      hold(author, "carol", ...prevotes(1, null, "dave"), ...prevotes(1, value, "alice"))
      author.accepts("global-consensus.timeout", { on: "carol", kind: 2, round: 1 })
      hold(author, "carol", ...prevotes(1, value, "bob", "dave"))
      const { send } = author.accepts("global-consensus.timeout", { on: "carol", kind: 3, round: 1 })
      const [sent] = send
      author.claim(sent?.type === "proposal" && sent.ref === value && sent.validRound === 1, "the later of both")
    },
  ),
]

const ofCascade = (): ReadonlyArray<Case> => [
  aCase(
    "cascade/fifth-of-our-own",
    {
      title: "carol proposes five commits: she knows four of them, like those of anybody, and witnesses the fifth without knowing it",
      clauses: [cascade["set-commits"]],
    },
    (author) => {
      const voters = new CascadeVoters(author, four, ["carol"])
      const sent = Array.from({ length: 5 }, (_, index) => {
        const commit = author.accepts("cascade.commit", {
          ...{ electorate: four, secretKey: secretKeyOf("carol"), author: 2, proposals: [] },
          ...{ commit: hexOf(`commit ${index}`), welcome: null },
        })
        return voters.propose("carol", commit).send.length
      })
      author.claim(sent.join() === "1,1,1,1,1", "a BUNDLE each time")
    },
  ),
]

/** A BUNDLE with D's signed value of a commit in epoch 1 that names these proposals; nobody can process it. */
export const naming = (world: World, refs: ReadonlyArray<string>): DeliveryMessage => {
  const { state, seed } = processOf(world, "D")
  const { group, me, signingSecretKey } = state!.tree
  const commit = encodeWire(SymbolicCommit, {
    ...{ type: "symbolic-commit", group, epoch: 1, author: me, references: refs.map((ref) => Uint8Array.from(Buffer.from(ref, "hex"))) },
    ...{ key: new Uint8Array(32), unreadable: [], confirmation: new Uint8Array(32), signature: new Uint8Array(64) },
  })
  const { electorate } = processOf(world, "A").state!.cascade
  const content = { author: me, proposals: refs, commit, welcome: null }
  const signed = Result.getOrThrow(runAs(world, seed, signCommit(electorate, signingSecretKey, content)))
  return emptyBundle(world, 1, { commits: [signed.value] })
}

const ofMembers = (): ReadonlyArray<Case> => [
  shows(
    "stuck-before-silent",
    "C is stuck, and is restored: that it is stuck is looked at before that it signs nothing",
    [clauses.active, clauses.silent, verdicts["order-of-checks"]],
    (author) => {
      after(author, isStuck)
      for (const on of ["A", "C"]) author.accepts("delivery-service.restore", { on, through: 9 })
      const proposing = { type: "update" as const }
      author.refuses(clauses.silent, "delivery-service.propose", { on: "A", proposing })
      author.refuses(clauses.active, "delivery-service.propose", { on: "C", proposing })
      author.refuses(clauses.active, "delivery-service.commit", { on: "C", references: [] })
    },
  ),
  shows("alone-and-resumes", "A is alone, and resumes: nothing is sent to nobody", [clauses["sends-again"]], (author) => {
    after(author, [], ["A"])
    author.gives("delivery-service.resume", { on: "A" }, { send: [], events: [], timers: [] })
  }),
  shows(
    "removed-keeps-what-waits",
    "D keeps a message of the next epoch, and is removed: the message is taken in no more, and stays",
    [clauses["keeps-later"], clauses.active],
    (author) => {
      const world = after(author, [
        { propose: "remove", by: "A", who: "D", as: "r" },
        { drain: "fifo" },
        { cut: [["D"], ["A", "B", "C"]] },
        { commit: ["r"], by: "B", as: "c" },
        { settle: 10 },
      ])
      receive(author, "D", "A", put(author, hexOfMessage(emptyBundle(world, 2))))
      const decision = put(author, hexOfMessage(processOf(world, "A").state!.past.at(-1)!))
      const { events } = author.accepts("delivery-service.receive", { on: "D", from: "A", message: decision })
      author.claim(events.at(-1)?.type === "removed", "removed")
      author.claim(author.accepts("delivery-service.shows", { on: "D" }).later === 1, "one message")
    },
  ),
]

const ofProposals = (): ReadonlyArray<Case> => [
  shows(
    "asks-who-is-none",
    "X, who is no member, sends D's commit, and A misses a proposal that it names: A asks X for it",
    [clauses.complete, clauses.judged],
    (author) => {
      const world = after(author, [])
      const message = put(author, hexOfMessage(naming(world, ["ab".repeat(32)])))
      const output = author.accepts("delivery-service.receive", { on: "A", from: "X", message })
      author.claim(output.send.map(({ to }) => to.join()).join() === "X" && kinds(author, output.send) === "fetch", "X is asked")
    },
  ),
  shows(
    "decision-brings-what-it-names",
    "A misses a proposal that D's commit names, and a DECISION of another commit has it: it is left out",
    [clauses.complete],
    (author) => {
      const made: Array<{ readonly ref: Uint8Array; readonly proposal: Uint8Array }> = []
      const noted = (world: World): DeliveryMessage => {
        made.push(...processOf(world, "D").state!.tree.proposals)
        return emptyBundle(world, 1)
      }
      const world = after(author, [
        { cut: [["A"], ["B", "C", "D"]] },
        { propose: "update", by: "D", as: "p" },
        { inject: noted, from: "D", to: "A" },
        ...ended("B", "c1"),
      ])
      author.claim(processOf(world, "A").state!.tree.epoch === 1 && made.length === 1, "A has not heard of p, nor of c1")
      receive(author, "A", "D", put(author, hexOfMessage(naming(world, [Hex.encode(made[0]!.ref)]))))
      const decision = { ...processOf(world, "B").state!.past.at(-1)!, proposals: made.map(({ proposal }) => proposal) }
      const output = author.accepts("delivery-service.receive", { on: "A", from: "B", message: put(author, hexOfMessage(decision)) })
      author.claim(output.events.map(({ type }) => type).join() === "commit", "A is told of the commit only")
    },
  ),
]

/** Before its welcome E keeps this many messages of five users, of none of them 64. Gives what E sends when it joins. */
const joinsAfter = (author: Author, count: number): string => {
  const world = after(author, addedApart)
  const message = put(author, hexOfMessage(emptyBundle(world, 2)))
  for (let index = 0; index < count; index++)
    author.accepts("delivery-service.receive-early", { on: "E", from: "ABCDX"[index % 5]!, message })
  const welcome = Hex.encode(processOf(world, "A").state!.past.at(-1)!.decide.welcome!)
  const { send } = author.accepts("delivery-service.join", { on: "E", welcome, sampleSize: 0 })
  return send.map((sent) => said(author, sent.message).type).join()
}

const ofJoining = (): ReadonlyArray<Case> => [
  shows(
    "joins-after-256",
    "E has kept 256 messages of five users before its welcome, of none of them 64: it resumes",
    [clauses["early-quota"], clauses["sends-again"]],
    (author) => {
      author.claim(joinsAfter(author, 256).includes("fetch"), "it resumes")
    },
  ),
  shows(
    "joins-after-255",
    "E has kept 255 messages of five users before its welcome, of none of them 64: it does not resume",
    [clauses["early-quota"], clauses["sends-again"]],
    (author) => {
      author.claim(!joinsAfter(author, 255).includes("fetch"), "it does not")
    },
  ),
  scenarioCase("stuck-author-welcomes", {
    title:
      "D's commit that adds E is decided, and its other state has no state after it: it is stuck, and sends E the WELCOME as its author",
    clauses: [clauses.stuck, clauses.welcome],
    faulty: { D: [["A", "B", "C"], []] },
    schedule: [
      { appear: "E" },
      { propose: "add", by: "A", who: "E", as: "e" },
      { drain: "fifo" },
      { commit: ["e"], by: "D", as: "cD" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.claim(told.events("D'1").includes("stuck 1"), "it is stuck")
    },
  }),
]

/** The layer "global-consensus". */
export const consensusQuorums = caseFile(
  { part: "delivery-service", chapter: "global-consensus-quorums", layer: "global-consensus", flags: {} },
  ofConsensus,
)

/** The layer "cascade". */
export const cascadeOwnCommits = caseFile(
  { part: "delivery-service", chapter: "cascade-own-commits", layer: "cascade", flags: {} },
  ofCascade,
)

/** The layer "delivery-service". */
export default caseFile({ part: "delivery-service", chapter: "delivery-service-kept", layer: "delivery-service", flags: {} }, () =>
  [...ofMembers(), ...ofProposals(), ...ofJoining()].map(withoutTraces),
)
