/**
 * A thread of generation: writes files of cases from one end of their list, until all have been taken by it and the thread that begins at the other end.
 *
 * @module
 */
import { parentPort, workerData } from "node:worker_threads"
import { caseFiles } from "../vectors/cases/index.ts"

/** What a thread is given. */
export interface Given {
  /** How many files have been taken, by all threads. */
  readonly taken: Int32Array
  readonly end: "first" | "last"
}

const { taken, end } = workerData as Given

for (let own = 0; Atomics.add(taken, 0, 1) < caseFiles.length; own++) {
  const number = end === "first" ? own : caseFiles.length - 1 - own
  parentPort?.postMessage([number, await caseFiles[number]!()])
}
