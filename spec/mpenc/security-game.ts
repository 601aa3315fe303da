/**
 * # The security game of mpENC
 *
 * What the chapter "security" says of confidentiality, forward secrecy, healing and deniability, as definitions that
 * run. The adversary sees all packets, and takes whole states of members. It computes what follows from them: it
 * decrypts what it has keys for, and derives what it has the inputs of. This is checked on recorded runs.
 *
 * A **stay** of a user is the time from the operation by which it becomes a member to the one by which it ceases to be
 * one. Who comes back has another stay, with another ephemeral key and without the old contributions.
 *
 * ## Keys as products
 *
 * A group secret, an intermediate key and a cardinal key are each a product of contributions and the base point. The
 * contributions are scalars, and a scalar that is known can be multiplied into a product and out of it. So the
 * adversary, who knows some contributions and some products, has another product if and only if it has one in which the
 * contributions that it does not know are the same. The base point is a product of none.
 *
 * ## Who has a group secret
 *
 * Each stay that is a member of a subsession has one contribution to it or more. A **corruption** is a stay, with the
 * contributions that its state had when the state was taken.
 *
 * The group secret of a subsession is **safe** when of each corrupted stay that is a member of the subsession at least
 * one contribution to it was not in the state. Otherwise it follows, from that one state and the packets. In other
 * words:
 *
 * - A state gives all subsessions of its stay until the state was taken. There is no forward secrecy but between stays
 *   (erratum MK-1).
 * - A state gives the subsessions that come, until its member begins an operation itself (a refresh, an inclusion or an
 *   exclusion), which brings a contribution of its own. Operations of others do not heal it.
 * - A state gives nothing of subsessions in which its user is no member, or is one by another stay.
 * - States of several stays together give no more than each of them gives.
 *
 * The second is about reading only. The thief has the ephemeral key and the identity key as well, and can begin an
 * operation in the name of the one robbed, with a contribution of its own. It shows, for each operation names its
 * author.
 *
 * > **Not as in the design document.** Section 2.1 asks that older subsessions stay secret. CLIQUES as it is in section
 * > 5.2.1 does not give it.
 *
 * ## The ratchet
 *
 * With the option `ratchet`, the chains of a subsession that are taken alone give no key of a message that has been
 * forgotten. The whole state gives the group secret, and so all chains from their beginning (erratum ME-1).
 *
 * ## Who can write as whom
 *
 * A message proves to somebody outside that its author wrote it, as long as nobody else could have: as long as no other
 * has the ephemeral secret key of the author's stay. Who has a state of this stay has it. When the author has published
 * its key, everybody has it, and whoever has the group key can write the message. Until then the states of all other
 * members together do not give it. When a key has been published, no member takes anything new that is signed by it.
 *
 * An acknowledgement is signed by the identity key, which is never published. That somebody took part stays proven.
 *
 * @module
 */
import { declareClauses, declareSteps } from "../conventions/clauses.ts"

export const clauses = declareClauses("mpenc-security-game", {})

export const steps = declareSteps("mpenc-security-game", {})

/** A subsession: by stay of its members, the contributions to it. `C` stands for contributions. */
export type Contributed<C> = ReadonlyMap<string, ReadonlyArray<C>>

/** A state that was taken: whose stay, and the contributions in it. */
export interface Corruption<C> {
  readonly stay: string
  readonly held: ReadonlySet<C>
}

/** Whether a group secret stays unknown to who took these states. */
export const safe = <C>(subsession: Contributed<C>, corruptions: ReadonlyArray<Corruption<C>>): boolean =>
  corruptions.every(({ stay, held }) => subsession.get(stay)?.some((one) => !held.has(one)) ?? true)

/** Whether a product of contributions follows from products that are known, for who knows some contributions. */
export const productFollows = <C>(product: ReadonlyArray<C>, products: ReadonlyArray<ReadonlyArray<C>>, known: ReadonlySet<C>): boolean => {
  const unknownIn = (factors: ReadonlyArray<C>) => JSON.stringify(factors.filter((one) => !known.has(one)).toSorted())
  const wanted = unknownIn(product)
  return unknownIn([]) === wanted || products.some((factors) => unknownIn(factors) === wanted)
}
