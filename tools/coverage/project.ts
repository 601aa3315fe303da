/**
 * What the coverage of clauses and steps is judged from. All of it is data, so that a test can take something away.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { type Case, MANIFEST_PATH, readManifest, readVectorFile } from "../../conformance/protocol/vectors.ts"
import { mutants } from "../../conformance/zoo/mutants.ts"
import { type Chapter, chapters } from "../../spec/contents.ts"
import { observationMethods } from "../../spec/dcgka/observations.ts"
import { mlsObservationMethods } from "../../spec/delivery-service/observations.ts"
import { methods } from "../../spec/methods.ts"
import { mpencObservationMethods } from "../../spec/mpenc/observations.ts"
import { root, type Source, sourcesIn } from "../sources.ts"
import { readTheorems, type Theorem } from "./theorems.ts"
import { testOf } from "./witnesses.ts"

/** A wrong implementation: the clause that it breaks, and the case by which it is caught. */
type Mutant = Pick<(typeof mutants)[number], "name" | "breaks" | "caughtBy">

/** Something that is missing. `about` is the identifier of the clause or step, if it is about one. */
export interface Gap {
  readonly about: string
  readonly says: string
}

/** What is judged. `tests` are the texts of the files that clauses and promises name as showing them, by path. */
export interface Project {
  readonly chapters: ReadonlyArray<Chapter>
  readonly sources: ReadonlyArray<Source>
  readonly cases: ReadonlyArray<Case>
  readonly mutants: ReadonlyArray<Mutant>
  readonly methods: ReadonlyArray<string>
  readonly tests: Readonly<Record<string, string>>
  readonly theorems: ReadonlyArray<Theorem>
}

const read = (path: string): string => readFileSync(join(root, path), "utf8")

const readCases = (): ReadonlyArray<Case> =>
  readManifest(JSON.parse(read(`vectors/${MANIFEST_PATH}`)))
    .files.filter(({ layer }) => layer !== null)
    .flatMap(({ path }) => readVectorFile(JSON.parse(read(`vectors/${path}`))).cases)

const readTests = (): Readonly<Record<string, string>> => {
  const named = chapters.flatMap((chapter) => Object.values(chapter.clauses).map(({ shownBy }) => shownBy))
  const promises = chapters.flatMap(({ guarantees, limits }) => [...guarantees, ...limits])
  const witnesses = promises.flatMap((one) => one.witnesses.map((witness) => testOf(witness)?.file))
  const present = [...named, ...witnesses].filter((file) => file !== undefined && existsSync(join(root, file))) as ReadonlyArray<string>
  return Object.fromEntries(present.map((file) => [file, read(file)]))
}

/** This project, with the vectors as they are on disk. */
export const readProject = (): Project => ({
  chapters,
  sources: sourcesIn(["spec", "reference"]),
  cases: readCases(),
  mutants,
  methods: [methods, observationMethods, mlsObservationMethods, mpencObservationMethods].flatMap(Object.keys),
  tests: readTests(),
  theorems: readTheorems(),
})
