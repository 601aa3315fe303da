/**
 * The conformance protocol: how the runner and a port talk, byte for byte; and how to get both.
 *
 * @module
 */
import { escaped, link, type Page, slugOf } from "./html.ts"
import { places } from "./names.ts"
import type { Loom } from "./write-chapters.ts"

const path = "protocol.html"

/** How one gets the project, as a section. */
export const getIt = (page: string): string => {
  const protocol = page === path ? "the rest of this page" : link(page, path, "the conformance protocol")
  return `<h2 id="get-it">Get it</h2>
<p>In a clone, nothing has to be installed beforehand but git, npm and Node; the first command sets the rest up.</p>
<pre tabindex="0"><code>npm start                                              # the reference passes the whole suite
npm run --silent conclave -- list --layers             # the layers, in the order in which a port gets them right
npm run --silent conclave -- init --lang python        # a skeleton of a port: also go, rust, java, typescript, c
npm run --silent conclave -- doctor --toy -- python3 peer.py
npm run --silent conclave -- run --layer encoding -- ./my-port</code></pre>
<p>Without a clone: <code>npm run package</code>, in somebody's clone, makes two archives, of the runner and of the vectors; <code>npm install ./conclave-conformance-*.tgz ./conclave-vectors-*.tgz</code>
installs them anywhere, and they need nothing else. There the command is <code>npx conclave</code>, as the pages of cases write it; in a clone it is <code>npm run --silent conclave --</code>.
A port may be written in anything that reads and writes lines of JSON: ${protocol}.</p>`
}

const perLine = 16

/** Bytes in hex beside what they say. */
const dump = (text: string): string => {
  const bytes = [...new TextEncoder().encode(text)]
  return Array.from({ length: Math.ceil(bytes.length / perLine) }, (_, row) => {
    const part = bytes.slice(row * perLine, (row + 1) * perLine)
    const hex = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ")
    const shown = part.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".")).join("")
    return `${(row * perLine).toString(16).padStart(4, "0")}  ${hex.padEnd(3 * perLine)} ${shown}`
  }).join("\n")
}

const request = '{"jsonrpc":"2.0","id":4,"method":"toy.double","params":{"value":-1}}\n'
const reply = '{"jsonrpc":"2.0","id":4,"result":{"verdict":"refused","clause":"toy.positive"}}\n'

const expectations = `<h2 id="expectations">What a step wants</h2>
<p>The files of vectors say in <code>expect</code> what a step wants, and in <code>needs</code> what a case needs; neither is ever sent to a port.</p>
<dl><dt><code>expect.verdict</code></dt><dd>one of the five verdicts, compared as the table above says</dd>
<dt><code>keeps</code></dt><dd>the step asks for a saved state by <code>state</code>: all of <code>held</code> must stand in it, and nothing of <code>gone</code></dd>
<dt><code>no-call</code></dt><dd>the parameters are no call: the answer is the error -32602, and the state is what it was</dd>
<dt><code>needs</code></dt><dd>options without which the case is skipped, such as <code>randomness</code> and <code>state</code>: those that a port has named in <code>hello</code></dd></dl>`

/** The page of the protocol. */
export const protocolPage = ({ book, prose }: Loom): Page => {
  const ids = new Set<string>()
  const sections = book.protocol.map(({ title, markdown }) => {
    const id = slugOf(title)
    const text = prose.markdown(markdown, { page: path, ids })
    return { id, title: title.replaceAll("`", ""), html: `<h2 id="${id}">${prose.plain(title, { page: path, ids })}</h2>${text}` }
  })
  const to = (id: string, says: string) =>
    book.chapters.some((chapter) => chapter.id === id) ? link(path, places.chapter(id), says) : escaped(says)
  return {
    path,
    title: "The conformance protocol",
    entries: [
      { id: "get-it", title: "Get it" },
      { id: "exchange", title: "One exchange, as bytes" },
      ...sections.map(({ id, title }) => ({ id, title })),
      { id: "expectations", title: "What a step wants" },
    ],
    body: `<h1>The conformance protocol</h1><p class="lead">A port is a program that reads requests on standard input and writes replies on standard output, one JSON object on each line.
The runner plays the ${link(path, "cases.html", "cases")} against it.</p>
<p>Which methods there are: ${link(path, "methods.html", "Methods")}. What holds of all of them: ${to("conventions/methods", "Calling a method")}. What the five verdicts mean: ${to("conventions/verdicts", "Verdicts")}.</p>
${getIt(path)}
<h2 id="exchange">One exchange, as bytes</h2><p>A request of the runner:</p><pre class="figure" tabindex="0"><code>${escaped(dump(request))}</code></pre>
<p>The reply of the port:</p><pre class="figure" tabindex="0"><code>${escaped(dump(reply))}</code></pre>
${sections.map(({ html }) => html).join("\n")}
${expectations}`,
  }
}
