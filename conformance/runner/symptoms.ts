/**
 * The usual mistakes of a new peer, told by what it wrote: each in plain words, with the cure.
 *
 * @module
 */
import { nearest } from "./nearest.ts"

/** What was seen of a peer that was sent one request and did not answer it well. */
export interface Seen {
  readonly stdout: Buffer
  readonly stderr: string
  /** How the process ended, if it did. */
  readonly end: string | undefined
  /** Whether more came when the input was closed. */
  readonly afterClose: Buffer
}

/** What is wrong, and what helps. */
export interface Symptom {
  readonly wrong: string
  readonly cure: string
}

interface Rule extends Symptom {
  readonly shows: (seen: Seen, text: string) => boolean
}

const stderrSays =
  (...patterns: ReadonlyArray<RegExp>) =>
  ({ stderr, end }: Seen): boolean =>
    end !== undefined && patterns.some((pattern) => pattern.test(stderr))

/** Causes that stand in the standard error of a process that ended. */
const startUp: ReadonlyArray<Rule> = [
  {
    shows: stderrSays(/ERR_UNKNOWN_FILE_EXTENSION|ERR_UNSUPPORTED_NODE|Unexpected token 'export'|requires Node/u),
    wrong: "this Node is too old for the program, or does not read TypeScript",
    cure: "name the right Node in the command: /path/to/node peer.js",
  },
  {
    shows: stderrSays(/UnsupportedClassVersionError/u),
    wrong: "this Java is older than the one that compiled the program",
    cure: "name the right Java in the command, or compile with --release",
  },
  {
    shows: stderrSays(
      /ModuleNotFoundError|ImportError|ERR_MODULE_NOT_FOUND|Cannot find module|ClassNotFoundException|NoClassDefFoundError/u,
    ),
    wrong: "a module is not found: the peer gets only part of your environment",
    cure: "run it in the environment in which it is installed, and hand variables on with --env NAME",
  },
  {
    shows: stderrSays(/GLIBC_|cannot open shared object|Library not loaded/u),
    wrong: "a shared library is missing or too old",
    cure: "hand LD_LIBRARY_PATH on with --env, or link statically",
  },
  {
    shows: stderrSays(/SyntaxError.*print|Missing parentheses in call to 'print'/su),
    wrong: "a Python program is run by the other Python",
    cure: "name the interpreter in the command: python3 peer.py",
  },
]

const startsWith = (bytes: Buffer, ...start: ReadonlyArray<number>): boolean => start.every((byte, index) => bytes[index] === byte)

const isJson = (line: string): boolean => {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}

const firstLine = (text: string): string => text.split("\n")[0] ?? ""

/** What the bytes on standard output show. */
const framing: ReadonlyArray<Rule> = [
  {
    shows: ({ stdout }) => startsWith(stdout, 0xef, 0xbb, 0xbf),
    wrong: "the output begins with a byte order mark",
    cure: "write UTF-8 without one",
  },
  {
    shows: ({ stdout }) =>
      startsWith(stdout, 0xff, 0xfe) || startsWith(stdout, 0xfe, 0xff) || stdout.subarray(0, 40).filter((byte) => byte === 0).length > 5,
    wrong: "the output is UTF-16",
    cure: "write UTF-8",
  },
  {
    shows: (_, text) => /^Content-Length:/iu.test(text),
    wrong: "the reply has a header, as language servers write it",
    cure: "write the JSON alone, on one line",
  },
  {
    shows: ({ stdout }, text) => !text.includes("\n") && text.includes("\r") && stdout.length > 0,
    wrong: "lines end with a carriage return alone",
    cure: "end each line with \\n",
  },
  {
    shows: (_, text) => text !== "" && !text.includes("\n") && isJson(text),
    wrong: "the reply came without a newline after it",
    cure: "write \\n after each reply, and flush",
  },
  {
    shows: (_, text) => /^\s*[{[]\s*$/u.test(firstLine(text)),
    wrong: "the reply stands on several lines",
    cure: "write each reply on one line, without indentation",
  },
  {
    shows: (_, text) => /^\{\s*'/u.test(text),
    wrong: "the reply is written with single quotes, which is not JSON",
    cure: "write it with a JSON library (json.dumps, not str)",
  },
  {
    shows: (_, text) =>
      text !== "" &&
      !isJson(firstLine(text)) &&
      text
        .split("\n")
        .slice(1)
        .some((line) => line.includes('"jsonrpc"')),
    wrong: "something else stands on standard output before the reply",
    cure: "write banners and logs to standard error",
  },
  {
    shows: (_, text) => text !== "" && text.includes("\n") && !isJson(firstLine(text)),
    wrong: "the first line of the output is not JSON",
    cure: "write nothing but replies to standard output; logs go to standard error",
  },
  {
    shows: ({ stdout, stderr }) => stdout.length === 0 && stderr.includes('"jsonrpc"'),
    wrong: "the reply was written to standard error",
    cure: "write replies to standard output",
  },
  {
    shows: ({ stdout, afterClose }) => stdout.length === 0 && afterClose.length > 0,
    wrong: "the reply came only when the input was closed",
    cure: "flush after each reply (print(..., flush=True), bufio.Writer.Flush, System.out.flush()), and read line by line instead of to the end",
  },
  {
    shows: ({ stdout, end }) => stdout.length === 0 && end === "ended with exit code 0",
    wrong: "the program ended without an answer, as if it had nothing to do",
    cure: "read requests from standard input until it ends",
  },
  {
    shows: ({ stdout, end }) => stdout.length === 0 && end === undefined,
    wrong: "nothing came, and the program runs on",
    cure: "read a line from standard input, answer it, and flush; was the program waiting for something else?",
  },
]

/** What the lines of a peer show, or `undefined` when nothing is known about it. */
export const symptomOf = (seen: Seen): Symptom | undefined => {
  const text = seen.stdout.toString()
  return [...startUp, ...framing].find(({ shows }) => shows(seen, text))
}

interface Reply {
  readonly [key: string]: unknown
}

const isObject = (value: unknown): value is Reply => typeof value === "object" && value !== null && !Array.isArray(value)

const VERDICTS = ["accepted", "refused", "malformed", "waiting", "ignored"]

const REPLY_KEYS = ["jsonrpc", "id", "result", "error"]

const resultSymptom = (result: Reply): Symptom | undefined => {
  const { verdict } = result
  if (typeof verdict === "string" && !VERDICTS.includes(verdict)) {
    const meant = VERDICTS.find((one) => one === verdict.toLowerCase()) ?? nearest(verdict, VERDICTS)
    const cure = meant === undefined ? `the verdicts are ${VERDICTS.join(", ")}` : `write ${meant}`
    return { wrong: `the verdict is written ${JSON.stringify(verdict.slice(0, 100))}`, cure }
  }
  if (verdict === "accepted" && result.output === undefined)
    return { wrong: "the verdict accepted has no output", cure: 'an empty output is "output":{}' }
  return undefined
}

/** What is wrong with one line that is JSON, as the reply to the request `id`. */
export const replySymptomOf = (line: string, id: number): Symptom | undefined => {
  if (!isJson(line)) return undefined
  const reply: unknown = JSON.parse(line)
  if (!isObject(reply)) return { wrong: "the reply is no object", cure: 'answer {"jsonrpc":"2.0","id":…,"result":…}' }
  if (reply.jsonrpc !== "2.0") return { wrong: 'the reply has no "jsonrpc":"2.0"', cure: "add it to every reply" }
  if (typeof reply.id === "string")
    return { wrong: "the id of the reply is a text", cure: "copy the id of the request as it is: it is a number" }
  if (reply.id === undefined) return { wrong: "the reply has no id", cure: "copy the id of the request" }
  if (reply.id !== id && reply.id !== null)
    return {
      wrong: `the reply has the id ${JSON.stringify(reply.id)}, the request had ${id}`,
      cure: "copy the id of the request, do not count",
    }
  if (reply.result !== undefined && reply.error !== undefined)
    return { wrong: "the reply has a result and an error", cure: "leave out error when there is a result, also as null" }
  if (reply.result === undefined && reply.error === undefined) {
    return { wrong: "the reply has neither result nor error", cure: "put the verdict into result" }
  }
  const extra = Object.keys(reply).find((key) => !REPLY_KEYS.includes(key))
  if (extra !== undefined)
    return { wrong: `the reply has the key ${JSON.stringify(extra.slice(0, 100))}, which JSON-RPC does not know`, cure: "leave it out" }
  return isObject(reply.result) ? resultSymptom(reply.result) : undefined
}
