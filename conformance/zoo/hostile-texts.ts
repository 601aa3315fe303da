/**
 * Hostile peers whose answers are shaped well, and hold texts and numbers that somebody could stumble over.
 *
 * @module
 */
import type { Hostile } from "./hostile-peer.ts"

/** What a terminal, a CI system or a reader of XML or HTML could obey. */
const OBEYED = "\u001b[2J\u0000\u009b31m\u202e\u2028]]><img src=x>\n::error::x\r9999 passed, 0 failed, 0 skipped"

const valueIs = (text: string) => (line: string) => line.replace(/"value":[0-9]+/, `"value":${text}`)

const nested = (depth: number) => valueIs(`${"[".repeat(depth)}${"]".repeat(depth)}`)

/** All of them. */
export const hostileTexts: ReadonlyArray<Hostile> = [
  {
    name: "minus-zero",
    does: "writes 0 as -0",
    exitCode: 1,
    failure: "garbage",
    says: "not written as a whole number",
    peer: { line: valueIs("-0") },
  },
  {
    name: "id-with-fraction",
    does: "gives the id with a fraction",
    exitCode: 4,
    failure: "garbage",
    says: "not written as a whole number",
    peer: { line: (line) => line.replace(/"id":([0-9]+)/, '"id":$1.0') },
  },
  {
    name: "digits-lost",
    does: "writes a number whose last digit would be lost",
    exitCode: 1,
    failure: "garbage",
    says: "beyond 2^53",
    peer: { line: valueIs("9007199254740993") },
  },
  { name: "infinity", does: "writes a number that is infinite", exitCode: 1, failure: "garbage", peer: { line: valueIs("1e999") } },
  {
    name: "upper-case-hex",
    does: "gives its fingerprint in upper-case hex",
    exitCode: 1,
    failure: "garbage",
    peer: {
      result: (result, method) => (method === "fingerprint" ? { verdict: "accepted", output: { fingerprint: "AB" } } : result),
    },
  },
  { name: "deep-200", does: "nests as deep as is allowed", exitCode: 1, failure: "wrong-answer", peer: { line: nested(200) } },
  {
    name: "deep-300",
    does: "nests deeper than is allowed",
    exitCode: 1,
    failure: "garbage",
    says: "nested deeper",
    peer: { line: nested(300) },
  },
  {
    name: "keys-of-objects",
    does: "answers with keys that every object has",
    exitCode: 1,
    failure: "wrong-answer",
    peer: { line: (line) => line.replace(/"output":\{"value":[0-9]+\}/, '"output":{"constructor":1,"toString":2}') },
  },
  {
    name: "obeyed-clause",
    does: "names a clause that a terminal would obey",
    exitCode: 1,
    failure: "wrong-answer",
    peer: { result: (result) => ("clause" in result ? { ...result, clause: OBEYED } : result) },
  },
  {
    name: "obeyed-output",
    does: "answers with what a terminal would obey, also in its trace",
    exitCode: 1,
    failure: "wrong-answer",
    peer: {
      result: (result) =>
        result.verdict === "accepted" ? { ...result, output: { [OBEYED]: OBEYED }, trace: [{ name: OBEYED, value: OBEYED }] } : result,
    },
  },
  {
    name: "obeyed-error",
    does: "answers with an error whose message a terminal would obey",
    exitCode: 1,
    failure: "peer-error",
    peer: {
      line: (line) => `${JSON.stringify({ jsonrpc: "2.0", id: JSON.parse(line).id, error: { code: -32603, message: OBEYED } })}\n`,
    },
  },
  {
    name: "obeyed-garbage",
    does: "writes what a terminal would obey",
    exitCode: 4,
    failure: "garbage",
    peer: { line: () => `${OBEYED.replaceAll("\n", " ")}\n` },
  },
  {
    name: "obeyed-last-words",
    does: "ends with what a terminal would obey on standard error",
    exitCode: 4,
    failure: "crash",
    peer: { line: () => "", after: () => process.stderr.write(OBEYED, () => process.exit(1)) },
  },
  {
    name: "holds-back",
    does: "does not flush",
    exitCode: 4,
    failure: "timeout",
    says: "gave no answer within",
    peer: {
      line: (line) => {
        process.stdin.once("end", () => process.stdout.write(line))
        return ""
      },
    },
  },
]
