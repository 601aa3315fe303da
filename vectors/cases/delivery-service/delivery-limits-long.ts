/** The layer "delivery-service": the limits of what is long. */
import { Result } from "effect"
import { Hex } from "effect/encoding"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { processOf, runAs, type World } from "../../../reference/delivery-service/simulation/world.ts"
import * as TreeKem from "../../../reference/delivery-service/tree-kem.ts"
import { decodeWire, encodeWire } from "../../../spec/conventions/encoding.ts"
import { clauses, type DeliveryMessage } from "../../../spec/delivery-service/delivery-service.ts"
import { maximumMembers, SymbolicKeyPackage, SymbolicWelcome, clauses as treeKem } from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, type Case, caseFile, withoutTraces } from "../author.ts"
import { filled, repeated } from "../people.ts"
import { shows } from "./delivery-edges.ts"
import { bundleOf, naming } from "./delivery-judged.ts"
import { after, hexOfMessage, put } from "./scenario-case.ts"
import { group as groupOfWelcome } from "./tree.ts"

const keyOf = (text: string): Uint8Array => nodePrimitives.sha256(new TextEncoder().encode(text))

/** A welcome of erin, and of so many members with it. */
const welcomeOf = (keyPackage: string, count: number): string => {
  const erin = Result.getOrThrow(decodeWire(SymbolicKeyPackage, Buffer.from(keyPackage, "hex")))
  const { user, signingKey, key } = erin
  const others = Array.from({ length: count - 1 }, (_, index) => {
    const name = `m${index}`
    return { leaf: index + 1, user: name, signingKey: nodePrimitives.ed25519PublicKey(keyOf(name)), key: keyOf(`${name} key`) }
  })
  const members = [{ leaf: 0, user, signingKey, key }, ...others]
  const secret = Buffer.from(filled(0x5e, 32), "hex")
  return Hex.encode(
    encodeWire(SymbolicWelcome, { type: "symbolic-welcome", group: groupOfWelcome, epoch: 7, keyPackages: [erin], members, secret }),
  )
}

/** D's proposals to add so many users. */
const additionsOf = (world: World, count: number): ReadonlyArray<Uint8Array> => {
  const { state, seed } = processOf(world, "D")
  let { tree } = state!
  return Array.from({ length: count }, (_, index) => {
    const user = `u${index}`
    const { keyPackage } = Result.getOrThrow(runAs(world, keyOf(user), TreeKem.init("symbolic", user, 0)))
    const made = Result.getOrThrow(runAs(world, seed, TreeKem.proposeAdd(tree, keyPackage)))
    tree = made.state
    return made.proposal
  })
}

const takes = (author: Author, message: DeliveryMessage) =>
  author.accepts("delivery-service.receive", { on: "A", from: "D", message: put(author, hexOfMessage(message)) })

const limits = (): ReadonlyArray<Case> => [
  shows(
    "joins-1024",
    "erin is welcomed to a group of 1,025 members, which is refused, and to one of 1,024",
    [treeKem.welcome, clauses.welcome],
    (author) => {
      const appearing = { on: "erin", user: "erin", seed: repeated("erin"), backEnd: "symbolic", number: 0 } as const
      const { keyPackage } = author.accepts("delivery-service.appear", appearing)
      const joining = (count: number) => ({ on: "erin", welcome: welcomeOf(keyPackage, count), sampleSize: 1 })
      author.refuses(treeKem.welcome, "delivery-service.join", joining(maximumMembers + 1))
      const { events } = author.accepts("delivery-service.join", joining(maximumMembers))
      author.claim(events.map(({ type, epoch }) => `${type} ${epoch}`).join() === "joined 7", "joined")
    },
  ),
  shows(
    "names-512",
    "A has been told of 513 proposals of D, which two commits name: to commit all of them is refused, and 512 are not",
    [clauses.size, clauses.complete],
    (author) => {
      const world = after(author, [], ["A", "D"])
      const proposals = additionsOf(world, 513)
      const { seed } = processOf(world, "D")
      const refs = proposals.map((one) => Hex.encode(Result.getOrThrow(runAs(world, seed, TreeKem.readProposal(one))).ref)).sort()
      takes(author, bundleOf(world, 1, [naming(world, "D", refs.slice(0, 512)), naming(world, "D", refs.slice(512))]))
      const { events } = takes(author, { type: "fetched", group: world.group, epoch: 1, proposals })
      author.claim(events.filter(({ type }) => type === "proposal").length === 513, "told of each")
      author.refuses(clauses.size, "delivery-service.commit", { on: "A", references: refs })
      const { send } = author.accepts("delivery-service.commit", { on: "A", references: refs.slice(0, 512) })
      author.claim(send.length > 0, "proposed")
    },
  ),
]

export default caseFile({ part: "delivery-service", chapter: "delivery-limits-long", layer: "delivery-service", flags: {} }, () =>
  limits().map(withoutTraces),
)
