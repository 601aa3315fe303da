/**
 * Cooperation, explored exhaustively: four voters, one of them faulty, two values.
 *
 * The model does more than any correct member may: whatever rule would make it witness, each of the three correct members may witness either value at any time before its first READY, and the faulty one
 * counts for every quorum that enables something and for none that excludes something. What holds in it holds for the chapter, whatever the order of delivery and the rules of unlocking.
 *
 * A state is: for each correct member the statements that it signed, in their order; for each ordered pair of them how many of the one's statements the other holds; and which values
 * somebody has ever been certain of. States are counted up to the names of the members and of the values, and in full.
 *
 * @module
 */

/** A fault that can be put into the model, each of which must be found. */
export type ModelFault = "witness-after-ready" | "gaps" | "witness-quorum-2t" | "candidates-k-plus-1"

/** What makes a member certain of a value: the chains of the READY signers, each cut there (a unique certificate), or all WITNESSes that it holds (its candidates). */
export type Certainty = "certificate" | "candidates"

/** What was found. `states` are counted up to renaming, `all` in full; `violation` describes the first, if any; `complete` says that all states were seen. */
export interface Exploration {
  readonly states: number
  readonly all: number
  readonly violation: string | undefined
  readonly complete: boolean
}

// A statement is a number: WITNESS of value 0 and 1 are 0 and 1, READY of them 2 and 3.
type Statements = ReadonlyArray<number>

const isReady = (statement: number) => statement >= 2

const chainsWith = (fault: ModelFault | undefined): ReadonlyArray<Statements> => {
  const all: Array<Statements> = [[]]
  for (const chain of all) {
    for (let next = 0; next < 4; next++) {
      if (chain.includes(next) || (!isReady(next) && chain.some(isReady) && fault !== "witness-after-ready")) continue
      all.push([...chain, next])
    }
  }
  return all
}

const pairs = [0, 1, 2].flatMap((by) => [0, 1, 2].filter((of) => of !== by).map((of) => ({ by, of })))

/** Three chains by their index, six numbers of statements held (or sets of them, as bits), and two flags. */
interface State {
  readonly chains: ReadonlyArray<number>
  readonly held: ReadonlyArray<number>
  readonly certain: number
}

const setBits = [0, 1, 2, 3]

/** The tables of the model, with or without a fault. */
const modelOf = (certainty: Certainty, fault: ModelFault | undefined) => {
  const chains = chainsWith(fault)
  const indexOf = new Map(chains.map((chain, index) => [chain.join(), index]))
  const hasGaps = fault === "gaps"
  const heldLimit = hasGaps ? 16 : 5
  /** The statements of a chain that are held: its first ones, or with gaps any of them. */
  const heldOf = (chain: Statements, held: number): Statements =>
    hasGaps ? chain.filter((_, position) => (held >> position) & 1) : chain.slice(0, held)
  return {
    certainty,
    chains,
    hasGaps,
    heldLimit,
    witnessQuorum: fault === "witness-quorum-2t" ? 2 : 3,
    candidateQuorum: fault === "candidates-k-plus-1" ? 2 : 1,
    extended: chains.map((chain) => [0, 1, 2, 3].map((statement) => indexOf.get([...chain, statement].join()))),
    swapped: chains.map((chain) => indexOf.get(chain.map((statement) => statement ^ 1).join())!),
    views: chains.map((chain) => Array.from({ length: heldLimit }, (_, held) => heldOf(chain, held))),
    space: chains.length ** 3 * heldLimit ** 6 * 4,
  }
}

type Model = ReturnType<typeof modelOf>

/** What `by` holds of each of the three correct members. */
const viewOf = ({ chains, views }: Model, state: State, by: number): ReadonlyArray<Statements> =>
  [0, 1, 2].map((of) => {
    if (of === by) return chains[state.chains[of]!]!
    return views[state.chains[of]!]![state.held[2 * by + (of < by ? of : of - 1)]!]!
  })

const count = (view: ReadonlyArray<Statements>, statement: number) => view.filter((one) => one.includes(statement)).length

/** Whether the holder of `view` is certain of `value`: two correct READYs and the faulty one's, and the other value is witnessed in too few chains. */
const isCertain = ({ certainty, candidateQuorum }: Model, view: ReadonlyArray<Statements>, value: number): boolean => {
  const other = value ^ 1
  const ready = view.filter((one) => one.includes(2 + value))
  if (ready.length < 2) return false
  if (certainty === "candidates") return count(view, other) < candidateQuorum
  const clean = ready.filter((one) => !one.slice(0, one.indexOf(2 + value)).includes(other))
  // Of n - t = 3 chains the faulty one's is clean, and so are as many of the others as must be.
  return clean.length >= 2 || (candidateQuorum === 2 && clean.length >= 1)
}

const withCertainty = (model: Model, state: State): State => {
  let certain = state.certain
  for (const by of [0, 1, 2]) {
    const view = viewOf(model, state, by)
    for (const value of [0, 1]) if (isCertain(model, view, value)) certain |= 1 << value
  }
  return certain === state.certain ? state : { ...state, certain }
}

const isViolated = ({ chains }: Model, state: State): boolean =>
  [0, 1].some((value) => {
    const accepted = state.chains.filter((chain) => chains[chain]!.includes(2 + value)).length + 1 >= 3
    return accepted && (state.certain & (1 << (value ^ 1))) !== 0
  })

const signing = (model: Model, state: State, by: number): ReadonlyArray<State> => {
  const view = viewOf(model, state, by)
  return [0, 1, 2, 3].flatMap((statement) => {
    const next = model.extended[state.chains[by]!]![statement]
    if (next === undefined) return []
    if (isReady(statement) && count(view, statement - 2) + 1 < model.witnessQuorum) return []
    return [{ ...state, chains: state.chains.with(by, next) }]
  })
}

const delivering = ({ chains, hasGaps }: Model, state: State): ReadonlyArray<State> =>
  pairs.flatMap(({ of }, index) => {
    const held = state.held[index]!
    const length = chains[state.chains[of]!]!.length
    if (!hasGaps) return held < length ? [{ ...state, held: state.held.with(index, held + 1) }] : []
    return setBits
      .filter((bit) => bit < length && ((held >> bit) & 1) === 0)
      .map((bit) => ({ ...state, held: state.held.with(index, held | (1 << bit)) }))
  })

const nextOf = (model: Model, state: State): ReadonlyArray<State> =>
  [...[0, 1, 2].flatMap((by) => signing(model, state, by)), ...delivering(model, state)].map((next) => withCertainty(model, next))

const codeOf = (model: Model, states: ReadonlyArray<number>, held: ReadonlyArray<number>, certain: number): number => {
  let code = 0
  for (const chain of states) code = code * model.chains.length + chain
  for (const one of held) code = code * model.heldLimit + one
  return code * 4 + certain
}

const decode = ({ chains, heldLimit }: Model, code: number): State => {
  const digits: Array<number> = []
  let rest = Math.floor(code / 4)
  for (let place = 0; place < 6; place++) {
    digits.unshift(rest % heldLimit)
    rest = Math.floor(rest / heldLimit)
  }
  const three = [Math.floor(rest / chains.length ** 2), Math.floor(rest / chains.length) % chains.length, rest % chains.length]
  return { chains: three, held: digits, certain: code % 4 }
}

const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
]

/** For each order of the members: which pair takes the place of each. */
const pairOrders = orders.map((order) =>
  pairs.map(({ by, of }) => pairs.findIndex((pair) => pair.by === order[by] && pair.of === order[of])),
)

const certainSwapped = [0, 2, 1, 3]

/** The codes of a state under all renamings. */
const renamings = (model: Model, { chains, held, certain }: State): ReadonlyArray<number> =>
  orders.flatMap((order, index) => {
    const renamed = order.map((member) => chains[member]!)
    const heldRenamed = pairOrders[index]!.map((pair) => held[pair]!)
    return [
      codeOf(model, renamed, heldRenamed, certain),
      codeOf(
        model,
        renamed.map((chain) => model.swapped[chain]!),
        heldRenamed,
        certainSwapped[certain]!,
      ),
    ]
  })

const say = (model: Model, { chains, held, certain }: State): string =>
  `chains ${chains.map((chain) => `[${model.chains[chain]!.map((one) => `${one >= 2 ? "R" : "W"}${one % 2}`).join(" ")}]`).join(" ")}, held ${held.join("")}, certain ${certain}`

/** A set of numbers below a limit: of bits when they fit. */
const numberSet = (limit: number): { readonly add: (value: number) => boolean } => {
  if (limit > 2 ** 31) {
    const values = new Set<number>()
    return { add: (value) => values.size < values.add(value).size }
  }
  const bits = new Uint8Array(Math.ceil(limit / 8))
  return {
    add: (value) => {
      const byte = value >>> 3
      const bit = 1 << (value & 7)
      if ((bits[byte]! & bit) !== 0) return false
      bits[byte]! |= bit
      return true
    },
  }
}

/** Explores all states, or as many as `most`, up to renaming. Stops at the first violation. */
export const exploreCooperation = (certainty: Certainty, fault?: ModelFault, most = Number.POSITIVE_INFINITY): Exploration => {
  const model = modelOf(certainty, fault)
  const seen = numberSet(model.space)
  const stack: Array<number> = []
  const visit = (state: State): number => {
    const codes = renamings(model, state)
    const least = Math.min(...codes)
    if (!seen.add(least)) return 0
    stack.push(least)
    return new Set(codes).size
  }
  let all = visit({ chains: [0, 0, 0], held: [0, 0, 0, 0, 0, 0], certain: 0 })
  let states = 0
  while (stack.length > 0 && states < most) {
    const state = decode(model, stack.pop()!)
    states++
    if (isViolated(model, state)) return { states, all, violation: say(model, state), complete: false }
    for (const next of nextOf(model, state)) all += visit(next)
  }
  return { states, all, violation: undefined, complete: stack.length === 0 }
}
