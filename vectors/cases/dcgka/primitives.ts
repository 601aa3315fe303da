import { Hex } from "effect/encoding"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses as randomness } from "../../../spec/conventions/randomness.ts"
import { clauses } from "../../../spec/conventions/suite.ts"
import type { MethodName } from "../../../spec/methods.ts"
import { type Author, aCase, type Case, caseFile, type Fork, fork, twins } from "../author.ts"
import { filled, flipped, hexOf, repeated } from "../people.ts"
import { ed25519Edges } from "./ed25519-edges.ts"

/** The order L of Ed25519's base point, little-endian. */
const groupOrder = (1n << 252n) + 27742317777372353535851937790883648493n
const fieldPrime = (1n << 255n) - 19n

const littleEndian = (value: bigint): string =>
  Hex.encode(Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn)))
const fromLittleEndian = (hex: string): bigint => BigInt(`0x${hex.match(/../g)!.reverse().join("")}`)

/** The points of small order on Curve25519 (u), canonical and not. Source: RFC 7748 section 6.1 and the curve's torsion group. */
const smallOrderU = [
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  fieldPrime - 1n,
  fieldPrime,
  fieldPrime + 1n,
]

/** The y of the points of small order on edwards25519. */
const orderEightY = 2707385501144840649318225287225658788936804267575313519463743609750303021094n
const smallOrderY = [0n, 1n, fieldPrime - 1n, orderEightY % fieldPrime]

const secretKey = repeated("alice")
const peerSecretKey = repeated("bob")

const known = (): ReadonlyArray<Case> => [
  aCase("primitives/sha256-abc", { title: "SHA-256 of abc (FIPS 180-4)", clauses: [] }, (author) => {
    author.gives(
      "primitives.sha256",
      { data: hexOf("abc") },
      { digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    )
  }),
  aCase("primitives/hkdf-rfc5869-1", { title: "HKDF: RFC 5869 appendix A.1", clauses: [clauses["hkdf-length"]] }, (author) => {
    author.gives(
      "primitives.hkdf",
      { salt: "000102030405060708090a0b0c", input: filled(0x0b, 22), info: "f0f1f2f3f4f5f6f7f8f9", length: 42 },
      { output: "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865" },
    )
  }),
  aCase(
    "primitives/hkdf-empty",
    { title: "HKDF: RFC 5869 appendix A.3, empty salt and info", clauses: [clauses["hkdf-length"]] },
    (author) => {
      author.gives(
        "primitives.hkdf",
        { salt: "", input: filled(0x0b, 22), info: "", length: 42 },
        { output: "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8" },
      )
    },
  ),
  aCase("primitives/x25519-rfc7748", { title: "X25519: RFC 7748 section 6.1", clauses: [clauses["x25519-zero"]] }, (author) => {
    const alice = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
    const bob = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"
    const a = author.accepts("primitives.x25519-public", { secretKey: alice })
    const b = author.accepts("primitives.x25519-public", { secretKey: bob })
    const one = author.accepts("primitives.x25519", { secretKey: alice, publicKey: b.publicKey })
    const other = author.accepts("primitives.x25519", { secretKey: bob, publicKey: a.publicKey })
    author.claim(one.sharedSecret === other.sharedSecret, "both sides agree")
    author.claim(
      one.sharedSecret === "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
      "the shared secret is that of the RFC",
    )
    author.claim(b.publicKey === "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", "Bob's public key is that of the RFC")
  }),
  aCase(
    "primitives/x25519-top-bit",
    { title: "X25519 ignores the top bit of a public key, and takes one that is not reduced", clauses: [clauses["x25519-zero"]] },
    (author) => {
      const { publicKey } = author.accepts("primitives.x25519-public", { secretKey: peerSecretKey })
      const plain = author.accepts("primitives.x25519", { secretKey, publicKey })
      author.gives("primitives.x25519", { secretKey, publicKey: flipped(publicKey, 31, 0x80) }, plain)
      const small = author.accepts("primitives.x25519", { secretKey, publicKey: littleEndian(9n) })
      author.gives("primitives.x25519", { secretKey, publicKey: littleEndian(fieldPrime + 9n) }, small)
    },
  ),
  aCase(
    "primitives/ed25519-rfc8032",
    { title: "Ed25519: RFC 8032 section 7.1, test 2", clauses: [clauses["ed25519-strict"]] },
    (author) => {
      const key = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
      const { publicKey } = author.accepts("primitives.ed25519-public", { secretKey: key })
      author.claim(publicKey === "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "the public key is that of the RFC")
      const { signature } = author.accepts("primitives.ed25519-sign", { secretKey: key, message: "72" })
      author.gives("primitives.ed25519-verify", { publicKey, message: "72", signature }, {})
    },
  ),
  aCase("primitives/hpke-round-trip", { title: "HPKE, sealed and opened", clauses: [clauses["hpke-opens"]] }, (author) => {
    const { publicKey: recipientPublicKey } = author.accepts("primitives.x25519-public", { secretKey: peerSecretKey })
    const context = { info: hexOf("info"), associatedData: hexOf("data") }
    for (const plaintext of ["", hexOf("to bob")]) {
      const sealed = author.accepts("primitives.hpke-seal", { recipientPublicKey, ephemeralSecretKey: secretKey, ...context, plaintext })
      author.gives("primitives.hpke-open", { recipientSecretKey: peerSecretKey, ...sealed, ...context }, { plaintext })
    }
  }),
  aCase(
    "primitives/hpke-rfc9180",
    { title: "HPKE: RFC 9180 appendix A.2.1, first encryption", clauses: [clauses["hpke-opens"]] },
    (author) => {
      const info = "4f6465206f6e2061204772656369616e2055726e"
      author.gives(
        "primitives.hpke-open",
        {
          recipientSecretKey: "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb",
          encapsulatedKey: "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a",
          info,
          associatedData: "436f756e742d30",
          ciphertext: "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
        },
        { plaintext: "4265617574792069732074727574682c20747275746820626561757479" },
      )
    },
  ),
  aCase("primitives/draw", { title: "Labelled draws: by label, by length, by seed", clauses: [randomness["labelled-draw"]] }, (author) => {
    const seed = repeated("seed")
    const one = author.accepts("primitives.draw", { seed, label: "identity/signing", length: 32 })
    const other = author.accepts("primitives.draw", { seed, label: "identity/agreement", length: 32 })
    const long = author.accepts("primitives.draw", { seed, label: "identity/signing", length: 80 })
    author.claim(one.bytes !== other.bytes && long.bytes.startsWith(one.bytes), "labels differ, lengths are prefixes")
    author.accepts("primitives.draw", { seed: repeated("another seed"), label: "identity/signing", length: 32 })
  }),
]

const signed = (author: Author) => {
  const message = hexOf("a message")
  const { publicKey } = author.accepts("primitives.ed25519-public", { secretKey })
  const { signature } = author.accepts("primitives.ed25519-sign", { secretKey, message })
  return { publicKey, message, signature }
}

type Change = (right: {
  publicKey: string
  message: string
  signature: string
}) => Partial<{ publicKey: string; message: string; signature: string }>

const badSignature = (name: string, title: string, change: Change) =>
  twins(`primitives/ed25519-${name}`, clauses["ed25519-strict"], title, (author) => {
    const right = signed(author)
    return fork("primitives.ed25519-verify", right, change(right))
  })

const signatures = (): ReadonlyArray<Case> => [
  ...badSignature("other-message", "A signature of another message", () => ({ message: hexOf("b message") })),
  ...badSignature("other-key", "A signature under another key", () => ({
    publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  })),
  ...badSignature("flipped-r", "A signature with a bit of R flipped", ({ signature }) => ({ signature: flipped(signature, 0) })),
  ...badSignature("flipped-s", "A signature with a bit of S flipped", ({ signature }) => ({ signature: flipped(signature, 32) })),
  ...badSignature("s-plus-order", "A signature with S + L in place of S", ({ signature }) => ({
    signature: signature.slice(0, 64) + littleEndian(fromLittleEndian(signature.slice(64)) + groupOrder),
  })),
  ...badSignature("zero", "A signature of zeros", () => ({ signature: filled(0, 64) })),
  ...smallOrderY.flatMap((y, index) =>
    // With S = 0 and R = A's negative or the identity, lenient verifiers accept for a key of small order.
    badSignature(
      `small-order-key-${index}`,
      `A public key of small order, y = ${y < 2n ? y : y === fieldPrime - 1n ? "p - 1" : "that of order 8"}`,
      () => ({
        publicKey: littleEndian(y),
        signature: littleEndian(1n) + filled(0, 32),
      }),
    ),
  ),
  ...badSignature("key-not-reduced", "A public key with y = p + 1", () => ({ publicKey: littleEndian(fieldPrime + 1n) })),
  ...badSignature("key-off-curve", "A public key that is no point", () => ({ publicKey: littleEndian(2n) })),
]

const lengthFaults: ReadonlyArray<readonly [string, string, (author: Author) => Fork<MethodName>]> = [
  [
    "x25519-length",
    "X25519 with a public key of 31 bytes",
    (author) => {
      const { publicKey } = author.accepts("primitives.x25519-public", { secretKey: peerSecretKey })
      return fork("primitives.x25519", { secretKey, publicKey }, { publicKey: publicKey.slice(2) })
    },
  ],
  [
    "ed25519-length",
    "Ed25519 with a signature of 63 bytes",
    (author) => {
      const right = signed(author)
      return fork("primitives.ed25519-verify", right, { signature: right.signature.slice(2) })
    },
  ],
  [
    "aead-nonce-length",
    "ChaCha20-Poly1305 with a nonce of 8 bytes",
    () =>
      fork("primitives.aead-seal", { key: secretKey, nonce: filled(1, 12), associatedData: "", plaintext: "" }, { nonce: filled(1, 8) }),
  ],
  [
    "hpke-length",
    "HPKE with a public key of 33 bytes",
    (author) => {
      const { publicKey } = author.accepts("primitives.x25519-public", { secretKey: peerSecretKey })
      const right = { recipientPublicKey: publicKey, ephemeralSecretKey: secretKey, info: "", associatedData: "", plaintext: "" }
      return fork("primitives.hpke-seal", right, { recipientPublicKey: `${publicKey}00` })
    },
  ],
  [
    "draw-seed-length",
    "A draw from a seed of 16 bytes",
    () => fork("primitives.draw", { seed: filled(1, 32), label: "x", length: 1 }, { seed: filled(1, 16) }),
  ],
]

const opens = (
  name: string,
  title: string,
  change: (right: { key: string; nonce: string; associatedData: string; ciphertext: string }) => object,
) =>
  twins(`primitives/aead-${name}`, clauses["aead-opens"], title, (author) => {
    const sealing = { key: secretKey, nonce: filled(7, 12), associatedData: hexOf("header") }
    const { ciphertext } = author.accepts("primitives.aead-seal", { ...sealing, plaintext: hexOf("a secret") })
    const right = { ...sealing, ciphertext }
    return fork("primitives.aead-open", right, change(right))
  })

const hpkeOpens = (
  name: string,
  title: string,
  clause: Clause,
  change: (right: { encapsulatedKey: string; ciphertext: string }) => object,
) =>
  twins(`primitives/hpke-${name}`, clause, title, (author) => {
    const { publicKey: recipientPublicKey } = author.accepts("primitives.x25519-public", { secretKey: peerSecretKey })
    const context = { info: hexOf("info"), associatedData: hexOf("data") }
    const sealed = author.accepts("primitives.hpke-seal", {
      recipientPublicKey,
      ephemeralSecretKey: secretKey,
      ...context,
      plaintext: hexOf("to bob"),
    })
    return fork("primitives.hpke-open", { recipientSecretKey: peerSecretKey, ...sealed, ...context }, change(sealed))
  })

const ciphertexts = (): ReadonlyArray<Case> => [
  ...opens("flipped", "A ciphertext with a bit flipped", ({ ciphertext }) => ({ ciphertext: flipped(ciphertext, 0) })),
  ...opens("flipped-tag", "A tag with a bit flipped", ({ ciphertext }) => ({ ciphertext: flipped(ciphertext, -1, 0x80) })),
  ...opens("short", "A ciphertext shorter than a tag", ({ ciphertext }) => ({ ciphertext: ciphertext.slice(0, 30) })),
  ...opens("empty", "An empty ciphertext", () => ({ ciphertext: "" })),
  ...opens("other-data", "Other associated data", () => ({ associatedData: hexOf("Header") })),
  ...opens("other-nonce", "Another nonce", () => ({ nonce: filled(8, 12) })),
  ...opens("other-key", "Another key", () => ({ key: peerSecretKey })),
  ...hpkeOpens("flipped", "An HPKE ciphertext with a bit flipped", clauses["hpke-opens"], ({ ciphertext }) => ({
    ciphertext: flipped(ciphertext, 3),
  })),
  ...hpkeOpens("other-info", "HPKE with another info", clauses["hpke-opens"], () => ({ info: hexOf("Info") })),
  ...hpkeOpens("other-data", "HPKE with other associated data", clauses["hpke-opens"], () => ({ associatedData: "" })),
  ...hpkeOpens("other-key", "HPKE with another encapsulated key", clauses["hpke-opens"], () => ({ encapsulatedKey: littleEndian(9n) })),
  ...hpkeOpens("zero-key", "HPKE with an encapsulated key of small order", clauses["hpke-opens"], () => ({
    encapsulatedKey: filled(0, 32),
  })),
  ...hpkeOpens("short", "An HPKE ciphertext shorter than a tag", clauses["hpke-opens"], () => ({ ciphertext: "00" })),
]

const agreements = (): ReadonlyArray<Case> => [
  ...smallOrderU.flatMap((u, index) =>
    twins(`primitives/x25519-small-order-${index}`, clauses["x25519-zero"], "A public key of small order", (author) => {
      const { publicKey } = author.accepts("primitives.x25519-public", { secretKey: peerSecretKey })
      return fork("primitives.x25519", { secretKey, publicKey }, { publicKey: littleEndian(u) })
    }),
  ),
  ...twins("primitives/hpke-seal-zero", clauses["x25519-zero"], "HPKE to a public key of small order", (author) => {
    const { publicKey } = author.accepts("primitives.x25519-public", { secretKey: peerSecretKey })
    const right = { recipientPublicKey: publicKey, ephemeralSecretKey: secretKey, info: "", associatedData: "", plaintext: "" }
    return fork("primitives.hpke-seal", right, { recipientPublicKey: filled(0, 32) })
  }),
  ...twins("primitives/hkdf-length", clauses["hkdf-length"], "HKDF for more than 8,160 bytes", () =>
    fork("primitives.hkdf", { salt: "", input: "00", info: "", length: 8160 }, { length: 8161 }),
  ),
]

/** The layer "primitives". */
export default caseFile({ part: "dcgka", chapter: "primitives", layer: "primitives", flags: {} }, () => [
  ...known(),
  ...signatures(),
  ...ed25519Edges(),
  ...agreements(),
  ...ciphertexts(),
  ...lengthFaults.flatMap(([name, title, write]) => twins(`primitives/${name}`, clauses.length, title, write)),
])
