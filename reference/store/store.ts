/**
 * Where a messenger is kept, so that nothing is lost or used twice when a program dies at any moment (clause group-messaging.persist-before-send).
 *
 * A program that uses a store takes one input after another (a packet from the network, a wish of its user), counts them, and for each: loads, does the step, commits, and only then sends the packets that are in the store and shows its
 * events. Inputs that have come together can be committed together: that they are durable costs the disk once. After a restart it goes on with the first input after `position`, and sends again what has not been marked as sent, byte for byte.
 *
 * A store is made once, when a user gets a new messenger, and only opened ever after. A store that cannot be opened is lost, and so is one of which only an older copy is left: a messenger from a copy would use keys again that it has used
 * since. Such a device starts with a new messenger, and is added to its groups again. Do not back a store up.
 *
 * @module
 */
import type { Messenger } from "../dcgka/group-messaging.ts"

/** Bytes with the number by which they are marked as done. */
export interface Entry {
  readonly id: number
  readonly bytes: Uint8Array
}

/** What a step changes, or several steps that are committed together. */
export interface Change {
  readonly messenger: Messenger
  /** The number of inputs handled, those of these steps included. */
  readonly position: number
  /** How many of them are of these steps: one, unless it says otherwise. */
  readonly inputs?: number
  readonly packets: ReadonlyArray<Uint8Array>
  /** The encodings of events (wire type `event`). */
  readonly events: ReadonlyArray<Uint8Array>
}

/** A store of one messenger. Every method is one transaction: it has happened, durably, when it returns, or not at all. */
export interface Store {
  /** The messenger and the number of inputs handled. Throws when the stored bytes are not what was written. */
  readonly load: () => Pick<Change, "messenger" | "position">
  /** Replaces the messenger, and adds packets and events after those that are there. Throws, and changes nothing, when the input before these is not the last that was handled. */
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
