/**
 * Looks a new peer over, from *the process starts* to *one case of each verdict*, and names the usual mistakes in plain words.
 *
 * @module
 */
import { lineSplitter } from "../protocol/lines.ts"
import { type Hello, PROTOCOL } from "../protocol/messages.ts"
import { failureLines } from "../reports/failure.ts"
import type { Result } from "../reports/report.ts"
import { printable } from "../reports/text.ts"
import { runCase } from "./case.ts"
import { Connection } from "./connection.ts"
import { CallFailure, timeoutsOf } from "./conversation.ts"
import type { EnvironmentOptions } from "./environment.ts"
import { exitCode } from "./errors.ts"
import { skipReason } from "./lane.ts"
import { textsOf } from "./ledger.ts"
import { type ListedCase, loadVectors, type VectorSet } from "./load.ts"
import { type Peer, PeerUnavailable, runner, startPeer, stderrLines } from "./peer.ts"
import { resolveProgram } from "./program.ts"
import { greetingOf } from "./run.ts"
import { keeper } from "./stderr.ts"
import { replySymptomOf, type Seen, type Symptom, symptomOf } from "./symptoms.ts"
import { startProgram } from "./transport.ts"

/** Which peer to look over. */
export interface DoctorOptions extends EnvironmentOptions {
  readonly vectors: string
  readonly command: ReadonlyArray<string>
  readonly timeout: number
  readonly print: (text: string) => void
}

/** The peer failed a check: what is wrong, what helps, and what else there is to see. */
class Finding extends Error {
  readonly cure: string | undefined
  readonly more: ReadonlyArray<string>
  /** Whether there is a conversation at all. */
  readonly talks: boolean

  constructor({ wrong, cure }: Partial<Symptom> & { readonly wrong: string }, more: ReadonlyArray<string> = [], talks = true) {
    super(wrong)
    this.cure = cure
    this.more = more
    this.talks = talks
  }
}

const helloLine = (set: VectorSet): string => {
  const params = { protocols: [PROTOCOL], runner, vectors: greetingOf(set).vectors }
  return `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "hello", params })}\n`
}

/** How long the peer may still write after its input was closed. */
const AFTERWARDS = 1000

/** Sends one line and watches what comes, without judging it. */
const observe = async ({ command, timeout, env, inheritEnv }: DoctorOptions, line: string): Promise<Seen> => {
  const chunks: Array<Uint8Array> = []
  const late: Array<Uint8Array> = []
  const errors = keeper()
  let closed = false
  let end: string | undefined
  let wake = (): void => {}
  const transport = startProgram(
    { command, ...(env && { env }), ...(inheritEnv !== undefined && { inheritEnv }) },
    {
      data: (chunk) => {
        ;(closed ? late : chunks).push(Uint8Array.from(chunk))
        if (chunk.includes(0x0a)) wake()
      },
      stderr: errors.take,
      ending: () => {},
      ended: () => {
        end = transport?.describeEnd()
        wake()
      },
      failed: (message) => {
        end = `could not be started: ${message}`
        wake()
      },
    },
  )
  const wait = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      wake = resolve
      setTimeout(resolve, milliseconds)
    })
  transport?.write(line)
  if (end === undefined) await wait(timeout)
  // A banner and the reply may come one after the other.
  await new Promise((resolve) => setTimeout(resolve, 100))
  const endBefore = end
  closed = true
  const [stdout, stderr] = [Buffer.concat(chunks), errors.text()]
  if (stdout.length === 0 && end === undefined) {
    void transport?.finish(AFTERWARDS)
    await wait(AFTERWARDS)
  }
  transport?.kill()
  return { stdout, stderr, end: endBefore, afterClose: Buffer.concat(late) }
}

const checkProgram = ({ command }: DoctorOptions): string => {
  const resolved = resolveProgram(command)
  if ("problem" in resolved) throw new Finding({ wrong: resolved.problem }, [], false)
  return `the program is ${resolved.file}`
}

const checkGreeting = async (options: DoctorOptions, set: VectorSet): Promise<string> => {
  const seen = await observe(options, helloLine(set))
  const shown = [
    ...(seen.stdout.length === 0 ? [] : [`it wrote: ${printable(seen.stdout.subarray(0, 600).toString(), 300)}`]),
    ...(seen.stderr.trim() === "" ? [] : ["it wrote to standard error:", ...stderrLines(seen.stderr)]),
  ]
  const symptom = symptomOf(seen)
  if (symptom !== undefined) throw new Finding(symptom, shown, false)
  const [first] = lineSplitter().push(seen.stdout)
  if (first === undefined || first === "too long") {
    throw new Finding({ wrong: seen.end === undefined ? "there was no answer to hello" : `the program ${seen.end}` }, shown, false)
  }
  const wrong = replySymptomOf(Buffer.from(first.bytes).toString(), 1)
  if (wrong !== undefined) throw new Finding(wrong, shown, false)
  return "it starts and answers hello with a line of JSON"
}

/** The last request and its reply, as they went over the line. */
interface Exchange {
  request: string
  reply: string
}

const noExchange = (): Exchange => ({ request: "", reply: "" })

/** How much of a line is looked at for a symptom. */
const LOOKED_AT = 10_000

const exchangeSymptom = ({ request, reply }: Exchange): Symptom | undefined =>
  replySymptomOf(reply, Number(/"id":([0-9]+)/u.exec(request)?.[1]))

const connected = async (options: DoctorOptions, set: VectorSet, last: Exchange): Promise<Peer> => {
  const { command, timeout, env, inheritEnv } = options
  const environment = { ...(env && { env }), ...(inheritEnv !== undefined && { inheritEnv }) }
  const transcript = {
    sent: (line: string) => {
      last.request = line.slice(0, LOOKED_AT)
      last.reply = ""
    },
    received: (line: string) => {
      last.reply = line.slice(0, LOOKED_AT)
    },
  }
  return await startPeer(() => new Connection({ command, ...environment, timeouts: timeoutsOf(timeout), transcript }), greetingOf(set))
}

const checkHello = ({ name, version, language, layers }: Hello): string => {
  if (layers.length === 0) throw new Finding({ wrong: "it declares no layer", cure: "put the layer that you begin with into layers" })
  return `it is ${printable(`${name} ${version} (${language})`, 300)} and declares ${printable(layers.join(", "), 300)}`
}

const METHOD_NOT_FOUND = "-32601"

/** A request that every peer answers the same way: it has no such method. */
const unknownMethod = async ({ connection }: Peer, params: Readonly<Record<string, string>>): Promise<string | undefined> => {
  try {
    await connection.call("doctor.no-such-method", params, (result) => result)
    return "it answered a method that there is not with a result"
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error
    if (error.kind !== "peer-error") return `it ${error.message}`
    return error.message.includes(METHOD_NOT_FOUND) ? undefined : `it ${error.message}, where the error ${METHOD_NOT_FOUND} was due`
  }
}

interface Probe extends Symptom {
  readonly says: string
  readonly params: Readonly<Record<string, string>>
}

const probes: ReadonlyArray<Probe> = [
  {
    says: "it says that it does not have a method",
    params: {},
    wrong: "a method that it does not have is not answered well",
    cure: 'answer {"error":{"code":-32601,"message":"no such method"}}, and go on',
  },
  {
    says: "it reads all of Unicode",
    params: { text: "ß € 🙂 \u2028" },
    wrong: "it does not survive text beyond ASCII",
    cure: "read and write UTF-8, whatever the locale (Java: -Dfile.encoding=UTF-8, Python: sys.stdin.reconfigure(encoding='utf-8'))",
  },
  {
    says: "it reads lines of more than 64 KiB",
    params: { filler: "x".repeat(100_000) },
    wrong: "it does not read a line of 100 kB",
    cure: "read lines of up to 16 MiB (Go: scanner.Buffer(nil, 1<<24); C: a buffer that grows)",
  },
  {
    says: "it reads lines of megabytes",
    params: { filler: "x".repeat(3_000_000) },
    wrong: "it does not read a line of 3 MB, or not in time",
    cure: "read lines of up to 16 MiB, and do not read byte by byte",
  },
]

/** Sends what every peer must survive, to a fresh process each: the one before may be gone. */
const checkProbes = async (options: DoctorOptions, set: VectorSet): Promise<ReadonlyArray<string>> => {
  for (const { params, wrong, cure } of probes) {
    const last = noExchange()
    const peer = await connected(options, set, last)
    try {
      const problem = (await unknownMethod(peer, params)) ?? (await unknownMethod(peer, {}))
      if (problem !== undefined) throw new Finding(exchangeSymptom(last) ?? { wrong: `${wrong}: ${problem}`, cure }, [problem])
    } finally {
      peer.connection.kill()
    }
  }
  return probes.map(({ says }) => says)
}

const caseFailure = (set: VectorSet, vector: ListedCase, result: Result, last: Exchange): Finding | undefined => {
  if (result.status !== "failed") return undefined
  const { failure } = result
  const cases = vector.clauses.map((clause) => ({ ...vector, result: { ...result, failure: { ...failure, clause } } }))
  const symptom = exchangeSymptom(last)
  const cure = symptom?.cure ?? failure.divergence?.hint
  const lines = failureLines({ texts: textsOf(set.clauses, cases) }, failure)
  return new Finding({ wrong: symptom?.wrong ?? `the case ${vector.id} fails`, ...(cure !== undefined && { cure }) }, lines)
}

/** By verdict, the first case of the layers that the peer declares in which it is wanted at last. */
const examples = (set: VectorSet, hello: Hello): ReadonlyMap<string, ListedCase> => {
  const found = new Map<string, ListedCase>()
  const [layer] = hello.layers
  for (const vector of set.cases) {
    if (vector.layer !== layer || skipReason(hello, vector) !== undefined || found.size === 6) continue
    for (const { expect } of set.stepsOf(vector)) if (!found.has(expect.verdict)) found.set(expect.verdict, vector)
  }
  return found
}

const checkCases = async (options: DoctorOptions, set: VectorSet): Promise<ReadonlyArray<string>> => {
  const last = noExchange()
  const peer = await connected(options, set, last)
  const passed: Array<string> = []
  try {
    for (const [verdict, vector] of examples(set, peer.hello)) {
      const { result } = await runCase(peer, set.stepsOf(vector))
      const finding = caseFailure(set, vector, result, last)
      if (finding !== undefined) throw finding
      passed.push(`it answers ${verdict} (${vector.id})`)
    }
  } finally {
    await peer.connection.close()
  }
  return passed
}

const stages = async (options: DoctorOptions, set: VectorSet, ok: (text: string) => void): Promise<void> => {
  ok(checkProgram(options))
  ok(await checkGreeting(options, set))
  const peer = await connected(options, set, noExchange())
  try {
    ok(checkHello(peer.hello))
  } finally {
    peer.connection.kill()
  }
  for (const text of await checkProbes(options, set)) ok(text)
  for (const text of await checkCases(options, set)) ok(text)
}

const asFinding = (error: unknown): Finding => {
  if (error instanceof Finding) return error
  if (error instanceof PeerUnavailable) return new Finding({ wrong: error.message }, stderrLines(error.stderr), false)
  throw error
}

/**
 * Looks a peer over and prints what it finds.
 *
 * @returns the exit code: 0 all is well, 1 something is wrong, 4 there is no conversation
 * @throws VectorsCorrupt (exit code 6)
 */
export const doctor = async (options: DoctorOptions): Promise<number> => {
  const set = loadVectors(options.vectors)
  const { print } = options
  try {
    await stages(options, set, (text) => print(`ok    ${text}\n`))
    print("all is well: go on with `conclave run`\n")
    return exitCode.passed
  } catch (error) {
    const { message, cure, more, talks } = asFinding(error)
    print([`WRONG ${message}`, ...(cure === undefined ? [] : [`cure  ${cure}`]), ...more.map((line) => `      ${line}`), ""].join("\n"))
    return talks ? exitCode.nonConforming : exitCode.peerLost
  }
}
