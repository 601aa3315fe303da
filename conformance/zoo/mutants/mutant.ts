/**
 * What a mutant is.
 *
 * @module
 */

/** One fault. */
export interface Mutant {
  readonly name: string
  /** What the port that makes this mistake does, in a few words. */
  readonly does: string
  /** The clause that it breaks. */
  readonly breaks: string
  /** The case that catches it. */
  readonly caughtBy: string
  /** The file, relative to reference/. */
  readonly file: string
  /** A text that stands in the file exactly once, and what stands there instead. */
  readonly replace: string
  readonly by: string
}
