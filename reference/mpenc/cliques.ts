/**
 * Group key agreement: chapter "cliques".
 *
 * Each operation gives the new agreement, and the keys to send.
 *
 * @module
 */
import { Effect } from "effect"
import { clauses as suite } from "../../spec/conventions/suite.ts"
import { refuse } from "../../spec/conventions/verdicts.ts"
import { type Agreement, clauses, groupKeyInfo } from "../../spec/mpenc/cliques.ts"
import { Crypto } from "../crypto/crypto.ts"
import { trace } from "../crypto/trace.ts"

type Keys = ReadonlyArray<Uint8Array>

const info = new TextEncoder().encode(groupKeyInfo)

/** The product of a contribution and an intermediate key, which when empty stands for the base point. */
const multiply = Effect.fnUntraced(function* (contribution: Uint8Array, key: Uint8Array) {
  const crypto = yield* Crypto
  const product = key.length === 0 ? crypto.x25519PublicKey(contribution) : crypto.x25519(contribution, key)
  if (product === undefined) return yield* refuse(suite["x25519-zero"], "an intermediate key is of small order")
  return product
})

/** The product of contributions, the first one first, and an intermediate key. */
export const multiplyByAll = Effect.fnUntraced(function* (contributions: Keys, key: Uint8Array) {
  let product = key
  for (const contribution of contributions) product = yield* multiply(contribution, product)
  return product
})

/** The group key of a group secret. 32 bytes. */
export const deriveGroupKey = Effect.fnUntraced(function* (secret: Uint8Array) {
  const crypto = yield* Crypto
  // cliques.derive.1
  yield* trace("cliques.group-secret", secret)
  const groupKey = crypto.hkdfExpand(crypto.hkdfExtract(new Uint8Array(), secret), info, 32)!
  yield* trace("cliques.group-key", groupKey)
  return groupKey
})

/** The agreement of the member at `position` with one contribution more, and the cardinal key. */
const renew = Effect.fnUntraced(function* (agreement: Agreement, position: number, contribution: Uint8Array) {
  // cliques.renew.1
  const contributions = [...agreement.contributions, contribution]
  const intermediateKeys: Array<Uint8Array> = []
  for (const [index, key] of agreement.intermediateKeys.entries()) {
    // cliques.renew.2
    intermediateKeys.push(index === position ? key : yield* multiply(contribution, key))
  }
  // cliques.renew.3
  const cardinal = yield* multiplyByAll(contributions, intermediateKeys[position]!)
  yield* trace("cliques.cardinal-key", cardinal)
  return { agreement: { ...agreement, intermediateKeys, contributions }, cardinal }
})

/** Renews, and gives what goes up. */
const goUp = Effect.fnUntraced(function* (agreement: Agreement, position: number, contribution: Uint8Array) {
  const renewed = yield* renew({ ...agreement, groupKey: null }, position, contribution)
  return { agreement: renewed.agreement, keys: [...renewed.agreement.intermediateKeys, renewed.cardinal] as Keys }
})

/** Renews, takes the cardinal key for the group secret, and gives what is broadcast. */
const goDown = Effect.fnUntraced(function* (agreement: Agreement, position: number, contribution: Uint8Array) {
  const renewed = yield* renew(agreement, position, contribution)
  const groupKey = yield* deriveGroupKey(renewed.cardinal)
  return { agreement: { ...renewed.agreement, groupKey }, keys: renewed.agreement.intermediateKeys as Keys }
})

const areDistinct = (members: ReadonlyArray<string>) => new Set(members).size === members.length

/** Our position among the members. */
const positionIn = Effect.fnUntraced(function* (members: ReadonlyArray<string>, me: string) {
  const position = members.indexOf(me)
  if (position < 0 || !areDistinct(members)) return yield* refuse(clauses.members, `${members.length} members`)
  return position
})

/** Begins an agreement with others, and an upflow to the first of them. */
export const start = Effect.fnUntraced(function* (me: string, others: ReadonlyArray<string>, contribution: Uint8Array) {
  const members = [me, ...others]
  // cliques.start.1
  const position = yield* positionIn(members, me)
  if (others.length === 0) return yield* refuse(clauses.others, "alone")
  // cliques.start.2
  const agreement: Agreement = { members, intermediateKeys: [new Uint8Array()], contributions: [], groupKey: null }
  return yield* goUp(agreement, position, contribution)
})

/** What somebody begins with who is reached by an upflow. */
const takeUpflow = Effect.fnUntraced(function* (members: ReadonlyArray<string>, me: string, keys: Keys, isLast: boolean) {
  // cliques.forward.1
  const position = yield* positionIn(members, me)
  // cliques.forward.2
  if (position === 0 || keys.length !== position + 1) return yield* refuse(clauses["upflow-keys"], `${keys.length} keys at ${position}`)
  // cliques.close.1
  if ((position === members.length - 1) !== isLast) return yield* refuse(clauses.last, `position ${position} of ${members.length}`)
  // cliques.forward.3
  const agreement: Agreement = { members, intermediateKeys: keys, contributions: [], groupKey: null }
  return { agreement, position }
})

/** Takes part in an upflow, in the middle. */
export const forward = Effect.fnUntraced(function* (members: ReadonlyArray<string>, me: string, keys: Keys, contribution: Uint8Array) {
  const { agreement, position } = yield* takeUpflow(members, me, keys, false)
  // cliques.forward.4
  return yield* goUp(agreement, position, contribution)
})

/** Ends an upflow, and begins the downflow. */
export const close = Effect.fnUntraced(function* (members: ReadonlyArray<string>, me: string, keys: Keys, contribution: Uint8Array) {
  const { agreement, position } = yield* takeUpflow(members, me, keys, true)
  // cliques.close.2
  return yield* goDown(agreement, position, contribution)
})

/** Takes the finished list of a downflow, with the contributions that we have made. */
export const receive = Effect.fnUntraced(function* (members: ReadonlyArray<string>, me: string, keys: Keys, contributions: Keys) {
  // cliques.receive.1
  const position = yield* positionIn(members, me)
  // cliques.receive.2
  if (keys.length !== members.length) return yield* refuse(clauses["downflow-keys"], `${keys.length} keys, ${members.length} members`)
  if (contributions.length === 0) return yield* refuse(clauses.contributed, "no contributions")
  // cliques.receive.3
  const secret = yield* multiplyByAll(contributions, keys[position]!)
  // cliques.receive.4
  const agreement: Agreement = { members, intermediateKeys: keys, contributions, groupKey: yield* deriveGroupKey(secret) }
  return agreement
})

/** Our position in an agreement that has come to its end. */
const checkAgreed = Effect.fnUntraced(function* ({ members, intermediateKeys, groupKey }: Agreement, me: string) {
  // cliques.check-agreed.1
  const position = yield* positionIn(members, me)
  // cliques.check-agreed.2
  if (intermediateKeys.length !== members.length) return yield* refuse(clauses["downflow-keys"], `${intermediateKeys.length} keys`)
  // cliques.check-agreed.3
  if (groupKey === null) return yield* refuse(clauses.agreed, "no group key")
  return position
})

/** Includes others, and begins an upflow to the first of them. */
export const include = Effect.fnUntraced(function* (
  agreement: Agreement,
  me: string,
  others: ReadonlyArray<string>,
  contribution: Uint8Array,
) {
  // cliques.include.1
  const position = yield* checkAgreed(agreement, me)
  const members = [...agreement.members, ...others]
  // cliques.include.2
  if (others.length === 0 || !areDistinct(members)) return yield* refuse(clauses["include-others"], `${others.length} to include`)
  // cliques.include.3
  return yield* goUp({ ...agreement, members }, position, contribution)
})

/** Excludes others, and broadcasts the list of those who remain. */
export const exclude = Effect.fnUntraced(function* (
  agreement: Agreement,
  me: string,
  others: ReadonlyArray<string>,
  contribution: Uint8Array,
) {
  // cliques.exclude.1
  yield* checkAgreed(agreement, me)
  const areOthers = others.every((other) => other !== me && agreement.members.includes(other))
  // cliques.exclude.2
  if (others.length === 0 || !areOthers || new Set(others).size !== others.length)
    return yield* refuse(clauses["exclude-members"], `${others.length} to exclude`)
  // cliques.exclude.3
  const members = agreement.members.filter((member) => !others.includes(member))
  const intermediateKeys = agreement.intermediateKeys.filter((_, index) => !others.includes(agreement.members[index]!))
  return yield* goDown({ ...agreement, members, intermediateKeys }, members.indexOf(me), contribution)
})

/** Makes a new group key for the same members. */
export const refresh = Effect.fnUntraced(function* (agreement: Agreement, me: string, contribution: Uint8Array) {
  // cliques.refresh.1
  const position = yield* checkAgreed(agreement, me)
  // cliques.refresh.2
  return yield* goDown(agreement, position, contribution)
})
