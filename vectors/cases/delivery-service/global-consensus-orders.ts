/** The layer "global-consensus": which of two faults is refused, where a later round begins, and what is done after the decision. */
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses as cooperation } from "../../../spec/delivery-service/cooperation.ts"
import { clauses } from "../../../spec/delivery-service/global-consensus.ts"
import { aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { consensusMessagesOf, value } from "./consensus-messages.ts"
import { electorateOf } from "./cooperation-voters.ts"

// Epoch 8 of four voters: alice proposes in round 0, bob in round 1.
const electorate = electorateOf(4, 1, { epoch: 8 })
const { proposal, opened, receive, prevotes, precommits, decisive } = consensusMessagesOf(electorate)

const refusals = (): ReadonlyArray<Case> => [
  ...twins(
    "global-consensus/proposer-first",
    clauses.proposer,
    "A PROPOSAL by another than the proposer of its round, which is its valid round, too: the proposer comes first",
    (author) => {
      opened(author, "dave", value)
      const right = { on: "dave", message: proposal("alice", 0, value) }
      return fork("global-consensus.receive", right, { message: proposal("bob", 0, value, 0) })
    },
    [verdicts["order-of-checks"]],
  ),
  ...twins("global-consensus/decision-electorate", cooperation.electorate, "A decision of four voters, all of whom may be faulty", () => {
    const decision = { ref: value, round: 0, votes: decisive(0, value, "alice", "bob", "carol") }
    return fork("global-consensus.verify", { electorate, decision }, { electorate: { ...electorate, faults: 4 } })
  }),
]

const ends = (): ReadonlyArray<Case> => [
  aCase(
    "global-consensus/timers-after-decision",
    { title: "dave has decided: the end of a timer changes nothing", clauses: [clauses.agreement] },
    (author) => {
      opened(author, "dave", value)
      const { decision, step } = receive(author, "dave", ...precommits(0, value, "alice", "bob", "carol"))
      author.claim(decision?.ref === value && step === 1, "without a PROPOSAL")
      const nothing = { send: [], timers: [], round: 0, step, decision }
      for (const kind of [1, 2, 3]) author.gives("global-consensus.timeout", { on: "dave", kind, round: 0 }, nothing)
    },
  ),
]

const noTimer = (): Case =>
  aCase(
    "global-consensus/timeout-of-no-step",
    { title: "A timer with the number 0, which is that of no timer, ends: nothing changes", clauses: [clauses["later-round"]] },
    (author) => {
      const { round, step } = opened(author, "dave", value)
      author.gives("global-consensus.timeout", { on: "dave", kind: 0, round }, { send: [], timers: [], round, step, decision: null })
    },
  )

const laterRounds = (): ReadonlyArray<Case> => [
  aCase(
    "global-consensus/later-proposal",
    {
      title: "Of round 2 only the PROPOSAL is held, and bob, who is exposed, counts beside its proposer: there we go",
      clauses: [clauses["later-round"], clauses.exposed],
    },
    (author) => {
      opened(author, "dave", value)
      receive(author, "dave", ...prevotes(0, null, "bob"), ...prevotes(0, value, "bob"))
      const { round, step } = receive(author, "dave", proposal("carol", 2, value))
      author.claim(round === 2 && step === 2, "dave prevotes in round 2")
    },
  ),
  aCase(
    "global-consensus/later-round-first",
    {
      title:
        "Before dave enters, he holds the PROPOSAL of round 0 and two votes of round 2: he goes there, and prevotes nothing in round 0",
      clauses: [clauses["later-round"]],
    },
    (author) => {
      opened(author, "dave")
      receive(author, "dave", proposal("alice", 0, value), ...precommits(2, null, "alice", "bob"))
      const { send, round, step } = author.accepts("global-consensus.admit", { on: "dave", ref: value })
      author.claim(send.length === 0 && round === 2 && step === 1, "he waits for the PROPOSAL of round 2")
    },
  ),
]

/** The layer "global-consensus". */
export default caseFile({ part: "delivery-service", chapter: "global-consensus-orders", layer: "global-consensus", flags: {} }, () => [
  ...refusals(),
  ...laterRounds(),
  ...ends(),
  noTimer(),
])
