/** The layer "delivery-service": proposals that have no room in one message. */
import { Hex } from "effect/encoding"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { Decide, maximumPart } from "../../../spec/delivery-service/cascade.ts"
import { clauses } from "../../../spec/delivery-service/delivery-service.ts"
import { Proposed } from "../../../spec/delivery-service/murmur.ts"
import { type Author, type Case, caseFile, withoutTraces } from "../author.ts"
import { repeated } from "../people.ts"
import { fetch, receive, said, shows } from "./delivery-edges.ts"
import { after } from "./scenario-case.ts"

/** A member proposes to add users with names of these lengths, and another one is told of it, if there is one. Gives the refs. */
const proposes = (author: Author, on: string, lengths: ReadonlyArray<number>, other?: string, kind = ""): ReadonlyArray<string> =>
  lengths.flatMap((length, index) => {
    const user = `${on}${kind}${index}`.padEnd(length, "x")
    const appearing = { on: "new", user, seed: repeated(user), backEnd: "symbolic", number: 0 } as const
    const { keyPackage } = author.accepts("delivery-service.appear", appearing)
    const { events, send } = author.accepts("delivery-service.propose", { on, proposing: { type: "add", keyPackage } })
    if (other !== undefined) receive(author, other, on, send[0]!.message)
    return events.flatMap((event) => (event.type === "proposal" ? [event.ref] : []))
  })

/** How many bytes the encodings of the proposals of a message have; a DECISION has those of its DECIDE too. */
const lengthOf = (author: Author, digest: string): number => {
  const message = said(author, digest)
  const proposals = message.type === "fetched" || message.type === "decision" ? message.proposals : []
  const decide = message.type === "decision" ? encodeWire(Decide, message.decide).length : 0
  return proposals.reduce((sum, proposal) => sum + encodeWire(Proposed, proposal).length, decide)
}

const proposalsIn = (author: Author, sent: ReadonlyArray<{ readonly message: string }>): ReadonlyArray<string> =>
  sent.flatMap(({ message }) => {
    const one = said(author, message)
    return one.type === "fetched" || one.type === "decision" ? one.proposals.map((proposal) => Hex.encode(proposal)) : []
  })

const typesOf = (author: Author, sent: ReadonlyArray<{ readonly message: string }>): string =>
  sent.map(({ message }) => said(author, message).type).join()

const parts = (): ReadonlyArray<Case> => [
  shows(
    "parts-of-proposals",
    "Proposals that fill a FETCHED message to its last byte, and one more: that one, and what is after it, follows in another",
    [clauses.parts, clauses.complete],
    (author) => {
      const world = after(author, [], ["A", "B"])
      // A proposal to add a user whose name has as many bytes as it may have.
      const first = proposes(author, "B", [64], "A")
      const [one] = receive(author, "A", "B", fetch(author, world, 1, first))
      const longest = lengthOf(author, one!.message)
      const count = Math.ceil(maximumPart / longest)
      const spare = count * longest - maximumPart
      // Names that are shorter by some bytes make the sum what fits.
      const others = Array.from({ length: count - 1 }, (_, index) => 64 - Math.floor((spare + index) / (count - 1)))
      const half = Math.floor(count / 2)
      const refs = [...first, ...proposes(author, "A", others.slice(0, half)), ...proposes(author, "B", others.slice(half), "A")]
      refs.push(...proposes(author, "A", [7]))
      const sent = receive(author, "A", "B", fetch(author, world, 1, refs))
      author.claim(typesOf(author, sent) === "fetched,fetched", "two messages")
      author.claim(lengthOf(author, sent[0]!.message) === maximumPart, "the first one is full")
      author.claim(proposalsIn(author, sent).length === count + 1, "all of them, once each")
      const rest = receive(author, "A", "B", fetch(author, world, 1, refs.slice(0, -1)))
      author.claim(typesOf(author, rest) === "fetched" && lengthOf(author, rest[0]!.message) === maximumPart, "those that fit")
    },
  ),
  shows(
    "parts-of-three",
    "Proposals that fill two FETCHED messages to their last bytes, and one more: that one follows in a third",
    [clauses.parts],
    (author) => {
      const world = after(author, [])
      const first = proposes(author, "A", [64])
      const [one] = receive(author, "A", "B", fetch(author, world, 1, first))
      const longest = lengthOf(author, one!.message)
      const count = Math.ceil(maximumPart / longest)
      const spare = count * longest - maximumPart
      const others = Array.from({ length: count - 1 }, (_, index) => 64 - Math.floor((spare + index) / (count - 1)))
      const refs = [...first]
      // Nobody may propose as many as there are.
      const half = Math.floor(count / 2)
      refs.push(...proposes(author, "A", others.slice(0, half), undefined, "x"), ...proposes(author, "B", others.slice(half), "A"))
      const more = [64, ...others, 7]
      refs.push(...proposes(author, "C", more.slice(0, half), "A"), ...proposes(author, "D", more.slice(half), "A"))
      const sent = receive(author, "A", "B", fetch(author, world, 1, refs))
      const lengths = sent.map(({ message }) => lengthOf(author, message))
      author.claim(typesOf(author, sent) === "fetched,fetched,fetched", "three messages")
      author.claim(lengths[0] === maximumPart && lengths[1] === maximumPart, "the first two are full")
      author.claim(proposalsIn(author, sent).length === 2 * count + 1, "all of them, once each")
    },
  ),
  shows(
    "parts-of-a-decision",
    "A DECISION has the proposals for which there is room after its DECIDE; a FETCHED message with the others follows it",
    [clauses.parts, clauses["answers-past"]],
    (author) => {
      const world = after(author, [], ["A"])
      const refs = proposes(
        author,
        "A",
        Array.from({ length: 64 }, () => 64),
      )
      author.accepts("delivery-service.commit", { on: "A", references: refs })
      const sent = receive(author, "A", "A", fetch(author, world, 1)).slice(0, 3)
      author.claim(typesOf(author, sent).startsWith("decision,fetched"), "a DECISION, and a FETCHED message")
      const [first, second] = sent.map(({ message }) => lengthOf(author, message))
      const named = proposalsIn(author, sent)
      author.claim(named.length === 64 && new Set(named).size === 64, "all of them, once each")
      const next = encodeWire(Proposed, Uint8Array.from(Buffer.from(proposalsIn(author, sent.slice(1))[0]!, "hex"))).length
      author.claim(first! <= maximumPart && first! + next > maximumPart && second! <= maximumPart, "there was no room for one more")
    },
  ),
]

export default caseFile({ part: "delivery-service", chapter: "delivery-service-parts", layer: "delivery-service", flags: {} }, () =>
  parts().map(withoutTraces),
)
