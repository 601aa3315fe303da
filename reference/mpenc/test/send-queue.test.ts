/** The send queue, against its definitions, and over long runs. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Notice } from "../../../spec/mpenc/notices.ts"
import * as Spec from "../../../spec/mpenc/send-queue.ts"
import * as Queue from "../send-queue.ts"

const idOf = (number: number) => number.toString(16).padStart(40, "0")

const message = (number: number, author: string, positions: ReadonlyArray<number>, text = `${number}`): Notice => ({
  type: "message",
  id: idOf(number),
  author,
  text,
  members: ["ann", "ben", "cas"],
  positions,
  marked: false,
  isEarlier: false,
})

const lines = fc.array(fc.tuple(fc.constantFrom("ann", "ben", "cas"), fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { maxLength: 2 })), {
  maxLength: 12,
})

describe("the send queue", () => {
  it("has the logical parents of the definition", () => {
    fc.assert(
      fc.property(lines, (some) => {
        const notices = some.map(([author, positions], index) =>
          message(
            index,
            author,
            positions.filter((position) => position <= index),
          ),
        )
        const { queue } = Queue.note(Queue.empty("ann", 0), notices)
        expect(Queue.logicalParents(queue)).toEqual(Spec.logicalParents(queue.lines, "ann"))
      }),
      { numRuns: 300, seed: 1 },
    )
  })

  const happenings = fc.array(
    fc.oneof(
      fc.record({ type: fc.constant("write" as const) }),
      fc.record({ type: fc.constantFrom("acknowledge" as const, "fail" as const), index: fc.nat(5) }),
      fc.record({ type: fc.constant("other" as const) }),
      fc.record({ type: fc.constant("membership" as const), members: fc.constantFrom(["ann"], ["ann", "ben"], ["ann", "ben", "cas"]) }),
    ),
    { maxLength: 30 },
  )

  it("loses no text, sends none to others than it was written for, and none as an answer to something else", () => {
    fc.assert(
      fc.property(happenings, (all) => {
        let queue = Queue.empty("ann", 0)
        let messages = 0
        const written: Array<{ text: string; members: ReadonlyArray<string>; parents: ReadonlyArray<string> }> = []
        const forgotten = new Set<string>()
        const perform = (queued: Queue.Queued) => {
          queue = queued.queue
          for (const text of queued.send) {
            const then = written.find((one) => one.text === text)!
            expect(then.members).toEqual(queue.members)
            expect(then.parents).toEqual(Queue.logicalParents(queue))
            perform(Queue.note(queue, [message(messages++, "ann", [], text)]))
          }
        }
        for (const one of all) {
          if (one.type === "write") {
            written.push({ text: `text ${written.length}`, members: queue.members, parents: Queue.logicalParents(queue) })
            perform(Queue.write(queue, written.at(-1)!.text))
          } else if (one.type === "membership") {
            perform(Queue.note(queue, [{ type: "membership", remain: one.members, include: [], exclude: [], parents: [] }]))
          } else if (one.type === "other") {
            perform(Queue.note(queue, [message(messages++, "ben", [], "by Ben")]))
          } else {
            const sent = queue.texts.filter(({ state }) => state === "sent")[one.index]
            if (sent === undefined) continue
            if (one.type === "acknowledge") forgotten.add(sent.text)
            const id = sent.id!
            perform(
              Queue.note(queue, [
                one.type === "acknowledge" ? { type: "acknowledged", id } : { type: "not-acknowledged", id, by: ["ben"], last: true },
              ]),
            )
          }
        }
        const left = queue.texts.map(({ text }) => text)
        expect([...left, ...forgotten].sort()).toEqual(written.map(({ text }) => text).sort())
      }),
      { numRuns: 500, seed: 2 },
    )
  })
})
