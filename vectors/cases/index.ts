/** All files of cases, part by part. */
import { caseFiles as dcgka } from "./dcgka/index.ts"

export const caseFiles = [...dcgka]
