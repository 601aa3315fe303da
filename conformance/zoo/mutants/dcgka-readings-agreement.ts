/**
 * Other readings of the chapter "key-agreement", as somebody who ports from the text could take it.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the steps that are read otherwise. */
export const keyAgreementReadings: ReadonlyArray<Mutant> = [
  {
    name: "self-removal-at-once",
    does: "refuses a removal of its sender before it sees that something is missing before it",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-messages",
    file: "dcgka/key-agreement/process.ts",
    replace: `  yield* checkOrder(joined, message)
`,
    by: `  if (message.type === "remove" && message.member === message.sender && message.group === group && state.removed === 0) return yield* refuse(clauses["remove-other"], "already joined")
  yield* checkOrder(joined, message)
`,
  },
  {
    name: "own-gap-waits",
    does: "waits for what is missing before a message in its own name",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-messages",
    file: "dcgka/key-agreement/process.ts",
    replace: `  if (sender === state.me) return yield* refuse(clauses["own-message"], \`\${seq} was not sent by us\`)
`,
    by: `  if (seq > seen + 1) return yield* waitForMessage(sender, seen + 1)
  if (sender === state.me) return yield* refuse(clauses["own-message"], \`\${seq} was not sent by us\`)
`,
  },
  {
    name: "begins-with-an-add-ack",
    does: "lets a member begin with an add-ack of its addition",
    breaks: "key-agreement.sender-member",
    caughtBy: "key-agreement/order-of-checks-messages",
    file: "dcgka/key-agreement/process.ts",
    replace: 'if (message.type !== "ack" && message.type !== "forward") return false',
    by: "if (!isAcknowledgement(message)) return false",
  },
  {
    name: "begins-with-any-ack",
    does: "lets a member begin with the ack of any create or add",
    breaks: "key-agreement.sender-member",
    caughtBy: "key-agreement/order-of-checks-messages",
    file: "dcgka/key-agreement/process.ts",
    replace:
      '(change?.type === "create" && change.members.includes(message.sender)) || (change?.type === "add" && change.member === message.sender)',
    by: 'change?.type === "create" || change?.type === "add"',
  },
  {
    name: "recipients-first",
    does: "looks for whom direct messages came before it checks what the message does",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-messages",
    file: "dcgka/key-agreement/process.ts",
    replace: `  yield* check(joined, message)
  // key-agreement.process.12
  yield* checkRecipients(joined, recorded, message, directs)
`,
    by: `  yield* checkRecipients(joined, recorded, message, directs)
  yield* check(joined, message)
`,
  },
  {
    name: "checked-before-member",
    does: "checks what a message does before it looks whether its sender is a member",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-messages",
    file: "dcgka/key-agreement/process.ts",
    replace: "  if (!isMember || !isBeginning) return",
    by: `  yield* check(joined, message)
  if (!isMember || !isBeginning) return`,
  },
  {
    name: "recipients-as-a-set",
    does: "does not see that a member is named twice among the recipients",
    breaks: "key-agreement.recipients",
    caughtBy: "key-agreement/recipient-twice",
    file: "dcgka/key-agreement/process.ts",
    replace: "recipients.join() === expected.join()",
    by: "[...new Set(recipients)].join() === expected.join()",
  },
  {
    name: "covered-for-nobody",
    does: "refuses direct messages for others with an ack of an update that its welcome covers",
    breaks: "key-agreement.recipients",
    caughtBy: "key-agreement/covered-update-forwarded",
    file: "dcgka/key-agreement/process.ts",
    replace: "const isForAll = expected === undefined ? own === null",
    by: "const isForAll = expected === undefined ? recipients.length === 0",
  },
  {
    name: "group-before-users",
    does: "looks at the identifier of a group before it looks at the users of its create",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-create",
    file: "dcgka/key-agreement/record.ts",
    replace: `  // key-agreement.check-create.1
`,
    by: `  if ((yield* groupIdOf(signingKey, users, nonce)) !== group) return yield* refuse(clauses["group-id"], \`of a create of \${creator}\`)
  // key-agreement.check-create.1
`,
  },
  {
    name: "sender-before-group",
    does: "looks at the sender of a create before it looks at its group",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-create",
    file: "dcgka/key-agreement/record.ts",
    replace: `  // key-agreement.check-create.2
`,
    by: `  if (seq !== 1 || sender !== (yield* memberIdOf(group, creator!, null, 0))) return yield* refuse(clauses["create-sender"], \`\`)
  // key-agreement.check-create.2
`,
  },
  {
    name: "own-create-at-once",
    does: "refuses a create in its own name before it checks it",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-create",
    file: "dcgka/key-agreement/process.ts",
    replace: `  yield* checkCreate(message)
  // key-agreement.process-create.2
`,
    by: `  if (users[0] === user) return yield* refuse(clauses["own-message"], "")
  yield* checkCreate(message)
  // key-agreement.process-create.2
`,
  },
  {
    name: "waits-for-any-create",
    does: "waits to join by a create that does not name it, without a look at it",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-create",
    file: "dcgka/key-agreement/process.ts",
    replace: `  yield* checkCreate(message)
  // key-agreement.process-create.2
`,
    by: `  if (!users.includes(user)) return yield* new Waiting({ missing: [{ join: group }] })
  yield* checkCreate(message)
  // key-agreement.process-create.2
`,
  },
  {
    name: "bundle-before-create",
    does: "waits for the bundle of a creator before it checks the create",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-create-of-one-unknown",
    file: "dcgka/key-agreement/process.ts",
    replace: `  yield* checkCreate(message)
  // key-agreement.process-create.2
`,
    by: `  if (contactOf(before.contacts, users[0]!) === undefined && users.includes(user)) return yield* new Waiting({ missing: [{ bundle: users[0]! }] })
  yield* checkCreate(message)
  // key-agreement.process-create.2
`,
  },
  {
    name: "recipients-before-creator",
    does: "looks for whom the direct messages of a create are before it looks whose key it has",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-create",
    file: "dcgka/key-agreement/process.ts",
    replace: `  const contact = contactOf(before.contacts, users[0]!)
`,
    by: `  if (directs.recipients.length !== users.length - 1) return yield* refuse(clauses.recipients, \`\`)
  const contact = contactOf(before.contacts, users[0]!)
`,
  },
  {
    name: "welcome-before-recipients",
    does: "decodes a welcome before it looks for whom direct messages came",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-welcome",
    file: "dcgka/key-agreement/addition.ts",
    replace: "  if (direct === null || !isWelcome) return yield* refuse(clauses.recipients",
    by: `  if (direct !== null) yield* decodeMessage(ChannelMessage, direct)
  if (direct === null || !isWelcome) return yield* refuse(clauses.recipients`,
  },
  {
    name: "seen-before-members",
    does: "looks at the counts of a welcome before it looks who is a member by it",
    breaks: "key-agreement.welcome-history",
    caughtBy: "key-agreement/welcome-member-before-seen~refused",
    file: "dcgka/key-agreement/welcome.ts",
    replace: `  // key-agreement.process-welcome.6
  const isMember = members({ entries, senders: {} }).includes(me)
  if (!isMember || users[sender] !== adder) return yield* wrongHistory("we are no member by it, or its sender is of another user")
  // key-agreement.process-welcome.7
  const isCovered = entries.every(({ change }) => change.seq <= (welcome.seen[change.sender] ?? 0))
  const isCounted = isCovered && welcome.seen[sender] === seq && welcome.seen[me] === undefined
  if (!isCounted) return yield* refuse(clauses["welcome-seen"], "the counts do not cover the history")
`,
    by: `  // key-agreement.process-welcome.7
  const isCovered = entries.every(({ change }) => change.seq <= (welcome.seen[change.sender] ?? 0))
  const isCounted = isCovered && welcome.seen[sender] === seq && welcome.seen[me] === undefined
  if (!isCounted) return yield* refuse(clauses["welcome-seen"], "the counts do not cover the history")
  // key-agreement.process-welcome.6
  const isMember = members({ entries, senders: {} }).includes(me)
  if (!isMember || users[sender] !== adder) return yield* wrongHistory("we are no member by it, or its sender is of another user")
`,
  },
  {
    name: "seen-before-history",
    does: "looks at the counts of a welcome before it looks how its history ends",
    breaks: "key-agreement.welcome-history",
    caughtBy: "key-agreement/welcome-history-before-seen~refused",
    file: "dcgka/key-agreement/welcome.ts",
    replace: `  // key-agreement.process-welcome.5
  const isAdd = change.type === "add" && change.sender === sender && change.seq === seq && change.member === me
  if (!isAdd || unknown.length > 0) return yield* wrongHistory("it does not end with the add of us by its sender")
  // key-agreement.process-welcome.6
  const isMember = members({ entries, senders: {} }).includes(me)
  if (!isMember || users[sender] !== adder) return yield* wrongHistory("we are no member by it, or its sender is of another user")
  // key-agreement.process-welcome.7
  const isCovered = entries.every(({ change }) => change.seq <= (welcome.seen[change.sender] ?? 0))
  const isCounted = isCovered && welcome.seen[sender] === seq && welcome.seen[me] === undefined
  if (!isCounted) return yield* refuse(clauses["welcome-seen"], "the counts do not cover the history")
`,
    by: `  // key-agreement.process-welcome.7
  const isCovered = entries.every(({ change }) => change.seq <= (welcome.seen[change.sender] ?? 0))
  const isCounted = isCovered && welcome.seen[sender] === seq && welcome.seen[me] === undefined
  if (!isCounted) return yield* refuse(clauses["welcome-seen"], "the counts do not cover the history")
  // key-agreement.process-welcome.5
  const isAdd = change.type === "add" && change.sender === sender && change.seq === seq && change.member === me
  if (!isAdd || unknown.length > 0) return yield* wrongHistory("it does not end with the add of us by its sender")
  // key-agreement.process-welcome.6
  const isMember = members({ entries, senders: {} }).includes(me)
  if (!isMember || users[sender] !== adder) return yield* wrongHistory("we are no member by it, or its sender is of another user")
`,
  },
  {
    name: "commitment-before-history",
    does: "looks at the commitment of an add before it compares the history",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-welcomes",
    file: "dcgka/key-agreement/addition.ts",
    replace: `  yield* checkHistory(joined, { length: joined.history.entries.length - 1, unknown: [] }, message)
  const taken = yield* takeAddition(joined, message)
`,
    by: `  const taken = yield* takeAddition(joined, message)
  yield* checkHistory(joined, { length: joined.history.entries.length - 1, unknown: [] }, message)
`,
  },
  {
    name: "users-before-joined",
    does: "looks for whom a group is to be made before it looks whether it is in one",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-create",
    file: "dcgka/key-agreement/send.ts",
    replace: `  if (state.group !== null) return yield* refuse(clauses["joined-once"], "already joined")
`,
    by: `  if (new Set(users).size !== users.length) return yield* refuse(clauses["create-users"], "")
  if (state.group !== null) return yield* refuse(clauses["joined-once"], "already joined")
`,
  },
  {
    name: "kind-before-own",
    does: "looks at the kind of an acknowledgement before it looks whose message it is of",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-messages",
    file: "dcgka/key-agreement/process.ts",
    replace: `  if (ofSender === sender) return yield* refuse(clauses["ack-other"], "of the sender's own message")
`,
    by: `  { const change = state.history.entries[positionOf(state.history, ofSender, ofSeq)]?.change
  if (type !== answerTo(change, sender)) return yield* refuse(clauses["ack-kind"], \`\`) }
  if (ofSender === sender) return yield* refuse(clauses["ack-other"], "of the sender's own message")
`,
  },
  {
    name: "once-before-kind",
    does: "looks whether a message was acknowledged before it looks at the kind of the acknowledgement",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-messages",
    file: "dcgka/key-agreement/process.ts",
    replace: "  if (kind !== answerTo(change, sender)) return",
    by: `  if (!mayAcknowledge(state, acknowledged(message), sender)) return yield* refuse(clauses["ack-once"], \`\`)
  if (kind !== answerTo(change, sender)) return`,
  },
  {
    name: "history-before-new",
    does: "compares the history of an add before it looks whether the user is a member",
    breaks: "verdicts.order-of-checks",
    caughtBy: "key-agreement/order-of-checks-messages",
    file: "dcgka/key-agreement/process.ts",
    replace: `  const isMember = before.some((member) => state.users[member] === message.user)
  if (isMember)`,
    by: `  yield* checkHistory(state, knowledgeOf(state.history, message.sender)!, message)
  const isMember = before.some((member) => state.users[member] === message.user)
  if (isMember)`,
  },
  {
    name: "seed-cut-off",
    does: "takes a seed that is too long, and sees only that it is not what was committed to",
    breaks: "key-agreement.secret-length",
    caughtBy: "key-agreement/seed-too-long~refused",
    file: "dcgka/key-agreement/state.ts",
    replace: `  if (received.payload.length !== length) return yield* refuse(clauses["secret-length"], \`\${received.payload.length} bytes\`)
`,
    by: `  if (received.payload.length < length) return yield* refuse(clauses["secret-length"], \`\${received.payload.length} bytes\`)
`,
  },
]
