/**
 * MLS by ts-mls, over its own cryptography (that of the Web), as a comparison: with a full tree, in which every member has committed, and a blank one, in which only the creator has.
 *
 * @module
 */
import {
  type CiphersuiteImpl,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  defaultCapabilities,
  defaultLifetime,
  emptyPskIndex,
  generateKeyPackage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  type KeyPackage,
  type MLSMessage,
  type Proposal,
  processPrivateMessage,
} from "ts-mls"
import type { Floor } from "./floors.ts"

const suiteName = "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519"

const packageOf = (user: number, suite: CiphersuiteImpl) =>
  generateKeyPackage(
    { credentialType: "basic", identity: new TextEncoder().encode(`user-${user}`) },
    defaultCapabilities(),
    defaultLifetime,
    [],
    suite,
  )

/** A sender, and one recipient. */
interface Pair {
  readonly sender: ClientState
  readonly recipient: ClientState
}

const additionOf = (keyPackage: KeyPackage): Proposal => ({ proposalType: "add", add: { keyPackage } })

const took = async (state: ClientState, commit: MLSMessage, suite: CiphersuiteImpl): Promise<ClientState> => {
  if (commit.wireformat !== "mls_private_message") throw new Error(commit.wireformat)
  return (await processPrivateMessage(state, commit.privateMessage, emptyPskIndex, suite)).newState
}

const founded = async (suite: CiphersuiteImpl) => {
  const { publicPackage, privatePackage } = await packageOf(0, suite)
  return createGroup(new Uint8Array(16), publicPackage, privatePackage, [], suite)
}

/** All are added by the creator at once. */
const blank = async (n: number, suite: CiphersuiteImpl): Promise<Pair> => {
  const packages = []
  for (let user = 1; user < n; user++) packages.push(await packageOf(user, suite))
  const extraProposals = packages.map(({ publicPackage }) => additionOf(publicPackage))
  const { newState, welcome } = await createCommit(
    { state: await founded(suite), cipherSuite: suite },
    { extraProposals, ratchetTreeExtension: true },
  )
  const { publicPackage, privatePackage } = packages[0]!
  return { sender: newState, recipient: await joinGroup(welcome!, publicPackage, privatePackage, emptyPskIndex, suite) }
}

/** Each member adds the next: every one has committed, and the last commits once more. */
const full = async (n: number, suite: CiphersuiteImpl): Promise<Pair> => {
  let recipient = await founded(suite)
  let sender = recipient
  for (let user = 1; user < n; user++) {
    const { publicPackage, privatePackage } = await packageOf(user, suite)
    const extraProposals = [additionOf(publicPackage)]
    const made = await createCommit({ state: sender, cipherSuite: suite }, { extraProposals, ratchetTreeExtension: true })
    recipient = made.newState
    sender = await joinGroup(made.welcome!, publicPackage, privatePackage, emptyPskIndex, suite)
  }
  const { newState, commit } = await createCommit({ state: sender, cipherSuite: suite })
  return { sender: newState, recipient: await took(recipient, commit, suite) }
}

const tasksOf = async (name: string, { sender, recipient }: Pair, suite: CiphersuiteImpl): Promise<ReadonlyArray<Floor>> => {
  const { commit } = await createCommit({ state: sender, cipherSuite: suite })
  const { privateMessage } = await createApplicationMessage(sender, new Uint8Array(32), suite)
  const floor = (operation: string, who: string, run: () => Promise<unknown>): Floor => ({
    name,
    operation,
    who,
    task: { prepare: () => async () => void (await run()) },
  })
  return [
    floor("update", "sender", () => createCommit({ state: sender, cipherSuite: suite })),
    floor("update", "one recipient", () => took(recipient, commit, suite)),
    floor("message", "sender", () => createApplicationMessage(sender, new Uint8Array(32), suite)),
    floor("message", "one recipient", () => processPrivateMessage(recipient, privateMessage, emptyPskIndex, suite)),
  ]
}

/** What ts-mls needs in a group of `n`. */
export const mls = async (n: number): Promise<ReadonlyArray<Floor>> => {
  const suite = await getCiphersuiteImpl(getCiphersuiteFromName(suiteName))
  return [
    ...(await tasksOf("ts-mls, full tree", await full(n, suite), suite)),
    ...(await tasksOf("ts-mls, blank tree", await blank(n, suite), suite)),
  ]
}
