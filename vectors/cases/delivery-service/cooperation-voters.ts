/**
 * Voters in a case, who cooperate: handles are named like their users, and what one of them holds is delivered to another when the case says so.
 *
 * @module
 */

import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { statementInput } from "../../../spec/delivery-service/cooperation.ts"
import type { Author, OutputOf, ParamsOf } from "../author.ts"
import { first, hexOf } from "../people.ts"

export type StatementJson = OutputOf<"cooperation.sign">["statement"]
export type ElectorateJson = ParamsOf<"cooperation.open">["electorate"]

/** 32 bytes that begin with a text and go on with zeros. */
export const named = (text: string): string => hexOf(text).padEnd(64, "0").slice(0, 64)

/** The secret half of a user's leaf signature key. */
export const secretKeyOf = (user: string): string => named(`leaf key of ${user}`)

/** A statement with the signature of its signer, one of the first users. */
export const signedStatement = (
  electorate: ElectorateJson,
  statement: Omit<StatementJson, "signature">,
  instance: 1 | 2 = 1,
): StatementJson => {
  const content = { ...statement, kind: statement.type === "witness" ? 0 : 1, ref: bytesOf(statement.ref) }
  const covered = encodeCbor(statementInput(bytesOf(electorate.group), electorate.epoch, instance, content))
  const secretKey = bytesOf(secretKeyOf(first(statement.signer + 1)[statement.signer]!))
  return { ...statement, signature: Hex.encode(nodePrimitives.ed25519Sign(secretKey, covered)) }
}

/** A chain of a member: WITNESSes of `refs`, then READY of the last argument. */
export const chainOf = (
  electorate: ElectorateJson,
  signer: number,
  refs: ReadonlyArray<string>,
  ready: string,
  instance: 1 | 2 = 1,
): ReadonlyArray<StatementJson> => [
  ...refs.map((ref, seq) => signedStatement(electorate, { type: "witness", signer, seq, ref }, instance)),
  signedStatement(electorate, { type: "ready", signer, seq: refs.length, ref: ready }, instance),
]

/** The voters are the first `n` users, on the leaves from 0. */
export const electorateOf = (n: number, faults: number, change: Partial<ElectorateJson> = {}): ElectorateJson => ({
  group: "44".repeat(16),
  epoch: 7,
  voters: first(n).map((user, leaf) => ({ leaf, key: Hex.encode(nodePrimitives.ed25519PublicKey(bytesOf(secretKeyOf(user)))) })),
  faults,
  sensitivity: 1,
  fastPath: 0,
  ...change,
})

/** Voters who all are handles. */
export class CooperationVoters {
  readonly author: Author
  readonly electorate: ElectorateJson
  readonly users: ReadonlyArray<string>
  readonly #held = new Map<string, ReadonlyArray<StatementJson>>()
  readonly accepted = new Map<string, Array<string>>()

  constructor(author: Author, electorate: ElectorateJson) {
    this.author = author
    this.electorate = electorate
    this.users = first(electorate.voters.length)
    for (const [leaf, user] of this.users.entries()) {
      this.accepted.set(user, [])
      author.accepts("cooperation.open", { on: user, electorate, instance: 1, me: leaf, secretKey: secretKeyOf(user) })
    }
  }

  #note(user: string, output: OutputOf<"cooperation.propose">): ReadonlyArray<string> {
    this.accepted.get(user)!.push(...output.accepted.map(({ ref }) => ref))
    this.#hold(user, output.signed)
    return output.signed.map(({ type, ref }) => `${type} ${ref}`)
  }

  #hold(user: string, statements: ReadonlyArray<StatementJson>): void {
    const held = this.#held.get(user) ?? []
    this.#held.set(user, [...held, ...statements.filter((one) => !held.some(({ signature }) => signature === one.signature))])
  }

  /** These steps give what was signed, as "witness <ref>". */
  propose(user: string, ref: string) {
    return this.#note(user, this.author.accepts("cooperation.propose", { on: user, ref }))
  }

  learn(user: string, ref: string) {
    return this.#note(user, this.author.accepts("cooperation.learn", { on: user, ref }))
  }

  validate(user: string, ref: string) {
    return this.#note(user, this.author.accepts("cooperation.validate", { on: user, ref }))
  }

  relax(user: string) {
    return this.#note(user, this.author.accepts("cooperation.relax", { on: user }))
  }

  receive(user: string, statements: ReadonlyArray<StatementJson>) {
    this.#hold(user, statements)
    return this.#note(user, this.author.accepts("cooperation.receive", { on: user, statements }))
  }

  /** What a user holds, in any order. */
  held(user: string): ReadonlyArray<StatementJson> {
    return this.#held.get(user) ?? []
  }

  /** `from` sends all that it holds to others. */
  send(from: string, ...to: ReadonlyArray<string>): ReadonlyArray<string> {
    const statements = this.held(from)
    return to.flatMap((user) => this.receive(user, statements))
  }

  /** A statement in the name of a user. */
  statement(user: string, seq: number, type: StatementJson["type"], ref: string, instance: 1 | 2 = 1): StatementJson {
    return signedStatement(this.electorate, { type, signer: this.users.indexOf(user), seq, ref }, instance)
  }

  /** The certificate that a user can make of a value. */
  certificate(user: string, ref: string) {
    return this.author.accepts("cooperation.certify", { on: user, ref })
  }
}
