/**
 * Key agreement by p2panda-encryption, where Rust is present: an implementation of the same protocol in a process of its own, with its own library of cryptography.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { build } from "../implementations/build.ts"
import { implementations } from "../implementations/list.ts"
import { type Row, spreadOf } from "./run.ts"

const { p2panda } = Object.fromEntries(implementations.map((one) => [one.name, one]))

/** Milliseconds of each round. */
type Times = Readonly<Record<"sender" | "one recipient" | "all acks, sender", ReadonlyArray<number>>>

const rowsOf = ({ n, ...times }: { readonly n: number } & Times): ReadonlyArray<Row> =>
  Object.entries(times).map(([who, rounds]) => {
    const place = { name: "p2panda-encryption", provider: "Rust", n, history: 0, operation: "update", who }
    return { ...place, cpu: spreadOf(rounds) }
  })

/** An update by p2panda-encryption in groups of these sizes; nothing where it cannot be built. */
export const rust = (sizes: ReadonlyArray<number>): ReadonlyArray<Row> => {
  const [program] = p2panda?.bench ?? []
  if (sizes.length === 0 || p2panda === undefined || program === undefined || build(p2panda).status !== "built") return []
  const { status, stdout } = spawnSync(program, sizes.map(String), { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })
  if (status !== 0) throw new Error("the benchmark of p2panda-encryption has failed")
  return stdout
    .trim()
    .split("\n")
    .flatMap((line) => rowsOf(JSON.parse(line) as Parameters<typeof rowsOf>[0]))
}
