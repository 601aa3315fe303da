/**
 * Mutants that keep what they have used, and never use it again: nothing but their saved state shows it.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const kept: ReadonlyArray<Mutant> = [
  {
    name: "keeps-a-seed",
    does: "keeps a seed among the member secrets",
    breaks: "key-agreement.delete-used",
    caughtBy: "key-agreement/kept",
    file: "dcgka/key-agreement/seed.ts",
    replace: "memberSecrets: [...state.memberSecrets, ...kept] }",
    by: "memberSecrets: [...state.memberSecrets, ...kept, { sender, seq, member: sender, secret: seed }] }",
  },
  {
    name: "keeps-a-used-message-key",
    does: "keeps the key of a message that it has opened, and never uses it again",
    breaks: "application-messages.key-used-once",
    caughtBy: "application-messages/kept",
    file: "dcgka/application-messages.ts",
    replace: "  return { key, chain: { ...chain, index: message.index + 1, state: next, skipped } }",
    by: "  return { key, chain: { ...chain, index: message.index + 1, state: next, skipped: [...skipped, { index: message.index, key }] } }",
  },
  {
    name: "keeps-an-opened-key",
    does: "keeps the key of its own that has opened a message, below the lowest that it would take",
    breaks: "channel.key-deleted",
    caughtBy: "channel/kept",
    file: "dcgka/two-party-messaging.ts",
    replace: "const ownKeys = channel.ownKeys.filter((key) => key.index > used)",
    by: "const ownKeys = channel.ownKeys.map((key) => (key.index > used ? key : { ...key, index: 0 }))",
  },
]
