/**
 * Lies in the welcome of dave.
 *
 * @module
 */
import {
  addWith,
  cutWith,
  exchanged,
  falseKey,
  type Liar,
  lastOf,
  memberOfUser,
  meOf,
  stateOf,
  type Told,
  type Twist,
  type Welcomed,
} from "./lies.ts"
import { keep, type Lie, liarOf, lie, otherSeed, put, same, twoFaced } from "./telling.ts"

/** Lies in the welcome of dave. */
const welcomeLie = (id: string, change: (welcomed: Welcomed, liar: Liar) => Welcomed | undefined, twist: Twist = {}): Lie =>
  lie(`adds dave, ${id}`, (liar) => {
    let isPossible = true
    const told = addWith(
      liar,
      "dave",
      (welcomed) => {
        const changed = change(welcomed, liar)
        isPossible = changed !== undefined
        return changed ?? welcomed
      },
      twist,
    )
    return isPossible ? told : undefined
  })

const withWelcome =
  (change: (welcome: Welcomed["welcome"], liar: Liar) => Partial<Welcomed["welcome"]> | undefined) =>
  ({ welcome, attachment }: Welcomed, liar: Liar) => {
    const changed = change(welcome, liar)
    return changed === undefined ? undefined : { welcome: { ...welcome, ...changed }, attachment }
  }

/** A change that never was, as the last before the add: by a message of mallory's that was something else. */
const forgedChange = (change: (liar: Liar, seq: number) => Welcomed["welcome"]["changes"][number]["change"] | undefined) =>
  withWelcome((welcome, liar) => {
    const seq = lastOf(liar, meOf(liar))
    const forged = change(liar, seq)
    const isTaken = welcome.changes.some(
      (one) => one.change.sender === meOf(liar) && one.change.seq >= seq && one.change.type !== "welcome-add",
    )
    if (
      seq === 0 ||
      forged === undefined ||
      isTaken ||
      welcome.changes.slice(0, -1).some((one) => one.change.sender === meOf(liar) && one.change.seq === seq)
    )
      return undefined
    return { changes: [...welcome.changes.slice(0, -1), { change: forged, unknown: [] }, welcome.changes.at(-1)!] }
  })

const countLie = (user: string, count: (count: number) => number) =>
  withWelcome((welcome, liar) => {
    const member = memberOfUser(liar, user)
    const told = member === undefined ? 0 : count(welcome.seen[member] ?? 0)
    return member === undefined || told < 1 ? undefined : { seen: { ...welcome.seen, [member]: told } }
  })

const signerLie =
  (user: string, change: (signer: Welcomed["attachment"]["signers"][string], liar: Liar) => Welcomed["attachment"]["signers"][string]) =>
  ({ welcome, attachment }: Welcomed, liar: Liar) => {
    const member = memberOfUser(liar, user)
    const signer = member === undefined ? undefined : attachment.signers[member]
    if (member === undefined || signer === undefined) return undefined
    return { welcome, attachment: { ...attachment, signers: { ...attachment.signers, [member]: change(signer, liar) } } }
  }

/** What is said of a member, as it was before the last envelope that the liar has of it. */
const beforeLast =
  (user: string) =>
  ({ welcome, attachment }: Welcomed, liar: Liar): Welcomed | undefined => {
    const member = memberOfUser(liar, user)
    const known = member === undefined ? undefined : stateOf(liar).signers[member]
    const last = known?.recent.at(-1)
    if (member === undefined || known === undefined || last === undefined || last.first === 1) return undefined
    const isBefore = known.last < last.first
    const signer = { signingKey: last.signingKey, digest: last.previous, last: isBefore ? known.last : 0 }
    // What of it is open is not taken back: it is what was last before the first open one.
    const next = attachment.open.find(({ sender, seq }) => sender === member && seq >= last.first)
    const signers = { ...attachment.signers, [member]: { ...signer, last: next?.before.seq ?? signer.last } }
    const open = attachment.open.filter(({ sender, seq }) => sender !== member || seq < last.first)
    return { welcome: { ...welcome, seen: { ...welcome.seen, [member]: last.first - 1 } }, attachment: { signers, open } }
  }

/** An add whose welcome has a member as it was before its last envelope, and that states the cut that goes with this. */
const addedWithCut = (liar: Liar, user: string): Told | undefined => {
  const before = beforeLast(user)
  let signers: Welcomed["attachment"]["signers"] | undefined
  const told = addWith(liar, "dave", (welcomed) => {
    const changed = before(welcomed, liar)
    signers = changed?.attachment.signers
    return changed ?? welcomed
  })
  if (told === undefined || signers === undefined) return undefined
  const cut = cutWith(liar, signers)
  return exchanged(liar, told, (item) => ({ ...item, cut }))
}

/** All of them. */
export const welcomeLies: ReadonlyArray<Lie> = [
  welcomeLie("truly", same),
  welcomeLie(
    "with a ghost of zed's in the history",
    forgedChange((liar, seq) => ({ type: "welcome-add", sender: meOf(liar), seq, user: "zed" })),
  ),
  welcomeLie(
    "with bob removed in the history",
    forgedChange((liar, seq) => {
      const member = memberOfUser(liar, "bob")
      return member === undefined ? undefined : { type: "remove", sender: meOf(liar), seq, member }
    }),
  ),
  welcomeLie(
    "counting too many of alice's",
    countLie("alice", () => 0xffffffff),
  ),
  ...["alice", "bob"].map((user) =>
    welcomeLie(
      `counting one too many of ${user}'s`,
      countLie(user, (count) => count + 1),
    ),
  ),
  welcomeLie(
    "counting one too few of bob's",
    countLie("bob", (count) => count - 1),
  ),
  welcomeLie("with bob as he was before his last envelope", beforeLast("bob")),
  welcomeLie("with alice as she was before her last envelope", beforeLast("alice")),
  {
    id: "adds dave, with bob as he was before his last envelope, and a cut that goes with it",
    tell: (world) => {
      const liar = liarOf(world, "mallory")
      const told = liar === undefined ? undefined : addedWithCut(liar, "bob")
      if (told === undefined) return false
      keep(world, "mallory", told.messenger)
      return put(world, "mallory", told)
    },
  },
  twoFaced(
    "adds dave truly for all others, and for him with bob as he was before his last envelope",
    (liar) => addWith(liar, "dave", same),
    (liar) => addedWithCut(liar, "bob"),
    ["dave"],
  ),
  welcomeLie(
    "with alice knowing nothing",
    withWelcome((welcome, liar) => {
      const member = memberOfUser(liar, "alice")
      if (member === undefined || welcome.changes.length < 3) return undefined
      return { known: { ...welcome.known, [member]: { length: 1, unknown: [] } } }
    }),
  ),
  welcomeLie(
    "with another ratchet of its own",
    withWelcome((welcome) => ({ ratchet: welcome.ratchet.toReversed() })),
  ),
  welcomeLie(
    "with a key of its own for bob",
    signerLie("bob", (signer, liar) => ({ ...signer, signingKey: falseKey(liar, "bob").publicKey })),
  ),
  welcomeLie(
    "with another digest for alice",
    signerLie("alice", (signer) => ({ ...signer, digest: signer.digest.toReversed() })),
  ),
  welcomeLie("with nothing open", ({ welcome, attachment }) =>
    attachment.open.length === 0 ? undefined : { welcome, attachment: { ...attachment, open: [] } },
  ),
  welcomeLie("with what is open awaiting bob", ({ welcome, attachment }, liar) => {
    const bob = memberOfUser(liar, "bob")
    const alice = memberOfUser(liar, "alice")
    if (bob === undefined || alice === undefined || attachment.open.some(({ sender }) => sender === alice)) return undefined
    const seq = welcome.seen[alice]
    if (seq === undefined) return undefined
    const { digest, signingKey } = attachment.signers[alice]!
    const open = { sender: alice, seq, digest, before: { seq: 0, signingKey }, awaited: [bob] }
    return { welcome, attachment: { ...attachment, open: [...attachment.open, open] } }
  }),
  welcomeLie("with no welcome", same, { payload: () => undefined }),
  welcomeLie("with rubbish for a welcome", same, { payload: () => otherSeed }),
]
