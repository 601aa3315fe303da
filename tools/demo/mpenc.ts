/**
 * A session of mpENC, played: four people start, write, include, exclude, refresh; the server lies, and it comes out; and they part. The people, their keys and the clock are made up, the rest is real.
 *
 * @module
 */
import * as Sessions from "../../reference/mpenc/session.ts"
import { type GroupChannel, groupChannel, pass, personOf, show, want } from "../../reference/simulation/group-channel.ts"
import type { Notice, UserAction } from "../../spec/mpenc/session.ts"

const names = ["Alice", "Bob", "Carol", "Dave"]

const list = (some: ReadonlyArray<string>): string => (some.length === 0 ? "nobody" : some.join(", "))

const change = ({ include, exclude }: { readonly include: ReadonlyArray<string>; readonly exclude: ReadonlyArray<string> }): string => {
  if (include.length > 0) return `to include ${list(include)}`
  return exclude.length > 0 ? `to exclude ${list(exclude)}` : "to refresh the key"
}

/** What a notice says to a person; null for those that would only repeat others here. */
const said = (notice: Notice): string | null => {
  switch (notice.type) {
    case "message":
      return `reads "${notice.text}" by ${notice.author}, for ${list(notice.members)}${notice.isEarlier ? " (the members before the change)" : ""}`
    case "acknowledged":
      return "knows that everybody has the message"
    case "not-acknowledged":
      return `is warned: ${list(notice.by)} did not acknowledge a message`
    case "operation":
      return `operation ${change(notice)}: ${notice.stage}`
    case "membership":
      return `is in a session of ${list([...notice.remain, ...notice.include])}`
    case "present":
      return `sees ${list(notice.members)} in the channel, outside of the session`
    case "leaving":
      return `is told that ${notice.member} wants to leave`
    case "security":
      return `IS WARNED: ${notice.clause}, noticed from ${notice.member}`
    case "order-unconfirmed":
      return `is warned: ${list(notice.members)} did not confirm the order of operations`
    case "ended":
      return notice.good ? null : "is warned: a subsession has ended without all acknowledgements"
    default:
      return `is told: ${JSON.stringify(notice)}`
  }
}

type Line = (text: string) => void

/** A scene: what somebody wants, and what comes of it in `span` milliseconds. */
const scene = (channel: GroupChannel, line: Line, title: string, who: string, action: UserAction, span = 2_000): void => {
  line("")
  line(title)
  const verdict = want(channel, who, action)
  if (verdict !== null) line(`  refused: ${JSON.stringify(verdict)}`)
  pass(channel, span)
}

const states = (channel: GroupChannel, line: Line): void => {
  for (const name of names) {
    const { session } = personOf(channel, name)
    const { order } = session
    const hash = order.refusedParents === null ? order.line.at(-1)!.chainHash.slice(0, 8) : "none"
    line(
      `  ${name.padEnd(6)} ${Sessions.publicState(session).padEnd(8)} members: ${list(Sessions.membersOf(session)).padEnd(24)} chain hash: ${hash}`,
    )
  }
}

const enterAll = (channel: GroupChannel, line: Line): void => {
  line("Alice, Bob, Carol and Dave enter the channel, one after the other. Alice is the first, and begins a line of operations.")
  for (const name of names) {
    want(channel, name, { type: "join" })
    pass(channel, 200)
  }
}

const talk = (channel: GroupChannel, line: Line): void => {
  scene(channel, line, "Alice starts a session with Bob and Carol (start: upflow, downflow, confirms)", "Alice", {
    type: "include",
    members: ["Bob", "Carol"],
  })
  scene(channel, line, "Bob writes; Dave, in the channel, cannot read it", "Bob", { type: "send", text: "Hello, you two" }, 20_000)
  scene(channel, line, "Carol includes Dave", "Carol", { type: "include", members: ["Dave"] }, 15_000)
  scene(channel, line, "Dave writes", "Dave", { type: "send", text: "Thanks for having me" }, 20_000)
  scene(
    channel,
    line,
    "Alice excludes Carol; she is kicked when the old subsession has ended",
    "Alice",
    { type: "exclude", members: ["Carol"] },
    15_000,
  )
  scene(channel, line, "Bob refreshes the key (one packet)", "Bob", { type: "refresh" }, 15_000)
  line("")
  line("Where everybody is:")
  states(channel, line)
}

/** Shows Dave somebody in the channel whom nobody else sees, and no packet differently: only the packet ids differ. */
const lie = (channel: GroupChannel, line: Line): void => {
  line("")
  line("The server lies: it shows Dave a Mallory in the channel, whom the others do not see")
  show(channel, "Dave", { type: "enter", members: ["Mallory"] })
  scene(
    channel,
    line,
    "Alice refreshes the key; everybody acknowledges the order, and the chain hashes differ",
    "Alice",
    { type: "refresh" },
    60_000,
  )
  line("")
  line("Nobody of them proposes anything any more:")
  states(channel, line)
}

/** A new session, from which one parts. */
const beginAgain = (channel: GroupChannel, line: Line): void => {
  scene(channel, line, "All leave, and begin again", "Bob", { type: "part" }, 1_000)
  for (const name of ["Alice", "Dave"]) want(channel, name, { type: "part" })
  pass(channel, 120_000)
  line("")
  enterAll(channel, line)
  scene(channel, line, "Alice starts a session with the others", "Alice", { type: "include", members: ["Bob", "Carol", "Dave"] }, 20_000)
  scene(channel, line, "Dave writes", "Dave", { type: "send", text: "Good night" }, 1_000)
  scene(channel, line, "Dave parts: two FINs, then he leaves the channel; the others exclude him", "Dave", { type: "part" }, 60_000)
  line("")
  line("Where everybody is in the end:")
  states(channel, line)
}

/** Plays it all, line by line. */
export const play = (print: (line: string) => void): void => {
  const told: Array<string> = []
  const listen = (person: string, notice: Notice) => {
    const text = said(notice)
    if (text !== null) told.push(`  ${(channel.now / 1000).toFixed(1).padStart(6)} s  ${person.padEnd(6)} ${text}`)
  }
  const channel: GroupChannel = groupChannel(names, { listen })
  // What people were told comes before the next line.
  const line = (text: string) => {
    for (const one of told.splice(0)) print(one)
    print(text)
  }
  enterAll(channel, line)
  talk(channel, line)
  lie(channel, line)
  beginAgain(channel, line)
}
