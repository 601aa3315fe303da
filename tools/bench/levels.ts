/**
 * The two levels at which the part dcgka is measured, with one face: key agreement alone, and the messenger with signatures, causal order and chains.
 *
 * @module
 */
import { Effect } from "effect"
import { decodeMessage, memberIdOf } from "../../reference/conventions.ts"
import * as Messaging from "../../reference/dcgka/group-messaging.ts"
import * as KeyAgreement from "../../reference/dcgka/key-agreement.ts"
import * as KeyBundles from "../../reference/dcgka/key-bundles.ts"
import type { Step } from "../../reference/simulation/network.ts"
import { ControlMessage } from "../../spec/dcgka/key-agreement.ts"

/** What a step gives: the state after it, and what it sends. */
export interface Stepped<S, P> {
  readonly state: S
  readonly sent: ReadonlyArray<P>
}

/** What a level does. */
export interface Level<S, P> {
  readonly name: string
  readonly appear: (user: string) => Step<S>
  readonly publish: (state: S) => Step<{ readonly state: S; readonly bundle: Uint8Array }>
  readonly learn: (state: S, bundle: Uint8Array) => Step<S>
  readonly create: (state: S, users: ReadonlyArray<string>) => Step<Stepped<S, P>>
  readonly update: (state: S) => Step<Stepped<S, P>>
  readonly add: (state: S, user: string) => Step<Stepped<S, P>>
  readonly remove: (state: S, user: string) => Step<Stepped<S, P>>
  readonly receive: (state: S, packet: P) => Step<Stepped<S, P>>
  /** Of the messenger alone. */
  readonly say?: (state: S, payload: Uint8Array) => Step<Stepped<S, P>>
}

const [now, expires] = [1_000_000_000, 2_000_000_000]

const keysOf = (user: string) => Effect.flatMap(KeyBundles.generate(user), (keys) => KeyBundles.rotate(keys, expires))

type Agreed = { readonly state: KeyAgreement.State; readonly outgoing: KeyAgreement.Outgoing }

const sentBy = ({ state, outgoing }: Agreed): Stepped<KeyAgreement.State, KeyAgreement.Outgoing> => ({ state, sent: [outgoing] })

const memberOf = ({ users }: KeyAgreement.State, user: string): string => Object.keys(users).findLast((member) => users[member] === user)!

/** The member as which we get what is in a message: before we have joined, the one that the message makes. */
const addressOf = Effect.fnUntraced(function* ({ me, keys }: KeyAgreement.State, bytes: Uint8Array) {
  if (me !== null) return me
  const control = yield* decodeMessage(ControlMessage, bytes)
  return yield* memberIdOf(
    control.group,
    keys.user,
    control.type === "add" ? control.sender : null,
    control.type === "add" ? control.seq : 0,
  )
})

/** Key agreement alone. */
export const agreement: Level<KeyAgreement.State, KeyAgreement.Outgoing> = {
  name: "key agreement",
  appear: (user) => Effect.map(keysOf(user), KeyAgreement.initial),
  publish: (state) => Effect.map(KeyBundles.publish(state.keys), ({ keys, bundle }) => ({ state: { ...state, keys }, bundle })),
  learn: (state, bundle) => Effect.map(KeyBundles.learn(state.contacts, bundle, now), (contacts) => ({ ...state, contacts })),
  create: (state, users) => Effect.map(KeyAgreement.create(state, users), sentBy),
  update: (state) => Effect.map(KeyAgreement.update(state), sentBy),
  add: (state, user) => Effect.map(KeyAgreement.add(state, user), sentBy),
  remove: (state, user) => Effect.map(KeyAgreement.remove(state, memberOf(state, user)), sentBy),
  receive: Effect.fnUntraced(function* (state: KeyAgreement.State, { control, directs }: KeyAgreement.Outgoing) {
    const address = yield* addressOf(state, control)
    const processed = yield* KeyAgreement.process(state, control, KeyAgreement.directsFor(directs, address))
    return { state: processed.state, sent: [processed.response, processed.rekey].filter((one) => one !== undefined) }
  }),
}

const groupOf = ({ groups }: Messaging.Messenger): string => Object.keys(groups)[0]!

const sentFrom = ({ messenger, packets }: { readonly messenger: Messaging.Messenger; readonly packets: ReadonlyArray<Uint8Array> }) => ({
  state: messenger,
  sent: packets,
})

/** The messenger. */
export const messenger: Level<Messaging.Messenger, Uint8Array> = {
  name: "messenger",
  appear: (user) => Effect.map(keysOf(user), (keys) => Messaging.messenger(keys, { delay: 0, heal: 1 })),
  publish: (state) => Effect.map(Messaging.publish(state), ({ messenger: after, bundle }) => ({ state: after, bundle })),
  learn: (state, bundle) => Messaging.learn(state, bundle, now),
  create: (state, users) => Effect.map(Messaging.create(state, users), sentFrom),
  update: (state) => Effect.map(Messaging.update(state, groupOf(state)), sentFrom),
  add: (state, user) => Effect.map(Messaging.add(state, groupOf(state), user), sentFrom),
  remove: (state, user) => Effect.map(Messaging.remove(state, groupOf(state), user), sentFrom),
  receive: (state, packet) => Effect.map(Messaging.receive(state, packet), sentFrom),
  say: (state, payload) => Effect.map(Messaging.send(state, groupOf(state), payload), sentFrom),
}
