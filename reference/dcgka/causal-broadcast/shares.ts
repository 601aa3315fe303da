/**
 * The shares by which what nobody has verified is kept: what is held, application messages that wait, and logs.
 *
 * @module
 */
import { remembering } from "../../conventions.ts"
import * as KeyAgreement from "../key-agreement.ts"
import type { BroadcastState } from "./state.ts"

/** The share of all those who have none of their own; no member's identifier is empty. */
export const strangers = ""

const asSet = remembering((view: ReadonlyArray<string>): ReadonlySet<string> => new Set(view))

/** In whose share counts what is in a member's name. */
export const sharer = ({ agreement, held }: Pick<BroadcastState, "agreement" | "held">): ((member: string) => string) => {
  const view = asSet(KeyAgreement.ourView(agreement))
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

interface Share<A> {
  readonly share: string
  ones: ReadonlyArray<A>
  size: number
}

/** The larger of two shares, or the first in the order of their members. */
const larger = <S extends Share<unknown>>(one: S, other: S): S => {
  if (one.size !== other.size) return one.size > other.size ? one : other
  return one.share < other.share ? one : other
}

/** What of `all` there is room for, and what there is none for, in the order in which it is lost. */
export const bounded = <A>({ most, shareOf, costOf, goes, isLast }: Room<A>, all: ReadonlyArray<A>) => {
  const sizeOf = (ones: ReadonlyArray<A>) => ones.reduce((sum, one) => sum + costOf(one), 0)
  let total = sizeOf(all)
  const lost: Array<A> = []
  // causal-broadcast.bound.2, without making the shares: mostly there is room for all.
  if (total <= most.all && sizeOf(all.filter((one) => shareOf(one) === strangers)) <= most.strangers) return { kept: all, lost }
  const shares = [...Map.groupBy(all, shareOf)].map(([share, ones]): Share<A> => ({ share, ones, size: sizeOf(ones) }))
  const ofStrangers = shares.find(({ share }) => share === strangers)
  for (;;) {
    // causal-broadcast.bound.2
    const isAbove = ofStrangers !== undefined && ofStrangers.size > most.strangers
    if (!isAbove && total <= most.all) break
    // causal-broadcast.bound.3
    const losing = isAbove ? ofStrangers : shares.reduce(larger)
    const one = goes(losing.ones)
    losing.ones = losing.ones.filter((other) => other !== one)
    losing.size -= costOf(one)
    total -= costOf(one)
    lost.push(one)
    if (isLast(one)) break
  }
  return { kept: lost.length === 0 ? all : all.filter((one) => !lost.includes(one)), lost }
}
