/**
 * Who can follow whom: everything that somebody could compute from what it held, against what ePrint 2020/1281 claims that it cannot (appendix A, predicate dom-safe).
 *
 * The adversary is symbolic: from a ratchet state and its input it has the update secret and the next state, from a seed all member secrets, from a direct message to one whose key it
 * holds what is in it; and nothing else.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import { directFor, type Local, type Message, type Traced, Violation } from "../../reference/simulation/locals.ts"
import type { World } from "../../reference/simulation/world.ts"
import { addInput, emptyRatchet, welcomeInput } from "../../spec/dcgka/ratchet.ts"
import { checked } from "./checks.ts"
import { isBefore, isSeed, pastOf, viewOf } from "./oracle.ts"

const constants = new Set([addInput, welcomeInput, emptyRatchet].map((one) => Hex.encode(one)))

/** One step of a ratchet, as its owner took it. */
interface RatchetStep {
  readonly state: string
  readonly input: string
  readonly updateSecret: string
  readonly next: string
}

/** What one step of a local adds to what can be known. */
interface Gain {
  /** All secrets that went through its hands. */
  readonly values: ReadonlyArray<string>
  readonly steps: ReadonlyArray<RatchetStep>
  /** What the direct messages contain that it sent. */
  readonly payloads: ReadonlyMap<Message, ReadonlyArray<string>>
}

const isSecret = ({ name }: Traced) => name.startsWith("ratchet.") || name === "key-agreement.seed"

// The trace of one step of a ratchet is state, input, update secret, next, in this order.
const ratchetSteps = (member: string, traced: ReadonlyArray<Traced>): ReadonlyArray<RatchetStep> => {
  const own = traced.filter(({ name }) => name.startsWith("ratchet.") && name.endsWith(` ${member}`) && !name.includes("member-secret"))
  const steps: Array<RatchetStep> = []
  for (let at = 0; at < own.length; at += 4) {
    const [state, input, updateSecret, next] = own.slice(at, at + 4).map(({ value }) => Hex.encode(value))
    steps.push({ state: state!, input: input!, updateSecret: updateSecret!, next: next! })
  }
  return steps
}

// What a direct message contains: a seed, from which all member secrets follow; a forwarded member secret, the input of the sender's own step; or a ratchet, the state before it.
const payloadsOf = ({ control }: Message, steps: ReadonlyArray<RatchetStep>, secrets: ReadonlyArray<Traced>): ReadonlyArray<string> => {
  const [own] = steps
  if (control.type === "ack" || control.type === "forward") return own === undefined ? [] : [own.input]
  if (control.type === "add" || control.type === "add-ack") return own === undefined ? [] : [own.state]
  return secrets
    .filter(({ name }) => name === "key-agreement.seed" || name.startsWith("ratchet.member-secret"))
    .map(({ value }) => Hex.encode(value))
}

const gains = new WeakMap<Local, Gain>()

const gainOf = (local: Local): Gain => {
  const known = gains.get(local)
  if (known !== undefined) return known
  const secrets = local.traced.filter(isSecret)
  const values = secrets.map(({ value }) => Hex.encode(value))
  const steps = ratchetSteps(local.member, secrets)
  const payloads = new Map(local.emitted.map((message) => [message, payloadsOf(message, steps, secrets)]))
  const gain: Gain = { values, steps, payloads }
  gains.set(local, gain)
  return gain
}

const pathOf = (local: Local): ReadonlyArray<Local> => {
  const path: Array<Local> = []
  for (let at: Local | undefined = local; at !== undefined; at = at.parent) path.push(at)
  return path
}

/** Everything that can be computed from `known` by steps of ratchets whose inputs are known too. */
const close = (known: Set<string>, steps: ReadonlyArray<RatchetStep>): ReadonlySet<string> => {
  for (let size = -1; size !== known.size; ) {
    size = known.size
    for (const { state, input, updateSecret, next } of steps) {
      const isKnown = (secret: string) => known.has(secret) || constants.has(secret)
      if (isKnown(state) && isKnown(input)) known.add(updateSecret).add(next)
    }
  }
  return known
}

/** All that one end of a schedule holds for an adversary. */
interface Evidence {
  readonly steps: ReadonlyArray<RatchetStep>
  readonly payloads: ReadonlyMap<Message, ReadonlyArray<string>>
  readonly messages: ReadonlyArray<Message>
}

const evidenceOf = (world: World): Evidence => {
  const steps: Array<RatchetStep> = []
  const payloads = new Map<Message, ReadonlyArray<string>>()
  for (const local of Object.values(world.locals)) {
    // From the first on, so that what one step gives is there when the next is looked at.
    for (const one of pathOf(local).toReversed()) {
      const gain = gainOf(one)
      steps.push(...gain.steps)
      for (const [message, contents] of gain.payloads) payloads.set(message, contents)
    }
  }
  return { steps, payloads, messages: world.sent.map(({ message }) => message) }
}

/** What can be known by one who has all that went through the hands of `path`, and opens the direct messages for its member that `opens`. */
const knownTo = (path: ReadonlyArray<Local>, { steps, payloads, messages }: Evidence, opens: (message: Message) => boolean) => {
  const known = new Set(path.flatMap((local) => gainOf(local).values))
  const member = path[0]?.member ?? ""
  for (const message of messages) {
    if (directFor(message, member) === null || !opens(message)) continue
    for (const payload of payloads.get(message)!) known.add(payload)
  }
  return close(known, steps)
}

const addOf = (messages: Iterable<Message>, member: string): Message | undefined => {
  for (const message of messages) if (message.control.type === "add" && message.makes[member] !== undefined) return message
  return undefined
}

// The seed of a create, update or removal before the message, which no member of the set got, and since which none was added.
const claim = (members: ReadonlyArray<string>, message: Message): boolean => {
  if (members.some((member) => viewOf(message).has(member))) return false
  const past = pastOf(message)
  const adds = members.map((member) => addOf(past, member)).filter((add) => add !== undefined)
  return [...past].some(
    (seed) => isSeed(seed) && !members.some((member) => viewOf(seed).has(member)) && !adds.some((add) => isBefore(seed, add)),
  )
}

const claims = new WeakMap<Message, Map<string, boolean>>()

const isClaimed = (members: ReadonlyArray<string>, message: Message): boolean => {
  const known = claims.get(message) ?? new Map<string, boolean>()
  claims.set(message, known)
  const key = members.join()
  const claimed = known.get(key) ?? claim(members, message)
  known.set(key, claimed)
  return claimed
}

const demandUnknown = (known: ReadonlySet<string>, message: Message, says: () => string) => {
  checked.count++
  if (message.secret !== undefined && known.has(message.secret)) throw new Violation(says())
}

/** Members of one user who keep all they ever had follow nobody who does not have them as members. */
const checkOutsiders = (world: World, evidence: Evidence) => {
  const byUser = Map.groupBy(Object.values(world.locals), ({ user }) => user)
  for (const [user, locals] of byUser) {
    for (const together of locals.length === 1 ? [locals] : [...locals.map((local) => [local]), locals]) {
      const members = together.map(({ member }) => member)
      const known = close(new Set(together.flatMap((local) => [...knownTo(pathOf(local), evidence, () => true)])), evidence.steps)
      for (const message of evidence.messages) {
        if (!isClaimed(members, message)) continue
        demandUnknown(known, message, () => `${user}, who has no part in it, derives the secret of ${message.name}`)
      }
    }
  }
}

/** Whoever had all that a member held until it sent an update follows nothing that comes after the update. */
const checkHealing = (world: World, evidence: Evidence) => {
  for (const local of Object.values(world.locals)) {
    const path = pathOf(local)
    for (const [index, one] of path.entries()) {
      const update = one.emitted.find(({ control }) => control.type === "update")
      if (update === undefined || !evidence.messages.includes(update)) continue
      const known = knownTo(path.slice(index + 1), evidence, (message) => !isBefore(update, message))
      for (const message of evidence.messages) {
        if (!isBefore(update, message)) continue
        demandUnknown(known, message, () => `${update.name} does not heal: ${message.name} can be derived from before it`)
      }
    }
  }
}

/** What a state still holds opens no secret that was taken before. */
const checkForward = (world: World, evidence: Evidence) => {
  for (const { name, member, state, parent } of Object.values(world.locals)) {
    const held = [...Object.values(state.ratchets), ...state.memberSecrets.map(({ secret }) => secret)].map((one) => Hex.encode(one))
    const known = close(new Set(held), evidence.steps)
    for (const message of evidence.messages) {
      const isHandled = parent !== undefined && (message.sender === member || (state.seen[message.sender] ?? 0) >= message.seq)
      if (isHandled) demandUnknown(known, message, () => `${name} still holds what gives the secret of ${message.name}`)
    }
  }
}

/** All claims of secrecy at the end of a schedule. */
export const checkSecrecy = (world: World): void => {
  const evidence = evidenceOf(world)
  checkOutsiders(world, evidence)
  checkHealing(world, evidence)
  checkForward(world, evidence)
}
