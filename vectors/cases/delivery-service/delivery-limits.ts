/** The layer "delivery-service": messages of another group with each list, and each string of bytes, at its bounds and beyond them. */
import { Hex } from "effect/encoding"
import { type Cbor, encodeCbor } from "../../../spec/conventions/cbor.ts"
import { clauses as encoding } from "../../../spec/conventions/encoding.ts"
import { clauses } from "../../../spec/delivery-service/delivery-service.ts"
import { type Case, caseFile, withoutTraces } from "../author.ts"
import { decide } from "./cascade-limits.ts"
import { shows } from "./delivery-edges.ts"
import { after, put } from "./scenario-case.ts"

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(0x55)
const many = (count: number, one: Cbor): ReadonlyArray<Cbor> => Array.from({ length: count }, () => one)

const [ref, proposal] = [bytes(32), bytes(1)]

const fetch = (refs: number, epoch = 7): Cbor => [4, bytes(16), epoch, many(refs, ref)]
const fetched = (proposals: ReadonlyArray<Cbor>): Cbor => [5, bytes(16), 7, proposals]
const decision = (proposals: number): Cbor => [3, decide({}), many(proposals, proposal)]
const welcoming = (length: number): Cbor => [6, bytes(16), 7, bytes(length)]

/** A message of another group that has the shape of one is refused for its group, and one that has not for its shape. */
const bounds = (id: string, title: string, right: ReadonlyArray<Cbor>, wrong: ReadonlyArray<Cbor>): Case =>
  shows(`limit-${id}`, title, [encoding.shape, clauses.group], (author) => {
    after(author, [], ["A"])
    const message = (value: Cbor) => ({ on: "A", from: "B", message: put(author, Hex.encode(encodeCbor(value))) })
    for (const value of right) author.refuses(clauses.group, "delivery-service.receive", message(value))
    for (const value of wrong) author.refuses(encoding.shape, "delivery-service.receive", message(value))
  })

const most = 1 << 16

const limits = (): ReadonlyArray<Case> => [
  bounds("refs", "A FETCH names up to 1,024 proposals", [fetch(0), fetch(1024)], [fetch(1025)]),
  bounds("epoch", "An epoch is at most 2^32 - 1", [fetch(0, 0), fetch(0, 0xffffffff)], [fetch(0, 2 ** 32)]),
  bounds("fetched", "A FETCHED has up to 4,096 proposals", [fetched([]), fetched(many(4096, proposal))], [fetched(many(4097, proposal))]),
  bounds("decision", "A DECISION has up to 512 proposals", [decision(0), decision(512)], [decision(513)]),
  bounds(
    "proposal",
    "A proposal has 1 to 65,536 bytes",
    [fetched([bytes(1)]), fetched([bytes(most)])],
    [fetched([bytes(0)]), fetched([bytes(most + 1)]), [2, [2, bytes(0)]], [2, [2, bytes(most + 1)]]],
  ),
  bounds("welcome", "A WELCOME is not empty", [welcoming(1)], [welcoming(0)]),
]

/** The layer "delivery-service". */
export default caseFile({ part: "delivery-service", chapter: "delivery-limits", layer: "delivery-service", flags: {} }, () =>
  limits().map(withoutTraces),
)
