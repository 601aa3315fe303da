/**
 * Checks a vector set as it was delivered: the sums of its files, the signature over the sums, and what the manifest says. Needs no network.
 *
 * @module
 */
import { createPublicKey, type KeyObject, verify as verifySignature } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { digestOf, sha256Of } from "../protocol/vectors.ts"
import { keyFingerprint, SEAL, type Unsealed, unseal } from "../reports/seal.ts"
import { messageOf, UsageError, VectorsCorrupt } from "./errors.ts"
import { loadVectors } from "./load.ts"

/** The sums of a delivered set: lines `<sha256>  <path>`, as `sha256sum -c` reads them. */
export const SUMS = "SHA256SUMS"

/** The Ed25519 signature over the sums, as base64. */
export const SIGNATURE = "SHA256SUMS.sig"

const keyFrom = (file: string): KeyObject => {
  try {
    return createPublicKey(readFileSync(file))
  } catch (error) {
    throw new UsageError(`--key ${file}: ${messageOf(error)}`)
  }
}

const filesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll("\\", "/"))

const LINE = /^([0-9a-f]{64}) {2}(\S.*)$/u

const checkSums = (folder: string): number => {
  const lines = readFileSync(path.join(folder, SUMS), "utf8").trimEnd().split("\n")
  const listed = new Map<string, string>()
  for (const line of lines) {
    const [, sum, file] = LINE.exec(line) ?? []
    if (sum === undefined || file === undefined || listed.has(file))
      throw new VectorsCorrupt(SUMS, `has the line ${JSON.stringify(line.slice(0, 100))}`)
    listed.set(file, sum)
  }
  for (const [file, sum] of listed) {
    if (!existsSync(path.join(folder, file))) throw new VectorsCorrupt(file, "is missing")
    if (sha256Of(readFileSync(path.join(folder, file))) !== sum) throw new VectorsCorrupt(file, `is not what ${SUMS} says`)
  }
  const stray = filesBelow(folder).find((file) => !listed.has(file) && file !== SUMS && file !== SIGNATURE)
  if (stray !== undefined) throw new VectorsCorrupt(stray, `does not stand in ${SUMS}`)
  return listed.size
}

const checkSignature = (folder: string, keyFile: string): string => {
  const key = keyFrom(keyFile)
  if (key.asymmetricKeyType !== "ed25519") throw new UsageError(`--key ${keyFile}: expected an Ed25519 key`)
  if (!existsSync(path.join(folder, SIGNATURE))) throw new VectorsCorrupt(SIGNATURE, "is missing: the set is not signed")
  const signature = Buffer.from(readFileSync(path.join(folder, SIGNATURE), "utf8"), "base64")
  if (!verifySignature(null, readFileSync(path.join(folder, SUMS)), key, signature)) {
    throw new VectorsCorrupt(SIGNATURE, `is not a signature over ${SUMS} by the key ${keyFingerprint(key)}`)
  }
  return keyFingerprint(key)
}

/**
 * Checks a set.
 *
 * @param key a file with the public key that the set must be signed with
 * @returns lines that say what was found to be right
 * @throws VectorsCorrupt (exit code 6) naming the first file that is wrong
 * @throws UsageError (exit code 2) when there is no key in the file
 */
export const verify = (folder: string, key: string | undefined): ReadonlyArray<string> => {
  const set = loadVectors(folder)
  const delivered = existsSync(path.join(folder, SUMS))
  if (key !== undefined && !delivered) throw new VectorsCorrupt(SUMS, "is missing: the set is not signed")
  const sums = delivered ? [`${checkSums(folder)} files are as ${SUMS} says`] : [`there is no ${SUMS}: only the manifest was checked`]
  const signed = key === undefined ? ["the signature was not checked (--key)"] : [`signed with the key ${checkSignature(folder, key)}`]
  set.checkAll()
  const wrong = set.cases.find((vector) => digestOf({ steps: set.stepsOf(vector) }) !== vector.digest)
  if (wrong !== undefined) throw new VectorsCorrupt(wrong.file, `the digest of ${wrong.id} is not that of the manifest`)
  return [...sums, ...signed, `vectors ${set.version} ${set.sha256}: ${set.cases.length} cases`]
}

/** Whether a folder holds the sealed reports of a run. */
export const isSealed = (folder: string): boolean => existsSync(path.join(folder, SEAL))

/**
 * Checks the seal of a run: its reports, and its record if there is one.
 *
 * @throws UsageError (exit code 2) when there is no key in the file, or no seal in the folder
 */
export const verifyRun = (folder: string, key: string | undefined): Unsealed => {
  const publicKey = key === undefined ? undefined : keyFrom(key)
  try {
    return unseal(folder, publicKey)
  } catch (error) {
    throw new UsageError(`${path.join(folder, SEAL)}: ${messageOf(error).replace(/\n\s*/gu, " ")}`)
  }
}
