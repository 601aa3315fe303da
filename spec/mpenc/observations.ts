/**
 * # What can be observed of mpENC sessions
 *
 * Vectors compare packets. What a session promises to its users can be seen from outside, whatever its randomness, and
 * whatever its packets look like. This chapter says what is seen of sessions, by which methods, and what has to be
 * seen. Plays and adapters are as in the chapter "What can be observed" of dcgka.
 *
 * ## The channel and the clock
 *
 * The runner is the group channel of the chapter "notices": it keeps who is in it, puts requests into one line, and
 * gives each event to everybody who is there, at once and in the order of the line. It is the clock, too: each call
 * says what time it is, in milliseconds, and each answer says when something is due next.
 *
 * ## Rounds
 *
 * A play is a list of **rounds**. In a round, one or more acts are begun at the same time: all who act do so before the
 * channel takes any of their requests. Then the channel takes the requests of the first act, then those of the second,
 * and so on; then all that is asked of it in answer, in the order in which it is asked. Then the clock is turned by
 * `span`, with all that becomes due. So at the end of a round nothing is under way.
 *
 * | act | who | is |
 * | --- | --- | --- |
 * | joins | somebody outside of the channel | the action *join* |
 * | includes, excludes, refreshes | a member of the session | the operation |
 * | says | a member of the session | the action *send* with a text |
 * | parts | a member of the session | the action *part* |
 * | leaves | anybody in the channel | no action: the channel puts it out |
 *
 * ## What is changed on the way
 *
 * In a round the network can disturb some members: before each packet of others each of them is given the same packet
 * changed, with one bit of its text in the middle, its first half alone, its last two characters twice, or nothing. A
 * member refuses such a packet, ignores it, or keeps it until it cannot be opened any more. It may warn its user in
 * this round. It asks nothing of the channel for it and shows nothing, and all that is seen of the round is as if
 * nothing had been changed. An implementation does not go wrong inside: the error -32603 is told of.
 *
 * ## Methods
 *
 * | method | does | gives |
 * | --- | --- | --- |
 * | mpenc.appear | makes a handle for a user outside of the channel, with a fresh identity key | a card |
 * | mpenc.meet | takes in the card of another user, over a channel that is trusted | |
 * | mpenc.act, mpenc.receive, mpenc.tick | the steps of a session (chapter "session") | what is asked of the channel, the texts that are shown, warnings, and when something is due |
 * | mpenc.view | | the members of the session, and its secret |
 *
 * Cards and packets are texts that an adapter writes as it likes; only its equals read them. A **warning** is what an
 * honest channel with honest members gives no reason for: a notice *security*, *not-decrypted*, *not-accepted* or
 * *expired*. The **secret** is the group key, or a digest of it, compared for equality, and for nothing else; null
 * without a session of two or more. Who is in no session has itself alone in its view.
 *
 * A packet that does not concern a member, such as one of a session that it is not in, is refused, or answered with
 * nothing. What is refused changes nothing.
 *
 * All users of a play appear and meet each other before the first round. The choices of an application are those that
 * the design document has, with order acknowledgements.
 *
 * A program that writes the packets of this specification says `conclave/1 suite 1` for `wire` in its hello. Its cards
 * are identity public keys in lower-case hex, and so is the secret.
 *
 * ## What has to be seen
 *
 * After each round everybody's view is asked for. Expectations are computed by the definition `after`.
 *
 * | observation | has to be | clauses |
 * | --- | --- | --- |
 * | who is in the session | what the first operation of the round makes of it, without those who have gone | server-order.first, session.atomic, session.absent, session.parting |
 * | who is in the channel | without those who were excluded, and without one who would be alone | session.excluded, session.alone |
 * | secrets | of one session equal, and after each operation that has succeeded other ones | cliques.group-key |
 * | who is shown a text | once, all others who were in the session when it was said and have not gone before the channel took it | session.other-membership |
 * | warnings | none, but of members who are disturbed in this round | |
 * | what is asked for and shown after a packet that was changed on the way | nothing | messages.signature, greeting.signature |
 *
 * @module
 */
import { Schema } from "effect"
import { declareClauses, declareSteps } from "../conventions/clauses.ts"
import { Count, method, Name } from "../conventions/methods.ts"
import { times } from "./liveness.ts"

export const clauses = declareClauses("mpenc-observations", {})

export const steps = declareSteps("mpenc-observations", {})

/** How far the clock is turned in a round: until everything has been acknowledged, and whatever ends has ended. */
export const span = times.shutdown + 4 * times.latency

/** What an adapter writes, and its equals read. */
const Opaque = Schema.String

const Names = Schema.Array(Name)

const Action = Schema.Union([
  Schema.Struct({ type: Schema.Literals(["join", "part", "refresh"]) }),
  Schema.Struct({ type: Schema.Literals(["include", "exclude"]), members: Names }),
  Schema.Struct({ type: Schema.Literal("send"), text: Schema.String }),
])

const Event = Schema.Union([
  Schema.Struct({ type: Schema.Literals(["entered", "enter", "leave"]), members: Names }),
  Schema.Struct({ type: Schema.Literal("left") }),
  Schema.Struct({ type: Schema.Literal("packet"), sender: Name, text: Opaque }),
])

const Requests = Schema.Array(
  Schema.Union([
    Schema.Struct({ type: Schema.Literal("send"), text: Opaque }),
    Schema.Struct({ type: Schema.Literals(["enter", "leave"]) }),
    Schema.Struct({ type: Schema.Literals(["let-in", "kick"]), members: Names }),
  ]),
)

const Stepped = {
  requests: Requests,
  shown: Schema.Array(Schema.Struct({ author: Name, text: Schema.String })),
  warnings: Schema.Array(Schema.String),
  due: Schema.NullOr(Count),
}

/** The methods of an adapter of mpENC. */
export const mpencObservationMethods = {
  "mpenc.appear": method("plays", "Makes a handle for a user outside of the channel.", { on: Name, user: Name }, { card: Opaque }),
  "mpenc.meet": method("plays", "The handle takes in the card of another user.", { on: Name, user: Name, card: Opaque }, {}),
  "mpenc.act": method("plays", "Does what the user wants.", { on: Name, action: Action, now: Count }, Stepped),
  "mpenc.receive": method("plays", "Takes an event of the channel.", { on: Name, event: Event, now: Count }, Stepped),
  "mpenc.tick": method("plays", "Does what is due.", { on: Name, now: Count }, Stepped),
  "mpenc.view": method(
    "plays",
    "The members of the session, and its secret.",
    { on: Name },
    { members: Names, secret: Schema.NullOr(Opaque) },
  ),
} as const

/** The options of an adapter of mpENC: there are none. */
export const mpencObservationOptions = [] as const

/** What is begun in a round. `about` has the members that are included or excluded; `text` names the text that is said. */
export interface Act {
  readonly by: string
  readonly does: "joins" | "includes" | "excludes" | "refreshes" | "says" | "parts" | "leaves"
  readonly about: ReadonlyArray<string>
}

/** Who is in the channel, and who of them in the session: nobody, or two and more; and how many sessions there were. */
export interface Company {
  readonly channel: ReadonlyArray<string>
  readonly session: ReadonlyArray<string>
  readonly count: number
}

const without = (members: ReadonlyArray<string>, others: ReadonlyArray<string>): ReadonlyArray<string> =>
  members.filter((member) => !others.includes(member))

const isOperation = ({ does }: Act): boolean => does === "includes" || does === "excludes" || does === "refreshes"

/** Whether the packet that begins an operation ends it, too. Source: server-order, "Packets that count". */
const isAtOnce = ({ does }: Act, targets: ReadonlyArray<string>): boolean =>
  does === "refreshes" || (does === "excludes" && targets.length === 1)

/** The members of the session that an operation makes. Who begins one without a session includes others in one of its own. */
const targetsOf = ({ by, does, about }: Act, session: ReadonlyArray<string>): ReadonlyArray<string> => {
  const members = session.length === 0 ? [by] : session
  return does === "includes" ? [...members, ...about] : without(members, about)
}

/** The session after the first operation of a round. Of two that follow the same one, the first wins. Source: server-order, session.atomic. */
const operated = (session: ReadonlyArray<string>, acts: ReadonlyArray<Act>): ReadonlyArray<string> => {
  const at = acts.findIndex(isOperation)
  if (at < 0) return session
  const [first, ...later] = acts.slice(at)
  const targets = targetsOf(first!, session)
  // An operation fails when a target leaves while it runs: rule LOI.
  const hasFailed = !isAtOnce(first!, targets) && later.some(({ by, does }) => does === "leaves" && targets.includes(by))
  return hasFailed ? session : targets
}

/** Who is where after a round. */
export const after = ({ channel, session, count }: Company, acts: ReadonlyArray<Act>): Company => {
  const by = (does: Act["does"]) => acts.flatMap((act) => (act.does === does ? [act.by] : []))
  const targets = operated(session, acts)
  const gone = [...by("leaves"), ...by("parts")]
  const members = without(targets, gone)
  const present = without([...channel, ...by("joins")], [...gone, ...without(session, targets)])
  // The only member left leaves the channel: rule alone.
  if (members.length === 1) return { channel: session.length > 1 ? without(present, members) : present, session: [], count }
  // Whoever has gone is excluded by another operation.
  return { channel: present, session: members, count: count + Number(targets !== session) + Number(members.length < targets.length) }
}

/** Who is shown the text that is said by one of the acts of a round. */
export const readersOf = ({ session }: Company, acts: ReadonlyArray<Act>, saying: Act): ReadonlyArray<string> => {
  const before = acts.slice(0, acts.indexOf(saying)).filter(({ does }) => does === "leaves")
  return without(session, [saying.by, ...before.map(({ by }) => by)])
}
