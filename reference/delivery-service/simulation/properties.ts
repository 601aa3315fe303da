/**
 * What must hold of a world, at any moment and when nothing is left to happen. Each violation begins with the number of its property, in the table of vectors/scenarios.md. P19, that a run can be played again, is checked in `runs.ts`; P20, the way to a
 * decision, is what the cases of scenarios claim.
 *
 * @module
 */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { decodeWire } from "../../../spec/conventions/encoding.ts"
import type { Cascade } from "../../../spec/delivery-service/cascade.ts"
import { type Cooperation, maximumSigned } from "../../../spec/delivery-service/cooperation.ts"
import { type Delivery, limits, statuses } from "../../../spec/delivery-service/delivery-service.ts"
import { SymbolicCommit } from "../../../spec/delivery-service/tree-kem.ts"
import { refsOf } from "../cascade/values.ts"
import { chosenOf, verifyDecide } from "../cascade.ts"
import { certify, isUnique } from "../cooperation.ts"
import type { DeliveryEvent } from "../delivery-service.ts"
import { exposedOf } from "../global-consensus/settle.ts"
import { correctMembers, correctVoters, handleOf, type Process, runAs, type World } from "./world.ts"

type Member = Process & { readonly state: Delivery }

const correct = (world: World): ReadonlyArray<Process> => world.processes.filter(({ isFaulty }) => !isFaulty)

const eventsOf = (world: World): ReadonlyArray<DeliveryEvent> => correct(world).flatMap((process) => process.events)

const agreement = (world: World): ReadonlyArray<string> => {
  const commits = eventsOf(world).flatMap((event) => (event.type === "commit" ? [event] : []))
  const byEpoch = Map.groupBy(commits, ({ epoch }) => epoch)
  return [...byEpoch].flatMap(([epoch, told]) => (new Set(told.map(({ ref }) => ref)).size > 1 ? [`P1 two commits of epoch ${epoch}`] : []))
}

const order = (world: World): ReadonlyArray<string> =>
  correct(world).flatMap((process) => {
    // Who has come back has missed the epochs in which it was stuck.
    const commits = process.events
      .slice(process.events.findLastIndex(({ type }) => type === "joined") + 1)
      .filter(({ type }) => type === "commit")
    const isInOrder = commits.every(({ epoch }, index) => index === 0 || epoch === commits[index - 1]!.epoch + 1)
    return isInOrder ? [] : [`P2 ${handleOf(process)} told of ${commits.map(({ epoch }) => epoch)}`]
  })

/** What a correct user is told of as another correct user's was made by that user. */
const origins = ({ leaves, made, processes }: World, { epoch, author, ref }: Extract<DeliveryEvent, { ref: string }>): boolean => {
  const user = leaves.get(`${epoch}/${author}`)
  return processes.some((one) => one.user === user && (one.isFaulty || made.get(ref) === one))
}

const authors = (world: World): ReadonlyArray<string> =>
  eventsOf(world).flatMap((event) => {
    if (!("ref" in event) || origins(world, event)) return []
    return [`${event.type === "commit" ? "P3" : "P5"} a ${event.type} in epoch ${event.epoch} that leaf ${event.author} did not make`]
  })

/** Whoever is stuck has a decided commit that was made unreadable for it. */
const stuck = (world: World): ReadonlyArray<string> =>
  correct(world).flatMap(({ state, ...process }) => {
    const event = process.events.find(({ type }) => type === "stuck")
    if (state?.status === statuses.stuck && event === undefined) return [`P4 ${handleOf(process)} is stuck and does not say so`]
    const decision = state?.past.find(({ decide }) => decide.epoch === event?.epoch)
    if (state === null || decision === undefined) return []
    const read = decodeWire(SymbolicCommit, chosenOf(decision.decide).value.commit)
    const isItself = (leaf: number) => world.leaves.get(`${decision.decide.epoch}/${leaf}`) === process.user
    return Result.isSuccess(read) && read.success.unreadable.some(isItself)
      ? []
      : [`P4 ${handleOf(process)} is stuck by a commit that it can read`]
  })

/** Each proposal in its own epoch, once, before the commit that names it. */
const contents = (world: World): ReadonlyArray<string> =>
  correct(world).flatMap((process) => {
    const found: Array<string> = []
    const told = new Set<string>()
    let epoch: number | undefined
    for (const event of process.events) {
      const name = `${handleOf(process)} in epoch ${event.epoch}`
      if (event.type === "proposal") {
        if (told.has(event.ref)) found.push(`P7 ${name}: a proposal twice`)
        if (epoch !== undefined && event.epoch !== epoch) found.push(`P9 ${name}: a proposal of another epoch than ${epoch}`)
        told.add(event.ref)
      }
      if (event.type === "commit") {
        if (epoch !== undefined && event.epoch !== epoch) found.push(`P9 ${name}: a commit after something of epoch ${epoch}`)
        const decision = process.state?.past.find(({ decide }) => decide.epoch === event.epoch)
        const { value, ref } = decision === undefined ? { value: undefined, ref: event.ref } : chosenOf(decision.decide)
        if (ref !== event.ref) found.push(`P3 ${name}: another commit than was decided`)
        if (value?.proposals.every((one) => told.has(one)) === false) found.push(`P8 ${name}: a commit before its proposals`)
      }
      epoch = event.type === "commit" ? event.epoch + 1 : event.epoch
    }
    return found
  })

const keys = (members: ReadonlyArray<Member>): ReadonlyArray<string> => {
  const byEpoch = Map.groupBy(members, ({ state }) => state.tree.epoch)
  return [...byEpoch].flatMap(([epoch, same]) =>
    new Set(same.map(({ state }) => Hex.encode(state.tree.authenticator))).size > 1 ? [`P10 different keys in epoch ${epoch}`] : [],
  )
}

/** All correct members of an epoch have the same voters in it, also those that are stuck. */
const voters = (members: ReadonlyArray<Member>): ReadonlyArray<string> => {
  const byEpoch = Map.groupBy(members, ({ state }) => state.tree.epoch)
  const votersOf = ({ state }: Member) => state.cascade.electorate.voters.map(({ leaf, key }) => `${leaf} ${Hex.encode(key)}`).join()
  return [...byEpoch].flatMap(([epoch, same]) => (new Set(same.map(votersOf)).size > 1 ? [`P10 different voters in epoch ${epoch}`] : []))
}

const chains = ({ statements, me, valid }: Cooperation): ReadonlyArray<string> => {
  const own = statements.filter(({ signer }) => signer === me)
  const firstReady = own.findIndex(({ type }) => type === "ready")
  const isLate = firstReady >= 0 && own.slice(firstReady).some(({ type }) => type === "witness")
  const isGapped = own.some(({ seq }, index) => seq !== index)
  const isInvalid = own.some(({ type, ref }) => type === "witness" && !valid.includes(ref))
  return isLate || isGapped || isInvalid ? [`P11 the chain of leaf ${me}`] : []
}

const unique = (cooperation: Cooperation): ReadonlyArray<string> =>
  [...new Set(cooperation.statements.map(({ ref }) => ref))].filter((ref) => {
    const certificate = certify(cooperation, ref)
    return certificate !== undefined && isUnique(cooperation.electorate, certificate, ref)
  })

const cooperations = (cascades: ReadonlyArray<Cascade>): ReadonlyArray<string> =>
  (["first", "second"] as const).flatMap((stage) => {
    const states = cascades.map((cascade) => cascade[stage])
    const accepted = new Set(states.flatMap((state) => state.accepted))
    const certain = new Set(states.flatMap(unique))
    const unpredicted = states.filter((state) =>
      state.accepted.some((ref) => !(state.candidates ?? []).includes(ref) && state.candidates !== null),
    )
    const excluded = certain.size > 0 && [...accepted].some((ref) => certain.size > 1 || !certain.has(ref))
    return [
      ...states.flatMap(chains),
      ...(unpredicted.length > 0 ? [`P12 a value that was no candidate, in the ${stage} cooperation`] : []),
      ...(excluded ? [`P14 a value beside a unique certificate, in the ${stage} cooperation`] : []),
    ]
  })

/** What somebody has accepted in an epoch beside that of which somebody has had a unique certificate. */
const excluded = (world: World, { electorate: { epoch }, first, second, sets }: Cascade): boolean =>
  correct(world)
    .flatMap(({ state }) => state?.past ?? [])
    .filter(({ decide }) => decide.epoch === epoch)
    .some(({ decide: { refs, evidence } }) => {
      if (evidence.type === "unique-commit") return first.accepted.some((ref) => ref !== refs[0])
      const accepted = sets.filter(({ ref }) => second.accepted.includes(ref)).map(({ value }) => refsOf(value).join())
      return evidence.type === "unique-set" && accepted.some((set) => set !== refs.join())
    })

/** Whether a voter has precommitted two values, the second without n - t PREVOTEs of it since the first. */
const unlocks = ({ consensus: { votes, electorate }, me }: Cascade): boolean => {
  const own = votes.filter(({ voter, type, ref }) => voter === me && type === "precommit" && ref !== null)
  const inOrder = own.toSorted((a, b) => a.round - b.round)
  return inOrder.some(({ ref, round }, index) => {
    const before = inOrder[index - 1]
    if (before === undefined || before.ref === ref) return false
    const since = votes.filter((one) => one.type === "prevote" && one.ref === ref && one.round > before.round && one.round <= round)
    const byRound = Map.groupBy(since, (one) => one.round)
    return ![...byRound.values()].some(
      (same) => new Set([...same.map(({ voter }) => voter), ...exposedOf(votes)]).size >= electorate.voters.length - electorate.faults,
    )
  })
}

const consensus = (cascades: ReadonlyArray<Cascade>): ReadonlyArray<string> => {
  const decisions = cascades.flatMap(({ consensus: { decision } }) => (decision === null ? [] : [decision.ref]))
  const foreign = cascades.filter(
    ({ consensus: state, sets }) => state.decision !== null && !sets.some(({ ref }) => ref === state.decision!.ref),
  )
  const twice = cascades.filter(({ consensus: { votes }, me }) => {
    const own = votes.filter(({ voter, type }) => voter === me && type === "precommit").map(({ round }) => round)
    return new Set(own).size < own.length
  })
  return [
    ...(new Set(decisions).size > 1 ? ["P16 two decisions of global consensus"] : []),
    ...(foreign.length > 0 ? ["P16 a decision that is not admissible"] : []),
    ...(twice.length > 0 ? ["P17 two PRECOMMITs in a round"] : []),
    ...(cascades.some(unlocks) ? ["P17 a PRECOMMIT against a lock"] : []),
  ]
}

const bounds = (members: ReadonlyArray<Member>): ReadonlyArray<string> =>
  members.flatMap(({ user, state: { later, tree, incomplete, cascade, past } }) => {
    const isMember = (from: string) => tree.members.some((member) => member.user === from)
    const byPlace = Map.groupBy(later, ({ from, epoch }) => `${isMember(from) ? from : ""} ${epoch}`)
    const isOver = [...byPlace.values()].some((kept) => kept.length > limits.kept)
    const isOld = later.some(({ epoch }) => epoch <= tree.epoch) || cascade.electorate.epoch !== tree.epoch
    const isUnknown = incomplete.some(({ ref }) => !cascade.commits.some((known) => known.ref === ref))
    const isLong =
      past.length > limits.past || cascade.first.statements.length > 2 * maximumSigned(tree.members.length) * tree.members.length
    return isOver || isOld || isUnknown || isLong ? [`P18 ${user} keeps what it should not`] : []
  })

/** Every decision is verified, once. */
const certificates = (world: World, verified: Set<unknown>): ReadonlyArray<string> =>
  correct(world).flatMap((process) =>
    (process.state?.past ?? []).flatMap(({ decide }) => {
      const electorate = world.electorates.get(decide.epoch)
      if (electorate === undefined || verified.has(decide)) return []
      verified.add(decide)
      const result = runAs(world, process.seed, verifyDecide(electorate, decide))
      return Result.isFailure(result) ? [`P15 ${handleOf(process)} decided epoch ${decide.epoch} without evidence`] : []
    }),
  )

/** What is wrong now. `verified` is what was verified before. */
export const violations = (world: World, verified: Set<unknown> = new Set()): ReadonlyArray<string> => {
  const members = correctMembers(world)
  const byEpoch = [...Map.groupBy(correctVoters(world), ({ state }) => state.tree.epoch).values()]
  const cascades = byEpoch.map((same) => same.map(({ state }) => state.cascade))
  return [
    ...agreement(world),
    ...order(world),
    ...authors(world),
    ...stuck(world),
    ...contents(world),
    ...keys(members),
    ...voters(correctVoters(world)),
    ...cascades.flatMap(cooperations),
    ...cascades.flatMap(consensus),
    ...(cascades.flat().some((cascade) => excluded(world, cascade))
      ? ["P14 a value beside one that was decided by a unique certificate"]
      : []),
    ...bounds(members),
    ...certificates(world, verified),
  ]
}

/** `members` are those that vote; the stuck among them have no commit of their own. */
const termination = (members: ReadonlyArray<Member>): ReadonlyArray<string> => {
  const last = Math.max(...members.map(({ state }) => state.tree.epoch))
  const isBehind = members.filter(({ state, isDown }) => !isDown && state.tree.epoch < last)
  const isPending = members.filter(({ state, isDown }) => !isDown && state.tree.epoch === last && state.own.length > 0)
  return [...isBehind.map(({ user }) => `P4 ${user} stayed behind`), ...isPending.map(({ user }) => `P4 ${user} committed in vain`)]
}

const totality = (members: ReadonlyArray<Member>): ReadonlyArray<string> => {
  const here = members.filter(({ isDown }) => !isDown)
  const byEpoch = [...Map.groupBy(here, ({ state }) => state.tree.epoch).values()]
  return byEpoch.flatMap((same) => {
    const told = same.map(({ state }) =>
      state.tree.proposals
        .map(({ ref }) => Hex.encode(ref))
        .sort()
        .join(),
    )
    return new Set(told).size > 1 ? [`P6 proposals that not all were told of, in epoch ${same[0]!.state.tree.epoch}`] : []
  })
}

/** Whoever is up and has not decided has accepted what the others have. */
const acceptances = (members: ReadonlyArray<Member>): ReadonlyArray<string> => {
  const open = members.filter(({ isDown, state }) => !isDown && state.cascade.decision === null)
  const byEpoch = [...Map.groupBy(open, ({ state }) => state.tree.epoch).values()]
  return byEpoch.flatMap((same) =>
    (["first", "second"] as const).flatMap((stage) => {
      const sets = same.map(({ state }) => state.cascade[stage].accepted.toSorted().join())
      return new Set(sets).size > 1 ? [`P13 different values accepted in the ${stage} cooperation`] : []
    }),
  )
}

/** What is wrong when nothing is left to happen, in a group that tolerates its faults. */
export const violationsAtRest = (world: World): ReadonlyArray<string> => {
  const members = correctMembers(world)
  const voting = correctVoters(world)
  return members.length === 0 ? [] : [...violations(world), ...termination(voting), ...acceptances(voting), ...totality(members)]
}
