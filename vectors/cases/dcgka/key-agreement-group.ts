/**
 * A group in a case: its members do operations, and what they send is delivered in the order that the case says.
 *
 * @module
 */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { memberId } from "../../../reference/simulation/network.ts"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { labels } from "../../../spec/conventions/labels.ts"
import { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { ChannelPlaintext } from "../../../spec/dcgka/two-party-messaging.ts"
import { type About, type Author, aCase, type Case, type Fork, fork, type OutputOf } from "../author.ts"
import { GroupUsers } from "./group-users.ts"

/** Something sent: its control message, its direct messages, and the update secret that its sender took from it (null when it took none). */
export interface Sent {
  readonly by: string
  readonly control: string
  readonly directs: ReadonlyArray<{ readonly to: string; readonly message: string }>
  readonly secret: string | null
}

/** What the author claims of a delivery. */
export interface Claims {
  /** Whether the sender's update secret is taken. When not said, it is. */
  readonly secret?: boolean
}

/** The control message in `control`. */
export const controlOf = (control: string): ControlMessage => Result.getOrThrow(decodeWire(ControlMessage, bytesOf(control)))

const { hkdfExpand, hkdfExtract } = nodePrimitives

/** The commitment to a secret, of the message `seq` of a member. */
export const commitmentTo = (secret: string, group: string, sender: string, seq: number): Uint8Array => {
  const info = encodeCbor([labels.commitment, bytesOf(group), bytesOf(sender), seq])
  return hkdfExpand(hkdfExtract(new Uint8Array(), bytesOf(secret)), info, 32)!
}

/** The commitment of an add whose sender has this ratchet. */
export const commitmentOfAdd = (ratchet: Uint8Array, group: string, sender: string, seq: number): Uint8Array => {
  const info = encodeCbor([labels.updateSecret, bytesOf(group), bytesOf(sender)])
  const secret = hkdfExpand(hkdfExtract(ratchet, new TextEncoder().encode("welcome")), info, 32)!
  return commitmentTo(Hex.encode(secret), group, sender, seq)
}

/** The payload of the direct message that was sealed last, as the trace has it. */
export const lastSealed = (author: Author): string => {
  const traced = author.steps.flatMap(({ expect }) => ("trace" in expect ? (expect.trace ?? []) : []))
  const sealed = traced.findLast(({ name }) => name === "channel.plaintext")
  if (sealed === undefined) throw new Error("nothing was sealed")
  return Hex.encode(Result.getOrThrow(decodeWire(ChannelPlaintext, bytesOf(sealed.value))).payload)
}

/** A control message as hex. */
export const controlHex = (control: ControlMessage): string => Hex.encode(encodeWire(ControlMessage, control))

/** A group whose handles are named like their users. */
export class KeyAgreementGroup extends GroupUsers {
  readonly rekeys = new Map<string, Sent>()

  /** The first of `users` creates the group with the others. */
  create(users: ReadonlyArray<string>): Sent {
    const [creator, ...others] = users as [string, ...Array<string>]
    for (const other of others) this.introduce(creator, other)
    this.found(users)
    return this.sent(creator, this.author.accepts("group.create", { on: creator, users: others }))
  }

  update(by: string): Sent {
    return this.sent(by, this.author.accepts("group.update", { on: by }))
  }

  remove(by: string, user: string): Sent {
    return this.sent(by, this.author.accepts("group.remove", { on: by, member: this.member(user) }))
  }

  /** `by` adds `user`, for whom it has a bundle. */
  add(by: string, user: string, attachment = ""): Sent {
    const sent = this.sent(by, this.author.accepts("group.add", { on: by, user, attachment }))
    this.members.set(user, memberId(this.id, user, this.member(by), controlOf(sent.control).seq))
    return sent
  }

  private sent(by: string, output: OutputOf<"group.update">): Sent {
    return { by, control: output.control, directs: output.directs, secret: output.updateSecret }
  }

  /** The direct message for `to`, or null. */
  directOf(sent: Sent, to: string): string | null {
    return sent.directs.find((direct) => direct.to === this.members.get(to))?.message ?? null
  }

  /** What a member is given of something sent. */
  offer({ control, directs }: Omit<Sent, "by" | "secret">, to: string, member = this.members.get(to)) {
    const direct = directs.find((one) => one.to === member)?.message ?? null
    return { on: to, control, recipients: directs.map((one) => one.to), direct }
  }

  /** Delivers to one member; gives its response. */
  deliver(sent: Sent, to: string, claims: Claims = {}): Sent | null {
    const output = this.process(sent, to)
    const secret = (claims.secret ?? true) ? sent.secret : null
    this.author.claim(output.senderSecret === secret, `${to} takes ${secret === null ? "no secret" : "the sender's secret"}`)
    if (output.response === null) return null
    const rekeyed = output.rekey !== null
    if (rekeyed) this.rekeys.set(to, { by: to, ...output.rekey, secret: output.ownSecret })
    return { by: to, ...output.response, secret: rekeyed ? null : output.ownSecret }
  }

  /** The update that `user` sent last because it was no recipient. */
  rekeyOf(user: string): Sent {
    const rekey = this.rekeys.get(user)
    if (rekey === undefined) throw new Error(`${user} has not rekeyed`)
    return rekey
  }

  /** Delivers a message by which `to` is removed. */
  deliverRemoval(sent: Sent, to: string): void {
    const output = this.process(sent, to)
    this.author.claim(output.removed && output.senderSecret === null && output.response === null, `${to} is removed`)
  }

  private process(sent: Sent, to: string) {
    return this.author.accepts("group.process", this.offer(sent, to))
  }

  /** Delivers to all of `to`, then their responses to the sender and to each other. */
  settle(sent: Sent, to: ReadonlyArray<string>): ReadonlyArray<Sent> {
    const others = to.filter((user) => user !== sent.by)
    const responses = others.map((user) => this.deliver(sent, user)).filter((response) => response !== null)
    for (const response of responses) {
      for (const user of new Set([sent.by, ...others])) if (user !== response.by) this.deliver(response, user)
    }
    return responses
  }

  /** A group of `users`, created and settled. */
  static settled(author: Author, users: ReadonlyArray<string>, outsiders: ReadonlyArray<string> = []): KeyAgreementGroup {
    const group = new KeyAgreementGroup(author, [...users, ...outsiders])
    group.settle(group.create(users), users)
    return group
  }

  /** A settled group of `users`, in which everybody, the outsiders too, has a key bundle of everybody. */
  static acquainted(author: Author, users: ReadonlyArray<string>, outsiders: ReadonlyArray<string> = []): KeyAgreementGroup {
    const group = KeyAgreementGroup.settled(author, users, outsiders)
    group.acquaint([...users, ...outsiders])
    return group
  }

  /** Everybody in `users` has each other, and nobody else, as a member. */
  agree(users: ReadonlyArray<string>): void {
    const members = users.map((user) => ({ member: this.member(user), user })).sort((a, b) => (a.member < b.member ? -1 : 1))
    for (const user of users) this.author.gives("group.members", { on: user }, { members })
  }

  /** Processing of `sent` by `to`, right and with one fault. A direct message that is taken away, or comes in addition, changes whom there are direct messages for. */
  fork(
    sent: Sent,
    to: string,
    wrong: { control?: string; direct?: string | null; recipients?: ReadonlyArray<string> },
  ): Fork<"group.process"> {
    const right = this.offer(sent, to)
    const others = right.recipients.filter((member) => member !== this.members.get(to))
    const changed = wrong.direct === undefined ? right.recipients : [...others, ...(wrong.direct === null ? [] : [this.member(to)])]
    return fork("group.process", right, { recipients: changed, ...wrong })
  }

  /** A control message of `by` with fields changed. */
  changed(sent: Sent, changes: Readonly<Record<string, unknown>>): string {
    return controlHex({ ...controlOf(sent.control), ...changes } as ControlMessage)
  }

  /** A direct message of `by` to `to` on a fresh channel, which carries `payload` with `control`. Both need a bundle of each other. */
  crafted(by: string, to: string, payload: string, control: string): string {
    const { author } = this
    author.accepts("channel.open", { on: by, group: this.id, me: this.member(by), peer: this.member(to), peerUser: to })
    return author.accepts("channel.send", { on: by, payload, outer: control }).message
  }
}

/** A case of a settled group, in which everybody can contact everybody. */
export const scenario = (
  id: string,
  about: About,
  users: ReadonlyArray<string>,
  outsiders: ReadonlyArray<string>,
  play: (group: KeyAgreementGroup) => void,
): Case => aCase(`key-agreement/${id}`, about, (author) => play(KeyAgreementGroup.acquainted(author, users, outsiders)))

/** Delivers to several members; gives their responses. */
export const deliverAll = (group: KeyAgreementGroup, sent: Sent, to: ReadonlyArray<string>): ReadonlyArray<Sent> =>
  to.map((user) => group.deliver(sent, user)).filter((response) => response !== null)
