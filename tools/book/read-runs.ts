/**
 * Cases of key agreement as runs: who sends what, who takes it when, and which secrets they have of it. Which message is taken where follows
 * from the equality of its bytes.
 *
 * @module
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { type Case, readVectorFile, type Step } from "../../conformance/protocol/vectors.ts"
import { decodeWire } from "../../spec/conventions/encoding.ts"
import { ControlMessage } from "../../spec/dcgka/key-agreement.ts"
import { root } from "../sources.ts"
import type { Run, RunEvent } from "./schema.ts"

const files = ["concurrency-2", "concurrency-3", "concurrency-3r", "concurrency-4r", "concurrency-scenarios", "key-agreement-errata"]

interface Outgoing {
  readonly control: string
  readonly directs: ReadonlyArray<unknown>
}

/** What a step of a group has in its parameters and its output, as far as a run shows it. */
interface Fields {
  readonly on?: string
  readonly control?: string
  readonly direct?: string | null
  readonly user?: string
  readonly member?: string
  readonly directs?: ReadonlyArray<unknown>
  readonly response?: Outgoing | null
  readonly rekey?: Outgoing | null
  readonly updateSecret?: string
  readonly senderSecret?: string | null
  readonly ownSecret?: string | null
  readonly removed?: boolean
  readonly members?: ReadonlyArray<{ readonly user: string }>
}

const decoded = (control: string): ControlMessage | undefined => {
  const bytes = Hex.decode(control)
  const message = Result.isSuccess(bytes) ? decodeWire(ControlMessage, bytes.success) : undefined
  return message !== undefined && Result.isSuccess(message) ? message.success : undefined
}

const isGroup = ({ method }: Step) => method.startsWith("group.")

const short = (secret: string | null | undefined) => secret?.slice(0, 4) ?? null

const sentIn = (params: Fields, output: Fields): ReadonlyArray<Outgoing> =>
  params.control === undefined && output.control !== undefined
    ? [{ control: output.control, directs: output.directs ?? [] }]
    : [output.response, output.rekey].filter((one) => one !== null && one !== undefined)

/** Whatever comes before each event: by its lane, and by the message that it takes. */
const pastsOf = (events: ReadonlyArray<RunEvent>): ReadonlyArray<ReadonlySet<number>> => {
  const pasts: Array<Set<number>> = []
  for (const [at, { lane, from }] of events.entries()) {
    const previous = events.slice(0, at).findLastIndex((event) => event.lane === lane)
    const causes = [previous, from ?? -1].filter((cause) => cause !== -1)
    pasts.push(new Set(causes.flatMap((cause) => [cause, ...pasts[cause]!])))
  }
  return pasts
}

const isChange = ({ method }: RunEvent) => /^group\.(create|update|add|remove)$/.test(method)

const withConcurrency = (events: ReadonlyArray<RunEvent>): ReadonlyArray<RunEvent> => {
  const pasts = pastsOf(events)
  const isBeside = (a: number, b: number) => a !== b && !pasts[a]!.has(b) && !pasts[b]!.has(a)
  return events.map((event, at) => ({
    ...event,
    concurrent: isChange(event) && events.some((other, b) => isChange(other) && isBeside(at, b)),
  }))
}

const eventReader = (lanes: ReadonlyArray<string>) => {
  const made = new Map<string, { readonly at: number; readonly name: string }>()
  const named = new Map<string, string>()
  return (step: Step, index: number, at: number): RunEvent => {
    const params = step.params as Fields
    const { expect } = step
    const output = (expect.verdict === "accepted" ? expect.output : {}) as Fields
    const lane = lanes.indexOf(params.on ?? "")
    const sends = sentIn(params, output).map(({ control, directs }) => {
      const message = decoded(control)
      const name = `${params.on} ${message?.seq ?? "?"}`
      if (message !== undefined) named.set(message.sender, params.on!)
      made.set(control, { at, name })
      return { type: message?.type ?? "message", name, directs: directs.length }
    })
    const taken = params.control === undefined ? undefined : decoded(params.control)
    const source = params.control === undefined ? undefined : made.get(params.control)
    return {
      ...{ index, lane, method: step.method, verdict: expect.verdict, sends, concurrent: false },
      clause: "clause" in expect && typeof expect.clause === "string" ? expect.clause : null,
      about: params.user ?? (params.member === undefined ? null : (named.get(params.member) ?? params.member.slice(0, 4))),
      takes: taken === undefined ? null : { type: taken.type, name: source?.name ?? "a message that nobody here has sent" },
      from: source?.at ?? null,
      direct: typeof params.direct === "string",
      senderSecret: short(output.senderSecret ?? output.updateSecret),
      ownSecret: short(output.ownSecret),
      removed: output.removed ?? false,
      members: output.members?.map(({ user }) => user) ?? null,
    }
  }
}

const runOf = (one: Case): Run => {
  const steps = one.steps.map((step, index) => ({ step, index })).filter(({ step }) => isGroup(step))
  const lanes = [...new Set(steps.map(({ step }) => String((step.params as Fields).on)))]
  const read = eventReader(lanes)
  return { id: one.id, title: one.title, lanes, events: withConcurrency(steps.map(({ step, index }, at) => read(step, index, at))) }
}

/** The runs that the book shows: the concurrency cases and the errata of key agreement. */
export const readRuns = (): ReadonlyArray<Run> =>
  files.flatMap((file) => readVectorFile(JSON.parse(readFileSync(join(root, `vectors/dcgka/${file}.json`), "utf8"))).cases.map(runOf))
