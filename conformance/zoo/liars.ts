/**
 * The zoo's liars: peers that answer wrongly in manner rather than in matter. `node conformance/zoo/liars.ts <name>` is the peer.
 *
 * @module
 */
import { referenceMethods } from "../peers/reference.ts"
import { type Method, serve } from "../protocol/serve.ts"

/** One liar, the failure by which the runner names it, and a case in which it does. */
export interface Liar {
  readonly name: string
  readonly does: string
  readonly failure: string
  readonly caughtBy: string
  /** Starts the peer. */
  readonly start: () => Promise<void>
}

const { hello, reset, fingerprint } = referenceMethods as Readonly<Record<"hello" | "reset" | "fingerprint", Method>>

const names = Object.keys(referenceMethods).filter((name) => !["hello", "reset", "fingerprint"].includes(name))

/** The reference, but for the answers to the methods under test. */
const answering = (answer: (name: string, params: unknown) => unknown) => () =>
  serve({
    hello,
    reset,
    fingerprint,
    ...Object.fromEntries(names.map((name): [string, Method] => [name, (params) => answer(name, params)])),
  })

const honest = async (name: string, params: unknown) => (await referenceMethods[name]!(params)) as { verdict: string; clause?: string }

/** The reference, whose lines are changed on their way out. Lines before the third are hello and reset. */
const writing = (change: (line: string) => string) => async () => {
  const write = process.stdout.write.bind(process.stdout) as (...parameters: ReadonlyArray<unknown>) => boolean
  let lines = 0
  process.stdout.write = ((line: string | Uint8Array, ...rest: ReadonlyArray<unknown>) =>
    write(++lines > 2 ? change(String(line)) : line, ...rest)) as typeof process.stdout.write
  await serve(referenceMethods)
}

const forever = () => new Promise(() => setInterval(() => {}, 60_000))

const anyCase = "encoding/create"
const anyRefusal = "encoding/no-array~refused"

/** All liars. */
export const liars: ReadonlyArray<Liar> = [
  {
    name: "accept-all",
    does: "accepts everything",
    failure: "wrong-answer",
    caughtBy: anyRefusal,
    start: answering(() => ({ verdict: "accepted", output: {} })),
  },
  {
    name: "mends-texts",
    does: "puts another character in the place of half of a surrogate pair",
    failure: "wrong-answer",
    caughtBy: "no-calls/mpenc-records",
    start: answering((name, params) => honest(name, JSON.parse(JSON.stringify(params).replaceAll(/(?<!\\)\\ud[89a-f]../gu, "\ufffd")))),
  },
  {
    name: "refuse-all",
    does: "refuses everything",
    failure: "wrong-answer",
    caughtBy: anyCase,
    start: answering(() => ({ verdict: "refused", clause: "encoding.shape" })),
  },
  {
    name: "echo",
    does: "gives back what it was given",
    failure: "wrong-answer",
    caughtBy: anyCase,
    start: answering((_, params) => ({ verdict: "accepted", output: params })),
  },
  {
    name: "wrong-reason",
    does: "refuses what is to be refused, but for another reason",
    failure: "wrong-answer",
    caughtBy: anyRefusal,
    start: answering(async (name, params) => {
      const verdict = await honest(name, params)
      return verdict.clause === undefined ? verdict : { ...verdict, clause: "encoding.limit" }
    }),
  },
  {
    name: "errors",
    does: "answers with an error in place of a refusal",
    failure: "peer-error",
    caughtBy: anyRefusal,
    start: answering(async (name, params) => {
      const verdict = await honest(name, params)
      if (verdict.clause !== undefined) throw new Error("refused")
      return verdict
    }),
  },
  { name: "slow", does: "answers in its own time", failure: "timeout", caughtBy: anyCase, start: answering(forever) },
  { name: "silent", does: "reads, and never answers", failure: "timeout", caughtBy: anyCase, start: writing(() => "") },
  { name: "crashing", does: "dies at the first call", failure: "crash", caughtBy: anyCase, start: answering(() => process.exit(3)) },
  { name: "garbage", does: "writes what is no JSON", failure: "garbage", caughtBy: anyCase, start: writing(() => "verdict: accepted\n") },
  {
    name: "wrong-id",
    does: "answers another request than the one asked",
    failure: "wrong-id",
    caughtBy: anyCase,
    start: writing((line) => line.replace(/"id":(\d+)/, '"id":9$1')),
  },
  {
    name: "answers-twice",
    does: "writes each answer twice",
    failure: "unsolicited",
    caughtBy: anyCase,
    start: writing((line) => line + line),
  },
  { name: "floods", does: "writes a line of 40 MB", failure: "flood", caughtBy: anyCase, start: writing(() => "x".repeat(40_000_000)) },
  {
    name: "long-winded",
    does: "answers with 14 MB of hex",
    failure: "wrong-answer",
    caughtBy: "primitives/sha256-abc",
    start: answering(() => ({ verdict: "accepted", output: { digest: "00".repeat(7_000_000) } })),
  },
  {
    name: "restless",
    does: "changes its state whenever it is asked, also after a refusal",
    failure: "state-changed",
    caughtBy: "key-bundles/unknown-prekey~refused",
    start: () => {
      let asked = 0
      const restless: Method = () => ({ verdict: "accepted", output: { fingerprint: (++asked).toString(16).padStart(64, "0") } })
      return serve({ ...referenceMethods, fingerprint: restless })
    },
  },
  {
    name: "shows-no-state",
    does: "has nothing in what it shows of its saved state",
    failure: "wrong-answer",
    caughtBy: "application-messages/kept",
    start: () => serve({ ...referenceMethods, state: () => ({ verdict: "accepted", output: { state: "" } }) }),
  },
]

if (import.meta.main) {
  const liar = liars.find((one) => one.name === process.argv[2])
  if (liar === undefined) throw new Error(`no liar ${process.argv[2]}`)
  await liar.start()
}
