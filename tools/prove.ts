/**
 * `npm run prove`: checks the proofs in spec/proofs, and what they have to do with the program. It needs Coq and OCaml, installs nothing, and writes nothing into the project.
 *
 * 1. builds all; no proof is open, and no theorem rests on an axiom (`Print Assumptions`), which the independent checker `coqchk` confirms;
 * 2. extracts the definitions as a conformance peer, which has to pass its vectors;
 * 3. compares the peer with the definitions of the chapter and with the reference, on random histories by dishonest senders (`--histories` 10000, of at most `--longest` 9 operations);
 * 4. puts faults into the definitions: each has to break a proof.
 *
 * Exit code 0 when all holds, 1 when something does not, 2 when a program is missing.
 *
 * @module
 */
import { execFile, spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs, promisify } from "node:util"
import { readTheorems } from "./coverage/theorems.ts"
import { compare } from "./prove/compare.ts"
import { anywhere, type Fault, faults } from "./prove/faults.ts"
import { startPeer } from "./prove/peer.ts"
import { root } from "./sources.ts"

const { values } = parseArgs({
  options: {
    histories: { type: "string", default: "10000" },
    longest: { type: "string", default: "9" },
    seed: { type: "string", default: "1" },
  },
})

const sources = join(root, "spec/proofs")
const files = readFileSync(join(sources, "_CoqProject"), "utf8")
  .split("\n")
  .filter((line) => line.endsWith(".v"))
  .map((line) => line.slice(0, -2))

const textOf = (file: string): string => readFileSync(join(sources, `${file}.v`), "utf8")

const needed = { coqc: "coq", coqchk: "coq", ocamlfind: "ocaml-findlib", ocamlopt: "ocaml-nox" } as const

const missing = Object.entries(needed).filter(([program]) => spawnSync(program, ["-version"]).error !== undefined)

const run = promisify(execFile)

/** Runs a program in a folder; what it prints, or why it failed. */
const tryRun = async (
  folder: string,
  program: string,
  ...args: ReadonlyArray<string>
): Promise<{ readonly ok: boolean; readonly text: string }> => {
  try {
    const { stdout, stderr } = await run(program, args, { cwd: folder, maxBuffer: 1 << 26 })
    return { ok: true, text: `${stdout}${stderr}` }
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string }
    return { ok: false, text: `${stdout ?? ""}${stderr ?? String(error)}` }
  }
}

const compile = (folder: string, file: string) => tryRun(folder, "coqc", "-noglob", "-q", "-Q", ".", "Conclave", `${file}.v`)

const importsOf = (file: string): ReadonlyArray<string> =>
  [...textOf(file).matchAll(/^From Conclave Require (?:Import )?([^.]*)\./gm)].flatMap(([, names]) => names!.split(" "))

const dependsOn = (file: string, other: string): boolean => file === other || importsOf(file).some((one) => dependsOn(one, other))

let failed = false
const began = Date.now()
const say = (ok: boolean, text: string): void => {
  if (!ok) failed = true
  process.stdout.write(`${ok ? "ok   " : "WRONG"} ${text} (${((Date.now() - began) / 1000).toFixed(0)} s)\n`)
}

/** Builds each file as soon as those that it imports are built. */
const build = async (folder: string): Promise<boolean> => {
  const built = new Map<string, Promise<boolean>>()
  const buildAfter = async (file: string): Promise<boolean> => {
    const imported = await Promise.all(importsOf(file).map((one) => built.get(one)))
    if (imported.includes(false)) return false
    const { ok, text } = await compile(folder, file)
    if (!ok) say(false, `${file} does not build:\n${text}`)
    return ok
  }
  for (const file of files) built.set(file, buildAfter(file))
  if ((await Promise.all(built.values())).includes(false)) return false
  const lines = files.map((file) => textOf(file).split("\n").length).reduce((sum, one) => sum + one, 0)
  say(true, `${files.length} files of ${lines} lines build`)
  return true
}

const axioms = async (folder: string): Promise<void> => {
  const open = files.filter((file) => /\b(Admitted|admit|Axiom|Parameter|Conjecture)\b/.test(textOf(file)))
  const theorems = readTheorems().map(({ at }) => /([^/]+)\.v#(.*)/.exec(at)!)
  const names = theorems.map(([, file, name]) => `@Conclave.${file}.${name}`)
  // One value made of all proofs: so what they rest on is looked at once, and not once for each.
  const check = `From Conclave Require ${files.join(" ")}.\nDefinition all := ltac:(let l := constr:((${names.join(", ")})) in exact l).\nPrint Assumptions all.\n`
  writeFileSync(join(folder, "Check.v"), check)
  const { ok, text } = await compile(folder, "Check")
  const closed = open.length === 0 && ok && text.trim() === "Closed under the global context"
  say(closed, closed ? `${theorems.length} theorems rest on no axiom` : `not proved: ${open.join(" ")} ${text}`)
  // The standard library is taken as it is: it has parameters of its own that nothing here rests on.
  const checked = await tryRun(
    folder,
    "coqchk",
    "-silent",
    "-o",
    "-Q",
    ".",
    "Conclave",
    ...files.flatMap((file) => ["-norec", `Conclave.${file}`]),
  )
  const accepted = checked.ok && /\* Axioms:/.test(checked.text) && !/^\s*Conclave\./m.test(checked.text)
  say(accepted, `coqchk accepts them${accepted ? "" : `:\n${checked.text}`}`)
}

const conclave = (folder: string, peer: string, ...selected: ReadonlyArray<string>) =>
  tryRun(root, process.execPath, "conformance/conclave.ts", "run", ...selected, "--reports", join(folder, "reports"), "--", peer)

const checkPeer = async (folder: string): Promise<void> => {
  const extracted = await compile(folder, "Extract")
  const linked = await tryRun(folder, "ocamlfind", "ocamlopt", "-w", "-a", "extracted.mli", "extracted.ml", "peer.ml", "-o", "peer")
  if (!extracted.ok || !linked.ok) return say(false, `the peer does not build:\n${extracted.ok ? linked.text : extracted.text}`)
  const program = join(folder, "peer")
  for (const selected of [
    ["--layer", "membership"],
    ["--select", "cooperation/thresholds*"],
  ]) {
    const { ok, text } = await conclave(folder, program, ...selected)
    const [summary = text] = /^.*\d+ passed.*$/m.exec(text) ?? []
    say(ok, `the extracted peer, ${selected.join(" ")}: ${ok ? summary : text}`)
  }
  const peer = startPeer(program)
  const differs = await compare(peer, Number(values.histories), Number(values.longest), Number(values.seed))
  peer.stop()
  const found = differs === undefined ? "the peer, the definitions and the reference agree" : `they differ on ${JSON.stringify(differs)}`
  say(differs === undefined, `${values.histories} random histories: ${found}`)
}

/** Whether an error that Coq reports stands in a proof, and not in a statement or definition. */
const isInProof = (source: string, error: string): boolean => {
  const [, line = "0"] = /line (\d+), [^\n]*\nError/.exec(error) ?? []
  const before = source.split("\n").slice(0, Number(line)).join("\n")
  return before.lastIndexOf("Proof.") > Math.max(before.lastIndexOf("Qed.\n"), before.lastIndexOf("Defined.\n"))
}

/** The file at which the build stops with a fault. */
const stopsAt = async (built: string, { file, from, to }: Fault): Promise<string> => {
  const text = textOf(file)
  const found = [...text.matchAll(anywhere(from))]
  if (found.length !== 1) return "nowhere, for what it changes is not there once"
  const folder = mkdtempSync(join(tmpdir(), "conclave-fault-"))
  try {
    for (const name of readdirSync(built).filter((one) => /\.(v|vo)$/.test(one))) cpSync(join(built, name), join(folder, name))
    writeFileSync(
      join(folder, `${file}.v`),
      text.replace(anywhere(from), () => to),
    )
    for (const one of files.filter((other) => dependsOn(other, file))) {
      const { ok, text } = await compile(folder, one)
      if (!ok) return isInProof(readFileSync(join(folder, `${one}.v`), "utf8"), text) ? one : `what is no proof: ${text}`
    }
    return "nowhere"
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const checkFaults = async (built: string): Promise<void> => {
  const waiting = [...faults]
  let survived = 0
  const worker = async () => {
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
      const stops = await stopsAt(built, fault)
      if (stops === fault.stops) continue
      survived += 1
      say(false, `fault "${fault.name}": the build stops at ${stops}, not at ${fault.stops}`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  say(survived === 0, `${faults.length - survived} of ${faults.length} faults in the definitions break a proof`)
}

if (missing.length > 0) {
  const packages = [...new Set(missing.map(([, name]) => name))].join(" ")
  const programs = missing.map(([program]) => program).join(", ")
  process.stderr.write(
    `The proofs are not checked: there is no ${programs}. Coq 8.16 or later; on Debian and Ubuntu: apt-get install --no-install-recommends ${packages}\n`,
  )
  process.exitCode = 2
} else {
  const folder = mkdtempSync(join(tmpdir(), "conclave-prove-"))
  try {
    cpSync(sources, folder, { recursive: true, filter: (path) => !/\.(vo|vok|vos|glob|aux)$/.test(path) })
    if (await build(folder)) {
      await axioms(folder)
      await checkPeer(folder)
      await checkFaults(folder)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  if (failed) process.exitCode = 1
}
