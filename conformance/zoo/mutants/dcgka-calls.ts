/**
 * Mutants of how a peer is called, and of what is counted and ordered in the chapters below key agreement.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const calls: ReadonlyArray<Mutant> = [
  {
    name: "takes-unknown-keys",
    does: "lets pass what it does not know of the parameters",
    breaks: "verdicts.no-call",
    caughtBy: "no-calls/encoding",
    file: "methods.ts",
    replace: 'params, { onExcessProperty: "error" })(input)',
    by: 'params, { onExcessProperty: "ignore" })(input)',
  },
  {
    name: "crashes-without-handle",
    does: "takes a handle that does not exist for a fault of its own",
    breaks: "verdicts.no-call",
    caughtBy: "no-calls/messaging",
    file: "methods/call.ts",
    replace: "if (handle === undefined) throw new BrokenCall(",
    by: "if (handle === undefined) throw new Error(",
  },
  {
    name: "member-id-of-user",
    does: "makes a member's identifier of group and user only",
    breaks: "identifiers.member-id",
    caughtBy: "encoding/member-id",
    file: "conventions.ts",
    replace: "adder === null ? null : bytesOf(adder), seq)",
    by: "null, 0)",
  },
  {
    name: "create-is-not-first",
    does: "lets one who has acknowledged nothing not know the create",
    breaks: "membership.members",
    caughtBy: "membership/create-before-everything",
    file: "dcgka/group-membership.ts",
    replace: "length: Math.min(1, entries.length), unknown: [] }",
    by: "length: 0, unknown: [] }",
  },
  {
    name: "acks-all-of-a-sender",
    does: "takes an ack for one of everything that its sender had of the other one",
    breaks: "membership.members",
    caughtBy: "membership/ack-names-one-operation",
    file: "dcgka/group-membership.ts",
    replace: "const position = positionOf(history, operation.ofSender, operation.ofSeq)",
    by: "const named = positionOf(history, operation.ofSender, operation.ofSeq); const position = named === -1 ? -1 : entries.findLastIndex(({ change }) => change.sender === operation.ofSender)",
  },
  {
    name: "keeps-what-is-unknown-to-both",
    does: "forgets that what the one does not reach is unknown to it",
    breaks: "membership.kept",
    caughtBy: "membership/ack-of-what-did-not-know",
    file: "dcgka/group-membership.ts",
    replace: "position >= shorter.length || unknownToShorter.has(position)\n  return { length: longer.length",
    by: "unknownToShorter.has(position)\n  return { length: longer.length",
  },
  {
    name: "takes-newest-bundle",
    does: "takes the bundle of a contact that it has taken in last",
    breaks: "key-bundles.once",
    caughtBy: "key-bundles/taken-in-order",
    file: "dcgka/key-bundles.ts",
    replace: "const bundle = contact?.bundles[0]",
    by: "const bundle = contact?.bundles.at(-1)",
  },
  {
    name: "retires-all-one-time-prekeys",
    does: "deletes all one-time prekeys when one of several signed prekeys is over",
    breaks: "key-bundles.retire",
    caughtBy: "key-bundles/retire-one-of-three",
    file: "dcgka/key-bundles.ts",
    replace: "const isHeld = (id: number) => signedPrekeys.some(",
    by: "const isHeld = (id: number) => signedPrekeys.every(",
  },
  {
    name: "retires-a-second-late",
    does: "keeps a bundle at the second at which it expires",
    breaks: "key-bundles.retire",
    caughtBy: "key-bundles/retire-at-the-second",
    file: "dcgka/key-bundles.ts",
    replace: "({ expires }) => expires <= now)",
    by: "({ expires }) => expires < now)",
  },
  {
    name: "own-addition-is-the-frontier",
    does: "has nothing in its frontier but an addition of its own",
    breaks: "group-messaging.heal",
    caughtBy: "group-messaging/heal-own-addition",
    file: "dcgka/group-messaging/membership.ts",
    replace: 'control.type === "add" ? membership.frontier : [{ sender: me, seq }]',
    by: "[{ sender: me, seq }]",
  },
]
