/** All files of cases, part by part. */
import { caseFiles as dcgka } from "./dcgka/index.ts"
import { caseFiles as mpenc } from "./mpenc/index.ts"
import { caseFiles as mpencSessions } from "./mpenc/sessions.ts"

export const caseFiles = [...dcgka, ...mpenc, ...mpencSessions]
