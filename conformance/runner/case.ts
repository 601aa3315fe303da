/**
 * Runs one case against a peer: `reset`, then its steps in order, up to the first wrong one.
 *
 * @module
 */
import { type Answer, type Json, readAnswer, readFingerprint } from "../protocol/messages.ts"
import type { Step } from "../protocol/vectors.ts"
import type { Failure, Result } from "../reports/report.ts"
import { type Difference, wrongAnswer } from "./compare.ts"
import { CallFailure, type Connection } from "./connection.ts"
import type { ListedCase } from "./load.ts"
import type { Peer } from "./peer.ts"

type Wrong = Pick<Failure, "kind" | "message"> & Partial<Pick<Failure, "got" | "divergence" | "stderr">>

/** How much of a peer's answer a report quotes. */
const QUOTED = 16_384

const quoted = (value: Json): Json => {
  const text = JSON.stringify(value)
  return text.length <= QUOTED ? value : `${text.slice(0, QUOTED)}… (${text.length} characters)`
}

const quotedDifference = ({ at, wanted, got }: Difference): NonNullable<Failure["divergence"]> => ({
  at,
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
const fingerprint = (connection: Connection, on: Json): Promise<string | undefined> =>
  connection.call("fingerprint", { on }, (result) => {
    const answer = readAnswer(result)
    return answer.verdict === "accepted" ? readFingerprint(answer.output) : undefined
  })

const NOT_ACCEPTED = {
  refused: "a refusal",
  malformed: "a refusal",
  waiting: "a message that has to wait",
  ignored: "a duplicate",
} as const

/** A step after which the state behind `on` must be what it was. */
const unchangedStep = async (connection: Connection, step: Step, on: Json, cause: string): Promise<Wrong | undefined> => {
  const before = await fingerprint(connection, on)
  const wrong = compared(step, await connection.call(step.method, step.params, readAnswer))
  if (wrong !== undefined || before === undefined) return wrong
  const after = await fingerprint(connection, on)
  if (after === before) return undefined
  const gone = after === undefined ? ": the handle is gone" : ""
  return { kind: "state-changed", message: `gave the wanted answer, but its state changed after ${cause}${gone}` }
}

const answeredStep = async ({ connection, hello }: Peer, step: Step): Promise<Wrong | undefined> => {
  const { verdict } = step.expect
  const on = Object.hasOwn(step.params, "on") ? step.params.on : undefined
  if (verdict !== "accepted" && on !== undefined && hello.options.includes("fingerprint")) {
    return await unchangedStep(connection, step, on, NOT_ACCEPTED[verdict])
  }
  return compared(step, await connection.call(step.method, step.params, readAnswer))
}

const wrongOf = (failure: unknown): Wrong => {
  if (!(failure instanceof CallFailure)) throw failure
  const { kind, message, stderr } = failure
  return { kind, message, ...(stderr !== "" && { stderr }) }
}

// The trace is there to locate a difference; in a report it would only hide what was wanted.
const withoutTrace = (expect: Step["expect"]): Json => {
  if (expect.verdict !== "accepted") return expect
  return { verdict: expect.verdict, output: expect.output }
}

const runStep = async (peer: Peer, step: Step, number: number): Promise<Result> => {
  const wrong = await answeredStep(peer, step).catch(wrongOf)
  if (wrong === undefined) return { status: "passed" }
  return { status: "failed", failure: { ...wrong, step: number, method: step.method, wanted: quoted(withoutTrace(step.expect)) } }
}

const RESET: Step = { method: "reset", params: {}, expect: { verdict: "accepted", output: {} } }

/**
 * Runs a case to its first failure.
 *
 * @param beforeStep told before each call; step 0 is `reset`
 */
export const runCase = async (
  peer: Peer,
  vector: ListedCase,
  beforeStep: (number: number, step: Step) => void = () => {},
): Promise<Result> => {
  for (const [number, step] of [RESET, ...vector.steps].entries()) {
    beforeStep(number, step)
    const result = await runStep(peer, step, number)
    if (result.status !== "passed") return result
  }
  return { status: "passed" }
}
