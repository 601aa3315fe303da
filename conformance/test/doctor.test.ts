/** Each of the usual mistakes of a new peer is named, with its cure. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { doctor } from "../runner/doctor.ts"
import { resolveProgram, startOf } from "../runner/program.ts"
import { replySymptomOf, symptomOf } from "../runner/symptoms.ts"
import { temporaryDirectory } from "./fixtures.ts"

const TOY = fileURLToPath(new URL("../toy", import.meta.url))

const HOSTILE = fileURLToPath(new URL("../zoo/hostile.ts", import.meta.url))

const looked = async (...command: ReadonlyArray<string>): Promise<{ readonly code: number; readonly text: string }> => {
  const printed: Array<string> = []
  const code = await doctor({ vectors: TOY, command, timeout: 8000, print: (line) => printed.push(line) })
  return { code, text: printed.join("") }
}

describe("doctor", { timeout: 120_000 }, () => {
  it("finds a healthy peer well, with one case of each verdict", async () => {
    const { code, text } = await looked(process.execPath, HOSTILE, "crlf")
    expect(text).toMatch(/accepted .*\n.*refused .*\n.*malformed .*\n.*waiting .*\n.*ignored .*\nall is well/u)
    expect(code).toBe(0)
  })

  it.concurrent.for([
    ["banner", 4, "something else stands on standard output before the reply"],
    ["byte-order-mark", 4, "begins with a byte order mark"],
    ["utf-16", 4, "UTF-16"],
    ["misspelt-layer", 4, "did you mean toy?"],
    ["other-protocol", 4, "speaks conclave-peer/2"],
    ["capital", 1, 'the verdict is written "Accepted"\ncure  write accepted'],
    ["id-as-text", 1, "the id of the reply is a text"],
    ["result-and-error", 1, "leave out error when there is a result"],
    ["number-as-text", 1, "a number is wanted, and a text came"],
    ["declares-nothing", 1, "declares no layer"],
  ] as const)("names the mistake of %s", async ([name, code, says]) => {
    const found = await looked(process.execPath, HOSTILE, name)
    expect(found.text).toContain(says)
    expect(found.code).toBe(code)
  })

  it("names a reader that stops at 64 KiB, and one that waits for the end of its input", async () => {
    const folder = temporaryDirectory()
    const reply = 'JSON.stringify({jsonrpc:"2.0",id:r.id,...(r.method==="hello"?{result:hello}:{error:{code:-32601,message:"no"}})})+"\\n"'
    const hello = `const hello={protocol:"conclave-peer/1",name:"x",version:"1",language:"JavaScript",suites:[1],layers:["toy"],options:[]}`
    const lines = `for(const l of String(c).split("\\n"))if(l){const r=JSON.parse(l);process.stdout.write(${reply})}`
    const short = path.join(folder, "short.mjs")
    writeFileSync(short, `${hello};process.stdin.on("data",c=>{if(c.length>60000)process.exit(0);${lines}})`)
    expect((await looked(process.execPath, short)).text).toContain("it does not read a line of 100 kB")
    const late = path.join(folder, "late.mjs")
    writeFileSync(late, `${hello};let c="";process.stdin.on("data",d=>{c+=d}).on("end",()=>{${lines}})`)
    const { text } = await looked(process.execPath, late)
    expect(text).toContain("the reply came only when the input was closed")
    expect(text).toContain("flush after each reply")
  })
})

describe("a program that cannot be started", () => {
  const problem = (...command: ReadonlyArray<string>): string => {
    const resolved = resolveProgram(command)
    return "problem" in resolved ? resolved.problem : resolved.file
  }

  it("is explained in plain words", () => {
    const folder = temporaryDirectory()
    const file = (name: string, text: string, mode: number): string => {
      writeFileSync(path.join(folder, name), text)
      chmodSync(path.join(folder, name), mode)
      return path.join(folder, name)
    }
    mkdirSync(path.join(folder, "folder"))
    expect(problem("python3 peer.py")).toContain("leave out the quotes")
    expect(problem(path.join(folder, "folder"))).toContain("is a folder")
    expect(problem(path.join(folder, "nothing"))).toContain("there is no file")
    expect(problem("no-such-program-anywhere")).toContain("in the PATH")
    expect(problem(file("windows", "#!/bin/sh\r\n", 0o755))).toContain("ends with \\r\\n")
    expect(problem(file("gone", "#!/no/such/interpreter\n", 0o755))).toContain("/no/such/interpreter, is not there")
    if (process.getuid?.() !== 0) expect(problem(file("plain", "#!/bin/sh\n", 0o644))).toContain("chmod +x")
    expect(problem(process.execPath)).toBe(process.execPath)
  })

  it("is shown with the head and the tail of its standard error", async () => {
    const file = path.join(temporaryDirectory(), "peer.mjs")
    writeFileSync(file, 'console.error("HEAD");for(let i=0;i<500;i++)console.error("frame "+i);console.error("TAIL");process.exitCode=7')
    const { text, code } = await looked(process.execPath, file)
    expect(code).toBe(4)
    expect(text).toContain("HEAD")
    expect(text).toContain("TAIL")
  })
})

describe("starting a program", () => {
  it("takes the runner's own Node for a peer's", () => {
    expect(startOf(["node", "peer.js", "a b"])).toEqual({ file: process.execPath, args: ["peer.js", "a b"], shell: false })
    expect(resolveProgram(["node"])).toEqual({ file: process.execPath })
  })

  it("on Windows gives batch files to their interpreter, and nothing that it would read as its own", () => {
    const folder = temporaryDirectory()
    const file = path.join(folder, "peer.cmd")
    writeFileSync(file, "@echo off", { mode: 0o755 })
    expect(startOf([file, "--stdio", "a b"], "win32")).toEqual({ file, args: ["--stdio", '"a b"'], shell: true })
    expect(startOf([process.execPath, "%PATH%"], "win32")).toEqual({ file: process.execPath, args: ["%PATH%"], shell: false })
    for (const word of ["%PATH%", "a&b", 'a"b', "a\nb"])
      expect(() => startOf([file, word], "win32")).toThrow("its interpreter would read it")
    expect(startOf([file, "a&b"], "linux")).toEqual({ file, args: ["a&b"], shell: false })
  })
})

describe("symptoms", () => {
  const seen = (stdout: string, more: object = {}) =>
    symptomOf({ stdout: Buffer.from(stdout), stderr: "", end: undefined, afterClose: Buffer.alloc(0), ...more })?.wrong

  it.for([
    [
      seen("", { end: "ended with exit code 1", stderr: "Error [ERR_UNKNOWN_FILE_EXTENSION]: .ts\n\nNode.js v20.20.2" }),
      "this Node is too old",
    ],
    [seen("", { end: "ended with exit code 1", stderr: "java.lang.UnsupportedClassVersionError: Peer" }), "this Java is older"],
    [seen("", { end: "ended with exit code 1", stderr: "ModuleNotFoundError: No module named 'x'" }), "a module is not found"],
    [seen("", { end: "ended with exit code 1", stderr: "version `GLIBC_2.38' not found" }), "a shared library is missing"],
    [seen('Content-Length: 20\r\n\r\n{"jsonrpc"'), "has a header"],
    [seen('{"jsonrpc":"2.0"}\r'), "carriage return alone"],
    [seen('{"jsonrpc":"2.0"}'), "without a newline"],
    [seen('{\n "jsonrpc":"2.0"\n}\n'), "on several lines"],
    [seen("{'jsonrpc': '2.0'}\n"), "single quotes"],
    [seen("", { stderr: '{"jsonrpc":"2.0"}' }), "written to standard error"],
    [seen("", { end: "ended with exit code 0" }), "as if it had nothing to do"],
    [seen(""), "nothing came, and the program runs on"],
    [seen("hello\n"), "the first line of the output is not JSON"],
  ] as const)("%s", ([found, says]) => {
    expect(found).toContain(says)
  })

  it.for([
    ["[]", "no object"],
    ['{"id":1,"result":{}}', 'no "jsonrpc":"2.0"'],
    ['{"jsonrpc":"2.0","result":{}}', "no id"],
    ['{"jsonrpc":"2.0","id":2,"result":{}}', "the request had 1"],
    ['{"jsonrpc":"2.0","id":1}', "neither result nor error"],
    ['{"jsonrpc":"2.0","id":1,"result":{},"note":1}', 'the key "note"'],
    ['{"jsonrpc":"2.0","id":1,"result":{"verdict":"acepted"}}', '"acepted"'],
    ['{"jsonrpc":"2.0","id":1,"result":{"verdict":"accepted"}}', "has no output"],
  ] as const)("%s: %s", ([line, says]) => {
    expect(replySymptomOf(line, 1)?.wrong).toContain(says)
  })

  it("say nothing of what is right", () => {
    expect(replySymptomOf('{"jsonrpc":"2.0","id":1,"result":{"verdict":"accepted","output":{}}}', 1)).toBeUndefined()
  })
})
