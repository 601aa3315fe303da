/**
 * Welcomes made by hand: what a new member makes of a right one, and of one with one fault.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import { memberId } from "../../../reference/simulation/network.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { Welcome } from "../../../spec/dcgka/key-agreement.ts"
import { type Author, type Case, type Fork, fork, twins } from "../author.ts"
import { historyDigest } from "./history-digest.ts"
import { commitmentOfAdd, controlHex, KeyAgreementGroup } from "./key-agreement-group.ts"

/** The changes of a welcome. */
export type Changes = Welcome["changes"]

/** The hex of a welcome. */
export const welcomeHex = (welcome: Welcome): string => Hex.encode(encodeWire(Welcome, welcome))

const rest = { ratchet: new Uint8Array(32).fill(6), attachment: new Uint8Array() }

/** The create of the group, as a welcome has it. */
const createIn = ({ creation, members }: KeyAgreementGroup): Changes[number]["change"] => {
  const { group: _, ...created } = creation
  return { type: "welcome-create", sender: members.get(created.users[0]!)!, seq: 1, ...created }
}

/** The control message by which Alice adds Dave, with the welcome that has these changes. */
export const addOfDave = (group: KeyAgreementGroup, seq: number, changes: Changes): string => {
  const history = historyDigest(group.id, changes.slice(0, -1))
  const alice = group.member("alice")
  const commitment = commitmentOfAdd(rest.ratchet, group.id, alice, seq)
  return controlHex({ type: "add", group: group.id, sender: alice, seq, user: "dave", history, commitment })
}

/** Dave is given a control message with a direct message for it. */
export const givenToDave = (group: KeyAgreementGroup, control: string, direct: string) => ({
  on: "dave",
  control,
  recipients: [group.member("dave")],
  direct,
})

/** The welcome with which Alice adds Dave to a settled group of Alice and Bob, by her message numbered `seq`. */
export const settledWelcome = (group: KeyAgreementGroup, seq: number): Welcome => {
  const [alice, bob] = [group.member("alice"), group.member("bob")]
  return {
    changes: [
      { change: createIn(group), unknown: [] },
      { change: { type: "welcome-add", sender: alice, seq, user: "dave" }, unknown: [] },
    ],
    known: {},
    seen: { [alice]: seq, [bob]: 1 },
    ...rest,
  }
}

/**
 * The welcome with which Alice adds Dave to an unsettled group: Alice has added Erin while Bob was removing Carol and adding Frank, and removes Erin when she knows of both. Erin and Carol know nothing of what Bob did, and Frank has sent nothing.
 */
const unsettledWelcome = (group: KeyAgreementGroup): Welcome => {
  const [alice, bob, carol, erin] = ["alice", "bob", "carol", "erin"].map((user) => group.member(user)) as [string, string, string, string]
  return {
    changes: [
      { change: createIn(group), unknown: [] },
      { change: { type: "remove", sender: bob, seq: 2, member: carol }, unknown: [] },
      { change: { type: "welcome-add", sender: bob, seq: 3, user: "frank" }, unknown: [] },
      { change: { type: "welcome-add", sender: alice, seq: 2, user: "erin" }, unknown: [1, 2] },
      { change: { type: "remove", sender: alice, seq: 6, member: erin }, unknown: [] },
      { change: { type: "welcome-add", sender: alice, seq: 7, user: "dave" }, unknown: [] },
    ],
    known: {
      [bob]: { length: 3, unknown: [] },
      [carol]: { length: 1, unknown: [] },
      [erin]: { length: 4, unknown: [1, 2] },
    },
    seen: { [alice]: 7, [bob]: 3, [carol]: 1, [erin]: 1 },
    ...rest,
  }
}

const named = (author: Author, users: ReadonlyArray<string>): KeyAgreementGroup => {
  const group = new KeyAgreementGroup(author, users)
  for (const _ of [1, 2]) group.introduce("alice", "dave")
  group.found(users.filter((user) => user !== "dave"))
  return group
}

/** Dave gets a welcome made by `make`, by Alice's message numbered `seq`: the right one, and what `change` makes of it. */
const dave = (
  group: KeyAgreementGroup,
  seq: number,
  make: (group: KeyAgreementGroup) => Welcome,
  change: (welcome: Welcome, group: KeyAgreementGroup) => Welcome | string,
): Fork<"group.process"> => {
  group.members.set("dave", memberId(group.id, "dave", group.member("alice"), seq))
  const right = make(group)
  const control = addOfDave(group, seq, right.changes)
  const wrong = change(right, group)
  const direct = (bytes: string) => group.crafted("alice", "dave", bytes, control)
  const call = givenToDave(group, control, direct(welcomeHex(right)))
  return fork("group.process", call, { direct: direct(typeof wrong === "string" ? wrong : welcomeHex(wrong)) })
}

/** A fault of a welcome. */
export interface Fault {
  readonly id: string
  readonly title: string
  readonly clause: Parameters<typeof twins>[1]
  readonly change: (welcome: Welcome, group: KeyAgreementGroup) => Welcome
  /** What the right welcome is made of the usual one, if it is another. */
  readonly right?: (welcome: Welcome) => Welcome
  readonly seq?: number
  /** The creator, the other member and the new one, in the order in which the create names them, if it is not Alice, Bob and Dave. */
  readonly users?: ReadonlyArray<string>
}

/** Dave is welcomed to the settled group: by the honest welcome, and by one with a fault. */
export const settledTwins = ({ id, title, clause, change, seq = 2, users = ["alice", "bob", "dave"] }: Fault): ReadonlyArray<Case> =>
  twins(`key-agreement/welcome-${id}`, clause, title, (author) =>
    dave(named(author, users), seq, (group) => settledWelcome(group, seq), change),
  )

/** Dave is welcomed to the unsettled group: by the honest welcome, and by one with a fault. */
export const unsettledTwins = ({ id, title, clause, change, right = (welcome) => welcome }: Fault): ReadonlyArray<Case> =>
  twins(`key-agreement/welcome-${id}`, clause, title, (author) => {
    const group = named(author, ["alice", "bob", "carol", "dave"])
    group.members.set("erin", memberId(group.id, "erin", group.member("alice"), 2))
    group.members.set("frank", memberId(group.id, "frank", group.member("bob"), 3))
    return dave(group, 7, (named) => right(unsettledWelcome(named)), change)
  })

/** A change of the changes of a welcome. */
export const withChanges =
  (change: (changes: Changes, group: KeyAgreementGroup) => Changes) =>
  (welcome: Welcome, group: KeyAgreementGroup): Welcome => ({ ...welcome, changes: change(welcome.changes, group) })

/** The welcome in which the change at `position` is said not to know `unknown`. */
export const withUnknown =
  (position: number, unknown: ReadonlyArray<number>) =>
  (welcome: Welcome): Welcome => ({
    ...welcome,
    changes: welcome.changes.map((entry, at) => (at === position ? { ...entry, unknown } : entry)),
  })

/** The welcome in which `user` is said to know this. */
export const withKnown =
  (user: string, length: number, unknown: ReadonlyArray<number> = []) =>
  (welcome: Welcome, group: KeyAgreementGroup): Welcome => ({
    ...welcome,
    known: { ...welcome.known, [group.member(user)]: { length, unknown } },
  })
