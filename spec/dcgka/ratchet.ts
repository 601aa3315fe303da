/**
 * # Seeds, member secrets and the ratchet
 *
 * Whoever creates a group, updates or removes draws a **seed** and sends it to the others. From the seed each of them
 * derives one **member secret** for each recipient and one for the sender. Each member has a **ratchet**, known to all
 * who know the member. Feeding it an input gives the member's next **update secret**, and the next state of the
 * ratchet: secret if either the state before or the input was (CCS 2021 section 6; ePrint 2020/1281 section 7.1).
 *
 * ```text
 * member secret = HKDF-Expand(HKDF-Extract(salt = "", seed),
 *                             CBOR([ "conclave/1 member secret", group, sender, seq, member ]), 32)
 *
 * k             = HKDF-Extract(salt = ratchet state, input)
 * update secret = HKDF-Expand(k, CBOR([ "conclave/1 update secret", group, member ]), 32)
 * next state    = HKDF-Expand(k, CBOR([ "conclave/1 ratchet", group, member ]), 32)
 * ```
 *
 * The state of a ratchet before its first step is 32 zero bytes. The input is a member secret (32 bytes), or the ASCII
 * text `welcome` or `add` where the steps say so; those differ in length from any secret. Identifiers are byte strings.
 *
 * @module
 */
import { declareClauses, declareSteps, rule } from "../conventions/clauses.ts"

export const clauses = declareClauses("ratchet", {
  "member-secret": rule(
    "MUST",
    "A member secret is derived from the seed, the group, the message that brought the seed, and the member.",
    "ePrint 2020/1281 figure 4",
  ),
  step: rule(
    "MUST",
    "One step of a ratchet gives the update secret and the next state, by distinct labels, from the state " + "and the input.",
    "ePrint 2020/1281 section 7.1",
  ),
})

export const steps = declareSteps("ratchet", {
  "member-secret": [
    "If the seed is not 32 bytes: refused (suite.length). Derive the member secret of one member from the " + "seed, as above.",
  ],
  update: [
    "If the state is not 32 bytes: refused (suite.length). Derive the update secret and the next state " +
      "from the state and the input, which has any length, as above.",
  ],
})

/** The input of the ratchet step by which a new member's first member secret is made. */
export const welcomeInput = new TextEncoder().encode("welcome")

/** The input of the ratchet step that each member takes for an addition. */
export const addInput = new TextEncoder().encode("add")

/** The state of a ratchet before its first step. */
export const emptyRatchet = new Uint8Array(32)
