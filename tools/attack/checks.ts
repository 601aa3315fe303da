/**
 * What must hold, whatever the attacker does: at each point at which everything that is on its way has arrived.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import * as Messaging from "../../reference/dcgka/group-messaging.ts"
import { knownToAttacker } from "./knowledge.ts"
import { checkRoom, isCrowdedOut } from "./room.ts"
import { must } from "./running.ts"
import { alive, type Person, type Sent, shownTo, sizeOf, usersOf, type World } from "./world.ts"

/** One thing that does not hold. `kind` is what is counted by. */
export interface Violation {
  readonly kind: string
  readonly says: string
}

/** How many single checks were made. */
export const checked = { count: 0 }

type Say = (kind: string, says: string) => void

const speaking = (person: Person, group: string) => alive(person, group).sort((a, b) => (memberOf(a) < memberOf(b) ? -1 : 1))[0]

type Membership = ReturnType<typeof alive>[number]

const memberOf = ({ broadcast }: Membership): string => broadcast.agreement.me!

const isRefusal = (says: string) => says.includes(".")

/** What only one can judge to whom something was sealed. All else is public, and all have to judge it alike. */
const isPrivate = (clause: string): boolean =>
  /^(channel|key-bundles|suite|encoding)\.|^key-agreement\.(direct-missing|direct-unexpected|secret-length|commitment|welcome-.*)$|^causal-broadcast\.attachment$/.test(
    clause,
  )

type RefusedLater = Extract<Person["events"][number], { readonly type: "envelope-refused" }>

/** What a person has been told that was refused when nobody waited for the verdict. */
const refusedLater = ({ events }: Person): ReadonlyArray<RefusedLater> =>
  events.flatMap((event) => (event.type === "envelope-refused" ? [event] : []))

const isOf = ({ member, seq }: RefusedLater, { brings }: Sent): boolean => brings?.sender === member && brings.first === seq

/** Whether one refused what the other took; on private grounds, or when one of them knew nothing of the group before but what it was told. */
const isParting = (packet: Sent, one: Person, other: Person): boolean => {
  const later = refusedLater(one).find((event) => isOf(event, packet))
  const refusal =
    one.verdicts.find((verdict) => verdict.packet.id === packet.id && isRefusal(verdict.says)) ??
    (later === undefined ? undefined : { says: later.clause, present: true })
  const taking = other.verdicts.find((verdict) => verdict.packet.id === packet.id && verdict.says === "accepted")
  return refusal !== undefined && taking !== undefined && (isPrivate(refusal.says) || !refusal.present || !taking.present)
}

/** Whether a new member was shown, by the add-ack of another or by what else comes from one who has not confirmed, that its adder, who is dishonest, told it what is not so: this refusal names the adder. */
const isConfirmedLie = (world: World, person: Person): boolean => {
  const isWord = (clause: string) => /^causal-broadcast\.(confirmation|unconfirmed)$/.test(clause)
  const isContradicted = person.verdicts.some(({ says }) => isWord(says)) || refusedLater(person).some(({ clause }) => isWord(clause))
  const isDishonest = (member: string, users: Readonly<Record<string, string>>) => world.people[users[member]!]?.honest === false
  const memberships = person.messenger.groups[world.group]?.memberships ?? []
  const added = memberships.some(({ broadcast: { agreement } }) =>
    agreement.history.entries.some(
      ({ change }) => change.type === "add" && change.member === agreement.me && isDishonest(change.sender, agreement.users),
    ),
  )
  return added && isContradicted
}

/** Whether one was told that somebody dishonest has sent it two messages with one number. */
const isShownTwo = (world: World, person: Person): boolean =>
  person.verdicts.some(({ packet, says }) => !packet.honest && says === "causal-broadcast.equivocation") ||
  refusedLater(person).some(({ clause, user }) => clause === "causal-broadcast.equivocation" && world.people[user ?? ""]?.honest === false)

/** The lies that parted two people: one refused it, and so named who told it; the other took it. Or one of them can show that there are two. */
const isParted = (world: World, one: Person, other: Person): boolean => {
  const lies = world.sent.filter(({ honest }) => !honest)
  if (lies.some((packet) => isParting(packet, one, other) || isParting(packet, other, one))) return true
  if (isConfirmedLie(world, one) || isConfirmedLie(world, other)) return true
  return isShownTwo(world, one) || isShownTwo(world, other) || (world.faces.length > 0 && differs(world, one, other))
}

/**
 * Whether one is in the group anew by an addition of the attacker's, or of one who is, with nothing but its word: the other has not taken that addition, or has no such member by it (limit dcgka.until-confirmed).
 */
const isInvited = (world: World, person: Person, other: Person): boolean => {
  const [only, ...more] = alive(person, world.group)
  if (only === undefined || more.length > 0) return false
  const { history, me, users } = only.broadcast.agreement
  const known = new Set(
    alive(other, world.group).flatMap(({ broadcast }) =>
      broadcast.agreement.history.entries.map(({ change }) => `${change.sender} ${change.seq}`),
    ),
  )
  const isOurs = ({ change }: (typeof history.entries)[number]) => change.type === "add" && change.member === me
  const isTheirs = (entry: (typeof history.entries)[number]) =>
    entry.change.type === "add" &&
    (world.people[users[entry.change.sender]!]?.honest === false || world.people[users[entry.change.member]!]?.honest === false)
  const isUnknown = ({ change }: (typeof history.entries)[number]) => !known.has(`${change.sender} ${change.seq}`)
  const isByThem = history.entries.some((entry) => isOurs(entry) && isTheirs(entry))
  if (usersOf(other, world.group).includes(person.user))
    return isByThem && history.entries.some((entry) => isOurs(entry) && isUnknown(entry))
  return isByThem || history.entries.some((entry) => isTheirs(entry) && isUnknown(entry))
}

/** Whether it is known who parted two people: them, or one of them and a third, with whom the other goes. Or somebody waits for a key bundle, and says so. */
const isExplained = (world: World, one: Person, other: Person): boolean =>
  // Whose state was stolen and used in time is two people for all others (limit dcgka.thief-in-time).
  world.notebook.misused === true ||
  // Who was removed by its half of a split group has no notes any more.
  (world.faces.length > 0 && (!isPresent(one, world.group) || !isPresent(other, world.group))) ||
  world.honest.some((person) => waitsForGhost(world, person)) ||
  isParted(world, one, other) ||
  isInvited(world, one, other) ||
  isInvited(world, other, one) ||
  world.honest.some((third) => third !== one && third !== other && (isParted(world, one, third) || isParted(world, other, third)))

const attackersMembers = (world: World): ReadonlySet<string> => {
  const members = world.honest.flatMap((person) =>
    alive(person, world.group).flatMap(({ broadcast }) => Object.entries(broadcast.agreement.users)),
  )
  return new Set(members.filter(([, user]) => world.people[user]?.honest === false).map(([member]) => member))
}

/** Whether notes of the two show that the attacker told them different things. */
const differs = (world: World, one: Person, other: Person): boolean => {
  const dishonest = attackersMembers(world)
  return [
    [one, other],
    [other, one],
  ].some(([from, to]) => {
    if (alive(from!, world.group).length === 0 || alive(to!, world.group).length === 0) return false
    const notes = must(from!.seed, Messaging.notes(from!.messenger, world.group))
    const { differ } = must(to!.seed, Messaging.check(to!.messenger, world.group, notes))
    return differ.some((member) => dishonest.has(member))
  })
}

const pairs = (world: World): ReadonlyArray<readonly [Person, Person]> =>
  world.honest.flatMap((one, index) => world.honest.slice(index + 1).map((other) => [one, other] as const))

const isPresent = (person: Person, group: string) => alive(person, group).length > 0

/** Waiting for a key bundle, which is said, of somebody whom the attacker has added; as long as the attacker is a member. */
const waitsForGhost = (world: World, person: Person) =>
  person.missing.some((one) => "bundle" in one && world.people[one.bundle]?.honest === false) &&
  usersOf(person, world.group).some((user) => world.people[user]?.honest === false)

/** All honest members see the same members, and have each other's ratchets. */
const checkAgreement = (world: World, say: Say): void => {
  const { group } = world
  for (const [one, other] of pairs(world)) {
    checked.count++
    const [mine, theirs] = [usersOf(one, group), usersOf(other, group)]
    if (one.cutOff || other.cutOff) continue
    const concerns = mine.includes(other.user) || theirs.includes(one.user)
    if (!concerns || isExplained(world, one, other)) continue
    if (String(mine) !== String(theirs))
      say("parted", `${one.user} sees ${mine.join("+") || "nobody"}, ${other.user} sees ${theirs.join("+") || "nobody"}`)
    const [a, b] = [speaking(one, group), speaking(other, group)]
    if (a === undefined || b === undefined) continue
    for (const [owner, own, reader] of [
      [one, a, b],
      [other, b, a],
    ] as const) {
      const [has, is] = [reader.broadcast.agreement.ratchets[memberOf(own)], own.broadcast.agreement.ratchets[memberOf(own)]]
      if (has === undefined || is === undefined) continue
      if (Hex.encode(has) !== Hex.encode(is))
        say("other-ratchet", `${(owner === one ? other : one).user} has another ratchet of ${owner.user} than ${owner.user}`)
    }
  }
}

/** What is shown of an honest user it said, once. */
const checkShown = (world: World, say: Say): void => {
  for (const person of world.honest) {
    const shown = shownTo(person)
    const seen = new Set<string>()
    for (const { user, text } of shown) {
      checked.count++
      if (world.people[user]?.honest !== true) continue
      const isSaid = world.said.some((said) => said.by === user && said.text === text)
      if (!isSaid && !mayForge(world, user) && !isForgedInTime(world, person, user, text))
        say("forged", `${person.user} is shown "${text}" of ${user}, who never said it`)
      if (isSaid && seen.has(text)) say("twice", `${person.user} is shown "${text}" of ${user} twice`)
      seen.add(text)
    }
  }
}

/** A thief may speak until its victim has healed and who reads has heard of it. */
const mayForge = (world: World, user: string): boolean =>
  user === "bob" && world.notebook.stolen !== undefined && world.notebook.healed !== true

/** Whether a thief's text was shown before the update by which its victim has healed had come, and the reader was told when it came that the chain is another one (limit dcgka.thief-in-time). */
const isForgedInTime = (world: World, reader: Person, user: string, text: string): boolean => {
  const forged = world.notebook.forged as ReadonlyArray<{ readonly text: string; readonly id: number }> | undefined
  const told = forged?.find((one) => one.text === text)
  if (user !== "bob" || told === undefined) return false
  const came = (isIt: (packet: Sent) => boolean) => reader.verdicts.findIndex(({ packet }) => isIt(packet))
  const [forgery, healing] = [came(({ id }) => id === told.id), came(({ id }) => id === world.notebook.healing)]
  if (healing === -1) return true
  return forgery !== -1 && forgery < healing && isTold(reader, "chain-differs", user)
}

/** What an honest user said to honest ones who could read it has been shown to them. */
const checkHeard = (world: World, say: Say): void => {
  for (const { by, text, readers } of world.said) {
    for (const user of readers) {
      checked.count++
      const reader = world.person(user)
      const isShown = shownTo(reader).some((one) => one.user === by && one.text === text)
      if (isShown || reader.cutOff || isExplained(world, reader, world.person(by))) continue
      if (!isPresent(reader, world.group)) continue
      if (isTold(reader, "messages-lost", by) || isTold(reader, "message-refused", by)) continue
      say("lost", `${user} is never shown "${text}"`)
    }
  }
}

/** Nobody honest is refused by anybody honest, unless a lie is known. */
const checkBlame = (world: World, say: Say): void => {
  for (const person of world.honest) {
    for (const { packet, says } of person.verdicts) {
      // What one could not read was written for others; what it could have read is looked at above.
      if (!packet.honest || !isRefusal(says) || says === "application-messages.chain") continue
      checked.count++
      const sender = world.person(packet.by)
      if (isExplained(world, person, sender)) continue
      say("blames", `${person.user} refuses ${packet.is} of ${packet.by}: ${says}`)
    }
    for (const event of refusedLater(person)) {
      const packets = world.sent.filter((packet) => isOf(event, packet))
      // What others have made in somebody's name is told too.
      if (packets.length === 0 || packets.some(({ honest }) => !honest)) continue
      checked.count++
      if (isCrowdedOut(world, person, event) || isExplained(world, person, world.person(packets[0]!.by))) continue
      say("blames", `${person.user} is told that ${packets[0]!.is} of ${packets[0]!.by} was refused: ${event.clause}`)
    }
  }
}

/** Two honest people whom the attacker told different things see it when they compare notes. */
const checkNotes = (world: World, say: Say): void => {
  for (const { packets, present } of world.faces) {
    const [first, second] = packets
    // What is held counts for nothing.
    const counts = (person: Person, { brings }: Sent) =>
      alive(person, world.group).some(
        ({ broadcast }) => brings !== undefined && (broadcast.agreement.seen[brings.sender] ?? 0) >= brings.first,
      )
    const took = (person: Person, face: ReadonlyArray<number> | undefined) =>
      person.verdicts.some(({ packet, says }) => face?.includes(packet.id) === true && says === "accepted" && counts(person, packet))
    for (const [one, other] of pairs(world)) {
      const isTold = (took(one, first) && took(other, second)) || (took(one, second) && took(other, first))
      const wherePresent = [one, other].every((person) => present.includes(person.user) && isPresent(person, world.group))
      // Who has been told that there are two needs no notes.
      if (!isTold || !wherePresent || isShownTwo(world, one) || isShownTwo(world, other)) continue
      checked.count++
      if (!differs(world, one, other))
        say("notes", `${one.user} and ${other.user} were told different things, and comparing notes does not show it`)
    }
  }
}

/** Who has both of two messages under one number, and takes or withholds one of them, is told. Of what the adder of a new member has taken for it, it has nothing to compare. */
const checkTwins = (world: World, say: Say): void => {
  for (const twins of world.twins) {
    const { brings } = world.sent[twins[0]]!
    for (const person of world.honest) {
      const hasBoth = twins.every((id) => person.verdicts.some(({ packet }) => packet.id === id))
      const isJudged = alive(person, world.group).some(
        ({ broadcast: { signers, held } }) =>
          signers[brings!.sender]?.recent.some(({ first, last }) => first <= brings!.first && brings!.first <= last) === true ||
          held.some(({ sender, seq, withheld }) => withheld !== null && sender === brings!.sender && seq === brings!.first),
      )
      if (!hasBoth || !isJudged) continue
      checked.count++
      if (!isShownTwo(world, person)) say("twins", `${person.user} has two messages of mallory's with one number, and is not told`)
    }
  }
}

/** Nobody has more messages of an honest member than it sent. */
const checkCounts = (world: World, say: Say): void => {
  for (const sender of world.honest) {
    for (const { broadcast } of sender.messenger.groups[world.group]?.memberships ?? []) {
      const { me, seen } = broadcast.agreement
      for (const reader of world.honest) {
        for (const other of reader === sender || me === null ? [] : alive(reader, world.group)) {
          checked.count++
          const [has, sent] = [other.broadcast.agreement.seen[me!] ?? 0, seen[me!] ?? 0]
          if (has > sent && !mayForge(world, sender.user) && !isExplained(world, reader, sender))
            say("counts", `${reader.user} has ${has} messages of ${sender.user}, who sent ${sent}`)
        }
      }
    }
  }
}

const isTold = ({ events }: Person, type: string, user: string): boolean =>
  events.some((event) => event.type === type && "user" in event && event.user === user)

/** Whether both have had a control message that ends the chain of the message with this name. */
const hasEnded = (world: World, name: string, readers: ReadonlyArray<Person>): boolean => {
  const [member, seq] = name.split(" ")
  return readers.every((reader) =>
    alive(reader, world.group).some(({ broadcast }) => (broadcast.agreement.seen[member!] ?? 0) > Number(seq)),
  )
}

/** One message is one text for all, or it is known whose fault that is, once its sender has sent a control message. */
const checkTexts = (world: World, say: Say): void => {
  for (const [one, other] of pairs(world)) {
    const named = new Map(shownTo(one).map(({ name, text }) => [name, text]))
    for (const { name, text, user } of shownTo(other)) {
      checked.count++
      const first = named.get(name)
      if (first === undefined || first === text || isExplained(world, one, other)) continue
      const isKnown = [one, other].some((person) => isTold(person, "chain-differs", user) || isTold(person, "chain-uncompared", user))
      if (isKnown || !hasEnded(world, name, [one, other])) continue
      say("two-texts", `the message ${name.slice(0, 4)}… is "${first}" for ${one.user} and "${text}" for ${other.user}`)
    }
  }
}

/** Whoever was removed, or never was a member, has no secret of those who know it, once a seed of an honest member has followed. */
const checkSecrecy = (world: World, say: Say): void => {
  const dishonest = Object.values(world.people).filter(({ honest }) => !honest)
  const safe = world.honest.filter((person) => {
    const users = usersOf(person, world.group)
    return person.safe && users.length > 0 && !dishonest.some(({ user }) => users.includes(user))
  })
  if (safe.length === 0) return
  const known = knownToAttacker(world)
  for (const person of safe) {
    checked.count++
    const membership = speaking(person, world.group)!
    // The own chain has moved on when something was said; then its state is nothing that a ratchet gave.
    const last = lastSecret(world, person, memberOf(membership))
    if (last !== undefined && known.has(last))
      say("derives", `the attacker has the update secret of ${person.user}, who sees ${usersOf(person, world.group).join("+")}`)
  }
}

/** The last update secret of a member, as it traced it. */
const lastSecret = (world: World, { user }: Person, member: string): string | undefined => {
  for (let one = world.evidence; one !== undefined; one = one.before) {
    if (one.by !== user) continue
    const last = one.hands.traced.findLast(({ name }) => name === `ratchet.update-secret ${member}`)
    if (last !== undefined) return Hex.encode(last.value)
  }
  return undefined
}

/** Whoever speaks as another member than before is told so. */
const checkVoice = (world: World, say: Say): void => {
  checked.count++
  for (const user of world.changed) say("voice", `${user} speaks as another member, and is not told`)
}

/** No key seals two texts with one nonce, also when a state was loaded again that is older than what was sent. What the attacker does with keys of its own is its affair. */
const checkKeys = (world: World, say: Say): void => {
  const { restarted } = world.notebook
  if (restarted === undefined) return
  const isKept = (user: string) => user === restarted || world.people[user]?.honest === true
  const texts = new Map<string, { readonly text: string; readonly by: string }>()
  for (let one = world.evidence; one !== undefined; one = one.before) {
    for (const { key, nonce, plaintext } of one.hands.seals) {
      checked.count++
      const [under, sealed] = [`${Hex.encode(key)} ${Hex.encode(nonce)}`, Hex.encode(plaintext)]
      const known = texts.get(under)
      const isTwo = known !== undefined && known.text !== sealed
      if (isTwo && (isKept(one.by) || isKept(known.by))) say("two-texts-one-key", `${one.by} has sealed two texts under one key and nonce`)
      texts.set(under, { text: sealed, by: one.by })
    }
  }
}

/** All that must hold whenever everything has arrived. Where people can ask each other for what is missing, it must hold when they have. */
export const check = (world: World): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const say: Say = (kind, says) => found.push({ kind, says })
  checkShown(world, say)
  checkNotes(world, say)
  checkTwins(world, say)
  checkSecrecy(world, say)
  checkVoice(world, say)
  checked.count += checkRoom(world, say)
  checkKeys(world, say)
  const asked = world.gossiped()
  if (asked !== world) checkShown(asked, say)
  checkAgreement(asked, say)
  checkHeard(asked, say)
  checkBlame(asked, say)
  checkCounts(asked, say)
  return found
}

/** What must hold besides when the attacker has had to answer. */
export const checkAtLast = (world: World): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  checkTexts(world, (kind, says) => found.push({ kind, says }))
  return found
}

/** What an honest person sees and holds. */
export interface Looked {
  readonly view: string
  readonly size: number
}

/** What each honest person is shown, and how much it holds, by its user. */
export const look = (world: World): ReadonlyMap<string, Looked> =>
  new Map(world.honest.map((person) => [person.user, { view: usersOf(person, world.group).join("+"), size: sizeOf(person) }]))

/** Whether every honest person present knows of the removal of all accounts of the attacker, and nothing is on its way. */
export const isClosed = (world: World): boolean => {
  const present = world.honest.filter((person) => isPresent(person, world.group))
  const accounts = Object.values(world.people).filter(({ honest }) => !honest)
  return (
    present.length > 0 &&
    world.isQuiet &&
    present.every((person) => accounts.every(({ user }) => !usersOf(person, world.group).includes(user)))
  )
}
