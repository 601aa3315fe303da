/**
 * The adapter around ts-mls, going wrong in one way: `node conformance/zoo/hostile-mls.ts <way>`.
 *
 * @module
 */
import { tsMlsMethods } from "../peers/ts-mls.ts"
import { type Method, serve } from "../protocol/serve.ts"

interface Accepted {
  readonly verdict: "accepted"
  readonly output: Readonly<Record<string, unknown>>
}

const isAccepted = (answer: unknown): answer is Accepted => (answer as { readonly verdict?: unknown }).verdict === "accepted"

/** The method with another output where it accepts. */
const changed =
  (
    name: string,
    change: (output: Accepted["output"], params: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
  ): Method =>
  async (params) => {
    const answer = await tsMlsMethods[name]!(params)
    return isAccepted(answer)
      ? { ...answer, output: { ...answer.output, ...change(answer.output, params as Readonly<Record<string, unknown>>) } }
      : answer
  }

/** The method, with what is refused accepted and not done. */
const swallowing =
  (name: string, output: Readonly<Record<string, unknown>>): Method =>
  async (params) => {
    const answer = await tsMlsMethods[name]!(params)
    return isAccepted(answer) ? answer : { verdict: "accepted", output }
  }

const nobodyRemoved: Method = async (params) => {
  const answer = await tsMlsMethods["mls.process"]!(params)
  return isAccepted(answer) && answer.output.removed === true ? { ...answer, output: { removed: false } } : answer
}

/** Commits nothing, whatever it is asked for. */
const commitsNothing: Method = (params) => tsMlsMethods["mls.commit"]!({ ...(params as object), proposals: [] })

const updates = new Set<unknown>()

/** Commits no updates, whatever it is asked for. */
const commitsNoUpdates: Method = (params) => {
  const { proposals, ...rest } = params as { readonly proposals: ReadonlyArray<string> }
  return tsMlsMethods["mls.commit"]!({ ...rest, proposals: proposals.filter((one) => !updates.has(one)) })
}

const ways: Readonly<Record<string, Readonly<Record<string, Method>>>> = {
  "same-authenticator": {
    "mls.view": changed("mls.view", ({ authenticator }) => ({ authenticator: authenticator === null ? null : "00" })),
  },
  "own-authenticator": {
    "mls.view": changed("mls.view", ({ authenticator }, { on }) => ({
      authenticator: authenticator === null ? null : `${authenticator}${on}`,
    })),
  },
  "own-export": {
    "mls.view": changed("mls.view", ({ exported }, { on }) => ({ exported: exported === null ? null : `${exported}${on}` })),
  },
  "other-leaves": {
    "mls.view": changed("mls.view", ({ members, me }) => ({
      members: (members as ReadonlyArray<{ readonly member: string; readonly user: string }>).map(({ member, user }) => ({
        member: `${Number(member) + Number(me)}`,
        user,
      })),
    })),
  },
  "epochs-from-one": { "mls.view": changed("mls.view", ({ epoch }) => ({ epoch: epoch === null ? null : Number(epoch) + 1 })) },
  "takes-any-commit": { "mls.process": swallowing("mls.process", { removed: false }) },
  "takes-any-proposal": { "mls.admit": swallowing("mls.admit", {}) },
  "takes-any-welcome": { "mls.join": swallowing("mls.join", {}) },
  "opens-any-message": { "mls.open": swallowing("mls.open", { text: "message 5" }) },
  "never-removed": { "mls.process": nobodyRemoved },
  "commits-nothing": { "mls.commit": commitsNothing },
  "commits-no-updates": {
    "mls.update": changed("mls.update", ({ proposal }) => {
      updates.add(proposal)
      return {}
    }),
    "mls.commit": commitsNoUpdates,
  },
  "welcomes-nobody": { "mls.commit": changed("mls.commit", () => ({ welcome: null })) },
}

const way = ways[process.argv[2] ?? ""]
if (way === undefined) throw new Error(`no way ${process.argv[2]}; there are ${Object.keys(ways).join(", ")}`)
await serve({ ...tsMlsMethods, ...way })
