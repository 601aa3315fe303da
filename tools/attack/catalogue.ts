/**
 * The lies: what an attacker can choose to do at each of its moves. Each is one change to what an honest messenger would do, with the keys that the attacker has.
 *
 * @module
 */

import { acknowledgements } from "./acknowledgement-lies.ts"
import {
  addAgain,
  addWith,
  createWith,
  falseKey,
  headOf,
  inOneEnvelope,
  inTurn,
  isMember,
  type Liar,
  memberMade,
  memberOfUser,
  membersOf,
  meOf,
  operations,
  pretending,
  raw,
  type Twist,
  tell,
} from "./lies.ts"
import { outsiders, restarts } from "./outsiders.ts"
import { keep, type Lie, liarOf, lie, otherSeed, otherwise, put, same, twoFaced, withMember } from "./telling.ts"
import { junk, sayAhead, sayAs, sendAs, speakAs } from "./voices.ts"
import { welcomeLies } from "./welcome-lies.ts"
import { alive, type World } from "./world.ts"

/** Lies about what the recipients of a seed get, in an operation. */
const seedLies = (target: string, name: string, operation: (liar: Liar) => Parameters<typeof tell>[1] | undefined): ReadonlyArray<Lie> => {
  const twisted = (id: string, twist: (liar: Liar, member: string) => Twist) =>
    lie(
      `${name}, ${id} ${target}`,
      withMember(target, (liar, member) => {
        const done = operation(liar)
        return done === undefined ? undefined : tell(liar, done, twist(liar, member))
      }),
    )
  return [
    twisted("another seed for", (_, member) => ({ payload: (to, payload) => (to === member ? otherSeed : payload) })),
    twisted("nothing for", (_, member) => ({ payload: (to, payload) => (to === member ? undefined : payload) })),
    twisted("31 bytes for", (_, member) => ({ payload: (to, payload) => (to === member ? payload.subarray(1) : payload) })),
    twisted("rubbish for", (_, member) => ({ direct: (to, sealed) => (to === member ? sealed.toReversed() : sealed) })),
  ]
}

const updateOf = () => operations.update
const removeOf = (user: string) => (liar: Liar) => {
  const member = memberOfUser(liar, user)
  return member === undefined ? undefined : operations.remove(member)
}

const removes = (user: string) =>
  lie(`removes ${user}`, (liar) => {
    const operation = removeOf(user)(liar)
    return operation === undefined || user === "mallory" ? undefined : tell(liar, operation)
  })

/** Adds somebody whose key bundles only some can get. */
const ghostly = (id: string, ghosts: number, mayFetch: ReadonlyArray<string>): Lie => ({
  id,
  tell: (world) => {
    for (let number = 0; number < ghosts; number++) {
      const liar = liarOf(world, "mallory")
      const ghost = `ghost${world.sent.length}-${number}`
      if (liar === undefined) return false
      world.enter(ghost, false)
      world.fetchable = { ...world.fetchable, [ghost]: mayFetch }
      const { messenger: now } = world.person("mallory")
      // The bundle is learned by whichever state the liar goes on from.
      world.change("mallory", { messenger: liar.messenger })
      world.fetchable = { ...world.fetchable, [ghost]: [...mayFetch, "mallory"] }
      world.meet("mallory", ghost, 1)
      const { messenger } = world.person("mallory")
      world.change("mallory", { messenger: now })
      const told = addWith({ ...liar, messenger }, ghost, same)
      if (told === undefined) return false
      keep(world, "mallory", told.messenger)
      put(world, "mallory", told)
    }
    return true
  },
})

/** Zed, who never was a member, makes up that another has added it, and adds a victim, so that the victim's new member has the smallest identifier. */
const hijack = (victim: string, by: string): Lie => ({
  id: `zed, as if ${by} had added it, adds ${victim} to the group`,
  tell: (world) => {
    const { seed, messenger } = world.person("zed")
    const mine = alive(world.person(victim), world.group).map(({ broadcast }) => broadcast.agreement.me!)
    const zed: Liar = { messenger, seed, group: world.group }
    if (mine.length === 0 || isMember(zed)) return false
    const smallest = (me: string) => {
      let seq = 1
      while (memberMade(zed, victim, me, seq + 1) >= mine[0]!) seq++
      return seq
    }
    const liar = pretending(world.person(victim).messenger, by, zed, smallest)
    const told = liar === undefined ? undefined : addAgain(liar, victim)
    return told !== undefined && put(world, "zed", told, [victim])
  },
})

/** Groups that mallory creates with a lie, where there is none yet. */
const founding = (id: string, twist: (liar: Liar) => Twist): Lie => ({
  id: `creates the group with alice and bob, ${id}`,
  tell: (world) => {
    if (world.group !== "") return false
    const liar: Liar = { ...world.person("mallory"), group: "" }
    const told = createWith(liar, ["alice", "bob"], twist(liar))
    if (told === undefined) return false
    world.group = Object.keys(told.messenger.groups)[0]!
    world.change("mallory", { messenger: told.messenger })
    return put(world, "mallory", told)
  },
})

const firstOf = () => {
  let first: string | undefined
  return (to: string) => {
    first ??= to
    return to === first
  }
}

const foundings: ReadonlyArray<Lie> = [
  founding("truly", () => ({})),
  founding("another seed for one of them", () => {
    const isFirst = firstOf()
    return { payload: (to, payload) => (isFirst(to) ? otherSeed : payload) }
  }),
  founding("no seed for one of them", () => {
    const isFirst = firstOf()
    return { payload: (to, payload) => (isFirst(to) ? undefined : payload) }
  }),
  founding("rubbish for one of them", () => {
    const isFirst = firstOf()
    return { direct: (to, sealed) => (isFirst(to) ? sealed.toReversed() : sealed) }
  }),
]

/** What goes to the application. */
const spoken: ReadonlyArray<Lie> = [
  lie("says something", (liar) => sayAhead(liar, "mallory says")),
  lie("says something 256 ahead", (liar) => sayAhead(liar, "mallory says", 256)),
  lie("says something 1024 ahead", (liar) => sayAhead(liar, "mallory says", 1024)),
  lie(
    "says something in bob's chain",
    withMember("bob", (liar, bob) => sayAs(liar, bob, "bob says what mallory says")),
  ),
  {
    id: "says yes to alice and no to bob",
    tell: (world) => {
      const liar = liarOf(world, "mallory")
      const [yes, no] = liar === undefined ? [] : [sayAhead(liar, "yes"), sayAhead(liar, "no")]
      if (yes === undefined || no === undefined) return false
      keep(world, "mallory", yes.messenger)
      put(world, "mallory", no, ["bob"])
      return put(world, "mallory", yes, ["alice"])
    },
  },
]

const equivocations: ReadonlyArray<Lie> = [
  twoFaced(
    "one update for alice, another for bob",
    (liar) => tell(liar, operations.update),
    (liar) => tell(liar, operations.update, { draw: otherwise }),
    ["bob"],
  ),
  twoFaced(
    "two updates in one envelope for alice, another one for bob",
    (liar) => {
      const both = inTurn(
        liar,
        (one) => tell(one, operations.update),
        (one) => tell(one, operations.update),
      )
      return both === undefined ? undefined : inOneEnvelope(liar, both)
    },
    (liar) => tell(liar, operations.update, { draw: otherwise }),
    ["bob"],
  ),
  twoFaced(
    "five updates for alice, five others for bob, in envelopes that end elsewhere",
    (liar) => {
      const first = tell(liar, operations.update)
      if (first === undefined) return undefined
      const between: Liar = { ...liar, messenger: first.messenger }
      const rest = inTurn(between, ...Array.from({ length: 5 }, () => (one: Liar) => tell(one, operations.update)))
      if (rest === undefined) return undefined
      const joined = inOneEnvelope(between, rest)
      return { ...joined, packets: [...first.packets, ...joined.packets] }
    },
    (liar) => {
      const two = inTurn(
        liar,
        (one) => tell(one, operations.update),
        (one) => tell(one, operations.update, { draw: otherwise }),
      )
      return two === undefined ? undefined : inOneEnvelope(liar, two)
    },
    ["bob"],
  ),
  twoFaced(
    "an update for alice, the addition of dave for bob",
    (liar) => tell(liar, operations.update),
    (liar) => addWith(liar, "dave", same),
    ["bob"],
  ),
  {
    id: "an update for bob alone",
    tell: (world) => {
      const liar = liarOf(world, "mallory")
      const told = liar === undefined ? undefined : tell(liar, operations.update)
      if (told === undefined) return false
      keep(world, "mallory", told.messenger)
      return put(world, "mallory", told, ["bob"])
    },
  },
]

/** Everybody can see that there are two of them. */
const bothToAll: Lie = {
  id: "two updates with one number for everybody",
  tell: (world) => {
    const liar = liarOf(world, "mallory")
    const [one, other] = liar === undefined ? [] : [tell(liar, operations.update), tell(liar, operations.update, { draw: otherwise })]
    if (one === undefined || other === undefined) return false
    keep(world, "mallory", one.messenger)
    world.twins = [...world.twins, [world.sent.length, world.sent.length + 1]]
    put(world, "mallory", one)
    return put(world, "mallory", other)
  },
}

/** Dave takes the false key for bob's: bob "acknowledges" an update of dave's, and speaks. */
const speaksAsBob: Lie = {
  id: "speaks to dave as bob, with the key that it has for bob's",
  tell: (world) => {
    const ahead = world.fork()
    for (const packet of world.person("mallory").inbox) ahead.give("mallory", packet)
    const liar = liarOf(ahead, "mallory")
    if (liar === undefined || !usersOfDave(world).includes("bob")) return false
    const [bob, dave] = [memberOfUser(liar, "bob"), memberOfUser(liar, "dave")]
    const [seen] = alive(world.person("dave"), world.group)
    if (bob === undefined || dave === undefined || seen === undefined) return false
    const { signers, agreement } = seen.broadcast
    const change = lastOfDave(world, dave)
    const signer = signers[bob]
    if (change === undefined || signer === undefined) return false
    const puppet = { member: bob, secretKey: falseKey(liar, "bob").secretKey, digest: signer.digest, seq: (agreement.seen[bob] ?? 0) + 1 }
    world.send("mallory", speakAs(liar, puppet, { sender: dave, ...change }, "it is me, bob"), { to: ["dave"], first: true })
    return true
  },
}

const usersOfDave = (world: World) =>
  alive(world.person("dave"), world.group).length === 0 ? [] : Object.values(membersOf({ ...world.person("dave"), group: world.group }))

/** Dave's last message that is not an acknowledgement, with its seed, which mallory was sent, unless it is an add. */
const lastOfDave = (world: World, dave: string) => {
  const last = world.sent.findLast(({ by, is }) => by === "dave" && /^(update|remove|add) /.test(is))
  if (last?.brings === undefined) return undefined
  const seq = last.brings.first
  if (last.is.startsWith("add ")) return { seq, seed: undefined }
  for (let one = world.evidence; one !== undefined; one = one.before) {
    const drawn = one.hands.seeds.find((seed) => seed.sender === dave && seed.seq === seq)
    if (drawn !== undefined) return { seq, seed: drawn.seed }
  }
  return undefined
}

const neverSaid = "bob says what he never said"

/** Of one who has a copy of bob's state. */
const thefts: ReadonlyArray<Lie> = [
  {
    id: "steals bob's state",
    tell: (world) => {
      if (alive(world.person("bob"), world.group).length === 0 || world.notebook.stolen !== undefined) return false
      world.notebook = { ...world.notebook, stolen: world.person("bob").messenger }
      return true
    },
  },
  ...(["says something", "updates", "removes alice", "adds zed"] as const).map(
    (what): Lie => ({
      id: `as bob, with the stolen state, ${what}`,
      tell: (world) => {
        const stolen = world.notebook.stolen as Liar["messenger"] | undefined
        if (stolen === undefined) return false
        const liar: Liar = { messenger: stolen, seed: world.person("zed").seed, group: world.group }
        const alice = memberOfUser(liar, "alice")
        const told =
          what === "says something"
            ? sayAhead(liar, neverSaid)
            : what === "updates"
              ? tell(liar, operations.update)
              : what === "removes alice"
                ? alice === undefined
                  ? undefined
                  : tell(liar, operations.remove(alice))
                : addWith(liar, "zed", same)
        if (told === undefined) return false
        const misused = world.notebook.misused === true || world.notebook.healed !== true
        const forged = [...((world.notebook.forged as ReadonlyArray<object> | undefined) ?? [])]
        if (what === "says something") forged.push({ text: neverSaid, id: world.sent.length })
        world.notebook = { ...world.notebook, stolen: told.messenger, misused, forged }
        return put(world, "zed", told)
      },
    }),
  ),
]

const junkOf = (count: number, items: number): Lie => ({
  id: `a stranger sends alice ${count} packets of junk`,
  tell: (world) => {
    const [seen] = alive(world.person("alice"), world.group)
    const bob = Object.entries(seen?.broadcast.agreement.users ?? {}).find(([, user]) => user === "bob")?.[0]
    if (bob === undefined) return false
    world.send("zed", junk(world.group, bob, count, items), { to: ["alice"], first: world.racing })
    return true
  },
})

/** Control messages that no step makes. */
const malformed: ReadonlyArray<Lie> = [
  lie(
    "a removal of alice in the name of bob",
    withMember("bob", (liar, bob) => {
      const alice = memberOfUser(liar, "alice")
      if (alice === undefined) return undefined
      const others = Object.keys(membersOf(liar)).filter((member) => member !== alice && member !== bob)
      const directs = Object.fromEntries(others.map((member) => [member, otherSeed]))
      const removal = { type: "remove", member: alice, commitment: otherSeed } as const
      return sendAs(liar, bob, (head) => ({ ...removal, ...head }), { signingKey: falseKey(liar, "bob").publicKey, directs })
    }),
  ),
  lie("an update without a seed", (liar) =>
    raw(liar, { type: "update", ...headOf(liar), commitment: otherSeed }, falseKey(liar, "own").publicKey),
  ),
  lie("an update with a number too high", (liar) =>
    tell(liar, operations.update, { control: (control) => ({ ...control, seq: control.seq + 1 }) }),
  ),
  lie("a removal of itself", (liar) =>
    raw(liar, { type: "remove", ...headOf(liar), member: meOf(liar), commitment: otherSeed }, falseKey(liar, "own").publicKey),
  ),
  lie("an addition of bob, who is a member", (liar) =>
    raw(liar, { type: "add", ...headOf(liar), user: "bob", history: otherSeed, commitment: otherSeed }),
  ),
]

/** All lies. */
export const lies: ReadonlyArray<Lie> = [
  ...["alice", "bob", "dave"].flatMap((user) => seedLies(user, "an update", updateOf)),
  ...seedLies("alice", "a removal of bob", removeOf("bob")).slice(0, 2),
  lie(
    "a removal of bob, with the seed for bob too",
    withMember("bob", (liar, bob) => tell(liar, operations.remove(bob), { extra: { [bob]: "bob" } })),
  ),
  lie("an update with the seed for zed too", (liar) =>
    tell(liar, operations.update, { extra: { [memberMade(liar, "zed", meOf(liar), 1)]: "zed" } }),
  ),
  lie("an update for nobody", (liar) => tell(liar, operations.update, { payload: () => undefined })),
  lie("an update", (liar) => tell(liar, operations.update)),
  ...["alice", "bob", "dave", "zed"].map(removes),
  lie("adds zed", (liar) => addWith(liar, "zed", same)),
  ghostly("adds a ghost", 1, []),
  ghostly("adds ten ghosts", 10, []),
  ghostly("adds a ghost whose bundle only bob can get", 1, ["bob"]),
  ...welcomeLies,
  hijack("alice", "bob"),
  hijack("bob", "alice"),
  ...["alice", "bob", "dave"].map((user) =>
    lie(`adds ${user}, who is a member, once more`, (liar) => (memberOfUser(liar, user) === undefined ? undefined : addAgain(liar, user))),
  ),
  ...foundings,
  ...spoken,
  ...acknowledgements,
  ...equivocations,
  bothToAll,
  speaksAsBob,
  ...thefts,
  junkOf(40, 58),
  ...restarts,
  ...outsiders,
  lie("sends forty updates with numbers far ahead", (liar) => {
    const told = Array.from({ length: 40 }, (_, index) =>
      raw(
        liar,
        { type: "update", ...headOf(liar), seq: headOf(liar).seq + 100 + index, commitment: otherSeed },
        falseKey(liar, "own").publicKey,
      ),
    )
    return { messenger: liar.messenger, packets: told.flatMap(({ packets }) => packets), hands: told[0]!.hands }
  }),
  {
    id: "sends everything again that was ever sent",
    tell: (world) => {
      world.send(
        "mallory",
        world.sent.map(({ bytes }) => bytes),
        { first: world.racing },
      )
      return true
    },
  },
  ...malformed,
]
