/**
 * # The security game
 *
 * Appendix A of the paper gives a game between an adversary and members who follow the protocol. This chapter says it
 * as definitions that run. What is said here of secrecy is checked on recorded runs: whatever the adversary can compute
 * from all that was sent, and from the states that it has taken, is computed, and held against these definitions.
 *
 * ## The oracles
 *
 * The adversary runs the group. It has these oracles, and sees every packet:
 *
 * | oracle | what it does |
 * | --- | --- |
 * | create-group, add-user, remove-user, send-update | an honest member does the operation; what it sends is public |
 * | deliver | an honest member processes a message that it should receive, when the predicates below allow it |
 * | compromise | gives the whole state that a member has at that moment |
 * | reveal | gives the update secret of one message |
 * | challenge | gives the update secret of one message, or 32 random bytes |
 *
 * The adversary wins when it tells the two answers of `challenge` apart. It wins too when `deliver` goes wrong: one who
 * should decrypt a message does not take its sender's update secret, one who should not takes any, or an answer that is
 * required does not come. The latter three are correctness, and must never happen, whatever the schedule.
 *
 * A game of real or random over bytes needs a proof. In place of a distinguisher this chapter takes an adversary that
 * computes: it decrypts what it has keys for, derives what it has the inputs of, and takes apart what is encoded. A
 * secret that such an adversary gets is no secret in the game either. The converse is not claimed.
 *
 * ## Messages and their order
 *
 * The messages of a run are its control messages. `a` **precedes** `b` when it is `b`, when both have one sender and
 * `a` the lower number, when `b` acknowledges `a`, or through a chain of these. The **view** of a message is the view
 * of its sender as of it (chapter "group-membership").
 *
 * - **Should receive**: a member should receive a message when it is in the message's view, or is the one whom the
 *   message removes.
 * - **Should decrypt**: a member should decrypt a message when it is in the message's view.
 * - **Adds the member**: a create or add does, of whom it makes.
 * - **Causally ready**: a member that has joined may process a message when it has processed all that precedes it,
 *   after what added the member.
 * - **Add ready**: a member that has not joined may process nothing but the message that adds it.
 * - **Ack order ready**: the messages of one sender are processed in the order of their numbers.
 *
 * As printed, the paper's `add-ready` can never be true, and a sender's own messages are never delivered to it: erratum
 * F10, chapter "annex". Here what precedes an add is in the welcome, and own messages are processed when they are made.
 *
 * > **Not as in the paper.** A member is added once (chapter "identifiers"), so `re-added` cannot happen: a user who
 * > comes back is another member, with a state of its own. Its keys for first contact are those of the user. They are
 * > not in the state of a member, and are judged apart, under "First contact".
 *
 * ## Compromise
 *
 * A **corruption** is a member, with the messages that it had sent or processed when its state was taken. It
 * **matters** to a message that the member had not yet processed. It does not matter to one that the member had
 * processed: its secret must be gone from the state. That is forward secrecy.
 *
 * A corruption is **healed** for a message when the member has sent an update, create or removal since it was
 * corrupted, which precedes the message.
 *
 * ## Safe
 *
 * Members of one user are corrupted together, and each has had what it has processed itself. An application message is
 * given to none of the other members of its author, and of those to whom it is given one may open it before another
 * (limit dcgka.used-by-another).
 *
 * A message is **safe** when each corruption that matters to it is of a member that should not decrypt it, or is
 * healed. This is the best that any protocol can have.
 *
 * A message is **dominated safe**, when it is safe and there is one update, create or removal that precedes the
 * message, is preceded by a healing message of each healed corruption, and has none of the other corrupted members in
 * its view, although it comes after their additions, as far as these precede the message. Where no corruption matters,
 * no such message is needed. This is what figure 4 reaches, and what key agreement promises here.
 *
 * The difference shows when two members are corrupted, or removed, and heal, or are removed, concurrently. Their two
 * states together follow the group until an update comes that both precede. The policy *heal on concurrency* (chapter
 * "group-messaging") has one sent.
 *
 * ## Who can speak as whom
 *
 * A create, an update and a remove bring a signing key (chapter "causal-broadcast"). The **period** of a key is the
 * number of the message that brought it, and 0 for the signing key of the user. A member takes control messages of
 * another one by the key of the last period that it has processed, and application messages of each chain by the key
 * of the period in which the chain began.
 *
 * A state speaks for a member in the periods whose secret keys it has: the one in which the member sends, and those of
 * its messages that wait to be sent. Whoever has the keyring of a user speaks for each of its members in period 0. No
 * state speaks for a member in another period, whatever is sent.
 *
 * So what the thief of a state can have accepted at another member ends in two steps. Control messages end with the
 * next create, update or remove of the one robbed, when it is processed there. Application messages go on in the chains
 * that began before it: in the last of them until the next control message has come, which states how many messages it
 * has, and in those places of ended chains whose messages have not come. In these places a message of the thief shows
 * when the others have come, because the digests differ (application-messages.differs). Members who go on without an
 * update are spoken for by their thief until they update.
 *
 * ## First contact
 *
 * Who takes the keyring of a user too has its prekeys. A channel that is opened to one of these prekeys later is the
 * adversary's, until a key of the channel has been replaced by the user. A user replaces its prekeys by `rotate` and
 * `retire` (chapter "key-bundles"), and an update replaces no prekeys. This is the limit dcgka.prekeys-stolen.
 *
 * In the game of one first contact, an initiator takes a bundle of a recipient, and seals one message. The adversary
 * has some of the keys that take part, and all that is published and sent. Three questions have an answer each:
 *
 * - **What does the first contact say?** The adversary needs the ephemeral key, with the initiator's agreement key or
 *   the signed prekey; or the recipient's agreement key, the signed prekey and the one-time prekey.
 * - **Who else can write a first contact to this recipient in the initiator's name?** Whoever has the initiator's
 *   agreement key or the signed prekey, as long as the recipient holds the prekeys of a bundle.
 * - **Who else can be written to in the recipient's name?** Whoever has both identity keys of the recipient, by a
 *   bundle of its own.
 *
 * The signing key of the initiator is not asked for in any of them. The ephemeral key is in no state, so a thief of
 * states reads by the second way only. Which state has what:
 *
 * | state | has |
 * | --- | --- |
 * | the initiator's, at any time | its agreement key |
 * | the recipient's, before it has the message | its identity keys, the signed prekey, the one-time prekey |
 * | the recipient's, after | its identity keys, the signed prekey |
 * | the recipient's, when the prekeys have been retired | its identity keys |
 *
 * So no states of both sides that are taken after the message has come give it: that is forward secrecy. But the state
 * after still has the signed prekey, and so lets its thief write to the recipient in anybody's name.
 *
 * ## Two-party messaging
 *
 * In the game of one channel the adversary orders the messages of both sides, each side's in their order, and takes
 * states. A message from A to B is **2SM-safe** when each corruption of B, before B has received the message, is
 * followed by a message of B that A had received when it sent the message. A corruption of A does not matter: what A
 * keeps opens nothing that A has sent.
 *
 * @module
 */
import { declareClauses, declareSteps } from "../conventions/clauses.ts"

export const clauses = declareClauses("security-game", {})

export const steps = declareSteps("security-game", {})

/** What the definitions need to know of a run, whose messages are values of any type `M`. */
export interface Run<M> {
  readonly senderOf: (message: M) => string
  /** Whether the message brings a fresh seed to its view: a create, update or remove does. */
  readonly bringsSeed: (message: M) => boolean
  /** Whom the message makes, and whom it removes. */
  readonly adds: (message: M) => ReadonlyArray<string>
  readonly removes: (message: M) => string | undefined
  /** The messages that precede one, itself included. */
  readonly past: (message: M) => ReadonlySet<M>
  /** The view of its sender as of the message. */
  readonly view: (message: M) => ReadonlySet<string>
}

/** A state that was taken: whose, and whether that member had sent or processed a message by then. */
export interface Corruption<M> {
  readonly member: string
  readonly had: (message: M) => boolean
}

/** Whether `a` precedes `b`, or is it. */
export const precedes = <M>({ past }: Run<M>, a: M, b: M): boolean => past(b).has(a)

/** Whether `member` takes the update secret of the sender from the message. */
export const shouldDecrypt = <M>({ view }: Run<M>, message: M, member: string): boolean => view(message).has(member)

/** Whether the message is for `member` to process. */
export const shouldReceive = <M>(run: Run<M>, message: M, member: string): boolean =>
  shouldDecrypt(run, message, member) || run.removes(message) === member

/** Whether the message makes `member`. */
export const addsMember = <M>({ adds }: Run<M>, message: M, member: string): boolean => adds(message).includes(member)

/**
 * Whether `member`, which was added by `added` and had sent or processed what `had` says, may process the message now.
 */
export const causallyReady = <M>(run: Run<M>, message: M, member: string, added: M, had: (one: M) => boolean): boolean =>
  [...run.past(message)].every((one) => one === message || precedes(run, one, added) || had(one) || !shouldReceive(run, one, member))

/** Whether a corruption matters to the message: its member had not had it. */
export const matters = <M>({ had }: Corruption<M>, message: M): boolean => !had(message)

/** The messages by which the member of a corruption has healed it, of those that precede the message. */
export const healing = <M>(run: Run<M>, { member, had }: Corruption<M>, message: M): ReadonlyArray<M> =>
  [...run.past(message)].filter((one) => run.senderOf(one) === member && run.bringsSeed(one) && !had(one))

/** The predicate *safe*. Source: ePrint 2020/1281 appendix A. */
export const safe = <M>(run: Run<M>, message: M, corruptions: ReadonlyArray<Corruption<M>>): boolean =>
  corruptions.every((one) => !matters(one, message) || !shouldDecrypt(run, message, one.member) || healing(run, one, message).length > 0)

/** The predicate *dominated safe*. Source: ePrint 2020/1281 appendix E. */
export const dominatedSafe = <M>(run: Run<M>, message: M, corruptions: ReadonlyArray<Corruption<M>>): boolean => {
  const those = corruptions.filter((one) => matters(one, message))
  if (those.length === 0) return true
  if (!safe(run, message, those)) return false
  const isAddedBefore = (one: M, member: string) =>
    [...run.past(message)].every((adds) => !addsMember(run, adds, member) || precedes(run, adds, one))
  const isOut = (one: M, corruption: Corruption<M>) =>
    healing(run, corruption, message).some((healed) => precedes(run, healed, one)) ||
    (!run.view(one).has(corruption.member) && isAddedBefore(one, corruption.member))
  return [...run.past(message)].some((one) => run.bringsSeed(one) && those.every((corruption) => isOut(one, corruption)))
}

/** A key by which a member is heard: of whom, and the number of the message that brought it. */
export interface Voice {
  readonly member: string
  readonly period: number
}

/** The keys in a state that was taken: of a member, in these periods. */
export interface RobbedVoice {
  readonly member: string
  readonly periods: ReadonlySet<number>
}

/** Whether who took a state and the keyring of a user, whose members are `members`, speaks with this key. */
export const speaksFor = ({ member, period }: Voice, robbed: ReadonlyArray<RobbedVoice>, members: ReadonlySet<string>): boolean =>
  (period === 0 && members.has(member)) || robbed.some((one) => one.member === member && one.periods.has(period))

/** A secret key that takes part in a first contact. */
export type ContactKey =
  | "initiator-signing"
  | "initiator-agreement"
  | "ephemeral"
  | "recipient-signing"
  | "recipient-agreement"
  | "signed-prekey"
  | "one-time-prekey"

/** Whether the first-contact key follows from some keys. Source: X3DH section 4. */
export const contactFollows = (keys: ReadonlySet<ContactKey>): boolean =>
  keys.has("ephemeral")
    ? keys.has("initiator-agreement") || keys.has("signed-prekey")
    : keys.has("recipient-agreement") && keys.has("signed-prekey") && keys.has("one-time-prekey")

/**
 * Whether some keys let one write to the recipient as the initiator, while the recipient holds the prekeys of a bundle.
 * Source: X3DH section 4.6.
 */
export const contactsAs = (keys: ReadonlySet<ContactKey>): boolean => keys.has("initiator-agreement") || keys.has("signed-prekey")

/** Whether some keys let one be written to as the recipient: by a bundle with prekeys of one's own. */
export const isContactedAs = (keys: ReadonlySet<ContactKey>): boolean => keys.has("recipient-signing") && keys.has("recipient-agreement")

/** The keys of a first contact that each state has. */
export const contactKeysIn = {
  initiator: ["initiator-signing", "initiator-agreement"],
  "recipient-before": ["recipient-signing", "recipient-agreement", "signed-prekey", "one-time-prekey"],
  "recipient-after": ["recipient-signing", "recipient-agreement", "signed-prekey"],
  "recipient-retired": ["recipient-signing", "recipient-agreement"],
} as const satisfies Record<string, ReadonlyArray<ContactKey>>

/** A message of a channel: who sent it, and how many of the other side's messages that side had received by then. */
export interface ChannelPlayed {
  readonly from: "a" | "b"
  readonly number: number
  readonly received: number
}

/** A state of a channel that was taken: whose, and how many messages it had sent and received by then. */
export interface ChannelCorruption {
  readonly of: "a" | "b"
  readonly sent: number
  readonly received: number
}

/** The predicate *2SM-safe*. Source: ePrint 2020/1281 appendix C. */
export const twoPartySafe = (message: ChannelPlayed, corruptions: ReadonlyArray<ChannelCorruption>): boolean =>
  corruptions.every(({ of, sent, received }) => of === message.from || received >= message.number || message.received > sent)
