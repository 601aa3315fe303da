/**
 * The game of one first contact: every set of the keys that take part, and every set of states.
 *
 * @module
 */
import { Effect, Result } from "effect"
import type { Primitives } from "../../reference/crypto/crypto.ts"
import { labelledDraw } from "../../reference/crypto/randomness.ts"
import * as KeyBundles from "../../reference/dcgka/key-bundles.ts"
import { accepted, runOn, type Step, seedOf } from "../../reference/simulation/network.ts"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import { grace, KeyStore } from "../../spec/dcgka/key-bundles.ts"
import { type ContactKey, contactFollows, contactKeysIn, contactsAs, isContactedAs } from "../../spec/dcgka/security-game.ts"
import { type GameCounts, tallyOf } from "./challenges.ts"
import { Knowledge, type Token } from "./knowledge.ts"

const subsets = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  all.reduce<ReadonlyArray<ReadonlyArray<A>>>((sets, one) => [...sets, ...sets.map((set) => [...set, one])], [[]])

const sealing = { context: new TextEncoder().encode("alice to bob"), associatedData: new Uint8Array() }
const payload = new TextEncoder().encode("hello")
const [now, expires] = [1_000_000_000, 2_000_000_000]

/** Plays the game on real keys. Throws when what the chapter says of a set of keys, or of states, is not so. */
export const playContact = (primitives: Primitives, counts: GameCounts): void => {
  const knowledge = new Knowledge(primitives)
  const run = runOn(knowledge.primitives)
  const doing = <A>(user: string, step: Step<A>): A => accepted(seedOf(user), step, run)
  const draw = (label: string) => labelledDraw(knowledge.primitives, seedOf("drawn"), label, 32)
  const person = (user: string) =>
    doing(
      user,
      Effect.flatMap(KeyBundles.generate(user), (keys) => KeyBundles.rotate(keys, expires)),
    )
  const [alice, bob] = [person("alice"), person("bob")]
  const published = doing("bob", KeyBundles.publish(bob))
  const aliceKey = knowledge.primitives.x25519PublicKey(alice.agreementSecretKey)

  const write = (ephemeral: Uint8Array, bytes: Uint8Array) => {
    const bundle = doing("alice", KeyBundles.verify(bytes, now))
    const sealed = doing("alice", KeyBundles.initiate(alice, bundle, ephemeral, sealing, payload))
    const { signedPrekeyId, oneTimePrekeyId } = bundle
    return { ...sealed, signedPrekeyId, oneTimePrekeyId }
  }
  const keyOf = ({ ciphertext }: { readonly ciphertext: Uint8Array }) => knowledge.keyOf(ciphertext)!

  const ephemeral = draw("ephemeral")
  const message = write(ephemeral, published.bundle)
  // The adversary knows the ephemeral key of what it writes itself, and the prekeys of a bundle that it makes itself.
  const known = { ephemeral: draw("ephemeral of the adversary"), prekeys: [draw("signed prekey"), draw("one-time prekey")] as const }
  const forged = write(known.ephemeral, published.bundle)
  const [signed, oneTime] = known.prekeys
  const lie = {
    ...bob,
    signedPrekeys: [{ id: 7, secretKey: signed, expires }],
    oneTimePrekeys: [],
    nextPrekeyId: 8,
  }
  // A bundle with a one-time prekey that the adversary has drawn.
  const forger = runOn(knowledge.primitives)
  const lieBundle = Result.getOrThrow(forger(oneTime, KeyBundles.publish(lie)))
  const answered = write(draw("ephemeral for the adversary"), lieBundle.bundle)

  const after = doing("bob", KeyBundles.respond(published.keys, aliceKey, message, sealing)).keys
  const retired = KeyBundles.retire(after, expires + grace)

  const tokens: Readonly<Record<ContactKey, Uint8Array>> = {
    "initiator-signing": alice.signingSecretKey,
    "initiator-agreement": alice.agreementSecretKey,
    ephemeral,
    "recipient-signing": bob.signingSecretKey,
    "recipient-agreement": bob.agreementSecretKey,
    "signed-prekey": bob.signedPrekeys[0]!.secretKey,
    "one-time-prekey": published.keys.oneTimePrekeys[0]!.secretKey,
  }
  const tokenOf = (key: ContactKey): Token => knowledge.tokenOf(tokens[key])!
  const everybody = knowledge.tokensIn(message.ciphertext)

  const challenge = (type: string, secret: Token, isPredicted: boolean, held: ReadonlyArray<Token>, says: string) => {
    const tally = tallyOf(counts, isPredicted ? "unsafe" : "dominated", type)
    tally.challenges++
    const follows = knowledge.closure([...everybody, ...held]).has(secret)
    if (follows) tally.derivable++
    if (follows !== isPredicted) throw new Error(`${type}: ${says} ${follows ? "is enough" : "is not enough"}`)
  }

  counts.traces++
  for (const keys of subsets(Object.keys(tokens) as ReadonlyArray<ContactKey>)) {
    counts.corruptions++
    const has = new Set(keys)
    const held = keys.map(tokenOf)
    const says = keys.join(", ") || "nothing"
    const drawn = (key: Uint8Array) => knowledge.tokenOf(key)!
    challenge("first-contact", keyOf(message), contactFollows(has), held, says)
    challenge("contact-as-initiator", keyOf(forged), contactsAs(has), [...held, drawn(known.ephemeral)], says)
    if (has.has("ephemeral")) continue
    // Who has not the signing key has no such bundle, which is signed.
    const isSigned = has.has("recipient-signing")
    const ownPrekeys = lieBundle.keys.oneTimePrekeys.map(({ secretKey }) => drawn(secretKey))
    const own = isSigned ? [drawn(signed), ...ownPrekeys] : []
    challenge("contact-as-recipient", keyOf(answered), isContactedAs(has), [...held, ...own], says)
  }

  const states: Readonly<Record<keyof typeof contactKeysIn, KeyStore>> = {
    initiator: alice,
    "recipient-before": published.keys,
    "recipient-after": after,
    "recipient-retired": retired,
  }
  for (const names of subsets(Object.keys(states) as ReadonlyArray<keyof typeof contactKeysIn>)) {
    counts.corruptions++
    const held = names.flatMap((name) => knowledge.tokensIn(encodeWire(KeyStore, states[name])))
    const has = new Set<ContactKey>(names.flatMap((name) => contactKeysIn[name]))
    challenge("first-contact", keyOf(message), contactFollows(has), held, `the state of ${names.join(" and of ")}`)
    challenge("contact-as-initiator", keyOf(forged), contactsAs(has), [...held, knowledge.tokenOf(known.ephemeral)!], `the state of ${names}`)
  }

  // What is written by whoever can compute the key is taken, as long as the prekeys are there, and once.
  const responds = (keys: KeyStore) => Result.isSuccess(run(seedOf("bob"), KeyBundles.respond(keys, aliceKey, forged, sealing)))
  const taken = { before: responds(published.keys), after: responds(after), retired: responds(retired) }
  if (!taken.before || taken.after || taken.retired) throw new Error(`a first contact of the adversary: ${JSON.stringify(taken)}`)
}
