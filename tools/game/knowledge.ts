/**
 * What an adversary can compute, from real bytes: a layer around the primitives notes each call of an unmodified program, and a closure derives all that follows from what is known.
 *
 * A **token** is a value that may be secret: 32 bytes that were drawn or derived from another token, or a ciphertext. Wherever its bytes stand in a longer value (an encoded state, a
 * packet, what goes into a key derivation, what was encrypted), the token is in it. Each call of a primitive is a rule: who knows the tokens in what went in knows those in what came out. Public
 * keys, signatures and what is derived from nothing secret are no tokens: everybody has them.
 *
 * @module
 */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import type { Primitives } from "../../reference/crypto/crypto.ts"
import { labels } from "../../spec/conventions/labels.ts"

/** A number that stands for a value which may be secret, or for a ciphertext. */
export type Token = number

/** Who knows all that it needs knows what it gives. */
interface Rule {
  readonly needs: ReadonlyArray<Token>
  readonly gives: ReadonlyArray<Token>
}

const size = 32

// The first four bytes as a number: where to look a value up.
const keyAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0

const standsAt = (bytes: Uint8Array, at: number, value: Uint8Array): boolean => {
  if (at + value.length > bytes.length) return false
  for (let index = 0; index < value.length; index++) if (bytes[at + index] !== value[index]) return false
  return true
}

const drawSalt = new TextEncoder().encode(labels.draw)

const isDraw = (salt: Uint8Array) => salt.length === drawSalt.length && standsAt(salt, 0, drawSalt)

/** All tokens and rules of a program that ran on its `primitives`. */
export class Knowledge {
  readonly primitives: Primitives
  readonly #values: Array<Uint8Array> = []
  readonly #byStart = new Map<number, Array<Token>>()
  readonly #rules: Array<Rule> = []
  /** By token: the rules that need it. */
  readonly #uses: Array<Array<number>> = []
  readonly #seen = new Set<string>()
  /** By public key: the token of its secret key. */
  readonly #secretOf = new Map<string, Token>()
  /** The keys by which something was opened since `takeOpened`, and sealed since `takeSealed`. */
  #opened = new Set<Token>()
  #sealedBy = new Set<Token>()
  /** By ciphertext: the key. */
  readonly #keyOf = new Map<Token, Token>()

  constructor(primitives: Primitives) {
    this.primitives = this.#around(primitives)
  }

  /** How many tokens and rules there are. */
  get counts(): { readonly tokens: number; readonly rules: number } {
    return { tokens: this.#values.length, rules: this.#rules.length }
  }

  /** The tokens that stand anywhere in `bytes`. */
  tokensIn(bytes: Uint8Array): ReadonlyArray<Token> {
    const found = new Set<Token>()
    for (let at = 0; at + 16 <= bytes.length; at++) {
      const candidates = this.#byStart.get(keyAt(bytes, at))
      if (candidates === undefined) continue
      for (const token of candidates) if (standsAt(bytes, at, this.#values[token]!)) found.add(token)
    }
    return [...found]
  }

  /** The token that a value is, if it is one. */
  tokenOf(value: Uint8Array): Token | undefined {
    if (value.length < 16) return undefined
    return this.#byStart
      .get(keyAt(value, 0))
      ?.find((token) => this.#values[token]!.length === value.length && standsAt(value, 0, this.#values[token]!))
  }

  /** The token of the secret key that belongs to a public key, if that was made here. */
  secretOf(publicKey: Uint8Array): Token | undefined {
    return this.#secretOf.get(Hex.encode(publicKey))
  }

  /** The tokens of the keys by which something was opened since this was called last. */
  takeOpened(): ReadonlyArray<Token> {
    const opened = [...this.#opened]
    this.#opened = new Set()
    return opened
  }

  /** The tokens of the keys by which something was sealed since this was called last. */
  takeSealed(): ReadonlyArray<Token> {
    const sealed = [...this.#sealedBy]
    this.#sealedBy = new Set()
    return sealed
  }

  /** The token of the key under which a ciphertext was sealed. */
  keyOf(ciphertext: Uint8Array): Token | undefined {
    const token = this.tokenOf(ciphertext)
    return token === undefined ? undefined : this.#keyOf.get(token)
  }

  /** The tokens of the keys under which was sealed what stands in `bytes`. */
  keysOver(bytes: Uint8Array): ReadonlyArray<Token> {
    return this.tokensIn(bytes).flatMap((token) => this.#keyOf.get(token) ?? [])
  }

  /** The tokens that stand in a text as hexadecimal digits. */
  tokensInText(text: string): ReadonlyArray<Token> {
    return [...text.matchAll(/[0-9a-f]{32,}/giu)].flatMap(([digits]) =>
      this.tokensIn(Result.getOrThrow(Hex.decode(digits.slice(0, digits.length & ~1)))),
    )
  }

  /** Everything that follows from `known`, itself included. */
  closure(known: Iterable<Token>): ReadonlySet<Token> {
    const all = new Set(known)
    const missing = new Map<number, number>()
    for (const token of all) {
      for (const index of this.#uses[token] ?? []) {
        const rule = this.#rules[index]!
        const left = (missing.get(index) ?? rule.needs.length) - 1
        missing.set(index, left)
        if (left === 0) for (const given of rule.gives) all.add(given)
      }
    }
    return all
  }

  #token(value: Uint8Array): Token {
    const known = this.tokenOf(value)
    if (known !== undefined) return known
    const token = this.#values.length
    this.#values.push(value.slice())
    const start = keyAt(value, 0)
    const same = this.#byStart.get(start)
    if (same === undefined) this.#byStart.set(start, [token])
    else same.push(token)
    return token
  }

  #rule(needs: ReadonlyArray<Token>, gives: ReadonlyArray<Token>): void {
    const distinct = [...new Set(needs)]
    const given = gives.filter((token) => !distinct.includes(token))
    if (given.length === 0) return
    const key = `${distinct} ${given}`
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    const index = this.#rules.length
    this.#rules.push({ needs: distinct, gives: given })
    for (const token of distinct) {
      const uses = this.#uses[token] ?? []
      uses.push(index)
      this.#uses[token] = uses
    }
  }

  /** What was derived from `inputs`: public when there is no token in them. */
  #derived(output: Uint8Array, inputs: ReadonlyArray<Uint8Array>): void {
    const needs = inputs.flatMap((input) => this.tokensIn(input))
    if (needs.length === 0) return
    const gives: Array<Token> = []
    for (let at = 0; at + size <= output.length; at += size) gives.push(this.#token(output.subarray(at, at + size)))
    this.#rule(needs, gives)
  }

  #keyPair(secretKey: Uint8Array, publicKey: Uint8Array): void {
    const token = this.tokenOf(secretKey)
    if (token !== undefined) this.#secretOf.set(Hex.encode(publicKey), token)
  }

  #agreed(secretKey: Uint8Array, publicKey: Uint8Array, shared: Uint8Array): void {
    const owners = [this.tokenOf(secretKey), this.secretOf(publicKey)].filter((token) => token !== undefined)
    if (owners.length === 0) return
    const gives = [this.#token(shared)]
    // Where the public key was agreed on itself, not everybody has it.
    const point = this.tokenOf(publicKey)
    for (const owner of owners) this.#rule(point === undefined ? [owner] : [owner, point], gives)
  }

  #sealed(key: Uint8Array, plaintext: Uint8Array, ciphertext: Uint8Array): void {
    this.#rule([...this.tokensIn(key), this.#token(ciphertext)], this.tokensIn(plaintext))
  }

  #around(inner: Primitives): Primitives {
    return {
      ...inner,
      sha256: (data) => {
        const digest = inner.sha256(data)
        this.#derived(digest, [data])
        return digest
      },
      hkdfExtract: (salt, inputKeyMaterial) => {
        const output = inner.hkdfExtract(salt, inputKeyMaterial)
        // What random draws are made from is nobody's.
        if (isDraw(salt)) this.#token(output)
        else this.#derived(output, [salt, inputKeyMaterial])
        return output
      },
      hkdfExpand: (key, info, length) => {
        const output = inner.hkdfExpand(key, info, length)
        if (output !== undefined) this.#derived(output, [key, info])
        return output
      },
      x25519PublicKey: (secretKey) => {
        const publicKey = inner.x25519PublicKey(secretKey)
        this.#keyPair(secretKey, publicKey)
        return publicKey
      },
      x25519: (secretKey, publicKey) => {
        const shared = inner.x25519(secretKey, publicKey)
        if (shared !== undefined) this.#agreed(secretKey, publicKey, shared)
        return shared
      },
      ed25519PublicKey: (secretKey) => {
        const publicKey = inner.ed25519PublicKey(secretKey)
        this.#keyPair(secretKey, publicKey)
        return publicKey
      },
      aeadSeal: (key, nonce, associatedData, plaintext) => {
        const ciphertext = inner.aeadSeal(key, nonce, associatedData, plaintext)
        this.#sealed(key, plaintext, ciphertext)
        for (const token of this.tokensIn(key)) {
          this.#sealedBy.add(token)
          this.#keyOf.set(this.#token(ciphertext), token)
        }
        return ciphertext
      },
      aeadOpen: (key, nonce, associatedData, ciphertext) => {
        const plaintext = inner.aeadOpen(key, nonce, associatedData, ciphertext)
        if (plaintext === undefined) return undefined
        this.#sealed(key, plaintext, ciphertext)
        for (const token of this.tokensIn(key)) this.#opened.add(token)
        return plaintext
      },
    }
  }
}
