/**
 * What has to be true of the honest members of an mpENC session after a lie.
 *
 * @module
 */
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import type { Notice } from "../../../spec/mpenc/notices.ts"
import { membersOf, publicState, Session } from "../../mpenc/session.ts"
import { digestOf, drain, pass, type World, want } from "../interleavings.ts"
import { type Liar, people, type Scenario, server } from "./scenarios.ts"

const alarming: ReadonlyArray<Notice["type"]> = [
  "security",
  "not-acknowledged",
  "not-accepted",
  "not-decrypted",
  "history-missing",
  "order-unconfirmed",
  "expired",
]

const isAlarm = (notice: Notice): boolean =>
  alarming.includes(notice.type) ||
  (notice.type === "operation" && (notice.stage === "failed" || notice.stage === "late")) ||
  (notice.type === "ended" && !notice.good)

const names = (notice: Notice, liar: Liar): boolean =>
  (notice.type === "security" && notice.member === liar) ||
  (notice.type === "operation" && notice.by === liar) ||
  (notice.type === "leaving" && notice.member === liar)

/** What an honest member is shown. */
interface Outcome {
  readonly world: World
  readonly honest: ReadonlyArray<string>
  readonly liar: Liar
  readonly what: string
  /** Refusals that the lie has met with at once. */
  readonly refusedAtOnce: World["refused"]
}

const toldOf = ({ world, honest }: Outcome): ReadonlyArray<Notice> =>
  world.notices.filter(([name]) => honest.includes(name)).map(([, notice]) => notice)

const isNamed = (outcome: Outcome): boolean => {
  const { world, honest, liar } = outcome
  if (liar === server) return toldOf(outcome).some(isAlarm) || world.refused.some(([name]) => honest.includes(name))
  const refused = world.refused.filter(([name]) => honest.includes(name))
  const isHis = ([, verdict, event]: World["refused"][number]) =>
    (event !== null && "sender" in event && event.sender === liar) || (verdict._tag === "Refused" && verdict.detail.includes(liar))
  // Nobody can prove whose intermediate key was wrong (erratum MK-1 and the limits of the chapter "security"): that it is noticed is enough.
  const isOfKeys = outcome.what.includes("INT_KEY")
  return toldOf(outcome).some((notice) => names(notice, liar)) || refused.some(isHis) || (isOfKeys && toldOf(outcome).some(isAlarm))
}

const together = (world: World, a: string, b: string): boolean =>
  [a, b].every((name) => publicState(world.sessions[name]!) === "joined") &&
  membersOf(world.sessions[a]!).includes(b) &&
  membersOf(world.sessions[b]!).includes(a)

const keyOf = (world: World, name: string): string =>
  Buffer.from(world.sessions[name]!.membership?.agreement.groupKey ?? []).toString("hex")

const tipOf = (world: World, name: string): string => world.sessions[name]!.order.line.at(-1)?.chainHash ?? ""

const textsOf = (world: World, name: string): ReadonlyArray<string> =>
  world.notices.flatMap(([to, notice]) => (to === name && notice.type === "message" ? [`${notice.author}: ${notice.text}`] : []))

const blameClauses = ["extensions.order-disputed", "extensions.order-inconsistent", "aske.acknowledgement", "greeting.identity"]

/** Who is told of something that an honest one has not done. By a server's word, some clauses name whom it has shown something false. */
const framed = (outcome: Outcome): string | undefined => {
  const { world, honest, liar } = outcome
  for (const [to, notice] of world.notices) {
    if (!honest.includes(to) || notice.type !== "security" || !honest.includes(notice.member)) continue
    if (liar === server && blameClauses.includes(notice.clause)) continue
    return `${to} is told of ${notice.member}, who is honest (${notice.clause})`
  }
  for (const [to, verdict, event] of world.refused) {
    if (!honest.includes(to) || verdict._tag !== "Refused" || !verdict.clause.startsWith("transcript.")) continue
    if (honest.includes(verdict.detail))
      return `${to} refuses a message of ${verdict.detail}, who is honest (${verdict.clause}, from ${event !== null && "sender" in event ? event.sender : "?"})`
  }
  return undefined
}

/** Whether one has read the last words of another. */
const hasRead = ({ world }: Outcome, reader: string, author: string): boolean => textsOf(world, reader).includes(`${author}: probe`)

const isTold = ({ world }: Outcome, name: string, clauses: ReadonlyArray<string>): boolean =>
  world.notices.some(([to, notice]) => to === name && notice.type === "security" && clauses.includes(notice.clause))

const orderClauses = ["extensions.order-disputed", "extensions.order-inconsistent"]

/** What is wrong with the order, as the clauses on it say it: whom the server has shown another line than others finds out, if it hears them. */
const disordered = (outcome: Outcome): string | undefined => {
  const { world, honest } = outcome
  const inside = honest.filter((name) => publicState(world.sessions[name]!) === "joined")
  for (const a of inside) {
    const others = membersOf(world.sessions[a]!).filter((b) => b !== a)
    const apart = others.filter(
      (b) => inside.includes(b) && together(world, a, b) && hasRead(outcome, a, b) && tipOf(world, a) !== tipOf(world, b),
    )
    const deaf = apart.find((b) => !isTold(outcome, a, orderClauses) && !isTold(outcome, b, orderClauses))
    if (deaf !== undefined) return `${a} and ${deaf} have different lines, read each other, and neither is told`
    if (apart.length >= Math.min(2, others.length) && apart.length > 0)
      return `${a} goes on, though ${apart.join(" and ")} have another line`
  }
  return undefined
}

/** What is wrong between two honest members, when it is not told. */
const divided = (outcome: Outcome): string | undefined => {
  const { world, honest } = outcome
  const inside = honest.filter((name) => publicState(world.sessions[name]!) === "joined")
  for (const a of inside) {
    for (const b of inside) {
      if (a === b || !membersOf(world.sessions[a]!).includes(b)) continue
      if (!membersOf(world.sessions[b]!).includes(a)) return `${a} has ${b} in its session, which has ${a} not in its own`
      if (keyOf(world, a) !== keyOf(world, b)) return `${a} and ${b} have different keys`
      if (tipOf(world, a) !== tipOf(world, b)) return `${a} and ${b} have different lines`
      if (!hasRead(outcome, b, a)) return `${b} has not read what ${a} wrote last`
    }
  }
  return undefined
}

/** Who has taken what a member says of itself, and was not told: another order, or an abort. */
const untold = (outcome: Outcome, before: World): string | undefined => {
  const { world, honest, liar, what, refusedAtOnce } = outcome
  if (liar === server) return undefined
  const hasRefused = (name: string) =>
    refusedAtOnce.some(([who, , event]) => who === name && event !== null && "sender" in event && event.sender === liar)
  const takers = honest.filter((name) => together(before, name, liar) && together(world, name, liar) && !hasRefused(name))
  const isNamedIn = (name: string) =>
    world.notices.some(([to, notice]) => to === name && notice.type === "operation" && notice.stage === "failed" && notice.by === liar)
  const deaf = what.startsWith("order: ") ? takers.find((name) => !isTold(outcome, name, orderClauses)) : undefined
  if (deaf !== undefined) return `${deaf} is not told that ${liar} disputes the order`
  const blind = what.startsWith("an abort (") ? takers.find((name) => !isNamedIn(name)) : undefined
  return blind === undefined ? undefined : `${blind} is not told that ${liar} has aborted`
}

/** Who does not read whom, of those who have one key and one line: no lie of a member is to keep them from that, even one that is told. */
const cutOff = (outcome: Outcome, before: World): string | undefined => {
  const { world, honest, liar } = outcome
  const lastWordsOf = (name: string) => textsOf(world, name).filter((text) => text.startsWith(`${liar}: `))
  for (const a of honest)
    for (const b of honest) {
      const isOne = a !== b && together(world, a, b) && keyOf(world, a) === keyOf(world, b) && tipOf(world, a) === tipOf(world, b)
      if (isOne && !hasRead(outcome, b, a)) return `${b} cannot read what ${a} writes`
      const missed = isOne && together(before, a, b) ? lastWordsOf(a).find((text) => !lastWordsOf(b).includes(text)) : undefined
      if (missed !== undefined) return `${b} never reads what ${a} has read of ${liar}`
    }
  return undefined
}

/** Whether those who were together are so no more. */
const ended = ({ world, honest }: Outcome, before: World, parting: ReadonlyArray<string>): string | undefined => {
  const stay = honest.filter((name) => !parting.includes(name))
  for (const a of stay)
    for (const b of stay) if (a < b && together(before, a, b) && !together(world, a, b)) return `the session of ${a} and ${b} has ended`
  return undefined
}

/** Whether the liar has begun an operation, and all honest ones were told so. */
const hasOperated = ({ world, honest, liar }: Outcome, before: World): boolean =>
  honest
    .filter((name) => membersOf(before.sessions[name]!).includes(liar))
    .every((name) =>
      world.notices.some(([to, one]) => to === name && one.type === "operation" && one.by === liar && one.stage === "started"),
    )

/** What has to be true after a lie; undefined when it is. */
const faultOf = (outcome: Outcome, before: World, parting: ReadonlyArray<string>): string | undefined => {
  const blame = framed(outcome)
  if (blame !== undefined) return blame
  const over = ended(outcome, before, parting)
  if (over !== undefined && outcome.liar !== server && !hasOperated(outcome, before)) return `${over}, and not by an operation`
  const order = disordered(outcome)
  if (order !== undefined) return order
  const silent = untold(outcome, before)
  if (silent !== undefined) return silent
  const cut = outcome.liar === server || outcome.what.includes("INT_KEY") ? undefined : cutOff(outcome, before)
  if (cut !== undefined) return cut
  const wrong = divided(outcome) ?? over
  return wrong === undefined || isNamed(outcome) ? undefined : `${wrong}, and nobody is told who is at fault`
}

/** The world in which the honest ones have excluded the liar, and who they are; null when it is not in their session. */
const exclusionOf = (world: World, honest: ReadonlyArray<string>, liar: Liar) => {
  const [first, ...others] = honest.filter((name) => honest.some((one) => one !== name && together(world, name, one)))
  if (liar === server || first === undefined || !membersOf(world.sessions[first]!).includes(liar)) return null
  const after = pass(drain(want(world, first, { type: "exclude", members: [liar] })), world.now + 30_000)
  return { first, rest: [first, ...others.filter((name) => together(world, first, name))], after }
}

/** What is wrong when the honest ones exclude the liar. */
const excluded = ({ liar, what }: Outcome, exclusion: ReturnType<typeof exclusionOf>): string | undefined => {
  if (exclusion === null) return undefined
  const { first, rest, after } = exclusion
  const isOut = rest.every((name) => !membersOf(after.sessions[name]!).includes(liar) && membersOf(after.sessions[name]!).includes(first))
  if (!isOut) return `${rest.join()} cannot exclude ${liar}`
  const isOne = new Set(rest.map((name) => keyOf(after, name))).size === 1
  return isOne || what.includes("INT_KEY") ? undefined : `${rest.join()} have different keys after they have excluded ${liar}`
}

const settled = (world: World): World => pass(drain(world), world.now + 70_000)

/** Everybody writes once more, and time passes. */
const probed = (world: World, honest: ReadonlyArray<string>): World => {
  const inside = honest.filter((name) => publicState(world.sessions[name]!) === "joined")
  const asked = inside.reduce((after, name) => want(after, name, { type: "send", text: "probe" }), world)
  return pass(drain(asked), world.now + 35_000)
}

const partingIn = ({ wishes }: Scenario): ReadonlyArray<string> =>
  wishes.flatMap(([who, wish]) => (wish.type === "part" ? [who] : wish.type === "exclude" ? wish.members : []))

const canBeEncoded = ({ sessions }: World, honest: ReadonlyArray<string>): void => {
  for (const name of honest) encodeWire(Session, sessions[name]!)
}

/** What becomes of a world: all that is under way, last words of everybody, and the exclusion of the liar. */
interface Future {
  readonly world: World
  readonly exclusion: ReturnType<typeof exclusionOf>
}

const futures = new Map<string, Future>()

/** So many futures are remembered. */
const maximumFutures = 1_000

/** Many lies come to the same: what becomes of a world is computed once. */
const futureOf = (world: World, honest: ReadonlyArray<string>, liar: Liar): Future => {
  const key = JSON.stringify([digestOf(world), world.now, world.barred, honest, liar])
  const known = futures.get(key)
  if (known !== undefined) return known
  const after = probed(settled({ ...world, notices: [], refused: [] }), honest)
  canBeEncoded(after, honest)
  const future: Future = { world: after, exclusion: exclusionOf(after, honest, liar) }
  if (futures.size >= maximumFutures) futures.clear()
  futures.set(key, future)
  return future
}

/** Plays what follows from lies, and judges it. */
export const judge = (scenario: Scenario, before: World, liar: Liar, what: string, after: () => World): string | undefined => {
  const honest = people.filter((name) => name !== liar && before.members.includes(name))
  try {
    const lied = after()
    const future = futureOf(lied, honest, liar)
    const notices = [...lied.notices, ...future.world.notices]
    const world: World = { ...future.world, notices, refused: [...lied.refused, ...future.world.refused] }
    const outcome = { world, honest, liar, what, refusedAtOnce: lied.refused }
    return faultOf(outcome, before, partingIn(scenario)) ?? excluded(outcome, future.exclusion)
  } catch (error) {
    return `an exception: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`
  }
}
