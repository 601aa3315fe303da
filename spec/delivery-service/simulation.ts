/**
 * # Simulation of the delivery service
 *
 * A group and its network in memory, without a clock and without randomness of its own: nothing happens but what a
 * **schedule** says, and a schedule is data. So a run can be kept, handed on, made smaller, and played by another
 * implementation, which must come to the same **trace**. No implementation needs this chapter to be used; one that has
 * it can play the runs of the layer "simulation", and hunt for faults of its own.
 *
 * ## Processes
 *
 * A **process** is one user, or one **face** of a faulty one. A faulty user has as many processes as it has faces, with
 * the same keys and draws, which know nothing of each other. Each follows the rules, and each is seen by some users
 * only: what it sends to others is not sent, also while the group settles. All faces receive all that is sent to their
 * user, except from each other. A user with a face that nobody sees is silent. With messages put in by hand (`inject`)
 * that gives whatever a faulty user can sign. The **handle** of a process is the name of its user; for faces after the
 * first with an apostrophe and a number from 1: `D`, `D'1`. Processes are in order of their appearance, faces of one
 * user in their order.
 *
 * A user that is removed may appear again: one more process with the same seed, the next key package and the next
 * handle, which is no member. The former process stays; both receive what is sent to the user, except from each other.
 * Key packages of a user are numbered from 0: one for each process, each face included, and one for each `return`. All
 * faces that appear together have the first of their numbers.
 *
 * The seed of a user, from which all its draws are made (chapter "randomness"), is drawn itself: 32 bytes under the
 * label `user {name}` with a seed of 32 zero bytes. Its key package is number 0 of tree-kem.init, with the symbolic
 * back end.
 *
 * ## A settled group
 *
 * A run begins with a group of given users, of whom the first has one face. Faulty users are members other than the
 * first. A run with a faulty user that is none of these, or with a member that is named twice, is no call; what comes
 * of a faulty user that is named twice or has no face is free. The group is made like this:
 *
 * 1. All users appear, in order.
 * 2. The first one founds the group `66` (sixteen times), and proposes to add each of the others, in order.
 * 3. It commits all (no references given).
 * 4. Messages are delivered in the order in which they were sent. Whenever none is left the next timer ends, until
 *    there is no timer.
 * 5. What was told, the counts of sent messages, and the timers are forgotten. It is time 0, and the trace is 32 zero
 *    bytes.
 *
 * ## Messages and time
 *
 * What a process sends is put on its way to each receiver singly: for each message in order, to each process in order
 * whose user is addressed and who sees it. The **id** of a message on its way is `from>to#n`: the two handles, and how
 * many messages that process has put on their way before. A message is delivered by receive of the chapter
 * "delivery-service"; to a user who is no member a WELCOME by join, and any other message by receive-early. A process
 * that is **down** receives nothing: what is delivered to it is lost. What a move has it do itself (propose, commit,
 * resume, return) it does all the same. A link may be **cut**: then drain, wave, settle and chaos leave its messages
 * where they are. The other moves do not look at that: deliver and repeat deliver, drop and lose lose, on cut links
 * too.
 *
 * Time is counted in delay bounds, from 0, and passes only when a timer ends. A timer that is begun at time x with the
 * length y is set to x + y; when it ends, the time becomes that, unless it is later already. A decision
 * (cascade.take-decision) takes none out that was set before: it may end, and does nothing. A process may have set
 * several timers of one name; of these the one that was begun first ends first. A timer **may end** when its process is
 * up, a member and not removed, and in the epoch that the timer's name begins with. The **next** timer is the one set
 * to the least time of those that may end, and of several the one that was begun first.
 *
 * ## Random numbers
 *
 * A stream of numbers has a seed and a name, both texts. Its block `i` is SHA-256(seed || 0x00 || name || i), texts in
 * UTF-8, `i` in four bytes, big-endian, from 0; each block gives eight numbers of 32 bits, big-endian, in order. A move
 * that draws begins its stream anew. The next number below `limit` is the next number of 32 bits that is less than the
 * greatest multiple of `limit` up to 2^32, modulo `limit`; numbers from there on are passed over.
 *
 * ## Moves
 *
 * A schedule is a list of moves, in the JSON form of `Move` below. Some are about messages with certain properties:
 * `to` and `from` are lists of handles, `kinds` a list of kinds; those of the messages on their way that fit all that
 * are given are **meant**. These lists, and those of `cut`, may have names that nobody has (yet). The kind of an
 * AGREEMENT or GOSSIP is that of the message in it (`bundle`, `endorse`, `retract`, `set-proposal`, `prevote`,
 * `precommit`, `decide`, `murmur-subscribe`, `murmur-gossip`); others are `decision`, `fetch`, `fetched`, `welcoming`.
 *
 * | move | does |
 * | --- | --- |
 * | `propose`: `update`, `add` or `remove`, `by`, `who`, `as` | `by` proposes; the user `who` is added, with its newest key package, or removed. To remove a user that is no member is refused. The proposal is called `as` from now on |
 * | `commit`: names of proposals, or null, `by`, `as` | `by` commits these, or the selection. The commit is called `as` |
 * | `deliver`: id | delivers this message |
 * | `drop`: id | this message is lost |
 * | `lose`: true, which | all messages meant are lost |
 * | `repeat`: true, which | delivers each message meant, and leaves it on its way |
 * | `wave`: true, which | delivers each message meant, but none that is sent meanwhile |
 * | `drain`: `fifo`, `lifo` or `seed {text}`, which, `most` | delivers messages meant one by one until there are none, or `most` are delivered, those among them that are lost because their receiver is down: always the one sent first, the one sent last, or the one at the next number of the stream "drain" of the text, below their count |
 * | `settle`: count | drains all (`fifo`), ends the next timer, and so on; until nothing can be delivered and no timer may end, or so many timers have ended and all is drained once more |
 * | `chaos`: text, `haste`, `most` | `most` times: with numbers of the stream "chaos" of the text. If nothing can be delivered and no timer may end: the move is over. If a timer may end, and nothing can be delivered or else the next number below 100 is less than `haste`: ends the timer at the next number below the count of those that may end, in the order in which they were begun. Several of one name and process all count; where one of these is meant, the first of them ends. Otherwise delivers the message at the next number |
 * | `end`: name of a timer, `of` | ends this timer of `of`; one that is not set ends without time passing. While `of` is down, or no member yet, nothing happens, and a timer that is set stays so |
 * | `down`, `up`: handle | goes down, with its state; is up again |
 * | `resume`: handle | resumes |
 * | `cut`: lists of users | links between users of different lists are cut, and those of nobody listed with somebody listed; a new cut replaces an old one |
 * | `heal`: true | no link is cut |
 * | `return`: handle | this stuck process makes a key package to come back with (delivery-service.come-back); with it its user is added from now on. One that is refused uses up no number |
 * | `appear`: name | a new user, correct, no member; or a user whose processes are all removed, once more |
 * | `inject`: bytes in hex, `from`, `to` | puts this message on its way, as if `from` had sent it |
 *
 * An operation that is refused changes nothing, and gives no name; and so does a commit of what has no name. What moves
 * deliver or end can be written down as `deliver` and `end`: the **expanded** schedule, which gives the same trace.
 *
 * ## Trace
 *
 * A trace is 32 bytes. With each of the following, in the order in which it happens, it becomes SHA-256(CBOR([
 * "conclave/1 delivery trace", trace, ...entry ])):
 *
 * | what happens | entry |
 * | --- | --- |
 * | a message is delivered to a process that is up | `"delivered", id` |
 * | a timer ends, of a process that is up and a member, or was one | `"ended", handle, name` |
 * | a process is told something | `"told", handle, type, epoch, author or null, ref or null` |
 * | a message is put on its way | `"sent", id, SHA-256 of its bytes` |
 * | a timer is begun | `"begun", handle, name, the time to which it is set` |
 *
 * What a step does is entered in the order told, sent, begun; ref and digests are byte strings. A step that is not
 * accepted enters nothing more.
 *
 * @module
 */
import { Schema } from "effect"
import { declareClauses, declareSteps, rule } from "../conventions/clauses.ts"
import { uint } from "../conventions/encoding.ts"
import { UserId } from "../conventions/identifiers.ts"
import { SampleSize } from "./murmur.ts"

export const clauses = declareClauses("simulation", {
  numbers: rule("MUST", "Random numbers are those of the stream with this seed and name.", "Conclave"),
  trace: rule("MUST", "A schedule has one trace.", "Conclave"),
})

export const steps = declareSteps("simulation", {
  settle: ["Make the settled group of these users."],
  play: [
    "The moves are made in order. A move that names somebody or a message that does not exist, has an operation " +
      "done by who has not been a member yet, or a user appear that is a member or waits to be one, is no schedule.",
    "After each move, the trace is what the run gives.",
  ],
})

const Text = Schema.String.check(Schema.isPattern(/^[ -~]{1,128}$/u))
const Handles = Schema.Array(Text)
const Users = Schema.Array(UserId.json as Schema.Codec<string, string>)
const True = Schema.Literal(true)
const Few = uint(0, 100_000).json as Schema.Codec<number, number>
const which = { to: Schema.optionalKey(Handles), from: Schema.optionalKey(Handles), kinds: Schema.optionalKey(Handles) }

/** One move. */
export const Move = Schema.Union([
  Schema.Struct({ propose: Schema.Literals(["update", "add", "remove"]), by: Text, who: Schema.optionalKey(Text), as: Text }),
  Schema.Struct({ commit: Schema.NullOr(Handles), by: Text, as: Text }),
  Schema.Struct({ deliver: Text }),
  Schema.Struct({ drop: Text }),
  Schema.Struct({ lose: True, ...which }),
  Schema.Struct({ repeat: True, ...which }),
  Schema.Struct({ wave: True, ...which }),
  Schema.Struct({ drain: Text, most: Schema.optionalKey(Few), ...which }),
  Schema.Struct({ settle: Few }),
  Schema.Struct({ chaos: Text, haste: Few, most: Few }),
  Schema.Struct({ end: Text, of: Text }),
  Schema.Struct({ down: Text }),
  Schema.Struct({ up: Text }),
  Schema.Struct({ resume: Text }),
  Schema.Struct({ return: Text }),
  Schema.Struct({ cut: Schema.Array(Handles) }),
  Schema.Struct({ heal: True }),
  Schema.Struct({ appear: UserId.json as Schema.Codec<string, string> }),
  Schema.Struct({ inject: Schema.String.check(Schema.isPattern(/^([0-9a-f]{2})+$/u)), from: Text, to: Text }),
])
export type Move = typeof Move.Type

/** A faulty user, and whom each of its faces is seen by. */
export const Faulty = Schema.Struct({ user: Text, faces: Schema.Array(Users) })

/** Who is in the settled group, and what happens then. */
export const Run = Schema.Struct({
  members: Users,
  faulty: Schema.Array(Faulty),
  sampleSize: SampleSize.json as Schema.Codec<number, number>,
  schedule: Schema.Array(Move),
})
export type Run = typeof Run.Type
