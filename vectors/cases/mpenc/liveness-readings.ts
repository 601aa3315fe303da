import { clauses, times } from "../../../spec/mpenc/liveness.ts"
import type { Message } from "../../../spec/mpenc/transcript.ts"
import { aCase, type Case, caseFile } from "../author.ts"
import { filled, repeated } from "../people.ts"

const three = ["alice", "bob", "carol"]

const cases = (): ReadonlyArray<Case> => [
  aCase(
    "liveness/parting-without-presence",
    {
      title: "Who is parting minds no more whether others expire: what is due next is the end, and not the expiry before it",
      clauses: [clauses.shutdown, clauses.expiry],
    },
    (author) => {
      const on = "alice"
      author.accepts("liveness.make", { on, me: on, members: ["alice", "bob"], now: 0, seed: repeated("parting") })
      const fin: Message = { id: filled(1, 20), author: on, parents: [], readers: ["bob"], kind: "fin" }
      author.accepts("liveness.receive", { on, message: fin, now: 60_000 })
      author.accepts("liveness.tick", { on, now: 121_000 })
      author.gives("liveness.next", { on }, { at: 60_000 + times.shutdown, phase: "parting" })
      author.claim(times.expiry < 60_000 + times.shutdown, "Bob would have expired before")
    },
  ),
  aCase(
    "liveness/seen-again",
    {
      title: "A duplicate that needs no answer was seen all the same: its message is not resent within the latency",
      clauses: [clauses.resend, clauses["resend-acknowledgement"]],
    },
    (author) => {
      const on = "alice"
      author.accepts("liveness.make", { on, me: on, members: three, now: 0, seed: repeated("seen") })
      const his: Message = { id: filled(1, 20), author: "bob", parents: [], readers: ["alice", "carol"], kind: "payload" }
      const hers: Message = { id: filled(2, 20), author: on, parents: [his.id], readers: ["bob", "carol"], kind: "payload" }
      author.accepts("liveness.receive", { on, message: his, now: 0 })
      author.accepts("liveness.receive", { on, message: hers, now: 1_000 })
      author.gives("liveness.receive", { on, message: his, now: 26_500 }, { accepted: [], actions: [] })
      const { actions } = author.accepts("liveness.tick", { on, now: 31_000 })
      const said = actions.map((action) => `${action.type} ${"id" in action ? action.id.slice(0, 2) : ""}`)
      author.claim(said.join() === "not-acknowledged 01,not-acknowledged 02,resend 02", "only her own message is resent")
    },
  ),
  aCase(
    "liveness/asked-in-vain",
    {
      title:
        "An acknowledgement that was asked for and not written is asked for again when the monitor of the message is due, and not before",
      clauses: [clauses["acknowledge-all"]],
    },
    (author) => {
      const on = "alice"
      author.accepts("liveness.make", { on, me: on, members: ["alice", "bob"], now: 0, seed: repeated("vain") })
      const his: Message = { id: filled(1, 20), author: "bob", parents: [], readers: ["alice"], kind: "heartbeat" }
      author.accepts("liveness.receive", { on, message: his, now: 0 })
      author.gives("liveness.tick", { on, now: times.acknowledgeAfter }, { actions: [{ type: "acknowledge" }] })
      author.gives("liveness.tick", { on, now: times.full - 1 }, { actions: [] })
      author.gives("liveness.tick", { on, now: times.full + times.latency }, { actions: [{ type: "acknowledge" }] })
    },
  ),
  aCase(
    "liveness/only-we-are-missing",
    {
      title: "All others have acknowledged a message when its monitor is due: we acknowledge it, are named, and resend nothing",
      clauses: [clauses["acknowledge-all"], clauses.warn, clauses.resend],
    },
    (author) => {
      const on = "alice"
      author.accepts("liveness.make", { on, me: on, members: three, now: 0, seed: repeated("missing") })
      const his: Message = { id: filled(1, 20), author: "bob", parents: [], readers: ["alice", "carol"], kind: "payload" }
      author.accepts("liveness.receive", { on, message: his, now: 0 })
      const hers: Message = { id: filled(2, 20), author: "carol", parents: [his.id], readers: ["alice", "bob"], kind: "ack" }
      author.accepts("liveness.receive", { on, message: hers, now: 100 })
      author.gives(
        "liveness.tick",
        { on, now: 31_000 },
        { actions: [{ type: "acknowledge" }, { type: "not-acknowledged", id: his.id, by: ["alice"], last: false }] },
      )
    },
  ),
]

/** The layer "liveness": what readers of the chapter have read in another way. */
export default caseFile({ part: "mpenc", chapter: "liveness-readings", layer: "liveness", flags: {} }, cases)
