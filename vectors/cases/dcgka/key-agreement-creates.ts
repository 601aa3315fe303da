import { memberId } from "../../../reference/simulation/network.ts"
import { clauses } from "../../../spec/dcgka/key-agreement.ts"
import { clauses as channel } from "../../../spec/dcgka/two-party-messaging.ts"
import { type Author, type Case, caseFile, type Fork, fork, twins } from "../author.ts"
import { filled, first } from "../people.ts"
import { creationOf, groupOf } from "./history-digest.ts"
import { commitmentTo, controlHex, KeyAgreementGroup } from "./key-agreement-group.ts"

const abc = first(3)

/** Bob is given a create made by hand: with the seed that it commits to, and with another. */
const createWithSeed = (author: Author, other: string): Fork<"group.process"> => {
  const group = new KeyAgreementGroup(author, ["alice", "bob"])
  for (const _ of [1, 2]) group.introduce("alice", "bob")
  group.found(["alice", "bob"])
  const [sender, bob] = [group.member("alice"), group.member("bob")]
  const commitment = commitmentTo(filled(5, 32), group.id, sender, 1)
  const control = controlHex({ type: "create", sender, seq: 1, ...group.creation, commitment })
  const right = { on: "bob", control, recipients: [bob], direct: group.crafted("alice", "bob", filled(5, 32), control) }
  return fork("group.process", right, { direct: group.crafted("alice", "bob", other, control) })
}

const refusedBeforeJoining = (): ReadonlyArray<Case> => {
  const craft = (
    id: string,
    title: string,
    clause: Parameters<typeof twins>[1],
    changes: (group: KeyAgreementGroup) => Record<string, unknown>,
  ) =>
    twins(`key-agreement/${id}`, clause, title, (author) => {
      const group = new KeyAgreementGroup(author, abc)
      const sent = group.create(abc)
      return group.fork(sent, "bob", { control: group.changed(sent, changes(group)) })
    })
  return [
    ...craft("create-users", "A create that names a user twice", clauses["create-users"], () => ({ users: ["alice", "bob", "bob"] })),
    ...craft("create-seq", "A create with the number 2", clauses["create-sender"], () => ({ seq: 2 })),
    ...craft("create-sender", "A create by somebody else than the first user", clauses["create-sender"], (group) => ({
      sender: group.member("carol"),
    })),
    ...craft("create-order", "A create whose first user is not the sender", clauses["create-sender"], () => {
      const { group, users, signingKey, nonce } = creationOf(["bob", "alice", "carol"])
      return { group, users, signingKey, nonce, sender: memberId(group, "alice", null, 0) }
    }),
    ...craft("create-users-descend", "A create whose users do not ascend", clauses["create-users"], () => ({
      users: ["alice", "carol", "bob"],
    })),
    ...craft("create-first-among-others", "A create that names its first user again", clauses["create-users"], () => ({
      users: ["alice", "alice", "bob", "carol"],
    })),
    ...craft("create-other-users", "A create with other users than its group was made of", clauses["group-id"], () => ({
      users: ["alice", "bob", "carol", "dave"],
    })),
    ...craft("create-other-nonce", "A create with another nonce than its group was made of", clauses["group-id"], () => ({
      nonce: new Uint8Array(16).fill(9),
    })),
    ...craft("create-other-group", "A create for a group that somebody else has made", clauses["group-id"], () => ({
      group: creationOf(["bob", "alice"]).group,
    })),
    ...craft("create-other-key", "A create by one who says to be Alice", clauses["group-id"], () => {
      const { group, ...own } = creationOf(["dave", "alice", "bob", "carol"])
      const users = ["alice", "bob", "carol"]
      const forged = groupOf(own.signingKey, users, own.nonce)
      return { ...own, users, group: forged, sender: memberId(forged, "alice", null, 0) }
    }),
    ...twins("key-agreement/create-by-us", clauses["own-message"], "A create in our own name", (author) => {
      const group = new KeyAgreementGroup(author, abc)
      const sent = group.create(abc)
      const { group: id, ...own } = creationOf(["bob", "alice"])
      const sender = memberId(id, "bob", null, 0)
      return group.fork(sent, "bob", { control: group.changed(sent, { ...own, group: id, sender }) })
    }),
    ...twins("key-agreement/create-own-user", clauses["create-users"], "Creating a group with oneself", (author) => {
      const group = new KeyAgreementGroup(author, ["alice", "bob"])
      group.introduce("alice", "bob")
      return fork("group.create", { on: "alice", users: ["bob"] }, { users: ["bob", "alice"] })
    }),
    ...twins("key-agreement/create-too-many", clauses["create-users"], "Creating a group of 1,025", (author) => {
      const group = new KeyAgreementGroup(author, ["alice", "bob"])
      group.introduce("alice", "bob")
      return fork("group.create", { on: "alice", users: ["bob"] }, { users: Array.from({ length: 1024 }, (_, index) => `user-${index}`) })
    }),
    ...twins("key-agreement/create-direct-missing", clauses.recipients, "A create without the seed", (author) => {
      const group = new KeyAgreementGroup(author, abc)
      return group.fork(group.create(abc), "bob", { direct: null })
    }),
    ...twins("key-agreement/commitment", clauses.commitment, "A create with another seed than it commits to", (author) =>
      createWithSeed(author, filled(6, 32)),
    ),
    ...twins("key-agreement/create-direct-of-another", channel.opens, "A second update with the direct message of the first", (author) => {
      const group = KeyAgreementGroup.acquainted(author, first(3), ["dave"])
      const one = group.update("alice")
      group.deliver(one, "bob")
      return group.fork(group.update("alice"), "bob", { direct: group.directOf(one, "bob") })
    }),
    ...twins("key-agreement/seed-length", clauses["secret-length"], "A seed of 31 bytes", (author) =>
      createWithSeed(author, filled(5, 31)),
    ),
    ...twins(
      "key-agreement/seed-too-long",
      clauses["secret-length"],
      "A seed of 33 bytes, to the first 32 of which the create commits",
      (author) => createWithSeed(author, filled(5, 33)),
    ),
  ]
}

/** What is refused of a create, and its twin that is accepted. */
export default caseFile({ part: "dcgka", chapter: "key-agreement-creates", layer: "key-agreement", flags: {} }, refusedBeforeJoining)
