/**
 * # What can be observed of MLS groups
 *
 * Implementations of MLS write the bytes of RFC 9420, and take their randomness from their system. Vectors cannot judge
 * them beyond what they read; but a group has to be seen to hold together. This chapter says what is seen of MLS
 * groups, by which methods, and what has to be seen. Plays and adapters are as in the chapter "What can be observed" of
 * dcgka.
 *
 * Members of one play sit in several programs, since all write the bytes of RFC 9420. They use what the back end MLS of
 * the chapter "tree-kem" uses: cipher suite 3, basic credentials that are the user's name in ASCII, proposals and
 * commits as PublicMessages, and the ratchet tree as an extension in the welcome.
 *
 * ## Names of messages
 *
 * What the members of a play send is numbered from 1, in the order in which it is sent: proposals, commits and
 * application messages. A welcome has the number of its commit. An epoch is named by the commit that begins it; the
 * epoch of the founder alone is 0. A play can have another group, with another identifier; the epoch of its founder x
 * alone is 0x.
 *
 * A member of a play is written as a letter. Each has a key package of its own. A user who is added again is another
 * member, with a letter of its own.
 *
 * ## Methods
 *
 * | method | does | gives |
 * | --- | --- | --- |
 * | mls.publish | makes a handle for somebody outside, with fresh keys; with the option delivery, a signature key may be brought | a card: its key package |
 * | mls.found | founds a group with this identifier, in hexadecimal digits | |
 * | mls.add, mls.remove, mls.update | proposes | the proposal |
 * | mls.admit | takes a proposal of another member, and keeps it | |
 * | mls.commit | commits just these proposals, all by reference, and stays in the epoch | the commit, and the welcome if somebody is added |
 * | mls.process | takes a commit, and goes on to the epoch that it begins | whether it removes this member |
 * | mls.join | joins by a welcome | |
 * | mls.seal, mls.open | seals and opens an application message; only with the option messages | the message, the text |
 * | mls.copy | makes a handle with the state that another one has; only with the option copies | |
 * | mls.view | | epoch, members, authenticator, and an exported secret |
 * | mls.info | only with the option delivery | the group info of the epoch, with its ratchet tree |
 *
 * Cards, proposals, commits, welcomes, application messages and group infos are MLSMessages in lower-case hexadecimal
 * digits. To the runner they are **opaque**: it keeps them and hands them on. The authenticator is the epoch
 * authenticator, the exported secret is the group key of the chapter "tree-kem"; both are in hexadecimal digits. They
 * are compared for equality, and an adapter is never told what they should be. The name of a member is its leaf, as a
 * decimal number.
 *
 * A member that has committed can take another's commit of the same epoch, and can commit again. `mls.process` of its
 * own commit takes the state that the commit made. A member that is removed stays in its epoch, and can do no harm.
 *
 * What is refused changes nothing.
 *
 * ## What is changed on the way
 *
 * The network of a play can change what it hands on: one bit in the middle, its first half alone, its last byte twice,
 * or nothing at all. MLS protects everything that members send. So whoever gets such a proposal, commit, welcome or
 * application message refuses it, is in the epoch in which it was, and takes the thing as it was sent when it comes
 * again. A library does not go wrong inside: the error -32603 is told of. Nobody seals an application message while it
 * has proposals that are not committed (RFC 9420 section 12.4), since libraries refuse to.
 *
 * ## Options
 *
 * | option | says |
 * | --- | --- |
 * | copies | a member's state can be copied into another handle, by mls.copy |
 * | messages | application messages are sealed and opened |
 * | former-messages | an application message of the epoch before opens, too |
 * | delivery | what a member of the delivery service needs: a signature key can be brought, and a group info is given |
 *
 * ## What has to be seen
 *
 * After each step that brings a member into an epoch, its view is asked for. Expectations are computed by the
 * definitions below.
 *
 * | observation | has to be | clauses |
 * | --- | --- | --- |
 * | the number of the epoch, and the users who are members | those of the epoch that the commit begins | tree-kem.same-key |
 * | the leaf of each member | the same in all views of an epoch | tree-kem.lowest-leaf |
 * | authenticator and exported secret | in one epoch equal, in two epochs different | tree-kem.same-key |
 * | who processes a commit | whoever is in the epoch that it ends, and has admitted what it names | tree-kem.decrypts |
 * | who joins by a welcome | whoever is added by its commit | tree-kem.welcome |
 * | a message that was changed on the way, or is of another group | refused | tree-kem.signature, tree-kem.decrypts, tree-kem.welcome, tree-kem.group |
 * | a message of another epoch, or a commit that names what was not admitted | refused | tree-kem.epoch, tree-kem.known |
 * | whether somebody who is not a member of the last epoch ever had its authenticator | nobody who is `isApart` | tree-kem.key-update |
 *
 * Two commits of one epoch begin two epochs with different authenticators. Which of them is processed is decided by
 * the delivery service; in a play it is written down.
 *
 * A copy is what a **thief** has. It gets every commit, and follows the group as long as the member robbed brings no
 * new key.
 *
 * ## Members of the delivery service
 *
 * With the options copies and delivery, an adapter serves as a back end of the chapter "tree-kem". A state is a
 * handle: each operation is done on a copy, and the state before stays what it was. A member brings its signature key,
 * since it signs its votes with it. So the distributed delivery service runs over any library of MLS: its members
 * witness, vote and decide as always, and hand what was decided to the adapter.
 *
 * @module
 */
import { Schema } from "effect"
import { declareClauses, declareSteps } from "../conventions/clauses.ts"
import { method, Name } from "../conventions/methods.ts"

export const clauses = declareClauses("mls-observations", {})

export const steps = declareSteps("mls-observations", {})

/** What an adapter writes, and its equals read. */
const Opaque = Schema.String

const On = { on: Name }

/** The methods of an adapter of MLS. */
export const mlsObservationMethods = {
  "mls.publish": method(
    "plays",
    "Makes a handle for somebody outside; with a fresh signature key, unless one is brought.",
    { ...On, user: Name, signing: Schema.NullOr(Schema.Struct({ secretKey: Schema.String, publicKey: Schema.String })) },
    { card: Opaque },
  ),
  "mls.found": method("plays", "Founds a group.", { ...On, group: Schema.String }, {}),
  "mls.add": method("plays", "Proposes to add whoever has this card.", { ...On, card: Opaque }, { proposal: Opaque }),
  "mls.remove": method("plays", "Proposes to remove a member.", { ...On, member: Opaque }, { proposal: Opaque }),
  "mls.update": method("plays", "Proposes to replace the own key.", On, { proposal: Opaque }),
  "mls.admit": method("plays", "Takes a proposal of another member.", { ...On, proposal: Opaque }, {}),
  "mls.commit": method(
    "plays",
    "Commits just these proposals, and stays in the epoch.",
    { ...On, proposals: Schema.Array(Opaque) },
    { commit: Opaque, welcome: Schema.NullOr(Opaque) },
  ),
  "mls.process": method("plays", "Takes a commit.", { ...On, commit: Opaque }, { removed: Schema.Boolean }),
  "mls.join": method("plays", "Joins by a welcome.", { ...On, welcome: Opaque }, {}),
  "mls.seal": method("plays", "Seals an application message.", { ...On, text: Schema.String }, { message: Opaque }),
  "mls.open": method("plays", "Opens an application message.", { ...On, message: Opaque }, { text: Schema.String }),
  "mls.copy": method("plays", "Makes the handle `as` with the state of another one.", { ...On, as: Name }, {}),
  "mls.view": method("plays", "What is seen of a member; null and nobody before it joins.", On, {
    me: Schema.NullOr(Opaque),
    epoch: Schema.NullOr(Schema.Int),
    members: Schema.Array(Schema.Struct({ member: Opaque, user: Name })),
    authenticator: Schema.NullOr(Opaque),
    exported: Schema.NullOr(Opaque),
  }),
  "mls.info": method("plays", "The group info of the epoch, with its ratchet tree.", On, { info: Opaque }),
} as const

/** The options of an adapter of MLS. */
export const mlsObservationOptions = ["copies", "messages", "former-messages", "delivery"] as const
export type MlsObservationOption = (typeof mlsObservationOptions)[number]

/** A proposal of a play; `about` is the member that it adds, removes, or whose key it replaces: its author. */
export interface Proposed {
  readonly name: string
  readonly kind: "add" | "remove" | "update"
  readonly author: string
  readonly about: string
  readonly epoch: Epoch
}

/** An epoch of a play: what its commit was, and who is a member in it. */
export interface Epoch {
  readonly name: string
  readonly number: number
  readonly members: ReadonlyArray<string>
  /** Undefined in the epoch of the founder. */
  readonly begun: { readonly before: Epoch; readonly by: string; readonly proposals: ReadonlyArray<Proposed> } | undefined
}

/** Why a member cannot commit these proposals together; undefined when it can. Source: tree-kem, "Which proposals go together". */
export const contradiction = (proposals: ReadonlyArray<Proposed>, committer: string): string | undefined => {
  if (proposals.some(({ kind, about }) => kind !== "add" && about === committer)) return "the committer is updated or removed"
  if (new Set(proposals.map(({ about }) => about)).size < proposals.length) return "two are about one member"
  return undefined
}

/** The epoch that a commit of these proposals begins. Source: tree-kem.process. */
export const epochAfter = (before: Epoch, name: string, by: string, proposals: ReadonlyArray<Proposed>): Epoch => {
  const abouts = (of: Proposed["kind"]) => proposals.filter(({ kind }) => kind === of).map(({ about }) => about)
  const stay = before.members.filter((member) => !abouts("remove").includes(member))
  return { name, number: before.number + 1, members: [...stay, ...abouts("add")], begun: { before, by, proposals } }
}

/** Whether a commit brings a new key of a member, or removes it. Source: tree-kem.key-update, tree-kem.path. */
const renews = ({ begun }: Epoch, member: string): boolean => {
  if (begun === undefined) return false
  const { by, proposals } = begun
  const hasPath = proposals.length === 0 || proposals.some(({ kind }) => kind !== "add")
  return (by === member && hasPath) || proposals.some(({ kind, about }) => kind !== "add" && about === member)
}

/** The epochs after `from` up to this one; undefined when this one does not come of it. */
const since = (epoch: Epoch, from: Epoch): ReadonlyArray<Epoch> | undefined => {
  if (epoch === from) return []
  const before = epoch.begun === undefined ? undefined : since(epoch.begun.before, from)
  return before === undefined ? undefined : [...before, epoch]
}

/** Whether the secrets of an epoch are kept from a thief who has the state that `member` had in the epoch `from`. */
export const isApart = (epoch: Epoch, member: string, from: Epoch): boolean =>
  since(epoch, from)?.some((one) => renews(one, member)) ?? true
