import { clauses } from "../../../spec/dcgka/causal-broadcast.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { type About, Author, aCase, type Case, caseFile, projected } from "../author.ts"
import { filled, first } from "../people.ts"
import { BroadcastGroup, broadcastScenario } from "./broadcast-group.ts"

const abc = first(3)
const abcd = first(4)

/** One operation in a group of three, and who plays which role in it. */
interface Played {
  readonly operation: string
  readonly about: Pick<About, "clauses">
  readonly play: (author: Author) => void
  readonly roles: Readonly<Record<string, string>>
}

const operations: ReadonlyArray<Played> = [
  {
    operation: "create",
    about: { clauses: [clauses.signature, clauses["signing-key"], clauses["one-sender"], agreement.recipients] },
    play: (author) => BroadcastGroup.acquainted(author, abc).agree(abc),
    roles: { sender: "alice", recipient: "bob" },
  },
  {
    operation: "update",
    about: { clauses: [clauses.signature, clauses.acknowledges, clauses.heals, agreement.recipients] },
    play: (author) => {
      const group = BroadcastGroup.acquainted(author, abc)
      for (const user of ["alice", "bob", "alice"]) group.settle(group.update(user), abc)
      group.agree(abc)
    },
    roles: { sender: "alice", recipient: "carol" },
  },
  {
    operation: "add",
    about: { clauses: [clauses["add-alone"], clauses.attachment, clauses.signature, agreement["welcome-history"]] },
    play: (author) => {
      const group = BroadcastGroup.acquainted(author, abc, ["dave"])
      group.settle(group.update("bob"), abc)
      group.settle(group.add("alice", "dave"), abcd)
      for (const user of ["dave", "carol", "dave"]) group.settle(group.update(user), abcd)
      group.agree(abcd)
    },
    roles: { sender: "alice", bystander: "bob", "new-member": "dave" },
  },
  {
    operation: "remove",
    about: { clauses: [clauses.signature, agreement["nobody-outside"], agreement.wipe] },
    play: (author) => {
      const group = BroadcastGroup.acquainted(author, abc)
      const removal = group.remove("alice", "bob")
      author.claim(group.deliver(removal, "bob").removed, "Bob is removed")
      author.gives("broadcast.flush", { on: "bob" }, { envelope: null })
      author.gives("broadcast.notes", { on: "bob" }, { notes: "80" })
      group.settle(removal, ["alice", "carol"])
      group.agree(["alice", "carol"])
    },
    roles: { sender: "alice", recipient: "carol", removed: "bob" },
  },
]

const casesOf = ({ operation, about, play, roles }: Played): ReadonlyArray<Case> => {
  const id = `broadcast/${operation}`
  const author = new Author(id)
  play(author)
  const played = Object.entries(roles).map(([role, handle]) =>
    projected(`${id}-as-${role}`, { title: `${operation} in a group of three, seen by the ${role}`, ...about }, handle, author.steps),
  )
  return [...played, aCase(`${id}-whole`, { title: `${operation} in a group of three, all members`, ...about }, play)]
}

const written = { length: 3, digest: filled(0x77, 32) }

const stated = (): Case =>
  broadcastScenario(
    "states-what-was-written",
    {
      title: "The message after application messages states them; the next one, in the same envelope, states none",
      clauses: [clauses["chain-stated"]],
    },
    abc,
    [],
    (group) => {
      const { author } = group
      author.accepts("broadcast.write", { on: "alice", chain: { ...written, length: 2 } })
      author.accepts("broadcast.write", { on: "alice", chain: written })
      group.queueUpdate("alice")
      group.queueUpdate("alice")
      const { taken } = group.deliver(group.post("alice"), "bob")
      author.claim(JSON.stringify(taken.map(({ chain }) => chain)) === JSON.stringify([written, null]), "Bob is told both statements")
    },
  )

/** Each operation, in each role; and what goes with them of application messages. */
export default caseFile({ part: "dcgka", chapter: "causal-broadcast-operations", layer: "broadcast", flags: {} }, () => [
  ...operations.flatMap(casesOf),
  stated(),
])
