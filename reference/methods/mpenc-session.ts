/**
 * The methods of the chapters of mpenc from "server-order" on.
 *
 * @module
 */
import { Effect, Result } from "effect"
import { encodeWire } from "../../spec/conventions/encoding.ts"
import { refuse } from "../../spec/conventions/verdicts.ts"
import { SenderChains } from "../../spec/mpenc/extensions.ts"
import { type Action, Liveness, nextTick } from "../../spec/mpenc/liveness.ts"
import { clauses as ofMessages } from "../../spec/mpenc/messages.ts"
import { SendQueue } from "../../spec/mpenc/send-queue.ts"
import { ServerOrder } from "../../spec/mpenc/server-order.ts"
import type { methods } from "../../spec/mpenc/session-methods.ts"
import { isMarked, Log, type LogEntry, type Message } from "../../spec/mpenc/transcript.ts"
import { decodeIndexed, readIndexed, sealIndexed, verifyIndexed } from "../mpenc/extensions/indexed.ts"
import { encodeAbort, encodePublishedKey } from "../mpenc/extensions/packets.ts"
import * as Ratchet from "../mpenc/extensions/ratchet.ts"
import * as Alive from "../mpenc/liveness.ts"
import { decodePacket } from "../mpenc/records.ts"
import * as Queue from "../mpenc/send-queue.ts"
import * as Order from "../mpenc/server-order.ts"
import * as Sessions from "../mpenc/session.ts"
import * as Transcripts from "../mpenc/transcript.ts"
import { BrokenCall, handleIn, type MethodsOf, ofLength, type Part, type Step } from "./call.ts"

type Implementation = MethodsOf<typeof methods>

/** What one member holds. */
interface Handle {
  seed: Uint8Array | undefined
  session: Sessions.Session | null
  chains: SenderChains | null
  member: { readonly me: string; readonly liveness: Liveness } | null
  transcripts: ReadonlyArray<Transcripts.Transcript>
  log: Log
  order: ServerOrder | null
  queue: SendQueue | null
}

type Handles = Map<string, Handle>

const made = (handles: Handles, name: string): Handle => {
  const handle = handles.get(name) ?? {
    seed: undefined,
    session: null,
    chains: null,
    member: null,
    transcripts: [],
    log: Transcripts.emptyLog,
    order: null,
    queue: null,
  }
  handles.set(name, handle)
  return handle
}

const transcriptOf = ({ transcripts }: Handle, back = 0): Transcripts.Transcript => {
  const transcript = transcripts.at(-1 - back)
  if (transcript === undefined) throw new BrokenCall("no transcript was begun")
  return transcript
}

const orderOf = ({ order }: Handle): ServerOrder => {
  if (order === null) throw new BrokenCall("no server order was begun")
  return order
}

const receive = Effect.fnUntraced(function* (handle: Handle, message: Message) {
  const received = yield* Transcripts.receive(transcriptOf(handle), message)
  handle.transcripts = [...handle.transcripts.slice(0, -1), received.transcript]
  const accepted = received.accepted.map(({ message: one, fullyAcknowledged }) => {
    if (one.kind !== "payload") return { id: one.id, fullyAcknowledged, positions: null, marked: false }
    const { log, positions } = Transcripts.append(handle.log, received.transcript, one)
    handle.log = log
    return { id: one.id, fullyAcknowledged, positions, marked: isMarked(positions) }
  })
  return {
    accepted,
    missing: received.missing,
    dropped: received.dropped.map(({ id }) => id),
    refused: received.refused.map(({ message: one, clause }) => ({ id: one.id, clause })),
  }
})

const logged = (log: Log) => (entry: LogEntry) => {
  const positions = Transcripts.positionsOf(log.entries, entry)
  return { id: entry.id, author: entry.author, parents: entry.parents, positions, marked: isMarked(positions) }
}

const ofTranscript = (handles: Handles) =>
  ({
    "transcript.make": ({ on, members }) =>
      Effect.sync(() => {
        const handle = made(handles, on)
        handle.transcripts = [Transcripts.empty(members)]
        handle.log = Transcripts.emptyLog
        return {}
      }),
    "transcript.receive-and-append": ({ on, message }) => receive(handleIn(handles, on), message),
    "transcript.query": ({ on }) =>
      Effect.sync(() => {
        const handle = handleIn(handles, on)
        const transcript = transcriptOf(handle)
        const unacknowledged = Transcripts.unacknowledged(transcript).map(({ id }) => ({
          id,
          by: Transcripts.unacknowledgedBy(transcript, id),
        }))
        return { heads: Transcripts.heads(transcript), unacknowledged, log: handle.log.entries.map(logged(handle.log)) }
      }),
    "transcript.around": ({ on, id, author }) =>
      Effect.sync(() => {
        const transcript = transcriptOf(handleIn(handles, on))
        return {
          latestBefore: Transcripts.latestBefore(transcript, id, author)?.id ?? null,
          earliestAfter: Transcripts.earliestAfter(transcript, id, author)?.id ?? null,
        }
      }),
    "transcript.begin": ({ on, members }) =>
      Effect.sync(() => {
        const handle = handleIn(handles, on)
        handle.transcripts = [transcriptOf(handle), Transcripts.empty(members)]
        handle.log = Transcripts.begin(handle.log, false)
        return {}
      }),
    "transcript.splice": Effect.fnUntraced(function* ({ on, latest }) {
      const handle = handleIn(handles, on)
      handle.log = yield* Transcripts.splice(handle.log, transcriptOf(handle, 1), latest)
      return {}
    }),
  }) satisfies Partial<Implementation>

const ofServerOrder = (handles: Handles) =>
  ({
    "server-order.packet-id": ({ sender, channel, text }) => Effect.map(Order.packetId(sender, channel, text), (id) => ({ id })),
    "server-order.departure-id": ({ initial, leavers, channel }) =>
      Effect.map(Order.departureId(initial, leavers, channel), (id) => ({ id })),
    "server-order.chain-hash": ({ previous, id, type }) => {
      const hash = previous === null ? Order.firstChainHash(id) : Order.nextChainHash(previous, id, type)
      return Effect.map(hash, (chainHash) => ({ chainHash }))
    },
    "server-order.peek": Effect.fnUntraced(function* ({ text, id }) {
      const packet = yield* decodePacket(text)
      return packet.type === "greeting" ? Order.peek(packet, id) : { class: "none" as const, summary: null }
    }),
    "server-order.begin": Effect.fnUntraced(function* ({ on, previousFinal }) {
      made(handles, on).order = previousFinal === null ? Order.unsynced : yield* Order.begin(previousFinal)
      return {}
    }),
    "server-order.offer": Effect.fnUntraced(function* ({ on, me, summary, channel }) {
      const { id, metadata, ends } = summary
      if (metadata === null ? ends === null : ends !== null && ends !== id) throw new BrokenCall("no packet that counts")
      const handle = handleIn(handles, on)
      const { state, initial, final } = yield* Order.offer(orderOf(handle), me, summary, channel)
      handle.order = state
      return { initial, final }
    }),
    "server-order.depart": Effect.fnUntraced(function* ({ on, leavers, channel, session }) {
      const handle = handleIn(handles, on)
      const { state, final } = yield* Order.depart(orderOf(handle), leavers, channel, session)
      handle.order = state
      return { final }
    }),
    "server-order.state": ({ on }) => Effect.sync(() => ({ state: orderOf(handleIn(handles, on)) })),
  }) satisfies Partial<Implementation>

const memberOf = ({ member }: Handle) => {
  if (member === null) throw new BrokenCall("no liveness was begun")
  return member
}

const receiveAlive = Effect.fnUntraced(function* (handle: Handle, message: Message, now: number) {
  const { me, liveness } = memberOf(handle)
  const before = transcriptOf(handle)
  const received = yield* Effect.result(Transcripts.receive(before, message))
  if (Result.isFailure(received)) {
    if (received.failure._tag !== "Ignored") return yield* received.failure
    const { state, actions } = Alive.duplicate(liveness, before, me, message.id, now)
    handle.member = { me, liveness: state }
    return { accepted: [], actions }
  }
  const { transcript, accepted, missing, dropped, refused } = received.success
  const droppedIds = dropped.map(({ id }) => id)
  let state = missing.length > 0 ? Alive.held(liveness, message.id, droppedIds, now) : liveness
  state = Alive.refused(
    state,
    refused.map((one) => one.message.id),
  )
  const actions: Array<Action> = []
  for (const one of accepted) {
    const stepped = yield* Alive.accepted(state, transcript, me, one.message, one.fullyAcknowledged, now)
    state = stepped.state
    actions.push(...stepped.actions)
  }
  handle.transcripts = [transcript]
  handle.member = { me, liveness: state }
  return { accepted: accepted.map((one) => one.message.id), actions }
})

const ofLiveness = (handles: Handles) =>
  ({
    "liveness.make": Effect.fnUntraced(function* ({ on, me, members, now, seed }) {
      yield* ofLength(32, seed)
      const handle = made(handles, on)
      handle.seed = seed
      handle.transcripts = [Transcripts.empty(members)]
      const others = members.filter((member) => member !== me)
      handle.member = { me, liveness: Alive.begin(others, now) }
      return {}
    }),
    "liveness.receive": ({ on, message, now }) => receiveAlive(handleIn(handles, on), message, now),
    "liveness.tick": ({ on, now }) =>
      Effect.sync(() => {
        const handle = handleIn(handles, on)
        const { me, liveness } = memberOf(handle)
        const { state, actions } = Alive.tick(liveness, transcriptOf(handle), me, now)
        handle.member = { me, liveness: state }
        return { actions }
      }),
    "liveness.next": ({ on }) =>
      Effect.sync(() => {
        const { liveness } = memberOf(handleIn(handles, on))
        return { at: nextTick(liveness), phase: liveness.phase }
      }),
  }) satisfies Partial<Implementation>

const sessionOf = ({ session }: Handle): Sessions.Session => {
  if (session === null) throw new BrokenCall("no session was made")
  return session
}

const stepped = (handle: Handle, step: Step<Sessions.Stepped>) =>
  Effect.map(step, ({ session, requests, notices }) => {
    handle.session = session
    return { requests, notices }
  })

const ofSession = (handles: Handles) =>
  ({
    "session.make": Effect.fnUntraced(function* ({ on, me, identities, options, seed }) {
      yield* ofLength(32, seed)
      const handle = made(handles, on)
      handle.seed = seed
      handle.session = Sessions.create(me, identities, options)
      return {}
    }),
    "session.receive": ({ on, event, now }) => {
      const handle = handleIn(handles, on)
      return stepped(handle, Sessions.receive(sessionOf(handle), event, now))
    },
    "session.act": ({ on, action, now }) => {
      const handle = handleIn(handles, on)
      return stepped(handle, Sessions.act(sessionOf(handle), action, now))
    },
    "session.tick": ({ on, now }) => {
      const handle = handleIn(handles, on)
      return stepped(handle, Sessions.tick(sessionOf(handle), now))
    },
    "session.look": ({ on }) =>
      Effect.sync(() => {
        const session = sessionOf(handleIn(handles, on))
        const chainHash = Order.isSynced(session.order) ? Order.tip(session.order).chainHash : null
        return { at: Sessions.nextTick(session), state: Sessions.publicState(session), members: Sessions.membersOf(session), chainHash }
      }),
  }) satisfies Partial<Implementation>

const chainsOf = ({ chains }: Handle): SenderChains => {
  if (chains === null) throw new BrokenCall("no ratchet was begun")
  return chains
}

const ofExtensions = (handles: Handles) =>
  ({
    "extensions.abort": ({ me, identityKey, members, operation, reason }) =>
      Effect.map(encodeAbort(me, identityKey, members, operation, reason), (text) => ({ text })),
    "extensions.published-key": ({ me, secretKey, hashes }) => Effect.map(encodePublishedKey(me, secretKey, hashes), (text) => ({ text })),
    "extensions.seal": ({ hash, messageKey, index, ephemeralSecretKey, parents, body, iv, ...parameters }) =>
      sealIndexed({ hash, messageKey, index }, ephemeralSecretKey, parents, body, iv, parameters),
    "extensions.decode": ({ text }) => Effect.map(decodeIndexed(text), (packet) => ({ packet })),
    "extensions.open": Effect.fnUntraced(function* ({ hash, messageKey, members, publicKeys, sender, text, ...parameters }) {
      const packet = yield* decodeIndexed(text)
      if (packet === null) return yield* refuse(ofMessages.kind, "no data packet with an index")
      const id = yield* verifyIndexed({ hash, members, publicKeys }, sender, packet)
      const { parents, body } = yield* readIndexed(messageKey, packet, parameters)
      return { id, author: sender, readers: members.filter((member) => member !== sender), index: packet.index, parents, body }
    }),
    "extensions.ratchet-begin": Effect.fnUntraced(function* ({ on, groupKey, members }) {
      made(handles, on).chains = yield* Ratchet.begin(groupKey, members)
      return {}
    }),
    "extensions.ratchet-key": Effect.fnUntraced(function* ({ on, author, index }) {
      const handle = handleIn(handles, on)
      const { state, key } = yield* Ratchet.messageKey(chainsOf(handle), author, index)
      handle.chains = state
      return { key }
    }),
    "extensions.ratchet-forget": ({ on, author, index }) =>
      Effect.sync(() => {
        const handle = handleIn(handles, on)
        handle.chains = Ratchet.forget(chainsOf(handle), author, index)
        return {}
      }),
  }) satisfies Partial<Implementation>

const queueOf = ({ queue }: Handle): SendQueue => {
  if (queue === null) throw new BrokenCall("no send queue was begun")
  return queue
}

const queued = (handle: Handle, { queue, send }: Queue.Queued) => {
  handle.queue = queue
  return { send }
}

const ofSendQueue = (handles: Handles) =>
  ({
    "send-queue.begin": ({ on, me, sendLater }) =>
      Effect.sync(() => {
        made(handles, on).queue = Queue.empty(me, sendLater)
        return {}
      }),
    "send-queue.write": ({ on, text }) =>
      Effect.sync(() => {
        const handle = handleIn(handles, on)
        return queued(handle, Queue.write(queueOf(handle), text))
      }),
    "send-queue.note": ({ on, notices }) =>
      Effect.sync(() => {
        const handle = handleIn(handles, on)
        return queued(handle, Queue.note(queueOf(handle), notices))
      }),
    "send-queue.send-by-hand": ({ on, number }) => {
      const handle = handleIn(handles, on)
      return Effect.map(Queue.sendByHand(queueOf(handle), number), (sent) => queued(handle, sent))
    },
    "send-queue.drop": ({ on, number }) => {
      const handle = handleIn(handles, on)
      return Effect.map(Queue.drop(queueOf(handle), number), (queue) => {
        handle.queue = queue
        return {}
      })
    },
    "send-queue.look": ({ on }) =>
      Effect.sync(() => {
        const queue = queueOf(handleIn(handles, on))
        return { texts: queue.texts, parents: Queue.logicalParents(queue) }
      }),
  }) satisfies Partial<Implementation>

/** The part, with no handles yet. */
export const mpencSession = (): Part => {
  const handles: Handles = new Map()
  const implementation: Implementation = {
    ...ofTranscript(handles),
    ...ofServerOrder(handles),
    ...ofLiveness(handles),
    ...ofSession(handles),
    ...ofExtensions(handles),
    ...ofSendQueue(handles),
  }
  return {
    methods: implementation,
    reset: () => handles.clear(),
    seedOf: (on) => handles.get(on)?.seed,
    stateOf: (on) => {
      const handle = handles.get(on)
      if (handle === undefined) return undefined
      const order = handle.order === null ? [] : [encodeWire(ServerOrder, handle.order)]
      const member = handle.member === null ? [] : [encodeWire(Liveness, handle.member.liveness)]
      const session = handle.session === null ? [] : [encodeWire(Sessions.Session, handle.session)]
      const queue = handle.queue === null ? [] : [encodeWire(SendQueue, handle.queue)]
      const chains = handle.chains === null ? [] : [encodeWire(SenderChains, handle.chains)]
      return [
        ...session,
        ...queue,
        ...chains,
        ...member,
        ...handle.transcripts.map((one) => encodeWire(Transcripts.Transcript, one)),
        encodeWire(Log, handle.log),
        ...order,
      ]
    },
  }
}
