/**
 * A conversation with a peer, whatever carries it: calls, one at a time, each of which ends with a result or with a `CallFailure`.
 *
 * @module
 */
import type { Json, Reply, Request } from "../protocol/messages.ts"
import { printable } from "../reports/text.ts"
import { messageOf } from "./errors.ts"

/** How a call can go wrong. After all but `peer-error` the peer is gone. */
export type CallFailureKind = "peer-error" | "timeout" | "crash" | "garbage" | "wrong-id" | "unsolicited" | "flood"

/** A call without a usable reply. */
export class CallFailure extends Error {
  readonly kind: CallFailureKind
  /** The beginning and the end of what the peer wrote to standard error; may be empty. */
  readonly stderr: string
  /** Of a `peer-error`, the code of JSON-RPC. */
  readonly code: number | undefined

  constructor(kind: CallFailureKind, message: string, stderr: string, code?: number) {
    super(message)
    this.kind = kind
    this.code = code
    this.stderr = stderr
    // Thousands of these may be kept, and nobody reads where in the runner they were made.
    delete this.stack
  }
}

/** Calls on a peer. */
export interface Conversation {
  /** Whether the peer is gone for good: every further call fails. */
  readonly broken: boolean
  /**
   * Sends a request and reads the result.
   *
   * @param read turns the result into what the caller wants; throws when it cannot, which is the failure `garbage`
   * @throws CallFailure
   */
  readonly call: <A>(method: string, params: Request["params"], read: (result: unknown) => A) => Promise<A>
  /** Ends the conversation: closes the peer's input, gives it a moment, and ends whatever is left of it. */
  readonly close: () => Promise<void>
  /** Ends the peer and everything it started, at once. */
  readonly kill: () => void
}

/** Sees every line as it is sent or received, and what the peer writes to standard error. */
export interface Transcript {
  readonly sent?: (line: string) => void
  readonly received?: (line: string) => void
  readonly stderr?: (text: string) => void
  /** How each call ended: with the line of its reply, or with a failure. */
  readonly ended?: (call: { readonly method: string; readonly params: Json }, end: string | CallFailure) => void
}

/** What was thrown, on one line. */
export const oneLineOf = (error: unknown): string => printable(messageOf(error).replace(/\n\s*/gu, " "), 300)

/**
 * What a reply says to whoever asked.
 *
 * @throws CallFailure when it is an error, or a result that `read` cannot read
 */
export const resultOf = <A>(reply: Reply, read: (result: unknown) => A, stderr: string): A => {
  if ("error" in reply) {
    const { code, message } = reply.error
    throw new CallFailure("peer-error", `answered the JSON-RPC error ${code}: ${printable(message, 300)}`, stderr, code)
  }
  try {
    return read(reply.result)
  } catch (error) {
    throw new CallFailure("garbage", `answered a result that is not one of the protocol: ${oneLineOf(error)}`, stderr)
  }
}

/** Milliseconds to wait for a reply, by class of request; 0 waits for ever. */
export interface Timeouts {
  /** `hello`: the process must start first. */
  readonly start: number
  /** Every other request. */
  readonly call: number
  /** Requests of more than 64 KiB. */
  readonly long: number
}

const LONG_BYTES = 65_536

/** The timeouts that follow from the one for an ordinary call. */
export const timeoutsOf = (call: number, factor = 1): Timeouts => ({
  start: Math.round(3 * call * factor),
  call: Math.round(call * factor),
  long: Math.round(3 * call * factor),
})

/** How long to wait for the reply to a request. */
export const timeoutFor = ({ start, call, long }: Timeouts, method: string, line: string): number => {
  if (method === "hello") return start
  return line.length > LONG_BYTES ? long : call
}
