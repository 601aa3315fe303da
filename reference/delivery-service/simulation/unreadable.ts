/**
 * Commits of a faulty author that some members cannot decrypt.
 *
 * @module
 */
import { Result } from "effect"
import { type DeliveryMessage, statuses } from "../../../spec/delivery-service/delivery-service.ts"
import type { SymbolicGroup } from "../../../spec/delivery-service/tree-kem.ts"
import { propose, signCommit } from "../cascade.ts"
import { signedBytes } from "../cooperation/settle.ts"
import { commitUnreadable } from "../tree-kem.ts"
import { type Process, runAs, type World } from "./world.ts"

/**
 * A commit by `author` that these users cannot decrypt, in a BUNDLE, with a WITNESS by `helper` too when there is one. The author knows the secrets of the epoch from any member that is not stuck, whatever it has shown of its own state; undefined when it is
 * in another epoch than such a member.
 */
export const unreadable = (world: World, author: Process, users: ReadonlyArray<string>, helper?: Process): DeliveryMessage | undefined => {
  const known = world.processes.find(({ isFaulty, state }) => !isFaulty && state?.status === statuses.active)?.state
  const own = author.state
  if (known === undefined || known === null || own === null || own.tree.epoch !== known.tree.epoch) return undefined
  const { me, signingSecretKey, draws } = own.tree
  const tree = { ...known.tree, me, signingSecretKey, draws } as SymbolicGroup
  const leaves = tree.members.filter(({ user }) => users.includes(user)).map(({ leaf }) => leaf)
  const made = runAs(world, author.seed, commitUnreadable(tree, [], leaves))
  if (Result.isFailure(made)) return undefined
  const value = { author: me, proposals: [], commit: made.success.commit, welcome: null }
  const named = Result.getOrThrow(runAs(world, author.seed, signCommit(own.cascade.electorate, signingSecretKey, value)))
  const { send } = Result.getOrThrow(runAs(world, author.seed, propose(own.cascade, signingSecretKey, named)))
  const message = send[0]?.message
  if (message?.type !== "bundle") return undefined
  const helping = helper?.state?.tree
  if (helping === undefined) return { type: "agreement", message }
  const unsigned = { type: "witness", signer: helping.me, seq: 0, ref: named.ref } as const
  const signature = world.primitives.ed25519Sign(helping.signingSecretKey, signedBytes(own.cascade.first, unsigned))
  return { type: "agreement", message: { ...message, statements: [...message.statements, { ...unsigned, signature }] } }
}
