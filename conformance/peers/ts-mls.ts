/**
 * The TreeKEM of the reference with its MLS back end, which is ts-mls, as an adapter for plays of MLS groups; with randomness from the system.
 *
 * @module
 */
import { Effect, Result, Schema } from "effect"
import { Hex } from "effect/encoding"
import {
  type CiphersuiteImpl,
  type ClientState,
  createApplicationMessage,
  decodeGroupState,
  emptyPskIndex,
  encodeGroupState,
  encodeMlsMessage,
  processPrivateMessage,
} from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import pack from "../../package.json" with { type: "json" }
import { Crypto } from "../../reference/crypto/crypto.ts"
import { nodePrimitives } from "../../reference/crypto/providers/node.ts"
import { Randomness } from "../../reference/crypto/randomness.ts"
import { decodeMessage } from "../../reference/delivery-service/tree-kem/mls-messages.ts"
import { receivingSuite, suiteName } from "../../reference/delivery-service/tree-kem/mls-suite.ts"
import * as TreeKem from "../../reference/delivery-service/tree-kem.ts"
import { toWire } from "../../reference/methods.ts"
import { type NotAccepted, refuse } from "../../spec/conventions/verdicts.ts"
import { mlsObservationMethods } from "../../spec/delivery-service/observations.ts"
import { clauses, type MlsGroup, type Outside, type TreeKemGroup } from "../../spec/delivery-service/tree-kem.ts"
import { PLAYS_PROTOCOL } from "../protocol/plays.ts"
import { BadParams, type Method, serve } from "../protocol/serve.ts"

type Methods = Omit<typeof mlsObservationMethods, "mls.info">
type Params<M extends keyof Methods> = Methods[M]["params"]["Type"]
type Output<M extends keyof Methods> = Methods[M]["output"]["Type"]
type Step<A> = Effect.Effect<A, NotAccepted, Crypto | Randomness>

const hello = {
  protocol: PLAYS_PROTOCOL,
  name: "ts-mls",
  version: pack.dependencies["ts-mls"],
  language: "TypeScript",
  url: "https://www.npmjs.com/package/ts-mls",
  parts: ["mls"],
  options: ["copies", "messages", "former-messages"],
  wire: "RFC 9420, cipher suite 3",
}

/** Somebody: what it is, what it was in the epoch before, and the states after its own commits. */
interface Handle {
  readonly state: Outside | TreeKemGroup
  readonly before?: TreeKemGroup
  readonly committed: ReadonlyMap<string, TreeKemGroup>
}

const handles = new Map<string, Handle>()

const bytesOf = (text: string): Uint8Array => {
  const bytes = Hex.decode(text)
  if (Result.isFailure(bytes)) throw new BadParams("not hex")
  return bytes.success
}

const isMember = (state: Outside | TreeKemGroup): state is TreeKemGroup => "members" in state

const handleOf = (on: string): Handle => {
  const handle = handles.get(on)
  if (handle === undefined) throw new BadParams(`no ${on}`)
  return handle
}

const memberOf = (on: string): TreeKemGroup => {
  const { state } = handleOf(on)
  if (!isMember(state)) throw new BadParams(`${on} is no member`)
  return state
}

const outsideOf = (on: string): Outside => {
  const { state } = handleOf(on)
  if (isMember(state)) throw new BadParams(`${on} is a member`)
  return state
}

/** The delivery service carries no application messages. So the states of the back end are given to ts-mls for them, with its own bounds. */
const clientOf = ({ state }: MlsGroup): ClientState => ({ ...decodeGroupState(state, 0)![0], clientConfig: defaultClientConfig })

const withClient = (state: MlsGroup, client: ClientState): MlsGroup => ({ ...state, state: encodeGroupState(client) })

const isMls = (state: TreeKemGroup | undefined): state is MlsGroup => state?.type === "mls-group"

const suite: Promise<CiphersuiteImpl> = receivingSuite(nodePrimitives, suiteName)

/** The text of an application message, and the state after it; undefined where ts-mls throws. */
const opened = async (state: MlsGroup, message: Uint8Array) => {
  const decoded = decodeMessage(message)
  if (decoded?.wireformat !== "mls_private_message") return undefined
  try {
    const taken = await processPrivateMessage(clientOf(state), decoded.privateMessage, emptyPskIndex, await suite)
    return taken.kind === "applicationMessage" ? { text: taken.message, state: withClient(state, taken.newState) } : undefined
  } catch {
    return undefined
  }
}

const enter = (on: string, state: Outside | TreeKemGroup) => void handles.set(on, { state, committed: new Map() })

const stay = (on: string, state: TreeKemGroup) => void handles.set(on, { ...handleOf(on), state })

/** Keeps an own proposal as one that can be committed. */
const proposed = (on: string, made: Step<{ readonly state: TreeKemGroup; readonly proposal: Uint8Array }>) =>
  Effect.gen(function* () {
    const { state, proposal } = yield* made
    stay(on, (yield* TreeKem.admit(state, proposal)).state)
    return { proposal: Hex.encode(proposal) }
  })

const methods: { readonly [M in keyof Methods]: (params: Params<M>) => Step<Output<M>> } = {
  "mls.publish": Effect.fnUntraced(function* ({ on, user }) {
    const outside = yield* TreeKem.init("mls", user, 0)
    enter(on, outside)
    return { card: Hex.encode(outside.keyPackage) }
  }),
  "mls.found": Effect.fnUntraced(function* ({ on, group }) {
    enter(on, yield* TreeKem.found(outsideOf(on), group))
    return {}
  }),
  "mls.add": ({ on, card }) => proposed(on, TreeKem.proposeAdd(memberOf(on), bytesOf(card))),
  "mls.remove": ({ on, member }) => proposed(on, TreeKem.proposeRemove(memberOf(on), Number(member))),
  "mls.update": ({ on }) => proposed(on, TreeKem.proposeUpdate(memberOf(on))),
  "mls.admit": Effect.fnUntraced(function* ({ on, proposal }) {
    stay(on, (yield* TreeKem.admit(memberOf(on), bytesOf(proposal))).state)
    return {}
  }),
  "mls.commit": Effect.fnUntraced(function* ({ on, proposals }) {
    const references: Array<Uint8Array> = []
    for (const one of proposals) references.push((yield* TreeKem.readProposal(bytesOf(one))).ref)
    const { state, next, commit, welcome } = yield* TreeKem.commit(memberOf(on), references)
    const text = Hex.encode(commit)
    handles.set(on, { state, committed: new Map([...handleOf(on).committed, [text, next]]) })
    return { commit: text, welcome: welcome === null ? null : Hex.encode(welcome) }
  }),
  "mls.process": Effect.fnUntraced(function* ({ on, commit }) {
    const own = handleOf(on).committed.get(commit)
    const { state, removed } = own === undefined ? yield* TreeKem.process(memberOf(on), bytesOf(commit)) : { state: own, removed: false }
    if (!removed) handles.set(on, { state, before: memberOf(on), committed: new Map() })
    return { removed }
  }),
  "mls.join": Effect.fnUntraced(function* ({ on, welcome }) {
    enter(on, yield* TreeKem.join(outsideOf(on), bytesOf(welcome)))
    return {}
  }),
  "mls.seal": ({ on, text }) =>
    Effect.promise(async () => {
      const state = memberOf(on)
      if (!isMls(state)) throw new Error("no state of MLS")
      const sealed = await createApplicationMessage(clientOf(state), new TextEncoder().encode(text), await suite)
      stay(on, withClient(state, sealed.newState))
      const { privateMessage } = sealed
      return { message: Hex.encode(encodeMlsMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage })) }
    }),
  "mls.open": Effect.fnUntraced(function* ({ on, message }) {
    const bytes = bytesOf(message)
    const handle = handleOf(on)
    const { state, before } = handle
    const now = isMember(state) && isMls(state) ? yield* Effect.promise(() => opened(state, bytes)) : undefined
    if (now !== undefined) stay(on, now.state)
    const then = now === undefined && isMls(before) ? yield* Effect.promise(() => opened(before, bytes)) : undefined
    if (then !== undefined) handles.set(on, { ...handle, before: then.state })
    const one = now ?? then
    if (one === undefined) return yield* refuse(clauses.epoch, "ts-mls does not open it")
    return { text: new TextDecoder().decode(one.text) }
  }),
  "mls.copy": ({ on, as }) =>
    Effect.sync(() => {
      handles.set(as, handleOf(on))
      return {}
    }),
  "mls.view": ({ on }) =>
    Effect.sync(() => {
      const { state } = handleOf(on)
      if (!isMember(state)) return { me: null, epoch: null, members: [], authenticator: null, exported: null }
      const { me, epoch, members, authenticator, groupKey } = state
      return {
        me: `${me}`,
        epoch,
        members: members.map(({ leaf, user }) => ({ member: `${leaf}`, user })),
        authenticator: Hex.encode(authenticator),
        exported: Hex.encode(groupKey),
      }
    }),
}

const asMethod = <M extends keyof Methods>(name: M): Method => {
  const decode = Schema.decodeUnknownResult(mlsObservationMethods[name].params as Schema.Codec<Params<M>, unknown>, {
    onExcessProperty: "error",
  })
  return async (params) => {
    const decoded = decode(params)
    if (Result.isFailure(decoded)) throw new BadParams(`not the parameters of ${name}`)
    const effect = Effect.result(methods[name](decoded.success)).pipe(
      Effect.provideService(Crypto, nodePrimitives),
      Effect.provide(Randomness.system),
    )
    const result = await Effect.runPromise(effect)
    return Result.isFailure(result) ? toWire(result.failure) : { verdict: "accepted", output: result.success }
  }
}

/** Every method of the adapter, by its name. */
export const tsMlsMethods: Readonly<Record<string, Method>> = {
  hello: () => hello,
  reset: () => {
    handles.clear()
    return { verdict: "accepted", output: {} }
  },
  ...Object.fromEntries(Object.keys(methods).map((name) => [name, asMethod(name as keyof Methods)])),
}

if (import.meta.main) await serve(tsMlsMethods)
