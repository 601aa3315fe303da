/**
 * Plays of MLS groups, by name, with their twins. What their author claims of them stands beside; it has to be what the definitions give.
 *
 * @module
 */
import type { MlsPlay, MlsPlayFile } from "../../../conformance/protocol/plays.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses } from "../../../spec/delivery-service/tree-kem.ts"
import { MlsStage } from "./mls-stage.ts"

export const users = { a: "alice", b: "bob", c: "carol", d: "dave", e: "erin", f: "frank", g: "grace", h: "heidi" } as const

/** A group of three, in epoch 1, after the messages 1 to 3. */
export const opening = (cast: Readonly<Record<string, string>>): MlsStage =>
  new MlsStage(cast).founds("a").adds("a", "b").adds("a", "c").commits("a", "1", "2").decides("3")

export const openingFile = (set: string, plays: ReadonlyArray<MlsPlay>): MlsPlayFile => {
  const { a, b, c } = users
  return { format: "conclave-plays/1", part: "mls", set, opening: opening({ a, b, c }).scene(), plays }
}

export const castOf = (letters: string, again: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  ...Object.fromEntries([...letters].map((letter) => [letter, users[letter as keyof typeof users]])),
  ...again,
})

export const written = (stage: MlsStage, about: Pick<MlsPlay, "id" | "title"> & { readonly clauses: ReadonlyArray<Clause> }): MlsPlay => {
  const { id, title, clauses: shown } = about
  return { id, title, clauses: shown.map((one) => one.id), needs: stage.needs(), ...stage.scene(), end: stage.end() }
}

interface Crafted {
  readonly id: string
  readonly title: string
  readonly clauses: ReadonlyArray<Clause>
  readonly cast?: string
  readonly again?: Readonly<Record<string, string>>
  readonly play: (stage: MlsStage) => MlsStage
  /** What its author claims: the members at the end, and who never had the last epoch's secrets. */
  readonly members: string
  readonly apart: string
}

/** The epochs begin with the messages 4 and on. */
const crafted: ReadonlyArray<Crafted> = [
  {
    id: "empty-commit",
    title: "A commit of nothing begins an epoch with other secrets",
    clauses: [clauses["same-key"], clauses.path],
    play: (stage) => stage.commits("b").decides("4"),
    members: "abc",
    apart: "",
  },
  {
    id: "proposals-by-reference",
    title: "A commit of three proposals by three members, by reference",
    clauses: [clauses["by-reference"], clauses["same-key"], clauses["lowest-leaf"]],
    cast: "abcd",
    play: (stage) => stage.updates("b").adds("c", "d").spreads("4", "5").updates("c").spreads("6").commits("a", "4", "5", "6").decides("7"),
    members: "abcd",
    apart: "",
  },
  {
    id: "some-of-the-proposals",
    title: "A commit of one proposal of two: the other one is gone with the epoch",
    clauses: [clauses.known, clauses.epoch],
    cast: "abcd",
    play: (stage) =>
      stage.adds("b", "d").updates("c").spreads("4", "5").commits("a", "5").decides("6").refuses("ab", "4").refuses("d", "6"),
    members: "abc",
    apart: "d",
  },
  {
    id: "proposal-not-admitted~refused",
    title: "A commit that names what one has not admitted is refused, until it is admitted",
    clauses: [clauses.known],
    play: (stage) => stage.updates("b").admits("a", "4").commits("a", "4").refuses("c", "5").admits("c", "4").decides("5"),
    members: "abc",
    apart: "",
  },
  {
    id: "former-commit",
    title: "Two commits, one after the other",
    clauses: [clauses.epoch],
    play: (stage) => stage.commits("a").decides("4").commits("b").decides("5"),
    members: "abc",
    apart: "",
  },
  {
    id: "former-commit~refused",
    title: "A commit of a former epoch, and a commit twice, are refused",
    clauses: [clauses.epoch],
    play: (stage) =>
      stage.commits("a").commits("b").decides("4").refuses("abc", "5", "4").commits("c").decides("6").refuses("abc", "4", "5"),
    members: "abc",
    apart: "",
  },
  {
    id: "later-commit~refused",
    title: "A commit of a later epoch is refused, and taken in time",
    clauses: [clauses.epoch],
    play: (stage) => stage.commits("a").processes("ab", "4").commits("b").refuses("c", "5").processes("c", "4").decides("5"),
    members: "abc",
    apart: "",
  },
  {
    id: "former-proposal~refused",
    title: "A proposal of a former epoch is refused, and one of a later one",
    clauses: [clauses.epoch],
    play: (stage) =>
      stage
        .updates("b")
        .commits("a")
        .processes("ac", "5")
        .refuses("ac", "4")
        .updates("c")
        .refuses("b", "6")
        .processes("b", "5")
        .spreads("6")
        .commits("b", "6")
        .decides("7"),
    members: "abc",
    apart: "",
  },
  {
    id: "removed-follows-nobody",
    title: "One who is removed is told so, and follows nobody from then on",
    clauses: [clauses["removes-member"], clauses["key-update"], clauses.epoch],
    play: (stage) =>
      stage
        .removes("a", "c")
        .spreads("4")
        .commits("b", "4")
        .decides("5")
        .updates("a")
        .spreads("6")
        .refuses("c", "6")
        .commits("b", "6")
        .refuses("c", "7")
        .decides("7"),
    members: "ab",
    apart: "c",
  },
  {
    id: "removed-does-not-know~refused",
    title: "One who is removed and has not heard of it follows nobody",
    clauses: [clauses["key-update"], clauses.epoch],
    play: (stage) =>
      stage
        .removes("a", "c")
        .admits("b", "4")
        .commits("b", "4")
        .processes("ab", "5")
        .refuses("c", "5")
        .commits("a")
        .refuses("c", "6")
        .decides("6"),
    members: "ab",
    apart: "c",
  },
  {
    id: "removal-not-decided",
    title: "One whose removal is committed, but not decided, stays",
    clauses: [clauses["same-key"]],
    play: (stage) => stage.removes("a", "c").spreads("4").commits("a", "4").commits("b").decides("6").commits("c").decides("7"),
    members: "abc",
    apart: "",
  },
  {
    id: "removes-the-other",
    title: "Each of two proposes to remove the other: the third decides for one",
    clauses: [clauses.conflict, clauses["removes-member"]],
    play: (stage) => stage.removes("a", "b").removes("b", "a").spreads("4", "5").commits("c", "4").decides("6").refuses("ac", "5"),
    members: "ac",
    apart: "b",
  },
  {
    id: "added-again",
    title: "One who was removed is added again, on the lowest free leaf, by another key package",
    clauses: [clauses["lowest-leaf"], clauses.welcome],
    cast: "abc",
    again: { x: "bob" },
    play: (stage) =>
      stage.removes("a", "b").spreads("4").commits("c", "4").decides("5").adds("c", "x").spreads("6").commits("a", "6").decides("7"),
    members: "acx",
    apart: "b",
  },
  {
    id: "replaced-in-one-commit",
    title: "One is removed and another added by one commit: the other takes its leaf",
    clauses: [clauses["lowest-leaf"], clauses.welcome],
    cast: "abcd",
    play: (stage) => stage.removes("a", "b").adds("c", "d").spreads("4", "5").commits("c", "4", "5").decides("6").commits("d").decides("7"),
    members: "acd",
    apart: "b",
  },
  {
    id: "welcome-of-another~refused",
    title: "A welcome is for those whom its commit adds, and for nobody else",
    clauses: [clauses.welcome],
    cast: "abcde",
    play: (stage) =>
      stage
        .adds("a", "d")
        .adds("b", "e")
        .spreads("4", "5")
        .commits("a", "4")
        .commits("b", "5")
        .refuses("e", "6")
        .refuses("d", "7")
        .decides("6")
        .refuses("e", "6"),
    members: "abcd",
    apart: "e",
  },
  {
    id: "welcome-of-a-lost-commit",
    title: "Who is welcomed by a commit that was not decided is alone in its epoch; the group takes the other",
    clauses: [clauses["same-key"], clauses.welcome],
    cast: "abcd",
    play: (stage) =>
      stage
        .adds("a", "d")
        .spreads("4")
        .commits("a", "4")
        .commits("b")
        .joins("d", "5")
        .decides("6")
        .refuses("abc", "5")
        .refuses("d", "6")
        .commits("c")
        .decides("7"),
    members: "abc",
    apart: "d",
  },
  {
    id: "two-groups-of-a-fork",
    title:
      "Where two commits of one epoch are both processed, by others each, the two have different secrets, and take nothing of each other",
    clauses: [clauses["same-key"], clauses.epoch],
    play: (stage) =>
      stage
        .commits("a")
        .commits("b")
        .processes("ac", "4")
        .processes("b", "5")
        .refuses("ac", "5")
        .refuses("b", "4")
        .commits("c")
        .refuses("b", "6")
        .decides("6"),
    members: "abc",
    apart: "",
  },
  {
    id: "own-update-committed-by-another",
    title: "A member's update is committed by another, twice in a row",
    clauses: [clauses["key-update"], clauses["same-key"]],
    play: (stage) =>
      stage
        .updates("c")
        .spreads("4")
        .commits("a", "4")
        .decides("5")
        .updates("c")
        .spreads("6")
        .commits("b", "6")
        .decides("7")
        .commits("c")
        .decides("8"),
    members: "abc",
    apart: "",
  },
  {
    id: "two-updates-one-committed",
    title: "A member proposes two updates; the first is committed, the second is forgotten",
    clauses: [clauses["key-update"]],
    play: (stage) =>
      stage.updates("c").updates("c").spreads("4", "5").commits("a", "4").decides("6").commits("b").decides("7").commits("c").decides("8"),
    members: "abc",
    apart: "",
  },
  {
    id: "commits-twice",
    title: "A member commits twice in one epoch, and the second is decided",
    clauses: [clauses["same-key"]],
    cast: "abcd",
    play: (stage) => stage.commits("a").adds("b", "d").spreads("5").commits("a", "5").decides("6").refuses("abcd", "4"),
    members: "abcd",
    apart: "",
  },
  {
    id: "additions-only",
    title: "Two are added by one commit, and both begin epochs of their own",
    clauses: [clauses.welcome, clauses["lowest-leaf"]],
    cast: "abcde",
    play: (stage) =>
      stage
        .adds("a", "d")
        .adds("b", "e")
        .spreads("4", "5")
        .commits("c", "4", "5")
        .decides("6")
        .commits("d")
        .decides("7")
        .commits("e")
        .decides("8"),
    members: "abcde",
    apart: "",
  },
  {
    id: "thief-before-an-update",
    title: "A thief has the state of a member: it follows while that member brings no key, and no longer when its update is committed",
    clauses: [clauses["key-update"]],
    again: { z: "bob" },
    play: (stage) =>
      stage
        .copies("b", "z")
        .commits("a")
        .decides("4")
        .steals("z", "4")
        .updates("b")
        .spreads("5")
        .commits("c", "5")
        .decides("6")
        .steals("z", "5", "6")
        .commits("a")
        .decides("7")
        .steals("z", "7"),
    members: "abc",
    apart: "z",
  },
  {
    id: "thief-before-a-commit",
    title: "A thief has the state of a member: it follows no longer when that member commits",
    clauses: [clauses["key-update"]],
    again: { z: "bob" },
    play: (stage) => stage.copies("b", "z").commits("b").decides("4").steals("z", "4").commits("c").decides("5").steals("z", "5"),
    members: "abc",
    apart: "z",
  },
  {
    id: "messages",
    title: "Application messages open, each once, for all but who sealed it",
    clauses: [clauses["same-key"]],
    play: (stage) => stage.seals("a").seals("b").opens("bc", "4").opens("ac", "5").refuses("bc", "4").refuses("ac", "5"),
    members: "abc",
    apart: "",
  },
  {
    id: "message-of-the-epoch-before",
    title: "An application message that comes after the next commit opens",
    clauses: [clauses["same-key"]],
    play: (stage) => stage.seals("a").commits("b").decides("5").opens("bc", "4").refuses("b", "4"),
    members: "abc",
    apart: "",
  },
  {
    id: "message-of-a-later-epoch~refused",
    title: "An application message of an epoch that one has not come to, or that one is no member of, is refused",
    clauses: [clauses.epoch],
    cast: "abcd",
    play: (stage) =>
      stage
        .seals("a")
        .adds("a", "d")
        .removes("a", "c")
        .spreads("5", "6")
        .commits("b", "5", "6")
        .processes("ab", "7")
        .seals("a")
        .refuses("c", "8")
        .processes("c", "7")
        .refuses("c", "8")
        .joins("d", "7")
        .refuses("d", "4")
        .opens("bd", "8"),
    members: "abd",
    apart: "c",
  },
]

const playOf = ({ id, title, clauses: shown, cast = "abc", again = {}, play, members, apart }: Crafted): MlsPlay => {
  const all = castOf(cast, again)
  const stage = opening(all)
  const { epochs } = stage.scene()
  const made = written(play(stage), { id: `mls/${id}`, title, clauses: shown })
  const seen = { members: { ...epochs, ...made.epochs }[made.end.epoch]!.members, apart: made.end.apart }
  if (seen.members !== members || seen.apart !== apart) throw new Error(`${id}: ${JSON.stringify(seen)}, which its author does not claim`)
  return { ...made, cast: all }
}

/** The file of them. */
export const craftedPlays = (): MlsPlayFile => openingFile("mls", crafted.map(playOf))
