/**
 * Other readings of the chapter "group-messaging" where several rules meet, as somebody who ports from the text could take them.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the steps that are read otherwise, those of several memberships last. */
export const messagingCorners: ReadonlyArray<Mutant> = [
  {
    name: "counts-unused-bundles",
    does: "tries to join again when it has more unused bundles of the user than before",
    breaks: "group-messaging.retried",
    caughtBy: "group-messaging/bundle-used-meanwhile",
    file: "dcgka/group-messaging/join.ts",
    replace: "return learned(messenger.keyring.contacts, missing.user) !== missing.learned",
    by: "return (messenger.keyring.contacts[missing.user]?.bundles.length ?? 0) > missing.learned",
  },
  {
    name: "writes-in-the-chain-of-its-removal",
    does: "begins the chain of an operation after those of what the operation has released",
    breaks: "group-messaging.retried",
    caughtBy: "group-messaging/writes-in-what-an-operation-releases",
    file: "dcgka/group-messaging/membership.ts",
    replace: "  const retried = yield* retryHeld(placed, index)\n",
    by: `  const { working: now, missing } = yield* retryHeld(placed, index)
  const own = { ...groupOf(now).memberships[index]!, application }
  const retried = { working: withMembership(now, index, own, now.messenger.keyring), missing }
`,
  },
  {
    name: "retries-unprepared",
    does: "keeps no bundles of its own user ready for a retry",
    breaks: "group-messaging.one-voice",
    caughtBy: "group-messaging/retry-prepares",
    file: "dcgka/group-messaging/membership.ts",
    replace: "const received = yield* Broadcast.retry(yield* preparedBroadcaster(working, membership))",
    by: "const received = yield* Broadcast.retry({ state: membership.broadcast, keyring: working.messenger.keyring })",
  },
  {
    name: "restores-own-bundles",
    does: "keeps the bundles of its own user when it restores a backup",
    breaks: "group-messaging.restored",
    caughtBy: "group-messaging/restored-without-own-bundles",
    file: "dcgka/key-bundles.ts",
    replace: "[user, taking(contact, () => true)]",
    by: '[user, user === "alice" ? contact : taking(contact, () => true)]',
  },
  {
    name: "joined-though-vouched",
    does: "says that it has joined when a membership is made as the one that vouches for it is removed",
    breaks: "group-messaging.member-changed",
    caughtBy: "group-messaging/made-as-the-first-is-removed",
    file: "dcgka/group-messaging/join.ts",
    replace: "anew: joined.anew || anew }",
    by: "anew: joined.anew || anew || !memberships.some((_, at) => isAlive(groupOf(before).memberships[at]!)) }",
  },
  {
    name: "stays-though-vouched",
    does: "leaves no more when a membership is made as the one that vouches for it is removed",
    breaks: "group-messaging.leaving",
    caughtBy: "group-messaging/made-as-the-first-is-removed",
    file: "dcgka/group-messaging/join.ts",
    replace: "leaving: anew ? 0 : groupOf(joined).leaving }",
    by: "leaving: anew || !memberships.some(isAlive) ? 0 : groupOf(joined).leaving }",
  },
  {
    name: "leaver-told-once",
    does: "notes who leaves only in the membership that tells it",
    breaks: "group-messaging.leaver-silent",
    caughtBy: "group-messaging/leaver-known-to-each-membership",
    file: "dcgka/group-messaging/membership.ts",
    replace:
      "  const kept = yield* told(withMembership(working, index, taken.membership, working.messenger.keyring), packet, taken.events)\n",
    by: `  const digest = (yield* Crypto).sha256(packet)
  const isTold = groupOf(working).told.some((one) => equalBytes(one, digest))
  const kept = yield* told(withMembership(working, index, isTold ? after : taken.membership, working.messenger.keyring), packet, taken.events)
`,
  },
  {
    name: "removes-who-said-so",
    does: "removes of a user who leaves only the member that has said so",
    breaks: "group-messaging.leave-carried-out",
    caughtBy: "group-messaging/leaver-with-two-memberships",
    file: "dcgka/group-messaging/finish.ts",
    replace: "members: view.filter(isLeaving) }",
    by: "members: view.filter((member) => Object.hasOwn(membership.leavers, member)) }",
  },
  {
    name: "leaves-it-to-the-silent",
    does: "leaves the removal of a leaver to its other membership, which has not said that it leaves",
    breaks: "group-messaging.leave-carried-out",
    caughtBy: "group-messaging/leaver-with-two-memberships",
    file: "dcgka/group-messaging/finish.ts",
    replace: "remover: view.find((member) => !isLeaving(member))",
    by: "remover: view.find((member) => !Object.hasOwn(membership.leavers, member))",
  },
  {
    name: "stops-at-a-removal",
    does: "puts off all removals of a leaver when one of them has to wait",
    breaks: "group-messaging.leave-carried-out",
    caughtBy: "group-messaging/leaver-removed-in-parts",
    file: "dcgka/group-messaging/finish.ts",
    replace:
      "  let working = before\n  for (const member of members) working = yield* attempt(working, index, (broadcaster) => Broadcast.remove(broadcaster, member))\n",
    by: `  let working = before
  for (const member of members) {
    const tried = yield* attempt(working, index, (broadcaster) => Broadcast.remove(broadcaster, member))
    if (tried.messenger === working.messenger) return tried
    working = tried
  }
`,
  },
  {
    name: "log-counts-the-withheld-as-their-senders",
    does: "counts a packet of the log that a membership withholds as its sender's",
    breaks: "group-messaging.log-shares",
    caughtBy: "group-messaging/log-of-a-withheld",
    file: "dcgka/group-messaging/log.ts",
    replace: "    shareOf: ({ sender }: Logged) => shareOf(sender),\n",
    by: `    shareOf: ({ sender }: Logged) =>
      group.memberships.some(({ broadcast }) => broadcast.held.some((held) => held.withheld !== null && held.sender === sender))
        ? sender
        : shareOf(sender),
`,
  },
  {
    name: "tells-candidates-first",
    does: "tells of what makes no member any more before the packet that a membership has refused",
    breaks: "group-messaging.refused-told",
    caughtBy: "group-messaging/refused-before-candidates",
    file: "dcgka/group-messaging/receive.ts",
    replace: "  const joined = yield* joinFromLog(delivered.working, { packet, bytes })\n",
    by: `  const from = delivered.working.events
  const asItIs = yield* joinFromLog(delivered.working, { packet, bytes })
  const joined = {
    ...asItIs,
    working: { ...asItIs.working, events: [...asItIs.working.events.slice(from.length), ...from] },
  }
`,
  },
]
