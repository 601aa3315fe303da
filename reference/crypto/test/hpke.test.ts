import { assert, describe, it } from "@effect/vitest"
import { Chacha20Poly1305 } from "@hpke/chacha20poly1305"
import { CipherSuite, HkdfSha256 } from "@hpke/core"
import { DhkemX25519HkdfSha256 } from "@hpke/dhkem-x25519"
import type { Primitives } from "../crypto.ts"
import { decap, deriveKeyPair, encap, keyScheduleBase, openBase, sealBase } from "../hpke.ts"
import { providers } from "./providers.ts"
import { type Seeded, seeded, withFlippedBit } from "./seeded.ts"
import { bytes, type HpkeVector, hex, hexOrUndefined, hpkeVectors } from "./vectors.ts"

const CHACHA20_POLY1305 = 3

// The vector with AES-128-GCM cannot run whole: suite 1 has no such cipher. Its KEM is ours, and is checked.
const completeVectors = hpkeVectors.filter(({ aead_id }) => aead_id === CHACHA20_POLY1305)

// RFC 9180 section 5.2: the sequence number, big-endian, XORed into the base nonce.
const computeNonce = (baseNonce: Uint8Array, sequence: number): Uint8Array => {
  const nonce = Buffer.from(baseNonce)
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence) >>> 0, 8)
  return new Uint8Array(nonce)
}

const assertKeyPair = (primitives: Primitives, inputKeyMaterial: string, secretKey: string, publicKey: string): void => {
  const derived = deriveKeyPair(primitives, bytes(inputKeyMaterial))
  assert.deepStrictEqual({ secretKey: hex(derived.secretKey), publicKey: hex(derived.publicKey) }, { secretKey, publicKey })
}

describe.each(providers)("RFC 9180 appendix A on $name", ({ primitives }) => {
  it.each(hpkeVectors)("aead_id $aead_id: key derivation, Encap and Decap", (vector) => {
    assertKeyPair(primitives, vector.ikmE, vector.skEm, vector.pkEm)
    assertKeyPair(primitives, vector.ikmR, vector.skRm, vector.pkRm)
    const encapsulation = encap(primitives, bytes(vector.pkRm), bytes(vector.skEm))
    assert.strictEqual(hexOrUndefined(encapsulation?.encapsulatedKey), vector.enc)
    assert.strictEqual(hexOrUndefined(encapsulation?.sharedSecret), vector.shared_secret)
    assert.strictEqual(hexOrUndefined(decap(primitives, bytes(vector.enc), bytes(vector.skRm))), vector.shared_secret)
  })

  it.each(completeVectors)("aead_id $aead_id: KeySchedule", (vector) => {
    const schedule = keyScheduleBase(primitives, bytes(vector.shared_secret), bytes(vector.info))
    assert.strictEqual(hex(schedule.keyScheduleContext), vector.key_schedule_context)
    assert.strictEqual(hex(schedule.secret), vector.secret)
    assert.strictEqual(hex(schedule.key), vector.key)
    assert.strictEqual(hex(schedule.baseNonce), vector.base_nonce)
    assert.strictEqual(hex(schedule.exporterSecret), vector.exporter_secret)
  })

  it.each(completeVectors)("aead_id $aead_id: every encryption under the scheduled key", (vector) => {
    const { key, baseNonce } = keyScheduleBase(primitives, bytes(vector.shared_secret), bytes(vector.info))
    for (const { sequence, nonce, aad, pt, ct } of vector.encryptions) {
      assert.strictEqual(hex(computeNonce(baseNonce, sequence)), nonce)
      assert.strictEqual(hex(primitives.aeadSeal(key, bytes(nonce), bytes(aad), bytes(pt))), ct)
    }
  })

  it.each(completeVectors)("aead_id $aead_id: SealBase and OpenBase give the first encryption", (vector) => {
    const { aad, pt, ct } = vector.encryptions[0]!
    const shared = { info: bytes(vector.info), associatedData: bytes(aad) }
    const sealed = sealBase(primitives, {
      ...shared,
      recipientPublicKey: bytes(vector.pkRm),
      ephemeralSecretKey: bytes(vector.skEm),
      plaintext: bytes(pt),
    })
    assert.strictEqual(hexOrUndefined(sealed?.encapsulatedKey), vector.enc)
    assert.strictEqual(hexOrUndefined(sealed?.ciphertext), ct)
    assert.strictEqual(hexOrUndefined(openBase(primitives, openInput(vector, bytes(ct)))), pt)
  })
})

const openInput = (vector: HpkeVector, ciphertext: Uint8Array) => ({
  recipientSecretKey: bytes(vector.skRm),
  encapsulatedKey: bytes(vector.enc),
  info: bytes(vector.info),
  associatedData: bytes(vector.encryptions[0]!.aad),
  ciphertext,
})

interface Message {
  readonly recipientSecretKey: Uint8Array
  readonly recipientPublicKey: Uint8Array
  readonly ephemeralSecretKey: Uint8Array
  readonly info: Uint8Array
  readonly associatedData: Uint8Array
  readonly plaintext: Uint8Array
}

const randomMessage = (primitives: Primitives, random: Seeded): Message => {
  const recipient = deriveKeyPair(primitives, random.bytes(32))
  return {
    recipientSecretKey: recipient.secretKey,
    recipientPublicKey: recipient.publicKey,
    ephemeralSecretKey: random.bytes(32),
    info: random.bytes(random.integer(80)),
    associatedData: random.bytes(random.integer(80)),
    plaintext: random.bytes(random.integer(200)),
  }
}

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Chacha20Poly1305() })

const toArrayBuffer = (value: Uint8Array): ArrayBuffer => Uint8Array.from(value).buffer

// Theirs also takes the ephemeral key material, so the whole output can be compared and nothing is random.
const theirSeal = async (message: Message, ephemeralKeyMaterial: Uint8Array) => {
  const recipientPublicKey = await suite.kem.deserializePublicKey(toArrayBuffer(message.recipientPublicKey))
  const { enc, ct } = await suite.seal(
    { recipientPublicKey, info: toArrayBuffer(message.info), ekm: toArrayBuffer(ephemeralKeyMaterial) },
    toArrayBuffer(message.plaintext),
    toArrayBuffer(message.associatedData),
  )
  return { encapsulatedKey: new Uint8Array(enc), ciphertext: new Uint8Array(ct) }
}

const theirOpen = async (message: Message, sealed: { readonly encapsulatedKey: Uint8Array; readonly ciphertext: Uint8Array }) => {
  const recipientKey = await suite.kem.deserializePrivateKey(toArrayBuffer(message.recipientSecretKey))
  const opened = await suite.open(
    { recipientKey, enc: toArrayBuffer(sealed.encapsulatedKey), info: toArrayBuffer(message.info) },
    toArrayBuffer(sealed.ciphertext),
    toArrayBuffer(message.associatedData),
  )
  return new Uint8Array(opened)
}

const INTEROP_RUNS = 50

describe.each(providers)("HPKE on $name against @hpke/core", ({ primitives }) => {
  it("ours seals, theirs opens", async () => {
    const random = seeded("hpke ours seals")
    for (let run = 0; run < INTEROP_RUNS; run++) {
      const message = randomMessage(primitives, random)
      const sealed = sealBase(primitives, message)
      assert.isDefined(sealed)
      assert.strictEqual(hex(await theirOpen(message, sealed!)), hex(message.plaintext))
    }
  })

  it("theirs seals, ours opens, and ours would have sealed the same bytes", async () => {
    const random = seeded("hpke theirs seals")
    for (let run = 0; run < INTEROP_RUNS; run++) {
      const message = randomMessage(primitives, random)
      const ephemeralKeyMaterial = random.bytes(32)
      const sealed = await theirSeal(message, ephemeralKeyMaterial)
      assert.strictEqual(hexOrUndefined(openBase(primitives, { ...message, ...sealed })), hex(message.plaintext))
      const ephemeralSecretKey = deriveKeyPair(primitives, ephemeralKeyMaterial).secretKey
      assert.deepStrictEqual(sealBase(primitives, { ...message, ephemeralSecretKey }), sealed)
    }
  })
})

describe.each(providers)("what HPKE on $name refuses", ({ primitives }) => {
  const random = seeded("hpke refusals")
  const message = { ...randomMessage(primitives, random), info: random.bytes(10), associatedData: random.bytes(10) }
  const sealed = sealBase(primitives, message)!
  const received = { ...message, ...sealed }

  it("nothing, when nothing is changed", () => {
    assert.strictEqual(hexOrUndefined(openBase(primitives, received)), hex(message.plaintext))
  })

  it.each(["recipientSecretKey", "encapsulatedKey", "info", "associatedData", "ciphertext"] as const)("a changed %s", (field) => {
    // The lowest bits of a secret key's first byte and the top bit of a public key's last do not count in X25519.
    const changed = received[field].map((byte, index) => (index === 5 ? byte ^ 1 : byte))
    assert.isUndefined(openBase(primitives, { ...received, [field]: changed }))
  })

  it("a public key of small order, sealing and opening", () => {
    const zero = new Uint8Array(32)
    assert.isUndefined(sealBase(primitives, { ...message, recipientPublicKey: zero }))
    assert.isUndefined(openBase(primitives, { ...received, encapsulatedKey: zero }))
  })

  it.each([0, 31, 33])("a public key of %i bytes, sealing and opening", (length) => {
    const key = new Uint8Array(length).fill(9)
    assert.isUndefined(sealBase(primitives, { ...message, recipientPublicKey: key }))
    assert.isUndefined(openBase(primitives, { ...received, encapsulatedKey: key }))
  })

  it("a ciphertext cut short", () => {
    for (let length = 0; length < sealed.ciphertext.length; length++) {
      assert.isUndefined(openBase(primitives, { ...received, ciphertext: sealed.ciphertext.subarray(0, length) }))
    }
  })

  it("a ciphertext with any bit changed", () => {
    for (let run = 0; run < 50; run++) {
      assert.isUndefined(openBase(primitives, { ...received, ciphertext: withFlippedBit(random, sealed.ciphertext) }))
    }
  })

  it("our own keys of a wrong length throw", () => {
    const short = new Uint8Array(31)
    assert.throws(() => sealBase(primitives, { ...message, ephemeralSecretKey: short }))
    assert.throws(() => openBase(primitives, { ...received, recipientSecretKey: short }))
  })
})
