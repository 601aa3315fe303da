import { clauses } from "../../../spec/mpenc/greeting.ts"
import { type Author, aCase, type Case, caseFile } from "../author.ts"
import { filled } from "../people.ts"
import { altered, appearing, GreetingChannel, greetingIn, metadataOf, sharesOf, startedBy } from "./greeting-channel.ts"
import { people, publicKeyOf } from "./people.ts"

const sizes = [2, 3, 4, 5, 6, 7, 8]

const ofAll = [clauses.finished]

/** Plays an operation to its end, and claims what all see. */
const play = (author: Author, channel: GreetingChannel, expected: ReadonlyArray<string>) => {
  channel.run()
  const memberships = [...channel.memberships().entries()].filter(([member]) => expected.includes(member))
  author.claim(memberships.length === expected.length, "all members have a membership")
  const shared = memberships.map(([, { agreement, exchange }]) => JSON.stringify([agreement.members, agreement.groupKey, exchange]))
  author.claim(new Set(shared).size === 1, "all have the same members, group key and session id")
  author.claim(
    [...(memberships[0]?.[1].agreement.members ?? [])].sort().join() === [...expected].sort().join(),
    "the members are those meant",
  )
}

const starts = (): ReadonlyArray<Case> =>
  sizes.flatMap((n) => {
    const members = people(n)
    return [members[0]!, members.at(-1)!].map((me) =>
      aCase(
        `greeting/start-${n}-by-${me}`,
        {
          title: `${me} starts a session of ${n}`,
          clauses: [...ofAll, clauses["members-order"], clauses.confirms, clauses["repeat-lists"]],
        },
        (author) => {
          const channel = new GreetingChannel(author, members)
          channel.propose(me, { include: members.filter((member) => member !== me).toReversed() })
          play(author, channel, members)
          author.claim(channel.log.length === 2 * n - 1, "2 n - 1 packets")
        },
      ),
    )
  })

const includes = (): ReadonlyArray<Case> =>
  sizes.flatMap((n) =>
    [1, 2].flatMap((count) => {
      const m = n - count
      if (m < 2) return []
      return [0, m - 1].map((p) => {
        const me = people(m)[p]!
        return aCase(
          `greeting/include-${m}-to-${n}-by-${me}`,
          {
            title: `${me}, one of ${m}, includes ${count}`,
            clauses: [...ofAll, clauses["members-order"], clauses["nonce-replaced"], clauses["key-for-the-stay"]],
          },
          (author) => {
            const channel = new GreetingChannel(author, people(n), startedBy(people(m)))
            channel.operation = 1
            channel.propose(me, { include: people(n).slice(m).toReversed() })
            play(author, channel, people(n))
            author.claim(channel.log.length === count + n, "a packet for each who is new, one before them, and n - 1 confirms")
          },
        )
      })
    }),
  )

const excludes = (): ReadonlyArray<Case> =>
  sizes.flatMap((n) =>
    [...new Set([1, 2, n - 1])]
      .filter((count) => count < n)
      .flatMap((count) =>
        [0, n - 1].map((p) => {
          const me = people(n)[p]!
          const gone = people(n)
            .filter((member) => member !== me)
            .slice(-count)
          const rest = people(n).filter((member) => !gone.includes(member))
          return aCase(
            `greeting/exclude-${count}-of-${n}-by-${me}`,
            {
              title: `${me}, one of ${n}, excludes ${gone.join(", ")}`,
              clauses: [...ofAll, clauses["nonce-replaced"], clauses["key-for-the-stay"]],
            },
            (author) => {
              const channel = new GreetingChannel(author, people(n), startedBy(people(n)))
              channel.operation = 1
              channel.propose(me, { exclude: gone })
              play(author, channel, rest)
              author.claim(
                gone.every((member) => channel.excluded.has(member)),
                "the excluded know it",
              )
              author.claim(channel.log.length === rest.length, "one packet from each who remains")
            },
          )
        }),
      ),
  )

const refreshes = (): ReadonlyArray<Case> =>
  sizes.map((n) =>
    aCase(
      `greeting/refresh-${n}-by-alice`,
      { title: `Alice, one of ${n}, makes a new group key; the session id stays`, clauses: [...ofAll, clauses["key-for-the-stay"]] },
      (author) => {
        const before = startedBy(people(n))
        const channel = new GreetingChannel(author, people(n), before)
        channel.operation = 1
        channel.propose("alice", {})
        play(author, channel, people(n))
        const after = channel.memberships().get("alice")!
        author.claim(after.exchange.sessionId === before.get("alice")!.exchange.sessionId, "the session id stays")
        author.claim(after.agreement.groupKey !== before.get("alice")!.agreement.groupKey, "the group key does not")
        author.claim(channel.log.length === 1, "one packet")
      },
    ),
  )

const scenarios = (): ReadonlyArray<Case> => [
  aCase(
    "greeting/one-after-the-other",
    {
      title: "Start of three, include of two, exclude of one, refresh, exclude of all others, and a new start by who is alone",
      clauses: [...ofAll, clauses["key-for-the-stay"], clauses.previous],
    },
    (author) => {
      const all = people(5)
      const channel = new GreetingChannel(author, all)
      channel.propose("carol", { include: ["alice", "bob"] })
      play(author, channel, ["alice", "bob", "carol"])
      const [started] = [channel.memberships().get("bob")!]
      channel.propose("alice", { include: ["erin", "dave"] })
      play(author, channel, all)
      channel.propose("erin", { exclude: ["carol"] })
      play(author, channel, ["alice", "bob", "dave", "erin"])
      channel.propose("dave", {})
      play(author, channel, ["alice", "bob", "dave", "erin"])
      author.claim(channel.memberships().get("bob")!.ephemeralSecretKey === started.ephemeralSecretKey, "bob has one key for his stay")
      channel.propose("bob", { exclude: ["alice", "dave", "erin"] })
      play(author, channel, ["bob"])
      channel.propose("bob", { include: ["alice", "carol"] })
      play(author, channel, ["alice", "bob", "carol"])
      author.claim(channel.memberships().get("bob")!.ephemeralSecretKey !== started.ephemeralSecretKey, "a new start, a new key")
    },
  ),
  aCase(
    "greeting/repeated-lists",
    { title: "Confirms as the original writes them, with the lists", clauses: [clauses["repeat-lists"], clauses["same-lists"], ...ofAll] },
    (author) => {
      const channel = new GreetingChannel(author, people(3), new Map(), people(3))
      channel.propose("carol", { include: ["alice", "bob"] })
      play(author, channel, people(3))
    },
  ),
  aCase(
    "greeting/some-repeat-lists",
    { title: "Some members repeat the lists and others do not", clauses: [clauses["repeat-lists"], clauses["same-lists"], ...ofAll] },
    (author) => {
      const channel = new GreetingChannel(author, people(4), new Map(), ["bob"])
      channel.propose("alice", { include: ["bob", "carol", "dave"] })
      play(author, channel, people(4))
    },
  ),
  aCase(
    "greeting/latest-order",
    { title: "LATEST_PMs are written in ascending order, and read in any", clauses: [clauses["latest-order"], clauses.signature] },
    (author) => {
      const members = people(3)
      const before = startedBy(members)
      for (const me of ["alice", "bob"]) author.accepts("greeting.appear", appearing(me, before.get(me)!))
      const latestMessages = [3, 1, 2].map((byte) => filled(byte, 20))
      const metadata = { ...metadataOf(2), latestMessages }
      const shares = sharesOf("alice", 2)
      const { text } = author.accepts("greeting.propose", { on: "alice", include: [], exclude: [], metadata, shares })
      author.claim(greetingIn(text).metadata!.latestMessages.join() === latestMessages.toSorted().join(), "in ascending order")
      const other = altered(text, sharesOf("alice", 1).ephemeralSecretKey, () => ({ metadata }))
      const receiving = { on: "bob", sender: "alice", text: other, shares: sharesOf("bob", 2) }
      author.gives("greeting.receive", receiving, { text: null, finished: true, excluded: false })
    },
  ),
  aCase(
    "greeting/bystanders",
    { title: "Upflow packets to others change nothing, and each member finishes at the same packet", clauses: ofAll },
    (author) => {
      const channel = new GreetingChannel(author, people(4), startedBy(people(2)))
      channel.operation = 1
      channel.propose("bob", { include: ["carol", "dave"] })
      for (let count = 0; count < 5; count++) {
        channel.deliver()
        author.claim(channel.finished.size === 0, "nobody is finished before the last confirm")
      }
      channel.deliver()
      author.claim(channel.finished.size === 4, "all are finished by it")
    },
  ),
  aCase(
    "greeting/proposal-gone",
    {
      title: "Alice has proposed, and another operation is accepted: her proposal is gone, and its packet is refused when it comes back",
      clauses: [clauses["own-packet"], clauses.finished],
    },
    (author) => {
      const channel = new GreetingChannel(author, people(3), startedBy(people(3)))
      const ours = channel.propose("alice", {})
      const theirs = channel.propose("bob", {})
      author.claim(author.accepts("greeting.receive", channel.receiving("alice", theirs)).finished, "Bob's comes first")
      author.refuses(clauses["own-packet"], "greeting.receive", channel.receiving("alice", ours))
    },
  ),
  aCase(
    "greeting/abandoned",
    {
      title: "A proposal that is abandoned is no proposal: its packet is refused when it comes back; the next one is as if it had not been",
      clauses: [clauses["own-packet"], clauses.signature, clauses.kind],
    },
    (author) => {
      const channel = new GreetingChannel(author, people(3), startedBy(people(3)))
      channel.operation = 1
      const { text } = channel.propose("alice", {})
      const publicKey = publicKeyOf(sharesOf("alice").ephemeralSecretKey)
      author.gives("greeting.verify", { text, publicKey }, {})
      author.refuses(clauses.signature, "greeting.verify", { text, publicKey: publicKeyOf(sharesOf("bob").ephemeralSecretKey) })
      author.refuses(clauses.kind, "greeting.verify", { text: "hello", publicKey })
      const { ephemeralSecretKey } = sharesOf("alice")
      author.refuses(clauses.kind, "greeting.sign", { packet: { type: "query" }, ephemeralSecretKey })
      author.accepts("greeting.abandon", { on: "alice" })
      author.refuses(clauses["own-packet"], "greeting.receive", channel.receiving("alice", { sender: "alice", text }))
      author.accepts("greeting.receive", channel.receiving("bob", { sender: "alice", text }))
      author.accepts("greeting.appear", appearing("bob", startedBy(people(3)).get("bob")!))
      const again = author.accepts("greeting.propose", {
        ...{ on: "alice", include: [], exclude: [], metadata: metadataOf(2), shares: sharesOf("alice", 2) },
      })
      author.claim(again.text === text, "it is the same packet as before")
      const { finished } = author.accepts("greeting.receive", channel.receiving("alice", { sender: "alice", text }))
      author.claim(finished, "and is accepted now")
    },
  ),
]

/** The layer "greeting": operations that come to their end. */
export default caseFile({ part: "mpenc", chapter: "greeting", layer: "greeting", flags: {} }, () => [
  ...starts(),
  ...includes(),
  ...excludes(),
  ...refreshes(),
  ...scenarios(),
])
