/** What a message and an operation cost, counted in primitives: a data packet is verified and decrypted once by each who gets it. */
import { beforeEach, describe, expect, it, vi } from "vitest"
import type { Primitives } from "../../crypto/crypto.ts"
import { nodePrimitives } from "../../crypto/providers/node.ts"
import { type Fate, type GroupChannel, groupChannel, pass, want } from "../../simulation/group-channel.ts"
import { defaults } from "../session.ts"

const work = vi.hoisted(() => ({ ciphered: 0, signed: 0, verified: 0, multiplied: 0 }))

vi.mock(import("../messages/cipher.ts"), async (original) => {
  const { aesCtr } = await original()
  return {
    aesCtr: (...inputs) => {
      work.ciphered++
      return aesCtr(...inputs)
    },
  }
})

const counting: Primitives = {
  ...nodePrimitives,
  ed25519Sign: (...inputs) => {
    work.signed++
    return nodePrimitives.ed25519Sign(...inputs)
  },
  ed25519Verify: (...inputs) => {
    work.verified++
    return nodePrimitives.ed25519Verify(...inputs)
  },
  x25519: (...inputs) => {
    work.multiplied++
    return nodePrimitives.x25519(...inputs)
  },
}

beforeEach(() => {
  Object.assign(work, { ciphered: 0, signed: 0, verified: 0, multiplied: 0 })
})

const namesOf = (n: number) => Array.from({ length: n }, (_, index) => `member-${index}`)

/** A session of these people. */
const session = (n: number, ratchet: 0 | 1, fate?: Fate): GroupChannel => {
  const [first, ...others] = namesOf(n)
  const channel = groupChannel([first!, ...others], { primitives: counting, options: { ...defaults, ratchet }, ...(fate && { fate }) })
  for (const name of namesOf(n)) want(channel, name, { type: "join" })
  pass(channel, 1000)
  want(channel, first!, { type: "include", members: others })
  pass(channel, 60_000)
  Object.assign(work, { ciphered: 0, signed: 0, verified: 0, multiplied: 0 })
  return channel
}

const send = (channel: GroupChannel, name: string) => expect(want(channel, name, { type: "send", text: "a message" })).toBeNull()

const received = ({ people }: GroupChannel): ReadonlyArray<number> =>
  [...people.values()].map(({ notices }) => notices.filter(({ type }) => type === "message").length)

describe.each([
  ["with the group key", 0],
  ["with the ratchet", 1],
] as const)("a message %s", (_, ratchet) => {
  it.each([2, 4, 8])("among %i is signed and encrypted once, and opened once by each who gets it, its author too", (n) => {
    const channel = session(n, ratchet)
    send(channel, "member-0")
    pass(channel, 100)
    expect(received(channel)).toEqual(Array(n).fill(1))
    // By the ratchet the author knows what is its own before it decrypts.
    expect(work).toEqual({ ciphered: 1 + n - ratchet, signed: 1, verified: n, multiplied: 0 })
  })

  it("that comes before its parent is opened once, too", () => {
    let late = 0
    const channel = session(3, ratchet, (event, to) => [{ event, delay: to === "member-2" ? 50 + late : 50 }])
    late = 500
    send(channel, "member-0")
    late = 0
    send(channel, "member-0")
    pass(channel, 300)
    expect(received(channel)).toEqual([2, 2, 0])
    pass(channel, 300)
    expect(received(channel)).toEqual([2, 2, 2])
    expect(work).toEqual({ ciphered: 2 * (4 - ratchet), signed: 2, verified: 6, multiplied: 0 })
  })
})
