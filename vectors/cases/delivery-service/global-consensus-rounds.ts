/** The layer "global-consensus": each condition of the rules by itself, and electorates whose quorums differ. */
import { clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses } from "../../../spec/delivery-service/global-consensus.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { consensusMessagesOf, type Message, other, value } from "./consensus-messages.ts"
import { electorateOf, secretKeyOf } from "./cooperation-voters.ts"

// Epoch 8 of four voters: alice proposes in round 0, bob in round 1, carol in round 2.
const electorate = electorateOf(4, 1, { epoch: 8 })
const { proposal, vote, opened, receive, own, prevotes, precommits, decisive } = consensusMessagesOf(electorate)

const shows = (id: string, title: string, about: ReadonlyArray<(typeof clauses)[keyof typeof clauses]>, write: (author: Author) => void) =>
  aCase(`global-consensus/${id}`, { title, clauses: about }, write)

const over = (author: Author, kind: number, round: number) => author.accepts("global-consensus.timeout", { on: "dave", kind, round })

/** dave comes to `round` by the votes of others for nothing in the round before. */
const comesTo = (author: Author, round: number) => receive(author, "dave", ...precommits(round, null, "alice", "bob"))

/** dave is locked on the first value since round 1, and comes to round 3. */
const locked = (author: Author) => {
  opened(author, "dave", value, other)
  comesTo(author, 1)
  receive(author, "dave", proposal("bob", 1, value))
  const output = receive(author, "dave", ...prevotes(1, value, "alice", "bob"))
  author.claim(own("dave", output) === "precommit one", "locked in round 1")
  comesTo(author, 3)
}

/** In round 3 dave, locked since round 1, has this PROPOSAL by itself (dave proposes in round 3, so alice in round 4). */
const proposed = (author: Author, ref: string, validRound: number, quorum: ReadonlyArray<Message>): string => {
  comesTo(author, 4)
  receive(author, "dave", ...quorum)
  return own("dave", receive(author, "dave", proposal("alice", 4, ref, validRound)))
}

const validRounds = (): ReadonlyArray<Case> => [
  shows("valid-before", "Locked after the valid round on another value: nothing is prevoted", [clauses["prevote-valid"]], (author) => {
    locked(author)
    author.claim(proposed(author, other, 0, prevotes(0, other, "alice", "bob", "carol")) === "prevote nothing", "not it")
  }),
  shows(
    "valid-same",
    "Locked in the valid round itself on another value, for which alice and bob are exposed: it is prevoted",
    [clauses["prevote-valid"], clauses.exposed],
    (author) => {
      locked(author)
      const said = proposed(author, other, 1, prevotes(1, other, "alice", "bob", "carol"))
      author.claim(said === "prevote two,precommit two", "it, and with the exposed a quorum is there")
    },
  ),
  shows("valid-after", "Locked before the valid round on another value: it is prevoted", [clauses["prevote-valid"]], (author) => {
    locked(author)
    author.claim(proposed(author, other, 2, prevotes(2, other, "alice", "bob", "carol")) === "prevote two", "it")
  }),
  shows("valid-own-lock", "Locked after the valid round on the value itself: it is prevoted", [clauses["prevote-valid"]], (author) => {
    locked(author)
    author.claim(proposed(author, value, 0, prevotes(0, value, "alice", "bob", "carol")) === "prevote one", "it")
  }),
  shows("valid-unlocked", "Not locked on anything: it is prevoted", [clauses["prevote-valid"]], (author) => {
    opened(author, "dave", value, other)
    author.claim(proposed(author, other, 0, prevotes(0, other, "alice", "bob", "carol")) === "prevote two", "it")
  }),
  shows(
    "valid-quorum",
    "A PROPOSAL whose valid round has two PREVOTEs waits for the third, which counts whatever else its voter has said",
    [clauses["prevote-valid"]],
    (author) => {
      opened(author, "dave", value, other)
      receive(author, "dave", ...prevotes(0, null, "carol"))
      author.claim(proposed(author, other, 0, prevotes(0, other, "alice", "bob")) === "", "waits")
      author.claim(own("dave", receive(author, "dave", ...prevotes(0, other, "carol"))) === "prevote two", "three")
    },
  ),
  shows(
    "valid-not-admissible",
    "A PROPOSAL with a valid round waits for its value to be admissible, locked or not",
    [clauses["prevote-valid"]],
    (author) => {
      opened(author, "dave", value)
      author.claim(proposed(author, other, 0, prevotes(0, other, "alice", "bob", "carol")) === "", "waits")
      author.claim(own("dave", author.accepts("global-consensus.admit", { on: "dave", ref: other })) === "prevote two", "now")
    },
  ),
  shows(
    "locked-not-admissible",
    "Locked, a PROPOSAL of what is not admissible is waited with as well",
    [clauses["prevote-valid"]],
    (author) => {
      opened(author, "dave", value)
      receive(author, "dave", proposal("alice", 0, value))
      receive(author, "dave", ...prevotes(0, value, "alice", "bob"))
      comesTo(author, 1)
      author.claim(own("dave", receive(author, "dave", proposal("bob", 1, other))) === "", "waits")
      author.claim(own("dave", author.accepts("global-consensus.admit", { on: "dave", ref: other })) === "prevote nothing", "then nothing")
    },
  ),
]

const exposure = (): ReadonlyArray<Case> => [
  shows(
    "flood",
    "carol prevotes three things in one round: dave, who drops the third, counts her for it all the same",
    [clauses.exposed, clauses["sends-on"]],
    (author) => {
      opened(author, "dave", value)
      receive(author, "dave", proposal("alice", 0, value), ...prevotes(0, other, "carol"), ...prevotes(0, null, "carol"))
      author.claim(receive(author, "dave", ...prevotes(0, value, "carol")).send.length === 0, "not held, and not sent on")
      author.claim(own("dave", receive(author, "dave", ...prevotes(0, value, "bob"))) === "precommit one", "bob, dave and carol")
    },
  ),
  shows(
    "exposed",
    "A voter that has prevoted two things counts for each, in each round, but not in a decision",
    [clauses.exposed, clauses.lock, clauses["later-round"]],
    (author) => {
      opened(author, "dave", value)
      receive(author, "dave", proposal("alice", 0, value), ...prevotes(3, null, "carol"), ...prevotes(3, other, "carol"))
      const locks = receive(author, "dave", ...prevotes(0, value, "bob"))
      author.claim(own("dave", locks) === "precommit one", "bob, dave and carol have prevoted it in round 0")
      author.claim(receive(author, "dave", ...precommits(0, value, "bob")).decision === null, "two PRECOMMITs are held")
      author.claim(receive(author, "dave", ...prevotes(1, null, "bob")).round === 1, "bob and carol are in round 1")
      const { decision } = receive(author, "dave", ...precommits(0, value, "carol"))
      author.claim(decision?.votes.map(({ voter }) => voter).join() === "1,2,3", "what carol signs still counts")
    },
  ),
  shows(
    "exposed-nothing",
    "A voter that is exposed has prevoted nothing, too, and what a valid round needs",
    [clauses.exposed, clauses["prevote-valid"]],
    (author) => {
      opened(author, "dave", value, other)
      receive(author, "dave", ...prevotes(3, null, "carol"), ...prevotes(3, other, "carol"))
      over(author, 1, 0)
      author.claim(own("dave", receive(author, "dave", ...prevotes(0, null, "bob"))) === "precommit nothing", "bob, dave and carol")
      opened(author, "dave", value, other)
      receive(author, "dave", ...prevotes(3, null, "carol"), ...prevotes(3, other, "carol"))
      receive(author, "dave", ...prevotes(0, value, "alice", "bob"), ...precommits(1, null, "alice"))
      author.claim(own("dave", receive(author, "dave", proposal("bob", 1, value, 0))) === "prevote one", "alice, bob and carol in round 0")
    },
  ),
  shows("last-round", "After round 511 there is no other", [clauses["later-round"]], (author) => {
    opened(author, "dave", value)
    author.claim(comesTo(author, 511).round === 511, "it can be reached, and dave proposes")
    author.gives(
      "global-consensus.timeout",
      { on: "dave", kind: 3, round: 511 },
      { send: [], timers: [], round: 511, step: 2, decision: null },
    )
    const { decision } = receive(author, "dave", ...precommits(511, value, "alice", "bob", "carol"))
    author.claim(decision?.round === 511, "and decide")
  }),
  ...twins("global-consensus/encoding-round", encoding.shape, "A vote of round 512", (author) => {
    const { bytes } = author.accepts("agreement.encode", { type: "vote", value: vote("bob", "prevote", 511, value) as never })
    return fork("agreement.decode", { type: "vote", bytes }, { bytes: bytes.replace("1901ff", "190200") })
  }),
]

const conditions = (): ReadonlyArray<Case> => [
  shows(
    "lowest-round",
    "PRECOMMITs of what is not admissible come, by quorums of rounds 0 and 1, in this order and the other: when it is admissible, round 0 decides",
    [clauses.lock],
    (author) => {
      for (const rounds of [
        [0, 1],
        [1, 0],
      ]) {
        opened(author, "dave", value)
        for (const round of rounds) receive(author, "dave", ...precommits(round, other, "alice", "bob", "carol"))
        const { decision } = author.accepts("global-consensus.admit", { on: "dave", ref: other })
        author.claim(decision?.round === 0, "the lowest round")
      }
    },
  ),
  shows(
    "unheard-rounds",
    "Of three voters, of whom none should be faulty, bob is exposed: carol goes to no round of which she holds nothing",
    [clauses.exposed, clauses["later-round"]],
    (author) => {
      const three = consensusMessagesOf(electorateOf(3, 0))
      three.opened(author, "carol", value)
      const { round } = three.receive(author, "carol", ...three.prevotes(0, other, "bob"), ...three.prevotes(0, null, "bob"))
      author.claim(round === 0, "round 0")
    },
  ),
  shows(
    "inadmissible-quorum",
    "Quorums of what is not admissible neither lock nor decide, until it is",
    [clauses["prevote-valid"], clauses.lock],
    (author) => {
      opened(author, "dave", value)
      author.claim(own("dave", over(author, 1, 0)) === "prevote nothing", "the step is prevote")
      author.claim(own("dave", receive(author, "dave", ...prevotes(0, other, "alice", "bob", "carol"))) === "", "no lock")
      const { decision } = receive(author, "dave", ...precommits(0, other, "alice", "bob", "carol"))
      author.claim(decision === null, "no decision")
      const after = author.accepts("global-consensus.admit", { on: "dave", ref: other })
      author.claim(after.decision?.ref === other && after.send.length === 0, "decided, before anything else")
    },
  ),
  shows(
    "nothing-to-propose",
    "A proposer that has nothing to propose begins the timer of the others",
    [clauses["prevote-valid"]],
    (author) => {
      opened(author, "dave")
      const { send, timers } = [0, 1, 2].map((round) => over(author, 3, round)).at(-1)!
      author.claim(send.length === 0, "no PROPOSAL")
      author.claim(
        timers.some(({ kind, round }) => kind === 1 && round === 3),
        "the timer propose/3",
      )
    },
  ),
  shows("second-vote", "Votes of one voter that differ all count", [clauses.lock], (author) => {
    opened(author, "dave", value)
    receive(author, "dave", proposal("alice", 0, value), ...prevotes(0, null, "alice", "bob"))
    const { send } = receive(author, "dave", ...prevotes(0, value, "alice"))
    author.claim(send.length === 1, "held, and sent on")
    author.claim(own("dave", receive(author, "dave", ...prevotes(0, value, "bob"))) === "precommit one", "a quorum with dave's")
  }),
  shows(
    "second-proposal",
    "A second PROPOSAL of a round is not held, nor sent on",
    [clauses["prevote-valid"], clauses["sends-on"]],
    (author) => {
      opened(author, "dave", value)
      author.claim(receive(author, "dave", proposal("alice", 0, other)).send.length === 1, "the first is sent on")
      author.claim(receive(author, "dave", proposal("alice", 0, value)).send.length === 0, "the second does nothing")
      author.claim(own("dave", author.accepts("global-consensus.admit", { on: "dave", ref: other })) === "prevote two", "the first counts")
    },
  ),
  shows("earlier-decision", "PRECOMMITs of a round that has passed decide", [clauses.agreement], (author) => {
    opened(author, "dave", value)
    comesTo(author, 2)
    const { decision } = receive(author, "dave", ...precommits(0, value, "alice", "bob", "carol"))
    author.claim(decision?.round === 0, "in round 0")
  }),
  shows("late-prevotes", "PREVOTEs that make a quorum after the PRECOMMIT are what is proposed next", [clauses.lock], (author) => {
    opened(author, "bob", other, value)
    author.accepts("global-consensus.timeout", { on: "bob", kind: 1, round: 0 })
    receive(author, "bob", ...prevotes(0, null, "carol"), ...prevotes(0, value, "alice"))
    author.claim(
      own("bob", author.accepts("global-consensus.timeout", { on: "bob", kind: 2, round: 0 })) === "precommit nothing",
      "in time",
    )
    receive(author, "bob", ...prevotes(0, value, "carol", "dave"))
    const { send } = author.accepts("global-consensus.timeout", { on: "bob", kind: 3, round: 0 })
    author.claim(own("bob", { send } as never) === "proposal one,prevote one", "not bob's own")
    const [sent] = send
    author.claim(sent?.type === "proposal" && sent.validRound === 0, "with the round")
  }),
  shows("own-value", "A proposer that nobody has prevoted anything for proposes what was admissible first", [clauses.lock], (author) => {
    opened(author, "bob", other, value)
    const { send } = author.accepts("global-consensus.timeout", { on: "bob", kind: 3, round: 0 })
    author.claim(own("bob", { send } as never) === "proposal two,prevote two", "its own value")
  }),
  shows("other-timers", "Timers of other rounds and of steps that have passed do nothing", [clauses["later-round"]], (author) => {
    opened(author, "dave", value)
    for (const [kind, round] of [
      [1, 1],
      [2, 0],
      [2, 1],
      [3, 1],
    ] as const)
      author.claim(over(author, kind, round).send.length === 0, "nothing")
    author.claim(own("dave", receive(author, "dave", proposal("alice", 0, value))) === "prevote one", "in round 0, step propose")
    author.claim(over(author, 1, 0).send.length === 0, "it has passed")
    author.claim(own("dave", over(author, 2, 0)) === "precommit nothing", "this one has not")
  }),
  shows("latest-round", "Of several later rounds the latest is started, that t + 1 voters are in", [clauses["later-round"]], (author) => {
    opened(author, "dave")
    receive(author, "dave", ...precommits(1, null, "alice", "bob"), ...prevotes(2, null, "alice", "bob"), ...prevotes(5, null, "alice"))
    receive(author, "dave", ...precommits(6, null, "bob"))
    author.claim(author.accepts("global-consensus.admit", { on: "dave", ref: value }).round === 2, "round 2: in 5 and 6 there is one each")
  }),
  shows("round-by-proposal", "A PROPOSAL counts like a vote for who is in a later round", [clauses["later-round"]], (author) => {
    opened(author, "dave", value)
    author.claim(receive(author, "dave", proposal("carol", 2, value)).round === 0, "one is not enough")
    const after = receive(author, "dave", ...prevotes(2, value, "alice"))
    author.claim(after.round === 2 && own("dave", after) === "prevote one", "two are")
  }),
  shows(
    "decides-before-it-starts",
    "Precommits of a later round are held before anything is admissible: with the value it decides, and goes to no other round",
    [clauses.agreement, clauses["later-round"]],
    (author) => {
      author.accepts("global-consensus.open", { on: "dave", electorate, me: 3, secretKey: secretKeyOf("dave") })
      receive(author, "dave", ...precommits(5, value, "alice", "bob", "carol"))
      const { decision, round, send } = author.accepts("global-consensus.admit", { on: "dave", ref: value })
      author.claim(decision?.round === 5 && round === 0 && send.length === 0, "decided in round 5, from round 0")
    },
  ),
  shows("any-order", "The votes of a decision may stand in any order", [clauses["decision-quorum"]], (author) => {
    const votes = decisive(2, value, "alice", "bob", "carol")
    author.gives("global-consensus.verify", { electorate, decision: { ref: value, round: 2, votes: votes.toReversed() } }, {})
  }),
  aCase("global-consensus/encoding", { title: "PROPOSALs and votes as bytes", clauses: [encoding.shape, encoding.canonical] }, (author) => {
    const messages = [
      proposal("alice", 0, value),
      proposal("bob", 5, value, 2),
      vote("bob", "prevote", 0, value),
      vote("bob", "precommit", 1, null),
    ]
    for (const value of messages) {
      const type = value.type === "proposal" ? "proposal" : "vote"
      const { bytes } = author.accepts("agreement.encode", { type, value: value as never })
      author.gives("agreement.decode", { type, bytes }, { value: value as never })
      author.refuses(encoding.shape, "agreement.decode", { type: type === "vote" ? "proposal" : "vote", bytes })
    }
  }),
  shows("all-precommits", "A decision has all PRECOMMITs that are held", [clauses["decision-quorum"]], (author) => {
    opened(author, "dave")
    receive(author, "dave", ...precommits(0, value, "alice", "bob", "carol", "dave"))
    const { decision } = author.accepts("global-consensus.admit", { on: "dave", ref: value })
    author.claim(decision?.votes.map(({ voter }) => voter).join() === "0,1,2,3", "four")
  }),
]

/** Five voters, one faulty: n − t is 4 and 2t + 1 is 3. In epoch 10 alice proposes in round 0. */
const five = consensusMessagesOf(electorateOf(5, 1, { epoch: 10 }))
/** Seven voters, two faulty, of which t + 1 is 3. In epoch 7 alice proposes in round 0. */
const seven = consensusMessagesOf(electorateOf(7, 2, { epoch: 7 }))

const sizes = (): ReadonlyArray<Case> => [
  shows("five", "Of five voters four make a quorum, and not three", [clauses.lock, clauses["decision-quorum"]], (author) => {
    five.opened(author, "dave", value)
    five.receive(author, "dave", five.proposal("alice", 0, value), ...five.prevotes(0, value, "alice"))
    author.claim(five.own("dave", five.receive(author, "dave", ...five.prevotes(0, value, "bob"))) === "", "three prevotes")
    author.claim(five.own("dave", five.receive(author, "dave", ...five.prevotes(0, value, "carol"))) === "precommit one", "four")
    author.claim(five.receive(author, "dave", ...five.precommits(0, value, "alice", "bob")).decision === null, "three precommits")
    author.claim(five.receive(author, "dave", ...five.precommits(0, value, "carol")).decision?.ref === value, "four")
  }),
  shows("five-nothing", "Of five voters four begin the timers, and give a round up", [clauses["later-round"]], (author) => {
    five.opened(author, "dave", value)
    author.accepts("global-consensus.timeout", { on: "dave", kind: 1, round: 0 })
    const three = five.receive(author, "dave", ...five.prevotes(0, null, "alice", "bob"))
    author.claim(three.timers.length === 0 && five.own("dave", three) === "", "three")
    const mixed = five.receive(author, "dave", ...five.prevotes(0, value, "carol"))
    author.claim(mixed.timers.length === 1 && five.own("dave", mixed) === "", "four have prevoted, not all nothing")
    author.claim(five.own("dave", five.receive(author, "dave", ...five.prevotes(0, null, "carol"))) === "precommit nothing", "four")
  }),
  shows("seven-later", "Of seven voters with two faulty three in a later round are followed", [clauses["later-round"]], (author) => {
    seven.opened(author, "dave", value)
    author.claim(seven.receive(author, "dave", ...seven.prevotes(4, null, "alice", "bob")).round === 0, "two are not enough")
    author.claim(seven.receive(author, "dave", ...seven.prevotes(4, null, "carol")).round === 4, "three are")
  }),
  ...twins("global-consensus/five-decision", clauses["decision-quorum"], "Three PRECOMMITs of five voters", () => {
    const votes = five.decisive(0, value, "alice", "bob", "carol", "dave")
    const right = { electorate: electorateOf(5, 1, { epoch: 10 }), decision: { ref: value, round: 0, votes } }
    return fork("global-consensus.verify", right, { decision: { ...right.decision, votes: votes.slice(1) } })
  }),
]

const checks = (): ReadonlyArray<Case> => [
  ...twins("global-consensus/group", clauses.epoch, "A vote of another group", (author) => {
    opened(author, "dave", value)
    const right = vote("bob", "prevote", 0, value)
    return fork("global-consensus.receive", { on: "dave", message: right }, { message: { ...right, group: "55".repeat(16) } as Message })
  }),
  ...twins("global-consensus/group-proposal", clauses.epoch, "A PROPOSAL of another group", (author) => {
    opened(author, "dave", value)
    const right = proposal("alice", 0, value)
    return fork("global-consensus.receive", { on: "dave", message: right }, { message: { ...right, group: "55".repeat(16) } as Message })
  }),
  ...twins("global-consensus/voter", clauses.signature, "A vote by one who is no voter", (author) => {
    opened(author, "dave", value)
    const outsider = consensusMessagesOf(electorateOf(10, 1, { epoch: 8 }))
    const [wrong] = outsider.prevotes(0, value, "judy")
    return fork("global-consensus.receive", { on: "dave", message: vote("bob", "prevote", 0, value) }, { message: wrong! })
  }),
  ...twins("global-consensus/proposing-outsider", clauses.signature, "A PROPOSAL by one who is no voter", (author) => {
    opened(author, "dave", value)
    const outsider = consensusMessagesOf(electorateOf(10, 1, { epoch: 8 }))
    return fork(
      "global-consensus.receive",
      { on: "dave", message: proposal("alice", 0, value) },
      { message: outsider.proposal("judy", 0, value) },
    )
  }),
  ...twins("global-consensus/decision-signature", clauses.signature, "A decision with a PREVOTE in place of a PRECOMMIT", () => {
    const votes = decisive(0, value, "alice", "bob", "carol")
    const { signature } = vote("carol", "prevote", 0, value)
    const decision = { ref: value, round: 0, votes }
    const wrong = { ...decision, votes: [...votes.slice(0, 2), { voter: 2, signature }] }
    return fork("global-consensus.verify", { electorate, decision }, { decision: wrong })
  }),
  ...twins("global-consensus/decision-of-nothing", clauses.signature, "A decision with a PRECOMMIT of another value", () => {
    const votes = decisive(0, value, "alice", "bob", "carol")
    const decision = { ref: value, round: 0, votes }
    const wrong = { ...decision, votes: [...votes.slice(0, 2), ...decisive(0, other, "carol")] }
    return fork("global-consensus.verify", { electorate, decision }, { decision: wrong })
  }),
]

/** The layer "global-consensus". */
export default caseFile({ part: "delivery-service", chapter: "global-consensus-rounds", layer: "global-consensus", flags: {} }, () => [
  ...validRounds(),
  ...exposure(),
  ...conditions(),
  ...sizes(),
  ...checks(),
])
