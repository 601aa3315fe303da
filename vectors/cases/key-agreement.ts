import { Hex } from "effect/encoding"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import { clauses as verdicts } from "../../spec/conventions/verdicts.ts"
import { clauses as membership } from "../../spec/dcgka/group-membership.ts"
import { clauses, Welcome, type WelcomeOperation } from "../../spec/dcgka/key-agreement.ts"
import { clauses as channel } from "../../spec/dcgka/two-party-messaging.ts"
import { type About, Author, aCase, type Case, caseFile, fork, projected, twins } from "./author.ts"
import { controlHex, controlOf, Group, memberOf, type Sent } from "./group.ts"
import { everybody, filled, flipped, meet, repeated } from "./people.ts"

const sizes = [1, 2, 3, 5, 8] as const
const first = (count: number): ReadonlyArray<string> => everybody.slice(0, count)

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

const created = (size: number): Played => ({
  operation: "create",
  size,
  about: {
    clauses: [
      clauses.recipients,
      clauses["record-every-ack"],
      clauses["create-users"],
      clauses["create-sender"],
      clauses["create-names-us"],
    ],
  },
  play: (author) => Group.settled(author, first(size)).agree(first(size)),
  roles: rolesAmong(size),
})

const updated = (size: number): Played => ({
  operation: "update",
  size,
  about: { clauses: [clauses.recipients, clauses.forward, clauses["delete-used"], clauses.joined] },
  play: (author) => {
    const group = Group.settled(author, first(size))
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
      const group = Group.settled(author, first(size))
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
      const group = Group.settled(author, first(size), [newcomer])
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
export const operations = caseFile({ chapter: "key-agreement-operations", layer: "key-agreement", flags: {} }, () =>
  sizes.flatMap((size) => [created(size), updated(size), ...(size > 1 ? [removed(size)] : []), added(size)].flatMap(casesOf)),
)

const abc = first(3)

/** Makes the members of a settled group and some outsiders known to each other, so that any first contact can be made. */
const acquaint = (group: Group, users: ReadonlyArray<string>) => {
  for (const [index, one] of users.entries()) for (const other of users.slice(index + 1)) group.introduce(one, other)
}

const scenario = (
  id: string,
  about: About,
  users: ReadonlyArray<string>,
  outsiders: ReadonlyArray<string>,
  play: (group: Group) => void,
): Case =>
  aCase(`key-agreement/${id}`, about, (author) => {
    const group = Group.settled(author, users, outsiders)
    acquaint(group, [...users, ...outsiders])
    play(group)
  })

const deliverAll = (group: Group, sent: Sent, to: ReadonlyArray<string>): ReadonlyArray<Sent> =>
  to.map((user) => group.deliver(sent, user)).filter((response) => response !== null)

/** Concurrent operations: the traps and errata. */
const concurrent = (): ReadonlyArray<Case> => [
  scenario(
    "concurrent-updates",
    { title: "Two update at once; their messages cross", clauses: [clauses.recipients, clauses["delete-used"]] },
    abc,
    [],
    (group) => {
      const a = group.update("alice")
      const b = group.update("bob")
      const answers = [...deliverAll(group, a, ["bob", "carol"]), ...deliverAll(group, b, ["alice", "carol"])]
      for (const answer of answers) for (const user of abc) if (user !== answer.by) group.deliver(answer, user)
      group.agree(abc)
    },
  ),
  scenario(
    "f1-nothing-for-the-removed",
    {
      title: "Whoever acknowledges a removal forwards nothing to the removed user",
      clauses: [clauses["own-ack-first"], clauses["nobody-outside"], clauses.forward],
      flags: ["F1"],
    },
    abc,
    [],
    (group) => {
      const removal = group.remove("alice", "bob")
      const answer = group.deliver(removal, "carol")!
      group.author.claim(answer.directs.length === 0, "the acknowledgement brings no direct message")
      group.deliver(answer, "alice")
      group.deliverRemoval(removal, "bob")
      group.agree(["alice", "carol"])
    },
  ),
  scenario(
    "f1-nothing-for-those-it-brought",
    {
      title: "Nor to those whom the removed user is adding",
      clauses: [clauses["own-ack-first"], clauses["nobody-outside"], clauses["cancelled-addition"]],
      flags: ["F1", "F3"],
    },
    abc,
    ["dave"],
    (group) => {
      const addition = group.add("alice", "dave")
      const removal = group.remove("bob", "alice")
      const welcomed = group.deliver(addition, "carol")!
      group.author.claim(welcomed.directs.length === 1, "before it knows of the removal, Carol sends Dave her ratchet")
      const answer = group.deliver(removal, "carol")!
      group.author.claim(answer.directs.length === 0, "after it, she forwards to neither Alice nor Dave")
      const bobs = group.deliver(addition, "bob")!
      group.author.claim(bobs.directs.length === 0, "Bob, who knows of the removal, sends Dave nothing")
      group.deliver(welcomed, "bob")
      group.deliver(answer, "bob")
      group.deliver(bobs, "carol")
      group.agree(["bob", "carol"])
    },
  ),
  scenario(
    "f2-non-recipient-records-its-ack",
    {
      title: "A member added concurrently with a removal acknowledges it, and knows it",
      clauses: [clauses["record-every-ack"], clauses["no-view-no-secret"]],
      flags: ["F2"],
    },
    abc,
    ["dave", "erin"],
    (group) => {
      const addition = group.add("alice", "dave")
      const removal = group.remove("bob", "carol")
      const joined = group.deliver(addition, "dave")!
      const bobsAddAck = group.deliver(addition, "bob")!
      const answer = group.deliver(removal, "dave", { secret: false })!
      group.author.claim(answer.secret === null && answer.directs.length === 0, "Dave has no secret for it")
      const alices = group.deliver(removal, "alice")!
      group.author.claim(alices.directs.length === 1, "Alice forwards hers to Dave, whom Bob did not know")
      for (const sent of [bobsAddAck, alices]) group.deliver(sent, "dave")
      for (const user of ["alice", "bob"]) {
        group.deliver(joined, user, { secret: true })
        group.deliver(answer, user)
      }
      group.deliver(bobsAddAck, "alice")
      group.deliver(alices, "bob")
      group.agree(["alice", "bob", "dave"])
      const update = group.update("dave")
      group.author.claim(update.directs.length === 2, "Dave's next seed goes to Alice and Bob, not to Carol")
      group.settle(update, ["alice", "bob", "dave"])
      // The welcome that Dave sends has his acknowledgement of the removal.
      group.settle(group.add("dave", "erin"), ["alice", "bob", "dave", "erin"])
    },
  ),
  scenario(
    "f3-no-ratchet-for-a-cancelled-addition",
    {
      title: "An addition by somebody who was removed concurrently is answered without the ratchet",
      clauses: [clauses["cancelled-addition"], clauses["nobody-outside"]],
      flags: ["F3"],
    },
    ["alice", "bob"],
    ["carol"],
    (group) => {
      const addition = group.add("alice", "carol")
      group.remove("bob", "alice")
      const answer = group.deliver(addition, "bob")!
      group.author.claim(answer.directs.length === 0, "Bob sends Carol nothing")
      group.agree(["bob"])
    },
  ),
  scenario(
    "f4-view-of-a-transitively-added-member",
    {
      title: "A member added by one who was itself added sees the whole group",
      clauses: [membership.view, clauses["welcome-history"]],
      flags: ["F4"],
    },
    ["alice", "bob"],
    ["carol", "dave"],
    (group) => {
      group.settle(group.add("alice", "carol"), abc)
      group.settle(group.add("carol", "dave"), first(4))
      group.agree(first(4))
      group.settle(group.update("dave"), first(4))
    },
  ),
  scenario(
    "f7-no-secret-without-view",
    {
      title: "Two are added at once: neither takes a secret from one who does not have it as a member",
      clauses: [clauses["no-view-no-secret"], clauses["record-every-ack"]],
      flags: ["F7"],
    },
    abc,
    ["dave", "erin"],
    (group) => {
      const addsDave = group.add("alice", "dave")
      const addsErin = group.add("bob", "erin")
      const dave = group.deliver(addsDave, "dave")!
      const erin = group.deliver(addsErin, "erin")!
      const toDave = group.deliver(addsErin, "dave", { secret: false })!
      const toErin = group.deliver(addsDave, "erin", { secret: false })!
      group.author.claim(toDave.directs.length === 1 && toErin.directs.length === 1, "each sends the other its ratchet")
      const carols = [group.deliver(addsDave, "carol")!, group.deliver(addsErin, "carol")!]
      const alices = group.deliver(addsErin, "alice")!
      const bobs = group.deliver(addsDave, "bob")!
      group.deliver(dave, "erin", { secret: false })
      group.deliver(erin, "dave", { secret: false })
      group.deliver(toDave, "erin")
      group.deliver(toErin, "dave")
      for (const user of ["dave", "erin"]) {
        // Carol answered Dave's addition first: as of that answer she does not have Erin.
        group.deliver(carols[0]!, user, { secret: user === "dave" })
        group.deliver(carols[1]!, user)
        group.deliver(alices, user)
        group.deliver(bobs, user)
      }
      for (const user of abc) for (const sent of [dave, erin, toDave, toErin]) group.deliver(sent, user)
      for (const [sent, users] of [
        [carols[0]!, ["alice", "bob"]],
        [carols[1]!, ["alice", "bob"]],
        [alices, ["bob", "carol"]],
        [bobs, ["alice", "carol"]],
      ] as const) {
        for (const user of users) group.deliver(sent, user)
      }
      group.agree(first(5))
      group.settle(group.update("erin"), first(5))
    },
  ),
  scenario(
    "update-concurrent-with-add",
    {
      title: "An update does not reach a member added concurrently; the acknowledgements are forwarded to it",
      clauses: [clauses.forward, clauses["no-view-no-secret"]],
    },
    abc,
    ["dave"],
    (group) => {
      const addition = group.add("alice", "dave")
      const update = group.update("bob")
      const joined = group.deliver(addition, "dave")!
      const bobs = group.deliver(addition, "bob")!
      const carols = group.deliver(addition, "carol")!
      const daves = group.deliver(update, "dave", { secret: false })!
      const alices = group.deliver(update, "alice")!
      const carolsAck = group.deliver(update, "carol")!
      group.author.claim(alices.directs.length === 1 && carolsAck.directs.length === 1, "Alice and Carol forward to Dave")
      for (const sent of [bobs, carols, alices, carolsAck]) group.deliver(sent, "dave")
      for (const sent of [joined, bobs, carols, daves, alices, carolsAck]) {
        for (const user of abc) if (user !== sent.by) group.deliver(sent, user)
      }
      group.agree(first(4))
      group.settle(group.update("dave"), first(4))
    },
  ),
  scenario(
    "acks-in-other-orders",
    { title: "Acknowledgements of different members arrive in any order", clauses: [clauses["delete-used"]] },
    abc,
    [],
    (group) => {
      const one = group.update("alice")
      const two = group.update("alice")
      const bobs = [group.deliver(one, "bob")!, group.deliver(two, "bob")!]
      const carols = [group.deliver(one, "carol")!, group.deliver(two, "carol")!]
      for (const sent of [...carols, ...bobs]) group.deliver(sent, "alice")
      for (const sent of carols) group.deliver(sent, "bob")
      for (const sent of bobs) group.deliver(sent, "carol")
      group.agree(abc)
    },
  ),
  scenario(
    "mutual-removal",
    { title: "Two remove each other; the third is left alone", clauses: [clauses.wipe, clauses["nobody-outside"]] },
    abc,
    [],
    (group) => {
      const a = group.remove("alice", "bob")
      const b = group.remove("bob", "alice")
      group.deliver(a, "carol")
      group.deliver(b, "carol", { secret: true })
      group.deliverRemoval(b, "alice")
      group.deliverRemoval(a, "bob")
      group.agree(["carol"])
      const update = group.update("carol")
      group.author.claim(update.directs.length === 0, "there is nobody left to send a seed to")
    },
  ),
  scenario(
    "removed-and-added-again",
    { title: "A user who was removed is added again, as a new member", clauses: [clauses["joined-once"], clauses.removed] },
    abc,
    [],
    (group) => {
      const removal = group.remove("alice", "carol")
      group.settle(removal, ["alice", "bob"])
      group.deliverRemoval(removal, "carol")
      group.author.refuses(clauses.removed, "group.update", { on: "carol" })
      const old = group.member("carol")
      const addition = group.add("alice", "carol")
      group.author.claim(group.member("carol") !== old, "the new member has another identifier")
      group.author.refuses(clauses.removed, "group.process", {
        on: "carol",
        control: addition.control,
        direct: group.directOf(addition, "carol"),
      })
      group.deliver(group.deliver(addition, "bob")!, "alice")
    },
  ),
  scenario(
    "order-of-checks",
    {
      title: "A duplicate for another group is refused for the group; a removed member refuses even duplicates",
      clauses: [verdicts["order-of-checks"]],
    },
    abc,
    [],
    (group) => {
      const sent = group.update("alice")
      group.deliver(sent, "bob")
      const direct = group.directOf(sent, "bob")
      group.author.ignores("group.process", { on: "bob", control: sent.control, direct })
      const foreign = group.changed(sent, { group: repeated("other").slice(0, 32) })
      group.author.refuses(clauses.group, "group.process", { on: "bob", control: foreign, direct })
      group.deliverRemoval(group.remove("alice", "bob"), "bob")
      group.author.refuses(clauses.removed, "group.process", { on: "bob", control: sent.control, direct })
      group.author.refuses(clauses.group, "group.process", { on: "bob", control: foreign, direct })
    },
  ),
  scenario(
    "waits-and-duplicates",
    { title: "What comes too early waits, what comes again is ignored", clauses: [verdicts["state-unchanged"]] },
    ["alice", "bob", "carol"],
    ["dave"],
    (group) => {
      const one = group.update("alice")
      const two = group.update("alice")
      const params = (sent: Sent, on: string) => ({ on, control: sent.control, direct: group.directOf(sent, on) })
      group.author.waits({ message: { sender: group.member("alice"), seq: 2 } }, "group.process", params(two, "bob"))
      const bobs = group.deliver(one, "bob")!
      group.author.ignores("group.process", params(one, "bob"))
      group.author.waits({ message: { sender: group.member("alice"), seq: 2 } }, "group.process", params(bobs, "carol"))
      group.deliver(two, "bob")
      group.deliver(one, "carol")
      group.deliver(bobs, "carol")
      group.author.ignores("group.process", params(one, "alice"))
      group.author.waits({ join: group.id }, "group.process", params(one, "dave"))
    },
  ),
]

type Prepared = { readonly group: Group; readonly author: Author }

const prepared = (author: Author, users: ReadonlyArray<string> = abc, outsiders: ReadonlyArray<string> = ["dave"]): Prepared => {
  const group = Group.settled(author, users, outsiders)
  acquaint(group, [...users, ...outsiders])
  return { group, author }
}

/** What Bob is given by Alice: right, and with one fault made from it. */
const fromAlice = (
  id: string,
  title: string,
  clause: Parameters<typeof twins>[1],
  send: (group: Group) => Sent,
  wrong: (group: Group, sent: Sent) => { control?: string; direct?: string | null },
  to = "bob",
): ReadonlyArray<Case> =>
  twins(`key-agreement/${id}`, clause, title, (author) => {
    const { group } = prepared(author)
    const sent = send(group)
    return group.fork(sent, to, wrong(group, sent))
  })

const update = (group: Group) => group.update("alice")

/** Carol's acknowledgement of an update of Alice's that Bob has processed, for Bob. */
const carolsAck = (group: Group): Sent => {
  const sent = group.update("alice")
  group.deliver(sent, "bob")
  return group.deliver(sent, "carol")!
}

/** Carol's add-ack of Dave's addition by Alice, which Bob has processed. */
const carolsAddAck = (group: Group): Sent => {
  const sent = group.add("alice", "dave")
  group.deliver(sent, "bob")
  return group.deliver(sent, "carol")!
}

/** Carol's acknowledgement of Bob's update, forwarded to Dave, whom Alice added meanwhile; Dave has processed the update. */
const forwardedToDave = (group: Group): Sent => {
  const addition = group.add("alice", "dave")
  const sent = group.update("bob")
  group.deliver(addition, "dave")
  group.deliver(group.deliver(addition, "carol")!, "dave")
  group.deliver(sent, "dave", { secret: false })
  return group.deliver(sent, "carol")!
}

const nobody = filled(0xee, 16)

const refusedBeforeJoining = (): ReadonlyArray<Case> => {
  const craft = (id: string, title: string, clause: Parameters<typeof twins>[1], changes: (group: Group) => Record<string, unknown>) =>
    twins(`key-agreement/${id}`, clause, title, (author) => {
      const group = new Group(author, abc)
      const sent = group.create(abc)
      return group.fork(sent, "bob", { control: group.changed(sent, changes(group)) })
    })
  return [
    ...craft("create-users", "A create that names a user twice", clauses["create-users"], () => ({ users: ["alice", "bob", "bob"] })),
    ...craft("create-seq", "A create with the number 2", clauses["create-sender"], () => ({ seq: 2 })),
    ...craft("create-sender", "A create by somebody else than the first user", clauses["create-sender"], (group) => ({
      sender: group.member("carol"),
    })),
    ...craft("create-order", "A create whose first user is not the sender", clauses["create-sender"], () => ({
      users: ["bob", "alice", "carol"],
    })),
    ...craft("create-names-us", "A create that does not name us", clauses["create-names-us"], () => ({ users: ["alice", "carol"] })),
    ...twins("key-agreement/create-by-us", clauses["create-names-us"], "A create in our own name", (author) => {
      const group = new Group(author, abc)
      const sent = group.create(abc)
      const sender = memberOf(group.id, "bob", null, 0)
      return group.fork(sent, "bob", { control: group.changed(sent, { sender, users: ["bob", "alice"] }) })
    }),
    ...twins("key-agreement/create-own-user", clauses["create-users"], "Creating a group with oneself", (author) => {
      const group = new Group(author, ["alice", "bob"])
      group.introduce("alice", "bob")
      return fork("group.create", { on: "alice", users: ["bob"] }, { users: ["bob", "alice"] })
    }),
    ...twins("key-agreement/create-too-many", clauses["create-users"], "Creating a group of 1,025", (author) => {
      const group = new Group(author, ["alice", "bob"])
      group.introduce("alice", "bob")
      return fork("group.create", { on: "alice", users: ["bob"] }, { users: Array.from({ length: 1024 }, (_, index) => `user-${index}`) })
    }),
    ...twins("key-agreement/create-direct-missing", clauses["direct-missing"], "A create without the seed", (author) => {
      const group = new Group(author, abc)
      return group.fork(group.create(abc), "bob", { direct: null })
    }),
    ...twins("key-agreement/create-direct-of-another", channel.opens, "A second update with the direct message of the first", (author) => {
      const { group } = prepared(author)
      const one = group.update("alice")
      group.deliver(one, "bob")
      return group.fork(group.update("alice"), "bob", { direct: group.directOf(one, "bob") })
    }),
    ...twins("key-agreement/seed-length", clauses["secret-length"], "A seed of 31 bytes", (author) => {
      const group = new Group(author, ["alice", "bob"])
      for (const _ of [1, 2]) group.introduce("alice", "bob")
      const members = ["alice", "bob"].map((user) => memberOf(group.id, user, null, 0))
      group.members.set("alice", members[0]!).set("bob", members[1]!)
      const control = controlHex({ type: "create", group: group.id, sender: members[0]!, seq: 1, users: ["alice", "bob"] })
      const right = { on: "bob", control, direct: group.crafted("alice", "bob", filled(5, 32), control) }
      return fork("group.process", right, { direct: group.crafted("alice", "bob", filled(5, 31), control) })
    }),
  ]
}

const refusedOperations = (): ReadonlyArray<Case> => [
  ...twins("key-agreement/create-again", clauses["joined-once"], "Creating a group in the state of another", (author) => {
    prepared(author)
    return fork("group.create", { on: "dave", users: [] }, { on: "alice" })
  }),
  ...twins("key-agreement/update-before-joining", clauses.joined, "An update before joining", (author) => {
    prepared(author)
    return fork("group.update", { on: "alice" }, { on: "dave" })
  }),
  ...twins("key-agreement/update-after-removal", clauses.removed, "An update after removal", (author) => {
    const { group } = prepared(author)
    group.deliverRemoval(group.remove("alice", "bob"), "bob")
    return fork("group.update", { on: "carol" }, { on: "bob" })
  }),
  ...twins("key-agreement/remove-oneself", clauses["remove-other"], "Removing oneself", (author) => {
    const { group } = prepared(author)
    return fork("group.remove", { on: "alice", member: group.member("bob") }, { member: group.member("alice") })
  }),
  ...twins("key-agreement/remove-nobody", clauses["remove-member"], "Removing one who is not a member", (author) => {
    const { group } = prepared(author)
    return fork("group.remove", { on: "alice", member: group.member("bob") }, { member: nobody })
  }),
  ...twins("key-agreement/add-member", clauses["add-new"], "Adding a user who is a member", (author) => {
    prepared(author)
    return fork("group.add", { on: "alice", user: "dave" }, { user: "bob" })
  }),
]

const refusedMessages = (): ReadonlyArray<Case> => [
  ...fromAlice("group", "A message for another group", clauses.group, update, (group, sent) => ({
    control: group.changed(sent, { group: repeated("other").slice(0, 32) }),
  })),
  ...twins("key-agreement/process-after-removal", clauses.removed, "A message after our removal", (author) => {
    const { group } = prepared(author)
    const removal = group.remove("alice", "bob")
    group.deliver(removal, "carol")
    group.deliverRemoval(removal, "bob")
    const sent = group.update("alice")
    return fork("group.process", { on: "carol", control: sent.control, direct: group.directOf(sent, "carol") }, { on: "bob", direct: null })
  }),
  ...fromAlice("own-message", "A message in our own name", clauses["own-message"], update, (group, sent) => ({
    control: group.changed(sent, { sender: group.member("bob"), seq: 2 }),
    direct: null,
  })),
  ...fromAlice("sender-unknown", "A message of nobody we know", clauses["sender-member"], update, (group, sent) => ({
    control: group.changed(sent, { sender: nobody, seq: 1 }),
  })),
  ...twins("key-agreement/sender-removed", clauses["sender-member"], "A message of one who knew that it was removed", (author) => {
    const { group } = prepared(author)
    const removal = group.remove("alice", "carol")
    group.deliver(removal, "bob")
    const sent = group.update("alice")
    const carol = group.member("carol")
    const ack = controlHex({ type: "ack", group: group.id, sender: carol, seq: 2, ofSender: group.member("alice"), ofSeq: 2 })
    return group.fork(sent, "bob", { control: ack, direct: null })
  }),
  ...fromAlice("create-twice", "A second create", clauses["joined-once"], update, (group) => ({
    control: controlHex({ type: "create", group: group.id, sender: group.member("alice"), seq: 2, users: ["alice", "bob"] }),
  })),
  ...fromAlice(
    "remove-itself",
    "A member removes itself",
    clauses["remove-other"],
    (group) => group.remove("alice", "carol"),
    (group, sent) => ({
      control: group.changed(sent, { member: group.member("alice") }),
    }),
  ),
  ...fromAlice(
    "remove-no-member",
    "A removal of one who is not a member",
    clauses["remove-member"],
    (group) => group.remove("alice", "carol"),
    (group, sent) => ({
      control: group.changed(sent, { member: nobody }),
    }),
  ),
  ...fromAlice(
    "add-present",
    "An addition of a user who is a member",
    clauses["add-new"],
    (group) => group.add("alice", "dave"),
    (group, sent) => ({
      control: group.changed(sent, { user: "carol" }),
    }),
  ),
  ...fromAlice("direct-missing", "An update without the seed", clauses["direct-missing"], update, () => ({ direct: null })),
  ...fromAlice("direct-of-another-member", "An update with the direct message of another member", channel.opens, update, (group, sent) => ({
    direct: group.directOf(sent, "carol"),
  })),
  ...fromAlice("direct-changed", "An update with a bit of the direct message flipped", channel.opens, update, (group, sent) => ({
    direct: flipped(group.directOf(sent, "bob")!, -1),
  })),
  ...fromAlice(
    "control-changed",
    "An update made a removal of Carol, with the same direct message",
    channel.opens,
    update,
    (group, sent) => ({
      control: controlHex({ ...controlOf(sent.control), type: "remove", member: group.member("carol") } as never),
    }),
  ),
  ...fromAlice(
    "add-with-direct",
    "An addition that brings a bystander a direct message",
    clauses["direct-unexpected"],
    (group) => group.add("alice", "dave"),
    (group, sent) => ({
      direct: group.directOf(sent, "dave"),
    }),
  ),
  ...fromAlice(
    "ack-with-direct",
    "An ack with a direct message, though its secret is known",
    clauses["direct-unexpected"],
    carolsAck,
    () => ({ direct: "00" }),
  ),
  ...fromAlice(
    "add-ack-with-direct",
    "An add-ack that brings a bystander a direct message",
    clauses["direct-unexpected"],
    carolsAddAck,
    (group, sent) => ({
      direct: group.directOf(sent, "dave"),
    }),
  ),
  ...fromAlice("ack-own", "An ack of a message of the sender itself", clauses["ack-other"], carolsAck, (group, sent) => ({
    control: group.changed(sent, { ofSender: group.member("carol"), ofSeq: 1 }),
  })),
  ...fromAlice("ack-unsent", "An ack of a message that we have not sent", clauses["ack-unsent"], carolsAck, (group, sent) => ({
    control: group.changed(sent, { ofSender: group.member("bob"), ofSeq: 9 }),
  })),
  ...fromAlice("ack-of-ack", "An ack of an ack", clauses["ack-kind"], carolsAck, (group, sent) => ({
    control: group.changed(sent, { ofSender: group.member("bob"), ofSeq: 1 }),
  })),
  ...fromAlice("ack-of-add", "An ack of an add by a bystander", clauses["ack-kind"], carolsAddAck, (group, sent) => ({
    control: group.changed(sent, { type: "ack" }),
  })),
  ...fromAlice("add-ack-of-create", "An add-ack of a create", clauses["ack-kind"], carolsAck, (group, sent) => ({
    control: group.changed(sent, { type: "add-ack", ofSeq: 1 }),
  })),
  ...fromAlice("add-ack-of-update", "An add-ack of an update", clauses["ack-kind"], carolsAck, (group, sent) => ({
    control: group.changed(sent, { type: "add-ack" }),
  })),
  ...fromAlice("ack-create-twice", "A create acknowledged twice by one member", clauses["ack-once"], carolsAck, (group, sent) => ({
    control: group.changed(sent, { ofSeq: 1 }),
  })),
  ...twins(
    "key-agreement/ack-update-twice",
    clauses["ack-once"],
    "An update acknowledged twice by one member",
    (author) => {
      const { group } = prepared(author)
      group.deliver(carolsAck(group), "bob")
      const next = group.update("alice")
      group.deliver(next, "bob")
      const ack = group.deliver(next, "carol")!
      return group.fork(ack, "bob", { control: group.changed(ack, { ofSeq: 2 }) })
    },
    [clauses["delete-used"]],
  ),
]

const refusedForwards = (): ReadonlyArray<Case> => [
  ...fromAlice(
    "forward-missing",
    "An acknowledgement that forwards nothing to a member added concurrently",
    clauses["direct-missing"],
    forwardedToDave,
    () => ({ direct: null }),
    "dave",
  ),
  ...twins("key-agreement/forward-length", clauses["secret-length"], "A forwarded member secret of 33 bytes", (author) => {
    const { group } = prepared(author)
    acquaint(group, [...abc, "dave"])
    const addition = group.add("alice", "dave")
    const sent = group.update("bob")
    group.deliver(addition, "dave")
    const update = group.deliver(sent, "carol")!
    group.deliver(sent, "dave", { secret: false })
    // Carol has not processed the addition, so she forwards nothing; the crafted forward is made after she has.
    author.claim(update.directs.length === 0, "Carol does not know Dave yet")
    const welcome = group.deliver(addition, "carol")!
    const right = { on: "dave", control: update.control, direct: null }
    author.accepts("group.process", right)
    return group.fork(welcome, "dave", { direct: group.crafted("carol", "dave", filled(5, 33), welcome.control) })
  }),
  ...fromAlice(
    "ratchet-missing",
    "An add-ack that does not bring the added member the ratchet",
    clauses["direct-missing"],
    (group) => {
      const addition = group.add("alice", "dave")
      group.deliver(addition, "dave")
      return group.deliver(addition, "carol")!
    },
    () => ({ direct: null }),
    "dave",
  ),
  ...twins(
    "key-agreement/non-recipient-with-direct",
    clauses["direct-unexpected"],
    "A seed for one who is not in the sender's view",
    (author) => {
      const { group } = prepared(author)
      const addition = group.add("alice", "dave")
      const sent = group.update("bob")
      group.deliver(addition, "dave")
      return group.fork(sent, "dave", { direct: group.directOf(sent, "alice") })
    },
  ),
  ...twins(
    "key-agreement/ack-without-view-with-direct",
    clauses["direct-unexpected"],
    "An ack that brings a direct message to one who is not in its sender's view",
    (author) => {
      const { group } = prepared(author)
      const addition = group.add("alice", "dave")
      const sent = group.update("bob")
      group.deliver(addition, "dave")
      group.deliver(sent, "dave", { secret: false })
      const ack = group.deliver(sent, "carol")!
      return group.fork(ack, "dave", { direct: "00" })
    },
  ),
  ...twins(
    "key-agreement/non-recipient-ack-with-direct",
    clauses["direct-unexpected"],
    "An ack of a non-recipient that brings a direct message",
    (author) => {
      const { group } = prepared(author)
      const addition = group.add("alice", "dave")
      const sent = group.update("bob")
      const joined = group.deliver(addition, "dave")!
      for (const user of ["bob", "carol"]) {
        group.deliver(addition, user)
        group.deliver(joined, user)
      }
      group.deliver(sent, "carol")
      const ack = group.deliver(sent, "dave", { secret: false })!
      return group.fork(ack, "carol", { direct: "00" })
    },
  ),
]

type History = ReadonlyArray<WelcomeOperation>

/** The welcome with which Alice adds Dave to a settled group of Alice and Bob. */
const honestWelcome = (group: Group) => {
  const [alice, bob] = [group.member("alice"), group.member("bob")]
  const history: History = [
    { type: "welcome-create", sender: alice, seq: 1, users: ["alice", "bob"] },
    { type: "ack", sender: bob, seq: 1, ofSender: alice, ofSeq: 1 },
    { type: "welcome-add", sender: alice, seq: 2, user: "dave" },
  ]
  return { history, seen: { [alice]: 2, [bob]: 1 } as Record<string, number>, ratchet: new Uint8Array(32).fill(6) }
}

/** Dave is welcomed by a crafted welcome: an honest one, and one that `change` has changed. */
const welcomed = (
  id: string,
  title: string,
  clause: Parameters<typeof twins>[1],
  change: (welcome: Welcome, group: Group) => Welcome | string,
): ReadonlyArray<Case> =>
  twins(`key-agreement/welcome-${id}`, clause, title, (author) => {
    const group = new Group(author, ["alice", "bob", "dave"])
    for (const _ of [1, 2]) group.introduce("alice", "dave")
    for (const user of ["alice", "bob"]) group.members.set(user, memberOf(group.id, user, null, 0))
    group.members.set("dave", memberOf(group.id, "dave", group.member("alice"), 2))
    const control = controlHex({ type: "add", group: group.id, sender: group.member("alice"), seq: 2, user: "dave" })
    const bytes = (welcome: Welcome | string) => (typeof welcome === "string" ? welcome : Hex.encode(encodeWire(Welcome, welcome)))
    const honest = honestWelcome(group)
    const right = { on: "dave", control, direct: group.crafted("alice", "dave", bytes(honest), control) }
    return fork("group.process", right, { direct: group.crafted("alice", "dave", bytes(change(honest, group)), control) })
  })

const withHistory =
  (change: (history: History, group: Group) => History) =>
  (welcome: Welcome, group: Group): Welcome => ({
    ...welcome,
    history: change(welcome.history, group),
  })

const refusedWelcomes = (): ReadonlyArray<Case> => [
  ...welcomed(
    "no-create",
    "A welcome whose history does not begin with a create",
    clauses["welcome-history"],
    withHistory((history) => history.slice(1)),
  ),
  ...welcomed(
    "unknown-ack",
    "A welcome with an ack of what is not there",
    clauses["welcome-history"],
    withHistory((history, group) => [
      history[0]!,
      { type: "ack", sender: group.member("bob"), seq: 1, ofSender: group.member("alice"), ofSeq: 2 },
      history[2]!,
    ]),
  ),
  ...welcomed(
    "foreign-sender",
    "A welcome with a removal by one who is not a member",
    clauses["welcome-history"],
    withHistory((history, group) => [
      ...history.slice(0, 2),
      { type: "remove", sender: nobody, seq: 1, member: group.member("bob") },
      history[2]!,
    ]),
  ),
  ...welcomed(
    "without-add",
    "A welcome without the addition of its reader",
    clauses["welcome-history"],
    withHistory((history) => history.slice(0, 2)),
  ),
  ...welcomed(
    "other-add",
    "A welcome that ends with the addition of somebody else",
    clauses["welcome-history"],
    withHistory((history, group) => [...history.slice(0, 2), { type: "welcome-add", sender: group.member("alice"), seq: 2, user: "erin" }]),
  ),
  ...welcomed(
    "other-creator",
    "A welcome in which its sender is made of another user",
    clauses["welcome-history"],
    withHistory((history, group) => [
      { type: "welcome-create", sender: group.member("alice"), seq: 1, users: ["carol", "bob"] },
      ...history.slice(1),
    ]),
  ),
  ...welcomed("seen-low", "A welcome whose counts do not cover its history", clauses["welcome-seen"], (welcome, group) => ({
    ...welcome,
    seen: { [group.member("alice")]: 2 },
  })),
  ...welcomed(
    "seen-sender",
    "A welcome whose count for its sender is not the number of the add",
    clauses["welcome-seen"],
    (welcome, group) => ({
      ...welcome,
      seen: { ...welcome.seen, [group.member("alice")]: 3 },
    }),
  ),
  ...welcomed("seen-reader", "A welcome with a count for its reader", clauses["welcome-seen"], (welcome, group) => ({
    ...welcome,
    seen: { ...welcome.seen, [group.member("dave")]: 4294967295 },
  })),
  ...twins("key-agreement/welcome-missing", clauses["direct-missing"], "An addition of us without the welcome", (author) => {
    const { group } = prepared(author)
    const sent = group.add("alice", "dave")
    return group.fork(sent, "dave", { direct: null })
  }),
  ...twins("key-agreement/welcome-kind", channel["key-held"], "A welcome that is not a first contact", (author) => {
    const { group } = prepared(author)
    const sent = group.add("alice", "dave")
    const later = group.update("alice")
    return group.fork(sent, "dave", { direct: group.directOf(later, "bob") })
  }),
  aCase(
    "key-agreement/welcome-waits-for-bundle",
    { title: "A welcome waits until its reader knows the sender's user", clauses: [clauses["welcome-history"]] },
    (author) => {
      const group = Group.settled(author, ["alice", "bob"], ["dave"])
      meet(author, "alice", "dave")
      const sent = group.add("alice", "dave")
      const params = { on: "dave", control: sent.control, direct: group.directOf(sent, "dave") }
      author.waits({ bundle: "alice" }, "group.process", params)
      meet(author, "dave", "alice")
      author.accepts("group.process", params)
    },
  ),
]

/** The layer "key-agreement". */
export default caseFile(
  {
    chapter: "key-agreement",
    layer: "key-agreement",
    flags: {
      F1: {
        note: "Erratum F1 (DGM-1): figure 4 takes the own view before the own acknowledgement is recorded.",
        effect: "The removed user gets the member secrets of those who acknowledge its removal, and follows them.",
      },
      F2: {
        note: "Erratum F2: a non-recipient does not record its own acknowledgement.",
        effect: "Its view stays behind: it sends seeds to removed members.",
      },
      F3: {
        note: "Erratum F3: every add is answered with the ratchet.",
        effect: "A user whose addition is cancelled by a concurrent removal gets ratchets.",
      },
      F4: { note: "Erratum F4: the printed member-view has one level.", effect: "A member added by an added member never sees the group." },
      F7: { note: "Erratum F7: an ack is used by those who are not in its sender's view.", effect: "Secrets from a stale ratchet." },
    },
  },
  () => [
    ...concurrent(),
    ...refusedBeforeJoining(),
    ...refusedOperations(),
    ...refusedMessages(),
    ...refusedForwards(),
    ...refusedWelcomes(),
  ],
)
