/**
 * Application messages of dcgka in their order and out of it, of members who come, by name.
 *
 * @module
 */
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses } from "../../../spec/dcgka/application-messages.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import type { Stage } from "./stage.ts"

/** A history in which messages are sealed. */
export interface History {
  readonly id: string
  readonly title: string
  readonly clauses: ReadonlyArray<Clause>
  readonly founders?: string
  readonly cast?: string
  /** Members of users who have another member in the play. */
  readonly again?: Readonly<Record<string, string>>
  readonly play: (stage: Stage) => Stage
  /** What its author claims: by message, who has opened it at the end. */
  readonly opened: Readonly<Record<string, string>>
}

const { "chain-of-secret": ofSecret, "out-of-order": inAnyOrder, "key-used-once": once, chain } = clauses

/** Those of order, loss, repetition, and of new members. */
export const orderly: ReadonlyArray<History> = [
  {
    id: "to-all",
    title: "Each member seals, all others open, and nobody what it has sealed",
    clauses: [ofSecret, once],
    play: (stage) =>
      stage.seals("a").seals("b").seals("c").opens("bc", "m1").opens("ac", "m2").opens("ab", "m3").refuses("a", "m1").refuses("c", "m3"),
    opened: { m1: "bc", m2: "ac", m3: "ab" },
  },
  {
    id: "in-any-order",
    title: "Messages of one chain come in any order",
    clauses: [inAnyOrder],
    play: (stage) =>
      stage.seals("a").seals("a").seals("a").seals("a").opens("b", "m4", "m1", "m3", "m2").opens("c", "m2", "m1", "m4", "m3"),
    opened: { m1: "bc", m2: "bc", m3: "bc", m4: "bc" },
  },
  {
    id: "backwards",
    title: "Ten messages come in the opposite order",
    clauses: [inAnyOrder],
    play: (stage) => {
      const names = Array.from({ length: 10 }, (_, index) => `m${index + 1}`)
      for (const _ of names) stage.seals("b")
      return stage.opens("ac", ...names.reverse())
    },
    opened: Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`m${index + 1}`, "ac"])),
  },
  {
    id: "once~refused",
    title: "A message comes again, at once and after others: it does not open again",
    clauses: [once],
    play: (stage) =>
      stage
        .seals("a")
        .seals("a")
        .seals("a")
        .opens("b", "m1")
        .refuses("b", "m1")
        .opens("b", "m3")
        .refuses("b", "m3", "m1")
        .opens("b", "m2")
        .refuses("b", "m2", "m1", "m3")
        .opens("c", "m1", "m2", "m3")
        .refuses("c", "m1", "m2", "m3"),
    opened: { m1: "bc", m2: "bc", m3: "bc" },
  },
  {
    id: "lost",
    title: "Messages are lost for ever; those after them open, in this chain and the next",
    clauses: [inAnyOrder, ofSecret],
    play: (stage) =>
      stage
        .seals("a")
        .seals("a")
        .seals("a")
        .seals("a")
        .opens("b", "m1", "m4")
        .opens("c", "m3")
        .updates("a")
        .settles("abc")
        .seals("a")
        .seals("a")
        .opens("bc", "m6"),
    opened: { m1: "b", m3: "c", m4: "b", m6: "bc" },
  },
  {
    id: "after-its-chain",
    title: "A message comes after the update of its sender, and after messages of the next chain; it opens once",
    clauses: [inAnyOrder, once],
    play: (stage) =>
      stage.seals("a").updates("a").settles("abc").seals("a").opens("b", "m2", "m1").opens("c", "m1", "m2").refuses("bc", "m1", "m2"),
    opened: { m1: "bc", m2: "bc" },
  },
  {
    id: "three-chains",
    title: "Messages of three chains come in the opposite order",
    clauses: [inAnyOrder],
    play: (stage) =>
      stage
        .seals("b")
        .seals("b")
        .updates("b")
        .settles("abc")
        .seals("b")
        .seals("b")
        .updates("b")
        .settles("abc")
        .seals("b")
        .opens("a", "m5", "m4", "m3", "m2", "m1")
        .opens("c", "m2", "m4", "m5", "m1", "m3"),
    opened: { m1: "ac", m2: "ac", m3: "ac", m4: "ac", m5: "ac" },
  },
  {
    id: "before-its-chain~refused",
    title: "A message comes before what begins its chain; it opens when it comes again after that",
    clauses: [chain, ofSecret],
    play: (stage) =>
      stage
        .seals("a")
        .opens("b", "m1")
        .updates("a")
        .seals("a")
        .refuses("bc", "m2")
        .opens("c", "m1")
        .takes("b", "2")
        .opens("b", "m2")
        .seals("b")
        .refuses("c", "m3")
        .takes("a", "2>b")
        .opens("a", "m3")
        .settles("abc")
        .opens("c", "m2", "m3"),
    opened: { m1: "bc", m2: "bc", m3: "ac" },
  },
  {
    id: "answers-begin-chains",
    title: "Each answer to an update begins a chain: one before it does not open what comes after",
    clauses: [ofSecret],
    play: (stage) =>
      stage
        .updates("a")
        .takes("b", "2")
        .takes("c", "2")
        .seals("b")
        .seals("c")
        .refuses("a", "m1", "m2")
        .takes("a", "2>c")
        .opens("a", "m2")
        .refuses("a", "m1")
        .takes("a", "2>b")
        .opens("a", "m1")
        .takes("b", "2>c")
        .opens("b", "m2")
        .takes("c", "2>b")
        .opens("c", "m1"),
    opened: { m1: "ac", m2: "ab" },
  },
  {
    id: "again-begins-nothing~refused",
    title: "What begins a chain comes a second time: what was opened does not open again",
    clauses: [once],
    play: (stage) =>
      stage
        .updates("a")
        .settles("abc")
        .seals("a")
        .seals("a")
        .opens("b", "m1")
        .takesAgain("b", "2")
        .refuses("b", "m1")
        .opens("b", "m2")
        .takesAgain("b", "2")
        .refuses("b", "m1", "m2")
        .opens("c", "m1", "m2"),
    opened: { m1: "bc", m2: "bc" },
  },
  {
    id: "newcomer-and-earlier-ones~refused",
    title: "A new member opens nothing that was sealed before its addition, and what comes after it",
    clauses: [chain, ofSecret],
    cast: "abcd",
    play: (stage) =>
      stage
        .seals("a")
        .seals("b")
        .opens("bc", "m1")
        .opens("ac", "m2")
        .adds("a", "d")
        .takes("d", "2")
        .refuses("d", "m1", "m2")
        .seals("a")
        .opens("d", "m3")
        .settles("abcd")
        .opens("bc", "m3")
        .seals("b")
        .seals("d")
        .opens("acd", "m4")
        .opens("abc", "m5")
        .refuses("d", "m1", "m2"),
    opened: { m1: "bc", m2: "ac", m3: "bcd", m4: "acd", m5: "abc" },
  },
  {
    id: "newcomer-and-who-does-not-know~refused",
    title: "What a member seals that does not know of a new member is not for that one, nor later",
    clauses: [chain, agreement.recipients],
    cast: "abcd",
    play: (stage) =>
      stage
        .adds("a", "d")
        .takes("d", "2")
        .seals("b")
        .refuses("d", "m1")
        .opens("ac", "m1")
        .takes("b", "2")
        .seals("b")
        .takes("d", "2>b")
        .opens("d", "m2")
        .refuses("d", "m1")
        .settles("abcd")
        .refuses("d", "m1")
        .opens("ac", "m2"),
    opened: { m1: "ac", m2: "acd" },
  },
  {
    id: "first-of-a-newcomer",
    title: "A new member seals at once; those open it who know of its addition",
    clauses: [ofSecret],
    cast: "abcd",
    play: (stage) =>
      stage
        .adds("a", "d")
        .takes("d", "2")
        .seals("d")
        .refuses("bc", "m1")
        .takes("a", "2>d")
        .opens("a", "m1")
        .takes("b", "2", "2>d")
        .opens("b", "m1")
        .settles("abcd")
        .opens("c", "m1"),
    opened: { m1: "abc" },
  },
  {
    id: "newcomer-catches-up",
    title: "A new member learns of its addition when the others have long gone on, and opens what was sealed meanwhile",
    clauses: [inAnyOrder, ofSecret],
    cast: "abcd",
    play: (stage) =>
      stage
        .seals("c")
        .adds("a", "d")
        .settles("abc")
        .seals("b")
        .updates("b")
        .settles("abc")
        .seals("a")
        .seals("b")
        .opens("ab", "m1")
        .opens("ac", "m2", "m4")
        .opens("bc", "m3")
        .settles("abcd")
        .opens("d", "m4", "m3", "m2")
        .refuses("d", "m1"),
    opened: { m1: "ab", m2: "acd", m3: "bcd", m4: "acd" },
  },
  {
    id: "alone-before",
    title: "One is alone and seals; whom it adds does not open that",
    clauses: [chain],
    founders: "a",
    cast: "ab",
    play: (stage) =>
      stage.seals("a").adds("a", "b").settles("ab").seals("a").refuses("b", "m1").opens("b", "m2").seals("b").opens("a", "m3"),
    opened: { m2: "b", m3: "a" },
  },
]
