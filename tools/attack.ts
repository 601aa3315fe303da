/**
 * `npm run attack`: a dishonest member, a former one, a contact and a thief, who choose at each of their moves any lie of tools/attack/catalogue.ts, on top of what honest members do; and what must hold whatever
 * they choose (tools/attack/checks.ts).
 *
 * - `--deep`: more honest moves around the lies, and more lies in a row.
 * - `--bounds member,1,1,1`: the base (`member`, `contact`, `founder` or `former`), how many honest moves come before and after, and how many lies follow each other; `member,1,1,1,racing` has them overtake as well, and `member,1,0,1,fields` has lies in every field of each message told; `plain` has only messages that a member may send. May be repeated.
 * - `--lie text`: only lies with this text in their name. May be repeated.
 * - `--kind kind`: only violations of this kind. May be repeated.
 * - `--random n`: n random runs of `--steps` steps (12), with the seeds from `--seed` (0) on.
 * - `--most n`: stop at n findings.
 * - `--play json`: only this scenario, as `--json` prints it beside each finding.
 * - `--real`: with real primitives.
 * - `--fault name`: with one of the faults of tools/attack/faults.ts put into the reference. `--faults` names them.
 *
 * Exit code 0 when nothing was found, 1 otherwise.
 *
 * @module
 */
import { parseArgs } from "node:util"
import { SingleBar } from "cli-progress"
import { countDecoding } from "./attack/counting.ts"
import { faults } from "./attack/faults.ts"
import { putIn } from "./faults.ts"

const { values } = parseArgs({
  options: {
    deep: { type: "boolean", default: false },
    bounds: { type: "string", multiple: true },
    lie: { type: "string", multiple: true },
    kind: { type: "string", multiple: true },
    random: { type: "string" },
    seed: { type: "string", default: "0" },
    steps: { type: "string", default: "12" },
    most: { type: "string", default: "1000" },
    play: { type: "string" },
    json: { type: "boolean", default: false },
    real: { type: "boolean", default: false },
    fault: { type: "string", multiple: true },
    faults: { type: "boolean", default: false },
  },
})

for (const name of values.fault ?? []) putIn(faults, name)
countDecoding()

// Loaded only now, so that the faults are in place.
const { beginnings, Findings, search, searchOrders } = await import("./attack/search.ts")
const { inWords, looksFor, playAll } = await import("./attack/scenario.ts")
const { randomRun } = await import("./attack/random.ts")
const { usePrimitives } = await import("./attack/running.ts")
const { nodePrimitives } = await import("../reference/crypto/providers/node.ts")

type Bounds = Parameters<typeof search>[0]

const print = (text: string) => process.stdout.write(`${text}\n`)

const usual: ReadonlyArray<string> = [
  "member,1,0,1,fields",
  "member,1,1,1,racing",
  "member,0,1,2",
  "contact,1,1,1",
  "founder,0,2,1",
  "former,0,0,3,plain",
]
const deep: ReadonlyArray<string> = [
  "member,1,1,1,fields",
  "member,2,1,1,racing",
  "member,1,1,2",
  "member,0,2,2",
  "contact,2,2,1",
  "founder,0,2,2",
]

const boundsOf = (text: string): Bounds => {
  const [base, before, after, lies, ...more] = text.split(",")
  if (base !== "member" && base !== "contact" && base !== "founder" && base !== "former") throw new Error(`no base: ${base}`)
  const plain = more.includes("plain") ? { only: ["removes ", "adds dave, truly", "adds zed"] } : {}
  const only = values.lie === undefined ? plain : { only: values.lie }
  return {
    base,
    before: Number(before),
    after: Number(after),
    lies: Number(lies),
    racing: more.includes("racing"),
    fields: more.includes("fields"),
    ...only,
  }
}

const findings = new Findings(Number(values.most))

const barFor = (title: string, total: number) => {
  const bar = process.stderr.isTTY ? new SingleBar({ format: `${title} {bar} {value}/{total} {at}`, stream: process.stderr }) : undefined
  bar?.start(total, 0, { at: "" })
  return bar
}

const exhaust = () => {
  for (const text of values.bounds ?? (values.deep ? deep : usual)) {
    const bounds = boundsOf(text)
    const bar = barFor(text, beginnings(bounds))
    search(bounds, findings, (at) => bar?.increment({ at }))
    bar?.stop()
    const { scenarios, impossible, refused, violations } = findings.counts
    print(`${text}: so far ${scenarios} scenarios, ${impossible} impossible, ${refused} refused by all, ${violations} with a violation`)
  }
  if (values.bounds === undefined) searchOrders(values.deep ? [1, 2, 3, 5, 8, 10, 12] : [3, 10], findings)
}

const wander = () => {
  const first = Number(values.seed)
  const bar = barFor("random runs", Number(values.random))
  for (let seed = first; seed < first + Number(values.random); seed++) {
    randomRun(seed, Number(values.steps), findings)
    bar?.increment({ at: `seed ${seed}` })
  }
  bar?.stop()
}

if (values.faults) for (const { name, does } of faults) print(`${name}: ${does}`)
else {
  if (values.real) usePrimitives(nodePrimitives)
  looksFor.kinds = values.kind ?? []
  if (values.play !== undefined) {
    const scenario = JSON.parse(values.play) as Parameters<typeof playAll>[0]
    findings.take(scenario.base, playAll(scenario))
  } else if (values.random === undefined) exhaust()
  else wander()
  for (const { kind, says, scenario } of findings.all.values()) {
    print(
      `\n${kind}: ${says}\n  base: ${{ member: "alice, bob and mallory", contact: "alice and bob", founder: "no group", former: "alice and bob, who have removed mallory" }[scenario.base]}`,
    )
    for (const step of scenario.steps) print(`  ${inWords(step)}`)
    if (values.json) print(`  ${JSON.stringify(scenario)}`)
  }
  const { scenarios, violations, checks } = findings.counts
  print(
    `${findings.all.size === 0 ? "" : "\n"}${scenarios} scenarios, ${checks} checks, ${violations} with a violation: ${findings.all.size} findings`,
  )
  process.exitCode = findings.all.size === 0 ? 0 : 1
}
