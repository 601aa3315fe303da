/**
 * # The security game of TreeKEM
 *
 * What the delivery service promises of secrecy is what MLS gives for the line of commits that is agreed on (chapter
 * "security"). This chapter says for that line what MLS gives, as definitions that run. The adversary sees all
 * proposals, commits and welcomes. It takes whole states of members, and of users outside that have made a key
 * package. The symbolic back end has no secrets: everybody can compute all of its keys.
 *
 * A **stay** of a user is its leaf from the commit that adds it to the one that removes it. The key package by which it
 * is added belongs to the stay too.
 *
 * ## Healing
 *
 * A **corruption** is a stay, the epoch in which its state was taken (or none, when the user was outside), and how many
 * updates it had proposed by then. An epoch **renews** a stay when the commit that begins it is the stay's own and
 * brings a new key, or commits an update of the stay. It **heals** a corruption that was before it, if it renews the
 * stay, and not by an update that had been proposed when the state was taken. The commits of others renew nobody.
 *
 * ## Who has the secrets of an epoch
 *
 * The adversary has the secrets of an epoch when
 *
 * - a state was taken in it, or
 * - a user was added by its commit whose state was taken outside before, or
 * - it has the secrets of the epoch before, and the commit has no new key, or leaves a group of one, or is readable by
 *   a corrupted stay. With nobody to seal to, a new key brings no new secret of the group.
 *
 * A commit is **readable** by a corrupted stay that is a member before and after it, and is not its committer, in two
 * cases. When the state was taken before: the corruption has not been healed by this epoch or one before it. When the
 * state was taken in the epoch or later: no epoch between, the one of the state included, has renewed the stay. For a
 * leaf keeps its secret key until it is renewed, and this key opens the commits that were sealed to it.
 *
 * Otherwise the epoch is safe. In other words:
 *
 * - One state gives no epoch that was over when it was taken: that is forward secrecy.
 * - Two states can give what is between them: an earlier one that was shut out by a commit, and a later one of a member
 *   that has not been renewed since that commit. So members that never commit and never update cost the group its
 *   forward secrecy (RFC 9420 section 16.6 has members update for that).
 * - A safe epoch is followed by safe ones until another state is taken. An adversary who is shut out stays out.
 *
 * @module
 */
import { declareClauses, declareSteps } from "../conventions/clauses.ts"

export const clauses = declareClauses("tree-kem-security-game", {})

export const steps = declareSteps("tree-kem-security-game", {})

/** The beginning of an epoch. Stays have names; updates are numbered in the order in which they were made. */
export interface Begun {
  readonly committer: string
  /** Whether the commit brings a new key of its committer. */
  readonly hasPath: boolean
  /** The members of the epoch. */
  readonly members: ReadonlySet<string>
  readonly added: ReadonlySet<string>
  /** Of whom updates were committed, and the number of each. */
  readonly updated: ReadonlyMap<string, number>
}

/** A state that was taken: in an epoch, or outside (null); and how many updates had been made by then. */
export interface Corruption {
  readonly stay: string
  readonly epoch: number | null
  readonly updates: number
}

const isAfter = (index: number, { epoch }: Corruption) => epoch === null || index > epoch

const renews = ({ committer, hasPath, updated }: Begun, stay: string): boolean => (committer === stay && hasPath) || updated.has(stay)

const heals = (begun: Begun, { stay, updates }: Corruption): boolean =>
  renews(begun, stay) && (begun.committer === stay || begun.updated.get(stay)! >= updates)

/** Whether the committed path of an epoch is readable by a corrupted stay. */
const isReadable = (line: ReadonlyArray<Begun>, epoch: number, corruption: Corruption): boolean => {
  const { members, added, committer } = line[epoch]!
  const { stay } = corruption
  if (!members.has(stay) || added.has(stay) || committer === stay) return false
  return isAfter(epoch, corruption)
    ? !line.some((begun, index) => index <= epoch && isAfter(index, corruption) && heals(begun, corruption))
    : !line.some((begun, index) => index > epoch && !isAfter(index, corruption) && renews(begun, stay))
}

/** Of each epoch of a line of commits: whether its secrets stay unknown to who took these states. */
export const safeEpochs = (line: ReadonlyArray<Begun>, corruptions: ReadonlyArray<Corruption>): ReadonlyArray<boolean> => {
  let isKnown = false
  return line.map(({ hasPath, members, added }, epoch) => {
    const isTaken = corruptions.some((one) => one.epoch === epoch || (one.epoch === null && added.has(one.stay)))
    const isRead = !hasPath || members.size === 1 || corruptions.some((one) => isReadable(line, epoch, one))
    isKnown = isTaken || (isKnown && isRead)
    return !isKnown
  })
}
