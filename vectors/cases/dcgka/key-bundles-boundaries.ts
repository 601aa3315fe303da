import { Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { labelledDraw } from "../../../reference/crypto/randomness.ts"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { labels } from "../../../spec/conventions/labels.ts"
import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses, grace, KeyBundle } from "../../../spec/dcgka/key-bundles.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { appear, appearAs, expires, filled, hexOf, meet, now, repeated } from "../people.ts"

/** Bob's bundle with fields changed, signed anew by him or not. */
const changed = (bundle: string, changes: Partial<KeyBundle>, isSigned: boolean): string => {
  const { signature, ...content } = { ...Result.getOrThrow(decodeWire(KeyBundle, bytesOf(bundle))), ...changes }
  const secret = labelledDraw(nodePrimitives, bytesOf(repeated("bob")), "identity/signing", 32)
  const again = nodePrimitives.ed25519Sign(secret, encodeCbor([labels.keyBundle, ...Object.values(content)]))
  return Hex.encode(encodeWire(KeyBundle, { ...content, signature: isSigned ? again : signature }))
}

const sealing = { context: hexOf("context"), associatedData: hexOf("data") }

const seal = (author: Author, number: number) =>
  author.accepts("first-contact.initiate", {
    on: "alice",
    user: "bob",
    ephemeralSecretKey: repeated(`e${number}`),
    ...sealing,
    plaintext: hexOf(`message ${number}`),
  })

const respond = (author: Author, agreementKey: string, header: ReturnType<typeof seal>, number: number) =>
  author.gives("first-contact.respond", { on: "bob", agreementKey, ...header, ...sealing }, { plaintext: hexOf(`message ${number}`) })

const zero = new Uint8Array(32)

const cases = (): ReadonlyArray<Case> => [
  aCase(
    "key-bundles/order-of-checks",
    {
      title: "Of several faults of a bundle the first in the order of the checks is named",
      clauses: [verdicts["order-of-checks"]],
      twin: "key-bundles/first-contact",
    },
    (author) => {
      appear(author, "alice")
      appear(author, "bob")
      const bundle = meet(author, "alice", "bob")
      const verify = (changes: Partial<KeyBundle>, isSigned: boolean, at: number) =>
        ({ bundle: changed(bundle, changes, isSigned), now: at }) as const
      author.refuses(clauses.suite, "keys.verify", verify({ suite: 2, oneTimePrekey: zero }, false, expires))
      author.refuses(clauses.signature, "keys.verify", verify({ oneTimePrekey: zero }, false, expires))
      author.refuses(clauses.valid, "keys.verify", verify({ oneTimePrekey: zero }, true, expires))
      author.refuses(clauses["agreement-zero"], "keys.verify", verify({ oneTimePrekey: zero }, true, expires - 1))
      const other = nodePrimitives.x25519PublicKey(bytesOf(repeated("mallory")))
      author.refuses(clauses["same-identity"], "keys.learn", { on: "alice", ...verify({ agreementKey: other }, true, now) })
      author.ignores("keys.learn", { on: "alice", bundle, now })
      const short = { on: "alice", user: "nobody", ephemeralSecretKey: filled(1, 31), ...sealing, plaintext: "" } as const
      author.refuses(suite.length, "first-contact.initiate", short)
      author.refuses(clauses.valid, "keys.learn", { on: "alice", bundle, now: expires })
    },
  ),
  aCase(
    "key-bundles/same-prekeys-in-another-bundle",
    { title: "A bundle with the prekey ids of one that was taken in is ignored, whatever else it says", clauses: [clauses.once] },
    (author) => {
      appear(author, "alice")
      appear(author, "bob")
      const bundle = meet(author, "alice", "bob")
      author.ignores("keys.learn", { on: "alice", bundle: changed(bundle, { expires: expires + 1 }, true), now })
      author.accepts("keys.learn", { on: "alice", bundle: changed(bundle, { oneTimePrekeyId: 9 }, true), now })
      author.accepts("keys.learn", { on: "alice", bundle: changed(bundle, { signedPrekeyId: 9 }, true), now })
      author.accepts("keys.learn", { on: "alice", bundle: changed(bundle, { signedPrekeyId: 1, oneTimePrekeyId: 0 }, true), now })
    },
  ),
  aCase(
    "key-bundles/identity-outlives-bundles",
    {
      title: "A user of whom no bundle is left is known with the same keys as before",
      clauses: [clauses["same-identity"]],
      twin: "key-bundles/other-agreement-key",
    },
    (author) => {
      appear(author, "alice")
      appear(author, "bob")
      meet(author, "alice", "bob")
      seal(author, 1)
      const { bundle } = author.accepts("keys.publish", { on: "bob" })
      const other = nodePrimitives.x25519PublicKey(bytesOf(repeated("mallory")))
      author.refuses(clauses["same-identity"], "keys.learn", { on: "alice", bundle: changed(bundle, { agreementKey: other }, true), now })
      author.accepts("keys.learn", { on: "alice", bundle, now })
    },
  ),
  aCase(
    "key-bundles/own-bundles-expire",
    { title: "A bundle of our own user that we have taken in expires like any other", clauses: [clauses.retire] },
    (author) => {
      appear(author, "alice")
      meet(author, "alice", "alice")
      author.accepts("keys.retire", { on: "alice", now: expires })
      const call = { on: "alice", user: "alice", ephemeralSecretKey: repeated("e1"), ...sealing, plaintext: "" }
      author.waits({ bundle: "alice" }, "first-contact.initiate", call)
    },
  ),
  aCase(
    "key-bundles/retired-from-the-state",
    { title: "With a signed prekey that is over, the one-time prekeys published with it leave the saved state", clauses: [clauses.retire] },
    (author) => {
      appear(author, "bob")
      author.accepts("keys.publish", { on: "bob" })
      const secret = (id: number) => {
        const drawn = Hex.encode(labelledDraw(nodePrimitives, bytesOf(repeated("bob")), `prekey/${id}`, 32))
        // An implementation may keep a secret key as it is used: the bits that X25519 sets are in its ends.
        return { name: `prekey ${id}`, value: drawn.slice(2, -2) }
      }
      author.keeps("bob", [secret(0), secret(1)], [])
      author.accepts("keys.retire", { on: "bob", now: expires + grace - 1 })
      author.keeps("bob", [secret(0), secret(1)], [])
      author.accepts("keys.retire", { on: "bob", now: expires + grace })
      author.keeps("bob", [], [secret(0), secret(1)])
    },
  ),
  aCase(
    "key-bundles/taken-in-order",
    {
      title: "Bundles are used in the order in which they were taken in, not in that of their ids or of their expiry",
      clauses: [clauses.once],
    },
    (author) => {
      appear(author, "alice")
      appear(author, "bob")
      const [first, second, third] = [1, 2, 3].map((number) => {
        author.accepts("keys.rotate", { on: "bob", expires: expires + 10 * number })
        return author.accepts("keys.publish", { on: "bob" }).bundle
      })
      for (const bundle of [second!, third!, first!]) author.accepts("keys.learn", { on: "alice", bundle, now })
      const ids = [1, 2, 3].map((number) => seal(author, number).oneTimePrekeyId)
      author.claim(String(ids) === "4,6,2", "the second that was published is used first")
    },
  ),
  aCase(
    "key-bundles/newest-prekey-is-published",
    {
      title: "The signed prekey with the highest id is published, also when it expires before another",
      clauses: [clauses["signed-prekey"]],
    },
    (author) => {
      appear(author, "alice")
      author.accepts("keys.rotate", { on: "alice", expires: expires - 10 })
      const { bundle } = author.accepts("keys.publish", { on: "alice" })
      const { signedPrekeyId, oneTimePrekeyId, expires: until } = Result.getOrThrow(decodeWire(KeyBundle, bytesOf(bundle)))
      author.claim(String([signedPrekeyId, oneTimePrekeyId, until]) === String([1, 2, expires - 10]), "ids go on counting")
    },
  ),
  aCase(
    "key-bundles/taken-in-once-each",
    { title: "Of two bundles that were used neither is taken in again, also when others have expired since", clauses: [clauses.once] },
    (author) => {
      appear(author, "alice")
      appear(author, "bob")
      const bundles = [meet(author, "alice", "bob"), meet(author, "alice", "bob")]
      for (const number of [1, 2]) seal(author, number)
      for (const bundle of bundles) author.ignores("keys.learn", { on: "alice", bundle, now })
      const unused = meet(author, "alice", "bob")
      author.accepts("keys.retire", { on: "alice", now: expires })
      for (const bundle of [...bundles, unused]) author.ignores("keys.learn", { on: "alice", bundle, now })
    },
  ),
  aCase(
    "key-bundles/users-named-like-members-of-objects",
    { title: "Users whose names mean something to a programming language are users like others", clauses: [clauses.once] },
    (author) => {
      appear(author, "alice")
      for (const [index, user] of ["constructor", "__proto__", "hasOwnProperty"].entries()) {
        const call = { on: "alice", user, ephemeralSecretKey: repeated(`e${index}`), ...sealing, plaintext: "" }
        author.waits({ bundle: user }, "first-contact.initiate", call)
        appearAs(author, `user-${index}`, user)
        meet(author, "alice", `user-${index}`)
        author.accepts("first-contact.initiate", call)
        author.waits({ bundle: user }, "first-contact.initiate", call)
      }
    },
  ),
  aCase(
    "key-bundles/retire-one-of-three",
    {
      title: "Of three signed prekeys one is over: with it go its one-time prekeys, and none of the others",
      clauses: [clauses.retire],
      twin: "key-bundles/first-contact",
    },
    (author) => {
      const { agreementKey } = appear(author, "alice")
      appear(author, "bob")
      for (const more of [0, 1, 2]) {
        if (more > 0) author.accepts("keys.rotate", { on: "bob", expires: expires + more })
        meet(author, "alice", "bob")
      }
      const headers = [1, 2, 3].map((number) => seal(author, number))
      author.accepts("keys.retire", { on: "bob", now: expires + grace })
      const gone = { on: "bob", agreementKey, ...headers[0]!, ...sealing }
      author.refuses(clauses["prekey-held"], "first-contact.respond", gone)
      respond(author, agreementKey, headers[2]!, 3)
      respond(author, agreementKey, headers[1]!, 2)
      author.accepts("keys.retire", { on: "bob", now: 0 })
    },
  ),
  aCase(
    "key-bundles/retire-at-the-second",
    { title: "A bundle is taken until the second before it expires", clauses: [clauses.retire, clauses.valid] },
    (author) => {
      appear(author, "alice")
      appear(author, "bob")
      const { bundle } = author.accepts("keys.publish", { on: "bob" })
      author.accepts("keys.learn", { on: "alice", bundle, now: expires - 1 })
      meet(author, "alice", "bob")
      author.accepts("keys.retire", { on: "alice", now: expires - 1 })
      seal(author, 1)
      author.accepts("keys.retire", { on: "alice", now: expires })
      const call = { on: "alice", user: "bob", ephemeralSecretKey: repeated("e2"), ...sealing, plaintext: "" }
      author.waits({ bundle: "bob" }, "first-contact.initiate", call)
    },
  ),
  aCase(
    "key-bundles/respond-order",
    {
      title: "What opens a first contact is looked for before its keys, and these before its text",
      clauses: [verdicts["order-of-checks"]],
      twin: "key-bundles/first-contact",
    },
    (author) => {
      const { agreementKey } = appear(author, "alice")
      appear(author, "bob")
      meet(author, "alice", "bob")
      const right = { on: "bob", agreementKey, ...seal(author, 1), ...sealing }
      const faults = { ephemeralKey: filled(0, 32), ciphertext: "00" }
      author.refuses(suite.length, "first-contact.respond", { ...right, ...faults, oneTimePrekeyId: 9, agreementKey: "00" })
      author.refuses(clauses["prekey-held"], "first-contact.respond", { ...right, ...faults, oneTimePrekeyId: 9 })
      author.refuses(clauses["agreement-zero"], "first-contact.respond", { ...right, ...faults })
      author.refuses(suite["aead-opens"], "first-contact.respond", { ...right, ciphertext: "00" })
      author.accepts("first-contact.respond", right)
    },
  ),
]

/** What is counted, ordered and timed of key bundles. */
export default caseFile({ part: "dcgka", chapter: "key-bundles-boundaries", layer: "key-bundles", flags: {} }, cases)
