/**
 * # Server order
 *
 * Clauses and steps of this chapter are called `server-order.*`.
 *
 * Nobody knows how to merge two group key agreements that were begun at once, so operations are put into a line. The
 * line is agreed upon without a vote and without a leader: the transport gives everybody the same packets in the same
 * order, each operation says which one it follows, and **the first packet in the channel with a given parent wins**.
 * Whoever keeps to these rules and sees the same channel accepts the same packets, whatever the key agreement is.
 * (Design document section 3.3, and the appendix on hybrid ordering of the notes that it cites.) The server is not
 * trusted with this: the **chain hash** makes a difference between two members' lines visible. Whoever knows the line
 * compares the chain hash of each initial packet with its own; after an operation all compare theirs (chapter
 * "extensions", order acknowledgements).
 *
 * ## Packets that count
 *
 * Each operation has an **initial packet** and a **final packet**, which may be the same one. An initial packet names
 * the final packet of the operation before it (PREV_PF), a final packet belongs to the initial packet of the operation
 * that is running.
 *
 * | greet type | class |
 * | --- | --- |
 * | start-initial, include-initial; exclude-initial with more than one MEMBER | initial |
 * | refresh-initial; exclude-initial with one MEMBER | initial and final |
 * | start-confirm, include-confirm, exclude-confirm, with which the running operation is complete | final |
 * | abort (chapter "extensions") | final, with which the running operation fails |
 * | all others | none: they are for the running operation only |
 *
 * Whether an operation is complete with a confirm is known when the confirm has been verified, not before; one that is
 * not valid is no final packet. (Erratum A20: the original predicts it, and is broken for good when the signature is
 * wrong.)
 *
 * The **summary** of such a packet is all that is looked at here: its packet id, its metadata if it is initial, the
 * packet id of the initial packet that it ends if it is final, and the members of the session that the operation
 * creates, its **targets**.
 *
 * ## Packet id
 *
 * ```text
 * packet id = SHA-256(sender || 0a || others || 0a 0a || text)
 * ```
 *
 * `sender` is the transport's sender, `others` the other members of the channel when the packet came, sorted and joined
 * with 0a, and `text` the whole packet with its armour. So two members for whom the channel had different members have
 * different packet ids, and nobody knows the id of a packet of its own before it comes back.
 *
 * ## Chain hash
 *
 * ```text
 * first = SHA-256(previous final || ff)
 * next  = SHA-256(previous chain hash || packet id || type)
 * ```
 *
 * with the type 32 (`2`) for an initial packet, 31 (`1`) for a final one, 33 (`3`) for one that is both, and ff ||
 * `leave` for a departure. The first member of all draws 32 random bytes as the previous final. (Erratum A5: the notes
 * number the types 1 and 2, the original 2 and 1, which is kept.)
 *
 * ## Departures
 *
 * When a target leaves the channel while its operation runs, the operation has failed at once, for everybody (rule
 * LOI). A departure is no packet, but gets an id like one: that of the text
 *
 * ```text
 * ff || "leave " || packet id (its 32 bytes) of the running initial packet || 0a || leavers, sorted and joined with ","
 * ```
 *
 * sent by `__server__` while the channel had those as members who are left. It is accepted as a final packet.
 *
 * ## Newcomers
 *
 * Who enters a channel does not know the line, and learns where it is from the first initial packet that includes it
 * (rule EII): its PREV_PF and CHAIN_HASH are taken over, and are *opportunistic* until others confirm them. The members
 * check both, and accept no operation whose initial packet has others: so a member that lies to a newcomer about the
 * line gives it an operation that nobody else takes part in, and not a line that differs from everybody's. But an
 * initial packet that does not include the newcomer may be accepted by the others (rule EIO), and then a second one
 * with the same parent is not; so the newcomer notes the parents of those, and joins by none of them.
 *
 * ## State
 *
 * | state | content |
 * | --- | --- |
 * | refusedParents | while we do not know the line: the parents that we must not join by. null when we are **synced** |
 * | line | the packets accepted since we are synced, each with its chain hash and those of its targets that have not confirmed it; the first entry is what we were synced with |
 * | initials | the summaries of the initial packets accepted |
 * | finals | the final packets accepted, the first one that with which we were synced |
 *
 * An operation is **running** when there are as many initials as finals. The definition `operationsOf` says what the
 * rules come to.
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule } from "../conventions/clauses.ts"
import { listOf, nullable, record, type ValueOf } from "../conventions/encoding.ts"
import { type GreetingPacket, MemberName, MessageId, PacketId } from "./records.ts"

const resolver = "design document section 3.3"

export const clauses = declareClauses("server-order", {
  "target-present": check("MUST", "All targets of an operation are in the channel when its initial packet comes (rule XP).", resolver),
  synced: check("MUST", "Who is not synced accepts no final packet.", resolver),
  idle: check("MUST", "No operation is accepted while another is running.", resolver),
  parent: check("MUST", "An initial packet names the final packet of the last operation.", resolver),
  "same-chain": check(
    "MUST",
    "An initial packet has the last chain hash of those who know the line.",
    "Conclave; design document section 6.1.1, server-order consistency",
  ),
  running: check("MUST", "A final packet is accepted only while an operation is running.", resolver),
  "same-operation": check("MUST", "A final packet is for the running operation.", resolver),
  "packet-id": rule("MUST", "Packet ids and the ids of departures are computed as above.", "original implementation"),
  "chain-hash": rule("MUST", "Chain hashes are computed as above.", "original implementation; erratum A5"),
  first: rule(
    "MUST",
    "Of the initial packets with one parent, and of the final packets of one operation, the first in the channel is accepted.",
    resolver,
  ),
  newcomer: rule(
    "MUST",
    "A newcomer is synced by the first initial packet that includes it, unless it noted the parent (rules EII, EIO).",
    resolver,
  ),
  departure: rule("MUST", "An operation fails at the departure of one of its targets (rule LOI).", resolver),
})

export const steps = declareSteps("server-order", {
  peek: [
    "The class of a greeting packet is that of the table, by its greet type and the number of its MEMBERs.",
    "If it is initial: the metadata are PREV_PF, CHAIN_HASH, LATEST_PM and, as the author, SOURCE. If it is " +
      "initial and final, it ends itself.",
  ],
  begin: [
    "With the given previous final (32 random bytes when we are the first member of a session): we are synced; " +
      "line, with its first chain hash, and finals have it as their only entry, and there are no initials. " +
      "No confirmation of that entry is missing.",
  ],
  offer: [
    "If the packet is initial, and one of its targets is not in the channel: refused (server-order.target-present).",
    "If we are not synced, and the packet is not initial: refused (server-order.synced).",
    "If we are not synced, and are none of its targets, or its parent is one of those refused: add its parent to " +
      "those refused, at the end, unless it is there. The verdict is *accepted*, with nothing accepted, and the " +
      "other steps are not done.",
    "If we are not synced: we are now. Line and finals have the parent of the packet as their only entry, with its " +
      "CHAIN_HASH as the chain hash, and there are no initials.",
    "If the line has a packet with this id: ignored.",
    "If the packet is initial, and an operation is running: refused (server-order.idle). If its parent is not the " +
      "last final: refused (server-order.parent).",
    "If the packet is initial, and its CHAIN_HASH is not our last chain hash: refused (server-order.same-chain). " +
      "Otherwise an initial packet is added to the initials.",
    "If the packet is final and not initial, and no operation is running: refused (server-order.running). If it " +
      "ends another packet than the last initial: refused (server-order.same-operation).",
    "If it is final, add it to the finals.",
    "Add it to the line, with its chain hash. All its targets have yet to confirm it, in their order.",
  ],
  depart: [
    "If we are not synced, or no operation is running, or no leaver is a target of the last initial: nothing is done.",
    "Otherwise compute the id of the departure from the last initial, the leavers and those who are left in the " + "channel.",
    "Add it to the finals and, with its chain hash, to the line. Those who were in the session before, without the " +
      "leavers, have yet to confirm it, in their order.",
  ],
})

/** What an initial packet says of the session before it. */
export const OperationMetadata = record("operation-metadata", {
  previousFinal: PacketId,
  chainHash: PacketId,
  author: MemberName,
  latestMessages: listOf(MessageId, 0, 1 << 18),
})

const Members = listOf(MemberName, 1, 1 << 18)

/**
 * All that this chapter looks at: `metadata` is null unless the packet is initial, `ends` is null unless it is final.
 * A packet that counts is one of them at least, and one that is both ends itself.
 */
export const Summary = record("operation-summary", {
  id: PacketId,
  metadata: nullable(OperationMetadata),
  ends: nullable(PacketId),
  targets: Members,
})
export type Summary = ValueOf<typeof Summary>

/** A packet of the line. */
export const AcceptedPacket = record("accepted-packet", { id: PacketId, chainHash: PacketId, unconfirmed: listOf(MemberName, 0, 1 << 18) })

/** The state. */
export const ServerOrder = record("server-order", {
  refusedParents: nullable(listOf(PacketId, 0, 1 << 20)),
  line: listOf(AcceptedPacket, 0, 1 << 20),
  initials: listOf(Summary, 0, 1 << 20),
  finals: listOf(PacketId, 0, 1 << 20),
})
export type ServerOrder = ValueOf<typeof ServerOrder>

/**
 * The classes of greeting packets: those that `maybe-final` stands for are final when the operation is complete with
 * them.
 */
export type PacketClass = "initial" | "initial-and-final" | "maybe-final" | "none"

/** The class of a greeting packet. */
export const classOf = ({ greetType, members }: Pick<GreetingPacket, "greetType" | "members">): PacketClass => {
  switch (greetType) {
    case "start-initial":
    case "include-initial":
      return "initial"
    case "exclude-initial":
      return members.length === 1 ? "initial-and-final" : "initial"
    case "refresh-initial":
      return "initial-and-final"
    case "start-confirm":
    case "include-confirm":
    case "exclude-confirm":
      return "maybe-final"
    default:
      return "none"
  }
}

/** What the type of a packet is in the chain hash. */
export const chainTypes = { initial: [0x32], final: [0x31], both: [0x33], leave: [0xff, 0x6c, 0x65, 0x61, 0x76, 0x65] } as const

/** The sender of a departure. */
export const serverName = "__server__"

/** What a channel shows: a packet that counts, with the members of the channel, or a departure. */
export type ChannelEvent =
  | { readonly type: "packet"; readonly summary: Summary; readonly channel: ReadonlyArray<string> }
  | { readonly type: "leave"; readonly leavers: ReadonlyArray<string>; readonly channel: ReadonlyArray<string> }

/** An operation: its initial packet, and its final packet or departure, null while it runs. */
export interface Operation {
  readonly initial: string
  readonly final: string | null
}

const includesAll = (all: ReadonlyArray<string>, some: ReadonlyArray<string>) => some.every((one) => all.includes(one))

const endOf = (initial: Summary, event: ChannelEvent): boolean =>
  event.type === "packet"
    ? event.summary.metadata === null && event.summary.ends === initial.id
    : event.leavers.some((leaver) => initial.targets.includes(leaver))

/**
 * The operations that are accepted after the final packet `parent`, for those who are synced: the first initial packet
 * with that parent whose targets are all there, the first end of it, and so on. Initial packets with another chain hash
 * than that of their parent count as little as those of strangers, and are not among the events. `departureId` gives
 * the id of a departure.
 */
export const operationsOf = (
  parent: string,
  events: ReadonlyArray<ChannelEvent>,
  departureId: (initial: string, leavers: ReadonlyArray<string>, channel: ReadonlyArray<string>) => string,
): ReadonlyArray<Operation> => {
  const start = events.findIndex(
    (event) =>
      event.type === "packet" && event.summary.metadata?.previousFinal === parent && includesAll(event.channel, event.summary.targets),
  )
  const event = events[start]
  if (event?.type !== "packet") return []
  const initial = event.summary
  if (initial.ends === initial.id)
    return [{ initial: initial.id, final: initial.id }, ...operationsOf(initial.id, events.slice(start + 1), departureId)]
  const end = events.findIndex((one, index) => index > start && endOf(initial, one))
  const last = events[end]
  if (last === undefined) return [{ initial: initial.id, final: null }]
  const final = last.type === "packet" ? last.summary.id : departureId(initial.id, last.leavers, last.channel)
  return [{ initial: initial.id, final }, ...operationsOf(final, events.slice(end + 1), departureId)]
}
