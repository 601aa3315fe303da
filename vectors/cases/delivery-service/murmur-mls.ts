/** The layer "murmur": how deep a proposal of MLS is read by who only passes it on. */
import { Hex } from "effect/encoding"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/delivery-service/murmur.ts"
import { clauses as treeKem } from "../../../spec/delivery-service/tree-kem.ts"
import { type Author, aCaseLater, type Case, caseFile } from "../author.ts"
import { repeated } from "../people.ts"
import { group, otherwise, stage } from "./mls-forge.ts"
import { wrongProposals } from "./mls-insiders.ts"

/** alice is an epoch behind the group. */
const opened = (author: Author) =>
  author.accepts("murmur.open", { on: "alice", seed: repeated("alice"), group, epoch: 6, me: 0, members: [0, 1, 2], sampleSize: 0 })

const gossip = (author: Author, proposal: Uint8Array) => {
  const { bytes } = author.accepts("murmur.encode", { value: { type: "murmur-gossip", proposal: Hex.encode(proposal) } })
  return { on: "alice", from: 1, message: bytes, valid: false }
}

/** What only a member of the epoch can judge. */
const unverified = ["update-credential", "update-signature-key", "update-leaf-signature"]

/** The layer "murmur". */
export default caseFile({ part: "delivery-service", chapter: "murmur-mls", layer: "murmur", flags: {} }, async () => {
  const { right, lies } = await wrongProposals(await stage())
  const cases: Array<Case> = []
  for (const [id, clause, title, wrong] of lies.filter(([, one]) => one === treeKem.message)) {
    const about = { title: `The twin without the fault: ${title}`, clauses: [treeKem.message] }
    cases.push(
      await aCaseLater(`murmur/mls-${id}`, about, async (author) => {
        opened(author)
        const { sends } = await author.acceptsLater("murmur.receive", gossip(author, right))
        author.claim(sends.length === 2, "passed on")
      }),
      await aCaseLater(
        `murmur/mls-${id}~refused`,
        { title, clauses: [treeKem.message, verdicts["state-unchanged"]], twin: `murmur/mls-${id}` },
        async (author) => {
          opened(author)
          await author.refusesLater(clause, "murmur.receive", gossip(author, wrong))
          await author.acceptsLater("murmur.receive", gossip(author, right))
        },
      ),
    )
  }
  cases.push(
    await aCaseLater(
      "murmur/mls-unverified",
      { title: "What only a member of the epoch can judge is held and passed on", clauses: [clauses["early-kept"], clauses.relay] },
      async (author) => {
        opened(author)
        for (const [, , , proposal] of lies.filter(([id]) => unverified.includes(id))) {
          const { sends } = await author.acceptsLater("murmur.receive", gossip(author, proposal))
          author.claim(sends.length === 2, "passed on")
        }
        author.claim(author.accepts("murmur.held", { on: "alice" }).held.length === unverified.length, "held")
      },
    ),
  )
  cases.push(
    await aCaseLater(
      "murmur/mls-of-any-length",
      {
        title:
          "An update with other lengths or contents of its signature, membership tag and authenticated data, and of the signature, capabilities and extensions of its leaf: each is read, held and passed on",
        clauses: [clauses["early-kept"], clauses.relay],
      },
      async (author) => {
        opened(author)
        const proposals = otherwise(right)
        for (const proposal of proposals) {
          const { sends } = await author.acceptsLater("murmur.receive", gossip(author, proposal))
          author.claim(sends.length === 2, "passed on")
        }
        author.claim(author.accepts("murmur.held", { on: "alice" }).held.length === proposals.length, "held")
      },
    ),
  )
  return cases
})
