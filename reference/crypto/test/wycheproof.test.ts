import { assert, describe, it } from "@effect/vitest"
import type { Primitives } from "../crypto.ts"
import { providers } from "./providers.ts"
import {
  type AeadCase,
  aeadCases,
  bytes,
  type Ed25519Case,
  ed25519Cases,
  type HkdfCase,
  hexOrUndefined,
  hkdfCases,
  type X25519Case,
  x25519Cases,
} from "./vectors.ts"

// An exception is an answer too: for a nonce of a wrong length it is the right one, and both providers must give it.
const orThrows = <A>(answer: () => A): A | "throws" => {
  try {
    return answer()
  } catch {
    return "throws"
  }
}

const x25519Answer = ({ x25519 }: Primitives, test: X25519Case) => hexOrUndefined(x25519(bytes(test.private), bytes(test.public)))

const ed25519Answer = ({ ed25519Verify }: Primitives, test: Ed25519Case) =>
  ed25519Verify(bytes(test.publicKey), bytes(test.msg), bytes(test.sig))

const hkdfAnswer = ({ hkdfExtract, hkdfExpand }: Primitives, test: HkdfCase) =>
  hexOrUndefined(hkdfExpand(hkdfExtract(bytes(test.salt), bytes(test.ikm)), bytes(test.info), test.size))

const aeadAnswer = ({ aeadSeal, aeadOpen }: Primitives, test: AeadCase) => {
  const [key, nonce, associatedData] = [bytes(test.key), bytes(test.iv), bytes(test.aad)]
  return {
    sealed: orThrows(() => hexOrUndefined(aeadSeal(key, nonce, associatedData, bytes(test.msg)))),
    opened: orThrows(() => hexOrUndefined(aeadOpen(key, nonce, associatedData, bytes(test.ct + test.tag)))),
  }
}

const ALL_ZERO = "00".repeat(32)

const aeadExpected = (test: AeadCase) => {
  if (test.flags.includes("InvalidNonceSize")) return { sealed: "throws", opened: "throws" }
  return test.result === "valid" ? { sealed: test.ct + test.tag, opened: test.msg } : { opened: undefined }
}

describe.each(providers)("Wycheproof on $name", ({ primitives }) => {
  // "acceptable" is what RFC 7748 lets an implementation refuse: keys on the twist, not canonical, of small order. Only an all-zero
  // result is refused here.
  it.each(x25519Cases)("x25519 $tcId, $result: $comment", (test) => {
    assert.strictEqual(x25519Answer(primitives, test), test.shared === ALL_ZERO ? undefined : test.shared)
  })

  it.each(ed25519Cases)("ed25519 $tcId, $result: $comment", (test) => {
    assert.strictEqual(ed25519Answer(primitives, test), test.result === "valid")
  })

  it.each(hkdfCases)("hkdf $tcId, $result: $comment", (test) => {
    assert.strictEqual(hkdfAnswer(primitives, test), test.result === "valid" ? test.okm : undefined)
  })

  it.each(aeadCases)("aead $tcId, $result: $comment", (test) => {
    assert.deepOwnInclude(aeadAnswer(primitives, test), aeadExpected(test))
  })
})

describe("the providers agree on Wycheproof", () => {
  const [{ primitives: left }, { primitives: right }] = providers as [(typeof providers)[number], (typeof providers)[number]]

  const disagreements = <Case extends { readonly tcId: number }>(
    cases: ReadonlyArray<Case>,
    answer: (primitives: Primitives, test: Case) => unknown,
  ) => cases.filter((test) => JSON.stringify([answer(left, test)]) !== JSON.stringify([answer(right, test)])).map((test) => test.tcId)

  it("x25519", () => assert.deepStrictEqual(disagreements(x25519Cases, x25519Answer), []))
  it("ed25519", () => assert.deepStrictEqual(disagreements(ed25519Cases, ed25519Answer), []))
  it("hkdf", () => assert.deepStrictEqual(disagreements(hkdfCases, hkdfAnswer), []))
  it("aead", () => assert.deepStrictEqual(disagreements(aeadCases, aeadAnswer), []))
})
