/** The layer "delivery-service": what is answered, in which order, and what a commit value may say of its commit. */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import * as Cascades from "../../../reference/delivery-service/cascade.ts"
import type { Move } from "../../../reference/delivery-service/simulation/schedule.ts"
import { processOf, runAs, type World } from "../../../reference/delivery-service/simulation/world.ts"
import { commitFor } from "../../../reference/delivery-service/tree-kem/symbolic.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { decodeWire, clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses, DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { clauses as murmur } from "../../../spec/delivery-service/murmur.ts"
import { type SymbolicGroup, clauses as treeKem } from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, aCase, type Case, caseFile, fork, twins, withoutTraces } from "../author.ts"
import { after, hexOfMessage, put, scenarioCase } from "./scenario-case.ts"
import { emptyBundle } from "./schedules.ts"

/** A case of the layer. */
export const shows = (id: string, title: string, about: ReadonlyArray<Clause>, write: (author: Author) => void) =>
  aCase(`delivery-service/${id}`, { title, clauses: about }, write)

/** What a member sends when it takes in a message. */
export const receive = (author: Author, on: string, from: string, message: string) =>
  author.accepts("delivery-service.receive", { on, from, message }).send

/** What a message says. */
export const said = (author: Author, digest: string): DeliveryMessage =>
  Result.getOrThrow(decodeWire(DeliveryMessage, Buffer.from(author.accepts("delivery-service.get", { digest }).message, "hex")))

/** The kinds of the messages sent. */
export const kinds = (author: Author, send: ReadonlyArray<{ readonly message: string }>): string =>
  send.map(({ message }) => said(author, message).type).join()

/** A FETCH, put in. */
export const fetch = (author: Author, world: Pick<World, "group">, epoch: number, refs: ReadonlyArray<string> = []): string =>
  put(author, hexOfMessage({ type: "fetch", group: world.group, epoch, refs }))

/** A commit of nothing that takes effect. */
export const ended = (by: string, as: string): ReadonlyArray<Move> => [{ commit: [], by, as }, { settle: 50 }]

const removal: ReadonlyArray<Move> = [
  { propose: "remove", by: "A", who: "D", as: "r" },
  { drain: "fifo" },
  { commit: ["r"], by: "B", as: "c" },
  { settle: 50 },
]

const answers = (): ReadonlyArray<Case> => [
  shows(
    "answers-one",
    "A late AGREEMENT is answered by the decision of its epoch alone, a FETCH by all from there on",
    [clauses["answers-past"]],
    (author) => {
      const world = after(author, [...ended("A", "c1"), ...ended("B", "c2"), ...ended("C", "c3")])
      const bundle = put(author, hexOfMessage(emptyBundle(world, 2)))
      const one = receive(author, "A", "B", bundle)
      const decision = said(author, one[0]!.message)
      author.claim(one.length === 1 && decision.type === "decision" && decision.decide.epoch === 2, "that of epoch 2")
      author.claim(kinds(author, receive(author, "A", "B", fetch(author, world, 2))) === "decision,decision", "those of 2 and 3")
      author.claim(receive(author, "B", "A", fetch(author, world, 0)).length === 0, "of epoch 0 B has none, so nothing")
    },
  ),
  scenarioCase("asked-in-each-epoch", {
    title: "Who sends of a later epoch is asked again in the next epoch",
    clauses: [clauses["keeps-later"]],
    schedule: [2, 3].flatMap(
      (epoch): ReadonlyArray<Move> => [
        { inject: (world) => emptyBundle(world, epoch), from: "D", to: "A" },
        { inject: (world) => emptyBundle(world, epoch), from: "D", to: "A" },
        { drain: "fifo" },
        ...ended("B", `c${epoch}`),
      ],
    ),
    claims: (told) => told.claim(told.sent("fetch") === 2, "once in each"),
  }),
  shows("asked-again", "Who sends of a later epoch is asked once", [clauses["keeps-later"]], (author) => {
    const world = after(author, [])
    const bundle = (epoch: number) => put(author, hexOfMessage(emptyBundle(world, epoch)))
    author.claim(kinds(author, receive(author, "A", "B", bundle(2))) === "fetch", "asked")
    author.claim(receive(author, "A", "B", bundle(3)).length === 0, "once")
    author.claim(kinds(author, receive(author, "A", "C", bundle(2))) === "fetch", "another is asked too")
    const digest = put(author, hexOfMessage(emptyBundle(world, 1)))
    author.claim(receive(author, "A", "B", digest).length === 0, "nothing new")
  }),
  shows("quota-epochs", "The messages of each later epoch are counted by themselves", [clauses.quota], (author) => {
    const world = after(author, [])
    const [next, second] = [2, 3].map((epoch) => put(author, hexOfMessage(emptyBundle(world, epoch))))
    for (let count = 0; count < 64; count++) author.accepts("delivery-service.receive", { on: "A", from: "D", message: next! })
    author.refuses(clauses.quota, "delivery-service.receive", { on: "A", from: "D", message: next! })
    receive(author, "A", "D", second!)
    author.claim(author.accepts("delivery-service.shows", { on: "A" }).later === 65, "65")
  }),
  shows("told-order", "FETCHED and DECISION have proposals in the order in which they were told", [clauses.complete], (author) => {
    const moves = ["A", "B", "C", "D"].flatMap((by): ReadonlyArray<Move> => [{ propose: "update", by, as: by }, { drain: "fifo" }])
    const world = after(author, moves)
    const told = processOf(world, "A").state!.tree.proposals.map(({ ref }) => Hex.encode(ref))
    author.claim(told.join() !== told.toSorted().join() && told.join() !== told.toSorted().reverse().join(), "not an order of the refs")
    const inOrder = (message: DeliveryMessage) =>
      (message.type === "fetched" || message.type === "decision" ? message.proposals : []).map((one) => Hex.encode(one)).join()
    const wanted = processOf(world, "A")
      .state!.tree.proposals.slice(1)
      .map(({ proposal }) => Hex.encode(proposal))
      .join()
    for (const refs of [told.slice(1).sort(), told.slice(1).sort().reverse()]) {
      const [answer] = receive(author, "B", "A", fetch(author, world, 1, refs))
      author.claim(inOrder(said(author, answer!.message)) === wanted, "as told")
    }
    author.claim(receive(author, "B", "A", fetch(author, world, 1, ["00".repeat(32)])).length === 0, "nothing to tell: no FETCHED")
  }),
  shows(
    "answers-named",
    "A FETCH of a past epoch that names proposals is answered by decisions alone",
    [clauses["answers-past"]],
    (author) => {
      const world = after(author, [...ended("A", "c1"), { propose: "update", by: "B", as: "p" }, { drain: "fifo" }])
      const refs = processOf(world, "A").state!.tree.proposals.map(({ ref }) => Hex.encode(ref))
      author.claim(kinds(author, receive(author, "A", "C", fetch(author, world, 1, refs))) === "decision", "that of epoch 1")
      author.claim(kinds(author, receive(author, "A", "C", fetch(author, world, 1))) === "decision,gossiping", "without refs more follows")
    },
  ),
  shows("encoding", "Each message as bytes", [clauses.group, encoding.shape], (author) => {
    const { group, processes } = after(author, [{ propose: "update", by: "A", as: "p" }, ...ended("B", "c")])
    const { past } = processes[0]!.state!
    const messages: ReadonlyArray<DeliveryMessage> = [
      emptyBundle({ group }, 1),
      { type: "gossiping", message: { type: "murmur-subscribe", group, epoch: 1 } },
      { type: "gossiping", message: { type: "murmur-gossip", proposal: new Uint8Array(3) } },
      past.at(-1)!,
      { type: "fetch", group, epoch: 1, refs: ["11".repeat(32)] },
      { type: "fetched", group, epoch: 1, proposals: [new Uint8Array(3)] },
      { type: "welcoming", group, epoch: 1, welcome: new Uint8Array(3) },
    ]
    for (const message of messages) {
      const bytes = hexOfMessage(message)
      const { value } = author.accepts("agreement.decode", { type: "delivery-message", bytes })
      author.gives("agreement.encode", { type: "delivery-message", value }, { bytes })
      author.refuses(encoding.shape, "agreement.decode", { type: "cascade-message", bytes })
    }
  }),
  shows("welcome-ignored", "A WELCOME for a member is ignored", [clauses.welcome], (author) => {
    const world = after(author, [])
    const message = put(author, hexOfMessage({ type: "welcoming", group: world.group, epoch: 1, welcome: new Uint8Array(1) }))
    author.ignores("delivery-service.receive", { on: "A", from: "B", message })
  }),
]

const removed = (): ReadonlyArray<Case> => [
  shows("removed", "What a removed member does with what comes", [clauses.active, clauses["answers-past"], clauses.group], (author) => {
    const world = after(author, removal)
    author.refuses(clauses.active, "delivery-service.propose", { on: "D", proposing: { type: "update" } })
    const gossip = (epoch: number) =>
      put(author, hexOfMessage({ type: "gossiping", message: { type: "murmur-subscribe", group: world.group, epoch } }))
    const [sent] = author.accepts("delivery-service.propose", { on: "A", proposing: { type: "update" } }).send
    for (const digest of [gossip(1), gossip(2), sent!.message]) author.claim(receive(author, "D", "A", digest).length === 0, "nothing")
    const bundle = (epoch: number, group = world.group) => put(author, hexOfMessage(emptyBundle(world, epoch, { group })))
    author.claim(kinds(author, receive(author, "D", "A", bundle(1))) === "decision", "its last decision")
    author.claim(kinds(author, receive(author, "D", "A", fetch(author, world, 1))) === "decision", "and nothing of a present epoch")
    author.claim(receive(author, "D", "A", bundle(2)).length === 0, "of the next it knows nothing")
    author.refuses(clauses.group, "delivery-service.receive", { on: "D", from: "A", message: bundle(1, "77".repeat(16)) })
    author.claim(author.accepts("delivery-service.resume", { on: "D" }).send.length === 0, "it asks for nothing")
    author.claim(author.accepts("delivery-service.timeout", { on: "D", name: "1/relax/1" }).send.length === 0, "no timer counts")
    author.claim(author.accepts("delivery-service.shows", { on: "D" }).later === 0, "and keeps nothing")
  }),
  ...twins("delivery-service/removed-proposes", clauses.active, "A removed member proposes", (author) => {
    after(author, removal)
    return fork("delivery-service.propose", { on: "A", proposing: { type: "update" } }, { on: "D" })
  }),
]

/** A commit value of D of a commit that `by` has made of these proposals in this order, with these refs. */
const commitValueOf = (
  world: World,
  by: string,
  order: (refs: ReadonlyArray<string>) => ReadonlyArray<string>,
  says: (refs: ReadonlyArray<string>) => ReadonlyArray<string>,
): DeliveryMessage => {
  const { state, seed } = processOf(world, "D")
  const maker = processOf(world, by)
  const tree = maker.state!.tree as SymbolicGroup
  const known = new Map(tree.proposals.map((one) => [Hex.encode(one.ref), one]))
  const refs = [...known.keys()].sort()
  const made = Result.getOrThrow(
    runAs(
      world,
      maker.seed,
      commitFor(
        tree,
        order(refs).map((ref) => known.get(ref)!),
        [],
      ),
    ),
  )
  const { cascade, tree: own } = state!
  const value = { author: own.me, proposals: says(refs), commit: made.commit, welcome: null }
  const named = Result.getOrThrow(runAs(world, seed, Cascades.signCommit(cascade.electorate, own.signingSecretKey, value)))
  const { send } = Result.getOrThrow(runAs(world, seed, Cascades.propose(cascade, own.signingSecretKey, named)))
  return { type: "agreement", message: send[0]!.message }
}

const two: ReadonlyArray<Move> = [{ propose: "update", by: "A", as: "p" }, { propose: "update", by: "B", as: "q" }, { drain: "fifo" }]

const all = (refs: ReadonlyArray<string>) => refs

/** The same message from D to each of the others. */
export const toOthers = (inject: (world: World) => DeliveryMessage): ReadonlyArray<Move> =>
  ["A", "B", "C"].map((to): Move => ({ inject, from: "D", to }))

/** Nobody but D has signed anything about what D sent; `cC` is decided. */
const lying = (id: string, title: string, inject: (world: World) => DeliveryMessage): Case =>
  scenarioCase(id, {
    title,
    clauses: [clauses.judged],
    faulty: { D: [[]] },
    schedule: [...two, ...toOthers(inject), { drain: "fifo", from: ["D"] }, { commit: [], by: "C", as: "cC" }, { settle: 50 }],
    claims: (told) => {
      for (const user of "ABC") told.claim(told.events(user).endsWith("C1:cC"), `cC, and not ${told.events(user)}`)
      told.claim(told.decided("A") === "cC", "alone")
    },
  })

/** A commit value of D whose commit is no commit. */
const garbage = (world: World): DeliveryMessage => {
  const { state, seed } = processOf(world, "D")
  const { cascade, tree } = state!
  const value = { author: tree.me, proposals: [], commit: Uint8Array.of(1, 2, 3), welcome: null }
  const named = Result.getOrThrow(runAs(world, seed, Cascades.signCommit(cascade.electorate, tree.signingSecretKey, value)))
  const { send } = Result.getOrThrow(runAs(world, seed, Cascades.propose(cascade, tree.signingSecretKey, named)))
  return { type: "agreement", message: send[0]!.message }
}

const values = (): ReadonlyArray<Case> => [
  lying("garbage", "D's value has a commit that cannot be read: nobody witnesses it", garbage),
  scenarioCase("no-welcome", {
    title: "D commits the addition of E with no welcome in its value: it takes effect, and E, a voter now, is let in by nobody",
    clauses: [clauses.welcome, clauses.judged],
    faulty: { D: [[]] },
    schedule: [
      { appear: "E" },
      { propose: "add", by: "A", who: "E", as: "e" },
      { drain: "fifo" },
      ...toOthers((world) => commitValueOf(world, "D", all, all)),
      { settle: 50 },
    ],
    claims: (told) => {
      told.claim(told.shows("A").members.length === 5 && told.shows("A").epoch === 2, "five members")
      told.claim(told.sent("welcoming") === 0, "no WELCOME, and no timer for one")
      told.all("E", "")
    },
  }),
  lying("fewer-proposals", "D's commit names proposals that its value does not: nobody witnesses it", (world) =>
    commitValueOf(world, "D", all, (refs) => refs.slice(0, 1)),
  ),
  lying("more-proposals", "D's value names a proposal that its commit does not: nobody witnesses it", (world) =>
    commitValueOf(world, "D", (refs) => refs.slice(0, 1), all),
  ),
  lying("anothers-commit", "D's value has a commit by A: nobody witnesses it", (world) =>
    commitValueOf(
      world,
      "A",
      () => [],
      () => [],
    ),
  ),
  scenarioCase("descending", {
    title: "D's commit names its proposals in descending order: it is like any other",
    clauses: [clauses.judged, treeKem["ascending-references"]],
    faulty: { D: [[]] },
    schedule: [...two, ...toOthers((world) => commitValueOf(world, "D", (refs) => [...refs].reverse(), all)), { settle: 50 }],
    claims: (told) => {
      for (const user of "ABC") told.claim(told.shows(user).epoch === 2, "decided and processed")
    },
  }),
]

const keptMessages = (): ReadonlyArray<Case> => [
  scenarioCase("kept-commit", {
    title: "A commit came while its epoch had not begun here: what it misses is asked from who had sent it",
    clauses: [clauses["keeps-later"], clauses.complete],
    schedule: [
      { cut: [["C"], ["A", "B", "D"]] },
      { commit: [], by: "A", as: "c1" },
      { drain: "fifo" },
      { propose: "update", by: "B", as: "p" },
      { drain: "fifo" },
      { commit: ["p"], by: "D", as: "c2" },
      { heal: true },
      { drain: "fifo", from: ["D"], to: ["C"], kinds: ["bundle"] },
      { drain: "fifo", from: ["C"], to: ["D"] },
      { drain: "fifo", from: ["D"], to: ["C"], kinds: ["decision"] },
      { drain: "fifo", from: ["C"], to: ["D"] },
      { drain: "fifo", from: ["D"], to: ["C"], kinds: ["fetched"] },
      { settle: 50 },
    ],
    claims: (told) => {
      const asked = told.world.messages.filter((message) => message.type === "fetch" && message.refs.length === 1)
      told.claim(asked.length === 1 && told.sent("fetched") === 1, "D is asked, and answers")
      told.all("ABCD", "C1:c1 P:p C2:c2")
    },
  }),
]

const subscribers = (): ReadonlyArray<Case> => [
  scenarioCase("early-subscriber", {
    title: "D is behind when E, who is new, subscribes to it: E is its peer when the epoch begins",
    clauses: [murmur.symmetry, clauses["keeps-later"]],
    sampleSize: 1,
    schedule: [
      { appear: "E" },
      { propose: "add", by: "A", who: "E", as: "e" },
      { drain: "fifo" },
      { commit: ["e"], by: "A", as: "c1" },
      { drain: "fifo", to: ["A", "B", "C", "E"] },
      {
        inject: ({ group }) => ({ type: "gossiping", message: { type: "murmur-subscribe", group, epoch: 2 } }),
        from: "E",
        to: "D",
      },
      { drain: "fifo", from: ["E"], to: ["D"] },
      { settle: 50 },
    ],
    claims: (told) => {
      const leafOfE = processOf(told.world, "E").state!.tree.me
      const { murmur: state, tree } = processOf(told.world, "D").state!
      told.claim(tree.epoch === 2 && state.peers.includes(leafOfE), "a peer")
      told.all("E", "joined 2")
    },
  }),
]

/** What a port can get wrong in answering, and in judging. */
export default caseFile({ part: "delivery-service", chapter: "delivery-service-edges", layer: "delivery-service", flags: {} }, () =>
  [...answers(), ...removed(), ...values(), ...keptMessages(), ...subscribers()].map(withoutTraces),
)
