/**
 * A client that only receives: it joins by a welcome, and processes each epoch's proposals and commit. With it the MLS back end is held against the passive-client vectors of the MLS working group, which use more of MLS
 * than a delivery service lets through: private messages, pre-shared keys, external commits, other credentials.
 *
 * @module
 */
import { Effect } from "effect"
import {
  bytesToBase64,
  type CiphersuiteName,
  type ClientState,
  decodeGroupState,
  defaultAuthenticationService,
  defaultKeyPackageEqualityConfig,
  defaultLifetimeConfig,
  defaultPaddingConfig,
  encodeGroupState,
  type MLSMessage,
  makePskIndex,
  processPrivateMessage,
  processPublicMessage,
} from "ts-mls"
import { decodeRatchetTree } from "ts-mls/ratchetTree.js"
import { malformed, refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/delivery-service/tree-kem.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { joinByWelcome } from "./mls-join.ts"
import { attempt, decodeMessage } from "./mls-messages.ts"
import { receivingSuite } from "./mls-suite.ts"

/** The suites of RFC 9420 that the adapter is tested with, by their numbers. */
export const suites: Readonly<Record<number, CiphersuiteName>> = {
  1: "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
  3: "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
}

/** A pre-shared key that came from outside. */
export interface ExternalPsk {
  readonly id: Uint8Array
  readonly psk: Uint8Array
}

/** What a passive client begins with: its key package (an MLSMessage) with its secret keys, and the welcome. The tree is given when it does not stand in the welcome. */
export interface Beginning {
  readonly suite: number
  readonly keyPackage: Uint8Array
  readonly signatureSecretKey: Uint8Array
  readonly leafSecretKey: Uint8Array
  readonly initSecretKey: Uint8Array
  readonly welcome: Uint8Array
  readonly ratchetTree: Uint8Array | null
  readonly psks: ReadonlyArray<ExternalPsk>
}

/** The state of a passive client: ts-mls's own form of it. */
export interface PassiveClient {
  readonly suite: number
  readonly state: Uint8Array
  readonly psks: ReadonlyArray<ExternalPsk>
}

const configuration = {
  keyRetentionConfig: { retainKeysForGenerations: 10, retainKeysForEpochs: 8, maximumForwardRatchetSteps: 200 },
  lifetimeConfig: defaultLifetimeConfig,
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  paddingConfig: defaultPaddingConfig,
  authService: defaultAuthenticationService,
}

const pskIndexOf = (state: ClientState | undefined, psks: ReadonlyArray<ExternalPsk>) =>
  makePskIndex(state, Object.fromEntries(psks.map(({ id, psk }) => [bytesToBase64(id), psk])))

const passive = (client: ClientState, from: Pick<PassiveClient, "suite" | "psks">) => ({
  client: { suite: from.suite, psks: from.psks, state: encodeGroupState(client) } satisfies PassiveClient,
  authenticator: client.keySchedule.epochAuthenticator,
})

const suiteOf = Effect.fnUntraced(function* (number: number) {
  const crypto = yield* Crypto
  const name = suites[number]
  if (name === undefined) return yield* refuse(clauses.message, `suite ${number}`)
  return yield* Effect.promise(() => receivingSuite(crypto, name))
})

/** The client after its welcome, and the authenticator of its first epoch. */
export const passiveJoin = Effect.fnUntraced(function* (from: Beginning) {
  const suite = yield* suiteOf(from.suite)
  const message = decodeMessage(from.keyPackage)
  const welcome = decodeMessage(from.welcome)
  if (message?.wireformat !== "mls_key_package") return yield* malformed(clauses.message, "no key package")
  if (welcome?.wireformat !== "mls_welcome") return yield* malformed(clauses.message, "no welcome")
  const { signatureSecretKey: signaturePrivateKey, leafSecretKey: hpkePrivateKey, initSecretKey: initPrivateKey } = from
  const keys = { signaturePrivateKey, hpkePrivateKey, initPrivateKey }
  const client = yield* attempt(async () => {
    const tree = from.ratchetTree === null ? undefined : decodeRatchetTree(from.ratchetTree, 0)![0]
    const psks = pskIndexOf(undefined, from.psks)
    const joining = { welcome: welcome.welcome, keyPackage: message.keyPackage, keys, psks, tree }
    return joinByWelcome(joining, suite, configuration)
  })
  if (client === undefined) return yield* refuse(clauses.welcome, "does not open")
  return passive(client, from)
})

const received = Effect.fnUntraced(function* (client: ClientState, message: MLSMessage, from: PassiveClient) {
  const suite = yield* suiteOf(from.suite)
  const psks = pskIndexOf(client, from.psks)
  if (message.wireformat !== "mls_public_message" && message.wireformat !== "mls_private_message") {
    return yield* malformed(clauses.message, "no handshake message")
  }
  const result = yield* attempt(async () =>
    message.wireformat === "mls_public_message"
      ? processPublicMessage(client, message.publicMessage, psks, suite)
      : processPrivateMessage(client, message.privateMessage, psks, suite),
  )
  if (result === undefined) return yield* refuse(clauses.decrypts, "cannot be processed")
  return { ...result.newState, clientConfig: configuration }
})

/** The client after the proposals and the commit of an epoch, and the new epoch's authenticator. */
export const passiveEpoch = Effect.fnUntraced(function* (from: PassiveClient, proposals: ReadonlyArray<Uint8Array>, commit: Uint8Array) {
  let client: ClientState = { ...decodeGroupState(from.state, 0)![0], clientConfig: configuration }
  for (const bytes of [...proposals, commit]) {
    const message = decodeMessage(bytes)
    if (message === undefined) return yield* malformed(clauses.message, "no message")
    client = yield* received(client, message, from)
  }
  return passive(client, from)
})
