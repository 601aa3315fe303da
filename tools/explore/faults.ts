/**
 * Faults put into the reference, each of which exploration must find. Those of the zoo that a schedule can show are used too.
 *
 * @module
 */
import type { Fault } from "../faults.ts"

/** Those that the zoo does not have. */
export const faults: ReadonlyArray<Fault> = [
  {
    name: "ack-not-recorded",
    does: "erratum F2: a non-recipient does not record its own ack, and sends its seeds to its view as of what it has recorded",
    edits: [
      {
        file: "dcgka/key-agreement/acknowledgement.ts",
        replace: "return { state: recorded, response: { control: encodeWire(ControlMessage, ack), directs: [] }, ownSecret: undefined }",
        by: "return { state: { ...recorded, history: before.history }, response: { control: encodeWire(ControlMessage, ack), directs: [] }, ownSecret: undefined }",
      },
      {
        file: "dcgka/key-agreement/seed.ts",
        replace: "const recipients = ourView(recorded).filter((member) => member !== before.me)",
        by: "const recipients = (message.type === 'update' ? viewOf(recorded.history, message.sender) : ourView(recorded)).filter((member) => member !== before.me)",
      },
    ],
  },
  {
    name: "view-of-one-level",
    does: "erratum F4: a view has what the member sent and acknowledged, and not what is before that",
    edits: [
      {
        file: "dcgka/group-membership.ts",
        replace: "union(before, knowledgeAt(history, position))",
        by: "union(before, { length: position + 1, unknown: positionsFrom(0, position) })",
      },
    ],
  },
  {
    name: "order-within-the-view",
    does: "erratum F5, with a view that has what is before what it has, but for the acks of others: so their operations come after their own earlier ones and the create alone",
    edits: [
      {
        file: "dcgka/group-membership.ts",
        replace: "return knowledge === undefined ? [] : members(history, knowledge)",
        by: `if (knowledge === undefined) return []
  const entries = history.entries.map((entry, at) => {
    const others = positionsFrom(1, at).filter((position) => history.entries[position]!.change.sender !== entry.change.sender)
    return entry.change.sender === member ? entry : { ...entry, unknown: others }
  })
  return members({ ...history, entries }, knowledge)`,
      },
    ],
  },
  {
    name: "view-of-the-end",
    does: "erratum F6: the view of a sender is that of its newest message, in place of the one as of the message at hand",
    edits: [
      {
        file: "dcgka/key-agreement/awaiting.ts",
        replace: "return known === undefined ? undefined : members(state.history, known)",
        by: "return known === undefined ? undefined : viewOf(state.history, of.sender)",
      },
    ],
  },
  {
    name: "keeps-member-secrets",
    does: "forgotten deletion: a member secret stays when it has been used",
    edits: [
      {
        file: "dcgka/key-agreement/state.ts",
        replace: "state.memberSecrets.filter((one) => !isKeptFor(one, message, member))",
        by: "state.memberSecrets.filter((one) => !isKeptFor(one, message, member) || member.length > 0)",
      },
    ],
  },
  {
    name: "keeps-one-time-prekeys",
    does: "forgotten deletion: a one-time prekey stays when it has been used",
    edits: [
      {
        file: "dcgka/key-bundles.ts",
        replace: "prekey.id !== header.oneTimePrekeyId)",
        by: "prekey.id >= 0)",
      },
    ],
  },
  {
    name: "ratchet-by-order",
    does: "the input of a ratchet depends on what else has been handled by then",
    edits: [
      {
        file: "dcgka/key-agreement/state.ts",
        replace: "updateRatchet(state.ratchets[member] ?? emptyRatchet, input, state.group, member)",
        by: "updateRatchet(state.ratchets[member] ?? emptyRatchet, input.map((byte) => byte ^ Object.keys(state.seen).length), state.group, member)",
      },
    ],
  },
  {
    name: "loses-a-direct-message",
    does: "the last of several direct messages is not sent",
    edits: [
      {
        file: "dcgka/key-agreement/state.ts",
        replace: "return { state: { ...state, contacts, channels }, directs }",
        by: "return { state: { ...state, contacts, channels }, directs: directs.length > 1 ? directs.slice(0, -1) : directs }",
      },
    ],
  },
  {
    name: "rekeys-after-removals-only",
    does: "half of erratum S1: no update follows the ack of an update by a non-recipient",
    edits: [
      {
        file: "dcgka/key-agreement/seed.ts",
        replace: "    const { group, me } = state\n",
        by: '    if (message.type === "update") return { ...acknowledged, senderSecret: undefined }\n    const { group, me } = state\n',
      },
    ],
  },
  {
    name: "welcome-with-another-ratchet",
    does: "the welcome brings another ratchet than the sender's",
    edits: [
      {
        file: "dcgka/key-agreement/welcome.ts",
        replace: "ratchet: ratchets[me] ?? emptyRatchet, attachment",
        by: "ratchet: (ratchets[me] ?? emptyRatchet).toReversed(), attachment",
      },
    ],
  },
  {
    name: "seed-in-the-own-name",
    does: "member secrets are kept for the members of the own view, in place of the sender's",
    edits: [
      {
        file: "dcgka/key-agreement/seed.ts",
        replace: "const recipients = viewOf(state.history, message.sender).filter((member) => member !== message.sender)",
        by: "const recipients = ourView(state).filter((member) => member !== message.sender)",
      },
    ],
  },
]
