/**
 * The welcome: what is in it, and whether what is in it can be.
 *
 * @module
 */
import { Effect } from "effect"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import type { Change, Knowledge } from "../../../spec/dcgka/group-membership.ts"
import { clauses, type Welcome, type WelcomeChange } from "../../../spec/dcgka/key-agreement.ts"
import { emptyRatchet } from "../../../spec/dcgka/ratchet.ts"
import { type Entry, type History, isClosed, knowledgeOf, knows, type Missing, members } from "../group-membership.ts"
import { addOperation, changeDigest, checkCreate, createOperation, type Recorded } from "./record.ts"
import type { Joined, MessageRef } from "./state.ts"

const inWelcome = ({ users, origin }: Joined, change: Change): WelcomeChange => {
  const { sender, seq } = change
  if (change.type === "remove") return change
  if (change.type === "add") return { type: "welcome-add", sender, seq, user: users[change.member]! }
  const others = change.members.filter((member) => member !== sender).map((member) => users[member]!)
  return { type: "welcome-create", sender, seq, users: [users[sender]!, ...others.sort()], ...origin! }
}

/** What a member knows whom a welcome does not speak of: everything before the add, the last of `length` changes. */
const usual = (length: number): Knowledge => ({ length: length - 1, unknown: [] })

const isUsual = ({ length, unknown }: Knowledge, { entries }: History) => length === usual(entries.length).length && unknown.length === 0

/** The welcome of the member whom our last message has added. */
export const welcomeOf = (state: Joined, attachment: Uint8Array): Welcome => {
  const { me, history, seen, ratchets } = state
  // key-agreement.make-welcome.2
  const known: Record<string, Knowledge> = {}
  for (const member of Object.keys(seen)) {
    const knowledge = knowledgeOf(history, member)!
    if (member !== me && !isUsual(knowledge, history)) known[member] = knowledge
  }
  // key-agreement.make-welcome.1
  const changes = history.entries.map(({ change, unknown }) => ({ change: inWelcome(state, change), unknown }))
  // key-agreement.make-welcome.3
  // key-agreement.make-welcome.4
  return { changes, known, seen, ratchet: ratchets[me] ?? emptyRatchet, attachment }
}

const wrongHistory = (says: string) => refuse(clauses["welcome-history"], says)

const asChange = Effect.fnUntraced(function* (group: string, welcomed: WelcomeChange) {
  const { sender, seq } = welcomed
  if (welcomed.type === "welcome-add") return yield* addOperation(group, sender, seq, welcomed.user)
  if (welcomed.type === "welcome-create") {
    yield* Effect.catchTag(checkCreate({ ...welcomed, group }), "Refused", ({ clause }) => wrongHistory(`${clause} in ${group}`))
    return yield* createOperation(group, sender, welcomed.users)
  }
  const recorded: Recorded = { operation: welcomed, users: {} }
  return recorded
})

/** The changes of a welcome, and the users of all members that they bring in. */
const readChanges = Effect.fnUntraced(function* (group: string, changes: Welcome["changes"]) {
  const entries: Array<Entry> = []
  const users: Record<string, string> = {}
  for (const { change: welcomed, unknown } of changes) {
    // key-agreement.check-changes.1
    const isFirst = entries.length === 0
    if (isFirst !== (welcomed.type === "welcome-create")) return yield* wrongHistory("it does not begin with its only create")
    const { operation, users: named } = yield* asChange(group, welcomed)
    Object.assign(users, named)
    entries.push({ change: operation, unknown })
  }
  return { entries, users }
})

const ascendsBelow = (positions: ReadonlyArray<number>, limit: number): boolean =>
  positions.every((position, index) => position < limit && (index === 0 || positions[index - 1]! < position))

/** What of a history the knowledge of members is compared with. */
interface Checked {
  readonly length: number
  readonly missing: Missing
  /** By sender the position of its last change. */
  readonly latest: ReadonlyMap<string, number>
}

/** Checks what the senders of changes did not know. */
const checkEntries = Effect.fnUntraced(function* (entries: ReadonlyArray<Entry>) {
  const latest = new Map<string, number>()
  const missing: Array<ReadonlySet<number>> = []
  for (const [at, { change, unknown }] of entries.entries()) {
    // key-agreement.check-changes.2
    if (!ascendsBelow(unknown, at)) return yield* wrongHistory(`change ${at} does not know what is no earlier change`)
    // key-agreement.check-changes.3
    const previous = latest.get(change.sender)
    const isWrong = previous !== undefined && (entries[previous]!.change.seq >= change.seq || unknown.includes(previous))
    if (isWrong) return yield* wrongHistory(`change ${at} does not come after change ${previous} of its sender`)
    // key-agreement.check-changes.4
    if (at > 0 && change.seq === 1) return yield* wrongHistory(`change ${at} is the first message of its sender`)
    // key-agreement.check-changes.5
    if (!isClosed(missing, { length: at, unknown })) return yield* wrongHistory(`change ${at} does not know what is before what it knows`)
    latest.set(change.sender, at)
    missing.push(new Set(unknown))
  }
  const checked: Checked = { length: entries.length, missing, latest }
  return checked
})

const sameKnowledge = (a: Knowledge, b: Knowledge): boolean => a.length === b.length && a.unknown.join() === b.unknown.join()

const checkKnowledge = Effect.fnUntraced(function* ({ length: total, missing, latest }: Checked, welcome: Welcome) {
  for (const [member, knowledge] of Object.entries(welcome.known)) {
    // key-agreement.check-knowledge.1
    if (welcome.seen[member] === undefined) return yield* wrongHistory(`${member} has sent nothing`)
    // key-agreement.check-knowledge.2
    const { length, unknown } = knowledge
    const most = usual(total).length
    const isForm = length <= most && ascendsBelow(unknown, length - 1) && (length < most || unknown.length > 0)
    if (!isForm) return yield* wrongHistory(`what ${member} knows is not written as it should be`)
    // key-agreement.check-knowledge.3
    const own = latest.get(member)
    const knowsOwn = own === undefined || knows(knowledge, own)
    if (!knowsOwn || !isClosed(missing, knowledge)) return yield* wrongHistory(`${member} does not know what it has to know`)
  }
  // key-agreement.check-knowledge.4
  for (const [member, at] of latest) {
    // The last change is the add; of its sender the welcome says nothing.
    const isLastMessage = at < total - 1 && welcome.changes[at]!.change.seq === welcome.seen[member]
    const asOfIt: Knowledge = { length: at + 1, unknown: [...missing[at]!] }
    if (isLastMessage && !sameKnowledge(asOfIt, welcome.known[member] ?? usual(total)))
      return yield* wrongHistory(`${member} knew another history as of its last message`)
  }
})

const sendersOf = (welcome: Welcome, adder: string): History["senders"] => {
  const { length } = welcome.changes
  const knowledgeIn = (member: string) => (member === adder ? { length, unknown: [] } : (welcome.known[member] ?? usual(length)))
  return Object.fromEntries(Object.entries(welcome.seen).map(([member, last]) => [member, { last, knowledge: knowledgeIn(member) }]))
}

const digestsOf = Effect.fnUntraced(function* (group: string, history: History) {
  const digests: Array<Uint8Array> = []
  for (const position of history.entries.keys()) digests.push(yield* changeDigest({ history, digests }, group, position))
  return digests
})

/** The state of one who joins by the add `message` of a member made of the user `adder`, when what the welcome says can be. */
export const takeWelcome = Effect.fnUntraced(function* (state: Joined, welcome: Welcome, message: MessageRef, adder: string) {
  const { group, me } = state
  const { sender, seq } = message
  // key-agreement.process-welcome.4
  const { entries, users } = yield* readChanges(group, welcome.changes)
  const checked = yield* checkEntries(entries)
  const { change, unknown } = entries.at(-1)!
  // key-agreement.process-welcome.5
  const isAdd = change.type === "add" && change.sender === sender && change.seq === seq && change.member === me
  if (!isAdd || unknown.length > 0) return yield* wrongHistory("it does not end with the add of us by its sender")
  // key-agreement.process-welcome.6
  const isMember = members({ entries, senders: {} }).includes(me)
  if (!isMember || users[sender] !== adder) return yield* wrongHistory("we are no member by it, or its sender is of another user")
  // key-agreement.process-welcome.7
  const isCovered = entries.every(({ change }) => change.seq <= (welcome.seen[change.sender] ?? 0))
  const isCounted = isCovered && welcome.seen[sender] === seq && welcome.seen[me] === undefined
  if (!isCounted) return yield* refuse(clauses["welcome-seen"], "the counts do not cover the history")
  // key-agreement.process-welcome.8
  yield* checkKnowledge(checked, welcome)
  // key-agreement.process-welcome.9
  const create = welcome.changes[0]!.change
  const origin = create.type === "welcome-create" ? { signingKey: create.signingKey, nonce: create.nonce } : null
  const { seen, ratchet } = welcome
  const history = { entries, senders: sendersOf(welcome, sender) }
  const digests = yield* digestsOf(group, history)
  const joined: Joined = { ...state, users, origin, history, digests, seen, ratchets: { [sender]: ratchet } }
  return joined
})
