/**
 * A peer for the toy vector set, and every way to misbehave: `node toy.ts <behaviour> [path]`. All behaviours but those of `hello` show at
 * the value 13 only, so that the cases around it tell whether the run went on.
 */
import { spawn } from "node:child_process"
import { appendFileSync, closeSync, writeFileSync } from "node:fs"
import { Transform } from "node:stream"
import { setTimeout as sleep } from "node:timers/promises"
import { type Method, serveOver } from "../protocol/serve.ts"

const [behaviour = "honest", recordTo] = process.argv.slice(2)

const forever = new Promise<never>(() => {})

const write = (text: string): Promise<never> => {
  process.stdout.write(text)
  return forever
}

// Ids count up from 1 and every request is for a method that exists, so the peer can know the id of the request that it is answering.
let id = 0

const reply = (result: unknown, as: number = id): string => `${JSON.stringify({ jsonrpc: "2.0", id: as, result })}\n`

const doubled = (value: number, factor = 2) => ({
  verdict: "accepted",
  output: { value: factor * value },
  trace: [
    { name: "input", value: value.toString(16).padStart(2, "0") },
    { name: "factor", value: factor.toString(16).padStart(2, "0") },
  ],
})

const end = (code: number): Promise<never> => {
  process.stderr.write("Traceback (most recent call last)\nValueError: unlucky number\n")
  process.exit(code)
}

const HUGE = 32 * 1024 * 1024

const atThirteen: Readonly<Record<string, () => unknown>> = {
  wrong: () => ({ ...doubled(13), output: { value: 27 } }),
  "wrong-factor": () => doubled(13, 3),
  "bad-verdict": () => ({ verdict: "ok", output: { value: 26 } }),
  huge: () => ({ verdict: "accepted", output: { value: "z".repeat(1024 * 1024) } }),
  "unknown-key": () => ({ ...doubled(13), comment: "hello" }),
  throws: () => {
    throw new Error("secret 5eedf00d")
  },
  silent: () => forever,
  crash: () => end(3),
  signal: () => {
    process.kill(process.pid, "SIGKILL")
    return forever
  },
  garbage: () => write("loading tables...\n"),
  "not-utf8": () => {
    process.stdout.write(Buffer.from([0x22, 0xff, 0x22, 0x0a]))
    return forever
  },
  nested: () => write(reply({ verdict: "accepted", output: "?" }).replace('"?"', `${"[".repeat(100_000)}${"]".repeat(100_000)}`)),
  "wrong-id": () => write(reply(doubled(13), id + 1000)),
  "string-id": () => write(reply(doubled(13)).replace(`"id":${id}`, `"id":"${id}"`)),
  duplicate: () => write(reply(doubled(13)) + reply(doubled(13))),
  flood: () => write("x".repeat(HUGE)),
  "flood-line": () => write(`${"x".repeat(HUGE)}\n`),
  half: () => {
    process.stdout.write(reply(doubled(13)).slice(0, 20), () => process.exit(0))
    return forever
  },
  "close-input": () => {
    closeSync(0)
    return doubled(13)
  },
  "close-output": () => {
    closeSync(1)
    return forever
  },
  orphan: () => {
    // The grandchild holds our output open: the end of the process is all there is to see.
    spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: ["ignore", "inherit", "inherit"] })
    process.exit(7)
  },
  // A grandchild that holds a connection to the socket named on the command line, for as long as it lives.
  family: () => {
    const script = "require('node:net').connect(process.argv[1])"
    spawn(process.execPath, ["-e", script, recordTo ?? ""], { stdio: "ignore" })
    return forever
  },
  // The same in a session of its own, where a signal to the group does not reach it. The path is a mark to find it by.
  session: () => {
    spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", recordTo ?? ""], { detached: true, stdio: "ignore" }).unref()
    return forever
  },
  "noisy-errors": () => {
    process.stderr.write("y".repeat(1024 * 1024))
    return doubled(13)
  },
}

if (behaviour === "environment") writeFileSync(recordTo ?? "", JSON.stringify(process.env))

const layers = behaviour === "no-layers" ? [] : [behaviour === "bad-layer" ? "arithmetik" : "arithmetic", "counter"]

const options = behaviour === "no-options" ? [] : ["fingerprint", behaviour === "bad-option" ? "randomnes" : "randomness"]

const suites = behaviour === "bad-suite" ? [2] : [1]

const hello = { protocol: "conclave-peer/1", name: "toy", version: "1.2.3", language: "TypeScript", suites, layers, options }

const greetings: Readonly<Record<string, () => unknown>> = {
  "hello-dies": () => end(9),
  "hello-silent": () => forever,
  "hello-protocol": () => ({ protocol: "conclave-peer/2", features: {} }),
  "hello-refuses": () => {
    throw new Error("no common protocol")
  },
  "hello-incomplete": () => ({ ...hello, layers: undefined }),
  "hostile-name": () => ({ ...hello, name: 'a]]>&<"\u0000\u001b[31m\ud800\uffff' }),
  "always-dies": () => hello,
}

let counters = new Map<string, number>()

const refused = (clause: string) => ({ verdict: "refused", clause, detail: "as the rule says" })

const counterMethods: Readonly<Record<string, (params: { on: string; amount: number; after?: string }) => unknown>> = {
  "counter.new": ({ on }) => {
    counters.set(on, 0)
    return { verdict: "accepted", output: {} }
  },
  "counter.add": ({ on, amount, after }) => {
    const value = counters.get(on)
    if (value === undefined) return refused("counter.known")
    if (amount < 0) {
      if (behaviour === "changes-state") counters.set(on, value + amount)
      if (behaviour === "forgets-state") counters.delete(on)
      return refused("counter.grows")
    }
    if (after !== undefined) return { verdict: "waiting", missing: [after] }
    if (amount === 0) return { verdict: "ignored", reason: "duplicate" }
    counters.set(on, value + amount)
    return { verdict: "accepted", output: { value: value + amount } }
  },
}

let doublings = 0

const double = ({ value }: { value: unknown }): unknown => {
  if (behaviour === "always-dies") return end(1)
  if (behaviour === "slow") return sleep(400, typeof value === "number" ? doubled(value) : undefined)
  if (behaviour === "every-third" && ++doublings % 3 === 0) return { verdict: "accepted", output: { value: -1 } }
  if (typeof value !== "number") return { verdict: "malformed", clause: "arithmetic.number", where: "$.value" }
  if (value < 0) return refused(behaviour === "long-clauses" ? "c".repeat(15_000_000) : "arithmetic.positive")
  return value === 13 ? (atThirteen[behaviour]?.() ?? doubled(13)) : doubled(value)
}

const fingerprint = ({ on }: { on: string }): unknown => {
  const value = counters.get(on)
  if (value === undefined) return refused("counter.known")
  return { verdict: "accepted", output: { fingerprint: value.toString(16).padStart(8, "0") } }
}

const reset = (): unknown => {
  counters = new Map()
  return { verdict: "accepted", output: {} }
}

const methods = { hello: greetings[behaviour] ?? (() => hello), reset, fingerprint, "arithmetic.double": double, ...counterMethods }

const counted =
  (method: (params: never) => unknown): Method =>
  (params) => {
    id++
    return method(params as never)
  }

const recorder = new Transform({
  transform: (chunk, _encoding, done) => {
    if (behaviour === "honest" && recordTo !== undefined) appendFileSync(recordTo, chunk)
    done(null, chunk)
  },
})

const NULL_ID = `${JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32700, message: "not JSON" } })}\n`

const rewriter = new Transform({
  transform: (chunk, _encoding, done) => {
    const unlucky = behaviour === "null-id" && String(chunk).includes('"value":26')
    done(null, unlucky ? NULL_ID : chunk)
  },
})
rewriter.pipe(process.stdout)

await serveOver(
  Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, counted(method)])),
  process.stdin.pipe(recorder),
  rewriter,
)
