/**
 * The second oracle: the port in Go, which was written from the chapters alone. What the reference has answered counts only where the port answers the
 * same, and plays only where it passes them.
 *
 * @module
 */
import { join } from "node:path"
import { run } from "../conformance/index.ts"
import { loadManifest } from "../conformance/runner/load.ts"
import { loadPlays } from "../conformance/runner/plays/files.ts"
import { playPlays } from "../conformance/runner/plays/run.ts"
import { build } from "./implementations/build.ts"
import { goPort } from "./implementations/list.ts"
import { root } from "./sources.ts"

/** What the second oracle says: how many cases and plays it was asked, and those in which it differs; or why it was not asked. */
export type Opinion =
  | { readonly status: "asked"; readonly cases: number; readonly plays: number; readonly differs: ReadonlyArray<string> }
  | { readonly status: "skipped" | "failed"; readonly why: string }

/** Asks the port in Go about what is in vectors/, where Go is present. */
export const askSecondOracle = async (): Promise<Opinion> => {
  const done = build(goPort)
  if (done.status !== "built") return done
  const vectors = join(root, "vectors")
  const { cases } = await run({ vectors, command: goPort.command, jobs: 2 })
  const { plays, sha256 } = loadPlays(vectors)
  const { version } = loadManifest(vectors)
  const { command, name } = goPort
  const played = await playPlays({ seats: [{ name, command }], plays, vectors: { version, sha256 }, timeout: 10_000, jobs: 2 })
  const answered = cases.filter(({ result }) => result.status !== "skipped")
  const performed = played.results.filter(({ status }) => status !== "skipped")
  const differs = [
    ...answered.filter(({ result }) => result.status !== "passed").map(({ id }) => id),
    ...performed.filter(({ status }) => status !== "passed").map(({ play }) => `the play ${play}`),
  ]
  return { status: "asked", cases: answered.length, plays: performed.length, differs }
}
