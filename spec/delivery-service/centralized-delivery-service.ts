/**
 * # The centralized delivery service
 *
 * Clauses and steps of this chapter are called `centralized.*`.
 *
 * What TreeKEM's deployments do (FPS 2023 section 3.4), and what the distributed delivery service is to be compared
 * with: a server that all messages go through. It can read nothing but group and epoch, so all that it does is to
 * **order**: it gives each message the next number, and sends it to everybody, its sender included. Members take
 * messages in the order of their numbers, and the first valid commit of an epoch is the one. All see the same order, so
 * all choose the same.
 *
 * The interface is that of the distributed service: a member broadcasts proposals and proposes commits; proposals and
 * commits are delivered to it, as events.
 *
 * ## Messages
 *
 * | message | CBOR | from, to |
 * | --- | --- | --- |
 * | SUBMIT | `[1, group, message]` | member to server |
 * | ORDERED | `[2, group, number, message]` | server to member; numbers from 1, without gaps |
 * | FETCH | `[3, group, number]` | member to server: everything from this number on |
 * | WELCOME | `[4, group, number, welcome]` | committer to new member, by any way: the welcome, and the number of its commit |
 *
 * where `message` is a proposal or a commit of the chapter "tree-kem".
 *
 * ## What each costs and withstands
 *
 * With n members, a proposal or a commit is 1 message to the server and n from it, after 2 delays, whether commits
 * compete or not. What the distributed service needs, counted in runs of both, stands in
 * `docs/delivery-service-costs.md`.
 *
 * | an attacker who has | centralized | distributed, n > 3t |
 * | --- | --- | --- |
 * | the server | can stop the group, or only the updates of one member, who then never heals from a compromise; can show different orders to different members, who part for ever without noticing | there is none |
 * | up to t members | can make commits that compete, and one that some cannot decrypt | the same; no more |
 * | more than t members | the same | can stop the group, and part it |
 * | nobody, but one member is offline | nothing happens to the others | nothing happens to the others if t ≥ 1; with three members or fewer it stops them |
 *
 * The vectors act out the three attacks of the server: `centralized/server-suppresses`,
 * `centralized/server-parts-the-group`, `centralized/server-skips`.
 *
 * > **Erratum CD-1** (FPS 2023 section 3.4): "the members can choose the first valid commit message and coherently
 * > resolve the conflict". Valid for whom? A dishonest committer can make a commit that is in order but that some
 * > members cannot decrypt (erratum D27). If these took it for invalid and went on to the next commit of the epoch,
 * > they would be parted from the others. So a commit that fails only because it does not decrypt is the first valid
 * > one for everybody: whoever cannot decrypt it is **stuck**, and has to be added again. Vector: `centralized/stuck`.
 *
 * @module
 */
import { check, declareClauses, declareSteps, rule } from "../conventions/clauses.ts"
import { listOf, message, nullable, oneOf, record, uint, unlimited, type ValueOf } from "../conventions/encoding.ts"
import { GroupId, Seq } from "../conventions/identifiers.ts"
import { BackEndMessage, TreeKemGroup } from "./tree-kem.ts"

export const clauses = declareClauses("centralized", {
  group: check("MUST", "A message is of the group.", "Conclave"),
  active: check("MUST", "Who is stuck or removed takes no more part.", "Conclave, erratum CD-1"),
  ahead: check("MUST", "A message is at most 1,024 numbers ahead of its turn.", "Conclave"),
  order: rule(
    "MUST",
    "The server numbers messages from 1 in the order in which they come, and sends each to all subscribers, its sender included.",
    "FPS 2023 section 3.4",
  ),
  log: rule("MUST", "The server keeps what it has ordered, and sends it to whoever fetches it.", "FPS 2023 section 3.3"),
  "in-order": rule("MUST", "A member takes messages in the order of their numbers, without gaps, each once.", "FPS 2023 section 3.4"),
  "first-valid": rule(
    "MUST",
    "The first valid commit of an epoch is the one that is delivered; the others are passed over.",
    "FPS 2023 section 3.4",
  ),
  stuck: rule("MUST", "Who cannot decrypt a commit that is in order otherwise is stuck.", "Conclave, erratum CD-1"),
})

export const steps = declareSteps("centralized", {
  submit: [
    "If it is of another group: refused (centralized.group).",
    "Give the message the next number and keep it. Send ORDERED to all subscribers, in the order in which they subscribed.",
  ],
  fetch: [
    "If it is of another group: refused (centralized.group). Take the sender for a subscriber, if it is none.",
    "Send it ORDERED for everything kept from this number on, in ascending order.",
  ],
  "open-member": ["Begin with a state of TreeKEM and the number after the last message that it comes from; send FETCH for that number."],
  "broadcast-proposal": [
    "If one is stuck or removed: refused (centralized.active). Send SUBMIT, whatever it is: what is no proposal " +
      "is passed over by all.",
  ],
  "propose-commit": [
    "If one is stuck or removed: refused (centralized.active). By tree-kem.commit, make the commit of these " +
      "references, or of the selection.",
    "Keep the commit, its welcome and the state after it until the epoch ends; send SUBMIT.",
  ],
  receive: [
    "If it is of another group: refused (centralized.group). If one is stuck or removed: refused (centralized.active).",
    "If its number was taken before, or is kept: ignored. If it is more than 1,024 numbers after the next one: " +
      "refused (centralized.ahead).",
    "Keep it. While the message with the next number is kept and one is neither stuck nor removed: take it, as below.",
  ],
  take: [
    "If it is a proposal: by tree-kem.admit; if that accepts, it is delivered.",
    "If it is one of the commits that one has made and kept in this epoch: the state after it is the new state, and it is delivered.",
    "If that commit has a welcome: send WELCOME, with the number of the commit, to those whom it adds: one " +
      "sending, with the users in the order in which their additions were admitted.",
    "If it is another commit: by tree-kem.process. If that accepts, it is delivered; if it removes oneself, one " +
      "is told so after it, and is removed. If that refuses with tree-kem.decrypts, one is stuck.",
    "Whatever else it is, it is passed over. When the epoch has ended, forget the commits kept.",
  ],
})

export const Submit = message("centralized-submit", 1, { group: GroupId, message: BackEndMessage })
export const Ordered = message("centralized-ordered", 2, { group: GroupId, number: Seq, message: BackEndMessage })
export type Ordered = ValueOf<typeof Ordered>
export const Fetch = message("centralized-fetch", 3, { group: GroupId, number: Seq })
export const Welcoming = message("centralized-welcome", 4, { group: GroupId, number: Seq, welcome: BackEndMessage })
export const CentralizedMessage = oneOf("centralized-message", [Submit, Ordered, Fetch, Welcoming])
export type CentralizedMessage = ValueOf<typeof CentralizedMessage>

/** A subscriber: whatever tells the server where to send, such as a number of a connection. */
const Subscriber = uint(0, 0xffff)

/** The state of the server for a group: its subscribers, and the messages in order; the first one has the number 1. */
export const Server = record("centralized-server", {
  group: GroupId,
  subscribers: listOf(Subscriber, 0, 1 << 16),
  log: listOf(BackEndMessage, 0, unlimited),
})
export type Server = ValueOf<typeof Server>

/** How far ahead of its turn a message is kept. */
export const mostAhead = 1024

/** A commit that its maker keeps until the epoch ends. */
const Kept = record("centralized-kept", { commit: BackEndMessage, welcome: nullable(BackEndMessage), next: TreeKemGroup })

/** The status of a member. */
export const status = { active: 0, stuck: 1, removed: 2 } as const

/**
 * The state of a member: its TreeKEM, its status, the number that comes next, what came before its turn, and the
 * commits that it has made in this epoch.
 */
export const Client = record("centralized-client", {
  treeKem: TreeKemGroup,
  status: uint(0, 2),
  next: Seq,
  waiting: listOf(Ordered, 0, unlimited),
  kept: listOf(Kept, 0, unlimited),
})
export type Client = ValueOf<typeof Client>

/** What is delivered to a member. `epoch` is the one that ended. */
export type Delivered =
  | { readonly type: "proposal"; readonly author: number; readonly proposal: Uint8Array }
  | { readonly type: "commit"; readonly epoch: number; readonly author: number; readonly commit: Uint8Array }
  | { readonly type: "stuck" | "removed"; readonly epoch: number }
