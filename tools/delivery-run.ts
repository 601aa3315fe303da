/**
 * Runs the delivery service with real MLS groups for thirty epochs (about a minute), prints each, and holds the transcript against the one that the vectors have. With `--write` it writes that instead.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { nodePrimitives } from "../reference/crypto/providers/node.ts"
import { runWithMls } from "../reference/delivery-service/simulation/mls-run.ts"

const file = join(import.meta.dirname, "..", "vectors", "cases", "delivery-service", "data", "mls-run.json")

const { epochs, transcript } = await runWithMls(nodePrimitives, "thirty epochs", 30)

for (const { epoch, members, commits, proposals, messages } of epochs) {
  process.stdout.write(
    `epoch ${epoch}: ${members} members, ${commits} commits, ${proposals.length} proposals committed, ${messages} messages, all correct members agree\n`,
  )
}

const text = `${JSON.stringify(transcript, null, 1)}\n`
if (process.argv.includes("--write")) writeFileSync(file, text)
else if (readFileSync(file, "utf8") !== text) {
  process.stderr.write("The transcript has changed: node tools/delivery-run.ts --write\n")
  process.exitCode = 1
}
