/**
 * Builds what is not a part of this project as it stands, where its toolchain is present.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import type { Implementation } from "./list.ts"

/** What became of building an implementation. What it lacks here is skipped, and what is wrong with it is a failure. */
export type Built = { readonly status: "built" } | { readonly status: "skipped" | "failed"; readonly why: string }

/** Builds an implementation, if it needs that. What the tools say goes to standard error. */
export const build = ({ build: how }: Implementation): Built => {
  if (how === undefined) return { status: "built" }
  const { needs, fetch, command, folder, env = {} } = how
  if (spawnSync(needs, ["--version"]).error !== undefined) return { status: "skipped", why: `${needs} is not here` }
  const does = ([program = "", ...args]: ReadonlyArray<string>): boolean =>
    spawnSync(program, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ["ignore", process.stderr, "inherit"] }).status === 0
  if (fetch !== undefined && !does(fetch)) return { status: "skipped", why: "what it is built of is not to be had" }
  return does(command) ? { status: "built" } : { status: "failed", why: "it does not build" }
}
