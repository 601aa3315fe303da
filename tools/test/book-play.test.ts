import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Case, readVectorFile } from "../../conformance/protocol/vectors.ts"
import { bundle } from "../book/extras.ts"
import { type Field, fieldsOf } from "../book/play/fields.ts"
import { flipped, type Replayed, replay } from "../book/play/replay.ts"
import { scriptOf, textOf } from "../book/play/script.ts"
import { played } from "../book/play/table.ts"
import { matrixScript, sceneList } from "../book/write-play.ts"
import { root } from "../sources.ts"

const casesIn = (file: string): ReadonlyArray<Case> =>
  readVectorFile(JSON.parse(readFileSync(join(root, `vectors/${file}.json`), "utf8"))).cases

const tableOf = (script: string) => played(scriptOf(script)!)

describe("a script in an address", () => {
  it("is read as it was written", () => {
    const script =
      "alice,bob;create.alice.bob;deliver;cut.bob;say.alice.a%20b%2Ec%3B%C3%BC%27;heal;steal.bob;give.bob.3.7;add.alice.bob;again.alice.bob"
    expect(textOf(scriptOf(script)!)).toBe(script)
    expect(scriptOf(script)!.actions[3]).toEqual({ does: "say", who: "alice", text: "a b.c;ü'" })
  })

  it("is none when it has anything else", () => {
    const wrong = [
      "",
      "Alice",
      "alice,alice",
      "alice;fly.alice",
      "alice;add.alice",
      "alice;say.alice.%",
      "alice;give.alice.-1",
      "a,b,c,d,e,f,g,h,i",
    ]
    expect(wrong.filter((text) => scriptOf(text) !== undefined)).toEqual([])
  })

  it("is what each scene to begin with is", () => {
    const scripts = [...sceneList("index.html").matchAll(/#([^"]*)"/g)].map(([, script]) => script!)
    expect(scripts.length).toBeGreaterThan(4)
    expect(scripts.filter((script) => scriptOf(script) === undefined)).toEqual([])
  })

  it("is what the two operations of a case of concurrency are", () => {
    const ids = casesIn("dcgka/concurrency-4r").map(({ id }) => id)
    expect(ids.filter((id) => scriptOf(matrixScript(id) ?? "") === undefined)).toEqual([])
    expect(matrixScript("concurrency/3r/alice-add-carol+bob-add-dave/2")).toBe(
      "alice,bob,carol,dave;create.alice.bob.carol;deliver;remove.alice.carol;deliver;add.alice.carol;add.bob.dave",
    )
    expect(tableOf(matrixScript("concurrency/3r/alice-add-carol+bob-add-dave/2")!).view.happened.at(-1)!.says).toBe("adds dave")
    expect(matrixScript("ratchet/steps")).toBeUndefined()
  })
})

describe("a table", () => {
  it("shows who has which secret, on both sides of a cut and after it", () => {
    const script = "alice,bob,carol,dave;create.alice.bob.carol;deliver;cut.carol;add.alice.dave;update.carol;deliver"
    const apart = tableOf(script).view
    expect(apart.users.map(({ sees }) => sees.length)).toEqual([4, 4, 3, 4])
    expect(apart.secrets.find(({ name }) => name === "carol 2")!.has).toEqual(["carol"])
    const together = tableOf(`${script};heal;deliver`).view
    expect(together.users.map(({ sees }) => sees.length)).toEqual([4, 4, 4, 4])
    expect(together.secrets.find(({ name }) => name === "carol 2")!.has).toEqual(["carol", "alice", "bob"])
  })

  it("lets a thief read what was sealed to its victim, and nothing before, nor after the victim has updated", () => {
    const script =
      "alice,bob,carol;create.alice.bob.carol;deliver;say.alice.one;deliver;steal.carol;update.bob;deliver;say.alice.two;deliver;update.carol;deliver;say.alice.three;deliver"
    expect(tableOf(script).view.texts.map(({ thief }) => thief)).toEqual([false, true, false])
  })

  it("makes no second membership of a group that is played again", () => {
    const script = "mallory,alice,bob,carol;create.mallory.alice.bob.carol;deliver;again.mallory.alice;deliver;say.alice.plan;deliver"
    const { happened, users } = tableOf(script).view
    expect(happened.filter(({ who, tells }) => who === "alice" && tells.some((tell) => /^reads/.test(tell)))).toEqual([])
    expect(happened.filter(({ tells }) => tells.includes("reads, from alice: plan")).map(({ who }) => who)).toEqual([
      "mallory",
      "bob",
      "carol",
    ])
    expect(users.map(({ sees }) => sees.length)).toEqual([4, 4, 4, 4])
  })

  it("names the clause by which a changed byte is refused", () => {
    const { happened } = tableOf("alice,bob;create.alice.bob;deliver;update.alice;give.bob.2.3;give.bob.2.200;give.bob.2").view
    expect(happened.slice(-3).map(({ verdict, clause }) => [verdict, clause])).toEqual([
      ["malformed", "encoding.canonical"],
      ["refused", "causal-broadcast.signature"],
      ["accepted", null],
    ])
  })

  it("is saved as a case, which the reference passes", async () => {
    const file = readVectorFile(
      JSON.parse(JSON.stringify(tableOf("alice,bob;create.alice.bob;deliver;say.bob.hi;give.alice.2.1;deliver").vectors("x"))),
    )
    const answers = await replay(file.cases[0]!)
    expect(answers.filter(({ wrong }) => wrong !== null)).toEqual([])
    expect(answers.some(({ verdict }) => verdict !== "accepted")).toBe(true)
  })
})

describe("bytes field by field", () => {
  it("are all of the bytes, in their order, under the names of the fields", () => {
    const { hex } = tableOf("alice,bob;create.alice.bob").view.packets[0]!
    const { type, field } = fieldsOf(hex)!
    expect(type).toBe("packet")
    expect(field.inner.map(({ name }) => name)).toEqual(["kind", "items", "signature"])
    const check = ({ from, to, inner }: Field): void => {
      for (const [at, one] of inner.entries()) {
        expect(one.to).toBe(inner[at + 1]?.from ?? to)
        expect(one.from).toBeGreaterThan(from)
        check(one)
      }
    }
    check(field)
    expect(field.to).toBe(hex.length / 2)
    expect(fieldsOf("ff")).toBeUndefined()
    expect(fieldsOf("83010203")!.field.inner.map(({ says }) => says)).toEqual(["1", "2", "3"])
  })
})

describe("the reference as the pages have it", () => {
  let worker: Worker
  let last = 0

  const ask = <A>(question: object): Promise<A> =>
    new Promise((resolve, reject) => {
      const id = ++last
      const hear = (answer: { id: number; answer: A; error?: string }) => {
        if (answer.id !== id) return
        worker.off("message", hear)
        if (answer.error === undefined) resolve(answer.answer)
        else reject(new Error(answer.error))
      }
      worker.on("message", hear)
      worker.postMessage({ id, ...question })
    })

  beforeAll(async () => {
    // A worker of Node that looks like one of a browser: no module of Node is in reach of what runs in it.
    const before =
      "{ const { parentPort } = require('node:worker_threads'); globalThis.postMessage = (data) => parentPort.postMessage(data); parentPort.on('message', (data) => globalThis.onmessage({ data })) }; globalThis.require = undefined; globalThis.process = undefined; globalThis.Buffer = undefined;"
    worker = new Worker(`${before}\n${await bundle()}`, { eval: true })
  })

  afterAll(async () => {
    await worker.terminate()
  })

  it.each(["dcgka/concurrency-2", "dcgka/ratchet", "mpenc/server-order", "delivery-service/worked-example", "delivery-service/murmur-mls"])(
    "answers as %s wants",
    async (file) => {
      for (const one of casesIn(file)) {
        const answers = await ask<ReadonlyArray<Replayed>>({ asks: "replay", case: one, change: null })
        expect(answers.filter(({ wrong }) => wrong !== null)).toEqual([])
        expect(answers.length).toBe(one.steps.length)
      }
    },
  )

  it("finds a byte that is changed", async () => {
    const one = casesIn("dcgka/concurrency-2")[0]!
    const step = one.steps.findIndex(({ method }) => method === "group.process")
    const answers = await ask<ReadonlyArray<Replayed>>({ asks: "replay", case: one, change: { step, path: ["control"], at: 0 } })
    expect(answers[step]).toMatchObject({ verdict: "malformed", clause: "encoding.canonical" })
    expect(flipped("00ff", 1)).toBe("00fe")
  })

  it("goes on from what was played, and gives the same as when it is played whole", async () => {
    const begun = "alice,bob;create.alice.bob"
    await ask({ asks: "play", script: begun })
    const whole = `${begun};deliver;update.bob;deliver`
    expect(await ask({ asks: "play", script: whole })).toEqual(JSON.parse(JSON.stringify(tableOf(whole).view)))
    expect(await ask({ asks: "play", script: "alice;fly" })).toBeUndefined()
  })
})
