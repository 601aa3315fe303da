/**
 * The centralized delivery service: chapter "centralized-delivery-service", the server and its members.
 *
 * @module
 */
import { Effect, Result } from "effect"
import type { NotAccepted } from "../../spec/conventions/verdicts.ts"
import { Ignored, refuse } from "../../spec/conventions/verdicts.ts"
import {
  type CentralizedMessage,
  type Client,
  clauses,
  type Delivered,
  mostAhead,
  type Ordered,
  type Server,
  status,
} from "../../spec/delivery-service/centralized-delivery-service.ts"
import type { TreeKemGroup } from "../../spec/delivery-service/tree-kem.ts"
import { clauses as treeKem } from "../../spec/delivery-service/tree-kem.ts"
import { sameBytes } from "../conventions.ts"
import * as TreeKem from "./tree-kem.ts"

/** A message from the server to a subscriber. */
export interface ToSubscriber {
  readonly to: number
  readonly message: Ordered
}

/** A server that has ordered nothing yet. */
export const openServer = (group: string): Server => ({ group, subscribers: [], log: [] })

const inGroup = (expected: string, group: string) => (group === expected ? Effect.void : Effect.fail(refuse(clauses.group, group)))

/** The server orders a message, and sends it to everybody. */
export const submit = Effect.fnUntraced(function* (server: Server, submitted: { readonly group: string; readonly message: Uint8Array }) {
  const { group, message } = submitted
  // centralized.submit.1
  yield* inGroup(server.group, group)
  // centralized.submit.2
  const log = [...server.log, message]
  const ordered: Ordered = { type: "centralized-ordered", group, number: log.length, message }
  const sends = server.subscribers.map((to): ToSubscriber => ({ to, message: ordered }))
  return { server: { ...server, log }, sends }
})

/** The server sends a subscriber everything from a number on, and from then on everything that it orders. */
export const fetch = Effect.fnUntraced(function* (
  server: Server,
  from: number,
  asked: { readonly group: string; readonly number: number },
) {
  const { group, number } = asked
  // centralized.fetch.1
  yield* inGroup(server.group, group)
  const subscribers = server.subscribers.includes(from) ? server.subscribers : [...server.subscribers, from]
  // centralized.fetch.2
  const sends = server.log.slice(number - 1).map((message, index): ToSubscriber => {
    return { to: from, message: { type: "centralized-ordered", group, number: number + index, message } }
  })
  return { server: { ...server, subscribers }, sends }
})

/** A welcome to be sent to users who are new. */
export interface Welcome {
  readonly users: ReadonlyArray<string>
  readonly message: CentralizedMessage
}

/** What an operation of a member does: the state after it, what goes to the server, what is delivered, and the welcomes. */
export interface Operated {
  readonly client: Client
  readonly sends: ReadonlyArray<CentralizedMessage>
  readonly delivered: ReadonlyArray<Delivered>
  readonly welcomes: ReadonlyArray<Welcome>
}

const operated = (client: Client, rest: Partial<Operated> = {}): Operated => ({ client, sends: [], delivered: [], welcomes: [], ...rest })

/** A member with a state of TreeKEM; `number` is the first message that comes after it: 1 for the founder, and one more than that of its welcome for who is new. */
export const openMember = (group: TreeKemGroup, number: number): Operated => {
  // centralized.open-member.1
  const client = { treeKem: group, status: status.active, next: number, waiting: [], kept: [] }
  return operated(client, { sends: [{ type: "centralized-fetch", group: group.group, number }] })
}

const isActive = ({ status: now }: Client) =>
  now === status.active ? Effect.void : Effect.fail(refuse(clauses.active, now === status.stuck ? "stuck" : "removed"))

const submitted = (client: Client, message: Uint8Array): ReadonlyArray<CentralizedMessage> => [
  { type: "centralized-submit", group: client.treeKem.group, message },
]

/** Broadcasts a proposal. */
export const broadcastProposal = Effect.fnUntraced(function* (client: Client, proposal: Uint8Array) {
  // centralized.broadcast-proposal.1
  yield* isActive(client)
  return operated(client, { sends: submitted(client, proposal) })
})

/** Commits these proposals, or those of the selection. */
export const proposeCommit = Effect.fnUntraced(function* (client: Client, references: ReadonlyArray<Uint8Array> | null) {
  // centralized.propose-commit.1
  yield* isActive(client)
  const made = yield* TreeKem.commit(client.treeKem, references ?? TreeKem.select(client.treeKem))
  // centralized.propose-commit.2
  const kept = [...client.kept, { commit: made.commit, welcome: made.welcome, next: made.next }]
  return operated({ ...client, treeKem: made.state, kept }, { sends: submitted(client, made.commit) })
})

/** The users that a commit of ours adds. */
const addedUsers = Effect.fnUntraced(function* ({ proposals }: TreeKemGroup, commit: Uint8Array) {
  const { references } = yield* Effect.orDie(TreeKem.readCommit(commit))
  const isCommitted = (ref: Uint8Array) => references.some((one) => sameBytes(one, ref))
  return proposals.flatMap((one) => (one.type === "admitted-add" && isCommitted(one.ref) ? [one.user] : []))
})

/** What becomes of a member by one message in its turn. */
type Taken = Pick<Operated, "client" | "delivered" | "welcomes">

const taken = (client: Client, delivered: ReadonlyArray<Delivered> = [], welcomes: ReadonlyArray<Welcome> = []): Taken => ({
  client,
  delivered,
  welcomes,
})

const takeOwn = Effect.fnUntraced(function* (client: Client, { number, message }: Ordered, kept: Client["kept"][number]) {
  const { epoch, me, group } = client.treeKem
  // centralized.take.3
  const users = yield* addedUsers(client.treeKem, message)
  const welcomes: ReadonlyArray<Welcome> =
    kept.welcome === null ? [] : [{ users, message: { type: "centralized-welcome", group, number, welcome: kept.welcome } }]
  return taken({ ...client, treeKem: kept.next, kept: [] }, [{ type: "commit", epoch, author: me, commit: message }], welcomes)
})

const isUndecryptable = (verdict: NotAccepted) => verdict._tag === "Refused" && verdict.clause === treeKem.decrypts.id

const takeCommit = Effect.fnUntraced(function* (client: Client, commit: Uint8Array, author: number) {
  const { epoch } = client.treeKem
  // centralized.take.4
  const processed = yield* Effect.result(TreeKem.process(client.treeKem, commit))
  if (Result.isFailure(processed)) {
    if (!isUndecryptable(processed.failure)) return taken(client)
    return taken({ ...client, status: status.stuck, kept: [] }, [{ type: "stuck", epoch }])
  }
  const { state, removed } = processed.success
  const delivered: ReadonlyArray<Delivered> = [{ type: "commit", epoch, author, commit }]
  if (removed) return taken({ ...client, status: status.removed, kept: [] }, [...delivered, { type: "removed", epoch }])
  // centralized.take.5
  return taken({ ...client, treeKem: state, kept: [] }, delivered)
})

const take = Effect.fnUntraced(function* (client: Client, ordered: Ordered) {
  const { message } = ordered
  // centralized.take.1
  const admitted = yield* Effect.result(TreeKem.admit(client.treeKem, message))
  if (Result.isSuccess(admitted)) {
    const { state, admitted: content } = admitted.success
    return taken({ ...client, treeKem: state }, [{ type: "proposal", author: content.author, proposal: message }])
  }
  // centralized.take.2
  const kept = client.kept.find(({ commit }) => sameBytes(commit, message))
  if (kept !== undefined) return yield* takeOwn(client, ordered, kept)
  const read = yield* Effect.result(TreeKem.readCommit(message))
  return Result.isSuccess(read) ? yield* takeCommit(client, message, read.success.author) : taken(client)
})

/** Takes in an ordered message, and everything that it was missing for. */
export const receive = Effect.fnUntraced(function* (before: Client, ordered: Ordered) {
  // centralized.receive.1
  yield* inGroup(before.treeKem.group, ordered.group)
  yield* isActive(before)
  // centralized.receive.2
  const isKept = before.waiting.some(({ number }) => number === ordered.number)
  if (ordered.number < before.next || isKept) return yield* new Ignored({ reason: "duplicate" })
  if (ordered.number > before.next + mostAhead) return yield* refuse(clauses.ahead, `${ordered.number}, next is ${before.next}`)
  // centralized.receive.3
  let client: Client = { ...before, waiting: [...before.waiting, ordered] }
  const [delivered, welcomes]: [Array<Delivered>, Array<Welcome>] = [[], []]
  for (let turn = turnOf(client); turn !== undefined && client.status === status.active; turn = turnOf(client)) {
    const waiting = client.waiting.filter((one) => one !== turn)
    const result = yield* take({ ...client, waiting, next: client.next + 1 }, turn)
    client = result.client
    delivered.push(...result.delivered)
    welcomes.push(...result.welcomes)
  }
  return operated(client, { delivered, welcomes })
})

const turnOf = ({ waiting, next }: Client): Ordered | undefined => waiting.find(({ number }) => number === next)
