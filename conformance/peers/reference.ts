/**
 * The reference as a peer, over stdin and stdout, and as an adapter for plays when that is what it is greeted for. `CONCLAVE_PROVIDER=noble` makes it use
 * the noble primitives in place of the native ones.
 *
 * @module
 */
import pack from "../../package.json" with { type: "json" }
import { noblePrimitives } from "../../reference/crypto/providers/noble.ts"
import { nodePrimitives } from "../../reference/crypto/providers/node.ts"
import { BrokenCall, session } from "../../reference/methods.ts"
import { suiteNumber } from "../../spec/conventions/suite.ts"
import { layers, methods } from "../../spec/methods.ts"
import { PROTOCOL } from "../protocol/messages.ts"
import { PLAYS_PROTOCOL } from "../protocol/plays.ts"
import { BadParams, type Method, serve } from "../protocol/serve.ts"
import { mpencPlayMethods } from "./reference-mpenc.ts"
import { playMethods, playsHello } from "./reference-plays.ts"

const provider = process.env.CONCLAVE_PROVIDER === "noble" ? noblePrimitives : nodePrimitives
const { callLater, fingerprint, state, reset } = session(provider)

const hello = {
  protocol: PROTOCOL,
  name: "conclave-reference",
  version: pack.version,
  language: "TypeScript",
  suites: [suiteNumber],
  layers,
  options: ["randomness", "fingerprint", "state"],
}

const asMethod =
  (answer: (params: unknown) => unknown): Method =>
  async (params) => {
    try {
      return await answer(params)
    } catch (error) {
      throw error instanceof BrokenCall ? new BadParams(error.message) : error
    }
  }

const plays = playMethods(provider)
const mpencPlays = mpencPlayMethods(provider)

const isForPlays = (params: unknown): boolean => {
  const { protocols } = params as { readonly protocols?: unknown }
  return Array.isArray(protocols) && protocols.includes(PLAYS_PROTOCOL)
}

/** Every method of the reference, by its name. */
export const referenceMethods: Readonly<Record<string, Method>> = {
  ...plays.methods,
  ...mpencPlays.methods,
  hello: (params) => (isForPlays(params) ? playsHello : hello),
  reset: () => {
    reset()
    plays.reset()
    mpencPlays.reset()
    return { verdict: "accepted", output: {} }
  },
  fingerprint: asMethod(fingerprint),
  state: asMethod(state),
  ...Object.fromEntries(Object.keys(methods).map((name) => [name, asMethod((params) => callLater(name, params))])),
}

if (import.meta.main) await serve(referenceMethods)
