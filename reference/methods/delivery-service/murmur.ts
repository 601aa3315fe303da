/**
 * The methods of the chapter "murmur".
 *
 * @module
 */
import { Effect } from "effect"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import type { methods } from "../../../spec/delivery-service/methods.ts"
import { Murmur, MurmurMessage, thresholds, totality, totalityBound } from "../../../spec/delivery-service/murmur.ts"
import { decodeMessage } from "../../conventions.ts"
import * as Murmurs from "../../delivery-service/murmur.ts"
import { answerable, BrokenCall, type MethodsOf, type Step } from "../call.ts"

/** The gossip of one member, and the seed of its samples. */
interface Handle {
  readonly seed: Uint8Array
  state: Murmur
}

/** The handles of a session. */
export type MurmurHandles = Map<string, Handle>

/** What a handle holds, in bytes. */
export const stateOfMurmur = (handles: MurmurHandles, on: string): ReadonlyArray<Uint8Array> => {
  const handle = handles.get(on)
  return handle === undefined ? [] : [encodeWire(Murmur, handle.state)]
}

const handleIn = (handles: MurmurHandles, name: string): Handle => {
  const handle = handles.get(name)
  if (handle === undefined) throw new BrokenCall(`no murmur ${name}`)
  return handle
}

type MurmurMethod = Extract<keyof typeof methods, `murmur.${string}`>

type Methods = Pick<MethodsOf<typeof methods>, MurmurMethod>

const encoded = (sends: ReadonlyArray<Murmurs.Addressed>) =>
  sends.map(({ to, message }) => ({ to, message: encodeWire(MurmurMessage, message) }))

const mostMembers = 200

const inRange = (value: number, minimum: number, maximum: number, name: string) => {
  if (value < minimum || value > maximum) throw new BrokenCall(`${name} is ${value}`)
}

const checkPlace = ({ me, members }: Pick<Murmur, "me" | "members">) => {
  const ascends = members.every((leaf, index) => index === 0 || members[index - 1]! < leaf)
  if (!ascends || !members.includes(me)) throw new BrokenCall("members in ascending order, with me")
}

const stateless = {
  "murmur.decode": ({ bytes }) => Effect.map(decodeMessage(MurmurMessage, bytes), (value) => ({ value })),
  "murmur.encode": ({ value }) => Effect.sync(() => ({ bytes: answerable(encodeWire(MurmurMessage, value)) })),
  "murmur.thresholds": ({ sampleSize }) => Effect.sync(() => ({ thresholds: thresholds(sampleSize) })),
  "murmur.totality": ({ n, honest, sampleSize }) =>
    Effect.sync(() => {
      inRange(n, 1, mostMembers, "n")
      inRange(honest, 1, n, "honest")
      inRange(sampleSize, 1, 64, "sampleSize")
      const digits = (epsilon: number) => epsilon.toExponential(2)
      return { bound: digits(totalityBound(n, honest, sampleSize)), epsilon: digits(totality(n, honest, sampleSize)) }
    }),
  "murmur.picks": ({ group, epoch, n, sampleSize }) =>
    Effect.suspend(() => {
      inRange(n, 1, 1 << 16, "n")
      return Effect.map(Murmurs.picks(group, epoch, n, sampleSize), (picks) => ({ picks }))
    }),
} satisfies Partial<Methods>

/** The methods, over the handles of one session. */
export const murmur = (handles: MurmurHandles): Methods => {
  const step = (on: string, operation: (state: Murmur) => Step<Murmurs.Murmured>) => {
    const handle = handleIn(handles, on)
    return Effect.map(operation(handle.state), ({ state, sends, delivered }) => {
      handle.state = state
      return { sends: encoded(sends), delivered }
    })
  }
  return {
    ...stateless,
    "murmur.open": ({ on, seed, sampleSize, ...place }) => {
      checkPlace(place)
      return Effect.map(Murmurs.open(place, sampleSize), ({ state, sends }) => {
        handles.set(on, { seed, state })
        return { sends: encoded(sends) }
      })
    },
    "murmur.advance": ({ on, sampleSize, ...place }) => {
      checkPlace(place)
      const handle = handleIn(handles, on)
      return Effect.map(Murmurs.advance(handle.state, place, sampleSize), ({ state, sends, due }) => {
        handle.state = state
        return { sends: encoded(sends), due }
      })
    },
    "murmur.receive": ({ on, from, message, valid }) =>
      step(on, (state) =>
        Effect.flatMap(decodeMessage(MurmurMessage, message), (decoded) =>
          decoded.type === "murmur-subscribe"
            ? Murmurs.receiveSubscribe(state, from, decoded)
            : Murmurs.receiveGossip(state, decoded.proposal, valid),
        ),
      ),
    "murmur.receive-wanted": ({ on, proposal, valid }) => step(on, (state) => Murmurs.receiveWanted(state, proposal, valid)),
    "murmur.dispatch": ({ on, proposal }) => step(on, (state) => Murmurs.dispatch(state, proposal)),
    "murmur.held": ({ on }) =>
      Effect.sync(() => {
        const { peers, held } = handleIn(handles, on).state
        return { peers, held }
      }),
  }
}
