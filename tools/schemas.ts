/** JSON Schema and CDDL of the wire types and the methods: what readers in other languages check against. */
import type { FileText } from "../conformance/protocol/vectors.ts"

export const schemaFiles = (): ReadonlyArray<FileText> => []
