/**
 * `vectors/scenarios.md`: which cases show which scenario of the delivery service, which faults are found by which property, and where each property is checked. Generation stops when a scenario has no case, a case that is named does not exist,
 * or a case is called by the number of a scenario that does not name it.
 *
 * @module
 */
import { mutants } from "../../../conformance/zoo/mutants.ts"

/** As much of a file of cases as the table needs. */
interface FileWithCases {
  readonly cases: ReadonlyArray<{ readonly id: string }>
}

/** The number of a scenario, what happens in it, and its cases, beyond those that are called by its number. */
const scenarios: ReadonlyArray<readonly [number: number, what: string, also?: ReadonlyArray<string>]> = [
  [1, "one proposal, one commit", ["cascade/one-commit", "cooperation/one-proposer"]],
  [2, "two commits at once; restrained consensus of both authors", ["cascade/two-commits", "restrained-consensus/all-endorse"]],
  [3, "one of the authors hears of the other's endorsement first, and retracts", ["restrained-consensus/retract"]],
  [4, "three commits at once"],
  [5, "four commits at once, nobody is a bystander"],
  [6, "two commits, one of them seen first by three"],
  [7, "a decided commit waits for a proposal"],
  [8, "two lack the proposal: nothing is decided before it comes"],
  [9, "a faulty author shows its proposal to the committer only"],
  [10, "a commit of a proposal that nobody has"],
  [11, "commits of the next epoch come early"],
  [12, "a proposal of the next epoch comes early", ["murmur/future"]],
  [13, "a proposal of the next epoch, by one who is added in this one"],
  [14, "a proposal of the past epoch", ["murmur/past", "murmur/past~refused"]],
  [15, "a commit becomes complete when its epoch has passed"],
  [16, "a proposal comes three times", ["murmur/relay"]],
  [17, "bundles in reverse order, and twice"],
  [18, "statements before their predecessors", ["cooperation/linked", "cooperation/certificate-gap~refused"]],
  [19, "one of four is silent"],
  [20, "one of four is silent, two commit"],
  [21, "a silent author: restrained consensus ends by its timer", ["restrained-consensus/timeout"]],
  [22, "different sets are proposed: global consensus", ["cascade/conflict-timer"]],
  [23, "global consensus without the first proposer", ["global-consensus/silent-proposer"]],
  [24, "global consensus with locks of an earlier round", ["global-consensus/locked", "global-consensus/proposes-valid"]],
  [25, "a faulty member shows two commits"],
  [26, "a faulty member witnesses both commits", ["cooperation/both-branches-count"]],
  [27, "an early decider, and a set with a commit that was never accepted", ["cascade/uncertified-set~refused"]],
  [28, "an early decider is cut off after telling one other"],
  [
    29,
    "DECIDEs that are none",
    ["cascade/decide~refused", "cascade/decide-gap~refused", "cascade/decide-stage~refused", "cascade/decide-group~refused"],
  ],
  [30, "a DECIDE with a chain that was cut", ["cooperation/certificate-unique", "cooperation/certificate-unique~refused"]],
  [31, "a commit removes one who votes on it"],
  [32, "a removed member goes on voting"],
  [33, "a commit adds somebody, who takes part"],
  [34, "the author goes down before the welcome"],
  [35, "the welcome comes after messages of its epoch", ["delivery-service/early-flood"]],
  [36, "the committer leaves out its own update"],
  [37, "proposals that do not go together", ["tree-kem/selection"]],
  [38, "a commit that one cannot decrypt"],
  [39, "the founder adds somebody, alone"],
  [40, "a group of two, both commit", ["cooperation/two-of-two"]],
  [41, "a group of three, all commit; and with one away"],
  [42, "two of seven are silent"],
  [43, "the fast path (an option of cooperation that the delivery service does not use)", ["cooperation/fast-path"]],
  [44, "the fast path, and unlocking", ["cooperation/fast-path-unlock"]],
  [45, "sparse gossip, a relay is down", ["murmur/sampled", "murmur/symmetry"]],
  [46, "sparse gossip, one is cut off"],
  [47, "two and two are apart, and meet"],
  [48, "messages of the past epoch"],
  [49, "five epochs, in each another is away", ["delivery-service/catch-up", "delivery-service/catch-up-within"]],
  [
    50,
    "a flood of messages of the next epoch",
    ["delivery-service/quota~refused", "delivery-service/quota-others~refused", "murmur/quota~refused"],
  ],
  [51, "a commit after another was witnessed"],
  [52, "RETRACTs of the past and of outsiders", ["restrained-consensus/old-retract~refused", "restrained-consensus/outsider~refused"]],
]

/** The faults M1 to M8, by their names in the zoo, and the property by which tools/test/delivery-mutants.test.ts finds each in a run. */
export const faults: ReadonlyArray<readonly [mutant: string, property: string]> = [
  ["witness-after-ready", "P11"],
  ["counts-across-gaps", "P14"],
  ["witness-quorum-2t", "P14"],
  ["candidates-k-plus-1", "P12"],
  ["believes-sets", "P1"],
  ["keeps-the-incomplete", "P18"],
  ["commit-last", "P9"],
  ["prototype-unlock-threshold", "P4"],
]

const always = "always"
const atRest = "at rest"

/** What must hold of a run, and when it is looked at. */
const properties: ReadonlyArray<readonly [what: string, when: string]> = [
  ["Epoch Agreement: no two correct members tell of different commits of one epoch", always],
  ["Epoch order: no epoch is left out, or told of twice", always],
  ["Epoch Validity: what is told of was decided, and made by the correct member that it names, if that is one", always],
  ["Epoch Termination: nobody stays behind, commits in vain, or is stuck by what it can read", atRest],
  ["Proposal Validity: what is told of was made by the correct member that it names, if that is one", always],
  ["Proposal Totality: all in one epoch were told of the same proposals", atRest],
  ["no duplication", always],
  ["Epoch-Content Consistency: a commit comes after the proposals that it names", always],
  ["epoch hygiene: nothing is told of outside of its epoch", always],
  ["group key agreement: one authenticator in one epoch", always],
  ["chain discipline: numbers without gaps, no WITNESS after READY, none of what was not found valid", always],
  ["prediction: nothing is accepted that was no candidate", always],
  ["global termination of cooperation: all have accepted the same", atRest],
  ["soundness of unique certificates: nothing is accepted beside what one is of", always],
  ["certificates: every decision verifies", always],
  ["global consensus: one decision, of an admissible set", always],
  ["global consensus: one PRECOMMIT a round, and none against a lock", always],
  ["bounds: nothing more is kept than may be", always],
  ["determinism: a run that is played again has the same trace; a scenario, the same messages", atRest],
  ["the way to a decision is the expected one: claimed by each scenario, of the evidence and of the kinds of messages sent", atRest],
]

const numbered = (number: number): string => `S${String(number).padStart(2, "0")}`

const isOf = (number: number, id: string): boolean => {
  const [, called] = /^delivery-service\/s(\d\d)(?!\d)/.exec(id) ?? []
  return called !== undefined && Number(called) === number
}

const casesOf = (ids: ReadonlyArray<string>, number: number, also: ReadonlyArray<string>): ReadonlyArray<string> => {
  const missing = also.filter((id) => !ids.includes(id))
  const found = [...ids.filter((id) => isOf(number, id)), ...also]
  if (missing.length > 0) throw new Error(`${numbered(number)} names ${missing.join(", ")}, which does not exist`)
  if (found.length === 0) throw new Error(`${numbered(number)} has no case`)
  return found
}

const unnamed = (ids: ReadonlyArray<string>): ReadonlyArray<string> =>
  ids.filter((id) => /^delivery-service\/s\d/.test(id) && !scenarios.some(([number]) => isOf(number, id)))

const code = (names: ReadonlyArray<string>): string => names.map((name) => `\`${name}\``).join(", ")

const faultRow = ([name, property]: (typeof faults)[number], index: number): string => {
  const mutant = mutants.find((one) => one.name === name)
  if (mutant === undefined) throw new Error(`the zoo has no ${name}`)
  return `| M${index + 1} | \`${name}\` | ${mutant.does} | \`${mutant.caughtBy}\` | ${property} |`
}

/** The table. */
export const scenariosText = (files: ReadonlyArray<FileWithCases>): string => {
  const ids = files.flatMap(({ cases }) => cases.map(({ id }) => id))
  const stray = unnamed(ids)
  if (stray.length > 0) throw new Error(`${stray.join(", ")}: of no scenario`)
  const runs = ids.filter((id) => /^simulation\/\d/.test(id))
  return `# Scenarios, faults and properties of the delivery service

Generated by \`npm run generate\`, which stops when a scenario has no case, or a name is of nothing. Cases whose names begin with \`delivery-service/\` play the scenario in a whole group; the others show the same in one component.

## Scenarios

| scenario | what happens | cases |
| --- | --- | --- |
${scenarios.map(([number, what, also = []]) => `| ${numbered(number)} | ${what} | ${code(casesOf(ids, number, also))} |`).join("\n")}

Beside them ${runs.length} random runs of the chapter "simulation" (\`simulation/{members}-{in trouble}/{trouble}/{seed}\`), and those of \`runs.json\`.

## Faults

Each is put into the reference as a mutant of the zoo, fails the case named, and breaks the property named in a run (\`tools/test/delivery-mutants.test.ts\`).

| fault | mutant | does | case | property |
| --- | --- | --- | --- | --- |
${faults.map(faultRow).join("\n")}

## Properties

All are checked on every run: of the scenarios, when they are generated, after each move; of random runs after each move and after 25 single moves within one; and what is marked so at rest. They stand in \`reference/delivery-service/simulation/properties.ts\`, P19 in \`runs.ts\` beside it, P20 with the scenarios;
\`reference/delivery-service/test/properties.test.ts\` spoils a world for each of P1 to P19, and finds it.

| property | what holds | checked |
| --- | --- | --- |
${properties.map(([what, when], index) => `| P${index + 1} | ${what} | ${when} |`).join("\n")}
`
}
