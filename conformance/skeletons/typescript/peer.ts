// A peer for `conclave`: the protocol, and the practice layer toy. Put your own layer in its place.
type Params = { readonly [name: string]: unknown }
type Verdict = { readonly verdict: string; readonly [key: string]: unknown }

let states = new Map<string, string[]>()

const accepted = (output: object): Verdict => ({ verdict: "accepted", output })
const refused = (clause: string): Verdict => ({ verdict: "refused", clause })

const hello = () => ({
  protocol: "conclave-peer/1",
  name: "my-port",
  version: "0.1.0",
  language: "TypeScript",
  suites: [1],
  layers: ["toy"],
  options: [],
})

const reset = (): Verdict => {
  states = new Map()
  return accepted({})
}

const double = ({ value }: Params): Verdict => {
  if (!Number.isSafeInteger(value)) return { verdict: "malformed", clause: "toy.number" }
  return (value as number) < 0 ? refused("toy.positive") : accepted({ value: 2 * (value as number) })
}

const open = ({ on }: Params): Verdict => {
  states.set(on as string, [])
  return accepted({})
}

const receive = ({ on, number, text }: Params): Verdict => {
  const texts = states.get(on as string)
  if (texts === undefined) return refused("toy.known")
  const next = texts.length + 1
  const came = number as number
  if (came < next) return { verdict: "ignored", reason: "duplicate" }
  if (came > next) return { verdict: "waiting", missing: Array.from({ length: came - next }, (_, index) => next + index) }
  texts.push(text as string)
  return accepted({ texts })
}

const methods = new Map<string, (params: Params) => unknown>([
  ["hello", hello],
  ["reset", reset],
  // Your methods go here; toy goes out, here and in hello, when the first of your own layers is in.
  ["toy.double", double],
  ["toy.open", open],
  ["toy.receive", receive],
])

const answer = (line: string) => {
  const { id, method, params } = JSON.parse(line)
  const called = methods.get(method)
  if (called === undefined) return { jsonrpc: "2.0", id, error: { code: -32601, message: "no such method" } }
  return { jsonrpc: "2.0", id, result: called(params) }
}

// Not with node:readline, for which U+2028 ends a line too. What is left over are bytes: a chunk may end within a character.
let rest: Buffer = Buffer.alloc(0)
process.stdin.on("data", (chunk: Buffer) => {
  rest = Buffer.concat([rest, chunk])
  for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
    process.stdout.write(`${JSON.stringify(answer(rest.subarray(0, end).toString()))}\n`)
    rest = rest.subarray(end + 1)
  }
})
