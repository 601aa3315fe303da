/**
 * What all parts have in common in performing a play: members in their seats, calls on them, and what is found to be otherwise than it should.
 *
 * @module
 */
import { type Answer, type Json, readAnswer } from "../../protocol/messages.ts"
import { printable } from "../../reports/text.ts"
import { CallFailure, type Conversation } from "../conversation.ts"
import { PeerUnavailable } from "../peer.ts"
import type { Seat } from "./seats.ts"

/** Something that was seen and should not have been, or the other way round. */
export interface Divergence {
  /** Where in the play: `opening 2`, `step 4`, `end`. */
  readonly at: string
  /** The member, the user of it, and the seat that it sits in. */
  readonly member: string
  readonly user: string
  readonly seat: string
  readonly says: string
  readonly clause?: string
  /** The erratum of the paper that says just that. */
  readonly printed?: string
}

/** How an adapter answered a call; `fails` where it says that the implementation went wrong inside. */
export type Answered<A> = { readonly output: A } | { readonly not: string; readonly fails?: boolean }

/** The code of JSON-RPC for a bug of who answers. */
const INTERNAL_ERROR = -32_603

const reasonOf = (answer: Answer): string => {
  if (!("clause" in answer)) return ""
  const detail = "detail" in answer && typeof answer.detail === "string" ? `: ${printable(answer.detail, 200)}` : ""
  return ` (${printable(answer.clause, 100)}${detail})`
}

/** More than this is not told of one play: what comes after the first is often its consequence. */
const MOST = 20

/** One performance of a play. */
export class Performance {
  readonly divergences: Array<Divergence> = []
  /** Where the play is. */
  at = "start"
  readonly #cast: Readonly<Record<string, string>>
  readonly #seats: ReadonlyMap<string, Seat>
  readonly #conversations = new Map<Seat, Conversation>()
  readonly #lost = new Set<Seat>()

  /** @param seats the seat of each user */
  constructor(cast: Readonly<Record<string, string>>, seats: ReadonlyMap<string, Seat>) {
    this.#cast = cast
    this.#seats = seats
  }

  /** Whether the seat of a user has been lost in this play. */
  isLost(user: string): boolean {
    return this.#lost.has(this.#seats.get(user)!)
  }

  /** Everybody forgets everything. */
  async begin(): Promise<void> {
    for (const seat of new Set(this.#seats.values())) {
      try {
        const conversation = await seat.take()
        this.#conversations.set(seat, conversation)
        await conversation.call("reset", {}, readAnswer)
      } catch (error) {
        if (!(error instanceof CallFailure || error instanceof PeerUnavailable)) throw error
        this.#lose(seat, error.message)
      }
    }
  }

  /** Does the steps of an opening, and then those of the play. */
  async steps<A>(
    { opening, steps }: { readonly opening: { readonly steps: ReadonlyArray<A> }; readonly steps: ReadonlyArray<A> },
    step: (one: A) => Promise<void>,
  ): Promise<void> {
    for (const [index, one] of [...opening.steps, ...steps].entries()) {
      const after = index - opening.steps.length
      this.at = after < 0 ? `opening ${index + 1}` : `step ${after + 1}`
      await step(one)
    }
  }

  /** Asks the program of a user. A program that is lost answers nothing from then on, which is told once. */
  async call<A>(user: string, method: string, params: Readonly<Record<string, Json>>, read: (output: unknown) => A): Promise<Answered<A>> {
    const seat = this.#seats.get(user)!
    if (this.#lost.has(seat)) return { not: "is gone" }
    try {
      return await this.#conversations.get(seat)!.call(method, params, (result): Answered<A> => {
        const answer = readAnswer(result)
        if (answer.verdict === "accepted") return { output: read(answer.output) }
        return { not: `answers "${answer.verdict}"${reasonOf(answer)}` }
      })
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error
      if (error.kind !== "peer-error") this.#lose(seat, error.message)
      return { not: error.message, fails: error.code === INTERNAL_ERROR }
    }
  }

  /** Tells if an adapter has taken what was changed on the way, or went wrong inside on it. */
  refused(member: string, what: string, answer: Answered<unknown>, clause: string | undefined): void {
    if ("output" in answer) this.diverge(member, `takes ${what}`, clause, undefined, true)
    else if (answer.fails === true) this.diverge(member, `goes wrong inside on ${what}: ${answer.not}`, clause)
  }

  /**
   * Tells what is otherwise than it should be. When a seat has been lost in this play, much is otherwise because of that, and is not told; but for what
   * is wrong whoever is there, which is `firm`.
   */
  diverge(member: string, says: string, clause?: string, printed?: string, firm = false): void {
    if (this.#lost.size > 0 && !firm) return
    const user = this.#cast[member]!
    this.#tell({
      at: this.at,
      member,
      user,
      seat: this.#seats.get(user)!.name,
      says,
      ...(clause !== undefined && { clause }),
      ...(printed !== undefined && { printed }),
    })
  }

  #tell(divergence: Divergence): void {
    if (this.divergences.length < MOST) this.divergences.push(divergence)
  }

  #lose(seat: Seat, message: string): void {
    this.#lost.add(seat)
    const [member, user] = Object.entries(this.#cast).find(([, one]) => this.#seats.get(one) === seat)!
    this.#tell({ at: this.at, member, user, seat: seat.name, says: `the adapter ${message}` })
  }
}
