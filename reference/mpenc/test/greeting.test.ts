/** Operations: every order of what is concurrent, states that are saved and loaded, and what attackers can do. */
import { Effect, Result } from "effect"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import type { Membership } from "../../../spec/mpenc/greeting.ts"
import type { GreetingPacket } from "../../../spec/mpenc/records.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { seeded } from "../../crypto/test/seeded.ts"
import { signedBytes } from "../greeting/send.ts"
import { open, readingKeysOf, seal } from "../messages.ts"
import { decodePacket, encodePacket } from "../records.ts"
import { type Attack, accepted, People, run, type Sent, sharesOf } from "./people.ts"

const random = seeded("greeting")

const sharedBy = (memberships: Iterable<Membership>) =>
  new Set([...memberships].map(({ agreement, exchange }) => JSON.stringify([agreement.members, agreement.groupKey, exchange])))

const started = (members: ReadonlyArray<string>) => {
  const people = new People()
  people.propose(members[0]!, members.slice(1))
  return people.run()
}

const orders = (people: () => People, members: ReadonlyArray<string>) => {
  const property = (choices: ReadonlyArray<number>) => {
    const world = people()
    for (let turn = 0; world.waiting.length > 0; turn++) {
      for (const name of members) assert.isTrue(world.running.has(name), "nobody is finished before the last packet")
      world.deliver((choices[turn] ?? 0) % world.waiting.length)
    }
    assert.deepEqual(world.refusals, [])
    assert.equal(sharedBy(members.map((name) => world.memberships.get(name)!)).size, 1)
  }
  fc.assert(fc.property(fc.array(fc.nat(), { minLength: 12, maxLength: 12 }), property), { seed: 1, numRuns: 4 })
}

describe("an operation", () => {
  const four = ["alice", "bob", "carol", "dave"]

  it("ends with one membership for all, in whatever order confirms come", () => {
    orders(() => {
      const people = new People()
      people.propose("carol", ["alice", "bob", "dave"])
      return people
    }, four)
    orders(() => {
      const people = started(["alice", "bob"])
      people.propose("bob", ["carol", "dave"])
      return people
    }, four)
    orders(() => {
      const people = started([...four, "erin"])
      people.propose("bob", [], ["alice"])
      return people
    }, ["bob", "carol", "dave", "erin"])
  })

  it("leaves no trace when it does not come to its end", () => {
    const people = started(["alice", "bob", "carol"])
    const before = new Map(people.memberships)
    people.propose("alice", ["dave"])
    people.deliver()
    people.deliver()
    people.running.clear()
    assert.deepEqual(people.memberships, before)
    people.propose("bob", ["dave"])
    people.run()
    assert.equal(sharedBy(people.memberships.values()).size, 1)
    assert.equal(people.memberships.size, 4)
  })
})

const greetingIn = (text: string): GreetingPacket => {
  const packet = accepted(decodePacket(text))
  if (packet.type !== "greeting") throw new Error(packet.type)
  return packet
}

const signedWith = (packet: GreetingPacket, secretKey: Uint8Array): string => {
  const signature = nodePrimitives.ed25519Sign(secretKey, accepted(signedBytes(packet)))
  const result = run(encodePacket({ ...packet, signature }))
  return Result.isSuccess(result) ? result.success : ""
}

const attackersKey = random.bytes(32)
const attackersPublicKey = nodePrimitives.ed25519PublicKey(attackersKey)
const noise = random.bytes(32)

/** Replaces the ephemeral key of the source by the attacker's, where it stands in the packet. */
const impersonated = (packet: GreetingPacket): GreetingPacket => {
  const index = packet.members.indexOf(packet.source)
  return index < packet.publicKeys.length ? { ...packet, publicKeys: packet.publicKeys.with(index, attackersPublicKey) } : packet
}

/** What somebody can do to a packet who has no key of any member. */
const manipulations: ReadonlyArray<readonly [string, (packet: GreetingPacket) => GreetingPacket]> = [
  ["the source's ephemeral key", impersonated],
  ...[0, 1, 2].map((at): readonly [string, (packet: GreetingPacket) => GreetingPacket] => [
    `nonce ${at}`,
    (packet) => (at < packet.nonces.length ? { ...impersonated(packet), nonces: packet.nonces.with(at, noise) } : impersonated(packet)),
  ]),
  ...[0, 1, 2, 3].map((at): readonly [string, (packet: GreetingPacket) => GreetingPacket] => [
    `intermediate key ${at}`,
    (packet) => {
      const isThere = at < packet.intermediateKeys.length && packet.intermediateKeys[at]!.length > 0
      const key = nodePrimitives.x25519PublicKey(noise)
      return isThere ? { ...impersonated(packet), intermediateKeys: packet.intermediateKeys.with(at, key) } : impersonated(packet)
    },
  ]),
]

const onPacket =
  (number: number, people: People, change: (sent: Sent) => ReadonlyArray<Sent>): Attack =>
  (sent) =>
    people.log.length - 1 === number ? change(sent) : [sent]

const proposals: Readonly<Record<string, () => People>> = {
  start: () => {
    const people = new People()
    people.propose("alice", ["bob", "carol"])
    return people
  },
  include: () => {
    const people = started(["alice", "bob"])
    people.propose("alice", ["carol"])
    return people
  },
  exclude: () => {
    const people = started(["alice", "bob", "carol", "dave"])
    people.propose("alice", [], ["dave"])
    return people
  },
}

describe("who has no key of a member", () => {
  it.each(Object.keys(proposals))("cannot put anything of its own into a %s", (name) => {
    const packets = proposals[name]!().run().log.length
    for (let number = 0; number < packets; number++) {
      for (const [what, change] of manipulations) {
        const people = proposals[name]!()
        const before = new Map(people.memberships)
        const attack = onPacket(number, people, ({ sender, text }) => [
          { sender, text: signedWith(change(greetingIn(text)), attackersKey) },
        ])
        people.run(attack)
        assert.isAbove(people.refusals.length, 0, `${number}, ${what}`)
        assert.deepEqual(people.memberships, before, `${number}, ${what}`)
      }
    }
  })

  it("cannot replay an operation", () => {
    const recorded = [...started(["alice", "bob", "carol"]).log]
    const people = new People()
    people.propose("alice", ["bob", "carol"])
    people.operation = 2
    people.running.delete("alice")
    for (const sent of recorded) for (const me of ["bob", "carol"]) people.receive(me, sent)
    assert.equal(people.memberships.size, 0)
    assert.includeMembers(
      people.refusals.map(({ clause }) => clause),
      ["greeting.own-packet", "greeting.own-share"],
    )
  })
})

const parameters = { cipherKeyBytes: 16, padding: true } as const

/** A message of a member in its subsession. */
const messageOf = (people: People, author: string, text = "hello"): string => {
  const membership = people.memberships.get(author)!
  const body = { type: "payload", text } as const
  return accepted(seal(readingKeysOf(membership), membership.ephemeralSecretKey, [], body, random.bytes(12), parameters)).text
}

/** The text of a message, or the clause by which it is refused. */
const openedBy = (membership: Membership, author: string, text: string): string => {
  const result = run(
    Effect.map(open(readingKeysOf(membership), author, text, parameters), ({ body }) => (body.type === "payload" ? body.text : body.type)),
  )
  return Result.isSuccess(result) ? result.success : result.failure.clause
}

const notHere = ["messages.hint", "messages.signature", "messages.author"]

describe("an insider", () => {
  it("who gives the others different keys divides the group, and no message crosses", () => {
    const people = started(["alice", "bob", "carol"])
    people.propose("alice", [])
    const point = nodePrimitives.x25519PublicKey(noise)
    const key = people.running.get("alice")!.ephemeralSecretKey!
    // Carol is given another key than Bob, in a packet that Alice signs as well.
    const attack: Attack = ({ sender, text }, receiver) => {
      const packet = greetingIn(text)
      return receiver === "carol"
        ? [{ sender, text: signedWith({ ...packet, intermediateKeys: packet.intermediateKeys.with(2, point) }, key) }]
        : [{ sender, text }]
    }
    people.run(attack)
    assert.deepEqual(people.refusals, [])
    const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) => people.memberships.get(name)!)
    assert.deepEqual(alice!.agreement.groupKey, bob!.agreement.groupKey)
    assert.notDeepEqual(alice!.agreement.groupKey, carol!.agreement.groupKey)
    for (const author of ["alice", "bob"]) assert.include(notHere, openedBy(carol!, author, messageOf(people, author)))
    for (const reader of [alice!, bob!]) assert.include(notHere, openedBy(reader, "carol", messageOf(people, "carol")))
    assert.equal(openedBy(bob!, "alice", messageOf(people, "alice")), "hello")
  })

  it.each(["members", "nonces", "public keys"])("who exchanges two of the %s in the downflow makes it fail for all", (what) => {
    const people = new People()
    people.propose("alice", ["bob", "carol", "dave"])
    const exchanged = <A>([first, second, third, ...rest]: ReadonlyArray<A>): ReadonlyArray<A> => [first!, third!, second!, ...rest]
    const change = (packet: GreetingPacket): GreetingPacket => {
      if (what === "members") return { ...packet, members: exchanged(packet.members) }
      return what === "nonces" ? { ...packet, nonces: exchanged(packet.nonces) } : { ...packet, publicKeys: exchanged(packet.publicKeys) }
    }
    people.run(
      onPacket(3, people, ({ sender, text }) => [
        { sender, text: signedWith(change(greetingIn(text)), sharesOf("dave", 1).ephemeralSecretKey) },
      ]),
    )
    assert.equal(people.memberships.size, 0)
    assert.isAbove(people.refusals.length, 0)
  })
})

describe("who is not in a subsession", () => {
  it("cannot read it with what it holds: neither the excluded, nor who is included later", () => {
    const people = started(["alice", "bob", "carol"])
    const early = messageOf(people, "alice", "early")
    const bobs = people.memberships.get("bob")!
    people.propose("alice", [], ["bob"])
    people.run()
    assert.deepEqual(people.excluded, ["bob"])
    assert.include(notHere, openedBy(bobs, "alice", messageOf(people, "alice")))
    people.propose("carol", ["dave"])
    people.run()
    const daves = people.memberships.get("dave")!
    assert.include(notHere, openedBy(daves, "alice", early))
    assert.equal(openedBy(daves, "alice", messageOf(people, "alice")), "hello")
  })

  it("cannot replay what was written there, though the ephemeral keys are the same", () => {
    const people = started(["alice", "bob"])
    const early = messageOf(people, "alice")
    people.propose("bob", [])
    people.run()
    const { exchange, agreement } = people.memberships.get("bob")!
    assert.include(notHere, openedBy(people.memberships.get("bob")!, "alice", early))
    const before = started(["alice", "bob"]).memberships.get("bob")!
    assert.deepEqual(before.exchange, exchange, "the session id is the same after a refresh")
    assert.notDeepEqual(before.agreement.groupKey, agreement.groupKey)
  })

  it("and has all identity keys, cannot write in it", () => {
    const people = started(["alice", "bob"])
    const alices = people.memberships.get("alice")!
    const forged = { ...alices, ephemeralSecretKey: random.bytes(32) }
    people.memberships.set("alice", forged)
    assert.equal(openedBy(people.memberships.get("bob")!, "alice", messageOf(people, "alice")), "messages.signature")
  })
})

describe("a very long list of members", () => {
  it("gets a verdict in a moment", () => {
    const members = Array.from({ length: 20000 }, (_, index) => `m${index}`)
    const people = new People()
    people.propose("alice", ["bob"])
    const packet = { ...greetingIn(people.waiting[0]!.text), members: ["alice", "bob", ...members] }
    people.deliver(0, ({ sender }) => [{ sender, text: signedWith(packet, sharesOf("alice", 1).ephemeralSecretKey) }])
    assert.equal(people.waiting.length, 1)
  })
})
