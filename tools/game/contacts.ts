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
import { type GameCounts, noteLimit, tallyOf } from "./challenges.ts"
import { Knowledge, type Token } from "./knowledge.ts"

const subsets = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: 1 << all.length }, (_, number) => all.filter((_one, index) => (number >> index) % 2 === 1))

const sealing = { context: new TextEncoder().encode("alice to bob"), associatedData: new Uint8Array() }
const payload = new TextEncoder().encode("hello")
const [now, expires] = [1_000_000_000, 2_000_000_000]

type Header = KeyBundles.FirstContactHeader

/** A first contact from Alice to Bob, and two by an adversary: one to Bob in Alice's name, and one that Alice makes by a bundle in Bob's name. */
const meet = (primitives: Primitives) => {
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
  const write = (ephemeral: Uint8Array, bytes: Uint8Array): Header => {
    const bundle = doing("alice", KeyBundles.verify(bytes, now))
    const sealed = doing("alice", KeyBundles.initiate(alice, bundle, ephemeral, sealing, payload))
    const { signedPrekeyId, oneTimePrekeyId } = bundle
    return { ...sealed, signedPrekeyId, oneTimePrekeyId }
  }
  const responds = (keys: KeyStore, message: Header) => run(seedOf("bob"), KeyBundles.respond(keys, aliceKey, message, sealing))
  // What the adversary draws itself, it knows.
  const adversary = { ephemeral: draw("ephemeral of the adversary"), signedPrekey: draw("signed prekey of the adversary") }
  const lie = { ...bob, signedPrekeys: [{ id: 7, secretKey: adversary.signedPrekey, expires }], nextPrekeyId: 8 }
  const lying = accepted(seedOf("mallory"), KeyBundles.publish(lie), run)
  const ephemeral = draw("ephemeral")
  const message = write(ephemeral, published.bundle)
  const after = Result.getOrThrow(responds(published.keys, message)).keys
  return {
    knowledge,
    responds,
    alice,
    ephemeral,
    message,
    forged: write(adversary.ephemeral, published.bundle),
    answered: write(draw("ephemeral for the adversary"), lying.bundle),
    adversary: {
      ephemeral: adversary.ephemeral,
      prekeys: [adversary.signedPrekey, ...lying.keys.oneTimePrekeys.map((one) => one.secretKey)],
    },
    bob: { before: published.keys, after, retired: KeyBundles.retire(after, expires + grace) },
  }
}

/** The game over one meeting. */
class ContactGame {
  readonly #met: ReturnType<typeof meet>
  readonly #counts: GameCounts
  readonly #everybody: ReadonlyArray<Token>

  constructor(primitives: Primitives, counts: GameCounts) {
    this.#met = meet(primitives)
    this.#counts = counts
    this.#everybody = this.#met.knowledge.tokensIn(this.#met.message.ciphertext)
  }

  #tokens(...keys: ReadonlyArray<Uint8Array>): ReadonlyArray<Token> {
    return keys.flatMap((key) => this.#met.knowledge.tokenOf(key) ?? [])
  }

  #challenge(type: string, { ciphertext }: Header, isPredicted: boolean, held: ReadonlyArray<Token>, says: string): void {
    const { knowledge } = this.#met
    const tally = tallyOf(this.#counts, isPredicted ? "unsafe" : "dominated", type)
    tally.challenges++
    const follows = knowledge.closure([...this.#everybody, ...held]).has(knowledge.keyOf(ciphertext)!)
    if (follows) tally.derivable++
    if (follows && type === "contact-as-initiator" && says === "signed-prekey") {
      noteLimit(this.#counts, "dcgka.prekeys-stolen", "the recipient's signed prekey alone is enough to write to it as the initiator")
    }
    if (follows !== isPredicted) throw new Error(`${type}: ${says} ${follows ? "is enough" : "is not enough"}`)
  }

  /** Every set of the keys. */
  playKeys(): void {
    const { alice, bob, ephemeral, message, forged, answered, adversary } = this.#met
    const secrets: Readonly<Record<ContactKey, Uint8Array>> = {
      "initiator-signing": alice.signingSecretKey,
      "initiator-agreement": alice.agreementSecretKey,
      ephemeral,
      "recipient-signing": bob.before.signingSecretKey,
      "recipient-agreement": bob.before.agreementSecretKey,
      "signed-prekey": bob.before.signedPrekeys[0]!.secretKey,
      "one-time-prekey": bob.before.oneTimePrekeys[0]!.secretKey,
    }
    for (const keys of subsets(Object.keys(secrets) as ReadonlyArray<ContactKey>)) {
      this.#counts.corruptions++
      const has = new Set(keys)
      const held = this.#tokens(...keys.map((key) => secrets[key]))
      const says = keys.join(", ") || "nothing"
      this.#challenge("first-contact", message, contactFollows(has), held, says)
      this.#challenge("contact-as-initiator", forged, contactsAs(has), [...held, ...this.#tokens(adversary.ephemeral)], says)
      // Who has not the signing key has no such bundle, which is signed.
      const own = has.has("recipient-signing") ? this.#tokens(...adversary.prekeys) : []
      this.#challenge("contact-as-recipient", answered, isContactedAs(has), [...held, ...own], says)
    }
  }

  /** Every set of the states. */
  playStates(): void {
    const { knowledge, alice, bob, message, forged, adversary } = this.#met
    const states: Readonly<Record<keyof typeof contactKeysIn, KeyStore>> = {
      initiator: alice,
      "recipient-before": bob.before,
      "recipient-after": bob.after,
      "recipient-retired": bob.retired,
    }
    for (const names of subsets(Object.keys(states) as ReadonlyArray<keyof typeof contactKeysIn>)) {
      this.#counts.corruptions++
      const held = names.flatMap((name) => knowledge.tokensIn(encodeWire(KeyStore, states[name])))
      const has = new Set<ContactKey>(names.flatMap((name) => contactKeysIn[name]))
      const says = `the states ${names.join(", ") || "of nobody"}`
      this.#challenge("first-contact", message, contactFollows(has), held, says)
      this.#challenge("contact-as-initiator", forged, contactsAs(has), [...held, ...this.#tokens(adversary.ephemeral)], says)
    }
  }

  /** What is written by whoever can compute the key is taken, as long as the prekeys are there. */
  playTaken(): void {
    const { bob, responds, forged } = this.#met
    const isTaken = Object.entries(bob).flatMap(([when, keys]) => (Result.isSuccess(responds(keys, forged)) ? [when] : []))
    if (isTaken.join() !== "before") throw new Error(`a first contact of the adversary is taken: ${isTaken}`)
  }
}

/** Plays the game on real keys. Throws when what the chapter says of a set of keys, or of states, is not so. */
export const playContact = (primitives: Primitives, counts: GameCounts): void => {
  counts.traces++
  const game = new ContactGame(primitives, counts)
  game.playKeys()
  game.playStates()
  game.playTaken()
}
