/**
 * The methods of the chapters of mpenc from "records" to "messages".
 *
 * @module
 */
import { Effect } from "effect"
import type { methods } from "../../spec/mpenc/methods.ts"
import { sorted } from "../../spec/mpenc/records.ts"
import * as Cliques from "../mpenc/group-key-agreement.ts"
import { decodeRecords, encodeRecords } from "../mpenc/records/tlv.ts"
import { decodePacket, encodePacket, signedPart } from "../mpenc/records.ts"
import * as Aske from "../mpenc/signature-key-exchange.ts"
import { BrokenCall, type MethodsOf, type Part } from "./call.ts"
import { greeting, type Handles, stateOf } from "./mpenc/greeting.ts"

type Implementation = MethodsOf<typeof methods>

const records = {
  "mpenc-records.decode": ({ text }) => Effect.map(decodePacket(text), (packet) => ({ packet })),
  "mpenc-records.encode": ({ packet }) => Effect.map(encodePacket(packet), (text) => ({ text })),
  "mpenc-records.signed-part": ({ packet }) => {
    if (packet.type === "plain") throw new BrokenCall("a plain packet has no records")
    return Effect.map(signedPart(packet), (bytes) => ({ bytes }))
  },
  "mpenc-records.decode-records": ({ bytes }) => Effect.map(decodeRecords(bytes), (decoded) => ({ records: decoded })),
  "mpenc-records.encode-records": (params) => Effect.map(encodeRecords(params.records), (bytes) => ({ bytes })),
  "mpenc-records.sort": ({ names }) => Effect.succeed({ names: sorted(names) }),
} satisfies Partial<Implementation>

const cliques = {
  "cliques.derive": ({ secret }) => Effect.map(Cliques.deriveGroupKey(secret), (groupKey) => ({ groupKey })),
  "cliques.start": ({ me, others, contribution }) => Cliques.start(me, others, contribution),
  "cliques.forward": ({ members, me, keys, contribution }) => Cliques.forward(members, me, keys, contribution),
  "cliques.close": ({ members, me, keys, contribution }) => Cliques.close(members, me, keys, contribution),
  "cliques.receive": ({ members, me, keys, contributions }) =>
    Effect.map(Cliques.receive(members, me, keys, contributions), (agreement) => ({ agreement })),
  "cliques.include": ({ agreement, me, others, contribution }) => Cliques.include(agreement, me, others, contribution),
  "cliques.exclude": ({ agreement, me, others, contribution }) => Cliques.exclude(agreement, me, others, contribution),
  "cliques.refresh": ({ agreement, me, contribution }) => Cliques.refresh(agreement, me, contribution),
} satisfies Partial<Implementation>

const aske = {
  "aske.complete": ({ members, nonces, publicKeys }) =>
    Effect.map(Aske.complete(members, nonces, publicKeys), ({ sessionId }) => ({ sessionId })),
  "aske.authenticator": Effect.fnUntraced(function* ({ members, nonces, publicKeys, member }) {
    return { authenticator: yield* Aske.authenticator(yield* Aske.complete(members, nonces, publicKeys), member) }
  }),
  "aske.acknowledge": Effect.fnUntraced(function* ({ members, nonces, publicKeys, me, identitySecretKey }) {
    return { signature: yield* Aske.acknowledge(yield* Aske.complete(members, nonces, publicKeys), me, identitySecretKey) }
  }),
  "aske.verify": Effect.fnUntraced(function* ({ members, nonces, publicKeys, member, identityKey, signature }) {
    yield* Aske.verify(yield* Aske.complete(members, nonces, publicKeys), member, identityKey, signature)
    return {}
  }),
} satisfies Partial<Implementation>

/** The part, with no handles yet. */
export const mpenc = (): Part => {
  const handles: Handles = new Map()
  const implementation: Implementation = { ...records, ...cliques, ...aske, ...greeting(handles) }
  return {
    methods: implementation,
    reset: () => handles.clear(),
    seedOf: () => undefined,
    stateOf: (on) => stateOf(handles, on),
  }
}
