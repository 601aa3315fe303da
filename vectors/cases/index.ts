/** All files of cases, in the order in which a port gets them right. */
import encoding, { limits } from "./encoding.ts"
import keyBundles from "./key-bundles.ts"
import primitives from "./primitives.ts"

export const caseFiles = [encoding, limits, primitives, keyBundles]
