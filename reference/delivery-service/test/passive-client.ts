/** The passive-client vectors of the MLS working group: files of entries as published, run through the adapter. */
import { Effect, Layer, Result } from "effect"
import { Hex } from "effect/encoding"
import { Crypto } from "../../crypto/crypto.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { passiveEpoch, passiveJoin } from "../tree-kem/passive-client.ts"

/** An entry of a file: the names are those of the published format. */
export interface Entry {
  readonly cipher_suite: number
  readonly external_psks: ReadonlyArray<{ readonly psk_id: string; readonly psk: string }>
  readonly key_package: string
  readonly signature_priv: string
  readonly encryption_priv: string
  readonly init_priv: string
  readonly welcome: string
  readonly ratchet_tree: string | null
  readonly initial_epoch_authenticator: string
  readonly epochs: ReadonlyArray<{
    readonly proposals: ReadonlyArray<string>
    readonly commit: string
    readonly epoch_authenticator: string
  }>
}

const bytes = (hex: string) => Result.getOrThrow(Hex.decode(hex))

/** The authenticators of an entry's epochs, the first one included, as the adapter computes them. Fails with the verdict when it cannot. */
const authenticators = Effect.fnUntraced(function* (entry: Entry) {
  let { client, authenticator } = yield* passiveJoin({
    suite: entry.cipher_suite,
    keyPackage: bytes(entry.key_package),
    signatureSecretKey: bytes(entry.signature_priv),
    leafSecretKey: bytes(entry.encryption_priv),
    initSecretKey: bytes(entry.init_priv),
    welcome: bytes(entry.welcome),
    ratchetTree: entry.ratchet_tree === null ? null : bytes(entry.ratchet_tree),
    psks: entry.external_psks.map(({ psk_id, psk }) => ({ id: bytes(psk_id), psk: bytes(psk) })),
  })
  const found = [Hex.encode(authenticator)]
  for (const { proposals, commit } of entry.epochs) {
    const next = yield* passiveEpoch(client, proposals.map(bytes), bytes(commit))
    client = next.client
    authenticator = next.authenticator
    found.push(Hex.encode(authenticator))
  }
  return found
})

/** What the entry says the authenticators are. */
export const published = (entry: Entry): ReadonlyArray<string> => [
  entry.initial_epoch_authenticator,
  ...entry.epochs.map(({ epoch_authenticator }) => epoch_authenticator),
]

/** What the adapter computes, or the verdict. */
export const computed = (entry: Entry) =>
  Effect.runPromise(Effect.result(authenticators(entry)).pipe(Effect.provide(Layer.succeed(Crypto, nodePrimitives)))).then((result) =>
    Result.isSuccess(result) ? result.success : result.failure,
  )
