/**
 * What carries lines to a peer and back: a process that the runner starts, or a socket on which a process of the user's waits.
 *
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import { connect } from "node:net"
import { type EnvironmentOptions, environmentOf, MARK } from "./environment.ts"
import { messageOf } from "./errors.ts"
import { resolveProgram, startOf } from "./program.ts"
import { newMark, reap, watch } from "./reaper.ts"

/** What a transport tells. */
export interface TransportEvents {
  readonly data: (chunk: Uint8Array) => void
  readonly stderr: (chunk: Uint8Array) => void
  /** Part of the end was seen; the rest, and data still under way, may follow. */
  readonly ending: () => void
  readonly ended: () => void
  /** There is no peer. */
  readonly failed: (message: string) => void
}

/** See the module's comment. */
export interface Transport {
  readonly write: (text: string) => void
  /** How the peer ended, as a clause without subject: `ended with exit code 1`. */
  readonly describeEnd: () => string
  /** Closes the peer's input and waits for its end, at most so many milliseconds. */
  readonly finish: (milliseconds: number) => Promise<void>
  readonly kill: () => void
}

/** The program of a peer. */
export interface ProgramOptions extends EnvironmentOptions {
  /** The program and its arguments; no shell is involved. */
  readonly command: ReadonlyArray<string>
}

const spawnPeer = ({ command, ...options }: ProgramOptions, mark: string): ChildProcessWithoutNullStreams => {
  const { file, args, shell } = startOf(command)
  return spawn(file, args, {
    detached: process.platform !== "win32",
    env: { ...environmentOf(options), [MARK]: mark },
    shell,
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  })
}

const living = new Set<Transport>()

process.on("exit", () => {
  for (const transport of living) transport.kill()
})

// Why a program cannot be started is seen more plainly in its file than in the error of the system.
const reasonOf = (command: ReadonlyArray<string>, error: unknown): string => {
  const resolved = command.some((word) => word.includes("\0")) ? undefined : resolveProgram(command)
  return resolved !== undefined && "problem" in resolved ? resolved.problem : messageOf(error)
}

const listen = (child: ChildProcessWithoutNullStreams, command: ReadonlyArray<string>, events: TransportEvents): void => {
  child.on("error", (error) => events.failed(reasonOf(command, error)))
  child.on("exit", events.ending)
  child.on("close", events.ended)
  child.stdin.on("error", events.ending)
  child.stdout.on("error", events.ending)
  child.stdout.on("end", events.ending)
  child.stdout.on("data", events.data)
  child.stderr.on("error", () => {})
  child.stderr.on("data", events.stderr)
}

const overPipes = (child: ChildProcessWithoutNullStreams, mark: string): Transport => {
  const transport: Transport = {
    write: (text) => void child.stdin.write(text),
    describeEnd: () => {
      if (child.exitCode !== null) return `ended with exit code ${child.exitCode}`
      if (child.signalCode !== null) return `was ended by ${child.signalCode}`
      return child.stdout.readableEnded ? "closed its standard output" : "closed its standard input"
    },
    finish: async (milliseconds) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.stdin.end()
      await once(child, "exit", { signal: AbortSignal.timeout(milliseconds) }).catch(() => {})
    },
    kill: () => {
      if (!living.delete(transport)) return
      if (child.pid !== undefined) reap(child.pid, mark)
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
      child.unref()
    },
  }
  living.add(transport)
  return transport
}

/** Starts a program. One that cannot be started is told by the event `failed`. */
export const startProgram = (options: ProgramOptions, events: TransportEvents): Transport | undefined => {
  const mark = newMark()
  try {
    const child = spawnPeer(options, mark)
    if (child.pid !== undefined) watch(child.pid)
    listen(child, options.command, events)
    return overPipes(child, mark)
  } catch (error) {
    events.failed(reasonOf(options.command, error))
    return undefined
  }
}

/** Connects to a socket: `host:port`, or the path of a local one. */
export const attachTo = (address: string, events: TransportEvents): Transport => {
  const [, host, port] = /^(.*):([0-9]+)$/u.exec(address) ?? []
  const socket = port === undefined ? connect(address) : connect(Number(port), host === "" ? "localhost" : host)
  let reached = false
  socket.on("connect", () => {
    reached = true
  })
  socket.on("error", (error) => (reached ? events.ending() : events.failed(error.message)))
  socket.on("data", (chunk: Uint8Array) => events.data(chunk))
  socket.on("end", events.ending)
  socket.on("close", () => reached && events.ended())
  return {
    write: (text) => void socket.write(text),
    describeEnd: () => "closed the connection",
    finish: async (milliseconds) => {
      socket.end()
      await once(socket, "close", { signal: AbortSignal.timeout(milliseconds) }).catch(() => {})
    },
    kill: () => void socket.destroy(),
  }
}
