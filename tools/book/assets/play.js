// A group of messengers, played by the reference. What is played stands in the address: a script of actions, which is played again.
;(() => {
  const make = window.conclaveMake
  const names = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"]
  const place = document.getElementById("table")
  const status = document.getElementById("status")
  const bytes = document.getElementById("bytes")
  const hues = 8
  let showsQuiet = false
  let view
  let chosen = { who: "", does: "update" }

  const script = () => decodeURI(location.hash.slice(1))
  const usersOf = () => script().split(";")[0].split(",")

  const go = (text) => {
    history.pushState(null, "", text === "" ? location.pathname : `#${text}`)
    return play()
  }
  const act = (...parts) => go(`${script()};${parts.join(".")}`)

  const button = (says, onclick, attributes = {}) => make("button", { type: "button", onclick, ...attributes }, says)
  const choice = (label, options, attributes = {}, picked = "") =>
    make(
      "label",
      {},
      `${label} `,
      make(
        "select",
        attributes,
        options.map(([value, says]) => make("option", { value, selected: value === picked }, says)),
      ),
    )

  const table = (caption, head, rows) =>
    make(
      "div",
      { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" },
      make(
        "table",
        {},
        make(
          "thead",
          {},
          make(
            "tr",
            {},
            head.map((one) => make("th", { scope: "col" }, one)),
          ),
        ),
        make("tbody", {}, rows),
      ),
    )
  const row = (first, ...cells) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, first),
      cells.map((cell) => make("td", {}, cell)),
    )

  const chip = (short) => make("span", { class: `chip h${Number.parseInt(short, 16) % hues}` }, short)

  const cutOff = ({ user, apart }) => {
    const toggle = () => {
      const apartNow = view.users.filter((one) => (one.user === user ? !one.apart : one.apart)).map((one) => one.user)
      return apartNow.length === 0 ? act("heal") : act("cut", ...apartNow)
    }
    return make(
      "label",
      {},
      make("input", { type: "checkbox", id: `apart-${user}`, checked: apart, onchange: toggle }),
      apart ? " is cut off" : " cut off",
    )
  }

  const people = () =>
    table(
      "People",
      ["who", "sees in the group", "cut the network", "waiting for it", "state"],
      view.users.map((one) =>
        row(
          one.user,
          one.sees.join(", ") || "no group",
          cutOff(one),
          one.waits === 0 ? "nothing" : `${one.waits} to be delivered`,
          one.healed
            ? "was copied by a thief, who cannot compute its newest secret"
            : one.robbed
              ? make("strong", { class: "bad" }, "copied by a thief")
              : "",
        ),
      ),
    )

  const deeds = [
    ["update", "updates its keys"],
    ["say", "writes"],
    ["add", "adds"],
    ["remove", "removes"],
    ["steal", "loses a copy of its state to a thief"],
    ["again", "plays the group again, to catch"],
  ]

  /** The form by which somebody does something. */
  const doing = () => {
    const who = choice(
      "Who",
      view.users.map(({ user }) => [user, user]),
      { id: "who" },
      chosen.who,
    )
    const does = choice("does what", deeds, { id: "does", onchange: () => adapt() }, chosen.does)
    const whom = choice(
      "whom",
      view.users.map(({ user }) => [user, user]),
      { id: "whom" },
    )
    const text = make("label", {}, "text ", make("input", { id: "text-said", type: "text", maxlength: "100", value: "Hello" }))
    const value = (id) => document.getElementById(id).value
    const submit = (event) => {
      event.preventDefault()
      const [one, what] = [value("who"), value("does")]
      chosen = { who: one, does: what }
      if (what === "say") return act("say", one, encodeURIComponent(value("text-said")).replaceAll(".", "%2E").replaceAll("'", "%27"))
      return ["update", "steal"].includes(what) ? act(what, one) : act(what, one, value("whom"))
    }
    const form = make(
      "form",
      { class: "deed", onsubmit: submit },
      who,
      does,
      whom,
      text,
      make("button", { type: "submit", id: "do" }, "Do it"),
    )
    const adapt = () => {
      const what = form.querySelector("#does").value
      whom.hidden = !["add", "remove", "again"].includes(what)
      text.hidden = what !== "say"
    }
    adapt()
    return form
  }

  const creating = () => {
    const others = view.users.map(({ user }) => user)
    const boxes = others
      .slice(1)
      .map((user, at) =>
        make(
          "label",
          {},
          make("input", { type: "checkbox", value: user, checked: at < others.length - 2 || others.length < 3 }),
          ` ${user}`,
        ),
      )
    const submit = (event) => {
      event.preventDefault()
      const picked = [...event.target.querySelectorAll("input:checked")].map((box) => box.value)
      return act("create", others[0], ...picked)
    }
    return make(
      "form",
      { class: "deed", onsubmit: submit },
      `${others[0]} creates a group with`,
      boxes,
      make("button", { type: "submit" }, "Create"),
    )
  }

  /** One packet to one user: out of its order, a second time, or with a byte changed. */
  const giving = () => {
    const packets = view.packets.map(({ number, from, says, waits }) => [
      `${number}`,
      `${number}: ${from}'s ${says}${waits.length === 0 ? "" : ` (waits for ${waits.join(", ")})`}`,
    ])
    const value = (id) => document.getElementById(id).value
    const submit = (event) => {
      event.preventDefault()
      const flip = value("flip")
      return act("give", value("to"), value("packet"), ...(flip === "" ? [] : [flip]))
    }
    return make(
      "details",
      {},
      make("summary", {}, "One packet by hand: out of its order, again, or with a byte changed"),
      make(
        "form",
        { class: "deed", onsubmit: submit },
        choice("Packet", packets, { id: "packet" }, `${packets.length - 1}`),
        choice(
          "to",
          view.users.map(({ user }) => [user, user]),
          { id: "to" },
        ),
        make(
          "label",
          {},
          "with this byte changed ",
          make("input", { id: "flip", type: "number", min: "0", max: "99999", placeholder: "none" }),
        ),
        make("button", { type: "submit", id: "give" }, "Give it"),
      ),
    )
  }

  const whoHas = ({ has, thief, short }, robbed) => [
    ...view.users.map(({ user }) =>
      has.includes(user) ? (short === "" ? "reads it" : chip(short)) : make("span", { class: "note" }, "–"),
    ),
    ...(robbed
      ? [thief ? make("strong", { class: "bad" }, short === "" ? "reads it" : "computes it") : make("span", { class: "note" }, "–")]
      : []),
  ]

  const knowing = () => {
    const robbed = view.users.some((one) => one.robbed)
    const head = [...view.users.map(({ user }) => user), ...(robbed ? ["the thief"] : [])]
    const secrets = view.secrets.map((one) => row(`${one.name} (${one.says})`, ...whoHas(one, robbed)))
    const texts = view.texts.map((one) => row(`${one.name}: ${one.says}`, ...whoHas(one, robbed)))
    return [
      make("h2", { id: "secrets" }, "Who has which secret"),
      make(
        "p",
        { class: "note" },
        "The update secret of each message, by its first bytes: equal chips, equal secrets. From it come the keys of what its sender writes next.",
        robbed
          ? " What the thief has is computed from the copied states and everything that was sent, by every key, derivation and decryption that these allow."
          : "",
      ),
      secrets.length === 0 ? make("p", {}, "None yet.") : table("Secrets", ["message", ...head], secrets),
      ...(texts.length === 0 ? [] : [make("h2", { id: "texts" }, "Who can read what"), table("Texts", ["text", ...head], texts)]),
    ]
  }

  const showBytes = async (number) => {
    const { from, says, hex } = view.packets[number]
    const title = `${from}'s ${says}`
    const fields = await window.conclaveFields(hex, `Fields of ${title}`)
    bytes.replaceChildren(
      make("h2", { id: "fields", tabindex: "-1" }, `Packet ${number}: ${title}, ${hex.length / 2} bytes`),
      fields ?? make("p", {}, "No message."),
    )
    bytes.firstChild.focus()
    bytes.scrollIntoView()
  }

  const packetButton = (number) => {
    const { says, hex } = view.packets[number]
    return button(`${number}: ${says}, ${hex.length / 2} bytes`, () => showBytes(number), { class: "packet", "data-packet": number })
  }

  const happened = () => {
    const events = view.happened.filter(({ quiet, verdict }) => showsQuiet || !quiet || verdict === "refused" || verdict === "malformed")
    const items = events.map(({ who, says, verdict, clause, tells, sends }) =>
      make(
        "li",
        {},
        make("strong", {}, who),
        ` ${says}`,
        verdict === "accepted"
          ? ""
          : [": ", make("strong", { class: "bad" }, verdict), clause === null ? "" : [" ", window.conclaveName(clause, "clause")]],
        tells.length === 0 ? "" : make("span", { class: "tells" }, ` → ${tells.join("; ")}`),
        sends.length === 0
          ? ""
          : [" ", make("span", { class: "note" }, "sends "), ...sends.flatMap((number) => [packetButton(number), " "])],
      ),
    )
    const hidden = view.happened.length - events.length
    const toggle = make(
      "label",
      { class: "note" },
      make("input", { type: "checkbox", checked: showsQuiet, onchange: ({ target }) => draw(target.checked) }),
      ` show acknowledgements and what came to people outside${hidden === 0 ? "" : ` (${hidden})`}`,
    )
    return [
      make("h2", { id: "happened" }, "What happened"),
      toggle,
      make("ol", { class: "happened", "aria-label": "What happened" }, items),
    ]
  }

  const save = async () => {
    const { answer } = await window.conclaveAsk({ asks: "save", script: script() })
    const url = URL.createObjectURL(new Blob([`${JSON.stringify(answer, null, 1)}\n`], { type: "application/json" }))
    make("a", { href: url, download: "played.json" }).click()
    URL.revokeObjectURL(url)
  }

  const buttons = () => {
    const parts = script().split(";")
    return make(
      "p",
      { class: "buttons" },
      button("Deliver all that gets through", () => act("deliver"), { id: "deliver" }),
      view?.cut ? button("Heal the network", () => act("heal"), { id: "heal" }) : "",
      button("Undo", () => go(parts.slice(0, -1).join(";")), { disabled: parts.length < 2 }),
      button("Begin again", () => go("")),
      button("Save as a vector", save, { id: "save" }),
      button("Copy the address", () => navigator.clipboard?.writeText(location.href)),
    )
  }

  const beginning = () => {
    const counts = names.slice(1).map((_, at) => [`${at + 2}`, `${at + 2} people`])
    return make(
      "form",
      {
        class: "deed",
        onsubmit: (event) => {
          event.preventDefault()
          return go(names.slice(0, Number(document.getElementById("how-many").value)).join(","))
        },
      },
      choice("Begin with", counts, { id: "how-many" }, "4"),
      make("button", { type: "submit" }, "Sit down"),
    )
  }

  function draw(quiet = showsQuiet) {
    showsQuiet = quiet
    if (view === undefined) return place.replaceChildren(beginning())
    const hasGroup = view.group !== null
    place.replaceChildren(
      buttons(),
      hasGroup ? doing() : creating(),
      make("p", { class: "note" }, "To cut the network, tick in the table who is to be on the other side of the cut."),
      people(),
      ...(hasGroup ? [giving(), ...happened(), ...knowing()] : []),
    )
  }

  async function play() {
    bytes.replaceChildren()
    if (script() === "") {
      view = undefined
      status.textContent = ""
      return draw()
    }
    status.textContent = "Playing …"
    const focused = document.activeElement?.id
    try {
      const { answer, took } = await window.conclaveAsk({ asks: "play", script: script() })
      view = answer
      status.textContent = answer === undefined ? "The address has no game that is understood here." : `Played in ${Math.round(took)} ms.`
      status.dataset.took = String(took)
      if (answer !== undefined && !usersOf().includes(chosen.who)) chosen = { who: usersOf()[0], does: "update" }
      draw()
      if (focused) document.getElementById(focused)?.focus()
    } catch (error) {
      status.textContent =
        location.protocol === "file:"
          ? "From a folder on a disk the reference cannot run: npm run book -- --serve shows the book so that it can."
          : error.message
    }
  }

  /** What an address has that was not made by a deed here is played, and shown. */
  const open = async () => {
    await play()
    if (view !== undefined) document.getElementById("game").scrollIntoView()
  }

  window.addEventListener("hashchange", open)
  void open()
})()
