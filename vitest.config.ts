import { join } from "node:path"
import { defineConfig } from "vitest/config"

/**
 * Those that change what all in a process have in common: modules, globals, the environment. And one that measures the memory of programs
 * that it starts, for which the system counts what their parent has, too.
 */
const alone = [
  "**/test/work.test.ts",
  "reference/crypto/test/randomness.test.ts",
  "tools/test/book-play.test.ts",
  "conformance/zoo/test/zoo.test.ts",
  "conformance/test/lifetime.test.ts",
  "conformance/test/package.test.ts",
]

export default defineConfig({
  test: {
    setupFiles: ["tools/test/seed.ts"],
    // Hundreds of processes load the same files.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules", ".cache", "compiled") },
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: "forks",
    maxWorkers: 2,
    reporters: ["default"],
    projects: [
      { extends: true, test: { name: "alone", include: alone } },
      // What they load is loaded once in a process: a seventh of the time of all tests.
      {
        extends: true,
        test: { name: "together", include: ["**/test/*.test.ts"], exclude: ["**/node_modules/**", ...alone], isolate: false },
      },
    ],
  },
})
