/** The layer "cooperation": what a pass does and in which order, chains with a gap, and the limits of electorates. */
import { Hex } from "effect/encoding"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/delivery-service/cooperation.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { CooperationVoters, chainOf, electorateOf, named, signedStatement } from "./cooperation-voters.ts"

const value = named("value")
const other = named("zebra")
const third = named("third")
const four = electorateOf(4, 1)

const shows = (id: string, title: string, about: ReadonlyArray<(typeof clauses)[keyof typeof clauses]>, write: (author: Author) => void) =>
  aCase(`cooperation/${id}`, { title, clauses: about }, write)

const rules = (): ReadonlyArray<Case> => [
  shows("valid-twice", "A value is found valid twice, and unlocked once", [clauses.unlock], (author) => {
    const voters = new CooperationVoters(author, four)
    voters.propose("alice", value)
    for (const _ of ["once", "twice"]) voters.validate("alice", other)
    voters.receive(
      "alice",
      ["bob", "carol"].map((user) => voters.statement(user, 0, "witness", third)),
    )
    author.claim(voters.relax("alice").join() === `witness ${other}`, "one WITNESS")
  }),
  shows("full-unlocks-nothing", "alice, one of two voters, has 8 statements: she unlocks nothing more", [clauses.unlock], (author) => {
    const voters = new CooperationVoters(author, electorateOf(2, 0))
    voters.propose("alice", value)
    voters.validate("alice", other)
    voters.receive(
      "alice",
      Array.from({ length: 7 }, (_, index) => voters.statement("alice", 20 + index, "witness", third)),
    )
    author.claim(voters.receive("alice", [voters.statement("bob", 0, "witness", other)]).length === 0, "no room")
    author.claim(author.accepts("cooperation.held", { on: "alice" }).mayUnlock, "though she might")
  }),
  shows(
    "fast-path-beside-another",
    "With the fast path a value that five of six witness is not accepted when one of them has witnessed another",
    [clauses["fast-path"]],
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(6, 1, { fastPath: 1 }))
      voters.learn("alice", value)
      const witnesses = ["bob", "carol", "dave", "erin", "frank"].map((user) => voters.statement(user, 0, "witness", value))
      const signed = voters.receive("alice", [...witnesses, voters.statement("frank", 1, "witness", other)])
      author.claim(signed.join() === `ready ${value}` && voters.accepted.get("alice")!.length === 0, "alice is ready for it, and waits")
    },
  ),
]

const passes = (): ReadonlyArray<Case> => [
  shows(
    "accepted-ascending",
    "Two values are accepted at once, of which the READYs of the higher one came first: the lower one is accepted first",
    [clauses["accept-quorum"]],
    (author) => {
      const voters = new CooperationVoters(author, four)
      for (const ref of [value, other]) voters.learn("alice", ref)
      const statements = ["bob", "carol", "dave"].flatMap((user) =>
        [other, value].map((ref, seq) => voters.statement(user, seq, "ready", ref)),
      )
      const accepted = [value, other].map((ref) => ({ ref, candidates: [] }))
      author.gives("cooperation.receive", { on: "alice", statements }, { signed: [], accepted })
    },
  ),
  shows(
    "unlocked-is-candidate",
    "alice, who is relaxed, unlocks a value in the pass in which she accepts another: the one that is unlocked is a candidate",
    [clauses.unlock, clauses.candidates],
    (author) => {
      const voters = new CooperationVoters(author, four)
      voters.propose("alice", value)
      voters.relax("alice")
      voters.validate("alice", other)
      voters.learn("alice", third)
      const { signed, accepted } = author.accepts("cooperation.receive", {
        on: "alice",
        statements: ["bob", "carol", "dave"].map((user) => voters.statement(user, 0, "ready", third)),
      })
      author.claim(signed.map(({ type, ref }) => `${type} ${ref}`).join() === `witness ${other}`, "unlocked")
      const [one] = accepted
      author.claim(one?.ref === third && one.candidates.join() === [value, other].join(), "both that alice has witnessed")
    },
  ),
]

/** The certificate of these chains for the value, right, and with another third chain. */
const chains = (method: "cooperation.verify" | "cooperation.verify-unique", wrong: ReadonlyArray<ReturnType<typeof signedStatement>>) => {
  const certificate = [0, 1, 2].map((leaf) => chainOf(four, leaf, [value], value))
  const faulty = [...certificate.slice(0, 2), wrong]
  return fork(method, { electorate: four, instance: 1, certificate, ref: value }, { certificate: faulty })
}

const certificates = (): ReadonlyArray<Case> => [
  ...twins("cooperation/chain-gap", clauses["certificate-chain"], "A chain with the numbers 0 and 2", () =>
    chains("cooperation.verify", [
      signedStatement(four, { type: "witness", signer: 2, seq: 0, ref: value }),
      signedStatement(four, { type: "ready", signer: 2, seq: 2, ref: value }),
    ]),
  ),
  ...twins(
    "cooperation/unique-signature-first",
    clauses.signature,
    "A chain of a unique certificate that is a badly signed READY with the number 1: the signature comes first",
    () => {
      const ready = signedStatement(four, { type: "ready", signer: 2, seq: 2, ref: value })
      return chains("cooperation.verify-unique", [{ ...ready, seq: 1 }])
    },
    [verdicts["order-of-checks"]],
  ),
]

/** An electorate with these changes, in bytes. */
const encoded = ({ voters = 1, faults = 0, sensitivity = 1, fastPath = 0 }): string => {
  const all = Array.from({ length: voters }, (_, leaf) => [leaf, new Uint8Array(32)])
  return Hex.encode(encodeCbor([new Uint8Array(16), 7, all, faults, sensitivity, fastPath]))
}

const limits = (): ReadonlyArray<Case> => [
  aCase(
    "cooperation/encoding-electorate",
    { title: "An electorate with each number at its bounds, and beyond them", clauses: [encoding.shape] },
    (author) => {
      const right = [{}, { voters: 1024 }, { faults: 1024 }, { sensitivity: 1024 }, { fastPath: 1 }]
      for (const change of right) author.accepts("agreement.decode", { type: "electorate", bytes: encoded(change) })
      const wrong = [{ voters: 0 }, { voters: 1025 }, { faults: 1025 }, { sensitivity: 0 }, { sensitivity: 1025 }, { fastPath: 2 }]
      for (const change of wrong) author.refuses(encoding.shape, "agreement.decode", { type: "electorate", bytes: encoded(change) })
    },
  ),
]

/** The layer "cooperation". */
export default caseFile({ part: "delivery-service", chapter: "cooperation-passes", layer: "cooperation", flags: {} }, () => [
  ...rules(),
  ...passes(),
  ...certificates(),
  ...limits(),
])
