/**
 * The shares by which what nobody has verified is kept: what is held, application messages that wait, and logs.
 *
 * @module
 */
import * as KeyAgreement from "../key-agreement.ts"
import type { BroadcastState } from "./state.ts"

/** The share of all those who have none of their own; no member's identifier is empty. */
export const strangers = ""

/** In whose share counts what is in a member's name. */
export const sharer = ({ agreement, held }: Pick<BroadcastState, "agreement" | "held">): ((member: string) => string) => {
  const view = new Set(agreement.me === null ? [] : KeyAgreement.ourView(agreement))
  // causal-broadcast.share.1
  // causal-broadcast.share.2
  const adders = new Map(held.flatMap(({ makes, sender }) => (makes !== null && view.has(sender) ? [[makes, sender] as const] : [])))
  return (member) => (view.has(member) ? member : (adders.get(member) ?? strangers))
}

/** How much is kept, and what of it goes when it is too much. */
export interface Room<A> {
  readonly most: { readonly all: number; readonly strangers: number }
  readonly shareOf: (one: A) => string
  readonly costOf: (one: A) => number
  /** What a share loses first. */
  readonly goes: (share: ReadonlyArray<A>) => A
  /** Whether other shares are to be counted anew when this is lost: nothing more is lost then. */
  readonly isLast: (lost: A) => boolean
}

/** What of `all` there is room for, and what there is none for, in the order in which it is lost. */
export const bounded = <A>({ most, shareOf, costOf, goes, isLast }: Room<A>, all: ReadonlyArray<A>) => {
  const sizeOf = (ones: ReadonlyArray<A>) => ones.reduce((sum, one) => sum + costOf(one), 0)
  let total = sizeOf(all)
  const lost: Array<A> = []
  if (total <= Math.min(most.all, most.strangers)) return { kept: all, lost }
  const sorted = [...Map.groupBy(all, shareOf)].sort(([a], [b]) => (a < b ? -1 : 1))
  const shares = new Map(sorted.map(([share, ones]) => [share, { ones, size: sizeOf(ones) }]))
  for (;;) {
    const ofStrangers = shares.get(strangers)
    // causal-broadcast.bound.2
    const isAbove = ofStrangers !== undefined && ofStrangers.size > most.strangers
    if (!isAbove && total <= most.all) break
    // causal-broadcast.bound.3
    const losing = isAbove ? ofStrangers : [...shares.values()].reduce((largest, one) => (one.size > largest.size ? one : largest))
    const one = goes(losing.ones)
    losing.ones = losing.ones.filter((other) => other !== one)
    losing.size -= costOf(one)
    total -= costOf(one)
    lost.push(one)
    if (isLast(one)) break
  }
  return { kept: lost.length === 0 ? all : all.filter((one) => !lost.includes(one)), lost }
}
