/**
 * The methods by which the part dcgka is tested, called with anything: parameters of the right form and any content, and parameters of a wrong form.
 *
 * Each call gives a verdict that names a check of some chapter and holds no secret, or throws `BrokenCall`, and nothing else. Unless the verdict is
 * *accepted*, all handles are as they were.
 *
 * @module
 */
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { labels } from "../../spec/conventions/labels.ts"
import { methods } from "../../spec/dcgka/methods.ts"
import { noblePrimitives } from "../crypto/providers/noble.ts"
import { nodePrimitives } from "../crypto/providers/node.ts"
import { labelledDraw } from "../crypto/randomness.ts"
import { BrokenCall, type Session, session, type WireVerdict } from "../methods.ts"
import { seedOf } from "../simulation/network.ts"
import { rememberingPrimitives } from "../simulation/remembering-primitives.ts"
import { sampleOf, seedOfTheDay } from "../simulation/sample.ts"
import { assertSilent, checks, damage, keyBytes, property } from "./bad-input.ts"

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

const users = ["alice", "bob", "carol", "dave"]
const now = 1_000_000_000

interface Outgoing {
  readonly control: string
  readonly directs: ReadonlyArray<{ readonly to: string; readonly message: string }>
}

// Worlds begin alike, again and again.
const primitives = rememberingPrimitives(nodePrimitives)

/** A session in which alice, bob and carol have a group on each layer and dave has not, alice and bob have a channel, and alice has sent bob something on both. */
class World {
  readonly session: Session = session(primitives)
  readonly messages: Array<string> = []
  readonly secrets: Array<Uint8Array> = []
  readonly members: ReadonlyArray<string>
  readonly group: string
  readonly talk: string
  readonly pending: ReadonlyArray<readonly [method: string, params: object]>
  #fingerprints: ReadonlyMap<string, string>

  constructor() {
    this.#appear()
    const created: Outgoing = this.accepted("group.create", { on: "alice", users: ["bob", "carol"] })
    const { group } = this.accepted("encoding.decode", { type: "control-message", bytes: created.control }).value
    this.group = group
    this.members = users.map((user) => this.accepted("identifiers.member", { group, user, adder: null, seq: 0 }).member)
    const answers = ["bob", "carol"].map((user) => this.#deliver(user, created).response)
    this.#deliver("alice", answers[0])
    this.#deliver("alice", answers[1])
    this.#deliver("bob", answers[1])
    this.#deliver("carol", answers[0])
    this.#broadcast()
    this.talk = this.#talk()
    this.pending = [this.#openChannel(), this.#parcel("bob", this.accepted("group.update", { on: "alice" }))]
    this.#fingerprints = new Map(users.map((user) => [user, this.fingerprint(user)]))
  }

  #appear() {
    for (const user of users) {
      this.accepted("keys.generate", { on: user, user, seed: hex(seedOf(user)) })
      this.accepted("keys.rotate", { on: user, expires: 2 * now })
      const drawn = ["identity/signing", "identity/agreement", ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((id) => `prekey/${id}`)]
      this.secrets.push(...drawn.map((label) => labelledDraw(noblePrimitives, seedOf(user), label, 32)))
    }
    for (const user of users) {
      for (const other of users.filter((one) => one !== user)) {
        for (const _ of [1, 2, 3])
          this.accepted("keys.learn", { on: user, now, bundle: this.accepted("keys.publish", { on: other }).bundle })
      }
    }
  }

  /** Messengers of all, a group of alice, bob and carol, with packets on their way, and chains between them. Gives the group. */
  #talk(): string {
    for (const user of users) {
      this.accepted("messenger.generate", { on: user, user, seed: hex(seedOf(user)), delay: false, heal: true })
      this.accepted("messenger.rotate", { on: user, expires: 2 * now })
    }
    for (const user of users) {
      for (const other of users.filter((one) => one !== user)) {
        this.accepted("messenger.learn", { on: user, now, bundle: this.accepted("messenger.publish", { on: other }).bundle })
      }
    }
    const { group, packets } = this.accepted("messenger.create", { on: "alice", users: ["bob", "carol"] })
    for (const user of ["bob", "carol"]) this.accepted("messenger.receive", { on: user, packet: packets[0] })
    this.accepted("messenger.update", { on: "alice", group })
    this.accepted("messenger.send", { on: "bob", group, payload: "00" })
    this.accepted("messenger.notes", { on: "carol", group })
    const secretKey = hex(seedOf("signing"))
    const { publicKey } = this.accepted("primitives.ed25519-public", { secretKey })
    for (const [index, user] of users.entries()) {
      this.accepted("application.start", { on: user, group: this.group, me: this.members[index], seed: hex(seedOf(user)) })
      this.accepted("application.begin-own", { on: user, seq: 1, updateSecret: hex(seedOf(user)) })
      const { message } = this.accepted("application.seal", { on: user, signingSecretKey: secretKey, payload: "00" })
      this.messages.push(message)
      for (const [which, other] of users.entries()) {
        const begun = { member: this.members[which], seq: 1, updateSecret: hex(seedOf(other)), signingKey: publicKey }
        if (other !== user) this.accepted("application.begin-other", { on: user, ...begun })
      }
    }
    return group
  }

  #parcel(user: string, { control, directs }: Outgoing): readonly [string, object] {
    const direct = directs.find(({ to }) => to === this.members[users.indexOf(user)])?.message ?? null
    return ["group.process", { on: user, control, recipients: directs.map(({ to }) => to), direct }]
  }

  #deliver(user: string, outgoing: Outgoing): any {
    return this.accepted(...this.#parcel(user, outgoing))
  }

  #broadcast() {
    this.accepted("broadcast.create", { on: "alice", users: ["bob", "carol"] })
    const { envelope } = this.accepted("broadcast.flush", { on: "alice" })
    for (const on of ["bob", "carol"]) this.accepted("broadcast.receive", { on, envelope })
    const answer = this.accepted("broadcast.flush", { on: "bob" }).envelope
    for (const on of ["alice", "carol"]) this.accepted("broadcast.receive", { on, envelope: answer })
  }

  #openChannel(): readonly [string, object] {
    const [me, peer] = this.members
    this.accepted("channel.open", { on: "alice", group: this.group, me, peer, peerUser: "bob" })
    this.accepted("channel.open", { on: "bob", group: this.group, me: peer, peer: me, peerUser: "alice" })
    const { message } = this.accepted("channel.send", { on: "alice", payload: "00", outer: "" })
    return ["channel.receive", { on: "bob", message, outer: "" }]
  }

  /** Calls a method that must be accepted, and keeps what it sends and what it computed. */
  accepted(name: string, params: object): any {
    const verdict = this.session.call(name, params)
    if (verdict.verdict !== "accepted") return assert.fail(`${name} is answered ${JSON.stringify(verdict)}`)
    this.secrets.push(...(verdict.trace ?? []).map(({ value }) => Uint8Array.from(Buffer.from(value, "hex"))))
    this.messages.push(...(JSON.stringify(verdict.output).match(/(?<=")([0-9a-f]{2}){20,}(?=")/g) ?? []))
    return verdict.output
  }

  fingerprint(user: string): string {
    return JSON.stringify(this.session.fingerprint({ on: user }))
  }

  /** Fails when one of the handles has changed. */
  assertUnchanged(handles: ReadonlyArray<string>) {
    for (const user of handles) assert.strictEqual(this.fingerprint(user), this.#fingerprints.get(user), `${user} has changed`)
  }

  /** Takes the handle as it is now for what it has to be. */
  remember(user: string) {
    this.#fingerprints = new Map([...this.#fingerprints, [user, this.fingerprint(user)]])
  }
}

const model = new World()

const isText = (value: unknown) => typeof value === "string"

const assertVerdict = (answer: WireVerdict, secrets: ReadonlyArray<Uint8Array>) => {
  assert.deepEqual(JSON.parse(JSON.stringify(answer)), answer)
  if (answer.verdict === "accepted") return
  // A trace is there to report secrets, those of vectors, whatever the verdict is.
  const { trace: _, ...said } = answer
  assertSilent(JSON.stringify(said), secrets)
  if (answer.verdict === "refused") assert.isTrue(checks.has(answer.clause) && isText(answer.detail), answer.clause)
  else if (answer.verdict === "malformed") assert.isTrue(checks.has(answer.clause) && isText(answer.where), answer.clause)
  else if (answer.verdict === "waiting") assert.isAbove(answer.missing.length, 0)
  else assert.strictEqual(answer.reason, "duplicate")
}

/** Calls a method; gives the verdict, or undefined for a broken call. */
const call = (world: World, name: string, params: unknown): WireVerdict | undefined => {
  try {
    const answer = world.session.call(name, params)
    assertVerdict(answer, world.secrets)
    return answer
  } catch (error) {
    if (error instanceof BrokenCall) return undefined
    throw error
  }
}

// ---- Parameters.

const message = fc.nat(model.messages.length - 1).map((index) => Uint8Array.from(Buffer.from(model.messages[index]!, "hex")))
const anyBytes = fc
  .oneof(
    { weight: 4, arbitrary: message },
    { weight: 2, arbitrary: fc.tuple(message, message, damage).map(([bytes, other, apply]) => apply(bytes, other)) },
    { weight: 2, arbitrary: keyBytes },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 70 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 12, 16, 33, 64).map((length) => new Uint8Array(length)) },
  )
  .map(hex)
const key = fc.oneof({ weight: 4, arbitrary: keyBytes.map(hex) }, { weight: 1, arbitrary: anyBytes })
const handle = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...users) },
  { weight: 1, arbitrary: fc.constantFrom("nobody", "__proto__") },
)
const user = fc.constantFrom(...users, "erin", "~".repeat(64))
const count = fc.oneof(fc.nat(6), fc.constantFrom(64, 255, 8160, 8161, now, 2 * now, 0xffffffff, 2 ** 32, Number.MAX_SAFE_INTEGER))
const group = fc.constantFrom(model.group, model.talk, model.talk, "00".repeat(16))
const member = fc.constantFrom(...model.members, "ff".repeat(16))
const seq = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(0xffffffff))

const operation = fc.oneof(
  fc.record({ type: fc.constant("create"), sender: member, seq, members: fc.uniqueArray(member, { minLength: 1 }) }),
  fc.record({ type: fc.constantFrom("add", "remove"), sender: member, seq, member }),
  fc.record({ type: fc.constant("ack"), sender: member, seq, ofSender: member, ofSeq: seq }),
)

const types = [
  "key-bundle",
  "channel-message",
  "channel-plaintext",
  "control-message",
  "welcome",
  "application-message",
  "packet",
  "content",
]

/** What the messages of the session are in JSON. */
const values = types.flatMap((type) =>
  model.messages.flatMap((bytes) => {
    const answer = model.session.call("encoding.decode", { type, bytes })
    return answer.verdict === "accepted" ? [(answer.output as { value: unknown }).value] : []
  }),
)

const byName: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  on: handle,
  user,
  peerUser: user,
  users: fc.array(user, { maxLength: 4 }),
  group,
  me: member,
  peer: member,
  member,
  sender: member,
  adder: fc.option(member),
  recipients: fc.array(member, { maxLength: 4 }),
  seq: count,
  seen: count,
  delay: fc.boolean(),
  heal: fc.boolean(),
  now: count,
  expires: count,
  length: count,
  signedPrekeyId: count,
  oneTimePrekeyId: count,
  type: fc.constantFrom(...types),
  value: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...values) },
    { weight: 1, arbitrary: operation },
    { weight: 1, arbitrary: fc.jsonValue() },
  ),
  label: fc.oneof(fc.string(), fc.constantFrom(...Object.values(labels))),
  operations: fc.oneof(fc.array(operation, { maxLength: 8 })),
  direct: fc.option(anyBytes),
  chain: fc.option(fc.record({ length: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(0xffffffff)), digest: keyBytes.map(hex) })),
}

const keys = /[kK]ey$|^seed$|^state$|^nonce$|^updateSecret$/

/** Parameters of the right form, as far as a single field can tell. */
const wellFormed = (name: keyof typeof methods): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(
    Object.fromEntries(
      Object.keys(methods[name].params.fields).map((field) => [field, byName[field] ?? (keys.test(field) ? key : anyBytes)]),
    ),
  )

const junk = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 0.5, 1e300, 2 ** 53, "", "0", "AB", "0g", "\ud800", " ", [], {}, [[[]]], { length: 2 }),
  fc.constantFrom("a".repeat(65), "00".repeat(17)),
  fc.jsonValue({ maxDepth: 3 }),
)

/** Parameters of a wrong form: a field missing, one too many, or one that is something else. */
const malformed = (name: keyof typeof methods): fc.Arbitrary<unknown> => {
  const fields = Object.keys(methods[name].params.fields)
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(wellFormed(name), fc.constantFrom(...fields), junk)
        .map(([params, field, value]) => ({ ...params, [field]: value })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(wellFormed(name), fc.constantFrom(...fields)).map(([params, field]) => ({ ...params, [field]: undefined })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(wellFormed(name), fc.constantFrom("extra", "constructor", "seed"), junk)
        .map(([params, field, value]) => ({ ...params, [field]: value })),
    },
    { weight: 1, arbitrary: junk },
  )
}

const names = Object.keys(methods) as ReadonlyArray<keyof typeof methods>

/** Those that are called again and again today. */
const drawn = sampleOf(names, 3)

/** After so many calls a fresh session takes over, so that what was accepted does not pile up. */
const callsPerWorld = 500

/** How often each method is called; the steps behind the methods are tried more often by themselves. */
const runs = { wellFormed: 400, malformed: 200 } as const

/** Calls a method of a session again and again, and looks after the handles. Returns how many calls gave a verdict. */
const exercise = (name: keyof typeof methods, seed: number, params: fc.Arbitrary<unknown>, numRuns: number): number => {
  let [world, calls, verdicts] = [model, 0, 0]
  const hasHandle = "on" in methods[name].params.fields
  const check = (input: unknown) => {
    if (hasHandle && calls++ % callsPerWorld === 0) world = new World()
    const answer = call(world, name, input)
    if (answer !== undefined) verdicts++
    const on = (input as { on?: unknown } | null)?.on
    const own = users.find((one) => one === on)
    if (own !== undefined && answer?.verdict === "accepted") world.remember(own)
    if (answer === undefined && calls % 10 !== 0) return
    if (hasHandle) world.assertUnchanged(own === undefined || calls % 50 === 0 ? users : [own])
  }
  property(seed, params, check, numRuns)
  return verdicts
}

describe.for(drawn)(`%s, drawn by the seed ${seedOfTheDay}`, (name) => {
  it("with any content", () => {
    assert.isAbove(exercise(name, 1, wellFormed(name), runs.wellFormed), runs.wellFormed / 20)
  })

  it("with parameters of a wrong form", () => {
    exercise(name, 2, malformed(name), runs.malformed)
  })
})

/** Good parameters of a method, one of which is `length` bytes long; one set for each parameter that may be. */
const veryLong = (name: keyof typeof methods, length: number): ReadonlyArray<object> => {
  const [sample] = fc.sample(wellFormed(name), { seed: 4, numRuns: 1 })
  const fields = Object.keys(methods[name].params.fields)
  const good = fields.map((field) => [field, field === "nonce" ? "00".repeat(12) : keys.test(field) ? hex(seedOf(field)) : sample![field]])
  const params = { ...Object.fromEntries(good), ...("on" in sample! ? { on: "alice" } : {}) }
  return fields
    .filter((field) => byName[field] === undefined || field === "direct")
    .map((field) => ({ ...params, [field]: "00".repeat(length) }))
}

describe("corners", () => {
  it.for(drawn)("%s takes very long byte strings", (name) => {
    const world = new World()
    for (const length of [1 << 20, 1 << 21, (1 << 21) + 1]) {
      for (const params of veryLong(name, length)) call(world, name, params)
    }
  })

  const propertyNames = ["__proto__", "constructor", "hasOwnProperty", "toString", "valueOf"]

  it.for(propertyNames)("a user may be called %s", (user) => {
    const world = new World()
    for (const [method, params] of [
      ["group.add", { on: "alice", user, attachment: "" }],
      ["group.create", { on: "dave", users: [user] }],
    ] as const) {
      const { trace: _, ...answer } = call(world, method, params) as { readonly trace?: unknown }
      assert.deepEqual<unknown>(answer, { verdict: "waiting", missing: [{ bundle: user }] })
    }
    world.assertUnchanged(users)
    world.accepted("keys.generate", { on: "x", user, seed: hex(seedOf(user)) })
    world.accepted("keys.rotate", { on: "x", expires: 2 * now })
    for (const on of ["alice", "bob"]) world.accepted("keys.learn", { on, now, bundle: world.accepted("keys.publish", { on: "x" }).bundle })
    for (const on of users) world.remember(on)
    world.accepted("keys.learn", { on: "x", now, bundle: world.accepted("keys.publish", { on: "alice" }).bundle })
    world.accepted("keys.retire", { on: "alice", now })
    world.accepted(...world.pending[1]!)
    const added: Outgoing = world.accepted("group.add", { on: "alice", user, attachment: "" })
    const recipients = added.directs.map(({ to }) => to)
    world.accepted("group.process", { on: "x", control: added.control, recipients, direct: added.directs[0]!.message })
    const answer = world.accepted("group.process", { on: "bob", control: added.control, recipients, direct: null })
    assert.lengthOf(answer.response.directs, 1)
    assert.lengthOf(world.accepted("group.members", { on: "bob" }).members, 4)
  })

  it.for(propertyNames)("a first contact may say that it is of %s", (user) => {
    const world = new World()
    const member = world.members[0]!
    world.accepted("channel.open", { on: "dave", group: world.group, me: world.members[3], peer: member, peerUser: user })
    const contact = {
      type: "first-contact",
      user,
      ephemeralKey: hex(seedOf("e")),
      signedPrekeyId: 0,
      oneTimePrekeyId: 1,
      ciphertext: "00".repeat(40),
    }
    const { bytes } = world.accepted("encoding.encode", { type: "channel-message", value: contact })
    const waiting = { verdict: "waiting", missing: [{ bundle: user }] }
    assert.deepEqual<unknown>(call(world, "channel.receive", { on: "dave", message: bytes, outer: "" }), waiting)
    const some = "00".repeat(32)
    const add = { type: "add", group: world.group, sender: member, seq: 2, user: "dave", history: some, commitment: some }
    const control = world.accepted("encoding.encode", { type: "control-message", value: add }).bytes
    const dave = world.accepted("identifiers.member", { group: world.group, user: "dave", adder: member, seq: 2 }).member
    assert.deepEqual<unknown>(call(world, "group.process", { on: "dave", control, recipients: [dave], direct: bytes }), waiting)
  })

  it("the number -0 is no count", () => {
    const world = new World()
    for (const name of names) {
      const [params] = fc.sample(wellFormed(name), { seed: 5, numRuns: 1 })
      const counts = Object.entries(params!).filter(([, value]) => typeof value === "number")
      for (const [field] of counts) assert.isUndefined(call(world, name, { ...params, [field]: -0 }), `${name} ${field}`)
    }
    world.assertUnchanged(users)
  })

  it("a group of very many users", () => {
    for (const length of [1023, 1024, 5000]) {
      const answer = call(model, "group.create", { on: "dave", users: Array.from({ length }, (_, index) => `user${index}`) })
      assert.strictEqual(answer?.verdict, length === 1023 ? "waiting" : "refused")
    }
  })

  it("deeply nested JSON is no value", () => {
    for (const depth of [10, 1000, 100_000]) {
      const value = JSON.parse(`${"[".repeat(depth)}0${"]".repeat(depth)}`)
      assert.isUndefined(call(model, "encoding.encode", { type: "welcome", value }), `depth ${depth}`)
      assert.isUndefined(call(model, "group.create", { on: "dave", users: value }), `depth ${depth}`)
    }
  })
})

describe("a session", () => {
  it("knows no other methods", () => {
    for (const name of ["", "keys", "constructor", "__proto__", "toString", "keys.generate "]) assert.isUndefined(call(model, name, {}))
  })

  it("accepts the honest messages after everything that was not accepted", () => {
    const [world, untouched] = [new World(), new World()]
    const spoiled = fc.tuple(fc.nat(1), fc.constantFrom("control", "direct", "message", "outer"), anyBytes)
    property(3, spoiled, ([which, field, bytes]) => {
      const [name, params] = world.pending[which]!
      if (!Object.hasOwn(params, field) || (params as Record<string, unknown>)[field] === bytes) return
      const answer = call(world, name, { ...params, [field]: bytes })
      if (answer?.verdict === "accepted") assert.strictEqual(field, "control")
      else world.assertUnchanged(["bob"])
    })
    for (const [name, params] of world.pending) {
      assert.deepEqual(world.accepted(name, params), untouched.accepted(name, params))
      assert.strictEqual(world.fingerprint("bob"), untouched.fingerprint("bob"))
    }
  })
})
