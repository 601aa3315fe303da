/**
 * # Randomness
 *
 * Every secret begins as a draw: `draw(label, length)` gives `length` random bytes. In use, the label is ignored and
 * the bytes come from the system. In vectors each user has a 32-byte seed, and a draw is
 *
 * ```text
 * HKDF-Expand(HKDF-Extract(salt = "conclave/1 draw", input = seed), info = label, length)
 * ```
 *
 * with salt and label in ASCII. So the order of draws in a program does not matter, only their labels, and the labels
 * are part of the steps. In a label, `{…}` stands for a value: a number in decimal, an identifier in lower-case hex. No
 * label is drawn twice with one seed by operations that were accepted; one that had to wait draws the same again.
 *
 * @module
 */
import { declareClauses, declareSteps, rule, shownBy } from "./clauses.ts"

export const clauses = declareClauses("randomness", {
  "labelled-draw": rule("MUST", "With injected randomness, a draw is the labelled derivation above.", "Conclave"),
  "fresh-draws": shownBy(
    "reference/crypto/test/randomness.test.ts",
    rule("MUST", "In use, draws come from a cryptographically secure source and are never repeated.", "Conclave"),
  ),
})

export const steps = declareSteps("randomness", {})
