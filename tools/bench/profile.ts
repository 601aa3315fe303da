/**
 * Where the time of a step goes: samples of what runs, by what it belongs to.
 *
 * @module
 */
import { Session } from "node:inspector/promises"
import { nodePrimitives } from "../../reference/crypto/providers/node.ts"
import { messenger } from "./levels.ts"
import { actual, type Task } from "./measure.ts"
import { scenario } from "./scenario.ts"

/** What a sample belongs to, by the file of the innermost function, or its name. The first line that fits counts. */
const kinds = [
  ["primitives", /\/reference\/crypto\/|\/@noble\/|^node:(?:internal\/)?(?:crypto|buffer|encoding)|^$/u],
  ["codec", /\/cborg\/|\/spec\/conventions\//u],
  ["effects", /\/effect\//u],
  ["steps", /\/reference\/|\/spec\//u],
] as const

/** Of the samples in a step, which share belongs to what. */
export interface Shares {
  readonly n: number
  readonly operation: string
  readonly who: string
  readonly shares: Readonly<Record<string, number>>
}

/** What is told apart, in the order of the columns of a table. */
export const columns: ReadonlyArray<string> = [...kinds.map(([name]) => name), "garbage", "else"]

const kindOf = (functionName: string, url: string): string => {
  if (functionName === "(garbage collector)") return "garbage"
  return kinds.find(([, pattern]) => pattern.test(url))?.[0] ?? "else"
}

// The name of the function below, by which samples of the step are told from those of making it ready.
const marked = (run: () => void): void => run()

const microseconds = 100

// In fewer there are too few samples of what is short.
const rounds = 20

const sharesOf = async (task: Task): Promise<Readonly<Record<string, number>>> => {
  // What runs often is compiled first.
  for (let round = 0; round < rounds; round++) await task.prepare()()
  const session = new Session()
  session.connect()
  await session.post("Profiler.enable")
  await session.post("Profiler.setSamplingInterval", { interval: microseconds })
  await session.post("Profiler.start")
  for (let round = 0; round < rounds; round++) marked(task.prepare() as () => void)
  const { profile } = await session.post("Profiler.stop")
  session.disconnect()
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const isInStep = (node: number | undefined): boolean =>
    node !== undefined && (nodes.get(node)!.callFrame.functionName === marked.name || isInStep(parents.get(node)))
  const times = new Map<string, number>()
  let isCounted = false
  for (const [index, node] of profile.samples!.entries()) {
    const { functionName, url } = nodes.get(node)!.callFrame
    // Garbage is collected for whatever ran before.
    if (functionName !== "(garbage collector)") isCounted = isInStep(node)
    if (!isCounted) continue
    const kind = kindOf(functionName, url)
    times.set(kind, (times.get(kind) ?? 0) + profile.timeDeltas![index]!)
  }
  const all = [...times.values()].reduce((sum, time) => sum + time, 0)
  return Object.fromEntries(columns.map((kind) => [kind, (times.get(kind) ?? 0) / all]))
}

/** Of the steps of a messenger in a group of `n`, as after loading, which share belongs to what. */
export const profiled = async (n: number): Promise<ReadonlyArray<Shares>> => {
  const found: Array<Shares> = []
  for (const part of scenario(messenger, nodePrimitives, n, 0)) {
    const { operation, who } = part
    found.push({ n, operation, who, shares: await sharesOf(actual(nodePrimitives, part)) })
  }
  return found
}
