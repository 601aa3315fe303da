/**
 * The reference of cooperation in every order of delivery, from a few beginnings: whether all accept the same, whether everybody accepts something, and whether what is excluded stays so.
 *
 * @module
 */

import {
  type Bundle,
  deliverIn,
  electorateOf,
  forged,
  proposeIn,
  type Room,
  refOf,
  roomOf,
} from "../../../reference/delivery-service/simulation/cooperation.ts"
import { violations, violationsAtRest } from "../../../reference/delivery-service/simulation/cooperation-properties.ts"
import type { Cooperation, Statement } from "../../../spec/delivery-service/cooperation.ts"

/** A beginning: what has been proposed, and what a faulty member has sent. */
export interface Beginning {
  readonly name: string
  readonly begin: () => Room
}

const proposals = (n: number, t: number, faulty: ReadonlyArray<number>, proposers: number): Room => {
  const room = roomOf(electorateOf(n, t), faulty)
  for (let value = 0; value < proposers; value++) proposeIn(room, value, refOf(value))
  return room
}

/** The last of four signs two first WITNESSes, and shows one to some and the other to others. */
const twoFaced = (second: ReadonlyArray<number>): Room => {
  const room = proposals(4, 1, [3], 1)
  const { electorate } = room
  for (const to of [0, 1, 2]) {
    const ref = refOf(second.includes(to) ? 1 : 0)
    room.flying.push({
      to,
      statements: [forged(electorate, 3, 0, "witness", ref), forged(electorate, 3, 1, "ready", ref)],
      contents: [ref],
    })
  }
  return room
}

/** All beginnings that are explored. */
export const beginnings: ReadonlyArray<Beginning> = [
  { name: "2 members, both propose", begin: () => proposals(2, 0, [], 2) },
  { name: "3 members, one proposes", begin: () => proposals(3, 0, [], 1) },
  { name: "3 members, two propose", begin: () => proposals(3, 0, [], 2) },
  { name: "4 members, one silent, one proposes", begin: () => proposals(4, 1, [3], 1) },
  { name: "4 members, one silent, two propose", begin: () => proposals(4, 1, [3], 2) },
  { name: "4 members, one shows another face to one", begin: () => twoFaced([1]) },
  { name: "4 members, one shows another face to two", begin: () => twoFaced([1, 2]) },
]

const nameOf = ({ signer, seq, type, ref }: Statement): string => `${signer}${seq}${type[0]}${ref.slice(0, 2)}`

const stateName = (state: Cooperation): string =>
  [
    state.statements.map(nameOf).join(),
    state.known.map((ref) => ref.slice(0, 2)).join(),
    state.accepted.map((ref) => ref.slice(0, 2)).join(),
  ].join("/")

const bundleName = ({ to, statements, contents }: Bundle): string => `${to}:${statements.map(nameOf).join()};${contents.length}`

const keyOf = (room: Room): string => [...[...room.states.values()].map(stateName), "", ...room.flying.map(bundleName).sort()].join("|")

const bringsNothing = (room: Room, { to, statements, contents }: Bundle): boolean => {
  const state = room.states.get(to)!
  const held = new Set(state.statements.map(nameOf))
  return statements.every((one) => held.has(nameOf(one))) && contents.every((ref) => state.known.includes(ref))
}

/** Bundles that bring nothing new, and all but one of those that bring the same, make no difference. */
const pruned = (room: Room): Room => {
  const seen = new Set<string>()
  const flying = room.flying.filter((bundle) => !bringsNothing(room, bundle) && seen.size < seen.add(bundleName(bundle)).size)
  return { ...room, flying }
}

const copy = (room: Room, without: Bundle): Room => ({
  ...room,
  states: new Map(room.states),
  accepted: new Map([...room.accepted].map(([leaf, acceptances]) => [leaf, [...acceptances]])),
  flying: room.flying.filter((bundle) => bundle !== without),
})

/** Explores all orders, or as many states as `most`. */
export const exploreOrders = ({ begin }: Beginning, most = Number.POSITIVE_INFINITY) => {
  const seen = new Set<string>()
  const stack: Array<Room> = []
  const found = new Set<string>()
  const visit = (room: Room) => {
    const next = pruned(room)
    const key = keyOf(next)
    if (seen.has(key)) return
    seen.add(key)
    stack.push(next)
  }
  visit(begin())
  let ends = 0
  for (let room = stack.pop(); room !== undefined && seen.size < most; room = stack.pop()) {
    for (const says of violations(room, new Set())) found.add(says)
    if (room.flying.length === 0) {
      ends++
      for (const says of violationsAtRest(room, true)) found.add(says)
    }
    for (const bundle of room.flying) {
      const next = copy(room, bundle)
      deliverIn(next, bundle)
      visit(next)
    }
  }
  return { states: seen.size, ends, found: [...found], complete: stack.length === 0 }
}
