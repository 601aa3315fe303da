/**
 * `npm run explore:mpenc`: two operations begun at once by two of three members of an mpENC session, with one or two things that happen meanwhile, in every order in which the server can take what is asked. Prints a line
 * for each combination; fails when members disagree, or somebody is warned of nothing.
 *
 * @module
 */
import { agrees, alarms, double, misled, ordersOf, pairs, single } from "../reference/simulation/two-operations.ts"

let wrong = 0
const total = { worlds: 0, ends: 0 }
for (const pair of pairs) {
  for (const [what, happenings] of Object.entries({ ...single, ...double })) {
    const { worlds, ends } = ordersOf(pair, what, happenings)
    const bad = ends.filter((end) => !agrees(end) || alarms(end, misled(end)).length > 0).length
    const lost = ends.filter((end) => misled(end).length > 0).length
    wrong += bad
    total.worlds += worlds
    total.ends += ends.length
    const line = `Ann: ${pair[0]}; Ben: ${pair[1]}; ${what}: ${worlds} worlds, ${ends.length} ends, ${bad} wrong, ${lost} with a newcomer who has to enter again`
    process.stdout.write(`${line}\n`)
  }
}
process.stdout.write(`${total.worlds} worlds, ${total.ends} ends, ${wrong} wrong\n`)
process.exitCode = wrong === 0 ? 0 : 1
