import { Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { labelledDraw } from "../../../reference/crypto/randomness.ts"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { labels } from "../../../spec/conventions/labels.ts"
import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { clauses, grace, KeyBundle } from "../../../spec/dcgka/key-bundles.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { appear, expires, filled, flipped, hexOf, meet, now, repeated } from "../people.ts"

/** Bob's bundle with fields changed, and signed anew by Bob (or by the secret signing key of somebody else). */
export const resigned = (bundle: string, changes: Partial<KeyBundle>, signer = "bob"): string => {
  const { signature: _, ...content } = { ...Result.getOrThrow(decodeWire(KeyBundle, bytesOf(bundle))), ...changes }
  const secret = labelledDraw(nodePrimitives, bytesOf(repeated(signer)), "identity/signing", 32)
  const signature = nodePrimitives.ed25519Sign(secret, encodeCbor([labels.keyBundle, ...Object.values(content)]))
  return Hex.encode(encodeWire(KeyBundle, { ...content, signature }))
}

const published = (author: Author) => {
  appear(author, "alice")
  appear(author, "bob")
  return author.accepts("keys.publish", { on: "bob" }).bundle
}

const verifies = (
  id: string,
  title: string,
  clause: (typeof clauses)[keyof typeof clauses],
  change: (bundle: string) => object,
): ReadonlyArray<Case> =>
  twins(`key-bundles/${id}`, clause, title, (author) => {
    const bundle = published(author)
    return fork("keys.verify", { bundle, now }, change(bundle))
  })

const learns = (
  id: string,
  title: string,
  clause: (typeof clauses)[keyof typeof clauses],
  change: (author: Author, bundle: string) => object,
): ReadonlyArray<Case> =>
  twins(`key-bundles/${id}`, clause, title, (author) => {
    meetBoth(author)
    const { bundle } = author.accepts("keys.publish", { on: "bob" })
    return fork("keys.learn", { on: "alice", bundle, now }, change(author, bundle))
  })

const meetBoth = (author: Author) => {
  appear(author, "alice")
  appear(author, "bob")
  meet(author, "alice", "bob")
}

const mallory = nodePrimitives.x25519PublicKey(bytesOf(repeated("mallory")))

const bundles = (): ReadonlyArray<Case> => [
  aCase(
    "key-bundles/publish",
    {
      title: "Identity keys, two signed prekeys and the bundles published with each",
      clauses: [clauses.signature, clauses["signed-prekey"]],
    },
    (author) => {
      appear(author, "alice")
      const first = author.accepts("keys.publish", { on: "alice" })
      author.gives("keys.verify", { bundle: first.bundle, now }, { user: "alice" })
      const second = author.accepts("keys.publish", { on: "alice" })
      author.accepts("keys.rotate", { on: "alice", expires: expires + 1 })
      const third = author.accepts("keys.publish", { on: "alice" })
      author.claim(new Set([first.bundle, second.bundle, third.bundle]).size === 3, "no bundle is published twice")
      author.gives("keys.verify", { bundle: third.bundle, now: expires }, { user: "alice" })
    },
  ),
  aCase(
    "key-bundles/publish-without-prekey",
    {
      title: "There is nothing to publish before the first signed prekey",
      clauses: [clauses["signed-prekey"]],
      twin: "key-bundles/publish",
    },
    (author) => {
      author.accepts("keys.generate", { on: "alice", user: "alice", seed: repeated("alice") })
      author.refuses(clauses["signed-prekey"], "keys.publish", { on: "alice" })
      author.accepts("keys.rotate", { on: "alice", expires })
      author.accepts("keys.publish", { on: "alice" })
    },
  ),
  ...verifies("suite", "A bundle of suite 2, well signed", clauses.suite, (bundle) => ({ bundle: resigned(bundle, { suite: 2 }) })),
  ...verifies("signature", "A bundle with a bit of the signature flipped", clauses.signature, (bundle) => ({
    bundle: flipped(bundle, -1),
  })),
  ...verifies("signature-of-prekey", "A bundle with another one-time prekey than was signed", clauses.signature, (bundle) => ({
    bundle: bundle.replace(Hex.encode(Result.getOrThrow(decodeWire(KeyBundle, bytesOf(bundle))).oneTimePrekey), Hex.encode(mallory)),
  })),
  ...verifies("signer", "A bundle signed by somebody else", clauses.signature, (bundle) => ({ bundle: resigned(bundle, {}, "mallory") })),
  ...verifies(
    "signer-of-small-order",
    "A bundle whose signing key is of small order, as the R of its signature is",
    clauses.signature,
    (bundle) => {
      const neutral = Uint8Array.of(1, ...new Uint8Array(31))
      const content = Result.getOrThrow(decodeWire(KeyBundle, bytesOf(bundle)))
      const signature = Uint8Array.of(...neutral, ...new Uint8Array(32))
      return { bundle: Hex.encode(encodeWire(KeyBundle, { ...content, signingKey: neutral, signature })) }
    },
  ),
  ...verifies("expired", "A bundle at the second at which it expires", clauses.valid, () => ({ now: expires })),
  ...learns("learn-signature", "A bundle with a bad signature, taken in", clauses.signature, (_, bundle) => ({
    bundle: flipped(bundle, -1),
  })),
  ...learns("learn-expired", "An expired bundle, taken in", clauses.valid, () => ({ now: expires + 1 })),
  ...learns("other-agreement-key", "A bundle with another agreement key", clauses["same-identity"], (_, bundle) => ({
    bundle: resigned(bundle, { agreementKey: mallory }),
  })),
  ...learns("other-signing-key", "A bundle with another signing key, well signed by it", clauses["same-identity"], (_, bundle) => {
    const signingKey = nodePrimitives.ed25519PublicKey(labelledDraw(nodePrimitives, bytesOf(repeated("mallory")), "identity/signing", 32))
    return { bundle: resigned(bundle, { signingKey }, "mallory") }
  }),
  aCase("key-bundles/taken-in-once", { title: "A bundle is taken in once, also after it was used", clauses: [clauses.once] }, (author) => {
    meetBoth(author)
    const bundle = meet(author, "alice", "bob")
    author.ignores("keys.learn", { on: "alice", bundle, now })
    initiate(author)
    initiate(author)
    author.ignores("keys.learn", { on: "alice", bundle, now })
    author.waits({ bundle: "bob" }, "first-contact.initiate", {
      ...sealing,
      on: "alice",
      user: "bob",
      ephemeralSecretKey: repeated("e3"),
      plaintext: "",
    })
  }),
]

const sealing = { context: hexOf("context"), associatedData: hexOf("data") }

const initiate = (author: Author, ephemeral = "e1") =>
  author.accepts("first-contact.initiate", {
    on: "alice",
    user: "bob",
    ephemeralSecretKey: repeated(ephemeral),
    ...sealing,
    plaintext: hexOf("hello bob"),
  })

const contact = (author: Author) => {
  const alice = appear(author, "alice")
  appear(author, "bob")
  meet(author, "alice", "bob")
  return { on: "bob", agreementKey: alice.agreementKey, ...initiate(author), ...sealing }
}

const responds = (id: string, title: string, clause: Parameters<typeof twins>[1], wrong: object) =>
  twins(`key-bundles/${id}`, clause, title, (author) => fork("first-contact.respond", contact(author), wrong))

const contacts = (): ReadonlyArray<Case> => [
  aCase(
    "key-bundles/first-contact",
    {
      title: "A first contact, with its four agreements",
      clauses: [clauses["four-agreements"], clauses["prekey-held"], clauses["agreement-zero"]],
    },
    (author) => {
      author.gives("first-contact.respond", contact(author), { plaintext: hexOf("hello bob") })
    },
  ),
  aCase(
    "key-bundles/one-time",
    {
      title: "A one-time prekey opens one message: the same message again is refused",
      clauses: [clauses["one-time"], clauses["prekey-held"]],
      twin: "key-bundles/first-contact",
    },
    (author) => {
      const right = contact(author)
      author.accepts("first-contact.respond", right)
      author.refuses(clauses["prekey-held"], "first-contact.respond", right)
    },
  ),
  ...responds("unknown-prekey", "A one-time prekey that was never published", clauses["prekey-held"], { oneTimePrekeyId: 7 }),
  ...responds("unknown-signed-prekey", "A signed prekey that was never published", clauses["prekey-held"], { signedPrekeyId: 5 }),
  ...responds("swapped-prekeys", "The two prekeys exchanged", clauses["prekey-held"], { signedPrekeyId: 1, oneTimePrekeyId: 0 }),
  ...twins(
    "key-bundles/prekeys-of-two-bundles",
    clauses["prekey-held"],
    "A one-time prekey with the signed prekey of a later bundle",
    (author) => {
      const right = contact(author)
      author.accepts("keys.rotate", { on: "bob", expires })
      author.accepts("keys.publish", { on: "bob" })
      return fork("first-contact.respond", right, { signedPrekeyId: 2 })
    },
  ),
  ...responds("zero-ephemeral", "An ephemeral key of small order", clauses["agreement-zero"], { ephemeralKey: filled(0, 32) }),
  ...responds("zero-identity", "An agreement key of small order", clauses["agreement-zero"], { agreementKey: filled(0, 32) }),
  ...responds("other-initiator", "The agreement key of somebody else", suite["aead-opens"], { agreementKey: Hex.encode(mallory) }),
  ...responds("other-context", "Another context", suite["aead-opens"], { context: hexOf("Context") }),
  ...responds("other-data", "Other associated data", suite["aead-opens"], { associatedData: "" }),
  ...twins("key-bundles/flipped", suite["aead-opens"], "A first contact with a bit of the ciphertext flipped", (author) => {
    const right = contact(author)
    return fork("first-contact.respond", right, { ciphertext: flipped(right.ciphertext, 0) })
  }),
  ...(["agreementKey", "signedPrekey", "oneTimePrekey"] as const).flatMap((key) =>
    learns(
      `zero-${key.toLowerCase()}`,
      `A bundle, well signed, whose ${key} is of small order`,
      clauses["agreement-zero"],
      (_, bundle) => ({
        bundle: resigned(bundle, { [key]: new Uint8Array(32) }),
      }),
    ),
  ),
  aCase(
    "key-bundles/retire",
    { title: "Expired prekeys are deleted, and open nothing any more", clauses: [clauses.retire], twin: "key-bundles/first-contact" },
    (author) => {
      const right = contact(author)
      author.accepts("keys.retire", { on: "bob", now: expires + grace - 1 })
      author.accepts("keys.retire", { on: "bob", now: expires + grace })
      author.refuses(clauses["prekey-held"], "first-contact.respond", right)
    },
  ),
  aCase(
    "key-bundles/retire-bundles",
    { title: "An expired bundle of another user is deleted, and is not taken in again", clauses: [clauses.retire, clauses.once] },
    (author) => {
      appear(author, "alice")
      appear(author, "bob")
      const bundle = meet(author, "alice", "bob")
      author.accepts("keys.retire", { on: "alice", now: expires })
      author.waits({ bundle: "bob" }, "first-contact.initiate", {
        ...sealing,
        on: "alice",
        user: "bob",
        ephemeralSecretKey: repeated("e1"),
        plaintext: "",
      })
      author.ignores("keys.learn", { on: "alice", bundle, now })
      meet(author, "alice", "bob")
      author.accepts("first-contact.initiate", { ...sealing, on: "alice", user: "bob", ephemeralSecretKey: repeated("e1"), plaintext: "" })
    },
  ),
  aCase("key-bundles/retire-keeps", { title: "Prekeys that have not expired are kept", clauses: [clauses.retire] }, (author) => {
    const right = contact(author)
    author.accepts("keys.rotate", { on: "bob", expires: expires - grace })
    author.accepts("keys.publish", { on: "bob" })
    author.accepts("keys.retire", { on: "bob", now: expires + grace - 1 })
    author.accepts("first-contact.respond", right)
  }),
]

/** The layer "key-bundles". */
export default caseFile({ part: "dcgka", chapter: "key-bundles", layer: "key-bundles", flags: {} }, () => [...bundles(), ...contacts()])
