// Picking a row of a run: what is before it, after it, and beside it. Which one is picked stands in the address.
;(() => {
  const run = document.querySelector(".run")
  const list = run.querySelector(".rows")
  const causes = JSON.parse(list.dataset.causes)
  const items = [...list.children]
  const drawn = [...run.querySelectorAll(".spacetime [data-at]")]
  let picked = null

  const past = causes.map(() => new Set())
  for (const [at, direct] of causes.entries())
    for (const cause of direct) {
      past[at].add(cause)
      for (const one of past[cause]) past[at].add(one)
    }

  const positionsOf = ({ dataset: { from, to } }) => {
    const first = Number(from)
    return Array.from({ length: Number(to ?? from) - first + 1 }, (_, at) => first + at)
  }

  /** Where something stands in the order of causes, as seen from the event at `at`. */
  const orderOf = (positions, at) => {
    if (positions.includes(at)) return "picked"
    if (positions.every((one) => past[at].has(one))) return "before"
    if (positions.every((one) => past[one].has(at))) return "after"
    return positions.some((one) => past[at].has(one) || past[one].has(at)) ? "partly" : "beside-it"
  }

  const words = { picked: "", before: "before", after: "after", partly: "in part before or after", "beside-it": "neither before nor after" }

  const mark = (item, order) => {
    item.classList.remove("picked", "before", "after", "partly", "beside-it")
    if (order !== null) item.classList.add(order)
    item.querySelector(".order")?.remove()
    if (order === null || words[order] === "") return
    const says = document.createElement("span")
    says.className = "order"
    says.textContent = `${words[order]}:`
    item.querySelector(".pick").after(says)
  }

  const pick = (item) => {
    picked = item
    const at = item === null ? null : Number(item.dataset.from)
    run.classList.toggle("picking", item !== null)
    for (const one of items) {
      mark(one, at === null ? null : orderOf(positionsOf(one), at))
      one.querySelector(".pick").setAttribute("aria-pressed", String(one === item))
    }
    for (const one of drawn) {
      const order = at === null ? null : orderOf([Number(one.dataset.at)], at)
      one.classList.toggle("faded", order === "beside-it")
    }
  }

  for (const item of items) {
    const button = document.createElement("button")
    const number = item.getAttribute("value")
    button.type = "button"
    button.className = "pick"
    button.textContent = number ?? "·"
    button.setAttribute("aria-label", `${number === null ? "The server here" : `Step ${number}`}: show what is before and after`)
    button.setAttribute("aria-pressed", "false")
    button.addEventListener("click", () => {
      pick(picked === item ? null : item)
      history.replaceState(null, "", picked?.id ? `#${picked.id}` : location.pathname + location.search)
    })
    item.prepend(button)
  }
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && picked !== null) pick(null)
  })
  const asked = items.find(({ id }) => id !== "" && id === location.hash.slice(1))
  if (asked !== undefined) pick(asked)
})()
