/**
 * Plays in which the network changes what it hands on, or brings what is of another group: whoever gets it refuses it, and goes on unharmed.
 *
 * @module
 */
import type { DcgkaChange, MlsPlayFile, Play, PlayFile } from "../../../conformance/protocol/plays.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses as messages } from "../../../spec/dcgka/application-messages.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import { clauses as channel } from "../../../spec/dcgka/two-party-messaging.ts"
import { clauses as treeKem } from "../../../spec/delivery-service/tree-kem.ts"
import { castOf, opening, openingFile, written } from "./mls-crafted.ts"
import type { MlsStage } from "./mls-stage.ts"
import { Stage } from "./stage.ts"

const users = { a: "alice", b: "bob", c: "carol", d: "dave", x: "xenia", y: "yves" } as const

interface Crafted {
  readonly id: string
  readonly title: string
  readonly clauses: ReadonlyArray<Clause>
  /** Who has a group at the beginning; nobody where the play makes it. */
  readonly founders?: string
  readonly cast?: string
  readonly play: (stage: Stage) => Stage
}

const ofDirect: ReadonlyArray<DcgkaChange> = ["direct-bit", "direct-cut", "direct-empty", "direct-of-another", "no-direct"]

const ofWelcome = ofDirect.filter((how) => how !== "direct-of-another")

// Some take an answer without what it hands over, since the paper's network loses neither alone.
const ofAnswer = ofWelcome.filter((how) => how !== "no-direct")

const eachOf = (stage: Stage, to: string, name: string, hows: ReadonlyArray<DcgkaChange>): Stage =>
  hows.reduce((now, how) => now.getsChanged(to, how, name), stage)

const crafted: ReadonlyArray<Crafted> = [
  {
    id: "create",
    title: "The direct message of a create is changed, exchanged or lost: nobody joins by it, and everybody by the true one",
    clauses: [channel.opens],
    founders: "",
    play: (stage) => eachOf(stage.creates("a", "bc"), "b", "1", ofDirect).settles("abc"),
  },
  {
    id: "update",
    title: "The direct message of an update is changed, exchanged or lost",
    clauses: [channel.opens],
    play: (stage) => eachOf(stage.updates("a"), "b", "2", ofDirect).settles("abc").updates("b").settles("abc"),
  },
  {
    id: "remove",
    title: "The direct message of a removal is changed, exchanged or lost",
    clauses: [channel.opens],
    founders: "abcd",
    cast: "abcd",
    play: (stage) => eachOf(stage.removes("a", "d"), "b", "2", ofDirect).takes("d", "2").settles("abc"),
  },
  {
    id: "add",
    title: "A welcome is changed or lost: the new member does not join by it",
    clauses: [channel.opens],
    cast: "abcd",
    play: (stage) => eachOf(stage.adds("a", "d"), "d", "2", ofWelcome).settles("abcd").updates("d").settles("abcd"),
  },
  {
    id: "ratchet",
    title: "The ratchet that an answer to an addition hands over is changed",
    clauses: [channel.opens],
    cast: "abcd",
    play: (stage) =>
      eachOf(stage.adds("a", "d").takes("d", "2").takes("b", "2"), "d", "2>b", ofAnswer).settles("abcd").updates("b").settles("abcd"),
  },
  {
    id: "forward",
    title: "What an answer to an update forwards is changed",
    clauses: [channel.opens],
    cast: "abcd",
    play: (stage) => eachOf(stage.adds("a", "d").updates("b").takes("d", "2", "3").takes("a", "3"), "d", "3>a", ofAnswer).settles("abcd"),
  },
  {
    id: "for-all",
    title: "Of the message for all only the first half comes, or nothing",
    clauses: [encoding.shape],
    cast: "abcd",
    play: (stage) => {
      const cutTo = (now: Stage, to: string, name: string) => eachOf(now, to, name, ["cut", "empty"])
      const added = cutTo(cutTo(stage.adds("a", "d"), "d", "2"), "b", "2").settles("abcd")
      const updated = cutTo(added.updates("b"), "d", "3").takes("a", "3")
      return cutTo(cutTo(updated.takes("d", "3"), "d", "3>a").settles("abcd").removes("c", "a"), "b", "4")
        .takes("a", "4")
        .settles("bcd")
    },
  },
  {
    id: "message",
    title: "An application message is changed: it does not open, and opens when it comes as it was sent",
    clauses: [messages.signature, messages.opens],
    play: (stage) =>
      eachOf(stage.seals("a"), "b", "m1", ["bit", "cut", "empty"])
        .opens("b", "m1")
        .seals("a")
        .getsChanged("b", "bit", "m2")
        .opens("bc", "m2"),
  },
  {
    id: "message-ahead",
    title: "An application message that is ahead of others is changed: those before it open, and then itself",
    clauses: [messages.signature, messages.opens],
    play: (stage) =>
      stage
        .seals("a")
        .seals("a")
        .seals("a")
        .getsChanged("b", "bit", "m3")
        .opens("b", "m1")
        .getsChanged("b", "cut", "m3")
        .opens("b", "m3")
        .getsChanged("b", "bit", "m2")
        .opens("b", "m2")
        .refuses("b", "m1", "m2", "m3")
        .opens("c", "m3", "m2", "m1"),
  },
  {
    id: "another-group",
    title: "Messages of another group come: nobody learns or opens anything by them, and the group goes on",
    clauses: [agreement.group],
    cast: "abcxy",
    play: (stage) =>
      stage
        .creates("x", "y")
        .settles("xy")
        .updates("x")
        .settles("xy")
        .overhears("b", "2", "2>y", "3", "3>y")
        .updates("a")
        .settles("abc")
        .overhears("x", "4", "4>b")
        .overhears("y", "4", "4>b"),
  },
  {
    id: "message-of-another-group",
    title: "Application messages of another group do not open",
    clauses: [messages.group],
    cast: "abcxy",
    play: (stage) =>
      stage
        .creates("x", "y")
        .settles("xy")
        .seals("x")
        .seals("a")
        .refuses("abc", "m1")
        .refuses("xy", "m2")
        .opens("y", "m1")
        .opens("bc", "m2"),
  },
]

const playOf = ({ id, title, clauses, founders = "abc", cast = "abc", play }: Crafted): Play => {
  const known: Readonly<Record<string, string>> = users
  const stage = new Stage(Object.fromEntries([...cast].map((one) => [one, known[one]!])))
  const played = play(founders === "" ? stage : stage.creates("a", founders.slice(1)).settles(founders))
  const scene = played.scene()
  return { id: `changed/${id}~refused`, title, clauses: clauses.map((one) => one.id), needs: played.needs(), ...scene, end: played.end() }
}

interface CraftedMls {
  readonly id: string
  readonly title: string
  readonly clauses: ReadonlyArray<Clause>
  readonly cast?: string
  readonly play: (stage: MlsStage) => MlsStage
}

const hows = ["bit", "cut", "longer", "empty"] as const

const allOf = (stage: MlsStage, handles: string, name: string): MlsStage =>
  hows.reduce((now, how) => now.getChanged(handles, how, name), stage)

const craftedMls: ReadonlyArray<CraftedMls> = [
  {
    id: "proposals",
    title: "An update, an addition and a removal are changed on the way: nobody admits them, and everybody as they were sent",
    clauses: [treeKem.signature],
    cast: "abcd",
    play: (stage) => {
      const proposed = stage.updates("b").adds("c", "d").removes("a", "b")
      return allOf(allOf(allOf(proposed, "ac", "4"), "ab", "5"), "bc", "6")
        .spreads("4", "5", "6")
        .commits("a", "4", "5")
        .decides("7")
    },
  },
  {
    id: "commit",
    title: "A commit is changed on the way: nobody processes it, and everybody as it was sent",
    clauses: [treeKem.decrypts],
    play: (stage) => allOf(stage.updates("b").spreads("4").commits("a", "4"), "bc", "5").decides("5").commits("b").decides("6"),
  },
  {
    id: "removal",
    title: "A commit that removes somebody is changed on the way: nobody is removed by it",
    clauses: [treeKem.decrypts],
    play: (stage) => allOf(stage.removes("a", "c").spreads("4").commits("b", "4"), "ac", "5").decides("5").commits("a").decides("6"),
  },
  {
    id: "welcome",
    title: "A welcome is changed on the way: nobody joins by it, and whom it is for by the true one",
    clauses: [treeKem.welcome],
    cast: "abcd",
    play: (stage) => allOf(stage.adds("a", "d").spreads("4").commits("b", "4"), "d", "5").decides("5").commits("d").decides("6"),
  },
  {
    id: "message",
    title: "An application message is changed on the way: it does not open, and opens when it comes as it was sent, in order or not",
    clauses: [treeKem["same-key"]],
    play: (stage) => allOf(stage.seals("a").seals("a"), "bc", "5").opens("b", "4", "5").opens("c", "5", "4").refuses("bc", "4", "5"),
  },
  {
    id: "another-group",
    title: "Proposals, commits and messages of another group are refused, whichever epoch they are of",
    clauses: [treeKem.group],
    cast: "abcd",
    play: (stage) =>
      stage
        .founds("d")
        .seals("d")
        .updates("d")
        .commits("d")
        .refuses("abc", "4", "5", "6")
        .decides("6")
        .seals("d")
        .updates("d")
        .commits("d")
        .refuses("abc", "7", "8", "9")
        .seals("a")
        .updates("b")
        .commits("c")
        .refuses("d", "10", "11", "12")
        .opens("bc", "10")
        .decides("12"),
  },
]

const mlsPlayOf = ({ id, title, clauses, cast = "abc", play }: CraftedMls) => {
  const all = castOf(cast)
  const stage = opening(all)
  stage.scene()
  return { ...written(play(stage), { id: `mls-changed/${id}~refused`, title, clauses }), cast: all }
}

/** The file of those of key agreement. */
export const changedPlays = (): PlayFile => ({
  format: "conclave-plays/1",
  part: "dcgka",
  set: "changed",
  opening: { cast: {}, steps: [], messages: {} },
  plays: crafted.map(playOf),
})

/** The file of those of MLS groups. */
export const changedMlsPlays = (): MlsPlayFile => openingFile("mls-changed", craftedMls.map(mlsPlayOf))
