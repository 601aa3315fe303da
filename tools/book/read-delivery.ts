/**
 * A case of the delivery service as a talk: proposals, commits, statements, certificates, decisions and timers.
 *
 * @module
 */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import type { Case, Step } from "../../conformance/protocol/vectors.ts"
import { decodeWire } from "../../spec/conventions/encoding.ts"
import type { CascadeMessage, Decide } from "../../spec/delivery-service/cascade.ts"
import { DeliveryMessage } from "../../spec/delivery-service/delivery-service.ts"
import type { Talk, TalkEvent } from "./schema.ts"
import { outputOf, quietEvent, short, verdictOf } from "./talking.ts"

interface Params {
  readonly on?: string
  readonly from?: string
  readonly message?: string
  readonly name?: string
  readonly welcome?: string
  readonly proposing?: { readonly type: string }
}

interface Output {
  readonly send: ReadonlyArray<{ readonly to: ReadonlyArray<string>; readonly message: string }>
  readonly events: ReadonlyArray<{ readonly type: string; readonly epoch: number; readonly ref?: string }>
  readonly timers: ReadonlyArray<{ readonly name: string; readonly delay: number }>
}

/** What is sent, in words, and in which colour its line is drawn. */
interface Named {
  readonly name: string
  readonly colour: TalkEvent["colour"]
  readonly quiet: boolean
}

const evidenceSays = ({ evidence }: Decide): string => {
  if (evidence.type === "precommitted") return `${evidence.votes.length} PRECOMMITs of round ${evidence.round}`
  const what = evidence.type === "unique-set" ? "set of commits" : "commit"
  return `a certificate of ${evidence.certificate.length} chains for the only ${what}`
}

const voteOf = (ref: string | null) => (ref === null ? "nothing" : short(ref))

/** The names of messages; statements that nobody has sent before are the sender's own. */
class Names {
  readonly #seen = new Set<string>()

  of(bytes: string): Named {
    const decoded = decodeWire(DeliveryMessage, Result.getOrThrow(Hex.decode(bytes)))
    if (Result.isFailure(decoded)) return { name: "message", colour: "ack", quiet: false }
    const message = decoded.success
    switch (message.type) {
      case "agreement":
        return this.#agreement(message.message)
      case "gossiping":
        return message.message.type === "murmur-gossip"
          ? { name: "a proposal, by gossip", colour: "update", quiet: false }
          : { name: "a subscription to gossip", colour: "ack", quiet: true }
      case "decision":
        return {
          name: `DECIDE ${message.decide.refs.map(short).join(", ")} with ${evidenceSays(message.decide)}`,
          colour: "remove",
          quiet: false,
        }
      case "fetch":
        return {
          name: message.refs.length === 0 ? "FETCH of an epoch" : `FETCH of proposals ${message.refs.map(short).join(", ")}`,
          colour: "ack",
          quiet: false,
        }
      case "fetched":
        return { name: "the proposals asked for", colour: "update", quiet: false }
      case "welcoming":
        return { name: `WELCOME to epoch ${message.epoch}`, colour: "create", quiet: false }
    }
  }

  #agreement(message: CascadeMessage): Named {
    switch (message.type) {
      case "bundle": {
        const fresh = message.statements.filter(({ type, signer, seq, ref }) =>
          this.#isNew(`${message.epoch} ${message.instance} ${type} ${signer} ${seq} ${ref}`),
        )
        const others = message.statements.length - fresh.length
        const said = fresh.map(({ type, ref }) => `${type.toUpperCase()} ${short(ref)}`).join(", ")
        const isReady = fresh.some(({ type }) => type === "ready")
        const about = message.instance === 2 ? " of sets" : ""
        if (said === "") return { name: `the statements that it holds${about}, ${others}`, colour: "ack", quiet: false }
        return {
          name: `${said}${about}${others === 0 ? "" : `, with ${others} before it`}`,
          colour: isReady ? "create" : "add",
          quiet: false,
        }
      }
      case "endorse":
        return {
          name: `ENDORSE ${message.refs.map(short).join(", ")} with certificates for ${message.certificates.length}`,
          colour: "create",
          quiet: false,
        }
      case "retract":
        return { name: "RETRACT", colour: "remove", quiet: false }
      case "set-proposal":
        return { name: `PROPOSAL ${short(message.ref)} of round ${message.round}`, colour: "update", quiet: false }
      case "prevote":
      case "precommit":
        return {
          name: `${message.type.toUpperCase()} ${voteOf(message.ref)} in round ${message.round}`,
          colour: message.type === "prevote" ? "add" : "create",
          quiet: false,
        }
      case "decide":
        return { name: `DECIDE ${message.refs.map(short).join(", ")} with ${evidenceSays(message)}`, colour: "remove", quiet: false }
    }
  }

  #isNew(key: string): boolean {
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    return true
  }
}

const acts: Readonly<Record<string, (params: Params) => string>> = {
  "delivery-service.found": () => "founds the group",
  "delivery-service.propose": ({ proposing }) => `proposes: ${proposing?.type}`,
  "delivery-service.commit": () => "commits",
  "delivery-service.join": () => "joins by a welcome",
  "delivery-service.timeout": ({ name }) => `its timer ${name} ends`,
  "delivery-service.resume": () => "is back, and asks what it has missed",
}

const eventSays = ({ type, epoch, ref }: Output["events"][number]): string =>
  type === "commit"
    ? `epoch ${epoch} ends with commit ${short(ref ?? "")}`
    : `${type}${ref === undefined ? ` epoch ${epoch}` : ` ${short(ref)}`}`

class Reader {
  readonly events: Array<TalkEvent> = []
  readonly #lanes: ReadonlyArray<string>
  readonly #names = new Names()
  readonly #sent = new Map<string, Named & { readonly at: number }>()

  constructor(lanes: ReadonlyArray<string>) {
    this.#lanes = lanes
  }

  read(step: Step, index: number): void {
    const params = step.params as unknown as Params
    const { send = [], events = [], timers = [] } = outputOf<Output>(step)
    const sends = this.#sending(step, params.on ?? "", send)
    const tells = [...events.map(eventSays), ...timers.map(({ name, delay }) => `begins timer ${name}, ${delay}`)]
    const head = { ...quietEvent(index, this.#lanes.indexOf(params.on ?? "")), ...verdictOf(step), sends, tells }
    const act = acts[step.method]
    if (act !== undefined) {
      const kind = step.method.endsWith("timeout") ? "timer" : "act"
      this.events.push({ ...head, kind, colour: step.method.endsWith("commit") ? "create" : "update", says: act(params) })
      return
    }
    const found = this.#sent.get(`${params.from} ${params.message}`)
    const quiet = (head.verdict === "accepted" || head.verdict === "ignored") && sends.length + tells.length === 0
    const says = `takes from ${params.from}: ${found?.name ?? "a message that it has not sent here"}`
    this.events.push({ ...head, says, from: found?.at ?? null, colour: found?.colour ?? "ack", quiet: quiet || (found?.quiet ?? false) })
  }

  /** What is sent, each thing once, though it goes to several. Its bytes stand in the trace, in the order of what is sent. */
  #sending(step: Step, on: string, send: Output["send"]): ReadonlyArray<string> {
    const traced = "trace" in step.expect ? (step.expect.trace ?? []) : []
    const bytes = traced.filter(({ name }) => name === "delivery-service.message").map(({ value }) => value)
    const names = send.map(({ message }, at) => {
      const known = this.#sent.get(`${on} ${message}`)
      const named = known ?? { ...this.#names.of(bytes[at] ?? "80"), at: this.events.length }
      this.#sent.set(`${on} ${message}`, known ?? named)
      return { name: named.name, to: send.filter((one) => one.message === message).flatMap(({ to }) => to) }
    })
    return [...new Set(names.map(({ name, to }) => `${name}, to ${to.toSorted().join(", ")}`))]
  }
}

/** A case of the delivery service as a talk. */
export const deliveryTalk = ({ id, title, steps }: Case): Talk => {
  const own = steps
    .map((step, index) => ({ step, index }))
    .filter(({ step }) => step.method in acts || step.method === "delivery-service.receive")
  const lanes = [...new Set(own.map(({ step }) => String((step.params as unknown as Params).on)))]
  const reader = new Reader(lanes)
  for (const { step, index } of own) reader.read(step, index)
  return { id, title, lanes, events: reader.events }
}
