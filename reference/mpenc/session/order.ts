/**
 * Order acknowledgements: chapter "extensions".
 *
 * @module
 */
import { clauses, maximumClaims } from "../../../spec/mpenc/extensions.ts"
import { times } from "../../../spec/mpenc/liveness.ts"
import type { ServerOrder } from "../../../spec/mpenc/server-order.ts"
import { by } from "../transcript.ts"
import { membersOf, type Session, type Turn, update, without } from "./state.ts"

type Claim = Session["claims"][number]

const confirm = (order: ServerOrder, at: number, author: string): ServerOrder => ({
  ...order,
  line: order.line.map((packet, index) =>
    index > at ? packet : { ...packet, unconfirmed: packet.unconfirmed.filter((member) => member !== author) },
  ),
})

/** The order is not the same for all. */
const distrust = (turn: Turn, member: string): void => {
  update(turn, { distrusted: 1, toEnd: 1 })
  turn.notices.push({ type: "security", clause: clauses["order-inconsistent"].id, member })
}

/** A member says that the order is another than ours: it may lie, or the server. One alone is believed only where there is no other. */
const dispute = (turn: Turn, member: string): void => {
  const { me, disputing, distrusted } = turn.session
  const others = without(membersOf(turn.session), [me])
  // extensions.dispute-order.1
  if (!others.includes(member) || disputing.includes(member)) return
  // extensions.dispute-order.2
  update(turn, { disputing: [...disputing, member] })
  turn.notices.push({ type: "security", clause: clauses["order-disputed"].id, member })
  // extensions.dispute-order.3
  const accusers = others.filter((other) => turn.session.disputing.includes(other))
  if (distrusted === 0 && accusers.length >= Math.min(2, others.length)) distrust(turn, member)
}

const keep = (claims: ReadonlyArray<Claim>, claim: Claim): ReadonlyArray<Claim> => {
  const ofAuthor = claims.filter(({ author }) => author === claim.author)
  const oldest = ofAuthor.length < maximumClaims ? undefined : ofAuthor[0]
  return [...claims.filter((one) => one !== oldest), claim]
}

/** Compares what a member says of a packet with our line; keeps it while the line does not have the packet. */
export const receiveOrder = (turn: Turn, claim: Claim): void => {
  const { order, claims, options } = turn.session
  // extensions.receive-order.1
  if (options.orderAcknowledgements === 0) return
  const at = order.line.findIndex(({ id }) => id === claim.id)
  // extensions.receive-order.3
  if (at < 0) update(turn, { claims: keep(claims, claim) })
  // extensions.receive-order.2
  else if (order.line[at]!.chainHash === claim.chainHash) update(turn, { order: confirm(order, at, claim.author) })
  else dispute(turn, claim.author)
}

/** Compares what was kept again, after the line has grown. */
export const recheck = (turn: Turn): void => {
  const { claims } = turn.session
  update(turn, { claims: [] })
  for (const claim of claims) receiveOrder(turn, claim)
}

/** Whether a member has written a FIN in the current subsession, so that it may not confirm anything there. */
const hasEndedHere = ({ current }: Session, member: string): boolean =>
  current !== null && by(current.transcript, member).some(({ kind }) => kind === "fin")

/** Tells of those who have not confirmed the last final packet in time. */
const tellUnconfirmed = (turn: Turn): void => {
  const { ordering, order, me } = turn.session
  // extensions.check-order.1
  if (ordering === null || ordering.told === 1 || turn.now - ordering.at < times.full) return
  const { unconfirmed } = order.line.find(({ id }) => id === ordering.id)!
  // extensions.check-order.2
  const silent = unconfirmed.filter((member) => member !== me && !hasEndedHere(turn.session, member))
  update(turn, { ordering: { ...ordering, told: 1 } })
  if (silent.length > 0) turn.notices.push({ type: "order-unconfirmed", members: silent })
}

/** Looks after the order: who has not confirmed it, and who has named a packet that nobody has shown us. */
export const checkOrder = (turn: Turn): void => {
  tellUnconfirmed(turn)
  // extensions.check-order.3
  const isOld = ({ at }: Claim) => turn.now - at >= times.full
  const { claims } = turn.session
  update(turn, { claims: claims.filter((claim) => !isOld(claim)) })
  for (const { author } of claims.filter(isOld)) dispute(turn, author)
}
