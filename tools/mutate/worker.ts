/**
 * Plays cases against mutants, in a thread of its own that can be ended: a mutant may never answer.
 *
 * @module
 */
import { join } from "node:path"
import { parentPort, workerData } from "node:worker_threads"
import { BadParams, INVALID_PARAMS, type Method } from "../../conformance/protocol/serve.ts"
import { runCase } from "../../conformance/runner/case.ts"
import { type Conversation, resultOf } from "../../conformance/runner/conversation.ts"
import { type ListedCase, loadVectors } from "../../conformance/runner/load.ts"
import type { Peer } from "../../conformance/runner/peer.ts"
import { root } from "../sources.ts"
import { instrumented, NOTED } from "./instrument.ts"
import { allSources, type Imports, variants } from "./loading.ts"
import { isNoted } from "./mutants.ts"
import { type Edit, edited } from "./syntax.ts"

/** What a thread is asked: what all these cases reach, or whether one of them tells a mutant from the reference. */
export type Request =
  | { readonly ask: "reach"; readonly cases: ReadonlyArray<string> }
  | {
      readonly ask: "play"
      readonly file: string
      readonly edits: ReadonlyArray<Edit>
      readonly cases: ReadonlyArray<string>
      /** Milliseconds of CPU time after which no other case is begun. */
      readonly budget: number
    }

/** How a mutant fared. `left` is the number of cases that were not begun. */
export type Fate =
  | { readonly fate: "killed"; readonly by: string; readonly how: string }
  | { readonly fate: "survived"; readonly left: number }
  | { readonly fate: "not loaded"; readonly how: string }

/** What one case reaches, a bit for each region, and the CPU time that it takes. */
export interface Reached {
  readonly id: string
  readonly bits: Uint8Array
  readonly milliseconds: number
}

/** What a thread is given. `playing` is the number of the case that is being played, where whoever waits sees it; -1 when none is. */
export interface Given {
  readonly playing: Int32Array
  readonly imports: Imports
}

const CPU = () => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

const sources = allSources()
const { playing, imports } = workerData as Given
const load = variants(sources, imports)
const vectors = loadVectors(join(root, "vectors"))
const byId = new Map(vectors.cases.map((one) => [one.id, one]))
const steps = new Map<string, ReturnType<typeof vectors.stepsOf>>()

const stepsOf = (id: string) => {
  // A file is read whole: all its cases are kept, since they are played in any order.
  const { file } = byId.get(id)!
  if (!steps.has(id))
    for (const one of vectors.cases.filter((each: ListedCase) => each.file === file)) steps.set(one.id, vectors.stepsOf(one))
  return steps.get(id)!
}

const plain = (value: unknown): unknown => {
  const text = JSON.stringify(value)
  if (text === undefined) throw new TypeError("no result")
  return JSON.parse(text)
}

const peerOf = (methods: Readonly<Record<string, Method>>, hello: Peer["hello"]): Peer => {
  const reply = async (method: string, params: unknown) => {
    try {
      return { jsonrpc: "2.0", id: 1, result: plain(await methods[method]!(params)) }
    } catch (error) {
      const code = error instanceof BadParams ? INVALID_PARAMS : -32603
      return { jsonrpc: "2.0", id: 1, error: { code, message: String(error).slice(0, 200) } }
    }
  }
  const connection = {
    broken: false,
    call: async (method, params, read) => resultOf((await reply(method, params)) as Parameters<typeof resultOf>[0], read, ""),
    close: async () => {},
    kill: () => {},
  } satisfies Conversation
  return { connection, hello }
}

const startOf = async (texts: ReadonlyMap<string, string>): Promise<Peer> => {
  const methods = await load(texts)
  return peerOf(methods, (await methods.hello!({})) as Peer["hello"])
}

/** Stands for loading the reference, in place of the id of a case. */
const LOADING = ""

const reach = async (cases: ReadonlyArray<string>): Promise<ReadonlyArray<Reached>> => {
  const texts = new Map<string, string>()
  let count = 0
  for (const source of sources.filter(({ path }) => isNoted(path) || path.startsWith("reference/methods/"))) {
    const { text, regions } = instrumented(source, count)
    texts.set(source.path, text)
    count += regions.length
  }
  const noted = new Uint8Array(count)
  ;(globalThis as Record<string, unknown>)[NOTED] = noted
  const peer = await startOf(texts)
  const bitsOf = () => {
    const bits = new Uint8Array(Math.ceil(count / 8))
    for (const [number, one] of noted.entries()) if (one === 1) bits[number >> 3]! |= 1 << (number & 7)
    return bits
  }
  const all: Array<Reached> = [{ id: LOADING, bits: bitsOf(), milliseconds: 0 }]
  for (const id of cases) {
    const wanted = stepsOf(id)
    noted.fill(0)
    const began = CPU()
    const { result } = await runCase(peer, wanted)
    if (result.status !== "passed") throw new Error(`${id} fails without any mutant`)
    all.push({ id, bits: bitsOf(), milliseconds: CPU() - began })
  }
  return all
}

const play = async ({ file, edits, cases, budget }: Request & { ask: "play" }): Promise<Fate> => {
  Atomics.store(playing, 0, -1)
  const original = sources.find(({ path }) => path === file)!.text
  let peer: Peer
  try {
    peer = await startOf(new Map([[file, edited(original, edits)]]))
  } catch (error) {
    return { fate: "not loaded", how: String(error).slice(0, 200) }
  }
  const end = CPU() + budget
  for (const [number, id] of cases.entries()) {
    if (CPU() > end) return { fate: "survived", left: cases.length - number }
    Atomics.store(playing, 0, number)
    const { result } = await runCase(peer, stepsOf(id))
    if (result.status !== "passed") return { fate: "killed", by: id, how: result.status === "failed" ? result.failure.kind : result.status }
  }
  return { fate: "survived", left: 0 }
}

parentPort!.on("message", (request: Request) => {
  const answer = request.ask === "reach" ? reach(request.cases) : play(request)
  answer.then(
    (result) => parentPort!.postMessage(result),
    (error: unknown) => {
      throw error
    },
  )
})
