/**
 * Which steps the code cites, and whether what chapters and code name by identifier exists.
 *
 * @module
 */
import { type Comment, commentsOf, isTest, lineAt, type Node, parse, type Source, walk } from "../sources.ts"
import type { Gap, Project } from "./project.ts"

/** A step that a comment line cites, and where. */
interface Citation {
  readonly step: string
  readonly at: string
}

/** What a citation of a step looks like. */
export const stepId = /^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*\.\d+$/

const citationsOf = (source: Source): ReadonlyArray<Citation> =>
  commentsOf(source)
    .filter(({ isLine, text }) => isLine && stepId.test(text.trim()))
    .map(({ text, line }) => ({ step: text.trim(), at: `${source.path}:${line}` }))

const codeOf = (project: Project) => project.sources.filter(({ path }) => !isTest(path))

/** The identifiers of all steps, in reading order. */
export const stepsOf = ({ chapters }: Pick<Project, "chapters">): ReadonlyArray<string> =>
  chapters.flatMap(({ steps }) =>
    Object.entries(steps.operations).flatMap(([operation, sentences]) =>
      sentences.map((_, index) => `${steps.chapter}.${operation}.${index + 1}`),
    ),
  )

/** Steps that are not cited exactly once, and citations of steps that no chapter has. */
export const citationGaps = (project: Project): ReadonlyArray<Gap> => {
  const steps = stepsOf(project)
  const citations = codeOf(project).flatMap(citationsOf)
  const unknown = citations
    .filter(({ step }) => !steps.includes(step))
    .map(({ step, at }) => ({ about: step, says: `${at} cites ${step}, which no chapter has` }))
  const notOnce = steps.flatMap((step): ReadonlyArray<Gap> => {
    const places = citations.filter((citation) => citation.step === step).map(({ at }) => at)
    if (places.length === 1) return []
    return [
      {
        about: step,
        says: places.length === 0 ? `no code cites step ${step}` : `step ${step} is cited ${places.length} times: ${places.join(", ")}`,
      },
    ]
  })
  return [...unknown, ...notOnce]
}

/** The names of intermediate values in the vectors; what follows a space says whose value it is. */
const tracedIn = ({ cases }: Project): ReadonlyArray<string> =>
  cases.flatMap(({ steps }) =>
    steps.flatMap(({ expect }) => (expect.verdict === "accepted" ? (expect.trace ?? []).map(({ name }) => name.split(" ")[0]!) : [])),
  )

/** What an identifier can name. */
const known = (project: Project) => {
  const clauses = project.chapters.flatMap((chapter) => Object.values(chapter.clauses).map(({ id }) => id))
  const operations = project.chapters.flatMap(({ steps }) =>
    Object.keys(steps.operations).map((operation) => `${steps.chapter}.${operation}`),
  )
  return {
    clauses: new Set(clauses),
    names: new Set([...clauses, ...operations, ...stepsOf(project), ...project.methods, ...tracedIn(project)]),
  }
}

const dotted = /(?<![\w./-])[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*(?:\.\d+)?(?![\w/-]|\.\w)/g

/** The clauses, operations and steps that a text names in full. */
export const namesIn = (text: string): ReadonlyArray<string> => text.match(dotted) ?? []

const local =
  /\bdo (?!not\b|what\b)([a-z]+(?:-[a-z]+)*)(?![\w-]|\.\w)|^by ([a-z-]+)\.(?!\S)|\b(?:by|with) ((?:check|process|send|take)-[a-z-]+)/gi

/** The operations of its own chapter that a text of a step names, without the chapter. */
const localNamesIn = (text: string): ReadonlyArray<string> => [...text.matchAll(local)].map((match) => (match[1] ?? match[2] ?? match[3])!)

const stepTexts = ({ chapters }: Project) =>
  chapters.flatMap(({ steps }) =>
    Object.entries(steps.operations).flatMap(([operation, sentences]) =>
      sentences.map((text, index) => ({ steps, text, step: `${steps.chapter}.${operation}.${index + 1}` })),
    ),
  )

const unknownInSteps = (project: Project): ReadonlyArray<Gap> => {
  const { clauses, names } = known(project)
  return stepTexts(project).flatMap(({ steps, text, step }) => {
    const isKnown = (name: string) => clauses.has(name) || Object.hasOwn(steps.operations, name) || names.has(name)
    return [...namesIn(text), ...localNamesIn(text)]
      .filter((name) => !isKnown(name))
      .map((name) => ({ about: step, says: `step ${step} names ${name}, which no chapter has` }))
  })
}

const unknownInComments = (project: Project): ReadonlyArray<Gap> => {
  const { names } = known(project)
  const chapters = new Set(project.chapters.map(({ steps }) => steps.chapter))
  const isMeant = (name: string) => chapters.has(name.split(".")[0]!) && !name.endsWith(".ts") && !stepId.test(name)
  const unknownIn = ({ text, line }: Comment, path: string) =>
    namesIn(text)
      .filter((name) => isMeant(name) && !names.has(name))
      .map((name) => ({ about: name, says: `${path}:${line} names ${name}, which no chapter has` }))
  return codeOf(project).flatMap((source) => commentsOf(source).flatMap((comment) => unknownIn(comment, source.path)))
}

const clauseLiteral = (node: Node): string | undefined => {
  if (node.type !== "Property") return undefined
  const { key, value } = node as unknown as {
    readonly key: { readonly name?: unknown }
    readonly value: { readonly type: string; readonly value?: unknown }
  }
  return key.name === "clause" && value.type === "Literal" && typeof value.value === "string" ? value.value : undefined
}

const unknownInVerdicts = (project: Project): ReadonlyArray<Gap> => {
  const { clauses } = known(project)
  const gaps: Array<Gap> = []
  for (const source of codeOf(project)) {
    walk(parse(source).program, (node) => {
      const clause = clauseLiteral(node)
      if (clause === undefined || clauses.has(clause)) return
      gaps.push({ about: clause, says: `${source.path}:${lineAt(source.text, node.start)} answers with ${clause}, which no chapter has` })
    })
  }
  return gaps
}

const vectorNames = /\bvectors?: ((?:`[^`]+`(?:, | and )?)+)/gi

const unknownVectors = (project: Project): ReadonlyArray<Gap> => {
  const ids = new Set(project.cases.map(({ id }) => id))
  const namedIn = (text: string) =>
    [...text.matchAll(vectorNames)].flatMap((match) => [...match[1]!.matchAll(/`([^`]+)`/g)].map((name) => name[1]!))
  return codeOf(project).flatMap((source) =>
    commentsOf(source).flatMap(({ text }) =>
      namedIn(text.replace(/\n \*( >)?/g, ""))
        .filter((id) => !ids.has(id))
        .map((id) => ({ about: id, says: `${source.path} names the vector ${id}, which does not exist` })),
    ),
  )
}

/** Names of clauses, operations, steps and vectors, in chapters and code, of something that does not exist. */
export const nameGaps = (project: Project): ReadonlyArray<Gap> => [
  ...unknownInSteps(project),
  ...unknownInComments(project),
  ...unknownInVerdicts(project),
  ...unknownVectors(project),
]
