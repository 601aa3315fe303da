/**
 * The zoo as a table: every wrong peer, and by what it is found.
 *
 * @module
 */
import { hostile } from "../conformance/zoo/hostile.ts"
import { liars } from "../conformance/zoo/liars.ts"
import { mutants } from "../conformance/zoo/mutants.ts"

const escaped = (text: string): string => text.replaceAll("|", "\\|").replaceAll("_", "\\_")

const table = (heads: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [heads, heads.map(() => "---"), ...rows.map((cells) => cells.map(escaped))].map((cells) => `| ${cells.join(" | ")} |\n`).join("")

const HEADER = `# Wrong peers

Peers that are wrong on purpose, and by what each is found. A test runs them all. Generated from [conformance/zoo](../conformance/zoo).
`

/** The text of `vectors/wrong-peers.md`. */
export const wrongPeersText = (): string =>
  [
    HEADER,
    `## Hostile peers (${hostile.length})\n\nThey break the protocol, or attack the runner, in the practice layer. A run against each ends with this exit code; 0 where the runner bears it.\n`,
    table(
      ["peer", "what it does", "exit code", "failure"],
      hostile.map(({ name, does, exitCode, failure = "" }) => [name, does, String(exitCode), failure]),
    ),
    `## Liars (${liars.length + 1})\n\nThey answer wrongly in manner rather than in matter.\n`,
    table(
      ["peer", "what it does", "failure", "in the case"],
      [
        ...liars.map(({ name, does, failure, caughtBy }) => [name, does, failure, caughtBy]),
        ["lookup", "looks all answers up in the published vectors", "wrong-answer", "every challenge"],
      ],
    ),
    `## Mutants (${mutants.length})\n\nThe reference with one mistake that a port could make.\n`,
    table(
      ["mutant", "what it does", "breaks", "caught by"],
      mutants.map(({ name, does, breaks, caughtBy }) => [name, does, breaks, caughtBy]),
    ),
  ].join("\n")
