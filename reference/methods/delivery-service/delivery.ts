/**
 * The methods of the chapter "delivery-service".
 *
 * @module
 */
import { Effect } from "effect"
import { Hex } from "effect/encoding"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import type { agreementMethods } from "../../../spec/delivery-service/agreement-methods.ts"
import { Delivery, DeliveryMessage, Early } from "../../../spec/delivery-service/delivery-service.ts"
import type { Outside } from "../../../spec/delivery-service/tree-kem.ts"
import { decodeMessage } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { trace } from "../../crypto/trace.ts"
import * as Deliveries from "../../delivery-service/delivery-service.ts"
import { readKeyPackage } from "../../delivery-service/tree-kem/mls-messages.ts"
import { init } from "../../delivery-service/tree-kem.ts"
import { BrokenCall, type MethodsOf, type Step } from "../call.ts"

/** A user, or one face of a faulty one. `state` is null before it is a member; `early` is what came until then. */
interface User {
  readonly seed: Uint8Array
  readonly outside: Outside
  early: Early
  state: Delivery | null
}

/** The users of a session, and the messages that were sent or put in, by their digests. */
export interface DeliverySession {
  readonly handles: Map<string, User>
  readonly messages: Map<string, Uint8Array>
}

type Methods = Pick<MethodsOf<typeof agreementMethods>, Extract<keyof typeof agreementMethods, `delivery-service.${string}`>>

const userIn = ({ handles }: DeliverySession, name: string): User => {
  const user = handles.get(name)
  if (user === undefined) throw new BrokenCall(`no user ${name}`)
  return user
}

const stateOf = (session: DeliverySession, name: string): Delivery => {
  const { state } = userIn(session, name)
  if (state === null) throw new BrokenCall(`${name} is no member`)
  return state
}

const bytesOfMessage = ({ messages }: DeliverySession, digest: string): Uint8Array => {
  const bytes = messages.get(digest)
  if (bytes === undefined) throw new BrokenCall(`no message ${digest}`)
  return bytes
}

/** What a user holds, in bytes. */
export const stateOfUser = ({ handles }: DeliverySession, on: string): ReadonlyArray<Uint8Array> => {
  const user = handles.get(on)
  if (user === undefined) return []
  return [user.state === null ? encodeWire(Early, user.early) : encodeWire(Delivery, user.state)]
}

const remember = Effect.fnUntraced(function* ({ messages }: DeliverySession, bytes: Uint8Array) {
  const digest = Hex.encode((yield* Crypto).sha256(bytes))
  messages.set(digest, bytes)
  return digest
})

const keep = Effect.fnUntraced(function* (session: DeliverySession, on: string, { state, send, events, timers }: Deliveries.Delivered) {
  userIn(session, on).state = state
  const sent: Array<{ readonly to: ReadonlyArray<string>; readonly message: string }> = []
  for (const { to, message } of send) {
    const bytes = encodeWire(DeliveryMessage, message)
    yield* trace("delivery-service.message", bytes)
    sent.push({ to, message: yield* remember(session, bytes) })
  }
  return { send: sent, events, timers }
})

// For users that draw nothing.
const noSeed = new Uint8Array(32)

const statusNames = ["active", "removed", "stuck"] as const

const shows = ({ status, tree, incomplete, later, past }: Delivery) => ({
  status: statusNames[status]!,
  epoch: tree.epoch,
  members: tree.members.map(({ leaf, user }) => ({ leaf, user })),
  authenticator: tree.authenticator,
  incomplete: incomplete.length,
  later: later.length,
  evidence: past.at(-1)?.decide.evidence.type ?? null,
})

/** The methods, over the users of one session. */
export const delivery = (session: DeliverySession): Methods => {
  const does = (on: string, step: Step<Deliveries.Delivered>) => Effect.flatMap(step, (delivered) => keep(session, on, delivered))
  return {
    "delivery-service.appear": Effect.fnUntraced(function* ({ on, user, seed, backEnd, number }) {
      const outside = yield* init(backEnd, user, number)
      session.handles.set(on, { seed, outside, early: [], state: null })
      return { keyPackage: outside.keyPackage }
    }),
    "delivery-service.outside": Effect.fnUntraced(function* ({ on, ...keys }) {
      const { user } = yield* readKeyPackage(keys.keyPackage)
      if (user !== keys.user) throw new BrokenCall(`a key package of ${user}`)
      session.handles.set(on, { seed: noSeed, outside: { type: "mls-outside", ...keys }, early: [], state: null })
      return {}
    }),
    "delivery-service.found": ({ on, group, sampleSize }) => does(on, Deliveries.found(userIn(session, on).outside, group, sampleSize)),
    "delivery-service.join": ({ on, welcome, sampleSize }) => {
      const { outside, early } = userIn(session, on)
      return does(on, Deliveries.join(outside, welcome, sampleSize, early))
    },
    "delivery-service.receive-early": Effect.fnUntraced(function* ({ on, from, message }) {
      const user = userIn(session, on)
      if (user.state !== null) throw new BrokenCall(`${on} is a member`)
      const decoded = yield* decodeMessage(DeliveryMessage, bytesOfMessage(session, message))
      user.early = yield* Deliveries.receiveEarly(user.early, from, decoded)
      return {}
    }),
    "delivery-service.propose": ({ on, proposing }) => does(on, Deliveries.propose(stateOf(session, on), proposing)),
    "delivery-service.commit": ({ on, references }) => does(on, Deliveries.commit(stateOf(session, on), references)),
    "delivery-service.receive": Effect.fnUntraced(function* ({ on, from, message }) {
      const decoded = yield* decodeMessage(DeliveryMessage, bytesOfMessage(session, message))
      return yield* does(on, Deliveries.receive(stateOf(session, on), from, decoded))
    }),
    "delivery-service.timeout": ({ on, name }) => does(on, Deliveries.timeout(stateOf(session, on), name)),
    "delivery-service.come-back": ({ on, number }) =>
      Effect.map(Deliveries.comeBack(stateOf(session, on), number), ({ state, keyPackage }) => {
        userIn(session, on).state = state
        return { keyPackage }
      }),
    "delivery-service.resume": ({ on }) =>
      does(
        on,
        Effect.sync(() => Deliveries.resume(stateOf(session, on))),
      ),
    "delivery-service.restore": ({ on, through }) =>
      does(
        on,
        Effect.sync(() => Deliveries.restore(stateOf(session, on), through)),
      ),
    "delivery-service.put": ({ message }) => Effect.map(remember(session, message), (digest) => ({ digest })),
    "delivery-service.get": ({ digest }) => Effect.sync(() => ({ message: bytesOfMessage(session, digest) })),
    "delivery-service.shows": ({ on }) => Effect.sync(() => shows(stateOf(session, on))),
  }
}
