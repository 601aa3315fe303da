/**
 * Other readings of the chapters of dcgka where several rules meet, as somebody who ports from the text could take them.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

const keys: ReadonlyArray<Mutant> = [
  {
    name: "once-by-one-time-prekey",
    does: "takes a bundle for one that it has when the one-time prekey has the same id",
    breaks: "key-bundles.once",
    caughtBy: "key-bundles/same-prekeys-in-another-bundle",
    file: "dcgka/key-bundles.ts",
    replace: "one.signedPrekeyId === bundle.signedPrekeyId && one.oneTimePrekeyId === bundle.oneTimePrekeyId",
    by: "one.oneTimePrekeyId === bundle.oneTimePrekeyId",
  },
  {
    name: "once-by-either-order",
    does: "takes a bundle for one that it has when the two prekeys have the same ids the other way round",
    breaks: "key-bundles.once",
    caughtBy: "key-bundles/same-prekeys-in-another-bundle",
    file: "dcgka/key-bundles.ts",
    replace: "one.signedPrekeyId === bundle.signedPrekeyId && one.oneTimePrekeyId === bundle.oneTimePrekeyId",
    by: "[one.signedPrekeyId, one.oneTimePrekeyId].sort().join() === [bundle.signedPrekeyId, bundle.oneTimePrekeyId].sort().join()",
  },
  {
    name: "uses-what-expires-first",
    does: "uses the bundle that expires first",
    breaks: "key-bundles.once",
    caughtBy: "key-bundles/taken-in-order",
    file: "dcgka/key-bundles.ts",
    replace: "const bundle = contact?.bundles[0]",
    by: "const bundle = contact?.bundles.toSorted((a, b) => a.expires - b.expires)[0]",
  },
  {
    name: "keeps-one-time-prekeys",
    does: "keeps the one-time prekeys of a signed prekey that is over",
    breaks: "key-bundles.retire",
    caughtBy: "key-bundles/retired-from-the-state",
    file: "dcgka/key-bundles.ts",
    replace: "oneTimePrekeys: keys.oneTimePrekeys.filter((prekey) => isHeld(prekey.signedPrekeyId))",
    by: "oneTimePrekeys: keys.oneTimePrekeys.filter((prekey) => isHeld(prekey.signedPrekeyId) || true)",
  },
  {
    name: "own-bundles-never-expire",
    does: "keeps expired bundles of its own user, who is Alice",
    breaks: "key-bundles.retire",
    caughtBy: "key-bundles/own-bundles-expire",
    file: "dcgka/key-bundles.ts",
    replace: "map(([user, contact]) => [user, retired(contact)])",
    by: 'map(([user, contact]) => [user, user === "alice" ? contact : retired(contact)])',
  },
  {
    name: "forgets-identities",
    does: "takes any keys of a user of whom it has no bundle left",
    breaks: "key-bundles.same-identity",
    caughtBy: "key-bundles/identity-outlives-bundles",
    file: "dcgka/key-bundles.ts",
    replace: "const contact = contactOf(contacts, bundle.user) ?? { signingKey, agreementKey, bundles: [], taken: [] }",
    by: "const had = contactOf(contacts, bundle.user)\n  const contact = had !== undefined && had.bundles.length > 0 ? had : { signingKey, agreementKey, bundles: [], taken: [] }",
  },
  {
    name: "prekeys-before-contact",
    does: "looks for the prekeys of a first contact before it looks for the contact",
    breaks: "verdicts.order-of-checks",
    caughtBy: "channel/order-of-checks",
    file: "dcgka/two-party-messaging.ts",
    replace: "  const contact = contactOf(keyring.contacts, channel.peerUser)\n",
    by: `  const isHeld = keyring.keys.oneTimePrekeys.some(({ id }) => id === message.oneTimePrekeyId)
  if (!isHeld) return yield* refuse({ id: "key-bundles.prekey-held" }, "")
  const contact = contactOf(keyring.contacts, channel.peerUser)
`,
  },
  {
    name: "first-contact-opens",
    does: "names the clause of the channel when a first contact does not open",
    breaks: "verdicts.order-of-checks",
    caughtBy: "channel/order-of-checks",
    file: "dcgka/two-party-messaging.ts",
    replace: "yield* respond(keyring.keys, contact.agreementKey, message, context)",
    by: `yield* respond(keyring.keys, contact.agreementKey, message, context).pipe(
    Effect.catchTag("Refused", (verdict) => (verdict.clause === "suite.aead-opens" ? refuse(clauses.opens, "") : Effect.fail(verdict))),
  )`,
  },
  {
    name: "acks-before-numbers",
    does: "looks for what an ack is of before it looks at its number",
    breaks: "membership.seq-rises",
    caughtBy: "membership/order-of-checks",
    file: "dcgka/group-membership.ts",
    replace: "  const last = senders[sender]?.last ?? 0\n",
    by: `  if (operation.type === "ack" && positionOf(history, operation.ofSender, operation.ofSeq) === -1) return yield* refuse(clauses["ack-known"], "")
  const last = senders[sender]?.last ?? 0
`,
  },
  {
    name: "own-ack-unknown",
    does: "refuses the ack of an own change",
    breaks: "membership.ack-known",
    caughtBy: "membership/ack-of-own",
    file: "dcgka/group-membership.ts",
    replace: 'if (position === -1) return yield* refuse(clauses["ack-known"]',
    by: 'if (position === -1 || operation.ofSender === sender) return yield* refuse(clauses["ack-known"]',
  },
  {
    name: "create-names-once",
    does: "refuses a create that names a member twice",
    breaks: "membership.create-first",
    caughtBy: "membership/create-names-twice",
    file: "dcgka/group-membership.ts",
    replace: "const isRoot = isCreate && operation.members.includes(sender)",
    by: "const isRoot = isCreate && operation.members.includes(sender) && new Set(operation.members).size === operation.members.length",
  },
]

const agreement: ReadonlyArray<Mutant> = [
  {
    name: "directs-by-users",
    does: "makes direct messages in the order of the users",
    breaks: "key-agreement.create-users",
    caughtBy: "key-agreement/waits-for-the-first-member",
    file: "dcgka/key-agreement/state.ts",
    replace: "for (const recipient of recipients) {",
    by: "for (const recipient of [...recipients].sort((a, b) => ((state.users[a] ?? a) < (state.users[b] ?? b) ? -1 : 1))) {",
  },
  {
    name: "given-is-a-recipient",
    does: "does not look whether it is named where it is given a direct message",
    breaks: "key-agreement.recipients",
    caughtBy: "key-agreement/recipient-twice",
    file: "dcgka/key-agreement/process.ts",
    replace: "  const { recipients, own } = directs\n",
    by: `  const { own } = directs
  const recipients = own === null ? directs.recipients : [...new Set([...directs.recipients, before.me])].sort()
`,
  },
  {
    name: "given-for-nothing",
    does: "takes a message with a direct message for it that is for nobody",
    breaks: "key-agreement.recipients",
    caughtBy: "key-agreement/recipient-twice",
    file: "dcgka/key-agreement/process.ts",
    replace: "const isOurs = recipients.includes(before.me) === (own !== null)",
    by: "const isOurs = !recipients.includes(before.me) || own !== null",
  },
  {
    name: "acknowledged-before-missing",
    does: "waits for what is acknowledged before it waits for what is missing of the sender",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-messages",
    file: "dcgka/key-agreement/process.ts",
    replace: "  if (seq > seen + 1) return yield* waitForMessage(sender, seen + 1)\n",
    by: `  if (isAcknowledgement(message) && message.ofSeq > (state.seen[message.ofSender] ?? 0)) return yield* waitForMessage(message.ofSender, message.ofSeq)
  if (seq > seen + 1) return yield* waitForMessage(sender, seen + 1)
`,
  },
  {
    name: "create-before-own",
    does: "refuses a second create before it looks in whose name it is",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-messages",
    file: "dcgka/key-agreement/process.ts",
    replace: "  if (sender === state.me) return",
    by: `  if (message.type === "create") return yield* refuse(clauses["joined-once"], "")
  if (sender === state.me) return`,
  },
  {
    name: "begins-with-no-forward",
    does: "takes a forward for no ack, where a member begins with it",
    breaks: "key-agreement.commitment",
    caughtBy: "key-agreement/order-of-checks-messages",
    file: "dcgka/key-agreement/process.ts",
    replace: 'if (message.type !== "ack" && message.type !== "forward") return false',
    by: 'if (message.type !== "ack") return false',
  },
  {
    name: "removes-whom-it-knows",
    does: "lets a member remove whomever it knows of",
    breaks: "key-agreement.remove-member",
    caughtBy: "key-agreement/remove-removed-before~refused",
    file: "dcgka/key-agreement/process.ts",
    replace: 'if (!before.includes(message.member)) return yield* refuse(clauses["remove-member"]',
    by: 'if (!before.includes(message.member) && state.users[message.member] === undefined) return yield* refuse(clauses["remove-member"]',
  },
  {
    name: "covered-needs-no-commitment",
    does: "asks for no commitment in an ack of an update that it does not keep",
    breaks: "key-agreement.commitment",
    caughtBy: "key-agreement/covered-update-forwarded",
    file: "dcgka/key-agreement/process.ts",
    replace: "const isCommitted = !isAcknowledgement(message) ||",
    by: "const isCommitted = expected === undefined || !isAcknowledgement(message) ||",
  },
  {
    name: "untold-is-not-checked",
    does: "does not compare the last change of one of whom the welcome says nothing",
    breaks: "key-agreement.welcome-history",
    caughtBy: "key-agreement/welcome-known-after-last-untold~refused",
    file: "dcgka/key-agreement/welcome.ts",
    replace: "welcome.known[member] ?? usual(total))",
    by: "welcome.known[member] ?? asOfIt)",
  },
  {
    name: "counts-nobody",
    does: "refuses a count of one whom no change brings in",
    breaks: "key-agreement.welcome-history",
    caughtBy: "key-agreement/welcome-of-nobody",
    file: "dcgka/key-agreement/welcome.ts",
    replace: "const isCounted = isCovered &&",
    by: "const isCounted = isCovered && Object.keys(welcome.seen).every((member) => users[member] !== undefined) &&",
  },
  {
    name: "updates-before-once",
    does: "looks for an update that was left out before it looks whether an ack is due",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-acks",
    file: "dcgka/key-agreement/process.ts",
    replace: "  if (!mayAcknowledge(state, of, sender))\n",
    by: `  if (hasLeftOut(state, of, sender)) return yield* refuse(clauses["ack-complete"], "")
  if (!mayAcknowledge(state, of, sender))
`,
  },
]

const broadcast: ReadonlyArray<Mutant> = [
  {
    name: "bundle-before-commitment",
    does: "waits for a bundle of an added user before it looks at the commitment of the add",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-bundles",
    file: "dcgka/key-agreement/process.ts",
    replace: "  // key-agreement.process.14\n",
    by: `  // key-agreement.process.14
  if (message.type === "add" && (state.contacts[message.user]?.bundles.length ?? 0) === 0) return yield* new Waiting({ missing: [{ bundle: message.user }] })
`,
  },
  {
    name: "lists-as-it-goes",
    does: "asks of each message of an envelope whom its lists await after those before it",
    breaks: "key-agreement.ack-once",
    caughtBy: "broadcast/acknowledges-twice-at-once~refused",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "const mayAcknowledge = envelope.items.every((item) => isAwaited(before.state, item))",
    by: `const named = envelope.items.map(({ control }) => ("ofSeq" in control ? control.ofSender + control.ofSeq : control.seq))
  const mayAcknowledge = envelope.items.every((item) => isAwaited(before.state, item)) && new Set(named).size === named.length`,
  },
  {
    name: "compares-what-is-awaited",
    does: "compares a second envelope only while its sender has still to acknowledge what it acknowledges",
    breaks: "causal-broadcast.equivocation",
    caughtBy: "broadcast/second-acknowledgement",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "if (digest === undefined || sameBytes(digest, before.digest))",
    by: "if (digest === undefined || sameBytes(digest, before.digest) || !envelope.items.every((item) => isAwaited(state, item)))",
  },
  {
    name: "left-if-it-knew-none",
    does: "takes a member to have stayed that knew one removal of the former one",
    breaks: "causal-broadcast.withheld",
    caughtBy: "broadcast/former-known-by-one-removal",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "return removalsOf(history, former).some((at) => known === undefined || !knows(known, at))",
    by: "return removalsOf(history, former).every((at) => known === undefined || !knows(known, at))",
  },
  {
    name: "last-removal-only",
    does: "looks only for the last removal of a former member",
    breaks: "causal-broadcast.withheld",
    caughtBy: "broadcast/former-known-by-the-later-removal",
    file: "dcgka/group-membership.ts",
    replace: "[...(removals.get(change.member) ?? []), at]",
    by: "[at]",
  },
  {
    name: "repetitions-last",
    does: "judges what begins with a message that has come when nothing else is due",
    breaks: "causal-broadcast.refused-told",
    caughtBy: "broadcast/repetitions-judged-first",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "      const left = yield* withoutRepetitions(rest)\n",
    by: "      const left = { after: rest, refused: [] as ReadonlyArray<RefusedLater> }\n",
  },
  {
    name: "judges-repetitions-after-removal",
    does: "judges what begins with a message that has come also when it has been removed",
    breaks: "causal-broadcast.refused-told",
    caughtBy: "broadcast/nothing-judged-after-removal",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "for (const held of after.state.agreement.removed === 1 ? [] : repetitionsIn(before)) {",
    by: "for (const held of repetitionsIn(before)) {",
  },
  {
    name: "unsent-before-missing",
    does: "looks whether it has sent what is acknowledged before it looks for what is missing",
    breaks: "verdicts.order-of-checks",
    caughtBy: "broadcast/order-of-checks-unknown",
    file: "dcgka/key-agreement/process.ts",
    replace: "  if (seq > seen + 1) return yield* waitForMessage(sender, seen + 1)\n",
    by: `  const isUnsent = isAcknowledgement(message) && message.ofSender === state.me && message.ofSeq > (state.seen[message.ofSender] ?? 0)
  if (isUnsent) return yield* refuse(clauses["ack-unsent"], "")
  if (seq > seen + 1) return yield* waitForMessage(sender, seen + 1)
`,
  },
  {
    name: "compares-before-it-confirms",
    does: "compares an envelope that it has counted before it looks what is confirmed in it",
    breaks: "causal-broadcast.confirmation",
    caughtBy: "broadcast/confirmation-before-comparison",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "  yield* confirm(before, envelope, undefined)\n  return yield* compare(before.state, envelope)\n",
    by: `  return yield* compare(before.state, envelope).pipe(
    Effect.catchTag("Ignored", (verdict) => Effect.flatMap(confirm(before, envelope, undefined), () => Effect.fail(verdict))),
  )
`,
  },
  {
    name: "answers-after-an-update",
    does: "puts an acknowledgement after a remove when an update stands between them",
    breaks: "causal-broadcast.coalesce",
    caughtBy: "broadcast/acknowledgement-after-remove-and-update",
    file: "dcgka/causal-broadcast/send.ts",
    replace: "remove !== -1 && index > remove && KeyAgreement",
    by: 'items[index - 1]?.control.type === "remove" && KeyAgreement',
  },
  {
    name: "counts-bundles-in-hand",
    does: "tries again what waits for a bundle when it has more unused ones of the user than before",
    breaks: "causal-broadcast.held-retried",
    caughtBy: "broadcast/bundle-used-meanwhile",
    file: "dcgka/causal-broadcast/held.ts",
    replace: "  return removals + learned(keyring.contacts, user)\n",
    by: "  return removals + (keyring.contacts[user]?.bundles.length ?? 0)\n",
  },
  {
    name: "open-in-order-of-senders",
    does: "refuses an attachment whose open messages are not in the order of their senders",
    breaks: "causal-broadcast.attachment",
    caughtBy: "broadcast/open-as-they-came",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "if (!isConsistent(processed.state, attachment, item.control))",
    by: "if (attachment.open.some(({ sender }, at) => at > 0 && sender < attachment.open[at - 1]!.sender) || !isConsistent(processed.state, attachment, item.control))",
  },
  {
    name: "join-before-bundle",
    does: "lacks to join as long as it has not, also where a bundle is missing for that",
    breaks: "causal-broadcast.held-retried",
    caughtBy: "broadcast/lacks-a-bundle-to-join",
    file: "dcgka/causal-broadcast/held.ts",
    replace: "  if (bundle !== null) return { bundle: bundle.user }\n",
    by: "  if (bundle !== null && me !== null) return { bundle: bundle.user }\n",
  },
  {
    name: "own-notes-by-the-last",
    does: "compares of its own messages the last one only",
    breaks: "causal-broadcast.notes",
    caughtBy: "broadcast/notes-further-back",
    file: "dcgka/causal-broadcast/notes.ts",
    replace: "const kept = digestAt(member, seq)",
    by: "const kept = member === state.agreement.me && seq !== own[member]!.seq ? undefined : digestAt(member, seq)",
  },
  {
    name: "withheld-of-what-it-has",
    does: "compares what is withheld only where it has the last message in the notes",
    breaks: "causal-broadcast.notes",
    caughtBy: "broadcast/notes-further-back",
    file: "dcgka/causal-broadcast/notes.ts",
    replace: "(withheld !== null && differs(member, withheld))",
    by: "(withheld !== null && last.seq <= own[member]!.seq && differs(member, withheld))",
  },
  {
    name: "held-is-held",
    does: "ignores an envelope that it holds before it looks whether it can be taken",
    breaks: "causal-broadcast.held-retried",
    caughtBy: "broadcast/lacks-a-bundle-to-join",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "  const { after, taken, refused: released, waiting } = yield* acceptWithheld(before, envelope)\n",
    by: `  if (before.state.held.some((one) => one.envelope.join() === bytes.join())) return yield* Effect.fail({ _tag: "Ignored", reason: "duplicate" })
  const { after, taken, refused: released, waiting } = yield* acceptWithheld(before, envelope)
`,
  },
  {
    name: "refusals-lost-with-the-group",
    does: "does not tell what it has refused of what was held when it has been removed",
    breaks: "causal-broadcast.refused-told",
    caughtBy: "broadcast/nothing-judged-after-removal",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "const result: Received = { after, taken, refused, missing: missing(after) }",
    by: "const result: Received = { after, taken, refused: after.state.agreement.removed === 1 ? [] : refused, missing: missing(after) }",
  },
]

/** Chapter by chapter. */
export const corners: ReadonlyArray<Mutant> = [...keys, ...agreement, ...broadcast]
