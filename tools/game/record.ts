/**
 * Everything that was sent in a conversation, read again.
 *
 * @module
 */
import { Result } from "effect"
import type { Primitives } from "../../reference/crypto/crypto.ts"
import { memberOf, operationOf } from "../../reference/simulation/locals.ts"
import { decodeWire } from "../../spec/conventions/encoding.ts"
import type { ApplicationMessage } from "../../spec/dcgka/application-messages.ts"
import type { Item } from "../../spec/dcgka/causal-broadcast.ts"
import { Packet } from "../../spec/dcgka/group-messaging.ts"
import type { ControlMessage } from "../../spec/dcgka/key-agreement.ts"
import type { Run } from "../../spec/dcgka/security-game.ts"
import { ChannelMessage } from "../../spec/dcgka/two-party-messaging.ts"
import { type Caused, isSeed, pastOf, viewOf } from "../explore/oracle.ts"

/** Names an application message. */
export const placeOf = ({ sender, seq, index }: { sender: string; seq: number; index: number }) => `${sender} ${seq} ${index}`

/** A control message; or an application message, which comes after the control message whose update secret began its chain. */
export type Sent = Caused & { readonly makes: ReadonlyArray<string>; readonly place: string | undefined }

/** The definitions of the chapter "security-game", on what was sent. */
export const run: Run<Sent> = {
  senderOf: ({ control }) => control.sender,
  bringsSeed: (message) => message.place === undefined && isSeed(message),
  adds: ({ makes }) => makes,
  removes: ({ control, place }) => (place === undefined && control.type === "remove" ? control.member : undefined),
  past: pastOf,
  view: viewOf,
}

/** Names a control message. */
export const keyOf = (sender: string, seq: number) => `${sender} ${seq}`

/** Everything that was sent, read again. */
export class Record {
  readonly controls = new Map<string, Sent>()
  /** First contacts: in which message, and with which member. */
  readonly contacts: Array<{ readonly sender: string; readonly seq: number; readonly to: string }> = []
  /** By member: its user, also of one that never came to be. */
  readonly userOf = new Map<string, string>()
  /** Direct messages, and to which member. */
  readonly directs: Array<{ readonly to: string; readonly direct: Uint8Array }> = []
  readonly applications: Array<{ readonly message: ApplicationMessage; readonly sent: Sent }> = []
  readonly #primitives: Primitives
  #read = 0

  constructor(primitives: Primitives) {
    this.#primitives = primitives
  }

  read(sent: ReadonlyArray<Uint8Array>): void {
    for (; this.#read < sent.length; this.#read++) {
      const packet = Result.getOrThrow(decodeWire(Packet, sent[this.#read]!))
      if (packet.type === "application-message") this.#apply(packet)
      else for (const item of packet.items) this.#add(item)
    }
  }

  #member(group: string, user: string, adder: string | null, seq: number): string {
    return memberOf({ primitives: this.#primitives }, group, user, adder, seq)
  }

  #apply(message: ApplicationMessage): void {
    const previous = this.controls.get(keyOf(message.sender, message.seq))!
    const sent: Sent = { control: previous.control, previous, of: undefined, makes: [], operation: undefined, place: placeOf(message) }
    this.applications.push({ message, sent })
  }

  #add({ control, directs }: Item): void {
    const { group, sender, seq, type } = control
    const key = keyOf(sender, seq)
    for (const [to, direct] of Object.entries(directs)) {
      this.directs.push({ to, direct })
      if (Result.getOrThrow(decodeWire(ChannelMessage, direct)).type === "first-contact") this.contacts.push({ sender, seq, to })
    }
    const of = "ofSender" in control ? this.controls.get(keyOf(control.ofSender, control.ofSeq)) : undefined
    const created = () => (control as Extract<ControlMessage, { type: "create" }>).users.map((user) => this.#member(group, user, null, 0))
    const made = type === "create" ? created() : type === "add" ? [this.#member(group, control.user, sender, seq)] : []
    const named = type === "create" ? control.users : type === "add" ? [control.user] : []
    for (const [index, user] of named.entries()) this.userOf.set(made[index]!, user)
    this.controls.set(key, {
      control,
      previous: this.controls.get(keyOf(sender, seq - 1)),
      of,
      makes: made,
      operation: operationOf(control, made, of),
      place: undefined,
    })
  }
}
