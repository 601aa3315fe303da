/** The published vectors under `data/`, as the fields that the tests read; `data/README.md` names their sources. */
import { readFileSync } from "node:fs"

export const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"))
export const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex")
export const hexOrUndefined = (value: Uint8Array | undefined): string | undefined => (value === undefined ? undefined : hex(value))

const load = (file: string): unknown => JSON.parse(readFileSync(new URL(`data/${file}`, import.meta.url), "utf8"))

interface WycheproofCase {
  readonly tcId: number
  readonly comment: string
  readonly flags: ReadonlyArray<string>
  readonly result: "valid" | "invalid" | "acceptable"
}

interface WycheproofFile<Group> {
  readonly numberOfTests: number
  readonly testGroups: ReadonlyArray<Group>
}

export interface X25519Case extends WycheproofCase {
  readonly public: string
  readonly private: string
  readonly shared: string
}

export interface Ed25519Case extends WycheproofCase {
  readonly publicKey: string
  readonly msg: string
  readonly sig: string
}

export interface HkdfCase extends WycheproofCase {
  readonly ikm: string
  readonly salt: string
  readonly info: string
  readonly size: number
  readonly okm: string
}

export interface AeadCase extends WycheproofCase {
  readonly key: string
  readonly iv: string
  readonly aad: string
  readonly msg: string
  readonly ct: string
  readonly tag: string
}

const loadCases = <Case>(file: string): ReadonlyArray<Case> => {
  const { numberOfTests, testGroups } = load(file) as WycheproofFile<{ readonly tests: ReadonlyArray<Case> }>
  const cases = testGroups.flatMap((group) => group.tests)
  if (cases.length !== numberOfTests) throw new Error(`${file} announces ${numberOfTests} tests and has ${cases.length}`)
  return cases
}

interface Ed25519Group {
  readonly publicKey: { readonly pk: string }
  readonly tests: ReadonlyArray<Omit<Ed25519Case, "publicKey">>
}

const loadEd25519Cases = (): ReadonlyArray<Ed25519Case> => {
  const { testGroups } = load("ed25519_test.json") as WycheproofFile<Ed25519Group>
  return testGroups.flatMap((group) => group.tests.map((test) => ({ ...test, publicKey: group.publicKey.pk })))
}

export const x25519Cases = loadCases<X25519Case>("x25519_test.json")
export const ed25519Cases = loadEd25519Cases()
export const hkdfCases = loadCases<HkdfCase>("hkdf_sha256_test.json")
export const aeadCases = loadCases<AeadCase>("chacha20_poly1305_test.json")

interface RfcVectors {
  readonly sha256: { readonly cases: ReadonlyArray<{ readonly message: string; readonly digest: string }> }
  readonly hkdf: {
    readonly cases: ReadonlyArray<{
      readonly name: string
      readonly ikm: string
      readonly salt: string
      readonly info: string
      readonly length: number
      readonly prk: string
      readonly okm: string
    }>
  }
  readonly x25519: {
    readonly scalarMultiplications: ReadonlyArray<{ readonly scalar: string; readonly u: string; readonly result: string }>
    readonly iterations: ReadonlyArray<{ readonly count: number; readonly result: string }>
    readonly diffieHellman: {
      readonly aliceSecretKey: string
      readonly alicePublicKey: string
      readonly bobSecretKey: string
      readonly bobPublicKey: string
      readonly sharedSecret: string
    }
  }
  readonly ed25519: {
    readonly cases: ReadonlyArray<{
      readonly name: string
      readonly secretKey: string
      readonly publicKey: string
      readonly message: string
      readonly signature: string
    }>
  }
  readonly chacha20Poly1305: {
    readonly cases: ReadonlyArray<{
      readonly key: string
      readonly nonce: string
      readonly associatedData: string
      readonly plaintext: string
      readonly ciphertext: string
      readonly tag: string
    }>
  }
}

export const rfc = load("rfc.json") as RfcVectors

/** One vector of RFC 9180 appendix A, with the RFC's names. */
export interface HpkeVector {
  readonly aead_id: number
  readonly info: string
  readonly ikmE: string
  readonly pkEm: string
  readonly skEm: string
  readonly ikmR: string
  readonly pkRm: string
  readonly skRm: string
  readonly enc: string
  readonly shared_secret: string
  readonly key_schedule_context: string
  readonly secret: string
  readonly key: string
  readonly base_nonce: string
  readonly exporter_secret: string
  readonly encryptions: ReadonlyArray<{
    readonly sequence: number
    readonly pt: string
    readonly aad: string
    readonly nonce: string
    readonly ct: string
  }>
}

export const hpkeVectors = (load("rfc9180-base-x25519.json") as { readonly vectors: ReadonlyArray<HpkeVector> }).vectors
