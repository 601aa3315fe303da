/**
 * What a reader of the chapters of dcgka could guess instead, where two rules meet or a boundary is named once.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** Other guesses than the text decides. */
export const dcgkaGuesses: ReadonlyArray<Mutant> = [
  {
    name: "superseded-below-the-mark",
    does: "deletes own keys before the last one with a lower mark than the one that the peer has processed",
    breaks: "channel.key-superseded",
    caughtBy: "key-agreement/kept-for-answers",
    file: "dcgka/two-party-messaging.ts",
    replace: "findLast((key) => key.mark <= mark)",
    by: "findLast((key) => key.mark < mark)",
  },
  {
    name: "complete-for-those-who-know-us",
    does: "asks only those who have it as a member whether they have left out an update",
    breaks: "key-agreement.ack-complete",
    caughtBy: "key-agreement/ack-leaves-out-not-knowing-us~refused",
    file: "dcgka/key-agreement/awaiting.ts",
    replace: "  if (updates.some((update) => isEarlier(update) && update.awaited.includes(member))) return true\n",
    by: `  const knowsUs = viewOf(history, member).includes(state.me)
  if (knowsUs && updates.some((update) => isEarlier(update) && update.awaited.includes(member))) return true
`,
  },
  {
    name: "run-not-tried-after-a-removal",
    does: "tries what is held with a run again only when the run ends otherwise, whatever was removed since",
    breaks: "causal-broadcast.held-retried",
    caughtBy: "broadcast/former-shown-by-a-later-removal",
    file: "dcgka/causal-broadcast/held.ts",
    replace: "(tried === null || tried.changes !== lengthOf(now) || !sameBytes",
    by: "(tried === null || !sameBytes",
  },
  {
    name: "counted-otherwise-by-the-first",
    does: "compares the number of an envelope's first message with the last one of a welcome, whichever of its messages is no acknowledgement",
    breaks: "causal-broadcast.unconfirmed",
    caughtBy: "broadcast/unconfirmed-later-inside",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "!KeyAgreement.isAcknowledgement(control) && control.seq > signers[sender]!.last",
    by: "!KeyAgreement.isAcknowledgement(control) && items[0]!.control.seq > signers[sender]!.last",
  },
  {
    name: "members-lose-before-strangers",
    does: "takes of equal shares that of the smallest member before that of the strangers",
    breaks: "causal-broadcast.shares",
    caughtBy: "broadcast/held-equal-shares",
    file: "dcgka/causal-broadcast/shares.ts",
    replace: "return one.share < other.share ? one : other",
    by: "return other.share === strangers || (one.share !== strangers && one.share < other.share) ? one : other",
  },
  {
    name: "waits-for-its-run",
    does: "waits for the message when one in the run of an envelope waits for a bundle",
    breaks: "causal-broadcast.held-retried",
    caughtBy: "broadcast/former-waits-for-a-bundle",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "return waitingAs(from, refused, verdict.missing)",
    by: "return waitingAs(from, refused, missing)",
  },
  {
    name: "holds-what-shows-falsely",
    does: "goes on holding an envelope that is refused after its run, and drops what was refused in that",
    breaks: "causal-broadcast.refused-told",
    caughtBy: "broadcast/former-forged-before-a-forgery",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: 'return last.failure._tag === "Waiting" ? waitingAs(from, refused, last.failure.missing) : yield* last.failure',
    by: 'return waitingAs(from, refused, last.failure._tag === "Waiting" ? last.failure.missing : missing)',
  },
  {
    name: "refused-in-vain",
    does: "goes on holding what was refused in the run of an envelope that waits itself",
    breaks: "causal-broadcast.refused-told",
    caughtBy: "broadcast/former-forged-before-a-withheld-one",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "? waitingAs(from, refused, last.failure.missing)",
    by: "? waitingAs(before, [], last.failure.missing)",
  },
  {
    name: "bounds-while-it-tries",
    does: "drops what there is no room for before all that is due has been tried",
    breaks: "causal-broadcast.held-retried",
    caughtBy: "broadcast/held-taken-before-it-is-lost",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "      const left = yield* withoutRepetitions(rest)\n",
    by: `      const judged = yield* withoutRepetitions(rest)
      const room = withinRoom(judged.after)
      const left = { after: room.after, refused: [...judged.refused, ...room.refused] }
`,
  },
  {
    name: "out-at-once",
    does: "keeps nothing of what comes in an envelope after its own removal",
    breaks: "causal-broadcast.judged-alike",
    caughtBy: "broadcast/removed-with-another",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "    after = one.after\n    if (!isOut) taken.push(one.taken)\n",
    by: "    if (isOut) continue\n    after = one.after\n    taken.push(one.taken)\n",
  },
  {
    name: "out-of-every-view",
    does: "refuses, after its own removal, what brings it a direct message, which it cannot open any more",
    breaks: "causal-broadcast.judged-alike",
    caughtBy: "broadcast/former-removed-before-a-direct-message",
    file: "dcgka/key-agreement/process.ts",
    replace: "  if (!ourView(noted).includes(noted.me)) return { state: leave(noted) }\n",
    by: `  const wasOut = !ourView(joined).includes(joined.me)
  if (wasOut && directs.own !== null) return yield* refuse(clauses.recipients, "we are out already")
  if (!ourView(noted).includes(noted.me)) return { state: leave(noted) }
`,
  },
  {
    name: "writes-in-a-group-only",
    does: "takes no note of what was written before there is a group",
    breaks: "causal-broadcast.chain-stated",
    caughtBy: "broadcast/written-before-the-create",
    file: "dcgka/causal-broadcast/send.ts",
    replace: "return { state: { ...state, chain }, keyring }",
    by: "return { state: { ...state, chain: state.agreement.me === null ? null : chain }, keyring }",
  },
  {
    name: "removes-whom-it-had",
    does: "removes each member of a user that it had at first, also when one has been removed by what it held",
    breaks: "group-messaging.retried",
    caughtBy: "group-messaging/removed-meanwhile",
    file: "dcgka/group-messaging/act.ts",
    replace: "const isThere = isAlive(now) && viewOf(now).includes(member)",
    by: "const isThere = isAlive(now)",
  },
  {
    name: "removes-when-it-is-out",
    does: "goes on removing the members of a user when it has been removed itself by what it held",
    breaks: "group-messaging.retried",
    caughtBy: "group-messaging/removed-while-removing",
    file: "dcgka/group-messaging/act.ts",
    replace: "const isThere = isAlive(now) && viewOf(now).includes(member)",
    by: "const isThere = viewOf(now).includes(member)",
  },
  {
    name: "shares-counted-once",
    does: "counts the shares of what is held once, however many of it are lost then",
    breaks: "causal-broadcast.shares",
    caughtBy: "broadcast/held-equal-shares",
    file: "dcgka/causal-broadcast/held.ts",
    replace: "isLast: ({ sender, makes }) => makes !== null && shareOf(sender) === sender",
    by: "isLast: () => false",
  },
  {
    name: "shares-of-strangers",
    does: "gives those whom somebody adds a share of that one, a member or not",
    breaks: "causal-broadcast.held-limit",
    caughtBy: "broadcast/held-by-a-stranger~refused",
    file: "dcgka/causal-broadcast/shares.ts",
    replace: "makes !== null && view.has(sender) ?",
    by: "makes !== null ?",
  },
  {
    name: "shares-handed-on",
    does: "gives those whom a new member adds the share of its adder",
    breaks: "causal-broadcast.held-limit",
    caughtBy: "broadcast/held-adders~refused",
    file: "dcgka/causal-broadcast/shares.ts",
    replace: "(adders.get(member) ?? strangers)",
    by: '(adders.get(member) ?? adders.get(held.find(({ makes }) => makes === member)?.sender ?? "") ?? strangers)',
  },
  {
    name: "longer-differs-once",
    does: "does not compare the digests of a chain that is longer than stated",
    breaks: "application-messages.differs",
    caughtBy: "application-messages/differs-twice",
    file: "dcgka/application-messages.ts",
    replace: "const differs = ({ opened, digest, ended }: Chain): boolean => ended !== null && opened",
    by: "const differs = ({ index, opened, digest, ended }: Chain): boolean => ended !== null && index <= ended.length && opened",
  },
  {
    name: "complete-by-number",
    does: "remembers the complete chains with the highest numbers",
    breaks: "application-messages.ended",
    caughtBy: "application-messages/complete-last",
    file: "dcgka/application-messages.ts",
    replace: "...done].slice(-maximumComplete)",
    by: "...done].sort((a, b) => a.seq - b.seq).slice(-maximumComplete)",
  },
  {
    name: "keeps-what-has-not-ended",
    does: "gives up no chain that has not ended",
    breaks: "application-messages.ended",
    caughtBy: "application-messages/sixty-six-that-do-not-end",
    file: "dcgka/application-messages.ts",
    replace: "  chains = chains.slice(-maximumChains)\n",
    by: "  if (chains[0]?.ended !== null) chains = chains.slice(-maximumChains)\n",
  },
  {
    name: "forgets-what-is-complete",
    does: "forgets with its keys which chains are complete",
    breaks: "application-messages.key-used-once",
    caughtBy: "application-messages/keys-forgotten",
    file: "dcgka/application-messages.ts",
    replace: "return { own: null, chains: blanked, complete }",
    by: "return { own: null, chains: blanked, complete: {} }",
  },
  {
    name: "accepted-beside-a-joining",
    does: "takes a packet for accepted when another packet of the log makes a membership in its step",
    breaks: "group-messaging.retried",
    caughtBy: "group-messaging/joins-beside-a-repetition",
    file: "dcgka/group-messaging/join.ts",
    replace: "    else isMade = true\n",
    by: "    else isMade = true\n  }\n  if (groupOf(working).memberships.length > groupOf(before).memberships.length) {\n    isMade = true\n",
  },
  {
    name: "leaves-later",
    does: "lets a member that has said that it leaves say so again, from when on it is silent",
    breaks: "group-messaging.leaver-silent",
    caughtBy: "group-messaging/leaver-twice",
    file: "dcgka/group-messaging/membership.ts",
    replace: "  if (isAfter(message, membership.leavers[sender])) return { membership, events: nothing }\n",
    by: `  if (isAfter(message, membership.leavers[sender])) {
    const isLeave = content.success.type === "leave"
    return { membership: isLeave ? { ...membership, leavers: { ...membership.leavers, [sender]: { seq, index } } } : membership, events: nothing }
  }
`,
  },
  {
    name: "removes-leavers-as-the-smallest",
    does: "removes who leaves only if it speaks as the smallest member of those who stay",
    breaks: "group-messaging.leave-carried-out",
    caughtBy: "group-messaging/leaver-removed-for-the-other",
    file: "dcgka/group-messaging/finish.ts",
    replace: "if (remover === undefined || userOf(membership, remover) !== userOf(membership, memberOf(membership))) return before",
    by: "if (remover !== memberOf(membership)) return before",
  },
  {
    name: "sends-after-all-answers",
    does: "sends the answers of all its memberships before a message",
    breaks: "group-messaging.coalesced",
    caughtBy: "group-messaging/sends-before-its-other-membership",
    file: "dcgka/group-messaging/act.ts",
    replace: "  const flushed = yield* flushOne(working, index)\n",
    by: `  let flushed = working
  for (const at of groupOf(working).memberships.keys()) flushed = yield* flushOne(flushed, at)
`,
  },
  {
    name: "publishes-for-a-message",
    does: "keeps two bundles of its own user ready for an application message, too",
    breaks: "group-messaging.one-voice",
    caughtBy: "group-messaging/no-bundles-for-a-message",
    file: "dcgka/group-messaging/membership.ts",
    replace:
      "  const result = yield* Effect.result(openMessage(working, index, message, packet))\n  if (Result.isSuccess(result)) return { working: result.success, missing: [] }\n",
    by: `  const { keyring } = yield* preparedBroadcaster(working, groupOf(working).memberships[index]!)
  const prepared = withMembership(working, index, groupOf(working).memberships[index]!, keyring)
  const result = yield* Effect.result(openMessage(prepared, index, message, packet))
  if (Result.isSuccess(result)) return { working: result.success, missing: [] }
`,
  },
  {
    name: "newcomers-wait-as-strangers",
    does: "counts what waits in the name of one whose add is held as a stranger's",
    breaks: "group-messaging.held-limit",
    caughtBy: "group-messaging/held-newcomer",
    file: "dcgka/group-messaging/waiting.ts",
    replace: "const shareOf = Broadcast.sharer(broadcast)",
    by: "const shareOf = Broadcast.sharer({ ...broadcast, held: [] })",
  },
  {
    name: "keeps-what-came-after-it",
    does: "keeps what was only judged after its own removal, as if it had been taken",
    breaks: "causal-broadcast.judged-alike",
    caughtBy: "broadcast/former-removed-before-another",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "      const accepted = left ?? { after: last.success.after, taken: [...taken, ...last.success.taken] }\n",
    by: `      const end = last.success.after
      const out = { ...end, state: { ...end.state, agreement: { ...end.state.agreement, removed: 1 as const } } }
      const accepted = left === undefined ? { after: end, taken: [...taken, ...last.success.taken] } : { after: out, taken: left.taken }
`,
  },
  {
    name: "awaits-members-only",
    does: "awaits nobody for a message who is not in its view any more when the message comes",
    breaks: "causal-broadcast.attachment",
    caughtBy: "broadcast/awaits-who-came-and-went",
    file: "dcgka/causal-broadcast/state.ts",
    replace: "const awaited = KeyAgreement.acknowledgers(agreement, sender)\n",
    by: "const view = KeyAgreement.ourView(agreement)\n  const awaited = KeyAgreement.acknowledgers(agreement, sender).filter((member) => view.includes(member))\n",
  },
  {
    name: "heals-after-its-rekey",
    does: "keeps in its frontier what its own rekey has followed",
    breaks: "group-messaging.heal",
    caughtBy: "group-messaging/rekey-heals",
    file: "dcgka/group-messaging/membership.ts",
    replace: "  if (rekey !== undefined) return [{ sender: rekey.member, seq: rekey.seq }]\n",
    by: "  if (rekey !== undefined) return [...frontier, { sender, seq }, { sender: rekey.member, seq: rekey.seq }].sort(bySender)\n",
  },
]
