/**
 * Markdown of chapters as HTML, in which every identifier is a link.
 *
 * @module
 */
import markdownIt from "markdown-it"
import type { Highlight } from "./code.ts"
import { escaped, link, slugOf } from "./html.ts"
import { errataIn, type Index, places } from "./names.ts"
import type { Chapter } from "./schema.ts"

/** Where a text stands: on which page, and in which chapter if in one. `ids` are those that the page has given so far. */
export interface Place {
  readonly page: string
  readonly chapter?: Chapter
  readonly ids: Set<string>
  /** Names of fields: what has one of these names in the text is no definition. */
  readonly fields?: ReadonlyArray<string>
  /** Names that code has from elsewhere: they are none of ours. */
  readonly foreign?: ReadonlySet<string>
}

const dotted = /(?<![\w./-])[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*(?:\.\d+)?(?![\w/-]|\.\w)/g

const quotedChapter = /\b((?:chapters?|convention|and|,) )&quot;([^&]+)&quot;/g

const operationName = /\b(do (?!not\b|what\b)|by |with )([a-z]+(?:-[a-z]+)*)(?![\w-]|\.\w)/gi

/** Tables of Markdown have a head, though some have nothing to say in it. */
const emptyHeader = /<th(?: style="[^"]*")?><\/th>/g
const emptyHead = /<thead>\s*<tr>\s*(?:<th(?: style="[^"]*")?><\/th>\s*)+<\/tr>\s*<\/thead>\s*/g

interface Env extends Place {
  inLink?: boolean
}

/** The id, with a number after it when the page has it already. */
const once = (ids: Set<string>, id: string): string => {
  let [given, number] = [id, 1]
  while (ids.has(given)) given = `${id}-${++number}`
  ids.add(given)
  return given
}

/** What makes HTML of texts. */
export class Prose {
  readonly #markdown = markdownIt({ html: false, linkify: false })
  readonly #index: Index
  readonly #highlight: Highlight
  /** Where the text stands that is being rendered. */
  #at: Env = { page: "", ids: new Set() }

  constructor(index: Index, highlight: Highlight) {
    this.#index = index
    this.#highlight = highlight
    this.#setRules()
  }

  /** A text without marks but identifiers and code. */
  plain(text: string, place: Place): string {
    const parts = text.split(/`([^`]+)`/)
    return parts.map((part, at) => (at % 2 === 1 ? this.#inlineCode(part, place) : this.#named(part, place))).join("")
  }

  #named(text: string, { page, chapter }: Place): string {
    const named = escaped(text).replaceAll(dotted, (id) => {
      const found = this.#index.dotted(id)
      return found === undefined ? id : link(page, found.to, id, `class="id ${found.kind}"`)
    })
    return named.replaceAll(quotedChapter, (all, before: string, name: string) => {
      const found = this.#chapterOf(name, chapter, before.startsWith("convention"))
      return found === undefined || found === page ? all : `${before}“${link(page, found, name)}”`
    })
  }

  /** The sentence of a step: operations of its own chapter are links, too. */
  step(text: string, place: Place & { readonly chapter: Chapter }): string {
    const { page, chapter } = place
    const operations = new Set(chapter.operations.map(({ name }) => name))
    return this.plain(text, place).replaceAll(operationName, (all, before: string, name: string) =>
      operations.has(name)
        ? `${before}${link(page, `${places.chapter(chapter.id)}#operation-${name}`, name, 'class="id operation"')}`
        : all,
    )
  }

  /** An identifier as a link, in the type of identifiers. */
  name(id: string, page: string, ...kinds: Parameters<Index["find"]> extends [string, ...infer K] ? K : never): string {
    const found = kinds.length === 0 ? (this.#index.dotted(id) ?? this.#index.find(id, "case")) : this.#index.find(id, ...kinds)
    const inner = `<code>${escaped(id)}</code>`
    return found === undefined ? inner : link(page, found.to, inner, `class="id ${found.kind}"`)
  }

  /**
   * A coloured line in which names of definitions lead to them, where there is one of the name or the chapter has its own, and names of
   * the chapter's clauses to these.
   */
  coded(line: string, { page, chapter, foreign }: Place): string {
    const own = (id: string) => (chapter?.name ? this.#index.find(`${chapter.name}.${id}`, "clause") : undefined)
    const linked = line.replaceAll(/<i class="[sc]">.*?<\/i>|<[^>]*>|&\w+;|\b[A-Z]\w+\b/g, (token, at: number) => {
      const isMember = /(?<!\.)\.(?:<[^>]*>)*$/.test(line.slice(0, at))
      const found = /^[A-Z]/.test(token) && !isMember && !foreign?.has(token) ? this.#index.definition(token, chapter?.id) : undefined
      return found === undefined ? token : link(page, found.to, token, 'class="id definition"')
    })
    return linked.replaceAll(
      /\bclauses(\[<i class="s">&quot;([\w-]+)&quot;<\/i>\]|\.<i class="\w">([\w]+)<\/i>|\.([a-z]\w*))/g,
      (all, _, a, b, c) => {
        const found = own(a ?? b ?? c)
        return found === undefined ? all : link(page, found.to, all, 'class="id clause"')
      },
    )
  }

  /** Words that lead to an operation, where it exists; `inner` is HTML. */
  toOperation(id: string, page: string, inner: string): string {
    const found = this.#index.find(id, "operation")
    return found === undefined ? inner : link(page, found.to, inner, 'class="id operation"')
  }

  /** A text in Markdown. */
  markdown(text: string, place: Place): string {
    this.#at = { ...place }
    return this.#markdown.render(text).replaceAll(emptyHead, "").replaceAll(emptyHeader, "<td></td>")
  }

  /** Code of TypeScript. */
  code(text: string): string {
    return this.#highlight(text)
      .map((line) => {
        const indent = /^(?:<i[^>]*>)? */.exec(line)![0].replace(/<[^>]*>/, "").length
        return `<span class="l" style="--i:${indent}">${line || " "}</span>`
      })
      .join("\n")
  }

  #chapterOf(name: string, within: Chapter | undefined, isConvention: boolean): string | undefined {
    const part = within?.part ?? "conventions"
    const shared = `conventions/${name}`
    const ids = isConvention ? [shared] : [name, `${part}/${name}`, shared, `${part}/${name.replaceAll(" of ", "-")}`]
    for (const id of ids) {
      const found = this.#index.find(id, "chapter")
      if (found !== undefined) return found.to
    }
    return undefined
  }

  #inlineCode(content: string, { page, chapter, inLink, fields = [] }: Env): string {
    const inner = `<code>${escaped(content)}</code>`
    if (inLink || fields.includes(content)) return inner
    const local = [...(chapter?.operations ?? [])].find(({ name }) => name === content)
    if (local !== undefined && chapter !== undefined)
      return link(page, `${places.chapter(chapter.id)}#operation-${content}`, inner, 'class="id operation"')
    const own = chapter?.blocks.some((block) => "name" in block && block.name === content)
    const to = own ? `${places.chapter(chapter!.id)}#def-${content}` : undefined
    // In chapters of methods names in the type of code are those of values in a trace.
    const isTraced = chapter !== undefined && /(^|[/-])methods(-|$)/.test(chapter.id) && this.#index.find(content, "clause") !== undefined
    const found = isTraced ? undefined : (this.#index.dotted(content) ?? this.#index.find(content, "case"))
    if (to !== undefined) return link(page, to, inner, 'class="id definition"')
    return found === undefined ? inner : link(page, found.to, inner, `class="id ${found.kind}"`)
  }

  #setRules() {
    const { rules } = this.#markdown.renderer
    rules.text = (tokens, index) => (this.#at.inLink ? escaped(tokens[index]!.content) : this.plain(tokens[index]!.content, this.#at))
    rules.code_inline = (tokens, index) => this.#inlineCode(tokens[index]!.content, this.#at)
    rules.link_open = (tokens, index, options, _, self) => {
      this.#at.inLink = true
      return self.renderToken(tokens, index, options)
    }
    rules.link_close = () => {
      this.#at.inLink = false
      return "</a>"
    }
    rules.heading_open = (tokens, index) => {
      const token = tokens[index]!
      return `<${token.tag} id="${once(this.#at.ids, `s-${slugOf(tokens[index + 1]!.content)}`)}">`
    }
    rules.table_open = () => {
      const label = once(this.#at.ids, "Table").replace("-", " ")
      return `<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>`
    }
    rules.table_close = () => "</table></div>"
    rules.fence = (tokens, index) => {
      const { info, content } = tokens[index]!
      const text = content.trimEnd()
      const isCode = info.startsWith("ts")
      return `<pre class="${isCode ? "code" : "figure"}" tabindex="0"><code>${isCode ? this.code(text) : escaped(text)}</code></pre>\n`
    }
    rules.blockquote_open = (tokens, index) => {
      const head = tokens.slice(index).find(({ type }) => type === "inline")?.children ?? []
      const bold = head.findIndex(({ type }) => type === "strong_open")
      const ids = bold === -1 ? [] : errataIn(head[bold + 1]!.content)
      if (ids.length === 0) return "<blockquote>"
      const anchors = ids.map((id) => `<span id="${once(this.#at.ids, `erratum-${id}`)}"></span>`)
      return `<blockquote class="erratum">${anchors.join("")}`
    }
  }
}
