/**
 * The reference as an adapter for plays that goes wrong in one way: `node conformance/zoo/hostile-adapter.ts <way>`. With `takes-notes <file>` it does
 * nothing wrong, and writes down all that it is told, and what it answers.
 *
 * @module
 */
import { appendFileSync } from "node:fs"
import { referenceMethods } from "../peers/reference.ts"
import { playsHello } from "../peers/reference-plays.ts"
import { MAX_PLAY_LINE_BYTES } from "../protocol/lines.ts"
import { type Method, serve } from "../protocol/serve.ts"

type Changes = Readonly<Record<string, Method | undefined>>

/** 16 MiB in hex. */
const filler = "00".repeat(16 * 1024 * 1024)

const published = async (params: unknown): Promise<unknown> => {
  const { output } = (await referenceMethods["user.publish"]!(params)) as { readonly output: { readonly card: string } }
  return { verdict: "accepted", output: { card: `${output.card}${filler}` } }
}

const met = (params: unknown): unknown => {
  const { card, ...rest } = params as { readonly card: string }
  return referenceMethods["user.meet"]!({ ...rest, card: card.replace(filler, "") })
}

/** What stands for a text that is sent, by the number of the text. */
type Name = (index: number) => string

interface Out {
  readonly message: string
  readonly directs: ReadonlyArray<{ readonly direct: string }>
}

/** An adapter that keeps what it sends, and sends a name of it. */
const sendingNames = (nameOf: Name): Changes => {
  const kept = new Map<string, string>()
  const named = (text: string): string => {
    const name = nameOf(kept.size)
    kept.set(name, text)
    return name
  }
  const renamed = (out: Out): Out => ({
    ...out,
    message: named(out.message),
    directs: out.directs.map((one) => ({ ...one, direct: named(one.direct) })),
  })
  const sending = (name: string) => async (params: unknown) => {
    const answer = (await referenceMethods[name]!(params)) as { readonly output: { readonly sent: ReadonlyArray<Out> } }
    return { ...answer, output: { ...answer.output, sent: answer.output.sent.map(renamed) } }
  }
  const processing: Method = (params) => {
    const { message, direct, ...rest } = params as { readonly message: string; readonly direct: string | null }
    return sending("member.process")({ ...rest, message: kept.get(message), direct: direct === null ? null : kept.get(direct) })
  }
  return {
    ...Object.fromEntries(["create", "add", "remove", "update"].map((verb) => [`member.${verb}`, sending(`member.${verb}`)])),
    "member.process": processing,
    reset: (params) => {
      kept.clear()
      return referenceMethods.reset!(params)
    },
  }
}

const noting = (file: string): Changes =>
  Object.fromEntries(
    Object.entries(referenceMethods).map(([method, answer]) => [
      method,
      async (params) => {
        const result = await answer(params)
        appendFileSync(file, `${JSON.stringify({ method, params, result, program: { argv: process.argv.slice(2), env: process.env } })}\n`)
        return result
      },
    ]),
  )

interface Texts {
  readonly verdict: string
  readonly output: { readonly message: string }
}

/** An adapter whose members tell each other what is in their messages, past all keys, where `isTold` says so. */
const telling = (isTold: (message: string, opened: ReadonlySet<string>) => boolean): Changes => {
  const texts = new Map<string, string>()
  const opened = new Map<string, Set<string>>()
  return {
    "member.seal": async (params) => {
      const answer = (await referenceMethods["member.seal"]!(params)) as Texts
      texts.set(answer.output.message, (params as { readonly text: string }).text)
      return answer
    },
    "member.open": async (params) => {
      const { on, message } = params as { readonly on: string; readonly message: string }
      const before = opened.get(on) ?? new Set()
      opened.set(on, before)
      const answer = (await referenceMethods["member.open"]!(params)) as Texts
      if (answer.verdict !== "accepted" && !isTold(message, before)) return answer
      before.add(message)
      return { verdict: "accepted", output: { text: texts.get(message) } }
    },
    reset: (params) => {
      opened.clear()
      return referenceMethods.reset!(params)
    },
  }
}

const ways: Readonly<Record<string, Changes>> = {
  "takes-notes": noting(process.argv[3] ?? ""),
  dies: { "member.add": () => process.exit(3) },
  hangs: { "member.add": () => new Promise(() => setInterval(() => {}, 1000)) },
  "talks-nonsense": { "member.add": () => ({ verdict: "accepted", output: { sent: "nothing" } }) },
  "fails-inside": {
    "member.add": () => {
      throw new Error("a bug")
    },
  },
  "claims-what-there-is-not": { hello: () => ({ ...playsHello, options: ["teleportation"] }) },
  "claims-copies": { "member.copy": undefined },
  "claims-what-it-lacks": { "member.add": () => ({ verdict: "refused", clause: "own", detail: "this user was here before" }) },
  "speaks-otherwise": { hello: () => ({ ...playsHello, protocol: "conclave-plays/9" }) },
  "has-no-secrets": {
    "member.update": async (params) => JSON.parse(JSON.stringify(await referenceMethods["member.update"]!(params), noSecrets)),
  },
  "sends-long-cards": { "user.publish": published, "user.meet": met },
  // The first message of the play, or its first direct message.
  "sends-an-empty-message": sendingNames((index) => (index === 0 ? "" : `${index}`)),
  "sends-an-empty-direct": sendingNames((index) => (index === 1 ? "" : `${index}`)),
  "sends-a-long-message": sendingNames((index) => (index === 0 ? filler : `${index}`)),
  "sends-a-long-direct": sendingNames((index) => (index === 1 ? filler : `${index}`)),
  "takes-anything": {
    "member.process": async (params) => {
      const answer = (await referenceMethods["member.process"]!(params)) as { readonly verdict: string }
      return answer.verdict === "accepted" ? answer : { verdict: "accepted", output: { sent: [], secret: null } }
    },
  },
  "fails-on-what-it-refuses": {
    "member.process": async (params) => {
      const answer = (await referenceMethods["member.process"]!(params)) as { readonly verdict: string }
      if (answer.verdict !== "accepted") throw new Error("a bug")
      return answer
    },
  },
  "is-harmed": { "member.process": harmed() },
  "opens-for-anybody": telling((message, before) => !before.has(message)),
  "opens-any-number-of-times": telling((message, before) => before.has(message)),
  "opens-other-texts": {
    "member.open": async (params) => {
      const answer = (await referenceMethods["member.open"]!(params)) as { readonly verdict: string }
      return answer.verdict === "accepted" ? { ...answer, output: { text: "another text" } } : answer
    },
  },
  "claims-messages": { "member.seal": undefined },
  "writes-too-much": { "user.publish": () => ({ verdict: "accepted", output: { card: `${filler}${filler}` } }) },
}

/** Whoever has refused something takes nothing any more. */
function harmed(): Method {
  const stuck = new Set<string>()
  return async (params) => {
    const { on } = params as { readonly on: string }
    if (stuck.has(on)) return { verdict: "refused", clause: "own", detail: "went wrong before" }
    const answer = (await referenceMethods["member.process"]!(params)) as { readonly verdict: string }
    if (answer.verdict !== "accepted") stuck.add(on)
    return answer
  }
}

function noSecrets(key: string, value: unknown): unknown {
  return key === "secret" ? null : value
}

const methods = Object.entries({ ...referenceMethods, ...ways[process.argv[2] ?? ""] })
await serve(Object.fromEntries(methods.flatMap(([name, does]) => (does === undefined ? [] : [[name, does]]))), MAX_PLAY_LINE_BYTES)
