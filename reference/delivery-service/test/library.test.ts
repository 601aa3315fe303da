/**
 * The back end on any library of MLS, here on ts-mls behind the interface that adapters have: members on it and members on the reference's own back end
 * agree over the delivery service.
 */
import { Effect, Result } from "effect"
import { Hex } from "effect/encoding"
import { createGroupInfoWithExternalPubAndRatchetTree, decodeGroupState, encodeMlsMessage, generateKeyPackageWithKey } from "ts-mls"
import { describe, expect, it } from "vitest"
import type { MlsGroup, MlsOutside, TreeKemGroup } from "../../../spec/delivery-service/tree-kem.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { Randomness } from "../../crypto/randomness.ts"
import { runWithBackEnds } from "../simulation/mls-run.ts"
import { backEndOn, type Library } from "../tree-kem/library.ts"
import { ascii, drawingSuite, receivingSuite, suiteName } from "../tree-kem/mls-suite.ts"
import * as TreeKem from "../tree-kem.ts"

const bytesOf = (text: string) => Result.getOrThrow(Hex.decode(text))

const run = <A, E>(step: Effect.Effect<A, E, Crypto | Randomness>): Promise<Result.Result<A, E>> =>
  Effect.runPromise(Effect.result(step).pipe(Effect.provideService(Crypto, nodePrimitives), Effect.provide(Randomness.system)))

const must = async <A, E>(step: Effect.Effect<A, E, Crypto | Randomness>): Promise<A> => Result.getOrThrow(await run(step))

const capabilities = { versions: ["mls10"], ciphersuites: [suiteName], extensions: [], proposals: [], credentials: ["basic"] } as const

const outsideOf = async (user: string, signing: { readonly secretKey: string; readonly publicKey: string }): Promise<MlsOutside> => {
  const signKey = bytesOf(signing.secretKey)
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    { credentialType: "basic", identity: ascii(user) },
    structuredClone(capabilities) as never,
    { notBefore: 0n, notAfter: 2n ** 64n - 1n },
    [],
    { signKey, publicKey: bytesOf(signing.publicKey) },
    await drawingSuite(nodePrimitives, crypto.getRandomValues(new Uint8Array(32))),
  )
  const keyPackage = encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage: publicPackage })
  const { initPrivateKey: initSecretKey, hpkePrivateKey: leafSecretKey } = privatePackage
  return { type: "mls-outside", user, signingSecretKey: signKey, keyPackage, initSecretKey, leafSecretKey }
}

interface Handle {
  readonly state: MlsOutside | MlsGroup
  readonly committed: Readonly<Record<string, MlsGroup>>
}

/** A library that, like those behind adapters, takes nothing from itself. */
const tsMls = (): Library => {
  const handles = new Map<string, Handle>()
  const enter = (on: string, state: MlsOutside | TreeKemGroup) => handles.set(on, { state: state as MlsGroup, committed: {} })
  const member = (on: string) => handles.get(on)!.state as MlsGroup
  const propose = async (on: string, step: ReturnType<typeof TreeKem.proposeUpdate>) => {
    const { state, proposal } = await must(step)
    handles.set(on, { ...handles.get(on)!, state: (await must(TreeKem.admit(state, proposal))).state as MlsGroup })
    return Hex.encode(proposal)
  }
  return {
    publish: async (on, user, signing) => {
      const outside = await outsideOf(user, signing)
      enter(on, outside)
      return Hex.encode(outside.keyPackage)
    },
    found: async (on, group) => enter(on, await must(TreeKem.found(handles.get(on)!.state as MlsOutside, group))),
    add: (on, card) => propose(on, TreeKem.proposeAdd(member(on), bytesOf(card)) as ReturnType<typeof TreeKem.proposeUpdate>),
    remove: (on, leaf) => propose(on, TreeKem.proposeRemove(member(on), Number(leaf)) as ReturnType<typeof TreeKem.proposeUpdate>),
    update: (on) => propose(on, TreeKem.proposeUpdate(member(on))),
    admit: async (on, proposal) => {
      const { author } = await must(TreeKem.readProposal(bytesOf(proposal)))
      const admitted = await run(TreeKem.admit(member(on), bytesOf(proposal)))
      if (author === member(on).me || Result.isFailure(admitted)) return false
      handles.set(on, { ...handles.get(on)!, state: admitted.success.state as MlsGroup })
      return true
    },
    commit: async (on, proposals) => {
      const refs = await Promise.all(proposals.map(async (one) => (await must(TreeKem.readProposal(bytesOf(one)))).ref))
      const { commit, next, welcome } = await must(TreeKem.commit(member(on), refs))
      handles.set(on, { ...handles.get(on)!, committed: { [Hex.encode(commit)]: next as MlsGroup } })
      return { commit: Hex.encode(commit), welcome: welcome === null ? null : Hex.encode(welcome) }
    },
    process: async (on, commit) => {
      const own = handles.get(on)!.committed[commit]
      if (own !== undefined) {
        enter(on, own)
        return { removed: false }
      }
      const processed = await run(TreeKem.process(member(on), bytesOf(commit)))
      if (Result.isFailure(processed)) return undefined
      if (!processed.success.removed) enter(on, processed.success.state)
      return { removed: processed.success.removed }
    },
    join: async (on, welcome) => {
      const joined = await run(TreeKem.join(handles.get(on)!.state as MlsOutside, bytesOf(welcome)))
      if (Result.isSuccess(joined)) enter(on, joined.success)
      return Result.isSuccess(joined)
    },
    copy: async (on, as) => handles.set(as, handles.get(on)!),
    view: async (on) => {
      const { me, authenticator, groupKey } = member(on)
      return { me: `${me}`, authenticator: Hex.encode(authenticator), exported: Hex.encode(groupKey) }
    },
    info: async (on) => {
      const client = decodeGroupState(member(on).state, 0)![0] as Parameters<typeof createGroupInfoWithExternalPubAndRatchetTree>[0]
      const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(client, [], await receivingSuite(nodePrimitives, suiteName))
      return Hex.encode(encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo }))
    },
  }
}

describe("a back end on another library", () => {
  it("agrees with the reference's own in every epoch, a third of the members faulty", async () => {
    TreeKem.addBackEnd("ontsmls", backEndOn("ontsmls", tsMls()))
    const done = await runWithBackEnds(nodePrimitives, "thirty epochs", 3, (number) => (number % 2 === 0 ? "ontsmls" : "mls"))
    expect(done.map(({ epoch }) => epoch)).toEqual([1, 2, 3])
    expect(new Set(done.map(({ authenticator }) => authenticator)).size).toBe(3)
    for (const { backEnds } of done) expect(new Set(backEnds)).toEqual(new Set(["ontsmls", "mls"]))
  })
})
