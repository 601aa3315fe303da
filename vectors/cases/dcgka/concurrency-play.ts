/**
 * A schedule of exploration as a case: what was found with toy primitives is played again with real ones.
 *
 * @module
 */
import { isPresent, type Local } from "../../../reference/simulation/locals.ts"
import { memberId } from "../../../reference/simulation/network.ts"
import { type Base, foundersOf } from "../../../reference/simulation/scenarios.ts"
import { type Line, scheduleOf, type World } from "../../../reference/simulation/world.ts"
import { decodeWire } from "../../../spec/conventions/encoding.ts"
import { ChannelMessage } from "../../../spec/dcgka/two-party-messaging.ts"
import type { Author, OutputOf } from "../author.ts"
import { appearAs, now } from "../people.ts"
import { creationOf } from "./history-digest.ts"
import { controlOf } from "./key-agreement-group.ts"

interface Sent {
  readonly by: string
  readonly control: string
  readonly directs: ReadonlyArray<{ readonly to: string; readonly message: string }>
  readonly secret: string | null
}

/** The handles of a case, by their local names, and what they sent, by its name. */
interface Play {
  readonly author: Author
  readonly group: string
  readonly users: Map<string, string>
  readonly members: Map<string, string>
  readonly sent: Map<string, Sent>
}

const handleOf = (local: string): string => local.replaceAll("/", "-")

const note = (play: Play, sent: Sent) => {
  const control = controlOf(sent.control)
  const { sender, seq, type } = control
  play.sent.set(`${sent.by} ${seq} ${type}`, sent)
  if (control.type !== "add") return
  const name = `${control.user}/${sent.by}${seq}`
  play.users.set(name, control.user)
  play.members.set(name, memberId(play.group, control.user, sender, seq))
}

const took = (play: Play, by: string, { control, directs, updateSecret }: OutputOf<"group.update">): void =>
  note(play, { by, control, directs, secret: updateSecret })

const offer = ({ members }: Play, to: string, { control, directs }: Sent) => ({
  on: handleOf(to),
  control,
  recipients: directs.map((one) => one.to),
  direct: directs.find((one) => one.to === members.get(to))?.message ?? null,
})

const deliver = (play: Play, to: string, sent: Sent) => {
  const { author } = play
  const output = author.accepts("group.process", offer(play, to, sent))
  const { senderSecret, response, rekey, ownSecret } = output
  author.claim(senderSecret === null || senderSecret === sent.secret, `${to} takes the sender's secret, or none`)
  if (response !== null) note(play, { by: to, ...response, secret: rekey === null ? ownSecret : null })
  if (rekey !== null) note(play, { by: to, ...rekey, secret: ownSecret })
  return output
}

const act = (play: Play, line: Extract<Line, { readonly by: string }>, removed: string | undefined) => {
  const { author } = play
  const on = handleOf(line.by)
  if (line.does === "update") took(play, line.by, author.accepts("group.update", { on }))
  else if (line.does === "add") took(play, line.by, author.accepts("group.add", { on, user: line.user!, attachment: "" }))
  else took(play, line.by, author.accepts("group.remove", { on, member: play.members.get(removed!)! }))
}

// Delivers everything that has been sent so far to all of `names`, answers last.
const settleBase = (play: Play, names: ReadonlyArray<string>) => {
  const handled = new Set<string>()
  for (let size = -1; size !== play.sent.size; ) {
    size = play.sent.size
    for (const [name, sent] of [...play.sent]) {
      if (handled.has(name)) continue
      handled.add(name)
      for (const to of names) if (to !== sent.by) deliver(play, to, sent)
    }
  }
  play.sent.clear()
}

const createBase = (play: Play, base: Base) => {
  const { author } = play
  const founders = foundersOf(base)
  const [creator, ...others] = founders as [string, ...Array<string>]
  for (const user of founders) play.members.set(user, memberId(play.group, user, null, 0))
  took(play, creator, author.accepts("group.create", { on: creator, users: others }))
  settleBase(play, founders)
  const gone = founders[base.members]
  if (gone === undefined) return
  act(play, { by: creator, does: "remove", user: gone }, gone)
  // The removed one answers nothing, and gets nothing after it.
  deliver(play, gone, [...play.sent.values()][0]!)
  settleBase(play, founders.slice(0, base.members))
}

/** A first contact: who sends it to whom, as local names. */
type Contact = readonly [from: string, to: string]

const isFirst = (direct: Uint8Array): boolean => {
  const decoded = decodeWire(ChannelMessage, direct)
  return decoded._tag === "Success" && decoded.success.type === "first-contact"
}

/** Who sends the last update. */
const lastSender = (end: World): Local | undefined => Object.values(end.locals).find(isPresent)

const contactsOf = (end: World, base: Base): ReadonlyArray<Contact> => {
  const [creator, ...others] = foundersOf(base) as [string, ...Array<string>]
  const locals = Object.values(end.locals)
  const inRun = end.sent.flatMap(({ message }) =>
    message.outgoing.directs
      .filter((direct) => isFirst(direct.message))
      .map(({ to }): Contact => [message.by, locals.find(({ member }) => member === to)!.name]),
  )
  const last = lastSender(end)
  const atLast = locals
    .filter(
      (local) => last !== undefined && local !== last && isPresent(local) && (last.state.channels[local.member]?.peerKey ?? null) === null,
    )
    .map((local): Contact => [last!.name, local.name])
  return [...others.map((other): Contact => [creator, other]), ...inRun, ...atLast]
}

/** How many bundles of each user each local needs: one to send each first contact, and one to know the sender of one. */
const bundlesFor = (contacts: ReadonlyArray<Contact>, userOf: (local: string) => string) => {
  const counts = new Map<string, number>()
  for (const [from, to] of contacts) {
    const key = `${from} ${userOf(to)}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  for (const [from, to] of contacts) {
    const key = `${to} ${userOf(from)}`
    counts.set(key, counts.get(key) ?? 1)
  }
  return counts
}

// All handles of a user publish the same bundles, so that whichever member a bundle is used for can answer.
const meetAll = ({ author, users }: Play, end: World, base: Base) => {
  for (const [key, count] of bundlesFor(contactsOf(end, base), (local) => users.get(local)!)) {
    const [local, user] = key.split(" ") as [string, string]
    const owners = [...users].filter(([, of]) => of === user).map(([owner]) => owner)
    for (let index = 0; index < count; index++) {
      const published = owners.map((owner) => author.accepts("keys.publish", { on: handleOf(owner) }).bundle)
      author.accepts("keys.learn", { on: handleOf(local), bundle: published[0]!, now })
    }
  }
}

const agree = ({ author, members, users }: Play, present: ReadonlyArray<string>) => {
  const expected = present
    .map((name) => ({ member: members.get(name)!, user: users.get(name)! }))
    .sort((a, b) => (a.member < b.member ? -1 : 1))
  for (const name of present) author.gives("group.members", { on: handleOf(name) }, { members: expected })
}

// The last update: everybody takes one secret from it, which depends on all that its sender's ratchet was fed.
const lastUpdate = (play: Play, end: World, present: ReadonlyArray<string>) => {
  const last = lastSender(end)
  if (last === undefined) return
  took(play, last.name, play.author.accepts("group.update", { on: handleOf(last.name) }))
  const update = [...play.sent.values()].at(-1)!
  for (const to of present) {
    if (to === last.name) continue
    const { senderSecret } = deliver(play, to, update)
    play.author.claim(senderSecret === update.secret, `${to} takes the secret of the last update`)
  }
}

const replay = (play: Play, present: ReadonlyArray<string>) => {
  for (const one of play.sent.values()) {
    for (const to of present.filter((name) => name !== one.by)) play.author.ignores("group.process", offer(play, to, one))
  }
}

/** Plays the end of a schedule from its base on, in `author`'s case; with `replays`, everything comes a second time. All who are members in the end have the same members, and one secret of a last update. */
export const playSchedule = (author: Author, base: Base, end: World, replays = false): void => {
  const locals = Object.values(end.locals)
  const { group } = creationOf(foundersOf(base))
  const play: Play = { author, group, users: new Map(locals.map(({ name, user }) => [name, user])), members: new Map(), sent: new Map() }
  for (const { name, user } of locals) appearAs(author, handleOf(name), user)
  meetAll(play, end, base)
  createBase(play, base)
  const nameOfMember = new Map(locals.map(({ name, member }) => [member, name]))
  for (const line of scheduleOf(end)) {
    if ("by" in line) act(play, line, line.member === undefined ? undefined : nameOfMember.get(line.member))
    else deliver(play, line.to, play.sent.get(line.message)!)
  }
  const present = locals.filter(isPresent).map(({ name }) => name)
  if (replays) replay(play, present)
  agree(play, present)
  lastUpdate(play, end, present)
}
