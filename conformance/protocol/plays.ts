/**
 * Plays: files of them, and the messages of `conclave-plays/1` by which an adapter takes part. The prose for authors of adapters is in
 * `conformance/README.md` and in the chapter "What can be observed".
 *
 * @module
 */
import { Schema } from "effect"

/** The name and version of the protocol of plays, as offered in `hello`. */
export const PLAYS_PROTOCOL = "conclave-plays/1"

const strict = { onExcessProperty: "error" } as const

const Id = Schema.String.check(Schema.isPattern(/^[a-z0-9][a-z0-9._~+-]*(\/[a-z0-9][a-z0-9._~+-]*)*$/u))

/** Members of a play are letters, and several of them are written as one text. */
const Handle = Schema.String.check(Schema.isPattern(/^[a-z]$/u))
const Handles = Schema.String.check(Schema.isPattern(/^[a-z]*$/u))

/** `3` is the third operation, `3>b` the answer of b to it, `3>b+` what b sends right after that. */
const MessageName = Schema.String.check(Schema.isPattern(/^[0-9]+(>[a-z]\+?)*$/u))

/** How the network changes what it hands on: one bit in the middle, the first half alone, the end twice, nothing. */
const Change = Schema.Literals(["bit", "cut", "longer", "empty"])
export type Change = typeof Change.Type

/** What of a message of key agreement is changed: the message for all, or the direct message, which can also be left out, or be that of another member. */
const DcgkaChange = Schema.Literals([
  ...Change.literals,
  "direct-bit",
  "direct-cut",
  "direct-longer",
  "direct-empty",
  "no-direct",
  "direct-of-another",
])
export type DcgkaChange = typeof DcgkaChange.Type

/** An application message, numbered as they are sealed. */
const SealedName = Schema.String.check(Schema.isPattern(/^m[1-9][0-9]*$/u))

/** A step: who does what, and the rest. */
export const PlayStep = Schema.Union([
  Schema.Tuple([Handle, Schema.Literals(["create", "add", "remove"]), Handles]),
  Schema.Tuple([Handle, Schema.Literal("update")]),
  Schema.Tuple([Handle, Schema.Literals(["views", "copy"]), Handles]),
  Schema.TupleWithRest(Schema.Tuple([Handle, Schema.Literals(["takes", "again", "early", "overhears", "steals"]), MessageName]), [
    MessageName,
  ]),
  Schema.Tuple([Handle, Schema.Literal("seals"), SealedName]),
  Schema.TupleWithRest(Schema.Tuple([Handle, Schema.Literals(["opens", "refuses"]), SealedName]), [SealedName]),
  Schema.Tuple([Handle, Schema.Literal("changed"), DcgkaChange, Schema.Union([MessageName, SealedName])]),
])
export type PlayStep = typeof PlayStep.Type

/** What is to be seen of a message: for whom it has direct messages, who takes its sender's secret, and for whom it would have direct messages by the paper as printed. */
const Expected = Schema.Struct({
  to: Schema.optionalKey(Handles),
  read: Schema.optionalKey(Handles),
  /** Its sender has no secret by it. */
  silent: Schema.optionalKey(Schema.Literal(true)),
  printed: Schema.optionalKey(Schema.Record(Schema.String, Handles)),
})
export type Expected = typeof Expected.Type

const scene = {
  /** The user of each member. */
  cast: Schema.Record(Handle, Schema.String),
  steps: Schema.Array(PlayStep),
  messages: Schema.Record(MessageName, Expected),
}

const Play = Schema.Struct({
  id: Id,
  title: Schema.NonEmptyString,
  clauses: Schema.Array(Schema.String),
  /** Options of the adapter without which the play is skipped. */
  needs: Schema.Array(Schema.String),
  ...scene,
  /** The members at the end, and those who are none, by member whose present secret they never had. */
  end: Schema.Struct({ members: Handles, apart: Schema.Record(Handle, Handles) }),
})
/** A play. */
export type Play = typeof Play.Type

/** The form of a file of plays. All of them begin with the opening. */
export const PlayFile = Schema.Struct({
  format: Schema.Literal(PLAYS_PROTOCOL),
  part: Schema.Literal("dcgka"),
  set: Schema.String,
  opening: Schema.Struct(scene),
  plays: Schema.Array(Play),
})
export type PlayFile = typeof PlayFile.Type

/** The number of a message of a play of MLS. */
const Numeral = Schema.String.check(Schema.isPattern(/^[0-9]+$/u))

/** An epoch: the number of its commit, or 0; 0x is the one of x alone, who founds another group. */
const EpochName = Schema.String.check(Schema.isPattern(/^([0-9]+|0[a-z])$/u))

/** A step of a play of MLS. Messages are numbered in the order in which they are sent. */
export const MlsStep = Schema.Union([
  Schema.Tuple([Handle, Schema.Literals(["founds", "updates", "seals"])]),
  Schema.Tuple([Handle, Schema.Literals(["adds", "removes", "copy"]), Handle]),
  Schema.Tuple([Handle, Schema.Literals(["joins", "leaves"]), Numeral]),
  Schema.Tuple([Handle, Schema.Literal("changed"), Change, Numeral]),
  Schema.TupleWithRest(Schema.Tuple([Handle, Schema.Literal("commits")]), [Numeral]),
  Schema.TupleWithRest(Schema.Tuple([Handle, Schema.Literals(["admits", "processes", "opens", "refuses", "steals"]), Numeral]), [Numeral]),
])
export type MlsStep = typeof MlsStep.Type

const mlsScene = {
  cast: Schema.Record(Handle, Schema.String),
  steps: Schema.Array(MlsStep),
  /** Epochs by their names: how many came before, and who is a member. */
  epochs: Schema.Record(EpochName, Schema.Struct({ number: Schema.Int, members: Handles })),
}

const MlsPlay = Schema.Struct({
  id: Id,
  title: Schema.NonEmptyString,
  clauses: Schema.Array(Schema.String),
  needs: Schema.Array(Schema.String),
  ...mlsScene,
  /** The last epoch, and who must never have had its secrets. */
  end: Schema.Struct({ epoch: EpochName, apart: Handles }),
})
/** A play of MLS. */
export type MlsPlay = typeof MlsPlay.Type

/** The form of a file of plays of MLS. */
export const MlsPlayFile = Schema.Struct({
  format: Schema.Literal(PLAYS_PROTOCOL),
  part: Schema.Literal("mls"),
  set: Schema.String,
  opening: Schema.Struct(mlsScene),
  plays: Schema.Array(MlsPlay),
})
export type MlsPlayFile = typeof MlsPlayFile.Type

/** What is begun in a round of a play of mpENC, in the order in which the channel takes it. A text is what is said. */
const MpencAct = Schema.Union([
  Schema.Tuple([Handle, Schema.Literals(["joins", "refreshes", "parts", "leaves"])]),
  Schema.Tuple([Handle, Schema.Literals(["includes", "excludes"]), Handles]),
  Schema.Tuple([Handle, Schema.Literal("says"), Schema.NonEmptyString]),
])
export type MpencAct = typeof MpencAct.Type

/**
 * A round, and what is to be seen after it: who is in the session, whether it is another one than before, who is in the channel, and who was shown each
 * text. Who is `changed` gets each packet of others changed, before it gets it.
 */
const MpencRound = Schema.Struct({
  acts: Schema.Array(MpencAct),
  changed: Schema.optionalKey(Schema.Record(Handle, Change)),
  session: Handles,
  another: Schema.Boolean,
  channel: Handles,
  shown: Schema.Record(Schema.String, Handles),
})
export type MpencRound = typeof MpencRound.Type

const mpencScene = { cast: Schema.Record(Handle, Schema.String), steps: Schema.Array(MpencRound) }

const MpencPlay = Schema.Struct({
  id: Id,
  title: Schema.NonEmptyString,
  clauses: Schema.Array(Schema.String),
  needs: Schema.Array(Schema.String),
  ...mpencScene,
})
/** A play of mpENC. */
export type MpencPlay = typeof MpencPlay.Type

/** The form of a file of plays of mpENC. */
export const MpencPlayFile = Schema.Struct({
  format: Schema.Literal(PLAYS_PROTOCOL),
  part: Schema.Literal("mpenc"),
  set: Schema.String,
  opening: Schema.Struct(mpencScene),
  plays: Schema.Array(MpencPlay),
})
export type MpencPlayFile = typeof MpencPlayFile.Type

/** A file of plays of any part. */
export const AnyPlayFile = Schema.Union([PlayFile, MlsPlayFile, MpencPlayFile])
export type AnyPlayFile = typeof AnyPlayFile.Type

const readDcgkaFile = Schema.decodeUnknownSync(PlayFile, strict)
const readMlsFile = Schema.decodeUnknownSync(MlsPlayFile, strict)
const readMpencFile = Schema.decodeUnknownSync(MpencPlayFile, strict)

/** Reads a file of plays. Throws an Error that says which key is wrong. */
export const readPlayFile = (file: unknown): AnyPlayFile => {
  const part = (file as { readonly part?: unknown } | null)?.part
  if (part === "mls") return readMlsFile(file)
  return part === "mpenc" ? readMpencFile(file) : readDcgkaFile(file)
}

const Label = Schema.String.check(Schema.isMaxLength(200))

/** The result of `hello`: what the adapter wraps, and what of it can be played. */
export const AdapterHello = Schema.Struct({
  protocol: Label,
  name: Label,
  version: Label,
  language: Label,
  url: Schema.optionalKey(Label),
  commit: Schema.optionalKey(Label),
  /** The parts of the specification whose plays it takes part in. */
  parts: Schema.Array(Label).check(Schema.isMaxLength(100)),
  options: Schema.Array(Label).check(Schema.isMaxLength(100)),
  /** Which bytes it writes: adapters with the same name for them can sit in one play. */
  wire: Label,
})
export type AdapterHello = typeof AdapterHello.Type

export const readAdapterHello = Schema.decodeUnknownSync(AdapterHello, strict)

const SentOut = Schema.Struct({
  message: Schema.String,
  directs: Schema.Array(Schema.Struct({ member: Schema.String, user: Schema.String, direct: Schema.String })),
  secret: Schema.NullOr(Schema.String),
})
/** What an adapter says that a member sends. */
export type SentOut = typeof SentOut.Type

const sent = { sent: Schema.Array(SentOut) }

/** Readers of the outputs of methods. Each throws an Error that says which key is wrong. */
export const readNothing = Schema.decodeUnknownSync(Schema.Struct({}), strict)
export const readCard = Schema.decodeUnknownSync(Schema.Struct({ card: Schema.String }), strict)
export const readSends = Schema.decodeUnknownSync(Schema.Struct(sent), strict)
export const readSealed = Schema.decodeUnknownSync(Schema.Struct({ message: Schema.String }), strict)
export const readOpened = Schema.decodeUnknownSync(Schema.Struct({ text: Schema.String }), strict)
export const readProcessed = Schema.decodeUnknownSync(Schema.Struct({ ...sent, secret: Schema.NullOr(Schema.String) }), strict)
export const readView = Schema.decodeUnknownSync(
  Schema.Struct({ me: Schema.NullOr(Schema.String), members: Schema.Array(Schema.Struct({ member: Schema.String, user: Schema.String })) }),
  strict,
)

const Text = Schema.String
const Nothing = Schema.NullOr(Text)

/** Readers of the outputs of the methods of MLS. */
export const readMls = {
  card: readCard,
  proposal: Schema.decodeUnknownSync(Schema.Struct({ proposal: Text }), strict),
  commit: Schema.decodeUnknownSync(Schema.Struct({ commit: Text, welcome: Nothing }), strict),
  process: Schema.decodeUnknownSync(Schema.Struct({ removed: Schema.Boolean }), strict),
  message: readSealed,
  text: readOpened,
  info: Schema.decodeUnknownSync(Schema.Struct({ info: Text }), strict),
  view: Schema.decodeUnknownSync(
    Schema.Struct({
      me: Nothing,
      epoch: Schema.NullOr(Schema.Int),
      members: Schema.Array(Schema.Struct({ member: Text, user: Text })),
      authenticator: Nothing,
      exported: Nothing,
    }),
    strict,
  ),
} as const
export type MlsView = ReturnType<typeof readMls.view>

const Texts = Schema.Array(Text)

const MpencStepped = Schema.Struct({
  requests: Schema.Array(
    Schema.Union([
      Schema.Struct({ type: Schema.Literal("send"), text: Text }),
      Schema.Struct({ type: Schema.Literals(["enter", "leave"]) }),
      Schema.Struct({ type: Schema.Literals(["let-in", "kick"]), members: Texts }),
    ]),
  ),
  shown: Schema.Array(Schema.Struct({ author: Text, text: Text })),
  warnings: Texts,
  due: Schema.NullOr(Schema.Natural),
})
/** What came of a step of a session. */
export type MpencStepped = typeof MpencStepped.Type

/** Readers of the outputs of the methods of mpENC. */
export const readMpenc = {
  stepped: Schema.decodeUnknownSync(MpencStepped, strict),
  view: Schema.decodeUnknownSync(Schema.Struct({ members: Texts, secret: Nothing }), strict),
} as const
