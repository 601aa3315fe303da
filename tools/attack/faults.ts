/**
 * Faults put into the reference, each of which the search must find: rules left out that hold against dishonest members.
 *
 * @module
 */
import { registerHooks } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

/** A text that stands in a file of the reference exactly once, and what stands there instead. */
interface Edit {
  readonly file: string
  readonly replace: string
  readonly by: string
}

/** One fault. */
export interface Fault {
  readonly name: string
  readonly does: string
  readonly edits: ReadonlyArray<Edit>
}

const fault = (name: string, does: string, file: string, replace: string, by: string): Fault => ({
  name,
  does,
  edits: [{ file: `dcgka/${file}`, replace, by }],
})

/** Those that were there, and were mended. */
const mended: ReadonlyArray<Fault> = [
  fault(
    "seed-without-commitment",
    "a seed that is not the one committed to is taken: two halves have different seeds, and nobody is to blame",
    "key-agreement/seed.ts",
    "if (!isCommitted)",
    "if (isCommitted === undefined)",
  ),
  fault(
    "any-recipients",
    "nobody looks for whom direct messages came: one who gets none counts as no recipient",
    "key-agreement/process.ts",
    "if (!isRight)",
    "if (isRight === undefined)",
  ),
  fault(
    "any-history",
    "a new member believes the history in its welcome: a ghost, or a removal that never was",
    "key-agreement/welcome.ts",
    "yield* checkHistory({ history, digests }, usual(entries.length), message)",
    "",
  ),
  fault(
    "no-confirmation",
    "a new member believes the counts, keys and digests in its welcome, whatever the add-acks of the others confirm",
    "causal-broadcast/receive.ts",
    "if (!sameBytes(processed.confirmation, expected))",
    "if (processed.confirmation.length === 0)",
  ),
  fault(
    "confirms-too-late",
    "an add-ack that shows a lie of the adder is refused for its signature, in the name of its sender",
    "causal-broadcast/receive.ts",
    "    yield* confirm(before, envelope, (index) => [",
    "    const unused = (() => undefined)((index: number) => [",
  ),
  fault(
    "removed-counts",
    "a removed member removes others, adds ghosts, and has everybody rekey",
    "causal-broadcast/receive.ts",
    "return isChange && removalsOf(state, sender).length > 0",
    "return isChange && removalsOf(state, sender).length < 0",
  ),
  fault(
    "any-group",
    "the identifier of a group is bound to nobody",
    "key-agreement/record.ts",
    "if ((yield* groupIdOf(signingKey, users, nonce)) !== group)",
    'if ((yield* groupIdOf(signingKey, users, nonce)) === "")',
  ),
  fault(
    "leaves-out-acknowledgements",
    "an acknowledgement may leave out what is before what it acknowledges",
    "key-agreement/awaiting.ts",
    "return !includes(own,",
    "return false && !includes(own,",
  ),
  fault(
    "notes-of-last-envelopes",
    "notes are compared with the ends of the last four envelopes only",
    "causal-broadcast/notes.ts",
    "state.open.find((open) => open.sender === member && open.seq === seq))",
    "undefined)",
  ),
]

/** Further ones. */
const further: ReadonlyArray<Fault> = [
  fault(
    "unsigned",
    "envelopes are taken whatever their signature",
    "causal-broadcast/receive.ts",
    "if (!(yield* isValid(envelope, signingKey, digests.at(-1)!)))",
    "if (digests.length === 0)",
  ),
  fault(
    "old-keys-verify",
    "a new signing key does not take the place of the old one, and the thief of a state goes on",
    "causal-broadcast/receive.ts",
    "signingKey: signingKey ?? known!.signingKey, digest }",
    "signingKey: known?.signingKey ?? signingKey!, digest }",
  ),
  fault(
    "repetitions-all",
    "a second envelope with one number is a repetition, and no equivocation",
    "causal-broadcast/receive.ts",
    "  return yield* refuse(clauses.equivocation, `${sender} ${seq}`)",
    '  return yield* new Ignored({ reason: "duplicate" })',
  ),
  fault(
    "adds-members",
    "a user who is a member may be added",
    "key-agreement/process.ts",
    'if (isMember) return yield* refuse(clauses["add-new"]',
    'if (isMember === undefined) return yield* refuse(clauses["add-new"]',
  ),
  fault(
    "digest-of-control",
    "the digest does not depend on what is acknowledged, and a split group is not seen to be split",
    "causal-broadcast/state.ts",
    "encodeCbor([labels.broadcastMessage, previous, acknowledged, encodeWire(Item, item)])",
    "encodeCbor([labels.broadcastMessage, previous, null, encodeWire(Item, item)])",
  ),
  fault(
    "digest-without-directs",
    "the digest does not depend on direct messages",
    "causal-broadcast/state.ts",
    "encodeCbor([labels.broadcastMessage, previous, acknowledged, encodeWire(Item, item)])",
    "encodeCbor([labels.broadcastMessage, previous, acknowledged, encodeWire(Item, { ...item, directs: {} })])",
  ),
  fault(
    "former-seeds",
    "a seed goes to all members that are known, former ones too",
    "key-agreement/seed.ts",
    "const recipients = ourView(recorded).filter((member) => member !== before.me)",
    "const recipients = Object.keys(recorded.users).sort().filter((member) => member !== before.me)",
  ),
  fault(
    "any-attachment",
    "the attachment of a welcome is not compared with the welcome",
    "causal-broadcast/receive.ts",
    "if (!isConsistent(processed.state, attachment, item.control))",
    "if (attachment === undefined)",
  ),
  fault(
    "any-counts",
    "the counts in a welcome need not cover its history",
    "key-agreement/welcome.ts",
    "if (!isCounted)",
    "if (isCounted === undefined)",
  ),
  fault(
    "any-sender",
    "who is no member as of its message is heard",
    "key-agreement/process.ts",
    "if (!isMember || !isBeginning)",
    "if (isBeginning === undefined)",
  ),
  fault(
    "twice-opened",
    "an application message is opened as often as it comes",
    "application-messages.ts",
    'if (isUsed(chain, index)) return yield* new Ignored({ reason: "duplicate" })',
    "if (isUsed(chain, index)) return { ...chain, index, state: chain.state }",
  ),
]

/** All faults. */
export const faults: ReadonlyArray<Fault> = [...mended, ...further]

const edited = (source: string, name: string, edits: ReadonlyArray<Edit>): string =>
  edits.reduce((text, { file, replace, by }) => {
    // A fault whose text has moved would be none.
    if (text.split(replace).length !== 2) throw new Error(`${name}: its text does not stand in ${file} exactly once`)
    return text.replace(replace, () => by)
  }, source)

/** Puts a fault in place, before the reference is loaded. Throws when there is none of this name, or, when a file is loaded, if its text does not stand there exactly once. */
export const applyFault = (name: string): void => {
  const fault = faults.find((one) => one.name === name)
  if (fault === undefined) throw new Error(`no fault ${name}`)
  const urlOf = (file: string) => pathToFileURL(join(import.meta.dirname, "..", "..", "reference", file)).href
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context)
      const edits = fault.edits.filter(({ file }) => urlOf(file) === url)
      return edits.length === 0 ? loaded : { ...loaded, source: edited(String(loaded.source), name, edits) }
    },
  })
}
