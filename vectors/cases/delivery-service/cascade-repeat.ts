/** The layer "delivery-service": what a member repeats of global consensus, and in which order. */
import { Result } from "effect"
import { setRef } from "../../../reference/delivery-service/cascade.ts"
import { signedBytes } from "../../../reference/delivery-service/cooperation/settle.ts"
import { coveredBy } from "../../../reference/delivery-service/global-consensus.ts"
import { processOf, runAs, type World } from "../../../reference/delivery-service/simulation/world.ts"
import type { Statement } from "../../../spec/delivery-service/cooperation.ts"
import { clauses, type DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import type { Proposal, Vote } from "../../../spec/delivery-service/global-consensus.ts"
import { type Case, caseFile, withoutTraces } from "../author.ts"
import { named } from "./cooperation-voters.ts"
import { fetch, receive, said, shows } from "./delivery-edges.ts"
import { after, hexOfMessage, put } from "./scenario-case.ts"

/** What the voters on the leaves of a world sign in its epoch. */
const signersOf = (world: World) => {
  const { state, seed } = processOf(world, "A")
  const { electorate, first: one, second: two } = state!.cascade
  const head = { group: world.group, epoch: electorate.epoch }
  const userOn = (leaf: number): string => state!.tree.members.find((member) => member.leaf === leaf)!.user
  const sign = (leaf: number, covered: Uint8Array) =>
    world.primitives.ed25519Sign(processOf(world, userOn(leaf)).state!.tree.signingSecretKey, covered)

  /** READYs of three of the four, which are a certificate. */
  const certificate = (instance: 1 | 2, ref: string): ReadonlyArray<ReadonlyArray<Statement>> =>
    [1, 2, 3].map((signer) => {
      const unsigned = { type: "ready", signer, seq: 0, ref } as const
      return [{ ...unsigned, signature: sign(signer, signedBytes(instance === 1 ? one : two, unsigned)) }]
    })

  /** A PROPOSAL of a set of one commit, which nobody has. */
  const proposal = (proposer: number, round: number): DeliveryMessage => {
    const commit = named("commit")
    const ref = Result.getOrThrow(runAs(world, seed, setRef(electorate, [commit])))
    const content = { ...head, round, proposer, ref, validRound: null }
    const unsigned: Omit<Proposal, "signature"> = { type: "proposal", ...content }
    const signature = sign(proposer, coveredBy(unsigned as Proposal))
    const set = { commits: [{ ref: commit, certificate: certificate(1, commit) }] }
    return { type: "agreement", message: { type: "set-proposal", ...content, signature, set, certificate: certificate(2, ref) } }
  }

  /** A vote for nothing. */
  const vote = (voter: number, type: Vote["type"], round: number): DeliveryMessage => {
    const unsigned: Omit<Vote, "signature"> = { type, ...head, round, voter, ref: null }
    return { type: "agreement", message: { ...unsigned, signature: sign(voter, coveredBy(unsigned as Vote)) } as Vote }
  }
  return { userOn, proposal, vote }
}

/** A PROPOSAL or vote, as "set-proposal 1 by 2". */
const nameOf = (message: DeliveryMessage): string => {
  if (message.type !== "agreement") return message.type
  const { message: sent } = message
  if (sent.type === "set-proposal") return `proposal ${sent.round} by ${sent.proposer}`
  return sent.type === "prevote" || sent.type === "precommit" ? `${sent.type} ${sent.round} by ${sent.voter}` : sent.type
}

const repeats = (): ReadonlyArray<Case> => [
  shows(
    "repeats-votes-in-order",
    "A holds the PROPOSALs of rounds 1 and 0, its own of round 3 and votes: it repeats PROPOSALs and then votes, each as they came",
    [clauses["sends-again"]],
    (author) => {
      const world = after(author, [])
      const { userOn, proposal, vote } = signersOf(world)
      // A is on leaf 0. In epoch 1 leaf 1 proposes in round 0, leaf 2 in round 1, and A in round 3.
      const heard = [
        [2, proposal(2, 1)],
        [1, proposal(1, 0)],
        [3, vote(3, "prevote", 0)],
        [1, vote(1, "prevote", 0)],
        [2, vote(2, "precommit", 3)],
        [1, vote(1, "precommit", 3)],
      ] as const
      for (const [from, message] of heard) receive(author, "A", userOn(from), put(author, hexOfMessage(message)))
      const sent = receive(author, "A", userOn(3), fetch(author, world, 1)).map(({ message }) => nameOf(said(author, message)))
      const votes = ["prevote 0 by 0", "prevote 0 by 3", "prevote 0 by 1", "precommit 3 by 2", "precommit 3 by 1", "prevote 3 by 0"]
      author.claim(sent.join() === ["proposal 1 by 2", "proposal 0 by 1", "proposal 3 by 0", ...votes].join(), sent.join())
    },
  ),
]

/** The layer "delivery-service". */
export default caseFile({ part: "delivery-service", chapter: "cascade-repeat", layer: "delivery-service", flags: {} }, () =>
  repeats().map(withoutTraces),
)
