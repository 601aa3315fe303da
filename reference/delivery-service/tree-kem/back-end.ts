/**
 * What a back end of the chapter "tree-kem" does: everything in which MLS and the symbolic messages differ. What they have in common stands in `../tree-kem.ts`.
 *
 * @module
 */
import type { Effect } from "effect"
import type { Malformed } from "../../../spec/conventions/verdicts.ts"
import type { Admitted, Read } from "../../../spec/delivery-service/tree-kem.ts"
import type { Crypto } from "../../crypto/crypto.ts"
import type { Randomness } from "../../crypto/randomness.ts"

/** What can be read of a key package. */
export interface ReadKeyPackage {
  readonly user: string
  /** Whether its signature is that of the key that it brings. */
  readonly isSigned: boolean
}

/** What can be read of a proposal: beside the head, what it proposes, as it is remembered when it is admitted. */
export interface ReadProposal extends Read {
  readonly content: Admitted
}

/** What can be read of a commit. `byValue` says whether a proposal stands in it, `key` is the new public key of its committer, if it brings one. */
export interface ReadCommit extends Read {
  readonly references: ReadonlyArray<Uint8Array>
  readonly byValue: boolean
  readonly key: Uint8Array | null
}

/** A commit, its welcome, the state after it, and the old state with the draw counted. */
export interface Commitment<G> {
  readonly state: G
  readonly next: G
  readonly commit: Uint8Array
  readonly welcome: Uint8Array | null
}

type Pure<A, E = never> = Effect.Effect<A, E, Crypto>
type Drawing<A> = Effect.Effect<A, never, Crypto | Randomness>

/** A back end with its state of somebody outside and its state of a member. Nothing here changes a state that it is given. */
export interface BackEnd<O, G> {
  readonly init: (user: string, number: number) => Drawing<O>
  readonly found: (outside: O, group: string) => Drawing<G>
  readonly readKeyPackage: (keyPackage: Uint8Array) => Pure<ReadKeyPackage, Malformed>
  readonly proposeAdd: (state: G, keyPackage: Uint8Array) => Drawing<{ readonly state: G; readonly proposal: Uint8Array }>
  readonly proposeRemove: (state: G, leaf: number) => Drawing<{ readonly state: G; readonly proposal: Uint8Array }>
  readonly proposeUpdate: (state: G) => Drawing<{ readonly state: G; readonly proposal: Uint8Array }>
  readonly readProposal: (proposal: Uint8Array) => Pure<ReadProposal, Malformed>
  readonly readCommit: (commit: Uint8Array) => Pure<ReadCommit, Malformed>
  /** Whether a proposal or commit that was read, of this group and epoch and by a member, carries that member's signature. */
  readonly isAuthentic: (state: G, message: Uint8Array) => Pure<boolean>
  /** Whether what an authentic addition or update brings is signed as a whole, and of this group's kind. */
  readonly isSigned: (state: G, content: Admitted) => Pure<boolean>
  /** Commits proposals that go together, in this order. */
  readonly commit: (state: G, proposals: ReadonlyArray<Admitted>) => Drawing<Commitment<G>>
  /** The state after an authentic commit of `proposals`, that leaves us in the group; `undefined` when it cannot be decrypted. */
  readonly process: (state: G, commit: Uint8Array, proposals: ReadonlyArray<Admitted>) => Pure<G | undefined>
  /** Whether the state of a new member is the one after this commit, by its confirmation tag. */
  readonly confirms: (state: G, commit: Uint8Array) => Pure<boolean>
  readonly join: (outside: O, welcome: Uint8Array) => Pure<G | undefined, Malformed>
}
