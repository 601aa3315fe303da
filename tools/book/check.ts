/**
 * What is wrong with the files of a book: links and fragments that lead nowhere, ids that stand twice, what is asked of other hosts,
 * pages that are too heavy.
 *
 * @module
 */
import { posix } from "node:path"
import { gzipSync } from "node:zlib"
import type { BookFile } from "./write.ts"

/** Of a page in bytes, compressed; those that are made to be printed have no limit. */
const heaviest = 60_000

/** Pages whose scripts read the fragment. */
const takesAny = new Set(["play.html", "case.html"])

const attribute = /\s(?:href|src)="([^"]*)"/g
const idAttribute = /\sid="([^"]*)"/g

const unescaped = (text: string): string =>
  text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")

/** The ids of a page, as often as they stand there. */
export const idsIn = (html: string): ReadonlyArray<string> => [...html.matchAll(idAttribute)].map((match) => unescaped(match[1]!))

/** Everything that is wrong, in a sentence each. */
export const faultsOf = (files: ReadonlyArray<BookFile>): ReadonlyArray<string> => {
  const faults: Array<string> = []
  const ids = new Map(files.map(({ path, text }) => [path, new Set(path.endsWith(".html") ? idsIn(text) : [])]))
  for (const { path, text } of files.filter((file) => file.path.endsWith(".html"))) {
    const all = idsIn(text)
    if (all.length !== ids.get(path)!.size) faults.push(`${path} has an id twice: ${all.find((id, at) => all.indexOf(id) !== at)}`)
    const weight = gzipSync(text).length
    if (weight > heaviest && !path.startsWith("print/")) faults.push(`${path} weighs ${weight} bytes`)
    const places = new Set([...text.matchAll(attribute)].map((match) => unescaped(match[1]!)))
    for (const place of places) {
      if (place === "data:,") continue
      const [to, fragment] = place.split("#") as [string, string | undefined]
      const target = to === "" ? path : posix.normalize(posix.join(posix.dirname(path), to))
      const there = ids.get(target)
      if (/^[a-z]+:|^\/\//.test(place)) faults.push(`${path} leads out: ${place}`)
      else if (/^vectors\/.*\.json\.gz$/.test(target)) continue
      else if (there === undefined) faults.push(`${path} leads to ${target}, which does not exist`)
      else if (fragment !== undefined && !takesAny.has(target) && !there.has(decodeURI(fragment)))
        faults.push(`${path} leads to ${target}#${fragment}, which it does not have`)
    }
  }
  for (const { path, text } of files.filter((file) => /\.(css|js)$/.test(file.path) && file.path !== "ids.js"))
    if (/url\((?!"fonts\/[\w-]+\.woff2"\))|@import|https?:/.test(text)) faults.push(`${path} asks for something else`)
  return faults
}
