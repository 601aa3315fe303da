/**
 * Whether what comes with a welcome can be.
 *
 * @module
 */
import type { Attachment, Open } from "../../../spec/dcgka/causal-broadcast.ts"
import type { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { sameBytes } from "../../conventions.ts"
import type * as KeyAgreement from "../key-agreement.ts"
import { contactOf } from "../key-bundles.ts"

/** Whether what came with a welcome names exactly the members of whom the welcome counts messages, and open messages of theirs. */
export const isConsistent = (
  { me, seen, users, contacts }: KeyAgreement.State,
  { signers, open }: Attachment,
  add: ControlMessage,
): boolean => {
  const counted = Object.keys(seen).filter((member) => member !== me)
  const hasAll = counted.length === Object.keys(signers).length && counted.every((member) => Object.hasOwn(signers, member))
  const isLast = (member: string) => signers[member]!.last <= seen[member]! - (member === add.sender ? 1 : 0)
  const isSigner = (member: string) => {
    const { last, signingKey } = signers[member]!
    const identity = contactOf(contacts, users[member]!)?.signingKey
    return last > 0 || identity === undefined || sameBytes(signingKey, identity)
  }
  const mayAwait = (member: string, sender: string) =>
    Object.hasOwn(users, member) && member !== me && member !== sender && member !== add.sender
  const isOpen = ({ sender, seq, before, awaited }: Open) =>
    counted.includes(sender) &&
    before.seq < seq &&
    seq <= signers[sender]!.last &&
    awaited.every((member, index) => mayAwait(member, sender) && (index === 0 || awaited[index - 1]! < member))
  const refs = new Set(open.map(({ sender, seq }) => `${sender} ${seq}`))
  const isRight = (member: string) => isLast(member) && isSigner(member)
  return hasAll && counted.every(isRight) && refs.size === open.length && open.every(isOpen)
}
