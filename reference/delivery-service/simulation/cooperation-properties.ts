/**
 * What must hold of cooperation at any moment, and when nothing is on its way any more.
 *
 * @module
 */
import { certify, isUnique } from "../cooperation.ts"
import type { Room } from "./cooperation.ts"

const disciplined = (room: Room, leaf: number): boolean => {
  const own = room.states.get(leaf)!.statements.filter(({ signer }) => signer === leaf)
  const firstReady = own.findIndex(({ type }) => type === "ready")
  const isOrdered = firstReady < 0 || own.slice(firstReady).every(({ type }) => type === "ready")
  return isOrdered && own.every(({ seq }, index) => seq === index)
}

/** The values of which somebody has a unique certificate. */
export const uniqueValues = (room: Room): ReadonlySet<string> => {
  const found = new Set<string>()
  for (const state of room.states.values()) {
    for (const ref of new Set(state.statements.map((statement) => statement.ref))) {
      const certificate = certify(state, ref)
      if (certificate !== undefined && isUnique(room.electorate, certificate, ref)) found.add(ref)
    }
  }
  return found
}

const unpredicted = (room: Room): ReadonlyArray<string> =>
  [...room.accepted].flatMap(([leaf, acceptances]) =>
    acceptances.flatMap(({ ref }, index) =>
      acceptances.slice(0, index).every(({ candidates }) => candidates.includes(ref)) ? [] : [`${leaf} accepted what was no candidate`],
    ),
  )

/** What is wrong now: chain discipline, prediction, and unique certificates. `unique` are the values that ever had one. */
export const violations = (room: Room, unique: Set<string>): ReadonlyArray<string> => {
  for (const ref of uniqueValues(room)) unique.add(ref)
  const accepted = new Set([...room.accepted.values()].flat().map(({ ref }) => ref))
  const undisciplined = [...room.states.keys()].filter((leaf) => !disciplined(room, leaf)).map((leaf) => `${leaf} broke its chain`)
  const excluded = [...accepted].filter((ref) => unique.size > 0 && !(unique.size === 1 && unique.has(ref)))
  return [...undisciplined, ...unpredicted(room), ...excluded.map((ref) => `${ref} was accepted beside a unique certificate`)]
}

/** What is wrong when nothing is on its way any more: `proposed` says whether a correct member proposed. */
export const violationsAtRest = (room: Room, proposed: boolean): ReadonlyArray<string> => {
  const sets = [...room.states.values()].map(({ accepted }) => [...accepted].sort().join())
  const differing = new Set(sets).size > 1 ? ["correct members accepted different values"] : []
  return proposed && sets.includes("") ? [...differing, "a correct member accepted nothing"] : differing
}
