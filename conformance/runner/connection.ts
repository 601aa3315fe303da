/**
 * One running peer and one call at a time over its lines. Whatever the peer does, a call ends: with a reply, or with a `CallFailure` that
 * says what happened.
 *
 * @module
 */
import { type LineSplitter, lineSplitter, MAX_LINE_BYTES } from "../protocol/lines.ts"
import { type Reply, type Request, readReply } from "../protocol/messages.ts"
import { copied, printable } from "../reports/text.ts"
import {
  CallFailure,
  type CallFailureKind,
  type Conversation,
  oneLineOf,
  resultOf,
  type Timeouts,
  type Transcript,
  timeoutFor,
} from "./conversation.ts"
import { keeper } from "./stderr.ts"
import { attachTo, type ProgramOptions, startProgram, type Transport, type TransportEvents } from "./transport.ts"

/** How to talk to a peer. */
export interface ConnectionOptions extends ProgramOptions {
  /** Where a process waits that was started already; `command` is then not started. */
  readonly attach?: string | undefined
  readonly timeouts: Timeouts
  readonly transcript?: Transcript | undefined
  /** In bytes. Default 16 MiB. */
  readonly longestLine?: number
}

/** How long output may still arrive after the peer has ended, and a peer may live after its input was closed. In milliseconds. */
const GRACE = 500

/** How much of a line is quoted. */
const QUOTED = 1000

interface Pending {
  readonly id: number
  readonly timer: NodeJS.Timeout | undefined
  readonly resolve: (reply: Reply) => void
  readonly reject: (failure: CallFailure) => void
}

/** A peer and the conversation with it. */
export class Connection implements Conversation {
  readonly #options: ConnectionOptions
  readonly #transport: Transport | undefined
  readonly #lines: LineSplitter
  readonly #stderr = keeper()
  #lastId = 0
  #pending: Pending | undefined
  #failure: CallFailure | undefined
  #lastLine = ""
  #closing = false

  /** Starts the peer. A program that cannot be started fails the first call. */
  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#lines = lineSplitter(options.longestLine)
    const events: TransportEvents = {
      data: (chunk) => this.#receive(chunk),
      stderr: (chunk) => {
        this.#stderr.take(chunk)
        options.transcript?.stderr?.(Buffer.from(chunk).toString())
      },
      ending: () => this.#ending(),
      ended: () => this.#ended(),
      failed: (message) => this.#fail("crash", `could not be ${options.attach === undefined ? "started" : "reached"}: ${message}`),
    }
    this.#transport = options.attach === undefined ? startProgram(options, events) : attachTo(options.attach, events)
  }

  get broken(): boolean {
    return this.#failure !== undefined
  }

  async call<A>(method: string, params: Request["params"], read: (result: unknown) => A): Promise<A> {
    const tell = (end: string | CallFailure): void => this.#options.transcript?.ended?.({ method, params }, end)
    try {
      const reply = await this.#exchange(method, params)
      // Lines that came together with the reply have been looked at by now.
      if (this.#failure !== undefined) throw this.#failure
      const result = this.#read(reply, read)
      tell(this.#lastLine)
      return result
    } catch (failure) {
      tell(failure as CallFailure)
      throw failure
    } finally {
      this.#lastLine = ""
    }
  }

  async close(): Promise<void> {
    this.#closing = true
    if (this.#failure === undefined) await this.#transport?.finish(GRACE)
    this.kill()
  }

  kill(): void {
    if (this.#pending !== undefined) this.#fail("crash", "was ended by the runner")
    this.#closing = true
    this.#transport?.kill()
  }

  #read<A>(reply: Reply, read: (result: unknown) => A): A {
    try {
      return resultOf(reply, read, this.#stderr.text())
    } catch (error) {
      const { kind, message } = error as CallFailure
      throw kind === "peer-error" ? error : this.#fail(kind, message)
    }
  }

  #exchange(method: string, params: Request["params"]): Promise<Reply> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const id = ++this.#lastId
    const { timeouts, transcript } = this.#options
    const line = JSON.stringify({ jsonrpc: "2.0", id, method, params } satisfies Request)
    const timeout = timeoutFor(timeouts, method, line)
    transcript?.sent?.(line)
    return new Promise((resolve, reject) => {
      const giveUp = (): void => void this.#fail("timeout", `gave no answer within ${timeout} ms${this.#heldText()}`)
      this.#pending = { id, resolve, reject, timer: timeout === 0 ? undefined : setTimeout(giveUp, timeout) }
      this.#transport?.write(`${line}\n`)
    })
  }

  #receive(chunk: Uint8Array): void {
    for (const line of this.#lines.push(chunk)) {
      if (this.#failure !== undefined || this.#closing) return
      if (line === "too long") this.#fail("flood", `sent a line of more than ${this.#options.longestLine ?? MAX_LINE_BYTES} bytes`)
      else this.#receiveLine(line.bytes)
    }
  }

  #receiveLine(bytes: Uint8Array): void {
    const { transcript } = this.#options
    if (transcript?.received !== undefined || transcript?.ended !== undefined) {
      this.#lastLine = Buffer.from(bytes).toString()
      transcript.received?.(this.#lastLine)
    }
    // Without its id: what number a request gets depends on what else the process was asked.
    const quoted = (): string =>
      printable(
        Buffer.from(bytes.subarray(0, QUOTED))
          .toString()
          .replace(/"id":[0-9]+/u, '"id":…'),
        200,
      )
    const pending = this.#pending
    if (pending === undefined) {
      this.#fail("unsolicited", `sent a line that no request asked for: ${quoted()}`)
      return
    }
    try {
      this.#accept(pending, readReply(bytes))
    } catch (error) {
      this.#fail("garbage", `sent a line that is no reply (${oneLineOf(error)}): ${quoted()}`)
    }
  }

  #accept(pending: Pending, reply: Reply): void {
    if (reply.id !== pending.id && reply.id !== null) {
      this.#fail("wrong-id", `answered with another id than that of the request (off by ${reply.id - pending.id})`)
      return
    }
    this.#pending = undefined
    clearTimeout(pending.timer)
    pending.resolve(reply)
  }

  #ending(): void {
    if (this.#failure === undefined && !this.#closing) setTimeout(() => this.#ended(), GRACE).unref()
  }

  #ended(): void {
    const where = this.#lines.held() > 0 ? " in the middle of a line" : ""
    this.#fail("crash", `${this.#transport?.describeEnd() ?? "ended"}${where}`)
  }

  #heldText(): string {
    const held = this.#lines.held()
    return held === 0 ? "" : `; ${held} bytes came without a newline after them`
  }

  /** The first failure is the one that counts; it ends the peer. */
  #fail(kind: CallFailureKind, message: string): CallFailure {
    if (this.#failure !== undefined) return this.#failure
    const failure = new CallFailure(kind, copied(message), this.#stderr.text())
    if (this.#closing) return failure
    this.#failure = failure
    clearTimeout(this.#pending?.timer)
    this.#pending?.reject(failure)
    this.#pending = undefined
    this.#transport?.kill()
    return failure
  }
}
