/**
 * What is to be seen of a message of key agreement, by the definitions of the chapter "What can be observed".
 *
 * @module
 */
import type { Expected } from "../../../conformance/protocol/plays.ts"
import { givesSecret, printed, readers, recipients, type Sent } from "../../../spec/dcgka/observations.ts"

/** Members as plays write them. */
export const text = (members: ReadonlyArray<string>): string => [...members].sort().join("")

/** For whom a message has direct messages, who takes a secret from it, and what the paper has otherwise. */
export const expectedOf = (message: Sent): Expected => {
  const to = text(recipients(message))
  const read = text(readers(message))
  const others = Object.entries(printed(message)).map(([erratum, members]) => [erratum, text(members)] as const)
  return {
    ...(to !== "" && { to }),
    ...(read !== "" && { read }),
    ...(!givesSecret(message) && { silent: true as const }),
    ...(others.length > 0 && { printed: Object.fromEntries(others) }),
  }
}
