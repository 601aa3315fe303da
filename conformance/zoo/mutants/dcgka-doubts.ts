/**
 * Readings of dcgka that porters took, or could take, where a sentence left room for them.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const dcgkaDoubts: ReadonlyArray<Mutant> = [
  {
    name: "awaits-whom-it-has",
    does: "awaits acknowledgements of an update only from members that it has when the update comes",
    breaks: "key-agreement.ack-once",
    caughtBy: "key-agreement/awaited-though-gone",
    file: "dcgka/key-agreement/awaiting.ts",
    replace: "awaited: without(acknowledgers(state, sender), [me]) }]",
    by: "awaited: without(acknowledgers(state, sender), [me]).filter((member) => viewOf(history, me).includes(member)) }]",
  },
  {
    name: "doubts-until-it-confirms",
    does: "doubts no message of an envelope that comes after the one that confirms",
    breaks: "causal-broadcast.unconfirmed",
    caughtBy: "broadcast/unconfirmed-confirms-and-breaks",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "  // causal-broadcast.accept.15\n  const inDoubt = doubted(before.state, envelope)\n",
    by: "  const inDoubt = arrivalIn(before, envelope)?.index === 0 ? undefined : doubted(before.state, envelope)\n",
  },
  {
    name: "doubts-what-is-malformed",
    does: "refuses as doubtful what is malformed",
    breaks: "causal-broadcast.unconfirmed",
    caughtBy: "broadcast/unconfirmed-malformed",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: 'const isWord = failure._tag === "Refused" && !judged.includes(failure.clause)',
    by: 'const isWord = (failure._tag === "Refused" || failure._tag === "Malformed") && !judged.includes(failure.clause)',
  },
  {
    name: "confirmed-by-one-removed",
    does: "doubts one no more who confirms when it is no member any more",
    breaks: "causal-broadcast.unconfirmed",
    caughtBy: "broadcast/confirmed-too-late",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "  if (!isInView(before.state, control.sender)) return after\n",
    by: `  if (!isInView(before.state, control.sender)) {
    return { ...after, state: { ...after.state, unconfirmed: after.state.unconfirmed.filter((member) => member !== control.sender) } }
  }
`,
  },
  {
    name: "hears-members-only",
    does: "looks for a confirmation under a number that has been counted only if its sender is a member",
    breaks: "causal-broadcast.confirmation",
    caughtBy: "broadcast/confirmation-counted-of-one-removed",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "  yield* confirm(before, envelope, undefined)\n",
    by: "  if (isInView(before.state, envelope.items[0]!.control.sender)) yield* confirm(before, envelope, undefined)\n",
  },
  {
    name: "shown-when-it-looks-on",
    does: "takes what removes it as shown by an envelope that is withheld itself",
    breaks: "causal-broadcast.judged-alike",
    caughtBy: "broadcast/former-removed-by-what-is-withheld",
    file: "dcgka/causal-broadcast/receive.ts",
    replace: "accept(lookingOn(current), envelope))",
    by: "accept(lookingOn(current), envelope, left !== undefined))",
  },
  {
    name: "sent-what-is-withheld",
    does: "sees no difference in a message of ours that others withhold and that we have not sent",
    breaks: "causal-broadcast.notes",
    caughtBy: "broadcast/notes-withhold-ours",
    file: "dcgka/causal-broadcast/notes.ts",
    replace: "(withheld !== null && differs(member, withheld))",
    by: "(withheld !== null && withheld.seq <= own[member]!.seq && differs(member, withheld))",
  },
  {
    name: "repeats-after-each-membership",
    does: "begins again with the first membership as soon as one has sent something",
    breaks: "group-messaging.one-voice",
    caughtBy: "group-messaging/three-that-answer",
    file: "dcgka/group-messaging/finish.ts",
    replace: "    if (isAlive(groupOf(working).memberships[index]!)) working = yield* flushOne(working, index)\n",
    by: `    if (working.packets.length > before.packets.length) break
    if (isAlive(groupOf(working).memberships[index]!)) working = yield* flushOne(working, index)
`,
  },
  {
    name: "retires-when-nobody-is-awaited",
    does: "retires no member as long as the message that made its own awaits anybody of another user, a former member too",
    breaks: "group-messaging.one-voice",
    caughtBy: "group-messaging/retires-when-the-others-have-answered",
    file: "dcgka/group-messaging/finish.ts",
    replace: "  return ours.awaited.some((member) => others.includes(member))",
    by: "  return others.length > 0 && ours.awaited.some((member) => userOf(membership, member) !== userOf(membership, me))",
  },
  {
    name: "hears-as-any-membership",
    does: "removes those who have said to any of its memberships that they leave",
    breaks: "group-messaging.leave-carried-out",
    caughtBy: "group-messaging/leaves-to-its-other-membership",
    file: "dcgka/group-messaging/finish.ts",
    replace: "  if (Object.keys(membership.leavers).length === 0) return before\n  const { remover, members } = leaving(membership)\n",
    by: `  const leavers = Object.assign({}, ...groupOf(before).memberships.map((one) => one.leavers))
  if (Object.keys(leavers).length === 0) return before
  const { remover, members } = leaving({ ...membership, leavers })
`,
  },
  {
    name: "tells-no-leave-of-its-own",
    does: "takes a leave of its own that comes back for no event, as it takes its data",
    breaks: "group-messaging.one-voice",
    caughtBy: "group-messaging/own-leave-comes-back",
    file: "dcgka/group-messaging/membership.ts",
    replace: '    const events: ReadonlyArray<Event> = [{ type: "leaving", group, user }]\n',
    by: `    const isOurs = groupOf(working).memberships.some((other) => memberOf(other) === sender)
    const events: ReadonlyArray<Event> = isOurs ? [] : [{ type: "leaving", group, user }]
`,
  },
  {
    name: "tries-candidates-again",
    does: "begins again with the first packet of the log when it has joined by one",
    breaks: "group-messaging.same-addition",
    caughtBy: "group-messaging/candidate-by-a-later-one",
    file: "dcgka/group-messaging/join.ts",
    replace: `  for (const index of log.keys()) {
    // Most make nobody; what has become null on the way is passed over below.
    if (log[index]!.makes === null) continue
    const entry = groupOf(working).log[index]!
    if (entry.makes === null || !mayJoin(working, entry.makes) || !isDue(working, entry)) continue
    const vouched = groupOf(working).additions[entry.makes]
    const result = yield* Effect.result(join(working, entry, vouched, newest))
`,
    by: `  for (let index = 0; index < groupOf(working).log.length; index++) {
    const entry = groupOf(working).log[index]!
    if (entry.makes === null || !mayJoin(working, entry.makes) || !isDue(working, entry)) continue
    const vouched = groupOf(working).additions[entry.makes]
    const result = yield* Effect.result(join(working, entry, vouched, newest))
    if (Result.isSuccess(result)) index = -1
`,
  },
  {
    name: "joins-by-the-name",
    does: "joins by any add of the member whose addition it has taken, whatever its digest",
    breaks: "group-messaging.same-addition",
    caughtBy: "group-messaging/joins-by-what-was-taken",
    file: "dcgka/group-messaging/join.ts",
    replace: '  if (vouched !== undefined && !sameBytes(first.digest, vouched)) return yield* new Ignored({ reason: "duplicate" })\n',
    by: '  if (vouched !== undefined && vouched.length !== first.digest.length) return yield* new Ignored({ reason: "duplicate" })\n  void sameBytes\n',
  },
  {
    name: "names-whom-another-knows",
    does: "tells the user of a refused envelope as any of its memberships knows it",
    breaks: "group-messaging.refused-told",
    caughtBy: "group-messaging/refused-by-one-that-does-not-know",
    file: "dcgka/group-messaging/membership.ts",
    replace: "    ? tellEnvelope(working, broadcast.agreement.users[packet.items[0]!.control.sender], packet, verdict)\n",
    by: `    ? tellEnvelope(
        working,
        [broadcast, ...groupOf(working).memberships.map((one) => one.broadcast)]
          .map(({ agreement }) => agreement.users[packet.items[0]!.control.sender])
          .find((user) => user !== undefined),
        packet,
        verdict,
      )
`,
  },
  {
    name: "names-who-invites",
    does: "tells the user of an envelope by which it does not join, as its other memberships know it",
    breaks: "group-messaging.refused-told",
    caughtBy: "group-messaging/refused-joining",
    file: "dcgka/group-messaging/join.ts",
    replace: "tellEnvelope(before, awaited?.user, packetIn(packet), failure)",
    by: `tellEnvelope(
    before,
    awaited?.user ??
      groupOf(before)
        .memberships.map((one) => one.broadcast.agreement.users[(packetIn(packet) as Envelope).items[0]!.control.sender])
        .find((user) => user !== undefined),
    packetIn(packet),
    failure,
  )`,
  },
  {
    name: "invited-by-any-create",
    does: "takes every create for one that makes it a member, until it has tried it",
    breaks: "group-messaging.invitations-kept",
    caughtBy: "group-messaging/log-create-of-others",
    file: "dcgka/group-messaging/log.ts",
    replace: 'control.type === "create" && control.users.includes(user)',
    by: 'control.type === "create"',
  },
  {
    name: "shares-by-what-is-logged",
    does: "counts what is in the name of one whom an add of the log makes as that of its adder",
    breaks: "group-messaging.log-shares",
    caughtBy: "group-messaging/log-adds-not-held",
    file: "dcgka/group-messaging/log.ts",
    replace: "Broadcast.sharer(group.memberships[index]!.broadcast)",
    by: "Broadcast.sharer({ ...group.memberships[index]!.broadcast, held: [...group.memberships[index]!.broadcast.held, ...(group.log as ReadonlyArray<never>)] })",
  },
  {
    name: "waits-beside-a-create",
    does: "waits for what is acknowledged beside a create, which is not open",
    breaks: "causal-broadcast.acknowledges",
    caughtBy: "broadcast/order-of-checks-beside-a-create",
    file: "dcgka/causal-broadcast/accept.ts",
    replace: "    // causal-broadcast.join.1\n",
    by: `    // causal-broadcast.join.1
    for (const { control: one } of envelope.items.slice(1)) {
      const isWaited = KeyAgreement.isAcknowledgement(one) && one.ofSender !== one.sender
      if (isWaited) return yield* new Waiting({ missing: [{ message: { sender: one.ofSender, seq: one.ofSeq } }] })
    }
`,
  },
  {
    name: "passes-over-itself",
    does: "removes of its own user all members but the one as which it speaks",
    breaks: "key-agreement.remove-other",
    caughtBy: "group-messaging/removes-its-own-user",
    file: "dcgka/group-messaging/act.ts",
    replace: "const isThere = isAlive(now) && viewOf(now).includes(member)",
    by: "const isThere = isAlive(now) && viewOf(now).includes(member) && now.broadcast.agreement.me !== member",
  },
  {
    name: "heals-by-what-was-known-then",
    does: "takes what a removed member has sent for what follows a message whose sender has learned of the removal since",
    breaks: "group-messaging.heal",
    caughtBy: "group-messaging/heal-by-what-came-with-it",
    file: "dcgka/group-messaging/membership.ts",
    replace: "knewRemoval(broadcast.agreement.history, one.sender, sender)",
    by: "(one.sender === broadcast.agreement.me || broadcast.agreement.seen[one.sender] === one.seq) && knewRemoval(broadcast.agreement.history, one.sender, sender)",
  },
  {
    name: "forgets-the-log-too",
    does: "empties the log when what is held is dropped",
    breaks: "group-messaging.log-replayed",
    caughtBy: "group-messaging/forget-held-keeps-the-log",
    file: "dcgka/group-messaging/receive.ts",
    replace: "  return withGroup(working, { ...kept, memberships: without }).messenger",
    by: "  return withGroup(working, { ...kept, log: [], memberships: without }).messenger",
  },
  {
    name: "agrees-on-zeros",
    does: "opens what is sealed under a key that follows from an agreement whose result is zeros",
    breaks: "channel.opens",
    caughtBy: "channel/opens-zero-sealed~refused",
    file: "crypto/hpke.ts",
    replace: "primitives.x25519(recipientSecretKey, encapsulatedKey)",
    by: "primitives.x25519(recipientSecretKey, encapsulatedKey) ?? new Uint8Array(32)",
  },
]
