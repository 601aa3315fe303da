/**
 * Runs one case against a peer: its steps in order, up to the first wrong one, and a `reset` before and after them. What a peer does after
 * its last answer is so found in the case that it belongs to, whatever comes next.
 *
 * @module
 */
import { type Answer, type Json, readAnswer, readFingerprint } from "../protocol/messages.ts"
import { INVALID_PARAMS } from "../protocol/serve.ts"
import { type Step, sha256Of } from "../protocol/vectors.ts"
import type { Failure, Result } from "../reports/report.ts"
import { copied } from "../reports/text.ts"
import { type Difference, wrongAnswer } from "./compare.ts"
import { CallFailure, type Conversation } from "./conversation.ts"
import { wrongState } from "./kept.ts"
import type { Peer } from "./peer.ts"

type Wrong = Pick<Failure, "kind" | "message"> & Partial<Pick<Failure, "got" | "divergence" | "stderr">>

/** How much of a peer's answer a report quotes. */
const QUOTED = 4096

const cut = (_: string, value: unknown): unknown =>
  typeof value === "string" && value.length > QUOTED ? copied(`${value.slice(0, QUOTED)}… (${value.length} characters)`) : value

const quoted = (value: Json): Json => {
  // Long texts are cut first: to write megabytes down only to cut them would cost as much again.
  const text = JSON.stringify(value, cut)
  return text.length <= QUOTED ? JSON.parse(text) : copied(`${text.slice(0, QUOTED)}… (${text.length} characters)`)
}

const quotedDifference = ({ at, wanted, got, hint }: Difference): NonNullable<Failure["divergence"]> => ({
  at: copied(at.slice(0, 300)),
  ...(hint !== undefined && { hint }),
  ...(wanted !== undefined && { wanted: quoted(wanted) }),
  ...(got !== undefined && { got: quoted(got) }),
})

const compared = ({ expect }: Step, answer: Answer): Wrong | undefined => {
  const wrong = wrongAnswer(expect, answer)
  if (wrong === undefined) return undefined
  const { message, divergence } = wrong
  return { kind: "wrong-answer", message, got: quoted(answer), ...(divergence && { divergence: quotedDifference(divergence) }) }
}

// The digest of the state behind a handle. A peer that does not know the handle (yet) answers another verdict: there is no state then.
const fingerprint = (connection: Conversation, on: Json): Promise<string | undefined> =>
  connection.call("fingerprint", { on }, (result) => {
    const answer = readAnswer(result)
    return answer.verdict === "accepted" ? readFingerprint(answer.output) : undefined
  })

/** Whether it can be the name of a handle: a step that wants no call may have another. */
const isName = (on: Json | undefined): on is string => typeof on === "string" && /^[!-~]{1,64}$/u.test(on)

/** Asks what must be refused as no call of the method. */
const refusedAsNoCall = async (connection: Conversation, { method, params }: Step): Promise<Wrong | undefined> => {
  try {
    const answer = await connection.call(method, params, readAnswer)
    return { kind: "wrong-answer", message: `answered "${answer.verdict}" to what is no call`, got: quoted(answer) }
  } catch (failure) {
    if (failure instanceof CallFailure && failure.code === INVALID_PARAMS) return undefined
    throw failure
  }
}

const wrongStep = async (connection: Conversation, step: Step): Promise<Wrong | undefined> => {
  const { method, params, expect } = step
  if (expect.verdict === "no-call") return refusedAsNoCall(connection, step)
  if (expect.verdict !== "keeps") return compared(step, await connection.call(method, params, readAnswer))
  const message = await connection.call(method, params, (result) => wrongState(expect, readAnswer(result)))
  return message === undefined ? undefined : { kind: "wrong-answer", message }
}

const NOT_ACCEPTED = {
  "no-call": "what is no call",
  refused: "a refusal",
  malformed: "a refusal",
  waiting: "a message that has to wait",
  ignored: "a duplicate",
  keeps: "a look at it",
} as const

/** A fingerprint that a peer gave, and by what calls its state had come about. */
export interface Seen {
  readonly history: string
  readonly fingerprint: string
}

/** A run of one case: the peer, and what it has been asked so far. */
interface Play {
  readonly peer: Peer
  readonly seen: Array<Seen>
  readonly accepted: Array<Step>
}

const historyOf = (accepted: ReadonlyArray<Step>, on: Json): string | undefined => {
  const calls = accepted.filter(({ params }) => params.on === on).map(({ method, params }) => [method, params])
  return calls.length === 0 ? undefined : sha256Of(JSON.stringify(calls))
}

/** A step after which the state behind `on` must be what it was. */
const unchangedStep = async (
  { peer: { connection }, seen, accepted }: Play,
  step: Step,
  on: Json,
  cause: string,
): Promise<Wrong | undefined> => {
  const before = await fingerprint(connection, on)
  const history = historyOf(accepted, on)
  if (before !== undefined && history !== undefined) seen.push({ history, fingerprint: before })
  const wrong = await wrongStep(connection, step)
  if (wrong !== undefined || before === undefined) return wrong
  const after = await fingerprint(connection, on)
  if (after === before) return undefined
  const gone = after === undefined ? ": the handle is gone" : ""
  return { kind: "state-changed", message: `gave the wanted answer, but its state changed after ${cause}${gone}` }
}

const answeredStep = async (play: Play, step: Step): Promise<Wrong | undefined> => {
  const { connection, hello } = play.peer
  const { verdict } = step.expect
  const on = Object.hasOwn(step.params, "on") ? step.params.on : undefined
  if (verdict !== "accepted" && isName(on) && hello.options.includes("fingerprint")) {
    return await unchangedStep(play, step, on, NOT_ACCEPTED[verdict])
  }
  const wrong = await wrongStep(connection, step)
  if (wrong === undefined && verdict === "accepted") play.accepted.push(step)
  return wrong
}

const wrongOf = (failure: unknown): Wrong => {
  if (!(failure instanceof CallFailure)) throw failure
  const { kind, message, stderr } = failure
  return { kind, message, ...(stderr !== "" && { stderr }) }
}

// The trace is there to locate a difference; in a report it would only hide what was wanted.
const withoutTrace = (expect: Step["expect"]): Json => {
  const { trace: _, ...rest } = expect as Step["expect"] & { readonly trace?: unknown }
  return rest
}

const runStep = async (play: Play, step: Step, number: number): Promise<Result> => {
  const wrong = await answeredStep(play, step).catch(wrongOf)
  if (wrong === undefined) return { status: "passed" }
  return { status: "failed", failure: { ...wrong, step: number, method: step.method, wanted: quoted(withoutTrace(step.expect)) } }
}

const RESET: Step = { method: "reset", params: {}, expect: { verdict: "accepted", output: {} } }

/** What became of a case, and the fingerprints that were seen. */
export interface Played {
  readonly result: Result
  readonly seen: ReadonlyArray<Seen>
}

/**
 * Runs a case to its first failure.
 *
 * @param beforeStep told before each call; step 0 is the first `reset`, and the last one is the second
 */
export const runCase = async (
  peer: Peer,
  steps: ReadonlyArray<Step>,
  beforeStep: (number: number, step: Step) => void = () => {},
): Promise<Played> => {
  const play: Play = { peer, seen: [], accepted: [] }
  for (const [number, step] of [RESET, ...steps, RESET].entries()) {
    beforeStep(number, step)
    const result = await runStep(play, step, number)
    if (result.status === "passed") continue
    // The next case begins with a peer that has forgotten this one, or is found to be gone.
    if (!peer.connection.broken && number > 0) await runStep(play, RESET, 0)
    return { result, seen: play.seen }
  }
  return { result: { status: "passed" }, seen: play.seen }
}
