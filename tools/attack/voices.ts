/**
 * Messages in the name of others, application messages, and junk.
 *
 * @module
 */

import * as Application from "../../reference/dcgka/application-messages.ts"
import * as Broadcast from "../../reference/dcgka/causal-broadcast.ts"
import { memberSecret, updateRatchet } from "../../reference/dcgka/ratchet.ts"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import { Envelope, type Item, noDigest } from "../../spec/dcgka/causal-broadcast.ts"
import { Content } from "../../spec/dcgka/group-messaging.ts"
import type { ControlMessage } from "../../spec/dcgka/key-agreement.ts"
import { addInput, emptyRatchet } from "../../spec/dcgka/ratchet.ts"
import { cutFor, type Liar, lastOf, membershipOf, meOf, nothing, signed, type Told } from "./lies.ts"
import { must } from "./running.ts"

/** One for whom the attacker speaks, as a victim has it: its signing key is the attacker's. */
export interface Puppet {
  readonly member: string
  readonly secretKey: Uint8Array
  readonly digest: Uint8Array
  readonly seq: number
}

/**
 * An acknowledgement in the name of another, and after it a message in that name, for one who takes the attacker's key for the other's and has no ratchet of the other. What is acknowledged is the victim's: a message
 * with a seed, which the liar got, or an add.
 */
export const speakAs = (
  liar: Liar,
  puppet: Puppet,
  of: { readonly sender: string; readonly seq: number; readonly seed: Uint8Array | undefined },
  words: string,
): ReadonlyArray<Uint8Array> => {
  const { group } = liar
  const { member: sender, seq, secretKey } = puppet
  const head = { group, sender, seq, ofSender: of.sender, ofSeq: of.seq }
  const control: ControlMessage = of.seed === undefined ? { type: "add-ack", ...head, commitment: null } : { type: "ack", ...head }
  const envelope = signed(liar, [{ control, signingKey: null, cut: null, chain: null, directs: {} }], puppet)
  const input = of.seed === undefined ? addInput : must(liar.seed, memberSecret(of.seed, group, of, sender))
  const step = must(liar.seed, updateRatchet(emptyRatchet, input, group, sender))
  const chain = must(liar.seed, Application.beginOwn(Application.noChains, { group, sender }, seq, step.updateSecret))
  return [envelope, sealed(liar, chain, sender, secretKey, words).message]
}

const sealed = (liar: Liar, chain: Application.ApplicationState, sender: string, secretKey: Uint8Array, words: string) => {
  const content = encodeWire(Content, { type: "data", payload: new TextEncoder().encode(words) })
  return must(liar.seed, Application.seal(chain, { group: liar.group, sender }, secretKey, content))
}

const ownKey = ({ messenger, group, seed }: Liar): Uint8Array =>
  membershipOf({ messenger, group, seed })!.broadcast.signingKey ?? messenger.keyring.keys.signingSecretKey

/** An application message of the liar, `ahead` of the next in its chain; its next control message states it. */
export const sayAhead = (liar: Liar, words: string, ahead = 0): Told | undefined => {
  const membership = membershipOf(liar)!
  const { application, broadcast } = membership
  if (application.own === null) return undefined
  const from = { ...application, own: { ...application.own, index: application.own.index + ahead } }
  const { state, message, chain } = sealed(liar, from, meOf(liar), ownKey(liar), words)
  const { messenger, group } = liar
  const written = Broadcast.write({ state: broadcast, keyring: messenger.keyring }, chain).state
  const after = { ...membership, application: state, broadcast: written }
  const known = messenger.groups[group]!
  const memberships = known.memberships.map((one) => (one === membership ? after : one))
  const groups = { ...messenger.groups, [group]: { ...known, memberships } }
  return { messenger: { ...messenger, groups }, packets: [message], hands: nothing }
}

/** A message in the chain of another, whose keys every member has, signed with the liar's key. */
export const sayAs = (liar: Liar, member: string, words: string): Told | undefined => {
  const { application } = membershipOf(liar)!
  const chain = application.chains[member]?.at(-1)
  if (chain === undefined) return undefined
  const { seq, index, state, commitment, digest } = chain
  const from = { ...application, own: { seq, index, state, commitment, digest } }
  return { messenger: liar.messenger, packets: [sealed(liar, from, member, ownKey(liar), words).message], hands: nothing }
}

/** A control message in the name of another, the next that it could send, signed with the liar's key. */
export const sendAs = (
  liar: Liar,
  member: string,
  control: (head: { readonly group: string; readonly sender: string; readonly seq: number }) => ControlMessage,
  also: Pick<Item, "signingKey" | "directs"> = { signingKey: null, directs: {} },
): Told => {
  const head = { group: liar.group, sender: member, seq: lastOf(liar, member) + 1 }
  const digest = membershipOf(liar)!.broadcast.signers[member]?.digest ?? noDigest
  const made = control(head)
  const packet = signed(liar, [{ control: made, cut: cutFor(liar, made), chain: null, ...also }], { digest, secretKey: ownKey(liar) })
  return { messenger: liar.messenger, packets: [packet], hands: nothing }
}

/** Envelopes of nobody, in the name of a member, that will have to be held: far ahead, and as large as they get with `items` messages. */
export const junk = (group: string, sender: string, count: number, items: number): ReadonlyArray<Uint8Array> =>
  Array.from({ length: count }, (_, number) => {
    const acks = Array.from({ length: items }, (_, index): Item => {
      const control: ControlMessage = {
        type: "ack",
        group,
        sender,
        seq: 1000 + 100 * number + index,
        ofSender: sender.replace(/^./, "0"),
        ofSeq: 1,
      }
      return { control, signingKey: null, cut: null, chain: null, directs: {} }
    })
    return encodeWire(Envelope, { type: "envelope", items: acks, signature: new Uint8Array(64).fill(number) })
  })
