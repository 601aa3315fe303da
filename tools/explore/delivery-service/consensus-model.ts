/**
 * Global consensus, explored exhaustively: four voters, one of them faulty, two values, and as many rounds as asked for.
 *
 * The model does more than any correct voter may: whoever has not acted on a vote may not have received it, so votes are simply there from when they are cast; timers may end at any time; the faulty voter has cast every
 * vote, and as a proposer it has made every proposal. What holds in it holds for the chapter.
 *
 * @module
 */

/** A fault that can be put into the model, each of which must be found. */
export type ConsensusFault = "no-lock" | "quorum-2t" | "any-valid-round"

type Value = 0 | 1
/** A vote: 0 and 1 for the values, 2 for nothing, 3 for none yet. */
type Cast = 0 | 1 | 2 | 3

interface Voter {
  readonly round: number
  /** 0 propose, 1 prevote, 2 precommit. */
  readonly step: number
  readonly prevotes: ReadonlyArray<Cast>
  readonly precommits: ReadonlyArray<Cast>
  readonly locked: { readonly value: Value; readonly round: number } | null
  readonly valid: { readonly value: Value; readonly round: number } | null
}

interface State {
  readonly voters: ReadonlyArray<Voter>
  /** Of each round with a correct proposer: what it has proposed, if it has. */
  readonly proposals: ReadonlyArray<{ readonly value: Value; readonly validRound: number | null } | null>
}

const values: ReadonlyArray<Value> = [0, 1]

/** The proposers of the rounds: of correct voters their place, -1 for the faulty one. */
type Proposers = ReadonlyArray<number>

const replace = (state: State, by: number, change: Partial<Voter>): State => ({
  ...state,
  voters: state.voters.with(by, { ...state.voters[by]!, ...change }),
})

const quorumOf = (fault: ConsensusFault | undefined): number => (fault === "quorum-2t" ? 2 : 3)

/** How many voters have cast a vote, the faulty one among them. */
const count = (state: State, kind: "prevotes" | "precommits", round: number, vote: Cast): number =>
  state.voters.filter((voter) => voter[kind][round] === vote).length + 1

const hasQuorum = (state: State, kind: "prevotes" | "precommits", round: number, vote: Cast, fault: ConsensusFault | undefined): boolean =>
  count(state, kind, round, vote) >= quorumOf(fault)

const prevoting = (state: State, by: number, proposers: Proposers, fault: ConsensusFault | undefined): ReadonlyArray<State> => {
  const { round, step, locked } = state.voters[by]!
  if (step !== 0) return []
  const cast = (vote: Cast) => replace(state, by, { step: 1, prevotes: state.voters[by]!.prevotes.with(round, vote) })
  const made = state.proposals[round]
  const rounds = [null, ...Array.from({ length: round }, (_, earlier) => earlier)]
  const all =
    proposers[round] === -1 ? values.flatMap((value) => rounds.map((validRound) => ({ value, validRound }))) : made == null ? [] : [made]
  const answers = all.flatMap(({ value, validRound }): ReadonlyArray<State> => {
    const isOn = locked === null || locked.value === value || fault === "no-lock"
    if (validRound === null) return [cast(isOn ? value : 2)]
    if (fault !== "any-valid-round" && !hasQuorum(state, "prevotes", validRound, value, fault)) return []
    return [cast(isOn || locked.round <= validRound || fault === "any-valid-round" ? value : 2)]
  })
  // The timer may end at any time.
  return [...answers, cast(2)]
}

const precommitting = (state: State, by: number, fault: ConsensusFault | undefined): ReadonlyArray<State> => {
  const voter = state.voters[by]!
  const { round, step } = voter
  const seen = values.filter((value) => step >= 1 && hasQuorum(state, "prevotes", round, value, fault))
  const locks = seen.map((value) => {
    const valid = { value, round }
    if (step === 2) return replace(state, by, { valid })
    return replace(state, by, { step: 2, valid, locked: valid, precommits: voter.precommits.with(round, value) })
  })
  return step === 1 ? [...locks, replace(state, by, { step: 2, precommits: voter.precommits.with(round, 2) })] : locks
}

const advancing = (state: State, by: number, proposers: Proposers): ReadonlyArray<State> => {
  const { round, valid } = state.voters[by]!
  const next = round + 1
  if (next >= proposers.length) return []
  const moved = replace(state, by, { round: next, step: 0 })
  if (proposers[next] !== by || state.proposals[next] !== null) return [moved]
  const own = values.map((value) => ({ value, validRound: null }))
  const made = valid === null ? own : [{ value: valid.value, validRound: valid.round }]
  return made.map((proposal) => ({ ...moved, proposals: moved.proposals.with(next, proposal) }))
}

const isViolated = (state: State, rounds: number, fault: ConsensusFault | undefined): boolean => {
  const isDecided = (value: Value) =>
    Array.from({ length: rounds }, (_, round) => hasQuorum(state, "precommits", round, value, fault)).some(Boolean)
  return isDecided(0) && isDecided(1)
}

const beginnings = (proposers: Proposers): ReadonlyArray<State> => {
  const none: ReadonlyArray<Cast> = proposers.map(() => 3)
  const voter: Voter = { round: 0, step: 0, prevotes: none, precommits: none, locked: null, valid: null }
  const state: State = { voters: [voter, voter, voter], proposals: proposers.map(() => null) }
  if (proposers[0] === -1) return [state]
  return values.map((value) => ({ ...state, proposals: state.proposals.with(0, { value, validRound: null }) }))
}

const swappedVote: ReadonlyArray<Cast> = [1, 0, 2, 3]

const swapped = <A extends { readonly value: Value } | null>(one: A): A => (one === null ? one : { ...one, value: 1 - one.value })

const withValuesSwapped = ({ voters, proposals }: State): State => ({
  proposals: proposals.map(swapped),
  voters: voters.map(({ prevotes, precommits, locked, valid, ...rest }) => ({
    ...rest,
    prevotes: prevotes.map((vote) => swappedVote[vote]!),
    precommits: precommits.map((vote) => swappedVote[vote]!),
    locked: swapped(locked),
    valid: swapped(valid),
  })),
})

const nameOf = ({ round, step, prevotes, precommits, locked, valid }: Voter): string =>
  [round, step, ...prevotes, ...precommits, locked?.value, locked?.round, valid?.value, valid?.round].join()

/** The name of a state up to the names of the values, and of the voters that propose in no later round. */
const keyOf = (state: State, proposers: Proposers): string => {
  const proposing = new Set(proposers.slice(1))
  const one = ({ voters, proposals }: State) => {
    const fixed = voters.filter((_, place) => proposing.has(place)).map(nameOf)
    const free = voters.filter((_, place) => !proposing.has(place)).map(nameOf)
    const made = proposals.map((proposal) => (proposal === null ? "" : `${proposal.value}${proposal.validRound}`))
    return [...fixed, ...free.sort(), ...made].join("|")
  }
  const [a, b] = [one(state), one(withValuesSwapped(state))]
  return a < b ? a : b
}

/** Explores all states of these rounds, or as many as `most`. Stops at the first violation. */
export const exploreConsensus = (proposers: Proposers, fault?: ConsensusFault, most = Number.POSITIVE_INFINITY) => {
  const seen = new Set<string>()
  const stack: Array<State> = []
  const visit = (state: State) => {
    const size = seen.size
    if (seen.add(keyOf(state, proposers)).size > size) stack.push(state)
  }
  for (const state of beginnings(proposers)) visit(state)
  for (let state = stack.pop(); state !== undefined && seen.size < most; state = stack.pop()) {
    if (isViolated(state, proposers.length, fault)) return { states: seen.size, violation: JSON.stringify(state), complete: false }
    for (const by of [0, 1, 2]) {
      for (const next of [
        ...prevoting(state, by, proposers, fault),
        ...precommitting(state, by, fault),
        ...advancing(state, by, proposers),
      ])
        visit(next)
    }
  }
  return { states: seen.size, violation: undefined, complete: stack.length === 0 }
}
