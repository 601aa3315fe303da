// biome-ignore lint/correctness/noUnresolvedImports: Node resolves it.
import { JSDOM } from "jsdom"
import { beforeAll, describe, expect, it } from "vitest"
import { faultsOf, idsIn } from "../book/check.ts"
import { Index } from "../book/names.ts"
import { read } from "../book/read.ts"
import { citedIn } from "../book/read-citations.ts"
import { type Book, readBook } from "../book/schema.ts"
import { type BookFile, write } from "../book/write.ts"

let book: Book
let files: ReadonlyArray<BookFile>

const textOf = (path: string) => files.find((file) => file.path === path)!.text

beforeAll(async () => {
  book = readBook(JSON.parse(JSON.stringify(await read())))
  files = await write(book)
})

describe("the lines that do a step", () => {
  const cited = (text: string) => citedIn({ path: "reference/a.ts", text }).map(({ step, at, within }) => [step, at.from, at.to, within])

  it("end before the next citation, and with the list that they stand in", () => {
    const text =
      "const f = () => {\n  // a.b.1\n  one()\n  if (x) {\n    // a.b.2\n    two()\n    three()\n  }\n  four()\n}\n// a.c.1\nconst g = 1\nconst h = 2\n"
    expect(cited(text)).toEqual([
      ["a.b.1", 3, 4, "f"],
      ["a.b.2", 6, 7, "f"],
      ["a.c.1", 12, 12, "g"],
    ])
  })

  it("are shared by citations directly under one another", () => {
    expect(cited("const f = () => {\n  // a.b.1\n  // a.b.2\n  one()\n  // a.b.3\n  two()\n}\n")).toEqual([
      ["a.b.1", 4, 4, "f"],
      ["a.b.2", 4, 4, "f"],
      ["a.b.3", 6, 6, "f"],
    ])
  })

  it("are known of every step, and few", () => {
    const steps = book.chapters.flatMap(({ operations }) => operations.flatMap((operation) => operation.steps))
    expect(steps.filter(({ at }) => at === null)).toEqual([])
    expect(steps.filter(({ at }) => at!.to - at!.from > 40)).toEqual([])
  })
})

describe("the book", () => {
  it("has no dead link or fragment, no id twice, nothing from elsewhere and no heavy page", () => {
    expect(faultsOf(files)).toEqual([])
  })

  it("has every name at its address", () => {
    const ids = new Map(files.map(({ path, text }) => [path, new Set(idsIn(text))]))
    const missing = new Index(book).all.filter(({ to }) => {
      const [path, fragment] = to.split("#") as [string, string | undefined]
      return !(fragment === undefined ? ids.has(path) : ids.get(path)?.has(fragment))
    })
    expect(missing).toEqual([])
  })

  it("has clauses, steps and cases under their own identifiers", () => {
    const named = new Index(book).all.filter(({ kind }) => kind === "clause" || kind === "step" || kind === "case")
    expect(named.filter(({ id, to }) => !to.endsWith(`#${id}`))).toEqual([])
    expect(named.length).toBe(
      book.cases.length +
        book.chapters.reduce(
          (sum, { clauses, operations }) => sum + clauses.length + operations.reduce((all, one) => all + one.steps.length, 0),
          0,
        ),
    )
  })

  it("has a step's sentence beside the lines that do it", () => {
    const row = /<li id="membership\.append\.4">([\s\S]*?)<\/li>/.exec(textOf("dcgka/group-membership.html"))![1]!
    expect(row).toContain('class="id clause" href="#membership.ack-known"')
    expect(row).toContain("positionOf")
    expect(row).toContain("../code/reference/dcgka/group-membership.html#L")
  })

  it("has boxes of errata, CDDL whose names are links, and the command that runs a case", () => {
    expect(textOf("errata.html")).toContain('<span id="erratum-F5">')
    expect(/<pre class="cddl"[^>]*><code>operation = (.*)/.exec(textOf("dcgka/group-membership.html"))![1]).toContain('href="#def-')
    expect(textOf("cases/membership.html").includes("npx conclave repro membership/f4-view-through-adder -- ./my-port")).toBe(true)
  })

  it("tells what is no book", () => {
    expect(() => readBook({ ...book, format: "conclave-book/2" })).toThrow()
    expect(() => readBook({ ...book, more: 1 })).toThrow()
  })
})

describe("a run", () => {
  const page = () => textOf("runs/concurrency.3.alice-add-dave+bob-add-dave.1.html")

  it("has every message that is taken as a message that was sent", () => {
    const taken = book.runs.flatMap(({ events }) => events.filter(({ takes }) => takes !== null))
    expect(taken.length).toBeGreaterThan(5000)
    expect(taken.filter(({ from, lane }) => from === null || lane === -1)).toEqual([])
  })

  it("says in its list what its picture shows", () => {
    expect(page().match(/‖ concurrent<\/span>/g)?.length).toBe(2 * 2)
    expect(page()).toContain("learns no secret")
    expect(page().match(/<path class="band"/g)?.length).toBe(2)
    expect(page()).toContain('<svg class="spacetime" aria-hidden="true"')
  })

  it("leads to the clause by which something is refused", () => {
    const refused = book.runs.filter(({ events }) => events.some(({ verdict }) => verdict === "refused"))
    for (const { id, events } of refused)
      for (const { clause } of events.filter(({ verdict }) => verdict === "refused")) {
        expect(clause).not.toBeNull()
        expect(textOf(`runs/${id.replaceAll("/", ".")}.html`)).toContain(`#${clause}"`)
      }
  })
})

describe("the search", () => {
  it("finds an identifier, and leads to its place from any page", () => {
    const { window } = new JSDOM(textOf("dcgka/ratchet.html"), {
      runScripts: "outside-only",
      url: "http://book.example/x/dcgka/ratchet.html",
    })
    window.Element.prototype.scrollIntoView = () => {}
    window.eval(textOf("ids.js"))
    window.eval(textOf("book.js"))
    const input = window.document.querySelector<HTMLElement & { value: string }>("#q")!
    const first = (text: string) => {
      input.value = text
      input.dispatchEvent(new window.Event("input"))
      return window.document.querySelector<HTMLElement>("#found li")!
    }
    expect(first("ack-known").dataset.to).toBe("../dcgka/group-membership.html#membership.ack-known")
    expect(first("key-agreement.process.3").dataset.to).toBe("../dcgka/key-agreement.html#key-agreement.process.3")
    expect(first("membership/alone").textContent).toContain("case: ")
    expect(input.getAttribute("aria-activedescendant")).toBe("found-0")
  })
})

describe("what is checked", () => {
  const page = (text: string) => [{ path: "a/b.html", text }]

  it("finds what is wrong", () => {
    expect(faultsOf(page('<p id="x"></p><p id="x"></p>'))).toEqual(["a/b.html has an id twice: x"])
    expect(faultsOf(page('<a href="c.html"></a>'))).toEqual(["a/b.html leads to a/c.html, which does not exist"])
    expect(faultsOf(page('<a href="#y"></a>'))).toEqual(["a/b.html leads to a/b.html#y, which it does not have"])
    expect(faultsOf(page('<img src="https://example.org/">'))).toEqual(["a/b.html leads out: https://example.org/"])
    expect(faultsOf([{ path: "book.css", text: "@import 'x.css'" }])).toEqual(["book.css asks for something else"])
    expect(faultsOf(page('<p id="x/y~z"></p><a href="#x/y~z"></a>'))).toEqual([])
  })
})
