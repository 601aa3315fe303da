/** The layer "cooperation": which chains make a certificate, and how what is our own is counted. */
import { clauses } from "../../../spec/delivery-service/cooperation.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { CooperationVoters, chainOf, electorateOf, named, type StatementJson } from "./cooperation-voters.ts"

const value = named("value")
const other = named("zebra")
const third = named("third")

const shows = (id: string, title: string, about: ReadonlyArray<(typeof clauses)[keyof typeof clauses]>, write: (author: Author) => void) =>
  aCase(`cooperation/${id}`, { title, clauses: about }, write)

/** Whose chains a certificate has, and what is in them, as "0: witness value, ready value". */
const said = (certificate: ReadonlyArray<ReadonlyArray<StatementJson>> | null): ReadonlyArray<string> =>
  (certificate ?? []).map((chain) => `${chain[0]!.signer}: ${chain.map(({ type, ref }) => `${type} ${nameOf(ref)}`).join(", ")}`)

const nameOf = (ref: string): string => (ref === value ? "value" : ref === other ? "other" : "third")

const certificates = (): ReadonlyArray<Case> => [
  shows(
    "chain-of-branches",
    "Of two statements with one number a chain has the first by kind and ref, and the READY with the lowest number ends it",
    [clauses.branches, clauses["certificate-unique"]],
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      const { electorate } = voters
      const both = chainOf(electorate, 1, [value], value)
      const branch = voters.statement("bob", 0, "witness", other)
      const kinds = [
        voters.statement("carol", 0, "ready", third),
        voters.statement("carol", 0, "witness", value),
        voters.statement("carol", 1, "ready", value),
        voters.statement("carol", 2, "ready", value),
      ]
      voters.receive("alice", [branch, ...both, ...kinds, ...chainOf(electorate, 3, [value], value)])
      const { certificate, unique } = voters.certificate("alice", value)
      author.claim(
        said(certificate).join("; ") === "0: ready value; 1: witness value, ready value; 2: witness value, ready value",
        "bob's WITNESS of the lower ref, and carol's WITNESS before her READY",
      )
      author.claim(unique, "no chain has the other value")
    },
  ),
  shows(
    "best-chains",
    "The best chains are those with the fewest different other values, then those of the lowest leaves; they stand by leaf",
    [clauses["certificate-unique"], clauses["certificate-quorum"]],
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      const { electorate } = voters
      const receive = (...chains: ReadonlyArray<ReadonlyArray<string>>) =>
        voters.receive(
          "alice",
          chains.flatMap((refs, index) => chainOf(electorate, index, refs, value)),
        )
      receive([other, third], [other, third], [other, other], [value])
      const { certificate, unique } = voters.certificate("alice", value)
      author.claim(said(certificate).join() === "0: ready value,2: ready value,3: ready value", "dave none, carol one, alice before bob")
      author.claim(!unique, "and not unique: these are the READYs alone")
    },
  ),
  shows(
    "short-chains",
    "A chain of five statements is not in a unique certificate, and is the best of the others all the same",
    [clauses["certificate-unique"]],
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      const { electorate } = voters
      const four = [value, value, value]
      voters.receive("alice", [
        ...chainOf(electorate, 0, [...four, value], value),
        ...[1, 2].flatMap((leaf) => chainOf(electorate, leaf, four, value)),
      ])
      author.claim(said(voters.certificate("alice", value).certificate).join() === "0: ready value,1: ready value,2: ready value", "READYs")
      voters.receive("alice", chainOf(electorate, 3, four, value))
      const { certificate, unique } = voters.certificate("alice", value)
      author.claim(unique && certificate!.every((chain) => chain.length === 4), "three chains of four statements are unique")
    },
  ),
]

const counts = (): ReadonlyArray<Case> => [
  shows(
    "own-count",
    "Statements of ours that are not linked leave less room for unlocking, and not their numbers to others",
    [clauses.unlock],
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(2, 0))
      const refs = Array.from({ length: 8 }, (_, index) => named(`value ${index}`))
      voters.propose("alice", refs[0]!)
      for (const ref of refs.slice(1)) voters.validate("alice", ref)
      voters.receive(
        "alice",
        [20, 21, 22, 23].map((seq) => voters.statement("alice", seq, "witness", other)),
      )
      const { signed } = author.accepts("cooperation.receive", {
        on: "alice",
        statements: refs.slice(1).map((ref, seq) => voters.statement("bob", seq, "witness", ref)),
      })
      const witnessed = signed.filter(({ type }) => type === "witness").map(({ seq }) => seq)
      author.claim(witnessed.join() === "1,2,3", "with the first and these four there are eight")
    },
  ),
  shows(
    "signed-16n",
    "A member signs READY as long as fewer than 16n statements of its own are held",
    [clauses["ready-quorum"]],
    (author) => {
      for (const [held, most] of [
        [14, "ready"],
        [15, "witness"],
      ] as const) {
        const voters = new CooperationVoters(author, electorateOf(1, 0))
        // Behind the number 1, of which none is held, nothing is linked.
        const statements = Array.from({ length: held }, (_, index) =>
          voters.statement("alice", 2 + (index % 14), "witness", index < 14 ? other : third),
        )
        voters.receive("alice", statements)
        author.claim(voters.validate("alice", value).at(-1) === `${most} ${value}`, `${held} and its WITNESS are held`)
      }
    },
  ),
]

/** The layer "cooperation". */
export default caseFile({ part: "delivery-service", chapter: "cooperation-chains", layer: "cooperation", flags: {} }, () => [
  ...certificates(),
  ...counts(),
])
