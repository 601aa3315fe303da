import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { clauses as aske } from "../../../spec/mpenc/aske.ts"
import { clauses as extensions } from "../../../spec/mpenc/extensions.ts"
import { clauses as greeting } from "../../../spec/mpenc/greeting.ts"
import { clauses } from "../../../spec/mpenc/session.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { filled, flipped, repeated } from "../people.ts"
import { altering, insiderOf } from "./insider.ts"
import { publicKeyOf } from "./people.ts"
import { begun, identityKey, SessionChannel } from "./session-channel.ts"

const stages = (channel: SessionChannel, name: string): ReadonlyArray<string> =>
  channel.told(name, "operation").map((notice) => (notice.type === "operation" ? notice.stage : ""))

const read = (channel: SessionChannel, name: string): ReadonlyArray<string> =>
  channel.told(name, "message").map((notice) => (notice.type === "message" ? notice.text : ""))

const warnings = (channel: SessionChannel, name: string): ReadonlyArray<string> =>
  channel.told(name, "security").map((notice) => (notice.type === "security" ? `${notice.clause} ${notice.member}` : ""))

/** Alice, Bob and Carol are in the channel. */
const three = (author: Author): SessionChannel => {
  const channel = new SessionChannel(author, ["alice", "bob", "carol"])
  for (const name of channel.names) channel.enter(name)
  return channel
}

/** Whether an abort with this reason was sent by `name`. */
const hasAborted = (channel: SessionChannel, name: string, reason: number): boolean =>
  channel.packets.some(
    ({ sender, text }) => sender === name && Buffer.from(text.slice(7, -1), "base64").includes(Buffer.of(3, 5, 0, 1, reason)),
  )

const insiders: ReadonlyArray<Case> = [
  aCase(
    "session/insider-splits-the-key",
    {
      title:
        "The last member of a start gives Alice and Bob different group keys: the operation succeeds, no message is read across, all who wrote are told, and nobody takes anything for good",
      clauses: [clauses["waiting-packets"], clauses.atomic],
    },
    (author) => {
      const channel = three(author)
      // Bob's intermediate key, multiplied once more: his group key is another one, and so known to Carol only.
      altering(author, channel, "carol", "start-downflow", ({ intermediateKeys, members }, to) => {
        const place = members.indexOf("bob")
        const other = Hex.encode(nodePrimitives.x25519(bytesOf(filled(9, 32)), bytesOf(intermediateKeys[place]!))!)
        return to === "bob" ? { intermediateKeys: intermediateKeys.with(place, other) } : {}
      })
      channel.want("alice", { type: "include", members: ["bob", "carol"] })
      const seen = new Set(["alice", "bob", "carol"].map((name) => channel.look(name).state))
      author.claim(seen.size === 1 && seen.has("joined"), "the operation has succeeded for all three")
      channel.tamper = (event) => [event]
      channel.want("alice", { type: "send", text: "from Alice" })
      channel.want("bob", { type: "send", text: "from Bob" })
      channel.run(30_000)
      author.claim(
        read(channel, "bob").join() === "from Bob" && read(channel, "alice").join() === "from Alice",
        "neither reads the other's",
      )
      for (const name of ["alice", "bob"]) {
        author.claim(channel.told(name, "not-acknowledged").length === 1, `${name} is told that it was not acknowledged`)
        author.claim(channel.told(name, "not-decrypted").length > 0, `and that there is something that ${name} cannot read`)
        author.claim(channel.told(name, "acknowledged").length === 0, "nothing is taken for acknowledged")
      }
    },
  ),
  aCase(
    "session/insider-lies-about-a-nonce",
    {
      title:
        "The last member of a start changes Bob's nonce in the lists: Alice, who can prove it, aborts, Bob only refuses it, and no session begins",
      clauses: [clauses.atomic, extensions["abort-verification"], aske.acknowledgement],
    },
    (author) => {
      const channel = three(author)
      altering(author, channel, "carol", "start-downflow", ({ nonces, members }) => ({
        nonces: nonces.with(members.indexOf("bob"), filled(3, 32)),
      }))
      channel.want("alice", { type: "include", members: ["bob", "carol"] })
      author.claim(warnings(channel, "alice").join() === `${aske.acknowledgement.id} carol`, "Alice is warned of Carol")
      author.claim(warnings(channel, "bob").length === 0, "for Bob it could be a packet of an earlier operation")
      author.claim(hasAborted(channel, "alice", 3) && !hasAborted(channel, "bob", 3), "Alice aborts with the reason 03")
      for (const name of ["alice", "bob", "carol"]) author.claim(stages(channel, name).at(-1) === "failed", `it has failed for ${name}`)
    },
  ),
  aCase(
    "session/wrong-identity",
    {
      title: "A member acknowledges by another identity key: the operation is aborted, and the others can begin again without it",
      clauses: [extensions["abort-verification"], clauses.atomic, aske.acknowledgement],
    },
    (author) => {
      const channel = three(author)
      altering(author, channel, "carol", "start-downflow", ({ sessionSignature }) => ({ sessionSignature: flipped(sessionSignature!, 40) }))
      channel.want("alice", { type: "include", members: ["bob", "carol"] })
      author.claim(warnings(channel, "alice").length === 1 && warnings(channel, "bob").length === 1, "both are warned, once")
      author.claim(stages(channel, "alice").at(-1) === "failed", "it has failed")
      channel.tamper = (event) => [event]
      channel.want("alice", { type: "include", members: ["bob"] })
      author.claim(channel.look("bob").members.length === 2, "Alice and Bob have a session")
    },
  ),
  aCase(
    "session/key-of-another-zero",
    {
      title: "The last member of a start makes Bob's intermediate key one of small order: Alice sees it too, and the operation is aborted",
      clauses: [extensions["abort-verification"], suite["x25519-zero"], clauses.atomic],
    },
    (author) => {
      const channel = three(author)
      altering(author, channel, "carol", "start-downflow", ({ intermediateKeys, members }) => ({
        intermediateKeys: intermediateKeys.with(members.indexOf("bob"), filled(0, 32)),
      }))
      channel.want("alice", { type: "include", members: ["bob", "carol"] })
      for (const name of ["alice", "bob"])
        author.claim(warnings(channel, name).join() === `${suite["x25519-zero"].id} carol`, `${name} is warned of Carol`)
      author.claim(hasAborted(channel, "alice", 3), "Alice aborts with the reason 03")
      for (const name of channel.names) author.claim(stages(channel, name).at(-1) === "failed", `it has failed for ${name}`)
    },
  ),
  aCase(
    "session/unknown-newcomer",
    {
      title:
        "Bob does not know the identity key of Dave, who is included with Erin: he does not confirm Erin's lists, and all agree that it failed",
      clauses: [greeting.identity, extensions["abort-verification"], clauses.atomic],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob", "dave", "erin"])
      const known = ["alice", "erin"].map((member) => ({ member, publicKey: publicKeyOf(identityKey(member)) }))
      author.accepts("session.make", {
        ...{ on: "bob", me: "bob", options: channel.options, seed: repeated("bob session ") },
        identities: { secretKey: identityKey("bob"), known },
      })
      for (const name of ["alice", "bob"]) channel.enter(name)
      channel.want("alice", { type: "include", members: ["bob"] })
      for (const name of ["dave", "erin"]) channel.enter(name)
      channel.want("alice", { type: "include", members: ["dave", "erin"] })
      author.claim(warnings(channel, "bob").join() === `${greeting.identity.id} dave`, "Bob is told of Dave")
      author.claim(hasAborted(channel, "bob", 3), "he aborts")
      for (const name of ["alice", "bob"]) author.claim(stages(channel, name).at(-1) === "failed", `it has failed for ${name}`)
      author.claim(channel.look("alice").chainHash === channel.look("bob").chainHash, "they have one chain hash")
    },
  ),
  aCase(
    "session/not-excluded-after-all",
    {
      title: "An operation that excludes Carol is aborted: she is a member as before, writes, and does not leave when its time has come",
      clauses: [clauses.atomic, clauses.expelled],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.ignored.add("bob")
      channel.want("alice", { type: "exclude", members: ["carol"] })
      author.claim(channel.look("carol").state === "parting", "she is to be excluded")
      channel.want("alice", { type: "abort" })
      channel.ignored.clear()
      author.claim(channel.look("carol").state === "joined", "she is not any more")
      channel.want("carol", { type: "send", text: "still here" })
      author.claim(read(channel, "alice").join() === "still here", "Alice reads her")
      channel.run(300_000)
      author.claim(channel.members.includes("carol"), "and she has not left")
    },
  ),
  aCase(
    "session/insider-lies-without-contradiction",
    {
      title:
        "Dave, who is included, changes Bob's nonce in the lists, and acknowledges the changed lists: Bob does not confirm, and the operation is aborted as late",
      clauses: [greeting["own-share"], extensions["abort-late"], clauses.atomic],
    },
    (author) => {
      const channel = begun(author, ["bob"], ["dave"])
      channel.enter("dave")
      altering(author, channel, "dave", "include-downflow", ({ nonces, members, publicKeys }) => {
        const lists = { members, publicKeys, nonces: nonces.with(members.indexOf("bob"), filled(3, 32)) }
        const { signature } = author.accepts("aske.acknowledge", {
          ...lists,
          sessionId: null,
          me: "dave",
          identitySecretKey: identityKey("dave"),
        })
        return { nonces: lists.nonces, sessionSignature: signature }
      })
      channel.want("alice", { type: "include", members: ["dave"] })
      author.claim(stages(channel, "alice").at(-1) === "started", "it does not end")
      author.claim(
        channel.look("bob").members.join() === "alice,bob" || channel.look("bob").members.join() === "bob,alice",
        "and nothing changes",
      )
      channel.run(50_000)
      for (const name of ["alice", "bob"]) author.claim(stages(channel, name).at(-1) === "failed", `it has failed for ${name}`)
      author.claim(hasAborted(channel, "alice", 2), "Alice has aborted it")
      author.claim(channel.look("alice").chainHash === channel.look("bob").chainHash, "they have one chain hash")
    },
  ),
  aCase(
    "session/unknown-identity",
    {
      title: "Alice does not know Carol's identity key: she aborts the operation, and is told why",
      clauses: [extensions["abort-verification"], greeting.identity],
    },
    (author) => {
      const channel = new SessionChannel(author, ["alice", "bob", "carol"])
      author.accepts("session.make", {
        on: "alice",
        me: "alice",
        identities: { secretKey: identityKey("alice"), known: [{ member: "bob", publicKey: publicKeyOf(identityKey("bob")) }] },
        options: channel.options,
        seed: repeated("alice session "),
      })
      for (const name of channel.names) channel.enter(name)
      channel.want("alice", { type: "include", members: ["bob", "carol"] })
      author.claim(warnings(channel, "alice")[0] === `${greeting.identity.id} carol`, "Alice is told")
      author.claim(hasAborted(channel, "alice", 3) && stages(channel, "bob").at(-1) === "failed", "it has failed for all")
    },
  ),
  aCase(
    "extensions/late-confirm",
    {
      title:
        "A confirm of an operation that was aborted meanwhile comes during the next one: it does not count, nobody is warned, and the next one succeeds",
      clauses: [extensions["abort-verification"], aske.acknowledgement, clauses.atomic],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("alice", { type: "exclude", members: ["carol"] }, false)
      channel.step("alice")
      // Bob's consistency message and his confirm are on their way.
      channel.want("alice", { type: "abort" }, false)
      for (const _ of [1, 2]) channel.step("alice")
      author.claim(stages(channel, "alice").at(-1) === "failed", "it is aborted")
      channel.want("alice", { type: "exclude", members: ["carol"] }, false)
      while (channel.waiting.some(([name]) => name === "alice")) channel.step("alice")
      channel.settle()
      for (const name of ["alice", "bob"]) {
        author.claim(stages(channel, name).at(-1) === "succeeded", `the next one has succeeded for ${name}`)
        author.claim(warnings(channel, name).length === 0, "and nobody is warned")
      }
      author.claim(channel.look("alice").chainHash === channel.look("bob").chainHash, "they have one chain hash")
    },
  ),
  aCase(
    "session/author-tells-different-things",
    {
      title: "A member tells Alice one thing and Carol another: neither is acknowledged by all, and both are warned",
      clauses: [clauses["waiting-packets"], clauses.resent],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      const { groupKey, sessionId, ephemeralSecretKey } = insiderOf("bob", channel.packets)
      const parents: ReadonlyArray<string> = []
      const seal = (text: string, byte: number) =>
        author.accepts("messages.seal", {
          ...{ sessionId, groupKey, ephemeralSecretKey, parents },
          body: { type: "payload", text },
          iv: filled(byte, 12),
          cipherKeyBytes: 16,
          padding: true,
        }).text
      author.claim(channel.show("alice", SessionChannel.packet("bob", seal("for Alice", 1))), "Alice takes it")
      author.claim(channel.show("carol", SessionChannel.packet("bob", seal("for Carol", 2))), "Carol takes it")
      channel.run(60_000, ["alice", "carol"])
      author.claim(read(channel, "alice").join() === "for Alice" && read(channel, "carol").join() === "for Carol", "each has read one")
      for (const name of ["alice", "carol"]) {
        author.claim(channel.told(name, "not-acknowledged").length > 0, `${name} is told that it was not acknowledged`)
      }
    },
  ),
]

const rules: ReadonlyArray<Case> = [
  aCase(
    "session/included-before-it-left",
    {
      title:
        "Carol was excluded and is still in the channel; the server has shown Bob that she left and came back, and he includes her: she is kicked, and the operation fails (IAL)",
      clauses: [clauses.strangers, clauses.atomic],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("alice", { type: "exclude", members: ["carol"] })
      author.claim(channel.members.includes("carol"), "she is still there")
      author.claim(channel.show("bob", { type: "leave", members: ["carol"] }), "Bob sees her leave")
      author.claim(channel.show("bob", { type: "enter", members: ["carol"] }), "and enter")
      channel.want("bob", { type: "include", members: ["carol"] }, false)
      channel.step()
      author.claim(
        channel.waiting.some(([who, request]) => who === "alice" && request.type === "kick" && request.members.join() === "carol"),
        "Alice has her kicked",
      )
      channel.settle()
      author.claim(!channel.members.includes("carol"), "she is gone")
      for (const name of ["alice", "bob"]) {
        author.claim(stages(channel, name).slice(-2).join() === "started,failed", `the operation has failed for ${name}`)
        author.claim(channel.look(name).members.length === 2, `and ${name} has the session of before`)
      }
      author.claim(channel.look("alice").chainHash === channel.look("bob").chainHash, "they have one chain hash")
    },
  ),
  aCase(
    "session/two-in-a-row",
    {
      title:
        "Two operations in a row: the subsession before the first ends before its payload is acknowledged, which is told; who was excluded with it is kicked",
      clauses: [clauses["previous-ends"], clauses.excluded],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("alice", { type: "send", text: "the last words" })
      channel.ignored.add("carol")
      channel.want("bob", { type: "exclude", members: ["carol"] })
      author.claim(channel.told("alice", "ended").length === 0 && channel.members.includes("carol"), "the first has not ended yet")
      channel.want("bob", { type: "refresh" })
      const [lost] = channel.told("alice", "not-acknowledged")
      author.claim(
        lost?.type === "not-acknowledged" && lost.last && lost.by.join() === "carol",
        "Alice is told that Carol did not acknowledge it",
      )
      const [ended] = channel.told("alice", "ended")
      author.claim(ended?.type === "ended" && !ended.good, "and that the subsession did not end well")
      author.claim(!channel.members.includes("carol"), "and Carol is kicked")
      author.claim(read(channel, "bob").join() === "the last words", "which were read all the same")
    },
  ),
  aCase(
    "session/parting-meanwhile",
    {
      title: "Carol parts while a refresh is on its way: she parts from the new subsession too, and the others exclude her",
      clauses: [clauses.parting],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.want("bob", { type: "refresh" }, false)
      channel.want("carol", { type: "part" })
      author.claim(channel.look("carol").state === "parting", "she wants to leave")
      channel.run(30_000)
      author.claim(channel.look("carol").state === "parted" && !channel.members.includes("carol"), "she has left")
      author.claim(channel.look("alice").members.join() === "alice,bob", "and is excluded")
      author.claim(channel.told("alice", "not-acknowledged", "security").length === 0, "nobody was alarmed")
    },
  ),
  ...(["confirm", "abort"] as const).map((first) =>
    aCase(
      `extensions/final-and-abort-${first}-first`,
      {
        title: `Bob's last confirm and Alice's abort are on their way at once; the ${first} is taken first, and that is how the operation ends for all`,
        clauses: [extensions["abort-operation"], extensions["abort-form"], clauses.atomic],
      },
      (author) => {
        const channel = begun(author, ["bob", "carol"])
        channel.want("alice", { type: "exclude", members: ["carol"] }, false)
        channel.step("alice")
        channel.want("alice", { type: "abort" }, false)
        // A consistency message comes before each of them.
        const order = first === "confirm" ? ["bob", "bob", "alice", "alice"] : ["alice", "alice", "bob", "bob"]
        for (const name of order) channel.step(name)
        channel.settle()
        const end = first === "confirm" ? "succeeded" : "failed"
        for (const name of ["alice", "bob"]) author.claim(stages(channel, name).at(-1) === end, `it has ${end} for ${name}`)
        author.claim(channel.look("alice").chainHash === channel.look("bob").chainHash, "they have one chain hash")
        author.claim(channel.look("alice").members.length === (first === "confirm" ? 2 : 3), "and one membership")
      },
    ),
  ),
  aCase(
    "session/all-at-once",
    {
      title: "Two operations, an abort, one who enters, one who leaves and a message, all on their way at once: one line, one membership",
      clauses: [clauses.atomic, clauses.strangers, clauses.absent],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"], ["dave", "erin"])
      channel.enter("dave")
      channel.want("alice", { type: "include", members: ["dave"] }, false)
      channel.want("bob", { type: "exclude", members: ["carol"] }, false)
      channel.want("carol", { type: "send", text: "hello" }, false)
      channel.step("alice")
      channel.want("bob", { type: "abort" }, false)
      channel.enter("erin", false)
      channel.step("bob")
      channel.leave("dave", false)
      channel.settle()
      author.claim(new Set(["alice", "bob", "carol"].map((name) => channel.look(name).chainHash)).size === 1, "one chain hash")
      for (const name of ["alice", "bob", "carol"])
        author.claim([...channel.look(name).members].sort().join() === "alice,bob,carol", `${name} has the membership of before`)
      author.claim(read(channel, "alice").join() === "hello" && read(channel, "bob").join() === "hello", "the message is read")
      author.claim(channel.told("alice", "security", "not-decrypted").length === 0, "and nobody is warned")
    },
  ),
  aCase(
    "extensions/abort-leaving",
    {
      title: "A target parts while an operation runs: it aborts the operation with the reason 04, and leaves",
      clauses: [extensions["abort-leaving"], clauses.parting],
    },
    (author) => {
      const channel = begun(author, ["bob", "carol"])
      channel.ignored.add("bob")
      channel.want("alice", { type: "exclude", members: ["carol"] })
      channel.ignored.clear()
      channel.want("alice", { type: "part" })
      author.claim(hasAborted(channel, "alice", 4), "Alice aborts")
      author.claim(
        ["alice", "bob", "carol"].every((name) => stages(channel, name).includes("failed")),
        "it has failed for all",
      )
      channel.run(90_000)
      author.claim(channel.look("alice").state === "parted", "she has left")
      author.claim(
        channel.look("bob").members.join() === "bob,carol" || channel.look("bob").members.join() === "carol,bob",
        "the others stay",
      )
    },
  ),
  aCase("extensions/abort-reasons", { title: "The four reasons of an abort", clauses: [extensions["abort-form"]] }, (author) => {
    const texts = (["user", "late", "verification", "leaving"] as const).map(
      (reason) =>
        author.accepts("extensions.abort", {
          me: "alice",
          identityKey: filled(1, 32),
          members: ["alice", "bob"],
          operation: filled(2, 32),
          reason,
        }).text,
    )
    const bytes = texts.map((text) => Buffer.from(text.slice(7, -1), "base64").toString("hex"))
    author.claim(
      bytes.every((hex, index) => hex.includes(`03050001${filled(index + 1, 1)}`)),
      "01 to 04",
    )
  }),
]

/** The layer "extensions": members and servers that do what honest ones do not, and what happens at bad times. */
export default caseFile({ part: "mpenc", chapter: "session-adversaries", layer: "extensions", flags: {} }, () => [...insiders, ...rules])
