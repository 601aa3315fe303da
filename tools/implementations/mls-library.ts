/**
 * A library of MLS behind an adapter for plays, as one on which the delivery service runs.
 *
 * @module
 */
import { type Answer, type Json, readAnswer } from "../../conformance/protocol/messages.ts"
import { PLAYS_PROTOCOL, readAdapterHello, readMls, readNothing } from "../../conformance/protocol/plays.ts"
import { Connection } from "../../conformance/runner/connection.ts"
import { timeoutsOf } from "../../conformance/runner/conversation.ts"
import { runner } from "../../conformance/runner/peer.ts"
import type { Library } from "../../reference/delivery-service/tree-kem/library.ts"

/** A program that is running, and the library that it has. */
export interface RunningLibrary {
  readonly library: Library
  readonly close: () => Promise<void>
}

const said = (answer: Answer): string => ("clause" in answer ? `${answer.verdict}: ${JSON.stringify(answer)}` : answer.verdict)

/** Starts an adapter; undefined when it lacks what the delivery service needs. */
export const startLibrary = async (command: ReadonlyArray<string>): Promise<RunningLibrary | undefined> => {
  const connection = new Connection({ command, timeouts: timeoutsOf(20_000) })
  const params = { protocols: [PLAYS_PROTOCOL], runner, vectors: { version: "0", sha256: "" } }
  const { options } = await connection.call("hello", params, readAdapterHello)
  if (!options.includes("copies") || !options.includes("delivery")) {
    await connection.close()
    return undefined
  }
  /** What a call gives; undefined when it is refused. */
  const ask = <A>(method: string, on: string, rest: Readonly<Record<string, Json>>, read: (output: unknown) => A): Promise<A | undefined> =>
    connection.call(method, { on, ...rest }, (result) => {
      const answer = readAnswer(result)
      return answer.verdict === "accepted" ? read(answer.output) : undefined
    })
  /** What a call gives that must not be refused. */
  const get = <A>(method: string, on: string, rest: Readonly<Record<string, Json>>, read: (output: unknown) => A): Promise<A> =>
    connection.call(method, { on, ...rest }, (result) => {
      const answer = readAnswer(result)
      if (answer.verdict !== "accepted") throw new Error(`${method} of ${on} is ${said(answer)}`)
      return read(answer.output)
    })
  const library: Library = {
    publish: async (on, user, signing) => (await get("mls.publish", on, { user, signing }, readMls.card)).card,
    found: (on, group) => get("mls.found", on, { group }, readNothing),
    add: async (on, card) => (await get("mls.add", on, { card }, readMls.proposal)).proposal,
    remove: async (on, member) => (await get("mls.remove", on, { member }, readMls.proposal)).proposal,
    update: async (on) => (await get("mls.update", on, {}, readMls.proposal)).proposal,
    admit: async (on, proposal) => (await ask("mls.admit", on, { proposal }, readNothing)) !== undefined,
    commit: (on, proposals) => get("mls.commit", on, { proposals }, readMls.commit),
    process: (on, commit) => ask("mls.process", on, { commit }, readMls.process),
    join: async (on, welcome) => (await ask("mls.join", on, { welcome }, readNothing)) !== undefined,
    copy: (on, as) => get("mls.copy", on, { as }, readNothing),
    view: async (on) => {
      const { me, authenticator, exported } = await get("mls.view", on, {}, readMls.view)
      if (me === null || authenticator === null || exported === null) throw new Error(`${on} is no member`)
      return { me, authenticator, exported }
    },
    info: async (on) => (await get("mls.info", on, {}, readMls.info)).info,
  }
  return { library, close: () => connection.close() }
}
