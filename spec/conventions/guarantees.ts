/**
 * # Guarantees and limits
 *
 * What a part promises against whom, and what it does not promise. The chapter "security" of each part declares both,
 * in the manner of the security considerations of an RFC.
 *
 * A **guarantee** is a promise in one sentence. It names the adversaries against whom it holds, the clauses under
 * which it is held, and the witnesses by which anybody can see it: cases of the vectors, tests, or theorems. A theorem
 * is a witness for those senders that its file models. Where all are honest in it, it shows that part of the promise
 * only; what the dishonest cannot do is shown by the others.
 *
 * Where *colluding members* are among the adversaries, the promise says how many of them it allows for.
 *
 * A **limit** is what a reader could hope for and does not get, in one sentence, with the smallest scenario in which
 * it is missing.
 *
 * @module
 */

/** Who may be dishonest, and what each does. */
export const adversaries = {
  network: "reads, drops, delays, repeats, reorders and alters everything that is sent",
  stranger: "sends what it likes, and has no key that anybody knows",
  contact: "has keys that the user knows, and is not a member of the group",
  member: "is a member of the group, has keys of its own, and follows no rule",
  "former-member": "was a member, was removed, and keeps everything that it ever had",
  thief: "copies the state of an honest member at one moment, and is gone afterwards",
  server: "relays and orders packets, or hands out keys, and does so as it likes",
  "colluding-members": "several members that share all they have, as many as the promise states",
} as const

/** Who may be dishonest. */
export type Adversary = keyof typeof adversaries

/** One promise. */
export interface Guarantee {
  /** `part.slug`, never used again for another promise. */
  readonly id: string
  /** One sentence. */
  readonly promise: string
  readonly against: ReadonlyArray<Adversary>
  /** The clauses under which the promise is held. */
  readonly clauses: ReadonlyArray<string>
  /** Identifiers of cases, paths of tests, `path#name of the test`, or theorems as `spec/proofs/File.v#theorem`. */
  readonly witnesses: ReadonlyArray<string>
}

/** What is not promised, said openly. */
export interface Limit {
  /** `part.slug`, never used again for another limit. */
  readonly id: string
  /** One sentence: what is not promised. */
  readonly limit: string
  readonly against: ReadonlyArray<Adversary>
  /** The smallest scenario, in a sentence or two. */
  readonly scenario: string
  /** Cases or tests that show the scenario. Where none is possible, the scenario says why. */
  readonly witnesses: ReadonlyArray<string>
}

type Declared<A> = Readonly<Record<string, Omit<A, "id">>>

const identified = <A extends { readonly id: string }>(part: string, all: Declared<A>): ReadonlyArray<A> =>
  Object.entries(all).map(([slug, one]) => ({ id: `${part}.${slug}`, ...one }) as A)

/** The guarantees of a part, by slug; each gets the identifier `part.slug`. */
export const declareGuarantees = (part: string, all: Declared<Guarantee>) => identified<Guarantee>(part, all)

/** The limits of a part, by slug; each gets the identifier `part.slug`. */
export const declareLimits = (part: string, all: Declared<Limit>) => identified<Limit>(part, all)
