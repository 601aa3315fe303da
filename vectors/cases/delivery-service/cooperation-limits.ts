/** The layer "cooperation": quorums that differ, the sensitivity, bounds, and the order of checks. */
import { clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses } from "../../../spec/delivery-service/cooperation.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import {
  CooperationVoters,
  chainOf,
  type ElectorateJson,
  electorateOf,
  named,
  type StatementJson,
  secretKeyOf,
} from "./cooperation-voters.ts"

const value = named("value")
const other = named("zebra")

const shows = (id: string, title: string, about: ReadonlyArray<(typeof clauses)[keyof typeof clauses]>, write: (author: Author) => void) =>
  aCase(`cooperation/${id}`, { title, clauses: about }, write)

const witnesses = (voters: CooperationVoters, ref: string, ...users: ReadonlyArray<string>) =>
  users.map((user) => voters.statement(user, 0, "witness", ref))

const chains = (voters: CooperationVoters, refs: ReadonlyArray<string>, ready: string, ...users: ReadonlyArray<string>) =>
  users.flatMap((user) => chainOf(voters.electorate, voters.users.indexOf(user), refs, ready))

const quorums = (): ReadonlyArray<Case> => [
  shows(
    "five-ready",
    "Of five voters three WITNESSes make a quorum, but only the gate of four or a READY opens it; four READYs accept",
    [clauses["ready-quorum"], clauses["accept-quorum"]],
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(5, 1))
      voters.learn("alice", value)
      author.claim(voters.receive("alice", witnesses(voters, value, "bob", "carol", "dave")).length === 0, "three, and no READY known")
      author.claim(voters.receive("alice", [voters.statement("bob", 1, "ready", value)]).join() === `ready ${value}`, "a READY is")
      voters.receive("alice", [voters.statement("carol", 1, "ready", value)])
      author.claim(voters.accepted.get("alice")!.length === 0 && voters.certificate("alice", value).certificate === null, "three READYs")
      voters.receive("alice", [voters.statement("dave", 1, "ready", value)])
      author.claim(voters.accepted.get("alice")!.join() === value, "four accept")
      author.claim(voters.certificate("alice", value).certificate?.length === 4, "and certify")
    },
  ),
  shows("five-gate", "A value behind the gate opens it for another with a witness quorum", [clauses["ready-quorum"]], (author) => {
    const voters = new CooperationVoters(author, electorateOf(5, 1))
    voters.receive("alice", witnesses(voters, other, "bob", "carol", "dave"))
    const second = ["bob", "carol", "dave", "erin"].map((user) => voters.statement(user, user === "erin" ? 0 : 1, "witness", value))
    author.claim(voters.receive("alice", second.slice(0, 3)).length === 0, "neither has four")
    author.claim(voters.receive("alice", second.slice(3)).join() === `ready ${value},ready ${other}`, "both, in ascending order")
  }),
  shows("five-unlock", "Of five voters four must have spoken before anything is unlocked", [clauses.unlock], (author) => {
    const voters = new CooperationVoters(author, electorateOf(5, 1))
    voters.propose("alice", other)
    voters.validate("alice", value)
    author.claim(voters.receive("alice", witnesses(voters, value, "bob", "carol")).length === 0, "three")
    author.claim(voters.receive("alice", witnesses(voters, other, "dave")).join() === `witness ${value}`, "four")
  }),
  shows(
    "no-preference",
    "Without the fast path a value that is far ahead, but not valid here, does not keep others waiting",
    [clauses.unlock],
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(6, 1))
      voters.propose("alice", value)
      voters.validate("alice", other)
      voters.receive("alice", [...witnesses(voters, value, "bob", "carol"), ...witnesses(voters, other, "dave", "erin")])
      author.claim(voters.relax("alice").join() === `witness ${other}`, "three of five, |P| - 2t, are no reason")
    },
  ),
  shows(
    "candidates-stay",
    "A value that is witnessed after the first acceptance does not become a candidate with the second",
    [clauses.candidates],
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      const third = named("third")
      for (const ref of [value, other, third]) voters.learn("alice", ref)
      voters.receive("alice", chains(voters, [value, other], value, "bob", "carol", "dave"))
      author.claim(voters.accepted.get("alice")!.join() === value, "the first")
      const late = ["bob", "carol", "dave"].flatMap((user) => [
        voters.statement(user, 3, "witness", third),
        voters.statement(user, 4, "ready", other),
      ])
      voters.receive("alice", late)
      const { accepted, candidates } = author.accepts("cooperation.held", { on: "alice" })
      author.claim(accepted.join() === [value, other].join() && candidates!.join() === [value, other].join(), "the second, of the same two")
    },
  ),
  shows(
    "unknown",
    "What is ready is accepted only when its content is known, with the fast path too",
    [clauses["accept-quorum"], clauses["fast-path"]],
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      voters.receive("alice", chains(voters, [value], value, "bob", "carol", "dave"))
      author.claim(voters.accepted.get("alice")!.length === 0, "not known")
      voters.learn("alice", value)
      author.claim(voters.accepted.get("alice")!.join() === value, "known")
      const fast = new CooperationVoters(author, electorateOf(6, 1, { fastPath: 1 }))
      fast.receive("alice", witnesses(fast, value, "bob", "carol", "dave", "erin", "frank"))
      author.claim(fast.accepted.get("alice")!.length === 0, "not known")
      fast.learn("alice", value)
      author.claim(fast.accepted.get("alice")!.join() === value, "known")
    },
  ),
]

/** Five voters, one faulty, with the sensitivity 2. */
const insensitive = electorateOf(5, 1, { sensitivity: 2 })

const fiveChains = (electorate: ElectorateJson, stray: ReadonlyArray<number>, refs = [other, value]) =>
  [0, 1, 2, 3].map((leaf) => chainOf(electorate, leaf, stray.includes(leaf) ? refs : [value], value))

const sensitivity = (): ReadonlyArray<Case> => [
  shows(
    "sensitivity",
    "With the sensitivity 2 one WITNESS of another value makes no candidate, and two do",
    [clauses.candidates],
    (author) => {
      for (const [stray, found] of [
        [[1], [value]],
        [
          [0, 1, 3],
          [value, other],
        ],
      ] as const) {
        const voters = new CooperationVoters(author, insensitive)
        voters.learn("erin", value)
        voters.receive("erin", fiveChains(insensitive, stray).flat())
        author.claim(author.accepts("cooperation.held", { on: "erin" }).candidates!.join() === found.join(), "the candidates")
        author.claim(voters.certificate("erin", value).unique === (stray.length === 1), "unique with one chain that strays, not with two")
      }
    },
  ),
  shows("witness-quorum-insensitive", "With the sensitivity 2 the witness quorum is four", [clauses["ready-quorum"]], (author) => {
    const voters = new CooperationVoters(author, insensitive)
    voters.receive("alice", [...witnesses(voters, value, "bob", "carol", "dave"), voters.statement("dave", 1, "ready", value)])
    author.claim(voters.receive("alice", witnesses(voters, value, "erin")).join() === `ready ${value}`, "not with three")
  }),
  ...twins("cooperation/thresholds-electorate", clauses.electorate, "The thresholds of three voters of whom one is faulty", () =>
    fork("cooperation.thresholds", { n: 4, faults: 1, sensitivity: 1 }, { n: 3 }),
  ),
  ...twins("cooperation/verify-electorate", clauses.electorate, "A certificate for voters all of whom may be faulty", () => {
    const electorate = electorateOf(4, 1)
    const certificate = [0, 1, 2].map((leaf) => chainOf(electorate, leaf, [value], value))
    const wrong = electorateOf(4, 4)
    return fork("cooperation.verify", { electorate, instance: 1, certificate, ref: value }, { electorate: wrong })
  }),
  ...twins("cooperation/electorate-sensitivity", clauses.electorate, "Four voters with the sensitivity 2", () =>
    fork(
      "cooperation.open",
      { on: "alice", electorate: insensitive, instance: 1, me: 0, secretKey: secretKeyOf("alice") },
      { electorate: electorateOf(4, 1, { sensitivity: 2 }) },
    ),
  ),
  shows("chains-not-witnesses", "Two WITNESSes of one value in one chain are one chain", [clauses["certificate-unique"]], (author) => {
    const certificate = fiveChains(insensitive, [2], [other, other, value])
    author.gives("cooperation.verify-unique", { electorate: insensitive, instance: 1, certificate, ref: value }, {})
  }),
  ...twins("cooperation/certificate-insensitive", clauses["certificate-unique"], "Two chains in which another value is witnessed", () => {
    const right = { electorate: insensitive, instance: 1, certificate: fiveChains(insensitive, [2]), ref: value }
    return fork("cooperation.verify-unique", right, { certificate: fiveChains(insensitive, [2, 3]) })
  }),
]

const certificates = (): ReadonlyArray<Case> => [
  ...twins("cooperation/certificate-five", clauses["certificate-quorum"], "The chains of three of five", () => {
    const electorate = electorateOf(5, 1)
    const right = { electorate, instance: 1, certificate: fiveChains(electorate, []), ref: value }
    return fork("cooperation.verify", right, { certificate: right.certificate.slice(1) })
  }),
  ...twins("cooperation/certificate-twice", clauses["certificate-quorum"], "One chain twice, beside enough others", () => {
    const electorate = electorateOf(4, 1)
    const certificate = [0, 1, 2].map((leaf) => chainOf(electorate, leaf, [value], value))
    const right = { electorate, instance: 1, certificate, ref: value }
    return fork("cooperation.verify", right, { certificate: [...certificate, certificate[2]!] })
  }),
  shows(
    "certificate-order",
    "A certificate is wrong in every way: quorum, chain, voter, signature are looked at in this order",
    [clauses["certificate-quorum"]],
    (author) => {
      const electorate = electorateOf(4, 1)
      const certificate = [0, 1, 2].map((leaf) => chainOf(electorate, leaf, [value], value))
      const [one, two, three] = certificate as unknown as [
        ReadonlyArray<StatementJson>,
        ReadonlyArray<StatementJson>,
        ReadonlyArray<StatementJson>,
      ]
      const unsigned = one.map((statement) => ({ ...statement, signature: three[0]!.signature }))
      const nobody = three.map((statement) => ({ ...statement, signer: 9 }))
      const verify = (clause: (typeof clauses)[keyof typeof clauses], chains: ReadonlyArray<ReadonlyArray<StatementJson>>) =>
        author.refuses(clause, "cooperation.verify", { electorate, instance: 1, certificate: chains, ref: value })
      verify(clauses["certificate-quorum"], [unsigned, two.slice(1)])
      verify(clauses["certificate-quorum"], [[two[0]!, ...one.slice(1)], three])
      verify(clauses["certificate-chain"], [unsigned, nobody, two.slice(0, 1)])
      verify(clauses.signature, [unsigned, two, three])
      verify(clauses.voter, [unsigned, two, nobody])
    },
  ),
]

/** What dave signs for nobody's good: with each of the numbers from 0 to 63, and another one with the number 0. */
const rubbish = (voters: CooperationVoters): ReadonlyArray<StatementJson> => [
  ...Array.from({ length: 64 }, (_, seq) => voters.statement("dave", seq, "witness", named(`rubbish ${seq}`))),
  voters.statement("dave", 0, "witness", named("more rubbish")),
]

const bounds = (): ReadonlyArray<Case> => [
  shows(
    "many-values",
    "One of two voters unlocks values with its first 8 statements; the others it does not witness",
    [clauses.unlock],
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(2, 0))
      const refs = Array.from({ length: 10 }, (_, index) => named(`value ${index}`))
      voters.propose("alice", refs[0]!)
      for (const ref of refs.slice(1)) voters.validate("alice", ref)
      const signed = voters.receive(
        "alice",
        refs.slice(1).map((ref, seq) => voters.statement("bob", seq, "witness", ref)),
      )
      const witnessed = signed.filter((one) => one.startsWith("witness"))
      author.claim(witnessed.length === 7 && witnessed.at(-1) === `witness ${refs[7]}`, "8 with the first")
      author.claim(signed.filter((one) => one.startsWith("ready")).length === 10, "READY needs no room for WITNESSes")
    },
  ),
  shows(
    "flood",
    "dave signs more than can be held, and shows his WITNESS of a commit to others only: carol, who drops it, counts him all the same",
    [clauses.exposed, clauses["ready-quorum"]],
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      author.claim(voters.receive("carol", rubbish(voters)).length === 0, "nothing follows")
      voters.receive("carol", [voters.statement("dave", 0, "witness", value)])
      const { statements } = author.accepts("cooperation.held", { on: "carol" })
      author.claim(statements.length === 65 && statements.every(({ ref }) => ref !== value), "the third with the number 0 is dropped")
      author.claim(voters.receive("carol", witnesses(voters, value, "alice")).length === 0, "alice and dave")
      author.claim(voters.receive("carol", witnesses(voters, value, "bob")).join() === `ready ${value}`, "and bob")
      voters.learn("carol", value)
      author.claim(voters.accepted.get("carol")!.length === 0, "dave is not ready")
      voters.receive(
        "carol",
        ["alice", "bob"].map((user) => voters.statement(user, 1, "ready", value)),
      )
      author.claim(voters.accepted.get("carol")!.join() === value, "the three others are")
    },
  ),
  shows(
    "number-16n",
    "A statement with the number 64 of four voters is left out, also before its signature is looked at",
    [clauses.linked],
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      const beyond = { ...voters.statement("bob", 64, "ready", value), signature: "00".repeat(64) }
      author.gives("cooperation.receive", { on: "alice", statements: [beyond] }, { signed: [], accepted: [] })
      const last = voters.statement("bob", 63, "ready", value)
      author.refuses(clauses.signature, "cooperation.receive", { on: "alice", statements: [{ ...last, signature: beyond.signature }] })
      voters.receive("alice", [last, voters.statement("bob", 64, "ready", value)])
      author.claim(author.accepts("cooperation.held", { on: "alice" }).statements.length === 1, "63 is the last number")
    },
  ),
  shows("third-of-three", "Of three statements with one number in a message the first two are held", [clauses.branches], (author) => {
    const voters = new CooperationVoters(author, electorateOf(4, 1))
    const refs = [named("third"), value, other]
    voters.receive(
      "alice",
      refs.map((ref) => voters.statement("dave", 0, "witness", ref)),
    )
    const held = author.accepts("cooperation.held", { on: "alice" }).statements.map(({ ref }) => ref)
    author.claim(held.join() === [named("third"), value].join(), "in the order in which they came, whatever their refs")
  }),
]

/** Two WITNESSes of one number by a user, of values that matter to nobody, behind a gap. */
const exposing = (voters: CooperationVoters, user: string): ReadonlyArray<StatementJson> =>
  ["one", "two"].map((name) => voters.statement(user, 5, "witness", named(name)))

const exposure = (): ReadonlyArray<Case> => [
  shows(
    "exposed",
    "Two statements with one number expose their signer, also behind a gap: it has spoken, and witnessed what anybody has",
    [clauses.exposed, clauses.unlock],
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      voters.propose("alice", value)
      voters.validate("alice", other)
      voters.receive("alice", [...witnesses(voters, other, "bob"), exposing(voters, "dave")[0]!])
      author.claim(!author.accepts("cooperation.held", { on: "alice" }).mayUnlock, "one statement behind a gap is nothing")
      const signed = voters.receive("alice", exposing(voters, "dave").slice(1))
      author.claim(
        signed.join() === [`witness ${other}`, `ready ${other}`].join(),
        "three have spoken; with alice and bob dave has witnessed it",
      )
    },
  ),
  shows(
    "exposed-ready",
    "An exposed signer is ready for what it has signed READY of, and for nothing else",
    [clauses.exposed, clauses["accept-quorum"]],
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      for (const ref of [value, other]) voters.learn("alice", ref)
      voters.receive("alice", exposing(voters, "dave"))
      voters.receive(
        "alice",
        chains(voters, [value, other], value, "bob", "carol").concat(
          ["bob", "carol"].map((user) => voters.statement(user, 3, "ready", other)),
        ),
      )
      author.claim(voters.accepted.get("alice")!.join() === [value, other].join(), "alice, bob and carol are ready for both")
      const bystander = new CooperationVoters(author, electorateOf(4, 1))
      bystander.validate("carol", value)
      bystander.receive("carol", [...exposing(bystander, "dave"), ...chains(bystander, [value], value, "alice")])
      author.claim(bystander.accepted.get("carol")!.length === 0, "alice and carol, and dave has not signed it")
      bystander.receive(
        "carol",
        [0, 1, 2].map((seq) => bystander.statement("dave", seq, seq === 1 ? "ready" : "witness", value)),
      )
      author.claim(bystander.accepted.get("carol")!.join() === value, "now he has: what he signs still counts")
    },
  ),
  shows(
    "exposed-candidates",
    "With the sensitivity 2 one WITNESS of another value and an exposed signer make a candidate",
    [clauses.exposed, clauses.candidates],
    (author) => {
      const voters = new CooperationVoters(author, insensitive)
      voters.learn("erin", value)
      voters.receive("erin", [...exposing(voters, "alice"), ...fiveChains(insensitive, [1]).flat()])
      author.claim(author.accepts("cooperation.held", { on: "erin" }).candidates!.join() === [value, other].join(), "alice and bob")
      author.claim(voters.certificate("erin", value).unique, "a certificate has what was signed: one chain with the other value")
    },
  ),
]

const order = (): ReadonlyArray<Case> => [
  ...twins("cooperation/voter-first", clauses.voter, "A badly signed statement before one by nobody: the voters come first", (author) => {
    const voters = new CooperationVoters(author, electorateOf(4, 1))
    const statements = witnesses(voters, value, "bob", "carol")
    const [one, two] = statements as [StatementJson, StatementJson]
    return fork(
      "cooperation.receive",
      { on: "alice", statements },
      {
        statements: [
          { ...one, seq: 1 },
          { ...two, signer: 9 },
        ],
      },
    )
  }),
  shows("held-again", "What is held already is left out, whatever its signature is now", [clauses.signature], (author) => {
    const voters = new CooperationVoters(author, electorateOf(4, 1))
    const [one, two] = witnesses(voters, value, "bob", "carol") as [StatementJson, StatementJson]
    voters.receive("alice", [one])
    const again = { ...one, signature: two.signature }
    author.gives("cooperation.receive", { on: "alice", statements: [again] }, { signed: [], accepted: [] })
    author.refuses(clauses.signature, "cooperation.receive", { on: "alice", statements: [{ ...again, seq: 1 }] })
  }),
  shows(
    "own-from-elsewhere",
    "What another handle has signed for us counts, and we go on after it",
    [clauses["witness-once"]],
    (author) => {
      const voters = new CooperationVoters(author, electorateOf(4, 1))
      voters.validate("alice", other)
      voters.receive("alice", [voters.statement("alice", 1, "witness", value), voters.statement("alice", 3, "witness", named("far"))])
      const signed = author.accepts("cooperation.receive", { on: "alice", statements: witnesses(voters, value, "bob", "carol") }).signed
      author.claim(signed.map(({ type, seq }) => `${type} ${seq}`).join() === "ready 2", "the number that is free")
    },
  ),
  shows("own-unlinked", "A READY and a WITNESS of ours that are not linked do not count as ours", [clauses.linked], (author) => {
    const voters = new CooperationVoters(author, electorateOf(4, 1))
    voters.propose("alice", value)
    voters.receive("alice", [voters.statement("alice", 5, "ready", value), voters.statement("alice", 7, "witness", other)])
    author.claim(voters.validate("alice", other).length === 0, "too few have spoken")
    const signed = voters.receive("alice", [...witnesses(voters, other, "bob"), ...witnesses(voters, named("third"), "carol")])
    author.claim(signed.join() === `witness ${other}`, "we are ready for nothing, and have not witnessed it: it is unlocked")
    author.claim(voters.receive("alice", witnesses(voters, other, "dave")).join() === `ready ${other}`, "ready by our own WITNESS")
  }),
  shows("relax-unwitnessed", "Who is relaxed witnesses a valid value that nobody has witnessed", [clauses.unlock], (author) => {
    const voters = new CooperationVoters(author, electorateOf(4, 1))
    voters.propose("alice", value)
    voters.receive("alice", [...witnesses(voters, other, "bob"), ...witnesses(voters, named("third"), "carol")])
    author.claim(voters.validate("alice", named("fourth")).length === 0, "not yet")
    author.claim(voters.relax("alice").join() === `witness ${named("fourth")}`, "now")
    author.claim(voters.validate("alice", named("fifth")).join() === `witness ${named("fifth")}`, "and what becomes valid later, at once")
  }),
  shows("all-held", "Statements all of which are held already are accepted, and nothing follows", [clauses.branches], (author) => {
    const voters = new CooperationVoters(author, electorateOf(4, 1))
    const statements = witnesses(voters, value, "bob")
    voters.receive("alice", statements)
    author.gives("cooperation.receive", { on: "alice", statements: [...statements, ...statements] }, { signed: [], accepted: [] })
    author.gives("cooperation.receive", { on: "alice", statements: [] }, { signed: [], accepted: [] })
  }),
  ...twins(
    "cooperation/unique-valid-first",
    clauses.signature,
    "A unique certificate that is neither valid nor unique: validity first",
    () => {
      const electorate = electorateOf(4, 1)
      const chain = (leaf: number) => chainOf(electorate, leaf, [value], value)
      const right = [chain(0), chain(1), chain(2)]
      const stray = chainOf(electorate, 2, [other, value], value)
      const wrong = [chain(0), chain(1), [stray[0]!, { ...stray[1]!, signature: stray[0]!.signature }, stray[2]!]]
      return fork("cooperation.verify-unique", { electorate, instance: 1, certificate: right, ref: value }, { certificate: wrong })
    },
  ),
  ...twins("cooperation/electorate-twice", clauses.electorate, "A leaf that stands twice among the voters", () => {
    const electorate = electorateOf(4, 1)
    const [one, two, three] = electorate.voters as [(typeof electorate.voters)[number], ...typeof electorate.voters]
    const wrong = { ...electorate, voters: [one, one, two!, three!] }
    const params = { on: "alice", electorate, instance: 1, me: 0, secretKey: secretKeyOf("alice") }
    return fork("cooperation.open", params, { electorate: wrong })
  }),
]

/** A statement as bytes, with one fault of encoding. */
const encoded = (id: string, clause: (typeof encoding)[keyof typeof encoding], title: string, wrong: (bytes: string) => string) =>
  twins(`cooperation/encoding-${id}`, clause, title, (author) => {
    const voters = new CooperationVoters(author, electorateOf(4, 1))
    const statement = voters.statement("bob", 0, "witness", value)
    const { bytes } = author.accepts("agreement.encode", { type: "statement", value: statement as never })
    return fork("agreement.decode", { type: "statement", bytes }, { bytes: wrong(bytes) })
  })

const bytes = (): ReadonlyArray<Case> => [
  ...encoded("long", encoding.canonical, "A signer in two bytes where one is enough", (right) => right.replace(/^850001/, "85001801")),
  ...encoded("indefinite", encoding.canonical, "A statement without a length", (right) => `${right.replace(/^85/, "9f")}ff`),
  ...encoded("trailing", encoding.canonical, "A byte after a statement", (right) => `${right}00`),
  ...encoded("range", encoding.shape, "A signer over 65,535", (right) => right.replace(/^850001/, "85001a00010000")),
  ...encoded("unsafe", encoding.canonical, "A signer of 2^53", (right) => right.replace(/^850001/, "85001b0020000000000000")),
  ...encoded("nested", encoding.canonical, "Arrays in 17 levels", () => `${"81".repeat(16)}80`),
  ...encoded("length", encoding.shape, "A ref of 31 bytes", (right) => right.replace(/5820(..)/, "581f")),
]

/** The layer "cooperation". */
export default caseFile({ part: "delivery-service", chapter: "cooperation-limits", layer: "cooperation", flags: {} }, () => [
  ...quorums(),
  ...sensitivity(),
  ...certificates(),
  ...bounds(),
  ...exposure(),
  ...order(),
  ...bytes(),
])
