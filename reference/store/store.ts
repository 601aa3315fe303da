/**
 * Where a messenger is kept, so that nothing is lost or used twice when a program dies at any moment (clause group-messaging.persist-before-send).
 *
 * A program that uses a store takes one input at a time (a packet from the network, a wish of its user), counts them, and for each: loads, does the step, commits, and only then sends the packets that are in the store and shows its
 * events. After a restart it goes on with the first input after `position`, and sends again what has not been marked as sent, byte for byte.
 *
 * @module
 */
import type { Messenger } from "../dcgka/group-messaging.ts"

/** Bytes with the number by which they are marked as done. */
export interface Entry {
  readonly id: number
  readonly bytes: Uint8Array
}

/** What a step changes. */
export interface Change {
  readonly messenger: Messenger
  /** The number of inputs handled, this step's included. */
  readonly position: number
  readonly packets: ReadonlyArray<Uint8Array>
  /** The encodings of events (wire type `event`). */
  readonly events: ReadonlyArray<Uint8Array>
}

/** A store of one messenger. Every method is one transaction: it has happened, durably, when it returns, or not at all. */
export interface Store {
  /** The messenger and the number of inputs handled, undefined before the first commit. Throws when the stored bytes are none of ours. */
  readonly load: () => Pick<Change, "messenger" | "position"> | undefined
  /** Replaces the messenger, and adds packets and events after those that are there. */
  readonly commit: (change: Change) => void
  /** Packets committed and not marked as sent, in order. */
  readonly unsent: () => ReadonlyArray<Entry>
  /** Marks a packet as sent: it is forgotten. */
  readonly sent: (id: number) => void
  /** Events committed and not marked as shown, in order. */
  readonly unshown: () => ReadonlyArray<Entry>
  /** Marks an event as shown: it is forgotten. */
  readonly shown: (id: number) => void
  readonly close: () => void
}
