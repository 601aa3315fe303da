/**
 * `npm run whole`: the tests of which `npm test` takes a sample, whole.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"

const tests = [
  "conformance/test/plays.test.ts",
  "conformance/test/plays-mls.test.ts",
  "conformance/zoo/test/hostile.test.ts",
  "conformance/zoo/test/zoo.test.ts",
  "reference/dcgka/test/membership.test.ts",
  "reference/mpenc/test/dishonest.test.ts",
  "reference/mpenc/test/interleavings.test.ts",
  "reference/test/bad-input-methods.test.ts",
  "reference/test/providers.test.ts",
  "tools/test/attack.test.ts",
  "tools/test/delivery-mutants.test.ts",
  "tools/test/explore.test.ts",
  "tools/test/explore-mpenc-attacks.test.ts",
  "tools/test/game.test.ts",
  "tools/test/generate.test.ts",
  "tools/test/plays.test.ts",
]

const vitest = join(import.meta.dirname, "..", "node_modules", "vitest", "vitest.mjs")
process.exitCode = spawnSync(process.execPath, [vitest, "run", "--mode", "whole", ...tests], { stdio: "inherit" }).status ?? 1
