/**
 * What the book is made of, as data: the first half of the weaver reads the project and writes this, the second half makes pages of it
 * and opens no source.
 *
 * @module
 */
import { Schema } from "effect"

const Texts = Schema.Array(Schema.String)

/** Lines of a file, from 1, both included. */
const Span = Schema.Struct({ file: Schema.String, from: Schema.Natural, to: Schema.Natural })
export type Span = typeof Span.Type

const Step = Schema.Struct({
  id: Schema.String,
  number: Schema.Natural,
  text: Schema.String,
  /** The lines of the reference that do the step; of a step that is cited nowhere, none. */
  at: Schema.NullOr(Span),
  /** The declaration in which these lines stand. */
  within: Schema.String,
})
export type Step = typeof Step.Type

const Operation = Schema.Struct({ id: Schema.String, name: Schema.String, steps: Schema.Array(Step) })
export type Operation = typeof Operation.Type

const Clause = Schema.Struct({
  id: Schema.String,
  level: Schema.Literals(["MUST", "SHOULD", "MAY"]),
  kind: Schema.Literals(["check", "rule"]),
  text: Schema.String,
  source: Schema.String,
  shownBy: Schema.NullOr(Schema.String),
  /** The steps whose sentences name it. */
  steps: Texts,
  accepted: Texts,
  refused: Texts,
  mutants: Texts,
  /** Theorems about it, as `spec/proofs/File.v#theorem`. */
  provedBy: Texts,
})
export type Clause = typeof Clause.Type

const Definition = Schema.Struct({ name: Schema.String, exported: Schema.Boolean, markdown: Schema.String, at: Span })

const Block = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("prose"), markdown: Schema.String }),
  Schema.Struct({ kind: Schema.Literal("clauses") }),
  Schema.Struct({ kind: Schema.Literal("operations") }),
  Schema.Struct({ kind: Schema.Literal("promises") }),
  Schema.Struct({ kind: Schema.Literal("definition"), ...Definition.fields }),
  Schema.Struct({ kind: Schema.Literal("wire"), ...Definition.fields, cddl: Schema.String, rule: Schema.String }),
])
export type Block = typeof Block.Type

const Chapter = Schema.Struct({
  /** The file below spec/, without its ending. */
  id: Schema.String,
  part: Schema.String,
  file: Schema.String,
  title: Schema.String,
  /** What the identifiers of its clauses and steps begin with; null where there are none. */
  name: Schema.NullOr(Schema.String),
  blocks: Schema.Array(Block),
  clauses: Schema.Array(Clause),
  operations: Schema.Array(Operation),
})
export type Chapter = typeof Chapter.Type

const Promised = { id: Schema.String, part: Schema.String, text: Schema.String, against: Texts, witnesses: Texts }
const Guarantee = Schema.Struct({ ...Promised, clauses: Texts })
export type Guarantee = typeof Guarantee.Type
const Limit = Schema.Struct({ ...Promised, scenario: Schema.String })
export type Limit = typeof Limit.Type

const Mutant = Schema.Struct({
  name: Schema.String,
  does: Schema.String,
  breaks: Schema.String,
  caughtBy: Schema.String,
  file: Schema.String,
  replace: Schema.String,
  by: Schema.String,
})
export type Mutant = typeof Mutant.Type

const CaseEntry = Schema.Struct({
  id: Schema.String,
  layer: Schema.String,
  part: Schema.String,
  file: Schema.String,
  title: Schema.String,
  level: Schema.String,
  clauses: Texts,
  twin: Schema.NullOr(Schema.String),
})
export type CaseEntry = typeof CaseEntry.Type

const Field = Schema.Struct({ name: Schema.String, type: Schema.String })
const Method = Schema.Struct({
  name: Schema.String,
  layer: Schema.String,
  text: Schema.String,
  draws: Schema.Boolean,
  params: Schema.Array(Field),
  output: Schema.Array(Field),
})
export type Method = typeof Method.Type

const Message = { type: Schema.String, name: Schema.String }
const Secret = Schema.NullOr(Schema.String)

const RunEvent = Schema.Struct({
  /** The number of the step in the case, from 0. */
  index: Schema.Natural,
  lane: Schema.Number,
  method: Schema.String,
  verdict: Schema.String,
  clause: Schema.NullOr(Schema.String),
  /** The user who is added, or the member who is removed. */
  about: Schema.NullOr(Schema.String),
  takes: Schema.NullOr(Schema.Struct(Message)),
  /** The event, by its position, that sent what is taken. */
  from: Schema.NullOr(Schema.Natural),
  /** Whether a direct message comes with it. */
  direct: Schema.Boolean,
  sends: Schema.Array(Schema.Struct({ ...Message, directs: Schema.Natural })),
  /** The first bytes of the update secrets that it gives. */
  senderSecret: Secret,
  ownSecret: Secret,
  removed: Schema.Boolean,
  members: Schema.NullOr(Texts),
  /** Whether it is a change that is concurrent to another. */
  concurrent: Schema.Boolean,
})
export type RunEvent = typeof RunEvent.Type

const Run = Schema.Struct({ id: Schema.String, title: Schema.String, lanes: Texts, events: Schema.Array(RunEvent) })
export type Run = typeof Run.Type

const TalkEvent = Schema.Struct({
  /** The number of the step in the case, from 0; of what the server does, none. */
  index: Schema.NullOr(Schema.Natural),
  lane: Schema.Number,
  /** What it is: somebody acts, takes, hears of the channel or is called by a timer; or the server puts a packet into its place. */
  kind: Schema.Literals(["act", "take", "hear", "timer", "place"]),
  /** The colour of its line, by what is sent. */
  colour: Schema.Literals(["create", "update", "add", "remove", "ack"]),
  says: Schema.String,
  sends: Texts,
  tells: Texts,
  /** The event, by its position, that sent what is taken. */
  from: Schema.NullOr(Schema.Natural),
  verdict: Schema.String,
  clause: Schema.NullOr(Schema.String),
  /** Whether nothing comes of it that is to be seen. */
  quiet: Schema.Boolean,
})
export type TalkEvent = typeof TalkEvent.Type

const Talk = Schema.Struct({ id: Schema.String, title: Schema.String, lanes: Texts, events: Schema.Array(TalkEvent) })
export type Talk = typeof Talk.Type

const Theorem = Schema.Struct({ at: Schema.String, says: Schema.String, clauses: Texts })
const Section = Schema.Struct({ title: Schema.String, markdown: Schema.String })

const Code = Schema.Struct({ path: Schema.String, text: Schema.String })

/** The book. */
export const Book = Schema.Struct({
  format: Schema.Literal("conclave-book/1"),
  version: Schema.String,
  chapters: Schema.Array(Chapter),
  adversaries: Schema.Record(Schema.String, Schema.String),
  guarantees: Schema.Array(Guarantee),
  limits: Schema.Array(Limit),
  mutants: Schema.Array(Mutant),
  layers: Texts,
  cases: Schema.Array(CaseEntry),
  methods: Schema.Array(Method),
  /** Cases that are shown as pictures. */
  runs: Schema.Array(Run),
  /** Cases of sessions and of the delivery service that are shown as pictures. */
  talks: Schema.Array(Talk),
  /** The theorems; and what is modelled of which part and what is not, as Markdown. */
  proofs: Schema.Struct({ theorems: Schema.Array(Theorem), about: Schema.String }),
  /** How runner and ports talk. */
  protocol: Schema.Array(Section),
  /** The chapters and the reference, whole. */
  files: Schema.Array(Code),
})
export type Book = typeof Book.Type

/** The book that parsed JSON is. Throws an error that says which key is wrong. */
export const readBook = Schema.decodeUnknownSync(Book, { onExcessProperty: "error" })
