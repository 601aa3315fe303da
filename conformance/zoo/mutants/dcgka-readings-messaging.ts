/**
 * Other readings of the chapters "application-messages" and "group-messaging", as somebody who ports from the text could take them.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the steps that are read otherwise. */
export const messagingReadings: ReadonlyArray<Mutant> = [
  {
    name: "ends-the-last-chain",
    does: "ends the last chain of a member, whatever its number",
    breaks: "application-messages.closed",
    caughtBy: "application-messages/ends-the-one-before",
    file: "dcgka/application-messages.ts",
    replace: `find((one) => one.seq === seq - 1)
  if`,
    by: `findLast((one) => one.seq < seq)
  if`,
  },
  {
    name: "closed-before-signature",
    does: "looks whether a chain has ended before it verifies",
    breaks: "verdicts.order-of-checks",
    caughtBy: "application-messages/order-of-checks",
    file: "dcgka/application-messages.ts",
    replace: "  const isSigned = crypto",
    by: `  if (chain.ended !== null && index >= chain.ended.length) return yield* refuse(clauses.closed, \`\`)
  const isSigned = crypto`,
  },
  {
    name: "used-before-signature",
    does: "ignores a number that was used before it verifies",
    breaks: "verdicts.order-of-checks",
    caughtBy: "application-messages/order-of-checks",
    file: "dcgka/application-messages.ts",
    replace: "  const isSigned = crypto",
    by: `  if (isUsed(chain, index) && before === undefined) return yield* new Ignored({ reason: "duplicate" })
  const isSigned = crypto`,
  },
  {
    name: "ahead-before-closed",
    does: "looks how far ahead a message is before it looks whether its chain has ended",
    breaks: "verdicts.order-of-checks",
    caughtBy: "application-messages/order-of-checks",
    file: "dcgka/application-messages.ts",
    replace: `  // application-messages.open.8
`,
    by: `  if (index > chain.index + maximumAhead) return yield* refuse(clauses.ahead, \`\`)
`,
  },
  {
    name: "equal-events",
    does: "tells equal events of one step as often as they came about",
    breaks: "group-messaging.refused-told",
    caughtBy: "group-messaging/refused-alike",
    file: "dcgka/group-messaging/finish.ts",
    replace: "map((event) => [eventKey(event), event]))",
    by: "map((event, at) => [eventKey(event) + String(at).padStart(6, '0'), event]))",
  },
  {
    name: "leaves-after-finishing",
    does: "says that it leaves, and removes those who had said it before",
    breaks: "group-messaging.leaving",
    caughtBy: "group-messaging/leave-beside-another",
    file: "dcgka/group-messaging/act.ts",
    replace: "  return yield* finish(withGroup(sealed, { ...groupOf(sealed), ...ending }), before, false)",
    by: `  const done = yield* finish(sealed, before, false)
  return { ...done, messenger: { ...done.messenger, groups: { ...done.messenger.groups, [group]: { ...done.messenger.groups[group]!, ...ending } } } }`,
  },
  {
    name: "leaver-does-not-heal",
    does: "does not heal when it leaves",
    breaks: "group-messaging.heal",
    caughtBy: "group-messaging/leaver-heals",
    file: "dcgka/group-messaging/finish.ts",
    replace: "if (index === undefined || working.messenger.policy.heal === 0) return working",
    by: "if (index === undefined || working.messenger.policy.heal === 0 || groupOf(working).leaving === 1) return working",
  },
  {
    name: "leaver-does-not-retire",
    does: "does not retire its other memberships when it leaves",
    breaks: "group-messaging.one-voice",
    caughtBy: "group-messaging/leaver-retires",
    file: "dcgka/group-messaging/finish.ts",
    replace: "  if (doubles.length === 0 || isAwaited(membership)) return before",
    by: "  if (doubles.length === 0 || isAwaited(membership) || groupOf(before).leaving === 1) return before",
  },
  {
    name: "leaver-does-not-flush",
    does: "refuses to flush in a group that it leaves",
    breaks: "group-messaging.leaving",
    caughtBy: "group-messaging/leaver-flushes",
    file: "dcgka/group-messaging/act.ts",
    replace: `  // group-messaging.flush.1
  const { working, before } = yield* asSpeaker(messenger, group)`,
    by: "  const { working, before } = yield* asActor(messenger, group)",
  },
  {
    name: "leaver-was-never-there",
    does: "tells nothing of a member that leaves, not even what was written before",
    breaks: "group-messaging.leaver-silent",
    caughtBy: "group-messaging/leaver-wrote-before",
    file: "dcgka/group-messaging/membership.ts",
    replace: "left !== undefined && (message.seq > left.seq || (message.seq === left.seq && message.index > left.index))",
    by: "left !== undefined",
  },
  {
    name: "leaver-of-one-chain",
    does: "tells what a member that leaves writes in its next chain",
    breaks: "group-messaging.leaver-silent",
    caughtBy: "group-messaging/leaver-goes-on",
    file: "dcgka/group-messaging/membership.ts",
    replace: "left !== undefined && (message.seq > left.seq || (message.seq === left.seq && message.index > left.index))",
    by: "left !== undefined && message.seq === left.seq && message.index > left.index",
  },
  {
    name: "first-wish-kept",
    does: "keeps where a member has said first, to it, that it leaves",
    breaks: "group-messaging.leaver-silent",
    caughtBy: "group-messaging/leaver-says-it-again",
    file: "dcgka/group-messaging/membership.ts",
    replace: "{ ...membership.leavers, [sender]: { seq, index } }",
    by: "{ [sender]: { seq, index }, ...membership.leavers }",
  },
  {
    name: "own-while-alive",
    does: "tells what it has written itself as a membership that was removed",
    breaks: "group-messaging.one-voice",
    caughtBy: "group-messaging/own-of-a-removed-membership",
    file: "dcgka/group-messaging/membership.ts",
    replace: "const isOwn = groupOf(working).memberships.some((other) => memberOf(other) === sender)",
    by: "const isOwn = groupOf(working).memberships.some((other) => other.broadcast.agreement.removed === 0 && memberOf(other) === sender)",
  },
  {
    name: "opened-without-event",
    does: "remembers only those messages that were an event",
    breaks: "group-messaging.one-event",
    caughtBy: "group-messaging/leaver-to-one-membership",
    file: "dcgka/group-messaging/membership.ts",
    replace: "const kept = withGroup(working, { ...group, told: [...group.told, digest].slice(-maximumTold) })",
    by: `if (events.length === 0) return working
  const kept = withGroup(working, { ...group, told: [...group.told, digest].slice(-maximumTold) })`,
  },
  {
    name: "restores-additions",
    does: "remembers in a restored backup which additions were taken",
    breaks: "group-messaging.restored",
    caughtBy: "group-messaging/restored-log",
    file: "dcgka/group-messaging/restore.ts",
    replace: "{ ...noGroup, memberships: memberships.map(ended), told }",
    by: "{ ...noGroup, additions: before.groups[group]!.additions, memberships: memberships.map(ended), told }",
  },
  {
    name: "restores-the-log",
    does: "keeps the log of a restored backup",
    breaks: "group-messaging.restored",
    caughtBy: "group-messaging/restored-log",
    file: "dcgka/group-messaging/restore.ts",
    replace: "{ ...noGroup, memberships: memberships.map(ended), told }",
    by: "{ ...before.groups[group]!, additions: {}, leaving: 0, memberships: memberships.map(ended), told }",
  },
  {
    name: "restores-strangers",
    does: "keeps in a restored backup the groups in which it never was",
    breaks: "group-messaging.restored",
    caughtBy: "group-messaging/restored-log",
    file: "dcgka/group-messaging/restore.ts",
    replace: "Object.entries(before.groups).filter(([, { memberships }]) => memberships.length > 0)",
    by: "Object.entries(before.groups)",
  },
  {
    name: "left-again",
    does: "tells of a restored backup that it left groups in which it was no more",
    breaks: "group-messaging.restored",
    caughtBy: "group-messaging/restored-log",
    file: "dcgka/group-messaging/restore.ts",
    replace: "known.filter(([, { memberships }]) => memberships.some(isAlive))",
    by: "known",
  },
  {
    name: "notes-of-nobody",
    does: "gives empty notes of a group in which it has no membership",
    breaks: "group-messaging.member",
    caughtBy: "group-messaging/notes-member~refused",
    file: "dcgka/group-messaging/act.ts",
    replace: '  return encodeWire(NotesContent, { type: "notes-to-compare", notes: Broadcast.notes(yield* speakerOf(messenger, group)) })',
    by: `  const one = yield* Effect.result(speakerOf(messenger, group))
  return encodeWire(NotesContent, { type: "notes-to-compare", notes: one._tag === "Failure" ? {} : Broadcast.notes(one.success) })`,
  },
  {
    name: "leaver-updates",
    does: "updates and adds in a group that it leaves",
    breaks: "group-messaging.leaving",
    caughtBy: "group-messaging/leaver-acts",
    file: "dcgka/group-messaging/act.ts",
    replace: `const act = Effect.fnUntraced(function* (messenger: Messenger, group: string, operation: Operation) {
  const { working, index, before } = yield* asActor(messenger, group)`,
    by: `const act = Effect.fnUntraced(function* (messenger: Messenger, group: string, operation: Operation) {
  const { working, index, before } = yield* asSpeaker(messenger, group)`,
  },
  {
    name: "leaver-removes",
    does: "removes others from a group that it leaves",
    breaks: "group-messaging.leaving",
    caughtBy: "group-messaging/leaver-acts",
    file: "dcgka/group-messaging/act.ts",
    replace: `export const remove = Effect.fnUntraced(function* (messenger: Messenger, group: string, user: string) {
  const { working, index, before } = yield* asActor(messenger, group)`,
    by: `export const remove = Effect.fnUntraced(function* (messenger: Messenger, group: string, user: string) {
  const { working, index, before } = yield* asSpeaker(messenger, group)`,
  },
  {
    name: "logs-before-joining-only",
    does: "logs no application messages when it was removed",
    breaks: "group-messaging.log-replayed",
    caughtBy: "group-messaging/logged-after-removal",
    file: "dcgka/group-messaging/receive.ts",
    replace: 'const isLogged = packet.type === "envelope" || !before.memberships.some(isAlive)',
    by: 'const isLogged = packet.type === "envelope" || before.memberships.length === 0',
  },
  {
    name: "first-verdict",
    does: "gives the verdict of its first membership though another one has the packet",
    breaks: "group-messaging.same-addition",
    caughtBy: "group-messaging/refused-and-ignored",
    file: "dcgka/group-messaging/receive.ts",
    replace: 'verdicts.find(({ _tag }) => _tag === "Ignored") ?? verdicts[0]',
    by: "verdicts[0]",
  },
  {
    name: "own-create-makes-nothing",
    does: "takes a create of its own for one by which it cannot join",
    breaks: "key-agreement.own-message",
    caughtBy: "group-messaging/own-create",
    file: "dcgka/group-messaging/log.ts",
    replace: "control.users.includes(user)",
    by: "control.users.slice(1).includes(user)",
  },
  {
    name: "identity-before-bundle",
    does: "looks whose keys a bundle has before it looks whether it is one",
    breaks: "verdicts.order-of-checks",
    caughtBy: "group-messaging/learn-order",
    file: "dcgka/group-messaging/keys.ts",
    replace: `  const contacts = yield* KeyBundles.learn(before.keyring.contacts, bundle, now)
`,
    by: `  const early = yield* decodeMessage(KeyBundle, bundle)
  if (early.user === keys.user && !sameBytes(early.signingKey, (yield* Crypto).ed25519PublicKey(keys.signingSecretKey))) return yield* refuse(clauses['own-identity'], '')
  const contacts = yield* KeyBundles.learn(before.keyring.contacts, bundle, now)
`,
  },
  {
    name: "own-identity-by-half",
    does: "takes a bundle of its own user with another agreement key",
    breaks: "group-messaging.own-identity",
    caughtBy: "group-messaging/learn-order",
    file: "dcgka/group-messaging/keys.ts",
    replace:
      "sameBytes(signingKey, ed25519PublicKey(keys.signingSecretKey)) && sameBytes(agreementKey, x25519PublicKey(keys.agreementSecretKey))",
    by: "sameBytes(signingKey, ed25519PublicKey(keys.signingSecretKey))",
  },
  {
    name: "removes-descending",
    does: "removes the members of a user in descending order",
    breaks: "group-messaging.no-such-user",
    caughtBy: "group-messaging/removed-in-order",
    file: "dcgka/group-messaging/act.ts",
    replace: "for (const member of members) {",
    by: "for (const member of members.toReversed()) {",
  },
  {
    name: "leaves-for-ever",
    does: "goes on leaving a group to which it was added again",
    breaks: "group-messaging.leaving",
    caughtBy: "group-messaging/left-and-added-again",
    file: "dcgka/group-messaging/join.ts",
    replace: "leaving: anew ? 0 : groupOf(joined).leaving",
    by: "leaving: groupOf(joined).leaving",
  },
  {
    name: "stays-as-a-second-member",
    does: "leaves no more when it gets a second membership",
    breaks: "group-messaging.leaving",
    caughtBy: "group-messaging/leaves-as-a-second-member",
    file: "dcgka/group-messaging/join.ts",
    replace: "leaving: anew ? 0 : groupOf(joined).leaving",
    by: "leaving: 0",
  },
]
