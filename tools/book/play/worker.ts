/**
 * The reference in a worker of the book's pages: plays scripts and cases, and takes bytes apart. One question, one answer, in order.
 *
 * @module
 */
import type { Case } from "../../../conformance/protocol/vectors.ts"
import { fieldsOf } from "./fields.ts"
import { type Change, replay } from "./replay.ts"
import { scriptOf, textOf } from "./script.ts"
import { Table } from "./table.ts"

/** What a page may ask. */
type Question =
  | { readonly asks: "play" | "save"; readonly script: string }
  | { readonly asks: "fields"; readonly bytes: string }
  | { readonly asks: "replay"; readonly case: Case; readonly change: Change | null }

interface Scope {
  onmessage: ((event: { readonly data: Question & { readonly id: number } }) => void) | null
  postMessage(answer: unknown): void
}

const scope = globalThis as unknown as Scope

/** The table of the last script, and that script: what goes on from it need not be played again. */
let last: { readonly script: string; readonly table: Table } | undefined

const tableOf = (text: string): Table | undefined => {
  const script = scriptOf(text)
  if (script === undefined) return undefined
  const whole = textOf(script)
  const isFurther = last !== undefined && (whole === last.script || whole.startsWith(`${last.script};`))
  const done = isFurther ? scriptOf(last!.script)!.actions.length : 0
  const table = isFurther ? last!.table : new Table(script.users)
  for (const action of script.actions.slice(done)) table.act(action)
  last = { script: whole, table }
  return table
}

const answerTo = async (question: Question): Promise<unknown> => {
  switch (question.asks) {
    case "play":
      return tableOf(question.script)?.view
    case "save":
      return tableOf(question.script)?.vectors(question.script)
    case "fields":
      return fieldsOf(question.bytes)
    case "replay":
      return await replay(question.case, question.change)
  }
}

let queue: Promise<void> = Promise.resolve()

scope.onmessage = ({ data: { id, ...question } }) => {
  queue = queue.then(async () => {
    try {
      const began = performance.now()
      const answer = await answerTo(question)
      scope.postMessage({ id, answer, took: performance.now() - began })
    } catch (error) {
      // A table whose action broke off is not gone on with.
      last = undefined
      scope.postMessage({ id, error: String(error) })
    }
  })
}
