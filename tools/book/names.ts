/**
 * Where everything that has an identifier stands in the book.
 *
 * @module
 */
import type { Block, Book, Chapter } from "./schema.ts"

type Kind =
  | "clause"
  | "step"
  | "operation"
  | "method"
  | "case"
  | "guarantee"
  | "limit"
  | "mutant"
  | "definition"
  | "erratum"
  | "chapter"
  | "theorem"
  | "layer"
  | "adversary"
  | "page"

/** One name: what it is of, where it stands, and what it says. */
export interface Name {
  readonly id: string
  readonly kind: Kind
  readonly to: string
  readonly says: string
  /** Other words by which it is looked for. */
  readonly also?: string
}

/** The pages of what is not a chapter. */
export const places = {
  chapter: (id: string) => `${id}.html`,
  part: (part: string) => `${part}/index.html`,
  print: (part: string) => `print/${part}.html`,
  clause: (chapter: string) => `clauses/${chapter}.html`,
  layer: (layer: string) => `cases/${layer}.html`,
  promises: (part: string) => `guarantees/${part}.html`,
  mutants: (part: string) => `mutants/${part}.html`,
  methods: (part: string) => `methods/${part}.html`,
  run: (id: string) => `runs/${id.replaceAll("/", ".")}.html`,
  proofs: "proofs.html",
  theorem: (at: string) => `proofs.html#theorem-${at.replace(/^.*\/(\w+)\.v#/, "$1.")}`,
  file: (path: string) => `code/${path.replace(/\.ts$/, "")}.html`,
}

const erratum = /^> \*\*Errat(?:um|a) ([^*]+?)\.?\*\*/gm

/** The identifiers of the errata at the head of a box, which begins with its text. */
export const errataIn = (text: string): ReadonlyArray<string> => {
  const [, names] = /^Errat(?:um|a) (.*?)\.?$/.exec(text) ?? []
  return names === undefined ? [] : names.split(/, | and /)
}

/** The markdown of a block that has any. */
export const markdownOf = (block: Block): string => ("markdown" in block ? block.markdown : "")

/** The words by which people look for a chapter, beside its title. */
const chapterWords: Readonly<Record<string, string>> = {
  "dcgka/overview": "dcgka, decentralized continuous group key agreement, glossary",
  "dcgka/two-party-messaging": "2sm, two-party secure messaging",
  "dcgka/group-membership": "sr-dgm, dgm, strong removal",
  "dcgka/security": "not promised, limits, adversary, pcs, fs, post-compromise security, forward secrecy",
  "dcgka/security-game": "compromise, corruption, pcs, fs",
  "dcgka/group-messaging": "messenger",
  "mpenc/overview": "mpenc, glossary",
  "mpenc/security": "not promised, limits, adversary",
  "delivery-service/overview": "mls, glossary",
  "delivery-service/tree-kem": "treekem",
  "delivery-service/security": "not promised, limits, adversary",
}

/** Pages that no identifier leads to, with what is looked for on them. */
const guides = (): ReadonlyArray<Name> => {
  const page = (id: string, to: string, says: string, also: string): Name => ({ id, kind: "page", to, says, also })
  return [
    page(
      "Guarantees and limits",
      "guarantees.html",
      "What is promised, against whom, and what is not",
      "not promised, limit, adversary, threat model, pcs, fs, compromise",
    ),
    page("Proofs", places.proofs, "What is proved and what is not", "proved, theorem, coq"),
    page(
      "The conformance protocol",
      "protocol.html",
      "How the runner and a port talk",
      "protocol, json-rpc, framing, state, keeps, no-call, needs, get it, install",
    ),
    page("Cases", "cases.html", "The layers, in the order in which a port gets them right", "layer, vectors, test vectors"),
    page("Runs", "runs.html", "Cases as pictures", "diagrams"),
  ]
}

/** The words by which people look for a promise. */
const promiseWords: Readonly<Record<string, string>> = {
  "dcgka.healing": "pcs, post-compromise security, compromise",
  "dcgka.forward-secrecy": "fs, forward secrecy",
  "mpenc.no-healing": "pcs, post-compromise security, compromise",
  "mpenc.weak-forward-secrecy": "fs, forward secrecy",
}

const ofChapter = ({ id, name, title, blocks, clauses, operations }: Chapter): ReadonlyArray<Name> => {
  const page = places.chapter(id)
  const definitions = blocks.flatMap((block) => (block.kind === "definition" || block.kind === "wire" ? [block] : []))
  const errata = blocks.flatMap((block) => [...markdownOf(block).matchAll(erratum)].flatMap((match) => match[1]!.split(/, | and /)))
  const also = chapterWords[id]
  return [
    { id: name ?? id, kind: "chapter", to: page, says: title, ...(also === undefined ? {} : { also }) },
    ...clauses.map((clause): Name => ({ id: clause.id, kind: "clause", to: `${page}#${clause.id}`, says: clause.text })),
    ...operations.flatMap(
      (operation): ReadonlyArray<Name> => [
        { id: operation.id, kind: "operation", to: `${page}#operation-${operation.name}`, says: title },
        ...operation.steps.map((step): Name => ({ id: step.id, kind: "step", to: `${page}#${step.id}`, says: step.text })),
      ],
    ),
    ...definitions.map((one): Name => ({ id: one.name, kind: "definition", to: `${page}#def-${one.name}`, says: title })),
    ...[...new Set(errata)].map((one): Name => ({ id: one, kind: "erratum", to: `${page}#erratum-${one}`, says: title })),
  ]
}

/** The part of a layer. */
export const partOfLayer = ({ cases }: Book, layer: string): string => cases.find((one) => one.layer === layer)?.part ?? "dcgka"

/** The part of a mutant: of the file that it changes. */
export const partOfMutant = (file: string): string => {
  const [first, second] = file.split("/")
  const part = first === "methods" ? second : first
  return ["dcgka", "mpenc", "delivery-service"].includes(part!) ? part! : "conventions"
}

/** All names of the book, in reading order. */
const namesOf = (book: Book): ReadonlyArray<Name> => [
  ...book.chapters.flatMap(ofChapter),
  ...book.guarantees.map(
    ({ id, part, text }): Name => ({
      id,
      kind: "guarantee",
      to: `${places.promises(part)}#${id}`,
      says: text,
      also: promiseWords[id] ?? "promised",
    }),
  ),
  ...book.limits.map(
    ({ id, part, text }): Name => ({
      id,
      kind: "limit",
      to: `${places.promises(part)}#${id}`,
      says: text,
      also: `not promised${id in promiseWords ? `, ${promiseWords[id]}` : ""}`,
    }),
  ),
  ...guides(),
  ...Object.entries(book.adversaries).map(
    ([id, says]): Name => ({ id, kind: "adversary", to: `guarantees.html#adversary-${id}`, says, also: "attacker threat" }),
  ),
  ...book.layers
    .filter((layer) => book.cases.some((one) => one.layer === layer))
    .map((id): Name => ({ id, kind: "layer", to: places.layer(id), says: `the cases of the layer ${id}` })),
  ...book.proofs.theorems.map(
    ({ at, says }): Name => ({ id: at.split("#")[1]!, kind: "theorem", to: places.theorem(at), says, also: "proved proof" }),
  ),
  ...book.methods.map(
    ({ name, layer, text }): Name => ({
      id: name,
      kind: "method",
      to: `${places.methods(partOfLayer(book, layer))}#method-${name}`,
      says: text,
    }),
  ),
  ...book.mutants.map(
    ({ name, file, does }): Name => ({ id: name, kind: "mutant", to: `${places.mutants(partOfMutant(file))}#mutant-${name}`, says: does }),
  ),
  ...book.cases.map(({ id, layer, title }): Name => ({ id, kind: "case", to: `${places.layer(layer)}#${id}`, says: title })),
]

/** Finds names. */
export class Index {
  readonly all: ReadonlyArray<Name>
  readonly #definitions = new Map<string, ReadonlyArray<Name>>()
  readonly #byKind = new Map<Kind, Map<string, Name>>()

  constructor(book: Book) {
    this.all = namesOf(book)
    for (const name of this.all) {
      if (name.kind === "definition") this.#definitions.set(name.id, [...(this.#definitions.get(name.id) ?? []), name])
      const named = this.#byKind.get(name.kind) ?? new Map<string, Name>()
      this.#byKind.set(name.kind, named)
      if (!named.has(name.id)) named.set(name.id, name)
    }
  }

  /** The name of one of these kinds, of the first that has it. */
  find(id: string, ...kinds: ReadonlyArray<Kind>): Name | undefined {
    for (const kind of kinds) {
      const found = this.#byKind.get(kind)?.get(id)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** The definition of a name, of this chapter or the only one. */
  definition(id: string, chapter: string | undefined): Name | undefined {
    const all = this.#definitions.get(id) ?? []
    return all.find(({ to }) => to.startsWith(`${chapter}.html#`)) ?? (all.length === 1 ? all[0] : undefined)
  }

  /** What a name with dots in a text means. */
  dotted(id: string): Name | undefined {
    return this.find(id, "step", "clause", "operation", "method", "guarantee", "limit")
  }
}
