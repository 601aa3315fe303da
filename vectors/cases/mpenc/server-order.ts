import { Effect } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { encodePacket } from "../../../reference/mpenc/records.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { type GreetingPacket, type GreetType, greetTypes } from "../../../spec/mpenc/records.ts"
import { type ChannelEvent, chainTypes, clauses, operationsOf, type ServerOrder, type Summary } from "../../../spec/mpenc/server-order.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { filled, hexOf } from "../people.ts"
import { greetingOf, outlinesOf } from "./packets.ts"

const idOf = (name: string) => hexOf(name.padEnd(32, "."))

const parent = idOf("the first final")
const channel = ["alice", "bob", "carol"]

/** A packet of the line: its id, and its type. */
type Linked = readonly [id: string, type: keyof typeof chainTypes]

const sha256 = (...parts: ReadonlyArray<string | Iterable<number>>): string =>
  Hex.encode(nodePrimitives.sha256(Uint8Array.from(parts.flatMap((part) => [...(typeof part === "string" ? bytesOf(part) : part)]))))

/** The chain hash after these packets, for those who have begun with the first parent. */
const hashAfter = (line: ReadonlyArray<Linked>): string =>
  line.reduce((hash, [id, type]) => sha256(hash, id, chainTypes[type]), sha256(parent, [0xff]))

interface Initial {
  readonly targets?: ReadonlyArray<string>
  readonly after?: string
  readonly isFinal?: boolean
  /** The line before it. */
  readonly line?: ReadonlyArray<Linked>
}

/** An operation in two packets that is in the line. */
const done: ReadonlyArray<Linked> = [
  [idOf("X"), "initial"],
  [idOf("F"), "final"],
]

const initial = (name: string, { targets = channel, after = parent, isFinal = false, line = [] }: Initial = {}): Summary => ({
  id: idOf(name),
  metadata: { previousFinal: after, chainHash: hashAfter(line), author: "alice", latestMessages: [] },
  ends: isFinal ? idOf(name) : null,
  targets,
})

const final = (name: string, ends: string, targets = channel): Summary => ({ id: idOf(name), metadata: null, ends: idOf(ends), targets })

const begin = (author: Author, previousFinal: string | null = parent) =>
  author.accepts("server-order.begin", { on: "alice", previousFinal })

const offering = (summary: Summary, inChannel = channel) => ({ on: "alice", me: "alice", summary, channel: inChannel })

const offer = (author: Author, summary: Summary, inChannel = channel) => author.accepts("server-order.offer", offering(summary, inChannel))

const stateOf = (author: Author): ServerOrder => author.accepts("server-order.state", { on: "alice" }).state as unknown as ServerOrder

const departing = (leaver: string, left: ReadonlyArray<string>) => ({ on: "alice", leavers: [leaver], channel: left, session: channel })

/** What a line is, by the definition. */
const claimLine = (author: Author, events: ReadonlyArray<ChannelEvent>) => {
  const { initials, finals, line } = stateOf(author)
  const departure = (of: string, leavers: ReadonlyArray<string>, left: ReadonlyArray<string>) =>
    author.accepts("server-order.departure-id", { initial: of, leavers, channel: left }).id
  const expected = operationsOf(parent, events, departure)
  const got = initials.map(({ id }, index) => ({ initial: id, final: finals[index + 1] ?? null }))
  author.claim(JSON.stringify(got) === JSON.stringify(expected), "the operations are those of the definition")
  return line
}

const names: ReadonlyArray<Case> = [
  aCase(
    "server-order/packet-id",
    { title: "The packet id depends on sender, others and text, and not on their order", clauses: [clauses["packet-id"]] },
    (author) => {
      const right = { sender: "alice", channel, text: "?mpENC:AAEAAQEAAgABAQ==." }
      const { id } = author.accepts("server-order.packet-id", right)
      author.gives("server-order.packet-id", { ...right, channel: ["carol", "alice", "bob"] }, { id })
      author.gives("server-order.packet-id", { ...right, channel: ["carol", "bob"] }, { id })
      const others = [
        { sender: "bob" },
        { channel: ["alice", "bob"] },
        { channel: ["alice"] },
        { text: "?mpENC:." },
        { channel: ["alice", "bobcarol"] },
      ]
      const ids = others.map((change) => author.accepts("server-order.packet-id", { ...right, ...change }).id)
      author.claim(new Set([id, ...ids]).size === others.length + 1, "all differ")
    },
  ),
  aCase("server-order/sorted-names", { title: "Names are sorted by their UTF-8 bytes", clauses: [clauses["packet-id"]] }, (author) => {
    const { id } = author.accepts("server-order.packet-id", {
      sender: "alice",
      channel: ["zoë", "Zoe", "\uffee", "\u{1f600}", "zo", "é"],
      text: "x",
    })
    author.gives(
      "server-order.packet-id",
      { sender: "alice", channel: ["\u{1f600}", "é", "Zoe", "zo", "zoë", "\uffee"], text: "x" },
      { id },
    )
  }),
  aCase("server-order/departure-id", { title: "The id of a departure", clauses: [clauses["packet-id"]] }, (author) => {
    const right = { initial: idOf("X"), leavers: ["carol", "bob"], channel: ["alice"] }
    const { id } = author.accepts("server-order.departure-id", right)
    author.gives("server-order.departure-id", { ...right, leavers: ["bob", "carol"] }, { id })
    const others = [{ initial: idOf("Y") }, { leavers: ["bob"] }, { channel: ["alice", "dave"] }, { channel: [] }]
    const ids = others.map((change) => author.accepts("server-order.departure-id", { ...right, ...change }).id)
    author.claim(new Set([id, ...ids]).size === others.length + 1, "all differ")
  }),
  aCase("server-order/chain-hash", { title: "The chain hash, by type", clauses: [clauses["chain-hash"]] }, (author) => {
    const { chainHash: first } = author.accepts("server-order.chain-hash", { previous: null, id: parent, type: "initial" })
    const types = ["initial", "final", "both", "leave"] as const
    const hashes = types.map((type) => author.accepts("server-order.chain-hash", { previous: first, id: idOf("X"), type }).chainHash)
    author.claim(new Set([first, ...hashes]).size === 5, "all differ")
  }),
]

const key = (byte: number) => new Uint8Array(32).fill(byte)

/** A greeting packet of Alice's, as short as its type allows. */
const packet = (
  greetType: GreetingPacket["greetType"],
  members: ReadonlyArray<string>,
  isInitial: boolean,
  keys: number,
  nonces: number,
): string => {
  const isUpflow = greetType === "include-initial" || greetType === "start-initial"
  const greeting: GreetingPacket = {
    type: "greeting",
    signature: new Uint8Array(64).fill(1),
    greetType,
    source: "alice",
    destination: isUpflow ? members.at(greetType === "start-initial" ? 1 : nonces)! : null,
    members,
    intermediateKeys: Array.from({ length: keys }, (_, index) =>
      greetType === "start-initial" && index === 0 ? new Uint8Array() : key(index + 2),
    ),
    nonces: Array.from({ length: nonces }, (_, index) => key(index + 20)),
    publicKeys: Array.from({ length: nonces }, (_, index) => key(index + 40)),
    metadata: isInitial ? { previousFinal: filled(60, 32), chainHash: filled(61, 32), latestMessages: [filled(62, 20)] } : null,
    sessionSignature: isUpflow || greetType === "refresh-initial" ? null : new Uint8Array(64).fill(2),
  }
  return Effect.runSync(encodePacket(greeting))
}

const classes: ReadonlyArray<Case> = [
  aCase(
    "server-order/peek",
    { title: "The classes of greeting packets, and the summaries of initial ones", clauses: [clauses.first] },
    (author) => {
      const id = idOf("X")
      const expected: ReadonlyArray<readonly [string, string, boolean]> = [
        [packet("start-initial", ["alice", "bob"], true, 2, 1), "initial", false],
        [packet("include-initial", ["alice", "bob", "carol"], true, 3, 2), "initial", false],
        [packet("exclude-initial", ["alice", "bob"], true, 2, 2), "initial", false],
        [packet("exclude-initial", ["alice"], true, 1, 1), "initial-and-final", true],
        [packet("refresh-initial", ["alice", "bob"], true, 2, 0), "initial-and-final", true],
        [packet("exclude-confirm", ["alice", "bob"], false, 0, 0), "maybe-final", false],
        [packet("start-confirm", ["alice", "bob"], false, 0, 0), "maybe-final", false],
        ["hello", "none", false],
      ]
      for (const [text, kind, isFinal] of expected) {
        const peeked = author.accepts("server-order.peek", { text, id })
        author.claim(peeked.class === kind, `the class is ${kind}`)
        const summary = peeked.summary as unknown as Summary | null
        author.claim((summary === null) === !kind.startsWith("initial"), "initial packets have a summary")
        author.claim(summary === null || (summary.ends === id) === isFinal, "a packet that is final too ends itself")
      }
    },
  ),
]

const allClasses = (): Case =>
  aCase("server-order/peek-each", { title: "The class of a packet of each greet type", clauses: [clauses.first] }, (author) => {
    for (const greetType of Object.keys(greetTypes) as ReadonlyArray<GreetType>) {
      const { text } = author.accepts("mpenc-records.encode", { packet: greetingOf(outlinesOf(greetType, 4)[0]!) })
      const stage = greetType.slice(greetType.indexOf("-") + 1)
      const initialClass = greetType === "refresh-initial" ? "initial-and-final" : "initial"
      const kind = stage === "initial" ? initialClass : stage === "confirm" ? "maybe-final" : "none"
      author.claim(author.accepts("server-order.peek", { text, id: idOf("X") }).class === kind, `${greetType}: ${kind}`)
    }
  })

const lines: ReadonlyArray<Case> = [
  aCase("server-order/operation", { title: "An operation in two packets", clauses: Object.values(clauses) }, (author) => {
    begin(author)
    author.gives("server-order.offer", offering(initial("X")), { initial: true, final: false })
    author.gives("server-order.offer", offering(final("F", "X")), { initial: false, final: true })
    const line = claimLine(
      author,
      [initial("X"), final("F", "X")].map((summary) => ({ type: "packet", summary, channel })),
    )
    author.claim(line.length === 3 && line[1]!.unconfirmed.join() === channel.join(), "each target has yet to confirm each packet")
    for (const [index, type] of (["initial", "final"] as const).entries())
      author.gives(
        "server-order.chain-hash",
        { previous: line[index]!.chainHash, id: line[index + 1]!.id, type },
        { chainHash: line[index + 1]!.chainHash },
      )
  }),
  aCase(
    "server-order/one-packet",
    { title: "An operation in one packet, and another after it", clauses: [clauses.first, clauses["chain-hash"]] },
    (author) => {
      begin(author)
      author.gives("server-order.offer", offering(initial("R", { isFinal: true })), { initial: true, final: true })
      author.gives("server-order.offer", offering(initial("S", { isFinal: true, after: idOf("R"), line: [[idOf("R"), "both"]] })), {
        initial: true,
        final: true,
      })
      const line = stateOf(author).line
      author.gives(
        "server-order.chain-hash",
        { previous: line[1]!.chainHash, id: line[2]!.id, type: "both" },
        { chainHash: line[2]!.chainHash },
      )
    },
  ),
  aCase(
    "server-order/first-wins",
    {
      title: "Two begin at once: the first in the channel is accepted. Two end it at once: likewise",
      clauses: [clauses.first, clauses.idle],
    },
    (author) => {
      begin(author)
      offer(author, initial("X"))
      author.refuses(clauses.idle, "server-order.offer", offering(initial("Y")))
      offer(author, final("F", "X"))
      author.refuses(clauses.running, "server-order.offer", offering(final("A", "X")))
      author.refuses(clauses.parent, "server-order.offer", offering(initial("Y")))
      const events = [initial("X"), initial("Y"), final("F", "X"), final("A", "X"), initial("Y")]
      claimLine(
        author,
        events.map((summary) => ({ type: "packet", summary, channel })),
      )
    },
  ),
  aCase("server-order/replay", { title: "A packet that was accepted is ignored", clauses: [clauses.first] }, (author) => {
    begin(author)
    offer(author, initial("X"))
    author.ignores("server-order.offer", offering(initial("X")))
    offer(author, final("F", "X"))
    author.ignores("server-order.offer", offering(final("F", "X")))
    author.ignores("server-order.offer", offering(initial("X")))
  }),
  aCase(
    "server-order/departure",
    {
      title: "A target leaves during the operation: it has failed, and the next one follows the departure",
      clauses: [clauses.departure, clauses["packet-id"], clauses["chain-hash"]],
    },
    (author) => {
      begin(author)
      author.gives("server-order.depart", departing("carol", ["alice", "bob"]), { final: false })
      offer(author, initial("X", { targets: ["alice", "bob"] }))
      author.gives("server-order.depart", departing("carol", ["alice", "bob"]), { final: false })
      author.gives("server-order.depart", departing("bob", ["alice"]), { final: true })
      const left = { initial: idOf("X"), leavers: ["bob"], channel: ["alice"] }
      const { id } = author.accepts("server-order.departure-id", left)
      const { line, finals } = stateOf(author)
      author.claim(finals[1] === id && line[2]!.unconfirmed.join() === "alice,carol", "the departure is the final packet")
      author.gives("server-order.chain-hash", { previous: line[1]!.chainHash, id, type: "leave" }, { chainHash: line[2]!.chainHash })
      author.refuses(clauses.running, "server-order.offer", offering(final("F", "X")))
      const before: ReadonlyArray<Linked> = [
        [idOf("X"), "initial"],
        [id, "leave"],
      ]
      author.gives("server-order.offer", offering(initial("Y", { after: id, targets: ["alice"], line: before })), {
        initial: true,
        final: false,
      })
    },
  ),
  aCase(
    "server-order/newcomer",
    {
      title: "A newcomer joins by the first initial packet that includes it, and takes parent and chain hash from it",
      clauses: [clauses.newcomer, clauses.synced],
    },
    (author) => {
      begin(author, null)
      author.refuses(clauses.synced, "server-order.offer", offering(final("F", "W")))
      author.gives("server-order.depart", departing("bob", ["alice", "carol"]), { final: false })
      author.gives("server-order.offer", offering(initial("X", { targets: ["bob", "carol"], after: idOf("old") })), {
        initial: false,
        final: false,
      })
      author.gives("server-order.offer", offering(initial("Z", { after: idOf("F") })), { initial: true, final: false })
      const { line, refusedParents, finals } = stateOf(author)
      author.claim(refusedParents === null && finals.join() === idOf("F"), "synced")
      author.claim(line[0]!.id === idOf("F") && line[0]!.chainHash === hashAfter([]), "with what the packet says")
    },
  ),
  aCase(
    "server-order/newcomer-too-late",
    {
      title: "A newcomer does not join by a packet that the others refuse, for they have accepted one with the same parent",
      clauses: [clauses.newcomer],
    },
    (author) => {
      begin(author, null)
      author.gives("server-order.offer", offering(initial("X", { targets: ["bob", "carol"] })), { initial: false, final: false })
      author.gives("server-order.offer", offering(initial("Y")), { initial: false, final: false })
      author.claim(stateOf(author).refusedParents?.join() === parent, "still not synced")
    },
  ),
  aCase(
    "server-order/two-parents-refused",
    {
      title: "A newcomer has noted two parents: it joins by a packet with neither of them, whichever came first, and by one with a third",
      clauses: [clauses.newcomer],
    },
    (author) => {
      begin(author, null)
      const parents = ["old", "older"].map(idOf)
      const noted = { initial: false, final: false }
      for (const [index, after] of parents.entries())
        author.gives("server-order.offer", offering(initial(`X${index}`, { targets: ["bob", "carol"], after })), noted)
      for (const [index, after] of parents.entries()) author.gives("server-order.offer", offering(initial(`Y${index}`, { after })), noted)
      author.claim(stateOf(author).refusedParents?.join() === parents.join(), "each is noted once, in this order")
      author.gives("server-order.offer", offering(initial("Z")), { initial: true, final: false })
    },
  ),
]

const refused = (
  id: string,
  clause: Parameters<typeof twins>[1],
  title: string,
  before: ReadonlyArray<Summary>,
  right: Summary,
  wrong: Summary,
) =>
  twins(`server-order/${id}`, clause, title, (author) => {
    begin(author)
    for (const one of before) offer(author, one)
    return fork("server-order.offer", offering(right), { summary: wrong })
  })

const refusals: ReadonlyArray<Case> = [
  ...twins(
    "server-order/target-absent",
    clauses["target-present"],
    "A target has left the channel before the initial packet came",
    (author) => {
      begin(author)
      return fork("server-order.offer", offering(initial("X")), { channel: ["alice", "bob"] })
    },
  ),
  ...twins("server-order/not-synced", clauses.synced, "A final packet for a newcomer", (author) => {
    begin(author, null)
    return fork("server-order.offer", offering(initial("X")), { summary: final("F", "X") })
  }),
  ...refused("running-already", clauses.idle, "An initial packet while an operation runs", [initial("X")], final("F", "X"), initial("Y")),
  ...refused(
    "stale",
    clauses.parent,
    "An initial packet with the parent of the operation before",
    [initial("X"), final("F", "X")],
    initial("Y", { after: idOf("F"), line: done }),
    initial("Y"),
  ),
  ...refused(
    "other-chain",
    clauses["same-chain"],
    "An initial packet with the right parent and the chain hash of another line",
    [initial("X"), final("F", "X")],
    initial("Y", { after: idOf("F"), line: done }),
    initial("Y", { after: idOf("F"), line: [[idOf("F"), "both"]] }),
  ),
  ...refused("nothing-to-end", clauses.running, "A final packet while nothing runs", [], initial("X"), final("F", "X")),
  ...refused(
    "other-operation",
    clauses["same-operation"],
    "A final packet of another operation",
    [initial("X")],
    final("F", "X"),
    final("F", "Y"),
  ),
]

const first: ReadonlyArray<Case> = [
  aCase(
    "server-order/no-targets",
    { title: "A packet without targets is none", clauses: [clauses.first, verdicts["no-call"]] },
    (author) => {
      begin(author)
      author.noCall("server-order.offer", offering(initial("X", { targets: [] })))
      author.gives("server-order.offer", offering(initial("X", { targets: ["alice"] })), { initial: true, final: false })
    },
  ),
  aCase(
    "server-order/first-fault",
    {
      title: "Packets with two faults each: the checks are made in their order; of several who leave, one is a target",
      clauses: [...Object.values(clauses).filter(({ kind }) => kind === "check"), clauses.departure],
    },
    (author) => {
      const refuses = (clause: Parameters<Author["refuses"]>[0], summary: Summary, inChannel = channel) =>
        author.refuses(clause, "server-order.offer", offering(summary, inChannel))
      begin(author, null)
      refuses(clauses["target-present"], initial("X"), ["alice", "bob"])
      author.claim(stateOf(author).refusedParents?.length === 0, "nothing is noted")
      begin(author)
      refuses(clauses.running, final("F", "Y"))
      offer(author, initial("X"))
      refuses(clauses["target-present"], initial("Y"), ["alice", "bob"])
      refuses(clauses.idle, initial("Y", { after: idOf("Z") }))
      offer(author, final("F", "X"))
      refuses(clauses.parent, initial("Y", { after: idOf("Z") }))
      refuses(clauses["same-chain"], initial("Y", { after: idOf("F") }))
      offer(author, initial("Y", { after: idOf("F"), line: done }))
      refuses(clauses["same-operation"], final("G", "X"))
      const { final: failed } = author.accepts("server-order.depart", {
        ...{ on: "alice", leavers: ["dave", "carol"], channel: ["alice", "bob"] },
        session: [...channel, "dave"],
      })
      author.claim(failed, "the operation has failed")
      author.claim(stateOf(author).line.at(-1)!.unconfirmed.join() === "alice,bob", "those who are left have yet to confirm it")
    },
  ),
]

/** The layer "server-order". */
export default caseFile({ part: "mpenc", chapter: "server-order", layer: "server-order", flags: {} }, () => [
  ...names,
  ...classes,
  allClasses(),
  ...lines,
  ...refusals,
  ...first,
])
