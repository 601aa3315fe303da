/**
 * Application messages of dcgka with removals, the errata, thieves and partitions, by name.
 *
 * @module
 */
import { clauses } from "../../../spec/dcgka/application-messages.ts"
import { clauses as agreement } from "../../../spec/dcgka/key-agreement.ts"
import type { History } from "./messages-order.ts"

const { "chain-of-secret": ofSecret, "out-of-order": inAnyOrder, "key-used-once": once, chain } = clauses

/** Those of removals and of what they meet. */
export const removals: ReadonlyArray<History> = [
  {
    id: "removed-opens-nothing-later~refused",
    title: "One who is removed, whether it knows or not, opens nothing of those who know",
    clauses: [agreement.recipients, chain],
    play: (stage) =>
      stage
        .removes("a", "c")
        .seals("a")
        .refuses("c", "m1")
        .takes("b", "2")
        .opens("b", "m1")
        .seals("b")
        .takes("a", "2>b")
        .opens("a", "m2")
        .refuses("c", "m2")
        .listens("c")
        .refuses("c", "m1", "m2"),
    opened: { m1: "b", m2: "a" },
  },
  {
    id: "removed-writes",
    title: "One who is removed and does not know it seals: whoever has its secret opens it, whatever it knows of the removal",
    clauses: [ofSecret],
    play: (stage) =>
      stage
        .removes("a", "c")
        .seals("c")
        .opens("ab", "m1")
        .updates("c")
        .seals("c")
        .takes("b", "3")
        .opens("b", "m2")
        .takes("a", "3")
        .opens("a", "m2")
        .settles("ab")
        .seals("a")
        .seals("b")
        .opens("b", "m3")
        .opens("a", "m4")
        .listens("c")
        .refuses("c", "m3", "m4"),
    opened: { m1: "ab", m2: "ab", m3: "b", m4: "a" },
  },
  {
    id: "sealed-while-one-is-removed",
    title: "What is sealed by one who does not know of a removal opens for the removed one, and what it seals afterwards does not",
    clauses: [ofSecret, agreement.recipients],
    play: (stage) =>
      stage
        .removes("a", "c")
        .seals("b")
        .opens("ac", "m1")
        .updates("b")
        .seals("b")
        .takes("c", "3")
        .opens("c", "m2")
        .takes("a", "3")
        .opens("a", "m2")
        .takes("b", "2")
        .seals("b")
        .takes("a", "2>b")
        .opens("a", "m3")
        .settles("ab")
        .listens("c")
        .refuses("c", "m3"),
    opened: { m1: "ac", m2: "ac", m3: "a" },
  },
  {
    id: "f1-nothing-for-the-removed~refused",
    title: "Nobody forwards anything to the one who is removed, who opens no message of those who have answered the removal",
    clauses: [agreement["own-ack-first"], chain],
    play: (stage) =>
      stage
        .removes("a", "b")
        .takes("c", "2")
        .seals("c")
        .takes("a", "2>c")
        .opens("a", "m1")
        .refuses("b", "m1")
        .listens("b")
        .refuses("b", "m1"),
    opened: { m1: "a" },
  },
  {
    id: "f2-a-newcomer-that-knows",
    title: "A new member, whom a removal did not reach, seals for those who stay",
    clauses: [agreement.rekey, ofSecret],
    cast: "abcd",
    play: (stage) =>
      stage.adds("a", "d").removes("b", "c").settles("abd").seals("d").opens("ab", "m1").refuses("c", "m1").listens("c").refuses("c", "m1"),
    opened: { m1: "ab" },
  },
  {
    id: "f3-a-cancelled-addition~refused",
    title: "Somebody is added by one who is being removed: nothing opens for it of those who know of both",
    clauses: [agreement["cancelled-addition"], chain],
    cast: "abcd",
    play: (stage) =>
      stage
        .adds("a", "d")
        .removes("b", "a")
        .takes("d", "2")
        .takes("c", "3", "2")
        .seals("c")
        .takes("b", "2", "3>c", "2>c")
        .opens("b", "m1")
        .seals("b")
        .takes("c", "2>b")
        .opens("c", "m2")
        .refuses("d", "m1", "m2")
        .listens("d")
        .refuses("d", "m1", "m2"),
    opened: { m1: "b", m2: "c" },
  },
  {
    id: "f4-through-adders",
    title: "What a member seals is for those that its adder, and the adder of its adder, knew of; not for whom these knew to be removed",
    clauses: [agreement.recipients, ofSecret],
    founders: "abcd",
    cast: "abcdef",
    play: (stage) =>
      stage
        .removes("a", "b")
        .settles("acd")
        .adds("c", "e")
        .settles("acde")
        .adds("e", "f")
        .settles("acdef")
        .updates("f")
        .seals("f")
        .settles("acdef")
        .opens("acde", "m1")
        .refuses("b", "m1")
        .listens("b")
        .refuses("b", "m1"),
    opened: { m1: "acde" },
  },
  {
    id: "f7-added-at-once",
    title: "Two are added at once: neither opens what the adder of the other seals, until that one knows of it",
    clauses: [agreement["no-view-no-secret"], ofSecret],
    founders: "ab",
    cast: "abcd",
    play: (stage) =>
      stage
        .adds("a", "c")
        .seals("a")
        .adds("b", "d")
        .seals("b")
        .takes("c", "2")
        .opens("c", "m1")
        .takes("c", "3")
        .refuses("c", "m2")
        .takes("d", "3")
        .opens("d", "m2")
        .takes("d", "2")
        .refuses("d", "m1")
        .settles("abcd")
        .opens("b", "m1")
        .opens("a", "m2")
        .refuses("c", "m2")
        .refuses("d", "m1")
        .seals("a")
        .seals("b")
        .seals("c")
        .seals("d")
        .reads("abcd"),
    opened: { m1: "bc", m2: "ad", m3: "bcd", m4: "acd", m5: "abd", m6: "abc" },
  },
  {
    id: "s1-removed-and-newcomer",
    title: "One is added while another is removed, who does not know: it opens what the new one seals, but not when that one knows",
    clauses: [agreement.rekey, ofSecret],
    cast: "abcd",
    play: (stage) =>
      stage
        .adds("a", "d")
        .removes("b", "c")
        .takes("d", "2")
        .seals("d")
        .takes("c", "2", "2>d")
        .opens("c", "m1")
        .takes("a", "2>d")
        .opens("a", "m1")
        .settles("abd")
        .opens("b", "m1")
        .seals("d")
        .opens("ab", "m2")
        .refuses("c", "m2")
        .listens("c")
        .refuses("c", "m2"),
    opened: { m1: "abc", m2: "ab" },
  },
  {
    id: "s1-thief-and-newcomer",
    title: "One is added while another, who was robbed, updates: the thief opens nothing that the new one seals when it knows",
    clauses: [agreement.rekey, ofSecret],
    cast: "abcd",
    again: { t: "c" },
    play: (stage) =>
      stage
        .copies("c", "t")
        .adds("a", "d")
        .updates("c")
        .takes("d", "2")
        .settles("abcd")
        .seals("d")
        .opens("abc", "m1")
        .steals("t")
        .refuses("t", "m1"),
    opened: { m1: "abc" },
  },
  {
    id: "thief-and-what-was-opened~refused",
    title: "Who has the state of a member opens nothing that this member had opened, in order or late",
    clauses: [once],
    again: { t: "c" },
    play: (stage) =>
      stage
        .seals("a")
        .seals("a")
        .seals("a")
        .opens("c", "m1", "m3")
        .seals("b")
        .opens("c", "m4")
        .copies("c", "t")
        .refuses("t", "m1", "m3", "m4")
        .opens("c", "m2")
        .opens("b", "m3", "m2", "m1")
        .opens("a", "m4"),
    opened: { m1: "bc", m2: "bc", m3: "bc", m4: "ac" },
  },
  {
    id: "thief-after-an-update~refused",
    title: "Who has the state of a member opens nothing that is sealed by those who have its update",
    clauses: [agreement.recipients, ofSecret],
    again: { t: "c" },
    play: (stage) =>
      stage
        .copies("c", "t")
        .updates("c")
        .settles("abc")
        .seals("a")
        .seals("b")
        .seals("c")
        .steals("t")
        .refuses("t", "m1", "m2", "m3")
        .opens("bc", "m1")
        .opens("ac", "m2")
        .opens("ab", "m3"),
    opened: { m1: "bc", m2: "ac", m3: "ab" },
  },
  {
    id: "partition-and-merge",
    title: "A group is cut in two, both halves change it and go on writing; when they come together, all is opened that was for all",
    clauses: [inAnyOrder, ofSecret],
    founders: "abcd",
    cast: "abcdef",
    play: (stage) =>
      stage
        .seals("a")
        .adds("a", "e")
        .settles("abe")
        .seals("a")
        .updates("e")
        .settles("abe")
        .seals("b")
        .seals("e")
        .reads("abe")
        .adds("d", "f")
        .settles("cdf")
        .seals("f")
        .seals("c")
        .reads("cdf")
        .settles("abcdef")
        .reads("abcdef")
        .seals("e")
        .seals("f")
        .reads("abcdef"),
    opened: { m1: "bcd", m2: "bcde", m3: "acde", m4: "abcd", m5: "abcd", m6: "abdf", m7: "abcdf", m8: "abcde" },
  },
  {
    id: "mutual-removal",
    title: "Two remove each other, and seal: the others open both, and what those write opens for neither",
    clauses: [ofSecret, agreement["nobody-outside"]],
    founders: "abcd",
    cast: "abcd",
    play: (stage) =>
      stage
        .removes("a", "b")
        .seals("a")
        .removes("b", "a")
        .seals("b")
        .refuses("a", "m2")
        .refuses("b", "m1")
        .takes("c", "2", "3")
        .opens("c", "m1", "m2")
        .takes("d", "3", "2")
        .opens("d", "m2", "m1")
        .settles("cd")
        .seals("c")
        .opens("d", "m3")
        .refuses("ab", "m3")
        .takes("a", "3")
        .takes("b", "2")
        .refuses("ab", "m3"),
    opened: { m1: "cd", m2: "cd", m3: "d" },
  },
  {
    id: "removed-and-added-again",
    title: "A user is removed and added again: each of its members opens what was sealed in its time",
    clauses: [ofSecret, chain],
    again: { d: "c" },
    play: (stage) =>
      stage
        .seals("a")
        .opens("bc", "m1")
        .removes("a", "c")
        .takes("c", "2")
        .settles("ab")
        .seals("b")
        .opens("a", "m2")
        .adds("b", "d")
        .settles("abd")
        .seals("a")
        .seals("d")
        .opens("bd", "m3")
        .opens("ab", "m4")
        .refuses("d", "m1", "m2")
        .refuses("c", "m2", "m3", "m4"),
    opened: { m1: "bc", m2: "a", m3: "bd", m4: "ab" },
  },
  {
    id: "delayed-answers",
    title: "An answer comes after what was sent by others who had it, and messages come before both",
    clauses: [ofSecret, inAnyOrder],
    cast: "abcd",
    play: (stage) =>
      stage
        .updates("a")
        .takes("b", "2")
        .takes("c", "2")
        .seals("c")
        .takes("b", "2>c")
        .opens("b", "m1")
        .adds("b", "d")
        .seals("b")
        .refuses("a", "m1", "m2")
        .takes("a", "2>b", "3")
        .opens("a", "m2")
        .refuses("a", "m1")
        .takes("a", "2>c")
        .opens("a", "m1")
        .settles("abcd")
        .opens("cd", "m2")
        .refuses("d", "m1"),
    opened: { m1: "ab", m2: "acd" },
  },
]
