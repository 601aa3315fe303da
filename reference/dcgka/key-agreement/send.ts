/**
 * What a member does by itself: create, update, remove, add.
 *
 * @module
 */
import { Effect } from "effect"
import { refuse } from "../../../spec/conventions/verdicts.ts"
import { clauses, maximumUsers } from "../../../spec/dcgka/key-agreement.ts"
import { groupIdOf, memberIdOf } from "../../conventions.ts"
import { Crypto } from "../../crypto/crypto.ts"
import { Randomness } from "../../crypto/randomness.ts"
import { sendAddition } from "./addition.ts"
import { sendSeed } from "./seed.ts"
import { type Joined, nextSeq, ourView, type State } from "./state.ts"

/** Creates a group with `users`, to whom we need not belong. */
export const create = Effect.fnUntraced(function* (state: State, users: ReadonlyArray<string>) {
  const self = state.keys.user
  // key-agreement.create.1
  if (state.group !== null) return yield* refuse(clauses["joined-once"], "already joined")
  // key-agreement.create.2
  const all = [self, ...[...users].sort()]
  const isValid = new Set(all).size === all.length && all.length <= maximumUsers
  if (!isValid) return yield* refuse(clauses["create-users"], "a user is named twice, or there are too many")
  // key-agreement.create.3
  const nonce = (yield* Randomness).draw("group", 16)
  const signingKey = (yield* Crypto).ed25519PublicKey(state.keys.signingSecretKey)
  const group = yield* groupIdOf(signingKey, all, nonce)
  const me = yield* memberIdOf(group, self, null, 0)
  // key-agreement.create.4
  const created: Joined = { ...state, group, me, origin: { signingKey, nonce } }
  return yield* sendSeed(created, { type: "create", group, sender: me, seq: 1, users: all, signingKey, nonce })
})

const act = Effect.fnUntraced(function* (state: State) {
  const { group, me } = state
  // key-agreement.act.1
  if (group === null || me === null) return yield* refuse(clauses.joined, "not joined")
  // key-agreement.act.2
  if (state.removed === 1) return yield* refuse(clauses.removed, "removed")
  const joined: Joined = { ...state, group, me }
  return { state: joined, head: { group, sender: me, seq: nextSeq(joined) } }
})

/** Sends everybody a fresh seed, which heals us. */
export const update = Effect.fnUntraced(function* (before: State) {
  // key-agreement.update.1
  const { state, head } = yield* act(before)
  // key-agreement.update.2
  return yield* sendSeed(state, { type: "update", ...head })
})

/** Removes `member`, and sends all others a fresh seed. */
export const remove = Effect.fnUntraced(function* (before: State, member: string) {
  // key-agreement.remove.1
  const { state, head } = yield* act(before)
  // key-agreement.remove.2
  if (member === state.me) return yield* refuse(clauses["remove-other"], "we cannot remove ourselves")
  // key-agreement.remove.3
  if (!ourView(state).includes(member)) return yield* refuse(clauses["remove-member"], `${member} is no member`)
  // key-agreement.remove.4
  return yield* sendSeed(state, { type: "remove", ...head, member })
})

/** Adds `user` as a new member. `attachment` goes along in the welcome, for the layer above. */
export const add = Effect.fnUntraced(function* (before: State, user: string, attachment: Uint8Array = new Uint8Array()) {
  // key-agreement.add.1
  const { state, head } = yield* act(before)
  // key-agreement.add.2
  const isMember = ourView(state).some((member) => state.users[member] === user)
  if (isMember) return yield* refuse(clauses["add-new"], `${user} is a member`)
  return yield* sendAddition(state, { ...head, user }, attachment)
})
