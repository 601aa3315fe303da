import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import type { Layer } from "../../../spec/methods.ts"
import { type Author, aCase, caseFile } from "../author.ts"
import { appear, filled, repeated } from "../people.ts"

const group = filled(0x11, 16)
const alice = filled(0xa1, 16)
const bob = filled(0xb0, 16)

const user = { user: "alice", seed: repeated("alice") }

/** What is no call of a method of the layer, between calls that are accepted. */
const noCallsOf: Partial<Record<Layer, (author: Author) => void>> = {
  encoding: (author) => {
    const member = { group, user: "carol", adder: null, seq: 0 }
    author.accepts("encoding.decode", { type: "notes", bytes: "80" })
    for (const bytes of ["8", "8 0", "0x80", "AA", 80, null, undefined]) author.noCall("encoding.decode", { type: "notes", bytes })
    author.noCall("encoding.decode", { type: "note", bytes: "80" })
    author.noCall("encoding.decode", { type: "notes", bytes: "80", strict: true })
    author.noCall("encoding.decode", {})
    const head = { seq: 1, digest: filled(1, 32), withheld: null }
    author.accepts("encoding.encode", { type: "notes", value: { [alice]: head } })
    for (const value of [[], { [alice]: { ...head, more: 1 } }, { [alice]: { seq: 1 } }, { [alice]: { ...head, seq: 0 } }, { alice: head }])
      author.noCall("encoding.encode", { type: "notes", value })
    author.accepts("identifiers.member", member)
    for (const seq of [0.5, -1, 2 ** 53, "0"]) author.noCall("identifiers.member", { ...member, seq })
    for (const name of ["", "carol o", "c".repeat(65), "caról"]) author.noCall("identifiers.member", { ...member, user: name })
    for (const adder of [alice.slice(2), `${alice}00`, alice.toUpperCase(), undefined])
      author.noCall("identifiers.member", { ...member, adder })
    author.accepts("identifiers.member", member)
  },
  primitives: (author) => {
    const draw = { seed: repeated("alice"), label: "a label", length: 4 }
    author.accepts("primitives.draw", draw)
    for (const label of ["läbel", "a\tlabel"]) author.noCall("primitives.draw", { ...draw, label })
    for (const length of [-1, 1.5, 2 ** 53]) author.noCall("primitives.draw", { ...draw, length })
    author.accepts("primitives.draw", draw)
  },
  "key-bundles": (author) => {
    for (const on of ["", "a b", "a".repeat(65), 7, undefined]) author.noCall("keys.generate", { on, ...user })
    author.noCall("keys.generate", { on: "alice", user: "alice" })
    author.noCall("keys.publish", { on: "alice" })
    author.accepts("keys.generate", { on: "a".repeat(64), ...user })
    appear(author, "alice")
    author.noCall("keys.publish", { on: "bob" })
    author.noCall("keys.learn", { on: "alice", bundle: "", now: -1 })
    author.accepts("keys.publish", { on: "alice" })
  },
  channel: (author) => {
    appear(author, "alice")
    const channel = { on: "alice", group, me: alice, peer: bob, peerUser: "bob" }
    author.noCall("channel.send", { on: "alice", payload: "", outer: "" })
    author.noCall("channel.receive", { on: "alice", message: "", outer: "" })
    author.noCall("channel.open", { ...channel, on: "bob" })
    author.noCall("channel.open", { ...channel, peer: bob.slice(2) })
    author.accepts("channel.open", channel)
    author.noCall("channel.send", { on: "alice", payload: "" })
    author.waits({ bundle: "bob" }, "channel.send", { on: "alice", payload: "", outer: "" })
  },
  ratchet: (author) => {
    const right = { state: filled(0, 32), input: "", group, member: alice }
    author.accepts("ratchet.update", right)
    for (const member of [alice.slice(2), `${alice}00`, null]) author.noCall("ratchet.update", { ...right, member })
    author.accepts("ratchet.update", right)
  },
  membership: (author) => {
    const create = { type: "create", sender: alice, seq: 1, members: [alice, bob] } as const
    author.accepts("membership.members", { operations: [create] })
    for (const change of [{ seq: 0 }, { seq: 2 ** 32 }, { members: [] }, { type: "update" }, { group }])
      author.noCall("membership.members", { operations: [{ ...create, ...change }] })
    author.noCall("membership.view", { operations: [create], member: alice })
    author.accepts("membership.view", { operations: [create], member: alice, seq: 1 })
  },
  "key-agreement": (author) => {
    author.noCall("group.create", { on: "alice", users: [] })
    appear(author, "alice")
    author.noCall("group.create", { on: "bob", users: [] })
    author.noCall("group.create", { on: "alice", users: "bob" })
    author.noCall("group.create", { on: "alice", users: ["b o b"] })
    author.accepts("group.create", { on: "alice", users: [] })
  },
  broadcast: (author) => {
    author.noCall("broadcast.create", { on: "alice", users: [] })
    appear(author, "alice")
    author.accepts("broadcast.create", { on: "alice", users: [] })
    author.noCall("broadcast.flush", { on: "bob" })
    author.noCall("broadcast.receive", { on: "alice", envelope: "F6" })
    author.accepts("broadcast.flush", { on: "alice" })
  },
  application: (author) => {
    const begin = { on: "alice", seq: 1, updateSecret: repeated("secret") }
    appear(author, "alice")
    author.noCall("application.begin-own", begin)
    author.accepts("application.start", { on: "alice", group, me: alice, seed: repeated("alice") })
    for (const seq of [0, -1, 2 ** 32]) author.noCall("application.begin-own", { ...begin, seq })
    author.noCall("application.begin-own", { ...begin, seq: 0, updateSecret: "00" })
    author.refuses(suite.length, "application.begin-own", { ...begin, updateSecret: "00" })
    author.accepts("application.begin-own", begin)
  },
  messaging: (author) => {
    appear(author, "alice")
    author.noCall("messenger.publish", { on: "alice" })
    author.accepts("messenger.generate", { on: "alice", ...user, delay: false, heal: false })
    author.noCall("messenger.generate", { on: "alice", ...user, delay: 0, heal: false })
    author.noCall("messenger.create", { on: "bob", users: [] })
    author.noCall("messenger.update", { on: "alice", group: group.slice(2) })
    author.accepts("messenger.create", { on: "alice", users: [] })
  },
}

/** What is no call, by layer. */
export default (Object.keys(noCallsOf) as ReadonlyArray<Layer>).map((layer) =>
  caseFile({ part: "dcgka", chapter: `no-calls-${layer}`, layer, flags: {} }, () => [
    aCase(
      `no-calls/${layer}`,
      { title: "What is no call is answered with an error, and changes nothing", clauses: [verdicts["no-call"]] },
      noCallsOf[layer]!,
    ),
  ]),
)
