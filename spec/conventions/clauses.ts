/**
 * # Clauses and steps
 *
 * Everything that an implementation has to obey stands in a chapter as a **clause** or as a **step**.
 *
 * A clause is one sentence with a stable identifier (`chapter.slug`), a level and a source. Identifiers are never
 * reused for another rule. The words MUST, SHOULD and MAY have the meaning of RFC 2119. There are two kinds:
 *
 * - a **check** is enforced on input: whoever breaks it is answered with a verdict that names the clause (chapter
 *   "verdicts"). Vectors show a check by a case that satisfies it, and by a twin, whose name ends in `~refused`, with
 *   one fault. For a few checks a test is named in place of cases, as below;
 * - a **rule** binds what an implementation computes, keeps or deletes. Vectors show a rule by a case with exact
 *   answers, and by a known wrong implementation that breaks the rule and fails a case. Or a test is named that shows
 *   it.
 *
 * A step is one numbered sentence of an operation, `chapter.operation.number`. Steps of an operation are done in
 * order; the first one that gives a verdict other than *accepted* ends the operation, and leaves the state as it was
 * before step 1. Where a step says "by X", the operation X is done, with its own steps, and its verdict is the verdict
 * of this one when it is not *accepted*. An operation is one thing: when it is not accepted, nothing of it is done,
 * also not what its earlier steps did or sent; a step that wants something else says so, with words such as "whatever
 * the verdicts" or "is put off". What an operation does when it is called a second time with the same input follows
 * from its steps, too: it is done again, unless a step answers *ignored* or refuses it.
 *
 * Where steps say of something that is absent nothing else, an absent list is empty, an absent count is 0, and an
 * absent table entry says nothing of its key.
 *
 * A few clauses bind what no vector can show, and name the test that does. A vector cannot show that a random number
 * was not used before, nor what holds in all runs. Three checks have a test in place of cases, since the input that
 * breaks them is too large or too long: causal-broadcast.size, application-messages.chain-length and
 * delivery-service.size.
 *
 * Of some clauses something is **proved**: they name theorems in `spec/proofs`, which hold of every history and every
 * schedule, not of some. A theorem says what follows from a clause, or what the clause follows from. It speaks of the
 * definitions and steps as they stand there, and each names its clauses in turn.
 *
 * @module
 */

/** How strongly a clause binds (RFC 2119). */
export type Level = "MUST" | "SHOULD" | "MAY"

/**
 * One clause. `source` says where the requirement comes from: a paper's section, an RFC, or "Conclave" for a decision
 * of ours.
 */
export interface Clause {
  readonly id: string
  readonly level: Level
  readonly kind: "check" | "rule"
  readonly text: string
  readonly source: string
  /** The test that shows the clause, for the few that no vector can show. */
  readonly shownBy?: string
  /** Theorems about what the clause demands, as `spec/proofs/File.v#theorem`. */
  readonly provedBy?: ReadonlyArray<string>
}

type Sentence = Omit<Clause, "id">

/** Declares a sentence that is enforced on input. */
export const check = (level: Level, text: string, source: string): Sentence => ({ level, kind: "check", text, source })

/** Declares a sentence that binds what is computed, kept or deleted. */
export const rule = (level: Level, text: string, source: string): Sentence => ({ level, kind: "rule", text, source })

/** Says that no vector can show a sentence, and which test does. */
export const shownBy = (test: string, sentence: Sentence): Sentence => ({ ...sentence, shownBy: test })

/** Theorems of a file of `spec/proofs`. */
export const theorems = (file: string, ...names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.map((name) => `spec/proofs/${file}.v#${name}`)

/** Says which theorems prove something of a sentence. */
export const provedBy = (proofs: ReadonlyArray<string>, sentence: Sentence): Sentence => ({ ...sentence, provedBy: proofs })

/** The clauses of a chapter, by slug; each gets the identifier `chapter.slug`. */
export const declareClauses = <const Slug extends string>(chapter: string, sentences: Record<Slug, Sentence>): Record<Slug, Clause> =>
  Object.fromEntries(
    Object.entries<Sentence>(sentences).map(([slug, sentence]) => [slug, { id: `${chapter}.${slug}`, ...sentence }]),
  ) as Record<Slug, Clause>

/**
 * The numbered steps of a chapter's operations. Step `n` of operation `o` has the identifier `chapter.o.n`, counted
 * from 1.
 */
export interface Steps {
  readonly chapter: string
  readonly operations: Readonly<Record<string, ReadonlyArray<string>>>
}

/** Declares the steps of a chapter's operations. */
export const declareSteps = (chapter: string, operations: Record<string, ReadonlyArray<string>>): Steps => ({ chapter, operations })
