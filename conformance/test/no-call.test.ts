/** A step that wants no call: the peer has to answer the error of JSON-RPC for it, and nothing else will do. */
import { describe, expect, it } from "vitest"
import { INVALID_PARAMS } from "../protocol/serve.ts"
import { runCase } from "../runner/case.ts"
import { type Conversation, resultOf } from "../runner/conversation.ts"
import type { Peer } from "../runner/peer.ts"

const accepted = { verdict: "accepted", output: {} }

/** A peer that answers `reset` and `fingerprint`, and everything else in one way. */
const peerThat = (answers: { readonly result: unknown } | { readonly code: number }, fingerprints = ["aa", "aa"]): Peer => {
  const left = [...fingerprints]
  const asked: Array<string> = []
  const call: Conversation["call"] = async (method, params, read) => {
    asked.push(`${method} ${JSON.stringify(params.on ?? null)}`)
    const reply = (result: unknown) => resultOf({ jsonrpc: "2.0", id: 1, result } as never, read, "")
    if (method === "reset") return reply(accepted)
    if (method === "fingerprint") return reply({ verdict: "accepted", output: { fingerprint: left.shift() } })
    if ("result" in answers) return reply(answers.result)
    return resultOf({ jsonrpc: "2.0", id: 1, error: { code: answers.code, message: "no" } }, read, "")
  }
  const connection = { broken: false, call, close: async () => {}, kill: () => {} }
  return { connection, hello: { options: ["fingerprint"] }, asked } as unknown as Peer
}

const outcomeOf = async (peer: Peer, on: string) => {
  const { result } = await runCase(peer, [{ method: "walk", params: { on }, expect: { verdict: "no-call" } }])
  return result.status === "failed" ? `${result.failure.kind}: ${result.failure.message}` : result.status
}

describe("a step that wants no call", () => {
  it("passes when the peer answers that the parameters are wrong", async () => {
    expect(await outcomeOf(peerThat({ code: INVALID_PARAMS }), "a")).toBe("passed")
  })

  it("does not ask for the state of what cannot be a handle", async () => {
    const peer = peerThat({ code: INVALID_PARAMS })
    expect(await outcomeOf(peer, "a b")).toBe("passed")
    expect((peer as unknown as { asked: ReadonlyArray<string> }).asked).not.toContain('fingerprint "a b"')
  })

  it.for([
    [{ result: accepted }, 'wrong-answer: answered "accepted" to what is no call'],
    [{ result: { verdict: "refused", clause: "walk.legs" } }, 'wrong-answer: answered "refused" to what is no call'],
    [{ code: -32603 }, "peer-error: answered the JSON-RPC error -32603: no"],
  ] as const)("fails when the peer answers %o", async ([answers, says]) => {
    expect(await outcomeOf(peerThat(answers), "a")).toBe(says)
  })

  it("fails when the state changes", async () => {
    expect(await outcomeOf(peerThat({ code: INVALID_PARAMS }, ["aa", "bb"]), "a")).toMatch(/^state-changed: .* what is no call$/)
  })
})
