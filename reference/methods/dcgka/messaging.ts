/**
 * The methods of messaging, over handles of their own.
 *
 * @module
 */
import { Effect } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import type { messagingMethods } from "../../../spec/dcgka/methods-messaging.ts"
import { Crypto } from "../../crypto/crypto.ts"
import * as Application from "../../dcgka/application-messages.ts"
import * as Messaging from "../../dcgka/group-messaging.ts"
import * as KeyBundles from "../../dcgka/key-bundles.ts"
import { BrokenCall, handleIn, type Methods, type MethodsOf, ofLength, type Part, type Step } from "../call.ts"

/** The chains of one member. */
interface Chains {
  readonly group: string
  readonly me: string
  readonly seed: Uint8Array
  state: Application.ApplicationState
}

/** A messenger, and the seed of its draws. */
interface Handle {
  readonly seed: Uint8Array
  messenger: Messaging.Messenger
}

const maximumSeq = 0xffffffff

const checkSeq = (seq: number) => {
  if (seq < 1 || seq > maximumSeq) throw new BrokenCall("seq is the number of no message")
}

const application = (handles: Map<string, Chains>) =>
  ({
    "application.start": Effect.fnUntraced(function* ({ on, group, me, seed }) {
      yield* ofLength(32, seed)
      handles.set(on, { group, me, seed, state: Application.noChains })
      return {}
    }),
    "application.begin-own": Effect.fnUntraced(function* ({ on, seq, updateSecret }) {
      const handle = handleIn(handles, on)
      checkSeq(seq)
      yield* ofLength(32, updateSecret)
      handle.state = yield* Application.beginOwn(handle.state, { group: handle.group, sender: handle.me }, seq, updateSecret)
      return {}
    }),
    "application.begin-other": Effect.fnUntraced(function* ({ on, member, seq, updateSecret, signingKey }) {
      const handle = handleIn(handles, on)
      checkSeq(seq)
      yield* ofLength(32, updateSecret, signingKey)
      const place = { group: handle.group, sender: member }
      const { state, told } = yield* Application.beginOther(handle.state, place, seq, updateSecret, signingKey)
      handle.state = state
      return told
    }),
    "application.end": ({ on, member, seq, chain }) =>
      Effect.sync(() => {
        const handle = handleIn(handles, on)
        checkSeq(seq)
        const { state, told } = Application.end(handle.state, member, seq, chain)
        handle.state = state
        return told
      }),
    "application.seal": Effect.fnUntraced(function* ({ on, signingSecretKey, payload }) {
      const handle = handleIn(handles, on)
      yield* ofLength(32, signingSecretKey)
      const { group, me: sender } = handle
      const { state, message, chain } = yield* Application.seal(handle.state, { group, sender }, signingSecretKey, payload)
      handle.state = state
      return { message, chain }
    }),
    "application.open": Effect.fnUntraced(function* ({ on, seen, message }) {
      const handle = handleIn(handles, on)
      const opened = yield* Application.open(handle.state, handle, () => seen, message)
      handle.state = opened.state
      const { sender, seq, index } = opened.message
      return { sender, seq, index, payload: opened.payload, ...opened.told }
    }),
    "application.forget-keys": ({ on }) =>
      Effect.sync(() => {
        const handle = handleIn(handles, on)
        handle.state = Application.forgetKeys(handle.state)
        return {}
      }),
  }) satisfies Partial<Methods>

const keys = (handles: Map<string, Handle>) =>
  ({
    "messenger.generate": Effect.fnUntraced(function* ({ on, user, seed, delay, heal }) {
      yield* ofLength(32, seed)
      const crypto = yield* Crypto
      const keys = yield* KeyBundles.generate(user)
      handles.set(on, { seed, messenger: Messaging.messenger(keys, { delay: delay ? 1 : 0, heal: heal ? 1 : 0 }) })
      return { signingKey: crypto.ed25519PublicKey(keys.signingSecretKey), agreementKey: crypto.x25519PublicKey(keys.agreementSecretKey) }
    }),
    "messenger.rotate": Effect.fnUntraced(function* ({ on, expires }) {
      const handle = handleIn(handles, on)
      handle.messenger = yield* Messaging.rotate(handle.messenger, expires)
      return {}
    }),
    "messenger.publish": Effect.fnUntraced(function* ({ on }) {
      const handle = handleIn(handles, on)
      const { messenger, bundle } = yield* Messaging.publish(handle.messenger)
      handle.messenger = messenger
      return { bundle }
    }),
    "messenger.learn": Effect.fnUntraced(function* ({ on, bundle, now }) {
      const handle = handleIn(handles, on)
      handle.messenger = yield* Messaging.learn(handle.messenger, bundle, now)
      return {}
    }),
    "messenger.retire": ({ on, now }) =>
      Effect.sync(() => {
        const handle = handleIn(handles, on)
        handle.messenger = Messaging.retire(handle.messenger, now)
        return {}
      }),
  }) satisfies Partial<Methods>

type Finished = Effect.Success<ReturnType<typeof Messaging.receive>>

const doing = (handles: Map<string, Handle>, on: string, act: (messenger: Messaging.Messenger) => Step<Finished>) => {
  const handle = handleIn(handles, on)
  return Effect.map(act(handle.messenger), ({ messenger, group, packets, events, missing }) => {
    handle.messenger = messenger
    return { group, packets, events, missing }
  })
}

const groupIn = (handles: Map<string, Handle>, on: string, group: string): Messaging.Group =>
  handleIn(handles, on).messenger.groups[group] ?? Messaging.noGroup

const groups = (handles: Map<string, Handle>) =>
  ({
    "messenger.create": ({ on, users }) => doing(handles, on, (messenger) => Messaging.create(messenger, users)),
    "messenger.add": ({ on, group, user }) => doing(handles, on, (messenger) => Messaging.add(messenger, group, user)),
    "messenger.remove": ({ on, group, user }) => doing(handles, on, (messenger) => Messaging.remove(messenger, group, user)),
    "messenger.update": ({ on, group }) => doing(handles, on, (messenger) => Messaging.update(messenger, group)),
    "messenger.send": ({ on, group, payload }) => doing(handles, on, (messenger) => Messaging.send(messenger, group, payload)),
    "messenger.compare": ({ on, group }) => doing(handles, on, (messenger) => Messaging.compare(messenger, group)),
    "messenger.notes": ({ on, group }) => Effect.map(Messaging.notes(handleIn(handles, on).messenger, group), (content) => ({ content })),
    "messenger.check": ({ on, group, content }) => Messaging.check(handleIn(handles, on).messenger, group, content),
    "messenger.retry": ({ on, group }) => doing(handles, on, (messenger) => Messaging.retry(messenger, group)),
    "messenger.flush": ({ on, group }) => doing(handles, on, (messenger) => Messaging.flush(messenger, group)),
    "messenger.receive": ({ on, packet }) => doing(handles, on, (messenger) => Messaging.receive(messenger, packet)),
    "messenger.leave": ({ on, group }) => doing(handles, on, (messenger) => Messaging.leave(messenger, group)),
    "messenger.forget-held": ({ on, group }) =>
      Effect.sync(() => {
        const handle = handleIn(handles, on)
        handle.messenger = Messaging.forgetHeld(handle.messenger, group)
        return {}
      }),
    "messenger.restore": Effect.fnUntraced(function* ({ on }) {
      const handle = handleIn(handles, on)
      const { messenger, events } = yield* Messaging.restore(handle.messenger)
      handle.messenger = messenger
      return { events }
    }),
    "messenger.forget": Effect.fnUntraced(function* ({ on, group }) {
      const handle = handleIn(handles, on)
      handle.messenger = yield* Messaging.forget(handle.messenger, group)
      return {}
    }),
    "messenger.users": ({ on, group }) => Effect.sync(() => ({ users: Messaging.usersOf(groupIn(handles, on, group)) })),
    "messenger.memberships": ({ on, group }) =>
      Effect.sync(() => ({
        memberships: groupIn(handles, on, group).memberships.map(({ broadcast: { agreement } }) => ({
          member: agreement.me!,
          removed: agreement.removed === 1,
        })),
      })),
  }) satisfies Partial<Methods>

type ApplicationMethod = Extract<keyof typeof messagingMethods, `application.${string}`>

/** The methods of application messages, with no handles yet. */
export const applicationMessages = (): Part => {
  const handles = new Map<string, Chains>()
  const methods: MethodsOf<Pick<typeof messagingMethods, ApplicationMethod>> = application(handles)
  return {
    methods,
    reset: () => handles.clear(),
    seedOf: (on) => handles.get(on)?.seed,
    stateOf: (on) => {
      const handle = handles.get(on)
      return handle === undefined ? undefined : [encodeWire(Application.ApplicationState, handle.state)]
    },
  }
}

/** The methods of messaging, with no handles yet. */
export const messaging = (): Part => {
  const handles = new Map<string, Handle>()
  const methods: MethodsOf<Omit<typeof messagingMethods, ApplicationMethod>> = { ...keys(handles), ...groups(handles) }
  return {
    methods,
    reset: () => handles.clear(),
    seedOf: (on) => handles.get(on)?.seed,
    stateOf: (on) => {
      const handle = handles.get(on)
      return handle === undefined ? undefined : [encodeWire(Messaging.Messenger, handle.messenger)]
    },
  }
}
