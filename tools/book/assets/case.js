// A case, run by the reference in this page; one byte of it can be changed. Which case, and which byte, stands in the address.
;(() => {
  const root = document.documentElement.dataset.root ?? ""
  const make = window.conclaveMake
  const place = document.getElementById("case")
  const status = document.getElementById("status")
  const bytes = document.getElementById("bytes")
  const files = new Map()

  /** `#dcgka/ratchet:ratchet/first`, and after a semicolon which byte is changed: `;step.key.at`. */
  const asked = () => {
    const [head, change] = decodeURIComponent(location.hash.slice(1)).split(";")
    const colon = head.indexOf(":")
    const [step, ...rest] = (change ?? "").split(",")
    const at = Number(rest.pop())
    return {
      file: head.slice(0, colon),
      id: head.slice(colon + 1),
      change: change === undefined ? null : { step: Number(step), path: rest, at: Number.isSafeInteger(at) && at >= 0 ? at : 0 },
    }
  }

  const load = async (file) => {
    const known = files.get(file)
    if (known !== undefined) return known
    const response = await fetch(`${root}vectors/${file}.json.gz`)
    if (!response.ok) throw new Error(`There is no file of cases ${file}.`)
    const text = await new Response(response.body.pipeThrough(new DecompressionStream("gzip"))).text()
    files.set(file, JSON.parse(text))
    return files.get(file)
  }

  const isHex = (value) => typeof value === "string" && /^([0-9a-f]{2})+$/.test(value)

  /** The parameters that are bytes, with the keys that lead to them. */
  const bytesIn = (value, path = []) => {
    if (isHex(value)) return [{ path, hex: value }]
    if (typeof value !== "object" || value === null) return []
    return Object.entries(value).flatMap(([key, one]) => bytesIn(one, [...path, key]))
  }

  const go = (text) => {
    history.pushState(null, "", `#${text}`)
    return show()
  }

  const showFields = async (hex, title, from) => {
    const back = () => {
      from.focus()
      from.scrollIntoView({ block: "center" })
    }
    const fields = await window.conclaveFields(hex, title)
    bytes.replaceChildren(
      make("h2", { tabindex: "-1" }, `${title}, ${hex.length / 2} bytes`),
      make("p", {}, make("button", { type: "button", onclick: back }, "Back to the step")),
      fields ?? make("pre", { tabindex: "0" }, make("code", {}, hex)),
    )
    bytes.firstChild.focus()
    bytes.scrollIntoView()
  }

  const short = 24

  const value = (index, where, { path, hex }, base) => {
    const name = path.join(".")
    const inner = hex.length > short ? `${hex.slice(0, short)}… (${hex.length / 2} bytes)` : hex
    const change = (event) => {
      event.preventDefault()
      return go(`${base};${index},${path.join(",")},${event.target.querySelector("input").value}`)
    }
    const id = `byte-${index}-${name}`
    return make(
      "li",
      {},
      `${name} `,
      make(
        "button",
        {
          type: "button",
          class: "packet",
          "aria-controls": "bytes",
          title: "Shows its fields below the steps",
          onclick: ({ currentTarget }) => showFields(hex, `${name} of step ${index}`, currentTarget),
        },
        inner,
      ),
      where === "params" &&
        make(
          "form",
          { class: "deed small", onsubmit: change },
          make("label", { for: id }, "change byte"),
          make("input", { id, type: "number", min: "0", max: `${hex.length / 2 - 1}`, value: "0" }),
          make("button", { type: "submit" }, "Run so"),
        ),
    )
  }

  const step = ({ method, params, expect }, index, replayed, change, base) => {
    const { verdict, clause, wrong } = replayed
    const wanted = expect.clause === undefined ? expect.verdict : `${expect.verdict} ${expect.clause}`
    const about = Object.entries(params).filter(([, one]) => typeof one !== "object" && !isHex(one))
    const isChanged = change?.step === index
    const values = [
      ...bytesIn(params).map((one) => value(index, "params", one, base)),
      ...(expect.verdict === "accepted" ? bytesIn(expect.output).map((one) => value(index, "output", one, base)) : []),
    ]
    return make(
      "li",
      { value: `${index}`, class: isChanged ? "changed" : wrong === null ? "" : "wrong" },
      window.conclaveName(method, "method"),
      about.map(([key, one]) => make("span", { class: "note" }, ` ${key}: ${one}`)),
      isChanged ? make("strong", { class: "bad" }, ` byte ${change.at} of ${change.path.join(".")} changed`) : "",
      ": ",
      make("strong", { class: verdict === "accepted" ? "" : "bad" }, verdict),
      clause === null ? "" : [" ", window.conclaveName(clause, "clause")],
      wrong === null
        ? make("span", { class: "note" }, ", as wanted")
        : make("span", {}, `: ${wrong}${expect.clause === undefined ? "" : ` (${wanted})`}`),
      values.length === 0
        ? make("span", { class: "note" }, " (no bytes)")
        : make(
            "details",
            {},
            make("summary", {}, `Bytes (${values.length})`),
            make("p", { class: "note" }, "A button shows the fields of its bytes below the last step."),
            make("ul", {}, values),
          ),
    )
  }

  const summary = (replayed, change) => {
    const equal = replayed.filter(({ wrong }) => wrong === null).length
    if (change === null)
      return equal === replayed.length
        ? `All ${replayed.length} steps are equal to what is wanted.`
        : `${replayed.length - equal} of ${replayed.length} steps differ.`
    const { verdict, clause } = replayed[change.step] ?? { verdict: "nothing", clause: null }
    return `With the byte changed, step ${change.step} is ${verdict}${clause === null ? "" : ` by ${clause}`}; ${replayed.length - equal} of ${replayed.length} steps differ.`
  }

  async function show() {
    bytes.replaceChildren()
    const { file, id, change } = asked()
    if (file === "") {
      place.replaceChildren(make("p", {}, "Every case in the lists of cases has a link “run here”."))
      return
    }
    status.textContent = "Running …"
    try {
      const { cases } = await load(file)
      const one = cases.find((each) => each.id === id)
      if (one === undefined) throw new Error(`${file} has no case ${id}.`)
      const { answer, took } = await window.conclaveAsk({ asks: "replay", case: one, change })
      const base = `${file}:${id}`
      place.replaceChildren(
        make("p", {}, window.conclaveName(id, "case"), " ", one.title),
        make(
          "p",
          {},
          "Shows ",
          one.clauses.flatMap((clause, at) => [at === 0 ? "" : ", ", window.conclaveName(clause, "clause")]),
        ),
        make(
          "p",
          { class: "verdict", id: "verdict" },
          make("strong", {}, summary(answer, change)),
          change === null ? "" : [" ", make("a", { href: `#${base}` }, "As published")],
        ),
        make(
          "ol",
          { class: "replayed" },
          one.steps.map((each, index) => step(each, index, answer[index], change, base)),
        ),
      )
      if (change !== null) place.querySelector(".changed")?.scrollIntoView({ block: "center" })
      status.textContent = `Run in ${Math.round(took)} ms.`
    } catch (error) {
      status.textContent =
        location.protocol === "file:"
          ? "From a folder on a disk cases cannot run: npm run book -- --serve shows the book so that they can."
          : error.message
    }
  }

  window.addEventListener("hashchange", show)
  void show()
})()
