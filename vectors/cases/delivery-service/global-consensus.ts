import { clauses as cooperation } from "../../../spec/delivery-service/cooperation.ts"
import { clauses } from "../../../spec/delivery-service/global-consensus.ts"
import { aCase, caseFile, fork, twins } from "../author.ts"
import { consensusMessagesOf, type Message, other, value } from "./consensus-messages.ts"
import { electorateOf, secretKeyOf } from "./cooperation-voters.ts"

// Epoch 8 of four voters: alice proposes in round 0, bob in round 1.
const electorate = electorateOf(4, 1, { epoch: 8 })
const { proposal, vote, opened, receive, own, prevotes, precommits, decisive } = consensusMessagesOf(electorate)

const rounds = () => [
  aCase(
    "global-consensus/one-round",
    { title: "A proposal, prevotes, precommits: decided in round 0", clauses: [clauses.lock, clauses["prevote-valid"]] },
    (author) => {
      for (const round of [0, 1, 2, 3, 4]) author.gives("global-consensus.proposer", { electorate, round }, { proposer: round % 4 })
      author.claim(own("alice", opened(author, "alice", value)) === "proposal one,prevote one", "the proposer")
      const entered = opened(author, "dave", value)
      author.claim(entered.timers.length === 1 && entered.send.length === 0, "others wait for it")
      author.claim(own("dave", receive(author, "dave", proposal("alice", 0, value))) === "prevote one", "prevoted")
      receive(author, "dave", ...prevotes(0, value, "alice"))
      author.claim(own("dave", receive(author, "dave", ...prevotes(0, value, "bob"))) === "precommit one", "locked and precommitted")
      const { decision } = receive(author, "dave", ...precommits(0, value, "alice", "bob"))
      author.claim(decision?.ref === value && decision.votes.length === 3, "decided")
      author.gives("global-consensus.verify", { electorate, decision: decision! }, {})
    },
  ),
  aCase(
    "global-consensus/silent-proposer",
    { title: "A proposer that is away: prevote nothing, precommit nothing, next round", clauses: [clauses["later-round"]] },
    (author) => {
      opened(author, "dave", value)
      author.claim(
        own("dave", author.accepts("global-consensus.timeout", { on: "dave", kind: 1, round: 0 })) === "prevote nothing",
        "after its time",
      )
      author.claim(own("dave", receive(author, "dave", ...prevotes(0, null, "bob", "carol"))) === "precommit nothing", "by a quorum")
      const waiting = receive(author, "dave", ...precommits(0, null, "bob", "carol"))
      author.claim(
        waiting.timers.some(({ kind }) => kind === 3),
        "a quorum of precommits",
      )
      const next = author.accepts("global-consensus.timeout", { on: "dave", kind: 3, round: 0 })
      author.claim(next.round === 1 && next.step === 1, "round 1")
      author.claim(own("dave", receive(author, "dave", proposal("bob", 1, value))) === "prevote one", "goes on")
    },
  ),
  aCase(
    "global-consensus/locked",
    { title: "Who precommitted one value prevotes no other, unless a later round did", clauses: [clauses.lock, clauses["prevote-valid"]] },
    (author) => {
      opened(author, "dave", value, other)
      receive(author, "dave", proposal("alice", 0, value))
      receive(author, "dave", ...prevotes(0, value, "alice", "bob"))
      author.accepts("global-consensus.timeout", { on: "dave", kind: 3, round: 0 })
      author.claim(own("dave", receive(author, "dave", proposal("bob", 1, other))) === "prevote nothing", "locked on the other")
      receive(author, "dave", ...prevotes(1, other, "alice", "bob", "carol"))
      author.accepts("global-consensus.timeout", { on: "dave", kind: 3, round: 1 })
      const unlocked = receive(author, "dave", proposal("carol", 2, other, 1))
      author.claim(own("dave", unlocked) === "prevote two", "round 1 prevoted it")
    },
  ),
  aCase(
    "global-consensus/proposes-valid",
    { title: "A proposer proposes what was last prevoted by a quorum", clauses: [clauses.lock] },
    (author) => {
      opened(author, "bob", other, value)
      receive(author, "bob", proposal("alice", 0, value))
      receive(author, "bob", ...prevotes(0, value, "alice", "carol"))
      const next = author.accepts("global-consensus.timeout", { on: "bob", kind: 3, round: 0 })
      const sent = next.send.find(({ type }) => type === "proposal")
      author.claim(sent?.type === "proposal" && sent.ref === value && sent.validRound === 0, "with its round")
      author.claim(own("bob", next) === "proposal one,prevote one", "and prevotes it")
    },
  ),
  aCase(
    "global-consensus/not-admissible",
    { title: "What is not known to be admissible is not prevoted", clauses: [clauses["prevote-valid"]] },
    (author) => {
      opened(author, "dave", value)
      author.claim(own("dave", receive(author, "dave", proposal("alice", 0, other))) === "", "waits")
      author.claim(own("dave", author.accepts("global-consensus.admit", { on: "dave", ref: other })) === "prevote two", "until it is")
    },
  ),
  aCase("global-consensus/later-round", { title: "Two voters in round 3: there we go", clauses: [clauses["later-round"]] }, (author) => {
    opened(author, "alice", value)
    author.claim(receive(author, "alice", ...prevotes(3, null, "bob")).round === 0, "one is not enough")
    author.claim(receive(author, "alice", ...precommits(3, null, "carol")).round === 3, "t + 1 are")
  }),
  aCase("global-consensus/sends-on", { title: "What is held for the first time is sent on", clauses: [clauses["sends-on"]] }, (author) => {
    opened(author, "dave", value)
    const [message] = prevotes(0, value, "bob")
    author.claim(receive(author, "dave", message!).send.length === 1, "sent on")
    author.claim(receive(author, "dave", message!).send.length === 0, "once")
  }),
  aCase(
    "global-consensus/outside",
    { title: "Messages are held before the first admissible value is known", clauses: [clauses["prevote-valid"]] },
    (author) => {
      opened(author, "dave")
      receive(author, "dave", proposal("alice", 0, value), ...prevotes(0, value, "alice", "bob", "carol"))
      const { decision } = receive(author, "dave", ...precommits(0, value, "alice", "bob", "carol"))
      author.claim(decision === null, "outside")
      author.claim(author.accepts("global-consensus.admit", { on: "dave", ref: value }).decision?.ref === value, "then decided at once")
    },
  ),
]

const checks = () => [
  ...twins("global-consensus/electorate", cooperation.electorate, "Four voters, all of whom may be faulty", () => {
    const opening = { on: "alice", electorate: electorateOf(4, 1), me: 0, secretKey: secretKeyOf("alice") }
    return fork("global-consensus.open", opening, { electorate: electorateOf(4, 4) })
  }),
  ...twins("global-consensus/epoch", clauses.epoch, "A vote of another epoch", (author) => {
    opened(author, "dave", value)
    const right = vote("bob", "prevote", 0, value)
    return fork("global-consensus.receive", { on: "dave", message: right }, { message: { ...right, epoch: 7 } as Message })
  }),
  ...twins("global-consensus/signature", clauses.signature, "A vote for another value than was signed", (author) => {
    opened(author, "dave", value)
    return fork(
      "global-consensus.receive",
      { on: "dave", message: vote("bob", "prevote", 0, value) },
      { message: vote("bob", "prevote", 0, value, { ref: other }) },
    )
  }),
  ...twins("global-consensus/signature-kind", clauses.signature, "A PREVOTE that says it is a PRECOMMIT", (author) => {
    opened(author, "dave", value)
    return fork(
      "global-consensus.receive",
      { on: "dave", message: vote("bob", "prevote", 0, value) },
      { message: vote("bob", "prevote", 0, value, { type: "precommit" } as Partial<Message>) },
    )
  }),
  ...twins("global-consensus/signature-proposal", clauses.signature, "A PROPOSAL with another valid round than was signed", (author) => {
    opened(author, "dave", value)
    return fork(
      "global-consensus.receive",
      { on: "dave", message: proposal("bob", 1, value) },
      { message: proposal("bob", 1, value, null, { validRound: 0 } as Partial<Message>) },
    )
  }),
  ...twins("global-consensus/proposer", clauses.proposer, "A PROPOSAL by another than the proposer of the round", (author) => {
    opened(author, "dave", value)
    return fork("global-consensus.receive", { on: "dave", message: proposal("alice", 0, value) }, { message: proposal("bob", 0, value) })
  }),
  ...twins("global-consensus/earlier-round", clauses["earlier-round"], "A PROPOSAL whose valid round is its own", (author) => {
    opened(author, "dave", value)
    return fork(
      "global-consensus.receive",
      { on: "dave", message: proposal("bob", 1, value, 0) },
      { message: proposal("bob", 1, value, 1) },
    )
  }),
  ...(
    [
      ["two", "Two PRECOMMITs", clauses["decision-quorum"], (votes: ReadonlyArray<{ voter: number; signature: string }>) => votes.slice(1)],
      [
        "repeated",
        "One PRECOMMIT three times",
        clauses["decision-quorum"],
        (votes: ReadonlyArray<{ voter: number; signature: string }>) => [votes[0]!, votes[0]!, votes[0]!],
      ],
      [
        "foreign",
        "A PRECOMMIT by no voter",
        clauses.signature,
        (votes: ReadonlyArray<{ voter: number; signature: string }>) => [...votes.slice(1), { ...votes[0]!, voter: 9 }],
      ],
    ] as const
  ).flatMap(([name, title, clause, change]) =>
    twins(`global-consensus/decision-${name}`, clause, title, () => {
      const votes = decisive(0, value, "alice", "bob", "carol")
      const decision = { ref: value, round: 0, votes }
      return fork("global-consensus.verify", { electorate, decision }, { decision: { ...decision, votes: change(votes) } })
    }),
  ),
  ...twins("global-consensus/decision-round", clauses.signature, "PRECOMMITs of another round", () => {
    const votes = decisive(0, value, "alice", "bob", "carol")
    const decision = { ref: value, round: 0, votes }
    return fork("global-consensus.verify", { electorate, decision }, { decision: { ...decision, round: 1 } })
  }),
]

/** The layer "global-consensus". */
export default caseFile({ part: "delivery-service", chapter: "global-consensus", layer: "global-consensus", flags: {} }, () => [
  ...rounds(),
  ...checks(),
])
