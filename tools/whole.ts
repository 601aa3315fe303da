/**
 * `npm run whole`: the tests of which `npm test` takes a sample, whole.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"

const tests = [
  "conformance/zoo/test/zoo.test.ts",
  "reference/dcgka/test/membership.test.ts",
  "reference/test/bad-input-methods.test.ts",
  "reference/test/providers.test.ts",
  "tools/test/generate.test.ts",
]

const vitest = join(import.meta.dirname, "..", "node_modules", "vitest", "vitest.mjs")
const env = { ...process.env, CONCLAVE_WHOLE: "1" }
process.exitCode = spawnSync(process.execPath, [vitest, "run", ...tests], { env, stdio: "inherit" }).status ?? 1
