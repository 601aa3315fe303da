/**
 * A value with one thing in it changed, for all things in it and for the ways in which each of them can be a lie.
 *
 * @module
 */

/** A change, in words, and the value with it. */
export interface Mutation {
  readonly says: string
  readonly value: unknown
}

/** What can be put in the place of names. */
export interface Names {
  readonly members: ReadonlyArray<string>
  readonly users: ReadonlyArray<string>
}

const isIdentifier = (text: string): boolean => /^[0-9a-f]{32}$/.test(text)

const short = (text: string): string => (isIdentifier(text) ? text.slice(0, 4) : text)

const numbers = (value: number): ReadonlyArray<Mutation> =>
  [...new Set([0, 1, value - 1, value + 1, 0xffffffff])]
    .filter((one) => one >= 0 && one !== value)
    .map((one) => ({ says: `= ${one}`, value: one }))

const strings = (value: string, { members, users }: Names): ReadonlyArray<Mutation> =>
  (isIdentifier(value) ? [...members, "f".repeat(32)] : users)
    .filter((one) => one !== value)
    .map((one) => ({ says: `= ${short(one)}`, value: one }))

const blobs = (value: Uint8Array): ReadonlyArray<Mutation> => [
  { says: "with a bit changed", value: value.map((byte, index) => (index === 0 ? byte ^ 1 : byte)) },
  { says: "of zeros", value: new Uint8Array(value.length) },
  { says: "a byte short", value: value.subarray(1) },
]

const within = (key: string, inner: ReadonlyArray<Mutation>, place: (value: unknown) => unknown): ReadonlyArray<Mutation> =>
  inner.map(({ says, value }) => ({
    says: `${key}${/^[=wo a]/.test(says) && !says.startsWith(".") && !says.startsWith("[") ? " " : ""}${says}`,
    value: place(value),
  }))

const lists = (value: ReadonlyArray<unknown>, names: Names): ReadonlyArray<Mutation> => {
  const [first, second, ...rest] = value
  const inner = value.flatMap((one, index) => within(`[${index}]`, mutations(one, names), (changed) => value.with(index, changed)))
  if (first === undefined) return inner
  const shapes: Array<Mutation> = [
    { says: "without the last", value: value.slice(0, -1) },
    { says: "with the last twice", value: [...value, value.at(-1)] },
  ]
  if (second !== undefined)
    shapes.push(
      { says: "without the first", value: [second, ...rest] },
      { says: "with the first two exchanged", value: [second, first, ...rest] },
    )
  return [...shapes, ...inner]
}

const tables = (value: Readonly<Record<string, unknown>>, names: Names): ReadonlyArray<Mutation> => {
  const entries = Object.entries(value)
  const isTable = entries.length > 0 && entries.every(([key]) => isIdentifier(key))
  const shapes = isTable
    ? entries.flatMap(([key, one]): ReadonlyArray<Mutation> => {
        const others = Object.fromEntries(entries.filter(([other]) => other !== key))
        return [
          { says: `without [${short(key)}]`, value: others },
          { says: `with [${short(key)}] as that of nobody`, value: { ...others, ["f".repeat(32)]: one } },
        ]
      })
    : []
  const inner = entries.flatMap(([key, one]) =>
    key === "type"
      ? []
      : within(isTable ? `[${short(key)}]` : `.${key}`, mutations(one, names), (changed) => ({ ...value, [key]: changed })),
  )
  return [...shapes, ...inner]
}

/** All values that are this one with one thing changed. */
export const mutations = (value: unknown, names: Names): ReadonlyArray<Mutation> => {
  if (typeof value === "number") return numbers(value)
  if (typeof value === "string") return strings(value, names)
  if (value === null) return [{ says: "not null", value: new Uint8Array(32).fill(9) }]
  if (value instanceof Uint8Array) return blobs(value)
  if (Array.isArray(value)) return lists(value, names)
  return tables(value as Readonly<Record<string, unknown>>, names)
}
