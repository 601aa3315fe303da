/**
 * The reference as an adapter for plays: key agreement, and application messages right on top of it, with randomness from the system.
 *
 * @module
 */
import { Effect, Result, Schema } from "effect"
import { Hex } from "effect/encoding"
import pack from "../../package.json" with { type: "json" }
import { decodeMessage } from "../../reference/conventions.ts"
import { Crypto, type Primitives } from "../../reference/crypto/crypto.ts"
import { Randomness } from "../../reference/crypto/randomness.ts"
import * as Application from "../../reference/dcgka/application-messages.ts"
import * as KeyAgreement from "../../reference/dcgka/key-agreement.ts"
import * as KeyBundles from "../../reference/dcgka/key-bundles.ts"
import { toWire } from "../../reference/methods.ts"
import type { NotAccepted } from "../../spec/conventions/verdicts.ts"
import { ControlMessage } from "../../spec/dcgka/key-agreement.ts"
import { observationMethods, observationOptions } from "../../spec/dcgka/observations.ts"
import { PLAYS_PROTOCOL } from "../protocol/plays.ts"
import { BadParams, type Method } from "../protocol/serve.ts"

type Methods = typeof observationMethods
type Params<M extends keyof Methods> = Methods[M]["params"]["Type"]
type Output<M extends keyof Methods> = Methods[M]["output"]["Type"]
type Step<A> = Effect.Effect<A, NotAccepted, Crypto | Randomness>

/** Some day on which no key has expired. */
const now = 1_000_000_000
const expires = 2_000_000_000

/** What the reference says of itself when it is greeted for plays. */
export const playsHello = {
  protocol: PLAYS_PROTOCOL,
  name: "conclave-reference",
  version: pack.version,
  language: "TypeScript",
  parts: ["dcgka", "mpenc"],
  options: observationOptions,
  wire: "conclave/1 suite 1",
}

/** A member: its state but for what all members of its user share. */
interface Member {
  readonly user: string
  group: KeyAgreement.GroupState
  chains: Application.ApplicationState
}

/** The bytes that a text stands for. */
const bytesOf = (text: string): Uint8Array => {
  const bytes = Hex.decode(text)
  if (Result.isFailure(bytes)) throw new BadParams("not hex")
  return bytes.success
}

const textEncoder = new TextEncoder()
const textDecoder = new TextDecoder()

const orNull = (secret: Uint8Array | undefined): string | null => (secret === undefined ? null : Hex.encode(secret))

type Operation = (
  state: KeyAgreement.State,
) => Step<{ state: KeyAgreement.State; outgoing: KeyAgreement.Outgoing; updateSecret: Uint8Array }>

const outgoing = (state: KeyAgreement.State, { control, directs }: KeyAgreement.Outgoing, secret: Uint8Array | undefined) => ({
  message: Hex.encode(control),
  directs: directs.map(({ to, message }) => ({ member: to, user: state.users[to]!, direct: Hex.encode(message) })),
  secret: orNull(secret),
})

const found = <A>(map: ReadonlyMap<string, A>, name: string): A => {
  const one = map.get(name)
  if (one === undefined) throw new BadParams(`no ${name}`)
  return one
}

/** Users, who share what they have with all their members, and members. */
class Cast {
  readonly users = new Map<string, KeyAgreement.Keyring>()
  readonly members = new Map<string, Member>()

  stateOf(on: string): KeyAgreement.State {
    const { user, group } = found(this.members, on)
    return { ...found(this.users, user), ...group }
  }

  /** Keeps a state, and begins the chain of our update secret, if there is a new one. */
  keep(on: string, state: KeyAgreement.State, own: Uint8Array | undefined): Step<void> {
    const member = found(this.members, on)
    const { state: group, keyring } = KeyAgreement.parted(state)
    member.group = group
    this.users.set(member.user, keyring)
    if (group.removed === 1) member.chains = Application.forgetKeys(member.chains)
    if (own === undefined) return Effect.void
    const { group: place, me } = group
    return Effect.map(Application.beginOwn(member.chains, { group: place!, sender: me! }, group.seen[me!]!, own), (chains) => {
      member.chains = chains
    })
  }

  /** Begins the chain of an update secret of another member, whose user signs with one key all the time. */
  begin(on: string, sender: string, seq: number, secret: Uint8Array): Step<void> {
    const member = found(this.members, on)
    const { contacts, group, users } = this.stateOf(on)
    const { signingKey } = contacts[users[sender]!]!
    return Effect.map(Application.beginOther(member.chains, { group: group!, sender }, seq, secret, signingKey), ({ state }) => {
      member.chains = state
    })
  }

  operate(on: string, operation: Operation): Step<Output<"member.update">> {
    return Effect.flatMap(operation(this.stateOf(on)), (done) =>
      Effect.as(this.keep(on, done.state, done.updateSecret), { sent: [outgoing(done.state, done.outgoing, done.updateSecret)] }),
    )
  }
}

type Implementation = { readonly [M in keyof Methods]: (params: Params<M>) => Step<Output<M>> }

const ofUsers = ({ users, members }: Cast) =>
  ({
    "user.appear": Effect.fnUntraced(function* ({ user }) {
      const keys = yield* KeyBundles.rotate(yield* KeyBundles.generate(user), expires)
      users.set(user, { keys, contacts: {} })
      return {}
    }),
    "user.publish": Effect.fnUntraced(function* ({ user }) {
      const { keys, bundle } = yield* KeyBundles.publish(found(users, user).keys)
      users.set(user, { ...found(users, user), keys })
      return { card: Hex.encode(bundle) }
    }),
    "user.meet": Effect.fnUntraced(function* ({ user, card }) {
      const { contacts, ...rest } = found(users, user)
      users.set(user, { ...rest, contacts: yield* KeyBundles.learn(contacts, bytesOf(card), now) })
      return {}
    }),
    "member.enter": ({ on, user }) =>
      Effect.sync(() => {
        found(users, user)
        members.set(on, { user, group: KeyAgreement.notJoined, chains: Application.noChains })
        return {}
      }),
  }) satisfies Partial<Implementation>

const ofMembers = (cast: Cast) =>
  ({
    "member.create": ({ on, users }) => cast.operate(on, (state) => KeyAgreement.create(state, [...users].sort())),
    "member.update": ({ on }) => cast.operate(on, KeyAgreement.update),
    "member.add": ({ on, user }) => cast.operate(on, (state) => KeyAgreement.add(state, user)),
    "member.remove": ({ on, member }) => cast.operate(on, (state) => KeyAgreement.remove(state, member)),
    "member.process": Effect.fnUntraced(function* ({ on, message, recipients, direct }) {
      const directs = { recipients: [...recipients].sort(), own: direct === null ? null : bytesOf(direct) }
      const processed = yield* KeyAgreement.process(cast.stateOf(on), bytesOf(message), directs)
      const { state, response, rekey, senderSecret, ownSecret } = processed
      yield* cast.keep(on, state, ownSecret)
      if (senderSecret !== undefined) {
        const { sender, seq } = yield* decodeMessage(ControlMessage, bytesOf(message))
        yield* cast.begin(on, sender, seq, senderSecret)
      }
      const answer = response === undefined ? [] : [outgoing(state, response, rekey === undefined ? ownSecret : undefined)]
      const further = rekey === undefined ? [] : [outgoing(state, rekey, ownSecret)]
      return { sent: [...answer, ...further], secret: orNull(senderSecret) }
    }),
    "member.seal": Effect.fnUntraced(function* ({ on, text }) {
      const member = found(cast.members, on)
      const { group, me, keys } = cast.stateOf(on)
      const place = { group: group ?? "", sender: me ?? "" }
      const { state, message } = yield* Application.seal(member.chains, place, keys.signingSecretKey, textEncoder.encode(text))
      member.chains = state
      return { message: Hex.encode(message) }
    }),
    "member.open": Effect.fnUntraced(function* ({ on, message }) {
      const member = found(cast.members, on)
      const { group, me, seen } = member.group
      const place = { group: group ?? "", me: me ?? "" }
      const opened = yield* Application.open(member.chains, place, (sender) => seen[sender] ?? 0, bytesOf(message))
      member.chains = opened.state
      return { text: textDecoder.decode(opened.payload) }
    }),
    "member.copy": ({ on, as }) =>
      Effect.sync(() => {
        const { user, group, chains } = found(cast.members, on)
        // A copy goes on by itself, and so do the keys of the user that it has.
        const copied = `${user}, copied as ${as}`
        cast.users.set(copied, found(cast.users, user))
        cast.members.set(as, { user: copied, group, chains })
        return {}
      }),
    "member.view": ({ on }) =>
      Effect.sync(() => {
        const state = cast.stateOf(on)
        return { me: state.me, members: KeyAgreement.ourView(state).map((member) => ({ member, user: state.users[member]! })) }
      }),
  }) satisfies Partial<Implementation>

const asMethod = (provider: Primitives, name: keyof Methods, does: (params: never) => Step<unknown>): Method => {
  const read = Schema.decodeUnknownResult(observationMethods[name].params as Schema.Codec<unknown>, { onExcessProperty: "error" })
  return (input) => {
    const params = read(input)
    if (Result.isFailure(params)) throw new BadParams(`wrong parameters of ${name}`)
    const effect = Effect.result(does(params.success as never)).pipe(
      Effect.provideService(Crypto, provider),
      Effect.provide(Randomness.system),
    )
    const result = Effect.runSync(effect)
    return Result.isFailure(result) ? toWire(result.failure) : { verdict: "accepted", output: result.success }
  }
}

/** The methods of an adapter, over users and members of its own. */
export const playMethods = (provider: Primitives): { readonly methods: Readonly<Record<string, Method>>; readonly reset: () => void } => {
  const cast = new Cast()
  const implementation: Implementation = { ...ofUsers(cast), ...ofMembers(cast) }
  const names = Object.keys(observationMethods) as ReadonlyArray<keyof Methods>
  return {
    methods: Object.fromEntries(names.map((name) => [name, asMethod(provider, name, implementation[name])])),
    reset: () => {
      cast.users.clear()
      cast.members.clear()
    },
  }
}
