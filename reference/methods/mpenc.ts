/**
 * The methods of the chapters of mpenc from "records" to "messages".
 *
 * @module
 */
import { Effect } from "effect"
import { refuse } from "../../spec/conventions/verdicts.ts"
import { clauses as ofMessages } from "../../spec/mpenc/messages.ts"
import type { methods } from "../../spec/mpenc/methods.ts"
import { sorted } from "../../spec/mpenc/records.ts"
import * as Aske from "../mpenc/aske.ts"
import * as Cliques from "../mpenc/cliques.ts"
import { aesCtr } from "../mpenc/messages/cipher.ts"
import { decodeBody, encodeBody, encodeContent, splitContent } from "../mpenc/messages/content.ts"
import * as Messages from "../mpenc/messages.ts"
import { decodeRecords, encodeRecords } from "../mpenc/records/tlv.ts"
import { decodePacket, encodePacket, signedPart } from "../mpenc/records.ts"
import { answerable, BrokenCall, type MethodsOf, type Params, type Part } from "./call.ts"
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
  "mpenc-records.encode-records": (params) => Effect.map(encodeRecords(params.records), (bytes) => ({ bytes: answerable(bytes) })),
  "mpenc-records.sort": ({ names }) => Effect.succeed({ names: sorted(names) }),
} satisfies Partial<Implementation>

const cliques = {
  "cliques.multiply": ({ contributions, key }) => Effect.map(Cliques.multiplyByAll(contributions, key), (product) => ({ product })),
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

const completed = Effect.fnUntraced(function* ({ members, nonces, publicKeys, sessionId }: Omit<Params<"aske.authenticator">, "member">) {
  const exchange = yield* Aske.complete(members, nonces, publicKeys)
  return { ...exchange, sessionId: sessionId ?? exchange.sessionId }
})

const aske = {
  "aske.complete": ({ members, nonces, publicKeys }) =>
    Effect.map(Aske.complete(members, nonces, publicKeys), ({ sessionId }) => ({ sessionId })),
  "aske.authenticator": Effect.fnUntraced(function* ({ member, ...lists }) {
    return { authenticator: yield* Aske.authenticator(yield* completed(lists), member) }
  }),
  "aske.acknowledge": Effect.fnUntraced(function* ({ me, identitySecretKey, ...lists }) {
    return { signature: yield* Aske.acknowledge(yield* completed(lists), me, identitySecretKey) }
  }),
  "aske.verify": Effect.fnUntraced(function* ({ member, identityKey, signature, ...lists }) {
    yield* Aske.verify(yield* completed(lists), member, identityKey, signature)
    return {}
  }),
} satisfies Partial<Implementation>

const messages = {
  "messages.subsession-hash": (params) => Effect.map(Messages.subsessionHash(params), (hash) => ({ hash })),
  "messages.cipher": ({ key, iv, data }) => Effect.succeed({ data: aesCtr(key, iv, data) }),
  "messages.encode-body": ({ body }) => Effect.map(encodeBody(body), (value) => ({ value })),
  "messages.decode-body": ({ value }) => Effect.map(decodeBody(value), (body) => ({ body })),
  "messages.encode-content": ({ parents, body, padding }) =>
    Effect.map(encodeContent({ parents, body }, padding), (plaintext) => ({ plaintext })),
  "messages.decode-content": Effect.fnUntraced(function* ({ plaintext }) {
    const { parents, value } = yield* splitContent(plaintext)
    return { parents, body: yield* decodeBody(value) }
  }),
  "messages.seal": ({ sessionId, groupKey, ephemeralSecretKey, parents, body, iv, ...parameters }) =>
    Messages.seal({ members: [], publicKeys: [], sessionId, groupKey }, ephemeralSecretKey, parents, body, iv, parameters),
  "messages.open": ({ sender, text, cipherKeyBytes, ...keys }) => Messages.open(keys, sender, text, { cipherKeyBytes, padding: true }),
  "messages.decrypt": ({ sender, text, cipherKeyBytes, ...keys }) =>
    Messages.decrypt(keys, sender, text, { cipherKeyBytes, padding: true }),
  "messages.id": Effect.fnUntraced(function* ({ text }) {
    const packet = yield* decodePacket(text)
    if (packet.type !== "data") return yield* refuse(ofMessages.kind, packet.type)
    return { id: yield* Messages.messageId(packet) }
  }),
  "messages.sign-error": Effect.fnUntraced(function* ({ packet, ephemeralSecretKey }) {
    if (packet.type !== "error") return yield* refuse(ofMessages.kind, packet.type)
    return { text: yield* Messages.signError(packet, ephemeralSecretKey) }
  }),
  "messages.verify-error": ({ text, publicKey }) => Effect.map(Messages.verifyError(text, publicKey), (packet) => ({ packet })),
} satisfies Partial<Implementation>

/** The part, with no handles yet. */
export const mpenc = (): Part => {
  const handles: Handles = new Map()
  const implementation: Implementation = { ...records, ...cliques, ...aske, ...greeting(handles), ...messages }
  return {
    methods: implementation,
    reset: () => handles.clear(),
    seedOf: () => undefined,
    stateOf: (on) => stateOf(handles, on),
  }
}
