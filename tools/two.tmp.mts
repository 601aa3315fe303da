import { inWords, playAll } from "./attack/scenario.ts"

const L = (lie: string, racing = false) => ({ lie, ...(racing ? { racing } : {}) })
const M = (by: string, does: string, user?: string) => ({ by, does, ...(user ? { user } : {}) })
const adds = [
  "counting one too few of bob's",
  "with bob as he was before his last envelope",
  "with bob as he was before his last envelope, and a cut that goes with it",
  "truly for all others, and for him with bob as he was before his last envelope",
  "with alice knowing nothing",
  "with a key of its own for bob",
  "with another digest for alice",
  "with nothing open",
  "with what is open awaiting bob",
].map((x) => (x.startsWith("truly for") ? `adds dave ${x}` : `adds dave, ${x}`))
const afters =
  process.argv[2] === "a"
    ? [[L("speaks to dave as bob, with the key that it has for bob's", true)], [M("dave", "update")], [M("dave", "add", "zed")]]
    : process.argv[2] === "b"
      ? [[M("alice", "remove", "mallory")], [L("an update")], [L("removes bob")]]
      : [[M("bob", "update"), M("dave", "update")], [M("bob", "add", "erin")], [L("falls silent")]]
const befores = [[M("bob", "update")], [L("an update for bob alone")], [L("removes bob")], [M("alice", "update")]]
const t = Date.now()
let n = 0
for (const b of befores)
  for (const a of adds)
    for (const c of afters) {
      n++
      const p = playAll({ base: "member", steps: [...b, L(a), ...c] as never })
      for (const v of p.violations) console.log(v.kind, v.says, "|", p.steps.map(inWords).join(" | "))
    }
console.log(n, Date.now() - t)
