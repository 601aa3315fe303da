import { Schema } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { encodeWire, clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses as cooperation } from "../../../spec/delivery-service/cooperation.ts"
import { clauses, Endorsed, endorseInput, retractInput } from "../../../spec/delivery-service/restrained-consensus.ts"
import { type Author, aCase, caseFile, fork, type OutputOf, type ParamsOf, twins } from "../author.ts"
import { first } from "../people.ts"
import { chainOf, type ElectorateJson, electorateOf, named, secretKeyOf } from "./cooperation-voters.ts"

type EndorseJson = ParamsOf<"restrained-consensus.endorse">["message"]
type RetractJson = ParamsOf<"restrained-consensus.retract">["message"]
type Output = OutputOf<"restrained-consensus.begin">

const electorate = electorateOf(4, 1)
const users = first(4)

/** The values of alice, bob and carol; dave has none. Ascending. */
const values = ["alice", "bob", "carol"].map((user) => ({ ref: named(`value of ${user}`), author: users.indexOf(user) }))
/** The values, ascending. */
export const refs = values.map(({ ref }) => ref)
const refOf = (user: string): string => values[users.indexOf(user)]!.ref

const certified = (ref: string) => ({ ref, certificate: [0, 1, 2].map((leaf) => chainOf(electorate, leaf, [ref], ref)) })

const sign = (user: string, covered: Uint8Array): string => Hex.encode(nodePrimitives.ed25519Sign(bytesOf(secretKeyOf(user)), covered))

/** An ENDORSE of a user. */
export const endorse = (user: string, of = refs, change: Partial<EndorseJson> = {}, where: ElectorateJson = electorate): EndorseJson => {
  const { group, epoch } = where
  const endorser = users.indexOf(user)
  const certificates = change.certificates ?? [certified(refOf(user))]
  const digest = nodePrimitives.sha256(encodeWire(Endorsed, Schema.decodeUnknownSync(Endorsed.json)(certificates)))
  const signature = sign(user, encodeCbor(endorseInput(bytesOf(group), epoch, endorser, of.map(bytesOf), digest)))
  return { type: "endorse", group, epoch, endorser, refs: of, signature, ...change, certificates }
}

/** A RETRACT of a user. */
export const retract = (user: string, change: Partial<RetractJson> = {}, where: ElectorateJson = electorate): RetractJson => {
  const { group, epoch } = where
  const retractor = users.indexOf(user)
  const signature = sign(user, encodeCbor(retractInput(bytesOf(group), epoch, retractor)))
  return { type: "retract", group, epoch, retractor, signature, ...change }
}

/** A user that has not begun. */
export const opened = (author: Author, user: string): void => {
  const me = users.indexOf(user)
  author.accepts("restrained-consensus.open", { on: user, electorate, me, secretKey: secretKeyOf(user), authors: values })
}

/** A user that has begun. */
export const begun = (author: Author, user: string, of = refs): Output => {
  opened(author, user)
  return author.accepts("restrained-consensus.begin", { on: user, values: of, certificates: [certified(refOf(user))] })
}

/** Two values of alice and one of bob, ascending. */
const [mine, also, bobs] = ["value 1", "value 2", "value 3"].map(named) as [string, string, string]

/** What alice, who has two of the values, sends when she begins with these values and certificates. */
const beginsWith = (author: Author, values: ReadonlyArray<string>, certificates: ReadonlyArray<string>): Output => {
  const authors = [mine, also, bobs].map((ref, index) => ({ ref, author: index >> 1 }))
  author.accepts("restrained-consensus.open", { on: "alice", electorate, me: 0, secretKey: secretKeyOf("alice"), authors })
  return author.accepts("restrained-consensus.begin", { on: "alice", values, certificates: certificates.map(certified) })
}

const beginnings = () => [
  aCase(
    "restrained-consensus/begins-with",
    { title: "Values and certificates in any order, one twice, and a certificate of another's value", clauses: [clauses.outcome] },
    (author) => {
      const { send } = beginsWith(author, [bobs, also, mine, also], [bobs, also, mine])
      const [sent] = send
      const endorse = sent?.message.type === "endorse" ? sent.message : undefined
      author.claim(endorse?.refs.join() === [mine, also, bobs].join(), "each value once, ascending")
      author.claim(endorse?.certificates.map(({ ref }) => ref).join() === [mine, also].join(), "alice's own, in that order")
      const missing = beginsWith(author, [mine, also, bobs], [mine])
      author.claim(missing.phase === 3 && missing.send.length === 0, "one of two certificates: it ends with nothing")
      const foreign = beginsWith(author, [bobs, named("value 4"), bobs], [bobs])
      author.claim(foreign.phase === 3 && foreign.send.length === 0, "one value that is known, twice: it ends with nothing")
    },
  ),
]

const outcomes = () => [
  aCase(
    "restrained-consensus/all-endorse",
    { title: "Three authors begin at once: the result is all three values", clauses: [clauses.outcome] },
    (author) => {
      const sent = ["alice", "bob", "carol"].map((user) => begun(author, user).send[0]!)
      author.claim(sent[0]!.to.join() === "1,2", "to the other authors")
      for (const user of ["alice", "bob", "carol"]) {
        for (const { to, message } of sent.filter(({ to }) => to.includes(users.indexOf(user)))) {
          author.claim(to.length === 2 && message.type === "endorse", "an ENDORSE")
          author.accepts("restrained-consensus.endorse", { on: user, message: message as EndorseJson })
        }
      }
      const { outcome } = author.accepts("restrained-consensus.timeout", { on: "alice" })
      author.claim(outcome?.join() === refs.join(), "all three")
    },
  ),
  aCase(
    "restrained-consensus/retract",
    { title: "Who hears of another first retracts, and its value is out", clauses: [clauses.retract, clauses.outcome] },
    (author) => {
      const two = refs.slice(0, 2)
      const sent = begun(author, "alice", two).send[0]!.message as EndorseJson
      opened(author, "bob")
      const { send, phase } = author.accepts("restrained-consensus.endorse", { on: "bob", message: sent })
      author.claim(phase === 2 && send.length === 1 && send[0]!.message.type === "retract", "retracts")
      const late = author.accepts("restrained-consensus.begin", { on: "bob", values: two, certificates: [certified(refOf("bob"))] })
      author.claim(late.send.length === 0 && late.phase === 2, "and never begins")
      author.claim(author.accepts("restrained-consensus.endorse", { on: "bob", message: sent }).send.length === 0, "once")
      const { outcome } = author.accepts("restrained-consensus.retract", { on: "alice", message: send[0]!.message as RetractJson })
      author.claim(outcome?.join() === refOf("alice"), "the one that is left")
    },
  ),
  aCase(
    "restrained-consensus/larger-sets",
    { title: "An endorsement of more than what is left counts", clauses: [clauses.outcome] },
    (author) => {
      begun(author, "alice")
      author.accepts("restrained-consensus.endorse", { on: "alice", message: endorse("bob", refs.slice(0, 2)) })
      const { outcome } = author.accepts("restrained-consensus.retract", { on: "alice", message: retract("carol") })
      author.claim(outcome?.join() === refs.slice(0, 2).join(), "without carol's")
    },
  ),
  aCase(
    "restrained-consensus/two-endorsements",
    { title: "Who endorses two different sets is as one that retracted", clauses: [clauses.outcome] },
    (author) => {
      begun(author, "alice")
      author.accepts("restrained-consensus.endorse", { on: "alice", message: endorse("bob", refs.slice(0, 2)) })
      author.claim(
        author.accepts("restrained-consensus.endorse", { on: "alice", message: endorse("bob") }).outcome === null,
        "carol is missing",
      )
      const { outcome } = author.accepts("restrained-consensus.endorse", { on: "alice", message: endorse("carol") })
      author.claim(outcome?.join() === [refs[0], refs[2]].join(), "without bob's")
    },
  ),
  aCase("restrained-consensus/timeout", { title: "After the time nothing is the result", clauses: [clauses.patience] }, (author) => {
    begun(author, "alice")
    const { phase, outcome } = author.accepts("restrained-consensus.timeout", { on: "alice" })
    author.claim(phase === 3 && outcome === null, "nothing")
    author.claim(author.accepts("restrained-consensus.endorse", { on: "alice", message: endorse("bob") }).outcome === null, "for good")
  }),
  ...(
    [
      ["uncertified", "without a certificate", { certificates: [] }],
      ["foreign-certificate", "with another's certificate", { certificates: [certified(refOf("carol"))] }],
      [
        "short-certificate",
        "with two chains",
        { certificates: [{ ref: refOf("bob"), certificate: certified(refOf("bob")).certificate.slice(1) }] },
      ],
    ] as const
  ).map(([name, title, change]) =>
    aCase(`restrained-consensus/${name}`, { title: `An ENDORSE ${title} ends it`, clauses: [clauses.proof] }, (author) => {
      begun(author, "alice")
      const { phase, outcome } = author.accepts("restrained-consensus.endorse", { on: "alice", message: endorse("bob", refs, change) })
      author.claim(phase === 3 && outcome === null, "nothing")
    }),
  ),
  aCase(
    "restrained-consensus/unsorted",
    { title: "An ENDORSE of values that do not ascend ends it", clauses: [clauses.proof] },
    (author) => {
      begun(author, "alice")
      const { phase } = author.accepts("restrained-consensus.endorse", { on: "alice", message: endorse("bob", [...refs].reverse()) })
      author.claim(phase === 3, "ended")
    },
  ),
  aCase(
    "restrained-consensus/impossible",
    { title: "With one value only, or without one's own, there is nothing to agree on", clauses: [clauses.outcome] },
    (author) => {
      author.claim(begun(author, "alice", refs.slice(0, 1)).phase === 3, "one value")
      author.claim(begun(author, "alice", refs.slice(1)).phase === 3, "not alice's")
    },
  ),
]

/** Ten voters, three faulty, and the values of the first `count` of them. */
const many = (count: number) => ({
  electorate: electorateOf(10, 3),
  authors: first(count)
    .map((user, author) => ({ ref: named(`value of ${user}`), author }))
    .sort((a, b) => (a.ref < b.ref ? -1 : 1)),
})

const limits = () => [
  ...([8, 9] as const).map((count) =>
    aCase(
      `restrained-consensus/authors-${count}`,
      { title: `With ${count} authors it ${count === 8 ? "begins" : "does not begin"}`, clauses: [clauses.outcome] },
      (author) => {
        const { electorate: ten, authors } = many(count)
        author.accepts("restrained-consensus.open", { on: "alice", electorate: ten, me: 0, secretKey: secretKeyOf("alice"), authors })
        const ref = named("value of alice")
        const certificate = Array.from({ length: 7 }, (_, leaf) => chainOf(ten, leaf, [ref], ref))
        const values = authors.map((one) => one.ref)
        const { phase, send } = author.accepts("restrained-consensus.begin", { on: "alice", values, certificates: [{ ref, certificate }] })
        author.claim(count === 8 ? phase === 1 && send[0]!.to.length === 7 : phase === 3 && send.length === 0, "at most eight")
      },
    ),
  ),
  ...(
    [
      ["extra", "a certificate of another's value beside its own", [certified(refOf("bob")), certified(refOf("carol"))]],
      ["twice", "its certificate twice", [certified(refOf("bob")), certified(refOf("bob"))]],
    ] as const
  ).map(([name, title, certificates]) =>
    aCase(`restrained-consensus/certificate-${name}`, { title: `An ENDORSE with ${title} ends it`, clauses: [clauses.proof] }, (author) => {
      begun(author, "alice")
      const { phase, outcome } = author.accepts("restrained-consensus.endorse", {
        on: "alice",
        message: endorse("bob", refs, { certificates }),
      })
      author.claim(phase === 3 && outcome === null, "nothing")
    }),
  ),
  aCase(
    "restrained-consensus/after-the-result",
    { title: "What is wrong after the end changes nothing, and a RETRACT neither", clauses: [clauses.outcome, clauses.proof] },
    (author) => {
      begun(author, "alice")
      for (const user of ["bob", "carol"]) author.accepts("restrained-consensus.endorse", { on: "alice", message: endorse(user) })
      const wrong = author.accepts("restrained-consensus.endorse", { on: "alice", message: endorse("bob", refs, { certificates: [] }) })
      author.claim(wrong.outcome?.join() === refs.join(), "the result stays")
      const late = author.accepts("restrained-consensus.retract", { on: "alice", message: retract("carol") })
      author.claim(late.outcome?.join() === refs.join(), "the result stays")
    },
  ),
  aCase(
    "restrained-consensus/retract-to-all",
    { title: "A RETRACT goes to the endorser and to all authors of what it named", clauses: [clauses.retract] },
    (author) => {
      opened(author, "alice")
      const { send } = author.accepts("restrained-consensus.endorse", {
        on: "alice",
        message: endorse("bob", [...refs, named("value unknown")]),
      })
      author.claim(send.length === 1 && send[0]!.to.join() === "1,2", "bob and carol")
    },
  ),
  aCase("restrained-consensus/same-twice", { title: "An ENDORSE that comes twice counts once", clauses: [clauses.outcome] }, (author) => {
    begun(author, "alice")
    for (let time = 0; time < 2; time++) author.accepts("restrained-consensus.endorse", { on: "alice", message: endorse("bob") })
    const { outcome } = author.accepts("restrained-consensus.endorse", { on: "alice", message: endorse("carol") })
    author.claim(outcome?.join() === refs.join(), "bob's value is in it")
  }),
  aCase(
    "restrained-consensus/early-retract",
    { title: "A RETRACT that comes before we begin counts when we have", clauses: [clauses.outcome, clauses.retract] },
    (author) => {
      opened(author, "alice")
      author.accepts("restrained-consensus.retract", { on: "alice", message: retract("bob") })
      author.accepts("restrained-consensus.begin", { on: "alice", values: refs, certificates: [certified(refOf("alice"))] })
      const { outcome } = author.accepts("restrained-consensus.endorse", { on: "alice", message: endorse("carol") })
      author.claim(outcome?.join() === [refs[0], refs[2]].join(), "without bob's")
    },
  ),
  aCase(
    "restrained-consensus/nobody-left",
    { title: "All have retracted, oneself by another handle: nothing is the result", clauses: [clauses.outcome] },
    (author) => {
      begun(author, "alice", refs.slice(0, 2))
      author.accepts("restrained-consensus.retract", { on: "alice", message: retract("alice") })
      const { phase, outcome } = author.accepts("restrained-consensus.retract", { on: "alice", message: retract("bob") })
      author.claim(phase === 3 && outcome === null, "nothing, and no empty set")
    },
  ),
  aCase(
    "restrained-consensus/own-values",
    {
      title: "Two values of one's own: each needs its certificate, and with nobody else they are the result at once",
      clauses: [clauses.outcome],
    },
    (author) => {
      const second = named("value of alice again")
      const authors = [...values, { ref: second, author: 0 }]
      const own = [refOf("alice"), second]
      const begins = (certificates: ReadonlyArray<string>) => {
        author.accepts("restrained-consensus.open", { on: "alice", electorate, me: 0, secretKey: secretKeyOf("alice"), authors })
        return author.accepts("restrained-consensus.begin", { on: "alice", values: own, certificates: certificates.map(certified) })
      }
      author.claim(begins(own.slice(0, 1)).outcome === null, "one certificate")
      const { outcome, send } = begins(own)
      author.claim(outcome?.join() === own.join() && send.length === 0, "both, and nothing to send")
    },
  ),
]

const checks = () => [
  ...twins("restrained-consensus/electorate", cooperation.electorate, "Four voters, all of whom may be faulty", () => {
    const opening = { on: "alice", electorate, me: 0, secretKey: secretKeyOf("alice"), authors: values }
    return fork("restrained-consensus.open", opening, { electorate: electorateOf(4, 4) })
  }),
  ...twins("restrained-consensus/group-endorse", clauses.epoch, "An ENDORSE of another group", (author) => {
    begun(author, "alice")
    return fork(
      "restrained-consensus.endorse",
      { on: "alice", message: endorse("bob") },
      { message: endorse("bob", refs, {}, { ...electorate, group: "55".repeat(16) }) },
    )
  }),
  ...twins("restrained-consensus/endorsing-outsider", clauses.signature, "An ENDORSE by one who is no voter", (author) => {
    begun(author, "alice")
    return fork(
      "restrained-consensus.endorse",
      { on: "alice", message: endorse("bob") },
      { message: endorse("bob", refs, { endorser: 9 }) },
    )
  }),
  ...twins("restrained-consensus/epoch", clauses.epoch, "An ENDORSE of another epoch", (author) => {
    begun(author, "alice")
    return fork(
      "restrained-consensus.endorse",
      { on: "alice", message: endorse("bob") },
      { message: endorse("bob", refs, {}, { ...electorate, epoch: 6 }) },
    )
  }),
  ...twins("restrained-consensus/group", clauses.epoch, "A RETRACT of another group", (author) => {
    begun(author, "alice")
    return fork(
      "restrained-consensus.retract",
      { on: "alice", message: retract("bob") },
      { message: retract("bob", {}, { ...electorate, group: "55".repeat(16) }) },
    )
  }),
  ...twins("restrained-consensus/old-retract", clauses.signature, "A RETRACT of an earlier epoch that says it is of this one", (author) => {
    begun(author, "alice")
    const old = retract("bob", { epoch: electorate.epoch }, { ...electorate, epoch: 6 })
    return fork("restrained-consensus.retract", { on: "alice", message: retract("bob") }, { message: old })
  }),
  ...twins(
    "restrained-consensus/epoch-first",
    clauses.epoch,
    "A RETRACT of another epoch that is badly signed: the epoch comes first",
    (author) => {
      begun(author, "alice")
      const wrong = retract("bob", { epoch: electorate.epoch + 1 })
      return fork("restrained-consensus.retract", { on: "alice", message: retract("bob") }, { message: wrong })
    },
  ),
  aCase(
    "restrained-consensus/encoding",
    { title: "ENDORSE and RETRACT as bytes", clauses: [encoding.shape, encoding.canonical] },
    (author) => {
      for (const [type, value] of [
        ["endorse", endorse("alice")],
        ["retract", retract("bob")],
      ] as const) {
        const { bytes } = author.accepts("agreement.encode", { type, value: value as never })
        author.gives("agreement.decode", { type, bytes }, { value: value as never })
        author.refuses(encoding.shape, "agreement.decode", { type: type === "endorse" ? "retract" : "endorse", bytes })
      }
    },
  ),
  aCase(
    "restrained-consensus/twice-in-refs",
    { title: "An ENDORSE that names a value twice ends it", clauses: [clauses.proof] },
    (author) => {
      begun(author, "alice")
      const twice = [refs[0]!, refs[0]!, ...refs.slice(1)]
      const { phase, outcome } = author.accepts("restrained-consensus.endorse", { on: "alice", message: endorse("bob", twice) })
      author.claim(phase === 3 && outcome === null, "ended with nothing")
    },
  ),
  ...twins("restrained-consensus/signature", clauses.signature, "An ENDORSE in the name of another", (author) => {
    begun(author, "alice")
    return fork(
      "restrained-consensus.endorse",
      { on: "alice", message: endorse("bob") },
      { message: endorse("bob", refs, { endorser: 2 }) },
    )
  }),
  ...(
    [
      ["cut-out", "without its certificates", []],
      ["exchanged", "with a certificate of other statements", [certified(refOf("carol"))]],
    ] as const
  ).flatMap(([name, title, certificates]) =>
    twins(`restrained-consensus/certificates-${name}`, clauses.signature, `An ENDORSE that somebody passes on ${title}`, (author) => {
      begun(author, "alice")
      return fork(
        "restrained-consensus.endorse",
        { on: "alice", message: endorse("bob") },
        { message: { ...endorse("bob"), certificates } },
      )
    }),
  ),
  ...twins("restrained-consensus/outsider", clauses.signature, "A RETRACT by one who is no voter", (author) => {
    begun(author, "alice")
    return fork("restrained-consensus.retract", { on: "alice", message: retract("bob") }, { message: retract("bob", { retractor: 9 }) })
  }),
  ...twins("restrained-consensus/own-value", clauses["own-value"], "An ENDORSE of values of others", (author) => {
    begun(author, "alice")
    return fork("restrained-consensus.endorse", { on: "alice", message: endorse("bob") }, { message: endorse("bob", refs.slice(1)) })
  }),
]

/** The layer "restrained-consensus". */
export default caseFile({ part: "delivery-service", chapter: "restrained-consensus", layer: "restrained-consensus", flags: {} }, () => [
  ...beginnings(),
  ...outcomes(),
  ...limits(),
  ...checks(),
])
