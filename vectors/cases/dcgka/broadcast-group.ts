/**
 * A group over causal broadcast in a case: its members do operations, and their envelopes are delivered in the order that the case says.
 *
 * @module
 */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { labelledDraw } from "../../../reference/crypto/randomness.ts"
import { memberId } from "../../../reference/simulation/network.ts"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { labels } from "../../../spec/conventions/labels.ts"
import type { Missing } from "../../../spec/conventions/verdicts.ts"
import { Envelope, Item, Notes, noDigest } from "../../../spec/dcgka/causal-broadcast.ts"
import { type About, type Author, aCase, type Case, type Fork, fork, type Named, type OutputOf } from "../author.ts"
import { repeated } from "../people.ts"
import { anotherSignature } from "./another-signature.ts"
import { GroupUsers } from "./group-users.ts"

/** An envelope on its way, and the label of the draw that gave the secret key it is signed with. */
export interface EnvelopeInTransit {
  readonly by: string
  readonly envelope: string
  readonly signedWith: string
}

type Received = OutputOf<"broadcast.receive">

/** What was held and is refused when it is judged. */
export type RefusedLater = Received["refused"][number]

/** The messages of an envelope. */
export const itemsOf = (envelope: string): ReadonlyArray<Item> => Result.getOrThrow(decodeWire(Envelope, bytesOf(envelope))).items

/** The messages with the first of them changed. */
export const withFirst = (items: ReadonlyArray<Item>, changes: Partial<Item>): ReadonlyArray<Item> => [
  { ...items[0]!, ...changes },
  ...items.slice(1),
]

/** The kinds of the messages of an envelope. */
export const kindsOf = (envelope: string): string =>
  itemsOf(envelope)
    .map(({ control }) => control.type)
    .join()

/** A secret key that the user of these cases has drawn with this label. */
const drawn = (user: string, label: string): Uint8Array => labelledDraw(nodePrimitives, bytesOf(repeated(user)), label, 32)

/** The public key for a signing key that the user has drawn with this label. */
export const publicKeyOf = (user: string, label: string): Uint8Array => nodePrimitives.ed25519PublicKey(drawn(user, label))

/** A secret key of X25519 that the user has drawn with this label, as it is found in saved states. Who saves it with its bits set has other first and last bytes. */
export const secretKeyOf = (user: string, label: string): Named => ({
  name: `${label} of ${user}`,
  value: Hex.encode(drawn(user, label).slice(1, -1)),
})

/** The first signing key of every user. */
export const identity = "identity/signing"

/** What has been processed of each member, as notes have it. */
const headsOf = (notes: string): string =>
  JSON.stringify(
    Object.entries(Result.getOrThrow(decodeWire(Notes, bytesOf(notes)))).map(([member, { seq, digest }]) => [
      member,
      seq,
      Hex.encode(digest),
    ]),
  )

/** A group whose handles are named like their users. */
export class BroadcastGroup extends GroupUsers {
  readonly digests = new Map<string, Uint8Array>()
  readonly secrets = new Map<string, string>()
  readonly #signingKeys = new Map<string, string>()

  /** The digest of the message `seq` of a member, 32 zero bytes when there is none. */
  digest(member: string, seq: number): Uint8Array {
    return this.digests.get(`${member} ${seq}`) ?? noDigest
  }

  /** The digests of messages, as the chapter says. */
  digestsOf(items: ReadonlyArray<Item>): ReadonlyArray<Uint8Array> {
    const { sender, seq } = items[0]!.control
    let previous = this.digest(sender, seq - 1)
    return items.map((item) => {
      const { control } = item
      const acknowledged = "ofSeq" in control ? this.digest(control.ofSender, control.ofSeq) : null
      previous = nodePrimitives.sha256(encodeCbor([labels.broadcastMessage, previous, acknowledged, encodeWire(Item, item)]))
      return previous
    })
  }

  /** From now on the digests of these messages are those of this envelope, of several that their sender made. */
  note(envelope: string): void {
    const items = itemsOf(envelope)
    for (const [index, digest] of this.digestsOf(items).entries()) {
      this.digests.set(`${items[index]!.control.sender} ${items[index]!.control.seq}`, digest)
    }
  }

  /** An envelope with these messages, signed with the key of that user and label. */
  sealed(items: ReadonlyArray<Item>, user: string, label: string): string {
    const digest = this.digestsOf(items).at(-1)!
    const signature = nodePrimitives.ed25519Sign(drawn(user, label), encodeCbor([labels.envelope, digest]))
    return Hex.encode(encodeWire(Envelope, { type: "envelope", items, signature }))
  }

  /** The same messages under another signature, which verifies, too. */
  signedAgain({ by, envelope, signedWith }: EnvelopeInTransit): string {
    const items = itemsOf(envelope)
    const message = encodeCbor([labels.envelope, this.digestsOf(items).at(-1)!])
    return Hex.encode(encodeWire(Envelope, { type: "envelope", items, signature: anotherSignature(drawn(by, signedWith), message) }))
  }

  /** The envelope with other messages, properly signed. */
  resealed({ by, envelope, signedWith }: EnvelopeInTransit, change: (items: ReadonlyArray<Item>) => ReadonlyArray<Item>): string {
    return this.sealed(change(itemsOf(envelope)), by, signedWith)
  }

  /** The envelope with the control message of its first message changed, properly signed. */
  changed(posted: EnvelopeInTransit, changes: Readonly<Record<string, unknown>>): string {
    return this.resealed(posted, ([first, ...rest]) => [
      { ...first!, control: { ...first!.control, ...changes } as Item["control"] },
      ...rest,
    ])
  }

  /** A second envelope for an update: it brings another signing key, so that all else in it can be processed. */
  second(posted: EnvelopeInTransit): string {
    return this.resealed(posted, ([first, ...rest]) => [{ ...first!, signingKey: publicKeyOf(posted.by, "signing/second") }, ...rest])
  }

  /** The next envelope of a member, or null. */
  flush(by: string): EnvelopeInTransit | null {
    const { envelope } = this.author.accepts("broadcast.flush", { on: by })
    if (envelope === null) return null
    const items = itemsOf(envelope)
    const signedWith = this.#signingKeys.get(by) ?? identity
    this.author.claim(this.sealed(items, by, signedWith) === envelope, "the envelope is signed as the chapter says")
    this.note(envelope)
    const renewed = items.findLast(({ signingKey }) => signingKey !== null)
    if (renewed !== undefined) this.#signingKeys.set(by, `signing/${renewed.control.sender}/${renewed.control.seq}`)
    return { by, envelope, signedWith }
  }

  /** The next envelope of a member, which there must be. */
  post(by: string): EnvelopeInTransit {
    const posted = this.flush(by)
    if (posted === null) throw new Error(`${by} has nothing to send`)
    return posted
  }

  /** Notes the update secret that a member took from a message of its own; everybody else must get the same. */
  #remember(member: string, seq: number, secret: string): void {
    const known = this.secrets.get(`${member} ${seq}`)
    this.author.claim(known === undefined || known === secret, `everybody gets one update secret for ${member} ${seq}`)
    this.secrets.set(`${member} ${seq}`, secret)
  }

  #done(by: string, { seq, updateSecret }: OutputOf<"broadcast.update">): void {
    this.#remember(this.member(by), seq, updateSecret)
  }

  /** The first of `users` creates the group with the others. */
  create(users: ReadonlyArray<string>): EnvelopeInTransit {
    const [creator, ...others] = users as [string, ...Array<string>]
    this.found(users)
    this.#done(creator, this.author.accepts("broadcast.create", { on: creator, users: others }))
    return this.post(creator)
  }

  /** Updates, without sending it yet. */
  queueUpdate(by: string): void {
    this.#done(by, this.author.accepts("broadcast.update", { on: by }))
  }

  update(by: string): EnvelopeInTransit {
    this.queueUpdate(by)
    return this.post(by)
  }

  /** Removes, without sending it yet. */
  queueRemove(by: string, user: string): void {
    this.#done(by, this.author.accepts("broadcast.remove", { on: by, member: this.member(user) }))
  }

  remove(by: string, user: string): EnvelopeInTransit {
    this.queueRemove(by, user)
    return this.post(by)
  }

  /** Adds, without sending it yet. */
  queueAdd(by: string, user: string): void {
    const done = this.author.accepts("broadcast.add", { on: by, user })
    this.#done(by, done)
    this.members.set(user, memberId(this.id, user, this.member(by), done.seq))
  }

  add(by: string, user: string): EnvelopeInTransit {
    this.queueAdd(by, user)
    return this.post(by)
  }

  /** Checks what was taken: everybody gets the same secrets. */
  #took({ taken }: Pick<Received, "taken">): void {
    for (const { secrets } of taken) for (const { member, seq, secret } of secrets) this.#remember(member, seq, secret)
  }

  /** Delivers an envelope, of which, with what was held, `count` messages are processed: those of the envelope when it is not said. */
  deliver(
    posted: Pick<EnvelopeInTransit, "envelope">,
    to: string,
    count = itemsOf(posted.envelope).length,
    missing: ReadonlyArray<Missing> = [],
    refused: ReadonlyArray<RefusedLater> = [],
  ): Received {
    const output = this.author.accepts("broadcast.receive", { on: to, envelope: posted.envelope })
    this.author.claim(output.taken.length === count, `${to} processes ${count} messages, not ${output.taken.length}`)
    this.#lacks(to, output.missing, missing)
    this.#refused(to, output.refused, refused)
    this.#took(output)
    return output
  }

  #refused(user: string, refused: ReadonlyArray<RefusedLater>, claimed: ReadonlyArray<RefusedLater>): void {
    const [told, wanted] = [refused, claimed].map((all) => JSON.stringify(all.map(({ sender, seq, clause }) => [sender, seq, clause])))
    this.author.claim(told === wanted, `${user} refuses ${wanted} of what was held, not ${told}`)
  }

  /** That the envelope of a user that begins with this number was held, and is refused by this clause. */
  refusedLater(user: string, seq: number, { id: clause }: Clause): RefusedLater {
    return { sender: this.member(user), seq, clause }
  }

  #lacks(user: string, missing: ReadonlyArray<unknown>, claimed: ReadonlyArray<Missing>): void {
    this.author.claim(
      JSON.stringify(missing) === JSON.stringify(claimed),
      `${user} lacks ${JSON.stringify(claimed)}, not ${JSON.stringify(missing)}`,
    )
  }

  /** Delivers an envelope that has to be held. */
  holds(posted: Pick<EnvelopeInTransit, "envelope">, to: string, missing: Missing): void {
    this.author.gives(
      "broadcast.receive",
      { on: to, envelope: posted.envelope },
      { taken: [], refused: [], missing: [missing], removed: false },
    )
  }

  /** Delivers an envelope that is refused. */
  refuses(clause: Clause, envelope: string, to: string): void {
    this.author.refuses(clause, "broadcast.receive", { on: to, envelope })
  }

  /** Tries what is held; `count` messages are processed, and then this is missing. */
  retry(on: string, count: number, missing: ReadonlyArray<Missing> = [], refused: ReadonlyArray<RefusedLater> = []): void {
    const output = this.author.accepts("broadcast.retry", { on })
    this.author.claim(output.taken.length === count, `${on} processes ${count} messages that were held`)
    this.#lacks(on, output.missing, missing)
    this.#refused(on, output.refused, refused)
    this.#took(output)
  }

  /** Delivers to one member; gives its answer. */
  answer(posted: EnvelopeInTransit, to: string): EnvelopeInTransit {
    this.deliver(posted, to)
    return this.post(to)
  }

  /** Delivers to all of `to`, and all answers to all, until nobody has anything to send. */
  settle(posted: EnvelopeInTransit, to: ReadonlyArray<string>): void {
    for (let sent: ReadonlyArray<EnvelopeInTransit> = [posted]; sent.length > 0; ) {
      for (const one of sent) for (const user of to) if (user !== one.by) this.deliver(one, user)
      sent = to.map((user) => this.flush(user)).filter((one) => one !== null)
    }
  }

  /** Everybody in `users` has each other, and nobody else, as a member, and the same notes. */
  agree(users: ReadonlyArray<string>): void {
    const members = users.map((user) => ({ member: this.member(user), user })).sort((a, b) => (a.member < b.member ? -1 : 1))
    for (const user of users) this.author.gives("broadcast.members", { on: user }, { members })
    const notes = users.map((user) => headsOf(this.author.accepts("broadcast.notes", { on: user }).notes))
    this.author.claim(new Set(notes).size === 1, "all have the same notes")
  }

  /** A settled group of `users`, in which everybody, the outsiders too, has a key bundle of everybody. */
  static acquainted(author: Author, users: ReadonlyArray<string>, outsiders: ReadonlyArray<string> = []): BroadcastGroup {
    const group = new BroadcastGroup(author, [...users, ...outsiders])
    group.acquaint([...users, ...outsiders])
    group.settle(group.create(users), users)
    return group
  }

  /** Receiving by `to`: an envelope, and one with a fault. */
  fork(posted: EnvelopeInTransit, to: string, wrong: string): Fork<"broadcast.receive"> {
    return fork("broadcast.receive", { on: to, envelope: posted.envelope }, { envelope: wrong })
  }
}

/** A case of a settled group, in which everybody can contact everybody. */
export const broadcastScenario = (
  id: string,
  about: About,
  users: ReadonlyArray<string>,
  outsiders: ReadonlyArray<string>,
  play: (group: BroadcastGroup) => void,
): Case => aCase(`broadcast/${id}`, about, (author) => play(BroadcastGroup.acquainted(author, users, outsiders)))
