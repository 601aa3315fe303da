/**
 * One running peer: its process, and one call at a time over its standard input and output. Whatever the peer does, a call ends: with
 * a reply, or with a `CallFailure` that says what happened.
 *
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { type LineSplitter, lineSplitter, MAX_LINE_BYTES } from "../protocol/lines.ts"
import { type Reply, type Request, readReply } from "../protocol/messages.ts"
import { printable } from "../reports/text.ts"
import { messageOf } from "./errors.ts"

/** How a call can go wrong. After all but `peer-error` the peer is dead. */
export type CallFailureKind = "peer-error" | "timeout" | "crash" | "garbage" | "wrong-id" | "unsolicited" | "flood"

/** A call without a usable reply. */
export class CallFailure extends Error {
  readonly kind: CallFailureKind
  /** The end of what the peer wrote to standard error; may be empty. */
  readonly stderr: string

  constructor(kind: CallFailureKind, message: string, stderr: string) {
    super(message)
    this.kind = kind
    this.stderr = stderr
  }
}

/** Sees every line as it is sent or received, and what the peer writes to standard error. */
export interface Transcript {
  readonly sent: (line: string) => void
  readonly received: (line: string) => void
  readonly stderr: (text: string) => void
}

/** How to talk to a peer. */
export interface ConnectionOptions {
  /** The program and its arguments; no shell is involved. */
  readonly command: ReadonlyArray<string>
  /** Milliseconds to wait for each reply; 0 waits for ever. */
  readonly timeout: number
  readonly transcript?: Transcript | undefined
}

/** How much of standard error is kept. */
const STDERR_BYTES = 4096

/** How long output may still arrive after the peer has ended, and a peer may live after its input was closed. In milliseconds. */
const GRACE = 500

const living = new Set<Connection>()

// The peers have process groups of their own, so that nothing but this ends them when the runner is interrupted.
process.on("exit", () => {
  for (const connection of living) connection.kill()
})

const killGroup = (pid: number): void => {
  if (process.platform === "win32") {
    spawnSync("taskkill", ["/pid", String(pid), "/t", "/f"], { windowsHide: true })
    return
  }
  try {
    process.kill(-pid, "SIGKILL")
  } catch {
    // Nobody of the group is left.
  }
}

const spawnPeer = ([program = "", ...args]: ReadonlyArray<string>): ChildProcessWithoutNullStreams =>
  spawn(program, args, { detached: process.platform !== "win32", stdio: ["pipe", "pipe", "pipe"], windowsHide: true })

interface Pending {
  readonly id: number
  readonly timer: NodeJS.Timeout | undefined
  readonly resolve: (reply: Reply) => void
  readonly reject: (failure: CallFailure) => void
}

/** A peer process and the conversation with it. */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #child: ChildProcessWithoutNullStreams | undefined
  readonly #lines: LineSplitter = lineSplitter()
  #lastId = 0
  #pending: Pending | undefined
  #failure: CallFailure | undefined
  #stderr: Buffer = Buffer.alloc(0)
  #outputEnded = false
  #closing = false

  /** Starts the peer. A program that cannot be started fails the first call. */
  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#child = this.#start()
  }

  /** Whether the peer is gone for good: every further call fails with the same failure. */
  get broken(): boolean {
    return this.#failure !== undefined
  }

  /**
   * Sends a request and reads the result.
   *
   * @param read turns the result into what the caller wants; throws when it cannot, which is the failure `garbage`
   * @throws CallFailure
   */
  async call<A>(method: string, params: Request["params"], read: (result: unknown) => A): Promise<A> {
    const reply = await this.#exchange(method, params)
    // Lines that came together with the reply have been looked at by now.
    if (this.#failure !== undefined) throw this.#failure
    if ("error" in reply) {
      const { code, message } = reply.error
      throw new CallFailure("peer-error", `answered the JSON-RPC error ${code}: ${printable(message, 300)}`, this.#stderrText())
    }
    try {
      return read(reply.result)
    } catch (error) {
      throw this.#fail(
        "garbage",
        `answered a result that is not one of the protocol: ${printable(messageOf(error).replace(/\n\s*/gu, " "), 300)}`,
      )
    }
  }

  /** Ends the conversation: closes the peer's input, gives it a moment, and ends whatever is left of it. */
  async close(): Promise<void> {
    this.#closing = true
    const child = this.#child
    if (child !== undefined && this.#failure === undefined && child.exitCode === null && child.signalCode === null) {
      child.stdin.end()
      await once(child, "exit", { signal: AbortSignal.timeout(GRACE) }).catch(() => {})
    }
    this.kill()
  }

  /** Ends the peer and everything it started, at once. */
  kill(): void {
    const child = this.#child
    if (child === undefined || !living.delete(this)) return
    if (child.pid !== undefined) killGroup(child.pid)
    child.stdin.destroy()
    child.stdout.destroy()
    child.stderr.destroy()
    child.unref()
  }

  #start(): ChildProcessWithoutNullStreams | undefined {
    try {
      const child = spawnPeer(this.#options.command)
      living.add(this)
      this.#listen(child)
      return child
    } catch (error) {
      this.#fail("crash", `could not be started: ${messageOf(error)}`)
      return undefined
    }
  }

  #listen(child: ChildProcessWithoutNullStreams): void {
    child.on("error", (error) => this.#fail("crash", `could not be started: ${error.message}`))
    child.on("exit", () => this.#ending())
    child.on("close", () => this.#ended())
    child.stdin.on("error", () => this.#ending())
    child.stdout.on("error", () => this.#ending())
    child.stdout.on("end", () => {
      this.#outputEnded = true
      this.#ending()
    })
    child.stdout.on("data", (chunk: Buffer) => this.#receive(chunk))
    child.stderr.on("error", () => {})
    child.stderr.on("data", (chunk: Buffer) => {
      this.#stderr = Buffer.concat([this.#stderr, chunk]).subarray(-STDERR_BYTES)
      this.#options.transcript?.stderr(chunk.toString())
    })
  }

  #exchange(method: string, params: Request["params"]): Promise<Reply> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const id = ++this.#lastId
    const { timeout, transcript } = this.#options
    const line = JSON.stringify({ jsonrpc: "2.0", id, method, params } satisfies Request)
    transcript?.sent(line)
    return new Promise((resolve, reject) => {
      const giveUp = (): void => void this.#fail("timeout", `gave no answer within ${timeout} ms`)
      this.#pending = { id, resolve, reject, timer: timeout === 0 ? undefined : setTimeout(giveUp, timeout) }
      this.#child?.stdin.write(`${line}\n`)
    })
  }

  #receive(chunk: Uint8Array): void {
    for (const line of this.#lines.push(chunk)) {
      if (this.#failure !== undefined) return
      if (line === "too long") this.#fail("flood", `sent a line of more than ${MAX_LINE_BYTES} bytes`)
      else this.#receiveLine(line.bytes)
    }
  }

  #receiveLine(bytes: Uint8Array): void {
    const text = Buffer.from(bytes.subarray(0, 1000)).toString()
    this.#options.transcript?.received(bytes.length > 1000 ? Buffer.from(bytes).toString() : text)
    const pending = this.#pending
    if (pending === undefined) {
      this.#fail("unsolicited", `sent a line that no request asked for: ${printable(text, 200)}`)
      return
    }
    try {
      this.#accept(pending, readReply(bytes))
    } catch (error) {
      const problem = printable(messageOf(error).replace(/\n\s*/gu, " "), 200)
      this.#fail("garbage", `sent a line that is no reply (${problem}): ${printable(text, 200)}`)
    }
  }

  #accept(pending: Pending, reply: Reply): void {
    if (reply.id !== pending.id && reply.id !== null) {
      this.#fail("wrong-id", `answered with id ${reply.id}; the request had id ${pending.id}`)
      return
    }
    this.#pending = undefined
    clearTimeout(pending.timer)
    pending.resolve(reply)
  }

  // Part of the end was seen (process gone, output closed, input closed). The rest, and replies still under way, may follow.
  #ending(): void {
    if (this.#failure === undefined && !this.#closing) setTimeout(() => this.#ended(), GRACE).unref()
  }

  #ended(): void {
    this.#fail("crash", this.#describeEnd())
  }

  #describeEnd(): string {
    const where = this.#lines.held() > 0 ? " in the middle of a line" : ""
    const { exitCode = null, signalCode = null } = this.#child ?? {}
    if (exitCode !== null) return `ended with exit code ${exitCode}${where}`
    if (signalCode !== null) return `was ended by ${signalCode}${where}`
    return this.#outputEnded ? `closed its standard output${where}` : "closed its standard input"
  }

  #stderrText(): string {
    return this.#stderr.toString()
  }

  /** The first failure is the one that counts; it ends the peer. */
  #fail(kind: CallFailureKind, message: string): CallFailure {
    if (this.#failure !== undefined) return this.#failure
    const failure = new CallFailure(kind, message, this.#stderrText())
    if (this.#closing) return failure
    this.#failure = failure
    clearTimeout(this.#pending?.timer)
    this.#pending?.reject(failure)
    this.#pending = undefined
    this.kill()
    return failure
  }
}
