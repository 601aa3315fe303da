/**
 * # Verdicts
 *
 * An operation answers every input, whatever it is, with one of five verdicts. They are the same in all chapters, in
 * the vectors and on the wire of the conformance protocol. What vectors call `no-call` and `keeps` are no verdicts:
 * they say what a test wants of a call that is none, and of a saved state (convention "methods").
 *
 * | verdict | meaning | the state afterwards |
 * | --- | --- | --- |
 * | accepted | the operation was done; carries its output | as the steps say |
 * | refused | understood, and not allowed; names the clause | unchanged |
 * | malformed | not a message at all; names the clause and where | unchanged |
 * | waiting | cannot be judged yet; names what is missing. The same input is to be offered again when that has arrived | unchanged |
 * | ignored | as far as can be told, has been handled before (a duplicate) | unchanged |
 *
 * "Unchanged" is meant byte for byte: an implementation that fails halfway goes back to where it was. An exception, a
 * crash or a hang is never an answer. A verdict never contains a secret.
 *
 * What is missing is said as a list with one object, the first thing found missing: `{ "message": { "sender", "seq" }
 * }` for a control message, `{ "bundle": user }` for a key bundle of a user, `{ "join": group }` for the message by
 * which one becomes a member, `{ "acknowledgement": { "sender", "seq" } }` for a member that acknowledges this control
 * message, `{ "parent": id }` for a message of a transcript. The first thing is the first in the order of the steps; an
 * output that lists what is missing of several inputs says which order it has.
 *
 * Where two clauses refuse the same input, the one checked first in the order of the steps is named.
 *
 * Verdicts are about inputs of the protocol. A test can also call a method wrongly: with hex in upper case, or for a
 * handle that does not exist. That is a fault of the test and gets no verdict; the convention "methods" says what is no
 * call.
 *
 * @module
 */
import { Data } from "effect"
import { type Clause, declareClauses, declareSteps, rule } from "./clauses.ts"

export const clauses = declareClauses("verdicts", {
  "state-unchanged": rule("MUST", "After any verdict other than accepted the state is what it was before, byte for byte.", "Conclave"),
  "no-call": rule(
    "MUST",
    'A call that is no call (convention "methods") is answered with an error of the conformance protocol, ' + "and changes nothing.",
    "Conclave",
  ),
  "order-of-checks": rule("MUST", "Where several clauses are broken, the verdict names the one that the steps check first.", "Conclave"),
})

export const steps = declareSteps("verdicts", {})

/** What a `waiting` verdict names. */
export type Missing =
  | { readonly message: { readonly sender: string; readonly seq: number } }
  | { readonly acknowledgement: { readonly sender: string; readonly seq: number } }
  | { readonly bundle: string }
  | { readonly join: string }
  | { readonly parent: string }

/** Understood and not allowed. `detail` is for people, holds no secret, and is never compared. */
export class Refused extends Data.TaggedError("Refused")<{ readonly clause: string; readonly detail: string }> {}

/** Not a message. `where` is a path or a phrase for people, and is never compared. */
export class Malformed extends Data.TaggedError("Malformed")<{ readonly clause: string; readonly where: string }> {}

/** Cannot be judged before what is missing has arrived. */
export class Waiting extends Data.TaggedError("Waiting")<{ readonly missing: ReadonlyArray<Missing> }> {}

/** As far as can be told, has been handled before. */
export class Ignored extends Data.TaggedError("Ignored")<{ readonly reason: "duplicate" }> {}

/** Every verdict but *accepted*. */
export type NotAccepted = Refused | Malformed | Waiting | Ignored

/** The refusal that `clause` demands. */
export const refuse = (clause: Clause, detail: string): Refused => new Refused({ clause: clause.id, detail })

/** The verdict that an input is not what `clause` says a message looks like. */
export const malformed = (clause: Clause, where: string): Malformed => new Malformed({ clause: clause.id, where })
