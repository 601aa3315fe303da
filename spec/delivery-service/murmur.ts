/**
 * # MURMUR
 *
 * Proposals need no order, they only have to reach everybody. They are gossiped (FPS 2023 section 2.2; Guerraoui,
 * Kuznetsov, Monti, Pavlovic, Seredinschi: *Scalable Byzantine Reliable Broadcast*, DISC 2019, whose MURMUR this is):
 * each member has **peers**; whoever receives a proposal for the first time sends it to all its peers. Peers are
 * symmetric: whom I sampled, I tell so (SUBSCRIBE), and it takes me for a peer too and sends me what it holds.
 *
 * MURMUR gives no consistency. A dishonest member can gossip two proposals where it should make one; each of them
 * reaches everybody, and a commit says by reference which one it means.
 *
 * ## Messages
 *
 * | message | CBOR | meaning |
 * | --- | --- | --- |
 * | SUBSCRIBE | `[1, group, epoch]` | I am in this epoch: send me its proposals |
 * | GOSSIP | `[2, proposal]` | a proposal of the chapter "tree-kem", which says itself of which group and epoch it is |
 *
 * Links are point to point and authenticated: a receiver knows from which leaf a message comes. Whoever knows users in
 * place of leaves, like the delivery service, keeps subscriptions of epochs to come itself, and hands them on when
 * their epoch has begun.
 *
 * The **identity** of a proposal here is SHA-256(CBOR(["conclave/1 murmur message", proposal])).
 *
 * > **Erratum MU-1** (DISC 2019, algorithm 1, made to serve many messages): it is tempting to take the ProposalRef of
 * > MLS for the identity, by which commits name proposals. But the reference does not cover the membership tag of a
 * > PublicMessage. Anybody on the way can change the tag: the changed proposal, which is valid for nobody, has the same
 * > reference, and whoever cannot verify it yet (because it is an epoch behind) would hold it and ignore the right one.
 * > So the identity covers all bytes. Vector: `murmur/same-reference`.
 *
 * ## Who is a peer
 *
 * With a **sample size** G of 0, all others are peers (full mesh), and every proposal of an honest member reaches every
 * honest member: G = 0 is usual up to 32 members. With G > 0, in each epoch a member draws a number g from the Poisson
 * distribution with mean G, and then g of the n members, uniformly, with repetition, itself among them. Whom it drew
 * (and is not itself) is its peer, and who drew it. 16 is the usual G above 32 members.
 *
 * The draws use integers only. Draw number i, from 0, is the 4 bytes `murmur/sample/{group}/{epoch}/{i}` as a
 * big-endian number u.
 *
 * 1. g is the least k with u < F(k) for draw 0, where F(k) is 2^32 times the probability that a Poisson number is at
 *    most k, rounded up to a whole number (definition `thresholds`).
 * 2. Then for each of the g picks the next draw is made. If its u is not below the greatest multiple of n that is at
 *    most 2^32, the next one is made in its place. The pick is the member at the place u mod n, in ascending order of
 *    the leaves.
 *
 * ## Totality
 *
 * What one honest member delivers, all do, but for the probability ε that the honest members are not connected to one
 * another by honest peers. Poisson sampling makes all ordered pairs independent: one has drawn the other with the
 * probability 1 - e^(-G/n), so two are no peers with q = e^(-2G/n). The honest members, c of n, are a random graph in
 * which each edge is missing with q; dishonest ones can add ways but not take any away. So
 *
 * ```text
 * ε = 1 - Conn(c),  Conn(1) = 1,  Conn(c) = 1 - sum over k = 1 … c-1 of  binomial(c-1, k-1) · Conn(k) · q^(k(c-k))
 * ε ≤ sum over k = 1 … floor(c/2) of  binomial(c, k) · q^(k(c-k))
 * ```
 *
 * The definitions `totality` and `totalityBound` compute both. With a third dishonest:
 *
 * | n | c | G = 4: bound, exact | G = 8 | G = 16 |
 * | --- | --- | --- | --- | --- |
 * | 4 | 3 | 5.49e-2, 5.00e-2 | 1.01e-3, 9.94e-4 | 3.38e-7, 3.38e-7 |
 * | 10 | 7 | 6.70e-2, 5.87e-2 | 4.77e-4, 4.76e-4 | 3.21e-8, 3.21e-8 |
 * | 20 | 14 | 8.42e-2, 7.52e-2 | 4.26e-4, 4.26e-4 | 1.30e-8, 1.30e-8 |
 * | 50 | 34 | 1.95e-1, 1.60e-1 | 8.82e-4, 8.81e-4 | 2.29e-8, 2.29e-8 |
 * | 100 | 67 | 4.20e-1, 2.90e-1 | 1.74e-3, 1.74e-3 | 4.51e-8, 4.51e-8 |
 *
 * > **Erratum MU-2** (FPS 2023 section 3.3, Proposal Totality): "all correct processes eventually deliver" holds with
 * > probability 1 - ε only, and with ε = 0 in full mesh. It also cannot hold for who has left the epoch before the
 * > proposal arrives: a proposal that is not committed in its epoch is void (RFC 9420 section 12.1), and its author may
 * > propose again. Vector: `murmur/past~refused`.
 *
 * ## Epochs
 *
 * Who is behind holds and passes on proposals of the next epochs (at most two ahead), which it cannot verify yet. It
 * holds at most 64 of each author and epoch, and 256 of a later epoch: anybody can write anything into them. What is
 * refused for that is asked for when a commit names it. When it enters an epoch it gets those of the epoch back to
 * judge them. Peers are drawn anew in each epoch.
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule, shownBy } from "../conventions/clauses.ts"
import { bytes, listOf, message, oneOf, record, uint, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { GroupId, Key } from "../conventions/identifiers.ts"
import { BackEndMessage, Epoch, Leaf } from "./tree-kem.ts"

export const clauses = declareClauses("murmur", {
  group: check("MUST", "A message is of the state's group.", "Conclave"),
  past: check("MUST", "A message is of no past epoch.", "RFC 9420 section 12.1, erratum MU-2"),
  horizon: check("MUST", "A message is at most two epochs ahead.", "Conclave"),
  subscriber: check("MUST", "A subscription comes from another member, or from an epoch to come.", "DISC 2019 algorithm 1"),
  valid: check("MUST", "A proposal of the present epoch is passed on only when it is valid.", "DISC 2019 algorithm 1"),
  quota: check(
    "MUST",
    "At most 64 proposals of an author and epoch are held, and of a later epoch at most 256, beside those that were asked for.",
    "Conclave",
  ),
  "wanted-held": rule("MUST", "A proposal of the present epoch that was asked for is held, however many are.", "Conclave"),
  once: rule("MUST", "A proposal is delivered once.", "DISC 2019 section 3, no duplication"),
  identity: rule("MUST", "Proposals are told apart by all their bytes.", "Conclave, erratum MU-1"),
  relay: rule("MUST", "Who holds a proposal for the first time sends it to all its peers.", "DISC 2019 algorithm 1"),
  symmetry: rule("MUST", "Who subscribes becomes a peer, and is sent the proposals of its epoch that are held.", "DISC 2019 algorithm 1"),
  sample: rule("MUST", "Peers are sampled as above.", "DISC 2019 algorithm 1"),
  "full-mesh": rule("MUST", "With the sample size 0 all others are peers.", "Conclave"),
  "early-kept": rule("MUST", "What comes from an epoch to come is kept until that epoch.", "FPS 2023 algorithm 1, line 31"),
  totality: shownBy(
    "reference/delivery-service/test/murmur.test.ts",
    rule("MUST", "What one honest member delivers, all do, but for the probability ε above.", "DISC 2019 theorem 1"),
  ),
})

export const steps = declareSteps("murmur", {
  sample: [
    "If the sample size is 0: the peers are all others.",
    "Otherwise draw the number of picks, and then the picks; the peers are those picked, without oneself.",
  ],
  open: ["By sample, choose the peers.", "Send SUBSCRIBE to each of them; hold nothing."],
  advance: [
    "Forget proposals and subscriptions of lower epochs than the new one. By sample, choose the peers. With a " +
      "sample size above 0, send SUBSCRIBE to each of them.",
    "For each subscription to the new epoch that was kept, and whose sender is another member now: take the sender for a peer.",
    "Take the proposals of the new epoch out of those held, and give them back to be judged; each is to be received again.",
  ],
  "receive-subscribe": [
    "If it is of another group: refused (murmur.group). If it is of a lower epoch: refused (murmur.past). If it " +
      "is of an epoch more than two ahead: refused (murmur.horizon).",
    "If it is of a higher epoch: keep it, once for each sender and epoch (another one of the same is accepted, " +
      "and changes nothing); the operation ends.",
    "If its sender is no member, or oneself: refused (murmur.subscriber).",
    "Take the sender for a peer, and send it all proposals of this epoch that are held, in the order in which they came.",
  ],
  "receive-gossip": [
    "By tree-kem.read-proposal, read the proposal. If it is of another group: refused (murmur.group). If it is " +
      "of a lower epoch: refused (murmur.past). If it is of an epoch more than two ahead: refused " +
      "(murmur.horizon).",
    "If a proposal with its identity is held: ignored.",
    "If it is of the present epoch and not valid: refused (murmur.valid).",
    "If 64 of its author and epoch are held, or it is of a later epoch of which 256 are held: refused (murmur.quota).",
    "Hold it, and send it to all peers, also to the one that it came from. If it is of the present epoch, it is " + "delivered.",
  ],
  "receive-wanted": [
    "Do receive-gossip without its step 4: a proposal that a commit names, and that was asked for, counts against no " +
      "quota. How many there can be is bounded by the commits that are kept.",
  ],
  dispatch: ["By receive-gossip, receive it from oneself, as valid."],
})

/** How many epochs ahead a message may be. */
export const horizon = 2
/** How many proposals of an author and epoch are held. */
export const quota = 64
/** Of a later epoch at most so many proposals are held. */
export const laterQuota = 256

/** The sample size that is usual for n members. */
export const usualSampleSize = (n: number): number => (n <= 32 ? 0 : 16)

/** A proposal, of a length of which many fit into a message. */
export const Proposed = bytes(1, 1 << 16)

export const Subscribe = message("murmur-subscribe", 1, { group: GroupId, epoch: Epoch })
export const Gossip = message("murmur-gossip", 2, { proposal: Proposed })
export const MurmurMessage = oneOf("murmur-message", [Subscribe, Gossip])
export type MurmurMessage = ValueOf<typeof MurmurMessage>

/** A proposal that is held. */
export const Held = record("murmur-held", { id: Key, epoch: Epoch, author: Leaf, proposal: BackEndMessage })
export type Held = ValueOf<typeof Held>

/** A subscription from an epoch to come. */
export const Early = record("murmur-early", { leaf: Leaf, epoch: Epoch })

/**
 * The state of a member in an epoch: members and peers (without oneself) in ascending order, what is held in the order
 * in which it came.
 */
export const Murmur = record("murmur", {
  group: GroupId,
  epoch: Epoch,
  me: Leaf,
  members: listOf(Leaf, 1, 1 << 16),
  peers: listOf(Leaf, 0, 1 << 16),
  held: listOf(Held, 0, unlimited),
  early: listOf(Early, 0, unlimited),
})
export type Murmur = ValueOf<typeof Murmur>

/** The sample sizes that can be asked for. */
export const SampleSize = uint(0, 64)

/**
 * F(0), F(1), … of the sample size G, up to the first that is 2^32. With whole numbers only: the terms of e^G = sum G^i
 * / i! with 160 binary places, each rounded down.
 */
export const thresholds = (sampleSize: number): ReadonlyArray<number> => {
  const terms: Array<bigint> = []
  for (let term = 1n << 160n, i = 1n; term > 0n; term = (term * BigInt(sampleSize)) / i++) terms.push(term)
  const total = terms.reduce((sum, term) => sum + term)
  const found: Array<number> = []
  let sum = 0n
  for (const term of terms) {
    sum += term
    found.push(Number(((sum << 32n) + total - 1n) / total))
    if (found.at(-1) === 2 ** 32) break
  }
  return found
}

const missing = (n: number, sampleSize: number): number => Math.exp((-2 * sampleSize) / n)

/** binomial(c, k) · q^(k(c-k)), by logarithms, because the factors are far apart. */
const cut = (c: number, places: number, picks: number, k: number, q: number): number => {
  let logarithm = k * (c - k) * Math.log(q)
  for (let i = 1; i <= picks; i++) logarithm += Math.log((places - picks + i) / i)
  return Math.exp(logarithm)
}

/** The bound on ε, of n members with c honest ones and the sample size G > 0. */
export const totalityBound = (n: number, c: number, sampleSize: number): number => {
  const q = missing(n, sampleSize)
  let bound = 0
  for (let k = 1; k <= Math.floor(c / 2); k++) bound += cut(c, c, k, k, q)
  return bound
}

/**
 * ε itself, of n members with c honest ones and the sample size G > 0. Exact to a few digits where the bound is below
 * 1.
 */
export const totality = (n: number, c: number, sampleSize: number): number => {
  const q = missing(n, sampleSize)
  const epsilon = [0, 0]
  for (let size = 2; size <= c; size++) {
    let sum = 0
    for (let k = 1; k < size; k++) sum += cut(size, size - 1, k - 1, k, q) * (1 - epsilon[k]!)
    epsilon.push(sum)
  }
  return epsilon[c]!
}
