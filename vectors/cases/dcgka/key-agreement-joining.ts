import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { labelledDraw } from "../../../reference/crypto/randomness.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses, maximumUsers, type Welcome } from "../../../spec/dcgka/key-agreement.ts"
import { clauses as bundles } from "../../../spec/dcgka/key-bundles.ts"
import { aCase, type Case, caseFile, twins } from "../author.ts"
import { filled, first, now, repeated } from "../people.ts"
import { controlHex, KeyAgreementGroup, scenario } from "./key-agreement-group.ts"
import { settledTwins, unsettledTwins, withKnown, withUnknown } from "./welcome.ts"

const abc = first(3)

const history = clauses["welcome-history"]

/** The welcome to a group in which Bob removed Carol while Alice was adding Erin: what he did not know is not the latest. */
const crossed = (welcome: Welcome): Welcome => {
  const [create, removal, , addition, , add] = welcome.changes
  const { sender: alice } = create!.change
  const { sender: bob } = removal!.change
  const others = Object.entries(welcome.seen).filter(([member]) => Object.keys(welcome.known).includes(member) && member !== bob)
  return {
    ...welcome,
    changes: [create!, { ...addition!, unknown: [] }, { ...removal!, unknown: [1] }, add!],
    known: { [bob]: { length: 3, unknown: [1] } },
    seen: { ...Object.fromEntries(others), [alice]: 7, [bob]: 2 },
  }
}

/** The welcome that counts one more message of Bob after his changes. */
const withLaterMessage = (welcome: Welcome): Welcome => ({ ...welcome, seen: { ...welcome.seen, [welcome.changes[1]!.change.sender]: 4 } })

const welcomes = (): ReadonlyArray<Case> => [
  ...unsettledTwins({
    id: "known-crossed-untold",
    title:
      "A welcome that does not say what a member knows whose last message is the latest change before the addition, and crossed another",
    clause: history,
    right: crossed,
    change: (welcome) => ({ ...welcome, known: {} }),
  }),
  ...unsettledTwins({
    id: "known-own-before-others",
    title: "A welcome in which a member that has sent more since does not know a change of its own",
    clause: history,
    right: withLaterMessage,
    change: withKnown("bob", 2),
  }),
  ...unsettledTwins({
    id: "unknown-own-before-others",
    title: "A welcome with a change whose sender does not know its own change before, and has sent more since",
    clause: history,
    right: withLaterMessage,
    change: withUnknown(2, [1]),
  }),
  ...unsettledTwins({
    id: "known-beyond",
    title: "A welcome in which a member knows more changes than there are, and misses the last of them",
    clause: history,
    change: withKnown("carol", 7, [5]),
  }),
  ...settledTwins({
    id: "seen-creator",
    title: "A welcome without a count for the creator, whose create is the first of all changes, and who is not the adder",
    clause: clauses["welcome-seen"],
    users: ["bob", "alice", "dave"],
    change: (welcome, group) => ({ ...welcome, seen: { [group.member("alice")]: 2 } }),
  }),
  ...twins(
    "key-agreement/welcome-not-brought",
    clauses.recipients,
    "An addition of us that names us as who gets a welcome, and brings none",
    (author) => {
      const group = KeyAgreementGroup.acquainted(author, ["alice", "bob"], ["dave"])
      return group.fork(group.add("alice", "dave"), "dave", { direct: null, recipients: [group.member("dave")] })
    },
  ),
]

const scenarios = (): ReadonlyArray<Case> => [
  scenario(
    "addition-of-another",
    { title: "Who has not joined gets the addition of somebody else: it waits to join, whatever comes with that", clauses: [history] },
    ["alice", "bob"],
    ["dave", "erin"],
    (group) => {
      const { author } = group
      const addition = group.add("alice", "dave")
      const offered = group.offer(addition, "erin")
      author.waits({ join: group.id }, "group.process", offered)
      author.waits({ join: group.id }, "group.process", { ...offered, direct: group.directOf(addition, "dave") })
      author.waits({ join: group.id }, "group.process", { ...offered, recipients: [] })
      group.deliver(addition, "dave")
      group.deliver(group.add("alice", "erin"), "erin")
    },
  ),
  scenario(
    "first-of-nobody",
    {
      title: "An acknowledgement of the first message of one who has sent none waits for that message",
      clauses: [verdicts["state-unchanged"]],
    },
    abc,
    [],
    (group) => {
      const missing = { sender: filled(0xee, 16), seq: 1 }
      const ack = { group: group.id, sender: group.member("carol"), seq: 2, ofSender: missing.sender, ofSeq: 1 }
      for (const control of [controlHex({ type: "ack", ...ack }), controlHex({ type: "add-ack", ...ack, commitment: null })]) {
        group.author.waits({ message: missing }, "group.process", { on: "bob", control, recipients: [], direct: null })
      }
    },
  ),
  aCase(
    "key-agreement/one-bundle-for-two",
    {
      title: "Alice and Bob have the same bundle of Dave: her welcome uses its one-time prekey, and what Bob sends with it opens no more",
      clauses: [bundles["one-time"], bundles["prekey-held"]],
      twin: "key-bundles/first-contact",
    },
    (author) => {
      const group = KeyAgreementGroup.settled(author, ["alice", "bob"], ["dave"])
      const { bundle } = author.accepts("keys.publish", { on: "dave" })
      for (const user of ["alice", "bob"]) {
        author.accepts("keys.learn", { on: user, bundle, now })
        author.accepts("keys.learn", { on: "dave", bundle: author.accepts("keys.publish", { on: user }).bundle, now })
      }
      const addition = group.add("alice", "dave")
      group.deliver(addition, "dave")
      author.refuses(bundles["prekey-held"], "group.process", group.offer(group.deliver(addition, "bob")!, "dave"))
      group.deliver(group.update("alice"), "dave")
    },
  ),
  scenario(
    "left-with-nothing",
    {
      title: "Of a group that a member was removed from, its saved state has no ratchet, member secret or key of a channel any more",
      clauses: [clauses.wipe],
    },
    abc,
    [],
    (group) => {
      const { author } = group
      const carol = group.member("carol")
      group.update("carol")
      const traced = author.traced()
      const of = (name: string) => traced.filter((one) => one.name.startsWith(name))
      const secrets = abc.slice(0, 2).flatMap((user) => of(`ratchet.member-secret ${group.member(user)}`))
      // Who saves a secret key of X25519 with its bits already set has other first and last bytes.
      const channelKeys = abc.slice(0, 2).map((user) => {
        const secret = labelledDraw(nodePrimitives, bytesOf(repeated("carol")), `channel/${carol}/${group.member(user)}/1/own`, 32)
        return { name: `Carol's own key in the channel with ${user}`, value: Hex.encode(secret.slice(1, -1)) }
      })
      const kept = [...of("ratchet.next"), ...secrets, ...channelKeys]
      author.keeps("carol", kept, [])
      group.deliverRemoval(group.remove("alice", "carol"), "carol")
      author.keeps("carol", [], kept)
    },
  ),
  aCase(
    "key-agreement/create-of-most",
    {
      title:
        "A create of as many users as there may be, named in any order, waits for a bundle of the smallest member; of one more it is refused",
      clauses: [clauses["create-users"]],
      twin: "key-agreement/create-too-many",
    },
    (author) => {
      const others = Array.from({ length: maximumUsers }, (_, index) => `user-${10_000 + index}`)
      const users = others.slice(1)
      const group = new KeyAgreementGroup(author, ["alice"])
      group.found(["alice", ...users])
      const [smallest] = users.toSorted((a, b) => (group.member(a) < group.member(b) ? -1 : 1))
      author.refuses(clauses["create-users"], "group.create", { on: "alice", users: others })
      author.waits({ bundle: smallest! }, "group.create", { on: "alice", users: users.toReversed() })
    },
  ),
]

/** How one joins and leaves: what a welcome says of others, and what comes before joining and stays after leaving. */
export default caseFile({ part: "dcgka", chapter: "key-agreement-joining", layer: "key-agreement", flags: {} }, () => [
  ...welcomes(),
  ...scenarios(),
])
