import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import type { Layer } from "../../../spec/methods.ts"
import { times } from "../../../spec/mpenc/liveness.ts"
import { type Author, aCase, caseFile } from "../author.ts"
import { filled, repeated } from "../people.ts"
import { appearing, metadataOf, sharesOf, startedBy } from "./greeting-channel.ts"
import { identityKey, SessionChannel } from "./session-channel.ts"

const key = filled(1, 32)
const id = filled(2, 20)

/** 65,535 bytes of UTF-8, in half as many characters. */
const longest = `${"é".repeat(32_767)}x`

const heartbeat = { id, author: "bob", parents: [], readers: ["alice"], kind: "heartbeat" as const }

const made = (author: Author) =>
  author.accepts("liveness.make", { on: "alice", me: "alice", members: ["alice", "bob"], now: 0, seed: repeated("alice") })

/** What is no call of a method of the layer, between calls that are accepted. */
const noCallsOf: Partial<Record<Layer, (author: Author) => void>> = {
  "mpenc-records": (author) => {
    const record = { type: 1, value: "00" }
    author.accepts("mpenc-records.encode-records", { records: [record] })
    for (const change of [{ type: 65_536 }, { type: -1 }, { type: 0.5 }, { value: "0" }, { value: "AA" }, { length: 1 }])
      author.noCall("mpenc-records.encode-records", { records: [{ ...record, ...change }] })
    author.accepts("mpenc-records.sort", { names: [] })
    for (const names of [[""], ["a\nb"], ["a\u0085"], [7], "alice", null]) author.noCall("mpenc-records.sort", { names })
    author.noCall("mpenc-records.decode", { text: 7 })
    // Halves of a pair, also in the wrong order, and after an escaped backslash.
    for (const half of ["\ud800", "\udc00", "a\udbffb", "\udc00\ud800", "\ud83d\ud83d\ude00", "\\\ud800"]) {
      author.noCall("mpenc-records.decode", { text: half })
      author.noCall("mpenc-records.sort", { names: ["bob", half] })
      author.noCall("mpenc-records.encode", { packet: { type: "plain", content: half } })
    }
    for (const text of ["\ud83d\ude00", "\\ud800", "\ufffd"]) {
      author.gives("mpenc-records.decode", { text }, { packet: { type: "plain", content: text } })
      author.gives("mpenc-records.sort", { names: [text] }, { names: [text] })
    }
    author.noCall("mpenc-records.encode", { packet: { type: "letter" } })
    author.noCall("mpenc-records.signed-part", { packet: { type: "plain", content: "hello" } })
    author.gives("mpenc-records.sort", { names: ["bob", "alice"] }, { names: ["alice", "bob"] })
  },
  cliques: (author) => {
    const start = { me: "alice", others: ["bob"], contribution: key }
    author.accepts("cliques.start", start)
    for (const contribution of [key.slice(2), `${key}00`, "", null]) author.noCall("cliques.start", { ...start, contribution })
    author.noCall("cliques.multiply", { contributions: [], key: filled(1, 31) })
    author.noCall("cliques.derive", {})
    author.accepts("cliques.start", start)
  },
  aske: (author) => {
    const lists = { members: ["alice"], nonces: [key], publicKeys: [key] }
    author.accepts("aske.complete", lists)
    author.noCall("aske.complete", { ...lists, publicKeys: [filled(1, 33)] })
    author.noCall("aske.complete", { ...lists, sessionId: null })
    author.noCall("aske.authenticator", { ...lists, member: "alice" })
    author.accepts("aske.authenticator", { ...lists, sessionId: null, member: "alice" })
  },
  greeting: (author) => {
    const propose = { on: "alice", include: ["bob"], exclude: [], metadata: metadataOf(), shares: sharesOf("alice") }
    author.noCall("greeting.propose", propose)
    author.accepts("greeting.appear", appearing("alice", null))
    author.noCall("greeting.propose", { ...propose, on: "bob" })
    author.noCall("greeting.propose", { ...propose, metadata: null })
    author.noCall("greeting.propose", { ...propose, metadata: { ...metadataOf(), author: "alice" } })
    author.noCall("greeting.appear", { ...appearing("alice", null), repeatLists: 0 })
    const membership = startedBy(["alice", "bob"]).get("alice")!
    const { agreement, exchange } = membership
    const reversed = { ...agreement, members: agreement.members.toReversed() }
    author.noCall("greeting.appear", appearing("alice", { agreement: reversed, exchange, ephemeralSecretKey: key }))
    author.noCall("greeting.appear", appearing("carol", membership))
    author.noCall("greeting.appear", appearing("alice", { ...membership, agreement: { ...agreement, groupKey: null } }))
    author.noCall("greeting.appear", appearing("alice", { ...membership, exchange: { ...exchange, nonces: [key] } }))
    author.accepts("greeting.propose", propose)
  },
  messages: (author) => {
    const content = { parents: [id], body: { type: "heartbeat" as const }, padding: false }
    author.accepts("messages.encode-content", content)
    author.noCall("messages.encode-content", { ...content, parents: [id.slice(2)] })
    author.noCall("messages.encode-content", { ...content, body: { type: "heartbeat", text: "" } })
    author.noCall("messages.encode-content", { ...content, padding: 0 })
    for (const groupKey of [filled(1, 24), filled(1, 31), ""]) author.noCall("messages.subsession-hash", { sessionId: key, groupKey })
    author.accepts("messages.subsession-hash", { sessionId: "", groupKey: filled(1, 16) })
  },
  transcript: (author) => {
    author.noCall("transcript.query", { on: "alice" })
    author.noCall("transcript.make", { on: "alice", members: [] })
    author.accepts("transcript.make", { on: "alice", members: ["alice", "bob"] })
    author.noCall("transcript.splice", { on: "alice", latest: [] })
    author.noCall("transcript.receive-and-append", { on: "alice", message: { ...heartbeat, kind: "beat" } })
    author.noCall("transcript.receive-and-append", { on: "alice", message: { ...heartbeat, at: 0 } })
    author.accepts("transcript.receive-and-append", { on: "alice", message: heartbeat })
  },
  "server-order": (author) => {
    const packet = { sender: "alice", channel: [], text: "" }
    author.noCall("server-order.state", { on: "alice" })
    author.accepts("server-order.packet-id", { ...packet, sender: longest })
    author.noCall("server-order.packet-id", { ...packet, sender: `${longest}x` })
    author.noCall("server-order.chain-hash", { previous: null, id: key.toUpperCase().replaceAll("0", "A"), type: "leave" })
    author.noCall("server-order.chain-hash", { previous: null, id: key, type: "departure" })
    author.accepts("server-order.begin", { on: "alice", previousFinal: null })
    author.noCall("server-order.begin", { on: "alice" })
    author.noCall("server-order.packet-id", { ...packet, text: "\ud800" })
    author.noCall("server-order.departure-id", { initial: key, leavers: ["\udfff"], channel: [] })
    const metadata = { previousFinal: key, chainHash: key, author: "alice", latestMessages: [] }
    const summary = { id: filled(3, 32), metadata, ends: null, targets: ["alice"] }
    const offering = { on: "alice", me: "alice", summary, channel: ["alice"] }
    author.noCall("server-order.offer", { ...offering, summary: { ...summary, metadata: null } })
    author.noCall("server-order.offer", { ...offering, summary: { ...summary, ends: key } })
    author.gives("server-order.offer", offering, { initial: true, final: false })
  },
  liveness: (author) => {
    author.noCall("liveness.next", { on: "alice" })
    author.accepts("transcript.make", { on: "alice", members: null })
    const payload = { id: filled(3, 20), author: "bob", parents: [], readers: ["alice"], kind: "payload" as const }
    author.accepts("transcript.receive-and-append", { on: "alice", message: payload })
    author.accepts("transcript.begin", { on: "alice", members: ["alice"] })
    made(author)
    author.noCall("transcript.splice", { on: "alice", latest: [] })
    const line = { id: payload.id, author: "bob", parents: [], positions: [], marked: true }
    author.gives("transcript.query", { on: "alice" }, { heads: [], unacknowledged: [], log: [line] })
    for (const now of [-1, 0.5, times.latest + 1, "0", null]) author.noCall("liveness.tick", { on: "alice", now })
    author.accepts("liveness.receive", { on: "alice", message: heartbeat, now: 0 })
    author.gives(
      "liveness.tick",
      { on: "alice", now: times.latest },
      { actions: [{ type: "acknowledge" }, { type: "heartbeat" }, { type: "expired", member: "bob" }] },
    )
  },
  session: (author) => {
    author.noCall("session.look", { on: "alice" })
    const { options } = new SessionChannel(author, ["alice"])
    const alice = { on: "alice", me: "alice", identities: { secretKey: identityKey("alice"), known: [] }, seed: repeated("alice") }
    for (const change of [{ autoInclude: 2 }, { padding: true }, { cipherKeyBytes: 24 }, { latency: 1 }])
      author.noCall("session.make", { ...alice, options: { ...options, ...change } })
    for (const event of [
      { type: "entered" },
      { type: "left", members: [] },
      { type: "packet", sender: "alice" },
      { type: "kick", members: [] },
    ])
      author.noCall("session.receive", { on: "alice", event, now: 0 })
    for (const action of [
      { type: "send" },
      { type: "refresh", members: [] },
      { type: "include", members: [""] },
      { type: "include", members: ["\ud800"] },
      { type: "send", text: "\udead" },
      { type: "kick", members: [] },
    ])
      author.noCall("session.act", { on: "alice", action, now: 0 })
    for (const now of [-1, 2 ** 53, 0.5]) author.noCall("session.tick", { on: "alice", now })
    author.accepts("session.receive", { on: "alice", event: { type: "entered", members: ["alice"] }, now: 0 })
  },
  extensions: (author) => {
    const ratchet = { on: "alice", author: "alice", index: 0 }
    author.noCall("extensions.ratchet-key", ratchet)
    author.accepts("extensions.ratchet-begin", { on: "alice", groupKey: key, members: ["alice"] })
    for (const index of [-1, 2 ** 32, 0.5]) author.noCall("extensions.ratchet-key", { ...ratchet, index })
    const abort = { me: "alice", identityKey: key, members: ["alice"], operation: key, reason: "user" as const }
    for (const reason of ["time-out", 1, null]) author.noCall("extensions.abort", { ...abort, reason })
    author.accepts("extensions.abort", abort)
    author.accepts("extensions.ratchet-key", ratchet)
  },
  "send-queue": (author) => {
    author.noCall("send-queue.look", { on: "alice" })
    for (const sendLater of [2, true]) author.noCall("send-queue.begin", { on: "alice", me: "alice", sendLater })
    author.accepts("send-queue.begin", { on: "alice", me: "alice", sendLater: 0 })
    author.noCall("send-queue.drop", { on: "alice", number: 0.5 })
    author.noCall("send-queue.write", { on: "alice", text: "\ud800" })
    author.noCall("send-queue.note", { on: "alice", notices: [{ type: "acknowledged" }] })
    author.noCall("send-queue.note", { on: "alice", notices: [{ type: "not-decrypted", sender: "bob", size: -1 }] })
    author.accepts("send-queue.note", { on: "alice", notices: [] })
  },
}

/** What is no call, by layer. */
export default (Object.keys(noCallsOf) as ReadonlyArray<Layer>).map((layer) =>
  caseFile({ part: "mpenc", chapter: `no-calls-${layer}`, layer, flags: {} }, () => [
    aCase(
      `no-calls/${layer}`,
      { title: "What is no call is answered with an error, and changes nothing", clauses: [verdicts["no-call"]] },
      noCallsOf[layer]!,
    ),
  ]),
)
