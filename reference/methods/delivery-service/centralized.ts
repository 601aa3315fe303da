/**
 * The methods of the chapter "centralized-delivery-service".
 *
 * @module
 */
import { Effect } from "effect"
import { encodeCbor } from "../../../spec/conventions/cbor.ts"
import { encodeWire, listOf, unlimited } from "../../../spec/conventions/encoding.ts"
import { CentralizedMessage, type Client, Ordered, Server } from "../../../spec/delivery-service/centralized-delivery-service.ts"
import type { methods } from "../../../spec/delivery-service/methods.ts"
import { decodeMessage } from "../../conventions.ts"
import * as Centralized from "../../delivery-service/centralized-delivery-service.ts"
import { answerable, BrokenCall, type MethodsOf, type Step } from "../call.ts"
import { memberIn, type TreeKemHandles } from "./tree-kem.ts"

/** What a member holds beside its tree-kem handle. */
type Member = Omit<Client, "treeKem">

/** The handles of a session. */
export interface CentralizedHandles {
  readonly servers: Map<string, Server>
  readonly members: Map<string, Member>
}

/** No handles. */
export const noCentralized = (): CentralizedHandles => ({ servers: new Map(), members: new Map() })

/** What the handles of a name hold, in bytes, but for the tree-kem handle. */
export const stateOfCentralized = ({ servers, members }: CentralizedHandles, on: string): ReadonlyArray<Uint8Array> => {
  const [server, member] = [servers.get(on), members.get(on)]
  const kept = (member?.kept ?? []).map(({ commit }) => commit)
  const ofMember =
    member === undefined
      ? []
      : [encodeCbor([member.status, member.next]), encodeWire(listOf(Ordered, 0, unlimited), member.waiting), ...kept]
  return [...(server === undefined ? [] : [encodeWire(Server, server)]), ...ofMember]
}

type Name = Extract<keyof typeof methods, `centralized.${string}`>

type Methods = Pick<MethodsOf<typeof methods>, Name>

const stateless = {
  "centralized.decode": ({ bytes }) => Effect.map(decodeMessage(CentralizedMessage, bytes), (value) => ({ value })),
  "centralized.encode": ({ value }) => Effect.sync(() => ({ bytes: answerable(encodeWire(CentralizedMessage, value)) })),
} satisfies Partial<Methods>

const encoded = (messages: ReadonlyArray<CentralizedMessage>) => messages.map((message) => encodeWire(CentralizedMessage, message))

const serving = ({ servers }: CentralizedHandles) =>
  ({
    "centralized.server": ({ on, group }) =>
      Effect.sync(() => {
        servers.set(on, Centralized.openServer(group))
        return {}
      }),
    "centralized.serve": Effect.fnUntraced(function* ({ on, from, message }) {
      const server = servers.get(on)
      if (server === undefined) throw new BrokenCall(`no server ${on}`)
      const decoded = yield* decodeMessage(CentralizedMessage, message)
      if (decoded.type !== "centralized-submit" && decoded.type !== "centralized-fetch") throw new BrokenCall("not for a server")
      const served =
        decoded.type === "centralized-submit" ? yield* Centralized.submit(server, decoded) : yield* Centralized.fetch(server, from, decoded)
      servers.set(on, served.server)
      return { sends: served.sends.map(({ to, message }) => ({ to, message: encodeWire(CentralizedMessage, message) })) }
    }),
  }) satisfies Partial<Methods>

const participating = (handles: CentralizedHandles, treeKems: TreeKemHandles) => {
  const step = (on: string, operation: (client: Client) => Step<Centralized.Operated>) => {
    const { handle, state } = memberIn(treeKems, on)
    const member = handles.members.get(on)
    if (member === undefined) throw new BrokenCall(`no member ${on}`)
    return Effect.map(operation({ treeKem: state, ...member }), (done) => {
      const { treeKem, ...after } = done.client
      handle.state = treeKem
      handles.members.set(on, after)
      return done
    })
  }
  return {
    "centralized.open": ({ on, number }) =>
      Effect.sync(() => {
        const { client, sends } = Centralized.openMember(memberIn(treeKems, on).state, number)
        const { treeKem: _, ...member } = client
        handles.members.set(on, member)
        return { sends: encoded(sends) }
      }),
    "centralized.broadcast": ({ on, proposal }) =>
      Effect.map(
        step(on, (client) => Centralized.broadcastProposal(client, proposal)),
        ({ sends }) => ({ sends: encoded(sends) }),
      ),
    "centralized.commit": ({ on, references }) =>
      Effect.map(
        step(on, (client) => Centralized.proposeCommit(client, references)),
        ({ sends }) => ({ sends: encoded(sends) }),
      ),
    "centralized.receive": Effect.fnUntraced(function* ({ on, message }) {
      const decoded = yield* decodeMessage(CentralizedMessage, message)
      if (decoded.type !== "centralized-ordered") throw new BrokenCall("not for a member")
      const { client, delivered, welcomes } = yield* step(on, (client) => Centralized.receive(client, decoded))
      const { epoch, authenticator } = client.treeKem
      const sent = welcomes.map(({ users, message }) => ({ users, message: encodeWire(CentralizedMessage, message) }))
      return { delivered, welcomes: sent, epoch, authenticator }
    }),
  } satisfies Partial<Methods>
}

/** The methods, over the handles of one session. */
export const centralized = (handles: CentralizedHandles, treeKems: TreeKemHandles): Methods => ({
  ...stateless,
  ...serving(handles),
  ...participating(handles, treeKems),
})
