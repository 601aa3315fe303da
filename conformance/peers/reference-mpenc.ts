/**
 * The reference as an adapter for plays of mpENC: sessions with randomness from the system.
 *
 * @module
 */
import { Effect, Result, Schema } from "effect"
import { Hex } from "effect/encoding"
import { Crypto, type Primitives } from "../../reference/crypto/crypto.ts"
import { Randomness } from "../../reference/crypto/randomness.ts"
import { toWire } from "../../reference/methods.ts"
import * as Sessions from "../../reference/mpenc/session.ts"
import type { NotAccepted } from "../../spec/conventions/verdicts.ts"
import type { Notice, Request } from "../../spec/mpenc/notices.ts"
import { mpencObservationMethods } from "../../spec/mpenc/observations.ts"
import { BadParams, type Method } from "../protocol/serve.ts"

type Methods = typeof mpencObservationMethods
type Params<M extends keyof Methods> = Methods[M]["params"]["Type"]
type Output<M extends keyof Methods> = Methods[M]["output"]["Type"]
type Implementation = { readonly [M in keyof Methods]: (params: Params<M>) => Output<M> }

/** What is not accepted, on its way to the answer. */
class Refusal extends Error {
  readonly verdict: NotAccepted

  constructor(verdict: NotAccepted) {
    super("not accepted")
    this.verdict = verdict
  }
}

const bytesOf = (text: string): Uint8Array => {
  const bytes = Hex.decode(text)
  if (Result.isFailure(bytes) || bytes.success.length !== 32) throw new BadParams("no identity key")
  return bytes.success
}

// Messages are asked for by no other transport, so nothing is sent directly.
const requestOf = (request: Request): Output<"mpenc.tick">["requests"][number] => {
  if (request.type === "send" || request.type === "send-directly") return { type: "send", text: request.text }
  return request
}

const warningOf = (notice: Notice): ReadonlyArray<string> => {
  if (notice.type === "security") return [`security ${notice.clause} ${notice.member}`]
  return notice.type === "not-decrypted" || notice.type === "not-accepted" || notice.type === "expired" ? [notice.type] : []
}

const outputOf = ({ session, requests, notices }: Sessions.Stepped): Output<"mpenc.tick"> => ({
  requests: requests.map(requestOf),
  shown: notices.flatMap((notice) => (notice.type === "message" ? [{ author: notice.author, text: notice.text }] : [])),
  warnings: notices.flatMap(warningOf),
  due: Sessions.nextTick(session),
})

type Step = ReturnType<typeof Sessions.tick>

const implementationOf = (provider: Primitives, sessions: Map<string, Sessions.Session>): Implementation => {
  const found = (on: string): Sessions.Session => {
    const session = sessions.get(on)
    if (session === undefined) throw new BadParams(`no ${on}`)
    return session
  }
  const step = (on: string, does: (session: Sessions.Session) => Step): Output<"mpenc.tick"> => {
    const effect = Effect.result(does(found(on))).pipe(Effect.provideService(Crypto, provider), Effect.provide(Randomness.system))
    const result = Effect.runSync(effect)
    if (Result.isFailure(result)) throw new Refusal(result.failure)
    sessions.set(on, result.success.session)
    return outputOf(result.success)
  }
  return {
    "mpenc.appear": ({ on, user }) => {
      const secretKey = globalThis.crypto.getRandomValues(new Uint8Array(32))
      sessions.set(on, Sessions.create(user, { secretKey, known: [] }))
      return { card: Hex.encode(provider.ed25519PublicKey(secretKey)) }
    },
    "mpenc.meet": ({ on, user, card }) => {
      const session = found(on)
      const known = [...session.identities.known, { member: user, publicKey: bytesOf(card) }]
      sessions.set(on, { ...session, identities: { ...session.identities, known } })
      return {}
    },
    "mpenc.act": ({ on, action, now }) => step(on, (session) => Sessions.act(session, action, now)),
    "mpenc.receive": ({ on, event, now }) => step(on, (session) => Sessions.receive(session, event, now)),
    "mpenc.tick": ({ on, now }) => step(on, (session) => Sessions.tick(session, now)),
    "mpenc.view": ({ on }) => {
      const session = found(on)
      const groupKey = session.membership?.agreement.groupKey
      return { members: Sessions.membersOf(session), secret: groupKey == null ? null : Hex.encode(groupKey) }
    },
  }
}

const asMethod = (name: keyof Methods, does: (params: never) => unknown): Method => {
  const read = Schema.decodeUnknownResult(mpencObservationMethods[name].params as Schema.Codec<unknown>, { onExcessProperty: "error" })
  return (input) => {
    const params = read(input)
    if (Result.isFailure(params)) throw new BadParams(`wrong parameters of ${name}`)
    try {
      return { verdict: "accepted", output: does(params.success as never) }
    } catch (error) {
      if (error instanceof Refusal) return toWire(error.verdict)
      throw error
    }
  }
}

/** The methods of an adapter of mpENC, over sessions of its own. */
export const mpencPlayMethods = (
  provider: Primitives,
): { readonly methods: Readonly<Record<string, Method>>; readonly reset: () => void } => {
  const sessions = new Map<string, Sessions.Session>()
  const implementation = implementationOf(provider, sessions)
  const names = Object.keys(mpencObservationMethods) as ReadonlyArray<keyof Methods>
  return {
    methods: Object.fromEntries(names.map((name) => [name, asMethod(name, implementation[name])])),
    reset: () => sessions.clear(),
  }
}
