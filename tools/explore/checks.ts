/**
 * What must hold at each delivery, and when everything has been delivered that can be.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import * as KeyAgreement from "../../reference/dcgka/key-agreement.ts"
import { type Check, directFor, isPresent, type Local, type Message, seenBy, Violation } from "../../reference/simulation/locals.ts"
import type { World } from "../../reference/simulation/world.ts"
import { decodeWire } from "../../spec/conventions/encoding.ts"
import { ChannelMessage } from "../../spec/dcgka/two-party-messaging.ts"
import { membersAfter, pastOf, viewOf } from "./oracle.ts"

/** How many single checks were made. */
export const checked = { count: 0 }

const demand = (holds: boolean, says: () => string): void => {
  checked.count++
  if (!holds) throw new Violation(says())
}

const hex = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Hex.encode(bytes))

/** Nothing is encrypted to one who is not a member in the sender's own view, and nothing twice. */
const checkRecipients = (message: Message) => {
  const recipients = message.outgoing.directs.map(({ to }) => to)
  const outsider = recipients.find((to) => !viewOf(message).has(to))
  demand(outsider === undefined, () => `${message.name} is encrypted to ${outsider}, who is no member`)
  demand(new Set(recipients).size === recipients.length, () => `${message.name} has two direct messages for one member`)
}

// The win clauses of appendix A: whoever should decrypt takes the sender's secret, whoever should not takes none, and whoever has to answer does.
const checkSecrets = (before: Local, message: Message, processed: KeyAgreement.Processed) => {
  const { name, member } = before
  const expected = viewOf(message).has(member) ? message.secret : undefined
  const taken = hex(processed.senderSecret)
  const what = taken === undefined ? "no secret" : expected === undefined ? "a secret not meant for it" : "a wrong secret"
  demand(taken === expected, () => `${name} takes ${what} from ${message.name}`)
  const answers = processed.response !== undefined
  demand(answers !== message.isAnswer, () => `${name} ${answers ? "answers" : "does not answer"} ${message.name}`)
}

// A recipient that answers gets a new secret of its own. Whether one that is no recipient should rekey is left to the checks of secrecy.
const checkAnswer = (message: Message, { emitted, member, name }: Local) => {
  if (message.isAnswer || !viewOf(message).has(member)) return
  demand(emitted[0]?.secret !== undefined, () => `${name} has no new secret after ${message.name}`)
}

const usesOf = (direct: Uint8Array): ChannelMessage | undefined => {
  const decoded = decodeWire(ChannelMessage, direct)
  return decoded._tag === "Success" ? decoded.success : undefined
}

/** What was used is deleted: the key that opened the direct message, and the member secret that the message stood for. */
const checkDeleted = ({ state: before }: Local, message: Message, { name, member, state }: Local) => {
  const direct = directFor(message, member)
  const used = direct === null ? undefined : usesOf(direct)
  const channel = state.channels[message.sender]
  if (used?.type === "first-contact") {
    const isKept = state.keys.oneTimePrekeys.some(({ id }) => id === used.oneTimePrekeyId)
    demand(!isKept, () => `${name} keeps the one-time prekey used by ${message.name}`)
  } else if (used?.type === "to-recipient-key") {
    const isKept = channel?.ownKeys.some(({ index }) => index <= used.index) ?? false
    demand(!isKept, () => `${name} keeps the key used by ${message.name}`)
  } else if (used?.type === "to-sender-key") {
    const isKept = hex(channel?.receivedKey ?? undefined) === hex(before.channels[message.sender]?.receivedKey ?? undefined)
    demand(!isKept, () => `${name} keeps the key used by ${message.name}`)
  }
  for (const [sender, of, owner] of [
    [message.sender, message.of, message.sender],
    [member, message, member],
  ] as const) {
    const isKept = state.memberSecrets.some(
      (one) => of !== undefined && one.sender === of.sender && one.seq === of.seq && one.member === owner,
    )
    demand(!isKept, () => `${name} keeps the member secret of ${sender} that ${message.name} used up`)
  }
}

/** Of a seed that it got, a member keeps the secrets of the other recipients until they acknowledge, and no others; of an addition that of the added member. */
const checkKept = (message: Message, { name, member, state }: Local) => {
  if (message.isAnswer) return
  const made = Object.keys(message.makes)
  const others = message.control.type === "add" ? made : [...viewOf(message)].filter((one) => one !== message.sender)
  const expected = viewOf(message).has(member) ? others.filter((one) => one !== member) : []
  const kept = state.memberSecrets.filter(({ sender, seq }) => sender === message.sender && seq === message.seq).map((one) => one.member)
  demand(String(kept.sort()) === String(expected.sort()), () => `${name} keeps secrets of ${message.name} for ${kept}, not for ${expected}`)
}

const checkWiped = ({ name, state }: Local, processed: KeyAgreement.Processed, message: Message) => {
  const { ratchets, memberSecrets, channels } = state
  const kept = Object.keys(ratchets).length + memberSecrets.length + Object.keys(channels).length
  demand(kept === 0, () => `${name}, removed, keeps secrets`)
  const takes = processed.senderSecret !== undefined || processed.ownSecret !== undefined
  demand(!takes, () => `${name} takes a secret from ${message.name}, by which it knows of its removal`)
}

/** All checks of one delivery. */
export const checkDelivery: Check = (before, message, processed, after) => {
  checkRecipients(message)
  if (after.state.removed === 1) return checkWiped(after, processed, message)
  checkSecrets(before, message, processed)
  checkAnswer(message, after)
  checkDeleted(before, message, after)
  checkKept(message, after)
  for (const sent of after.emitted) checkRecipients(sent)
}

const messagesOf = (world: World): ReadonlySet<Message> => {
  const all = new Set<Message>()
  for (const { message } of world.sent) for (const one of pastOf(message)) all.add(one)
  for (const { last } of Object.values(world.locals)) if (last !== undefined) for (const one of pastOf(last)) all.add(one)
  return all
}

const checkAgreement = (locals: ReadonlyArray<Local>, expected: ReadonlyArray<string>) => {
  const ids = locals.map(({ member }) => member).sort()
  demand(String(ids) === String(expected), () => `present are ${ids}, members are ${expected}`)
  for (const { name, state } of locals) {
    const view = KeyAgreement.ourView(state)
    demand(String(view) === String(expected), () => `${name} has the members ${view}, not ${expected}`)
    for (const { name: other, member, state: theirs } of locals) {
      const [mine, own] = [hex(state.ratchets[member]), hex(theirs.ratchets[member])]
      demand(own !== undefined && mine === own, () => `${name} does not have the ratchet of ${other}`)
    }
  }
}

/** Nobody is stuck, and all agree on the members and on each other's ratchets. */
export const checkQuiescence = (world: World): void => {
  const locals = Object.values(world.locals).filter(isPresent)
  for (const { message } of world.sent) {
    const stuck = locals.find((local) => local.member !== message.sender && seenBy(local, message.sender) < message.seq)
    demand(stuck === undefined, () => `${stuck!.name} is stuck: it never handles ${message.name}`)
    checkRecipients(message)
  }
  checkAgreement(locals, membersAfter(messagesOf(world)))
}
