/**
 * Starting a peer: the process, and the answer to `hello`.
 *
 * @module
 */
import pack from "../../package.json" with { type: "json" }
import { type Hello, type HelloParams, PROTOCOL, readHello, readProtocol } from "../protocol/messages.ts"
import { lastLine, printable } from "../reports/text.ts"
import { CallFailure, Connection, type ConnectionOptions } from "./connection.ts"

/** What `hello` says about the runner. */
export const runner = { name: pack.name, version: pack.version } as const

/** A connection whose `hello` was answered. */
export interface Peer {
  readonly connection: Connection
  readonly hello: Hello
}

/** The peer cannot be started, or does not speak the protocol. */
export class PeerUnavailable extends Error {}

interface OtherProtocol {
  readonly speaks: string
}

const readGreeting = (result: unknown): Hello | OtherProtocol => {
  const speaks = readProtocol(result)
  return speaks === PROTOCOL ? readHello(result) : { speaks }
}

const reasonOf = (failure: CallFailure): string => {
  const last = lastLine(failure.stderr)
  const reason = `hello failed: the peer ${failure.message}`
  return last === undefined ? reason : `${reason}; its last line on standard error: ${printable(last, 300)}`
}

const greet = async (connection: Connection, vectors: HelloParams["vectors"]): Promise<Hello> => {
  const greeting = await connection.call("hello", { protocols: [PROTOCOL], runner, vectors }, readGreeting)
  if ("speaks" in greeting) {
    throw new PeerUnavailable(`hello failed: the peer speaks ${printable(greeting.speaks, 200)}, this runner speaks ${PROTOCOL}`)
  }
  return greeting
}

/**
 * Starts a peer and greets it.
 *
 * @throws PeerUnavailable saying why there is no conversation
 */
export const startPeer = async (options: ConnectionOptions, vectors: HelloParams["vectors"]): Promise<Peer> => {
  const connection = new Connection(options)
  try {
    return { connection, hello: await greet(connection, vectors) }
  } catch (error) {
    connection.kill()
    throw error instanceof CallFailure ? new PeerUnavailable(reasonOf(error)) : error
  }
}
