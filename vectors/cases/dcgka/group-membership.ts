import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import {
  changesOf,
  clauses,
  members as definition,
  knowledgeOf,
  type Operation,
  unknownTo,
  memberView as viewDefinition,
} from "../../../spec/dcgka/group-membership.ts"
import { aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled } from "../people.ts"

const ids: Readonly<Record<string, string>> = {
  A: filled(0xa, 16),
  B: filled(0xb, 16),
  C: filled(0xc, 16),
  D: filled(0xd, 16),
  E: filled(0xe, 16),
}
const named = (names: string) => [...names].map((name) => ids[name]!)

/**
 * A history in short form: `A1 create ABC`, `B1 ack A1`, `A2 add D`, `A3 remove B`, separated by semicolons.
 */
const history = (text: string): ReadonlyArray<Operation> =>
  text.split(";").map((line): Operation => {
    const [by, type, of] = line.trim().split(" ") as [string, string, string]
    const head = { sender: ids[by[0]!]!, seq: Number(by.slice(1)) }
    if (type === "create") return { type, ...head, members: named(of) }
    if (type === "ack") return { type, ...head, ofSender: ids[of[0]!]!, ofSeq: Number(of.slice(1)) }
    return { type: type as "add" | "remove", ...head, member: ids[of]! }
  })

const settled = "A1 create ABC; B1 ack A1; C1 ack A1"

interface Shown {
  readonly id: string
  readonly title: string
  readonly history: string
  /** The members that the author claims. */
  readonly members: string
  /** Views that the author claims: as of the last operation of the sender with at most this number. */
  readonly views?: Readonly<Record<string, string>>
}

const shown: ReadonlyArray<Shown> = [
  { id: "create", title: "A create has its members", history: "A1 create ABC", members: "ABC", views: { A1: "ABC", B1: "" } },
  { id: "alone", title: "A group of one", history: "A1 create A", members: "A", views: { A1: "A" } },
  { id: "create-names-twice", title: "A create that names a member twice has it once", history: "A1 create ABAB", members: "AB" },
  {
    id: "ack-of-own",
    title: "An ack of an own change, and a second one of another's: the function asks only that the change is there",
    history: "A1 create AB; A2 ack A1; A3 add C; B1 ack A3; B2 ack A3; B3 ack A1",
    members: "ABC",
    views: { A2: "AB", B1: "ABC", B3: "ABC" },
  },
  {
    id: "add",
    title: "An added member, and what the others know of it",
    history: `${settled}; A2 add D; D1 ack A2; B2 ack A2`,
    members: "ABCD",
    views: { A2: "ABCD", B1: "ABC", B2: "ABCD", C1: "ABC", D1: "ABCD" },
  },
  { id: "remove", title: "A removed member", history: `${settled}; A2 remove B; C2 ack A2`, members: "AC", views: { B1: "ABC", C2: "AC" } },
  {
    id: "mutual-removal",
    title: "Two who remove each other are both removed",
    history: `${settled}; A2 remove B; B2 remove A`,
    members: "C",
    views: { A2: "AC", B2: "BC" },
  },
  {
    id: "removal-wins",
    title: "An addition by somebody who is being removed does not stand",
    history: `${settled}; A2 add D; B2 remove A`,
    members: "BC",
  },
  {
    id: "removal-wins-transitively",
    title: "Nor do the additions by those it added",
    history: `${settled}; A2 add D; D1 ack A2; D2 add E; B2 remove A`,
    members: "BC",
  },
  {
    id: "known-addition-stands",
    title: "An addition that the remover knew stands",
    history: `${settled}; A2 add D; B2 ack A2; B3 remove A`,
    members: "BCD",
  },
  {
    id: "known-through-another",
    title: "An addition that the remover knew through another operation stands",
    history: `${settled}; A2 add D; D1 ack A2; D2 remove C; B2 ack A2; B3 ack D2; B4 remove A`,
    members: "BD",
  },
  { id: "both-add", title: "Two add the same", history: `${settled}; A2 add D; B2 add D`, members: "ABCD" },
  {
    id: "both-add-one-removed",
    title: "Two add the same, and one of them is removed concurrently",
    history: `${settled}; A2 add D; B2 add D; C2 remove A`,
    members: "BCD",
  },
  { id: "both-remove", title: "Two remove the same", history: `${settled}; A2 remove C; B2 remove C`, members: "AB" },
  {
    id: "add-concurrent-remove",
    title: "A removal takes effect only on what it comes after",
    history: `${settled}; A2 add D; B2 add D; B3 remove D`,
    members: "ABCD",
  },
  {
    id: "adds-before-joining",
    title: "One who adds before it knows that it was added adds nobody",
    history: `${settled}; A2 add D; D1 add E`,
    members: "ABCD",
  },
  {
    id: "removal-of-another-addition",
    title: "A removal of one addition leaves what was done by another addition of the same",
    history: `${settled}; A2 add D; B2 add D; B3 remove D; D1 ack A2; D2 add E`,
    members: "ABCDE",
  },
  { id: "add-again", title: "Removed and added again", history: `${settled}; A2 remove B; A3 add B`, members: "ABC" },
  {
    id: "removed-adds",
    title: "One who was removed and knew it adds nobody",
    history: `${settled}; A2 remove B; B2 ack A2; B3 add D`,
    members: "AC",
  },
  {
    id: "remover-removed",
    title: "A removal stands though its sender is removed concurrently",
    history: `${settled}; A2 remove B; C2 remove A`,
    members: "C",
  },
  {
    id: "creator-removed",
    title: "The creator is removed; those it created with stay",
    history: `${settled}; B2 remove A`,
    members: "BC",
    views: { A1: "ABC", B2: "BC" },
  },
  {
    id: "f4-view-through-adder",
    title: "A member added by one who was added itself has the whole past",
    history: `${settled}; A2 add D; D1 ack A2; D2 add E; E1 ack D2`,
    members: "ABCDE",
    views: { E1: "ABCDE", D1: "ABCD" },
  },
  {
    id: "f5-order-through-acks",
    title: "The acknowledgement of another puts an addition before its removal",
    history: `${settled}; B2 add D; C2 ack B2; C3 remove D; B3 ack C3`,
    members: "ABC",
    views: { B3: "ABC", C2: "ABCD" },
  },
  {
    id: "f6-view-as-of-a-message",
    title: "A view is as of a message, not as of now",
    history: `${settled}; B2 remove A; C3 ack B2`,
    members: "BC",
    views: { C2: "ABC", C3: "BC" },
  },
  {
    id: "ack-adds-to-what-is-known",
    title: "Who acknowledges a change goes on knowing what it knew",
    history: `${settled}; A2 add D; B2 add E; C2 ack A2; C3 ack B2`,
    members: "ABCDE",
    views: { C2: "ABCD", C3: "ABCDE", B2: "ABCE" },
  },
  {
    id: "ack-of-what-did-not-know",
    title: "Who acknowledges a change knows what is before it, but not what only stands before it in the history",
    history: `${settled}; A2 remove C; B2 add D; C2 ack B2`,
    members: "ABD",
    views: { B2: "ABCD", C2: "ABCD" },
  },
  {
    id: "gaps",
    title: "Numbers have gaps where a sender sent what is no operation",
    history: "A1 create AB; B1 ack A1; A7 add C; B9 ack A7",
    members: "ABC",
    views: { B8: "AB", B9: "ABC", A6: "AB" },
  },
  {
    id: "create-before-everything",
    title: "The create comes before a removal by somebody who has acknowledged nothing",
    history: "A1 create AB; B1 remove A",
    members: "B",
    views: { B1: "B" },
  },
  {
    id: "ack-names-one-operation",
    title: "Who acknowledges one operation of a sender does not know the later ones",
    history: "A1 create AB; A2 add D; B1 ack A1; B2 remove D",
    members: "ABD",
    views: { B1: "AB", B2: "AB" },
  },
  {
    id: "removes-itself",
    title: "One who has removed itself adds nobody",
    history: "A1 create AB; B1 remove B; B2 add C",
    members: "A",
    views: { B1: "A", B2: "A" },
  },
  {
    id: "remover-never-added",
    title: "A removal counts though its sender never was a member",
    history: "A1 create AB; C1 remove B",
    members: "A",
    views: { C1: "A" },
  },
  {
    id: "removes-though-never-a-member",
    title: "A removal counts though its sender was brought in by somebody who was being removed",
    history: "A1 create ABC; A2 remove B; B1 add D; D1 ack B1; D2 remove C",
    members: "A",
    views: { D2: "ABD", B1: "ABCD" },
  },
  {
    id: "added-beside-its-removal",
    title: "A removal says nothing of an addition that it does not come after",
    history: "A1 create AB; B1 remove B; A2 add B",
    members: "AB",
  },
  {
    id: "added-again-beside-its-removal",
    title: "Removed by two, and added again by one of them",
    history: "A1 create ABC; C1 remove B; A2 remove B; A3 add B",
    members: "ABC",
  },
  {
    id: "added-beside-mutual-removal",
    title: "Of two who remove each other one is added beside it",
    history: "A1 create ABC; A2 remove B; B1 remove A; C1 add A",
    members: "AC",
  },
  {
    id: "brought-in-by-another-addition",
    title: "Somebody who is being removed brings in others by another addition",
    history: "A1 create ABC; C1 remove B; A2 add B; B1 ack A2; B2 add D",
    members: "ABCD",
  },
  {
    id: "unknown-before-and-since",
    title: "Of what a sender does not know some stands before its change before, and some after that",
    history: `${settled}; A2 add D; B2 add E; C2 remove A; B3 remove C; A3 remove B`,
    members: "",
  },
  {
    id: "view-without-a-removal",
    title: "A view is of what is known: the same message without the removal before it",
    history: "A1 create AB; A3 add C",
    members: "ABC",
    views: { A3: "ABC" },
  },
  {
    id: "view-with-a-removal",
    title: "A view is of what is known: the same message with the removal before it",
    history: "A1 create AB; A2 remove B; A3 add C",
    members: "AC",
    views: { A3: "AC" },
  },
]

/** What the definitions say is kept of a history. */
const keptOf = (operations: ReadonlyArray<Operation>) => ({
  unknown: changesOf(operations).map((_, position) => unknownTo(operations, position)),
  known: Object.fromEntries(operations.map(({ sender }) => [sender, knowledgeOf(operations, sender)!])),
})

const asCase = ({ id, title, history: text, members, views }: Shown): Case =>
  aCase(
    `membership/${id}`,
    {
      title,
      clauses: [
        clauses.members,
        ...(views === undefined ? [] : [clauses.view]),
        clauses.kept,
        clauses["create-first"],
        clauses["seq-rises"],
        clauses["ack-known"],
      ],
    },
    (author) => {
      const operations = history(text)
      author.claim(String(definition(operations)) === String(named(members)), `the definition gives ${members}`)
      author.gives("membership.members", { operations }, { members: named(members) })
      for (const [as, view] of Object.entries(views ?? {})) {
        const [member, seq] = [ids[as[0]!]!, Number(as.slice(1))]
        author.claim(
          String(viewDefinition(operations, member, seq)) === String(named(view)),
          `the definition gives the view ${view} as of ${as}`,
        )
        author.gives("membership.view", { operations, member, seq }, { members: named(view) })
      }
      author.gives("membership.kept", { operations }, keptOf(operations))
    },
  )

const refused = (id: string, title: string, clause: Parameters<typeof twins>[1], right: string, wrong: string) =>
  twins(`membership/${id}`, clause, title, () => fork("membership.members", { operations: history(right) }, { operations: history(wrong) }))

const orders = aCase(
  "membership/order-of-checks",
  {
    title: "Operations with two faults each: the first that is looked for is told",
    clauses: [verdicts["order-of-checks"], clauses["create-first"], clauses["seq-rises"]],
    twin: "membership/ack-unknown",
  },
  (author) => {
    const refuses = (clause: (typeof clauses)[keyof typeof clauses], text: string) =>
      author.refuses(clause, "membership.members", { operations: history(text) })
    refuses(clauses["create-first"], "A1 create AB; A1 create AC")
    refuses(clauses["seq-rises"], "A1 create AB; B1 ack A1; B1 ack A9")
  },
)

/** The layer "membership". */
export default caseFile({ part: "dcgka", chapter: "group-membership", layer: "membership", flags: {} }, () => [
  ...shown.map(asCase),
  ...refused("create-first", "A history that begins with an add", clauses["create-first"], "A1 create AB", "A1 add B"),
  ...refused("create-twice", "A history with two creates", clauses["create-first"], "A1 create AB; A2 add C", "A1 create AB; A2 create AC"),
  ...refused(
    "create-without-sender",
    "A create whose sender is not among its members",
    clauses["create-first"],
    "A1 create AB",
    "A1 create BC",
  ),
  ...refused(
    "seq-equal",
    "Two operations with one number",
    clauses["seq-rises"],
    "A1 create AB; A2 add C; A3 remove B",
    "A1 create AB; A2 add C; A2 remove B",
  ),
  ...refused(
    "seq-falls",
    "A number that falls",
    clauses["seq-rises"],
    "A1 create AB; A4 add C; A5 remove B",
    "A1 create AB; A4 add C; A3 remove B",
  ),
  ...refused(
    "ack-of-ack",
    "An ack of an ack",
    clauses["ack-known"],
    "A1 create ABC; B1 ack A1; C1 ack A1",
    "A1 create ABC; B1 ack A1; C1 ack B1",
  ),
  ...refused("ack-unknown", "An ack of what is not there", clauses["ack-known"], "A1 create AB; B1 ack A1", "A1 create AB; B1 ack A2"),
  ...refused(
    "ack-before",
    "An ack before what it acknowledges",
    clauses["ack-known"],
    "A1 create AB; A2 add C; B1 ack A2",
    "A1 create AB; B1 ack A2; A2 add C",
  ),
  orders,
])
