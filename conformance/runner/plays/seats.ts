/**
 * Seats: programs in which members of plays sit. A seat that is lost in one play is taken again, by a new process, in the next.
 *
 * @module
 */
import { type AdapterHello, PLAYS_PROTOCOL, readAdapterHello } from "../../protocol/plays.ts"
import { CallFailure, type Conversation } from "../conversation.ts"
import { PeerUnavailable, runner, wrongName } from "../peer.ts"

/** What an adapter is told of the plays, and what it may claim of them. */
export interface Programme {
  readonly version: string
  readonly sha256: string
  readonly parts: ReadonlyArray<string>
  readonly options: ReadonlyArray<string>
}

/** A seat: a program by a name, of which a process runs when there is something to play. */
export interface Seat {
  readonly name: string
  readonly hello: AdapterHello
  /** A conversation with a process that has forgotten everything. Throws PeerUnavailable. */
  readonly take: () => Promise<Conversation>
  readonly close: () => Promise<void>
}

const greet = async (connection: Conversation, { version, sha256, parts, options }: Programme): Promise<AdapterHello> => {
  const params = { protocols: [PLAYS_PROTOCOL], runner, vectors: { version, sha256 } }
  const hello = await connection.call("hello", params, readAdapterHello)
  const wrong =
    hello.protocol === PLAYS_PROTOCOL
      ? (wrongName("part", hello.parts, parts) ?? wrongName("option", hello.options, options))
      : `the adapter speaks ${hello.protocol}, plays are in ${PLAYS_PROTOCOL}`
  if (wrong !== undefined) throw new PeerUnavailable(`hello failed: ${wrong}`)
  return hello
}

const start = async (connect: () => Conversation, programme: Programme) => {
  const connection = connect()
  try {
    return { connection, hello: await greet(connection, programme) }
  } catch (error) {
    connection.kill()
    throw error instanceof CallFailure ? new PeerUnavailable(`hello failed: the adapter ${error.message}`, error) : error
  }
}

/**
 * Starts the program of a seat.
 *
 * @throws PeerUnavailable saying why there is no conversation
 */
export const seatOf = async (name: string, connect: () => Conversation, programme: Programme): Promise<Seat> => {
  let running = await start(connect, programme)
  return {
    name,
    hello: running.hello,
    take: async () => {
      if (running.connection.broken) running = await start(connect, programme)
      return running.connection
    },
    close: () => running.connection.close(),
  }
}
