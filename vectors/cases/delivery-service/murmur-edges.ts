/** The layer "murmur": what is kept of epochs to come, the edges of draws and quotas, and the order of checks. */
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { labelledDraw } from "../../../reference/crypto/randomness.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/delivery-service/murmur.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { filled, repeated } from "../people.ts"
import { gossip, opened, proposal, range, receive, subscribe } from "./murmur-one.ts"
import { group } from "./tree.ts"

const elsewhere = filled(0x78, 16)

const advance = (author: Author, epoch: number, n: number, sampleSize = 1) =>
  author.accepts("murmur.advance", { on: "one", epoch, me: 1, members: range(n), sampleSize })

const peersOf = (author: Author) => author.accepts("murmur.held", { on: "one" }).peers

const early = (): ReadonlyArray<Case> => [
  aCase(
    "murmur/early-each",
    {
      title: "Of two subscribers each is kept for each of the next two epochs, and counts in its epoch only",
      clauses: [clauses["early-kept"], clauses.symmetry],
    },
    (author) => {
      opened(author, 40, 1)
      const ahead = [
        [41, 7],
        [40, 6],
        [40, 7],
        [42, 7],
        [41, 6],
        [40, 6],
      ] as const
      for (const [from, epoch] of ahead) receive(author, from, subscribe(epoch))
      const first = advance(author, 6, 43)
      const drawn = first.sends.map(({ to }) => to)
      author.claim(![40, 41, 42].some((leaf) => drawn.includes(leaf)), "none of them was drawn")
      author.gives("murmur.held", { on: "one" }, { peers: [...drawn, 40, 41], held: [] })
      const second = advance(author, 7, 43).sends.map(({ to }) => to)
      author.claim(![40, 41, 42].some((leaf) => second.includes(leaf)), "nor now")
      author.gives("murmur.held", { on: "one" }, { peers: [...second, 40, 41, 42], held: [] })
    },
  ),
  aCase(
    "murmur/epoch-passed-over",
    {
      title: "What is kept of an epoch that is passed over is forgotten, and what is of the one that begins is given back",
      clauses: [clauses["early-kept"]],
    },
    (author) => {
      opened(author, 40, 1)
      receive(author, 40, subscribe(6))
      receive(author, 41, subscribe(7))
      const [between, due] = [proposal(6, 2), [proposal(7, 3), proposal(7, 2)]]
      for (const one of [due[0]!, between, due[1]!]) receive(author, 2, gossip(one), false)
      const begun = advance(author, 7, 43)
      author.claim(String(begun.due) === String(due), "both, in the order in which they came")
      author.claim(!begun.sends.some(({ to }) => to >= 40), "nobody of the later ones was drawn")
      author.gives("murmur.held", { on: "one" }, { peers: [...begun.sends.map(({ to }) => to), 41], held: [] })
    },
  ),
  aCase(
    "murmur/not-oneself",
    { title: "Who draws itself is no peer of itself", clauses: [clauses.sample, clauses["full-mesh"]] },
    (author) => {
      opened(author, 3, 16)
      const { picks } = author.accepts("murmur.picks", { seed: repeated("one"), group, epoch: 5, n: 3, sampleSize: 16 })
      author.claim(
        [0, 1, 2].every((place) => picks.includes(place)),
        "all are picked",
      )
      author.claim(String(peersOf(author)) === "0,2", "and two are peers")
    },
  ),
]

/** A number that is drawn from the seed of these cases. */
const drawn = (epoch: number, index: number): number =>
  Buffer.from(
    labelledDraw(nodePrimitives, Buffer.from(repeated("edge"), "hex"), `murmur/sample/${group}/${epoch}/${index}`, 4),
  ).readUInt32BE()

const draws = (): ReadonlyArray<Case> => [
  aCase(
    "murmur/threshold-itself",
    { title: "A number that is a threshold itself is not below it", clauses: [clauses.sample] },
    (author) => {
      // Of this seed the draw 0 of epoch 867,646 is F(20) of the sample size 62.
      const epoch = 867_646
      const { thresholds } = author.accepts("murmur.thresholds", { sampleSize: 62 })
      author.claim(drawn(epoch, 0) === thresholds[20] && thresholds[20]! < thresholds[21]!, "draw 0 is F(20)")
      const { picks } = author.accepts("murmur.picks", { seed: repeated("edge"), group, epoch, n: 1000, sampleSize: 62 })
      author.claim(picks.length === 21, "21 are picked")
    },
  ),
  aCase(
    "murmur/picks-at-the-bound",
    { title: "A number that is the greatest multiple of n itself is drawn again", clauses: [clauses.sample] },
    (author) => {
      // Of this seed the draw 2 of epoch 21,775 is 2^32 - 456, which is a multiple of 614, as 2^32 - 456 is the greatest.
      const [seed, epoch, n] = [repeated("edge"), 21_775, 614]
      const draw = (index: number) => drawn(epoch, index)
      author.claim(draw(2) === 2 ** 32 - 456 && 2 ** 32 % n === 456, "draw 2 is at the bound")
      const { picks } = author.accepts("murmur.picks", { seed, group, epoch, n, sampleSize: 64 })
      author.claim(picks[0] === draw(1) % n && picks[1] === draw(3) % n && picks[2] === draw(4) % n, "it is passed over")
    },
  ),
]

const orders = (): ReadonlyArray<Case> => [
  aCase(
    "murmur/group-first",
    {
      title: "What is of another group and of an epoch that cannot be: the group comes first",
      clauses: [clauses.group, clauses.past, clauses.horizon, verdicts["order-of-checks"]],
    },
    (author) => {
      opened(author, 4)
      const refuses = (clause: (typeof clauses)[keyof typeof clauses], epoch: number, of: string, from: number) => {
        for (const message of [subscribe(epoch, of), gossip(proposal(epoch, 9, 0, of))]) {
          author.refuses(clause, "murmur.receive", { on: "one", from, message, valid: false })
        }
      }
      for (const epoch of [4, 5, 8]) refuses(clauses.group, epoch, elsewhere, 9)
      refuses(clauses.past, 4, group, 9)
      refuses(clauses.horizon, 8, group, 9)
    },
  ),
  aCase(
    "murmur/present-many",
    {
      title: "Of the present epoch more than 256 proposals are held, of five authors with 64 each",
      clauses: [clauses.quota, clauses.relay],
    },
    (author) => {
      opened(author, 2)
      for (const by of [2, 3, 4, 5]) {
        for (let number = 0; number < 64; number++) receive(author, 0, gossip(proposal(5, by, number)))
      }
      const more = proposal(5, 6)
      const { sends, delivered } = receive(author, 0, gossip(more))
      author.claim(delivered === more && sends.length === 1, "held, passed on and delivered")
      author.refuses(clauses.quota, "murmur.receive", { on: "one", from: 0, message: gossip(proposal(5, 5, 64)), valid: true })
    },
  ),
]

export default caseFile({ part: "delivery-service", chapter: "murmur-edges", layer: "murmur", flags: {} }, () => [
  ...early(),
  ...draws(),
  ...orders(),
])
