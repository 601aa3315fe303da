/**
 * Shows how a run goes on: a bar on a terminal, one plain line for each finished layer elsewhere, and a sign of life when a layer takes long.
 *
 * @module
 */
import { SingleBar } from "cli-progress"
import type { Result } from "../reports/report.ts"
import type { ListedCase } from "./load.ts"
import type { Observer } from "./run.ts"

/** Where progress is shown: standard error, or a double of it. */
export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean }

/** An observer that also clears up after itself. */
export interface Progress extends Observer {
  /** To be called however the run ends. */
  readonly stop: () => void
}

interface Counts {
  passed: number
  failed: number
}

const count = (counts: Counts, { status }: Result): void => {
  if (status === "passed") counts.passed++
  else counts.failed++
}

const onTerminal = (stream: ProgressStream): Progress => {
  const format = "{bar} {value}/{total}  {passed} passed, {failed} failed  {rate}/s, {eta_formatted} left  {id}{slow}"
  const bar = new SingleBar({ format, stream, barsize: 24, clearOnComplete: true, gracefulExit: false })
  const counts: Counts = { passed: 0, failed: 0 }
  let done = 0
  let slowest = { id: "", milliseconds: 0 }
  let started = 0
  return {
    begin: (selected) => {
      started = performance.now()
      bar.start(selected.length, 0, { ...counts, id: "", rate: "0", slow: "" })
    },
    running: (id) => bar.update({ id }),
    done: ({ id }, result, milliseconds) => {
      count(counts, result)
      done++
      if (milliseconds > slowest.milliseconds) slowest = { id, milliseconds }
      const rate = ((1000 * done) / Math.max(1, performance.now() - started)).toFixed(0)
      const slow = slowest.milliseconds < 1000 ? "" : `  (slowest: ${slowest.id}, ${(slowest.milliseconds / 1000).toFixed(1)} s)`
      bar.increment(1, { ...counts, id, rate, slow })
    },
    stop: () => bar.stop(),
  }
}

/** How often a log shows a sign of life. */
const HEARTBEAT = 30_000

const onLog = (stream: ProgressStream): Progress => {
  const layers = new Map<string, Counts & { left: number }>()
  let heartbeat: NodeJS.Timeout | undefined
  let all = 0
  let done = 0
  let current = ""
  const layerOf = ({ layer }: ListedCase) => {
    const known = layers.get(layer) ?? { passed: 0, failed: 0, left: 0 }
    layers.set(layer, known)
    return known
  }
  return {
    begin: (selected) => {
      all = selected.length
      for (const vector of selected) layerOf(vector).left++
      heartbeat = setInterval(() => stream.write(`${done} of ${all}, at ${current}\n`), HEARTBEAT).unref()
    },
    running: (id) => {
      current = id
    },
    done: (vector, result) => {
      done++
      const layer = layerOf(vector)
      count(layer, result)
      if (--layer.left === 0) stream.write(`${vector.layer}: ${layer.passed} passed, ${layer.failed} failed\n`)
    },
    stop: () => clearInterval(heartbeat),
  }
}

/** Progress on a stream: a bar when it is a terminal, otherwise plain lines without control characters. */
export const progressOn = (stream: ProgressStream): Progress => (stream.isTTY === true ? onTerminal(stream) : onLog(stream))
