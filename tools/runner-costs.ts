/**
 * What the runner costs beside its peer: a full run of the reference, with one job and with two. `node tools/runner-costs.ts [flags of run]` prints the time that passed,
 * the processor time of the runner and of the peers, and the ratios. Needs /proc.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Seconds. */
interface Costs {
  readonly wall: number
  readonly runner: number
  readonly peers: number
  readonly megabytes: number
}

const CONCLAVE = join(import.meta.dirname, "..", "conformance", "conclave.ts")

const TICKS = 100

// Told by the runner itself as it ends; its peers have been waited for by then.
const PROBE = `data:text/javascript,${encodeURIComponent(`import{readFileSync}from"node:fs";process.on("exit",()=>{
const f=readFileSync("/proc/self/stat","latin1").replace(/^.*\\) /,"").split(" ").map(Number);
process.stderr.write("\\nCOSTS "+JSON.stringify({runner:(f[11]+f[12])/${TICKS},peers:(f[13]+f[14])/${TICKS},megabytes:process.resourceUsage().maxRSS/1024})+"\\n")})`)}`

/** Runs a peer and measures. */
export const measured = (flags: ReadonlyArray<string>, peer: ReadonlyArray<string>): Costs => {
  const folder = mkdtempSync(join(tmpdir(), "conclave-costs-"))
  const started = performance.now()
  const { stderr } = spawnSync(process.execPath, ["--import", PROBE, CONCLAVE, "run", "--reports", folder, ...flags, "--", ...peer], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  })
  rmSync(folder, { recursive: true, force: true })
  const [, costs] = /COSTS (\{.*\})/u.exec(stderr) ?? []
  if (costs === undefined) throw new Error(stderr)
  return { wall: (performance.now() - started) / 1000, ...(JSON.parse(costs) as Omit<Costs, "wall">) }
}

const shown = (jobs: number, { wall, runner, peers, megabytes }: Costs): string =>
  `${jobs} ${jobs === 1 ? "job" : "jobs"}: ${wall.toFixed(1)} s; processor time: runner ${runner.toFixed(1)} s, peers ${peers.toFixed(1)} s, share of the runner ${((100 * runner) / (runner + peers)).toFixed(1)} %; memory of the runner ${megabytes.toFixed(0)} MB\n`

if (import.meta.main) {
  const flags = process.argv.slice(2)
  const peer = ["node", join(import.meta.dirname, "..", "conformance", "peers", "reference.ts")]
  const one = measured(flags, peer)
  process.stdout.write(shown(1, one))
  const two = measured([...flags, "--jobs", "2"], peer)
  process.stdout.write(shown(2, two))
  const processor = (two.runner + two.peers) / 2 / (one.runner + one.peers)
  process.stdout.write(
    `two jobs take ${((100 * two.wall) / one.wall).toFixed(0)} % of the time of one; by processor time, on two processors, ${(100 * processor).toFixed(0)} %\n`,
  )
}
