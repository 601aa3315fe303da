import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["**/test/*.test.ts"],
    setupFiles: ["tools/test/seed.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: "forks",
    maxWorkers: 2,
    reporters: ["default"],
  },
})
