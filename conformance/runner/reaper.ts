/**
 * Sees to it that nothing which a peer has started outlives the runner, whatever ends either of them.
 *
 * A peer leads a session and a process group of its own, which are ended with it. What has left the group still carries a mark in its
 * environment, by which it is found where there is a /proc. And a small shell waits for the end of the runner: its input ends when the runner does,
 * also when that was killed.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { MARK } from "./environment.ts"

/** How often what is left is looked for. */
const ROUNDS = 10

const isWindows = process.platform === "win32"

/** The mark of this runner; that of a peer is longer by its number. */
const runMark = randomBytes(12).toString("hex")

let peers = 0

/** A mark for a new peer: what its environment holds under {@link MARK}. */
export const newMark = (): string => `${runMark}-${++peers}`

const WATCH = `
groups=
while read -r verb group; do
  if [ "$verb" = + ]; then groups="$groups $group"; continue; fi
  rest=
  for each in $groups; do [ "$each" = "$group" ] || rest="$rest $each"; done
  groups=$rest
done
for each in $groups; do kill -KILL -- "-$each"; done
for each in $(grep -ls "${MARK}=$1-" /proc/[0-9]*/environ | cut -d/ -f3); do kill -KILL "$each"; done
`

let watcher: ChildProcess | undefined

const startWatcher = (): ChildProcess => {
  const started = spawn("/bin/sh", ["-c", WATCH, "conclave-watcher", runMark], {
    detached: true,
    env: { PATH: process.env.PATH },
    stdio: ["pipe", "ignore", "ignore"],
  })
  // Without a shell there is no watcher; all other ways to end a peer are left.
  started.on("error", () => {})
  started.stdin?.on("error", () => {})
  started.unref()
  const { stdin } = started as unknown as { readonly stdin: { readonly unref?: () => void } | null }
  stdin?.unref?.()
  return started
}

const tellWatcher = (verb: "+" | "-", group: number): void => {
  if (isWindows) return
  watcher ??= startWatcher()
  watcher.stdin?.write(`${verb} ${group}\n`)
}

/** To be told of each peer that was started. */
export const watch = (pid: number): void => tellWatcher("+", pid)

const marked = (mark: string): ReadonlyArray<number> => {
  const holds = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(`${MARK}=${mark}`)
    } catch {
      // It is another user's, or has ended meanwhile.
      return false
    }
  }
  try {
    return readdirSync("/proc")
      .filter((name) => /^[0-9]+$/u.test(name) && holds(name))
      .map(Number)
  } catch {
    return []
  }
}

const killOne = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // Nobody is left.
  }
}

/** Ends a peer and everything that it has started. */
export const reap = (pid: number, mark: string): void => {
  if (isWindows) {
    spawnSync("taskkill", ["/pid", String(pid), "/t", "/f"], { windowsHide: true })
    return
  }
  killOne(-pid)
  // Again as long as there were some: one that they were just starting could not be seen.
  for (let found = marked(mark), round = 0; found.length > 0 && round < ROUNDS; found = marked(mark), round++) {
    for (const each of found) killOne(each)
  }
  tellWatcher("-", pid)
}
