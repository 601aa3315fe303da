/**
 * A session of mpENC, played: four people start, write, include, exclude, refresh; the server lies, and it comes out; they begin again, and one parts. The people, their keys and the clock are made up, the rest is real.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { decodePacket } from "../../reference/mpenc/records.ts"
import * as Sessions from "../../reference/mpenc/session.ts"
import { type Fate, type GroupChannel, groupChannel, pass, personOf, show, want } from "../../reference/simulation/group-channel.ts"
import type { ChannelEvent, Notice, UserAction } from "../../spec/mpenc/notices.ts"

const names = ["Alice", "Bob", "Carol", "Dave"]

/** What happened, when, to whom. The same that happens to several people at one time is one line. */
interface Told {
  readonly at: number
  readonly people: Array<string>
  readonly text: string
}

/** What is printed, and what waits to be. */
interface Stage {
  readonly print: (line: string) => void
  readonly told: Array<Told>
  /** The messages, by their identifiers. */
  readonly texts: Map<string, string>
}

const list = (some: ReadonlyArray<string>): string => (some.length === 0 ? "nobody" : [...some].sort().join(", "))

const change = ({ include, exclude }: { readonly include: ReadonlyArray<string>; readonly exclude: ReadonlyArray<string> }): string => {
  if (include.length > 0) return `include ${list(include)}`
  return exclude.length > 0 ? `exclude ${list(exclude)}` : "refresh the key"
}

const stages = {
  proposed: (what: string) => `wants to ${what}, and proposes it to all`,
  late: (what: string) => `hears nothing of the proposal to ${what}`,
  rejected: (what: string) => `another packet came first: the proposal to ${what} is rejected`,
  started: () => "",
  succeeded: () => "",
  failed: (what: string) => `the operation to ${what} has failed`,
} as const

const securityWords: Readonly<Record<string, string>> = {
  "extensions.order-disputed": "names other operations, or another channel, than we saw: it lies, or the server does",
  "extensions.order-inconsistent": "is not the only one who says so: we have seen another order than all others",
}

/** What a notice says to a person; nothing when it would only repeat others here. */
const said = (person: string, notice: Notice, texts: Stage["texts"]): string => {
  switch (notice.type) {
    case "message":
      if (notice.author === person) return `writes "${notice.text}" to ${list(notice.members.filter((member) => member !== person))}`
      return `reads "${notice.text}" by ${notice.author}${notice.isEarlier ? ", written before the change of members" : ""}`
    case "acknowledged":
      return `knows: everybody has read "${texts.get(notice.id)}"`
    case "not-acknowledged":
      return `WARNED: ${list(notice.by)} did not acknowledge "${texts.get(notice.id)}"${notice.last ? ", and it is too late for it" : ""}`
    case "operation":
      if (notice.stage === "started" && notice.exclude.includes(person)) return "sees the beginning of its own exclusion"
      return stages[notice.stage](change(notice))
    case "membership": {
      const members = [...notice.remain, ...notice.include]
      return members.length === 1 ? "in no session any more" : `now in a session of ${list(members)}, with a new key`
    }
    case "present":
      return `sees in the channel, outside of the session: ${list(notice.members)}`
    case "leaving":
      return `told: ${notice.member} wants to leave`
    case "security":
      return `WARNED: ${notice.member} ${securityWords[notice.clause] ?? notice.clause} (${notice.clause})`
    case "order-unconfirmed":
      return `WARNED: ${list(notice.members)} did not confirm the order of operations`
    case "ended":
      return notice.good ? "" : "WARNED: a subsession has ended without all acknowledgements"
    default:
      return `told: ${JSON.stringify(notice)}`
  }
}

const tell = ({ told }: Stage, at: number, person: string, text: string): void => {
  if (text === "") return
  const same = told.find((one) => one.at === at && one.text === text)
  if (same === undefined) told.push({ at, people: [person], text })
  else if (!same.people.includes(person)) same.people.push(person)
}

const line = (stage: Stage, text: string): void => {
  // What happened comes before the next line.
  for (const { at, people, text: what } of stage.told.splice(0))
    stage.print(`  ${(at / 1000).toFixed(1).padStart(6)} s  ${people.join(", ").padEnd(24)} ${what}`)
  stage.print(text)
}

/** What the packets of an operation are called, for whom does not know them. */
const steps: Readonly<Record<string, string>> = {
  initial: "the first packet",
  upflow: "the keys, multiplied once more, passed on",
  downflow: "the finished list of keys, to all",
  confirm: "signs that it is so",
}

const packetOf = (text: string): string => {
  const decoded = Effect.runSync(Effect.result(decodePacket(text)))
  if (Result.isFailure(decoded)) return "sends an order to stop, or a key"
  const packet = decoded.success
  if (packet.type !== "greeting") return ""
  const step = packet.greetType.slice(packet.greetType.indexOf("-") + 1)
  const to = packet.destination === null ? "all" : packet.destination
  return `${packet.greetType} to ${to}, ${text.length} characters: ${steps[step] ?? step}`
}

/** An honest server, which is slow by 50 milliseconds; each packet of an operation is noted when it is sent. */
const noting = (stage: Stage): Fate => {
  const seen = new WeakSet<ChannelEvent>()
  return (event, _to, { now }) => {
    if (event.type === "packet" && !seen.has(event)) tell(stage, now, event.sender, packetOf(event.text))
    seen.add(event)
    return [{ event, delay: 50 }]
  }
}

/** A scene: what somebody wants, and what comes of it in `span` milliseconds. */
const scene = (stage: Stage, channel: GroupChannel, title: string, who: string, action: UserAction, span = 2_000): void => {
  line(stage, "")
  line(stage, title)
  const verdict = want(channel, who, action)
  if (verdict !== null) line(stage, `  refused: ${JSON.stringify(verdict)}`)
  pass(channel, span)
}

const states = (stage: Stage, channel: GroupChannel): void => {
  for (const name of names) {
    const { session } = personOf(channel, name)
    const { order } = session
    const hash = order.refusedParents === null ? order.line.at(-1)!.chainHash.slice(0, 8) : "none"
    const members = Sessions.membersOf(session)
    const where = members.length === 1 ? "in no session" : `in a session of ${list(members)}`
    line(stage, `  ${name.padEnd(6)} ${Sessions.publicState(session).padEnd(8)} ${where.padEnd(38)} chain hash: ${hash}`)
  }
}

const enterAll = (stage: Stage, channel: GroupChannel): void => {
  line(stage, "Alice, Bob, Carol and Dave enter the channel, one after the other. Alice is the first, and begins a line of operations.")
  for (const name of names) {
    want(channel, name, { type: "join" })
    pass(channel, 200)
  }
}

const talk = (stage: Stage, channel: GroupChannel): void => {
  const include = (...members: ReadonlyArray<string>): UserAction => ({ type: "include", members })
  const send = (text: string): UserAction => ({ type: "send", text })
  scene(stage, channel, "Alice starts a session with Bob and Carol", "Alice", include("Bob", "Carol"))
  scene(
    stage,
    channel,
    "Bob writes; Dave, who is in the channel too, gets the packet, and cannot read it",
    "Bob",
    send("Hello, you two"),
    20_000,
  )
  scene(stage, channel, "Carol includes Dave", "Carol", include("Dave"), 15_000)
  scene(stage, channel, "Dave writes. What was written before he came stays closed to him", "Dave", send("Thanks for having me"), 20_000)
  const last = "Alice excludes Carol. Carol sees it begin, reads nothing more, and is kicked when the old subsession has ended"
  scene(stage, channel, last, "Alice", { type: "exclude", members: ["Carol"] }, 15_000)
  scene(stage, channel, "Bob refreshes the key, by one packet", "Bob", { type: "refresh" }, 15_000)
  line(stage, "")
  line(stage, "Where everybody is; equal chain hashes: they have seen the same operations in the same channel:")
  states(stage, channel)
}

/** Shows Dave somebody in the channel whom nobody else sees, and no packet differently: only the packet ids differ. */
const lie = (stage: Stage, channel: GroupChannel): void => {
  line(stage, "")
  line(stage, "The server lies: it shows Dave a Mallory in the channel, whom the others do not see")
  show(channel, "Dave", { type: "enter", members: ["Mallory"] })
  const title = "Alice refreshes the key. It succeeds, but everybody then writes down the chain hash, and Dave's is another one"
  scene(stage, channel, title, "Alice", { type: "refresh" }, 60_000)
  line(stage, "")
  line(
    stage,
    "Dave has seen another order than two others: he ends his subsession. Alice and Bob cannot tell who lies; they are told, and go on:",
  )
  states(stage, channel)
}

/** A new session, from which one parts. */
const beginAgain = (stage: Stage, channel: GroupChannel): void => {
  scene(stage, channel, "All leave", "Bob", { type: "part" }, 1_000)
  for (const name of ["Alice", "Dave"]) want(channel, name, { type: "part" })
  pass(channel, 120_000)
  line(stage, "")
  enterAll(stage, channel)
  scene(stage, channel, "Alice starts a session with the others", "Alice", { type: "include", members: ["Bob", "Carol", "Dave"] }, 20_000)
  scene(stage, channel, "Dave writes", "Dave", { type: "send", text: "Good night" }, 1_000)
  const title =
    "Dave parts: he waits until all have read what he wrote, then leaves the channel. All others propose to exclude him; the first proposal wins"
  scene(stage, channel, title, "Dave", { type: "part" }, 60_000)
  line(stage, "")
  line(stage, "Where everybody is in the end:")
  states(stage, channel)
}

/** Plays it all, line by line. */
export const play = (print: (line: string) => void): void => {
  const stage: Stage = { print, told: [], texts: new Map() }
  const channel: GroupChannel = groupChannel(names, {
    fate: noting(stage),
    listen: (person, notice) => {
      if (notice.type === "message") stage.texts.set(notice.id, notice.text)
      tell(stage, channel.now, person, said(person, notice, stage.texts))
    },
  })
  enterAll(stage, channel)
  talk(stage, channel)
  lie(stage, channel)
  beginAgain(stage, channel)
}
