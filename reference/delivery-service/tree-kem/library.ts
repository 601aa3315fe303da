/**
 * A back end of the chapter "tree-kem" on any library of MLS that does what the chapter "What can be observed of MLS groups" asks of an adapter. What can
 * be read of a message is read by ts-mls; what needs secrets the library does. Its states are handles: each operation is done on a copy.
 *
 * @module
 */
import { Effect } from "effect"
import { Hex } from "effect/encoding"
import { type CiphersuiteImpl, decodeMlsMessage, type GroupContext } from "ts-mls"
import { verifyFramedContentSignature } from "ts-mls/framedContent.js"
import { ratchetTreeFromExtension } from "ts-mls/groupInfo.js"
import { malformed } from "../../../spec/conventions/verdicts.ts"
import { type Admitted, clauses, type Member, type MlsGroup, type MlsOutside } from "../../../spec/delivery-service/tree-kem.ts"
import { bytesOf, sameBytes } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { Randomness } from "../../crypto/randomness.ts"
import type { BackEnd } from "./back-end.ts"
import { bringsUsableKeys, isUsable, keepsIdentity, keyOfNode, membersOfTree, mls, pathKeepsIdentity, receiving } from "./mls.ts"
import { decodeMessage, publicMessageOf } from "./mls-messages.ts"
import { signatureKeyPair } from "./mls-suite.ts"

/** A library of MLS. Messages are in hexadecimal digits; what is refused gives undefined, and changes nothing. */
export interface Library {
  readonly publish: (on: string, user: string, signing: { readonly secretKey: string; readonly publicKey: string }) => Promise<string>
  readonly found: (on: string, group: string) => Promise<unknown>
  readonly add: (on: string, card: string) => Promise<string>
  readonly remove: (on: string, member: string) => Promise<string>
  readonly update: (on: string) => Promise<string>
  /** Whether the proposal was taken. */
  readonly admit: (on: string, proposal: string) => Promise<boolean>
  readonly commit: (on: string, proposals: ReadonlyArray<string>) => Promise<{ readonly commit: string; readonly welcome: string | null }>
  readonly process: (on: string, commit: string) => Promise<{ readonly removed: boolean } | undefined>
  /** Whether it has joined. */
  readonly join: (on: string, welcome: string) => Promise<boolean>
  readonly copy: (on: string, as: string) => Promise<unknown>
  readonly view: (on: string) => Promise<{ readonly me: string; readonly authenticator: string; readonly exported: string }>
  readonly info: (on: string) => Promise<string>
}

interface LibraryOutside extends Omit<MlsOutside, "type" | "initSecretKey" | "leafSecretKey"> {
  readonly type: string
  readonly handle: string
}

/** What a group info tells. */
interface Info {
  readonly group: string
  readonly epoch: number
  readonly members: ReadonlyArray<Member>
  readonly confirmation: Uint8Array
  readonly context: GroupContext
  /** The public keys of all nodes. */
  readonly keys: ReadonlyArray<Uint8Array>
}

/** A member's state: what is shown of it, the handle that it is, and what it has proposed itself in this epoch. */
interface LibraryGroup extends Omit<MlsGroup, "type" | "state" | "updates">, Pick<Info, "confirmation" | "context" | "keys"> {
  readonly type: string
  readonly handle: string
  readonly own: ReadonlyArray<string>
}

const infoOf = (text: string): Info => {
  const message = decodeMlsMessage(bytesOf(text), 0)?.[0]
  if (message?.wireformat !== "mls_group_info") throw new Error("no group info")
  const { groupContext, confirmationTag } = message.groupInfo
  const tree = ratchetTreeFromExtension(message.groupInfo)
  if (tree === undefined) throw new Error("a group info without its tree")
  const { groupId, epoch } = groupContext
  const head = { group: Hex.encode(groupId), epoch: Number(epoch), members: membersOfTree(tree) }
  const keys = tree.map(keyOfNode).filter((key) => key !== undefined)
  return { ...head, confirmation: confirmationTag, context: groupContext, keys }
}

/** What reads messages needs of a state only what all states of MLS show. */
const shownOf = (state: LibraryGroup) => state as unknown as MlsGroup

class LibraryBackEnd {
  readonly #name: string
  readonly #library: Library
  /** What became of a commit for a handle: processed once to see whether it is authentic, it need not be again. */
  readonly #tried = new Map<string, { readonly handle: string; readonly removed: boolean } | undefined>()
  #handles = 0

  constructor(name: string, library: Library) {
    this.#name = name
    this.#library = library
  }

  async #copied(handle: string): Promise<string> {
    const copy = this.#fresh()
    await this.#library.copy(handle, copy)
    return copy
  }

  #fresh(): string {
    this.#handles++
    return `${this.#name}-${this.#handles}`
  }

  async #shown(handle: string, signingSecretKey: Uint8Array, draws: number): Promise<LibraryGroup> {
    const { me, authenticator, exported } = await this.#library.view(handle)
    const info = infoOf(await this.#library.info(handle))
    const shown = { me: Number(me), groupKey: bytesOf(exported), authenticator: bytesOf(authenticator), signingSecretKey, draws }
    return { type: `${this.#name}-group`, ...info, ...shown, proposals: [], handle, own: [] }
  }

  async publish(user: string, keys: { readonly signKey: Uint8Array; readonly publicKey: Uint8Array }) {
    const handle = this.#fresh()
    const signing = { secretKey: Hex.encode(keys.signKey), publicKey: Hex.encode(keys.publicKey) }
    const keyPackage = bytesOf(await this.#library.publish(handle, user, signing))
    return { type: `${this.#name}-outside`, user, signingSecretKey: keys.signKey, keyPackage, handle }
  }

  async found({ handle, signingSecretKey }: LibraryOutside, group: string): Promise<LibraryGroup> {
    const on = await this.#copied(handle)
    await this.#library.found(on, group)
    return this.#shown(on, signingSecretKey, 0)
  }

  async propose(state: LibraryGroup, make: (on: string) => Promise<string>) {
    const handle = await this.#copied(state.handle)
    const proposal = await make(handle)
    return { state: { ...state, handle, own: [...state.own, proposal], draws: state.draws + 1 }, proposal: bytesOf(proposal) }
  }

  readonly add = (keyPackage: Uint8Array) => (on: string) => this.#library.add(on, Hex.encode(keyPackage))
  readonly remove = (leaf: number) => (on: string) => this.#library.remove(on, `${leaf}`)
  readonly update = (on: string) => this.#library.update(on)

  /** A copy that has taken these proposals of others. */
  async #withProposals({ handle, own }: LibraryGroup, proposals: ReadonlyArray<Admitted>): Promise<string> {
    const on = await this.#copied(handle)
    for (const { proposal } of proposals) if (!own.includes(Hex.encode(proposal))) await this.#library.admit(on, Hex.encode(proposal))
    return on
  }

  async isAuthenticProposal(state: LibraryGroup, author: number, proposal: string, suite: CiphersuiteImpl): Promise<boolean> {
    if (author !== state.me) return this.#library.admit(await this.#copied(state.handle), proposal)
    // Libraries take nothing from themselves. What is signed by us and not known comes from another life of ours, which others may have admitted.
    const { content, auth } = publicMessageOf(bytesOf(proposal))
    const { signingKey } = state.members.find(({ leaf }) => leaf === author)!
    return verifyFramedContentSignature(signingKey, "mls_public_message", content, auth, state.context, suite.signature)
  }

  async tried(state: LibraryGroup, commit: string, proposals: ReadonlyArray<Admitted>) {
    const key = JSON.stringify([state.handle, commit, proposals.map(({ ref }) => Hex.encode(ref))])
    if (this.#tried.has(key)) return this.#tried.get(key)
    const on = await this.#withProposals(state, proposals)
    const processed = await this.#library.process(on, commit)
    const found = processed === undefined ? undefined : { handle: on, removed: processed.removed }
    this.#tried.set(key, found)
    return found
  }

  async process(state: LibraryGroup, commit: string, proposals: ReadonlyArray<Admitted>): Promise<LibraryGroup | undefined> {
    const tried = await this.tried(state, commit, proposals)
    return tried === undefined || tried.removed ? undefined : this.#shown(tried.handle, state.signingSecretKey, state.draws)
  }

  async commit(before: LibraryGroup, proposals: ReadonlyArray<Admitted>) {
    const state = { ...before, draws: before.draws + 1 }
    const on = await this.#withProposals(state, proposals)
    const names = proposals.map(({ proposal }) => Hex.encode(proposal))
    const { commit, welcome } = await this.#library.commit(on, names)
    await this.#library.process(on, commit)
    const next = await this.#shown(on, state.signingSecretKey, state.draws)
    return { state, next, commit: bytesOf(commit), welcome: welcome === null ? null : bytesOf(welcome) }
  }

  async join({ handle, signingSecretKey }: LibraryOutside, welcome: string): Promise<LibraryGroup | undefined> {
    const on = await this.#copied(handle)
    if (!(await this.#library.join(on, welcome))) return undefined
    const shown = await this.#shown(on, signingSecretKey, 0)
    return shown.group.length === 32 && shown.context.extensions.length === 0 ? shown : undefined
  }
}

/** The back end on a library. Types of its states begin with `name`, which is a word of letters. */
export const backEndOn = (name: string, library: Library): BackEnd<LibraryOutside, LibraryGroup> => {
  const by = new LibraryBackEnd(name, library)
  const { readKeyPackage, readProposal, readCommit } = mls
  return {
    readKeyPackage,
    readProposal,
    readCommit,
    init: Effect.fnUntraced(function* (user, number) {
      const seed = (yield* Randomness).draw(`tree-kem/init/${number}`, 32)
      const keys = signatureKeyPair(yield* Crypto, seed)
      return yield* Effect.promise(() => by.publish(user, keys))
    }),
    found: (outside, group) => Effect.promise(() => by.found(outside, group)),
    proposeAdd: (state, keyPackage) => Effect.promise(() => by.propose(state, by.add(keyPackage))),
    proposeRemove: (state, leaf) => Effect.promise(() => by.propose(state, by.remove(leaf))),
    proposeUpdate: (state) => Effect.promise(() => by.propose(state, by.update)),
    isAuthentic: Effect.fnUntraced(function* (state, message) {
      const { content } = publicMessageOf(message)
      const text = Hex.encode(message)
      if (content.contentType === "proposal") {
        const { author } = yield* Effect.orDie(readProposal(message))
        const suite = yield* receiving
        return yield* Effect.promise(() => by.isAuthenticProposal(state, author, text, suite))
      }
      const { references } = yield* Effect.orDie(readCommit(message))
      const named = references.map((reference) => state.proposals.find(({ ref }) => sameBytes(ref, reference)))
      // What it names and nobody has admitted is told of in the next step.
      if (named.includes(undefined)) return true
      return yield* Effect.promise(async () => (await by.tried(state, text, named as ReadonlyArray<Admitted>)) !== undefined)
    }),
    // The library has seen to the rest when it took the proposal.
    isSigned: (state, content) =>
      Effect.map(Crypto, (crypto) => keepsIdentity(shownOf(state), content) && bringsUsableKeys(crypto, content)),
    commit: (state, proposals) => Effect.promise(() => by.commit(state, proposals)),
    process: Effect.fnUntraced(function* (state, commit, proposals) {
      const crypto = yield* Crypto
      if (!pathKeepsIdentity(shownOf(state), commit)) return undefined
      const after = yield* Effect.promise(() => by.process(state, Hex.encode(commit), proposals))
      return after?.keys.every((key) => isUsable(crypto, key)) ? after : undefined
    }),
    confirms: (state, commit) =>
      Effect.sync(() => {
        if (decodeMessage(commit)?.wireformat !== "mls_public_message") return false
        const { auth } = publicMessageOf(commit)
        return auth.contentType === "commit" && sameBytes(auth.confirmationTag, state.confirmation)
      }),
    join: Effect.fnUntraced(function* (outside, welcome) {
      if (decodeMessage(welcome)?.wireformat !== "mls_welcome") return yield* malformed(clauses.message, "no welcome")
      return yield* Effect.promise(() => by.join(outside, Hex.encode(welcome)))
    }),
  }
}
