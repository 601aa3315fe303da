// Everything here is beside the text: without scripts the book can be read whole.
;(() => {
  const root = document.documentElement.dataset.root ?? ""

  const schemes = ["auto", "light", "dark"]
  const button = document.getElementById("scheme")
  const remembered = () => {
    try {
      return localStorage.getItem("scheme") ?? "auto"
    } catch {
      return "auto"
    }
  }
  const choose = (scheme) => {
    document.documentElement.dataset.scheme = scheme
    button.textContent = `Theme: ${scheme}`
    try {
      localStorage.setItem("scheme", scheme)
    } catch {
      // A browser that keeps nothing shows the book all the same.
    }
  }
  choose(remembered())
  button.hidden = false
  button.addEventListener("click", () => choose(schemes[(schemes.indexOf(document.documentElement.dataset.scheme) + 1) % schemes.length]))

  const form = document.getElementById("search")
  const input = document.getElementById("q")
  const list = document.getElementById("found")
  let picked = -1
  form.hidden = false

  const load = () => {
    if (window.conclaveIds || document.getElementById("ids")) return
    const script = document.createElement("script")
    script.id = "ids"
    script.src = `${root}ids.js`
    script.addEventListener("load", show)
    document.head.append(script)
  }

  // What begins with the text comes first, then what has it, then whose sentence has all its words.
  const rank = ([id, kind, , says, also = ""], text, words) => {
    const name = id.toLowerCase()
    const isPlace = kind === "chapter" || kind === "page"
    const others = also === "" ? [] : also.split(", ")
    if (isPlace && (says.toLowerCase() === text || name === text || others.includes(text))) return -1
    if (name === text || kind === text || others.includes(text)) return 0
    if (isPlace && says.toLowerCase().includes(text)) return 0.5
    if (name.startsWith(text)) return 1
    if (name.includes(text)) return 2
    const whole = `${name} ${says.toLowerCase()} ${kind} ${also}`
    return words.every((word) => whole.includes(word)) ? 3 : 9
  }

  const close = () => {
    list.hidden = true
    picked = -1
    input.setAttribute("aria-expanded", "false")
    input.removeAttribute("aria-activedescendant")
  }

  const pick = (to) => {
    const items = [...list.children]
    if (items.length === 0) return
    picked = (to + items.length) % items.length
    for (const [at, item] of items.entries()) item.setAttribute("aria-selected", String(at === picked))
    input.setAttribute("aria-activedescendant", items[picked].id)
    items[picked].scrollIntoView({ block: "nearest" })
  }

  const optionOf = (at, to, name, what) => {
    const item = document.createElement("li")
    item.id = `found-${at}`
    item.setAttribute("role", "option")
    item.setAttribute("aria-selected", "false")
    item.dataset.to = to
    item.append(name, what)
    item.addEventListener("mousedown", (event) => {
      event.preventDefault()
      go(item)
    })
    return item
  }

  const element = (tag, text) => {
    const made = document.createElement(tag)
    made.textContent = text
    return made
  }

  // The text search asks for its index by fetch, which a page that was opened from a disk may not do: then there is none.
  let pagefind
  const loadText = () => {
    pagefind ??= import(new URL(`${root}pagefind/pagefind.js`, document.baseURI).href)
      .then(async (module) => {
        await module.options({ excerptLength: 18, baseUrl: new URL(root || "./", document.baseURI).pathname })
        return module
      })
      .catch(() => undefined)
    return pagefind
  }

  const texts = 6

  /** Adds what stands in the text of pages, below the identifiers. */
  const showTexts = async (text) => {
    const module = await loadText()
    const found = await module?.debouncedSearch(text, {}, 150)
    if (!found || input.value.trim().toLowerCase() !== text) return
    const pages = await Promise.all(found.results.slice(0, texts).map((result) => result.data()))
    if (input.value.trim().toLowerCase() !== text) return
    const begin = list.children.length
    const items = pages.map((page, at) => {
      const best = [...(page.sub_results ?? [])].sort((a, b) => b.locations.length - a.locations.length)[0] ?? page
      const what = element("span", "text: ")
      const excerpt = document.createElement("template")
      excerpt.innerHTML = best.excerpt
      what.append(excerpt.content)
      const title = page.meta.title === best.title ? page.meta.title : `${page.meta.title}: ${best.title}`
      return optionOf(begin + at, best.url, element("strong", title), what)
    })
    list.append(...items)
    list.hidden = list.children.length === 0
    input.setAttribute("aria-expanded", String(!list.hidden))
    if (picked === -1 && items.length > 0) pick(0)
  }

  function show() {
    const text = input.value.trim().toLowerCase()
    if (text === "" || !window.conclaveIds) return close()
    if (text.length > 2) void showTexts(text)
    const words = text.split(/\s+/)
    const found = window.conclaveIds
      .map((row) => ({ row, at: rank(row, text, words) }))
      .filter(({ at }) => at < 9)
      .sort((a, b) => a.at - b.at || a.row[0].length - b.row[0].length)
      .slice(0, 12)
    list.replaceChildren(
      ...found.map(({ row: [id, kind, to, says] }, at) => {
        return optionOf(at, root + encodeURI(to), element("code", id), element("span", `${kind}: ${says}`))
      }),
    )
    list.hidden = found.length === 0
    input.setAttribute("aria-expanded", String(found.length > 0))
    picked = -1
    if (found.length > 0) pick(0)
  }

  const go = (item) => {
    close()
    input.value = ""
    input.blur()
    location.href = item.dataset.to
  }

  input.addEventListener("focus", load)
  input.addEventListener("input", show)
  input.addEventListener("blur", close)
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") pick(picked + 1)
    else if (event.key === "ArrowUp") pick(picked - 1)
    else if (event.key === "Escape") close()
    else return
    event.preventDefault()
  })
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    const item = list.children[picked]
    if (item) go(item)
  })
  document.addEventListener("keydown", (event) => {
    const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "")
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    input.focus()
  })
})()
