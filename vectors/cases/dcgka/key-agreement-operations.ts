import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { labelledDraw } from "../../../reference/crypto/randomness.ts"
import { clauses } from "../../../spec/dcgka/key-agreement.ts"
import { clauses as channel } from "../../../spec/dcgka/two-party-messaging.ts"
import { type About, Author, aCase, type Case, caseFile, type Named, projected } from "../author.ts"
import { everybody, first, repeated } from "../people.ts"
import { KeyAgreementGroup } from "./key-agreement-group.ts"

const sizes = [1, 2, 3, 5, 8] as const

interface Role {
  readonly role: string
  readonly handle: string
}

/** One operation in a group of `size`, and who plays which role in it. */
interface Played {
  readonly operation: string
  readonly size: number
  readonly about: Pick<About, "clauses">
  readonly play: (author: Author) => void
  readonly roles: ReadonlyArray<Role>
}

const rolesAmong = (size: number): ReadonlyArray<Role> => [
  { role: "sender", handle: "alice" },
  ...(size > 1 ? [{ role: "recipient", handle: "bob" }] : []),
]

const ends = (author: Author, name: string) => author.traced().filter((one) => one.name.startsWith(name))

/** What saved states have of an update. */
const kept = (): Case =>
  aCase(
    "key-agreement/kept",
    {
      title: "What saved states have of an update: the member secret that is awaited, and no seed, input or ratchet state that was used",
      clauses: [clauses["delete-used"]],
    },
    (author) => {
      const group = KeyAgreementGroup.settled(author, first(2))
      const sent = group.update("alice")
      const ofAlice = (name: string) => ends(author, `${name} ${group.member("alice")}`)
      const ofBob = ends(author, `ratchet.member-secret ${group.member("bob")}`)
      const seed = ends(author, "key-agreement.seed")
      const used = [...seed, ...ofAlice("ratchet.member-secret"), ...ofAlice("ratchet.state")]
      author.keeps("alice", [...ofBob, ...ofAlice("ratchet.next")], used)
      const acknowledgement = group.deliver(sent, "bob")!
      const ofBobs = ends(author, `ratchet.state ${group.member("bob")}`)
      author.keeps("bob", ends(author, "ratchet.next"), [...used, ...ofBob, ...ofBobs])
      group.deliver(acknowledgement, "alice")
      author.keeps("alice", ends(author, "ratchet.next"), [...used, ...ofBob, ...ofBobs])
    },
  )

/** What a saved state has of the keys that a member has made for itself in a channel. */
const keptForAnswers = (): Case =>
  aCase(
    "key-agreement/kept-for-answers",
    {
      title: "Bob acknowledges Alice's first update of two: of her own keys in the channel with him those from this update on are kept",
      clauses: [channel["key-superseded"]],
    },
    (author) => {
      const group = KeyAgreementGroup.settled(author, first(2))
      const [alice, bob] = [group.member("alice"), group.member("bob")]
      const ownKey = (index: number) => {
        const secret = labelledDraw(nodePrimitives, bytesOf(repeated("alice")), `channel/${alice}/${bob}/${index}/own`, 32)
        // Who saves a secret key of X25519 with its bits already set has other first and last bytes.
        return { name: `Alice's own key ${index}`, value: Hex.encode(secret.slice(1, -1)) }
      }
      const [atFirst, updated1, updated2] = [1, 2, 3].map(ownKey) as [Named, Named, Named]
      const update = group.update("alice")
      group.update("alice")
      const acknowledgement = group.deliver(update, "bob")!
      author.keeps("alice", [atFirst, updated1, updated2], [])
      group.deliver(acknowledgement, "alice")
      author.keeps("alice", [updated1, updated2], [atFirst])
    },
  )

const created = (size: number): Played => ({
  operation: "create",
  size,
  about: {
    clauses: [clauses.recipients, clauses["record-every-ack"], clauses["create-users"], clauses["create-sender"]],
  },
  play: (author) => KeyAgreementGroup.settled(author, first(size)).agree(first(size)),
  roles: rolesAmong(size),
})

const updated = (size: number): Played => ({
  operation: "update",
  size,
  about: { clauses: [clauses.recipients, clauses.forward, clauses["delete-used"], clauses.joined] },
  play: (author) => {
    const group = KeyAgreementGroup.settled(author, first(size))
    group.settle(group.update("alice"), first(size))
    for (const other of first(size).slice(2)) group.introduce("bob", other)
    if (size > 1) group.settle(group.update("bob"), first(size))
    group.agree(first(size))
  },
  roles: rolesAmong(size),
})

const removed = (size: number): Played => {
  const last = everybody[size - 1]!
  const remaining = first(size - 1)
  return {
    operation: "remove",
    size,
    about: { clauses: [clauses.recipients, clauses["nobody-outside"], clauses["own-ack-first"], clauses.wipe] },
    play: (author) => {
      const group = KeyAgreementGroup.settled(author, first(size))
      const sent = group.remove("alice", last)
      group.settle(sent, remaining)
      group.deliverRemoval(sent, last)
      group.agree(remaining)
    },
    roles: [...rolesAmong(size - 1), { role: "removed", handle: last }],
  }
}

const added = (size: number): Played => {
  const newcomer = everybody[size]!
  const all = first(size + 1)
  return {
    operation: "add",
    size,
    about: { clauses: [clauses["record-every-ack"], clauses["welcome-history"], clauses["welcome-seen"]] },
    play: (author) => {
      const group = KeyAgreementGroup.settled(author, first(size), [newcomer])
      for (const member of first(size)) group.introduce(member, newcomer)
      group.settle(group.add("alice", newcomer), all)
      group.settle(group.update(newcomer), all)
      group.agree(all)
    },
    roles: [
      { role: "sender", handle: "alice" },
      ...(size > 1 ? [{ role: "bystander", handle: "bob" }] : []),
      { role: "new-member", handle: newcomer },
    ],
  }
}

const casesOf = ({ operation, size, about, play, roles }: Played): ReadonlyArray<Case> => {
  const id = `key-agreement/${operation}-${size}`
  const author = new Author(id)
  play(author)
  const members = size === 1 ? "one member" : `${size} members`
  const played = roles.map(({ role, handle }) =>
    projected(`${id}-as-${role}`, { title: `${operation} in a group of ${members}, seen by the ${role}`, ...about }, handle, author.steps),
  )
  // The whole group in one case: for ports that are right in each role.
  const whole = aCase(`${id}-whole`, { title: `${operation} in a group of ${members}, all members`, ...about }, play)
  return size > 3 ? played : [...played, whole]
}

/** Each operation, in each role, at each size. */
export default caseFile({ part: "dcgka", chapter: "key-agreement-operations", layer: "key-agreement", flags: {} }, () => [
  ...sizes.flatMap((size) => [created(size), updated(size), ...(size > 1 ? [removed(size)] : []), added(size)].flatMap(casesOf)),
  kept(),
  keptForAnswers(),
])
