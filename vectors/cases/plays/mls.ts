/**
 * Plays of MLS groups by enumeration: every pair of proposals in one commit, commits that compete, and long ones.
 *
 * @module
 */
import type { MlsPlay, MlsPlayFile } from "../../../conformance/protocol/plays.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { contradiction, type Proposed } from "../../../spec/delivery-service/observations.ts"
import { clauses } from "../../../spec/delivery-service/tree-kem.ts"
import { castOf, craftedPlays, opening, openingFile, users, written } from "./mls-crafted.ts"
import type { MlsStage } from "./mls-stage.ts"
import { drawing } from "./random.ts"

type Proposing = readonly [by: string, kind: Proposed["kind"], about: string]

/** What members of a group of three can propose. */
const proposings: ReadonlyArray<Proposing> = [
  ["a", "add", "d"],
  ["b", "add", "d"],
  ["c", "add", "e"],
  ["a", "remove", "b"],
  ["b", "remove", "c"],
  ["c", "remove", "a"],
  ["a", "update", "a"],
  ["b", "update", "b"],
  ["c", "update", "c"],
]

const propose = (stage: MlsStage, [by, kind, about]: Proposing): string => {
  if (kind === "add") stage.adds(by, about)
  else if (kind === "remove") stage.removes(by, about)
  else stage.updates(by)
  const name = `${stage.sent}`
  stage.spreads(name)
  return name
}

const told = ([by, kind, about]: Proposing): string => (kind === "update" ? `${by}-update` : `${by}-${kind}-${about}`)

/** Whether these can be committed together by somebody. */
const goTogether = (all: ReadonlyArray<Proposing>, committer: string): boolean => {
  const epoch = { name: "", number: 0, members: [], begun: undefined }
  const proposals = all.map(([author, kind, about], index) => ({ name: `${index}`, kind, author, about, epoch }))
  return contradiction(proposals, committer) === undefined
}

const castFor = (all: ReadonlyArray<Proposing>) => castOf([...new Set(["a", "b", "c", ...all.map(([, , about]) => about)])].sort().join(""))

/** Everybody who is in the last epoch commits once, and those who are not refuse that. */
const goesOn = (stage: MlsStage, committer: string): MlsStage => {
  const members = [...stage.members(committer)]
  const former = ["a", "b", "c"].filter((one) => !members.includes(one))
  for (const by of members) {
    stage.commits(by)
    const name = `${stage.sent}`
    stage.refuses(former.join(""), name).decides(name)
  }
  return stage
}

const shownBy = (all: ReadonlyArray<Proposing>): ReadonlyArray<Clause> => [
  clauses["by-reference"],
  clauses["same-key"],
  ...(all.some(([, kind]) => kind === "add") ? [clauses.welcome, clauses["lowest-leaf"]] : []),
  ...(all.some(([, kind]) => kind === "remove") ? [clauses["removes-member"]] : []),
  ...(all.some(([, kind]) => kind === "update") ? [clauses["key-update"]] : []),
]

const committed = (all: ReadonlyArray<Proposing>, committer: string): MlsPlay => {
  const cast = castFor(all)
  const stage = opening(cast)
  stage.scene()
  const names = all.map((one) => propose(stage, one))
  stage.commits(committer, ...names)
  stage.decides(`${stage.sent}`)
  const title = `${committer} commits ${all.map(told).join(" and ")}`
  return written(goesOn(stage, committer), { id: `mls-pairs/${all.map(told).join("+")}/${committer}`, title, clauses: shownBy(all) })
}

const combinations = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => [
  ...all.map((one) => [one]),
  ...all.flatMap((one, index) => all.slice(index + 1).map((other) => [one, other])),
]

/** Every proposal, and every pair of proposals, by every member who can commit it. */
const pairs = (): ReadonlyArray<MlsPlay> =>
  combinations(proposings).flatMap((all) => ["a", "b", "c"].filter((by) => goTogether(all, by)).map((by) => committed(all, by)))

/** Two commits of one epoch, each of one proposal, of which one is decided. */
const competing = (): ReadonlyArray<MlsPlay> =>
  combinations(proposings)
    .filter((all) => all.length === 2)
    .flatMap((all) => {
      const [one, other] = all as [Proposing, Proposing]
      return [
        ["a", "b"],
        ["b", "c"],
        ["c", "a"],
      ].flatMap((committers) => {
        const [by, rival] = committers as [string, string]
        if (!goTogether([one], by) || !goTogether([other], rival)) return []
        const stage = opening(castFor(all))
        stage.scene()
        const names = all.map((each) => propose(stage, each))
        stage.commits(by, names[0]!).commits(rival, names[1]!)
        const [chosen, lost] = [`${stage.sent - 1}`, `${stage.sent}`]
        stage.decides(chosen)
        const here = stage.members(by).filter((member) => "abc".includes(member))
        stage.refuses(here.join(""), lost)
        const title = `${by} commits ${told(one)}, ${rival} commits ${told(other)}, and the first is decided`
        const id = `mls-competing/${told(one)}+${told(other)}/${by}+${rival}`
        return [written(goesOn(stage, by), { id, title, clauses: [clauses.epoch, ...shownBy([one])] })]
      })
    })

/** A play of so many epochs, in each of which it is drawn who proposes and commits what. The same seed gives the same play. */
export const longPlay = (seed: number, epochs: number): MlsPlay => {
  const draw = drawing(seed)
  const pick = <A>(all: ReadonlyArray<A>): A => all[draw(all.length)]!
  const names = Object.values(users)
  const letters = "abcdefghijklmnopqrstuvwxyz"
  // Each letter is one member; the users take turns, so that those who were removed come back.
  const cast = Object.fromEntries([...letters].map((letter, index) => [letter, names[index % names.length]!]))
  const stage = opening(cast)
  stage.scene()
  let next = 3
  for (let left = epochs; left > 0; left--) {
    const members = stage.members(pickMember(stage, letters))
    const committer = pick(members)
    const others = members.filter((one) => one !== committer)
    const proposals: Array<string> = []
    const removed = members.length > 3 && draw(3) === 0 ? pick(others) : undefined
    if (removed !== undefined) proposals.push(propose(stage, [pick(members.filter((one) => one !== removed)), "remove", removed]))
    for (const one of others) if (one !== removed && draw(3) === 0) proposals.push(propose(stage, [one, "update", one]))
    const isHere = (letter: string) => members.some((one) => cast[one] === cast[letter])
    if (next < letters.length && !isHere(letters[next]!) && (members.length < 4 || draw(2) === 0))
      proposals.push(propose(stage, [pick(members), "add", letters[next++]!]))
    stage.commits(committer, ...proposals)
    stage.decides(`${stage.sent}`)
  }
  const all = [clauses["same-key"], clauses["by-reference"], clauses["key-update"], clauses["lowest-leaf"]]
  const title = `${epochs} epochs of additions, removals and updates`
  return written(stage, { id: `mls-epochs/${seed}`, title, clauses: all })
}

/** Somebody who is in the last epoch. */
const pickMember = (stage: MlsStage, letters: string): string =>
  [...letters].filter((one) => stage.isMember(one)).reduce((best, one) => (stage.number(one) > stage.number(best) ? one : best))

/** All files of plays of MLS. */
export const mlsPlays = (): ReadonlyArray<MlsPlayFile> => [
  craftedPlays(),
  openingFile("mls-pairs", pairs()),
  openingFile("mls-competing", competing()),
  openingFile(
    "mls-epochs",
    [1, 2, 3].map((seed) => longPlay(seed, 30)),
  ),
]
