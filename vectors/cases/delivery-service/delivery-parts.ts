/** The layer "delivery-service": proposals that have no room in one message. */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { headOf } from "../../../reference/delivery-service/cascade/values.ts"
import { signCommit } from "../../../reference/delivery-service/cascade.ts"
import { signedBytes } from "../../../reference/delivery-service/cooperation/settle.ts"
import { processOf, runAs, type World } from "../../../reference/delivery-service/simulation/world.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { Decide } from "../../../spec/delivery-service/cascade.ts"
import { clauses } from "../../../spec/delivery-service/delivery-service.ts"
import { Proposed } from "../../../spec/delivery-service/murmur.ts"
import { type Case, caseFile, withoutTraces } from "../author.ts"
import { receive, said, shows } from "./delivery-edges.ts"
import { additionsOf } from "./delivery-questions.ts"
import { after, hexOfMessage, put } from "./scenario-case.ts"
import { referenceOf } from "./tree.ts"

const refsOf = (proposals: ReadonlyArray<Uint8Array>): ReadonlyArray<string> => proposals.map((one) => referenceOf(Hex.encode(one))).sort()

const lengthOf = (proposals: ReadonlyArray<Uint8Array>): number => proposals.reduce((sum, one) => sum + encodeWire(Proposed, one).length, 0)

/** A DECIDE of epoch 1, with statements of B, C and D, of a commit that names these proposals, and is none. */
const decideOf = (world: World, proposals: ReadonlyArray<string>): Decide => {
  const { state, seed } = processOf(world, "D")
  const { cascade, tree } = state!
  const value = { author: tree.me, proposals, commit: Uint8Array.of(1, 2, 3), welcome: null }
  const named = Result.getOrThrow(runAs(world, seed, signCommit(cascade.electorate, tree.signingSecretKey, value)))
  const { group, epoch } = cascade.electorate
  const certificate = ["B", "C", "D"].map((user) => {
    const { me, signingSecretKey } = processOf(world, user).state!.tree
    return (["witness", "ready"] as const).map((type, seq) => {
      const statement = { type, signer: me, seq, ref: named.ref }
      return { ...statement, signature: world.primitives.ed25519Sign(signingSecretKey, signedBytes(cascade.first, statement)) }
    })
  })
  return {
    ...{ type: "decide", group, epoch, refs: [named.ref], commit: value.commit, welcome: null },
    heads: [Result.getOrThrow(runAs(world, seed, headOf(named.value)))],
    evidence: { type: "unique-commit", certificate },
  }
}

/** As many bytes as a message has room for, in more than one proposal. */
const room = 32_768

/** Proposals for which there is just room beside the DECIDE, as many as just fill another message, and the DECIDE, which names all of them. */
const decidedWith = (world: World) => {
  const others = additionsOf(world, room, 128)
  for (let length = room; ; ) {
    const first = additionsOf(world, length)
    const decide = decideOf(world, refsOf([...first, ...others]))
    const over = encodeWire(Decide, decide).length + lengthOf(first) - room
    if (over === 0) return { first, others, decide }
    length -= over
  }
}

const decisions = (): ReadonlyArray<Case> => [
  shows(
    "decision-in-two",
    "A is given a DECISION with many proposals: it passes it on with those for which there is just room, and the others in a FETCHED, which they just fill",
    [clauses.complete, clauses.size],
    (author) => {
      const world = after(author, [])
      const { first, others, decide } = decidedWith(world)
      author.claim(lengthOf(others) === room, "the others fill a message")
      const proposals = [...first, ...others]
      const sent = receive(author, "A", "B", put(author, hexOfMessage({ type: "decision", decide, proposals })))
      // Each proposal goes to three others first.
      const parts = sent.slice(3 * proposals.length).map(({ message }) => said(author, message))
      const counts = parts.map((one) => (one.type === "decision" || one.type === "fetched" ? [one.type, one.proposals.length] : [one.type]))
      author.claim(counts.join() === ["decision", first.length, "fetched", others.length].join(), `in two parts, not ${counts.join()}`)
    },
  ),
]

/** The layer "delivery-service". */
export default caseFile({ part: "delivery-service", chapter: "delivery-parts", layer: "delivery-service", flags: {} }, () =>
  decisions().map(withoutTraces),
)
