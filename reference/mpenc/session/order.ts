/**
 * Order acknowledgements: chapter "extensions".
 *
 * @module
 */
import type { ServerOrder } from "../../../spec/mpenc/server-order.ts"
import { by } from "../transcript.ts"
import { type Session, type Turn, update } from "./state.ts"

type Claim = Session["claims"][number]

const confirm = (order: ServerOrder, at: number, author: string): ServerOrder => ({
  ...order,
  line: order.line.map((packet, index) =>
    index > at ? packet : { ...packet, unconfirmed: packet.unconfirmed.filter((member) => member !== author) },
  ),
})

/** The order is not the same for all. */
const distrust = (turn: Turn, member: string): void => {
  if (turn.session.distrusted === 1) return
  update(turn, { distrusted: 1, toEnd: 1 })
  turn.notices.push({ type: "security", clause: "extensions.order-inconsistent", member })
}

/** Compares what a member says of a packet with our line; keeps it when the line does not have the packet. */
export const receiveOrder = (turn: Turn, claim: Claim): void => {
  const { order, claims } = turn.session
  const at = order.line.findIndex(({ id }) => id === claim.id)
  // extensions.receive-order.2
  if (at < 0) update(turn, { claims: [...claims, claim] })
  // extensions.receive-order.1
  else if (order.line[at]!.chainHash === claim.chainHash) update(turn, { order: confirm(order, at, claim.author) })
  else distrust(turn, claim.author)
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

/** Tells of those who have not confirmed the order in time, and of packets that nobody has shown us. */
export const checkOrder = (turn: Turn, span: number): void => {
  const { ordering, order, membership, me, claims } = turn.session
  // extensions.check-order.1
  if (ordering === null || ordering.told === 1 || turn.now - ordering.at < span) return
  const members = membership?.agreement.members ?? []
  const { unconfirmed } = order.line.find(({ id }) => id === ordering.id) ?? { unconfirmed: [] }
  const silent = unconfirmed.filter((member) => member !== me && members.includes(member) && !hasEndedHere(turn.session, member))
  update(turn, { ordering: { ...ordering, told: 1 } })
  if (silent.length > 0) turn.notices.push({ type: "order-unconfirmed", members: silent })
  const unknown = claims.find(({ author }) => members.includes(author))
  if (unknown !== undefined) distrust(turn, unknown.author)
}
