/**
 * A greeting of which nothing is known yet, and what is drawn for it.
 *
 * @module
 */
import { Effect } from "effect"
import type { Greeting, Membership, Shares } from "../../../spec/mpenc/greeting.ts"
import { Randomness } from "../../crypto/randomness.ts"

/** What we draw for an operation; `number` counts our draws from 1. */
export const drawShares = Effect.fnUntraced(function* (number: number) {
  const { draw } = yield* Randomness
  const label = `mpenc/greeting/${number}`
  // greeting.draw.1
  const shares: Shares = {
    contribution: draw(`${label}/contribution`, 32),
    nonce: draw(`${label}/nonce`, 32),
    ephemeralSecretKey: draw(`${label}/ephemeral`, 32),
  }
  return shares
})

/** How a member writes its packets: whether it repeats the lists (0 or 1), and the protocol version. */
export type GreetingParameters = Pick<Greeting, "repeatLists" | "version">

/** The greeting of an operation that follows on a membership; null when there is none. */
export const begin = (me: string, membership: Membership | null, { repeatLists, version }: GreetingParameters): Greeting => {
  // greeting.begin.1
  const previous = membership === null || membership.agreement.members.length === 1 ? null : membership
  return {
    me,
    repeatLists,
    version,
    previous,
    initial: null,
    agreement: previous?.agreement ?? null,
    nonce: null,
    ephemeralSecretKey: previous?.ephemeralSecretKey ?? null,
    exchange: null,
    acknowledgements: [],
    sent: [],
  }
}
