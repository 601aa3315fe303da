import { clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses } from "../../../spec/delivery-service/cooperation.ts"
import { aCase, caseFile, fork, twins } from "../author.ts"
import { CooperationVoters, chainOf, electorateOf, named, secretKeyOf, signedStatement } from "./cooperation-voters.ts"

const value = named("value")
const other = named("zebra")
const third = named("third")

const everybody = ["alice", "bob", "carol", "dave"] as const

/** Alice proposes; everybody validates and hears of everybody until nothing happens any more. */
const agreed = (voters: CooperationVoters, ref = value) => {
  voters.propose("alice", ref)
  for (const user of everybody.slice(1)) voters.validate(user, ref)
  for (let round = 0; round < 2; round++) for (const user of everybody) voters.send(user, ...everybody.filter((to) => to !== user))
}

const sizes = [
  [1, 0],
  [2, 0],
  [3, 0],
  [4, 1],
  [5, 1],
  [6, 1],
  [7, 2],
  [10, 3],
  [20, 6],
] as const

const functions = () => [
  aCase(
    "cooperation/thresholds",
    { title: "Quorums of groups of several sizes, and what else k may be", clauses: [clauses["accept-quorum"], clauses["ready-quorum"]] },
    (author) => {
      for (const [n, faults] of sizes) {
        const output = author.accepts("cooperation.thresholds", { n, faults, sensitivity: 1 })
        author.claim(output.usualFaults === faults && output.witness === 2 * faults + 1 && output.ready === n - faults, "as in the table")
      }
      author.gives(
        "cooperation.thresholds",
        { n: 5, faults: 1, sensitivity: 2 },
        { usualFaults: 1, witness: 4, ready: 4, gate: 4, candidate: 2 },
      )
      author.gives(
        "cooperation.thresholds",
        { n: 6, faults: 1, sensitivity: 3 },
        { usualFaults: 1, witness: 5, ready: 5, gate: 4, candidate: 3 },
      )
    },
  ),
  aCase("cooperation/sign", { title: "The signatures of WITNESS and READY in both instances", clauses: [clauses.signature] }, (author) => {
    const electorate = electorateOf(4, 1)
    for (const instance of [1, 2] as const) {
      for (const type of ["witness", "ready"] as const) {
        const statement = signedStatement(electorate, { type, signer: 1, seq: 3, ref: value }, instance)
        const unsigned = { ...statement, signature: "00".repeat(64) }
        author.gives("cooperation.sign", { electorate, instance, statement: unsigned, secretKey: secretKeyOf("bob") }, { statement })
      }
    }
  }),
  aCase("cooperation/unlock-threshold", { title: "θ for up to four values", clauses: [clauses.unlock] }, (author) => {
    for (const [n, faults] of [...sizes, [7, 1], [10, 1], [20, 3]] as const)
      for (const values of [1, 2, 3, 4]) author.accepts("cooperation.unlock-threshold", { n, faults, values })
    author.gives("cooperation.unlock-threshold", { n: 7, faults: 1, values: 2 }, { threshold: 3 })
    author.gives("cooperation.unlock-threshold", { n: 2, faults: 0, values: 2 }, { threshold: 1 })
  }),
]

const quiet = () => [
  aCase(
    "cooperation/one-proposer",
    {
      title: "One proposal: witnessed, ready and accepted by all, as the only candidate",
      clauses: [clauses["witness-once"], clauses["ready-quorum"], clauses["accept-quorum"], clauses.candidates],
    },
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      author.claim(voters.propose("alice", value).join() === `witness ${value}`, "the proposer witnesses")
      author.claim(voters.propose("alice", other).length === 0, "a second proposal does nothing")
      author.claim(voters.validate("bob", value).join() === `witness ${value}`, "who finds it valid witnesses it")
      author.claim(voters.validate("bob", other).length === 0, "only the first valid one is witnessed")
      author.claim(voters.validate("carol", value).length === 1 && voters.learn("dave", value).length === 0, "content alone is not enough")
      author.claim(voters.send("alice", "bob").length === 0, "two WITNESSes are not enough")
      author.claim(voters.send("carol", "bob").join() === `ready ${value}`, "three are")
      author.claim(voters.send("bob", "alice", "carol").length === 2, "and so for the others")
      author.claim(voters.send("alice", "bob", "carol").length === 0, "nothing more to sign")
      author.claim(voters.send("bob", "dave").join() === `ready ${value}`, "READY needs no validity")
      voters.send("carol", "bob", "dave")
      voters.send("dave", "alice", "carol")
      for (const user of everybody) author.claim(voters.accepted.get(user)!.join() === value, `${user} has accepted`)
    },
  ),
  aCase(
    "cooperation/unique-certificate",
    {
      title: "What was accepted alone has a certificate that anybody can verify",
      clauses: [clauses["certificate-unique"], clauses["accept-quorum"]],
    },
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      const { electorate } = voters
      agreed(voters)
      const { certificate, unique } = voters.certificate("dave", value)
      author.claim(unique && certificate?.length === 3, "three chains, no other value")
      author.gives("cooperation.verify-unique", { electorate, instance: 1, certificate: certificate!, ref: value }, {})
      author.claim(voters.certificate("dave", other).certificate === null, "of what nobody is ready for there is none")
    },
  ),
  aCase(
    "cooperation/linked",
    { title: "READY without the WITNESS before it does not count until that has come", clauses: [clauses.linked] },
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      for (const user of everybody.slice(1)) voters.validate(user, value)
      const witnesses = everybody.map((user) => voters.statement(user, 0, "witness", value))
      const readies = everybody.map((user) => voters.statement(user, 1, "ready", value))
      author.claim(voters.receive("dave", readies.slice(0, 3)).length === 0, "three READYs behind a gap do nothing")
      author.claim(voters.receive("dave", [witnesses[0]!]).length === 0, "one is linked now")
      author.claim(voters.receive("dave", witnesses.slice(1, 3)).join() === `ready ${value}`, "now all are")
      author.claim(voters.accepted.get("dave")!.join() === value, "and it is accepted")
    },
  ),
]

const contended = () => [
  aCase(
    "cooperation/two-of-two",
    { title: "Two members propose at the same time: both values are unlocked", clauses: [clauses.unlock] },
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(2, 0))
      voters.propose("alice", value)
      voters.propose("bob", other)
      voters.validate("alice", other)
      voters.validate("bob", value)
      voters.send("alice", "bob")
      voters.send("bob", "alice")
      voters.send("alice", "bob")
      for (const user of ["alice", "bob"]) author.claim(voters.accepted.get(user)!.length === 2, "both accepted")
      author.claim(!voters.certificate("alice", value).unique, "no unique certificate")
    },
  ),
  aCase(
    "cooperation/two-values",
    { title: "Two values, each witnessed by two: unlocked, and candidates of each other", clauses: [clauses.unlock, clauses.candidates] },
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      for (const [user, ref] of [
        ["alice", value],
        ["bob", value],
        ["carol", other],
        ["dave", other],
      ] as const)
        voters.propose(user, ref)
      for (const user of everybody) for (const ref of [value, other]) voters.validate(user, ref)
      for (let round = 0; round < 3; round++) {
        const held = everybody.flatMap((user) => voters.held(user))
        for (const user of everybody) voters.receive(user, held)
      }
      for (const user of everybody) {
        const { candidates, accepted } = author.accepts("cooperation.held", { on: user })
        author.claim(candidates?.join() === [value, other].join(), "both are candidates")
        author.claim([...accepted].sort().join() === [value, other].join(), "both are accepted")
      }
    },
  ),
  aCase(
    "cooperation/no-witness-after-ready",
    { title: "A value that becomes valid after READY is not witnessed", clauses: [clauses["no-witness-after-ready"]] },
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      voters.propose("alice", value)
      const ready = ["bob", "carol"].map((user) => voters.statement(user, 0, "witness", value))
      voters.receive("alice", [voters.statement("dave", 0, "witness", other)])
      author.claim(voters.receive("alice", ready).join() === `ready ${value}`, "ready")
      author.claim(voters.validate("alice", other).length === 0, "too late for another value")
    },
  ),
  aCase(
    "cooperation/both-branches-count",
    { title: "A faulty member signs two statements with one number: both are held and count", clauses: [clauses.branches] },
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      const branches = [value, other].map((ref) => voters.statement("bob", 0, "witness", ref))
      voters.propose("alice", value)
      voters.validate("carol", value)
      voters.receive("alice", [branches[0]!])
      voters.receive("carol", [branches[1]!])
      author.claim(voters.send("carol", "alice").join() === `ready ${value}`, "alice counts bob for her value")
      author.claim(voters.send("alice", "carol").join() === `ready ${value}`, "carol counts bob for both")
    },
  ),
  aCase("cooperation/relax", { title: "A value under θ is unlocked when the time is over", clauses: [clauses.unlock] }, (author) => {
    const voters = new CooperationVoters(author, electorateOf(7, 1))
    const users = ["bob", "carol", "dave", "erin", "frank"]
    voters.propose("alice", value)
    voters.receive(
      "alice",
      users.map((user, index) => voters.statement(user, 0, "witness", [third, value, other, other, other][index]!)),
    )
    author.claim(voters.validate("alice", third).length === 0, "one WITNESS is too few while three values are witnessed")
    author.claim(author.accepts("cooperation.held", { on: "alice" }).mayUnlock, "but it may unlock")
    author.claim(voters.relax("alice").join() === `witness ${third}`, "one is enough now")
  }),
]

const excluded = () => [
  aCase(
    "cooperation/witness-quorum",
    { title: "While one value has passed the gate, another with two WITNESSes is not ready", clauses: [clauses["ready-quorum"]] },
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      voters.propose("alice", value)
      const statements = [
        voters.statement("bob", 0, "witness", value),
        voters.statement("bob", 1, "witness", other),
        voters.statement("carol", 0, "witness", value),
        voters.statement("dave", 0, "witness", other),
      ]
      author.claim(voters.receive("alice", statements).join() === `ready ${value}`, "one of them")
    },
  ),
  aCase(
    "cooperation/one-candidate-witness",
    { title: "One WITNESS of another value makes it a candidate", clauses: [clauses.candidates] },
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      voters.propose("alice", value)
      voters.receive("alice", [voters.statement("dave", 0, "witness", other)])
      for (const user of ["bob", "carol"])
        voters.receive("alice", [voters.statement(user, 0, "witness", value), voters.statement(user, 1, "ready", value)])
      const { candidates, accepted } = author.accepts("cooperation.held", { on: "alice" })
      author.claim(accepted.join() === value && candidates?.join() === [value, other].join(), "accepted beside another candidate")
      author.claim(
        voters.certificate("alice", value).unique,
        "the three who are ready have not witnessed the other, so it is excluded all the same",
      )
    },
  ),
]

const fast = () => [
  aCase(
    "cooperation/fast-path",
    { title: "Five of six witness one value: accepted without READY", clauses: [clauses["fast-path"]] },
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(6, 1, { fastPath: 1 }))
      voters.propose("alice", value)
      const witnesses = ["bob", "carol", "dave", "erin"].map((user) => voters.statement(user, 0, "witness", value))
      voters.receive("alice", witnesses.slice(0, 3))
      author.claim(voters.accepted.get("alice")!.length === 0, "four are not enough")
      voters.receive("alice", witnesses.slice(3))
      const { candidates, accepted } = author.accepts("cooperation.held", { on: "alice" })
      author.claim(accepted.join() === value && candidates?.join() === value, "the only candidate")
    },
  ),
  aCase(
    "cooperation/fast-path-unlock",
    {
      title: "While one value is far ahead, no other is unlocked, also when that one is witnessed already",
      clauses: [clauses["fast-path"]],
    },
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(6, 1, { fastPath: 1 }))
      voters.propose("bob", value)
      voters.validate("bob", other)
      const witness = (user: string, ref: string) => voters.statement(user, 0, "witness", ref)
      voters.receive("bob", [witness("alice", value)])
      voters.receive("bob", [witness("erin", other), witness("frank", other)])
      const before = author.accepts("cooperation.held", { on: "bob" })
      author.claim(!before.mayUnlock, "four of six have spoken")
      const signed = voters.receive("bob", [witness("carol", value)])
      author.claim(signed.length === 0, "three of five are |P| - 2t: the other with two WITNESSes is not unlocked")
      author.claim(voters.relax("bob").length === 0, "also when the time is over")
    },
  ),
]

const checks = () => [
  ...twins("cooperation/electorate", clauses.electorate, "Three voters with one faulty", () =>
    fork(
      "cooperation.open",
      { on: "alice", electorate: electorateOf(4, 1), instance: 1, me: 0, secretKey: secretKeyOf("alice") },
      { electorate: electorateOf(3, 1) },
    ),
  ),
  ...twins("cooperation/electorate-order", clauses.electorate, "Voters out of order", () => {
    const electorate = electorateOf(4, 1)
    const right = { on: "alice", electorate, instance: 1, me: 0, secretKey: secretKeyOf("alice") }
    return fork("cooperation.open", right, { electorate: { ...electorate, voters: [...electorate.voters].reverse() } })
  }),
  ...twins("cooperation/electorate-fast", clauses.electorate, "The fast path with five voters", () =>
    fork(
      "cooperation.open",
      { on: "alice", electorate: electorateOf(6, 1, { fastPath: 1 }), instance: 1, me: 0, secretKey: secretKeyOf("alice") },
      { electorate: electorateOf(5, 1, { fastPath: 1 }) },
    ),
  ),
  ...twins("cooperation/voter", clauses.voter, "A statement by one who is no voter", (author) => {
    const voters = new CooperationVoters(author, electorateOf(4, 1))
    const statement = voters.statement("bob", 0, "witness", value)
    return fork("cooperation.receive", { on: "alice", statements: [statement] }, { statements: [{ ...statement, signer: 4 }] })
  }),
  ...(["signer", "seq", "ref", "type"] as const).flatMap((field) =>
    twins(`cooperation/signature-${field}`, clauses.signature, `A signature for another ${field}`, (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      const statement = voters.statement("bob", 0, "witness", value)
      const wrong = {
        ...statement,
        ...{ signer: { signer: 2 }, seq: { seq: 1 }, ref: { ref: other }, type: { type: "ready" as const } }[field],
      }
      return fork("cooperation.receive", { on: "alice", statements: [statement] }, { statements: [wrong] })
    }),
  ),
  ...twins("cooperation/signature-instance", clauses.signature, "A statement of the other instance", (author) => {
    const voters = new CooperationVoters(author, electorateOf(4, 1))
    const wrong = voters.statement("bob", 0, "witness", value, 2)
    return fork("cooperation.receive", { on: "alice", statements: [voters.statement("bob", 0, "witness", value)] }, { statements: [wrong] })
  }),
  ...twins("cooperation/signature-epoch", clauses.signature, "A statement of another epoch", (author) => {
    const voters = new CooperationVoters(author, electorateOf(4, 1))
    const right = voters.statement("bob", 0, "witness", value)
    const statement = signedStatement({ ...voters.electorate, epoch: 8 }, right)
    return fork("cooperation.receive", { on: "alice", statements: [right] }, { statements: [statement] })
  }),
]

/** A certificate of `value`, three chains long. */
const certified = () => {
  const electorate = electorateOf(4, 1)
  return { electorate, instance: 1, certificate: [0, 1, 2].map((leaf) => chainOf(electorate, leaf, [value], value)), ref: value }
}

const certificates = () => [
  ...twins("cooperation/certificate-two", clauses["certificate-quorum"], "A certificate of two chains", () => {
    const right = certified()
    return fork("cooperation.verify", right, { certificate: right.certificate.slice(0, 2) })
  }),
  ...twins("cooperation/certificate-repeated", clauses["certificate-quorum"], "One chain three times", () => {
    const right = certified()
    const chain = right.certificate[0]!
    return fork("cooperation.verify", right, { certificate: [chain, chain, chain] })
  }),
  ...twins(
    "cooperation/certificate-gap",
    clauses["certificate-chain"],
    "A chain of a unique certificate without its first statement",
    () => {
      const right = certified()
      return fork("cooperation.verify-unique", right, {
        certificate: right.certificate.map((chain, index) => (index === 1 ? chain.slice(1) : chain)),
      })
    },
  ),
  ...twins("cooperation/certificate-unready", clauses["certificate-chain"], "A chain that ends with WITNESS", () => {
    const right = certified()
    return fork("cooperation.verify", right, {
      certificate: right.certificate.map((chain, index) => (index === 1 ? chain.slice(0, 1) : chain)),
    })
  }),
  ...twins("cooperation/certificate-ref", clauses["certificate-chain"], "A certificate of another value", () => {
    const right = certified()
    return fork("cooperation.verify", right, { ref: other })
  }),
  ...twins("cooperation/certificate-mixed", clauses["certificate-chain"], "A chain of statements by two signers", () => {
    const right = certified()
    const [one, two, three] = right.certificate as [any: (typeof right.certificate)[0], ...rest: Array<(typeof right.certificate)[0]>]
    return fork("cooperation.verify", right, { certificate: [one, [two![0]!, three![1]!], three!] })
  }),
  ...twins("cooperation/certificate-voter", clauses.voter, "A chain by one who is no voter", () => {
    const right = certified()
    const foreign = right.certificate.map((chain, index) => (index === 2 ? chain.map((statement) => ({ ...statement, signer: 9 })) : chain))
    return fork("cooperation.verify", right, { certificate: foreign })
  }),
  ...twins("cooperation/certificate-signature", clauses.signature, "A certificate in another group", () => {
    const right = certified()
    return fork("cooperation.verify", right, { electorate: { ...right.electorate, group: "55".repeat(16) } })
  }),
  ...twins("cooperation/certificate-unique", clauses["certificate-unique"], "A chain in which another value is witnessed", () => {
    const right = certified()
    const foreign = chainOf(right.electorate, 2, [other], value)
    return fork("cooperation.verify-unique", right, { certificate: [...right.certificate.slice(0, 2), foreign] })
  }),
]

const bytes = () => [
  aCase(
    "cooperation/encoding",
    { title: "Statements, an electorate and a certificate as bytes", clauses: [encoding.shape, encoding.canonical] },
    (author) => {
      const { certificate, electorate } = certified()
      const values = [
        ["statement", certificate[0]![0]!],
        ["statement", certificate[0]![1]!],
        ["electorate", electorate],
        ["certificate", certificate],
      ] as const
      for (const [type, json] of values) {
        const encoded = author.accepts("agreement.encode", { type, value: json as never })
        author.gives("agreement.decode", { type, bytes: encoded.bytes }, { value: json as never })
      }
    },
  ),
  ...twins("cooperation/encoding-kind", encoding.shape, "A statement of a kind that does not exist", (author) => {
    const voters = new CooperationVoters(author, electorateOf(4, 1))
    const statement = voters.statement("alice", 0, "witness", value)
    const { bytes: right } = author.accepts("agreement.encode", { type: "statement", value: statement as never })
    return fork("agreement.decode", { type: "statement", bytes: right }, { bytes: right.replace(/^8500/, "8502") })
  }),
]

/** The layer "cooperation". */
export default caseFile({ part: "delivery-service", chapter: "cooperation", layer: "cooperation", flags: {} }, () => [
  ...functions(),
  ...bytes(),
  ...quiet(),
  ...contended(),
  ...excluded(),
  ...fast(),
  ...checks(),
  ...certificates(),
])
