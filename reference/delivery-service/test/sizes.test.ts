/**
 * Nothing that a member has to send outgrows a message: faulty members with long commits, many commits at once, many proposals. Shows cascade.parts, delivery-service.parts and delivery-service.size: everything that is sent is encoded
 * and decoded, as a network would have it.
 */
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { CommitBytes, CommitHead, Decide, SetProposal } from "../../../spec/delivery-service/cascade.ts"
import { maximumChain, usualFaults } from "../../../spec/delivery-service/cooperation.ts"
import { DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { Endorse } from "../../../spec/delivery-service/restrained-consensus.ts"
import { BackEndMessage, maximumMembers } from "../../../spec/delivery-service/tree-kem.ts"
import { chosenOf, type NamedCommit, propose, signCommit } from "../cascade.ts"
import { fetchedOf, partsOfDecision } from "../delivery-service/draft.ts"
import { violationsAtRest } from "../simulation/properties.ts"
import { type Move, play } from "../simulation/schedule.ts"
import { processOf, runAs, settledWorld, type World } from "../simulation/world.ts"

const limit = 1 << 20

const isMessage = (message: DeliveryMessage): boolean => {
  const bytes = encodeWire(DeliveryMessage, message)
  return bytes.length <= limit && Result.isSuccess(decodeWire(DeliveryMessage, bytes))
}

/** What D signs: a commit of this many bytes of rubbish, and a welcome of as many, in two BUNDLEs: what is signed, and the commit. */
const rubbish = (world: World, bytes: number, label: number, part: number): DeliveryMessage => {
  const { state, seed } = processOf(world, "D")
  const { cascade, tree } = state!
  const content = { author: tree.me, proposals: [], commit: new Uint8Array(bytes).fill(label), welcome: new Uint8Array(bytes).fill(label) }
  const named = Result.getOrThrow(runAs(world, seed, signCommit(cascade.electorate, tree.signingSecretKey, content)))
  const { send } = Result.getOrThrow(runAs(world, seed, propose(cascade, tree.signingSecretKey, named as NamedCommit)))
  return { type: "agreement", message: send[part]!.message }
}

const recorded = (users: ReadonlyArray<string>, faulty: ReadonlyMap<string, ReadonlyArray<ReadonlyArray<string>>> = new Map()): World => {
  const world = settledWorld(users, faulty)
  return { ...world, calls: [], messages: [] }
}

describe("one faulty member of four", () => {
  it.each([
    ["a commit and a welcome", [1]],
    ["four commits and welcomes", [1, 2, 3, 4]],
  ])("with %s of 256 KiB each does not stop the epoch", (_, labels) => {
    const world = recorded(["A", "B", "C", "D"], new Map([["D", [[]]]]))
    const lies = labels.flatMap((label) =>
      ["A", "B", "C"].flatMap((to) => [0, 1].map((part): Move => ({ inject: (now) => rubbish(now, 1 << 18, label, part), from: "D", to }))),
    )
    play(world, [...lies, { drain: "fifo" }, { commit: [], by: "A", as: "cA" }, { commit: [], by: "B", as: "cB" }, { settle: 500 }])
    expect(violationsAtRest(world)).toEqual([])
    expect(processOf(world, "A").state!.tree.epoch).toBe(2)
    expect([...new Set(world.messages)].every(isMessage)).toBe(true)
    const largest = Math.max(...[...new Set(world.messages)].map((message) => encodeWire(DeliveryMessage, message).length))
    expect(largest).toBeGreaterThan(500_000)
  })

  it("with a commit of 600 kB says nothing that is a message", () => {
    expect(Result.isFailure(decodeWire(CommitBytes, encodeWire(BackEndMessage, new Uint8Array(600_000))))).toBe(true)
  })
})

describe("thirty members", () => {
  it("of whom twenty commit at once end the epoch", () => {
    const users = Array.from({ length: 30 }, (_, index) => `u${String(index).padStart(2, "0")}`)
    const world = recorded(users)
    play(world, [...users.slice(0, 20).map((by): Move => ({ commit: [], by, as: `c ${by}` })), { settle: 200 }])
    expect(violationsAtRest(world)).toEqual([])
    expect(processOf(world, "u00").state!.tree.epoch).toBe(2)
    expect([...new Set(world.messages)].every(isMessage)).toBe(true)
  }, 300_000)
})

describe("the largest of each", () => {
  const voters = maximumMembers
  const quorum = voters - usualFaults(voters)
  const ref = "ff".repeat(32)
  const signature = new Uint8Array(64)
  const ready = (signer: number) => ({ type: "ready", signer, seq: 16_383, ref, signature }) as const
  const certificate = Array.from({ length: quorum }, (_, index) => [ready(0xffff - index)])
  const chains = certificate.map(([one]) => Array.from({ length: maximumChain }, () => one!))
  const head = { author: 0xffff, proposals: Array.from({ length: 512 }, () => ref), commit: ref, welcome: ref, signature }
  const place = { group: "11".repeat(16), epoch: 0xffffffff }
  const long = new Uint8Array(1 << 18)
  const decide: Decide = {
    type: "decide",
    ...place,
    refs: Array.from({ length: 8 }, () => ref),
    heads: Array.from({ length: 8 }, () => head),
    commit: long,
    welcome: long,
    evidence: { type: "unique-set", certificate: chains },
  }

  it("is a message, for as many voters as there may be", () => {
    const certified = { ref, certificate }
    const set = { commits: Array.from({ length: 8 }, () => certified) }
    const proposal = {
      type: "set-proposal",
      ...place,
      round: 511,
      proposer: 0xffff,
      ref,
      validRound: 510,
      signature,
    } as const
    const endorse = { type: "endorse", ...place, endorser: 0xffff, refs: Array.from({ length: 32 }, () => ref), signature } as const
    const lengths = [
      encodeWire(CommitHead, head).length,
      encodeWire(Decide, decide).length,
      encodeWire(SetProposal, { ...proposal, set, certificate }).length,
      encodeWire(Endorse, { ...endorse, certificates: Array.from({ length: 4 }, () => certified) }).length,
    ]
    expect(lengths.every((length) => length <= 1_000_000)).toBe(true)
    expect(lengths[1]!).toBeGreaterThan(900_000)
    expect(chosenOf(decide).value.commit).toBe(long)
  })

  it("and so are a DECISION and its proposals, in parts", () => {
    const proposals = Array.from({ length: 64 }, (_, index) => new Uint8Array(1 << 16).fill(index))
    const parts = partsOfDecision({ type: "decision", decide, proposals })
    expect(parts.every(isMessage)).toBe(true)
    const sent = parts.flatMap((part) => (part.type === "decision" || part.type === "fetched" ? part.proposals : []))
    expect(sent).toEqual(proposals)
    expect(fetchedOf(place.group, place.epoch, proposals).every(isMessage)).toBe(true)
  })
})
