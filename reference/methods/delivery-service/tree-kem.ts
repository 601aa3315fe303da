/**
 * The methods of the chapter "tree-kem".
 *
 * @module
 */
import { Effect, Result, Schema } from "effect"
import { encodeWire, type Wire } from "../../../spec/conventions/encoding.ts"
import type { methods } from "../../../spec/delivery-service/methods.ts"
import {
  conflict,
  Outside,
  SymbolicCommit,
  SymbolicKeyPackage,
  SymbolicProposal,
  SymbolicWelcome,
  selection,
  TreeKemGroup,
} from "../../../spec/delivery-service/tree-kem.ts"
import { decodeMessage } from "../../conventions.ts"
import { readKeyPackage } from "../../delivery-service/tree-kem/mls-messages.ts"
import { type Beginning, type PassiveClient, passiveEpoch, passiveJoin } from "../../delivery-service/tree-kem/passive-client.ts"
import { signSymbolic } from "../../delivery-service/tree-kem/symbolic.ts"
import * as TreeKem from "../../delivery-service/tree-kem.ts"
import { answerable, BrokenCall, type MethodsOf, type Step } from "../call.ts"

/** What one user holds: its seed, what it is, and the state after its own commit, if there is one. */
interface Handle {
  readonly seed: Uint8Array
  state: Outside | TreeKemGroup
  pending: TreeKemGroup | undefined
}

/** The handles of a session. */
export interface TreeKemHandles {
  readonly users: Map<string, Handle>
  readonly passive: Map<string, PassiveClient>
}

/** No handles. */
export const noTreeKems = (): TreeKemHandles => ({ users: new Map(), passive: new Map() })

/** What the handles of a name hold, in bytes. */
export const stateOfTreeKem = ({ users, passive }: TreeKemHandles, on: string): ReadonlyArray<Uint8Array> => {
  const handle = users.get(on)
  const { state } = passive.get(on) ?? {}
  const own =
    handle === undefined ? [] : [isOutside(handle.state) ? encodeWire(Outside, handle.state) : encodeWire(TreeKemGroup, handle.state)]
  const pending = handle?.pending === undefined ? [] : [encodeWire(TreeKemGroup, handle.pending)]
  return [...own, ...pending, ...(state === undefined ? [] : [state])]
}

const isOutside = (state: Outside | TreeKemGroup): state is Outside => state.type === "symbolic-outside" || state.type === "mls-outside"

const handleIn = ({ users }: TreeKemHandles, name: string): Handle => {
  const handle = users.get(name)
  if (handle === undefined) throw new BrokenCall(`no tree-kem ${name}`)
  return handle
}

/** The tree-kem handle of a member, and its state. */
export const memberIn = (handles: TreeKemHandles, name: string) => {
  const handle = handleIn(handles, name)
  if (isOutside(handle.state)) throw new BrokenCall(`${name} is no member`)
  return { handle, state: handle.state }
}

const outsideIn = (handles: TreeKemHandles, name: string) => {
  const handle = handleIn(handles, name)
  if (!isOutside(handle.state)) throw new BrokenCall(`${name} is a member`)
  return { handle, state: handle.state }
}

const shown = ({ group, epoch, me, members, groupKey, authenticator }: TreeKemGroup) => ({
  group,
  epoch,
  me,
  members,
  groupKey,
  authenticator,
})

const enter = (handle: Handle, state: TreeKemGroup) => {
  handle.state = state
  handle.pending = undefined
  return shown(state)
}

const wireTypes = {
  "symbolic-key-package": SymbolicKeyPackage,
  "symbolic-proposal": SymbolicProposal,
  "symbolic-commit": SymbolicCommit,
  "symbolic-welcome": SymbolicWelcome,
}

type SymbolicType = keyof typeof wireTypes

// The value stands for whatever the wire type decodes to, which no type says here.
const wireOf = (type: SymbolicType): Wire<unknown> => wireTypes[type] as unknown as Wire<unknown>

const decodedOf = (type: SymbolicType, value: unknown): unknown => {
  const decoded = Schema.decodeUnknownResult(wireOf(type).json, { onExcessProperty: "error" })(value)
  if (Result.isFailure(decoded)) throw new BrokenCall(`value is no ${type}`)
  return decoded.success
}

type Methods = MethodsOf<typeof methods>

const stateless = {
  "tree-kem.decode": Effect.fnUntraced(function* ({ type, bytes }) {
    const wire = wireOf(type)
    return { value: Schema.encodeSync(wire.json)(yield* decodeMessage(wire, bytes)) as Schema.Json }
  }),
  "tree-kem.encode": ({ type, value }) => Effect.sync(() => ({ bytes: answerable(encodeWire(wireOf(type), decodedOf(type, value))) })),
  "tree-kem.sign": ({ type, value, secretKey }) =>
    Effect.map(
      Effect.suspend(() => signSymbolic(type, decodedOf(type, value), secretKey)),
      (bytes) => ({ bytes: answerable(bytes) }),
    ),
  "tree-kem.read-proposal": ({ proposal }) => TreeKem.readProposal(proposal),
  "tree-kem.read-commit": ({ commit }) =>
    Effect.map(TreeKem.readCommit(commit), ({ group, epoch, author, references }) => ({ group, epoch, author, references })),
  "tree-kem.conflict": ({ proposals, committer, members }) =>
    Effect.succeed({ conflict: conflict(proposals, committer, members) !== undefined }),
  "tree-kem.selection": ({ proposals, committer, members }) =>
    Effect.succeed({ references: selection(proposals, committer, members).map(({ ref }) => ref) }),
} satisfies Partial<Methods>

const proposing = (
  handles: TreeKemHandles,
  on: string,
  propose: (state: TreeKemGroup) => Step<{ readonly state: TreeKemGroup; readonly proposal: Uint8Array }>,
) => {
  const { handle, state } = memberIn(handles, on)
  return Effect.map(propose(state), ({ state, proposal }) => {
    handle.state = state
    return { proposal }
  })
}

const ofMembers = (handles: TreeKemHandles) =>
  ({
    "tree-kem.init": Effect.fnUntraced(function* ({ on, seed, backEnd, user, number }) {
      const state = yield* TreeKem.init(backEnd, user, number)
      handles.users.set(on, { seed, state, pending: undefined })
      return { keyPackage: state.keyPackage }
    }),
    "tree-kem.found": ({ on, group }) => {
      const { handle, state } = outsideIn(handles, on)
      return Effect.map(TreeKem.found(state, group), (after) => enter(handle, after))
    },
    "tree-kem.propose-add": ({ on, keyPackage }) => proposing(handles, on, (state) => TreeKem.proposeAdd(state, keyPackage)),
    "tree-kem.propose-remove": ({ on, leaf }) => proposing(handles, on, (state) => TreeKem.proposeRemove(state, leaf)),
    "tree-kem.propose-update": ({ on }) => proposing(handles, on, TreeKem.proposeUpdate),
    "tree-kem.admit": ({ on, proposal }) => {
      const { handle, state } = memberIn(handles, on)
      return Effect.map(TreeKem.admit(state, proposal), ({ state, admitted }) => {
        handle.state = state
        return { admitted }
      })
    },
    "tree-kem.commit": ({ on, references }) => {
      const { handle, state } = memberIn(handles, on)
      return Effect.map(TreeKem.commit(state, references ?? TreeKem.select(state)), ({ state, next, commit, welcome }) => {
        handle.state = state
        handle.pending = next
        return { commit, welcome }
      })
    },
    "tree-kem.adopt": ({ on }) =>
      Effect.sync(() => {
        const { handle } = memberIn(handles, on)
        if (handle.pending === undefined) throw new BrokenCall(`${on} has made no commit`)
        return enter(handle, handle.pending)
      }),
    "tree-kem.show": ({ on }) => Effect.sync(() => shown(memberIn(handles, on).state)),
    "tree-kem.process": ({ on, commit }) => {
      const { handle, state } = memberIn(handles, on)
      return Effect.map(TreeKem.process(state, commit), (after) => ({ removed: after.removed, ...enter(handle, after.state) }))
    },
    "tree-kem.join": ({ on, welcome }) => {
      const { handle, state } = outsideIn(handles, on)
      return Effect.map(TreeKem.join(state, welcome), (after) => enter(handle, after))
    },
  }) satisfies Partial<Methods>

// For handles that draw nothing.
const noSeed = new Uint8Array(32)

const mls = (handles: TreeKemHandles) =>
  ({
    "mls.outside": ({ on, ...keys }) =>
      Effect.map(readKeyPackage(keys.keyPackage), ({ user }) => {
        if (user !== keys.user) throw new BrokenCall(`a key package of ${user}`)
        handles.users.set(on, { seed: noSeed, state: { type: "mls-outside", ...keys }, pending: undefined })
        return {}
      }),
    "mls.passive-join": ({ on, suite, keyPackage, signaturePriv, encryptionPriv, initPriv, welcome, ratchetTree, externalPsks }) => {
      const psks = externalPsks.map(({ pskId, psk }) => ({ id: pskId, psk }))
      const keys = { signatureSecretKey: signaturePriv, leafSecretKey: encryptionPriv, initSecretKey: initPriv }
      const beginning: Beginning = { suite, keyPackage, ...keys, welcome, ratchetTree, psks }
      return Effect.map(passiveJoin(beginning), ({ client, authenticator }) => {
        handles.passive.set(on, client)
        return { epochAuthenticator: authenticator }
      })
    },
    "mls.passive-epoch": ({ on, proposals, commit }) => {
      const client = handles.passive.get(on)
      if (client === undefined) throw new BrokenCall(`no passive client ${on}`)
      return Effect.map(passiveEpoch(client, proposals, commit), (after) => {
        handles.passive.set(on, after.client)
        return { epochAuthenticator: after.authenticator }
      })
    },
  }) satisfies Partial<Methods>

/** All of them, over the handles of one session. */
export const treeKem = (handles: TreeKemHandles) => ({ ...stateless, ...ofMembers(handles), ...mls(handles) })
