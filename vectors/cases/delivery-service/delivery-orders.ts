/** The layer "delivery-service": what is judged, asked for and counted first, where one of several has to be. */
import { Result } from "effect"
import { bytesOf } from "../../../reference/conventions.ts"
import { signCommit } from "../../../reference/delivery-service/cascade.ts"
import { unreadable } from "../../../reference/delivery-service/simulation/unreadable.ts"
import { processOf, runAs, type World } from "../../../reference/delivery-service/simulation/world.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses, type DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { SymbolicCommit } from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, type Case, caseFile, withoutTraces } from "../author.ts"
import { ended, receive, said, shows } from "./delivery-edges.ts"
import { after, hexOfMessage, put, scenarioCase } from "./scenario-case.ts"
import { emptyBundle } from "./schedules.ts"

/** A commit of D that names these refs, of which nobody has a proposal. */
const namingMade = (world: World, refs: ReadonlyArray<string>) => {
  const { state, seed } = processOf(world, "D")
  const { tree, cascade } = state!
  const { group, epoch, me, signingSecretKey } = tree
  const key = new Uint8Array(32)
  const commit = encodeWire(SymbolicCommit, {
    type: "symbolic-commit",
    group,
    epoch,
    author: me,
    references: refs.map(bytesOf),
    key,
    unreadable: [],
    confirmation: key,
    signature: new Uint8Array(64),
  })
  const value = { author: me, proposals: refs, commit, welcome: null }
  return Result.getOrThrow(runAs(world, seed, signCommit(cascade.electorate, signingSecretKey, value))).value
}

/** The refs of the last FETCH that was sent. */
const askedIn = (author: Author, send: ReturnType<typeof receive>): ReadonlyArray<string> => {
  const found = send.map(({ message }) => said(author, message)).findLast(({ type }) => type === "fetch")
  return found?.type === "fetch" ? found.refs : []
}

const isOf = (user: string, count: number, world: World) => (one: DeliveryMessage) =>
  one.type === "agreement" &&
  one.message.type === "bundle" &&
  one.message.commits.length === count &&
  one.message.commits[0]!.author === processOf(world, user).state!.tree.me

/** What a user has signed WITNESSes of in an epoch. */
const witnessedBy = (world: World, user: string, epoch: number): ReadonlySet<string> => {
  const { me } = processOf(world, user).state!.tree
  return new Set(
    world.messages.flatMap((one) =>
      one.type === "agreement" && one.message.type === "bundle" && one.message.epoch === epoch && one.message.instance === 1
        ? one.message.statements.filter(({ type, signer }) => type === "witness" && signer === me).map(({ ref }) => ref)
        : [],
    ),
  )
}

const orders = (): ReadonlyArray<Case> => [
  shows("asks-lowest", "Of 1,536 refs that are missing the 1,024 lowest are asked for", [clauses.complete], (author) => {
    const world = after(author, [])
    const refs = Array.from({ length: 1536 }, (_, index) => (index * 7919).toString(16).padStart(64, "0"))
    const commits = [0, 1, 2].map((part) =>
      namingMade(
        world,
        refs.filter((_, index) => index % 3 === part),
      ),
    )
    const asked = askedIn(author, receive(author, "A", "D", put(author, hexOfMessage(emptyBundle(world, 1, { commits })))))
    author.claim(asked.join() === refs.slice(0, 1024).join(), "the lowest of all three, ascending")
  }),
  shows(
    "judges-by-ref",
    "Two commits miss one proposal: when it comes the one with the lower ref is judged first, whichever came first",
    [clauses.judged],
    (author) => {
      const world = after(author, [
        { cut: [["C"], ["A", "B", "D"]] },
        { propose: "update", by: "D", as: "p" },
        { drain: "fifo", to: ["A", "B"] },
        { commit: ["p"], by: "A", as: "cA" },
        { commit: ["p"], by: "B", as: "cB" },
        { settle: 50 },
      ])
      const bundles = ["A", "B"].map((user) => world.messages.find(isOf(user, 1, world))!)
      const first = bundles.map((message) => ({ message, ref: refOf(message) })).toSorted((a, b) => (a.ref < b.ref ? 1 : -1))
      for (const { message } of first) receive(author, "C", "D", put(author, hexOfMessage(message)))
      const gossip = world.messages.find((one) => one.type === "gossiping" && one.message.type === "murmur-gossip")!
      const sent = receive(author, "C", "D", put(author, hexOfMessage(gossip))).map(({ message }) => said(author, message))
      const bundle = sent.find((one) => one.type === "agreement" && one.message.type === "bundle")
      const own = bundle?.type === "agreement" && bundle.message.type === "bundle" ? bundle.message.statements : []
      const { me } = processOf(world, "C").state!.tree
      const witnessed = own.filter(({ signer, seq }) => signer === me && seq === 0).map(({ ref }) => ref)
      author.claim(witnessed.join() === first[1]!.ref, "C witnesses the lower one")
    },
  ),
  scenarioCase("blamed-gone", {
    title: "D makes C stuck and is removed: C, which knows none of the members for faulty then, finds nothing valid that others commit",
    clauses: [clauses["stuck-votes"]],
    members: ["A", "B", "C", "D", "E"],
    faulty: { D: [[]] },
    schedule: [
      ...["A", "B", "C", "E"].map((to) => ({
        inject: (world: World) => unreadable(world, processOf(world, "D"), ["C"])!,
        from: "D",
        to,
      })),
      { settle: 50 },
      { propose: "remove", by: "A", who: "D", as: "r" },
      { settle: 50 },
      { commit: ["r"], by: "A", as: "c2" },
      { settle: 50 },
      { commit: [], by: "B", as: "c3" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("C", "stuck 1")
      told.claim(told.events("A").endsWith("C2:c2 C3:c3"), "the others go on")
      told.claim(witnessedBy(told.world, "C", 2).size === 1, "in epoch 2 C knows D, and D is all t members: it witnesses A's commit")
      told.claim(witnessedBy(told.world, "C", 3).size === 0, "in epoch 3 it knows nobody, and t is 1")
    },
  }),
  scenarioCase("blames-itself", {
    title:
      "A commit that another handle of D has made, and D cannot process, makes D stuck: it knows its own user for faulty then, and finds valid what A commits",
    clauses: [clauses["stuck-votes"], clauses["own-state"]],
    faulty: { D: [["A", "B", "C"]] },
    schedule: [
      ...["A", "B", "C"].map((to) => ({ inject: (world: World) => unreadable(world, processOf(world, "D"), ["D"])!, from: "D", to })),
      { settle: 50 },
      { commit: [], by: "A", as: "c2" },
      { settle: 50 },
    ],
    claims: (told) => {
      told.all("D", "stuck 1")
      told.claim(told.events("A").endsWith("C2:c2"), "the others go on")
      told.claim(witnessedBy(told.world, "D", 2).size === 1, "D is all t members, and it is not by D")
    },
  }),
  shows(
    "restored-twice",
    "Who is restored twice is silent through the later of the two epochs, whichever was said first",
    [clauses.silent],
    (author) => {
      const world = after(author, [{ cut: [["A"], ["B", "C", "D"]] }, ...ended("B", "c1"), ...ended("B", "c2"), ...ended("B", "c3")])
      author.accepts("delivery-service.restore", { on: "A", through: 3 })
      author.accepts("delivery-service.restore", { on: "A", through: 1 })
      const decisions = processOf(world, "B").state!.past.slice(-3)
      const proposing = { type: "update" } as const
      for (const decision of decisions) {
        author.refuses(clauses.silent, "delivery-service.propose", { on: "A", proposing })
        receive(author, "A", "B", put(author, hexOfMessage(decision)))
      }
      author.accepts("delivery-service.propose", { on: "A", proposing })
    },
  ),
  shows("restored-early", "Who is restored through a past epoch is silent in the present one", [clauses.silent], (author) => {
    after(author, ended("B", "c1"))
    author.accepts("delivery-service.restore", { on: "A", through: 0 })
    author.refuses(clauses.silent, "delivery-service.commit", { on: "A", references: [] })
  }),
]

/** What the first statement of a BUNDLE is about. */
function refOf(message: DeliveryMessage): string {
  if (message.type !== "agreement" || message.message.type !== "bundle") return ""
  return message.message.statements[0]!.ref
}

/** What is first. */
export default caseFile({ part: "delivery-service", chapter: "delivery-service-orders", layer: "delivery-service", flags: {} }, () =>
  orders().map(withoutTraces),
)
