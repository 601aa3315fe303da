/**
 * The reference as an adapter for plays that goes wrong in one way: `node conformance/zoo/hostile-adapter.ts <way>`.
 *
 * @module
 */
import { referenceMethods } from "../peers/reference.ts"
import { playsHello } from "../peers/reference-plays.ts"
import { type Method, serve } from "../protocol/serve.ts"

type Changes = Readonly<Record<string, Method>>

/** Near the longest text that a line has room for. */
const filler = "_".repeat(16_000_000)

const published = async (params: unknown): Promise<unknown> => {
  const { output } = (await referenceMethods["user.publish"]!(params)) as { readonly output: { readonly card: string } }
  return { verdict: "accepted", output: { card: `${output.card}${filler}` } }
}

const met = (params: unknown): unknown => {
  const { card, ...rest } = params as { readonly card: string }
  return referenceMethods["user.meet"]!({ ...rest, card: card.replace(filler, "") })
}

/** Messages by their number: what is sent has no content but that of its first message, which is empty. */
const kept: Array<unknown> = []

const sentShort = (name: string) => async (params: unknown) => {
  const answer = (await referenceMethods[name]!(params)) as {
    readonly output: { readonly sent: ReadonlyArray<{ readonly message: string }> }
  }
  const sent = answer.output.sent.map((one) => ({ ...one, message: kept.push(one.message) === 1 ? "" : `${kept.length - 1}` }))
  return { ...answer, output: { ...answer.output, sent } }
}

const processedShort = (params: unknown): unknown => {
  const { message, ...rest } = params as { readonly message: string }
  return sentShort("member.process")({ ...rest, message: kept[Number(message)] })
}

const ways: Readonly<Record<string, Changes>> = {
  dies: { "member.add": () => process.exit(3) },
  hangs: { "member.add": () => new Promise(() => setInterval(() => {}, 1000)) },
  "talks-nonsense": { "member.add": () => ({ verdict: "accepted", output: { sent: "nothing" } }) },
  "fails-inside": {
    "member.add": () => {
      throw new Error("a bug")
    },
  },
  "claims-what-there-is-not": { hello: () => ({ ...playsHello, options: ["teleportation"] }) },
  "claims-what-it-lacks": { "member.add": () => ({ verdict: "refused", clause: "own", detail: "this user was here before" }) },
  "speaks-otherwise": { hello: () => ({ ...playsHello, protocol: "conclave-plays/9" }) },
  "has-no-secrets": {
    "member.update": async (params) => JSON.parse(JSON.stringify(await referenceMethods["member.update"]!(params), noSecrets)),
  },
  "sends-long-cards": { "user.publish": published, "user.meet": met },
  "sends-short-messages": {
    ...Object.fromEntries(["create", "add", "remove", "update"].map((verb) => [`member.${verb}`, sentShort(`member.${verb}`)])),
    "member.process": processedShort,
    reset: (params) => {
      kept.length = 0
      return referenceMethods.reset!(params)
    },
  },
}

function noSecrets(key: string, value: unknown): unknown {
  return key === "secret" ? null : value
}

await serve({ ...referenceMethods, ...ways[process.argv[2] ?? ""] })
