/**
 * Random histories, and what the extracted peer, the definitions of the chapter "group-membership" and the reference make of each: all that the chapter defines, and whose acknowledgements are to come.
 *
 * The histories are of every kind that membership.append accepts, and senders are not honest: they add members again, remove themselves and strangers, act without being members,
 * name one member twice in a create, acknowledge one change often and their own, and leave numbers out. One in ten has an operation that is refused.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util"
import { Effect, Result } from "effect"
import * as reference from "../../reference/dcgka/group-membership.ts"
import { awaitAnswers } from "../../reference/dcgka/key-agreement/awaiting.ts"
import type { Joined } from "../../reference/dcgka/key-agreement/state.ts"
import {
  causalOrder,
  changesOf,
  type History,
  knowledgeOf,
  members,
  memberView,
  type Operation,
  unknownTo,
} from "../../spec/dcgka/group-membership.ts"
import type { Peer } from "./peer.ts"

const users = ["0a", "0b", "f0", "c1", "7e"].map((byte) => byte.repeat(16))

/** A generator of whole numbers below a bound, the same for a seed everywhere. */
const numbersFrom = (seed: number): ((below: number) => number) => {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 0x1_0000_0000) * below)
  }
}

const pick = <A>(all: ReadonlyArray<A>, draw: (below: number) => number): A => all[draw(all.length)]!

const operationAfter = (history: History, seq: (sender: string) => number, draw: (below: number) => number): Operation => {
  const [sender, member, kind] = [pick(users, draw), pick(users, draw), draw(10)]
  if (kind < 2) return { type: "remove", sender, seq: seq(sender), member }
  if (kind < 5) return { type: "add", sender, seq: seq(sender), member }
  const of = pick(changesOf(history).slice(-4), draw)
  return { type: "ack", sender, seq: seq(sender), ofSender: of.sender, ofSeq: of.seq }
}

/** A history of at most `longest` operations. */
const randomHistory = (longest: number, draw: (below: number) => number): History => {
  const last = new Map<string, number>()
  const seq = (sender: string) => {
    const next = (last.get(sender) ?? 0) + 1 + (draw(4) === 0 ? draw(3) : 0)
    last.set(sender, next)
    return next
  }
  const creator = users[0]!
  const named = Array.from({ length: 1 + draw(users.length) }, () => pick(users, draw))
  const history: Array<Operation> = [{ type: "create", sender: creator, seq: seq(creator), members: [creator, ...named] }]
  const length = 1 + draw(longest)
  while (history.length < length) history.push(operationAfter(history, seq, draw))
  if (draw(10) > 0) return history
  const wrong = pick(history, draw)
  return [...history, wrong.type === "ack" && draw(2) === 0 ? { ...wrong, seq: seq(wrong.sender), ofSeq: 1_000 } : wrong]
}

const sendersOf = (history: History): ReadonlyArray<string> => [...new Set(history.map(({ sender }) => sender))].sort()

const bySender = <A>(history: History, of: (sender: string) => A | undefined): Readonly<Record<string, A>> =>
  Object.fromEntries(sendersOf(history).flatMap((sender) => (of(sender) === undefined ? [] : [[sender, of(sender)!]])))

type Awaiting = Pick<Joined, "history" | "updates" | "me">

const noAwaiting: Awaiting = { history: reference.emptyHistory, updates: [], me: "" }

/** What the reference keeps of whose acknowledgements are to come, with one more operation. Each change counts as an update, too. */
const awaitAfter = (before: Awaiting, operation: Operation): Awaiting => {
  const message = { group: "", commitment: new Uint8Array(32), user: "", history: new Uint8Array(32), ...operation }
  const noted = (state: Awaiting, type: "add" | "ack" | "update") =>
    awaitAnswers(state as Joined, { ...message, type } as Parameters<typeof awaitAnswers>[1])
  if (operation.type === "ack") return noted(before, "ack")
  return noted(operation.type === "add" ? noted(before, "add") : before, "update")
}

const awaitedOf = ({ updates }: Awaiting, { sender, seq }: Operation): ReadonlyArray<string> =>
  updates.find((update) => update.sender === sender && update.seq === seq)?.awaited ?? []

/** What the definitions and the reference make of a history, in the words of the peer's method `everything`. */
const expected = (history: History): unknown => {
  let kept = reference.emptyHistory
  let awaiting = noAwaiting
  for (const operation of history) {
    const next = Effect.runSync(Effect.result(reference.append(kept, operation)))
    if (Result.isFailure(next)) return { verdict: "refused", clause: next.failure.clause }
    kept = next.success
    awaiting = awaitAfter({ ...awaiting, history: kept }, operation)
  }
  const before = causalOrder(history)
  const positions = [...changesOf(history).keys()]
  const output = {
    members: members(history),
    before: history.map((later) => history.map((earlier) => before(earlier, later))),
    views: history.map(({ sender, seq }) => memberView(history, sender, seq)),
    unknown: positions.map((position) => unknownTo(history, position)),
    known: bySender(history, (sender) => knowledgeOf(history, sender)),
    keptUnknown: kept.entries.map(({ unknown }) => unknown),
    keptKnown: bySender(history, (sender) => reference.knowledgeOf(kept, sender)),
    keptViews: positions.map((position) => reference.members(kept, reference.knowledgeAt(kept, position))),
    awaited: changesOf(history).map((change) => awaitedOf(awaiting, change)),
  }
  return { verdict: "accepted", output }
}

const atOnce = 100

/** The first history of which the peer says something else, if there is one. */
export const compare = async (peer: Peer, count: number, longest: number, seed: number): Promise<History | undefined> => {
  const draw = numbersFrom(seed)
  for (let done = 0; done < count; done += atOnce) {
    const histories = Array.from({ length: Math.min(atOnce, count - done) }, () => randomHistory(longest, draw))
    const answers = await peer.ask(
      "everything",
      histories.map((operations) => ({ operations })),
    )
    const differs = histories.find((history, index) => !isDeepStrictEqual(answers[index], expected(history)))
    if (differs !== undefined) return differs
  }
  return undefined
}
