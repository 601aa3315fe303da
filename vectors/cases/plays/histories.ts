/**
 * Plays of longer histories, by name: the errata, and what people who use a group without a server will meet. What their author claims of them stands
 * beside; it has to be what the definitions give.
 *
 * @module
 */
import type { Expected, Play, PlayFile } from "../../../conformance/protocol/plays.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses as membership } from "../../../spec/dcgka/group-membership.ts"
import { clauses } from "../../../spec/dcgka/key-agreement.ts"
import { Stage } from "./stage.ts"

const users = { a: "alice", b: "bob", c: "carol", d: "dave", e: "erin", f: "frank" } as const

interface History {
  readonly id: string
  readonly title: string
  readonly clauses: ReadonlyArray<Clause>
  /** The members that the group is created with, the creator first, and all who are in the play. */
  readonly founders: string
  readonly cast: string
  /** Members of users who have another member in the play. */
  readonly again?: Readonly<Record<string, string>>
  readonly play: (stage: Stage) => Stage
  /** What its author claims: of some messages, and of the end. */
  readonly claims: Readonly<Record<string, Expected>>
  readonly members: string
  /** Who has never had anybody's present secret, of those who are no members. */
  readonly outside: string
}

const histories: ReadonlyArray<History> = [
  {
    id: "settled",
    title: "Additions, an update and a removal, one after the other",
    clauses: [clauses.recipients, membership.members],
    founders: "abc",
    cast: "abcd",
    play: (stage) => stage.adds("a", "d").settles("abcd").updates("d").settles("abcd").removes("b", "a").takes("a", "4").settles("bcd"),
    claims: { "2": { to: "d", read: "bcd" }, "2>d": { read: "abc" }, "3>b": { read: "acd" }, "4": { to: "cd", read: "cd" } },
    members: "bcd",
    outside: "a",
  },
  {
    id: "f1-nothing-for-the-removed",
    title: "A removal: nobody forwards anything to the one who is removed, whose acknowledgements are as before",
    clauses: [clauses["own-ack-first"], clauses["nobody-outside"]],
    founders: "abc",
    cast: "abc",
    play: (stage) => stage.removes("a", "b").takes("c", "2").takes("a", "2>c").listens("b"),
    claims: { "2": { to: "c", read: "c" }, "2>c": { read: "a", printed: { F1: "b" } } },
    members: "ac",
    outside: "b",
  },
  {
    id: "f2-a-newcomer-has-the-removal-in-its-view",
    title: "A new member, whom a removal did not reach, acts by it from then on, and others know that it does",
    clauses: [clauses["record-every-ack"], membership.view],
    founders: "abc",
    cast: "abcde",
    play: (stage) => stage.adds("a", "d").removes("b", "c").settles("abd").adds("d", "e").settles("abde"),
    claims: { "3>d": { silent: true }, "3>d+": { to: "ab", read: "ab" }, "4": { to: "e", read: "abe" } },
    members: "abde",
    outside: "c",
  },
  {
    id: "f3-no-ratchet-for-a-cancelled-addition",
    title: "Somebody is added by one who is being removed: nobody who knows of both gives the added one anything",
    clauses: [clauses["cancelled-addition"], clauses["nobody-outside"]],
    founders: "abc",
    cast: "abcd",
    play: (stage) =>
      stage
        .adds("a", "d")
        .removes("b", "a")
        .takes("d", "2")
        .takes("c", "3", "2")
        .takes("b", "2", "3>c", "2>c")
        .takes("c", "2>b")
        .listens("d"),
    claims: { "2>c": { read: "b", printed: { F3: "d" } }, "2>b": { read: "c", printed: { F3: "d" } } },
    members: "bc",
    outside: "a",
  },
  {
    id: "f4-a-view-through-adders",
    title: "A member knows what its adder knew, and what the adder of its adder knew",
    clauses: [membership.view, clauses.recipients],
    founders: "abcd",
    cast: "abcdef",
    play: (stage) =>
      stage.removes("a", "b").settles("acd").adds("c", "e").settles("acde").adds("e", "f").settles("acdef").updates("f").settles("acdef"),
    claims: { "3": { to: "e", read: "ade" }, "5": { to: "acde", read: "acde", printed: { F4: "abcde" } } },
    members: "acdef",
    outside: "b",
  },
  {
    id: "f7-nothing-from-one-who-does-not-know",
    title: "Two are added at once: neither takes anything from the addition of the other, until its adder knows of it",
    clauses: [clauses["no-view-no-secret"]],
    founders: "ab",
    cast: "abcd",
    play: (stage) => stage.adds("a", "c").adds("b", "d").takes("c", "2", "3").takes("d", "3", "2").settles("abcd"),
    claims: { "2": { to: "c", read: "bc" }, "3": { to: "d", read: "ad" }, "2>c": { read: "ab" }, "2>d": { to: "c", read: "abc" } },
    members: "abcd",
    outside: "",
  },
  {
    id: "s1-rekey-after-a-removal",
    title: "One is added while another is removed, who does not know and follows: it does not follow the new one when that one knows",
    clauses: [clauses.rekey],
    founders: "abc",
    cast: "abcd",
    play: (stage) => stage.adds("a", "d").removes("b", "c").takes("d", "2").takes("c", "2", "2>d").settles("abd").listens("c"),
    claims: { "2>d": { read: "abc" }, "3>d": { silent: true }, "3>d+": { to: "ab", read: "ab" } },
    members: "abd",
    outside: "c",
  },
  {
    id: "s1-rekey-after-an-update",
    title: "One is added while another, who was robbed, updates: the thief does not follow the new one when that one knows",
    clauses: [clauses.rekey],
    founders: "abc",
    cast: "abcd",
    again: { t: "c" },
    play: (stage) => stage.copies("c", "t").adds("a", "d").updates("c").takes("d", "2").settles("abcd").steals("t"),
    claims: { "2>d": { read: "abc" }, "3>d": { silent: true }, "3>d+": { to: "abc", read: "abc" } },
    members: "abcd",
    outside: "t",
  },
  {
    id: "an-update-heals",
    title: "Who has the state of a member from before its update follows nobody after it",
    clauses: [clauses.recipients, clauses["delete-used"]],
    founders: "abc",
    cast: "abc",
    again: { t: "c" },
    play: (stage) => stage.copies("c", "t").updates("a").updates("c").settles("abc").steals("t"),
    claims: { "2": { to: "bc", read: "bc" }, "3": { to: "ab", read: "ab" } },
    members: "abc",
    outside: "t",
  },
  {
    id: "partition-and-merge",
    title: "A group is cut in two; both halves change it, and come together again",
    clauses: [membership.members, membership.view, clauses.recipients, clauses.forward],
    founders: "abcd",
    cast: "abcdef",
    play: (stage) =>
      stage
        .adds("a", "e")
        .settles("abe")
        .updates("e")
        .settles("abe")
        .updates("c")
        .settles("cd")
        .adds("d", "f")
        .settles("cdf")
        .views("a")
        .views("c")
        .settles("abcdef"),
    claims: { "3": { to: "abcd", read: "abcd" }, "4": { to: "abd", read: "abd" }, "4>d": { read: "abc" } },
    members: "abcdef",
    outside: "",
  },
  {
    id: "partition-with-removals",
    title: "A group is cut in two; each half removes one of the other, and they come together again",
    clauses: [membership.members, membership.view, clauses.recipients],
    founders: "abcd",
    cast: "abcd",
    play: (stage) =>
      stage
        .removes("a", "c")
        .takes("b", "2")
        .takes("a", "2>b")
        .removes("d", "b")
        .takes("c", "3")
        .takes("d", "3>c")
        .views("a")
        .views("d")
        .settles("ad")
        .takes("b", "3")
        .takes("c", "2"),
    claims: { "2": { to: "bd", read: "bd" }, "3": { to: "ac", read: "ac" } },
    members: "ad",
    outside: "bc",
  },
  {
    id: "late-joiner",
    title: "A new member learns of its addition when the others have long gone on, and catches up",
    clauses: [membership.members, clauses.recipients],
    founders: "abc",
    cast: "abcde",
    play: (stage) =>
      stage
        .adds("a", "d")
        .settles("abc")
        .updates("b")
        .settles("abc")
        .adds("c", "e")
        .settles("abce")
        .updates("a")
        .settles("abce")
        .settles("abcde"),
    claims: { "3": { to: "acd", read: "acd" }, "5": { to: "bcde", read: "bcde" } },
    members: "abcde",
    outside: "",
  },
  {
    id: "removed-member-goes-on",
    title: "A member who does not know of its removal goes on; those who do not know either follow, and in the end it is out",
    clauses: [membership.members, membership.view, clauses["nobody-outside"]],
    founders: "abc",
    cast: "abcd",
    play: (stage) =>
      stage
        .removes("a", "c")
        .updates("c")
        .settles("bc")
        .adds("c", "d")
        .settles("bcd")
        .updates("c")
        .settles("bcd")
        .settles("ab", "abcd")
        .listens("c")
        .listens("d"),
    claims: { "3": { to: "ab", read: "ab" }, "4": { to: "d", read: "abd" }, "2": { to: "b", read: "b" } },
    members: "ab",
    outside: "c",
  },
  {
    id: "mutual-removal",
    title: "Two remove each other: both are out, and neither follows the others",
    clauses: [membership.members, clauses["nobody-outside"]],
    founders: "abcd",
    cast: "abcd",
    play: (stage) =>
      stage.removes("a", "b").removes("b", "a").takes("c", "2", "3").takes("d", "3", "2").settles("cd").takes("a", "3").takes("b", "2"),
    claims: { "2": { to: "cd", read: "cd" }, "3": { to: "cd", read: "cd" } },
    members: "cd",
    outside: "ab",
  },
  {
    id: "all-removed-at-once",
    title: "Everybody removes somebody: nobody is left",
    clauses: [membership.members],
    founders: "abc",
    cast: "abc",
    play: (stage) => stage.removes("a", "b").removes("b", "c").removes("c", "a").takes("a", "4").takes("b", "2").takes("c", "3"),
    claims: { "2": { to: "c", read: "c" }, "3": { to: "a", read: "a" }, "4": { to: "b", read: "b" } },
    members: "",
    outside: "",
  },
  {
    id: "additions-by-the-added",
    title: "Whom a member brings in while it is being removed, and whom those bring in, are members for nobody who knows",
    clauses: [membership.members, membership.view, clauses["cancelled-addition"], clauses["nobody-outside"]],
    founders: "abc",
    cast: "abcde",
    play: (stage) =>
      stage
        .removes("b", "a")
        .settles("bc")
        .adds("a", "d")
        .settles("ad")
        .adds("d", "e")
        .settles("ade")
        .settles("bc")
        .takes("b", "3", "3>d", "4")
        .takes("c", "3", "3>d", "4")
        .settles("bc"),
    claims: { "3": { to: "d", read: "bcd" }, "4": { to: "e", read: "abce" } },
    members: "bc",
    outside: "a",
  },
  {
    id: "removed-and-added-again",
    title: "A user is removed and added again, as another member",
    clauses: [membership.members, clauses.recipients],
    founders: "abc",
    cast: "abc",
    again: { d: "c" },
    play: (stage) => stage.removes("a", "c").takes("c", "2").settles("ab").adds("b", "d").settles("abd").updates("d").settles("abd"),
    claims: { "3": { to: "d", read: "ad" }, "4": { to: "ab", read: "ab" } },
    members: "abd",
    outside: "c",
  },
  {
    id: "delayed-answers",
    title: "An answer comes after what was sent by others who had it",
    clauses: [clauses.recipients],
    founders: "abc",
    cast: "abcd",
    play: (stage) =>
      stage.updates("a").takes("b", "2").takes("c", "2").takes("b", "2>c").adds("b", "d").takes("a", "2>b", "3", "2>c").settles("abcd"),
    claims: { "3": { to: "d", read: "acd" } },
    members: "abcd",
    outside: "",
  },
  {
    id: "duplicates",
    title: "Everything comes a second time, operations and answers",
    clauses: [clauses.recipients],
    founders: "abc",
    cast: "abcd",
    play: (stage) =>
      stage
        .adds("a", "d")
        .updates("b")
        .settles("abcd")
        .takesAgain("c", "2", "3", "2>d", "3>a")
        .takesAgain("a", "3", "2>c", "2>d")
        .takesAgain("d", "2", "3", "2>b"),
    claims: { "3": { to: "ac", read: "ac" }, "3>a": { to: "d", read: "bcd" } },
    members: "abcd",
    outside: "",
  },
  {
    id: "loss-and-retransmission",
    title: "A message is lost; the next one of its sender comes before it is sent again",
    clauses: [clauses.recipients],
    founders: "abc",
    cast: "abc",
    play: (stage) =>
      stage.updates("a").updates("a").takes("b", "2").takesEarly("c", "3").takes("b", "3").takes("c", "2", "3").settles("abc"),
    claims: { "2": { to: "bc", read: "bc" }, "3": { to: "bc", read: "bc" }, "3>c": { read: "ab" } },
    members: "abc",
    outside: "",
  },
]

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const check = ({ id, claims, members, outside }: History, messages: Play["messages"], end: Play["end"]): void => {
  const wrong = (what: string, claimed: unknown, computed: unknown): never => {
    throw new Error(`${id}: ${what}: the author claims ${JSON.stringify(claimed)}, the definitions give ${JSON.stringify(computed)}`)
  }
  for (const [name, claim] of Object.entries(claims)) if (!same(claim, messages[name])) wrong(name, claim, messages[name])
  if (members !== end.members) wrong("members", members, end.members)
  const apart = Object.fromEntries([...members].filter(() => outside !== "").map((member) => [member, outside]))
  if (!same(apart, end.apart)) wrong("apart", apart, end.apart)
}

const playOf = (history: History): Play => {
  const { id, title, founders, again = {} } = history
  const known: Readonly<Record<string, string>> = users
  const cast = Object.fromEntries([
    ...[...history.cast].map((handle) => [handle, known[handle]!] as const),
    ...Object.entries(again).map(([handle, of]) => [handle, known[of]!] as const),
  ])
  const stage = history.play(new Stage(cast).creates(founders[0]!, founders.slice(1)).settles(founders))
  const scene = stage.scene()
  const end = stage.end()
  check(history, scene.messages, end)
  return { id: `histories/${id}`, title, clauses: history.clauses.map((clause) => clause.id), needs: stage.needs(), ...scene, end }
}

/** The file of plays of longer histories. */
export const historyPlays = (): PlayFile => ({
  format: "conclave-plays/1",
  part: "dcgka",
  set: "histories",
  opening: { cast: {}, steps: [], messages: {} },
  plays: histories.map(playOf),
})
