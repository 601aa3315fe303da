/**
 * Voters in a case, who are in global consensus: what they sign, and what one of them answers.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { proposalInput, voteInput } from "../../../spec/delivery-service/global-consensus.ts"
import type { Author, OutputOf, ParamsOf } from "../author.ts"
import { first } from "../people.ts"
import { authorPrimitives } from "../primitives.ts"
import { type ElectorateJson, named, secretKeyOf } from "./cooperation-voters.ts"

export type Message = ParamsOf<"global-consensus.receive">["message"]
type Output = OutputOf<"global-consensus.admit">

export const value = named("set one")
export const other = named("set two")

const sign = (user: string, covered: Uint8Array): string => Hex.encode(authorPrimitives.ed25519Sign(bytesOf(secretKeyOf(user)), covered))

/** What the voters of an electorate do, who are the first users. */
export const consensusMessagesOf = (electorate: ElectorateJson) => {
  const { group, epoch } = electorate
  const users = first(electorate.voters.length)

  const proposal = (user: string, round: number, ref: string, validRound: number | null = null, change: Partial<Message> = {}): Message => {
    const proposer = users.indexOf(user)
    const signature = sign(user, encodeCbor(proposalInput(bytesOf(group), epoch, { round, proposer, ref: bytesOf(ref), validRound })))
    return { type: "proposal", group, epoch, round, proposer, ref, validRound, signature, ...change } as Message
  }

  const vote = (user: string, type: "prevote" | "precommit", round: number, ref: string | null, change: Partial<Message> = {}): Message => {
    const voter = users.indexOf(user)
    const content = { kind: type === "prevote" ? 5 : 6, round, voter, ref: ref === null ? null : bytesOf(ref) }
    const signature = sign(user, encodeCbor(voteInput(bytesOf(group), epoch, content)))
    return { type, group, epoch, round, voter, ref, signature, ...change } as Message
  }

  const opened = (author: Author, user: string, ...admissible: ReadonlyArray<string>): Output => {
    author.accepts("global-consensus.open", { on: user, electorate, me: users.indexOf(user), secretKey: secretKeyOf(user) })
    const outputs = admissible.map((ref) => author.accepts("global-consensus.admit", { on: user, ref }))
    return outputs[0]!
  }

  const receive = (author: Author, user: string, ...messages: ReadonlyArray<Message>): Output =>
    messages.map((message) => author.accepts("global-consensus.receive", { on: user, message })).at(-1)!

  /** What is signed in an answer, without what is only sent on. */
  const own = (user: string, { send }: Output): string =>
    send
      .filter((message) => (message.type === "proposal" ? message.proposer : message.voter) === users.indexOf(user))
      .map((message) => `${message.type} ${message.ref === null ? "nothing" : message.ref === value ? "one" : "two"}`)
      .join()

  const prevotes = (round: number, ref: string | null, ...by: ReadonlyArray<string>) => by.map((user) => vote(user, "prevote", round, ref))
  const precommits = (round: number, ref: string | null, ...by: ReadonlyArray<string>) =>
    by.map((user) => vote(user, "precommit", round, ref))

  /** PRECOMMITs as a decision has them. */
  const decisive = (round: number, ref: string, ...by: ReadonlyArray<string>) =>
    precommits(round, ref, ...by).map((message) => ({
      voter: message.type === "proposal" ? 0 : message.voter,
      signature: message.signature,
    }))

  return { users, proposal, vote, opened, receive, own, prevotes, precommits, decisive }
}
