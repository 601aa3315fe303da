/** The layer "restrained-consensus": which of two faults is refused, and endorsements of a part. */
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import { clauses } from "../../../spec/delivery-service/restrained-consensus.ts"
import { type Author, aCase, type Case, caseFile, fork, twins } from "../author.ts"
import { begun, endorse, opened, refs, retract } from "./restrained-consensus.ts"

const unsigned = { signature: "00".repeat(64) }
const [alices, bobs, carols] = refs as [string, string, string]

const refusals = (): ReadonlyArray<Case> => [
  ...twins(
    "restrained-consensus/endorse-epoch-first",
    clauses.epoch,
    "An ENDORSE of another epoch, badly signed: the epoch comes first",
    (author) => {
      begun(author, "alice")
      return fork(
        "restrained-consensus.endorse",
        { on: "alice", message: endorse("bob") },
        { message: endorse("bob", refs, { epoch: 8, ...unsigned }) },
      )
    },
    [verdicts["order-of-checks"]],
  ),
  ...twins(
    "restrained-consensus/signature-first",
    clauses.signature,
    "An ENDORSE of values of others, badly signed: the signature comes first",
    (author) => {
      begun(author, "alice")
      return fork(
        "restrained-consensus.endorse",
        { on: "alice", message: endorse("bob") },
        { message: endorse("bob", [bobs, carols], unsigned) },
      )
    },
    [verdicts["order-of-checks"]],
  ),
  ...twins(
    "restrained-consensus/own-value-before",
    clauses["own-value"],
    "alice has not begun, and hears an ENDORSE of values of others: she does not retract",
    (author) => {
      opened(author, "alice")
      return fork("restrained-consensus.endorse", { on: "alice", message: endorse("bob") }, { message: endorse("bob", [bobs, carols]) })
    },
  ),
]

const hear = (author: Author, message: ReturnType<typeof endorse>) =>
  author.accepts("restrained-consensus.endorse", { on: "alice", message })

const hearRetract = (author: Author, user: string) =>
  author.accepts("restrained-consensus.retract", { on: "alice", message: retract(user) })

const outcomes = (): ReadonlyArray<Case> => [
  aCase(
    "restrained-consensus/endorsed-in-part",
    {
      title:
        "bob endorses his value and that of alice, and not carol's: alice waits, though there is a certificate of each, until carol retracts",
      clauses: [clauses.outcome],
    },
    (author) => {
      begun(author, "alice")
      const two = refs.filter((ref) => ref !== carols)
      for (const message of [endorse("carol"), endorse("bob", two)])
        author.claim(hear(author, message).phase === 1, "not all have endorsed all three")
      const { phase, outcome } = hearRetract(author, "carol")
      author.claim(phase === 3 && outcome?.join() === two.join(), "the two that are left")
    },
  ),
  aCase(
    "restrained-consensus/retracted-both-ways",
    {
      title: "bob retracts, and carol endorses two different sets: alice's value alone is the result",
      clauses: [clauses.outcome, clauses.retract],
    },
    (author) => {
      begun(author, "alice")
      author.claim(hearRetract(author, "bob").phase === 1, "carol is awaited")
      author.claim(hear(author, endorse("carol", [alices, bobs], { certificates: [] })).phase === 1, "without her own value")
      const { phase, outcome } = hear(author, endorse("carol", [alices, carols]))
      author.claim(phase === 3 && outcome?.join() === alices, "neither bob's nor carol's")
    },
  ),
]

/** The layer "restrained-consensus". */
export default caseFile(
  { part: "delivery-service", chapter: "restrained-consensus-orders", layer: "restrained-consensus", flags: {} },
  () => [...refusals(), ...outcomes()],
)
