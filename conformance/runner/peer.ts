/**
 * Starting a peer: the process, and the answer to `hello`.
 *
 * @module
 */
import pack from "../../package.json" with { type: "json" }
import { type Hello, type HelloParams, PROTOCOL, readHello, readProtocol } from "../protocol/messages.ts"
import { headAndTail, printable } from "../reports/text.ts"
import { CallFailure, type Conversation } from "./conversation.ts"
import { nearest } from "./nearest.ts"

/** What `hello` says about the runner. */
export const runner = { name: pack.name, version: pack.version } as const

/** A conversation whose `hello` was answered. */
export interface Peer {
  readonly connection: Conversation
  readonly hello: Hello
}

/** The peer cannot be started, does not speak the protocol, or claims what there is not. */
export class PeerUnavailable extends Error {
  /** The beginning and the end of what it wrote to standard error. */
  readonly stderr: string
  /** The failure of the call of `hello`, if that is what went wrong. */
  readonly failure: CallFailure | undefined

  constructor(message: string, failure?: CallFailure) {
    super(message)
    this.stderr = failure?.stderr ?? ""
    this.failure = failure
  }
}

/** What a set has, and a peer may claim. */
export interface Claims {
  readonly suites: ReadonlyArray<number>
  /** `undefined` when the set does not say which there are. */
  readonly layers: ReadonlyArray<string> | undefined
  readonly options: ReadonlyArray<string>
}

/** What a peer is told of the vectors, and what it may claim of them. */
export interface Greeting {
  readonly vectors: HelloParams["vectors"]
  readonly claims: Claims
}

interface OtherProtocol {
  readonly speaks: string
}

const readGreeting = (result: unknown): Hello | OtherProtocol => {
  const speaks = readProtocol(result)
  return speaks === PROTOCOL ? readHello(result) : { speaks }
}

/** The lines of standard error that a message shows of each end. */
const SHOWN = 10

/** What a peer wrote to standard error, for a person: indented, its beginning and its end. */
export const stderrLines = (stderr: string): ReadonlyArray<string> => headAndTail(stderr, SHOWN).map((line) => `  ${printable(line, 300)}`)

const firstUnknown = <A>(claimed: ReadonlyArray<A>, known: ReadonlyArray<A>): A | undefined => claimed.find((one) => !known.includes(one))

/** The layer of the skeletons, in no set but the one for practice. */
const PRACTICE = "toy"

/** What is wrong with names that a peer claims, if one is not among those that there are. */
export const wrongName = (kind: string, claimed: ReadonlyArray<string>, known: ReadonlyArray<string> = claimed): string | undefined => {
  const unknown = firstUnknown(claimed, known)
  if (unknown === undefined) return undefined
  if (unknown === PRACTICE) return "the peer declares the practice layer toy: run it with --toy, or take toy out of hello"
  const meant = nearest(unknown, known)
  const hint = meant === undefined ? `there are: ${known.join(", ")}` : `did you mean ${meant}?`
  return `the peer declares the ${kind} ${printable(unknown, 200)}, which this set of vectors does not have; ${hint}`
}

/** What is wrong with the claims of a peer. A misspelt layer would otherwise be a layer that is never tested. */
const wrongClaim = ({ suites, layers, options }: Hello, claims: Claims): string | undefined => {
  const missing = firstUnknown(claims.suites, suites)
  if (missing !== undefined) return `the vectors are of cipher suite ${missing}, which the peer does not declare in suites`
  return wrongName("layer", layers, claims.layers) ?? wrongName("option", options, claims.options)
}

const greet = async (connection: Conversation, { vectors, claims }: Greeting): Promise<Hello> => {
  const answer = await connection.call("hello", { protocols: [PROTOCOL], runner, vectors }, readGreeting)
  if ("speaks" in answer) {
    throw new PeerUnavailable(`hello failed: the peer speaks ${printable(answer.speaks, 200)}, this runner speaks ${PROTOCOL}`)
  }
  const wrong = wrongClaim(answer, claims)
  if (wrong !== undefined) throw new PeerUnavailable(`hello failed: ${wrong}`)
  return answer
}

/**
 * Starts a peer and greets it.
 *
 * @throws PeerUnavailable saying why there is no conversation
 */
export const startPeer = async (connect: () => Conversation, greeting: Greeting): Promise<Peer> => {
  const connection = connect()
  try {
    return { connection, hello: await greet(connection, greeting) }
  } catch (error) {
    connection.kill()
    throw error instanceof CallFailure ? new PeerUnavailable(`hello failed: the peer ${error.message}`, error) : error
  }
}
