/**
 * A case of mpENC's sessions as a talk. The server has a lane of its own: it puts each packet into its place, and shows it to all.
 *
 * @module
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Case, Step } from "../../conformance/protocol/vectors.ts"
import { packetOf, type RecordTable } from "../../conformance/runner/wire.ts"
import { root } from "../sources.ts"
import type { Talk, TalkEvent } from "./schema.ts"
import { outputOf, quietEvent, verdictOf } from "./talking.ts"

const records: RecordTable = JSON.parse(readFileSync(join(root, "vectors/schema/records.json"), "utf8"))

interface ServerEvent {
  readonly type: string
  readonly sender?: string
  readonly text?: string
  readonly members?: ReadonlyArray<string>
}

interface Action {
  readonly type: string
  readonly members?: ReadonlyArray<string>
  readonly text?: string
}

interface Notice extends Action {
  readonly stage?: string
  readonly by?: string | ReadonlyArray<string> | null
  readonly author?: string
  readonly sender?: string
  readonly member?: string
  readonly remain?: ReadonlyArray<string>
  readonly include?: ReadonlyArray<string>
}

interface Params {
  readonly on?: string
  readonly me?: string
  readonly now?: number
  readonly event?: ServerEvent
  readonly action?: Action
}

interface Output {
  readonly requests: ReadonlyArray<{ readonly type: string; readonly text?: string; readonly members?: ReadonlyArray<string> }>
  readonly notices: ReadonlyArray<Notice>
}

/** What a packet is, by its records. */
const typeOf = (text: string): string => {
  try {
    const named = Object.assign({}, ...packetOf(records, text)) as Readonly<Record<string, string>>
    const [, name] = /\((.*)\)/.exec(named.GREET_TYPE ?? named.MESSAGE_TYPE ?? "") ?? []
    return name === "data" ? "message" : (name ?? "packet")
  } catch {
    return "plain text"
  }
}

const colourOf = (type: string): TalkEvent["colour"] => {
  if (type.startsWith("start") || type.startsWith("include")) return "add"
  if (type.startsWith("exclude") || type === "abort") return "remove"
  if (type.startsWith("refresh")) return "update"
  return type === "message" ? "create" : "ack"
}

const noticeSays = (notice: Notice): string => {
  const { type, stage, text, author, remain = [], include = [], by, sender, member } = notice
  if (type === "operation") return `operation ${stage}`
  if (type === "membership") return `members now: ${[...remain, ...include].toSorted().join(", ")}`
  if (type === "message") return `shows “${text}” of ${author}`
  const who = typeof by === "string" ? by : (by?.join(", ") ?? author ?? sender ?? member ?? notice.members?.join(", ") ?? "")
  return `${type}${who === "" ? "" : ` ${who}`}`
}

const names = (members: ReadonlyArray<string> = []) => members.join(", ")

const serverSays = ({ type, members }: ServerEvent): string => {
  if (type === "entered") return `is in the channel with ${names(members)}`
  if (type === "left") return "is out of the channel"
  return `hears that ${names(members)} ${type === "enter" ? "enters" : "leaves"}`
}

/** The events of a case, one after the other. */
class Reader {
  readonly events: Array<TalkEvent> = []
  readonly #lanes: ReadonlyArray<string>
  readonly #sent = new Map<string, { readonly at: number; readonly name: string }>()
  readonly #placed = new Map<string, { readonly at: number; readonly name: string }>()
  readonly #counts = new Map<string, number>()

  constructor(lanes: ReadonlyArray<string>) {
    this.#lanes = lanes
  }

  read(step: Step, index: number): void {
    const params = step.params as unknown as Params
    const event = { ...quietEvent(index, this.#lanes.indexOf(params.on ?? "")), ...verdictOf(step) }
    if (step.method === "session.act") this.#add(step, { ...event, kind: "act", ...this.#acting(params.action!) })
    else if (step.method === "session.tick") this.#tick(step, event, params)
    else if (params.event?.type === "packet") this.#take(step, event, params.event)
    else if (params.event !== undefined) this.#add(step, { ...event, kind: "hear", says: serverSays(params.event) })
  }

  #acting({ type, members, text }: Action): Pick<TalkEvent, "says" | "colour"> {
    const says = text === undefined ? `does ${type}${members === undefined ? "" : ` ${names(members)}`}` : `writes “${text}”`
    return { says, colour: colourOf(text === undefined ? type : "message") }
  }

  #tick(step: Step, event: TalkEvent, { now }: Params): void {
    const { requests = [], notices = [] } = outputOf<Output>(step)
    if (requests.length + notices.length > 0) this.#add(step, { ...event, kind: "timer", says: `looks at its clock: ${now} ms` })
  }

  /** What somebody is shown of a packet; the first who is shown it makes its place known. */
  #take(step: Step, event: TalkEvent, { sender = "", text = "" }: ServerEvent): void {
    const key = `${sender} ${text}`
    const sent = this.#sent.get(key)
    const name = sent?.name ?? `${typeOf(text)} of ${sender}, which ${sender} has not sent here`
    if (!this.#placed.has(key)) {
      this.#placed.set(key, { at: this.events.length, name })
      const says = `puts ${name} in place ${this.#placed.size}`
      this.events.push({ ...quietEvent(null, 0), kind: "place", colour: colourOf(typeOf(text)), says, from: sent?.at ?? null })
    }
    const { requests = [], notices = [] } = outputOf<Output>(step)
    const quiet = requests.length + notices.length === 0 && event.verdict === "accepted"
    this.#add(step, { ...event, says: `takes ${name}`, colour: colourOf(typeOf(text)), from: this.#placed.get(key)!.at, quiet })
  }

  #add(step: Step, event: TalkEvent): void {
    const { requests = [], notices = [] } = outputOf<Output>(step)
    const who = this.#lanes[event.lane] ?? ""
    const sends = requests.map(({ type, text, members }) =>
      text === undefined ? `asks to ${type} ${names(members)}`.trim() : this.#send(who, text),
    )
    this.events.push({ ...event, sends, tells: notices.map(noticeSays) })
  }

  #send(who: string, text: string): string {
    const number = (this.#counts.get(who) ?? 0) + 1
    this.#counts.set(who, number)
    const name = `${who} ${number}: ${typeOf(text)}`
    this.#sent.set(`${who} ${text}`, { at: this.events.length, name })
    return name
  }
}

/** A case of sessions as a talk. */
export const sessionTalk = ({ id, title, steps }: Case): Talk => {
  const own = steps.map((step, index) => ({ step, index })).filter(({ step }) => /^session\.(act|receive|tick)$/.test(step.method))
  const lanes = ["server", ...new Set(own.map(({ step }) => String((step.params as unknown as Params).on)))]
  const reader = new Reader(lanes)
  for (const { step, index } of own) reader.read(step, index)
  return { id, title, lanes, events: reader.events }
}
