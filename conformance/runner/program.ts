/**
 * The program of a peer as a file: which one is meant, what keeps it from being started, and what exactly it was.
 *
 * @module
 */
import { accessSync, closeSync, constants, openSync, readFileSync, readSync, statSync } from "node:fs"
import path from "node:path"
import { sha256Of } from "../protocol/vectors.ts"

/** Where a program was found, or what is wrong with it in plain words. */
export type Resolved = { readonly file: string } | { readonly problem: string }

const statOf = (file: string) => {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch {
    // A name that no file can have.
    return undefined
  }
}

const isFile = (file: string): boolean => statOf(file)?.isFile() ?? false

const suffixes = process.platform === "win32" ? ["", ".exe", ".cmd", ".bat", ".com"] : [""]

const inPath = (name: string): string | undefined =>
  (process.env.PATH ?? "")
    .split(path.delimiter)
    .flatMap((folder) => suffixes.map((suffix) => path.join(folder, `${name}${suffix}`)))
    .find(isFile)

const may = (right: "R_OK" | "X_OK", file: string): boolean => {
  try {
    accessSync(file, constants[right])
    return true
  } catch {
    return false
  }
}

/** How much of a file is looked at for the line that names its interpreter. */
const FIRST_LINE = 200

const beginningOf = (file: string): string => {
  const bytes = Buffer.alloc(FIRST_LINE)
  const descriptor = openSync(file, "r")
  try {
    return bytes.subarray(0, readSync(descriptor, bytes)).toString()
  } finally {
    closeSync(descriptor)
  }
}

const interpreterOf = (file: string): string | undefined => {
  // What may be executed need not be readable.
  const [first = ""] = may("R_OK", file) ? beginningOf(file).split("\n") : []
  if (!first.startsWith("#!")) return undefined
  return first.endsWith("\r") ? "\r" : first.slice(2).trim().split(/\s/u)[0]
}

const problemOf = (file: string): string | undefined => {
  if (statSync(file).isDirectory()) return `${file} is a folder`
  if (!may("X_OK", file)) return `${file} may not be executed: chmod +x ${file}, or name its interpreter before it`
  const interpreter = interpreterOf(file)
  if (interpreter === "\r") return `the first line of ${file} ends with \\r\\n: its interpreter is looked for under a name with \\r`
  if (interpreter !== undefined && !isFile(interpreter)) return `the interpreter of ${file}, ${interpreter}, is not there`
  return undefined
}

/** Looks for the program that a command names, as starting it does. The peer's `node` is the runner's own: the machine's may be too old, or be none. */
export const resolveProgram = ([program = ""]: ReadonlyArray<string>): Resolved => {
  if (program === "") return { problem: "the command is empty" }
  if (program === "node") return { file: process.execPath }
  const asPath = program.includes("/") || program.includes("\\")
  const file = asPath
    ? suffixes.map((suffix) => path.resolve(`${program}${suffix}`)).find((one) => statOf(one) !== undefined)
    : inPath(program)
  if (file !== undefined) {
    const problem = problemOf(file)
    return problem === undefined ? { file } : { problem }
  }
  if (/\s/u.test(program)) {
    return {
      problem: `there is no program named ${JSON.stringify(program)}: leave out the quotes, so that the program and its arguments are words of their own`,
    }
  }
  if (asPath) return { problem: `there is no file ${path.resolve(program)}` }
  const here = isFile(program) ? `; to start the file in this folder, write ./${program}` : ""
  return { problem: `there is no program ${program} in the PATH${here}` }
}

/** What is handed to the system to start a program. */
export interface Start {
  readonly file: string
  readonly args: ReadonlyArray<string>
  /** Whether a command interpreter starts it. */
  readonly shell: boolean
}

/** What the interpreter of batch files takes for its own, also in quotes. */
const CMD_OWN = /[%!^"&|<>\r\n]/u

/**
 * How a command is started.
 *
 * @throws Error when it is a batch file, and its interpreter would read an argument as something else
 */
export const startOf = (command: ReadonlyArray<string>, platform: NodeJS.Platform = process.platform): Start => {
  const [program = "", ...args] = command
  if (program === "node") return { file: process.execPath, args, shell: false }
  if (platform !== "win32") return { file: program, args, shell: false }
  const resolved = resolveProgram(command)
  const file = "file" in resolved ? resolved.file : program
  // Node refuses to start batch files without their interpreter.
  if (!/\.(cmd|bat)$/iu.test(file)) return { file, args, shell: false }
  const taken = [file, ...args].find((word) => CMD_OWN.test(word))
  if (taken !== undefined)
    throw new Error(`a batch file cannot be given ${JSON.stringify(taken)}: its interpreter would read it as its own`)
  const quoted = (word: string): string => (/^[\w./:=@\\-]+$/u.test(word) ? word : `"${word}"`)
  return { file: quoted(file), args: args.map(quoted), shell: true }
}

const LARGEST = 64 * 1024 * 1024

/** A digest of the files that a command names: the program, a script, an archive. `null` when it names none. */
export const programDigest = (command: ReadonlyArray<string>): string | null => {
  const [program = "", ...args] = command
  const resolved = resolveProgram([program])
  const named = [...("file" in resolved ? [resolved.file] : []), ...args.filter(isFile)]
  const files = named.filter((file) => may("R_OK", file) && statSync(file).size <= LARGEST)
  return files.length === 0 ? null : sha256Of(files.map((file) => sha256Of(readFileSync(file))).join("")).slice(0, 16)
}
