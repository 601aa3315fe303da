/** The layer "delivery-service": timers that are of no use any more, and who is silent. */
import { Hex } from "effect/encoding"
import { play } from "../../../reference/delivery-service/simulation/schedule.ts"
import { clauses } from "../../../spec/delivery-service/delivery-service.ts"
import { type Author, type Case, caseFile, withoutTraces } from "../author.ts"
import { repeated } from "../people.ts"
import { fetch, kinds, receive, said, shows } from "./delivery-edges.ts"
import { addedApart } from "./delivery-stuck.ts"
import { after } from "./scenario-case.ts"
import { group } from "./tree.ts"

const nothing = { send: [], events: [], timers: [] }

const ends = (author: Author, on: string, name: string) => author.accepts("delivery-service.timeout", { on, name }).send

const timers = (): ReadonlyArray<Case> => [
  shows("timers-of-no-use", "A timer of another epoch does nothing, nor does one of which nothing is kept", [clauses.forgets], (author) => {
    after(author, addedApart)
    for (const name of ["1/welcome", "3/welcome", "1/fetch", "2/fetch", "2/relax/1", "2/conflict"]) {
      author.gives("delivery-service.timeout", { on: "B", name }, nothing)
    }
    author.gives("delivery-service.timeout", { on: "A", name: "2/welcome" }, nothing)
    author.claim(kinds(author, ends(author, "B", "2/welcome")) === "welcoming", "B alone has one to send on")
  }),
  shows(
    "silent-timers",
    "Two commits compete, and C would propose a set when its timer ends: it is restored, and sends nothing",
    [clauses["silent-votes"]],
    (author) => {
      const world = after(author, [
        { commit: [], by: "A", as: "cA" },
        { commit: [], by: "B", as: "cB" },
        { chaos: "s0", haste: 30, most: 20 },
      ])
      author.accepts("delivery-service.restore", { on: "C", through: 1 })
      const before = world.flights.length
      author.gives("delivery-service.timeout", { on: "C", name: "1/conflict" }, nothing)
      play(world, [{ end: "1/conflict", of: "C" }])
      author.claim(world.flights.length > before, "it would have sent something")
    },
  ),
]

/** alice by two handles founds a group; the first one adds bob, and both are in epoch 1. */
const foundedTwice = (author: Author) => {
  for (const on of ["alice", "again"]) {
    author.accepts("delivery-service.appear", { on, user: "alice", seed: repeated("alice"), backEnd: "symbolic", number: 0 })
    author.accepts("delivery-service.found", { on, group, sampleSize: 0 })
  }
  const appearing = { on: "bob", user: "bob", seed: repeated("bob"), backEnd: "symbolic", number: 0 } as const
  const { keyPackage } = author.accepts("delivery-service.appear", appearing)
  author.accepts("delivery-service.propose", { on: "alice", proposing: { type: "add", keyPackage } })
  const { send } = author.accepts("delivery-service.commit", { on: "alice", references: null })
  const welcoming = send.map(({ message }) => said(author, message)).find(({ type }) => type === "welcoming")
  if (welcoming?.type !== "welcoming") throw new Error("no WELCOME")
  author.accepts("delivery-service.join", { on: "bob", welcome: Hex.encode(welcoming.welcome), sampleSize: 0 })
}

const silent = (): ReadonlyArray<Case> => [
  shows(
    "restored-in-epoch-0",
    "alice goes on with a state of epoch 0, through epoch 0: stuck by its own commit of which it knows nothing, it votes in epoch 1",
    [clauses["silent-votes"], clauses["stuck-votes"]],
    (author) => {
      foundedTwice(author)
      author.accepts("delivery-service.restore", { on: "again", through: 0 })
      const asked = receive(author, "alice", "bob", fetch(author, { group }, 0))
      const { events } = author.accepts("delivery-service.receive", { on: "again", from: "bob", message: asked[0]!.message })
      author.claim(events.map(({ type, epoch }) => `${type} ${epoch}`).join() === "proposal 0,stuck 0", "stuck, and in epoch 1")
      const [bundle] = author.accepts("delivery-service.commit", { on: "bob", references: [] }).send
      author.claim(kinds(author, receive(author, "again", "bob", bundle!.message)).startsWith("agreement"), "it votes for what bob commits")
    },
  ),
]

export default caseFile({ part: "delivery-service", chapter: "delivery-service-timers", layer: "delivery-service", flags: {} }, () =>
  [...timers(), ...silent()].map(withoutTraces),
)
