/** The layer "cascade": BUNDLEs that go out in parts. */
import { clauses } from "../../../spec/delivery-service/cascade.ts"
import { Author, aCase, type Case, caseFile } from "../author.ts"
import { first, hexOf } from "../people.ts"
import { ascending, bundle, certificateOf, four, setOf, settled } from "./cascade-evidence.ts"
import { decoded } from "./cascade-orders.ts"
import { CascadeVoters, type CommitJson, messageOf } from "./cascade-voters.ts"
import { chainOf, type ElectorateJson, electorateOf, secretKeyOf, signedStatement } from "./cooperation-voters.ts"

/** Says what is no step of a case. */
const aside = new Author("cascade-parts")

const commitOf = (electorate: ElectorateJson, leaf: number, content: string): CommitJson =>
  aside.accepts("cascade.commit", {
    ...{ electorate, secretKey: secretKeyOf(first(10)[leaf]!), author: leaf, proposals: [] },
    ...{ commit: hexOf(content), welcome: null },
  })

const lengthOf = (type: "commit-value" | "statement" | "set-value", value: unknown): number =>
  aside.accepts("agreement.encode", { type, value: value as never }).bytes.length / 2

/** A commit whose value has so many bytes, and whose ref is in this quarter of all refs. */
const commitIn = (leaf: number, quarter: number, length: number): CommitJson => {
  const rest = lengthOf("commit-value", commitOf(four, leaf, "x".repeat(300)).value) - 300
  for (let count = 1; ; count++) {
    const commit = commitOf(four, leaf, `${count} `.padEnd(length - rest, "x"))
    if (Math.floor(Number.parseInt(commit.ref.slice(0, 2), 16) / 64) === quarter) return commit
  }
}

/** What these BUNDLEs have of each kind. */
const partsOf = (send: ReadonlyArray<{ readonly message: string }>) =>
  send.map(({ message }) => {
    const sent = decoded(message)
    if (sent.type !== "bundle") throw new Error(sent.type)
    return sent
  })

const countsOf = (parts: ReturnType<typeof partsOf>): string =>
  parts.map(({ statements, sets, commits }) => `${statements.length} ${sets.length} ${commits.length}`).join("; ")

const parts = (): ReadonlyArray<Case> => [
  aCase(
    "cascade/parts-full",
    {
      title: "alice proposes a commit that fills a BUNDLE with her WITNESS, two others fill the second, and one is left for the third",
      clauses: [clauses.parts],
    },
    (author) => {
      new CascadeVoters(author, four, ["alice"])
      const most = 32_768
      const witness = lengthOf("statement", chainOf(four, 0, ["00".repeat(32)], "00".repeat(32))[0])
      const [own, ...others] = [most - witness, 20_000, most - 20_000, 300].map((length, leaf) => commitIn(leaf, leaf, length))
      settled(author, "alice", messageOf(bundle({ commits: others.map(({ value }) => value) })))
      const sent = partsOf(author.accepts("cascade.propose", { on: "alice", value: own!.value }).send)
      author.claim(countsOf(sent) === "1 0 1; 0 0 2; 0 0 1", countsOf(sent))
      author.claim(
        sent
          .flatMap(({ commits }) => commits)
          .map((value) => value.author)
          .join() === "0,1,2,3",
        "in ascending order",
      )
    },
  ),
  aCase(
    "cascade/parts-of-sets",
    {
      title: "Seven sets are longer than a BUNDLE may be: the first ones go out with the statements, the others with the commits",
      clauses: [clauses.parts],
    },
    (author) => {
      const ten = electorateOf(10, 3)
      new CascadeVoters(author, ten, ["carol"])
      const commits = ascending(Array.from({ length: 8 }, (_, index) => commitOf(ten, index % 2, `commit ${index}`)))
      const certificates = new Map(commits.map(({ ref }) => [ref, certificateOf(ten, ref).map((chain) => chain.slice(-1))]))
      const named = Array.from({ length: 7 }, (_, index) => commits.filter((_commit, place) => place !== index)).map((some) => ({
        ref: setOf(aside, ten, some),
        set: { commits: some.map(({ ref }) => ({ ref, certificate: certificates.get(ref)! })) },
      }))
      const statements = named.map(({ ref }, index) => signedStatement(ten, { type: "witness", signer: 3 + index, seq: 0, ref }, 2))
      const message = {
        ...bundle({}),
        instance: 2,
        statements,
        sets: named.map(({ set }) => set),
        commits: commits.map(({ value }) => value),
      }
      const sent = partsOf(settled(author, "carol", messageOf(message)).send)
      // carol's own WITNESS is the first one, and she unlocks the six others.
      const length = lengthOf("set-value", named[0]!.set)
      const before = 14 * lengthOf("statement", statements[0])
      const fitting = Math.floor((32_768 - before) / length)
      author.claim(fitting < 7 && countsOf(sent) === `14 ${fitting} 0; 0 ${7 - fitting} 8`, countsOf(sent))
      const order = sent
        .flatMap(({ sets }) => sets)
        .map((set) =>
          setOf(
            aside,
            ten,
            set.commits.map(({ ref }) => ({ ref }) as CommitJson),
          ),
        )
      author.claim(order.join() === order.toSorted().join(), "in ascending order")
    },
  ),
]

/** The layer "cascade". */
export default caseFile({ part: "delivery-service", chapter: "cascade-parts", layer: "cascade", flags: {} }, () => [...parts()])
