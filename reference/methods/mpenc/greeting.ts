/**
 * The methods of the layer "greeting".
 *
 * @module
 */
import { Effect } from "effect"
import { encodeWire, nullable, record } from "../../../spec/conventions/encoding.ts"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses, Greeting, Identities, Membership } from "../../../spec/mpenc/greeting.ts"
import type { methods } from "../../../spec/mpenc/methods.ts"
import { MemberName, protocolVersion } from "../../../spec/mpenc/records.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { signedBytes } from "../../mpenc/greeting/send.ts"
import * as Greetings from "../../mpenc/greeting.ts"
import { decodePacket, encodePacket } from "../../mpenc/records.ts"
import { BrokenCall, handleIn, type MethodsOf } from "../call.ts"

/** What one member holds. */
interface Handle {
  readonly me: string
  readonly identities: Identities
  readonly repeatLists: boolean
  readonly membership: Membership | null
  readonly proposal: Greeting | null
  readonly running: Greeting | null
}

const State = record("mpenc-handle", {
  me: MemberName,
  identities: Identities,
  membership: nullable(Membership),
  proposal: nullable(Greeting),
  running: nullable(Greeting),
})

/** The handles of a session, by name. */
export type Handles = Map<string, Handle>

/** Everything that a handle holds, in bytes, if there is such a handle. */
export const stateOf = (handles: Handles, name: string): ReadonlyArray<Uint8Array> | undefined => {
  const handle = handles.get(name)
  return handle === undefined ? undefined : [encodeWire(State, handle)]
}

const isMembershipOf = (me: string, { agreement, exchange }: Membership): boolean => {
  const { members } = agreement
  const lists = [agreement.intermediateKeys, exchange.nonces, exchange.publicKeys]
  const areSame = members.length === exchange.members.length && members.every((member, index) => member === exchange.members[index])
  return members.includes(me) && areSame && lists.every((list) => list.length === members.length) && agreement.groupKey !== null
}

const parametersOf = ({ repeatLists }: Handle): Greetings.GreetingParameters => ({
  repeatLists: repeatLists ? 1 : 0,
  version: protocolVersion,
})

const afterwards = (handle: Handle, received: { greeting: Greeting; membership: Membership | null; excluded: boolean }): Handle => {
  const { greeting, membership, excluded } = received
  if (excluded || membership !== null) return { ...handle, membership, proposal: null, running: null }
  return { ...handle, proposal: null, running: greeting }
}

/** The methods, over the handles of one session. */
export const greeting = (handles: Handles) =>
  ({
    "greeting.sign": Effect.fnUntraced(function* ({ packet, ephemeralSecretKey }) {
      if (packet.type !== "greeting") return yield* refuse(clauses.kind, packet.type)
      const signature = (yield* Crypto).ed25519Sign(ephemeralSecretKey, yield* signedBytes(packet))
      return { text: yield* encodePacket({ ...packet, signature }) }
    }),
    "greeting.verify": Effect.fnUntraced(function* ({ text, publicKey }) {
      const packet = yield* decodePacket(text)
      if (packet.type !== "greeting") return yield* refuse(clauses.kind, packet.type)
      const isValid = (yield* Crypto).ed25519Verify(publicKey, yield* signedBytes(packet), packet.signature)
      if (!isValid) return yield* refuse(clauses.signature, packet.source)
      return {}
    }),
    "greeting.appear": ({ on, ...handle }) =>
      Effect.sync(() => {
        if (handle.membership !== null && !isMembershipOf(handle.me, handle.membership)) throw new BrokenCall("no membership of ours")
        handles.set(on, { ...handle, proposal: null, running: null })
        return {}
      }),
    "greeting.propose": Effect.fnUntraced(function* ({ on, include, exclude, metadata, shares }) {
      const handle = handleIn(handles, on)
      const { me, membership, identities } = handle
      const proposed = yield* Greetings.propose(
        me,
        membership,
        parametersOf(handle),
        identities,
        { include, exclude },
        { metadata, shares },
      )
      handles.set(on, { ...handle, proposal: proposed.greeting })
      return { text: proposed.text }
    }),
    "greeting.receive": Effect.fnUntraced(function* ({ on, sender, text, shares }) {
      const handle = handleIn(handles, on)
      const { me, membership, identities, proposal } = handle
      const proposed = sender === me ? proposal : null
      const begun = handle.running ?? proposed ?? Greetings.begin(me, membership, parametersOf(handle))
      const received = yield* Greetings.receive(begun, identities, sender, text, shares)
      handles.set(on, afterwards(handle, received))
      return { text: received.text, finished: received.membership !== null, excluded: received.excluded }
    }),
    "greeting.abandon": ({ on }) =>
      Effect.sync(() => {
        handles.set(on, { ...handleIn(handles, on), proposal: null, running: null })
        return {}
      }),
    "greeting.membership": ({ on }) => Effect.sync(() => ({ membership: handleIn(handles, on).membership })),
  }) satisfies Partial<MethodsOf<typeof methods>>
