/**
 * The methods of the layer "broadcast".
 *
 * @module
 */
import { Effect } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { Notes } from "../../../spec/dcgka/causal-broadcast.ts"
import { ControlMessage } from "../../../spec/dcgka/key-agreement.ts"
import { decodeMessage } from "../../conventions.ts"
import * as Broadcast from "../../dcgka/causal-broadcast.ts"
import * as KeyAgreement from "../../dcgka/key-agreement.ts"
import { handleIn, type Methods, type Step } from "../call.ts"
import type { Handle, Handles } from "./handles.ts"

const broadcasterOf = ({ state, broadcast }: Handle): Broadcast.Broadcaster => ({
  state: broadcast,
  keyring: KeyAgreement.parted(state).keyring,
})

const keep = (handle: Handle, { state, keyring }: Broadcast.Broadcaster) => {
  handle.broadcast = state
  handle.state = { ...handle.state, ...keyring }
}

type Operation = (before: Broadcast.Broadcaster) => Step<{ after: Broadcast.Broadcaster; seq: number; updateSecret: Uint8Array }>

const operate = (handle: Handle, operation: Operation) =>
  Effect.map(operation(broadcasterOf(handle)), ({ after, seq, updateSecret }) => {
    keep(handle, after)
    return { seq, updateSecret }
  })

const takenOf = (taken: ReadonlyArray<Broadcast.Taken>) =>
  taken.map(({ control, ...others }) => ({ ...others, control: encodeWire(ControlMessage, control) }))

const isRemoved = ({ broadcast }: Handle): boolean => broadcast.agreement.removed === 1

/** All of them, over the handles of one session. */
export const broadcast = (handles: Handles) =>
  ({
    "broadcast.create": ({ on, users }) => operate(handleIn(handles, on), (before) => Broadcast.create(before, users)),
    "broadcast.update": ({ on }) => operate(handleIn(handles, on), Broadcast.update),
    "broadcast.remove": ({ on, member }) => operate(handleIn(handles, on), (before) => Broadcast.remove(before, member)),
    "broadcast.add": ({ on, user }) => operate(handleIn(handles, on), (before) => Broadcast.add(before, user)),
    "broadcast.write": ({ on, chain }) =>
      Effect.sync(() => {
        const handle = handleIn(handles, on)
        keep(handle, Broadcast.write(broadcasterOf(handle), chain))
        return {}
      }),
    "broadcast.flush": Effect.fnUntraced(function* ({ on }) {
      const handle = handleIn(handles, on)
      const { after, envelope } = yield* Broadcast.flush(broadcasterOf(handle))
      keep(handle, after)
      return { envelope }
    }),
    "broadcast.receive": Effect.fnUntraced(function* ({ on, envelope }) {
      const handle = handleIn(handles, on)
      const { after, taken, refused, missing } = yield* Broadcast.receive(broadcasterOf(handle), envelope)
      keep(handle, after)
      return { taken: takenOf(taken), refused: [...refused], missing: [...missing], removed: isRemoved(handle) }
    }),
    "broadcast.retry": Effect.fnUntraced(function* ({ on }) {
      const handle = handleIn(handles, on)
      const { after, taken, refused, missing } = yield* Broadcast.retry(broadcasterOf(handle))
      keep(handle, after)
      return { taken: takenOf(taken), refused: [...refused], missing: [...missing], removed: isRemoved(handle) }
    }),
    "broadcast.forget": ({ on }) =>
      Effect.sync(() => {
        const handle = handleIn(handles, on)
        keep(handle, Broadcast.forget(broadcasterOf(handle)))
        return {}
      }),
    "broadcast.notes": ({ on }) => Effect.sync(() => ({ notes: encodeWire(Notes, Broadcast.notes(handleIn(handles, on).broadcast)) })),
    "broadcast.compare-notes": Effect.fnUntraced(function* ({ on, notes }) {
      const { broadcast } = handleIn(handles, on)
      return Broadcast.compareNotes(broadcast, yield* decodeMessage(Notes, notes))
    }),
    "broadcast.members": ({ on }) =>
      Effect.sync(() => {
        const { broadcast, ...handle } = handleIn(handles, on)
        const state = { ...KeyAgreement.parted(handle.state).keyring, ...broadcast.agreement }
        return { members: KeyAgreement.ourView(state).map((member) => ({ member, user: state.users[member]! })) }
      }),
  }) satisfies Partial<Methods>
