/**
 * The zoo's hostile peers: they know the practice layer `toy`, and break the protocol or attack the runner. `node conformance/zoo/hostile.ts <name>`
 * is the peer.
 *
 * @module
 */
import { spawn } from "node:child_process"
import { closeSync } from "node:fs"
import type { Behaviour, Hostile } from "./hostile-peer.ts"
import { hostileTexts } from "./hostile-texts.ts"

const texts = new Map<string, Array<string>>()

type Params = Readonly<Record<string, unknown>>

const receive = ({ on, number, text }: Params): Record<string, unknown> => {
  const sofar = texts.get(on as string)
  if (sofar === undefined) return { verdict: "refused", clause: "toy.known" }
  const [next, came] = [sofar.length + 1, number as number]
  if (came < next) return { verdict: "ignored", reason: "duplicate" }
  if (came > next) return { verdict: "waiting", missing: Array.from({ length: came - next }, (_, index) => next + index) }
  sofar.push(text as string)
  return { verdict: "accepted", output: { texts: [...sofar] } }
}

const double = ({ value }: Params): Record<string, unknown> => {
  if (!Number.isSafeInteger(value)) return { verdict: "malformed", clause: "toy.number" }
  return (value as number) < 0
    ? { verdict: "refused", clause: "toy.positive" }
    : { verdict: "accepted", output: { value: 2 * (value as number) } }
}

const accepted = () => ({ verdict: "accepted", output: {} })

const methods: Readonly<Record<string, (params: Params) => Record<string, unknown>>> = {
  reset: () => {
    texts.clear()
    return accepted()
  },
  fingerprint: ({ on }) => ({
    verdict: "accepted",
    output: { fingerprint: Buffer.from(JSON.stringify(texts.get(on as string) ?? null)).toString("hex") },
  }),
  "toy.double": double,
  "toy.open": ({ on }) => {
    texts.set(on as string, [])
    return accepted()
  },
  "toy.receive": receive,
}

const greeting = {
  protocol: "conclave-peer/1",
  name: "hostile",
  version: "1",
  language: "TypeScript",
  suites: [1],
  layers: ["toy"],
  options: ["fingerprint"],
}

const serve = ({ begin, hello, line, helloLine, result, after }: Partial<Behaviour>): void => {
  begin?.()
  let rest = Buffer.alloc(0)
  let answered = 0
  const reply = (request: { readonly id: number; readonly method: string; readonly params: Params }): void => {
    const due = request.method === "hello" ? { ...greeting, ...hello } : methods[request.method]?.(request.params)
    const late = ++answered > 2
    const given = late && due !== undefined && result !== undefined ? result(due, request.method) : due
    const outcome = given === undefined ? { error: { code: -32601, message: "no such method" } } : { result: given }
    const text = `${JSON.stringify({ jsonrpc: "2.0", id: request.id, ...outcome })}\n`
    const change = answered === 1 ? helloLine : late ? line : undefined
    process.stdout.write(change?.(text) ?? text)
    if (late) after?.()
  }
  process.stdin.on("error", () => {})
  process.stdout.on("error", () => {})
  process.stdin.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      const request = JSON.parse(rest.subarray(0, end).toString())
      rest = rest.subarray(end + 1)
      reply(request)
    }
  })
}

const FAR = "9".repeat(30)

const outputIs = (output: unknown) => (result: Record<string, unknown>) => (result.verdict === "accepted" ? { ...result, output } : result)

const clauseIs = (clause: string) => (result: Record<string, unknown>) => ("clause" in result ? { ...result, clause } : result)

const write = (text: string): boolean => process.stdout.write(text)

const SCRIPT = "setInterval(() => {}, 1000)"

const childOf = (detached: boolean) => (): void => {
  spawn(process.execPath, ["-e", SCRIPT, "hostile-child"], {
    detached,
    stdio: detached ? "ignore" : ["ignore", "inherit", "inherit"],
  }).unref()
}

const framing: ReadonlyArray<Hostile> = [
  { name: "banner", does: "greets the world first", exitCode: 4, says: "sent a line that", peer: { begin: () => write("my port 1.0\n") } },
  {
    name: "logs",
    does: "logs to standard output",
    exitCode: 4,
    failure: "garbage",
    says: "is no reply",
    peer: { line: (line) => `info: done\n${line}` },
  },
  {
    name: "byte-order-mark",
    does: "begins with a byte order mark",
    exitCode: 4,
    says: "\\ufeff",
    peer: { helloLine: (line) => `\ufeff${line}` },
  },
  { name: "utf-16", does: "writes UTF-16", exitCode: 4, says: "hello failed", peer: { helloLine: (line) => Buffer.from(line, "utf16le") } },
  {
    name: "cr",
    does: "ends lines with a carriage return",
    exitCode: 4,
    failure: "timeout",
    says: "bytes came without a newline",
    peer: { line: (line) => line.replace("\n", "\r") },
  },
  { name: "crlf", does: "ends lines as Windows does, which is allowed", exitCode: 0, peer: { line: (line) => line.replace("\n", "\r\n") } },
  {
    name: "no-newline",
    does: "leaves the newline out",
    exitCode: 4,
    failure: "timeout",
    says: "bytes came without a newline",
    peer: { line: (line) => line.trimEnd() },
  },
  { name: "empty-line", does: "writes an empty line first", exitCode: 4, failure: "garbage", peer: { line: (line) => `\n${line}` } },
  {
    name: "pretty",
    does: "writes a reply on several lines",
    exitCode: 4,
    failure: "garbage",
    peer: { line: (line) => `${JSON.stringify(JSON.parse(line), null, 2)}\n` },
  },
  { name: "twice", does: "writes each reply twice", exitCode: 4, failure: "unsolicited", peer: { line: (line) => line + line } },
  {
    name: "early",
    does: "answers before it is asked",
    exitCode: 4,
    says: "hello failed",
    peer: { begin: () => write('{"jsonrpc":"2.0","id":1,"result":{}}\n') },
  },
  {
    name: "half",
    does: "ends in the middle of a line",
    exitCode: 4,
    failure: "crash",
    says: "in the middle of a line",
    peer: { line: (line) => line.slice(0, 10), after: () => process.stdout.write("", () => process.exit(0)) },
  },
  {
    name: "one-answer",
    does: "ends after each answer",
    exitCode: 4,
    failure: "crash",
    says: "ended with exit code 0",
    peer: { after: () => process.stdout.write("", () => process.exit(0)) },
  },
  { name: "endless-line", does: "writes a line without end", exitCode: 4, failure: "flood", peer: { line: () => "x".repeat(40_000_000) } },
  {
    name: "endless-lines",
    does: "writes lines without end",
    exitCode: 4,
    failure: "unsolicited",
    peer: { line: (line) => line + "{}\n".repeat(1_000_000) },
  },
  { name: "endless-errors", does: "fills standard error", exitCode: 0, peer: { after: () => process.stderr.write("y".repeat(100_000)) } },
  { name: "closes-input", does: "closes its input", exitCode: 4, failure: "crash", peer: { after: () => closeSync(0) } },
  { name: "closes-output", does: "closes its output", exitCode: 4, failure: "crash", peer: { line: () => "", after: () => closeSync(1) } },
]

const strictness: ReadonlyArray<Hostile> = [
  {
    name: "fraction",
    does: "writes a whole number with a fraction",
    exitCode: 1,
    failure: "garbage",
    says: "not written as a whole number",
    peer: { line: (line) => line.replace(/("value":[0-9]+)/, "$1.0") },
  },
  {
    name: "exponent",
    does: "writes a number with an exponent",
    exitCode: 1,
    failure: "garbage",
    says: "not written as a whole number",
    peer: { line: (line) => line.replace(/("value":[0-9]+)/, "$1e0") },
  },
  {
    name: "beyond",
    does: "writes a number beyond 2^53",
    exitCode: 1,
    failure: "garbage",
    says: "beyond 2^53",
    peer: { line: (line) => line.replace(/"value":[0-9]+/, `"value":${FAR}`) },
  },
  {
    name: "nan",
    does: "writes NaN",
    exitCode: 1,
    failure: "garbage",
    peer: { line: (line) => line.replace(/"value":[0-9]+/, '"value":NaN') },
  },
  {
    name: "two-verdicts",
    does: "gives two verdicts in one reply",
    exitCode: 4,
    failure: "garbage",
    says: "stands twice",
    peer: { line: (line) => line.replace('"verdict"', '"verdict":"refused","verdict"') },
  },
  {
    name: "two-ids",
    does: "gives two ids",
    exitCode: 4,
    failure: "garbage",
    says: "stands twice",
    peer: { line: (line) => line.replace('"id"', '"id":0,"id"') },
  },
  { name: "extra-key", does: "adds a key", exitCode: 4, failure: "garbage", peer: { result: (result) => ({ ...result, note: "hello" }) } },
  {
    name: "no-version",
    does: "leaves jsonrpc out",
    exitCode: 4,
    failure: "garbage",
    peer: { line: (line) => line.replace('"jsonrpc":"2.0",', "") },
  },
  {
    name: "result-and-error",
    does: "gives a result and an error",
    exitCode: 4,
    failure: "garbage",
    peer: { line: (line) => (line.includes('"result"') ? line.replace(/\}\n$/, ',"error":null}\n') : line) },
  },
  {
    name: "id-as-text",
    does: "gives the id as a text",
    exitCode: 4,
    failure: "garbage",
    peer: { line: (line) => line.replace(/"id":([0-9]+)/, '"id":"$1"') },
  },
  {
    name: "capital",
    does: "writes Accepted",
    exitCode: 4,
    failure: "garbage",
    says: 'the verdict is "Accepted"',
    peer: { line: (line) => line.replace('"accepted"', '"Accepted"') },
  },
  {
    name: "number-as-text",
    does: "writes a number as a text",
    exitCode: 1,
    failure: "wrong-answer",
    peer: { line: (line) => line.replace(/"value":([0-9]+)/, '"value":"$1"') },
  },
  {
    name: "invalid-utf-8",
    does: "writes bytes that are no UTF-8",
    exitCode: 4,
    failure: "garbage",
    peer: { line: () => Buffer.from([0x22, 0xff, 0x22, 0x0a]) },
  },
  {
    name: "surrogate",
    does: "writes half a character",
    exitCode: 1,
    failure: "wrong-answer",
    peer: { result: outputIs({ texts: ["\ud800"] }) },
  },
  {
    name: "deep",
    does: "nests deeper than can be read",
    exitCode: 4,
    failure: "garbage",
    says: "nested deeper",
    peer: { line: () => `${"[".repeat(1_000_000)}\n` },
  },
  {
    name: "prototype",
    does: "hides the answer under __proto__",
    exitCode: 1,
    failure: "wrong-answer",
    peer: { line: (line) => line.replace(/"output":(\{.*\})\}\}\n/, '"output":{"__proto__":$1}}}\n') },
  },
  {
    name: "many-numbers",
    does: "answers with 300,000 numbers",
    exitCode: 1,
    failure: "wrong-answer",
    peer: { result: outputIs({ value: Array.from({ length: 300_000 }, (_, index) => index) }) },
  },
  {
    name: "long-clause",
    does: "names a clause of 15 MB",
    exitCode: 1,
    failure: "wrong-answer",
    peer: { result: clauseIs("c".repeat(15_000_000)) },
  },
]

const greetings: ReadonlyArray<Hostile> = [
  { name: "mute", does: "never answers hello", exitCode: 4, says: "gave no answer", peer: { helloLine: () => "" } },
  {
    name: "other-protocol",
    does: "speaks another protocol",
    exitCode: 4,
    says: "conclave-peer/2",
    peer: { hello: { protocol: "conclave-peer/2" } },
  },
  { name: "version-number", does: "gives its version as a number", exitCode: 4, says: "version", peer: { hello: { version: 1 } } },
  { name: "no-layers-key", does: "leaves layers out", exitCode: 4, says: "layers", peer: { hello: { layers: undefined } } },
  { name: "long-name", does: "has a name of 201 characters", exitCode: 4, says: "name", peer: { hello: { name: "n".repeat(201) } } },
  {
    name: "misspelt-layer",
    does: "declares a layer that there is not",
    exitCode: 4,
    says: "did you mean toy?",
    peer: { hello: { layers: ["toyy"] } },
  },
  {
    name: "misspelt-option",
    does: "declares an option that there is not",
    exitCode: 4,
    says: "did you mean randomness?",
    peer: { hello: { options: ["randomnes"] } },
  },
  { name: "other-suite", does: "implements another cipher suite", exitCode: 4, says: "cipher suite 1", peer: { hello: { suites: [9] } } },
  {
    name: "many-layers",
    does: "declares 300,000 layers",
    exitCode: 4,
    says: "layers",
    peer: { hello: { layers: Array.from({ length: 300_000 }, () => "toy") } },
  },
  { name: "declares-nothing", does: "declares no layer", exitCode: 3, peer: { hello: { layers: [] } } },
  {
    name: "escapes",
    does: "has a name that a terminal would obey",
    exitCode: 0,
    peer: { hello: { name: "\u001b[2J\u202e\u009b31m\u2028::error::x" } },
  },
]

const claims: ReadonlyArray<Hostile> = [
  { name: "yes-man", does: "accepts everything", exitCode: 1, failure: "wrong-answer", peer: { result: accepted } },
  {
    name: "no-man",
    does: "refuses everything",
    exitCode: 1,
    failure: "wrong-answer",
    peer: { result: () => ({ verdict: "refused", clause: "toy.known" }) },
  },
  {
    name: "constant-fingerprint",
    does: "says that no state ever changes",
    exitCode: 1,
    says: "the same fingerprint",
    peer: { result: (result, method) => (method === "fingerprint" ? { verdict: "accepted", output: { fingerprint: "00" } } : result) },
  },
  { name: "leaves-a-child", does: "starts a process that holds its output open", exitCode: 0, peer: { begin: childOf(false) } },
  { name: "leaves-a-session", does: "starts a process in a session of its own", exitCode: 0, peer: { begin: childOf(true) } },
  {
    name: "ignores-signals",
    does: "does not end when it is told to",
    exitCode: 0,
    peer: {
      begin: () => {
        for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) process.on(signal, () => {})
        setInterval(() => {}, 1000)
      },
    },
  },
]

/** All hostile peers. */
export const hostile: ReadonlyArray<Hostile> = [...framing, ...strictness, ...hostileTexts, ...greetings, ...claims]

if (import.meta.main) {
  const found = hostile.find(({ name }) => name === process.argv[2])
  if (found === undefined) throw new Error(`no hostile peer ${process.argv[2]}`)
  serve(found.peer)
}
