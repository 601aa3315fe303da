/**
 * What a hostile peer is.
 *
 * @module
 */

/** One hostile peer, and how a run against it must end. */
export interface Hostile {
  readonly name: string
  readonly does: string
  /** The exit code of a run of the practice layer. */
  readonly exitCode: number
  /** The failure by which the runner names it, where it is one of a case. */
  readonly failure?: string
  /** What the message of the failure, or the reason of the outcome, says. */
  readonly says?: string
  /** Makes the peer. */
  readonly peer: Partial<Behaviour>
}

/** How a peer deviates from one that is honest. */
export interface Behaviour {
  /** Done at the start. */
  readonly begin: () => void
  /** What hello answers beside or in place of what is due. */
  readonly hello: Readonly<Record<string, unknown>>
  /** Changes the line of each reply but those to hello and the first reset. */
  readonly line: (line: string) => string | Uint8Array
  /** Changes the line of the reply to hello. */
  readonly helloLine: (line: string) => string | Uint8Array
  /** Changes what a method answers. */
  readonly result: (result: Record<string, unknown>, method: string) => unknown
  /** Done after each reply but those to hello and the first reset. */
  readonly after: () => void
}
