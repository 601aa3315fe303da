/** The layer "centralized". */
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { session } from "../../../reference/methods.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/delivery-service/centralized-delivery-service.ts"
import { clauses as treeKem } from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, aCase, type Case, caseFile, fork, type OutputOf, type ParamsOf, twins } from "../author.ts"
import { filled, first } from "../people.ts"
import { altered, appear, forged, group, grown, referenceOf, said } from "./tree.ts"

const trio = first(3)
const [alice, bob, carol] = trio as [string, string, string]
const elsewhere = filled(0x78, 16)

const scratch = session(nodePrimitives)

type Message = ParamsOf<"centralized.encode">["value"]

const encoded = (value: Message): string =>
  (scratch.call("centralized.encode", { value }) as unknown as { output: { bytes: string } }).output.bytes

const decoded = (bytes: string): Message =>
  (scratch.call("centralized.decode", { bytes }) as unknown as { output: { value: Message } }).output.value

const submit = (message: string, of = group) => encoded({ type: "centralized-submit", group: of, message })

const ordered = (number: number, message: string, of = group) => encoded({ type: "centralized-ordered", group: of, number, message })

/** A member's proposal or commit, as it goes to the server. */
const messageIn = ([sent]: ReadonlyArray<string>): string => {
  const value = decoded(sent!)
  if (value.type !== "centralized-submit") throw new Error(value.type)
  return value.message
}

const shows = (id: string, title: string, about: ReadonlyArray<(typeof clauses)[keyof typeof clauses]>, write: (author: Author) => void) =>
  aCase(`centralized/${id}`, { title, clauses: about }, write)

const receive = (author: Author, on: string, message: string) => author.accepts("centralized.receive", { on, message })

/** alice, bob and carol are members of a group and of this service. */
const members = (author: Author) => {
  grown(author, trio)
  for (const on of trio) author.accepts("centralized.open", { on, number: 1 })
}

const update = (author: Author, on: string): string => {
  const { proposal } = author.accepts("tree-kem.propose-update", { on })
  return messageIn(author.accepts("centralized.broadcast", { on, proposal }).sends)
}

const commit = (author: Author, on: string, references: ReadonlyArray<string> | null = null): string =>
  messageIn(author.accepts("centralized.commit", { on, references }).sends)

/** Everybody gets the messages in this order. Gives what the last one did to each. */
const all = (author: Author, users: ReadonlyArray<string>, messages: ReadonlyArray<string>, from = 1) =>
  users.map((on) => messages.map((message, index) => receive(author, on, ordered(from + index, message))).at(-1)!)

const agree = (author: Author, views: ReadonlyArray<OutputOf<"centralized.receive">>, epoch: number) => {
  author.claim(
    views.every((view) => view.epoch === epoch),
    `all are in epoch ${epoch}`,
  )
  author.claim(new Set(views.map(({ authenticator }) => authenticator)).size === 1, "all share the authenticator")
}

const types = (view: OutputOf<"centralized.receive">) => view.delivered.map(({ type }) => type).join()

const serving = (): ReadonlyArray<Case> => [
  shows("order", "The server numbers messages and sends them to all subscribers", [clauses.order, clauses.log], (author) => {
    author.accepts("centralized.server", { on: "server", group })
    const serve = (from: number, message: string) => author.accepts("centralized.serve", { on: "server", from, message }).sends
    const fetch = (number: number) => encoded({ type: "centralized-fetch", group, number })
    author.claim(serve(7, fetch(1)).length === 0 && serve(3, fetch(1)).length === 0, "nothing is kept yet")
    author.claim(serve(7, fetch(1)).length === 0, "a subscriber is one once")
    for (const [index, message] of ["aa", "bb"].entries()) {
      const sends = serve(3, submit(message))
      const wanted = ordered(index + 1, message)
      author.claim(String(sends.map(({ to }) => to)) === "7,3" && sends.every((one) => one.message === wanted), "to both")
    }
    const late = serve(9, fetch(2))
    author.claim(late.length === 1 && late[0]!.to === 9 && late[0]!.message === ordered(2, "bb"), "from the second on")
    author.claim(serve(9, submit("cc")).length === 3, "and from now on")
  }),
  shows("fetch-numbers", "Who fetches several messages gets each with its own number", [clauses.log], (author) => {
    author.accepts("centralized.server", { on: "server", group })
    const messages = ["aa", "bb", "cc", "dd"]
    for (const message of messages) author.gives("centralized.serve", { on: "server", from: 1, message: submit(message) }, { sends: [] })
    for (const from of [1, 2, 4, 5]) {
      const sends = messages.map((message, index) => ({ to: 8, message: ordered(index + 1, message) })).slice(from - 1)
      const message = encoded({ type: "centralized-fetch", group, number: from })
      author.gives("centralized.serve", { on: "server", from: 8, message }, { sends })
    }
  }),
  shows("messages", "The messages in bytes", [clauses.order], (author) => {
    for (const value of [
      { type: "centralized-submit", group, message: "aa" },
      { type: "centralized-ordered", group, number: 1, message: "aa" },
      { type: "centralized-fetch", group, number: 2 },
      { type: "centralized-welcome", group, number: 3, welcome: "bb" },
    ] as const) {
      const { bytes } = author.accepts("centralized.encode", { value })
      author.gives("centralized.decode", { bytes }, { value })
    }
  }),
]

const following = (): ReadonlyArray<Case> => [
  shows("epoch", "A proposal, and a commit of it", [clauses["first-valid"], clauses["in-order"]], (author) => {
    members(author)
    const proposal = update(author, bob)
    const views = all(author, trio, [proposal])
    author.claim(
      views.every((view) => types(view) === "proposal"),
      "the proposal is delivered to all",
    )
    const after = all(author, trio, [commit(author, carol)], 2)
    agree(author, after, 2)
    author.claim(
      after.every((view) => types(view) === "commit"),
      "the commit is delivered to all",
    )
  }),
  shows(
    "competing",
    "Of two commits of one epoch the first in order is the one, for its rival's maker too",
    [clauses["first-valid"]],
    (author) => {
      members(author)
      const commits = [commit(author, alice), commit(author, bob)]
      const views = all(author, trio, commits)
      agree(author, views, 2)
      author.claim(
        views.every((view) => types(view) === ""),
        "the second is passed over",
      )
      agree(author, all(author, trio, [commit(author, bob)], 3), 3)
    },
  ),
  shows("forged-first", "A commit in order before it that is not valid is passed over", [clauses["first-valid"]], (author) => {
    members(author)
    const right = commit(author, alice)
    const wrong = forged("symbolic-commit", right, { confirmation: filled(1, 32) })
    agree(author, all(author, trio, [wrong, right]), 2)
  }),
  shows("out-of-order", "Messages that come in another order, and twice", [clauses["in-order"]], (author) => {
    members(author)
    const messages = [update(author, bob), commit(author, bob, []), "00", "ffff"]
    author.claim(types(receive(author, alice, ordered(2, messages[1]!))) === "", "waits for the first")
    author.ignores("centralized.receive", { on: alice, message: ordered(2, messages[1]!) })
    author.claim(types(receive(author, alice, ordered(4, messages[3]!))) === "", "waits for the third")
    author.claim(types(receive(author, alice, ordered(1, messages[0]!))) === "proposal,commit", "both, in their order")
    author.claim(types(receive(author, alice, ordered(3, messages[2]!))) === "", "what is nothing is passed over")
    for (const number of [1, 2, 3, 4]) {
      author.ignores("centralized.receive", { on: alice, message: ordered(number, messages[number - 1]!) })
    }
  }),
  shows("welcome", "Who is added begins after the commit that adds it", [clauses["first-valid"], clauses["in-order"]], (author) => {
    members(author)
    const keyPackage = appear(author, "dave")
    const proposal = author.accepts("tree-kem.propose-add", { on: alice, keyPackage }).proposal
    const added = messageIn(author.accepts("centralized.broadcast", { on: alice, proposal }).sends)
    all(author, trio, [added])
    const views = all(author, trio, [commit(author, bob)], 2)
    const [welcome] = views[1]!.welcomes
    author.claim(String(welcome!.users) === "dave" && views[0]!.welcomes.length === 0, "the committer welcomes")
    const value = decoded(welcome!.message)
    if (value.type !== "centralized-welcome") return author.disagree("no welcome")
    author.claim(value.number === 2, "with the number of the commit")
    author.accepts("tree-kem.join", { on: "dave", welcome: value.welcome })
    const { sends } = author.accepts("centralized.open", { on: "dave", number: value.number + 1 })
    author.claim(
      JSON.stringify(decoded(sends[0]!)) === JSON.stringify({ type: "centralized-fetch", group, number: 3 }),
      "fetches what follows",
    )
    agree(author, all(author, [...trio, "dave"], [commit(author, "dave", [])], 3), 3)
  }),
  shows(
    "welcomed-users",
    "A welcome goes to those whom its commit adds, in the order in which their additions were admitted, and to nobody else",
    [clauses["first-valid"]],
    (author) => {
      members(author)
      const updating = author.accepts("tree-kem.propose-update", { on: bob }).proposal
      const adding = ["dave", "erin", "frank"].map((user) => {
        return author.accepts("tree-kem.propose-add", { on: alice, keyPackage: appear(author, user) }).proposal
      })
      all(author, trio, [adding[2]!, updating, adding[0]!, adding[1]!])
      const references = [adding[0]!, updating, adding[2]!].map(referenceOf).sort()
      const named = [references, references.toReversed()].map((refs) => commit(author, carol, refs))
      author.claim(named[0] !== named[1], "two commits of the same")
      const views = all(author, [alice, carol], [named[0]!], 5)
      const [welcome] = views[1]!.welcomes
      author.claim(views[1]!.welcomes.length === 1 && views[0]!.welcomes.length === 0, "its committer sends one")
      author.claim(String(welcome!.users) === "frank,dave", "to the two that it adds, as they were admitted")
      const value = decoded(welcome!.message)
      if (value.type !== "centralized-welcome") return author.disagree("no welcome")
      for (const on of ["frank", "dave"]) author.accepts("tree-kem.join", { on, welcome: value.welcome })
      author.refuses(treeKem.welcome, "tree-kem.join", { on: "erin", welcome: value.welcome })
    },
  ),
  shows(
    "stuck",
    "A commit that one member cannot decrypt is the first valid one all the same",
    [clauses.stuck, clauses["first-valid"]],
    (author) => {
      members(author)
      const messages = [altered("symbolic-commit", commit(author, bob), { unreadable: [0] }, bob), commit(author, carol)]
      const views = trio.slice(0, 1).map((on) => receive(author, on, ordered(1, messages[0]!)))
      author.claim(types(views[0]!) === "stuck" && views[0]!.epoch === 1, "alice is stuck, and takes no other")
      author.refuses(clauses.active, "centralized.receive", { on: alice, message: ordered(2, messages[1]!) })
      const [other] = all(author, [carol], messages)
      author.claim(other!.epoch === 2, "carol has gone on with the first")
    },
  ),
  shows("stuck-waiting", "Who gets stuck leaves what was waiting behind it", [clauses.stuck, clauses["in-order"]], (author) => {
    members(author)
    const messages = [altered("symbolic-commit", commit(author, bob), { unreadable: [0] }, bob), update(author, carol)]
    author.claim(types(receive(author, alice, ordered(2, messages[1]!))) === "", "waits")
    author.claim(types(receive(author, alice, ordered(1, messages[0]!))) === "stuck", "and is not taken")
    author.refuses(clauses.group, "centralized.receive", { on: alice, message: ordered(3, "00", elsewhere) })
  }),
  shows("removed-waiting", "Who is removed leaves what was waiting behind it", [clauses["in-order"]], (author) => {
    members(author)
    const { leaf } = author.accepts("tree-kem.show", { on: bob }).members.find(({ user }) => user === carol)!
    const removal = author.accepts("tree-kem.propose-remove", { on: alice, leaf }).proposal
    all(author, trio, [removal])
    const messages = [commit(author, alice), update(author, bob)]
    author.claim(types(receive(author, carol, ordered(3, messages[1]!))) === "", "waits")
    author.claim(types(receive(author, carol, ordered(2, messages[0]!))) === "commit,removed", "and is not taken")
  }),
  shows(
    "own-commits",
    "Of several own commits of one epoch any may come first, and none counts in the next",
    [clauses["first-valid"]],
    (author) => {
      members(author)
      const commits = [1, 2, 3].map(() => commit(author, bob, []))
      agree(author, all(author, [alice, bob], [commits[1]!]), 2)
      const views = [2, 3].flatMap((number) => all(author, [alice, bob], [commits[number - 1]!], number))
      author.claim(
        views.every((view) => view.epoch === 2 && types(view) === ""),
        "passed over, also the same again",
      )
    },
  ),
]

const attacks = (): ReadonlyArray<Case> => [
  shows(
    "server-suppresses",
    "The server suppresses the updates of one member, and nobody knows",
    [clauses.order, clauses["first-valid"]],
    (author) => {
      members(author)
      author.accepts("centralized.server", { on: "server", group })
      const lost = update(author, bob)
      const views = all(author, trio, [update(author, carol), commit(author, alice, [])])
      agree(author, views, 2)
      const key = said("symbolic-proposal", lost).key
      const { members: after } = author.accepts("tree-kem.show", { on: bob })
      author.claim(
        after.every((member) => member.key !== key),
        "bob's update was never committed",
      )
    },
  ),
  shows("server-parts-the-group", "The server shows two members different orders, and they part", [clauses["first-valid"]], (author) => {
    members(author)
    const commits = [commit(author, alice, []), commit(author, bob, [])]
    const one = all(author, [alice], commits)[0]!
    const other = all(author, [carol], commits.toReversed())[0]!
    author.claim(one.epoch === 2 && other.epoch === 2 && one.authenticator !== other.authenticator, "the same epoch, another key")
  }),
  shows(
    "server-skips",
    "The server skips a commit for one member, who stays behind",
    [clauses["in-order"], clauses["first-valid"]],
    (author) => {
      members(author)
      const skipped = commit(author, alice, [])
      all(author, [alice, bob], [skipped])
      const next = commit(author, alice, [])
      agree(author, all(author, [alice, bob], [next], 2), 3)
      const [behind] = all(author, [carol], [next])
      author.claim(behind!.epoch === 1 && types(behind!) === "", "carol passes over what comes after it")
    },
  ),
]

const refusals = (): ReadonlyArray<Case> => [
  ...twins("centralized/submit-group", clauses.group, "A message for another group, at the server", (author) => {
    author.accepts("centralized.server", { on: "server", group })
    return fork("centralized.serve", { on: "server", from: 1, message: submit("aa") }, { message: submit("aa", elsewhere) })
  }),
  ...twins("centralized/fetch-group", clauses.group, "A fetch for another group, at the server", (author) => {
    author.accepts("centralized.server", { on: "server", group })
    const fetch = (of: string) => encoded({ type: "centralized-fetch", group: of, number: 1 })
    return fork("centralized.serve", { on: "server", from: 1, message: fetch(group) }, { message: fetch(elsewhere) })
  }),
  ...twins("centralized/receive-group", clauses.group, "A message for another group, at a member", (author) => {
    members(author)
    const message = update(author, bob)
    return fork("centralized.receive", { on: alice, message: ordered(1, message) }, { message: ordered(1, message, elsewhere) })
  }),
  ...twins("centralized/ahead", clauses.ahead, "A message 1,025 numbers ahead", (author) => {
    members(author)
    return fork("centralized.receive", { on: alice, message: ordered(1025, "00") }, { message: ordered(1026, "00") })
  }),
  ...removed("receive", (on, message) =>
    fork("centralized.receive", { on: bob, message: ordered(3, message) }, { on, message: ordered(3, message) }),
  ),
  ...removed("broadcast", (on, _, proposal) => fork("centralized.broadcast", { on: bob, proposal }, { on })),
  shows("removed-first", "Who is removed is told so, whatever it would commit", [clauses.active, verdicts["order-of-checks"]], (author) => {
    members(author)
    leave(author)
    author.refuses(clauses.active, "centralized.commit", { on: carol, references: [filled(9, 32)] })
    author.refuses(clauses.active, "centralized.broadcast", { on: carol, proposal: "00" })
    author.refuses(clauses.group, "centralized.receive", { on: carol, message: ordered(3, "00", elsewhere) })
    author.refuses(treeKem.known, "centralized.commit", { on: bob, references: [filled(9, 32)] })
  }),
  shows(
    "broadcasts-anything",
    "alice broadcasts what is no proposal: it is sent, and passed over by all",
    [clauses["first-valid"]],
    (author) => {
      members(author)
      const { sends } = author.accepts("centralized.broadcast", { on: alice, proposal: "00" })
      author.claim(sends.join() === submit("00"), "it is sent as it is")
      const views = all(author, trio, [messageIn(sends), update(author, bob)])
      author.claim(
        views.every((view) => types(view) === "proposal"),
        "and passed over: what comes next is delivered",
      )
    },
  ),
  ...removed("commit", (on) => fork("centralized.commit", { on: bob, references: [] }, { on, references: [] })),
]

/** carol is removed. */
const leave = (author: Author) => {
  const { leaf } = author.accepts("tree-kem.show", { on: bob }).members.find(({ user }) => user === carol)!
  const removal = author.accepts("tree-kem.propose-remove", { on: alice, leaf }).proposal
  all(author, trio, [removal])
  const last = all(author, trio, [commit(author, alice)], 2)
  author.claim(types(last[2]!) === "commit,removed", "carol is removed")
}

/** carol has been removed, and does what only bob may do. */
function removed(id: string, calls: (carol: string, message: string, proposal: string) => ReturnType<typeof fork>): ReadonlyArray<Case> {
  return twins(`centralized/removed-${id}`, clauses.active, `Somebody who was removed, and ${id}`, (author) => {
    members(author)
    leave(author)
    const { proposal } = author.accepts("tree-kem.propose-update", { on: bob })
    return calls(carol, "00", proposal)
  })
}

export default caseFile({ part: "delivery-service", chapter: "centralized-delivery-service", layer: "centralized", flags: {} }, () => [
  ...serving(),
  ...following(),
  ...attacks(),
  ...refusals(),
])
