/**
 * The seal of a run: digests of its report and of its record, signed if there is a key. A byte that was changed afterwards is found, without a network.
 *
 * @module
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { Schema } from "effect"

const Sum = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/u))

/** The form of `seal.json`: SHA-256 of the files that lie beside it, and an Ed25519 signature over the text of `files`, as base64. */
export const Seal = Schema.Struct({
  format: Schema.Literal("conclave-seal/1"),
  files: Schema.Record(Schema.String, Sum),
  key: Schema.NullOr(Sum),
  signature: Schema.NullOr(Schema.String),
})
type Seal = typeof Seal.Type

/** The file's name in the folder of reports. */
export const SEAL = "seal.json"

const decode = Schema.decodeUnknownSync(Seal, { onExcessProperty: "error" })

const sumOf = (data: Uint8Array | string): string => createHash("sha256").update(data).digest("hex")

/** The SHA-256 of a public key. */
export const keyFingerprint = (key: KeyObject): string => sumOf(new Uint8Array(key.export({ format: "der", type: "spki" })))

const signedText = (files: Seal["files"]): Buffer => Buffer.from(JSON.stringify(files))

/**
 * Seals files, which lie in `folder` or are named from there.
 *
 * @param keyFile a private key as PEM
 */
export const seal = (folder: string, files: ReadonlyArray<string>, keyFile: string | undefined): string => {
  const sums = Object.fromEntries(files.map((file) => [path.relative(folder, file).replaceAll("\\", "/"), sumOf(readFileSync(file))]))
  const key = keyFile === undefined ? undefined : createPrivateKey(readFileSync(keyFile))
  const written: Seal = {
    format: "conclave-seal/1",
    files: sums,
    key: key === undefined ? null : keyFingerprint(createPublicKey(key)),
    signature: key === undefined ? null : sign(null, signedText(sums), key).toString("base64"),
  }
  const place = path.join(folder, SEAL)
  writeFileSync(place, `${JSON.stringify(written, null, 1)}\n`)
  return place
}

/** What a seal says of the files that it is over: lines of what is right, and what is wrong. */
export interface Unsealed {
  readonly right: ReadonlyArray<string>
  readonly wrong: ReadonlyArray<string>
}

/** Checks the seal in a folder. Throws Error when there is none. */
export const unseal = (folder: string, key: KeyObject | undefined): Unsealed => {
  const { files, signature, key: signer } = decode(JSON.parse(readFileSync(path.join(folder, SEAL), "utf8")))
  const changed = Object.entries(files).filter(([name, sum]) => {
    const file = path.join(folder, name)
    return !existsSync(file) || sumOf(readFileSync(file)) !== sum
  })
  const wrong = changed.map(([name]) => `${name} is not what ${SEAL} says`)
  if (key === undefined) {
    const signed = signature === null ? "not signed" : `signed with the key ${signer}; the signature was not checked (--key)`
    return { right: [`${Object.keys(files).join(", ")}: as ${SEAL} says`, signed], wrong }
  }
  const good = signature !== null && verify(null, signedText(files), key, Buffer.from(signature, "base64"))
  const by = `a signature by the key ${keyFingerprint(key)}`
  return good
    ? { right: [`${Object.keys(files).join(", ")}: as ${SEAL} says`, by], wrong }
    : { right: [], wrong: [...wrong, `${SEAL} has not ${by}`] }
}
