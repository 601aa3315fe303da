/**
 * # What can be observed
 *
 * Vectors compare bytes. An implementation that has bytes of its own, or takes its randomness from its system, cannot
 * be judged by them; but what it promises to its users can be seen from outside. This chapter says what is seen of key
 * agreement, by which methods, and what has to be seen. It needs nothing of the wire formats.
 *
 * ## Plays
 *
 * A **play** is a cast of users and a list of steps. A step has one member start an operation, or has one member take
 * messages that others have sent. The runner of plays is the network: it decides who takes what and in which order, who
 * is cut off from whom, and what comes twice. What a member sends is **opaque** to the runner: it is given a name,
 * kept, and handed on.
 *
 * An **adapter** is a small program around an implementation. It answers the methods below for any number of members.
 * Members of one play may sit in several programs, if these write the same bytes.
 *
 * The members of a play are written as letters. A user who is added again, or by two at once, is another member each
 * time, with a letter of its own.
 *
 * ## Names of messages
 *
 * The operations of a play are numbered from 1 in the order in which they are started; the create is 1. What a member
 * sends when it takes the message `3` is named after both: `3>b` is the answer of b to `3`. If b sends a second message
 * right after its answer, it is `3>b+`. So a message has the same name whatever the implementation. Application
 * messages are named m1, m2 and so on, in the order in which they are sealed.
 *
 * ## Methods
 *
 * | method | does | gives |
 * | --- | --- | --- |
 * | user.appear | makes a user with fresh keys | |
 * | user.publish | publishes what one other member needs to write to a member of the user for the first time | a card |
 * | user.meet | takes in a card of another user, or of itself if it has several members, over a channel that is trusted | |
 * | member.enter | makes a handle for a member that the user may become | |
 * | member.create, member.add, member.remove, member.update | the operation | what is sent |
 * | member.process | processes a message of another member, with the direct message for this one, if there is one | what is sent in answer, and the sender's update secret |
 * | member.seal, member.open | seals and opens an application message; only with the option messages | the message, the text |
 * | member.copy | makes a handle with the state that another one has, of the user's keys too; only with the option copies | |
 * | member.view | | who the handle is, and the members in its view |
 *
 * Messages, direct messages, application messages, cards, names of members and secrets are texts that an adapter writes
 * as it likes. Only its equals read them. A text may be empty, and may be as long as a line allows. What is sealed is a
 * text of the runner, of ASCII characters.
 *
 * **Secrets** are compared for equality, and for nothing else. An adapter may give digests of them, as long as equal
 * secrets have equal digests, in all programs of a play. With each message that is sent comes the new update secret of
 * its sender, if it has one by this message. Whoever processes the message gives the same secret, or none. Where an
 * operation of the implementation takes effect only when the layer above confirms it, the adapter confirms it at once.
 *
 * All users of a play appear, publish and meet before the first member enters. All members of a user share its keys and
 * the cards that it has met. A copy has keys, cards and randomness of its own from then on. Answers are sent by
 * `member.process` itself. An implementation that answers later, in its own time, is wrapped so that the adapter asks
 * for the answer.
 *
 * A member that has been removed keeps its name. Its view is not looked at, nor is the view of a member that has not
 * joined.
 *
 * ## Application messages
 *
 * Each update secret of a member begins a chain of application messages (chapter "application-messages"). A member
 * seals in the chain of the last message by which it has a secret. So a message opens for those who take that secret,
 * and for nobody else. What has been opened does not open again.
 *
 * Application messages have no place in the order of control messages. A play may have them come in any order, late,
 * or not at all. It keeps far within the bounds of the chapter "application-messages": nobody is more than ten messages
 * or ten chains ahead. What comes before the message that begins its chain is not opened: it is answered *waiting* or
 * refused, and opens when it comes again in time. What is not opened changes nothing.
 *
 * Who has been removed and does not know it goes on sealing. What it seals opens for those who have taken the secret,
 * whatever they know of its removal. How the layer above marks it is not looked at. Whether one who has taken its own
 * removal still opens what was sealed for it before is left open, too: nobody is asked to.
 *
 * A thief, who has a copy of a member's state, opens nothing that this member had opened before. It opens nothing of a
 * chain whose secret is kept from it by `isApart`.
 *
 * ## What is changed on the way
 *
 * The network of a play can change what it hands on: one bit in the middle of a text, its first half alone, its last
 * byte twice, or nothing at all. A direct message can also be left out, or be that of another member. Whoever gets such
 * a thing refuses it, or says that it is no call. It has the same view as before, and takes the thing as it was sent
 * when it comes again. An implementation does not go wrong inside: the error -32603 is told of.
 *
 * Key agreement itself protects direct messages and application messages; of these everything is changed. That the
 * message for all is as its sender wrote it is a matter of the layer above. So of this message only the first half
 * comes, or nothing: it can be read as no message. A direct message is left out only where nobody could take the
 * message without it: a create, an update, a remove, and the add for its new member.
 *
 * A play can have further groups, of other members. Whoever gets messages of another group learns no secret and opens
 * nothing by them, and its own group goes on.
 *
 * ## In the bytes of this specification
 *
 * Members can sit in several programs when these write alike. A program that writes the formats of this specification
 * says `conclave/1 suite 1` for `wire` in its hello, and writes, in lower-case hex:
 *
 * | text | is |
 * | --- | --- |
 * | a card | a key bundle |
 * | the name of a member | its identifier |
 * | a message, a direct message | the control message, the direct message, both without the envelope of broadcast |
 * | a secret | the update secret |
 * | an application message | the application message |
 *
 * It answers as the methods of the chapter "key-agreement" do: the attachment of an add is empty, and a confirmation is
 * 32 zero bytes. A card expires at 2,000,000,000 seconds, and is met at 1,000,000,000. A text that is none of these is
 * no call, or is refused. Control messages bring no signing keys here. So application messages are signed with the
 * signing key of the sender's user, as its cards have it. The content is the text's bytes in ASCII. No chain is ended.
 * Who has taken its own removal does application-messages.forget-keys.
 *
 * ## Options
 *
 * What an implementation may lack is an option. A play that needs one is skipped where it is not declared.
 *
 * | option | says |
 * | --- | --- |
 * | re-additions | a user who was removed can be added again |
 * | added-twice | a user can be added by two members at once |
 * | delayed-answers | an answer can come later than what its sender has sent after it was seen by others; only the order that the chapter "key-agreement" asks for holds |
 * | duplicates | a message that comes again is recognised: it gives no secret, and changes nothing |
 * | copies | a member's state can be copied into another handle, by member.copy |
 * | messages | application messages are sealed and opened |
 * | former-messages | an application message opens after a later chain of its sender has begun, too |
 * | order | a message that comes before the one of the same sender before it is not taken: it is answered *waiting* or refused, changes nothing, and is taken when it comes again in time |
 *
 * Without delayed-answers all messages come in causal order: whatever a member had taken when it sent a message is
 * taken before that message.
 *
 * ## What has to be seen
 *
 * These follow from the definitions below, and so from the chapters "group-membership", "key-agreement" and
 * "security-game". Expectations of plays are computed by them.
 *
 * | observation | has to be | clauses |
 * | --- | --- | --- |
 * | to whom a message has direct messages | `recipients` | key-agreement.recipients, key-agreement.forward, key-agreement.nobody-outside, key-agreement.own-ack-first, key-agreement.cancelled-addition |
 * | who takes a secret from a message | `readers`, the one that its sender has | key-agreement.recipients, key-agreement.forward, key-agreement.no-view-no-secret |
 * | whether a message is answered | by everybody who takes an operation and stays | key-agreement.record-every-ack |
 * | who is in a view | the members after all that the member has sent and taken | membership.members |
 * | whose present secret somebody who is no member has ever had | nobody's, where it is `isApart` | key-agreement.rekey |
 * | who opens an application message | whom it is for by `isFor`, once it has taken what begins the chain | application-messages.chain-of-secret, application-messages.out-of-order |
 * | who opens an application message a second time | nobody | application-messages.key-used-once |
 * | who takes what was changed on the way, or is another after it | nobody | channel.opens, encoding.shape, application-messages.signature, application-messages.opens |
 * | who learns or opens anything of another group | nobody | key-agreement.group, application-messages.group |
 * | who opens one that is not for it | nobody | application-messages.chain, key-agreement.recipients, key-agreement.rekey |
 * | whether anybody waits, or refuses what was sent to it | nobody | membership.view |
 *
 * A copy is what a **thief** has. It gets everything that travels, and answers nobody. It follows the group for a
 * while, and no longer when the one robbed has updated and others have answered that.
 *
 * At the end of a play, all members do an update at once, and take each other's. An update secret depends on all that
 * the ratchet of its sender was fed, so equal secrets mean that all agree.
 *
 * How an implementation keeps those out who are out is its business. The rekey of erratum S1 is a message of its own
 * here; an implementation that sends none passes where nobody outside is left with a member's present secret.
 *
 * ## As printed in the paper
 *
 * The paper's figure 4 gives other messages in some histories: the errata of the chapter "key-agreement". An
 * implementation that follows the figure is then at odds with a play through no fault of its own. Where what is seen is
 * what the figure gives, a report says so and names the erratum. The definition `printed` has, for a message, the
 * recipients by erratum: F1, the view before the own acknowledgement; F3, the ratchet for whoever is added; F4, the
 * view of one level. F7 is a secret taken from an answer of somebody who did not know the one who takes it, and S1 a
 * present secret that somebody outside has, where a rekey is due.
 *
 * @module
 */
import { Schema } from "effect"
import { declareClauses, declareSteps } from "../conventions/clauses.ts"
import { method, Name } from "../conventions/methods.ts"
import { causalOrder, members, type Operation } from "./group-membership.ts"
import { dominatedSafe, type Run } from "./security-game.ts"

export const clauses = declareClauses("observations", {})

export const steps = declareSteps("observations", {})

/** What an adapter writes as it likes, and its equals read. */
const Opaque = Schema.String

/** A secret, or a digest of it. */
const Secret = Schema.NullOr(Opaque)

const Party = { member: Opaque, user: Name }

/** What is sent: the message for all, the direct messages, and the sender's update secret by it. */
const SentOut = Schema.Struct({
  message: Opaque,
  directs: Schema.Array(Schema.Struct({ ...Party, direct: Opaque })),
  secret: Secret,
})

const Sends = { sent: Schema.Array(SentOut) }

/** The methods of an adapter of key agreement. */
export const observationMethods = {
  "user.appear": method("plays", "Makes a user with fresh keys.", { user: Name }, {}),
  "user.publish": method("plays", "A new card of the user, for one use by one other member.", { user: Name }, { card: Opaque }),
  "user.meet": method("plays", "The user takes in a card of another user.", { user: Name, other: Name, card: Opaque }, {}),
  "member.enter": method("plays", "Makes a handle for a member of the user that is in no group.", { on: Name, user: Name }, {}),
  "member.create": method("plays", "Creates a group with other users.", { on: Name, users: Schema.Array(Name) }, Sends),
  "member.update": method("plays", "Updates.", { on: Name }, Sends),
  "member.add": method("plays", "Adds a user.", { on: Name, user: Name }, Sends),
  "member.remove": method("plays", "Removes a member, given by its name as views have it.", { on: Name, member: Opaque }, Sends),
  "member.process": method(
    "plays",
    "Processes a message: `recipients` are those for whom direct messages came with it, `direct` is the one for us.",
    { on: Name, message: Opaque, recipients: Schema.Array(Opaque), direct: Schema.NullOr(Opaque) },
    { ...Sends, secret: Secret },
  ),
  "member.seal": method("plays", "Seals an application message.", { on: Name, text: Schema.String }, { message: Opaque }),
  "member.open": method("plays", "Opens an application message.", { on: Name, message: Opaque }, { text: Schema.String }),
  "member.copy": method("plays", "Makes the handle `as` with the state of another one.", { on: Name, as: Name }, {}),
  "member.view": method(
    "plays",
    "The name of the member that the handle is, null before it joins, and the members in its view.",
    { on: Name },
    { me: Schema.NullOr(Opaque), members: Schema.Array(Schema.Struct(Party)) },
  ),
} as const

/** The options of an adapter of key agreement. */
export const observationOptions = [
  "re-additions",
  "added-twice",
  "delayed-answers",
  "duplicates",
  "order",
  "copies",
  "messages",
  "former-messages",
] as const
export type ObservationOption = (typeof observationOptions)[number]

/** A message of a play: the members that a create or add makes or a remove removes, and the message that an answer answers. */
export interface Sent {
  readonly name: string
  readonly sender: string
  readonly kind: "create" | "add" | "remove" | "update" | "ack" | "add-ack"
  readonly about: ReadonlyArray<string>
  readonly of: Sent | undefined
  /** The message of the same sender before it. */
  readonly previous: Sent | undefined
}

/** The message and all that precede it, each after those that precede it. */
export const pastOf = (message: Sent, known = new Set<Sent>()): ReadonlySet<Sent> => {
  if (known.has(message)) return known
  for (const one of [message.previous, message.of]) if (one !== undefined) pastOf(one, known)
  return known.add(message)
}

const numberOf = ({ previous }: Sent): number => (previous === undefined ? 1 : numberOf(previous) + 1)

const operationOf = (message: Sent): ReadonlyArray<Operation> => {
  const { sender, kind, about, of } = message
  const head = { sender, seq: numberOf(message) }
  if (kind === "create") return [{ type: kind, ...head, members: about }]
  if (kind === "add" || kind === "remove") return about.map((member) => ({ type: kind, ...head, member }))
  // What is no change of membership is no operation, and neither is its acknowledgement.
  if (of === undefined || !["create", "add", "remove"].includes(of.kind)) return []
  return [{ type: "ack", ...head, ofSender: of.sender, ofSeq: numberOf(of) }]
}

/** The members after these messages and all that precede them. */
export const membersAfter = (messages: Iterable<Sent>): ReadonlyArray<string> => {
  const all = new Set<Sent>()
  for (const message of messages) pastOf(message, all)
  const history = [...all].flatMap(operationOf)
  return members(history, causalOrder(history))
}

/** The view of the sender as of the message. */
export const viewOf = (message: Sent): ReadonlyArray<string> => membersAfter([message])

const isSeed = ({ kind }: Sent): boolean => kind === "create" || kind === "update" || kind === "remove"

const without = (view: ReadonlyArray<string>, ...others: ReadonlyArray<string>): ReadonlyArray<string> =>
  view.filter((member) => !others.includes(member))

/** For whom a message has direct messages, when its sender's view is `view`. Source: key-agreement, "For whom direct messages are". */
const recipientsBy = (message: Sent, view: ReadonlyArray<string>): ReadonlyArray<string> => {
  const { sender, kind, about, of } = message
  if (kind === "add") return about
  if (kind === "add-ack") return view.filter((member) => of!.about.includes(member))
  if (isSeed(message)) return without(view, sender)
  if (!isSeed(of!) || !viewOf(of!).includes(sender)) return []
  return without(view, sender, ...viewOf(of!))
}

/** For whom a message has direct messages. */
export const recipients = (message: Sent): ReadonlyArray<string> => recipientsBy(message, viewOf(message))

/** Whether the sender of a message has a new update secret by it: everybody but who answers a seed that it did not get. */
export const givesSecret = ({ sender, kind, of }: Sent): boolean => kind !== "ack" || !isSeed(of!) || viewOf(of!).includes(sender)

/** Who takes the sender's update secret from a message. */
export const readers = (message: Sent): ReadonlyArray<string> => (givesSecret(message) ? without(viewOf(message), message.sender) : [])

/** Whether a member that takes `message` and is then still one answers it. */
export const isAnswered = ({ kind }: Sent): boolean => kind !== "ack" && kind !== "add-ack"

/** Whether `member` rekeys after its answer to `message`, by erratum S1. */
export const isRekeyed = (message: Sent, member: string): boolean =>
  (message.kind === "update" || message.kind === "remove") && !viewOf(message).includes(member)

/** An application message of a play: its sender, and the message by whose secret its chain begins. */
export interface Sealed {
  readonly sender: string
  readonly chain: Sent
}

/** The message that begins the chain in which a member seals whose last message is `last`. */
export const chainAfter = (last: Sent): Sent => {
  const { previous } = last
  return givesSecret(last) || previous === undefined ? last : chainAfter(previous)
}

/** Whether an application message is for `member`, which opens it when it has taken what begins the chain. */
export const isFor = ({ chain }: Sealed, member: string): boolean => readers(chain).includes(member)

/** Whether the sender of an application message has begun a later chain for `member`, who had these. */
export const isFormer = ({ sender, chain }: Sealed, member: string, had: Iterable<Sent>): boolean => {
  const isLater = (one: Sent) => one.sender === sender && numberOf(one) > numberOf(chain)
  return [...had].some((one) => isLater(one) && readers(one).includes(member))
}

/** A play as a run of the security game. */
const game: Run<Sent> = {
  senderOf: ({ sender }) => sender,
  bringsSeed: isSeed,
  adds: ({ kind, about }) => (kind === "create" || kind === "add" ? about : []),
  removes: ({ kind, about }) => (kind === "remove" ? about[0] : undefined),
  past: (message) => pastOf(message),
  view: (message) => new Set(viewOf(message)),
}

/**
 * Whether the secret of `message` is kept from `member`, who keeps all it ever had, and had sent or taken what `had`
 * says; and from a thief who has its state as of then.
 */
export const isApart = (message: Sent, member: string, had: (one: Sent) => boolean): boolean => {
  // Who takes a message that is not for it, such as its own removal, has nothing of it.
  const opened = (one: Sent) => had(one) && (one.sender === member || viewOf(one).includes(member))
  return !opened(message) && dominatedSafe(game, message, [{ member, had: opened }])
}

const sentOrAnswered = (message: Sent): ReadonlyArray<Sent> => {
  const own = [message, message.of].filter((one) => one !== undefined)
  return message.previous === undefined ? own : [...sentOrAnswered(message.previous), ...own]
}

// What the sender had sent or answered, and what its adder had when it added it.
const oneLevel = (message: Sent): ReadonlySet<Sent> => {
  const own = sentOrAnswered(message)
  const addition = own.find(({ kind, about }) => kind === "add" && about.includes(message.sender))
  return new Set(addition === undefined ? own : [...own, ...sentOrAnswered(addition)])
}

const viewByOneLevel = (message: Sent): ReadonlyArray<string> => {
  const known = oneLevel(message)
  const history = [...pastOf(message)].filter((one) => known.has(one) || one.kind === "create").flatMap(operationOf)
  return members(history, causalOrder(history))
}

const viewBeforeAck = ({ sender, of, previous }: Sent): ReadonlyArray<string> =>
  without(membersAfter(previous === undefined ? [] : [previous]), sender, ...viewOf(of!))

/** The recipients of a message by the paper as printed, where they are others, by the name of the erratum. */
export const printed = (message: Sent): Readonly<Record<string, ReadonlyArray<string>>> => {
  const right = recipients(message)
  const { kind, of } = message
  const found: Record<string, ReadonlyArray<string>> = {}
  if (kind === "ack" && of?.kind === "remove" && givesSecret(message)) found.F1 = viewBeforeAck(message)
  if (kind === "add-ack") found.F3 = of!.about
  found.F4 = recipientsBy(message, viewByOneLevel(message))
  return Object.fromEntries(Object.entries(found).filter(([, others]) => String([...others].sort()) !== String([...right].sort())))
}
