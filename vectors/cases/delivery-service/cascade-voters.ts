/**
 * Voters in a case, with a cascade each: handles are named like their users, and messages are on their way until the case delivers them.
 *
 * @module
 */
import { Schema } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { CascadeMessage, choice } from "../../../spec/delivery-service/cascade.ts"
import type { Author, OutputOf, ParamsOf } from "../author.ts"
import { first, hexOf } from "../people.ts"
import { type ElectorateJson, secretKeyOf } from "./cooperation-voters.ts"

export type CommitJson = OutputOf<"cascade.commit">
export type DecideJson = ParamsOf<"cascade.verify-decide">["decide"]

/** The bytes of a message of the cascade, in hex. */
export const messageOf = (json: unknown): string =>
  Hex.encode(encodeWire(CascadeMessage, Schema.decodeUnknownSync(CascadeMessage.json)(json)))

/** The part of a DECIDE that says what was decided: refs, heads, and the commit that is the choice. */
export const decidedOf = (commits: ReadonlyArray<CommitJson>): Pick<DecideJson, "refs" | "heads" | "commit" | "welcome"> => {
  const digest = (hex: string) => Hex.encode(nodePrimitives.sha256(bytesOf(hex)))
  const heads = commits.map(({ value }) => ({
    ...value,
    commit: digest(value.commit),
    welcome: value.welcome === null ? null : digest(value.welcome),
  }))
  const set = commits.map(({ ref, value: { author, proposals } }) => ({ ref, author, proposals: proposals.length }))
  const chosen = commits.find(({ ref }) => ref === choice(set).ref)!.value
  return { refs: commits.map(({ ref }) => ref), heads, commit: chosen.commit, welcome: chosen.welcome }
}

/** A message on its way. */
export interface MessageInTransit {
  readonly from: number
  readonly to: number
  readonly message: string
}

/** Voters who all are handles. */
export class CascadeVoters {
  readonly author: Author
  readonly electorate: ElectorateJson
  readonly users: ReadonlyArray<string>
  readonly decisions = new Map<string, string>()
  flights: ReadonlyArray<MessageInTransit> = []

  constructor(author: Author, electorate: ElectorateJson, who: ReadonlyArray<string> = first(electorate.voters.length)) {
    this.author = author
    this.electorate = electorate
    this.users = first(electorate.voters.length)
    for (const user of who)
      author.accepts("cascade.open", { on: user, electorate, me: this.users.indexOf(user), secretKey: secretKeyOf(user) })
  }

  /** A commit of a user. */
  commit(user: string, proposals: ReadonlyArray<string> = []): CommitJson {
    const value = { author: this.users.indexOf(user), proposals, commit: hexOf(`commit of ${user}`), welcome: null }
    return this.author.accepts("cascade.commit", { electorate: this.electorate, secretKey: secretKeyOf(user), ...value })
  }

  #note(user: string, output: OutputOf<"cascade.receive">): OutputOf<"cascade.receive"> {
    const from = this.users.indexOf(user)
    const all = this.users.map((_, leaf) => leaf).filter((leaf) => leaf !== from)
    const sent = output.send.flatMap(({ to, message }) => (to === "all" ? all : to).map((leaf) => ({ from, to: leaf, message })))
    this.flights = [...this.flights, ...sent]
    if (output.decision !== null) this.decisions.set(user, output.decision)
    for (const ref of output.judge) this.#note(user, this.author.accepts("cascade.validate", { on: user, ref }))
    return output
  }

  propose(user: string, { value }: CommitJson) {
    return this.#note(user, this.author.accepts("cascade.propose", { on: user, value }))
  }

  receive(user: string, from: string, message: string) {
    return this.#note(user, this.author.accepts("cascade.receive", { on: user, from: this.users.indexOf(from), message }))
  }

  timeout(user: string, name: string) {
    return this.#note(user, this.author.accepts("cascade.timeout", { on: user, name }))
  }

  /** Delivers what is on its way now to these users, in order, and drops what is for others. */
  deliver(...to: ReadonlyArray<string>) {
    const now = this.flights
    this.flights = []
    for (const flight of now) {
      const user = this.users[flight.to]!
      if (to.includes(user)) this.receive(user, this.users[flight.from]!, flight.message)
    }
  }
}
