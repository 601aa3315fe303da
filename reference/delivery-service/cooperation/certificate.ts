/**
 * Certificates: the chains that prove to anybody that a value is accepted, and perhaps that no other is.
 *
 * @module
 */
import { Effect } from "effect"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import {
  type Certificate,
  type Cooperation,
  clauses,
  type Electorate,
  maximumChain,
  type Statement,
} from "../../../spec/delivery-service/cooperation.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { isSignedBy } from "../signatures.ts"
import { signedBytes } from "./settle.ts"
import { linked, thresholdsOf } from "./tally.ts"

type Chain = ReadonlyArray<Statement>

/** Whether a chain has the numbers from 0. */
const isWhole = (chain: Chain): boolean => chain.every(({ seq }, index) => seq === index)

/** The values other than `ref` that a chain witnesses. */
const others = (chain: Chain, ref: string): ReadonlySet<string> =>
  new Set(chain.filter((statement) => statement.type === "witness" && statement.ref !== ref).map((statement) => statement.ref))

const chainTo = (own: Chain, ref: string): Chain | undefined => {
  const last = own.find((statement) => statement.type === "ready" && statement.ref === ref)
  if (last === undefined) return undefined
  // cooperation.certify.2
  const before = own.filter(({ seq }, index) => seq < last.seq && own[index - 1]?.seq !== seq)
  return [...before, last]
}

/** `count` of these chains: those that witness the fewest other values, and among equals those of the lowest leaves. */
const best = (chains: ReadonlyArray<Chain>, ref: string, count: number): ReadonlyArray<Chain> =>
  // cooperation.certify.5
  chains
    .toSorted((a, b) => others(a, ref).size - others(b, ref).size || a[0]!.signer - b[0]!.signer)
    .slice(0, count)
    .sort((a, b) => a[0]!.signer - b[0]!.signer)

/** The certificate of `ref` that can be made of the statements held, if any: a unique one with whole chains, or the READYs alone. */
export const certify = (state: Cooperation, ref: string): Certificate | undefined => {
  const bySigner = Map.groupBy(linked(state.statements), ({ signer }) => signer)
  // cooperation.certify.1
  const chains = [...bySigner.values()].map((own) => chainTo(own, ref)).filter((chain) => chain !== undefined)
  const { ready } = thresholdsOf(state.electorate)
  const whole = best(
    chains.filter(({ length }) => length <= maximumChain),
    ref,
    ready,
  )
  // cooperation.certify.3
  if (whole.length === ready && isUnique(state.electorate, whole, ref)) return whole
  // cooperation.certify.4
  return chains.length < ready ? undefined : best(chains, ref, ready).map((chain) => chain.slice(-1))
}

/** Checks that these voters can vote. Verdicts: those of the steps cooperation.open. */
export const checkElectorate = Effect.fnUntraced(function* ({ voters, faults, sensitivity, fastPath }: Electorate) {
  const isSorted = voters.every(({ leaf }, index) => index === 0 || voters[index - 1]!.leaf < leaf)
  const isEnough = voters.length >= 3 * faults + sensitivity && (fastPath === 0 || voters.length > 5 * faults)
  // cooperation.open.1
  if (!isSorted || !isEnough) return yield* refuse(clauses.electorate, `${voters.length} voters, t = ${faults}, k = ${sensitivity}`)
})

const signersOf = (certificate: Certificate): ReadonlySet<number> => new Set(certificate.map((chain) => chain[0]!.signer))

/** Whether no chain is a READY alone that is not its signer's first statement, and no other value is witnessed in k of them. */
export const isUnique = (electorate: Electorate, certificate: Certificate, ref: string): boolean => {
  if (certificate.some((chain) => chain.length === 1 && chain[0]!.seq > 0)) return false
  const foreign = certificate.flatMap((chain) => [...others(chain, ref)])
  return [...Map.groupBy(foreign, (one) => one).values()].every((times) => times.length < thresholdsOf(electorate).candidate)
}

const checkChain = Effect.fnUntraced(function* (chain: Chain, ref: string) {
  const isChain = chain.every(({ signer }) => signer === chain[0]!.signer) && (chain.length === 1 || isWhole(chain))
  const last = chain.at(-1)!
  // cooperation.verify.3
  const isReady = last.type === "ready" && last.ref === ref
  if (!isChain || !isReady) return yield* refuse(clauses["certificate-chain"], `of voter ${chain[0]!.signer}`)
})

/** Checks the signers of statements, and then the signatures. */
export const checkStatements = Effect.fnUntraced(function* (
  electorate: Electorate,
  instance: number,
  statements: ReadonlyArray<Statement>,
) {
  const leaves = new Set(electorate.voters.map(({ leaf }) => leaf))
  const outsider = statements.find(({ signer }) => !leaves.has(signer))
  if (outsider !== undefined) return yield* refuse(clauses.voter, `${outsider.signer}`)
  const crypto = yield* Crypto
  const state = { electorate, instance } as Cooperation
  const forged = statements.find((one) => !isSignedBy(crypto, electorate, one.signer, signedBytes(state, one), one.signature))
  if (forged !== undefined) return yield* refuse(clauses.signature, `of voter ${forged.signer}`)
})

/** Verifies that `certificate` is one of `ref`. Verdicts: those of the steps cooperation.verify. */
export const verify = Effect.fnUntraced(function* (electorate: Electorate, instance: number, certificate: Certificate, ref: string) {
  const signers = signersOf(certificate)
  // cooperation.verify.1
  yield* checkElectorate(electorate)
  // cooperation.verify.2
  const isQuorum = signers.size === certificate.length && signers.size >= thresholdsOf(electorate).ready
  if (!isQuorum) return yield* refuse(clauses["certificate-quorum"], `${signers.size} signers`)
  for (const chain of certificate) yield* checkChain(chain, ref)
  // cooperation.verify.4
  // cooperation.verify.5
  yield* checkStatements(electorate, instance, certificate.flat())
})

/** Verifies that `certificate` is a unique one of `ref`. */
export const verifyUnique = Effect.fnUntraced(function* (electorate: Electorate, instance: number, certificate: Certificate, ref: string) {
  // cooperation.verify-unique.1
  yield* verify(electorate, instance, certificate, ref)
  if (!certificate.every(isWhole)) return yield* refuse(clauses["certificate-chain"], "not from number 0")
  // cooperation.verify-unique.2
  if (!isUnique(electorate, certificate, ref)) return yield* refuse(clauses["certificate-unique"], "another value is witnessed")
})
