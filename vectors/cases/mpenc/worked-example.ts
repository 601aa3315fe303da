/**
 * The example of the overview of mpENC: from the keys of two members to a message that is read. The case has the steps, the chapter the bytes.
 *
 * @module
 */

import { clauses as aske } from "../../../spec/mpenc/aske.ts"
import { clauses as cliques } from "../../../spec/mpenc/cliques.ts"
import { clauses } from "../../../spec/mpenc/messages.ts"
import { aCase, type Case } from "../author.ts"
import { filled, hexOf } from "../people.ts"
import { type Calls, GreetingChannel, greetingIn, sharesOf } from "./greeting-channel.ts"
import { people, publicKeyOf, secretOf } from "./people.ts"

/** A line of the example: what a value is, and the value, in hex or as a text; a line without a value is a heading. */
export interface Line {
  readonly name: string
  readonly value: string | null
}

const iv = filled(0x17, 12)
const body = { type: "payload" as const, text: "hello" }

/** Plays the example. Gives its lines. */
export const play = (calls: Calls): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  const heading = (name: string) => lines.push({ name, value: null })
  const put = (name: string, value: string) => lines.push({ name, value })
  const members = people(2)
  heading("What Alice and Bob have, and draw")
  for (const member of members) {
    const { contribution, nonce, ephemeralSecretKey } = sharesOf(member, 1)
    put(`${member}: identity secret key`, secretOf(member, "identity"))
    put(`${member}: identity public key`, publicKeyOf(secretOf(member, "identity")))
    put(`${member}: contribution x`, contribution)
    put(`${member}: nonce`, nonce)
    put(`${member}: ephemeral secret key`, ephemeralSecretKey)
    put(`${member}: ephemeral public key`, publicKeyOf(ephemeralSecretKey))
  }
  const [alice, bob] = [sharesOf("alice", 1), sharesOf("bob", 1)]
  const multiply = (key: string, ...contributions: ReadonlyArray<string>) =>
    calls.accepts("cliques.multiply", { key, contributions }).product
  heading("Key agreement (chapter cliques)")
  const ofAlice = multiply("", alice.contribution)
  const ofBob = multiply("", bob.contribution)
  const secret = multiply(ofAlice, bob.contribution)
  put("x_alice G", ofAlice)
  put("x_bob G", ofBob)
  put("group secret: x_bob x_alice G", secret)
  const { groupKey } = calls.accepts("cliques.derive", { secret })
  put("group key", groupKey)
  heading("Signature key exchange (chapter aske)")
  const lists = {
    members,
    nonces: [alice.nonce, bob.nonce],
    publicKeys: [alice, bob].map(({ ephemeralSecretKey }) => publicKeyOf(ephemeralSecretKey)),
  }
  const { sessionId } = calls.accepts("aske.complete", lists)
  put("session id", sessionId)
  put("authenticator of bob", calls.accepts("aske.authenticator", { ...lists, sessionId: null, member: "bob" }).authenticator)
  put(
    "SESSION_SIGNATURE of bob",
    calls.accepts("aske.acknowledge", { ...lists, sessionId: null, me: "bob", identitySecretKey: secretOf("bob", "identity") }).signature,
  )
  heading("The packets of the start (chapter greeting), in the order of the channel")
  const channel = new GreetingChannel(calls, members)
  channel.propose("alice", { include: ["bob"] })
  channel.run()
  for (const { sender, text } of channel.log) put(`${sender}: ${greetingIn(text).greetType}`, `"${text}"`)
  heading("A message of Alice, with no parents and without padding (chapter messages)")
  const { hash } = calls.accepts("messages.subsession-hash", { sessionId, groupKey })
  put("subsession hash", hash)
  put("hint", hash.slice(0, 2))
  put("cipher key", groupKey.slice(0, 32))
  put("MESSAGE_BODY", calls.accepts("messages.encode-body", { body }).value)
  const { plaintext } = calls.accepts("messages.encode-content", { parents: [], body, padding: false })
  put("plaintext: length, content", plaintext)
  put("MESSAGE_IV", iv)
  const { data } = calls.accepts("messages.cipher", { key: groupKey.slice(0, 32), iv, data: plaintext })
  put("MESSAGE_PAYLOAD", data)
  const parameters = { cipherKeyBytes: 16 as const, padding: false }
  const { text, id } = calls.accepts("messages.seal", {
    ...{ sessionId, groupKey, ephemeralSecretKey: alice.ephemeralSecretKey, parents: [], body, iv },
    ...parameters,
  })
  const { packet } = calls.accepts("mpenc-records.decode", { text })
  const { bytes } = calls.accepts("mpenc-records.signed-part", { packet })
  put("what is signed", `${hexOf("datamsgsig")}${hash}${bytes}`)
  put("MESSAGE_SIGNATURE", packet.type === "data" ? packet.signature : "")
  put("packet", `"${text}"`)
  put("identifier", id)
  heading("What Bob reads, with the group key of his own")
  put("group secret: x_alice x_bob G", multiply(ofBob, alice.contribution))
  const opened = calls.accepts("messages.open", {
    ...{ sessionId, groupKey, members, publicKeys: lists.publicKeys, sender: "alice", text },
    cipherKeyBytes: parameters.cipherKeyBytes,
  })
  put("author", `"${opened.author}"`)
  put("text", `"${opened.body.type === "payload" ? opened.body.text : ""}"`)
  return lines
}

export const workedExample: Case = aCase(
  "messages/worked-example",
  {
    title: "The example of the overview: two members start a session, and one writes a message that the other reads",
    clauses: [cliques["group-key"], aske["session-id"], aske.authenticator, clauses["subsession-hash"], clauses.identifier],
  },
  (author) => {
    const lines = play(author)
    author.claim(lines.at(-1)?.value === '"hello"', "it is read")
    const secrets = lines.filter(({ name }) => name.startsWith("group secret")).map(({ value }) => value)
    author.claim(secrets[0] === secrets[1], "both have one group secret")
  },
)
