/** The faults that a member which sends any well-formed bytes has to bring to light, put back: each is found. */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { expect, it } from "vitest"

const run = promisify(execFile)
const program = join(import.meta.dirname, "..", "delivery-lies.ts")

it.each([
  ["endorses-without-certificates", /P21 an ENDORSE that somebody else has changed/],
  ["stuck-is-silent", /P4 .* committed in vain/],
  ["stuck-trusts-all", /P23 fewer than t \+ 1/],
  ["restored-votes", /P1 two commits of epoch 1/],
  ["joins-out-of-order", /P22 an exception/],
  ["keeps-its-commit", /P4 .* committed in vain/],
  ["drops-and-forgets", /P4 .* committed in vain/],
])(
  "%s",
  async (mutant, says) => {
    const { stdout } = await run(process.execPath, [program, "30", mutant])
    expect(stdout).toMatch(says)
  },
  120_000,
)
