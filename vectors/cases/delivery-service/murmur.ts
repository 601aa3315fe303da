/** The layer "murmur". */

import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { labelledDraw } from "../../../reference/crypto/randomness.ts"
import { session } from "../../../reference/methods.ts"
import { clauses, totality, totalityBound } from "../../../spec/delivery-service/murmur.ts"
import { clauses as treeKem } from "../../../spec/delivery-service/tree-kem.ts"
import type { MethodName } from "../../../spec/methods.ts"
import { type Author, aCase, aCaseLater, type Case, caseFile, fork, type OutputOf, type ParamsOf, twins } from "../author.ts"
import { filled, flipped, repeated } from "../people.ts"
import { gossip, opened, proposal, range, receive, subscribe } from "./murmur-one.ts"
import { group } from "./tree.ts"

const shows = (id: string, title: string, about: ReadonlyArray<(typeof clauses)[keyof typeof clauses]>, write: (author: Author) => void) =>
  aCase(`murmur/${id}`, { title, clauses: about }, write)

const to = (sends: ReadonlyArray<{ readonly to: number }>) => String(sends.map((send) => send.to))

const samples = (): ReadonlyArray<Case> => [
  shows("messages", "The messages in bytes", [clauses.identity], (author) => {
    for (const value of [
      { type: "murmur-subscribe", group, epoch: 7 },
      { type: "murmur-gossip", proposal: proposal(5, 0) },
    ] as const) {
      const { bytes } = author.accepts("murmur.encode", { value })
      author.gives("murmur.decode", { bytes }, { value })
    }
  }),
  shows("thresholds", "The thresholds of several sample sizes", [clauses.sample], (author) => {
    for (const sampleSize of [0, 1, 2, 4, 8, 16, 64]) {
      const { thresholds } = author.accepts("murmur.thresholds", { sampleSize })
      const [last, ...before] = thresholds.toReversed()
      author.claim(last === 2 ** 32 && before.every((one) => one < 2 ** 32), "only the last is 2^32")
      author.claim(
        thresholds.every((one, k) => one >= (thresholds[k - 1] ?? 1)),
        "they never fall",
      )
    }
  }),
  shows("table", "The table of the chapter", [clauses.sample], (author) => {
    const digits = (epsilon: number) => epsilon.toExponential(2)
    for (const [n, honest] of [
      [4, 3],
      [10, 7],
      [20, 14],
      [50, 34],
      [100, 67],
    ] as const) {
      for (const sampleSize of [4, 8, 10, 16, 20]) {
        const output = { bound: digits(totalityBound(n, honest, sampleSize)), epsilon: digits(totality(n, honest, sampleSize)) }
        author.gives("murmur.totality", { n, honest, sampleSize }, output)
      }
    }
  }),
  shows("picks", "The picks of samples", [clauses.sample], (author) => {
    for (const [index, n] of [1, 2, 10, 33, 1000].entries()) {
      for (const sampleSize of [1, 4, 16]) {
        const { picks } = author.accepts("murmur.picks", { seed: repeated(`seed ${index}`), group, epoch: index, n, sampleSize })
        author.claim(
          picks.every((pick) => pick < n),
          "among the members",
        )
      }
    }
  }),
  shows("picks-none", "With the sample size 0 nobody is picked", [clauses["full-mesh"], clauses.sample], (author) => {
    author.gives("murmur.picks", { seed: repeated("one"), group, epoch: 5, n: 3, sampleSize: 0 }, { picks: [] })
  }),
  shows("picks-again", "A number that is not below the greatest multiple of n is drawn again", [clauses.sample], (author) => {
    const n = 65_175
    const { picks } = author.accepts("murmur.picks", { seed: repeated("over"), group, epoch: 851, n, sampleSize: 64 })
    const draw = (index: number) => {
      const drawn = labelledDraw(nodePrimitives, Buffer.from(repeated("over"), "hex"), `murmur/sample/${group}/851/${index}`, 4)
      return Buffer.from(drawn).readUInt32BE()
    }
    author.claim(draw(12) >= 2 ** 32 - (2 ** 32 % n), "draw 12 is not")
    author.claim(picks[10] === draw(11) % n && picks[11] === draw(13) % n, "it is passed over")
  }),
  shows("full-mesh", "In full mesh all others are peers", [clauses["full-mesh"]], (author) => {
    const { sends } = opened(author, 5)
    author.claim(to(sends) === "0,2,3,4", "subscribes to all others")
  }),
  shows("sampled", "With a sample size the peers are those drawn", [clauses.sample], (author) => {
    const { sends } = opened(author, 40, 8)
    const { picks } = author.accepts("murmur.picks", { seed: repeated("one"), group, epoch: 5, n: 40, sampleSize: 8 })
    const peers = [...new Set(picks)].filter((pick) => pick !== 1).sort((a, b) => a - b)
    author.claim(to(sends) === String(peers), "those picked, in order, without oneself")
    author.gives("murmur.held", { on: "one" }, { peers, held: [] })
  }),
]

const flow = (): ReadonlyArray<Case> => [
  shows("dispatch", "A proposal of one's own goes to all peers, and is delivered", [clauses.relay, clauses.once], (author) => {
    opened(author, 4)
    const own = proposal(5, 1)
    const { sends, delivered } = author.accepts("murmur.dispatch", { on: "one", proposal: own })
    author.claim(to(sends) === "0,2,3" && sends.every(({ message }) => message === gossip(own)) && delivered === own, "sent and delivered")
    author.ignores("murmur.receive", { on: "one", from: 2, message: gossip(own), valid: true })
  }),
  shows(
    "relay",
    "Another's proposal goes to all peers when it comes first, and to nobody again",
    [clauses.relay, clauses.once],
    (author) => {
      opened(author, 4)
      const others = proposal(5, 2)
      const { sends, delivered } = receive(author, 3, gossip(others))
      author.claim(to(sends) === "0,2,3" && delivered === others, "passed on and delivered")
      for (const from of [0, 2, 3]) author.ignores("murmur.receive", { on: "one", from, message: gossip(others), valid: true })
    },
  ),
  shows("symmetry", "Who subscribes is a peer from then on, and gets what is held", [clauses.symmetry], (author) => {
    const { sends } = opened(author, 40, 1)
    const stranger = range(40).find((leaf) => leaf !== 1 && !sends.some((send) => send.to === leaf))!
    const first = proposal(5, 2)
    receive(author, 3, gossip(first))
    const answer = receive(author, stranger, subscribe(5))
    author.claim(to(answer.sends) === String([stranger]) && answer.sends[0]!.message === gossip(first), "gets what is held")
    const next = receive(author, 3, gossip(proposal(5, 2, 1)))
    author.claim(
      next.sends.some((send) => send.to === stranger),
      "is a peer",
    )
  }),
  shows(
    "future",
    "A proposal of the next epoch is passed on, and judged when its epoch comes",
    [clauses["early-kept"], clauses.relay],
    (author) => {
      opened(author, 4)
      const later = proposal(6, 2)
      const { sends, delivered } = receive(author, 2, gossip(later), false)
      author.claim(to(sends) === "0,2,3" && delivered === null, "passed on, and not delivered")
      const { due } = author.accepts("murmur.advance", { on: "one", epoch: 6, me: 1, members: range(4), sampleSize: 0 })
      author.claim(String(due) === later, "given back")
      author.claim(receive(author, 2, gossip(later)).delivered === later, "and delivered")
    },
  ),
  shows("past-forgotten", "What was held of the epoch before is forgotten", [clauses["early-kept"]], (author) => {
    opened(author, 4)
    receive(author, 2, gossip(proposal(5, 2)))
    const after = proposal(7, 2)
    receive(author, 2, gossip(after), false)
    const { due } = author.accepts("murmur.advance", { on: "one", epoch: 6, me: 1, members: range(4), sampleSize: 0 })
    const { held } = author.accepts("murmur.held", { on: "one" })
    author.claim(due.length === 0 && held.length === 1 && held[0]!.proposal === after, "only what is to come")
  }),
  shows("early-subscriber", "A subscription of somebody who is an epoch ahead", [clauses["early-kept"], clauses.symmetry], (author) => {
    opened(author, 40, 1)
    author.claim(receive(author, 40, subscribe(6)).sends.length === 0, "kept")
    const { sends } = author.accepts("murmur.advance", { on: "one", epoch: 6, me: 1, members: range(41), sampleSize: 1 })
    const { peers } = author.accepts("murmur.held", { on: "one" })
    author.claim(peers.includes(40) && !sends.some((send) => send.to === 40), "a peer, without having been drawn")
  }),
  shows("early-stranger", "A subscriber of the next epoch that is no member of it is no peer", [clauses["early-kept"]], (author) => {
    opened(author, 40, 1)
    receive(author, 40, subscribe(6))
    author.accepts("murmur.advance", { on: "one", epoch: 6, me: 1, members: range(40), sampleSize: 1 })
    const { peers } = author.accepts("murmur.held", { on: "one" })
    author.claim(!peers.includes(40), "not there")
  }),
  shows("early-self", "A subscription to the next epoch from one's own leaf makes no peer", [clauses["early-kept"]], (author) => {
    opened(author, 40, 1)
    author.claim(receive(author, 1, subscribe(6)).sends.length === 0, "kept, since the leaf may be another's then")
    author.accepts("murmur.advance", { on: "one", epoch: 6, me: 1, members: range(40), sampleSize: 1 })
    const { peers } = author.accepts("murmur.held", { on: "one" })
    author.claim(!peers.includes(1), "oneself is none")
  }),
  shows(
    "early-twice",
    "A subscription two epochs ahead is kept over the next epoch",
    [clauses["early-kept"], clauses.symmetry],
    (author) => {
      opened(author, 40, 1)
      for (const epoch of [7, 7, 6]) receive(author, 40, subscribe(epoch))
      author.accepts("murmur.advance", { on: "one", epoch: 6, me: 1, members: range(40), sampleSize: 1 })
      author.accepts("murmur.advance", { on: "one", epoch: 7, me: 1, members: range(41), sampleSize: 1 })
      const { peers } = author.accepts("murmur.held", { on: "one" })
      author.claim(peers.includes(40), "a peer")
    },
  ),
  shows(
    "sends-present",
    "A subscriber is sent the proposals of the present epoch, and not those of the next",
    [clauses.symmetry],
    (author) => {
      opened(author, 4)
      const [later, present] = [proposal(6, 2), proposal(5, 2)]
      receive(author, 2, gossip(later), false)
      receive(author, 2, gossip(present))
      const { sends } = receive(author, 3, subscribe(5))
      author.claim(sends.length === 1 && sends[0]!.message === gossip(present), "one")
    },
  ),
  shows("held-invalid", "A proposal that is held comes again and is said to be invalid: it was there", [clauses.once], (author) => {
    opened(author, 4)
    receive(author, 2, gossip(proposal(5, 2)))
    author.ignores("murmur.receive", { on: "one", from: 2, message: gossip(proposal(5, 2)), valid: false })
  }),
  shows("moved-peers", "Peers are drawn anew in each epoch, and only members", [clauses.sample, clauses["full-mesh"]], (author) => {
    opened(author, 5)
    author.accepts("murmur.advance", { on: "one", epoch: 6, me: 1, members: [0, 1, 4], sampleSize: 0 })
    author.gives("murmur.held", { on: "one" }, { peers: [0, 4], held: [] })
  }),
]

const sameReference = () =>
  aCaseLater(
    "murmur/same-reference",
    {
      title: "A proposal of MLS that was changed on the way does not hide the right one, though their references are equal",
      clauses: [clauses.identity, treeKem.message],
    },
    async (author) => {
      const mls = session(nodePrimitives)
      const made = async <M extends MethodName>(method: M, params: ParamsOf<M>) => {
        const verdict = await mls.callLater(method, params)
        if (verdict.verdict !== "accepted") throw new Error(method)
        return verdict.output as OutputOf<M>
      }
      await made("tree-kem.init", { on: "alice", seed: repeated("alice"), backEnd: "mls", user: "alice", number: 0 })
      await made("tree-kem.found", { on: "alice", group })
      await made("tree-kem.commit", { on: "alice", references: [] })
      await made("tree-kem.adopt", { on: "alice" })
      const { proposal: right } = await made("tree-kem.propose-update", { on: "alice" })
      const changed = flipped(right, -1)
      author.accepts("murmur.open", { on: "one", seed: repeated("one"), group, epoch: 0, me: 1, members: [0, 1, 2], sampleSize: 0 })
      const refs = [right, changed].map(async (proposal) => (await author.acceptsLater("tree-kem.read-proposal", { proposal })).ref)
      author.claim((await refs[0]) === (await refs[1]), "the references are equal")
      for (const proposal of [changed, right]) {
        const { sends } = await author.acceptsLater("murmur.receive", { on: "one", from: 2, message: gossip(proposal), valid: false })
        author.claim(sends.length === 2, "passed on")
      }
      const { due } = author.accepts("murmur.advance", { on: "one", epoch: 1, me: 1, members: [0, 1, 2], sampleSize: 0 })
      author.claim(String(due) === String([changed, right]), "both given back")
      const answer = await author.acceptsLater("murmur.receive", { on: "one", from: 2, message: gossip(right), valid: true })
      author.claim(answer.delivered === right, "the right one is delivered")
    },
  )

type Receive = ParamsOf<"murmur.receive">

const refused = (
  id: string,
  clause: (typeof clauses)[keyof typeof clauses],
  title: string,
  right: Partial<Receive>,
  wrong: Partial<Receive>,
) =>
  twins(`murmur/${id}`, clause, title, (author) => {
    opened(author, 4)
    return fork("murmur.receive", { on: "one", from: 2, message: gossip(proposal(5, 2)), valid: true, ...right }, wrong)
  })

const refusals = (): ReadonlyArray<Case> => [
  ...refused("group", clauses.group, "A proposal of another group", {}, { message: gossip(proposal(5, 2, 0, filled(0x78, 16))) }),
  ...refused("past", clauses.past, "A proposal of the epoch before", {}, { message: gossip(proposal(4, 2)) }),
  ...refused(
    "horizon",
    clauses.horizon,
    "A proposal three epochs ahead",
    { message: gossip(proposal(7, 2)) },
    { message: gossip(proposal(8, 2)) },
  ),
  ...refused("valid", clauses.valid, "A proposal that is not valid", {}, { valid: false }),
  ...refused(
    "subscription-group",
    clauses.group,
    "A subscription to another group",
    { message: subscribe(5) },
    { message: subscribe(5, filled(0x78, 16)) },
  ),
  ...refused("subscription-past", clauses.past, "A subscription to the epoch before", { message: subscribe(5) }, { message: subscribe(4) }),
  ...refused(
    "subscription-horizon",
    clauses.horizon,
    "A subscription three epochs ahead",
    { message: subscribe(7) },
    { message: subscribe(8) },
  ),
  ...refused("subscriber", clauses.subscriber, "A subscription from nobody", { message: subscribe(5) }, { from: 4 }),
  ...refused("subscribing-oneself", clauses.subscriber, "A subscription from oneself", { message: subscribe(5) }, { from: 1 }),
  ...twins("murmur/quota", clauses.quota, "The sixty-fifth proposal of one author for one epoch", (author) => {
    opened(author, 4)
    for (let number = 0; number < 64; number++) receive(author, 2, gossip(proposal(6, 2, number)), false)
    const right = gossip(proposal(7, 2))
    return fork("murmur.receive", { on: "one", from: 2, message: right, valid: false }, { message: gossip(proposal(6, 2, 64)) })
  }),
  aCase(
    "murmur/wanted",
    {
      title: "The sixty-fifth proposal of an author is refused when it is gossiped, and held when it was asked for",
      clauses: [clauses["wanted-held"], clauses.quota],
    },
    (author) => {
      opened(author, 4)
      for (let number = 0; number < 64; number++) receive(author, 2, gossip(proposal(5, 2, number)), true)
      const more = proposal(5, 2, 64)
      author.refuses(clauses.quota, "murmur.receive", { on: "one", from: 2, message: gossip(more), valid: true })
      author.accepts("murmur.receive-wanted", { on: "one", proposal: more, valid: true })
      author.ignores("murmur.receive-wanted", { on: "one", proposal: more, valid: true })
      author.refuses(clauses.valid, "murmur.receive-wanted", { on: "one", proposal: proposal(5, 2, 65), valid: false })
    },
  ),
  ...twins("murmur/quota-epoch", clauses.quota, "The 257th proposal of a later epoch, by many authors", (author) => {
    opened(author, 2)
    for (let number = 0; number < 256; number++) receive(author, 0, gossip(proposal(6, 2 + (number % 8), number)), false)
    const right = gossip(proposal(7, 12))
    return fork("murmur.receive", { on: "one", from: 0, message: right, valid: false }, { message: gossip(proposal(6, 12)) })
  }),
]

export default caseFile({ part: "delivery-service", chapter: "murmur", layer: "murmur", flags: {} }, async () => [
  ...samples(),
  ...flow(),
  await sameReference(),
  ...refusals(),
])
