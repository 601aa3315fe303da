/**
 * Where the things are that come with the runner: in a clone of the project, or in the package that is made from it.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { sha256Of } from "../protocol/vectors.ts"
import { UsageError } from "./errors.ts"

const here = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

const packaged = (): string | undefined => {
  try {
    return path.dirname(createRequire(import.meta.url).resolve("conclave-vectors/manifest.json"))
  } catch {
    return undefined
  }
}

/** The vector set that comes with the runner, or its package. Throws UsageError when there is none. */
export const ownVectors = (): string => {
  const inClone = here("../../vectors")
  const found = packaged() ?? (existsSync(path.join(inClone, "manifest.json")) ? inClone : undefined)
  if (found === undefined) throw new UsageError("there are no vectors: install the package conclave-vectors, or name a set with --vectors")
  return found
}

/** A set of a few cases of a made-up layer, for trying out a peer that can do nothing yet. */
export const toyVectors = (): string => here("../toy")

/** The beginnings of peers, one folder for each language. */
export const skeletons = (): string => here("../skeletons")

/** The first 16 hex digits of the SHA-256 of the runner, where it is one file; `null` in a clone. */
export const runnerDigest = (): string | null => {
  const program = fileURLToPath(import.meta.url)
  return program.endsWith(".mjs") ? sha256Of(readFileSync(program)).slice(0, 16) : null
}

/** The command of the reference as a peer. */
export const referencePeer = (): ReadonlyArray<string> => {
  const bundled = here("./reference.mjs")
  return [process.execPath, existsSync(bundled) ? bundled : here("../peers/reference.ts")]
}
