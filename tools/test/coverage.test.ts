/** The coverage of clauses and steps: what it misses on a small project from which something was taken away, and on this one. */
import { describe, expect, it } from "vitest"
import type { Case } from "../../conformance/protocol/vectors.ts"
import type { Chapter } from "../../spec/contents.ts"
import { check, declareClauses, declareSteps, provedBy, rule, shownBy, theorems } from "../../spec/conventions/clauses.ts"
import { declareGuarantees, declareLimits, type Guarantee, type Limit } from "../../spec/conventions/guarantees.ts"
import { guaranteesTable, guaranteesText } from "../coverage/guarantees.ts"
import { type Project, readProject } from "../coverage/project.ts"
import { proofsText, theoremsOf } from "../coverage/theorems.ts"
import { coverage, tableOf } from "../coverage.ts"

const clauses = declareClauses("door", {
  open: check("MUST", "Only an open door is walked through.", "Conclave"),
  once: check("MUST", "A knock is heard once.", "Conclave"),
  closes: rule("MUST", "The door closes behind whoever walked through.", "Conclave"),
  quiet: shownBy("house/test/quiet.test.ts", rule("MUST", "The door does not squeak.", "Conclave")),
})

const steps = declareSteps("door", {
  walk: ["By knock.", "If the door is closed: refused (door.open).", "Walk, and close it."],
  knock: ["If it was the same knock: ignored (door.once). Otherwise by door.listen."],
  listen: ["Listen."],
})

const door: Chapter = { file: "door.ts", title: "Doors", clauses, steps, guarantees: [], limits: [] }

const code = `
/** Walks; see door.walk. */
export const walk = () => {
  // door.walk.1
  knock()
  // door.walk.2
  if (closed) return { verdict: "refused", clause: "door.open" }
  return through // door.walk.3
}
export const knock = () => {
  // door.knock.1
  // door.listen.1
}
`

const accepted = { method: "walk", params: {}, expect: { verdict: "accepted", output: null } } as const
const refused = { method: "walk", params: {}, expect: { verdict: "refused", clause: "door.open" } } as const
const ignored = { method: "walk", params: {}, expect: { verdict: "ignored", reason: "duplicate" } } as const

const aCase = (id: string, clause: string, steps: Case["steps"], twin?: string): Case => {
  const one = { id, title: id, level: "MUST", clauses: [clause], flags: [], steps } as const
  return twin === undefined ? one : { ...one, twin }
}

const small: Project = {
  chapters: [door],
  sources: [
    { path: "house/door.ts", text: code },
    { path: "house/test/door.test.ts", text: "// door.walk.9" },
  ],
  cases: [
    aCase("door/open", "door.open", [accepted]),
    aCase("door/closed", "door.open", [refused, accepted], "door/open"),
    aCase("door/knock", "door.once", [accepted, ignored]),
    aCase("door/closes", "door.closes", [accepted]),
  ],
  mutants: [{ name: "leaves it open", breaks: "door.closes", caughtBy: "door/closes" }],
  methods: ["walk"],
  tests: { "house/test/quiet.test.ts": "it('door.quiet')" },
  theorems: [],
}

const gapsOf = (changes: Partial<Project>) => coverage({ ...small, ...changes }).gaps

const withCode = (from: string, to: string) => gapsOf({ sources: [{ path: "house/door.ts", text: code.replace(from, to) }] })

const withoutCase = (id: string) => gapsOf({ cases: small.cases.filter((one) => one.id !== id) })

const withChapter = (changes: Partial<Chapter>) => gapsOf({ chapters: [{ ...door, ...changes }] })

const withWalk = (...sentences: ReadonlyArray<string>) =>
  withChapter({ steps: { ...steps, operations: { ...steps.operations, walk: sentences } } })

describe("theorems", () => {
  const text = `
(** [door.closes] A door that was
    walked through is closed. *)
Theorem closed h : valid h -> is_closed (walk h).
(** [door.open, door.closes] A closed door closes. *)
  Corollary again h : is_closed (walk (walk h)).
(** A lemma is no theorem. *)
Lemma shut : True.
`
  const read = theoremsOf("spec/proofs/Door.v", text)
  const proving = (names: ReadonlyArray<string>): ReadonlyArray<Chapter> => [
    {
      ...door,
      clauses: {
        ...clauses,
        ...declareClauses("door", { closes: provedBy(theorems("Door", ...names), rule("MUST", "The door closes.", "Conclave")) }),
      },
    },
  ]

  it("are read with the sentence above them and the clauses that it names", () => {
    expect(read).toEqual([
      { at: "spec/proofs/Door.v#closed", says: "A door that was walked through is closed.", clauses: ["door.closes"] },
      { at: "spec/proofs/Door.v#again", says: "A closed door closes.", clauses: ["door.open", "door.closes"] },
    ])
  })

  it("and clauses name each other", () => {
    expect(gapsOf({ chapters: proving(["closed"]), theorems: read.slice(0, 1) })).toEqual([])
    expect(gapsOf({ chapters: proving(["shut"]), theorems: read.slice(0, 1) })).toEqual([
      "door.closes is said to be proved by spec/proofs/Door.v#shut, which does not exist",
    ])
    expect(gapsOf({ chapters: proving(["closed"]), theorems: read })).toEqual([
      "spec/proofs/Door.v#again names door.open, which is no clause that says what proves it",
    ])
    const silent = theoremsOf("spec/proofs/Door.v", "Qed.\n\nTheorem closed : True.")
    expect(gapsOf({ chapters: proving(["closed"]), theorems: silent })).toEqual([
      "door.closes is said to be proved by spec/proofs/Door.v#closed, which does not name it",
      "spec/proofs/Door.v#closed has no sentence above it",
    ])
  })

  it("stand in Markdown by clause", () => {
    expect(proofsText(proving(["closed"]), read)).toContain("| `door.closes` | `closed`, `again` |\n")
  })
})

describe("a small project", () => {
  it("has no gaps, and prints as a table", () => {
    const { rows, gaps } = coverage(small)
    expect(gaps).toEqual([])
    expect(rows).toEqual([{ chapter: "door", clauses: 4, shown: 4, steps: 5, cited: 5 }])
    expect(tableOf(rows)).toMatch(/chapter +clauses shown +steps cited\ndoor +4\/4 +5\/5\nall +4\/4 +5\/5\n/)
  })
})

describe("steps", () => {
  it("misses a step that is not cited", () => {
    expect(withCode("// door.walk.2", "")).toEqual(["no code cites step door.walk.2"])
  })

  it("misses a step cited twice, and says where", () => {
    expect(withCode("knock()", "// door.walk.2")).toEqual(["step door.walk.2 is cited 2 times: house/door.ts:5, house/door.ts:6"])
  })

  it("takes only comment lines that are the identifier alone, and takes them from comments only", () => {
    expect(withCode("// door.walk.2", "// door.walk.2 is here")).toEqual(["no code cites step door.walk.2"])
    expect(withCode("// door.walk.2", "const text = `\n// door.walk.2\n`")).toEqual(["no code cites step door.walk.2"])
  })

  it("finds citations of steps that do not exist, but not in tests", () => {
    expect(withCode("knock()", "// door.walk.4")).toEqual(["house/door.ts:5 cites door.walk.4, which no chapter has"])
  })

  it("finds names of clauses and operations that do not exist, with and without the chapter", () => {
    expect(withWalk("By lock.", "If the door is closed: refused (door.open).", "Walk.")).toEqual([
      "step door.walk.1 names lock, which no chapter has",
    ])
    expect(withWalk("If the door is closed: refused (door.open).", "Walk (door.opne).", "Do do-it.")).toEqual([
      "step door.walk.2 names door.opne, which no chapter has",
      "step door.walk.3 names do-it, which no chapter has",
    ])
    expect(withWalk("If the door is closed: refused (door.open).", "By doors.listen.", "Walk.")).toEqual([
      "step door.walk.2 names doors.listen, which no chapter has",
    ])
  })

  it("finds the same in comments and in verdicts of code", () => {
    expect(withCode("see door.walk.", "see door.run.")).toEqual(["house/door.ts:2 names door.run, which no chapter has"])
    const traced = { ...accepted, expect: { ...accepted.expect, trace: [{ name: "door.angle alice", value: "5a" }] } }
    const sources = [{ path: "house/door.ts", text: code.replace("see door.walk.", "see door.angle.") }]
    expect(gapsOf({ sources })).toEqual(["house/door.ts:2 names door.angle, which no chapter has"])
    expect(gapsOf({ sources, cases: [...small.cases, aCase("door/angle", "door.open", [traced])] })).toEqual([])
    expect(withCode('"door.open"', '"door.ajar"')).toEqual(["house/door.ts:7 answers with door.ajar, which no chapter has"])
  })

  it("finds names of vectors that do not exist", () => {
    expect(withCode("see door.walk.", "Vectors: `door/open`, `door/ajar`.")).toEqual([
      "house/door.ts names the vector door/ajar, which does not exist",
    ])
  })
})

describe("clauses", () => {
  it("misses a clause that was taken away, wherever it is named", () => {
    const { open: _, ...others } = clauses
    expect(withChapter({ clauses: others })).toEqual([
      "step door.walk.2 names door.open, which no chapter has",
      "house/door.ts:7 answers with door.open, which no chapter has",
      "case door/open names door.open, which no chapter has",
      "case door/closed names door.open, which no chapter has",
    ])
  })

  it("misses the accepted case of a check", () => {
    expect(withoutCase("door/open")).toEqual([
      "case door/closed names the twin door/open, which does not exist",
      "no case that lists door.open is accepted throughout",
      "no case with a twin has a refusal by door.open",
    ])
  })

  it("misses the refused case of a check, and its twin", () => {
    const { twin: _, ...alone } = small.cases[1]!
    expect(withoutCase("door/closed")).toEqual(["no case with a twin has a refusal by door.open"])
    expect(gapsOf({ cases: small.cases.with(1, alone) })).toEqual(["no case with a twin has a refusal by door.open"])
    expect(gapsOf({ cases: small.cases.with(0, aCase("door/open", "door.open", [refused])) })).toContain(
      "case door/closed names the twin door/open, in which something is refused as well",
    )
  })

  it("misses the ignored input of a check whose step says ignored", () => {
    expect(withoutCase("door/knock")).toEqual(["no case that lists door.once has an input that is ignored"])
  })

  it("misses a check that no step names", () => {
    expect(withWalk("By knock.", "If the door is closed: leave it.", "Walk.")).toEqual(["no step names the check door.open"])
  })

  it("misses the case and the mutant of a rule", () => {
    expect(gapsOf({ cases: small.cases.slice(0, 3), mutants: [] })).toEqual([
      "no case lists the rule door.closes and has an accepted step",
      "no wrong implementation breaks the rule door.closes",
    ])
  })

  it("finds mutants that name what does not exist", () => {
    const mutants = [...small.mutants, { name: "odd", breaks: "door.hinge", caughtBy: "door/hinge" }]
    expect(gapsOf({ mutants })).toEqual([
      "mutant odd breaks door.hinge, which no chapter has",
      "mutant odd is caught by door/hinge, which does not exist",
    ])
  })

  it("misses the test that a clause names", () => {
    expect(gapsOf({ tests: {} })).toEqual(["door.quiet is said to be shown by house/test/quiet.test.ts, which does not exist"])
    expect(gapsOf({ tests: { "house/test/quiet.test.ts": "" } })).toEqual([
      "door.quiet is said to be shown by house/test/quiet.test.ts, which does not name it",
    ])
  })
})

const kept: Omit<Guarantee, "id"> = {
  promise: "Nobody walks through a closed door.",
  against: ["stranger", "network"],
  clauses: ["door.open"],
  witnesses: ["door/closed", "house/test/quiet.test.ts", "house/test/quiet.test.ts#door.quiet"],
}

const admitted: Omit<Limit, "id"> = {
  limit: "A door does not stand against an axe | two axes.",
  against: ["member"],
  scenario: "A member has an axe. No case can show it, because axes have no form in bytes.",
  witnesses: [],
}

describe("guarantees and limits", () => {
  const promising = (guarantee: Partial<typeof kept>, limit: Partial<typeof admitted> = {}): Project => ({
    ...small,
    chapters: [
      {
        ...door,
        guarantees: declareGuarantees("house", { safe: { ...kept, ...guarantee } }),
        limits: declareLimits("house", { axe: { ...admitted, ...limit } }),
      },
    ],
  })
  const gaps = (guarantee: Partial<typeof kept>, limit: Partial<typeof admitted> = {}) => coverage(promising(guarantee, limit)).gaps

  it("have no gaps when all that they name exists", () => {
    expect(gaps({})).toEqual([])
  })

  it("miss an adversary, a clause, a witness, a promise and a scenario", () => {
    expect(gaps({ against: [] })).toEqual(["the guarantee house.safe names no adversary"])
    expect(gaps({ clauses: [] })).toEqual(["the guarantee house.safe names no clause"])
    expect(gaps({ witnesses: [] })).toEqual(["the guarantee house.safe has no witness"])
    expect(gaps({ promise: "" })).toEqual(["the guarantee house.safe promises nothing"])
    expect(gaps({}, { scenario: " " })).toEqual(["the limit house.axe has no scenario"])
  })

  it("find clauses, cases, tests and names of tests that do not exist", () => {
    expect(gaps({ clauses: ["door.open", "door.ajar"] })).toEqual(["house.safe names door.ajar, which no chapter has"])
    expect(gaps({ witnesses: ["door/ajar"] })).toEqual(["house.safe names the case door/ajar, which does not exist"])
    expect(gaps({ witnesses: ["house/test/loud.test.ts"] })).toEqual([
      "house.safe names the test house/test/loud.test.ts, which does not exist",
    ])
    expect(gaps({}, { witnesses: ["house/test/quiet.test.ts#door.loud"] })).toEqual([
      'house.axe names the test "door.loud", which house/test/quiet.test.ts does not have',
    ])
  })

  it("find theorems that do not exist", () => {
    const witnesses = ["spec/proofs/Door.v#closed"]
    const theorem = { at: "spec/proofs/Door.v#closed", says: "A door closes.", clauses: [] }
    expect(gaps({ witnesses })).toEqual(["house.safe names the theorem spec/proofs/Door.v#closed, which does not exist"])
    expect(coverage({ ...promising({ witnesses }), theorems: [theorem] }).gaps).toEqual([])
  })

  it("take the name of a test from its declaration only", () => {
    const named = (text: string) =>
      coverage({
        ...promising({ witnesses: ["house/test/axe.test.ts#cuts"] }),
        tests: { ...small.tests, "house/test/axe.test.ts": text },
      }).gaps
    for (const text of ['it("cuts", () => {})', "test.only(`cuts`, () => {})", 'it.each([1])("cuts", () => {})', 'describe("cuts")'])
      expect(named(text)).toEqual([])
    for (const text of ['// it("cuts")', 'const it = "cuts"', 'expect("cuts")', 'it("cuts well")'])
      expect(named(text)).toEqual(['house.safe names the test "cuts", which house/test/axe.test.ts does not have'])
  })

  it("are declared once each", () => {
    const { chapters, ...rest } = promising({})
    expect(coverage({ ...rest, chapters: [{ ...chapters[0]!, limits: chapters[0]!.limits.concat(chapters[0]!.limits) }] }).gaps).toEqual([
      "house.axe is declared more than once",
    ])
  })

  it("print as a table with the number of witnesses for each adversary, if there are any", () => {
    expect(guaranteesTable(small.chapters)).toBe("")
    expect(guaranteesTable(promising({}).chapters)).toMatch(
      /^witnesses +network +stranger +contact.*\nhouse\.safe +3 +3 +- +- +- +- +- +-\n$/,
    )
  })

  it("stand in Markdown with all that they name", () => {
    const text = guaranteesText(promising({}).chapters)
    expect(text).toContain(
      "| `house.safe` | Nobody walks through a closed door. | stranger, network | `door.open` | `door/closed`, `house/test/quiet.test.ts`, `house/test/quiet.test.ts#door.quiet` |\n",
    )
    expect(text).toContain("| `house.axe` | A door does not stand against an axe \\| two axes. | member | A member has an axe. ")
    expect(text).toMatch(/form in bytes\. \| none \|\n$/)
  })
})

describe("this project", () => {
  const project = readProject()
  const present = coverage(project).gaps
  const added = (changes: Partial<Project>) => coverage({ ...project, ...changes }).gaps.filter((says) => !present.includes(says))

  it("has no gaps", () => {
    expect(present).toEqual([])
  })

  it("misses a citation that was taken away", () => {
    const sources = project.sources.map(({ path, text }) => ({ path, text: text.replace("// channel.receive.6", "//") }))
    expect(added({ sources })).toEqual(["no code cites step channel.receive.6"])
  })

  it("misses a clause that was taken away", () => {
    const chapters = project.chapters.map((chapter) => {
      const { limit: _, ...clauses } = chapter.clauses
      return chapter.steps.chapter === "encoding" ? { ...chapter, clauses } : chapter
    })
    expect(added({ chapters })).toContain("step encoding.decode.1 names encoding.limit, which no chapter has")
  })

  it("misses a case that was taken away", () => {
    const cases = project.cases.filter(({ id }) => !["encoding/limit~refused", "cooperation/encoding-limit"].includes(id))
    expect(added({ cases })).toEqual(["no case with a twin has a refusal by encoding.limit"])
  })
})
