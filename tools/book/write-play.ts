/**
 * The pages on which the reference runs: the table of messengers, and any case.
 *
 * @module
 */
import { addressOf, escaped, link, type Page } from "./html.ts"
import { places } from "./names.ts"
import type { Loom } from "./write-chapters.ts"

const tablePath = "play.html"

const scenes: ReadonlyArray<{ readonly title: string; readonly says: string; readonly script: string }> = [
  {
    title: "A network cut in two",
    says: "Alice adds Dave on one side while Carol updates on the other; then the halves meet.",
    script:
      "alice,bob,carol,dave;create.alice.bob.carol;deliver;cut.carol;add.alice.dave;update.carol;say.alice.Hello%20from%20here;deliver;heal;deliver;say.carol.So%20we%20are%20all%20here;deliver",
  },
  {
    title: "Two remove each other",
    says: "Alice and Bob remove each other at once. Carol and Dave hear of Bob's removal first, and acknowledge it. Alice's comes from one who is out by then, and nobody has acknowledged it: it is withheld. Alice is out, and Bob stays.",
    script:
      "alice,bob,carol,dave;create.alice.bob.carol.dave;deliver;cut.alice;remove.alice.bob;remove.bob.alice;deliver;heal;deliver;say.carol.Who%20is%20here%3F;deliver",
  },
  {
    title: "A stolen state heals",
    says: "A thief copies Carol's state, and reads what follows, until Carol updates and all have taken that.",
    script:
      "alice,bob,carol;create.alice.bob.carol;deliver;say.alice.Before;deliver;steal.carol;update.bob;deliver;say.alice.Stolen;deliver;update.carol;deliver;say.alice.Healed;deliver",
  },
  {
    title: "The voice that was to be stolen",
    says: "Mallory has created the group. She plays it again with puppets, under the same identifier, and adds Alice to that, so that Alice would speak to her alone. Alice makes no second membership.",
    script:
      "mallory,alice,bob,carol;create.mallory.alice.bob.carol;deliver;again.mallory.alice;deliver;say.alice.The%20plan;deliver;say.bob.It%20is%20me;deliver",
  },
  {
    title: "One byte changed",
    says: "Bob is given Alice's update with a byte of its signature changed, then with one that makes it no message, then as it is.",
    script: "alice,bob,carol;create.alice.bob.carol;deliver;update.alice;give.bob.3.500;give.bob.3.3;give.bob.3;deliver",
  },
  {
    title: "An update among eight",
    says: "All its bytes, field by field.",
    script: "alice,bob,carol,dave,erin,frank,grace,heidi;create.alice.bob.carol.dave.erin.frank.grace.heidi;deliver;update.bob;deliver",
  },
]

/** The scenes to begin with, as links. */
export const sceneList = (page: string): string => {
  const to = page === tablePath ? "" : addressOf(page, tablePath)
  const items = scenes.map(
    ({ title, says, script }) => `<li><a href="${to}#${escaped(script)}">${escaped(title)}</a>. ${escaped(says)}</li>`,
  )
  return `<ul class="scenes">${items.join("\n")}</ul>`
}

const groups: Readonly<Record<string, { readonly members: ReadonlyArray<string>; readonly removed?: string }>> = {
  "2": { members: ["alice", "bob"] },
  "3": { members: ["alice", "bob", "carol"] },
  "3r": { members: ["alice", "bob", "carol"], removed: "carol" },
  "4r": { members: ["alice", "bob", "carol", "dave"], removed: "dave" },
}

const people = ["alice", "bob", "carol", "dave", "erin"]

/** The operations of a case of the concurrency matrix as a game; undefined of other cases. */
export const matrixScript = (id: string): string | undefined => {
  const [, size, first, second] = /^concurrency\/(\w+)\/([a-z-]+)\+([a-z-]+)\/\d+$/.exec(id) ?? []
  const group = groups[size ?? ""]
  if (group === undefined || first === undefined || second === undefined) return undefined
  const act = (operation: string) => {
    const [who, does, whom] = operation.split("-")
    return [does, who, ...(whom === undefined ? [] : [whom])].join(".")
  }
  const before = [
    `create.${group.members.join(".")}`,
    "deliver",
    ...(group.removed === undefined ? [] : [`remove.alice.${group.removed}`, "deliver"]),
  ]
  const named = people.filter((one) => group.members.includes(one) || `${first}-${second}-`.includes(`-${one}-`))
  return [named.join(","), ...before, act(first), act(second)].join(";")
}

/** Where a game is played in the book. */
export const playAddress = (script: string): string => `${tablePath}#${script}`

const noScript = "<noscript><p>This page needs scripts: the reference runs in it. All else in the book does not.</p></noscript>"

const scripts = ["ids.js", "ask.js"]

const table = ({ book, prose }: Loom): Page => {
  const path = tablePath
  const limits = ["dcgka.prekeys-stolen", "group-messaging.same-addition"].map((id) => prose.name(id, path)).join(" and ")
  const game = book.chapters.some(({ id }) => id === "dcgka/security-game")
    ? ` (${link(path, places.chapter("dcgka/security-game"), "the security game")})`
    : ""
  return {
    path,
    title: "Play",
    scripts: [...scripts, "play.js"],
    body: `<h1>Play</h1><p class="lead">The reference itself runs in this page. Add people, cut the network, act on both sides, let it heal; rob somebody, and see what a thief can compute; attack, and see the refusal.</p>
<p>What you play stands in the address, so that a link is all that it takes to show it to others. It can be saved as a case for any port: put the file into a folder as <code>ours/mine/played.json</code>, say <code>npx conclave manifest ours</code>, and <code>npx conclave run --extra ours -- ./my-port</code>. Keys come from the users' names; nothing here is secret, and nothing leaves this page.</p>
${noScript}
<h2 id="scenes">To begin with</h2>${sceneList(path)}
<h2 id="game">The table</h2><p id="status" role="status" class="note"></p>
<div id="table"></div><section id="bytes" aria-live="polite"></section>
<h2 id="what">What is promised of it</h2><p>${link(path, places.promises("dcgka"), "The guarantees and limits of dcgka")}, among them ${limits}; what is safe from a thief, as definitions that run${game}.</p>`,
  }
}

const anyCase = (): Page => ({
  path: "case.html",
  title: "Run a case",
  scripts: [...scripts, "case.js"],
  body: `<h1>Run a case</h1><p>The reference runs the case in this page, and each step is held against what the case wants. Change a byte of what a step is given, and see the verdict. The address has it all.</p>
${noScript}<p id="status" role="status" class="note"></p><div id="case"></div><section id="bytes" aria-live="polite"></section>`,
})

/** Where a case runs in the book. */
export const runAddress = (file: string, id: string): string => `case.html#${file.replace(/\.json$/, "")}:${id}`

/** Both pages. */
export const playPages = (loom: Loom): ReadonlyArray<Page> => [table(loom), anyCase()]
