/**
 * Plays of mpENC sessions: every two operations begun at once, with what can happen meanwhile; what one does alone; longer histories, with what their
 * author claims; and some that are drawn from seeds. Expectations are computed by the chapter "What can be observed of mpENC sessions".
 *
 * @module
 */
import type { Change, MpencAct, MpencPlay, MpencPlayFile, MpencRound } from "../../../conformance/protocol/plays.ts"
import { clauses as messages } from "../../../spec/mpenc/messages.ts"
import { type Act, after, type Company, readersOf } from "../../../spec/mpenc/observations.ts"
import { clauses as order } from "../../../spec/mpenc/server-order.ts"
import { clauses as sessions } from "../../../spec/mpenc/session.ts"
import { type Draw, drawing } from "./random.ts"

const users: Readonly<Record<string, string>> = { a: "ann", b: "ben", c: "cas", d: "dan", e: "eve" }

const text = (members: ReadonlyArray<string>): string => [...members].sort().join("")

const actOf = ([by, does, about = ""]: MpencAct): Act => ({ by, does, about: does === "says" ? [] : [...about] })

const nobody: Company = { channel: [], session: [], count: 0 }

const isOperation = ({ does }: Act): boolean => does === "includes" || does === "excludes" || does === "refreshes"

/** A play while it is written. */
class Stage {
  company: Company = nobody
  readonly rounds: Array<MpencRound> = []
  #texts = 0

  /** A round of these acts. Throws an Error when somebody could not do what it does. */
  round(...acts: ReadonlyArray<MpencAct>): this {
    return this.disturbed(undefined, ...acts)
  }

  /** A round in which some get each packet changed, before they get it: what comes of it is the same. */
  disturbed(changed: Readonly<Record<string, Change>> | undefined, ...acts: ReadonlyArray<MpencAct>): this {
    // Each text is another one.
    const named = acts.map((act): MpencAct => (act[1] === "says" ? [act[0], "says", `${act[2]} ${++this.#texts}`] : act))
    const done = named.map(actOf)
    for (const act of done) this.#check(act)
    const before = this.company
    this.company = after(before, done)
    const shown = named.flatMap(([, does, about], index) =>
      does === "says" ? [[about, text(readersOf(before, done, done[index]!))] as const] : [],
    )
    const { session, channel, count } = this.company
    this.rounds.push({
      acts: named,
      ...(changed !== undefined && { changed }),
      session: text(session),
      another: session.length > 0 && count > before.count,
      channel: text(channel),
      shown: Object.fromEntries(shown),
    })
    return this
  }

  #check(act: Act): void {
    const { by, does, about } = act
    const { channel, session } = this.company
    const fails = (why: string): never => {
      throw new Error(`${by} ${does} ${about}: ${why}`)
    }
    if (channel.includes(by) === (does === "joins")) fails("it is on the other side of the channel")
    if (does === "says" && !session.includes(by)) fails("it is in no session")
    if (isOperation(act) && session.length > 0 && !session.includes(by)) fails("it is in no session")
    if (does === "includes" && about.some((one) => session.includes(one) || !channel.includes(one))) fails("they are no newcomers")
    if (does === "excludes" && about.some((one) => one === by || !session.includes(one))) fails("they are no other members")
  }
}

/** Ann, Ben and Cas have a session; Dan is in the channel. */
const opening = (): Stage =>
  new Stage().round(["a", "joins"]).round(["b", "joins"]).round(["c", "joins"]).round(["a", "includes", "bc"]).round(["d", "joins"])

const operations: ReadonlyArray<readonly ["includes" | "excludes" | "refreshes", string?]> = [
  ["refreshes"],
  ["includes", "d"],
  ["excludes", "c"],
]

const begun = (by: string, [does, about]: (typeof operations)[number]): MpencAct =>
  [by, does, about].filter((one) => one !== undefined) as unknown as MpencAct

const meanwhile: ReadonlyArray<{
  readonly slug: string
  readonly before: ReadonlyArray<MpencAct>
  readonly after: ReadonlyArray<MpencAct>
}> = [
  { slug: "", before: [], after: [] },
  { slug: "cas-says-before", before: [["c", "says", "good morning"]], after: [] },
  { slug: "cas-says-after", before: [], after: [["c", "says", "good evening"]] },
  { slug: "cas-leaves", before: [], after: [["c", "leaves"]] },
  { slug: "dan-leaves", before: [], after: [["d", "leaves"]] },
]

const slugOf = (acts: ReadonlyArray<MpencAct>): string =>
  acts
    .map(([by, does, about]) =>
      [users[by], does, ...[...(about ?? "")].map((one) => users[one])].filter((part) => part !== undefined).join("-"),
    )
    .join("+")

const sentenceOf = (acts: ReadonlyArray<MpencAct>): string =>
  acts
    .map(([by, does, about]) =>
      [users[by], does, does === "says" ? "something" : [...(about ?? "")].map((one) => users[one]).join(" and ")].join(" ").trim(),
    )
    .join(", ")

const playOf = (id: string, title: string, clauses: ReadonlyArray<string>, { rounds }: Stage, begins = 0): MpencPlay => ({
  id: `mpenc/${id}`,
  title,
  clauses,
  needs: [],
  cast: users,
  steps: rounds.slice(begins),
})

/** Everybody who is in the session can read everybody. */
const greets = (stage: Stage): Stage => {
  const { session } = stage.company
  return session.length === 0 ? stage : stage.round(...session.map((by): MpencAct => [by, "says", "hello"]))
}

const atOnce = (): ReadonlyArray<MpencPlay> =>
  operations.flatMap((ann) =>
    operations.flatMap((ben) =>
      meanwhile.map(({ slug, before, after: later }) => {
        const begins: ReadonlyArray<MpencAct> = [begun("a", ann), begun("b", ben)]
        const stage = opening()
        const { length } = stage.rounds
        const name = [slugOf(begins), slug].filter((part) => part !== "").join("+")
        const title = `At once: ${sentenceOf([...before, ...begins, ...later])}`
        return playOf(
          `at-once/${name}`,
          title,
          [order.first.id, sessions.atomic.id],
          greets(stage.round(...before, ...begins, ...later)),
          length,
        )
      }),
    ),
  )

const single: ReadonlyArray<ReadonlyArray<MpencAct>> = [
  [["a", "refreshes"]],
  [["b", "includes", "d"]],
  [["b", "excludes", "c"]],
  [["b", "excludes", "ac"]],
  [["c", "parts"]],
  [["c", "leaves"]],
  [["a", "leaves"]],
  [["d", "leaves"]],
  [["e", "joins"]],
  [
    ["c", "says", "farewell"],
    ["c", "parts"],
  ],
  [
    ["b", "says", "one"],
    ["c", "says", "two"],
    ["a", "says", "three"],
  ],
  [
    ["b", "leaves"],
    ["c", "leaves"],
  ],
]

const alone = (): ReadonlyArray<MpencPlay> =>
  single.map((acts) => {
    const stage = opening()
    const { length } = stage.rounds
    return playOf(
      `one/${slugOf(acts.map((act) => (act[1] === "says" ? ([act[0], "says", ""] as unknown as MpencAct) : act)))}`,
      sentenceOf(acts),
      [sessions.atomic.id],
      greets(stage.round(...acts)),
      length,
    )
  })

interface History {
  readonly id: string
  readonly title: string
  readonly play: (stage: Stage) => Stage
  /** What the author claims: who is in the session, and in the channel, at the end. */
  readonly session: string
  readonly channel: string
}

const histories: ReadonlyArray<History> = [
  {
    id: "comes-and-goes",
    title: "One is included, excluded, joins again, and is included again: it reads what is said while it is a member",
    play: (stage) =>
      greets(greets(stage.round(["a", "includes", "d"])).round(["b", "excludes", "d"]))
        .round(["d", "joins"])
        .round(["c", "includes", "d"])
        .round(["d", "says", "back"]),
    session: "abcd",
    channel: "abcd",
  },
  {
    id: "down-to-one",
    title: "All but one are excluded, one after the other: the last one leaves",
    play: (stage) => stage.round(["a", "excludes", "c"]).round(["a", "excludes", "b"]),
    session: "",
    channel: "d",
  },
  {
    id: "everybody-parts",
    title: "One after the other parts",
    play: (stage) => greets(stage.round(["a", "parts"])).round(["b", "parts"]),
    session: "",
    channel: "d",
  },
  {
    id: "founder-leaves",
    title: "The one who began the session leaves, comes back, and is included by another",
    play: (stage) =>
      greets(
        greets(stage.round(["a", "leaves"]))
          .round(["a", "joins"])
          .round(["c", "includes", "ad"]),
      ),
    session: "abcd",
    channel: "abcd",
  },
  {
    id: "keys-are-renewed",
    title: "Each member renews the key, and what was rejected is done again",
    play: (stage) =>
      greets(
        stage
          .round(["a", "refreshes"], ["b", "refreshes"])
          .round(["b", "refreshes"])
          .round(["c", "refreshes"], ["a", "includes", "d"])
          .round(["a", "includes", "d"]),
      ),
    session: "abcd",
    channel: "abcd",
  },
  {
    id: "session-begins-again",
    title: "All leave the channel, and another session begins with the same",
    play: (stage) =>
      greets(
        stage
          .round(["d", "leaves"])
          .round(["a", "leaves"], ["b", "leaves"], ["c", "leaves"])
          .round(["c", "joins"])
          .round(["b", "joins"])
          .round(["a", "joins"])
          .round(["c", "includes", "ab"]),
      ),
    session: "abc",
    channel: "abc",
  },
  {
    id: "five",
    title: "Five are in a session, and two of them are excluded at once",
    play: (stage) => greets(greets(stage.round(["e", "joins"]).round(["b", "includes", "de"])).round(["e", "excludes", "ac"])),
    session: "bde",
    channel: "bde",
  },
]

const longer = (): ReadonlyArray<MpencPlay> =>
  histories.map(({ id, title, play, session, channel }) => {
    const begins = opening()
    const { length } = begins.rounds
    const stage = play(begins)
    const seen = [text(stage.company.session), text(stage.company.channel)]
    if (String(seen) !== String([session, channel])) throw new Error(`${id}: ${seen}, which its author does not claim`)
    return playOf(`histories/${id}`, title, [sessions.atomic.id, order.first.id], stage, length)
  })

const pick = (draw: Draw, from: ReadonlyArray<string>): string => from[draw(from.length)]!

const drawnAct = (draw: Draw, { channel, session }: Company): MpencAct => {
  const by = pick(draw, session)
  const [newcomers, others] = [channel.filter((one) => !session.includes(one)), session.filter((one) => one !== by)]
  const kind = draw(3)
  if (kind === 1 && newcomers.length > 0) return [by, "includes", pick(draw, newcomers)]
  return kind === 2 && others.length > 1 ? [by, "excludes", pick(draw, others)] : [by, "refreshes"]
}

const drawnRound = (draw: Draw, company: Company): ReadonlyArray<MpencAct> => {
  const { channel, session } = company
  const outside = Object.keys(users).filter((one) => !channel.includes(one))
  if (session.length === 0) {
    const [first, ...rest] = channel
    if (rest.length > 0) return [[first!, "includes", text(rest)]]
    return [[pick(draw, outside), "joins"]]
  }
  if (outside.length > 0 && draw(3) === 0) return [[pick(draw, outside), "joins"]]
  if (session.length > 2 && draw(6) === 0) return [[pick(draw, session), draw(2) === 0 ? "leaves" : "parts"]]
  const acts: Array<MpencAct> = [drawnAct(draw, company)]
  if (draw(2) === 0) {
    const second = drawnAct(draw, company)
    if (second[0] !== acts[0]![0]) acts.push(second)
  }
  acts.splice(draw(acts.length + 1), 0, [pick(draw, session), "says", "words"])
  return acts
}

const drawn = (seed: number, rounds: number): MpencPlay => {
  const draw = drawing(seed)
  const stage = new Stage()
  for (let left = rounds; left > 0; left--) stage.round(...drawnRound(draw, stage.company))
  return playOf(`random/${seed}`, `${rounds} rounds, drawn from the seed ${seed}`, [sessions.atomic.id], greets(stage))
}

const fileOf = (set: string, plays: ReadonlyArray<MpencPlay>, begins: ReadonlyArray<MpencRound>): MpencPlayFile => ({
  format: "conclave-plays/1",
  part: "mpenc",
  set,
  opening: { cast: users, steps: begins },
  plays,
})

/** A file of a play of so many rounds, which are drawn. The same seed gives the same play. */
export const randomRounds = (seed: number, rounds: number): MpencPlayFile => fileOf("random", [drawn(seed, rounds)], [])

const disturbances: ReadonlyArray<{
  readonly slug: string
  readonly title: string
  readonly changed: Readonly<Record<string, Change>>
  readonly acts: ReadonlyArray<MpencAct>
}> = [
  { slug: "texts", title: "A text is changed for one of its readers", changed: { c: "bit" }, acts: [["a", "says", "hello"]] },
  {
    slug: "texts-cut",
    title: "Texts are cut off, lost and drawn out",
    changed: { a: "cut", b: "empty", c: "longer" },
    acts: [
      ["a", "says", "one"],
      ["b", "says", "two"],
      ["c", "says", "three"],
    ],
  },
  {
    slug: "refreshes",
    title: "The greeting of a refresh is changed for another member",
    changed: { b: "bit" },
    acts: [["a", "refreshes"]],
  },
  { slug: "includes", title: "Greetings are changed for a newcomer", changed: { d: "bit" }, acts: [["a", "includes", "d"]] },
  {
    slug: "includes-for-all",
    title: "Greetings are changed for everybody, differently",
    changed: { a: "bit", b: "cut", c: "empty", d: "longer" },
    acts: [["b", "includes", "d"]],
  },
  {
    slug: "excludes",
    title: "The greeting of an exclusion is changed for the others",
    changed: { a: "bit", c: "bit" },
    acts: [["b", "excludes", "c"]],
  },
  { slug: "parts", title: "A farewell is changed", changed: { a: "bit", b: "cut" }, acts: [["c", "parts"]] },
  {
    slug: "at-once",
    title: "Two operations begin at once, with a text before, and all is changed for one",
    changed: { c: "bit" },
    acts: [
      ["c", "says", "before"],
      ["a", "includes", "d"],
      ["b", "refreshes"],
    ],
  },
]

const disturbed = (): ReadonlyArray<MpencPlay> =>
  disturbances.map(({ slug, title, changed, acts }) => {
    const stage = opening()
    const { length } = stage.rounds
    return {
      ...playOf("", title, [messages.signature.id], greets(stage.disturbed(changed, ...acts)), length),
      id: `mpenc-changed/${slug}~refused`,
    }
  })

/** The files of plays of mpENC. */
export const mpencPlays = (): ReadonlyArray<MpencPlayFile> => {
  const { rounds } = opening()
  const random = Array.from({ length: 12 }, (_, index) => drawn(index + 1, 10))
  return [
    fileOf("mpenc", [...longer(), ...alone(), ...atOnce()], rounds),
    fileOf("mpenc-random", random, []),
    fileOf("mpenc-changed", disturbed(), rounds),
  ]
}
