/**
 * # Group membership (SR-DGM)
 *
 * Clauses and steps of this chapter are called `membership.*`.
 *
 * Without a server there is no one list of members: members add and remove concurrently, and each may know of
 * operations that others have not seen. Membership is therefore a *function of a set of operations*: whoever has seen
 * the same operations has the same members, in whatever order they came. The function used here is **strong remove**
 * (ePrint 2020/1281 section 6.1 and definition 6). Of the additions that come before a removal:
 *
 * - a removal takes effect whatever is concurrent to it;
 * - two who remove each other are both removed, when both removals are in the set; which ones come into it is the
 *   business of the chapter "causal-broadcast" (former members);
 * - somebody who is being removed cannot bring in anybody meanwhile, neither directly nor through those it brings in.
 *
 * A removal says nothing of an addition that does not come before it. In a group there is no such addition: the
 * identifier of a member is made from its addition (chapter "identifiers"), so nobody is added twice, and who removes a
 * member knows its addition. The function below also takes histories that no group has. In these the three sentences
 * hold with their proviso only:
 *
 * - A creates A, B; B removes B; A, who does not know it, adds B: the members are A and B.
 * - A creates A, B, C; A removes B, B removes A, C adds A, all concurrently: the members are A and C.
 * - A creates A, B, C; C removes B; A adds B; B acknowledges that and adds D: the members are A, B, C and D.
 *
 * Vectors: `membership/added-beside-its-removal`, `membership/added-beside-mutual-removal`,
 * `membership/brought-in-by-another-addition`.
 *
 * Removal is for good: where nobody is added twice, one who is not in the view as of a message that comes after its
 * addition is in no view as of a later message. The chapter "key-agreement" relies on it.
 *
 * The function does not ask who may act. A removal counts also when its sender never was a member, and so does the
 * removal by one whom a removed member has brought in: A creates A, B, C; A removes B; B adds D; D acknowledges that
 * and removes C; A alone is left. Whether the sender of an operation is a member in its own view is checked by
 * key-agreement.sender-member. Vectors: `membership/remover-never-added`, `membership/removes-though-never-a-member`.
 *
 * Which operations of one who is being removed are in that set is decided where messages are taken: the chapter
 * "causal-broadcast" withholds what a former member sends until a member shows that it counts. So of two who remove
 * each other only one is removed when all others have the same one of the two removals first. For the set of operations
 * that two members have both taken, this chapter gives both the same members.
 *
 * This chapter defines it, as code that runs. The definitions are written to be read; an implementation is free to
 * compute the same faster.
 *
 * Some of it is proved in `spec/proofs`, for every history that the steps of append accept, whoever is dishonest. The
 * computed members are those of definition 6. Members and views are the same for all who have the same operations. The
 * three sentences above hold, with their proviso or where nobody is added twice. A history without acks loses nothing.
 * That removal is for good is proved where nobody is added twice. Not proved is that a program computes what
 * the definitions say: the vectors compare the two.
 *
 * ## Operations and their order
 *
 * An operation is a `create`, an `add`, a `remove` or an `ack`. The first three are **changes**. An `ack` says that its
 * sender has processed a change. Updates do not change membership and are no operations, but they take sequence
 * numbers, so numbers may have gaps.
 *
 * The create is **before** everything else. `a` is before `b` when both have the same sender and `a` the lower sequence
 * number, or when `b` acknowledges `a`, or through a chain of these. Operations neither of which is before the other
 * are **concurrent**.
 *
 * ## Members
 *
 * Take the additions as a graph: an edge leads from "X adds Y" to "Y adds Z" when the first is before the second. The
 * create of X stands for "X adds X", which is the root, and for "X adds Y" for each initial member Y; these come before
 * everything else. An edge from "X adds Y" to "Y adds Z" is **cancelled** by a removal of Y that comes after the first
 * and not after the second: Y was removed, or was being removed by somebody who did not know that it added Z. Somebody
 * is a member when one of its additions can still be reached from the root, and no removal of it comes after that
 * addition.
 *
 * ## Views
 *
 * What X knew when it sent its message number `seq` is all operations of X with at most that number, and everything
 * before them. The members of this set are X's **view as of** that message. Who had sent no operation by then has an
 * empty view. A view depends on nothing but what X knew: all who have these operations have the same view of X as of
 * the message, in whatever histories. A history that lacks one of them may give another view; that no operation is
 * missing is the business of causal broadcast, since numbers have gaps.
 *
 * > **Errata F4, F5, F6** (ePrint 2020/1281 section 6.1, `member-view`). As printed, the view of a user is computed
 * > from the operations that it sent or acknowledged and those its adder knew: that has one level (F4), loses the
 * > acknowledgements of others that put operations in order (F5), and speaks of "now" where the message at hand was
 * > sent earlier (F6). The definition above has none of the three problems, and needs no special word about the adder,
 * > since the first message of a new member acknowledges its addition. Vectors: `membership/f4-view-through-adder`,
 * > `membership/f5-order-through-acks`, `membership/f6-view-as-of-a-message`. In the protocol, F6 as printed makes a
 * > difference only when a user is added again as the same member, which cannot be here (chapter "annex").
 *
 * ## A history without acks
 *
 * Acks matter only for what is before what, and there are many of them: one of each member for each change. A history
 * can be kept, and sent, without them: as its changes in their order, which have the **positions** 0, 1, 2 …; with each
 * change the positions of the earlier ones that it is concurrent to, its `unknown`; and for each sender of an operation
 * its **knowledge**: which changes it had sent, or were before what it had sent, when it sent its last operation. What
 * is before what among the changes, and every view as of a change or as of a sender's last operation, is the same as by
 * the whole history.
 *
 * Knowledge is written as a `length` and a list `unknown`: the changes at the positions below `length` are known but
 * those at the positions `unknown`, which ascend. The last of them is known. In a group in which everybody has
 * acknowledged everything, each list is empty, and each length the number of changes.
 *
 * The definitions `unknownTo` and `knowledgeOf` say what is kept. It need not be computed from the acks when it is
 * needed; one can keep it up to date as operations come:
 *
 * - Whoever sends its first operation knew the create, and nothing else.
 * - After an ack of the change at position `p` its sender knows what it knew, that change, and what is before that
 *   change. Of the changes at positions below the larger of the two lengths (`p + 1` is that of the acknowledged
 *   change) those are unknown then that were unknown, or not below the length, on both sides.
 * - A new change at position `n` gets as its `unknown` what its sender did not know of the `n` changes so far.
 *   Afterwards its sender knows `n + 1` changes but those.
 *
 * What somebody knows is **closed**: whatever is before a known change is known too. In particular, of the changes of
 * one sender those known are the earliest ones.
 *
 * @module
 */
import { check, declareClauses, declareSteps, provedBy, rule, theorems } from "../conventions/clauses.ts"
import { listOf, message, oneOf, record, uint, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { MemberId, Seq } from "../conventions/identifiers.ts"

export const clauses = declareClauses("membership", {
  "create-first": provedBy(
    theorems("MembershipRemoval", "of_list_valid"),
    check("MUST", "A history begins with its only create, and a create's sender is one of its members.", "ePrint 2020/1281 definition 6"),
  ),
  "seq-rises": provedBy(
    theorems("MembershipRemoval", "of_list_valid"),
    check("MUST", "The sequence numbers of a sender rise.", "ePrint 2020/1281 section 5"),
  ),
  "ack-known": provedBy(
    theorems("MembershipRemoval", "of_list_valid"),
    check(
      "MUST",
      "An ack names a create, add or remove that stands before it in the history.",
      "ePrint 2020/1281 section 5 and figure 4, process-ack",
    ),
  ),
  members: provedBy(
    [
      ...theorems("MembershipMembers", "members_In", "members_convergent"),
      ...theorems("MembershipRemoval", "fresh_removed_is_out", "fresh_mutual_removal", "fresh_brings_nobody"),
      ...theorems("MembershipForGood", "out_of_all"),
      ...theorems("MembershipReference", "reference_all"),
    ],
    rule("MUST", "The members are those that the definition `members` gives.", "ePrint 2020/1281 definition 6"),
  ),
  kept: provedBy(
    theorems("MembershipKept", "rules_sound", "compact_order", "compact_view_of_change", "compact_view_of_sender"),
    rule("MUST", "What is kept of a history without acks is what the definitions `unknownTo` and `knowledgeOf` give.", "Conclave"),
  ),
  view: provedBy(
    [
      ...theorems("MembershipRemoval", "view_of_known", "view_is_local"),
      ...theorems("MembershipForGood", "out_for_good"),
      ...theorems("ViewsByBroadcast", "view_by_broadcast", "view_of_the_added"),
    ],
    rule(
      "MUST",
      "The view of a member as of a message is that of the definition `memberView`.",
      "ePrint 2020/1281 section 6.1; errata F4, F5, F6",
    ),
  ),
})

export const steps = declareSteps("membership", {
  append: [
    "If the history is empty, and the operation is not a create with its sender among its members: " + "refused (membership.create-first).",
    "If the history is not empty, and the operation is a create: refused (membership.create-first).",
    "If the history has an operation of the same sender with the same or a higher sequence number: " + "refused (membership.seq-rises).",
    "If it is an ack, and the history has no create, add or remove with the sender and number that it " +
      "names: refused (membership.ack-known).",
    "Add the operation to the history.",
  ],
})

/** `sender` creates the group with the initial `members`, of whom it is one. */
export const Create = message("create", 0, { sender: MemberId, seq: Seq, members: listOf(MemberId, 1, 1024) })
/** `sender` removes `member`. */
export const Remove = message("remove", 2, { sender: MemberId, seq: Seq, member: MemberId })
/** `sender` adds `member`. */
export const Add = message("add", 3, { sender: MemberId, seq: Seq, member: MemberId })
/** `sender` has processed the change of `ofSender` with the number `ofSeq`. */
export const Ack = message("ack", 4, { sender: MemberId, seq: Seq, ofSender: MemberId, ofSeq: Seq })
/** A change of membership. */
export const Change = oneOf("change", [Create, Remove, Add])
export type Change = ValueOf<typeof Change>
/** An operation of the membership function. */
export const Operation = oneOf("operation", [Create, Remove, Add, Ack])
export type Operation = ValueOf<typeof Operation>

/** A history: operations in an order in which each comes after all that are before it. */
export type History = ReadonlyArray<Operation>

const directlyBefore = (a: Operation, b: Operation): boolean =>
  a.type === "create" || (a.sender === b.sender && a.seq < b.seq) || (b.type === "ack" && b.ofSender === a.sender && b.ofSeq === a.seq)

/** The relation *before*, of a whole history: the transitive closure of the three rules. */
export const causalOrder = (history: History): ((a: Operation, b: Operation) => boolean) => {
  const earlier = new Map<Operation, Set<Operation>>()
  for (const operation of history) {
    const set = new Set<Operation>()
    for (const [candidate, itsEarlier] of earlier) {
      if (directlyBefore(candidate, operation)) for (const one of [candidate, ...itsEarlier]) set.add(one)
    }
    earlier.set(operation, set)
  }
  return (a, b) => earlier.get(b)?.has(a) ?? false
}

interface Addition {
  readonly adder: string
  readonly added: string
  /** The operation, to compare by *before*. The additions of the create all have the create. */
  readonly by: Operation
}
const additions = (operations: History): ReadonlyArray<Addition> =>
  operations.flatMap((by): ReadonlyArray<Addition> => {
    if (by.type === "create") return by.members.map((added) => ({ adder: by.sender, added, by }))
    return by.type === "add" ? [{ adder: by.sender, added: by.member, by }] : []
  })

/**
 * The members after `operations`, in ascending order. `before` is the order of the history that the operations are
 * taken from. Source: ePrint 2020/1281, definition 6.
 */
export const members = (operations: History, before = causalOrder(operations)): ReadonlyArray<string> => {
  const all = additions(operations)
  const root = all.find((addition) => addition.by.type === "create" && addition.added === addition.adder)
  const removals = operations.filter((operation) => operation.type === "remove")
  const cancelled = (from: Addition, to: Addition) =>
    removals.some((removal) => removal.member === from.added && before(from.by, removal) && !before(to.by, removal))
  const isRootEdge = (from: Addition, to: Addition) => from === root && to.by === root.by && to !== root
  const edge = (from: Addition, to: Addition) =>
    isRootEdge(from, to) || (from.added === to.adder && before(from.by, to.by) && !cancelled(from, to))
  const reached = new Set<Addition>(root === undefined ? [] : [root])
  for (const from of reached) for (const to of all) if (edge(from, to)) reached.add(to)
  const isMember = (addition: Addition) => !removals.some((removal) => removal.member === addition.added && before(addition.by, removal))
  return [...new Set([...reached].filter(isMember).map((addition) => addition.added))].sort()
}

/**
 * What `member` knew when it sent its message number `seq`: its operations with at most that number, and all before
 * them.
 */
export const knownTo = (history: History, member: string, seq: number): History => {
  const before = causalOrder(history)
  const own = history.filter((operation) => operation.sender === member && operation.seq <= seq)
  return history.filter((operation) => own.some((one) => one === operation || before(operation, one)))
}

/** The view of `member` as of its message number `seq`, in ascending order; empty when it had sent nothing. */
export const memberView = (history: History, member: string, seq: number): ReadonlyArray<string> => members(knownTo(history, member, seq))

/** A position in the list of changes of a history; that of the create, 0, which everybody knows, is never written. */
export const Position = uint(1, unlimited)

/**
 * What somebody knows of a history: the changes at the positions below `length` but those at the positions `unknown`.
 */
export const Knowledge = record("knowledge", { length: uint(1, unlimited), unknown: listOf(Position, 0, unlimited) })
export type Knowledge = ValueOf<typeof Knowledge>

/** The changes of a history, in their order. */
export const changesOf = (history: History): ReadonlyArray<Change> => history.filter((operation) => operation.type !== "ack")

/**
 * The positions of the changes that come earlier in the history than the change at `position`, and are not before it.
 */
export const unknownTo = (history: History, position: number): ReadonlyArray<number> => {
  const before = causalOrder(history)
  const changes = changesOf(history)
  return [...changes.keys()].filter((earlier) => earlier < position && !before(changes[earlier]!, changes[position]!))
}

/** What `member` knew when it sent its last operation; undefined when it has sent none. */
export const knowledgeOf = (history: History, member: string): Knowledge | undefined => {
  const known = knownTo(history, member, Number.MAX_SAFE_INTEGER)
  const changes = changesOf(history)
  const isKnown = (position: number) => known.includes(changes[position]!)
  const length = [...changes.keys()].findLastIndex(isKnown) + 1
  if (length === 0) return undefined
  return { length, unknown: [...changes.keys()].filter((position) => position < length && !isKnown(position)) }
}
