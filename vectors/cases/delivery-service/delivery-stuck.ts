/** The layer "delivery-service": who is stuck or was a member, and what is answered and welcomed then. */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { headOf } from "../../../reference/delivery-service/cascade/values.ts"
import { propose, signCommit } from "../../../reference/delivery-service/cascade.ts"
import { signedBytes } from "../../../reference/delivery-service/cooperation/settle.ts"
import type { Move } from "../../../reference/delivery-service/simulation/schedule.ts"
import { unreadable } from "../../../reference/delivery-service/simulation/unreadable.ts"
import { processOf, runAs, type World } from "../../../reference/delivery-service/simulation/world.ts"
import * as TreeKem from "../../../reference/delivery-service/tree-kem.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import type { Decide } from "../../../spec/delivery-service/cascade.ts"
import { clauses, type DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { clauses as murmur } from "../../../spec/delivery-service/murmur.ts"
import { SymbolicCommit } from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, type Case, caseFile, withoutTraces } from "../author.ts"
import { ended, fetch, kinds, receive, said, shows } from "./delivery-edges.ts"
import { after, hexOfMessage, put, scenarioCase } from "./scenario-case.ts"
import { emptyBundle } from "./schedules.ts"

/** What `by` has committed, that these users cannot decrypt, comes to these. */
const commits = (by: string, to: ReadonlyArray<string>, users: ReadonlyArray<string>): ReadonlyArray<Move> =>
  to.map((one): Move => ({ inject: (world) => unreadable(world, processOf(world, by), users)!, from: by, to: one }))

/** A to D add E, to whom nothing comes. */
export const addedApart: ReadonlyArray<Move> = [
  { appear: "E" },
  { propose: "add", by: "A", who: "E", as: "e" },
  { drain: "fifo" },
  { cut: [["E"], ["A", "B", "C", "D"]] },
  { commit: ["e"], by: "A", as: "c1" },
  { drain: "fifo" },
]

/** C cannot decrypt what D has committed. */
export const isStuck: ReadonlyArray<Move> = [...commits("D", ["A", "B", "C"], ["C"]), { settle: 50 }]

/** C makes a key package, and is back; these are removed by the same commit. */
const returning = (removed: ReadonlyArray<string>): ReadonlyArray<Move> => [
  { return: "C" },
  { propose: "remove", by: "A", who: "C", as: "-C" },
  { propose: "add", by: "A", who: "C", as: "+C" },
  ...removed.map((who): Move => ({ propose: "remove", by: "B", who, as: `-${who}` })),
  { settle: 50 },
  { commit: ["-C", "+C", ...removed.map((who) => `-${who}`)], by: "B", as: "back" },
  { settle: 50 },
]

/** How C gets stuck by D, comes back, and is made stuck again by G. */
export const stuckAgain = {
  members: ["A", "B", "C", "D", "G"],
  faulty: { D: [["A", "B", "C", "G"]], G: [["A", "B", "C", "D"]] },
  schedule: [
    ...commits("D", ["A", "B", "C", "G"], ["C"]),
    { settle: 50 },
    ...returning([]),
    ...commits("G", ["A", "B", "C", "D"], ["C"]),
    { settle: 50 },
  ] as ReadonlyArray<Move>,
}

const stuck = (): ReadonlyArray<Case> => [
  shows(
    "former-by-return",
    "C comes back by the commit that removes D: it answers D, who was a member in the epoch before",
    [clauses.asker, clauses["back-in-place"], clauses["answers-past"]],
    (author) => {
      const world = after(author, [...isStuck, ...returning(["D"])])
      author.claim(processOf(world, "C").state!.tree.epoch === 3, "C is back")
      author.claim(kinds(author, receive(author, "C", "D", fetch(author, world, 1))) === "decision,decision", "those of epochs 1 and 2")
      author.refuses(clauses.asker, "delivery-service.receive", { on: "C", from: "E", message: fetch(author, world, 1) })
    },
  ),
  shows(
    "stuck-sends-again",
    "C is stuck, and asked for all that was missed: it answers with the decision, and with what belongs to the present epoch",
    [clauses["sends-again"], clauses["stuck-votes"]],
    (author) => {
      const world = after(author, [...isStuck, { commit: [], by: "A", as: "c2" }, { drain: "fifo", to: ["C"] }])
      author.claim(kinds(author, receive(author, "C", "B", fetch(author, world, 1))) === "decision,agreement", "a BUNDLE follows")
    },
  ),
  scenarioCase("blamed-still", {
    title: "D makes C stuck, C comes back, and G makes it stuck again: C finds valid what B commits, but nothing that D does",
    clauses: [clauses["stuck-votes"], clauses["back-in-place"]],
    ...stuckAgain,
    schedule: [
      ...stuckAgain.schedule,
      ...commits("D", ["A", "B", "C", "G"], []),
      { settle: 50 },
      { commit: [], by: "B", as: "c5" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("C", "stuck 1 joined 3 stuck 3")
      const { me } = processOf(told.world, "C").state!.tree
      const witnessed = (epoch: number) =>
        told.world.messages.some(
          (one) =>
            one.type === "agreement" &&
            one.message.type === "bundle" &&
            one.message.epoch === epoch &&
            one.message.statements.some(({ signer, type }) => signer === me && type === "witness"),
        )
      told.claim(!witnessed(4) && witnessed(5), "C witnesses B's commit, and had not witnessed D's")
    },
  }),
]

/** A DECIDE of the present epoch, as `to` knows it, of a commit by `by` that is none, with statements of B, C and D. */
const decidedGarbage = (world: World, to: string, by: string, welcome: Uint8Array | null): DeliveryMessage => {
  const { state, seed } = processOf(world, by)
  const { cascade } = processOf(world, to).state!
  const value = { author: state!.tree.me, proposals: [], commit: Uint8Array.of(1, 2, 3), welcome }
  const named = Result.getOrThrow(runAs(world, seed, signCommit(cascade.electorate, state!.tree.signingSecretKey, value)))
  const { group, epoch } = cascade.electorate
  const certificate = ["B", "C", "D"].map((user) => {
    const { me, signingSecretKey } = processOf(world, user).state!.tree
    return (["witness", "ready"] as const).map((type, seq) => {
      const statement = { type, signer: me, seq, ref: named.ref }
      return { ...statement, signature: world.primitives.ed25519Sign(signingSecretKey, signedBytes(cascade.first, statement)) }
    })
  })
  const decide: Decide = {
    ...{ type: "decide", group, epoch, refs: [named.ref], commit: value.commit, welcome },
    heads: [Result.getOrThrow(runAs(world, seed, headOf(named.value)))],
    evidence: { type: "unique-commit", certificate },
  }
  return { type: "decision", decide, proposals: [] }
}

/** The welcome of the last commit in a BUNDLE. */
const lastWelcome = (world: World): Uint8Array => {
  const welcomes = world.messages.flatMap((one) =>
    one.type === "agreement" && one.message.type === "bundle" ? one.message.commits.flatMap(({ welcome }) => welcome ?? []) : [],
  )
  return welcomes.at(-1)!
}

const kept = (): ReadonlyArray<Case> => [
  shows(
    "decided-garbage",
    "Three of four have decided what is no commit: A is stuck, stays in the epoch, is told so once, and keeps the decision once",
    [clauses.stuck, clauses["keeps-past"]],
    (author) => {
      const world = after(author, ended("A", "c1"))
      const message = put(author, hexOfMessage(decidedGarbage(world, "A", "D", null)))
      const { events } = author.accepts("delivery-service.receive", { on: "A", from: "B", message })
      author.claim(events.map(({ type, epoch }) => `${type} ${epoch}`).join() === "stuck 2", "stuck")
      author.claim(author.accepts("delivery-service.shows", { on: "A" }).epoch === 2, "in the epoch")
      const late = author.accepts("delivery-service.receive", {
        on: "A",
        from: "C",
        message: put(author, hexOfMessage(emptyBundle(world, 2))),
      })
      author.claim(late.events.length === 0 && kinds(author, late.send) === "decision", "nothing more is told, and C is answered")
      const asked = author.accepts("delivery-service.receive", { on: "A", from: "B", message: fetch(author, world, 1) })
      author.claim(kinds(author, asked.send) === "decision,decision,decision", "those of epochs 1 and 2, and what it repeats of epoch 2")
    },
  ),
  shows(
    "no-return-by-garbage",
    "C is stuck, and what is decided has the welcome by which it could come back, and is no commit: it stays stuck",
    [clauses["back-in-place"]],
    (author) => {
      const commit: Move = { commit: ["-C", "+C"], by: "B", as: "back" }
      const world = after(author, [...isStuck, ...returning([]).slice(0, -2), commit])
      const [{ epoch }, message] = [
        author.accepts("delivery-service.shows", { on: "C" }),
        put(author, hexOfMessage(decidedGarbage(world, "C", "B", lastWelcome(world)))),
      ]
      const { events } = author.accepts("delivery-service.receive", { on: "C", from: "B", message })
      author.claim(!events.some(({ type }) => type === "joined"), "C is not back")
      author.claim(author.accepts("delivery-service.shows", { on: "C" }).epoch === epoch, "in the same epoch")
    },
  ),
  shows(
    "welcome-twice",
    "The timer of a WELCOME ends twice: it is sent twice, and not any more to who was heard of",
    [clauses.welcome],
    (author) => {
      const world = after(author, addedApart)
      const sends = () => kinds(author, author.accepts("delivery-service.timeout", { on: "B", name: "2/welcome" }).send)
      author.claim(sends() === "welcoming" && sends() === "welcoming", "twice")
      const subscribe = hexOfMessage({ type: "gossiping", message: { type: "murmur-subscribe", group: world.group, epoch: 2 } })
      receive(author, "B", "E", put(author, subscribe))
      author.claim(sends() === "", "E was heard of")
    },
  ),
]

/** A commit of nothing by D, with a welcome for nobody, in a BUNDLE of the first cooperation. */
const welcoming = (world: World): DeliveryMessage => {
  const { state, seed } = processOf(world, "D")
  const { cascade, tree } = state!
  const { commit } = Result.getOrThrow(runAs(world, seed, TreeKem.commit(tree, [])))
  const value = { author: tree.me, proposals: [], commit, welcome: Uint8Array.of(1) }
  const named = Result.getOrThrow(runAs(world, seed, signCommit(cascade.electorate, tree.signingSecretKey, value)))
  const { send } = Result.getOrThrow(runAs(world, seed, propose(cascade, tree.signingSecretKey, named)))
  return { type: "agreement", message: send[0]!.message }
}

const answered = (): ReadonlyArray<Case> => [
  scenarioCase("welcome-of-nobody", {
    title: "D's commit adds nobody, and has a welcome: it takes effect, and nobody begins a timer to send that on",
    clauses: [clauses.welcome],
    faulty: { D: [[]] },
    schedule: [...["A", "B", "C"].map((to): Move => ({ inject: welcoming, from: "D", to })), { settle: 50 }],
    claims: (told) => {
      for (const user of "ABC") told.claim(told.shows(user).epoch === 2, "it takes effect")
      told.claim(told.sent("welcoming") === 0, "no WELCOME")
    },
  }),
  shows(
    "late-decide",
    "A DECIDE of a past epoch that comes as an AGREEMENT is answered like any other",
    [clauses["answers-past"]],
    (author) => {
      const world = after(author, ended("A", "c1"))
      const { decide } = processOf(world, "A").state!.past.at(-1)!
      const message = put(author, hexOfMessage({ type: "agreement", message: decide }))
      author.claim(kinds(author, receive(author, "A", "B", message)) === "decision", "by the decision of its epoch")
    },
  ),
  shows(
    "former-asks-for-a-proposal",
    "D was removed, and asks for a proposal of the present epoch: it is sent to it; all that was missed is not",
    [clauses.asker, clauses["sends-again"]],
    (author) => {
      const world = after(author, [
        { propose: "remove", by: "A", who: "D", as: "d" },
        { drain: "fifo" },
        { commit: ["d"], by: "A", as: "c1" },
        { settle: 50 },
        { propose: "update", by: "B", as: "p" },
        { drain: "fifo" },
      ])
      const refs = processOf(world, "A").state!.tree.proposals.map(({ ref }) => Hex.encode(ref))
      author.claim(kinds(author, receive(author, "A", "D", fetch(author, world, 2, refs))) === "fetched", "the proposal")
      author.claim(receive(author, "A", "D", fetch(author, world, 2)).length === 0, "nothing")
    },
  ),
  shows(
    "early-of-two-epochs",
    "Before its welcome E was sent the decision of the epoch that it joins, and a BUNDLE of the next one: both are taken in before anything follows, so that it asks C",
    [clauses["keeps-later"], clauses.welcome],
    (author) => {
      const world = after(author, [
        { appear: "E" },
        { propose: "add", by: "A", who: "E", as: "e" },
        { drain: "fifo" },
        { cut: [["E"], ["A", "B", "C", "D"]] },
        { commit: ["e"], by: "A", as: "c1" },
        { drain: "fifo" },
        { commit: [], by: "B", as: "c2" },
        { drain: "fifo" },
      ])
      const [first, second] = processOf(world, "A").state!.past.slice(-2)
      const early = (from: string, message: DeliveryMessage) =>
        author.accepts("delivery-service.receive-early", { on: "E", from, message: put(author, hexOfMessage(message)) })
      early("A", second!)
      early("C", emptyBundle(world, 3))
      const welcome = Hex.encode(first!.decide.welcome!)
      const { events, send } = author.accepts("delivery-service.join", { on: "E", welcome, sampleSize: 0 })
      author.claim(events.map(({ type, epoch }) => `${type} ${epoch}`).join() === "joined 2,commit 2", "it follows")
      author.claim(
        send.some(({ to, message }) => to.join() === "C" && said(author, message).type === "fetch"),
        "and has asked C for what it missed",
      )
    },
  ),
  shows(
    "asks-after-64-epochs",
    "D was a member in epoch 1 for the last time: A, alone by then, answers it in epoch 65, and not in epoch 66",
    [clauses.asker],
    (author) => {
      const world = after(
        author,
        [
          { propose: "remove", by: "A", who: "D", as: "d" },
          { drain: "fifo" },
          { commit: ["d"], by: "A", as: "c1" },
          { settle: 50 },
          ...Array.from({ length: 63 }, (_, count): Move => ({ commit: [], by: "A", as: `c${count + 2}` })),
        ],
        ["A", "D"],
      )
      author.claim(author.accepts("delivery-service.shows", { on: "A" }).epoch === 65, "epoch 65")
      author.claim(receive(author, "A", "D", fetch(author, world, 64)).length === 1, "answered")
      author.accepts("delivery-service.commit", { on: "A", references: [] })
      author.refuses(clauses.asker, "delivery-service.receive", { on: "A", from: "D", message: fetch(author, world, 64) })
    },
  ),
]

/** D's proposals, as many as it likes. */
const updatesOfD = (world: World, count: number): ReadonlyArray<Uint8Array> => {
  const { state, seed } = processOf(world, "D")
  let { tree } = state!
  const made: Array<Uint8Array> = []
  for (let number = 0; number < count; number++) {
    const { state: next, proposal } = Result.getOrThrow(runAs(world, seed, TreeKem.proposeUpdate(tree)))
    tree = next
    made.push(proposal)
  }
  return made
}

const told = (author: Author, on: string, message: DeliveryMessage): number =>
  author.accepts("delivery-service.receive", { on, from: "D", message: put(author, hexOfMessage(message)) }).events.length

const quotas = (): ReadonlyArray<Case> => [
  shows(
    "wanted-beyond-the-quota",
    "A holds 64 proposals of D: the 65th is refused, also as a GOSSIP when A has asked for it, and taken in as FETCHED",
    [murmur["wanted-held"], murmur.quota, clauses.complete],
    (author) => {
      const world = after(author, [])
      const proposals = updatesOfD(world, 65)
      const gossip = (proposal: Uint8Array): DeliveryMessage => ({ type: "gossiping", message: { type: "murmur-gossip", proposal } })
      for (const proposal of proposals.slice(0, 64)) author.claim(told(author, "A", gossip(proposal)) === 1, "told of")
      const last = proposals[64]!
      const message = put(author, hexOfMessage(gossip(last)))
      author.refuses(murmur.quota, "delivery-service.receive", { on: "A", from: "D", message })
      const { state, seed } = processOf(world, "D")
      const { cascade, tree } = state!
      const { ref } = Result.getOrThrow(runAs(world, seed, TreeKem.readProposal(last)))
      const commit = encodeWire(SymbolicCommit, {
        ...{ type: "symbolic-commit", group: tree.group, epoch: tree.epoch, author: tree.me, references: [ref] },
        ...{ key: new Uint8Array(32), unreadable: [], confirmation: new Uint8Array(32), signature: new Uint8Array(64) },
      })
      const content = { author: tree.me, proposals: [Hex.encode(ref)], commit, welcome: null }
      const signed = Result.getOrThrow(runAs(world, seed, signCommit(cascade.electorate, tree.signingSecretKey, content)))
      const [asked] = receive(author, "A", "D", put(author, hexOfMessage(emptyBundle(world, 1, { commits: [signed.value] }))))
      const request = said(author, asked!.message)
      author.claim(request.type === "fetch" && request.refs.join() === Hex.encode(ref), "A asks for it")
      author.refuses(murmur.quota, "delivery-service.receive", { on: "A", from: "D", message })
      const { group } = world
      author.claim(told(author, "A", { type: "fetched", group, epoch: 1, proposals: [last] }) === 1, "and is told of it")
    },
  ),
]

/** Who is stuck or was a member. */
export default caseFile({ part: "delivery-service", chapter: "delivery-service-stuck", layer: "delivery-service", flags: {} }, () =>
  [...stuck(), ...kept(), ...answered(), ...quotas()].map(withoutTraces),
)
