/** One epoch of two members, whose bytes stand in the overview of the part. */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { decodeWire } from "../../../spec/conventions/encoding.ts"
import { type CommitValue, clauses as cascade } from "../../../spec/delivery-service/cascade.ts"
import { type Statement, statementInput } from "../../../spec/delivery-service/cooperation.ts"
import { clauses, DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { type Author, aCase, caseFile, type OutputOf } from "../author.ts"
import { repeated } from "../people.ts"

/** A line of the example: a value with its name, or a heading when there is no value. */
export interface Line {
  readonly name: string
  readonly value: string | null
}

const group = "66".repeat(16)

/** Plays the example; gives its lines. */
export const play = (author: Author): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  const heading = (name: string) => lines.push({ name, value: null })
  const line = (name: string, value: string) => lines.push({ name, value })

  /** The intermediate values with this name of the last step. */
  const traced = (name: string): ReadonlyArray<string> => {
    const { expect } = author.steps.at(-1)!
    const trace = expect.verdict === "accepted" ? (expect.trace ?? []) : []
    return trace.filter((one) => one.name === name).map(({ value }) => value)
  }
  const message = (digest: string): string => author.accepts("delivery-service.get", { digest }).message
  const said = (bytes: string): DeliveryMessage => Result.getOrThrow(decodeWire(DeliveryMessage, bytesOf(bytes)))
  const only = ({ send }: OutputOf<"delivery-service.receive">): string => {
    author.claim(send.length === 1, "one message")
    return send[0]!.message
  }

  const appear = (user: string): string => {
    const seed = repeated(user)
    line(`seed of ${user}`, seed)
    const { keyPackage } = author.accepts("delivery-service.appear", { on: user, user, seed, backEnd: "symbolic", number: 0 })
    line(`key package 0 of ${user}`, keyPackage)
    return keyPackage
  }

  const statements = (whose: ReadonlyArray<Statement>, signer: number, user: string) => {
    for (const one of whose) {
      if (one.signer !== signer) continue
      const content = { ...one, kind: one.type === "witness" ? 0 : 1, ref: bytesOf(one.ref) }
      line(
        `${one.type} number ${one.seq} of ${user}: what is signed`,
        Hex.encode(encodeCbor(statementInput(bytesOf(group), 1, 1, content))),
      )
      line(`${one.type} number ${one.seq} of ${user}: signature`, Hex.encode(one.signature))
    }
  }

  const bundle = (user: string, signer: number, digest: string): void => {
    const bytes = message(digest)
    const sent = said(bytes)
    const content = sent.type === "agreement" && sent.message.type === "bundle" ? sent.message : undefined
    author.claim(content !== undefined, "a BUNDLE")
    statements(content!.statements, signer, user)
    line(`AGREEMENT with the BUNDLE of ${user}`, bytes)
  }

  heading("Two users, and a group of one")
  appear("alice")
  const keyPackage = appear("bob")
  line("group", group)
  author.accepts("delivery-service.found", { on: "alice", group, sampleSize: 0 })

  heading("Epoch 0: alice adds bob; alone, it decides at once (chapters tree-kem, cascade)")
  author.accepts("delivery-service.propose", { on: "alice", proposing: { type: "add", keyPackage } })
  line("tree-kem.reference of the addition", traced("tree-kem.reference")[0]!)
  const added = author.accepts("delivery-service.commit", { on: "alice", references: null })
  const welcoming = added.send.map((one) => message(one.message)).find((bytes) => said(bytes).type === "welcoming")!
  line("WELCOME to bob", welcoming)
  const welcome = said(welcoming)
  author.claim(welcome.type === "welcoming", "a WELCOME")
  const joined = author.accepts("delivery-service.join", {
    on: "bob",
    welcome: welcome.type === "welcoming" ? Hex.encode(welcome.welcome) : "",
    sampleSize: 0,
  })
  const subscribe = only(joined)
  line("SUBSCRIBE of bob", message(subscribe))
  author.accepts("delivery-service.receive", { on: "alice", from: "bob", message: subscribe })

  heading("Epoch 1: bob proposes an update (chapters tree-kem, murmur)")
  const gossip = only(author.accepts("delivery-service.propose", { on: "bob", proposing: { type: "update" } }))
  const [reference, identity] = [traced("tree-kem.reference")[0]!, traced("murmur.identity")[0]!]
  line("GOSSIP of bob", message(gossip))
  line("tree-kem.reference of the update", reference)
  line("murmur.identity of the update", identity)
  const told = author.accepts("delivery-service.receive", { on: "alice", from: "bob", message: gossip })
  author.claim(told.events[0]?.type === "proposal", "alice is told of it")

  heading("alice commits it, and proposes the commit in the cascade (chapter cascade)")
  const committed = author.accepts("delivery-service.commit", { on: "alice", references: [reference] })
  const [secret, input] = [traced("tree-kem.secret").at(-1)!, traced("cascade.commit-input")[0]!]
  const first = said(message(only(committed)))
  const [value]: ReadonlyArray<CommitValue> = first.type === "agreement" && first.message.type === "bundle" ? first.message.commits : []
  line("commit", Hex.encode(value!.commit))
  line("tree-kem.secret of epoch 2", secret)
  line("cascade.commit-input of the commit value", input)
  line("signature of the commit value", Hex.encode(value!.signature))
  bundle("alice", 0, only(committed))

  heading("bob processes it for trial, and witnesses it; with alice's statement it is ready (chapter cooperation)")
  const answer = author.accepts("delivery-service.receive", { on: "bob", from: "alice", message: only(committed) })
  bundle("bob", 1, only(answer))

  heading("alice is ready too, and decides: two READYs, and no other value witnessed")
  const decided = author.accepts("delivery-service.receive", { on: "alice", from: "bob", message: only(answer) })
  author.claim(decided.events[0]?.type === "commit", "alice is told of the commit")
  const decision = only(decided)
  const sent = said(message(decision))
  if (sent.type === "decision" && sent.decide.evidence.type === "unique-commit") {
    for (const chain of sent.decide.evidence.certificate) {
      const signer = chain[0]!.signer
      line(
        `chain of ${signer === 0 ? "alice" : "bob"}: ${chain.map(({ type }) => type).join(", ")}`,
        chain.map(({ signature }) => Hex.encode(signature)).join(""),
      )
    }
  }
  line("DECISION", message(decision))

  heading("bob takes the DECISION: both are in epoch 2")
  author.accepts("delivery-service.receive", { on: "bob", from: "alice", message: decision })
  const views = ["alice", "bob"].map((on) => author.accepts("delivery-service.shows", { on }))
  author.claim(
    views.every(({ epoch, authenticator }) => epoch === 2 && authenticator === views[0]!.authenticator),
    "the same",
  )
  line("authenticator of epoch 2", views[0]!.authenticator)
  return lines
}

/** The layer "delivery-service". */
export default caseFile({ part: "delivery-service", chapter: "worked-example", layer: "delivery-service", flags: {} }, () => [
  aCase(
    "delivery-service/worked-example",
    { title: "One epoch of two members, with the bytes of the overview", clauses: [cascade["early-decision"], clauses["commit-first"]] },
    play,
  ),
])
