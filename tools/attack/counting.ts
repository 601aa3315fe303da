/**
 * Counts the bytes that are decoded, which no primitive shows. To be called before the reference is loaded.
 *
 * @module
 */
import { registerHooks } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

const file = pathToFileURL(join(import.meta.dirname, "..", "..", "spec", "conventions", "cbor.ts")).href
const begins = "export const decodeCbor = (bytes: Uint8Array): Cbor | undefined => {"
const counts = "globalThis.conclaveDecoded = (globalThis.conclaveDecoded ?? 0) + bytes.length"

const counted = (source: string): string => {
  if (source.split(begins).length !== 2) throw new Error("the decoder does not begin as it should")
  return source.replace(begins, () => `${begins} ${counts}`)
}

/** Has every call of the decoder add the length of its input to `globalThis.conclaveDecoded`. */
export const countDecoding = (): void => {
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context)
      return url === file ? { ...loaded, source: counted(String(loaded.source)) } : loaded
    },
  })
}
