/**
 * Performs plays of mpENC sessions: the part mpenc. The runner is the channel and the clock. What has to be seen stands in the play; here it is looked at.
 *
 * @module
 */
import type { Json } from "../../protocol/messages.ts"
import { type Change, type MpencAct, type MpencRound, type MpencStepped, readCard, readMpenc, readNothing } from "../../protocol/plays.ts"
import { changedText } from "./changed.ts"
import type { MpencListed } from "./files.ts"
import { Performance } from "./performance.ts"
import type { Seat } from "./seats.ts"

const clauses = {
  shown: "session.other-membership",
  session: "session.atomic",
  channel: "session.excluded",
  secret: "cliques.group-key",
  changed: "messages.signature",
} as const

/** How far the clock is turned in a round, as the chapter says. */
export const SPAN = 100_000

/** More steps of one round than this are a quarrel that does not end. */
const MOST_STEPS = 5000

type Request = MpencStepped["requests"][number]
type Event = Readonly<Record<string, Json>>

interface Member {
  readonly handle: string
  readonly user: string
  /** When something is due. */
  due: number | null
  /** What it was shown in this round, with its authors. */
  shown: Array<string>
}

const sorted = (letters: Iterable<string>): string => [...letters].sort().join("")

const listed = (letters: string): string => (letters === "" ? "nobody" : [...letters].join(", "))

class Acting {
  readonly #performance: Performance
  readonly #members = new Map<string, Member>()
  /** The handles in the channel, in the order in which they entered. */
  #channel: ReadonlyArray<string> = []
  /** What has been asked of the channel, by whom, in the order in which it is done. */
  readonly #line: Array<{ readonly from: string; readonly request: Request }> = []
  /** The secrets of all sessions, and of the present one. */
  readonly #known = new Set<string>()
  #present: string | undefined
  #now = 0
  #steps = 0
  /** Who gets packets changed in this round, before it gets them. */
  #changed: Readonly<Record<string, Change>> = {}

  constructor(play: MpencListed, performance: Performance) {
    this.#performance = performance
    for (const [handle, user] of Object.entries(play.cast)) this.#members.set(handle, { handle, user, due: null, shown: [] })
  }

  async enter(): Promise<void> {
    const cards = new Map<string, string>()
    for (const { handle, user } of this.#members.values()) {
      const appeared = await this.#performance.call(user, "mpenc.appear", { on: handle, user }, readCard)
      if ("output" in appeared) cards.set(user, appeared.output.card)
      else this.#performance.diverge(handle, `mpenc.appear: ${appeared.not}`)
    }
    for (const member of this.#members.values()) {
      for (const [user, card] of cards) {
        if (user === member.user) continue
        const met = await this.#performance.call(member.user, "mpenc.meet", { on: member.handle, user, card }, readNothing)
        if ("not" in met) this.#performance.diverge(member.handle, `mpenc.meet: ${met.not}`)
      }
    }
  }

  async round(round: MpencRound): Promise<void> {
    this.#steps = 0
    this.#changed = round.changed ?? {}
    for (const member of this.#members.values()) member.shown = []
    const begun: Array<() => Promise<void>> = []
    for (const act of round.acts) begun.push(await this.#begin(act))
    for (const take of begun) await take()
    await this.#drain()
    await this.#turn()
    await this.#look(round)
  }

  /** Who acts does so at once; what is given takes it to the channel. */
  async #begin(act: MpencAct): Promise<() => Promise<void>> {
    const [handle, does] = act
    if (does === "leaves") return () => this.#dismiss([handle])
    const requests = await this.#step(
      this.#members.get(handle)!,
      "mpenc.act",
      { action: this.#actionOf(act) },
      `cannot do this: ${act.join(" ")}`,
    )
    return async () => {
      for (const request of requests) await this.#serve(handle, request)
    }
  }

  #actionOf([, does, about]: MpencAct): Event {
    const members = () => [...about!].map((one) => this.#members.get(one)!.user)
    if (does === "says") return { type: "send", text: about }
    if (does === "includes" || does === "excludes") return { type: does.slice(0, -1), members: members() }
    return { type: { joins: "join", parts: "part", refreshes: "refresh", leaves: "" }[does] }
  }

  #ask(from: string, requests: ReadonlyArray<Request>): void {
    for (const request of requests) this.#line.push({ from, request })
  }

  /** A step of a session; gives what it asks of the channel. */
  async #step(
    member: Member,
    method: string,
    params: { readonly action?: Event; readonly event?: Event },
    fails: string,
  ): Promise<ReadonlyArray<Request>> {
    if (++this.#steps > MOST_STEPS) return []
    const { handle, user } = member
    const answer = await this.#performance.call(user, method, { on: handle, ...params, now: this.#now }, readMpenc.stepped)
    if ("not" in answer) {
      // What is said to others, and what comes too late, is not for everybody in the channel.
      const isNotForIt = params.event?.type === "packet" && /^answers "(refused|ignored)"/u.test(answer.not)
      if (isNotForIt) return []
      this.#performance.diverge(handle, `${fails}: ${answer.not}`)
      // What was due and is refused is not asked for again.
      member.due = null
      return []
    }
    const { requests, shown, warnings, due } = answer.output
    member.due = due
    for (const { author, text } of shown) member.shown.push(`${author}: ${text}`)
    // Who gets what was changed on the way may say so, at once or when it has waited for what would open it.
    const isDisturbed = this.#changed[handle] !== undefined
    for (const warning of isDisturbed ? [] : warnings) this.#performance.diverge(handle, `warns, and has no reason: ${warning}`)
    return requests
  }

  async #show(handles: ReadonlyArray<string>, event: Event): Promise<void> {
    for (const handle of handles) {
      const member = this.#members.get(handle)!
      if (this.#performance.isLost(member.user)) continue
      const how = this.#changed[handle]
      if (how !== undefined && event.type === "packet" && event.sender !== member.user) await this.#change(member, event, how)
      this.#ask(handle, await this.#step(member, "mpenc.receive", { event }, `does not take ${String(event.type)}`))
    }
  }

  /** Somebody gets a packet that was changed on the way: it may warn its user, and asks nothing and shows nothing. */
  async #change({ handle, user }: Member, event: Event, how: Change): Promise<void> {
    const params = { on: handle, event: { ...event, text: changedText(String(event.text), how) }, now: this.#now }
    const answer = await this.#performance.call(user, "mpenc.receive", params, readMpenc.stepped)
    const what = `a packet that was changed on the way (${how})`
    if ("not" in answer) return this.#performance.refused(handle, what, answer, clauses.changed)
    const { requests, shown, due } = answer.output
    this.#members.get(handle)!.due = due
    if (requests.length > 0) this.#performance.diverge(handle, `asks for ${requests.length} things after ${what}`, clauses.changed)
    if (shown.length > 0) this.#performance.diverge(handle, `shows a text after ${what}`, clauses.changed)
  }

  async #drain(): Promise<void> {
    for (let next = this.#line.shift(); next !== undefined; next = this.#line.shift()) await this.#serve(next.from, next.request)
  }

  async #serve(from: string, request: Request): Promise<void> {
    if (request.type === "enter") return await this.#admit([from])
    if (!this.#channel.includes(from)) return
    const { user } = this.#members.get(from)!
    if (request.type === "send") return await this.#show(this.#channel, { type: "packet", sender: user, text: request.text })
    if (request.type === "leave") return await this.#dismiss([from])
    if (!("members" in request)) return
    const handles = [...this.#members.values()].filter((one) => request.members.includes(one.user)).map(({ handle }) => handle)
    return await (request.type === "let-in" ? this.#admit(handles) : this.#dismiss(handles))
  }

  #usersOf(handles: Iterable<string>): Array<string> {
    return [...handles].map((handle) => this.#members.get(handle)!.user)
  }

  async #admit(handles: ReadonlyArray<string>): Promise<void> {
    for (const handle of handles) {
      if (this.#channel.includes(handle)) continue
      const before = this.#channel
      this.#channel = [...before, handle]
      await this.#show(before, { type: "enter", members: this.#usersOf([handle]) })
      await this.#show([handle], { type: "entered", members: this.#usersOf(this.#channel) })
    }
  }

  async #dismiss(handles: ReadonlyArray<string>): Promise<void> {
    for (const handle of handles) {
      if (!this.#channel.includes(handle)) continue
      this.#channel = this.#channel.filter((one) => one !== handle)
      await this.#show(this.#channel, { type: "leave", members: this.#usersOf([handle]) })
      await this.#show([handle], { type: "left" })
    }
  }

  /** Turns the clock, with all that becomes due. */
  async #turn(): Promise<void> {
    const until = this.#now + SPAN
    const next = () => Math.min(...[...this.#members.values()].map(({ due }) => due ?? Number.POSITIVE_INFINITY))
    for (let at = next(); at <= until && this.#steps <= MOST_STEPS; at = next()) {
      this.#now = Math.max(this.#now, at)
      for (const member of this.#members.values()) {
        if (member.due === null || member.due > this.#now || this.#performance.isLost(member.user)) continue
        this.#ask(member.handle, await this.#step(member, "mpenc.tick", {}, "cannot tick"))
        await this.#drain()
      }
    }
    this.#now = until
  }

  async #look(round: MpencRound): Promise<void> {
    if (this.#steps > MOST_STEPS) this.#performance.diverge(round.acts[0]![0], "and the others do not come to an end")
    const channel = sorted(this.#channel)
    if (channel !== round.channel)
      this.#performance.diverge(
        round.acts[0]![0],
        `leaves ${listed(channel)} in the channel, not ${listed(round.channel)}`,
        clauses.channel,
      )
    const secrets = new Map<string, string>()
    for (const member of this.#members.values()) {
      await this.#lookAt(member, round, secrets)
      this.#compareTexts(member, round)
    }
    this.#compareSecrets(round, secrets)
  }

  async #lookAt({ handle, user }: Member, { session }: MpencRound, secrets: Map<string, string>): Promise<void> {
    const view = await this.#performance.call(user, "mpenc.view", { on: handle }, readMpenc.view)
    if ("not" in view) return this.#performance.diverge(handle, `has no view: ${view.not}`)
    const wanted = this.#usersOf(session.includes(handle) ? session : handle).sort()
    const seen = view.output.members.toSorted()
    if (String(seen) !== String(wanted))
      this.#performance.diverge(handle, `has ${seen.join(", ") || "nobody"} in its session, not ${wanted.join(", ")}`, clauses.session)
    if (view.output.secret !== null) secrets.set(handle, view.output.secret)
  }

  #compareTexts({ handle, shown }: Member, { acts, shown: wanted }: MpencRound): void {
    const expected = acts.flatMap(([by, does, text]) =>
      does === "says" && wanted[text!]!.includes(handle) ? [`${this.#members.get(by)!.user}: ${text}`] : [],
    )
    // A member is shown its own texts, too.
    const own = `${this.#members.get(handle)!.user}: `
    const others = shown.filter((one) => !one.startsWith(own))
    if (String(others) !== String(expected))
      this.#performance.diverge(
        handle,
        `is shown ${others.join("; ") || "nothing"}, not ${expected.join("; ") || "nothing"}`,
        clauses.shown,
      )
  }

  #compareSecrets({ session, another }: MpencRound, secrets: ReadonlyMap<string, string>): void {
    const [first] = session
    const secret = first === undefined ? undefined : secrets.get(first)
    for (const handle of session) {
      const own = secrets.get(handle)
      if (own === undefined) this.#performance.diverge(handle, "has no secret in its session", clauses.secret)
      else if (own !== secret) this.#performance.diverge(handle, `has another secret than ${first}`, clauses.secret)
    }
    for (const [handle, own] of secrets) {
      if (!session.includes(handle))
        this.#performance.diverge(
          handle,
          own === secret ? "has the secret, and is out" : "has a secret, and is in no session",
          clauses.secret,
        )
    }
    const before = this.#present
    this.#present = secret
    if (secret === undefined) return
    if (another && this.#known.has(secret)) this.#performance.diverge(first!, "has the secret of a former session", clauses.secret)
    if (!another && secret !== before)
      this.#performance.diverge(first!, "has another secret than before, and nothing has changed", clauses.secret)
    this.#known.add(secret)
  }
}

/** Performs a play with its users in these seats; gives what was otherwise than it should be. */
export const performMpenc = async (play: MpencListed, seats: ReadonlyMap<string, Seat>): Promise<Performance["divergences"]> => {
  const performance = new Performance(play.cast, seats)
  await performance.begin()
  const acting = new Acting(play, performance)
  await acting.enter()
  for (const [index, round] of [...play.opening.steps, ...play.steps].entries()) {
    performance.at = `round ${index + 1}`
    await acting.round(round)
  }
  return performance.divergences
}
