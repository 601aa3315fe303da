/**
 * `npm run demo -- dcgka`: plays a part in readable lines. Each part that has a demonstration has a file in tools/demo.
 *
 * @module
 */
import { readdirSync } from "node:fs"
import { join } from "node:path"

const folder = join(import.meta.dirname, "demo")
const parts = readdirSync(folder)
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.slice(0, -3))

const [part = ""] = process.argv.slice(2)
if (parts.includes(part)) {
  const { play } = (await import(`./demo/${part}.ts`)) as { play: (print: (line: string) => void) => void }
  play((line) => process.stdout.write(`${line}\n`))
} else {
  process.stderr.write(`npm run demo -- ${parts.join(" | ")}\n`)
  process.exitCode = 2
}
