/**
 * Shows how a run goes on: a bar on a terminal, one plain line for each finished layer elsewhere.
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
  skipped: number
}

const noCounts = (): Counts => ({ passed: 0, failed: 0, skipped: 0 })

const count = (counts: Counts, { status }: Result): void => {
  if (status === "passed" || status === "skipped") counts[status]++
  else counts.failed++
}

const onTerminal = (stream: ProgressStream): Progress => {
  const format = "{bar} {value}/{total}  {passed} passed, {failed} failed, {skipped} skipped  {id}"
  const bar = new SingleBar({ format, stream, barsize: 24, clearOnComplete: true, gracefulExit: true })
  const counts = noCounts()
  return {
    begin: (selected) => bar.start(selected.length, 0, { ...counts, id: "" }),
    running: (id) => bar.update({ id }),
    done: ({ id }, result) => {
      count(counts, result)
      bar.increment(1, { ...counts, id })
    },
    stop: () => bar.stop(),
  }
}

const onLog = (stream: ProgressStream): Progress => {
  const layers = new Map<string, Counts & { left: number }>()
  const layerOf = ({ layer }: ListedCase) => {
    const known = layers.get(layer) ?? { ...noCounts(), left: 0 }
    layers.set(layer, known)
    return known
  }
  return {
    begin: (selected) => {
      for (const vector of selected) layerOf(vector).left++
    },
    running: () => {},
    done: (vector, result) => {
      const layer = layerOf(vector)
      count(layer, result)
      if (--layer.left > 0) return
      stream.write(`${vector.layer}: ${layer.passed} passed, ${layer.failed} failed, ${layer.skipped} skipped\n`)
    },
    stop: () => {},
  }
}

/** Progress on a stream: a bar when it is a terminal, otherwise one line for each layer, without control characters. */
export const progressOn = (stream: ProgressStream): Progress => (stream.isTTY === true ? onTerminal(stream) : onLog(stream))
