/**
 * # Notices
 *
 * What a session is given, and what it gives. This chapter has no steps of its own; those of the chapters "session" and
 * "extensions" say when each thing is asked or told.
 *
 * ## The channel
 *
 * A group channel is a line of **events**, the same for all who are in it, each seen by those who are members at that
 * point:
 *
 * | event | meaning |
 * | --- | --- |
 * | entered(members) | we have entered, and these are the members, we among them |
 * | left | we have left, or have been kicked |
 * | enter(members) | these others have entered |
 * | leave(members) | these others have left, or have been kicked |
 * | packet(sender, text) | a packet; those of our own come back to us too |
 *
 * and takes **requests**: to send a packet, to enter, to leave, to let somebody in, to kick somebody. A request may be
 * ignored, or satisfied once, later. A request to send names whom it is for; the channel gives every packet to
 * everybody all the same. (With the option `direct`, messages are asked to be sent by another transport, to the members
 * named.)
 *
 * ## What the user is told
 *
 * | notice | for (design document section 2.3) |
 * | --- | --- |
 * | message(id, author, text, members, positions, marked, isEarlier) | a message; real parents; a message of another membership than now |
 * | acknowledged(id), not-acknowledged(id, by, last) | messages not yet acknowledged |
 * | not-accepted(id, author, missing), not-decrypted(sender, size) | messages out of order |
 * | operation(stage, id, by, include, exclude) | progress of an operation: proposed, late, rejected, started, succeeded, failed |
 * | membership(remain, include, exclude, parents) | the result of one |
 * | present(members) | who is in the channel and not in the session |
 * | leaving(member), ended(good) | a member's leave intent; the end of a subsession |
 * | expired(member), back(member) | users not responding |
 * | security(clause, member) | something that an honest channel with honest members does not do |
 * | history-missing(ids) | messages before this subsession that we lack |
 * | plain(sender, text) | a text that is not ours, neither authentic nor secret |
 * | order-unconfirmed(members) | who has not confirmed the order of operations (chapter "extensions") |
 * | not-joined | nobody has included us in the time for it |
 *
 * Content of messages that wait is never shown. `size` is the length of the packet's text, in bytes. Requests and
 * notices of one call come in the order of the steps.
 *
 * What stands in the notices *operation*, *membership*, *message* and *present*, and in which order, is said by the
 * steps session.tell-operation, session.tell-membership, session.tell-message and session.tell-present. `by` of
 * *operation* says whose doing it is: no member ends a session, makes a new key, or stops an operation, without being
 * named. What is included, remains and is excluded is told from where we stand: to a newcomer its first operation
 * includes everybody else, and it remains itself.
 *
 * **Lists of members are not sorted**, unless a step says so. `by` of *not-acknowledged* is in the order of readers,
 * order-unconfirmed in the order of the targets.
 *
 * @module
 */
/** What is asked of the channel. */
export type Request =
  | { readonly type: "send"; readonly recipients: ReadonlyArray<string>; readonly text: string }
  | { readonly type: "send-directly"; readonly recipients: ReadonlyArray<string>; readonly text: string }
  | { readonly type: "enter" }
  | { readonly type: "leave" }
  | { readonly type: "let-in"; readonly members: ReadonlyArray<string> }
  | { readonly type: "kick"; readonly members: ReadonlyArray<string> }

/** What the user is told. */
export type Notice =
  | {
      readonly type: "message"
      readonly id: string
      readonly author: string
      readonly text: string
      readonly members: ReadonlyArray<string>
      readonly positions: ReadonlyArray<number>
      readonly marked: boolean
      readonly isEarlier: boolean
    }
  | { readonly type: "acknowledged"; readonly id: string }
  | { readonly type: "not-acknowledged"; readonly id: string; readonly by: ReadonlyArray<string>; readonly last: boolean }
  | { readonly type: "not-accepted"; readonly id: string; readonly author: string; readonly missing: ReadonlyArray<string> }
  | { readonly type: "not-decrypted"; readonly sender: string; readonly size: number }
  | {
      readonly type: "operation"
      readonly stage: "proposed" | "late" | "rejected" | "started" | "succeeded" | "failed"
      readonly id: string | null
      readonly by: string | null
      readonly include: ReadonlyArray<string>
      readonly exclude: ReadonlyArray<string>
    }
  | {
      readonly type: "membership"
      readonly remain: ReadonlyArray<string>
      readonly include: ReadonlyArray<string>
      readonly exclude: ReadonlyArray<string>
      readonly parents: ReadonlyArray<string>
    }
  | { readonly type: "present"; readonly members: ReadonlyArray<string> }
  | { readonly type: "leaving" | "expired" | "back"; readonly member: string }
  | { readonly type: "ended"; readonly good: boolean }
  | { readonly type: "security"; readonly clause: string; readonly member: string }
  | { readonly type: "history-missing"; readonly ids: ReadonlyArray<string> }
  | { readonly type: "plain"; readonly sender: string; readonly text: string }
  | { readonly type: "not-joined" }
  | { readonly type: "order-unconfirmed"; readonly members: ReadonlyArray<string> }

/** An event of the channel. */
export type ChannelEvent =
  | { readonly type: "entered"; readonly members: ReadonlyArray<string> }
  | { readonly type: "left" }
  | { readonly type: "enter" | "leave"; readonly members: ReadonlyArray<string> }
  | { readonly type: "packet" | "direct"; readonly sender: string; readonly text: string }

/** What the user wants. */
export type UserAction =
  | { readonly type: "join" | "part" | "refresh" | "abort" }
  | { readonly type: "include" | "exclude"; readonly members: ReadonlyArray<string> }
  | { readonly type: "send"; readonly text: string }

/** What the application shows: in the channel or not, in a session or not, and what is under way. */
export type PublicState = "parted" | "joining" | "joined" | "parting"
