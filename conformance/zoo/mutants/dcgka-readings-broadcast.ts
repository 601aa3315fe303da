/**
 * Other readings of the chapter "causal-broadcast", as somebody who ports from the text could take it.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the steps that are read otherwise. */
export const broadcastReadings: ReadonlyArray<Mutant> = [
  {
    name: "leaves-by-a-forgery",
    does: "leaves the group by what shows its removal, whoever has signed that",
    breaks: "causal-broadcast.signature",
    caughtBy: "broadcast/former-left-by-a-forgery~refused",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "if (Result.isFailure(last)) {",
    by: "if (Result.isFailure(last) && left === undefined) {",
  },
  {
    name: "former-by-the-view-so-far",
    does: "judges by the view after a first envelope of a run whether the second one is shown to count",
    breaks: "causal-broadcast.withheld",
    caughtBy: "broadcast/former-shown-by-whom-it-removes",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "!mayShow(before, envelope, decoded)",
    by: "!mayShow((yield* takeRun(from, run.slice(0, -1))).current, envelope, decoded)",
  },
  {
    name: "former-confirmed",
    does: "takes those who were removed before its addition to have confirmed its welcome",
    breaks: "causal-broadcast.unconfirmed",
    caughtBy: "broadcast/unconfirmed-former~refused",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "const unconfirmed = Object.keys(users).filter((member) => member !== sender && member !== me)",
    by: "const unconfirmed = Object.keys(users).filter((member) => member !== sender && member !== me && KeyAgreement.ourView(processed.state).includes(member))",
  },
  {
    name: "confirmed-after-removal",
    does: "lets one that is not in its view any more confirm its welcome",
    breaks: "causal-broadcast.unconfirmed",
    caughtBy: "broadcast/unconfirmed-removed-meanwhile~refused",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "!isInView(state, sender) || !hasSent",
    by: "!hasSent",
  },
  {
    name: "confirmed-by-nothing",
    does: "expects a confirmation of one of whom it knows no message",
    breaks: "causal-broadcast.unconfirmed",
    caughtBy: "broadcast/unconfirmed-begins-with-add-ack",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "!isInView(state, sender) || !hasSent",
    by: "!isInView(state, sender)",
  },
  {
    name: "behind-of-the-absent",
    does: "is behind in the messages of members of whom its notes have nothing",
    breaks: "causal-broadcast.notes",
    caughtBy: "broadcast/notes-of-the-absent",
    file: "dcgka/causal-broadcast/notes.ts",
    replace: "behind: shared.filter((member) => member !== state.agreement.me && others[member]!.seq > own[member]!.seq)",
    by: "behind: Object.keys(others).sort().filter((member) => member !== state.agreement.me && others[member]!.seq > (own[member]?.seq ?? 0))",
  },
  {
    name: "keys-before-senders",
    does: "looks for signing keys before it looks whose messages are in an envelope",
    breaks: "verdicts.order-of-checks",
    caughtBy: "broadcast/order-of-checks",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: `  // causal-broadcast.accept.2
  const follows = controls.every((one, index) => one.group === group && one.sender === sender && one.seq === seq + index)
  if (!follows) return yield* refuse(clauses["one-sender"], \`\${items.length} messages from \${sender} \${seq}\`)
  // causal-broadcast.accept.3
  const hasKeys = items.every(({ control, signingKey }) => bringsKey(control) === (signingKey !== null))
  if (!hasKeys) return yield* refuse(clauses["signing-key"], \`\${sender} \${seq}\`)
`,
    by: `  // causal-broadcast.accept.3
  const hasKeys = items.every(({ control, signingKey }) => bringsKey(control) === (signingKey !== null))
  if (!hasKeys) return yield* refuse(clauses["signing-key"], \`\${sender} \${seq}\`)
  // causal-broadcast.accept.2
  const follows = controls.every((one, index) => one.group === group && one.sender === sender && one.seq === seq + index)
  if (!follows) return yield* refuse(clauses["one-sender"], \`\${items.length} messages from \${sender} \${seq}\`)
`,
  },
  {
    name: "cuts-before-keys",
    does: "looks for cuts before it looks for signing keys",
    breaks: "verdicts.order-of-checks",
    caughtBy: "broadcast/order-of-checks",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: `  // causal-broadcast.accept.3
  const hasKeys = items.every(({ control, signingKey }) => bringsKey(control) === (signingKey !== null))
  if (!hasKeys) return yield* refuse(clauses["signing-key"], \`\${sender} \${seq}\`)
  // causal-broadcast.accept.4
  const statesAll = items.every(({ control, cut }) => statesCut(control) === (cut !== null))
  if (!statesAll) return yield* refuse(clauses.cut, \`\${sender} \${seq} states none, or states one with what does not\`)
`,
    by: `  // causal-broadcast.accept.4
  const statesAll = items.every(({ control, cut }) => statesCut(control) === (cut !== null))
  if (!statesAll) return yield* refuse(clauses.cut, \`\${sender} \${seq} states none, or states one with what does not\`)
  // causal-broadcast.accept.3
  const hasKeys = items.every(({ control, signingKey }) => bringsKey(control) === (signingKey !== null))
  if (!hasKeys) return yield* refuse(clauses["signing-key"], \`\${sender} \${seq}\`)
`,
  },
  {
    name: "alone-before-cuts",
    does: "looks whether an add is alone before it looks for its cut",
    breaks: "verdicts.order-of-checks",
    caughtBy: "broadcast/order-of-checks",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: `  // causal-broadcast.accept.4
  const statesAll = items.every(({ control, cut }) => statesCut(control) === (cut !== null))
  if (!statesAll) return yield* refuse(clauses.cut, \`\${sender} \${seq} states none, or states one with what does not\`)
  // causal-broadcast.accept.5
  const isAlone = items.length === 1 || controls.every(({ type }) => type !== "add")
  if (!isAlone) return yield* refuse(clauses["add-alone"], \`\${sender} \${seq}\`)
`,
    by: `  // causal-broadcast.accept.5
  const isAlone = items.length === 1 || controls.every(({ type }) => type !== "add")
  if (!isAlone) return yield* refuse(clauses["add-alone"], \`\${sender} \${seq}\`)
  // causal-broadcast.accept.4
  const statesAll = items.every(({ control, cut }) => statesCut(control) === (cut !== null))
  if (!statesAll) return yield* refuse(clauses.cut, \`\${sender} \${seq} states none, or states one with what does not\`)
`,
  },
  {
    name: "unknown-refused-at-once",
    does: "refuses what is of an unknown sender before it sees that something is missing before it",
    breaks: "verdicts.order-of-checks",
    caughtBy: "broadcast/order-of-checks-unknown",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: `  yield* checkOrder(before, envelope)
  const { sender } = envelope.items[0]!.control
  const signingKey = yield* signingKeyOf(before, sender)`,
    by: `  const { sender } = envelope.items[0]!.control
  if (before.state.agreement.removed === 0 && envelope.items[0]!.control.group === before.state.agreement.group) yield* signingKeyOf(before, sender)
  yield* checkOrder(before, envelope)
  const signingKey = yield* signingKeyOf(before, sender)`,
  },
  {
    name: "signature-before-acknowledges",
    does: "verifies before it looks whether the sender may acknowledge what it does",
    breaks: "verdicts.order-of-checks",
    caughtBy: "broadcast/order-of-checks",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "  if (!mayAcknowledge) return",
    by: `  const early = yield* digestsOf(before.state, lastDigest(before.state, sender), envelope.items)
  if (early !== undefined && !(yield* isValid(envelope, signingKey, early.at(-1)!)) && !before.state.unconfirmed.includes(sender)) return yield* refuse(clauses.signature, \`\`)
  if (!mayAcknowledge) return`,
  },
  {
    name: "create-before-signature",
    does: "processes a create, and verifies its signature then",
    breaks: "verdicts.order-of-checks",
    caughtBy: "broadcast/order-of-checks-create",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: `    return yield* verifyAndTake(before, envelope, signingKey)
`,
    by: `    yield* processItem(before, envelope.items[0]!, noDigest)
    return yield* verifyAndTake(before, envelope, signingKey)
`,
  },
  {
    name: "signature-before-attachment",
    does: "verifies an add of its own user before it looks at the attachment",
    breaks: "causal-broadcast.attachment",
    caughtBy: "broadcast/attachment-of-a-forgery~refused",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: `  if (!isConsistent(processed.state, attachment, item.control)) return yield* refuse(clauses.attachment, \`from \${sender}\`)
`,
    by: `  if (attachment.signers[sender] !== undefined) yield* verified(envelope, attachment.signers[sender]!.signingKey, (yield* digestsOf(before.state, attachment.signers[sender]!.digest, envelope.items))![0]!)
  if (!isConsistent(processed.state, attachment, item.control)) return yield* refuse(clauses.attachment, \`from \${sender}\`)
`,
  },
  {
    name: "needs-the-latest-only",
    does: "takes only the latest of a sender's messages for missing which a held envelope acknowledges",
    breaks: "causal-broadcast.held-retried",
    caughtBy: "broadcast/needs-in-order",
    file: "dcgka/causal-broadcast/held.ts",
    replace: "  return [{ sender, seq: seq - 1 }, ...acknowledged].filter((one) => !isSeen(seen, one))",
    by: `  return [{ sender, seq: seq - 1 }, ...acknowledged]
    .filter((one) => !isSeen(seen, one))
    .filter((one, at, all) => !all.some((other, later) => later > at && other.sender === one.sender))`,
  },
  {
    name: "full-before-repeated",
    does: "refuses what it holds already when there is no room left",
    breaks: "causal-broadcast.held-limit",
    caughtBy: "broadcast/held-again-when-full",
    file: "dcgka/causal-broadcast/held.ts",
    replace: "  if (state.held.some((one) => sameBytes(one.digest, digest))) return yield*",
    by: "  if (state.held.length < 64 && state.held.some((one) => sameBytes(one.digest, digest))) return yield*",
  },
  {
    name: "former-shown-by-itself",
    does: "lets a former member show by itself that what it has sent counts, when its target may not know of a second removal",
    breaks: "causal-broadcast.withheld",
    caughtBy: "broadcast/former-removed-twice",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "const ofOthers = run.filter((one) => senderOf(one) !== sender)",
    by: "const ofOthers = run",
  },
  {
    name: "twins-by-their-first",
    does: "compares only the first messages of two envelopes of which one is withheld",
    breaks: "causal-broadcast.equivocation",
    caughtBy: "broadcast/former-twin-at-the-end~refused",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "!sameBytes(twin.digests.at(-1) ?? noDigest, digests.at(-1)!)",
    by: "!sameBytes(twin.digests[0] ?? noDigest, digests[0]!)",
  },
  {
    name: "leaves-in-the-middle",
    does: "leaves by the first message that removes it, and does not judge what comes with that",
    breaks: "causal-broadcast.judged-alike",
    caughtBy: "broadcast/removed-by-what-others-refuse~refused",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "    const present = lookingOn(after)\n",
    by: "    if (isOut) break\n    const present = lookingOn(after)\n",
  },
  {
    name: "tells-what-came-after",
    does: "gives as results what is only judged, after its own removal",
    breaks: "causal-broadcast.judged-alike",
    caughtBy: "broadcast/former-removed-with-more",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "if (!isOut) taken.push(one.taken)",
    by: "taken.push(one.taken)",
  },
  {
    name: "run-of-the-removed-alone",
    does: "puts into a run only what is held of members who have been removed, and not of those whose addition was cancelled",
    breaks: "causal-broadcast.held-retried",
    caughtBy: "broadcast/former-with-the-cancelled",
    file: "dcgka/causal-broadcast/held.ts",
    replace: "isBefore(held) && isOutside(now, held.sender))",
    by: `isBefore(held) && now.state.agreement.history.entries.some(({ change }) => change.type === "remove" && change.member === held.sender))`,
  },
  {
    name: "run-without-needs",
    does: "puts into a run whatever begins with the right message, also what needs what has not come",
    breaks: "causal-broadcast.held-retried",
    caughtBy: "broadcast/former-forged-that-needs",
    file: "dcgka/causal-broadcast/held.ts",
    replace: " && held.needs.every((one) => isSeen(atHand, one))",
    by: "",
  },
  {
    name: "run-tried-once",
    does: "holds what a forgery in its run has stopped, and does not look for another envelope with that number",
    breaks: "causal-broadcast.held-retried",
    caughtBy: "broadcast/former-forged-before-it",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "    from = withoutHeld(from, held)\n",
    by: "    return waitingAs(withoutHeld(from, held), refused, missing)\n",
  },
  {
    name: "run-completed-in-vain",
    does: "does not look again at what is held when an envelope comes that follows a withheld one",
    breaks: "causal-broadcast.held-retried",
    caughtBy: "broadcast/former-follows-late",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "if (isHeld && !isWithheld && !isMore)",
    by: "if (isHeld && !isWithheld)",
  },
  {
    name: "run-half-tried",
    does: "does not try again with the same withheld envelope when more of what was needed has come",
    breaks: "causal-broadcast.held-retried",
    caughtBy: "broadcast/former-waits-for-a-third",
    file: "dcgka/causal-broadcast/held.ts",
    replace: "(lacking === undefined ? envelopes.at(-1) : undefined)",
    by: "(lacking === undefined || envelopes.length > 0 ? envelopes.at(-1) : undefined)",
  },
  {
    name: "shown-one-by-one",
    does: "asks of the first envelope of a run alone whether somebody may have left by it",
    breaks: "causal-broadcast.withheld",
    caughtBy: "broadcast/former-shown-beside",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "[envelope, ...ofOthers].some",
    by: "[envelope, ...ofOthers.slice(0, 1)].some",
  },
  {
    name: "shown-by-the-run-alone",
    does: "does not ask whether somebody may have left by what shows that a run counts",
    breaks: "causal-broadcast.withheld",
    caughtBy: "broadcast/former-shown-by-a-removal",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "[envelope, ...ofOthers].some",
    by: "(senderOf(run[0]!) === sender ? [envelope] : ofOthers).some",
  },
]
