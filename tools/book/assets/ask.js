// The reference, in a worker that is made when it is first asked.
;(() => {
  const root = document.documentElement.dataset.root ?? ""
  let worker
  let last = 0
  const waiting = new Map()

  /** Asks the worker; the answer comes with the milliseconds that it took. */
  window.conclaveAsk = (question) => {
    if (worker === undefined) {
      worker = new Worker(`${root}reference.js`)
      worker.onmessage = ({ data: { id, answer, error, took } }) => {
        const { resolve, reject } = waiting.get(id)
        waiting.delete(id)
        if (error === undefined) resolve({ answer, took })
        else reject(new Error(error))
      }
      worker.onerror = () => {
        for (const { reject } of waiting.values()) reject(new Error("The reference could not be loaded."))
        waiting.clear()
      }
    }
    last++
    const id = last
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      worker.postMessage({ id, ...question })
    })
  }

  /** An element with attributes and what is in it. */
  window.conclaveMake = (tag, attributes = {}, ...inner) => {
    const element = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value)
      else if (value === true) element.setAttribute(name, "")
      else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value)
    }
    element.append(
      ...inner.flat(Number.POSITIVE_INFINITY).filter((one) => one !== null && one !== undefined && one !== false && one !== ""),
    )
    return element
  }

  /** An identifier as a link to its place. */
  window.conclaveName = (id, kind) => {
    const make = window.conclaveMake
    const row = (window.conclaveIds ?? []).find(([name, what]) => name === id && what === kind)
    const code = make("code", {}, id)
    return row === undefined ? code : make("a", { class: `id ${kind}`, href: root + encodeURI(row[2]) }, code)
  }

  const shown = 64
  const hexIn = (hex, from, to) => {
    const part = hex.slice(2 * from, 2 * Math.min(to, from + shown))
    return `${part.match(/../g)?.join(" ") ?? ""}${to - from > shown ? " …" : ""}`
  }

  /** Bytes field by field, as a table; null when they are no message. */
  window.conclaveFields = async (bytes, caption) => {
    const make = window.conclaveMake
    const { answer } = await window.conclaveAsk({ asks: "fields", bytes })
    if (answer === undefined) return null
    const rows = []
    const add = ({ name, from, to, says, inner }, depth) => {
      const isLeaf = inner.length === 0
      rows.push(
        make(
          "tr",
          {},
          make("th", { scope: "row", style: `padding-left:${depth}rem` }, name),
          make("td", { class: "number" }, `${from}`),
          make("td", { class: "number" }, `${to - from}`),
          make("td", {}, says),
          make("td", {}, isLeaf ? make("code", {}, hexIn(bytes, from, to)) : ""),
        ),
      )
      for (const one of inner) add(one, depth + 1)
    }
    add(answer.field, 0)
    const head = ["field", "at", "length", "says", "bytes"].map((name) => make("th", { scope: "col" }, name))
    const table = make("table", { class: "fields" }, make("thead", {}, make("tr", {}, head)), make("tbody", {}, rows))
    return make("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" }, table)
  }
})()
