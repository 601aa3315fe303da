/** The layer "delivery-mls": the whole with real groups of MLS, as one member sees it. */
import { Hex } from "effect/encoding"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { type Following, followMls, type Input } from "../../../reference/delivery-service/simulation/mls-run.ts"
import { encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses, DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { clauses as murmur } from "../../../spec/delivery-service/murmur.ts"
import { clauses as treeKem } from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, aCaseLater, type Case, caseFile } from "../author.ts"
import { flipped } from "../people.ts"

const user = "ben"

const appears = async (author: Author, { follower }: Following): Promise<void> => {
  const { keyPackage, signingSecretKey, leafSecretKey, initSecretKey } = follower
  await author.acceptsLater("delivery-service.outside", { on: user, user, keyPackage, signingSecretKey, leafSecretKey, initSecretKey })
}

/** Puts a message in; gives its digest. */
const put = async (author: Author, message: DeliveryMessage): Promise<string> =>
  (await author.acceptsLater("delivery-service.put", { message: Hex.encode(encodeWire(DeliveryMessage, message)) })).digest

/** One input of the follower, and whether it is a member then. */
const given = async (author: Author, input: Input, isMember: boolean): Promise<boolean> => {
  if ("timer" in input) {
    await author.acceptsLater("delivery-service.timeout", { on: user, name: input.timer })
    return isMember
  }
  const { from, message } = input
  if (!isMember && message.type === "welcoming") {
    await author.acceptsLater("delivery-service.join", { on: user, welcome: Hex.encode(message.welcome), sampleSize: 0 })
    return true
  }
  await author.answersLater(isMember ? "delivery-service.receive" : "delivery-service.receive-early", {
    on: user,
    from,
    message: await put(author, message),
  })
  return isMember
}

const follows = (following: Following) =>
  aCaseLater(
    "delivery-mls/follows",
    {
      title:
        "ben follows a group of real MLS through three epochs: two commits and a faulty one at once, an addition, and the removal of the faulty member",
      clauses: [treeKem["same-key"], clauses.complete, clauses["commit-first"], clauses.judged],
      flags: ["run"],
    },
    async (author) => {
      await appears(author, following)
      let isMember = false
      const seen: Array<string> = []
      for (const input of following.inputs) {
        isMember = await given(author, input, isMember)
        if (!isMember) continue
        const { authenticator } = await author.acceptsLater("delivery-service.shows", { on: user })
        if (seen.at(-1) !== authenticator) seen.push(authenticator)
      }
      author.claim(seen.join() === following.authenticators.join(), "the authenticators that all correct members share")
    },
  )

const damaged = ({ inputs, ...following }: Following) =>
  aCaseLater(
    "delivery-mls/damaged",
    {
      title:
        "A proposal of MLS whose membership tag was changed is refused, and the right one is told of; after that, too, the changed one is not valid",
      clauses: [treeKem.signature, murmur.valid],
      flags: ["run"],
    },
    async (author) => {
      await appears(author, { inputs, ...following })
      let isMember = false
      for (const input of inputs) {
        if (isMember && "from" in input && input.message.type === "gossiping" && input.message.message.type === "murmur-gossip") {
          const { from, message } = input
          const proposal = Hex.decode(flipped(Hex.encode(input.message.message.proposal), -1))
          if (proposal._tag === "Failure") throw new Error("no hex")
          const changed = await put(author, { type: "gossiping", message: { type: "murmur-gossip", proposal: proposal.success } })
          const right = await put(author, message)
          const refused = await author.answersLater("delivery-service.receive", { on: user, from, message: changed })
          author.claim(refused.verdict === "refused", "refused")
          const { events } = await author.acceptsLater("delivery-service.receive", { on: user, from, message: right })
          author.claim(events.length === 1, "told of")
          await author.refusesLater(murmur.valid, "delivery-service.receive", { on: user, from, message: changed })
          return
        }
        isMember = await given(author, input, isMember)
      }
      author.claim(false, "a proposal is gossiped")
    },
  )

const flags = {
  run: {
    note: "From a run of the distributed delivery service with real groups (reference/delivery-service/simulation/mls-run.ts)",
    effect: "The secret keys are those of made-up members. All outputs follow from the inputs: nothing is drawn.",
  },
}

export default caseFile(
  { part: "delivery-service", chapter: "delivery-mls", layer: "delivery-mls", flags },
  async (): Promise<ReadonlyArray<Case>> => {
    const following = await followMls(nodePrimitives, "following")
    return [await follows(following), await damaged(following)]
  },
)
