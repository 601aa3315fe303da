/** The layer "mls": what an implementation of RFC 9420 receives. */
import { Effect, Layer } from "effect"
import { Hex } from "effect/encoding"
import { Crypto } from "../../../reference/crypto/crypto.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { injected } from "../../../reference/crypto/randomness.ts"
import * as TreeKem from "../../../reference/delivery-service/tree-kem.ts"
import { session } from "../../../reference/methods.ts"
import type { Clause } from "../../../spec/conventions/clauses.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses, type MlsOutside } from "../../../spec/delivery-service/tree-kem.ts"
import type { MethodName } from "../../../spec/methods.ts"
import { type Author, aCaseLater, type Case, caseFile, type OutputOf, type ParamsOf } from "../author.ts"
import { filled, flipped, repeated } from "../people.ts"
import entries from "./data/mls-passive-client.json" with { type: "json" }
import run from "./data/mls-run.json" with { type: "json" }

const group = filled(0x6d, 16)

const scratch = session(nodePrimitives)

const call = async <M extends MethodName>(method: M, params: ParamsOf<M>): Promise<OutputOf<M>> => {
  const verdict = await scratch.callLater(method, params)
  if (verdict.verdict !== "accepted") throw new Error(`${method}: ${JSON.stringify(verdict)}`)
  return verdict.output as OutputOf<M>
}

/** Somebody outside as it is, with its secret keys. */
const outside = (user: string): Promise<MlsOutside> => {
  const seed = Uint8Array.from(Buffer.from(repeated(user), "hex"))
  const layer = Layer.provideMerge(injected(seed), Layer.succeed(Crypto, nodePrimitives))
  return Effect.runPromise(TreeKem.init("mls", user, 0).pipe(Effect.provide(layer))) as Promise<MlsOutside>
}

/** A handle in the case for somebody whose keys are known, and its key package. */
const appear = async (author: Author, user: string): Promise<string> => {
  const { signingSecretKey, leafSecretKey, initSecretKey, keyPackage } = await outside(user)
  const keys = { signingSecretKey, leafSecretKey, initSecretKey, keyPackage }
  const inHex = Object.fromEntries(Object.entries(keys).map(([name, bytes]) => [name, Hex.encode(bytes)])) as Record<
    keyof typeof keys,
    string
  >
  await author.acceptsLater("mls.outside", { on: user, user, ...inHex })
  return inHex.keyPackage
}

type Shown = OutputOf<"tree-kem.adopt">

/** A group of real MLS members beside the case: alice, who commits, and carol. */
class Others {
  readonly #users = ["alice", "carol"]

  async found(): Promise<void> {
    for (const on of this.#users) await call("tree-kem.init", { on, seed: repeated(on), backEnd: "mls", user: on, number: 0 })
    await call("tree-kem.found", { on: "alice", group })
  }

  /** alice admits a proposal, and carol, if it is a member. */
  async admit(proposal: string, users = this.#users): Promise<string> {
    for (const on of users) await call("tree-kem.admit", { on, proposal })
    return proposal
  }

  async add(keyPackage: string, users = this.#users): Promise<string> {
    return this.admit((await call("tree-kem.propose-add", { on: "alice", keyPackage })).proposal, users)
  }

  async update(): Promise<string> {
    return this.admit((await call("tree-kem.propose-update", { on: "carol" })).proposal)
  }

  async commit(): Promise<{ readonly commit: string; readonly welcome: string | null; readonly shown: Shown }> {
    const made = await call("tree-kem.commit", { on: "alice", references: null })
    return { ...made, shown: await call("tree-kem.adopt", { on: "alice" }) }
  }
}

/** alice has added carol and bob, whose handle is in the case. Gives the welcome and what is shown after it. */
const welcomed = async (author: Author) => {
  const others = new Others()
  await others.found()
  const keyPackage = await appear(author, "bob")
  await others.add(
    (await call("tree-kem.init", { on: "carol", seed: repeated("carol"), backEnd: "mls", user: "carol", number: 0 })).keyPackage,
    ["alice"],
  )
  await others.add(keyPackage, ["alice"])
  const { welcome, shown } = await others.commit()
  await call("tree-kem.join", { on: "carol", welcome: welcome! })
  return { others, welcome: welcome!, shown }
}

const same = ({ group, epoch, members, groupKey, authenticator }: Shown) => ({ group, epoch, members, groupKey, authenticator })

const history = () =>
  aCaseLater(
    "mls/history",
    { title: "bob joins, and follows updates, additions and its own removal", clauses: [clauses["same-key"], clauses["lowest-leaf"]] },
    async (author) => {
      const { others, welcome, shown } = await welcomed(author)
      await author.acceptsLater("tree-kem.join", { on: "bob", welcome }, same(shown))
      const follow = async (proposals: ReadonlyArray<string>) => {
        for (const proposal of proposals) await author.acceptsLater("tree-kem.admit", { on: "bob", proposal })
        const { commit, shown } = await others.commit()
        const { removed, ...view } = await call("tree-kem.process", { on: "carol", commit })
        author.claim(JSON.stringify(same(view)) === JSON.stringify(same(shown)) && !removed, "carol agrees")
        return { commit, shown }
      }
      const [dave, erin] = [await outside("dave"), await outside("erin")].map((one) => Hex.encode(one.keyPackage)) as [string, string]
      const epochs = [
        async () => [],
        async () => [await others.update()],
        async () => [await others.add(dave), await others.add(erin)],
        async () => [],
      ]
      for (const propose of epochs) {
        const { commit, shown } = await follow(await propose())
        await author.acceptsLater("tree-kem.process", { on: "bob", commit }, same(shown))
      }
      const leaf = shown.members.find(({ user }) => user === "bob")!.leaf
      const removal = await others.admit((await call("tree-kem.propose-remove", { on: "carol", leaf })).proposal)
      const { commit } = await follow([removal])
      await author.acceptsLater("tree-kem.process", { on: "bob", commit }, { removed: true })
    },
  )

/** One call of an MLS method, right and with one fault. */
interface Forked<M extends MethodName> {
  readonly method: M
  readonly right: ParamsOf<M>
  readonly wrong: ParamsOf<M>
}

const twinsLater = async <M extends MethodName>(
  id: string,
  clause: Clause,
  title: string,
  write: (author: Author) => Promise<Forked<M>>,
): Promise<ReadonlyArray<Case>> => [
  await aCaseLater(id, { title: `The twin without the fault: ${title}`, clauses: [clause] }, async (author) => {
    const { method, right } = await write(author)
    await author.acceptsLater(method, right)
  }),
  await aCaseLater(`${id}~refused`, { title, clauses: [clause, verdicts["state-unchanged"]], twin: id }, async (author) => {
    const { method, right, wrong } = await write(author)
    await author.refusesLater(clause, method, wrong)
    await author.acceptsLater(method, right)
  }),
]

const admitting = (id: string, clause: Clause, title: string, change: (proposal: string) => string) =>
  twinsLater(`mls/${id}`, clause, title, async (author) => {
    const { others, welcome } = await welcomed(author)
    await author.acceptsLater("tree-kem.join", { on: "bob", welcome })
    const proposal = await others.update()
    return { method: "tree-kem.admit", right: { on: "bob", proposal }, wrong: { on: "bob", proposal: change(proposal) } }
  })

const processing = (id: string, clause: Clause, title: string, change: (commit: string) => string) =>
  twinsLater(`mls/${id}`, clause, title, async (author) => {
    const { others, welcome } = await welcomed(author)
    await author.acceptsLater("tree-kem.join", { on: "bob", welcome })
    const { commit } = await others.commit()
    return { method: "tree-kem.process", right: { on: "bob", commit }, wrong: { on: "bob", commit: change(commit) } }
  })

const symbolicCommit = () => {
  const [confirmation, signature, head] = [filled(1, 32), filled(2, 64), { group, epoch: 1, author: 0 }]
  const value = { type: "symbolic-commit", ...head, references: [], key: filled(3, 32), unreadable: [], confirmation, signature }
  return (scratch.call("tree-kem.encode", { type: "symbolic-commit", value }) as unknown as { output: { bytes: string } }).output.bytes
}

const [byValue, byReference] = [entries[6]!.epochs[1]!.commit, entries[7]!.epochs[1]!.commit]

const refusals = async (): Promise<ReadonlyArray<Case>> => [
  ...(await admitting("proposal-signature", clauses.signature, "A proposal whose membership tag was changed", (one) => flipped(one, -1))),
  ...(await admitting("proposal-message", clauses.message, "A proposal with a byte too many", (one) => `${one}00`)),
  ...(await processing("commit-signature", clauses.signature, "A commit whose membership tag was changed", (one) => flipped(one, -1))),
  ...(await processing("symbolic-commit", clauses.message, "A symbolic commit of this group and epoch", () => symbolicCommit())),
  ...(await processing("commit-message", clauses.message, "A commit with a byte missing", (one) => one.slice(0, -2))),
  ...(await twinsLater("tree-kem/by-value", clauses["by-reference"], "A commit in which a proposal stands by value", async () => ({
    method: "tree-kem.read-commit" as const,
    right: { commit: byReference },
    wrong: { commit: byValue },
  }))),
  ...(await twinsLater("mls/welcome", clauses.welcome, "A welcome that was changed", async (author) => {
    const { welcome } = await welcomed(author)
    return {
      method: "tree-kem.join" as const,
      right: { on: "bob", welcome },
      wrong: { on: "bob", welcome: flipped(welcome, -1) },
    }
  })),
]

const published = (entry: (typeof entries)[number], index: number) =>
  aCaseLater(
    `mls/passive-client-${index + 1}`,
    {
      title: `Entry ${index + 1} of the passive-client vectors, suite ${entry.cipher_suite}`,
      clauses: [clauses["same-key"]],
      flags: ["published"],
    },
    async (author) => {
      const beginning = {
        suite: entry.cipher_suite,
        keyPackage: entry.key_package,
        signaturePriv: entry.signature_priv,
        encryptionPriv: entry.encryption_priv,
        initPriv: entry.init_priv,
        welcome: entry.welcome,
        ratchetTree: entry.ratchet_tree,
        externalPsks: entry.external_psks.map(({ psk_id, psk }) => ({ pskId: psk_id, psk })),
      }
      await author.acceptsLater(
        "mls.passive-join",
        { on: "client", ...beginning },
        { epochAuthenticator: entry.initial_epoch_authenticator },
      )
      for (const { proposals, commit, epoch_authenticator } of entry.epochs) {
        const claimed = { epochAuthenticator: epoch_authenticator }
        await author.acceptsLater("mls.passive-epoch", { on: "client", proposals, commit }, claimed)
      }
    },
  )

type Joiner = (typeof run)["follower"]

/** Somebody of the run joins, and is in the epoch in which it did. */
const joins = async (author: Author, { welcome, epoch, authenticator, ...outside }: Joiner) => {
  await author.acceptsLater("mls.outside", { on: outside.user, ...outside })
  await author.acceptsLater("tree-kem.join", { on: outside.user, welcome }, { epoch, authenticator })
}

/** The run of the whole with real groups: what a member of it received that only followed. */
const thirtyEpochs = () =>
  aCaseLater(
    "mls/thirty-epochs",
    {
      title: `${run.follower.user} follows thirty epochs of a group of ten to thirteen, a third of them faulty, with additions, removals and updates`,
      clauses: [clauses["same-key"], clauses["lowest-leaf"], clauses["key-update"]],
      flags: ["run"],
    },
    async (author) => {
      const { user } = run.follower
      await joins(author, run.follower)
      for (const { epoch, proposals, commit, authenticator } of run.epochs) {
        for (const proposal of proposals) await author.acceptsLater("tree-kem.admit", { on: user, proposal })
        await author.acceptsLater("tree-kem.process", { on: user, commit }, { removed: false, epoch: epoch + 1, authenticator })
      }
    },
  )

const laterJoiners = () =>
  run.joiners.map((joiner) =>
    aCaseLater(
      `mls/joins-in-epoch-${joiner.epoch}`,
      {
        title: `${joiner.user} joins the same group in epoch ${joiner.epoch}, whose tree has leaves that are not merged everywhere`,
        clauses: [clauses["same-key"], clauses.welcome],
        flags: ["run"],
      },
      (author) => joins(author, joiner),
    ),
  )

const flags = {
  run: {
    note: "From a run of the distributed delivery service with real groups, written by tools/delivery-run.ts",
    effect: "The secret keys are those of made-up members.",
  },
  published: {
    note: "The values are those that the MLS working group published (mlswg/mls-implementations, test-vectors/passive-client-*.json)",
    effect: "What differs here differs from RFC 9420, not only from this specification.",
  },
}

export default caseFile({ part: "delivery-service", chapter: "mls", layer: "mls", flags }, async () => [
  ...(await Promise.all(entries.map(published))),
  await history(),
  await thirtyEpochs(),
  ...(await Promise.all(laterJoiners())),
  ...(await refusals()),
])
