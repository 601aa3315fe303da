/**
 * Whether each clause is shown: by cases, by a wrong implementation that is caught, or by the test that it names.
 *
 * @module
 */
import type { Case, Step } from "../../conformance/protocol/vectors.ts"
import type { Chapter } from "../../spec/contents.ts"
import type { Clause } from "../../spec/conventions/clauses.ts"
import { namesIn } from "./citations.ts"
import type { Gap, Project } from "./project.ts"

const isAccepted = ({ expect }: Step) => expect.verdict === "accepted"

const isFault = ({ expect }: Step) => expect.verdict === "refused" || expect.verdict === "malformed"

const isRefusedBy = (step: Step, clause: string) => isFault(step) && "clause" in step.expect && step.expect.clause === clause

const twinGap = ({ id, twin }: Case, cases: ReadonlyArray<Case>): string | undefined => {
  const other = cases.find((one) => one.id === twin)
  if (other === undefined) return `case ${id} names the twin ${twin}, which does not exist`
  return other.steps.some(isFault) ? `case ${id} names the twin ${twin}, in which something is refused as well` : undefined
}

const hasTwin = (one: Case, cases: ReadonlyArray<Case>) => one.twin !== undefined && twinGap(one, cases) === undefined

/** The steps' words for the verdict by which they enforce the clause. */
const isIgnoredBy = (chapters: ReadonlyArray<Chapter>, clause: string) =>
  chapters.some(({ steps }) =>
    Object.values(steps.operations).some((sentences) => sentences.some((text) => text.includes(`ignored (${clause})`))),
  )

/** What is missing of the cases of a check. */
const checkGaps = ({ id, level }: Clause, project: Project): ReadonlyArray<string> => {
  const { cases, chapters } = project
  const listing = cases.filter(({ clauses }) => clauses.includes(id))
  if (level !== "MUST") return listing.length > 0 ? [] : [`no case lists ${id}`]
  if (isIgnoredBy(chapters, id)) {
    const shows = ({ steps }: Case) => steps.some(isAccepted) && steps.some(({ expect }) => expect.verdict === "ignored")
    return listing.some(shows) ? [] : [`no case that lists ${id} has an input that is ignored`]
  }
  // A clause about verdicts is never the one that a verdict names.
  if (id.startsWith("verdicts.")) {
    return listing.some((one) => one.steps.some(isFault) && hasTwin(one, cases))
      ? []
      : [`no case with a twin that lists ${id} has a refusal`]
  }
  const gaps: Array<string> = []
  if (!listing.some(({ steps }) => steps.every(isAccepted))) gaps.push(`no case that lists ${id} is accepted throughout`)
  const isNegative = (one: Case) => one.steps.some((step) => isRefusedBy(step, id)) && hasTwin(one, cases)
  if (!cases.some(isNegative)) gaps.push(`no case with a twin has a refusal by ${id}`)
  return gaps
}

const ruleGaps = ({ id }: Clause, { cases, mutants }: Project): ReadonlyArray<string> => {
  const gaps: Array<string> = []
  if (!cases.some((one) => one.clauses.includes(id) && one.steps.some(isAccepted)))
    gaps.push(`no case lists the rule ${id} and has an accepted step`)
  if (!mutants.some(({ breaks }) => breaks === id)) gaps.push(`no wrong implementation breaks the rule ${id}`)
  return gaps
}

const testGaps = (id: string, file: string, { tests }: Project): ReadonlyArray<string> => {
  const text = tests[file]
  if (text === undefined) return [`${id} is said to be shown by ${file}, which does not exist`]
  return text.includes(id) ? [] : [`${id} is said to be shown by ${file}, which does not name it`]
}

const evidenceGaps = (clause: Clause, project: Project): ReadonlyArray<string> => {
  if (clause.shownBy !== undefined) return testGaps(clause.id, clause.shownBy, project)
  return clause.kind === "check" ? checkGaps(clause, project) : ruleGaps(clause, project)
}

/** Clauses that nothing shows. */
export const clauseGaps = (project: Project): ReadonlyArray<Gap> =>
  project.chapters.flatMap((chapter) =>
    Object.values(chapter.clauses).flatMap((clause) => evidenceGaps(clause, project).map((says) => ({ about: clause.id, says }))),
  )

/** Checks that no step enforces, in the chapters that have steps. */
export const enforcementGaps = ({ chapters }: Project): ReadonlyArray<Gap> => {
  const named = new Set(chapters.flatMap(({ steps }) => Object.values(steps.operations).flatMap((sentences) => sentences.flatMap(namesIn))))
  return chapters
    .filter(({ steps }) => Object.keys(steps.operations).length > 0)
    .flatMap((chapter) => Object.values(chapter.clauses))
    .filter(({ id, kind }) => kind === "check" && !named.has(id))
    .map(({ id }) => ({ about: id, says: `no step names the check ${id}` }))
}

const unknownClauses = ({ chapters, cases }: Project): ReadonlyArray<Gap> => {
  const known = new Set(chapters.flatMap((chapter) => Object.values(chapter.clauses).map(({ id }) => id)))
  return cases.flatMap(({ id, clauses, steps }) => {
    const named = [...clauses, ...steps.flatMap(({ expect }) => ("clause" in expect ? [expect.clause] : []))]
    return [...new Set(named)]
      .filter((clause) => !known.has(clause))
      .map((clause) => ({ about: clause, says: `case ${id} names ${clause}, which no chapter has` }))
  })
}

/** Cases and wrong implementations that name something that does not exist. */
export const evidenceNameGaps = (project: Project): ReadonlyArray<Gap> => {
  const { chapters, cases, mutants } = project
  const clauses = new Set(chapters.flatMap((chapter) => Object.values(chapter.clauses).map(({ id }) => id)))
  const ids = new Set(cases.map(({ id }) => id))
  const twins = cases.flatMap((one) => (one.twin === undefined ? [] : [twinGap(one, cases)])).filter((says) => says !== undefined)
  const breaks = mutants
    .filter((mutant) => !clauses.has(mutant.breaks))
    .map(({ name, breaks }) => `mutant ${name} breaks ${breaks}, which no chapter has`)
  const caught = mutants
    .filter((mutant) => !ids.has(mutant.caughtBy))
    .map(({ name, caughtBy }) => `mutant ${name} is caught by ${caughtBy}, which does not exist`)
  return [...unknownClauses(project), ...[...twins, ...breaks, ...caught].map((says) => ({ about: "", says }))]
}
