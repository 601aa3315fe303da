/** The layer "delivery-mls": key packages of MLS that are long, what they make of a proposal, and what they make of a welcome. */
import { Hex } from "effect/encoding"
import { encodeMlsMessage, generateKeyPackageWithKey } from "ts-mls"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { drawingSuite, suiteName } from "../../../reference/delivery-service/tree-kem/mls-suite.ts"
import { clauses } from "../../../spec/delivery-service/delivery-service.ts"
import { aCaseLater, type Case, caseFile, withoutTraces } from "../author.ts"
import { proposalOf, type Stage, stage } from "./mls-forge.ts"

const limit = 1 << 16

const extensionType = 0xff01

/** The key package of a user whose leaf has an extension of so many bytes, which nobody knows but its user. */
const packageOf = async (user: string, length: number) => {
  const secretKey = nodePrimitives.sha256(new TextEncoder().encode(user))
  const keys = { signKey: secretKey, publicKey: nodePrimitives.ed25519PublicKey(secretKey) }
  const common = { versions: ["mls10" as const], ciphersuites: [suiteName], credentials: ["basic" as const] }
  const capabilities = { ...common, extensions: [extensionType], proposals: [] }
  const lifetime = { notBefore: 0n, notAfter: 2n ** 64n - 1n }
  const suite = await drawingSuite(nodePrimitives, secretKey)
  const credential = { credentialType: "basic", identity: new TextEncoder().encode(user) } as const
  const extension = { extensionType, extensionData: new Uint8Array(length) }
  return (await generateKeyPackageWithKey(credential, capabilities, lifetime, [], keys, suite, [extension])).publicPackage
}

/** A key package with which a proposal to add this user has so many bytes. */
const packageFor = async (made: Stage, user: string, length: number): Promise<string> => {
  const probe = 0x8000
  const proposal = { proposalType: "add", add: { keyPackage: await packageOf(user, probe) } } as const
  const others = (await proposalOf(made, proposal)).length - probe
  const keyPackage = await packageOf(user, length - others)
  return Hex.encode(encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage }))
}

const long = async (made: Stage): Promise<ReadonlyArray<Case>> => {
  const beyond = await packageFor(made, "niaj", limit + 1)
  const longest = await Promise.all(["niaj", "olivia", "peggy", "rupert"].map((user) => packageFor(made, user, limit)))
  const title =
    "bob proposes to add somebody: 65,537 bytes are refused, 65,536 are not; to commit four of these makes too long a welcome, and is refused"
  return [
    await aCaseLater("delivery-mls/long-key-packages", { title, clauses: [clauses.size] }, async (author) => {
      const { keyPackage, signingSecretKey, leafSecretKey, initSecretKey } = made.bob
      const keys = Object.entries({ keyPackage, signingSecretKey, leafSecretKey, initSecretKey })
      const inHex = Object.fromEntries(keys.map(([name, bytes]) => [name, Hex.encode(bytes)])) as Record<
        "keyPackage" | "signingSecretKey" | "leafSecretKey" | "initSecretKey",
        string
      >
      await author.acceptsLater("delivery-service.outside", { on: "bob", user: "bob", ...inHex })
      await author.acceptsLater("delivery-service.join", { on: "bob", welcome: Hex.encode(made.welcome), sampleSize: 0 })
      const adding = (added: string) => ({ on: "bob", proposing: { type: "add" as const, keyPackage: added } })
      await author.refusesLater(clauses.size, "delivery-service.propose", adding(beyond))
      const references: Array<string> = []
      for (const added of longest) {
        const { events } = await author.acceptsLater("delivery-service.propose", adding(added))
        references.push(...events.flatMap((event) => (event.type === "proposal" ? [event.ref] : [])))
      }
      author.claim(references.length === 4, "told of each")
      await author.refusesLater(clauses.size, "delivery-service.commit", { on: "bob", references })
    }),
  ]
}

export default caseFile({ part: "delivery-service", chapter: "delivery-mls-limits", layer: "delivery-mls", flags: {} }, async () =>
  (await long(await stage())).map(withoutTraces),
)
