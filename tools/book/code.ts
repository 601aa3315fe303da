/**
 * TypeScript in colours that a style sheet chooses.
 *
 * @module
 */
import { createCssVariablesTheme, createHighlighter } from "shiki"
import { escaped } from "./html.ts"

/** The lines of a code, each in HTML. */
export type Highlight = (code: string) => ReadonlyArray<string>

const classes: Readonly<Record<string, string>> = {
  "token-keyword": "k",
  "token-string": "s",
  "token-string-expression": "s",
  "token-comment": "c",
  "token-function": "f",
  "token-constant": "n",
  "token-parameter": "p",
}

interface Token {
  readonly content: string
  readonly color?: string
}

const classOf = ({ content, color }: Token): string | undefined =>
  content.trim() === "" ? undefined : classes[/--shiki-([\w-]+)/.exec(color ?? "")?.[1] ?? ""]

const lineOf = (tokens: ReadonlyArray<Token>): string => {
  const runs: Array<{ text: string; kind: string | undefined }> = []
  for (const token of tokens) {
    const kind = classOf(token)
    const last = runs.at(-1)
    if (last !== undefined && last.kind === kind) last.text += token.content
    else runs.push({ text: token.content, kind })
  }
  return runs.map(({ text, kind }) => (kind === undefined ? escaped(text) : `<i class="${kind}">${escaped(text)}</i>`)).join("")
}

/** Colours code. */
export const highlighter = async (): Promise<Highlight> => {
  const theme = createCssVariablesTheme({ name: "book", variablePrefix: "--shiki-" })
  const shiki = await createHighlighter({ themes: [theme], langs: ["typescript"] })
  return (code) => shiki.codeToTokens(code, { lang: "typescript", theme: "book" }).tokens.map(lineOf)
}
