/**
 * Calls of the reference's methods, written down as the steps of a case; and what a thief of a state computes from all that was sent.
 *
 * @module
 */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import type { Step } from "../../../conformance/protocol/vectors.ts"
import { noblePrimitives } from "../../../reference/crypto/providers/noble.ts"
import { BrokenCall, type Session, session, type WireVerdict } from "../../../reference/methods.ts"
import { Knowledge } from "../../game/knowledge.ts"

/** What accepted calls of messengers give, as far as the playground looks at it. */
export interface Output {
  readonly group?: string
  readonly bundle?: string
  readonly packets?: ReadonlyArray<string>
  readonly events?: ReadonlyArray<Readonly<Record<string, string | number>> & { readonly type: string }>
  readonly missing?: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly users?: ReadonlyArray<string>
}

/** What came of a call. */
export interface Answered {
  readonly verdict: WireVerdict["verdict"] | "no-call"
  readonly clause: string | undefined
  readonly output: Output
  /** The update secrets that it derived, with the members that they are of, in their order. */
  readonly secrets: ReadonlyArray<{ readonly member: string; readonly secret: string }>
}

const bytesOf = (hex: string): Uint8Array => Result.getOrThrow(Hex.decode(hex))

const welcomeInput = "77656c636f6d65"

/** The update secrets in a trace, but those of which nothing but a welcome is made. */
const secretsIn = ({ trace = [] }: WireVerdict): Answered["secrets"] => {
  let isWelcome = false
  return trace.flatMap(({ name, value }) => {
    const [what, member] = name.split(" ") as [string, string]
    if (what === "ratchet.input") isWelcome = value.startsWith(welcomeInput)
    return what === "ratchet.update-secret" && !isWelcome ? [{ member, secret: value }] : []
  })
}

const untraced = ({ trace: _, ...verdict }: WireVerdict): Step["expect"] => {
  if (verdict.verdict === "refused") return { verdict: "refused", clause: verdict.clause }
  if (verdict.verdict === "malformed") return { verdict: "malformed", clause: verdict.clause }
  return verdict as Step["expect"]
}

/** A session of the reference whose calls are written down. */
export class Recorder {
  readonly steps: Array<Step> = []
  readonly #knowledge = new Knowledge(noblePrimitives)
  readonly #session: Session = session(this.#knowledge.primitives)
  /** What stands in all that was sent. */
  readonly #sent = new Set<number>()
  readonly #states = new Map<string, ReadonlyArray<number>>()

  call(method: string, params: Step["params"]): Answered {
    try {
      const answer = this.#session.call(method, params)
      this.steps.push({ method, params, expect: untraced(answer) })
      const output = (answer.verdict === "accepted" ? answer.output : {}) as Output
      for (const packet of output.packets ?? []) this.#note(packet)
      return { verdict: answer.verdict, clause: "clause" in answer ? answer.clause : undefined, output, secrets: secretsIn(answer) }
    } catch (error) {
      if (!(error instanceof BrokenCall)) throw error
      return { verdict: "no-call", clause: undefined, output: {}, secrets: [] }
    }
  }

  /** A look at something, which is no step. */
  look(method: string, params: Step["params"]): Output {
    const answer = this.#session.call(method, params)
    return (answer.verdict === "accepted" ? answer.output : {}) as Output
  }

  /** Copies all that is kept of a handle. */
  steal(on: string): void {
    const answer = this.#session.state({ on })
    const { state } = (answer.verdict === "accepted" ? answer.output : { state: "" }) as { readonly state: string }
    this.#states.set(on, [...(this.#states.get(on) ?? []), ...this.#knowledge.tokensIn(bytesOf(state))])
  }

  get robbed(): ReadonlyArray<string> {
    return [...this.#states.keys()]
  }

  /** What the thief of all states that were taken can compute: whether a secret, and whether what is sealed in a packet. */
  thief(): { readonly knows: (secret: string) => boolean; readonly reads: (packet: string) => boolean } {
    const known = this.#knowledge.closure([...this.#sent, ...[...this.#states.values()].flat()])
    const knows = (secret: string) => {
      const token = this.#knowledge.tokenOf(bytesOf(secret))
      return token !== undefined && known.has(token)
    }
    return { knows, reads: (packet) => this.#knowledge.keysOver(bytesOf(packet)).some((key) => known.has(key)) }
  }

  #note(packet: string): void {
    for (const token of this.#knowledge.tokensIn(bytesOf(packet))) this.#sent.add(token)
  }
}
