/**
 * Loads the plays of a set of vectors.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { gunzipSync } from "node:zlib"
import picomatch from "picomatch"
import { textOf } from "../../protocol/lines.ts"
import {
  type AnyPlayFile,
  type MlsPlay,
  type MlsPlayFile,
  type MpencPlay,
  type MpencPlayFile,
  type Play,
  type PlayFile,
  readPlayFile,
} from "../../protocol/plays.ts"
import { firstRepeated, sha256Of } from "../../protocol/vectors.ts"
import { messageOf, NothingSelected, VectorsCorrupt } from "../errors.ts"

type Head<F extends AnyPlayFile> = Pick<F, "part" | "set" | "opening">

/** A play of key agreement, with what the file says of all of its plays. */
export type DcgkaListed = Play & Head<PlayFile>
/** A play of MLS. */
export type MlsListed = MlsPlay & Head<MlsPlayFile>
/** A play of mpENC. */
export type MpencListed = MpencPlay & Head<MpencPlayFile>
/** A play of any part. */
export type ListedPlay = DcgkaListed | MlsListed | MpencListed

/** The plays of a file. */
export const playsOf = ({ plays, ...head }: AnyPlayFile): ReadonlyArray<ListedPlay> =>
  plays.map((play) => ({ ...play, ...head }) as ListedPlay)

/** All plays of a set of vectors. */
export interface PlaySet {
  readonly sha256: string
  readonly plays: ReadonlyArray<ListedPlay>
}

const FOLDER = "plays"

const readFile = (directory: string, file: string): { readonly bytes: Uint8Array; readonly content: AnyPlayFile } => {
  const whole = path.join(directory, file)
  try {
    const bytes = file.endsWith(".gz") ? gunzipSync(readFileSync(whole)) : readFileSync(whole)
    return { bytes, content: readPlayFile(JSON.parse(textOf(bytes))) }
  } catch (error) {
    throw new VectorsCorrupt(file, messageOf(error).replace(/\n\s*/gu, " "))
  }
}

/**
 * Loads the plays in `directory`, a set of vectors.
 *
 * @throws VectorsCorrupt naming the file
 */
export const loadPlays = (directory: string): PlaySet => {
  const folder = path.join(directory, FOLDER)
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /\.json(\.gz)?$/u.test(name)) : []
  const files = names.sort().map((name) => ({ name, ...readFile(folder, name) }))
  const plays = files.flatMap(({ content }) => playsOf(content))
  const repeated = firstRepeated(plays.map(({ id }) => id))
  if (repeated !== undefined) throw new VectorsCorrupt(FOLDER, `${repeated} occurs twice`)
  return { sha256: sha256Of(files.map(({ name, bytes }) => `${sha256Of(bytes)}  ${name}\n`).join("")), plays }
}

/**
 * The plays whose ids match one of the globs, if there are any, and none of the others.
 *
 * @throws NothingSelected when nothing is left, or a glob matches nothing
 */
export const selectPlays = (
  plays: ReadonlyArray<ListedPlay>,
  select: ReadonlyArray<string>,
  exclude: ReadonlyArray<string>,
): ReadonlyArray<ListedPlay> => {
  const tests = (globs: ReadonlyArray<string>) =>
    globs.map((glob) => {
      const matches = picomatch(glob)
      if (!plays.some(({ id }) => matches(id))) throw new NothingSelected(`no play matches ${glob}`)
      return matches
    })
  const [wanted, unwanted] = [tests(select), tests(exclude)]
  const selected = plays.filter(({ id }) => (wanted.length === 0 || wanted.some((test) => test(id))) && !unwanted.some((test) => test(id)))
  if (selected.length === 0) throw new NothingSelected("no play is selected")
  return selected
}

/** How large a play is, by its id: the smaller one of two tells the same with less. */
export const sizesOf = (plays: ReadonlyArray<ListedPlay>): ((id: string) => number) => {
  const sizes = new Map(plays.map(({ id, steps, opening }) => [id, JSON.stringify([opening.steps, steps]).length]))
  return (id) => sizes.get(id) ?? 0
}
