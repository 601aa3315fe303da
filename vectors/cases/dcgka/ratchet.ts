import { Hex } from "effect/encoding"
import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { addInput, clauses, emptyRatchet, welcomeInput } from "../../../spec/dcgka/ratchet.ts"
import { aCase, caseFile, fork, twins } from "../author.ts"
import { filled, repeated } from "../people.ts"

const group = filled(0x11, 16)
const alice = filled(0xa1, 16)
const bob = filled(0xb0, 16)

/** The layer "ratchet". */
export default caseFile({ part: "dcgka", chapter: "ratchet", layer: "ratchet", flags: {} }, () => [
  aCase(
    "ratchet/member-secrets",
    {
      title:
        "Member secrets of one seed differ by member, sender, number and group; numbers are taken as they are, also such as no message has",
      clauses: [clauses["member-secret"]],
    },
    (author) => {
      const right = { seed: repeated("seed"), group, sender: alice, seq: 1, member: alice }
      const numbers = [{ seq: 2 }, { seq: 0 }, { seq: Number.MAX_SAFE_INTEGER }]
      const changes = [{}, { member: bob }, { sender: bob }, ...numbers, { group: filled(0x12, 16) }, { seed: repeated("another seed") }]
      const secrets = changes.map((change) => author.accepts("ratchet.member-secret", { ...right, ...change }).secret)
      author.claim(new Set(secrets).size === secrets.length, "all differ")
    },
  ),
  aCase(
    "ratchet/steps",
    { title: "A ratchet from the empty state: a member secret, a welcome, an add", clauses: [clauses.step] },
    (author) => {
      const { secret } = author.accepts("ratchet.member-secret", { seed: repeated("seed"), group, sender: alice, seq: 1, member: bob })
      let state = Hex.encode(emptyRatchet)
      const seen = new Set<string>()
      for (const input of [secret, Hex.encode(welcomeInput), Hex.encode(addInput), secret]) {
        const step = author.accepts("ratchet.update", { state, input, group, member: bob })
        author.claim(!seen.has(step.updateSecret) && step.next !== step.updateSecret, "every step gives something new")
        seen.add(step.updateSecret)
        state = step.next
      }
    },
  ),
  aCase(
    "ratchet/other-member",
    { title: "One state and input give different members different secrets", clauses: [clauses.step] },
    (author) => {
      const of = (member: string) => author.accepts("ratchet.update", { state: repeated("state"), input: repeated("input"), group, member })
      const [one, other] = [of(alice), of(bob)]
      author.claim(one.updateSecret !== other.updateSecret && one.next !== other.next, "the member is part of the derivation")
    },
  ),
  ...twins("ratchet/seed-length", suite.length, "A seed of 31 bytes", () =>
    fork("ratchet.member-secret", { seed: repeated("seed"), group, sender: alice, seq: 1, member: bob }, { seed: filled(1, 31) }),
  ),
  ...twins("ratchet/state-length", suite.length, "A ratchet state of 33 bytes", () =>
    fork("ratchet.update", { state: repeated("state"), input: "", group, member: bob }, { state: filled(1, 33) }),
  ),
])
